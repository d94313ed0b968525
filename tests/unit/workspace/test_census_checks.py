"""What a record brings that the census would refuse: from the whole episode, and of this record alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from tests.support.forms import tolland
from tests.support.laptop_store import LaptopStore
from workbook_desktop.domain.ids import PersonId, RecordId
from workbook_desktop.domain.timescales import Happening
from workbook_desktop.workspace.census_checks import CensusCheck, checks_of, code_list, episode_of

LEO = next(each for each in tolland().people if each.id == "p-leo")
DRAFT = RecordId("r-draft")


def it(kind: str, on: str, record: str = "", *, signed: bool = True, **facts: Any) -> Happening:
    return Happening(
        kind=kind,
        on=date.fromisoformat(on),
        child=PersonId("p-leo"),
        record=RecordId(record or f"{kind}-{on}"),
        signed_off=signed,
        facts=facts,
    )


REFERRAL = it("referral", "2026-06-01")
CONFERENCE = (
    it("strategy-discussion", "2026-06-03", "r-s47"),
    it("s47-ended", "2026-06-10", "r-s47", outcome="icpc"),
    it("icpc", "2026-06-15"),
)


def found(*happened: Happening, record: RecordId = DRAFT) -> list[tuple[str, bool]]:
    checks = checks_of(record, [LEO], happened, code_list("assessment-factors"))
    return [(check.words, check.must) for check in checks]


def test_a_child_protection_plan_starts_on_the_day_of_the_conference() -> None:
    plan = it("plan-started", "2026-06-16", DRAFT, signed=False, plan="cp")
    ((words, must),) = found(REFERRAL, *CONFERENCE, plan)
    assert "starts on 16 June 2026, and the initial conference was on 15 June 2026" in words
    assert must
    assert found(REFERRAL, *CONFERENCE, replace(plan, on=date(2026, 6, 15))) == []


def test_a_child_in_need_plan_still_open_beside_it_is_said() -> None:
    plan = it("plan-started", "2026-06-15", DRAFT, signed=False, plan="cp")
    cin = it("plan-started", "2026-06-05", plan="cin")
    assert any("are both open" in words for words, _ in found(REFERRAL, *CONFERENCE, cin, plan))
    ended = it("plan-ended", "2026-06-15", plan="cin")
    assert found(REFERRAL, *CONFERENCE, cin, ended, plan) == []


def test_what_stood_before_is_not_this_records_doing() -> None:
    other = it("plan-started", "2026-06-16", "r-other", plan="cp")
    assert found(REFERRAL, *CONFERENCE, other, it("note", "2026-07-01", DRAFT)) == []


def test_a_colleagues_draft_is_not_looked_at() -> None:
    other = it("plan-started", "2026-06-16", "r-other", signed=False, plan="cp")
    assert found(REFERRAL, *CONFERENCE, other) == []


def test_a_second_assessment_while_one_is_open_is_refused() -> None:
    first = it("assessment-started", "2026-06-02", "r-a")
    second = it("assessment-started", "2026-07-02", DRAFT, signed=False)
    assert any("a second one cannot be open" in words for words, _ in found(REFERRAL, first, second))
    done = it("assessment-authorised", "2026-06-30", "r-a")
    assert found(REFERRAL, first, done, second) == []


def test_what_is_dated_after_the_case_was_closed_is_refused() -> None:
    closed = it("case-closed", "2026-08-01")
    late = it("assessment-started", "2026-08-02", DRAFT, signed=False)
    assert any(
        "after the case was closed on 1 August 2026" in words for words, _ in found(REFERRAL, closed, late)
    )


def test_without_a_referral_recorded_here_nothing_is_claimed() -> None:
    assert episode_of(LEO, [CONFERENCE[0]]) is None
    assert found(it("plan-started", "2026-06-16", DRAFT, signed=False, plan="cp")) == []


def test_an_earlier_episode_is_not_mixed_with_this_one() -> None:
    before = (it("referral", "2024-01-05"), it("plan-started", "2024-02-01", plan="cp"))
    episode = episode_of(LEO, [*before, REFERRAL])
    assert episode is not None
    assert (episode.referral, episode.cp_plans) == (date(2026, 6, 1), ())


def test_the_practice_records_bring_nothing_the_census_would_refuse(laptop: LaptopStore) -> None:
    for family in laptop.caseload.families:
        if laptop.store.records.family(family.id) is None:
            continue
        for row in laptop.desk.family(family.id).records:
            wrong: list[CensusCheck] = [each for each in laptop.desk.census(row.record) if each.must]
            assert wrong == [], row.title
