"""Lists of answers: what a form carries inside, and what it names by address and is copied in when it is
published. Clients fetch nothing, and offer a list whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from workbook_desktop.forms import strict_json
from workbook_desktop.forms.definition import version_order
from workbook_desktop.forms.extensions import Extensions
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


def shipped(url: str) -> Held:
    """Return what a list of FHIR R4 holds, if it is one of those that ship with the Workbook."""
    return _shipped().look_up(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a list holds: all of it, or nothing and why. A wrong list is worse than none."""

    concepts: tuple[dict[str, Any], ...] = ()  # codings, with what stands beside them
    why: str = ""  # to follow "its list of answers"


ELSEWHERE = Held(why="is kept elsewhere")
IN_PART = Held(why="is kept elsewhere, in part")
TWO_NAMES = Held(why="gives one code two names")


class ValueSets:
    """ValueSets and CodeSystems by their address."""

    def __init__(self, resources: Iterable[Mapping[str, Any]] = ()) -> None:
        self._sets: dict[str, list[Mapping[str, Any]]] = {}
        self._systems: dict[str, list[Mapping[str, Any]]] = {}
        # By id (``#id``) and by address, then by version.
        self._own: dict[str, dict[str, Mapping[str, Any]]] = {}
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
        kinds = {"ValueSet": self._sets, "CodeSystem": self._systems}
        kept = kinds.get(str(resource.get("resourceType")))
        if kept is not None:
            others = [each for each in kept.get(url, ()) if each.get("version") != resource.get("version")]
            kept[url] = [*others, resource]

    def add_own(self, contained: Any) -> None:
        """Take in what a form carries inside: named by its id (``#id``), and before others of its address."""
        for each in contained if isinstance(contained, list) else ():
            if not isinstance(each, dict):
                continue
            if each.get("resourceType") == "ValueSet":
                names = [f"#{each['id']}"] if isinstance(each.get("id"), str) else []
                names += [each["url"]] if isinstance(each.get("url"), str) else []
                for name in names:  # which of two is meant cannot be told: then it is neither
                    versions = self._own.setdefault(name, {})
                    version = "" if name.startswith("#") else str(each.get("version", ""))
                    is_one = versions.get(version, each) == each
                    versions[version] = each if is_one else {"version": each.get("version")}
            elif each.get("resourceType") == "CodeSystem":
                self.add(each)

    def add_file(self, source: bytes) -> None:
        """Take in a file. Raises FormRefused if it is no JSON."""
        self.add(strict_json.decode(source)[0])

    def __contains__(self, address: str) -> bool:
        return self.find(address) is not None

    def look_up(self, address: str) -> Held:
        """Return what a list holds, in the version that the address asks for after ``|``."""
        return self._look_up(address, (), {})

    def find(self, address: str) -> Mapping[str, Any] | None:
        """Return the ValueSet of an address, in the version that it asks for."""
        url, _, version = address.partition("|")
        own = _newest(self._own.get(url, {}).values(), version)
        if own is not None:
            return own
        return _newest(self._sets.get(url, ()), version)

    def _look_up(self, address: str, around: tuple[str, ...], known: dict[str, Held]) -> Held:
        if address in around or len(around) > _DEEPEST:
            return ELSEWHERE
        if address not in known:  # once each: lists that name each other twice over would never end
            known[address] = self._read(address, around, known)
        return known[address]

    def _read(self, address: str, around: tuple[str, ...], known: dict[str, Held]) -> Held:
        found = self.find(address)
        if found is None or found.get("modifierExtension") or found.get("implicitRules"):
            return ELSEWHERE
        shown: list[dict[str, Any]] = []
        expansion = found.get("expansion")
        if isinstance(expansion, dict) and isinstance(expansion.get("contains"), list):
            shown = _flat(expansion["contains"], None, "contains")
            if shown and not _is_cut_short(expansion):
                return _held(shown)
        compose = found.get("compose")
        given = compose if isinstance(compose, dict) else {}
        includes, excludes = given.get("include"), given.get("exclude")
        listed: list[dict[str, Any]] = []
        whole = isinstance(includes, list) and not given.get("modifierExtension")
        for part in includes if isinstance(includes, list) else ():
            some, is_whole = self._part(part, (*around, address), known)
            listed += some[: _MOST + 1]
            whole = whole and is_whole
            if len(listed) > 2 * _MOST:
                break  # the loader refuses so many
        if isinstance(excludes, list):
            listed, is_whole = self._without(listed, excludes, (*around, address), known)
            whole = whole and is_whole
        if not whole:
            return IN_PART if listed or shown else ELSEWHERE
        return _held(listed) if listed else ELSEWHERE

    def _part(
        self, part: Any, around: tuple[str, ...], known: dict[str, Held]
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return what an include holds, as far as it is known, and whether that is all of it."""
        if not isinstance(part, dict) or part.get("modifierExtension") or part.get("filter"):
            return [], False
        system, others = part.get("system"), part.get("valueSet")
        if others and (part.get("concept") or system):
            return [], False  # what is in both: rare
        if isinstance(part.get("concept"), list):
            return _flat(part["concept"], system, "concept"), True
        if isinstance(others, list) and others:
            held = [self._look_up(str(each), around, known) for each in others]
            if any(each.why for each in held):
                return [concept for each in held for concept in each.concepts], False
            # R4 takes what is in any of them, R5 what is in all.
            same = len({frozenset(map(_code, each.concepts)) for each in held}) == 1
            return list(held[0].concepts), same
        version = part.get("version")
        found = _newest(self._systems.get(str(system), ()), version if isinstance(version, str) else "")
        if found is None:
            return [], False
        content = found.get("content", "complete")
        return _flat(found.get("concept"), system, "concept"), content == "complete"

    def _without(
        self,
        listed: list[dict[str, Any]],
        excludes: list[Any],
        around: tuple[str, ...],
        known: dict[str, Held],
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return what stays of a list when its excludes are taken out, and whether that could be told."""
        gone: set[tuple[str | None, str]] = set()
        systems: set[Any] = set()
        whole = True
        for part in excludes:
            if isinstance(part, dict) and set(part) <= {"system", "version"} and "system" in part:
                systems.add(str(part["system"]))
                continue
            some, is_whole = self._part(part, around, known)
            gone.update(map(_code, some))
            whole = whole and is_whole
        codes = {code for system, code in gone if system is None}
        kept = [
            each
            for each in listed
            if each.get("system") not in systems and _code(each) not in gone and each["code"] not in codes
        ]
        return kept, whole


def _code(concept: Mapping[str, Any]) -> tuple[str | None, str]:
    return concept.get("system"), concept["code"]


def _held(listed: Iterable[dict[str, Any]]) -> Held:
    """Return a list with each code once."""
    found: dict[tuple[str | None, str], dict[str, Any]] = {}
    for each in listed:
        before = found.setdefault(_code(each), each)
        words = each.get("display")
        if words and before.get("display") and before["display"] != words:
            return TWO_NAMES
        if words and not before.get("display"):
            found[_code(each)] = each
    return Held(concepts=tuple(found.values()))


def _is_version(resource: Mapping[str, Any], asked: str) -> bool:
    """Say whether a resource is the version asked for; “4.0” asks for 4.0.1 too."""
    given = resource.get("version")
    return not asked or not isinstance(given, str) or given == asked or given.startswith(f"{asked}.")


def _newest(versions: Iterable[Mapping[str, Any]], asked: str) -> Mapping[str, Any] | None:
    fitting = [each for each in versions if _is_version(each, asked)]
    return max(fitting, key=lambda each: version_order(str(each.get("version", ""))), default=None)


def _is_cut_short(expansion: Mapping[str, Any]) -> bool:
    """Say whether an expansion is a page of a longer list, or says that it is not whole."""
    parameters = expansion.get("parameter")
    listed = parameters if isinstance(parameters, list) else ()
    names = [each.get("name") for each in listed if isinstance(each, dict)]
    marks = Extensions(expansion)
    if (
        expansion.get("offset")
        or expansion.get("modifierExtension")
        or not {"limitedExpansion", "filter"}.isdisjoint(names)
        or marks.yes("valueset-unclosed")
        or marks.yes("valueset-toocostly")
    ):
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
        code = each.get("code") or each.get("display")  # some lists have words only: they are the code then
        if isinstance(code, str) and not _is_not_chosen(each):
            kept = {name: each[name] for name in ("display", "extension") if name in each} | {"code": code}
            own = each.get("system", system)
            out.append(kept | ({"system": own} if isinstance(own, str) else {}))
        if isinstance(each.get(inner), list):
            stack.append(iter(each[inner]))
    return out


def _is_not_chosen(concept: Mapping[str, Any]) -> bool:
    """Say whether a concept is retired, or a heading."""
    if concept.get("abstract") is True or concept.get("inactive") is True:
        return True
    listed = concept.get("property")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        name = each.get("code")
        if name in ("notSelectable", "abstract", "inactive") and each.get("valueBoolean") is True:
            return True
        if name == "status" and each.get("valueCode") in ("retired", "inactive"):
            return True
    return False


def copied_in(
    raw: Mapping[str, Any], sets: ValueSets
) -> tuple[dict[str, Any], tuple[tuple[str, str, str], ...]]:
    """Return the form with every list that is known here inside it, and those that are not: linkId, address,
    why.

    A list goes into ``contained`` once, and its questions name it there.
    """
    out = deepcopy(dict(raw))
    given = out.get("contained")
    contained = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    sets.add_own(contained)
    names: dict[str, str] = {}
    missing: list[tuple[str, str, str]] = []
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
        old = item.get("options")  # STU3: a reference
        if url is None and isinstance(old, dict):
            url = old.get("reference")
        if not isinstance(url, str) or url.startswith("#"):
            continue
        if url not in names:
            held = sets.look_up(url)
            if held.why:
                missing.append((str(item.get("linkId", "")), url, held.why))
                continue
            found = sets.find(url) or {}
            names[url] = _free_name(url, {str(each.get("id")) for each in contained})
            inside = next((each for each in contained if each is found), None)
            if inside is not None:  # it is there: named by its address
                names[url] = str(inside.setdefault("id", names[url]))
            else:
                version = {"version": found["version"]} if isinstance(found.get("version"), str) else {}
                contained.append(
                    {
                        "resourceType": "ValueSet",
                        "id": names[url],
                        "url": url.split("|")[0],
                        **version,
                        "status": "active",
                        "expansion": {"contains": list(held.concepts)},
                    }
                )
        item.pop("options", None)
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
