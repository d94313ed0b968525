"""Scenarios: what becomes of an op."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from urllib.parse import quote

import msgspec

from sync.conformance.kit import FORM, JSON, CannotTell, Kit, content_of, expect, push_body, same
from sync.protocol import hash_of
from sync.protocol.encoding import DIGEST_HEADER, digest_of, gzipped


def a_create_is_version_one(kit: Kit) -> None:
    """An accepted create makes version 1 and answers with the head it made."""
    record, content = kit.new_id(), content_of(place="home", note="Two\nlines.")
    result = kit.first.one(kit.create(record, content))
    same((result["status"], result["version"], result["hash"]), ("applied", 1, hash_of(content)), "a create")
    head = result["head"]
    same({"answers": head["answers"], "groups": head["groups"]}, content, "the head's content")
    same((head["id"], head["scope_id"], head["state"]), (record, kit.scope, "draft"), "the head")
    same(kit.second.record(record), head, "the record as a colleague reads it")


def versions_run_without_a_gap(kit: Kit) -> None:
    """Each accepted op makes the next version, also one that changes nothing, and history keeps them all."""
    record, first = kit.begun(place="home")
    second = content_of(place="school")
    result = kit.first.one(kit.update(record, 1, {"place": "school"}, second))
    same((result["status"], result["version"]), ("applied", 2), "an update")
    result = kit.second.one(kit.update(record, 2, {}, second))
    same((result["status"], result["version"]), ("applied", 3), "an update that changes nothing")
    kept = kit.first.history(record)["revisions"]
    same([each["version"] for each in kept], [1, 2, 3], "history")
    same([each["hash"] for each in kept], [hash_of(first), hash_of(second), hash_of(second)], "history")


def the_same_op_again_is_taken_once(kit: Kit) -> None:
    """The same bytes under the same op id give `duplicate` with the same result, and nothing more happens."""
    record, content = kit.new_id(), content_of(place="home")
    raw = msgspec.json.encode(kit.create(record, content))
    first = kit.first.one(raw)
    again = [kit.first.one(raw) for _ in range(3)]
    same(first["status"], "applied", "the first time")
    for each in again:
        same(each["status"], "duplicate", "again")
        same((each["version"], each["hash"]), (first["version"], first["hash"]), "the result again")
        same(each["head"], first["head"], "the head again")
    same(len(kit.first.history(record)["revisions"]), 1, "revisions")


def a_duplicate_answers_with_the_head_it_made(kit: Kit) -> None:
    """`head` of a duplicate is the revision that op made, not what came after it."""
    record, content = kit.new_id(), content_of(place="home")
    raw = msgspec.json.encode(kit.create(record, content))
    made = kit.first.one(raw)["head"]
    kit.second.one(kit.update(record, 1, {"place": "school"}, content_of(place="school")))
    same(kit.first.one(raw)["head"], made, "the head of a late duplicate")


def twice_in_one_push_is_taken_once(kit: Kit) -> None:
    """An op that stands twice in one push is taken once."""
    record, content = kit.new_id(), content_of(place="home")
    op = kit.create(record, content)
    same([each["status"] for each in kit.first.push(op, op)], ["applied", "duplicate"], "one op twice")
    same(kit.first.record(record)["version"], 1, "the version")


def one_id_for_two_ops_is_refused(kit: Kit) -> None:
    """Other bytes under an op id that was accepted: `idempotency-mismatch`."""
    record, content = kit.new_id(), content_of(place="home")
    op = kit.create(record, content)
    kit.first.one(op)
    other = {**kit.create(kit.new_id(), content), "op_id": op["op_id"]}
    result = kit.first.one(other)
    same(_refused(result), "idempotency-mismatch", "another op under its id")


def an_old_base_is_stale(kit: Kit) -> None:
    """Two edits of one version: the second is `stale` and answers with the head as it is."""
    record, _ = kit.begun(place="home")
    kit.second.one(kit.update(record, 1, {"place": "school"}, content_of(place="school")))
    mine = kit.update(record, 1, {"place": "park"}, content_of(place="park"))
    result = kit.first.one(mine)
    same(result["status"], "stale", "an edit of an old version")
    same(result["head"], kit.first.record(record), "the head that goes with it")
    same(kit.first.record(record)["answers"], {"place": {"v": "school"}}, "the record")
    result = kit.first.one(mine)
    same(result["status"], "stale", "a stale op is not remembered, and judged anew")


def a_create_of_what_is_there_is_stale(kit: Kit) -> None:
    """Two creates of one record id, by different ops, make one record."""
    record, _ = kit.begun(place="home")
    result = kit.second.one(kit.create(record, content_of(place="school")))
    same(result["status"], "stale", "a second create")
    same(len(kit.first.history(record)["revisions"]), 1, "revisions")


def a_wrong_hash_stores_nothing(kit: Kit) -> None:
    """`result_hash` that is not the content's: `content-mismatch`, and nothing is kept."""
    record = kit.new_id()
    op = {**kit.create(record, content_of(place="home")), "result_hash": hash_of(content_of(place="school"))}
    same(_refused(kit.first.one(op)), "content-mismatch", "a wrong hash")
    same(kit.first.call("GET", f"/v1/records/{record}").problem, "record-unknown", "the record")


def what_is_cleared_is_not_absent(kit: Kit) -> None:
    """`{"v": null, "s": "cleared"}` stays; `unset` takes away; members nobody knows are kept as they came."""
    odd = {"v": "home", "heard": {"from": ["school", 1, None, True]}}
    record, _ = kit.begun(place=odd, count=1)
    after = content_of(place=odd, count={"v": None, "s": "cleared"})
    kit.first.one(kit.update(record, 1, {"count": {"v": None, "s": "cleared"}}, after))
    same(kit.second.record(record)["answers"], after["answers"], "the answers")
    after = content_of(place=odd)
    kit.first.one(kit.update(record, 2, {}, after, unset=["count"]))
    same(kit.second.record(record)["answers"], after["answers"], "the answers")


def rows_are_kept_by_id(kit: Kit) -> None:
    """Rows are put, moved and taken away by path; the last row takes its group along."""
    record = kit.new_id()
    one, two = kit.new_id(), kit.new_id()

    def row(ord_: str, text: str) -> dict[str, object]:
        return {"ord": ord_, "answers": {"words": {"v": text}}, "groups": {}}

    content = {"answers": {}, "groups": {"children": {one: row("a", "x"), two: row("b", "y")}}}
    same(kit.first.one(kit.create(record, content))["status"], "applied", "a create with rows")
    after = {"answers": {}, "groups": {"children": {two: row("b", "z")}}}
    put = {f"children/{two}/words": "z"}
    result = kit.first.one(kit.update(record, 1, put, after, unset=[f"children/{one}"]))
    same(result["status"], "applied", "a row changed, another taken away")
    result = kit.first.one(kit.update(record, 2, {}, content_of_nothing(), unset=[f"children/{two}"]))
    same(result["status"], "applied", "the last row taken away")
    same(kit.first.record(record)["groups"], {}, "the groups")


def content_of_nothing() -> dict[str, object]:
    """Return content that says nothing."""
    return {"answers": {}, "groups": {}}


def letters_outside_the_basic_plane_hash_alike(kit: Kit) -> None:
    """Names sort by UTF-16 units (RFC 8785): both ends come to one hash."""
    record = kit.new_id()
    names = {"\ue000": 1, "\U0001f600": 2, "a": "Å é “quoted” \u2028"}
    content = {"answers": {name: {"v": value} for name, value in names.items()}, "groups": {}}
    same(kit.first.one(kit.create(record, content))["status"], "applied", "a create with such names")


def an_op_may_rest_on_an_op(kit: Kit) -> None:
    """`after_op` names an op of the same record; without it the op waits as `predecessor-missing`."""
    record = kit.new_id()
    begin = kit.create(record, content_of(place="home"))
    then = kit.update(record, None, {"place": "school"}, content_of(place="school"), after_op=begin["op_id"])
    same(kit.first.one(then)["status"], "predecessor-missing", "an op before the one it rests on")
    same([each["status"] for each in kit.first.push(begin, then)], ["applied", "applied"], "both in order")


def one_bad_op_holds_up_no_other(kit: Kit) -> None:
    """A batch is not atomic: what is refused changes the outcome of no other record."""
    good, also = kit.new_id(), kit.new_id()
    content = content_of(place="home")
    bad = {**kit.create(kit.new_id(), content), "result_hash": "0" * 64}
    nonsense = {**kit.create(kit.new_id(), content), "kind": "no-such-kind"}
    results = kit.first.push(kit.create(good, content), bad, nonsense, kit.create(also, content))
    statuses = [each["status"] for each in results]
    same(statuses, ["applied", "rejected", "rejected", "applied"], "a batch with two bad ops")


def an_op_says_what_it_rests_on(kit: Kit) -> None:
    """An update without `if_match` or `after_op`: `precondition-required`."""
    record, _ = kit.begun(place="home")
    result = kit.first.one(kit.update(record, None, {"place": "x"}, content_of(place="x")))
    same(_refused(result), "precondition-required", "an update that rests on nothing")


def what_is_no_op_is_refused_by_itself(kit: Kit) -> None:
    """Fractions, wide integers, deep nesting: that op is rejected, the rest of the push goes on."""
    for value in (b"0.5", b"1e2", b"36893488147419103232", b"[" * 80 + b"]" * 80):
        bad = kit.create(kit.new_id(), content_of(place="@"))
        raw = msgspec.json.encode(bad).replace(b'"@"', value)
        results = kit.first.push(raw, kit.create(kit.new_id(), content_of(place="home")))
        same(
            [each["status"] for each in results],
            ["rejected", "applied"],
            "an op the contract has no room for",
        )


def an_answer_needs_its_row(kit: Kit) -> None:
    """An answer in a row that is not there: `invalid-answer` with its path."""
    record, _ = kit.begun(place="home")
    path = f"children/{kit.new_id()}/words"
    result = kit.first.one(kit.update(record, 1, {path: "x"}, content_of(place="home")))
    same(_refused(result), "invalid-answer", "an answer without its row")
    same(result["problem"]["path"], path, "where")


def too_much_at_once_is_said(kit: Kit) -> None:
    """More ops than `limits.ops`: 413 `payload-too-large`, and nothing of it is kept."""
    most = int(kit.capabilities["limits"]["ops"])
    if most > 500:
        return
    content = content_of(place="home")
    records = [kit.new_id() for _ in range(most + 1)]
    reply = kit.first.call("POST", "/v1/push", push_body(*(kit.create(each, content) for each in records)))
    same((reply.status, reply.problem), (413, "payload-too-large"), "one op too many")
    same(kit.first.call("GET", f"/v1/records/{records[0]}").problem, "record-unknown", "the first of them")


def gzip_is_taken_and_measured(kit: Kit) -> None:
    """gzip is taken; what is cut off or inflates without end is refused."""
    kit.needs("gzip")
    record, content = kit.new_id(), content_of(place="home")
    body = gzipped(push_body(kit.create(record, content)))
    packed = {"Content-Encoding": "gzip", DIGEST_HEADER: digest_of(body)}
    same(kit.first.call("POST", "/v1/push", body, packed).status, 200, "a push as gzip")
    cut = body[:-6]
    reply = kit.first.call("POST", "/v1/push", cut, {**packed, DIGEST_HEADER: digest_of(cut)})
    expect(400 <= reply.status < 500, f"gzip that was cut off: {reply.status}")
    bomb = gzipped(b" " * (int(kit.capabilities["limits"]["push_bytes"]) + 10))
    reply = kit.first.call("POST", "/v1/push", bomb, {**packed, DIGEST_HEADER: digest_of(bomb)})
    same((reply.status, reply.problem), (413, "payload-too-large"), "a body that inflates beyond the limit")


def a_digest_that_does_not_fit_is_refused(kit: Kit) -> None:
    """A push whose `Content-Digest` is another body's is not taken."""
    record = kit.new_id()
    body = push_body(kit.create(record, content_of(place="home")))
    reply = kit.first.call("POST", "/v1/push", body, {DIGEST_HEADER: digest_of(b"another")})
    expect(400 <= reply.status < 500, f"a wrong digest: {reply.status}")
    same(kit.first.call("GET", f"/v1/records/{record}").problem, "record-unknown", "the record")


def a_group_is_all_or_none(kit: Kit) -> None:
    """Ops with one `atomic_group`: one that is not taken takes the others with it."""
    kit.needs("groups")
    good, content = kit.new_id(), content_of(place="home")
    group = {"atomic_group": kit.new_id()}
    bad = {**kit.create(kit.new_id(), content, **group), "result_hash": "0" * 64}
    results = kit.first.push(kit.create(good, content, **group), bad)
    same([each["status"] for each in results], ["rejected", "rejected"], "a group with a bad op")
    same(kit.first.call("GET", f"/v1/records/{good}").problem, "record-unknown", "the good one")


def a_brief_push_brings_no_answers_back(kit: Kit) -> None:
    """With `brief` an applied op answers with `made`: the record without its answers, under the hash it
    promised."""
    kit.needs("brief")
    record, content = kit.new_id(), content_of(place="home")
    op = kit.create(record, content)
    body = msgspec.json.encode({"ops": [op], "brief": True})
    (result,) = kit.first.good("POST", "/v1/push", body)["results"]
    same((result["status"], result.get("head")), ("applied", None), "a brief result")
    made = result["made"]
    expect("answers" not in made and "groups" not in made, "answers in `made`")
    same((made["id"], made["version"], made["hash"]), (record, 1, op["result_hash"]), "what was made")
    whole = kit.first.good("GET", f"/v1/records/{record}")
    expect(all(whole.get(name) == said for name, said in made.items()), "`made` says other than the record")


def what_a_device_made_is_left_out_of_its_feed(kit: Kit) -> None:
    """`besides` leaves out entries under these numbers; what was changed since comes all the same."""
    kit.needs("besides")
    cursor = kit.first.at_the_end()
    mine = [kit.first.one(kit.create(kit.new_id(), content_of(place="home"))) for _ in range(3)]
    changed = mine[1]["head"]["id"]
    kit.second.one(kit.update(changed, 1, {"place": "school"}, content_of(place="school")))
    numbers = sorted(each["seq"] for each in mine)
    besides = ",".join(f"{number}-{number}" for number in numbers)
    page = kit.first.good("GET", f"/v1/feed?cursor={quote(cursor, safe='')}&limit=100&besides={besides}")
    named = {each["head"]["id"] for each in mine}
    came = [(each["id"], each["version"]) for each in page["items"] if each["id"] in named]
    same(came, [(changed, 2)], "the feed besides what the caller made")


def a_patch_is_a_push_of_one(kit: Kit) -> None:
    """PATCH with `If-Match` and `Idempotency-Key` behaves as a push of one."""
    kit.needs("patch")
    record, _ = kit.begun(place="home")
    reply = kit.first.call("GET", f"/v1/records/{record}")
    tag = reply.headers.get("etag", "")
    after = content_of(place="school")
    op = kit.update(record, None, {"place": "school"}, after)
    body = {name: op[name] for name in ("scope_id", "result_hash", "provenance", "set")}
    raw = msgspec.json.encode(body)
    headers = {"If-Match": tag, "Idempotency-Key": kit.new_id()}
    first = kit.first.call("PATCH", f"/v1/records/{record}", raw, headers)
    same((first.status, first.body.get("version")), (200, 2), "a patch")
    again = kit.first.call("PATCH", f"/v1/records/{record}", raw, headers)
    same((again.status, again.body), (200, first.body), "the same patch again")
    headers["Idempotency-Key"] = kit.new_id()
    same(
        kit.first.call("PATCH", f"/v1/records/{record}", raw, headers).status,
        412,
        "a patch of an old version",
    )


def a_record_stays_in_its_form(kit: Kit) -> None:
    """An update leaves form, type and subjects as the create had them."""
    record, _ = kit.begun(place="home")
    kit.first.one(
        kit.update(record, 1, {"place": "x"}, content_of(place="x"), form={"id": "other", "version": "9"})
    )
    same(kit.first.record(record)["form"], FORM, "the form")


def what_was_put_down_stays(kit: Kit) -> None:
    """In a row of an append-only group nothing is taken away or altered; what was not said may be added."""
    kit.needs("append-only")
    form, group, (one, other) = _a_form_with_rows_that_stay(kit)
    record, row = kit.new_id(), kit.new_id()
    said = {"v": "as it was seen", "by": "w-conformance", "at": kit.now().isoformat()}

    def after(**answers: JSON) -> JSON:
        inside = {
            name: answer
            for name, answer in ((one, answers["first"]), (other, answers.get("second")))
            if answer is not None
        }
        return {"answers": {}, "groups": {group: {row: {"ord": "a", "answers": inside, "groups": {}}}}}

    first = after(first=said)
    made = kit.first.one(kit.create(record, first, form=form))
    same(made["status"], "applied", "a create with such a row")
    place = f"{group}/{row}"
    gone = kit.update(record, 1, {}, {"answers": {}, "groups": {}}, unset=[place])
    same(_refused(kit.second.one(gone)), "append-only", "a row taken away")
    put = {**said, "v": "otherwise"}
    altered = kit.update(record, 1, {f"{place}/{one}": put}, after(first=put))
    same(_refused(kit.first.one(altered)), "append-only", "an answer altered")
    cleared = kit.update(
        record,
        1,
        {},
        {"answers": {}, "groups": {group: {row: {"ord": "a", "answers": {}, "groups": {}}}}},
        unset=[f"{place}/{one}"],
    )
    same(_refused(kit.first.one(cleared)), "append-only", "an answer taken away")
    more = kit.update(record, 1, {f"{place}/{other}": said}, after(first=said, second=said))
    same(kit.second.one(more)["status"], "applied", "an answer added")


def a_draft_is_discarded_by_its_author_alone(kit: Kit) -> None:
    """A draft leaves by who began it, as a tombstone in the feed; never over another's words, nor signed."""
    kit.needs("discard")
    cursor = kit.second.at_the_end()
    record, content = kit.begun(place="home")
    seen = hash_of(content)
    same(_refused(kit.second.one(kit.discard(record, 1, seen))), "not-permitted", "a colleague's discard")
    same(
        _refused(kit.first.one(kit.discard(record, 1, "0" * 64))), "content-mismatch", "another content seen"
    )
    op = kit.discard(record, 1, seen)
    done = kit.first.one(op)
    same((done["status"], done["version"], done.get("head")), ("applied", 2, None), "a discard")
    same(kit.first.one(op)["status"], "duplicate", "the discard again")
    same(kit.first.call("GET", f"/v1/records/{record}").problem, "record-unknown", "the record")
    last = {each["id"]: each["kind"] for page in kit.second.pages(cursor) for each in page["items"]}
    same(last.get(record), "tombstone", "the feed's word of it")
    same(_refused(kit.first.one(kit.create(record, content))), "record-unknown", "made again under its id")
    other, _ = kit.begun(place="home")
    kit.second.one(kit.update(other, 1, {"place": "school"}, content_of(place="school")))
    same(kit.first.one(kit.discard(other, 1, seen))["status"], "stale", "a discard that has not seen an edit")
    late = kit.discard(other, 2, hash_of(content_of(place="school")))
    same(_refused(kit.first.one(late)), "not-permitted", "a discard of another's words")
    signed, content = kit.begun(place="home")
    kit.first.one(kit.sign(signed, 1, seen))
    same(
        _refused(kit.first.one(kit.discard(signed, 2, seen))),
        "record-signed-off",
        "a discard of what is signed",
    )


def _a_form_with_rows_that_stay(kit: Kit) -> tuple[JSON, str, tuple[str, str]]:
    """Return a form that the service hands out, its append-only group outside any other rows, and two
    questions in it that are neither worked out nor strike a row through."""
    bodies = (each["body"] for page in kit.first.pages() for each in page["items"] if each["kind"] == "form")
    for body in bodies:
        form = body["form"] if "signature" in body else body
        for group in _groups(form.get("item", [])):
            told = {each["url"].rpartition("/")[2]: each for each in group.get("extension", [])}
            if not told.get("appendOnly", {}).get("valueBoolean"):
                continue
            map_ = told.get("bodyMap", {}).get("extension", [])
            free = {part.get("valueString") for part in map_ if part.get("url") in ("struck", "why")}
            plain = [each["linkId"] for each in group["item"] if _is_plain(each, free)]
            if len(plain) >= 2:
                named = {"id": form.get("id") or form["url"], "version": form["version"]}
                return named, group["linkId"], (plain[0], plain[1])
    raise CannotTell("the service hands out no form with an append-only group")


def _groups(items: Sequence[JSON]) -> Iterator[JSON]:
    """Yield the groups that are in no rows: one that does not repeat is no part of a path."""
    for each in items:
        if each.get("type") == "group":
            yield each
            if not each.get("repeats"):
                yield from _groups(each.get("item", []))


def _is_plain(item: JSON, free: Collection[str]) -> bool:
    """Say whether a question's answer is what somebody said, and stands in the row itself."""
    worked_out = any("calculatedExpression" in each.get("url", "") for each in item.get("extension", []))
    other = item.get("type") in ("group", "display") or item.get("repeats") or item.get("item")
    return not worked_out and not other and item["linkId"] not in free


def _refused(result: dict[str, object]) -> str:
    same(result["status"], "rejected", "the op")
    problem = result["problem"]
    assert isinstance(problem, dict)
    return str(problem["type"])


SCENARIOS = (
    a_create_is_version_one,
    versions_run_without_a_gap,
    the_same_op_again_is_taken_once,
    a_duplicate_answers_with_the_head_it_made,
    twice_in_one_push_is_taken_once,
    one_id_for_two_ops_is_refused,
    an_old_base_is_stale,
    a_create_of_what_is_there_is_stale,
    a_wrong_hash_stores_nothing,
    what_is_cleared_is_not_absent,
    rows_are_kept_by_id,
    letters_outside_the_basic_plane_hash_alike,
    an_op_may_rest_on_an_op,
    one_bad_op_holds_up_no_other,
    an_op_says_what_it_rests_on,
    what_is_no_op_is_refused_by_itself,
    an_answer_needs_its_row,
    too_much_at_once_is_said,
    gzip_is_taken_and_measured,
    a_digest_that_does_not_fit_is_refused,
    a_group_is_all_or_none,
    a_brief_push_brings_no_answers_back,
    what_a_device_made_is_left_out_of_its_feed,
    a_patch_is_a_push_of_one,
    a_record_stays_in_its_form,
    what_was_put_down_stays,
    a_draft_is_discarded_by_its_author_alone,
)
