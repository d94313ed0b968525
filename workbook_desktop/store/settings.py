"""Small values of this worker on this laptop, such as who is signed in and when a screen was last open."""

from __future__ import annotations


class Settings:
    """Text by name."""

    def get(self, name: str, default: str = "") -> str:
        """Return a value, or the default."""
        raise NotImplementedError

    def put(self, name: str, value: str) -> None:
        """Keep a value."""
        raise NotImplementedError
