"""What is late, due today and due soon: the office's dates and those worked out here, each duty once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from workbook_desktop.domain.dates import listed, long_date
from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.people import DueDate, Family, Worker
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.views import Due, WorkedDue

SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeDue:
    """What the office expects, as its trays have it, and not met on this laptop."""

    person: PersonId | None
    what: str
    on: date
    form: FormRef | None

    def is_same_as(self, due: WorkedDue) -> bool:
        """Say whether a date worked out here is of the same duty: of the same child or the whole family, and
        called by the same words, in whatever order ("Monthly summary, mental health chapter")."""
        if self.person not in (None, due.person):
            return False
        named = {_words(due.named), _words(f"{due.what} {due.about}")}
        return _words(self.what) in named


def _words(said: str) -> tuple[str, ...]:
    return tuple(sorted(re.findall(r"\w+", said.casefold())))


def with_office(
    worked: Iterable[WorkedDue], office: Iterable[DueDate]
) -> tuple[tuple[WorkedDue, ...], tuple[DueDate, ...]]:
    """Return dates worked out here, with the office's own day where that is another; and what the office
    expects besides, the earliest first. Each duty is in one of the two."""
    found, alone = list(worked), []
    for each in sorted(office, key=lambda due: due.on):
        said = OfficeDue(person=each.person, what=each.what, on=each.on, form=None)
        same = [place for place, due in enumerate(found) if due.on is not None and said.is_same_as(due)]
        for place in same:
            if found[place].on != said.on and found[place].office is None:
                found[place] = replace(found[place], office=said.on)
        if not same:
            alone.append(each)
    return tuple(found), tuple(alone)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Duty:
    """One duty of one child, or of the family: `here` is worked out, `office` is what the office says."""

    person: PersonId | None
    what: str
    form: FormRef | None
    here: date | None
    office: date | None
    steps: tuple[str, ...] = ()
    runs_out: bool = False
    moved: str = ""
    is_law: bool = False
    more: int = 0  # of the same kind and child, due later but soon: three drafts to sign in time

    @property
    def on(self) -> date:
        """The day it is due: the earlier one, if office and laptop differ."""
        return min(day for day in (self.here, self.office) if day is not None)


def duties_of(
    family: Family, office: Iterable[OfficeDue], worked: Iterable[WorkedDue], today: date
) -> tuple[Due, ...]:
    """Return a family's duties, each once: what is due for several children on one day is one line.

    The same duty of the same child has the same words in both, in whatever order. If its days differ, the
    earlier one holds, and both are said.
    """
    found: dict[tuple[PersonId | None, str], _Duty] = {}
    known: dict[tuple[PersonId | None, str], WorkedDue] = {}
    for each in worked:
        if each.on is None:  # the family's page says why
            continue
        key = (each.person, f"{each.what}:{each.about}".casefold())
        known[key] = each
        duty = _Duty(
            person=each.person,
            what=f"{each.named} ({listed(each.writers)})" if each.writers else each.named,
            form=each.form,
            here=each.on,
            office=None,
            steps=each.steps,
            runs_out=each.runs_out,
            moved=each.moved,
            is_law=each.is_law,
        )
        if key in found:
            first, later = sorted((found[key], duty), key=lambda one: one.on)
            duty = replace(first, more=found[key].more + (later.on <= today + SOON))
        found[key] = duty
    more: list[_Duty] = []
    for said in office:
        # What the office expects of the whole family is met for each child by what is worked out for it.
        same = [key for key, due in known.items() if said.is_same_as(due)]
        for key in same:
            before = found[key].office
            found[key] = replace(found[key], office=said.on if before is None else min(before, said.on))
        if not same:
            more.append(_Duty(person=said.person, what=said.what, form=said.form, here=None, office=said.on))
    together: dict[object, list[_Duty]] = {}
    for duty in (*found.values(), *more):
        line = (duty.what, duty.here, duty.office, duty.person is None, duty.more)
        together.setdefault(line, []).append(duty)
    return tuple(_line(family, duties, today) for duties in together.values())


def _line(family: Family, duties: list[_Duty], today: date) -> Due:
    first = duties[0]
    people = [family.person(duty.person) for duty in duties if duty.person is not None]
    names = [person.name for person in people if person is not None]
    who = f"{family.name} family"
    if len(names) == 1:
        who = names[0]
    elif names:
        called = [name.split(" ")[0] for name in names]
        who = f"{', '.join(called[:-1])} and {called[-1]}, {who}"
    return Due(
        on=first.on,
        family=family.id,
        person=first.person if len(duties) == 1 else None,
        who=who,
        what=f"{first.what}, and {first.more} more" if first.more else first.what,
        overdue=first.on < today and not first.runs_out,
        form=first.form,
        steps=_steps(first),
        runs_out=first.runs_out,
        moved=first.moved,
        presses=0 if first.is_law or first.runs_out else 1 if first.person is not None else 2,
    )


def _steps(duty: _Duty) -> tuple[str, ...]:
    if duty.here is None or duty.office is None or duty.here == duty.office:
        return duty.steps
    says = f"The office has {long_date(duty.office)} for this. Worked out here it is {long_date(duty.here)}:"
    return (says, *duty.steps)


def is_mine(due: WorkedDue, worker: Worker) -> bool:
    """Say whether a duty is this worker's: by role, by chapter, or as the author. A manager's are all."""
    if worker.is_manager or not due.owner:
        return True
    match due.owner:
        case "author":  # of a draft, and only own drafts are looked at
            return True
        case "chapter author":
            return due.about in ("", worker.chapter)
    return due.owner.casefold() in worker.role.casefold()


def in_order(dues: Iterable[Due], today: date) -> tuple[Due, ...]:
    """Return them as they press: what is late by law, then late about a child, then the rest of what is late;
    then today's in the same order; then day by day."""

    def place(due: Due) -> tuple[int, date, int, date, str, str]:
        part = 0 if due.on < today else 1 if due.on == today else 2
        return (part, date.min if part < 2 else due.on, due.presses, due.on, due.who, due.what)

    return tuple(sorted(dues, key=place))
