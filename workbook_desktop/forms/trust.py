"""Which forms this laptop may use: those that ship with the Workbook, and those signed with a key it trusts.

Keys come with the device, by its administrator, never from the ICS: whoever can write there could otherwise
put questions into a worker's mouth.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.forms import signing
from workbook_desktop.paths import managed_folder

POLICY = "policy.json"
_MOST_BYTES = 1024 * 1024
_KEY_BYTES = 32

Keys = Mapping[str, bytes]  # public keys, raw, by what they are called in signatures


class Trust:
    """Says of what arrives whether it may be used."""

    def __init__(self, keys: Keys | Callable[[], Keys], shipped: Iterable[bytes]) -> None:
        """Trust keys (or what gives them, asked anew each time), and the very forms that ship."""
        self._keys = keys
        self._shipped = frozenset(map(signing.hash_of, shipped))

    def vouched(self, body: bytes) -> bytes:
        """Return the Questionnaire in what the feed brought: as it ships, or signed.

        Raises:
            FormRefused: it is unsigned, changed, or signed with a key that is not trusted here.
        """
        source, signature = signing.taken_apart(body)
        if signing.hash_of(source) in self._shipped:
            return source
        if signature is None:
            raise FormRefused(item="", feature="signature", why="nobody has signed it")
        signing.verify(source, signature, self._keys() if callable(self._keys) else self._keys)
        return source


def keys_from(raw: Any) -> Keys:
    """Return public keys from a list of base64 texts; what is none is passed over."""
    found = {}
    for each in raw if isinstance(raw, list) else ():
        try:
            public = base64.b64decode(each, validate=True) if isinstance(each, str) else b""
        except (binascii.Error, ValueError):
            continue
        if len(public) == _KEY_BYTES:
            found[signing.key_name(public)] = public
    return found


def managed_keys(folder: Path | None = None) -> Keys:
    """Return the keys that the device's administrator set: ``form_keys`` of ``policy.json``.

    A file that others than its owner can write gives none; so does one that cannot be read.
    """
    path = (folder or managed_folder()) / POLICY
    try:
        with path.open("rb") as file:
            if sys.platform != "win32" and os.fstat(file.fileno()).st_mode & 0o022:
                return {}
            raw = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return keys_from(raw.get("form_keys")) if isinstance(raw, dict) else {}
