"""The practice family's conversations and sessions: what shows, what is worked out, what they give."""

from __future__ import annotations

from datetime import date

from tests.support.written import DARREN, HANNAH, Written
from workbook_desktop.domain.ids import FieldPath, PersonId

# -- motivational conversation ------------------------------------------------------------------------------


def test_important_and_not_believed_in_asks_for_confidence_and_gives_the_step() -> None:
    talk = Written("mi-session", about=("p-hannah",))
    talk.say(
        {"session.date": "2026-11-20", "session.adult": HANNAH, "session.focus": "going to bed by eleven"}
    )
    talk.say({"ruler.importance": 8, "ruler.confidence": 3})
    assert talk.shows("ruler.importance-why")
    assert not talk.shows("ruler.importance-zero")
    assert "work on confidence" in talk.value("ruler.summary")
    talk.say(
        {
            "step.agreed": "yes",
            "step.what": "Phone off at ten",
            "step.by": "2026-11-27",
            "step.stage": "preparing",
        }
    )
    (action,) = talk.gives("action")
    assert (action.text("what"), action.text("who"), action.parts["by"]) == (
        "Phone off at ten",
        "Hannah Tolland",
        "2026-11-27",
    )
    assert talk.readings()["mi-importance/going to bed by eleven"] == ("p-hannah", "8", "High")
    assert talk.readings()["mi-confidence/going to bed by eleven"] == ("p-hannah", "3", "Low")


def test_a_change_that_does_not_matter_yet_is_not_pushed_and_gives_no_action() -> None:
    talk = Written("mi-session", about=("p-darren",))
    talk.say({"session.date": "2026-11-20", "session.adult": DARREN, "session.focus": "drinking less"})
    talk.say({"ruler.importance": 0, "ruler.confidence": 2, "talk.change": ["none"], "step.agreed": "no"})
    assert not talk.shows("ruler.importance-why")
    assert talk.shows("ruler.importance-zero")
    assert "do not push" in talk.value("ruler.summary")
    assert not talk.shows("quote")
    assert talk.gives("action") == []


# -- safety plan --------------------------------------------------------------------------------------------


def test_only_steps_that_were_agreed_become_actions_and_an_order_gets_its_date() -> None:
    plan = Written("safety-plan", about=("p-hannah",))
    plan.say(
        {
            "plan.date": "2026-11-20",
            "plan.protects": [HANNAH],
            "plan.worried": "He comes to the door at night",
        }
    )
    plan.add(
        "step",
        {
            "step.what": "Ring her mother",
            "step.who": "Hannah",
            "step.when": "when he rings",
            "step.agreed": True,
        },
    )
    plan.add(
        "step",
        {"step.what": "New locks", "step.who": "Landlord", "step.when": "this week", "step.agreed": False},
    )
    plan.add(
        "barred",
        {
            "barred.who": DARREN,
            "barred.terms": "Come to the home",
            "barred.basis": "order",
            "barred.until": "2026-12-04",
        },
    )
    actions = [each for each in plan.gives("action") if each.id == "step"]
    assert [each.text("what") for each in actions] == ["Ring her mother"]
    (order,) = (each for each in plan.gives("happening") if each.id == "order")
    assert order.parts["ends_on"] == "2026-12-04"


def test_a_plan_that_feels_unsafe_says_so_to_the_worker_and_to_the_childrens_chapter() -> None:
    plan = Written("safety-plan", about=("p-hannah",))
    plan.say({"plan.date": "2026-11-20", "plan.protects": [HANNAH], "plan.safety": 8})
    assert not plan.shows("plan.safety-low")
    assert plan.gives("note") == []
    plan.say({"plan.safety": 2})
    assert plan.shows("plan.safety-low")
    assert plan.shows("plan.safety-why")
    assert plan.gives("note")[0].text("words") == (
        "Hannah Tolland: with the safety plan it feels safe only 2 out of 10."
    )


# -- direct work --------------------------------------------------------------------------------------------


def test_the_question_for_the_childs_words_names_the_child() -> None:
    work = Written("direct-work", about=("p-maisie",))
    assert work.sheet.label(FieldPath("said.words")).startswith("What did Maisie Tolland say")
    work.say({"work.tool": ["three-houses"], "said.feeling": 7})
    assert work.shows("said.worries")
    assert work.shows("said.feeling-about")
    assert work.readings()["child-worries"] == ("p-maisie", "7", "Very worried")


def test_what_a_child_tells_of_harm_reaches_the_chronology_without_being_asked_twice() -> None:
    work = Written("direct-work", about=("p-maisie",))
    work.say({"work.date": "2026-11-18", "disclosure.made": True, "disclosure.done": "Rang Ruth Calloway"})
    (line,) = work.gives("chronology")
    assert line.text("headline") == "Maisie Tolland told of harm, or of fear of harm"
    assert line.date == date(2026, 11, 18)
    assert line.people == (PersonId("p-maisie"),)
    assert {each.code for each in work.sheet.problems()} >= {"required"}  # words, moment, manager
    work.say({"disclosure.made": False})
    assert work.gives("chronology") == []


# -- chapter entries ----------------------------------------------------------------------------------------


def test_a_score_falls_into_its_band_and_a_plan_to_die_asks_who_was_told() -> None:
    entry = Written("chapter-mental-health", about=("p-hannah",))
    entry.say(
        {
            "contact.date": "2026-11-19",
            "contact.type": "session",
            "contact.attended": "yes",
            "contact.adult": HANNAH,
        }
    )
    entry.say({"scores.used": ["phq9"], "phq9.score": 19, "phq9.date": "2026-11-19"})
    assert not entry.shows("gad7.score")
    assert entry.readings() == {"phq-9": ("p-hannah", "19", "Moderately severe")}
    entry.say({"danger.thoughts": "none"})
    assert not entry.shows("danger.crisis-plan")
    entry.say({"danger.thoughts": "plan", "danger.children": "Her mother"})
    assert entry.shows("danger.crisis-plan")
    assert entry.shows("danger.manager")
    (note,) = entry.gives("note")
    assert (note.text("to"), note.text("words")) == ("child", "Hannah Tolland: A plan. Her mother")


def test_a_missed_session_asks_only_what_was_done_about_it_and_stands_so_in_the_chapter() -> None:
    entry = Written("chapter-mental-health", about=("p-hannah",))
    entry.say(
        {
            "contact.date": "2026-11-19",
            "contact.type": "session",
            "contact.attended": "dna",
            "contact.adult": HANNAH,
        }
    )
    assert entry.shows("contact.missed")
    assert not any(entry.shows(link) for link in ("work.did", "scores.used", "danger.thoughts"))
    assert entry.shows("risk.now")
    (line,) = entry.gives("chapter")
    assert (line.text("headline"), line.text("attended")) == ("Did not take place: Hannah Tolland", "No")


def test_days_of_use_are_asked_for_what_is_used_and_become_readings() -> None:
    entry = Written("chapter-substance", about=("p-darren",))
    entry.say({"contact.date": "2026-11-19", "contact.attended": "yes", "contact.adult": DARREN})
    entry.say({"use.which": ["alcohol", "cocaine"]})
    assert entry.shows("use.days-alcohol")
    assert not entry.shows("use.days-crack")
    entry.say({"use.days-alcohol": 14, "use.days-cocaine": 0})
    assert entry.shows("use.amount-alcohol")
    assert not entry.shows("use.amount-cocaine")
    assert entry.readings() == {
        "days-alcohol": ("p-darren", "14", "Many days"),
        "days-cocaine": ("p-darren", "0", "None"),
    }


def test_medicine_that_is_not_locked_away_is_told_to_the_childrens_chapter() -> None:
    entry = Written("chapter-substance", about=("p-darren",))
    entry.say({"contact.attended": "yes", "contact.adult": DARREN, "safety.medicine": "no"})
    assert not entry.shows("safety.storage")
    entry.say({"safety.medicine": "yes", "safety.storage": "no", "safety.storage-done": "Lock box brought"})
    assert entry.shows("safety.storage-now")
    assert [each.text("words") for each in entry.gives("note")] == [
        "Medicine at home is not locked away from the children. Lock box brought"
    ]


def test_a_high_score_that_is_not_referred_must_be_explained() -> None:
    entry = Written("chapter-da-survivor", about=("p-hannah",))
    entry.say({"contact.date": "2026-11-19", "contact.attended": "yes", "contact.adult": HANNAH})
    entry.say({"dash.done": True, "dash.score": 15, "dash.date": "2026-11-19", "danger.judgement": "medium"})
    entry.say({"marac.status": "no"})
    words = "High danger, and not referred to MARAC. Refer, or say below why not."
    assert words in entry.remarks()
    assert entry.shows("marac.why-not")
    entry.say({"marac.why-not": "Heard two weeks ago"})
    assert words not in entry.remarks()
    entry.say({"marac.status": "referred"})
    assert not entry.shows("marac.why-not")
    assert entry.readings()["dash"] == ("p-hannah", "15", "High")


def test_incidents_go_into_the_chronology_and_an_order_into_the_dates_to_keep() -> None:
    entry = Written("chapter-da-survivor", about=("p-hannah",))
    entry.say(
        {
            "contact.date": "2026-11-19",
            "contact.attended": "yes",
            "contact.adult": HANNAH,
            "incident.any": True,
        }
    )
    entry.add(
        "incident",
        {
            "incident.date": "2026-11-15",
            "incident.type": ["physical", "control"],
            "incident.children": ["heard"],
        },
    )
    entry.add(
        "order", {"order.legal-kind": "non-mol", "order.made": "2026-09-06", "order.ends": "2026-12-04"}
    )
    (line,) = entry.gives("chronology")
    assert (line.text("headline"), line.date) == (
        "Domestic abuse: Physical, Coercive control",
        date(2026, 11, 15),
    )
    assert line.text("outcome") == ""  # nobody has said that the police were not told
    (order,) = (each for each in entry.gives("happening") if each.id == "order")
    assert (order.text("about"), order.parts["ends_on"]) == ("Non-molestation order", "2026-12-04")


def test_the_survivors_chapter_has_no_way_to_tell_the_perpetrators_worker() -> None:
    entry = Written("chapter-da-survivor", about=("p-hannah",))
    offered = {option.value["code"] for option in entry.sheet.options(FieldPath("next.tell"))}
    assert "da-perpetrator" not in offered
    assert not any("da-perpetrator" in str(output) for output in entry.form.gives)


def test_higher_risk_makes_a_task_to_tell_the_survivors_worker() -> None:
    entry = Written("chapter-da-perpetrator", about=("p-darren",))
    entry.say(
        {"contact.date": "2026-11-19", "contact.attended": "yes", "contact.adult": DARREN, "risk.now": "same"}
    )
    assert entry.gives("action") == []
    entry.say({"risk.now": "higher", "risk.survivor-message": "He lost his job today"})
    (action,) = entry.gives("action")
    assert action.text("what") == "Tell the survivor’s worker that the risk is higher"
    assert action.parts["by"] == "2026-11-19"
    (note,) = entry.gives("note")
    assert (note.text("to"), note.text("words")) == ("da-survivor", "He lost his job today")


def test_minimise_deny_and_blame_are_added_when_all_three_are_said() -> None:
    entry = Written("chapter-da-perpetrator", about=("p-darren",))
    entry.say(
        {"contact.attended": "yes", "contact.adult": DARREN, "behaviour.minimise": 6, "behaviour.deny": 7}
    )
    assert entry.value("behaviour.together") is None
    entry.say({"behaviour.blame": 8})
    assert entry.value("behaviour.together") == 21
    assert entry.readings()["minimise-deny-blame"] == ("p-darren", "21", "Takes little")


def test_each_child_has_a_part_and_what_was_not_seen_is_not_asked() -> None:
    entry = Written("chapter-child", about=("p-maisie", "p-leo"))
    entry.say({"contact.date": "2026-11-19", "contact.type": "school", "contact.attended": "yes"})
    maisie, leo = entry.child("maisie"), entry.child("leo")
    entry.say({"child.seen": True, "child.worries": 6, "child.impact": "Sleeps badly"}, maisie)
    entry.say({"child.seen": False, "child.impact": "Not known to me"}, leo)
    assert entry.shows("child.words", maisie)
    assert not entry.shows("child.words", leo)
    assert entry.readings() == {"child-worries": ("p-maisie", "6", "Worried")}


def test_a_message_reaches_the_chapters_that_were_named_and_a_red_risk_is_critical() -> None:
    entry = Written("chapter-child", about=("p-maisie",))
    entry.say({"contact.date": "2026-11-19", "contact.attended": "yes", "risk.rating": "red"})
    entry.say({"next.tell": ["mental-health", "substance"], "next.message": "Maisie found her mother asleep"})
    assert entry.shows("risk.rating-why")
    assert [each.text("to") for each in entry.gives("note")] == ["substance", "mental-health"]
    assert entry.gives("happening")[0].yes("critical")
