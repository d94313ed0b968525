"""What every simulated story stands on: time, words that can be followed, people, families and one form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sync.protocol import hash_of
from tests.support.chance import StillClock
from workbook_desktop.domain.ids import FamilyId, FieldPath, FormId, LinkId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import Family, Involvement, Person, Worker
from workbook_desktop.domain.records import Answer, Body, FormRef, Head, Row, State, content_of
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.definition import Merge as Rule

BEGIN: Final = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LETTERS: Final = "ABC"
FAMILIES: Final = tuple(FamilyId(f"family-{letter.lower()}") for letter in LETTERS)
LETTER_OF: Final = dict(zip(FAMILIES, LETTERS, strict=True))
WORKERS: Final = tuple(WorkerId(f"w{number}") for number in range(1, 7))

# A word is typed once in a whole story, so wherever it stands it is known who typed it and in which family.
WORD: Final = re.compile(rb"[A-C]w[0-9]+e")

A_FORM: Final = FormRef(id=FormId("visit"), version="1")
QUESTIONNAIRE: Final = b'{"resourceType":"Questionnaire","id":"visit","version":"1","item":[]}'
ACTIONS, STEPS = LinkId("actions"), LinkId("steps")
NOTE, PLACE, LEVEL, WHY, DECISION, TAGS, WHAT, DETAIL, PICTURE = (
    LinkId(each)
    for each in ("note", "place", "level", "why", "decision", "tags", "what", "detail", "picture")
)
FORM: Final = Form(
    id=A_FORM.id,
    version=A_FORM.version,
    title="Visit",
    items=(
        Item(link_id=NOTE, kind=Kind.TEXT, text="Note", merge=Rule.SENTENCES),
        Item(link_id=PLACE, kind=Kind.STRING, text="Place"),
        Item(link_id=LEVEL, kind=Kind.STRING, text="Level", merge_unit="risk", severe=True),
        Item(link_id=WHY, kind=Kind.STRING, text="Why", merge_unit="risk"),
        Item(link_id=DECISION, kind=Kind.TEXT, text="Decision", merge=Rule.ASK),
        Item(link_id=PICTURE, kind=Kind.ATTACHMENT, text="Picture"),
        Item(link_id=TAGS, kind=Kind.OPEN_CHOICE, text="Tags", repeats=True, merge=Rule.MEMBERS),
        Item(
            link_id=ACTIONS,
            kind=Kind.GROUP,
            text="Actions",
            repeats=True,
            items=(
                Item(link_id=WHAT, kind=Kind.STRING, text="What"),
                Item(link_id=DETAIL, kind=Kind.TEXT, text="Detail", merge=Rule.SENTENCES),
                Item(
                    link_id=STEPS,
                    kind=Kind.GROUP,
                    text="Steps",
                    repeats=True,
                    items=(Item(link_id=LinkId("step"), kind=Kind.STRING, text="Step"),),
                ),
            ),
        ),
    ),
)
STEP = LinkId("step")
SCALARS: Final = (PLACE, LEVEL, WHY, DECISION)
TEXTS: Final = (NOTE,)


class WorldClock(StillClock):
    """The time it really is. It moves when the story moves it."""

    def __init__(self) -> None:
        super().__init__(BEGIN)


class DeviceClock:
    """The time a laptop believes it is: it can be set by anybody, but its seconds never go back."""

    def __init__(self, world: WorldClock) -> None:
        self._world = world
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return self._world.moment + self.ahead

    def today(self) -> date:
        return self.now().date()

    def monotonic(self) -> float:
        return self._world.seconds


class Words:
    """Hands out words, each once."""

    def __init__(self) -> None:
        self._number = 0

    def new(self, family: FamilyId) -> str:
        """Return a word of a family's story."""
        self._number += 1
        return f"{LETTER_OF[family]}w{self._number}e"

    @property
    def count(self) -> int:
        """How many there are so far."""
        return self._number


def words_in(data: bytes) -> set[bytes]:
    """Return the words that stand in a text."""
    return set(WORD.findall(data))


def words_of(body: Body) -> set[bytes]:
    """Return the words that stand in a body."""
    found: set[bytes] = set()
    for answer in body.answers.values():
        value = answer.value
        if isinstance(value, str):
            found.update(WORD.findall(value.encode()))
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, str):
                    found.update(WORD.findall(each.encode()))
    return found


def a_worker(worker: WorkerId) -> Worker:
    """Return a worker by their id."""
    return Worker(id=worker, name=f"Worker {worker}", role="social worker", agency="Wrenmouth Council")


def a_family(family: FamilyId, workers: tuple[WorkerId, ...], since: date) -> Family:
    """Return a family with these workers involved."""
    child = PersonId(f"child-{family}")
    return Family(
        id=family,
        name=f"Family {LETTER_OF[family]}",
        people=(Person(id=child, family=family, forename="Wren", surname=LETTER_OF[family], is_child=True),),
        households=(),
        relationships=(),
        involvements=tuple(
            Involvement(worker=worker, person=child, role="case holder", start=since) for worker in workers
        ),
    )


def begun(
    record: RecordId,
    family: FamilyId,
    answers: Mapping[FieldPath, Answer],
    rows: Mapping[FieldPath, Row],
    at: datetime,
) -> Head:
    """Return a draft that stands at the office before a story begins. Nobody on a laptop wrote it."""
    content = content_of(Body(answers=answers, rows=rows))
    return Head(
        id=record,
        type="form",
        family=family,
        form=A_FORM,
        state=State.DRAFT,
        chapter="",
        subjects=(),
        content=content,
        version=1,
        hash=hash_of(content),
        created_by=None,
        created_at=at,
        changed_by=None,
        changed_at=at,
    )
