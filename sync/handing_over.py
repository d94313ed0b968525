"""Files: handed over after the words that name them, fetched when somebody wants to see them, part by part.

Words go first: a lost laptop loses a picture before it loses what was said. Every part is a step of its own,
so a run may be dropped between any two; the ICS says where the next part begins.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.ports import Absent, ScopeForbidden, TooMuchAtOnce, UploadMoved
from sync.protocol import Capabilities, UploadReply
from sync.steps import IcsCall, Step, StoreCall
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.files import FileToMove

ATTACHMENTS = "attachments"
AT_ONCE = 20  # files of one run
TRIES = 3  # of one file: parts that met another connection's, or a whole that came out another


def move_files(caps: Capabilities) -> Step:
    """Hand over what waits, then fetch what is wanted."""
    yield from hand_over_files(caps)
    if ATTACHMENTS not in caps.features:
        return
    files: Sequence[FileToMove] = yield StoreCall(
        what="files-wanted", do=lambda store: store.attached.wanted(AT_ONCE)
    )
    for each in files:
        yield from _fetch(each)


def hand_over_files(caps: Capabilities) -> Step:
    """Hand over what waits."""
    if ATTACHMENTS not in caps.features:
        return
    files: Sequence[FileToMove] = yield StoreCall(
        what="files-to-send", do=lambda store: store.attached.to_send(AT_ONCE)
    )
    for each in files:
        yield from _hand_over(each)


def _hand_over(file: FileToMove) -> Step:
    for _ in range(TRIES):
        try:
            done = yield from _upload(file)
        except UploadMoved:
            continue
        except (ScopeForbidden, TooMuchAtOnce):
            done = False
        if done:
            yield StoreCall(what="file-sent", do=lambda store: store.attached.sent(file.family, file.hash))
            return
        break
    yield StoreCall(what="file-refused", do=lambda store: store.attached.refused(file.family, file.hash))


def _upload(file: FileToMove) -> Step:
    """Returns whether the ICS has it all. Raises UploadMoved: ask where it stands, and go on."""
    reply: UploadReply = yield IcsCall(
        what="begin-upload", do=lambda ics: ics.begin_upload(file.family, file.hash, file.size)
    )
    while not reply.complete:
        at = reply.offset
        if not 0 <= at < file.size:
            raise ReplyRefused(reason="offset")
        data: bytes = yield StoreCall(
            what="file-part",
            do=lambda store: store.attached.part(file.family, file.hash, at),  # noqa: B023
        )
        if not data:
            return False
        upload = reply.id
        reply = yield IcsCall(
            what="send-part",
            do=lambda ics: ics.send_part(upload, at, data),  # noqa: B023
        )
        if not reply.complete and reply.offset != at + len(data):
            raise UploadMoved
    return True


def _fetch(file: FileToMove) -> Step:
    at = file.reached
    while at < file.size:
        try:
            data: bytes = yield IcsCall(
                what="file-part-from",
                do=lambda ics: ics.file_part(file.hash, at),  # noqa: B023
            )
        except Absent:
            yield StoreCall(
                what="file-not-there", do=lambda store: store.attached.not_there(file.family, file.hash)
            )
            return
        if not data or at + len(data) > file.size:
            raise ReplyRefused(reason="file")
        here: bool = yield StoreCall(
            what="file-arrived",
            do=lambda store: store.attached.arrived(file.family, file.hash, at, data),  # noqa: B023
        )
        at += len(data)
        if at == file.size and not here:
            return  # the whole was another file: the next run fetches it anew
