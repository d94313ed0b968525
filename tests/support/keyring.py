"""A keyring that forgets everything at the end of the test. It passes the tests of the real one."""

from __future__ import annotations

from workbook_desktop.domain.errors import KeyUnavailable


class MemoryKeyring:
    """Both `Keyrings` and the one `Keyring` that it gives out."""

    def __init__(self, backend: str = "memory", reason: str | None = None) -> None:
        self._backend = backend
        self.reason = reason  # set it, and the keyring is no longer to be had
        self.secrets: dict[str, str] = {}

    def open(self, remembered: str | None = None) -> MemoryKeyring:
        """Return this keyring, if that is the one remembered."""
        self._answer()
        if remembered is not None and remembered != self._backend:
            raise KeyUnavailable(reason="keyring-changed")
        return self

    @property
    def backend(self) -> str:
        """Its name."""
        return self._backend

    def read(self, entry: str) -> str | None:
        """Return what is kept under a name."""
        self._answer()
        return self.secrets.get(entry)

    def write(self, entry: str, secret: str) -> None:
        """Keep it."""
        self._answer()
        self.secrets[entry] = secret

    def forget(self, entry: str) -> None:
        """Remove it; absent is as good."""
        self.secrets.pop(entry, None)

    def _answer(self) -> None:
        if self.reason is not None:
            raise KeyUnavailable(reason=self.reason)
