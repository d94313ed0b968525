"""Asking the same again: many askings at once are one, and the last of them is always answered."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject

from ui.tasks import Tasks, held

T = TypeVar("T")


class Asking(Generic[T]):
    """One question under way at a time. What is asked meanwhile is asked after it, and only the last of that.

    A page that is told of a hundred changes asks twice, and shows in the end what was there after them.
    """

    def __init__(
        self,
        owner: QObject,
        tasks: Tasks,
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
        *,
        only_last: bool = False,
    ) -> None:
        """Ask for `owner`, which may be gone before an answer comes.

        Args:
            then: gets each answer.
            failed: gets what went wrong. What was asked meanwhile is then not asked: it would go wrong too.
            only_last: an answer that was overtaken by another question is not given: for letters that are
                typed. A page told of changes shows each answer, or it would stand still in a long run.
        """
        self._owner, self._tasks, self._only_last = weakref.ref(owner), tasks, only_last
        self._then, self._failed = held(then, owner), held(failed, owner)
        self._is_under_way = False
        self._next: Callable[[], T] | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether an answer is still to come."""
        return self._is_under_way

    def ask(self, question: Callable[[], T]) -> None:
        """Ask now, or after what is under way. `question` runs in the store's thread."""
        if self._is_under_way:
            self._next = question
            return
        owner = self._owner()
        if owner is not None:
            self._is_under_way = True
            self._tasks.run(owner, question, self._on_answer, self._on_failure)

    def _on_answer(self, answer: T) -> None:
        self._is_under_way = False
        following, self._next = self._next, None
        then = self._then()
        if then is not None and not (self._only_last and following is not None):
            then(answer)
        if following is not None:
            self.ask(following)

    def _on_failure(self, error: Exception) -> None:
        self._is_under_way = False
        self._next = None
        failed = self._failed()
        if failed is not None:
            failed(error)
