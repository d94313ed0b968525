"""Words that can no longer go into their record: they stay in sight, and can be taken along."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from ui.fields.choice import value_words
from ui.style import Rank, Tone
from ui.widgets import Band, Body, Button, FlowLayout, Strong, announce
from workbook_desktop.domain import paths
from workbook_desktop.domain.records import Body as Answers
from workbook_desktop.forms.definition import Form


class RefusedBand(Band):
    """Says that a record takes no more words, and hands the worker theirs."""

    def __init__(
        self, title: str, text: str, words: Callable[[], str], leave: Callable[[], None], parent: QWidget
    ) -> None:
        super().__init__(Tone.ERROR, parent)
        self._title, self._text, self._words = title, text, words
        self.add(Strong(title, self), Body(text, self))
        row = QWidget(self)
        flow = FlowLayout(row, gap=0.7)
        self.copy = Button("Copy my words", Rank.PRIMARY, row, identifier="do:copy-my-words")
        self.leave = Button("Show the record as it is", parent=row, identifier="do:leave-my-words")
        self.leave.setAccessibleDescription("What you typed since it was signed off is not in it")
        self.copy.clicked.connect(lambda *_: self._take())
        self.leave.clicked.connect(lambda *_: leave())
        self.leave.setEnabled(False)  # until the words are on the clipboard: they are nowhere else
        flow.addWidget(self.copy)
        flow.addWidget(self.leave)
        self.add(row)
        self.setAccessibleName(f"Error. {title}. {text}")

    def speak(self) -> None:
        """Have a screen reader say it."""
        announce(self, self.accessibleName(), assertive=True)

    def words_changed(self) -> None:
        """More was typed: what was copied is no longer all of it."""
        self.copy.setText("Copy my words")
        self.leave.setEnabled(False)

    def _take(self) -> None:
        QGuiApplication.clipboard().setText(self._words())
        self.copy.setText("Copied")
        self.leave.setEnabled(True)
        announce(self, "Copied. Put your words where they belong, such as a new case note")


def words_not_in(form: Form, typed: Answers, stored: Answers) -> str:
    """Return what a page says and the store does not, each under its question, to be put elsewhere."""
    found = []
    for path, answer in typed.answers.items():
        before = stored.answers.get(path)
        item = form.by_link_id.get(paths.link_id(path))
        if item is None or answer.value is None or (before is not None and before.value == answer.value):
            continue
        found.append(f"{item.text.strip() or item.short_text}\n{value_words(answer.value)}")
    return "\n\n".join(found)
