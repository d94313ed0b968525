"""Invented caseloads: the same number makes the same people, and nobody could be real."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import msgspec
import pytest

from sync.protocol import record_message
from sync.reference_ics import seed
from sync.reference_ics.generate import generate, nhs_number, records_of_4_kb
from tests.support.service import IcsClock, running_ics, small_caseload
from workbook_desktop.domain.people import family_content, family_of
from workbook_desktop.domain.records import body_of, content_hash, content_of

TODAY = date(2026, 11, 22)


def test_the_same_seed_makes_the_same_caseload_and_another_one_another() -> None:
    assert generate(families=8, seed=3, today=TODAY) == generate(families=8, seed=3, today=TODAY)
    assert generate(families=8, seed=3, today=TODAY) != generate(families=8, seed=4, today=TODAY)


def test_nobody_could_be_real() -> None:
    for family in generate(families=40, seed=1, today=TODAY).families:
        for person in family.people:
            assert person.nhs_number.startswith("999")
            assert re.fullmatch(r"(07700 900\d{3})?", person.phone)
        for home in family.households:
            assert re.fullmatch(r"XX1 \d[A-Z]{2}", home.postcode)


def test_nhs_numbers_are_valid_and_each_is_given_once() -> None:
    numbers = [nhs_number(each) for each in range(2_000)]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        total = sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False))
        assert (11 - total % 11) % 11 == int(number[9])
    with pytest.raises(ValueError, match="no such number"):
        nhs_number(500_000)


def test_families_and_records_are_of_the_shapes_of_the_domain() -> None:
    caseload = generate(families=10, seed=2, today=TODAY)
    people = {person.id for family in caseload.families for person in family.people}
    for family in caseload.families:
        assert family_of(family.id, family_content(family)) == family
    for head in caseload.records:
        assert content_of(body_of(head.content)) == head.content
        assert head.hash == content_hash(head.content)
        assert set(head.subjects) <= people
    assert len({head.id for head in caseload.records}) == len(caseload.records)


def test_records_of_4_kb_are_of_about_4_kb() -> None:
    sizes = [len(msgspec.json.encode(record_message(head))) for head in records_of_4_kb(200, 1)]
    assert all(3_700 < size < 4_700 for size in sizes)
    assert len({head.id for head in records_of_4_kb(200, 1)}) == 200


def test_the_manager_sees_every_family_and_specialists_theirs(tmp_path: Path) -> None:
    clock = IcsClock()
    caseload = generate(families=12, seed=5, today=clock.today())
    with running_ics(tmp_path, caseload, clock=clock) as ics:
        manager = ics.sign_in("g-w-manager").http.get("/v1/scopes").json()["scopes"]
        assert [each["id"] for each in manager] == [family.id for family in caseload.families]
        assert sum(each["count"] for each in manager) == 12 + len(caseload.records)
        other = ics.sign_in("g-w-sw-1").http.get("/v1/scopes").json()["scopes"]
        assert [each["id"] for each in other] == ["g-f-0000", "g-f-0004", "g-f-0008"]


def test_seeding_again_adds_only_what_is_missing(tmp_path: Path) -> None:
    caseload = generate(families=3, seed=5, today=TODAY)
    with running_ics(tmp_path, small_caseload()) as ics, ics.database() as database:
        added = seed.put(database, caseload, received_at=ics.clock.now())
        assert added == 3 + len(caseload.records)
        assert seed.put(database, caseload, received_at=ics.clock.now()) == 0
