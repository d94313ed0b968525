"""The base widgets: by keyboard alone, with names and states that a screen reader says."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Protocol

import pytest
import shiboken6
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui import widgets as w
from ui.style import Look, Theme, Tone, apply

ROLE = QAccessible.Role
NAME = QAccessible.Text.Name


@pytest.fixture(autouse=True)
def look(qapp: QApplication) -> Iterator[Look]:
    before = QPalette(qapp.palette()), qapp.font()
    put_on = apply(qapp, Theme.LIGHT, 100)
    yield put_on
    qapp.setStyle("Fusion")
    qapp.setPalette(before[0])
    qapp.setFont(before[1])
    shiboken6.delete(put_on)


class Show(Protocol):
    def __call__(self, *widgets: QWidget, width: int = 700, height: int = 500) -> QWidget: ...


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    """Puts widgets below each other into a window, which lives as long as the test."""
    kept: list[QWidget] = []

    def put(*widgets: QWidget, width: int = 700, height: int = 500) -> QWidget:
        window = QWidget()
        kept.append(window)
        column = QVBoxLayout(window)
        for widget in widgets:
            column.addWidget(widget)
        qtbot.addWidget(window)
        window.resize(width, height)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    return put


# -- words -----------------------------------------------------------------------------------------------


def test_text_is_never_markup_and_an_ampersand_is_one(qtbot: QtBot) -> None:
    for label in (w.Body("<b>5 & 6</b>"), w.Hint("<b>5 & 6</b>"), w.HeadingOne("<b>5 & 6</b>")):
        qtbot.addWidget(label)
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert label.buddy() is None  # without a buddy QLabel shows an "&" as it is
        assert QAccessible.queryAccessibleInterface(label).text(NAME) == "<b>5 & 6</b>"


def test_a_heading_is_a_heading_for_a_screen_reader_through_300_lives(qtbot: QtBot) -> None:
    for number in range(300):
        heading = w.HeadingTwo(f"Part {number}")
        interface = QAccessible.queryAccessibleInterface(heading)
        assert interface.role() == ROLE.Heading
        assert interface.text(NAME) == f"Part {number}"
        heading.setText("& changed")
        assert interface.text(NAME) == "& changed"
        if number % 2:
            shiboken6.delete(heading)
        del heading, interface
        if number % 60 == 0:
            gc.collect()
    body = w.Body("Words")
    qtbot.addWidget(body)
    assert QAccessible.queryAccessibleInterface(body).role() == ROLE.StaticText


def test_a_field_label_names_its_field(show: Show, qtbot: QtBot) -> None:
    label, field = w.FieldLabel("&Date of visit"), QLineEdit()
    label.set_field(field)
    window = show(label, field)
    assert QAccessible.queryAccessibleInterface(field).text(NAME) == "Date of visit"
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.AltModifier)
    assert field.hasFocus()


def test_a_fault_begins_with_a_word_and_goes_when_there_is_none(show: Show) -> None:
    fault = w.Fault()
    show(fault)
    assert not fault.isVisible()
    fault.say("Date must be in the past")
    assert fault.isVisible()
    assert fault.text() == "Error: Date must be in the past"


# -- buttons ---------------------------------------------------------------------------------------------


def test_a_button_keeps_its_weight_and_grows_with_the_text(look: Look, show: Show, qtbot: QtBot) -> None:
    main, other = w.Button("Save and continue", w.Rank.PRIMARY), w.Button("Leave")
    show(main, other)
    before = main.height()
    assert main.font().bold()
    assert not other.font().bold()
    look.choose(text_percent=200)
    qtbot.waitUntil(lambda: main.height() > before * 1.6)
    assert main.font().bold()
    assert main.font().pointSizeF() == pytest.approx(other.font().pointSizeF())


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_link_button_works_by_keyboard_and_says_what_it_changes(
    key: Qt.Key, show: Show, qtbot: QtBot
) -> None:
    link = w.LinkButton("Change", hidden_context="was the child seen")
    show(link)
    assert QAccessible.queryAccessibleInterface(link).text(NAME) == "Change was the child seen"
    link.setFocus()
    with qtbot.waitSignal(link.clicked):
        qtbot.keyClick(link, key)


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_task_row_is_one_link_whose_name_carries_its_state(key: Qt.Key, show: Show, qtbot: QtBot) -> None:
    row = w.TaskRow("Child's voice", "To do", Tone.NEUTRAL, detail="Needs a reason")
    show(row)
    assert QAccessible.queryAccessibleInterface(row).text(NAME) == "Child's voice, Needs a reason, To do"
    row.say("Done", Tone.PLAIN, detail="")
    row.set_chosen(True)
    assert QAccessible.queryAccessibleInterface(row).text(NAME) == "Child's voice, Done, being shown"
    row.setFocus()
    with qtbot.waitSignal(row.clicked):
        qtbot.keyClick(row, key)


# -- bands -----------------------------------------------------------------------------------------------


def test_the_error_summary_takes_the_focus_and_each_link_goes_to_its_field(show: Show, qtbot: QtBot) -> None:
    summary, first, second = w.ErrorSummary(), QLineEdit(), QLineEdit()
    called: list[str] = []
    window = show(summary, first, second)
    assert not summary.isVisible()
    summary.show_problems(
        [
            ("Enter a date", first),
            ("Say who was seen", second),
            ("Open the row", lambda: called.append("opened")),
        ]
    )
    assert summary.hasFocus()
    assert summary.accessibleName() == "There is a problem"
    qtbot.keyClick(summary, Qt.Key.Key_Tab)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is summary.links[1]
    qtbot.keyClick(summary.links[1], Qt.Key.Key_Return)
    assert second.hasFocus()
    qtbot.mouseClick(summary.links[2], Qt.MouseButton.LeftButton)
    assert called == ["opened"]
    summary.show_problems([])
    assert not summary.isVisible()
    window.close()


def test_a_banner_acts_by_its_button_and_never_goes_by_itself(show: Show, qtbot: QtBot) -> None:
    acted: list[str] = []
    banner = w.Banner(
        Tone.WARNING, "Two workers", "Agreed in January.", action="Why", on_action=lambda: acted.append("why")
    )
    show(banner)
    assert banner.accessibleName() == "Warning. Two workers. Agreed in January"
    assert banner.button is not None
    qtbot.mouseClick(banner.button, Qt.MouseButton.LeftButton)
    assert acted == ["why"]
    assert banner.isVisible()


def test_busy_words_come_only_when_the_wait_is_felt_and_nothing_jumps(show: Show, qtbot: QtBot) -> None:
    busy, below = w.BusyState(), QLabel("Below")
    show(busy, below)
    place = below.y()
    busy.begin("Opening the family")
    assert not busy.is_seen
    qtbot.waitUntil(lambda: busy.is_seen, timeout=3000)
    QApplication.processEvents()
    assert below.y() == place
    busy.end()
    QApplication.processEvents()
    assert below.y() == place
    busy.begin("Again")
    busy.end()
    assert not busy.is_seen


def test_an_error_says_cause_safety_and_step_and_copies_its_code_for_it(show: Show, qtbot: QtBot) -> None:
    state = w.ErrorState(
        "The disk is full", "Your work is safe.", "Free some space.", code="disk-full", action="Try again",
        details=lambda: "disk-full free=0",
    )  # fmt: skip
    show(state)
    assert state.accessibleName() == "The disk is full. Your work is safe. Free some space"
    qtbot.mouseClick(state.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "disk-full free=0"
    assert state.button is not None
    with qtbot.waitSignal(state.acted):
        state.button.click()


# -- rows ------------------------------------------------------------------------------------------------


def _rows(*keys: str) -> tuple[w.Row, ...]:
    return tuple(w.Row(key=key, title=f"Visit {key}", detail="Maisie Tolland", state="Draft") for key in keys)


def _list(show: Show, *rows: w.Row) -> w.RowList:
    listed = w.RowList("My work")
    listed.set_rows(rows)
    show(listed)
    listed.setFocus()
    return listed


def test_a_list_says_its_name_and_count_and_each_row_its_state(show: Show) -> None:
    listed = _list(show, w.Row(key="h", title="Tolland", is_heading=True), *_rows("1", "2"))
    assert listed.accessibleName() == "My work, 2 rows"
    spoken = listed.row_model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Visit 1, Maisie Tolland, Draft"
    cell = QAccessible.queryAccessibleInterface(listed).child(1)
    assert cell.text(NAME) == spoken


def test_arrows_move_past_headings_and_enter_opens(show: Show, qtbot: QtBot) -> None:
    listed = _list(
        show,
        w.Row(key="h1", title="Tolland", is_heading=True),
        *_rows("1"),
        w.Row(key="h2", title="Okafor", is_heading=True),
        *_rows("2"),
    )
    assert listed.current_key == "1"
    qtbot.keyClick(listed, Qt.Key.Key_Down)
    assert listed.current_key == "2"
    with qtbot.waitSignal(listed.opened) as opened:
        qtbot.keyClick(listed, Qt.Key.Key_Return)
    assert opened.args == ["2"]


def test_a_click_opens_once(show: Show, qtbot: QtBot) -> None:
    listed = _list(show, *_rows("1", "2"))
    seen: list[str] = []
    listed.opened.connect(seen.append)
    where = listed.visualRect(listed.row_model.index(1)).center()
    qtbot.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert seen == ["2"]


def test_a_refresh_keeps_the_workers_place(show: Show) -> None:
    listed = _list(show, *_rows("1", "2", "3"))
    listed.choose("2")
    resets: list[None] = []
    listed.row_model.modelReset.connect(lambda: resets.append(None))
    changed = list(_rows("1", "2", "3"))
    changed[2] = w.Row(key="3", title="Visit 3", state="Sending")
    listed.set_rows(changed)
    assert resets == []
    assert listed.rows[2].state == "Sending"
    listed.set_rows(_rows("0", "1", "2", "3"))
    assert listed.current_key == "2"
    listed.set_rows(_rows("0"))
    assert listed.current_key == ""


def test_rows_are_44_px_or_more_and_a_narrow_list_puts_the_state_below(
    look: Look, show: Show, qtbot: QtBot
) -> None:
    listed = _list(show, *_rows("1"))
    wide = listed.sizeHintForRow(0)
    assert wide >= 44
    look.choose(text_percent=225)
    qtbot.waitUntil(lambda: listed.sizeHintForRow(0) > wide * 2)
    assert listed.uniformItemSizes()


def test_letters_jump_to_a_title(show: Show, qtbot: QtBot) -> None:
    listed = _list(show, *(w.Row(key=name, title=name) for name in ("Alfie", "Maisie", "Noah")))
    qtbot.keyClick(listed, Qt.Key.Key_M)
    assert listed.current_key == "Maisie"


# -- pages and bars --------------------------------------------------------------------------------------


def test_a_page_begins_at_its_first_field_and_its_column_stays_readable(show: Show) -> None:
    page, field = w.Page("Child seen"), QLineEdit()
    page.add(w.Body("Words " * 60), field)
    page.add_button(w.Button("Save and continue", w.Rank.PRIMARY))
    window = show(page, width=1366)
    page.arrive()
    assert field.hasFocus()
    assert field.width() < page.fontMetrics().averageCharWidth() * 90
    assert page.horizontalScrollBar().maximum() == 0
    window.resize(600, 400)
    QApplication.processEvents()
    assert page.horizontalScrollBar().maximum() == 0


@pytest.mark.parametrize(("width", "percent"), [(1093, 100), (911, 150), (911, 200), (683, 200)])
def test_a_page_never_scrolls_sideways(width: int, percent: int, look: Look, show: Show) -> None:
    look.choose(text_percent=percent)
    page = w.Page("Child and family assessment")
    page.add(
        w.Banner(Tone.ERROR, "Not accepted – fix 2 things", "Look at the dates.", action="Show them"),
        w.SummaryRow("Was the child seen alone?", "Yes, with others, 27 March 2026"),
        w.TaskRow("What happens if the plan does not work?", "Needs your decision", Tone.WARNING),
        w.ErrorState("The disk is full", "Your work is safe.", "Free some space.", code="disk-full"),
    )
    page.add_button(
        w.Button("Save and continue", w.Rank.PRIMARY), w.Button("Leave section"), w.Button("Print")
    )
    show(page, width=width, height=430)
    QApplication.processEvents()
    assert page.horizontalScrollBar().maximum() == 0


def test_the_identity_bar_and_the_status_line_say_what_they_show(show: Show) -> None:
    bar, line = w.IdentityBar(), w.StatusLine()
    bar.show_identity("Maisie Tolland", ("7 years",), ("Two-worker visits",))
    bar.show_identity("Alfie Tolland", ("4 years",))
    line.say("saved", "Saved on this laptop 14:32")
    line.say("office", "Offline – 3 waiting")
    line.say("saved", "Saved on this laptop 14:33")
    show(bar, line)
    assert bar.accessibleName() == "Alfie Tolland, 4 years"
    assert line.accessibleName() == "Saved on this laptop 14:33 | Offline – 3 waiting"
    assert line.words("saved") == "Saved on this laptop 14:33"


def test_the_identity_bars_words_are_readable_in_every_theme(look: Look, show: Show) -> None:
    bar = w.IdentityBar()
    bar.show_identity("Maisie Tolland", ("7 years",))
    show(bar)
    for theme in (Theme.LIGHT, Theme.DARK, Theme.CONTRAST):
        look.choose(theme)
        QApplication.processEvents()
        for label in bar.findChildren(QLabel):
            ink = label.palette().color(label.foregroundRole()).name()
            assert ink == look.colours.on_identity


def test_a_summary_row_says_when_nothing_was_provided(show: Show, qtbot: QtBot) -> None:
    row = w.SummaryRow("Child's voice", "")
    show(row)
    assert not row.value.isVisible()
    assert row.action is not None
    with qtbot.waitSignal(row.changed):
        row.action.click()
    row.set_value("She drew her house.")
    assert row.value.isVisible()


def test_chips_run_on_to_a_new_line_when_there_is_no_room(show: Show) -> None:
    holder = QWidget()
    flow = w.FlowLayout(holder)
    for number in range(12):
        flow.addWidget(w.Tag(f"Child's words {number}", Tone.INFO))
    show(holder, width=400)
    assert flow.heightForWidth(300) > flow.heightForWidth(3000)
    assert all(flow.itemAt(place).geometry().right() <= holder.width() for place in range(flow.count()))


def test_an_announcement_can_be_made_of_any_widget(qtbot: QtBot) -> None:
    label = w.Body("Saved")
    qtbot.addWidget(label)
    w.announce(label, "Saved")
    w.announce(label, "There is a problem", assertive=True)


def test_no_base_widget_hides_a_method_of_qt_that_it_does_not_mean_to() -> None:
    """Such as an attribute called `widget`: Qt would find a value where its method was."""
    meant = {
        *("changeEvent", "paintEvent", "enterEvent", "leaveEvent", "resizeEvent"),
        *("keyPressEvent", "focusInEvent", "setText"),
        *("sizeHint", "minimumSizeHint", "hasHeightForWidth", "heightForWidth", "currentChanged"),
        *("addItem", "addWidget", "count", "itemAt", "takeAt", "expandingDirections"),
        *("setGeometry", "minimumSize", "rowCount", "data", "flags", "paint", "eventFilter", "invalidate"),
    }  # fmt: skip
    for name in w.__all__:
        kind = getattr(w, name)
        if not isinstance(kind, type) or not issubclass(kind, QObject):
            continue
        for base in kind.__mro__:
            if not base.__module__.startswith("ui."):
                continue
            qt = [one for one in base.__mro__ if one.__module__.startswith("PySide6.")]
            hidden = {
                own
                for own in vars(base)
                if not own.startswith("_")
                and own != "staticMetaObject"
                and any(own in vars(one) for one in qt)
                and own not in meant
            }
            assert not hidden, f"{base.__name__}: {hidden}"
