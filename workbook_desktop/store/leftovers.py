"""What was written here and is not at the office, taken out of the store as it stands: for an envelope, when
a store is to be emptied. Everything goes along: what waits to be sent, what was refused, what was never
released."""

from __future__ import annotations

import base64
import json
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
    ops = [
        {"record": record, "status": status, "problem": problem, "created_at": at, "sealed": _said(sealed)}
        for record, status, problem, at, sealed in database.execute(
            "SELECT r.id, o.status, o.problem, o.created_at, o.sealed FROM op AS o"
            " JOIN record AS r ON r.num = o.record ORDER BY o.num"
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
                " WHERE b.content IS NOT NULL OR r.released_at IS NOT NULL ORDER BY r.num"
            )
        )
    ]
    clashes = [
        {"record": record, "path": path, "clash": _said(clash)}
        for record, path, clash in database.execute(
            "SELECT r.id, p.path, p.clash FROM proposal AS p JOIN record AS r ON r.num = p.record"
            " ORDER BY p.rowid"
        )
    ]
    late = [
        {"record": record, "job": job, "sealed": _said(sealed)}
        for record, job, sealed in database.execute(
            "SELECT record, job, sealed FROM late_op WHERE kept = 0 ORDER BY num"
        )
    ]
    attached = _files(database)
    (records,) = database.execute("SELECT count(*) FROM record WHERE type <> 'form'").fetchone()
    whose = {each["record"] for part in (ops, texts, clashes, late, attached) for each in part}
    if not whose:
        return Leftovers(content=b"", unsent=0, records=records)
    said = {
        "v": 1,
        "store": store_id,
        "worker": worker,
        "made": made,
        "ops": ops,
        "texts": texts,
        "clashes": clashes,
        "late": late,
        "files": attached,
    }
    content = json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Leftovers(content=content, unsent=len(whose), records=records)


def _files(database: Database) -> list[dict[str, Any]]:
    """Files that were chosen here and that the office has not."""
    return [
        {
            "record": record or hash_,
            "family": family,
            "sha256": hash_,
            "data": base64.b64encode(
                b"".join(
                    bytes(data)
                    for (data,) in database.execute(
                        "SELECT data FROM file_part WHERE hash = ? AND family = ? ORDER BY at",
                        (hash_, family),
                    )
                )
            ).decode("ascii"),
        }
        for hash_, family, record in database.execute(
            "SELECT hash, family, record FROM file WHERE state IN ('new', 'refused')"
        )
    ]


def _said(raw: Any) -> Any:
    """Stored JSON as what it says; what is none goes along as text."""
    if raw is None:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return bytes(raw).hex() if isinstance(raw, bytes) else str(raw)
