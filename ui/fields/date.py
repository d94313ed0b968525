"""Dates and times: typed, as people say them. The calendar is an extra."""

from __future__ import annotations

from datetime import date as Day

from PySide6.QtCore import QDate, QEvent, QLocale, QObject, Qt
from PySide6.QtGui import QKeyEvent, QPalette, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QFrame, QVBoxLayout, QWidget

from ui.fields import reading
from ui.fields.context import FieldContext
from ui.fields.text import show_in_line
from ui.fields.typed import TypedEditor
from ui.style import Rank
from ui.widgets.buttons import Button
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Item, Kind


class _Moment(TypedEditor):
    """Ctrl+; types today, Ctrl+Shift+; now."""

    _today, _now = "today", "now"

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
            and event.key() in (Qt.Key.Key_Semicolon, Qt.Key.Key_Colon)
        ):
            event.accept()
            if event.type() is QEvent.Type.KeyPress:
                shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                self.put_moment(self._now if shift else self._today)
            return True
        return super().eventFilter(watched, event)

    def put_moment(self, word: str) -> None:
        """Type today or now, as it is kept: by tomorrow "today" would mean another day."""
        found = self._read(word)
        self.put(self._write(found.value) if found.value is not None else word)


class _Roughly(_Moment):
    """A day that may be said to be about then. `about` is set before the value is shown."""

    def show_value(self, value: Value | None) -> None:
        """Show the answer; "about March 2024" where that was said."""
        found = self._read(self.edit.text())
        if value is not None and found.value == value and found.about != self.about:
            show_in_line(self.edit, self._write(value))
        super().show_value(value)

    def _on_typed(self, text: str) -> None:
        self.about = self._read(text).about
        super()._on_typed(text)

    def put_moment(self, word: str) -> None:
        """Type today or now: that is exact."""
        self.about = False
        super().put_moment(word)

    def _roughly(self, words: str) -> str:
        return f"about {words}" if self.about else words


class DateEditor(_Roughly):
    """A date: 27/3, 27/3/2026, 27 March, tue, today, yest, -2."""

    _now = "today"

    def __init__(self, item: Item, context: FieldContext, parent: QWidget | None = None) -> None:
        self._context = context
        self.about = False
        super().__init__(
            lambda text: reading.read_date(text, context.clock.today(), item.precisions),
            lambda value: self._roughly(reading.date_typed(str(value))),
            example=_date_example(item),
            parent=parent,
        )
        self.calendar_button: Button | None = None
        if "day" in item.precisions:
            self.calendar_button = Button("", Rank.SECONDARY, self, icon_name="calendar")
            self.calendar_button.setFixedWidth(self.calendar_button.sizeHint().height() + 8)
            self.calendar_button.clicked.connect(self._on_calendar)
            self.row.insertWidget(1, self.calendar_button)

    def tell(self, question: str, details: str) -> None:
        """Name the calendar's button too."""
        super().tell(question, details)
        if self.calendar_button is not None:
            self.calendar_button.setAccessibleName(f"Calendar: {question}")
            self.calendar_button.setToolTip("Calendar")

    def _on_calendar(self) -> None:
        value = self.value()
        try:
            day = Day.fromisoformat(str(value))
        except ValueError:
            day = self._context.clock.today()
        popup = _Calendar(self, day)
        popup.move(self.edit.mapToGlobal(self.edit.rect().bottomLeft()))
        popup.show()


class _Calendar(QFrame):
    """A month to choose from. Esc closes it and changes nothing."""

    def __init__(self, editor: DateEditor, day: Day) -> None:
        super().__init__(editor, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Calendar")
        self._editor = editor
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        self.calendar = QCalendarWidget(self)
        self.calendar.setAccessibleName("Calendar")
        self.calendar.setLocale(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
        self.calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        plain = QTextCharFormat()  # Qt paints weekends red: too faint in the dark, and red is for errors
        plain.setForeground(self.palette().color(QPalette.ColorRole.Text))
        for weekend in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self.calendar.setWeekdayTextFormat(weekend, plain)
        self.calendar.setSelectedDate(QDate(day.year, day.month, day.day))
        self.calendar.activated.connect(self._take)
        self.calendar.clicked.connect(self._take)
        column.addWidget(self.calendar)
        self.calendar.setFocus()

    def _take(self, day: QDate) -> None:
        self._editor.put(f"{day.day()}/{day.month()}/{day.year()}")
        self._editor.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.close()


class MomentEditor(_Roughly):
    """A date and a time: 27/3/2026 14:30, yest 9.15, yest about 3pm, now."""

    _today = "now"

    def __init__(self, item: Item, context: FieldContext, parent: QWidget | None = None) -> None:
        self.about = False
        super().__init__(
            lambda text: reading.read_moment(text, context.now()),
            lambda value: self._roughly(reading.moment_typed(str(value), context.zone)),
            example=_own_prompt(item) or "For example 27/3/2026 14:30, or now",
            letters=22,
            parent=parent,
        )


class TimeEditor(_Moment):
    """A time of day: 14:30, 2.30pm, now."""

    _today = "now"

    def __init__(self, item: Item, context: FieldContext, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda text: reading.read_time(text, context.now()),
            _time_typed,
            example=_own_prompt(item) or "For example 14:30",
            says_reading=False,
            letters=8,
            parent=parent,
        )


def _time_typed(value: Value) -> str:
    text = str(value)
    return text[:5] if len(text) >= 5 and text[2] == ":" else text


def _date_example(item: Item) -> str:
    own = _own_prompt(item)
    if own:
        return own
    if "day" not in item.precisions:
        return "For example 2026" if "month" not in item.precisions else "For example March 2026"
    more = " or March 2026" if "month" in item.precisions else ""
    return f"For example 27/3/2026{more}"


def _own_prompt(item: Item) -> str:
    return (
        item.prompt
        if item.prompt != item.text and item.kind in (Kind.DATE, Kind.DATE_TIME, Kind.TIME)
        else ""
    )
