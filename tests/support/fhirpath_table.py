"""Prints how HL7's FHIRPath suite goes: ``python -m tests.support.fhirpath_table [--failing]``."""

from __future__ import annotations

import sys

from tests.support.hl7 import cases


def main() -> None:
    groups: dict[str, list[int]] = {}
    failing: list[str] = []
    for case in cases():
        counts = groups.setdefault(case.group, [0, 0, 0])
        counts[0] += 1
        if not case.within:
            continue
        counts[1] += 1
        outcome = case.outcome()
        if outcome:
            failing.append(
                f"{case.name}: {case.text.strip()[:150]!r} {case.outputs} {case.invalid} -> {outcome}"
            )
        else:
            counts[2] += 1
    print(f"{'group':<34}{'all':>6}{'in subset':>11}{'passed':>8}")
    for group, counts in groups.items():
        print(f"{group:<34}{counts[0]:>6}{counts[1]:>11}{counts[2]:>8}")
    all_, within, passed = (sum(counts[at] for counts in groups.values()) for at in range(3))
    print(f"{'all':<34}{all_:>6}{within:>11}{passed:>8}   {100 * passed / within:.1f} %")
    if "--failing" in sys.argv:
        print(*failing, sep="\n")


if __name__ == "__main__":
    main()
