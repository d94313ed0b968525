"""Sealing what only the organisation may read: HPKE (RFC 9180), X25519, HKDF-SHA256, AES-256-GCM.

The private key is kept offline by two officers. Whoever passes an envelope on, the ICS too, reads nothing of
it. cryptography is imported when something is sealed or opened.
"""

from __future__ import annotations

from typing import Any

_KIND = b"WBE1"


class NotOpened(Exception):
    """Another key, another purpose, or an envelope that was altered."""


def seal(public_key: bytes, content: bytes, purpose: str) -> bytes:
    """Return an envelope that only the owner of the X25519 key opens, and only for that purpose.

    Raises:
        ValueError: that is no X25519 key.
    """
    import zlib

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    key = X25519PublicKey.from_public_bytes(public_key)
    sealed: bytes = _suite().encrypt(zlib.compress(content, 6), key, purpose.encode())
    return _KIND + sealed


def unseal(private_key: bytes, envelope: bytes, purpose: str) -> bytes:
    """Return what was sealed.

    Raises:
        NotOpened
    """
    import zlib

    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if not envelope.startswith(_KIND):
        raise NotOpened
    key = X25519PrivateKey.from_private_bytes(private_key)
    try:
        return zlib.decompress(_suite().decrypt(envelope[len(_KIND) :], key, purpose.encode()))
    except (InvalidTag, ValueError, zlib.error) as error:
        raise NotOpened from error


def _suite() -> Any:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
