"""A worker with a work account: from setting the laptop up to signing out, and what goes wrong between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.organisation import Organisation, WorkLaptop
from tests.support.provider import Person, RunningProvider, running_provider
from workbook_desktop.domain.errors import SignInNeeded, WorkbookError, WrongAccount
from workbook_desktop.domain.records import canonical_json

USUAL = {"accessTokenSeconds": 600, "refreshTokenSeconds": 86400, "idTokenSeconds": 600}


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningProvider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def organisation(tmp_path: Path, provider: RunningProvider) -> Iterator[Organisation]:
    provider.tell("set", settings=USUAL)
    found = Organisation(tmp_path / "ics", provider)
    yield found
    found.close()


@pytest.fixture
def amara(tmp_path: Path, organisation: Organisation) -> Iterator[WorkLaptop]:
    person = Person("amara-quill")
    found = WorkLaptop(tmp_path / "amara", organisation, person)
    yield found
    found.close()
    person.close()


def test_a_laptop_is_set_up_by_a_sign_in_and_then_works_like_any_other(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    assert amara.worker.id == "w-amara-quill"
    amara.unlock()
    assert amara.exchange().outcome == "complete"
    amara.writes("Maisie: I want it to stay quiet.")
    assert amara.exchange().sent == 1
    (device,) = organisation.devices()
    assert (device.worker, device.status) == ("w-amara-quill", "active")
    assert len(amara.person.opened) == 1  # asked for at the setting up, and not again


def test_after_a_start_the_worker_is_still_signed_in_and_no_token_is_in_any_plain_file(
    amara: WorkLaptop,
) -> None:
    amara.unlock()
    amara.exchange()
    kept = json.loads(amara.settings("account-session"))
    amara.start_again()
    amara.unlock()
    assert amara.exchange().outcome == "complete"
    again = json.loads(amara.settings("account-session"))
    assert again["refresh"] != kept["refresh"]
    assert len(amara.person.opened) == 1
    secrets = [kept["refresh"], again["refresh"], again["id_token"], amara.settings("device-key")]
    amara.lock()
    for file in amara.folder.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert not any(secret.encode() in content for secret in secrets), file.name


def test_a_token_that_ends_in_mid_batch_asks_for_a_sign_in_and_touches_nothing_unsent(
    amara: WorkLaptop, provider: RunningProvider
) -> None:
    amara.unlock()
    amara.exchange()
    plan = amara.writes("First.")
    sealed: list[bytes] = []
    ics = amara.client.runner._ics  # the line that is open
    assert ics is not None
    push = ics.push

    def ended(ops: list[bytes], **how: bool) -> object:
        """The account ends between the call before and this one."""
        sealed.extend(bytes(op) for op in ops)
        account = amara.client._account
        assert account is not None
        account._provider.revoke(account._keeper.session().refresh)
        account.forget()
        raise SignInNeeded if not _try(account) else AssertionError

    def _try(account: object) -> bool:
        try:
            account()  # type: ignore[operator]
        except SignInNeeded:
            return False
        return True

    ics.push = ended  # type: ignore[method-assign]
    assert amara.exchange().outcome == "sign-in-needed"
    ics.push = push  # type: ignore[method-assign]
    assert amara.waiting() == 1
    amara.writes("First. Second, while nobody is signed in.")
    assert amara.exchange().outcome == "sign-in-needed"
    amara.client.sign_in()
    again: list[bytes] = []

    def watch(ops: list[bytes], **how: bool) -> object:
        again.extend(bytes(op) for op in ops)
        return push(ops, **how)

    ics.push = watch  # type: ignore[method-assign]
    assert amara.exchange().outcome == "complete"
    assert amara.waiting() == 0
    assert again[0] == sealed[0]  # byte for byte what was under way
    held = amara.do(lambda: amara.client.held(plan))
    assert held.head is not None
    assert b"Second" in canonical_json(held.head.content)


def test_a_token_that_runs_out_in_mid_batch_is_refreshed_and_the_batch_goes_on_by_itself(
    amara: WorkLaptop, organisation: Organisation, provider: RunningProvider
) -> None:
    """Ten minutes is its life, and a quarter of an hour goes by between two calls of one run."""
    amara.unlock()
    amara.exchange()
    before = json.loads(amara.settings("account-session"))["refresh"]
    amara.writes("Sent across the end of a token.")
    assert amara.client.runner is not None
    ics = amara.client.runner._ics
    assert ics is not None
    push = ics.push
    calls: list[int] = []

    def later(ops: list[bytes], **how: bool) -> object:
        if not calls:
            provider.tell("set", settings={**USUAL, "accessTokenSeconds": 3600})
            for clock in (amara.clock, organisation.clock):
                clock.later += timedelta(minutes=15)
        calls.append(len(ops))
        return push(ops, **how)

    ics.push = later  # type: ignore[method-assign]
    assert amara.exchange().outcome == "complete"
    assert calls
    assert amara.waiting() == 0
    assert json.loads(amara.settings("account-session"))["refresh"] != before  # rotated, and kept
    assert len(amara.person.opened) == 1  # nobody was asked


def test_signing_out_leaves_all_that_waits_and_signing_in_sends_it(amara: WorkLaptop) -> None:
    amara.unlock()
    amara.exchange()
    amara.writes("Written before signing out.")
    assert amara.client.sign_out()
    amara.person.finish()
    assert amara.waiting() == 1
    assert amara.exchange().outcome == "sign-in-needed"
    amara.writes("Written before signing out, and after.")
    amara.client.sign_in()
    assert amara.exchange().outcome == "complete"
    assert amara.waiting() == 0


def test_another_worker_cannot_sign_in_to_this_store(amara: WorkLaptop) -> None:
    amara.unlock()
    amara.exchange()
    amara.writes("Mine.")
    amara.client.sign_out()
    amara.person.finish()
    amara.person.name = "bea-linnet"
    with pytest.raises(WrongAccount):
        amara.client.sign_in()
    assert amara.exchange().outcome == "sign-in-needed"
    assert amara.waiting() == 1


def test_a_provider_that_is_down_keeps_nobody_from_working(
    amara: WorkLaptop, provider: RunningProvider
) -> None:
    amara.unlock()
    amara.exchange()
    amara.writes("Written while it is down.")
    account = amara.client._account
    assert account is not None
    account.forget()
    provider.stop()
    try:
        assert amara.exchange().outcome == "provider-unreachable"
        assert amara.waiting() == 1
    finally:
        provider.start()
    assert amara.client.desk is not None


def test_one_whom_the_ics_does_not_know_makes_no_store(tmp_path: Path, organisation: Organisation) -> None:
    stranger = Person("nobody-here")
    with pytest.raises(WorkbookError):
        WorkLaptop(tmp_path / "stranger", organisation, stranger)
    assert not (tmp_path / "stranger" / "store").exists()
    stranger.close()


def test_without_the_laptops_signature_a_token_reads_nothing(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    import httpx

    amara.unlock()
    amara.exchange()
    account = amara.client._account
    assert account is not None
    stolen = {"Authorization": f"Bearer {account()}"}
    for path in ("/v1/feed", "/v1/scopes", f"/v1/records/{amara.plan()}", "/v1/scopes/f-tolland/snapshot"):
        reply = httpx.get(organisation.url + path, headers=stolen, verify=False)
        assert (reply.status_code, reply.json()["type"]) == (403, "device-unknown")
