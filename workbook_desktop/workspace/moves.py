"""Moving a draft to a later version of its form: what is offered, what it means, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import FormUnknown
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.reading import Reading

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.records import Held
    from workbook_desktop.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOffer:
    """A later version of a draft's form is on this laptop. Questions are named by their words."""

    to: FormRef
    possible: bool  # False: it has been sent off, in the version it began with
    at_office: bool  # and the office has it
    gone: tuple[str, ...]  # no longer asked
    renamed: tuple[str, ...]  # answered in another question from then on
    new_required: tuple[str, ...]
    new: tuple[str, ...]
    otherwise: tuple[str, ...]  # offered, limited or checked in another way
    every: tuple[str, ...]  # each change as a sentence, heaviest first
    left_over: tuple[str, ...]  # questions answered here whose answers find no place: they stay to be read


@dataclass(frozen=True, slots=True, kw_only=True)
class FormStanding:
    """What can be done about the version of the form a draft is in."""

    offer: FormOffer | None = None  # None: it is the newest, or the worker stays on this one
    came_from: FormRef | None = None  # it was moved here, and can go back
    kept: int = 0  # answers of the version it came from that found no place


class Moving:
    """Runs in the store's thread. What was moved or declined is remembered on this laptop, as a version."""

    def __init__(self, store: Store, worker: Worker, clock: Clock, reading: Reading) -> None:
        self._store, self._worker, self._clock, self._reading = store, worker, clock, reading

    def standing(self, record: RecordId) -> FormStanding:
        """Say what can be done. Raises RecordUnknown."""
        from workbook_desktop.forms.moving import outlook
        from workbook_desktop.forms.versions import earlier
        from workbook_desktop.store.drafts import CLOSED

        held = self._store.records.held(record)
        form = self._reading.form(held.row.form)
        if form is None or held.row.state in CLOSED:
            return FormStanding()
        possible = self._store.drafts.is_unknown_to_ics(record)
        came_from = self._came_from(held) if possible else None
        later = self._later(form)
        offer = None
        if later is not None and self._store.settings.get(_stays(record)) != later.version:
            found = outlook(held.shown, form, self._bridged(form, later))
            offer = FormOffer(
                to=later.ref,
                possible=possible,
                at_office=held.head is not None,
                gone=found.gone,
                renamed=found.renamed,
                new_required=found.new_required,
                new=found.new,
                otherwise=found.otherwise,
                every=found.every,
                left_over=found.left_over,
            )
        kept = len(earlier(form, held.shown)) if came_from is not None else 0
        return FormStanding(offer=offer, came_from=came_from, kept=kept)

    def move(self, record: RecordId, to: FormRef) -> bool:
        """Move a draft to a later version of its form; or back, to the one it came from.

        Returns:
            False, with nothing changed, if it has been on its way to the office meanwhile, is of that version
            already, or can neither go there nor back.

        Raises:
            RecordUnknown, FormUnknown, DiskFull.
        """
        return self._store.together(lambda: self._move(record, to))

    def _move(self, record: RecordId, to: FormRef) -> bool:
        from workbook_desktop.forms.moving import back, there
        from workbook_desktop.forms.summary import gist

        held = self._store.records.held(record)
        here, target = self._known(held.row.form), self._known(to)
        later, settings = self._later(here), self._store.settings
        if later is not None and later.ref == to:
            body, came_from = there(held.shown, here, self._bridged(here, target)), here.version
        elif to == self._came_from(held):
            body, came_from = back(held.shown, self._bridged(target, here), target), ""
        else:
            return False
        today = self._clock.today()
        moved = self._store.drafts.move(
            record, to, body, gist(target, body, today), self._worker.id, self._clock.now()
        )
        if moved:
            settings.put(_came_from(record), came_from)
            if not came_from:
                settings.put(_stays(record), here.version)  # who went back is not asked again at once
        return moved

    def stay(self, record: RecordId, on: FormRef) -> None:
        """Remember that the worker stays on a draft's version although there is this later one."""
        self._store.settings.put(_stays(record), on.version)

    def _known(self, ref: FormRef | None) -> Form:
        found = self._reading.form(ref)
        if found is None:
            raise FormUnknown(form=ref.id if ref else "", version=ref.version if ref else "")
        return found

    def _bridged(self, before: Form, after: Form) -> Form:
        """Return the later version with moves over all versions between the two that are on this laptop."""
        from workbook_desktop.forms.bridging import bridged

        refs = [ref for ref in self._store.forms.refs() if ref.id == before.id]  # the oldest version first
        try:
            inner = refs[refs.index(before.ref) + 1 : refs.index(after.ref)]
        except ValueError:
            inner = []
        between = [form for ref in inner if (form := self._reading.form(ref)) is not None]
        return bridged(before, after, between)

    def _later(self, form: Form) -> Form | None:
        """Return the newest version of a form, if it is a later one and can be used."""
        newest = next((ref for ref in self._store.forms.newest() if ref.id == form.id), None)
        return None if newest is None or newest == form.ref else self._reading.form(newest)

    def _came_from(self, held: Held) -> FormRef | None:
        version = self._store.settings.get(_came_from(held.row.id))
        ref = held.row.form
        if not version or ref is None or version == ref.version:
            return None
        found = self._reading.form(FormRef(id=ref.id, version=version))
        return None if found is None else found.ref


def _came_from(record: RecordId) -> str:
    return f"form-moved-from:{record}"


def _stays(record: RecordId) -> str:
    return f"form-stays:{record}"
