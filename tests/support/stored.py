"""What tests of the store build with: a clock to be set by hand, heads, ops, and stores that open fast."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from workbook_desktop.domain.changes import (
    Acknowledged,
    Clash,
    ConflictKind,
    FeedItem,
    FeedPage,
    OpKind,
    Rebased,
    SealedOp,
)
from workbook_desktop.domain.folding import words_of
from workbook_desktop.domain.ids import FamilyId, FieldPath, FormId, OpId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.records import Answer, Body, FormRef, Gist, Head, State, content_hash, content_of
from workbook_desktop.store import header, keys
from workbook_desktop.store.finding import Wanted
from workbook_desktop.store.records import RecordRow
from workbook_desktop.store.store import PLAIN, Reading, Store

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSPHRASE = "three tall swans by the canal"
STORE_ID = "0196-store"
WORKER = WorkerId("worker-robin")
TOLLAND = FamilyId("family-tolland")
MAISIE, JAYDEN = PersonId("person-maisie"), PersonId("person-jayden")
VISIT = FormRef(id=FormId("F1"), version="1")


class HandClock:
    """A clock that moves when it is told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.moment = now

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.moment

    def today(self) -> date:
        """Return its date."""
        return self.moment.date()

    def monotonic(self) -> float:
        """Return seconds that move with it."""
        return self.moment.timestamp()

    def pass_(self, seconds: float) -> datetime:
        """Move on and return the new moment."""
        self.moment += timedelta(seconds=seconds)
        return self.moment


@dataclass
class Template:
    """A finished store that tests copy: opening a copy takes no key derivation."""

    folder: Path
    key: bytes

    @classmethod
    def make(cls, around: Path) -> Template:
        """Make the store that all are copies of."""
        folder = around / "template"
        Store.create(
            folder,
            PASSPHRASE,
            clock=HandClock(),
            new_id=lambda: STORE_ID,
            keyrings=None,
            cost=keys.FLOOR,
        ).lock()
        found = header.read(folder).headers[0]
        key = keys.unwrap(found, found.slots[0], PASSPHRASE, None)
        assert key is not None
        return cls(folder, key)

    def copy(self, folder: Path) -> Path:
        """Put a copy at a path."""
        shutil.copytree(self.folder, folder)
        return folder

    def open(self, folder: Path, clock: HandClock, reading: Reading = PLAIN) -> Store:
        """Open a copy."""
        return Store.opened(folder, header.read(folder).headers[0], self.key, clock=clock, reading=reading)


def a_body(**answers: str) -> Body:
    """Return a body of text answers."""
    return Body(answers={FieldPath(name): Answer(value=text) for name, text in answers.items()})


def a_gist(title: str = "Home visit", text: str = "") -> Gist:
    """Return a gist of the day."""
    return Gist(title=title, occurred_on=NOON.date(), search_text=text)


def search(store: Store, text: str) -> list[RecordRow]:
    """Return the records that say every word of a text."""
    words = tuple(words_of(text))
    return store.finding.records(Wanted(words=words), 50) if words else []


def begin(store: Store, record: str = "r1", at: datetime = NOON, **answers: str) -> RecordId:
    """Begin a visit to the Tollands and return its id."""
    store.drafts.begin(
        RecordId(record),
        family=TOLLAND,
        form=VISIT,
        chapter="social-work",
        subjects=(MAISIE,),
        body=a_body(**answers),
        gist=a_gist(text=" ".join(answers.values())),
        by=WORKER,
        at=at,
    )
    return RecordId(record)


def keep(store: Store, record: RecordId, at: datetime = NOON, **answers: str) -> None:
    """Type into a record."""
    store.drafts.keep(record, a_body(**answers), a_gist(text=" ".join(answers.values())), WORKER, at)


def a_head(record: str = "r1", version: int = 1, *, state: State = State.DRAFT, **answers: str) -> Head:
    """Return a visit as the ICS has it."""
    return head_with(record, version, content_of(a_body(**answers)), state=state)


def head_with(
    record: str, version: int, content: Mapping[str, Any], *, state: State = State.DRAFT, type: str = "form"
) -> Head:
    """Return a record as the ICS has it, with any content."""
    return Head(
        id=RecordId(record),
        type=type,
        family=TOLLAND,
        form=VISIT if type == "form" else None,
        state=state,
        chapter="social-work",
        subjects=(MAISIE,),
        content=content,
        version=version,
        hash=content_hash(content),
        created_by=WORKER,
        created_at=NOON,
        changed_by=WorkerId("worker-sam"),
        changed_at=NOON + timedelta(minutes=version),
    )


def a_page(*heads: Head, cursor: str = "c1", more: bool = False) -> FeedPage:
    """Return a page of the feed that brings these."""
    return FeedPage(
        items=tuple(
            FeedItem(seq=number, kind="record", family=head.family, head=head)
            for number, head in enumerate(heads, 1)
        ),
        cursor=cursor,
        epoch="e1",
        more=more,
    )


def an_op(
    store: Store, record: RecordId, op: str = "op-1", kind: OpKind = OpKind.UPDATE, after: str | None = None
) -> SealedOp:
    """Return an op that says what the record says here now."""
    local = store.records.held(record).shown
    return SealedOp(
        op=OpId(op),
        record=record,
        kind=kind,
        after=OpId(after) if after else None,
        bytes_=f'{{"op_id":"{op}"}}'.encode(),
        content=content_of(local),
        state=State.SIGNED_OFF if kind is OpKind.TRANSITION else None,
    )


def a_clash(mine: str, *, base: str | None = None) -> Clash:
    """Return a clash about the note, which a colleague has changed."""
    return Clash(
        path=FieldPath("note"),
        kind=ConflictKind.ANSWER,
        base=None if base is None else Answer(value=base),
        mine=Answer(value=mine),
        theirs=Answer(value="a colleague's"),
    )


def bring_over(store: Store, made: SealedOp, op: str, *clashes: Clash) -> SealedOp:
    """Merge a sealed op with a colleague's version 2 as if these had clashed; return the next op."""
    port = store.sync_port()
    assert port.work_on(made.record, made.op) is not None
    following = an_op(store, made.record, op)
    port.rebase(
        Rebased(
            record=made.record,
            replaces=(made.op,),
            head=a_head(made.record, 2, note="a colleague's"),
            local=a_body(note="a colleague's", more="mine"),
            clashes=clashes,
            combined=(),
            next_op=following,
        )
    )
    return following


def acknowledged(op: SealedOp, version: int, *, state: State = State.DRAFT) -> Acknowledged:
    """Return the answer of an ICS that took the op as it was."""
    assert op.content is not None
    head = head_with(op.record, version, op.content, state=state)
    return Acknowledged(op=op.op, record=op.record, head=head)
