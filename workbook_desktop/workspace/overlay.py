"""What a worker typed, brought onto what stands in the store by the time it is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import Crossing, Delta, apply, delta_between
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Answer, Body, Row


def over(stands: Body, before: Body, after: Body) -> Body:
    """Return what stands, with what was changed from `before` to `after` done to it as well.

    Where both changed the same answer, what was typed is in it: nothing changes under the worker's fingers.
    """
    if stands == before:
        return after
    delta = delta_between(before, after)
    lost: dict[FieldPath, Answer | Row] = {}
    moved = {path for path in delta.set if path in before.rows and path not in stands.rows}
    for path in (*delta.set, *delta.unset):
        if path in moved:
            continue  # to have moved a row is no reason to bring it back
        row = paths.parent_row(path)
        while row and row not in stands.rows and row in after.rows:
            # The row was taken away elsewhere while something was typed in it: it comes back, whole, for half
            # of a row would say what nobody wrote.
            lost.update(_row(after, row))
            row = paths.parent_row(row)
    put = {path: each for path, each in delta.set.items() if path not in moved}
    return apply(stands, Delta(set={**put, **lost}, unset=delta.unset))


def with_row_back(body: Body, row: FieldPath, sources: Iterable[Body]) -> Body | None:
    """Return a body in which a row stands, brought back whole from the first of these that has it: for half
    of a row would say what nobody wrote. None if none has it."""
    if not row or row in body.rows:
        return body
    for source in sources:
        if row in source.rows:
            back = _with(body, source, {*_row(source, row)})
            outer = with_row_back(back, paths.parent_row(row), (source,))
            return outer if outer is not None else back
    return None


def crossing_after(kept: Crossing | None, stands: Body, before: Body, after: Body) -> Crossing | None:
    """Return what typing has crossed with, once the change from `before` to `after` is kept.

    Args:
        kept: what earlier typing crossed with and no run has merged yet.
        stands: what stood in the store just before this keep.
    """
    if kept is not None:
        return _looked_at(kept, before, after)
    if stands == before or over(stands, before, after) == stands:
        return None
    return Crossing(seen=before, stood=stands)


def _looked_at(crossing: Crossing, before: Body, after: Body) -> Crossing:
    """Return the crossing without what the worker has meanwhile changed with a colleague's words in view:
    that is an edit of those words, and nobody need be asked."""
    seen, stood = crossing.seen, crossing.stood
    for row in before.rows:
        gone = row not in after.rows and row in stood.rows
        if gone and _row(before, row) == _row(stood, row) != _row(seen, row):
            seen = _with(seen.without_row(row), stood, {*_row(stood, row)})
    for path in {*before.answers, *after.answers}:
        says, said = before.answers.get(path), stood.answers.get(path)
        changed = says != after.answers.get(path)
        if changed and says == said and seen.answers.get(path) != said:
            seen = seen.with_answer(path, None) if said is None else _with(seen, stood, {path})
    return Crossing(seen=seen, stood=stood)


def _with(body: Body, source: Body, wanted: set[FieldPath]) -> Body:
    """Return the body with these answers and rows as the source has them, and the rows they stand in."""
    answers, rows = dict(body.answers), dict(body.rows)
    for path in wanted:
        if not paths.is_row(path):
            answers[path] = source.answers[path]
        row = path if paths.is_row(path) else paths.parent_row(path)
        while row:
            rows.setdefault(row, source.rows[row])
            row = paths.parent_row(row)
    return Body(answers=answers, rows=rows)


def _row(body: Body, row: FieldPath) -> dict[FieldPath, Answer | Row]:
    """Return a row and everything in it."""
    if row not in body.rows:
        return {}
    found: dict[FieldPath, Answer | Row] = {
        path: each for path, each in body.rows.items() if paths.under(path, row)
    }
    found.update((path, each) for path, each in body.answers.items() if paths.under(path, row))
    return found
