"""From a passphrase and a device secret to the store's key, and from that to one key for each purpose.

`cryptography` is imported where it is needed: the start of the application must not pay for it.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from workbook_desktop.domain.errors import Unavailable, WeakPassphrase
from workbook_desktop.store.header import Header, Kdf, Slot

LEAST_CHARACTERS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one guess costs: Argon2id with `m` KiB, `t` passes, `p` lanes."""

    m: int
    t: int
    p: int


FLOOR = Cost(m=64 * 1024, t=3, p=4)  # RFC 9106, second recommended option
USUAL = Cost(m=128 * 1024, t=3, p=4)
ALONE = Cost(m=256 * 1024, t=3, p=4)  # for a passphrase without a device secret beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreKeys:
    """The keys of an open store."""

    sql: bytes = field(repr=False)
    journal: bytes = field(repr=False)
    mac: bytes = field(repr=False)


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short or hardly more than one letter.

    Raises:
        WeakPassphrase
    """
    text = unicodedata.normalize("NFKC", passphrase)
    if len(text) < LEAST_CHARACTERS or len(set(text)) < 5:
        raise WeakPassphrase(least=LEAST_CHARACTERS)


def calibrate(seconds: Callable[[], float]) -> Cost:
    """Return a cost between half a second and one on this machine, never below the floor.

    One measurement at the floor: a machine that happens to be busy measures slow, and then gets the usual
    cost and no more, unless even the floor takes a second.
    """
    start = seconds()
    _argon2id("a passphrase to measure with", Kdf(m=FLOOR.m, t=FLOOR.t, p=FLOOR.p, salt=bytes(16)))
    took = max(seconds() - start, 0.001)
    if took > 1.0:
        return FLOOR
    if took * 2 >= 0.5:
        return USUAL
    if took * 4 >= 0.5:
        return ALONE
    passes = min(10, max(3, round(3 * 0.7 / (took * 4))))
    return replace(ALONE, t=passes)


def new_key() -> bytes:
    """Return 32 random bytes: a store's key, or a device secret."""
    return os.urandom(32)


def wrap(header: Header, key: bytes, passphrase: str, device: bytes | None, cost: Cost, slot_id: str) -> Slot:
    """Return a slot that gives `key` to whoever has the passphrase, and the device secret if there is one."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    slot = Slot(
        id=slot_id,
        type="pw" if device is None else "pw+dev",
        kdf=Kdf(m=cost.m, t=cost.t, p=cost.p, salt=os.urandom(16)),
        nonce=os.urandom(12),
        ct=b"",
    )
    sealed = AESGCM(_kek(header, slot, passphrase, device)).encrypt(slot.nonce, key, header.aad(slot))
    return replace(slot, ct=sealed)


def unwrap(header: Header, slot: Slot, passphrase: str, device: bytes | None) -> bytes | None:
    """Return the store's key, or None: another passphrase, another laptop, or a slot that was altered."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if slot.kdf is None or (slot.type == "pw+dev") != (device is not None):
        return None
    try:
        return AESGCM(_kek(header, slot, passphrase, device)).decrypt(slot.nonce, slot.ct, header.aad(slot))
    except InvalidTag:
        return None


def keys_of(key: bytes, store_id: str) -> StoreKeys:
    """Return the keys that follow from a store's key."""
    return StoreKeys(
        sql=_derive(key, store_id.encode(), b"workbook/sql/1"),
        journal=_derive(key, store_id.encode(), b"workbook/journal/1"),
        mac=_derive(key, store_id.encode(), b"workbook/mac/1"),
    )


def throttle_key(store_id: str, device: bytes | None) -> bytes:
    """Return the key under which wrong guesses are counted, before the store's own key is known."""
    return _derive(device or store_id.encode(), store_id.encode(), b"workbook/tries/1")


def mac(key: bytes, content: bytes) -> bytes:
    """Return HMAC-SHA256."""
    import hashlib
    import hmac

    return hmac.new(key, content, hashlib.sha256).digest()


def same(one: bytes, other: bytes) -> bool:
    """Compare without telling by the time it takes."""
    import hmac

    return hmac.compare_digest(one, other)


def _kek(header: Header, slot: Slot, passphrase: str, device: bytes | None) -> bytes:
    assert slot.kdf is not None
    info = "|".join(("workbook/kek/1", header.store_id, slot.id)).encode()
    return _derive(_argon2id(passphrase, slot.kdf), device or b"", info)


def _derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(secret)


def _argon2id(passphrase: str, kdf: Kdf) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    text = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    try:
        return Argon2id(salt=kdf.salt, length=32, iterations=kdf.t, lanes=kdf.p, memory_cost=kdf.m).derive(
            text
        )
    except MemoryError as error:
        raise Unavailable(reason="memory") from error
