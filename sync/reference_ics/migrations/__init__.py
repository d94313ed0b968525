"""The steps of the service's schema, in their order: what brings an older database up to `tables`.

A new database is made from `tables` at once and takes no step. To change the schema: change `tables`, add
``step_NNNN.py`` with ``up(op)``, and name it in `STEPS`. A step speaks Alembic's operations
(``op.add_column``, ``op.create_table``, ``with op.batch_alter_table`` for what SQLite cannot do in place), so
that it is written once for both databases; it holds its own column definitions and never imports `tables`,
which goes on changing. All steps that are due run in one transaction, with every writer held off. One that
was released is never edited. Tests bring a database of each released schema up and compare it with `tables`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sync.reference_ics.migrations import step_0002, step_0003, step_0004, step_0005

if TYPE_CHECKING:
    from alembic.operations import Operations

Step = Callable[["Operations"], None]

FIRST = 1  # the schema before there was a number
STEPS: tuple[tuple[int, Step], ...] = (
    (2, step_0002.up),
    (3, step_0003.up),
    (4, step_0004.up),
    (5, step_0005.up),
)
NEWEST = STEPS[-1][0]
