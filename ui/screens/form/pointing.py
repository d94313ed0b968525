"""Points at what is wrong or missing: beside the answers, above the page, and one after the other by key."""

from __future__ import annotations

from collections.abc import Callable

from ui.screens.form.opened import Opened
from ui.screens.form.pages import Pages
from ui.screens.form.problems import Problems
from ui.screens.form.section import SectionPage
from ui.widgets.announce import announce
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId


class Pointer:
    """What the worker has been told of the problems of a record, and what comes next."""

    def __init__(self, opened: Opened, pages: Pages, open_section: Callable[[LinkId], None]) -> None:
        """Say nothing yet.

        Args:
            open_section: brings a section in sight and leaves the focus alone.
        """
        self._opened, self._pages, self._open_section = opened, pages, open_section
        self._problems = Problems(opened)
        self._is_asked = False  # problems show beside their answers once somebody has asked for them
        self._told: tuple[tuple[FieldPath, str], ...] = ()  # what is wrong here, and has been said

    def ask(self) -> None:
        """Show from here on what is wrong beside each answer."""
        self._is_asked = True
        self.renew()

    def renew(self) -> None:
        """Show what is wrong by now, if that was asked for."""
        if self._is_asked:
            self._pages.show_problems(self._problems)

    def next_unanswered(self) -> None:
        """Go to the next question that must be answered, in whatever section it is."""
        found = self._problems.unanswered() if self._opened.view.editable else []
        if not found:
            announce(self._pages, "Nothing is left to answer")
            return
        to = found[self._problems.place_of_next(found, self._pages.standing())]
        self.show_path(to.path)
        announce(self._pages, f"{len(found)} left. {self._problems.words_of(to)}")

    def next_problem(self, *, forwards: bool) -> None:
        """Go to the next problem, or to the one before."""
        self.ask()
        found = self._problems.to_go_through() if self._opened.view.editable else []
        if not found:
            announce(self._pages, "Nothing is missing")
            return
        to = self._problems.place_of_next(found, self._pages.standing(), forwards=forwards)
        self.show_path(found[to].path)
        announce(self._pages, f"Problem {to + 1} of {len(found)}. {self._problems.words_of(found[to])}")

    def stops_here(self) -> bool:
        """Say above the page what is wrong on it, once: the second time the worker may go on."""
        page, here = self._pages.page, self._pages.here
        if not isinstance(page, SectionPage) or here is None:
            return False
        wrong = self._problems.wrong_in(here)
        named = tuple((each.path, each.code) for each in wrong)
        if not wrong or named == self._told:
            self._told = ()
            page.summary.show_problems(())
            return False
        self._told = named
        self.ask()
        page.verticalScrollBar().setValue(0)
        words = self._problems.words_of
        page.summary.show_problems(
            [(words(each), lambda path=each.path: self.show_path(path)) for each in wrong]  # type: ignore[misc]
        )
        return True

    def show_path(self, path: FieldPath) -> None:
        """Go to an answer, in whatever section it is."""
        section = self._opened.section_of(paths.link_id(path))
        if section is not None:
            self._open_section(section)
            self._pages.focus_path(path)
