"""What a device may hold, as the service says it: digests, snapshots, withdrawal, erasure, a restore."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from sync.reference_ics import grants, leaving
from sync.reference_ics.checking import found_in
from tests.support.service import (
    AMARA,
    BEA,
    PELLOW,
    PROVENANCE,
    TOLLAND,
    TOM,
    IcsCaller,
    RunningIcs,
    a_family,
    content,
    create,
    involved,
    update,
)
from workbook_desktop.domain.digests import digest_of, digest_of_all, digest_of_ids
from workbook_desktop.domain.records import content_hash

LONG_AGO = date(2026, 1, 5)
FIRST = content(note="first")
SECOND = content(note="second")


def listed(caller: IcsCaller) -> dict[str, Any]:
    reply = caller.http.get("/v1/scopes")
    assert reply.status_code == 200
    said: dict[str, Any] = reply.json()
    return said


def manifest(caller: IcsCaller, scope: str = TOLLAND) -> dict[str, Any]:
    reply = caller.http.get(f"/v1/scopes/{scope}/manifest")
    assert reply.status_code == 200, reply.text
    said: dict[str, Any] = reply.json()
    return said


def post(caller: IcsCaller, path: str, body: Any) -> Any:
    reply = caller.http.post(path, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def withdraw(ics: RunningIcs, worker: str, *, immediate: bool = False) -> None:
    with ics.database() as database:
        assert grants.withdraw(
            database, ics.settings, worker, TOLLAND, reason="case-transferred", immediate=immediate
        )


def late(caller: IcsCaller, job: str, *ops: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = post(caller, "/v1/late-proposals", {"job_id": job, "ops": list(ops)})[
        "results"
    ]
    return results


# Digests ----------------------------------------------------------------------------------------------


def test_the_digest_of_a_family_is_that_of_the_records_in_the_feed(ics: RunningIcs, amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST), create("r-2", "op-2", FIRST))
    amara.push(update("r-1", "op-3", 1, {"note": "second"}, SECOND))
    items, _ = amara.feed_to_the_end()
    said = listed(amara)
    for scope in said["scopes"]:
        held = [
            (item["id"], item["version"], item["body"]["hash"])
            for item in items
            if item["kind"] == "record" and item["scope_id"] == scope["id"]
        ]
        assert (scope["count"], scope["digest"]) == (digest_of(held).count, digest_of(held).text)
    every = [(each["id"], each["count"], each["digest"]) for each in said["scopes"]]
    assert said["digest"] == digest_of_all(every)
    assert amara.feed()["scopes_digest"] == said["digest"]


def test_the_digest_follows_every_change_and_only_the_last_page_says_it(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    seen = [listed(amara)["digest"]]
    amara.push(create("r-1", "op-1", FIRST))
    seen.append(listed(amara)["digest"])
    amara.push(update("r-1", "op-2", 1, {"note": "second"}, SECOND))
    seen.append(listed(amara)["digest"])
    assert len(set(seen)) == 3
    page = amara.feed(limit=1)
    assert (page["more"], page["scopes_digest"]) == (True, None)


def test_a_poll_is_empty_and_moves_on_while_only_others_are_written_for(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    tom = ics.sign_in(TOM)  # who has nothing to do with the Tollands
    cursor = tom.feed_to_the_end()[1]
    for number in range(3):
        amara.push(create(f"r-{number}", f"op-{number}", FIRST))
        page = tom.feed(cursor)
        assert (page["items"], page["more"]) == ([], False)
        assert page["next_cursor"] != cursor
        assert page["scopes_digest"] == listed(tom)["digest"]
        cursor = page["next_cursor"]
    assert tom.feed(cursor)["next_cursor"] == cursor
    amara.push({**create("r-9", "op-9", FIRST), "scope_id": PELLOW})
    assert [item["id"] for item in tom.feed(cursor)["items"]] == ["r-9"]


def test_a_poll_says_at_once_that_a_family_is_a_workers_no_longer(ics: RunningIcs, amara: IcsCaller) -> None:
    cursor = amara.feed_to_the_end()[1]
    assert amara.feed(cursor)["items"] == []
    withdraw(ics, AMARA)
    (item,) = amara.feed(cursor)["items"]
    assert (item["kind"], item["scope_id"]) == ("scope_revoked", TOLLAND)


def test_a_manifest_adds_up_to_its_digest_and_names_what_the_feed_brings(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    said = manifest(amara)
    held = [(each["id"], each["version"], each["hash"]) for each in said["items"]]
    assert (digest_of(held).count, digest_of(held).text) == (said["count"], said["digest"])
    assert {each[0] for each in held} == {TOLLAND, "r-1"}
    assert next(each for each in listed(amara)["scopes"] if each["id"] == TOLLAND)["digest"] == said["digest"]


def test_records_are_fetched_by_name_and_no_others(ics: RunningIcs, amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST), create("r-2", "op-2", FIRST))
    said = post(amara, f"/v1/scopes/{TOLLAND}/records", {"ids": ["r-2", "never-was"]})
    assert [item["id"] for item in said["items"]] == ["r-2"]


# Snapshots --------------------------------------------------------------------------------------------


def test_a_snapshot_is_of_one_moment_and_the_feed_brings_what_came_after(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    amara.push(create("r-1", "op-1", FIRST), create("r-2", "op-2", FIRST))
    _, cursor = amara.feed_to_the_end()
    way = f"/v1/scopes/{TOLLAND}/snapshot"
    first = amara.http.get(way, params={"limit": 2}).json()
    amara.push(update("r-2", "op-3", 1, {"note": "second"}, SECOND))
    rest = amara.http.get(way, params={"page": first["next_page"], "limit": 2}).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [TOLLAND, "r-1"]
    assert rest["next_page"] is None
    assert [(item["id"], item["version"]) for item in amara.feed(cursor)["items"]] == [("r-2", 2)]


def test_a_family_withdrawn_in_mid_snapshot_is_read_no_further(ics: RunningIcs, amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    way = f"/v1/scopes/{TOLLAND}/snapshot"
    first = amara.http.get(way, params={"limit": 1}).json()
    withdraw(ics, AMARA)
    refused = amara.http.get(way, params={"page": first["next_page"]})
    assert (refused.status_code, refused.json()["type"]) == (403, "scope-forbidden")


@pytest.mark.parametrize("spoil", ["x", "é", "AAAA"])
def test_a_page_of_a_snapshot_that_is_not_ones_own_is_refused(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, spoil: str
) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    way = f"/v1/scopes/{TOLLAND}/snapshot"
    page = amara.http.get(way, params={"limit": 1}).json()["next_page"]
    cursor = amara.feed()["next_cursor"]
    for caller, bad in ((amara, spoil + page), (bea, page), (amara, cursor)):
        refused = caller.http.get(way, params={"page": bad})
        assert (refused.status_code, refused.json()["type"]) == (410, "page-expired")
    refused = amara.http.get(f"/v1/scopes/{PELLOW}/snapshot", params={"page": page})
    assert refused.json()["type"] == "page-expired"


@pytest.mark.parametrize("way", ["snapshot", "manifest"])
def test_nothing_of_anothers_family_is_read_this_way(ics: RunningIcs, amara: IcsCaller, way: str) -> None:
    tom = ics.sign_in(TOM)
    theirs = tom.http.get(f"/v1/scopes/{TOLLAND}/{way}")
    nobodys = tom.http.get(f"/v1/scopes/never-was/{way}")
    assert theirs.status_code == 403
    assert theirs.content == nobodys.content


# Withdrawal -------------------------------------------------------------------------------------------


def test_a_withdrawal_is_said_once_with_its_reason_and_deadline(ics: RunningIcs, amara: IcsCaller) -> None:
    _, cursor = amara.feed_to_the_end()
    withdraw(ics, AMARA, immediate=True)
    (item,) = amara.feed(cursor)["items"]
    body = item["body"]
    assert (item["kind"], item["scope_id"]) == ("scope_revoked", TOLLAND)
    assert (body["reason"], body["mode"]) == ("case-transferred", "immediate")
    assert body["job_id"]
    (again,) = amara.feed(cursor)["items"]
    assert again == item
    assert amara.feed(amara.feed(cursor)["next_cursor"])["items"] == []
    assert TOLLAND not in [each["id"] for each in listed(amara)["scopes"]]


def test_work_begun_before_the_withdrawal_is_kept_for_a_person_and_shows_nothing(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller
) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    withdraw(ics, AMARA)
    bea.push(update("r-1", "op-2", 1, {"note": "second"}, SECOND))
    op = update("r-1", "op-3", 1, {"note": "mine"}, content(note="mine"))
    assert late(amara, "job-1", op) == [{"op_id": "op-3", "status": "kept", "problem": None}]
    assert late(amara, "job-1", op)[0]["status"] == "kept"  # said twice, kept once
    assert bea.record("r-1")["answers"]["note"]["v"] == "second"
    with ics.database() as database, database.reading() as connection:
        rows = connection.execute(text("SELECT id, worker, record, body FROM late_op")).all()
    assert [(row.id, row.worker, row.record) for row in rows] == [("op-3", AMARA, "r-1")]
    assert msgspec.json.decode(bytes(rows[0].body))["set"]["note"]["v"] == "mine"


def test_a_late_proposal_that_rests_on_what_came_after_the_withdrawal_is_refused(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller
) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    withdraw(ics, AMARA)
    ics.clock.forward(minutes=1)
    bea.push(update("r-1", "op-2", 1, {"note": "second"}, SECOND))
    (result,) = late(amara, "job-1", update("r-1", "op-3", 2, {"note": "x"}, content(note="x")))
    assert (result["status"], result["problem"]["type"]) == ("rejected", "scope-forbidden")


def test_who_never_had_a_family_hands_nothing_in(ics: RunningIcs, amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    tom = ics.sign_in(TOM)
    (result,) = late(tom, "job-1", create("r-9", "op-9", FIRST))
    assert result["problem"]["type"] == "scope-forbidden"


def test_an_op_that_was_applied_is_kept_and_another_under_its_id_is_not(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    op = create("r-1", "op-1", FIRST)
    amara.push(op)
    withdraw(ics, AMARA)
    assert late(amara, "job-1", op)[0]["status"] == "kept"
    assert late(amara, "job-1", create("r-1", "op-1", SECOND))[0]["problem"]["type"] == "idempotency-mismatch"


def test_a_receipt_is_noted_once(ics: RunningIcs, amara: IcsCaller) -> None:
    withdraw(ics, AMARA)
    said = {
        "job_id": "job-1",
        "scope_id": TOLLAND,
        "kind": "scope",
        "records": 2,
        "conflicts": 0,
        "handed_in": 1,
        "digest": digest_of_ids(["r-1", "r-2"]),
    }
    for _ in range(2):
        assert post(amara, "/v1/purge-receipts", said)["job_id"] == "job-1"
    with ics.database() as database, database.reading() as connection:
        assert connection.execute(text("SELECT worker, records FROM receipt")).all() == [(AMARA, 2)]


# Records that leave -----------------------------------------------------------------------------------


def test_a_record_that_moves_leaves_one_family_and_stands_in_the_other(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    ics.office_changes(a_family(TOLLAND, "Tolland", involved(AMARA, "p-1", LONG_AGO)))
    tom = ics.sign_in(TOM)  # of the second family alone
    bea = ics.sign_in(BEA)
    amara.push(create("r-1", "op-1", FIRST))
    cursors = {each.worker: each.feed_to_the_end()[1] for each in (amara, tom, bea)}
    with ics.database() as database:
        leaving.move(database, ics.settings, "r-1", PELLOW)
    seen = {
        each.worker: [
            (item["kind"], item["id"], item["scope_id"]) for item in each.feed(cursors[each.worker])["items"]
        ]
        for each in (amara, tom, bea)
    }
    assert seen[AMARA] == [("moved_out", "r-1", TOLLAND), ("record", "r-1", PELLOW)]
    assert seen[TOM] == [("record", "r-1", PELLOW)]
    assert listed(amara)["digest"] == amara.feed()["scopes_digest"]
    assert [each["id"] for each in manifest(amara)["items"]] == [TOLLAND]


def test_an_erased_record_is_gone_for_ever_everywhere(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller
) -> None:
    amara.push(create("r-1", "op-1", content(note="a canary's words")))
    amara.push(
        update(
            "r-1",
            "op-2",
            1,
            {},
            content(note="a canary's words"),
            proposals=[
                {
                    "path": "note",
                    "kind": "answer",
                    "base": None,
                    "mine": {"v": "a canary too"},
                    "theirs_version": 1,
                }
            ],
        )
    )
    _, cursor = bea.feed_to_the_end()
    with ics.database() as database:
        assert leaving.erase(database, ics.settings, "r-1", reason="statutory") == 2
        with database.reading() as connection:
            for table in ("revision", "op", "late_op"):
                column = "result" if table == "op" else "body"
                rows = connection.execute(text(f"SELECT {column} FROM {table}")).scalars()
                assert not any(b"canary" in bytes(row) for row in rows)
    (item,) = bea.feed(cursor)["items"]
    assert (item["kind"], item["id"], item["body"]["reason"]) == ("erased", "r-1", "statutory")
    reply = bea.http.get("/v1/records/r-1")
    assert (reply.status_code, reply.json()["type"]) == (410, "erased")
    tom = ics.sign_in(TOM)
    assert tom.http.get("/v1/records/r-1").status_code == 404
    assert [each["id"] for each in manifest(bea)["items"]] == [TOLLAND]
    (refused,) = bea.push(create("r-1", "op-9", SECOND))  # nor is anything made again under its id
    assert refused["problem"]["type"] == "erased"
    (repeated,) = amara.push(create("r-1", "op-1", content(note="a canary's words")))
    assert repeated["status"] == "duplicate"
    assert "head" not in repeated


def test_a_discarded_draft_leaves_the_feed_and_is_not_made_again(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller
) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    _, cursor = bea.feed_to_the_end()
    with ics.database() as database, database.writing() as (connection, numbers):
        assert leaving.discard(connection, numbers.next(), ics.clock.now().isoformat(), "r-1") == 2
    (item,) = bea.feed(cursor)["items"]
    assert (item["kind"], item["id"]) == ("tombstone", "r-1")
    assert bea.push(create("r-1", "op-2", SECOND))[0]["problem"]["type"] == "record-unknown"
    assert listed(bea)["digest"] == bea.feed()["scopes_digest"]


def discard(
    op: str, version: int | None, seen: dict[str, Any], record: str = "r-1", **more: Any
) -> dict[str, Any]:
    said = content_hash(seen)
    return {
        "op_id": op,
        "kind": "discard_draft",
        "record_id": record,
        "scope_id": TOLLAND,
        "if_match": version,
        "content_hash": said,
        "result_hash": said,
        "provenance": PROVENANCE,
        **more,
    }


def test_an_author_discards_a_draft_in_a_push_with_others_or_in_the_one_that_made_it(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller
) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    _, cursor = bea.feed_to_the_end()
    results = amara.push(
        update("r-1", "op-2", 1, {"note": "second"}, SECOND),
        discard("op-3", None, SECOND, after_op="op-2"),
        create("r-2", "op-4", FIRST),
        discard("op-5", 1, FIRST, "r-2"),
        create("r-3", "op-6", FIRST),
        update("r-1", "op-7", 3, {"note": "x"}, SECOND),
    )
    assert [each["status"] for each in results] == [*["applied"] * 5, "rejected"]
    assert results[5]["problem"]["type"] == "record-unknown"
    assert [each["seq"] for each in results[:5]] == sorted(each["seq"] for each in results[:5])
    items = bea.feed_to_the_end(cursor)[0]
    assert [(each["kind"], each["id"]) for each in items] == [
        ("tombstone", "r-1"),
        ("tombstone", "r-2"),
        ("record", "r-3"),
    ]
    assert listed(bea)["digest"] == bea.feed()["scopes_digest"]
    assert {each["id"] for each in manifest(bea)["items"]} == {TOLLAND, "r-3"}
    again = amara.push(discard("op-3", None, SECOND, after_op="op-2"), create("r-1", "op-1", FIRST))
    assert [each["status"] for each in again] == ["duplicate", "duplicate"]
    assert again[0]["seq"] == results[1]["seq"]
    with ics.database() as database, database.reading() as connection:
        assert found_in(connection).wrong == ()


def test_a_discard_in_a_group_that_is_not_taken_never_was(amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    group = {"atomic_group": "g-1"}
    bad = {**create("r-2", "op-2", FIRST), "result_hash": "0" * 64, **group}
    results = amara.push(discard("op-3", 1, FIRST, **group), bad)
    assert [each["status"] for each in results] == ["rejected", "rejected"]
    assert amara.record("r-1")["version"] == 1
    (alone,) = amara.push(discard("op-3", 1, FIRST))
    assert alone["status"] == "applied"


# A restore --------------------------------------------------------------------------------------------


def test_after_a_restore_it_is_said_what_is_here_no_more(ics: RunningIcs, amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST), create("r-2", "op-2", FIRST))
    hash_of = {each["id"]: each["hash"] for each in manifest(amara)["items"]}
    before = listed(amara)["epoch"]
    ics.clock.forward(minutes=1)
    with ics.database() as database:
        database.begin_epoch(
            str(uuid.uuid4()), began_at=ics.clock.now().isoformat(), reason="restored by a test"
        )
    held = [
        {"id": "r-1", "version": 1, "hash": hash_of["r-1"]},
        {"id": "r-2", "version": 3, "hash": "0" * 64},
        {"id": "r-3", "version": 1, "hash": "0" * 64},
    ]
    said = post(amara, "/v1/reconcile", {"epoch": before, "items": held})["items"]
    assert [(each["id"], each["status"], (each["base"] or {}).get("version")) for each in said] == [
        ("r-2", "behind", 1),
        ("r-3", "unknown", None),
    ]
    assert said[0]["head"]["answers"] == FIRST["answers"]
    held = [{"id": "r-1", "version": 1, "hash": "0" * 64}]
    (said_again,) = post(amara, "/v1/reconcile", {"epoch": before, "items": held})["items"]
    assert (said_again["status"], said_again["base"]) == ("differs", None)
    ics.clock.forward(minutes=1)
    amara.push(update("r-2", "op-4", 1, {"note": "second"}, SECOND))  # written since: the base is what it was
    held = [{"id": "r-2", "version": 3, "hash": "0" * 64}]
    (after,) = post(amara, "/v1/reconcile", {"epoch": before, "items": held})["items"]
    assert (after["status"], after["head"]["version"], after["base"]["version"]) == ("behind", 2, 1)
