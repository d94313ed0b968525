"""Whom a work account's token speaks for: tokens of a certified provider, on every kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sync.reference_ics.identity import Identity
from sync.reference_ics.problems import ProblemRaised
from sync.reference_ics.settings import IdentityProvider
from sync.sign_in.oidc import OidcSignIn
from tests.support.provider import AUDIENCE, MemoryKeeper, Person, RunningProvider, running_provider
from tests.support.service import AMARA, RunningIcs
from workbook_desktop.app.machine import SystemClock


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningProvider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def as_said(provider: RunningProvider) -> IdentityProvider:
    provider.tell(
        "set", settings={"accessTokenSeconds": 600, "refreshTokenSeconds": 86400, "idTokenSeconds": 600}
    )
    return IdentityProvider(
        issuer=provider.issuer, audience=AUDIENCE, client_id="workbook", worker_claim="worker_id"
    )


class Clock(SystemClock):
    """The machine's clock, moved on by hand."""

    later = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    def monotonic(self) -> float:
        return super().monotonic() + self.later.total_seconds()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def token_of(provider: RunningProvider, name: str) -> str:
    """What a laptop shows after a sign-in in the browser."""
    person = Person(name)
    sign_in = OidcSignIn(provider.account(), SystemClock(), MemoryKeeper(), open_browser=person, seconds=20)
    try:
        sign_in.sign_in()
        return sign_in()
    finally:
        sign_in.close()
        person.close()


def test_a_token_of_the_provider_speaks_for_the_worker_it_names_and_is_remembered_for_a_minute(
    ics: RunningIcs, provider: RunningProvider, as_said: IdentityProvider, clock: Clock
) -> None:
    token = token_of(provider, "amara-quill")
    with ics.database() as database:
        identity = Identity(as_said, database, clock)
        assert identity.remembered(token) is None
        assert identity.worker(token) == AMARA
        assert identity.remembered(token) == AMARA
        clock.later += timedelta(seconds=61)
        assert identity.remembered(token) is None  # whoever has left is soon nobody here
        assert identity.worker(token) == AMARA


def test_one_who_is_no_worker_here_or_shows_another_services_token_is_nobody(
    ics: RunningIcs, provider: RunningProvider, as_said: IdentityProvider, clock: Clock
) -> None:
    amara, stranger = token_of(provider, "amara-quill"), token_of(provider, "nobody-here")
    with ics.database() as database:
        assert Identity(as_said, database, clock).worker(stranger) is None
        other_service = replace(as_said, audience="https://elsewhere.example")
        assert Identity(other_service, database, clock).worker(amara) is None
        no_claim = replace(as_said, worker_claim="employee_number")
        assert Identity(no_claim, database, clock).worker(amara) is None
        assert Identity(replace(as_said, worker_prefix="x-"), database, clock).worker(amara) is None


def test_a_token_that_is_over_altered_or_none_at_all_is_nobodys(
    ics: RunningIcs, provider: RunningProvider, as_said: IdentityProvider, clock: Clock
) -> None:
    token = token_of(provider, "amara-quill")
    head, body, signature = token.split(".")
    with ics.database() as database:
        identity = Identity(as_said, database, clock)
        for bad in ("", "words", f"{head}.{body}.", f"{head}.{body}.{signature[::-1]}"):
            assert identity.worker(bad) is None
        clock.later += timedelta(hours=1)
        assert identity.worker(token) is None


def test_while_the_provider_cannot_be_reached_the_answer_is_wait_and_not_no(
    ics: RunningIcs, provider: RunningProvider, as_said: IdentityProvider, clock: Clock
) -> None:
    token = token_of(provider, "amara-quill")
    provider.stop()
    try:
        with ics.database() as database:
            identity = Identity(as_said, database, clock)
            with pytest.raises(ProblemRaised) as told:
                identity.worker(token)
            assert told.value.problem.type == "unavailable"
    finally:
        provider.start()
