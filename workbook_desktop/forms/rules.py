"""Rules for showing: what an item depends on, and whether one condition holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import LinkId
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Compare, Condition, Form, Item, Kind
from workbook_desktop.forms.expressions.amounts import Amount, comparable, measured
from workbook_desktop.forms.strict_json import number_text


class Structure:
    """What follows from a form alone: in which rows each item stands, and who looks at which answer."""

    def __init__(self, form: Form, needs: Mapping[LinkId, Iterable[LinkId]] = MappingProxyType({})) -> None:
        """Look at a form.

        Args:
            needs: of items with formulas, the questions that must be known first.
        """
        self.form = form
        # The repeating items around an item, from the outside in; for answers a repeating question with items
        # of its own counts too, because its answer stands in its own rows.
        self.rows_around: dict[LinkId, tuple[LinkId, ...]] = {}
        self.rows_of_answer: dict[LinkId, tuple[LinkId, ...]] = {}
        self.watchers: dict[LinkId, list[Item]] = {}
        self.section_of: dict[LinkId, LinkId] = {}
        self.concealed: set[LinkId] = set()  # hidden by the form, or inside what is
        self.order = dependency_order(form, needs)
        self.rank = {link: number for number, link in enumerate(self.order)}
        for section in form.sections:
            for top in section.items:
                self._place(top, (), section.id, False)
        for item in form.walk():
            for question in dict.fromkeys(condition.question for condition in item.when):
                self.watchers.setdefault(question, []).append(item)

    def _place(self, item: Item, around: tuple[LinkId, ...], section: LinkId, concealed: bool) -> None:
        inside = (*around, item.link_id) if item.has_rows else around
        self.rows_around[item.link_id] = around
        self.rows_of_answer[item.link_id] = inside if item.is_question else around
        self.section_of[item.link_id] = section
        concealed = concealed or item.hidden
        if concealed:
            self.concealed.add(item.link_id)
        for inner in item.items:
            self._place(inner, inside, section, concealed)


def shared(one: Sequence[LinkId], other: Sequence[LinkId]) -> int:
    """Return how many repeating items two places have in common, from the outside in."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def dependency_order(
    form: Form, needs: Mapping[LinkId, Iterable[LinkId]] = MappingProxyType({})
) -> tuple[LinkId, ...]:
    """Return the items so ordered that each comes after what decides whether it shows, and what it says.

    Raises:
        FormRefused: whether some item shows depends, in the end, on itself. It names one of the circle.
    """
    done: dict[LinkId, None] = {}
    under_way: set[LinkId] = set()
    for start in form.walk():
        stack: list[tuple[LinkId, bool]] = [(start.link_id, False)]
        while stack:
            link, leaving = stack.pop()
            if leaving:
                under_way.discard(link)
                done[link] = None
                continue
            if link in done:
                continue
            if link in under_way:
                raise FormRefused(
                    item=link[:80],
                    feature="enableWhen",
                    why="whether it shows depends, in a circle, on itself",
                )
            under_way.add(link)
            stack.append((link, True))
            stack.extend((each, False) for each in _needs(form, link, needs) if each not in done)
    return tuple(link for link in done if link in form.by_link_id)


def _needs(form: Form, link: LinkId, more: Mapping[LinkId, Iterable[LinkId]]) -> list[LinkId]:
    item = form.by_link_id.get(link)
    if item is None:  # help folded into its question: it has no answer and needs nothing
        return []
    parent = form.parents[link]
    needed = [condition.question for condition in item.when]
    needed += more.get(link, ())
    return needed if parent is None else [*needed, parent.link_id]


def holds(condition: Condition, kind: Kind | None, values: Iterable[Value]) -> bool:
    """Say whether a condition holds for the answers that count: those given, shown and in reach.

    "Not equal" holds when no answer is equal, so also while there is none. Every other comparison needs an
    answer for which it holds.

    Args:
        kind: of the question asked about, None if it takes no answer.
        values: single values; for a question with several answers, each of them.
    """
    match condition.compare:
        case Compare.EXISTS:
            return any(True for _ in values) is condition.answer
        case Compare.EQUAL:
            return any(equal(value, condition.answer, kind) for value in values)
        case Compare.NOT_EQUAL:
            return not any(equal(value, condition.answer, kind) for value in values)
        case _:
            return any(_ordered(condition.compare, value, condition.answer, kind) for value in values)


def equal(one: Value, other: Value, kind: Kind | None) -> bool:
    """Say whether two single values are the same answer."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if "reference" in one or "reference" in other:
            return one.get("reference") == other.get("reference")
        if kind is Kind.QUANTITY:
            return order(one, other, kind) == 0
        systems = {each["system"] for each in (one, other) if each.get("system")}
        return one.get("code") == other.get("code") and len(systems) < 2
    if isinstance(one, Mapping) or isinstance(other, Mapping):
        # A list that went missing is answered in words: those of the option, or its code.
        coding, words = (one, other) if isinstance(one, Mapping) else (other, one)
        return isinstance(words, str) and words.strip().casefold() in {
            str(coding.get(name, "")).casefold() for name in ("code", "display")
        } - {""}
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if kind in (Kind.DECIMAL, Kind.INTEGER, Kind.DATE_TIME, Kind.TIME):
        return order(one, other, kind) == 0
    return bool(one == other)


def order(one: Value, other: Value, kind: Kind | None) -> int | None:
    """Return -1, 0 or 1 as `one` comes before, with or after `other`; None if they cannot be compared."""
    if kind is Kind.QUANTITY:
        if not isinstance(one, Mapping) or not isinstance(other, Mapping):
            return None
        units = [str(each.get("code") or each.get("unit") or "") for each in (one, other)]
        if units[0] == units[1]:
            return order(one.get("value"), other.get("value"), Kind.DECIMAL)
        this, that = _amount(one, units[0]), _amount(other, units[1])
        if this is None or that is None or not comparable(this, that):
            return None
        return order(str(measured(this, loosely=True)[1]), str(measured(that, loosely=True)[1]), Kind.DECIMAL)
    if one is None or other is None or isinstance(one, Mapping | list) or isinstance(other, Mapping | list):
        return None
    if kind in (Kind.DECIMAL, Kind.INTEGER) or isinstance(one, int):
        try:
            left, right = Decimal(one), Decimal(other)
        except (InvalidOperation, TypeError, ValueError):
            return None
        if not left.is_finite() or not right.is_finite():
            return None
        return int(left > right) - int(left < right)
    if not isinstance(one, str) or not isinstance(other, str):
        return None
    if kind is Kind.DATE_TIME and len(one) > 10 and len(other) > 10:
        first, second = _moment(one), _moment(other)
        if first is not None and second is not None:
            return (first > second) - (first < second)
    if kind in (Kind.DATE, Kind.DATE_TIME):
        length = min(len(one), len(other), 10)  # a year compares with a day by its year
        one, other = one[:length], other[:length]
    elif kind is Kind.TIME:
        one, other = (f"{one}:00"[:8], f"{other}:00"[:8])  # 14:30 is 14:30:00
    return int(one > other) - int(one < other)


def _amount(given: Mapping[str, Value], unit: str) -> Amount | None:
    text = number_text(given.get("value"))
    return Amount(value=Decimal(text), unit=unit) if text is not None and unit else None


def _ordered(compare: Compare, value: Value, than: Value, kind: Kind | None) -> bool:
    found = order(value, than, kind)
    if found is None:
        return False
    match compare:
        case Compare.GREATER:
            return found > 0
        case Compare.LESS:
            return found < 0
        case Compare.AT_LEAST:
            return found >= 0
        case _:
            return found <= 0


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
