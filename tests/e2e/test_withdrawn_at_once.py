"""A family that a worker must not see any more, at once: what was unsent goes sealed for the organisation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.envelope import unseal
from sync.protocol.devices import UNSENT
from sync.reference_ics import grants, tables
from tests.support.faulty_line import FaultyLine
from tests.support.organisation import TOLLAND, Organisation, WorkLaptop
from tests.support.provider import Person, RunningProvider, running_provider

CANARY = "zzqcanary"


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
def line(organisation: Organisation) -> Iterator[FaultyLine]:
    found = FaultyLine(organisation.url)
    organisation.url = found.url
    yield found
    found.close()


@pytest.fixture
def amara(tmp_path: Path, organisation: Organisation, line: FaultyLine) -> Iterator[WorkLaptop]:
    person = Person("amara-quill")
    found = WorkLaptop(tmp_path / "amara", organisation, person)
    found.unlock()
    assert found.exchange().outcome == "complete"
    yield found
    found.close()
    person.close()


def withdrawn(organisation: Organisation, who: WorkLaptop, *, immediate: bool = True) -> None:
    worker, settings = who.worker.id, organisation.settings
    assert grants.withdraw(
        organisation.database, settings, worker, TOLLAND, reason="at once", immediate=immediate
    )


def opened(organisation: Organisation) -> list[dict[str, Any]]:
    """What two officers read."""
    (device,) = organisation.devices()
    private, purpose = organisation.sealing.private_bytes_raw(), f"{UNSENT}|{device.store}"
    return [json.loads(unseal(private, each, purpose)) for each in organisation.sealed(device.id)]


def rows(organisation: Organisation, table: Any) -> list[Any]:
    with organisation.database.reading() as connection:
        return list(connection.execute(table.select()))


def everything_in(who: WorkLaptop) -> str:
    def read() -> str:
        store = who.client._store
        assert store is not None
        names = store._db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        tables_ = [name for (name,) in names if not name.startswith("sqlite")]
        said = [repr(row) for name in tables_ for row in store._db.execute(f'SELECT * FROM "{name}"')]
        return "\n".join([*said, *(repr(each) for each in store._journal.entries())])

    return who.do(read)


def kept_sealed(who: WorkLaptop) -> list[Any]:
    return who.do(
        lambda: who.client._store._db.execute("SELECT record, sealed FROM late_op").fetchall()  # type: ignore[union-attr]
    )


def test_what_was_unsent_is_sealed_for_the_organisation_and_handed_in(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    plan = amara.writes(f"{CANARY}: typed, never released.", send=False)
    picture = f"{CANARY} a picture".encode() * 50
    amara.do(lambda: amara.client._store.attached.put(TOLLAND, plan, picture))  # type: ignore[union-attr]
    withdrawn(organisation, amara)
    assert amara.exchange().outcome == "complete"
    words, files = opened(organisation)
    (text,) = words["texts"]
    assert (text["record"], text["family"]) == (plan, TOLLAND)
    assert CANARY in json.dumps(text["content"])
    assert words["worker"] == amara.worker.id
    assert len(files["files"]) == 1
    assert rows(organisation, tables.late_op) == []  # not a word of it where the ICS can read it
    (receipt,) = rows(organisation, tables.receipt)
    assert receipt.handed_in == 2
    assert CANARY not in everything_in(amara)
    assert kept_sealed(amara) == []
    assert amara.exchange().outcome == "complete"
    assert len(opened(organisation)) == 2


def test_cut_before_it_is_handed_in_nobody_reads_it_on_the_laptop_and_it_arrives_later(
    amara: WorkLaptop, organisation: Organisation, line: FaultyLine
) -> None:
    amara.writes(f"{CANARY}: released, and never sent.")
    withdrawn(organisation, amara)
    line.refuse = "/v1/devices/self/sealed"
    assert amara.exchange().outcome == "ics-unreachable"
    assert CANARY not in everything_in(amara)
    ((record, envelope),) = kept_sealed(amara)
    assert record == ""
    assert bytes(envelope).startswith(b"WBE1")
    assert rows(organisation, tables.receipt) == []
    amara.lock()
    amara.start_again()
    amara.unlock()
    line.refuse = None
    assert amara.exchange().outcome == "complete"
    (words,) = opened(organisation)
    assert CANARY in json.dumps(words)
    assert kept_sealed(amara) == []
    assert len(rows(organisation, tables.receipt)) == 1


def test_an_office_that_forgot_the_laptop_gets_it_in_the_run_after(
    amara: WorkLaptop, organisation: Organisation, line: FaultyLine
) -> None:
    amara.writes(f"{CANARY}: before the office was put back.")
    withdrawn(organisation, amara)
    line.refuse = "/v1/devices/self/sealed"
    amara.exchange()
    line.refuse = None
    with organisation.database.noting() as connection:
        connection.execute(tables.device.delete())
    assert amara.exchange().outcome == "complete"
    assert CANARY in json.dumps(opened(organisation))


def test_a_deadline_that_passes_without_a_line_seals_and_deletes(
    amara: WorkLaptop, organisation: Organisation, line: FaultyLine
) -> None:
    amara.writes(f"{CANARY}: three days to hand it over.")
    withdrawn(organisation, amara, immediate=False)
    line.refuse = "/v1/late-proposals"
    assert amara.exchange().outcome == "ics-unreachable"
    assert CANARY in everything_in(amara)  # there is time: it goes to the inbox, where a manager reads it
    line.refuse = "/"
    assert amara.exchange().outcome == "ics-unreachable"
    assert CANARY in everything_in(amara)
    amara.clock.later += timedelta(days=4)
    assert amara.exchange().outcome == "ics-unreachable"
    assert CANARY not in everything_in(amara)
    organisation.clock.later += timedelta(days=4)
    line.refuse = None
    assert amara.exchange().outcome == "sign-in-needed"
    assert CANARY in json.dumps(opened(organisation))  # the laptop's own key is enough for that
    amara.clock.later = organisation.clock.later = timedelta()  # the provider's clock stood still
    assert amara.exchange().outcome == "complete"
    assert len(rows(organisation, tables.receipt)) == 1
    assert rows(organisation, tables.late_op) == []


def test_with_time_for_handing_over_a_manager_reads_it_in_the_inbox(
    amara: WorkLaptop, organisation: Organisation
) -> None:
    amara.writes(f"{CANARY}: handed over.")
    withdrawn(organisation, amara, immediate=False)
    assert amara.exchange().outcome == "complete"
    assert opened(organisation) == []
    (late,) = rows(organisation, tables.late_op)
    assert CANARY in bytes(late.body).decode()
