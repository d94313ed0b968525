"""Addresses for what a device may hold: back-fill, repair, handing in, receipts, and after a restore."""

from __future__ import annotations

from collections.abc import Iterable

import anyio.to_thread
from litestar import Response, get, post

from sync.protocol import (
    FetchRequest,
    GiveBackReply,
    GiveBackRequest,
    LateReply,
    LateRequest,
    ReceiptMessage,
    ReceiptReply,
    ReconcileReply,
    ReconcileRequest,
)
from sync.reference_ics import giving_back, handing_in, reconciling, snapshots
from sync.reference_ics.calls import Call, body_of, decoded, log, number_in, reads, reply, signed_in
from sync.reference_ics.problems import ProblemRaised

FEATURES = ["digests", "snapshots", "revocation", "reconcile", "give-back"]

_PAGE = 8_000  # characters of a place in a snapshot
_MEDIUM = 1024 * 1024  # bytes of a list of ids
MOST_HELD = 1_000  # records compared at once
MOST_EARLIER = 5_000  # earlier versions of them
MOST_BACK = 200  # versions given back at once


@get("/v1/scopes/{scope_id:str}/snapshot", sync_to_thread=True)
def snapshot(request: Call) -> Response[bytes]:
    """Read all of a family, a page at a time, as it was when the first page was asked for."""
    ics, worker = reads(request)
    most = ics.settings.limits.page_items
    limit = number_in(request, "limit", least=1)
    page = request.query_params.get("page") or None
    if page is not None and len(page) > _PAGE:
        raise ProblemRaised("page-expired")
    found = snapshots.snapshot(
        ics.database, ics.settings, worker, _scope_id(request), page=page, limit=min(limit or most, most)
    )
    log.info("snapshot", extra={"worker": worker, "items": len(found.items)})
    return reply(found)


@get("/v1/scopes/{scope_id:str}/manifest", sync_to_thread=True)
def manifest(request: Call) -> Response[bytes]:
    """List id, version and hash of every record of a family that the worker may see."""
    ics, worker = reads(request)
    return reply(snapshots.manifest(ics.database, ics.settings, worker, _scope_id(request), ics.books))


@post("/v1/scopes/{scope_id:str}/records", status_code=200)
async def fetch(request: Call) -> Response[bytes]:
    """Read some records of a family with their conflicts, as they are now."""
    ics, worker = reads(request)
    scope = _scope_id(request)
    ids = decoded(await body_of(request, _MEDIUM), FetchRequest).ids
    _plain(ids)

    def read() -> Response[bytes]:
        return reply(snapshots.fetch(ics.database, ics.settings, worker, scope, ids))

    return await anyio.to_thread.run_sync(read)


@post("/v1/late-proposals", status_code=200)
async def late_proposals(request: Call) -> Response[bytes]:
    """Hand in work begun before a family was withdrawn, for a person to look at. Nothing of it comes back."""
    ics, worker = signed_in(request)
    asked = decoded(await body_of(request, ics.settings.limits.push_bytes), LateRequest)
    _plain([asked.job_id])
    if not asked.ops:
        raise ProblemRaised("malformed", "at least one op")
    if len(asked.ops) > ics.settings.limits.ops:
        raise ProblemRaised("payload-too-large", f"{ics.settings.limits.ops} ops at once")

    def take() -> Response[bytes]:
        results = handing_in.take_late(ics.database, ics.settings, worker, asked.job_id, asked.ops)
        log.info("late", extra={"worker": worker, "ops": len(results)})
        return reply(LateReply(results=results, epoch=ics.database.identity.epoch))

    return await anyio.to_thread.run_sync(take)


@post("/v1/purge-receipts", status_code=200)
async def purge_receipt(request: Call) -> Response[bytes]:
    """Say what has left the device. Said twice, it is one receipt."""
    ics, worker = signed_in(request)
    said = decoded(await body_of(request, _MEDIUM), ReceiptMessage)
    _plain([said.job_id, said.scope_id, said.kind, said.digest])

    def note() -> Response[bytes]:
        handing_in.note_receipt(ics.database, ics.settings, worker, said)
        log.info("receipt", extra={"worker": worker, "items": said.records})
        return reply(ReceiptReply(job_id=said.job_id, epoch=ics.database.identity.epoch))

    return await anyio.to_thread.run_sync(note)


@post("/v1/reconcile", status_code=200)
async def reconcile(request: Call) -> Response[bytes]:
    """After a restore: say what a device holds, and learn what of it is not here."""
    ics, worker = reads(request)
    asked = decoded(await body_of(request, _MEDIUM), ReconcileRequest)
    if len(asked.items) > MOST_HELD or len(asked.earlier) > MOST_EARLIER:
        raise ProblemRaised("payload-too-large", f"{MOST_HELD} records at once")
    _plain(each.id for each in (*asked.items, *asked.earlier))

    def compare() -> Response[bytes]:
        found, wanted = reconciling.reconcile(
            ics.database, ics.settings, worker, asked.epoch, asked.items, asked.earlier
        )
        log.info("reconcile", extra={"worker": worker, "items": len(found)})
        return reply(ReconcileReply(items=found, epoch=ics.database.identity.epoch, wanted=wanted))

    return await anyio.to_thread.run_sync(compare)


@post("/v1/give-back", status_code=200)
async def give_back(request: Call) -> Response[bytes]:
    """After a restore: take back what was said here before it, known by its marks."""
    ics, worker = reads(request)
    asked = decoded(await body_of(request, ics.settings.limits.push_bytes), GiveBackRequest)
    if len(asked.records) > MOST_BACK or len(asked.erased) > MOST_HELD:
        raise ProblemRaised("payload-too-large", f"{MOST_BACK} versions at once")
    _plain([*(each.record.id for each in asked.records), *(each.id for each in asked.erased)])
    _plain([asked.epoch])

    def take() -> Response[bytes]:
        results = giving_back.give_back(
            ics.database, ics.settings, worker, asked.epoch, asked.records, asked.erased
        )
        log.info("give-back", extra={"worker": worker, "items": len(results)})
        return reply(GiveBackReply(results=results, epoch=ics.database.identity.epoch))

    return await anyio.to_thread.run_sync(take)


HANDLERS = [snapshot, manifest, fetch, late_proposals, purge_receipt, reconcile, give_back]


def _scope_id(request: Call) -> str:
    scope = str(request.path_params["scope_id"])
    _plain([scope])
    return scope


def _plain(texts: Iterable[str]) -> None:
    """Refuse what no id can be; PostgreSQL takes no NUL in text."""
    if any(not each or len(each) > 200 or "\0" in each for each in texts):
        raise ProblemRaised("malformed", "not an id")
