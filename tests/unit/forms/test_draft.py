"""How a record begins."""

from __future__ import annotations

import pytest

from tests.support.forms import AMARA, TODAY, core, new_ids, tolland
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, PersonId, RecordId
from workbook_desktop.domain.records import Body, body_of, content_of
from workbook_desktop.forms.check import problems
from workbook_desktop.forms.draft import begin

CHILDREN = LinkId("children")


def visit(record: str, *subjects: str) -> Body:
    return begin(
        core("visit"),
        record=RecordId(record),
        family=tolland(),
        worker=AMARA,
        today=TODAY,
        new_id=new_ids(),
        subjects=[PersonId(each) for each in subjects],
    )


def test_two_laptops_that_begin_the_same_record_make_the_same_rows_of_children() -> None:
    here, there = visit("rec-1"), visit("rec-1")
    assert here.rows_of(paths.ROOT, CHILDREN) == there.rows_of(paths.ROOT, CHILDREN)
    assert set(here.rows_of(paths.ROOT, CHILDREN)).isdisjoint(visit("rec-2").rows_of(paths.ROOT, CHILDREN))


def test_each_child_has_a_row_that_names_the_child_eldest_first() -> None:
    body = visit("rec-1")
    names = [
        body.answers[paths.child(row, LinkId("child.person"))].value["display"]
        for row in body.rows_of(paths.ROOT, CHILDREN)
    ]
    assert names == ["Maisie Tolland", "Leo Tolland", "Ivy Pask"]


def test_only_the_children_it_is_about_get_a_row() -> None:
    assert len(visit("rec-1", "p-leo").rows_of(paths.ROOT, CHILDREN)) == 1
    assert len(visit("rec-1", "p-hannah").rows_of(paths.ROOT, CHILDREN)) == 3


def test_date_and_author_are_there_and_nobody_is_said_to_have_said_them() -> None:
    body = visit("rec-1")
    assert body.answers[FieldPath("visit.date")].value == "2026-11-22"
    assert body.answers[FieldPath("visit.workers")].value == [
        {"reference": "Practitioner/w-amara", "display": "Amara Quill"}
    ]
    assert all(answer.by is None and answer.at is None for answer in body.answers.values())


def test_what_begins_can_be_sent_and_is_not_ready_to_sign_off() -> None:
    for form_id in ("visit", "case-note", "child-and-family-assessment", "plan"):
        of = core(form_id)
        body = begin(of, record=RecordId("r"), family=tolland(), worker=AMARA, today=TODAY, new_id=new_ids())
        assert body_of(content_of(body)) == body
        assert any(problem.severity == "must" for problem in problems(of, body))


ADULT_FORMS = (
    ("chapter-da-survivor", "contact.adult"),
    ("chapter-da-perpetrator", "contact.adult"),
    ("chapter-substance", "contact.adult"),
    ("chapter-mental-health", "contact.adult"),
    ("mi-session", "session.adult"),
)


def begun(form_id: str, *subjects: str) -> Body:
    return begin(
        core(form_id),
        record=RecordId("rec-1"),
        family=tolland(),
        worker=AMARA,
        today=TODAY,
        new_id=new_ids(),
        subjects=[PersonId(each) for each in subjects],
    )


@pytest.mark.parametrize(("form_id", "adult"), ADULT_FORMS)
def test_begun_from_a_childs_file_which_adult_it_was_with_is_left_to_be_said(
    form_id: str, adult: str
) -> None:
    assert adult not in begun(form_id, "p-maisie").answers
    assert adult not in begun(form_id).answers
    assert adult not in begun(form_id, "p-maisie", "p-leo").answers


@pytest.mark.parametrize(("form_id", "adult"), ADULT_FORMS)
def test_begun_from_an_adults_file_the_adult_is_named(form_id: str, adult: str) -> None:
    for subjects in (["p-hannah"], ["p-maisie", "p-hannah"]):
        answer = begun(form_id, *subjects).answers[FieldPath(adult)]
        assert answer.value == {"reference": "Person/p-hannah", "display": "Hannah Tolland"}


def test_an_enquiry_begun_from_a_parents_file_names_no_parent_as_a_child() -> None:
    body = begun("s47-enquiry", "p-hannah", "p-leo")
    assert body.answers[FieldPath("enquiry.children")].value == [
        {"reference": "Person/p-leo", "display": "Leo Tolland"}
    ]
    assert FieldPath("enquiry.children") not in begun("s47-enquiry", "p-hannah").answers
