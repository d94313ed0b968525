"""Run as a process of its own by `benchmarks.pages`: the real window over a large store, page after page.

``fill FOLDER FAMILIES``: a store as a first pull leaves it, the practice families in it too, and what its
records give worked out. ``open FOLDER``: the practice family's file, its workbook and home, one after the
other. A page is measured from the verb that a click calls to the end of the painting that shows it. Lines are
JSON on standard output, times in milliseconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

from benchmarks.caseload_store import PASSPHRASE, filled, head_of
from benchmarks.practice_child import Paints, now, pause
from benchmarks.window_child import say
from sync.reference_ics.generate import generate
from sync.reference_ics.practice import practice_caseload
from ui.exchange import Exchange, ExchangeStatus
from ui.say import Say
from ui.shell.places import Kind, Place
from ui.shell.screen import Screen
from ui.shell.window import Shell, Standing
from ui.style import Theme, apply
from ui.tasks import Tasks
from workbook_desktop.app.machine import SystemClock, system_ids
from workbook_desktop.app.reading import gist_of
from workbook_desktop.app.window import application
from workbook_desktop.commands.hands import Script, Until, Walk
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.domain.people import family_content
from workbook_desktop.forms.loader import load
from workbook_desktop.messages import load as messages
from workbook_desktop.store.store import Reading, Store
from workbook_desktop.workspace.worker_desk import WorkerDesk

ROUNDS = 15
FIRST = 2  # left out: modules are read and letters measured then


TOLLAND = FamilyId("f-tolland")  # the practice family: it has something in every block of its pages


class BenchGate:
    """The way into the store that `fill` has left."""

    worker_name, practice, hint = "Amara Quill", True, ""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self._folder, self._store = folder, cast(Store | None, None)
        workers = practice_caseload(self.clock.today()).workers
        self._worker = next(each for each in workers if each.name == self.worker_name)

    def exists(self) -> bool:
        """Whether there is a store."""
        return True

    def waiting(self) -> int | None:
        """Nothing waits."""
        return 0

    def unlock(self, passphrase: str) -> WorkerDesk:
        """Open it."""
        reading = Reading(gist_of=gist_of, load_form=load, vouched=lambda body: body)
        store = Store.unlock(self._folder, passphrase, clock=self.clock, keyrings=None, reading=reading)
        self._store = store
        return WorkerDesk(store, self._worker, self.clock, system_ids(self.clock))

    def lock(self) -> None:
        """Close it."""
        if self._store is not None:
            self._store.lock()


class Session:
    """One start of the window."""

    def __init__(self, folder: Path) -> None:
        self.app = application(["bench"])
        look = apply(self.app, Theme.LIGHT)
        self.gate = BenchGate(folder)
        self.thread = ThreadPoolExecutor(max_workers=1)
        self.tasks = Tasks(self.thread, lambda error: print(repr(error), file=sys.stderr))
        quiet = ExchangeStatus(phase="offline", last_complete=self.gate.clock.now())
        self.exchange = Exchange(_nothing, _nothing, _nothing, quiet)
        self.shell = Shell(
            self.gate,
            self.tasks,
            Say(messages(), self.gate.clock),
            self.exchange,
            clock=self.gate.clock,
            practice=True,
            look=look,
        )
        self.shell.resize(1366, 768)
        self.paints = Paints(self.shell)

    def run(self) -> None:
        """Walk the script, then close."""
        wrong: list[str | None] = []

        def ended(why: str | None) -> None:
            wrong.append(why)
            self.app.exit()

        self.shell.show()
        walk = Walk(self.script(), ended, every_ms=1)
        walk.start()
        self.app.exec()
        self.thread.submit(self.gate.lock).result()
        self.thread.shutdown()
        if wrong != [None]:
            raise SystemExit(str(wrong[0] if wrong else "the window closed by itself"))

    def script(self) -> Script:
        """Unlock; then home, a family's file, its workbook, of one family after the other."""
        yield pause(1.0)  # what is read while the passphrase is typed
        screen = self.shell.screen_now
        screen.passphrase.setText(PASSPHRASE)  # type: ignore[union-attr]
        screen.unlock_button.click()  # type: ignore[union-attr]
        yield Until("the window is open", lambda: self.shell.standing is Standing.OPEN, 60.0)
        yield from self._rest()
        routes = self.shell.navigator
        assert routes is not None
        for number in range(ROUNDS + FIRST):
            for kind, place in (
                ("family", Place(kind=Kind.FAMILY, family=TOLLAND)),
                ("workbook", Place(kind=Kind.WORKBOOK, family=TOLLAND)),
                ("home", Place(kind=Kind.HOME)),
            ):
                began, worked = now(), time.process_time()
                routes.to(place)
                yield self._shows(f"screen:{kind}")
                yield self.paints.after(kind, now())
                took, cpu = self.paints.last - began, (time.process_time() - worked) * 1000
                whole = took
                screen = self.shell.screen_now
                assert isinstance(screen, Screen)
                if not screen.is_whole():
                    yield Until("all of it is built", screen.is_whole)
                    whole = now() - began
                yield from self._rest()
                if number >= FIRST:
                    say(kind=kind, wall=took, cpu=cpu, whole=whole)

    def _shows(self, screen: str) -> Until:
        def holds() -> bool:
            screen_now = self.shell.screen_now
            return screen_now is not None and screen_now.objectName() == screen

        return Until(f"{screen} is in the window", holds)

    def _rest(self) -> Script:
        """Let what follows a page come to its end: the page before is deleted, more is worked out ahead."""
        yield pause(0.6)
        yield Until("nothing is pending", lambda: self.tasks.pending() == 0, 60.0)
        yield pause(0.1)


def _nothing() -> None:
    """Nobody is at the office."""


def fill(folder: Path, families: int) -> None:
    """Leave a store behind."""
    store, desk = filled(folder, families)
    clock = SystemClock()
    practice, others = (
        practice_caseload(clock.today()),
        generate(families=families, seed=7, today=clock.today()),
    )
    port = store.sync_port()
    port.note_scopes(
        [each.id for each in (*others.families, *practice.families)], (*others.workers, *practice.workers)
    )
    heads = [
        head_of(RecordId(each.id), "family", each.id, family_content(each), clock.now(), None)
        for each in practice.families
    ]
    items = [FeedItem(seq=at, kind="form", family=None, form=form) for at, form in enumerate(practice.forms)]
    items += [
        FeedItem(seq=1000 + at, kind="record", family=head.family, head=head)
        for at, head in enumerate([*heads, *practice.records])
    ]
    port.apply_page(FeedPage(items=tuple(items), cursor="practice", epoch="e1", more=False))
    desk._ahead.begin()
    while not desk._ahead.some(2.0).is_over:
        pass
    store.lock()


def main(what: str, folder: Path, families: int = 0) -> None:
    """Do what was asked."""
    acts: dict[str, Callable[[], None]] = {
        "fill": lambda: fill(folder, families),
        "open": lambda: Session(folder).run(),
    }
    acts[what]()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
