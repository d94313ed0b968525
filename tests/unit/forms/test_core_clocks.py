"""What the shipped forms set going: from an answer to the date it brings, by the shipped timescales."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.written import LEO, MAISIE, Written
from workbook_desktop.domain.clocks import Clock, due, open_clocks
from workbook_desktop.domain.dates import holidays_of
from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.timescale_files import rules_of
from workbook_desktop.paths import resource
from workbook_desktop.workspace.lines import Source, happenings_of

RULES = rules_of(json.loads(resource("rules", "timescales.json").read_text(encoding="utf-8")))
HOLIDAYS = holidays_of(json.loads(resource("rules", "holidays-england.json").read_text(encoding="utf-8")))
OF_LEO = PersonId("p-leo")


def clocks(*records: Written, today: str = "2026-11-20", role: str = "social worker") -> list[Clock]:
    """Return the open clocks of these records, signed on the day they happened."""
    found = [
        (
            Source(record=f"r-{number}", kind="", by="", on=None, chapter="child", sent=True, role=role),  # type: ignore[arg-type]
            given,
        )
        for number, record in enumerate(records)
        for given in record.gives("happening")
    ]
    happened = happenings_of(found)
    day = date.fromisoformat(today)
    return list(open_clocks(due(happened, RULES, today=day, holidays=HOLIDAYS)))


def dates(*records: Written, today: str = "2026-11-20") -> dict[str, str]:
    """Return when what is open for Leo is due, by rule."""
    return {
        clock.rule.id: clock.due.isoformat() if clock.due else ""
        for clock in clocks(*records, today=today)
        if clock.child == OF_LEO
    }


def note(*turns: dict[str, Any], on: str = "2026-11-02", kind: str = "other") -> Written:
    found = Written("case-note", "1.1.0")
    found.say({"note.type": kind, "note.date": on, "note.subjects": [LEO]})
    for turn in turns:
        found.add("turn", turn)
    return found


def turn(what: str, when: str, **more: Any) -> dict[str, Any]:
    return {"turn.what": what, "turn.when": when} | {f"turn.{name}": value for name, value in more.items()}


@pytest.mark.parametrize(
    ("what", "when", "more", "expected"),
    [
        ("police-protection", "2026-11-18", {}, {"police-protection-expiry": "2026-11-21"}),
        (
            "epo-made",
            "2026-11-16",
            {"ends": "2026-11-22"},
            {"epo-expiry": "2026-11-22"},
        ),
        ("epo-extended", "2026-11-17", {"ends": "2026-11-24"}, {"epo-extension-expiry": "2026-11-24"}),
        (
            "order-made",
            "2026-11-02",
            {"legal": "non-mol", "ends": "2027-05-02"},
            {"order-runs-out": "2027-05-02"},
        ),
        ("proceedings-issued", "2026-11-02", {}, {"care-proceedings": "2027-05-03"}),
        ("became-looked-after", "2026-11-02", {}, {"cla-review-first": "2026-11-30"}),
        (
            "placement-started",
            "2026-11-16",
            {"placement": "fostering", "arrangement": "for-now"},
            {"cla-visit-first": "2026-11-23"},
        ),
        (
            "placement-started",
            "2026-11-16",
            {"placement": "with-parents", "arrangement": "for-now"},
            {"cla-visit-first": "2026-11-23", "cla-visit-with-parents": "2026-11-23"},
        ),
        ("private-fostering-notice", "2026-11-16", {}, {"private-fostering-first": "2026-11-25"}),
        ("move-notified", "2026-11-02", {}, {"transfer-in-conference": "2026-11-23"}),
        ("seen-by-agency", "2026-11-02", {}, {"not-seen-by-anyone": "2026-12-14"}),
    ],
)
def test_a_note_of_what_happened_sets_the_date(
    what: str, when: str, more: dict[str, str], expected: dict[str, str]
) -> None:
    assert dates(note(turn(what, when, **more), on=when)) == expected


def test_an_emergency_order_without_an_end_is_counted() -> None:
    assert dates(note(turn("epo-made", "2026-11-16"), on="2026-11-16")) == {"epo-expiry": "2026-11-23"}


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (turn("police-protection", "2026-11-18"), turn("order-ended", "2026-11-19", legal="police")),
        (turn("epo-made", "2026-11-16"), turn("order-ended", "2026-11-19", legal="epo")),
        (turn("proceedings-issued", "2026-11-02"), turn("proceedings-ended", "2026-11-19")),
        (
            turn("placement-started", "2026-11-16", placement="fostering", arrangement="for-now"),
            turn("placement-ended", "2026-11-19"),
        ),
        (turn("became-looked-after", "2026-11-02"), turn("ceased-looked-after", "2026-11-19")),
        (turn("private-fostering-notice", "2026-11-16"), turn("private-fostering-ended", "2026-11-19")),
        (turn("move-notified", "2026-11-02"), turn("case-closed", "2026-11-19")),
        (turn("became-looked-after", "2026-11-02"), turn("died", "2026-11-19")),
        (turn("epo-made", "2026-11-16"), turn("died", "2026-11-19")),
    ],
)
def test_a_note_of_its_end_ends_it(begins: dict[str, Any], ends: dict[str, Any]) -> None:
    assert dates(note(begins, on=begins["turn.when"]))
    assert dates(note(begins, on=begins["turn.when"]), note(ends, on="2026-11-19")) == {}


def test_the_end_of_one_order_leaves_another_running() -> None:
    ended = note(turn("order-ended", "2026-11-19", legal="occupation"), on="2026-11-19")
    made = note(turn("order-made", "2026-11-02", legal="non-mol", ends="2027-05-02"))
    assert dates(made, ended) == {"order-runs-out": "2027-05-02"}


def test_what_is_said_of_one_child_is_not_said_of_another() -> None:
    record = note()
    record.say({"note.subjects": [LEO, MAISIE]})
    record.add("turn", turn("became-looked-after", "2026-11-02", children=[MAISIE]))
    found = {(clock.rule.id, clock.child) for clock in clocks(record) if clock.rule.per == "child"}
    assert found == {("cla-review-first", PersonId("p-maisie"))}


def test_a_child_back_from_missing_is_to_be_interviewed_and_the_note_of_it_ends_that() -> None:
    missing = note(kind="missing", on="2026-11-18")
    missing.say({"note.missing-now": "yes", "note.found": "2026-11-18T22:10:00+00:00"})
    assert dates(missing)["return-home-interview"] == "2026-11-21"
    held = note(turn("return-interview", "2026-11-19"), on="2026-11-19")
    assert "return-home-interview" not in dates(missing, held)


def test_a_note_that_starts_or_ends_something_usually_goes_into_the_chronology() -> None:
    words = "Notes of this kind usually go into the chronology."
    assert words in note(turn("epo-made", "2026-11-16")).remarks()
    assert words not in note(turn("seen-by-agency", "2026-11-02")).remarks()
    assert words not in note().remarks()


def meeting(kind: str, on: str, outcome: str = "", **child: Any) -> Written:
    found = Written("plan-meeting", about=("p-leo",))
    found.say({"meeting.type": kind, "meeting.date": on, "meeting.held": "yes", "meeting.quorate": True})
    found.say({**({"child.outcome": outcome} if outcome else {}), **child}, found.child("leo"))
    return found


def test_a_transfer_in_conference_meets_the_notice_and_starts_the_plans_own_dates() -> None:
    told = note(turn("move-notified", "2026-11-02"))
    held = meeting("transfer-conference", "2026-11-16", "cp-plan")
    found = dates(told, held)
    assert "transfer-in-conference" not in found
    assert found["core-group-first"] == "2026-11-30"
    assert found["review-conference-first"] == "2027-02-16"
    assert found["cp-visit"] == "2026-11-30"


@pytest.mark.parametrize("outcome", ["end-cp", "cin", "none"])
def test_a_review_that_steps_down_ends_the_child_protection_dates(outcome: str) -> None:
    first = meeting("icpc", "2026-08-03", "cp-plan")
    assert "cp-visit" in dates(first)
    found = dates(first, meeting("review-conference", "2026-11-02", outcome))
    assert not {"cp-visit", "core-group-first", "core-group-later", "review-conference-later"} & set(found)


def test_a_review_in_which_the_plan_goes_on_ends_nothing() -> None:
    first = meeting("icpc", "2026-08-03", "cp-plan")
    found = dates(first, meeting("review-conference", "2026-11-02", "continue-cp"))
    assert found["review-conference-later"] == "2027-05-02"
    assert "cp-visit" in found


def plan(kind: str, on: str) -> Written:
    found = Written("plan", "1.1.0", about=("p-leo",))
    found.say({"plan.type": kind, "plan.start": on, "visiting.every": "10wd" if kind == "cp" else "20wd"})
    return found


def test_a_child_in_need_plan_ends_by_its_review_or_by_a_child_protection_plan() -> None:
    need = plan("cin", "2026-10-05")
    assert {"cin-visit", "cin-review-first"} <= set(dates(need))
    assert not {"cin-visit", "cin-review-first", "cin-review-later"} & set(
        dates(need, meeting("cin-review", "2026-11-16", "none"))
    )
    up = dates(need, plan("cp", "2026-11-16"))
    assert not {"cin-visit", "cin-review-first"} & set(up)
    assert up["cp-visit"] == "2026-11-30"


def test_a_step_down_to_a_child_in_need_plan_runs_its_dates() -> None:
    found = dates(
        plan("cp", "2026-05-04"), meeting("review-conference", "2026-11-02", "cin"), plan("cin", "2026-11-02")
    )
    assert found["cin-visit"] == "2026-11-30"
    assert "cp-visit" not in found


def test_a_looked_after_review_sets_the_next_one_and_knows_where_the_child_lives() -> None:
    began = note(turn("became-looked-after", "2026-10-05"), on="2026-10-05")
    review = meeting("cla-review", "2026-11-02", "no-change", **{"child.placement": "with-parents"})
    assert review.shows("child.placement", review.child("leo"))
    found = dates(began, review)
    assert found["cla-review-second"] == "2027-02-02"
    assert found["cla-visit-with-parents-later"] == "2026-12-14"


def test_a_meeting_is_to_be_recorded_in_time_and_a_conference_sooner() -> None:
    def to_record(record: Written) -> set[str]:
        source = Source(record="r-1", kind="", by="", on=None, chapter="child", sent=True, signed_off=False)  # type: ignore[arg-type]
        happened = happenings_of([(source, given) for given in record.gives("happening")])
        found = due(happened, RULES, today=date(2026, 11, 3), holidays=HOLIDAYS)
        return {clock.rule.id for clock in found if clock.rule.met_by_signing}

    assert to_record(meeting("core-group", "2026-11-02")) == {"recording-other"}
    assert to_record(meeting("review-conference", "2026-11-02", "continue-cp")) == {"recording-visit"}
    work = Written("direct-work", about=("p-leo",))
    work.say({"work.date": "2026-11-02", "work.child": LEO, "disclosure.made": False})
    assert to_record(work) == {"recording-other"}
    work.say({"disclosure.made": True})
    assert to_record(work) == {"recording-critical"}
    entry = Written("chapter-mental-health", about=("p-hannah",))
    entry.say({"contact.date": "2026-11-02", "contact.attended": "yes", "risk.rating": "red"})
    assert to_record(entry) == {"recording-critical"}


def assessment(**said: Any) -> Written:
    found = Written("child-and-family-assessment", "1.1.0", about=("p-leo",))
    found.say({"start.type": "family", "start.referral-date": "2026-11-02", "start.date": "2026-11-04"})
    found.say({"start.subjects": [LEO], **{name.replace("_", "."): value for name, value in said.items()}})
    return found


def test_an_assessment_that_is_begun_says_that_the_referral_was_decided_on() -> None:
    found = clocks(assessment())
    assert "referral-decision" not in {clock.rule.id for clock in found}
    assert dates(assessment())["assessment-authorised"] == "2027-01-07"


def test_the_day_of_the_decision_can_be_said_and_is_not_before_the_referral() -> None:
    early = assessment()
    early.say({"start.decision-date": "2026-11-01"})
    assert "Decided before the referral. Check both dates." in early.remarks()
    early.say({"start.decision-date": "2026-11-03"})
    assert "Decided before the referral. Check both dates." not in early.remarks()
    (decided,) = (each for each in early.gives("happening") if each.text("kind") == "referral-decision")
    assert decided.date == date(2026, 11, 3)


@pytest.mark.parametrize("outcome", ["nfa", "advice", "early-help"])
def test_an_assessment_that_leads_to_nothing_more_ends_the_dates_of_the_referral(outcome: str) -> None:
    done = assessment()
    done.say({"analysis.outcome": outcome, "manager.date": "2026-11-18"})
    assert not {"not-seen-by-anyone", "not-seen-by-social-worker", "first-seen"} & set(dates(done))
    goes_on = assessment()
    goes_on.say({"analysis.outcome": "cin", "manager.date": "2026-11-18"})
    assert dates(goes_on)["cin-planning-meeting"] == "2026-12-02"


def test_a_private_fostering_visit_counts_as_one() -> None:
    told = note(turn("private-fostering-notice", "2026-11-02"))
    visit = Written("visit", "1.1.0", about=("p-leo",))
    visit.say({"visit.type": "private-fostering", "visit.date": "2026-11-09", "visit.outcome": "completed"})
    visit.say({"child.seen": True, "child.alone": "yes"}, visit.child("leo"))
    assert visit.value("child.counts", visit.child("leo")) == "Counts as a private fostering visit"
    assert (
        dates(told, visit)["private-fostering-first-year"]
        == (date(2026, 11, 9) + timedelta(weeks=6)).isoformat()
    )
