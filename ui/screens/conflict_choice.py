"""What should stand: the four ways to decide, what is written new, and the reason."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import (
    QButtonGroup,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.style import em
from ui.widgets import Fault, FieldLabel, HeadingThree, Hint, caption_safe
from workbook_desktop.workspace.views import HalfDecision, OpenConflict

CHOICES = ("mine", "theirs", "both", "new")


class ChoiceBox(QWidget):
    """The choices and the field for a text of one's own. Nothing is chosen beforehand.

    The reason and what is wrong with it stand below, on the page: `below` in their order.
    """

    def __init__(self, chosen: Callable[[str], None], written: Callable[[], None]) -> None:
        """`chosen` and `written` are called for what the worker does, not while the box is filled."""
        super().__init__()
        self._chosen, self._written = chosen, written
        self._is_filling = False
        self._group = QButtonGroup(self)
        self.radios = {choice: QRadioButton() for choice in CHOICES}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em(self, 0.1))
        column.addWidget(HeadingThree("What should stand?"))
        for number, (choice, radio) in enumerate(self.radios.items(), 1):
            radio.setObjectName(f"choice:{choice}")
            radio.setAccessibleIdentifier(f"choice:{choice}")
            radio.setAccessibleDescription(f"Alt+{number}")
            radio.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            self._group.addButton(radio)
            column.addWidget(radio)
            radio.toggled.connect(lambda is_on, choice=choice: self._choose(choice) if is_on else None)
        self._choice_fault = Fault()
        column.addWidget(self._choice_fault)
        self.new_text = QPlainTextEdit()
        self.new_text.setObjectName("answer:new-text")
        self.new_text.setTabChangesFocus(True)
        self.new_text.setMinimumHeight(em(self, 5))
        self.new_text.setAccessibleName("Write new")
        self.new_text.textChanged.connect(self._write)
        column.addWidget(self.new_text)
        self._no_new = Hint("To put something else here, choose one of these, then change it in the record.")
        column.addWidget(self._no_new)
        self.reason = QLineEdit()
        self.reason.setObjectName("answer:reason")
        self.reason.setAccessibleIdentifier("answer:reason")
        self._reason_label = FieldLabel()
        self._reason_label.setBuddy(self.reason)
        self.reason.textChanged.connect(self._write)
        self.fault = Fault()
        self.below = (self._reason_label, self.reason, self.fault)

    def fill(self, now: OpenConflict, kept: HalfDecision) -> None:
        """Offer what can be chosen here, with what was put in so far."""
        self._is_filling = True
        own = "mine" if now.mine_is_this_worker else f"{now.mine_by}’s"
        words = {
            "mine": f"Keep {own}",
            "theirs": "Keep the office’s",
            "both": f"Keep both, {own} after",
            "new": "Write new",
        }
        said = {"mine": now.mine, "theirs": now.theirs}
        self._group.setExclusive(False)
        for number, (choice, radio) in enumerate(self.radios.items(), 1):
            text = shortened(said.get(choice, ""))
            radio.setText(caption_safe(f"{words[choice]}  (Alt+{number})"))
            radio.setAccessibleName(f"{words[choice]}{': ' + text if text else ''}")
            radio.setChecked(kept.choice == choice)
            radio.setVisible(choice in ("mine", "theirs") or now.can_keep_both)
        self._group.setExclusive(True)
        self._no_new.setVisible(not now.can_keep_both)
        # Somebody may be typing: what stands there already is not put in anew, or the caret would jump.
        if self.new_text.toPlainText() != kept.text:
            self.new_text.setPlainText(kept.text)
        self.new_text.setVisible(kept.choice == "new")
        if self.reason.text() != kept.reason:
            self.reason.setText(kept.reason)
        self._reason_label.setText(
            "&Why? One line, for the history" + (" (required)" if now.severe else " (optional)")
        )
        self.reason.setAccessibleName("Why? One line, for the history" + (", required" if now.severe else ""))
        self._show_reason(now.severe or kept.choice is not None)
        self.no_fault()
        self._is_filling = False

    def rest(self) -> None:
        """Hide what stands below, and take no word of a change until it is filled again.

        A field that is shown for the first time says that it changed.
        """
        self._is_filling = True
        focused: QWidget | None = self.window().focusWidget()
        for each in self.below:
            if each is not focused:  # hidden, it would lose the caret; it is filled again at once
                each.setVisible(False)

    def show_chosen(self, choice: str, text: str) -> None:
        """Show what belongs to a choice: the field for a new text with `text`, and the reason."""
        self.new_text.setVisible(choice == "new")
        if choice == "new" and self.new_text.toPlainText() != text:
            self._is_filling = True
            self.new_text.setPlainText(text)
            self._is_filling = False
        self._show_reason(True)
        self.no_fault()

    def first(self) -> QRadioButton:
        """Return what is chosen, else the first."""
        return next((radio for radio in self.radios.values() if radio.isChecked()), self.radios["mine"])

    def refuse(self, words: str, place: QWidget) -> Fault:
        """Say what is wrong, beside the field it is about, and return where it is said."""
        fault = self.fault if place is self.reason else self._choice_fault
        for each in (self.fault, self._choice_fault):
            each.say(words if each is fault else "")
        fault.show()
        return fault

    def no_fault(self) -> None:
        """Nothing is wrong any more."""
        self.fault.say("")
        self._choice_fault.say("")

    def _show_reason(self, shown: bool) -> None:
        self._reason_label.setVisible(shown)
        self.reason.setVisible(shown)

    def _choose(self, choice: str) -> None:
        if not self._is_filling:
            self._chosen(choice)

    def _write(self) -> None:
        if not self._is_filling:
            self._written()


def shortened(text: str, most: int = 90) -> str:
    """Return a text as one line, cut where it is long."""
    line = " / ".join(part.strip() for part in text.splitlines() if part.strip())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
