"""What a worker did to one record, step by step: what Ctrl+Z takes back, and Ctrl+Shift+Z does again.

A step is what differs between two bodies. It is taken back answer by answer, and only where what it said
still stands: what a colleague's change brought since is never undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Answer, Body, Empty, Row
from workbook_desktop.forms.append_only import is_said
from workbook_desktop.forms.definition import Form

MOST = 200  # steps that are remembered

_Kept = TypeVar("_Kept", Answer, Row)
_Pairs = dict[FieldPath, tuple[_Kept | None, _Kept | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one act changed: what stood before, and what stood afterwards."""

    answers: Mapping[FieldPath, tuple[Answer | None, Answer | None]]
    rows: Mapping[FieldPath, tuple[Row | None, Row | None]]
    typed: FieldPath | None = None  # the answer that was typed in, letter by letter

    @property
    def back(self) -> Step:
        """The same the other way about."""
        return Step(
            answers={path: (after, before) for path, (before, after) in self.answers.items()},
            rows={path: (after, before) for path, (before, after) in self.rows.items()},
            typed=self.typed,
        )

    @property
    def came(self) -> tuple[FieldPath, ...]:
        """Rows that it added, without those inside them."""
        return _outermost(path for path, (before, after) in self.rows.items() if before is None and after)

    @property
    def went(self) -> tuple[FieldPath, ...]:
        """Rows that it took away, without those inside them."""
        return self.back.came

    @property
    def place(self) -> FieldPath:
        """Where it was done: a row, or an answer."""
        return next(iter((*self.came, *self.went, *self.rows, *self.answers)))

    def then(self, later: Step) -> Step | None:
        """Return both as one; None if together they change nothing."""
        answers = _joined(self.answers, later.answers)
        answers = {path: each for path, each in answers.items() if not _same(*each)}
        rows = {path: each for path, each in _joined(self.rows, later.rows).items() if each[0] != each[1]}
        return Step(answers=answers, rows=rows, typed=self.typed) if answers or rows else None


def step_between(form: Form, before: Body, after: Body, typed: FieldPath | None = None) -> Step | None:
    """Return what differs, but for what the form works out by itself; None if nothing does."""
    answers: _Pairs[Answer] = {}
    for path in dict.fromkeys((*before.answers, *after.answers)):
        old, new = before.answers.get(path), after.answers.get(path)
        if old is new or old == new:
            continue
        item = form.by_link_id.get(paths.link_id(path))
        if item is None or not item.is_worked_out:
            answers[path] = (old, new)
    rows: _Pairs[Row] = {
        path: (before.rows.get(path), after.rows.get(path))
        for path in dict.fromkeys((*before.rows, *after.rows))
        if before.rows.get(path) != after.rows.get(path)
    }
    return Step(answers=answers, rows=rows, typed=typed) if answers or rows else None


def done(form: Form, body: Body, step: Step) -> Body:
    """Return the body with a step done, as far as what it begins with still stands there. `step.back` undoes.

    A row is taken away only while all that was said in it is the step's own; a row of an append-only group in
    which something was said stays.
    """
    for path in step.went:
        if path in body.rows and _may_go(form, body, step, path):
            body = body.without_row(path)
    rows = dict(body.rows)
    for path, (before, after) in sorted(step.rows.items()):  # a row comes before the rows in it
        if after is None or rows.get(path) != before:
            continue
        around = paths.parent_row(path)
        if not around or around in rows:
            rows[path] = after
    answers = dict(body.answers)
    for path, (old, new) in step.answers.items():
        row = paths.parent_row(path)
        if (row and row not in rows) or not _same(answers.get(path), old):
            continue
        if new is None:
            answers.pop(path, None)
        else:
            answers[path] = new
    return Body(answers=answers, rows=rows)


class Steps:
    """The steps of one opening of a record, the newest last. Nothing of it is put on a disk."""

    def __init__(self, form: Form, body: Body) -> None:
        self._form, self._body = form, body
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def newest(self) -> Step | None:
        """What is undone next."""
        return self._done[-1] if self._done else None

    @property
    def next(self) -> Step | None:
        """What is done again next."""
        return self._undone[-1] if self._undone else None

    def follow(self, body: Body) -> None:
        """Go on from a body that the worker did not make: a colleague's change came."""
        self._body = body

    def note(self, body: Body, typed: FieldPath | None = None, *, by_field: bool = False) -> None:
        """Remember what has just been done.

        Args:
            typed: the answer in which a letter was typed: letters after letters are one step.
            by_field: the text took back, or brought again, some of what was typed in it.
        """
        step = step_between(self._form, self._body, body, typed)
        self._body = body
        if step is None:
            return
        if by_field:
            self._by_field(step)
            return
        self._undone.clear()
        newest = self.newest
        if newest is not None and typed is not None and newest.typed == typed:
            joined = newest.then(step)
            self._done[-1:] = [joined] if joined is not None else []
        elif newest is not None and newest.went and _is_back(newest, step):
            self._undone.append(self._done.pop())  # taken back with the button beside the row
        else:
            self._push(step)

    def undo(self) -> Body | None:
        """Take the newest step back and return the body; None if there is none that still can be."""
        return self._turn(self._done, self._undone, is_back=True)

    def redo(self) -> Body | None:
        """Do the step again that was taken back last."""
        return self._turn(self._undone, self._done, is_back=False)

    def _by_field(self, step: Step) -> None:
        """A text went some way back, or forth again: the rest is remembered, should the text itself go."""
        goes_on = bool(self._undone) and self._undone[-1].typed == step.typed
        for at in range(len(self._done) - 1, -1, -1):
            if self._done[at].typed == step.typed:
                joined = self._done[at].then(step)
                self._done[at : at + 1] = [joined] if joined is not None else []
                break
        else:
            if goes_on:
                self._push(step)
        rest = step.back.then(self._undone.pop()) if goes_on else step.back
        if rest is not None:
            self._undone.append(rest)

    def _turn(self, out_of: list[Step], into: list[Step], *, is_back: bool) -> Body | None:
        while out_of:
            step = out_of.pop()
            body = done(self._form, self._body, step.back if is_back else step)
            if body != self._body:
                into.append(step)
                self._body = body
                return body
        return None

    def _push(self, step: Step) -> None:
        self._done.append(step)
        del self._done[:-MOST]


def _joined(
    first: Mapping[FieldPath, tuple[_Kept | None, _Kept | None]],
    later: Mapping[FieldPath, tuple[_Kept | None, _Kept | None]],
) -> _Pairs[_Kept]:
    joined = dict(first)
    for path, (before, after) in later.items():
        joined[path] = (first[path][0] if path in first else before, after)
    return joined


def _outermost(rows: object) -> tuple[FieldPath, ...]:
    found: list[FieldPath] = []
    for path in sorted(rows):  # type: ignore[call-overload]
        if not any(paths.under(path, each) for each in found):
            found.append(path)
    return tuple(found)


def _is_back(newest: Step, step: Step) -> bool:
    return newest.rows == step.back.rows and all(
        path in newest.answers and _same(newest.answers[path][0], after)
        for path, (_, after) in step.answers.items()
    )


def _may_go(form: Form, body: Body, step: Step, row: FieldPath) -> bool:
    item = form.by_link_id.get(paths.link_id(row))
    if item is not None and item.append_only and is_said(body, row):
        return False
    return all(
        path in step.answers and _same(step.answers[path][0], answer)
        for path, answer in body.answers.items()
        if paths.under(path, row) and answer.by is not None and answer.empty is not Empty.CLEARED
    )


def _same(one: Answer | None, other: Answer | None) -> bool:
    """Whether two say the same. What was cleared says nothing."""
    if one is not None and one.empty is Empty.CLEARED:
        one = None
    if other is not None and other.empty is Empty.CLEARED:
        other = None
    if one is None or other is None:
        return one is other
    return one == other or one.says_the_same(other)
