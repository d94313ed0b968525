"""Every story of a small scope: two laptops, one record, two answers, every step and every fault point.

``python -m tests.simulation --exhaustive --steps 4`` goes through all sequences of so many steps, breadth
first. Two states that differ only in names (words, ids, times, which laptop is which) are one, and are gone
on from once: by the shortest way there, so that a violation is shown by the shortest story. From every state
there is it is also seen that the faults may stop there: both laptops then come to say the same (L1), and an
ICS put back as it was in the beginning makes both stop (I16).

A step may also happen in the middle of a run: it counts for two. What this does not see: more than one fault
in one run, more than one record, rows.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.small import BEGINNINGS, Step, World, read
from tests.simulation.states import digest, image, put_back
from tests.simulation.story import _watched_merges
from tests.simulation.watch import Violated

Story = tuple[str, tuple[Step, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How far it is gone, and with what."""

    steps: int = 6
    service: str = "memory"
    store: str = "memory"
    beginnings: tuple[str, ...] = BEGINNINGS


@dataclass(slots=True)
class Gone:
    """What came of it."""

    sequences: int = 0  # of up to so many steps, each of which leads to one of the states
    steps: int = 0  # that were really taken
    states: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[str, str]] = field(default_factory=list)  # a story to replay, and what it breaks
    by_depth: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.sequences} sequences, {len(self.violations)} violations, {self.states} states,"
            f" {self.seconds:.0f} seconds, {sum(self.faults.values())} faults injected,"
            f" {self.steps} steps taken"
        )


@dataclass(slots=True)
class _Found:
    """What one state leads to."""

    next: list[tuple[Step, bytes | None, str | None]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    steps: int = 0


def said(story: Story) -> str:
    """Return a story in words that can be replayed."""
    return f"{story[0]}: {'; '.join(map(str, story[1]))}"


def replay(text: str, service: str = "memory", store: str = "memory") -> str | None:
    """Tell one story and its ending; return what it breaks, if anything."""
    beginning, steps = read(text)
    world: World | None = None
    try:
        world = World(beginning, service, store)
        with _watched_merges(world.watch):
            for step in steps:
                world.play(step)
            _END_WELL.clear()
            _ends(world)
    except Violated as error:
        return str(error)
    except Exception as error:
        return f"mistake: {type(error).__name__}: {error}"
    finally:
        if world is not None:
            world.close()
    return None


def _told(beginning: str, steps: Iterable[Step], service: str, store: str) -> World:
    world = World(beginning, service, store)
    for step in steps:
        world.play(step)
    return world


def _ends(world: World) -> None:
    """See that it ends well from here. Where a state is met again that does, that is enough."""
    kept = image(world) if world.is_in_memory else None
    met = [digest(world)] if kept is not None else []
    if met and met[0] in _END_WELL:
        return
    for _ in world.end():
        if kept is None:
            continue
        met.append(digest(world))
        if met[-1] in _END_WELL:
            break
    if kept is not None:
        put_back(world, kept)
        world.stop()
        put_back(world, kept)
        _END_WELL.update(met)


_END_WELL: set[bytes] = set()  # states of the search under way, in this process


class _Walk:
    """Goes on from one state: in memory it is set back each time, else told again from its beginning."""

    def __init__(self, scope: Scope, story: Story) -> None:
        self._scope, self._story = scope, story
        self.found = _Found()
        self._world = self._fresh()
        self._image = image(self._world) if self._world.is_in_memory else None

    def _fresh(self) -> World:
        return _told(*self._story, self._scope.service, self._scope.store)

    def _set_back(self) -> World:
        if self._image is not None:
            put_back(self._world, self._image)
        else:
            self.found.seen.update(self._world.watch.seen)
            self._world.close()
            self._world = self._fresh()
        return self._world

    def go(self, left: int) -> _Found:
        """Take every step there is, and see how it ends from there."""
        for step in list(self._world.steps()):
            self._take(step)
        for who in (1, 2):
            if not self._take(Step(who, "runs")):
                continue
            for step in (*self._befalls, *(self._amids if left > 1 else ())):
                self._take(step)
        self.found.seen.update(self._world.watch.seen)
        self._world.close()
        return self.found

    def _take(self, step: Step) -> bool:
        world = self._set_back()
        wrong = self._tried(lambda: world.play(step))
        self.found.steps += 1
        state = None
        if wrong is None:
            self._befalls, self._amids = list(world.befalls(step.who)), list(world.amids(step.who))
            state = digest(world)
            wrong = self._tried(lambda: _ends(world))
        self.found.next.append((step, state, wrong))
        return wrong is None

    def _tried(self, do: Callable[[], None]) -> str | None:
        try:
            with _watched_merges(self._world.watch):
                do()
        except Violated as error:
            return str(error)
        except Exception as error:
            return f"mistake: {type(error).__name__}: {error}"
        return None


def _go(job: tuple[Scope, Story, int]) -> _Found:
    scope, story, left = job
    return _Walk(scope, story).go(left)


def explore(
    scope: Scope,
    jobs: int = 1,
    *,
    most_violations: int = 5,
    say: Callable[[str], None] = lambda line: None,
) -> Gone:
    """Go through all of it, breadth first. Ends early after so many violations."""
    gone, began = Gone(), time.perf_counter()
    _END_WELL.clear()
    reached: dict[bytes, int] = {}  # each state, and by how many steps
    leads_to: dict[bytes, list[tuple[int, bytes]]] = {}
    roots: list[tuple[int, bytes]] = []
    levels: list[list[tuple[bytes, Story]]] = [[] for _ in range(scope.steps + 2)]
    for beginning in scope.beginnings:
        try:
            world = World(beginning, scope.service, scope.store)
        except Violated as error:
            gone.violations.append((said((beginning, ())), str(error)))
            continue
        state = digest(world)
        world.close()
        # A question that is open is some steps further on already.
        begins = max(0, min(2, scope.steps - 2)) if beginning == "asked" else 0
        reached[state] = begins
        levels[begins].append((state, (beginning, ())))
        roots.append((begins, state))
    with _many(jobs) as answers:
        for depth in range(scope.steps + 1):
            here = [each for each in levels[depth] if reached[each[0]] == depth]
            further_on = here if depth < scope.steps else []
            work = ((scope, story, scope.steps - depth) for _, story in further_on)
            for (state, story), found in zip(further_on, answers(work), strict=True):
                gone.steps += found.steps
                gone.seen.update(found.seen)
                ways = leads_to.setdefault(state, [])
                for step, after, wrong in found.next:
                    trouble = step.trouble or ("dies" if step.does == "dies" else None)
                    if trouble is not None:
                        gone.faults[str(trouble)] += 1
                    further = (story[0], (*story[1], step))
                    if wrong is not None:
                        gone.violations.append((said(further), wrong))
                    if after is None or wrong is not None:
                        continue
                    ways.append((step.cost, after))
                    if reached.get(after, scope.steps + 2) > depth + step.cost:
                        reached[after] = depth + step.cost
                        levels[depth + step.cost].append((after, further))
                if len(gone.violations) >= most_violations:
                    break
            gone.by_depth.append(len(here))
            levels[depth] = []
            seconds = time.perf_counter() - began
            wrong = f"{len(gone.violations)} violations"
            say(f"{depth} steps: {len(here)} new states, {wrong}, {seconds:.0f} seconds")
            if len(gone.violations) >= most_violations:
                break
    gone.states, gone.seconds = len(reached), time.perf_counter() - began
    gone.sequences = _sequences(roots, leads_to, scope.steps)
    return gone


def _sequences(
    roots: Sequence[tuple[int, bytes]], leads_to: dict[bytes, list[tuple[int, bytes]]], most: int
) -> int:
    """Return how many sequences of up to `most` steps there are from the roots."""
    ways: list[Counter[bytes]] = [Counter() for _ in range(most + 2)]
    for begins, root in roots:
        ways[begins][root] += 1
    total = 0
    for depth in range(most + 1):
        total += sum(ways[depth].values())
        for state, count in ways[depth].items():
            for cost, after in leads_to.get(state, ()):
                if depth + cost <= most:
                    ways[depth + cost][after] += count
    return total


class _many:
    """Answers jobs in their order, in one process or several."""

    def __init__(self, jobs: int) -> None:
        self._pool = multiprocessing.get_context("spawn").Pool(jobs) if jobs > 1 else None

    def __enter__(self) -> Callable[[Iterator[Any]], Iterable[_Found]]:
        if self._pool is None:
            return lambda work: map(_go, work)
        pool = self._pool
        return lambda work: pool.imap(_go, work, chunksize=16)

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool.join()
