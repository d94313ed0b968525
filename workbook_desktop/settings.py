"""What can be set on this device. Geometry and habits only: nothing here says whose records these are.

The file is readable before unlocking, so that the unlock window already has the right text size. A bad value,
or a bad file, gives the default: a setting is never a reason not to start.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

THEMES = ("system", "light", "dark", "contrast")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting: its default here, its bounds in `_right`."""

    text_percent: int = 100  # 100 to 225
    theme: str = "system"
    lock_minutes: int = 5  # 1 to 15, of no key and no mouse


def _right(name: str, value: Any) -> bool:
    if name == "text_percent":
        return isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 225
    if name == "theme":
        return value in THEMES
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 15


def read(folder: Path) -> Settings:
    """Return the settings kept in a folder; defaults for what is missing or wrong."""
    try:
        raw = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    if not isinstance(raw, dict):
        return Settings()
    good = {
        each.name: raw[each.name]
        for each in fields(Settings)
        if each.name in raw and _right(each.name, raw[each.name])
    }
    return Settings(**good)


def keep(folder: Path, settings: Settings) -> None:
    """Write the settings; a folder that cannot be written leaves them as they were for the next start."""
    text = json.dumps({each.name: getattr(settings, each.name) for each in fields(Settings)}, indent=1)
    fresh = folder / "settings.json.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, folder / "settings.json")
    except OSError:
        return


def changed(settings: Settings, **values: Any) -> Settings:
    """Return settings with some values replaced; wrong ones are passed over."""
    return replace(settings, **{name: value for name, value in values.items() if _right(name, value)})
