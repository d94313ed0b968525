"""Lists of answers that a form names by address, copied in when it is published: clients fetch nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from workbook_desktop.forms import strict_json
from workbook_desktop.paths import resource

_DEEPEST = 16  # lists that name lists that name lists
_MOST = 5_000  # concepts of one list; the loader refuses more


@cache
def shipped_source() -> bytes:
    """Return the few short lists of FHIR's own that ship (``resources/lists``, with their licence)."""
    return resource("lists", "fhir.json").read_bytes()


@cache
def _shipped() -> ValueSets:
    sets = ValueSets()
    sets.add_file(shipped_source())
    return sets


def shipped(url: str) -> list[dict[str, Any]] | None:
    """Return what a list of FHIR R4 holds that ships with the Workbook; None if it does not."""
    address, _, version = url.partition("|")
    return _shipped().concepts(address) if not version or version.startswith("4.0") else None


class ValueSets:
    """ValueSets and CodeSystems by their address."""

    def __init__(self, resources: Iterable[Mapping[str, Any]] = ()) -> None:
        self._sets: dict[str, Mapping[str, Any]] = {}
        self._systems: dict[str, Mapping[str, Any]] = {}
        for each in resources:
            self.add(each)

    def add(self, resource: Mapping[str, Any]) -> None:
        """Take in a ValueSet, a CodeSystem, or a Bundle of such; anything else is passed over."""
        if resource.get("resourceType") == "Bundle":
            entries = resource.get("entry")
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                    self.add(entry["resource"])
            return
        url = resource.get("url")
        if not isinstance(url, str):
            return
        if resource.get("resourceType") == "ValueSet":
            self._sets[url] = resource
        elif resource.get("resourceType") == "CodeSystem":
            self._systems[url] = resource

    def add_file(self, source: bytes) -> None:
        """Take in a file. Raises FormRefused if it is no JSON."""
        self.add(strict_json.decode(source)[0])

    def concepts(self, url: str) -> list[dict[str, Any]] | None:
        """Return what a list holds, as codings with what is beside them; None if it cannot be told here."""
        return self._concepts(url.split("|")[0], (), {})

    def _concepts(
        self, url: str, around: tuple[str, ...], known: dict[str, list[dict[str, Any]] | None]
    ) -> list[dict[str, Any]] | None:
        if url in around or len(around) > _DEEPEST:
            return None
        if url not in known:  # once each: lists that name each other twice over would never end
            known[url] = self._read(url, around, known)
        return known[url]

    def _read(
        self, url: str, around: tuple[str, ...], known: dict[str, list[dict[str, Any]] | None]
    ) -> list[dict[str, Any]] | None:
        found = self._sets.get(url)
        if found is None:
            return None
        expansion = found.get("expansion")
        if isinstance(expansion, dict) and isinstance(expansion.get("contains"), list):
            held = _flat(expansion["contains"], None, "contains")
            return None if _is_cut_short(expansion) else held
        compose = found.get("compose")
        listed: list[dict[str, Any]] = []
        includes = compose.get("include") if isinstance(compose, dict) else None
        for part in includes if isinstance(includes, list) else ():
            if not isinstance(part, dict) or part.get("filter"):
                return None
            if part.get("valueSet") and (part.get("concept") or part.get("system")):
                return None  # what is in both: rare, and a wrong list is worse than none
            system = part.get("system")
            if isinstance(part.get("concept"), list):
                listed += _flat(part["concept"], system, "concept")
            elif isinstance(part.get("valueSet"), list):
                for other in part["valueSet"]:
                    inner = self._concepts(str(other).split("|")[0], (*around, url), known)
                    if inner is None or len(listed) > _MOST:
                        return None
                    listed += inner
            elif isinstance(system, str) and system in self._systems:
                listed += _flat(self._systems[system].get("concept", []), system, "concept")
            else:
                return None
        excluded = compose.get("exclude") if isinstance(compose, dict) else None
        if excluded:
            return None  # rare, and a wrong list is worse than none
        return listed[: _MOST + 1] or None


def _is_cut_short(expansion: Mapping[str, Any]) -> bool:
    """Say whether an expansion is a page of a longer list, or says that it is not whole."""
    parameters = expansion.get("parameter")
    listed = parameters if isinstance(parameters, list) else ()
    names = [each.get("name") for each in listed if isinstance(each, dict)]
    if expansion.get("offset") or "limitedExpansion" in names:
        return True
    total, count, stack = expansion.get("total"), 0, list(expansion["contains"])
    while stack:
        each = stack.pop()
        count += 1
        if isinstance(each, dict) and isinstance(each.get("contains"), list):
            stack += each["contains"]
    return isinstance(total, int) and total > count


def _flat(concepts: Any, system: Any, inner: str) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    stack = [iter(concepts if isinstance(concepts, list) else ())]
    while stack:
        each = next(stack[-1], None)
        if each is None:
            stack.pop()
            continue
        if not isinstance(each, dict):
            continue
        retired = each.get("inactive") is True
        if isinstance(each.get("code"), str) and each.get("abstract") is not True and not retired:
            kept = {name: each[name] for name in ("code", "display", "extension") if name in each}
            own = each.get("system", system)
            out.append(kept | ({"system": own} if isinstance(own, str) else {}))
        if isinstance(each.get(inner), list):
            stack.append(iter(each[inner]))
    return out


def copied_in(raw: Mapping[str, Any], sets: ValueSets) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]]:
    """Return the form with every list that is known here inside it, and those that are not: linkId, address.

    A list goes into ``contained`` once, and its questions name it there.
    """
    out = deepcopy(dict(raw))
    given = out.get("contained")
    contained = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    for each in contained:  # lists that came inside, and lean on systems that came inside
        sets.add(each)
    names: dict[str, str] = {}
    missing: list[tuple[str, str]] = []
    items = out.get("item")
    stack = [iter(items if isinstance(items, list) else ())]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
            continue
        if not isinstance(item, dict):
            continue
        if isinstance(item.get("item"), list):
            stack.append(iter(item["item"]))
        url = item.get("answerValueSet")
        if not isinstance(url, str) or url.startswith("#"):
            continue
        if url not in names:
            concepts = sets.concepts(url)
            if concepts is None:
                missing.append((str(item.get("linkId", "")), url))
                continue
            names[url] = _free_name(url, {str(each.get("id")) for each in contained})
            contained.append(
                {
                    "resourceType": "ValueSet",
                    "id": names[url],
                    "url": url.split("|")[0],
                    "status": "active",
                    "expansion": {"contains": concepts},
                }
            )
        item["answerValueSet"] = f"#{names[url]}"
    if contained:
        out["contained"] = contained
    return out, tuple(missing)


def _free_name(url: str, taken: set[str]) -> str:
    stem = (
        "".join(each if each.isalnum() else "-" for each in url.split("|")[0].rsplit("/", 1)[-1])[:40]
        or "list"
    )
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name
