"""Form definitions as published: bytes by id and version. Old versions stay, because records stay with theirs."""

from __future__ import annotations

from workbook_desktop.domain.ids import FormId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.forms.definition import Form


class Forms:
    """Forms on this laptop."""

    def put(self, json: bytes) -> FormRef:
        """Keep a Questionnaire; the same one again changes nothing. Raises FormRefused if it has no id or version."""
        raise NotImplementedError

    def json(self, ref: FormRef) -> bytes | None:
        """Return a form as published."""
        raise NotImplementedError

    def form(self, ref: FormRef) -> Form | None:
        """Return a form, read once and kept. None if it is not here. Raises FormRefused."""
        raise NotImplementedError

    def refs(self) -> list[FormRef]:
        """Return every form and version held."""
        raise NotImplementedError

    def newest(self) -> list[FormRef]:
        """Return each form at its newest version, by id: what a new record can be begun with."""
        raise NotImplementedError
