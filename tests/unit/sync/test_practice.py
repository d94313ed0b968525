"""The practice family: what everybody learns with, and most tests and pictures rest on."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sync.reference_ics.__main__ import main
from sync.reference_ics.caseload import Caseload
from sync.reference_ics.days import Days
from sync.reference_ics.practice import practice_caseload
from sync.reference_ics.story import Story, record_id, row_id
from tests.support.service import AMARA, IcsClock, running_ics
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, FormId, LinkId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import family_content, family_of
from workbook_desktop.domain.records import Body, Head, State, body_of, content_hash
from workbook_desktop.forms.check import MISSING, problems
from workbook_desktop.forms.definition import Form, Kind
from workbook_desktop.forms.draft import begin
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.references import person_id
from workbook_desktop.forms.summary import gist

TODAY = date(2026, 11, 22)
A_WEEK = [TODAY + timedelta(days=more) for more in range(7)]
BRACKEN, MARROW, TOLLAND = "f-bracken", "f-marrow", "f-tolland"


@pytest.fixture(scope="module")
def caseload() -> Caseload:
    return practice_caseload(TODAY)


@pytest.fixture(scope="module")
def forms() -> dict[FormId, Form]:
    return {form.id: form for form in map(load, core_forms())}


def form_of(head: Head, forms: dict[FormId, Form]) -> Form:
    assert head.form is not None
    return forms[head.form.id]


def named(caseload: Caseload, name: str) -> Head:
    return next(head for head in caseload.records if head.id == record_id(name))


def said_in(body: Body, link_id: str, row: FieldPath = paths.ROOT) -> Any:
    return body.answers[paths.child(row, LinkId(link_id))].value


def age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def test_every_answer_stands_under_a_question_of_its_form(
    caseload: Caseload, forms: dict[FormId, Form]
) -> None:
    for head in caseload.records:
        form, body = form_of(head, forms), body_of(head.content)
        assert head.form == form.ref
        for path in body.answers:
            item = form.by_link_id[paths.link_id(path)]
            assert item.is_question, path
            assert paths.parent_row(path) in body.rows or paths.parent_row(path) == paths.ROOT
        assert all(form.by_link_id[paths.link_id(path)].has_rows for path in body.rows)


def test_signed_records_could_be_signed_and_drafts_only_lack_answers(
    caseload: Caseload, forms: dict[FormId, Form]
) -> None:
    for head in caseload.records:
        found = [
            (head.id, each.path, each.code)
            for each in problems(form_of(head, forms), body_of(head.content))
            if each.severity == "must" and (head.state is State.SIGNED_OFF or each.code not in MISSING)
        ]
        assert found == []


def test_the_hash_of_each_record_is_that_of_its_content(caseload: Caseload) -> None:
    assert all(head.hash == content_hash(head.content) for head in caseload.records)
    assert len({head.id for head in caseload.records}) == len(caseload.records)


def test_every_family_reads_back_as_it_was(caseload: Caseload) -> None:
    for family in caseload.families:
        assert family_of(family.id, json.loads(json.dumps(family_content(family)))) == family


@pytest.mark.parametrize("today", [date(2027, 2, 28), date(2028, 2, 29), date(2027, 8, 31), date(2027, 1, 1)])
def test_ages_and_dates_move_with_today(caseload: Caseload, today: date) -> None:
    later = practice_caseload(today)
    for before, after in zip(caseload.families, later.families, strict=True):
        for then, now in zip(before.people, after.people, strict=True):
            assert (then.birth_date is None) == (now.birth_date is None)
            if then.birth_date and now.birth_date:
                assert age(then.birth_date, TODAY) == age(now.birth_date, today)
        assert [due.id for due in before.due] == [due.id for due in after.due]
    assert {head.id for head in caseload.records} == {head.id for head in later.records}


def test_the_ages_are_those_of_the_story(caseload: Caseload) -> None:
    tolland = next(each for each in caseload.families if each.id == TOLLAND)
    assert [child.forename for child in tolland.children] == ["Maisie", "Leo", "Ivy"]
    born = [child.birth_date for child in tolland.children]
    assert [age(each, TODAY) for each in born if each] == [7, 4, 0]


def test_nhs_numbers_are_of_the_test_range_and_their_check_digits_hold(caseload: Caseload) -> None:
    numbers = [person.nhs_number for family in caseload.families for person in family.people]
    for number in filter(None, numbers):
        assert re.fullmatch(r"999\d{7}", number)
        rest = (
            11
            - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
        )
        assert int(number[9]) == (0 if rest == 11 else rest)
    assert len(set(filter(None, numbers))) == len(list(filter(None, numbers))) > 3


def test_numbers_and_postcodes_belong_to_nobody(caseload: Caseload) -> None:
    for family in caseload.families:
        for person in family.people:
            assert not person.phone or re.fullmatch(r"01632 960\d{3}|07700 900\d{3}", person.phone)
        assert all(home.postcode.startswith("XX") for home in family.households)


def test_rows_of_children_are_those_every_laptop_would_make(
    caseload: Caseload, forms: dict[FormId, Form]
) -> None:
    families = {family.id: family for family in caseload.families}
    workers = {worker.id: worker for worker in caseload.workers}
    for head in caseload.records:
        assert head.created_by is not None
        begun = begin(
            form_of(head, forms),
            record=head.id,
            family=families[head.family],
            worker=workers[head.created_by],
            today=TODAY,
            new_id=lambda: "any",
            subjects=head.subjects,
        )
        body = body_of(head.content)
        children = {path for path in begun.rows if paths.link_id(path) == "children"}
        assert children == {path for path in body.rows if paths.link_id(path) == "children"}
        for path in children:
            about = body.answers[paths.child(path, LinkId("child.person"))]
            assert person_id(about.value) in head.subjects


def test_people_and_workers_are_named_as_they_are(caseload: Caseload, forms: dict[FormId, Form]) -> None:
    names = {f"Practitioner/{worker.id}": worker.name for worker in caseload.workers}
    names |= {f"Person/{each.id}": each.name for family in caseload.families for each in family.people}
    for head in caseload.records:
        form = form_of(head, forms)
        for path, answer in body_of(head.content).answers.items():
            if form.by_link_id[paths.link_id(path)].kind is Kind.REFERENCE:
                all_said: list[Any] = answer.value if isinstance(answer.value, list) else [answer.value]
                for said in all_said:
                    assert names[said["reference"]] == said["display"]


def test_every_answer_says_who_gave_it_and_when(caseload: Caseload) -> None:
    known = {worker.id for worker in caseload.workers}
    for head in caseload.records:
        for answer in body_of(head.content).answers.values():
            assert answer.by in known
            assert answer.at is not None
            assert head.created_at is not None
            assert head.changed_at is not None
            assert datetime.fromisoformat(answer.at) <= head.changed_at
            assert answer.extra == ()


@pytest.mark.parametrize("today", A_WEEK)
def test_nothing_was_written_before_it_happened_or_after_today(
    today: date, forms: dict[FormId, Form]
) -> None:
    story = practice_caseload(today)
    midnight = datetime.combine(today, time(), tzinfo=UTC)
    for head in story.records:
        assert head.changed_at is not None
        assert head.changed_at < midnight
        occurred = gist(form_of(head, forms), body_of(head.content), today).occurred_on
        assert occurred is not None
        assert occurred <= head.changed_at.date()
    written = [head.changed_at for head in story.records if head.changed_at]
    assert written == sorted(written)


@pytest.mark.parametrize("today", A_WEEK)
def test_the_story_keeps_its_order_whatever_day_it_is(today: date) -> None:
    story = practice_caseload(today)
    names = [
        "note-police-referral",
        "note-section-47",
        "note-conference",
        "note-ivy-born",
        "visit-01",
        "visit-02",
        "visit-03",
    ]
    names += ["note-marac", "note-order", "assessment-tolland", "note-safety-plan", "visit-08", "note-lapse"]
    names += ["note-contact-incident", "visit-09", "note-darren-account", "visit-10", "supervision-2"]
    written = [named(story, name).changed_at for name in names]
    assert None not in written
    assert written == sorted(when for when in written if when)


def test_no_record_tells_where_the_family_lives(caseload: Caseload) -> None:
    protected = [home for family in caseload.families for home in family.households if home.protected]
    assert protected
    told = json.dumps([head.content for head in caseload.records])
    for home in protected:
        street = home.address.split(",")[1].strip().lstrip("0123456789 ")
        assert street not in told
        assert home.postcode not in told


def test_the_visits_are_of_every_kind_the_story_needs(caseload: Caseload) -> None:
    assert said_in(body_of(named(caseload, "visit-02").content), "visit.outcome")["code"] == "no-access"
    assert named(caseload, "visit-04").created_by == "w-joss-penn"
    last = body_of(named(caseload, "visit-10").content)
    seen = {
        person_id(said_in(last, "child.person", row)): said_in(last, "child.seen", row)
        for row in last.rows_of(paths.ROOT, LinkId("children"))
    }
    assert seen == {"p-maisie": True, "p-leo": False, "p-ivy": True}


def test_the_plan_in_force_is_open_and_was_worked_on_by_several(caseload: Caseload) -> None:
    plan = named(caseload, "plan-tolland")
    body = body_of(plan.content)
    assert (plan.state, plan.signed_by) == (State.DRAFT, None)
    assert len({answer.by for answer in body.answers.values()}) >= 5
    outcomes = body.rows_of(paths.ROOT, LinkId("outcomes"))
    assert [paths.row_id(path) for path in outcomes] == [
        row_id(plan.id, "outcomes", name) for name in ("safe-home", "children-recover", "parents-well")
    ]
    assert all(len(body.rows_of(path, LinkId("actions"))) in (2, 3) for path in outcomes)
    assert said_in(body, "safety.contingency").count(". ") >= 5


def test_six_disciplines_have_written_in_their_own_chapters(caseload: Caseload) -> None:
    tolland = [head for head in caseload.records if head.family == TOLLAND]
    chapters = {"child", "da-survivor", "da-perpetrator", "substance", "mental-health"}
    assert {head.chapter for head in tolland} == chapters
    assert len({head.created_by for head in tolland}) == 7


def test_amara_receives_her_families_and_nothing_of_any_other(tmp_path: Path, caseload: Caseload) -> None:
    clock = IcsClock(datetime.combine(TODAY, time(9), tzinfo=UTC))
    with running_ics(tmp_path, caseload, clock=clock) as ics:
        items, _ = ics.sign_in(AMARA).feed_to_the_end(limit=7)
        dev, _ = ics.sign_in("w-dev-orme").feed_to_the_end()
        bracken = ics.sign_in(AMARA).http.get(f"/v1/records/{record_id('visit-bracken-1')}")
    mine = {head.id for head in caseload.records if head.family != BRACKEN} | {TOLLAND, MARROW}
    assert {item["id"] for item in items if item["kind"] == "record"} == mine
    assert "racken" not in json.dumps(items)
    assert "Rafe" not in json.dumps(items)
    assert bracken.status_code == 404
    assert {item["id"] for item in dev if item["kind"] == "record"} == {BRACKEN, record_id("visit-bracken-1")}


def test_seeding_twice_changes_nothing(tmp_path: Path) -> None:
    command = ["seed", "--practice", "--database", f"sqlite:///{(tmp_path / 'ics.db').as_posix()}"]
    first = CliRunner().invoke(main, command)
    again = CliRunner().invoke(main, command)
    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    assert (first.output.split()[0] != "0", again.output.split()[0]) == (True, "0")


# How a record is told -----------------------------------------------------------------------------------


def a_story(caseload: Caseload, forms: dict[FormId, Form]) -> Story:
    return Story(
        forms=list(forms.values()),
        families=caseload.families,
        workers=caseload.workers,
        days=Days(TODAY),
    )


NOTE = {"id": "n", "form": "case-note", "family": TOLLAND, "by": "w-bea-linnet", "day": -2, "at": "16:05"}


def test_a_record_begins_as_on_a_laptop_and_codes_are_expanded(
    caseload: Caseload, forms: dict[FormId, Form]
) -> None:
    head = a_story(caseload, forms).head(
        {
            **NOTE,
            "subjects": ["p-leo"],
            "answers": {"note.type": "phone", "note.time": "10:05", "note.content": "On {D-3}, once."},
        }
    )
    said: dict[str, Any] = {
        paths.link_id(path): answer.value for path, answer in body_of(head.content).answers.items()
    }
    assert (said["note.date"], said["note.time"]) == ("2026-11-20", "10:05:00")
    assert said["note.content"] == "On 19 November 2026, once."
    assert [person_id(each) for each in said["note.subjects"]] == [PersonId("p-leo")]
    assert said["note.type"]["display"]
    assert (head.id, head.chapter) == (RecordId(record_id("n")), "mental-health")
    assert (head.signed_by, head.signed_at) == (WorkerId("w-bea-linnet"), head.changed_at)


@pytest.mark.parametrize(
    "answers",
    [
        {"note.colour": "green"},
        {"note.type": "carrier-pigeon"},
        {"note.subjects": ["p-nobody"]},
    ],
)
def test_a_slip_in_the_story_is_refused(
    caseload: Caseload, forms: dict[FormId, Form], answers: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=r"has no note\.colour|does not offer|nobody of the practice family"):
        a_story(caseload, forms).head({**NOTE, "answers": answers})


def test_the_office_is_closed_at_weekends() -> None:
    sunday = Days(TODAY)
    assert sunday.day(0) == TODAY
    assert (sunday.day(-7), sunday.day(-8)) == (date(2026, 11, 13), date(2026, 11, 13))
    assert (sunday.day(7), sunday.day(6)) == (date(2026, 11, 30), date(2026, 11, 30))
    assert sunday.day(-7, "exact") == date(2026, 11, 15)
    assert sunday.day(-4, "saturday") == date(2026, 11, 21)
    assert sunday.day(-5, "saturday") == date(2026, 11, 14)
    with pytest.raises(ValueError, match="moonday"):
        sunday.day(-3, "moonday")


def test_a_moment_is_told_by_the_clock_on_the_wall() -> None:
    assert Days(date(2026, 7, 3)).moment(0, "16:00") == datetime(2026, 7, 3, 15, 0, tzinfo=UTC)
    assert Days(TODAY).told([{"day": -2, "at": "14:30"}, {"day": -2}, 3]) == [
        "2026-11-20T14:30:00+00:00",
        "2026-11-20",
        3,
    ]
