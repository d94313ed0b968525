"""The tables of the service. One database holds one authority.

`entry` is the feed and the heads in one: a row for each thing that is served, at its newest version and the
`seq` at which it got there, so that the feed is compact by construction. `revision` keeps every version there
ever was, as the JSON that is sent. `op` keeps every op id for ever, beside what became of it.

Of kind `former` are versions that a restore lost and a laptop gave back after the record had gone on without
them: ``record|mark`` and the version they had. They are nobody's head and stand in no feed.

`limits` is the note of `visibility.note_on`, empty for most: for a version, on what it says; in `entry` for a
conflict, on its record as it is now besides.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine


class _Id(TypeDecorator[str]):
    """What things are called by: text in the order of bytes everywhere, not in that of some language.

    PostgreSQL refuses to be asked for a text with NUL in it. No id has one, so nothing is found either way.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int = 64) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type on one database."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(self.length, collation=collation))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what is asked for."""
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if value is not None else None


def _id(length: int = 64) -> _Id:
    return _Id(length)


PUBLIC = ""  # the scope of what every worker may read: forms

_LIMITED = text("limits <> ''")

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

# Every epoch there was. `meta` names the one that counts; this says since when, and why it began.
epoch = Table(
    "epoch",
    metadata,
    Column("id", _id(), primary_key=True),
    Column("began_at", String(40), nullable=False),
    Column("reason", String(200), nullable=False),
)

# When each device last called, to within some minutes; device "" where a sign-in names none.
seen = Table(
    "seen",
    metadata,
    Column("worker", _id(), nullable=False),
    Column("device", _id(), nullable=False),
    Column("first_at", String(40), nullable=False),
    Column("last_at", String(40), nullable=False),
    PrimaryKeyConstraint("worker", "device"),
)

# One row. A writer holds its lock until the commit, so numbers become visible in order and none appears late.
counter = Table(
    "counter",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("n", BigInteger, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    Column("id", _id(), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(200), nullable=False),
    Column("agency", String(200), nullable=False),
    Column("chapter", String(64), nullable=False),
    Column("is_manager", Boolean, nullable=False),
)

involvement = Table(
    "involvement",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("worker", _id(), nullable=False),
    Column("person", String(64), nullable=False),
    Column("family", _id(), nullable=False),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=True),  # the first day on which it no longer holds
    Index("involvement_of_worker", "worker", "family"),
    Index("involvement_in_family", "family"),
)

entry = Table(
    "entry",
    metadata,
    Column("kind", _id(12), nullable=False),  # record, conflict, form
    Column("id", _id(200), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("scope", _id(), nullable=False),
    Column("about", _id(), nullable=False),  # a conflict's record, else ""
    Column("limits", Text, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
    UniqueConstraint("seq"),
    Index("entry_of_scope", "scope", "seq"),
    Index("entry_about", "about"),
    Index("entry_limited", "scope", "seq", sqlite_where=_LIMITED, postgresql_where=_LIMITED),
)

revision = Table(
    "revision",
    metadata,
    Column("kind", _id(12), nullable=False),
    Column("id", _id(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("op", String(64), nullable=True),  # None: kept by the office
    Column("author", String(64), nullable=True),
    Column("received_at", String(40), nullable=False),
    Column("edited_from", String(40), nullable=False),  # the device's clock: kept, never decided by
    Column("edited_to", String(40), nullable=False),
    Column("limits", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("kind", "id", "version"),
)

op = Table(
    "op",
    metadata,
    Column("id", _id(), primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # BLAKE2b of the op's bytes as received
    Column("author", String(64), nullable=False),
    Column("record", _id(), nullable=False),
    Column("scope", _id(), nullable=False),
    Column("version", Integer, nullable=False),  # of the record, once this op was accepted
    Column("result", LargeBinary, nullable=False),  # the op's result without its head
    Column("received_at", String(40), nullable=False),
)

# What was said to a worker about which families are theirs: a row for each, at its newest, with the `seq` at
# which the feed says it. Who may see what is worked out from the involvements; this remembers the change.
standing = Table(
    "standing",
    metadata,
    Column("worker", _id(), nullable=False),
    Column("scope", _id(), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),  # added, revoked
    Column("mark", String(64), nullable=False),  # of the worker's standing in the family then
    Column("job", String(64), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("mode", String(20), nullable=False),  # handover, immediate
    Column("deadline", String(40), nullable=True),
    Column("at", String(40), nullable=False),
    PrimaryKeyConstraint("worker", "scope"),
    UniqueConstraint("seq"),
)

# Work begun before a family was withdrawn and handed in after: an inbox for a person, never in the head.
late_op = Table(
    "late_op",
    metadata,
    Column("id", _id(), primary_key=True),
    Column("job", _id(), nullable=False),
    Column("worker", _id(), nullable=False),
    Column("record", _id(), nullable=False),
    Column("scope", _id(), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),  # the op as it was sealed
    Column("received_at", String(40), nullable=False),
    Index("late_op_of_scope", "scope"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("job", _id(), nullable=False),
    Column("worker", _id(), nullable=False),
    Column("scope", _id(), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("records", Integer, nullable=False),
    Column("conflicts", Integer, nullable=False),
    Column("handed_in", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("received_at", String(40), nullable=False),
    PrimaryKeyConstraint("job", "worker"),
)

# Devices by their own key. `status`: active, suspended, wipe, retired. An order is passed on as it came.
device = Table(
    "device",
    metadata,
    Column("id", _id(), primary_key=True),
    Column("worker", _id(), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("store", _id(), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("app_version", String(64), nullable=False),
    Column("contract", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("registered_at", String(40), nullable=False),
    Column("changed_at", String(40), nullable=False),
    Column("order_text", Text, nullable=False),
    Column("order_signature", String(200), nullable=False),
    Column("emptied_at", String(40), nullable=False),
    Column("receipt", String(200), nullable=False),
    Index("device_of_worker", "worker"),
)

# Unsent work of a device that was stopped or emptied, sealed to the organisation's key: nobody reads it here.
device_sealed = Table(
    "device_sealed",
    metadata,
    Column("device", _id(), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("order_id", String(200), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("received_at", String(40), nullable=False),
    PrimaryKeyConstraint("device", "digest"),
)

# Files on their way in: parts in the order they came, until the whole has the hash that was announced.
upload = Table(
    "upload",
    metadata,
    Column("id", _id(), primary_key=True),
    Column("worker", _id(), nullable=False),
    Column("scope", _id(), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("reached", BigInteger, nullable=False),  # where the next part begins
    Column("complete", Boolean, nullable=False),
    Column("began_at", String(40), nullable=False),
    UniqueConstraint("worker", "sha256", "scope"),
)

upload_part = Table(
    "upload_part",
    metadata,
    Column("upload", _id(), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("upload", "at"),
)

blob = Table(
    "blob",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
)

blob_part = Table(
    "blob_part",
    metadata,
    Column("sha256", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sha256", "at"),
)

# Which revision of which record names which file: who may see one may see the other.
blob_use = Table(
    "blob_use",
    metadata,
    Column("sha256", String(64), nullable=False),
    Column("record", _id(), nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("sha256", "record", "version"),
)
