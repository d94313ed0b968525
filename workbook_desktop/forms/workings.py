"""What a form works out while it is filled in: what shows, calculated answers, scores, options, checks.

One answer sets going only what depends on it, in the order of the form's `plan`. What is off counts as
absent. A formula that fails leaves its item without a value and says why; it never stops anything else.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body, Empty, Value
from workbook_desktop.forms.definition import Form, Item, Kind, Option, Rule
from workbook_desktop.forms.evaluation import Evaluation, answer_or_none, as_json, ask
from workbook_desktop.forms.expressions import CannotWorkOut, to_answer, truth
from workbook_desktop.forms.plan import Plan, Use, plan_of
from workbook_desktop.forms.rules import equal
from workbook_desktop.forms.surroundings import LAUNCHED, NOWHERE, Surroundings
from workbook_desktop.forms.visibility import cut

__all__ = [
    "LAUNCHED",
    "NOWHERE",
    "WORKED_OUT",
    "Surroundings",
    "Workings",
    "as_json",
    "ask",
    "brought_up_to_date",
]

WORKED_OUT = "worked_out"  # member of an answer that follows from others


class Workings(Evaluation):
    """One record at work. `body` is what was given, with what is worked out put in."""

    def __init__(
        self, form: Form, body: Body, surroundings: Surroundings = NOWHERE, plan: Plan | None = None
    ) -> None:
        self.worked: dict[FieldPath, Answer | None] = {}  # what the last change worked out anew
        self._answers: dict[FieldPath, Answer] | None = None  # of the body that is being made now
        self._reoffered: dict[FieldPath, None] = {}
        super().__init__(form, body, surroundings, plan)
        self._answers = None

    @property
    def body(self) -> Body:
        """All answers as they stand, worked out ones among them."""
        return self._body

    # -- changes ---------------------------------------------------------------------------------------------

    def answered(self, path: FieldPath, body: Body) -> tuple[tuple[FieldPath, ...], tuple[FieldPath, ...]]:
        """Take in one new answer. Afterwards `body` has what follows from it, `worked` says which."""
        self.worked, self._reoffered = {}, {}
        self._held.clear()
        self._answers = None
        if self._response is not None:
            self._response.answered(path, body)
        found = super().answered(path, body)
        self._answers = None
        return found

    def replaced(
        self, body: Body
    ) -> tuple[tuple[FieldPath, ...], tuple[FieldPath, ...], tuple[FieldPath, ...]]:
        """Take in another body, rows and all."""
        self.worked, self._reoffered = {}, {}
        found = super().replaced(body)
        self._answers = None
        for link in self.plan.uses:
            if self.plan.uses[link].label or self.plan.uses[link].choices:
                for row in self._instances(self.structure.rows_around[link], paths.ROOT):
                    self._reoffered[paths.child(row, link)] = None
        return found

    @property
    def reoffered(self) -> tuple[FieldPath, ...]:
        """Items whose words, options or limits may be others since the last change."""
        return tuple(self._reoffered)

    # -- what a screen and a check ask -----------------------------------------------------------------------

    def places(self) -> Iterator[FieldPath]:
        """Yield every item where it stands in this record, in order; of what repeats, each row."""

        def visit(items: tuple[Item, ...], row: FieldPath) -> Iterator[FieldPath]:
            for item in items:
                if not item.has_rows:
                    yield paths.child(row, item.link_id)
                    yield from visit(item.items, row)
                    continue
                for each in self.rows(row, item.link_id):
                    yield paths.child(each, item.link_id) if item.is_question else each
                    yield from visit(item.items, each)

        return visit(self.form.items, paths.ROOT)

    def options(self, path: FieldPath) -> tuple[Option, ...]:
        """Return what is offered to answer a question: the form's options, or what its formula finds."""
        item, use = self._item_and_use(path, "choices")
        if use is None:
            return item.options
        found = []
        for each in self._results(use, item, self._row_of(path, item), path):
            value = answer_or_none(Kind.CHOICE, [each])
            if value is None:
                continue
            label = (
                str(value.get("display") or value.get("code") or "")
                if isinstance(value, Mapping)
                else str(value)
            )
            option = Option(value=value, label=label)
            if option not in found:
                found.append(option)
        return tuple(found)

    def label(self, path: FieldPath) -> str:
        """Return the words of a question, for this record."""
        item, use = self._item_and_use(path, "label")
        if use is not None:
            found = self._results(use, item, self._row_of(path, item), path)
            words = answer_or_none(Kind.STRING, found) if len(found) == 1 else None
            if isinstance(words, str) and words.strip():
                return words.strip()
        return item.text

    def limits(self, path: FieldPath) -> tuple[str | None, str | None]:
        """Return the lowest and the highest value allowed, as text of the question's own kind."""
        item = self._item_at(path)
        uses = self.plan.uses.get(item.link_id)
        found: list[str | None] = []
        for use, fixed in (
            (uses.least if uses is not None else None, item.limits.min_value),
            (uses.most if uses is not None else None, item.limits.max_value),
        ):
            value = None
            if use is not None:
                kind = Kind.DECIMAL if item.kind is Kind.QUANTITY else item.kind
                results = self._results(use, item, self._row_of(path, item), path)
                value = answer_or_none(kind, results) if len(results) == 1 else None
            found.append(fixed if value is None else str(value))
        return found[0], found[1]

    def broken_rules(self, item: Item, row: FieldPath) -> Iterator[tuple[Rule, FieldPath]]:
        """Yield the rules of an item in a row that do not hold, and where. Cannot be worked out: it holds."""
        if not item.rules:
            return
        key = paths.child(row, item.link_id)
        places = list(self.rows(row, item.link_id)) if item.has_rows else [key]
        for rule in item.rules:
            use = self.plan.rule(rule, item.link_id)
            for place in places:
                if use is not None and self._says_no(use, item, row, place):
                    yield rule, place

    def broken_form_rules(self) -> Iterator[Rule]:
        """Yield the rules of the whole form that do not hold."""
        for rule in self.form.rules:
            use = self.plan.rule(rule, None)
            if use is None:
                continue
            try:
                found = self.run(use.program, paths.ROOT, None, paths.ROOT)
            except CannotWorkOut:
                continue
            if truth(found) is False:
                yield rule

    def missing_for(self, path: FieldPath) -> tuple[FieldPath, ...]:
        """Return the questions that show, have no answer, and are needed for what is worked out here."""
        item = self._item_at(path)
        if not item.is_worked_out or self._has_value(path):
            return ()
        asked = self.plan.totals.get(item.link_id) or self._reads_of(item.link_id)
        row = self._row_of(path, item)
        return tuple(
            each
            for question in sorted(asked, key=self.structure.rank.__getitem__)
            for each in self._places(question, item, row)
            if self.form.by_link_id[question].is_question and self.on(each) and not self._has_value(each)
        )

    # -- inside ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.failures.clear()
        self._held.clear()
        self._answers = None
        if self._response is not None:
            self._response.replaced(self._body)

    def _wake(self, question: LinkId, row: FieldPath, queue: list[tuple[int, LinkId, FieldPath]]) -> None:
        super()._wake(question, row, queue)
        for reader in self.plan.readers.get(question, ()):
            base = row if self._is_local(reader) else paths.ROOT
            common = len(self.structure.rows_around[reader])
            heapq.heappush(queue, (self.structure.rank[reader], reader, cut(base, common)))
        for link in self.plan.outward.get(question, ()):
            for each in self._instances(self.structure.rows_around[link], paths.ROOT):
                self._reoffered[paths.child(each, link)] = None

    def _is_local(self, link: LinkId) -> bool:
        uses = self.plan.uses.get(link)
        if uses is None or link in self.plan.totals:
            return False
        return all(
            each.program.row_local and not (each.program.names - {"context"})
            for each in (uses.calculated, uses.enabled)
            if each is not None
        )

    def _is_on(self, item: Item, row: FieldPath) -> bool:
        if not super()._is_on(item, row):
            return False
        uses = self.plan.uses.get(item.link_id)
        if uses is None or uses.enabled is None:
            return True
        key = paths.child(row, item.link_id)
        try:
            found = truth(self._run_use(uses.enabled, key, item.link_id, row))
        except CannotWorkOut as failed:
            self.failures[key] = failed.why
            # It cannot be said whether it belongs here. What was answered is not hidden.
            return self._has_value(key) or item.kind in (Kind.GROUP, Kind.DISPLAY)
        return found is True

    def _settle(self, item: Item, row: FieldPath, key: FieldPath) -> bool:
        if not item.is_worked_out or item.has_rows:
            return False
        if not self._on.get(key, False):  # nobody said it, so there is nothing to keep while it is off
            standing = self._body.answers.get(key)
            if standing is not None and (WORKED_OUT, True) in standing.extra:
                self._put(key, None)
            return False
        if self.surroundings.as_it_stands and self._has_value(key):
            return False
        uses = self.plan.uses.get(item.link_id)
        use = uses.calculated if uses is not None else None
        if use is None and item.link_id not in self.plan.totals:
            return False
        self.failures.pop(key, None)
        try:
            value = self._value(item, use, row, key)
        except CannotWorkOut as failed:
            if self._cannot_know(use):
                return False  # what stands was worked out where more was known
            self.failures[key] = failed.why
            value = None
        standing = self._body.answers.get(key)
        if value is None:
            if standing is None or (standing.value is None and standing.empty is Empty.CLEARED):
                return False
            self._put(key, None)
            return True
        if standing is not None and standing.value is not None and _same(standing.value, value):
            return False
        self._put(key, Answer(value=value, extra=((WORKED_OUT, True),)))
        return True

    def _cannot_know(self, use: Use | None) -> bool:
        """Say whether a formula fails only for want of surroundings."""
        if use is None:
            return False
        if use.uses_clock and self.surroundings.today is None:
            return True
        return self.surroundings is NOWHERE and bool(use.program.names - {"resource", "context"})

    def _value(self, item: Item, use: Use | None, row: FieldPath, key: FieldPath) -> Value | None:
        parts = self.plan.totals.get(item.link_id)
        if parts is not None:
            here = [each for part in parts for each in self._places(part, item, row) if self.on(each)]
            if not here or not all(self._has_value(each) for each in here):
                return None
            if use is None:
                return self._total(item, here)
        if use is None:
            return None
        if item.kind in (Kind.STRING, Kind.TEXT) and self._has_nothing_to_say_it_from(use, item, row):
            return None
        return to_answer(item.kind, self._run_use(use, key, item.link_id, row), item)

    def _has_nothing_to_say_it_from(self, use: Use, item: Item, row: FieldPath) -> bool:
        """Say whether none of the questions that a sentence rests on is answered: then it says nothing,
        whatever the formula makes of nothing."""
        asked = [each for each in use.reads if self.form.by_link_id[each].is_question]
        if not asked or use.reads_all:
            return False
        return not any(
            self._has_value(place) and self.on(place)
            for question in asked
            for place in self._places(question, item, row)
        )

    def _total(self, item: Item, places: list[FieldPath]) -> Value:
        total = Decimal(0)
        for path in places:
            total += self._weight(path)
        if item.kind is Kind.INTEGER:
            return int(total)
        text = f"{total:f}"
        return {"value": text} if item.kind is Kind.QUANTITY else text

    def _weight(self, path: FieldPath) -> Decimal:
        item, answer = self._item_at(path), self._body.answers[path]
        total = Decimal(0)
        for value in answer.value if isinstance(answer.value, list) else [answer.value]:
            weight = next((each.weight for each in item.options if equal(each.value, value, item.kind)), None)
            try:
                total += Decimal(weight if weight is not None else str(value))
            except InvalidOperation:
                raise CannotWorkOut("an answer has no score") from None
        return total

    def _put(self, key: FieldPath, answer: Answer | None) -> None:
        if self._answers is None:  # the first of this change: the body that was given stays as it was
            self._answers = dict(self._body.answers)
            self._body = replace(self._body, answers=self._answers)
        if answer is None:
            self._answers.pop(key, None)
        else:
            self._answers[key] = answer
        self.worked[key] = answer
        self._held.clear()
        if self._response is not None:
            self._response.answered(key, self._body)

    def _says_no(self, use: Use, item: Item, row: FieldPath, place: FieldPath) -> bool:
        try:  # what a row itself names, its rules can ask
            within = place if item.has_rows else row
            return truth(self.run(use.program, place, item.link_id, within)) is False
        except CannotWorkOut:
            return False

    def _reads_of(self, link: LinkId) -> frozenset[LinkId]:
        uses = self.plan.uses.get(link)
        return uses.calculated.reads if uses is not None and uses.calculated is not None else frozenset()


def brought_up_to_date(form: Form, body: Body) -> Body:
    """Return a body in which what follows from its answers alone is worked out again, as after a merge."""
    return body if not plan_of(form).works else Workings(form, body).body


def _same(one: Value, other: Value) -> bool:
    return type(one) is type(other) and bool(one == other)
