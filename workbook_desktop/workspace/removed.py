"""Rows a worker took away from a draft: kept beside it, to be put back, until it is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from workbook_desktop.domain.ids import FieldPath, RecordId
from workbook_desktop.domain.records import Row, answer_json, answer_of

if TYPE_CHECKING:
    from workbook_desktop.forms.sheet import RemovedRow
    from workbook_desktop.store.settings import Settings


def _name(record: RecordId) -> str:
    return f"removed:{record}"  # by the record's id in it, it goes when the record leaves


def keep(settings: Settings, record: RecordId, removed: tuple[RemovedRow, ...]) -> None:
    """Keep them, oldest first, in place of what was kept; those in which nothing was said are left out."""
    said = [
        {
            "path": each.path,
            "rows": [[path, row.ord] for path, row in each.rows],
            "answers": [[path, answer_json(answer)] for path, answer in each.answers],
        }
        for each in removed
        if each.answers
    ]
    if said:
        settings.put(_name(record), json.dumps(said, ensure_ascii=False))
    else:
        settings.drop(_name(record))


def of(settings: Settings, record: RecordId) -> tuple[RemovedRow, ...]:
    """Return them, oldest first."""
    from workbook_desktop.forms.sheet import RemovedRow

    return tuple(
        RemovedRow(
            path=FieldPath(each["path"]),
            rows=tuple((FieldPath(path), Row(ord=ord_)) for path, ord_ in each["rows"]),
            answers=tuple((FieldPath(path), answer_of(raw)) for path, raw in each["answers"]),
        )
        for each in json.loads(settings.get(_name(record)) or "[]")
    )


def forget(settings: Settings, record: RecordId) -> None:
    """Forget them: the record is sent."""
    settings.drop(_name(record))
