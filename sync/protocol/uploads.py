"""Messages about files: their bytes travel beside the records that name them, bound to their hash."""

from __future__ import annotations

import msgspec

OCTETS = "application/octet-stream"
PART_BYTES = 256 * 1024  # of one part, on a line that may be slow
MOST_FILE_BYTES = 50 * 1024 * 1024


class UploadRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/uploads``: begin handing over a file, or learn how far an earlier attempt came. `sha256` is
    of its bytes, as the answer that names it has it in `hash`."""

    sha256: str
    size: int
    scope_id: str


class UploadReply(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is. `offset` is where the next part begins; complete when it is `size` and the hash fits."""

    id: str
    offset: int
    size: int
    complete: bool
