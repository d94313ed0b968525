"""Something agreed is recorded as done: in a case note that begins with it said, ready to be looked at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.laptop_store import LaptopStore
from tests.unit.workspace.test_knowledge import sheet_of
from workbook_desktop.domain import paths
from workbook_desktop.domain.errors import RecordUnknown
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.forms.draft import is_unconfirmed, source_of
from workbook_desktop.workspace.ticking import GROUP, PROGRESS
from workbook_desktop.workspace.views import OpenAction, OpenRecord

TOLLAND = FamilyId("f-tolland")


def _open(laptop: LaptopStore, *, of_plan: bool) -> OpenAction:
    found = laptop.desk.family(TOLLAND).actions
    return next(each for each in found if each.of_plan is of_plan)


def _row(opened: OpenRecord) -> dict[str, Answer]:
    (row,) = opened.body.rows_of(paths.ROOT, GROUP)
    return {
        str(paths.link_id(path)): answer
        for path, answer in opened.body.answers.items()
        if paths.parent_row(path) == row
    }


def _finished(laptop: LaptopStore, opened: OpenRecord) -> Body:
    """Answer whatever must be answered, with anything that fits."""
    sheet = sheet_of(laptop, opened)
    for _ in range(10):
        missing = [each for each in sheet.problems() if each.severity == "must" and each.path is not None]
        if not missing:
            return sheet.body
        for each in missing:
            item = opened.form.by_link_id[paths.link_id(each.path)]
            if item.has_rows:
                sheet.add_row(paths.parent_row(each.path), item.link_id)
                continue
            value: Any = item.options[0].value if item.options else "Said on the phone."
            sheet.answer(each.path, [value] if item.several else value)
    raise AssertionError([(each.path, each.code) for each in sheet.problems()])


@pytest.mark.parametrize("of_plan", [True, False])
def test_a_case_note_begins_with_the_action_done_and_nothing_of_it_looked_at(
    laptop: LaptopStore, of_plan: bool
) -> None:
    action = _open(laptop, of_plan=of_plan)
    opened = laptop.desk.start_for_action(TOLLAND, action.id)
    assert opened.form.ref.id == "case-note"
    assert opened.subjects == (action.people or tuple(child.id for child in opened.family.children))
    said = _row(opened)
    assert (said["action.what"].value, said["action.of"].value) == (action.what, action.id)
    done: Any = said[PROGRESS].value
    assert done["code"] == "done"
    assert all(is_unconfirmed(answer) for answer in said.values())
    source = source_of(said["action.what"])
    assert source is not None
    assert source["record"] == action.record


def test_what_few_may_read_is_recorded_as_done_for_the_same_few(laptop: LaptopStore) -> None:
    """Next steps of visits that are withheld from Darren Pask: the note that repeats one is withheld too."""
    withheld = FieldPath("record.withhold-from")
    actions = laptop.desk.family(TOLLAND).actions
    limits = {each.id: laptop.at_office(each.record).answers.get(withheld) for each in actions}
    action = next(each for each in actions if (limit := limits[each.id]) is not None and limit.value)
    opened = laptop.desk.start_for_action(TOLLAND, action.id)
    found = opened.body.answers[withheld]
    limit = limits[action.id]
    assert limit is not None
    assert found.value == limit.value
    assert is_unconfirmed(found)


def test_nobody_is_bound_by_a_press_and_what_was_begun_by_mistake_is_thrown_away(laptop: LaptopStore) -> None:
    action = _open(laptop, of_plan=True)
    opened = laptop.desk.start_for_action(TOLLAND, action.id)
    assert action.id in {each.id for each in laptop.desk.family(TOLLAND).actions}
    assert laptop.desk.discard(opened.record)


@pytest.mark.parametrize("of_plan", [True, False])
def test_once_it_is_signed_the_action_is_open_no_longer_here_and_at_the_office(
    laptop: LaptopStore, of_plan: bool
) -> None:
    action = _open(laptop, of_plan=of_plan)
    opened = laptop.desk.start_for_action(TOLLAND, action.id)
    body = _finished(laptop, opened)
    laptop.desk.keep(opened.record, body, opened.body)
    laptop.sign(opened.record)
    assert action.id not in {each.id for each in laptop.desk.family(TOLLAND).actions}
    with pytest.raises(RecordUnknown):
        laptop.desk.start_for_action(TOLLAND, action.id)
    laptop.run()
    (row,) = laptop.at_office(opened.record).rows_of(paths.ROOT, GROUP)
    said = laptop.at_office(opened.record).answers[FieldPath(f"{row}/{LinkId('action.of')}")]
    assert said.value == action.id
