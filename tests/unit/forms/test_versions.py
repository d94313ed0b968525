"""What changed between two versions of a form, and records brought to the later one with nothing lost."""

from __future__ import annotations

from typing import Any

from sync.merge import merge
from tests.support.forms import AMARA, NOW, OURS, form, item, sheet
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
