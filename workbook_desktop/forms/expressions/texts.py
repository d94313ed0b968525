"""Functions on text, and those that turn values into others."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from workbook_desktop.domain.people import age_on
from workbook_desktop.forms import patterns
from workbook_desktop.forms.expressions import values
from workbook_desktop.forms.expressions.errors import CannotWorkOut, Misfit
from workbook_desktop.forms.expressions.functions import function
from workbook_desktop.forms.expressions.moments import PartialDate, PartialDateTime, PartialTime
from workbook_desktop.forms.expressions.nodes import Items, JsonNode
from workbook_desktop.forms.expressions.running import Scope, alone
from workbook_desktop.forms.expressions.sets import whole


def _text(items: Items) -> str | None:
    value = alone(items)
    if value is None:
        return None
    if isinstance(value, str):
        return value
    text = values.text_of(value)
    if text is None:
        raise Misfit("a text is needed")
    return text


def _argument(items: Items) -> str | None:
    value = alone(items)
    if value is None or isinstance(value, str):
        return value
    raise Misfit("a text is needed")


def _pair(name: str, work: Callable[[str, str], Any]) -> None:
    def worked(scope: Scope, items: Items, argument: Items) -> Items:
        text, other = _text(items), _argument(argument)
        if text is None or other is None:
            return []
        scope.run.spend(1 + len(text) // 64)
        return [work(text, other)]

    function(name, least=1)(worked)


_pair("startsWith", lambda text, other: text.startswith(other))
_pair("endsWith", lambda text, other: text.endswith(other))
_pair("contains", lambda text, other: other in text)
_pair("indexOf", lambda text, other: text.find(other))
_pair("lastIndexOf", lambda text, other: text.rfind(other))


def _simple(name: str, work: Callable[[str], Any]) -> None:
    def worked(scope: Scope, items: Items) -> Items:
        text = _text(items)
        if text is None:
            return []
        made = work(text)
        return [scope.run.text(made) if isinstance(made, str) else made]

    function(name)(worked)


_simple("upper", str.upper)
_simple("lower", str.lower)
_simple("trim", str.strip)
_simple("length", len)


@function("toChars")
def _to_chars(scope: Scope, items: Items) -> Items:
    text = _text(items)
    if text is None:
        return []
    scope.run.spend(len(text))
    return list(text)


@function("substring", least=1, most=2)
def _substring(scope: Scope, items: Items, start: Items, length: Items | None = None) -> Items:
    text, at = _text(items), whole(start)
    if text is None or at is None or not 0 <= at < len(text):
        return []
    many = None if length is None else whole(length)
    return [text[at:] if many is None else text[at : at + max(many, 0)]]


@function("replace", least=2)
def _replace(scope: Scope, items: Items, old: Items, new: Items) -> Items:
    text, was, becomes = _text(items), _argument(old), _argument(new)
    if text is None or was is None or becomes is None:
        return []
    times = len(text) + 1 if not was else text.count(was)
    scope.run.spend(1 + (times * len(becomes) + len(text)) // 64)
    return [scope.run.text(text.replace(was, becomes))]


@function("split", least=1)
def _split(scope: Scope, items: Items, mark: Items) -> Items:
    text, separator = _text(items), _argument(mark)
    if text is None or separator is None:
        return []
    parts = list(text) if not separator else text.split(separator)
    scope.run.spend(len(parts))
    return list(parts)


@function("join", most=1)
def _join(scope: Scope, items: Items, mark: Items | None = None) -> Items:
    if not items:
        return []
    separator = (_argument(mark) if mark is not None else None) or ""
    texts = []
    size = 0
    for item in items:
        text = values.text_of(item)
        if text is None:
            raise Misfit("a text is needed")
        texts.append(text)
        size += len(text) + len(separator)
        if size > 1_000_000:
            raise CannotWorkOut("a text becomes too long")
    scope.run.spend(len(items))
    return [scope.run.text(separator.join(texts))]


# -- patterns ------------------------------------------------------------------------------------------------

_NAMED = re.compile(r"\(\?<(?=[A-Za-z_])")


def why_no_pattern(pattern: str, *, search: bool) -> str:
    """Say in plain words why a pattern cannot be used; ``""`` if it can. `search`: it may match a part."""
    return patterns.why_not(_python(pattern), search=search)


def _python(pattern: str) -> str:
    # ECMAScript names a group (?<name>…), Python (?P<name>…). A full stop meets line ends in FHIRPath.
    return "(?s)" + _NAMED.sub("(?P<", pattern)


def _pattern(scope: Scope, items: Items) -> re.Pattern[str] | None:
    text = _argument(items)
    if text is None:
        return None
    scope.run.spend(10 * len(text))  # it may have been put together just now, and is read as it is met
    found = patterns.compiled(_python(text))
    if found is None:
        raise CannotWorkOut(f"a pattern cannot be used: {why_no_pattern(text, search=False)}")
    return found


def _tried(scope: Scope, pattern: re.Pattern[str], text: str, *, search: bool) -> str:
    longest = patterns.longest_text(pattern.pattern, search=search)
    if longest == 0:
        raise CannotWorkOut("a pattern cannot be used: trying it on a long answer could take for ever")
    if len(text) > longest:
        raise CannotWorkOut(f"a text of more than {longest} letters is too long to try a pattern on")
    scope.run.spend(100 + patterns.ways(pattern.pattern, len(text), search=search) // 20)
    return text


@function("matches", least=1, most=2)
def _matches(scope: Scope, items: Items, pattern: Items, flags: Items | None = None) -> Items:
    text, compiled = _text(items), _pattern(scope, pattern)
    if text is None or compiled is None:
        return []
    return [compiled.search(_tried(scope, compiled, text, search=True)) is not None]


@function("matchesFull", least=1, most=2)
def _matches_full(scope: Scope, items: Items, pattern: Items, flags: Items | None = None) -> Items:
    text, compiled = _text(items), _pattern(scope, pattern)
    if text is None or compiled is None:
        return []
    return [compiled.fullmatch(_tried(scope, compiled, text, search=False)) is not None]


_GROUP = re.compile(r"\$(?:(\d{1,2})|\{(\w+)\}|(\$))")


@function("replaceMatches", least=2, most=3)
def _replace_matches(
    scope: Scope, items: Items, pattern: Items, new: Items, flags: Items | None = None
) -> Items:
    text, becomes = _text(items), _argument(new)
    raw = _argument(pattern)
    if text is None or becomes is None or raw is None:
        return []
    if not raw:
        return [text]
    compiled = _pattern(scope, pattern)
    assert compiled is not None

    def put(match: re.Match[str]) -> str:
        def group(named: re.Match[str]) -> str:
            if named[3]:
                return "$"
            wanted: int | str = int(named[1]) if named[1] else named[2]
            if isinstance(wanted, str) and wanted.isdigit():
                wanted = int(wanted)
            try:
                return match[wanted] or ""
            except IndexError:
                return named[0]

        made = _GROUP.sub(group, becomes)
        scope.run.spend(2 + len(made) // 16)
        return made

    return [scope.run.text(compiled.sub(put, _tried(scope, compiled, text, search=True)))]


# -- codings of text -----------------------------------------------------------------------------------------


@function("encode", least=1)
def _encode(scope: Scope, items: Items, way: Items) -> Items:
    text, name = _text(items), _argument(way)
    if text is None:
        return []
    scope.run.text(text * 2)
    raw = text.encode(errors="replace")
    if name == "hex":
        return [scope.run.text(raw.hex())]
    if name == "base64":
        return [scope.run.text(base64.b64encode(raw).decode())]
    if name == "urlbase64":
        return [scope.run.text(base64.urlsafe_b64encode(raw).decode())]
    if name == "url":
        return [scope.run.text(quote(text, safe="", errors="replace"))]
    return []


@function("decode", least=1)
def _decode(scope: Scope, items: Items, way: Items) -> Items:
    text, name = _text(items), _argument(way)
    if text is None:
        return []
    try:
        if name == "hex":
            return [bytes.fromhex(text).decode()]
        if name == "base64":
            return [base64.b64decode(text, validate=True).decode()]
        if name == "urlbase64":
            return [base64.b64decode(text, altchars=b"-_", validate=True).decode()]
    except (ValueError, binascii.Error):
        raise CannotWorkOut("a text is not coded as it says") from None
    return [unquote(text)] if name == "url" else []


_JSON = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b"}
_UNJSON = {written: letter for letter, written in _JSON.items()} | {"\\/": "/"}


@function("escape", least=1)
def _escape(scope: Scope, items: Items, way: Items) -> Items:
    text, name = _text(items), _argument(way)
    if text is None:
        return []
    if name == "html":
        return [scope.run.text(html.escape(text))]
    if name == "json":
        return [scope.run.text("".join(_JSON.get(letter, letter) for letter in text))]
    return []


@function("unescape", least=1)
def _unescape(scope: Scope, items: Items, way: Items) -> Items:
    text, name = _text(items), _argument(way)
    if text is None:
        return []
    if name == "html":
        return [scope.run.text(html.unescape(text))]
    if name == "json":
        return [re.sub(r"\\.", lambda match: _UNJSON.get(match[0], match[0]), text, flags=re.DOTALL)]
    return []


# -- conversions ---------------------------------------------------------------------------------------------


def _conversion(name: str, work: Callable[[Any], Any]) -> None:
    def converted(scope: Scope, items: Items) -> Items:
        value = alone(items)
        found = None if value is None else work(value)
        return [] if found is None else [found]

    def converts(scope: Scope, items: Items) -> Items:
        value = alone(items)
        return [] if value is None else [work(value) is not None]

    function(f"to{name}")(converted)
    function(f"convertsTo{name}")(converts)


_conversion("Boolean", values.to_boolean)
_conversion("Integer", values.to_integer)
_conversion("Decimal", values.to_decimal)
_conversion("String", values.to_text)
_conversion("Date", values.to_date)
_conversion("DateTime", values.to_date_time)
_conversion("Time", values.to_time)


@function("toQuantity", most=1)
def _to_quantity(scope: Scope, items: Items, unit: Items | None = None) -> Items:
    value = alone(items)
    found = None if value is None else values.to_amount(value)
    if found is None:
        return []
    wanted = None if unit is None else _argument(unit)
    return [found] if wanted is None or wanted == found.key else []


@function("convertsToQuantity", most=1)
def _converts_to_quantity(scope: Scope, items: Items, unit: Items | None = None) -> Items:
    return [] if not items else [bool(_to_quantity(scope, items, unit))]


@function("type")
def _type(scope: Scope, items: Items) -> Items:
    out: Items = []
    for item in items:
        space, name = values.type_name(item)
        out.append(JsonNode({"namespace": space, "name": name}, "ClassInfo", scope.run.environment.types))
    return out


# -- the clock -----------------------------------------------------------------------------------------------


@function("today")
def _today(scope: Scope, items: Items) -> Items:
    return [PartialDate.of(scope.run.environment.today)]


@function("now")
def _now(scope: Scope, items: Items) -> Items:
    return [PartialDateTime.of(scope.run.environment.now)]


@function("timeOfDay")
def _time_of_day(scope: Scope, items: Items) -> Items:
    return [PartialTime(parts=PartialDateTime.of(scope.run.environment.now).parts[3:])]


@function("age", most=1)
def _age(scope: Scope, items: Items, at: Items | None = None) -> Items:
    """Whole years from a date of birth to a day, today if none is given. Ours, not FHIRPath's.

    Someone born on 29 February is a year older on 1 March, as elsewhere in the Workbook. A birth known only
    to the month or the year has an age where every day in it gives the same one.
    """
    born = alone(items)
    day = PartialDate.of(scope.run.environment.today) if at is None else alone(at)
    if born is None or day is None:
        return []
    birth, until = values.to_date(born), values.to_date(day)
    if birth is None or until is None:
        raise Misfit("a date is needed")
    (first, last), (early, late) = birth.days, until.days
    if late < first:
        return []
    youngest, oldest = age_on(last, early)[0], age_on(first, late)[0]
    return [oldest] if youngest == oldest and last <= early else []
