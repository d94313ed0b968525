"""The versions of a record: what this laptop has of them, and what the office adds when it is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from workbook_desktop.domain.ids import FieldPath, RecordId, WorkerId
from workbook_desktop.domain.records import Answer, Body, Head, State, content_hash, content_of
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.workspace.versions import versions_of
from workbook_desktop.workspace.views import Revision

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
FORM = next(form for form in map(load, core_forms()) if form.id == "case-note")
NAMES = {"w-amara": "Amara Quill", "w-bea": "Bea Linnet"}
R1 = RecordId("r-1")


def a_head(version: int, by: str, text: str, **more: str) -> Head:
    from tests.support.stored import a_head as made

    body = Body(answers={FieldPath("note.content"): Answer(value=text, by=WorkerId(by))})
    content = content_of(body)
    head = made("r-1", version)
    return replace(
        head,
        content=content,
        hash=content_hash(content),
        changed_by=WorkerId(by),
        changed_at=NOON + timedelta(minutes=version),
    )


def test_what_is_at_the_office_only_is_counted_and_comes_when_it_is_asked() -> None:
    here = [Revision(version=3, by="You", at=NOON, state=State.DRAFT)]
    newest = a_head(3, "w-amara", "Seen at home.")
    view = versions_of(R1, "Note", FORM, here, [newest], NAMES)
    assert (view.at_office_only, [each.number for each in view.versions]) == (2, [3])
    assert not view.versions[0].is_compared
    older = [a_head(1, "w-bea", "Rang."), a_head(2, "w-bea", "Rang, no answer.")]
    view = versions_of(R1, "Note", FORM, here, [newest, *older], NAMES)
    assert view.at_office_only == 0
    assert [(each.number, each.by) for each in view.versions] == [
        (3, "Amara Quill"),
        (2, "Bea Linnet"),
        (1, "Bea Linnet"),
    ]
    (line,) = view.versions[0].changes
    assert line.endswith("Rang, no answer. → Seen at home.")
    assert all(each.is_compared for each in view.versions)


def test_another_records_version_is_not_taken_for_one_of_this() -> None:
    stranger = replace(a_head(2, "w-bea", "Of another family."), id=RecordId("r-2"))
    view = versions_of(R1, "Note", FORM, [], [a_head(1, "w-amara", "Rang."), stranger], NAMES)
    assert [each.number for each in view.versions] == [1]


def test_a_version_that_changed_no_answer_says_so() -> None:
    heads = [a_head(1, "w-amara", "Rang."), replace(a_head(2, "w-amara", "Rang."), state=State.SIGNED_OFF)]
    view = versions_of(R1, "Note", FORM, [], heads, NAMES)
    assert (view.versions[0].changes, view.versions[0].is_compared) == ((), True)
    assert view.versions[0].state is State.SIGNED_OFF


def test_of_what_the_office_never_had_there_is_no_version() -> None:
    assert versions_of(R1, "Note", FORM, [], [], NAMES).at_office_only == 0
