"""A week of three workers on one family: two of the council, one of another agency who is offline for days.

Every kind of edit happens, on a line that drops answers. On Friday evening all hold the same, nothing waits,
and each was asked just what a person had to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.protocol import Limits, RecordMessage
from sync.reference_ics.caseload import Caseload
from sync.reference_ics.practice import practice_caseload
from tests.support.databases import KINDS
from tests.support.faulty_line import FaultyLine, Line
from tests.support.laptop import NoWindow, office_at
from tests.support.service import IcsClock, RunningIcs, running_ics
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, RecordId, RowId
from workbook_desktop.domain.records import (
    Answer,
    Body,
    Row,
    State,
    Value,
    body_of,
    canonical_json,
    content_hash,
    content_of,
)
from workbook_desktop.workspace.views import OpenConflict, OpenRecord

pytestmark = [
    pytest.mark.usefixtures("database_kind"),
    pytest.mark.parametrize("database_kind", KINDS, indirect=True, scope="module"),
]

TOLLAND = FamilyId("f-tolland")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONTINGENCY, GOAL = FieldPath("safety.contingency"), FieldPath("plan.goal")
PARENTS, CHILDREN = FieldPath("network.parents"), FieldPath("network.children")
CONTENT, WORDS = FieldPath("note.content"), FieldPath("note.words")
OUTCOMES = LinkId("outcomes")


@dataclass
class Person:
    """A worker with a laptop on a line of their own, and what they were asked."""

    name: str
    line: FaultyLine
    client: NoWindow
    asked: list[str] = field(default_factory=list)

    def opens(self, record: RecordId) -> OpenRecord:
        return self.client.do(lambda: self.client.desk.open(record))

    def changes(self, record: RecordId, change: Callable[[Body], Body], *, send: bool = True) -> None:
        """Type, and finish the draft."""

        def job() -> None:
            before = self.client.desk.open(record).body
            self.client.desk.keep(record, change(before), before)
            if send:
                self.client.desk.send(record)

        self.client.do(job)

    def writes(self, record: RecordId, path: FieldPath, value: Value, *, send: bool = True) -> None:
        self.changes(record, lambda body: body.with_answer(path, self.said(value)), send=send)

    def said(self, value: Value) -> Answer:
        at = self.client.clock.now().isoformat()
        return Answer(value=value, by=self.client.worker.id, at=at)

    def begins(self, form: str, body: Body | None = None) -> RecordId:
        """Begin a record about the family; `body` is what it says."""

        def job() -> RecordId:
            file = self.client.desk.family(TOLLAND)
            ref = next(ref for ref, _ in file.forms if ref.id == form)
            return self.client.desk.start(ref, TOLLAND, ()).record

        record = self.client.do(job)
        if body is not None:
            self.changes(record, lambda _: body)
        return record

    def signs(self, record: RecordId) -> None:
        def job() -> None:
            opened = self.client.desk.open(record)
            self.client.desk.sign_off(record, content_hash(content_of(opened.body)))

        self.client.do(job)

    def connects(self, *, line: Line = Line.GOOD, outcome: str = "complete") -> Any:
        """Exchange once; on a bad line nothing comes of it, and nothing is lost."""
        self.line.line = line
        report = self.client.exchange()
        self.line.line = Line.GOOD
        assert report.outcome == outcome, (self.name, report)
        return report

    def undecided(self, record: RecordId) -> list[OpenConflict]:
        return [each for each in self.opens(record).conflicts if each.chosen is None]

    def decides(self, record: RecordId, choose: Callable[[OpenConflict], tuple[str, str | None]]) -> None:
        """Settle what is open of a record, and note what it was."""
        for each in self.undecided(record):
            self.asked.append(f"{each.path.split('/')[0]}: {each.mine} | {each.theirs}")
            choice, text = choose(each)
            self.client.do(
                lambda each=each, choice=choice, text=text: self.client.desk.settle(
                    each.id, choice, text, "We spoke."
                )
            )


@dataclass
class Week:
    """The service, the three, and the family's plan."""

    ics: RunningIcs
    clock: IcsClock
    amara: Person
    joss: Person
    sunil: Person
    plan: RecordId
    note: Body  # a whole case note, nothing missing

    @property
    def people(self) -> list[Person]:
        return [self.amara, self.joss, self.sunil]

    def settles_down(self) -> None:
        for _ in range(4):
            for each in self.people:
                each.connects()

    def next_day(self) -> None:
        self.clock.forward(days=1)

    def office_has(self, record: RecordId) -> list[RecordMessage]:
        with self.ics_of(self.amara) as ics:
            return ics.history(record).revisions

    def ics_of(self, person: Person) -> Any:
        from contextlib import closing

        return closing(person.client.ics())


@pytest.fixture
def week(tmp_path: Path, database_kind: str) -> Iterator[Week]:
    clock = IcsClock(MONDAY)
    caseload = practice_caseload(MONDAY.date())
    (tmp_path / "ics").mkdir()
    with running_ics(
        tmp_path / "ics", caseload=caseload, clock=clock, limits=Limits(ops=3, page_items=20)
    ) as ics:
        yield from _week(tmp_path, ics, clock, caseload)


def _week(folder: Path, ics: RunningIcs, clock: IcsClock, caseload: Caseload) -> Iterator[Week]:
    workers = {each.id: each for each in caseload.workers}
    people = []
    for name in ("amara-quill", "joss-penn", "sunil-marsh"):
        line = FaultyLine(ics.base_url)
        way = office_at(line.url, ics.secret)
        client = NoWindow(folder / name, way, workers[f"w-{name}"], clock=clock)  # type: ignore[index]
        people.append(Person(name, line, client))
    plan = next(
        each.id
        for each in caseload.records
        if each.form and each.form.id == "plan" and each.family == TOLLAND
    )
    note = next(
        body_of(each.content)
        for each in reversed(caseload.records)
        if each.form and each.form.id == "case-note" and each.family == TOLLAND
    )
    found = Week(ics, clock, *people, plan, note)
    try:
        found.settles_down()
        yield found
    finally:
        for each in people:
            each.client.close()
            each.line.close()


def test_a_week_of_every_kind_of_edit_ends_with_all_holding_the_same(week: Week) -> None:
    amara, joss, sunil, plan = week.amara, week.joss, week.sunil, week.plan
    outcomes = amara.opens(plan).body.rows_of(paths.ROOT, OUTCOMES)
    what, how = LinkId("outcome.what"), LinkId("outcome.how")

    # Monday: nobody has a connection. Each begins something, and all three have the plan open.
    visit_note = amara.begins("case-note", week.note.with_answer(CONTENT, amara.said("Leo was at nursery.")))
    call = joss.begins("case-note", week.note.with_answer(CONTENT, joss.said("Rang the school.")))
    session = sunil.begins("chapter-substance")
    sunil.writes(session, FieldPath("work.did"), "Talked about the weekend.")
    sunil.writes(plan, PARENTS, "Darren wants the evenings clear.")
    sunil.writes(plan, GOAL, "Sunil: three months without use at home.")
    amara.connects(line=Line.CUT, outcome="ics-unreachable")

    # Tuesday: the two of the council change different things of the plan, and one thing of it differently.
    week.next_day()
    amara.writes(plan, CHILDREN, "Maisie wants it quiet.")
    amara.writes(plan, CONTINGENCY, "Amara: contact stops that day.")
    joss.writes(plan, CONTINGENCY, "Joss: the aunt takes the children.")
    first = RowId("0199bbbb-0000-7000-8000-000000000001")
    row = paths.row(paths.ROOT, OUTCOMES, first)
    joss.changes(
        plan,
        lambda body: body.with_row(row, Row(ord="z")).with_answer(
            paths.child(row, what), joss.said("Leo goes to nursery each day.")
        ),
    )
    amara.connects()
    joss.connects(line=Line.HTML, outcome="not-the-ics")
    joss.connects()
    amara.connects()

    # Wednesday: a row taken away against a change of it; sentences apart in one text; a decision.
    week.next_day()
    amara.changes(plan, lambda body: body.without_row(outcomes[0]))
    joss.writes(plan, paths.child(outcomes[0], how), "Seen at two visits. The school says so.")
    base = "One visit was kept. The kitchen was clean. School has rung. Bedtime is calm."
    amara.writes(visit_note, CONTENT, base)
    amara.connects()
    joss.connects()
    joss.writes(visit_note, CONTENT, base.replace("One visit was kept.", "Both visits were kept."))
    amara.writes(visit_note, CONTENT, base.replace("Bedtime is calm.", "Bedtime is hard."))
    joss.connects()
    met = amara.connects()
    assert met.combined >= 1
    assert amara.opens(visit_note).body.answers[CONTENT].value == (
        "Both visits were kept. The kitchen was clean. School has rung. Bedtime is hard."
    )
    joss.connects()

    # Thursday: the specialist is back on a network after three days; two answers cross.
    week.next_day()
    joss.decides(plan, lambda each: ("both", None) if each.can_keep_both else ("theirs", None))
    joss.connects()
    amara.connects()
    amara.writes(plan, GOAL, "Amara: the children sleep through the night.")
    amara.connects()
    sunil.connects(line=Line.CUT, outcome="ics-unreachable")
    sunil.connects()
    assert [each.path for each in sunil.undecided(plan)] == [
        GOAL
    ]  # both texts are with everybody before anyone has chosen
    assert sunil.opens(plan).body.answers[PARENTS].value == "Darren wants the evenings clear."

    # Friday: the decision, a signature, and an edit that comes after it.
    week.next_day()
    amara.connects()
    amara.decides(plan, lambda each: ("new", "Three months without use; the children sleep."))
    amara.connects()
    joss.connects()
    joss.writes(visit_note, WORDS, "“He can stay till tea.”")
    amara.signs(visit_note)
    amara.connects()
    joss.connects()
    assert joss.opens(visit_note).state is State.SIGNED_OFF
    joss.signs(call)
    week.settles_down()

    # All hold the same, byte for byte, and nothing waits.
    records = {each.record for each in sunil.client.do(lambda: sunil.client.desk.family(TOLLAND)).records}
    assert {visit_note, call, session, plan} <= records
    for record in sorted(records):
        heads = [each.client.held(record).head for each in week.people]
        last = week.office_has(record)[-1]
        assert {head.hash for head in heads if head is not None} == {last.hash}, record
        assert len({canonical_json(head.content) for head in heads if head is not None}) == 1
        versions = [each.version for each in week.office_has(record)]
        assert versions == list(range(1, len(versions) + 1))
    for each in week.people:
        counts = each.client.do(each.client.desk.counts)
        assert (counts.waiting, counts.not_accepted, counts.decisions) == (0, 0, 0), each.name

    # Nothing anybody typed is nowhere.
    told = everything(week, records)
    for text in (
        "Darren wants the evenings clear",
        "Maisie wants it quiet",
        "contact stops that day",
        "the aunt takes the children",
        "Leo goes to nursery each day",
        "The school says so",
        "three months without use at home",
        "He can stay till tea",
        "Talked about the weekend",
    ):
        assert text in told, text

    # The edit that came too late stands beside what was signed.
    late = [
        each
        for each in records
        if (head := joss.client.held(each).head) is not None and head.amends == visit_note
    ]
    assert len(late) == 1
    assert amara.opens(late[0]).body.answers[WORDS].value == "“He can stay till tea.”"
    assert WORDS not in amara.opens(visit_note).body.answers or (
        amara.opens(visit_note).body.answers[WORDS].value != "“He can stay till tea.”"
    )

    # What each was asked: what a machine must not decide, and nothing else.
    assert sorted(each.split(":")[0] for each in joss.asked) == ["outcomes", "safety.contingency"]
    assert [each.split(":")[0] for each in amara.asked] == ["plan.goal"]
    assert sunil.asked == []


def everything(week: Week, records: set[RecordId]) -> str:
    """All that the office has of these records: every revision, and every conflict there ever was."""
    found = []
    for record in records:
        with week.ics_of(week.amara) as ics:
            history = ics.history(record)
        found += [str((each.answers, each.groups)) for each in history.revisions]
        found += [str((each.mine, each.theirs, each.base)) for each in history.conflicts]
    return "".join(found)
