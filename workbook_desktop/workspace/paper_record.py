"""A record as sections of a document for one reader: what the sieve lets through, as its form has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, PersonId
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.forms.definition import Form, Item, Kind, Role
from workbook_desktop.forms.summary import Line, rendered, shown_value
from workbook_desktop.paper.document import Heading, Pair, Part, Prose, Section, Table
from workbook_desktop.workspace.paper_rules import FAMILY, DocumentRules
from workbook_desktop.workspace.paper_sieve import RESTRICTED, Sieve
from workbook_desktop.workspace.views_paper import Reader

_NOT_THEIRS = "others-own"
_NARROW = 18  # letters: a column in which nothing is longer is as narrow as its words


@dataclass
class _Laid:
    """One section while it is laid out."""

    parts: list[Part]
    headings: list[tuple[int, FieldPath, Heading]]  # that stand only if something follows under them
    called: Callable[[FieldPath, str, int], str]  # a row, what it is called, and its place on the paper
    shown: dict[tuple[FieldPath, LinkId], int] = field(default_factory=dict)  # rows so far, by group

    def put(self, part: Part, depth: int, row: FieldPath) -> None:
        """Add a part, and before it the headings it stands under."""
        for deep, path, heading in self.headings:
            if deep < depth or path == row:
                group = (paths.parent_row(path), paths.link_id(path))
                self.shown[group] = self.shown.get(group, 0) + 1
                text = self.called(path, heading.text, self.shown[group])
                self.parts.append(replace(heading, text=text))
        self.headings = []
        self.parts.append(part)


class RecordOnPaper:
    """Lays one record out for one reader."""

    def __init__(
        self,
        form: Form,
        body: Body,
        sieve: Sieve,
        document: DocumentRules | None,
        *,
        easy: bool,
        is_plain: bool = False,
    ) -> None:
        """Args:
        is_plain: nothing on it may say what it is, no heading either.
        """
        self._form, self._body, self._sieve, self._rules, self._easy = form, body, sieve, document, easy
        self._is_plain = is_plain
        self._never = self._under(sieve.rules.never)
        # In easy words, what is said plainly stands under the question it answers.
        plain = document.plain if document is not None and easy else {}
        self._said_by = {where: link for link, where in plain.items()}
        self._gone: set[FieldPath] = set()  # rows that are left out whole

    def sections(self) -> tuple[Section, ...]:
        """Return the sections in which something stands."""
        found: list[Section] = []
        for section in rendered(self._form, self._body, self._sieve.family.people):
            lines = [line for line in section.lines if paths.link_id(line.path) not in self._never]
            lines = [line for line in lines if not self._is_restricted(line)]
            self._take_out_rows(lines)
            parts = self._parts(lines)
            if parts:
                found.append(self._section(section.id, section.title, parts, len(found) + 1))
        return tuple(found)

    def _is_restricted(self, line: Line) -> bool:
        """Say whether a line means somebody whom the office keeps restricted, or is of a row about them."""
        if line.heading:
            return False
        row = paths.parent_row(line.path)
        about = (
            answer
            for path, answer in self._body.answers.items()
            if path == line.path or (row and paths.parent_row(path) == row and self._names_whom(path))
        )
        if not any(self._sieve.means_restricted(each) for each in about):
            return False
        item = self._form.by_link_id[paths.link_id(line.path)]
        self._sieve.leave_out((item.short_text or item.text).rstrip(":"), RESTRICTED)
        return True

    def _names_whom(self, path: FieldPath) -> bool:
        item = self._form.by_link_id.get(paths.link_id(path))
        return item is not None and item.role is Role.SUBJECT

    def _section(self, id_: LinkId, title: str, parts: Sequence[Part], number: int) -> Section:
        """Return a part of the paper. For people of the family, who get little of it, it is called
        by what is left: a lone answer by its question."""
        if self._is_plain:
            title = self._neutral.get(id_, f"Part {number}")
        elif self._sieve.reader in FAMILY:
            title = self._rules.sections.get(id_, title) if self._rules is not None else title
            if len(parts) == 1 and isinstance(lone := parts[0], Pair):
                return Section(title=lone.label, parts=(Prose(text=lone.text),))
        return Section(title=title, parts=tuple(parts))

    def _called(self, path: FieldPath, usual: str, place: int) -> str:
        """Return what a row is called: one alone has no number; for people of the family, who do not get all
        of them, they are counted as they stand."""
        item = self._form.by_link_id.get(paths.link_id(path))
        kind = (item.text or item.short_text).rstrip(":") if item is not None and item.has_rows else ""
        if not kind or not re.fullmatch(rf"{re.escape(kind)} \d+", usual):
            return usual
        if len(self._body.rows_of(paths.parent_row(path), paths.link_id(path))) == 1:
            return kind
        return f"{kind} {place}" if self._sieve.reader in FAMILY else usual

    def _said(self, link: LinkId, shown: str) -> str:
        """Return an answer as it stands on paper, where the line with its ends is not seen: "6 of 10"."""
        item = self._form.by_link_id.get(link)
        most = item.limits.max_value if item is not None and item.control == "slider" else None
        return f"{shown} of {most}" if most and re.fullmatch(r"\d+", shown) else shown

    def _under(self, links: frozenset[LinkId]) -> frozenset[LinkId]:
        """Return these questions and groups with everything in them."""
        found: set[LinkId] = set()

        def take(item: Item, inside: bool) -> None:
            within = inside or item.link_id in links
            if within:
                found.add(item.link_id)
            for inner in item.items:
                take(inner, within)

        for item in self._form.items:
            take(item, False)
        return frozenset(found)

    # -- rows that are about somebody else ----------------------------------------------------------------

    def _take_out_rows(self, lines: Sequence[Line]) -> None:
        meeting = self._sieve.meeting
        if self._sieve.reader not in FAMILY and meeting is None:
            return
        shown: dict[FieldPath, list[Line]] = {}
        for line in lines:
            if not line.heading and line.shown:
                shown.setdefault(paths.parent_row(line.path), []).append(line)
        for row in dict.fromkeys(row for row in shown if row):
            if meeting is not None:
                # What one cell tells the others tell, too: "a friend of Hannah's", "practised twice".
                is_table = self._rules is not None and paths.link_id(row) in self._rules.tables
                named = [meeting.why_not(line.shown) for line in shown[row]] if is_table else []
                code = next((each for each in named if each in meeting.WHOLE_ROWS), "")
            else:
                code = self._why_not_row(row, shown[row]) or self._why_not_any(shown[row])
            if code:
                self._gone.add(row)
                title = self._form.by_link_id[paths.link_id(row)]
                self._sieve.leave_out((title.short_text or title.text).rstrip(":"), code)

    def _why_not_any(self, lines: Sequence[Line]) -> str:
        """Return why none of a row's own answers may stand there: the row is then left out as one thing."""
        codes = {self._sieve.why_not_question(paths.link_id(line.path), self._rules) for line in lines}
        return codes.pop() if len(codes) == 1 else ""

    def _why_not_row(self, row: FieldPath, lines: Sequence[Line]) -> str:
        group = paths.link_id(row)
        about = self._subject_of(row, group)
        if self._sieve.reader is Reader.CHILD and about and self._sieve.recipient.key not in about:
            return "other-child"
        if self._rules is None:
            return ""
        who = self._rules.who_of.get(group)
        if who is not None:
            said = next((line.shown for line in lines if paths.link_id(line.path) == who), "")
            everything = " ".join(line.shown for line in lines)
            if self._sieve.names_reader(said):
                return ""
            if group in self._rules.own_only:
                return _NOT_THEIRS
            if self._sieve.is_about_another(said) or self._sieve.is_about_another(everything):
                return "other-adult"
            if self._sieve.reader is Reader.APART:
                return "not-for-them"
        return ""

    def _subject_of(self, row: FieldPath, group: LinkId) -> frozenset[str]:
        item = self._form.by_link_id[group]
        asked = [each.link_id for each in item.items if each.role is Role.SUBJECT]
        children = self._rules.children_of.get(group) if self._rules is not None else None
        if children is not None:
            asked.append(children)
        found: set[str] = set()
        for link in asked:
            answer = self._body.answers.get(paths.child(row, link))
            found |= {str(each.get("reference", "")).removeprefix("Person/") for each in _listed(answer)}
        return frozenset(found - {""})

    def _is_gone(self, path: FieldPath) -> bool:
        row = path if paths.is_row(path) else paths.parent_row(path)
        while row:
            if row in self._gone:
                return True
            row = paths.parent_row(row)
        return False

    @property
    def _plain(self) -> frozenset[LinkId]:
        """The questions that say in plain words what others say."""
        return frozenset(self._rules.plain.values()) if self._rules is not None else frozenset()

    def _is_in_plain_words(self, path: FieldPath) -> bool:
        """Say whether, in easy words, something else stands in the place of an answer."""
        if not self._easy or self._rules is None:
            return False
        where = self._rules.plain.get(paths.link_id(path))
        if where is None:
            return False
        answer = self._body.answers.get(paths.child(paths.parent_row(path), where))
        return answer is not None and bool(answer.value)

    def _lets(self, link: LinkId, line: Line) -> bool:
        item = self._form.by_link_id.get(link)
        if self._is_plain and self._rules is not None and link in self._rules.not_plain:
            if line.shown:
                self._sieve.leave_out(self._known_as(link, line), "plain")
            return False
        if item is not None and line.shown and _is_no_date(item, self._body.answers.get(line.path)):
            self._sieve.leave_out(self._known_as(link, line), "not-a-date")
            return False
        quiet = item is not None and item.is_worked_out
        return self._sieve.lets(link, self._known_as(link, line), line.shown, self._rules, quiet=quiet)

    def _is_subject(self, link: LinkId) -> bool:
        item = self._form.by_link_id.get(link)
        return item is not None and item.role is Role.SUBJECT

    # -- laying out ------------------------------------------------------------------------------------------

    def _parts(self, lines: Sequence[Line]) -> list[Part]:
        laid = _Laid(parts=[], headings=[], called=self._called)
        done: set[tuple[FieldPath, LinkId]] = set()
        for line in lines:
            if self._is_gone(line.path):
                continue
            table = self._table_of(line.path)
            if table is not None:
                if table not in done:
                    done.add(table)
                    self._add_table(laid, table, lines, line.depth)
                continue
            if line.heading:
                laid.headings = [each for each in laid.headings if each[0] < line.depth]
                heading = Heading(text=line.label, level=min(3 + line.depth, 4))
                laid.headings.append((line.depth, line.path, heading))
                continue
            link = paths.link_id(line.path)
            if self._is_in_plain_words(line.path):
                continue
            if laid.headings and line.shown == laid.headings[-1][2].text and self._is_subject(link):
                continue  # the row is called by it
            if self._lets(link, line):
                asked = self._said_by.get(link, link)
                label = line.label if asked == link else self._heading_of(asked)
                pair = Pair(label=self._label(asked, label), text=self._said(link, line.shown))
                laid.put(pair, line.depth, paths.parent_row(line.path))
        return laid.parts

    def _table_of(self, path: FieldPath) -> tuple[FieldPath, LinkId] | None:
        """Return the table in which a line stands: the row around it and its group."""
        if self._rules is None:
            return None
        row = path if paths.is_row(path) else paths.parent_row(path)
        while row:
            if paths.link_id(row) in self._rules.tables:
                return paths.parent_row(row), paths.link_id(row)
            row = paths.parent_row(row)
        return None

    def _add_table(
        self, laid: _Laid, table: tuple[FieldPath, LinkId], lines: Sequence[Line], depth: int
    ) -> None:
        assert self._rules is not None
        around, group = table
        columns = tuple(
            each for each in self._rules.tables[group] if not self._easy or each not in self._plain
        )
        rows: dict[FieldPath, dict[LinkId, str]] = {}
        more: dict[FieldPath, list[str]] = {}  # what has no column
        for line in lines:
            row = paths.parent_row(line.path)
            if line.heading or self._table_of(line.path) != table or self._is_gone(line.path):
                continue
            link = paths.link_id(line.path)
            if self._is_in_plain_words(line.path):
                continue
            link = self._said_by.get(link, link)
            if link in columns and paths.parent_row(row) == around:
                if self._lets(link, line):
                    rows.setdefault(row, {})[link] = self._said(link, line.shown)
            elif line.shown and self._sieve.reader not in FAMILY:
                if self._lets(link, line):
                    whole = self._row_under(line.path, group)
                    rows.setdefault(whole, {})
                    said = f"{_asked(self._label(link, line.label))} {self._said(link, line.shown)}"
                    more.setdefault(whole, []).append(said)
            elif line.shown:
                self._lets(link, line)
        used = [each for each in columns if any(row.get(each) for row in rows.values())]
        if not used and not more:
            return
        used = used or [columns[0]]
        # It goes where the longest words are: there is the room.
        roomy = max(used, key=lambda each: sum(len(row.get(each, "")) for row in rows.values()))
        for path, said_more in more.items():
            row_of = rows[path]
            row_of[roomy] = "\n".join(each for each in (row_of.get(roomy, ""), *said_more) if each)
        item = self._form.by_link_id[group]
        cells = tuple(tuple(row.get(each, "") for each in used) for row in rows.values())
        made = Table(
            caption=self._caption(item, around),
            headers=tuple(self._heading_of(each) for each in used),
            rows=cells,
            widths=_widths([tuple(self._heading_of(each) for each in used), *cells], used.index(roomy)),
        )
        laid.put(made, depth, around)

    def _caption(self, item: Item, around: FieldPath) -> str:
        """Return what a table is called; one that stands inside a row of another says inside which."""
        caption = self._neutral.get(item.link_id) if self._is_plain else None
        caption = caption or self._label(item.link_id, item.called)
        outer = self._rules.tables.get(paths.link_id(around), ()) if around and self._rules else ()
        for link in outer:
            shown = shown_value(
                self._form.by_link_id[link], self._body.answers.get(paths.child(around, link))
            )
            if shown and not self._sieve.why_not_words(shown):
                return f"{caption}: {shown}"
        return caption

    def _row_under(self, path: FieldPath, group: LinkId) -> FieldPath:
        row = paths.parent_row(path)
        while paths.link_id(row) != group:
            row = paths.parent_row(row)
        return row

    def _heading_of(self, link: LinkId) -> str:
        item = self._form.by_link_id.get(link)
        return self._label(link, (item.short_text or item.text) if item is not None else link)

    @property
    def _neutral(self) -> Mapping[LinkId, str]:
        return self._rules.neutral if self._rules is not None else {}

    def _label(self, link: LinkId, usual: str) -> str:
        if self._is_plain and link in self._neutral:
            return self._neutral[link]
        easy: Mapping[LinkId, str] = self._rules.easy if self._rules is not None and self._easy else {}
        return easy.get(link, usual)

    def _known_as(self, link: LinkId, line: Line) -> str:
        """Return what the worker knows an answer as: its question, and in a row what the row is."""
        item = self._form.by_link_id.get(link)
        name = (item.short_text if item is not None else "") or line.label
        row = paths.parent_row(line.path)
        group = self._form.by_link_id.get(paths.link_id(row)) if row else None
        if group is None:
            return name
        return f"{(group.short_text or group.text).rstrip(':')}: {name[:1].lower()}{name[1:].rstrip('?')}"


def _asked(label: str) -> str:
    return label if label.endswith(("?", ":", ".", "…")) else f"{label}:"


def _widths(rows: Sequence[Sequence[str]], roomy: int) -> tuple[int, ...]:
    """Return shares of the width: what is short in every row is as narrow as its words.

    Args:
        rows: that of the headers among them.
        roomy: the column with the most words.
    """
    narrow = [all(len(row[at]) <= _NARROW for row in rows) for at in range(len(rows[0]))]
    return tuple(3 if at == roomy else 0 if each else 2 for at, each in enumerate(narrow))


def _is_no_date(item: Item, answer: Answer | None) -> bool:
    """Say whether what is typed for a date, or a part of one, is none."""
    value = answer.value if answer is not None else None
    if not isinstance(value, str) or item.kind not in (Kind.DATE, Kind.DATE_TIME):
        return False
    try:
        if re.fullmatch(r"\d{4}(-\d{2})?", value):
            date(int(value[:4]), int(value[5:] or 1), 1)
        elif not re.fullmatch(r"\d{4}-\d{2}-\d{2}(T.+)?", value):
            return True
        else:
            datetime.fromisoformat(value)
    except ValueError:
        return True
    return False


def _listed(answer: Any) -> list[Mapping[str, Any]]:
    value = answer.value if answer is not None else None
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, Mapping)]


def subjects_of(body: Body, form: Form) -> frozenset[PersonId]:
    """Return whom a record says it is about, outside any row."""
    item = form.by_role.get(Role.SUBJECT)
    if item is None:
        return frozenset()
    answer = body.answers.get(paths.child(paths.ROOT, item.link_id))
    return frozenset(
        PersonId(str(each.get("reference", "")).removeprefix("Person/")) for each in _listed(answer)
    )
