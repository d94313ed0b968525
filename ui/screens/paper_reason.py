"""Before a document is saved: why it is to be a file, and what a file of it means. Not asked for printing."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from ui.style import Rank, Tone
from ui.widgets import Body, Button, Fault, FieldLabel, FlowLayout, Strong, announce
from ui.widgets.surfaces import Band

_MEANS = (
    "A PDF is not encrypted, and the Workbook cannot lock it with a password: whoever can open the file can"
    " read it. Save it only where your council says, and delete it when it has been handed over."
)


class _Line(QLineEdit):
    """A line whose Enter goes on from here: on the page around it, Enter shows the document anew."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep Enter."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


class SaveReason(Band):
    """Asks why. What is typed is noted with what was given, and for nobody else."""

    go_on = Signal()
    left = Signal()

    def __init__(self, managed: str) -> None:
        super().__init__(Tone.WARNING)
        self.setObjectName("pane:save-reason")
        self.setAccessibleName("Saving it as a file")
        self.reason = _Line()
        self.reason.returnPressed.connect(self._on_choose)
        self.reason.setObjectName("answer:save-reason")
        self.reason.setAccessibleIdentifier("answer:save-reason")
        self.reason.setMaxLength(200)
        label = FieldLabel("Wh&y is it saved as a file, and not printed?")
        label.set_field(self.reason)
        self._fault = Fault()
        self._choose = Button("Choose &where…", Rank.PRIMARY, identifier="do:choose-place")
        self._leave = Button("Do not save", identifier="do:leave-saving")
        self._choose.clicked.connect(lambda *_: self._on_choose())
        self._leave.clicked.connect(lambda *_: self.left.emit())
        row = QWidget()
        flow = FlowLayout(row, gap=0.7)
        flow.addWidget(self._choose)
        flow.addWidget(self._leave)
        where = f" Your council’s folder for documents: {managed}" if managed else ""
        self.add(
            Strong("Saving it as a file"), Body(f"{_MEANS}{where}"), label, self._fault, self.reason, row
        )
        self.hide()

    @property
    def words(self) -> str:
        """The reason, as it is noted."""
        return " ".join(self.reason.text().split())

    def ask(self) -> None:
        """Ask, with nothing put in beforehand."""
        self.reason.clear()
        self._fault.say("")
        self.show()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, _MEANS)

    def _on_choose(self) -> None:
        if self.words:
            self._fault.say("")
            self.go_on.emit()
            return
        words = "Say in a few words why it is saved as a file"
        self._fault.say(words)
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"Error: {words}", assertive=True)
