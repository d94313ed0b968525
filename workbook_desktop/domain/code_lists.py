"""The lists of codes that forms offer and returns ask for, read from resources/rules/code-lists.json."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

_SYSTEM = "https://workbook.invalid/fhir/CodeSystem/"


class Code(NamedTuple):
    """One code of a list."""

    code: str
    label: str
    alone: bool = False  # cannot be chosen together with others


class Wrong(NamedTuple):
    """What is wrong with a choice, and of which code."""

    code: str
    why: Literal["unknown", "retired", "twice", "not-with-others"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """A list of codes as one return or one form asks for it."""

    name: str  # "disability": the end of its system
    title: str
    source: str
    in_force_from: date
    codes: tuple[Code, ...]
    retired: frozenset[str] = frozenset()  # still in old records; not offered, and queried in returns

    def label(self, code: str) -> str:
        """Return the words of a code; the code itself if it is not of this list."""
        return next((each.label for each in self.codes if each.code == code), code)

    def wrong(self, chosen: Iterable[str]) -> tuple[Wrong, ...]:
        """Return what is wrong with what was chosen: codes unknown, retired, repeated or alone."""
        counted = Counter(chosen)
        known = {each.code: each for each in self.codes}
        found = []
        for code, times in counted.items():
            if code in self.retired:
                found.append(Wrong(code, "retired"))
            elif code not in known:
                found.append(Wrong(code, "unknown"))
            elif known[code].alone and len(counted) > 1:
                found.append(Wrong(code, "not-with-others"))
            if times > 1:
                found.append(Wrong(code, "twice"))
        return tuple(found)


def code_lists_of(data: Mapping[str, Any]) -> Mapping[str, CodeList]:
    """Return the lists by name.

    Raises:
        ValueError: another shape, an unknown member, or a list or code that stands twice.
    """
    found: dict[str, CodeList] = {}
    try:
        for row in data["lists"]:
            each = _list(row)
            if each.name in found:
                raise ValueError(f"{each.name} stands twice")
            found[each.name] = each
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("these are no lists of codes") from error
    return found


def _list(row: Mapping[str, Any]) -> CodeList:
    unknown = set(row) - {"system", "title", "source", "inForceFrom", "retired", "codes"}
    if unknown:
        raise ValueError(f"a list with an unknown member: {min(unknown)}")
    system = row["system"]
    if not re.fullmatch(re.escape(_SYSTEM) + r"[a-z0-9-]+", system):
        raise ValueError("a list without a system of ours")
    codes = tuple(_code(each) for each in row["codes"])
    retired = frozenset(row.get("retired", ()))
    names = [each.code for each in codes]
    if not names or len(set(names)) != len(names) or retired & set(names):
        raise ValueError(f"{system}: no codes, or one that stands twice")
    return CodeList(
        name=system.removeprefix(_SYSTEM),
        title=str(row["title"]),
        source=str(row["source"]),
        in_force_from=date.fromisoformat(row["inForceFrom"]),
        codes=codes,
        retired=retired,
    )


def _code(row: Mapping[str, Any]) -> Code:
    if set(row) - {"code", "label", "alone"} or not row["code"] or not row["label"]:
        raise ValueError("a code has a code and a label")
    return Code(str(row["code"]), str(row["label"]), bool(row.get("alone", False)))
