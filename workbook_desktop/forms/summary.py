"""A record in words: its line in a list, its text for search, and its answers as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.people import Person
from workbook_desktop.domain.records import (
    Answer,
    Body,
    Content,
    Empty,
    Gist,
    Value,
    answer_of,
    body_of,
    comparable,
)
from workbook_desktop.forms.definition import Form, Item, Kind, Role
from workbook_desktop.forms.plan import plan_of
from workbook_desktop.forms.visibility import Glance
from workbook_desktop.forms.worded import WORDS, add_words, words_in_form
from workbook_desktop.forms.workings import NOWHERE, Surroundings, Workings

_HERE = ZoneInfo("Europe/London")
_NO_NAMES: Mapping[str, str] = {}
_EMPTY_WORDS = {
    Empty.CLEARED: "",
    Empty.NOT_KNOWN: "Not known",
    Empty.NOT_ASKED: "Not asked",
    Empty.REFUSED: "Refused",
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a record as it is read. `shown` is ``""`` where nothing was answered."""

    label: str
    shown: str
    path: FieldPath
    depth: int = 0  # of groups and rows around it, inside its section
    heading: bool = False  # a group or a row begins; it has no answer of its own
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedSection:
    """A section as it is read."""

    id: LinkId
    title: str
    lines: tuple[Line, ...]


def gist(form: Form, body: Body, today: date | None = None) -> Gist:
    """Return what lists and search need of a record. Without a date of the work the title has none either.

    Args:
        today: a date given with year or month only counts as its last day, but not later than this.
    """
    title, occurred = _line(form, body, today)
    return Gist(title=title, occurred_on=occurred, search_text=_narrative(form, body))


def _line(form: Form, body: Body, today: date | None) -> tuple[str, date | None]:
    """Return title and date of a record."""
    occurred = _occurred_on(form, body, today)
    title_item = form.by_role.get(Role.TITLE)
    named = ""
    if title_item is not None:
        answer = body.answers.get(paths.child(paths.ROOT, title_item.link_id))
        named = shown_value(title_item, answer).split("\n")[0][:80]
    title = f"{form.name}: {named}" if named else form.name
    if occurred is not None:
        title = f"{title}, {_date_words(form, body)}"
    return title, occurred


def gist_of_content(form: Form, content: Content) -> Gist:
    """Return the same as `gist` of nested content, of which only what is needed is read: a pull asks this of
    thousands."""
    answers = content.get("answers", {})
    items = (form.by_role.get(role) for role in (Role.TITLE, Role.OCCURRED_ON))
    asked = Body(
        answers={
            paths.child(paths.ROOT, item.link_id): answer_of(answers[item.link_id])
            for item in items
            if item is not None and item.link_id in answers
        }
    )
    title, occurred = _line(form, asked, None)
    found = words_in_form(form, content)
    words = _narrative(form, body_of(content)) if found is None else "\n".join(found)
    return Gist(title=title, occurred_on=occurred, search_text=words)


def rendered(
    form: Form,
    body: Body,
    people: Iterable[Person] = (),
    surroundings: Surroundings = NOWHERE,
    *,
    workings: Workings | None = None,
) -> list[RenderedSection]:
    """Return a record as it is read, for "check and finish" and for what is signed off: only what shows.

    Args:
        people: those whose names may have changed since; others are named as they were then.
        surroundings: for a draft; what is signed off stands as it was worked out then.
        workings: of this form, body and surroundings, where they are made already.
    """
    names = {f"Person/{person.id}": person.name for person in people}
    visible = workings if workings is not None else Workings(form, body, surroundings)
    body = visible.body
    sections = []
    for section in form.sections:
        lines: list[Line] = []
        for item in section.items:
            # The section's own title says what its group says.
            if item.kind is Kind.GROUP and not item.has_rows:
                if visible.shown(paths.child(paths.ROOT, item.link_id)):
                    for inner in item.items:
                        _lines(inner, paths.ROOT, 0, body, visible, names, lines)
            else:
                _lines(item, paths.ROOT, 0, body, visible, names, lines)
        if lines:
            sections.append(RenderedSection(id=section.id, title=section.title, lines=tuple(lines)))
    return sections


def row_title(
    item: Item, body: Body, row: FieldPath, number: int, names: Mapping[str, str] = _NO_NAMES
) -> str:
    """Return what to call a row: the person it is about, or its kind and number ("Action 2").

    Args:
        number: its place, from 1.
        names: current names by reference (``Person/<id>``).
    """
    stack = list(reversed(item.items))
    while stack:
        inner = stack.pop()
        if inner.role is Role.SUBJECT and not inner.has_rows:
            shown = shown_value(inner, body.answers.get(paths.child(row, inner.link_id)), names)
            if shown:
                return shown
        if not inner.has_rows:
            stack.extend(reversed(inner.items))
    return f"{(item.text or item.short_text or 'Row').rstrip(':')} {number}"


def place_words(form: Form, body: Body, path: FieldPath, people: Iterable[Person] = ()) -> str:
    """Return in whose or which row an answer stands, outer first: "Maisie Tolland", "Outcome 1, Action 2".

    ``""`` for an answer outside any row. A row that is gone is called by its kind alone.
    """
    names = {f"Person/{person.id}": person.name for person in people}
    found: list[str] = []
    row = path if paths.is_row(path) else paths.parent_row(path)
    while row:
        parent, group = paths.parent_row(row), paths.link_id(row)
        item = form.by_link_id.get(group)
        if item is not None:
            rows = body.rows_of(parent, group)
            if row in rows:
                found.append(row_title(item, body, row, rows.index(row) + 1, names))
            else:
                found.append((item.text or item.short_text or "Row").rstrip(":"))
        row = parent
    return ", ".join(reversed(found))


def shown_value(item: Item, answer: Answer | None, names: Mapping[str, str] = _NO_NAMES) -> str:
    """Return an answer in words: "Yes", "27 March 2026", "Not known", an option's label; ``""`` for none."""
    if answer is None:
        return ""
    if answer.empty is not None:
        return _EMPTY_WORDS[answer.empty]
    if isinstance(answer.value, list):
        parts = [_one(item, value, names) for value in answer.value]
        return "\n".join(parts) if item.kind in (Kind.TEXT, Kind.STRING) else ", ".join(parts)
    shown = _one(item, answer.value, names)
    return f"about {shown}" if answer.is_about else shown


def date_words(text: str) -> str:
    """Return a date, or a part of one, as it is said: "27 March 2026", "March 2026", "2026"."""
    parts = text.split("-")
    try:
        if len(parts) == 3:
            day = date.fromisoformat(text)
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        if len(parts) == 2:
            return f"{_MONTHS[int(parts[1]) - 1]} {parts[0]}"
    except (ValueError, IndexError):
        pass
    return text


def _one(item: Item, value: Value, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    said = comparable(value)
    for option in item.options:
        if comparable(option.value) == said:
            return option.label
    if isinstance(value, Mapping):
        return _of_members(item, value, names)
    if not isinstance(value, str):
        return f"{value} {item.unit}".strip()
    match item.kind:
        case Kind.DATE:
            return date_words(value)
        case Kind.DATE_TIME:
            return _moment_words(value)
        case Kind.TIME:
            return value[:5]
        case Kind.DECIMAL:
            return f"{value} {item.unit}".strip()
        case _:
            return value


def _of_members(item: Item, value: Mapping[str, Value], names: Mapping[str, str]) -> str:
    if item.kind is Kind.QUANTITY:
        return f"{value.get('value', '')} {value.get('unit') or value.get('code') or item.unit}".strip()
    current = names.get(str(value.get("reference", "")))
    words = (
        current or value.get("display") or value.get("title") or value.get("code") or value.get("reference")
    )
    return str(words or "File" if item.kind is Kind.ATTACHMENT else words or "")


def _moment_words(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) <= 10:
        return date_words(text)
    local = moment.astimezone(_HERE) if moment.tzinfo is not None else moment
    return f"{date_words(local.date().isoformat())}, {local:%H:%M}"


def _occurred_text(form: Form, body: Body) -> str:
    item = form.by_role.get(Role.OCCURRED_ON)
    if item is None:
        return ""
    answer = body.answers.get(paths.child(paths.ROOT, item.link_id))
    text = answer.value if answer is not None else None
    if not isinstance(text, str):
        return ""
    if len(text) > 10:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return ""
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(_HERE).date().isoformat()
    return text


def _occurred_on(form: Form, body: Body, today: date | None) -> date | None:
    text = _occurred_text(form, body)
    try:
        if len(text) == 4:
            found = date(int(text), 12, 31)
        elif len(text) == 7:
            year, month = int(text[:4]), int(text[5:])
            found = date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
        else:
            return date.fromisoformat(text)
    except ValueError:
        return None
    return min(found, today) if today is not None else found


def _date_words(form: Form, body: Body) -> str:
    return date_words(_occurred_text(form, body))


def _narrative(form: Form, body: Body) -> str:
    """Return the words that stand in a record as it is read: an answer that was switched off is kept, and
    found by nobody. What a formula alone switches off counts as shown: it may depend on the day."""
    found: list[str] = []
    visible: Glance | None = None
    for path, answer in body.answers.items():
        link = paths.link_id(path)
        if link in form.switched and _has_words(form, link, answer.value):
            visible = visible or Glance(form, body, plan_of(form).structure)
            if not visible.on(path):
                continue
        _add_words(form, link, answer.value, found)
    return "\n".join(found)


def _has_words(form: Form, link_id: LinkId, value: Value) -> bool:
    found: list[str] = []
    _add_words(form, link_id, value, found)
    return bool(found)


def _add_words(form: Form, link_id: LinkId, value: Value, found: list[str]) -> None:
    item = form.by_link_id.get(link_id)
    if item is not None and item.kind in WORDS:
        add_words(value, found)


def _lines(
    item: Item,
    row: FieldPath,
    depth: int,
    body: Body,
    visible: Workings,
    names: Mapping[str, str],
    lines: list[Line],
) -> None:
    path = paths.child(row, item.link_id)
    if item.kind is Kind.DISPLAY or not visible.shown(path):
        return
    label = item.text or item.short_text

    def answer_line(at: FieldPath) -> None:
        shown = shown_value(item, body.answers.get(at), names)
        lines.append(Line(label=label, shown=shown, path=at, depth=depth, required=item.required))

    if item.has_rows:
        for number, each in enumerate(visible.rows(row, item.link_id), start=1):
            title = row_title(item, body, each, number, names)
            lines.append(Line(label=title, shown="", path=each, depth=depth, heading=True))
            if item.is_question:
                answer_line(paths.child(each, item.link_id))
            for inner in item.items:
                _lines(inner, each, depth + 1, body, visible, names, lines)
        return
    if item.is_question:
        answer_line(path)
    elif label:
        lines.append(Line(label=label, shown="", path=path, depth=depth, heading=True))
    for inner in item.items:
        _lines(inner, row, depth + 1, body, visible, names, lines)
