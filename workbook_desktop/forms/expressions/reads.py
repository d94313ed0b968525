"""What an expression may look at, told from its text alone. Where that cannot be told, it is everything.

Followed is what kind of thing each part of an expression stands for: the response, the item it stands on,
items whose linkIds are known, or items of which only a filter on ``linkId`` that follows will tell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from workbook_desktop.forms.expressions import syntax


class Thing(Enum):
    """What a part of an expression stands for."""

    NOTHING = auto()  # values, or elements of something that is no response
    RESPONSE = auto()
    FOCUS = auto()  # the item the expression stands on
    KNOWN = auto()  # items, or answers, of linkIds that are noted
    UNKNOWN = auto()  # items: which ones, a filter has yet to tell
    VARIABLE = auto()  # whatever a variable holds; what that reads is the variable's own


class Among(Enum):
    """Which items a filter looks through."""

    TOP = auto()  # those that stand in no other
    ALL = auto()
    SOME = auto()  # it cannot be told


@dataclass(slots=True)
class Reads:
    """What was found."""

    links: set[str] = field(default_factory=set)  # "" is the item the expression stands on
    all: bool = False
    # Criteria on linkIds alone: a form tells which items they keep.
    filters: list[tuple[Among, syntax.Tree]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    clock: bool = False
    beyond_row: bool = False


_CLOCK = frozenset(("today", "now", "timeOfDay"))
_SAME = frozenset(("distinct", "ofType", "as", "trace", "single"))
_PART = frozenset(("first", "last", "tail", "skip", "take"))
_BOTH = frozenset(("union", "combine"))
_OF_BOTH = frozenset(("intersect", "exclude"))


def reads_of(tree: syntax.Tree) -> Reads:
    """Return what an expression may look at."""
    found = Reads()
    walk = _Walk(found)
    walk.use(walk.tree(tree, Thing.FOCUS, Thing.NOTHING))
    return found


def link_filter(tree: syntax.Tree) -> tuple[tuple[str, ...], syntax.Tree | None] | None:
    """Split a criterion into the linkIds it names and the rest: ``linkId = 'a'``, ``linkId in ('a' | 'b')``,
    several with ``or``, one of several with ``and``.

    None: it names no linkIds so.
    """
    links = _links(tree)
    if links is not None:
        return links, None
    if isinstance(tree, syntax.Chain) and all(operator == "and" for operator, _ in tree.rest):
        operands = [tree.first, *(operand for _, operand in tree.rest)]
        for at, operand in enumerate(operands):
            links = _links(operand)
            if links is not None:
                first, *more = operands[:at] + operands[at + 1 :]
                rest = tuple(("and", each) for each in more)
                return links, syntax.Chain(first, rest) if rest else first
    return None


def _links(tree: syntax.Tree) -> tuple[str, ...] | None:
    if not isinstance(tree, syntax.Chain):
        return None
    if len(tree.rest) == 1:
        operator, other = tree.rest[0]
        if operator == "=" and isinstance(tree.first, syntax.Literal):
            return _texts(tree.first) if _is_link_id(other) else None
        if operator == "=" and isinstance(other, syntax.Literal):
            return _texts(other) if _is_link_id(tree.first) else None
        if operator == "in":
            return _texts(other) if _is_link_id(tree.first) else None
        if operator == "contains":
            return _texts(tree.first) if _is_link_id(other) else None
    if all(operator == "or" for operator, _ in tree.rest):
        found: list[str] = []
        for operand in (tree.first, *(each for _, each in tree.rest)):
            links = _links(operand)
            if links is None:
                return None
            found += links
        return tuple(dict.fromkeys(found))
    return None


def _texts(tree: syntax.Tree) -> tuple[str, ...] | None:
    """Return the texts of ``'a'`` or ``('a' | 'b')``."""
    if isinstance(tree, syntax.Literal):
        return (tree.value,) if isinstance(tree.value, str) else None
    if not isinstance(tree, syntax.Chain) or any(operator != "|" for operator, _ in tree.rest):
        return None
    found: list[str] = []
    for operand in (tree.first, *(each for _, each in tree.rest)):
        if not isinstance(operand, syntax.Literal) or not isinstance(operand.value, str):
            return None
        found.append(operand.value)
    return tuple(dict.fromkeys(found))


# Functions of a text, or of a list of texts, that look at nothing else.
_OF_TEXT = frozenset(
    (
        *("startsWith", "endsWith", "contains", "indexOf", "matches", "matchesFull", "substring", "length"),
        *("lower", "upper", "trim", "replace", "not", "combine", "union", "toInteger"),
    )
)


def _by_link_id(tree: syntax.Tree) -> bool:
    """Say whether a criterion looks at nothing but the linkId, so that a form tells which items it keeps."""
    match tree:
        case syntax.Literal():
            return True
        case syntax.Chain():
            return _by_link_id(tree.first) and all(_by_link_id(operand) for _, operand in tree.rest)
        case syntax.Path():
            steps = tree.steps
            if isinstance(tree.start, syntax.This):
                if not (steps and isinstance(steps[0], syntax.Member) and steps[0].name == "linkId"):
                    return False
                steps = steps[1:]
            elif not _by_link_id(tree.start):
                return False
            return all(
                isinstance(step, syntax.Call)
                and step.name in _OF_TEXT
                and all(_by_link_id(argument) for argument in step.arguments)
                for step in steps
            )
    return False


def _is_link_id(tree: syntax.Tree) -> bool:
    return (
        isinstance(tree, syntax.Path)
        and isinstance(tree.start, syntax.This)
        and len(tree.steps) == 1
        and isinstance(tree.steps[0], syntax.Member)
        and tree.steps[0].name == "linkId"
    )


def _among(tree: syntax.Path) -> Among:
    """Return what the first step of a path from the response comes to."""
    if not isinstance(tree.start, syntax.Variable) or tree.start.name not in ("resource", "rootResource"):
        return Among.SOME
    first = tree.steps[0]
    if isinstance(first, syntax.Member):
        return Among.TOP if first.name == "item" else Among.SOME
    if isinstance(first, syntax.Call) and first.name in ("descendants", "repeat"):
        return Among.ALL
    return Among.SOME


class _Walk:
    def __init__(self, found: Reads) -> None:
        self.found = found
        self.among = Among.SOME  # what the next step looks through

    def use(self, thing: Thing) -> Thing:
        """Note that something is looked at, whatever it is."""
        if thing in (Thing.UNKNOWN, Thing.RESPONSE):
            self.found.all = True
        elif thing is Thing.FOCUS:
            self.found.links.add("")
        return Thing.NOTHING

    def join(self, one: Thing, other: Thing) -> Thing:
        """Return what a part stands for that may be either."""
        if one is other or other is Thing.NOTHING:
            return one
        if one is Thing.NOTHING:
            return other
        for thing in (one, other):
            if thing is Thing.FOCUS:
                self.found.links.add("")
            elif thing is Thing.RESPONSE:
                self.found.all = True
        for wide in (Thing.UNKNOWN, Thing.VARIABLE):
            if wide in (one, other):
                return wide
        return Thing.KNOWN

    def tree(self, tree: syntax.Tree, this: Thing, total: Thing) -> Thing:
        match tree:
            case syntax.Literal():
                return Thing.NOTHING
            case syntax.This():
                return this
            case syntax.Special():
                return total if tree.name == "total" else Thing.NOTHING
            case syntax.Variable():
                return self.variable(tree.name)
            case syntax.Path():
                thing = self.tree(tree.start, this, total)
                for at, step in enumerate(tree.steps):
                    self.among = _among(tree) if at == 1 else Among.SOME
                    thing = self.step(step, thing, this, total)
                return thing
            case syntax.Chain():
                return self.chain(tree, this, total)
            case syntax.Polarity():
                return self.use(self.tree(tree.operand, this, total))
            case syntax.TypeTest():
                thing = self.tree(tree.operand, this, total)
                return thing if tree.operator == "as" else self.use(thing)

    def variable(self, name: str) -> Thing:
        self.found.names.add(name)
        if name in ("resource", "rootResource"):
            self.found.beyond_row = True
            return Thing.RESPONSE
        return Thing.FOCUS if name == "context" else Thing.VARIABLE

    def chain(self, tree: syntax.Chain, this: Thing, total: Thing) -> Thing:
        thing = self.tree(tree.first, this, total)
        if all(operator == "|" for operator, _ in tree.rest):
            for _, operand in tree.rest:
                thing = self.join(thing, self.tree(operand, this, total))
            return thing
        self.use(thing)
        for _, operand in tree.rest:
            self.use(self.tree(operand, this, total))
        return Thing.NOTHING

    def step(self, step: syntax.Step, thing: Thing, this: Thing, total: Thing) -> Thing:
        if isinstance(step, syntax.Member):
            return self.member(step, thing)
        if isinstance(step, syntax.Index):
            self.use(self.tree(step.number, this, total))
            return self.part(thing)
        return self.call(step, thing, this, total)

    def member(self, step: syntax.Member, thing: Thing) -> Thing:
        name = step.name
        if step.head and name == "QuestionnaireResponse":
            return thing  # the type of what is looked at, or a member that is not there
        match thing:
            case Thing.NOTHING:
                return Thing.NOTHING
            case Thing.VARIABLE:
                return Thing.UNKNOWN if name == "item" else Thing.VARIABLE
            case Thing.RESPONSE:
                return Thing.UNKNOWN if name == "item" else Thing.NOTHING
            case Thing.FOCUS:
                if name == "item":
                    return Thing.UNKNOWN
                if name in ("linkId", "id", "text", "definition"):
                    return Thing.NOTHING
                self.found.links.add("")
                return Thing.KNOWN
            case Thing.KNOWN:
                if name == "item":
                    return Thing.UNKNOWN
                return Thing.KNOWN if name == "answer" else Thing.NOTHING
        if name in ("item", "answer"):
            return Thing.UNKNOWN
        return self.use(thing)

    def part(self, thing: Thing) -> Thing:
        # Which of several comes first depends on all of them.
        if thing is Thing.UNKNOWN:
            self.found.all = True
        return thing

    def call(self, call: syntax.Call, thing: Thing, this: Thing, total: Thing) -> Thing:
        name, arguments = call.name, call.arguments
        if name in _CLOCK:
            self.found.clock = True
            return Thing.NOTHING
        if name == "age" and not arguments:
            self.found.clock = True
        if name == "where" and len(arguments) == 1:
            return self.where(thing, arguments[0], total)
        if name == "exists" and len(arguments) == 1:  # no more than the same filter would
            return self.use(self.where(thing, arguments[0], total))
        if name == "select" and arguments:
            return self.tree(arguments[0], thing, total)
        if name == "iif" and arguments:
            here = this if thing is Thing.NOTHING else thing
            self.use(self.tree(arguments[0], here, total))
            found = Thing.NOTHING
            for branch in arguments[1:]:
                found = self.join(found, self.tree(branch, here, total))
            return found
        if name in ("repeat", "descendants", "children", "answers"):
            return self.inside(name, thing, arguments, total)
        if name in _SAME:
            if name == "trace":
                for argument in arguments:
                    self.use(self.tree(argument, thing, total))
            return thing
        if name in _PART:
            for argument in arguments:
                self.use(self.tree(argument, this, total))
            return self.part(thing)
        if name in _BOTH:
            for argument in arguments[:1]:
                thing = self.join(thing, self.tree(argument, this, total))
            return thing
        self.criteria(name, thing, arguments, this, total)
        if name in _OF_BOTH:
            self.use(thing)
            return Thing.KNOWN if thing in (Thing.FOCUS, Thing.UNKNOWN) else thing
        if name == "extension":
            return Thing.NOTHING
        return self.use(thing)

    def criteria(
        self, name: str, thing: Thing, arguments: tuple[syntax.Tree, ...], this: Thing, total: Thing
    ) -> None:
        if name == "all" and arguments:
            self.use(self.tree(arguments[0], thing, total))
            return
        if name == "aggregate" and arguments:
            start = self.tree(arguments[1], this, total) if len(arguments) > 1 else Thing.NOTHING
            self.use(start)
            first = self.tree(arguments[0], thing, Thing.NOTHING)
            self.use(first)
            return
        for argument in arguments:
            self.use(self.tree(argument, this, total))

    def where(self, thing: Thing, criterion: syntax.Tree, total: Thing) -> Thing:
        among, self.among = self.among, Among.SOME
        split = link_filter(criterion)
        if split is None and thing is not Thing.RESPONSE and _by_link_id(criterion):
            if thing in (Thing.UNKNOWN, Thing.VARIABLE, Thing.KNOWN):
                self.found.filters.append((among, criterion))
            elif thing is Thing.FOCUS:
                self.found.links.add("")
            return thing if thing in (Thing.VARIABLE, Thing.NOTHING) else Thing.KNOWN
        if split is None:
            self.use(self.tree(criterion, thing, total))
            return thing
        links, rest = split
        if thing in (Thing.UNKNOWN, Thing.VARIABLE, Thing.KNOWN):
            self.found.links.update(links)
        elif thing is Thing.FOCUS:
            self.found.links.add("")
        kept = thing if thing in (Thing.VARIABLE, Thing.NOTHING) else Thing.KNOWN
        if rest is not None:
            self.use(self.tree(rest, kept, total))
        return kept

    def inside(self, name: str, thing: Thing, arguments: tuple[syntax.Tree, ...], total: Thing) -> Thing:
        if thing == Thing.NOTHING:
            return Thing.NOTHING
        if name != "repeat":
            if name == "answers":  # answers of anything inside
                self.found.all = True
                return Thing.KNOWN
            return Thing.UNKNOWN
        found: Thing = thing
        for argument in arguments:
            found = self.tree(argument, thing, total)
            again = self.tree(argument, found, total)
            found = self.join(found, again)
        return found
