"""Schema 5 (2026-11-25): devices, and what they hand in sealed."""

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
        "device",
        sa.Column("id", ids, primary_key=True),
        sa.Column("worker", ids, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("store", ids, nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("app_version", sa.String(64), nullable=False),
        sa.Column("contract", sa.String(64), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("registered_at", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.String(40), nullable=False),
        sa.Column("order_text", sa.Text, nullable=False),
        sa.Column("order_signature", sa.String(200), nullable=False),
        sa.Column("emptied_at", sa.String(40), nullable=False),
        sa.Column("receipt", sa.String(200), nullable=False),
    )
    op.create_index("device_of_worker", "device", ["worker"])
    op.create_table(
        "device_sealed",
        sa.Column("device", ids, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("order_id", sa.String(200), nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("device", "digest"),
    )
