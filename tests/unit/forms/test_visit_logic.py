"""A visit of the practice family: what counts for whom, and what one entry gives to the other parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.support.forms import AMARA, NOW, new_ids, tolland
from workbook_desktop.domain.ids import FieldPath, LinkId, PersonId, RecordId
from workbook_desktop.domain.outputs import Derived
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.draft import begin
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.outputs import derive
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.surroundings import Surroundings

VISIT = next(form for form in map(load, core_forms()) if (form.id, form.version) == ("visit", "1.1.0"))
FAMILY = tolland()
DAY = date(2026, 11, 20)


def around(role: str = "social worker", *actions: dict[str, Any]) -> Surroundings:
    worker = {"reference": "Practitioner/w-amara", "name": "Amara Quill", "role": role, "chapter": "child"}
    return Surroundings(
        today=date(2026, 11, 22),
        now=datetime(2026, 11, 22, 14, 30, tzinfo=UTC),
        variables={"worker": worker, "openActions": list(actions)},
    )


def opened(surroundings: Surroundings) -> Sheet:
    body = begin(
        VISIT,
        record=RecordId("r-1"),
        family=FAMILY,
        worker=AMARA,
        today=DAY,
        new_id=new_ids(),
        surroundings=surroundings,
    )
    return Sheet(VISIT, body, by=AMARA.id, now=lambda: NOW, new_id=new_ids(), surroundings=surroundings)


def coding(of: Form, link: str, code: str) -> Any:
    options = of.by_link_id[LinkId(link)].options
    return next(each.value for each in options if each.value["code"] == code)


def say(sheet: Sheet, **said: Any) -> None:
    for link, value in said.items():
        path = FieldPath(link.replace("__", ".").replace("_", "-"))
        sheet.answer(path, coding(VISIT, path, value) if isinstance(value, str) and _is_code(path) else value)


def _is_code(path: FieldPath) -> bool:
    return bool(VISIT.by_link_id[LinkId(path)].options)


def child_rows(sheet: Sheet) -> dict[str, FieldPath]:
    found = {}
    for row in sheet.rows(FieldPath(""), LinkId("children")):
        who = sheet.body.answers[FieldPath(f"{row}/child.person")].value["reference"]
        found[who.removeprefix("Person/")] = row
    return found


def given(sheet: Sheet, surroundings: Surroundings) -> Derived:
    return derive(
        VISIT,
        sheet.body,
        surroundings,
        record=RecordId("r-1"),
        subjects=tuple(child.id for child in FAMILY.children),
        occurred_on=DAY,
        people=FAMILY.people,
    )


def test_a_visit_counts_for_each_child_that_was_seen_and_says_so() -> None:
    sheet = opened(around())
    say(sheet, visit__type="cp", visit__date=DAY.isoformat(), visit__outcome="completed")
    rows = child_rows(sheet)
    maisie, leo, ivy = (rows[each] for each in ("p-maisie", "p-leo", "p-ivy"))
    sheet.answer(FieldPath(f"{maisie}/child.seen"), True)
    sheet.answer(FieldPath(f"{maisie}/child.alone"), coding(VISIT, "child.alone", "yes"))
    sheet.answer(FieldPath(f"{leo}/child.seen"), False)
    said = {child: sheet.body.answers.get(FieldPath(f"{row}/child.counts")) for child, row in rows.items()}
    assert said["p-maisie"] is not None
    assert said["p-maisie"].value == "Counts as a child protection visit"
    assert said["p-leo"] is not None
    assert said["p-leo"].value == "Does not count: the child was not seen"
    assert said["p-ivy"] is None
    assert ivy
    happened = [each for each in given(sheet, around()).given if each.kind == "happening"]
    assert [(each.people, each.yes("seen"), each.yes("seenAlone")) for each in happened] == [
        ((PersonId("p-maisie"),), True, True),
        ((PersonId("p-leo"),), False, False),
    ]
    assert {each.text("type") for each in happened} == {"cp"}


def test_a_failed_visit_counts_for_nobody_whatever_was_answered_before() -> None:
    sheet = opened(around())
    say(sheet, visit__type="cp", visit__date=DAY.isoformat(), visit__outcome="completed")
    row = child_rows(sheet)["p-maisie"]
    sheet.answer(FieldPath(f"{row}/child.seen"), True)
    say(sheet, visit__outcome="no-access")
    happened = [each for each in given(sheet, around()).given if each.kind == "happening"]
    assert [(each.text("outcome"), each.yes("seen")) for each in happened] == [("no-access", False)]


def test_a_family_worker_is_told_that_the_visit_meets_no_protection_visit() -> None:
    surroundings = around("family worker")
    sheet = opened(surroundings)
    say(sheet, visit__type="cp", visit__outcome="completed")
    row = child_rows(sheet)["p-leo"]
    sheet.answer(FieldPath(f"{row}/child.seen"), True)
    words = sheet.body.answers[FieldPath(f"{row}/child.counts")].value
    assert words.startswith("Seen. Only a social worker")


def test_one_entry_feeds_chronology_chapter_actions_and_readings() -> None:
    action = {
        "id": "r-0/next-step/1",
        "what": "Ring the school",
        "who": "Amara Quill",
        "by": "2026-11-30",
        "plan": True,
    }
    surroundings = around("social worker", action, {**action, "id": "r-9/other/1", "plan": False})
    sheet = opened(surroundings)
    say(sheet, visit__type="cp", visit__date=DAY.isoformat(), visit__outcome="completed")
    (row,) = sheet.rows(FieldPath(""), LinkId("action"))
    assert sheet.body.answers[FieldPath(f"{row}/action.what")].value == "Ring the school"
    sheet.answer(FieldPath(f"{row}/action.progress"), coding(VISIT, "action.progress", "done"))
    step = sheet.add_row(FieldPath(""), LinkId("next-step"))
    sheet.answer(FieldPath(f"{step}/next-step.what"), "Ask the health visitor to call")
    sheet.answer(FieldPath(f"{step}/next-step.by"), "2026-12-01")
    say(sheet, home__safety=4, record__significant=True)
    sheet.answer(FieldPath("record.headline"), "Leo was asleep in a cold room")
    sheet.answer(FieldPath("analysis.meaning"), "He is cold and tired at nursery")
    found = given(sheet, surroundings)
    by_kind = {
        kind: [each for each in found.given if each.kind == kind]
        for kind in ("action", "chronology", "chapter")
    }
    assert [(each.text("what"), each.text("of"), each.text("status")) for each in by_kind["action"]] == [
        ("Ask the health visitor to call", "", ""),
        ("Ring the school", "r-0/next-step/1", "Done"),
    ]
    (line,) = by_kind["chronology"]
    assert line.text("headline") == "Leo was asleep in a cold room"
    assert (line.date, line.text("impact")) == (DAY, "He is cold and tired at nursery")
    assert by_kind["chapter"][0].text("headline") == "Leo was asleep in a cold room"
    assert [(each.scale, str(each.value), each.band) for each in found.readings] == [
        ("safety", "4", "Some worries")
    ]


def test_dates_that_cannot_be_are_named_in_plain_words() -> None:
    sheet = opened(around())
    say(
        sheet,
        visit__date="2026-11-25",
        visit__start="14:00:00",
        visit__end="13:00:00",
        visit__outcome="no-access",
    )
    say(sheet, visit__next_attempt="2026-11-01")
    said = {each.code if each.code != "rule" else str(each.facts["words"]) for each in sheet.problems()}
    assert "too-large" in said
    assert "The visit ends before it starts" in said
    assert "You cannot try again before the visit that failed" in said


@pytest.mark.parametrize(
    ("role", "kind", "words"),
    [
        ("social worker", "cin", "Counts as a child in need visit"),
        ("family worker", "cin", "Counts as a child in need visit"),
        ("recovery worker", "cin", "Seen. The author’s role does not meet a child in need visit"),
        ("senior social worker", "cp", "Counts as a child protection visit"),
        ("family worker", "cp", "Seen. Only a social worker’s visit meets a child protection visit"),
        ("family worker", "cla", "Seen. Only a social worker’s visit counts as one of this kind"),
        (
            "family worker",
            "private-fostering",
            "Seen. Only a social worker’s visit counts as one of this kind",
        ),
        ("social worker", "cla", "Counts as a visit to a looked-after child"),
        ("social worker", "joint", "Counts: the child was seen"),
        ("social worker", "other", "Seen. A visit of this kind does not meet a plan’s visit"),
        ("social worker", "s47", "Seen. It does not take the place of a plan’s visit"),
        (None, "cp", "Seen. Whether it counts depends on who made the visit"),
        (None, "cin", "Seen. Whether it counts depends on who made the visit"),
    ],
)
def test_whether_it_counts_follows_the_role_of_who_made_it(role: str | None, kind: str, words: str) -> None:
    worker: Any = [] if role is None else {"role": role}
    before = around()
    sheet = opened(replace(before, variables={**before.variables, "worker": worker}))
    say(sheet, visit__type=kind, visit__date=DAY.isoformat(), visit__outcome="completed")
    row = child_rows(sheet)["p-maisie"]
    sheet.answer(FieldPath(f"{row}/child.seen"), True)
    assert sheet.body.answers[FieldPath(f"{row}/child.counts")].value == words


def test_nothing_is_said_before_it_is_known_what_kind_of_visit_it_was() -> None:
    sheet = opened(around())
    row = child_rows(sheet)["p-maisie"]
    sheet.answer(FieldPath(f"{row}/child.seen"), True)
    assert FieldPath(f"{row}/child.counts") not in sheet.body.answers
