"""The next version of an agreed plan: what still holds is carried over, what has changed is said.

An agreed plan is signed off, and with that it is locked. The next version is a new record that names the one
before. Until it is signed off itself the plan before it stays in force; from then on its actions are those of
the new one, under the same rows, so that what a visit said of an action goes on being said of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from workbook_desktop.domain import paths
from workbook_desktop.domain.dates import long_date
from workbook_desktop.domain.errors import FormUnknown, RecordUnknown
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body, State, Value
from workbook_desktop.forms.draft import FROM, UNCONFIRMED
from workbook_desktop.workspace.gathered import Gathered
from workbook_desktop.workspace.reading import PLAN, Reading, agreed_plan
from workbook_desktop.workspace.views import OpenAction, OpenRecord
from workbook_desktop.workspace.writing import Writing

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.records import RecordRow
    from workbook_desktop.store.store import Store

VERSION, REPLACES = LinkId("plan.version"), LinkId("plan.replaces")
CHANGED, STARTS = LinkId("plan.changed"), LinkId("plan.start")
ACTIONS, STATUS = LinkId("actions"), LinkId("action.status")
WHAT = LinkId("action.what")
# Said anew of each version: who agrees, what they say, who got a copy, and about the record itself.
_ANEW = frozenset(("agreed", "copy"))
_ANEW_ANSWERS = frozenset(("plan.version", "plan.replaces", "plan.changed", "plan.start", "network.review"))
_ANEW_BEGINS = ("network.parents", "network.children", "network.shared", "record.")
# Carried over, and to be looked at before it is agreed again.
_LOOK_AT = frozenset(("plan.safety-scale", "outcome.scale", "action.status", "safety.rating"))


class Plans:
    """Plans of one worker's unlocked store. Runs in the store's thread."""

    def __init__(self, store: Store, reading: Reading, gathered: Gathered, writing: Writing) -> None:
        self._store, self._reading, self._gathered, self._writing = store, reading, gathered, writing

    def next(self, family: FamilyId) -> OpenRecord:
        """Return the next version of a family's agreed plan: the one that is being drafted, or a new draft.

        Raises:
            RecordUnknown: no plan is signed off.
            FormUnknown: there is no form for it on this laptop.
        """
        rows = self._store.records.of_family(family)
        before = agreed_plan(rows)
        if before is None:
            raise RecordUnknown(record=family)
        for row in rows:
            is_draft = row.form is not None and row.form.id == PLAN and row.state is not State.SIGNED_OFF
            if is_draft and not row.signing and row.state is not State.SUPERSEDED:
                told = self._store.drafts.stands(row.id).answers.get(paths.child(paths.ROOT, REPLACES))
                if told is not None and told.value == before.id:
                    return self._writing.open(row.id)
        ref = next((ref for ref in self._store.forms.newest() if ref.id == PLAN), None)
        if ref is None:
            raise FormUnknown(form=PLAN, version="")
        body = self._store.drafts.stands(before.id)
        actions = self._gathered.actions(family)
        opened = self._writing.start(ref, family, before.subjects)
        by = self._reading.names().get(before.changed_by or "", "")
        made = next_version(opened.form, before, body, opened.body, actions, by)
        self._writing.keep(opened.record, made, opened.body)
        return self._writing.open(opened.record)


def next_version(
    form: Form, before: RecordRow, body: Body, began: Body, actions: tuple[OpenAction, ...], by: str
) -> Body:
    """Return what the next version of a plan begins with.

    Args:
        form: of the next version.
        body: of the plan before.
        began: what a new plan on this form begins with.
        actions: what is open of the plan before, with how far it is said to be.
        by: who recorded the plan before.
    """
    still = {each.id.rsplit("/", 1)[-1]: each for each in actions if each.record == before.id}
    gone: list[str] = []
    dropped: set[FieldPath] = set()
    for row in body.rows:
        if paths.link_id(row) == ACTIONS and str(paths.row_id(row)) not in still:
            what = body.answers.get(paths.child(row, WHAT))
            if what is not None and isinstance(what.value, str):
                gone.append(what.value)
            dropped.add(row)
        elif paths.link_id(row) in _ANEW:
            dropped.add(row)
    source: dict[str, Value] = {"record": before.id, "title": before.title, "by": by}
    if before.occurred_on is not None:
        source["on"] = before.occurred_on.isoformat()
    answers: dict[FieldPath, Answer] = {}
    for path, answer in began.answers.items():
        link = str(paths.link_id(path))
        if link in _ANEW_ANSWERS or link.startswith(_ANEW_BEGINS):
            answers[path] = answer
    for path, answer in body.answers.items():
        link = str(paths.link_id(path))
        if (
            link not in form.by_link_id
            or link in _ANEW_ANSWERS
            or link.startswith(_ANEW_BEGINS)
            or any(paths.under(path, row) for row in dropped)
        ):
            continue
        marks: tuple[tuple[str, Value], ...] = ((FROM, {**source, "value": answer.value}),)
        if link in _LOOK_AT:
            marks = ((UNCONFIRMED, True), *marks)
        answers[path] = replace(answer, by=None, at=None, extra=marks)
    rows = {
        path: row for path, row in body.rows.items() if not any(paths.under(path, each) for each in dropped)
    }
    made = Body(answers=answers, rows=rows)
    for row, action in (
        (row, still[str(paths.row_id(row))]) for row in rows if paths.link_id(row) == ACTIONS
    ):
        said = _status(form, action.status)
        if said is not None:
            mark: tuple[tuple[str, Value], ...] = ((UNCONFIRMED, True), (FROM, {**source, "value": said}))
            made = made.with_answer(paths.child(row, STATUS), Answer(value=said, extra=mark))
    number = body.answers.get(paths.child(paths.ROOT, VERSION))
    earlier = number.value if number is not None and isinstance(number.value, int) else 1
    told: Mapping[LinkId, Value] = {
        VERSION: earlier + 1,
        REPLACES: before.id,
        CHANGED: _changed(before, gone, list(still.values())),
    }
    for link, value in told.items():
        if link in form.by_link_id:
            extra: tuple[tuple[str, Value], ...] = ((UNCONFIRMED, True),) if link == CHANGED else ()
            made = made.with_answer(paths.child(paths.ROOT, link), Answer(value=value, extra=extra))
    return made


def _changed(before: RecordRow, gone: list[str], still: list[OpenAction]) -> str:
    """Return, in words to begin with, what has changed since the plan before."""
    since = f" since {long_date(before.occurred_on)}" if before.occurred_on is not None else ""
    late = [each.what for each in still if each.overdue]
    stuck = [each.what for each in still if each.status.casefold() == "stuck" and not each.overdue]
    parts = [
        f"Done or no longer needed{since}: {'; '.join(gone)}." if gone else f"Nothing was finished{since}.",
        f"Still open: {len(still)}." if still else "Nothing is left open.",
        f"Late: {'; '.join(late)}." if late else "",
        f"Stuck: {'; '.join(stuck)}." if stuck else "",
    ]
    return "\n".join(part for part in parts if part)


def _status(form: Form, words: str) -> Value | None:
    """Return the answer that says how far an action is, by the words it was said in last."""
    item = form.by_link_id.get(STATUS)
    for option in item.options if item is not None else ():
        value = option.value
        if (
            isinstance(value, Mapping)
            and words
            and words.casefold()
            in (
                str(value.get("display", "")).casefold(),
                str(value.get("code", "")).casefold(),
            )
        ):
            return dict(value)
    return None
