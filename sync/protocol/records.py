"""Records and workers: from a message to the domain's value and back, every hash compared."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from sync.protocol.messages import FormMessage, MadeMessage, RecordMessage, WorkerMessage
from sync.protocol.strict import encode, hash_of, strict_json
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.ids import ConflictId, FamilyId, FormId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Content, Empty, FormRef, Head, State, StoredContent

_KNOWN = frozenset(RecordMessage.__struct_fields__)
_EMPTIES = frozenset(str(each) for each in Empty)
_TEXT = (str, type(None))


def _answers_fit(answers: Any) -> bool:
    if type(answers) is not dict:
        return False
    for one in answers.values():
        if type(one) is not dict:
            return False
        if one.get("v") is None:
            if "v" not in one or one.get("s") not in _EMPTIES:
                return False
        elif one.get("s") is not None:
            return False
        if type(one.get("by", "")) not in _TEXT or type(one.get("at", "")) not in _TEXT:
            return False
    return True


def _groups_fit(groups: Any) -> bool:
    return type(groups) is dict and all(
        type(rows) is dict
        and all(
            type(row) is dict
            and type(row.get("ord")) is str
            and _answers_fit(row.get("answers"))
            and _groups_fit(row.get("groups"))
            for row in rows.values()
        )
        for rows in groups.values()
    )


def moment_of(text: str | None) -> datetime | None:
    """Return the aware moment of ISO 8601 text."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ReplyRefused(reason="not-a-moment") from error
    if moment.utcoffset() is None:
        raise ReplyRefused(reason="a moment without a zone")
    return moment


def head_of(source: RecordMessage | bytes | msgspec.Raw) -> Head:
    """Return the record of a message, its hash compared with what it says.

    From bytes, which `strict_json` reads, unknown members of the record come along in `extra`; a decoded
    message has lost them.

    Raises:
        ReplyRefused: the hash does not fit, or it is not a record.
    """
    if isinstance(source, RecordMessage):
        return _head(source, ())
    return head_in(strict_json(source))


class _RawContent(msgspec.Struct):
    answers: msgspec.Raw
    groups: msgspec.Raw


_raw_content = msgspec.json.Decoder(_RawContent)


def head_in(raw: Any, body: bytes | None = None) -> Head:
    """Return the record in decoded JSON that was read strictly; from `body`, if that is at hand.

    Content whose very bytes have the hash that the record says is in canonical form: most is sent as it was
    sealed, and need be neither put in order nor written down again to be compared and kept.

    Raises:
        ReplyRefused: as `head_of`.
    """
    try:
        message = msgspec.convert(raw, RecordMessage)
    except msgspec.ValidationError as error:
        raise ReplyRefused(reason="not-a-record") from error
    extra = () if raw.keys() <= _KNOWN else tuple((name, raw[name]) for name in raw if name not in _KNOWN)
    return _head(message, extra, body)


def _head(message: RecordMessage, extra: tuple[tuple[str, Any], ...], body: bytes | None = None) -> Head:
    content: Content = {"answers": message.answers, "groups": message.groups}
    as_sent = None if body is None else _content_in(body)
    if as_sent is not None and hashlib.sha256(as_sent).hexdigest() == message.hash:
        content = StoredContent.of(as_sent, content)
    elif hash_of(content) != message.hash:
        raise ReplyRefused(reason="hash", record=message.id)
    if not (_answers_fit(message.answers) and _groups_fit(message.groups)):
        raise ReplyRefused(reason="not-an-answer", record=message.id)
    return _with_content(message, content, extra)


def _content_in(body: bytes) -> bytes:
    found = _raw_content.decode(body)
    return b'{"answers":%b,"groups":%b}' % (found.answers, found.groups)


def made_of(message: MadeMessage, content: Content) -> Head:
    """Return the record that an op made, with the content it was sealed with. The caller has compared the
    hash with the one the op promised.

    Raises:
        ReplyRefused: it is not a record.
    """
    return _with_content(message, content, ())


def _with_content(
    message: RecordMessage | MadeMessage, content: Content, extra: tuple[tuple[str, Any], ...]
) -> Head:
    try:
        state = State(message.state)
    except ValueError as error:
        raise ReplyRefused(reason="not-a-record", record=message.id) from error
    if message.version < 1:
        raise ReplyRefused(reason="version", record=message.id)
    return Head(
        id=RecordId(message.id),
        type=message.type,
        family=FamilyId(message.scope_id),
        form=FormRef(id=FormId(message.form.id), version=message.form.version) if message.form else None,
        state=state,
        chapter=message.chapter,
        subjects=tuple(PersonId(each) for each in message.subjects),
        content=content,
        version=message.version,
        hash=message.hash,
        created_by=worker_id_of(message.created_by),
        created_at=moment_of(message.created_at),
        changed_by=worker_id_of(message.changed_by),
        changed_at=moment_of(message.changed_at),
        signed_by=worker_id_of(message.signed_by),
        signed_at=moment_of(message.signed_at),
        open_conflicts=tuple(ConflictId(each) for each in message.open_conflicts),
        amends=None if message.amends is None else RecordId(message.amends),
        mark=message.mark,
        extra=extra,
    )


def worker_id_of(text: str | None) -> WorkerId | None:
    """Return the id of a worker, if one is named."""
    return None if text is None else WorkerId(text)


def text_of(moment: datetime | None) -> str | None:
    """Return a moment as ISO 8601 text."""
    return None if moment is None else moment.isoformat()


def record_message(head: Head) -> RecordMessage:
    """Return the message of a record; members this version does not know are not part of it
    (`record_json`)."""
    return RecordMessage(
        id=head.id,
        type=head.type,
        scope_id=head.family,
        version=head.version,
        hash=head.hash,
        state=str(head.state),
        answers=head.content["answers"],
        groups=head.content["groups"],
        form=FormMessage(id=head.form.id, version=head.form.version) if head.form else None,
        chapter=head.chapter,
        subjects=list(head.subjects),
        created_by=head.created_by,
        created_at=text_of(head.created_at),
        changed_by=head.changed_by,
        changed_at=text_of(head.changed_at),
        signed_by=head.signed_by,
        signed_at=text_of(head.signed_at),
        open_conflicts=list(head.open_conflicts),
        amends=head.amends,
        mark=head.mark,
    )


def record_json(head: Head) -> bytes:
    """Return a record as JSON, unknown members included."""
    return encode({**dict(head.extra), **msgspec.structs.asdict(record_message(head))})


def worker_of(message: WorkerMessage) -> Worker:
    """Return the worker of a message."""
    return Worker(
        id=WorkerId(message.id),
        name=message.name,
        role=message.role,
        agency=message.agency,
        chapter=message.chapter,
        is_manager=message.is_manager,
    )


def with_extra(head: Head, known: Head | None) -> Head:
    """Return the head with the members an earlier reading knew and this message could not carry."""
    return replace(head, extra=known.extra) if known is not None and known.extra and not head.extra else head
