"""Whether a visit counts is asked of who wrote it, on every laptop, whoever has it open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.support.laptop_store import AMARA, LaptopStore, visit_said
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, LinkId, RecordId, WorkerId
from workbook_desktop.domain.records import Body, State, content_hash, content_of
from workbook_desktop.forms.workings import Workings

JOSS = WorkerId("w-joss-penn")  # a family worker
TOLLAND = FamilyId("f-tolland")
NO = "Seen. Only a social worker’s visit meets a child protection visit"
YES = "Counts as a child protection visit"


def visit_by(laptop: LaptopStore, author: WorkerId, state: State = State.DRAFT) -> RecordId:
    """A colleague's visit comes from the office."""
    example = next(
        each
        for each in reversed(laptop.caseload.records)
        if each.form is not None and each.form.id == "visit" and each.family == TOLLAND
    )
    content = content_of(visit_said(laptop, date(2026, 11, 20), seen=True, alone="yes"))
    laptop.ics.put(
        replace(
            example,
            id=RecordId("visit-of-a-colleague"),
            form=laptop.visit_form(),
            content=content,
            hash=content_hash(content),
            state=state,
            version=1,
            created_by=author,
            changed_by=author,
            changed_at=laptop.clock.now(),
        )
    )
    laptop.run()
    return RecordId("visit-of-a-colleague")


def counts(body: Body) -> set[str]:
    return {
        str(body.answers[paths.child(row, LinkId("child.counts"))].value)
        for row in body.rows_of(paths.ROOT, LinkId("children"))
    }


def worked(laptop: LaptopStore, record: RecordId) -> Body:
    """As the form shows it."""
    opened = laptop.desk.open(record)
    return Workings(opened.form, opened.body, opened.surroundings).body


@pytest.mark.parametrize(("author", "words"), [(JOSS, NO), (AMARA, YES)])
def test_a_social_worker_who_opens_a_family_workers_visit_does_not_make_it_count(
    laptop: LaptopStore, author: WorkerId, words: str
) -> None:
    record = visit_by(laptop, author)
    assert counts(worked(laptop, record)) == {words}


def test_nor_does_one_who_writes_in_it(laptop: LaptopStore) -> None:
    record = visit_by(laptop, JOSS)
    before = laptop.desk.open(record).body
    laptop.desk.keep(
        record,
        worked(laptop, record).with_answer(
            paths.child(paths.ROOT, LinkId("analysis.meaning")), laptop.said("Better.")
        ),
        before,
    )
    assert counts(worked(laptop, record)) == {NO}


def test_what_is_derived_says_the_same_as_the_form(laptop: LaptopStore) -> None:
    record = visit_by(laptop, JOSS, State.SIGNED_OFF)
    found = [each for each in laptop.desk._gathered.happenings(TOLLAND) if each.record == record]
    assert {each.facts["author_role"] for each in found} == {"family worker"}
    assert counts(worked(laptop, record)) == {NO}


def test_a_visit_of_someone_this_laptop_does_not_know_is_not_taken_for_ones_own(laptop: LaptopStore) -> None:
    record = visit_by(laptop, WorkerId("w-from-elsewhere"))
    assert laptop.desk.open(record).surroundings.variables["worker"] == []
