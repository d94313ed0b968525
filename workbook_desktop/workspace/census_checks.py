"""What a record would do to the census, said while it is checked: a child's episode with it and without.

Only what this record brings is said. It is never a reason not to send: the office may know what this laptop
does not. Factors of an assessment are checked by its form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from workbook_desktop.domain.census import Assessment, Episode, Finding, Plan, Section47, findings
from workbook_desktop.domain.code_lists import CodeList, code_lists_of
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.people import Person
from workbook_desktop.domain.timescales import Happening
from workbook_desktop.paths import resource

_BY_THE_FORM = frozenset(("8614", "8897Q", "8869"))  # factors
_CONFERENCES = ("icpc", "transfer-conference")


@dataclass(frozen=True, slots=True, kw_only=True)
class CensusCheck:
    """One thing to look at; `who` is a name, to be shown where several children are concerned."""

    who: str
    words: str
    must: bool  # the census refuses it; otherwise it asks


def checks_of(
    record: RecordId,
    children: Iterable[Person],
    happenings: Sequence[Happening],
    factors: CodeList,
) -> tuple[CensusCheck, ...]:
    """Return what a record brings that the census would refuse or ask about.

    Args:
        happenings: of the children's family; of drafts only this record's own are looked at.
    """
    counted = [each for each in happenings if each.signed_off or each.record == record]
    before = [each for each in counted if each.record != record]
    found = []
    for child in children:
        theirs = [each for each in counted if each.child == child.id]
        with_it = _found(child, theirs, factors)
        without = {
            (each.code, each.words)
            for each in _found(child, [each for each in before if each.child == child.id], factors)
        }
        found += [
            CensusCheck(who=child.name, words=each.words, must=each.severity == "must")
            for each in with_it
            if (each.code, each.words) not in without and each.code not in _BY_THE_FORM
        ]
    return tuple(found)


@cache
def code_list(name: str) -> CodeList:
    """Return a shipped list of codes by its name."""
    data = json.loads(resource("rules", "code-lists.json").read_text(encoding="utf-8"))
    return code_lists_of(data)[name]


def _found(child: Person, theirs: Sequence[Happening], factors: CodeList) -> tuple[Finding, ...]:
    episode = episode_of(child, theirs)
    return findings(episode, factors) if episode is not None else ()


def episode_of(child: Person, happenings: Iterable[Happening]) -> Episode | None:
    """Return a child's time in need from its last referral on; None without one."""
    theirs = sorted(happenings, key=lambda each: each.on)
    referrals = [each.on for each in theirs if each.kind == "referral"]
    if not referrals:
        return None
    # What is dated before the last referral may be of it all the same: that is what the census asks. It is of
    # an earlier one if there was an earlier one, and belongs to that.
    since = referrals[-1] if len(referrals) > 1 else date.min
    ours = [each for each in theirs if each.on >= since]
    enquiries = _enquiries(ours)
    conferences = [each.on for each in ours if each.kind in _CONFERENCES]
    closed = [each.on for each in ours if each.kind == "case-closed" and each.on >= referrals[-1]]
    return Episode(
        referral=referrals[-1],
        born=child.birth_date,
        expected=child.expected_birth_date,
        closed=closed[0] if closed else None,
        conference=conferences[0] if conferences and not enquiries else None,
        cin_plans=_plans(ours, "cin"),
        cp_plans=_plans(ours, "cp"),
        assessments=_assessments(ours),
        enquiries=enquiries,
    )


def _plans(ours: Sequence[Happening], plan: str) -> tuple[Plan, ...]:
    found: list[Plan] = []
    # Of one day an end comes first: the next plan begins on the day the last one ends.
    for each in sorted(ours, key=lambda each: (each.on, each.kind != "plan-ended")):
        is_open = bool(found) and found[-1].end is None
        if each.kind == "plan-started" and each.facts.get("plan") == plan and not is_open:
            found.append(Plan(id=each.record or "", start=each.on))
        elif each.kind == "plan-ended" and each.facts.get("plan") == plan and is_open:
            found[-1] = replace(found[-1], end=each.on)
        elif each.kind == "review-conference" and plan == "cp" and is_open:
            found[-1] = replace(found[-1], reviews=(*found[-1].reviews, each.on))
    return tuple(found)


def _assessments(ours: Sequence[Happening]) -> tuple[Assessment, ...]:
    authorised = {each.record: each.on for each in ours if each.kind == "assessment-authorised"}
    return tuple(
        Assessment(id=each.record or "", start=each.on, authorised=authorised.get(each.record))
        for each in ours
        if each.kind == "assessment-started"
    )


def _enquiries(ours: Sequence[Happening]) -> tuple[Section47, ...]:
    ended = {each.record: each for each in ours if each.kind == "s47-ended"}
    started = [each for each in ours if each.kind == "strategy-discussion"]
    held = [each.on for each in ours if each.kind == "icpc"]
    found = []
    for number, each in enumerate(started):
        until = started[number + 1].on if number + 1 < len(started) else date.max
        end = ended.get(each.record)
        found.append(
            Section47(
                id=each.record or "",
                start=each.on,
                conference=next((day for day in held if each.on <= day < until), None),
                conference_not_needed=end is not None and end.facts.get("outcome") != "icpc",
            )
        )
    return tuple(found)
