"""Schema 3 (2026-11-25): what was said about families gained and lost, late proposals, receipts of purges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations


def up(op: Operations) -> None:
    """Take the step."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    ids = sa.String(64, collation="C") if postgresql else sa.String(64)
    op.create_table(
        "standing",
        sa.Column("worker", ids, nullable=False),
        sa.Column("scope", ids, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("job", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("deadline", sa.String(40), nullable=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("worker", "scope"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "late_op",
        sa.Column("id", ids, primary_key=True),
        sa.Column("job", ids, nullable=False),
        sa.Column("worker", ids, nullable=False),
        sa.Column("record", ids, nullable=False),
        sa.Column("scope", ids, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.String(40), nullable=False),
    )
    op.create_index("late_op_of_scope", "late_op", ["scope"])
    op.create_table(
        "receipt",
        sa.Column("job", ids, nullable=False),
        sa.Column("worker", ids, nullable=False),
        sa.Column("scope", ids, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("conflicts", sa.Integer, nullable=False),
        sa.Column("handed_in", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("received_at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("job", "worker"),
    )
