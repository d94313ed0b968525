"""What must hold of a form once it is read, and of no single item of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import LinkId
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Compare, Condition, Form, Item, Kind, Remark
from workbook_desktop.forms.rules import equal, order

_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T.*)?)?)?")
_TIME = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
_MOST_ALIKE = 50  # answers offered that are tried for one rule
MOST_ON_A_PAGE = 1_000  # items that one section shows: it is built whole when it is opened


def check_pages(form: Form) -> None:
    """Raise FormRefused if a section shows more than a window can build while a worker waits."""
    for section in form.sections:
        count, stack = 0, list(reversed(section.items))
        while stack:
            item = stack.pop()
            if item.hidden:
                continue
            count += 1
            if count > MOST_ON_A_PAGE:
                why = f"more than {MOST_ON_A_PAGE:,} items stand in one section: part them into groups"
                raise FormRefused(item=item.link_id[:80], feature="item", why=why)
            stack.extend(reversed(item.items))


def undecided(form: Form) -> Iterator[Remark]:
    """Yield the rules for showing that no answer can decide. Each asks about an item of the form."""
    offered = _Offered()
    for item in form.walk():
        for condition in item.when:
            why = _misfit(condition, form.by_link_id.get(condition.question), offered)
            if why:
                named = f"“{item.text[:60]}” ({item.link_id})" if item.text else f"Item {item.link_id}"
                always = "always" if _holds_without(condition) else "never"
                words = f"{named} shows by a rule that {always} holds: {why}."
                yield Remark(item=item.link_id[:80], feature="enableWhen", why=words, behaviour=True)


class _Offered:
    """What the questions of a form offer, ready to be looked up: forms ask thousands of times."""

    def __init__(self) -> None:
        self._by_words: dict[LinkId, dict[str, list[Value]]] = {}
        self._plain: dict[LinkId, list[Value]] = {}

    def holds(self, item: Item, answer: Value) -> bool:
        """Say whether one of the answers offered is this one; so too if too many are alike to be tried."""
        if item.link_id not in self._by_words:
            found = self._by_words[item.link_id] = {}
            for option in item.options:
                for word in _words(option.value):
                    found.setdefault(word, []).append(option.value)
        for word in _words(answer):
            alike = self._by_words[item.link_id].get(word, [])
            if len(alike) > _MOST_ALIKE or any(equal(each, answer, item.kind) for each in alike):
                return True
        return False

    def compares(self, item: Item, answer: Value) -> bool:
        """Say whether one of the answers offered can come before or after this one."""
        if item.link_id not in self._plain:
            plain = [each.value for each in item.options if not isinstance(each.value, Mapping)]
            self._plain[item.link_id] = plain[:_MOST_ALIKE]
        return any(order(each, answer, item.kind) is not None for each in self._plain[item.link_id])


def _words(value: Value) -> set[str]:
    """Return what two equal answers share, one of them at least."""
    if isinstance(value, Mapping):
        named = (value.get(name) for name in ("code", "display", "reference"))
        return {str(each).strip().casefold() for each in named if each}
    return {str(value).strip().casefold()}


def _misfit(condition: Condition, item: Item | None, offered: _Offered) -> str:
    """Return why no answer can decide a condition, ``""`` if one can.

    Args:
        item: the question asked about; None if it is part of another item, as help is.
    """
    if item is None or not item.is_question:
        return f"it asks about “{condition.question[:60]}”, which takes no answer"
    answer = condition.answer
    if condition.compare is Compare.EXISTS:
        return ""
    is_same = condition.compare in (Compare.EQUAL, Compare.NOT_EQUAL)
    match item.kind:
        case Kind.CHOICE if item.options:
            if is_same and not offered.holds(item, answer):
                return f"“{item.link_id[:60]}” does not offer the answer it asks for"
            fits = is_same or offered.compares(item, answer)
        case Kind.CHOICE | Kind.OPEN_CHOICE:
            fits = not isinstance(answer, bool) and (is_same or not isinstance(answer, Mapping))
        case Kind.BOOLEAN:
            fits = isinstance(answer, bool) and is_same
        case Kind.INTEGER | Kind.DECIMAL:
            fits = not isinstance(answer, bool) and order(answer, answer, Kind.DECIMAL) == 0
        case Kind.DATE | Kind.DATE_TIME:
            fits = isinstance(answer, str) and _DAY.fullmatch(answer) is not None
            if item.kind is Kind.DATE and is_same:  # a day is no moment
                fits = fits and len(str(answer)) <= 10
        case Kind.TIME:
            fits = isinstance(answer, str) and _TIME.fullmatch(answer) is not None
        case Kind.QUANTITY:
            fits = order(answer, answer, Kind.QUANTITY) == 0
        case Kind.REFERENCE:
            fits = isinstance(answer, Mapping) and "reference" in answer and is_same
        case Kind.ATTACHMENT:
            fits = False
        case _:  # words; those of an option, where its list went missing
            fits = isinstance(answer, str) or (isinstance(answer, Mapping) and "code" in answer and is_same)
    return "" if fits else f"“{item.link_id[:60]}” takes answers of another kind than the one it asks for"


def _holds_without(condition: Condition) -> bool:
    """Say whether a condition holds while there is no answer."""
    if condition.compare is Compare.EXISTS:
        return condition.answer is False
    return condition.compare is Compare.NOT_EQUAL
