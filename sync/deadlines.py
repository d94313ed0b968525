"""Calls back when a call has taken too long: one thread for all of them, and none while nobody calls.

A thread for each call had to be waited for as it began: beside a store at work, that was a tenth of a push.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LINGER = 0.5  # seconds without a call after which the thread ends


class Deadlines:
    """The calls under way, and until when each may take."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way: dict[int, tuple[float, Callable[[], None]]] = {}
        self._begun = 0  # calls so far
        self._wakes = math.inf  # when the thread looks next
        self._watches = False  # there is a thread

    @contextmanager
    def within(self, seconds: float, late: Callable[[], None]) -> Iterator[None]:
        """Do something; if it takes longer than that, `late` is called once, in another thread, meanwhile."""
        due = time.monotonic() + seconds
        with self._changed:
            self._begun += 1
            number = self._begun
            self._under_way[number] = (due, late)
            if not self._watches:
                self._watches = True
                threading.Thread(target=self._watch, name="workbook-deadlines", daemon=True).start()
            elif due < self._wakes:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._under_way.pop(number, None)

    def _watch(self) -> None:
        seen = -1
        while True:
            with self._changed:
                now = time.monotonic()
                over = [number for number, (due, _) in self._under_way.items() if due <= now]
                late = [self._under_way.pop(number)[1] for number in over]
                if not late:
                    if not self._under_way and seen == self._begun:
                        self._watches = False
                        return
                    seen = self._begun
                    nearest = min((due for due, _ in self._under_way.values()), default=math.inf)
                    self._wakes = min(nearest, now + LINGER)
                    self._changed.wait(self._wakes - now)
            for each in late:
                each()


deadlines = Deadlines()  # of this process
