"""The pages of a form's sections: built when they are first looked at, kept in step with one another."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.fields import FieldContext
from ui.screens.form.earlier import EARLIER, EarlierPage
from ui.screens.form.opened import Opened
from ui.screens.form.problems import Problems, Standing
from ui.screens.form.reading import ReadingPage, files_below
from ui.screens.form.section import SectionPage
from ui.screens.form.trial import OpenForm
from ui.widgets.announce import announce
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.forms.sheet import Change

AnyPage = SectionPage | ReadingPage | EarlierPage


class Pages(QStackedWidget):
    """The pages that were looked at, one of them in sight."""

    changed = Signal(object)  # Change: an answer was given on a page, and all of them show what follows
    left_field = Signal()
    wants_next = Signal()  # "Save and continue", "Next section"
    wants_check = Signal()
    wants_discard = Signal()  # the draft is a mistake: throw it away
    wants_decision = Signal()
    wants_back = Signal()

    def __init__(self, opened: Opened, context: FieldContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opened, self._context = opened, context
        self._built: dict[LinkId, AnyPage] = {}
        self._copied_from: dict[FieldPath, str] = {}
        self.here: LinkId | None = None  # the section in sight

    @property
    def page(self) -> AnyPage:
        """The page in sight."""
        page = self._built[self.here] if self.here is not None else None
        if page is None:
            raise RuntimeError("no section is open")
        return page

    def show_section(self, section: LinkId) -> AnyPage:
        """Bring a section's page in sight, building it if it was not looked at yet."""
        page = self._built.get(section)
        if page is None:
            page = self._page_of(section)
            self._built[section] = page
            self.addWidget(page)
        self.here = section
        self.setCurrentWidget(page)
        return page

    def begin(self) -> None:
        """Put the worker at the start of the page in sight, and say what it is."""
        self.page.verticalScrollBar().setValue(0)
        announce(self, self.page.heading.text())
        self.focus_start()

    def focus_start(self) -> None:
        """Put the focus on the first question; on a page that is read, on the way onwards, or, where that is
        out of sight, on the page: it is read from its top, and the arrow keys scroll it."""
        page = self.page
        if isinstance(page, SectionPage):
            page.focus_start()
        elif page.is_longer_than_its_room():
            page.setFocus(Qt.FocusReason.OtherFocusReason)
            page.verticalScrollBar().setValue(0)
        else:
            onwards = page.back if page.next.isHidden() else page.next
            onwards.setFocus(Qt.FocusReason.OtherFocusReason)

    def offer_next(self, offered: bool) -> None:
        """Show the way onwards from the page in sight only where it leads somewhere."""
        page = self.page
        if page.next.isHidden() == offered:
            had_focus = page.next.hasFocus()
            page.next.setVisible(offered)
            if had_focus:
                self.focus_start()

    def offer_discard(self, offered: bool) -> None:
        """Offer to throw the draft away on the page in sight: only while nothing is in it."""
        page = self.page
        if isinstance(page, SectionPage) and page.discard.isHidden() == offered:
            if page.discard.hasFocus():
                page.next.setFocus(Qt.FocusReason.OtherFocusReason)
            page.discard.setVisible(offered)

    def focus_path(self, path: FieldPath) -> None:
        """Put the focus on an answer of the page in sight, or where the page starts if it is not there."""
        if not isinstance(self.page, SectionPage) or not self.page.focus_path(path):
            self.focus_start()

    def standing(self) -> Standing:
        """Say where the worker is."""
        page = self.page
        if not isinstance(page, SectionPage):
            return Standing(section=self.here, listed=(), path=None)
        listed: Sequence[FieldPath] = list(page.parts.fields)
        return Standing(section=self.here, listed=listed, path=page.path_of_focus())

    def apply(self, change: Change, *, but: QWidget | None = None) -> None:
        """Show what changed, on every page but the one on which it was done."""
        for page in self._sections().values():
            if page is not but:
                page.apply(change)
        last = self._built.get(EARLIER)
        if isinstance(last, EarlierPage):
            last.say_answers(self._earlier_lines())

    def show_problems(self, problems: Problems) -> None:
        """Show beside each answer what is wrong with it."""
        for section, page in self._sections().items():
            page.show_problems(problems.words_beside(section))

    def begin_anew(self, opened: Opened, context: FieldContext) -> None:
        """Forget every page: the record is opened anew. Nothing is in sight until a section is shown."""
        for page in self._built.values():
            self.removeWidget(page)
            page.deleteLater()
        self._opened, self._context, self._built, self.here = opened, context, {}, None

    def _sections(self) -> dict[LinkId, SectionPage]:
        return {section: page for section, page in self._built.items() if isinstance(page, SectionPage)}

    def _page_of(self, section: LinkId) -> AnyPage:
        opened = self._opened
        if section == EARLIER:
            last = EarlierPage(self._earlier_lines(), caption=opened.name)
            last.next.clicked.connect(self.wants_next)
            last.back.clicked.connect(self.wants_back)
            return last
        if not opened.view.editable:
            form, body, context = opened.form, opened.view.body, self._context
            reading = ReadingPage(
                opened.rendered[section],
                caption=opened.name,
                below=lambda line: files_below(form, body, context, line),
            )
            self._draw_marks(reading, section)
            reading.next.clicked.connect(self.wants_next)
            reading.back.clicked.connect(self.wants_back)
            return reading
        which = next(each for each in opened.form.sections if each.id == section)
        page = SectionPage(
            which,
            opened.sheet,
            self._context,
            caption=opened.name,
            copied_from=self._copied_from,
            removed=opened.removed,
        )
        page.changed.connect(lambda change: self._on_changed(change, page))
        page.left.connect(self.left_field)
        page.decide.connect(self.wants_decision)
        page.next.clicked.connect(self.wants_next)
        page.check.clicked.connect(self.wants_check)
        page.discard.clicked.connect(self.wants_discard)
        if isinstance(opened.view, OpenForm):
            page.check.hide()
            page.next.setText("Continue")
        return page

    def _draw_marks(self, reading: ReadingPage, section: LinkId) -> None:
        """Show the marks of a body map above what is read of them."""
        form, view = self._opened.form, self._opened.view
        items = next(each for each in form.sections if each.id == section).items
        if any(each.body_map is not None for each in form.walk()):
            from ui.screens.form.body_map import reading_of

            marks = reading_of(form, items, view.body, view.family.people)
            if marks is not None:
                reading.put_on_top(marks)

    def _earlier_lines(self) -> list[tuple[str, str]]:
        return [(each.label, each.shown) for each in self._opened.earlier]

    def _on_changed(self, change: Change, page: SectionPage) -> None:
        self.apply(change, but=page)
        self.changed.emit(change)
