"""The offer of a form's later version: what changes, moving there, staying, and going back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ui.say import Say
from ui.screens.form.earlier import TITLE
from ui.screens.form.keeping import Keeper
from ui.screens.form.pages import Pages
from ui.screens.form.section import SectionPage
from ui.style import Rank, Tone
from ui.tasks import Tasks
from ui.widgets.announce import announce
from ui.widgets.banners import Banner
from ui.widgets.buttons import Button, LinkButton
from ui.widgets.flow import FlowLayout
from ui.widgets.surfaces import Band
from ui.widgets.text import Body, Strong
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.moves import FormOffer, FormStanding
from workbook_desktop.workspace.views import OpenRecord

KEY = "form"  # of the notice among those of a page
_NAMED = 4  # questions named in the notice
OFFERED = "This form has a newer version"
MOVED = "Moved to the newer version of this form"


class FormMoves(QObject):
    """Knows what can be done about the version of a draft's form, shows it on its pages, and does it."""

    moved = Signal(object)  # OpenRecord: in another version, to be shown anew

    def __init__(
        self, record: RecordId, desk: Desk, tasks: Tasks, say: Say, pages: Pages, keeper: Keeper
    ) -> None:
        super().__init__(keeper)
        self._record, self._desk, self._tasks, self._say = record, desk, tasks, say
        self._pages, self._keeper = pages, keeper
        self._standing = FormStanding()
        self._wanted: FormRef | None = None  # chosen, and waiting for what was typed to be kept
        keeper.kept.connect(lambda _at: self._go_on())
        keeper.failed.connect(self._on_keep_failed)

    def ask(self) -> None:
        """Find out what can be done."""
        desk, record = self._desk, self._record
        self._tasks.run(self, lambda: desk.form_standing(record), self._on_standing, self._say.error)

    def show(self) -> None:
        """Say on the page in sight what can be done."""
        page = self._pages.page
        if not isinstance(page, SectionPage):
            return
        said = repr(self._standing)
        if not page.has_banner(KEY, said):
            page.show_banner(KEY, self._band(), said)

    def _band(self) -> Band | None:
        offer, came_from = self._standing.offer, self._standing.came_from
        if came_from is not None and offer is None:
            return moved_band(self._standing.kept, lambda: self._choose(came_from))
        if offer is None:
            return None
        return offered_band(offer, lambda: self._choose(offer.to), lambda: self._stay(offer.to))

    def _on_standing(self, standing: FormStanding) -> None:
        self._standing = standing
        self.show()

    def _stay(self, on: FormRef) -> None:
        desk, record = self._desk, self._record
        self._tasks.run(self, lambda: desk.stay_on_form(record, on), None, self._say.error)
        self._standing = FormStanding(came_from=self._standing.came_from, kept=self._standing.kept)
        self.show()
        announce(self._pages, "You stay on this version")

    # -- moving: nothing is typed meanwhile, and nothing typed before is left behind ------------------------

    def _choose(self, to: FormRef) -> None:
        self._wanted = to
        self._pages.setEnabled(False)
        self._keeper.flush()
        self._go_on()

    def _go_on(self) -> None:
        to = self._wanted
        if to is None or self._keeper.pending():
            return
        self._wanted = None
        desk, record = self._desk, self._record
        self._tasks.run(
            self, lambda: desk.move_form(record, to), lambda view: self._on_moved(to, view), self._on_failed
        )

    def _on_keep_failed(self, error: Exception) -> None:
        if self._wanted is not None:
            self._wanted = None
            self._pages.setEnabled(True)

    def _on_failed(self, error: Exception) -> None:
        self._pages.setEnabled(True)
        self._say.error(error)

    def _on_moved(self, to: FormRef, view: OpenRecord) -> None:
        self._pages.setEnabled(True)
        forwards = self._standing.offer is not None and self._standing.offer.to == to
        self._standing = FormStanding()
        self.moved.emit(view)
        if view.form.ref != to:
            words = "It stays as it is: it has been sent meanwhile"
        else:
            words = MOVED if forwards else "Back on the earlier version of this form"
        announce(self._pages, words)
        self._pages.focus_start()
        self.ask()


class OfferBand(Band):
    """A quiet notice: what changes, and whether to move."""

    def __init__(self, offer: FormOffer, move: Callable[[], None], stay: Callable[[], None]) -> None:
        super().__init__(Tone.INFO)
        lines = lines_of(offer)
        self.setAccessibleName(". ".join(part.rstrip(".") for part in (OFFERED, *lines)))
        self.add(Strong(OFFERED), Body(" ".join(lines)))
        row = QWidget(self)
        flow = FlowLayout(row, gap=0.7)
        for words, act, identifier in (
            ("Move to the new version", move, "do:move-form"),
            ("Stay on this one", stay, "do:stay-on-form"),
        ):
            button = Button(words, Rank.SECONDARY, row, identifier=identifier)
            button.clicked.connect(lambda *_, act=act: act())
            flow.addWidget(button)
        self._link = LinkButton(_show_words(offer.every), row, identifier="do:form-changes")
        self._link.clicked.connect(lambda: self._turn(offer.every))
        self._link.setVisible(bool(offer.every))
        flow.addWidget(self._link)
        self.add(row)
        self._every = Body("\n".join(f"• {each}" for each in offer.every))
        self._every.hide()
        self.add(self._every)

    def _turn(self, sentences: Sequence[str]) -> None:
        """Show every change, one below the other, or hide them."""
        self._every.setVisible(self._every.isHidden())
        words = _show_words(sentences) if self._every.isHidden() else "Hide the changes"
        self._link.setText(words)
        self._link.setAccessibleName(words)
        self._link.updateGeometry()
        if not self._every.isHidden():
            announce(self, ". ".join(each.rstrip(".") for each in sentences))


def _show_words(sentences: Sequence[str]) -> str:
    return "Show the change" if len(sentences) == 1 else f"Show all {len(sentences)} changes"


def offered_band(offer: FormOffer, move: Callable[[], None], stay: Callable[[], None]) -> OfferBand | Banner:
    """Return the notice that there is a newer version."""
    if offer.possible:
        return OfferBand(offer, move, stay)
    where = "The office has this record" if offer.at_office else "It is on its way to the office"
    text = f"{where} in the version it began with, so it stays on that one."
    return _banner(OFFERED, text, "Close", stay, "do:stay-on-form")


def moved_band(kept: int, go_back: Callable[[], None]) -> Banner:
    """Return the notice that a draft was moved."""
    answers = "1 answer has" if kept == 1 else f"{kept} answers have"
    left = f"{answers} no question in it, and can be read under “{TITLE}”. " if kept else ""
    text = f"{left}You can go back until it is sent or signed."
    return _banner(MOVED, text, "Go back", go_back, "do:move-form-back", "Go back to the earlier version")


def _banner(
    title: str, text: str, action: str, act: Callable[[], None], identifier: str, name: str = ""
) -> Banner:
    banner = Banner(Tone.INFO, title, text, action=action, on_action=act)
    if banner.button is not None:
        banner.button.setObjectName(identifier)
        banner.button.setAccessibleIdentifier(identifier)
        banner.button.setAccessibleName(name or f"{action}: {title}")
    return banner


def lines_of(offer: FormOffer) -> tuple[str, ...]:
    """Return what changes, in two or three sentences. What would be left without a question is named."""
    lines = []
    if offer.left_over:
        lines.append(
            f"It has no place for what you answered to {_listed(offer.left_over)}."
            f" That stays with the record, under “{TITLE}”."
        )
    counted = [
        _counted(len(offer.gone), "is no longer asked", "are no longer asked"),
        _counted(len(offer.renamed), "is asked otherwise", "are asked otherwise"),
        _counted(len(offer.new_required), "is new and must be answered", "are new and must be answered"),
        _counted(len(offer.new), "is new and optional", "are new and optional"),
        _counted(len(offer.otherwise), "is checked otherwise", "are checked otherwise"),
    ]
    parts = [each for each in counted if each]
    if parts:
        first, *others = parts
        number, rest = first.split(" ", 1)
        subject = f"{number} question{'' if number == '1' else 's'} {rest}"
        lines.append(", ".join([subject, *others]) + ".")
    else:
        lines.append("Only words and order are different.")
    if not offer.left_over:
        lines.append("All your answers go with you.")
    return tuple(lines)


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}" if count else ""


def _listed(names: Sequence[str]) -> str:
    quoted = [f"“{each}”" for each in names[:_NAMED]]
    more = len(names) - _NAMED
    if more > 0:
        return f"{', '.join(quoted)} and {more} more"
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
