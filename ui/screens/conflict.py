"""S16, conflict: two people changed the same thing. Both versions are kept; a person chooses, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QVBoxLayout,
    QWidget,
)

from ui.exchange import Exchange
from ui.models.alerts import alerts_about, alerts_of
from ui.models.columns import Columns
from ui.models.conflicts import says_the_same, who_else
from ui.models.differences import Mark, Run, runs
from ui.models.rows import SIGN_AGAIN
from ui.say import Say
from ui.screens.conflict_choice import CHOICES, ChoiceBox, shortened
from ui.screens.deciding import HalfKeeper
from ui.screens.sides import SideCard
from ui.shell.navigation import IdentityFacts, Navigator
from ui.shell.screen import Screen
from ui.style import Rank, Tone, colours_now, em
from ui.tasks import Tasks
from ui.widgets import (
    WIDE,
    Band,
    Banner,
    Body,
    Button,
    EmptyState,
    FlowLayout,
    Hint,
    Label,
    Page,
    Strong,
    announce,
)
from workbook_desktop.domain.changes import ConflictKind
from workbook_desktop.domain.errors import ChangedSinceRead, RecordUnknown
from workbook_desktop.domain.ids import ConflictId, RecordId
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import HalfDecision, Kept, OpenConflict, OpenRecord


class Foot(QWidget):
    """The strip below the page: a quiet ground, a line above."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        colours = colours_now()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.surface))
        painter.setPen(QColor(colours.line))
        painter.drawLine(0, 0, self.width(), 0)
        painter.end()


class ConflictScreen(Screen):
    """Before, yours, the office's; a choice; what will stand. Nothing is chosen beforehand."""

    def __init__(
        self,
        conflicts: tuple[OpenConflict, ...],
        records: Mapping[RecordId, OpenRecord],
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        record: RecordId | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        """`exchange`: told which conflict is being looked at, so that no colleague does the same work."""
        super().__init__()
        self._exchange = exchange
        self._claimed: ConflictId | None = None
        self._desk, self._tasks, self._say, self._go, self._record = desk, tasks, say, go, record
        self._conflicts = tuple(each for each in conflicts if each.chosen is None)
        self._records = dict(records)
        self._all = len(self._conflicts)
        self._decided = 0
        self._last_record = record
        self._choices: dict[ConflictId, HalfDecision] = {}
        self._half = HalfKeeper(desk, tasks, self)
        self._take_halves()
        self._at = 0
        self._is_saving = self._is_low = False
        self.setObjectName("screen:conflict")
        self.setAccessibleIdentifier("screen:conflict")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.page = Page("", letters=WIDE)
        outer.addWidget(self.page, 1)
        self._foot = Foot()
        outer.addWidget(self._foot)
        self._build()
        self._build_foot()
        for number, choice in enumerate(CHOICES, 1):
            shortcut = QShortcut(QKeySequence(f"Alt+{number}"), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda choice=choice: self._press(choice))
        self._show()

    # -- building ------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._changed = Banner(
            Tone.WARNING,
            "This changed again while you were deciding",
            "Look at it once more. What you chose is still marked.",
        )
        self._changed.hide()
        self._lead = Hint()
        self._others = Banner(Tone.INFO, "", "")
        self._others.setObjectName("who-else")
        self._before, self._mine, self._theirs = SideCard("before"), SideCard("mine"), SideCard("theirs")
        self._key = Hint("+ and underlined: added.  − and struck through: removed.")
        self._choice = ChoiceBox(self._choose, self._write)
        self.radios, self.new_text, self.reason = (
            self._choice.radios,
            self._choice.new_text,
            self._choice.reason,
        )
        self._done = EmptyState("", action="Go back", icon_name="circle-check")
        self._again = Band(Tone.WARNING)
        self._again.setObjectName("sign-again")
        self.sign_again = Button("Read it again and sign it off", Rank.PRIMARY, identifier="do:sign-again")
        self.sign_again.clicked.connect(lambda *_: self._sign_again())
        self._again.add(
            Strong("It is not signed off"), Body(f"{SIGN_AGAIN}: sign it off again."), self.sign_again
        )
        if self._done.button is not None:
            self._done.button.setObjectName("do:go-back")
        self._done.acted.connect(self._go.back)
        self._sides = Columns((self._before, self._mine, self._theirs), least=14, most=3, all_or_one=True)
        self.page.add(self._changed, self._lead, self._others, self._sides, self._key, self._choice)
        self.page.add(*self._choice.below, self._again, self._done)

    def _build_foot(self) -> None:
        column = QVBoxLayout(self._foot)
        column.setContentsMargins(em(self, 1.6), em(self, 0.4), em(self, 1.6), em(self, 0.5))
        column.setSpacing(em(self, 0.3))
        self.result = Label()
        self.result.setObjectName("result")
        column.addWidget(self.result)
        row = QWidget()
        flow = FlowLayout(row, gap=0.7)
        self.save = Button("Save this decision  Ctrl+Enter", Rank.PRIMARY, identifier="do:save-decision")
        self.save.setAccessibleName("Save this decision")
        self.later = Button("Decide &later", identifier="do:decide-later")
        self.open_record = Button("Open the &record", identifier="do:open-record")
        self.save.clicked.connect(lambda *_: self.save_and_continue())
        self.later.clicked.connect(lambda *_: self._decide_later())
        self.open_record.clicked.connect(lambda *_: self._go.record(self._now.record))
        for button in (self.save, self.later, self.open_record):
            flow.addWidget(button)
        self._buttons, self._foot_column = row, column
        column.addWidget(row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window the buttons stand at the page's end; the result stays in sight."""
        super().resizeEvent(event)
        is_low = self.height() < em(self, 15)
        if is_low != self._is_low:
            self._is_low = is_low
            if is_low:
                self._foot_column.removeWidget(self._buttons)
                self.page.add(self._buttons)
            else:
                self._foot_column.addWidget(self._buttons)

    # -- showing -------------------------------------------------------------------------------------------

    @property
    def _now(self) -> OpenConflict:
        return self._conflicts[self._at]

    def begin(self) -> None:
        """Start at the choices, after the heading has been read."""
        self.page.arrive()
        target = self._choice.first() if self._conflicts else self._done.button
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)
            # What is asked comes first: as much of it as fits, once the cards have their size.
            QTimer.singleShot(0, self, self._to_top)

    def _to_top(self) -> None:
        self.page.verticalScrollBar().setValue(0)
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        focused: QWidget | None = self.window().focusWidget()
        if focused is not None and self.page.isAncestorOf(focused):
            self.page.ensureWidgetVisible(focused, 0, em(self, 0.5))

    def panes(self) -> tuple[QWidget, ...]:
        """The page, and the result with its buttons."""
        return (self.page, self._foot) if self._conflicts else (self.page,)

    def _show(self) -> None:
        is_open = bool(self._conflicts)
        self._choice.rest()
        for widget in (self._lead, self._sides, self._key, self._choice, self._foot, self._buttons):
            widget.setVisible(is_open)
        self._changed.hide()
        self._others.hide()
        self._done.setVisible(not is_open)
        self._again.setVisible(not is_open and self._is_to_sign_again())
        if not is_open:
            self._show_done()
            return
        now = self._now
        opened = self._records.get(now.record)
        of = f"{self._decided + self._at + 1} of {self._all}"
        form = (opened.form.name or opened.form.title) if opened is not None else ""
        where = f" – {now.where}" if now.where else ""
        self.page.set_title(f"{now.label}{where}", " · ".join(part for part in (of, form) if part))
        self._go.title(f"Needs your decision, {of}")
        self._identify(opened)
        others = now.theirs_by if now.mine_is_this_worker else f"{now.mine_by} and {now.theirs_by}"
        self._lead.setText(
            f"You and {others} changed this. Both versions are kept, whatever you choose."
            if now.mine_is_this_worker
            else f"{others} changed this. Both versions are kept, whatever you choose."
        )
        title, text = who_else(now, self._say)
        self._others.say(title, text)
        self._others.setVisible(bool(title))
        self._fill_sides(now)
        self._choice.fill(now, self._choices.get(now.id, HalfDecision()))
        self._say_result()
        if now.id != self._claimed:
            self._release()
        if now.sent and self._exchange is not None and self._claimed is None:
            self._claimed = now.id
            self._exchange.claim(now.id)

    def _release(self) -> None:
        """Let colleagues know that what was shown is not looked at any more; one that is settled closes by
        itself."""
        claimed, self._claimed = self._claimed, None
        if self._exchange is not None and any(each.id == claimed for each in self._conflicts):
            assert claimed is not None
            self._exchange.release(claimed)

    def left(self) -> None:
        """Nobody decides here any more."""
        self._release()

    def _identify(self, opened: OpenRecord | None) -> None:
        if opened is None:
            return
        children = [opened.family.person(each) for each in opened.subjects]
        child = children[0] if len(children) == 1 else None
        family = opened.family
        self._go.identity(
            IdentityFacts(
                name=child.name if child is not None else f"{family.name} family",
                initials=child.initials if child is not None else f"{family.name[:1]}.",
                alerts=alerts_about(child, family) if child is not None else alerts_of(family),
                family=family.id,
            )
        )

    def _fill_sides(self, now: OpenConflict) -> None:
        marked = now.kind is ConflictKind.ANSWER and now.can_keep_both
        base = now.base

        def side(text: str) -> tuple[Run, ...]:
            shown = text or "Nothing"
            return runs(base, shown) if marked and base else (Run(text=shown, mark=Mark.SAME),)

        mine, theirs = side(now.mine), side(now.theirs)
        self._before.say("Before both changes", "", (Run(text=base or "Not answered", mark=Mark.SAME),))
        when = self._say.moment(now.mine_at)
        if now.mine_is_this_worker:
            self._mine.say("Your version", f"This laptop, {when}", mine)
        else:
            self._mine.say(f"{now.mine_by}’s version", f"Sent from their laptop, {when}", mine)
        theirs_when = f", {self._say.moment(now.theirs_at)}" if now.theirs_at is not None else ""
        self._theirs.say("Office version", f"{now.theirs_by}{theirs_when}", theirs)
        self._key.setVisible(any(run.mark in (Mark.ADDED, Mark.REMOVED) for run in (*mine, *theirs)))

    def _show_done(self) -> None:
        self.page.set_title("Nothing needs your decision")
        self._go.title("Decisions")
        if self._last_record is not None:
            self._identify(self._records.get(self._last_record))
        if self._decided:
            decided = "The decision is" if self._decided == 1 else f"All {self._decided} decisions are"
            words = f"{decided} saved on this laptop and will be sent. Both versions stay in the history."
        else:
            words = "When a colleague and you change the same thing, you are asked here."
        self._done.say(words)
        if self._is_to_sign_again():
            words = f"{words} {SIGN_AGAIN}: sign it off again."
            self.sign_again.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._done.button is not None:
            self._done.button.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._decided:
            announce(self, words)

    def _is_to_sign_again(self) -> bool:
        """Whether what was decided last had been signed here, which did not count."""
        opened = self._records.get(self._last_record) if self._last_record is not None else None
        return opened is not None and opened.sign_off_dropped and bool(self._decided)

    def _sign_again(self) -> None:
        if self._last_record is not None:
            self._go.check(self._last_record)

    # -- choosing ------------------------------------------------------------------------------------------

    def _press(self, choice: str) -> None:
        radio = self.radios[choice]
        if self._conflicts and not radio.isHidden():
            radio.setChecked(True)
            target = self.new_text if choice == "new" else radio
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _choose(self, choice: str) -> None:
        if not self._conflicts:
            return
        now = self._now
        before = self._choices.get(now.id, HalfDecision())
        text = before.text or (now.mine if choice == "new" else "")
        self._put_in(now.id, replace(before, choice=choice, text=text))
        self._choice.show_chosen(choice, text)
        self._say_result()

    def _write(self) -> None:
        if not self._conflicts:
            return
        before = self._choices.get(self._now.id, HalfDecision())
        half = replace(before, text=self.new_text.toPlainText(), reason=self.reason.text())
        if half != before:
            self._put_in(self._now.id, half)
            self._say_result()

    def _put_in(self, conflict: ConflictId, half: HalfDecision) -> None:
        self._choices[conflict] = half
        self._half.take(conflict, half)

    def _take_halves(self) -> None:
        """Take up what was put in before the page was left, or the laptop locked."""
        for each in self._conflicts:
            if each.half is not None:
                self._choices.setdefault(each.id, each.half)

    def _say_result(self) -> None:
        now = self._now
        kept = self._choices.get(now.id, HalfDecision())
        words = {
            None: "not decided yet",
            "mine": now.mine or "nothing",
            "theirs": now.theirs or "nothing",
            "both": "\n".join(part for part in (now.theirs, now.mine) if part),
            "new": kept.text.strip() or "nothing written yet",
        }[kept.choice]
        self.result.setText(f"Result: {shortened(words, 180)}")
        self.result.setAccessibleName(f"Result: {words}")

    # -- saving --------------------------------------------------------------------------------------------

    def save_and_continue(self) -> None:
        """Save the decision and go to the next thing to decide."""
        if not self._conflicts or self._is_saving:
            return
        now = self._now
        kept = self._choices.get(now.id, HalfDecision())
        if kept.choice is None:
            self._refuse("Choose what should stand, or decide later", self.radios["mine"])
        elif kept.choice == "new" and not kept.text.strip():
            self._refuse("Write what should stand", self.new_text)
        elif now.severe and not kept.reason.strip():
            self._refuse("Say why in one line: this is about risk, an address or a legal matter", self.reason)
        else:
            self._is_saving = True
            self._half.drop(now.id)
            self.save.setEnabled(False)
            desk, text = self._desk, kept.text.strip() if kept.choice == "new" else None
            choice, reason = kept.choice, kept.reason.strip()
            self._tasks.run(
                self, lambda: desk.settle(now.id, choice, text, reason), self._settled, self._not_settled
            )

    def _refuse(self, words: str, place: QWidget) -> None:
        fault = self._choice.refuse(words, place)
        place.setFocus(Qt.FocusReason.OtherFocusReason)

        def in_sight() -> None:  # above the foot, once it has its room on the page
            for each in (place, fault):
                self.page.ensureWidgetVisible(each, 0, em(self, 0.5))

        QTimer.singleShot(0, self, in_sight)
        announce(self, f"Error: {words}", assertive=True)

    def _settled(self, kept: Kept) -> None:
        self._is_saving = False
        self.save.setEnabled(True)
        self._go.kept(kept.at)
        self._go.changed()
        settled = self._now
        self._last_record = settled.record
        self._choices.pop(settled.id, None)
        self._decided += 1
        self._conflicts = tuple(each for each in self._conflicts if each.id != settled.id)
        self._at = min(self._at, max(0, len(self._conflicts) - 1))
        announce(self, "Decision saved")
        self._show()
        if self._conflicts:
            self.begin()

    def _not_settled(self, error: Exception) -> None:
        self._is_saving = False
        self.save.setEnabled(True)
        if self._conflicts and self._now.id in self._choices:
            self._half.take(self._now.id, self._choices[self._now.id])
        if isinstance(error, ChangedSinceRead | RecordUnknown):
            self.refresh(())
        else:
            self._say.error(error)

    def _decide_later(self) -> None:
        """Leave it: nothing else is blocked by it, and what was chosen so far stays marked."""
        if len(self._conflicts) > 1 and self._at + 1 < len(self._conflicts):
            self.next_problem()
        else:
            self._go.back()

    # -- moving, and what changes meanwhile ----------------------------------------------------------------

    def next_problem(self) -> None:
        """F8: the next thing to decide."""
        self._step(1)

    def previous_problem(self) -> None:
        """Shift+F8: the one before."""
        self._step(-1)

    def _step(self, step: int) -> None:
        if len(self._conflicts) > 1:
            self._at = (self._at + step) % len(self._conflicts)
            self._show()
            self.begin()

    def unsaved(self) -> bool:
        """A decision, or what is put in for one, on its way to the disk, but not there yet."""
        return self._is_saving or self._half.pending()

    def flush(self) -> None:
        """Hand on what is put in so far."""
        self._half.flush()

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Look again at what is open: a third change may have come."""
        desk, record = self._desk, self._record
        self._tasks.run(self, lambda: read(desk, record), self._reread, self._say.error)

    def _reread(self, found: tuple[tuple[OpenConflict, ...], Mapping[RecordId, OpenRecord]]) -> None:
        conflicts, records = found
        waiting = tuple(each for each in conflicts if each.chosen is None)
        if waiting == self._conflicts or self._is_saving:
            return
        before = self._now if self._conflicts else None
        self._records.update(records)
        self._conflicts = waiting
        self._all = max(self._all, self._decided + len(waiting))
        self._at = next((at for at, each in enumerate(waiting) if before and each.path == before.path), 0)
        now = waiting[self._at] if waiting else None
        is_next = now is not None and before is not None and now.path == before.path and now.id != before.id
        if is_next and now is not None and before is not None and before.id in self._choices:
            self._put_in(now.id, self._choices.pop(before.id))
        self._take_halves()
        self._show()
        if now is None or before is None or now.path != before.path:
            return
        QTimer.singleShot(0, self, self._keep_in_sight)  # what was said above it has moved it
        if not says_the_same(now, before):
            self._changed.show()
            self._changed.speak()


def read(desk: Desk, record: RecordId | None) -> tuple[tuple[OpenConflict, ...], dict[RecordId, OpenRecord]]:
    """Return what is to be decided, and the records it stands in. Runs in the store's thread."""
    if record is not None:
        opened = desk.open(record)
        return opened.conflicts, {record: opened}
    conflicts = desk.sending().decisions
    return conflicts, {each: desk.open(each) for each in dict.fromkeys(one.record for one in conflicts)}
