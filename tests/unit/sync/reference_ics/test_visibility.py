"""Nobody sees what they may not: involvement decides, at the moment of asking, on every call."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.protocol import Limits
from tests.support.service import (
    AMARA,
    BEA,
    PELLOW,
    TOLLAND,
    TOM,
    IcsCaller,
    IcsClock,
    RunningIcs,
    a_family,
    content,
    create,
    involved,
    running_ics,
    small_caseload,
    update,
)

FIRST = content(note="a canary among the answers")
LONG_AGO = date(2026, 1, 5)


def scopes_of(caller: IcsCaller) -> list[str]:
    return [each["id"] for each in caller.http.get("/v1/scopes").json()["scopes"]]


def test_scopes_list_the_families_of_today_with_their_counts(ics: RunningIcs, amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    reply = amara.http.get("/v1/scopes").json()
    assert [(each["id"], each["count"]) for each in reply["scopes"]] == [(PELLOW, 1), (TOLLAND, 2)]
    assert [each["id"] for each in reply["workers"]] == [AMARA, BEA, TOM]
    assert scopes_of(ics.sign_in(TOM)) == [PELLOW]


def test_the_feed_holds_only_the_families_of_the_worker(ics: RunningIcs, amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    items, _ = ics.sign_in(TOM).feed_to_the_end()
    assert [(item["kind"], item["id"]) for item in items] == [("form", "visit|1.0.0"), ("record", PELLOW)]
    assert "canary" not in json.dumps(items)


def test_the_record_of_anothers_family_answers_as_one_that_never_was(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    tom = ics.sign_in(TOM)
    for path in ("", "?version=1", "/history"):
        here = tom.http.get(f"/v1/records/r-1{path}")
        nowhere = tom.http.get(f"/v1/records/never-was{path}")
        assert (here.status_code, here.content) == (404, nowhere.content)


def test_an_op_for_anothers_family_is_forbidden_and_says_nothing_of_the_record(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    tom = ics.sign_in(TOM)
    later = content(note="x")
    (honest,) = tom.push(update("r-1", "op-2", 1, {"note": "x"}, later))
    (other,) = tom.push(update("never-was", "op-3", 1, {"note": "x"}, later))
    assert honest["problem"] == other["problem"]
    assert honest["problem"]["type"] == "scope-forbidden"
    (disguised,) = tom.push(update("r-1", "op-4", 1, {"note": "x"}, later, scope_id=PELLOW))
    (unknown,) = tom.push(update("never-was", "op-5", 1, {"note": "x"}, later, scope_id=PELLOW))
    assert disguised["problem"] == unknown["problem"]
    (taken,) = tom.push(create("r-1", "op-6", later, scope=PELLOW))
    assert taken["problem"]["type"] == "scope-forbidden"
    chained = update("r-1", "op-7", 1, {"note": "x"}, later, scope_id=PELLOW, after_op="op-1")
    del chained["if_match"]
    assert tom.push(chained)[0]["status"] == "predecessor-missing"
    assert "head" not in disguised


def whole(caller: IcsCaller, scope: str, limit: int = 1) -> list[dict[str, Any]]:
    """All of a family, read in small pages."""
    items: list[dict[str, Any]] = []
    page: str | None = None
    while True:
        asked: dict[str, Any] = {"limit": limit} | ({"page": page} if page else {})
        reply = caller.http.get(f"/v1/scopes/{scope}/snapshot", params=asked)
        assert reply.status_code == 200, reply.text
        items += reply.json()["items"]
        page = reply.json()["next_page"]
        if page is None:
            return items


def test_an_involvement_that_ends_ends_everything_that_day(tmp_path: Path) -> None:
    clock = IcsClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    family = a_family(
        TOLLAND,
        "Tolland",
        involved(AMARA, "p-1", LONG_AGO),
        involved(TOM, "p-1", LONG_AGO, end=date(2026, 11, 23)),
    )
    with running_ics(tmp_path, small_caseload(family), clock=clock) as ics:
        tom = ics.sign_in(TOM)
        op = create("r-1", "op-1", FIRST)
        (first,) = tom.push(op)
        _, cursor = tom.feed_to_the_end()
        clock.forward(days=1)
        tom = ics.sign_in(TOM)
        assert scopes_of(tom) == []
        (gone,) = tom.feed(cursor)["items"]  # a scope lost leaves the cursor good, and says so
        assert (gone["kind"], gone["scope_id"], gone["body"]["mode"]) == (
            "scope_revoked",
            TOLLAND,
            "handover",
        )
        assert [item["kind"] for item in tom.feed()["items"]] == ["form", "scope_revoked"]
        assert tom.http.get("/v1/records/r-1").status_code == 404
        assert tom.push(create("r-2", "op-2", FIRST))[0]["problem"]["type"] == "scope-forbidden"
        # That an op was taken is its sender's to know; what the record says is not, any more.
        (again,) = tom.push(op)
        assert (again["status"], again["version"], again["seq"]) == ("duplicate", 1, first["seq"])
        assert "head" not in again


def test_an_involvement_that_begins_is_said_in_the_feed_and_back_filled(tmp_path: Path) -> None:
    clock = IcsClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    family = a_family(
        TOLLAND,
        "Tolland",
        involved(AMARA, "p-1", LONG_AGO),
        involved(TOM, "p-1", date(2026, 11, 23)),
    )
    with running_ics(tmp_path, small_caseload(family), clock=clock) as ics:
        ics.sign_in(AMARA).push(create("r-1", "op-1", FIRST))
        tom = ics.sign_in(TOM)
        _, cursor = tom.feed_to_the_end()
        clock.forward(days=1)
        tom = ics.sign_in(TOM)
        items, cursor = tom.feed_to_the_end(cursor)
        assert [(item["kind"], item["id"]) for item in items] == [("scope_added", TOLLAND)]
        assert [item["id"] for item in whole(tom, TOLLAND)] == [TOLLAND, "r-1"]
        assert tom.feed(cursor)["items"] == []
        items, _ = tom.feed_to_the_end()  # who reads from the start is told nothing that is read there
        assert [item["id"] for item in items] == ["visit|1.0.0", TOLLAND, "r-1"]


def test_a_grant_between_two_pages_is_said_in_its_place(ics: RunningIcs, amara: IcsCaller) -> None:
    tom = ics.sign_in(TOM)
    page = tom.feed(limit=1)
    assert page["more"] is True
    ics.office_changes(
        a_family(TOLLAND, "Tolland", involved(AMARA, "p-1", LONG_AGO), involved(TOM, "p-1", LONG_AGO))
    )
    items, _ = tom.feed_to_the_end(page["next_cursor"], limit=1)
    assert ("scope_added", TOLLAND) in [(item["kind"], item["id"]) for item in items]


def test_a_scope_lost_and_regained_is_back_filled(ics: RunningIcs, amara: IcsCaller) -> None:
    with_amara = a_family(TOLLAND, "Tolland", involved(AMARA, "p-1", LONG_AGO))
    _, cursor = amara.feed_to_the_end()
    ics.office_changes(a_family(TOLLAND, "Tolland", involved(BEA, "p-1", LONG_AGO)))
    ics.sign_in(BEA).push(create("r-1", "op-1", FIRST))
    items, cursor = amara.feed_to_the_end(cursor)
    assert [item["kind"] for item in items] == ["scope_revoked"]
    ics.office_changes(with_amara)
    items, _ = amara.feed_to_the_end(cursor)
    assert ("scope_added", TOLLAND) in [(item["kind"], item["id"]) for item in items]
    assert "r-1" in [item["id"] for item in whole(amara, TOLLAND)]


@pytest.mark.parametrize("spoil", ["", "x", "!", "AAAA", "é"])
def test_a_cursor_that_was_tampered_with_is_refused(amara: IcsCaller, spoil: str) -> None:
    cursor = amara.feed()["next_cursor"]
    for bad in (cursor[: len(cursor) // 2] + spoil, spoil + cursor if spoil else cursor[1:], spoil or "a"):
        reply = amara.http.get("/v1/feed", params={"cursor": bad})
        assert (reply.status_code, reply.json()["type"]) == (410, "cursor-expired")


def test_a_cursor_is_good_for_nobody_else(amara: IcsCaller, bea: IcsCaller) -> None:
    cursor = amara.feed()["next_cursor"]
    assert bea.http.get("/v1/feed", params={"cursor": cursor}).status_code == 410


def test_a_cursor_of_another_service_is_refused(tmp_path: Path, amara: IcsCaller) -> None:
    (tmp_path / "other").mkdir()
    with running_ics(tmp_path / "other") as other:
        cursor = other.sign_in(AMARA).feed()["next_cursor"]
    assert amara.http.get("/v1/feed", params={"cursor": cursor}).status_code == 410


def test_a_cursor_outlives_a_restart(ics: RunningIcs, amara: IcsCaller) -> None:
    _, cursor = amara.feed_to_the_end()
    ics.restart()
    assert amara.http.get("/v1/feed").status_code == 401
    amara = ics.sign_in(AMARA)
    amara.push(create("r-1", "op-1", FIRST))
    assert [item["id"] for item in amara.feed(cursor)["items"]] == ["r-1"]


def test_pages_are_cut_by_number_and_by_bytes_and_miss_nothing(tmp_path: Path) -> None:
    with running_ics(tmp_path, limits=Limits(page_items=3, page_bytes=2_000)) as ics:
        amara = ics.sign_in(AMARA)
        for number in range(10):
            amara.push(create(f"r-{number}", f"op-{number}", content(note="x" * (number * 300))))
        by_one, _ = amara.feed_to_the_end(limit=1)
        by_many, _ = amara.feed_to_the_end(limit=500)
        assert len(amara.feed(limit=500)["items"]) <= 3
        assert by_one == by_many
        assert [item["seq"] for item in by_many] == sorted({item["seq"] for item in by_many})
        assert len(by_many) == 13
