"""A record as a FHIR QuestionnaireResponse, and back, with nothing lost either way.

Out: every answer with its value, why it is empty, who said it when, and rows with their ids and order. What
FHIR has no place for stands in extensions of ours; an answer that does not fit its question (a date of "31/2"
stays as it was typed) stands as text beside its exact value. In: what others wrote is taken as far as the
form knows it; what the form does not know is handed back as `Imported.strangers`, never dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from workbook_desktop.domain import paths
from workbook_desktop.domain.errors import ResponseRefused
from workbook_desktop.domain.ids import FieldPath, LinkId, NewId, RowId, WorkerId
from workbook_desktop.domain.order import spread
from workbook_desktop.domain.records import Answer, Body, Empty, Row, Value, body_of, content_of
from workbook_desktop.forms import offers, strict_json
from workbook_desktop.forms.check import fits
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.extensions import OURS, Extensions

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_REASONS = {Empty.NOT_KNOWN: "unknown", Empty.NOT_ASKED: "not-asked", Empty.REFUSED: "asked-declined"}
_BY_REASON = {word: empty for empty, word in _REASONS.items()}
_NAMES = {
    Kind.BOOLEAN: "valueBoolean",
    Kind.DECIMAL: "valueDecimal",
    Kind.INTEGER: "valueInteger",
    Kind.DATE: "valueDate",
    Kind.DATE_TIME: "valueDateTime",
    Kind.TIME: "valueTime",
    Kind.STRING: "valueString",
    Kind.TEXT: "valueString",
    Kind.URL: "valueUri",
    Kind.QUANTITY: "valueQuantity",
    Kind.REFERENCE: "valueReference",
    Kind.ATTACHMENT: "valueAttachment",
}
_STATUS = ("in-progress", "completed", "amended", "entered-in-error", "stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was read of a response."""

    body: Body
    strangers: tuple[Mapping[str, Any], ...] = ()  # items as they came, that the form does not know
    remarks: tuple[str, ...] = ()  # what was taken otherwise than it stood there


def to_response(
    form: Form,
    body: Body,
    *,
    subject: Mapping[str, Any] | None = None,
    author: Mapping[str, Any] | None = None,
    authored: str | None = None,
    status: str = "in-progress",
    strangers: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return a record as a QuestionnaireResponse of R4: plain JSON values, numbers as int or Decimal.

    Args:
        subject, author: references (``{"reference": "Person/<id>", "display": …}``).
        authored: the moment as ISO 8601 with offset.
        strangers: items that came in with it and that the form does not know; they go out again at the end.
    """
    if status not in _STATUS:
        raise ValueError(f"no such status: {status}")
    writer = _Writer(form, body)
    items = [*writer.items(form.items, paths.ROOT), *map(dict, strangers)]
    out: dict[str, Any] = {"resourceType": "QuestionnaireResponse"}
    rest = writer.rest()
    if rest:
        out["extension"] = [{"url": OURS + "elsewhere", "valueString": _json(rest)}]
    if form.url:
        out["questionnaire"] = f"{form.url}|{form.version}" if form.version else form.url
    out["status"] = status
    if subject is not None:
        out["subject"] = dict(subject)
    if authored is not None:
        out["authored"] = authored
    if author is not None:
        out["author"] = dict(author)
    if items:
        out["item"] = items
    return out


def encoded(response: Mapping[str, Any]) -> bytes:
    """Return a response as JSON text. Decimals keep every digit: ``12.50`` does not become ``12.5``."""
    mark = "\ue000decimal:"
    while mark in json.dumps(response, ensure_ascii=False, default=_plain):
        mark = f"\ue000{mark}"  # an answer may hold anything, this too
    text = json.dumps(
        response,
        ensure_ascii=False,
        indent=1,
        default=lambda value: f"{mark}{value:f}" if isinstance(value, Decimal) else _plain(value),
    )
    return re.sub(f'"{mark}(-?[0-9.]+)"', r"\1", text).encode("utf-8", "replace")


def from_response(form: Form, response: bytes | Mapping[str, Any], new_id: NewId) -> Imported:
    """Return the record that a QuestionnaireResponse describes.

    Args:
        response: the JSON, or the same decoded.
        new_id: names rows that came without an id.

    Raises:
        ResponseRefused: it is no QuestionnaireResponse that can be read; facts say item and reason.
    """
    from workbook_desktop.domain.errors import FormRefused

    try:
        raw, _ = strict_json.decode(response)
    except FormRefused as refused:
        raise ResponseRefused(item="", why=str(refused.facts.get("why", ""))) from refused
    if raw.get("resourceType") != "QuestionnaireResponse":
        _refuse("", "it is not a FHIR QuestionnaireResponse")
    return _Reader(form, new_id).read(raw)


# -- out -----------------------------------------------------------------------------------------------------


class _Writer:
    def __init__(self, form: Form, body: Body) -> None:
        self._form, self._body = form, body
        self._written: set[FieldPath] = set()
        self._rows: dict[FieldPath, list[FieldPath]] = {}
        for path in body.rows:
            self._rows.setdefault(FieldPath(path.rsplit("/", 1)[0]), []).append(path)
        for listed in self._rows.values():
            listed.sort(key=lambda path: (body.rows[path].ord, path))

    def items(self, items: Iterable[Item], row: FieldPath) -> list[dict[str, Any]]:
        found = []
        for item in items:
            if item.kind is not Kind.DISPLAY:
                found += self._item(item, row)
        return found

    def rest(self) -> dict[str, Any] | None:
        """Return what the form has no place for, as nested content."""
        answers = {path: each for path, each in self._body.answers.items() if path not in self._written}
        rows = {path: each for path, each in self._body.rows.items() if path not in self._written}
        if not answers and not rows:
            return None
        around = {path: each for path, each in self._body.rows.items() if _leads_to(path, (*answers, *rows))}
        return content_of(Body(answers=answers, rows={**around, **rows}))

    def _item(self, item: Item, row: FieldPath) -> list[dict[str, Any]]:
        path = paths.child(row, item.link_id)
        if item.has_rows:
            return self._row_items(item, path)
        out: dict[str, Any] = {"linkId": str(item.link_id)}
        if item.text:
            out["text"] = item.text
        inner = self.items(item.items, row)
        if not item.is_question:
            if not inner:
                return []
            out["item"] = inner
            return [out]
        answer = self._body.answers.get(path)
        if answer is None and not inner:
            return []
        if answer is not None:
            self._written.add(path)
            _add(out, _said(answer))
            if answer.empty is not None:
                _add(out, _why_empty(answer.empty))
            else:
                answers = _answers(item, answer.value, out)
                if answers:
                    out["answer"] = answers
        if inner:
            (out["answer"][0] if out.get("answer") else out)["item"] = inner
        return [out]

    def _row_items(self, item: Item, path: FieldPath) -> list[dict[str, Any]]:
        rows = self._rows.get(path, [])
        if not rows:
            return []
        parts = []
        for each in rows:
            self._written.add(each)
            part: dict[str, Any] = {"id": str(paths.row_id(each))}
            _add(part, {"url": OURS + "ord", "valueString": self._body.rows[each].ord})
            if item.is_question:
                own = paths.child(each, item.link_id)
                answer = self._body.answers.get(own)
                if answer is not None:
                    self._written.add(own)
                    _add(part, _said(answer))
                    if answer.empty is not None:
                        _add(part, _why_empty(answer.empty))
                    else:
                        for each_answer in _answers(item, answer.value, part, single=True):
                            part.update(each_answer)
            inner = self.items(item.items, each)
            if inner:
                part["item"] = inner
            parts.append(part)
        named = {"linkId": str(item.link_id)} | ({"text": item.text} if item.text else {})
        if item.is_question:
            return [{**named, "answer": parts}]
        return [{"id": part.pop("id"), **named, **part} for part in parts]


def _leads_to(row: FieldPath, wanted: Sequence[FieldPath]) -> bool:
    return any(paths.under(path, row) for path in wanted)


def _said(answer: Answer) -> dict[str, Any] | None:
    parts: list[dict[str, Any]] = []
    if answer.by is not None:
        parts.append({"url": "by", "valueString": str(answer.by)})
    if answer.at is not None:
        parts.append({"url": "at", "valueString": answer.at})
    if answer.extra:
        parts.append({"url": "extra", "valueString": _json([list(each) for each in answer.extra])})
    return {"url": OURS + "said", "extension": parts} if parts else None


def _why_empty(empty: Empty) -> dict[str, Any]:
    word = _REASONS.get(empty)
    if word is None:
        return {"url": OURS + "cleared", "valueBoolean": True}
    return {"url": ABSENT, "valueCode": word}


def _answers(item: Item, value: Value, at: dict[str, Any], *, single: bool = False) -> list[dict[str, Any]]:
    """Return the parts of `answer`. FHIR has no empty text: it is left out, and stands in `exactly` alone."""
    values = value if isinstance(value, list) and not single else [value]
    out = [_as_fhir(item, each) for each in values if each != ""]
    back = [_from_fhir(item, each) for each in out]
    exact = back if isinstance(value, list) and not single else next(iter(back), None)
    if exact != value or type(exact) is not type(value) or not _alike(exact, value):
        _add(at, {"url": OURS + "exactly", "valueString": _json(value)})
    return out


def _alike(one: Any, other: Any) -> bool:
    """Say whether two equal values are of the same types inside too: ``True`` is not ``1``."""
    if isinstance(one, list):
        return all(map(_alike, one, other))
    if isinstance(one, dict):
        return all(_alike(each, other[name]) for name, each in one.items())
    return type(one) is type(other)


# FHIR wants seconds with every time of day, and an offset of whole minutes.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def _as_fhir(item: Item, value: Value) -> dict[str, Any]:
    kind = item.kind
    if kind in (Kind.CHOICE, Kind.OPEN_CHOICE):
        if isinstance(value, Mapping) and isinstance(value.get("code"), str):
            return {"valueCoding": _members(value, ("system", "code", "display"))}
        if isinstance(value, int) and not isinstance(value, bool):
            return {"valueInteger": value}
        return {"valueString": _words(value)}
    if fits(item, value):  # as it was typed
        return {"valueString": _words(value)}
    name = _NAMES[kind]
    match kind:
        case Kind.DECIMAL:
            return {name: Decimal(value)}
        case Kind.TIME:
            return {name: value if len(value) > 5 else f"{value}:00"}
        case Kind.DATE_TIME:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                return {"valueString": value}
            written = value if _MOMENT.fullmatch(value) else moment.isoformat()
            return {name: written} if _MOMENT.fullmatch(written) else {"valueString": value}
        case Kind.QUANTITY:
            found = _members(value, ("unit", "system", "code"))
            return {name: {"value": Decimal(str(value["value"])), **found}}
        case Kind.REFERENCE:
            return {name: _members(value, ("reference", "display"))}
        case Kind.ATTACHMENT:
            return {name: _members(value, ("title", "contentType", "size", "hash", "data"))}
        case _:
            return {name: value}


def _words(value: Value) -> str:
    text = value if isinstance(value, str) else offers.label_of(value) or _json(value)
    return text or " "


def _members(value: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value[name] for name in names if isinstance(value.get(name), str | int)}


def _add(to: dict[str, Any], extension: Mapping[str, Any] | None) -> None:
    if extension is not None:
        to.setdefault("extension", []).append(extension)


# -- in ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    form: Form
    new_id: NewId
    answers: dict[FieldPath, Answer] = field(default_factory=dict)
    rows: dict[FieldPath, Row] = field(default_factory=dict)
    strangers: list[Mapping[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def read(self, raw: Mapping[str, Any]) -> Imported:
        self._items(raw.get("item", []), paths.ROOT, None)
        self._order_rows()
        body = Body(answers=self.answers, rows=self.rows)
        elsewhere = Extensions(raw).one("workbook:elsewhere")
        if isinstance(elsewhere, str):
            more = _kept(elsewhere, lambda found: body_of(found) if isinstance(found, dict) else None)
            if more is not None:
                body = Body(answers={**more.answers, **body.answers}, rows={**more.rows, **body.rows})
        return Imported(body=body, strangers=tuple(self.strangers), remarks=tuple(self.remarks))

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
        values = [_from_fhir(item, each) for each in listed]
        kept = [each for each in values if each is not None]
        exact = more.one("workbook:exactly")
        value: Value | None = _kept(exact, lambda found: found) if isinstance(exact, str) else None
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


def _who_said(more: Extensions) -> tuple[WorkerId | None, str | None, tuple[tuple[str, Any], ...]]:
    for parts in more.parts("workbook:said"):
        by, at, extra = parts.one("by"), parts.one("at"), parts.one("extra")
        listed = _kept(extra, lambda found: found) if isinstance(extra, str) else None
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
    return _BY_REASON.get(more.text("data-absent-reason"))


def _from_fhir(item: Item, raw: Mapping[str, Any]) -> Value | None:
    name = next((name for name in raw if name.startswith("value")), None)
    if name is None:
        return None
    given = raw[name]
    if name == "valueCoding" and item.kind not in (Kind.CHOICE, Kind.OPEN_CHOICE):
        return offers.value_for(item.kind, given)
    if item.kind in (Kind.CHOICE, Kind.OPEN_CHOICE):
        if isinstance(given, Decimal):
            return None
        return offers.value_for(item.kind, given)
    return offers.value_for(item.kind, given)


def _kept(text: str, read: Callable[[Any], Any]) -> Any:
    """Return what one of our own extensions holds; None if others have broken it."""
    try:
        return read(json.loads(text))
    except (ValueError, RecursionError, KeyError):
        return None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON: {type(value).__name__}")


def _refuse(item: str, why: str) -> NoReturn:
    raise ResponseRefused(item=item[:80], why=why)
