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
from workbook_desktop.app.setting_up import OFFICE, office_noted
from workbook_desktop.paths import data_folder

if TYPE_CHECKING:
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.settings import Policy
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
    practice = PracticeSignIn(url, worker, secret, clock)
    try:
        known = practice.sign_in()
    finally:
        practice.close()
    client = Client(
        home / "store", None, clock=clock, new_id=system_ids(clock), keyrings=system_keyrings, automatic=False
    )
    try:
        with office_noted(home, url, known.name):
            client.thread.submit(client.create, passphrase, known, None, {"sign-in-secret": secret}).result()
    finally:
        client.close()


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
    from workbook_desktop.app.setting_up import SettingUp
    from workbook_desktop.store import keys

    keys.check_passphrase(passphrase)
    home, clock = folder or data_folder(), clock or SystemClock()
    new_id = system_ids(clock)
    client = Client(home / "store", None, clock=clock, new_id=new_id, keyrings=keyrings, automatic=False)
    setting_up = SettingUp(
        client, home, clock=clock, new_id=new_id, policy=policy, open_browser=open_browser, cost=cost
    )
    try:
        worker = setting_up.sign_in(url)
        client.thread.submit(setting_up.make, passphrase).result()
    finally:
        client.close()
    return worker


def policy() -> Policy:
    """Return what the organisation set for its laptops, as it stands in the managed folder now."""
    from workbook_desktop.paths import managed_folder
    from workbook_desktop.settings import read_policy

    return read_policy(managed_folder())


def _facts(folder: Path) -> dict[str, str]:
    try:
        raw = json.loads((folder / OFFICE).read_text(encoding="utf-8"))
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
    return Office(url=lambda: url, secret=lambda store: store.settings.get("sign-in-secret"), policy=policy)


def beside_the_store(folder: Path) -> tuple[Path, ...]:
    """Return what lies beside a store and goes with it: whose laptop it is, and notes of mistakes."""
    return tuple(folder / name for name in (OFFICE, "settings.json", "crashes.log"))
