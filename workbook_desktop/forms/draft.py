"""A record being written, and how it begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, NewId, PersonId, RecordId, RowId, derived_id
from workbook_desktop.domain.order import spread
from workbook_desktop.domain.people import Family, Person, Worker
from workbook_desktop.domain.records import Answer, Body, FormRef, Row, Value
from workbook_desktop.forms import references
from workbook_desktop.forms.definition import Form, Item, Kind, Role

UNCONFIRMED = "unconfirmed"  # member of an answer that was copied or filled in, and not yet looked at


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
) -> Body:
    """Return the body a new record starts with: first answers, a row for each child, whom it is about.

    Nobody has said these answers yet: they carry neither worker nor moment.

    Args:
        record: the rows of children are named after it, so that two laptops make the same ones.
        subjects: the people the record is about; none means every child of the family.
    """
    people = [person for each in subjects if (person := family.person(each)) is not None]
    children = [each for each in people if each.is_child] or list(family.children)
    answers: dict[FieldPath, Answer] = {}
    rows: dict[FieldPath, Row] = {}

    def fill(items: Iterable[Item], at: FieldPath, about: Sequence[Person]) -> None:
        for item in items:
            if not item.has_rows:
                value = _first(item, about, worker, today)
                if value is not None:
                    answers[paths.child(at, item.link_id)] = first_answer(item, value)
                fill(item.items, at, about)
            elif item.rows_for == "children":
                for child, ord_ in zip(children, spread(len(children)), strict=True):
                    row_id = RowId(derived_id(record, f"{item.link_id}/{child.id}"))
                    row = paths.row(at, item.link_id, row_id)
                    rows[row] = Row(ord=ord_)
                    fill(item.items, row, [child])
            else:
                _fill_rows(item, at)

    def _fill_rows(item: Item, at: FieldPath) -> None:
        wanted = max(item.limits.min_occurs or 0, len(item.initial), 1 if item.required else 0)
        for number, ord_ in enumerate(spread(min(wanted, 100))):
            row = paths.row(at, item.link_id, RowId(new_id()))
            rows[row] = Row(ord=ord_)
            if item.is_question and number < len(item.initial):
                answers[paths.child(row, item.link_id)] = first_answer(item, item.initial[number])
            fill(item.items, row, ())

    fill(form.items, paths.ROOT, people or children)
    return Body(answers=answers, rows=rows)


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
    """Return the answer without the mark that it is unconfirmed."""
    return replace(answer, extra=tuple(each for each in answer.extra if each[0] != UNCONFIRMED))


def is_unconfirmed(answer: Answer) -> bool:
    """Say whether the answer was copied or filled in, and not yet looked at."""
    return (UNCONFIRMED, True) in answer.extra


def _first(item: Item, about: Sequence[Person], worker: Worker, today: date) -> Value | None:
    if not item.is_question:
        return None
    if item.kind is Kind.REFERENCE:
        to: Callable[[Person], Value] = references.to_person
        if item.role is Role.SUBJECT and about and (item.several or len(about) == 1):
            return [to(each) for each in about] if item.several else to(about[0])
        author = _author(item, worker)
        if author is not None:
            return author
    if item.role is Role.OCCURRED_ON and item.kind is Kind.DATE and not item.initial:
        return today.isoformat()
    return _chosen(item)


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
