"""``workbook-desktop forms …``: what each command says, writes and returns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.forms import OURS, item, questionnaire
from workbook_desktop.commands.line import run
from workbook_desktop.forms import signing
from workbook_desktop.forms.library import core_forms

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
ROOT = Path(__file__).resolve().parents[3]
PUBLIC = ROOT.parent / "shared" / "data" / "questionnaires"


def put(path: Path, given: Any) -> Path:
    path.write_text(json.dumps(given), encoding="utf-8")
    return path


def a_form(*items: Any, **more: Any) -> dict[str, Any]:
    return questionnaire(*items, url="https://example.org/tried", **more)


def calculated(text: str) -> dict[str, Any]:
    return {
        "url": SDC + "calculatedExpression",
        "valueExpression": {"language": "text/fhirpath", "expression": text},
    }


def response(*items: Any) -> dict[str, Any]:
    return {"resourceType": "QuestionnaireResponse", "status": "in-progress", "item": list(items)}


def test_check_says_the_verdict_of_each_file_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = put(tmp_path / "good.json", a_form(item("a.b")))
    bad = put(tmp_path / "bad.json", a_form(item("a.b"), item("a.b")))
    assert run(["forms", "check", str(good)]) == 0
    assert capsys.readouterr().out == f"accepted  {good}\n"
    assert run(["forms", "check", str(tmp_path), "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [(row["file"], row["verdict"]) for row in rows] == [(str(bad), "refused"), (str(good), "accepted")]
    (reason,) = rows[0]["reasons"]
    assert (reason["item"], reason["feature"]) == ("a.b", "linkId")
    assert "two items have this linkId" in reason["why"]


def test_check_of_nothing_is_a_problem_and_of_no_file_is_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["forms", "check", str(tmp_path)]) == 1
    assert "no .json file" in capsys.readouterr().err
    assert run(["forms", "check"]) == 2
    assert run(["forms", "check", str(tmp_path / "nowhere.json")]) == 2


@pytest.mark.parametrize("command", ["check", "show", "try", "evaluate", "publish", "migrate"])
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forms", command, "--help"]) == 0
    assert f"Example: workbook-desktop forms {command}" in " ".join(capsys.readouterr().out.split())


def test_evaluate_says_what_shows_what_is_worked_out_and_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    n = "%resource.item.where(linkId='n').answer.value"
    form = put(
        tmp_path / "f.json",
        a_form(
            item("n", "integer"),
            item("twice", "integer", extension=[calculated(f"{n} * 2")]),
            item("more", enableWhen=[{"question": "n", "operator": ">", "answerInteger": 3}], required=True),
            item("born", "date", extension=[calculated("today() - 2 years")]),
        ),
    )
    given = put(
        tmp_path / "r.json", response({"linkId": "n", "answer": [{"valueInteger": 4}]}, {"linkId": "x"})
    )
    out = tmp_path / "out.json"
    command = ["forms", "evaluate", str(form), "--response", str(given), "--today", "2026-03-27"]
    assert run([*command, "--out", str(out), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["enabled"] == ["n", "twice", "more", "born"]
    assert {each["item"]: each["value"] for each in found["calculated"]} == {"twice": 8, "born": "2024-03-27"}
    assert [(each["item"], each["code"]) for each in found["errors"]] == [("more", "required")]
    assert found["unknown"] == ["x"]
    again = json.loads(out.read_text(encoding="utf-8"))
    assert [each["linkId"] for each in again["item"]] == ["n", "twice", "born", "x"]
    assert run(command) == 1
    assert "worked out  twice: 8" in capsys.readouterr().out
    put(given, {"resourceType": "Patient"})
    assert run(command) == 1
    assert "not a FHIR QuestionnaireResponse" in capsys.readouterr().err


def test_publish_writes_form_and_signature_or_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, out = tmp_path / "key.pem", tmp_path / "out"
    assert run(["forms", "publish", "--new-key", str(key)]) == 0
    assert run(["forms", "publish", "--new-key", str(key)]) == 1  # never over a key that is there
    source = a_form(item("name"), item("list", "choice", answerValueSet="https://example.org/vs"))
    form = put(tmp_path / "f.json", source)
    common = ["forms", "publish", str(form), "--key", str(key), "--out", str(out)]
    assert run(common) == 1
    assert "--value-sets" in capsys.readouterr().err
    assert not out.exists()
    lists = put(
        tmp_path / "vs.json",
        {
            "resourceType": "ValueSet",
            "url": "https://example.org/vs",
            "compose": {"include": [{"system": "s", "concept": [{"code": "x", "display": "X"}]}]},
        },
    )
    assert run([*common, "--value-sets", str(lists)]) == 0
    written = (out / "tried.1.0.0.json").read_bytes()
    public = signing.public_part(key.read_bytes())
    signing.verify(
        written,
        signing.signature_of((out / "tried.1.0.0.sig.json").read_bytes()),
        {signing.key_name(public): public},
    )
    assert run([*common, "--value-sets", str(lists)]) == 1  # a published version never changes
    assert (out / "tried.1.0.0.json").read_bytes() == written


def test_publish_weighs_what_changed_and_refuses_what_breaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = put(tmp_path / "old.json", a_form(item("name"), item("gone")))
    form = put(tmp_path / "f.json", a_form(item("name", required=True)))
    command = ["forms", "publish", str(form), "--previous", str(before), "--dry-run"]
    assert run([*command, "--version", "1.1.0"]) == 1
    said = capsys.readouterr()
    assert "review      “Name” (name) is required now." in said.out
    assert "“Gone” (gone) is no longer asked." in said.err
    assert run(command) == 1
    assert "published already" in capsys.readouterr().err
    move = {
        "url": OURS + "moves",
        "extension": [{"url": "since", "valueString": "1.0.0"}, {"url": "old", "valueString": "gone"}],
    }
    put(form, a_form(item("name"), extension=[move]))
    assert run([*command, "--version", "1.1.0"]) == 0


def test_publish_refuses_a_list_inside_the_form_that_is_not_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = {
        "resourceType": "ValueSet",
        "id": "part",
        "expansion": {"total": 500, "contains": [{"code": "x", "system": "s"}]},
    }
    given = a_form(item("pick", "choice", answerValueSet="#part"), contained=[part])
    form = put(tmp_path / "f.json", given)
    assert run(["forms", "publish", str(form), "--dry-run"]) == 1
    assert "(pick) is answered in words: its list of answers is kept elsewhere, in part." in (
        capsys.readouterr().err
    )
    part["expansion"] = {"total": 1, "contains": [{"code": "x", "system": "s"}]}
    put(form, given)
    assert run(["forms", "publish", str(form), "--dry-run"]) == 0


def test_publish_looks_for_the_version_before_in_the_folder_where_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, out = tmp_path / "key.pem", tmp_path / "published"
    assert run(["forms", "publish", "--new-key", str(key)]) == 0
    form = put(tmp_path / "f.json", a_form(item("name"), item("gone")))
    command = ["forms", "publish", str(form), "--key", str(key), "--out", str(out)]
    assert run(command) == 0
    put(out / "not-a-form.json", {"resourceType": "Patient"})
    put(form, a_form(item("name")))
    assert run([*command, "--version", "1.1.0"]) == 1
    assert "“Gone” (gone) is no longer asked." in capsys.readouterr().err
    put(form, a_form(item("name"), item("gone"), item("more")))
    assert run([*command, "--version", "1.1.0", "--previous", str(out / "tried.1.0.0.json")]) == 0


def test_publish_refuses_a_formula_that_fails_on_answers_a_worker_may_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = "%resource.item.where(linkId='many').answer.value.single()"
    form = put(
        tmp_path / "f.json",
        a_form(
            item("many", "integer", repeats=True),
            item("rows", "group", item("no", "integer"), repeats=True),
            item(
                "one",
                "integer",
                extension=[calculated("%resource.repeat(item).where(linkId='no').answer.value.single()")],
            ),
            item("fine", "integer", extension=[calculated(both)]),
        ),
    )
    assert run(["forms", "publish", str(form), "--dry-run"]) == 1
    assert "“One” (one) cannot be worked out" in capsys.readouterr().err


def test_migrate_says_what_moved_and_what_was_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = put(tmp_path / "a.json", a_form(item("name"), item("age", "integer")))
    after = put(tmp_path / "b.json", a_form(item("name"), item("more"), version="1.1.0"))
    given = put(tmp_path / "r.json", response({"linkId": "age", "answer": [{"valueInteger": 4}]}))
    out = tmp_path / "r2.json"
    command = ["forms", "migrate", "--from", str(before), "--to", str(after), "--response", str(given)]
    assert run([*command, "--out", str(out), "--json"]) == 1  # it breaks, and nothing says where it goes
    found = json.loads(capsys.readouterr().out)
    assert [(each["item"], each["weight"]) for each in found["changes"]] == [
        ("age", "breaking"),
        ("more", "compatible"),
    ]
    assert found["kept"] == [{"path": "age", "asked": "Age", "shown": "4"}]
    assert "elsewhere" in out.read_text(encoding="utf-8")


def in_a_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbook_desktop", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_show_draws_every_section_and_one_alone(tmp_path: Path) -> None:
    source = tmp_path / "visit.json"
    source.write_bytes(core_forms()[-1])
    whole, one = tmp_path / "whole.png", tmp_path / "sub" / "one.png"
    done = in_a_process("forms", "show", str(source), "--png", str(whole))
    assert done.returncode == 0, done.stderr
    done = in_a_process("forms", "show", str(source), "--png", str(one), "--section", "2", "--text", "200")
    assert done.returncode == 0, done.stderr
    assert whole.stat().st_size > one.stat().st_size > 5_000
    done = in_a_process("forms", "show", str(source), "--png", str(one), "--section", "nowhere")
    assert done.returncode == 1
    assert "There is no section “nowhere”" in done.stderr


def test_try_says_so_where_there_is_no_display(tmp_path: Path) -> None:
    form = put(tmp_path / "f.json", a_form(item("a")))
    done = in_a_process("forms", "try", str(form), DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert done.returncode == 1
    assert "There is no display" in done.stderr


def test_hl7_names_are_read_in_their_old_and_new_spelling(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = {"linkId": "a", "type": "choice", "text": "A", "option": [{"valueCoding": {"code": "x"}}]}
    new = {
        "linkId": "b",
        "type": "coding",
        "text": "B",
        "answerConstraint": "optionsOnly",
        "answerOption": [{"valueCoding": {"code": "x"}}],
    }
    rule = {"question": "a", "hasAnswer": True}
    form = put(tmp_path / "f.json", a_form(old, {**new, "enableWhen": [rule]}, extension=[]))
    assert run(["forms", "check", str(form)]) == 0
    assert capsys.readouterr().out.startswith("accepted")


def test_publish_warns_of_what_stays_empty_in_every_trial_and_says_what_it_waits_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sdc = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"

    def worked_out(link: str, text: str) -> dict[str, Any]:
        given = {"language": "text/fhirpath", "expression": text}
        return item(
            link,
            "integer",
            extension=[{"url": sdc + "calculatedExpression", "valueExpression": given}],
        )

    waits = "%resource.item.where(linkId='never').answer.value + 1"
    nothing = "%resource.item.where(linkId='age').answer.value.where($this < 0)"
    fine = "%resource.item.where(linkId='age').answer.value + 1"
    form = put(
        tmp_path / "f.json",
        a_form(
            item("age", "integer"),
            item("never", "integer", readOnly=True),
            worked_out("waits", waits),
            worked_out("nothing", nothing),
            worked_out("fine", fine),
            worked_out("off", fine)
            | {"enableWhen": [{"question": "age", "operator": "<", "answerInteger": -1}]},
        ),
    )
    run(["forms", "publish", str(form), "--dry-run"])
    said = capsys.readouterr().out
    assert "“Nothing” (nothing) stayed empty in all 20 trials: though everything it asks for" in said
    assert "“Off” (off) stayed empty in all 20 trials: it was never shown." in said
    assert "“Waits” (waits) stayed empty in all 20 trials: it waits for “Never” (never)." in said
    assert "(fine)" not in said


def test_publish_looks_at_every_earlier_version_for_a_name_that_meant_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    put(folder / "1.0.json", a_form(item("name"), item("when", "date"), version="1.0"))
    put(folder / "1.9.json", a_form(item("name"), version="1.9"))
    put(folder / "1.10.json", a_form(item("name"), version="1.10"))
    put(folder / "other.json", {**a_form(item("else")), "id": "other", "url": "https://example.org/other"})
    (folder / "1.9.sig.json").write_text("{}", encoding="utf-8")
    form = put(tmp_path / "f.json", a_form(item("name"), item("when", "boolean"), version="1.11"))
    command = ["forms", "publish", str(form), "--previous", str(folder), "--dry-run"]
    assert run(command) == 1
    assert "(when) took a date and now takes yes or no. So it was in version 1.0" in capsys.readouterr().err
    put(form, a_form(item("name"), item("when", "date"), version="1.11"))
    assert run(command) == 0  # the same question again, and compared with 1.10, not 1.9
    assert run([*command, "--version", "1.9"]) == 1
