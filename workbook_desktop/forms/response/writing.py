"""Out: a record as a QuestionnaireResponse of R4."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Answer, Body, Empty, Value, content_of
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.extensions import OURS
from workbook_desktop.forms.response.values import (
    ABSENT,
    REASONS,
    as_fhir,
    as_json,
    from_fhir,
)

_STATUS = ("in-progress", "completed", "amended", "entered-in-error", "stopped")


def to_response(
    form: Form,
    body: Body,
    *,
    subject: Mapping[str, Any] | None = None,
    author: Mapping[str, Any] | None = None,
    authored: str | None = None,
    status: str | None = None,
    strangers: Iterable[Mapping[str, Any]] = (),
    around: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return a record as a QuestionnaireResponse of R4: plain JSON values, numbers as int or Decimal.

    Args:
        subject, author: references (``{"reference": "Person/<id>", "display": …}``).
        authored: the moment as ISO 8601 with offset.
        around: what stood around the items it came in with (`Imported.around`): its state, author, moment and
            whatever else; what is said by the other arguments stands in its place.
        strangers: items that came in with it and that the form does not know; they go out again at the end.
    """
    if status is None:
        told = around.get("status")
        status = told if told in _STATUS else "in-progress"
    if status not in _STATUS:
        raise ValueError(f"no such status: {status}")
    writer = _Writer(form, body)
    items = [*writer.items(form.items, paths.ROOT), *map(dict, strangers)]
    out: dict[str, Any] = {"resourceType": "QuestionnaireResponse"}
    rest = writer.rest()
    if rest:
        out["extension"] = [{"url": OURS + "elsewhere", "valueString": as_json(rest)}]
    for name, value in around.items():
        if name == "extension":
            out[name] = [*out.get(name, []), *value]
        elif name not in ("resourceType", "questionnaire", "status", "item"):
            out[name] = value
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
        parts.append({"url": "extra", "valueString": as_json([list(each) for each in answer.extra])})
    return {"url": OURS + "said", "extension": parts} if parts else None


def _why_empty(empty: Empty) -> dict[str, Any]:
    word = REASONS.get(empty)
    if word is None:
        return {"url": OURS + "cleared", "valueBoolean": True}
    return {"url": ABSENT, "valueCode": word}


def _answers(item: Item, value: Value, at: dict[str, Any], *, single: bool = False) -> list[dict[str, Any]]:
    """Return the parts of `answer`. FHIR has no empty text: it is left out, and stands in `exactly` alone."""
    values = value if isinstance(value, list) and not single else [value]
    out = [as_fhir(item, each) for each in values if each != ""]
    back = [from_fhir(item, each) for each in out]
    exact = back if isinstance(value, list) and not single else next(iter(back), None)
    if exact != value or type(exact) is not type(value) or not _alike(exact, value):
        _add(at, {"url": OURS + "exactly", "valueString": as_json(value)})
    return out


def _alike(one: Any, other: Any) -> bool:
    """Say whether two equal values are of the same types inside too: ``True`` is not ``1``."""
    if isinstance(one, list):
        return all(map(_alike, one, other))
    if isinstance(one, dict):
        return all(_alike(each, other[name]) for name, each in one.items())
    return type(one) is type(other)


def _add(to: dict[str, Any], extension: Mapping[str, Any] | None) -> None:
    if extension is not None:
        to.setdefault("extension", []).append(extension)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON: {type(value).__name__}")
