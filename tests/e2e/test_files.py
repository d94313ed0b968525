"""Files between two laptops: real stores, the real service, a line that drops, a laptop that is killed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sync.protocol import Limits
from sync.reference_ics.practice import practice_caseload
from tests.support.databases import KINDS
from tests.support.faulty_line import FaultyLine
from tests.support.laptop import NoWindow, office_at
from tests.support.service import IcsClock, RunningIcs, running_ics
from workbook_desktop.domain.ids import FamilyId, FieldPath, RecordId
from workbook_desktop.domain.records import Answer

pytestmark = [
    pytest.mark.usefixtures("database_kind"),
    pytest.mark.parametrize("database_kind", KINDS, indirect=True, scope="module"),
]

TOLLAND = FamilyId("f-tolland")
PLACE = FieldPath("said.picture")
FILE = b"canary of a drawing " * 60_000  # 1.2 MB: five parts
HASH = hashlib.sha256(FILE).hexdigest()


class Two:
    def __init__(self, folder: Path, ics: RunningIcs, clock: IcsClock) -> None:
        self.ics, self.clock, self.folder = ics, clock, folder
        self.line = FaultyLine(ics.base_url)
        self.workers = {each.id: each for each in practice_caseload(clock.today()).workers}
        self.amara = self.laptop("w-amara-quill", self.line.url)
        self.joss = self.laptop("w-joss-penn", ics.base_url)
        for each in (self.amara, self.joss):
            assert each.exchange().outcome == "complete"

    def laptop(self, worker: str, url: str) -> NoWindow:
        way = office_at(url, self.ics.secret)
        return NoWindow(self.folder / worker, way, self.workers[worker], clock=self.clock)  # type: ignore[index]

    def begins_a_note(self, *, send: bool = True) -> RecordId:
        """A note of Amara's that names a file of hers."""

        def job() -> RecordId:
            desk, store = self.amara.desk, self.amara.client._store
            ref = next(ref for ref, _ in desk.family(TOLLAND).forms if ref.id == "direct-work")
            record = desk.start(ref, TOLLAND, ()).record
            assert store.attached.put(TOLLAND, record, FILE) == HASH
            before = desk.open(record).body
            value = {"title": "drawing.png", "contentType": "image/png", "size": len(FILE), "hash": HASH}
            answer = Answer(value=value, by=self.amara.worker.id, at=self.clock.now().isoformat())
            desk.keep(record, before.with_answer(PLACE, answer), before)
            if send:
                desk.send(record)
            return record

        return self.amara.do(job)

    def read(self, who: NoWindow) -> bytes | None:
        return who.do(lambda: who.client._store.attached.data(TOLLAND, HASH))

    def want(self, who: NoWindow) -> None:
        who.do(lambda: who.client._store.attached.want(TOLLAND, HASH, len(FILE)))

    def close(self) -> None:
        self.amara.close()
        self.joss.close()
        self.line.close()


@pytest.fixture
def two(tmp_path: Path, database_kind: str) -> Iterator[Two]:
    clock = IcsClock()
    caseload = practice_caseload(clock.today())
    (tmp_path / "ics").mkdir()
    with running_ics(tmp_path / "ics", caseload=caseload, clock=clock, limits=Limits()) as ics:
        found = Two(tmp_path, ics, clock)
        try:
            yield found
        finally:
            found.close()


def test_a_file_reaches_a_colleague_who_asks_for_it(two: Two) -> None:
    two.begins_a_note()
    assert two.amara.exchange().outcome == "complete"
    assert two.joss.exchange().outcome == "complete"
    assert two.read(two.joss) is None  # the words are there, the bytes when they are asked for
    two.want(two.joss)
    assert two.joss.exchange().outcome == "complete"
    assert two.read(two.joss) == FILE
    calls = len(two.line.calls)
    two.amara.exchange()
    assert not any("upload" in each for each in two.line.calls[calls:])  # and never sent again


def test_a_file_of_a_draft_that_is_held_back_waits_with_it(two: Two) -> None:
    record = two.begins_a_note(send=False)
    two.amara.exchange()
    assert not any("upload" in each for each in two.line.calls)
    two.amara.do(lambda: two.amara.desk.send(record))
    two.amara.exchange()
    assert sum("/v1/uploads/" in each for each in two.line.calls) == 5


@pytest.mark.parametrize("after", range(6))
def test_an_upload_that_is_cut_goes_on_where_it_stopped(two: Two, after: int) -> None:
    two.begins_a_note()
    two.line.refuse, two.line.refuse_after = "/v1/uploads", after
    report = two.amara.exchange()
    assert (report.outcome, report.sent) == ("ics-unreachable", 1)  # the words went first
    two.line.refuse = None
    calls = len(two.line.calls)
    assert two.amara.exchange().outcome == "complete"
    again = sum("/v1/uploads/" in each for each in two.line.calls[calls:])
    assert again <= 5 - max(0, after - 1)
    two.want(two.joss)
    two.joss.exchange()
    assert two.read(two.joss) == FILE


def test_a_family_that_is_withdrawn_takes_its_files_along_and_loses_none(two: Two) -> None:
    two.begins_a_note()
    two.ics.clock.forward(days=1)
    family = next(each for each in practice_caseload(two.clock.today()).families if each.id == TOLLAND)
    others = tuple(each for each in family.involvements if each.worker != "w-amara-quill")
    two.ics.office_changes(replace(family, involvements=others))
    for _ in range(3):
        assert two.amara.exchange().outcome == "complete"
    assert two.read(two.amara) is None
    left = two.amara.do(
        lambda: two.amara.client._store._db.execute("SELECT count(*) FROM file_part").fetchone()
    )
    assert left == (0,)
    with two.ics.database() as database, database.reading() as connection:
        from sync.reference_ics.tables import blob

        assert [row.sha256 for row in connection.execute(blob.select())] == [HASH]  # the office has it


def test_what_comes_out_as_another_file_is_not_shown(two: Two) -> None:
    two.begins_a_note()
    two.amara.exchange()
    with two.ics.database() as database, database.noting() as connection:
        from sync.reference_ics.tables import blob_part

        connection.execute(blob_part.update().where(blob_part.c.at == 0).values(data=b"x" * 262_144))
    two.joss.exchange()
    two.want(two.joss)
    two.joss.exchange()
    assert two.read(two.joss) is None
    with two.ics.database() as database, database.noting() as connection:
        connection.execute(blob_part.update().where(blob_part.c.at == 0).values(data=FILE[:262_144]))
    two.joss.exchange()
    assert two.read(two.joss) == FILE


def test_a_store_that_is_opened_again_has_its_files(two: Two) -> None:
    two.begins_a_note()
    two.amara.close()
    two.amara = two.laptop("w-amara-quill", two.line.url)
    assert two.read(two.amara) == FILE
    assert two.amara.exchange().outcome == "complete"
    two.joss.exchange()
    two.want(two.joss)
    two.joss.exchange()
    assert two.read(two.joss) == FILE
