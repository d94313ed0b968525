"""A second, independent copy of unsent work, beside the database.

A lost write-ahead log takes acknowledged commits with it, and every check of the database still says that
all is well. So each release and each sealing is appended here, and synced, before the database commits. An
entry is the whole unsent work on some records; its number is the high-water mark that the database keeps
too. A database that is behind is brought up to it when it is opened.

File: entries of ``WBJ1 | number (8) | length (4) | nonce (12) | AES-256-GCM``, bound to number and store.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from workbook_desktop.store import files

MAGIC = b"WBJ1"
_START = struct.Struct(">4sQI12s")
_LONGEST = 256 * 1024 * 1024
COMPACT_AT = 1024 * 1024


class Journal:
    """The append-only file. Numbers only grow."""

    def __init__(self, path: Path, key: bytes, store_id: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._path, self._store_id = path, store_id.encode()
        self._cipher = AESGCM(key)
        self._handle = files.open_for_append(path)
        self._size = os.fstat(self._handle).st_size
        self._compact_at = max(COMPACT_AT, 2 * self._size)

    @property
    def grown(self) -> float:
        """How far the file has grown towards the size (1) at which it is worth writing it anew."""
        return self._size / self._compact_at

    def append(self, number: int, entry: Any) -> None:
        """Add an entry and bring it to the disk. Raises OSError; then nothing of it stays."""
        sealed = self._seal(number, entry)
        try:
            files.write_all(self._handle, sealed)
            files.sync(self._handle)
        except OSError:
            os.ftruncate(self._handle, self._size)  # half an entry would only be scanned over
            raise
        self._size += len(sealed)

    def entries(self) -> Iterator[tuple[int, Any]]:
        """Yield every entry that reads, oldest first. A damaged one is passed over."""
        content = self._path.read_bytes()
        at = 0
        while (at := content.find(MAGIC, at)) >= 0:
            found = self._open(content, at)
            if found is None:
                at += 1  # not an entry after all, or a torn one: look for the next beginning
                continue
            number, entry, end = found
            yield number, entry
            at = end

    def rewrite(self, number: int, entries: Iterable[Any]) -> None:
        """Write the file anew with these entries alone, under one number, and put it in the old one's
        place."""
        beside = self._path.with_name(self._path.name + ".new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        try:
            for entry in entries:
                files.write_all(handle, self._seal(number, entry))
            os.fsync(handle)
        finally:
            os.close(handle)
        os.close(self._handle)  # Windows does not replace an open file
        try:
            files.rename(beside, self._path)
        finally:
            self._handle = files.open_for_append(self._path)
            self._size = os.fstat(self._handle).st_size
            self._compact_at = max(COMPACT_AT, 2 * self._size)

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _seal(self, number: int, entry: Any) -> bytes:
        nonce = os.urandom(12)
        text = self._cipher.encrypt(nonce, msgspec.msgpack.encode(entry), self._aad(number))
        return _START.pack(MAGIC, number, len(text), nonce) + text

    def _open(self, content: bytes, at: int) -> tuple[int, Any, int] | None:
        from cryptography.exceptions import InvalidTag

        begin = at + _START.size
        if begin > len(content):
            return None
        _, number, length, nonce = _START.unpack_from(content, at)
        if length > _LONGEST or begin + length > len(content):
            return None
        try:
            plain = self._cipher.decrypt(nonce, content[begin : begin + length], self._aad(number))
            return number, msgspec.msgpack.decode(plain), begin + length
        except (InvalidTag, msgspec.DecodeError):
            return None

    def _aad(self, number: int) -> bytes:
        return struct.pack(">Q", number) + self._store_id
