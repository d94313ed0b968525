"""Who calls the service, with what, and how it answers: shared by all addresses."""

from __future__ import annotations

import logging
import re
from typing import Any, Final, TypeVar

import anyio.to_thread
import msgspec
from litestar import Request, Response

from sync.protocol import CONTRACT_HEADER, MEDIA_TYPE, PROBLEM_TYPE, ProblemMessage
from sync.protocol.devices import DEVICE_HEADER, PROOF_HEADER
from sync.protocol.encoding import DIGEST_HEADER, GZIP, NotEncoded, TooLong, digest_fits, inflated
from sync.reference_ics import devices
from sync.reference_ics.database import Database
from sync.reference_ics.digests import Books
from sync.reference_ics.identity import Identity
from sync.reference_ics.metrics import Metrics
from sync.reference_ics.observing import Seen
from sync.reference_ics.problems import ProblemRaised
from sync.reference_ics.sessions import Sessions
from sync.reference_ics.settings import Settings

T = TypeVar("T")
Call = Request[Any, Any, Any]

log = logging.getLogger("sync.reference_ics")

STATE: Final = "ics"
_JSON = {MEDIA_TYPE, "application/json"}


class _Tagged(msgspec.Struct):
    version: int
    hash: str


class Ics:
    """What every call of one service shares."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(
            settings.database, authority=settings.authority, new_id=settings.new_id, pool=settings.pool
        )
        self.sessions = Sessions(settings.clock, settings.token_seconds)
        self.identity = (
            Identity(settings.identity, self.database, settings.clock)
            if settings.identity is not None
            else None
        )
        self.proofs = devices.Proofs(self.database, settings.clock)
        self.books = Books()
        self.metrics = Metrics(self.database, settings.clock)
        self.seen = Seen(self.database, settings.clock)
        self.is_draining = False  # told to end: what is under way is finished, and no more should come

    def pushed(self, worker: str, results: list[dict[str, Any]]) -> None:
        """Count and log what became of a push."""
        self.metrics.pushed(results)
        became: dict[str, int] = {}
        for each in results:
            became[each["status"]] = became.get(each["status"], 0) + 1
        said = " ".join(f"{status}={became[status]}" for status in sorted(became))
        log.info("push", extra={"worker": worker, "ops": len(results), "became": said})


# Who calls, and with what ----------------------------------------------------------------------------


def ics_of(request: Call) -> Ics:
    """Return what the service shares."""
    ics: Ics = request.app.state[STATE]
    return ics


async def look_who_calls(request: Call) -> None:
    """Before a call: prove its token at the identity provider's keys, and its device's signature."""
    ics = ics_of(request)
    token, device = _bearer(request), request.headers.get(DEVICE_HEADER)
    asks = token is not None and ics.identity is not None and ics.sessions.worker(token) is None
    if asks or device is not None:
        await anyio.to_thread.run_sync(_prove, request, ics, token if asks else None, device)


def _prove(request: Call, ics: Ics, token: str | None, device: str | None) -> None:
    if token is not None and ics.identity is not None:
        request.state.worker = ics.identity.worker(token)
    if device is not None:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        request.state.device = ics.proofs.device(
            device,
            request.headers.get(PROOF_HEADER, ""),
            request.method,
            path,
            request.headers.get(DIGEST_HEADER, ""),
        )


def device_of(request: Call) -> devices.Device | None:
    """Return the device that was proved to call; None if it named none."""
    found: devices.Device | None = getattr(request.state, "device", None)
    return found


def _bearer(request: Call) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def signed_in(request: Call, *, by_any_device: bool = False) -> tuple[Ics, str]:
    """Return who is signed in, by a device that is let in. Raises ProblemRaised: nobody, or it is not."""
    ics = ics_of(request)
    token = _bearer(request)
    worker = ics.sessions.worker(token) if token is not None else None
    if worker is None:
        worker = getattr(request.state, "worker", None)
    if worker is None:
        raise ProblemRaised("token-expired")
    if not by_any_device:
        devices.let_in(ics.settings, device_of(request), worker)
    return ics, worker


def reads(request: Call) -> tuple[Ics, str]:
    """Return who is signed in with a client that is new enough to read; any may hand in work."""
    ics, worker = signed_in(request)
    said = request.headers.get(CONTRACT_HEADER)
    if said is not None and _version(said) < _version(ics.settings.oldest_contract):
        raise ProblemRaised("client-too-old", f"{ics.settings.oldest_contract} at least")
    return ics, worker


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isascii() and part.isdigit())


def record_id(request: Call) -> str:
    """Return the record an address names."""
    return str(request.path_params["record_id"])


def number_in(request: Call, name: str, *, least: int) -> int | None:
    """Return a whole number from the query; None if it is not there."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9) or int(text) < least:
        raise ProblemRaised("malformed", f"{name} is a whole number from {least}")
    return int(text)


_RANGES = re.compile(r"[0-9]{1,18}-[0-9]{1,18}(,[0-9]{1,18}-[0-9]{1,18}){0,49}")


def ranges_in(request: Call, name: str) -> list[tuple[int, int]]:
    """Return the ranges of numbers in the query, "3-7,9-9"; none if it is not there."""
    text = request.query_params.get(name)
    if text is None:
        return []
    if not (text.isascii() and _RANGES.fullmatch(text)):
        raise ProblemRaised("malformed", f"{name} is at most 50 ranges, such as 3-7,9-9")
    found = (each.split("-") for each in text.split(","))
    return [(int(first), int(last)) for first, last in found]


async def body_of(request: Call, most: int) -> bytes:
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
        raise ProblemRaised("digest-mismatch")
    if coding == GZIP:
        try:
            return inflated(data, most)
        except TooLong as error:
            raise ProblemRaised("payload-too-large", f"{most} bytes at once, inflated") from error
        except NotEncoded as error:
            raise ProblemRaised("malformed", "not gzip, or not all of it") from error
    return data


def decoded(body: bytes, shape: type[T]) -> T:
    """Return the message a body is. Raises ProblemRaised: it is not one."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:  # names a member and a type, never a value
        raise ProblemRaised("malformed", str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProblemRaised("malformed", "not JSON in UTF-8") from error


# Answers ---------------------------------------------------------------------------------------------


def raw_reply(body: bytes) -> Response[bytes]:
    """Answer with JSON as it is."""
    return Response(body, media_type=MEDIA_TYPE)


def record_reply(body: bytes) -> Response[bytes]:
    """Answer with a record and its ETag."""
    said = msgspec.json.decode(body, type=_Tagged)
    headers = {"ETag": f'"{said.version}-{said.hash[:16]}"'}
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def reply(message: Any) -> Response[bytes]:
    """Answer with a message."""
    return raw_reply(msgspec.json.encode(message))


def problem_reply(message: ProblemMessage) -> Response[bytes]:
    """Answer with a refusal."""
    headers = {"WWW-Authenticate": "Bearer"} if message.status == 401 else {}
    if message.status == 503:
        headers["Retry-After"] = "2"
    return Response(
        msgspec.json.encode(message), status_code=message.status, media_type=PROBLEM_TYPE, headers=headers
    )
