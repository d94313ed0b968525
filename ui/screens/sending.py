"""S15, sending and receiving: did my work reach the office, and if not, what do I do?"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.asking import Asking
from ui.exchange import BUSY, Exchange
from ui.models.exchange import exchange_words
from ui.models.lists import PageList
from ui.models.rows import conflict_row, file_size, names_words, own_row
from ui.say import Say
from ui.shell.navigation import Navigator
from ui.shell.places import Kind, Place
from ui.shell.screen import Screen
from ui.style import Rank, Tone
from ui.tasks import Tasks
from ui.widgets import (
    WIDE,
    Band,
    Body,
    Button,
    EmptyState,
    FlowLayout,
    HeadingTwo,
    Hint,
    Page,
    Row,
    Strong,
    announce,
)
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import LinkId, RecordId
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import (
    Counts,
    FileRow,
    Kept,
    LeavingRow,
    OpenRecord,
    Progress,
    Sending,
    SendingRow,
)

_LID = "You can close the lid at any time: what is not sent yet stays on this laptop and is sent later."


class SendingScreen(Screen):
    """The sync centre: what needs the worker first, then what waits, then what is done."""

    def __init__(
        self,
        sending: Sending,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        clock: Clock,
        exchange: Exchange,
    ) -> None:
        super().__init__()
        self._sending, self._desk, self._tasks, self._say, self._go = sending, desk, tasks, say, go
        self._clock, self._exchange = clock, exchange
        self._asking = Asking(self, tasks, self._show, say.error)
        self._refused = ""  # of what was not accepted: the record the buttons are about
        self.setObjectName("screen:sending")
        self.setAccessibleIdentifier("screen:sending")
        go.title("Sending and receiving")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("Sending and receiving", letters=WIDE)
        outer.addWidget(self.page)
        self._state = Band(Tone.NEUTRAL)
        self._title, self._words, self._lid = Strong(), Body(), Hint(_LID)
        self._state.add(self._title, self._words, self._lid)
        self.send_now = Button(
            "&Send and receive now  Ctrl+R", Rank.PRIMARY, identifier="do:send-now", icon_name="refresh-cw"
        )
        self.send_now.setAccessibleName("Send and receive now")
        self.send_now.clicked.connect(lambda *_: self._send_now())
        self.pause = Button("", identifier="do:pause")
        self.pause.clicked.connect(lambda *_: self._pause())
        self.sign_in = Button("Si&gn in…", Rank.PRIMARY, identifier="do:to-account", icon_name="key-round")
        self.sign_in.clicked.connect(lambda *_: go.to(Place(kind=Kind.ACCOUNT)))
        copy = Button("Copy details for &IT", identifier="do:copy-details", icon_name="copy")
        copy.clicked.connect(lambda *_: self._copy())
        acts = QWidget()
        flow = FlowLayout(acts, gap=0.7)
        for button in (self.sign_in, self.send_now, self.pause, copy):
            flow.addWidget(button)
        self.aside = Band(Tone.WARNING)
        self.aside.setAccessibleIdentifier("band:forms-aside")
        self._aside_words = Body()
        self.aside.add(
            Strong("Forms that came and are not used"),
            self._aside_words,
            Hint(
                "Nothing else waits for them. Copy the details for IT: it may be that a key is missing here."
            ),
        )
        self.page.add(self._state, acts, self.aside)
        self.decisions = PageList("decisions", "Needs your decision")
        self.not_accepted = PageList("not-accepted", "Not accepted")
        self.waiting = PageList("waiting", "Waiting to send")
        self.files = PageList("files", "Files to hand over")
        self.leaving = PageList("leaving", "Leaving this laptop")
        self.drafts = PageList("drafts", "Drafts on this laptop")
        self.done = PageList("done", "Done today")
        self.hold = Button("&Hold back the chosen one", identifier="do:hold-back", icon_name="undo-2")
        self.hold.clicked.connect(lambda *_: self._hold_back())
        self.waiting.looked_at.connect(self._offer_hold)
        self.again = Button("Try a&gain", identifier="do:try-again", icon_name="refresh-cw")
        self.again.clicked.connect(lambda *_: self._try_again())
        self.copy_words = Button("Copy my &words", identifier="do:copy-words", icon_name="copy")
        self.copy_words.clicked.connect(lambda *_: self._copy_words())
        self._why = Body()
        self._why.setObjectName("why-not-accepted")
        of_refused = QWidget()
        beside = FlowLayout(of_refused, gap=0.7)
        for button in (self.again, self.copy_words):
            beside.addWidget(button)
        self.not_accepted.looked_at.connect(self._offer_again)
        self._parts: dict[str, QWidget] = {}
        for what, title, note, widgets in (
            ("decisions", "Needs your decision", "", (self.decisions,)),
            (
                "not-accepted",
                "Not accepted",
                "Open one to fix it: nothing in it is lost.",
                (self.not_accepted, self._why, of_refused),
            ),
            (
                "waiting",
                "Waiting to send",
                "You can still change these until they go.",
                (self.waiting, self.hold),
            ),
            (
                "files",
                "Files to hand over",
                "They go after the words that name them. One the office did not take stays here.",
                (self.files,),
            ),
            (
                "leaving",
                "Leaving this laptop",
                "What you wrote and had not sent is handed in first; nothing of it is thrown away.",
                (self.leaving,),
            ),
            ("drafts", "Drafts on this laptop", "The office sees a draft when you send it.", (self.drafts,)),
            ("done", "Done today", "Accepted by the office; the receipt proves it.", (self.done,)),
        ):
            self._parts[what] = part = QWidget()
            column = QVBoxLayout(part)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(HeadingTwo(title))
            if note:
                column.addWidget(Hint(note))
            for widget in widgets:
                column.addWidget(widget)
            self.page.add(part)
        self._nothing = EmptyState("Nothing is waiting, and nothing needs you.", icon_name="circle-check")
        self.page.add(self._nothing)
        self.decisions.opened.connect(self._decide)
        self.not_accepted.opened.connect(self._fix)
        self.drafts.opened.connect(self._open_draft)
        for listed in (self.waiting, self.done):
            listed.opened.connect(lambda key: go.record(RecordId(key.rpartition(":")[2])))
        self.files.opened.connect(self._open_file)
        self._show(sending)

    def begin(self) -> None:
        """Start with what needs the worker, if anything does."""
        self.page.arrive()
        for listed in (self.decisions, self.not_accepted):
            if listed.rows:
                listed.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self.send_now.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Ask again."""
        self._asking.ask(self._desk.sending)

    def exchange_changed(self) -> None:
        """Say how it goes, and look again what is left."""
        self._say_state()
        self.refresh(())

    # -- showing -------------------------------------------------------------------------------------------

    def _show(self, sending: Sending) -> None:
        self._sending = sending
        say = self._say
        self.decisions.set_rows([conflict_row(each, say) for each in sending.decisions])
        self.not_accepted.set_rows([self._line(each) for each in sending.not_accepted])
        self.waiting.set_rows([self._line(each) for each in sending.waiting])
        self.files.set_rows([_file_line(each) for each in sending.files])
        self.leaving.set_rows([self._leaving_line(each) for each in sending.leaving])
        self.drafts.set_rows([own_row(each, say) for each in sending.drafts])
        self.done.set_rows([self._receipt(at, each) for at, each in enumerate(sending.done_today)])
        shown = 0
        for what, listed in (
            ("decisions", self.decisions),
            ("not-accepted", self.not_accepted),
            ("waiting", self.waiting),
            ("files", self.files),
            ("leaving", self.leaving),
            ("drafts", self.drafts),
            ("done", self.done),
        ):
            self._parts[what].setVisible(bool(listed.rows))
            shown += bool(listed.rows)
        self.aside.setVisible(bool(sending.forms_aside))
        self._aside_words.setText("\n".join(f"{each}." for each in sending.forms_aside))
        self._nothing.setVisible(not shown)
        self._offer_hold(self.waiting.current_key)
        self._offer_again(self.not_accepted.current_key)
        self._say_state()

    def _line(self, each: SendingRow) -> Row:
        row = own_row(each.row, self._say)
        size = file_size(each.size) if each.size else ""
        waits_besides = bool(each.why) and each.row.progress is not Progress.NOT_ACCEPTED
        return Row(
            key=row.key,
            title=row.title,
            detail=" · ".join(part for part in (row.detail, size) if part),
            state="Not accepted" if waits_besides else row.state,
            tone=row.tone,
            icon=row.icon,
        )

    def _leaving_line(self, each: LeavingRow) -> Row:
        say = self._say
        what = each.title or (f"{each.family_name} family" if each.family_name else "A family")
        how = say.first(f"exchange.leaving.{each.kind}", "exchange.leaving.other")
        if each.to_seal:
            state = say.first("exchange.leaving.sealing")
        elif each.to_hand_in:
            state = say.first("exchange.leaving.to-hand-in", count=each.to_hand_in)
        else:
            state = say.first("exchange.leaving.nothing-left")
        why = say.first(f"exchange.leaving.why.{each.reason}") or each.reason  # a code, or an officer's words
        until = say.first("exchange.leaving.until", when=say.moment(each.until)) if each.until else ""
        return Row(
            key=f"leaving:{each.job}",
            title=what,
            detail=" · ".join(part for part in (how, why, until) if part),
            state=state,
            tone=Tone.INFO,
            icon="log-out",
        )

    def _receipt(self, at: int, each: SendingRow) -> Row:
        row = each.row
        word = self._say.progress_of(row)
        receipt = f"receipt {each.receipt[-8:]}" if each.receipt else ""
        parts = [names_words(row.subjects), f"{row.family_name} family", receipt]
        return Row(
            key=f"done:{at}:{row.record}",
            title=row.title,
            detail=" · ".join(part for part in parts if part),
            state=word.text,
            tone=Tone.PLAIN,
            icon="circle-check",
        )

    def _say_state(self) -> None:
        status = self._exchange.status
        waiting = len(self._sending.waiting)
        said = exchange_words(self._say, status, self._counts())
        title, tone = said.title, said.tone
        words = " ".join(part for part in (said.means, said.to_do) if part)
        last = status.last_complete or self._sending.last_complete
        reached = f"{self._say.reached(last)}."
        if self._state.tone is not tone:
            self._state.tone = tone
            self._state.update()
        if title != self._title.text() and self._title.text():
            announce(self, title)
        self._title.setText(title)
        oldest = self._sending.oldest_waiting
        since = f" The oldest has waited since {self._say.moment(oldest)}." if oldest and waiting else ""
        self._words.setText(f"{words} {reached}{since}".strip())
        asks = status.phase == "needs-sign-in" and self._exchange.account is not None
        self.sign_in.setVisible(asks)
        self.send_now.set_rank(Rank.SECONDARY if asks else Rank.PRIMARY)
        is_paused = status.phase == "paused"
        self.pause.setText("&Go on sending" if is_paused else "&Pause while on a visit")
        self.send_now.setEnabled(status.phase not in BUSY)

    def _counts(self) -> Counts:
        sending = self._sending
        return sending.counts or Counts(
            waiting=len(sending.waiting),
            drafts=len(sending.drafts),
            decisions=len(sending.decisions),
            not_accepted=len(sending.not_accepted),
            last_complete=sending.last_complete,
            files=sum(not each.refused and not each.held_back for each in sending.files),
            leaving=len(sending.leaving),
        )

    def _offer_hold(self, key: str) -> None:
        self.hold.setEnabled(bool(key))

    def _offer_again(self, key: str) -> None:
        """Say why the chosen one was not accepted, and what can be done about it."""
        refused = self._sending.not_accepted
        if len(refused) == 1:
            key = refused[0].row.record  # there is nothing to choose
        self._refused = key
        chosen = next((each for each in refused if each.row.record == key), None)
        why = "Choose one to see why, and what you can do." if refused else ""
        if chosen is not None and chosen.why:
            why = f"{chosen.row.title}: {self._say.first(f'problems.{chosen.why}', 'problems.other')}"
        self._why.setText(why)
        self._why.setVisible(bool(why))
        for button in (self.again, self.copy_words):
            button.setEnabled(bool(key))

    # -- acting --------------------------------------------------------------------------------------------

    def _send_now(self) -> None:
        if self._exchange.status.phase == "paused":
            self._exchange.resume()
        self._exchange.request()

    def _pause(self) -> None:
        if self._exchange.status.phase == "paused":
            self._exchange.resume()
        else:
            self._exchange.pause()

    def _decide(self, key: str) -> None:
        conflict = next((each for each in self._sending.decisions if each.id == key), None)
        self._go.conflicts(conflict.record if conflict is not None else None)

    def _open_draft(self, key: str) -> None:
        """Open it; where only the signature is missing, at the page that takes it."""
        record = RecordId(key)
        waits = any(each.record == record and each.waits_for_signature for each in self._sending.drafts)
        (self._go.check if waits else self._go.record)(record)

    def _open_file(self, key: str) -> None:
        """Open the record in which the file was chosen, if it is still here."""
        record = RecordId(key.rpartition(":")[2])
        if any(each.record == record for each in self._sending.files):
            self._go.record(record)

    def _fix(self, key: str) -> None:
        """Open the record where the office found fault, if it said where."""
        desk, record = self._desk, RecordId(key)
        self._tasks.run(self, lambda: _faulty(desk.open(record)), lambda at: self._go.record(record, at))

    def _try_again(self) -> None:
        """Send what was not accepted as it is now, once more."""
        key = self._refused
        if key:
            desk, record = self._desk, RecordId(key)
            self._tasks.run(self, lambda: desk.try_again(record), self._tried_again, self._say.error)

    def _tried_again(self, kept: Kept) -> None:
        self._go.changed()  # which asks for a run, too
        announce(self, "It is sent again. Nothing was lost")
        self.refresh(())

    def _copy_words(self) -> None:
        key = self._refused
        if key:
            desk, record = self._desk, RecordId(key)
            self._tasks.run(self, lambda: desk.words_of(record), self._copied_words, self._say.error)

    def _copied_words(self, words: str) -> None:
        QGuiApplication.clipboard().setText(words)
        announce(self, "Your words are copied. Paste them where you need them, and mind who may see them.")

    def _hold_back(self) -> None:
        key = self.waiting.current_key
        if key:
            desk, record = self._desk, RecordId(key)
            self._tasks.run(self, lambda: desk.hold_back(record), self._held_back, self._say.error)

    def _held_back(self, was_held: bool) -> None:
        self._go.changed()
        announce(self, "Held back: it is a draft again" if was_held else "Too late: it is being sent already")
        self.refresh(())

    def _copy(self) -> None:
        """Put on the clipboard what IT needs: codes, counts, times; no case data."""
        status, sending = self._exchange.status, self._sending
        lines = [
            f"phase={status.phase} code={status.detail_code or '-'} reason={status.detail_reason or '-'}",
            f"waiting={len(sending.waiting)} not-accepted={len(sending.not_accepted)} "
            f"decisions={len(sending.decisions)} drafts={len(sending.drafts)}",
            f"last-complete={sending.last_complete.isoformat() if sending.last_complete else '-'}",
            *(f"form-aside {each}" for each in sending.forms_aside),
            *(f"run {at.isoformat()} {outcome}" for at, outcome in sending.runs),
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))
        announce(self, "Details copied. They hold no case information.")


def _file_line(each: FileRow) -> Row:
    return Row(
        key=f"file:{each.record or each.hash}",
        title=each.title or "A file",
        detail=" · ".join(part for part in (each.family_name, file_size(each.size)) if part),
        state="Not taken" if each.refused else "Goes with its draft" if each.held_back else "Waiting",
        tone=Tone.WARNING if each.refused else Tone.INFO,
        icon="upload",
    )


def _faulty(opened: OpenRecord) -> LinkId | None:
    """Return the answer the office found fault with: the form opens there and says what is wrong."""
    place = next((path for path, _ in opened.problems if path), None)
    return LinkId(place) if place is not None else None
