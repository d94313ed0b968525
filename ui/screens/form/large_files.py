"""Files too large to stand in an answer: kept in the store beside the record, fetched from the office."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from ui.shell.navigation import Navigator
from ui.tasks import Tasks
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.workspace.desk import Desk


class RecordFiles(QObject):
    """The files of one record. Fits `ui.fields.context.Files`; answers come on the window's thread."""

    def __init__(
        self,
        desk: Desk,
        tasks: Tasks,
        go: Navigator,
        record: RecordId,
        family: FamilyId,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk, self._tasks, self._go = desk, tasks, go
        self._record, self._family = record, family

    def put(self, data: bytes, then: Callable[[str], None], failed: Callable[[Exception], None]) -> None:
        """Keep a file; `then` gets its hash once it is on the disk."""
        desk, record, family = self._desk, self._record, self._family
        self._tasks.run(self, lambda: desk.put_file(record, family, data), then, failed)

    def get(
        self,
        hash_: str,
        size: int,
        then: Callable[[bytes | None], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Fetch a file's bytes for `then`; None if they are not here: then the next run brings them."""
        desk, family = self._desk, self._family

        def look() -> bytes | None:
            data = desk.get_file(family, hash_)
            if data is None:
                desk.want_file(family, hash_, size)
            return data

        def found(data: bytes | None) -> None:
            if data is None:
                self._go.changed()  # asks for a run
            then(data)

        self._tasks.run(self, look, found, failed)
