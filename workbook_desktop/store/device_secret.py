"""The device secret, in a keyring of the operating system that is chosen by its class.

Never `keyring.get_keyring()`: an environment variable, a file in the home folder or one more package on the
path would turn that into no keyring at all, a file of plain text, or somebody's code.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import importlib
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from workbook_desktop.domain.errors import KeyUnavailable

T = TypeVar("T")

SERVICE = "Workbook Desktop"
PATIENCE = 5.0  # seconds: a session bus without a working daemon never answers


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


# By platform: name, module, class.
_ALLOWED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "win32": (("windows", "keyring.backends.Windows", "WinVaultKeyring"),),
    "darwin": (("keychain", "keyring.backends.macOS", "Keyring"),),
    "linux": (
        ("secret-service", "keyring.backends.SecretService", "Keyring"),
        ("kwallet", "keyring.backends.kwallet", "DBusKeyring"),
    ),
}


class SystemKeyrings:
    """The allow-list: Windows Credential Manager, macOS Keychain, Secret Service, KWallet."""

    def __init__(self, platform: str = sys.platform, patience: float = PATIENCE) -> None:
        self._allowed = _ALLOWED.get("linux" if platform.startswith("linux") else platform, ())
        self._patience = patience

    def open(self, remembered: str | None = None) -> Keyring:
        """Return the keyring with that name, or the first of the allow-list that answers.

        Raises:
            KeyUnavailable: reason ``no-keyring``, ``keyring-silent`` or ``keyring-changed`` (another one
            answers, but
                not the one that has the secret: making a new secret there would close the store for good).
        """
        reason = "no-keyring"
        changed = False
        for name, module, kind in self._allowed:
            try:
                backend = _within(self._patience, lambda module=module, kind=kind: _made(module, kind))  # type: ignore[misc]
            except KeyUnavailable as error:
                reason = str(error.facts["reason"])
                continue
            if backend is None:
                continue
            if remembered is None or remembered == name:
                return _SystemKeyring(name, backend, self._patience)
            changed = True
        raise KeyUnavailable(reason="keyring-changed" if changed else reason)


class _SystemKeyring:
    def __init__(self, name: str, backend: Any, patience: float) -> None:
        self._name, self._backend, self._patience = name, backend, patience

    @property
    def backend(self) -> str:
        return self._name

    def read(self, entry: str) -> str | None:
        found = _within(self._patience, lambda: self._backend.get_password(SERVICE, entry))
        return None if found is None else str(found)

    def write(self, entry: str, secret: str) -> None:
        _within(self._patience, lambda: self._backend.set_password(SERVICE, entry, secret))
        if self.read(entry) != secret:
            raise KeyUnavailable(reason="no-keyring")  # it takes secrets and keeps none

    def forget(self, entry: str) -> None:
        with contextlib.suppress(KeyUnavailable):
            _within(self._patience, lambda: self._backend.delete_password(SERVICE, entry))


def _made(module: str, kind: str) -> Any:
    """Return the backend, or None if this machine has no such keyring."""
    try:
        cls = getattr(importlib.import_module(module), kind)
        cls.priority  # noqa: B018  raises RuntimeError if the keyring is not there
    except (ImportError, RuntimeError):
        return None
    backend = cls()
    if kind == "WinVaultKeyring":
        backend.persist = "local machine"  # its own choice is "enterprise", which may roam to other machines
    return backend


def _within(patience: float, job: Callable[[], T]) -> T:
    """Run a keyring call in a thread of its own and give up waiting for it after a while."""
    outcome: list[T] = []
    failure: list[BaseException] = []

    def call() -> None:
        try:
            outcome.append(job())
        except BaseException as error:  # carried over to the caller's thread
            failure.append(error)

    thread = threading.Thread(target=call, name="keyring", daemon=True)
    thread.start()
    thread.join(patience)
    if thread.is_alive():
        raise KeyUnavailable(reason="keyring-silent")
    if failure:
        raise KeyUnavailable(reason=_reason(failure[0])) from failure[0]
    return outcome[0]


def _reason(error: BaseException) -> str:
    # By name: the classes stand in modules that only some systems have.
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & {"KeyringLocked", "InitError", "LockedException", "PromptDismissedException"}:
        return "keyring-locked"
    return "no-keyring"


def write_secret(keyring: Keyring, store_id: str, secret: bytes) -> None:
    """Keep a new device secret: 44 characters, far below what any keyring holds. Raises KeyUnavailable."""
    keyring.write(store_id, base64.b64encode(secret).decode("ascii"))


def read_secret(keyring: Keyring, store_id: str) -> bytes:
    """Return the device secret of a store.

    Raises:
        KeyUnavailable: reason ``secret-missing``, or what the keyring said.
    """
    found = keyring.read(store_id)
    try:
        secret = base64.b64decode(found or "", validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != 32:
        raise KeyUnavailable(reason="secret-missing")
    return secret
