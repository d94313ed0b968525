"""A family's workbook: a chapter for each discipline, what is new in each, what the team wrote together."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from ui.asking import Asking
from ui.models.alerts import alerts_of
from ui.models.columns import Columns
from ui.models.lists import PageList
from ui.say import Say
from ui.screens.family_lines import LinesBlock, NotesBlock
from ui.screens.workbook_parts import (
    ChapterCard,
    MissingBand,
    RiskLine,
    asked_row,
    entry_list_row,
    entry_row,
    module_row,
    new_words,
    not_given_words,
    period_words,
    summary_row,
    writers_words,
)
from ui.shell.navigation import IdentityFacts, Navigator
from ui.shell.screen import Screen
from ui.style import Rank, Tone
from ui.tasks import Tasks
from ui.widgets import (
    WIDE,
    Band,
    Body,
    Button,
    EmptyState,
    FlowLayout,
    HeadingTwo,
    Hint,
    Page,
    announce,
    button_row,
    caption_safe,
    follow_reading_order,
)
from workbook_desktop.domain.ids import LinkId, RecordId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views_workbook import ChapterPart, Entry, Workbook

_ASKED = "What you asked colleagues to read"


class WorkbookScreen(Screen):
    """A family's workbook at all chapters, or at one."""

    def __init__(
        self,
        workbook: Workbook,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        kept: MutableMapping[str, Any] | None = None,
    ) -> None:
        """`kept` holds which chapter was open, for when the worker comes back."""
        super().__init__()
        self._book, self._desk, self._tasks, self._say, self._go = workbook, desk, tasks, say, go
        self._kept = {} if kept is None else kept
        chapter = self._kept.get("chapter", "")
        self._chapter = chapter if any(each.chapter.id == chapter for each in workbook.parts) else ""
        self._first: dict[str, ChapterPart] = {}  # as each chapter was when it was opened here
        self._new: dict[RecordId, Entry] = {}  # of the chapter that is open, since it was opened here
        self._by_chapter: dict[str, Button] = {}
        self._other_periods: list[int] | None = None
        self._asking = Asking(self, tasks, self._take, say.error)
        self.setObjectName("screen:workbook")
        self.setAccessibleIdentifier("screen:workbook")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("", letters=WIDE)
        outer.addWidget(self.page)
        self._buttons = QWidget()
        self._flow = FlowLayout(self._buttons, gap=0.4)
        self._buttons.setAccessibleName("Which chapter")
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._periods = QWidget()
        self._period_flow = FlowLayout(self._periods, gap=0.4)
        self._earlier = Band(Tone.INFO)
        self._earlier_words = Body("")
        now = Button("Show the present period", identifier="do:this-period")
        now.clicked.connect(lambda *_: self._go_to_period(self._book.periods[-1].number))
        self._earlier.add(self._earlier_words, now)
        self._refused = Band(Tone.WARNING)
        self._refused_words = Body("")
        self._refused.add(self._refused_words)
        self._missing = MissingBand()
        self._notes = NotesBlock()
        self._inside: QWidget | None = None
        self._together = LinesBlock("The team together", 2, "Nothing in this period.")
        asked = "What colleagues were asked to read" if desk.worker.is_manager else _ASKED
        self._asked = LinesBlock(asked, 3, "Nobody was asked to read anything.")
        self._modules = LinesBlock("Modules of the programme", 4, "No modules.", at_first=8)
        self._left_out = Hint("")
        self.page.add(
            self._buttons,
            self._earlier,
            self._refused,
            self._notes,
            self._notes.nothing,
            self._missing,
            self._left_out,
        )
        self._hole = QVBoxLayout()
        self.page.add_layout(self._hole)
        self.page.add(self._periods, self._together, self._asked, self._modules)
        self.entries: PageList | None = None
        self._keys()
        self._show()

    def begin(self) -> None:
        """Start at the chapters."""
        self.page.arrive()
        checked = self._group.checkedButton()
        if checked is not None:
            checked.setFocus(Qt.FocusReason.OtherFocusReason)
        self._look()

    def panes(self) -> tuple[QWidget, ...]:
        """The page, and the entries of the chapter that is open."""
        listed = self.entries
        return (self.page, listed) if listed is not None and listed.rows else (self.page,)

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Ask again."""
        desk, family, period = self._desk, self._book.id, self._period_asked
        self._asking.ask(lambda: desk.workbook(family, period))

    def caught_up(self) -> None:
        """Show the lines that are worked out now."""
        self.refresh(())

    @property
    def _period_asked(self) -> int | None:
        """Which period to ask for: the newest is asked for as such, for a supervision may open another."""
        newest = self._book.periods[-1].number
        return None if self._book.period.number == newest else self._book.period.number

    def _take(self, workbook: Workbook) -> None:
        self._book = workbook
        self._show()

    # -- choosing ------------------------------------------------------------------------------------------

    def _choose(self, chapter: str) -> None:
        self._chapter = self._kept["chapter"] = chapter
        self._first.pop(chapter, None)
        self._new = {}
        self._show()
        self.page.verticalScrollBar().setValue(0)
        button = self._group.checkedButton()
        if button is not None:
            button.setFocus(Qt.FocusReason.OtherFocusReason)
        part = self._part
        announce(self, part.chapter.title if part is not None else "All chapters")
        self._look()

    def _look(self) -> None:
        """Having a chapter open is looking at it: what comes from now on is new."""
        part = self._part
        if part is None or not part.is_given:
            return
        desk, family, chapter = self._desk, self._book.id, part.chapter.id
        self._tasks.run(self, lambda: desk.look_at_chapter(family, chapter), lambda _: None, self._say.error)

    @property
    def _part(self) -> ChapterPart | None:
        return next((each for each in self._book.parts if each.chapter.id == self._chapter), None)

    def _go_to_period(self, number: int) -> None:
        desk, family = self._desk, self._book.id
        self._tasks.run(self, lambda: desk.workbook(family, number), self._at_period, self._say.error)

    def _at_period(self, workbook: Workbook) -> None:
        self._take(workbook)
        self._to_chapters()  # the button that was pressed stands there no more
        announce(self, period_words(workbook.period))

    # -- showing -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        book = self._book
        children = len(book.family.children)
        self.page.set_title(f"{book.family.name} family: workbook", period_words(book.period))
        self._go.title("Workbook of a family")
        self._go.identity(
            IdentityFacts(
                name=f"{book.family.name} family",
                initials=f"{book.family.name[:1]}.",
                age=f"{children} {'child' if children == 1 else 'children'}",
                alerts=alerts_of(book.family),
                family=book.id,
            )
        )
        self._show_buttons()
        self._show_periods()
        self._earlier_words.setText(f"An earlier period is shown. {period_words(book.period)}.")
        self._earlier.setVisible(book.period.until is not None)
        self._refused_words.setText(" ".join(book.refused))
        self._refused.setVisible(bool(book.refused))
        part = self._part
        theirs = {each.record for each in part.entries} if part is not None else set()
        self._notes.show_notes(
            [each for each in book.to_read if part is None or each.record in theirs], self._open
        )
        self._notes.nothing.setVisible(part is None and not book.to_read)
        missing = book.missing if part is None else part.missing
        mine = next((each.start_summary for each in book.parts if each.is_mine and each.start_summary), None)
        self._missing.show_missing(missing, (lambda: self._start(mine)) if mine is not None else None)
        count = book.unread
        which = "1 record is" if count == 1 else f"{count} records are"
        self._left_out.setText(
            f"! {which} not in here yet: the form is not on this laptop, or its disk is full."
        )
        self._left_out.setVisible(bool(count))
        self._show_inside(self._overview() if part is None else self._chapter_page(part))
        self._together.title = book.together_title
        self._together.show_lines(
            book.together,
            lambda place: entry_row(book.together[place], f"together:{place}", self._say, self._open),
        )
        self._together.setVisible(part is None)
        self._asked.show_lines(book.asked, lambda place: asked_row(book.asked[place], place, self._open))
        self._asked.setVisible(part is None and bool(book.asked))
        ours = "These titles are examples: your council has not put its own on this laptop."
        self._modules.show_lines(
            book.modules,
            lambda place: module_row(book.modules[place]),
            note=ours if book.modules_are_ours else "",
        )
        self._modules.setVisible(part is None and bool(book.modules))
        if self.isVisible():
            follow_reading_order(self.window())

    def _show_inside(self, widget: QWidget) -> None:
        if self._inside is not None:
            self._hole.removeWidget(self._inside)
            self._inside.hide()
            self._inside.deleteLater()
        self._inside = widget
        self._hole.addWidget(widget)

    def _show_buttons(self) -> None:
        choices = {"": "All chapters"}
        for part in self._book.parts:
            new = f" ({len(part.new)} new)" if part.new else ""
            choices[part.chapter.id] = f"{part.chapter.title}{new}"
        if list(choices) != list(self._by_chapter):
            self._clear(self._flow)
            self._by_chapter = {}
            for chapter in choices:
                button = Button("", identifier=f"choose:{chapter or 'all'}")
                button.setCheckable(True)
                self._group.addButton(button)
                button.clicked.connect(lambda *_, chapter=chapter: self._choose(chapter))
                self._flow.addWidget(button)
                self._by_chapter[chapter] = button
        for chapter, words in choices.items():  # the same buttons: the focus stays where it is
            button = self._by_chapter[chapter]
            button.setText(caption_safe(words))
            button.setAccessibleName(words)
            button.setChecked(chapter == self._chapter)

    def _show_periods(self) -> None:
        book = self._book
        numbers = [each.number for each in book.periods if each.number != book.period.number]
        if numbers == self._other_periods:
            return
        self._other_periods = numbers
        self._clear(self._period_flow)
        for each in reversed(book.periods):
            if each.number == book.period.number:
                continue
            words = "The present period" if each.until is None else period_words(each)
            button = Button(words, identifier=f"period:{each.number}")
            button.setAccessibleName(f"Show: {words}")
            button.clicked.connect(lambda *_, number=each.number: self._go_to_period(number))
            self._period_flow.addWidget(button)
        self._periods.setVisible(len(book.periods) > 1)

    def _clear(self, flow: FlowLayout) -> None:
        while flow.count():
            item = flow.takeAt(0)
            widget = item.widget() if item is not None else None
            if isinstance(widget, Button):
                self._group.removeButton(widget)
                widget.hide()
                widget.deleteLater()

    def _overview(self) -> QWidget:
        self.entries = None
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        start = self._book.start_supervision
        if start is not None:
            button = Button(
                "Start group supervision", Rank.PRIMARY, identifier="do:start-supervision", icon_name="users"
            )
            button.clicked.connect(lambda *_: self._start(start))
            column.addWidget(button)
        cards = [ChapterCard(part, self._say, self._open, self._choose) for part in self._book.parts]
        if cards:
            column.addWidget(Columns(cards, least=20, most=2))
        else:
            column.addWidget(EmptyState("Nobody works with this family yet.", icon_name="users"))
        return whole

    def _chapter_page(self, part: ChapterPart) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(HeadingTwo(part.chapter.title))
        if part.chapter.about:
            column.addWidget(Hint(part.chapter.about))
        column.addWidget(Body(f"Written by: {writers_words(part)}"))
        if not part.is_given:
            self.entries = None
            column.addWidget(Body(not_given_words(part)))
            return whole
        column.addWidget(RiskLine(part.risk, self._open))
        buttons = self._starts(part)
        if buttons:
            column.addWidget(button_row(*buttons))
        if part.summary is not None:
            column.addWidget(summary_row(part.summary, self._open))
        first = self._first.setdefault(part.chapter.id, part)
        self._new |= {each.record: each for each in part.new}  # looked at now, and still marked
        new = self._new
        words = new_words(replace(part, looked_at=first.looked_at, new=tuple(new.values())), self._say)
        if words:
            column.addWidget(Hint(words))
        here = {each.record for each in part.entries}
        for each in new.values():  # what came late of another period, and a new summary
            if each.record not in here and each is not part.summary:
                name = f"new:{each.record}"
                column.addWidget(entry_row(each, name, self._say, self._open))
        column.addWidget(HeadingTwo("Entries, newest first"))
        self.entries = PageList("entries", f"Entries of {part.chapter.title}, newest first")
        self.entries.opened.connect(lambda key: self._open(RecordId(key)))
        self.entries.set_rows(
            [entry_list_row(each, self._say, is_new=each.record in new) for each in part.entries]
        )
        column.addWidget(self.entries)
        if not part.entries:
            self.entries.hide()
            column.addWidget(EmptyState("Nothing has been recorded in this period.", icon_name="file-text"))
        if part.elsewhere:
            count = "1 entry is" if part.elsewhere == 1 else f"{part.elsewhere} entries are"
            column.addWidget(Hint(f"{count} of other periods: choose one above."))
        return whole

    def _starts(self, part: ChapterPart) -> list[Button]:
        found = []
        for ref, words, rank in (
            (part.start, "Write an entry", Rank.PRIMARY),
            (part.start_summary, "Write the month’s summary", Rank.SECONDARY),
        ):
            if ref is not None:
                button = Button(words, rank, identifier=f"do:start-{ref.id}")
                button.clicked.connect(lambda *_, ref=ref: self._start(ref))
                found.append(button)
        return found

    # -- going ---------------------------------------------------------------------------------------------

    def _start(self, ref: FormRef) -> None:
        self._go.start(ref, self._book.id)

    def _open(self, record: RecordId | str, section: LinkId | None = None) -> None:
        self._go.record(RecordId(record), section)

    def _keys(self) -> None:
        """Ctrl+1 leads to the chapters, Ctrl+2 to the entries, Ctrl+Shift+R to what is to be read."""
        acts: Sequence[tuple[str, Callable[[], None]]] = (
            ("Ctrl+Shift+R", self._notes.go),
            ("Ctrl+1", self._to_chapters),
            ("Ctrl+2", self._to_entries),
            ("Ctrl+3", lambda: self._asked.setFocus(Qt.FocusReason.ShortcutFocusReason)),
        )
        for keys, act in acts:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _to_chapters(self) -> None:
        button = self._group.checkedButton()
        if button is not None:
            button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _to_entries(self) -> None:
        target = self.entries if self.entries is not None and self.entries.rows else self._together
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
