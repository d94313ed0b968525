"""Run as a process of its own by `benchmarks.form_windows`: the real window, a real practice, real keys.

``fill FOLDER``: a first session, which fills the store from the practice ICS, and ends. ``home FOLDER``: from
the passphrase to a usable home. ``forms FOLDER``: forms opened, and typed into. ``bare``: the floor, the same
keys into a window of one QPlainTextEdit. Lines are JSON on standard output, times in milliseconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from benchmarks.window_child import memory_mib, say
from workbook_desktop.commands.hands import Hands, Script, Until, Walk
from workbook_desktop.commands.practice import PASSPHRASE, WORKER, Practice
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.forms.definition import Item, Section

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
ASSESSMENT = "child-and-family-assessment"  # F6, the longest
OPENINGS = 9
KEYS = 300
PULLED = 6_000
WORDS = "the kitchen was warm and there was food in the cupboards "
BETWEEN_KEYS = 0.012  # s: faster than anybody types, so that a run falls under many keys


class Paints(QObject):
    """Notes when a window was painted: in one go, with all that had changed in it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.last = 0.0  # ms, by the monotonic clock
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A painting is about to begin; the timer comes when it is over."""
        if event.type() in (QEvent.Type.UpdateRequest, QEvent.Type.Paint):
            QTimer.singleShot(0, self, self._over)
        return False

    def _over(self) -> None:
        self.last = now()

    def after(self, what: str, moment: float) -> Until:
        """Wait for a painting that ended after a moment."""
        return Until(f"{what} is painted", lambda: self.last > moment, 30.0)


def now() -> float:
    """Return milliseconds of the monotonic clock."""
    return time.monotonic_ns() / 1e6


def pause(seconds: float) -> Until:
    """Wait so long: a worker reads, or types no faster."""
    end = time.monotonic() + seconds
    return Until("time passes", lambda: time.monotonic() >= end, seconds + 5)


class Session:
    """One start of the practice window, and what is measured in it."""

    def __init__(self, folder: Path) -> None:
        from workbook_desktop.app.window import Window, application

        self.parts = Practice(
            folder, on_status=lambda status: self.window.on_status(status) if self.is_made else None
        )
        self.is_made = False
        self.unlocked = self.arrived = 0.0
        self.parts.prepare()
        open_store = self.parts.worker.unlock

        def unlock(passphrase: str) -> object:
            desk = open_store(passphrase)
            self.unlocked = now()
            return desk

        self.parts.worker.unlock = unlock  # type: ignore[assignment, method-assign]  # to see when it returns
        self.app = application(["bench"])
        self.window = Window(
            self.app,
            self.parts.worker,
            clock=self.parts.clock,
            worker_name=WORKER.name,
            practice=True,
            preferences=folder,
        )
        self.is_made = True
        self.shell = self.window.shell
        self.shell.resize(1366, 768)
        self.hands = Hands(self.shell)
        self.paints = Paints(self.shell)

    def run(self, script: Script) -> None:
        """Walk a script from the unlock window on, then close."""
        wrong: list[str | None] = []

        def ended(why: str | None) -> None:
            wrong.append(why)
            self.shell.ended.connect(self.app.quit)
            self.shell.close()

        self.shell.show()
        walk = Walk(script, ended, every_ms=1)
        walk.start()
        self.app.exec()
        self.parts.close()
        if wrong != [None]:
            raise SystemExit(str(wrong[0] if wrong else "the window closed by itself"))

    # -- steps ---------------------------------------------------------------------------------------------

    def unlock(self) -> Script:
        """Type the passphrase, after the moment a worker needs to begin."""
        yield Until("the unlock window is shown", lambda: self.hands.sees("screen:unlock"))
        yield pause(1.5)
        self.hands.focus("answer:passphrase")
        self.hands.type(PASSPHRASE)
        self.hands.press(Qt.Key.Key_Return)
        yield self.shows("screen:home")
        yield self.paints.after("home", now())

    def shows(self, screen: str) -> Until:
        """Wait until a screen is in the window; asked every millisecond, so it must cost nothing."""

        def holds() -> bool:
            screen_now = self.shell.screen_now
            return screen_now is not None and screen_now.objectName() == screen

        return Until(f"{screen} is in the window", holds)

    def idle(self) -> Until:
        """Wait until nothing is asked of the store, and no run is under way."""
        exchange, tasks = self.window.exchange, self.window.tasks
        return Until(
            "all is quiet",
            lambda: (
                exchange.status.phase == "idle"
                and exchange.status.last_complete is not None
                and tasks.pending() == 0
            ),
            60.0,
        )

    def fill(self) -> Script:
        """Have the first session receive everything."""
        yield from self.unlock()
        yield self.idle()

    def home(self) -> Script:
        """From the store's yes to the home page; then the memory it all takes."""
        yield from self.unlock()
        say(home=self.paints.last - self.unlocked)
        yield self.idle()
        yield pause(1.0)
        say(memory=memory_mib())

    def forms(self) -> Script:
        """Open forms, type into the longest, then type while a run is under way."""
        yield from self.unlock()
        yield self.idle()
        self.hands.do("do:caseload")
        yield Until("the caseload is shown", lambda: self.hands.sees("screen:caseload"))
        self.hands.focus("find:caseload")
        self.hands.type("toll")
        yield pause(0.4)
        self.hands.focus("list:caseload")
        self.hands.press(Qt.Key.Key_Home)
        self.hands.press(Qt.Key.Key_Return)
        for number in range(OPENINGS):
            for name, form in (("f1", "visit"), ("f6", ASSESSMENT)):
                yield from self._open(f"{name}-first" if number == 0 else name, form)
                if (number, name) != (OPENINGS - 1, "f6"):
                    self.hands.press(Qt.Key.Key_Left, ALT)
        yield from self._longest_section()
        yield from self._type("idle", KEYS)
        yield from self._to_disk()
        yield from self._while_receiving()

    def _open(self, name: str, form: str) -> Script:
        yield Until("the family is shown", lambda: self.hands.sees("screen:family"))
        yield self.idle()
        yield pause(0.3)
        self.hands.focus(f"do:start-{form}")
        yield pause(0.1)
        began = now()
        self.hands.press(Qt.Key.Key_Space)
        yield self.shows("screen:form")
        yield self.paints.after("the form", now())
        say(**{name: self.paints.last - began})
        yield pause(0.2)

    def _longest_section(self) -> Script:
        """Go to the section with the most questions, and into its first long text."""
        screen = self.shell.screen_now
        sections: list[Section] = list(screen.sheet.form.sections)  # type: ignore[union-attr]
        longest = max(sections, key=questions)
        for _ in range(len(sections)):
            if self.hands.sees(f"section:{longest.id}") or screen.caret().section == longest.id:  # type: ignore[union-attr]
                break
            self.hands.press(Qt.Key.Key_PageDown, CONTROL)
            yield pause(0.3)
        texts = [each for each in self.shell.findChildren(QPlainTextEdit) if each.isVisible()]
        self.text = texts[0]
        self.hands.focus(self.text.objectName())
        say(questions=questions(longest), section=longest.id)
        yield pause(1.0)

    def _key(self, number: int) -> Script:
        began = now()
        self.hands.type(WORDS[number % len(WORDS)])
        yield self.paints.after("a letter", began)
        self.times.append(self.paints.last - began)
        yield pause(BETWEEN_KEYS)

    def _type(self, name: str, keys: int) -> Script:
        self.times: list[float] = []
        for number in range(keys):
            yield from self._key(number)
        say(**{name: self.times})

    def _to_disk(self) -> Script:
        """From the last key to the text readable in the store, asked again and again."""
        client, record = self.parts.worker, RecordId(self.shell.screen_now.record)  # type: ignore[union-attr]
        for number in range(5):
            mark = f"mark{number}"
            yield pause(0.7 + 0.2 * number)
            self.hands.type(mark)
            began = now()
            found: list[float] = []

            def look(mark: str = mark, found: list[float] = found) -> bool:
                if not found:
                    asked = client.thread.submit(lambda: mark in repr(client.held(record).local))
                    if asked.result():
                        found.append(now())
                return bool(found)

            yield Until("the text is in the store", look)
            say(disk=found[0] - began)

    def _while_receiving(self) -> Script:
        """Type while the run receives what the office has just put into its feed."""
        fill_office(self.parts)
        yield self.idle()
        before = self.window.exchange.status.last_complete
        self.times = []
        self.hands.press(Qt.Key.Key_R, CONTROL)
        began = now()
        yield Until("a run is under way", lambda: self.window.exchange.status.phase == "receiving")
        number = 0
        while self.window.exchange.status.last_complete == before:
            yield from self._key(number)
            number += 1
        say(receiving=self.times, pull=now() - began)
        yield self.idle()


def questions(of: Section | Item) -> int:
    """Return how many questions a section has, each counted once."""
    return sum(1 + questions(each) for each in of.items)


def fill_office(parts: Practice) -> None:
    """Put records of 4 KB into the practice ICS, behind its back: a caseload's worth for one family."""
    from sync.reference_ics.caseload import Caseload
    from sync.reference_ics.database import Database
    from sync.reference_ics.generate import records_of_4_kb
    from sync.reference_ics.seed import put

    records = tuple(records_of_4_kb(PULLED, 7, family=FamilyId("f-tolland")))
    database = Database(parts.ics.database, authority="wrenmouth", new_id=parts.new_id)
    put(database, Caseload(workers=(), families=(), records=records), received_at=parts.clock.now())
    database.engine.dispose()


def bare() -> None:
    """The floor: the same keys into a window that is one text field."""
    app = QApplication(["bare"])
    app.setStyle("Fusion")
    window = QPlainTextEdit()
    window.resize(1366, 768)
    hands, paints = Hands(window), Paints(window.viewport())
    times: list[float] = []

    def script() -> Script:
        yield pause(0.5)
        window.setFocus()
        for number in range(KEYS):
            began = now()
            hands.type(WORDS[number % len(WORDS)])
            yield paints.after("a letter", began)
            times.append(paints.last - began)
            yield pause(BETWEEN_KEYS)

    def ended(why: str | None) -> None:
        if why is not None:
            raise SystemExit(why)
        say(bare=times)
        app.quit()

    window.show()
    walk = Walk(script(), ended, every_ms=1)
    walk.start()
    app.exec()


def main(what: str, folder: Path) -> None:
    """Do what was asked."""
    if what == "bare":
        bare()
        return
    session = Session(folder)
    scripts: dict[str, Callable[[], Script]] = {
        "fill": session.fill,
        "home": session.home,
        "forms": session.forms,
    }
    session.run(scripts[what]())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.gettempdir()))
