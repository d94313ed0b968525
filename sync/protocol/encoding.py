"""How a body travels: gzip, measured while it is inflated, and its digest (RFC 9530)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import zlib

DIGEST_HEADER = "Content-Digest"
GZIP = "gzip"
WORTH_IT = 1400  # bytes: what fits one packet gains nothing
_LEVEL = (
    1  # a page of records shrinks to a fifth; higher levels gain a tenth of that for three times the work
)
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class TooLong(ValueError):
    """A body inflates to more than is taken."""


class NotEncoded(ValueError):
    """A body is not what its encoding says: cut off, damaged, or with something behind it."""


def gzipped(body: bytes) -> bytes:
    """Return a body as gzip, the same bytes at every try (no time, no name in it)."""
    squeezer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return squeezer.compress(body) + squeezer.flush()


def inflated(body: bytes, most: int) -> bytes:
    """Return what gzip holds, inflated no further than `most` bytes.

    Raises:
        TooLong: there is more in it.
        NotEncoded: it is no gzip, it is cut off, or something follows it.
    """
    stretcher = zlib.decompressobj(_GZIP_WINDOW)
    try:
        found = stretcher.decompress(body, most + 1)
    except zlib.error as error:
        raise NotEncoded from error
    if len(found) > most:
        raise TooLong
    if not stretcher.eof or stretcher.unused_data:
        raise NotEncoded
    return found


def digest_of(body: bytes) -> str:
    """Return the value of `DIGEST_HEADER` for a body as it is sent."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def digest_fits(said: str, body: bytes) -> bool:
    """Say whether a digest header names the SHA-256 of this body, as it came. Other digests are passed over;
    a header without one we know does not fit."""
    for each in said.split(","):
        name, _, value = each.strip().partition("=")
        if name.lower() == "sha-256" and len(value) > 2 and value[0] == value[-1] == ":":
            try:
                raw = base64.b64decode(value[1:-1], validate=True)
            except binascii.Error:
                return False
            return hmac.compare_digest(raw, hashlib.sha256(body).digest())
    return False
