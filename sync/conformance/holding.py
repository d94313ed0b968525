"""Scenarios: what a device may hold. Families whole, digests, withdrawal, files, and what was restored."""

from __future__ import annotations

import hashlib
from typing import Any

from sync.conformance.kit import JSON, Caller, Kit, Reply, content_of, encoded, expect, same
from sync.protocol import CONTRACT, OCTETS
from sync.protocol import devices as said
from workbook_desktop.domain.digests import digest_of, digest_of_all


def a_family_comes_whole_in_pages(kit: Kit) -> None:
    """A snapshot has each record of the family once, at its newest, in the feed's order, under one number."""
    kit.needs("snapshots")
    changed = [kit.begun(place="home")[0] for _ in range(3)]
    kit.first.one(kit.update(changed[0], 1, {"place": "x"}, content_of(place="x")))
    pages = list(_snapshot(kit, kit.second, 2))
    same(len({page["as_of_seq"] for page in pages}), 1, "numbers a snapshot is as of")
    items = [each for page in pages for each in page["items"]]
    numbers = [each["seq"] for each in items]
    expect(numbers == sorted(set(numbers)), "seq does not rise strictly")
    found = {each["id"]: each["version"] for each in items if each["kind"] == "record"}
    same([found.get(each) for each in changed], [2, 1, 1], "the newest versions")
    fed = {
        each["id"]: each["version"]
        for page in kit.second.pages()
        for each in page["items"]
        if each["kind"] == "record" and each["scope_id"] == kit.scope
    }
    same(found, fed, "the snapshot beside the feed")


def a_spoilt_page_is_refused(kit: Kit) -> None:
    """A place in a snapshot that was tampered with: 410 `page-expired`, or 400 `malformed`."""
    kit.needs("snapshots")
    for _ in range(2):
        kit.begun(place="home")
    place = next(iter(_snapshot(kit, kit.first, 1)))["next_page"]
    expect(bool(place), "a family of several records came in one page of one")
    spoilt = place[:-3] + ("AAA" if place[-3:] != "AAA" else "BBB")
    for text in (spoilt, "rubbish"):
        reply = kit.first.call("GET", f"/v1/scopes/{kit.scope}/snapshot?page={text}")
        expect(
            (reply.status, reply.problem) in ((410, "page-expired"), (400, "malformed")),
            f"such a place: {reply.status} {reply.problem} came",
        )


def digests_add_up(kit: Kit) -> None:
    """The list of families, the manifest and the sum over its records say the same, and so does the feed."""
    kit.needs("digests")
    for caller in (kit.first, kit.second):
        listed = caller.good("GET", "/v1/scopes")
        (ours,) = [each for each in listed["scopes"] if each["id"] == kit.scope]
        told = caller.good("GET", f"/v1/scopes/{kit.scope}/manifest")
        summed = digest_of((each["id"], each["version"], each["hash"]) for each in told["items"])
        same((told["count"], told["digest"]), (summed.count, summed.text), "the manifest's own sum")
        same((ours["count"], ours["digest"]), (summed.count, summed.text), "the family in the list")
        all_ = digest_of_all((each["id"], each["count"], each["digest"]) for each in listed["scopes"])
        same(listed["digest"], all_, "the digest of the list")
        last = list(caller.pages())[-1]
        same(last["scopes_digest"], all_, "`scopes_digest` of the feed's last page")


def a_change_moves_the_digest(kit: Kit) -> None:
    """A new version and a new record change the family's digest; a conflict claimed or a poll does not."""
    kit.needs("digests")
    record, _ = kit.begun(place="home")
    seen = [_digest(kit)]
    same(_digest(kit), seen[-1], "the digest asked for twice")
    kit.first.one(kit.update(record, 1, {"place": "x"}, content_of(place="x")))
    seen.append(_digest(kit))
    kit.begun(place="home")
    seen.append(_digest(kit))
    same(len(set(seen)), 3, "digests before and after two changes")


def what_differs_is_fetched_with_its_questions(kit: Kit) -> None:
    """Asked for some records of a family: those, with their open conflicts, as they are now, and no other."""
    kit.needs("digests")
    asked_about, _, conflict = kit.disputed()
    other, _ = kit.begun(place="home")
    kit.begun(place="not asked for")
    body = encoded({"ids": [asked_about, other, kit.new_id()]})
    items = kit.second.good("POST", f"/v1/scopes/{kit.scope}/records", body)["items"]
    same(
        sorted((each["kind"], each["id"]) for each in items),
        sorted([("record", asked_about), ("record", other), ("conflict", conflict["id"])]),
        "what was fetched",
    )


def a_family_that_is_withheld_is_as_one_that_is_not(kit: Kit) -> None:
    """Snapshot, manifest and fetching of a family that is not the worker's answer as for one there is not."""
    kit.needs("snapshots")
    stranger = kit.a_stranger()
    record, _ = kit.begun(place="home")
    for method, path, body in (
        ("GET", "snapshot", None),
        ("GET", "manifest", None),
        ("POST", "records", encoded({"ids": [record]})),
    ):
        told = [
            stranger.call(method, f"/v1/scopes/{scope}/{path}", body)
            for scope in (kit.scope, f"f-{kit.new_id()}")
        ]
        same(
            (told[0].status, told[0].body), (told[1].status, told[1].body), f"{path}: withheld, and not there"
        )
        expect(told[0].status >= 400, f"{path}: a stranger was answered")


def late_work_shows_nothing_and_changes_no_head(kit: Kit) -> None:
    """A late proposal that was applied before is `kept`; a stranger's is not; no word of a record comes
    back."""
    kit.needs("revocation")
    record, _ = kit.begun(place="home")
    op = kit.update(record, 1, {"place": "x"}, content_of(place="x"))
    same(kit.first.one(op)["status"], "applied", "the op")
    for _ in range(2):
        (result,) = _late(kit.first, [op])
        same(result["status"], "kept", "an op handed in late that was applied before")
        same(sorted(set(result) - {"problem"}), ["op_id", "status"], "members of its result")
    same(kit.first.record(record)["version"], 2, "the version")
    (mixed,) = _late(kit.first, [{**op, "result_hash": "0" * 64}])
    same(mixed["status"], "rejected", "other bytes under that op id")
    (theirs,) = _late(kit.a_stranger(), [kit.update(record, 2, {"place": "y"}, content_of(place="y"))])
    same(theirs["status"], "rejected", "a stranger's late proposal")


def a_receipt_said_twice_is_one(kit: Kit) -> None:
    """A purge receipt is taken, and taken again when its answer was lost."""
    kit.needs("revocation")
    receipt = {
        "job_id": kit.new_id(),
        "scope_id": kit.scope,
        "kind": "scope",
        "records": 2,
        "conflicts": 0,
        "handed_in": 1,
        "digest": hashlib.sha256(b"").hexdigest(),
    }
    told = [kit.first.good("POST", "/v1/purge-receipts", encoded(receipt)) for _ in range(2)]
    same([each["job_id"] for each in told], [receipt["job_id"]] * 2, "the receipt's job")


def what_is_sealed_is_kept_as_it_came(kit: Kit) -> None:
    """A device known by its key hands in an envelope under a withdrawal's name, without a sign-in; said twice
    it is one. One that is not what its digest says, or that another key signed, is not kept."""
    kit.needs("devices")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes_raw()
    device, public, store = said.device_id_of(raw), said.base64_of(raw), f"conformance-{kit.new_id()}"
    asked = {
        "public_key": public,
        "store_id": store,
        "platform": "conformance",
        "app_version": "1",
        "contract": CONTRACT,
        "signature": said.base64_of(key.sign(said.registration_bytes(public, store))),
    }
    same(kit.first.good("POST", "/v1/devices", encoded(asked))["id"], device, "what the device is called")

    def handed_in(envelope: bytes, digest: str, by: Ed25519PrivateKey) -> Reply:
        message = {
            "device": device,
            "order": "conformance",
            "digest": digest,
            "envelope": said.base64_of(envelope),
            "signature": said.base64_of(by.sign(said.handed_in_bytes(device, "conformance", digest))),
        }
        headers = {said.SEALED_BY_HEADER: device}
        return kit.anybody.call("POST", "/v1/devices/self/sealed", encoded(message), headers)

    envelope = f"an envelope that nobody here opens, {kit.new_id()}".encode()
    digest = hashlib.sha256(envelope).hexdigest()
    for _ in range(2):
        same(handed_in(envelope, digest, key).status, 200, "an envelope")
    same(handed_in(envelope, "0" * 64, key).problem, "content-mismatch", "another than its digest says")
    same(handed_in(envelope, digest, other).problem, "proof-refused", "one that another key signed")


def a_file_goes_over_in_parts_and_is_bound_to_its_hash(kit: Kit) -> None:
    """An upload goes on where it stopped; a part out of place is refused; other bytes than announced are no
    file."""
    kit.needs("attachments")
    data = _a_file(kit)
    begun = _begin(kit.first, kit, data)
    same((begun["offset"], begun["complete"]), (0, False), "a new upload")
    same(_part(kit.first, begun["id"], 0, data[:1000])["offset"], 1000, "after the first part")
    again = _begin(kit.first, kit, data)
    same((again["id"], again["offset"]), (begun["id"], 1000), "the upload begun again")
    out_of_place = kit.first.call(
        "PATCH", f"/v1/uploads/{begun['id']}?offset=7", data[7:], {"Content-Type": OCTETS}
    )
    same((out_of_place.status, out_of_place.problem), (409, "offset-mismatch"), "a part out of place")
    expect(_part(kit.first, begun["id"], 1000, data[1000:])["complete"], "it did not become complete")
    other = bytes(reversed(data))
    lie = _begin(kit.first, kit, other)
    reply = kit.first.call(
        "PATCH", f"/v1/uploads/{lie['id']}?offset=0", b"x" * len(other), {"Content-Type": OCTETS}
    )
    same((reply.status, reply.problem), (422, "content-mismatch"), "other bytes than were announced")


def a_file_is_read_by_who_may_see_what_names_it(kit: Kit) -> None:
    """Who sees a record that names a file reads it; for anybody else, and before that, it is not there."""
    kit.needs("attachments")
    data = _a_file(kit)
    hash_ = hashlib.sha256(data).hexdigest()
    _part(kit.first, _begin(kit.first, kit, data)["id"], 0, data)
    address = f"/v1/blobs/{hash_}?offset=0&limit=100000"
    same(kit.second.call("GET", address).status, 404, "a file that no record names")
    kit.begun(picture={"contentType": "image/png", "title": "p.png", "size": len(data), "hash": hash_})
    same(kit.second.octets(address), data, "the file")
    same(kit.second.octets(f"/v1/blobs/{hash_}?offset=10&limit=20"), data[10:30], "a part of it")
    stranger = kit.a_stranger()
    missing = stranger.call("GET", f"/v1/blobs/{'0' * 64}?offset=0&limit=10")
    found = stranger.call("GET", address)
    same((found.status, found.body), (missing.status, missing.body), "a file that is withheld, and none")


def what_a_device_holds_is_compared(kit: Kit) -> None:
    """After a restore: what is here as the device has it is not named; unknown, behind and differing are."""
    kit.needs("reconcile")
    record, content = kit.begun(place="home")
    head = kit.first.record(record)
    unknown, ahead, differing = kit.new_id(), kit.begun(place="x")[0], kit.begun(place="y")[0]
    held = [
        {"id": record, "version": 1, "hash": head["hash"]},
        {"id": unknown, "version": 3, "hash": head["hash"]},
        {"id": ahead, "version": 2, "hash": head["hash"]},
        {"id": differing, "version": 1, "hash": head["hash"]},
    ]
    body = encoded({"epoch": kit.capabilities["epoch"], "items": held})
    told = kit.first.good("POST", "/v1/reconcile", body)["items"]
    same(
        sorted((each["id"], each["status"]) for each in told),
        sorted([(unknown, "unknown"), (ahead, "behind"), (differing, "differs")]),
        "what differs",
    )
    heads = {each["id"]: (each.get("head") or {}).get("version") for each in told}
    same((heads[unknown], heads[ahead], heads[differing]), (None, 1, 1), "the heads that came along")
    expect(bool(content), "a record without content")


def only_its_own_word_is_taken_back(kit: Kit) -> None:
    """What it once sent, mark and all, is known when it is given back; without the mark, or changed, it is
    refused."""
    kit.needs("give-back")
    record, _ = kit.begun(place="home")
    said = kit.first.record(record)
    expect(bool(said.get("mark")), "a record without a mark")
    unmarked = {name: value for name, value in said.items() if name != "mark"}
    changed = {**said, "changed_by": "somebody else"}
    for caller, given, wanted in (
        (kit.first, said, "known"),
        (kit.first, unmarked, "refused"),
        (kit.first, changed, "refused"),
    ):
        body = encoded({"epoch": kit.capabilities["epoch"], "records": [{"record": given, "conflicts": []}]})
        (result,) = caller.good("POST", "/v1/give-back", body)["results"]
        same((result["id"], result["version"]), (record, 1), "of which version the result is")
        same(result["status"], wanted, "what was given back")
    same(len(kit.first.history(record)["revisions"]), 1, "revisions")


def what_this_device_made_is_left_out_if_it_says_so(kit: Kit) -> None:
    """`brief` answers with `made` instead of the body; `besides` leaves out what has just those numbers."""
    kit.needs("brief")
    kit.needs("besides")
    cursor = kit.first.at_the_end()
    mine = kit.create(kit.new_id(), content_of(place="home"))
    body = encoded({"ops": [mine], "brief": True})
    (result,) = kit.first.good("POST", "/v1/push", body)["results"]
    same((result["status"], result.get("head")), ("applied", None), "the result of a brief push")
    same(
        (result["made"]["id"], result["made"]["version"], result["made"]["hash"]),
        (mine["record_id"], 1, mine["result_hash"]),
        "what it made",
    )
    theirs, _ = kit.begun(kit.second)
    number = result["seq"]
    page = kit.first.good("GET", f"/v1/feed?limit=200&cursor={cursor}&besides={number}-{number}")
    ids = {each["id"] for each in page["items"]}
    same((mine["record_id"] in ids, theirs in ids), (False, True), "own and theirs in the feed")


# What they share ------------------------------------------------------------------------------------------


def _snapshot(kit: Kit, caller: Caller, limit: int) -> Any:
    place = ""
    while True:
        asked = f"?limit={limit}" + (f"&page={place}" if place else "")
        page: JSON = caller.good("GET", f"/v1/scopes/{kit.scope}/snapshot{asked}")
        same(page["scope_id"], kit.scope, "whose snapshot it is")
        yield page
        if page["next_page"] is None:
            return
        expect(page["next_page"] != place, "a page with more behind it gave the place it was asked with")
        place = page["next_page"]


def _digest(kit: Kit) -> str:
    listed = kit.second.good("GET", "/v1/scopes")["scopes"]
    return next(str(each["digest"]) for each in listed if each["id"] == kit.scope)


def _late(caller: Caller, ops: list[JSON]) -> list[JSON]:
    reply: JSON = caller.good("POST", "/v1/late-proposals", encoded({"job_id": "conformance", "ops": ops}))
    results: list[JSON] = reply["results"]
    same([each["op_id"] for each in results], [each["op_id"] for each in ops], "results, one for each op")
    return results


def _a_file(kit: Kit) -> bytes:
    return f"a file of the conformance kit, {kit.new_id()} ".encode() * 40


def _begin(caller: Caller, kit: Kit, data: bytes) -> JSON:
    asked = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "scope_id": kit.scope}
    found: JSON = caller.good("POST", "/v1/uploads", encoded(asked))
    return found


def _part(caller: Caller, upload: str, offset: int, data: bytes) -> JSON:
    reply = caller.call("PATCH", f"/v1/uploads/{upload}?offset={offset}", data, {"Content-Type": OCTETS})
    same(reply.status, 200, "a part of a file")
    found: JSON = reply.body
    return found


SCENARIOS = (
    a_family_comes_whole_in_pages,
    a_spoilt_page_is_refused,
    digests_add_up,
    a_change_moves_the_digest,
    what_differs_is_fetched_with_its_questions,
    a_family_that_is_withheld_is_as_one_that_is_not,
    late_work_shows_nothing_and_changes_no_head,
    a_receipt_said_twice_is_one,
    what_is_sealed_is_kept_as_it_came,
    a_file_goes_over_in_parts_and_is_bound_to_its_hash,
    a_file_is_read_by_who_may_see_what_names_it,
    what_a_device_holds_is_compared,
    only_its_own_word_is_taken_back,
    what_this_device_made_is_left_out_if_it_says_so,
)
