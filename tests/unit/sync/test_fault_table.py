"""The table of faults names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent


def test_every_test_that_the_table_names_is_there() -> None:
    named = set(
        re.findall(r"`(tests/[^`]+\.py)`", (ROOT / "docs" / "sync-faults.md").read_text(encoding="utf-8"))
    )
    assert len(named) > 8
    assert [each for each in sorted(named) if not (ROOT / each).is_file()] == []
