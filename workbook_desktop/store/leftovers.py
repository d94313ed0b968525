"""What was written here and is not at the office, taken out of the store as it stands: for an envelope, when
a store is to be emptied or a family may not wait to be handed over. Everything goes along: what waits to be
sent, what was refused, what was never released."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workbook_desktop.store.connection import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """Unsent work as JSON, and how much of it there is."""

    content: bytes  # b"" if there is none
    unsent: int  # records with anything unsent
    records: int  # records held here


def leftovers(database: Database, store_id: str, worker: str, made: str) -> Leftovers:
    """Return all unsent work of a store. `worker`: whose store it is; `made`: the moment, in ISO 8601."""
    whole = _Whole()
    said = _words(database, whole) | {"files": list(_files(database, whole))}
    (records,) = database.execute("SELECT count(*) FROM record WHERE type <> 'form'").fetchone()
    whose = {each["record"] for part in said.values() for each in part}
    if not whose:
        return Leftovers(content=b"", unsent=0, records=records)
    return Leftovers(content=_content(store_id, worker, made, said), unsent=len(whose), records=records)


def left_of(
    database: Database, store_id: str, worker: str, made: str, *, job: str, family: str, record: str | None
) -> list[bytes]:
    """Return all unsent work of a family, or of a record of it, that has to leave: the words as one piece,
    each file as its own, for it may be large. None of what is in envelopes already."""
    part = _Whole(job=job, family=family, record=record)
    words = _words(database, part)
    pieces = [_content(store_id, worker, made, words | {"files": []})] if any(words.values()) else []
    nothing: dict[str, list[Any]] = {name: [] for name in words}
    return pieces + [
        _content(store_id, worker, made, nothing | {"files": [file]}) for file in _files(database, part)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """Of what the unsent work is wanted: of the whole store, or of what a job names."""

    job: str | None = None
    family: str | None = None
    record: str | None = None

    def where(self, family: str, record: str) -> str:
        """Return a condition on two columns; its values are `values`."""
        return f"(?1 IS NULL OR {family} = ?1) AND (?2 IS NULL OR {record} = ?2)"

    @property
    def values(self) -> tuple[str | None, str | None]:
        return (self.family, self.record)


def _content(store_id: str, worker: str, made: str, said: Mapping[str, Any]) -> bytes:
    whole = {"v": 1, "store": store_id, "worker": worker, "made": made, **said}
    return json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _words(database: Database, part: _Whole) -> dict[str, list[dict[str, Any]]]:
    here = part.where("r.family", "r.id")
    ops = [
        {"record": record, "status": status, "problem": problem, "created_at": at, "sealed": _said(sealed)}
        for record, status, problem, at, sealed in database.execute(
            "SELECT r.id, o.status, o.problem, o.created_at, o.sealed FROM op AS o"
            f" JOIN record AS r ON r.num = o.record WHERE {here} ORDER BY o.num",
            part.values,
        )
    ]
    texts = [
        {
            "record": record,
            "family": family,
            "form": form,
            "version": version,
            "state": state,
            "base_version": base,
            "edited_from": since,
            "edited_to": to,
            "released_at": released,
            "sign_off": sign_off,
            "settles": _said(settles),
            "content": _said(content),
        }
        for record, family, form, version, state, base, since, to, released, sign_off, settles, content in (
            database.execute(
                "SELECT r.id, r.family, r.form_id, r.form_version, r.state, r.base_version, r.edited_from,"
                " r.edited_to, r.released_at, r.sign_off_hash, r.settles, b.content FROM record AS r"
                " LEFT JOIN body AS b ON b.record = r.num AND b.side = 'local'"
                f" WHERE (b.content IS NOT NULL OR r.released_at IS NOT NULL) AND {here} ORDER BY r.num",
                part.values,
            )
        )
    ]
    clashes = [
        {"record": record, "path": path, "clash": _said(clash)}
        for record, path, clash in database.execute(
            "SELECT r.id, p.path, p.clash FROM proposal AS p JOIN record AS r ON r.num = p.record"
            f" WHERE {here}",
            part.values,
        )
    ]
    late = [
        {"record": record, "job": job, "sealed": _said(sealed)}
        for record, job, sealed in database.execute(
            "SELECT record, job, sealed FROM late_op WHERE kept = 0"
            " AND (?1 IS NULL OR (job = ?1 AND record <> '')) ORDER BY num",
            (part.job,),
        )
    ]
    return {"ops": ops, "texts": texts, "clashes": clashes, "late": late}


def _files(database: Database, part: _Whole) -> Iterator[dict[str, Any]]:
    """Yield files that were chosen here and that the office has not."""
    found = database.execute(
        "SELECT hash, family, record FROM file WHERE state IN ('new', 'refused')"
        f" AND {part.where('family', 'record')}",
        part.values,
    ).fetchall()
    for hash_, family, record in found:
        data = database.execute(
            "SELECT data FROM file_part WHERE hash = ? AND family = ? ORDER BY at", (hash_, family)
        )
        yield {
            "record": record or hash_,
            "family": family,
            "sha256": hash_,
            "data": base64.b64encode(b"".join(bytes(each) for (each,) in data)).decode("ascii"),
        }


def _said(raw: Any) -> Any:
    """Stored JSON as what it says; what is none goes along as text."""
    if raw is None:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return bytes(raw).hex() if isinstance(raw, bytes) else str(raw)
