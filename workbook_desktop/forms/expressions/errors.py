"""What an expression can come to instead of an answer."""

from __future__ import annotations


class ExpressionRefused(Exception):
    """An expression that is not used at all, found when it is read and never while a form is filled in.

    `why` is for a practice lead; `position` counts letters from 0; `feature` is one word for lists: "syntax",
    "function", "operator", "size", "pattern", "unit".
    """

    def __init__(self, why: str, *, position: int | None = None, feature: str = "syntax") -> None:
        super().__init__(why)
        self.why, self.position, self.feature = why, position, feature


class CannotWorkOut(Exception):
    """An expression that has no result with these answers. `why` holds no answer's value."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Misfit(CannotWorkOut):
    """A value of a kind that does not fit where it stands, such as text where a number is needed."""
