"""What laptops give back after a restore: known by its marks, put where it stood, or kept beside."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from sqlalchemy import and_, delete
from sqlalchemy import update as updating

from sync.protocol import MEDIA_TYPE, RecordMessage
from sync.reference_ics import leaving
from sync.reference_ics.checking import found_in
from sync.reference_ics.marks import Marks
from sync.reference_ics.tables import entry, op, revision
from tests.support.service import (
    AMARA,
    PELLOW,
    TOLLAND,
    TOM,
    IcsCaller,
    RunningIcs,
    content,
    create,
    transition,
    update,
)
from workbook_desktop.domain.records import content_hash

FIRST, SECOND, THIRD = content(note="first"), content(note="second"), content(note="third")


@pytest.fixture
def before(amara: IcsCaller) -> str:
    """The epoch before the restore."""
    epoch: str = amara.http.get("/v1/scopes").json()["epoch"]
    return epoch


def restored(ics: RunningIcs, record: str, keeps: int) -> None:
    """The service comes up on a backup in which a record has only its first versions; 0: there is none."""
    ics.clock.forward(minutes=1)
    with ics.database() as database:
        with database.writing() as (connection, _):
            lost = and_(revision.c.kind == "record", revision.c.id == record, revision.c.version > keeps)
            connection.execute(delete(revision).where(lost))
            connection.execute(delete(op).where(op.c.record == record, op.c.version > keeps))
            questions = [
                id_
                for (id_,) in connection.execute(
                    entry.select().with_only_columns(entry.c.id).where(entry.c.about == record)
                )
            ]
            connection.execute(delete(revision).where(revision.c.id.in_(questions)))
            at = and_(entry.c.kind == "record", entry.c.id == record)
            connection.execute(delete(entry).where(entry.c.about == record))
            if keeps:
                connection.execute(updating(entry).where(at).values(version=keeps))
            else:
                connection.execute(delete(entry).where(at))
        epoch = str(uuid.uuid4())
        database.begin_epoch(epoch, began_at=ics.clock.now().isoformat(), reason="restored by a test")
    ics.clock.forward(minutes=1)


def give(
    caller: IcsCaller,
    epoch: str,
    records: Iterable[dict[str, Any]],
    conflicts: Iterable[dict[str, Any]] = (),
    erased: Iterable[dict[str, Any]] = (),
) -> list[str]:
    said = [{"record": each, "conflicts": list(conflicts)} for each in records]
    body = {"epoch": epoch, "records": said, "erased": list(erased)}
    reply = caller.http.post("/v1/give-back", json=body)
    assert reply.status_code == 200, reply.text
    return [each["status"] for each in reply.json()["results"]]


def three_versions(amara: IcsCaller) -> list[dict[str, Any]]:
    amara.push(create("r-1", "op-1", FIRST), update("r-1", "op-2", 1, {"note": "second"}, SECOND))
    amara.push(update("r-1", "op-3", 2, {"note": "third"}, THIRD))
    said: list[dict[str, Any]] = amara.history("r-1")["revisions"]
    return said


def holds_together(ics: RunningIcs) -> bool:
    with ics.database() as database, database.reading() as connection:
        return not found_in(connection).wrong


def test_what_a_colleague_wrote_and_signed_comes_back_under_their_name(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, before: str
) -> None:
    amara.push(create("r-1", "op-1", FIRST), update("r-1", "op-2", 1, {"note": "second"}, SECOND))
    amara.push(transition("r-1", "op-3", 2, "signed_off", content_hash(SECOND)))
    signed = bea.record("r-1")
    restored(ics, "r-1", 1)
    bea = ics.sign_in(bea.worker)
    assert give(bea, before, [signed]) == ["taken"]
    assert bea.record("r-1") == signed
    assert (signed["signed_by"], signed["version"]) == (AMARA, 3)
    assert [each["version"] for each in bea.history("r-1")["revisions"]] == [1, 3]
    assert give(bea, before, [signed]) == ["known"]
    assert holds_together(ics)


def test_it_comes_to_every_laptop_by_the_feed(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, before: str
) -> None:
    last = three_versions(amara)[-1]
    restored(ics, "r-1", 0)
    _, cursor = bea.feed_to_the_end()
    assert give(amara, before, [last]) == ["taken"]
    page = bea.feed(cursor)
    assert [(each["id"], each["version"]) for each in page["items"]] == [("r-1", 3)]
    assert page["scopes_digest"] == bea.http.get("/v1/scopes").json()["digest"]


def test_earlier_versions_are_lines_of_the_history_whoever_brings_them_and_whenever(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, before: str
) -> None:
    said = three_versions(amara)
    restored(ics, "r-1", 0)
    assert give(bea, before, [said[2]]) == ["taken"]
    (reply,) = amara.push(update("r-1", "op-4", 3, {"note": "fourth"}, content(note="fourth")))
    assert reply["status"] == "applied"
    assert give(amara, before, [said[1], said[0]]) == ["taken", "taken"]
    assert [each["version"] for each in amara.history("r-1")["revisions"]] == [1, 2, 3, 4]
    assert amara.record("r-1")["version"] == 4
    assert holds_together(ics)


def test_what_is_not_the_services_own_word_is_refused(ics: RunningIcs, amara: IcsCaller, before: str) -> None:
    last = three_versions(amara)[-1]
    restored(ics, "r-1", 1)
    forged = [
        last | {"state": "signed_off", "signed_by": AMARA},
        last | {"version": 9},
        last | {"answers": {"note": {"v": "never said"}}},
        last | {"scope_id": "f-other"},
        last | {"changed_at": "yesterday"},
        last | {"mark": None},
    ]
    assert give(amara, before, forged) == ["refused"] * len(forged)
    assert amara.record("r-1")["version"] == 1


def test_a_record_that_went_on_without_it_keeps_it_beside_and_the_laptop_is_told_where_they_parted(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, before: str
) -> None:
    said = three_versions(amara)
    restored(ics, "r-1", 1)
    bea.push(update("r-1", "op-b", 1, {"note": "other"}, content(note="other")))
    assert give(amara, before, said[1:]) == ["beside", "beside"]
    assert amara.record("r-1")["answers"]["note"] == {"v": "other"}
    assert [each["answers"]["note"]["v"] for each in amara.history("r-1")["former"]] == ["second", "third"]
    held = [{"id": "r-1", "version": 3, "hash": said[2]["hash"]}]
    told = amara.http.post("/v1/reconcile", json={"epoch": before, "items": held}).json()
    assert [(each["status"], each["base"]["version"]) for each in told["items"]] == [("behind", 1)]
    assert told["wanted"] == []
    assert holds_together(ics)


def test_two_lost_versions_of_one_number_are_both_kept_beside(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, before: str
) -> None:
    first = three_versions(amara)[1]
    restored(ics, "r-1", 1)
    between = amara.http.get("/v1/scopes").json()["epoch"]
    bea.push(update("r-1", "op-b", 1, {"note": "other"}, content(note="other")))
    second = bea.record("r-1")
    restored(ics, "r-1", 1)
    bea.push(update("r-1", "op-c", 1, {"note": "third"}, THIRD))
    assert give(amara, between, [first]) == ["beside"]
    assert give(bea, between, [second]) == ["beside"]
    assert [each["answers"]["note"]["v"] for each in bea.history("r-1")["former"]] == ["second", "other"]
    assert before != between


def test_what_grew_out_of_what_a_laptop_holds_does_not_differ_from_it(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, before: str
) -> None:
    said = three_versions(amara)
    restored(ics, "r-1", 1)
    assert give(amara, before, [said[2]]) == ["taken"]
    held = {"id": "r-1", "version": 2, "hash": said[1]["hash"]}
    told = bea.http.post("/v1/reconcile", json={"epoch": before, "items": [held]}).json()
    assert (told["items"], told["wanted"]) == ([], [held])


def test_of_an_epoch_that_is_not_known_nothing_is_put_over_what_is_here(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    said = three_versions(amara)
    restored(ics, "r-1", 1)
    assert give(amara, "an-epoch-of-another-copy", [said[2]]) == ["beside"]
    held = [{"id": "r-1", "version": 3, "hash": said[2]["hash"]}]
    told = amara.http.post("/v1/reconcile", json={"epoch": "another", "items": held}).json()
    assert [(each["status"], each["base"]) for each in told["items"]] == [("behind", None)]


def test_also_then_what_was_taken_from_a_laptop_and_is_here_is_what_its_text_grew_out_of(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    said = three_versions(amara)
    restored(ics, "r-1", 2)
    of = [{"id": "r-1", "version": each["version"], "hash": each["hash"]} for each in said]
    held = {"epoch": "another", "items": of[2:]}
    told = amara.http.post("/v1/reconcile", json={**held, "earlier": of[:1]}).json()
    assert [each["base"]["version"] for each in told["items"]] == [1]
    told = amara.http.post("/v1/reconcile", json={**held, "earlier": of[:2]}).json()
    assert [each["base"]["version"] for each in told["items"]] == [2]
    spoilt = [{**of[1], "hash": of[0]["hash"]}]
    told = amara.http.post("/v1/reconcile", json={**held, "earlier": spoilt}).json()
    assert [each["base"] for each in told["items"]] == [None]


def asked(amara: IcsCaller, bea: IcsCaller) -> dict[str, Any]:
    bea.push(create("r-1", "op-b", FIRST))
    proposal = {
        "path": "note",
        "kind": "answer",
        "base": None,
        "mine": {"v": "second"},
        "theirs_version": 1,
    }
    (result,) = amara.push(update("r-1", "op-a", 1, {}, FIRST, proposals=[proposal]))
    question: dict[str, Any] = result["conflicts"][0]
    return question


def test_a_question_comes_back_with_its_record_and_is_the_same_question(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, before: str
) -> None:
    question = asked(amara, bea)
    said = amara.record("r-1")
    restored(ics, "r-1", 1)
    assert give(amara, before, [said]) == ["beside"]  # not without its question
    assert give(bea, before, [said], [question]) == ["taken"]
    assert bea.history("r-1")["conflicts"] == [question]
    settles = [{"conflict": question["id"], "choice": "mine", "reason": None}]
    more = {"kind": "resolve", "settles": settles}
    (reply,) = bea.push(update("r-1", "op-s", 2, {"note": "second"}, SECOND, **more))
    assert [each["state"] for each in reply["conflicts"]] == ["resolved"]


def test_a_choice_comes_back_and_nobody_is_asked_again(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, before: str
) -> None:
    question = asked(amara, bea)
    settles = [{"conflict": question["id"], "choice": "mine", "reason": None}]
    more = {"kind": "resolve", "settles": settles}
    bea.push(update("r-1", "op-s", 2, {"note": "second"}, SECOND, **more))
    (settled,) = bea.history("r-1")["conflicts"]
    said = bea.record("r-1")
    restored(ics, "r-1", 0)
    assert give(amara, before, [said], [question | {"state": "resolved"}]) == ["taken"]
    assert bea.history("r-1")["conflicts"] == []  # that one was never said
    assert give(bea, before, [said], [settled]) == ["known"]
    assert bea.history("r-1")["conflicts"] == [settled]


def test_what_was_erased_before_the_restore_is_erased_again_by_the_services_own_word(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, before: str
) -> None:
    said = three_versions(amara)
    amara.push(create("r-2", "op-9", FIRST))
    with ics.database() as database:
        leaving.erase(database, ics.settings, "r-1", reason="statutory")
    (item,) = [each for each in amara.feed_to_the_end()[0] if each["kind"] == "erased"]
    word = {"id": "r-1", "scope_id": TOLLAND, "job_id": item["body"]["job_id"]}
    with ics.database() as database, database.writing() as (connection, _):
        connection.execute(delete(entry).where(entry.c.kind == "erased"))
        connection.execute(delete(revision).where(revision.c.kind == "erased"))
    restored(ics, "r-1", 0)
    assert give(amara, before, said[-1:]) == ["taken"]
    give(amara, before, [], erased=[word | {"id": "r-2"}])
    assert amara.record("r-2")["version"] == 1
    give(amara, before, [], erased=[word])
    assert bea.http.get("/v1/records/r-1").json()["type"] == "erased"
    assert give(bea, before, said[-1:]) == ["refused"]


def test_a_laptop_whose_family_is_no_longer_its_workers_is_told_so(
    ics: RunningIcs, amara: IcsCaller, before: str
) -> None:
    said = three_versions(amara)[-1]
    tom = ics.sign_in(TOM)
    restored(ics, "r-1", 0)
    assert give(tom, before, [said]) == ["taken"]
    told = [each for each in tom.feed()["items"] if each["kind"] == "scope_revoked"]
    assert [each["scope_id"] for each in told] == [TOLLAND]
    late = create("r-7", "op-7", FIRST)
    reply = tom.http.post("/v1/late-proposals", json={"job_id": told[0]["body"]["job_id"], "ops": [late]})
    assert [each["status"] for each in reply.json()["results"]] == ["kept"]


def test_a_late_addition_to_a_signature_that_is_kept_beside_is_taken(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller, before: str
) -> None:
    amara.push(create("r-1", "op-1", FIRST), transition("r-1", "op-2", 1, "signed_off", content_hash(FIRST)))
    signed = amara.record("r-1")
    restored(ics, "r-1", 1)
    bea.push(update("r-1", "op-b", 1, {"note": "other"}, content(note="other")))
    assert give(amara, before, [signed]) == ["beside"]
    (reply,) = amara.push(create("r-9", "op-9", SECOND) | {"kind": "amend", "amends": "r-1"})
    assert reply["status"] == "applied", reply


def test_a_push_of_an_earlier_epoch_is_not_taken(ics: RunningIcs, amara: IcsCaller, before: str) -> None:
    op = msgspec.json.encode(create("r-2", "op-2", FIRST)).decode()
    body = f'{{"ops":[{op}],"epoch":"{before}"}}'
    three_versions(amara)
    restored(ics, "r-1", 1)
    medium = {"Content-Type": MEDIA_TYPE}
    late = amara.http.post("/v1/push", content=body, headers=medium)
    assert (late.status_code, late.json()["type"]) == (409, "epoch-changed")
    now = amara.http.get("/v1/scopes").json()["epoch"]
    reply = amara.http.post("/v1/push", content=body.replace(before, now), headers=medium)
    assert [each["status"] for each in reply.json()["results"]] == ["applied"]


def test_another_databases_service_does_not_take_them_for_its_own(amara: IcsCaller) -> None:
    said = msgspec.convert(three_versions(amara)[-1], RecordMessage)
    assert said.mark is not None
    assert not Marks(b"the key of another database").know_record(said)


def test_a_record_that_was_moved_says_so_with_a_mark_of_its_own(ics: RunningIcs, amara: IcsCaller) -> None:
    three_versions(amara)
    with ics.database() as database:
        leaving.move(database, ics.settings, "r-1", PELLOW)
        newest = revision.select().where(revision.c.id == "r-1").order_by(revision.c.version.desc()).limit(1)
        with database.reading() as connection:
            body = connection.execute(newest.with_only_columns(revision.c.body)).scalar_one()
        moved = msgspec.json.decode(body, type=RecordMessage)
        assert moved.scope_id == PELLOW
        assert Marks(database.identity.cursor_key).know_record(moved)
