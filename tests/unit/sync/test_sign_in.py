"""Signing in with a work account, against a certified provider: `oidc-provider`, on loopback."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sync.sign_in.oidc import OidcSignIn
from sync.sign_in.provider import WorkAccount
from tests.support.provider import AUDIENCE, MemoryKeeper, Person, RunningProvider, running_provider
from workbook_desktop.app.machine import SystemClock
from workbook_desktop.domain.errors import (
    NoBrowser,
    ProviderUnreachable,
    SignInBusy,
    SignInCancelled,
    SignInDenied,
    SignInFailed,
    SignInNeeded,
    WrongAccount,
)

USUAL = {"accessTokenSeconds": 600, "refreshTokenSeconds": 86400, "idTokenSeconds": 600}


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningProvider]:
    with running_provider() as running:
        yield running


@pytest.fixture(autouse=True)
def _as_usual(provider: RunningProvider) -> None:
    provider.tell("set", settings=USUAL)


class Clock(SystemClock):
    """The machine's clock, set wrong by so much, and moved on by hand."""

    def __init__(self, wrong_by: timedelta = timedelta()) -> None:
        super().__init__()
        self.wrong_by, self.later = wrong_by, 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.wrong_by + timedelta(seconds=self.later)

    def monotonic(self) -> float:
        return super().monotonic() + self.later


class Here:
    """A worker at a laptop: a sign-in, what it keeps, the clock, and the person at the browser."""

    def __init__(
        self,
        provider: RunningProvider,
        person: Person,
        *,
        account: WorkAccount | None = None,
        keeper: MemoryKeeper | None = None,
        clock: Clock | None = None,
        seconds: float = 20,
    ) -> None:
        self.person, self.keeper, self.clock = person, keeper or MemoryKeeper(), clock or Clock()
        self.sign_in = OidcSignIn(
            account or provider.account(), self.clock, self.keeper, open_browser=person, seconds=seconds
        )


@pytest.fixture
def close() -> Iterator[list[Here]]:
    made: list[Here] = []
    yield made
    for each in made:
        each.sign_in.close()
        each.person.close()


@pytest.fixture
def here(provider: RunningProvider, close: list[Here]) -> Here:
    made = Here(provider, Person("amara-quill"))
    close.append(made)
    return made


def claims_of(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_a_worker_signs_in_in_the_browser_and_has_a_token_for_the_ics(here: Here) -> None:
    here.sign_in.sign_in()
    here.person.finish()
    claims = claims_of(here.sign_in())
    assert (claims["aud"], claims["worker_id"]) == (AUDIENCE, "w-amara-quill")
    assert here.keeper.kept.subject == "amara-quill"
    status, page = here.person.pages[-1]
    assert status == 200
    assert "You can close this window" in page


def test_what_is_asked_is_bound_to_this_sign_in_alone(here: Here) -> None:
    here.sign_in.sign_in()
    here.sign_in.sign_in()
    first, second = (parse_qs(urlsplit(address).query) for address in here.person.opened)
    for name in ("state", "nonce", "code_challenge", "redirect_uri"):
        assert first[name] != second[name]
    assert first["code_challenge_method"] == ["S256"]
    assert all(len(first[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert urlsplit(first["redirect_uri"][0]).hostname == "127.0.0.1"


def test_a_sign_in_given_up_before_the_browser_is_shown_opens_none(here: Here) -> None:
    described = here.sign_in._provider.described

    def while_asking() -> object:
        here.sign_in.cancel()  # the provider is slow, and the worker does not wait for it
        return described()

    here.sign_in._provider.described = while_asking  # type: ignore[method-assign, assignment]
    with pytest.raises(SignInCancelled) as told:
        here.sign_in.sign_in()
    assert told.value.facts == {"reason": "cancelled"}
    assert here.person.opened == []
    here.sign_in._provider.described = described  # type: ignore[method-assign]
    here.sign_in.sign_in()  # and the next one is a whole one
    here.person.finish()
    assert here.keeper.kept is not None


def test_a_refresh_token_is_used_once_and_the_next_one_kept(here: Here) -> None:
    here.sign_in.sign_in()
    first = here.sign_in()
    here.sign_in.forget()
    second = here.sign_in()
    assert first != second
    assert len({each.refresh for each in here.keeper.history}) == 2


def test_a_token_is_asked_for_anew_before_it_ends(here: Here) -> None:
    here.sign_in.sign_in()
    first = here.sign_in()
    assert here.sign_in() == first
    here.clock.later += 600 - 29
    assert here.sign_in() != first


def test_a_refresh_token_used_before_ends_the_session_and_asks_for_a_sign_in(here: Here) -> None:
    here.sign_in.sign_in()
    stolen = here.keeper.kept
    here.sign_in.forget()
    here.sign_in()
    here.keeper.kept = stolen  # as after a restored image of the disk, or a thief's use of it
    here.sign_in.forget()
    with pytest.raises(SignInNeeded):
        here.sign_in()
    assert here.keeper.kept is None
    here.sign_in.sign_in()
    assert here.sign_in()


def test_without_a_sign_in_there_is_no_token(here: Here) -> None:
    with pytest.raises(SignInNeeded):
        here.sign_in()


def test_the_key_of_the_provider_may_change_between_two_sign_ins(
    provider: RunningProvider, here: Here
) -> None:
    here.sign_in.sign_in()
    provider.tell("rotate-keys", forget=True)
    here.clock.later += 30  # it looks for a new key at most every so often
    here.sign_in.sign_in()
    assert here.sign_in()


@pytest.mark.parametrize("days", [-400, 400])
def test_a_laptop_whose_clock_is_wrong_can_sign_in(
    provider: RunningProvider, close: list[Here], days: int
) -> None:
    here = Here(provider, Person("amara-quill"), clock=Clock(timedelta(days=days)))
    close.append(here)
    here.sign_in.sign_in()
    here.sign_in.forget()
    assert here.sign_in()


def test_one_who_denies_is_told_so_and_nothing_is_kept(provider: RunningProvider, close: list[Here]) -> None:
    here = Here(provider, Person("amara-quill", denies=True))
    close.append(here)
    with pytest.raises(SignInDenied) as told:
        here.sign_in.sign_in()
    assert told.value.facts == {"reason": "access_denied"}
    assert here.keeper.kept is None


def test_another_worker_is_refused_and_the_session_kept_as_it_was(
    provider: RunningProvider, here: Here, close: list[Here]
) -> None:
    here.sign_in.sign_in()
    before = here.keeper.kept
    other = Here(provider, Person("bea-linnet"), keeper=here.keeper)
    close.append(other)
    with pytest.raises(WrongAccount):
        other.sign_in.sign_in()
    assert here.keeper.kept == before
    with pytest.raises(WrongAccount):  # the other's tokens were let go of, the browser still knows her
        other.sign_in.sign_in()


def test_who_walks_away_is_waited_for_no_longer_than_said(
    provider: RunningProvider, close: list[Here]
) -> None:
    here = Here(provider, Person("amara-quill", walks_away=True), seconds=0.2)
    close.append(here)
    with pytest.raises(SignInCancelled) as told:
        here.sign_in.sign_in()
    assert told.value.facts == {"reason": "time"}
    port = urlsplit(parse_qs(urlsplit(here.person.opened[0]).query)["redirect_uri"][0]).port
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/cb", verify=False)


def test_a_worker_can_give_up_waiting(provider: RunningProvider, close: list[Here]) -> None:
    here = Here(provider, Person("amara-quill", walks_away=True))
    close.append(here)
    opened = here.person.__call__

    def open_and_cancel(address: str) -> bool:
        opened(address)
        here.sign_in.cancel()
        return True

    here.sign_in._open_browser = open_and_cancel
    with pytest.raises(SignInCancelled) as told:
        here.sign_in.sign_in()
    assert told.value.facts == {"reason": "cancelled"}


def test_without_a_browser_there_is_no_waiting(provider: RunningProvider, here: Here) -> None:
    here.sign_in._open_browser = lambda address: False
    with pytest.raises(NoBrowser):
        here.sign_in.sign_in()


def test_a_provider_that_is_down_is_said_and_nothing_is_forgotten(
    provider: RunningProvider, here: Here
) -> None:
    here.sign_in.sign_in()
    before = here.keeper.kept
    provider.stop()
    try:
        here.sign_in.forget()
        with pytest.raises(ProviderUnreachable):
            here.sign_in()
        assert here.keeper.kept == before
    finally:
        provider.start()


def test_two_sign_ins_at_once_are_one(provider: RunningProvider, here: Here) -> None:
    met: list[type[Exception]] = []

    def meanwhile(address: str) -> str:
        try:
            here.sign_in.sign_in()
        except SignInBusy as error:
            met.append(type(error))
        return address

    here.person.before_return = meanwhile
    here.sign_in.sign_in()
    assert met == [SignInBusy]
    assert here.sign_in()


# Attacks ---------------------------------------------------------------------------------------------------


def test_a_forged_redirect_is_refused_and_the_true_one_taken(here: Here) -> None:
    shown: list[int] = []

    def attack(address: str) -> str:
        base = address.split("?")[0]
        parts = urlsplit(address)
        forged = [
            f"{base}?code=evil&state=guessed",
            f"{base}?code=evil",
            f"{base}?error=access_denied",
            f"{base.replace('/cb', '/favicon.ico')}",
            f"{base}?{parts.query}&code=evil",  # a second code beside the true one
        ]
        shown.extend(httpx.get(each, verify=False).status_code for each in forged)
        rebound = {"Host": f"evil.example:{parts.port}"}
        shown.append(httpx.get(address, headers=rebound, verify=False).status_code)
        shown.append(httpx.post(address, verify=False).status_code)
        return address

    here.person.before_return = attack
    here.sign_in.sign_in()
    here.person.finish()
    assert set(shown[:-1]) <= {400}
    assert shown[-1] == 501
    assert here.sign_in()


def test_a_second_redirect_finds_nobody_listening(here: Here) -> None:
    here.sign_in.sign_in()
    here.person.finish()
    with pytest.raises(httpx.ConnectError):
        httpx.get(here.person.came_back[0], verify=False)


def test_a_code_that_was_used_gives_nothing_again(provider: RunningProvider, here: Here) -> None:
    here.sign_in.sign_in()
    here.person.finish()
    code = parse_qs(urlsplit(here.person.came_back[0]).query)["code"][0]
    redirect = here.person.came_back[0].split("?")[0]
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "code_verifier": "x" * 43,
    }
    reply = httpx.post(f"{provider.issuer}/token", data={"client_id": "workbook", **asked}, verify=False)
    assert reply.json()["error"] == "invalid_grant"


def test_a_redirect_that_names_another_provider_is_a_mix_up_and_refused(here: Here) -> None:
    def mix(address: str) -> str:
        return address.replace("iss=http%3A%2F%2F127.0.0.1", "iss=http%3A%2F%2F127.0.0.2")

    here.person.before_return = mix
    with pytest.raises(SignInFailed) as told:
        here.sign_in.sign_in()
    assert told.value.facts == {"reason": "another-issuer"}
    assert here.keeper.kept is None


def test_a_redirect_that_names_no_provider_is_refused_where_they_name_themselves(here: Here) -> None:
    def bare(address: str) -> str:
        return address.split("&iss=")[0]

    here.person.before_return = bare
    with pytest.raises(SignInFailed):
        here.sign_in.sign_in()


def test_a_code_of_another_sign_in_is_of_no_use(
    provider: RunningProvider, here: Here, close: list[Here]
) -> None:
    thief = Here(provider, Person("bea-linnet"), seconds=1)
    close.append(thief)
    stolen: list[str] = []

    def hold(address: str) -> None:
        stolen.append(parse_qs(urlsplit(address).query)["code"][0])

    thief.person.before_return = hold
    with pytest.raises(SignInCancelled):
        thief.sign_in.sign_in()

    def inject(address: str) -> str:
        code = parse_qs(urlsplit(address).query)["code"][0]
        return address.replace(code, stolen[0])

    here.person.before_return = inject
    with pytest.raises(SignInFailed) as told:  # its challenge is another's
        here.sign_in.sign_in()
    assert told.value.facts == {"reason": "invalid_grant"}


def test_a_provider_that_describes_another_issuer_is_not_asked_further(
    provider: RunningProvider, close: list[Here]
) -> None:
    account = WorkAccount(issuer=f"{provider.issuer}/", client_id="workbook")
    here = Here(provider, Person("amara-quill"), account=account)
    close.append(here)
    with pytest.raises(SignInFailed):
        here.sign_in.sign_in()
    assert here.person.opened == []


@pytest.mark.parametrize(
    "issuer",
    ["http://login.example", "ftp://127.0.0.1", "https://a@login.example", "https://login.example?x=1"],
)
def test_an_issuer_that_is_not_an_https_address_is_no_setting(issuer: str) -> None:
    with pytest.raises(ValueError, match="an https address"):
        WorkAccount(issuer=issuer, client_id="workbook")


# Ending ----------------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_at_the_provider(provider: RunningProvider, here: Here) -> None:
    here.sign_in.sign_in()
    here.person.finish()
    kept = here.keeper.kept
    provider.tell("asked")
    assert here.sign_in.sign_out()
    here.person.finish()
    asked = provider.tell("asked")["asked"]
    assert "POST /token/revocation" in asked
    assert "POST /session/end/confirm" in asked
    assert (here.keeper.kept, here.keeper.whose) == (None, "amara-quill")
    with pytest.raises(SignInNeeded):
        here.sign_in()
    here.keeper.kept = kept
    with pytest.raises(SignInNeeded):  # the one it had is worth nothing any more
        here.sign_in()


def test_signing_out_without_a_network_forgets_here_and_says_what_is_left(
    provider: RunningProvider, here: Here
) -> None:
    here.sign_in.sign_in()
    provider.stop()
    try:
        assert not here.sign_in.sign_out()
        assert here.keeper.kept is None
    finally:
        provider.start()
