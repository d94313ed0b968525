"""Sets a laptop up for one worker: the store, its keys, and where the office is.

Beside the store lies ``office.json``: the address of the ICS and the worker's name, for the unlock window.
What opens anything, the secret to sign in with, is inside the encrypted store.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_desktop.app.client import Client, Office
from workbook_desktop.app.machine import SystemClock, system_ids
from workbook_desktop.paths import data_folder

if TYPE_CHECKING:
    from workbook_desktop.store.device_secret import Keyrings


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
    return Office(url=lambda: url, secret=lambda store: store.settings.get("sign-in-secret"))
