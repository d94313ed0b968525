"""Every answer of the service leaves with its digest, and as gzip where that is taken and worth it.

It stands around the whole application, so that a refusal by the framework has its digest too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from sync.protocol.encoding import DIGEST_HEADER, GZIP, WORTH_IT, digest_of, gzipped

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


def encoded(app: App) -> App:
    """Return the application with the encoding of its answers around it. Answers are held until they are
    whole: none of ours is larger than a page."""

    async def around(scope: MutableMapping[str, Any], receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        takes_gzip = _takes_gzip(scope)
        start: _Message | None = None
        pieces: list[bytes] = []

        async def hold(message: _Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body" or start is None:
                await send(message)
                return
            pieces.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            body = b"".join(pieces)
            headers = [
                (name, value)
                for name, value in start["headers"]
                if name.lower() not in (b"content-length", b"content-digest")
            ]
            headers.append((b"vary", b"accept-encoding"))
            coded = any(name.lower() == b"content-encoding" for name, _ in headers)
            if takes_gzip and not coded and len(body) >= WORTH_IT:
                body = gzipped(body)
                headers.append((b"content-encoding", GZIP.encode()))
            headers.append((DIGEST_HEADER.lower().encode(), digest_of(body).encode()))
            headers.append((b"content-length", str(len(body)).encode()))
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})

        await app(scope, receive, hold)

    return around


def _takes_gzip(scope: MutableMapping[str, Any]) -> bool:
    for name, value in scope["headers"]:
        if name.lower() == b"accept-encoding":
            for each in value.decode("latin-1").lower().split(","):
                coding, _, weight = each.strip().partition(";")
                if coding.strip() == GZIP and weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00"):
                    return True
    return False
