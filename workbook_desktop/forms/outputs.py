"""Runs the mapping table of a form over one record: chronology lines, actions, what clocks look at, readings.

Pure: the same record gives the same entries on every laptop, so nothing derived is ever sent or merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.dates import day_in_england
from workbook_desktop.domain.ids import FieldPath, LinkId, PersonId, RecordId
from workbook_desktop.domain.outputs import DATED, Derived, Given, KnownFact, words_of
from workbook_desktop.domain.people import Person
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.domain.records import Answer, Body, Value
from workbook_desktop.forms import references
from workbook_desktop.forms.definition import Form, Formula, Item, Kind, Output, Role
from workbook_desktop.forms.draft import is_unconfirmed
from workbook_desktop.forms.expressions import (
    AnswerNode,
    CannotWorkOut,
    Environment,
    ExpressionRefused,
    ItemNode,
    PartialDate,
    PartialDateTime,
    PartialTime,
    Resource,
    read_expression,
    truth,
)
from workbook_desktop.forms.plan import written_out
from workbook_desktop.forms.scales import band_for, weight_of
from workbook_desktop.forms.surroundings import Surroundings
from workbook_desktop.forms.workings import Workings

_WHOLE_DATE = len("2026-11-25")
_MOST = 500  # entries of one line of the table: a form cannot fill the chronology


def derive(
    form: Form,
    body: Body,
    surroundings: Surroundings,
    *,
    record: RecordId,
    subjects: tuple[PersonId, ...] = (),
    occurred_on: date | None = None,
    people: Iterable[Person] = (),
) -> Derived:
    """Return what a record gives.

    Args:
        subjects: whom the record is about, for what says nobody else.
        occurred_on: when it happened, for what has no date of its own.
        people: the family, for their names.
    """
    workings = Workings(form, body, surroundings)
    names = {person.id: person.name for person in people}
    return Derived(
        given=tuple(_given(form, workings, subjects, occurred_on)),
        facts=tuple(_facts(form, workings, subjects, occurred_on)),
        readings=tuple(_readings(form, workings, record, subjects, occurred_on, names)),
    )


# -- the mapping table ---------------------------------------------------------------------------------------


def _given(
    form: Form, workings: Workings, subjects: tuple[PersonId, ...], occurred_on: date | None
) -> Iterator[Given]:
    if not form.gives:
        return
    for output in form.gives:
        number = 0
        for focus in _each(output, workings):
            if number >= _MOST or not _holds(output.when, focus, workings):
                continue
            parts = {
                name: value
                for name, part in output.parts
                if (value := _part(part, focus, workings)) is not None
            }
            said = parts.pop("date", None)
            dated = _said_roughly(said, focus, workings)
            if dated:
                parts[DATED] = dated
            yield Given(
                kind=output.kind,
                id=output.id,
                number=number,
                date=_day(said) or occurred_on,
                people=_people(parts) or subjects,
                parts=parts,
                row=_row_of(focus),
            )
            number += 1


def _row_of(focus: Any) -> str:
    return str(paths.row_id(focus.row)) if isinstance(focus, ItemNode) and focus.row else ""


def _each(output: Output, workings: Workings) -> list[Any]:
    resource = workings.view().resource
    return [resource] if output.each is None else _run(output.each, resource, workings)


def _holds(when: Formula | None, focus: Any, workings: Workings) -> bool:
    if when is None:
        return True
    try:
        return truth(_run(when, focus, workings)) is True
    except CannotWorkOut:
        return False


def _part(formula: Formula, focus: Any, workings: Workings) -> Any:
    found = [value for each in _run(formula, focus, workings) if (value := _plain(each)) is not None]
    if not found:
        return None
    return found[0] if len(found) == 1 else found


def _run(formula: Formula, focus: Any, workings: Workings) -> list[Any]:
    """Return what a formula finds; nothing if it cannot be worked out. What it cannot say is left out."""
    try:
        program = read_expression(written_out(formula.text, (each.name for each in workings.form.variables)))
        around = workings.surroundings
        environment = Environment(
            resource=workings.view().resource,
            context=focus,
            variables=workings.names(),
            today=around.today or date(1970, 1, 1),
            now=around.now or datetime(1970, 1, 1, tzinfo=UTC),
        )
        return program.run(focus, environment)
    except (CannotWorkOut, ExpressionRefused):
        return []


def _plain(value: Any) -> Any:
    """Return a result as plain JSON."""
    if isinstance(value, AnswerNode):
        found = value.member("value")
        return _plain(getattr(found[0], "mapping", found[0])) if found else None
    if isinstance(value, ItemNode | Resource):
        return None
    if isinstance(value, bool | int | str):
        return value if value != "" else None
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, PartialDate | PartialDateTime | PartialTime):
        return str(value)
    if isinstance(value, Mapping):
        return {name: each for name, each in value.items() if isinstance(each, str | int | bool)}
    return str(value)


def _people(parts: dict[str, Any]) -> tuple[PersonId, ...]:
    found: dict[PersonId, None] = {}
    for name in ("people", "child", "person", "for"):
        value = parts.get(name)
        for each in value if isinstance(value, list) else [value]:
            person = references.person_id(each)
            if person is not None:
                found[person] = None
    return tuple(found)


def _said_roughly(value: Any, focus: Any, workings: Workings) -> str:
    """Return a date that is no exact day as it was said: "2024-03", "about 2024-03-05"; else ``""``.

    That it was said to be about then stands in the answer, in the row that gives the entry or outside rows.
    """
    day = _day(value)
    if not isinstance(value, str) or day is None:
        return ""
    rows = {paths.ROOT, focus.row or paths.ROOT} if isinstance(focus, ItemNode) else {paths.ROOT}
    is_about = any(
        answer.is_about and answer.value == value and paths.parent_row(path) in rows
        for path, answer in workings.body.answers.items()
    )
    if is_about:
        return f"about {value if len(value) <= _WHOLE_DATE else day.isoformat()}"
    return value if len(value) < _WHOLE_DATE else ""


def _day(value: Any) -> date | None:
    """Return a date, or the first day of a month or year that is given so; of a moment its day in England."""
    if not isinstance(value, str):
        return None
    if len(value) > _WHOLE_DATE:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return day_in_england(moment) if moment.tzinfo is not None else moment.date()
    text = value
    try:
        return date.fromisoformat(
            text + "-01-01"[: 10 - len(text)] if len(text) == 4 else (text + "-01")[:10]
        )
    except ValueError:
        return None


# -- facts and readings --------------------------------------------------------------------------------------


def _answers(form: Form, workings: Workings) -> Iterator[tuple[Item, FieldPath, Answer]]:
    for path in workings.places():
        item = form.by_link_id[paths.link_id(path)]
        answer = workings.body.answers.get(path)
        if item.is_question and answer is not None and answer.value is not None and workings.on(path):
            yield item, path, answer


def _facts(
    form: Form, workings: Workings, subjects: tuple[PersonId, ...], occurred_on: date | None
) -> Iterator[KnownFact]:
    if not any(item.fact for item in form.walk()):
        return
    for item, path, answer in _answers(form, workings):
        if not item.fact or is_unconfirmed(answer):  # filled in, and nobody has said that it is so
            continue
        family = item.fact.startswith(("family.", "household."))
        person = None if family else about(workings, path, subjects)
        if person is None and not family:
            continue
        yield KnownFact(
            code=item.fact,
            person=person,
            value=answer.value,
            path=path,
            on=occurred_on,
            by=answer.by,
            at=answer.at,
        )


def _readings(
    form: Form,
    workings: Workings,
    record: RecordId,
    subjects: tuple[PersonId, ...],
    occurred_on: date | None,
    names: Mapping[PersonId, str],
) -> Iterator[ScaleReading]:
    if occurred_on is None or not any(item.scale is not None for item in form.walk()):
        return
    for item, path, answer in _answers(form, workings):
        scale = item.scale
        number = weight_of(item, answer.value) if scale is not None else None
        if scale is None or number is None:
            continue
        id_, name, on = scale.id, scale.name, occurred_on
        if scale.apart_by is not None:
            which = _beside(scale.apart_by, path, workings)
            if which is None:  # it cannot be said of what it is a reading
                continue
            id_, name = f"{id_}/{_code(which)}", f"{name}: {words_of(which)}"
        if scale.date_from is not None:
            on = _day(_beside(scale.date_from, path, workings)) or occurred_on
        person = about(workings, path, subjects)
        band = band_for(scale, f"{number:f}")
        yield ScaleReading(
            person=person,
            person_name=names.get(person, "") if person is not None else "",
            scale=id_,
            version=scale.version,
            name=name,
            value=number,
            band=band.label if band is not None else "",
            date=on,
            by=answer.by,
            record=record,
            better=scale.better,
            least=Decimal(scale.least),
            most=Decimal(scale.most),
        )


def _code(value: Value) -> str:
    """Return what keeps readings of one scale apart: a code, or words without regard to case and spaces."""
    if isinstance(value, Mapping) and isinstance(value.get("code"), str):
        return str(value["code"])
    return " ".join(words_of(value).casefold().split())


def _beside(link: LinkId, path: FieldPath, workings: Workings) -> Value | None:
    """Return the answer of another question, in the row of an answer or further out."""
    row = paths.parent_row(path)
    while True:
        place = paths.child(row, link)
        answer = workings.body.answers.get(place)
        if answer is not None and workings.on(place):
            return answer.value
        if not row:
            return None
        row = paths.parent_row(row)


def about(workings: Workings, path: FieldPath, subjects: tuple[PersonId, ...]) -> PersonId | None:
    """Return whom an answer is about: whom its row names, or one further out; or its only subject.

    A form that asks which adult it was with says nothing of a child before that is answered.
    """
    row = paths.parent_row(path)
    asks_for_adult = False
    while True:
        link = paths.link_id(row) if row else None
        inside = workings.form.by_link_id[link].items if link is not None else workings.form.items
        for item in _subjects(inside):
            answer = workings.body.answers.get(paths.child(row, item.link_id))
            person = references.person_id(answer.value) if answer is not None else None
            if person is not None:
                return person
            asks_for_adult = asks_for_adult or item.refers_to == "adult"
        if not row:
            return subjects[0] if len(subjects) == 1 and not asks_for_adult else None
        row = paths.parent_row(row)


def _subjects(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        if item.role is Role.SUBJECT and item.kind is Kind.REFERENCE and not item.several:
            yield item
        if not item.has_rows:
            yield from _subjects(item.items)
