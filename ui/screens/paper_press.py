"""Where pages are set, printed and saved: in a thread of its own, so that keeping what is typed never waits.

Everything is in memory until it is printed, or written to the one place the worker chose.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QRectF

from ui.tasks import Tasks
from workbook_desktop.domain.errors import Unavailable
from workbook_desktop.paper import typesetting
from workbook_desktop.paper.document import Document, Look

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

T = TypeVar("T")
PREVIEW_DPI = 110.0
PRINT_DPI = 300.0


class NotSaved(Unavailable):
    """A PDF could not be written where the worker chose."""

    code = "paper-not-saved"


class NotPrinted(Unavailable):
    """The printer took nothing."""

    code = "paper-not-printed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How a document will look: a picture of each page, and what could not be drawn."""

    pages: tuple[bytes, ...]
    missing: str  # in words; "" if everything can be drawn


class Press(QObject):
    """Sets documents. One job after another; a job whose page is gone answers nobody."""

    def __init__(self, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        executor = ThreadPoolExecutor(1, thread_name_prefix="paper")
        self._tasks = tasks.beside(executor, self)
        self.destroyed.connect(lambda *_: executor.shutdown(wait=False, cancel_futures=True))

    def run(
        self,
        job: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Run a job in the press's thread, then answer here."""
        self._tasks.run(self, job, then, failed)

    def pending(self) -> int:
        """Return how many answers are still to come."""
        return self._tasks.pending()


def proof(document: Document, look: Look) -> Proof:
    """Return how a document will look. Raises TypesetterMissing, NotSet."""
    return Proof(
        pages=typesetting.pages(document, look, PREVIEW_DPI), missing=typesetting.missing(document).said
    )


def save(document: Document, look: Look, place: Path) -> None:
    """Write a PDF, whole or not at all, for this person's eyes. Raises NotSaved, and as `proof` does."""
    made = typesetting.pdf(document, look)
    fresh = place.with_name(f".{place.name}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, place)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise NotSaved from error


def print_pages(document: Document, look: Look, printer: QPrinter) -> None:
    """Print a document, page by page. Raises NotPrinted, and as `proof` does."""
    from PySide6.QtGui import QImage, QPainter

    pages = typesetting.pages(document, look, PRINT_DPI)
    painter = QPainter()
    if not painter.begin(printer):
        raise NotPrinted
    try:
        sheet = QRectF(painter.viewport())
        for number, page in enumerate(pages):
            if number and not printer.newPage():
                raise NotPrinted
            painter.drawImage(sheet, QImage.fromData(page))
    finally:
        painter.end()


def a_printer(name: str = "") -> QPrinter | None:
    """Return a printer set to A4, edge to edge; None if there is none on this laptop."""
    from PySide6.QtCore import QMarginsF
    from PySide6.QtGui import QPageLayout, QPageSize
    from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

    if not QPrinterInfo.availablePrinterNames():
        return None
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    if name:
        printer.setPrinterName(name)
    printer.setFullPage(True)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    printer.setDocName("Workbook")  # a queue shows it to everybody who prints there
    return printer


def forget_folders() -> None:
    """Take back what Qt's dialog notes for next time: the folders it was in, in a file of its own."""
    from PySide6.QtCore import QSettings

    noted = QSettings(QSettings.Scope.UserScope, "QtProject")
    for name in ("lastVisited", "history"):
        noted.remove(f"FileDialog/{name}")


_SHARED = ("onedrive", "dropbox", "google drive", "googledrive", "icloud", "sharepoint", "nextcloud", "box")
_REMOVABLE = ("/media/", "/mnt/", "/run/media/", "/volumes/")


def why_unsafe(place: Path, managed: str = "") -> str:
    """Return why a PDF should not lie in a place, "" for the folder that the council sets.

    Args:
        managed: the folder that an administrator set for documents, if one did.
    """
    whole = place if place.is_absolute() else Path.cwd() / place
    if managed and Path(managed) in whole.parents:
        return ""
    text = str(whole).replace("\\", "/").casefold()
    if any(f"{part}/" in text or f"{part} -" in text for part in _SHARED):
        return "That folder is copied to other computers."
    elsewhere = sys.platform == "win32" and not text.startswith("c:")
    if text.startswith("//") or elsewhere or any(text.startswith(part) for part in _REMOVABLE):
        return "That is a stick, or a drive on the network: others may read it there."
    return "A PDF is not encrypted: whoever can open this laptop’s files can read it."
