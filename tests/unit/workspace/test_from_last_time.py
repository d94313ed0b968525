"""What is filled in from the record before says which record that was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.support.laptop_store import LaptopStore
from tests.support.written import Written
from workbook_desktop.domain.ids import FamilyId, LinkId, RecordId, WorkerId
from workbook_desktop.domain.paths import ROOT, child
from workbook_desktop.domain.records import State, content_hash, content_of
from workbook_desktop.forms.draft import is_unconfirmed, source_of

TOLLAND = FamilyId("f-tolland")
RUTH = WorkerId("w-ruth-calloway")


def test_a_supervision_begins_with_the_ratings_of_the_last_one_and_its_source(laptop: LaptopStore) -> None:
    before = Written("group-supervision")
    before.say({"meeting.date": "2026-11-18", "decision.what": "continue"})
    area = before.add(
        "domain", {"domain.area": "da", "domain.rating-after": "amber", "domain.disagreed": True}
    )
    nerys = {"reference": "Practitioner/w-nerys-vole", "display": "Nerys Vole"}
    before.add("view", {"view.who": nerys, "view.rating": "red", "view.why": "He rang again."}, inside=area)
    content = content_of(before.sheet.body)
    example = next(
        each for each in laptop.caseload.records if each.family == TOLLAND and each.form is not None
    )
    laptop.ics.put(
        replace(
            example,
            id=RecordId("supervision-0"),
            form=before.form.ref,
            state=State.SIGNED_OFF,
            content=content,
            hash=content_hash(content),
            version=1,
            created_by=RUTH,
            changed_by=RUTH,
            changed_at=laptop.clock.now(),
        )
    )
    laptop.run()
    ref = next(each for each in laptop.store.forms.newest() if each.id == "group-supervision")
    opened = laptop.desk.start(ref, TOLLAND)
    (row,) = opened.body.rows_of(ROOT, LinkId("domain"))
    answer = opened.body.answers[child(row, LinkId("domain.rating-before"))]
    assert is_unconfirmed(answer)
    source = source_of(answer)
    assert source is not None
    assert (source["record"], source["by"], source["on"]) == ("supervision-0", "Ruth Calloway", "2026-11-18")
    other = opened.body.answers[child(row, LinkId("domain.before-other"))]
    assert other.value == "Nerys Vole: Red: high"
    assert opened.surroundings.today == date(2026, 11, 22)
