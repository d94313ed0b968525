"""The words the application uses, by code: `resources/messages/<language>.json`, facts in braces.

`{count}` is a fact as it is; `{count:thing|things}` counts ("1 thing", "3 things"); `{wait:duration}` is a
number of seconds in words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from string import Formatter
from typing import Any

from workbook_desktop import paths


class _Facts(Formatter):
    """Braces that know plurals and durations, and never fail for want of a fact."""

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        """Return a fact; one that is missing shows as "?": an error message must not raise another error."""
        return kwargs.get(str(key), "?")

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        """Return a fact by its whole name: no attributes, no items."""
        return self.get_value(field_name, args, kwargs), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a fact in words."""
        if format_spec == "duration":
            return _duration(value)
        one, parted, many = format_spec.partition("|")
        if parted:
            return f"{value} {one if value == 1 else many}"
        return str(value)


def _duration(seconds: Any) -> str:
    if not isinstance(seconds, int | float):
        return str(seconds)
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} second" if whole == 1 else f"{whole} seconds"
    minutes = -(-whole // 60)  # rounded up: waiting longer than was said annoys
    return f"{minutes} minutes"


class Messages:
    """A language's words. Keys are dotted: `errors.store-locked.title`."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = dict(words)
        self._facts = _Facts()

    def __contains__(self, key: str) -> bool:
        return key in self._words

    def every_key(self) -> frozenset[str]:
        """Return every key."""
        return frozenset(self._words)

    def text(self, key: str, **facts: object) -> str:
        """Return the words of a key with its facts put in. Raises KeyError: a missing word is our mistake."""
        return self._facts.vformat(self._words[key], (), facts)

    def first(self, *keys: str, **facts: object) -> str:
        """Return the words of the first key that has any; "" if none has."""
        return next((self.text(key, **facts) for key in keys if key in self._words), "")


def load(language: str = "en") -> Messages:
    """Return the shipped words of a language."""
    nested = json.loads(paths.resource("messages", f"{language}.json").read_text(encoding="utf-8"))
    return Messages(dict(_flat("", nested)))


def _flat(prefix: str, nested: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in nested.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, Mapping):
            found += _flat(name, value)
        else:
            found.append((name, str(value)))
    return found
