"""The work account at the window: set up, signed in and out, stopped, away for too long, emptied."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QScrollArea
from pytestqt.qtbot import QtBot

from sync.envelope import unseal
from sync.protocol import devices as said
from sync.reference_ics import tables
from sync.sign_in.device import UNSENT
from tests.support.organisation import CHILDREN, TOLLAND, Organisation
from tests.support.provider import Person, RunningProvider, running_provider
from tests.support.work_window import PASSPHRASE, WorkWindow
from ui.shell.window import Standing
from workbook_desktop.domain.ids import LinkId, RecordId
from workbook_desktop.domain.records import Answer
from workbook_desktop.settings import Policy

USUAL = {"accessTokenSeconds": 600, "refreshTokenSeconds": 86400, "idTokenSeconds": 600}
# Where the pictures of every screen go, for whoever wants to look at them.
SECTION = LinkId(CHILDREN)
PICTURES = os.environ.get("WORKBOOK_PICTURES")

Make = Callable[..., WorkWindow]


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
def person() -> Iterator[Person]:
    found = Person("amara-quill")
    yield found
    found.close()


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path, organisation: Organisation, person: Person) -> Iterator[Make]:
    made: list[WorkWindow] = []

    def open_(**how: object) -> WorkWindow:
        window = WorkWindow(qtbot, tmp_path / "home", organisation, person, **how)  # type: ignore[arg-type]
        made.append(window)
        return window

    yield open_
    for window in made:
        window.end()


@pytest.fixture
def amara(make: Make) -> WorkWindow:
    """Amara's laptop, set up, with her caseload."""
    window = make()
    window.sets_up()
    return window


def seen(window: WorkWindow, name: str) -> None:
    """See that nothing is cut off in a small window with large text; keep pictures, if they are wanted."""
    whole_in_a_small_window(window)
    if PICTURES is None:
        return
    window.picture(Path(PICTURES) / f"{name}.png")
    window.app.look.choose(text_percent=200)
    window.picture(Path(PICTURES) / f"{name}-200.png")
    window.app.look.choose(text_percent=100)


def whole_in_a_small_window(window: WorkWindow) -> None:
    size = window.shell.size()
    window.app.look.choose(text_percent=200)
    window.shell.resize(911, 512)

    def whole() -> None:
        assert cut_off(window) == []

    window.bot.waitUntil(whole, timeout=5_000)
    window.app.look.choose(text_percent=100)
    window.shell.resize(size)


def cut_off(window: WorkWindow) -> list[str]:
    """What does not have the room that its words need."""
    found = [
        "a page that is wider than the window"
        for area in window.shell.findChildren(QScrollArea)
        if area.isVisible() and area.horizontalScrollBar().maximum()
    ]
    for label in window.shell.findChildren(QLabel):
        if label.isVisible() and label.wordWrap():
            needed = label.heightForWidth(label.width()) * 0.85
            if label.height() < needed:
                found.append(label.text())
    for button in window.shell.findChildren(QPushButton):
        if button.isVisible() and button.width() < button.sizeHint().width():
            found.append(button.text())
    return found


def writes(window: WorkWindow, text: str, *, send: bool = True) -> RecordId:
    """Write what the children say into the plan, as its page would."""

    def job() -> RecordId:
        desk = window.client.desk
        assert desk is not None
        file = desk.family(TOLLAND)
        assert file.plan is not None
        plan = file.plan.record
        before = desk.open(plan).body
        at = window.moved.now().isoformat()
        desk.keep(plan, before.with_answer(CHILDREN, Answer(value=text, by=desk.worker.id, at=at)), before)
        if send:
            desk.send(plan)
        return plan

    return window.do(job)


def waiting(window: WorkWindow) -> int:
    def job() -> int:
        assert window.client.desk is not None
        return window.client.desk.counts().waiting

    return window.do(job)


def account_page(window: WorkWindow) -> None:
    window.shell.commands.actions["account"].trigger()
    window.on("screen:account")


# Setting up -----------------------------------------------------------------------------------------------


def test_a_laptop_is_set_up_in_its_first_window_and_receives_its_caseload(
    make: Make, organisation: Organisation, person: Person
) -> None:
    window = make()
    assert window.screen == "screen:set-up"
    assert "Step 1 of 2" in window.spoken()
    assert organisation.url in window.spoken()
    seen(window, "set-up-1")
    assert not (window.folder / "store").exists()
    window.click("do:begin-sign-in")
    window.until(lambda: window.named("answer:passphrase").isVisible())
    assert "Amara Quill" in window.spoken()
    assert not (window.folder / "store").exists()
    seen(window, "set-up-2")
    window.type("too short")
    window.press("Enter")
    assert "The two are not the same" in window.spoken()
    for name in ("answer:passphrase", "answer:passphrase-again"):
        field = window.named(name)
        assert isinstance(field, QLineEdit)
        field.setText("too short")
    window.press("Enter")
    window.until(lambda: "Choose a stronger passphrase" in window.spoken())
    seen(window, "set-up-weak")
    assert not (window.folder / "store").exists()
    window.named("answer:passphrase").setFocus()
    window.type(PASSPHRASE)
    window.named("answer:passphrase-again").setFocus()
    window.type(PASSPHRASE)
    window.press("Enter")
    window.until(lambda: window.shell.standing is Standing.OPEN)
    window.complete()
    assert window.screen == "screen:home"
    assert len(person.opened) == 1
    assert [each.status for each in organisation.devices()] == ["active"]
    window.press("Ctrl+L")
    window.until(lambda: window.screen == "screen:unlock")
    assert "Amara Quill" in window.spoken()
    window.unlock(PASSPHRASE)
    account_page(window)
    assert "You are signed in" in window.spoken()
    seen(window, "account-in")


def test_somebody_else_who_is_signed_in_in_the_browser_says_so_and_signs_in_as_themselves(
    make: Make, person: Person
) -> None:
    window = make()
    person.name = "bea-linnet"
    window.click("do:begin-sign-in")
    window.until(lambda: "Bea Linnet" in window.spoken())
    person.name = "amara-quill"
    window.click("do:not-me")
    window.until(lambda: "Amara Quill" in window.spoken())
    assert "prompt=login" in person.opened[1]  # asked for the password, whoever is signed in there
    assert not (window.folder / "store").exists()


def test_without_a_network_setting_up_says_so_and_makes_nothing(
    make: Make, organisation: Organisation
) -> None:
    organisation.service.stop()
    window = make()
    window.click("do:begin-sign-in")
    window.until(lambda: "The office cannot be reached" in window.spoken())
    assert "Nothing was made on this laptop" in window.spoken()
    assert "01632 960123" in window.spoken()
    seen(window, "set-up-offline")
    assert not (window.folder / "store").exists()
    organisation.service.start()
    window.click("do:begin-sign-in")
    window.until(lambda: "Amara Quill" in window.spoken())


def test_an_account_that_the_office_does_not_know_makes_nothing(make: Make, person: Person) -> None:
    window = make()
    person.name = "nobody-here"
    window.click("do:begin-sign-in")
    window.until(lambda: "The office does not know your work account" in window.spoken())
    seen(window, "set-up-unknown")
    assert not (window.folder / "store").exists()


def test_an_address_typed_by_hand_is_looked_at_before_anything_is_asked(
    make: Make, organisation: Organisation, person: Person
) -> None:
    window = make(policy=Policy())
    window.type("the council")
    window.press("Enter")
    assert "beginning with https://" in window.spoken()
    assert not person.opened
    field = window.named("answer:office")
    assert isinstance(field, QLineEdit)
    field.setText(organisation.url + "/")
    window.press("Enter")
    window.until(lambda: "Amara Quill" in window.spoken())


# Waiting for the browser ----------------------------------------------------------------------------------


def test_waiting_for_the_browser_can_be_cancelled_and_begun_again(make: Make, person: Person) -> None:
    window = make()
    person.walks_away = True
    window.click("do:begin-sign-in")
    window.until(lambda: "Waiting for your browser" in window.spoken())
    seen(window, "set-up-waiting")
    assert window.focus.objectName() == "do:cancel-sign-in"
    window.press("Space")
    assert "You stopped the sign-in" in window.spoken()
    assert window.focus.objectName() == "do:begin-sign-in"
    person.walks_away = False
    window.press("Space")
    window.until(lambda: "Amara Quill" in window.spoken())


def test_where_no_browser_opens_the_address_is_copied_and_leads_there(make: Make, person: Person) -> None:
    window = make(shows_browser=False)
    person.walks_away = True
    window.click("do:begin-sign-in")
    window.until(lambda: "No browser opened" in window.spoken())
    assert window.focus.objectName() == "do:copy-address"
    window.press("Space")
    address = QGuiApplication.clipboard().text()
    assert address == person.opened[0]
    seen(window, "set-up-no-browser")
    person.walks_away = False
    person(address)  # pasted into a browser
    window.until(lambda: "Amara Quill" in window.spoken())


# Signed in, asked again, signed out -----------------------------------------------------------------------


def test_signing_out_says_what_waits_loses_nothing_and_signing_in_sends_it(
    amara: WorkWindow, organisation: Organisation, person: Person
) -> None:
    organisation.service.stop()  # so that it still waits
    amara.asks("offline")
    writes(amara, "Maisie: I want it to stay quiet.")
    account_page(amara)
    assert "1 waiting to send: sent when you sign in again" in amara.spoken()
    organisation.service.start()
    amara.exchange.pause()
    amara.click("do:sign-out")
    amara.until(lambda: "You are signed out" in amara.spoken())
    person.finish()
    assert waiting(amara) == 1
    seen(amara, "account-out")
    amara.exchange.resume()
    amara.until(lambda: amara.exchange.status.phase == "needs-sign-in")
    amara.quiet()
    assert waiting(amara) == 1
    writes(amara, "Maisie: I want it to stay quiet. And to see Gran.")
    amara.press("Alt+Home")
    amara.on("screen:home")
    amara.until(lambda: "signed out of the office" in amara.spoken())
    assert "1 waiting, safe on this laptop" in amara.spoken()
    seen(amara, "home-signed-out")
    amara.click("do:sign-in")
    amara.on("screen:account")
    amara.click("do:begin-sign-in")
    amara.until(lambda: "You are signed in" in amara.spoken())
    amara.complete()
    assert waiting(amara) == 0
    amara.until(lambda: "signed out of the office" not in amara.spoken())


def test_the_office_asking_again_is_said_above_the_page_and_in_the_status_line(
    amara: WorkWindow, provider: RunningProvider
) -> None:
    account = amara.client._account
    assert account is not None
    account._provider.revoke(account._keeper.session().refresh)  # type: ignore[union-attr]
    account.forget()
    amara.asks("needs-sign-in")
    amara.until(lambda: "signed out of the office" in amara.spoken() or "sign in again" in amara.spoken())
    assert "Sign in" in amara.status()


def test_an_office_that_goes_on_asking_is_believed_and_the_worker_told_whom_to_ring(
    amara: WorkWindow, organisation: Organisation
) -> None:
    worker = tables.worker
    with organisation.database.noting() as connection:  # she is no worker of this office any more
        connection.execute(worker.update().where(worker.c.id == "w-amara-quill").values(id="w-gone"))
    organisation.service.stop()  # and what it remembers of her token is gone
    organisation.service.start()
    amara.asks("needs-sign-in")
    account_page(amara)
    amara.click("do:begin-sign-in")
    amara.until(lambda: amara.account.said == "in")
    amara.account._believed.start(0)
    amara.until(lambda: "The office asks you to sign in again" in amara.spoken())
    assert "ring IT" in amara.spoken()


def test_another_worker_is_refused_and_the_next_try_asks_for_the_password(
    amara: WorkWindow, person: Person
) -> None:
    writes(amara, "Mine.", send=False)
    account_page(amara)
    amara.click("do:sign-out")
    amara.until(lambda: "You are signed out" in amara.spoken())
    person.finish()
    person.name = "bea-linnet"
    amara.click("do:begin-sign-in")
    amara.until(lambda: "That is not your account" in amara.spoken())
    seen(amara, "account-wrong-person")
    person.name = "amara-quill"
    amara.click("do:begin-sign-in")
    amara.until(lambda: "You are signed in" in amara.spoken())
    assert "prompt=login" in person.opened[-1]


def test_a_provider_that_says_no_and_one_that_is_down_are_told_apart(
    amara: WorkWindow, person: Person, provider: RunningProvider
) -> None:
    account_page(amara)
    amara.click("do:sign-out")
    amara.until(lambda: "You are signed out" in amara.spoken())
    person.finish()
    person.denies = True
    amara.click("do:begin-sign-in")
    amara.until(lambda: "Your work account did not let you in" in amara.spoken())
    person.denies = False
    provider.stop()
    try:
        amara.lock_and_unlock()
        account_page(amara)
        amara.click("do:begin-sign-in")
        amara.until(lambda: "service that signs you in cannot be reached" in amara.spoken())
        seen(amara, "account-provider-down")
    finally:
        provider.start()
    amara.click("do:begin-sign-in")
    amara.until(lambda: "You are signed in" in amara.spoken())


# Away for too long ----------------------------------------------------------------------------------------


def test_the_last_days_of_a_lease_are_said_and_a_run_ends_the_warning(
    amara: WorkWindow, organisation: Organisation
) -> None:
    organisation.service.stop()
    amara.asks("offline")
    amara.shell.idle.stop()  # nobody touched it for eleven days, but for this
    amara.moved.later += timedelta(days=11, hours=1)
    amara.shell._watch.look()  # type: ignore[union-attr]
    amara.until(lambda: "must reach the office: 2 days left" in amara.spoken())
    seen(amara, "home-lease-warning")
    organisation.service.start()
    amara.asks("idle")
    amara.until(lambda: "must reach the office" not in amara.spoken())


def test_a_lease_that_ends_while_somebody_types_keeps_every_word_and_one_sign_in_opens_it(
    amara: WorkWindow, organisation: Organisation, person: Person
) -> None:
    organisation.service.stop()
    amara.asks("offline")
    plan = writes(amara, "Before.", send=False)
    amara.shell._routes.record(plan, SECTION)  # type: ignore[union-attr]
    amara.on("screen:form")
    field = amara.named(f"answer:{CHILDREN}")
    field.setFocus()
    amara.press("Ctrl+End")
    amara.type(" And the last words, half a sec")
    amara.shell.idle.stop()
    amara.moved.later += timedelta(days=20)
    amara.shell._watch.look()  # type: ignore[union-attr]
    amara.until(lambda: amara.screen == "screen:unlock")
    assert "has not been in touch with the office for 14 days" in amara.spoken()
    assert "Nothing has been removed" in amara.spoken()
    seen(amara, "unlock-lease-ended-said")
    amara.press("Space")
    amara.type(PASSPHRASE)
    amara.press("Enter")
    amara.until(lambda: "Sign in with your work account" in amara.spoken())
    assert "01632 960123" in amara.spoken()
    seen(amara, "unlock-lease-ended")
    amara.press("Space")  # offline: said so, and the passphrase comes first again
    amara.until(lambda: "The office cannot be reached" in amara.spoken())
    seen(amara, "unlock-lease-ended-offline")
    organisation.service.start()
    amara.press("Space")
    assert amara.focus.objectName() == "answer:passphrase"
    amara.type(PASSPHRASE)
    amara.press("Enter")
    amara.until(lambda: "Sign in with your work account" in amara.spoken())
    amara.press("Space")
    amara.until(lambda: amara.shell.standing is Standing.OPEN)
    amara.on("screen:form")
    assert "Before. And the last words, half a sec" in amara.spoken()
    amara.complete()


# Stopped, emptied -----------------------------------------------------------------------------------------


def test_a_suspended_laptop_locks_says_why_and_opens_when_it_is_let_on_again(
    amara: WorkWindow, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    writes(amara, "Not sent.", send=False)
    organisation.sets(device.id, "suspended")
    amara.exchange.request()
    amara.until(lambda: amara.screen == "screen:unlock")
    assert "Your organisation has stopped this laptop" in amara.spoken()
    seen(amara, "unlock-stopped-said")
    amara.press("Space")
    amara.type(PASSPHRASE)
    amara.press("Enter")
    amara.until(lambda: "Ask the office again" in amara.spoken())
    seen(amara, "unlock-stopped")
    amara.press("Space")
    amara.until(lambda: "Enter your passphrase again" in amara.spoken())
    organisation.sets(device.id, "active")
    amara.press("Space")
    amara.type(PASSPHRASE)
    amara.press("Enter")
    amara.until(lambda: "Ask the office again" in amara.spoken())
    amara.press("Space")
    amara.until(lambda: amara.shell.standing is Standing.OPEN)
    amara.complete()


def test_a_locked_window_says_that_the_laptop_was_stopped_and_then_that_it_was_emptied(
    amara: WorkWindow, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    writes(amara, "Not sent: she rang at nine.", send=False)
    amara.press("Ctrl+L")
    amara.until(lambda: amara.screen == "screen:unlock")
    amara.until(lambda: amara.client.listener is not None)
    listener = amara.client.listener
    assert listener is not None
    organisation.sets(device.id, "suspended")
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(listener.ask).result()
        amara.until(lambda: "Your organisation has stopped this laptop" in amara.spoken())
        organisation.sets(device.id, "wipe", organisation.order(device))
        elsewhere.submit(listener.ask)
        amara.until(lambda: "emptied" in amara.spoken())
    amara.until(lambda: len(organisation.sealed(device.id)) == 1)
    amara.until(lambda: not (amara.client.folder / "store.db").exists())


def test_a_laptop_left_at_its_gate_is_locked_after_some_minutes(
    amara: WorkWindow, organisation: Organisation
) -> None:
    (device,) = organisation.devices()
    organisation.sets(device.id, "suspended")
    amara.exchange.request()
    amara.until(lambda: amara.screen == "screen:unlock")
    amara.press("Space")
    amara.type(PASSPHRASE)
    amara.press("Enter")
    amara.until(lambda: "Ask the office again" in amara.spoken())
    assert amara.do(lambda: amara.client._store) is not None
    outside = amara.shell.screen_now.outside  # type: ignore[union-attr]
    outside._timer.start(0)
    amara.until(lambda: amara.focus.objectName() == "answer:passphrase")
    assert amara.do(lambda: amara.client._store) is None


@pytest.mark.parametrize("mode", said.MODES)
def test_an_emptied_laptop_hands_in_sealed_what_was_being_typed_and_keeps_nothing_readable(
    amara: WorkWindow, organisation: Organisation, mode: str
) -> None:
    (device,) = organisation.devices()
    plan = writes(amara, "CANARY-1 never sent.", send=False)
    amara.shell._routes.record(plan, SECTION)  # type: ignore[union-attr]
    amara.on("screen:form")
    field = amara.named(f"answer:{CHILDREN}")
    field.setFocus()
    amara.press("Ctrl+End")
    amara.type(" CANARY-2 just typed")
    organisation.sets(device.id, "wipe", organisation.order(device, mode))
    amara.exchange.request()
    amara.until(lambda: amara.screen == "screen:unlock")
    amara.until(lambda: "The Workbook was removed from this laptop" in amara.spoken())
    amara.until(lambda: "it has it now" in amara.spoken())
    seen(amara, "unlock-emptied")
    (envelope,) = organisation.sealed(device.id)
    found = json.loads(unseal(organisation.sealing.private_bytes_raw(), envelope, f"{UNSENT}|{device.store}"))
    assert "CANARY-1 never sent. CANARY-2 just typed" in json.dumps(found)
    assert organisation.devices()[0].status == "retired"
    assert amara.keyring.secrets == {}
    for file in amara.folder.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for secret in (b"CANARY", b"Tolland", b"Maisie", b"Amara"):
            assert secret not in content, file.name
    # And the laptop can be set up again, for whoever signs in.
    amara.click("do:set-up-again")
    amara.until(lambda: amara.screen == "screen:set-up")
    amara.sets_up()
    assert amara.screen == "screen:home"
    assert {each.status for each in organisation.devices()} == {"retired", "active"}


def test_an_emptying_that_was_cut_is_gone_on_with_at_the_next_start(
    amara: WorkWindow, organisation: Organisation, make: Make
) -> None:
    (device,) = organisation.devices()
    writes(amara, "Never sent.", send=False)
    order = organisation.order(device, said.NOW)
    organisation.sets(device.id, "wipe", order)
    standing = amara.client._standing
    assert standing is not None
    obey = standing._empty

    def cut(given: object) -> None:
        organisation.service.stop()  # in the moment between the order and the handing in
        obey(given)  # type: ignore[arg-type]

    standing._empty = cut  # type: ignore[assignment]
    amara.exchange.request()
    amara.until(lambda: "handed in as soon as there is a network" in amara.spoken())
    seen(amara, "unlock-emptied-offline")
    amara.end()
    organisation.service.start()
    assert organisation.sealed(device.id) == []
    again = make(keyring=amara.keyring)
    assert again.screen == "screen:unlock"
    assert "The Workbook was removed" in again.spoken()
    again.until(lambda: "it has it now" in again.spoken())
    assert len(organisation.sealed(device.id)) == 1
