"""Marks that were seen: rows that stay, corrections that strike through, and what a form says of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.forms import new_ids
from workbook_desktop.domain import paths
from workbook_desktop.domain.body_figure import REGIONS
from workbook_desktop.domain.ids import FieldPath, LinkId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.forms.append_only import altered, is_said, rows_that_stay, with_rows_kept
from workbook_desktop.forms.check import problems
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.outputs import derive
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.surroundings import Surroundings

FORM: Form = next(form for form in map(load, core_forms()) if form.id == "body-map")
MARK = LinkId("mark")


def coding(question: str, code: str) -> object:
    options = FORM.by_link_id[LinkId(question)].options
    return next(option.value for option in options if option.value["code"] == code)


def a_sheet() -> Sheet:
    sheet = Sheet(
        FORM, Body(), by=WorkerId("w-amara"), now=lambda: "2026-11-22T14:30:00+00:00", new_id=new_ids()
    )
    sheet.answer(FieldPath("marks.seen"), coding("marks.seen", "marks"))
    return sheet


def a_mark(sheet: Sheet, region: str = "cheek", side: str = "left") -> FieldPath:
    row, _ = sheet.put_row(paths.ROOT, MARK)
    sheet.answer(paths.child(row, LinkId("mark.region")), coding("mark.region", region))
    sheet.answer(paths.child(row, LinkId("mark.side")), coding("mark.side", side))
    return row


def test_the_form_names_the_questions_of_a_mark_and_offers_every_region() -> None:
    item = FORM.by_link_id[MARK]
    assert item.append_only
    assert item.body_map is not None
    assert item.body_map.age == "look.age"
    offered = [option.value["code"] for option in FORM.by_link_id[item.body_map.region].options]
    assert offered == [region.code for region in REGIONS]


def test_a_mark_in_which_something_was_said_is_not_taken_away() -> None:
    sheet = a_sheet()
    row = a_mark(sheet)
    assert not sheet.may_take(row)
    with pytest.raises(ValueError, match="stays"):
        sheet.take_row(row)


def test_a_mark_that_was_only_begun_may_go_again() -> None:
    sheet = a_sheet()
    row, _ = sheet.put_row(paths.ROOT, MARK)
    assert sheet.may_take(row)
    sheet.take_row(row)
    assert not sheet.rows(paths.ROOT, MARK)


def test_a_row_of_any_other_group_is_taken_away_as_before() -> None:
    other = next(form for form in map(load, core_forms()) if form.id == "direct-work")
    sheet = Sheet(other, Body(), by=WorkerId("w"), now=lambda: "2026-11-22T14:30:00+00:00", new_id=new_ids())
    row, _ = sheet.put_row(paths.ROOT, LinkId("next-step"))
    sheet.answer(paths.child(row, LinkId("next-step.what")), "Ring the nursery")
    sheet.take_row(row)


def test_a_mark_that_is_left_out_of_what_is_kept_is_put_back() -> None:
    sheet = a_sheet()
    row = a_mark(sheet)
    stands = sheet.body
    put = with_rows_kept(FORM, stands, stands.without_row(row))
    assert put == stands
    assert is_said(put, row)


def test_what_the_office_has_of_a_mark_stands_and_it_can_only_be_struck_through() -> None:
    sheet = a_sheet()
    row = a_mark(sheet)
    sent = sheet.body
    sheet.answer(paths.child(row, LinkId("mark.region")), coding("mark.region", "chin"))
    sheet.answer(paths.child(row, LinkId("mark.size")), "20 mm")
    sheet.answer(paths.child(row, LinkId("mark.struck")), True)
    sheet.answer(paths.child(row, LinkId("mark.struck-why")), "It was on the chin.")
    put = with_rows_kept(FORM, sheet.body, sheet.body, sent)
    assert put.answers[paths.child(row, LinkId("mark.region"))].value == coding("mark.region", "cheek")
    assert put.answers[paths.child(row, LinkId("mark.size"))].value == "20 mm"  # was not answered yet
    assert put.answers[paths.child(row, LinkId("mark.struck"))].value is True
    assert put.answers[paths.child(row, LinkId("mark.struck-why"))].value == "It was on the chin."


def test_what_a_colleague_says_in_an_answer_stays_theirs_where_nothing_changed() -> None:
    sheet = a_sheet()
    row = a_mark(sheet)
    path = paths.child(row, LinkId("mark.region"))
    other = replace(sheet.body.answers[path], by=WorkerId("w-bea"))
    sent = sheet.body.with_answer(path, other)
    assert with_rows_kept(FORM, sheet.body, sheet.body, sent) == sheet.body


def test_a_form_without_such_rows_is_left_alone() -> None:
    other = next(form for form in map(load, core_forms()) if form.id == "case-note")
    body = Body(answers={FieldPath("note.content"): Answer(value="x")})
    assert with_rows_kept(other, Body(), body) is body


def test_a_struck_mark_needs_its_reason_and_says_no_more_in_the_chronology() -> None:
    sheet = a_sheet()
    sheet.answer(FieldPath("look.date"), "2026-11-22")
    first, second = a_mark(sheet), a_mark(sheet, "chin", "middle")
    sheet.answer(paths.child(first, LinkId("mark.struck")), True)
    wanted = {each.path for each in problems(FORM, sheet.body) if each.code == "required"}
    assert paths.child(first, LinkId("mark.struck-why")) in wanted
    assert paths.child(second, LinkId("mark.struck-why")) not in wanted
    given = derive(
        FORM, sheet.body, Surroundings(), record=RecordId("r"), subjects=(PersonId("p-leo"),)
    ).given
    (line,) = [each for each in given if each.kind == "chronology"]
    assert line.text("headline") == "Marks were seen: Chin"


def test_no_marks_seen_is_said_and_asks_for_no_mark() -> None:
    sheet = a_sheet()
    sheet.answer(FieldPath("marks.seen"), coding("marks.seen", "none"))
    wanted = {each.link_id for each in problems(FORM, sheet.body)}
    assert MARK not in wanted
    assert "act.manager" not in wanted
    given = derive(FORM, sheet.body, Surroundings(), record=RecordId("r")).given
    assert [each.text("headline") for each in given if each.kind == "chapter"] == ["No marks were seen"]
    assert not [each for each in given if each.kind in ("chronology", "note")]


def test_marks_on_a_baby_who_does_not_move_ask_for_the_protocol() -> None:
    sheet = a_sheet()
    sheet.answer(FieldPath("look.age"), coding("look.age", "baby"))
    sheet.answer(FieldPath("look.moves"), False)
    a_mark(sheet)
    wanted = {each.link_id for each in problems(FORM, sheet.body)}
    assert "protocol.rung" in wanted
    sheet.answer(FieldPath("look.moves"), True)
    assert "protocol.rung" not in {each.link_id for each in problems(FORM, sheet.body)}


def test_where_something_was_altered_is_said_as_the_office_would() -> None:
    sheet = a_sheet()
    row = a_mark(sheet)
    sent, stay = sheet.body, rows_that_stay(FORM)
    region = paths.child(row, LinkId("mark.region"))
    chin = sent.with_answer(region, Answer(value=coding("mark.region", "chin"), by=WorkerId("w")))
    assert altered(stay, sent, sent.without_row(row)) == row
    assert altered(stay, sent, chin) == region
    assert altered(stay, sent, chin, {region}) is None
    assert altered(stay, Body(), sent) is None
    struck = sent.with_answer(paths.child(row, LinkId("mark.struck")), Answer(value=True, by=WorkerId("w")))
    assert altered(stay, sent, struck) is None
    assert altered(stay, struck, sent) is None


@pytest.mark.parametrize("taken", [True, False])
def test_what_a_laptop_keeps_the_office_takes(taken: bool) -> None:
    sheet = a_sheet()
    row = a_mark(sheet)
    sent = sheet.body
    sheet.answer(paths.child(row, LinkId("mark.region")), coding("mark.region", "chin"))
    typed = sheet.body.without_row(row) if taken else sheet.body
    assert altered(rows_that_stay(FORM), sent, with_rows_kept(FORM, sheet.body, typed, sent)) is None


def test_a_choice_between_two_texts_about_a_mark_outlives_what_is_typed_next() -> None:
    sheet = a_sheet()
    row = a_mark(sheet)
    sent, region = sheet.body, paths.child(row, LinkId("mark.region"))
    sheet.answer(region, coding("mark.region", "chin"))
    put = with_rows_kept(FORM, sheet.body, sheet.body, sent, {region})
    assert put.answers[region].value == coding("mark.region", "chin")
