"""The service as an ASGI application: addresses, who is calling, limits, refusals in the contract's words."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import re
from collections.abc import AsyncIterator
from typing import Any

import anyio.to_thread
import msgspec
from litestar import Litestar, Response, get, patch, post
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import ClientException, HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import Message, Scope
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sync.protocol import (
    CONTRACT,
    CONTRACT_HEADER,
    WELL_KNOWN,
    Capabilities,
    OpMessage,
    PatchRequest,
    ProblemMessage,
    PushRequest,
    SignInReply,
    SignInRequest,
    WorkAccountMessage,
    encode,
)
from sync.reference_ics import device_calls, engines, reading, scope_calls, upload_calls
from sync.reference_ics.calls import (
    STATE,
    Call,
    Ics,
    body_of,
    decoded,
    device_of,
    ics_of,
    log,
    look_who_calls,
    number_in,
    problem_reply,
    ranges_in,
    raw_reply,
    reads,
    record_id,
    record_reply,
    reply,
    signed_in,
)
from sync.reference_ics.conflicts import claim, escalate_due
from sync.reference_ics.logs import where
from sync.reference_ics.problems import ProblemRaised, problem
from sync.reference_ics.pushing import push
from sync.reference_ics.schema import DatabaseRefused
from sync.reference_ics.settings import Settings

FEATURES = [
    "feed",
    "push",
    "conflicts",
    "history",
    "gzip",
    "groups",
    "amend",
    "claims",
    "patch",
    "brief",
    "besides",
    "append-only",
    "discard",
    *scope_calls.FEATURES,
    *upload_calls.FEATURES,
    *device_calls.FEATURES,
]
ESCALATE_EVERY = 600.0  # seconds

_SMALL = 4 * 1024  # bytes of a sign-in
_CURSOR = 60_000  # characters; some thousands of families
_ETAG = re.compile(r'"([1-9][0-9]{0,8})-[0-9a-f]{16}"')


def make_app(settings: Settings) -> Litestar:
    """Return the service over one database; its files are let go of when the application shuts down."""
    ics = Ics(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        try:
            async with anyio.create_task_group() as beside:
                beside.start_soon(_look_for_what_waits, ics)
                yield
                beside.cancel_scope.cancel()  # waits for a look under way: it holds a connection
        finally:
            ics.database.close()

    app = Litestar(
        route_handlers=HANDLERS,
        lifespan=[lifespan],
        before_request=look_who_calls,
        before_send=[_mark_as_ours],
        exception_handlers={
            ProblemRaised: _refused,
            HTTPException: _refused_by_the_framework,
            DBAPIError: _not_done,
            PoolTimeout: _no_connection,
            DatabaseRefused: _not_ours,
            Exception: _broken,
        },
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,  # limits are the contract's own, see `_body`
    )
    app.state[STATE] = ics
    return app


async def _look_for_what_waits(ics: Ics) -> None:
    """Every ten minutes, escalate the conflicts that nobody has settled in time."""
    while True:
        try:
            found = await anyio.to_thread.run_sync(escalate_due, ics.database, ics.settings)
        except SQLAlchemyError as error:  # tried again in ten minutes; the calls themselves say 503 meanwhile
            log.error("database", extra={"reason": type(error).__name__})
        else:
            if found:
                log.info("escalated", extra={"items": found})
        await asyncio.sleep(ESCALATE_EVERY)


# Calls -----------------------------------------------------------------------------------------------


@get(WELL_KNOWN, sync_to_thread=True)
def capabilities(request: Call) -> Response[bytes]:
    """Say what this ICS offers. The first call of every run; needs no signing in."""
    ics = ics_of(request)
    settings = ics.settings
    with ics.database.reading():
        identity = ics.database.identity  # as of now: the epoch may have ended a moment ago
    return reply(
        Capabilities(
            authority=identity.authority,
            contracts=[CONTRACT],
            features=FEATURES,
            epoch=identity.epoch,
            server_time=settings.clock.now().isoformat(),
            limits=settings.limits,
            sign_in=_ways_in(settings),
            work_account=_work_account(settings),
            requires_devices=settings.require_devices,
            oldest_contract=settings.oldest_contract,
        )
    )


def _ways_in(settings: Settings) -> list[str]:
    practice = ["practice"] if settings.practice_secret is not None else []
    return [*practice, "work-account"] if settings.identity is not None else practice


def _work_account(settings: Settings) -> WorkAccountMessage | None:
    at = settings.identity
    if at is None:
        return None
    return WorkAccountMessage(
        issuer=at.issuer, client_id=at.client_id, scope=at.scope, resource=at.resource, prompt=at.prompt
    )


@get("/v1/health", sync_to_thread=True)
def health(request: Call) -> Response[bytes]:
    """Say that the service answers, reaches its database, and finds the schema it knows."""
    ics = ics_of(request)
    if ics.is_draining:
        raise ProblemRaised("unavailable", "about to end")
    ics.database.check()
    return reply({"status": "ok"})


@post("/v1/practice/sign-in", status_code=200)
async def sign_in(request: Call) -> Response[bytes]:
    """Sign a practice worker in. Only where the service was started with a practice secret."""
    ics = ics_of(request)
    secret = ics.settings.practice_secret
    if secret is None:
        raise ProblemRaised("not-found")
    asked = decoded(await body_of(request, _SMALL), SignInRequest)
    right = hmac.compare_digest(asked.secret.encode(), secret.encode())

    def find() -> Any:
        with ics.database.reading() as connection:
            return reading.worker_named(connection, asked.worker)

    found = await anyio.to_thread.run_sync(find)
    if not right or found is None:  # one answer for both, so that names cannot be tried
        raise ProblemRaised("token-expired", "not a worker and secret of this service")
    token = ics.sessions.begin(found.id)
    return reply(SignInReply(token=token, expires_in=ics.sessions.seconds, worker=found))


@get("/v1/scopes", sync_to_thread=True)
def scopes(request: Call) -> Response[bytes]:
    """List the families that are the worker's today, and the workers who may be named."""
    ics, worker = reads(request)
    return reply(reading.scopes(ics.database, ics.settings, worker, ics.books))


@get("/v1/feed", sync_to_thread=True)
def feed(request: Call) -> Response[bytes]:
    """Read on from a cursor, or from the start: in commit order, each thing at its newest."""
    ics, worker = reads(request)
    most = ics.settings.limits.page_items
    limit = number_in(request, "limit", least=1)
    cursor = request.query_params.get("cursor") or None
    if cursor is not None and len(cursor) > _CURSOR:
        raise ProblemRaised("cursor-expired")
    page = reading.feed(
        ics.database,
        ics.settings,
        worker,
        cursor=cursor,
        limit=most if limit is None else min(limit, most),
        besides=ranges_in(request, "besides"),
        books=ics.books,
    )
    ics.metrics.polled(page, reads_on=cursor is not None)
    device = device_of(request)
    ics.seen.called(worker, "" if device is None else device.id)
    log.info("feed", extra={"worker": worker, "items": len(page.items), "more": page.more})
    return reply(page)


@post("/v1/push", status_code=200)
async def take_push(request: Call) -> Response[bytes]:
    """Take ops, each whole or not at all, and say what became of each. What is acknowledged is on disk."""
    ics, worker = signed_in(request)
    settings = ics.settings
    asked = decoded(await body_of(request, settings.limits.push_bytes), PushRequest)
    raws = asked.ops
    if not raws:
        raise ProblemRaised("malformed", "a push has at least one op")
    if len(raws) > settings.limits.ops:
        raise ProblemRaised("payload-too-large", f"{settings.limits.ops} ops at once")

    def take() -> Response[bytes]:
        results = ics.database.trying(
            lambda: push(ics.database, settings, worker, raws, brief=asked.brief, epoch=asked.epoch)
        )
        now = settings.clock.now().isoformat()
        ics.pushed(worker, results)
        return reply({"results": results, "epoch": ics.database.identity.epoch, "server_time": now})

    return await anyio.to_thread.run_sync(take)


@get("/v1/records/{record_id:str}")
async def record(request: Call) -> Response[bytes]:
    """Read a record at its newest, or at any version there ever was. Its ETag says which that is."""
    ics, worker = reads(request)
    version, id_ = number_in(request, "version", least=1), record_id(request)

    def read() -> bytes:
        return reading.record(ics.database, ics.settings, worker, id_, version)

    # Not by `sync_to_thread`: Litestar 2.25 wraps such a handler twice where an address has two methods.
    return record_reply(await anyio.to_thread.run_sync(read))


@patch("/v1/records/{record_id:str}", status_code=200)
async def change_record(request: Call) -> Response[bytes]:
    """Change a record: a push of one update, in the plain ways of HTTP. `If-Match` is the ETag it was read
    with, `Idempotency-Key` the op id."""
    ics, worker = signed_in(request)
    asked = decoded(await body_of(request, ics.settings.limits.push_bytes), PatchRequest)
    found = _ETAG.fullmatch(request.headers.get("if-match", "").strip())
    op_id = request.headers.get("idempotency-key", "").strip().strip('"')
    if found is None or not op_id:
        raise ProblemRaised("precondition-required", "If-Match and Idempotency-Key")
    op = OpMessage(
        op_id=op_id,
        kind="update",
        record_id=record_id(request),
        scope_id=asked.scope_id,
        result_hash=asked.result_hash,
        provenance=asked.provenance,
        if_match=int(found[1]),
        set=asked.set,
        unset=asked.unset,
    )
    raw = msgspec.Raw(encode(op))  # the same request gives the same bytes, so it is known again

    def take() -> Response[bytes]:
        (result,) = ics.database.trying(lambda: push(ics.database, ics.settings, worker, [raw]))
        ics.pushed(worker, [result])
        if result["status"] in ("applied", "duplicate") and "head" in result:
            return record_reply(bytes(result["head"]))
        if result["status"] == "stale":
            raise ProblemRaised("stale")
        refused: ProblemMessage = result.get("problem") or problem("scope-forbidden")
        return problem_reply(refused)

    return await anyio.to_thread.run_sync(take)


@post("/v1/conflicts/{conflict_id:str}/claim", status_code=200, sync_to_thread=True)
def claim_conflict(request: Call) -> Response[bytes]:
    """Say that the worker is looking at a conflict, so that no colleague does the same work."""
    ics, worker = signed_in(request)
    return raw_reply(claim(ics.database, ics.settings, worker, str(request.path_params["conflict_id"])))


@post("/v1/conflicts/{conflict_id:str}/release", status_code=200, sync_to_thread=True)
def release_conflict(request: Call) -> Response[bytes]:
    """Say that the worker is not looking at it any more. Another's claim stays."""
    ics, worker = signed_in(request)
    id_ = str(request.path_params["conflict_id"])
    return raw_reply(claim(ics.database, ics.settings, worker, id_, let_go=True))


@get("/v1/records/{record_id:str}/history", sync_to_thread=True)
def history(request: Call) -> Response[bytes]:
    """Read every revision of a record, oldest first, and every conflict there ever was on it."""
    ics, worker = reads(request)
    return reply(reading.history(ics.database, ics.settings, worker, record_id(request)))


HANDLERS = [
    capabilities,
    health,
    sign_in,
    scopes,
    feed,
    take_push,
    record,
    change_record,
    history,
    claim_conflict,
    release_conflict,
    *scope_calls.HANDLERS,
    *upload_calls.HANDLERS,
    *device_calls.HANDLERS,
]


# Answers to all ------------------------------------------------------------------------------------


async def _mark_as_ours(message: Message, _scope: Scope) -> None:
    """Put the contract's header on every answer, and keep all of them out of every cache."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        headers[CONTRACT_HEADER] = CONTRACT
        headers["Cache-Control"] = "no-store, no-transform"
        headers["X-Content-Type-Options"] = "nosniff"


def _refused(_request: Call, error: ProblemRaised) -> Response[bytes]:
    return problem_reply(error.problem)


def _refused_by_the_framework(request: Call, error: HTTPException) -> Response[bytes]:
    if isinstance(error, NotFoundException):
        return problem_reply(problem("not-found"))
    if isinstance(error, MethodNotAllowedException):
        return problem_reply(problem("method-not-allowed"))
    if isinstance(error, ClientException) or error.status_code < 500:
        return problem_reply(problem("malformed"))
    return _broken(request, error)


def _not_done(request: Call, error: DBAPIError) -> Response[bytes]:
    if not engines.is_passing(error):
        return _broken(request, error)
    log.error("database", extra={"reason": engines.code_of(error)})
    return problem_reply(problem("unavailable"))


def _no_connection(_request: Call, _error: PoolTimeout) -> Response[bytes]:
    log.error("database", extra={"reason": "every connection is in use"})
    return problem_reply(problem("unavailable"))


def _not_ours(_request: Call, error: DatabaseRefused) -> Response[bytes]:
    log.error("database", extra={"reason": type(error).__name__})
    return problem_reply(problem("unavailable"))


def _broken(request: Call, error: Exception) -> Response[bytes]:
    # Where it happened, not what it said: the text of an error may quote an answer.
    # The address as the contract writes it: as called, it is the caller's own words.
    route = request.scope.get("path_template", "")
    log.error("mistake", extra={"kind": type(error).__name__, "where": where(error), "route": route})
    return problem_reply(problem("internal-error"))
