"""A month of the Tolland family through the real windows: entries of four disciplines, their summaries, the
supervision that opens the next period, and the next version of the plan. Every laptop is its worker's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from sync.reference_ics.practice import practice_caseload
from sync.reference_ics.story import record_id
from tests.support.laptop import CONTROL, Laptop, office_at
from tests.support.pen import NO_ROWS, NOWHERE, missing, write
from tests.support.service import IcsClock, RunningIcs, running_ics
from workbook_desktop.app.machine import system_ids
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import State
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views_workbook import ChapterPart, Workbook

T = TypeVar("T")
TOLLAND = FamilyId("f-tolland")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PLAN = record_id("plan-tolland")
# What only the survivor's worker and those who read her chapter may know.
HELD_BACK = "She has told a second neighbour the code word heron."
ASKED = "Please ask where the tablets are before Saturday."


class Sitting:
    """A worker before their own window, from unlocking to closing it."""

    def __init__(self, laptop: Laptop, month: Month) -> None:
        self.laptop, self.month, self.hands = laptop, month, laptop.hands

    def do(self, job: Callable[[Desk], T]) -> T:
        desk = self.laptop.client.desk
        assert desk is not None
        return self.laptop.result(lambda: job(desk))

    @property
    def workbook(self) -> Workbook:
        return self.do(lambda desk: desk.workbook(TOLLAND))

    def part(self, chapter: str) -> ChapterPart:
        return next(each for each in self.workbook.parts if each.chapter.id == chapter)

    def home(self) -> None:
        self.hands.do("go:home")
        self.laptop.sees("screen:home")

    def open_family(self) -> None:
        self.home()
        self.hands.do("do:caseload")
        self.laptop.sees("screen:caseload")
        self.hands.focus("find:caseload")
        self.hands.type("toll")
        self.laptop.bot.wait(200)  # the list narrows a moment after the last key
        self.laptop.quiet()
        self.hands.focus("list:caseload")
        self.hands.press(Qt.Key.Key_Home)
        self.hands.press(Qt.Key.Key_Return)
        self.laptop.sees("screen:family")

    def open_workbook(self, chapter: str = "") -> None:
        self.open_family()
        self.hands.do("do:workbook")
        self.laptop.sees("screen:workbook")
        if chapter:
            self.hands.do(f"choose:{chapter}")
            self.laptop.quiet()

    def begin(self, verb: str) -> RecordId:
        """Press a button that begins a record, and leave its form for home."""
        self.hands.do(verb)
        self.laptop.sees("screen:form")
        record = self.laptop.record
        self.home()
        return record

    def write(
        self,
        record: RecordId,
        answers: Mapping[str, Any],
        rows: Mapping[str, Sequence[Mapping[str, Any]]] = NO_ROWS,
        at: Mapping[FieldPath, Any] = NOWHERE,
    ) -> None:
        clock = self.month.clock
        self.do(lambda desk: write(desk, record, answers, rows, at=at, clock=clock, new_id=system_ids(clock)))
        self.laptop.quiet()

    def sign(self, record: RecordId) -> None:
        """Open a draft from the work list, check it, and sign it off."""
        assert self.do(lambda desk: missing(desk, record)) == []
        self.home()
        self.laptop.shell._routes.check(record)  # type: ignore[union-attr]
        self.laptop.sees("screen:check")
        self.hands.do("do:sign-off")
        self.laptop.until(lambda: not self.hands.sees("do:sign-off"))
        self.laptop.quiet()

    def send(self) -> None:
        """Send and receive, and wait until nothing waits."""
        self.month.receive(self.laptop)
        assert self.laptop.counts().waiting == 0

    @property
    def page(self) -> str:
        """All that a screen reader finds in the window."""
        return self.laptop.words()


@dataclass
class Month:
    """The office, its clock, and where the laptops are."""

    bot: QtBot
    folder: Path
    ics: RunningIcs
    clock: IcsClock
    workers: Mapping[str, Worker]

    @contextmanager
    def sits(self, name: str) -> Iterator[Sitting]:
        worker = self.workers[f"w-{name}"]
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        office = office_at(self.ics.base_url, self.ics.secret)
        laptop = Laptop(self.bot, folder, office, worker, clock=self.clock)
        try:
            laptop.at_home()
            sitting = Sitting(laptop, self)
            self.receive(laptop)
            yield sitting
            sitting.send()
        finally:
            laptop.end()

    def receive(self, laptop: Laptop) -> None:
        """Have everything that the office has by now."""
        laptop.first_pull()
        self.clock.forward(minutes=1)
        moment = self.clock.now()
        laptop.hands.press(Qt.Key.Key_R, CONTROL)

        def is_done() -> bool:
            last = laptop.window.exchange.status.last_complete
            return last is not None and last >= moment

        laptop.until(is_done, 40)
        laptop.quiet()


@pytest.fixture
def month(qtbot: QtBot, tmp_path: Path) -> Iterator[Month]:
    clock = IcsClock(MONDAY)
    caseload = practice_caseload(MONDAY.date())
    (tmp_path / "ics").mkdir()
    with running_ics(tmp_path / "ics", caseload=caseload, clock=clock) as ics:
        yield Month(qtbot, tmp_path, ics, clock, {str(each.id): each for each in caseload.workers})


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
    assert "Last day of the month this is about: 30 November 2026" in drafted
    rows, carry = count_rows(who, record, "quote"), count_rows(who, record, "entry")
    who.write(
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


def test_a_month_of_the_family_from_entries_to_the_next_plan(month: Month) -> None:
    # The last week of November: three specialists and the social worker write, each in their own chapter.
    with month.sits("sunil-marsh") as sunil:
        wrote = entry(
            sunil,
            "chapter-substance",
            {
                "use.which": ["alcohol"],
                "use.days-alcohol": 3,
                "use.injecting": False,
                "help.treatment": "engaged",
                "work.did": "Looked back on the month.",
                "work.view": "“I want Leo to know me sober.”",
                "safety.medicine": "no",
                "safety.carer": "Lorraine.",
                "safety.relapse-plan": "Rings his brother.",
                "safety.lapse": False,
                "risk.rating": "green",
                "next.tell": ["child"],
                "next.message": ASKED,
            },
            DARREN,
        )
        assert [each.words for each in sunil.workbook.asked if each.record == wrote] == [ASKED]
        (asked,) = (each for each in sunil.workbook.asked if each.record == wrote)
        assert asked.read_by == ()
        assert "Amara Quill" in asked.not_yet
    with month.sits("nerys-vole") as nerys:
        entry(
            nerys,
            "chapter-da-survivor",
            {
                "incident.any": False,
                "danger.separated": "apart",
                "danger.safety": 6,
                "dash.done": False,
                "danger.judgement": "medium",
                "danger.judgement-why": "The order holds.",
                "marac.status": "heard",
                "marac.date": "2026-08-03",
                "safe.address": False,
                "safe.plan": "yes",
                "work.did": HELD_BACK,
                "work.view": "“I sleep with the phone in my hand.”",
                "risk.rating": "amber",
            },
            HANNAH,
        )
    with month.sits("bea-linnet") as bea:
        entry(
            bea,
            "chapter-mental-health",
            {
                "health.presentation": "Rested, and quick to smile.",
                "health.words": "“Mornings are mine again.”",
                "health.diagnosis-by": "gp",
                "health.diagnosis": "Depression",
                "health.medication": True,
                "health.taking": "yes",
                "danger.thoughts": "none",
                "work.did": "Went through the plan for bad nights.",
                "work.view": "“I would ring Carol first.”",
                "parenting.effect": "She gets up first.",
                "risk.rating": "green",
            },
            HANNAH,
        )

    # Amara sees what is new since she last looked, and opens what she is asked to read.
    with month.sits("amara-quill") as amara:
        amara.open_workbook("substance")
        assert ASKED in amara.page
        amara.laptop.quiet()
        assert amara.part("substance").new == ()
        amara.open_workbook()
        amara.do(lambda desk: desk.open(wrote))
        assert ASKED not in [each.words for each in amara.workbook.to_read]

    # December: summaries are written; Nerys's and Tom's are missing.
    month.clock.moment = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
    with month.sits("sunil-marsh") as sunil:
        (asked,) = (each for each in sunil.workbook.asked if each.record == wrote)
        assert [(each.name, each.on) for each in asked.read_by] == [("Amara Quill", date(2026, 11, 23))]
        sunil.open_workbook()
        assert "Read by Amara Quill on 23 November 2026" in sunil.page
        told = summary(sunil, "substance", "green", 8, "Three days of drinking in the last 28.", offered=3)
        assert "I want Leo to know me sober" in sunil.do(lambda desk: desk.words_of(told))
    with month.sits("bea-linnet") as bea:
        summary(bea, "mental-health", "green", 8, "PHQ-9 stays below 10.", offered=1)
    with month.sits("amara-quill") as amara:
        new = amara.part("substance").new
        assert [each.record for each in new] == [told]
        amara.open_workbook()
        shown = amara.page
        assert "Nerys Vole’s summary for November 2026 is missing" in shown
        assert "Sunil Marsh’s summary for November" not in shown

    # The supervision: what the chapters say is gathered, what is kept back is not, disagreement stays.
    month.clock.moment = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
    with month.sits("ruth-calloway") as ruth:
        before = ruth.workbook.period.number
        ruth.open_workbook()
        record = ruth.begin("do:start-supervision")
        pack = ruth.do(lambda desk: desk.words_of(record))
        assert "Three days of drinking in the last 28." in pack
        assert HELD_BACK not in pack
        assert "phone in my hand" not in pack
        assert "Before the talk: Red: high" in pack  # the ratings of the last one
        supervise(ruth, record)
        after = ruth.workbook
        assert after.period.number == before + 1
        assert after.period.after == date(2026, 12, 3)
        file = ruth.do(lambda desk: desk.family(TOLLAND))
        assert "Ask the court for an early date" in [each.what for each in file.actions]

    # The plan is agreed and locked; the next version is drafted from it, and takes its place once signed.
    with month.sits("amara-quill") as amara:
        amara.sign(PLAN)
        amara.send()
        assert amara.do(lambda desk: desk.open(PLAN)).state is State.SIGNED_OFF
        amara.open_family()
        amara.hands.do("do:next-plan")
        amara.laptop.sees("screen:form")
        draft = amara.laptop.record
        amara.home()
        assert "Version of the plan: 2" in amara.do(lambda desk: desk.words_of(draft))
        of_plan = amara.do(lambda desk: [each for each in desk.family(TOLLAND).actions if each.of_plan])
        assert {each.record for each in of_plan} == {PLAN}
        late = amara.do(
            lambda desk: [
                path
                for path, answer in desk.open(draft).body.answers.items()
                if path.endswith("action.by") and str(answer.value) < "2026-12-03"
            ]
        )
        assert late  # a day that is past cannot be agreed again
        amara.write(
            draft,
            {
                "record.source": ["professional"],
                "network.parents": "“It is the same plan, and I know it now.”",
                "network.shared": True,
            },
            {"agreed": [{"agreed.who": "Hannah Tolland", "agreed.how": "yes", "agreed.words": "“Yes.”"}]},
            dict.fromkeys(late, "2027-01-15"),
        )
        amara.sign(draft)
        amara.send()
        now = amara.do(lambda desk: [each for each in desk.family(TOLLAND).actions if each.of_plan])
        assert {each.record for each in now} == {draft}
        assert sorted(each.what for each in now) == sorted(each.what for each in of_plan)

    # Tom has everything but what is not his: not a word of Nerys's chapter is on his laptop.
    with month.sits("tom-harrow") as tom:
        tom.open_workbook()
        shown = tom.page
        assert "The office does not send this chapter to yours." in shown
        tom.hands.do("choose:da-survivor")
        tom.laptop.quiet()
        whole = tom.do(everything)
        assert "heron" not in whole
        assert "phone in my hand" not in whole
        assert record in [each.record for each in tom.workbook.together]


def everything(desk: Desk) -> str:
    """Return all that a worker's pages and records of the family say."""
    file = desk.family(TOLLAND)
    pages = repr((file, desk.workbook(TOLLAND), desk.home()))
    return pages + "".join(desk.words_of(row.record) for row in file.records)


def count_rows(who: Sitting, record: RecordId, group: str) -> int:
    """Return how many rows of a group that stands in no other a record has."""
    body = who.do(lambda desk: desk.open(record).body)
    return len(body.rows_of(paths.ROOT, LinkId(group)))


def supervise(ruth: Sitting, record: RecordId) -> None:
    """Hold the supervision: rate each area, keep the other view, decide."""
    areas, chapters = count_rows(ruth, record, "domain"), count_rows(ruth, record, "chapter-in")
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
    ruth.write(
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
    )
    ruth.sign(record)
