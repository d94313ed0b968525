"""What records give is worked out ahead in slices: each short, none of it half kept, all of it once."""

from __future__ import annotations

from dataclasses import replace

from tests.support.giving import visit_that_gives
from tests.support.laptop_store import LaptopStore, says, visit_said
from tests.support.worker import FixedClock
from tests.unit.workspace.test_gathered import DAY, TOLLAND, _bring
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import State
from workbook_desktop.workspace.worker_desk import WorkerDesk


class PassingClock(FixedClock):
    """A clock on which each look takes a hundredth of a second: every slice ends after its first step."""

    def monotonic(self) -> float:
        self.seconds += 0.01
        return self.seconds


def through(desk: WorkerDesk, *, begin: bool = True) -> int:
    """Ask until nothing is left; return how often."""
    slices, more = 1, desk.catch_up(begin=begin)
    while more.families_left:
        slices, more = slices + 1, desk.catch_up()
        assert slices < 5_000
    return slices


def test_many_small_slices_end_where_one_long_one_does(laptop: LaptopStore) -> None:
    clock = PassingClock(laptop.clock.now())
    desk = WorkerDesk(laptop.store, laptop.worker, clock, laptop.new_id)
    assert through(desk) > 50
    home = desk.home()
    laptop.store._db.execute("DELETE FROM derived_from")
    laptop.store._db.execute("DELETE FROM due")
    assert through(laptop.desk) == 1
    assert laptop.desk.home() == home
    assert home.behind == 0


def test_what_is_worked_out_ahead_is_what_the_page_works_out(laptop: LaptopStore) -> None:
    before = laptop.desk.family(TOLLAND)
    laptop.store._db.execute("DELETE FROM derived_from")
    laptop.store._db.execute("DELETE FROM due")
    through(laptop.desk)
    assert laptop.desk.family(TOLLAND) == before


def test_what_changes_between_two_slices_is_in_the_dates(laptop: LaptopStore) -> None:
    through(laptop.desk)
    clock = PassingClock(laptop.clock.now())
    desk = WorkerDesk(laptop.store, laptop.worker, clock, laptop.new_id)
    laptop.store._db.execute("DELETE FROM due")
    desk.catch_up(begin=True)
    for _ in range(4):  # half-way through a family's dates
        desk.catch_up()
    opened = laptop.desk.start(laptop.visit_form(), TOLLAND)
    laptop.desk.keep(opened.record, visit_said(laptop, DAY, seen=True, alone="yes"), opened.body)
    laptop.sign(opened.record)
    through(desk, begin=False)
    through(desk)
    ahead = laptop.store.derived.dues(TOLLAND)
    laptop.store._db.execute("DELETE FROM due")
    laptop.desk.family(TOLLAND)
    assert laptop.store.derived.dues(TOLLAND) == ahead


def test_a_record_without_its_form_is_left_until_the_form_is_here(laptop: LaptopStore) -> None:
    ref, form = visit_that_gives("1.0.9")
    old = next(
        each
        for each in laptop.caseload.records
        if each.form is not None and each.form.id == "visit" and each.family == TOLLAND
    )
    head = replace(old, id=RecordId("r-newer"), form=ref, state=State.SIGNED_OFF)
    item = FeedItem(seq=9001, kind="record", family=TOLLAND, head=head)
    laptop.store.sync_port().apply_page(FeedPage(items=(item,), cursor="c8", epoch="e1", more=False))
    assert through(laptop.desk) < 10  # it does not try for ever
    assert laptop.desk.home().behind == 0
    _bring(laptop, form)
    through(laptop.desk)
    assert laptop.store.derived.behind(TOLLAND) == []


def test_typing_makes_one_familys_dates_be_worked_out_again_and_no_others(laptop: LaptopStore) -> None:
    through(laptop.desk)
    opened = laptop.desk.start(laptop.visit_form(), TOLLAND)
    laptop.desk.keep(opened.record, says("home.like", "Warm.")(opened.body), opened.body)
    assert laptop.desk.home().behind == 1
    through(laptop.desk)
    assert laptop.desk.home().behind == 0
