"""The answers of one record while it is on the screen: takes each in, and says what changed because of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, NewId, RowId, WorkerId
from workbook_desktop.domain.order import between, spread
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import ABOUT, Answer, Body, Empty, Row, Value
from workbook_desktop.forms import check
from workbook_desktop.forms.append_only import is_said
from workbook_desktop.forms.definition import Form, Item, Option
from workbook_desktop.forms.draft import (
    FROM,
    UNCONFIRMED,
    confirmed,
    first_answers,
    is_unconfirmed,
    source_of,
)
from workbook_desktop.forms.workings import NOWHERE, Surroundings, Workings

SectionState = Literal["done", "in progress", "filled in", "not started", "problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a screen has to look at again. Empty: nothing changed.

    `answered` holds what was worked out too. `shown` and `hidden` are items by path, groups and texts too;
    `rows` are repeating items whose rows changed; `options` and `labels` are items that may offer other
    answers, or be called otherwise, than before.
    """

    answered: tuple[FieldPath, ...] = ()
    shown: tuple[FieldPath, ...] = ()
    hidden: tuple[FieldPath, ...] = ()
    rows: tuple[FieldPath, ...] = ()
    options: tuple[FieldPath, ...] = ()
    labels: tuple[FieldPath, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.answered or self.shown or self.hidden or self.rows or self.options or self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedRow:
    """A row that was taken away, with all that stood in it: what `Sheet.restore` puts back."""

    path: FieldPath
    rows: tuple[tuple[FieldPath, Row], ...]
    answers: tuple[tuple[FieldPath, Answer], ...]


class Sheet:
    """One record's answers. Nothing is refused for being incomplete or out of bounds: that is for sign-off.

    `body` is an immutable value: keep it to save, or to come back to with `replace_body` (undo).
    """

    def __init__(
        self,
        form: Form,
        body: Body,
        *,
        by: WorkerId,
        now: Callable[[], str],
        new_id: NewId,
        worker: Worker | None = None,
        surroundings: Surroundings = NOWHERE,
    ) -> None:
        """Hold a body of a form. What follows from its answers is worked out at once, and stands in `body`.

        Args:
            surroundings: the day, fixed for this opening, and what formulas may ask beside the record.
            by: the worker whose answers these are.
            now: the moment as ISO 8601 with offset.
            worker: the same worker with a name, to stand as author in rows that are added.
        """
        self._form = form
        self._by, self._now, self._new_id, self._worker = by, now, new_id, worker
        self._visible = Workings(form, body, surroundings)
        self._body = self._visible.body
        self._asks = any(item.rules for item in form.walk())
        self._problems: dict[LinkId, tuple[check.Problem, ...]] = {}

    @property
    def form(self) -> Form:
        """The form at the version the record began with."""
        return self._form

    @property
    def by(self) -> WorkerId:
        """The worker whose answers are taken in."""
        return self._by

    @property
    def body(self) -> Body:
        """All answers as they stand."""
        return self._body

    def answer(
        self, path: FieldPath, value: Value | None, empty: Empty | None = None, *, about: bool = False
    ) -> Change:
        """Take in an answer, or why there is none. Saying what stands already changes nothing.

        No value and no reason takes an answer away; what was once answered is then kept as cleared, so that
        colleagues learn of it.

        Args:
            about: the date was said to be about then, "about March 2024".

        Raises:
            ValueError: the form has no such question there, or the row is gone (after `replace_body`).
        """
        if self._question_at(path).is_worked_out:
            return Change()  # nobody can say it: it follows from other answers
        standing = self._body.answers.get(path)
        if value == "" or value == []:
            value = None
        if value is None and empty is None:
            if standing is None:
                return Change()
            empty = Empty.CLEARED
        if value is not None:
            empty = None
        about = about and value is not None
        if (
            standing is not None
            and standing.empty == empty
            and standing.is_about == about
            and _same(standing.value, value)
        ):
            return Change()
        kept = () if standing is None else confirmed(standing).extra
        kept = tuple(each for each in kept if each[0] != ABOUT)
        if about:
            kept = (*kept, (ABOUT, True))
        given = Answer(value=value, empty=empty, by=self._by, at=self._now(), extra=kept)
        return self._put({path: given})

    def confirm(self, path: FieldPath) -> Change:
        """Take a copied or filled-in answer as the worker's own."""
        standing = self._body.answers.get(path)
        if standing is None or not is_unconfirmed(standing):
            return Change()
        return self._put({path: replace(confirmed(standing), by=self._by, at=self._now())})

    def note_known(self, path: FieldPath, source: Mapping[str, Value], *, take: bool) -> Change:
        """Remember that the worker saw what is known by now, and take it over if they chose to. An answer
        that is left as it stands stays whose it is.

        Args:
            source: where it is known from, with the `value` that is known there (see `draft.FROM`).

        Raises:
            ValueError: as `answer` does.
        """
        if self._question_at(path).is_worked_out:
            return Change()
        standing = self._body.answers.get(path) or Answer(value=None, empty=Empty.CLEARED)
        known = dict(source) if take else {**source, "kept": True, "kept_by": self._by}
        extra = (*(each for each in confirmed(standing).extra if each[0] != FROM), (FROM, known))
        if take:
            extra = tuple(each for each in extra if each[0] != ABOUT)
            standing = Answer(value=source.get("value"), extra=extra)
        elif not is_unconfirmed(standing):  # whose answer it is, it stays: only that was seen is new
            return self._put({path: replace(standing, extra=extra)})
        return self._put({path: replace(standing, extra=extra, by=self._by, at=self._now())})

    def put_back(self, path: FieldPath, answer: Answer | None) -> Change:
        """Let an answer stand as it did before, or not at all."""
        rest = {each: given for each, given in self._body.answers.items() if each != path}
        if answer is not None:
            rest[path] = answer
        return self._replace(Body(answers=rest, rows=self._body.rows))

    def unconfirmed(self, row: FieldPath = paths.ROOT) -> tuple[FieldPath, ...]:
        """Return the answers that show, in a row or at all, and were copied or filled in unconfirmed."""
        return tuple(
            path
            for path, answer in self._body.answers.items()
            if is_unconfirmed(answer) and paths.under(path, row) and self._visible.shown(path)
        )

    def shown(self, path: FieldPath) -> bool:
        """Say whether an item or a row shows. Groups and texts are named as if they had an answer."""
        return self._visible.shown(path)

    @property
    def workings(self) -> Workings:
        """What the form works out with these answers."""
        return self._visible

    def failures(self) -> Mapping[FieldPath, str]:
        """Return why formulas gave nothing, by item."""
        return self._visible.failures

    def missing_for(self, path: FieldPath) -> tuple[FieldPath, ...]:
        """Return the unanswered questions that a worked out answer still needs."""
        return self._visible.missing_for(path)

    def options(self, path: FieldPath) -> tuple[Option, ...]:
        """Return what is offered to answer a question now."""
        return self._visible.options(path)

    def label(self, path: FieldPath) -> str:
        """Return the words of a question now."""
        return self._visible.label(path)

    def rows(self, parent: FieldPath, link_id: LinkId) -> tuple[FieldPath, ...]:
        """Return the rows of a repeating item that stand in `parent` (`paths.ROOT`, or a row), in order."""
        return self._visible.rows(parent, link_id)

    def add_row(self, parent: FieldPath, link_id: LinkId) -> FieldPath:
        """Do as `put_row` does, for who does not look, and return the row's path."""
        return self.put_row(parent, link_id)[0]

    def put_row(self, parent: FieldPath, link_id: LinkId) -> tuple[FieldPath, Change]:
        """Add a row at the end, with the form's first answers, and return its path and what changed.

        Raises:
            ValueError: no such repeating item stands there.
        """
        item = self._repeating(parent, link_id)
        standing = self.rows(parent, link_id)
        last = self._body.rows[standing[-1]].ord if standing else None
        path = paths.row(parent, link_id, RowId(self._new_id()))
        answers = {**self._body.answers, **first_answers(item.items, path, self._worker)}
        return path, self._replace(
            Body(answers=answers, rows={**self._body.rows, path: Row(ord=_after(last))})
        )

    def remove_row(self, path: FieldPath) -> RemovedRow:
        """Do as `take_row` does, for who does not look."""
        return self.take_row(path)[0]

    def may_take(self, path: FieldPath) -> bool:
        """Say whether a row may be taken away: of an append-only group, only while nothing was said in it."""
        item = self._form.by_link_id.get(paths.link_id(path))
        return item is None or not item.append_only or not is_said(self._body, path)

    def take_row(self, path: FieldPath) -> tuple[RemovedRow, Change]:
        """Take a row away with all that stands in it; return what `restore` needs to put it back, and what
        changed.

        Raises:
            ValueError: there is no such row.
        """
        if path not in self._body.rows:
            raise ValueError(f"no such row: {path}")
        if not self.may_take(path):
            raise ValueError("a row of this group stays once something was said in it")
        removed = RemovedRow(
            path=path,
            rows=tuple((key, row) for key, row in self._body.rows.items() if paths.under(key, path)),
            answers=tuple((key, kept) for key, kept in self._body.answers.items() if paths.under(key, path)),
        )
        return removed, self._replace(self._body.without_row(path))

    def restore(self, removed: RemovedRow) -> Change:
        """Put a removed row back as it was. What was answered there since (after a merge) stays.

        Raises:
            ValueError: the row around it is gone too.
        """
        parent = paths.parent_row(removed.path)
        if parent and parent not in self._body.rows:
            raise ValueError(f"no such row: {parent}")
        return self._replace(
            Body(
                answers={**dict(removed.answers), **self._body.answers},
                rows={**dict(removed.rows), **self._body.rows},
            )
        )

    def move_row(self, path: FieldPath, direction: Literal["up", "down"]) -> Change:
        """Move a row one place. At the end already: nothing changes.

        Raises:
            ValueError: there is no such row.
        """
        if path not in self._body.rows:
            raise ValueError(f"no such row: {path}")
        standing = list(self.rows(paths.parent_row(path), paths.link_id(path)))
        here = standing.index(path)
        there = here - 1 if direction == "up" else here + 1
        if not 0 <= there < len(standing):
            return Change()
        standing.insert(there, standing.pop(here))
        ords = [self._body.rows[each].ord for each in standing]
        below = ords[there - 1] if there > 0 else None
        above = ords[there + 1] if there + 1 < len(standing) else None
        try:
            moved = {path: Row(ord=between(below, above))}
        except ValueError:
            # Two laptops gave neighbours the same key: only new keys for all can tell them apart.
            moved = dict(zip(standing, (Row(ord=key) for key in spread(len(standing))), strict=True))
        return self._replace(Body(answers=self._body.answers, rows={**self._body.rows, **moved}))

    def copy_row(
        self,
        from_path: FieldPath,
        to_paths: Sequence[FieldPath],
        link_ids: Iterable[LinkId],
        *,
        over: bool = False,
    ) -> Change:
        """Copy answers of one row into other rows of the same item, to be confirmed there one by one.

        What is answered there already stays, unless `over`. Answers in rows inside the row are not copied.

        Raises:
            ValueError: a row is gone, or a question does not stand in such rows.
        """
        put: dict[FieldPath, Answer] = {}
        for link in link_ids:
            source = self._body.answers.get(paths.child(from_path, link))
            question = self._question_at(paths.child(from_path, link))
            if question.is_worked_out or question.identifier is not None:  # no two children have one number
                continue
            if source is None or source.empty is Empty.CLEARED:
                continue
            for row in to_paths:
                target = paths.child(row, link)
                self._question_at(target)
                standing = self._body.answers.get(target)
                is_open = standing is None or standing.empty is Empty.CLEARED or standing.by is None
                if row == from_path or source.says_the_same(standing) or not (is_open or over):
                    continue
                put[target] = Answer(
                    value=source.value,
                    empty=source.empty,
                    by=self._by,
                    at=self._now(),
                    extra=((UNCONFIRMED, True),),
                )
        return self._put(put)

    def replace_body(self, body: Body) -> Change:
        """Go on with another body: after a merge, or to undo."""
        return self._replace(body)

    def problems(self) -> tuple[check.Problem, ...]:
        """Return what stands in the way of signing off, in the order of the form, and what to look at."""
        found = [problem for section in self._form.sections for problem in self.problems_in(section.id)]
        return (*found, *check.form_problems(self._visible))

    def problems_in(self, section: LinkId) -> tuple[check.Problem, ...]:
        """Return the problems of one section."""
        found = self._problems.get(section)
        if found is None:
            items = next((each.items for each in self._form.sections if each.id == section), ())
            found = check.problems_of(items, self._body, self._visible)
            self._problems[section] = found
        return found

    def section_state(self, section: LinkId) -> SectionState:
        """Say how far a section is. Something missing is no problem yet; something wrong is. What was filled
        in from elsewhere is nobody's work yet: "filled in" until the worker has said something there."""
        musts = [each for each in self.problems_in(section) if each.severity == "must"]
        if any(each.code not in check.MISSING for each in musts):
            return "problem"
        section_of = self._visible.structure.section_of
        here = [
            answer
            for path, answer in self._body.answers.items()
            if section_of.get(paths.link_id(path)) == section and answer.empty is not Empty.CLEARED
        ]
        if not any(answer.by is not None for answer in here):
            return "filled in" if any(source_of(answer) is not None for answer in here) else "not started"
        return "in progress" if musts else "done"

    def _put(self, put: dict[FieldPath, Answer]) -> Change:
        if not put:
            return Change()
        body = Body(answers={**self._body.answers, **put}, rows=self._body.rows)
        answered: dict[FieldPath, None] = dict.fromkeys(put)
        shown: dict[FieldPath, None] = {}
        hidden: dict[FieldPath, None] = {}
        others: dict[FieldPath, None] = {}
        for path in put:
            appeared, gone = self._visible.answered(path, body)
            body = self._visible.body
            answered.update(dict.fromkeys(self._visible.worked))
            others.update(dict.fromkeys(self._visible.reoffered))
            for each in appeared:
                hidden.pop(each, None)
                shown[each] = None
            for each in gone:
                shown.pop(each, None)
                hidden[each] = None
        self._body = body
        self._forget_problems((*answered, *shown, *hidden, *others))
        return self._change(answered, shown, hidden, (), others)

    def _replace(self, body: Body) -> Change:
        before = self._body
        shown, hidden, rows = self._visible.replaced(body)
        body = self._body = self._visible.body
        self._problems.clear()
        answered = tuple(
            path
            for path in dict.fromkeys((*before.answers, *body.answers))
            if before.answers.get(path) != body.answers.get(path)
        )
        return self._change(answered, shown, hidden, rows, self._visible.reoffered)

    def _change(
        self,
        answered: Iterable[FieldPath],
        shown: Iterable[FieldPath],
        hidden: Iterable[FieldPath],
        rows: Iterable[FieldPath],
        others: Iterable[FieldPath],
    ) -> Change:
        by_link_id = self._form.by_link_id
        return Change(
            answered=tuple(answered),
            shown=tuple(shown),
            hidden=tuple(hidden),
            rows=tuple(rows),
            options=tuple(each for each in others if by_link_id[paths.link_id(each)].choices is not None),
            labels=tuple(each for each in others if by_link_id[paths.link_id(each)].label is not None),
        )

    def _forget_problems(self, changed: Iterable[FieldPath]) -> None:
        if self._visible.plan.works or self._asks:
            self._problems.clear()  # a rule or a limit may ask answers of any section
            return
        for path in changed:
            section = self._visible.structure.section_of.get(paths.link_id(path))
            if section is not None:
                self._problems.pop(section, None)

    def _question_at(self, path: FieldPath) -> Item:
        segments = paths.split(path)
        item = self._form.by_link_id.get(LinkId(segments[-1])) if len(segments) % 2 else None
        if item is None or not item.is_question:
            raise ValueError(f"no such question: {path}")
        if segments[:-1:2] != self._visible.structure.rows_of_answer[item.link_id]:
            raise ValueError(f"the question does not stand there: {path}")
        row = paths.parent_row(path)
        if row and row not in self._body.rows:
            raise ValueError(f"no such row: {row}")
        return item

    def _repeating(self, parent: FieldPath, link_id: LinkId) -> Item:
        item = self._form.by_link_id.get(link_id)
        if item is None or not item.has_rows:
            raise ValueError(f"no such repeating item: {link_id}")
        if paths.split(parent)[::2] != self._visible.structure.rows_around[link_id] or (
            parent and parent not in self._body.rows
        ):
            raise ValueError(f"it does not stand there: {parent}")
        return item


def _after(last: str | None) -> str:
    try:
        return between(last, None)
    except ValueError:  # a key that others made, not as ours are
        return f"{last}1"


def _same(one: Value | None, other: Value | None) -> bool:
    # True == 1 in Python, and they are not the same answer.
    return type(one) is type(other) and bool(one == other)
