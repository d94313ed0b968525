"""The device secret, in a keyring of the operating system that is chosen by its class."""

from __future__ import annotations

from typing import Protocol


class Keyring(Protocol):
    """One keyring that answered."""

    @property
    def backend(self) -> str:
        """Its name, remembered in the store's header."""

    def read(self, entry: str) -> str | None:
        """Return what is kept under a name. Raises KeyUnavailable."""

    def write(self, entry: str, secret: str) -> None:
        """Keep it, read it back and compare. Raises KeyUnavailable."""

    def forget(self, entry: str) -> None:
        """Remove it; absent is as good."""


class Keyrings(Protocol):
    """Where keyrings come from: `SystemKeyrings` in the product, `MemoryKeyring` in tests."""

    def open(self, remembered: str | None = None) -> Keyring:
        """Return the keyring with that name, or the best one there is. Raises KeyUnavailable."""


class SystemKeyrings:
    """The allow-list: Windows Credential Manager, macOS Keychain, Secret Service, KWallet."""

    def open(self, remembered: str | None = None) -> Keyring:
        """Return the keyring with that name, or the first of the allow-list that answers."""
        raise NotImplementedError
