"""S17: what is found, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.laptop_store import TOM, LaptopStore, says
from tests.support.worker import Ids, family_head
from workbook_desktop.domain.holdings import Leaving
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.domain.people import Family, Person
from workbook_desktop.domain.records import Head
from workbook_desktop.store.search_index import SearchIndex
from workbook_desktop.workspace.day_words import days_in
from workbook_desktop.workspace.searching import Found, sentence
from workbook_desktop.workspace.worker_desk import WorkerDesk

TOLLAND = FamilyId("f-tolland")


def found(laptop: LaptopStore, text: str, kind: str = "", within: FamilyId | None = None) -> list[Found]:
    return [each for each in laptop.desk.search(text, 20, within).found if not kind or each.kind == kind]


def titles(laptop: LaptopStore, text: str, kind: str = "") -> list[str]:
    return [each.title for each in found(laptop, text, kind)]


def change(laptop: LaptopStore, **changes: str | tuple[str, ...]) -> Family:
    """Have the office say something else about Hannah Tolland."""
    family = next(each for each in laptop.caseload.families if each.id == TOLLAND)
    people = tuple(
        replace(each, **changes) if each.forename == "Hannah" else each  # type: ignore[arg-type]
        for each in family.people
    )
    return office_says(laptop, replace(family, people=people))


def office_says(laptop: LaptopStore, family: Family) -> Family:
    head = family_head(family, laptop.clock.now())
    before = laptop.ics.heads.get(head.id) if hasattr(laptop.ics, "heads") else None
    version = (before.version if isinstance(before, Head) else 1) + 1
    laptop.ics.put(replace(head, version=version))
    laptop.run()
    return family


def noted(laptop: LaptopStore, text: str) -> RecordId:
    """Write a text in the plan, and return the record."""
    plan = laptop.plan()
    body = laptop.desk.open(plan).body
    laptop.desk.keep(plan, says("plan.goal", text)(body), body)
    return plan


def test_a_former_name_and_a_preferred_one_find_the_person_and_are_said(laptop: LaptopStore) -> None:
    change(laptop, preferred_name="Nan", former_names=("Hannah O’Brien",))
    for typed in ("obrien", "O'Bri", "hannah", "nan tolland"):
        (person,) = [each for each in found(laptop, typed, "person") if each.title == "Nan Tolland"]
    assert "also Hannah, Hannah O’Brien" in person.detail


@pytest.mark.parametrize(
    "typed", ["sexton", "8 sexton close", "xx1 1aa", "XX11AA", "Sext pask", "tolland sexton"]
)
def test_a_street_or_a_postcode_finds_who_lives_there(laptop: LaptopStore, typed: str) -> None:
    if "pask" in typed:  # a name of theirs, and no word of the address or of the family
        assert not found(laptop, typed, "home")
        return
    (home,) = found(laptop, typed, "home")
    assert home.title == "8 Sexton Close, Wrenmouth, XX1 1AA"
    assert home.detail == "Lorraine and Darren, Tolland family"
    assert home.family == TOLLAND


def test_a_number_alone_is_no_address(laptop: LaptopStore) -> None:
    assert not found(laptop, "8", "home")
    assert not found(laptop, "8 x", "home")


def test_a_protected_address_is_found_by_those_who_may_know_it_and_stands_in_no_list(
    laptop: LaptopStore,
) -> None:
    for typed in ("cordwainer", "xx1 2bb", "flat 3 cord"):
        (home,) = found(laptop, typed, "home")
        assert (home.title, home.family) == ("Protected address", TOLLAND)
        assert "Cordwainer" not in f"{home.title} {home.detail}"
    # It was left behind on the laptop of one who must not know it.
    tom = next(each for each in laptop.caseload.workers if each.id == TOM)
    desk = WorkerDesk(laptop.store, tom, laptop.clock, Ids())
    for typed in ("cordwainer", "xx1 2bb", "flat"):
        assert not [each for each in desk.search(typed, 20).found if each.kind == "home"]
    assert [each.title for each in desk.search("sexton", 20).found if each.kind == "home"]


def test_a_home_they_have_left_is_not_theirs(laptop: LaptopStore) -> None:
    family = next(each for each in laptop.caseload.families if each.id == TOLLAND)
    homes = tuple(replace(each, until=laptop.clock.today()) for each in family.households)
    office_says(laptop, replace(family, households=homes))
    assert not found(laptop, "sexton", "home")


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Mae Siân yn hapus yn Nhŷ Gwyn.", "sian hapus"),
        ("Babcia mówi, że Łucja śpi dobrze.", "lucja spi"),
        ("قالت فاطمة إنها بخير", "فاطمه"),
        ("She drew this: 😢 and then 🏠.", "😢"),
        ("It was O’Leary’s idea.", "oleary"),
    ],
)
def test_narrative_is_found_in_any_language_with_the_sentence_around_it(
    laptop: LaptopStore, written: str, typed: str
) -> None:
    plan = noted(laptop, f"Something first. {written}")
    (hit,) = found(laptop, typed, "record")
    assert (hit.record, hit.around) == (plan, written)
    assert hit.row is not None
    assert hit.row.progress == "draft"


def test_a_long_sentence_is_shortened_around_the_word(laptop: LaptopStore) -> None:
    long = f"{'one two three ' * 30}kestrel {'four five six ' * 30}"
    said = sentence(long, ["kest"])
    assert "kestrel" in said
    assert (said[0], said[-1]) == ("…", "…")
    assert len(said) < 120


def test_a_record_is_found_by_whom_it_is_about_and_what_it_is(laptop: LaptopStore) -> None:
    hits = found(laptop, "leo visit", "record")
    assert hits
    assert "Leo" in hits[0].detail
    assert "visit" in hits[0].title.lower()


def test_a_day_in_words_or_figures_finds_what_happened_on_it(laptop: LaptopStore) -> None:
    row = next(each for each in laptop.desk.family(TOLLAND).records if each.occurred_on is not None)
    day = row.occurred_on
    assert day is not None
    for typed in (
        f"{day.day} {day:%B}",
        f"{day.day} {day:%b} {day.year}",
        f"{day.day}/{day.month}/{day.year}",
    ):
        assert row.record in [hit.record for hit in found(laptop, typed, "record")]
    assert row.record in [hit.record for hit in found(laptop, f"tolland {day.day} {day:%b}", "record")]


def test_what_can_be_done_is_offered_for_the_family_that_is_named_or_was_open(laptop: LaptopStore) -> None:
    visit = found(laptop, "new visit tolland", "do")[0]
    assert (visit.family, visit.form.id if visit.form else "") == (TOLLAND, "visit")
    assert "Chronology: Tolland family" in titles(laptop, "chron tolland", "do")
    here = found(laptop, "chronology", "do", within=TOLLAND)
    assert [(each.page, each.family) for each in here] == [("chronology", TOLLAND)]
    assert titles(laptop, "new visit", "do")[0].endswith("choose whom it is about")


def test_one_letter_finds_people_and_titles_but_no_narrative(laptop: LaptopStore) -> None:
    noted(laptop, "Quixotic.")
    assert [each for each in found(laptop, "q", "record") if "Quixotic" in each.around] == []
    assert found(laptop, "qu", "record")


def test_a_family_no_longer_listed_is_neither_found_nor_counted(laptop: LaptopStore) -> None:
    assert found(laptop, "tolland")
    assert found(laptop, "leo visit")
    others = [each.id for each in laptop.caseload.families if each.id != TOLLAND]
    laptop.store.sync_port().note_scopes(others, laptop.caseload.workers)
    after = laptop.desk.search("tolland")
    assert (after.found, after.is_more) == ((), False)
    assert not [each for each in found(laptop, "leo") if each.family == TOLLAND]


def test_a_sibling_the_office_does_not_send_is_not_found(laptop: LaptopStore) -> None:
    family = next(each for each in laptop.caseload.families if each.id == TOLLAND)
    assert [each.title for each in found(laptop, "maisie", "child")] == ["Maisie Tolland"]
    without = tuple(each for each in family.people if each.forename != "Maisie")
    office_says(laptop, replace(family, people=without, relationships=()))
    assert found(laptop, "maisie", "child") == []


def test_somebody_in_three_families_stands_under_each_with_its_name(laptop: LaptopStore) -> None:
    known = laptop.caseload.families
    added = tuple(
        Family(
            id=FamilyId(f"f-more-{number}"),
            name=name,
            people=(
                Person(
                    id=PersonId("p-orla"),
                    family=FamilyId(f"f-more-{number}"),
                    forename="Orla",
                    surname="Wren",
                ),
            ),
            households=(),
            relationships=(),
            involvements=(),
        )
        for number, name in enumerate(("Ash", "Birch", "Elm"))
    )
    laptop.ics.door(laptop.worker_id, *(each.id for each in (*known, *added)))
    for family in added:
        laptop.ics.put(family_head(family, laptop.clock.now()))
    laptop.run()
    people = found(laptop, "orla", "person")
    assert [each.family for each in people] == [each.id for each in added]
    assert [each.detail.split(", ")[-1] for each in people] == ["Ash family", "Birch family", "Elm family"]


def test_an_index_made_in_another_way_is_made_anew_in_slices(laptop: LaptopStore) -> None:
    noted(laptop, "Łucja śpi.")
    db = laptop.store._db
    db.run(lambda: db.execute("DELETE FROM meta WHERE name = 'search-index'"))
    db.run(lambda: db.execute("DELETE FROM search"))
    assert laptop.desk.search("lucja").found == ()
    assert laptop.desk.search("lucja").index_left > 0
    ahead, slices = laptop.desk._ahead, 0
    ahead.begin()
    while not ahead.some(seconds=0).is_over:
        slices += 1
    assert slices > 2
    assert found(laptop, "lucja", "record")
    assert laptop.desk.search("lucja").index_left == 0
    assert not SearchIndex(db).is_behind()


def test_that_something_was_looked_for_is_in_the_audit_trail_and_not_what(laptop: LaptopStore) -> None:
    laptop.desk.search("tolland")
    laptop.desk.note_search(7)
    (line,) = [each for each in laptop.store.audit.lines() if each.what == "search"]
    assert line.facts == {"found": 7}


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=30))
def test_no_text_makes_search_fail(laptop: LaptopStore, text: str) -> None:
    laptop.desk.search(text)


@pytest.mark.parametrize(
    ("typed", "first", "rest"),
    [
        ("27 march", date(2027, 3, 27), ""),
        ("27th mar 2026 leo", date(2026, 3, 27), "leo"),
        ("visit 27/3", date(2027, 3, 27), "visit"),
        ("27.3.26", date(2026, 3, 27), ""),
        ("march 2026", date(2026, 3, 1), ""),
        ("yesterday", date(2026, 11, 21), ""),
    ],
)
def test_days_are_read_as_they_are_typed(typed: str, first: date, rest: str) -> None:
    days, others = days_in(typed, date(2026, 11, 22))
    assert (days[0][0], others) == (first, rest)


@pytest.mark.parametrize("typed", ["may", "31/2/2026", "leo tolland", "march", "99 march", "27", ""])
def test_what_is_no_day_is_read_as_words(typed: str) -> None:
    assert days_in(typed, date(2026, 11, 22)) == ((), typed)


def test_a_record_that_has_to_leave_is_not_found_any_more_nor_is_a_family(laptop: LaptopStore) -> None:
    plan = noted(laptop, "Quixotic plans.")
    assert [each.record for each in found(laptop, "quixotic")] == [plan]
    purges = laptop.store.sync_port().purges
    purges.begin([Leaving(job="job-1", kind="moved_out", family=TOLLAND, record=plan, reason="")])
    assert found(laptop, "quixotic") == []
    assert found(laptop, "leo visit")
    purges.begin([Leaving(job="job-2", kind="scope", family=TOLLAND, reason="")])
    assert found(laptop, "leo visit", "record") == []


def test_what_the_index_holds_of_a_record_goes_with_it(laptop: LaptopStore) -> None:
    plan = noted(laptop, "Quixotic plans.")
    assert found(laptop, "quixotic")
    assert laptop.store.drafts.discard(plan)
    assert found(laptop, "quixotic") == []


def test_somebody_kept_restricted_is_found_by_no_search(laptop: LaptopStore) -> None:
    family = laptop.desk.family(TOLLAND).family
    assert [each.id for each in family.restricted] == ["p-perran"]  # the family's file has them
    for text in ("Perran", "Sorrel", "Perran Sorrel", "Tolland Perran"):
        assert not [each for each in found(laptop, text) if "Sorrel" in f"{each.title} {each.detail}"]
    assert "p-perran" not in {each.person for each in found(laptop, "Tolland")}
