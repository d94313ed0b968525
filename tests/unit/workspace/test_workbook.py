"""A family's workbook over a real store: chapters, missing summaries, plans and their next versions."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.pen import missing
from tests.support.worker import NOW, FixedClock, StoreGate
from workbook_desktop.domain import paths
from workbook_desktop.domain.errors import RecordUnknown
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, PersonId, WorkerId
from workbook_desktop.domain.records import RECEIPT, content_hash, content_of
from workbook_desktop.forms.draft import FROM, is_unconfirmed, source_of
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.outline import in_force
from workbook_desktop.workspace.summaries import missing_of, month_of, months_before

TOLLAND, DARREN = FamilyId("f-tolland"), PersonId("p-darren")


@pytest.fixture
def gate(tmp_path: Path) -> StoreGate:
    return StoreGate(tmp_path / "store", FixedClock()).create()


@pytest.fixture
def desk(gate: StoreGate) -> Desk:
    return gate.unlock("quiet harbour lantern")


def sign(desk: Desk, record: str) -> None:
    body = desk.open(record).body  # type: ignore[arg-type]
    desk.sign_off(record, content_hash(content_of(body)))  # type: ignore[arg-type]


def test_a_record_of_a_chapter_nobody_knows_is_not_out_of_sight(desk: Desk) -> None:
    known = {each.id for each in in_force().chapters}
    shown = {each.chapter.id for each in desk.workbook(TOLLAND).parts}
    assert shown <= known  # the practice family has no other
    listed = {row.record for row in desk.family(TOLLAND).records}
    book = [desk.workbook(TOLLAND, number) for number in (1, 2, 3)]
    seen = {each.record for page in book for part in page.parts for each in part.entries}
    seen |= {each.record for page in book for each in page.together}
    summaries = {row.record for row in desk.family(TOLLAND).records if row.kind == "Monthly summary"}
    assert seen | summaries == listed


def test_nothing_is_new_before_the_first_look_and_ones_own_words_never_are(desk: Desk) -> None:
    part = next(each for each in desk.workbook(TOLLAND).parts if each.is_mine)
    assert (part.looked_at, part.new) == (None, ())
    desk.look_at_chapter(TOLLAND, part.chapter.id)
    assert part.start is not None
    desk.start(part.start, TOLLAND)
    part = next(each for each in desk.workbook(TOLLAND).parts if each.is_mine)
    assert (part.looked_at, part.new) == (NOW, ())


def test_a_month_is_covered_by_the_summary_that_tells_most_of_it() -> None:
    assert months_before(date(2026, 11, 22)) == (date(2026, 10, 1), date(2026, 9, 1))
    assert months_before(date(2027, 1, 3)) == (date(2026, 12, 1), date(2026, 11, 1))
    assert month_of(date(2026, 11, 10)) == date(2026, 10, 1)
    assert month_of(date(2026, 10, 31)) == date(2026, 10, 1)
    assert month_of(date(2026, 3, 1)) == date(2026, 2, 1)


def test_a_summary_is_missing_only_where_the_chapter_worked_all_month_and_is_sent_to_who_asks(
    gate: StoreGate, desk: Desk
) -> None:
    assert gate.store is not None
    family = next(each for each in gate.caseload.families if each.id == TOLLAND)
    workers = {each.id: each for each in gate.caseload.workers}

    def owed(reader: str, today: date) -> list[tuple[str, date]]:
        found = missing_of(family, [], in_force(), workers.values(), workers[WorkerId(reader)], today)
        return [(each.chapter, each.month) for each in found]

    start = min(each.start for each in family.involvements if each.worker == "w-bea-linnet")
    before = owed("w-amara-quill", start + timedelta(days=20))
    assert not [each for each in before if each[0] == "mental-health"]  # it had not worked a whole month
    assert ("da-survivor", date(2026, 10, 1)) in owed("w-amara-quill", NOW.date())
    assert not [each for each in owed("w-tom-harrow", NOW.date()) if each[0] == "da-survivor"]


def test_opening_what_asks_to_be_read_writes_one_receipt_for_its_author_alone(
    gate: StoreGate, desk: Desk
) -> None:
    assert gate.store is not None
    (first, *_) = desk.workbook(TOLLAND).to_read
    sections = [note.section for note in desk.workbook(TOLLAND).to_read if note.record == first.record]
    assert LinkId("safety") in sections  # not where the record begins
    desk.open(first.record)
    assert desk.sending().waiting == ()  # nothing that it asks was seen yet
    desk.look_at_section(first.record, LinkId("contact"))
    assert first in desk.workbook(TOLLAND).to_read
    for _ in range(2):
        for section in sections:
            assert section is not None
            desk.look_at_section(first.record, section)
            desk.open(first.record)
    assert first.record not in {note.record for note in desk.workbook(TOLLAND).to_read}
    waiting = [row.row for row in desk.sending().waiting]
    assert [str(row.form.id) for row in waiting if row.form is not None] == [RECEIPT]
    said = gate.store.drafts.stands(waiting[0].record).answers
    assert said[FieldPath("note.audience")].value["code"] == "named"  # type: ignore[index]
    assert [each["reference"] for each in said[FieldPath("note.named")].value] == [  # type: ignore[union-attr]
        "Practitioner/w-sunil-marsh"
    ]
    assert RECEIPT not in {row.form.id for row in desk.family(TOLLAND).records if row.form is not None}
    assert desk.home().work == ()
    assert RECEIPT not in {ref.id for ref, _ in desk.family(TOLLAND).forms}


def test_the_next_version_of_a_plan_carries_over_what_is_open_and_says_from_where(desk: Desk) -> None:
    with pytest.raises(RecordUnknown):
        desk.next_plan(TOLLAND)  # nothing is agreed yet
    plan = desk.family(TOLLAND).plan
    assert plan is not None
    before = {each.id.rsplit("/", 1)[-1]: each for each in desk.family(TOLLAND).actions if each.of_plan}
    sign(desk, plan.record)
    draft = desk.next_plan(TOLLAND)
    assert desk.next_plan(TOLLAND).record == draft.record  # one draft, however often it is asked for
    assert draft.body.answers[FieldPath("plan.version")].value == 2
    assert draft.body.answers[FieldPath("plan.replaces")].value == plan.record
    rows = [row for row in draft.body.rows if paths.link_id(row) == LinkId("actions")]
    assert {str(paths.row_id(row)) for row in rows} == set(before)
    goal = draft.body.answers[FieldPath("plan.goal")]
    source = source_of(goal)
    assert source is not None
    assert source["record"] == plan.record
    assert not is_unconfirmed(goal)
    changed = draft.body.answers[FieldPath("plan.changed")]
    assert is_unconfirmed(changed)
    assert "Still open: 8." in str(changed.value)
    assert not [row for row in draft.body.rows if paths.link_id(row) in ("agreed", "copy")]
    assert FROM not in dict(draft.body.answers[FieldPath("plan.version")].extra)


def test_a_draft_of_the_next_version_changes_nothing_that_is_agreed(desk: Desk) -> None:
    plan = desk.family(TOLLAND).plan
    assert plan is not None
    sign(desk, plan.record)
    before = desk.family(TOLLAND).actions
    draft = desk.next_plan(TOLLAND)
    desk.send(draft.record)
    file = desk.family(TOLLAND)
    assert file.actions == before
    assert file.plan is not None
    assert file.plan.record == plan.record
    assert any("action.by: rule" in each for each in missing(desk, draft.record))  # a past day is no promise


def test_a_parents_page_has_their_numbers_and_words_and_nothing_that_is_withheld(desk: Desk) -> None:
    page = desk.parents_page(TOLLAND, DARREN)
    assert [name for name, _ in page.scales] == [
        "Days I drank in the last 28",
        "How sure I am that I can: drinking less before contact",
        "How much it matters to me: drinking less before contact",
        "How ready I am: drinking less before contact",
    ]
    assert next(each.words for each in page.words).startswith("“I can")
    assert [each.name for each in desk.parents(TOLLAND)] == ["Darren Pask"]
    with pytest.raises(RecordUnknown):
        desk.parents_page(TOLLAND, PersonId("p-maisie"))
