"""A record being written, and how it begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, NewId, PersonId, RecordId, RowId, derived_id
from workbook_desktop.domain.order import spread
from workbook_desktop.domain.people import Family, Person, Worker
from workbook_desktop.domain.records import Answer, Body, FormRef, Row, Value
from workbook_desktop.forms import references
from workbook_desktop.forms.definition import Form, Formula, Item, Kind, Role
from workbook_desktop.forms.surroundings import NOWHERE, Surroundings, launched

_MOST_ROWS = 100

UNCONFIRMED = "unconfirmed"  # member of an answer that was copied or filled in, and not yet looked at
# Member of an answer that was filled in: where it comes from, what was known there, so that it can be said
# later what the worker changed. ``{"record", "version", "path", "on", "by", "title", "value"}``, or
# ``{"formula": true, "value"}``, with record, title, by and on where the formula asks one record.
FROM = "from"
Known = Callable[[Item, PersonId | None], "Prefill | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefill:
    """What is known already, and where from."""

    value: Value
    source: Mapping[str, Value]


def nothing_known(item: Item, person: PersonId | None) -> Prefill | None:
    """Know nothing."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is kept of a record while it is written."""

    record: RecordId
    form: FormRef
    body: Body


def begin(
    form: Form,
    *,
    record: RecordId,
    family: Family,
    worker: Worker,
    today: date,
    new_id: NewId,
    subjects: Sequence[PersonId] = (),
    known: Known = nothing_known,
    surroundings: Surroundings = NOWHERE,
) -> Body:
    """Return the body a new record starts with: first answers, a row for each child, whom it is about, and
    what is known already. This happens once: an opened draft is never filled in again.

    Nobody has said these answers yet: they carry neither worker nor moment. What was filled in says where
    from, and is unconfirmed until the worker has looked at it.

    Args:
        record: rows are named after it and what they are made for, so that two laptops make the same ones.
        subjects: the people the record is about; none means every child of the family.
        known: what was recorded elsewhere of a fact (`Item.fact`), of a person or (None) of the family.
        surroundings: what the form's formulas for first answers and rows may ask.
    """
    people = [person for each in subjects if (person := family.person(each)) is not None]
    children = [each for each in people if each.is_child] or list(family.children)
    answers: dict[FieldPath, Answer] = {}
    rows: dict[FieldPath, Row] = {}
    asking = _Asking(form, surroundings)

    def fill(items: Iterable[Item], at: FieldPath, about: Sequence[Person], names: Names) -> None:
        for item in items:
            if not item.has_rows:
                inner = names
                if item.rows_from is not None and item.rows_from.name:
                    things = asking.things(item.rows_from, names)
                    inner = {**names, item.rows_from.name: things[0] if things else []}
                answer = first(item, about, inner)
                if answer is not None:
                    answers[paths.child(at, item.link_id)] = answer
                fill(item.items, at, about, inner)
            elif item.rows_for == "children":
                for child, ord_ in zip(children, spread(len(children)), strict=True):
                    row_id = RowId(derived_id(record, f"{item.link_id}/{child.id}"))
                    row = paths.row(at, item.link_id, row_id)
                    rows[row] = Row(ord=ord_)
                    fill(item.items, row, [child], names)
            elif item.rows_from is not None:
                things = asking.things(item.rows_from, names)
                if not things:  # the first of its kind: a table that must have a row begins with an empty one
                    _fill_rows(item, at, names)
                for number, (thing, ord_) in enumerate(zip(things, spread(len(things)), strict=True)):
                    row_id = RowId(derived_id(record, f"{item.link_id}/{_id_of(thing, number)}"))
                    row = paths.row(at, item.link_id, row_id)
                    rows[row] = Row(ord=ord_)
                    fill(
                        item.items,
                        row,
                        (),
                        {**names, item.rows_from.name: thing} if item.rows_from.name else names,
                    )
            else:
                _fill_rows(item, at, names)

    def first(item: Item, about: Sequence[Person], names: Names) -> Answer | None:
        fixed = _first(item, about, worker, today)
        # Whose paragraph it is, and of which day: the form says it if it knows, else who begins it.
        is_told = item.role in (Role.AUTHOR, Role.OCCURRED_ON) and item.first is not None
        if fixed is not None and item.role is not None and not is_told:
            return first_answer(item, fixed)
        if item.fact and item.is_question:
            of_family = item.fact.startswith(("family.", "household."))
            person = None if of_family else about[0].id if len(about) == 1 else None
            if of_family or person is not None:
                found = known(item, person)
                if found is not None:
                    return _filled_in(item, found.value, dict(found.source))
        if item.first is not None and item.is_question and not item.is_worked_out:
            value = asking.answer(item, names)
            if value is not None:
                source = asking.source(item.first, names)
                return _filled_in(item, value, {**source, "formula": True, "value": value})
        return None if fixed is None else first_answer(item, fixed)

    def _fill_rows(item: Item, at: FieldPath, names: Names) -> None:
        wanted = max(item.limits.min_occurs or 0, len(item.initial), 1 if item.required else 0)
        for number, ord_ in enumerate(spread(min(wanted, 100))):
            row = paths.row(at, item.link_id, RowId(new_id()))
            rows[row] = Row(ord=ord_)
            if item.is_question and number < len(item.initial):
                answers[paths.child(row, item.link_id)] = first_answer(item, item.initial[number])
            fill(item.items, row, (), names)

    fill(form.items, paths.ROOT, people or children, {})
    return Body(answers=answers, rows=rows)


Names = Mapping[str, Any]
_NO_NAMES: Names = {}


class _Asking:
    """Runs the formulas that are asked once, when a record is begun. One that fails fills nothing in."""

    def __init__(self, form: Form, surroundings: Surroundings) -> None:
        self._form, self._around = form, surroundings
        self._sources = dict(surroundings.sources)
        self._as_json: dict[str, Any] | None = None

    def _questionnaire(self) -> dict[str, Any]:
        from workbook_desktop.forms.workings import as_json

        if self._as_json is None:
            self._as_json = as_json(self._form)
        return self._as_json

    def things(self, formula: Formula, names: Names) -> list[Any]:
        """Return what rows are made for, no more than a hundred."""
        source = self.source(formula)
        if formula.name and source:  # what is asked of a row of last time was recorded last time
            self._sources[formula.name] = source
        return self._run(formula, names)[:_MOST_ROWS]

    def source(self, formula: Formula, names: Names = _NO_NAMES) -> Mapping[str, Value]:
        """Return where the record stands that a formula asks; nothing if it asks none.

        A thing that a row is made for may say itself where it comes from: a child's words, of that visit.
        """
        for name, thing in names.items():
            origin = thing.get("from") if isinstance(thing, Mapping) else None
            if isinstance(origin, Mapping) and re.search(rf"%{re.escape(name)}\b", formula.text):
                return origin
        for name, source in self._sources.items():
            if re.search(rf"%{re.escape(name)}\b", formula.text):
                return source
        return {}

    def answer(self, item: Item, names: Names) -> Value | None:
        """Return a first answer."""
        from workbook_desktop.forms.expressions import CannotWorkOut, to_answer

        results = self._run(item.first, names) if item.first is not None else []
        try:
            return to_answer(item.kind, results, item) if results else None
        except CannotWorkOut:
            return None

    def _run(self, formula: Formula, names: Names) -> list[Any]:
        from workbook_desktop.forms.expressions import (
            CannotWorkOut,
            Environment,
            ExpressionRefused,
            read_expression,
        )
        from workbook_desktop.forms.plan import written_out

        around = self._around
        if around.today is None or around.now is None:
            return []
        try:
            program = read_expression(written_out(formula.text, names))
            environment = Environment(
                resource={"resourceType": "QuestionnaireResponse"},
                variables={
                    "questionnaire": self._questionnaire,
                    **around.variables,
                    **launched(self._form, around),
                    **names,
                },
                today=around.today,
                now=around.now,
            )
            return program.run(None, environment)
        except (CannotWorkOut, ExpressionRefused):
            return []


def _id_of(thing: Any, number: int) -> str:
    """Return what a row is named after: the id of what it is made for, or its place."""
    given = thing.get("id") if isinstance(thing, Mapping) else None
    return str(given) if isinstance(given, str) and given else str(number)


def _filled_in(item: Item, value: Value, source: Mapping[str, Value]) -> Answer:
    marks: tuple[tuple[str, Value], ...] = ((FROM, dict(source)),)
    # What nobody can change needs nobody to confirm it.
    return Answer(value=value, extra=marks if item.read_only else ((UNCONFIRMED, True), *marks))


def first_answers(
    items: Iterable[Item], row: FieldPath, worker: Worker | None = None
) -> dict[FieldPath, Answer]:
    """Return what the form itself answers first in a row that is added later.

    Args:
        worker: who adds the row, for a question that asks for its author.
    """
    found: dict[FieldPath, Answer] = {}
    for item in items:
        if item.has_rows:
            continue
        value = _author(item, worker) or _chosen(item)
        if value is not None:
            found[paths.child(row, item.link_id)] = first_answer(item, value)
        found.update(first_answers(item.items, row, worker))
    return found


def first_answer(item: Item, value: Value) -> Answer:
    """Return an answer that nobody gave yet; one that asks to be confirmed says that it is not."""
    return Answer(value=value, extra=((UNCONFIRMED, True),) if item.confirm_each_time else ())


def confirmed(answer: Answer) -> Answer:
    """Return the answer without the mark that it is unconfirmed. Where it came from stays."""
    return replace(answer, extra=tuple(each for each in answer.extra if each[0] != UNCONFIRMED))


def is_unconfirmed(answer: Answer) -> bool:
    """Say whether the answer was copied or filled in, and not yet looked at."""
    return (UNCONFIRMED, True) in answer.extra


def source_of(answer: Answer) -> Mapping[str, Value] | None:
    """Return where a filled in answer came from, and the value that was known there (see `FROM`)."""
    found = dict(answer.extra).get(FROM)
    return found if isinstance(found, Mapping) else None


def source_words(source: Mapping[str, Value]) -> str:
    """Say where something is known from: "Home visit, 3 March 2026, by Tom Harrow"."""
    title, by = str(source.get("title") or ""), str(source.get("by") or "")
    if not title:
        return "what is known already"
    return f"{title}, by {by}" if by else title


def _first(item: Item, about: Sequence[Person], worker: Worker, today: date) -> Value | None:
    if not item.is_question:
        return None
    if item.kind is Kind.REFERENCE:
        to: Callable[[Person], Value] = references.to_person
        if item.role is Role.SUBJECT:
            meant = [each for each in about if _can_be(each, item)]
            if meant and (item.several or len(meant) == 1):
                return [to(each) for each in meant] if item.several else to(meant[0])
        author = _author(item, worker)
        if author is not None:
            return author
    if item.role is Role.OCCURRED_ON and item.kind is Kind.DATE and not item.initial:
        return today.isoformat()
    return _chosen(item)


def _can_be(person: Person, item: Item) -> bool:
    """Say whether a question can mean a person: begun from a child's file, an adult is still to be named."""
    match item.refers_to:
        case "child":
            return person.is_child
        case "adult":
            return not person.is_child
        case _:
            return True


def _author(item: Item, worker: Worker | None) -> Value | None:
    if worker is None or item.role is not Role.AUTHOR or item.kind is not Kind.REFERENCE:
        return None
    return [references.to_worker(worker)] if item.several else references.to_worker(worker)


def _chosen(item: Item) -> Value | None:
    if not item.is_question:
        return None
    values = list(item.initial) or [option.value for option in item.options if option.chosen_at_first]
    if not values:
        return None
    return values if item.several else values[0]
