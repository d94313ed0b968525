"""The measurement of many laptops at one service, in small: it drives, and it looks at the end."""

from __future__ import annotations

import pytest

from tests.support.load import Asked, drive


def test_a_few_laptops_for_a_moment_lose_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert drive(Asked(devices=4, minutes=0.03, every=0.3, database="sqlite")) == 0
    said = capsys.readouterr().out
    assert "errors   0" in said
    assert '"applied"' in said
