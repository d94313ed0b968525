"""One visit, written once: it feeds chronology, actions, chapter and due dates, here and at a colleague's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.reference_ics.practice import practice_caseload
from tests.support.laptop import COLLEAGUE, PASSPHRASE, WORKER, NoWindow, office_at
from tests.support.service import IcsProcess
from workbook_desktop.app.machine import system_ids
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import FormRef, Value, content_hash, content_of
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.workspace.gathered import NOT_ALL_HERE
from workbook_desktop.workspace.views import FamilyFile, OpenRecord

TOLLAND = FamilyId("f-tolland")
TODAY = datetime.now(UTC).date()


def next_week() -> date:
    """A day in the future, whatever today is."""
    return TODAY + timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Team:
    """Amara at her laptop and Bea at hers, both having pulled; visits give what they say elsewhere."""

    amara: NoWindow
    bea: NoWindow
    visit: FormRef

    def file(self, who: NoWindow, record: RecordId) -> FamilyFile:
        """Return the family's file, with no other lines than those of one record."""
        file = who.do(lambda: who.desk.family(TOLLAND))
        return replace(
            file,
            chronology=tuple(each for each in file.chronology if each.record == record),
            actions=tuple(each for each in file.actions if each.record == record),
            chapters=tuple(each for each in file.chapters if each.record == record),
        )

    def begins(self, who: NoWindow) -> tuple[OpenRecord, Sheet]:
        """Begin a visit, on the sheet that the window writes on."""
        view = who.do(lambda: who.desk.start(self.visit, TOLLAND))
        sheet = Sheet(
            view.form,
            view.body,
            by=who.worker.id,
            now=lambda: who.clock.now().isoformat(),
            new_id=system_ids(who.clock),
            worker=who.worker,
            surroundings=view.surroundings,
        )
        return view, sheet

    def keeps(self, who: NoWindow, view: OpenRecord, sheet: Sheet) -> None:
        who.do(lambda: who.desk.keep(view.record, sheet.body, view.body))

    def signs(self, who: NoWindow, record: RecordId) -> None:
        def job() -> None:
            shown = who.desk.open_to_check(record).body
            who.desk.sign_off(record, content_hash(content_of(shown)))

        who.do(job)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with ExitStack() as after:
        ics = IcsProcess(tmp_path, practice_caseload(TODAY))
        after.callback(ics.kill)
        way = office_at(ics.base_url, ics.secret)
        amara = NoWindow(tmp_path / "amara", way, WORKER)
        after.callback(amara.close)
        bea = NoWindow(tmp_path / "bea", way, COLLEAGUE)
        after.callback(bea.close)
        for each in (amara, bea):
            assert each.exchange().outcome == "complete"
        file = amara.do(lambda: amara.desk.family(TOLLAND))
        yield Team(amara, bea, next(ref for ref, _ in file.forms if ref.id == "visit"))


def chosen(form: Form, link: str, code: str) -> Value:
    options = form.by_link_id[LinkId(link)].options
    return next(each.value for each in options if isinstance(each.value, dict) and each.value["code"] == code)


def write_the_visit(
    sheet: Sheet, *, seen: bool = True, headline: str = "Maisie asked for contact to stop"
) -> None:
    """Answer everything a completed visit must say, and one next step."""

    def say(path: str, value: Any) -> None:
        sheet.answer(FieldPath(path), value)

    def choose(path: FieldPath | str, code: str) -> None:
        sheet.answer(FieldPath(path), chosen(sheet.form, str(path).rsplit("/", 1)[-1], code))

    choose("visit.type", "cp")
    say("visit.date", TODAY.isoformat())
    say("visit.start", "15:30")
    choose("visit.outcome", "completed")
    say("record.significant", True)
    say("record.headline", headline)
    say("analysis.meaning", "Maisie is afraid of the weekends.")
    choose("analysis.change", "worse")
    (step,) = sheet.rows(paths.ROOT, LinkId("next-step"))
    for name, value in (
        ("next-step.what", "Ring the contact centre"),
        ("next-step.who", "Amara Quill"),
        ("next-step.by", next_week().isoformat()),
    ):
        sheet.answer(paths.child(step, LinkId(name)), value)
    for row in sheet.rows(paths.ROOT, LinkId("children")):
        sheet.answer(paths.child(row, LinkId("child.seen")), seen)
    fill_in_the_rest(sheet)


def fill_in_the_rest(sheet: Sheet) -> None:
    """Answer what is still missing to sign off, with anything that fits."""
    for _ in range(10):
        missing = [each for each in sheet.problems() if each.severity == "must"]
        if not missing:
            return
        for problem in missing:
            item = sheet.form.by_link_id[paths.link_id(problem.path)]
            if item.options:
                value: Any = item.options[0].value
                sheet.answer(problem.path, [value] if item.several else value)
            elif item.has_rows:
                sheet.add_row(paths.parent_row(problem.path), item.link_id)
            else:
                sheet.answer(problem.path, ANY[str(item.kind)])
    raise AssertionError(f"still missing: {sheet.problems()}")


ANY: dict[str, Any] = {
    "boolean": False,
    "string": "Said.",
    "text": "Said at the visit.",
    "integer": 5,
    "date": TODAY.isoformat(),
    "dateTime": f"{TODAY.isoformat()}T15:30:00+00:00",
    "time": "16:00",
}


def lines_of(file: FamilyFile) -> dict[str, Any]:
    """Return what the visit must have given, without what differs by who looks: "you", not sent yet, and the
    word to those who may not get every record."""
    differs = ("(not yet sent)", NOT_ALL_HERE)
    return {
        "chronology": [(each.on, each.headline, each.impact, each.names) for each in file.chronology],
        "actions": [(each.what, each.who, each.by, each.record) for each in file.actions],
        "chapters": [(each.on, each.chapter, each.headline, each.change) for each in file.chapters],
        "dues": [
            (
                each.what,
                each.who,
                each.on,
                [step for step in each.steps if not any(w in step for w in differs)],
            )
            for each in file.dues
        ],
    }


def test_one_visit_is_written_once_and_seen_in_four_places_by_both(team: Team) -> None:
    view, sheet = team.begins(team.amara)
    write_the_visit(sheet)
    team.keeps(team.amara, view, sheet)
    drafted = team.file(team.amara, view.record)
    assert (drafted.chronology, drafted.actions, drafted.chapters) == ((), (), ()), "a draft gives nothing"

    team.signs(team.amara, view.record)  # and no connection yet
    here = team.file(team.amara, view.record)
    (line,) = here.chronology
    assert (line.headline, line.on, line.by, line.sent) == (
        "Maisie asked for contact to stop",
        TODAY,
        "you",
        False,
    )
    assert line.impact == "Maisie is afraid of the weekends."
    (action,) = here.actions
    assert (action.what, action.who, action.by, action.sent) == (
        "Ring the contact centre",
        "Amara Quill",
        next_week(),
        False,
    )
    (chapter,) = here.chapters
    assert (chapter.chapter, chapter.kind) == ("child", "Home visit")
    sightings = {each.who: each for each in here.dues if each.what == "Child not seen by a social worker"}
    assert set(sightings) == {"Maisie Tolland", "Leo Tolland", "Ivy Pask"}
    for due in sightings.values():
        assert due.on is not None
        assert due.on >= TODAY + timedelta(weeks=4)
        assert not due.overdue
        assert "(not yet sent)" in due.steps[0]

    assert team.amara.exchange().outcome == "complete"
    assert team.bea.exchange().outcome == "complete"
    ours, theirs = (team.file(who, view.record) for who in (team.amara, team.bea))
    assert lines_of(ours) == lines_of(theirs)
    assert ours.chronology[0].sent
    assert ours.actions[0].sent
    assert ours.chapters[0].sent
    assert theirs.chronology[0].by == "Amara Quill"
    assert lines_of(ours)["chronology"] == lines_of(here)["chronology"]
    steps = {each.who: each.steps for each in theirs.dues if each.what == "Child not seen by a social worker"}
    assert steps == {
        each.who: (*each.steps, NOT_ALL_HERE)  # Bea is a partner's: she may not get every record
        for each in ours.dues
        if each.what == "Child not seen by a social worker"
    }
    assert all("(not yet sent)" not in step for each in steps.values() for step in each)


def test_a_child_who_was_not_seen_gets_no_new_date(team: Team) -> None:
    view, sheet = team.begins(team.amara)
    write_the_visit(sheet)
    maisie, *_ = sheet.rows(paths.ROOT, LinkId("children"))
    sheet.answer(paths.child(maisie, LinkId("child.seen")), False)
    fill_in_the_rest(sheet)
    team.keeps(team.amara, view, sheet)
    team.signs(team.amara, view.record)
    dues = team.file(team.amara, view.record).dues
    found = {each.who: each for each in dues if each.what == "Child not seen by a social worker"}
    seen_today = {who for who, each in found.items() if "(not yet sent)" in each.steps[0]}
    assert seen_today == {"Leo Tolland", "Ivy Pask"}
    assert any(step.startswith("Not counted: visit on") for step in found["Maisie Tolland"].steps)


def test_what_was_gathered_stays_when_the_laptop_is_locked_and_opened_again(team: Team) -> None:
    view, sheet = team.begins(team.amara)
    write_the_visit(sheet)
    team.keeps(team.amara, view, sheet)
    team.signs(team.amara, view.record)
    before = team.amara.do(lambda: team.amara.desk.family(TOLLAND))
    client = team.amara.client
    team.amara.do(client.lock)
    desk = team.amara.do(lambda: client.unlock(PASSPHRASE))
    assert team.amara.do(lambda: desk.family(TOLLAND)) == before


def test_what_the_plan_says_is_asked_at_the_visit_and_ticked_off_there(team: Team) -> None:
    agreed = next(
        each for each in team.amara.do(lambda: team.amara.desk.family(TOLLAND)).actions if each.of_plan
    )
    view, sheet = team.begins(team.amara)
    rows = {
        str(sheet.body.answers[paths.child(row, LinkId("action.of"))].value): row
        for row in sheet.rows(paths.ROOT, LinkId("action"))
    }
    write_the_visit(sheet)
    progress = paths.child(rows[agreed.id], LinkId("action.progress"))
    sheet.answer(progress, chosen(sheet.form, "action.progress", "done"))
    team.keeps(team.amara, view, sheet)
    team.signs(team.amara, view.record)
    team.amara.exchange()
    team.bea.exchange()
    for who in (team.amara, team.bea):
        file = who.do(lambda: who.desk.family(TOLLAND))  # noqa: B023
        assert agreed.id not in {each.id for each in file.actions}
        assert any(each.of_plan for each in file.actions), "the others are open still"
