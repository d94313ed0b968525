"""What two workers wrote since the same base, brought together: pure, total, and the same on every laptop.

Base, local and head are of one form version. `merged` is what the record says next: what one side changed is
taken, what both changed to different things stays as the head has it and is a clash, which a person settles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sync.sentences import merged_text
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import Clash, ConflictKind
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import (
    Answer,
    Body,
    Empty,
    Row,
    canonical_json,
    comparable,
    content_of,
)
from workbook_desktop.forms.definition import Form, Item
from workbook_desktop.forms.definition import Merge as Rule
from workbook_desktop.forms.workings import brought_up_to_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What a merge came to.

    `combined` are the paths at which the two sides' changes now stand together; none if only one side
    changed.
    """

    merged: Body
    clashes: tuple[Clash, ...]
    combined: tuple[FieldPath, ...]


def merge(base: Body, local: Body, head: Body, form: Form | None) -> Merge:
    """Return base with the changes of both sides. Questions the form does not know are never merged by
    machine."""
    if head == base or local == head:
        return Merge(merged=local, clashes=(), combined=())
    if local == base:
        return Merge(merged=head, clashes=(), combined=())
    return _Meeting(base, local, head, form).result()


def row_answer(body: Body, row: FieldPath) -> Answer | None:
    """Return a row and all in it as the answer a conflict about it holds; None if it is not there."""
    if row not in body.rows:
        return None
    node: Any = content_of(_only(body, row))
    for group, row_id in _steps(row):
        node = node["groups"][group][row_id]
    return Answer(value={"row": node})


def answer_at(body: Body, path: FieldPath) -> Answer | None:
    """Return what stands at an answer's or a row's path, as a conflict holds it."""
    return row_answer(body, path) if paths.is_row(path) else body.answers.get(path)


def _steps(row: FieldPath) -> Iterable[tuple[str, str]]:
    segments = paths.split(row)
    return zip(segments[::2], segments[1::2], strict=True)


def _only(body: Body, row: FieldPath) -> Body:
    """The row, what stands in it, and the bare rows around it."""
    around = {path for path in body.rows if paths.under(row, path)}
    return Body(
        answers={path: each for path, each in body.answers.items() if paths.under(path, row)},
        rows={path: each for path, each in body.rows.items() if path in around or paths.under(path, row)},
    )


def _same(one: Answer | None, other: Answer | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or one.says_the_same(other)


class _Meeting:
    """One merge under way."""

    def __init__(self, base: Body, local: Body, head: Body, form: Form | None) -> None:
        self._base, self._local, self._head = base, local, head
        self._form = form
        self._items: dict[Any, Item] = {} if form is None else form.by_link_id
        self._answers: dict[FieldPath, Answer] = {}
        self._rows: dict[FieldPath, Row] = {}
        self._clashes: list[Clash] = []
        self._mine: set[FieldPath] = set()  # changed by us alone, and taken
        self._theirs: set[FieldPath] = set()
        self._both: set[FieldPath] = set()  # changed by both, and brought together

    def result(self) -> Merge:
        whole = self._meet_rows()
        self._meet_answers(whole)
        both_changed = self._both or (self._mine and self._theirs) or self._clashes
        combined = (self._mine | self._theirs | self._both) if both_changed else ()
        merged = Body(answers=self._answers, rows=self._rows)
        if both_changed and self._form is not None:
            merged = brought_up_to_date(self._form, merged)
        return Merge(
            merged=merged,
            clashes=tuple(sorted(self._clashes, key=lambda clash: clash.path)),
            combined=tuple(sorted(combined)),
        )

    # Rows: whether they are there, and where ----------------------------------------------------------------

    def _meet_rows(self) -> dict[FieldPath, Body | None]:
        """Decide every row, outer ones first. Returns those taken whole: from which side, or None for
        gone."""
        base, local, head = self._base.rows, self._local.rows, self._head.rows
        whole: dict[FieldPath, Body | None] = {}
        for path in sorted({*base, *local, *head}, key=lambda each: (each.count("/"), each)):
            outer = _within(path, whole)
            if outer is not None:
                side = whole[outer]
                if side is not None and path in side.rows:
                    self._rows[path] = side.rows[path]
            elif path in local and path in head:
                self._rows[path] = _place(base.get(path), local[path], head[path])
                if path not in base:
                    self._both.add(path)
            elif path not in base:
                self._add(path)
            elif path in local:
                whole[path] = self._taken_away(path, kept=self._local, by_head=True)
            elif path in head:
                whole[path] = self._taken_away(path, kept=self._head, by_head=False)
        return whole

    def _add(self, path: FieldPath) -> None:
        if path in self._local.rows:
            self._rows[path] = self._local.rows[path]
            self._mine.add(path)
        else:
            self._rows[path] = self._head.rows[path]
            self._theirs.add(path)

    def _taken_away(self, path: FieldPath, *, kept: Body, by_head: bool) -> Body | None:
        """One side took the row away. If the other changed what stands in it, it stays, and a person
        decides."""
        if _says_the_same_in(path, self._base, kept):
            (self._theirs if by_head else self._mine).add(path)
            return None
        self._rows[path] = kept.rows[path]
        self._clashes.append(
            Clash(
                path=path,
                kind=ConflictKind.ROW,
                base=row_answer(self._base, path),
                mine=row_answer(self._local, path),
                theirs=row_answer(self._head, path),
                severe=any(item.severe for item in self._items_in(path, kept)),
            )
        )
        return kept

    def _items_in(self, row: FieldPath, body: Body) -> Iterable[Item]:
        for path in body.answers:
            if paths.under(path, row):
                item = self._items.get(paths.link_id(path))
                if item is not None:
                    yield item

    # Answers ------------------------------------------------------------------------------------------------

    def _meet_answers(self, whole: dict[FieldPath, Body | None]) -> None:
        units: dict[tuple[FieldPath, str], list[FieldPath]] = defaultdict(list)
        base, local, head = self._base.answers, self._local.answers, self._head.answers
        for path in sorted({*base, *local, *head}):
            outer = _within(path, whole) if whole else None
            if outer is not None:
                side = whole[outer]
                self._put(path, None if side is None else side.answers.get(path))
                continue
            item = self._items.get(paths.link_id(path)) if self._items else None
            if item is not None and item.is_worked_out:
                self._put(path, (local if head.get(path) == base.get(path) else head).get(path))
            elif item is not None and item.merge_unit:
                units[paths.parent_row(path), item.merge_unit].append(path)
            else:
                self._meet(path, item)
        for members in units.values():
            self._meet_unit(members)

    def _put(self, path: FieldPath, answer: Answer | None) -> None:
        if answer is not None:
            self._answers[path] = answer

    def _meet(self, path: FieldPath, item: Item | None) -> None:
        base = self._base.answers.get(path)
        local = self._local.answers.get(path)
        head = self._head.answers.get(path)
        if head == base:
            self._put(path, local)
            if not _same(local, base):
                self._mine.add(path)
        elif _same(local, head) or _same(local, base):
            self._put(path, head)
            if _same(local, base) and not _same(head, base):
                self._theirs.add(path)
        elif _same(head, base):
            self._put(path, local)
            self._mine.add(path)
        else:
            together = _together(base, local, head, item)
            if together is None:
                self._put(path, head)
                self._clash(path, severe=item is not None and item.severe)
            else:
                self._put(path, together)
                self._both.add(path)

    def _clash(self, path: FieldPath, *, severe: bool) -> None:
        self._clashes.append(
            Clash(
                path=path,
                kind=ConflictKind.ANSWER,
                base=self._base.answers.get(path),
                mine=self._local.answers.get(path),
                theirs=self._head.answers.get(path),
                severe=severe,
            )
        )

    def _meet_unit(self, members: list[FieldPath]) -> None:
        """Answers that mean something only together: one side's, or a question, never a mixture."""
        base, local, head = self._base.answers, self._local.answers, self._head.answers
        by_local = [path for path in members if not _same(local.get(path), base.get(path))]
        by_head = [path for path in members if not _same(head.get(path), base.get(path))]
        apart = [path for path in members if not _same(local.get(path), head.get(path))]
        if not (by_local and by_head and apart):
            for path in members:
                self._meet(path, None)
            return
        severe = any(self._items[paths.link_id(path)].severe for path in members)
        for path in members:
            self._put(path, head.get(path))
            if path in apart:
                self._clash(path, severe=severe)


def _within(path: FieldPath, whole: dict[FieldPath, Body | None]) -> FieldPath | None:
    """Return the row around, or at, `path` that was decided as a whole."""
    if not whole:
        return None
    at = path if paths.is_row(path) else paths.parent_row(path)
    while at:
        if at in whole:
            return at
        at = paths.parent_row(at)
    return None


def _place(base: Row | None, local: Row, head: Row) -> Row:
    """Where a row stands: the side that moved it, or for two moves the earlier place. Never a question."""
    if local == base:
        return head
    if head == base:
        return local
    return min(local, head, key=lambda row: row.ord)


def _says_the_same_in(row: FieldPath, one: Body, other: Body) -> bool:
    """Compare what stands in a row; to have moved it is not to have changed it."""
    if {path for path in one.rows if paths.under(path, row)} != {
        path for path in other.rows if paths.under(path, row)
    }:
        return False
    inside = {path for path in (*one.answers, *other.answers) if paths.under(path, row)}
    return all(_same(one.answers.get(path), other.answers.get(path)) for path in inside)


def _together(
    base: Answer | None, local: Answer | None, head: Answer | None, item: Item | None
) -> Answer | None:
    """Return what both sides' changes to one answer come to, if the form lets a machine say; else None."""
    if item is None or local is None or head is None or local.value is None or head.value is None:
        return None
    if item.merge_rule is Rule.SENTENCES:
        before = base.value if base is not None else None
        if not (isinstance(before, str) and isinstance(local.value, str) and isinstance(head.value, str)):
            return None
        text = merged_text(before, local.value, head.value)
        return None if text is None else _answer(text, local)
    if item.merge_rule is Rule.MEMBERS:
        before = base.value if base is not None and base.value is not None else []
        if not (isinstance(before, list) and isinstance(local.value, list) and isinstance(head.value, list)):
            return None
        members = _members(before, local.value, head.value)
        alone = {canonical_json(comparable(each.value)) for each in item.options if each.exclusive}
        if len(members) > 1 and any(canonical_json(comparable(each)) in alone for each in members):
            return None  # "none of these" beside one of these
        return _answer(members, local)
    return None


def _members(base: list[Any], local: list[Any], head: list[Any]) -> list[Any]:
    before, mine, theirs = (
        {canonical_json(comparable(each)): each for each in side} for side in (base, local, head)
    )
    kept = {key: each for key, each in theirs.items() if key in mine or key not in before}
    return [*kept.values(), *(each for key, each in mine.items() if key not in before and key not in theirs)]


def _answer(value: Any, local: Answer) -> Answer:
    # Each took away what the other had left: it was cleared, by both together.
    if not value:
        return Answer(value=None, empty=Empty.CLEARED, by=local.by, at=local.at)
    return Answer(value=value, by=local.by, at=local.at, extra=local.extra)
