"""Rows that are never taken away: what was once seen on a child stays, and a mistake is struck through.

A group says so by the extension ``appendOnly``; ``bodyMap`` names the questions of a mark on a body. Both are
extensions of a plain repeating group, so that merging, history and other tools know it as what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body, Row
from workbook_desktop.forms.definition import BodyMap, Form, Item
from workbook_desktop.forms.extensions import Extensions

_NAMES = ("region", "side", "x", "y", "struck", "why", "age")


def body_map(more: Extensions) -> BodyMap | None:
    """Return the questions of a body map; None where the extension is not there or names not all."""
    for parts in more.parts("workbook:bodyMap"):
        named = {name: LinkId(parts.text(name)) for name in _NAMES if parts.text(name)}
        if len(named) == len(_NAMES):
            protocol = parts.text("protocol")
            return BodyMap(**named, protocol=LinkId(protocol) if protocol else None)
    return None


def is_said(body: Body, row: FieldPath) -> bool:
    """Say whether somebody has said something in a row: from then on it stays."""
    return any(
        answer.by is not None and answer.value is not None
        for path, answer in body.answers.items()
        if paths.under(path, row)
    )


def with_rows_kept(form: Form, stands: Body, put: Body, sent: Body | None = None) -> Body:
    """Return what was typed, with every row of an append-only group that stood there and said something.

    Of a row that the office has, the answers stay too as the office has them: what may be added is that it is
    struck through, and why, and what was not answered yet.

    Args:
        stands: what stood in the store before.
        put: what was typed.
        sent: the record as the office has it, if it has it.
    """
    groups = {item.link_id: item for item in form.walk() if item.append_only and item.has_rows}
    if not groups:
        return put
    rows: dict[FieldPath, Row] = dict(put.rows)
    answers: dict[FieldPath, Answer] = dict(put.answers)
    for before in (stands, sent):
        for row, kept in before.rows.items() if before is not None else ():
            if before is None or paths.link_id(row) not in groups or not is_said(before, row):
                continue
            if row not in rows:
                rows[row] = kept
                _take(answers, before, row, over=False)
            if before is sent:
                free = _free(groups[paths.link_id(row)])
                _take(answers, before, row, over=True, but=free)
    return Body(answers=answers, rows=rows)


def _free(item: Item) -> frozenset[LinkId]:
    """Return what may still be said of a row that the office has."""
    return frozenset((item.body_map.struck, item.body_map.why)) if item.body_map is not None else frozenset()


def _take(
    answers: dict[FieldPath, Answer],
    source: Body,
    row: FieldPath,
    *,
    over: bool,
    but: Iterable[LinkId] = (),
) -> None:
    free = frozenset(but)
    said: Mapping[FieldPath, Answer] = source.answers
    for path, answer in said.items():
        if not paths.under(path, row) or paths.link_id(path) in free or answer.value is None:
            continue
        if over:
            standing = answers.get(path)
            if standing is None or not standing.says_the_same(answer):
                answers[path] = answer
        else:
            answers.setdefault(path, answer)
