"""What the shipped forms keep apart: whom a line names, who must not read, what is never filled in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.written import DARREN, FORMS, HANNAH, MAISIE, Written
from workbook_desktop.domain.ids import LinkId
from workbook_desktop.domain.paths import ROOT
from workbook_desktop.forms.check import words
from workbook_desktop.forms.definition import Form, Kind
from workbook_desktop.paths import resource


def ref_words(form: Form) -> str:
    return f"{form.id} {form.version}"


CHAPTERS = (
    "chapter-child",
    "chapter-da-survivor",
    "chapter-da-perpetrator",
    "chapter-substance",
    "chapter-mental-health",
)


@pytest.mark.parametrize("form", CHAPTERS)
def test_what_an_entry_means_names_each_child(form: str) -> None:
    entry = Written(form)
    entry.say({"contact.date": "2026-11-19", "contact.attended": "yes"})
    entry.say({"child.impact": "Sleeps badly"}, entry.child("maisie"))
    entry.say({"child.impact": "Plays again"}, entry.child("leo"))
    (line,) = entry.gives("chapter")
    assert line.text("impact") == "Maisie Tolland: Sleeps badly; Leo Tolland: Plays again"


@pytest.mark.parametrize("form", CHAPTERS)
def test_a_next_step_of_a_session_is_not_due_before_it(form: str) -> None:
    entry = Written(form)
    entry.say({"contact.date": "2026-11-19", "contact.attended": "yes"})
    step = entry.add("next-step", {"next-step.what": "Ring the school", "next-step.by": "2026-11-18"})
    words = "A next step cannot be due before the contact."
    assert words in entry.remarks()
    entry.say({"next-step.by": "2026-11-19"}, step)
    assert words not in entry.remarks()


@pytest.mark.parametrize(
    ("form", "date"),
    [
        ("group-supervision", "meeting.date"),
        ("plan-meeting", "meeting.date"),
        ("s47-enquiry", "enquiry.start"),
    ],
)
def test_an_action_is_not_due_before_what_it_comes_from(form: str, date: str) -> None:
    record = Written(form)
    record.say({date: "2026-11-19"})
    if form == "plan-meeting":
        record.say({"meeting.held": "yes"})
    step = record.add("next-step", {"next-step.what": "Ring the school", "next-step.by": "2026-11-18"})
    assert any("cannot be due before" in each for each in record.remarks())
    record.say({"next-step.by": "2026-11-20"}, step)
    assert not any("cannot be due before" in each for each in record.remarks())


def test_one_adults_change_is_never_filled_in_for_another() -> None:
    before = Written("mi-session", about=("p-hannah",))
    before.say({"session.adult": HANNAH, "session.focus": "leaving him"})
    from workbook_desktop.forms.response import to_response

    after = Written("mi-session", about=("p-darren",), previous=to_response(before.form, before.sheet.body))
    assert after.value("session.focus") is None


def test_the_record_with_a_safe_contact_is_withheld_from_whom_the_address_is_kept_from() -> None:
    entry = Written("chapter-da-survivor", about=("p-hannah",))
    entry.say({"contact.attended": "yes", "safe.address": True, "safe.address-from": [DARREN]})
    words = (
        "Whoever must not know the address must not read this: name them under “Must be withheld from” too."
    )
    assert words in entry.remarks()
    entry.say({"record.withhold-from": [DARREN]})
    assert words not in entry.remarks()
    entry.say({"record.withhold-from": [], "safe.address": False})
    assert words not in entry.remarks()


def test_who_must_keep_away_does_not_learn_the_safety_plan() -> None:
    plan = Written("safety-plan", about=("p-hannah",))
    words = "Who must keep away must not learn this plan: name them under “Must be withheld from” too."
    assert words not in plan.remarks()
    plan.add("barred", {"barred.who": DARREN})
    assert words in plan.remarks()
    plan.say({"record.withhold-from": [DARREN]})
    assert words not in plan.remarks()


def test_an_order_does_not_run_out_before_it_was_made() -> None:
    entry = Written("chapter-da-survivor", about=("p-hannah",))
    entry.say({"contact.attended": "yes"})
    order = entry.add("order", {"order.made": "2026-11-02", "order.ends": "2026-11-01"})
    words = "The order runs out before it was made. Check both dates."
    assert words in entry.remarks()
    entry.say({"order.ends": "2026-12-04"}, order)
    assert words not in entry.remarks()


def test_the_goals_of_a_month_are_those_of_the_plan_and_no_narrative() -> None:
    month = Written(
        "monthly-summary",
        openActions=[
            {"id": "a", "what": "Buy shoes", "outcome": "Leo is warm and dry", "plan": True},
            {"id": "b", "what": "Ring the GP", "outcome": "Mental health", "plan": False},
        ],
    )
    goals = month.sheet.rows(ROOT, LinkId("goal"))
    assert [month.value("goal.what", row) for row in goals] == ["Leo is warm and dry"]


@pytest.mark.parametrize(
    ("goal", "asked"),
    [
        ("Maisie and Leo attend school every day", False),
        ("The home is completely safe for Ivy", False),
        ("Darren engages with the recovery service", True),
        ("Hannah completes the parenting course", True),
    ],
)
def test_a_goal_that_is_a_service_is_asked_about_and_a_childs_school_day_is_not(
    goal: str, asked: bool
) -> None:
    plan = Written("plan", "1.1.0")
    plan.say({"plan.goal": goal})
    assert any(each.startswith("A goal says what is different") for each in plan.remarks()) is asked


@pytest.mark.parametrize(
    "role", ["social worker", "senior social worker", "family worker", "recovery worker"]
)
@pytest.mark.parametrize("type_", ["cp", "cin", "cla", "s47", "joint", "assessment", "other"])
def test_a_visit_says_that_it_counts_exactly_where_a_rule_of_the_due_dates_lets_it(
    role: str, type_: str
) -> None:
    """The words beside each child, and resources/rules/timescales.json, which the due dates are from."""
    visit = Written("visit", "1.1.0", worker={"reference": "Practitioner/w-amara", "role": role})
    visit.say({"visit.type": type_, "visit.outcome": "completed"})
    row = visit.child("maisie")
    visit.say({"child.seen": True}, row)
    meets = any(
        type_ in met["where"]["type"] and role in met["roles"] for met in _plans_visits() if "roles" in met
    )
    if type_ == "joint" and role == "family worker":
        meets = False  # it meets a child in need visit and no other: the words keep to the stricter
    assert str(visit.value("child.counts", row)).startswith("Counts") is meets


def _plans_visits() -> list[dict[str, Any]]:
    rules = json.loads(resource("rules", "timescales.json").read_text(encoding="utf-8"))["rules"]
    return [
        met
        for rule in rules
        for met in rule.get("satisfied_by", ())
        if met["kinds"] == ["visit"] and "type" in met.get("where", {})
    ]


def test_a_strategy_discussion_and_a_child_seen_are_not_in_the_future() -> None:
    enquiry = Written("s47-enquiry")
    words = "It is in the future. Check the date."
    maisie = enquiry.child("maisie")
    enquiry.say({"child.seen": True, "child.seen-when": "2026-11-21T09:00:00+00:00"}, maisie)
    assert words in enquiry.remarks()
    enquiry.say({"child.seen-when": "2026-11-20T09:00:00+00:00"}, maisie)
    assert words not in enquiry.remarks()
    enquiry.say({"strategy.when": "2026-11-23T09:00:00+00:00"})
    assert words in enquiry.remarks()


@pytest.mark.parametrize(
    ("form", "used", "score", "date", "scale", "value"),
    [
        ("chapter-da-survivor", {"dash.done": True}, "dash.score", "dash.date", "dash", 15),
        ("chapter-substance", {"scores.used": ["audit"]}, "audit.score", "audit.date", "audit", 22),
        ("chapter-mental-health", {"scores.used": ["phq9"]}, "phq9.score", "phq9.date", "phq-9", 19),
        ("chapter-mental-health", {"scores.used": ["gad7"]}, "gad7.score", "gad7.date", "gad-7", 11),
    ],
)
def test_an_old_score_copied_in_late_stands_on_its_own_day(
    form: str, used: dict[str, Any], score: str, date: str, scale: str, value: int
) -> None:
    entry = Written(form, about=("p-hannah",))
    entry.say({"contact.date": "2026-11-19", "contact.attended": "yes", **used, score: value})
    assert entry.dated(scale) == ["2026-11-20"]  # of the record, while its own day is not said
    entry.say({date: "2026-08-03"})
    assert entry.dated(scale) == ["2026-08-03"]
    (scored,) = (each for each in entry.gives("happening") if each.text("kind") == "tool-scored")
    assert str(scored.date) == "2026-08-03"


def test_each_tool_has_its_own_clock() -> None:
    entry = Written("chapter-mental-health", about=("p-hannah",))
    entry.say({"contact.date": "2026-11-19", "contact.attended": "yes", "scores.used": ["phq9", "gad7"]})
    entry.say({"phq9.score": 12, "phq9.date": "2026-11-19", "gad7.score": 9, "gad7.date": "2026-11-02"})
    found = [(each.text("about"), str(each.date)) for each in entry.gives("happening")]
    assert ("PHQ-9", "2026-11-19") in found
    assert ("GAD-7", "2026-11-02") in found


@pytest.mark.parametrize("form", list(FORMS.values()), ids=ref_words)
def test_a_scale_is_dated_by_a_question_of_the_form(form: Form) -> None:
    for item in form.walk():
        if item.scale is not None and item.scale.date_from is not None:
            assert form.by_link_id[item.scale.date_from].kind is Kind.DATE


def test_a_disclosure_that_is_also_significant_is_one_line_in_the_chronology() -> None:
    work = Written("direct-work", about=("p-maisie",))
    work.say({"work.date": "2026-11-19", "work.child": MAISIE, "disclosure.made": True})
    work.say({"disclosure.done": "Rang Ruth at 15:40", "meaning.view": "She is afraid of Saturday"})
    (alone,) = work.gives("chronology")
    assert alone.text("headline") == "Maisie Tolland told of harm, or of fear of harm"
    work.say({"record.significant": True, "record.headline": "Maisie is afraid of contact"})
    (line,) = work.gives("chronology")
    assert line.text("headline") == (
        "Maisie Tolland told of harm, or of fear of harm: Maisie is afraid of contact"
    )
    assert line.text("outcome") == "Rang Ruth at 15:40"
    work.say({"disclosure.made": False})
    (event,) = work.gives("chronology")
    assert event.text("headline") == "Maisie is afraid of contact"


@pytest.mark.parametrize(
    ("form", "happened", "words"),
    [
        (
            "chapter-mental-health",
            {"contact.attended": "yes", "contact.adult": HANNAH, "danger.thoughts": "attempt"},
            "Hannah Tolland harmed themselves, or tried to",
        ),
        (
            "chapter-da-perpetrator",
            {
                "contact.attended": "yes",
                "contact.adult": DARREN,
                "conditions.legal": ["bail"],
                "conditions.broken": True,
            },
            "Conditions broken",
        ),
        (
            "s47-enquiry",
            {"findings.conclusion": "not-substantiated"},
            "Section 47 enquiry: The worry is not substantiated",
        ),
    ],
)
def test_what_goes_into_the_chronology_of_itself_goes_there_once(
    form: str, happened: dict[str, Any], words: str
) -> None:
    record = Written(form)
    record.say(happened)
    (line,) = record.gives("chronology")
    assert line.text("headline") == words
    record.say({"record.significant": True, "record.headline": "A hard week"})
    (both,) = record.gives("chronology")
    assert both.text("headline") == f"{words}: A hard week"


def test_a_next_step_of_direct_work_is_not_due_before_it() -> None:
    work = Written("direct-work", about=("p-maisie",))
    work.say({"work.date": "2026-11-19"})
    step = work.add("next-step", {"next-step.what": "Ring the school", "next-step.by": "2026-11-18"})
    words = "A next step cannot be due before the session."
    assert words in work.remarks()
    work.say({"next-step.by": "2026-11-19"}, step)
    assert words not in work.remarks()


WRITTEN_BY_ITSELF = ("given-on-paper", "read-receipt")  # nobody drafts these
NEWEST = sorted(each for each in dict(sorted(FORMS)).items() if each[0] not in WRITTEN_BY_ITSELF)


@pytest.mark.parametrize(("form", "version"), NEWEST)
def test_what_a_machine_drafted_is_read_by_its_author_before_it_is_signed(form: str, version: str) -> None:
    record = Written(form, version)
    words = "Read it through and put it right before you sign it off."
    record.say({"record.drafted": "own"})
    assert not record.shows("record.drafted-read")
    for kind in ("dictated", "machine"):
        record.say({"record.drafted": kind, "record.drafted-read": None})
        assert record.shows("record.drafted-read")
        record.say({"record.drafted-read": False})
        assert words in record.remarks()
        record.say({"record.drafted-read": True})
        assert words not in record.remarks()


def test_a_headline_for_the_chronology_says_when_it_is_long() -> None:
    note = Written("case-note", "1.1.0")
    note.say({"record.significant": True, "record.headline": "x" * 121})
    assert note.value("record.headline-length") == ("121 letters: shorter reads better in the chronology")


def test_what_was_filled_in_and_cannot_be_changed_is_not_asked_to_be_read_again() -> None:
    entries = [{"id": "e-1", "record": "r-9", "title": "Session", "date": "2026-11-03", "attended": "Yes"}]
    month = Written("monthly-summary", entries=entries)
    copied = {str(each.link_id) for each in month.sheet.problems() if each.code == "copied"}
    assert not copied & {"entry.date", "entry.title", "entry.by"}
    assert "month.offered" in copied


def test_a_bound_that_is_a_day_is_said_as_people_say_it() -> None:
    meeting = Written("group-supervision")
    meeting.say({"meeting.date": "2026-11-19", "decision.what": "continue", "decision.next": "2026-11-01"})
    (problem,) = (each for each in meeting.sheet.problems() if each.link_id == "decision.next")
    assert words(problem, meeting.form.by_link_id[problem.link_id]) == (
        "“Next supervision” must be on or after 19 November 2026"
    )


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("chapter-mental-health", {"danger.thoughts": "plan"}),
        ("chapter-mental-health", {"danger.thoughts": "attempt"}),
        ("chapter-da-survivor", {"danger.judgement": "high"}),
        ("chapter-substance", {"risk.rating": "red"}),
    ],
)
def test_a_session_with_danger_in_it_is_critical_to_record(form: str, said: dict[str, Any]) -> None:
    entry = Written(form, about=("p-hannah",))
    entry.say({"contact.date": "2026-11-19", "contact.attended": "yes", "risk.rating": "amber"})
    session = next(each for each in entry.gives("happening") if each.text("kind") == "session")
    assert not session.yes("critical")
    entry.say(said)
    session = next(each for each in entry.gives("happening") if each.text("kind") == "session")
    assert session.yes("critical")


def test_a_safety_plan_whose_safety_was_not_asked_is_said_in_whole_words() -> None:
    plan = Written("safety-plan", about=("p-hannah",))
    plan.say({"plan.date": "2026-11-19", "plan.worried": "That he comes at night"})
    assert [each.text("headline") for each in plan.gives("chapter")] == ["Safety plan made"]
    plan.say({"plan.safety": 3})
    assert [each.text("headline") for each in plan.gives("chapter")] == [
        "Safety plan made. How safe they feel with it: 3 out of 10"
    ]
    (note,) = plan.gives("note")
    assert note.text("words") == "Hannah Tolland: with the safety plan it feels safe only 3 out of 10."
