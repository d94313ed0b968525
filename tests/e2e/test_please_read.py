"""What a record asks a colleague to read reaches that colleague, once, and nobody who may not see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.reference_ics.caseload import Caseload
from sync.reference_ics.practice import practice_caseload
from tests.support.laptop import NoWindow, office_at
from tests.support.service import IcsProcess
from workbook_desktop.domain.errors import RecordUnknown
from workbook_desktop.domain.ids import FamilyId, FormId, PersonId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import FormRef, Head, State, content_hash
from workbook_desktop.workspace.receipts import receipt_id
from workbook_desktop.workspace.views import ToRead

TOLLAND = FamilyId("f-tolland")
NOW = datetime.now(UTC)
OURS = "0199bbbb"
CHAPTERS = "https://workbook.invalid/fhir/CodeSystem/chapters"


def entry(caseload: Caseload, form: str, by: str, words: str, *, to: tuple[str, ...], ago: int) -> Head:
    """Return a signed chapter entry that asks these chapters to read it."""
    author = next(each for each in caseload.workers if each.chapter == by)
    at = NOW - timedelta(days=ago)

    def said(value: Any) -> dict[str, Any]:
        return {"v": value, "by": author.id, "at": at.isoformat()}

    content = {
        "answers": {
            "contact.date": said(at.date().isoformat()),
            "next.tell": said([{"system": CHAPTERS, "code": each, "display": each} for each in to]),
            "next.message": said(words),
        },
        "groups": {},
    }
    return Head(
        id=RecordId(f"{OURS}-0000-7000-8000-{ago:012d}"),
        type="form",
        family=TOLLAND,
        form=FormRef(id=FormId(form), version="1.0.0"),
        state=State.SIGNED_OFF,
        chapter=by,
        subjects=(PersonId("p-hannah"),),
        content=content,
        version=1,
        hash=content_hash(content),
        created_by=author.id,
        created_at=at,
        changed_by=author.id,
        changed_at=at,
        signed_by=author.id,
        signed_at=at,
    )


class Team:
    """Workers of the Tolland family, each at a laptop of their own that has received everything."""

    def __init__(self, folder: Path, after: ExitStack) -> None:
        caseload = practice_caseload(NOW.date())
        self.workers = {each.chapter: each for each in reversed(caseload.workers) if not each.is_manager}
        locks = ("child", "da-perpetrator", "da-survivor")
        records = (
            entry(caseload, "chapter-da-survivor", "da-survivor", "She changed the locks.", to=locks, ago=2),
            entry(caseload, "chapter-substance", "substance", "A slip on Friday.", to=locks, ago=1),
        )
        whole = replace(caseload, records=(*caseload.records, *records))
        self.ics = IcsProcess(folder, whole)
        after.callback(self.ics.kill)
        self.folder, self._after = folder, after

    def at_laptop(self, worker: Worker) -> NoWindow:
        found = NoWindow(self.folder / worker.chapter, office_at(self.ics.base_url, self.ics.secret), worker)
        self._after.callback(found.close)
        assert found.exchange().outcome == "complete"
        return found


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with ExitStack() as after:
        yield Team(tmp_path, after)


def read(who: NoWindow, note: ToRead) -> None:
    """Open a record where it asks to be read."""
    who.do(lambda: who.desk.open(note.record))
    assert note.section is not None
    who.do(lambda: who.desk.look_at_section(note.record, note.section))


def to_read(who: NoWindow) -> tuple[ToRead, ...]:
    """Return what is to be read of the entries above; the practice family has one of its own."""
    return ours(who.do(lambda: who.desk.family(TOLLAND)).to_read)


def ours(notes: tuple[ToRead, ...]) -> tuple[ToRead, ...]:
    return tuple(note for note in notes if note.record.startswith(OURS))


def test_a_note_is_for_the_chapters_it_names_and_read_once_the_record_is_opened(team: Team) -> None:
    amara = team.at_laptop(team.workers["child"])
    notes = to_read(amara)
    assert [note.words for note in notes] == ["A slip on Friday.", "She changed the locks."]
    assert (notes[1].by, notes[1].kind, notes[1].names) == (
        "Nerys Vole",
        "Survivor entry",
        ("Hannah Tolland",),
    )
    home = amara.do(amara.desk.home)
    whole = amara.do(lambda: amara.desk.family(TOLLAND)).to_read
    assert [(each.family, each.count) for each in home.to_read] == [(TOLLAND, len(whole))]
    read(amara, notes[0])
    assert [note.words for note in to_read(amara)] == ["She changed the locks."]
    amara.do(amara.client.lock)
    assert [note.words for note in _again(amara)] == ["She changed the locks."]


def _again(who: NoWindow) -> tuple[ToRead, ...]:
    desk = who.do(lambda: who.client.unlock("saltmarsh lantern otter quay"))
    return ours(who.do(lambda: desk.family(TOLLAND)).to_read)


def test_nobody_is_shown_a_note_of_a_record_that_is_held_back_from_them(team: Team) -> None:
    """The survivor's worker asked the perpetrator's worker too: the office does not send it."""
    tom = team.at_laptop(team.workers["da-perpetrator"])
    assert [note.words for note in to_read(tom)] == ["A slip on Friday."]
    home = tom.do(tom.desk.home)
    assert [each.count for each in home.to_read] == [1]
    whole = tom.do(lambda: repr((tom.desk.family(TOLLAND), tom.desk.home(), tom.desk.search("locks"))))
    assert "She changed the locks." not in whole


def test_a_note_for_others_is_not_for_me_and_nobody_reads_their_own(team: Team) -> None:
    assert to_read(team.at_laptop(team.workers["mental-health"])) == ()
    nerys = team.at_laptop(team.workers["da-survivor"])
    assert [note.words for note in to_read(nerys)] == ["A slip on Friday."]


def test_who_has_read_is_told_to_the_author_and_managers_alone(team: Team) -> None:
    ruth = next(each for each in practice_caseload(NOW.date()).workers if each.is_manager)
    amara = team.at_laptop(team.workers["child"])
    slip = next(note for note in to_read(amara) if note.words == "A slip on Friday.")
    read(amara, slip)
    assert amara.exchange().outcome == "complete"

    def told(who: NoWindow) -> list[tuple[str, tuple[str, ...]]]:
        asked = who.do(lambda: who.desk.workbook(TOLLAND)).asked
        return [
            (each.words, tuple(by.name for by in each.read_by))
            for each in asked
            if each.record.startswith(OURS)
        ]

    receipt = receipt_id(slip.record, 1, amara.worker.id)
    sunil = team.at_laptop(team.workers["substance"])
    assert sunil.held(receipt).row.state is State.SIGNED_OFF
    assert told(sunil) == [("A slip on Friday.", (amara.worker.name,))]
    manager = team.at_laptop(replace(ruth, chapter="manager"))  # its folder is named after the chapter
    assert ("A slip on Friday.", (amara.worker.name,)) in told(manager)
    for chapter in ("da-perpetrator", "mental-health"):
        other = team.at_laptop(team.workers[chapter])
        assert told(other) == []
        with pytest.raises(RecordUnknown):
            other.held(receipt)
