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
from workbook_desktop.domain.ids import FamilyId, LinkId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.outputs import words_of
from workbook_desktop.domain.people import Family, Person, Sex, Worker
from workbook_desktop.domain.records import RECEIPT, Answer, FormRef, State, Value, comparable
from workbook_desktop.forms.definition import Item
from workbook_desktop.forms.draft import Prefill, source_of, source_words
from workbook_desktop.forms.surroundings import LAUNCHED, Surroundings, worker_shape
from workbook_desktop.workspace.gathered import Gathered
from workbook_desktop.workspace.readers import may_fill
from workbook_desktop.workspace.reading import PLAN, VISIT, Reading, agreed_plan
from workbook_desktop.workspace.summaries import SUMMARY
from workbook_desktop.workspace.told import Told
from workbook_desktop.workspace.views import KnownDifference, OpenRecord

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.records import RecordRow
    from workbook_desktop.store.store import Store

_SEXES = {Sex.FEMALE: "female", Sex.MALE: "male"}
_MOST_LISTED = 200
# What is of every chapter, or of nobody's work with the family: no entries of one chapter.
_NO_ENTRIES = frozenset((SUMMARY, PLAN, RECEIPT, "group-supervision", "given-on-paper"))
# Where the working with a family itself is recorded; a meeting about it is none.
_SESSIONS = frozenset(("direct-work", "mi-session"))


class Knowledge:
    """What one worker's laptop knows of a family. Runs in the store's thread."""

    def __init__(
        self, store: Store, worker: Worker, clock: Clock, reading: Reading, gathered: Gathered
    ) -> None:
        self._store, self._worker, self._clock = store, worker, clock
        self._reading, self._gathered = reading, gathered
        self._told = Told(store=store, worker=worker, clock=clock, reading=reading, gathered=gathered)

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
                for name, id_ in (("previous", form.id), ("plan", PLAN))
                if name in asked and (source := self._source(family.id, id_, form))
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
            "previous": lambda: self._newest(family.id, form.id, form),
            "plan": lambda: self._newest(family.id, PLAN, form),
            "openActions": lambda: self._open_actions(family.id, form),
            "entries": lambda: self._entries(family.id, form),
            "readings": lambda: self._readings(family.id, form),
            "dues": lambda: self._dues(family.id),
            "month": self._told.month,
            "words": lambda: self._told.words(family, form, self._open_to(family.id, form)),
            "chapters": lambda: self._chapters(family, form),
        }

    def _chapters(self, family: Family, form: Form) -> list[dict[str, Any]]:
        known = {worker.id: worker for worker in (*self._store.records.workers(), self._worker)}
        return self._told.chapters(family, self._open_to(family.id, form), known, self._answered)

    def _answered(self, record: RecordId, link: str) -> str:
        answer = self._store.drafts.stands(record).answers.get(paths.child(paths.ROOT, LinkId(link)))
        return words_of(answer.value) if answer is not None else ""

    def _worker_of(self, author: WorkerId | None) -> Worker | None:
        if author in (None, self._worker.id):
            return self._worker
        return next((each for each in self._store.records.workers() if each.id == author), None)

    def _open_to(self, family: FamilyId, form: Form) -> Mapping[RecordId, RecordRow]:
        """Return the records that all may read who may read one on this form: only from these is anything
        filled in.

        A record that is begun is for everybody its form is for; whoever narrows it later does so by hand.
        """
        narrow = self._gathered.narrow(family)
        into = form.chapter or self._worker.chapter
        return {
            row.id: row
            for row in self._store.records.of_family(family)
            if row.id not in narrow
            and row.form is not None
            and may_fill(row.form.id, form.id, chapter=row.chapter, into=into)
        }

    def _newest_row(self, family: FamilyId, form_id: str, form: Form) -> tuple[RecordRow, Form] | None:
        """Return the newest record of a form that counts: signed, or the plan as the office has it."""
        rows = list(self._open_to(family, form).values())
        agreed = agreed_plan(rows) if form_id == PLAN else None
        for row in rows if agreed is None else [agreed]:
            if row.form is None or row.form.id != form_id:
                continue
            is_signed = row.state is State.SIGNED_OFF or row.signing
            is_shared = form_id == PLAN and row.head_version is not None and row.state is not State.SUPERSEDED
            if not (is_signed or is_shared):
                continue
            found = self._reading.form(row.form)
            if found is not None:
                return row, found
        return None

    def _newest(self, family: FamilyId, form_id: str, form: Form) -> Any:
        """Return the newest record of a form as a QuestionnaireResponse; nothing if there is none."""
        from workbook_desktop.forms.response import to_response

        found = self._newest_row(family, form_id, form)
        return [] if found is None else to_response(found[1], self._store.records.held(found[0].id).shown)

    def _source(self, family: FamilyId, form_id: str, form: Form) -> Mapping[str, Value]:
        """Say where the newest record of a form stands, for what is filled in from it."""
        found = self._newest_row(family, form_id, form)
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

    def _open_actions(self, family: FamilyId, form: Form) -> list[dict[str, Any]]:
        known = self._open_to(family, form)
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
                    "plan": each.of_plan,
                }
            )
            for each in self._gathered.actions(family)
            if each.record in known
        ][:_MOST_LISTED]

    def _entries(self, family: FamilyId, form: Form) -> list[dict[str, Any]]:
        """Return what a chapter's summary is to tell of (`summaries.to_tell`), newest first: the lines of its
        chapter, and its other signed records.

        A plan, a summary and a supervision are of every chapter: they are no entries of one.
        """
        chapter = self._worker.chapter
        tells = self._told.to_tell(family)
        known = {
            id_: row
            for id_, row in self._open_to(family, form).items()
            if row.form is not None and row.form.id not in _NO_ENTRIES and tells.holds(row)
        }
        found = [
            (
                each.on,
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
                    "author": self._worker.name if each.by == "you" else each.by,
                    "form": str(ref.id),
                    "kind": _kind_of(ref.id, each.attended),
                },
            )
            for each in self._gathered.chapter_lines(family, chapter)
            if each.record in known and (ref := known[each.record].form) is not None
        ]
        lined = {entry["record"] for _, entry in found}
        found += [
            (row.occurred_on, self._entry_of(row, ref))
            for row in known.values()
            if row.id not in lined
            and row.chapter == chapter
            and (row.state is State.SIGNED_OFF or row.signing)
            and (ref := row.form) is not None
        ]
        found.sort(key=lambda each: each[0] or date.min, reverse=True)
        return [_without_nothing(entry) for _, entry in found][:_MOST_LISTED]

    def _entry_of(self, row: RecordRow, ref: FormRef) -> dict[str, Any]:
        """Return a record that gives no line of a chapter: a case note."""
        form = self._reading.form(ref)
        return {
            "id": row.id,
            "record": row.id,
            "title": (form.name or form.title) if form is not None else "Record",
            "date": _day(row.occurred_on),
            "headline": row.title,
            "author": self._reading.names().get(row.changed_by or "", ""),
            "form": str(ref.id),
            "kind": _kind_of(ref.id, ""),
        }

    def _readings(self, family: FamilyId, form: Form) -> list[dict[str, Any]]:
        known = self._open_to(family, form)
        return [
            _without_nothing(
                {
                    "scale": each.scale,
                    "value": each.value,
                    "date": _day(each.date),
                    "person": f"Person/{each.person}" if each.person is not None else "",
                    "who": each.person_name,
                    "band": each.band,
                }
            )
            for each in self._gathered.readings(family)
            if each.record in known
        ][-_MOST_LISTED:]

    def _dues(self, family: FamilyId) -> list[dict[str, Any]]:
        return [
            _without_nothing(
                {"what": each.what, "person": each.who, "due": _day(each.on), "state": each.state}
            )
            for each in self._gathered.dues(family)
        ]

    # -- facts ---------------------------------------------------------------------------------------------

    def known(self, family: FamilyId, form: Form) -> Callable[[Item, PersonId | None], Prefill | None]:
        """Return a look-up of facts for a record on a form: the newest that was signed, or that this worker
        has written down, where all who may read the one may read the other."""
        readable = self._open_to(family, form)
        facts = [(origin, fact) for origin, fact in self._gathered.facts(family) if origin.record in readable]
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
        look_up = self.known(record.family.id, form)
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


def _kind_of(form: str, attended: str) -> str:
    """Return as what an entry of a chapter is counted."""
    if form == VISIT:
        return "visit"
    return "session" if attended and (form in _SESSIONS or form.startswith("chapter-")) else "other"


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
