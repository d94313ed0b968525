"""Files go with the words that name them, wherever those come to stand."""

from __future__ import annotations

import hashlib

from sync.sealing import Sealer
from tests.support.chance import CountingIds, StillClock
from tests.support.stored import NOON, TOLLAND, WORKER, a_body, a_gist, a_head, a_page
from workbook_desktop.domain.ids import FieldPath, RecordId
from workbook_desktop.domain.records import Answer, State
from workbook_desktop.store.store import Store

VISIT = RecordId("seen")
FILE = b"a drawing"
HASH = hashlib.sha256(FILE).hexdigest()


def test_a_file_of_an_edit_that_became_a_late_addition_goes_with_the_addition(store: Store) -> None:
    port, sealer = store.sync_port(), Sealer(StillClock(), CountingIds())
    port.apply_page(a_page(a_head(VISIT, note="Seen.")))
    store.attached.put(TOLLAND, VISIT, FILE)
    picture = Answer(value={"contentType": "image/png", "size": len(FILE), "hash": HASH})
    body = a_body(note="Seen.").with_answer(FieldPath("picture"), picture)
    store.drafts.keep(VISIT, body, a_gist(), WORKER, NOON)
    store.drafts.release(VISIT, by=WORKER, at=NOON)
    ops = sealer.seal(port.unsent(1)[0]).ops
    port.seal(ops)
    work = port.work_on(VISIT, ops[0].op)
    assert work is not None
    signed = a_head(VISIT, 2, note="Seen twice.", state=State.SIGNED_OFF)
    amended = sealer.amend(work, signed, None, ops)
    assert amended.addition is not None
    assert port.amend(amended)
    assert [each.hash for each in store.attached.to_send(10)] == [HASH]
    assert [each.record for each in store.attached.on_their_way()] == [amended.addition.id]
