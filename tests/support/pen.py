"""Writes in a record on a worker's laptop by linkId, as its form would; what was filled in is confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FieldPath, LinkId, NewId, RecordId
from workbook_desktop.forms.check import problems
from workbook_desktop.forms.draft import confirmed, is_unconfirmed
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.workspace.desk import Desk

Answers = Mapping[str, Any]
NO_ROWS: Mapping[str, Sequence[Answers]] = {}
NOWHERE: Mapping[FieldPath, Any] = {}


def write(
    desk: Desk,
    record: RecordId,
    answers: Answers,
    rows: Mapping[str, Sequence[Answers]] = NO_ROWS,
    *,
    at: Mapping[FieldPath, Any] = NOWHERE,
    clock: Clock,
    new_id: NewId,
) -> None:
    """Answer questions, and those of the first rows of groups; more rows are added as they are needed.

    A code stands for the option it names. To be run in the store's thread.

    Args:
        at: answers by their whole path, for rows inside rows.
    """
    view = desk.open(record)
    sheet = Sheet(
        view.form,
        view.body,
        by=desk.worker.id,
        now=lambda: clock.now().isoformat(),
        new_id=new_id,
        worker=desk.worker,
        surroundings=view.surroundings,
    )

    def say(said: Answers, row: FieldPath) -> None:
        for link, value in said.items():
            item = view.form.by_link_id[LinkId(link)]
            listed = value if isinstance(value, list) else [value]
            meant = [
                next(
                    (
                        one.value
                        for one in item.options
                        if isinstance(one.value, Mapping) and one.value.get("code") == each
                    ),
                    each,
                )
                for each in listed
            ]
            sheet.answer(paths.child(row, LinkId(link)), meant if item.several else meant[0])

    say(answers, paths.ROOT)
    for group, listed in rows.items():
        for number, said in enumerate(listed):
            there = sheet.rows(paths.ROOT, LinkId(group))
            row = there[number] if number < len(there) else sheet.add_row(paths.ROOT, LinkId(group))
            say(said, row)
    for path, value in at.items():
        sheet.answer(path, value)
    body = sheet.body
    for path, answer in list(body.answers.items()):
        if is_unconfirmed(answer):
            body = body.with_answer(path, confirmed(answer))
    desk.keep(record, body, view.body)


def missing(desk: Desk, record: RecordId) -> list[str]:
    """Return what stands in the way of signing a record off."""
    view = desk.open_to_check(record)
    found = problems(view.form, view.body, surroundings=view.surroundings)
    return [f"{each.path}: {each.code}" for each in found if each.severity == "must"]
