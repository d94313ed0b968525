"""Schema 4 (2026-11-25): files, in parts, and which revision names which."""

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
        "upload",
        sa.Column("id", ids, primary_key=True),
        sa.Column("worker", ids, nullable=False),
        sa.Column("scope", ids, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("reached", sa.BigInteger, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("began_at", sa.String(40), nullable=False),
        sa.UniqueConstraint("worker", "sha256", "scope"),
    )
    op.create_table(
        "upload_part",
        sa.Column("upload", ids, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("upload", "at"),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "blob_part",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("sha256", "at"),
    )
    op.create_table(
        "blob_use",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("record", ids, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("sha256", "record", "version"),
    )
