"""The look: contrast computed, the focus seen, targets that can be hit, nothing cut at 200 %."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtCore import QPoint, QPointF, QRect, QStringListModel, Qt
from PySide6.QtGui import QAccessible, QFontDatabase, QImage, QPalette, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDateEdit,
    QFocusFrame,
    QLabel,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QSpinBox,
    QStyle,
    QStyleOptionButton,
    QTableWidget,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ui.style import Look, Theme, Tone, apply, icon
from ui.style.look import BUNDLED_FAMILY, colours_now
from ui.style.palettes import CONTRAST, DARK, LIGHT, Colours, from_system, qt_palette, ratio
from ui.style.specimen import specimen

THEMES = (LIGHT, DARK, CONTRAST)


@pytest.fixture
def look(qapp: QApplication) -> Iterator[Look]:
    """The look on the application, at 100 %; taken off again, for other tests share the application."""
    before = QPalette(qapp.palette()), qapp.font()
    put_on = apply(qapp, Theme.LIGHT, 100)
    yield put_on
    qapp.setStyle("Fusion")
    qapp.setPalette(before[0])
    qapp.setFont(before[1])
    shiboken6.delete(put_on)  # now: a second set of rings would watch the next test


# -- colours -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ink", "ground", "measured"),
    [
        (LIGHT.text, LIGHT.surface, 19.6),
        (LIGHT.hint, LIGHT.surface, 7.1),
        (LIGHT.border, LIGHT.surface, 7.1),
        (LIGHT.hint, "#f3f2f1", 6.3),
        (LIGHT.error, LIGHT.surface, 5.2),
        (LIGHT.on_primary, LIGHT.primary, 6.2),
        (LIGHT.on_identity, LIGHT.identity, 5.2),
        (LIGHT.link, LIGHT.surface, 6.1),
        (DARK.text, DARK.surface, 15.8),
        (DARK.hint, DARK.surface, 9.2),
        (DARK.link, DARK.surface, 8.5),
        (DARK.error, DARK.surface, 7.5),
        (DARK.border, DARK.surface, 5.5),
    ],
)
def test_a_palette_has_the_ratio_that_was_measured(ink: str, ground: str, measured: float) -> None:
    assert ratio(ink, ground) == pytest.approx(measured, abs=0.06)


@pytest.mark.parametrize("colours", THEMES, ids=lambda one: one.name)
def test_every_text_is_readable_on_every_ground_it_stands_on(colours: Colours) -> None:
    pairs = {
        (ink, ground)
        for ink in (colours.text, colours.hint, colours.link, colours.error)
        for ground in (colours.surface, colours.canvas)
    }
    pairs |= {(colours.text, colours.hover), (colours.link, colours.hover), (colours.hint, colours.hover)}
    pairs |= {
        (colours.on_primary, colours.primary),
        (colours.on_identity, colours.identity),
        (colours.on_selection, colours.selection),
    }
    for tone in Tone:
        shade = colours.shade(tone)
        pairs |= {(shade.ink, shade.ground), (colours.text, shade.ground), (colours.hint, shade.ground)}
    for ink, ground in sorted(pairs):
        assert ratio(ink, ground) >= 4.5, f"{colours.name}: {ink} on {ground} is {ratio(ink, ground):.2f}"


@pytest.mark.parametrize("colours", THEMES, ids=lambda one: one.name)
def test_every_edge_of_a_control_can_be_seen(colours: Colours) -> None:
    for edge in (colours.border, colours.error):
        for ground in (colours.surface, colours.canvas):
            assert ratio(edge, ground) >= 3
    filled = colours.primary_edge if colours.is_dark else colours.primary
    assert ratio(filled, colours.canvas) >= 3
    assert max(ratio(colours.ring_outer, colours.canvas), ratio(colours.ring_inner, colours.canvas)) >= 3
    assert ratio(colours.ring_outer, colours.ring_inner) >= 3
    for tone in Tone:
        if tone is not Tone.PLAIN:
            assert ratio(colours.shade(tone).edge, colours.surface) >= 3


@pytest.mark.parametrize("colours", THEMES, ids=lambda one: one.name)
def test_what_is_disabled_can_still_be_read(colours: Colours, qapp: QApplication) -> None:
    palette = qt_palette(colours)
    ink = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText).name()
    assert ratio(ink, palette.color(QPalette.ColorRole.Window).name()) >= 4.5
    placeholder = palette.color(QPalette.ColorRole.PlaceholderText).name()
    assert ratio(placeholder, palette.color(QPalette.ColorRole.Base).name()) >= 4.5


def test_under_a_contrast_theme_of_the_computer_only_its_colours_are_used(qapp: QApplication) -> None:
    system = QPalette()
    for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base, QPalette.ColorRole.Button):
        system.setColor(role, "#000000")
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        system.setColor(role, "#00ff00")
    system.setColor(QPalette.ColorRole.Link, "#ffff00")
    system.setColor(QPalette.ColorRole.Highlight, "#0000ff")
    system.setColor(QPalette.ColorRole.HighlightedText, "#ffffff")
    colours = from_system(system)
    used = {getattr(colours, name) for name in Colours.__slots__ if name not in ("name", "is_dark", "tones")}
    used |= {part for _, shade in colours.tones for part in (shade.ground, shade.ink, shade.edge)}
    assert used <= {"#000000", "#00ff00", "#ffff00", "#0000ff", "#ffffff"}


# -- fonts, icons, changes ---------------------------------------------------------------------------------


def test_the_bundled_font_loads_in_regular_and_bold_and_writes_welsh_and_polish(look: Look) -> None:
    assert BUNDLED_FAMILY in QFontDatabase.families()
    assert {"Regular", "Bold"} <= set(QFontDatabase.styles(BUNDLED_FAMILY))
    from PySide6.QtGui import QRawFont

    from workbook_desktop import paths

    for name in ("SourceSans3-Regular.ttf", "SourceSans3-Bold.ttf"):
        raw = QRawFont(str(paths.resource("fonts", name)), 16)
        assert all(raw.glyphIndexesForString("ŵŷâĉłśćżőșțğıŞřůđßøåñ–’“”"))


def test_an_icon_is_drawn_in_the_colour_asked_for(look: Look) -> None:
    image = icon("lock", "#ca3535").pixmap(32, 32).toImage()
    seen = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert "#ca3535" in seen


def test_text_size_and_theme_change_in_windows_that_are_open(look: Look, qtbot: QtBot) -> None:
    from ui.widgets import Body, HeadingOne

    window = QWidget()
    column = QVBoxLayout(window)
    heading, body = HeadingOne("My work"), Body("Nothing is due today.")
    column.addWidget(heading)
    column.addWidget(body)
    qtbot.addWidget(window)
    window.show()
    before = heading.font().pointSizeF(), body.font().pointSizeF()
    assert before[0] == pytest.approx(before[1] * 1.75, rel=0.01)
    look.choose(Theme.DARK, 200)
    QApplication.processEvents()
    assert heading.font().pointSizeF() == pytest.approx(before[0] * 2, rel=0.01)
    assert body.font().pointSizeF() == pytest.approx(before[1] * 2, rel=0.01)
    assert heading.font().bold()
    assert colours_now() is DARK
    assert body.palette().color(QPalette.ColorRole.WindowText).name() == DARK.text
    look.choose(text_percent=5_000)
    assert look.text_percent == 225


def test_the_wrappers_of_the_computers_settings_live_as_long_as_the_look(look: Look) -> None:
    gc.collect()
    look.choose(Theme.SYSTEM)
    assert look.colours.name in ("light", "dark", "system contrast")


# -- the focus ---------------------------------------------------------------------------------------------


def _a_list() -> QWidget:
    view = QListView()
    view.setModel(QStringListModel(["Maisie Tolland", "Alfie Tolland"], view))
    return view


KINDS: dict[str, Callable[[], QWidget]] = {
    "button": lambda: QPushButton("Save"),
    "check": lambda: QCheckBox("Bedroom seen"),
    "radio": lambda: QRadioButton("Yes, alone"),
    "combo": lambda: _filled(QComboBox()),
    "line edit": lambda: QLineEdit("27/3/2026"),
    "spin box": QSpinBox,
    "list": _a_list,
    "plain text": lambda: QPlainTextEdit("Seen"),
}


def _filled(combo: QComboBox) -> QComboBox:
    combo.addItems(["Child in need", "Child protection"])
    return combo


def _window_with(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    window = QWidget()
    column = QVBoxLayout(window)
    column.setContentsMargins(20, 20, 20, 20)
    for widget in widgets:
        column.addWidget(widget)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def _changed(before: QImage, after: QImage) -> int:
    """Count the pixels whose contrast with what was there is at least 3:1."""
    known: dict[tuple[int, int], bool] = {}
    count = 0
    for y in range(before.height()):
        for x in range(before.width()):
            pair = before.pixel(x, y), after.pixel(x, y)
            if pair[0] == pair[1]:
                continue
            if pair not in known:
                one, other = (f"#{value & 0xFFFFFF:06x}" for value in pair)
                known[pair] = ratio(one, other) >= 3
            count += known[pair]
    return count


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK, Theme.CONTRAST])
@pytest.mark.parametrize("kind", KINDS)
def test_the_keyboard_focus_is_plain_to_see(kind: str, theme: Theme, look: Look, qtbot: QtBot) -> None:
    look.choose(theme)
    other, widget = QPushButton("Elsewhere"), KINDS[kind]()
    window = _window_with(qtbot, other, widget)
    window.resize(320, 220)
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    QApplication.processEvents()
    room = widget.geometry().adjusted(-5, -5, 5, 5)
    before = window.grab(room).toImage()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(widget.hasFocus)
    QApplication.processEvents()
    after = window.grab(room).toImage()
    assert _changed(before, after) >= 2 * 2 * (widget.width() + widget.height())


def test_a_window_has_one_ring_and_it_goes_with_the_window(look: Look, qtbot: QtBot) -> None:
    fields = [QLineEdit() for _ in range(4)]
    window = _window_with(qtbot, *fields)
    for field in fields:
        field.setFocus()
        assert look.ring_of(window).widget() is field  # type: ignore[union-attr]
    assert len(window.findChildren(QFocusFrame)) == 1


def _long_page(qtbot: QtBot, high: int) -> tuple[QScrollArea, list[QLineEdit]]:
    """Return a window so high, with 40 fields below each other."""
    area, inner = QScrollArea(), QWidget()
    column = QVBoxLayout(inner)
    fields = [QLineEdit() for _ in range(40)]
    for field in fields:
        column.addWidget(field)
    area.setWidget(inner)
    area.setWidgetResizable(True)
    qtbot.addWidget(area)
    area.resize(300, high)
    area.show()
    area.activateWindow()
    return area, fields


def test_focus_is_scrolled_into_view_with_its_ring(look: Look, qtbot: QtBot) -> None:
    area, fields = _long_page(qtbot, 200)
    fields[-1].setFocus()
    qtbot.waitUntil(lambda: area.verticalScrollBar().value() > 0)
    ring = look.ring_of(area)
    assert ring is not None
    qtbot.waitUntil(ring.isVisible)
    assert area.viewport().rect().contains(ring.geometry())


def test_what_has_the_focus_stays_in_view_when_the_text_grows(look: Look, qtbot: QtBot) -> None:
    area, fields = _long_page(qtbot, 300)
    inner = area.widget()
    fields[20].setFocus()
    qtbot.waitUntil(lambda: area.verticalScrollBar().value() > 0)
    high = inner.height()
    look.choose(text_percent=200)
    qtbot.waitUntil(lambda: inner.height() > high * 1.5)

    def is_seen() -> bool:
        top = fields[20].mapTo(area.viewport(), QPoint(0, 0))
        return area.viewport().rect().contains(QRect(top, fields[20].size()))

    qtbot.waitUntil(is_seen)
    look.choose(text_percent=100)


# -- sizes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("percent", [100, 200])
def test_everything_that_can_be_pressed_is_36_px_or_more(percent: int, look: Look, qtbot: QtBot) -> None:
    look.choose(text_percent=percent)
    window = _shown_specimen(qtbot)
    pressable = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and not isinstance(widget.parentWidget(), QAbstractSpinBox)  # its field is a part of it
    ]
    assert len(pressable) > 15
    for widget in pressable:
        size = widget.size()
        assert min(size.width(), size.height()) >= 36, f"{widget.metaObject().className()} {size}"


@pytest.mark.parametrize("percent", [100, 150, 200, 225])
def test_nothing_is_cut_when_the_text_is_large(percent: int, look: Look, qtbot: QtBot) -> None:
    look.choose(text_percent=percent)
    window = _shown_specimen(qtbot)
    for label in window.findChildren(QLabel):
        if not label.isVisible():
            continue
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        assert label.height() >= needed, f"“{label.text()}” is cut: {label.height()} < {needed}"
        longest = max(label.fontMetrics().horizontalAdvance(word) for word in label.text().split())
        assert label.width() >= longest, f"“{label.text()}” is cut: {label.width()} < {longest}"
    for button in window.findChildren(QPushButton):
        assert button.width() >= button.sizeHint().width(), button.text()
    for radio in window.findChildren(QRadioButton):
        option = QStyleOptionButton()
        radio.initStyleOption(option)
        room = radio.style().subElementRect(QStyle.SubElement.SE_RadioButtonContents, option, radio)
        assert room.width() >= radio.fontMetrics().horizontalAdvance(radio.text()), radio.text()
    for area in window.findChildren(QScrollArea):
        assert area.horizontalScrollBar().maximum() == 0, "the page scrolls sideways"


def _shown_specimen(qtbot: QtBot) -> QWidget:
    window = specimen()
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    QApplication.processEvents()
    return window


def test_marks_of_choices_grow_with_the_text(look: Look, qtbot: QtBot) -> None:
    check = QCheckBox("Seen")
    qtbot.addWidget(check)
    small = check.style().pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, None, check)
    look.choose(text_percent=200)
    QApplication.processEvents()
    large = check.style().pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, None, check)
    assert small >= 20
    assert large >= small * 1.8


# -- habits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [lambda: QTableWidget(3, 3), _a_list, QPlainTextEdit, QTextEdit],
    ids=["table", "list", "plain", "text"],
)
def test_tab_leaves(make: Callable[[], QWidget], look: Look, qtbot: QtBot) -> None:
    before, middle, after = QLineEdit(), make(), QLineEdit()
    window = _window_with(qtbot, before, middle, after)
    before.setFocus()
    for _ in range(2):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert after.hasFocus()
    qtbot.keyClick(after, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert middle.hasFocus()
    window.close()


def test_the_ring_goes_when_nothing_has_the_keyboard(look: Look, qtbot: QtBot) -> None:
    window = QWidget()
    field = QLineEdit()
    QVBoxLayout(window).addWidget(field)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    field.setFocus()
    ring = look.ring_of(window)
    assert ring is not None
    qtbot.waitUntil(ring.isVisible)
    field.clearFocus()
    qtbot.waitUntil(lambda: not ring.isVisible())
    field.setFocus()
    qtbot.waitUntil(ring.isVisible)


@pytest.mark.parametrize(
    "make", [lambda: _filled(QComboBox()), QSpinBox, QDateEdit], ids=["combo", "spin", "date"]
)
def test_the_wheel_changes_a_field_only_when_the_worker_is_in_it(
    make: Callable[[], QWidget], look: Look, qtbot: QtBot
) -> None:
    first, field = QLineEdit(), make()
    window = _window_with(qtbot, first, field)
    first.setFocus()
    before = _value(field)
    passed_on = _wheel(field)
    assert _value(field) == before
    assert passed_on, "Qt offers only a wheel event that nobody took to the page behind"
    assert not field.hasFocus()
    field.setFocus()
    _wheel(field)
    assert _value(field) != before
    window.close()


def _value(field: QWidget) -> object:
    return field.currentIndex() if isinstance(field, QComboBox) else field.property("text")


def _wheel(widget: QWidget) -> bool:
    """Turn the wheel one notch over a widget; say whether the event was left for others."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, -120 if isinstance(widget, QComboBox) else 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return not event.isAccepted()


def test_many_windows_come_and_go_without_a_crash(look: Look, qtbot: QtBot) -> None:
    from ui.widgets import HeadingOne

    for number in range(300):
        window = QWidget()
        column = QVBoxLayout(window)
        heading, field = HeadingOne(f"Heading {number}"), QLineEdit()
        column.addWidget(heading)
        column.addWidget(field)
        window.show()
        field.setFocus()
        interface = QAccessible.queryAccessibleInterface(heading)
        assert interface.role() == QAccessible.Role.Heading
        assert interface.text(QAccessible.Text.Name) == f"Heading {number}"
        heading.setText("Changed")
        assert interface.text(QAccessible.Text.Name) == "Changed"
        window.close()
        window.deleteLater()
        if number % 50 == 0:
            QApplication.processEvents()
            gc.collect()
