"""Fractional indices: text keys that sort rows, with always room for one between two others."""

from __future__ import annotations

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def between(before: str | None, after: str | None) -> str:
    """Return a key that sorts after `before` and before `after`; ``None`` means the open end.

    Keys never end in ``0``, so that there is always room below one.

    Raises:
        ValueError: `before` does not sort before `after`.
    """
    low = before or ""
    if after is not None and low >= after:
        raise ValueError("the first key must sort before the second")
    prefix = ""
    position = 0
    while True:
        floor = _DIGITS.index(low[position]) if position < len(low) else 0
        ceiling = (
            _DIGITS.index(after[position]) if after is not None and position < len(after) else len(_DIGITS)
        )
        if ceiling - floor > 1:
            # Appending is by far the commonest: small steps keep keys short for long lists.
            step = floor + 1 if after is None else (floor + ceiling) // 2
            return prefix + _DIGITS[step]
        prefix += _DIGITS[floor]
        if ceiling - floor == 1:
            after = None  # below the ceiling from here on
        position += 1


def spread(count: int) -> list[str]:
    """Return `count` keys in order, for rows made together."""
    keys: list[str] = []
    last: str | None = None
    for _ in range(count):
        last = between(last, None)
        keys.append(last)
    return keys
