"""Form definitions as published: bytes by id and version. Old versions stay, because records stay with
theirs."""

from __future__ import annotations

import re
from collections.abc import Callable

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import FormId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.forms.definition import Form
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database


class Forms:
    """Forms on this laptop."""

    def __init__(self, database: Database, load_form: Callable[[bytes], Form]) -> None:
        self._db, self._load = database, load_form
        self._read: dict[FormRef, Form] = {}

    def put(self, json: bytes) -> FormRef:
        """Keep a Questionnaire; the same one again changes nothing.

        One that this version cannot use is kept all the same, if it says its id and version: a newer
        Workbook will read it, and records may already rest on it.

        Raises:
            FormRefused: it has no id or version.
        """
        form: Form | None = None
        try:
            form = self._load(json)
            ref = form.ref
        except FormRefused:
            named = _named(json)
            if named is None:
                raise
            ref = named
        self._db.run(
            lambda: self._db.execute(
                "INSERT INTO form (id, version, json) VALUES (?, ?, ?)"
                " ON CONFLICT (id, version) DO UPDATE SET json = excluded.json",
                (ref.id, ref.version, json),
            )
        )
        self._read.pop(ref, None)
        if form is not None:
            self._read[ref] = form
        return ref

    def json(self, ref: FormRef) -> bytes | None:
        """Return a form as published."""
        row = self._db.execute(
            "SELECT json FROM form WHERE id = ? AND version = ?", (ref.id, ref.version)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def form(self, ref: FormRef) -> Form | None:
        """Return a form, read once and kept. None if it is not here. Raises FormRefused."""
        if ref not in self._read:
            json = self.json(ref)
            if json is None:
                return None
            self._read[ref] = self._load(json)
        return self._read[ref]

    def refs(self) -> list[FormRef]:
        """Return every form and version held."""
        rows = self._db.execute("SELECT id, version FROM form").fetchall()
        return sorted(
            (FormRef(id=id_, version=version) for id_, version in rows),
            key=lambda ref: (ref.id, _order(ref.version)),
        )

    def newest(self) -> list[FormRef]:
        """Return each form at its newest version, by id: what a new record can be begun with."""
        found: dict[FormId, FormRef] = {}
        for ref in self.refs():
            found[ref.id] = ref
        return list(found.values())


def _order(version: str) -> list[tuple[int, int, str]]:
    """Sort ``1.10`` after ``1.9``, and numbers before words."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"[.\-+]", version)]


def _named(json: bytes) -> FormRef | None:
    try:
        raw = codec.decode(json)
        id_, version = raw["id"], raw["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(id_, str) or not isinstance(version, str):
        return None
    return FormRef(id=FormId(id_), version=version)
