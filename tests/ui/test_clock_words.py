"""A laptop whose clock is wrong is told so: what is due when is worked out from it."""

from __future__ import annotations

import pytest

from tests.support.chance import StillClock
from ui.exchange import ExchangeStatus
from ui.models.exchange import exchange_words
from ui.say import Say
from workbook_desktop import messages
from workbook_desktop.workspace.views import Counts

CLOCK = StillClock()
SAY = Say(messages.load(), CLOCK)
NOTHING_WAITS = Counts(waiting=0, drafts=0, decisions=0, not_accepted=0, last_complete=None)


def means(clock_off: int) -> str:
    status = ExchangeStatus(phase="idle", last_complete=CLOCK.now(), clock_off=clock_off)
    return exchange_words(SAY, status, NOTHING_WAITS).means


@pytest.mark.parametrize(
    ("off", "says"),
    [
        (40 * 86_400 + 7_000, "40 days ahead of the office’s"),
        (-86_400, "1 day behind the office’s"),
        (3 * 3_600, "3 hours ahead"),
        (-1_000, "16 minutes behind"),
    ],
)
def test_by_how_much_and_which_way_is_said(off: int, says: str) -> None:
    assert says in means(off)


@pytest.mark.parametrize("off", [0, 299, -299])
def test_of_a_few_minutes_nothing_is_said(off: int) -> None:
    assert "clock" not in means(off)
