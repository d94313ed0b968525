"""The practice family's meetings, plans and decisions: what shows, what is worked out, what they give."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.support.written import LEO, MAISIE, RUTH, Written
from workbook_desktop.domain.ids import LinkId, PersonId
from workbook_desktop.domain.paths import ROOT

SHOES = {
    "id": "r-plan/plan-action/0",
    "what": "Buy shoes for Leo",
    "who": "Hannah",
    "by": "2026-11-10",
    "outcome": "Leo is warm and dry",
    "plan": True,
}
PARENTING = {
    "id": "r-plan/plan-action/1",
    "what": "Bedtime at seven",
    "who": "Hannah",
    "by": "2026-12-01",
    "outcome": "Leo is warm and dry",
    "plan": True,
}


# -- monthly summary ---------------------------------------------------------------------------------------


def entries() -> list[dict[str, Any]]:
    return [
        {
            "id": "r-a",
            "record": "r-a",
            "title": "Child chapter entry",
            "date": "2026-11-03",
            "headline": "Session: Maisie Tolland",
            "attended": "Yes",
            "author": "Amara Quill",
        },
        {
            "id": "r-b",
            "record": "r-b",
            "title": "Child chapter entry",
            "date": "2026-11-12",
            "headline": "Did not take place",
            "attended": "No",
            "author": "Joss Penn",
        },
        {
            "id": "r-c",
            "record": "r-c",
            "title": "Home visit",
            "date": "2026-11-17",
            "headline": "Leo seen",
            "attended": "Yes",
            "author": "Amara Quill",
        },
    ]


def test_the_summary_is_made_from_the_entries_of_the_month() -> None:
    month = Written("monthly-summary", entries=entries(), openActions=[SHOES, PARENTING])
    rows = month.sheet.rows(ROOT, LinkId("entry"))
    assert [month.value("entry.title", row) for row in rows] == [
        "Child chapter entry",
        "Child chapter entry",
        "Home visit",
    ]
    assert (month.value("month.offered"), month.value("month.attended")) == (3, 2)
    assert month.value("month.missed-text") == "1 of 3 did not take place."
    goals = month.sheet.rows(ROOT, LinkId("goal"))
    assert [month.value("goal.what", row) for row in goals] == ["Leo is warm and dry"]


def test_a_goal_that_slipped_asks_why_and_red_is_not_closed() -> None:
    month = Written("monthly-summary")
    up = month.add("goal", {"goal.what": "Bedtime at seven", "goal.then": 3, "goal.now": 6})
    down = month.add("goal", {"goal.what": "Sober at contact", "goal.then": 6, "goal.now": 2})
    assert month.value("goal.moved", up) == "Up by 3"
    assert month.value("goal.moved", down) == "Down by 4"
    assert not month.shows("goal.why", up)
    assert month.shows("goal.why", down)
    month.say(
        {"month.end": "2026-11-20", "month.chapter": "child", "risk.rating": "red", "risk.recommend": "close"}
    )
    assert "Red, and to be closed: say something else, or change the rating." in month.remarks()
    month.say({"risk.recommend": "up"})
    assert month.remarks() == set()
    (happening,) = month.gives("happening")
    assert (happening.text("kind"), happening.parts["chapter"]["code"]) == ("chapter-summary", "child")


# -- group supervision -------------------------------------------------------------------------------------


def supervision() -> Written:
    meeting = Written("group-supervision")
    meeting.say({"meeting.date": "2026-11-19", "meeting.chair": RUTH})
    meeting.add("chapter-in", {"chapter-in.chapter": "child", "chapter-in.state": "yes"})
    meeting.add(
        "chapter-in",
        {"chapter-in.chapter": "mental-health", "chapter-in.state": "no", "chapter-in.missing": "Bea Linnet"},
    )
    return meeting


def test_a_missing_summary_is_named_and_becomes_an_action() -> None:
    meeting = supervision()
    assert meeting.value("meeting.missing") == "Mental health"
    (action,) = meeting.gives("action")
    assert (action.text("what"), action.text("who")) == (
        "Write the month’s summary: Mental health",
        "Bea Linnet",
    )


def test_a_different_view_is_kept_beside_the_joint_one_and_counted() -> None:
    meeting = supervision()
    abuse = meeting.add(
        "domain",
        {
            "domain.area": "da",
            "domain.rating-before": "amber",
            "domain.rating-after": "red",
            "domain.disagreed": True,
        },
    )
    assert meeting.value("domain.moved", abuse) == "Moved from amber to red"
    assert meeting.shows("domain.moved-why", abuse)
    view = meeting.add("view", {"view.rating": "amber", "view.why": "She sleeps and works again"}, abuse)
    assert meeting.value("view.rating", view)["code"] == "amber"
    steady = meeting.add(
        "domain",
        {
            "domain.area": "health",
            "domain.rating-before": "green",
            "domain.rating-after": "green",
            "domain.disagreed": False,
        },
    )
    assert not meeting.shows("view", steady)
    assert (meeting.value("risk.reds"), meeting.value("risk.disagreements")) == (1, 1)
    meeting.say({"risk.rating": "green"})
    assert "An area is red and the joint rating is green. Say why below." in meeting.remarks()


def test_what_is_decided_opens_the_next_period_or_closes() -> None:
    meeting = supervision()
    meeting.say({"risk.rating": "amber", "decision.what": "continue"})
    assert meeting.shows("decision.next")
    assert [each.text("kind") for each in meeting.gives("happening")] == ["supervision", "workbook-opened"]
    meeting.say({"decision.what": "up", "decision.up": "icpc"})
    assert [each.text("kind") for each in meeting.gives("happening")] == [
        "supervision",
        "workbook-opened",
        "threshold-met",
    ]
    meeting.say({"decision.what": "close"})
    assert not meeting.shows("decision.up")
    assert [each.text("kind") for each in meeting.gives("happening")] == ["supervision"]


# -- meeting about the plan --------------------------------------------------------------------------------


def test_the_open_actions_stand_there_and_one_that_is_done_is_given_back_under_its_own_id() -> None:
    meeting = Written("plan-meeting", openActions=[SHOES, PARENTING])
    meeting.say({"meeting.type": "core-group", "meeting.date": "2026-11-19", "meeting.held": "yes"})
    shoes, bedtime = meeting.sheet.rows(ROOT, LinkId("action"))
    meeting.say({"action.progress": "done"}, shoes)
    meeting.say({"action.progress": "stuck"}, bedtime)
    assert not meeting.shows("action.why", shoes)
    assert meeting.shows("action.why", bedtime)
    assert meeting.value("plan.tally") == "1 done, 1 stuck, of 2"
    given = {each.text("of"): each.parts["status"]["code"] for each in meeting.gives("action")}
    assert given == {"r-plan/plan-action/0": "done", "r-plan/plan-action/1": "stuck"}
    happening, meeting_held = meeting.gives("happening")
    assert (happening.text("kind"), meeting_held.text("kind")) == ("core-group", "meeting")
    assert set(happening.people) == {PersonId("p-maisie"), PersonId("p-leo"), PersonId("p-ivy")}


def test_a_meeting_that_did_not_take_place_counts_for_no_date() -> None:
    meeting = Written("plan-meeting")
    meeting.say({"meeting.type": "core-group", "meeting.date": "2026-11-19", "meeting.held": "no"})
    assert meeting.shows("meeting.not-held")
    assert not meeting.shows("plan.changes")
    assert meeting.gives("happening") == []


def test_a_first_conference_is_not_on_a_weekend_and_its_plans_begin_that_day() -> None:
    meeting = Written("plan-meeting")
    meeting.say({"meeting.type": "icpc", "meeting.date": "2026-11-14", "meeting.held": "yes"})
    weekend = "A first conference cannot be on a weekend. Check the date."
    assert weekend in meeting.remarks()
    meeting.say({"meeting.date": "2026-11-15"})
    assert weekend in meeting.remarks()
    meeting.say({"meeting.date": "2026-11-16"})
    assert weekend not in meeting.remarks()
    maisie, leo = meeting.child("maisie"), meeting.child("leo")
    meeting.say(
        {"child.outcome": "cp-plan", "child.category": "EMO", "child.plan-start": "2026-11-17"}, maisie
    )
    meeting.say({"child.outcome": "none"}, leo)
    assert not meeting.shows("child.category", leo)
    assert "A child protection plan begins on the day of the conference." in meeting.remarks()
    meeting.say({"child.plan-start": "2026-11-16"}, maisie)
    assert meeting.remarks() == set()
    (started,) = (each for each in meeting.gives("happening") if each.text("kind") == "plan-started")
    assert (started.people, started.date) == ((PersonId("p-maisie"),), date(2026, 11, 16))


# -- section 47 enquiry ------------------------------------------------------------------------------------


def test_an_enquiry_gives_the_discussion_the_visit_and_its_end() -> None:
    enquiry = Written("s47-enquiry")
    enquiry.say(
        {
            "strategy.when": "2026-11-09T10:00:00+00:00",
            "enquiry.start": "2026-11-09",
            "enquiry.children": [MAISIE, LEO],
        }
    )
    enquiry.say(
        {"child.seen": True, "child.seen-when": "2026-11-10T16:00:00+00:00", "child.alone": "yes"},
        enquiry.child("maisie"),
    )
    enquiry.say({"child.seen": False, "child.not-seen": "Away with his father"}, enquiry.child("leo"))
    given = {each.text("kind"): each for each in enquiry.gives("happening")}
    assert set(given) == {"strategy-discussion", "s47-visit"}
    assert given["strategy-discussion"].yes("started_s47")
    assert given["strategy-discussion"].date == date(2026, 11, 9)
    assert given["s47-visit"].people == (PersonId("p-maisie"),)
    assert given["s47-visit"].date == date(2026, 11, 10)
    enquiry.say({"enquiry.end": "2026-11-18"})
    assert [each.date for each in enquiry.gives("happening") if each.text("kind") == "s47-ended"] == [
        date(2026, 11, 18)
    ]


def test_continuing_risk_cannot_end_in_no_further_action_and_a_conference_is_on_a_working_day() -> None:
    enquiry = Written("s47-enquiry")
    enquiry.say(
        {"enquiry.start": "2026-11-09", "findings.conclusion": "continuing-risk", "findings.outcome": "nfa"}
    )
    words = "A child is at continuing risk: there must be a conference, or legal action."
    assert words in enquiry.remarks()
    assert enquiry.shows("findings.outcome-why")
    enquiry.say({"findings.outcome": "icpc", "findings.icpc-target": "2026-11-28"})
    assert words not in enquiry.remarks()
    assert "A first conference cannot be on a weekend." in enquiry.remarks()
    enquiry.say({"findings.icpc-target": "2026-11-27"})
    assert enquiry.remarks() == set()
    assert [each.parts["by"] for each in enquiry.gives("action")] == ["2026-11-27"]


def test_checks_that_are_not_answered_are_named() -> None:
    enquiry = Written("s47-enquiry")
    enquiry.add("check", {"check.agency": "School", "check.asked": "2026-11-09", "check.replied": "no"})
    enquiry.add(
        "check",
        {
            "check.agency": "GP",
            "check.asked": "2026-11-10",
            "check.replied": "yes",
            "check.date": "2026-11-09",
        },
    )
    assert enquiry.value("checks.waiting") == "School"
    assert "The reply is before the question." in enquiry.remarks()


# -- plan --------------------------------------------------------------------------------------------------


def test_a_plan_starts_the_clocks_of_each_child_and_gives_its_actions() -> None:
    plan = Written("plan", "1.1.0")
    plan.say(
        {
            "plan.type": "cp",
            "plan.children": [MAISIE, LEO],
            "plan.start": "2026-11-16",
            "plan.conference": "2026-11-13",
            "plan.category": "EMO",
        }
    )
    assert "A child protection plan begins on the day of the conference." in plan.remarks()
    plan.say({"plan.conference": "2026-11-16"})
    assert "A child protection plan begins on the day of the conference." not in plan.remarks()
    outcome = plan.add("outcomes", {"outcome.what": "Leo is warm and dry"})
    done = plan.add(
        "actions",
        {
            "action.what": "Buy shoes",
            "action.who": "Hannah",
            "action.by": "2026-11-18",
            "action.status": "done",
        },
        outcome,
    )
    late = plan.add(
        "actions",
        {"action.what": "Mend the heating", "action.who": "Landlord", "action.by": "2026-11-18"},
        outcome,
    )
    assert plan.value("action.due", done) == "Nothing to wait for"
    assert plan.value("action.due", late) == "Overdue"
    assert plan.value("outcome.tally", outcome) == "1 of 2 done"
    actions = plan.gives("action")
    assert [(each.text("what"), each.text("outcome")) for each in actions] == [
        ("Buy shoes", "Leo is warm and dry"),
        ("Mend the heating", "Leo is warm and dry"),
    ]
    started = plan.gives("happening")
    assert [(each.text("kind"), each.text("plan"), each.people) for each in started] == [
        ("plan-started", "cp", (PersonId("p-maisie"),)),
        ("plan-started", "cp", (PersonId("p-leo"),)),
    ]


def test_rare_visits_under_a_child_protection_plan_are_explained() -> None:
    plan = Written("plan", "1.1.0")
    plan.say({"plan.type": "cp", "visiting.every": "20wd"})
    assert plan.shows("visiting.why")
    plan.say({"plan.type": "cin"})
    assert not plan.shows("visiting.why")
    assert not plan.shows("plan.category")


# -- case note ---------------------------------------------------------------------------------------------


def test_a_note_about_a_missing_child_asks_since_when_and_warns_while_it_lasts() -> None:
    note = Written("case-note", "1.1.0", about=("p-maisie",))
    note.say({"note.type": "phone", "note.date": "2026-11-19"})
    assert not note.shows("note.missing-since")
    assert not note.shows("note.danger")
    note.say(
        {"note.type": "missing", "note.missing-since": "2026-11-19T20:00:00+00:00", "note.missing-now": "no"}
    )
    assert note.shows("note.missing-help")
    note.say({"note.missing-now": "yes", "note.found": "2026-11-19T18:00:00+00:00"})
    assert not note.shows("note.missing-help")
    assert "Found before going missing. Check both times." in note.remarks()
    note.say({"note.found": "2026-11-20T01:00:00+00:00"})
    assert [each.text("kind") for each in note.gives("happening")] == ["note", "found"]


def test_a_significant_note_gives_one_line_of_the_chronology_with_its_impact() -> None:
    note = Written("case-note", "1.1.0", about=("p-maisie",))
    note.say({"note.type": "police", "note.date": "2026-11-19", "note.content": "Called to the flat"})
    assert note.gives("chronology") == []
    note.say({"record.significant": False})
    assert "Notes of this kind usually go into the chronology." in note.remarks()
    note.say(
        {
            "record.significant": True,
            "record.headline": "Police called to the flat",
            "record.category": "police",
            "note.impact": "Maisie hid under the bed",
        }
    )
    assert note.value("record.headline-length") == "25 letters"
    (line,) = note.gives("chronology")
    assert (line.text("headline"), line.text("impact"), line.people) == (
        "Police called to the flat",
        "Maisie hid under the bed",
        (PersonId("p-maisie"),),
    )
    assert note.gives("happening")[0].yes("significant")


# -- assessment --------------------------------------------------------------------------------------------


def test_the_assessment_says_whose_the_last_scores_are_and_asks_for_factors_that_fit() -> None:
    def score(who: str, value: int, date: str, band: str) -> dict[str, Any]:
        said = {"scale": "phq-9", "value": value, "date": date, "who": who}
        return said | ({"band": band} if band else {})

    readings = [
        score("Hannah Tolland", 19, "2026-08-17", "Moderately severe"),
        score("Darren Pask", 4, "2026-10-02", "Hardly any"),
        score("Hannah Tolland", 8, "2026-11-01", "Mild"),
    ]
    text = Written("child-and-family-assessment", "1.1.0", readings=readings)
    assert text.value("trio.mental.score") == (
        "Hannah Tolland: 19 (Moderately severe), 2026-08-17; Darren Pask: 4 (Hardly any), 2026-10-02;"
        " Hannah Tolland: 8 (Mild), 2026-11-01"
    )
    newest = Written("child-and-family-assessment", "1.2.0", readings=readings)
    assert newest.value("trio.mental.score") == (
        "Hannah Tolland: 19 (Moderately severe), 17 August 2026; Darren Pask: 4 (Hardly any), 2 October 2026;"
        " Hannah Tolland: 8 (Mild), 1 November 2026"
    )
    many = [score("Hannah Tolland", number, f"2026-01-{number:02}", "") for number in range(1, 10)]
    text_of_many = Written("child-and-family-assessment", "1.1.0", readings=many).value("trio.mental.score")
    assert text_of_many.startswith("Hannah Tolland: 4, 2026-01-04; ")
    assert text_of_many.endswith("Hannah Tolland: 9, 2026-01-09")
    text.say({"trio.mental.present": True, "analysis.factors": ["16A"]})
    words = "Mental ill-health is said to be there, and no factor says so."
    assert words in text.remarks()
    text.say({"analysis.factors": ["16A", "4B"]})
    assert words not in text.remarks()
    text.say({"analysis.factors": ["4B", "21"]})
    assert any("stands alone" in each for each in text.remarks())


def test_a_red_rating_is_not_closed_and_authorising_stops_the_clock() -> None:
    text = Written("child-and-family-assessment", "1.1.0")
    text.say(
        {
            "start.type": "family",
            "start.referral-date": "2026-10-01",
            "start.date": "2026-10-02",
            "start.subjects": [MAISIE],
        }
    )
    text.say({"risk.rating": "red", "analysis.outcome": "nfa"})
    assert "Red, and no further action: change one of the two." in text.remarks()
    text.say({"analysis.outcome": "cin"})
    assert text.remarks() == set()
    assert [each.text("kind") for each in text.gives("happening")] == [
        "assessment-started",
        "referral",
        "referral-decision",
    ]
    text.say({"manager.date": "2026-11-19"})
    assert text.shows("manager.who")
    (authorised,) = (each for each in text.gives("happening") if each.text("kind") == "assessment-authorised")
    assert (authorised.date, authorised.parts["outcome"]["code"]) == (date(2026, 11, 19), "cin")
    text.say({"start.date": "2026-09-30"})
    assert "It starts before the referral. Check both dates." in text.remarks()
