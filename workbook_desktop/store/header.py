"""The header beside the database: which store this is, and the key, wrapped once for each way to open it.

Two copies, `store.hdr` and `store.hdr.bak`. Read with bounds before any key is derived: a hostile header
must not be able to ask for a terabyte of memory. Nothing here needs more than the standard library, so that
the start of the application can ask `is_there` without loading cryptography.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbook_desktop.domain.errors import StoreDamaged, StoreMissing, StoreTooNew
from workbook_desktop.domain.records import canonical_json
from workbook_desktop.store import files

VERSION = 1
MAIN, COPY, DATABASE, JOURNAL = "store.hdr", "store.hdr.bak", "store.db", "store.journal"
MOST_BYTES = 16 * 1024
MOST_SLOTS = 8
LEAST_KIB, MOST_KIB = 64 * 1024, 1024 * 1024
_TYPES = ("pw+dev", "pw", "code", "org")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kdf:
    """How a passphrase becomes 32 bytes: Argon2id, memory in KiB."""

    m: int
    t: int
    p: int
    salt: bytes

    def __post_init__(self) -> None:
        if not (LEAST_KIB <= self.m <= MOST_KIB and 2 <= self.t <= 10 and 1 <= self.p <= 8):
            raise ValueError("outside the bounds of Argon2id")
        if len(self.salt) != 16:
            raise ValueError("a salt has 16 bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The store's key, wrapped. `rest` is carried along for the kinds that this version cannot open."""

    id: str
    type: str
    kdf: Kdf | None
    nonce: bytes
    ct: bytes
    rest: tuple[tuple[str, str], ...] = ()

    def json(self) -> dict[str, Any]:
        """Return the slot as it stands in the header."""
        out: dict[str, Any] = {"id": self.id, "type": self.type, **dict(self.rest)}
        if self.kdf is not None:
            out["kdf"] = {
                "alg": "argon2id",
                "m": self.kdf.m,
                "t": self.kdf.t,
                "p": self.kdf.p,
                "salt": _text(self.kdf.salt),
            }
        if self.nonce:
            out["nonce"] = _text(self.nonce)
        if self.ct:
            out["ct"] = _text(self.ct)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One copy of the header. `mac` is over all the rest and is checked as soon as the key is known."""

    store_id: str
    seq: int  # +1 for each writing; of two copies that open, the higher counts
    created: str
    sql_salt: bytes  # the first 16 bytes of the database
    db_min_bytes: int
    policy_id: str
    keyring: str  # name of the keyring that holds the device secret, "" if there is none
    slots: tuple[Slot, ...]
    mac: bytes = field(default=b"", repr=False)

    def aad(self, slot: Slot) -> bytes:
        """Return what a slot's wrapping is bound to: its own fields, never another slot's."""
        own = {key: value for key, value in slot.json().items() if key != "ct"}
        return canonical_json({"v": VERSION, "store_id": self.store_id, "slot": own})

    def unsealed(self) -> bytes:
        """Return what the mac is taken over."""
        return canonical_json(self._json())

    def _json(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "store_id": self.store_id,
            "seq": self.seq,
            "created": self.created,
            "sql_salt": _text(self.sql_salt),
            "db_min_bytes": self.db_min_bytes,
            "policy_id": self.policy_id,
            "keyring": self.keyring,
            "slots": [slot.json() for slot in self.slots],
        }

    def as_bytes(self) -> bytes:
        """Return the file."""
        return canonical_json({**self._json(), "mac": _text(self.mac)})

    def with_mac(self, mac: bytes) -> Header:
        """Return the header, sealed."""
        return replace(self, mac=mac)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """The readable copies, higher `seq` first, and whether both files say the same."""

    headers: tuple[Header, ...]
    whole: bool


def is_there(folder: Path) -> bool:
    """Say whether a folder holds a store.

    Raises:
        StoreDamaged: a header without a database, or the reverse.
    """
    header = (folder / MAIN).exists() or (folder / COPY).exists()
    database = (folder / DATABASE).exists()
    if header != database:
        raise StoreDamaged(what="database" if header else "header")
    return header


def read(folder: Path) -> Copies:
    """Return the header's copies.

    Raises:
        StoreMissing, StoreDamaged, StoreTooNew.
    """
    if not is_there(folder):
        raise StoreMissing
    found: list[Header] = []
    raw: list[bytes | None] = []
    for name in (MAIN, COPY):
        try:
            with (folder / name).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError:
            raw.append(None)
            continue
        raw.append(content)
        try:
            header = parse(content)
        except ValueError:
            continue
        if header not in found:
            found.append(header)
    if not found:
        raise StoreDamaged(what="header")
    return Copies(
        headers=tuple(sorted(found, key=lambda each: -each.seq)),
        whole=raw[0] == raw[1],
    )


def write(folder: Path, header: Header) -> None:
    """Write both copies, one after the other, and read each back.

    Raises:
        StoreDamaged: the disk does not give back what was written.
    """
    content = header.as_bytes()
    for name in (MAIN, COPY):
        files.replace(folder / name, content)
        if (folder / name).read_bytes() != content:
            raise StoreDamaged(what="header")


def parse(content: bytes) -> Header:
    """Return the header that these bytes are.

    Raises:
        StoreTooNew: a version this Workbook does not know; it must not be rewritten.
        ValueError: anything else that is not exactly a header.
    """
    if len(content) > MOST_BYTES:
        raise ValueError("too long")
    try:
        raw = json.loads(content, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(raw, dict):
        raise ValueError("not an object")
    version = raw.get("v")
    if type(version) is int and version > VERSION:
        raise StoreTooNew(found=version, known=VERSION)
    if type(version) is not int or version != VERSION:
        raise ValueError("unknown version")
    slots = raw.get("slots")
    if not isinstance(slots, list) or not 1 <= len(slots) <= MOST_SLOTS:
        raise ValueError("slots")
    header = Header(
        store_id=_str(raw, "store_id"),
        seq=_int(raw, "seq"),
        created=_str(raw, "created"),
        sql_salt=_bytes(raw, "sql_salt", 16),
        db_min_bytes=_int(raw, "db_min_bytes"),
        policy_id=_str(raw, "policy_id"),
        keyring=_str(raw, "keyring"),
        slots=tuple(_slot(each) for each in slots),
        mac=_bytes(raw, "mac", 32),
    )
    if header.as_bytes() != content:  # one spelling only: nothing hides between the members
        raise ValueError("not canonical")
    return header


def _slot(raw: object) -> Slot:
    if not isinstance(raw, dict):
        raise ValueError("slot")
    kind = _str(raw, "type")
    if kind not in _TYPES:
        raise ValueError("slot type")
    kdf = None
    if kind != "org":
        given = raw.get("kdf")
        if not isinstance(given, dict) or given.get("alg") != "argon2id":
            raise ValueError("kdf")
        kdf = Kdf(m=_int(given, "m"), t=_int(given, "t"), p=_int(given, "p"), salt=_bytes(given, "salt", 16))
    known = {"id", "type", "kdf", "nonce", "ct"}
    return Slot(
        id=_str(raw, "id"),
        type=kind,
        kdf=kdf,
        nonce=_bytes(raw, "nonce", 12) if kdf else b"",
        ct=_bytes(raw, "ct", 48) if kdf else b"",
        rest=tuple((key, _str(raw, key)) for key in sorted(raw) if key not in known),
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member twice")
    return found


def _str(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str):
        raise ValueError(name)
    return value


def _int(raw: Mapping[str, Any], name: str) -> int:
    value = raw.get(name)
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError(name)
    return value


def _bytes(raw: Mapping[str, Any], name: str, length: int) -> bytes:
    try:
        value = base64.b64decode(_str(raw, name), validate=True)
    except binascii.Error as error:
        raise ValueError(name) from error
    if len(value) != length:
        raise ValueError(name)
    return value


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
