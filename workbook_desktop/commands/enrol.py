"""Sets a laptop up for one worker: the store, its keys, and where the office is.

Beside the store lies ``office.json``: the address of the ICS and the worker's name, for the unlock window.
What opens anything, the secret to sign in with, is inside the encrypted store.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_desktop.app.client import Client
from workbook_desktop.app.machine import SystemClock, system_ids
from workbook_desktop.app.office_line import Office
from workbook_desktop.paths import data_folder

if TYPE_CHECKING:
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.store.device_secret import Keyrings
    from workbook_desktop.store.keys import Cost


def system_keyrings() -> Keyrings:
    """Return the keyring of the operating system; a passphrase alone never opens a worker's store."""
    from workbook_desktop.store.device_secret import SystemKeyrings

    return SystemKeyrings()


def enrol_here(url: str, worker: str, secret: str, passphrase: str, folder: Path | None = None) -> None:
    """Sign in once, then make the store for that worker.

    Raises:
        IcsUnreachable, NotTheIcs, SignInNeeded: the office did not answer, or does not know the worker.
        WeakPassphrase, KeyUnavailable, StoreUnwritable, DiskFull: no store was made.
    """
    from sync.sign_in import PracticeSignIn

    home = folder or data_folder()
    clock = SystemClock()
    known = PracticeSignIn(url, worker, secret, clock).sign_in()
    client = Client(
        home / "store", None, clock=clock, new_id=system_ids(clock), keyrings=system_keyrings, automatic=False
    )
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        client.thread.submit(client.create, passphrase, known, None, {"sign-in-secret": secret}).result()
    finally:
        client.close()
    facts = {"url": url, "worker": known.name}
    (home / "office.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def enrol_with_account(
    url: str,
    passphrase: str,
    folder: Path | None = None,
    *,
    open_browser: Callable[[str], bool] | None = None,
    keyrings: Callable[[], Keyrings] | None = system_keyrings,
    cost: Cost | None = None,
    clock: Clock | None = None,
) -> Worker:
    """Sign in with a work account, make this laptop known, then make the store of whom the office says it is.

    Raises:
        IcsUnreachable, NotTheIcs, NoWorkAccount, and what signing in raises: no store was made.
        WeakPassphrase, KeyUnavailable, StoreUnwritable, DiskFull: no store was made.
    """
    import base64
    import sys

    from sync.protocol import CONTRACT, WELL_KNOWN, Capabilities, worker_of
    from sync.sign_in.device import Device, DeviceKey
    from sync.sign_in.oidc import OidcSignIn
    from sync.wire import Wire
    from workbook_desktop import __version__, settings
    from workbook_desktop.app import account as keeping
    from workbook_desktop.app.machine import open_browser as system_browser
    from workbook_desktop.paths import managed_folder
    from workbook_desktop.store import keys

    keys.check_passphrase(passphrase)
    home, clock = folder or data_folder(), clock or SystemClock()
    new_id = system_ids(clock)
    wire = Wire(url, clock)
    keeper = keeping.FirstKeeper()
    sign_in: OidcSignIn | None = None
    try:
        caps = wire.call("GET", WELL_KNOWN, Capabilities)
        at = keeping.account_at(settings.read_policy(managed_folder()), caps)
        sign_in = OidcSignIn(at, clock, keeper, open_browser=open_browser or system_browser)
        sign_in.sign_in()
        private, store_id = DeviceKey.new(), new_id()
        device = Device(DeviceKey(private), clock)
        told = device.register(
            wire,
            sign_in(),
            store_id=store_id,
            platform=sys.platform,
            version=__version__,
            contract=CONTRACT,
        )
    finally:
        if sign_in is not None:
            sign_in.close()
        wire.close()
    known = worker_of(told.worker)
    values = {
        **keeper.values(),
        **keeping.account_values(at),
        keeping.DEVICE_KEY: base64.b64encode(private).decode("ascii"),
        keeping.DEVICE_KNOWN: told.id,
        keeping.DEVICE_STATUS: told.status,
        keeping.ORGANISATION_KEY: told.organisation_key or "",
        keeping.SEAL_KEY: told.seal_key or "",
    }
    client = Client(home / "store", None, clock=clock, new_id=new_id, keyrings=keyrings, automatic=False)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        client.thread.submit(client.create, passphrase, known, cost, values, store_id).result()
    finally:
        client.close()
    (home / "office.json").write_text(json.dumps({"url": url, "worker": known.name}, indent=1), "utf-8")
    return known


def _facts(folder: Path) -> dict[str, str]:
    try:
        raw = json.loads((folder / "office.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: str(value) for key, value in raw.items()} if isinstance(raw, dict) else {}


def known_worker_name(folder: Path) -> str:
    """Return whose laptop this is, as known before unlocking."""
    return _facts(folder).get("worker", "")


def known_office(folder: Path) -> Office | None:
    """Return where the office is, if this laptop has been set up."""
    url = _facts(folder).get("url")
    if not url:
        return None
    # Without a policy no lease ends and no order empties this laptop: the window cannot sign anybody in with
    # a work account yet, and a lease that ended would shut the worker out.
    return Office(url=lambda: url, secret=lambda store: store.settings.get("sign-in-secret"))


def beside_the_store(folder: Path) -> tuple[Path, ...]:
    """Return what lies beside a store and goes with it: whose laptop it is, and notes of mistakes."""
    return tuple(folder / name for name in ("office.json", "settings.json", "crashes.log"))
