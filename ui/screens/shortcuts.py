"""Every key in one list, and how to get help. Works before there is a connection, like everything else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout

from ui.shell.commands import COMMANDS, MENUS, PAGE_KEYS, shown_keys
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.widgets import Button, HeadingTwo, Inset, Page, RowStack, SummaryRow


class ShortcutsScreen(Screen):
    """The keyboard map."""

    def __init__(self, go: Navigator) -> None:
        super().__init__()
        self.setObjectName("screen:shortcuts")
        self.setAccessibleIdentifier("screen:shortcuts")
        go.title("Keyboard shortcuts and help")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("Keyboard shortcuts and help")
        outer.addWidget(self.page)
        self._back = Button("&Back  Alt+Left", identifier="do:back")
        self._back.clicked.connect(lambda *_: go.back())
        self.page.add(
            self._back,
            Inset(
                "What you type is saved on this laptop by itself, at the latest after two seconds. "
                "Offline is no fault: your work goes to the office when there is a connection. "
                "If something looks wrong, copy the details for IT under Sending and receiving."
            ),
        )
        for menu in MENUS:
            rows = [
                SummaryRow(command.words.replace("&", ""), shown_keys(command), action="")
                for command in COMMANDS
                if command.menu == menu and command.keys
            ]
            if rows:
                self.page.add(HeadingTwo(menu), RowStack(*rows))
        self.page.add(
            HeadingTwo("On a page"),
            RowStack(*(SummaryRow(words, keys, action="") for words, keys in PAGE_KEYS)),
        )
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(go.back)

    def begin(self) -> None:
        """Start at the way back."""
        self.page.arrive()
        self._back.setFocus(Qt.FocusReason.OtherFocusReason)
