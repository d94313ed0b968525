"""What is wrong or missing in a record, and which of it comes next. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ui.screens.form.opened import Opened
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.forms import check, summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the worker is: the section that is open, its answers downwards, the one with the focus."""

    section: LinkId | None
    listed: Sequence[FieldPath]
    path: FieldPath | None


class Problems:
    """What the sheet says is wrong, in words and in the order of the form."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def to_go_through(self) -> list[check.Problem]:
        """Return what stops a signature; if nothing does, what should be looked at."""
        every = self._opened.sheet.problems()
        return [each for each in every if each.severity == "must"] or list(every)

    def unanswered(self) -> list[check.Problem]:
        """Return what must be answered and is not."""
        return [each for each in self._opened.sheet.problems() if each.code in check.MISSING]

    def wrong_in(self, section: LinkId) -> list[check.Problem]:
        """Return what is wrong in a section. What is only missing is no error yet."""
        return [
            each
            for each in self._opened.sheet.problems_in(section)
            if each.severity == "must" and each.code not in check.MISSING
        ]

    def words_beside(self, section: LinkId) -> dict[FieldPath, str]:
        """Return what to say beside each answer of a section."""
        by_link_id = self._opened.form.by_link_id
        return {
            each.path: check.words(each, by_link_id[each.link_id])
            for each in self._opened.sheet.problems_in(section)
            if each.severity == "must"
        }

    def words_of(self, problem: check.Problem) -> str:
        """Say a problem, and whose row it is in."""
        item = self._opened.form.by_link_id[problem.link_id]
        return check.words(problem, item, self._about(problem.path))

    def _about(self, path: FieldPath) -> str:
        row = paths.parent_row(path)
        if not row:
            return ""
        sheet = self._opened.sheet
        item = self._opened.form.by_link_id[paths.link_id(row)]
        rows = sheet.rows(paths.parent_row(row), item.link_id)
        number = rows.index(row) + 1 if row in rows else 1
        return summary.row_title(item, sheet.body, row, number)

    def place_of_next(self, found: Sequence[check.Problem], now: Standing, *, forwards: bool = True) -> int:
        """Return which of the problems found comes after the focus, or before it; round the end."""
        order = [each.path for each in found]
        if now.path in order:
            to = order.index(now.path) + (1 if forwards else -1)
        else:
            to = self._first_after(found, now) - (0 if forwards else 1)
        return to % len(order)

    def _first_after(self, found: Sequence[check.Problem], now: Standing) -> int:
        """Return the first problem after the focus: in this section below it, else in the next ones."""
        sections = [each.id for each in self._opened.form.sections]
        here = sections.index(now.section) if now.section in sections else 0
        at = now.listed.index(now.path) if now.path in now.listed else -1

        def after(problem: check.Problem) -> bool:
            section = self._opened.section_of(problem.link_id)
            place = sections.index(section) if section in sections else 0
            if place != here:
                return place > here
            return now.listed.index(problem.path) > at if problem.path in now.listed else True

        return next((place for place, each in enumerate(found) if after(each)), 0)
