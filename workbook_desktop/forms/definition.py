"""What a form is, once read: the structural part of the v1 subset of FHIR Questionnaires.

The FHIR JSON is the artefact that is stored, signed and sent; a `Form` is made from it by `forms.loader` and
thrown away again. Everything here is immutable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

from workbook_desktop.domain.identifiers import Identifier
from workbook_desktop.domain.ids import FormId, LinkId
from workbook_desktop.domain.records import Empty, FormRef, Value

FACTS = "https://workbook.invalid/fhir/CodeSystem/facts"  # codes of facts that are recorded once


class Kind(StrEnum):
    """What kind of answer an item takes. The words are FHIR's item types."""

    GROUP = "group"
    DISPLAY = "display"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE = "date"
    DATE_TIME = "dateTime"
    TIME = "time"
    STRING = "string"
    TEXT = "text"
    URL = "url"
    CHOICE = "choice"
    OPEN_CHOICE = "open-choice"
    QUANTITY = "quantity"
    REFERENCE = "reference"
    ATTACHMENT = "attachment"


class Merge(StrEnum):
    """What happens when two workers change one answer differently."""

    ASK = "atomic"  # a conflict, always
    SENTENCES = "diff3"  # narrative: sentences that do not touch merge, the rest is a conflict
    MEMBERS = "set"  # several options: what each added and took away
    WORKED_OUT = "worked-out"  # never merged: worked out again from the other answers


class Compare(StrEnum):
    """Operators of enableWhen."""

    EXISTS = "exists"
    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    LESS = "<"
    AT_LEAST = ">="
    AT_MOST = "<="


class Role(StrEnum):
    """What an answer means to lists, so that they never guess (own extension ``role``)."""

    OCCURRED_ON = "occurred-on"  # when the thing recorded happened
    TITLE = "title"  # a few words that name the record
    SUBJECT = "subject"  # the person a row, or the record, is about
    AUTHOR = "author"  # a reference that starts as the worker who begins the record


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A FHIRPath expression as the form has it. `forms.expressions.compile_expression` makes it work."""

    text: str
    name: str = ""  # of the variable, or of the row context, that it sets


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What must hold (``must``), or is worth another look (``look``), written as a formula that is then true.

    The formula's focus is the item that carries the rule; the whole response for a rule of the form.
    """

    key: str
    words: str  # for the worker, when it does not hold
    formula: Formula
    severity: Literal["must", "look"] = "must"
    on_each: bool = False  # targetConstraint: asked of each instance of the item


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Totals from `least` to `most`, both included, and what they are called. Decimals as text."""

    least: str
    most: str
    label: str
    action: str = ""  # what is advised at such a total
    tone: str = ""  # "good", "warning", "bad" or "": colour beside the words, never instead of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What makes an answer a reading that is charted over time (own extension ``scale``).

    `parts` are the weighted questions that must all be answered before there is a total. A scale whose item
    has no formula is the sum of their weights; one without parts is charted as it was answered.
    """

    id: str  # such as "phq-9": readings of one scale and version are joined in a chart
    version: str
    name: str
    least: str
    most: str
    bands: tuple[Band, ...] = ()
    parts: tuple[LinkId, ...] = ()
    better: str = ""  # "lower", "higher", or "" where neither is
    plain_name: str = ""  # for a parent to read
    apart_by: LinkId | None = None  # the question whose answers are scales of their own, such as an area
    date_from: LinkId | None = None  # the question that says when it was filled in; None: with the record


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What one record gives to other parts of the Workbook (own extension ``gives`` of the Questionnaire).

    `kind` is ``chronology``, ``action``, ``happening``, ``chapter`` or ``note``. For each thing that `each`
    finds in the response (the response itself if there is none) and for which `when` is true, one entry is
    made; each part is a formula with that thing as its focus.
    """

    kind: str
    id: str
    each: Formula | None = None
    when: Formula | None = None
    parts: tuple[tuple[str, Formula], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where the answer of a question of an earlier version goes (own extension ``moves``)."""

    since: str  # the version that had `old`
    old: LinkId
    new: LinkId | None  # None: kept as a note, "answers from the earlier form"
    options: tuple[tuple[str, str], ...] = ()  # codes that are called otherwise now: old, new


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer offered. `value` is what is kept (see `domain.records.Answer`), `label` what is shown."""

    value: Value
    label: str
    prefix: str = ""
    weight: str | None = None  # ordinalValue or itemWeight, a decimal as text
    exclusive: bool = False  # chosen alone: "none of these"
    chosen_at_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The item shows when the answer to `question` compares so. For EXISTS `answer` is True or False."""

    question: LinkId
    compare: Compare
    answer: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that must hold to sign off. Numbers, dates and times are text of the answer's own kind."""

    min_value: str | None = None
    max_value: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    max_decimal_places: int | None = None
    min_occurs: int | None = None  # of answers, or rows
    max_occurs: int | None = None
    max_size: int | None = None  # bytes of an attachment
    media_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyMap:
    """The questions of a repeating group whose rows are marks on a body: by their linkIds."""

    region: LinkId
    side: LinkId
    x: LinkId  # thousandths of the region's box
    y: LinkId
    struck: LinkId  # a line struck through, and why
    why: LinkId
    age: LinkId  # outside the rows: which outline fits
    protocol: LinkId | None = None  # outside the rows: asked when somebody has to be rung at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question, a group or a text of a form."""

    link_id: LinkId
    kind: Kind
    text: str
    prefix: str = ""
    short_text: str = ""
    help: str = ""
    prompt: str = ""  # also FHIR's entryFormat: shown as an example beside the field
    required: bool = False  # to sign off; never to save
    repeats: bool = False
    read_only: bool = False
    hidden: bool = False
    options: tuple[Option, ...] = ()
    initial: tuple[Value, ...] = ()
    limits: Limits = Limits()
    precisions: tuple[str, ...] = ("day",)  # of a date: "month", "year" too if the entry format says so
    unit: str = ""
    units: tuple[Value, ...] = ()  # codings, for a quantity with a choice of units
    control: str = ""  # FHIR item-control code, such as "drop-down", "radio-button", "page"
    horizontal: bool = False  # choiceOrientation
    when: tuple[Condition, ...] = ()
    when_all: bool = False  # all conditions, not any
    items: tuple[Item, ...] = ()
    # Own extensions, unknown to other tools and harmless there
    merge: Merge | None = None  # None: by kind, see `merge_rule`
    merge_unit: str = ""  # answers of one unit are one leaf: different in any means a conflict in all
    severe: bool = False  # critical: settling a conflict asks for a reason
    role: Role | None = None
    rows_for: str = ""  # "children": a row for each child of the family is made when the record is begun
    append_only: bool = False  # a row in which something was said is never taken away, only struck through
    body_map: BodyMap | None = None
    copy_to_siblings: bool = False  # a row's answers may be copied to the other rows, then edited
    may_be_empty: tuple[Empty, ...] = ()  # "not known", "not asked", "refused" can be said
    refers_to: str = ""  # for references: "person", "child", "adult", "worker"
    identifier: Identifier | None = None  # what is typed is checked as one, and said if it cannot be one
    confirm_each_time: bool = False  # a copied or prefilled answer must be confirmed before sign-off
    retain: bool = (
        False  # the answer counts, and is kept at sign-off, even while the question is switched off
    )
    scale: Scale | None = None
    # What is worked out: FHIRPath, run by `forms.workings`
    calculated: Formula | None = None  # the answer, always; the item is then read only
    first: Formula | None = None  # the answer when the record is begun
    enabled: Formula | None = None  # whether it shows
    choices: Formula | None = None  # answerExpression: what is offered
    rows_from: Formula | None = None  # itemPopulationContext: a row for each; its name can be used inside
    label: Formula | None = None  # the words of the question, for this record
    least: Formula | None = None  # minValue and maxValue that depend on other answers or on today
    most: Formula | None = None
    variables: tuple[Formula, ...] = ()
    rules: tuple[Rule, ...] = ()
    codes: tuple[Mapping[str, Any], ...] = ()  # codings; one of the system FACTS names the fact it records
    known_for: int | None = None  # observationLinkPeriod, days: how old a known fact may be to be filled in

    @property
    def fact(self) -> str:
        """The fact the answer records ("child.school"), ``""`` for none: recorded once, known elsewhere."""
        return next((str(each["code"]) for each in self.codes if each.get("system") == FACTS), "")

    @property
    def is_worked_out(self) -> bool:
        """Say whether the answer follows from others: by a formula, or as the total of a scale's parts."""
        return self.calculated is not None or (self.scale is not None and bool(self.scale.parts))

    @property
    def called(self) -> str:
        """What all rows of a group are called together ("Next steps"): each alone is called by its text."""
        if self.short_text:
            return self.short_text.rstrip(":")
        one = self.text.rstrip(":")
        first, _, last = one.rpartition(" ")
        if not last.isalpha() or first not in ("", "Next", "New", "Chapter"):
            return one  # a phrase: "Safe person or place"
        known = {"child": "children", "person": "people"}.get(last.casefold())
        if known is not None:
            many = known if first else known.capitalize()
        elif last.endswith("y") and last[-2:-1] not in "aeiou":
            many = f"{last[:-1]}ies"
        else:
            many = last if last.endswith("s") else f"{last}s"
        return f"{first} {many}".strip()

    @property
    def is_question(self) -> bool:
        """Say whether the item takes an answer."""
        return self.kind not in (Kind.GROUP, Kind.DISPLAY)

    @property
    def has_rows(self) -> bool:
        """Say whether answers under this item stand in rows: repeating groups, and repeating questions that
        have items of their own (the question's own answer then stands in the row, under its own linkId)."""
        return self.repeats and (self.kind is Kind.GROUP or (self.is_question and bool(self.items)))

    @property
    def several(self) -> bool:
        """Say whether the item holds a list of answers."""
        return self.repeats and self.is_question and not self.items

    @property
    def merge_rule(self) -> Merge:
        """The rule in force: what the form says, or by kind (sync contract, merge table)."""
        if self.is_worked_out:
            return Merge.WORKED_OUT
        if self.merge is not None:
            return self.merge
        if self.kind is Kind.TEXT and not self.repeats:
            return Merge.SENTENCES
        if self.several and self.kind in (Kind.CHOICE, Kind.OPEN_CHOICE, Kind.REFERENCE):
            return Merge.MEMBERS
        return Merge.ASK


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something of a form that this client shows or does otherwise than its author may expect."""

    item: str  # linkId, "" for the form
    feature: str  # as the standard calls it
    why: str  # a whole sentence for a practice lead
    behaviour: bool  # False: only how it looks; True: what it does


def version_order(version: str) -> list[tuple[int, int, str]]:
    """Return something that sorts ``1.10`` after ``1.9``, and numbers before words."""
    parts = re.split(r"[.\-+]", version)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form at one version."""

    id: FormId
    version: str
    title: str
    items: tuple[Item, ...]
    url: str = ""
    name: str = ""  # a short noun for lists: "Home visit"
    chapter: str = ""  # the chapter its records belong to
    description: str = ""
    notices: tuple[str, ...] = ()  # what the loader degraded, in plain words: the texts of `remarks`
    remarks: tuple[Remark, ...] = ()
    variables: tuple[Formula, ...] = ()
    rules: tuple[Rule, ...] = ()
    gives: tuple[Output, ...] = ()
    launch: tuple[tuple[str, str], ...] = ()  # launchContext: names it expects, and the type of FHIR resource
    moves: tuple[Move, ...] = ()
    source_hash: str = ""  # SHA-256 of the FHIR JSON it was made from

    @property
    def ref(self) -> FormRef:
        """Which form at which version."""
        return FormRef(id=self.id, version=self.version)

    @cached_property
    def by_link_id(self) -> dict[LinkId, Item]:
        """Every item by its linkId."""
        return {item.link_id: item for item in self.walk()}

    @cached_property
    def parents(self) -> dict[LinkId, Item | None]:
        """The item around each item."""
        found: dict[LinkId, Item | None] = {item.link_id: None for item in self.items}
        for item in self.walk():
            for inner in item.items:
                found[inner.link_id] = item
        return found

    @cached_property
    def switched(self) -> frozenset[LinkId]:
        """What other answers may switch off: an item with a rule of its own, and all that stands in one."""

        def inside(items: Iterable[Item], is_switched: bool) -> Iterator[LinkId]:
            for item in items:
                may_be_off = is_switched or bool(item.when)
                if may_be_off:
                    yield item.link_id
                yield from inside(item.items, may_be_off)

        return frozenset(inside(self.items, False))

    @cached_property
    def by_role(self) -> dict[Role, Item]:
        """The first item of each role."""
        found: dict[Role, Item] = {}
        for item in self.walk():
            if item.role is not None:
                found.setdefault(item.role, item)
        return found

    def walk(self) -> Iterator[Item]:
        """Yield every item, outer before inner, in order."""
        stack = list(reversed(self.items))
        while stack:
            item = stack.pop()
            yield item
            stack.extend(reversed(item.items))

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The form cut into pages: each top-level group is one; loose items between them make their own."""
        found: list[Section] = []
        loose: list[Item] = []

        def close_loose() -> None:
            if loose:
                title = self.title if not found else loose[0].short_text or loose[0].text
                found.append(Section(id=loose[0].link_id, title=title, items=tuple(loose)))
                loose.clear()

        for item in self.items:
            if item.kind is Kind.GROUP and not item.hidden:
                close_loose()
                found.append(
                    Section(id=item.link_id, title=item.short_text or item.text or self.title, items=(item,))
                )
            else:
                loose.append(item)
        close_loose()
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A page of the form window."""

    id: LinkId
    title: str
    items: tuple[Item, ...] = field(default_factory=tuple)
