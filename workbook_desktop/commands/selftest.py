"""``--selftest``: does what only a whole installation can, and says what failed. No data is touched."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def _import_everything() -> None:
    import httpx
    import keyring.backends.SecretService
    import truststore

    import sync.engine
    import sync.reference_ics.app
    import sync.runner
    import sync.transport
    import ui.screens.form
    import ui.shell.window

    del httpx, keyring, truststore, sync, ui


def _encrypted_store() -> None:
    from workbook_desktop.app.machine import SystemClock, system_ids
    from workbook_desktop.domain.errors import WrongPassphrase
    from workbook_desktop.store.keys import FLOOR
    from workbook_desktop.store.store import Store

    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "store"
        words = "a passphrase for the self-test alone"
        Store.create(place, words, clock=clock, new_id=system_ids(clock), keyrings=None, cost=FLOOR).lock()
        Store.unlock(place, words, clock=clock).lock()
        try:
            Store.unlock(place, "some other words entirely", clock=clock)
        except WrongPassphrase:
            return
        raise AssertionError("a wrong passphrase opened the store")


def _secure_connections() -> None:
    import ssl

    import truststore

    truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _forms_and_words() -> None:
    from workbook_desktop import messages
    from workbook_desktop.forms.loader import load
    from workbook_desktop.paths import resource

    forms = sorted(resource("forms").glob("*.json"))
    if len(forms) < 4:
        raise AssertionError(f"{len(forms)} forms are here")
    for path in forms:
        load(path.read_bytes())
    messages.load()


def _window() -> None:
    from PySide6.QtGui import QFontDatabase, QImageReader
    from PySide6.QtWidgets import QApplication, QLabel

    from ui.style import icons
    from ui.style.look import Look
    from ui.style.palettes import Theme

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    made = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(made, QApplication)
    look = Look(made, Theme.LIGHT, 100)
    if not QFontDatabase.families():
        raise AssertionError("no font is here")
    formats = {bytes(each.data()).decode() for each in QImageReader.supportedImageFormats()}
    if not {"png", "jpeg", "svg"} <= formats:
        raise AssertionError(f"image formats: {sorted(formats)}")
    if icons.icon("house", "#000000").pixmap(24, 24).isNull():
        raise AssertionError("an icon does not draw")
    label = QLabel("Maisie")
    label.show()
    made.processEvents()  # no loop runs here that this could nest
    label.close()
    del look


def _paper() -> None:
    from workbook_desktop.paper import typesetting
    from workbook_desktop.paper.document import Document, Look, Pair, Section

    page = Document(
        title="A page",
        facts=(),
        sections=(Section(title="One", parts=(Pair(label="Words", text="ŵ ł مرحبا 👍"),)),),
        footer="Copy 1.",
        is_practice=True,
    )
    if typesetting.missing(page).letters:
        raise AssertionError("a font for paper is missing")
    if not typesetting.pdf(page, Look()).startswith(b"%PDF"):
        raise AssertionError("no page was set")


def _printing() -> None:
    from PySide6.QtCore import QLibraryInfo
    from PySide6.QtPrintSupport import QPrinterInfo

    QPrinterInfo.availablePrinterNames()  # none may be set up: what is asked is whether one can be asked for
    if sys.platform.startswith("linux"):
        plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "printsupport"
        if not list(plugins.glob("*.so")):
            raise AssertionError("Qt's way to a printer is not here")


CHECKS: tuple[tuple[str, Callable[[], None]], ...] = (
    ("every part loads", _import_everything),
    ("a store is made, opened, and kept from a wrong passphrase", _encrypted_store),
    ("secure connections use the system's trust", _secure_connections),
    ("forms and words are here", _forms_and_words),
    ("a window is drawn", _window),
    ("a page is set, with its fonts", _paper),
    ("printers can be asked for", _printing),
)


def selftest() -> int:
    """Run the checks; return 0 if all hold, 1 if one does not."""
    failed = 0
    for name, check in CHECKS:
        try:
            check()
        except Exception as error:
            failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
        else:
            print(f"ok      {name}", flush=True)
    return 1 if failed else 0
