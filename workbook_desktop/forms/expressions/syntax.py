"""Reads the text of an expression into a tree. FHIRPath N1's grammar; depth and length are limited.

Chains (``a.b.c``, ``a + b + c``) are one node with a list, so that only real nesting makes a tree deeper.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from workbook_desktop.forms.expressions.amounts import CALENDAR, UCUM, Amount
from workbook_desktop.forms.expressions.errors import ExpressionRefused
from workbook_desktop.forms.expressions.moments import PartialDate, PartialDateTime, PartialTime

LONGEST = 10_000  # letters of an expression
DEEPEST = 40  # expressions inside each other
MOST_NODES = 4_000


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written out; None is the empty collection ``{}``."""

    value: object


@dataclass(frozen=True, slots=True)
class This:
    """What the expression looks at where it begins: ``$this``, or nothing written."""

    written: bool = False


@dataclass(frozen=True, slots=True)
class Special:
    """``$index`` or ``$total``, without the sign."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """``%name``, without the sign."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Member:
    """``.name``. At the head of a path it may name the type of what is looked at."""

    name: str
    head: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """``.name(arguments)``."""

    name: str
    arguments: tuple[Tree, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Index:
    """``[number]``."""

    number: Tree


Step = Member | Call | Index


@dataclass(frozen=True, slots=True)
class Path:
    """A start, and steps from it."""

    start: Tree
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands of one precedence, worked out from the left: ``first (operator operand)*``."""

    first: Tree
    rest: tuple[tuple[str, Tree], ...]


@dataclass(frozen=True, slots=True)
class Polarity:
    """``-x`` or ``+x``."""

    sign: str
    operand: Tree


@dataclass(frozen=True, slots=True)
class TypeTest:
    """``x is T`` or ``x as T``."""

    operator: str
    operand: Tree
    type: str
    position: int


Tree = Literal | This | Special | Variable | Path | Chain | Polarity | TypeTest


class _Token(NamedTuple):
    kind: str  # "number" "text" "name" "quoted" "moment" "sign" "end"
    text: str
    at: int
    value: object = None


_SCAN = re.compile(
    r"""\s*+(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<space>//[^\n]*|/\*.*?\*/|$)
    |(?P<moment>@T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?
       |@\d{4}(?:-\d\d(?:-\d\d)?)?(?:T(?:\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<text>'(?:[^'\\]|\\.)*')
    |(?P<quoted>`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*")
    |(?P<special>\$[A-Za-z]+)
    |(?P<sign><=|>=|!=|!~|[=~<>|&+\-*/.,()\[\]{}%]))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "/": "/", "'": "'", '"': '"', "`": "`"}

_LEVELS: dict[str, int] = {
    "implies": 1,
    "or": 2,
    "xor": 2,
    "and": 3,
    "in": 4,
    "contains": 4,
    **dict.fromkeys(("=", "~", "!=", "!~"), 5),
    **dict.fromkeys(("<=", "<", ">", ">="), 6),
    "|": 7,
    "is": 8,
    "as": 8,
    **dict.fromkeys(("+", "-", "&"), 9),
    **dict.fromkeys(("*", "/", "div", "mod"), 10),
}
_ALSO_NAMES = frozenset(("as", "is", "contains", "in"))
_NOT_NAMES = frozenset(("and", "or", "xor", "implies", "div", "mod", "true", "false"))


def read(text: str) -> Tree:
    """Return the tree of an expression.

    Raises:
        ExpressionRefused: it is not FHIRPath, or too long or too deep.
    """
    if len(text) > LONGEST:
        raise ExpressionRefused(f"it is longer than {LONGEST:,} letters", feature="size")
    return _Parser(text).whole()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    # Matched from place to place, never searched for: searching a long run of blanks takes for ever.
    reached, end, scan = 0, len(text), _SCAN.match
    while reached < end:
        match = scan(text, reached)
        if match is None:
            break
        kind = match.lastgroup or ""
        piece, at = match[kind], match.start(kind)
        if kind == "name" or kind == "sign":
            found.append(_Token(kind, piece, at))
        elif kind != "space":
            found.append(_Token(kind, piece, at, _token_value(kind, piece, at)))
        reached = match.end()
    if reached < end:
        at = reached + len(text[reached:]) - len(text[reached:].lstrip())
        why = "a text in quotes does not end" if text[at] in "'\"`" else f"“{text[at]}” means nothing here"
        raise ExpressionRefused(why, position=at)
    found.append(_Token("end", "", end))
    return found


def _token_value(kind: str, piece: str, at: int) -> object:
    if kind == "number":
        if len(piece) > 60:
            raise ExpressionRefused("a number is too long", position=at, feature="size")
        return Decimal(piece) if "." in piece else int(piece)
    if kind in ("text", "quoted"):
        return _plain(piece[1:-1], at)
    if kind == "moment":
        moment: object
        if piece[1] == "T":
            moment = PartialTime.read(piece[2:])
        elif "T" in piece:
            moment = PartialDateTime.read(piece[1:])
        else:
            moment = PartialDate.read(piece[1:])
        if moment is None:
            raise ExpressionRefused("there is no such date or time", position=at)
        return moment
    return None


def _plain(piece: str, at: int) -> str:
    if "\\" not in piece:
        return piece

    def one(match: re.Match[str]) -> str:
        escaped = match[1]
        if escaped[0] == "u" and len(escaped) == 5:
            return chr(int(escaped[1:], 16))
        # FHIRPath knows no other escapes. Public forms write patterns as '\d'; those keep their stroke.
        return _ESCAPES.get(escaped, "\\" + escaped)

    return _ESCAPE.sub(one, piece)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0
        self._nodes = 0

    def whole(self) -> Tree:
        tree = self._expression(1)
        token = self._peek()
        if token.kind != "end":
            raise ExpressionRefused(f"“{token.text[:20]}” is not expected here", position=token.at)
        return tree

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        if token.kind != "end":
            self._next += 1
        return token

    def _sign(self, text: str) -> bool:
        token = self._peek()
        if token.kind == "sign" and token.text == text:
            self._next += 1
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._sign(text):
            token = self._peek()
            found = f"“{token.text[:20]}”" if token.text else "the end"
            raise ExpressionRefused(f"“{text}” is missing before {found}", position=token.at)

    def _count(self, at: int) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise ExpressionRefused("it has too many parts", position=at, feature="size")

    def _operator(self) -> tuple[str, int]:
        token = self._tokens[self._next]
        level = _LEVELS.get(token.text, 0)
        return (token.text, level) if level and token.kind in ("sign", "name") else ("", 0)

    def _expression(self, lowest: int) -> Tree:
        at = self._peek().at
        self._depth += 1
        if self._depth > DEEPEST * 2:
            raise ExpressionRefused(
                "too many expressions stand inside each other", position=at, feature="size"
            )
        left = self._unary()
        while True:
            operator, level = self._operator()
            if level < lowest or not level:
                break
            if level == 8:
                at = self._take().at
                self._count(at)
                left = TypeTest(operator, left, self._type(), at)
                continue
            rest: list[tuple[str, Tree]] = []
            while True:
                operator, here = self._operator()
                if here != level:
                    break
                at = self._take().at
                self._count(at)
                rest.append((operator, self._expression(level + 1)))
            left = Chain(left, tuple(rest))
        self._depth -= 1
        return left

    def _type(self) -> str:
        name = self._name()
        while self._sign("."):
            name += "." + self._name()
        return name

    def _name(self) -> str:
        token = self._take()
        if token.kind == "quoted":
            return str(token.value)
        if token.kind == "name" and token.text not in _NOT_NAMES:
            return token.text
        found = f"“{token.text[:20]}”" if token.text else "the end"
        raise ExpressionRefused(f"a name is missing before {found}", position=token.at)

    def _unary(self) -> Tree:
        token = self._tokens[self._next]
        if token.kind != "sign" or token.text not in "+-":
            return self._path()
        signs: list[str] = []
        while self._peek().kind == "sign" and self._peek().text in "+-":
            self._count(self._peek().at)
            signs.append(self._take().text)
            if len(signs) > DEEPEST:
                raise ExpressionRefused("too many signs", position=self._peek().at, feature="size")
        tree = self._path()
        for sign in reversed(signs):
            tree = Polarity(sign, tree)
        return tree

    def _path(self) -> Tree:
        start, steps = self._start()
        while True:
            token = self._tokens[self._next]
            if token.text == "." and token.kind == "sign":
                self._next += 1
                self._count(token.at)
                steps.append(self._invocation(head=False))
            elif token.text == "[" and token.kind == "sign":
                self._next += 1
                self._count(token.at)
                steps.append(Index(self._expression(1)))
                self._need("]")
            else:
                break
        return Path(start, tuple(steps)) if steps else start

    def _invocation(self, *, head: bool) -> Step:
        token = self._peek()
        if token.kind == "special":
            raise ExpressionRefused(f"{token.text} cannot stand after a full stop", position=token.at)
        name = self._name()
        if token.kind == "name" and self._sign("("):
            arguments: list[Tree] = []
            if not self._sign(")"):
                arguments.append(self._expression(1))
                while self._sign(","):
                    arguments.append(self._expression(1))
                self._need(")")
            return Call(name, tuple(arguments), token.at)
        return Member(name, head=head)

    def _start(self) -> tuple[Tree, list[Step]]:
        token = self._peek()
        self._count(token.at)
        if token.kind == "number":
            self._take()
            return self._number(token.value), []
        if token.kind in ("text", "moment"):
            self._take()
            return Literal(token.value), []
        if token.kind == "special":
            return self._special(), []
        if token.kind == "sign":
            return self._signed(token), []
        if token.kind == "name" and token.text in ("true", "false"):
            self._take()
            return Literal(token.text == "true"), []
        if token.kind == "quoted" and token.text[0] == '"':
            # Not of the language since 2018, but seen: a text in double quotes.
            raise ExpressionRefused("text stands in single quotes", position=token.at)
        return This(), [self._invocation(head=True)]

    def _number(self, value: object) -> Tree:
        token = self._peek()
        amount = Decimal(str(value))
        if token.kind == "text":
            self._take()
            return Literal(Amount(value=amount, unit=str(token.value), code=str(token.value), system=UCUM))
        if token.kind == "name" and token.text in CALENDAR:
            self._take()
            return Literal(Amount(value=amount, unit=token.text))
        return Literal(value)

    def _special(self) -> Tree:
        token = self._take()
        if token.text == "$this":
            return This(written=True)
        if token.text in ("$index", "$total"):
            return Special(token.text[1:])
        raise ExpressionRefused(f"there is no {token.text[:20]}", position=token.at)

    def _signed(self, token: _Token) -> Tree:
        if self._sign("("):
            inner = self._expression(1)
            self._need(")")
            return inner
        if self._sign("{"):
            self._need("}")
            return Literal(None)
        if self._sign("%"):
            following = self._peek()
            if following.kind == "text":
                self._take()
                return Variable(str(following.value), token.at)
            return Variable(self._name(), token.at)
        raise ExpressionRefused(f"“{token.text[:20]}” is not expected here", position=token.at)
