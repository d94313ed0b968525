"""How what is pulled is read: which forms are vouched for, and what lists and search need of a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbook_desktop.domain.records import Gist, Head
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.forms.trust import Trust
    from workbook_desktop.store.store import Reading


class Vouching:
    """Whose forms are used. What it stands on is read when the first form comes."""

    def __init__(self, keys: Callable[[], Mapping[str, bytes]] | None) -> None:
        """`keys`: public keys, by name; None: those that the device's administrator set."""
        self._keys = keys
        self._trust: Trust | None = None

    def reading(self) -> Reading:
        """Return how pulled forms and records are read."""
        from workbook_desktop.forms.loader import load
        from workbook_desktop.store.store import Reading

        return Reading(gist_of=gist_of, load_form=load, vouched=self._vouched)

    def _vouched(self, body: bytes) -> bytes:
        if self._trust is None:
            from workbook_desktop.forms.library import core_forms
            from workbook_desktop.forms.trust import Trust, managed_keys

            self._trust = Trust(self._keys or managed_keys, core_forms())
        return self._trust.vouched(body)


def gist_of(head: Head, form: Form | None) -> Gist:
    """Return what lists and search need of a record that was pulled."""
    from workbook_desktop.domain.records import Gist
    from workbook_desktop.forms.summary import gist_of_content

    if form is not None:
        return gist_of_content(form, head.content)
    named = head.content.get("answers", {}).get("name", {}).get("v")
    return Gist(title=str(named or head.type.capitalize()), occurred_on=None, search_text="")
