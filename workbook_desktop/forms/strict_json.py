"""Reads JSON that others wrote, or refuses it: one meaning, bounded depth and size, no floats."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from workbook_desktop.domain.errors import FormRefused

MOST_BYTES = 16 * 1024 * 1024
DEEPEST = 64  # objects and lists inside each other; records travel within the same bound
MOST_DEEP = 24  # items inside each other: two levels of JSON each, with room for what stands in the last
_MOST_NODES = 2_000_000
_LONGEST_NUMBER = 4_000  # digits; Python converts few more
_TOKEN = re.compile(rb'"linkId"\s*:\s*"((?:[^"\\]|\\.)*)"|"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


def decode(source: bytes | Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a JSON object and the SHA-256 of what it was made from.

    Numbers with a point come back as `Decimal`. An object handed in decoded is checked just the same.

    Raises:
        FormRefused: no JSON, a name twice in one object, NaN, too deep or too large.
    """
    if isinstance(source, bytes):
        if len(source) > MOST_BYTES:
            _refuse("size", "the file is larger than 16 MB")
        decoded = _decoded(source)
        digest = hashlib.sha256(source).hexdigest()
    else:
        decoded = source
        digest = ""
    if not isinstance(decoded, dict):
        _refuse("json", "a form is a JSON object, and this is not one")
    _check_depth(decoded)
    if not isinstance(source, bytes) or _HALF.search(source):
        _check_letters(decoded)
    if not digest:
        try:
            plain = json.dumps(decoded, sort_keys=True, separators=(",", ":"), default=str)
        except (TypeError, ValueError):
            _refuse("json", "it holds something that JSON cannot say")
        digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
    return dict(decoded), digest


def _check_letters(decoded: Mapping[str, Any]) -> None:
    """Refuse half a letter (a lone surrogate): nothing can write it down again."""
    try:
        json.dumps(decoded, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        _refuse("json", "it holds half a letter")
    except (TypeError, ValueError):
        return  # what JSON cannot say is refused where it is read


def number_text(value: Any) -> str | None:
    """Return a JSON number as decimal text without an exponent, or None if it is no number of sane size."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 30 or len(number.as_tuple().digits) > 60:
        return None
    return f"{number:f}"


def _decoded(source: bytes) -> Any:
    try:
        return _read(source)
    except UnicodeDecodeError:
        _refuse("json", "the text is not UTF-8")
    except RecursionError:
        item, why = _too_deep(source)
        raise FormRefused(item=item, feature="depth", why=why) from None
    except (ValueError, InvalidOperation) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        _refuse("json", f"it is not JSON{where}")


def _read(source: bytes) -> Any:
    text = source.decode("utf-8-sig")

    def read(**more: Any) -> Any:
        return json.loads(
            text,
            object_pairs_hook=_once_each,
            parse_constant=_no_constant,
            parse_float=Decimal,
            **more,
        )

    try:
        return read()
    except json.JSONDecodeError:
        raise
    except ValueError:
        # A number of so many digits that Python does not convert it: whoever reads it says where it stands.
        return read(parse_int=lambda digits: (int if len(digits) <= _LONGEST_NUMBER else Decimal)(digits))


def _too_deep(source: bytes) -> tuple[str, str]:
    """Return the linkId of an item that stands too deep, and why. Of JSON too deep to be read at all."""
    path: list[str] = []  # of each object and list that is open: the linkId in it
    for token in _TOKEN.finditer(source):
        sign = token.group()
        if sign in (b"{", b"["):
            path.append("")
            if len(path) > DEEPEST:
                break
        elif sign in (b"}", b"]"):
            del path[-1:]
        elif path and token.group(1) is not None:
            path[-1] = token.group(1).decode("utf-8", "replace")
    items = [each for each in path if each]
    if len(items) > MOST_DEEP:
        return items[MOST_DEEP][:80], f"its items are nested more than {MOST_DEEP} deep"
    return (items[-1] if items else "")[:80], f"it is nested more than {DEEPEST} deep"


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                item = found.get("linkId")
                raise FormRefused(
                    item=item if isinstance(item, str) else "",
                    feature="json",
                    why=f"“{name[:80]}” stands twice in one object",
                )
            seen.add(name)
    return found


def _no_constant(name: str) -> NoReturn:
    _refuse("json", f"{name} is not a number in JSON")


def _check_depth(root: Mapping[str, Any]) -> None:
    # The root is depth 1; a loop, not recursion, so that depth itself cannot hurt.
    level: list[Any] = [root]
    nodes = 0
    for _ in range(DEEPEST):
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                below.extend(each for each in node.values() if isinstance(each, dict | list))
            else:
                below.extend(each for each in node if isinstance(each, dict | list))
        if not below:
            return
        nodes += len(below)
        if nodes > _MOST_NODES:
            _refuse("size", "it has too many parts")
        level = below
    if (item := _item_below(root)) is not None:
        raise FormRefused(item=item, feature="depth", why=f"its items are nested more than {MOST_DEEP} deep")
    raise FormRefused(item=_deepest_item(root), feature="depth", why=f"it is nested more than {DEEPEST} deep")


def _item_below(root: Mapping[str, Any]) -> str | None:
    """Return the linkId of the first item that is nested deeper than may be, None if none is."""
    level: list[Any] = [root]
    for _ in range(MOST_DEEP + 1):
        listed = [each.get("item") for each in level]
        level = [each for items in listed if isinstance(items, list) for each in items]
        level = [each for each in level if isinstance(each, dict)]
    links = [str(each.get("linkId", ""))[:80] for each in level]
    return links[0] if links else None


def _deepest_item(root: Mapping[str, Any]) -> str:
    """Return the linkId of an item that stands too deep, ``""`` if it is not items that are nested."""
    level: list[tuple[Any, str]] = [(root, "")]
    for _ in range(DEEPEST):
        below = []
        for node, link in level:
            if isinstance(node, dict):
                given = node.get("linkId")
                link = given if isinstance(given, str) else link
                below += [(each, link) for each in node.values() if isinstance(each, dict | list)]
            else:
                below += [(each, link) for each in node if isinstance(each, dict | list)]
        level = below
    return level[0][1][:80] if level else ""


def _refuse(feature: str, why: str) -> NoReturn:
    raise FormRefused(item="", feature=feature, why=why)
