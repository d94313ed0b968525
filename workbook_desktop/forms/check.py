"""What stands in the way of signing off. Saving is never refused for any of it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from workbook_desktop.domain import identifiers, paths
from workbook_desktop.domain.dates import long_date
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body, Empty, Value, comparable
from workbook_desktop.forms import patterns
from workbook_desktop.forms.definition import Form, Item, Kind, Rule
from workbook_desktop.forms.draft import is_unconfirmed
from workbook_desktop.forms.rules import order
from workbook_desktop.forms.workings import NOWHERE, Surroundings, Workings

# Codes of problems that say only that something is not there yet: no fault in what was written.
MISSING = frozenset({"required", "row-required", "too-few", "not-confirmed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A reason not to sign off yet (``"must"``), or to look again (``"look"``). `words` says it."""

    path: FieldPath  # of the answer, or of the repeating item
    link_id: LinkId
    code: str
    facts: Mapping[str, str | int] = field(
        default_factory=dict
    )  # limits, counts, the form's own words; no answer
    severity: Literal["must", "look"] = "must"


def problems(
    form: Form, body: Body, shown: Workings | None = None, surroundings: Surroundings = NOWHERE
) -> tuple[Problem, ...]:
    """Return the problems of a record in the order of its form, then those of the form as a whole.

    Args:
        shown: what shows, if it is known already; else it is worked out. What does not show is not checked.
        surroundings: what formulas may ask, if `shown` is not given.
    """
    workings = shown or Workings(form, body, surroundings)
    return (*problems_of(form.items, workings.body, workings), *form_problems(workings))


def form_problems(shown: Workings) -> tuple[Problem, ...]:
    """Return the rules of the form as a whole that do not hold, each at the first question it asks."""
    plan, form = shown.plan, shown.form
    found = []
    for rule in shown.broken_form_rules():
        use = plan.rule(rule, None)
        reads = use.reads if use is not None else frozenset()
        asked = sorted(
            (each for each in reads if form.by_link_id[each].is_question), key=plan.structure.rank.__getitem__
        )
        places = (FieldPath(link) for link in asked if shown.shown(paths.child(paths.ROOT, link)))
        link = next((paths.link_id(each) for each in places), form.items[0].link_id)
        found.append(_broken(rule, paths.child(paths.ROOT, link), link))
    return tuple(found)


def problems_of(items: Iterable[Item], body: Body, shown: Workings) -> tuple[Problem, ...]:
    """Return the problems of some top-level items."""
    found: list[Problem] = []

    def visit(inside: Iterable[Item], row: FieldPath) -> None:
        for item in inside:
            path = paths.child(row, item.link_id)
            if item.kind is Kind.DISPLAY or not shown.shown(path):
                continue
            found.extend(_broken(rule, at, item.link_id) for rule, at in shown.broken_rules(item, row))
            if not item.has_rows:
                if item.is_question and not item.is_worked_out:
                    known = _as_it_stands(item, path, shown)
                    found.extend(_answer_problems(known, path, body.answers.get(path)))
                visit(item.items, row)
                continue
            rows = shown.rows(row, item.link_id)
            found.extend(_occurs(item, path, len(rows)))
            for each in rows:
                if item.is_question:
                    own = paths.child(each, item.link_id)
                    found.extend(_one_answer(item, own, body.answers.get(own), required=True))
                visit(item.items, each)

    visit(items, paths.ROOT)
    return tuple(found)


def _broken(rule: Rule, path: FieldPath, link: LinkId) -> Problem:
    return Problem(
        path=path,
        link_id=link,
        code="rule",
        facts={"words": rule.words, "key": rule.key},
        severity=rule.severity,
    )


def _as_it_stands(item: Item, path: FieldPath, shown: Workings) -> Item:
    """Return the item with the options and limits that formulas give it in this record."""
    if item.choices is None and item.least is None and item.most is None:
        return item
    least, most = shown.limits(path)
    limits = replace(item.limits, min_value=least, max_value=most)
    return replace(item, options=shown.options(path), limits=limits)


def _occurs(item: Item, path: FieldPath, count: int) -> Iterator[Problem]:
    least = max(item.limits.min_occurs or 0, 1 if item.required else 0)
    if count == 0 and least:
        yield _problem(item, path, "row-required")
    elif count < least:
        yield _problem(item, path, "too-few", least=least)
    most = item.limits.max_occurs
    if most is not None and count > most:
        yield _problem(item, path, "too-many", most=most)


def _answer_problems(item: Item, path: FieldPath, answer: Answer | None) -> Iterator[Problem]:
    if not item.several or answer is None or answer.value is None:
        yield from _one_answer(item, path, answer, required=item.required or bool(item.limits.min_occurs))
        return
    values = answer.value
    if not isinstance(values, list):
        yield _problem(item, path, "wrong-kind")
        return
    least = item.limits.min_occurs or 0
    if len(values) < least:
        yield _problem(item, path, "too-few", least=least)
    most = item.limits.max_occurs
    if most is not None and len(values) > most:
        yield _problem(item, path, "too-many", most=most)
    chosen = [str(comparable([value])) for value in values]
    if item.kind in _SELECT and len(set(chosen)) < len(chosen):
        yield _problem(item, path, "chosen-twice")
    if len(values) > 1 and any(_alone(item, value) for value in values):
        yield _problem(item, path, "not-with-others")
    for value in values:
        yield from _value_problems(item, path, value)
    if is_unconfirmed(answer):
        yield _unconfirmed(item, path)


def _one_answer(item: Item, path: FieldPath, answer: Answer | None, *, required: bool) -> Iterator[Problem]:
    if answer is None or answer.empty is Empty.CLEARED:
        if required and not item.read_only:
            yield _problem(item, path, "required")
        return
    if answer.empty is not None:
        if required and answer.empty not in item.may_be_empty:
            yield _problem(item, path, "required")
    elif isinstance(answer.value, str) and not answer.value.strip():
        if required:
            yield _problem(item, path, "required")
    else:
        yield from _value_problems(item, path, answer.value)
    if is_unconfirmed(answer):
        yield _unconfirmed(item, path)


def _unconfirmed(item: Item, path: FieldPath) -> Problem:
    if item.confirm_each_time:
        return _problem(item, path, "not-confirmed")
    return Problem(path=path, link_id=item.link_id, code="copied", severity="look")


def _value_problems(item: Item, path: FieldPath, value: Value) -> Iterator[Problem]:
    wrong = fits(item, value)
    if wrong:
        yield _problem(item, path, wrong)
        return
    limits = item.limits
    if isinstance(value, str) and item.kind in (Kind.STRING, Kind.TEXT, Kind.URL, Kind.OPEN_CHOICE):
        if limits.max_length is not None and len(value) > limits.max_length:
            yield _problem(item, path, "too-long", most=limits.max_length, now=len(value))
        if limits.min_length is not None and len(value) < limits.min_length:
            yield _problem(item, path, "too-short", least=limits.min_length)
        if limits.pattern is not None and not _matches(limits.pattern, value):
            yield _problem(item, path, "not-as-asked")
    if limits.min_value is not None and _compared(item, value, limits.min_value) < 0:
        yield _problem(item, path, "too-small", least=limits.min_value)
    if limits.max_value is not None and _compared(item, value, limits.max_value) > 0:
        yield _problem(item, path, "too-large", most=limits.max_value)
    if limits.max_decimal_places is not None:
        number = _number(value.get("value") if isinstance(value, Mapping) else value)
        places = -int(number.as_tuple().exponent) if number is not None else 0
        if places > limits.max_decimal_places:
            yield _problem(item, path, "too-many-decimals", most=limits.max_decimal_places)
    if item.identifier is not None and isinstance(value, str):
        said = identifiers.words(identifiers.checked(item.identifier, value))
        if said:  # a number read out wrongly is still what was read out: it is said, and stands in no way
            facts: dict[str, str | int] = {"words": f"{said}.", "key": str(item.identifier)}
            yield Problem(path=path, link_id=item.link_id, code="rule", facts=facts, severity="look")
    if item.kind is Kind.QUANTITY and item.units and not (value.get("unit") or value.get("code")):
        yield _problem(item, path, "unit-missing")
    if item.kind is Kind.ATTACHMENT:
        yield from _attachment_problems(item, path, value)


def _compared(item: Item, value: Value, limit: str) -> int:
    if item.kind is Kind.QUANTITY:
        return order(value.get("value"), limit, Kind.DECIMAL) or 0
    return order(value, limit, item.kind) or 0


def fits(item: Item, value: Value) -> str:
    """Return the code of what is wrong with a value's kind, or ``""`` if it is as the question wants it."""
    match item.kind:
        case Kind.BOOLEAN:
            return "" if isinstance(value, bool) else "wrong-kind"
        case Kind.INTEGER:
            whole = isinstance(value, int) and not isinstance(value, bool)
            return "" if whole else "not-a-whole-number"
        case Kind.DECIMAL:
            return "" if _number(value) is not None and isinstance(value, str) else "not-a-number"
        case Kind.DATE:
            return _date_fits(item, value)
        case Kind.DATE_TIME:
            return "" if isinstance(value, str) and _moment(value) else "not-a-date-and-time"
        case Kind.TIME:
            return "" if isinstance(value, str) and _time(value) else "not-a-time"
        case Kind.CHOICE:
            return "" if _offered(item, value) else "not-offered"
        case Kind.OPEN_CHOICE:
            return "" if isinstance(value, str) or _offered(item, value) else "not-offered"
        case Kind.QUANTITY:
            if not isinstance(value, Mapping):
                return "wrong-kind"
            return "" if _number(value.get("value")) is not None else "not-a-number"
        case Kind.REFERENCE:
            named = isinstance(value, Mapping) and (value.get("reference") or value.get("display"))
            return "" if named else "wrong-kind"
        case Kind.ATTACHMENT:
            return "" if isinstance(value, Mapping) else "wrong-kind"
        case Kind.URL:
            return (
                "" if isinstance(value, str) and re.match(r"[A-Za-z][\w+.-]*:\S+$", value) else "not-a-link"
            )
        case _:
            return "" if isinstance(value, str) else "wrong-kind"


def _date_fits(item: Item, value: Value) -> str:
    if not isinstance(value, str):
        return "not-a-date"
    precision = {4: "year", 7: "month", 10: "day"}.get(len(value))
    try:
        date.fromisoformat(value + "-01-01"[: 10 - len(value)] if len(value) == 4 else (value + "-01")[:10])
    except ValueError:
        return "not-a-date"
    if precision is None or not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", value):
        return "not-a-date"
    return "" if precision in item.precisions else "date-not-whole"


def _moment(text: str) -> bool:
    try:
        return len(text) > 10 and datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def _time(text: str) -> bool:
    try:
        return (
            re.fullmatch(r"\d\d:\d\d(:\d\d(\.\d+)?)?", text) is not None
            and time.fromisoformat(text) is not None
        )
    except ValueError:
        return False


def _offered(item: Item, value: Value) -> bool:
    said = comparable(value)
    return any(comparable(option.value) == said for option in item.options)


def _alone(item: Item, value: Value) -> bool:
    said = comparable(value)
    return any(option.exclusive and comparable(option.value) == said for option in item.options)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _matches(pattern: str, value: str) -> bool:
    found = patterns.compiled(pattern)
    if found is None:
        return True
    if patterns.longest_text(pattern) < len(value) <= patterns.LONGEST:
        return True  # too long for so heavy a pattern: what is not checked is not held against anybody
    return len(value) <= patterns.LONGEST and found.fullmatch(value) is not None


def _attachment_problems(item: Item, path: FieldPath, value: Mapping[str, Any]) -> Iterator[Problem]:
    allowed = item.limits.media_types
    kind = str(value.get("contentType", ""))
    if allowed and not any(
        each in (kind, "*/*") or (each.endswith("/*") and kind.startswith(each[:-1])) for each in allowed
    ):
        yield _problem(item, path, "wrong-file-type")
    size = value.get("size")
    if not isinstance(size, int):
        try:
            size = len(base64.b64decode(str(value.get("data", "")), validate=True))
        except (binascii.Error, ValueError):
            size = 0
    if item.limits.max_size is not None and size > item.limits.max_size:
        yield _problem(item, path, "file-too-large", most=item.limits.max_size // 1024)


def _problem(item: Item, path: FieldPath, code: str, **facts: str | int) -> Problem:
    return Problem(path=path, link_id=item.link_id, code=code, facts=facts)


_LONG = 90  # letters of a question that is no longer quoted whole
_SELECT = (Kind.CHOICE, Kind.OPEN_CHOICE, Kind.BOOLEAN, Kind.REFERENCE)


def words(problem: Problem, item: Item, about: str = "") -> str:
    """Say a problem in plain English, and what to do.

    Args:
        about: whose row or which row it is ("Maisie", "Action 2"), put in front.
    """
    said = _words(problem, item, f"“{asked(item)}”")
    return f"{about}: {said[0].lower()}{said[1:]}" if about else said


def asked(item: Item) -> str:
    """Return a question as it stands on the page; one that is very long by its short name."""
    if item.has_rows:
        return item.called or "this question"
    text = item.text if (item.text and len(item.text) <= _LONG) or not item.short_text else item.short_text
    return text.strip().rstrip(":.*").strip() or "this question"


def _words(problem: Problem, item: Item, label: str) -> str:
    facts = problem.facts
    match problem.code:
        case "rule":
            return str(facts["words"])
        case "required":
            verb = "Choose" if item.kind in _SELECT else "Enter"
            if item.kind is Kind.BOOLEAN or label.rstrip("”").endswith(("?", "…")):
                verb = "Answer"
            if item.kind is Kind.ATTACHMENT:
                verb = "Add a file for"
            return f"{verb} {label}{', or say why not' if item.may_be_empty else ''}"
        case "row-required":
            return f"Add at least one under {label}"
        case "too-few":
            return f"{label} needs at least {facts['least']}"
        case "too-many":
            return f"{label} can have at most {facts['most']}"
        case "too-long":
            return f"Shorten {label}: it has {facts['now']} characters, and {facts['most']} are allowed"
        case "too-short":
            return f"Say more in {label}: at least {facts['least']} characters"
        case "too-small":
            bound = "on or after" if item.kind in (Kind.DATE, Kind.DATE_TIME) else "or more"
            return _bounded(label, bound, str(facts["least"]), item)
        case "too-large":
            bound = "on or before" if item.kind in (Kind.DATE, Kind.DATE_TIME) else "or less"
            return _bounded(label, bound, str(facts["most"]), item)
        case "too-many-decimals":
            return f"{label} can have at most {facts['most']} decimal places"
        case "not-a-whole-number":
            return f"{label} must be a whole number, such as 3"
        case "not-a-number":
            return f"{label} must be a number, such as 12.5"
        case "not-a-date":
            return f"{label} must be a date, such as 27 3 2026"
        case "date-not-whole":
            return f"{label} must be a whole date: day, month and year"
        case "not-a-date-and-time":
            return f"{label} must be a date and a time"
        case "not-a-time":
            return f"{label} must be a time, such as 14:30"
        case "not-offered":
            return f"Choose again in {label}: the answer there is not one of those offered"
        case "not-with-others":
            return f"In {label}, an answer that stands alone was chosen together with others"
        case "chosen-twice":
            return f"In {label}, the same answer was chosen twice"
        case "not-as-asked":
            hint = f", such as {item.prompt}" if item.prompt else ""
            return f"{label} is not in the form asked for{hint}"
        case "not-a-link":
            return f"{label} must be an address, such as https://example.org"
        case "unit-missing":
            return f"Choose a unit for {label}"
        case "file-too-large":
            return f"The file in {label} is too large: at most {facts['most']} KB"
        case "wrong-file-type":
            return f"The file in {label} is of a type that is not allowed"
        case "not-confirmed":
            return f"Check {label} and confirm it: it was copied or filled in"
        case "copied":
            return f"{label} was copied: read it again before signing off"
        case _:
            return f"Answer {label} again: what stands there is not of the right kind"


def _bounded(label: str, bound: str, limit: str, item: Item) -> str:
    if item.kind in (Kind.DATE, Kind.DATE_TIME):
        with suppress(ValueError):  # a month or a year is said as it stands
            limit = long_date(date.fromisoformat(limit))
        return f"{label} must be {bound} {limit}"
    return f"{label} must be {limit} {bound}"
