"""What a document will look like, beside what is left out of it: read before anything is printed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from ui.fields.options import OptionCheck
from ui.screens.paper_press import Proof
from ui.style import Tone, colours_now, em
from ui.widgets import (
    Banner,
    Body,
    Button,
    FlowLayout,
    HeadingTwo,
    Hint,
    LinkButton,
    Strong,
    announce,
)
from workbook_desktop.paper.document import Document, Drawing, Pair, Table
from workbook_desktop.workspace.views_paper import Passage, Reader, Sheets, Withheld

_BESIDE = 58  # em: below it what is left out stands above the picture
_WIDEST = 46  # em of a page
_CONFIRM = "I have read it to its end: nothing in it is about, or from, somebody outside the family"
_CONFIRM_MEETING = "I have read it to its end: nobody comes to harm by what stands in it"


class _Sheet(QWidget):
    """One page as a picture, as wide as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QImage()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setObjectName("preview")

    def show_picture(self, png: bytes, name: str) -> None:
        """Show another page."""
        self._picture = QImage.fromData(png)
        self.setAccessibleName(name)
        self.updateGeometry()
        self.update()

    def clear(self) -> None:
        """Let go of the picture."""
        self._picture = QImage()

    def hasHeightForWidth(self) -> bool:
        """A page keeps its shape."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the page at a width."""
        if self._picture.isNull():
            return em(self, 4)
        return round(self._wide(width) * self._picture.height() / self._picture.width()) + 2

    def sizeHint(self) -> QSize:
        """As wide as may be."""
        wide = em(self, _WIDEST)
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        """What is still of use."""
        wide = em(self, 12)
        return QSize(wide, self.heightForWidth(wide))

    def _wide(self, width: int) -> int:
        return min(width, em(self, _WIDEST))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the page, with an edge: paper is white on any ground."""
        if self._picture.isNull():
            return
        wide = self._wide(self.width())
        ratio = self.devicePixelRatioF()
        high = round(wide * self._picture.height() / self._picture.width())
        scaled = self._picture.scaled(
            round(wide * ratio),
            round(high * ratio),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        scaled.setDevicePixelRatio(ratio)
        painter = QPainter(self)
        painter.drawImage(0, 0, scaled)
        painter.setPen(QColor(colours_now().hint))
        painter.drawRect(0, 0, wide - 1, high - 1)
        painter.end()


class SideBySide(QWidget):
    """Two parts: beside each other where there is room, or else one below the other."""

    def __init__(self, one: QWidget, other: QWidget, *, shares: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(em(self, 1.6))
        self._parts = (one, other)
        for part, share in zip(self._parts, shares, strict=True):
            self._box.addWidget(part, share)

    def minimumSizeHint(self) -> QSize:
        """As narrow as one part: the other goes below."""
        narrow = max(part.minimumSizeHint().width() for part in self._parts)
        return QSize(narrow, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the room there is."""
        super().resizeEvent(event)
        wide = self.width() >= em(self, _BESIDE)
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._box.direction() != way:
            self._box.setDirection(way)


class ProofPane(QWidget):
    """The pages on one side; what is left out, and what to look at, on the other."""

    confirmed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane:proof")
        self.setAccessibleName("What it will look like")
        self._pages: tuple[bytes, ...] = ()
        self._at = 0
        self._is_spent = False
        self.heading = HeadingTwo("")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        one, beside = _column()
        self._said = QWidget()
        self._said_column = QVBoxLayout(self._said)
        self._said_column.setContentsMargins(0, 0, 0, 0)
        self.confirm = OptionCheck(_CONFIRM)
        self.confirm.setObjectName("answer:read")
        self.confirm.clicked.connect(lambda *_: self.confirmed.emit())
        self._passages = QWidget()
        self._passages_column = QVBoxLayout(self._passages)
        self._passages_column.setContentsMargins(0, 0, 0, 0)
        self.read: tuple[OptionCheck, ...] = ()  # one for each passage that is read first
        for widget in (self.heading, self._said, self._passages, self.confirm):
            beside.addWidget(widget)
        beside.addStretch(1)
        other, paper = _column()
        turn = QWidget()
        row = FlowLayout(turn, gap=0.7)
        self._before = Button("Page before", identifier="do:page-before", icon_name="chevron-left")
        self._after = Button("Next page", identifier="do:page-after", icon_name="chevron-right")
        self._where = Hint("")
        self._where.setWordWrap(False)
        self._as_text = LinkButton("Read it as text", identifier="do:as-text")
        self._before.clicked.connect(lambda *_: self._turn(-1))
        self._after.clicked.connect(lambda *_: self._turn(1))
        self._as_text.clicked.connect(self._swap)
        for widget in (self._before, self._after, self._where, self._as_text):
            row.addWidget(widget)
        self.sheet = _Sheet()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setObjectName("preview:text")
        self.text.setAccessibleName("The document as text")
        self.text.setMinimumHeight(em(self, 18))
        self.text.hide()
        for widget in (turn, self.sheet, self.text):
            paper.addWidget(widget)
        paper.addStretch(1)
        outer.addWidget(SideBySide(one, other, shares=(2, 3)))

    @property
    def may_print(self) -> bool:
        """Whether what has to be confirmed is."""
        is_read = all(each.isChecked() for each in self.read)
        return not self._is_spent and is_read and (self.confirm.isHidden() or self.confirm.isChecked())

    def spent(self) -> None:
        """It has been handed over: another copy is looked at first."""
        self._is_spent = True

    def show_proof(self, sheets: Sheets, proof: Proof) -> None:
        """Show a document, and what is left out of it."""
        assert sheets.document is not None
        self._is_spent = False
        self._pages, self._at = proof.pages, 0
        self.confirm.setChecked(False)
        self.confirm.setVisible(bool(sheets.must_read))
        at_meeting = sheets.recipient.reader in (Reader.CONFERENCE, Reader.COURT)
        self.confirm.say(_CONFIRM_MEETING if at_meeting else _CONFIRM)
        self._show_passages(sheets.passages)
        self.text.setPlainText(words_of(sheets.document))
        self.text.hide()
        self.sheet.show()
        self._as_text.setText("Read it as text")
        count = sum(each.times for each in sheets.withheld)
        name = sheets.recipient.name
        self.heading.setText(
            f"Left out for {name}: {count} thing{'' if count == 1 else 's'}" if count else f"For {name}"
        )
        self._said.setAccessibleName(f"Left out, {count} item{'' if count == 1 else 's'}")
        self._say(sheets, proof)
        self._turn(0)

    def begin(self) -> None:
        """Say what is left out, and let the worker read on from there: at large text the pages stand below,
        and a focus there would take the page past it."""
        many = len(self._pages)
        announce(self, f"{self.heading.text()}. {many} page{'' if many == 1 else 's'}")
        self.heading.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self, sheets: Sheets, proof: Proof) -> None:
        _empty(self._said_column)
        for words in sheets.warnings:
            self._said_column.addWidget(Banner(Tone.WARNING, "Look at this first", words))
        if proof.missing:
            self._said_column.addWidget(
                Banner(
                    Tone.WARNING,
                    "Some letters cannot be printed here",
                    f"Where [?] stands: {proof.missing}. Write these by hand, or in other letters.",
                )
            )
        if sheets.must_read:
            at_meeting = sheets.recipient.reader in (Reader.CONFERENCE, Reader.COURT)
            title = "Read before you print" if at_meeting else "Words from others"
            self._said_column.addWidget(Banner(Tone.WARNING, title, sheets.must_read))
        for why, what in grouped(sheets.withheld):
            self._said_column.addWidget(Strong(f"{why}:"))
            self._said_column.addWidget(Body(what))
        if not sheets.withheld:
            self._said_column.addWidget(Body("Nothing is left out of it."))

    def _show_passages(self, passages: Sequence[Passage]) -> None:
        """Show what has to be read before it is printed: each by itself, to be ticked."""
        _empty(self._passages_column)
        self._passages.setVisible(bool(passages))
        read = []
        if passages:
            self._passages_column.addWidget(Strong(f"Read before you print: {len(passages)}"))
        for at, each in enumerate(passages, start=1):
            self._passages_column.addWidget(Strong(f"{at}. {each.what.rstrip(':?')}. {each.why}:"))
            self._passages_column.addWidget(Body(each.text))
            tick = OptionCheck(f"I have read passage {at}: it may stand there")
            tick.setObjectName(f"answer:passage-{at}")
            tick.clicked.connect(lambda *_: self.confirmed.emit())
            self._passages_column.addWidget(tick)
            read.append(tick)
        self.read = tuple(read)

    def _turn(self, by: int) -> None:
        self._at = max(0, min(len(self._pages) - 1, self._at + by))
        where = f"Page {self._at + 1} of {len(self._pages)}"
        self.sheet.show_picture(self._pages[self._at], f"Preview, {where.lower()}")
        self._where.setText(where)
        for button, can in ((self._before, self._at > 0), (self._after, self._at + 1 < len(self._pages))):
            if not can and button.hasFocus():
                self.sheet.setFocus(Qt.FocusReason.OtherFocusReason)
            button.setEnabled(can)
            button.setVisible(len(self._pages) > 1)
        if by:
            announce(self, where)

    def _swap(self) -> None:
        as_text = self.text.isHidden()
        self.text.setVisible(as_text)
        self.sheet.setVisible(not as_text)
        self._as_text.setText("See the pages" if as_text else "Read it as text")
        self._as_text.setAccessibleName(self._as_text.text())
        if as_text:
            self.text.setFocus(Qt.FocusReason.OtherFocusReason)


def _empty(column: QVBoxLayout) -> None:
    while (item := column.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def _column() -> tuple[QWidget, QVBoxLayout]:
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    return part, column


def grouped(withheld: Sequence[Withheld]) -> list[tuple[str, str]]:
    """Return what is left out by reason, each as one line: "Actions (2), Risk rating"."""
    found: dict[str, list[str]] = {}
    for each in withheld:
        found.setdefault(each.why, []).append(f"{each.what} ({each.times})" if each.times > 1 else each.what)
    return [(why, ", ".join(what)) for why, what in found.items()]


def words_of(document: Document) -> str:
    """Return a document as text, in its order."""
    lines = [document.title]
    lines += [f"{fact.label}: {fact.text}" for fact in document.facts]
    for section in document.sections:
        lines += ["", section.title]
        for part in section.parts:
            if isinstance(part, Pair):
                lines += ["", part.label, part.text]
            elif isinstance(part, Table):
                lines.append("")
                if part.caption:
                    lines.append(part.caption)
                for row in part.rows:
                    cells = zip(part.headers, row, strict=True)
                    lines.append("; ".join(f"{header}: {cell}" for header, cell in cells if cell))
            elif isinstance(part, Drawing):
                lines += ["", part.alt]
            else:
                lines += ["", part.text]
    return "\n".join([*lines, "", document.footer])
