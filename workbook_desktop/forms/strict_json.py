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
DEEPEST = 64
_MOST_NODES = 2_000_000
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
        return json.loads(
            source.decode("utf-8-sig"),
            object_pairs_hook=_once_each,
            parse_constant=_no_constant,
            parse_float=Decimal,
        )
    except UnicodeDecodeError:
        _refuse("json", "the text is not UTF-8")
    except RecursionError:
        _refuse("depth", f"it is nested more than {DEEPEST} deep")
    except (ValueError, InvalidOperation) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        _refuse("json", f"it is not JSON{where}")


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
    raise FormRefused(item=_deepest_item(root), feature="depth", why=f"it is nested more than {DEEPEST} deep")


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
