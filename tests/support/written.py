"""Fills in the forms that ship as a worker would, for the practice family."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from tests.support.forms import AMARA, NOW, new_ids, tolland
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.outputs import Derived, Given
from workbook_desktop.forms.draft import begin
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.outputs import derive
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.surroundings import Surroundings
from workbook_desktop.forms.workings import WORKED_OUT

FORMS = {(form.id, form.version): form for form in map(load, core_forms())}
FAMILY = tolland()
TODAY = date(2026, 11, 20)  # a Friday
HANNAH = {"reference": "Person/p-hannah", "display": "Hannah Tolland"}
DARREN = {"reference": "Person/p-darren", "display": "Darren Pask"}
MAISIE = {"reference": "Person/p-maisie", "display": "Maisie Tolland"}
LEO = {"reference": "Person/p-leo", "display": "Leo Tolland"}
RUTH = {"reference": "Practitioner/w-ruth", "display": "Ruth Calloway"}
AROUND: Mapping[str, Any] = {
    "worker": {"reference": "Practitioner/w-amara", "name": "Amara Quill", "role": "social worker"},
    "children": [{"reference": f"Person/{each.id}", "given": each.forename} for each in FAMILY.children],
    "previous": [],
    "plan": [],
    "openActions": [],
    "entries": [],
    "readings": [],
    "dues": [],
}


class Written:
    """A record of a form, begun as the application begins it."""

    def __init__(
        self,
        form_id: str,
        version: str = "1.0.0",
        *,
        about: tuple[str, ...] = (),
        sources: Mapping[str, Mapping[str, Any]] | None = None,
        **around: Any,
    ) -> None:
        self.form = FORMS[form_id, version]  # type: ignore[index]
        self.subjects = tuple(PersonId(each) for each in about)
        self.around = Surroundings(
            today=TODAY,
            now=datetime(2026, 11, 20, 14, 30, tzinfo=UTC),
            variables={**AROUND, **around},
            sources=sources or {},
        )
        ids = new_ids()
        body = begin(
            self.form,
            record=RecordId("r-1"),
            family=FAMILY,
            worker=AMARA,
            today=TODAY,
            new_id=ids,
            subjects=self.subjects,
            surroundings=self.around,
        )
        self.sheet = Sheet(
            self.form,
            body,
            by=WorkerId("w-amara"),
            now=lambda: NOW,
            new_id=ids,
            worker=AMARA,
            surroundings=self.around,
        )

    def say(self, answers: Mapping[str, Any], row: FieldPath = paths.ROOT) -> None:
        """Answer questions by linkId. A code stands for the option it names."""
        for link, value in answers.items():
            item = self.form.by_link_id[LinkId(link)]
            listed = value if isinstance(value, list) else [value]
            meant = [
                next((one.value for one in item.options if one.value["code"] == each), each)
                if item.options
                else each
                for each in listed
            ]
            self.sheet.answer(paths.child(row, LinkId(link)), meant if item.several else meant[0])

    def add(self, link: str, answers: Mapping[str, Any], inside: FieldPath = paths.ROOT) -> FieldPath:
        """Add a row with answers. A required table begins with an empty row, which is used first."""
        rows = self.sheet.rows(inside, LinkId(link))
        row = next((each for each in rows if not self.has_answers(each)), None)
        if row is None:
            row = self.sheet.add_row(inside, LinkId(link))
        self.say(answers, row)
        return row

    def has_answers(self, row: FieldPath) -> bool:
        """Say whether somebody has answered something in a row."""
        return any(
            path.startswith(f"{row}/") and (WORKED_OUT, True) not in answer.extra
            for path, answer in self.sheet.body.answers.items()
        )

    def child(self, key: str) -> FieldPath:
        """Return the row of a child."""
        return next(
            row
            for row in self.sheet.rows(paths.ROOT, LinkId("children"))
            if self.value("child.person", row)["reference"] == f"Person/p-{key}"
        )

    def value(self, link: str, row: FieldPath = paths.ROOT) -> Any:
        answer = self.sheet.body.answers.get(paths.child(row, LinkId(link)))
        return None if answer is None else answer.value

    def shows(self, link: str, row: FieldPath = paths.ROOT) -> bool:
        return self.sheet.shown(paths.child(row, LinkId(link)))

    def remarks(self) -> set[str]:
        """Return what rules of the form say about the answers, in the form's words."""
        return {str(each.facts["words"]) for each in self.sheet.problems() if each.code == "rule"}

    def gives(self, kind: str) -> list[Given]:
        return [each for each in self._derived().given if each.kind == kind]

    def readings(self) -> dict[str, tuple[str, str, str]]:
        """Return by scale: whom it is about, the number, the band."""
        return {
            each.scale: (str(each.person), str(each.value), each.band) for each in self._derived().readings
        }

    def named(self) -> dict[str, str]:
        """Return what each scale is called."""
        return {each.scale: each.name for each in self._derived().readings}

    def dated(self, scale: str) -> list[str]:
        """Return the days of the readings of a scale."""
        return [each.date.isoformat() for each in self._derived().readings if each.scale == scale]

    def _derived(self) -> Derived:
        return derive(
            self.form,
            self.sheet.body,
            self.around,
            record=RecordId("r-1"),
            subjects=self.subjects,
            occurred_on=TODAY,
            people=FAMILY.people,
        )
