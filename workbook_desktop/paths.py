"""Where files are: the resources that ship with the application, and the worker's own data."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path


def resource(*parts: str) -> Path:
    """Return the path of a shipped file, in a checkout, an installation and a frozen build alike."""
    frozen = getattr(sys, "_MEIPASS", None)
    root = Path(frozen) if frozen else Path(__file__).resolve().parent.parent
    return root.joinpath("resources", *parts)


def data_folder(name: str = "Workbook") -> Path:
    """Return the folder of this person's data on this device: never a roaming or synchronised one.

    ``XDG_DATA_HOME/workbook``, ``~/Library/Application Support/Workbook`` or ``%LOCALAPPDATA%\\Workbook``.
    """
    import platformdirs

    folder = name.lower().replace(" ", "-") if sys.platform.startswith("linux") else name
    return Path(platformdirs.user_data_path(folder, appauthor=False, roaming=False))


def managed_folder(name: str = "Workbook") -> Path:
    """Return the folder in which an administrator puts what the council sets. It need not exist.

    ``%ProgramData%\\Workbook``, ``/Library/Application Support/Workbook`` or ``/etc/workbook``: nobody
    else writes there.
    """
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA") or r"C:\ProgramData") / name
    if sys.platform == "darwin":
        return Path("/Library/Application Support") / name
    return Path("/etc") / name.lower().replace(" ", "-")


def files_in(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Return the files of these names that a folder holds and that can be read."""
    found = {}
    for name in names:
        try:
            found[name] = (folder / name).read_bytes()
        except OSError:
            continue
    return found
