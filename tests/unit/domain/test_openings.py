"""A chapter is open while somebody writes it: the office's involvements say so, and clocks run by it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from tests.support.forms import tolland
from workbook_desktop.domain.clocks import due, open_clocks
from workbook_desktop.domain.dates import holidays_of
from workbook_desktop.domain.ids import PersonId, RecordId, WorkerId
from workbook_desktop.domain.openings import counted_openings, openings_of
from workbook_desktop.domain.people import Family, Involvement, Worker
from workbook_desktop.domain.timescale_files import rules_of
from workbook_desktop.domain.timescales import Happening
from workbook_desktop.paths import resource

AMARA, TOM, SUE = WorkerId("w-amara"), WorkerId("w-tom"), WorkerId("w-sue")
WORKERS = tuple(
    Worker(id=id_, name=id_, role="", agency="", chapter=chapter)
    for id_, chapter in ((AMARA, "child"), (TOM, "da-perpetrator"), (SUE, "da-perpetrator"))
)


def family(*links: tuple[WorkerId, str, str]) -> Family:
    return replace(
        tolland(),
        involvements=tuple(
            Involvement(
                worker=worker,
                person=PersonId("p-leo"),
                role="",
                start=date.fromisoformat(start),
                end=date.fromisoformat(end) if end else None,
            )
            for worker, start, end in links
        ),
    )


def told(found: tuple[Happening, ...]) -> list[tuple[str, str, str]]:
    return [(each.kind, each.on.isoformat(), str(each.facts.get("chapter", ""))) for each in found]


def test_a_chapter_opens_with_its_first_worker_and_closes_with_its_last() -> None:
    found = openings_of(
        family(
            (AMARA, "2026-05-01", ""), (TOM, "2026-06-01", "2026-08-01"), (SUE, "2026-07-20", "2026-10-02")
        ),
        WORKERS,
    )
    assert told(found) == [
        ("workbook-opened", "2026-05-01", ""),
        ("chapter-opened", "2026-05-01", "child"),
        ("chapter-opened", "2026-06-01", "da-perpetrator"),
        ("chapter-closed", "2026-10-02", "da-perpetrator"),
    ]


def test_a_chapter_taken_up_again_after_a_gap_is_opened_anew() -> None:
    found = openings_of(family((TOM, "2026-06-01", "2026-08-01"), (SUE, "2026-09-01", "")), WORKERS)
    assert [(kind, on) for kind, on, _ in told(found)] == [
        ("workbook-opened", "2026-06-01"),
        ("chapter-opened", "2026-06-01"),
        ("chapter-closed", "2026-08-01"),
        ("chapter-opened", "2026-09-01"),
    ]


def test_a_family_nobody_is_involved_with_has_no_workbook() -> None:
    assert openings_of(family(), WORKERS) == ()


def test_a_chapter_without_any_summary_has_one_due_a_month_after_it_was_opened() -> None:
    rules = rules_of(json.loads(resource("rules", "timescales.json").read_text(encoding="utf-8")))
    holidays = holidays_of(json.loads(resource("rules", "holidays-england.json").read_text(encoding="utf-8")))
    happened = openings_of(family((AMARA, "2026-10-01", ""), (TOM, "2026-10-12", "2026-10-30")), WORKERS)
    clocks = open_clocks(due(happened, rules, today=date(2026, 11, 5), holidays=holidays))
    assert {(clock.rule.id, clock.about, clock.due) for clock in clocks} == {
        ("chapter-summary", "child", date(2026, 11, 1)),
        ("group-supervision", "", date(2026, 11, 1)),
    }


def counted(
    happened: tuple[Happening, ...], *links: tuple[WorkerId, str, str], held_back: tuple[str, ...] = ()
) -> list[tuple[str, str, str]]:
    return told(counted_openings(family(*links), WORKERS, happened, held_back=held_back))


def was(kind: str, on: str, chapter: str = "", *, signed: bool = True) -> Happening:
    facts = {"chapter": chapter} if chapter else {}
    record = RecordId(f"r-{kind}-{on}")
    return Happening(kind=kind, on=date.fromisoformat(on), record=record, signed_off=signed, facts=facts)


def test_before_the_first_supervision_it_is_that_which_is_due_from_the_first_record_on() -> None:
    assert counted((was("visit", "2026-10-05"), was("visit", "2026-11-02")), (AMARA, "2019-01-01", "")) == [
        ("workbook-opened", "2026-10-05", ""),
    ]


def test_a_chapter_without_a_summary_is_counted_from_the_last_supervision() -> None:
    happened = (
        was("visit", "2026-06-01"),
        was("supervision", "2026-10-01"),
        was("supervision", "2026-11-01"),
    )
    assert ("period-began", "2026-11-01", "child") in counted(happened, (AMARA, "2026-05-01", ""))
    draft = was("supervision", "2026-11-20", signed=False)
    assert ("period-began", "2026-11-01", "child") in counted((*happened, draft), (AMARA, "2026-05-01", ""))


def test_a_chapter_that_was_summed_up_is_counted_from_its_summary() -> None:
    happened = (
        was("visit", "2026-06-01"),
        was("chapter-summary", "2026-09-20", "child"),
        was("supervision", "2026-10-01"),
    )
    found = counted(happened, (AMARA, "2026-07-01", ""))
    assert ("chapter-opened", "2026-07-01", "child") in found


def test_a_chapter_that_is_closed_is_not_opened_by_a_supervision() -> None:
    happened = (was("visit", "2026-06-01"), was("supervision", "2026-11-01"))
    found = counted(happened, (AMARA, "2026-05-01", ""), (TOM, "2026-06-01", "2026-08-01"))
    assert [kind for kind, _, chapter in found if chapter == "da-perpetrator"] == ["chapter-closed"]


def test_nothing_is_counted_where_nothing_was_recorded_nor_of_a_chapter_kept_from_the_reader() -> None:
    assert counted((), (AMARA, "2019-01-01", "")) == []
    draft = was("visit", "2026-11-01", signed=False)
    assert counted((draft,), (AMARA, "2019-01-01", "")) == []
    found = counted((was("visit", "2026-06-01"),), (AMARA, "2026-06-01", ""), held_back=("child",))
    assert found == [("workbook-opened", "2026-06-01", "")]
