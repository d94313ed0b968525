"""What can be set on this device. Geometry and habits only: nothing here says whose records these are.

The file is readable before unlocking, so that the unlock window already has the right text size. A bad value,
or a bad file, gives the default: a setting is never a reason not to start.
"""

from __future__ import annotations

import base64
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


# What an administrator sets -------------------------------------------------------------------------------

POLICY = "policy.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the organisation sets for its laptops, in `policy.json` of `paths.managed_folder()`. A bad value
    gives the default. Keys are in base64; what stands here goes before anything the office says.

    `office`: the address of the ICS that a laptop is set up with; "" lets its worker type one. `contact`:
    whom to ring when the Workbook does not open, in the organisation's words. `issuer` and what follows:
    where workers sign in; without an issuer, the office says so when a laptop is set up.
    """

    lease_days: int = 14  # 1 to 30, without contact: then the Workbook stays locked until its worker signs in
    empty_after_days: int = 0  # 0: never; else more than the lease, at most 365: then the laptop is emptied
    organisation_key: str = ""  # Ed25519: who may order a laptop to be emptied
    seal_key: str = ""  # X25519: what unsent work is sealed to
    document_folder: str = ""  # where documents may be saved; of any other place the worker is warned
    office: str = ""
    contact: str = ""  # such as "the IT service desk, 01632 960123"
    issuer: str = ""
    client_id: str = ""
    scope: str = "openid offline_access"
    resource: str = ""
    prompt: str = "consent"


def _fits(name: str, value: Any) -> bool:
    if name in ("organisation_key", "seal_key"):
        return isinstance(value, str) and _is_key(value)
    if name == "lease_days":
        return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 30
    if name == "empty_after_days":
        return isinstance(value, int) and not isinstance(value, bool) and (value == 0 or 15 <= value <= 365)
    if name == "office":
        return (
            isinstance(value, str)
            and len(value) <= 500
            and value.startswith(("https://", "http://127.0.0.1:"))
        )
    return isinstance(value, str) and len(value) <= 500


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except ValueError:
        return False


def read_policy(folder: Path) -> Policy:
    """Return what the organisation set; the defaults where it set nothing."""
    try:
        raw = json.loads((folder / POLICY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Policy()
    if not isinstance(raw, dict):
        return Policy()
    names = [each.name for each in fields(Policy)]
    policy = Policy(**{name: raw[name] for name in names if name in raw and _fits(name, raw[name])})
    if policy.empty_after_days and policy.empty_after_days <= policy.lease_days:
        return replace(policy, empty_after_days=0)
    return policy
