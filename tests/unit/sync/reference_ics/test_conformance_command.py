"""The conformance kit as a vendor runs it: its words, its exit codes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from sync.conformance.report import scenarios
from sync.protocol import CONTRACT
from sync.reference_ics.__main__ import main
from tests.support.service import MARKS, SECRET, RunningIcs


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["conformance", *arguments])


@pytest.fixture
def secret(tmp_path: Path) -> str:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    return str(file)


def test_it_lists_what_it_would_ask_without_asking() -> None:
    told = ask("--list")
    assert told.exit_code == 0
    assert len(told.output.splitlines()) == len(list(scenarios()))


def test_a_good_service_is_reported_line_by_line_and_ends_with_zero(ics: RunningIcs, secret: str) -> None:
    ics.publishes(MARKS)
    who = ["--first", "w-amara-quill", "--second", "w-bea-linnet", "--scope", "f-tolland"]
    told = ask(ics.base_url, "--practice-secret-file", secret, *who, "--only", "pushing")
    assert told.exit_code == 0, told.output
    lines = told.output.splitlines()
    assert lines[-1] == f"{len(lines) - 1} holds, 0 fails, 0 not offered, 0 not run"
    told = ask(ics.base_url, "--practice-secret-file", secret, *who, "--only", "withheld", "--json")
    assert told.exit_code == 0, told.output
    report = msgspec.json.decode(told.output)
    assert (report["url"], report["contract"]) == (ics.base_url, CONTRACT)
    assert report["counts"] == {"holds": 0, "fails": 0, "not offered": 0, "not run": 2}
    assert "push" in report["offers"]
    for line in report["scenarios"]:
        assert (line["outcome"], bool(line["why"])) == ("not run", True)  # no stranger was named


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["http://127.0.0.1:1", "--scope", "s", "--first", "a", "--second", "b"], 2, "--tokens"),
        (["http://127.0.0.1:1"], 2, "--scope"),
        (["ics.example", "--scope", "s", "--first", "a", "--second", "b"], 2, "https://"),
    ],
)
def test_misuse_is_said_in_plain_words(arguments: list[str], code: int, says: str) -> None:
    told = ask(*arguments)
    assert told.exit_code == code
    assert says in told.output


def test_a_service_that_is_not_there_is_said(secret: str) -> None:
    who = ["--scope", "s", "--first", "a", "--second", "b", "--practice-secret-file", secret]
    told = ask("http://127.0.0.1:1", *who)
    assert (told.exit_code, "cannot reach" in told.output) == (3, True)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"--first": "w-nobody"}, "sign-in of w-nobody: 401"),
        ({"--scope": "f-nothing"}, "the first worker does not see the family f-nothing"),
        ({"--second": "w-amara-quill"}, "one and the same"),
        ({"--second": "w-tom-harrow"}, "the second worker does not see the family f-tolland"),
        ({"--stranger": "w-bea-linnet", "--second": "w-amara-quill"}, "one and the same"),
        ({"--scope": "f-pellow"}, "the third worker must not see the family f-pellow"),
    ],
)
def test_workers_and_a_family_that_do_not_fit_are_said_before_anything_is_asked(
    ics: RunningIcs, secret: str, changed: dict[str, str], says: str
) -> None:
    usual = {"--first": "w-amara-quill", "--second": "w-bea-linnet", "--scope": "f-tolland"}
    who = {**usual, "--stranger": "w-tom-harrow", **changed}
    words = [word for pair in who.items() for word in pair]
    told = ask(ics.base_url, "--practice-secret-file", secret, *words)
    assert told.exit_code == 2, told.output
    assert says in told.output
    assert "FAIL" not in told.output


def test_a_token_that_is_not_taken_is_said_once(ics: RunningIcs, tmp_path: Path) -> None:
    for name in ("A", "B"):
        (tmp_path / name).write_text(f"no token of {name}")
    told = ask(
        ics.base_url, "--tokens", str(tmp_path), "--first", "A", "--second", "B", "--scope", "f-tolland"
    )
    assert told.exit_code == 2
    assert "does not take the first worker's token: token-expired" in told.output
