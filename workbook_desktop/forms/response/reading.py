"""In: the record that a QuestionnaireResponse describes, as far as the form knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from workbook_desktop.domain import paths
from workbook_desktop.domain.errors import FormRefused, ResponseRefused
from workbook_desktop.domain.ids import FieldPath, LinkId, NewId, RowId, WorkerId
from workbook_desktop.domain.order import spread
from workbook_desktop.domain.records import Answer, Body, Empty, Row, Value, body_of
from workbook_desktop.forms import strict_json
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.extensions import OURS, Extensions
from workbook_desktop.forms.response.values import (
    ABSENT,
    BY_REASON,
    from_fhir,
    kept_in,
)

_OWN_MEMBERS = frozenset(("resourceType", "questionnaire", "item", "extension"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was read of a response."""

    body: Body
    strangers: tuple[Mapping[str, Any], ...] = ()  # items as they came, that the form does not know
    remarks: tuple[str, ...] = ()  # what was taken otherwise than it stood there
    # Who, when, in what state: all that stood around the items, as it came. `to_response` takes it back.
    around: Mapping[str, Any] = field(default_factory=dict)


def from_response(form: Form, response: bytes | Mapping[str, Any], new_id: NewId) -> Imported:
    """Return the record that a QuestionnaireResponse describes.

    Args:
        response: the JSON, or the same decoded.
        new_id: names rows that came without an id.

    Raises:
        ResponseRefused: it is no QuestionnaireResponse that can be read; facts say item and reason.
    """
    try:
        raw, _ = strict_json.decode(response)
    except FormRefused as refused:
        raise ResponseRefused(item="", why=str(refused.facts.get("why", ""))) from refused
    if raw.get("resourceType") != "QuestionnaireResponse":
        _refuse("", "it is not a FHIR QuestionnaireResponse")
    return _Reader(form, new_id).read(raw)


@dataclass(slots=True)
class _Reader:
    form: Form
    new_id: NewId
    answers: dict[FieldPath, Answer] = field(default_factory=dict)
    rows: dict[FieldPath, Row] = field(default_factory=dict)
    strangers: list[Mapping[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def read(self, raw: Mapping[str, Any]) -> Imported:
        if raw.get("modifierExtension"):
            _refuse("", "it has a modifierExtension, which says that it means something else")
        self._items(raw.get("item", []), paths.ROOT, None)
        self._order_rows()
        body = Body(answers=self.answers, rows=self.rows)
        elsewhere = Extensions(raw).one("workbook:elsewhere")
        if isinstance(elsewhere, str):
            more = kept_in(elsewhere, lambda found: body_of(found) if isinstance(found, dict) else None)
            if more is not None:
                body = Body(answers={**more.answers, **body.answers}, rows={**more.rows, **body.rows})
        return Imported(
            body=body,
            strangers=tuple(self.strangers),
            remarks=tuple(dict.fromkeys(self.remarks)),
            around=_around(raw),
        )

    def _items(self, listed: Any, row: FieldPath, parent: Item | None) -> None:
        if not isinstance(listed, list):
            _refuse("", "its items are not a list")
        numbers: dict[FieldPath, int] = {}
        for raw in listed:
            if not isinstance(raw, dict) or not isinstance(raw.get("linkId"), str):
                _refuse("", "one of its items is not an item")
            item = self.form.by_link_id.get(LinkId(raw["linkId"]))
            if item is None or item.kind is Kind.DISPLAY:
                if item is None:
                    self.strangers.append(raw)
                continue
            if raw.get("modifierExtension"):
                self._remark(
                    item, "says by a modifierExtension that it means something else; it was not taken"
                )
                self.strangers.append(raw)
                continue
            if _has_foreign(raw):
                self._remark(item, "came with extensions of others, which are not kept")
            if self.form.parents[item.link_id] is not parent:
                self._remark(item, "stood elsewhere in the response than in the form")
                if not self._stands_in(item, row):
                    self.strangers.append(raw)
                    continue
            self._item(item, raw, row, numbers)

    def _stands_in(self, item: Item, row: FieldPath) -> bool:
        """Say whether an item belongs in a row: then it can be taken wherever it stood there."""
        chain = []
        above = self.form.parents[item.link_id]
        while above is not None:
            if above.has_rows:
                chain.append(above.link_id)
            above = self.form.parents[above.link_id]
        return tuple(reversed(chain)) == paths.split(row)[::2]

    def _item(
        self, item: Item, raw: Mapping[str, Any], row: FieldPath, numbers: dict[FieldPath, int]
    ) -> None:
        path = paths.child(row, item.link_id)
        if item.has_rows and not item.is_question:
            place = self._row(path, raw, numbers)
            self._items(raw.get("item", []), place, item)
            return
        if item.has_rows:
            listed = raw.get("answer", [])
            for part in listed if isinstance(listed, list) else ():
                if not isinstance(part, dict):
                    _refuse(item.link_id, "an answer is not an object")
                place = self._row(path, part, numbers)
                self._answer(item, paths.child(place, item.link_id), [part], part)
                self._items(part.get("item", []), place, item)
            return
        if item.is_question:
            listed = raw.get("answer", [])
            if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
                _refuse(item.link_id, "its answers are not a list of objects")
            if path in self.answers:
                self._remark(item, "stood there twice; the first was taken")
                self.strangers.append(raw)
                return
            self._answer(item, path, listed, raw)
            for part in listed:
                self._items(part.get("item", []), row, item)
        self._items(raw.get("item", []), row, item)

    def _row(self, path: FieldPath, raw: Mapping[str, Any], numbers: dict[FieldPath, int]) -> FieldPath:
        id_ = raw.get("id")
        place = FieldPath(f"{path}/{paths.join(id_)}") if isinstance(id_, str) and id_ else FieldPath("")
        if not place or place in self.rows:
            place = FieldPath(f"{path}/{paths.join(RowId(self.new_id()))}")
        ord_ = Extensions(raw).one("workbook:ord")
        numbers[path] = numbers.get(path, 0) + 1
        self.rows[place] = Row(ord=ord_ if isinstance(ord_, str) and ord_ else "")
        return place

    def _order_rows(self) -> None:
        """Give rows that came without an order the one they stood in."""
        listed: dict[str, list[FieldPath]] = {}
        for path in self.rows:
            listed.setdefault(path.rsplit("/", 1)[0], []).append(path)
        for rows in listed.values():
            if any(not self.rows[each].ord for each in rows):
                for path, ord_ in zip(rows, spread(len(rows)), strict=True):
                    self.rows[path] = Row(ord=ord_)

    def _answer(
        self, item: Item, path: FieldPath, listed: Sequence[Mapping[str, Any]], raw: Mapping[str, Any]
    ) -> None:
        more = Extensions(raw)
        by, at, extra = _who_said(more)
        empty = _empty_of(more)
        values = [from_fhir(item, each) for each in listed]
        kept = [each for each in values if each is not None]
        exact = more.one("workbook:exactly")
        value: Value | None = kept_in(exact, lambda found: found) if isinstance(exact, str) else None
        if value is None and kept:
            value = kept if item.several else kept[0]
            if len(kept) > 1 and not item.several:
                self._remark(item, "had several answers; the first was taken")
                self.strangers.append({"linkId": str(item.link_id), "answer": [dict(e) for e in listed[1:]]})
        given = sum(any(name.startswith("value") for name in each) for each in listed)
        if len(kept) < given and not isinstance(exact, str):
            self._remark(item, "had an answer that does not fit the question")
            self.strangers.append(dict(raw))
        if value is None and empty is None:
            if not (by or at or extra):
                return
            empty = Empty.CLEARED
        if value is not None:
            empty = None
        self.answers[path] = Answer(value=value, empty=empty, by=by, at=at, extra=extra)

    def _remark(self, item: Item, what: str) -> None:
        self.remarks.append(f"“{(item.text or item.link_id)[:60]}” ({item.link_id}) {what}.")


def _around(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return all of a response but its items, what it answers, and what we keep in it ourselves."""
    found = {name: value for name, value in raw.items() if name not in _OWN_MEMBERS}
    others = [each for each in _listed(raw, "extension") if not _is_ours(each)]
    return found | ({"extension": others} if others else {})


def _has_foreign(raw: Mapping[str, Any]) -> bool:
    """Say whether an item, or an answer of it, has extensions that we do not know."""
    parts = [raw, *_listed(raw, "answer")]
    return any(
        not _is_ours(each) for part in parts if isinstance(part, dict) for each in _listed(part, "extension")
    )


def _is_ours(extension: Any) -> bool:
    url = extension.get("url") if isinstance(extension, dict) else None
    return isinstance(url, str) and (url.startswith(OURS) or url == ABSENT)


def _listed(raw: Mapping[str, Any], name: str) -> list[Any]:
    found = raw.get(name)
    return found if isinstance(found, list) else []


def _who_said(more: Extensions) -> tuple[WorkerId | None, str | None, tuple[tuple[str, Any], ...]]:
    for parts in more.parts("workbook:said"):
        by, at, extra = parts.one("by"), parts.one("at"), parts.one("extra")
        listed = kept_in(extra, lambda found: found) if isinstance(extra, str) else None
        pairs = [each for each in listed if _is_pair(each)] if isinstance(listed, list) else []
        return (
            WorkerId(by) if isinstance(by, str) else None,
            at if isinstance(at, str) else None,
            tuple((name, value) for name, value in pairs),
        )
    return None, None, ()


def _is_pair(each: Any) -> bool:
    return isinstance(each, list) and len(each) == 2 and isinstance(each[0], str)


def _empty_of(more: Extensions) -> Empty | None:
    if more.yes("workbook:cleared"):
        return Empty.CLEARED
    return BY_REASON.get(more.text("data-absent-reason"))


def _refuse(item: str, why: str) -> NoReturn:
    raise ResponseRefused(item=item[:80], why=why)
