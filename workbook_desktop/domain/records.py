"""Records: what a worker writes down, and the body of answers that is merged, hashed and sent.

A body has two shapes. Flat, for work: `Body`, answers by path. Nested, for the wire and the store: `Content`,
plain JSON ``{"answers": {linkId: answer}, "groups": {linkId: {rowId: {"ord", "answers", "groups"}}}}``. There
are no arrays in what is merged, and unknown members are carried along.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import (
    ConflictId,
    FamilyId,
    FieldPath,
    FormId,
    LinkId,
    PersonId,
    RecordId,
    RowId,
    WorkerId,
)

Value = Any  # decoded JSON without floats: what an answer holds; `Answer` says the shapes
Content = Mapping[str, Any]


class Empty(StrEnum):
    """Why an answer is empty on purpose. Absent from the body means: never answered."""

    CLEARED = "cleared"
    NOT_KNOWN = "not_known"
    NOT_ASKED = "not_asked"
    REFUSED = "refused"


ABOUT = "about"  # member of an answer: the date it holds was said to be about then


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, or an explicit empty one.

    `value` by kind of question: boolean ``True``; integer ``3``; decimal ``"12.5"`` (text until computed);
    date ``"2026-11-22"``, ``"2026-11"`` or ``"2026"``; date-time ``"2026-11-22T14:30:00+00:00"``; time
    ``"14:30:00"``; string, text, url: text; choice: ``{"code", "system"?, "display"?}`` or the plain scalar
    the option holds; open choice: as choice, or free text; quantity ``{"value": "12.5", "unit", "code"?,
    "system"?}``; reference ``{"reference": "Person/<id>", "display"}``; attachment ``{"title",
    "contentType", "size", "hash", "data"}`` (base64). A question that takes several answers holds a list.
    """

    value: Value | None
    empty: Empty | None = None
    by: WorkerId | None = None
    at: str | None = None  # ISO 8601 with offset, as recorded on the device
    extra: tuple[tuple[str, Any], ...] = ()  # members this version does not know, sent back as they came

    def __post_init__(self) -> None:
        if (self.value is None) != (self.empty is not None):
            raise ValueError("an answer has a value or says why it is empty")

    @property
    def is_about(self) -> bool:
        """Say whether a date was said to be about then ("about March 2024"), and not exactly."""
        return (ABOUT, True) in self.extra

    def says_the_same(self, other: Answer | None) -> bool:
        """Compare what is said, not who said it or when."""
        return (
            other is not None
            and self.empty == other.empty
            and self.is_about == other.is_about
            and comparable(self.value) == comparable(other.value)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a repeating group. `ord` orders rows: fractional-index text, ties by row id."""

    ord: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """All answers of a record, by path, and the rows they stand in. An immutable value."""

    answers: Mapping[FieldPath, Answer] = field(default_factory=dict)
    rows: Mapping[FieldPath, Row] = field(default_factory=dict)

    def rows_of(self, parent: FieldPath, group: LinkId) -> list[FieldPath]:
        """Return the paths of a group's rows in `parent`, in order."""
        stem = paths.child(parent, group) + "/"
        found = [path for path in self.rows if path.startswith(stem) and path.count("/") == stem.count("/")]
        return sorted(found, key=lambda path: (self.rows[path].ord, path))

    def with_answer(self, path: FieldPath, answer: Answer | None) -> Body:
        """Return a body in which `path` says `answer`; ``None`` takes it away as if never answered."""
        answers = dict(self.answers)
        if answer is None:
            answers.pop(path, None)
        else:
            answers[path] = answer
        return Body(answers=answers, rows=self.rows)

    def with_row(self, path: FieldPath, row: Row) -> Body:
        """Return a body with this row added, or moved."""
        return Body(answers=self.answers, rows={**self.rows, path: row})

    def without_row(self, path: FieldPath) -> Body:
        """Return a body without this row and everything in it."""
        return Body(
            answers={key: kept for key, kept in self.answers.items() if not paths.under(key, path)},
            rows={key: kept for key, kept in self.rows.items() if not paths.under(key, path)},
        )


def comparable(value: Value) -> Value:
    """Return the form of a value in which two spellings of the same answer are equal.

    Text: NFC, line ends as LF, no space at line ends. A list of options: as a set. Nothing kept is changed.
    """
    if isinstance(value, str):
        import unicodedata

        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
        return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    if isinstance(value, list):
        return sorted((comparable(each) for each in value), key=canonical_json)
    if isinstance(value, Mapping):
        if "code" in value and "value" not in value:  # a coding: the words on it may be re-worded
            return {"code": value["code"], "system": value.get("system", "")}
        return {key: comparable(each) for key, each in value.items()}
    return value


_PLAIN = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def canonical_json(value: Any) -> bytes:
    """Return the canonical JSON of a value, as RFC 8785 has it. Floats are refused: we never hold one."""
    # The standard encoder writes the same in a fraction of the time, but RFC 8785 sorts keys as UTF-16 does:
    # that differs where a key holds a character beyond the basic plane.
    if not _is_plain(value):
        return "".join(_canonical(value)).encode()
    text = _PLAIN.encode(value)
    if not text.isascii() and len(text.encode("utf-16-le", "surrogatepass")) != 2 * len(text):
        return "".join(_canonical(value)).encode()
    return text.encode()


def _is_plain(value: Any) -> bool:
    """Say whether a value holds nothing but what the standard encoder writes as we do."""
    kind = type(value)
    if kind is dict:
        return all(type(key) is str for key in value) and all(map(_is_plain, value.values()))
    if kind is list or kind is tuple:
        return all(map(_is_plain, value))
    return kind is str or kind is int or kind is bool or value is None


def _canonical(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield "{"
        for number, key in enumerate(
            sorted(value, key=lambda text: text.encode("utf-16-be", "surrogatepass"))
        ):
            yield ("," if number else "") + json.dumps(key, ensure_ascii=False) + ":"
            yield from _canonical(value[key])
        yield "}"
    elif isinstance(value, (list, tuple)):
        yield "["
        for number, each in enumerate(value):
            if number:
                yield ","
            yield from _canonical(each)
        yield "]"
    elif isinstance(value, float):
        raise TypeError("a float has no place in a record: decimals are text")
    else:
        yield json.dumps(value, ensure_ascii=False)


def content_hash(content: Content) -> str:
    """Return the SHA-256, as hex, of the canonical JSON of a record's content."""
    return hashlib.sha256(canonical_json(content)).hexdigest()


_KNOWN_OF_ANSWER = frozenset(("v", "s", "by", "at"))


def answer_of(raw: Mapping[str, Any]) -> Answer:
    """Return the answer a decoded JSON object stands for."""
    return Answer(
        value=raw.get("v"),
        empty=Empty(raw["s"]) if raw.get("s") else None,
        by=raw.get("by"),
        at=raw.get("at"),
        extra=()
        if raw.keys() <= _KNOWN_OF_ANSWER
        else tuple((key, raw[key]) for key in raw if key not in _KNOWN_OF_ANSWER),
    )


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer: ``{v, s?, by?, at?}``."""
    out: dict[str, Any] = {"v": answer.value}
    if answer.empty is not None:
        out["s"] = str(answer.empty)
    if answer.by is not None:
        out["by"] = answer.by
    if answer.at is not None:
        out["at"] = answer.at
    out.update(answer.extra)
    return out


def _not_read_again(json: bytes) -> Any:
    raise AssertionError("it is read already")


class StoredContent(Mapping[str, Any]):
    """Content that is still JSON: read when it is first looked into. Most of what is stored is only passed
    on.

    `json` is canonical unless a name in it holds a character beyond the basic plane.
    """

    __slots__ = ("_read", "_reader", "json")

    def __init__(self, json: bytes, reader: Callable[[bytes], Any]) -> None:
        self.json, self._reader = json, reader
        self._read: Content | None = None

    @classmethod
    def of(cls, json: bytes, read: Content) -> StoredContent:
        """Return content of which the JSON and what it says are both at hand."""
        made = cls(json, _not_read_again)
        made._read = read
        return made

    @property
    def read(self) -> Content:
        """The content as plain JSON values."""
        if self._read is None:
            self._read = self._reader(self.json)
        return self._read

    def __getitem__(self, name: str) -> Any:
        return self.read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.read)

    def __len__(self) -> int:
        return len(self.read)


def body_of(content: Content) -> Body:
    """Return the flat body of nested content.

    Raises:
        ValueError: the content is not of the shape this module describes.
    """
    answers: dict[FieldPath, Answer] = {}
    rows: dict[FieldPath, Row] = {}

    def read(node: Mapping[str, Any], at: FieldPath) -> None:
        for link_id, raw in node.get("answers", {}).items():
            answers[paths.child(at, link_id)] = answer_of(raw)
        for group, items in node.get("groups", {}).items():
            for row_id, item in items.items():
                path = paths.row(at, group, row_id)
                rows[path] = Row(ord=item["ord"])
                read(item, path)

    try:
        read(content, paths.ROOT)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not the content of a record") from error
    return Body(answers=answers, rows=rows)


def content_of(body: Body) -> dict[str, Any]:
    """Return the nested content of a flat body. Answers of a row that is not there are left out."""
    root: dict[str, Any] = {"answers": {}, "groups": {}}
    nodes: dict[FieldPath, dict[str, Any]] = {paths.ROOT: root}
    for path in sorted(body.rows, key=lambda each: each.count("/")):
        parent = nodes.get(paths.parent_row(path))
        if parent is None:
            continue
        node: dict[str, Any] = {"ord": body.rows[path].ord, "answers": {}, "groups": {}}
        parent["groups"].setdefault(paths.link_id(path), {})[paths.row_id(path)] = node
        nodes[path] = node
    for path, answer in body.answers.items():
        node_of = nodes.get(paths.parent_row(path))
        if node_of is not None:
            node_of["answers"][paths.link_id(path)] = answer_json(answer)
    return root


class State(StrEnum):
    """States of a record. `sent` is no state of a record: it is one of an op."""

    DRAFT = "draft"
    READY = "ready"
    SIGNED_OFF = "signed_off"
    RETURNED = "returned"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRef:
    """A form at one version. A record stays with the version it began with."""

    id: FormId
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A record as the ICS has it at one version: who may see it, what it says, who signed it.

    `type` is ``"form"`` for what workers write; ``"family"`` is kept by the office and only read here
    (`domain.people` turns it into a value).
    """

    id: RecordId
    type: str
    family: FamilyId
    form: FormRef | None
    state: State
    chapter: str  # a chapter's id, "" for what belongs to none
    subjects: tuple[PersonId, ...]
    content: Content
    version: int  # 1 is the first the ICS accepted; +1 for each accepted revision
    hash: str  # content_hash(content)
    created_by: WorkerId | None
    created_at: datetime | None
    changed_by: WorkerId | None
    changed_at: datetime | None  # when the ICS received it
    signed_by: WorkerId | None = None
    signed_at: datetime | None = None
    open_conflicts: tuple[ConflictId, ...] = ()
    amends: RecordId | None = None  # the signed record that this one corrects or adds to
    mark: str | None = None  # by which the ICS knows its own word again, should it lose it
    extra: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if self.version < 1:
            raise ValueError("versions start at 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """What lists and search need of a record, so that they never read its body."""

    title: str  # in the worker's words: "Home visit, 22 November 2026"
    occurred_on: date | None
    search_text: str


RECEIPT = FormId("read-receipt")  # what the Workbook writes by itself: its records stand in no list

__all__ = [
    "RECEIPT",
    "Answer",
    "Body",
    "Content",
    "Empty",
    "FormRef",
    "Gist",
    "Head",
    "Row",
    "RowId",
    "State",
    "StoredContent",
    "Value",
    "answer_json",
    "answer_of",
    "body_of",
    "canonical_json",
    "comparable",
    "content_hash",
    "content_of",
]
