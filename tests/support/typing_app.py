"""The real application, with somebody at the keyboard who never stops: a process to be killed.

    python -m tests.support.typing_app FOLDER ICS_URL SECRET_FILE [--syncing | --deciding]

It unlocks, begins a case note, and types numbered words with real keys. Each word is told on stdout with the
moment after its last key: ``typed <monotonic seconds> <word>``. The reader's clock is the same one.
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

from PySide6.QtCore import Qt

from workbook_desktop.app.client import Client
from workbook_desktop.app.machine import SystemClock, harden, system_ids
from workbook_desktop.app.office_line import Office
from workbook_desktop.app.window import Window, application, catch_everything, crash_report
from workbook_desktop.commands.hands import Hands, Script, Until, Walk
from workbook_desktop.commands.practice import PASSPHRASE, WORKER
from workbook_desktop.store.keys import FLOOR

BETWEEN_KEYS = 0.02  # s: fifty keys a second, faster than anybody
SYNC_EVERY_WORDS = 3


def _say(*words: object) -> None:
    print(*words, flush=True)


def script(window: Window, client: Client, hands: Hands, *, syncing: bool) -> Script:
    """Unlock, begin a visit, and type until the end of the world."""
    yield Until("unlock", lambda: hands.sees("screen:unlock"))
    hands.focus("answer:passphrase")
    hands.type(PASSPHRASE)
    hands.press(Qt.Key.Key_Return)
    yield Until("home", lambda: hands.sees("screen:home"), 30)
    yield Until("the first pull", lambda: window.exchange.status.last_complete is not None, 60)
    hands.do("do:caseload")
    yield Until("the caseload", lambda: hands.sees("screen:caseload"))
    yield Until("quiet", lambda: window.tasks.pending() == 0)
    hands.focus("find:caseload")
    hands.type("toll")
    wake = time.monotonic() + 0.3
    yield Until("the list", lambda: time.monotonic() > wake and window.tasks.pending() == 0)
    hands.focus("list:caseload")
    hands.press(Qt.Key.Key_Home)
    hands.press(Qt.Key.Key_Return)
    yield Until("the family", lambda: hands.sees("screen:family"))
    yield Until("quiet", lambda: window.tasks.pending() == 0)
    hands.do("do:start-plan" if syncing else "do:start-visit")
    yield Until("the form", lambda: hands.sees("screen:form"))
    yield Until("quiet", lambda: window.tasks.pending() == 0)
    screen = window.shell.screen_now
    field = "safety.contingency" if syncing else "analysis.meaning"
    shown = [each.id for each in screen.sheet.form.sections if field in _fields(each)]  # type: ignore[union-attr]
    hands.do(f"section:{shown[0]}")
    yield Until("the section", lambda: hands.sees(f"answer:{field}"))
    yield Until("quiet", lambda: window.tasks.pending() == 0)
    hands.focus(f"answer:{field}")
    hands.press(Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    _say("record", screen.record, field)  # type: ignore[union-attr]
    desk, record = client.desk, screen.record  # type: ignore[union-attr]
    assert desk is not None

    def send() -> None:
        window.tasks.run(
            window.shell,
            lambda: desk.send(record),
            lambda kept: window.exchange.request(),
            lambda error: None,
        )

    for number in itertools.count(1):
        word = f"w{number:05d}."
        for character in f" {word}":
            hands.type(character)
            wake = time.monotonic() + BETWEEN_KEYS
            yield Until("the next key", lambda: time.monotonic() >= wake)  # noqa: B023
        _say("typed", f"{time.monotonic():.4f}", word)
        if syncing and number % SYNC_EVERY_WORDS == 0:
            send()


def deciding(window: Window, client: Client, hands: Hands) -> Script:
    """Unlock, go to what needs a decision, choose to write a new text, and type it until the end."""
    yield Until("unlock", lambda: hands.sees("screen:unlock"))
    hands.focus("answer:passphrase")
    hands.type(PASSPHRASE)
    hands.press(Qt.Key.Key_Return)
    yield Until("home", lambda: hands.sees("screen:home"), 30)
    yield Until("quiet", lambda: window.tasks.pending() == 0)
    routes = window.shell.navigator
    assert routes is not None
    routes.conflicts()
    yield Until("the conflict", lambda: hands.sees("screen:conflict"))
    yield Until("quiet", lambda: window.tasks.pending() == 0)
    hands.press(Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
    yield Until("the new text", lambda: hands.sees("answer:new-text"))
    hands.focus("answer:new-text")
    hands.press(Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    _say("record", "conflict", "new-text")
    for number in itertools.count(1):
        word = f"w{number:05d}."
        for character in f" {word}":
            hands.type(character)
            wake = time.monotonic() + BETWEEN_KEYS
            yield Until("the next key", lambda: time.monotonic() >= wake)  # noqa: B023
        _say("typed", f"{time.monotonic():.4f}", word)


def _fields(section: object) -> set[str]:
    found: set[str] = set()
    stack = list(section.items)  # type: ignore[attr-defined]
    while stack:
        item = stack.pop()
        found.add(item.link_id)
        stack += item.items
    return found


def main(folder: Path, url: str, secret: str, *, syncing: bool, decides: bool) -> int:
    """Run until killed."""
    harden()
    catch_everything(crash_report(folder))
    clock = SystemClock()
    shown: list[Window] = []
    client = Client(
        folder / "worker",
        Office(url=lambda: url, secret=lambda store: secret),
        clock=clock,
        new_id=system_ids(clock),
        on_status=lambda status: shown[0].on_status(status) if shown else None,
    )
    if not client.exists():
        client.thread.submit(client.create, PASSPHRASE, WORKER, FLOOR).result()
    app = application(sys.argv)
    window = Window(app, client, clock=clock, worker_name=WORKER.name, practice=True, preferences=folder)
    shown.append(window)
    window.shell.resize(1180, 760)
    window.shell.show()
    failed: list[str] = []

    def ended(why: str | None) -> None:
        failed.append(why or "")
        app.quit()

    hands = Hands(window.shell)
    todo = deciding(window, client, hands) if decides else script(window, client, hands, syncing=syncing)
    walk = Walk(todo, ended)
    walk.start()
    app.exec()
    print(failed, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(
        main(
            Path(sys.argv[1]),
            sys.argv[2],
            Path(sys.argv[3]).read_text(encoding="ascii"),
            syncing="--syncing" in sys.argv,
            decides="--deciding" in sys.argv,
        )
    )
