#!/usr/bin/env python3
"""One door to everything a developer does here; it sets the machine up first, so a fresh clone is enough.

Standard library only, for Windows, macOS and Linux.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "packaging"))

from developing import building, locking
from developing.environment import in_venv, python, set_up
from developing.machine import DISPLAY_NEEDS, LINUX, TEST_NEEDS, has_display, supply
from developing.steps import (
    FOUND_A_PROBLEM,
    MISUSE,
    OK,
    ROOT,
    Beside,
    Command,
    Stopped,
    run,
    run_all,
    say,
    seconds_since,
)

OLDEST_PYTHON = (3, 11)
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


def bench(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    set_up()
    env = {**app_environment(), "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    return run([python(), "-m", "benchmarks", *rest], env=env)


def build(_options: argparse.Namespace, _rest: Sequence[str]) -> int:
    set_up()
    return building.build()


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
    return locking.lock(upgrade=options.upgrade)


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
