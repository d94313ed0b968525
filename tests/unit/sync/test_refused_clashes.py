"""A clash whose op the ICS refused: its words go with the next op, whatever is typed in between.

The simulator found that they stood nowhere in the end.
"""

from __future__ import annotations

from sync.engine import Engine
from tests.support.chance import CountingIds, StillClock
from tests.support.driver import Going, run
from tests.support.ics import MemoryIcs
from tests.support.sync_store import MemorySyncStore
from tests.support.sync_store_contract import TOLLAND, VISIT, saying
from workbook_desktop.domain.ids import WorkerId
from workbook_desktop.domain.records import Body


class _Laptop:
    def __init__(self, ics: MemoryIcs, worker: str) -> None:
        self.store, self.door = MemorySyncStore(ics.clock), ics.door(worker, TOLLAND)
        self.engine = Engine(clock=ics.clock, new_id=CountingIds(worker[:8]))

    def writes(self, body: Body) -> None:
        self.store.write(VISIT, body, family=TOLLAND)

    def runs(self) -> None:
        assert run(self.engine, self.store, self.door).outcome == "complete"


def test_what_was_refused_with_a_clash_is_asked_once_it_can_be() -> None:
    ics = MemoryIcs(StillClock())
    amara, bea = _Laptop(ics, "amara-quill"), _Laptop(ics, "bea-linnet")
    amara.writes(saying(place="home"))
    amara.runs()
    bea.runs()
    amara.writes(saying(place="school"))
    amara.runs()
    bea.writes(saying(place="clinic"))
    going = Going(bea.engine, bea.store, bea.door)
    while going.last != "rebase":
        going.step()
    ics.sees[WorkerId("bea-linnet")] = set()  # the family goes to another worker, for a while
    while going.step() is None:
        pass
    assert [each.code for each in bea.store.parked()] == ["scope-forbidden"]
    ics.sees[WorkerId("bea-linnet")] = {TOLLAND}
    bea.writes(saying(place="school", note="Maisie slept."))
    bea.runs()
    (asked,) = ics.conflicts.values()
    assert asked.mine is not None
    assert asked.mine.value == "clinic"
    bea.writes(saying(place="school", note="Maisie slept. Leo too."))
    bea.runs()
    assert len(ics.conflicts) == 1, "it is asked once"
