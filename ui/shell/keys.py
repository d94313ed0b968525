"""What the frame's commands do: one place for the keys, the menus and the buttons of the frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ui.shell.places import Kind, Place
from ui.shell.screen import first_control

if TYPE_CHECKING:
    from ui.exchange import Exchange
    from ui.shell.frame import Frame
    from ui.shell.routes import Routes
    from ui.shell.window import Shell
    from ui.style.look import Look

TEXT_STEPS = (100, 110, 125, 150, 175, 200, 225)


class Keys:
    """The acts of one window."""

    def __init__(
        self,
        shell: Shell,
        exchange: Exchange,
        look: Look | None,
        routes: Callable[[], Routes | None],
        frame: Callable[[], Frame | None],
    ) -> None:
        """`routes`: of the open Workbook; None while it is locked or hidden. `frame`: what is around it."""
        self._shell, self._exchange, self._look = shell, exchange, look
        self._routes, self._frame = routes, frame

    def acts(self) -> dict[str, Callable[[], None]]:
        """Return what each of `COMMANDS` does."""

        def ask(verb: str) -> Callable[[], None]:
            return lambda: self.ask(verb)

        def page(verb: str) -> Callable[[], None]:
            return lambda: self._page(verb)

        return {
            "new": ask("new_record"),
            "send-now": self._exchange.request,
            "sending": ask("sending"),
            "account": lambda: self.go(Kind.ACCOUNT),
            "hide": self._shell.hide_screen,
            "lock": self._shell.lock,
            "close": self._close,
            "undo": lambda: self._take_back("undo"),
            "redo": lambda: self._take_back("redo"),
            "cut": lambda: self._edit("cut"),
            "copy": lambda: self._edit("copy"),
            "paste": lambda: self._edit("paste"),
            "select-all": lambda: self._edit("selectAll"),
            "find": ask("find"),
            "home": ask("home"),
            "caseload": ask("caseload"),
            "measures": lambda: self.go(Kind.MEASURES),
            "back": ask("back"),
            "next-pane": lambda: self._pane(1),
            "previous-pane": lambda: self._pane(-1),
            "next-section": page("next_section"),
            "previous-section": page("previous_section"),
            "next-problem": page("next_problem"),
            "previous-problem": page("previous_problem"),
            "save-and-continue": page("save_and_continue"),
            "save": ask("save_aloud"),
            "larger": lambda: self.text_size(1),
            "smaller": lambda: self.text_size(-1),
            "normal": lambda: self.text_size(0),
            "child-file": lambda: self._child("file"),
            "child-visit": lambda: self._child("visit"),
            "child-new": lambda: self._child("new"),
            "child-paper": lambda: self._child("paper"),
            "child-versions": ask("versions"),
            "shortcuts": ask("shortcuts"),
            "help": ask("shortcuts"),
        }

    def ask(self, verb: str) -> None:
        """Ask the ways of the open Workbook for something; nothing while it is not open."""
        routes = self._routes()
        if routes is not None:
            getattr(routes, verb)()

    def go(self, kind: Kind) -> None:
        """Go to a page that needs no id."""
        routes = self._routes()
        if routes is not None:
            routes.to(Place(kind=kind))

    def _page(self, verb: str) -> None:
        routes = self._routes()
        if routes is not None and routes.screen is not None:
            getattr(routes.screen, verb)()

    def _close(self) -> None:
        self._shell.close()

    def _child(self, what: str) -> None:
        routes = self._routes()
        if routes is not None:
            routes.about_child(what)

    def _take_back(self, verb: str) -> None:
        """Undo or redo: what the page knows of, else what the text that has the focus does."""
        routes = self._routes()
        if routes is None or routes.screen is None or not getattr(routes.screen, verb)():
            self._edit(verb)

    def _edit(self, verb: str) -> None:
        focused = self._shell.focusWidget()
        act = getattr(focused, verb, None)
        if act is not None:
            act()

    def _pane(self, step: int) -> None:
        routes, frame = self._routes(), self._frame()
        if routes is None or frame is None:
            return
        parts: list[QWidget] = [frame.bar]
        parts += routes.screen.panes() if routes.screen is not None else ()
        parts.append(frame.status)
        panes = [part for part in parts if first_control(part) is not None]
        focused: QWidget | None = self._shell.focusWidget()
        here = next(
            (
                at
                for at, part in enumerate(panes)
                if focused is part or (focused is not None and part.isAncestorOf(focused))
            ),
            0 if step > 0 else 1,
        )
        target = first_control(panes[(here + step) % len(panes)]) if panes else None
        if target is not None:
            reason = Qt.FocusReason.TabFocusReason if step > 0 else Qt.FocusReason.BacktabFocusReason
            target.setFocus(reason)

    def text_size(self, step: int) -> None:
        """Make the text larger (1), smaller (-1), or as it was (0)."""
        if self._look is None:
            return
        now = self._look.text_percent
        if step == 0:
            wanted = 100
        elif step > 0:
            wanted = next((size for size in TEXT_STEPS if size > now), TEXT_STEPS[-1])
        else:
            wanted = next((size for size in reversed(TEXT_STEPS) if size < now), TEXT_STEPS[0])
        self._look.choose(text_percent=wanted)
        frame = self._frame()
        if frame is not None:
            frame.say_text_size(wanted)
