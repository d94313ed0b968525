"""The gallery: every page of the practice family, on the smallest screen we promise, and with large text.

The pages are the real ones, over a real store that a real ICS filled. The page about them is written from the
same table: a page that is added stands there with its picture, and one that is gone leaves no picture behind.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from ui.shell.places import Kind, Place
from ui.shell.routes import Routes
from workbook_desktop.commands.hands import Hands, NotThere, Script, Until, Walk
from workbook_desktop.commands.practice import PASSPHRASE, WORKER, Practice
from workbook_desktop.domain.ids import FamilyId, LinkId, PersonId, RecordId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.desk import Desk

SMALLEST = (1366, 768)
SIZES = {"": 100, "-200": 200}  # what a picture's name ends with, and the text size in per cent
CLOSING = 15_000  # ms
WHOSE = "Tolland"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the desk said of the family that is pictured."""

    family: FamilyId
    parent: PersonId | None  # one who has readings
    plan: RecordId | None  # the one in force
    forms: Mapping[str, FormRef]
    newest: Mapping[str, RecordId]  # by form, the record that changed last


Way = Callable[[Routes, Facts], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """One page: the name of its picture, its title, what a worker does there, and the way to it."""

    name: str
    title: str
    says: str
    go: Way
    section: str | None = None  # of a form: the section to turn to
    typed: str = ""  # into what has the focus
    does: tuple[tuple[str, str], ...] = ()  # on the page: the name of a thing (rows as *), and what is typed


def _to(kind: Kind) -> Way:
    return lambda routes, facts: routes.to(Place(kind=kind, family=facts.family))


def _begin(form: str) -> Way:
    """Begin a record of a form, as the worker who presses the button does."""
    return lambda routes, facts: routes.start(facts.forms[form], facts.family)


def _open(form: str) -> Way:
    """Open the newest record of a form."""
    return lambda routes, facts: routes.to(Place(kind=Kind.RECORD, record=facts.newest[form]))


def _on_paper(routes: Routes, facts: Facts) -> None:
    """Have the plan shown as a parent would get it."""
    from ui.screens.paper import PaperScreen

    before = routes.screen

    def show() -> None:
        if isinstance(routes.screen, PaperScreen) and routes.screen is not before:
            routes.screen.preview()
        else:
            QTimer.singleShot(50, routes, show)

    routes.to(Place(kind=Kind.PAPER, family=facts.family, person=facts.parent))
    show()


PAGES = (
    Shown(
        "home", "Today", "What is late, due today and waiting, and what has to be read first.", _to(Kind.HOME)
    ),
    Shown(
        "caseload", "Caseload", "The families of the shared caseload, each child a line.", _to(Kind.CASELOAD)
    ),
    Shown(
        "family",
        "A family's file",
        "Who they are, what to know before the door opens, what is due and what is agreed.",
        _to(Kind.FAMILY),
    ),
    Shown(
        "workbook",
        "The Workbook of a family",
        "A chapter for each discipline: what is new since you last looked, risk now, summaries.",
        _to(Kind.WORKBOOK),
    ),
    Shown(
        "chapter",
        "One chapter",
        "What a discipline has entered, each entry a line of plain words, and who has read it.",
        _to(Kind.WORKBOOK),
        does=(("choose:substance", " "),),
    ),
    Shown(
        "chronology",
        "Chronology",
        "What happened, in its order, from every discipline; searchable, with its gaps.",
        _to(Kind.CHRONOLOGY),
    ),
    Shown(
        "genogram",
        "Genogram",
        "Who is whose: a list to read and to work in, and the drawing made from it.",
        _to(Kind.GENOGRAM),
    ),
    Shown(
        "visit",
        "A visit",
        "One entry that feeds chapter, chronology, actions and due dates.",
        _open("visit"),
    ),
    Shown(
        "check",
        "Check and finish",
        "What is still to be answered, each a link to its question, before anything is signed.",
        lambda routes, facts: routes.to(Place(kind=Kind.CHECK, record=facts.newest["plan"])),
    ),
    Shown(
        "plan",
        "A plan",
        "Outcomes for the child, actions with a name and a date, in plain words beside.",
        lambda routes, facts: routes.to(Place(kind=Kind.RECORD, record=facts.plan)),
        section="outcomes-part",
    ),
    Shown(
        "paper",
        "On paper",
        "For whom, what and how; what is left out for them is listed before anything is printed.",
        _to(Kind.PAPER),
    ),
    Shown(
        "paper-shown",
        "On paper, shown",
        "The plan as this parent would get it, and all that is left out of it, with the reasons.",
        _on_paper,
    ),
    Shown(
        "summary",
        "A monthly summary",
        "Drafted from the month's entries: counted, quoted with their source, for the worker to edit.",
        _begin("monthly-summary"),
    ),
    Shown(
        "supervision",
        "Group supervision",
        "Each area before and after, who sees it otherwise, the child's voice, the decision and its reasons.",
        _begin("group-supervision"),
        section="domains-part",
    ),
    Shown(
        "assessment",
        "An assessment",
        "Fed by the chapters, each author's name kept.",
        _begin("child-and-family-assessment"),
        section="trio",
        does=(("answer:chapter-part/*/chapter-part.text", ""),),
    ),
    Shown(
        "body-map",
        "A body map",
        "Where a mark was seen, in words and on the figure; a mark that is signed is never taken away.",
        _begin("body-map"),
        section="marks",
        does=(
            ("answer:marks.seen", " "),
            ("answer:mark/*/mark.region", "Upper arm"),
            ("answer:mark/*/mark.side", " "),
            ("do:show-figure", " "),
        ),
    ),
    Shown(
        "motivational",
        "A motivational conversation",
        "Importance and confidence, what they said for and against, and the step agreed.",
        _open("mi-session"),
        section="rulers",
    ),
    Shown(
        "safety-plan",
        "A safety plan",
        "Warning signs, what we will do, safe people and places; printed plain, large and without a logo.",
        _begin("safety-plan"),
    ),
    Shown(
        "with-parent",
        "Readings, to look at with a parent",
        "How things have gone in a parent's own words and numbers; a chart, and the same as a table.",
        lambda routes, facts: routes.to(
            Place(kind=Kind.WITH_PARENT, family=facts.family, person=facts.parent)
        ),
        does=(("chart:readings", ""),),
    ),
    Shown(
        "find", "Find", "Any child, person, record or page in three keystrokes.", _to(Kind.FIND), typed="lock"
    ),
    Shown(
        "measures",
        "Measures",
        "What is recorded already, counted for a team and a period, with no one's name and no small count.",
        _to(Kind.MEASURES),
    ),
    Shown(
        "sending", "Sending and receiving", "What is at the office, what waits, and why.", _to(Kind.SENDING)
    ),
)


def make_gallery(pictures: Path) -> int:
    """Take the pictures into a folder and write the page about them; return 0 if all were taken."""
    from workbook_desktop.app.window import Window, application

    pictures.mkdir(parents=True, exist_ok=True)
    ended: list[str | None] = []
    with tempfile.TemporaryDirectory(prefix="workbook-gallery-") as folder:
        shown: list[Window] = []
        parts = Practice(Path(folder), on_status=lambda status: shown[0].on_status(status) if shown else None)
        app = application(sys.argv)
        try:
            parts.prepare()
            window = Window(
                app,
                parts.worker,
                clock=parts.clock,
                worker_name=WORKER.name,
                practice=True,
                preferences=Path(folder),
            )
            shown.append(window)
            window.shell.resize(*SMALLEST)
            window.shell.show()

            def arrived(why: str | None) -> None:
                ended.append(why)
                window.shell.ended.connect(app.quit)
                window.shell.close()
                QTimer.singleShot(CLOSING, lambda: app.exit(1))

            walk = Walk(Gallery(window, Hands(window.shell, pictures)).script(), arrived)
            walk.start()
            app.exec()
        finally:
            parts.close()
    why = ended[0] if ended else "the window closed before every picture was taken"
    if why is not None:
        print(why, file=sys.stderr)
        return 1
    _drop_old(pictures)
    (pictures / "README.md").write_text(written(), encoding="utf-8")
    print(f"{len(PAGES) * len(SIZES)} pictures: {pictures}", flush=True)
    return 0


def _drop_old(pictures: Path) -> None:
    kept = {f"{each.name}{end}.png" for each in PAGES for end in SIZES}
    for picture in pictures.glob("*.png"):
        if picture.name not in kept:
            picture.unlink()


def written() -> str:
    """Return the page that shows the pictures beside it."""
    parts = [
        "# The Workbook in pictures",
        "",
        "The invented Tolland family, on a screen of 1366 by 768; each page again with text twice as large.",
        "Made by `python3 dev.py gallery`.",
        "",
    ]
    for each in PAGES:
        parts += [f"## {each.title}", "", each.says, "", f"![{each.title}]({each.name}.png)", ""]
        parts += [f"[{each.title}, text at 200 %]({each.name}-200.png)", ""]
    return "\n".join(parts)


class Gallery:
    """Walks from page to page and takes a picture of each."""

    def __init__(self, window: Any, hands: Hands) -> None:
        self._window, self._hands = window, hands

    def script(self) -> Script:
        """Unlock, receive, then every page at every size."""
        hands = self._hands
        yield Until("the unlock screen", lambda: hands.sees("screen:unlock"))
        hands.focus("answer:passphrase")
        hands.type(PASSPHRASE)
        hands.press(Qt.Key.Key_Return)
        yield Until("home", lambda: hands.sees("screen:home"))
        status = self._window.exchange
        yield Until("the first pull", lambda: status.status.last_complete is not None, 60.0)
        yield from self._still(1.0)
        told: list[Facts] = []
        desk = self._window.shell.navigator.desk
        self._window.tasks.run(hands.window, lambda: _facts(desk), told.append, self._fail)
        yield Until("the family is known", lambda: bool(told))
        for each in PAGES:
            yield from self._show(each, told[0])

    def _show(self, each: Shown, facts: Facts) -> Script:
        shell = self._window.shell
        before = shell.screen_now
        each.go(shell.navigator, facts)
        yield Until(f"the page {each.name}", lambda: shell.screen_now is not before)
        yield from self._still()
        if each.section is not None:
            shell.screen_now.open_section(LinkId(each.section))
        self._hands.type(each.typed)
        for name, typed in each.does:
            yield from self._still()
            self._hands.focus(self._first(name))
            if typed == " ":
                self._hands.press(Qt.Key.Key_Space)
            else:
                self._hands.type(typed)
        for end, percent in SIZES.items():
            yield from self._text(percent)
            yield from self._still(0.6)
            self._hands.picture(f"{each.name}{end}")
        yield from self._text(100)
        print(f"  {each.name}", flush=True)

    def _first(self, pattern: str) -> str:
        """Return the name of the first thing on the page whose name is like this."""
        shown = (each.objectName() for each in self._window.shell.findChildren(QWidget) if each.isVisible())
        name = next((each for each in shown if fnmatchcase(each, pattern)), None)
        if name is None:
            raise NotThere(f"nothing on the page is called {pattern}")
        return str(name)

    def _text(self, percent: int) -> Script:
        """Change the text size by its key, as a worker does."""
        control = Qt.KeyboardModifier.ControlModifier
        while self._window.look.text_percent != percent:
            larger = self._window.look.text_percent < percent
            self._hands.press(Qt.Key.Key_Equal if larger else Qt.Key.Key_0, control)
            yield from self._still(0.05)

    def _still(self, seconds: float = 0.3) -> Script:
        until = time.monotonic() + seconds
        yield Until("a moment", lambda: time.monotonic() > until)
        yield Until("nothing is pending", lambda: self._window.tasks.pending() == 0)

    def _fail(self, error: Exception) -> None:
        raise error


def _facts(desk: Desk) -> Facts:
    """Find the family, in the store's thread. Raises NotThere."""
    for each in desk.caseload(WHOSE):
        file = desk.family(each.family)
        parents = desk.parents(each.family)
        return Facts(
            family=each.family,
            parent=parents[0].id if parents else None,
            plan=file.plan.record if file.plan is not None else None,
            forms={ref.id: ref for ref, _ in file.forms},
            newest={row.form.id: row.record for row in reversed(file.records) if row.form is not None},
        )
    raise NotThere(f"no family {WHOSE} on this laptop")
