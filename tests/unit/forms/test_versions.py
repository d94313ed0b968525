"""What changed between two versions of a form, and records brought to the later one with nothing lost."""

from __future__ import annotations

from typing import Any

import pytest

from sync.merge import merge
from tests.support.forms import AMARA, NOW, OURS, extension, form, item, sheet
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Answer, Body, Row, body_of, content_of
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.versions import EARLIER, Weight, differences, earlier, heaviest, migrate


def options(*codes: str) -> list[dict[str, Any]]:
    return [{"valueCoding": {"code": code, "display": code.title()}} for code in codes]


def moves(*given: tuple[str, str, dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "url": OURS + "moves",
            "extension": [
                {"url": "since", "valueString": "1.0.0"},
                {"url": "old", "valueString": old},
                *([{"url": "new", "valueString": new}] if new else []),
                *(
                    {
                        "url": "option",
                        "extension": [{"url": "old", "valueString": was}, {"url": "new", "valueString": now}],
                    }
                    for was, now in codes.items()
                ),
            ],
        }
        for old, new, codes in given
    ]


BEFORE = form(
    item("name", "string"),
    item("age", "integer"),
    item("kind", "choice", answerOption=options("a", "b")),
    item("gone", "text"),
    item("rows", "group", item("what", "string"), item("old", "string"), repeats=True),
    version="1.0.0",
)


def after(*items: Any, **more: Any) -> Form:
    return form(*items, version="1.1.0", **more)


def said(found: Any) -> set[tuple[str, Weight]]:
    return {(each.item, each.weight) for each in found}


def test_every_change_is_weighed() -> None:
    later = after(
        item("name", "text", text="What is the name?"),
        item("age", "decimal", required=True),
        item("kind", "choice", answerOption=options("b", "c")),
        item("more", "string"),
        item("must", "string", required=True),
        item("rows", "group", item("what", "integer"), repeats=True),
    )
    found = differences(BEFORE, later)
    assert said(found) == {
        ("name", Weight.SAME),
        ("age", Weight.REVIEW),
        ("kind", Weight.REVIEW),
        ("kind", Weight.COMPATIBLE),
        ("gone", Weight.BREAKING),
        ("more", Weight.COMPATIBLE),
        ("must", Weight.REVIEW),
        ("what", Weight.BREAKING),
        ("old", Weight.BREAKING),
    }
    assert heaviest(found) is Weight.BREAKING
    assert not any(each.moved for each in found)
    assert differences(BEFORE, BEFORE) == ()


def test_a_question_that_moves_to_another_section_keeps_its_answers() -> None:
    later = after(item("g", "group", *({**item(each.link_id, str(each.kind))} for each in BEFORE.items[:2])))
    assert ("name", Weight.BREAKING) not in said(differences(BEFORE, later))
    body = Body(answers={FieldPath("name"): Answer(value="Leo", by=AMARA.id, at=NOW)})
    moved = migrate(body, BEFORE, later)
    assert moved.body == body
    assert moved.kept == ()


def record() -> Body:
    def answer(value: Any) -> Answer:
        return Answer(value=value, by=AMARA.id, at=NOW)

    return Body(
        answers={
            FieldPath("name"): answer("Leo"),
            FieldPath("age"): answer(4),
            FieldPath("kind"): answer({"code": "a", "display": "A"}),
            FieldPath("gone"): answer("Some words"),
            FieldPath("rows/r1/what"): answer("x"),
            FieldPath("rows/r1/old"): answer("y"),
        },
        rows={FieldPath("rows/r1"): Row(ord="1")},
    )


LATER = after(
    item("name", "text"),
    item("years", "decimal"),
    item("kind", "choice", answerOption=options("b", "c")),
    item("rows", "group", item("what", "string"), item("new", "text"), repeats=True),
    extension=moves(("age", "years", {}), ("kind", "kind", {"a": "c"}), ("gone", "", {}), ("old", "new", {})),
)


def test_answers_go_where_the_form_says_and_the_rest_is_kept_as_a_note() -> None:
    found = migrate(record(), BEFORE, LATER)
    values = {path: each.value for path, each in found.body.answers.items()}
    assert values == {
        "name": "Leo",
        "years": "4",
        "kind": {"code": "c", "display": "C"},
        "gone": "Some words",
        "rows/r1/what": "x",
        "rows/r1/new": "y",
    }
    assert found.kept == (FieldPath("gone"),)
    assert [(line.label, line.shown) for line in earlier(LATER, found.body)] == [("Gone", "Some words")]
    assert all(each.by == AMARA.id for each in found.body.answers.values())
    assert all(each.moved for each in differences(BEFORE, LATER) if each.weight is Weight.BREAKING)


def test_what_does_not_fit_any_more_is_kept_with_what_was_asked_and_shown() -> None:
    later = after(item("age", "boolean"), item("name", "string"))
    found = migrate(record(), BEFORE, later)
    kept = found.body.answers[FieldPath("age")]
    assert kept.value == 4
    assert dict(kept.extra)[EARLIER] == {"asked": "Age", "shown": "4"}
    assert len(found.body.answers) == len(record().answers)


def test_a_second_time_changes_nothing_and_the_note_survives_the_wire() -> None:
    once = migrate(record(), BEFORE, LATER).body
    assert migrate(once, BEFORE, LATER).body == once
    assert body_of(content_of(once)) == once


def test_an_answer_from_the_earlier_form_survives_a_sheet_and_a_merge() -> None:
    base = migrate(record(), BEFORE, LATER).body
    mine = sheet(LATER, base)
    mine.answer(FieldPath("name"), "Ivy")
    other = sheet(LATER, base)
    other.answer(FieldPath("years"), "5")
    met = merge(base, mine.body, other.body, LATER)
    assert met.clashes == ()
    assert earlier(LATER, met.merged) == earlier(LATER, base) != ()
    assert (met.merged.answers[FieldPath("name")].value, met.merged.answers[FieldPath("years")].value) == (
        "Ivy",
        "5",
    )


SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
HIDDEN = extension("questionnaire-hidden", True, "valueBoolean")


def calculated(text: str, name: str = "calculatedExpression") -> dict[str, Any]:
    return extension(SDC + name, {"language": "text/fhirpath", "expression": text}, "valueExpression")


def unit(code: str) -> dict[str, Any]:
    return extension("questionnaire-unit", {"code": code, "display": code}, "valueCoding")


def limit(name: str, value: int) -> dict[str, Any]:
    return extension(name, value, "valueInteger")


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], Weight, str]] = {
    "hidden": (item("a"), item("a", extension=[HIDDEN]), Weight.REVIEW, "hidden now"),
    "shown": (item("a", extension=[HIDDEN]), item("a"), Weight.COMPATIBLE, "no longer hidden"),
    "read only": (item("a"), item("a", readOnly=True), Weight.REVIEW, "no longer answered"),
    "writable": (item("a", readOnly=True), item("a"), Weight.COMPATIBLE, "not only read"),
    "a limit": (
        item("a", "integer"),
        item("a", "integer", extension=[limit("maxValue", 5)]),
        Weight.REVIEW,
        "tighter",
    ),
    "a looser limit": (
        item("a", "integer", extension=[limit("maxValue", 5)]),
        item("a", "integer", extension=[limit("maxValue", 10)]),
        Weight.COMPATIBLE,
        "looser",
    ),
    "fewer kinds of file": (
        item("a", "attachment"),
        item("a", "attachment", extension=[extension("mimeType", "image/png", "valueCode")]),
        Weight.REVIEW,
        "tighter",
    ),
    "a limit that is worked out": (
        item("a", "date"),
        item(
            "a",
            "date",
            extension=[
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/maxValue",
                    "valueExpression": {"language": "text/fhirpath", "expression": "today()"},
                }
            ],
        ),
        Weight.REVIEW,
        "limit that is worked out",
    ),
    "the words of an answer": (
        item("a", "choice", answerOption=[{"valueCoding": {"code": "x", "display": "Old"}}]),
        item("a", "choice", answerOption=[{"valueCoding": {"code": "x", "display": "New"}}]),
        Weight.SAME,
        "words an answer",
    ),
    "an answer that stands alone": (
        item("a", "choice", repeats=True, answerOption=options("x", "y")),
        item(
            "a",
            "choice",
            repeats=True,
            answerOption=[
                options("x")[0]
                | {"extension": [extension("questionnaire-optionExclusive", True, "valueBoolean")]},
                *options("y"),
            ],
        ),
        Weight.REVIEW,
        "beside each other",
    ),
    "the unit of a number": (
        item("a", "decimal", extension=[unit("kg")]),
        item("a", "decimal", extension=[unit("g")]),
        Weight.BREAKING,
        "“kg”",
    ),
    "the unit of an amount": (
        item("a", "quantity", extension=[unit("kg")]),
        item("a", "quantity", extension=[unit("g")]),
        Weight.REVIEW,
        "counted in “g”",
    ),
    "a formula": (
        item("a", "integer", extension=[calculated("1 + 1")]),
        item("a", "integer", extension=[calculated("1 + 2")]),
        Weight.REVIEW,
        "worked out otherwise",
    ),
    "a formula where an answer was": (
        item("a", "integer"),
        item("a", "integer", extension=[calculated("1 + 1")]),
        Weight.BREAKING,
        "nobody can answer it",
    ),
    "an answer where a formula was": (
        item("a", "integer", extension=[calculated("1 + 1")]),
        item("a", "integer"),
        Weight.REVIEW,
        "by hand",
    ),
    "what is offered by a formula": (
        item("a", "choice", extension=[calculated("1 | 2", "answerExpression")]),
        item("a", "choice", extension=[calculated("1 | 3", "answerExpression")]),
        Weight.REVIEW,
        "by another rule",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_of_a_question_is_named_and_weighed(name: str) -> None:
    was, now, weight, words = CHANGES[name]
    found = differences(form(was, version="1.0.0"), after(now))
    assert [(each.item, each.weight) for each in found] == [("a", weight)]
    assert words in found[0].what


def test_a_formula_that_is_only_laid_out_otherwise_is_no_change() -> None:
    was = item("a", "integer", extension=[calculated("1  +\n 1")])
    assert (
        differences(form(was, version="1.0.0"), after(item("a", "integer", extension=[calculated("1 + 1")])))
        == ()
    )


def test_what_the_whole_form_works_with_is_compared_too() -> None:
    def named(text: str) -> dict[str, Any]:
        given = {"language": "text/fhirpath", "expression": text, "name": "most"}
        return extension("variable", given, "valueExpression")

    found = differences(
        form(item("a"), version="1.0.0", extension=[named("1")]), after(item("a"), extension=[named("2")])
    )
    assert said(found) == {("", Weight.REVIEW)}


def test_two_answers_that_go_to_one_place_are_both_kept() -> None:
    """The second, or one whose place is taken, stays as a note: nothing is written over."""
    before = form(item("one", "string"), item("two", "string"), item("there", "string"), version="1.0.0")
    later = after(
        item("there", "string"),
        item("both", "string"),
        extension=moves(("one", "both", {}), ("two", "both", {})),
    )
    onto = after(item("there", "string"), extension=moves(("one", "there", {}), ("two", "", {})))
    body = Body(
        answers={FieldPath(link): Answer(value=link, by=AMARA.id, at=NOW) for link in ("one", "two", "there")}
    )
    for form_after in (later, onto):
        found = migrate(body, before, form_after).body
        assert sorted(str(each.value) for each in found.answers.values()) == ["one", "there", "two"]
    assert migrate(body, before, later).body.answers[FieldPath("both")].value == "one"
    assert EARLIER in dict(migrate(body, before, later).body.answers[FieldPath("two")].extra)
    assert migrate(body, before, onto).body.answers[FieldPath("there")].value == "there"
    assert EARLIER in dict(migrate(body, before, onto).body.answers[FieldPath("one")].extra)
