"""What a family's records give, over a real store: what counts, whose words, and when it is read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from tests.support.giving import visit_that_gives
from tests.support.laptop_store import AMARA, BEA, LaptopStore, says, visit_said
from tests.support.worker import Ids
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, PersonId, RecordId, RowId
from workbook_desktop.domain.records import Body, Row, State
from workbook_desktop.workspace.views import FamilyFile, WorkedDue
from workbook_desktop.workspace.worker_desk import WorkerDesk

TOLLAND = FamilyId("f-tolland")
DAY = date(2026, 11, 21)


def _bring(laptop: LaptopStore, form: bytes) -> None:
    item = FeedItem(seq=9000, kind="form", family=None, form=form)
    laptop.store.sync_port().apply_page(FeedPage(items=(item,), cursor="c9", epoch="e1", more=False))
    laptop.store.sync_port().forget_cursor()


def _visit(laptop: LaptopStore, *, signed: bool = True, headline: str = "A fall", **more: bool) -> RecordId:
    said = visit_said(laptop, DAY, seen=more.get("seen", True), alone="yes")
    for path, value in (("record.significant", True), ("record.headline", headline)):
        said = says(path, value, AMARA)(said)
    row = paths.row(paths.ROOT, LinkId("next-step"), RowId("step-1"))
    steps = [each for each in said.rows if paths.link_id(each) == "next-step"]
    for each in steps:
        said = said.without_row(each)
    said = Body(answers=said.answers, rows={**said.rows, row: Row(ord="a")})
    for name, what in (("next-step.what", "Ring the nursery"), ("next-step.who", "Joss Penn")):
        said = said.with_answer(paths.child(row, LinkId(name)), laptop.said(what))
    said = said.with_answer(paths.child(row, LinkId("next-step.by")), laptop.said("2026-11-30"))
    opened = laptop.desk.start(laptop.visit_form(), TOLLAND)
    laptop.desk.keep(opened.record, said, opened.body)
    if signed:
        laptop.sign(opened.record)
    return opened.record


def _file(laptop: LaptopStore, record: RecordId | None = None) -> FamilyFile:
    """Return the family's file, with no other lines than those of one record."""
    file = laptop.desk.family(TOLLAND)
    if record is None:
        return file
    return replace(
        file,
        chronology=tuple(each for each in file.chronology if each.record == record),
        actions=tuple(each for each in file.actions if each.record == record),
        chapters=tuple(each for each in file.chapters if each.record == record),
    )


def test_a_draft_gives_nothing_and_a_signed_visit_gives_all(laptop: LaptopStore) -> None:
    record = _visit(laptop, signed=False)
    assert (_file(laptop, record).chronology, _file(laptop, record).actions) == ((), ())
    laptop.sign(record)
    file = _file(laptop, record)
    assert [(line.headline, line.by, line.sent) for line in file.chronology] == [("A fall", "you", False)]
    assert [(line.what, line.who, line.by) for line in file.actions] == [
        ("Ring the nursery", "Joss Penn", date(2026, 11, 30))
    ]
    assert [line.chapter for line in file.chapters] == ["child"]


def test_what_is_taken_back_before_it_went_gives_nothing_again(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    assert _file(laptop, record).chronology
    assert laptop.desk.hold_back(record)
    assert _file(laptop, record).chronology == ()


def test_once_the_office_has_it_the_lines_say_so(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    laptop.run()
    (line,) = _file(laptop, record).chronology
    assert line.sent


def test_the_score_of_a_draft_is_no_reading_until_it_is_signed(laptop: LaptopStore) -> None:
    opened = laptop.desk.start(laptop.visit_form(), TOLLAND)
    said = visit_said(laptop, DAY, seen=True, alone="yes")
    for row in said.rows_of(paths.ROOT, LinkId("children")):
        said = said.with_answer(paths.child(row, LinkId("child.worries")), laptop.said(9))
    laptop.desk.keep(opened.record, said, opened.body)

    def scored() -> int:
        return sum(each.record == opened.record for each in laptop.desk.readings(TOLLAND))

    assert scored() == 0
    laptop.sign(opened.record)
    assert scored() >= 3


def test_a_chart_is_told_what_the_values_of_its_scale_are_called(laptop: LaptopStore) -> None:
    form = next(each for each in laptop.store.forms.newest() if each.id == "chapter-substance")
    opened = laptop.desk.start(form, TOLLAND, (PersonId("p-darren"),))
    audit = next(item for item in opened.form.walk() if item.scale is not None and item.scale.bands)
    assert audit.scale is not None
    key = (audit.scale.id, audit.scale.version)
    body = opened.body.with_answer(FieldPath(audit.link_id), laptop.said(12))
    laptop.desk.keep(opened.record, body, opened.body)
    laptop.desk.readings(TOLLAND)
    assert laptop.desk.bands(TOLLAND)[key] == audit.scale.bands


def test_nothing_is_read_twice(laptop: LaptopStore) -> None:
    _visit(laptop)
    gathered = laptop.desk._gathered
    assert gathered.catch_up(TOLLAND) > 0
    assert gathered.catch_up(TOLLAND) == 0


def test_the_clocks_look_at_who_recorded_it_and_not_at_who_reads(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    bea = next(each for each in laptop.caseload.workers if each.id == BEA)
    hers = WorkerDesk(laptop.store, bea, laptop.clock, Ids())
    for desk in (hers, laptop.desk):
        seen = [each for each in desk._gathered.happenings(TOLLAND) if each.record == record]
        assert {each.facts["author_role"] for each in seen} == {"social worker"}
    assert hers.family(TOLLAND).chronology[0].by == "Amara Quill"


def test_a_signed_visit_sets_the_next_date_of_each_child_seen(laptop: LaptopStore) -> None:
    _visit(laptop)
    sightings = [each for each in _file(laptop).dues if each.what == "Child not seen by a social worker"]
    assert {each.who for each in sightings} == {"Maisie Tolland", "Leo Tolland", "Ivy Pask"}
    assert {each.on for each in sightings} == {date(2026, 12, 19)}
    assert sightings[0].steps[0] == "Last visit that counts: 21 November 2026 (not yet sent)."


def test_a_date_worked_out_yesterday_is_late_today(laptop: LaptopStore) -> None:
    _visit(laptop)

    def sighting() -> WorkedDue:
        return next(each for each in _file(laptop).dues if each.what == "Child not seen by a social worker")

    assert not sighting().overdue
    laptop.clock.forward(days=40)
    assert sighting().overdue


def test_a_form_that_comes_later_lets_its_records_be_read_then(laptop: LaptopStore) -> None:
    ref, form = visit_that_gives("1.0.9")
    old = next(
        each
        for each in laptop.caseload.records
        if each.form is not None and each.form.id == "visit" and each.family == TOLLAND
    )
    head = replace(old, id=RecordId("r-newer"), form=ref, state=State.SIGNED_OFF)
    item = FeedItem(seq=9001, kind="record", family=TOLLAND, head=head)
    laptop.store.sync_port().apply_page(FeedPage(items=(item,), cursor="c8", epoch="e1", more=False))
    assert "r-newer" not in {each.record for each in laptop.desk._gathered.happenings(TOLLAND)}
    assert _file(laptop).unread == 1
    _bring(laptop, form)
    assert "r-newer" in {each.record for each in laptop.desk._gathered.happenings(TOLLAND)}
    assert _file(laptop).unread == 0


def test_a_draft_is_to_be_signed_in_time_and_meets_nothing(laptop: LaptopStore) -> None:
    def to_record() -> list[WorkedDue]:
        return [each for each in _file(laptop).dues if each.what == "Visit or significant event recorded"]

    def sightings() -> set[date | None]:
        return {each.on for each in _file(laptop).dues if each.what == "Child not seen by a social worker"}

    before = sightings()
    record = _visit(laptop, signed=False)
    (due,) = to_record()
    assert due.on == date(2026, 11, 24)  # two working days after Saturday 21 November
    assert sightings() == before
    laptop.sign(record)
    assert to_record() == []
    assert sightings() != before


def test_what_is_signed_after_midnight_here_is_signed_on_that_day(laptop: LaptopStore) -> None:
    record = _visit(laptop, signed=False)
    laptop.clock.moment = datetime(2027, 6, 1, 23, 30, tzinfo=UTC)  # 00:30 here, in summer
    laptop.sign(record)
    happened = [each for each in laptop.desk._gathered.happenings(TOLLAND) if each.record == record]
    assert {each.signed_on for each in happened} == {date(2027, 6, 2)}


def test_a_colleagues_draft_is_theirs_to_sign(laptop: LaptopStore) -> None:
    record = _visit(laptop, signed=False)
    bea = next(each for each in laptop.caseload.workers if each.id == BEA)
    hers = WorkerDesk(laptop.store, bea, laptop.clock, Ids())
    assert record not in {each.record for each in hers._gathered.happenings(TOLLAND)}
    assert record in {each.record for each in laptop.desk._gathered.happenings(TOLLAND)}
