"""The whole state of a small world as a short text: two that differ only in names are the same state.

Names are the words typed, the ids and hashes made on the way, times, and which of the two laptops is which:
they are numbered in the order in which they are met. What is left decides what can happen next.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tests.simulation.ground import WORKERS
from tests.simulation.service import cursor_seq
from workbook_desktop.domain.records import Head

if TYPE_CHECKING:
    from tests.simulation.laptops import Laptop
    from tests.simulation.small import World

_NAME = re.compile(
    r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)|[A-C]w\d+e|0199w\d-0000-7000-8000-\d{12}|[0-9a-f]{16,64}"
    r"|\bw[12]\b"
)
_FIELDS: dict[type, tuple[str, ...]] = {}
_SHARED: dict[int, tuple[Any, str]] = {}  # what nobody changes is written out once
_MOST_SHARED = 100_000
_PLAIN = frozenset((str, int, float, bool))


def copied(value: Any) -> Any:
    """Return a value whose dicts, lists and sets may be changed; what stands in them nobody changes."""
    if isinstance(value, dict):
        made = value.copy()
        for key, each in made.items():
            made[key] = copied(each)
        return made
    if isinstance(value, list | deque):
        return type(value)(copied(each) for each in value)
    return set(value) if isinstance(value, set) else value


def written(value: Any) -> str:
    """Return a value written out, the same for equal values."""
    if value is None or (isinstance(value, str | int | float | bool) and not isinstance(value, Enum)):
        return str(value)
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return "when"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, set | frozenset):
        return "<" + ",".join(sorted(map(written, value))) + ">"
    if isinstance(value, list | tuple | deque):
        return "[" + ",".join(map(written, value)) + "]"
    return _thing(value)


def _thing(value: Any) -> str:
    known = _SHARED.get(id(value))
    if known is not None and known[0] is value:
        return known[1]
    kind = type(value)
    names = _FIELDS.get(kind)
    if names is None:
        if is_dataclass(kind):
            names = tuple(each.name for each in fields(kind))
        elif isinstance(value, msgspec.Struct):
            names = value.__struct_fields__
        else:
            raise TypeError(f"a {kind.__name__} is not part of a state")
        _FIELDS[kind] = names
    text = f"{kind.__name__}(" + ",".join(written(getattr(value, name)) for name in names) + ")"
    frozen = isinstance(value, msgspec.Struct) or kind.__dataclass_params__.frozen
    if frozen:
        if len(_SHARED) >= _MOST_SHARED:
            _SHARED.clear()
        _SHARED[id(value)] = (value, text)
    return text


class Names:
    """Numbers names in the order in which they are met."""

    def __init__(self, *first: str) -> None:
        self._numbers = {name: f"~{number}" for number, name in enumerate(first)}

    def put(self, text: str) -> str:
        """Return a text with numbers for names."""
        return _NAME.sub(self._number, text)

    def _number(self, found: re.Match[str]) -> str:
        name = found[0]
        if name[4:5] == "-" and "T" in name:
            return "when"
        return self._numbers.setdefault(name, f"~{len(self._numbers)}")

    def met(self, names: Iterable[bytes | str]) -> str:
        """Return which of these were met so far; what stands nowhere in a state decides nothing in it."""
        texts = (each.decode() if isinstance(each, bytes) else each for each in names)
        return " ".join(sorted(self._numbers[each] for each in texts if each in self._numbers))


def _hashed(*texts: str) -> bytes:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=12).digest()


# A world ---------------------------------------------------------------------------------------------------


def image(world: World) -> Any:
    """Return all there is, in memory; no run may be under way."""
    of_ics = {name: copied(each) for name, each in vars(world.service.ics).items() if name not in _STAYS}
    of_service = {
        name: copied(each) for name, each in vars(world.service).items() if name not in ("ics", "features")
    }
    of_watch = {name: copied(each) for name, each in vars(world.watch).items() if name not in _STAYS}
    of_laptops = [
        (
            laptop.disk.image(),
            {name: copied(getattr(laptop, name)) for name in _OF_A_LAPTOP},
            laptop.new_id.number,  # type: ignore[attr-defined]
            list(laptop.line.on_their_way),
        )
        for laptop in world.laptops
    ]
    time = world.clock.moment, world.clock.seconds
    return of_ics, of_service, of_watch, of_laptops, time, world.words._number


def put_back(world: World, kept: Any) -> None:
    """Set all back to what it was."""
    of_ics, of_service, of_watch, of_laptops, time, words = kept
    vars(world.service.ics).update({name: copied(each) for name, each in of_ics.items()})
    vars(world.service).update({name: copied(each) for name, each in of_service.items()})
    vars(world.watch).update({name: copied(each) for name, each in of_watch.items()})
    for laptop, (disk, own, number, on_their_way) in zip(world.laptops, of_laptops, strict=True):
        laptop.drop()
        laptop.disk.restore(disk)
        for name, each in own.items():
            setattr(laptop, name, copied(each))
        laptop.new_id.number = number  # type: ignore[attr-defined]
        laptop.line.on_their_way[:] = on_their_way
        laptop.line.planned.clear()
        laptop.line.befell.clear()
    (world.clock.moment, world.clock.seconds), world.words._number = time, words


def digest(world: World) -> bytes:
    """Return a hash of what decides what can happen next, the same whichever laptop is called the first.

    What the checks know of the ICS follows from its history. Left out are the times, the log of runs and
    how many words and ids there have been.
    """
    if not world.is_in_memory:
        states = [each.disk.state() for each in world.laptops]
        there = [(each.kind, each.id, each.version, each.body) for each in world.service.written_since(0)]
        flight = [list(each.line.on_their_way) for each in world.laptops]
        return min(
            _hashed(Names(*names).put(written([*order(states), there, order(flight)])))
            for names, order in ((WORKERS[:2], list), (WORKERS[1::-1], lambda each: each[::-1]))
        )
    ics = world.service.ics
    changed = sorted((seq, *key, version) for key, (seq, version) in ics._changed.items())
    numbers = [each[0] for each in changed]
    shared = written(
        [
            [
                [_brief(each), each.content, each.changed_by]
                for heads in ics.history.values()
                for each in heads
            ],
            ics.conflicts,
            [(op, each.digest, each.version) for op, each in ics.accepted.items()],
            [each[1:] for each in changed],
            sum(number > world.watch.served for number in numbers),
        ]
    )
    own = [_of(laptop, numbers) for laptop in world.laptops]
    return min(_named(world, shared, own, first) for first in (0, 1))


def _of(laptop: Laptop, numbers: list[int]) -> str:
    """What is on a laptop. Signing in again is not seen by the exchange; of the cursor it counts what is
    new behind it."""
    kept = laptop.disk.store.kept  # type: ignore[attr-defined]
    read = cursor_seq(kept.feed.cursor)
    new = sum(number > read for number in numbers)
    records = [
        [name, _brief(held.base), _brief(held.head), *(getattr(held, each) for each in _OF_A_RECORD)]
        for name, held in kept.records.items()
    ]
    ops = [
        [op.sealed.bytes_, op.sealed.after, op.said, op.settles, op.sign_off_hash, op.parked, op.is_aside]
        for op in kept.ops
    ]
    taken = [[each.op, each.head.version] for each in kept.ledger]
    late = [each.body for each in laptop.line.on_their_way]
    return written([records, ops, kept.conflicts, taken, kept.feed.epoch, new, late])


def _signed_by(world: World, laptop: Laptop) -> set[str]:
    return world.watch.signed.get(laptop.worker, set())


def _named(world: World, shared: str, own: list[str], first: int) -> bytes:
    laptops = world.laptops[first], world.laptops[1 - first]
    names = Names(*(each.worker for each in laptops))
    text = names.put("\0".join((shared, own[first], own[1 - first])))
    hands = sorted(
        f"{path} {sorted(names.put(each) for each in who)}" for (_, path), who in world.watch.hands.items()
    )
    known = [
        [names.met(each.pending), names.met(each.let_go), names.met(_signed_by(world, each))]
        for each in laptops
    ]
    return _hashed(text, *hands, str(known))


_STAYS: Final = frozenset(("clock", "limits", "contracts", "features", "service", "workers", "seen"))
_OF_A_LAPTOP: Final = (
    "pending",
    "let_go",
    "screens",
    "cursor_seq",
    "best",
    "_token",
    "calls",
    "sent_to",
    "unmoved",
)
_OF_A_RECORD: Final = (
    "local", "pinned", "crossed", "released", "sign_off_hash", "settles", "amends", "clashes", "clashes_in"
)  # fmt: skip


def _brief(head: Head | None) -> list[Any] | None:
    """What tells a version from others; what it says stands in the history."""
    return None if head is None else [head.version, head.hash, head.state, head.open_conflicts]
