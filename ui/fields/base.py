"""What every field has: the question above, a hint, the problem in words, the editor, and "not known"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleInterface, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAccessibleWidget, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from ui.fields.context import FieldContext
from ui.fields.options import OptionCheck
from ui.style import Tone
from ui.widgets.buttons import LinkButton
from ui.widgets.flow import FlowLayout
from ui.widgets.surfaces import Remark
from ui.widgets.text import Fault, Hint, Label, caption_safe
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Answer, Empty, Value
from workbook_desktop.forms.definition import Item

EMPTY_WORDS = {
    Empty.NOT_KNOWN: "Not known",
    Empty.NOT_ASKED: "Not asked",
    Empty.REFUSED: "Refused",
}


class Group(QWidget):
    """Things that belong together, with a name that a screen reader says on the way in."""


class QuestionLabel(Label):
    """The question. Bold, wraps, an `&` is an ampersand even as a buddy."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        font = self.font()
        font.setBold(True)
        self.setFont(font)

    def name(self, editor: QWidget) -> None:
        """Be the label of an editor."""
        self.setText(caption_safe(self.text()))  # with a buddy, Qt reads `&` as a mnemonic
        self.setBuddy(editor)


class Editor(QWidget):
    """The part of a field that takes the answer. It keeps nothing and decides nothing."""

    edited = Signal(object)  # the value as it is kept; None for nothing
    left = Signal()  # the focus went elsewhere

    about: bool | None = None  # of a date: whether it is about then; None where that cannot be said
    offers_options = False  # a set of buttons, so the question names a group and not one control
    yields_undo = False  # something else was done since, while the caret stood here: Ctrl+Z is for that
    took_back = False  # what is said next is what the text itself took back, or brought again

    def show_value(self, value: Value | None) -> None:
        """Show what the sheet says. Says nothing back."""
        raise NotImplementedError

    def stops(self) -> list[QWidget]:
        """Return what can take the focus, the main one first."""
        raise NotImplementedError

    def tell(self, question: str, details: str) -> None:
        """Say to a screen reader what is asked, and the hint and problem."""
        for stop in self.stops():
            stop.setAccessibleName(question)
            stop.setAccessibleDescription(details)

    def set_name(self, name: str) -> None:
        """Give what takes the focus its object name, so that it can be found again."""
        for number, stop in enumerate(self.stops()):
            own = name if number == 0 else f"{name}#{number + 1}"
            stop.setObjectName(own)
            stop.setAccessibleIdentifier(own)

    def problem(self) -> str:
        """Return what is wrong with what was typed, "" if it can be read."""
        return ""

    def has_own(self, stop: QObject | None, *, is_redo: bool) -> bool:
        """Whether a text has something of its own to take back, or to bring again, and it is its turn."""
        if self.yields_undo:
            return False
        if isinstance(stop, QPlainTextEdit):
            document = stop.document()
            return document.isRedoAvailable() if is_redo else document.isUndoAvailable()
        if isinstance(stop, QLineEdit):
            return stop.isRedoAvailable() if is_redo else stop.isUndoAvailable()
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that the focus left; an editor installs itself on its stops.

        Ctrl+Z is the text's own while it has something to take back. Else the page has its turn: Qt's texts
        take the key in any case.
        """
        kind = event.type()
        if kind is QEvent.Type.FocusOut:
            self.yields_undo = False
            self.left.emit()
        elif isinstance(event, QKeyEvent) and kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            is_redo = event.matches(QKeySequence.StandardKey.Redo)
            is_turn = is_redo or event.matches(QKeySequence.StandardKey.Undo)
            if kind is QEvent.Type.KeyPress:
                self.took_back = is_turn
            elif is_turn and not self.has_own(watched, is_redo=is_redo):
                event.ignore()
                return True
        return super().eventFilter(watched, event)


class WordsOnly(Editor):
    """No editor: the answer as words."""

    offers_options = True

    def show_whole(self, answer: Answer | None) -> None:
        """Show the answer, or why there is none."""
        raise NotImplementedError


class Field(Group):
    """One question, in its place in a form. `answered` says path, value and why it is empty."""

    answered = Signal(str, object, object)
    left = Signal(str)  # path: the focus went out of the editor

    def __init__(
        self,
        item: Item,
        path: FieldPath,
        editor: Editor,
        context: FieldContext,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.item, self.path, self.editor = item, path, editor
        self._question = question_text(item)
        self._fault: Fault | None = None
        self._notes: dict[str, QWidget] = {}
        self._noted: dict[str, str] = {}  # what each says
        self._empties: dict[Empty, OptionCheck] = {}
        self._set_aside: Value | None = None  # what was typed before "not known" was said
        self._value: Value | None = None
        self._problem = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._column = column
        optional = not item.required and context.mark_optional and not item.is_worked_out
        self._optional = optional
        self.label = QuestionLabel(self._question + (" (optional)" if optional else ""), self)
        column.addWidget(self.label)
        self._hint: Hint | None = None
        hint = item.help or ("" if editor_shows_prompt(editor) else _prompt_words(item))
        if hint:
            self._hint = Hint(hint, self)
            column.addWidget(self._hint)
        self._top = column.count()
        editor.setParent(self)
        column.addWidget(editor)
        editor.set_name(f"answer:{path}")
        if not editor.offers_options and editor.stops():
            self.label.name(editor.stops()[0])
        self.setAccessibleName(self._question)
        editor.edited.connect(self._on_edited)
        editor.left.connect(self._on_left)
        if item.may_be_empty:
            self._build_empties()
        self._tell()

    # -- what the sheet says -------------------------------------------------------------------------------

    def show_answer(self, answer: Answer | None) -> None:
        """Show what the sheet says: a value, why there is none, or nothing."""
        value = answer.value if answer is not None else None
        self._value = value
        if isinstance(self.editor, WordsOnly):
            self.editor.show_whole(answer)
        else:
            if self.editor.about is not None:
                self.editor.about = answer is not None and answer.is_about
            self.editor.show_value(value)
        empty = answer.empty if answer is not None else None
        for each, box in self._empties.items():
            box.setChecked(each is empty)

    def show_problem(self, text: str) -> None:
        """Show what is wrong, in words, between question and editor; nothing for ""."""
        if text == self._problem:
            return
        self._problem = text
        if self._fault is None:
            if not text:
                return
            self._fault = Fault("", self)
            self._column.insertWidget(self._top, self._fault)
        self._fault.say(text)
        self._tell()

    @property
    def problem(self) -> str:
        """What is shown as wrong."""
        return self._problem

    @property
    def is_about(self) -> bool:
        """Whether the date that stands in the editor was said to be about then."""
        return bool(self.editor.about)

    def show_note(
        self, kind: str, text: str, action: str = "", act: Callable[[], object] | None = None
    ) -> None:
        """Show a remark below the editor, such as "Copied from Maisie: check it"; takes it away for "" ."""
        old = self._notes.pop(kind, None)
        if old is not None:
            focused = focus_in(self)
            had_focus = old.isAncestorOf(focused) if focused is not None else False
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
            if had_focus and not text:
                self.focus_editor()
        if not text:
            return
        band = Remark(Tone.WARNING, self)
        words = Label(text, band)
        if action and act is not None:
            link = LinkButton(
                action, band, hidden_context=self._question, identifier=f"do:{kind}:{self.path}"
            )
            link.clicked.connect(act)
            band.add_line(words, link)
        else:
            band.add(words)
        self._notes[kind], self._noted[kind] = band, text
        self._column.addWidget(band)
        band.show()  # at once: Qt would do it later, and Tab would pass it by until then

    def has_note(self, kind: str, text: str | None = None) -> bool:
        """Whether such a remark stands there, and says so."""
        note = self._notes.get(kind)
        return note is not None and text in (None, self._noted.get(kind))

    def set_label(self, text: str) -> None:
        """Ask otherwise: the words of the question follow from other answers."""
        question = question_text(replace(self.item, text=text))
        if question == self._question:
            return
        self._question = question
        words = question + (" (optional)" if self._optional else "")
        self.label.setText(caption_safe(words) if self.label.buddy() is not None else words)
        self.setAccessibleName(question)
        self._tell()

    def set_editor(self, editor: Editor, answer: Answer | None) -> None:
        """Take another editor, as when other answers are offered. The focus stays in the field."""
        had_focus = self.has_focus()
        old, self.editor = self.editor, editor
        editor.setParent(self)
        self._column.insertWidget(self._column.indexOf(old), editor)
        self._column.removeWidget(old)
        old.hide()
        old.setParent(None)
        old.deleteLater()
        editor.set_name(f"answer:{self.path}")
        if not editor.offers_options and editor.stops():
            self.label.setText(self._question + (" (optional)" if self._optional else ""))
            self.label.name(editor.stops()[0])
        editor.edited.connect(self._on_edited)
        editor.left.connect(self._on_left)
        self.show_answer(answer)
        editor.show()
        self._tell()
        if had_focus:
            self.focus_editor()

    # -- focus ---------------------------------------------------------------------------------------------

    def focus_editor(self) -> None:
        """Put the focus where the answer is given."""
        stops = self.editor.stops()
        if stops:
            stops[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def has_focus(self) -> bool:
        """Whether the focus is in this field."""
        focused = focus_in(self)
        return self.isAncestorOf(focused) if focused is not None else False

    # -- inside --------------------------------------------------------------------------------------------

    def _build_empties(self) -> None:
        line = QWidget(self)
        flow = FlowLayout(line, gap=0.9)
        for empty in self.item.may_be_empty:
            words = EMPTY_WORDS.get(empty)
            if words is None:
                continue
            box = OptionCheck(words, line)
            box.setAccessibleName(f"{words}: {self._question}")
            box.setObjectName(f"answer:{self.path}:{empty}")
            box.setAccessibleIdentifier(box.objectName())
            box.clicked.connect(lambda checked, which=empty: self._on_empty(which, checked))
            flow.addWidget(box)
            self._empties[empty] = box
        self._column.addWidget(line)

    def _on_edited(self, value: Value | None) -> None:
        self._value = value
        for box in self._empties.values():
            if box.isChecked():
                box.setChecked(False)
        self.answered.emit(self.path, value, None)

    def _on_empty(self, which: Empty, checked: bool) -> None:
        if checked:
            if self._value is not None:
                self._set_aside = self._value
            self._value = None
            self.editor.show_value(None)
            for each, box in self._empties.items():
                box.setChecked(each is which)
            self.answered.emit(self.path, None, which)
        else:  # what was there before comes back: nothing typed is lost by trying a box
            self._value, self._set_aside = self._set_aside, None
            self.editor.show_value(self._value)
            self.answered.emit(self.path, self._value, None)

    def _on_left(self) -> None:
        self.left.emit(self.path)

    def _tell(self) -> None:
        details = " ".join(
            part
            for part in (
                self._fault.text() if self._fault is not None and self._problem else "",
                self._hint.text() if self._hint is not None else "",
            )
            if part
        )
        self.editor.tell(self._question, details)


def focus_in(part: QWidget) -> QWidget | None:
    """Return what has the focus in a part's window, None if nothing has."""
    return part.window().focusWidget()


def question_text(item: Item) -> str:
    """Return the question as it is shown, never empty."""
    text = item.text.strip() or item.short_text.strip() or item.prompt.strip() or f"Question {item.link_id}"
    return f"{item.prefix} {text}".strip()


def editor_shows_prompt(editor: Editor) -> bool:
    """Whether the editor itself shows the example."""
    return bool(getattr(editor, "shows_prompt", False))


def _prompt_words(item: Item) -> str:
    return item.prompt if item.prompt != item.text else ""


class _GroupInterface(QAccessibleWidget):
    def __init__(self, widget: Group) -> None:
        super().__init__(widget, QAccessible.Role.Grouping, widget.accessibleName())

    def text(self, what: QAccessible.Text) -> str:
        widget = self.widget()
        if what is QAccessible.Text.Name and isinstance(widget, Group):
            return widget.accessibleName()
        return super().text(what)


def _interface_for(_class_name: str, of: QObject) -> QAccessibleInterface | None:
    return _GroupInterface(of) if isinstance(of, Group) else None


QAccessible.installFactory(_interface_for)
