"""Form definitions as published: bytes by id and version. Old versions stay, because records stay with
theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import FormId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.forms.definition import Form, version_order
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAside:
    """A form that arrived and is not used."""

    id: str  # as it says itself; "" if it does not
    version: str
    why: str  # in plain words


class Forms:
    """Forms on this laptop."""

    def __init__(
        self,
        database: Database,
        load_form: Callable[[bytes], Form],
        vouched: Callable[[bytes], bytes],
    ) -> None:
        self._db, self._load, self._vouched = database, load_form, vouched
        self._read: dict[FormRef, Form] = {}

    def arrived(self, body: bytes) -> FormRef | None:
        """Take in what the feed brought as a form, if somebody this laptop trusts vouches for it.

        Else it is kept aside (`aside`), and None comes back. It never raises: what else the page holds must
        not wait for it.
        """
        source = b""
        try:
            source = self._vouched(body)
            named = _named(source)
            held = None if named is None else self.json(named)
            if held is not None and held.strip() != source.strip():
                raise FormRefused(item="", feature="version", why="another form has its name and version")
            return self.put(source)
        except FormRefused as refused:
            self._put_aside(body, source or body, str(refused.facts.get("why", "it cannot be used")))
            return None

    def aside(self) -> tuple[FormAside, ...]:
        """Return the forms that are kept and not used, oldest first."""
        rows = self._db.execute("SELECT id, version, why FROM form_aside ORDER BY num").fetchall()
        return tuple(
            FormAside(id=_plain(id_), version=_plain(version), why=why) for id_, version, why in rows
        )

    def look_again(self) -> None:
        """Take in what was kept aside and is vouched for by now: a key may have come since."""
        rows = self._db.execute("SELECT hash, body FROM form_aside ORDER BY num").fetchall()
        for digest, body in rows:

            def again(digest: str = digest, body: bytes = bytes(body)) -> None:
                self._db.execute("DELETE FROM form_aside WHERE hash = ?", (digest,))
                self.arrived(body)

            self._db.run(again)

    def _put_aside(self, body: bytes, source: bytes, why: str) -> None:
        named = _named(source) or _named(_inner(body))
        digest = hashlib.sha256(body).hexdigest()
        self._db.run(
            lambda: self._db.execute(
                "INSERT OR REPLACE INTO form_aside (hash, num, id, version, body, why)"
                " VALUES (?1, (SELECT coalesce(max(num), 0) + 1 FROM form_aside), ?2, ?3, ?4, ?5)",
                (digest, named.id if named else "", named.version if named else "", body, why),
            )
        )

    def put(self, json: bytes) -> FormRef:
        """Keep a Questionnaire that is trusted; the same one again changes nothing.

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
            key=lambda ref: (ref.id, version_order(ref.version)),
        )

    def newest(self) -> list[FormRef]:
        """Return each form at its newest version, by id: what a new record can be begun with."""
        found: dict[FormId, FormRef] = {}
        for ref in self.refs():
            found[ref.id] = ref
        return list(found.values())


def _plain(text: str) -> str:
    """Return a name that a stranger chose so that it can be shown."""
    return "".join(each for each in text[:64] if each.isprintable())


def _inner(body: bytes) -> bytes:
    """Return the form in what came with a signature, for its name alone."""
    try:
        raw = codec.decode(body)
        return codec.encode(raw["form"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return b""


def _named(json: bytes) -> FormRef | None:
    try:
        raw = codec.decode(json)
        id_, version = raw["id"], raw["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(id_, str) or not isinstance(version, str):
        return None
    return FormRef(id=FormId(id_), version=version)
