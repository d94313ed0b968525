"""Checks of the children in need census that cost nothing at the desk and much at the office.

Each looks at one child's dates as they stand while somebody is typing: what is not there yet is no finding. A
finding is never a reason not to save. "must" is an error of the census, "look" a query of it, or a rule for a
whole year that one laptop cannot be sure of.

Source: the children in need census, England, as enforced by the open validator
data-to-insight/csc-validator-be-cin (1bf6f22). Its codes are kept. Two rules of the validator look within one
census year; here they look at every date given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product
from typing import Literal

from workbook_desktop.domain.code_lists import CodeList
from workbook_desktop.domain.dates import day_name, long_date

_SATURDAY = 5
_LONGEST_BEFORE_BIRTH = 280  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A child in need plan or a child protection plan, from its first to its last day."""

    id: str
    start: date
    end: date | None = None
    reviews: tuple[date, ...] = ()  # conferences that reviewed a child protection plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A child and family assessment."""

    id: str
    start: date
    authorised: date | None = None
    factors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section47:
    """A section 47 enquiry, and the conference it led to. It is open until it has one, or none is needed."""

    id: str
    start: date
    conference_target: date | None = None
    conference: date | None = None
    conference_not_needed: bool = False

    @property
    def is_open(self) -> bool:
        """Say whether the enquiry is open, as the census sees it."""
        return self.conference is None and not self.conference_not_needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One child's time in need, from a referral to the closing of the case."""

    referral: date
    born: date | None = None
    expected: date | None = None
    closed: date | None = None
    conference: date | None = None  # an initial conference without a section 47 enquiry, such as a transfer
    cin_plans: tuple[Plan, ...] = ()
    cp_plans: tuple[Plan, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    enquiries: tuple[Section47, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule of the census that does not hold."""

    code: str  # of the census rule: "4001", "8897Q"
    words: str  # what is wrong and what to look at; no name
    severity: Literal["must", "look"]
    field: str  # the kind and the date: "cp_plan.start"
    record: str = ""  # the id of the plan, assessment or enquiry; "" for the episode


def findings(episode: Episode, factors: CodeList) -> tuple[Finding, ...]:
    """Return all findings about one child's episode, in the order of the checks."""
    return tuple(
        each
        for check in (
            referral_before_birth(episode),
            plans_side_by_side(episode),
            cin_plans_overlap(episode),
            cp_plan_starts_at_conference(episode),
            review_after_start(episode),
            assessment_after_referral(episode),
            one_assessment_at_a_time(episode),
            factors_fit(episode, factors),
            enquiry_after_referral(episode),
            one_enquiry_at_a_time(episode),
            conference_on_a_weekday(episode),
            nothing_after_closing(episode),
        )
        for each in check
    )


def referral_before_birth(episode: Episode) -> Iterator[Finding]:
    """8606: a referral is no earlier than 280 days before the birth, expected or not."""
    birth = episode.born or episode.expected
    if birth is not None and (birth - episode.referral).days > _LONGEST_BEFORE_BIRTH:
        what = "date of birth" if episode.born else "expected date of birth"
        yield _must(
            "8606",
            "referral",
            "",
            f"The referral of {long_date(episode.referral)} is more than 40 weeks before the {what}, "
            f"{long_date(birth)}. Check both dates.",
        )


def plans_side_by_side(episode: Episode) -> Iterator[Finding]:
    """4001, 4016, 4017: a child in need plan and a child protection plan never run together.

    One may start on the day the other ends.
    """
    for cin, cp in product(episode.cin_plans, episode.cp_plans):
        if cin.end is None and cp.end is None:
            code, field = "4001", "cin_plan.end"
            words = (
                f"The child in need plan of {long_date(cin.start)} and the child protection plan "
                f"of {long_date(cp.start)} are both open. End the one that no longer holds."
            )
        elif _starts_within(cin, cp):
            code, field = "4016", "cin_plan.start"
            words = (
                f"The child in need plan starts on {long_date(cin.start)}, during the child "
                f"protection plan of {_span(cp)}. It can start on the day that one ends."
            )
        elif _starts_within(cp, cin):
            code, field = "4017", "cin_plan.end"
            words = (
                f"The child protection plan starts on {long_date(cp.start)}, during the child in "
                f"need plan of {_span(cin)}. End that one on the same day."
            )
        else:
            continue
        yield _must(code, field, cin.id, words)


def cin_plans_overlap(episode: Episode) -> Iterator[Finding]:
    """4014: no child in need plan starts within another, nor on the day it ends."""
    for earlier, later in combinations(sorted(episode.cin_plans, key=lambda plan: plan.start), 2):
        if earlier.end is None or later.start <= earlier.end:
            yield _must(
                "4014",
                "cin_plan.start",
                later.id,
                f"The child in need plan of {long_date(later.start)} starts before the one of "
                f"{_span(earlier)} is over. Plans can follow each other from one day to the next.",
            )


def cp_plan_starts_at_conference(episode: Episode) -> Iterator[Finding]:
    """2885: a child protection plan starts on the day of the initial conference."""
    held = [each.conference for each in episode.enquiries if each.conference is not None]
    if episode.conference is not None:
        held.append(episode.conference)
    for plan in episode.cp_plans:
        if held and plan.start not in held:
            nearest = min(held, key=lambda day: abs((day - plan.start).days))
            yield _must(
                "2885",
                "cp_plan.start",
                plan.id,
                f"The child protection plan starts on {long_date(plan.start)}, and the initial "
                f"conference was on {long_date(nearest)}. They must be the same day.",
            )


def review_after_start(episode: Episode) -> Iterator[Finding]:
    """8841: a review is later than the start of its plan."""
    for plan in episode.cp_plans:
        for review in plan.reviews:
            if review <= plan.start:
                yield _must(
                    "8841",
                    "cp_plan.reviews",
                    plan.id,
                    f"The review of {long_date(review)} is not after the start of the plan, "
                    f"{long_date(plan.start)}.",
                )


def assessment_after_referral(episode: Episode) -> Iterator[Finding]:
    """1103: an assessment does not start before the referral."""
    for each in episode.assessments:
        if each.start < episode.referral:
            yield _before_referral("1103", "assessment", each.start, each.id, episode)


def enquiry_after_referral(episode: Episode) -> Iterator[Finding]:
    """2889: a section 47 enquiry does not start before the referral."""
    for each in episode.enquiries:
        if each.start < episode.referral:
            yield _before_referral("2889", "section 47 enquiry", each.start, each.id, episode)


def one_assessment_at_a_time(episode: Episode) -> Iterator[Finding]:
    """8896: only one assessment of an episode is open."""
    unfinished = sorted((e for e in episode.assessments if e.authorised is None), key=lambda e: e.start)
    for later in unfinished[1:]:
        yield _must(
            "8896",
            "assessment.authorised",
            later.id,
            f"The assessment of {long_date(unfinished[0].start)} is not authorised yet, so a second "
            f"one cannot be open from {long_date(later.start)}.",
        )


def one_enquiry_at_a_time(episode: Episode) -> Iterator[Finding]:
    """8839, 8890: only one section 47 enquiry of an episode is open, and none starts during another."""
    for earlier, later in combinations(sorted(episode.enquiries, key=lambda each: each.start), 2):
        if earlier.is_open and later.is_open:
            yield _must(
                "8839",
                "enquiry.conference",
                later.id,
                f"The section 47 enquiries of {long_date(earlier.start)} and {long_date(later.start)} "
                "are both open. Enter the conference of one, or that none is needed.",
            )
        elif earlier.is_open or (earlier.conference is not None and later.start <= earlier.conference):
            yield _must(
                "8890",
                "enquiry.start",
                later.id,
                f"The section 47 enquiry of {long_date(later.start)} starts while the one of "
                f"{long_date(earlier.start)} is still going on.",
            )


def factors_fit(episode: Episode, factors: CodeList) -> Iterator[Finding]:
    """8614, 8897Q, 8869 and the list itself: factors stand on an authorised assessment, and 21 alone.

    To the census 8614 is an error; while a worker chooses factors for a manager to authorise, it is usual.
    """
    for each in episode.assessments:
        if each.factors and each.authorised is None:
            yield _factors(
                each, "8614", "look", "The census takes factors only once the assessment is authorised."
            )
        if not each.factors and each.authorised is not None:
            yield _factors(
                each, "8897Q", "look", "Choose the factors that were found, or that there were none."
            )
        for code, why in factors.wrong(each.factors):
            label = f"{code} ({factors.label(code)})" if factors.label(code) != code else code
            match why:
                case "not-with-others":
                    yield _factors(each, "8869", "must", f"{label} cannot be chosen together with others.")
                case "retired":
                    yield _factors(each, "8897Q", "look", f"{code} is no longer used. Choose again.")
                case "unknown":
                    yield _factors(each, "8897Q", "must", f"{code} is no factor of the census. Choose again.")
                case "twice":
                    yield _factors(each, "8897Q", "look", f"{label} was chosen twice.")


def conference_on_a_weekday(episode: Episode) -> Iterator[Finding]:
    """8875, 8870Q: no initial conference is held on a weekend, and none is meant to be."""
    for each in episode.enquiries:
        if each.conference is not None and each.conference.weekday() >= _SATURDAY:
            yield _weekend("8875", "was on", each.conference, "must", "enquiry.conference", each.id)
        if each.conference_target is not None and each.conference_target.weekday() >= _SATURDAY:
            target = each.conference_target
            yield _weekend("8870Q", "is meant for", target, "look", "enquiry.conference_target", each.id)
    if episode.conference is not None and episode.conference.weekday() >= _SATURDAY:
        yield _weekend("8875", "was on", episode.conference, "must", "conference", "")


def nothing_after_closing(episode: Episode) -> Iterator[Finding]:
    """8565: nothing is dated after the case was closed."""
    if episode.closed is None:
        return
    for what, field, record, day in _dates(episode):
        if day is not None and day > episode.closed:
            yield _must(
                "8565",
                field,
                record,
                f"{what} is dated {long_date(day)}, after the case was closed on "
                f"{long_date(episode.closed)}.",
            )


def _must(code: str, field: str, record: str, words: str) -> Finding:
    return Finding(code=code, words=words, severity="must", field=field, record=record)


def _dates(episode: Episode) -> Iterable[tuple[str, str, str, date | None]]:
    for assessment in episode.assessments:
        yield "The start of the assessment", "assessment.start", assessment.id, assessment.start
        yield (
            "The authorising of the assessment",
            "assessment.authorised",
            assessment.id,
            assessment.authorised,
        )
    for enquiry in episode.enquiries:
        yield "The start of the section 47 enquiry", "enquiry.start", enquiry.id, enquiry.start
        yield "The initial conference", "enquiry.conference", enquiry.id, enquiry.conference
    yield "The initial conference", "conference", "", episode.conference
    for plan in episode.cp_plans:
        # The census asks for the end alone here; a start after closing is no less wrong.
        yield "The start of the child protection plan", "cp_plan.start", plan.id, plan.start
        yield "The end of the child protection plan", "cp_plan.end", plan.id, plan.end
    for plan in episode.cin_plans:
        yield "The start of the child in need plan", "cin_plan.start", plan.id, plan.start
        yield "The end of the child in need plan", "cin_plan.end", plan.id, plan.end


def _starts_within(plan: Plan, other: Plan) -> bool:
    return plan.start >= other.start and (other.end is None or plan.start < other.end)


def _span(plan: Plan) -> str:
    if plan.end is None:
        return f"{long_date(plan.start)}, which is still open"
    return f"{long_date(plan.start)} to {long_date(plan.end)}"


def _before_referral(code: str, what: str, start: date, record: str, episode: Episode) -> Finding:
    field = f"{'assessment' if what == 'assessment' else 'enquiry'}.start"
    words = f"The {what} starts on {long_date(start)}, before the referral of {long_date(episode.referral)}."
    return _must(code, field, record, words)


def _factors(each: Assessment, code: str, severity: Literal["must", "look"], words: str) -> Finding:
    return Finding(code=code, words=words, severity=severity, field="assessment.factors", record=each.id)


def _weekend(
    code: str, verb: str, day: date, severity: Literal["must", "look"], field: str, record: str
) -> Finding:
    return Finding(
        code=code,
        words=f"The initial conference {verb} {day_name(day)} {long_date(day)}, which is on a weekend. "
        "Check the date.",
        severity=severity,
        field=field,
        record=record,
    )
