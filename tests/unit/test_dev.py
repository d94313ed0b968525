"""The one door: what a newcomer meets first."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


def ask(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, repository / "dev.py", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def dev(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module, looking at a folder of its own instead of this one."""
    spec = importlib.util.spec_from_file_location("dev_under_test", repository / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(module, "STAMP", tmp_path / "stamp.json")
    (tmp_path / "dev.txt").write_text("click==1\n")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[build-system]\n[tool.ruff]\nline-length = 1\n'
    )
    yield module
    del sys.modules[spec.name]


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


def test_a_set_up_folder_is_known_again(dev: ModuleType) -> None:
    assert not dev.is_set_up()
    dev.STAMP.write_text(json.dumps(dev.what_is_asked_for()))
    dev.python = lambda: Path(sys.executable)
    assert dev.is_set_up()


@pytest.mark.parametrize("damage", ["requirements", "project", "stamp", "python", "folder"])
def test_what_changed_or_broke_is_set_up_again(dev: ModuleType, tmp_path: Path, damage: str) -> None:
    dev.STAMP.write_text(json.dumps(dev.what_is_asked_for()))
    dev.python = lambda: Path(sys.executable)
    if damage == "requirements":
        (tmp_path / "dev.txt").write_text("click==2\n")
    elif damage == "project":
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "y"\n[build-system]\n')
    elif damage == "stamp":
        dev.STAMP.write_text("half a l")
    elif damage == "python":
        dev.python = lambda: tmp_path / "gone"
    else:
        dev.ROOT = tmp_path / "." / "elsewhere"
        dev.ROOT.mkdir()
        (dev.ROOT / "pyproject.toml").write_bytes((tmp_path / "pyproject.toml").read_bytes())
    assert not dev.is_set_up()


def test_a_changed_tool_setting_needs_no_new_set_up(dev: ModuleType, tmp_path: Path) -> None:
    before = dev.what_is_asked_for()
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[build-system]\n[tool.ruff]\nline-length = 2\n'
    )
    assert dev.what_is_asked_for() == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lacks what Qt needs")
def test_what_the_system_lacks_is_named_with_its_package(
    dev: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    dev.is_debian_root = lambda: False
    lacking = [dev.library("libnowhere.so.1", "libnowhere1"), dev.library("libc.so.6", "libc6")]
    with pytest.raises(
        dev.Stopped, match=r"(?s)for its windows: libnowhere\.so\.1\n.*libnowhere1"
    ) as stopped:
        dev.supply(lacking, "for its windows", required=True)
    assert "libc6" not in str(stopped.value)
    dev.supply(lacking, "for some tests", required=False)
    assert "libnowhere1" in capsys.readouterr().out


def test_every_step_runs_and_those_that_failed_are_named(
    dev: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = tmp_path / "ran"
    steps = {
        "format": [sys.executable, "-c", "raise SystemExit(3)"],
        "tests": [sys.executable, "-c", f"open({str(ran)!r}, 'w').close()"],
    }
    assert dev.run_all(steps) == 1
    assert ran.exists()
    assert capsys.readouterr().out.splitlines()[-1] == "dev: failed: format"


def test_what_runs_beside_tells_all_of_it_at_its_turn_and_its_failure_counts(
    dev: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = dev.Beside([sys.executable, "-c", "print('a word of it'); raise SystemExit(3)"])
    steps = {"first": [sys.executable, "-c", ""], "beside": beside}
    assert dev.run_all(steps) == 1
    said = capsys.readouterr().out.splitlines()
    assert said.index("dev: beside ...") < said.index("a word of it")
    assert said[-1] == "dev: failed: beside"
    beside.end()


def test_what_runs_beside_does_not_outlive_the_run(dev: ModuleType) -> None:
    beside = dev.Beside([sys.executable, "-c", "import time; time.sleep(600)"])
    beside.end()
    assert beside._process.returncode is not None


def test_without_a_display_the_windows_go_offscreen(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM")
    dev.has_display = lambda: False
    assert dev.app_environment()["QT_QPA_PLATFORM"] == "offscreen"
    dev.has_display = lambda: True
    assert "QT_QPA_PLATFORM" not in dev.app_environment()
