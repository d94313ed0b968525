"""Saying that something agreed is done: in a new record, as all else is said, and nowhere beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, RecordId, RowId, derived_id
from workbook_desktop.domain.order import spread
from workbook_desktop.domain.records import Answer, Body, Row, Value
from workbook_desktop.forms.draft import FROM, UNCONFIRMED
from workbook_desktop.workspace.views import OpenAction

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form, Item

FORMS = ("case-note", "visit")  # the shortest record that can say it, or else the next
# How forms say how an earlier action went: a row of this group, with the action's own name in `OF`.
GROUP, OF, PROGRESS = LinkId("action"), LinkId("action.of"), LinkId("action.progress")
WHAT, WHO, BY = LinkId("action.what"), LinkId("action.who"), LinkId("action.by")
DONE = "done"
NO_LIMITS: Mapping[LinkId, Value] = {}


def can_say(form: Form, limits: Mapping[LinkId, Value] = NO_LIMITS) -> bool:
    """Say whether a record of this form can say how an earlier action went, to those alone who may know."""
    if not all(link in form.by_link_id for link in limits):
        return False
    group = form.by_link_id.get(GROUP)
    return group is not None and group.has_rows and OF in form.by_link_id and _done(form) is not None


def with_done(
    form: Form, body: Body, action: OpenAction, record: RecordId, limits: Mapping[LinkId, Value]
) -> Body:
    """Return what a record begins with, and a row in it that says the action is done.

    Nobody has said it yet: it is to be looked at before the record is signed, like all that is filled in.

    Args:
        limits: what keeps the record that gives the action to a few readers. This one begins with the same:
            it repeats what was agreed there.
    """
    for link, value in limits.items():
        answer = Answer(value=value, extra=((UNCONFIRMED, True),))
        body = body.with_answer(paths.child(paths.ROOT, link), answer)
    for row in body.rows_of(paths.ROOT, GROUP):
        of = body.answers.get(paths.child(row, OF))
        if of is not None and of.value == action.id:
            return _answered(form, body, row, {PROGRESS: _done(form)}, action)
    rows = body.rows_of(paths.ROOT, GROUP)
    row = paths.row(paths.ROOT, GROUP, RowId(derived_id(record, f"{GROUP}/{action.id}")))
    places = dict(zip((*rows, row), spread(len(rows) + 1), strict=True))
    body = Body(
        answers=body.answers,
        rows={
            **body.rows,
            **{each: replace(body.rows[each], ord=places[each]) for each in rows},
            row: Row(ord=places[row]),
        },
    )
    said: dict[LinkId, Value | None] = {
        WHAT: action.what,
        WHO: action.who or None,
        BY: action.by.isoformat() if action.by is not None else None,
        OF: action.id,
        PROGRESS: _done(form),
    }
    return _answered(form, body, row, said, action)


def _answered(
    form: Form, body: Body, row: FieldPath, said: Mapping[LinkId, Value | None], action: OpenAction
) -> Body:
    for link, value in said.items():
        if value is None or link not in form.by_link_id:
            continue
        source: dict[str, Value] = {"record": action.record, "title": action.kind, "value": value}
        if action.agreed_on is not None:
            source["on"] = action.agreed_on.isoformat()
        extra = ((UNCONFIRMED, True),) if link == PROGRESS else ((UNCONFIRMED, True), (FROM, source))
        body = body.with_answer(paths.child(row, link), Answer(value=value, extra=extra))
    return body


def _done(form: Form) -> Value | None:
    """Return the answer of this form that means "done"."""
    item: Item | None = form.by_link_id.get(PROGRESS)
    for option in item.options if item is not None else ():
        if isinstance(option.value, Mapping) and option.value.get("code") == DONE:
            return dict(option.value)
    return None
