"""What is known when a record is begun or opened: facts to fill in, and what a form's formulas may ask.

Recorded once means: filled in, shown as such with its source, and confirmed by the worker. Nothing here is
read for a form that does not ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId, PersonId, WorkerId
from workbook_desktop.domain.people import Family, Person, Sex, Worker
from workbook_desktop.domain.records import Answer, State, Value, comparable
from workbook_desktop.forms.definition import Item
from workbook_desktop.forms.draft import Prefill, source_of, source_words
from workbook_desktop.forms.surroundings import LAUNCHED, Surroundings, worker_shape
from workbook_desktop.workspace.gathered import Gathered
from workbook_desktop.workspace.reading import PLAN, Reading
from workbook_desktop.workspace.views import KnownDifference, OpenRecord

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.records import RecordRow
    from workbook_desktop.store.store import Store

_SEXES = {Sex.FEMALE: "female", Sex.MALE: "male"}
_MOST_LISTED = 200


class Knowledge:
    """What one worker's laptop knows of a family. Runs in the store's thread."""

    def __init__(
        self, store: Store, worker: Worker, clock: Clock, reading: Reading, gathered: Gathered
    ) -> None:
        self._store, self._worker, self._clock = store, worker, clock
        self._reading, self._gathered = reading, gathered

    # -- formulas ------------------------------------------------------------------------------------------

    def surroundings(
        self, form: Form, family: Family, subjects: tuple[PersonId, ...], author: WorkerId | None = None
    ) -> Surroundings:
        """Return what a form's formulas may ask, read now, as far as they ask it.

        Args:
            author: who wrote the record, whoever has it open: whether a visit counts is asked of their role.
                None: it is being begun, by this worker.
        """
        makers, asked = self._makers(form, family, subjects, author), self._asked(form)
        return Surroundings(
            today=self._clock.today(),
            now=self._clock.now(),
            variables={name: makers[name]() for name in asked if name in makers},
            sources={
                name: source
                for name, id_, signed in (("previous", form.id, True), ("plan", PLAN, False))
                if name in asked and (source := self._source(family.id, id_, signed=signed))
            },
        )

    def _asked(self, form: Form) -> frozenset[str]:
        from workbook_desktop.forms.plan import names_asked_for

        launched = {LAUNCHED[type_] for _, type_ in form.launch if type_ in LAUNCHED}
        return frozenset(names_asked_for(form)) | launched

    def _makers(
        self, form: Form, family: Family, subjects: tuple[PersonId, ...], author: WorkerId | None
    ) -> Mapping[str, Callable[[], Any]]:
        people = [person for each in subjects if (person := family.person(each)) is not None]
        children = [each for each in people if each.is_child] or list(family.children)
        child = person_shape(children[0]) if len(children) == 1 else []
        adult = [each for each in people if not each.is_child]
        worker = worker_shape(self._worker_of(author))
        return {
            "today": self._clock.today,
            "child": lambda: child,
            "patient": lambda: child or [person_shape(each) for each in adult[:1]],
            "children": lambda: [person_shape(each) for each in children],
            "family": lambda: {"id": family.id, "reference": f"Family/{family.id}", "name": family.name},
            "household": lambda: _household(family, children),
            "worker": lambda: worker,
            "user": lambda: worker,
            "previous": lambda: self._newest(family.id, form.id, signed=True),
            "plan": lambda: self._newest(family.id, PLAN, signed=False),
            "openActions": lambda: self._open_actions(family.id),
            "entries": lambda: self._entries(family.id, form),
            "readings": lambda: self._readings(family.id),
            "dues": lambda: self._dues(family.id),
        }

    def _worker_of(self, author: WorkerId | None) -> Worker | None:
        if author in (None, self._worker.id):
            return self._worker
        return next((each for each in self._store.records.workers() if each.id == author), None)

    def _newest_row(self, family: FamilyId, form_id: str, *, signed: bool) -> tuple[RecordRow, Form] | None:
        for row in self._store.records.of_family(family):
            counts = row.state is State.SIGNED_OFF or row.signing or not signed
            if row.form is None or row.form.id != form_id or not counts:
                continue
            form = self._reading.form(row.form)
            if form is not None:
                return row, form
        return None

    def _newest(self, family: FamilyId, form_id: str, *, signed: bool) -> Any:
        """Return the newest record of a form as a QuestionnaireResponse; nothing if there is none."""
        from workbook_desktop.forms.response import to_response

        found = self._newest_row(family, form_id, signed=signed)
        return [] if found is None else to_response(found[1], self._store.records.held(found[0].id).shown)

    def _source(self, family: FamilyId, form_id: str, *, signed: bool) -> Mapping[str, Value]:
        """Say where the newest record of a form stands, for what is filled in from it."""
        found = self._newest_row(family, form_id, signed=signed)
        if found is None:
            return {}
        row = found[0]
        names = self._reading.names()
        source: dict[str, Value] = {
            "record": row.id,
            "title": row.title,
            "by": names.get(row.changed_by or "", ""),
        }
        if row.occurred_on is not None:
            source["on"] = row.occurred_on.isoformat()
        return source

    def _open_actions(self, family: FamilyId) -> list[dict[str, Any]]:
        plans = {
            row.id
            for row in self._store.records.of_family(family)
            if row.form is not None and row.form.id == PLAN
        }
        return [
            _without_nothing(
                {
                    "id": each.id,
                    "what": each.what,
                    "who": each.who,
                    "by": _day(each.by),
                    "outcome": each.outcome,
                    "status": each.status,
                    "record": each.record,
                    "plan": each.record in plans,
                }
            )
            for each in self._gathered.actions(family)[:_MOST_LISTED]
        ]

    def _entries(self, family: FamilyId, form: Form) -> list[dict[str, Any]]:
        chapter = self._worker.chapter
        last = next(
            (
                row.occurred_on
                for row in self._store.records.of_family(family)
                if row.form is not None
                and row.form.id == "monthly-summary"
                and row.chapter == chapter
                and (row.state is State.SIGNED_OFF or row.signing)
            ),
            None,
        )
        return [
            _without_nothing(
                {
                    "id": each.record,
                    "record": each.record,
                    "title": each.kind,
                    "date": _day(each.on),
                    "headline": each.headline,
                    "change": each.change,
                    "impact": each.impact,
                    "attended": each.attended,
                    "module": each.module,
                    "author": each.by,
                }
            )
            for each in self._gathered.chapter_lines(family, chapter)[:_MOST_LISTED]
            if last is None or each.on is None or each.on > last
        ]

    def _readings(self, family: FamilyId) -> list[dict[str, Any]]:
        return [
            _without_nothing(
                {
                    "scale": each.scale,
                    "value": each.value,
                    "date": _day(each.date),
                    "person": f"Person/{each.person}" if each.person is not None else "",
                    "band": each.band,
                }
            )
            for each in self._gathered.readings(family)[-_MOST_LISTED:]
        ]

    def _dues(self, family: FamilyId) -> list[dict[str, Any]]:
        return [
            _without_nothing(
                {"what": each.what, "person": each.who, "due": _day(each.on), "state": each.state}
            )
            for each in self._gathered.dues(family)
        ]

    # -- facts ---------------------------------------------------------------------------------------------

    def known(self, family: FamilyId) -> Callable[[Item, PersonId | None], Prefill | None]:
        """Return a look-up of facts: the newest that was signed, or that this worker has written down."""
        facts = self._gathered.facts(family)
        names = self._reading.names()
        today = self._clock.today()

        def look_up(item: Item, person: PersonId | None) -> Prefill | None:
            for origin, fact in reversed(facts):
                if fact.code != item.fact or fact.person != person:
                    continue
                if item.known_for is not None and (
                    fact.on is None or fact.on < today - timedelta(days=item.known_for)
                ):
                    return None  # the newest is too old: so is every other
                by = fact.by or origin.author or ""
                source: dict[str, Value] = {
                    "record": origin.record,
                    "path": fact.path,
                    "title": origin.title,
                    "by": names.get(by, by),
                    "value": fact.value,
                }
                if fact.on is not None:
                    source["on"] = fact.on.isoformat()
                if origin.version is not None:
                    source["version"] = origin.version
                return Prefill(value=fact.value, source=source)
            return None

        return look_up

    def differences(self, record: OpenRecord) -> tuple[KnownDifference, ...]:
        """Return what is known otherwise by now than it stands in a draft, question by question."""
        from workbook_desktop.forms.outputs import about
        from workbook_desktop.forms.summary import shown_value
        from workbook_desktop.forms.workings import Workings

        form = record.form
        if not any(item.fact for item in form.walk()):
            return ()
        look_up = self.known(record.family.id)
        workings = Workings(form, record.body, record.surroundings)
        found = []
        for path in workings.places():
            item = form.by_link_id[paths.link_id(path)]
            if not item.fact or not workings.shown(path):
                continue
            of_family = item.fact.startswith(("family.", "household."))
            person = None if of_family else about(workings, path, record.subjects)
            if person is None and not of_family:
                continue
            now = look_up(item, person)
            if now is None or now.source.get("record") == record.record:
                continue
            here = record.body.answers.get(path)
            stands = here.value if here is not None else None
            if comparable(stands) == comparable(now.value):
                continue
            base = source_of(here) if here is not None else None
            if base is not None and comparable(base.get("value")) == comparable(now.value):
                continue  # nothing new is known: the worker wrote something else on purpose
            found.append(
                KnownDifference(
                    path=path,
                    question=item.short_text or item.text,
                    here=shown_value(item, here),
                    known=shown_value(item, Answer(value=now.value)),
                    value=now.value,
                    source=source_words(now.source),
                    origin=now.source,
                )
            )
        return tuple(found)


def person_shape(person: Person) -> dict[str, Any]:
    """Return a person as formulas see them. No address: it may be one that not everyone may know."""
    return _without_nothing(
        {
            "id": person.id,
            "reference": f"Person/{person.id}",
            "name": person.name,
            "given": person.preferred_name or person.forename,
            "family": person.surname,
            "birthDate": _day(person.birth_date),
            "gender": _SEXES.get(person.sex, "unknown"),
            "school": person.school,
            "generalPractice": person.general_practice,
            "language": person.language,
            "interpreter": person.interpreter,
            "plan": person.plan,
            "legalStatus": person.legal_status,
        }
    )


def _household(family: Family, children: list[Person]) -> Any:
    wanted = {each.id for each in children}
    home = next((each for each in family.households if wanted & set(each.members)), None)
    if home is None:
        return []
    members = [person for each in home.members if (person := family.person(each)) is not None]
    return {"id": home.id, "members": [person_shape(each) for each in members]}


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _without_nothing(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in ("", None)}
