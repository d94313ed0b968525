"""How the office is reached from an open store: as in practice, or as a laptop its organisation knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.ports import Ics
    from sync.sign_in.oidc import OidcSignIn
    from workbook_desktop.app.standing import Standing
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.settings import Policy
    from workbook_desktop.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where a client's ICS is, and how this worker signs in there."""

    url: Callable[[], str]
    secret: Callable[[Store], str]  # asked at unlocking, in the store's thread
    # What the organisation sets for its laptops. None in practice: no lease, no key of the laptop's own.
    policy: Callable[[], Policy] | None = None


def practice_line(office: Office, worker: Worker, secret: str, clock: Clock) -> Callable[[], Ics]:
    """Return what makes a line on which a worker signs in with the practice secret."""

    def make_ics() -> Ics:
        from sync.sign_in import PracticeSignIn
        from sync.transport import HttpIcs
        from sync.wire import Wire

        url = office.url()
        wire = Wire(url, clock)
        sign_in = PracticeSignIn(url, worker.id, secret, clock, wire=wire)
        return HttpIcs(url, sign_in, clock, refused=sign_in.forget, wire=wire)

    return make_ics


def watched_line(
    office: Office,
    worker: Worker,
    store: Store,
    standing: Standing,
    account: OidcSignIn | None,
    clock: Clock,
) -> Callable[[], Ics]:
    """Return what makes a line that is signed with the laptop's key and asks first how the laptop stands.

    To be called in the store's thread. `account`: None for a laptop set up with a secret, as in a pilot.
    """
    secret, store_id = office.secret(store), store.store_id

    def make_ics() -> Ics:
        import sys

        from sync.sign_in import PracticeSignIn
        from sync.wire import Wire
        from workbook_desktop.app.account import WatchedIcs

        url = office.url()
        wire = Wire(url, clock)
        source = account or PracticeSignIn(url, worker.id, secret, clock, wire=wire)
        return WatchedIcs(
            url,
            source,
            clock,
            refused=source.forget,
            wire=wire,
            device=standing.device,
            store_id=store_id,
            platform=sys.platform,
            watch=standing,
        )

    return make_ics
