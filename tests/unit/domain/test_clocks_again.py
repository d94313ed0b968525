"""What happens a second time wipes out nothing: a clock never resets because something is written anew."""

from __future__ import annotations

import json
from datetime import date

import pytest

from workbook_desktop.domain.clocks import Clock, Standing, due, open_clocks
from workbook_desktop.domain.dates import holidays_of
from workbook_desktop.domain.ids import PersonId, RecordId
from workbook_desktop.domain.timescale_files import rules_of
from workbook_desktop.domain.timescales import Fact, Happening
from workbook_desktop.paths import resource

RULES = rules_of(json.loads(resource("rules", "timescales.json").read_text(encoding="utf-8")))
HOLIDAYS = holidays_of(json.loads(resource("rules", "holidays-england.json").read_text(encoding="utf-8")))


def it(kind: str, on: str, record: str = "", **facts: Fact) -> Happening:
    return Happening(
        kind=kind,
        on=date.fromisoformat(on),
        child=PersonId("p-leo"),
        record=RecordId(record) if record else None,
        facts=facts,
    )


def plan(on: str, kind: str = "cp", visiting: str = "10wd", record: str = "") -> Happening:
    return it("plan-started", on, record, plan=kind, visiting=visiting)


def visit(on: str, kind: str = "cp") -> Happening:
    return it("visit", on, type=kind, outcome="completed", seen=True, author_role="social worker")


def running(*happened: Happening, today: str) -> dict[str, list[str]]:
    """Return the open due dates by rule."""
    found: dict[str, list[str]] = {}
    for clock in clocks(*happened, today=today):
        found.setdefault(clock.rule.id, []).append(str(clock.due))
    return found


def clocks(*happened: Happening, today: str) -> list[Clock]:
    return list(open_clocks(due(happened, RULES, today=date.fromisoformat(today), holidays=HOLIDAYS)))


def test_a_second_referral_leaves_the_first_overdue() -> None:
    found = running(
        it("referral", "2026-06-01", "r-1"), it("referral", "2026-08-20", "r-2"), today="2026-08-24"
    )
    assert found["assessment-authorised"] == ["2026-08-03", "2026-10-23"]
    assert found["first-seen"] == ["2026-06-08", "2026-08-27"]


def test_a_second_strategy_discussion_leaves_the_conference_of_the_first_overdue() -> None:
    happened = [it("strategy-discussion", on, started_s47=True) for on in ("2026-06-01", "2026-08-20")]
    assert running(*happened, today="2026-08-24")["icpc"] == ["2026-06-22", "2026-09-11"]
    met = running(*happened, it("icpc", "2026-09-01", outcome="no-plan"), today="2026-09-02")
    assert "icpc" not in met


def test_one_referral_told_of_in_two_records_is_one_date() -> None:
    found = running(
        it("referral", "2026-06-01", "r-1"), it("referral", "2026-06-01", "r-2"), today="2026-06-02"
    )
    assert found["assessment-authorised"] == ["2026-08-03"]


def test_a_plan_written_anew_does_not_wipe_out_an_overdue_visit() -> None:
    first = (plan("2026-05-05"), visit("2026-06-05"))
    again = plan("2026-08-20", visiting="5wd")
    assert running(*first, today="2026-08-24")["cp-visit"] == ["2026-06-19"]
    found = running(*first, again, today="2026-08-24")
    assert found["cp-visit"] == ["2026-06-12"]  # overdue still, and by how often the newest plan asks
    (clock,) = (each for each in clocks(*first, again, today="2026-08-24") if each.rule.id == "cp-visit")
    assert clock.standing is Standing.OVERDUE
    assert clock.trigger.kind == "visit"
    assert clock.plan is again


def test_a_plan_that_ended_and_began_again_is_a_new_one() -> None:
    ended = it("plan-ended", "2026-07-01", plan="cp")
    found = running(plan("2026-05-05"), visit("2026-06-05"), ended, plan("2026-08-20"), today="2026-08-24")
    assert found["cp-visit"] == ["2026-09-04"]


@pytest.mark.parametrize("turned", [False, True])
def test_a_plan_that_ends_and_one_that_begins_that_day_are_two(turned: bool) -> None:
    day = [it("plan-ended", "2026-08-20", plan="cp"), plan("2026-08-20")]
    happened = (plan("2026-05-05"), visit("2026-06-05"), *(reversed(day) if turned else day))
    assert running(*happened, today="2026-08-24")["cp-visit"] == ["2026-09-04"]


def test_a_child_in_need_plan_after_a_child_protection_plan_begins_its_own_count() -> None:
    happened = (
        plan("2026-03-02", "cin", "20wd"),
        plan("2026-05-05"),
        it("plan-ended", "2026-08-20", plan="cp"),
        plan("2026-08-20", "cin", "20wd"),
    )
    found = running(*happened, today="2026-08-24")
    assert found["cin-visit"] == ["2026-09-18"]
    assert "cp-visit" not in found


@pytest.mark.parametrize("turned", [False, True])
def test_a_case_closed_and_referred_again_on_one_day_is_open(turned: bool) -> None:
    day = [it("case-closed", "2026-08-20", "r-1"), it("referral", "2026-08-20", "r-2")]
    found = running(*(reversed(day) if turned else day), today="2026-08-24")
    assert set(found) >= {"referral-decision", "assessment-authorised", "first-seen"}


@pytest.mark.parametrize("turned", [False, True])
def test_a_referral_closed_on_its_own_day_is_closed(turned: bool) -> None:
    day = [it("referral", "2026-08-20", "r-1"), it("referral-closed", "2026-08-20", "r-2")]
    found = running(*(reversed(day) if turned else day), today="2026-08-24")
    assert not {"assessment-authorised", "first-seen"} & set(found)
