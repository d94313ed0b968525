"""Work off the UI thread: a job goes to an executor, its answer comes back later on the UI thread."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass
from itertools import count
from types import MethodType
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from workbook_desktop.domain.errors import StoreLocked, WorkbookError

T = TypeVar("T")
# While a run decodes and inserts, the interpreter is shared with the keys. How long a thread keeps it when
# another wants it: Python's 5 ms would be waited several times for one keystroke.
TURN = 0.0005  # s
# Looking for cycles among everything that lives takes 70 ms or more, and nobody can type meanwhile: after
# eight million new objects rather than seventy thousand. Qt's own things are freed by their parents.
COLLECT = (20_000, 20, 20)
CrashHook = Callable[[BaseException], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Who waits for an answer, and what to do with it. It never leaves the UI thread."""

    owner: weakref.ref[QObject]
    then: Callable[[], Callable[[Any], None] | None]
    failed: Callable[[], Callable[[Exception], None] | None]
    answers_failure: bool


class Tasks(QObject):
    """Runs jobs for screens. Jobs get values, never a widget; answers come by a queued signal, one by one."""

    idle = Signal()  # nothing is pending any more

    _finished = Signal(int, object)

    def __init__(self, executor: Executor, crashed: CrashHook, parent: QObject | None = None) -> None:
        """`crashed` gets every exception that nobody raised on purpose, or that nobody asked to hear of."""
        super().__init__(parent)
        sys.setswitchinterval(TURN)
        gc.set_threshold(*COLLECT)
        self._executor, self._crashed = executor, crashed
        self._asked: dict[int, _Asked] = {}
        self._numbers = count(1)
        # Queued even from this thread: `then` must never run inside `run`, whose caller is half-way through.
        self._finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        owner: QObject,
        job: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run a job in the executor, then answer on the UI thread; not at all if the owner is gone.

        Args:
            owner: whoever waits. When it is deleted, the job still runs, and its answer is dropped.
            job: values in, a value out; it must not touch a widget.
            then: gets what the job returned.
            failed: gets what it raised. A `WorkbookError` nobody listens to, and every other exception, also
                goes to the crash hook.
        """
        number = next(self._numbers)
        self._asked[number] = _Asked(
            owner=weakref.ref(owner),
            then=held(then, owner),
            failed=held(failed, owner),
            answers_failure=failed is not None,
        )
        try:
            future = self._executor.submit(job)
        except RuntimeError as error:  # the executor is shutting down: the store is being locked or closed
            future = Future()
            locked = StoreLocked(by="this-app")
            locked.__cause__ = error
            future.set_exception(locked)
        future.add_done_callback(lambda done: self._pass_on(number, done))

    def beside(self, executor: Executor, parent: QObject) -> Tasks:
        """Return tasks of another thread, with the same crash hook: for what must not make the store wait."""
        return Tasks(executor, self._crashed, parent)

    def pending(self) -> int:
        """Return how many answers are still to come."""
        return len(self._asked)

    def _pass_on(self, number: int, done: Future[Any]) -> None:
        """Hand a finished job over. Runs in the executor's thread: only number and result cross."""
        try:
            self._finished.emit(number, done)
        except RuntimeError:
            pass  # the application is ending and this object is gone: there is nobody to answer

    def _on_finished(self, number: int, done: Future[Any]) -> None:
        asked = self._asked.pop(number)
        try:
            self._answer(asked, done)
        finally:
            if not self._asked:
                self.idle.emit()

    def _answer(self, asked: _Asked, done: Future[Any]) -> None:
        try:
            result = done.result()
        except CancelledError:  # never silently: what was not kept must be kept elsewhere
            self._fail(asked, StoreLocked(by="this-app"))
            return
        except Exception as error:
            self._fail(asked, error)
            return
        then = asked.then()
        if then is not None and _is_there(asked.owner):
            then(result)

    def _fail(self, asked: _Asked, error: Exception) -> None:
        if not isinstance(error, WorkbookError) or not asked.answers_failure:
            self._crashed(error)
        failed = asked.failed()
        if failed is not None and _is_there(asked.owner):
            failed(error)


def held(callback: Callable[..., None] | None, owner: QObject) -> Callable[[], Callable[..., None] | None]:
    """Return a way to reach a callback that does not keep its owner alive."""
    if isinstance(callback, MethodType) and callback.__self__ is owner:
        return weakref.WeakMethod(callback)
    return lambda: callback


def _is_there(owner: weakref.ref[QObject]) -> bool:
    alive = owner()
    return alive is not None and shiboken6.isValid(alive)
