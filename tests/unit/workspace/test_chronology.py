"""The chronology: order, gaps, rough dates, whose facts are shown, and what a real store gives to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.laptop_store import AMARA, LaptopStore, says
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.domain.people import Family, Person
from workbook_desktop.domain.records import Answer
from workbook_desktop.workspace.chronology import (
    Event,
    FamilyChronology,
    Gap,
    Wanted,
    Year,
    found,
    in_order,
    kinds_of,
    parted,
    people_of,
    when_of,
)

TOLLAND = FamilyId("f-tolland")
LEO, MAISIE, COUSIN = PersonId("p-leo"), PersonId("p-maisie"), PersonId("p-cousin")
TODAY = date(2026, 11, 22)


def person(id_: PersonId, forename: str, surname: str = "Tolland", *, child: bool = True) -> Person:
    return Person(id=id_, family=TOLLAND, forename=forename, surname=surname, is_child=child)


FAMILY = Family(
    id=TOLLAND,
    name="Tolland",
    people=(person(LEO, "Leo"), person(MAISIE, "Maisie")),
    households=(),
    relationships=(),
    involvements=(),
)


def event(headline: str, on: date | None, dated: str = "", **more: Any) -> Event:
    said: dict[str, Any] = {
        "key": headline,
        "when": when_of(on, dated),
        "headline": headline,
        "category": "",
        "people": (),
        "names": (),
        "impact": "",
        "outcome": "",
        "source": "",
        "record": RecordId(f"r-{headline}"),
        "kind": "Case note",
        "by": "you",
        "recorded_on": on,
        "standing": "",
        "significant": True,
    }
    return Event(**said | more)


def chronology(*events: Event) -> FamilyChronology:
    return FamilyChronology(family=FAMILY, today=TODAY, events=in_order(events), unread=0, event_form=None)


def told(*events: Event, **wanted: Any) -> list[str]:
    """Return the lines from the top: headlines, years, and gaps in words."""
    words = []
    for part in parted(chronology(*events), Wanted(**wanted)):
        if isinstance(part, Event):
            words.append(part.headline)
        elif isinstance(part, Gap):
            words.append(f"nothing for {part.length}{' till today' if part.till_today else ''}")
        else:
            words.append(f"[{part.year}]")
    return words


def test_a_date_is_said_as_exactly_as_it_was_given_and_no_more() -> None:
    said = [
        when_of(date(2024, 3, 5)),
        when_of(date(2024, 3, 1), "2024-03"),
        when_of(date(2024, 3, 1), "about 2024-03"),
        when_of(date(2024, 1, 1), "2024"),
        when_of(date(2024, 3, 5), "about 2024-03-05"),
    ]
    assert [each.words for each in said if each is not None] == [
        "5 March 2024",
        "March 2024",
        "about March 2024",
        "2024",
        "about 5 March 2024",
    ]
    assert when_of(None) is None


def test_what_is_known_to_the_month_stands_before_its_days_and_a_year_before_its_months() -> None:
    events = (
        event("second", date(2024, 3, 2)),
        event("in March", date(2024, 3, 1), "about 2024-03"),
        event("first of March", date(2024, 3, 1)),
        event("in 2024", date(2024, 1, 1), "2024"),
        event("new year", date(2024, 1, 1)),
        event("nobody knows when", None),
    )
    lines = [each for each in told(*events, oldest_first=True) if not each.startswith(("[", "nothing"))]
    assert lines == ["in 2024", "new year", "in March", "first of March", "second", "nobody knows when"]
    turned = [each for each in told(*events) if not each.startswith(("[", "nothing"))]
    assert turned == ["second", "first of March", "in March", "new year", "in 2024", "nobody knows when"]


def test_a_gap_of_three_months_is_said_and_a_shorter_one_is_not() -> None:
    events = (event("a", date(2026, 3, 1)), event("b", date(2026, 5, 31)), event("c", date(2026, 8, 31)))
    assert told(*events, oldest_first=True) == ["[2026]", "a", "b", "nothing for 3 months", "c"]


def test_a_gap_runs_until_today_and_is_turned_with_the_order() -> None:
    events = (event("a", date(2023, 5, 22)), event("b", date(2026, 6, 22)))
    assert told(*events) == [
        "nothing for 5 months till today",
        "[2026]",
        "b",
        "nothing for 3 years and 1 month",
        "[2023]",
        "a",
    ]


def test_no_gap_is_claimed_where_something_is_known_to_the_year_alone() -> None:
    events = (
        event("a", date(2024, 2, 1)),
        event("some time in 2024", date(2024, 1, 1), "2024"),
        event("b", date(2025, 2, 1)),
    )
    assert "nothing for 12 months" not in " ".join(told(*events, until=date(2025, 2, 2)))
    assert told(*events, until=date(2025, 2, 2)) == ["[2025]", "b", "[2024]", "a", "some time in 2024"]


def test_a_gap_between_significant_events_says_how_much_else_was_recorded() -> None:
    events = (
        event("a", date(2026, 1, 1)),
        event("visit", date(2026, 3, 1), significant=False),
        event("b", date(2026, 11, 1)),
    )
    (gap,) = [part for part in parted(chronology(*events), Wanted()) if isinstance(part, Gap)]
    assert (gap.length, gap.others) == ("10 months", 1)
    everything = parted(chronology(*events), Wanted(significant=False))
    assert [part.length for part in everything if isinstance(part, Gap)] == ["8 months"]


def test_an_event_of_two_children_is_one_line_and_a_childs_page_has_that_childs_facts_alone() -> None:
    both = event(
        "A bad night",
        date(2026, 11, 1),
        people=(LEO, MAISIE),
        impact="Maisie Tolland: hides in the wardrobe; Leo Tolland: asks whether it was his fault; a lot",
    )
    alone = event("Leo at the clinic", date(2026, 11, 2), people=(LEO,))
    family = event("A move", date(2026, 11, 3))
    whole = chronology(both, alone, family)
    assert len(found(whole, Wanted())) == 3
    of_leo = {each.headline: each for each in found(whole, Wanted(person=LEO))}
    assert set(of_leo) == {"A bad night", "Leo at the clinic", "A move"}
    assert of_leo["A bad night"].impact == "asks whether it was his fault; a lot"
    of_maisie = {each.headline: each for each in found(whole, Wanted(person=MAISIE))}
    assert of_maisie["A bad night"].impact == "hides in the wardrobe"
    assert "Leo at the clinic" not in of_maisie


def test_what_was_said_of_another_child_alone_is_not_in_this_childs_line() -> None:
    both = event("A bad night", date(2026, 11, 1), people=(LEO, MAISIE), impact="Maisie Tolland: hides")
    assert found(chronology(both), Wanted(person=LEO))[0].impact == ""
    assert found(chronology(both), Wanted(person=MAISIE))[0].impact == "hides"
    assert not found(chronology(both), Wanted(person=LEO, words="hides"))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("o'neill", "Siân O’Neill rang"),
        ("sian oneill", "Siân O’Neill rang"),
        ("łódź", "Wróciła do Łódź"),
        ("lodz", "Do ŁÓDŹ"),
        ("الأم", "قالت الأم إن الطفل بخير"),
        ("🙂", "She wrote 🙂 and left"),
        ("gwener", "Dydd Gwener, gyda’i nain"),
    ],
)
def test_search_finds_every_script_without_regard_to_case_and_accents(typed: str, text: str) -> None:
    assert [each.headline for each in found(chronology(event(text, TODAY)), Wanted(words=typed))] == [text]


def test_all_words_must_be_there_in_whatever_part_of_the_line() -> None:
    line = event("A fall", TODAY, names=("Leo Tolland",), category="Health", outcome="Stitches at A&E")
    whole = chronology(line)
    assert found(whole, Wanted(words="leo stitches 2026"))
    assert not found(whole, Wanted(words="leo police"))


def test_filters_narrow_by_kind_and_period_and_a_rough_date_is_in_if_it_may_be() -> None:
    events = (
        event("rough", date(2024, 3, 1), "2024-03", category="Health"),
        event("day", date(2024, 5, 2), kind="Home visit"),
    )
    whole = chronology(*events)
    assert [each.headline for each in found(whole, Wanted(since=date(2024, 3, 20)))] == ["rough", "day"]
    assert [each.headline for each in found(whole, Wanted(until=date(2024, 3, 20)))] == ["rough"]
    assert [each.headline for each in found(whole, Wanted(kind="Health"))] == ["rough"]
    assert kinds_of(whole) == (("Health",), ("Case note", "Home visit"))


def test_a_person_whom_this_worker_may_not_know_of_is_in_no_filter_and_no_name() -> None:
    line = event("At the party", TODAY, people=(LEO, COUSIN), names=("Leo Tolland",))
    assert [each.id for each in people_of(chronology(line))] == [LEO, MAISIE]


def test_thirty_years_have_thirty_years_to_jump_to() -> None:
    events = [event(f"e{number}", TODAY - timedelta(days=number * 7)) for number in range(1_565)]
    years = [part for part in parted(chronology(*events), Wanted()) if isinstance(part, Year)]
    assert len(years) == 30 + 1
    assert sum(each.count for each in years) == len(events)


# -- over a real store ---------------------------------------------------------------------------------------


def _note(laptop: LaptopStore, said: dict[str, Any], *, signed: bool = True, about: bool = False) -> RecordId:
    opened = laptop.desk.start_event(TOLLAND, (LEO,))
    body = opened.body
    choice = next(each for each in opened.form.walk() if each.link_id == "note.type").options[0].value
    answers = {"note.type": choice, "note.content": "Words.", "record.headline": "A fall"} | said
    for path, value in answers.items():
        body = says(path, value, AMARA)(body)
    if about:
        old = next(each for path, each in body.answers.items() if path == "note.date")
        body = says("note.date", old.value, AMARA)(body)
        body = body.with_answer("note.date", Answer(value=old.value, by=AMARA, extra=(("about", True),)))  # type: ignore[arg-type]
    laptop.desk.keep(opened.record, body, opened.body)
    if signed:
        laptop.sign(opened.record)
    return opened.record


def line_of(laptop: LaptopStore, record: RecordId) -> Event:
    (line,) = [each for each in laptop.desk.chronology(TOLLAND).events if each.record == record]
    return line


def test_an_event_that_is_begun_here_is_significant_already_and_about_the_child(laptop: LaptopStore) -> None:
    opened = laptop.desk.start_event(TOLLAND, (LEO,))
    assert opened.body.answers["record.significant"].value is True  # type: ignore[index]
    assert opened.subjects == (LEO,)


def test_a_draft_is_in_the_chronology_as_a_draft_until_it_is_signed(laptop: LaptopStore) -> None:
    record = _note(laptop, {"note.date": "2026-11-20"}, signed=False)
    assert (line_of(laptop, record).standing, line_of(laptop, record).headline) == ("draft", "A fall")


def test_a_month_stays_a_month_from_the_form_to_the_line(laptop: LaptopStore) -> None:
    exact = line_of(laptop, _note(laptop, {"note.date": "2026-03"}, signed=False)).when
    rough = line_of(laptop, _note(laptop, {"note.date": "2026-03"}, signed=False, about=True)).when
    day = line_of(laptop, _note(laptop, {"note.date": "2026-03-04"}, signed=False, about=True)).when
    assert exact is not None
    assert rough is not None
    assert day is not None
    assert (exact.words, rough.words, day.words) == ("March 2026", "about March 2026", "about 4 March 2026")


def test_a_note_that_is_not_significant_keeps_its_rough_date_too(laptop: LaptopStore) -> None:
    record = _note(laptop, {"note.date": "2026-03", "record.significant": False}, signed=False)
    line = line_of(laptop, record)
    assert line.when is not None
    assert (line.significant, line.when.words) == (False, "March 2026")


def test_the_practice_family_reads_as_a_story_with_every_record_once(laptop: LaptopStore) -> None:
    whole = laptop.desk.chronology(TOLLAND)
    keys = [each.key for each in whole.events]
    assert len(keys) == len(set(keys))
    significant = found(whole, Wanted())
    routine = {each.record for each in whole.events if not each.significant}
    assert not routine & {each.record for each in significant}
    born = [each.headline for each in significant if each.record is None]
    assert born == ["Maisie Tolland was born", "Leo Tolland was born", "Ivy Pask was born"]


def test_what_was_recorded_late_says_how_much_later() -> None:
    late = event("a", date(2026, 3, 1), recorded_on=date(2026, 3, 22))
    assert late.days_later == 21
    assert replace(late, when=when_of(date(2026, 3, 1), "2026-03")).days_later == 0


def test_a_visit_says_of_each_child_whether_they_were_seen_and_on_a_childs_page_of_that_child_alone(
    laptop: LaptopStore,
) -> None:
    whole = laptop.desk.chronology(TOLLAND)
    visit = next(
        each
        for each in found(whole, Wanted(significant=False))
        if "Leo Tolland: not seen" in each.seen and "Maisie Tolland: seen" in each.seen
    )
    (own,) = [each for each in found(whole, Wanted(significant=False, person=LEO)) if each.key == visit.key]
    assert own.seen == "not seen"
    (other,) = [
        each for each in found(whole, Wanted(significant=False, person=MAISIE)) if each.key == visit.key
    ]
    assert "Leo" not in other.seen
    assert other.seen.startswith("seen")


@pytest.mark.parametrize("typed", ["%", "_", "50%", "%%", "* ?", "_ %"])
def test_a_sign_finds_itself_and_not_everything(typed: str) -> None:
    plain, signs = event("Leo had stitches", TODAY), event("School: 50% in _all_ tests * ? %%", TODAY)
    assert found(chronology(plain, signs), Wanted(words=typed)) == (signs,)
