"""Larger invented caseloads for tests, benchmarks and demonstrations: the same number makes the same people.

Nobody here is anybody: names are put together from made-up syllables, postcodes lie in XX1, telephone numbers
in the ranges kept free for drama, and NHS numbers in the range kept for tests.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sync.reference_ics.caseload import Caseload
from workbook_desktop.domain.ids import (
    FamilyId,
    FormId,
    PersonId,
    RecordId,
    WorkerId,
    derived_id,
    uuid7,
)
from workbook_desktop.domain.order import spread
from workbook_desktop.domain.people import Family, Household, Involvement, Person, Relationship, Sex, Worker
from workbook_desktop.domain.records import Content, FormRef, Head, State, content_hash

_TEAM = (
    ("social worker", "Wrenmouth Council", "child"),
    ("family worker", "Wrenmouth Council", "child"),
    ("domestic abuse practitioner (survivor)", "Harbour Women's Aid", "da-survivor"),
    ("domestic abuse practitioner (perpetrator)", "Probation", "da-perpetrator"),
    ("recovery worker", "Tideway Recovery", "substance"),
    ("mental health practitioner", "Wrenmouth NHS Trust", "mental-health"),
)
_SOCIAL_WORKERS = 4
_FORENAMES = (
    "Orrin",
    "Tavi",
    "Sella",
    "Bramwen",
    "Jory",
    "Pell",
    "Isca",
    "Wynn",
    "Corrie",
    "Dunstan",
    "Elowa",
    "Fenn",
)
_FIRST = (
    "Thistle",
    "Marl",
    "Quarry",
    "Osier",
    "Sedge",
    "Lark",
    "Hazel",
    "Peat",
    "Copper",
    "Winter",
    "Salt",
    "Fallow",
)
_LAST = ("down", "mere", "wick", "garth", "hythe", "combe", "stead", "ley")
_STREETS = (
    "Cordwainer Row",
    "Sexton Close",
    "Ropewalk Yard",
    "Tidemill Lane",
    "Lantern Street",
    "Osier Bank",
)
_SENTENCES = (
    "The kitchen was warm and there was food in the cupboards.",
    "Mum said that mornings are the hardest part of the day.",
    "He showed me the drawing he had made at nursery and talked about the boat in it.",
    "She looked tired and asked twice when the next meeting would be.",
    "The bedroom was tidy, with a new mattress since the last visit.",
    "We agreed that the school run will be shared with grandmother on Tuesdays.",
    "I asked what had changed since we last spoke, and what had helped.",
    "There was a smell of damp in the hall; the landlord has been told in writing.",
    "He answered in short sentences and watched the door until his sister came in.",
    "The plan for the week was written on the calendar by the fridge.",
    "Both parents said that they wanted the visits to go on.",
    "No new injuries were seen, and none were reported by the nursery.",
    "She said she feels safe at home now, and less so on the way to the shop.",
    "I explained what would be written down and who would read it.",
)
_FORM_VERSION = "1.0.0"
FIRST_FAMILY = FamilyId("g-f-0000")


def generate(*, families: int, seed: int, today: date) -> Caseload:
    """Return an invented caseload.

    The team manager ``g-w-manager`` is involved with every family; four social workers (``g-w-sw-1`` to
    ``g-w-sw-4``) share them; a fifth of the involvements of specialists has ended or has yet to begin. Each
    family has two to five people, and six to fourteen visits and case notes at different states.
    """
    chance = random.Random(f"caseload {seed}")
    workers = _workers(chance)
    made = tuple(_family(chance, number, workers, today) for number in range(families))
    records = [
        _record(chance, family, workers, today, index)
        for family in made
        for index in range(chance.randint(6, 14))
    ]
    records.sort(key=lambda head: (head.created_at or datetime.min.replace(tzinfo=UTC), head.id))
    return Caseload(workers=workers, families=made, records=tuple(records))


def records_of_4_kb(count: int, seed: int, family: FamilyId = FIRST_FAMILY) -> Iterator[Head]:
    """Yield visits whose JSON is about 4 KB, as the longer ones of a caseload are.

    All belong to one family, so that one worker's device gets them all; ids and texts differ.
    """
    chance = random.Random(f"four kilobytes {seed}")
    begun = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    author = WorkerId("g-w-sw-1")
    child = PersonId(derived_id("generated person", f"{family} child"))
    for number in range(count):
        written = begun + timedelta(minutes=number)
        content = _visit(chance, [child], author, written, sentences=4)
        yield _head(chance, family, "visit", content, (child,), author, written, State.SIGNED_OFF)


def nhs_number(number: int) -> str:
    """Return a valid NHS number of the range kept for tests, 999; each number has one of its own.

    Source: modulus 11, weights 10 to 2; a remainder that would need a check digit of 10 is passed over.
    """
    if not 0 <= number < 500_000:
        raise ValueError("the test range has no such number")
    # Of an even number and the odd one after it at most one has no check digit: they lie 2 apart, modulo 11.
    for digits in (f"999{candidate:06d}" for candidate in (number * 2, number * 2 + 1)):
        check = -sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check < 10:
            return f"{digits}{check}"
    raise AssertionError("modulus 11 does not work like this")


def _workers(chance: random.Random) -> tuple[Worker, ...]:
    def named(id_: str, role: str, agency: str, chapter: str, *, manages: bool = False) -> Worker:
        name = f"{chance.choice(_FORENAMES)} {_surname(chance)}"
        return Worker(
            id=WorkerId(id_), name=name, role=role, agency=agency, chapter=chapter, is_manager=manages
        )

    role, agency, chapter = _TEAM[0]
    return (
        named("g-w-manager", "team manager", agency, chapter, manages=True),
        *(named(f"g-w-sw-{n}", role, agency, chapter) for n in range(1, _SOCIAL_WORKERS + 1)),
        *(named(f"g-w-{each[2]}-{n}", *each) for n, each in enumerate(_TEAM[1:], start=1)),
    )


def _surname(chance: random.Random) -> str:
    return chance.choice(_FIRST) + chance.choice(_LAST)


def _family(chance: random.Random, number: int, workers: tuple[Worker, ...], today: date) -> Family:
    id_ = FamilyId(f"g-f-{number:04d}")
    surname = _surname(chance)
    children = chance.randint(1, 3)
    adults = chance.randint(1, 2)
    people = []
    for place in range(children + adults):
        is_child = place < children
        days = chance.randint(30, 16 * 365) if is_child else chance.randint(19 * 365, 60 * 365)
        what = "child" if place == 0 else str(place)
        people.append(
            Person(
                id=PersonId(derived_id("generated person", f"{id_} {what}")),
                family=id_,
                forename=chance.choice(_FORENAMES),
                surname=surname if chance.random() < 0.8 else _surname(chance),
                birth_date=today - timedelta(days=days),
                sex=chance.choice((Sex.FEMALE, Sex.MALE)),
                is_child=is_child,
                language="English",
                nhs_number=nhs_number(number * 5 + place),
                phone="" if is_child else f"07700 900{chance.randint(0, 999):03d}",
                plan=chance.choice(("CP", "CIN", "CIN", "")) if is_child else "",
            )
        )
    parents = [person for person in people if not person.is_child]
    home = Household(
        id=f"{id_}-h1",
        members=tuple(person.id for person in people),
        address=f"{chance.randint(1, 180)} {chance.choice(_STREETS)}, Wrenmouth",
        postcode=f"XX1 {chance.randint(1, 9)}{chance.choice('ABDEFGHJ')}{chance.choice('ABDEFGHJ')}",
        since=today - timedelta(days=chance.randint(100, 3_000)),
        protected=chance.random() < 0.1,
    )
    ties = tuple(
        Relationship(
            person=parent.id,
            other=child.id,
            kind="mother" if parent.sex is Sex.FEMALE else "father",
            parental_responsibility=chance.random() < 0.9,
        )
        for parent in parents
        for child in people
        if child.is_child
    )
    return Family(
        id=id_,
        name=surname,
        people=tuple(people),
        households=(home,),
        relationships=ties,
        involvements=tuple(_involvements(chance, number, people, workers, today)),
    )


def _involvements(
    chance: random.Random, number: int, people: list[Person], workers: tuple[Worker, ...], today: date
) -> Iterator[Involvement]:
    manager, *team = workers
    holder = team[number % _SOCIAL_WORKERS]
    began = today - timedelta(days=chance.randint(30, 400))
    for worker, role in ((manager, "team manager"), (holder, "case holder")):
        yield Involvement(worker=worker.id, person=people[0].id, role=role, start=began)
    for worker in chance.sample(team[_SOCIAL_WORKERS:], k=2):
        fate = chance.random()
        yield Involvement(
            worker=worker.id,
            person=people[-1].id,
            role=worker.role,
            start=today + timedelta(days=7) if fate < 0.1 else began,
            end=today - timedelta(days=7) if fate > 0.9 else None,
        )


def _record(
    chance: random.Random, family: Family, workers: tuple[Worker, ...], today: date, index: int
) -> Head:
    involved = sorted({link.worker for link in family.involvements if link.worker != workers[0].id})
    author = chance.choice(involved)
    day = today - timedelta(days=chance.randint(1, 180))
    written = datetime.combine(
        day, time(hour=chance.randint(9, 17), minute=chance.randint(0, 59)), tzinfo=UTC
    )
    children = [child.id for child in family.children]
    state = chance.choices((State.SIGNED_OFF, State.READY, State.RETURNED, State.DRAFT), (12, 2, 1, 2))[0]
    if index % 2:
        content = _case_note(chance, author, written)
        return _head(chance, family.id, "case-note", content, (children[0],), author, written, state)
    content = _visit(chance, children, author, written, sentences=chance.randint(1, 4))
    return _head(chance, family.id, "visit", content, tuple(children), author, written, state)


def _words(chance: random.Random, sentences: int) -> str:
    return " ".join(chance.choices(_SENTENCES, k=sentences))


def _coding(of: str, code: str, display: str) -> dict[str, str]:
    return {"code": code, "system": f"https://workbook.invalid/fhir/CodeSystem/{of}", "display": display}


def _visit(
    chance: random.Random, children: list[PersonId], author: WorkerId, written: datetime, *, sentences: int
) -> dict[str, Any]:
    def said(value: Any) -> dict[str, Any]:
        return {"v": value, "by": author, "at": written.isoformat()}

    day = written.date()
    rows = {}
    for key, child in zip(spread(len(children)), children, strict=True):
        row = derived_id("generated row", f"{child} {written.isoformat()} {chance.getrandbits(64)}")
        rows[row] = {
            "ord": key,
            "answers": {
                "child.person": said({"reference": f"Person/{child}"}),
                "child.seen": said(True),
                "child.alone": said(_coding("child-alone", "yes", "Yes")),
                "child.bedroom": said(chance.random() < 0.5),
                "child.presentation": said(_words(chance, sentences)),
                "child.said": said(_words(chance, sentences)),
                "child.worries": said(chance.randint(0, 10)),
            },
            "groups": {},
        }
    return {
        "answers": {
            "visit.type": said(_coding("visit-type", "cp", "Child protection (statutory)")),
            "visit.date": said(day.isoformat()),
            "visit.start": said(written.time().isoformat()),
            "visit.announced": said(_coding("visit-announced", "announced", "Yes, announced")),
            "visit.place": said(_coding("visit-place", "home", "At home")),
            "visit.outcome": said(_coding("visit-outcome", "completed", "The visit took place")),
            "home.like": said(_words(chance, sentences)),
            "progress.family": said(_words(chance, sentences)),
            "progress.strengths": said(_words(chance, sentences)),
            "analysis.meaning": said(_words(chance, sentences + 1)),
            "analysis.next-visit": said((day + timedelta(days=14)).isoformat()),
        },
        "groups": {"children": rows},
    }


def _case_note(chance: random.Random, author: WorkerId, written: datetime) -> dict[str, Any]:
    def said(value: Any) -> dict[str, Any]:
        return {"v": value, "by": author, "at": written.isoformat()}

    return {
        "answers": {
            "note.type": said(_coding("note-type", "phone", "Phone call")),
            "note.date": said(written.date().isoformat()),
            "note.time": said(written.time().isoformat()),
            "note.content": said(_words(chance, chance.randint(2, 8))),
        },
        "groups": {},
    }


def _head(
    chance: random.Random,
    family: FamilyId,
    form: str,
    content: Content,
    subjects: tuple[PersonId, ...],
    author: WorkerId,
    written: datetime,
    state: State,
) -> Head:
    signed = state is State.SIGNED_OFF
    return Head(
        id=RecordId(uuid7(written, chance.getrandbits(74))),
        type="form",
        family=family,
        form=FormRef(id=FormId(form), version=_FORM_VERSION),
        state=state,
        chapter="child",
        subjects=subjects,
        content=content,
        version=1,
        hash=content_hash(content),
        created_by=author,
        created_at=written,
        changed_by=author,
        changed_at=written,
        signed_by=author if signed else None,
        signed_at=written if signed else None,
    )
