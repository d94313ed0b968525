"""Options: radio buttons, check boxes, a drop-down, a line that completes; and "something else"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from ui.fields.base import Editor
from ui.fields.number import name_options
from ui.fields.options import OptionCheck, RadioSet
from ui.fields.text import show_in_line
from ui.widgets.flow import FlowLayout
from ui.widgets.text import Body, plain
from workbook_desktop.domain.records import Value, comparable
from workbook_desktop.forms.definition import Option

OTHER = "Something else"
SOMEONE = "Someone else"
_NO_ANSWER = "No answer"


def option_words(option: Option) -> str:
    """Return an option as it is shown."""
    return f"{option.prefix} {option.label}".strip() or value_words(option.value)


def value_words(value: Value) -> str:
    """Return a chosen value that is not among the options, such as one of an earlier version of the form."""
    if isinstance(value, Mapping):
        return str(value.get("display") or value.get("code") or value.get("reference") or "")
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value)


def place_of(value: Value, options: Sequence[Option]) -> int:
    """Return which option a value is, -1 for none."""
    wanted = comparable(value)
    for place, option in enumerate(options):
        if comparable(option.value) == wanted and isinstance(option.value, bool) == isinstance(value, bool):
            return place
    if isinstance(value, Mapping) and value.get("reference"):
        for place, option in enumerate(options):  # someone whose name is written otherwise by now
            if isinstance(option.value, Mapping) and option.value.get("reference") == value["reference"]:
                return place
    if isinstance(value, Mapping) and "code" in value and not value.get("system"):
        for place, option in enumerate(options):  # a system that was left out on one side
            if isinstance(option.value, Mapping) and option.value.get("code") == value["code"]:
                return place
    return -1


def former_words(value: Value, names: bool = False) -> str:
    """Return an answer that is not among the options: it shows all the same."""
    return f"{value_words(value)} ({'not in the list' if names else 'no longer offered'})"


def own_words(value: Value) -> str | None:
    """Return what was said in own words, beside the options: text, or the name of someone; else None."""
    if isinstance(value, Mapping) and value.get("display") and not value.get("reference"):
        return None if "code" in value else str(value["display"])
    return value if isinstance(value, str) else None


class _Other(QWidget):
    """The line for something else. It stands below the options, indented."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(32, 0, 0, 0)
        self.edit = QLineEdit(self)
        row.addWidget(self.edit)


class RadioEditor(Editor):
    """One option of a few."""

    offers_options = True

    def __init__(
        self, options: Sequence[Option], *, open_choice: bool, horizontal: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._options = list(options)
        self._name, self._question, self._details = "", "", ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.set = RadioSet([option_words(each) for each in options], self, horizontal=horizontal)
        column.addWidget(self.set)
        self._other: _Other | None = None
        if open_choice:
            self.set.add(OTHER)
            self._other = _Other(self)
            self._other.edit.textEdited.connect(self._on_other)
            self._other.edit.installEventFilter(self)
            column.addWidget(self._other)
        self.set.chosen.connect(self._on_chosen)
        for button in self.set.buttons:
            button.installEventFilter(self)

    def show_value(self, value: Value | None) -> None:
        """Show which is chosen."""
        text = ""
        place = -1
        if value is not None:
            place = place_of(value, self._options)
            if place < 0 and self._other is not None and isinstance(value, str):
                place, text = len(self._options), "" if value == OTHER else value
            elif place < 0:
                place = self._add_former(value)
        if self._other is not None and (text or place != len(self._options)):
            show_in_line(self._other.edit, text)
        self.set.show_chosen(self._button_of(place))

    def stops(self) -> list[QWidget]:
        """Return the button Tab comes to, the other buttons, the line for something else."""
        first = self.set.stop()
        found: list[QWidget] = [first] if first else []
        found += [each for each in self.set.buttons if each is not first]
        return [*found, self._other.edit] if self._other is not None else found

    def tell(self, question: str, details: str) -> None:
        """Name every option with the question."""
        self._question, self._details = question, details
        self.set.tell(question, details)
        if self._other is not None:
            self._other.edit.setAccessibleName(f"{OTHER}: {question}")

    def set_name(self, name: str) -> None:
        """Name the first as the answer, the others by code."""
        self._name = name
        words = [code_of(each.value) for each in self._options]
        if self._other is not None:
            words.insert(self._other_place, "other")
            self._other.edit.setObjectName(f"{name}:other")
            self._other.edit.setAccessibleIdentifier(f"{name}:other")
        name_options(self.set.buttons, words, name)

    @property
    def _other_place(self) -> int:
        """Where among the buttons "something else" is; former options come after it."""
        return next(n for n, each in enumerate(self.set.buttons) if each.words == OTHER)

    def _button_of(self, place: int) -> int:
        if place < 0 or self._other is None:
            return place
        other = self._other_place
        if place == len(self._options):
            return other
        return place if place < other else place + 1

    def _add_former(self, value: Value) -> int:
        self._options.append(Option(value=value, label=value_words(value)))
        button = self.set.add(former_words(value))
        button.installEventFilter(self)
        self.set_name(self._name)
        self.set.tell(self._question, self._details)
        return len(self._options) - 1

    def _on_chosen(self, button: int) -> None:
        if button < 0:
            if self._other is not None:
                show_in_line(self._other.edit, "")
            self.edited.emit(None)
            return
        if self._other is not None and button == self._other_place:
            self._other.edit.setFocus(Qt.FocusReason.OtherFocusReason)
            self.edited.emit(self._other.edit.text().strip() or OTHER)
            return
        if self._other is not None:
            show_in_line(self._other.edit, "")
        place = button if self._other is None or button < self._other_place else button - 1
        self.edited.emit(self._options[place].value)

    def _on_other(self, text: str) -> None:
        self.set.show_chosen(self._other_place)
        self.edited.emit(text if text.strip() else OTHER)


class CheckEditor(Editor):
    """Several options of a few. One that excludes the others is chosen alone."""

    offers_options = True

    def __init__(
        self,
        options: Sequence[Option],
        *,
        open_choice: bool,
        horizontal: bool,
        names: bool = False,  # who is meant: own words are the name of someone else
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._names = names
        self._other_words = SOMEONE if names else OTHER
        self._options = list(options)
        self._strangers: list[Value] = []  # chosen once, no longer offered: kept
        self._name, self._question, self._details = "", "", ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        box = QWidget(self)
        self._box_layout: FlowLayout | QVBoxLayout
        if horizontal:
            self._box_layout = FlowLayout(box, gap=0.9)
        else:
            self._box_layout = QVBoxLayout(box)
            self._box_layout.setContentsMargins(0, 0, 0, 0)
            self._box_layout.setSpacing(0)
        column.addWidget(box)
        self.boxes: list[OptionCheck] = [self._add_box(option_words(each)) for each in self._options]
        self._other: _Other | None = None
        if open_choice:
            self._other = _Other(self)
            self._other.edit.setPlaceholderText(self._other_words)
            self._other.edit.textEdited.connect(lambda _text: self._say())
            self._other.edit.installEventFilter(self)
            column.addWidget(self._other)

    def show_value(self, value: Value | None) -> None:
        """Show which are chosen."""
        chosen = [] if value is None else list(value) if isinstance(value, list) else [value]
        places = set()
        words = ""
        for each in chosen:
            place = place_of(each, self._options)
            own = own_words(each)
            if place < 0 and self._other is not None and own is not None and not words:
                words = own
                continue
            if place < 0:
                self._options.append(Option(value=each, label=value_words(each)))
                self.boxes.append(self._add_box(former_words(each, self._names)))
                self.set_name(self._name)
                self.tell(self._question, self._details)
                place = len(self._options) - 1
            places.add(place)
        for place, box in enumerate(self.boxes):
            box.setChecked(place in places)
        if self._other is not None:
            show_in_line(self._other.edit, words)

    def stops(self) -> list[QWidget]:
        """Return the boxes, and the line for something else."""
        return [*self.boxes, self._other.edit] if self._other is not None else list(self.boxes)

    def tell(self, question: str, details: str) -> None:
        """Name every option with the question."""
        self._question, self._details = question, details
        for box in self.boxes:
            box.setAccessibleName(f"{box.words}: {question}" if question else box.words)
            box.setAccessibleDescription(details)
        if self._other is not None:
            self._other.edit.setAccessibleName(f"{self._other_words}: {question}")

    def set_name(self, name: str) -> None:
        """Name the first as the answer, the others by code."""
        self._name = name
        name_options(self.boxes, [code_of(each.value) for each in self._options], name)
        if self._other is not None:
            self._other.edit.setObjectName(f"{name}:other" if self.boxes else name)
            self._other.edit.setAccessibleIdentifier(self._other.edit.objectName())

    def _add_box(self, words: str) -> OptionCheck:
        box = OptionCheck(words, self)
        box.installEventFilter(self)
        box.clicked.connect(lambda checked, which=box: self._on_clicked(which, checked))
        if isinstance(self._box_layout, QVBoxLayout):
            self._box_layout.addWidget(box, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            self._box_layout.addWidget(box)
        return box

    def _on_clicked(self, which: OptionCheck, checked: bool) -> None:
        option = self._options[self.boxes.index(which)]
        if checked:
            for box, other in zip(self.boxes, self._options, strict=True):
                if box is not which and (option.exclusive or other.exclusive):
                    box.setChecked(False)
            if option.exclusive and self._other is not None:
                show_in_line(self._other.edit, "")
        self._say()

    def _say(self) -> None:
        chosen = [
            option.value for box, option in zip(self.boxes, self._options, strict=True) if box.isChecked()
        ]
        if self._other is not None and self._other.edit.text().strip():
            if any(option.exclusive for option in self._options if option.value in chosen):
                for box, option in zip(self.boxes, self._options, strict=True):
                    if option.exclusive:
                        box.setChecked(False)
                chosen = [value for value in chosen if not self._excludes(value)]
            said = self._other.edit.text()
            chosen.append({"display": said} if self._names else said)
        self.edited.emit(chosen or None)

    def _excludes(self, value: Value) -> bool:
        return any(option.exclusive and option.value == value for option in self._options)


class _DropDown(QComboBox):
    """Words for which there is no room end in "…". Qt cuts them in the middle of a letter."""

    def room(self) -> int:
        """Return how much of the chosen words it can show, in px."""
        option = QStyleOptionComboBox()
        option.rect = self.rect()
        part = QStyle.SubControl.SC_ComboBoxEditField
        place = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        return place.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it closed."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, self.room()
        )
        painter = QStylePainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class DropDownEditor(Editor):
    """One option of many, in a drop-down."""

    def __init__(
        self,
        options: Sequence[Option],
        *,
        open_choice: bool = False,
        names: bool = False,  # who is meant: own words are the name of someone else
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._options = list(options)
        self._names = names
        self._other_words = SOMEONE if names else OTHER
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.combo = _DropDown(self)
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        longest = max((len(option_words(each)) for each in self._options), default=12)
        self.combo.setMinimumContentsLength(max(14, min(longest + 2, 38)))
        self.combo.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.combo.setMaxVisibleItems(14)
        self.combo.addItem(_NO_ANSWER)
        self.combo.addItems([plain(option_words(each)) for each in self._options])
        row = QHBoxLayout()
        row.addWidget(self.combo)
        row.addStretch(1)
        column.addLayout(row)
        self.whole = Body("", self)  # the chosen words, where the drop-down has no room for all of them
        self.whole.hide()
        column.addWidget(self.whole)
        self._other: QLineEdit | None = None
        if open_choice:
            self.combo.addItem(self._other_words)
            self._other = QLineEdit(self)
            self._other.setPlaceholderText("Name" if names else OTHER)
            keep = self._other.sizePolicy()
            keep.setRetainSizeWhenHidden(True)
            self._other.setSizePolicy(keep)
            self._other.hide()
            self._other.textEdited.connect(lambda text: self.edited.emit(self._own(text)))
            self._other.installEventFilter(self)
            column.addWidget(self._other)
        self.combo.installEventFilter(self)
        self.combo.currentIndexChanged.connect(self._on_changed)

    def show_value(self, value: Value | None) -> None:
        """Show which is chosen."""
        blocked = self.combo.blockSignals(True)
        if value is None:
            self.combo.setCurrentIndex(0)
            self._show_other(None)
        else:
            place = place_of(value, self._options)
            own = own_words(value)
            if place < 0 and self._other is not None and own is not None:
                self.combo.setCurrentIndex(len(self._options) + 1)
                self._show_other("" if own == self._other_words else own)
            else:
                if place < 0:
                    self._options.append(Option(value=value, label=value_words(value)))
                    place = len(self._options) - 1
                    self.combo.insertItem(
                        place + 1,
                        plain(former_words(value, self._names)),
                    )
                self.combo.setCurrentIndex(place + 1)
                self._show_other(None)
        self.combo.blockSignals(blocked)
        self.combo.update()
        self._show_whole()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say again what is cut in this width."""
        super().resizeEvent(event)
        self._show_whole()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "whole"):
            self._show_whole()

    def _show_whole(self) -> None:
        """Show the chosen words below, wrapped, if the drop-down cannot show them all."""
        words = self.combo.currentText()
        is_cut = self.combo.fontMetrics().horizontalAdvance(words) > self.combo.room()
        self.combo.setToolTip(words if is_cut else "")
        self.whole.setText(words if is_cut else "")
        self.whole.setVisible(is_cut)

    def stops(self) -> list[QWidget]:
        """Return the drop-down, and the line for something else."""
        return [self.combo, self._other] if self._other is not None else [self.combo]

    def tell(self, question: str, details: str) -> None:
        """Name both."""
        self.combo.setAccessibleName(question)
        self.combo.setAccessibleDescription(details)
        if self._other is not None:
            self._other.setAccessibleName(f"{self._other_words}: {question}")

    def _on_changed(self, index: int) -> None:
        self._show_whole()
        place = index - 1
        if place < 0:
            self._show_other(None)
            self.edited.emit(None)
        elif place < len(self._options):
            self._show_other(None)
            self.edited.emit(self._options[place].value)
        else:
            self._show_other("")
            self.edited.emit(self._own(""))

    def _own(self, text: str) -> Value:
        words = text if text.strip() else self._other_words
        return {"display": words} if self._names else words

    def _show_other(self, text: str | None) -> None:
        if self._other is None:
            return
        self._other.setVisible(text is not None)
        show_in_line(self._other, text or "")


def code_of(value: Value) -> str:
    """Return the short word by which an option's button is found."""
    return str(value.get("code", "")) if isinstance(value, Mapping) else str(value)
