"""The forms that ship with the Workbook, and forms kept read."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.loader import load
from workbook_desktop.paths import resource

_MOST_KEPT = 64


def core_forms() -> tuple[bytes, ...]:
    """Return the Questionnaires that ship with the application, as their bytes are signed and sent."""
    return tuple(path.read_bytes() for path in sorted(resource("forms").glob("*.json")))


class Library:
    """Forms by the hash of their source, so that each is read once. For one thread, or behind a lock."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Form] = OrderedDict()

    def form(self, source: bytes) -> Form:
        """Return the form of a Questionnaire.

        Raises:
            FormRefused: it cannot be used; it is not kept, and the next try reads it again.
        """
        digest = hashlib.sha256(source).hexdigest()
        found = self._kept.get(digest)
        if found is None:
            found = self._kept[digest] = load(source)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(digest)
        return found
