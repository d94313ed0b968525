"""What follows from a form alone about what it works out: which formula asks which answers, in which order.

Made once for a form. A formula that cannot be used, or that would depend on itself in a circle, is left out
and named in `Plan.faults`; the publisher refuses such a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from workbook_desktop.domain.ids import LinkId
from workbook_desktop.forms.circles import behind, circles
from workbook_desktop.forms.definition import Form, Formula, Item, Kind, Remark, Rule
from workbook_desktop.forms.expressions import ExpressionRefused, Program, read_expression
from workbook_desktop.forms.rules import Structure

_KNOWN_NAMES = frozenset(("resource", "rootResource", "context", "ucum", "sct", "loinc"))
_WHAT = {
    "calculatedExpression": "it cannot be worked out",
    "enableWhenExpression": "it always shows",
    "answerExpression": "it offers no answers",
    "constraint": "a check is not made",
    "initialExpression": "it is not filled in",
    "itemPopulationContext": "its rows are not made",
    "cqf-expression": "its words stay as they are written",
    "minValue": "its lower limit is not checked",
    "maxValue": "its upper limit is not checked",
    "variable": "a value it names cannot be worked out",
    "gives": "what it gives to other parts cannot be worked out",
}


_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.QUANTITY)
# A sum of all there is on one level: it names no question, and means every one.
_EVERYTHING = re.compile(
    r"%resource((?:\.item)+)\.answer(?:\.value)?(?:\.(?:ordinal|weight)\(\))?"
    r"\.(?:sum\(\)|avg\(\)|aggregate\(\$this\+\$total,0\))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A formula ready to run, and the questions it may look at, through its variables too."""

    formula: Formula
    program: Program
    reads: frozenset[LinkId]
    reads_all: bool = False
    uses_clock: bool = False
    asks: frozenset[LinkId] | None = None  # what it names, itself or by a pattern; None: it does not say
    adds: bool = False  # it, or a variable it uses, adds something up
    sums: bool = False  # … a list of things, as ``sum()`` does
    scores: bool = False  # … the scores of options


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """The formulas of one item that can be used."""

    calculated: Use | None = None
    enabled: Use | None = None
    choices: Use | None = None
    label: Use | None = None
    least: Use | None = None
    most: Use | None = None

    def __bool__(self) -> bool:
        return self != _NO_USES


_NO_USES = Uses()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A value that has a name inside an item, or in the whole form (`owner` None)."""

    owner: LinkId | None
    use: Use


@dataclass(slots=True)
class Plan:
    """How a form is worked out. See `plan_of`."""

    form: Form
    structure: Structure
    uses: dict[LinkId, Uses]
    scopes: dict[LinkId, Mapping[str, Variable]]  # of each item with a formula: the names it can use
    form_scope: Mapping[str, Variable]
    readers: dict[LinkId, tuple[LinkId, ...]]  # of each question: items whose showing or value depends on it
    outward: dict[LinkId, tuple[LinkId, ...]]  # of each question: items whose words or options depend on it
    totals: dict[LinkId, tuple[LinkId, ...]]  # what must all be answered before there is a value
    # Items that may look at every answer, and what stands in them. They see neither each other nor
    # themselves: else what they say would depend on the order in which things were answered.
    blind: frozenset[LinkId]
    found: tuple[Remark, ...]  # faults met so far
    _rules: dict[int, Use | Remark] = field(default_factory=dict)

    @property
    def works(self) -> bool:
        """Say whether anything follows from answers: values, showing, words, options."""
        return bool(self.uses or self.totals)

    def rule(self, rule: Rule, link: LinkId | None) -> Use | None:
        """Return a rule ready to be asked, None if it cannot be used. Rules are compiled when first asked:
        nothing waits for them but the check."""
        kept = self._rules.get(id(rule))
        if kept is None:
            scope = self.form_scope if link is None else self.scopes.get(link, self.form_scope)
            kept = self._rules[id(rule)] = use_of(self.form, rule.formula, "constraint", link, scope)
        return kept if isinstance(kept, Use) else None

    @property
    def faults(self) -> tuple[Remark, ...]:
        """Everything in the form that cannot be worked out, and why."""
        found = list(self.found)
        for formula, feature, link in formulas_of(self.form):
            scope = self.form_scope if link is None else self.scopes.get(link, self.form_scope)
            use = use_of(self.form, formula, feature, link, scope)
            if isinstance(use, Use):
                try:
                    use.program.prepare()
                except ExpressionRefused as refused:
                    found.append(_fault(self.form, link, feature, refused.why))
            else:
                found.append(use)
        return tuple(dict.fromkeys(found))


def plan_of(form: Form) -> Plan:
    """Return the plan of a form, made when first asked."""
    # Beside the cached properties of the form, where it lives as long as the form does.
    kept: dict[str, object] = form.__dict__
    found = kept.get("_plan")
    if not isinstance(found, Plan):
        found = kept["_plan"] = _Planner(form).plan()
    return found


class _Planner:
    """Makes one plan."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._faults: list[Remark] = []
        self._scopes: dict[LinkId | None, dict[str, Variable]] = {}

    def plan(self) -> Plan:
        form = self._form
        self._scope_of(None, form.variables, {})
        uses: dict[LinkId, Uses] = {}
        for item in form.walk():
            parent = form.parents[item.link_id]
            around = self._scopes[parent.link_id if parent is not None else None]
            self._scope_of(item.link_id, item.variables, around)
            found = self._uses(item)
            if found:
                uses[item.link_id] = found
        totals = {
            link: parts
            for item in form.walk()
            if (parts := self._parts(item, uses))
            for link in [item.link_id]
        }
        needs = self._needs(uses, totals)
        in_order = {item.link_id: number for number, item in enumerate(form.walk())}
        for link in sorted(circles(form, needs), key=in_order.__getitem__):
            uses[link] = self._without(link, uses, "it depends, in a circle, on itself")
            totals.pop(link, None)
        needs = self._needs(uses, totals)
        for link, after in self._look_at_all(uses, needs).items():
            if after:
                why = "it looks at every answer, also at some that depend on it"
                uses[link] = self._without(link, uses, why)
        needs = self._needs(uses, totals)
        blind = frozenset(self._look_at_all(uses, needs))
        for link in blind:
            # It comes after everything else.
            rest = {
                item.link_id
                for item in form.walk()
                if item.link_id not in blind and not self._stands_in(item, blind)
            }
            needs[link] = needs.get(link, frozenset()) | rest
        structure = Structure(form, needs)
        return Plan(
            form=form,
            structure=structure,
            uses=uses,
            scopes={link: scope for link, scope in self._scopes.items() if link is not None},
            form_scope=self._scopes[None],
            readers=_turned(needs),
            outward=_turned({link: self._outward_needs(each) for link, each in uses.items()}),
            totals=totals,
            blind=blind | {item.link_id for item in form.walk() if self._stands_in(item, blind)},
            found=tuple(dict.fromkeys(self._faults)),
        )

    # -- formulas --------------------------------------------------------------------------------------------

    def _uses(self, item: Item) -> Uses:
        link = item.link_id
        return Uses(
            calculated=self._use(item.calculated, "calculatedExpression", link),
            enabled=self._use(item.enabled, "enableWhenExpression", link),
            choices=self._use(item.choices, "answerExpression", link),
            label=self._use(item.label, "cqf-expression", link),
            least=self._use(item.least, "minValue", link),
            most=self._use(item.most, "maxValue", link),
        )

    def _use(self, formula: Formula | None, feature: str, link: LinkId | None) -> Use | None:
        if formula is None:
            return None
        found = use_of(self._form, formula, feature, link, self._scopes[link])
        if isinstance(found, Remark):
            self._faults.append(found)
            return None
        return found

    def _scope_of(
        self, link: LinkId | None, variables: tuple[Formula, ...], around: dict[str, Variable]
    ) -> None:
        # A variable may use those beside it and those around it. A name beside it hides the same name around.
        if not variables:
            self._scopes[link] = around
            return
        scope = self._scopes[link] = dict(around)
        beside: dict[str, Formula] = {}
        for formula in variables:
            if not formula.name:
                self._fault(link, "variable", "it has no name")
            elif formula.name in beside:
                self._fault(link, "variable", f"%{formula.name} is named twice")
            else:
                beside[formula.name] = formula
                scope.pop(formula.name, None)
        asked = {name: self._asked_beside(formula, beside) for name, formula in beside.items()}
        ready = _in_order(asked)
        for name in ready:
            use = self._use(beside[name], "variable", link)
            if use is not None:
                scope[name] = Variable(owner=link, use=use)
        left = {name: each - set(ready) for name, each in asked.items() if name not in scope}
        left = {name: each for name, each in left.items() if each}
        outside = set(_in_order(_turned_names(left)))  # nothing in the circle asks for them
        for name, each in left.items():
            why = "asks for itself" if name in each else "asks, in a circle, for itself"
            why = "asks for what goes in a circle" if name in outside else why
            self._fault(link, "variable", f"%{name} {why}")

    @staticmethod
    def _asked_beside(formula: Formula, beside: Mapping[str, Formula]) -> frozenset[str]:
        try:
            return read_expression(written_out(formula.text, beside)).names & beside.keys()
        except ExpressionRefused:
            return frozenset()  # said when it is used

    # -- order -----------------------------------------------------------------------------------------------

    def _parts(self, item: Item, uses: Mapping[LinkId, Uses]) -> tuple[LinkId, ...]:
        """Return the questions without which the item has no value: the parts of a scale, and of a sum of
        scores that does not say so itself."""
        if item.scale is not None and item.scale.parts:
            return tuple(each for each in item.scale.parts if each in self._form.by_link_id)
        use = uses[item.link_id].calculated if item.link_id in uses else None
        if use is None or not use.adds:
            return ()
        asks = use.asks if use.asks is not None else self._on_level(use.formula.text) - {item.link_id}
        if not asks and use.scores and use.asks is None:
            asks = self._scored_in(use)
        if len(asks) < 2:
            return ()
        asked = [self._form.by_link_id[each] for each in sorted(asks)]
        questions = [each for each in asked if each.is_question]
        scored = [each for each in questions if _is_scored(each)]
        if len(scored) == len(questions):
            return tuple(each.link_id for each in scored)
        if item.kind not in _NUMBERS:
            return ()
        # Beside what it only looks at to choose, all that can be added up must be there.
        counted = scored + [
            each for each in questions if use.sums and each.kind in _NUMBERS and each not in scored
        ]
        return tuple(each.link_id for each in counted) if len(counted) > 1 else ()

    def _scored_in(self, use: Use) -> frozenset[LinkId]:
        """Return what a sum of scores adds up without naming it: all that has scores in the groups it names,
        unless it names some of them; and, where it names nothing, all that has scores in the form.

        It may name more than is added up. Then there is no total until that is answered too, which is seen;
        a total of half a scale is not.
        """
        named = [self._form.by_link_id[each] for each in use.reads]
        if not named:
            return frozenset(each.link_id for each in self._form.walk() if _is_scored(each))
        found: set[LinkId] = set()
        for group in named:
            inside = set(_beneath(group))
            if not group.is_question and inside.isdisjoint(each.link_id for each in named):
                found |= {each for each in inside if _is_scored(self._form.by_link_id[each])}
        return frozenset(found)

    def _on_level(self, text: str) -> frozenset[LinkId]:
        """Return the questions that a sum of everything on one level adds up; none of another text."""
        found = _EVERYTHING.fullmatch("".join(text.split()))
        if found is None:
            return frozenset()
        level: list[Item] = list(self._form.items)
        for _ in range(found[1].count(".item") - 1):
            level = [inner for each in level for inner in each.items]
        return frozenset(each.link_id for each in level if each.is_question)

    def _needs(
        self, uses: Mapping[LinkId, Uses], totals: Mapping[LinkId, tuple[LinkId, ...]]
    ) -> dict[LinkId, frozenset[LinkId]]:
        """Return, for each item with a value or a showing of its own making, what must be known before."""
        needs: dict[LinkId, frozenset[LinkId]] = {}
        for link in {**uses, **dict.fromkeys(totals)}:
            found: set[LinkId] = set(totals.get(link, ()))
            own = uses.get(link)
            for use in (own.calculated, own.enabled) if own is not None else ():
                if use is None:
                    continue
                found |= use.reads
            if found:
                needs[link] = frozenset(found)
        return needs

    def _look_at_all(
        self, uses: Mapping[LinkId, Uses], needs: Mapping[LinkId, frozenset[LinkId]]
    ) -> dict[LinkId, set[LinkId]]:
        """Return the items that may look at every answer, and of each what depends on it elsewhere."""
        found = {}
        for link, own in uses.items():
            if any(use is not None and use.reads_all for use in (own.calculated, own.enabled)):
                after = behind(self._form, needs, link) - {link}
                inside = frozenset((link,))
                found[link] = {
                    each for each in after if not self._stands_in(self._form.by_link_id[each], inside)
                }
        return found

    def _stands_in(self, item: Item, links: frozenset[LinkId]) -> bool:
        parent = self._form.parents[item.link_id]
        while parent is not None:
            if parent.link_id in links:
                return True
            parent = self._form.parents[parent.link_id]
        return False

    @staticmethod
    def _outward_needs(uses: Uses) -> frozenset[LinkId]:
        found: frozenset[LinkId] = frozenset()
        for use in (uses.label, uses.choices, uses.least, uses.most):
            if use is not None:
                found |= use.reads
        return found

    def _without(self, link: LinkId, uses: Mapping[LinkId, Uses], why: str) -> Uses:
        own = uses.get(link, _NO_USES)
        if own.calculated is not None:
            self._fault(link, "calculatedExpression", why)
        if own.enabled is not None:
            self._fault(link, "enableWhenExpression", why)
        return replace(own, calculated=None, enabled=None)

    def _fault(self, link: LinkId | None, feature: str, why: str) -> None:
        self._faults.append(_fault(self._form, link, feature, why))


def _in_order(asked: Mapping[str, frozenset[str]]) -> list[str]:
    """Return names so ordered that each comes after those it asks for; not those in a circle, nor what asks
    for them."""
    waiting = {name: len(each) for name, each in asked.items()}
    after = _turned_names(asked)
    found = [name for name, count in waiting.items() if not count]
    for name in found:  # grows as it goes
        for each in after[name]:
            waiting[each] -= 1
            if not waiting[each]:
                found.append(each)
    return found


def _turned_names(asked: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return of each name those that ask for it."""
    found: dict[str, set[str]] = {name: set() for name in asked}
    for name, each in asked.items():
        for one in each:
            found[one].add(name)
    return {name: frozenset(each) for name, each in found.items()}


def use_of(
    form: Form, formula: Formula, feature: str, link: LinkId | None, scope: Mapping[str, Variable]
) -> Use | Remark:
    """Return a formula ready to run, or what is wrong with it.

    Args:
        link: the item it stands at, None for the form.
        scope: the names it can use.
    """
    try:
        program = read_expression(written_out(formula.text, scope))
    except ExpressionRefused as refused:
        return _fault(form, link, feature, refused.why)
    told = program.reads_with([each.link_id for each in form.items], form.by_link_id)
    reads = {LinkId(each) for each in (program.reads if told is None else told[0]) if each}
    by_pattern = reads - program.reads
    # What is worked out may follow from this in turn. A filter that happens to keep it is no reason for a
    # circle: such a formula is treated as one that looks at everything, but for itself.
    blind = told is None or any(form.by_link_id[each].is_worked_out for each in by_pattern)
    names_all = told is not None and told[1]
    if blind:
        reads = {LinkId(each) for each in program.reads if each}
    asks = (reads | by_pattern) if names_all else None
    if "" in program.reads and link is not None:
        reads.add(link)
    if "repeat(" in formula.text:  # which does not enter answers: what is under a question depends on it
        reads |= {each for link_read in reads for each in _questions_around(form, link_read)}
    reads_all, clock = blind, program.uses_clock
    adds, sums, scores = _adds(formula.text), _sums(formula.text), _scores(formula.text)
    for name in program.names:
        variable = scope.get(name)
        if variable is not None:
            reads |= variable.use.reads
            reads_all = reads_all or variable.use.reads_all
            clock = clock or variable.use.uses_clock
            adds, sums = adds or variable.use.adds, sums or variable.use.sums
            scores = scores or variable.use.scores
            if asks is not None:
                asks = None if variable.use.asks is None else asks | variable.use.asks
    if formula.text.startswith("%questionnaire.") and program.names == {"questionnaire"}:
        reads, reads_all, asks = (
            set(),
            False,
            set(),
        )  # the form itself, where linkIds name questions and not answers
    known = form.by_link_id
    return Use(
        formula=formula,
        program=program,
        reads=frozenset(each for each in reads if each in known),
        reads_all=reads_all,
        uses_clock=clock,
        asks=None
        if asks is None
        else frozenset(
            each for each in asks if each in known and not (each in by_pattern and known[each].is_worked_out)
        ),
        adds=adds,
        sums=sums,
        scores=scores,
    )


def _questions_around(form: Form, link: LinkId) -> Iterator[LinkId]:
    around = form.parents.get(link)
    while around is not None:
        if around.is_question:
            yield around.link_id
        around = form.parents[around.link_id]


def _fault(form: Form, link: LinkId | None, feature: str, why: str) -> Remark:
    item = form.by_link_id.get(link) if link is not None else None
    text = (item.text or item.short_text)[:60] if item is not None else ""
    named = "The form" if link is None else f"“{text}” ({link})" if text else f"Item {link}"
    what = _WHAT.get(feature, "a formula of it cannot be used")
    return Remark(item=link or "", feature=feature, why=f"{named}: {what}, because {why}.", behaviour=True)


def written_out(text: str, names: Iterable[str]) -> str:
    """Return an expression with names such as ``%has-fever`` in the quotes that FHIRPath wants: many forms
    leave them out, and it would read as a subtraction."""
    for name in names:
        if not name.isidentifier() and "`" not in name and f"%{name}" in text:
            text = re.sub(rf"%{re.escape(name)}(?![\w-])", f"%`{name}`", text)
    return text


def formulas_of(form: Form) -> Iterator[tuple[Formula, str, LinkId | None]]:
    """Yield every formula of a form, the feature it is, and the item it stands at (None: the form)."""
    for variable in form.variables:
        yield variable, "variable", None
    for rule in form.rules:
        yield rule.formula, "constraint", None
    for output in form.gives:
        for formula in (output.each, output.when, *(part for _, part in output.parts)):
            if formula is not None:
                yield formula, "gives", None
    for item in form.walk():
        for found, feature in (
            (item.rows_from, "itemPopulationContext"),
            (item.calculated, "calculatedExpression"),
            (item.first, "initialExpression"),
            (item.enabled, "enableWhenExpression"),
            (item.choices, "answerExpression"),
            (item.label, "cqf-expression"),
            (item.least, "minValue"),
            (item.most, "maxValue"),
        ):
            if found is not None:
                yield found, feature, item.link_id
        for variable in item.variables:
            yield variable, "variable", item.link_id
        for rule in item.rules:
            yield rule.formula, "constraint", item.link_id


def names_asked_for(form: Form) -> dict[str, tuple[LinkId | None, str]]:
    """Return the %names that formulas use and that the form does not make itself, with one place of each."""
    found: dict[str, tuple[LinkId | None, str]] = {}
    made_at: dict[LinkId | None, frozenset[str]] = {}
    for formula, feature, link in formulas_of(form):
        if link not in made_at:
            made_at[link] = frozenset(_names_made(form, link))
        made = made_at[link]
        try:
            program = read_expression(written_out(formula.text, made))
        except ExpressionRefused:
            continue
        for name in program.names - made - _KNOWN_NAMES:
            if not name.startswith(("vs-", "ext-")):
                found.setdefault(name, (link, feature))
    return found


def _names_made(form: Form, link: LinkId | None) -> Iterator[str]:
    yield from (each.name for each in form.variables)
    item = form.by_link_id[link] if link is not None else None
    while item is not None:
        yield from (each.name for each in item.variables)
        if item.rows_from is not None:
            yield item.rows_from.name
        item = form.parents[item.link_id]


def _is_scored(item: Item) -> bool:
    return any(each.weight is not None for each in item.options)


def _adds(text: str) -> bool:
    return _sums(text) or any(word in text for word in ("weight()", "ordinal()", "+"))


def _sums(text: str) -> bool:
    return any(word in text for word in ("sum()", "aggregate(", "avg()"))


def _beneath(item: Item) -> Iterator[LinkId]:
    for each in item.items:
        yield each.link_id
        yield from _beneath(each)


def _scores(text: str) -> bool:
    return any(word in text for word in ("weight()", "ordinal()", "ordinalValue", "itemWeight"))


def _turned(needs: Mapping[LinkId, Iterable[LinkId]]) -> dict[LinkId, tuple[LinkId, ...]]:
    found: dict[LinkId, list[LinkId]] = {}
    for link, asked in needs.items():
        for each in asked:
            found.setdefault(each, []).append(link)
    return {link: tuple(listed) for link, listed in found.items()}
