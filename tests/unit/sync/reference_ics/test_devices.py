"""Devices by their own key, and the commands that stop, let on and empty them; on every kind of database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.envelope import seal
from sync.protocol import CONTRACT, DeviceReply
from sync.protocol import devices as said
from sync.reference_ics import devices
from sync.reference_ics.__main__ import main
from sync.sign_in.device import Device, DeviceKey, hand_in, send_receipt
from sync.wire import Wire
from tests.support.service import AMARA, BEA, IcsCaller, RunningIcs
from workbook_desktop.domain.errors import ReplyRefused

STORE = "store-of-amara"


class Laptop:
    """A device on the line to the service."""

    def __init__(self, ics: RunningIcs, key: bytes | None = None) -> None:
        self.ics = ics
        self.device = Device(DeviceKey(key or DeviceKey.new()), ics.clock)
        self.wire = Wire(ics.base_url, ics.clock)

    @property
    def id(self) -> str:
        return self.device.key.id

    def registers(self, caller: IcsCaller, store: str = STORE) -> DeviceReply:
        self.wire.signer = None
        token = caller.http.headers["Authorization"].removeprefix("Bearer ")
        return self.device.register(
            self.wire, token, store_id=store, platform="linux", version="1", contract=CONTRACT
        )

    def asks(self) -> DeviceReply:
        self.wire.signer = self.device.headers
        return self.device.status(self.wire)

    def close(self) -> None:
        self.wire.close()


@pytest.fixture
def laptop(ics: RunningIcs) -> Iterator[Laptop]:
    found = Laptop(ics)
    yield found
    found.close()


@pytest.fixture
def known(laptop: Laptop, amara: IcsCaller) -> Laptop:
    laptop.registers(amara)
    return laptop


@pytest.fixture
def url_file(ics: RunningIcs, tmp_path: Path) -> Path:
    file = tmp_path / "database"
    file.touch(mode=0o600)
    file.write_text(ics.settings.database + "\n")
    return file


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    """The organisation's two pairs of keys, as files."""
    found = {}
    for name, key in (
        ("organisation", Ed25519PrivateKey.generate()),
        ("seal", X25519PrivateKey.generate()),
    ):
        found[name], found[f"{name}-pub"] = tmp_path / f"{name}.pem", tmp_path / f"{name}.pub.pem"
        found[name].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        found[f"{name}-pub"].write_bytes(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
    return found


def ask(*arguments: str | Path, says: str | None = None) -> Result:
    return CliRunner().invoke(main, ["devices", *map(str, arguments)], input=says)


def ordered(device: Laptop, keys: dict[str, Path], to: Path, *more: str, store: str = STORE) -> Result:
    return ask(
        *("order", device.id, "--store", store, "--key", keys["organisation"]),
        *("--seal-key-file", keys["seal-pub"], "--to", to, *more),
    )


# Known by its key -----------------------------------------------------------------------------------------


def test_a_device_is_known_by_its_key_and_registering_again_changes_nothing(
    laptop: Laptop, amara: IcsCaller
) -> None:
    first = laptop.registers(amara)
    assert (first.id, first.status, first.worker.id) == (laptop.id, said.ACTIVE, AMARA)
    laptop.ics.clock.forward(minutes=5)
    assert laptop.registers(amara).status == said.ACTIVE
    assert laptop.asks().id == laptop.id
    with laptop.ics.database() as database, database.reading() as connection:
        (row,) = devices.devices_in(connection)
    assert row.registered_at.startswith("2026-11-22T09:00")


def test_a_key_that_is_anothers_is_refused(known: Laptop, bea: IcsCaller) -> None:
    with pytest.raises(ReplyRefused) as told:
        known.registers(bea)
    assert told.value.facts["problem"] == "not-permitted"
    with known.ics.database() as database, database.reading() as connection:
        assert [each.worker for each in devices.devices_in(connection)] == [AMARA]
        assert devices.devices_in(connection, worker=BEA) == []


def test_a_call_is_good_once_for_some_minutes_and_only_as_it_was_signed(known: Laptop) -> None:
    path = "/v1/devices/self"
    signed = dict(known.device.headers("GET", path, ""))
    http = known.ics.sign_in(AMARA).http
    assert http.get(path, headers=signed).status_code == 200
    assert http.get(path, headers=signed).json()["type"] == "proof-refused"  # said again
    other = {**known.device.headers("GET", path, ""), said.DEVICE_HEADER: "d-" + "0" * 32}
    assert http.get(path, headers=other).json()["type"] == "device-unknown"
    for_another = dict(known.device.headers("GET", "/v1/feed", ""))
    assert http.get(path, headers=for_another).json()["type"] == "proof-refused"
    late = dict(known.device.headers("GET", path, ""))
    known.ics.clock.forward(seconds=said.PROOF_SECONDS + 1)
    assert http.get(path, headers=late).json()["type"] == "proof-refused"


def test_a_stop_holds_for_reading_and_sending_and_is_said_by_name(known: Laptop, url_file: Path) -> None:
    assert ask("suspend", known.id, "--database-file", url_file).exit_code == 0
    assert known.asks().status == said.SUSPENDED  # how it stands, it may always ask
    http = known.ics.sign_in(AMARA).http
    for method, path in (("GET", "/v1/scopes"), ("GET", "/v1/feed")):
        reply = http.request(method, path, headers=dict(known.device.headers(method, path, "")))
        assert (reply.status_code, reply.json()["type"]) == (403, "device-suspended")
    assert ask("activate", known.id, "--database-file", url_file).exit_code == 0
    path = "/v1/scopes"
    assert http.get(path, headers=dict(known.device.headers("GET", path, ""))).status_code == 200


# The commands ---------------------------------------------------------------------------------------------


def test_laptops_are_listed_with_how_they_stand_and_never_with_a_key(
    known: Laptop, bea: IcsCaller, url_file: Path
) -> None:
    other = Laptop(known.ics)
    other.registers(bea, "store-of-bea")
    other.close()
    told = ask("list", "--database-file", url_file)
    assert told.exit_code == 0
    assert f"{known.id}  active     {AMARA}" in told.output
    assert "2 laptops" in told.output
    assert ask("list", "--database-file", url_file, "--worker", BEA).output.count("d-") == 1
    assert "0 laptops" in ask("list", "--database-file", url_file, "--status", "suspended").output
    listed = json.loads(ask("list", "--database-file", url_file, "--worker", AMARA, "--json").output)
    assert listed[0] | {"registered_at": "", "changed_at": ""} == {
        "id": known.id,
        "status": "active",
        "worker": AMARA,
        "store": STORE,
        "platform": "linux",
        "app_version": "1",
        "registered_at": "",
        "changed_at": "",
        "last_seen": None,
        "emptied_at": None,
        "sealed": 0,
    }


@pytest.mark.parametrize("verb", ["suspend", "activate", "sealed"])
def test_a_laptop_that_is_not_here_is_exit_code_one_and_plain_words(
    known: Laptop, url_file: Path, verb: str, tmp_path: Path
) -> None:
    more = ("--to", tmp_path / "out") if verb == "sealed" else ()
    told = ask(verb, "d-nobody", *more, "--database-file", url_file)
    assert told.exit_code == 1
    assert "there is no laptop d-nobody here" in told.stderr
    assert "Traceback" not in told.output


def test_help_stands_on_every_verb_with_an_example() -> None:
    for verb in ("list", "suspend", "activate", "wipe", "order", "sealed", "open"):
        told = ask(verb, "--help")
        assert told.exit_code == 0
        assert f"Example: workbook-ics devices {verb}" in " ".join(told.output.split())


def test_a_signed_order_is_put_by_once_confirmed_and_passed_on_as_it_was_signed(
    known: Laptop, url_file: Path, keys: dict[str, Path], tmp_path: Path
) -> None:
    order = tmp_path / "order.json"
    made = ordered(known, keys, order, "--mode", "now")
    assert made.exit_code == 0, made.output
    asked = ("wipe", known.id, "--order", order, "--database-file", url_file)
    asked += ("--organisation-key-file", keys["organisation-pub"])
    assert ask(*asked, says="n\n").exit_code == 1
    assert known.asks().status == said.ACTIVE
    done = ask(*asked, "--yes")
    assert done.exit_code == 0, done.output
    reply = known.asks()
    assert reply.status == said.WIPE
    assert reply.order is not None
    assert json.loads(order.read_bytes()) == {
        "order": reply.order.order,
        "signature": reply.order.signature,
    }
    again = ask("suspend", known.id, "--database-file", url_file)
    assert again.exit_code == 1
    assert "stands as wipe" in again.stderr
    assert ask("activate", known.id, "--database-file", url_file).exit_code == 0  # taken back
    assert known.asks().order is None


def test_an_order_that_the_laptop_would_not_obey_is_refused_before_it_is_put_by(
    known: Laptop, url_file: Path, keys: dict[str, Path], tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    other = Laptop(known.ics)
    cases = [
        (known, {**keys, "organisation": stranger}, STORE, "not signed with the organisation's key"),
        (other, keys, STORE, f"it is for {other.id}"),
        (known, keys, "another-store", "it is for the store another-store"),
    ]
    for at, (device, with_, store, words) in enumerate(cases):
        order = tmp_path / f"order-{at}.json"
        assert ordered(device, with_, order, store=store).exit_code == 0
        told = ask(
            *("wipe", known.id, "--order", order, "--yes", "--database-file", url_file),
            *("--organisation-key-file", keys["organisation-pub"]),
        )
        assert (told.exit_code, words in told.stderr) == (1, True), told.output
    garbage = tmp_path / "garbage.json"
    garbage.write_text('{"order": "{}", "signature": ""}')
    told = ask("wipe", known.id, "--order", garbage, "--yes", "--database-file", url_file)
    assert told.exit_code == 2
    assert "is not what `devices order` writes" in told.stderr
    assert known.asks().status == said.ACTIVE
    other.close()


def test_what_is_no_key_or_is_there_already_is_misuse(
    laptop: Laptop, keys: dict[str, Path], tmp_path: Path
) -> None:
    to = tmp_path / "order.json"
    assert ordered(laptop, {**keys, "organisation": keys["seal"]}, to).exit_code == 2
    assert ordered(laptop, {**keys, "organisation": keys["seal-pub"]}, to).exit_code == 2
    assert ordered(laptop, {**keys, "seal-pub": keys["organisation-pub"]}, to).exit_code == 2
    assert not to.exists()
    assert ordered(laptop, keys, to).exit_code == 0
    before = to.read_bytes()
    told = ordered(laptop, keys, to)
    assert told.exit_code == 2
    assert "is there already" in told.stderr
    assert to.read_bytes() == before


def test_a_private_key_with_a_passphrase_is_asked_for_it(
    laptop: Laptop, keys: dict[str, Path], tmp_path: Path
) -> None:
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"two officers"),
        )
    )
    asked = ("order", laptop.id, "--store", STORE, "--key", locked)
    asked += ("--seal-key-file", keys["seal-pub"], "--to", tmp_path / "order.json")
    wrong = ask(*asked, says="one officer\n")
    assert wrong.exit_code == 2
    assert "its passphrase is another" in wrong.stderr
    assert ask(*asked, says="two officers\n").exit_code == 0


def test_what_a_laptop_handed_in_sealed_is_written_out_and_opened_by_the_officers_alone(
    known: Laptop, url_file: Path, keys: dict[str, Path], tmp_path: Path
) -> None:
    public = serialization.load_pem_public_key(keys["seal-pub"].read_bytes())
    unsent: dict[str, Any] = {"v": 1, "store": STORE, "worker": AMARA, "made": "2026-11-22T09:00:00+00:00"}
    unsent |= {"ops": [], "texts": [{"record": "r-1", "content": "a canary's words"}]}
    unsent |= {"clashes": [], "late": [], "files": []}
    raw = public.public_bytes_raw()  # type: ignore[union-attr]
    envelope = seal(raw, json.dumps(unsent).encode(), f"{said.UNSENT}|{STORE}")
    message = known.device.handed_in("order-1", envelope)
    hand_in(known.wire, message, envelope)
    hand_in(known.wire, message, envelope)  # said twice, it is one
    told = CliRunner().invoke(main, ["inbox", "--database-file", str(url_file)])
    assert f"sealed  by {AMARA}  from {known.id}" in told.output
    assert "; 1 sealed: devices sealed DEVICE" in told.output
    out = tmp_path / "handed-in"
    done = ask("sealed", known.id, "--to", out, "--database-file", url_file)
    assert done.exit_code == 0, done.output
    (file,) = out.iterdir()
    assert b"canary" not in file.read_bytes()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == message.digest
    to = tmp_path / "unsent.json"
    wrong = ask("open", file, "--store", "another", "--key", keys["seal"], "--to", to)
    assert (wrong.exit_code, to.exists()) == (1, False)
    opened = ask("open", file, "--store", STORE, "--key", keys["seal"], "--to", to)
    assert opened.exit_code == 0, opened.output
    assert f"1 records of {AMARA}" in opened.output
    assert "canary" in to.read_text()
    assert to.stat().st_mode & 0o077 == 0


def test_an_emptied_laptop_is_retired_for_good(known: Laptop, url_file: Path) -> None:
    receipt = known.device.receipt(
        "order-1", records=3, unsent=0, envelope=b"", emptied_at="2026-11-22T09:00:00+00:00"
    )
    send_receipt(known.wire, receipt)
    send_receipt(known.wire, receipt)
    told = ask("list", "--database-file", url_file).output
    assert "retired" in told
    assert "emptied 2026-11-22" in told
    again = ask("activate", known.id, "--database-file", url_file)
    assert again.exit_code == 1
    assert "sets it up anew" in again.stderr


def test_the_commands_take_the_database_from_the_configuration_file(known: Laptop, url_file: Path) -> None:
    config = url_file.with_name("ics.toml")
    config.write_text(f'database-file = "{url_file}"\n')
    told = CliRunner().invoke(main, ["--config", str(config), "devices", "list"])
    assert told.exit_code == 0, told.output
    assert known.id in told.output
