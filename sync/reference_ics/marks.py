"""By what the service knows its own word again, should a restore have made it forget.

A mark is a keyed hash over all of a record or conflict; content goes in by its own hash. The key is the
database's and comes back with every backup of it; nobody else can make one. So a laptop may give back what
others wrote, and signed, under their names.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from sync.protocol import ConflictMessage, RecordMessage, canonical

_BYTES: Final = 16
# What may change in a conflict without its being another: these say who is looking, and decide nothing.
_BESIDES: Final = frozenset(("mark", "claimed_by", "claimed_at", "escalated_at"))


class Marks:
    """Makes marks and compares them."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"marks of what was said", "sha256")

    def record(self, said: RecordMessage) -> RecordMessage:
        """Return a record with its mark."""
        return msgspec.structs.replace(said, mark=self._of_record(said))

    def conflict(self, said: ConflictMessage) -> ConflictMessage:
        """Return a conflict with its mark."""
        return msgspec.structs.replace(said, mark=self._of_conflict(said))

    def erasure(self, record: str, scope: str) -> str:
        """Return the mark of a record's erasure."""
        return self._mark(["erased", record, scope])

    def know_record(self, said: RecordMessage) -> bool:
        """Say whether this very record was said here; that the hash fits is to be seen besides."""
        return said.mark is not None and hmac.compare_digest(
            said.mark.encode(), self._of_record(said).encode()
        )

    def know_conflict(self, said: ConflictMessage) -> bool:
        """Say whether this very conflict was said here."""
        return said.mark is not None and hmac.compare_digest(
            said.mark.encode(), self._of_conflict(said).encode()
        )

    def know_erasure(self, record: str, scope: str, mark: str) -> bool:
        """Say whether this record's erasure was said here."""
        return hmac.compare_digest(mark.encode(), self.erasure(record, scope).encode())

    def _of_record(self, said: RecordMessage) -> str:
        return self._mark(
            [
                "record",
                said.id,
                said.type,
                said.scope_id,
                said.version,
                said.hash,
                said.state,
                None if said.form is None else [said.form.id, said.form.version],
                said.chapter,
                said.subjects,
                said.created_by,
                _moment(said.created_at),
                said.changed_by,
                _moment(said.changed_at),
                said.signed_by,
                _moment(said.signed_at),
                said.open_conflicts,
                said.amends,
            ]
        )

    def _of_conflict(self, said: ConflictMessage) -> str:
        raw: dict[str, Any] = {
            name: value for name, value in msgspec.structs.asdict(said).items() if name not in _BESIDES
        }
        for name in ("mine_at", "theirs_at", "settled_at"):
            raw[name] = _moment(raw[name])
        return self._mark(["conflict", hashlib.sha256(canonical(raw)).hexdigest()])

    def _mark(self, what: list[Any]) -> str:
        found = hmac.digest(self._key, msgspec.json.encode(what), "sha256")[:_BYTES]
        return base64.urlsafe_b64encode(found).decode().rstrip("=")


@functools.lru_cache(256)  # the records of a push were all changed when it came
def _moment(text: str | None) -> str | None:
    """Return a moment in one writing: a laptop keeps when it was, not how it was written."""
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC).isoformat()
