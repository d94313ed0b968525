"""Rules of the census at the point of entry: each holds, and each is found where it does not."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from workbook_desktop.domain.census import Assessment, Episode, Finding, Plan, Section47, findings
from workbook_desktop.domain.code_lists import code_lists_of
from workbook_desktop.paths import resource

FACTORS = code_lists_of(json.loads(resource("rules", "code-lists.json").read_text(encoding="utf-8")))[
    "assessment-factors"
]


def day(text: str) -> date:
    return date.fromisoformat(text)


def plan(start: str, end: str | None = None, *reviews: str, id_: str = "p1") -> Plan:
    return Plan(
        id=id_,
        start=day(start),
        end=day(end) if end else None,
        reviews=tuple(day(each) for each in reviews),
    )


RIGHT = Episode(
    referral=day("2026-01-05"),
    born=day("2019-08-18"),
    assessments=(
        Assessment(
            id="a1", start=day("2026-01-06"), authorised=day("2026-03-02"), factors=("3B", "4B", "16A")
        ),
    ),
    enquiries=(
        Section47(
            id="s1",
            start=day("2026-01-07"),
            conference_target=day("2026-01-28"),
            conference=day("2026-01-27"),
        ),
    ),
    cp_plans=(plan("2026-01-27", "2026-07-20", "2026-04-20", "2026-07-20", id_="cp"),),
    cin_plans=(plan("2026-07-20", id_="cin"),),
)


def found(**changes: object) -> tuple[Finding, ...]:
    return findings(replace(RIGHT, **changes), FACTORS)  # type: ignore[arg-type]


def codes(**changes: object) -> list[str]:
    return [each.code for each in found(**changes)]


def test_an_episode_that_is_right_has_no_findings() -> None:
    assert findings(RIGHT, FACTORS) == ()
    assert findings(Episode(referral=day("2026-01-05")), FACTORS) == ()


@pytest.mark.parametrize(
    ("cin", "expected"),
    [
        (plan("2026-01-06", "2026-01-27"), []),  # ends on the day the other starts
        (plan("2026-07-20", "2026-08-01"), []),  # starts on the day the other ends
        (plan("2026-01-27", "2026-02-01"), ["4016"]),  # both start on one day
        (plan("2026-07-19", "2026-08-01"), ["4016"]),
        (plan("2026-01-06", "2026-01-28"), ["4017"]),
        (plan("2026-01-06"), ["4017"]),  # never ended
    ],
)
def test_the_two_kinds_of_plan_never_run_together(cin: Plan, expected: list[str]) -> None:
    assert codes(cin_plans=(cin,)) == expected


def test_two_plans_that_are_both_open_are_said_once() -> None:
    both = {"cin_plans": (plan("2026-01-06", id_="cin"),), "cp_plans": (plan("2026-01-27", id_="cp"),)}
    (finding,) = found(**both)
    assert (finding.code, finding.severity, finding.record) == ("4001", "must", "cin")
    assert finding.words == (
        "The child in need plan of 6 January 2026 and the child protection plan of 27 January 2026 are both "
        "open. End the one that no longer holds."
    )


def test_child_in_need_plans_do_not_overlap() -> None:
    first = plan("2026-07-20", "2026-08-20", id_="one")
    assert codes(cin_plans=(first, plan("2026-08-21", id_="two"))) == []
    for start in ("2026-08-20", "2026-08-01", "2026-07-20"):
        (finding,) = found(cin_plans=(plan(start, "2026-09-01", id_="two"), first))
        assert finding.code == "4014"
    assert codes(cin_plans=(plan("2026-07-20", id_="one"), plan("2026-09-01", id_="two"))) == ["4014"]


def test_a_child_protection_plan_starts_on_the_day_of_the_conference() -> None:
    (finding,) = found(cp_plans=(plan("2026-01-28", "2026-07-20", id_="cp"),))
    assert (finding.code, finding.field, finding.record) == ("2885", "cp_plan.start", "cp")
    assert codes(enquiries=(), conference=day("2026-01-27")) == []
    assert codes(enquiries=(), conference=day("2026-01-26")) == ["2885"]
    assert codes(enquiries=()) == []  # no conference is known here: nothing to compare


def test_a_review_is_after_the_start_of_its_plan() -> None:
    for review in ("2026-01-27", "2026-01-20"):
        assert codes(cp_plans=(plan("2026-01-27", "2026-07-20", review),)) == ["8841"]


def test_an_assessment_and_an_enquiry_start_no_sooner_than_the_referral() -> None:
    assert codes(referral=day("2026-01-06")) == []
    assert codes(referral=day("2026-01-07")) == ["1103"]
    assert codes(referral=day("2026-01-08")) == ["1103", "2889"]


def test_only_one_assessment_is_open() -> None:
    unfinished = Assessment(id="a2", start=day("2026-05-01"))
    done = RIGHT.assessments[0]
    assert codes(assessments=(done, unfinished)) == []
    (finding,) = found(assessments=(unfinished, replace(unfinished, id="a3", start=day("2026-06-01"))))
    assert (finding.code, finding.record) == ("8896", "a3")


def test_only_one_enquiry_is_open_and_none_starts_during_another() -> None:
    held = RIGHT.enquiries[0]
    unfinished = Section47(id="s2", start=day("2026-02-10"))
    assert codes(enquiries=(held, unfinished)) == []
    assert codes(enquiries=(held, replace(unfinished, start=day("2026-01-27")))) == ["8890"]
    later = replace(unfinished, id="s3", start=day("2026-03-10"))
    assert codes(enquiries=(held, unfinished, later)) == ["8839"]
    assert codes(enquiries=(held, unfinished, replace(later, conference_not_needed=True))) == ["8890"]
    assert codes(enquiries=(held, replace(unfinished, conference_not_needed=True), later)) == []


@pytest.mark.parametrize(
    ("factors", "authorised", "expected"),
    [
        (("3B",), None, [("8614", "look")]),
        ((), "2026-03-02", [("8897Q", "look")]),
        ((), None, []),
        (("21",), "2026-03-02", []),
        (("21", "3B"), "2026-03-02", [("8869", "must")]),
        (("18A",), "2026-03-02", [("8897Q", "look")]),
        (("99",), "2026-03-02", [("8897Q", "must")]),
        (("3B", "3B"), "2026-03-02", [("8897Q", "look")]),
    ],
)
def test_factors_stand_on_an_authorised_assessment_and_21_alone(
    factors: tuple[str, ...], authorised: str | None, expected: list[tuple[str, str]]
) -> None:
    one = Assessment(
        id="a1",
        start=day("2026-01-06"),
        authorised=day(authorised) if authorised else None,
        factors=factors,
    )
    assert [(each.code, each.severity) for each in found(assessments=(one,))] == expected


def test_a_conference_is_not_on_a_weekend_nor_meant_to_be() -> None:
    saturday = day("2026-01-24")
    target = replace(RIGHT.enquiries[0], conference_target=saturday)
    (finding,) = found(enquiries=(target,))
    assert (finding.code, finding.severity) == ("8870Q", "look")
    held = replace(RIGHT.enquiries[0], conference=saturday)
    moved = plan("2026-01-24", "2026-07-20")
    (finding,) = found(enquiries=(held,), cp_plans=(moved,))
    assert (finding.code, finding.severity) == ("8875", "must")
    assert "Saturday 24 January 2026" in finding.words
    assert codes(enquiries=(), conference=saturday, cp_plans=(moved,)) == ["8875"]


def test_nothing_happens_after_the_case_was_closed() -> None:
    assert codes(closed=day("2026-07-20")) == []
    late = found(closed=day("2026-07-19"))
    assert {(each.code, each.field) for each in late} == {("8565", "cp_plan.end"), ("8565", "cin_plan.start")}


def test_a_referral_is_no_sooner_than_forty_weeks_before_the_birth() -> None:
    birth = RIGHT.referral + timedelta(days=280)
    assert codes(born=birth) == []
    assert codes(born=birth + timedelta(days=1)) == ["8606"]
    assert codes(born=None, expected=birth + timedelta(days=1)) == ["8606"]
    assert codes(born=None) == []
