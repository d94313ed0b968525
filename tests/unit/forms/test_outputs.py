"""What one record gives by the mapping table of its form: one entry, many lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.forms import OURS, extension, item, new_ids, questionnaire, tolland
from tests.support.giving import INSIDE, ROWS, WHOLE, gives
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.outputs import Derived, Given
from workbook_desktop.domain.records import Answer, Body, Empty
from workbook_desktop.forms.definition import FACTS
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.outputs import derive
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.surroundings import Surroundings

MAISIE, LEO = PersonId("p-maisie"), PersonId("p-leo")
VALUE = INSIDE  # of an item of the row, or of the record where there is none
VISITED = date(2026, 11, 20)


def role(name: str) -> dict[str, Any]:
    return extension(OURS + "role", name, "valueCode")


FACT: dict[str, Any] = {"code": [{"system": FACTS, "code": "child.school"}]}
SCALE = {
    "url": OURS + "scale",
    "extension": [
        {"url": "id", "valueString": "worries"},
        {"url": "version", "valueString": "1"},
        {"url": "name", "valueString": "Worries"},
        {"url": "low", "valueDecimal": 0},
        {"url": "high", "valueDecimal": 10},
        {"url": "better", "valueCode": "lower"},
        {
            "url": "band",
            "extension": [
                {"url": "from", "valueDecimal": 7},
                {"url": "to", "valueDecimal": 10},
                {"url": "label", "valueString": "high"},
            ],
        },
    ],
}
FORM = load(
    questionnaire(
        item("on", "date", extension=[role("occurred-on")]),
        item("headline"),
        item("significant", "boolean"),
        item(
            "children",
            "group",
            item("child", "reference", extension=[role("subject")]),
            item("seen", "boolean"),
            item("school", **FACT),
            item("worries", "integer", extension=[SCALE]),
            item("why", enableWhen=[{"question": "seen", "operator": "=", "answerBoolean": False}]),
            repeats=True,
        ),
        item("step", "group", item("what"), item("by", "date"), repeats=True),
        item("home.phone", code=[{"system": FACTS, "code": "family.phone"}]),
        extension=[
            gives(
                "chronology",
                when=VALUE.format("significant"),
                headline=VALUE.format("headline"),
                date=VALUE.format("on"),
            ),
            gives(
                "happening",
                each=ROWS.format("children"),
                kind="'visit'",
                child=VALUE.format("child"),
                seen=VALUE.format("seen"),
                why=VALUE.format("why"),
                authorRole="%worker.role",
            ),
            gives("action", each=ROWS.format("step"), what=VALUE.format("what"), by=VALUE.format("by")),
        ],
    )
)
AROUND = Surroundings(today=VISITED, variables={"worker": {"role": "social worker"}})


def filled() -> Sheet:
    found = Sheet(FORM, Body(), by=WorkerId("w-amara"), now=lambda: "2026-11-20T10:00:00Z", new_id=new_ids())
    say(found, "on", "2026-11-20")
    say(found, "headline", "Leo came home late")
    say(found, "significant", True)
    return found


def say(sheet: Sheet, path: str, value: Any) -> None:
    sheet.answer(FieldPath(path), value)


def child(sheet: Sheet, person: str, **answers: Any) -> FieldPath:
    row = sheet.add_row(paths.ROOT, LinkId("children"))
    say(sheet, paths.child(row, LinkId("child")), {"reference": f"Person/{person}", "display": person})
    for name, value in answers.items():
        say(sheet, paths.child(row, LinkId(name)), value)
    return row


def derived(body: Body, subjects: tuple[PersonId, ...] = (MAISIE, LEO)) -> Derived:
    return derive(
        FORM,
        body,
        AROUND,
        record=RecordId("r-1"),
        subjects=subjects,
        occurred_on=VISITED,
        people=tolland().people,
    )


def of(kind: str, found: Derived) -> list[Given]:
    return [each for each in found.given if each.kind == kind]


def test_one_entry_gives_a_line_with_its_own_date_about_whom_the_record_is_about() -> None:
    (line,) = of("chronology", derived(filled().body))
    assert (line.text("headline"), line.date, line.people) == (
        "Leo came home late",
        VISITED,
        (MAISIE, LEO),
    )


def test_a_line_whose_condition_does_not_hold_is_not_given() -> None:
    sheet = filled()
    say(sheet, "significant", False)
    assert of("chronology", derived(sheet.body)) == []
    say(sheet, "significant", None)
    assert of("chronology", derived(sheet.body)) == []


def test_each_row_gives_its_own_with_the_child_it_names() -> None:
    sheet = filled()
    child(sheet, "p-maisie", seen=True)
    child(sheet, "p-leo", seen=False, why="Asleep")
    maisie, leo = of("happening", derived(sheet.body))
    assert (maisie.people, maisie.yes("seen")) == ((MAISIE,), True)
    assert (leo.people, leo.yes("seen"), leo.text("why")) == ((LEO,), False, "Asleep")
    assert maisie.text("authorRole") == "social worker"


def test_what_is_switched_off_is_not_given() -> None:
    sheet = filled()
    row = child(sheet, "p-leo", seen=False, why="Asleep")
    say(sheet, paths.child(row, LinkId("seen")), True)
    (leo,) = of("happening", derived(sheet.body))
    assert "why" not in leo.parts


def test_an_action_keeps_its_name_when_rows_before_it_are_taken_away() -> None:
    sheet = filled()
    first, second = (sheet.add_row(paths.ROOT, LinkId("step")) for _ in range(2))
    say(sheet, paths.child(first, LinkId("what")), "Ring")
    say(sheet, paths.child(second, LinkId("what")), "Book")
    before = {each.text("what"): each.key for each in of("action", derived(sheet.body))}
    sheet.remove_row(first)
    (left,) = of("action", derived(sheet.body))
    assert left.text("what") == "Book"
    assert left.key == before["Book"]


def test_a_fact_is_about_the_child_of_its_row_or_the_family() -> None:
    sheet = filled()
    child(sheet, "p-leo", school="Harbour School")
    say(sheet, "home.phone", "01632 960123")
    facts = {fact.code: fact for fact in derived(sheet.body).facts}
    assert (facts["child.school"].person, facts["child.school"].value) == (LEO, "Harbour School")
    assert (facts["family.phone"].person, facts["family.phone"].by) == (None, "w-amara")


def test_what_was_filled_in_and_not_confirmed_is_no_fact() -> None:
    sheet = filled()
    row = child(sheet, "p-leo")
    copied = Answer(value="Harbour School", extra=(("unconfirmed", True),))
    assert derived(sheet.body.with_answer(paths.child(row, LinkId("school")), copied)).facts == ()


def test_a_scale_gives_a_reading_with_its_band_and_the_childs_name() -> None:
    sheet = filled()
    child(sheet, "p-leo", worries=8)
    child(sheet, "p-maisie")
    (reading,) = derived(sheet.body).readings
    assert (reading.person, reading.person_name, reading.value, reading.band) == (
        LEO,
        "Leo Tolland",
        Decimal(8),
        "high",
    )
    assert (reading.scale, reading.version, reading.date, reading.better) == (
        "worries",
        "1",
        VISITED,
        "lower",
    )


def test_what_is_not_known_gives_no_reading_and_no_fact() -> None:
    sheet = filled()
    row = child(sheet, "p-leo")
    for name in ("worries", "school"):
        sheet.answer(paths.child(row, LinkId(name)), None, Empty.NOT_KNOWN)
    found = derived(sheet.body)
    assert (found.readings, found.facts) == ((), ())


def test_the_same_record_gives_the_same_twice() -> None:
    sheet = filled()
    child(sheet, "p-leo", seen=True, worries=3)
    assert derived(sheet.body) == derived(sheet.body)


def test_a_formula_that_cannot_be_worked_out_leaves_its_part_out_and_the_rest_stands() -> None:
    form = load(
        questionnaire(
            item("a"), extension=[gives("chronology", headline="'x' + 1 + %nobody", date="today()")]
        )
    )
    found = derive(form, Body(), AROUND, record=RecordId("r-1"), occurred_on=VISITED)
    (line,) = found.given
    assert "headline" not in line.parts
    assert line.date == VISITED
    assert isinstance(line.parts, Mapping)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-06-18T23:30:00Z", date(2026, 6, 19)),  # half past midnight in England
        ("2026-06-19T00:30:00+01:00", date(2026, 6, 19)),
        ("2026-06-19T00:30:00+00:00", date(2026, 6, 19)),
        ("2026-12-18T23:30:00Z", date(2026, 12, 18)),
        ("2026-06-18", date(2026, 6, 18)),
        ("2026-06", date(2026, 6, 1)),
        ("2026", date(2026, 1, 1)),
        ("2026-06-18T25:00:00Z", VISITED),  # no moment at all: when the record happened
    ],
)
def test_a_moment_gives_its_day_in_england(said: str, day: date) -> None:
    form = load(
        questionnaire(
            item("when", "dateTime"),
            extension=[gives("happening", kind="'visit'", date=WHOLE.format("when"))],
        )
    )
    body = Body(answers={FieldPath("when"): Answer(value=said)})
    (given,) = derive(form, body, AROUND, record=RecordId("r-1"), occurred_on=VISITED).given
    assert given.date == day


def test_what_is_switched_off_is_no_fact_and_no_reading() -> None:
    off = {"enableWhen": [{"question": "asked", "operator": "=", "answerBoolean": True}]}
    form = load(
        questionnaire(
            item("asked", "boolean"),
            item("phone", code=[{"system": FACTS, "code": "family.phone"}], **off),
            item("worries", "integer", extension=[SCALE], **off),
        )
    )
    said = {"asked": True, "phone": "01632 960123", "worries": 8}

    def given(asked: bool) -> Derived:
        answers = {FieldPath(path): Answer(value=value) for path, value in (said | {"asked": asked}).items()}
        body = Body(answers=answers)
        return derive(form, body, AROUND, record=RecordId("r-1"), occurred_on=VISITED)

    assert (len(given(True).facts), len(given(True).readings)) == (1, 1)
    assert (given(False).facts, given(False).readings) == ((), ())
