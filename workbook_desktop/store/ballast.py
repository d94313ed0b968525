"""A few megabytes set aside, given up when the disk is full so that what is being typed can still be kept."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from workbook_desktop.store import files

FILE = "store.ballast"
BYTES = 4 * 1024 * 1024
_SPARE = 16 * 1024 * 1024  # what must be free before it is taken again


class Ballast:
    """The file of spare space in a store's folder."""

    def __init__(self, folder: Path, size: int = BYTES, spare: int = _SPARE) -> None:
        self._path, self._size, self._spare = folder / FILE, size, spare

    @property
    def is_there(self) -> bool:
        """Say whether the space is still set aside."""
        return self._path.exists()

    def release(self) -> bool:
        """Give the space up; False if it is gone already."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def restore(self) -> bool:
        """Set the space aside again if the disk has room, and say whether it is there."""
        if self.is_there:
            return True
        try:
            if shutil.disk_usage(self._path.parent).free < self._size + self._spare:
                return False
            # Random bytes: a compressing file system would keep zeros in no space at all.
            files.replace(self._path, os.urandom(self._size))
        except OSError:
            self._path.with_name(FILE + ".new").unlink(missing_ok=True)
            return False
        return True
