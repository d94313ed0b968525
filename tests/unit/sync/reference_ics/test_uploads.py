"""Files: parts that may stop anywhere, a hash that must fit, and who may read them."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from sync.protocol.encoding import DIGEST_HEADER, digest_fits, digest_of
from sync.protocol.uploads import MOST_FILE_BYTES, OCTETS
from sync.reference_ics import leaving
from sync.reference_ics.tables import late_op
from tests.support.service import TOM, IcsCaller, RunningIcs, content, create, update

FILE = bytes(range(256)) * 900  # 230 KB
HASH = hashlib.sha256(FILE).hexdigest()


def begin(caller: IcsCaller, data: bytes = FILE, **more: Any) -> httpx.Response:
    asked = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "scope_id": "f-tolland", **more}
    return caller.http.post("/v1/uploads", json=asked)


def part(caller: IcsCaller, id_: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
    sent = {"Content-Type": OCTETS, DIGEST_HEADER: digest_of(data), **headers}
    return caller.http.patch(f"/v1/uploads/{id_}?offset={offset}", content=data, headers=sent)


def hand_over(caller: IcsCaller, data: bytes = FILE, step: int = 100_000) -> None:
    id_ = begin(caller, data).json()["id"]
    for at in range(0, len(data), step):
        reply = part(caller, id_, at, data[at : at + step])
        assert reply.status_code == 200, reply.text
    assert reply.json()["complete"]


def names_it(file: bytes = FILE, record: str = "r-1", **more: Any) -> dict[str, Any]:
    answer = {"title": "drawing.png", "contentType": "image/png", "size": len(file)}
    answer["hash"] = hashlib.sha256(file).hexdigest()
    return create(record, f"op-{record}", content(picture=answer, **more))


def read(caller: IcsCaller, sha256: str = HASH, step: int = 70_000) -> bytes:
    found = b""
    while True:
        reply = caller.http.get(f"/v1/blobs/{sha256}?offset={len(found)}&limit={step}")
        if reply.status_code != 200:
            assert reply.json()["type"] in ("not-found", "malformed"), reply.text
            return found
        assert digest_fits(reply.headers[DIGEST_HEADER], reply.content) or reply.headers["content-encoding"]
        found += reply.content


def test_a_file_goes_over_in_parts_and_comes_back_in_others(amara: IcsCaller, bea: IcsCaller) -> None:
    amara.push(names_it())
    assert read(bea) == b""  # the words are there before the file
    hand_over(amara)
    assert read(bea) == FILE
    assert read(bea, step=1_000_000) == FILE


def test_an_upload_goes_on_where_it_stopped(amara: IcsCaller) -> None:
    first = begin(amara).json()
    part(amara, first["id"], 0, FILE[:90_000])
    again = begin(amara).json()
    assert (again["id"], again["offset"], again["complete"]) == (first["id"], 90_000, False)
    lost = part(amara, again["id"], 0, FILE[:90_000])  # the answer to it was lost
    assert (lost.status_code, lost.json()["type"]) == (409, "offset-mismatch")
    assert part(amara, again["id"], 90_000, FILE[90_000:]).json()["complete"]
    assert begin(amara).json()["complete"]
    assert part(amara, again["id"], 0, b"more").json()["complete"]  # nothing more is taken


def test_another_file_than_was_announced_is_not_kept(amara: IcsCaller) -> None:
    amara.push(names_it())
    id_ = begin(amara).json()["id"]
    reply = part(amara, id_, 0, FILE[::-1])
    assert (reply.status_code, reply.json()["type"]) == (422, "content-mismatch")
    assert read(amara) == b""
    assert begin(amara).json()["offset"] == 0
    assert part(amara, id_, 0, FILE).json()["complete"]
    assert read(amara) == FILE


@pytest.mark.parametrize(
    ("offset", "data", "headers", "status", "type_"),
    [
        (5, b"x", {}, 409, "offset-mismatch"),
        (0, b"", {}, 400, "malformed"),
        (0, FILE + b"x", {}, 400, "malformed"),
        (0, b"x", {DIGEST_HEADER: digest_of(b"y")}, 400, "digest-mismatch"),
        (0, b"x", {"Content-Type": "text/html"}, 415, "unsupported-encoding"),
        (0, b"x" * (4 * 1024 * 1024 + 1), {}, 413, "payload-too-large"),
    ],
)
def test_a_part_that_does_not_fit_changes_nothing(
    amara: IcsCaller, offset: int, data: bytes, headers: dict[str, str], status: int, type_: str
) -> None:
    id_ = begin(amara).json()["id"]
    reply = part(amara, id_, offset, data, **headers)
    assert (reply.status_code, reply.json()["type"]) == (status, type_), reply.text
    assert begin(amara).json()["offset"] == 0


def test_to_know_a_hash_is_no_right_to_the_bytes(ics: RunningIcs, amara: IcsCaller) -> None:
    amara.push(names_it())
    hand_over(amara)
    tom = ics.sign_in(TOM)
    missing = tom.http.get(f"/v1/blobs/{'0' * 64}")
    found = tom.http.get(f"/v1/blobs/{HASH}")
    assert (found.status_code, found.json()) == (missing.status_code, missing.json())
    assert begin(tom).json()["type"] == "scope-forbidden"
    mine = begin(tom, scope_id="f-pellow").json()
    assert (mine["offset"], mine["complete"]) == (0, False)  # nothing says that another has it
    assert part(tom, begin(amara, b"another").json()["id"], 0, b"another").json()["type"] == "upload-unknown"
    tom.push({**names_it(record="r-tom"), "scope_id": "f-pellow"})
    # Who names a hash without ever having had the bytes gets them only by having sent them.
    assert tom.http.get(f"/v1/blobs/{HASH}").status_code == 404


def test_a_file_follows_who_may_see_the_record_that_names_it(
    ics: RunningIcs, amara: IcsCaller, bea: IcsCaller
) -> None:
    amara.push(names_it())
    hand_over(amara)
    assert read(bea) == FILE
    picture = {"title": "drawing.png", "contentType": "image/png", "size": len(FILE), "hash": HASH}
    after = content(picture=picture)
    after["answers"]["note.audience"] = {"v": "council-only"}
    own = update("r-1", "op-2", 1, {"note.audience": "council-only"}, after)
    assert amara.push(own)[0]["status"] == "applied"
    assert bea.http.get("/v1/records/r-1").status_code == 404  # held back from partners by now
    assert read(bea) == b""
    assert read(amara) == FILE


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"sha256": "x"}, 400),
        ({"size": 0}, 400),
        ({"size": MOST_FILE_BYTES + 1}, 413),
        ({"scope_id": "f-none"}, 403),
    ],
)
def test_what_cannot_be_a_file_is_not_begun(amara: IcsCaller, more: dict[str, Any], status: int) -> None:
    assert begin(amara, **more).status_code == status


def test_a_file_goes_with_the_last_record_that_names_it_when_that_is_erased(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    amara.push(names_it(), names_it(record="r-2"))
    hand_over(amara)
    with ics.database() as database:
        leaving.erase(database, ics.settings, "r-1", reason="statutory")
        assert read(amara) == FILE  # the other names it still
        leaving.erase(database, ics.settings, "r-2", reason="statutory")
        with database.reading() as connection:
            for table in ("blob", "blob_part", "blob_use", "upload", "upload_part"):
                assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table


def test_a_file_of_work_that_was_handed_in_late_goes_with_its_record(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    amara.push(create("r-1", "op-r-1", content(note="Seen.")))
    hand_over(amara)
    with ics.database() as database:
        with database.noting() as connection:
            late = {"set": {"picture": {"v": names_it()["set"]["picture"]["v"]}}}
            row = {"id": "op-late", "job": "j", "worker": "w-amara-quill", "record": "r-1"}
            row |= {"scope": "f-tolland", "digest": b"", "received_at": ""}
            connection.execute(late_op.insert(), {**row, "body": msgspec.json.encode(late)})
        leaving.erase(database, ics.settings, "r-1", reason="statutory")
        assert read(amara) == b""
        with database.reading() as connection:
            for table in ("blob", "blob_part", "upload", "late_op"):
                assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
