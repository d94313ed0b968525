"""The chapters and modules in force on this device: those shipped, or the council's own. Read once."""

from __future__ import annotations

import json
from functools import cache

from workbook_desktop.domain.chapters import FILES, Outline, outline
from workbook_desktop.paths import files_in, managed_folder, resource


@cache
def in_force() -> Outline:
    """Return what a workbook is made of here."""
    shipped = {name: json.loads(resource("rules", name).read_text(encoding="utf-8")) for name in FILES}
    return outline(shipped, files_in(managed_folder(), FILES))


@cache
def _held_back() -> dict[str, list[str]]:
    said = json.loads(resource("rules", "visibility.json").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = said["held_back_chapters"]
    return found


def held_back_from(chapter: str) -> frozenset[str]:
    """Return the chapters that the office does not send to workers of this one. It keeps them back itself:
    this only says, on the page, why there is nothing."""
    return frozenset(each for each, kept_from in _held_back().items() if chapter in kept_from)
