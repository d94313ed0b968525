"""The keyring is chosen by its class and believed after reading back; the environment changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.keyring import MemoryKeyring
from tests.support.stored import PASSPHRASE, HandClock
from workbook_desktop.domain.errors import KeyUnavailable
from workbook_desktop.store import device_secret, header, keys
from workbook_desktop.store.device_secret import Keyrings, SystemKeyrings, read_secret, write_secret
from workbook_desktop.store.store import Store


@pytest.fixture(params=["memory", pytest.param("system", marks=pytest.mark.secret_service)])
def keyrings(request: pytest.FixtureRequest) -> Keyrings:
    """The stand-in and the real one, held to the same."""
    if request.param == "memory":
        return MemoryKeyring()
    request.getfixturevalue("secret_service")
    return SystemKeyrings()


def test_a_secret_is_kept_found_again_and_forgotten(keyrings: Keyrings) -> None:
    keyring = keyrings.open()
    secret = keys.new_key()
    write_secret(keyring, "store-1", secret)
    write_secret(keyring, "store-2", keys.new_key())
    assert read_secret(keyrings.open(keyring.backend), "store-1") == secret
    keyring.forget("store-1")
    keyring.forget("store-1")
    with pytest.raises(KeyUnavailable) as caught:
        read_secret(keyring, "store-1")
    assert caught.value.facts == {"reason": "secret-missing"}


def test_another_name_than_the_remembered_one_is_a_changed_keyring(keyrings: Keyrings) -> None:
    with pytest.raises(KeyUnavailable) as caught:
        keyrings.open("a keyring of yesterday")
    assert caught.value.facts == {"reason": "keyring-changed"}


def test_something_else_under_our_name_is_a_missing_secret(keyrings: Keyrings) -> None:
    keyring = keyrings.open()
    keyring.write("store-1", "not base64!")
    with pytest.raises(KeyUnavailable) as caught:
        read_secret(keyring, "store-1")
    assert caught.value.facts == {"reason": "secret-missing"}


@pytest.mark.secret_service
def test_a_store_opens_with_the_real_keyring_and_not_without(
    secret_service: None, tmp_path: Path, clock: HandClock
) -> None:
    folder = tmp_path / "store"
    Store.create(
        folder,
        PASSPHRASE,
        clock=clock,
        new_id=lambda: "store-1",
        keyrings=SystemKeyrings(),
        cost=keys.FLOOR,
    ).lock()
    assert header.read(folder).headers[0].keyring == "secret-service"
    Store.unlock(folder, PASSPHRASE, clock=clock, keyrings=SystemKeyrings()).lock()
    SystemKeyrings().open().forget("store-1")
    with pytest.raises(KeyUnavailable) as caught:
        Store.unlock(folder, PASSPHRASE, clock=clock, keyrings=SystemKeyrings())
    assert caught.value.facts == {"reason": "secret-missing"}


@pytest.mark.secret_service
def test_neither_the_environment_nor_a_file_in_the_home_folder_chooses_the_keyring(
    secret_service: None, tmp_path: Path, repository: Path
) -> None:
    home = Path(os.environ["HOME"])
    config = home / "xdg_config_home" / "python_keyring"
    config.mkdir(parents=True)
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "stolen.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w').close()\nfrom keyring.backends.null import Keyring\n"
    )
    (config / "keyringrc.cfg").write_text(f"[backend]\ndefault-keyring=stolen.Keyring\nkeyring-path={evil}\n")
    code = (
        "from workbook_desktop.store.device_secret import SystemKeyrings\n"
        "keyring = SystemKeyrings().open()\n"
        "keyring.write('e', 's')\n"
        "print(keyring.backend, type(keyring._backend).__module__, keyring.read('e'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repository,
        env={
            **os.environ,
            "XDG_CONFIG_HOME": str(home / "xdg_config_home"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["secret-service", "keyring.backends.SecretService", "s"]
    assert not (tmp_path / "ran").exists()


def test_with_no_bus_there_is_no_keyring_and_no_fallback() -> None:
    with pytest.raises(KeyUnavailable) as caught:
        SystemKeyrings("linux").open()
    assert caught.value.facts == {"reason": "no-keyring"}


def test_a_system_without_an_allowed_keyring_has_none() -> None:
    with pytest.raises(KeyUnavailable):
        SystemKeyrings("plan9").open()


class Odd:
    """What keyrings of others do wrong."""

    def __init__(self, how: str) -> None:
        self.how, self.never = how, threading.Event()

    def set_password(self, service: str, entry: str, secret: str) -> None:
        if self.how == "raises":
            raise OSError("no")

    def get_password(self, service: str, entry: str) -> str | None:
        if self.how == "silent":
            self.never.wait(30)
        if self.how == "locked":
            from keyring.errors import KeyringLocked

            raise KeyringLocked("dismissed")
        return None

    def delete_password(self, service: str, entry: str) -> None:
        raise OSError("no")


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("forgets", "no-keyring"),
        ("raises", "no-keyring"),
        ("locked", "keyring-locked"),
        ("silent", "keyring-silent"),
    ],
)
def test_a_keyring_that_does_not_give_back_what_it_took_is_none(how: str, reason: str) -> None:
    odd = Odd(how)
    keyring = device_secret._SystemKeyring("odd", odd, patience=0.2)
    try:
        with pytest.raises(KeyUnavailable) as caught:
            keyring.write("e", "s")
        assert caught.value.facts == {"reason": reason}
        keyring.forget("e")
    finally:
        odd.never.set()


def test_on_windows_the_secret_stays_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import types

    class WinVaultKeyring:
        priority = 5
        persist: Any = "enterprise"

    module = types.ModuleType("vault")
    module.WinVaultKeyring = WinVaultKeyring  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "vault", module)
    assert device_secret._made("vault", "WinVaultKeyring").persist == "local machine"
