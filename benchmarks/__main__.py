"""``python -m benchmarks [--only GROUP…] [--json]``: prints the table, writes ``benchmarks/latest.json``.

Exit code 0 when every goal is met, 1 when one is not.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

from benchmarks.figures import Figure, table

GROUPS = {
    "main": ("start_up",),
    "forms": ("form_workings", "form_windows"),
    "store": ("store_verbs", "caseload_store"),
    "large": ("large_caseload", "large_pages"),
    "sync": ("exchange",),
    "first-sync": ("first_sync",),
    "pages": ("pages", "chronology", "paper"),
}


def main(arguments: list[str] | None = None) -> int:
    """Measure the groups asked for, one after the other."""
    parser = argparse.ArgumentParser(
        prog="dev.py bench",
        description="Measure, each figure beside its floor.",
        epilog="dev.py bench --only sync",
    )
    parser.add_argument("--only", nargs="+", choices=sorted(GROUPS), default=sorted(GROUPS), metavar="GROUP")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of a table")
    asked = parser.parse_args(arguments)
    figures: list[Figure] = []
    for group in asked.only:
        if not asked.json:
            print(f"measuring {group} …", file=sys.stderr, flush=True)
        for module in GROUPS[group]:
            figures.extend(importlib.import_module(f"benchmarks.{module}").measure())
    rows = [figure.json() for figure in figures]
    latest = Path(__file__).with_name("latest.json")
    if set(asked.only) == set(GROUPS):
        latest.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(rows, indent=1, ensure_ascii=False) if asked.json else table(figures))
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
