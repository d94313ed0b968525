"""A published form is signed: a laptop can tell that it is the form its council published, byte for byte."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.forms import strict_json

ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who vouches for which bytes. Signed are the hash, the form's name and version, and the moment."""

    form: str
    version: str
    hash: str  # SHA-256 of the file, hex, without white space before and after
    key: str  # which key: the first 16 hex digits of the SHA-256 of its raw public bytes
    signed_at: str  # ISO 8601, UTC
    value: str  # base64
    algorithm: str = ALGORITHM

    def message(self) -> bytes:
        """Return what is signed."""
        return "\n".join(
            (self.algorithm, self.form, self.version, self.hash, self.key, self.signed_at)
        ).encode()

    def json(self) -> bytes:
        """Return it as the file beside the form."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode()


def hash_of(source: bytes) -> str:
    """Return the hash of a form's file. On its way it may lose the line end after its last brace."""
    return hashlib.sha256(source.strip(b" \t\r\n")).hexdigest()


def signature_of(source: bytes) -> Signature:
    """Return the signature that a file holds. Raises FormRefused."""
    try:
        raw = json.loads(source)
        return Signature(**{name: str(raw[name]) for name in Signature.__dataclass_fields__})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormRefused(item="", feature="signature", why="the signature file cannot be read") from error


def new_key() -> bytes:
    """Return a new private key as PEM text. Whoever has it can publish forms."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_part(private: bytes) -> bytes:
    """Return the public key, raw 32 bytes, of a private one in PEM. Raises FormRefused if it is none."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    raw: bytes = _private(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return raw


def key_name(public: bytes) -> str:
    """Return what a key is called in signatures."""
    return hashlib.sha256(public).hexdigest()[:16]


def sign(source: bytes, *, form: str, version: str, private: bytes, at: datetime) -> Signature:
    """Return the signature of a form's bytes.

    Args:
        private: PEM of an Ed25519 key.
        at: aware moment.
    """
    unsigned = Signature(
        form=form,
        version=version,
        hash=hash_of(source),
        key=key_name(public_part(private)),
        signed_at=at.isoformat(timespec="seconds"),
        value="",
    )
    value = _private(private).sign(unsigned.message())
    return Signature(**{**asdict(unsigned), "value": base64.b64encode(value).decode("ascii")})


def verify(source: bytes, signature: Signature, keys: Mapping[str, bytes]) -> None:
    """Let a form pass that one of the council's keys has signed.

    Args:
        keys: public keys, raw, by `key_name`.

    Raises:
        FormRefused: other bytes, an unknown key, or a signature that is not of that key.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = keys.get(signature.key)
    if signature.algorithm != ALGORITHM or public is None or key_name(public) != signature.key:
        raise FormRefused(item="", feature="signature", why="it is signed with a key that is not known here")
    if hash_of(source) != signature.hash:
        raise FormRefused(item="", feature="signature", why="the file is not the one that was signed")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            base64.b64decode(signature.value, validate=True), signature.message()
        )
    except (InvalidSignature, ValueError) as error:
        raise FormRefused(item="", feature="signature", why="the signature is not of that key") from error


def put_together(source: bytes, signature: Signature) -> bytes:
    """Return a form and its signature as one JSON object, as the ICS hands it out; the form's bytes as they
    are."""
    return b'{"form":' + source.strip(b" \t\r\n") + b',"signature":' + signature.json().strip() + b"}"


def taken_apart(body: bytes) -> tuple[bytes, Signature | None]:
    """Return a form's own bytes and its signature, None if it came without: then the body is the form.

    Raises:
        FormRefused: it is neither.
    """
    import msgspec

    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise FormRefused(item="", feature="json", why="it is not a JSON object") from error
    if "signature" not in members or "form" not in members or "resourceType" in members:
        return body, None
    source = bytes(members["form"])
    strict_json.decode(source)  # a name that stands twice would make two forms of one
    return source, signature_of(bytes(members["signature"]))


def _private(pem: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise FormRefused(item="", feature="signature", why="the key file cannot be read") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise FormRefused(item="", feature="signature", why="the key is not an Ed25519 key")
    return key
