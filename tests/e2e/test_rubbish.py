"""Rubbish in every place where a file is named: an exit code and plain words, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.forms import item, questionnaire
from workbook_desktop.commands.line import run

GOOD = questionnaire(item("aa", "integer"), url="https://example.org/f", title="F")
RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "status": "completed",
    "item": [{"linkId": "aa", "answer": [{"valueInteger": 3}]}],
}
WHOLE = json.dumps(GOOD).encode()
RUBBISH: dict[str, bytes] = {
    "nothing": b"",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "zeros": bytes(1000),
    "half a file": WHOLE[:-3],
    "another alphabet": WHOLE.decode().encode("utf-16"),
    "not in UTF-8": '{"resourceType": "Questionnaire", "title": "é"}'.encode("latin-1"),
    "a list": b"[]",
    "null": b"null",
    "nested without end": b"[" * 100_000,
    "objects without end": b'{"a":' * 100_000,
    "not a number": b'{"resourceType": "Questionnaire", "x": NaN}',
    "a number beyond all bounds": b'{"resourceType": "Questionnaire", "x": 1e999999}',
    "a number of many digits": b'{"resourceType": "Questionnaire", "x": ' + b"9" * 5_000 + b"}",
    "two of one name": b'{"resourceType": "Questionnaire", "resourceType": "Patient"}',
    "half a letter": json.dumps(questionnaire(item("a", text="\ud800"))).encode(),
    "another resource": b'{"resourceType": "Patient"}',
    "no items": b'{"resourceType": "Questionnaire", "item": "x"}',
    "a response of rubbish": json.dumps(
        {**RESPONSE, "item": [5, None, {"linkId": 5}, {"linkId": "aa", "answer": [5, {"valueInteger": "x"}]}]}
    ).encode(),
}
PLACES = {
    "check": ["check", "BAD", "--strict"],
    "evaluate a form": ["evaluate", "BAD", "--response", "RESPONSE"],
    "evaluate a response": ["evaluate", "GOOD", "--response", "BAD"],
    "evaluate with a context": ["evaluate", "GOOD", "--response", "RESPONSE", "--context", "BAD"],
    "publish": ["publish", "BAD", "--key", "KEY", "--out", "OUT"],
    "publish after": ["publish", "GOOD", "--dry-run", "--previous", "BAD", "--version", "2.0"],
    "publish with lists": ["publish", "GOOD", "--dry-run", "--value-sets", "BAD"],
    "publish with a key": ["publish", "GOOD", "--key", "BAD", "--out", "OUT"],
    "migrate from": ["migrate", "--from", "BAD", "--to", "GOOD"],
    "migrate a response": ["migrate", "--from", "GOOD", "--to", "GOOD", "--response", "BAD"],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_said_in_words_and_nothing_is_written(
    place: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"BAD": RUBBISH[name], "GOOD": WHOLE, "RESPONSE": json.dumps(RESPONSE).encode()}
    for called, content in files.items():
        (tmp_path / f"{called}.json").write_bytes(content)
    paths = {called: str(tmp_path / f"{called}.json") for called in files}
    paths |= {"KEY": str(tmp_path / "KEY.json"), "OUT": str(tmp_path / "out")}
    if place == "publish":
        assert run(["forms", "publish", "--new-key", paths["KEY"]]) == 0
    capsys.readouterr()
    code = run(["forms", *(paths.get(word, word) for word in PLACES[place])])
    said = capsys.readouterr()
    assert code in (0, 1)
    assert code == 0 or (said.err + said.out).strip()
    assert "Traceback" not in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("version", ["../../evil", "a/b", "1\x00", "1\n2", " ", "1" * 300, "..", "é"])
def test_a_version_never_leads_out_of_the_folder(
    version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form, key, out = tmp_path / "f.json", tmp_path / "key.pem", tmp_path / "deep" / "out"
    form.write_text(json.dumps({**GOOD, "version": version}), encoding="utf-8")
    assert run(["forms", "publish", "--new-key", str(key)]) == 0
    before = sorted(tmp_path.rglob("*"))
    assert run(["forms", "publish", str(form), "--key", str(key), "--out", str(out)]) == 1
    assert "version" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_what_cannot_be_written_leaves_nothing_half_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form, given = tmp_path / "f.json", tmp_path / "r.json"
    form.write_bytes(WHOLE)
    given.write_text(json.dumps(RESPONSE), encoding="utf-8")
    before: list[Any] = sorted(tmp_path.rglob("*"))
    too_long = tmp_path / ("x" * 300)
    assert run(["forms", "evaluate", str(form), "--response", str(given), "--out", str(too_long)]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert run(["forms", "evaluate", str(form), "--response", str(given), "--out", str(form / "x")]) == 1
    assert sorted(tmp_path.rglob("*")) == before
