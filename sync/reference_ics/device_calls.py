"""Addresses for devices. All but the first need no sign-in: a device proves itself by its key."""

from __future__ import annotations

import anyio.to_thread
from litestar import Response, get, post

from sync.protocol import DeviceRequest, DoneReply, HandedInMessage, WipeReceiptMessage
from sync.protocol.devices import SEALED_BY_HEADER
from sync.reference_ics import devices
from sync.reference_ics.calls import Call, body_of, decoded, device_of, ics_of, log, reply, signed_in
from sync.reference_ics.problems import ProblemRaised

FEATURES = ["devices"]

_SMALL = 16 * 1024
_MOST_SEALED = 72 * 1024 * 1024  # bytes of an envelope, as base64: of the largest file there may be


@post("/v1/devices", status_code=200)
async def register_device(request: Call) -> Response[bytes]:
    """Make this device known for the worker who is signed in, by its public key. Said again, it is the
    same."""
    ics, worker = signed_in(request, by_any_device=True)
    asked = decoded(await body_of(request, _SMALL), DeviceRequest)

    def register() -> Response[bytes]:
        found = devices.register(ics.database, ics.settings, worker, asked)
        log.info("device", extra={"worker": worker, "reason": found.status})
        return reply(found)

    return await anyio.to_thread.run_sync(register)


@get("/v1/devices/self", sync_to_thread=True)
def this_device(request: Call) -> Response[bytes]:
    """Say how this device stands with its authority, and what it is to do. Signed by the device's own key."""
    ics, device = ics_of(request), device_of(request)
    if device is None:
        raise ProblemRaised("proof-refused", "sign the call with the device's key")
    return reply(devices.reply_for(ics.database, ics.settings, device.id))


@post("/v1/devices/self/sealed", status_code=200)
async def hand_in_sealed(request: Call) -> Response[bytes]:
    """Hand in unsent work that only the organisation can open. Signed by the device; said twice, it is
    one."""
    ics = ics_of(request)
    by = request.headers.get(SEALED_BY_HEADER, "")

    def is_known() -> bool:
        with ics.database.reading() as connection:
            return devices.device_named(connection, by) is not None

    if not await anyio.to_thread.run_sync(
        is_known
    ):  # before so much is read: ids of devices cannot be guessed
        raise ProblemRaised("device-unknown")
    message = decoded(await body_of(request, _MOST_SEALED), HandedInMessage)

    def keep() -> Response[bytes]:
        status = devices.hand_in(ics.database, ics.settings.clock, message)
        log.info("sealed", extra={"items": len(message.envelope)})
        return reply(DoneReply(device=message.device, status=status))

    return await anyio.to_thread.run_sync(keep)


@post("/v1/devices/self/wipe-receipt", status_code=200)
async def wipe_receipt(request: Call) -> Response[bytes]:
    """Say that this device was emptied. Signed by its key before that was destroyed; said twice, it is
    one."""
    ics = ics_of(request)
    message = decoded(await body_of(request, _SMALL), WipeReceiptMessage)

    def note() -> Response[bytes]:
        status = devices.take_receipt(ics.database, ics.settings.clock, message)
        log.info("emptied", extra={"items": message.records})
        return reply(DoneReply(device=message.device, status=status))

    return await anyio.to_thread.run_sync(note)


HANDLERS = [register_device, this_device, hand_in_sealed, wipe_receipt]
