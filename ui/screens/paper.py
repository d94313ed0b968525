"""S18, on paper: for whom, what, how; what is left out of it and why; and then, not before, print or save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from ui.fields.options import OptionCheck, RadioSet
from ui.models.identity import facts_of_family
from ui.say import Say
from ui.screens.paper_press import (
    Press,
    Proof,
    a_printer,
    forget_folders,
    print_pages,
    proof,
    save,
    why_unsafe,
)
from ui.screens.paper_proof import ProofPane, SideBySide
from ui.screens.paper_reason import SaveReason
from ui.shell.navigation import IdentityFacts, Navigator
from ui.shell.screen import Screen
from ui.style import Rank, Tone, em
from ui.tasks import Tasks
from ui.widgets import (
    WIDE,
    Banner,
    BusyState,
    Button,
    FieldLabel,
    HeadingTwo,
    Hint,
    Page,
    announce,
    button_row,
)
from ui.widgets.drop_down import DropDown
from workbook_desktop.domain.dates import long_date
from workbook_desktop.domain.ids import PersonId, RecordId
from workbook_desktop.paper.document import Look
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views_paper import Order, PaperChoices, Reader, Recipient, Sheets

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

_COLLEAGUE = "A colleague"
_MEETING = (Reader.CONFERENCE, Reader.COURT)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class _Deliberate(Button):
    """A button that Enter does not press: Enter shows what it will look like, wherever the focus is."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Enter to the page."""
        if event.key() in _ENTER:
            event.ignore()
        else:
            super().keyPressEvent(event)


class PaperScreen(Screen):
    """One document for one reader. Enter shows it, and never prints."""

    def __init__(
        self,
        choices: PaperChoices,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        record: RecordId | None = None,
        whom: PersonId | None = None,
        printer: Callable[[], QPrinter | None] = a_printer,
        managed: str = "",
    ) -> None:
        """Args:
        record: what to print, if the worker comes from a record, or from what is gathered of many.
        whom: for whom, if the worker comes from somebody's own page.
        printer: gives a printer, or None if there is none.
        managed: the folder that the council sets for documents.
        """
        super().__init__()
        self._choices, self._desk, self._tasks, self._say, self._go = choices, desk, tasks, say, go
        self._printer, self._managed = printer, managed
        self._sheets: Sheets | None = None  # what is shown
        self._asked = 0
        self._dialog: QFileDialog | None = None
        self.setObjectName("screen:paper")
        self.setAccessibleIdentifier("screen:paper")
        go.title("On paper")
        go.identity(
            facts_of_family(choices.whole)
            if choices.whole is not None
            else IdentityFacts(
                name=f"{choices.family_name} family",
                initials=choices.family_name[:1],
                family=choices.family,
            )
        )
        self.press = Press(tasks, self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("On paper", caption=f"{choices.family_name} family", letters=WIDE)
        outer.addWidget(self.page)
        self._questions = SideBySide(
            self._ask_for_whom(), self._column(self._ask_what(record), self._ask_how())
        )
        self.page.add(self._questions)
        self._show_button = Button("&Show what it will look like", Rank.PRIMARY, identifier="do:preview")
        self._show_button.clicked.connect(lambda *_: self.preview())
        self._busy = BusyState()
        self._cancel = Button("Cancel", identifier="do:cancel-paper")
        self._cancel.clicked.connect(lambda *_: self._stop())
        self._cancel.hide()
        self.page.add(button_row(self._show_button, self._cancel), self._busy)
        self._trouble = Banner(Tone.WARNING, "")
        self._trouble.hide()
        self._done = Banner(Tone.SUCCESS, "")
        self._done.hide()
        self.pane = ProofPane()
        self.pane.hide()
        self.pane.confirmed.connect(self._allow)
        self.page.add(self._trouble, self._done, self.pane)
        self._print = _Deliberate("&Print", identifier="do:print", icon_name="printer")
        self._save = _Deliberate("Save as P&DF…", identifier="do:save-pdf")
        self._print.clicked.connect(lambda *_: self._again(self._to_printer))
        self._save.clicked.connect(lambda *_: self._ask_why())
        self.why = SaveReason(managed)
        self.why.go_on.connect(self._choose_place)
        self.why.left.connect(self._leave_saving)
        self.page.add(self.why)
        self.page.add_button(self._print, self._save)
        self._tell_given()
        at = next((at for at, each in enumerate(self._people) if each.key == whom), -1)
        if at >= 0:
            self.whom.show_chosen(at)
            self._on_whom()
        self._allow()

    # -- the three questions --------------------------------------------------------------------------------

    @staticmethod
    def _column(*parts: QWidget) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        for each in parts:
            column.addWidget(each)
        column.addStretch(1)
        return part

    def _ask_for_whom(self) -> QWidget:
        people = [each for each in self._choices.recipients if each.reader is not Reader.COLLEAGUE]
        self._people: tuple[Recipient, ...] = tuple(people)
        self._colleagues = tuple(each for each in self._choices.recipients if each.reader is Reader.COLLEAGUE)
        words = [f"{each.name} – {each.detail}" if each.detail else each.name for each in people]
        if self._colleagues:
            words.append(_COLLEAGUE)
        self.whom = RadioSet(words, can_clear=False)
        self.whom.setObjectName("answer:whom")
        self.whom.tell("For whom is it?", "")
        self.whom.chosen.connect(lambda _: self._on_whom())
        self._which = DropDown("answer:colleague")
        self._which_label = FieldLabel("&Which colleague?")
        self._which_label.set_field(self._which)
        for each in self._colleagues:
            self._which.addItem(f"{each.name}, {each.detail}", each.key)
        self._which.activated.connect(lambda _: self._changed())
        heading = HeadingTwo("1  For whom is it?")
        part = self._column(heading, self.whom, self._which_label, self._which)
        self._which_label.hide()
        self._which.hide()
        return part

    def _ask_what(self, record: RecordId | None) -> QWidget:
        self.what = DropDown("answer:what")
        label = FieldLabel("Which &record")
        label.set_field(self.what)
        for each in self._choices.printables:
            self.what.addItem(each.title, each.key)
        at = self.what.findData(str(record)) if record is not None else -1
        self.what.setCurrentIndex(max(at, 0))
        self.what.activated.connect(lambda _: self._changed())
        return self._column(HeadingTwo("2  What is to be printed?"), label, self.what)

    def _ask_how(self) -> QWidget:
        self.large = OptionCheck("Large print (18 point)")
        self.easy = OptionCheck("Easy words for the questions")
        self.plain = OptionCheck("Without a logo, a name or a title: for a paper that must not be found out")
        self.voices = OptionCheck("With what the children said, word for word")
        named = ((self.large, "large"), (self.easy, "easy"), (self.plain, "plain"), (self.voices, "voices"))
        self.voices.hide()
        for check, name in named:
            check.setObjectName(f"answer:{name}")
            check.clicked.connect(lambda *_: self._changed())
        return self._column(HeadingTwo("3  How?"), self.large, self.easy, self.plain, self.voices)

    def _tell_given(self) -> None:
        if not self._choices.given:
            return
        self.page.add(HeadingTwo("Given on paper before"))
        for each in self._choices.given[:5]:
            on = f"{long_date(each.on)}: " if each.on is not None else ""
            self.page.add(Hint(f"{on}{each.what}, to {each.to}, copy {each.copy}"))

    def _on_whom(self) -> None:
        is_colleague = self.whom.place() == len(self._people)
        self._which_label.setVisible(is_colleague)
        self._which.setVisible(is_colleague)
        recipient = self._recipient()
        if recipient is not None:
            is_family = recipient.reader in (Reader.ADULT, Reader.APART, Reader.CHILD)
            self.easy.setChecked(is_family)
            self.easy.setEnabled(is_family)  # they speak to the family
            # Each time anew: that a child's words go to a meeting is never the usual.
            self.voices.setChecked(False)
            self.voices.setVisible(recipient.reader in _MEETING and self._choices.is_anybody_apart)
        self._changed()

    def _recipient(self) -> Recipient | None:
        place = self.whom.place()
        if place < 0:
            return None
        if place < len(self._people):
            return self._people[place]
        return self._colleagues[max(self._which.currentIndex(), 0)]

    def _order(self) -> Order | None:
        recipient = self._recipient()
        if recipient is None or not self._choices.printables:
            return None
        return Order(
            family=self._choices.family,
            recipient=recipient.key,
            what=str(self.what.currentData()),
            easy=self.easy.isChecked(),
            without_logo=self.plain.isChecked(),
            voices=self.voices.isChecked() and not self.voices.isHidden(),
        )

    def _look(self) -> Look:
        return Look(large=self.large.isChecked())

    def _changed(self) -> None:
        """What is shown is no longer what is asked for."""
        self._asked += 1
        self._sheets = None
        self._rest()
        for widget in (self.pane, self._trouble, self._done, self.why):
            widget.hide()
        self._allow()

    # -- showing ------------------------------------------------------------------------------------------

    def preview(self) -> None:
        """Show what it will look like, and what is left out. Nothing is printed."""
        order = self._order()
        if order is None:
            self._warn("Say first for whom it is", "What may stand on it depends on who will read it.")
            self.whom.buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._changed()
        number, desk = self._asked, self._desk
        self._wait("Looking through it…")

        def answered(sheets: Sheets) -> None:
            if number == self._asked:
                self._set(sheets, number)

        self._tasks.run(self, lambda: desk.paper(order), answered, lambda error: self._failed(error, number))

    def _set(self, sheets: Sheets, number: int, words: str = "") -> None:
        document = sheets.document
        if sheets.refused or document is None:
            self._rest()
            self._warn(f"It is not printed for {sheets.recipient.name}", sheets.refused)
            return
        look = self._look()
        document = replace(document, is_practice=self._is_practice())
        sheets = replace(sheets, document=document)

        def shown(made: Proof) -> None:
            if number == self._asked:
                self._rest()
                self._sheets = sheets
                if sheets.must_read and sheets.recipient.reader in _MEETING:
                    self.voices.show()  # something is kept from somebody there, by a record
                self.pane.show_proof(sheets, made)
                self.pane.show()
                self._allow()
                if words:
                    self._warn(words, "Read it again before you print.")
                self.pane.begin()
                self._bring_up(self.pane, at_top=True)

        self.press.run(lambda: proof(document, look), shown, lambda error: self._failed(error, number))

    def _bring_up(self, part: QWidget, *, at_top: bool = False, turns: int = 4) -> None:
        """Put a part of the page in sight, once it has its place: that takes some turns of the loop."""
        inner = self.page.widget()
        if inner is None or not part.isVisible():
            return
        if at_top:
            # Its heading, and the frame around what has the focus, want room above.
            above = em(self, 1.0)
            self.page.verticalScrollBar().setValue(max(part.mapTo(inner, QPoint(0, 0)).y() - above, 0))
        else:
            self.page.ensureWidgetVisible(part)
        if turns:
            QTimer.singleShot(0, part, lambda: self._bring_up(part, at_top=at_top, turns=turns - 1))

    def _is_practice(self) -> bool:
        return self.window().property("practice") is True

    def _wait(self, words: str) -> None:
        self._busy.begin(words)
        self._cancel.show()
        if self._show_button.hasFocus():
            self._cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_button.setEnabled(False)

    def _rest(self) -> None:
        self._busy.end()
        self._show_button.setEnabled(True)
        self._leave_cancel()

    def _leave_cancel(self) -> None:
        """Take "Cancel" away; the focus, if it is there, goes to the button beside it."""
        if self._cancel.hasFocus():
            self._show_button.setEnabled(True)
            self._show_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._cancel.hide()

    def _stop(self) -> None:
        self._changed()
        announce(self, "Cancelled. Nothing was printed.")
        self._show_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _failed(self, error: Exception, number: int) -> None:
        if number == self._asked:
            self._rest()
            self._allow()
        self._say.error(error)

    def _warn(self, title: str, text: str) -> None:
        self._trouble.say(title, text)
        self._trouble.show()
        self._bring_up(self._trouble)

    def _allow(self) -> None:
        ready = self._sheets is not None and self.pane.may_print
        for button in (self._print, self._save):
            button.setEnabled(ready)

    # -- handing over ---------------------------------------------------------------------------------------

    def _again(self, out: Callable[[Sheets], None]) -> None:
        """Look through it once more, by what is known now; go on only if it is what the worker looked at."""
        before, order, desk = self._sheets, self._order(), self._desk
        if before is None or order is None:
            return
        self._asked += 1
        number = self._asked
        self._done.hide()
        self._trouble.hide()
        self._wait("Looking through it once more…")
        self._cancel.setFocus(Qt.FocusReason.OtherFocusReason)  # before what has the focus is switched off
        self._print.setEnabled(False)
        self._save.setEnabled(False)

        def answered(now: Sheets) -> None:
            if number != self._asked:
                return
            same = (
                now.document is not None
                and before.document is not None
                and (replace(now.document, is_practice=before.document.is_practice) == before.document)
            )
            if same:
                out(replace(before, warnings=now.warnings, homes=now.homes))
            else:
                self._sheets = None
                self.pane.hide()
                self._set(now, number, "It has changed since you looked at it")

        self._tasks.run(self, lambda: desk.paper(order), answered, lambda error: self._failed(error, number))

    def _to_printer(self, sheets: Sheets) -> None:
        printer = self._printer()
        document, look, number = sheets.document, self._look(), self._asked
        if printer is None or document is None:
            self._rest()
            self._allow()
            self._warn(
                "No printer is set up on this laptop",
                "Nothing was printed. Save it as a PDF, or print it where there is a printer.",
            )
            return
        self._wait("Printing…")
        self._leave_cancel()  # what a printer has begun it cannot be asked back

        def printed(_: None) -> None:
            self._note(sheets, "printed", "It has gone to the printer", number)

        self.press.run(
            lambda: print_pages(document, look, printer), printed, lambda error: self._failed(error, number)
        )

    def _ask_why(self) -> None:
        if self._sheets is not None:
            self.why.ask()
            self._bring_up(self.why)

    def _leave_saving(self) -> None:
        self.why.hide()
        self._save.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose_place(self) -> None:
        if self._sheets is None:
            return
        dialog = QFileDialog(self, "Save as PDF", self._managed, "PDF (*.pdf)")
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)  # that would remember names and folders
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("pdf")
        dialog.selectFile(self._sheets.file_name)
        dialog.fileSelected.connect(lambda place: self.save_to(Path(place)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.destroyed.connect(forget_folders)
        self._dialog = dialog
        dialog.open()

    def save_to(self, place: Path) -> None:
        """Save the document that is shown, if it is still what would be handed over."""
        reason = self.why.words
        self.why.hide()
        self._again(lambda sheets: self._to_file(replace(sheets, reason=reason), place))

    def _to_file(self, sheets: Sheets, place: Path) -> None:
        document, look, number = sheets.document, self._look(), self._asked
        if document is None:
            return
        self._wait("Saving…")
        warning = why_unsafe(place, self._managed)

        def saved(_: None) -> None:
            after = f"{warning} Delete it when you have handed it over." if warning else ""
            self._note(sheets, "saved", "The PDF is saved", number, after)

        self.press.run(lambda: save(document, look, place), saved, lambda error: self._failed(error, number))

    def _note(self, sheets: Sheets, how: str, words: str, number: int, more: str = "") -> None:
        """Record that it was given; say so."""
        desk = self._desk

        def noted(record: RecordId | None) -> None:
            if number == self._asked:
                self._rest()
                where = "It is noted in the chronology, with what was left out."
                if record is None:
                    where = "It could not be noted: the office has no form for that. Write a case note."
                if how == "printed":
                    more_words = "Fetch the pages at once: a printer may keep what is sent to it."
                else:
                    more_words = more
                self._done.say(words, f"{where} {more_words}".strip())
                self._done.show()
                self._bring_up(self._done)
                self._sheets = None  # another copy is another document: it is shown first
                self.pane.spent()
                self._allow()
                self._go.changed()

        def not_noted(error: Exception) -> None:
            if number == self._asked:
                self._rest()
                self._warn(f"{words}, but it could not be noted", "Write a case note that you gave it.")
            self._say.error(error)

        self._tasks.run(self, lambda: desk.paper_given(sheets, how), noted, not_noted)

    def changeEvent(self, event: QEvent) -> None:
        """With another text size, what was being read stays in sight."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "pane") and self.pane.isVisible():
            self._bring_up(self.pane, at_top=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter shows, and never prints."""
        if event.key() in _ENTER:
            self.preview()
        else:
            super().keyPressEvent(event)

    def begin(self) -> None:
        """Start with the first question."""
        announce(self, self.page.heading.text())
        first = self.whom.stop() or self.whom
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        self._bring_up(first)

    def panes(self) -> tuple[QWidget, ...]:
        """The questions, and what they give."""
        return (self, self.pane) if self.pane.isVisible() else (self,)
