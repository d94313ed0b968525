"""``python -m tests.simulation --seeds 0:2000``: tell stories, and say of each invariant whether it held.

``--exhaustive --steps 4`` goes through every story of a small scope instead (`exhaustive`).

The last line says seeds, violations, seeds a second, faults injected and edits tracked. The exit code is 1 if
an invariant did not hold.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from tests.simulation.disks import DISKS
from tests.simulation.exhaustive import Scope, explore, replay
from tests.simulation.service import SERVICES
from tests.simulation.story import Options, Told, tell
from tests.simulation.telling import all_told
from tests.simulation.watch import COVERED

SHOWN = 5  # violations whose story is printed


def _range(text: str) -> range:
    first, _, last = text.partition(":")
    return range(int(first), int(last)) if last else range(int(first))


def _clients(text: str) -> tuple[int, int]:
    least, _, most = text.partition("..")
    return int(least), int(most or least)


def story_of(told: Told, most: int = 400) -> Iterable[str]:
    """Return a story's lines, the last of many."""
    if len(told.trace) > most:
        yield f"  … {len(told.trace) - most} lines before"
    yield from told.trace[-most:]
    yield f"seed {told.seed}: {told.violation or 'all held'}; trace {told.digest}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument(
        "--seeds", type=_range, default=range(200), help="A:B, the first and one past the last"
    )
    parser.add_argument("--clients", type=_clients, default=(2, 6), help="laptops in a story, as 2..6")
    parser.add_argument("--service", choices=sorted(SERVICES), help=f"else {Options().service}")
    parser.add_argument(
        "--store", choices=sorted(DISKS), help=f"else {Options().store}; memory with --exhaustive"
    )
    parser.add_argument("--steps", type=_clients, help="steps of a story, as 10..40; with --exhaustive, 6")
    parser.add_argument("--exhaustive", action="store_true", help="every story of two laptops and one record")
    parser.add_argument(
        "--without", nargs="*", default=(), metavar="NAME", help="what does not happen, as office_erases"
    )
    parser.add_argument(
        "--often",
        nargs="*",
        default=(),
        metavar="NAME",
        help="what happens much more, as service_is_put_back",
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument(
        "--replay",
        metavar="SEED",
        help="tell one story, and print how it went; with --exhaustive, a story in its words",
    )
    parser.add_argument(
        "--trace", action="store_true", help="with --replay: every step, and our own mistakes"
    )
    parser.add_argument("--list", action="store_true", help="how each invariant is looked after")
    asked = parser.parse_args(arguments)
    if asked.exhaustive:
        return _every(asked)
    options = Options(
        service=asked.service or Options().service,
        store=asked.store or Options().store,
        clients=asked.clients,
        steps=asked.steps or Options().steps,
        trace=asked.trace,
        without=tuple(asked.without),
        often=tuple(asked.often),
    )
    if asked.list:
        for name, how in COVERED.items():
            print(f"{name:4} {how}")
        return 0
    if asked.replay is not None:
        told = tell(int(asked.replay), options)
        print("\n".join(story_of(told, 100_000 if asked.trace else 40)))
        return 1 if told.violation else 0
    return _many(asked.seeds, options, asked.jobs)


def _every(asked: argparse.Namespace) -> int:
    store = asked.store or "memory"
    service = asked.service or ("memory" if store == "memory" else Options().service)
    if asked.replay is not None:
        broken = replay(asked.replay, service, store)
        print(f"{asked.replay}: {broken or 'all held'}")
        return 1 if broken else 0
    scope = Scope(steps=asked.steps[1] if asked.steps else Scope().steps, service=service, store=store)
    gone = explore(scope, asked.jobs, most_violations=SHOWN, say=lambda line: print(line, flush=True))
    for story, broken in gone.violations:
        print(f'--exhaustive --replay "{story}"\n  {broken}')
    print(f"looked at: {', '.join(f'{name} {gone.seen[name]}' for name in COVERED if gone.seen[name])}")
    print(f"befell: {', '.join(f'{name} {gone.faults[name]}' for name in sorted(gone.faults))}")
    print(gone)
    return 1 if gone.violations else 0


def _many(seeds: Sequence[int], options: Options, jobs: int) -> int:
    began = time.perf_counter()
    seen: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    count = bad = words = 0
    for told in all_told(seeds, options, jobs):
        count += 1
        words += told.words
        seen.update(told.seen)
        faults.update(told.faults)
        if told.violation is not None:
            bad += 1
            if bad <= SHOWN:
                print("\n".join(story_of(told)), flush=True)
            else:
                print(f"seed {told.seed}: {told.violation}", flush=True)
        if count % 1000 == 0:
            rate = count / (time.perf_counter() - began)
            print(f"{count} of {len(seeds)}: {bad} violations, {rate:.1f} seeds/s", flush=True)
    rate = count / (time.perf_counter() - began)
    looks = ", ".join(f"{name} {seen[name]}" for name in (*COVERED, "replay") if seen[name])
    print(f"looked at: {looks}")
    print(f"befell: {', '.join(f'{name} {faults[name]}' for name in sorted(faults))}")
    print(
        f"{count} seeds, {bad} violations, {rate:.1f} seeds/s, {sum(faults.values())} faults injected,"
        f" {words} edits tracked"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
