"""One section as a page: its questions, kept in step with the sheet, and its buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.fields import Field, FieldContext, answer_words
from ui.screens.form.parts import Column, Parts, put_in_order, tab_stops
from ui.screens.form.rows import RowCard, RowsPart, focus_first
from ui.style import Rank
from ui.widgets.announce import announce
from ui.widgets.buttons import Button
from ui.widgets.page import Page
from ui.widgets.surfaces import Band
from ui.widgets.text import Hint
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, WorkerId
from workbook_desktop.domain.records import Answer, Body, Empty, Value, comparable
from workbook_desktop.forms.definition import Item, Kind, Role, Section
from workbook_desktop.forms.draft import is_unconfirmed, source_of, source_words
from workbook_desktop.forms.sheet import Change, RemovedRow, Sheet
from workbook_desktop.workspace.views import OpenConflict

COPIED = "copied"
CHANGED = "changed"


class SectionPage(Page):
    """A section. It gives answers to the sheet and shows what changed; `changed` tells the screen."""

    changed = Signal(object)  # Change
    left = Signal()  # the focus went out of a field
    decide = Signal()  # "Decide" beside an answer in conflict

    def __init__(
        self,
        section: Section,
        sheet: Sheet,
        context: FieldContext,
        *,
        caption: str = "",
        copied_from: dict[FieldPath, str] | None = None,
        removed: list[RemovedRow] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(section.title, caption=caption, parent=parent)
        self.section, self.sheet = section, sheet
        self._copied_from = copied_from if copied_from is not None else {}
        self._undo_copy: Callable[[], Change] | None = None
        self._problems: dict[FieldPath, str] = {}
        self._conflicts: dict[FieldPath, tuple[OpenConflict, ...]] = {}
        self.parts = Parts(sheet, context, self, removed)
        self.parts.connect = self._connect
        self.notices = QWidget()
        self._notices = QVBoxLayout(self.notices)
        self._notices.setContentsMargins(0, 0, 0, 0)
        self._banners: dict[str, Band] = {}
        self._said: dict[str, str] = {}
        self.notices.hide()
        self.add(self.notices)
        items = section.items
        group = items[0] if len(items) == 1 else None
        if group is not None and group.kind is Kind.GROUP and not group.has_rows:
            # The page's own heading says what the group says.
            if group.help:
                self.add(Hint(group.help))
            items = group.items
        self.column = Column(items, paths.ROOT, self.parts, 0)
        self.add(self.column)
        self.next = Button("Save and continue", Rank.PRIMARY, identifier="do:save-and-continue")
        self.check = Button("Check and finish", Rank.SECONDARY, identifier="do:check")
        self.discard = Button("Discard this draft", Rank.SECONDARY, identifier="do:discard")
        self.add_button(self.next, self.check, self.discard)
        self.discard.hide()  # until it is known that there is nothing in it
        self.parts.restructured = False
        for key in ("Alt+Up", "Alt+Down"):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda up=key == "Alt+Up": self._on_move_key(up))

    # -- what the sheet says -------------------------------------------------------------------------------

    def apply(self, change: Change, sender: FieldPath | None = None) -> None:
        """Show what changed. `sender` is the answer just given here, which shows already."""
        if not change:
            return
        if (
            len(change.answered) == 1
            and change.answered[0] == sender
            and not (change.shown or change.hidden or change.rows or change.options or change.labels)
            and not self.sheet.workings.plan.readers.get(paths.link_id(change.answered[0]))
        ):
            field = self.parts.fields.get(change.answered[0])
            if field is None or not field.has_note(COPIED):
                return  # a key in a text that nothing depends on
        with self._held_still():
            for path in change.answered:
                field = self.parts.fields.get(path)
                if field is not None:
                    if path != sender:
                        field.show_answer(self.sheet.body.answers.get(path))
                    self._show_copied(field)
            self._leave_what_hides(change.hidden)
            for path in change.hidden:
                place = self.parts.places.get(path)
                if place is not None:
                    place.show(False)
            for path in change.shown:
                place = self.parts.places.get(path)
                if place is not None and self.sheet.shown(path):
                    place.show(True)
            for path in change.rows:
                self._renew_rows(path)
            for path in change.options:
                self.parts.offer_again(path)
            for path in change.labels:
                self.parts.ask_again(path)
            for field in self.parts.fields.values():
                self.parts.explain(field)
            if any(self._is_subject(path) for path in change.answered):
                for part in self.findChildren(RowsPart):
                    part.name_rows()
            self.settle()

    def settle(self) -> None:
        """Put Tab in order after something was put on the page."""
        if self.parts.restructured:
            self.parts.restructured = False
            put_in_order(self.column)
            last: QWidget | None = None
            for stop in tab_stops(self.column):
                last = stop
            if last is not None:
                QWidget.setTabOrder(last, self.next)

    def show_problems(self, problems: Mapping[FieldPath, str]) -> None:
        """Show what is wrong beside each answer; what is not named is taken away."""
        with self._held_still():
            for path in {*self._problems, *problems}:
                field = self.parts.fields.get(path)
                if field is not None:
                    # What cannot be read is said by the editor itself, beside the line.
                    words = "" if field.editor.problem() else problems.get(path, "")
                    field.show_problem(words)
            self._problems = dict(problems)

    def show_conflicts(self, conflicts: Iterable[OpenConflict], words: Callable[[OpenConflict], str]) -> None:
        """Show both texts beside each answer that two people changed."""
        wanted: dict[FieldPath, tuple[OpenConflict, ...]] = {}
        for each in conflicts:
            wanted[each.path] = (*wanted.get(each.path, ()), each)
        for path in {*self._conflicts, *wanted}:
            field = self.parts.fields.get(path)
            if field is None:
                continue
            asked = wanted.get(path)
            if asked is None:
                field.show_note("conflict", "")
            elif asked != self._conflicts.get(path):
                text = "\n".join(words(each) for each in asked)
                field.show_note("conflict", text, "Decide", self.decide.emit)
                self.parts.restructured = True
        self._conflicts = wanted
        self.settle()

    def has_banner(self, key: str, said: str | None = None) -> bool:
        """Whether such a banner shows, and says so."""
        return key in self._banners and (said is None or self._said.get(key) == said)

    def show_banner(self, key: str, banner: Band | None, said: str = "") -> None:
        """Show a banner above the questions; None takes it away."""
        if banner is None and key not in self._banners:
            return
        self._said[key] = said
        old = self._banners.pop(key, None)
        if old is not None:
            focused: QWidget | None = self.window().focusWidget()
            if focused is not None and old.isAncestorOf(focused):
                self.focus_start()
            self._notices.removeWidget(old)
            old.hide()
            old.deleteLater()
        if banner is not None:
            self._banners[key] = banner
            self._notices.addWidget(banner)
            banner.show()
        self.notices.setVisible(bool(self._banners))

    # -- focus ---------------------------------------------------------------------------------------------

    def focus_start(self) -> None:
        """Put the focus on the first question."""
        focus_first(self.column)
        focused: QWidget | None = self.window().focusWidget()
        if focused is None or not self.isAncestorOf(focused):
            self.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_path(self, path: FieldPath) -> bool:
        """Put the focus on an answer, or on the rows of a repeating item; False if it is not here."""
        field = self.parts.fields.get(path)
        if field is not None and field.editor.stops() and field.isVisibleTo(self):
            field.focus_editor()
            return True
        place = self.parts.places.get(path)
        if place is not None and isinstance(place.widget, RowsPart):
            focus_first(place.widget)
            return True
        for part in self.findChildren(RowsPart):
            for card in part.cards:
                if card.row == path:
                    focus_first(card)
                    return True
        return False

    def path_of_focus(self) -> FieldPath | None:
        """Return the answer that has the focus."""
        focused: QWidget | None = self.window().focusWidget()
        while focused is not None and focused is not self:
            if isinstance(focused, Field):
                return focused.path
            focused = focused.parentWidget()
        return None

    # -- acts of rows --------------------------------------------------------------------------------------

    def add_row(self, parent: FieldPath, item: Item) -> FieldPath:
        """Add a row and show it."""
        row, change = self.sheet.put_row(parent, item.link_id)
        self._tell(_with_rows(change, paths.child(parent, item.link_id)))
        return row

    def remove_row(self, row: FieldPath) -> RemovedRow:
        """Take a row away."""
        removed, change = self.sheet.take_row(row)
        self.parts.removed.append(removed)
        self._tell(_with_rows(change, paths.child(paths.parent_row(row), paths.link_id(row))))
        return removed

    def restore_row(self, removed: RemovedRow) -> None:
        """Put it back."""
        try:
            change = self.sheet.restore(removed)
        except ValueError:
            announce(self, "It cannot be put back here: what was around it is gone", assertive=True)
            return
        if removed in self.parts.removed:
            self.parts.removed.remove(removed)
        self._tell(
            _with_rows(change, paths.child(paths.parent_row(removed.path), paths.link_id(removed.path)))
        )

    def move_row(self, row: FieldPath, up: bool) -> bool:
        """Move a row one place."""
        change = self.sheet.move_row(row, "up" if up else "down")
        if not change:
            return False
        rows = paths.child(paths.parent_row(row), paths.link_id(row))
        self._tell(_with_rows(change, rows))
        return True

    def copy_row(self, row: FieldPath, to: Sequence[FieldPath], source: str) -> int:
        """Copy a row's answers to others."""
        item = self.sheet.form.by_link_id[paths.link_id(row)]
        links = [inner.link_id for inner in _questions(item) if inner.role is not Role.SUBJECT]
        before = self.sheet.body
        change = self.sheet.copy_row(row, to, links)
        copied = {path: self.sheet.body.answers[path] for path in change.answered}
        for path in copied:
            self._copied_from[path] = source
        self._undo_copy = lambda: self._uncopied(before, copied)
        self._tell(change)
        return len(copied)

    def say(self, path: FieldPath, value: Value) -> None:
        """Give an answer that has no field of its own here."""
        self._tell(self.sheet.answer(path, value))

    def undo_copy(self) -> None:
        """Take back the last copy where nobody has touched it since."""
        if self._undo_copy is not None:
            change, self._undo_copy = self._undo_copy(), None
            self._tell(change)

    def _uncopied(self, before: Body, copied: Mapping[FieldPath, Answer]) -> Change:
        body = self.sheet.body
        for path, answer in copied.items():
            if body.answers.get(path) == answer:
                body = body.with_answer(path, before.answers.get(path))
        return self.sheet.replace_body(body)

    # -- inside --------------------------------------------------------------------------------------------

    def _connect(self, field: Field) -> None:
        field.answered.connect(self._on_answered)
        field.left.connect(lambda _path: self.left.emit())
        self._show_copied(field)
        problem = self._problems.get(field.path, "")
        if problem:
            field.show_problem(problem)

    def _on_answered(self, path: FieldPath, value: Value | None, empty: Empty | None) -> None:
        try:
            field = self.parts.fields.get(path)
            change = self.sheet.answer(path, value, empty, about=field is not None and field.is_about)
        except ValueError:
            return  # its row was taken away elsewhere while this was on its way
        if change:
            self.apply(change, sender=path)
            self.changed.emit(change)

    def _tell(self, change: Change) -> None:
        self.apply(change)
        self.changed.emit(change)

    def _show_copied(self, field: Field) -> None:
        answer = self.sheet.body.answers.get(field.path)
        if answer is None or not is_unconfirmed(answer):
            if self._copied_from.pop(field.path, None) is not None or field.has_note(COPIED):
                field.show_note(COPIED, "")
            self._show_changed(field, answer)
            return
        if field.has_note(COPIED):
            return
        source = self._copied_from.get(field.path, "")
        known = source_of(answer)
        if known is not None and known.get("title"):
            words = f"From {source_words(known)}: check it"
        elif known is not None:
            words = "Filled in from what is known: check it"
        else:
            words = f"Copied from {source}: check it" if source else "Filled in for you: check it"
        field.show_note(COPIED, words, "It is right", lambda: self._on_confirmed(field.path))
        self.parts.restructured = True

    def _show_changed(self, field: Field, answer: Answer | None) -> None:
        """Say beside an answer that was filled in, and then changed, what was known."""
        known = source_of(answer) if answer is not None else None
        base = known.get("value") if known is not None else None
        if known is None or base is None or answer is None or comparable(base) == comparable(answer.value):
            if field.has_note(CHANGED):
                field.show_note(CHANGED, "")
            return
        was = answer_words(field.item, Answer(value=base), self.parts.context)
        if known.get("kept"):
            begins = f"{self._name_of(known.get('kept_by'))} kept this. Known otherwise:"
        else:
            begins = f"{self._name_of(answer.by)} changed this. It was:"
        words = f"{begins} {was} ({source_words(known)})"
        if not field.has_note(CHANGED, words):
            field.show_note(CHANGED, words)

    def _name_of(self, worker: Value | None) -> str:
        if worker is None or worker == self.sheet.by:
            return "You"
        names = {each.id: each.name for each in self.parts.context.workers}
        return names.get(WorkerId(str(worker)), "A colleague")

    def _on_confirmed(self, path: FieldPath) -> None:
        self._tell(self.sheet.confirm(path))
        announce(self, "Confirmed")

    def _renew_rows(self, path: FieldPath) -> None:
        place = self.parts.places.get(path)
        if place is None or not isinstance(place.widget, RowsPart):
            return
        part = place.widget
        focused: QWidget | None = self.window().focusWidget()
        wanted = self.sheet.rows(paths.parent_row(path), paths.link_id(path))
        loses = focused is not None and any(
            card.row not in wanted and card.isAncestorOf(focused) for card in part.cards
        )
        part.renew()
        if loses:
            part.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave_what_hides(self, hidden: Iterable[FieldPath]) -> None:
        """Move the focus on purpose before what has it hides."""
        focused: QWidget | None = self.window().focusWidget()
        if focused is None or not self.column.isAncestorOf(focused):
            return
        going = [
            place.widget
            for path in hidden
            if (place := self.parts.places.get(path)) is not None and place.widget is not None
        ]
        if not any(widget is focused or widget.isAncestorOf(focused) for widget in going):
            return
        stops = [
            stop
            for stop in (*tab_stops(self.column), self.next)
            if stop.isVisibleTo(self) and stop.isEnabled() and stop.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        passed = False
        for stop in stops:
            if stop is focused:
                passed = True
            elif passed and not any(widget.isAncestorOf(stop) or widget is stop for widget in going):
                stop.setFocus(Qt.FocusReason.OtherFocusReason)
                announce(self, f"The question you were in does not apply any more. {stop.accessibleName()}")
                return
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_subject(self, path: FieldPath) -> bool:
        item = self.sheet.form.by_link_id.get(paths.link_id(path))
        return item is not None and item.role is Role.SUBJECT

    def _on_move_key(self, up: bool) -> None:
        focused: QWidget | None = self.window().focusWidget()
        while focused is not None and not isinstance(focused, RowCard):
            focused = focused.parentWidget()
        part = focused.parentWidget() if focused is not None else None
        if isinstance(focused, RowCard) and isinstance(part, RowsPart):
            part.shift(focused, up=up)

    @contextmanager
    def _held_still(self) -> Iterator[None]:
        """Change the page without moving it under the worker: what has the focus stays where it is."""
        focused: QWidget | None = self.window().focusWidget()
        inner = self.widget()
        if focused is None or inner is None or not inner.isAncestorOf(focused):
            yield
            return
        before = focused.mapTo(inner, focused.rect().topLeft()).y()
        height = inner.height()
        updates = self.updatesEnabled()
        self.setUpdatesEnabled(False)
        try:
            yield
            if inner.isAncestorOf(focused) and self.isVisible():
                # Layouts inside layouts are only asked for, one from the other: this has them done now.
                QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
                after = focused.mapTo(inner, focused.rect().topLeft()).y()
                if after != before or inner.height() != height:
                    bar = self.verticalScrollBar()
                    bar.setValue(bar.value() + after - before)
        finally:
            self.setUpdatesEnabled(updates)


def _questions(item: Item) -> Iterator[Item]:
    """Yield the questions that stand in a row itself, not in rows inside it."""
    for inner in item.items:
        if inner.has_rows:
            continue
        if inner.is_question and not inner.read_only:
            yield inner
        yield from _questions(inner)


def _with_rows(change: Change, rows: FieldPath) -> Change:
    return change if rows in change.rows else replace(change, rows=(*change.rows, rows))
