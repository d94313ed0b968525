"""Two workers, two records, a bad line, laptops that die: no answer is ever nowhere."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sync.engine import Engine
from sync.protocol import Limits, hash_of
from tests.support.chance import CountingIds, StillClock
from tests.support.driver import Going, run
from tests.support.faults import Fault, FaultyIcs
from tests.support.ics import MemoryIcs
from tests.support.sync_store import A_FORM, MemorySyncStore
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import Settlement
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, OpId, RecordId, RowId, WorkerId
from workbook_desktop.domain.records import Answer, Body, Row, State, canonical_json, content_of
from workbook_desktop.forms.definition import Form, Item, Kind

TOLLAND = FamilyId("family-tolland")
RECORDS = [RecordId("visit"), RecordId("plan")]
ROW = paths.row(paths.ROOT, LinkId("actions"), RowId("first"))
PATHS = [FieldPath("place"), FieldPath("note"), paths.child(ROW, LinkId("what"))]
FORM = Form(
    id=A_FORM.id,
    version=A_FORM.version,
    title="Visit",
    items=(Item(link_id=LinkId("note"), kind=Kind.TEXT, text="Note"),),
)
WORKERS = ["amara-quill", "bea-linnet"]

Place = tuple[RecordId, FieldPath]


class _Laptop:
    def __init__(self, ics: MemoryIcs, worker: str) -> None:
        self.worker = WorkerId(worker)
        self.clock = ics.clock
        self.store = MemorySyncStore(ics.clock)
        self.line = FaultyIcs(ics.door(worker, TOLLAND))
        self.new_id = CountingIds(worker[:8])
        self.engine = Engine(clock=ics.clock, new_id=self.new_id, page_items=2)
        self.going: Going | None = None
        self.store.kept.forms[A_FORM] = FORM

    def die(self) -> None:
        """The process ends; what the store kept is there when it starts again."""
        if self.going is not None:
            self.going.kill()
            self.going = None
            self.line.faults.clear()
        self.store = MemorySyncStore(self.clock, self.store.kept)
        self.engine = Engine(clock=self.clock, new_id=self.new_id, page_items=2)

    def body(self, record: RecordId) -> Body:
        return self.store.body(record) or Body()


class TwoLaptops(RuleBasedStateMachine):
    """Invariants I1, I3, I4, I6, I11 at every step; L1 at the end."""

    @initialize(ops=st.sampled_from([1, 2, 100]))
    def begin(self, ops: int) -> None:
        self.ics = MemoryIcs(StillClock(), Limits(ops=ops, page_items=2))
        self.laptops = [_Laptop(self.ics, worker) for worker in WORKERS]
        self.words = 0
        self.typed: dict[tuple[WorkerId, Place], str] = {}  # the newest words of each worker at each place
        self.seen: dict[tuple[WorkerId, Place], set[str | None]] = defaultdict(lambda: {None})
        self.signed: set[str] = set()  # hashes of what a signer saw

    # What happens -------------------------------------------------------------------------------------------

    @rule(
        who=st.sampled_from([0, 1]),
        record=st.sampled_from(RECORDS),
        path=st.sampled_from(PATHS),
        after=st.booleans(),
    )
    def types(self, who: int, record: RecordId, path: FieldPath, after: bool) -> None:
        laptop = self.laptops[who]
        body = laptop.body(record)
        if self._is_closed(laptop, record):
            return
        parent = paths.parent_row(path)
        if parent and parent not in body.rows:
            body = body.with_row(parent, Row(ord="a"))
        self.words += 1
        text = f"word-{self.words}."
        self._look(laptop)
        before = body.answers.get(path)
        if path == "note" and before is not None and before.value is not None:
            told = f"{before.value} {text}" if after else f"{text} {before.value}"
        else:
            told = text
        laptop.store.write(record, body.with_answer(path, Answer(value=told)), family=TOLLAND)
        self.typed[laptop.worker, (record, path)] = text

    @rule(who=st.sampled_from([0, 1]), record=st.sampled_from(RECORDS))
    def takes_the_row_away(self, who: int, record: RecordId) -> None:
        laptop = self.laptops[who]
        body = laptop.body(record)
        if ROW in body.rows and not self._is_closed(laptop, record):
            laptop.store.write(record, body.without_row(ROW), family=TOLLAND)
            self.typed.pop((laptop.worker, (record, PATHS[2])), None)  # thrown away by the one who wrote it

    @rule(who=st.sampled_from([0, 1]), record=st.sampled_from(RECORDS))
    def signs(self, who: int, record: RecordId) -> None:
        laptop = self.laptops[who]
        held = laptop.store.kept.records.get(record)
        if held is None or self._is_closed(laptop, record) or held.clashes:
            return
        if held.head is not None and held.head.open_conflicts:
            return
        body = laptop.body(record)
        self.signed.add(hash_of(content_of(body)))
        laptop.store.write(record, body, family=TOLLAND, signing=True)

    @rule(who=st.sampled_from([0, 1]), choice=st.sampled_from(["mine", "theirs"]), data=st.data())
    def settles(self, who: int, choice: str, data: st.DataObject) -> None:
        laptop = self.laptops[who]
        waiting = [
            each
            for each in laptop.store.kept.conflicts.values()
            if each.state == "open"
            and not self._is_closed(laptop, each.record)
            and not paths.is_row(each.path)
        ]
        if not waiting:
            return
        conflict = data.draw(st.sampled_from(sorted(waiting, key=lambda each: each.id)))
        body = laptop.body(conflict.record)
        parent = paths.parent_row(conflict.path)
        if choice == "mine" and conflict.mine is not None and (not parent or parent in body.rows):
            self._look(laptop)
            body = body.with_answer(conflict.path, conflict.mine)
        chosen = Settlement(conflict=conflict.id, choice=choice)
        laptop.store.write(conflict.record, body, family=TOLLAND, settles=[chosen])
        # A worker who settles has read both texts and let the other words go.
        self.typed.pop((laptop.worker, (conflict.record, conflict.path)), None)

    @rule(who=st.sampled_from([0, 1]), faults=st.lists(st.sampled_from(Fault), max_size=6))
    def exchanges(self, who: int, faults: list[Fault]) -> None:
        laptop = self.laptops[who]
        laptop.die()
        laptop.line.faults.extend(faults)
        run(laptop.engine, laptop.store, laptop.line)
        laptop.line.faults.clear()
        self._look(laptop)

    @rule(who=st.sampled_from([0, 1]), steps=st.integers(1, 12), fault=st.sampled_from(Fault))
    def goes_on_with_an_exchange(self, who: int, steps: int, fault: Fault) -> None:
        """Some calls of a run; what comes next, typing or the colleague's run, comes in its middle."""
        laptop = self.laptops[who]
        if laptop.going is None:
            laptop.going = Going(laptop.engine, laptop.store, laptop.line)
            laptop.line.faults.append(fault)
        for _ in range(steps):
            if laptop.going.step() is not None:
                laptop.going = None
                laptop.line.faults.clear()
                break
        self._look(laptop)

    @rule(
        who=st.sampled_from([0, 1]),
        when=st.sampled_from(["sealed", "push", "feed"]),
        record=st.sampled_from(RECORDS),
        path=st.sampled_from(PATHS),
        colleague=st.booleans(),
    )
    def types_while_it_exchanges(
        self, who: int, when: str, record: RecordId, path: FieldPath, colleague: bool
    ) -> None:
        """Between an answer of the ICS and the store's taking it, say, while the colleague sends
        something."""
        laptop, other = self.laptops[who], self.laptops[1 - who]
        laptop.die()
        laptop.going = Going(laptop.engine, laptop.store, laptop.line)
        while laptop.going.report is None and laptop.going.last != when:
            laptop.going.step()
            if colleague and laptop.going.last == "note-scopes":
                other.die()
                run(other.engine, other.store, other.line)
                self._look(other)
        self.types(who, record, path, True)
        while laptop.going.report is None:
            laptop.going.step()
        laptop.going = None
        self._look(laptop)

    @rule(who=st.sampled_from([0, 1]))
    def dies(self, who: int) -> None:
        self.laptops[who].die()

    # What always holds --------------------------------------------------------------------------------------

    @invariant()
    def no_words_are_nowhere(self) -> None:
        """I1"""
        there = canonical_json(
            {
                "history": [head.content for heads in self.ics.history.values() for head in heads],
                "conflicts": [
                    None if each.mine is None else each.mine.value for each in self.ics.conflicts.values()
                ],
            }
        ).decode()
        for (worker, (record, _)), text in self.typed.items():
            laptop = next(each for each in self.laptops if each.worker == worker)
            kept = [canonical_json(content_of(laptop.body(record))).decode()]
            kept += [op.sealed.bytes_.decode() for op in laptop.store.kept.ops]
            assert any(text in place for place in [there, *kept]), f"{text} of {worker} is nowhere"

    @invariant()
    def nothing_is_overwritten_unseen(self) -> None:
        """I3: who changed an answer had been shown what stood there. Also I6: versions run from 1 without a
        gap."""
        for record, heads in self.ics.history.items():
            assert [head.version for head in heads] == list(range(1, len(heads) + 1))
            for before, after in itertools.pairwise(heads):
                assert after.hash == hash_of(after.content)
                for path in PATHS:
                    stood, stands = _text(before.content, path), _text(after.content, path)
                    if stood == stands or stood is None or after.changed_by is None:
                        continue
                    seen = self.seen[after.changed_by, (record, path)]
                    combined = (
                        path == "note" and stands is not None and set(stood.split()) <= set(stands.split())
                    )
                    assert stood in seen or combined, f"{after.changed_by} never saw {stood}"

    @invariant()
    def what_is_signed_was_read_and_stays(self) -> None:
        """I11"""
        for heads in self.ics.history.values():
            signed = [number for number, head in enumerate(heads) if head.state is State.SIGNED_OFF]
            if signed:
                assert signed == [len(heads) - 1]
                assert heads[-1].hash in self.signed
                assert not heads[-1].open_conflicts

    def teardown(self) -> None:
        """L1: once the line is good, both laptops come to say what the ICS says."""
        if not hasattr(self, "laptops"):
            return
        for laptop in self.laptops:
            laptop.die()
        for _ in range(3):
            for laptop in self.laptops:
                report = run(laptop.engine, laptop.store, laptop.line)
                assert report.outcome == "complete", report
        for laptop in self.laptops:
            assert not laptop.store.sealed(10)
            assert not laptop.store.unsent(10)
            aside = {parked.record: parked.code for parked in laptop.store.parked()}
            assert set(aside.values()) <= {"record-signed-off", "conflict-open"}
            for record, heads in self.ics.history.items():
                head = laptop.store.held(record)[1]
                assert head is not None
                assert (head.version, head.hash) == (heads[-1].version, heads[-1].hash)
                if record not in aside:
                    assert content_of(laptop.body(record)) == heads[-1].content
            for conflict in self.ics.conflicts.values():
                assert laptop.store.kept.conflicts[conflict.id] == conflict
        self.no_words_are_nowhere()
        made: list[OpId] = list(self.ics.accepted)
        assert len(made) == len(set(made)) == sum(len(heads) for heads in self.ics.history.values())  # I4, I5

    # What a worker is shown ---------------------------------------------------------------------------------

    def _look(self, laptop: _Laptop) -> None:
        for record in RECORDS:
            body = laptop.body(record)
            for path in PATHS:
                answer = body.answers.get(path)
                self.seen[laptop.worker, (record, path)].add(None if answer is None else answer.value)
        for conflict in laptop.store.kept.conflicts.values():
            for answer in (conflict.mine, conflict.theirs):
                if answer is not None and isinstance(answer.value, str):
                    self.seen[laptop.worker, (conflict.record, conflict.path)].add(answer.value)

    def _is_closed(self, laptop: _Laptop, record: RecordId) -> bool:
        held = laptop.store.kept.records.get(record)
        signed = held is not None and held.head is not None and held.head.state is State.SIGNED_OFF
        return signed or any(parked.record == record for parked in laptop.store.parked())


def _text(content: Any, path: FieldPath) -> str | None:
    node = content
    segments = paths.split(path)
    for group, row in zip(segments[:-1:2], segments[1::2], strict=True):
        node = node["groups"].get(group, {}).get(row)
        if node is None:
            return None
    answer = node["answers"].get(segments[-1])
    return None if answer is None else answer["v"]


TwoLaptops.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestTwoLaptops = TwoLaptops.TestCase
