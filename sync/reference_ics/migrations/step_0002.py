"""Schema 2 (2026-11-25): epochs and their reasons, who called when; on PostgreSQL, ids in order of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations

_IDS = {
    "worker": ("id",),
    "involvement": ("worker", "family"),
    "entry": ("kind", "id", "scope", "about"),
    "revision": ("kind", "id"),
    "op": ("id", "record", "scope"),
}
_LENGTHS = {("entry", "kind"): 12, ("entry", "id"): 200, ("revision", "kind"): 12, ("revision", "id"): 200}


def up(op: Operations) -> None:
    """Take the step."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    ids = sa.String(64, collation="C") if postgresql else sa.String(64)
    op.create_table(
        "epoch",
        sa.Column("id", ids, primary_key=True),
        sa.Column("began_at", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
    )
    op.create_table(
        "seen",
        sa.Column("worker", ids, nullable=False),
        sa.Column("device", ids, nullable=False),
        sa.Column("first_at", sa.String(40), nullable=False),
        sa.Column("last_at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("worker", "device"),
    )
    op.execute(
        "INSERT INTO epoch (id, began_at, reason)"
        " SELECT value, '', 'before epochs were noted' FROM meta WHERE name = 'epoch'"
    )
    if postgresql:
        for table, columns in _IDS.items():
            for column in columns:
                length = _LENGTHS.get((table, column), 64)
                op.alter_column(table, column, type_=sa.String(length, collation="C"))
