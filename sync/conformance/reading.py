"""Scenarios: the feed, and who sees what."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sync.conformance.kit import JSON, Failed, Kit, at_once, content_of, expect, push_body, same
from sync.protocol import CONTRACT_HEADER, hash_of


def the_first_call_needs_no_signing_in(kit: Kit) -> None:
    """Capabilities name the contract, the limits and the epoch."""
    said = kit.anybody.good("GET", "/.well-known/ics-workbook")
    expect(any(each == "1" or each.startswith("1.") for each in said["contracts"]), "no contract 1.x")
    expect(bool(said["epoch"]) and bool(said["authority"]), "no epoch or authority")
    expect(all(int(said["limits"][name]) > 0 for name in ("ops", "push_bytes", "page_items")), "no limits")


def nothing_without_signing_in(kit: Kit) -> None:
    """Without a token, or with a wrong one, everything else answers 401 `token-expired`."""
    for caller, headers in ((kit.anybody, {}), (kit.first, {"Authorization": "Bearer no-such-token"})):
        for method, path in (("GET", "/v1/feed"), ("GET", "/v1/scopes"), ("POST", "/v1/push")):
            body = push_body(kit.create(kit.new_id(), content_of())) if method == "POST" else None
            reply = caller.call(method, path, body, headers)
            same((reply.status, reply.problem), (401, "token-expired"), f"{method} {path}")


def the_feed_rises_and_has_each_thing_once(kit: Kit) -> None:
    """`seq` rises from page to page; each record stands at its newest; small pages give the same as large."""
    changed = [kit.begun(place="home")[0] for _ in range(4)]
    kit.first.one(kit.update(changed[0], 1, {"place": "x"}, content_of(place="x")))
    small = [each for page in kit.second.pages(limit=3) for each in page["items"]]
    numbers = [each["seq"] for each in small]
    expect(numbers == sorted(set(numbers)), "seq does not rise strictly")
    seen = [(each["kind"], each["id"]) for each in small]
    same(len(seen), len(set(seen)), "things in the feed, each once")
    versions = {each["id"]: each["version"] for each in small if each["kind"] == "record"}
    same([versions.get(each) for each in changed], [2, 1, 1, 1], "the newest versions")
    large = [each for page in kit.second.pages() for each in page["items"]]
    same([each["id"] for each in large], [each["id"] for each in small], "the feed in large pages")


def a_cursor_reads_on(kit: Kit) -> None:
    """After the end only what changed since comes, at once; the cursor moves when items came."""
    cursor = kit.second.at_the_end()
    same([page["items"] for page in kit.second.pages(cursor)], [[]], "the feed after its end")
    record, content = kit.begun(place="home")
    (page,) = list(kit.second.pages(cursor))
    ours = [each for each in page["items"] if each["id"] == record]
    same(
        [(each["version"], each["body"]["hash"]) for each in ours], [(1, hash_of(content))], "the new record"
    )
    expect(page["next_cursor"] != cursor, "items came and the cursor did not move")


def a_spoilt_cursor_is_refused(kit: Kit) -> None:
    """A cursor that was tampered with, or another worker's: 410 `cursor-expired`."""
    cursor = kit.first.at_the_end()
    spoilt = cursor[:-3] + ("AAA" if cursor[-3:] != "AAA" else "BBB")
    for caller, text in ((kit.first, spoilt), (kit.first, "rubbish"), (kit.second, cursor)):
        reply = caller.call("GET", f"/v1/feed?cursor={text}")
        same((reply.status, reply.problem), (410, "cursor-expired"), "such a cursor")


def no_commit_is_ever_skipped(kit: Kit) -> None:
    """While several write at once, a reader who follows misses nothing (numbers are in commit order)."""
    cursor = kit.second.at_the_end()
    made: list[str] = []
    failed: list[str] = []

    def write(count: int) -> None:
        for _ in range(count):
            try:
                made.append(kit.begun(place="home")[0])
            except (Failed, OSError, RuntimeError) as error:
                failed.append(str(error))

    writers = [threading.Thread(target=write, args=(8,)) for _ in range(6)]
    for each in writers:
        each.start()
    seen: set[str] = set()
    last = 0
    while True:
        over = not any(each.is_alive() for each in writers)
        for page in kit.second.pages(cursor):
            for item in page["items"]:
                expect(item["seq"] > last, "a number came after a higher one")
                last = item["seq"]
                seen.add(item["id"])
            cursor = page["next_cursor"]
        if over:
            break
    for each in writers:
        each.join()
    same(failed, [], "writes that failed")
    same(sorted(set(made) - seen), [], "records the reader never saw")


def one_edit_of_many_at_once_gets_in(kit: Kit) -> None:
    """Ten edits of one version at the same time: one is applied, nine are stale, and history has two."""
    record, _ = kit.begun(place="home")

    def edit(number: int) -> Callable[[], JSON]:
        text = f"place {number}"
        op = kit.update(record, 1, {"place": text}, content_of(place=text))
        return lambda: kit.first.one(op)

    statuses = [str(each["status"]) for each in at_once([edit(number) for number in range(10)])]
    same(sorted(statuses), ["applied"] + ["stale"] * 9, "ten edits of one version")
    same(len(kit.first.history(record)["revisions"]), 2, "revisions")


def one_op_sent_many_times_at_once_is_taken_once(kit: Kit) -> None:
    """The same op from ten connections at the same time makes one revision."""
    record = kit.new_id()
    op = kit.create(record, content_of(place="home"))
    statuses = [str(each["status"]) for each in at_once([lambda: kit.first.one(op)] * 10)]
    same(sorted(statuses), ["applied"] + ["duplicate"] * 9, "one op ten times")
    same(len(kit.first.history(record)["revisions"]), 1, "revisions")


def scopes_list_what_may_be_seen(kit: Kit) -> None:
    """Both workers' scopes name the family; counts are those of the feed."""
    for caller in (kit.first, kit.second):
        scopes = {each["id"]: each["count"] for each in caller.good("GET", "/v1/scopes")["scopes"]}
        expect(kit.scope in scopes, "the family is not among the worker's scopes")
        items = [each for page in caller.pages() for each in page["items"]]
        ours = sum(1 for each in items if each["kind"] == "record" and each["scope_id"] == kit.scope)
        same(scopes[kit.scope], ours, "records of the family")


def what_is_withheld_answers_as_unknown(kit: Kit) -> None:
    """A worker who may not see a family gets nothing of it by any address, and cannot write into it."""
    stranger = kit.a_stranger()
    record, content = kit.begun(place="home")
    scopes = [each["id"] for each in stranger.good("GET", "/v1/scopes")["scopes"]]
    expect(kit.scope not in scopes, "the stranger sees the family: name another worker")
    for path in (f"/v1/records/{record}", f"/v1/records/{record}?version=1", f"/v1/records/{record}/history"):
        missing = stranger.call("GET", path.replace(record, kit.new_id()))
        found = stranger.call("GET", path)
        same(
            (found.status, found.body), (missing.status, missing.body), "a record that is withheld, and none"
        )
    items: list[JSON] = [each for page in stranger.pages() for each in page["items"]]
    same(
        [each["id"] for each in items if each["scope_id"] == kit.scope],
        [],
        "things of the family in the feed",
    )
    for op in (
        kit.update(record, 1, {"place": "x"}, content_of(place="x")),
        kit.create(kit.new_id(), content),
        kit.create(record, content),
    ):
        result = stranger.one(op)
        same(result["status"], "rejected", "a stranger's op")
        expect("head" not in result or result["head"] is None, "a head was shown to a stranger")
    same(kit.first.record(record)["version"], 1, "the version")


def nothing_is_kept_in_a_cache(kit: Kit) -> None:
    """Answers say `Cache-Control: no-store`."""
    for path in ("/v1/feed", "/v1/scopes"):
        said = kit.first.call("GET", path).headers.get("cache-control", "")
        expect("no-store" in said, f"{path}: may be kept in a cache")


def every_reply_has_one_epoch(kit: Kit) -> None:
    """Capabilities, feed, scopes and push name the same epoch."""
    wanted = kit.anybody.good("GET", "/.well-known/ics-workbook")["epoch"]
    for found in (kit.first.page(), kit.first.good("GET", "/v1/scopes")):
        same(found["epoch"], wanted, "the epoch")
    body = push_body(kit.create(kit.new_id(), content_of(place="home")))
    same(kit.first.good("POST", "/v1/push", body)["epoch"], wanted, "the epoch")


def an_old_client_may_hand_in_work(kit: Kit) -> None:
    """Whatever version a client names within 1.x, its push is judged."""
    body = push_body(kit.create(kit.new_id(), content_of(place="home")))
    reply = kit.first.call("POST", "/v1/push", body, {CONTRACT_HEADER: "1.0"})
    same(reply.status, 200, "a push by a client of 1.0")


SCENARIOS = (
    the_first_call_needs_no_signing_in,
    nothing_without_signing_in,
    the_feed_rises_and_has_each_thing_once,
    a_cursor_reads_on,
    a_spoilt_cursor_is_refused,
    no_commit_is_ever_skipped,
    one_edit_of_many_at_once_gets_in,
    one_op_sent_many_times_at_once_is_taken_once,
    scopes_list_what_may_be_seen,
    what_is_withheld_answers_as_unknown,
    nothing_is_kept_in_a_cache,
    every_reply_has_one_epoch,
    an_old_client_may_hand_in_work,
)
