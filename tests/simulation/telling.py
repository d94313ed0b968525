"""Many stories, in one process or several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.simulation.story import Options, Told, tell

CLOCKS_EVERY = 50  # seeds: told again with other clocks (I17)
AGAIN_EVERY = 100  # seeds: told twice, step by step the same


def looked_at(seed: int, options: Options) -> Told:
    """Tell a seed's story; some seeds twice, which must come to the same."""
    told = tell(seed, options)
    if told.violation is None and seed % AGAIN_EVERY == 0:
        told.seen["replay"] += 1
        if tell(seed, options).digest != told.digest:
            told.violation = "replay: the same seed told another story"
    if told.violation is None and seed % CLOCKS_EVERY == 0:
        told.seen["I17"] += 1
        if tell(seed, replace(options, clocks=not options.clocks)).ending != told.ending:
            told.violation = "I17: with other clocks the same story ends otherwise"
    return told


def _told(job: tuple[Sequence[int], Options]) -> list[Told]:
    seeds, options = job
    found = []
    for seed in seeds:
        told = looked_at(seed, options)
        if told.violation is None:
            told.trace.clear()
        found.append(told)
    return found


def all_told(seeds: Sequence[int], options: Options, jobs: int) -> Iterator[Told]:
    """Tell many stories, in as many processes."""
    chunks = [(seeds[at : at + 25], options) for at in range(0, len(seeds), 25)]
    if jobs == 1:
        for chunk in chunks:
            yield from _told(chunk)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for found in pool.imap(_told, chunks):
            yield from found
