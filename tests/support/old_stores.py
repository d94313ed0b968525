"""Makes the store files of `tests/data`: one for each schema that was ever shipped, never made again.

``python -m tests.support.old_stores 1 FOLDER`` fills a store with what must survive every migration: a record
as the office has it, a draft, work that waits to be sent, an op that is sealed, one that was refused, a
conflict; since schema 9 also a text that clashed and is on its way as a proposal.
A file once committed stays as it is: it stands for laptops in use.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from tests.support.stored import (
    NOON,
    PASSPHRASE,
    STORE_ID,
    TOLLAND,
    HandClock,
    a_clash,
    a_head,
    a_page,
    an_op,
    begin,
    bring_over,
    keep,
)
from workbook_desktop.domain.changes import Conflict, ConflictKind, FeedItem, FeedPage, OpKind, Parked
from workbook_desktop.domain.ids import ConflictId, FieldPath, OpId, RecordId, WorkerId
from workbook_desktop.domain.records import Answer
from workbook_desktop.store import ballast, keys, schema, store
from workbook_desktop.store.store import Store


def make(folder: Path, version: int) -> None:
    """Make a store as the Workbook with this schema left it, closed."""
    every = schema.migrations

    def up_to() -> list[tuple[int, str]]:
        return [each for each in every() if each[0] <= version]

    schema.migrations = up_to
    try:
        found = Store.create(
            folder,
            PASSPHRASE,
            clock=HandClock(),
            new_id=lambda: STORE_ID,
            keyrings=None,
            cost=keys.FLOOR,
        )
        fill(found)
        if version >= 9:
            fill_in_a_clash(found)
        found.lock()
    finally:
        schema.migrations = every
    for name in (ballast.FILE, store.LOCK):
        (folder / name).unlink(missing_ok=True)


def fill(found: Store) -> None:
    """Put in what must survive."""
    port = found.sync_port()
    port.apply_page(
        a_page(
            a_head("seen", note="As the office has it."),
            a_head("edited", note="Before."),
            a_head("refused", note="Before."),
        )
    )
    begin(found, "draft", note="Only typed.")
    keep(found, RecordId("edited"), NOON + timedelta(minutes=1), note="Typed over it.")
    begin(found, "waiting", note="Released.")
    found.drafts.release(RecordId("waiting"), by=WorkerId("worker-robin"), at=NOON)
    begin(found, "sealed", note="On its way.")
    found.drafts.release(RecordId("sealed"), by=WorkerId("worker-robin"), at=NOON)
    port.seal([an_op(found, RecordId("sealed"), "op-sealed", OpKind.CREATE)])
    keep(found, RecordId("refused"), NOON, note="Too late.")
    found.drafts.release(RecordId("refused"), by=WorkerId("worker-robin"), at=NOON)
    port.seal([an_op(found, RecordId("refused"), "op-refused")])
    port.park(Parked(op=OpId("op-refused"), record=RecordId("refused"), code="record-signed-off"))
    conflict = Conflict(
        id=ConflictId("conflict-1"),
        record=RecordId("edited"),
        family=TOLLAND,
        path=FieldPath("other"),
        kind=ConflictKind.ANSWER,
        base=None,
        mine=Answer(value="Mine."),
        theirs=Answer(value="Theirs."),
        mine_by=WorkerId("worker-robin"),
        mine_at=NOON,
        theirs_by=WorkerId("worker-sam"),
        theirs_at=NOON,
        theirs_version=1,
        severe=False,
        state="open",
    )
    item = FeedItem(seq=99, kind="conflict", family=TOLLAND, conflict=conflict)
    port.apply_page(FeedPage(items=(item,), cursor="c2", epoch="e1", more=False))


def fill_in_a_clash(found: Store) -> None:
    """Put in a text that met a colleague's and that the office does not have yet."""
    found.sync_port().apply_page(a_page(a_head("clashed", note="Before.")))
    keep(found, RecordId("clashed"), NOON, note="Ours.")
    found.drafts.release(RecordId("clashed"), by=WorkerId("worker-robin"), at=NOON)
    made = an_op(found, RecordId("clashed"), "op-clashed")
    found.sync_port().seal([made])
    bring_over(found, made, "op-with-it", a_clash("Ours.", base="Before."))


if __name__ == "__main__":
    make(Path(sys.argv[2]), int(sys.argv[1]))
    print(sorted(each.name for each in Path(sys.argv[2]).iterdir()))
