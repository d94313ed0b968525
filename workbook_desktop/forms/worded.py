"""The words that stand in a record as it is read, straight from its nested content: a pull asks for those of
thousands.

The rule is that of `forms.visibility`. Here it is put together once for a form, for each answer in words that
other answers may switch off, and asks what stands in the answer's own row and the rows around it. Where it
would have to look further it is not answered here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from workbook_desktop.domain.ids import LinkId
from workbook_desktop.domain.records import Content, Value
from workbook_desktop.forms.definition import Condition, Form, Item, Kind
from workbook_desktop.forms.plan import plan_of
from workbook_desktop.forms.rules import holds, shared

WORDS: Final = frozenset((Kind.TEXT, Kind.STRING, Kind.OPEN_CHOICE))

MOST_KNOWN: Final = 200  # values of one question of which it is remembered what follows

_Node = Mapping[str, Any]
_Together = Callable[[Iterable[bool]], bool]  # all or any
_Rule = Callable[[Sequence[_Node]], bool]  # given the root and the rows around an answer, from the outside in


class _FurtherAway(Exception):
    """Whether an item shows rests on rows that are not around it."""


class _Elsewhere(Exception):
    """An answer in words does not stand where its form has it, or rests on what is further away."""


def words_in_form(form: Form, content: Content) -> list[str] | None:
    """Return the texts of a record that are on, in order; None if that takes a closer look."""
    # Beside the cached properties of the form, where it lives as long as the form does.
    kept: dict[str, object] = form.__dict__
    worded = kept.get("_worded")
    if not isinstance(worded, _Worded):
        worded = kept["_worded"] = _Worded(form)
    found: list[str] = []
    try:
        worded.read([content], found)
    except _Elsewhere:
        return None
    return found


def add_words(value: Value, found: list[str]) -> None:
    """Take up the texts of an answer in words."""
    for each in value if isinstance(value, list) else (value,):
        if isinstance(each, str):
            text = each.strip()
            if text:
                found.append(text)


class _Worded:
    """What decides of each answer in words whether it shows."""

    def __init__(self, form: Form) -> None:
        self._form, self._structure = form, plan_of(form).structure
        self._made: dict[LinkId, _Rule | None] = {}
        self._under_way: set[LinkId] = set()
        # None: always on. With the number of rows that stand around the answer.
        self._rules: dict[LinkId, tuple[_Rule, int] | None] = {}
        self._unclear: set[LinkId] = set()
        for item in form.walk():
            if item.kind in WORDS:
                try:
                    rule = self._rule(item)
                except _FurtherAway:
                    self._unclear.add(item.link_id)
                    continue
                depth = len(self._structure.rows_of_answer[item.link_id])
                self._rules[item.link_id] = None if rule is None else (rule, depth)

    def read(self, around: list[_Node], found: list[str]) -> None:
        """Take up the words of the innermost row of these, and of the rows in it."""
        node = around[-1]
        for link_id, raw in node.get("answers", {}).items():
            if link_id not in self._rules:
                if link_id in self._unclear:
                    raise _Elsewhere
                continue
            value = raw.get("v")
            if value is None:
                continue
            rule = self._rules[link_id]
            if rule is not None:
                if len(around) <= rule[1]:
                    raise _Elsewhere
                if not rule[0](around):
                    continue
            add_words(value, found)
        for rows in node.get("groups", {}).values():
            for row in rows.values():
                self.read([*around, row], found)

    def _rule(self, item: Item) -> _Rule | None:
        link = item.link_id
        if link not in self._made:
            if link in self._under_way:
                raise _FurtherAway  # a circle, which no form that was loaded has
            self._under_way.add(link)
            self._made[link] = self._make(item)
            self._under_way.discard(link)
        return self._made[link]

    def _make(self, item: Item) -> _Rule | None:
        parent = self._form.parents[item.link_id]
        outer = None if parent is None else self._rule(parent)
        if not item.when:
            return outer
        together = all if item.when_all else any
        asked: dict[LinkId, list[Condition]] = {}
        for each in item.when:
            asked.setdefault(each.question, []).append(each)
        rules = [self._asking(item, question, of_it, together) for question, of_it in asked.items()]
        if len(rules) > 1:
            return lambda around: (
                (outer is None or outer(around)) and together(rule(around) for rule in rules)
            )
        (only,) = rules
        return only if outer is None else lambda around: outer(around) and only(around)

    def _asking(
        self, item: Item, question: LinkId, conditions: Sequence[Condition], together: _Together
    ) -> _Rule:
        """Return the rule of those conditions of an item that look at one question."""
        asked = self._form.by_link_id.get(question)
        if asked is None or not asked.is_question:
            always = together(holds(each, None, ()) for each in conditions)
            return lambda around: always
        around_answer = self._structure.rows_of_answer[question]
        depth = len(around_answer)
        if shared(self._structure.rows_around[item.link_id], around_answer) < depth:
            raise _FurtherAway
        kind, asked_on = asked.kind, self._rule(asked)
        known: dict[Any, bool] = {}  # most records answer alike

        def met(around: Sequence[_Node]) -> bool:
            raw = around[depth].get("answers", {}).get(question)
            value = None if raw is None else raw.get("v")
            if value is not None and asked_on is not None and not asked_on(around):
                value = None
            try:
                key = (value.__class__, tuple(value.items()) if isinstance(value, dict) else value)
                found = known.get(key)
            except TypeError:  # a list: several answers
                return decide(value)
            if found is None:
                found = decide(value)
                if len(known) < MOST_KNOWN:
                    known[key] = found
            return found

        def decide(value: Value) -> bool:
            values = () if value is None else value if isinstance(value, list) else (value,)
            return together(holds(each, kind, values) for each in conditions)

        return met
