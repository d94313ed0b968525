"""A mark that was kept on a laptop stays, whatever is kept later; at the office it is only struck through."""

from __future__ import annotations

from tests.support.laptop_store import AMARA, LaptopStore, says
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, PersonId, RecordId
from workbook_desktop.domain.records import Body
from workbook_desktop.workspace.views import OpenRecord

TOLLAND, LEO = FamilyId("f-tolland"), PersonId("p-leo")


def begun(laptop: LaptopStore) -> tuple[OpenRecord, FieldPath, Body]:
    """Begin a body map with one mark in it; return it, the mark's row and what stands."""
    ref = next(each for each in laptop.store.forms.newest() if each.id == "body-map")
    opened = laptop.desk.start(ref, TOLLAND, (LEO,))
    (row,) = opened.body.rows_of(paths.ROOT, LinkId("mark"))
    body = opened.body
    for path, value in (
        ("marks.seen", coding(opened, "marks.seen", "marks")),
        (paths.child(row, LinkId("mark.region")), coding(opened, "mark.region", "cheek")),
        (paths.child(row, LinkId("mark.size")), "20 mm"),
    ):
        body = says(path, value, AMARA)(body)
    return opened, row, laptop.desk.keep(opened.record, body, opened.body).stands


def coding(opened: OpenRecord, question: str, code: str) -> object:
    options = opened.form.by_link_id[LinkId(question)].options
    return next(option.value for option in options if option.value["code"] == code)


def stands(laptop: LaptopStore, record: RecordId) -> Body:
    return laptop.desk.open(record).body


def test_a_mark_that_is_left_out_comes_back_with_what_was_said(laptop: LaptopStore) -> None:
    opened, row, body = begun(laptop)
    kept = laptop.desk.keep(opened.record, body.without_row(row), body)
    assert kept.stands == body
    assert stands(laptop, opened.record) == body


def test_a_mark_of_a_draft_may_still_be_written_over(laptop: LaptopStore) -> None:
    opened, row, body = begun(laptop)
    size = paths.child(row, LinkId("mark.size"))
    kept = laptop.desk.keep(opened.record, says(size, "25 mm", AMARA)(body), body)
    assert kept.stands.answers[size].value == "25 mm"


def test_what_the_office_has_of_a_mark_is_struck_through_and_not_changed(laptop: LaptopStore) -> None:
    opened, row, _ = begun(laptop)
    laptop.desk.send(opened.record)
    laptop.run()
    size, struck = paths.child(row, LinkId("mark.size")), paths.child(row, LinkId("mark.struck"))
    now = stands(laptop, opened.record)
    typed = says(struck, True, AMARA)(says(size, "2 mm", AMARA)(now))
    kept = laptop.desk.keep(opened.record, typed, now)
    assert kept.stands.answers[size].value == "20 mm"
    assert kept.stands.answers[struck].value is True
    laptop.desk.send(opened.record)
    laptop.run()
    office = laptop.at_office(opened.record)
    assert office.answers[size].value == "20 mm"
    assert office.answers[struck].value is True


def test_a_mark_is_in_the_chronology_as_soon_as_it_is_begun_as_a_draft(laptop: LaptopStore) -> None:
    opened, _, _ = begun(laptop)
    (line,) = [each for each in laptop.desk.chronology(TOLLAND).events if each.record == opened.record]
    assert (line.headline, line.standing) == ("Marks were seen: Cheek", "draft")
    assert line.people == (LEO,)
