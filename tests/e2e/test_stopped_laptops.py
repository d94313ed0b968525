"""A laptop that was stopped, was to be emptied, or was away for too long: no unsent work is lost by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.envelope import unseal
from sync.protocol import WipeOrderMessage
from sync.protocol import devices as said
from sync.runner import Stopped
from sync.sign_in.device import UNSENT
from tests.support.organisation import Organisation, WorkLaptop, key_text
from tests.support.provider import Person, RunningProvider, running_provider
from workbook_desktop.app.listening import Listener
from workbook_desktop.domain.errors import (
    DeviceRefused,
    IcsUnreachable,
    LeaseEnded,
    StoreEmptied,
    StoreLocked,
    TooManyTries,
    WorkbookError,
    WrongPassphrase,
)
from workbook_desktop.settings import Policy
from workbook_desktop.store.emptying import Emptying


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningProvider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def organisation(tmp_path: Path, provider: RunningProvider) -> Iterator[Organisation]:
    found = Organisation(tmp_path / "ics", provider)
    yield found
    found.close()


@pytest.fixture
def amara(tmp_path: Path, organisation: Organisation) -> Iterator[WorkLaptop]:
    person = Person("amara-quill")
    found = WorkLaptop(tmp_path / "amara", organisation, person)
    found.unlock()
    assert found.exchange().outcome == "complete"
    yield found
    found.close()
    person.close()


def unsealed(organisation: Organisation, envelope: bytes, store: str) -> dict[str, Any]:
    """What two officers read."""
    private = organisation.sealing.private_bytes_raw()
    found: dict[str, Any] = json.loads(unseal(private, envelope, f"{UNSENT}|{store}"))
    return found


# Stopped ---------------------------------------------------------------------------------------------------


def test_a_suspended_laptop_locks_keeps_its_outbox_and_opens_again_when_the_office_says_so(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    amara.writes("Written before the stop.")
    organisation.sets(device.id, "suspended")
    assert amara.exchange().outcome == "device-refused"
    assert [error.facts for error in amara.stopped] == [{"reason": "suspended"}]
    amara.lock()
    organisation.service.stop()
    amara.start_again()
    with pytest.raises(DeviceRefused):  # also without a network
        amara.unlock()
    with pytest.raises(IcsUnreachable):
        amara.client.come_in()
    organisation.service.start()
    with pytest.raises(DeviceRefused):
        amara.unlock()
    with pytest.raises(DeviceRefused):  # reached, and still stopped
        amara.client.come_in()
    organisation.sets(device.id, "active")
    with pytest.raises(DeviceRefused):
        amara.unlock()
    amara.client.come_in()
    assert amara.waiting() == 1
    assert amara.exchange().outcome == "complete"
    assert amara.waiting() == 0


def test_a_stopped_laptop_is_told_so_also_when_its_worker_can_sign_in_no_more(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    amara.client.sign_out()
    amara.person.finish()
    organisation.sets(device.id, "suspended")
    assert amara.exchange().outcome == "device-refused"


def test_a_stopped_laptop_reads_and_sends_nothing(amara: WorkLaptop, organisation: Organisation) -> None:
    (device,) = organisation.devices()
    ics = amara.client.runner._ics
    assert ics is not None
    organisation.sets(device.id, "suspended")
    for ask in (ics.scopes, lambda: ics.feed(None, 10), lambda: ics.push([b"{}"])):
        with pytest.raises(DeviceRefused):
            ask()


def test_a_laptop_that_a_restored_office_has_forgotten_makes_itself_known_again(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    from sync.reference_ics import tables

    with organisation.database.noting() as connection:
        connection.execute(tables.device.delete())
    assert amara.exchange().outcome == "complete"
    assert [each.status for each in organisation.devices()] == ["active"]


# Heard while it is locked ---------------------------------------------------------------------------------


def listener_of(laptop: WorkLaptop) -> Listener:
    """What listens while the laptop is locked."""
    found = laptop.client.listener
    assert found is not None
    return found


def test_a_locked_laptop_hears_that_it_was_stopped_and_stays_shut_without_a_network_too(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    amara.writes("Written before the stop.")
    amara.lock()
    assert listener_of(amara).ask() == "active"
    assert amara.stopped == []
    organisation.sets(device.id, "suspended")
    assert listener_of(amara).ask() == "suspended"
    assert listener_of(amara).ask() == "suspended"
    assert [error.facts for error in amara.stopped] == [{"reason": "suspended"}], "told once"
    organisation.service.stop()
    with pytest.raises(IcsUnreachable):
        listener_of(amara).ask()
    amara.start_again()  # another start of the Workbook, without a network
    with pytest.raises(DeviceRefused):
        amara.unlock()
    amara.lock()
    organisation.service.start()
    organisation.sets(device.id, "active")
    assert listener_of(amara).ask() == "active"
    with pytest.raises(DeviceRefused):  # it was heard; the office opens it
        amara.unlock()
    amara.client.come_in()
    assert amara.waiting() == 1


def test_a_stop_that_was_taken_back_while_it_was_locked_stops_nothing(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    amara.lock()
    organisation.sets(device.id, "suspended")
    listener_of(amara).ask()
    organisation.sets(device.id, "active")
    listener_of(amara).ask()
    amara.unlock()
    assert amara.client.listener is None, "an open one asks by its runs"


@pytest.mark.parametrize("mode", said.MODES)
def test_a_locked_laptop_is_emptied_as_ordered_and_what_was_unsent_is_handed_in(
    amara: WorkLaptop, organisation: Organisation, mode: str
) -> None:
    (device,) = organisation.devices()
    plan = amara.writes("Written and never sent: she is safe tonight.")
    amara.lock()
    organisation.sets(device.id, "wipe", organisation.order(device, mode))
    assert listener_of(amara).ask() == "wipe"
    assert amara.client.finish_emptying()
    assert not (amara.folder / "store").exists()
    assert amara.keyring.secrets == {}
    (gone,) = organisation.devices()
    assert (gone.status, bool(gone.emptied_at)) == ("retired", True)
    (envelope,) = organisation.sealed(device.id)
    found = unsealed(organisation, envelope, device.store)
    assert "she is safe tonight" in json.dumps(found)
    assert {each["record"] for each in found["texts"]} == {plan}
    assert [error.facts for error in amara.stopped] == [{"reason": "wipe"}]
    with pytest.raises(StoreEmptied):
        amara.unlock()


def test_a_locked_laptop_obeys_no_order_that_is_not_its_organisations(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    amara.lock()
    order = organisation.order(device)
    organisation.sets(device.id, "wipe", WipeOrderMessage(order=order.order, signature=""))
    assert listener_of(amara).ask() == ""
    assert amara.stopped == []
    organisation.sets(device.id, "active")
    amara.unlock()
    assert amara.plan()


def test_sealed_for_another_key_than_the_orders_unsent_work_waits_for_the_passphrase(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    amara.writes("Not sent.")
    amara.lock()
    other = X25519PrivateKey.generate()
    text = said.base64_of(other.public_key().public_bytes_raw())
    organisation.sets(device.id, "wipe", organisation.order(device, seal_key=text))
    assert listener_of(amara).ask() == "wipe"
    assert (amara.folder / "store" / "store.db").exists()
    with pytest.raises(DeviceRefused):  # and nothing is shown
        amara.unlock()
    with pytest.raises((DeviceRefused, StoreLocked, StoreEmptied)):
        amara.client.come_in()
    assert amara.client.finish_emptying()
    (envelope,) = organisation.sealed(device.id)
    assert b"Not sent." in unseal(other.private_bytes_raw(), envelope, f"{UNSENT}|{device.store}")


def test_nothing_that_was_written_stays_in_what_a_locked_laptop_keeps(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    amara.writes("CANARY-51d2 of the plan.")
    amara.lock()
    known = listener_of(amara)._known
    assert known.ready.unsent == 1
    assert b"CANARY-51d2" not in known.ready.envelope


# Emptied ---------------------------------------------------------------------------------------------------


def test_an_order_without_the_organisations_signature_is_not_obeyed_but_noted(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    stranger = Ed25519PrivateKey.generate()
    good = organisation.order(device)
    changed = good.order.replace('"now"', '"push-then-wipe"')
    other_store = organisation.order(device, store="another")
    over = organisation.order(device, not_after="2020-01-01T00:00:00+00:00")
    newer = good.order.replace('"v":1', '"v":2')
    forged = [
        None,
        WipeOrderMessage(order=good.order, signature=""),
        WipeOrderMessage(order=changed, signature=good.signature),
        WipeOrderMessage(
            order=good.order, signature=said.base64_of(stranger.sign(said.order_bytes(good.order)))
        ),
        WipeOrderMessage(
            order=good.order, signature=said.base64_of(organisation.officers.sign(good.order.encode()))
        ),
        WipeOrderMessage(
            order=newer, signature=said.base64_of(organisation.officers.sign(said.order_bytes(newer)))
        ),
        other_store,
        over,
    ]
    for order in forged:
        organisation.sets(device.id, "wipe", order)
        assert amara.exchange().outcome == "device-refused"  # the office itself serves it no more
        assert amara.stopped == []
    assert amara.audited().count("order-refused") == len(forged)
    assert amara.plan()
    amara.lock()
    amara.unlock()
    organisation.sets(device.id, "active")
    assert amara.exchange().outcome == "complete"


@pytest.mark.parametrize("mode", said.MODES)
def test_a_good_order_seals_what_is_unsent_destroys_the_store_and_sends_a_receipt(
    amara: WorkLaptop, organisation: Organisation, mode: str
) -> None:
    (device,) = organisation.devices()
    amara.writes("Sent once.")
    amara.exchange()
    plan = amara.writes("Written and never sent: she is safe tonight.")
    organisation.sets(device.id, "wipe", organisation.order(device, mode))
    amara.obeys()
    assert amara.client.desk is None
    assert amara.client.finish_emptying()
    assert not (amara.folder / "store").exists()
    assert not (amara.folder / "office.json").exists()
    assert amara.keyring.secrets == {}
    (gone,) = organisation.devices()
    assert (gone.status, bool(gone.emptied_at)) == ("retired", True)
    (envelope,) = organisation.sealed(device.id)
    found = unsealed(organisation, envelope, device.store)
    assert "she is safe tonight" in json.dumps(found)
    assert {each["record"] for each in found["texts"]} == {plan}
    assert not (amara.folder / "store.emptied" / "unsent.sealed").exists()
    told = amara.client.emptied()
    assert told is not None
    assert told.facts == {"reason": "order", "waiting": 1, "arrived": 1}
    with pytest.raises(StoreEmptied):
        amara.unlock()
    assert amara.client.finish_emptying()  # again, nothing is left to do


def test_nothing_readable_is_left_on_the_disk(amara: WorkLaptop, organisation: Organisation) -> None:
    (device,) = organisation.devices()
    amara.writes("CANARY-7f3a of the plan.")
    organisation.sets(device.id, "wipe", organisation.order(device))
    amara.obeys()
    left = [file for file in amara.folder.rglob("*") if file.is_file()]
    assert {file.name for file in left} <= {"job.json", "unsent.sealed"}
    for file in left:
        content = file.read_bytes()
        for secret in (b"CANARY-7f3a", b"Tolland", b"Maisie", b"Amara"):
            assert secret not in content


def test_without_a_network_push_then_wipe_waits_with_the_store_shut(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    amara.writes("Not sent.")
    order = organisation.order(device, said.PUSH_THEN_WIPE)
    organisation.sets(device.id, "wipe", order)
    # The office goes in the moment between its order and the handing in.
    obey = amara.client._obey

    def cut(given: Any) -> None:
        organisation.service.stop()
        obey(given)

    standing = amara.client._standing
    assert standing is not None
    standing._empty = cut
    amara.obeys()
    assert (amara.folder / "store" / "store.db").exists()
    with pytest.raises(StoreEmptied):
        amara.unlock()
    with pytest.raises(IcsUnreachable):
        amara.client.finish_emptying()
    organisation.service.start()
    assert amara.client.finish_emptying()
    assert not (amara.folder / "store").exists()
    assert len(organisation.sealed(device.id)) == 1


def test_an_emptying_cut_at_any_step_is_gone_on_from(
    amara: WorkLaptop, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps that write to the disk or the network, each cut before it is taken and after."""
    (device,) = organisation.devices()
    amara.writes("Not sent.")
    store = amara.folder / "store"
    organisation.sets(device.id, "wipe", organisation.order(device, said.NOW))

    class Cut(BaseException):
        pass

    steps = 0
    while True:
        steps += 1
        left = steps
        monkeypatch.setattr("workbook_desktop.app.client._PATIENCE", 0.5)

        def step() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Cut

        amara.client._closing.set()  # no second thread goes on meanwhile
        _cut_at_each_step(monkeypatch, step)
        try:
            if Emptying(store).job() is None:
                amara.exchange()
            done = amara.client.finish_emptying()
        except Cut:
            done = False
        except (WorkbookError, OSError, Stopped):
            done = False
        amara.do(lambda: None)
        monkeypatch.undo()
        job = Emptying(store).job()
        if job is None:  # cut before the job was on the disk: nothing has happened
            amara.start_again()
            amara.unlock()
            assert amara.waiting() == 1
            continue
        assert job.unsent == 1
        assert job.handed_in or Emptying(store).envelope()  # what was unsent is always somewhere
        amara.start_again()
        if done and job.is_done:
            break
    assert steps >= 4
    assert not store.exists()
    assert len(organisation.sealed(device.id)) == 1
    assert organisation.devices()[0].status == "retired"


def _cut_at_each_step(monkeypatch: pytest.MonkeyPatch, step: Any) -> None:
    import shutil

    import sync.sign_in.device as device
    from workbook_desktop.store import files

    def around(module: Any, name: str) -> None:
        real = getattr(module, name)

        def cut(*given: Any, **how: Any) -> Any:
            step()
            found = real(*given, **how)
            step()
            return found

        monkeypatch.setattr(module, name, cut)

    around(files, "replace")
    around(shutil, "rmtree")
    around(device, "hand_in")
    around(device, "send_receipt")


# Away for too long -----------------------------------------------------------------------------------------


def test_after_fourteen_days_without_the_office_the_workbook_stays_shut_and_nothing_is_removed(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    amara.writes("Written at the start.")
    amara.clock.later += timedelta(days=13)
    organisation.clock.later += timedelta(days=13)
    amara.lock()
    amara.unlock()
    amara.lock()
    amara.clock.later += timedelta(days=2)
    organisation.clock.later += timedelta(days=2)
    with pytest.raises(LeaseEnded) as told:
        amara.unlock()
    assert told.value.facts == {"days": 14}
    assert amara.client.desk is None
    with pytest.raises(WrongPassphrase):
        amara.do(lambda: amara.client.unlock("not the passphrase of hers"))


def test_setting_the_clock_back_does_not_lengthen_the_lease(amara: WorkLaptop) -> None:
    amara.clock.later += timedelta(days=13)
    amara.lock()
    amara.unlock()
    amara.lock()
    amara.clock.set_by -= timedelta(days=13)  # to the day of the last contact
    with pytest.raises(TooManyTries):  # the wait after wrong passphrases sees it too
        amara.unlock()
    amara.clock.later += timedelta(minutes=6)
    amara.unlock()
    amara.clock.later += timedelta(days=1, hours=1)  # open, and by the clock that never goes back
    assert amara.client._standing is not None
    amara.do(amara.client._look)
    assert [type(error) for error in amara.stopped] == [LeaseEnded]
    amara.lock()
    with pytest.raises(LeaseEnded):
        amara.unlock()


def test_a_clock_that_was_set_wrong_by_years_is_put_right_by_the_office(amara: WorkLaptop) -> None:
    amara.clock.set_by += timedelta(days=4000)
    amara.lock()
    with pytest.raises(LeaseEnded):
        amara.unlock()
    amara.client.come_in()
    assert amara.exchange().outcome == "complete"
    amara.lock()
    amara.unlock()
    amara.clock.set_by -= timedelta(days=4000)
    amara.lock()
    with pytest.raises(TooManyTries):
        amara.unlock()
    amara.clock.later += timedelta(minutes=6)
    amara.unlock()


def test_one_sign_in_with_a_network_opens_it_as_it_was_left(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    amara.writes("Written at the start.")
    amara.client.sign_out()
    amara.person.finish()
    amara.clock.later += timedelta(days=20)
    amara.lock()
    with pytest.raises(LeaseEnded):
        amara.unlock()
    before = len(amara.person.opened)
    amara.client.come_in()
    assert len(amara.person.opened) == before + 1
    assert amara.waiting() == 1
    assert amara.exchange().outcome == "complete"


def test_the_second_limit_empties_the_laptop_and_keeps_what_was_unsent_sealed(
    tmp_path: Path, organisation: Organisation
) -> None:
    person = Person("amara-quill")
    policy = Policy(empty_after_days=60, seal_key=key_text(organisation.sealing))
    amara = WorkLaptop(tmp_path / "away", organisation, person, policy=policy)
    amara.unlock()
    amara.exchange()
    amara.writes("Never sent.")
    amara.lock()
    organisation.service.stop()
    amara.clock.later += timedelta(days=61)
    with pytest.raises(StoreEmptied) as told:
        amara.unlock()
    assert told.value.facts == {"reason": "lease", "waiting": 1, "arrived": 0}
    assert not (amara.folder / "store").exists()
    emptying = Emptying(amara.folder / "store")
    assert b"Never sent" not in emptying.envelope()
    job = emptying.job()
    assert job is not None
    assert "Never sent." in json.dumps(unsealed(organisation, emptying.envelope(), job.store_id))
    organisation.service.start()
    amara.start_again()
    assert amara.client.finish_emptying()
    (device,) = organisation.devices()
    assert len(organisation.sealed(device.id)) == 1
    amara.close()
    person.close()


def test_without_a_key_to_seal_with_the_second_limit_empties_nothing(
    tmp_path: Path, provider: RunningProvider
) -> None:
    organisation = Organisation(tmp_path / "bare", provider, organisation_key=None, seal_key=None)
    person = Person("amara-quill")
    amara = WorkLaptop(tmp_path / "away", organisation, person, policy=Policy(empty_after_days=60))
    amara.unlock()
    amara.exchange()
    amara.lock()
    amara.clock.later += timedelta(days=400)
    with pytest.raises(LeaseEnded):
        amara.unlock()
    assert (amara.folder / "store" / "store.db").exists()
    amara.close()
    person.close()
    organisation.close()


def test_keys_are_pinned_once_and_a_later_office_cannot_change_them(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    pinned = amara.settings("organisation-key")
    stranger = Ed25519PrivateKey.generate()
    standing = amara.client._standing
    assert standing is not None
    standing.known(key_text(stranger), None)
    assert amara.settings("organisation-key") == pinned
    order = organisation.order(organisation.devices()[0])
    assert msgspec.json.decode(order.order)["v"] == 1
