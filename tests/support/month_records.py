"""What the workers of the practice family write in a month, each in the words of their own work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.month import Sitting
from workbook_desktop.domain.ids import RecordId


def person(name: str, id_: str) -> dict[str, str]:
    return {"reference": f"Person/{id_}", "display": name}


HANNAH, DARREN = person("Hannah Tolland", "p-hannah"), person("Darren Pask", "p-darren")
SESSION: Mapping[str, Any] = {
    "contact.type": "session",
    "contact.attended": "yes",
    "risk.now": "same",
    "risk.why": "Nothing has changed in my field.",
    "next.safe": True,
    "next.contact": "By phone after two.",
    "record.source": ["parent"],
}
ADDRESS = "12 Cordwainer Row"  # where Hannah lives, which Darren must not learn
ALONE_WHY: Mapping[str, Mapping[str, str]] = {
    "yes": {},
    "declined": {},  # the form asks no more then
    "too-young": {},
}
STEP = {"next-step.what": "Ring on Monday", "next-step.who": "The worker", "next-step.by": "2026-12-01"}


def entry(who: Sitting, form: str, answers: Mapping[str, Any], about: Mapping[str, str]) -> RecordId:
    """Write an entry of one's own chapter from the workbook's page, and sign it."""
    who.open_workbook(form.removeprefix("chapter-"))
    record = who.begin(f"do:start-{form}")
    said = {**SESSION, "contact.adult": dict(about), **answers}
    impact = [{"child.impact": "The day is quieter."} for _ in range(3)]
    who.write(record, said, {"children": impact, "next-step": [STEP]})
    who.sign(record)
    return record


def summary(who: Sitting, chapter: str, rating: str, number: int, why: str, *, offered: int) -> RecordId:
    """Write the month's summary of one's own chapter from the workbook's page, and sign it."""
    who.open_workbook(chapter)
    record = who.begin("do:start-monthly-summary")
    drafted = who.do(lambda desk: desk.words_of(record))
    assert f"Sessions offered: {offered}" in drafted
    assert "Up to which day does it go? 30 November 2026" in drafted
    rows, carry = who.count_rows(record, "quote"), who.count_rows(record, "entry")
    who.types(
        record,
        {
            "review.strengths": "She comes to every session.",
            "review.worries": "The order ends.",
            "risk.rating": rating,
            "risk.rating-scale": number,
            "risk.rating-why": why,
            "risk.recommend": "same",
            "risk.recommend-why": "It goes on as agreed.",
            "record.source": ["parent"],
        },
        {
            "children": [{"child.change": "same", "child.changed": "Sleeps better."}] * 3,
            "quote": [{"quote.keep": True}] * rows,
            "entry": [{"entry.carry": True, "entry.line": "A good month."}] * carry,
            "goal": [{"goal.then": 4, "goal.now": 5}] * 3,
        },
    )
    who.sign(record)
    return record


def visit(who: Sitting, said: Mapping[str, str]) -> RecordId:
    """Record a visit to all three children, begun from the family's file: Maisie is seen alone, and the first
    action of the plan, whose day is past, is done.

    Args:
        said: what each child said, by forename, oldest first.
    """
    record = who.begin_from_file("do:start-visit")
    seen = {"child.seen": True, "child.bedroom": True, "child.bedroom-like": "Tidy, and warm."}
    alone = {"Maisie": "yes", "Leo": "declined", "Ivy": "too-young"}
    children = [
        {**seen, "child.alone": alone[name], "child.said": words, **ALONE_WHY[alone[name]]}
        for name, words in said.items()
    ]
    who.types(
        record,
        {
            "visit.type": "cp",
            "visit.start": "08:15",
            "visit.announced": "announced",
            "visit.place": "home",
            "visit.outcome": "completed",
            "home.conditions": ["adequate"],
            "home.like": f"{ADDRESS} is warm, and the blinds are up.",
            "home.safety": 7,
            "home.danger": False,
            "progress.strengths": f"The buzzer at {ADDRESS} works again.",
            "analysis.meaning": "The children wait less at the door.",
            "analysis.change": "better",
            "record.significant": True,
            "record.headline": "All three children were seen at home, and Maisie slept through",
            "record.category": "positive",
            "record.source": ["seen", "child"],
        },
        {"children": children, "next-step": [STEP], "action": [{"action.progress": "done"}]},
    )
    who.sign(record)
    return record


def safety_plan(who: Sitting) -> RecordId:
    """Write Hannah's safety plan with her, to be printed so that nobody sees what it is."""
    record = who.begin_from_file("do:start-safety-plan")
    who.write(
        record,
        {
            "plan.protects": [dict(HANNAH)],
            "plan.from": "Darren Pask",
            "plan.worried": "That he comes to the door.",
            "plan.immediate": ["999"],
            "plan.code-word": "marmalade",
            "plan.address-safe": True,
            "plan.review": "2026-12-14",
            "plan.print": "plain",
            "plan.safety": 7,
        },
        {
            "sign": [{"sign.what": "A van that waits"}],
            "step": [
                {
                    "step.what": "Lock the door and ring the police",
                    "step.who": "Hannah Tolland",
                    "step.when": "At once",
                    "step.agreed": True,
                }
            ],
            "place": [{"place.name": "Carol next door", "place.agreed": True}],
            "children": [{"child.knows": "too-young"}] * who.count_rows(record, "children"),
        },
    )
    who.sign(record)
    return record


def supervise(ruth: Sitting, record: RecordId) -> None:
    """Hold the supervision: rate each area, keep the other view, decide."""
    areas, chapters = ruth.count_rows(record, "domain"), ruth.count_rows(record, "chapter-in")
    workers = ruth.month.workers
    there = [
        {"reference": f"Practitioner/{each.id}", "display": each.name}
        for each in workers.values()
        if each.id in ("w-ruth-calloway", "w-amara-quill", "w-bea-linnet", "w-sunil-marsh")
    ]
    ruth_herself = next(each for each in there if "ruth" in each["reference"])
    rated = {
        "domain.rating-after": "amber",
        "domain.rating-safety": 5,
        "domain.evidence": "The summaries.",
        "domain.moved-why": "What the team said.",
        "domain.disagreed": False,
    }
    ruth.types(
        record,
        {
            "meeting.chair": ruth_herself,
            "meeting.present": there,
            "talk.working": "Mornings.",
            "talk.worries": "The end of the order.",
            "risk.rating": "amber",
            "risk.rating-why": "Views differ, and both are kept.",
            "risk.rating-safety": 5,
            "decision.what": "continue",
            "decision.why": "It works.",
            "decision.next": "2027-01-04",
            "manager.who": ruth_herself,
            "manager.date": "2026-12-03",
        },
        {
            "children": [
                {
                    "child.plan-now": "cp",
                    "child.voice": "“Can the judge do the rule again?” Heard by Amara.",
                    "child.heard": True,
                    "child.week": "School and home.",
                }
            ]
            * 3,
            "domain": [rated] * areas,
            "chapter-in": [{}] * chapters,
            "next-step": [
                {
                    "next-step.what": "Ask the court for an early date",
                    "next-step.who": "Amara Quill",
                    "next-step.by": "2026-12-10",
                }
            ],
        },
        where_asked=("domain.moved-why",),
    )
    ruth.sign(record)
