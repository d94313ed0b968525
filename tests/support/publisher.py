"""A practice lead whose key a laptop trusts, for tests of forms that do not ship."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sync.reference_ics.seed import signed
from workbook_desktop.forms import signing


@dataclass(frozen=True)
class Publisher:
    """Signs forms. `keys` is what a laptop is told to trust."""

    private: bytes = field(default_factory=signing.new_key)

    def keys(self) -> Mapping[str, bytes]:
        public = signing.public_part(self.private)
        return {signing.key_name(public): public}

    def sign(self, forms: Iterable[bytes]) -> tuple[bytes, ...]:
        at = datetime(2026, 11, 1, tzinfo=UTC)
        return tuple(signed(each, self.private, at) for each in forms)
