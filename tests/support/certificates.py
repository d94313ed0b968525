"""Certificates of an invented authority: for whom a test wants, valid when a test wants."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate and its key, in files."""

    certificate: Path
    key: Path

    def shown(self) -> ssl.SSLContext:
        """Return what a server with this certificate shows."""
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(self.certificate, self.key)
        return found


class Authority:
    """Who signs certificates. A machine that has `root` among its trusted ones believes them."""

    def __init__(self, folder: Path, name: str = "Wrenmouth Test Authority") -> None:
        self._folder, self._issued = folder, 0
        folder.mkdir(exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        root = (
            self._begun(self._name, self._key, now - timedelta(days=3000), now + timedelta(days=3000))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.root = folder / "root.pem"
        self.root.write_bytes(root.public_bytes(serialization.Encoding.PEM))

    def issue(self, host: str = "127.0.0.1", *, from_days: float = -1, to_days: float = 30) -> Paper:
        """Certify a host: an address or a name, from and to so many days from now."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        known_as: x509.GeneralName
        try:
            known_as = x509.IPAddress(ip_address(host))
        except ValueError:
            known_as = x509.DNSName(host)
        certificate = (
            self._begun(name, key, now + timedelta(days=from_days), now + timedelta(days=to_days))
            .add_extension(x509.SubjectAlternativeName([known_as]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self._issued += 1
        found = Paper(self._folder / f"{self._issued}.pem", self._folder / f"{self._issued}.key")
        found.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        found.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return found

    def _begun(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, start: datetime, end: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
        )
