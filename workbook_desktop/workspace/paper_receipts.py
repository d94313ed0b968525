"""The record that something was given on paper: what, to whom, which copy, and what was left out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId, LinkId, PersonId, RecordId
from workbook_desktop.domain.people import Family, Worker, without_restricted
from workbook_desktop.domain.records import Answer, Body, FormRef, Value, content_hash, content_of
from workbook_desktop.workspace.paper_rules import held_back_chapters, people_apart, people_of_chapters
from workbook_desktop.workspace.readers import limits_in
from workbook_desktop.workspace.readers import rules as reader_rules
from workbook_desktop.workspace.views_paper import Given, Reader, Recipient, Sheets

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.records import RecordRow as StoredRow
    from workbook_desktop.store.store import Store
    from workbook_desktop.workspace.reading import Reading
    from workbook_desktop.workspace.writing import Writing


class Receipts:
    """Receipts of one worker's unlocked store. Runs in the store's thread."""

    FORM: ClassVar[str] = "given-on-paper"

    def __init__(
        self, store: Store, worker: Worker, clock: Clock, reading: Reading, writing: Writing
    ) -> None:
        self._store, self._worker, self._clock = store, worker, clock
        self._reading, self._writing = reading, writing

    def given(self, family: FamilyId) -> tuple[Given, ...]:
        """Return what was given out for a family, newest first."""
        return tuple(given for given, _, _ in self._all(family))

    def copy_of(self, family: FamilyId, what: str) -> int:
        """Return which copy of something the next one is."""
        return 1 + max((given.copy for given, record, _ in self._all(family) if record == what), default=0)

    def with_homes(self, family: FamilyId, homes: set[str]) -> tuple[Given, ...]:
        """Return what was given out with an address of one of these households in it."""
        return tuple(given for given, _, said in self._all(family) if homes & set(said))

    def _all(self, family: FamilyId) -> Iterator[tuple[Given, str, list[str]]]:
        for row in self._store.records.of_family(family):
            if row.form is None or str(row.form.id) != self.FORM:
                continue
            body = self._store.drafts.stands(row.id)
            copy = _said(body, "given.copy")
            given = Given(
                on=row.occurred_on,
                to=str(_said(body, "given.to") or ""),
                what=str(_said(body, "given.what") or ""),
                copy=copy if isinstance(copy, int) else 1,
            )
            homes = _said(body, "given.homes")
            listed = homes if isinstance(homes, list) else [homes] if homes else []
            yield given, str(_said(body, "given.record") or ""), [str(each) for each in listed]

    def sign(self, given: Sheets, how: str, source: tuple[Body, StoredRow | None]) -> RecordId | None:
        """Write and sign a receipt; None if the office has no form for it. Raises DiskFull.

        Args:
            how: "printed" or "saved".
            source: the record that was printed, as it stands, and its line. What narrows it narrows the
                receipt.
        """
        ref = next((ref for ref in self._store.forms.newest() if str(ref.id) == self.FORM), None)
        form = self._reading.form(ref)
        if ref is None or form is None:
            return None
        return self._signed(ref, form, given, how, source)

    def _signed(
        self, ref: FormRef, form: Form, made: Sheets, how: str, source: tuple[Body, StoredRow | None]
    ) -> RecordId:
        family = without_restricted(self._reading.family(made.order.family))
        said, row = source
        subjects = self._subjects(family, made, row)
        opened = self._writing.start(ref, family.id, subjects)
        what = made.document.title if made.document is not None else ""
        if row is not None:
            what = row.title
        recipient = made.recipient.name
        out = "\n".join(
            f"{each.what}{f' ({each.times})' if each.times > 1 else ''}: {each.why}."
            for each in made.withheld
        )
        answers: dict[str, Value] = {
            "given.headline": _headline(what, f"was {_HOW[how]} for {recipient}, copy {made.copy}"),
            "given.on": self._clock.today().isoformat(),
            "given.to": recipient,
            "given.what": what,
            "given.how": _coded(form, "given.how", how),
            "given.why": made.reason or None,
            "given.copy": made.copy,
            "given.left-out": out or None,
            "given.read": True if made.must_read else None,
            "given.reader": str(made.recipient.reader),
            "given.record": made.order.what,
            "given.homes": list(made.homes) or None,
            "given.subjects": [
                {"reference": f"Person/{each}", "display": person.name}
                for each in subjects
                if (person := family.person(each)) is not None
            ],
        }
        body = opened.body
        at = self._clock.now().isoformat()
        limits = self._limits(said, row, family, made.recipient)
        for link, value in {**answers, **limits}.items():
            if value is not None and LinkId(link) in form.by_link_id:  # an office may have an earlier form
                answer = Answer(value=value, by=self._worker.id, at=at)
                body = body.with_answer(paths.child(paths.ROOT, LinkId(link)), answer)
        kept = self._writing.keep(opened.record, body, opened.body)
        self._writing.sign_off(opened.record, content_hash(content_of(kept.stands)))
        return opened.record

    def _subjects(self, family: Family, made: Sheets, row: StoredRow | None) -> tuple[PersonId, ...]:
        about = row.subjects if row is not None else tuple(child.id for child in family.children)
        person = family.person(PersonId(made.recipient.key))
        return tuple(dict.fromkeys((*((person.id,) if person is not None else ()), *about)))

    def _limits(
        self, said: Body, row: StoredRow | None, family: Family, recipient: Recipient
    ) -> dict[str, Value]:
        """Return what narrows a receipt to those who may know of what was printed, and of who has it."""
        ours = reader_rules()
        found: dict[str, Value] = {str(link): value for link, value in limits_in(said).items()}
        chapters = (
            held_back_chapters(str(row.form.id), row.chapter) if row is not None and row.form else set()
        )
        workers = {worker.id: worker for worker in self._store.records.workers()}
        workers[self._worker.id] = self._worker
        if chapters:
            people = people_of_chapters(family, workers, chapters)
            found[str(ours.withheld_from)] = _withheld(found, family, people)
            if not found[str(ours.withheld_from)]:
                # Nobody is known from whom it is to be kept: council staff alone, until somebody says more.
                form = self._reading.form(
                    next((ref for ref in self._store.forms.newest() if str(ref.id) == self.FORM), None)
                )
                del found[str(ours.withheld_from)]
                if form is not None and str(ours.audience) not in found:
                    found[str(ours.audience)] = _coded(form, str(ours.audience), "council")
        apart = people_apart(family, workers)
        if apart and _is_of_the_other_side(recipient, family, apart):
            # That she has something hidden at home is not for those who work with him.
            found[str(ours.withheld_from)] = _withheld(found, family, apart)
        return found


def _withheld(found: Mapping[str, Value], family: Family, people: frozenset[PersonId]) -> list[Any]:
    """Return from whom a receipt is withheld already, and these people."""
    kept = found.get(str(reader_rules().withheld_from)) or []
    have = {each.get("reference") for each in kept}
    more = [
        {"reference": f"Person/{person.id}", "display": person.name}
        for person in family.people
        if person.id in people and f"Person/{person.id}" not in have
    ]
    return [*kept, *more]


def _is_of_the_other_side(recipient: Recipient, family: Family, apart: frozenset[PersonId]) -> bool:
    """Say whether something is kept for a recipient from the people apart: an adult or a child of the family
    who is none of them, or a colleague who works with such an adult and with none of them."""
    if recipient.reader in (Reader.ADULT, Reader.CHILD):
        return True
    if recipient.reader is not Reader.COLLEAGUE:
        return False
    theirs = {link.person for link in family.involvements if link.worker == recipient.key}
    adults = {person.id for person in family.people if not person.is_child}
    return bool(theirs & adults) and not theirs & apart


def _headline(what: str, given: str) -> str:
    """Return both in one line; of what it was only as much as leaves room to say to whom it was given."""
    room = max(_LONGEST - len(given) - 1, 20)
    if len(what) > room:
        what = f"{what[: room - 1].rsplit(' ', 1)[0].rstrip(' ,;:–-')}…"
    return f"{what} {given}"


_LONGEST = 80  # letters of a title in a list
_HOW = {"printed": "printed", "saved": "saved as a PDF"}


def _said(body: Body, link: str) -> Value | None:
    answer = body.answers.get(paths.child(paths.ROOT, LinkId(link)))
    return answer.value if answer is not None else None


def _coded(form: Form, link: str, code: str) -> Value:
    options = form.by_link_id[LinkId(link)].options
    return next(each.value for each in options if each.value.get("code") == code)
