"""What records give, as the lines of a family's file: chronology, open actions, chapter. Pure.

Every line says which record it comes from: it is shown elsewhere, never written elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from workbook_desktop.domain.ids import PersonId, RecordId, WorkerId
from workbook_desktop.domain.outputs import DATED, Given, words_of
from workbook_desktop.domain.people import Family
from workbook_desktop.domain.timescales import Fact, Happening
from workbook_desktop.workspace.chronology import when_of
from workbook_desktop.workspace.views import ChapterLine, ChronologyEntry, OpenAction

# How an action ends, as forms code it or say it. Whatever else its status says, it is still open.
_ENDED = frozenset(
    ("done", "completed", "complete", "closed", "stopped", "dropped", "cancelled", "no-longer-needed")
)

_LONG = timedelta(weeks=4)
_NO_FACTS = frozenset(("kind", "child", "people", "person", "for", DATED))  # said by the happening itself
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The record that gives a line."""

    record: RecordId
    kind: str  # "Home visit"
    by: str  # a name, or "you"
    on: date | None
    chapter: str
    sent: bool  # False: signed on this laptop, and not at the office yet
    form: str = ""  # its id
    role: str = ""  # of whom recorded it
    signed_off: bool = True
    signed_on: date | None = None
    said_on: date | None = None  # when it was signed, or else changed last
    is_plan: bool = False
    author: WorkerId | None = None


def chronology_of(found: Iterable[tuple[Source, Given]], family: Family) -> tuple[ChronologyEntry, ...]:
    """Return the chronology, newest first; what has no day stands last."""
    lines = [
        ChronologyEntry(
            on=given.date,
            headline=given.text("headline") or source.kind,
            category=given.text("category"),
            people=given.people,
            names=_names(given.people, family),
            impact=given.text("impact"),
            outcome=given.text("outcome"),
            source=given.text("source"),
            record=source.record,
            kind=source.kind,
            by=source.by,
            sent=source.sent,
            dated=_said_roughly(given),
        )
        for source, given in found
        if given.kind == "chronology"
    ]
    return tuple(sorted(lines, key=lambda line: line.on or date.min, reverse=True))


def _said_roughly(given: Given) -> str:
    when = when_of(given.date, given.dated)
    return when.words if when is not None and given.dated else ""


def actions_of(found: Iterable[tuple[Source, Given]], family: Family, today: date) -> tuple[OpenAction, ...]:
    """Return what is agreed and not done, the earliest first; what has no day, and steps long past, last.

    A record that says how an earlier action went gives it again, with the earlier one's id as its part
    ``of``: what was said last holds. The plan itself, in which several write for months, says it on the day
    it was changed last: what it calls done is done, whatever a visit said before.
    """
    agreed: dict[str, tuple[Source, Given]] = {}
    went: dict[str, list[tuple[Source, Given]]] = {}
    found = [(source, each) for source, each in found if each.kind == "action"]
    replaced = _replaced(found)
    for source, each in found:
        if source.record in replaced:
            continue
        of = _named_now(each.text("of"), replaced)
        if of:
            went.setdefault(of, []).append((source, each))
        else:
            agreed[action_id(source.record, each)] = (source, each)
    _join_equals(agreed, went)
    lines = [
        line
        for id_ in dict.fromkeys((*agreed, *went))
        if (line := _open_action(id_, agreed.get(id_), went.get(id_, []), family, today)) is not None
    ]
    return tuple(sorted(lines, key=lambda line: (_is_long_past(line, today), line.by or date.max, line.what)))


def _join_equals(
    agreed: dict[str, tuple[Source, Given]], went: dict[str, list[tuple[Source, Given]]]
) -> None:
    """Let what was agreed anew, in the same words for the same people by the same day, stand for what was
    agreed before; of how that went, what was said since the new one was agreed holds.

    "Bea Linnet, within the week" is Bea Linnet. The rows of a plan are told apart by the plan itself.
    """
    newest: dict[tuple[object, ...], str] = {}
    for id_, (source, each) in list(agreed.items()):
        what = " ".join(each.text("what").casefold().split())
        if source.is_plan or not what:
            continue
        who = each.text("who").partition(",")[0].casefold().strip()
        key = (what, who, _day(each.parts.get("by")), frozenset(each.people))
        before = newest.get(key)
        newest[key] = id_
        if before is None or before == id_:
            continue
        del agreed[before]
        later = [pair for pair in went.pop(before, []) if (pair[0].on or date.min) >= (source.on or date.min)]
        if later:
            went.setdefault(id_, []).extend(later)


def _replaced(found: Iterable[tuple[Source, Given]]) -> dict[RecordId, RecordId]:
    """Return the plans that a later version stands in place of, and which: its actions keep their rows."""
    return {
        RecordId(before): source.record
        for source, each in found
        if source.is_plan and (before := each.text("replaces"))
    }


def _named_now(of: str, replaced: Mapping[RecordId, RecordId]) -> str:
    """Return an action's name in the version of its plan that is in force."""
    record, _, rest = of.partition("/")
    for _ in replaced:  # never round and round
        if record not in replaced:
            break
        record = replaced[RecordId(record)]
    return f"{record}/{rest}" if of else ""


def _open_action(
    id_: str,
    agreed: tuple[Source, Given] | None,
    went: list[tuple[Source, Given]],
    family: Family,
    today: date,
) -> OpenAction | None:
    """Return an action by all that was said of it; None if it is done, or nothing says what it is."""
    # Signed on one day, the later record is the one whose id is later: ids begin with the moment.
    went.sort(key=lambda pair: (pair[0].on or date.min, pair[0].record, pair[1].number))
    said = [*([agreed] if agreed is not None else []), *went]
    last_source, last = said[-1]
    if _has_ended(last.parts.get("status")):
        return None
    if agreed is not None and agreed[0].is_plan and _has_ended(agreed[1].parts.get("status")):
        changed_on = agreed[0].said_on or agreed[0].on or date.max
        if changed_on >= (last_source.on or date.min):
            return None
    what = who = outcome = ""
    by: date | None = None
    people: tuple[PersonId, ...] = ()
    for _, each in said:
        what, who = each.text("what") or what, each.text("who") or who
        outcome = each.text("outcome") or outcome
        by, people = _day(each.parts.get("by")) or by, each.people or people
    if not what:
        return None
    source = said[0][0]  # that it was agreed in: it stays where it is
    return OpenAction(
        id=id_,
        what=what,
        who=who,
        by=by,
        overdue=by is not None and by < today,
        outcome=outcome,
        status=_in_words(last.text("status")),
        people=people,
        names=_names(people, family),
        record=source.record,
        kind=source.kind,
        agreed_on=source.on,
        sent=last_source.sent,
        of_plan=source.is_plan,
    )


def _is_long_past(line: OpenAction, today: date) -> bool:
    """Say whether a visit's next step is so late that it hides what is to be done now: it stands last.

    Nobody is asked about such steps again, so many were done and never said to be. The plan's are.
    """
    return not line.of_plan and line.by is not None and line.by < today - _LONG


def plan_actions_of(
    found: Iterable[tuple[Source, Given]], family: Family, today: date
) -> tuple[tuple[date, bool], ...]:
    """Return, of each action of a plan that has a day: the day, and whether it has ended.

    An action stands in the plan in force, or else in the last version that had it: the next one is drafted
    from what is still open, so what it does not have is done or no longer needed.
    """
    listed = [(source, each) for source, each in found if each.kind == "action"]
    replaced = _replaced(listed)
    has = {(source.record, each.key) for source, each in listed if source.is_plan}
    still_open = {line.id: line for line in actions_of(listed, family, today)}
    days = []
    for source, each in listed:
        after = replaced.get(source.record)
        if not source.is_plan or each.text("of") or (after, each.key) in has:
            continue
        line = still_open.get(action_id(source.record, each)) if after is None else None
        by = line.by if line is not None else _day(each.parts.get("by"))
        if by is not None and each.text("what"):
            days.append((by, line is None))
    return tuple(days)


def action_id(record: RecordId, given: Given) -> str:
    """Return the name of an action, the same on every laptop."""
    return f"{record}/{given.key}"


def chapter_lines_of(
    found: Iterable[tuple[Source, Given]], family: Family, chapter: str | None = None
) -> tuple[ChapterLine, ...]:
    """Return the lines of a chapter, or of all of them, newest first."""
    lines = [
        ChapterLine(
            on=given.date,
            chapter=given.text("chapter") or source.chapter,
            headline=given.text("headline") or source.kind,
            change=given.text("change"),
            impact=given.text("impact"),
            attended=given.text("attended"),
            module=given.text("module"),
            people=given.people,
            names=_names(given.people, family),
            record=source.record,
            kind=source.kind,
            by=source.by,
            sent=source.sent,
        )
        for source, given in found
        if given.kind == "chapter"
    ]
    kept = [line for line in lines if chapter is None or line.chapter == chapter]
    return tuple(sorted(kept, key=lambda line: line.on or date.min, reverse=True))


def happenings_of(found: Iterable[tuple[Source, Given]]) -> tuple[Happening, ...]:
    """Return what clocks look at, oldest first: once for each child it is about, and once for the family.

    Whoever recorded it is known from the record: on another laptop the worker is another.
    """
    happened = []
    for source, given in found:
        kind = given.text("kind")
        if given.kind != "happening" or not kind or given.date is None:
            continue
        facts = {
            _snake(name): fact
            for name, value in given.parts.items()
            if name not in _NO_FACTS and (fact := _fact(value)) is not None
        }
        if source.role:
            facts["author_role"] = source.role
        facts.setdefault("chapter", source.chapter)
        happened += [
            Happening(
                kind=kind,
                on=given.date,
                child=child,
                record=source.record,
                signed_off=source.signed_off,
                signed_on=source.signed_on,
                sent=source.sent,
                facts=facts,
            )
            for child in (*given.people, None)
        ]
    return tuple(sorted(happened, key=lambda each: each.on))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _fact(value: Any) -> Fact | None:
    if isinstance(value, Mapping):
        value = value.get("code") or value.get("display")
    if isinstance(value, str) and _DAY.fullmatch(value):
        return _day(value)
    return value if isinstance(value, str | int | bool) else None


def _names(people: Iterable[PersonId], family: Family) -> tuple[str, ...]:
    return tuple(person.name for each in people if (person := family.person(each)) is not None)


def _in_words(status: str) -> str:
    """Return a status as it is read: a form may give its code ("on-track")."""
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", status):
        return status
    return status.replace("-", " ").capitalize()


def _has_ended(status: Any) -> bool:
    code = status.get("code") if isinstance(status, Mapping) else None
    return str(code or words_of(status)).strip().casefold().replace(" ", "-") in _ENDED


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:  # a month or a year: it is no day to be late on
        return None
