"""The ground that the rest stands on: safe library versions, and a repository that serves everyone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import sqlcipher3
from PySide6.QtCore import QObject

IMMORTAL_SINCE = (3, 12)


@pytest.mark.skipif(sys.version_info >= IMMORTAL_SINCE, reason="None is immortal: its count says nothing")
def test_calls_that_answer_none_keep_the_reference_count_of_none() -> None:
    # PySide6 6.12.0 takes one away at each call, and some thousands of calls later the process aborts.
    orphan = QObject()
    calls = 20
    before = sys.getrefcount(None)
    for _ in range(calls):
        orphan.parent()
    assert abs(sys.getrefcount(None) - before) < calls // 2


def test_the_store_stands_on_a_sqlite_with_the_wal_reset_fix() -> None:
    assert sqlcipher3.sqlite_version_info >= (3, 51, 3)


def test_the_store_can_search_and_encrypts() -> None:
    connection = sqlcipher3.connect(":memory:")
    try:
        assert connection.execute("PRAGMA cipher_version").fetchone()[0] >= "4."
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
        assert "ENABLE_FTS5" in options
    finally:
        connection.close()


def tracked_files(repository: Path) -> list[Path]:
    git = shutil.which("git")
    if git is None or not (repository / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files are ours")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=repository, capture_output=True, check=True)
    files = [repository / name for name in listed.stdout.decode().split("\0") if name]
    return [file for file in files if file.is_file()]


def test_no_tracked_file_holds_the_address_of_a_package_index(repository: Path) -> None:
    # Written in pieces, so that this file does not hold one either.
    hosts = [
        "pypi" + ".org",
        "python" + "hosted",
        "registry.npm" + "js",
        "deb.deb" + "ian.org",
        "artifact" + "ory",
    ]
    address = re.compile(
        "|".join([*map(re.escape, hosts), r"https?://\S+/simple\b", r"index-url[= ]+\S*//"]).encode(),
        re.IGNORECASE,
    )
    holding = [
        str(file.relative_to(repository))
        for file in tracked_files(repository)
        if address.search(file.read_bytes())
    ]
    assert holding == []


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt", "lock.txt"])
def test_requirements_are_pinned_and_hashed_and_name_no_place(repository: Path, name: str) -> None:
    text = (repository / "requirements" / name).read_text(encoding="utf-8")
    assert "://" not in text
    for requirement in re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^ *#.*\n", "", text).strip()):
        assert re.match(r"[A-Za-z0-9_.-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def locked_versions(repository: Path, name: str) -> dict[str, str]:
    text = (repository / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==([^\s;]+)", text))


def test_what_is_shipped_is_what_is_tested(repository: Path) -> None:
    shipped, tested = locked_versions(repository, "runtime.txt"), locked_versions(repository, "dev.txt")
    assert shipped.items() <= tested.items()


def test_every_dependency_of_the_project_is_locked(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    for file, asked in {
        "runtime.txt": [*project["dependencies"], *optional["ics"]],
        "dev.txt": [*project["dependencies"], *optional["ics"], *optional["dev"]],
    }.items():
        names = {re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9_.-]+", wanted)[0]).lower() for wanted in asked}
        assert names <= set(locked_versions(repository, file)), file


def test_qt_comes_without_its_addons(repository: Path) -> None:
    locked = locked_versions(repository, "dev.txt")
    assert "pyside6-essentials" in locked
    assert not {"pyside6", "pyside6-addons"} & set(locked)
