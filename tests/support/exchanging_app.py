"""A client without a window as a process, to be killed: opens a store, exchanges once, says how it went.

    python -m tests.support.exchanging_app FOLDER ICS_URL SECRET_FILE WORKER_ID PAGE_ITEMS

It says ``open``, then ``ended OUTCOME``; or ``refused CODE`` of a store that does not open.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sync.engine import Engine
from tests.support.laptop import COLLEAGUE, WORKER, NoWindow, office_at
from workbook_desktop.app.machine import harden
from workbook_desktop.domain.errors import WorkbookError


def main() -> None:
    """Do it."""
    folder, url, secret, worker, items = sys.argv[1:]
    harden()
    who = next(each for each in (WORKER, COLLEAGUE) if each.id == worker)
    try:
        client = NoWindow(Path(folder), office_at(url, Path(secret).read_text(encoding="utf-8")), who)
    except WorkbookError as error:
        print("refused", error.code, flush=True)
        return
    print("open", flush=True)
    runner = client.client.runner
    assert runner is not None
    engine: Engine = runner._engine
    engine._page_items = int(items)
    print("ended", client.exchange().outcome, flush=True)
    client.close()


if __name__ == "__main__":
    main()
