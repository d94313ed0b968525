"""The service as an ASGI application: addresses, who is calling, limits, refusals in the contract's words."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import re
import traceback
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import anyio.to_thread
import msgspec
from litestar import Litestar, Request, Response, get, patch, post
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import ClientException, HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import Message, Scope
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from sync.protocol import (
    CONTRACT,
    CONTRACT_HEADER,
    MEDIA_TYPE,
    PROBLEM_TYPE,
    WELL_KNOWN,
    Capabilities,
    OpMessage,
    PatchRequest,
    ProblemMessage,
    PushRequest,
    SignInReply,
    SignInRequest,
    encode,
)
from sync.protocol.encoding import DIGEST_HEADER, GZIP, NotEncoded, TooLong, digest_fits, inflated
from sync.reference_ics import reading
from sync.reference_ics.conflicts import claim, escalate_due
from sync.reference_ics.database import Database
from sync.reference_ics.problems import ProblemRaised, problem
from sync.reference_ics.pushing import push
from sync.reference_ics.sessions import Sessions
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import meta

T = TypeVar("T")
Call = Request[Any, Any, Any]

log = logging.getLogger("sync.reference_ics")

FEATURES = ["feed", "push", "conflicts", "history", "gzip", "groups", "amend", "claims", "patch"]
ESCALATE_EVERY = 600.0  # seconds

_SMALL = 4 * 1024  # bytes of a sign-in
_CURSOR = 60_000  # characters; some thousands of families
_JSON = {MEDIA_TYPE, "application/json"}
_STATE = "ics"
_ETAG = re.compile(r'"([1-9][0-9]{0,8})-[0-9a-f]{16}"')


class _Tagged(msgspec.Struct):
    version: int
    hash: str


class Ics:
    """What every call of one service shares."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database, authority=settings.authority, new_id=settings.new_id)
        self.sessions = Sessions(settings.clock, settings.token_seconds)


def make_app(settings: Settings) -> Litestar:
    """Return the service over one database; its files are let go of when the application shuts down."""
    ics = Ics(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        looking = asyncio.create_task(_look_for_what_waits(ics))
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking
            ics.database.close()

    app = Litestar(
        route_handlers=HANDLERS,
        lifespan=[lifespan],
        before_send=[_mark_as_ours],
        exception_handlers={
            ProblemRaised: _refused,
            HTTPException: _refused_by_the_framework,
            OperationalError: _unavailable,
            Exception: _broken,
        },
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,  # limits are the contract's own, see `_body`
    )
    app.state[_STATE] = ics
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


@get(WELL_KNOWN, sync_to_thread=False)
def capabilities(request: Call) -> Response[bytes]:
    """Say what this ICS offers. The first call of every run; needs no signing in."""
    ics = _ics(request)
    settings = ics.settings
    return _reply(
        Capabilities(
            authority=ics.database.identity.authority,
            contracts=[CONTRACT],
            features=FEATURES,
            epoch=ics.database.identity.epoch,
            server_time=settings.clock.now().isoformat(),
            limits=settings.limits,
            sign_in=["practice"] if settings.practice_secret is not None else [],
            oldest_contract=settings.oldest_contract,
        )
    )


@get("/v1/health", sync_to_thread=True)
def health(request: Call) -> Response[bytes]:
    """Say that the service answers and reaches its database."""
    with _ics(request).database.reading() as connection:
        connection.execute(select(meta.c.name)).first()
    return _reply({"status": "ok"})


@post("/v1/practice/sign-in", status_code=200)
async def sign_in(request: Call) -> Response[bytes]:
    """Sign a practice worker in. Only where the service was started with a practice secret."""
    ics = _ics(request)
    secret = ics.settings.practice_secret
    if secret is None:
        raise ProblemRaised("not-found")
    asked = _decoded(await _body(request, _SMALL), SignInRequest)
    right = hmac.compare_digest(asked.secret.encode(), secret.encode())

    def find() -> Any:
        with ics.database.reading() as connection:
            return reading.worker_named(connection, asked.worker)

    found = await anyio.to_thread.run_sync(find)
    if not right or found is None:  # one answer for both, so that names cannot be tried
        raise ProblemRaised("token-expired", "not a worker and secret of this service")
    reply = SignInReply(token=ics.sessions.begin(found.id), expires_in=ics.sessions.seconds, worker=found)
    return _reply(reply)


@get("/v1/scopes", sync_to_thread=True)
def scopes(request: Call) -> Response[bytes]:
    """List the families that are the worker's today, and the workers who may be named."""
    ics, worker = _reads(request)
    return _reply(reading.scopes(ics.database, ics.settings, worker))


@get("/v1/feed", sync_to_thread=True)
def feed(request: Call) -> Response[bytes]:
    """Read on from a cursor, or from the start: in commit order, each thing at its newest."""
    ics, worker = _reads(request)
    most = ics.settings.limits.page_items
    limit = _number(request, "limit", least=1)
    cursor = request.query_params.get("cursor") or None
    if cursor is not None and len(cursor) > _CURSOR:
        raise ProblemRaised("cursor-expired")
    page = reading.feed(
        ics.database, ics.settings, worker, cursor=cursor, limit=most if limit is None else min(limit, most)
    )
    log.info("feed", extra={"worker": worker, "items": len(page.items), "more": page.more})
    return _reply(page)


@post("/v1/push", status_code=200)
async def take_push(request: Call) -> Response[bytes]:
    """Take ops, each whole or not at all, and say what became of each. What is acknowledged is on disk."""
    ics, worker = _signed_in(request)
    settings = ics.settings
    raws = _decoded(await _body(request, settings.limits.push_bytes), PushRequest).ops
    if not raws:
        raise ProblemRaised("malformed", "a push has at least one op")
    if len(raws) > settings.limits.ops:
        raise ProblemRaised("payload-too-large", f"{settings.limits.ops} ops at once")

    def take() -> Response[bytes]:
        results = push(ics.database, settings, worker, raws)
        now = settings.clock.now().isoformat()
        log.info("push", extra={"worker": worker, "ops": len(raws), "became": _counted(results)})
        return _reply({"results": results, "epoch": ics.database.identity.epoch, "server_time": now})

    return await anyio.to_thread.run_sync(take)


@get("/v1/records/{record_id:str}")
async def record(request: Call) -> Response[bytes]:
    """Read a record at its newest, or at any version there ever was. Its ETag says which that is."""
    ics, worker = _reads(request)
    version, id_ = _number(request, "version", least=1), _record_id(request)

    def read() -> bytes:
        return reading.record(ics.database, ics.settings, worker, id_, version)

    # Not by `sync_to_thread`: Litestar 2.25 wraps such a handler twice where an address has two methods.
    return _record_reply(await anyio.to_thread.run_sync(read))


@patch("/v1/records/{record_id:str}", status_code=200)
async def change_record(request: Call) -> Response[bytes]:
    """Change a record: a push of one update, in the plain ways of HTTP. `If-Match` is the ETag it was read
    with, `Idempotency-Key` the op id."""
    ics, worker = _signed_in(request)
    asked = _decoded(await _body(request, ics.settings.limits.push_bytes), PatchRequest)
    found = _ETAG.fullmatch(request.headers.get("if-match", "").strip())
    op_id = request.headers.get("idempotency-key", "").strip().strip('"')
    if found is None or not op_id:
        raise ProblemRaised("precondition-required", "If-Match and Idempotency-Key")
    op = OpMessage(
        op_id=op_id,
        kind="update",
        record_id=_record_id(request),
        scope_id=asked.scope_id,
        result_hash=asked.result_hash,
        provenance=asked.provenance,
        if_match=int(found[1]),
        set=asked.set,
        unset=asked.unset,
    )
    raw = msgspec.Raw(encode(op))  # the same request gives the same bytes, so it is known again

    def take() -> Response[bytes]:
        (result,) = push(ics.database, ics.settings, worker, [raw])
        log.info("push", extra={"worker": worker, "ops": 1, "became": _counted([result])})
        if result["status"] in ("applied", "duplicate") and "head" in result:
            return _record_reply(bytes(result["head"]))
        if result["status"] == "stale":
            raise ProblemRaised("stale")
        refused: ProblemMessage = result.get("problem") or problem("scope-forbidden")
        return _problem(refused)

    return await anyio.to_thread.run_sync(take)


@post("/v1/conflicts/{conflict_id:str}/claim", status_code=200, sync_to_thread=True)
def claim_conflict(request: Call) -> Response[bytes]:
    """Say that the worker is looking at a conflict, so that no colleague does the same work."""
    ics, worker = _signed_in(request)
    return _raw(claim(ics.database, ics.settings, worker, str(request.path_params["conflict_id"])))


@post("/v1/conflicts/{conflict_id:str}/release", status_code=200, sync_to_thread=True)
def release_conflict(request: Call) -> Response[bytes]:
    """Say that the worker is not looking at it any more. Another's claim stays."""
    ics, worker = _signed_in(request)
    id_ = str(request.path_params["conflict_id"])
    return _raw(claim(ics.database, ics.settings, worker, id_, let_go=True))


@get("/v1/records/{record_id:str}/history", sync_to_thread=True)
def history(request: Call) -> Response[bytes]:
    """Read every revision of a record, oldest first, and every conflict there ever was on it."""
    ics, worker = _reads(request)
    return _reply(reading.history(ics.database, ics.settings, worker, _record_id(request)))


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
]


# Who calls, and with what ----------------------------------------------------------------------------


def _ics(request: Call) -> Ics:
    ics: Ics = request.app.state[_STATE]
    return ics


def _signed_in(request: Call) -> tuple[Ics, str]:
    ics = _ics(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    worker = ics.sessions.worker(token.strip()) if scheme.lower() == "bearer" else None
    if worker is None:
        raise ProblemRaised("token-expired")
    return ics, worker


def _reads(request: Call) -> tuple[Ics, str]:
    """Return who is signed in with a client that is new enough to read; any may hand in work."""
    ics, worker = _signed_in(request)
    said = request.headers.get(CONTRACT_HEADER)
    if said is not None and _version(said) < _version(ics.settings.oldest_contract):
        raise ProblemRaised("client-too-old", f"{ics.settings.oldest_contract} at least")
    return ics, worker


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isascii() and part.isdigit())


def _record_id(request: Call) -> str:
    return str(request.path_params["record_id"])


def _number(request: Call, name: str, *, least: int) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9) or int(text) < least:
        raise ProblemRaised("malformed", f"{name} is a whole number from {least}")
    return int(text)


async def _body(request: Call, most: int) -> bytes:
    """Return the body of a request, read and inflated no further than the limit, its digest compared."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _JSON:
        raise ProblemRaised("unsupported-encoding", f"send {MEDIA_TYPE}")
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", GZIP):
        raise ProblemRaised("unsupported-encoding", "send it as it is, or as gzip")
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > most:
        raise ProblemRaised("payload-too-large", f"{most} bytes at once")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise ProblemRaised("payload-too-large", f"{most} bytes at once")
    data = bytes(body)
    digest = request.headers.get(DIGEST_HEADER)
    if digest is not None and not digest_fits(digest, data):
        raise ProblemRaised("malformed", "the body is not what its digest says")
    if coding == GZIP:
        try:
            return inflated(data, most)
        except TooLong as error:
            raise ProblemRaised("payload-too-large", f"{most} bytes at once, inflated") from error
        except NotEncoded as error:
            raise ProblemRaised("malformed", "not gzip, or not all of it") from error
    return data


def _decoded(body: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:  # names a member and a type, never a value
        raise ProblemRaised("malformed", str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProblemRaised("malformed", "not JSON in UTF-8") from error


# Answers ---------------------------------------------------------------------------------------------


def _raw(body: bytes) -> Response[bytes]:
    return Response(body, media_type=MEDIA_TYPE)


def _record_reply(body: bytes) -> Response[bytes]:
    said = msgspec.json.decode(body, type=_Tagged)
    headers = {"ETag": f'"{said.version}-{said.hash[:16]}"'}
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _reply(message: Any) -> Response[bytes]:
    return _raw(msgspec.json.encode(message))


def _problem(message: ProblemMessage) -> Response[bytes]:
    headers = {"WWW-Authenticate": "Bearer"} if message.status == 401 else {}
    if message.status == 503:
        headers["Retry-After"] = "2"
    return Response(
        msgspec.json.encode(message), status_code=message.status, media_type=PROBLEM_TYPE, headers=headers
    )


async def _mark_as_ours(message: Message, _scope: Scope) -> None:
    """Put the contract's header on every answer, and keep all of them out of every cache."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        headers[CONTRACT_HEADER] = CONTRACT
        headers["Cache-Control"] = "no-store, no-transform"
        headers["X-Content-Type-Options"] = "nosniff"


def _refused(_request: Call, error: ProblemRaised) -> Response[bytes]:
    return _problem(error.problem)


def _refused_by_the_framework(request: Call, error: HTTPException) -> Response[bytes]:
    if isinstance(error, NotFoundException):
        return _problem(problem("not-found"))
    if isinstance(error, MethodNotAllowedException):
        return _problem(problem("method-not-allowed"))
    if isinstance(error, ClientException) or error.status_code < 500:
        return _problem(problem("malformed"))
    return _broken(request, error)


def _unavailable(_request: Call, error: OperationalError) -> Response[bytes]:
    log.error("database", extra={"reason": type(error.orig).__name__})
    return _problem(problem("unavailable"))


def _broken(request: Call, error: Exception) -> Response[bytes]:
    # Where it happened, not what it said: the text of an error may quote an answer.
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    log.error("mistake", extra={"kind": type(error).__name__, "where": where, "path": request.url.path})
    return _problem(problem("internal-error"))


def _counted(results: list[dict[str, Any]]) -> str:
    found: dict[str, int] = {}
    for result in results:
        found[result["status"]] = found.get(result["status"], 0) + 1
    return " ".join(f"{status}={found[status]}" for status in sorted(found))
