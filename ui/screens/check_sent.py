"""What is said once a record is released: what happens next, and then what became of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.style import Rank, Tone
from ui.widgets.banners import Banner
from ui.widgets.buttons import Button
from ui.widgets.order import follow_reading_order
from ui.widgets.page import Page
from ui.widgets.text import Body, HeadingTwo, caption_safe
from workbook_desktop.workspace.views import OpenRecord


class SentPage(Page):
    """It is on its way: what happens next."""

    def __init__(
        self, title: str, text: str, view: OpenRecord, when: str, managers: str, signed: bool
    ) -> None:
        super().__init__(title, caption=view.form.name or view.form.title)
        self._of = view.form.name or view.form.title
        self._standing = QWidget()
        column = QVBoxLayout(self._standing)
        column.setContentsMargins(0, 0, 0, 0)
        self._banner = Banner(Tone.SUCCESS, text, when)
        column.addWidget(self._banner)
        self._said = ""
        self.add(self._standing)
        self._next = (
            HeadingTwo("What happens next"),
            Body("It is safe on this laptop. When there is a connection it is sent to the office."),
        )
        self.add(*self._next)
        readers = f"{managers} (team manager) and the team" if managers else "The team"
        self.add(Body(f"{readers} can read it in the {view.family.name} family’s file once it has arrived."))
        if signed:
            words = "What is signed off is not altered. What comes later goes into a record of its own."
            self.add(Body(words))
        else:
            self.add(
                Body(
                    "You can go on writing in it. What you change is a draft again, until you send it again."
                )
            )
        self.family = Button(
            caption_safe(f"Back to the {view.family.name} family"),
            Rank.PRIMARY,
            identifier="do:back-to-family",
        )
        self.home = Button("My work", identifier="do:home")
        self.sending = Button("Sending", identifier="do:sending")
        self.take_back = Button("Take it back", identifier="do:take-back")
        self.add_button(self.family, self.home, self.sending, self.take_back)

    def follow(
        self, tone: Tone, title: str, text: str, action: str = "", act: Callable[[], None] | None = None
    ) -> None:
        """Say what became of it, in place of what was said when it was released; once."""
        if title == self._said:
            return
        self._said = title
        column = self._standing.layout()
        assert column is not None
        old, self._banner = self._banner, Banner(tone, title, text, action=action, on_action=act)
        column.removeWidget(old)
        old.hide()
        old.deleteLater()
        column.addWidget(self._banner)
        if self._banner.button is not None:
            self._banner.button.setObjectName("do:follow")
        self.set_title(title, self._of)
        for each in self._next:
            each.hide()
        if self.take_back.hasFocus():
            self.family.setFocus(Qt.FocusReason.OtherFocusReason)
        self.take_back.setEnabled(False)
        follow_reading_order(self.window())
        self._banner.speak()

    def say_gone(self) -> None:
        """Say that it cannot be taken back any more."""
        self.take_back.setEnabled(False)
        banner = Banner(Tone.INFO, "It is already on its way", "It cannot be taken back any more.")
        self.add(banner)
        banner.speak()
