"""A worker's real store on a temporary folder, filled with the practice family as by a feed; its gate."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sync.reference_ics.caseload import Caseload
from sync.reference_ics.practice import practice_caseload
from workbook_desktop.domain.changes import Conflict, ConflictKind, FeedItem, FeedPage, RunReport
from workbook_desktop.domain.ids import ConflictId, FieldPath, WorkerId
from workbook_desktop.domain.people import Family, Worker, family_content
from workbook_desktop.domain.records import (
    Answer,
    FormRef,
    Gist,
    Head,
    State,
    body_of,
    content_hash,
    content_of,
)
from workbook_desktop.store import codec
from workbook_desktop.store.keys import FLOOR
from workbook_desktop.store.store import Reading, Store
from workbook_desktop.workspace.worker_desk import WorkerDesk

NOW = datetime(2026, 11, 22, 14, 32, tzinfo=UTC)
PASSPHRASE = "quiet harbour lantern"


class FixedClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.moment = now
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.moment.date()

    def monotonic(self) -> float:
        return self.seconds

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)
        self.seconds += timedelta(**by).total_seconds()


class Ids:
    """Ids that count: the same in every run."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def __call__(self) -> str:
        return f"0199aaaa-0000-7000-8000-{next(self._numbers):012d}"


def reading(clock: FixedClock) -> Reading:
    from workbook_desktop.forms.loader import load
    from workbook_desktop.forms.summary import gist

    def gist_of(head: Head, form: Any) -> Gist:
        return gist(form, body_of(head.content), clock.today()) if form else codec.plain_gist(head)

    return Reading(gist_of=gist_of, load_form=load, vouched=lambda body: body)


def family_head(family: Family, at: datetime) -> Head:
    content = family_content(family)
    return Head(
        id=family.id,  # type: ignore[arg-type]
        type="family",
        family=family.id,
        form=None,
        state=State.SIGNED_OFF,
        chapter="",
        subjects=(),
        content=content,
        version=1,
        hash=content_hash(content),
        created_by=None,
        created_at=at,
        changed_by=None,
        changed_at=at,
    )


def pull(store: Store, caseload: Caseload, clock: FixedClock) -> None:
    """Take the whole caseload, as a first complete run would."""
    port = store.sync_port()
    port.note_scopes([family.id for family in caseload.families], caseload.workers)
    items = [FeedItem(seq=at, kind="form", family=None, form=form) for at, form in enumerate(caseload.forms)]
    heads = [family_head(family, NOW - timedelta(days=200)) for family in caseload.families]
    items += [
        FeedItem(seq=1000 + at, kind="record", family=head.family, head=head)
        for at, head in enumerate([*heads, *caseload.records])
    ]
    port.apply_page(FeedPage(items=tuple(items), cursor="c1", epoch="e1", more=False))
    port.note_run(
        RunReport(
            started=clock.now() - timedelta(hours=5, minutes=38),
            ended=clock.now() - timedelta(hours=5, minutes=37),
            outcome="complete",
            complete_pull=True,
        )
    )


class StoreGate:
    """The application's gate over a real store without a device secret, as practice has it."""

    worker_name = "Amara Quill"
    practice = True
    hint = ""

    def __init__(self, folder: Path, clock: FixedClock, worker_id: str = "w-amara-quill") -> None:
        self.folder, self.clock, self.new_id = folder, clock, Ids()
        self.caseload = practice_caseload(clock.today())
        self.worker: Worker = next(each for each in self.caseload.workers if each.id == worker_id)
        self.store: Store | None = None
        self.known_waiting: int | None = None
        self.fails_with: Exception | None = None  # what stands in the way of any passphrase

    def create(self) -> StoreGate:
        store = Store.create(
            self.folder,
            PASSPHRASE,
            clock=self.clock,
            new_id=self.new_id,
            keyrings=None,
            reading=reading(self.clock),
            cost=FLOOR,
        )
        pull(store, self.caseload, self.clock)
        store.lock()
        return self

    def exists(self) -> bool:
        return (self.folder / "store.hdr").exists()

    def waiting(self) -> int | None:
        return self.known_waiting

    def unlock(self, passphrase: str) -> WorkerDesk:
        if self.fails_with is not None:
            raise self.fails_with
        self.store = Store.unlock(
            self.folder, passphrase, clock=self.clock, keyrings=None, reading=reading(self.clock)
        )
        return WorkerDesk(self.store, self.worker, self.clock, self.new_id)

    def lock(self) -> None:
        if self.store is not None:
            self.known_waiting = self.store.outbox.standing().waiting
            self.store.lock()
            self.store = None


def a_plan(gate: StoreGate) -> Head:
    """The plan of the practice family, or another of its records that a worker may write in."""
    heads = [head for head in gate.caseload.records if head.form is not None]
    return next((head for head in heads if head.form is not None and head.form.id == "plan"), heads[-1])


def conflicts_come(store: Store, head: Head, paths: tuple[str, ...], *, severe: bool = False) -> None:
    """Bring open conflicts on answers of a record: this worker and a colleague changed each."""
    body = body_of(head.content)
    items = []
    changed = dict(body.answers)
    for at, path in enumerate(paths):
        base = body.answers.get(FieldPath(path))
        said = (
            base.value if base is not None and isinstance(base.value, str) else "Ring the school on Monday."
        )
        mine = Answer(value=f"{said} Hannah asked for mornings.", by=WorkerId("w-amara-quill"))
        theirs = Answer(value=f"Ruth agreed this on Friday. {said}", by=WorkerId("w-bea-linnet"))
        changed[FieldPath(path)] = theirs
        items.append(
            FeedItem(
                seq=5000 + at,
                kind="conflict",
                family=head.family,
                conflict=Conflict(
                    id=ConflictId(f"conflict-{at}"),
                    record=head.id,
                    family=head.family,
                    path=FieldPath(path),
                    kind=ConflictKind.ANSWER,
                    base=base or Answer(value=said),
                    mine=mine,
                    theirs=theirs,
                    mine_by=WorkerId("w-amara-quill"),
                    mine_at=NOW - timedelta(minutes=20),
                    theirs_by=WorkerId("w-bea-linnet"),
                    theirs_at=NOW - timedelta(minutes=10),
                    theirs_version=head.version + 1,
                    severe=severe,
                    state="open",
                ),
            )
        )
    content = content_of(replace(body, answers=changed))
    newer = replace(
        head,
        content=content,
        hash=content_hash(content),
        version=head.version + 1,
        changed_by=WorkerId("w-bea-linnet"),
        changed_at=NOW - timedelta(minutes=10),
        open_conflicts=tuple(ConflictId(f"conflict-{at}") for at in range(len(paths))),
    )
    items.insert(0, FeedItem(seq=4999, kind="record", family=head.family, head=newer))
    store.sync_port().apply_page(FeedPage(items=tuple(items), cursor="c2", epoch="e1", more=False))


def store_thread() -> ThreadPoolExecutor:
    """The one thread that owns a store's connection."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")


VISIT = FormRef(id="visit", version="1.0.0")  # type: ignore[arg-type]
