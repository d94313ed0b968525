"""What a worker may see, worked out from the involvements at the moment of asking, by every call."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, or_, select

from sync.reference_ics.tables import involvement


def visible_scopes(connection: Connection, worker: str, today: date) -> list[str]:
    """Return the families in which this worker has an involvement that holds today, in order."""
    found = (
        select(involvement.c.family)
        .where(
            involvement.c.worker == worker,
            involvement.c.start <= today,
            or_(involvement.c.end.is_(None), involvement.c.end > today),
        )
        .distinct()
    )
    return sorted(connection.execute(found).scalars())
