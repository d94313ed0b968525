"""Addresses for files."""

from __future__ import annotations

import anyio.to_thread
from litestar import Response, get, patch, post

from sync.protocol.encoding import DIGEST_HEADER, digest_fits
from sync.protocol.uploads import OCTETS, PART_BYTES, UploadReply, UploadRequest
from sync.reference_ics import uploads
from sync.reference_ics.calls import Call, body_of, decoded, log, number_in, reads, reply, signed_in
from sync.reference_ics.problems import ProblemRaised

FEATURES = ["attachments"]

_SMALL = 4 * 1024
MOST_PART = 4 * 1024 * 1024  # bytes of one part


@post("/v1/uploads", status_code=200)
async def begin_upload(request: Call) -> Response[bytes]:
    """Begin handing over a file, or learn how far an earlier attempt came."""
    ics, worker = signed_in(request)
    asked = decoded(await body_of(request, _SMALL), UploadRequest)

    def begin() -> UploadReply:
        return uploads.begin(ics.database, ics.settings, worker, asked)

    return reply(await anyio.to_thread.run_sync(begin))


@patch("/v1/uploads/{upload_id:str}", status_code=200)
async def take_part(request: Call) -> Response[bytes]:
    """Take the next part, from the byte `offset` on."""
    ics, worker = signed_in(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != OCTETS:
        raise ProblemRaised("unsupported-encoding", f"send {OCTETS}")
    offset = number_in(request, "offset", least=0)
    if offset is None:
        raise ProblemRaised("malformed", "offset says where the part begins")
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MOST_PART:
            raise ProblemRaised("payload-too-large", f"{MOST_PART} bytes at once")
    digest = request.headers.get(DIGEST_HEADER)
    if digest is None or not digest_fits(digest, bytes(data)):
        raise ProblemRaised("digest-mismatch")
    id_ = str(request.path_params["upload_id"])

    def take() -> UploadReply:
        return uploads.take_part(ics.database, ics.settings, worker, id_, offset, bytes(data))

    found = await anyio.to_thread.run_sync(take)
    log.info("upload", extra={"worker": worker, "items": len(data)})
    return reply(found)


@get("/v1/blobs/{sha256:str}", sync_to_thread=True)
def read_file(request: Call) -> Response[bytes]:
    """Read part of a file, from the byte `offset` on, at most `limit` bytes."""
    ics, worker = reads(request)
    offset = number_in(request, "offset", least=0) or 0
    limit = min(number_in(request, "limit", least=1) or PART_BYTES, MOST_PART)
    sha256 = str(request.path_params["sha256"])
    found = uploads.part(ics.database, ics.settings, worker, sha256, offset, limit)
    return Response(found, media_type=OCTETS)


HANDLERS = [begin_upload, take_part, read_file]
