#!/usr/bin/env python3
"""One door to everything a developer does here; it sets the machine up first, so a fresh clone is enough.

Standard library only, for Windows, macOS and Linux.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "workbook-setup.json"
REQUIREMENTS = ROOT / "requirements"
# Not .venv's own, when that is what runs this file: it may have to be made afresh.
BASE_PYTHON: str = getattr(sys, "_base_executable", None) or sys.executable
WINDOWS = sys.platform == "win32"
LINUX = sys.platform.startswith("linux")
OLDEST_PYTHON = (3, 11)
OLDEST = "3.11"
# In uv's words. Not served for want of wheels: Macs with Intel processors, and Windows on ARM.
SERVED_SYSTEMS = ("windows", "aarch64-apple-darwin", "x86_64-manylinux_2_34", "aarch64-manylinux_2_39")

NOT_ON_A_SERVER = ("pyside6-essentials", "shiboken6", "sqlcipher3", "keyring", "typst")

OK, FOUND_A_PROBLEM, MISUSE = 0, 1, 2

Command = list[str | Path]
WHOLE_PROGRAMS = "tests/e2e"

EXAMPLES = """\
examples:
  python3 dev.py practice                 the Workbook with an invented caseload
  python3 dev.py practice --tour out      the main job without a person, a picture of each step in out/
  python3 dev.py test                     every check and every test
  python3 dev.py test tests/unit -k merge only these tests: what follows goes to pytest
  python3 dev.py bench --only store       one group of the measurements
  python3 dev.py build                    the application as a folder that needs no Python

Each verb sets the machine up first if that is needed: a .venv in this folder with the locked requirements.
exit codes: 0 all well, 1 found a problem, 2 wrongly asked
"""


class Stopped(Exception):
    """Something is missing or failed, and the words say what. Nothing after it would work."""


def say(words: str) -> None:
    print(f"dev: {words}", flush=True)


def seconds_since(start: float) -> str:
    return f"{time.monotonic() - start:.1f} s"


def run(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = ROOT
) -> int:
    """Run a command with this terminal as its own and return its exit code."""
    return subprocess.run([str(part) for part in command], env=env, cwd=cwd, check=False).returncode


# -- what the system must have -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """A piece of the system that pip cannot install, and the Debian package that brings it."""

    what: str
    package: str
    is_there: Callable[[], bool]


def library(soname: str, package: str) -> Need:
    def loads() -> bool:
        try:
            ctypes.CDLL(soname)
        except OSError:
            return False
        return True

    return Need(soname, package, loads)


def program(name: str, package: str) -> Need:
    return Need(name, package, lambda: shutil.which(name) is not None)


def a_font_is_installed() -> bool:
    home = Path.home()
    folders = [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".fonts",
        home / ".local/share/fonts",
    ]
    return any(next(folder.rglob(kind), None) for folder in folders for kind in ("*.ttf", "*.otf", "*.ttc"))


def postgres_is_installed() -> bool:
    """Debian keeps a server's programs off the path, in a folder for each version."""
    return shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


QT_NEEDS = (
    library("libEGL.so.1", "libegl1"),
    library("libGL.so.1", "libgl1"),
    library("libX11.so.6", "libx11-6"),
    library("libxkbcommon.so.0", "libxkbcommon0"),
    library("libfontconfig.so.1", "libfontconfig1"),
    library("libdbus-1.so.3", "libdbus-1-3"),
    library("libglib-2.0.so.0", "libglib2.0-0"),
    Need("a font", "fonts-dejavu-core", a_font_is_installed),
)
DISPLAY_NEEDS = (
    library("libX11-xcb.so.1", "libx11-xcb1"),
    library("libxcb-cursor.so.0", "libxcb-cursor0"),
    library("libxcb-icccm.so.4", "libxcb-icccm4"),
    library("libxcb-image.so.0", "libxcb-image0"),
    library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    library("libxcb-randr.so.0", "libxcb-randr0"),
    library("libxcb-render.so.0", "libxcb-render0"),
    library("libxcb-render-util.so.0", "libxcb-render-util0"),
    library("libxcb-shape.so.0", "libxcb-shape0"),
    library("libxcb-shm.so.0", "libxcb-shm0"),
    library("libxcb-sync.so.1", "libxcb-sync1"),
    library("libxcb-util.so.1", "libxcb-util1"),
    library("libxcb-xfixes.so.0", "libxcb-xfixes0"),
    library("libxcb-xkb.so.1", "libxcb-xkb1"),
    library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
)
TEST_NEEDS = (
    program("Xvfb", "xvfb"),
    program("dbus-run-session", "dbus"),
    program("gnome-keyring-daemon", "gnome-keyring"),
    Need("a PostgreSQL server", "postgresql", postgres_is_installed),
    program("node", "nodejs"),  # the identity provider of the tests; 20 or later, or they are skipped
    program("npm", "npm"),
)
BUILD_NEEDS = (program("objdump", "binutils"), program("strip", "binutils"))


def has_display() -> bool:
    return not LINUX or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_debian_root() -> bool:
    if sys.platform == "win32" or not LINUX:
        return False
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install_with_apt(packages: Sequence[str]) -> bool:
    say(f"installing with apt-get: {' '.join(packages)}")
    start = time.monotonic()
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        told = subprocess.run(
            ["apt-get", "-qq", *step],
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    done = told.returncode == 0
    say(f"{'installed' if done else f'apt-get failed: {told.stdout.strip()}'} after {seconds_since(start)}")
    return done


def supply(needs: Sequence[Need], purpose: str, *, required: bool) -> None:
    """See that the system has these; on Debian as root, install what it lacks.

    Raises:
        Stopped: some are missing, cannot be installed from here, and are `required`.
    """
    if not LINUX:
        return
    missing = [need for need in needs if not need.is_there()]
    if missing and is_debian_root():
        install_with_apt(sorted({need.package for need in missing}))
        missing = [need for need in missing if not need.is_there()]
    if not missing:
        return
    packages = " ".join(sorted({need.package for need in missing}))
    words = f"this machine lacks, {purpose}: {', '.join(need.what for need in missing)}"
    if shutil.which("apt-get"):
        words += f"\n     as an administrator: apt-get install {packages}"
    else:
        words += f"\n     Debian calls the packages: {packages}; your system has its own names for them"
    if required:
        raise Stopped(words)
    say(words)


# -- the virtual environment -------------------------------------------------------------------------------


def in_venv(name: str) -> Path:
    return VENV / "Scripts" / f"{name}.exe" if WINDOWS else VENV / "bin" / name


def python() -> Path:
    return in_venv("python")


def what_is_asked_for() -> dict[str, str]:
    """What an installed environment must match: the locked files, the packaging tables and where we stand."""
    import tomllib

    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packaging = {
        "project": tables["project"],
        "build-system": tables["build-system"],
        "setuptools": tables.get("tool", {}).get("setuptools"),
    }
    digest = hashlib.sha256((REQUIREMENTS / "dev.txt").read_bytes())
    digest.update(json.dumps(packaging, sort_keys=True).encode())
    return {"requirements": digest.hexdigest(), "folder": str(ROOT)}


def venv_works() -> bool:
    try:
        return (
            subprocess.run([python(), "-c", "import encodings"], capture_output=True, check=False).returncode
            == 0
        )
    except OSError:
        return False


def is_set_up() -> bool:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp == what_is_asked_for()) and venv_works()


def make_venv(*, afresh: bool) -> None:
    if LINUX:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        supply(
            [Need("the venv module", f"python{version}-venv", can_make_venvs)], "to begin with", required=True
        )
    say(f"making .venv with Python {sys.version.split()[0]}")
    clear = ["--clear"] if afresh else []
    if run([BASE_PYTHON, "-m", "venv", *clear, VENV]) != 0:
        raise Stopped("could not make .venv: what went wrong is above")


def can_make_venvs() -> bool:
    look = subprocess.run([BASE_PYTHON, "-c", "import venv, ensurepip"], capture_output=True, check=False)
    return look.returncode == 0


def pip_install(*arguments: str | Path) -> None:
    pip: Command = [python(), "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-input"]
    if run([*pip, *arguments]) != 0:
        raise Stopped(
            "pip could not install: the reason is above. Is the network, or your package index, there?"
        )


def install_locked(file: Path) -> None:
    pip_install("--require-hashes", "--only-binary", ":all:", "-r", file)


def install_requirements() -> None:
    start = time.monotonic()
    say("installing the locked requirements (some 150 MB the first time)")
    STAMP.unlink(missing_ok=True)
    install_locked(REQUIREMENTS / "dev.txt")
    # "compat" puts this folder itself on the path: what runs is what you edit, and every tool can follow it.
    pip_install("--no-deps", "--no-build-isolation", "--config-settings", "editable_mode=compat", "-e", ROOT)
    STAMP.write_text(json.dumps(what_is_asked_for(), indent=1) + "\n", encoding="utf-8")
    say(f"installed after {seconds_since(start)}")


def set_up(*, again: bool = False) -> None:
    """Leave a working .venv with the locked requirements, and what Qt needs. Quick if all is there."""
    if again or not is_set_up():
        works = VENV.exists() and venv_works()
        if again or not works:
            if VENV.exists():
                say("making .venv afresh" if works else ".venv does not work: making it afresh")
            make_venv(afresh=VENV.exists())
        install_requirements()
    supply(QT_NEEDS, "for its windows", required=True)
    if LINUX and os.environ.get("DISPLAY"):
        supply(DISPLAY_NEEDS, "for windows on this display", required=False)


# -- the verbs ---------------------------------------------------------------------------------------------


def app_environment() -> dict[str, str]:
    env = dict(os.environ)
    if not has_display():
        env.setdefault("QT_QPA_PLATFORM", "offscreen")
    if LINUX and not any(env.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG")):
        env["LANG"] = "C.UTF-8"  # Qt warns of, and then mistrusts, a locale without UTF-8
    return env


def start_app(arguments: Sequence[str]) -> int:
    # In the caller's folder, so that `--tour out` means the caller's out/.
    return run([python(), "-m", "workbook_desktop", *arguments], env=app_environment(), cwd=None)


def setup(options: argparse.Namespace, _rest: Sequence[str]) -> int:
    start = time.monotonic()
    set_up(again=options.again)
    say(f"ready after {seconds_since(start)}. Next: python3 dev.py practice, or python3 dev.py test")
    return OK


def practice(options: argparse.Namespace, _rest: Sequence[str]) -> int:
    set_up()
    arguments = ["practice"]
    if options.tour is not None:
        arguments += ["--tour", str(options.tour)]
    if options.reset:
        arguments.append("--reset")
    return start_app(arguments)


def start(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    set_up()
    return start_app(rest)


def test(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    set_up()
    supply((*TEST_NEEDS, *DISPLAY_NEEDS), "for some of the tests", required=False)
    pytest: Command = [python(), "-m", "pytest"]
    if rest:
        return OK if run([*pytest, *rest]) == 0 else FOUND_A_PROBLEM
    # Whole programs mostly wait for each other: what needs a processor runs beside them, and is told after.
    beside = Beside([*pytest, "--durations=15", "tests", f"--ignore={WHOLE_PROGRAMS}"])
    try:
        return run_all(
            {
                "format": [python(), "-m", "ruff", "format", "--check", "."],
                "lint": [python(), "-m", "ruff", "check", "."],
                "types": [python(), "-m", "mypy"],
                "import contracts": [in_venv("lint-imports"), "--no-cache"],
                "tests of whole programs": [*pytest, "--durations=15", WHOLE_PROGRAMS],
                "other tests": beside,
            }
        )
    finally:
        beside.end()


class Beside:
    """A command that runs beside the steps before it; what it says is kept until it is asked for."""

    def __init__(self, command: Command) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - `end` closes it
        self._process = subprocess.Popen(
            [str(part) for part in command],
            env={**told_in_utf8(), "PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> int:
        """Wait for its end, print all it said and return its exit code."""
        code = self._process.wait()
        self._said.seek(0)
        for line in self._said:
            print(line.decode("utf-8", "replace"), end="")
        sys.stdout.flush()
        return code

    def end(self) -> None:
        """Leave nothing running."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        self._said.close()


def told_in_utf8() -> dict[str, str]:
    return {**os.environ, "PYTHONIOENCODING": "utf-8"}


def run_all(steps: Mapping[str, Command | Beside]) -> int:
    """Run every step, also after one has failed, and name those that did."""
    failed = []
    for name, command in steps.items():
        begin = time.monotonic()
        say(f"{name} ...")
        code = command.wait() if isinstance(command, Beside) else run(command, env=told_in_utf8())
        say(f"{name}: {'well' if code == 0 else 'FAILED'}, {seconds_since(begin)}")
        if code != 0:
            failed.append(name)
    if failed:
        say(f"failed: {', '.join(failed)}")
    return FOUND_A_PROBLEM if failed else OK


def bench(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    set_up()
    env = {**app_environment(), "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    return run([python(), "-m", "benchmarks", *rest], env=env)


def build(_options: argparse.Namespace, _rest: Sequence[str]) -> int:
    set_up()
    supply(BUILD_NEEDS, "to build", required=True)
    begin = time.monotonic()
    say("building dist/workbook-desktop ...")
    reproducible = {**os.environ, "PYTHONHASHSEED": "0"}
    pyinstaller: Command = [
        python(),
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--clean",
        "--log-level",
        "WARN",
        "build.spec",
    ]
    if run(pyinstaller, env=reproducible) != 0:
        return FOUND_A_PROBLEM
    folder = ROOT / "dist" / "workbook-desktop"
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    say(f"built after {seconds_since(begin)}: {size / 1e6:.0f} MB")
    built = folder / ("workbook-desktop.exe" if WINDOWS else "workbook-desktop")
    with tempfile.TemporaryDirectory() as home:
        code = run([built, "--selftest"], env=bare_environment(home), cwd=Path(home))
    say(f"selftest: {'well' if code == 0 else 'FAILED'}")
    return OK if code == 0 else FOUND_A_PROBLEM


def bare_environment(home: str) -> dict[str, str]:
    """What a machine without Python would give the built application: no path, no settings of ours."""
    kept = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP", "USERPROFILE", "LOCALAPPDATA", "APPDATA")
    env = {name: os.environ[name] for name in kept if WINDOWS and name in os.environ}
    if not WINDOWS:
        env.update(
            HOME=home, LANG="C.UTF-8", PATH="/usr/bin:/bin" if sys.platform == "darwin" else "/nowhere"
        )
    env["QT_QPA_PLATFORM"] = "offscreen"
    return env


def gallery(options: argparse.Namespace, _rest: Sequence[str]) -> int:
    set_up()
    folder = options.to.resolve()
    with tempfile.TemporaryDirectory() as toured:
        code = start_app(["practice", "--tour", toured])
        pictures = sorted(Path(toured).rglob("*.png"))
        if code != 0 or not pictures:
            say("the tour failed, and no picture was taken over")
            return FOUND_A_PROBLEM
        folder.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            shutil.copyfile(picture, folder / picture.name)
    say(f"{len(pictures)} pictures in {folder}")
    return start_app(["practice", "--gallery", str(folder.parent / "gallery")])


def lock(options: argparse.Namespace, _rest: Sequence[str]) -> int:
    set_up()
    install_locked(REQUIREMENTS / "lock.txt")
    made = [
        (["pyproject.toml", "--extra", "ics", "--extra", "postgres", "--extra", "dev"], "dev.txt"),
        (["pyproject.toml", "--extra", "ics", "-c", "requirements/dev.txt"], "runtime.txt"),
        # A server has no screen and no laptop's store: `pip install --no-deps .` after this is the service.
        (
            ["pyproject.toml", "--extra", "ics", "--extra", "postgres", "-c", "requirements/dev.txt"]
            + [part for name in NOT_ON_A_SERVER for part in ("--no-emit-package", name)],
            "server.txt",
        ),
        (["requirements/lock.in"], "lock.txt"),
    ]
    # Universal: one file for every system. Binary only: nothing is built, so nothing runs, at an install.
    common = [
        *("--universal", "--python-version", OLDEST, "--generate-hashes"),
        *("--only-binary", ":all:", "--no-emit-index-url", "--no-emit-find-links", "--quiet"),
        *("--custom-compile-command", "python3 dev.py lock"),
    ]
    if options.upgrade:
        common.append("--upgrade")
    for inputs, output in made:
        say(f"locking requirements/{output}")
        if run(
            [in_venv("uv"), "pip", "compile", *common, *inputs, "-o", f"requirements/{output}"],
            env=uv_environment(),
        ):
            return FOUND_A_PROBLEM
    return OK if every_served_system_finds_its_wheels() else FOUND_A_PROBLEM


def every_served_system_finds_its_wheels() -> bool:
    """Whether each system we serve could install the locked files as they are, without building anything."""
    without = []
    with tempfile.TemporaryDirectory() as nowhere:
        for system in SERVED_SYSTEMS:
            trial: Command = [in_venv("uv"), "pip", "install", "--dry-run", "--quiet", "--target", nowhere]
            trial += ["--python-platform", system, "--python-version", OLDEST, "--only-binary", ":all:"]
            if run([*trial, "--require-hashes", "-r", "requirements/dev.txt"], env=uv_environment()) != 0:
                without.append(system)
    say(f"no wheels for {', '.join(without)}" if without else f"wheels found for {', '.join(SERVED_SYSTEMS)}")
    return not without


def uv_environment() -> dict[str, str]:
    """uv does not read pip's settings: where pip is pointed to an index of its own, point uv to it too."""
    env = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "13.0"}  # the oldest macOS that Qt's wheels serve
    asked = subprocess.run(
        [python(), "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 0 and asked.stdout.strip():
        env.setdefault("UV_DEFAULT_INDEX", asked.stdout.strip())
    return env


# -- the command line --------------------------------------------------------------------------------------

PASSED_ON = {"test", "check", "bench", "run"}


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description="Set up, try, test, measure and build Workbook Desktop.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    def verb(
        name: str, does: Callable[[argparse.Namespace, Sequence[str]], int], words: str, example: str
    ) -> argparse.ArgumentParser:
        sub = verbs.add_parser(
            name,
            help=words,
            description=words[0].upper() + words[1:] + ".",
            epilog=f"example: python3 dev.py {example}",
            allow_abbrev=False,
        )
        sub.set_defaults(does=does)
        return sub

    fresh = verb("setup", setup, "make .venv and install the locked requirements", "setup")
    fresh.add_argument("--again", action="store_true", help="make .venv afresh even if it looks right")
    play = verb(
        "practice",
        practice,
        "start the practice ICS and the Workbook with an invented caseload",
        "practice --tour out",
    )
    play.add_argument(
        "--tour", metavar="DIR", type=Path, help="do the main job without a person, a picture of each step"
    )
    play.add_argument("--reset", action="store_true", help="begin with a new practice caseload")
    every = (
        "run format check, lint, types, import contracts and tests; with arguments, only pytest with those"
    )
    verb("test", test, every, "test tests/unit -k merge")
    verb("check", test, "the same as test: what must pass before a commit", "check")
    verb(
        "bench",
        bench,
        "measure, each figure beside its floor; arguments go to the benchmarks",
        "bench --only store",
    )
    verb("build", build, "build the application as a folder and let it test itself", "build")
    relock = verb("lock", lock, "make the hash-locked requirement files again", "lock --upgrade")
    relock.add_argument(
        "--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows"
    )
    show = verb(
        "gallery", gallery, "picture the tour and every page for the docs", "gallery --to docs/images"
    )
    show.add_argument(
        "--to", metavar="DIR", type=Path, default=ROOT / "docs" / "images", help="default: docs/images"
    )
    verb("run", start, "start the Workbook itself; arguments go to it", "run doctor --json")
    return parser


def main(arguments: Sequence[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        say(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}")
        return MISUSE
    own, rest = list(arguments), []
    if own and own[0] in PASSED_ON and own[1:2] not in (["-h"], ["--help"]):
        own, rest = own[:1], own[1:]
    options = command_line().parse_args(own)
    try:
        return int(options.does(options, rest))
    except Stopped as reason:
        print(f"dev: {reason}", file=sys.stderr, flush=True)
        return FOUND_A_PROBLEM
    except KeyboardInterrupt:
        return FOUND_A_PROBLEM


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
