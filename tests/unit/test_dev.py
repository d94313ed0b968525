"""The one door: what a newcomer meets first."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from developing import environment, machine, steps


def ask(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, repository / "dev.py", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the environment is looked for in, instead of this one."""
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp.json")
    monkeypatch.setattr(environment, "python", lambda: Path(sys.executable))
    (tmp_path / "dev.txt").write_text("click==1\n")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[build-system]\n[tool.ruff]\nline-length = 1\n'
    )
    return tmp_path


def stamp() -> None:
    environment.STAMP.write_text(json.dumps(environment.what_is_asked_for()))


def test_help_gives_every_verb_and_examples(repository: Path) -> None:
    helped = ask(repository, "--help")
    assert helped.returncode == 0
    for verb in ("setup", "practice", "test", "check", "bench", "build", "lock", "gallery", "run"):
        assert f"    {verb} " in helped.stdout
    assert "examples:" in helped.stdout


@pytest.mark.parametrize(
    "verb", ["setup", "practice", "test", "check", "bench", "build", "lock", "gallery", "run"]
)
def test_each_verb_explains_itself_with_an_example(repository: Path, verb: str) -> None:
    helped = ask(repository, verb, "--help")
    assert helped.returncode == 0
    assert f"example: python3 dev.py {verb}" in helped.stdout


@pytest.mark.parametrize("wrong", [[], ["nonsense"], ["practice", "--turbo"], ["setup", "twice"]])
def test_misuse_is_told_with_exit_code_2(repository: Path, wrong: list[str]) -> None:
    refused = ask(repository, *wrong)
    assert refused.returncode == 2
    assert "error:" in refused.stderr


def test_before_anything_is_installed_the_standard_library_is_enough(repository: Path) -> None:
    alone = [sys.executable, "-I", "-S", repository / "dev.py", "--help"]
    helped = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert helped.returncode == 0, helped.stderr


@pytest.mark.usefixtures("folder")
def test_a_set_up_folder_is_known_again() -> None:
    assert not environment.is_set_up()
    stamp()
    assert environment.is_set_up()


@pytest.mark.parametrize("damage", ["requirements", "project", "stamp", "python", "folder"])
def test_what_changed_or_broke_is_set_up_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    stamp()
    if damage == "requirements":
        (folder / "dev.txt").write_text("click==2\n")
    elif damage == "project":
        (folder / "pyproject.toml").write_text('[project]\nname = "y"\n[build-system]\n')
    elif damage == "stamp":
        environment.STAMP.write_text("half a l")
    elif damage == "python":
        monkeypatch.setattr(environment, "python", lambda: folder / "gone")
    else:
        elsewhere = folder / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "pyproject.toml").write_bytes((folder / "pyproject.toml").read_bytes())
        monkeypatch.setattr(environment, "ROOT", elsewhere)
    assert not environment.is_set_up()


def test_a_changed_tool_setting_needs_no_new_set_up(folder: Path) -> None:
    before = environment.what_is_asked_for()
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[build-system]\n[tool.ruff]\nline-length = 2\n'
    )
    assert environment.what_is_asked_for() == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lacks what Qt needs")
def test_what_the_system_lacks_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "is_debian_root", lambda: False)
    lacking = [machine.library("libnowhere.so.1", "libnowhere1"), machine.library("libc.so.6", "libc6")]
    with pytest.raises(
        steps.Stopped, match=r"(?s)for its windows: libnowhere\.so\.1\n.*libnowhere1"
    ) as stopped:
        machine.supply(lacking, "for its windows", required=True)
    assert "libc6" not in str(stopped.value)
    machine.supply(lacking, "for some tests", required=False)
    assert "libnowhere1" in capsys.readouterr().out


def test_every_step_runs_and_those_that_failed_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = tmp_path / "ran"
    wanted = {
        "format": [sys.executable, "-c", "raise SystemExit(3)"],
        "tests": [sys.executable, "-c", f"open({str(ran)!r}, 'w').close()"],
    }
    assert steps.run_all(wanted) == 1
    assert ran.exists()
    assert capsys.readouterr().out.splitlines()[-1] == "dev: failed: format"


def test_what_runs_beside_tells_all_of_it_at_its_turn_and_its_failure_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    beside = steps.Beside([sys.executable, "-c", "print('a word of it'); raise SystemExit(3)"])
    wanted = {"first": [sys.executable, "-c", ""], "beside": beside}
    assert steps.run_all(wanted) == 1
    said = capsys.readouterr().out.splitlines()
    assert said.index("dev: beside ...") < said.index("a word of it")
    assert said[-1] == "dev: failed: beside"
    beside.end()


def test_what_runs_beside_does_not_outlive_the_run() -> None:
    beside = steps.Beside([sys.executable, "-c", "import time; time.sleep(600)"])
    beside.end()
    assert beside._process.returncode is not None


def test_without_a_display_the_windows_go_offscreen(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("dev_under_test", repository / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    dev = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "path", [*sys.path])
    spec.loader.exec_module(dev)
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setattr(dev, "has_display", lambda: False)
    assert dev.app_environment()["QT_QPA_PLATFORM"] == "offscreen"
    monkeypatch.setattr(dev, "has_display", lambda: True)
    assert "QT_QPA_PLATFORM" not in dev.app_environment()
