"""The commands of the application, each with its help, an example and its exit code.

``workbook-desktop`` alone opens the window: that path imports nothing that it can do without.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0 well, 1 found a problem, 2 misuse."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given:
        from workbook_desktop.commands.open_window import open_window

        return open_window()
    if given == ["--selftest"]:
        from workbook_desktop.commands.selftest import selftest

        return selftest()
    if given[0] == "ics":
        from sync.reference_ics.__main__ import main as ics

        return int(ics(given[1:]) or 0)
    from workbook_desktop.commands.line import run

    return run(given)
