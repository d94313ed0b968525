"""What the service counts, and what it says on the operator's port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from sync.reference_ics.operating import Operations
from tests.support.service import (
    AMARA,
    BEA,
    TOLLAND,
    RunningIcs,
    a_family,
    content,
    create,
    involved,
    running_ics,
    small_caseload,
    update,
)

FORM = (
    b'{"resourceType":"Questionnaire","id":"visit","version":"1.0.0","status":"active","item":['
    b'{"linkId":"note","type":"text"},{"linkId":"children","type":"group","repeats":true,"item":['
    b'{"linkId":"child.seen","type":"boolean"}]}]}'
)
HEAD = content(note="first", mood="calm")


@pytest.fixture(scope="module")
def _counted(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIcs]:
    with running_ics(tmp_path_factory.mktemp("counted"), replace(small_caseload(), forms=(FORM,))) as found:
        yield found


@pytest.fixture
def ics(_counted: RunningIcs) -> RunningIcs:
    """A service that has counted nothing yet."""
    _counted.begin_anew()
    _counted.restart()
    return _counted


def said(ics: RunningIcs) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = generate_latest(ics.metrics.registry).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found: dict[Any, float], name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def proposal(path: str) -> dict[str, Any]:
    return {"path": path, "kind": "answer", "base": None, "mine": {"v": "mine"}, "theirs_version": 1}


def test_pushes_are_counted_by_what_became_of_them(ics: RunningIcs) -> None:
    amara = ics.sign_in(AMARA)
    first = create("r-1", "op-1", HEAD)
    wrong = {**create("r-2", "op-2", HEAD), "result_hash": "0" * 64}
    amara.push(first, wrong)
    amara.push(first, update("r-1", "op-3", 7, {"note": "x"}, content(note="x", mood="calm")))
    found = said(ics)
    assert of(found, "ics_ops_total", status="applied", problem="") == 1
    assert of(found, "ics_ops_total", status="duplicate", problem="") == 1
    assert of(found, "ics_ops_total", status="stale", problem="") == 1
    assert of(found, "ics_ops_total", status="rejected", problem="content-mismatch") == 1


def test_calls_are_counted_by_the_contracts_addresses_alone(ics: RunningIcs) -> None:
    amara = ics.sign_in(AMARA)
    for path in ("/v1/records/canary-1", "/v1/records/canary-2", "/canary", "/v1/feed"):
        amara.http.get(path)
    amara.http.request("CANARY", "/v1/feed")
    counted, database = ics.metrics, ics.service_database()
    ics.restart()  # whatever was under way is over
    text = generate_latest(counted.registry).decode()
    database.close()
    routes = {
        sample.labels["route"]
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "route" in sample.labels
    }
    assert routes == {"/v1/practice/sign-in", "/v1/records/{record_id}", "/v1/feed", "none"}
    assert "anary" not in text.lower()


def test_conflicts_are_counted_by_form_and_field_and_never_by_what_a_caller_made_up(ics: RunningIcs) -> None:
    amara, bea = ics.sign_in(AMARA), ics.sign_in(BEA)
    bea.push(create("r-1", "op-1", HEAD))
    (result,) = amara.push(
        update("r-1", "op-2", 1, {}, HEAD, proposals=[proposal("note"), proposal("canary")])
    )
    assert result["status"] == "applied", result
    found = said(ics)
    assert of(found, "ics_conflicts_opened_total", form="visit", field="note") == 1
    assert of(found, "ics_conflicts_opened_total", form="visit", field="other") == 1
    assert "canary" not in generate_latest(ics.metrics.registry).decode()


def test_the_oldest_open_conflict_is_told_until_it_is_settled(ics: RunningIcs) -> None:
    amara, bea = ics.sign_in(AMARA), ics.sign_in(BEA)
    bea.push(create("r-1", "op-1", HEAD))
    (result,) = amara.push(update("r-1", "op-2", 1, {}, HEAD, proposals=[proposal("note")]))
    ics.clock.forward(hours=30)
    found = said(ics)
    assert of(found, "ics_conflicts_open") == 1
    assert of(found, "ics_conflict_oldest_open_seconds") == 30 * 3_600
    (conflict,) = result["conflicts"]
    settles = [{"conflict": conflict["id"], "choice": "theirs", "reason": "agreed"}]
    ics.sign_in(BEA).push(update("r-1", "op-3", 2, {}, HEAD, kind="resolve", settles=settles))
    ics.metrics.forget_last_look()
    found = said(ics)
    assert of(found, "ics_conflicts_open") == 0
    assert of(found, "ics_conflict_oldest_open_seconds") == 0


def test_how_late_changes_reach_devices_is_told_for_those_that_read_on(ics: RunningIcs) -> None:
    amara, bea = ics.sign_in(AMARA), ics.sign_in(BEA)
    _, cursor = bea.feed_to_the_end()
    assert of(said(ics), "ics_feed_lag_seconds_count") == 0  # a first sync is not late
    amara.push(create("r-1", "op-1", HEAD))
    ics.clock.forward(minutes=5)
    bea.feed_to_the_end(cursor)
    ics.metrics.forget_last_look()
    found = said(ics)
    assert of(found, "ics_feed_lag_seconds_count") == 1
    assert of(found, "ics_feed_lag_seconds_sum") == 300


def test_devices_that_stay_away_are_counted(ics: RunningIcs) -> None:
    ics.sign_in(AMARA).feed()
    ics.clock.forward(days=10)
    ics.sign_in(BEA).feed()
    ics.clock.forward(days=5)
    found = said(ics)
    assert of(found, "ics_devices_seen") == 2
    assert of(found, "ics_devices_unseen") == 1


def test_the_operators_port_says_live_ready_and_metrics(ics: RunningIcs) -> None:
    operations = Operations(ics.shared, "127.0.0.1", 0)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{operations.port}") as operator:
            assert operator.get("/live").json() == {"live": True}
            assert operator.get("/ready").json() == {"ready": True}
            metrics = operator.get("/metrics")
            assert metrics.headers["content-type"].startswith("text/plain")
            names = {family.name for family in text_string_to_metric_families(metrics.text)}
            assert {"ics_ops", "ics_call_seconds", "ics_database_up", "ics_feed_seq", "ics_schema"} <= names
            assert operator.get("/v1/feed").status_code == 404
            assert operator.post("/metrics").status_code == 405
    finally:
        operations.close()


def test_a_service_whose_database_is_gone_lives_and_is_not_ready(ics: RunningIcs) -> None:
    operations = Operations(ics.shared, "127.0.0.1", 0)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{operations.port}") as operator, ics.no_database():
            assert operator.get("/live").status_code == 200
            reply = operator.get("/ready")
            assert (reply.status_code, reply.json()["ready"]) == (503, False)
            ics.metrics.forget_last_look()
            assert "ics_database_up 0.0" in operator.get("/metrics").text
            assert httpx.get(f"{ics.base_url}/v1/health").status_code == 503
        with httpx.Client(base_url=f"http://127.0.0.1:{operations.port}") as operator:
            assert operator.get("/ready").status_code == 200  # it comes back by itself
    finally:
        operations.close()


def test_told_to_end_it_is_not_ready_and_still_answers(tmp_path: Path) -> None:
    with running_ics(tmp_path) as ics:
        amara = ics.sign_in(AMARA)
        ics.shared.is_draining = True
        assert httpx.get(f"{ics.base_url}/v1/health").status_code == 503
        assert amara.push(create("r-1", "op-1", HEAD))[0]["status"] == "applied"


def test_families_that_come_later_change_no_label(ics: RunningIcs) -> None:
    ics.office_changes(a_family(TOLLAND, "Tolland", involved(AMARA, "p-1", date(2026, 1, 5))))
    ics.sign_in(AMARA).feed_to_the_end()
    assert "Tolland" not in generate_latest(ics.metrics.registry).decode()
