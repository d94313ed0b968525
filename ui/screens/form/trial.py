"""A form that is only tried out: nobody's record, kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import Body, State
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.draft import first_answers
from workbook_desktop.forms.surroundings import NOWHERE, Surroundings
from workbook_desktop.workspace.views import OpenRecord, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm(OpenRecord):
    """A form with nothing in it and nobody it is about."""


def trial_of(
    form: Form, worker: Worker, body: Body | None = None, surroundings: Surroundings = NOWHERE
) -> OpenForm:
    """Return a form opened to be tried, with the answers given, or those it begins with."""
    nobody = FamilyId("nobody")
    return OpenForm(
        record=RecordId("trial"),
        form=form,
        family=Family(id=nobody, name="No", people=(), households=(), relationships=(), involvements=()),
        body=body or Body(answers=first_answers(form.items, paths.ROOT)),
        base=None,
        head=None,
        state=State.DRAFT,
        progress=Progress.DRAFT,
        editable=True,
        why_not="",
        workers=(worker,),
        conflicts=(),
        combined=(),
        problems=(),
        subjects=(),
        surroundings=surroundings,
    )
