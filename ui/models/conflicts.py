"""What is said of a conflict beside its texts: who else looks at it, and how long it has waited."""

from __future__ import annotations

from dataclasses import replace

from ui.say import Say
from workbook_desktop.workspace.views import OpenConflict


def who_else(now: OpenConflict, say: Say) -> tuple[str, str]:
    """Return a title and a text, both "" when there is nothing to say."""
    title = text = ""
    if now.claimed_by and not now.is_claimed_here:
        # When, and not "is looking at it": whoever closed the page again, or shut the lid, tells nobody.
        when = f", {say.moment(now.claimed_at)}" if now.claimed_at is not None else ""
        title = f"{now.claimed_by} has opened this too{when}"
        text = "You can still decide; a word between you saves doing it twice."
    if now.escalated_at is not None:
        waited = f"It has waited since {say.moment(now.opened_at)}. " if now.opened_at is not None else ""
        text = f"{waited}The team manager was told {say.moment(now.escalated_at)}. {text}".strip()
        title = title or "This has waited too long"
    return title, text


def says_the_same(one: OpenConflict, other: OpenConflict) -> bool:
    """Say whether nothing differs but who looks at it and who was told."""

    def bare(conflict: OpenConflict) -> OpenConflict:
        return replace(conflict, claimed_by="", claimed_at=None, is_claimed_here=False, escalated_at=None)

    return bare(one) == bare(other)
