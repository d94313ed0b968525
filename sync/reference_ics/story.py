"""What workers of the practice family have written so far, told as data.

``resources/practice/README.md`` says how a record is told. What can be looked up is left out there: a record
begins as it would on a laptop (`forms.draft.begin`), and codes and names are expanded by its form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from sync.reference_ics.days import Days
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import (
    FamilyId,
    FieldPath,
    LinkId,
    NewId,
    PersonId,
    RecordId,
    RowId,
    WorkerId,
    derived_id,
)
from workbook_desktop.domain.order import spread
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import Answer, Body, Empty, Head, Row, State, content_hash, content_of
from workbook_desktop.forms import references
from workbook_desktop.forms.definition import Form, Item, Kind, Role
from workbook_desktop.forms.draft import begin

_MADE_UP = re.compile(r"[pw]-[a-z-]+")


def record_id(name: str) -> RecordId:
    """Return the id that a record of the story always has, by its name there ("visit-01")."""
    return RecordId(derived_id("practice", name))


def row_id(record: RecordId, group: str, name: str) -> RowId:
    """Return the id of a row that the story gives a name (its ``id``)."""
    return RowId(derived_id(record, f"{group}/{name}"))


def action_name(told: str, given_as: str = "") -> str:
    """Return the name of an action of the story ("visit-01/next-step/midwife"), as every laptop knows it.

    Args:
        given_as: what its form calls it among what it gives, if that is not the group's name.
    """
    record, group, name = told.split("/")
    return f"{record_id(record)}/{given_as or group}/{row_id(record_id(record), group, name)}"


class Story:
    """Makes records of what the story says, as of one day."""

    def __init__(
        self, *, forms: Sequence[Form], families: Sequence[Family], workers: Sequence[Worker], days: Days
    ) -> None:
        self._forms = {form.id: form for form in forms}
        self._families = {family.id: family for family in families}
        self._workers = {worker.id: worker for worker in workers}
        self._days = days

    def head(self, raw: Mapping[str, Any]) -> Head:
        """Return the record as the ICS has it.

        Raises:
            ValueError: it answers a question its form does not have, or names nobody we know.
        """
        form = self._forms[raw["form"]]
        family = self._families[FamilyId(raw["family"])]
        author = self._workers[WorkerId(raw["by"])]
        record = record_id(raw["id"])
        written = self._days.moment(raw["day"], raw.get("at", "16:05"), raw.get("on", ""))
        begun = self._begun(raw, written)
        subjects = tuple(PersonId(each) for each in raw.get("subjects", ())) or tuple(
            child.id for child in family.children
        )
        numbers = count(1)
        new_id: NewId = lambda: derived_id(record, f"row {next(numbers)}")  # noqa: E731
        start = begin(
            form,
            record=record,
            family=family,
            worker=author,
            today=begun.date(),
            new_id=new_id,
            subjects=subjects,
        )
        telling = _Telling(form, family, self._workers, self._days, record, new_id, author.id, begun, start)
        content = content_of(telling.told(raw))
        state = State(raw.get("state", "signed_off"))
        signed = state is State.SIGNED_OFF
        return Head(
            id=record,
            type="form",
            family=family.id,
            form=form.ref,
            state=state,
            chapter=form.chapter or author.chapter,
            subjects=subjects,
            content=content,
            version=1,
            hash=content_hash(content),
            created_by=author.id,
            created_at=begun,
            changed_by=telling.last_by,
            changed_at=max(written, telling.last_at),
            signed_by=author.id if signed else None,
            signed_at=written if signed else None,
        )

    def _begun(self, raw: Mapping[str, Any], written: datetime) -> datetime:
        begun = raw.get("begun")
        return written if begun is None else self._days.moment(begun["day"], begun.get("at", "09:40"))


class _Telling:
    """Tells one record: lays what the story says over what the form begins with."""

    def __init__(
        self,
        form: Form,
        family: Family,
        workers: Mapping[WorkerId, Worker],
        days: Days,
        record: RecordId,
        new_id: NewId,
        author: WorkerId,
        written: datetime,
        start: Body,
    ) -> None:
        self._form, self._family, self._workers, self._days = form, family, workers, days
        self._record, self._new_id = record, new_id
        self._author, self._written = author, written
        self.last_by, self.last_at = author, written
        said_at = written.isoformat()
        self._answers = {
            path: replace(answer, by=author, at=said_at) for path, answer in start.answers.items()
        }
        self._rows = dict(start.rows)

    def told(self, raw: Mapping[str, Any]) -> Body:
        """Return the whole body."""
        self._node(raw, paths.ROOT)
        return Body(answers=self._answers, rows=self._rows)

    def _node(self, node: Mapping[str, Any], at: FieldPath) -> None:
        for link_id, raw in node.get("answers", {}).items():
            item = self._item(link_id)
            self._answers[paths.child(at, item.link_id)] = self._answer(item, raw)
        for group, listed in node.get("rows", {}).items():
            item = self._item(group)
            if item.rows_for == "children":
                for each in listed:
                    self._node(each, self._row_of(item, at, each["of"]))
            else:
                self._own_rows(item, at, listed)

    def _item(self, link_id: str) -> Item:
        item = self._form.by_link_id.get(LinkId(link_id))
        if item is None:
            raise ValueError(f"{self._form.id} has no {link_id}")
        return item

    def _row_of(self, item: Item, at: FieldPath, child: str) -> FieldPath:
        about = next(inner.link_id for inner in item.items if inner.role is Role.SUBJECT)
        for path in self._rows:
            answer = self._answers.get(paths.child(path, about))
            if paths.parent_row(path) == at and answer and references.person_id(answer.value) == child:
                return path
        raise ValueError(f"{item.link_id} has no row for {child}")

    def _own_rows(self, item: Item, at: FieldPath, listed: Sequence[Mapping[str, Any]]) -> None:
        body = Body(answers=self._answers, rows=self._rows)
        for begun in body.rows_of(at, item.link_id):
            body = body.without_row(begun)
        self._answers, self._rows = dict(body.answers), dict(body.rows)
        for ord_, each in zip(spread(len(listed)), listed, strict=True):
            name = each.get("id")
            own = row_id(self._record, item.link_id, name) if name else RowId(self._new_id())
            path = paths.row(at, item.link_id, own)
            self._rows[path] = Row(ord=ord_)
            self._node(each, path)

    def _answer(self, item: Item, raw: Any) -> Answer:
        by, at = self._author, self._written
        if isinstance(raw, Mapping) and "by" in raw:
            by, at = WorkerId(raw["by"]), self._days.moment(raw["day"], raw.get("at", "15:20"))
            if at > self.last_at:
                self.last_by, self.last_at = by, at
            raw = raw["says"]
        stamp = at.isoformat()
        if isinstance(raw, Mapping) and "action" in raw:
            raw = action_name(raw["action"], raw.get("as", ""))
        if isinstance(raw, Mapping) and "empty" in raw:
            return Answer(value=None, empty=Empty(raw["empty"]), by=by, at=stamp)
        expand: Callable[[Any], Any] = {
            Kind.CHOICE: lambda value: _option(item, value),
            Kind.REFERENCE: self._reference,
            Kind.TIME: lambda value: f"{value}:00" if len(value) == 5 else value,
        }.get(item.kind, lambda value: value)
        value = self._days.told(raw)
        return Answer(
            value=[expand(each) for each in value] if isinstance(value, list) else expand(value),
            by=by,
            at=stamp,
        )

    def _reference(self, value: Any) -> Any:
        if not isinstance(value, str) or not _MADE_UP.fullmatch(value):
            return value
        person = self._family.person(PersonId(value))
        if person is not None:
            return references.to_person(person)
        worker = self._workers.get(WorkerId(value))
        if worker is None:
            raise ValueError(f"nobody of the practice family is called {value}")
        return references.to_worker(worker)


def _option(item: Item, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for option in item.options:
        coded = option.value["code"] if isinstance(option.value, Mapping) else option.value
        if coded == value:
            return option.value
    raise ValueError(f"{item.link_id} does not offer {value}")
