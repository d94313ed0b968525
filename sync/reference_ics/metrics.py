"""What the service counts, as Prometheus reads it. Labels: words of the contract, ids of published forms.

One `Metrics` for each service: nothing is kept in the library's global registry.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, and_, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from sync.protocol import ConflictMessage, FeedReply
from sync.reference_ics import schema, tables
from sync.reference_ics.database import Database, checkpoint
from sync.reference_ics.tables import entry, revision
from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FieldPath

UNSEEN_AFTER = timedelta(days=14)
_FAST = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_LAGS = (1, 10, 60, 300, 900, 3_600, 14_400, 86_400, 604_800)
_OTHER = "other"
_KEPT = 2.0  # seconds: many who ask at once cost one look


class _Dated(msgspec.Struct):
    changed_at: str | None = None


class _FormOf(msgspec.Struct):
    id: str
    version: str


class _Formed(msgspec.Struct):
    form: _FormOf | None = None


class _Conflict(msgspec.Struct):
    state: str = "open"
    mine_at: str = ""


class Metrics:
    """Counters of one service, and what its database says when asked."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.registry = CollectorRegistry()
        self._database, self._clock = database, clock
        self._fields: dict[tuple[str, str], frozenset[str]] = {}
        self._calls = Histogram(
            "ics_call_seconds",
            "Calls answered, by address, method and status.",
            ("route", "method", "status"),
            buckets=_FAST,
            registry=self.registry,
        )
        self._ops = Counter(
            "ics_ops",
            "Ops pushed, by what became of them. The stale rate is that of stale to all.",
            ("status", "problem"),
            registry=self.registry,
        )
        self._conflicts = Counter(
            "ics_conflicts_opened",
            "Conflicts opened, by form and field.",
            ("form", "field"),
            registry=self.registry,
        )
        self._items = Counter("ics_feed_items", "Entries of the feed sent.", registry=self.registry)
        self._lag = Histogram(
            "ics_feed_lag_seconds",
            "Age of the oldest change on a page that brought something to a device that reads on.",
            buckets=_LAGS,
            registry=self.registry,
        )
        self._looked = _Looked(database, clock)
        self.registry.register(self._looked)

    def forget_last_look(self) -> None:
        """Have the database asked again, also where it was asked a moment ago."""
        self._looked.forget()

    def called(self, route: str, method: str, status: int, seconds: float) -> None:
        """Note a call that was answered."""
        self._calls.labels(route, method, str(status)).observe(seconds)

    def pushed(self, results: Iterable[Mapping[str, Any]]) -> None:
        """Note what became of a push, once it is on the disk."""
        for result in results:
            problem = result.get("problem")
            self._ops.labels(result["status"], problem.type if problem is not None else "").inc()
            opened = result.get("conflicts") if result["status"] == "applied" else None
            if opened:
                self._opened(opened, result.get("head"))

    def _opened(self, conflicts: Sequence[ConflictMessage], head: msgspec.Raw | None) -> None:
        form = None
        if head is not None:
            form = msgspec.json.decode(bytes(head), type=_Formed).form
        fields = self._fields_of(form) if form is not None else frozenset()
        for each in conflicts:
            if each.state == "open" and each.claimed_by is None:
                field = _field(each.path)
                known = form is not None and bool(fields)
                self._conflicts.labels(
                    form.id if form is not None and known else _OTHER, field if field in fields else _OTHER
                ).inc()

    def _fields_of(self, form: _FormOf) -> frozenset[str]:
        """Return the link ids of a published form: what a caller makes up becomes no label."""
        key = (form.id[:64], form.version[:64])
        found = self._fields.get(key)
        if found is None:
            with self._database.reading() as connection:
                body = connection.execute(
                    select(revision.c.body).where(
                        revision.c.kind == "form", revision.c.id == f"{key[0]}|{key[1]}"
                    )
                ).scalar()
            if body is None:
                return frozenset()
            found = self._fields[key] = frozenset(_link_ids(json.loads(body)))
        return found

    def polled(self, page: FeedReply, *, reads_on: bool) -> None:
        """Note a page of the feed; `reads_on` if it began at a cursor."""
        self._items.inc(len(page.items))
        if not (page.items and reads_on):
            return
        try:
            changed = msgspec.json.decode(bytes(page.items[0].body), type=_Dated).changed_at
            if changed is not None:
                behind = self._clock.now() - datetime.fromisoformat(changed)
                self._lag.observe(max(behind.total_seconds(), 0.0))
        except (msgspec.DecodeError, ValueError, TypeError):  # of a kind that does not say when
            return


def _field(path: str) -> str:
    """Return the link id of a place, without the ids of the rows it stands in."""
    try:
        segments = paths.split(FieldPath(path))
    except ValueError:
        return _OTHER
    return segments[-1] if len(segments) % 2 else segments[-2]


def _link_ids(item: Mapping[str, Any]) -> Iterator[str]:
    for each in item.get("item", ()):
        yield str(each.get("linkId"))
        yield from _link_ids(each)


class _Looked(Collector):
    """What is looked up when somebody asks."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._open: dict[str, str] = {}
        self._read: tuple[str, int] = ("", 0)  # epoch, feed number
        self._kept: tuple[float, list[Metric]] | None = None

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering must not ask the database."""
        return []

    def forget(self) -> None:
        """Look again when next asked."""
        self._kept = None

    def collect(self) -> Iterable[Metric]:
        """Return what there is to say now."""
        now = time.monotonic()
        if self._kept is None or now - self._kept[0] > _KEPT:
            self._kept = (now, list(self._look()))
        return self._kept[1]

    def _look(self) -> Iterator[Metric]:
        pool = self._database.engine.pool
        if isinstance(pool, QueuePool):
            yield _gauge("ics_database_connections_most", "The most there may be.", pool.size())
            yield _gauge("ics_database_connections_used", "In use at this moment.", pool.checkedout())
        try:
            with self._database.reading() as connection:
                found = list(self._from(connection))
        except SQLAlchemyError:
            yield _gauge("ics_database_up", "Whether the database answers.", 0)
            return
        yield _gauge("ics_database_up", "Whether the database answers.", 1)
        yield from found

    def _from(self, connection: Connection) -> Iterator[Metric]:
        yield _gauge("ics_schema", "The number of the database's schema.", schema.there_is(connection))
        reached = checkpoint(connection)
        yield _gauge("ics_feed_seq", "The last number of the feed.", reached)
        self._read_conflicts(connection, reached)
        yield _gauge("ics_conflicts_open", "Conflicts that nobody has settled.", len(self._open))
        oldest = min((at for at in self._open.values() if at), default=None)
        age = 0.0
        if oldest is not None:
            age = max((self._clock.now() - datetime.fromisoformat(oldest)).total_seconds(), 0.0)
        yield _gauge("ics_conflict_oldest_open_seconds", "How long the oldest of them has been open.", age)
        since = (self._clock.now() - UNSEEN_AFTER).isoformat()
        unseen = select(func.count()).where(tables.seen.c.last_at < since)
        words = f"Devices that called once, and not within {UNSEEN_AFTER.days} days."
        yield _gauge("ics_devices_unseen", words, connection.execute(unseen).scalar_one())
        known = connection.execute(select(func.count()).select_from(tables.seen)).scalar_one()
        yield _gauge("ics_devices_seen", "Devices that ever called.", known)

        owed = (
            select(func.count())
            .select_from(tables.standing)
            .outerjoin(
                tables.receipt,
                (tables.receipt.c.job == tables.standing.c.job)
                & (tables.receipt.c.worker == tables.standing.c.worker),
            )
            .where(tables.standing.c.kind == "revoked", tables.receipt.c.job.is_(None))
        )
        words = "Families withdrawn from a worker that no device has yet told to be gone."
        yield _gauge("ics_purges_unreceipted", words, connection.execute(owed).scalar_one())
        ordered = select(func.count()).where(
            tables.device.c.status == "wipe", tables.device.c.emptied_at == ""
        )
        words = "Devices ordered to empty themselves that have not said that they did."
        yield _gauge("ics_wipes_unreceipted", words, connection.execute(ordered).scalar_one())

    def _read_conflicts(self, connection: Connection, reached: int) -> None:
        """Read on from where the last look ended: the feed brings each conflict at its newest."""
        epoch = self._database.identity.epoch
        if self._read[0] != epoch:
            self._open, self._read = {}, (epoch, 0)
        same = and_(
            revision.c.kind == entry.c.kind,
            revision.c.id == entry.c.id,
            revision.c.version == entry.c.version,
        )
        rows = connection.execute(
            select(entry.c.id, revision.c.received_at, revision.c.body)
            .join_from(entry, revision, same)
            .where(entry.c.seq > self._read[1], entry.c.kind == "conflict")
        )
        for id_, received_at, body in rows:
            if msgspec.json.decode(body, type=_Conflict).state == "open":
                self._open.setdefault(id_, received_at)
            else:
                self._open.pop(id_, None)
        self._read = (epoch, reached)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)
