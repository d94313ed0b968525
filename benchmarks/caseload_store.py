"""A large caseload in one store: the home page, a family's file, and what records give, worked out ahead.

Forty families with 150 signed visits each, three children to a family as far as it has them: far more than
one worker has, about what a team manager's laptop may hold.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, percentile
from sync.reference_ics.generate import generate, records_of_4_kb
from workbook_desktop.app.machine import SystemClock, system_ids
from workbook_desktop.app.reading import gist_of
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.ids import FamilyId, FormId, RecordId
from workbook_desktop.domain.people import Family, Worker, family_content
from workbook_desktop.domain.records import Content, FormRef, Head, State, content_hash
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.store.keys import FLOOR
from workbook_desktop.store.store import Reading, Store
from workbook_desktop.workspace.ahead import SLICE
from workbook_desktop.workspace.views import CaughtUp
from workbook_desktop.workspace.worker_desk import WorkerDesk

FAMILIES, VISITS = 40, 150
VISIT = FormRef(id=FormId("visit"), version="1.1.0")
PASSPHRASE = "saltmarsh lantern otter quay"
WHERE = f"{FAMILIES} families, {VISITS} visits each"


def heads(families: tuple[Family, ...], worker: Worker) -> Iterator[Head]:
    """Yield the families and their visits, ten days apart, the newest a week old."""
    now = datetime.now(UTC)
    for number, family in enumerate(families):
        content = family_content(family)
        yield head_of(RecordId(family.id), "family", family.id, content, now, None)
        for at, visit in enumerate(records_of_4_kb(VISITS, number, family=family.id)):
            day = now - timedelta(days=7 + 10 * at)
            said = _on(visit.content, day, family)
            head = head_of(visit.id, "form", family.id, said, day, worker)
            yield replace(head, form=VISIT, subjects=tuple(child.id for child in family.children))


def _on(content: Content, day: datetime, family: Family) -> Content:
    """Return a visit on another day, to every child of a family."""
    answers = dict(content["answers"]) | {"visit.date": {"v": day.date().isoformat()}}
    ((key, row),) = content["groups"]["children"].items()
    rows = {}
    for at, child in enumerate(family.children):
        about = {"child.person": {"v": {"reference": f"Person/{child.id}", "display": child.name}}}
        rows[f"{key}-{at}"] = dict(row) | {"ord": f"a{at}", "answers": dict(row["answers"]) | about}
    return {"answers": answers, "groups": {"children": rows}}


def head_of(
    id_: RecordId, type_: str, family: FamilyId, content: Content, at: datetime, by: Worker | None
) -> Head:
    author = by.id if by is not None else None
    return Head(
        id=id_,
        type=type_,
        family=family,
        form=None,
        state=State.SIGNED_OFF,
        chapter="child" if by is not None else "",
        subjects=(),
        content=content,
        version=1,
        hash=content_hash(content),
        created_by=author,
        created_at=at,
        changed_by=author,
        changed_at=at,
        signed_by=author,
        signed_at=at if by is not None else None,
    )


def filled(folder: Path, families: int = FAMILIES) -> tuple[Store, WorkerDesk]:
    """Return a new store with the whole caseload in it, as a first pull leaves it."""
    clock = SystemClock()
    caseload = generate(families=families, seed=7, today=clock.today())
    manager, author = caseload.workers[0], caseload.workers[1]
    store = Store.create(
        folder,
        PASSPHRASE,
        clock=clock,
        new_id=system_ids(clock),
        keyrings=None,
        reading=Reading(gist_of=gist_of, load_form=load, vouched=lambda body: body),
        cost=FLOOR,
    )
    port = store.sync_port()
    port.note_scopes([family.id for family in caseload.families], caseload.workers)
    items = [FeedItem(seq=at, kind="form", family=None, form=form) for at, form in enumerate(core_forms())]
    items += [
        FeedItem(seq=1000 + at, kind="record", family=head.family, head=head)
        for at, head in enumerate(heads(caseload.families, author))
    ]
    for start in range(0, len(items), 500):
        page = tuple(items[start : start + 500])
        port.apply_page(FeedPage(items=page, cursor=f"c{start}", epoch="e1", more=True))
    return store, WorkerDesk(store, manager, clock, system_ids(clock))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Milliseconds, each time something was done."""

    homes: list[float]
    searches: list[float]  # one for each letter typed
    cold: list[float]  # a family's file, nothing worked out ahead
    warm: list[float]  # the same, worked out ahead
    workbooks: list[float]  # the first look at a family's workbook, worked out ahead
    slices: list[float]  # of working out ahead


def spent(families_here: int = FAMILIES, slice_: float = SLICE) -> Spent:
    """Measure from the moment a first pull is complete. `slice_`: seconds of one slice of working ahead."""
    with tempfile.TemporaryDirectory() as place:
        store, desk = filled(Path(place) / "store", families_here)
        families = store.records.families()
        cold = [_spent(partial(desk.family, family.id)) for family in families[:5]]
        slices: list[float] = []
        more = CaughtUp(families_left=len(families), changed=False)
        desk._ahead.begin()
        while not more.is_over:
            began = time.perf_counter()
            more = desk._ahead.some(slice_)
            slices.append((time.perf_counter() - began) * 1000)
        found = Spent(
            homes=[_spent(desk.home) for _ in range(20)],
            searches=[_spent(partial(desk.search, text)) for text in _typed(families)],
            cold=cold,
            warm=[_spent(partial(desk.family, family.id)) for family in families[5:]],
            workbooks=[_spent(partial(desk.workbook, family.id)) for family in families[5:]],
            slices=slices,
        )
        store.lock()
    return found


def _typed(families: Sequence[Family]) -> Iterator[str]:
    """Yield what stands in the field after each letter of names, words, days and things to do."""
    people = [family.people[0].name for family in families[:4]]
    words = ["school", "bedroom matt", "27 march", "march 2026", "new home visit", "no new inj"]
    about = f"{people[0].split()[0]} visit"
    for text in (*people, *words, about, f"chronology {families[5].name}"):
        yield from (text[:many].lower() for many in range(1, len(text) + 1))


def measure() -> list[Figure]:
    """Return the figures of a team's caseload."""
    found = spent()
    return [
        _figure(
            "home page's lists", percentile(found.homes, 0.95), 200, f"p95 of {len(found.homes)}; {WHERE}"
        ),
        _figure(
            "search as you type, a team's caseload",
            percentile(found.searches, 0.95),
            50,
            f"p95 of {len(found.searches)} letters, longest {max(found.searches):.0f}; {WHERE}",
        ),
        _figure(
            "a family's file, worked out ahead",
            percentile(found.warm, 0.95),
            100,
            f"p95 of the first look at {len(found.warm)}, longest {max(found.warm):.0f}; not worked out "
            f"ahead {min(found.cold):.0f} to {max(found.cold):.0f}; {WHERE}",
        ),
        _figure(
            "a family's workbook, worked out ahead",
            percentile(found.workbooks, 0.95),
            100,
            f"p95 of {len(found.workbooks)}, longest {max(found.workbooks):.0f}; {WHERE}",
        ),
        _figure(
            "a slice of working out ahead",
            percentile(found.slices, 0.95),
            20,
            f"p95 of {len(found.slices)}, longest {max(found.slices):.0f}, all "
            f"{sum(found.slices) / 1000:.1f} s; {WHERE}",
        ),
    ]


def _spent(job: Callable[[], object]) -> float:
    """Return the milliseconds a job takes."""
    began = time.perf_counter()
    job()
    return (time.perf_counter() - began) * 1000


def _figure(name: str, value: float, goal: float, how: str) -> Figure:
    how = f"{how}; the goal is ours"
    return Figure(group="store", name=name, value=value, unit="ms", goal=goal, how=how)
