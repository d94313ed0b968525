"""The chapters of a workbook and the modules of direct work: data, and a council's own if it has any.

Pure: the files come in decoded or as bytes. Where they lie is for `workbook_desktop.paths` to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from workbook_desktop.domain.people import Worker

CHAPTERS, MODULES = "chapters.json", "modules.json"
FILES = (CHAPTERS, MODULES)
AUDIENCES = frozenset(("parent", "child", "both"))
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LARGEST = 200_000  # bytes
_MOST = 60  # chapters, or modules: a page shows them all

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One discipline's part of the workbook."""

    id: str
    title: str
    about: str = ""
    roles: tuple[str, ...] = ()  # parts of a role, in small letters
    form: str = ""  # id of the form on which its entries are written; "" if it has none of its own
    domains: tuple[str, ...] = ()  # parts of the assessment
    named_to_others: bool = True  # a worker who does not get it may know that it is there

    def is_of(self, worker: Worker) -> bool:
        """Say whether a worker writes it: the office says so, or else the worker's role does."""
        if worker.chapter:
            return worker.chapter == self.id
        role = worker.role.casefold()
        return any(part in role for part in self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A part of the programme of direct work."""

    id: str
    title: str
    purpose: str = ""
    tools: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    audience: str = "parent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What is nobody's chapter: what the team writes together."""

    title: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a workbook is made of on this device."""

    chapters: tuple[Chapter, ...]
    together: Together
    modules: tuple[Module, ...]
    modules_are_ours: bool = False  # placeholders that ship with the Workbook: the page says so
    refused: tuple[str, ...] = ()  # files of the council that are not used, and why, in words

    def chapter(self, id_: str) -> Chapter | None:
        """Return a chapter by its id."""
        return next((each for each in self.chapters if each.id == id_), None)


def outline(shipped: Mapping[str, Any], files: Mapping[str, bytes]) -> Outline:
    """Return what holds: what ships with the Workbook, each file replaced by the council's own if that is
    right. One that is not right is left out whole, and said.

    Args:
        shipped: the two decoded files, by the names in `FILES`.
        files: the council's, by the same names; others are passed over.

    Raises:
        ValueError: a shipped file is not right.
    """
    refused: list[str] = []

    def in_force(name: str, read: Callable[[Any], T], words: str) -> T:
        if name in files:
            try:
                return read(_decoded(files[name]))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                why = error if type(error) is ValueError else "the file cannot be read"
                refused.append(f"The council’s own {words} are not used: {why}.")
        return read(shipped[name])

    chapters, together = in_force(CHAPTERS, lambda said: (chapters_of(said), together_of(said)), "chapters")
    modules, ours = in_force(MODULES, modules_of, "modules")
    return Outline(
        chapters=chapters,
        together=together,
        modules=modules,
        modules_are_ours=ours,
        refused=tuple(refused),
    )


def chapters_of(said: Any) -> tuple[Chapter, ...]:
    """Return chapters from a decoded file. Raises ValueError."""
    return _once(
        tuple(
            Chapter(
                id=_id(each),
                title=_text(each, "title"),
                about=_text(each, "about", ""),
                roles=tuple(part.casefold() for part in _texts(each, "roles")),
                form=_text(each, "form", ""),
                domains=_texts(each, "domains"),
                named_to_others=_yes(each, "named_to_others"),
            )
            for each in _listed(said, "chapters")
        )
    )


def together_of(said: Any) -> Together:
    """Return what the team writes together, from a decoded file. Raises ValueError."""
    found = said.get("together")
    if not isinstance(found, Mapping):
        raise ValueError("“together” is missing")
    return Together(title=_text(found, "title"), forms=_texts(found, "forms"))


def modules_of(said: Any) -> tuple[tuple[Module, ...], bool]:
    """Return modules from a decoded file, and whether they are placeholders. Raises ValueError."""
    found = tuple(
        Module(
            id=_id(each),
            title=_text(each, "title"),
            purpose=_text(each, "purpose", ""),
            tools=_texts(each, "tools"),
            domains=_texts(each, "domains"),
            audience=_text(each, "audience", "parent"),
        )
        for each in _listed(said, "modules")
    )
    for module in found:
        if module.audience not in AUDIENCES:
            raise ValueError(f"{module.id}: the audience is parent, child or both")
    return _once(found), said.get("ours") is True


def _decoded(data: bytes) -> Any:
    if len(data) > _LARGEST:
        raise ValueError("the file is too large")
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError("the file cannot be read") from error


def _listed(said: Any, name: str) -> list[Mapping[str, Any]]:
    found = said.get(name) if isinstance(said, Mapping) else None
    if not isinstance(found, list) or not found or len(found) > _MOST:
        raise ValueError(f"“{name}” is a list of 1 to {_MOST}")
    if not all(isinstance(each, Mapping) for each in found):
        raise ValueError(f"“{name}” holds something that is no object")
    return found


def _id(each: Mapping[str, Any]) -> str:
    found = each.get("id")
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise ValueError("an id is missing, or is not small letters, digits and hyphens")
    return found


def _text(each: Mapping[str, Any], name: str, otherwise: str | None = None) -> str:
    found = each.get(name, otherwise)
    if not isinstance(found, str) or (otherwise is None and not found.strip()) or len(found) > 400:
        raise ValueError(f"{each.get('id')}: “{name}” is missing, too long or no text")
    return found.strip()


def _texts(each: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = each.get(name, [])
    if not isinstance(found, list) or not all(isinstance(text, str) and text.strip() for text in found):
        raise ValueError(f"{each.get('id')}: “{name}” is no list of texts")
    return tuple(found)


def _yes(each: Mapping[str, Any], name: str) -> bool:
    found = each.get(name, True)
    if not isinstance(found, bool):
        raise ValueError(f"{each.get('id')}: “{name}” is true or false")
    return found


Known = TypeVar("Known", Chapter, Module)


def _once(found: tuple[Known, ...]) -> tuple[Known, ...]:
    ids = [each.id for each in found]
    if len(set(ids)) != len(ids):
        raise ValueError("an id stands there twice")
    return found
