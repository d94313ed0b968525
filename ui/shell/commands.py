"""The frame's commands: what each is called, its keys, its menu, when it makes sense. The keyboard map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

ALWAYS, OPEN, CHILD = "always", "open", "child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something the worker can ask of the window. Every key has a second path: its menu."""

    name: str
    menu: str
    words: str  # with its mnemonic
    keys: tuple[str, ...] = ()
    when: str = OPEN
    parted: bool = False  # a line above it in the menu
    in_menu: bool = True


COMMANDS = (
    Command(name="new", menu="File", words="&New record…", keys=("Ctrl+N",)),
    Command(name="send-now", menu="File", words="&Send and receive now", keys=("Ctrl+R", "F5"), parted=True),
    Command(name="sending", menu="File", words="S&ending and receiving"),
    Command(name="account", menu="File", words="Your &work account…"),
    Command(name="hide", menu="File", words="&Hide screen", keys=("F9", "Ctrl+Shift+H"), parted=True),
    Command(name="lock", menu="File", words="&Lock", keys=("Ctrl+L",)),
    Command(name="close", menu="File", words="&Close Workbook", keys=("Ctrl+Q",), when=ALWAYS, parted=True),
    Command(name="undo", menu="Edit", words="&Undo", keys=("Ctrl+Z",)),
    Command(name="redo", menu="Edit", words="&Redo", keys=("Ctrl+Shift+Z", "Ctrl+Y")),
    Command(name="cut", menu="Edit", words="Cu&t", keys=("Ctrl+X",), parted=True),
    Command(name="copy", menu="Edit", words="&Copy", keys=("Ctrl+C",)),
    Command(name="paste", menu="Edit", words="&Paste", keys=("Ctrl+V",), when=ALWAYS),
    Command(name="select-all", menu="Edit", words="Select &all", keys=("Ctrl+A",)),
    Command(name="find", menu="Edit", words="&Find or go to…", keys=("Ctrl+K",), parted=True),
    Command(name="home", menu="View", words="&Home", keys=("Alt+Home",)),
    Command(name="caseload", menu="View", words="&Caseload", keys=("Ctrl+Shift+K",)),
    Command(name="measures", menu="View", words="&Measures"),
    Command(name="back", menu="View", words="&Back", keys=("Alt+Left",)),
    Command(name="next-pane", menu="View", words="Next &part of the window", keys=("F6",), parted=True),
    Command(name="previous-pane", menu="View", words="Pre&vious part of the window", keys=("Shift+F6",)),
    Command(name="next-section", menu="View", words="Next &section", keys=("Ctrl+PgDown",), parted=True),
    Command(name="previous-section", menu="View", words="Previous s&ection", keys=("Ctrl+PgUp",)),
    Command(name="next-problem", menu="View", words="Next p&roblem", keys=("F8",)),
    Command(name="previous-problem", menu="View", words="Previous pr&oblem", keys=("Shift+F8",)),
    Command(
        name="save-and-continue",
        menu="View",
        words="Save and continue",
        keys=("Ctrl+Return", "Ctrl+Enter"),
        in_menu=False,
    ),
    Command(name="save", menu="File", words="Sa&ve (it is saved by itself too)", keys=("Ctrl+S",)),
    Command(
        name="larger",
        menu="View",
        words="&Larger text",
        keys=("Ctrl++", "Ctrl+="),
        when=ALWAYS,
        parted=True,
    ),
    Command(name="smaller", menu="View", words="S&maller text", keys=("Ctrl+-",), when=ALWAYS),
    Command(name="normal", menu="View", words="&Normal text", keys=("Ctrl+0",), when=ALWAYS),
    Command(name="child-file", menu="Child", words="Open the &file", keys=("Ctrl+Shift+F",), when=CHILD),
    Command(name="child-visit", menu="Child", words="Start a &visit", keys=("Ctrl+Shift+V",), when=CHILD),
    Command(name="child-new", menu="Child", words="&New record for this family…", when=CHILD),
    Command(name="child-paper", menu="Child", words="On &paper…", keys=("Ctrl+P",), when=CHILD),
    Command(name="child-versions", menu="Child", words="Versions of this &record", when=CHILD),
    Command(name="shortcuts", menu="Help", words="&Keyboard shortcuts", keys=("Ctrl+/",), when=ALWAYS),
    Command(name="help", menu="Help", words="&Help", keys=("F1",), when=ALWAYS),
)

MENUS = ("File", "Edit", "View", "Child", "Help")

# Keys that belong to a page and not to the window; listed here for the worker.
PAGE_KEYS = (
    ("Save and go to the next section; save a decision", "Ctrl+Enter"),
    ("Next and previous section", "Ctrl+PgDn, Ctrl+PgUp"),
    ("Next and previous problem, or thing to decide", "F8, Shift+F8"),
    ("Next question that must be answered", "Ctrl+Shift+U"),
    ("What is known now and differs from what stands in this record", "Ctrl+Shift+D"),
    ("Choose what to keep, when two of you changed the same thing", "Alt+1 to Alt+4"),
    ("What you are asked to read, on the home page and in a file", "Ctrl+Shift+R"),
    ("How the date one is on was worked out, on the home page", "Alt+W"),
    ("Other forms, in a file", "Alt+O"),
    ("Blocks of a child's file", "Ctrl+1 to Ctrl+9"),
    ("Today's date, the time now", "Ctrl+; and Ctrl+Shift+;"),
    ("Find in the chronology; the next year and the one before", "Ctrl+F; Ctrl+PgDn, Ctrl+PgUp"),
    ("Go through a genogram; move its drawing; nearer and further", "Arrows; Ctrl+arrows; + and -"),
    ("Open a row of a list", "Enter"),
    ("Close a pop-up (never throws anything away)", "Esc"),
)


def shown_keys(command: Command) -> str:
    """Return a command's keys as workers read them: "F9 or Ctrl+Shift+H"."""
    return " or ".join(key.replace("Return", "Enter") for key in command.keys)


class CommandBar:
    """The menus of a window, and their keys."""

    def __init__(self, window: QMainWindow, does: Mapping[str, Callable[[], None]]) -> None:
        self._window = window
        self.actions: dict[str, QAction] = {}
        menus = {}
        for name in MENUS:
            menu = window.menuBar().addMenu(f"&{name}")
            menu.setObjectName(f"menu:{name.lower()}")
            menus[name] = menu
        for command in sorted(COMMANDS, key=lambda each: MENUS.index(each.menu)):
            action = QAction(command.words, window)
            action.setObjectName(f"do:{command.name}" if command.name != "home" else "go:home")
            keys = [QKeySequence(key) for key in command.keys]
            action.setShortcuts(keys)
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            act = does[command.name]
            action.triggered.connect(lambda *_, act=act: act())
            window.addAction(action)  # so that its keys work while the menus are out of sight
            if command.in_menu:
                if command.parted:
                    menus[command.menu].addSeparator()
                menus[command.menu].addAction(action)
            self.actions[command.name] = action
        self.allow(is_open=False, has_child=False)

    def allow(self, *, is_open: bool, has_child: bool) -> None:
        """Offer what makes sense now."""
        for command in COMMANDS:
            wanted = command.when == ALWAYS or (is_open and (command.when == OPEN or has_child))
            action = self.actions[command.name]
            if action.isEnabled() != wanted:
                action.setEnabled(wanted)

    def allow_only(self, *names: str) -> None:
        """Offer these alone: while the screen is hidden."""
        for name, action in self.actions.items():
            action.setEnabled(name in names)
