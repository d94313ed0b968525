"""A draft moved to a later version of its form and back: nothing is lost either way."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.forms import NOW, OURS, extension, form, item, sheet
from workbook_desktop.domain.ids import FieldPath, WorkerId
from workbook_desktop.domain.records import Answer, Body, Empty, Row, body_of, content_of
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.moving import back, outlook, there
from workbook_desktop.forms.versions import EARLIER, earlier

SUM = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"


def options(*codes: str) -> list[dict[str, Any]]:
    return [{"valueCoding": {"code": code, "display": code.title()}} for code in codes]


def a_move(old: str, new: str, **codes: str) -> dict[str, Any]:
    renamed = [
        {
            "url": "option",
            "extension": [{"url": "old", "valueString": was}, {"url": "new", "valueString": now}],
        }
        for was, now in codes.items()
    ]
    parts = [("since", "1.0.0"), ("old", old), ("new", new)]
    return {
        "url": OURS + "moves",
        "extension": [*({"url": name, "valueString": said} for name, said in parts), *renamed],
    }


def total(of: str) -> list[dict[str, Any]]:
    formula = {
        "language": "text/fhirpath",
        "expression": f"%resource.descendants().where(linkId='{of}').answer.value",
    }
    return [extension(SUM, formula, "valueExpression")]


BEFORE = form(
    item("name", "string"),
    item("age", "integer"),
    item("kind", "choice", answerOption=options("a", "b", "c")),
    item("gone", "text", text="What was said?"),
    item("other", "string"),
    item("twice", "integer", extension=total("age"), readOnly=True),
    item("rows", "group", item("what", "string"), item("old", "string"), repeats=True),
    version="1.0.0",
)
AFTER = form(
    item("name", "text"),
    item("age", "decimal"),
    item("sort", "choice", answerOption=options("x", "c")),
    item("other", "integer", required=True),
    item("more", "string"),
    item("must", "string", required=True),
    item("twice", "integer", extension=total("age"), readOnly=True),
    item("rows", "group", item("what", "string"), item("newer", "string"), repeats=True),
    version="1.1.0",
    extension=[a_move("kind", "sort", a="x", b="x"), a_move("old", "newer")],
)
ROW = FieldPath("rows/r1")
WHO = WorkerId("w-amara")


def coded(code: str) -> dict[str, str]:
    return {"code": code, "display": code.title()}


def answers(**given: Any) -> Body:
    said = {
        FieldPath(path.replace("__", "/r1/")): Answer(value=value, by=WHO, at=NOW)
        for path, value in given.items()
    }
    return Body(answers=said, rows={ROW: Row(ord="V")} if any("/" in path for path in said) else {})


WHOLE = answers(
    name="Maisie",
    age=7,
    kind=coded("b"),
    gone="She told me.",
    other="abc",
    twice=7,
    rows__what="w",
    rows__old="o",
)


def values(body: Body) -> dict[str, Any]:
    return {path: answer.value for path, answer in body.answers.items()}


def test_what_has_a_place_stands_there_and_what_has_none_stays_readable() -> None:
    moved = there(WHOLE, BEFORE, AFTER)
    assert values(moved) == {
        "name": "Maisie",
        "age": "7",
        "sort": coded("x"),
        "gone": "She told me.",
        "other": "abc",
        "twice": 7,
        "rows/r1/what": "w",
        "rows/r1/newer": "o",
    }
    assert [(line.label, line.shown) for line in earlier(AFTER, moved)] == [
        ("What was said?", "She told me."),
        ("Other", "abc"),
    ]


def test_a_total_of_both_versions_is_worked_out_anew_and_is_no_answer_of_the_earlier_form() -> None:
    moved = there(WHOLE, BEFORE, AFTER)
    assert "Twice" not in [line.label for line in earlier(AFTER, moved)]
    assert not any(name == EARLIER for name, _ in moved.answers[FieldPath("twice")].extra)


def test_there_and_back_is_what_it_was() -> None:
    assert back(there(WHOLE, BEFORE, AFTER), AFTER, BEFORE) == WHOLE


def test_it_comes_back_from_the_disk_too() -> None:
    moved = body_of(content_of(there(WHOLE, BEFORE, AFTER)))
    assert back(moved, AFTER, BEFORE) == WHOLE


def test_what_was_answered_since_keeps_its_question_or_stays_as_a_note() -> None:
    page = sheet(AFTER, there(WHOLE, BEFORE, AFTER))
    page.answer(FieldPath("name"), "Maisie T")
    page.answer(FieldPath("more"), "typed since")
    page.answer(FieldPath("sort"), coded("c"))
    page.answer(FieldPath("other"), 12)
    again = back(page.body, AFTER, BEFORE)
    found = values(again)
    assert found["name"] == "Maisie T"
    assert found["gone"] == "She told me."
    assert not any(name == EARLIER for name, _ in again.answers[FieldPath("gone")].extra)
    shown = {line.label: line.shown for line in earlier(BEFORE, again)}
    assert shown["More"] == "typed since"
    assert shown["Sort"] == "C"
    assert found["other"] == 12


def test_a_second_move_gives_the_notes_of_the_first_their_questions_back() -> None:
    page = sheet(AFTER, there(WHOLE, BEFORE, AFTER))
    page.answer(FieldPath("more"), "typed since")
    twice = there(back(page.body, AFTER, BEFORE), BEFORE, AFTER)
    assert values(twice)["more"] == "typed since"
    assert "More" not in [line.label for line in earlier(AFTER, twice)]


def test_the_outlook_is_in_plain_words_without_the_authors_ids() -> None:
    found = outlook(WHOLE, BEFORE, AFTER)
    assert found.gone == ("What was said?",)
    assert set(found.renamed) == {"Kind", "Old"}
    assert found.new_required == ("Must",)
    assert set(found.new) >= {"More"}
    assert set(found.left_over) == {"What was said?", "Other"}
    assert not any("(" in sentence for sentence in found.every)
    assert "“Kind” is no longer asked. Its answers go to “Sort”." in found.every


def test_every_core_form_moves_there_and_back() -> None:
    read = [load(source) for source in core_forms()]
    pairs = [(one, two) for one in read for two in read if one.id == two.id and one.version < two.version]
    assert pairs
    for one, two in pairs:
        body = Body(
            answers={
                FieldPath(each.link_id): Answer(value="said", by=WHO, at=NOW)
                for each in one.walk()
                if each.is_question and not each.has_rows and _stands_alone(one, each)
            }
        )
        moved = there(body, one, two)
        assert {answer.value for answer in moved.answers.values()} <= {"said"}
        assert len(moved.answers) == len(body.answers)
        assert back(moved, two, one) == body


def _stands_alone(of: Form, each: Any) -> bool:
    above = of.parents[each.link_id]
    while above is not None:
        if above.has_rows:
            return False
        above = of.parents[above.link_id]
    return True


VALUES = {
    "name": st.text(max_size=4).filter(bool),
    "age": st.integers(0, 20),
    "kind": st.sampled_from([coded("a"), coded("b"), coded("c")]),
    "gone": st.text(max_size=4).filter(bool),
    "other": st.text(max_size=4).filter(bool),
    "rows__what": st.text(max_size=4).filter(bool),
    "rows__old": st.text(max_size=4).filter(bool),
}
SINCE = {
    "name": st.text(max_size=4),
    "age": st.sampled_from(["1.5", "2"]),
    "sort": st.sampled_from([coded("x"), coded("c")]),
    "other": st.integers(0, 9),
    "more": st.text(max_size=4),
    "must": st.text(max_size=4),
    "rows/r1/newer": st.text(max_size=4),
}


@given(begun=st.fixed_dictionaries({}, optional=VALUES))
def test_no_draft_is_another_after_there_and_back(begun: dict[str, Any]) -> None:
    body = answers(**begun)
    assert back(there(body, BEFORE, AFTER), AFTER, BEFORE) == body


@given(begun=st.fixed_dictionaries({}, optional=VALUES), since=st.fixed_dictionaries({}, optional=SINCE))
def test_what_is_typed_in_between_is_never_lost(begun: dict[str, Any], since: dict[str, Any]) -> None:
    body = answers(**begun)
    page = sheet(AFTER, there(body, BEFORE, AFTER))
    for path, value in since.items():
        if "/" not in path or ROW in body.rows:
            page.answer(FieldPath(path), value)
    again = back(page.body, AFTER, BEFORE)
    kept = [answer.value for answer in again.answers.values()]
    for path, value in since.items():
        given_there = page.body.answers.get(FieldPath(path))
        if given_there is not None and given_there.empty is not Empty.CLEARED and given_there.value == value:
            assert value in kept or str(value) in map(str, kept) or _is_as_before(path, value, body)


def _is_as_before(path: str, value: Any, body: Body) -> bool:
    """Say whether the worker said what the moved answer said already: then it is restored as it was."""
    moved = there(body, BEFORE, AFTER).answers.get(FieldPath(path))
    return moved is not None and moved.value == value
