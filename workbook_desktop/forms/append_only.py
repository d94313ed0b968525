"""Rows that are never taken away: what was once seen on a child stays, and a mistake is struck through.

A group says so by the extension ``appendOnly``; ``bodyMap`` names the questions of a mark on a body. Both are
extensions of a plain repeating group, so that merging, history and other tools know it as what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

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


def rows_that_stay(form: Form) -> Mapping[LinkId, frozenset[LinkId]]:
    """Return a form's append-only groups, and of each what may still be changed in a row that stays: that it
    is struck through, why, and what is worked out."""
    return {item.link_id: _free(item) for item in form.walk() if item.append_only and item.has_rows}


def altered(
    stay: Mapping[LinkId, frozenset[LinkId]],
    before: Body,
    after: Body,
    settled: Collection[FieldPath] = (),
) -> FieldPath | None:
    """Return where `after` takes away or alters what was put down in rows that stay; None if nowhere.

    Args:
        stay: of `rows_that_stay`.
        before: the record as the office has it.
        after: what it would say next.
        settled: answers about which two people were asked to choose: the choice may be either's.
    """
    said = {
        row
        for path, answer in before.answers.items()
        if answer.by is not None and answer.value is not None
        for row in _around(path, stay)
    }
    for row in sorted(said):
        if row not in after.rows:
            return row
    for path, answer in before.answers.items():
        if answer.value is None or path in settled:
            continue
        within = [row for row in _around(path, stay) if row in said]
        if not within or any(paths.link_id(path) in stay[paths.link_id(row)] for row in within):
            continue
        standing = after.answers.get(path)
        if standing is None or not standing.says_the_same(answer):
            return path
    return None


def _around(path: FieldPath, stay: Mapping[LinkId, frozenset[LinkId]]) -> Iterator[FieldPath]:
    """Yield the rows of such groups in which an answer stands, inner before outer."""
    row = paths.parent_row(path)
    while row:
        if paths.link_id(row) in stay:
            yield row
        row = paths.parent_row(row)


def with_rows_kept(
    form: Form, stands: Body, put: Body, sent: Body | None = None, settled: Collection[FieldPath] = ()
) -> Body:
    """Return what was typed, with every row of an append-only group that stood there and said something.

    Of a row that the office has, the answers stay too as the office has them: what may be added is that it is
    struck through, and why, and what was not answered yet.

    Args:
        stands: what stood in the store before.
        put: what was typed.
        sent: the record as the office has it, if it has it.
        settled: answers about which the worker was asked to choose: the choice stands.
    """
    stay = rows_that_stay(form)
    if not stay:
        return put
    rows: dict[FieldPath, Row] = dict(put.rows)
    answers: dict[FieldPath, Answer] = dict(put.answers)
    for before in (stands, sent):
        for row, kept in before.rows.items() if before is not None else ():
            if before is None or paths.link_id(row) not in stay or not is_said(before, row):
                continue
            if row not in rows:
                rows[row] = kept
                _take(answers, before, row, over=False)
            if before is sent:
                _take(answers, before, row, over=True, but=stay[paths.link_id(row)], settled=settled)
    return Body(answers=answers, rows=rows)


def _free(item: Item) -> frozenset[LinkId]:
    """Return what may still be said of a row that the office has."""
    struck = (item.body_map.struck, item.body_map.why) if item.body_map is not None else ()
    inside, worked_out = list(item.items), []
    while inside:
        inner = inside.pop()
        inside += inner.items
        if inner.is_worked_out:
            worked_out.append(inner.link_id)
    return frozenset((*struck, *worked_out))


def _take(
    answers: dict[FieldPath, Answer],
    source: Body,
    row: FieldPath,
    *,
    over: bool,
    but: Iterable[LinkId] = (),
    settled: Collection[FieldPath] = (),
) -> None:
    free = frozenset(but)
    said: Mapping[FieldPath, Answer] = source.answers
    for path, answer in said.items():
        if not paths.under(path, row) or paths.link_id(path) in free or answer.value is None:
            continue
        if path in settled:
            continue
        if over:
            standing = answers.get(path)
            if standing is None or not standing.says_the_same(answer):
                answers[path] = answer
        else:
            answers.setdefault(path, answer)
