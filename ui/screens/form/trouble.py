"""What is said above the page while words of the worker are on screen alone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.say import Say
from ui.screens.form.refused import RefusedBand
from ui.style import Tone
from ui.widgets.banners import Banner
from workbook_desktop.domain.errors import DiskFull, WorkbookError


class Trouble(QWidget):
    """Above the page and not in it: it must be seen wherever the worker has scrolled to."""

    def __init__(self, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._say = say
        self._alarm: Banner | None = None
        self._refused: RefusedBand | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def not_kept(self, error: Exception) -> None:
        """Say that keeping failed and is tried again."""
        if isinstance(error, DiskFull):
            title = "Not saved yet: the disk is full"
            text = "Your words are kept on screen and tried again. Free some space on this laptop."
        else:
            words = self._say.explain(error)
            title = "Not saved yet"
            text = f"{words.title}. Your words are kept on screen. {words.to_do}"
        if self._alarm is None:
            self._alarm = Banner(Tone.ERROR, title, text, parent=self)
            self._column.addWidget(self._alarm)
            self._alarm.show()
            self._alarm.speak()
        if not isinstance(error, WorkbookError):
            self._say.error(error)

    def kept(self) -> None:
        """Everything is in the store again."""
        if self._alarm is not None:
            self._column.removeWidget(self._alarm)
            self._alarm.hide()
            self._alarm.deleteLater()
            self._alarm = None

    def closed(self, error: Exception, words: Callable[[], str], leave: Callable[[], None]) -> None:
        """The record takes no more words: they stay in sight until the worker has them.

        Args:
            error: why it takes none.
            words: says those that are on the page alone.
            leave: leads away, once they are taken along.
        """
        if self._refused is not None:
            return
        self.kept()
        title = self._say.explain(error).title
        text = "What you typed since then is on this page alone. Copy it and put it where it belongs."
        self._refused = RefusedBand(title, text, words, leave, self)
        self._column.addWidget(self._refused)
        self._refused.show()
        self._refused.speak()

    def words_changed(self) -> None:
        """More was typed."""
        if self._refused is not None:
            self._refused.words_changed()
