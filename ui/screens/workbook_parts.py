"""The parts of a family's workbook: a chapter in a card, its entries, what was asked and who has read it.

Nothing is written here. Each line leads to the record that says it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.models.rows import shortened
from ui.say import Say, long_date
from ui.style import Rank, Tone, em
from ui.widgets import (
    Band,
    Body,
    Button,
    Card,
    FlowLayout,
    HeadingTwo,
    Hint,
    Row,
    Strong,
    SummaryRow,
    Tag,
    TaskRow,
)
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.workspace.periods import Period
from workbook_desktop.workspace.views_workbook import Asked, ChapterPart, Entry, Missing, ModuleDone, RiskNow

Opens = Callable[[RecordId], None]
_RISK_TONES = (Tone.SUCCESS, Tone.WARNING, Tone.ERROR)
_NEW_AT_FIRST = 3  # lines in a card; the chapter has them all


def period_words(period: Period) -> str:
    """Return "Since the supervision of 12 November 2026", or from when to when."""
    if period.after is None and period.until is None:
        return "From the beginning: no group supervision has been signed off yet"
    if period.after is None:
        return f"From the beginning to {_day(period.until)}"
    if period.until is None:
        return f"Since the supervision of {_day(period.after)}"
    return f"From {_day(period.after)} to {_day(period.until)}"


def month_words(month: date) -> str:
    """Return "October 2026"."""
    return long_date(month).partition(" ")[2]


def missing_words(missing: Sequence[Missing]) -> list[str]:
    """Return "Bea Linnet’s summary for October 2026 is missing (Mental health)", a line for each chapter."""
    months: dict[str, list[Missing]] = {}
    for each in missing:
        months.setdefault(each.chapter, []).append(each)
    found = []
    for theirs in months.values():
        first = theirs[0]
        said = " and ".join(month_words(each.month) for each in reversed(theirs))
        what = f"summary for {said} is" if len(theirs) == 1 else f"summaries for {said} are"
        if first.is_mine:
            found.append(f"Your {what} missing ({first.title})")
        elif first.writers:
            name = first.writers[0]
            of = f"{name}’" if name.endswith("s") else f"{name}’s"
            found.append(f"{of} {what} missing ({first.title})")
        else:
            found.append(f"The {what} missing ({first.title}): nobody works there now")
    return found


def writers_words(part: ChapterPart) -> str:
    """Return who works in a chapter."""
    if not part.writers:
        return "Nobody works in this chapter now"
    names = [f"{name[:1].upper()}{name[1:]}" if at == 0 else name for at, name in enumerate(part.writers)]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def new_words(part: ChapterPart, say: Say) -> str:
    """Return how much is new in a chapter, and since when."""
    if part.looked_at is None:
        return "You have not looked at this chapter on this laptop yet" if part.entries else ""
    count = len(part.new)
    what = "Nothing new" if not count else "1 new" if count == 1 else f"{count} new"
    return f"{what} since you last looked, {say.moment(part.looked_at)}"


class RiskLine(QWidget):
    """How high the risk is now: a word on its colour, who said so and when."""

    def __init__(self, risk: RiskNow | None, opens: Opens) -> None:
        super().__init__()
        flow = FlowLayout(self, gap=0.5)
        flow.addWidget(Strong("Risk now"))
        if risk is None:
            flow.addWidget(Hint("not said yet"))
            return
        flow.addWidget(Tag(risk.rating, _RISK_TONES[min(2, max(0, risk.level))]))
        by = f"{risk.by}, " if risk.by else ""
        said = Hint(f"{by}{long_date(risk.on)}")
        said.setWordWrap(False)  # a flow gives it the width of its words, and no less
        flow.addWidget(said)


class ChapterCard(Card):
    """One chapter at a glance: who writes it, risk now, its latest summary, and what is new."""

    def __init__(self, part: ChapterPart, say: Say, opens: Opens, choose: Callable[[str], None]) -> None:
        super().__init__()
        chapter = part.chapter
        self.setObjectName(f"chapter:{chapter.id}")
        self.setAccessibleName(chapter.title)
        self.add(HeadingTwo(chapter.title), Hint(writers_words(part)))
        if not part.is_given:
            self.add(Body(not_given_words(part)))
            return
        self.add(RiskLine(part.risk, opens))
        if part.summary is not None:
            self.add(summary_row(part.summary, opens))
        else:
            self.add(Hint("No monthly summary has been signed off."))
        if part.missing:
            months = " and ".join(month_words(each.month) for each in reversed(part.missing))
            self.add(Body(f"! Missing: {months}"))
        words = new_words(part, say)
        if words:
            self.add(Strong(words) if part.new else Hint(words))
        for at, entry in enumerate(part.new[:_NEW_AT_FIRST]):
            self.add(entry_row(entry, f"new:{chapter.id}:{at}", say, opens))
        count = len(part.entries)
        what = "no entries" if not count else "1 entry" if count == 1 else f"{count} entries"
        more = Button(f"Open chapter: {what}", identifier=f"do:chapter-{chapter.id}")
        more.setAccessibleName(f"Open chapter {chapter.title}: {what} in this period")
        more.clicked.connect(lambda *_: choose(chapter.id))
        self.add(more)
        self.column.addStretch(1)


def not_given_words(part: ChapterPart) -> str:
    """Return why there is nothing of a chapter here."""
    ask = f" Ring {part.writers[0]} if you need to know something." if part.writers else ""
    return f"The office does not send this chapter to yours.{ask}"


def summary_row(entry: Entry, opens: Opens) -> TaskRow:
    """Return the latest summary of a chapter."""
    of = f"to {long_date(entry.row.occurred_on)}" if entry.row.occurred_on is not None else ""
    rating = entry.headline.removeprefix("Month’s summary: ")
    detail = " · ".join(
        part
        for part in (
            rating,
            f"Recommends: {entry.change}" if entry.change else "",
            shortened(_joined(entry.impact), 160),
            entry.by,
        )
        if part
    )
    row = TaskRow(f"Latest summary, {of}", detail=detail, identifier=f"summary:{entry.record}")
    row.clicked.connect(lambda *_: opens(entry.record))
    return row


def entry_words(entry: Entry) -> tuple[str, str]:
    """Return the day and headline of an entry, and what came of it in plain words."""
    row = entry.row
    day = long_date(row.occurred_on) if row.occurred_on is not None else "Day not known"
    title = f"{day}: {entry.headline}" if entry.headline else row.title
    parts = (
        shortened(entry.change, 160),
        f"For the children: {shortened(_joined(entry.impact))}" if entry.impact else "",
        f"{row.kind}, {entry.by}" if entry.by else row.kind,
    )
    return title, " · ".join(part for part in parts if part)


def entry_row(entry: Entry, name: str, say: Say, opens: Opens) -> TaskRow:
    """Return an entry as a line that leads to it."""
    title, detail = entry_words(entry)
    row = TaskRow(title, "New" if entry.is_new else "", Tone.INFO, detail=detail, identifier=name)
    row.clicked.connect(lambda *_: opens(entry.record))
    return row


def entry_list_row(entry: Entry, say: Say, *, is_new: bool) -> Row:
    """Return an entry for a list, with where it stands."""
    title, detail = entry_words(entry)
    word = say.progress_of(entry.row)
    state = f"New · {word.text}" if is_new else word.text
    return Row(
        key=entry.record,
        title=title,
        detail=detail,
        state=state,
        tone=Tone.INFO if is_new else word.tone,
        icon="file-text",
    )


class MissingBand(Band):
    """The summaries that are not there, each with whose it is; one's own can be begun at once."""

    def __init__(self) -> None:
        super().__init__(Tone.WARNING)
        self.setObjectName("missing-summaries")
        self._inside: QWidget | None = None

    def show_missing(self, missing: tuple[Missing, ...], start: Callable[[], None] | None) -> None:
        """Show these; nothing at all if none is missing."""
        if self._inside is not None:
            self.column.removeWidget(self._inside)
            self._inside.hide()
            self._inside.deleteLater()
        self._inside = QWidget()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em(self, 0.3))
        count = len(missing)
        column.addWidget(Strong("A summary is missing" if count == 1 else f"{count} summaries are missing"))
        words = missing_words(missing)
        for line in words:
            column.addWidget(Body(line))
        if start is not None and any(each.is_mine for each in missing):
            button = Button("Write your summary", Rank.SECONDARY, identifier="do:write-summary")
            button.clicked.connect(lambda *_: start())
            column.addWidget(button)
        self.add(self._inside)
        self.setVisible(bool(missing))
        self.setAccessibleName("; ".join(words))


def asked_row(asked: Asked, place: int, opens: Opens) -> TaskRow:
    """Return what colleagues were asked to read, and who has."""
    to = " and ".join(asked.to) if asked.to else "everybody"
    on = f", {long_date(asked.on)}" if asked.on is not None else ""
    by = "" if asked.by == "you" else f"{asked.by} to " if asked.by else "To "
    parts = [f"{by or 'To '}{to}{on}"]
    if asked.read_by:
        parts.append("Read by " + ", ".join(f"{each.name} on {long_date(each.on)}" for each in asked.read_by))
    if asked.not_yet:
        parts.append("Not read yet, as far as the office has said: " + ", ".join(asked.not_yet))
    state = "Read" if asked.read_by and not asked.not_yet else "Not read by all" if asked.not_yet else ""
    row = TaskRow(
        shortened(asked.words, 200),
        state,
        Tone.SUCCESS if state == "Read" else Tone.NEUTRAL,
        detail=" · ".join(parts),
        identifier=f"asked:{asked.record}:{place}",
    )
    row.clicked.connect(lambda *_: opens(asked.record))
    return row


def module_row(done: ModuleDone) -> SummaryRow:
    """Return a module, and how often and when it was worked on last."""
    if not done.times:
        return SummaryRow(done.module.title, "Not yet", action="")
    times = "Once" if done.times == 1 else f"{done.times} times"
    last = f", last on {long_date(done.last)}" if done.last is not None else ""
    return SummaryRow(done.module.title, f"{times}{last}", action="")


def _joined(words: str) -> str:
    """Return what forms put together for several children, as sentences."""
    return words.replace(".; ", ". ")


def _day(day: date | None) -> str:
    return long_date(day) if day is not None else ""
