"""A record in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sync.reference_ics.generate import records_of_4_kb
from tests.support.forms import AMARA, TODAY, coding, core, form, item, new_ids, sheet, tolland
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import Answer, Body, Empty, body_of, content_of
from workbook_desktop.forms.draft import begin
from workbook_desktop.forms.summary import (
    gist,
    gist_of_content,
    place_words,
    rendered,
    row_title,
    shown_value,
)


@pytest.mark.parametrize(
    ("type_", "value", "words"),
    [
        ("boolean", True, "Yes"),
        ("boolean", False, "No"),
        ("date", "2026-03-27", "27 March 2026"),
        ("date", "2026-03", "March 2026"),
        ("date", "2026", "2026"),
        ("dateTime", "2026-07-01T13:30:00+00:00", "1 July 2026, 14:30"),
        ("time", "14:30:00", "14:30"),
        ("integer", 7, "7"),
        ("decimal", "12.50", "12.50"),
        ("quantity", {"value": "12.5", "unit": "kg"}, "12.5 kg"),
        ("reference", {"reference": "Person/1", "display": "Leo Tolland"}, "Leo Tolland"),
        ("attachment", {"title": "drawing.png"}, "drawing.png"),
        ("attachment", {"data": ""}, "File"),
        ("date", "not a date", "not a date"),
        ("dateTime", "rubbish", "rubbish"),
    ],
)
def test_an_answer_is_shown_in_words(type_: str, value: Any, words: str) -> None:
    assert shown_value(form(item("q", type_)).items[0], Answer(value=value)) == words


def test_options_show_their_label_and_reasons_their_words() -> None:
    options = [{"valueCoding": {"code": code, "display": code.title()}} for code in ("red", "blue")]
    question = form(item("q", "choice", answerOption=options, repeats=True)).items[0]
    assert shown_value(question, Answer(value=[{"code": "red"}, {"code": "blue"}])) == "Red, Blue"
    assert shown_value(question, Answer(value=None, empty=Empty.NOT_KNOWN)) == "Not known"
    assert shown_value(question, Answer(value=None, empty=Empty.CLEARED)) == ""
    assert shown_value(question, None) == ""


def test_an_answer_that_was_switched_off_is_found_by_nobody_and_again_when_it_is_back() -> None:
    rule = [{"question": "seen", "operator": "=", "answerBoolean": True}]
    of = form(
        item("seen", "boolean"),
        item("g", "group", item("said", "text"), enableWhen=rule, repeats=True),
        item("note", "text"),
    )
    held = sheet(of)
    held.answer(FieldPath("seen"), True)
    row = held.add_row(paths.ROOT, LinkId("g"))
    held.answer(paths.child(row, LinkId("said")), "she hid in the airing cupboard")
    held.answer(FieldPath("note"), "Warm and tidy")

    def words() -> set[str]:
        quick = gist_of_content(of, content_of(held.body)).search_text
        slow = gist(of, held.body).search_text
        assert sorted(quick.splitlines()) == sorted(slow.splitlines())
        return set(slow.splitlines())

    assert words() == {"she hid in the airing cupboard", "Warm and tidy"}
    held.answer(FieldPath("seen"), False)
    assert words() == {"Warm and tidy"}
    assert "airing" in str(held.body.answers), "it is kept"
    held.answer(FieldPath("seen"), True)
    assert words() == {"she hid in the airing cupboard", "Warm and tidy"}


def test_the_gist_names_form_and_date_and_holds_all_narrative() -> None:
    of = core("visit")
    body = begin(of, record=RecordId("r"), family=tolland(), worker=AMARA, today=TODAY, new_id=new_ids())
    held = sheet(of, body)
    held.answer(FieldPath("home.like"), "Warm and tidy")
    ivy = held.rows(paths.ROOT, LinkId("children"))[2]
    held.answer(paths.child(ivy, LinkId("child.seen")), True)
    held.answer(paths.child(ivy, LinkId("child.said")), "Babbled and reached for Hannah")
    found = gist(of, held.body, TODAY)
    assert found.title == "Home visit, 22 November 2026"
    assert found.occurred_on == TODAY
    assert "Warm and tidy" in found.search_text
    assert "reached for Hannah" in found.search_text
    assert gist(of, Body(), TODAY).title == "Home visit"


def test_a_note_is_called_after_its_kind_and_may_have_a_date_in_part() -> None:
    of = core("case-note")
    body = Body(
        answers={
            FieldPath("note.type"): Answer(value=coding(of, "note.type", "phone")),
            FieldPath("note.date"): Answer(value="2026-11"),
        }
    )
    found = gist(of, body, TODAY)
    assert found.title == "Case note: Phone call, November 2026"
    assert found.occurred_on == TODAY
    assert gist(of, body, date(2027, 1, 1)).occurred_on == date(2026, 11, 30)


def test_a_record_is_read_by_section_with_a_heading_for_each_child() -> None:
    of = core("visit")
    body = begin(of, record=RecordId("r"), family=tolland(), worker=AMARA, today=TODAY, new_id=new_ids())
    sections = {section.title: section.lines for section in rendered(of, body, tolland().people)}
    headings = [line.label for line in sections["Each child"] if line.heading]
    assert headings == ["Maisie Tolland", "Leo Tolland", "Ivy Pask"]
    labels = [line.label for line in sections["The visit"]]
    assert "What did you do about it?" not in labels
    when = next(line for line in sections["The visit"] if line.path == "visit.date")
    assert (when.label, when.shown) == ("Date of the visit", "22 November 2026")


def test_people_are_read_by_the_name_they_have_now() -> None:
    of = form(item("q", "reference"))
    body = Body(answers={FieldPath("q"): Answer(value={"reference": "Person/p-ivy", "display": "Baby Pask"})})
    assert rendered(of, body, tolland().people)[0].lines[0].shown == "Ivy Pask"
    assert rendered(of, body)[0].lines[0].shown == "Baby Pask"


def test_a_row_without_a_person_is_called_by_its_kind_and_number() -> None:
    of = core("plan")
    actions = of.by_link_id[LinkId("actions")]
    assert row_title(actions, Body(), FieldPath("outcomes/1/actions/2"), 2) == "Action 2"


def test_an_answer_is_placed_by_the_rows_around_it() -> None:
    of = core("plan")
    held = sheet(of)
    held.add_row(paths.ROOT, LinkId("outcomes"))
    outcome = held.add_row(paths.ROOT, LinkId("outcomes"))
    action = held.add_row(outcome, LinkId("actions"))
    path = paths.child(action, LinkId("action.who"))
    assert place_words(of, held.body, path) == "Outcome 2, Action 1"
    assert place_words(of, Body(), path) == "Outcome, Action"
    assert place_words(of, held.body, FieldPath("plan.start")) == ""


def test_the_gist_of_nested_content_is_that_of_the_flat_body() -> None:
    visit = core("visit")
    for head in records_of_4_kb(20, seed=3):
        assert gist_of_content(visit, head.content) == gist(visit, body_of(head.content))
