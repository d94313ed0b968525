"""Rows that stay: which groups of which form are append-only, read from the forms that are handed out.

A published form never changes, so what was read of one is remembered. Forms that ship with every Workbook
hold whether they were handed out or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from sqlalchemy import Connection, select

from sync.protocol import FormMessage
from sync.reference_ics.tables import revision
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import LinkId

Stay = Mapping[
    LinkId, frozenset[LinkId]
]  # groups, and what of their rows may be changed: `forms.append_only`


def named(form: FormMessage) -> str:
    """Return the name under which a form is kept."""
    return f"{form.id}|{form.version}"


def look_up(connection: Connection, known: dict[str, Stay], forms: Iterable[FormMessage | None]) -> None:
    """Have `known` say of these forms what stays, by their names; of one that is nowhere nothing is known."""
    from workbook_desktop.forms.append_only import rows_that_stay
    from workbook_desktop.forms.loader import load
    from workbook_desktop.forms.signing import taken_apart

    missing = {named(each) for each in forms if each is not None} - known.keys()
    if not missing:
        return
    found = dict(_shipped())
    at = (revision.c.kind == "form") & revision.c.id.in_(missing)
    for name, body in connection.execute(select(revision.c.id, revision.c.body).where(at)):
        found[name] = bytes(body)
    for name in missing & found.keys():
        try:
            known[name] = rows_that_stay(load(taken_apart(found[name])[0]))
        except FormRefused:  # no laptop can use it either
            known[name] = {}


@cache
def _shipped() -> Mapping[str, bytes]:
    import json

    from workbook_desktop.forms.library import core_forms

    found = {}
    for source in core_forms():
        raw = json.loads(source)
        found[f"{raw['id']}|{raw['version']}"] = source
    return found
