"""How HL7's FHIRPath suite goes, by group: ``python -m tests.support.fhirpath_table [--failing]``."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from tests.support.hl7 import Case, cases

DIFFERENCES = Path(__file__).parents[1] / "data" / "fhirpath-differences.json"


def table() -> str:
    """Return the table as docs/forms.md has it."""
    groups: dict[str, list[Case]] = {}
    for case in cases():
        groups.setdefault(case.group, []).append(case)
    told = json.loads(DIFFERENCES.read_text(encoding="utf-8"))["hl7"]
    lines = ["| group | tests | within the subset | passed | not passed, or outside, and why |"]
    lines.append("|---|---:|---:|---:|---|")
    sums = [0, 0, 0]
    for name, listed in groups.items():
        within = [case for case in listed if case.within]
        failing = [case for case in within if case.outcome()]
        counts = [len(listed), len(within), len(within) - len(failing)]
        sums = [one + other for one, other in zip(sums, counts, strict=True)]
        why = [f"`{case.name}`: {told.get(case.name, '?')}" for case in failing]
        outside = Counter(case.outside for case in listed if case.outside)
        why += [f"outside ({count}): {reason}" for reason, count in outside.items()]
        lines.append(f"| {name} | {' | '.join(map(str, counts))} | {' '.join(why).replace('|', '/')} |")
    part = f"{100 * sums[2] / sums[1]:.1f} % of those within"
    lines.append(f"| all | {' | '.join(map(str, sums))} | {part} |")
    return "\n".join(lines)


def main() -> None:
    print(table())
    if "--failing" in sys.argv:
        for case in cases():
            if case.within and (outcome := case.outcome()):
                print(f"{case.name}: {case.text.strip()[:150]!r} {case.outputs} {case.invalid} -> {outcome}")


if __name__ == "__main__":
    main()
