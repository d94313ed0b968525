"""What goes out is a response that others can read, and what they sent is read as they meant it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.forms import AMARA, NOW, OURS, form, item, new_ids
from tests.support.forms import sheet as sheet_of
from workbook_desktop.domain.errors import FormRefused, ResponseRefused
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Answer, Body, Empty, Row
from workbook_desktop.forms.check import problems
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.response import ABSENT, encoded, from_response, to_response
from workbook_desktop.forms.trials import fill

PUBLIC = Path(__file__).resolve().parents[4] / "shared" / "data" / "questionnaires"


def answered(of: Form, seed: int) -> Body:
    sheet = sheet_of(of)
    fill(sheet, random.Random(seed), share=0.9)
    return sheet.body


def valid(source: bytes) -> None:
    """Let an independent model of R4 read it. Raises ValidationError."""
    from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

    QuestionnaireResponse.model_validate_json(source)


@pytest.mark.parametrize("source", core_forms(), ids=lambda source: load(source).id)
def test_a_filled_form_that_ships_goes_out_as_fhir_says(source: bytes) -> None:
    of = load(source)
    for seed in range(5):
        body = answered(of, seed)
        out = encoded(
            to_response(of, body, subject={"reference": "Person/p1"}, authored=NOW, status="completed")
        )
        valid(out)
        assert from_response(of, out, new_ids()).body == body


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public questionnaires are not beside the checkout")
def test_every_public_form_that_loads_comes_back_as_it_went() -> None:
    count = 0
    for path in sorted(PUBLIC.glob("*/*.json")):
        try:
            of = load(path.read_bytes())
        except FormRefused:
            continue
        body = answered(of, count)
        out = encoded(to_response(of, body))
        valid(out)
        back = from_response(of, out, new_ids())
        assert (back.body, back.strangers, back.remarks) == (body, (), ()), path.name
        count += 1
    assert count >= 96


def test_reasons_for_having_no_answer_are_said_as_fhir_says_them() -> None:
    of = form(*(item(link) for link in "abcd"))
    empties = zip("abcd", (Empty.NOT_KNOWN, Empty.NOT_ASKED, Empty.REFUSED, Empty.CLEARED), strict=True)
    body = Body(answers={FieldPath(link): Answer(value=None, empty=empty) for link, empty in empties})
    items = to_response(of, body)["item"]
    reasons = [
        next((each["valueCode"] for each in one["extension"] if each["url"] == ABSENT), None) for one in items
    ]
    assert reasons == ["unknown", "not-asked", "asked-declined", None]
    assert from_response(of, to_response(of, body), new_ids()).body == body


def test_questions_under_a_question_stand_under_its_answer_and_rows_keep_their_ids() -> None:
    of = form(
        item("smokes", "boolean", item("since", "date")),
        item("drug", "string", item("dose", "decimal"), repeats=True),
        item("plan", "group", item("step"), repeats=True),
    )
    said: dict[str, Any] = {
        "smokes": True,
        "since": "2020-01-31",
        "drug/d1/drug": "One",
        "drug/d1/dose": "12.50",
        "plan/p1/step": "Go",
    }
    body = Body(
        answers={FieldPath(path): Answer(value=value, by=AMARA.id, at=NOW) for path, value in said.items()},
        rows={FieldPath("drug/d1"): Row(ord="1"), FieldPath("plan/p1"): Row(ord="1")},
    )
    out = encoded(to_response(of, body))
    smokes, drug, plan = json.loads(out)["item"]
    assert smokes["answer"][0]["item"][0]["linkId"] == "since"
    assert drug["answer"][0]["id"] == "d1"
    assert drug["answer"][0]["item"][0]["linkId"] == "dose"
    assert plan["id"] == "p1"
    assert b'"valueDecimal": 12.50' in out  # every digit, as it was typed
    assert from_response(of, out, new_ids()).body == body


def test_an_answer_that_does_not_fit_is_handed_back_and_not_lost() -> None:
    of = form(item("age", "integer"), item("name", "string"))
    odd = {"linkId": "age", "answer": [{"valueAttachment": {"title": "x"}}]}
    twice = {"linkId": "name", "answer": [{"valueString": "a"}, {"valueString": "b"}]}
    came = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [odd, twice]}
    back = from_response(of, came, new_ids())
    assert FieldPath("age") not in back.body.answers
    assert back.body.answers[FieldPath("name")].value == "a"
    assert back.strangers == (odd, {"linkId": "name", "answer": [{"valueString": "b"}]})
    assert len(back.remarks) == 2


def test_words_that_look_like_our_mark_for_numbers_stay_words() -> None:
    of = form(item("a"), item("b", "decimal"))
    body = Body(
        answers={
            FieldPath("a"): Answer(value="\ue000decimal:12"),
            FieldPath("b"): Answer(value="1.0"),
        }
    )
    assert from_response(of, encoded(to_response(of, body)), new_ids()).body == body


@pytest.mark.parametrize("held", ["3", "{}", '{"answers": 3}', '{"answers": {"a": 3}}', '{"rows": []}', "["])
def test_extensions_of_ours_that_others_broke_are_passed_over(held: str) -> None:
    of = form(item("a"))
    came = {
        "resourceType": "QuestionnaireResponse",
        "extension": [{"url": f"{OURS}elsewhere", "valueString": held}],
        "item": [{"linkId": "a", "answer": [{"valueString": "x"}]}],
    }
    assert from_response(of, came, new_ids()).body == Body(answers={FieldPath("a"): Answer(value="x")})


@pytest.mark.parametrize(
    ("kept", "out"),
    [
        ("2026-03-27T10:00+00:00", {"valueDateTime": "2026-03-27T10:00:00+00:00"}),
        ("2026-03-27T10:00:00Z", {"valueDateTime": "2026-03-27T10:00:00Z"}),
        ("2026-03-27 10:00:30.5+01:00", {"valueDateTime": "2026-03-27T10:00:30.500000+01:00"}),
        ("2026-03-27T10:00", {"valueString": "2026-03-27T10:00"}),  # where it was is not known
    ],
)
def test_a_moment_goes_out_with_seconds_as_fhir_wants_and_comes_back_as_it_was(kept: str, out: Any) -> None:
    of = form(item("at", "dateTime"))
    body = Body(answers={FieldPath("at"): Answer(value=kept)})
    response = json.loads(encoded(to_response(of, body)))
    assert response["item"][0]["answer"] == [out]
    assert from_response(of, response, new_ids()).body == body


@pytest.mark.parametrize(
    ("kind", "kept"),
    [("date", "2026"), ("date", "2026-01"), ("dateTime", "2026-01"), ("dateTime", "2026-01-05")],
)
def test_as_much_of_a_day_as_is_known_stays_a_day(kind: str, kept: str) -> None:
    name = "valueDate" if kind == "date" else "valueDateTime"
    of = form(item("at", kind))
    came = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "item": [{"linkId": "at", "text": "at", "answer": [{name: kept}]}],
    }
    back = from_response(of, came, new_ids())
    assert back.remarks == ()
    assert to_response(of, back.body)["item"][0]["answer"] == [{name: kept}]
    valid(encoded(to_response(of, back.body)))


def test_less_than_an_amount_is_not_that_amount() -> None:
    of = form(item("weight", "quantity"))
    less = {"linkId": "weight", "answer": [{"valueQuantity": {"value": 5, "comparator": "<", "unit": "kg"}}]}
    came = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [less]}
    back = from_response(of, came, new_ids())
    assert back.body.answers == {}
    assert back.strangers == (less,)
    assert len(back.remarks) == 1


def test_who_when_and_in_what_state_go_out_as_they_came() -> None:
    of = form(item("a"))
    around: dict[str, Any] = {
        "id": "r1",
        "meta": {"versionId": "3"},
        "status": "amended",
        "subject": {"reference": "Patient/1"},
        "authored": "2026-01-01T10:00:00.123+01:00",
        "author": {"display": "Z"},
        "extension": [{"url": "https://elsewhere.invalid/x", "valueString": "f"}],
    }
    came = {"resourceType": "QuestionnaireResponse", **around, "item": []}
    body = Body(
        answers={FieldPath("gone"): Answer(value="kept")}
    )  # what the form has no place for goes along
    back = from_response(of, came, new_ids())
    out = to_response(of, body, around=back.around)
    assert {name: out[name] for name in around if name != "extension"} == {
        name: value for name, value in around.items() if name != "extension"
    }
    assert around["extension"][0] in out["extension"]
    assert from_response(of, out, new_ids()).body == body
    assert from_response(of, out, new_ids()).around == back.around


def test_what_means_something_else_is_not_taken_and_what_is_not_kept_is_said() -> None:
    of = form(item("a"), item("b"))
    other = {"url": "https://elsewhere.invalid/not", "valueBoolean": True}
    negated = {"linkId": "a", "modifierExtension": [other], "answer": [{"valueString": "x"}]}
    noted = {"linkId": "b", "extension": [other], "answer": [{"valueString": "y"}]}
    came = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [negated, noted]}
    back = from_response(of, came, new_ids())
    assert back.body == Body(answers={FieldPath("b"): Answer(value="y")})
    assert back.strangers == (negated,)
    assert [each.split(") ")[1][:20] for each in back.remarks] == [
        "says by a modifierEx",
        "came with extensions",
    ]
    with pytest.raises(ResponseRefused):
        from_response(of, {**came, "modifierExtension": [other]}, new_ids())


def test_the_same_text_may_be_said_twice_and_the_same_choice_may_not() -> None:
    options = [{"valueString": "x"}, {"valueString": "y"}]
    of = form(
        item("words", "string", repeats=True), item("choice", "choice", repeats=True, answerOption=options)
    )
    body = Body(
        answers={
            FieldPath("words"): Answer(value=["b", "b"]),
            FieldPath("choice"): Answer(value=["x", "x"]),
        }
    )
    found = [(each.path, each.code) for each in problems(of, body) if each.code == "chosen-twice"]
    assert found == [(FieldPath("choice"), "chosen-twice")]
