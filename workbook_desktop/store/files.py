"""Files that must still be there after the power goes: written beside, synced, renamed, folder synced."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_BINARY = getattr(os, "O_BINARY", 0)  # Windows would translate line ends


def sync(handle: int) -> None:
    """Bring a file's bytes to the disk itself."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # fsync stops at the drive's cache there
    elif hasattr(os, "fdatasync"):
        os.fdatasync(handle)
    else:
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_all(handle: int, content: bytes) -> None:
    """Write every byte, however many calls it takes."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def replace(path: Path, content: bytes) -> None:
    """Put `content` at `path`: after a power cut there is the old file or the new one, never a part."""
    beside = path.with_name(path.name + ".new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o600)
    try:
        write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    rename(beside, path)


def rename(beside: Path, path: Path) -> None:
    """Move a finished file into its place and sync the folder."""
    tries = 5 if os.name == "nt" else 1
    for left in range(tries - 1, -1, -1):
        try:
            os.replace(beside, path)
            break
        except PermissionError:  # Windows: a virus scanner looks into the new file for a moment
            if not left:
                raise
            import threading

            threading.Event().wait(0.05)
    sync_folder(path.parent)


def open_for_append(path: Path) -> int:
    """Return a handle that reads anywhere and writes at the end; makes the file with mode 0600."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o600)
