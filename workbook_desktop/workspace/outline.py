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
