"""A monthly summary is begun with what lies after the last one, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.support.laptop_store import LaptopStore
from tests.support.written import Written
from workbook_desktop.domain.ids import FamilyId, FormId, LinkId, RecordId
from workbook_desktop.domain.paths import ROOT, child
from workbook_desktop.domain.records import FormRef, State, content_hash, content_of
from workbook_desktop.store.records import Here, RecordRow
from workbook_desktop.workspace.summaries import to_tell
from workbook_desktop.workspace.views import OpenRecord

TOLLAND = FamilyId("f-tolland")


def ref(laptop: LaptopStore, form: str) -> FormRef:
    return next(each for each in laptop.store.forms.newest() if each.id == form)


def rows(opened: OpenRecord, group: str, *links: str) -> list[tuple[Any, ...]]:
    """Return the rows of a group, each as the answers of these questions."""
    body = opened.body
    found = []
    for row in body.rows_of(ROOT, LinkId(group)):
        answers = (body.answers.get(child(row, LinkId(link))) for link in links)
        found.append(tuple(each.value if each is not None else None for each in answers))
    return found


def counted(opened: OpenRecord) -> tuple[Any, ...]:
    answers = (
        opened.body.answers.get(child(ROOT, LinkId(link)))
        for link in ("month.offered", "month.attended", "month.visits")
    )
    return tuple(each.value if each is not None else None for each in answers)


def test_the_practice_familys_summary_begins_with_what_lies_after_the_last_one(laptop: LaptopStore) -> None:
    """The last one is of 10 November. A note for fewer readers than the summary stands in none."""
    opened = laptop.desk.start(ref(laptop, "monthly-summary"), TOLLAND)
    assert rows(opened, "entry", "entry.date", "entry.title", "entry.by") == [
        ("2026-11-19", "Case note", "Joss Penn")
    ]
    assert counted(opened) == (0, 0, 0)
    assert rows(opened, "quote", "quote.words", "quote.source", "quote.who") == [
        ("“Daddy not know my house.”", "Case note, 19 November 2026, by Joss Penn", "")
    ]


def test_without_a_summary_it_is_the_month_alone(laptop: LaptopStore) -> None:
    opened = laptop.desk.start(ref(laptop, "monthly-summary"), FamilyId("f-marrow"))
    assert counted(opened) == (0, 0, 1)
    assert [day for (day,) in rows(opened, "entry", "entry.date")] == ["2026-11-02"]


def test_what_lies_after_the_last_day_it_is_about_is_left_to_the_next(laptop: LaptopStore) -> None:
    laptop.clock.moment = laptop.clock.moment.replace(month=12, day=10)
    laptop.run()
    opened = laptop.desk.start(ref(laptop, "monthly-summary"), FamilyId("f-marrow"))
    assert counted(opened) == (0, 0, 1)
    laptop.clock.moment = laptop.clock.moment.replace(month=11, day=10)
    opened = laptop.desk.start(ref(laptop, "monthly-summary"), FamilyId("f-marrow"))
    assert (counted(opened), rows(opened, "entry", "entry.date")) == ((0, 0, 0), [])


def test_what_was_recorded_late_is_in_the_next_summary_and_what_was_in_one_is_in_no_other() -> None:
    signed = datetime(2026, 11, 13, 12, tzinfo=UTC)

    def row(id_: str, form: str, day: int, at: datetime) -> RecordRow:
        return RecordRow(
            id=RecordId(id_),
            type="form",
            family=TOLLAND,
            form=FormRef(id=FormId(form), version="1.1.0"),
            state=State.SIGNED_OFF,
            chapter="child",
            subjects=(),
            title="",
            occurred_on=date(2026, 11, day),
            base_version=1,
            head_version=1,
            here=Here.IN_STEP,
            signing=False,
            conflicts=0,
            problem=None,
            changed_at=at,
            changed_by=None,
        )

    last = row("s", "monthly-summary", 13, signed)
    month = (date(2026, 11, 1), date(2026, 11, 25))
    found = to_tell([last], "child", month, lambda _: [RecordId("told")])
    assert (found.after, found.until) == (date(2026, 11, 13), date(2026, 11, 25))
    before, after = signed - timedelta(hours=1), signed + timedelta(days=2)
    assert found.holds(row("late", "visit", 12, after))
    assert found.holds(row("same-day", "visit", 13, after))
    assert not found.holds(row("told", "visit", 12, before))
    assert not found.holds(row("told", "visit", 14, after))
    assert found.holds(row("left-out", "visit", 12, before))  # begun before it came, signed after
    assert not to_tell([last], "child", month, lambda _: []).holds(row("old", "visit", 12, before))


def test_an_assessment_says_which_chapter_is_not_copied_and_how_old_a_contribution_is(
    laptop: LaptopStore,
) -> None:
    """That of the survivor is for fewer readers; that of mental health is of 11 September."""
    opened = laptop.desk.start(ref(laptop, "child-and-family-assessment"), TOLLAND)
    told = {
        chapter["code"]: text
        for chapter, text in rows(opened, "chapter-part", "chapter-part.chapter", "chapter-part.text")
    }
    assert told["da-survivor"].startswith("Not copied: fewer may read this chapter than this record.")
    assert told["mental-health"].splitlines()[0] == "This is 10 weeks old, of 11 September 2026."
    assert told["child"].startswith("Going well:")


def test_an_action_that_was_agreed_twice_in_the_same_words_is_carried_once(laptop: LaptopStore) -> None:
    opened = laptop.desk.start(ref(laptop, "group-supervision"), TOLLAND)
    carried = [what for (what,) in rows(opened, "action", "action.what")]
    assert carried.count("Write the month’s summary: Mental health") == 1


def test_what_is_asked_for_as_exact_words_is_a_quote_as_it_stands(laptop: LaptopStore) -> None:
    """Whether it has quotation marks or not; who said it is for the writer to say."""
    note = Written("case-note", "1.1.0")
    note.say({"note.date": "2026-11-20", "note.words": "I hate it when the door is shut"})
    content = content_of(note.sheet.body)
    example = next(
        each
        for each in laptop.caseload.records
        if each.family == TOLLAND
        and each.form is not None
        and each.form.id == "case-note"
        and each.chapter == "child"
    )
    laptop.ics.put(
        replace(
            example,
            id=RecordId("note-0"),
            form=note.form.ref,
            state=State.SIGNED_OFF,
            content=content,
            hash=content_hash(content),
            version=1,
            changed_at=laptop.clock.now(),
        )
    )
    laptop.run()
    opened = laptop.desk.start(ref(laptop, "monthly-summary"), TOLLAND)
    quotes = rows(opened, "quote", "quote.words", "quote.who")
    assert ("I hate it when the door is shut", "") in quotes, quotes
