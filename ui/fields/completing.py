"""One option of very many: a line that is typed in, and below it the options that fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QListView, QSizePolicy, QWidget

from ui.fields.choice import code_of, option_words, own_words, place_of, value_words
from ui.fields.reading import Reading
from ui.fields.text import show_in_line
from ui.fields.typed import TypedEditor
from ui.widgets.text import plain
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Option

_MOST_LISTED = 60  # beyond that nobody reads on: they type another letter


class CompletingEditor(TypedEditor):
    """Type parts of it in any order and choose; where allowed, say it in own words.

    Qt's own filter takes 100 to 300 ms a key over 5,000 options; this one takes below 10.
    """

    def __init__(
        self,
        options: Sequence[Option],
        *,
        open_choice: bool,
        names: bool = False,  # who is meant: own words are the name of someone else
        prompt: str = "",
        parent: QWidget | None = None,
    ) -> None:
        self._options = list(options)
        self._open, self._names = open_choice, names
        self._listed = _told_apart(self._options)
        self._folded = [_folded(words) for words in self._listed]
        self._by_words = {words: place for place, words in reversed(list(enumerate(self._folded)))}
        super().__init__(
            self._read_option,
            self._words_of,
            example=prompt or "Type a part of it",
            letters=40,
            says_reading=False,
            parent=parent,
        )
        self.row.setStretch(0, 4)  # the line takes the room, the words beside it what is left
        self._model = QStringListModel(self)
        completer = QCompleter(self._model, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(12)
        completer.activated.connect(self.put)
        popup = completer.popup()
        if isinstance(popup, QListView):
            popup.setUniformItemSizes(True)
            popup.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.edit.setCompleter(completer)

    def fitting(self, text: str) -> list[str]:
        """Return the options that have every part of a text in them: first those that begin with it."""
        whole = _folded(text)
        parts = whole.split()
        if not parts:
            return []
        found = [place for place, words in enumerate(self._folded) if all(part in words for part in parts)]
        found.sort(key=lambda place: (not self._folded[place].startswith(whole), place))
        return [self._listed[place] for place in found]

    def _set_width(self) -> None:
        self.edit.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.edit.setMinimumWidth(self.fontMetrics().averageCharWidth() * 16)
        self.edit.setMaximumWidth(self.fontMetrics().averageCharWidth() * (self._letters + 4))

    def _on_typed(self, text: str) -> None:
        # Before Qt opens the list: it does so once this signal has been heard.
        found = self.fitting(text)
        self._model.setStringList(found[:_MOST_LISTED])
        if len(found) > _MOST_LISTED:
            self._after = f"{len(found)} fit: type more of it"
        elif not found and text.strip():
            self._after = (
                "Not in the list: kept as you write it" if self._open else "Nothing in the list fits"
            )
        else:
            self._after = ""
        super()._on_typed(text)

    def _read_option(self, text: str) -> Reading:
        words = _folded(text)
        if not words:
            return Reading()
        if words in self._by_words or self._open:
            return Reading(value=text, words=text)
        return Reading(problem="Choose one from the list: type a part of it")

    def _value_of(self, reading: Reading, text: str) -> Value | None:
        place = self._by_words.get(_folded(text))
        if place is not None:
            return self._options[place].value
        if not text.strip():
            return None
        return {"display": text} if self._names and self._open else text

    def _words_of(self, value: Value) -> str:
        place = place_of(value, self._options)
        if place >= 0:
            return self._listed[place]
        return own_words(value) or value_words(value)

    def show_value(self, value: Value | None) -> None:
        """Show the answer; one that is no longer offered is offered once more, to this record."""
        if value is not None and place_of(value, self._options) < 0 and own_words(value) is None:
            self._options.append(Option(value=value, label=value_words(value)))
            self._listed.append(plain(value_words(value)))
            self._folded.append(_folded(self._listed[-1]))
            self._by_words.setdefault(self._folded[-1], len(self._options) - 1)
        super().show_value(value)

    def _on_left(self) -> None:
        place = self._by_words.get(_folded(self.edit.text()))
        if place is not None:
            show_in_line(self.edit, self._listed[place])
            self._after = ""
        self._show_reading(final=True)


def _told_apart(options: Sequence[Option]) -> list[str]:
    words = [plain(option_words(each)) for each in options]
    often = Counter(words)
    return [
        f"{each} ({code})" if often[each] > 1 and (code := code_of(option.value)) else each
        for each, option in zip(words, options, strict=True)
    ]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
