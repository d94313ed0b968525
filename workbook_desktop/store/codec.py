"""Values to bytes and back, for columns that hold JSON. The one place where the store's rows become
values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from workbook_desktop.domain.changes import Clash, Conflict, ConflictKind, Settlement
from workbook_desktop.domain.ids import ConflictId, FieldPath
from workbook_desktop.domain.records import (
    Answer,
    Body,
    Content,
    FormRef,
    Gist,
    Head,
    State,
    StoredContent,
    answer_json,
    answer_of,
    body_of,
    content_of,
)

_ENCODER = msgspec.json.Encoder(enc_hook=lambda value: dict(value))
_SORTED = msgspec.json.Encoder(enc_hook=lambda value: dict(value), order="deterministic")
_DECODER = msgspec.json.Decoder()


def encode(value: Any) -> bytes:
    """Return JSON."""
    return _ENCODER.encode(value)


def encode_sorted(value: Any) -> bytes:
    """Return JSON that is the same for equal values, to be hashed. Half a letter becomes a mark, not an
    error: text that was typed must be kept whatever the keyboard sent."""
    try:
        return _SORTED.encode(value)
    except UnicodeEncodeError:
        return _SORTED.encode(_whole_letters(value))


def as_kept(body: Body) -> Body:
    """Return a body as it comes back from the disk: with whole letters, and nothing outside its rows."""
    return body_of(decode(encode_sorted(content_of(body))))


def decode(raw: bytes | str) -> Any:
    """Return what JSON says."""
    return _DECODER.decode(raw)


def stored(raw: bytes) -> StoredContent:
    """Return a stored body without reading it yet."""
    return StoredContent(raw, _DECODER.decode)


def content_json(content: Content) -> bytes:
    """Return a body as it is stored."""
    return content.json if isinstance(content, StoredContent) else encode(content)


def digest(content: bytes) -> str:
    """Return the SHA-256 of a stored body: tells whether anything was typed since."""
    return hashlib.sha256(content).hexdigest()


def whole_text(text: str) -> str:
    """Return a text in which half a letter (half of an emoji, from some keyboards) has become a mark."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _whole_letters(value: Any) -> Any:
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, Mapping):
        return {_whole_letters(key): _whole_letters(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole_letters(each) for each in value]
    return value


def text(moment: datetime | None) -> str | None:
    """Return a moment as the columns hold it: UTC, so that text sorts as time does."""
    if moment is None:
        return None
    if moment.tzinfo is UTC:  # nearly all of them; in a pull of thousands it is felt
        return moment.isoformat(timespec="microseconds")
    if moment.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(raw: str | None) -> datetime | None:
    """Return the moment of a column."""
    return datetime.fromisoformat(raw) if raw else None


def day(raw: str | None) -> date | None:
    """Return the date of a column."""
    return date.fromisoformat(raw) if raw else None


class _Envelope(msgspec.Struct):
    """What a head says beside its content, as it is kept: written for each record of a push and of a pull."""

    id: str
    type: str
    family: str
    form: tuple[str, str] | None
    state: str
    chapter: str
    subjects: tuple[str, ...]
    version: int
    hash: str
    created_by: str | None
    created_at: str | None
    changed_by: str | None
    changed_at: str | None
    signed_by: str | None
    signed_at: str | None
    open_conflicts: tuple[str, ...]
    amends: str | None
    mark: str | None
    extra: tuple[tuple[str, Any], ...]


def envelope_of(head: Head) -> bytes:
    """Return what a head says beside its content."""
    created, changed = text(head.created_at), head.changed_at
    return encode(
        _Envelope(
            head.id,
            head.type,
            head.family,
            (head.form.id, head.form.version) if head.form else None,
            head.state,
            head.chapter,
            head.subjects,
            head.version,
            head.hash,
            head.created_by,
            created,
            head.changed_by,
            created if changed == head.created_at else text(changed),
            head.signed_by,
            text(head.signed_at),
            head.open_conflicts,
            head.amends,
            head.mark,
            head.extra,
        )
    )


def head_of(envelope: bytes, content: bytes) -> Head:
    """Return the head that was kept."""
    raw = decode(envelope)
    return Head(
        id=raw["id"],
        type=raw["type"],
        family=raw["family"],
        form=FormRef(id=raw["form"][0], version=raw["form"][1]) if raw["form"] else None,
        state=State(raw["state"]),
        chapter=raw["chapter"],
        subjects=tuple(raw["subjects"]),
        content=stored(content),
        version=raw["version"],
        hash=raw["hash"],
        created_by=raw["created_by"],
        created_at=moment(raw["created_at"]),
        changed_by=raw["changed_by"],
        changed_at=moment(raw["changed_at"]),
        signed_by=raw["signed_by"],
        signed_at=moment(raw["signed_at"]),
        open_conflicts=tuple(raw["open_conflicts"]),
        amends=raw.get("amends"),  # not in what a store of before kept
        mark=raw.get("mark"),
        extra=tuple((name, value) for name, value in raw["extra"]),
    )


def settlements_json(settles: tuple[Settlement, ...]) -> str:
    """Return settlements as a column holds them."""
    return encode([[each.conflict, each.choice, each.reason] for each in settles]).decode()


def settlements_of(raw: str) -> tuple[Settlement, ...]:
    """Return the settlements of a column."""
    return tuple(
        Settlement(conflict=ConflictId(conflict), choice=choice, reason=reason)
        for conflict, choice, reason in decode(raw)
    )


def _answer(answer: Answer | None) -> dict[str, Any] | None:
    return None if answer is None else answer_json(answer)


def _answer_of(raw: dict[str, Any] | None) -> Answer | None:
    return None if raw is None else answer_of(raw)


def clash_json(clash: Clash) -> bytes:
    """Return a clash as it is kept."""
    return encode(
        {
            "path": clash.path,
            "kind": str(clash.kind),
            "base": _answer(clash.base),
            "mine": _answer(clash.mine),
            "theirs": _answer(clash.theirs),
            "severe": clash.severe,
        }
    )


def clash_of(raw: bytes) -> Clash:
    """Return the clash that was kept."""
    found = decode(raw)
    return Clash(
        path=FieldPath(found["path"]),
        kind=ConflictKind(found["kind"]),
        base=_answer_of(found["base"]),
        mine=_answer_of(found["mine"]),
        theirs=_answer_of(found["theirs"]),
        severe=found["severe"],
    )


def conflict_json(conflict: Conflict) -> bytes:
    """Return a conflict as it is kept."""
    return encode(
        {
            "id": conflict.id,
            "record": conflict.record,
            "family": conflict.family,
            "path": conflict.path,
            "kind": str(conflict.kind),
            "base": _answer(conflict.base),
            "mine": _answer(conflict.mine),
            "theirs": _answer(conflict.theirs),
            "mine_by": conflict.mine_by,
            "mine_at": text(conflict.mine_at),
            "theirs_by": conflict.theirs_by,
            "theirs_at": text(conflict.theirs_at),
            "theirs_version": conflict.theirs_version,
            "severe": conflict.severe,
            "state": conflict.state,
            "settled_by": conflict.settled_by,
            "settled_at": text(conflict.settled_at),
            "choice": conflict.choice,
            "reason": conflict.reason,
            "claimed_by": conflict.claimed_by,
            "claimed_at": text(conflict.claimed_at),
            "escalated_at": text(conflict.escalated_at),
            "mark": conflict.mark,
            "extra": [[name, value] for name, value in conflict.extra],
        }
    )


def conflict_of(raw: bytes) -> Conflict:
    """Return the conflict that was kept."""
    found = decode(raw)
    return Conflict(
        id=found["id"],
        record=found["record"],
        family=found["family"],
        path=found["path"],
        kind=ConflictKind(found["kind"]),
        base=_answer_of(found["base"]),
        mine=_answer_of(found["mine"]),
        theirs=_answer_of(found["theirs"]),
        mine_by=found["mine_by"],
        mine_at=datetime.fromisoformat(found["mine_at"]),
        theirs_by=found["theirs_by"],
        theirs_at=moment(found["theirs_at"]),
        theirs_version=found["theirs_version"],
        severe=found["severe"],
        state=found["state"],
        settled_by=found["settled_by"],
        settled_at=moment(found["settled_at"]),
        choice=found["choice"],
        reason=found["reason"],
        claimed_by=found.get("claimed_by"),
        claimed_at=moment(found.get("claimed_at")),
        escalated_at=moment(found.get("escalated_at")),
        mark=found.get("mark"),
        extra=tuple((name, value) for name, value in found["extra"]),
    )


def words_in(content: Content) -> str:
    """Return every text in a body, for search when nobody gave a gist."""
    found: list[str] = []

    def read(node: Any) -> None:
        if isinstance(node, Mapping):
            for answer in node.get("answers", {}).values():
                value = answer.get("v") if isinstance(answer, Mapping) else None
                for each in value if isinstance(value, list) else [value]:
                    if isinstance(each, str):
                        found.append(each)
                    elif isinstance(each, Mapping) and isinstance(each.get("display"), str):
                        found.append(each["display"])
            for rows in node.get("groups", {}).values():
                for row in rows.values():
                    read(row)

    read(content)
    return "\n".join(found)


def plain_gist(head: Head) -> Gist:
    """Return a gist without knowing the form: the id of the form as title, every text for search."""
    return Gist(
        title=head.form.id if head.form else head.type,
        occurred_on=None,
        search_text=words_in(head.content),
    )
