"""What records ask to be read, what a worker has opened, and the dates that are kept beside records."""

from __future__ import annotations

from datetime import date

from tests.support import stored
from tests.support.stored import TOLLAND, acknowledged, an_op, begin, keep
from workbook_desktop.domain.changes import OpKind
from workbook_desktop.domain.ids import FamilyId, FormId, RecordId, WorkerId
from workbook_desktop.domain.outputs import Derived, Given
from workbook_desktop.domain.records import State, content_hash, content_of
from workbook_desktop.store.derived import KeptDue
from workbook_desktop.store.store import Store

R1 = RecordId("r1")
SAM, BEA = WorkerId("worker-sam-2"), WorkerId("worker-bea")
DUE = KeptDue(
    person=stored.MAISIE,
    what="Child protection visit",
    on=date(2026, 12, 4),
    state="in time",
    overdue=False,
    steps=("Last visit that counts: 20 November 2026.",),
    form=FormId("visit"),
    owner="social worker",
    about="",
    runs_out=False,
)


def come(store: Store, record: str = "r1", version: int = 1, *, state: State = State.SIGNED_OFF) -> None:
    """Have a record come from the office, signed by another worker."""
    page = stored.a_page(stored.a_head(record, version, state=state, note="x"), cursor=f"{record}-{version}")
    store.sync_port().apply_page(page)


def read(store: Store, words: str = "Medicine is not locked away.", *, kind: str = "note") -> None:
    """Read what is to be read: each record gives one line."""
    for each in store.derived.behind(TOLLAND):
        line = Given(
            kind=kind, id="line", number=0, date=date(2026, 11, 20), people=(), parts={"words": words}
        )
        store.derived.put(each, store.derived.text(each), Derived(given=(line,)))


def to_read(store: Store, reader: WorkerId = SAM) -> list[str]:
    return [f"{origin.record}: {note.text('words')}" for origin, _, note in notes(store, reader)]


def notes(store: Store, reader: WorkerId) -> list[tuple]:  # type: ignore[type-arg]
    return list(store.derived.notes((TOLLAND,), reader))


def look(store: Store, record: RecordId = R1, reader: WorkerId = SAM) -> None:
    store.derived.look(record, reader, stored.NOON)


def test_a_note_is_to_be_read_until_its_record_is_opened_and_by_each_worker(store: Store) -> None:
    come(store)
    read(store)
    assert to_read(store) == ["r1: Medicine is not locked away."]
    look(store)
    assert to_read(store) == []
    assert to_read(store, BEA) == ["r1: Medicine is not locked away."]


def test_a_record_that_says_something_new_is_to_be_read_again_in_its_newest_words(store: Store) -> None:
    come(store)
    read(store)
    look(store)
    come(store, version=2)
    read(store, "It is locked away now.")
    assert to_read(store) == ["r1: It is locked away now."]
    look(store)
    assert to_read(store) == []


def test_what_was_superseded_asks_nobody_and_what_took_its_place_does(store: Store) -> None:
    come(store)
    read(store)
    come(store, version=2, state=State.SUPERSEDED)
    come(store, "r2")
    read(store, "It is locked away now.")
    assert to_read(store) == ["r2: It is locked away now."]


def test_nobody_is_asked_to_read_their_own_words(store: Store) -> None:
    come(store)
    read(store)
    assert to_read(store, stored.WORKER) == []  # who began it
    assert to_read(store, WorkerId("worker-sam")) == []  # who changed it last


def test_what_was_signed_here_is_read_by_another_at_once_and_once(store: Store) -> None:
    begin(store, "r1", note="one")
    seen = content_hash(content_of(store.records.held(R1).shown))
    store.drafts.release(R1, by=stored.WORKER, at=stored.NOON, sign_off_hash=seen)
    read(store)
    assert len(to_read(store)) == 1
    look(store)
    assert to_read(store) == []
    op = an_op(store, R1, kind=OpKind.CREATE)
    store.sync_port().seal([op])
    store.sync_port().acknowledge([acknowledged(op, 1, state=State.SIGNED_OFF)])
    read(store)
    assert len(to_read(store)) == 1  # the office's version is another than the one that was open


def test_newest_first_and_no_other_familys(store: Store) -> None:
    for record in ("r1", "r2"):
        come(store, record)
    read(store)
    assert [line[:2] for line in to_read(store)] == ["r2", "r1"]
    assert store.derived.notes((FamilyId("family-other"),), SAM) == []


def test_opening_what_asks_nobody_writes_nothing(store: Store) -> None:
    come(store)
    read(store, kind="chronology")
    before = store.derived.changes()
    look(store)
    look(store, RecordId("unknown"))
    assert store.derived.changes() == before


def test_dates_come_back_as_they_were_kept(store: Store) -> None:
    assert store.derived.dues(TOLLAND) is None
    assert store.derived.dues_stamp(TOLLAND) is None
    store.derived.put_dues(TOLLAND, "today", (DUE,))
    assert store.derived.dues(TOLLAND) == ("today", (DUE,))
    assert store.derived.dues_stamp(TOLLAND) == "today"


def test_dates_that_another_workbook_kept_are_worked_out_again(store: Store) -> None:
    store.derived.put_dues(TOLLAND, "today", (DUE,))
    store._db.execute('UPDATE due SET detail = CAST(\'{"dues":[{"other":1}]}\' AS BLOB)')
    assert store.derived.dues(TOLLAND) is None


def test_dates_are_to_be_worked_out_again_when_something_happened_or_goes(store: Store) -> None:
    come(store)
    store.derived.put_dues(TOLLAND, "today", (DUE,))
    read(store)  # a note is nothing that clocks look at
    assert store.derived.dues_stamp(TOLLAND) == "today"
    come(store, version=2)
    read(store, kind="happening")
    assert store.derived.dues(TOLLAND) == ("", (DUE,))
    store.derived.put_dues(TOLLAND, "today", ())
    come(store, version=3, state=State.SUPERSEDED)
    assert store.derived.dues_stamp(TOLLAND) == ""


def test_dates_are_worked_out_again_when_a_draft_is_thrown_away(store: Store) -> None:
    begin(store, "r1", note="one")
    read(store, kind="happening")
    store.derived.put_dues(TOLLAND, "today", (DUE,))
    keep(store, R1, note="two")
    assert store.drafts.discard(R1)
    assert store.derived.dues_stamp(TOLLAND) == ""
