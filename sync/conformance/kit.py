"""What a scenario works with: workers who call the service barely, ops, and how to say what was expected.

Nothing here uses the Workbook's own transport or engine: a service is judged by what goes over the wire.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from sync.protocol import CONTRACT, CONTRACT_HEADER, MEDIA_TYPE, OCTETS, PROBLEM_TYPE, hash_of
from sync.protocol.encoding import DIGEST_HEADER, digest_fits, digest_of
from workbook_desktop.domain.ids import NewId

if TYPE_CHECKING:
    import httpx

FORM = {"id": "conformance", "version": "1"}
SECONDS = 60.0

JSON = dict[str, Any]
_T = TypeVar("_T")


class Failed(Exception):
    """The service did something else than the contract says. The text has ids and codes, never an answer."""


class NotOffered(Exception):
    """The service says by its features that it does not have this."""


class CannotTell(Exception):
    """The scenario needs something that the command was not given, such as a third worker."""


class NotSignedIn(Failed):
    """The service does not take who was named."""


def expect(holds: bool, otherwise: str) -> None:
    """Raise Failed unless something holds."""
    if not holds:
        raise Failed(otherwise)


def same(found: Any, wanted: Any, what: str) -> None:
    """Raise Failed unless two values are the same. `what` says of what, in the contract's words."""
    if found != wanted:
        raise Failed(f"{what}: {_short(wanted)} expected, {_short(found)} came")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer of the service, its headers and digest already looked at."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def problem(self) -> str:
        """The type of the problem; "" if it is none."""
        return str(self.body.get("type", "")) if self.status >= 400 and isinstance(self.body, dict) else ""


class Caller:
    """One worker's calls."""

    def __init__(self, client: httpx.Client, base_url: str, token: str | None) -> None:
        self._client, self._base_url, self._token = client, base_url.rstrip("/"), token

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Ask, and check what every answer has to be.

        Raises:
            Failed: no contract header, no digest, another body's digest, another media type, or not JSON.
        """
        sent = {
            "Accept": f"{MEDIA_TYPE}, {PROBLEM_TYPE}",
            "Accept-Encoding": "identity",
            CONTRACT_HEADER: CONTRACT,
        }
        if self._token is not None:
            sent["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            sent["Content-Type"] = MEDIA_TYPE
            sent[DIGEST_HEADER] = digest_of(body)
        sent.update(headers or {})
        reply = self._client.request(method, self._base_url + path, content=body, headers=sent)
        what = f"{method} {path.split('?')[0]}"
        _looked_at(what, reply, MEDIA_TYPE)
        try:
            found = msgspec.json.decode(reply.content)
        except msgspec.DecodeError as error:
            raise Failed(f"{what}: not JSON") from error
        return Reply(status=reply.status_code, body=found, headers=reply.headers)

    def octets(self, path: str) -> bytes:
        """Read bytes as they are; return those of a 200."""
        sent = {
            "Accept": f"{OCTETS}, {PROBLEM_TYPE}",
            "Accept-Encoding": "identity",
            CONTRACT_HEADER: CONTRACT,
        }
        if self._token is not None:
            sent["Authorization"] = f"Bearer {self._token}"
        reply = self._client.request("GET", self._base_url + path, headers=sent)
        same(reply.status_code, 200, f"GET {path.split('?')[0]}")
        _looked_at(f"GET {path.split('?')[0]}", reply, OCTETS)
        return bytes(reply.content)

    def is_same_as(self, other: Caller) -> bool:
        """Say whether both call with one token."""
        return self._token == other._token

    def good(self, method: str, path: str, body: bytes | None = None) -> Any:
        """Ask; return the body of a 200."""
        reply = self.call(method, path, body)
        same(reply.status, 200, f"{method} {path.split('?')[0]}")
        return reply.body

    def push(self, *ops: JSON | bytes) -> list[JSON]:
        """Send ops; return a result for each, in their order."""
        results: list[JSON] = self.good("POST", "/v1/push", push_body(*ops))["results"]
        named = [each["op_id"] for each in ops if isinstance(each, dict)]
        if len(named) == len(ops):
            same([each["op_id"] for each in results], named, "results, one for each op and in their order")
        return results

    def one(self, op: JSON | bytes) -> JSON:
        """Send one op; return its result."""
        (result,) = self.push(op)
        return result

    def record(self, record: str) -> JSON:
        """Read a record."""
        found: JSON = self.good("GET", f"/v1/records/{record}")
        return found

    def history(self, record: str) -> JSON:
        """Read a record's history."""
        found: JSON = self.good("GET", f"/v1/records/{record}/history")
        return found

    def page(self, cursor: str | None = None, limit: int = 200) -> JSON:
        """Read a page of the feed."""
        from urllib.parse import urlencode

        asked = {"limit": str(limit)} if cursor is None else {"limit": str(limit), "cursor": cursor}
        found: JSON = self.good("GET", f"/v1/feed?{urlencode(asked)}")
        return found

    def pages(self, cursor: str | None = None, limit: int = 200) -> Iterator[JSON]:
        """Read the feed to its end."""
        while True:
            page = self.page(cursor, limit)
            yield page
            if not page["more"]:
                return
            expect(
                page["next_cursor"] != cursor, "a page with more behind it gave the cursor it was asked with"
            )
            cursor = page["next_cursor"]

    def at_the_end(self) -> str:
        """Return the cursor at the end of the feed."""
        cursor = None
        for page in self.pages():
            cursor = page["next_cursor"]
        assert cursor is not None
        return str(cursor)


def _looked_at(what: str, reply: httpx.Response, good: str) -> None:
    """Check what every answer has to be; `good` is the media type of a 200."""
    said = reply.headers.get(CONTRACT_HEADER, "")
    expect(said == "1" or said.startswith("1."), f"{what}: no {CONTRACT_HEADER} of 1.x")
    media = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    wanted = good if reply.status_code == 200 else PROBLEM_TYPE
    same(media, wanted, f"{what}: media type with {reply.status_code}")
    if reply.status_code == 200:
        digest = reply.headers.get(DIGEST_HEADER, "")
        expect(digest_fits(digest, reply.content), f"{what}: {DIGEST_HEADER} is not that of the body")


def encoded(value: JSON) -> bytes:
    """Return a body."""
    return msgspec.json.encode(value)


def push_body(*ops: JSON | bytes) -> bytes:
    """Return the body of a push."""
    bodies = (each if isinstance(each, bytes) else encoded(each) for each in ops)
    return b'{"ops":[' + b",".join(bodies) + b"]}"


def at_once(calls: Sequence[Callable[[], _T]]) -> list[_T]:
    """Make these calls at the same moment, each in a thread; return their answers in no order.

    Raises:
        Failed: what the first that failed raised, whatever it was; but for an error of the line, as it is.
    """
    import httpx

    answers: list[_T] = []
    errors: list[Exception] = []
    ready = threading.Barrier(len(calls))

    def make(call: Callable[[], _T]) -> None:
        ready.wait()
        try:
            answers.append(call())
        except (Failed, httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            errors.append(error)

    threads = [threading.Thread(target=make, args=(call,)) for call in calls]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if errors:
        raise errors[0]
    return answers


@dataclass(slots=True, kw_only=True)
class Kit:
    """What the scenarios are run with. `first` and `second` share `scope`; `stranger` does not see it."""

    base_url: str
    scope: str
    first: Caller
    second: Caller
    anybody: Caller
    new_id: NewId
    now: Callable[[], datetime]
    stranger: Caller | None = None
    capabilities: JSON = field(default_factory=dict)

    def needs(self, feature: str) -> None:
        """Raise NotOffered unless the service says that it has a feature."""
        if feature not in self.capabilities.get("features", []):
            raise NotOffered(feature)

    def a_stranger(self) -> Caller:
        """Return a worker who does not see the scope. Raises CannotTell."""
        if self.stranger is None:
            raise CannotTell("no worker was named who must not see the family")
        return self.stranger

    def why_not(self) -> str | None:
        """Return why those who were named cannot ask this; None if they can, or a scenario has to tell."""
        named = [("first", self.first), ("second", self.second)]
        if self.first.is_same_as(self.second):
            return "the first and the second worker are one and the same"
        if self.stranger is not None:
            named.append(("third", self.stranger))
        for which, caller in named:
            try:
                reply = caller.call("GET", "/v1/scopes")
                families = [each["id"] for each in reply.body["scopes"]] if reply.status == 200 else []
            except (Failed, KeyError, TypeError):
                continue  # the scenarios will say what is wrong with the list
            if reply.status == 401:
                return f"the service does not take the {which} worker's token: {reply.problem or 401}"
            if reply.status == 200 and (self.scope in families) == (which == "third"):
                sees = "must not see" if which == "third" else "does not see"
                return (
                    f"the {which} worker {sees} the family {self.scope}; --scope and the workers do not fit"
                )
        return None

    # Ops ----------------------------------------------------------------------------------------------------

    def begun(self, by: Caller | None = None, **answers: Any) -> tuple[str, JSON]:
        """Make a record; return its id and content."""
        record, content = self.new_id(), content_of(**(answers or {"place": "home"}))
        result = (by or self.first).one(self.create(record, content))
        same(result["status"], "applied", "a create")
        return record, content

    def disputed(self) -> tuple[str, JSON, JSON]:
        """Make a record on which the second worker's head stands and the first worker's text is a conflict.
        Return its id, the first worker's op and the conflict."""
        record, _ = self.begun(self.second, place="school")
        proposal = {
            "path": "place",
            "kind": "answer",
            "base": {"v": "home"},
            "mine": {"v": "park"},
            "theirs_version": 1,
            "severe": True,
        }
        op = self.update(record, 1, {}, content_of(place="school"), proposals=[proposal])
        result = self.first.one(op)
        same((result["status"], len(result["conflicts"])), ("applied", 1), "an op with a proposal")
        return record, op, result["conflicts"][0]

    def create(self, record: str, content: JSON, **more: Any) -> JSON:
        """Return an op that makes a record."""
        return {
            **self._envelope(record, "create"),
            "form": FORM,
            "set": flat(content),
            "result_hash": hash_of(content),
            **more,
        }

    def update(
        self, record: str, version: int | None, put: Mapping[str, Any], after: JSON, **more: Any
    ) -> JSON:
        """Return an op that puts answers into a record."""
        op = {
            **self._envelope(record, "update"),
            "set": {path: _answer(value) for path, value in put.items()},
            "result_hash": hash_of(after),
            **more,
        }
        return op if version is None else {**op, "if_match": version}

    def sign(self, record: str, version: int, seen: str, **more: Any) -> JSON:
        """Return an op that signs a record off."""
        return {
            **self._envelope(record, "transition"),
            "if_match": version,
            "to_state": "signed_off",
            "content_hash": seen,
            "result_hash": seen,
            **more,
        }

    def discard(self, record: str, version: int, seen: str, **more: Any) -> JSON:
        """Return an op that takes a draft out of its family."""
        return {
            **self._envelope(record, "discard_draft"),
            "if_match": version,
            "content_hash": seen,
            "result_hash": seen,
            **more,
        }

    def _envelope(self, record: str, kind: str) -> JSON:
        now = self.now().isoformat()
        return {
            "op_id": self.new_id(),
            "kind": kind,
            "record_id": record,
            "scope_id": self.scope,
            "type": "form",
            "provenance": {"edited_from": now, "edited_to": now, "client_time": now},
        }


def _answer(value: Any) -> JSON:
    return value if isinstance(value, dict) and ("v" in value or "ord" in value) else {"v": value}


def content_of(**answers: Any) -> JSON:
    """Return the content that holds these answers and no rows."""
    return {"answers": {name: _answer(value) for name, value in answers.items()}, "groups": {}}


def flat(content: JSON, at: str = "") -> JSON:
    """Return what an op sets so that a new record has this content."""
    found: JSON = {f"{at}{name}": answer for name, answer in content["answers"].items()}
    for group, rows in content["groups"].items():
        for row_id, row in rows.items():
            path = f"{at}{group}/{row_id}"
            found[path] = {"ord": row["ord"]}
            found |= flat(row, f"{path}/")
    return found


@contextmanager
def calling() -> Iterator[httpx.Client]:
    """Give a client that follows nothing and keeps nothing."""
    import httpx

    with httpx.Client(timeout=SECONDS, follow_redirects=False) as client:
        yield client


def practice_token(client: httpx.Client, base_url: str, worker: str, secret: str) -> str:
    """Sign a practice worker in; return the token.

    Raises:
        NotSignedIn: the service does not take worker and secret.
    """
    reply = Caller(client, base_url, None).call(
        "POST", "/v1/practice/sign-in", encoded({"worker": worker, "secret": secret})
    )
    if reply.status != 200:
        raise NotSignedIn(f"sign-in of {worker}: {reply.status} {reply.problem}")
    return str(reply.body["token"])


Scenario = Callable[[Kit], None]
