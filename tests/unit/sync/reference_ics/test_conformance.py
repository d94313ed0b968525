"""The conformance kit: the reference ICS keeps the contract, and a service that breaks it is found out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from sync.conformance import report
from sync.conformance.kit import Caller, Kit, calling
from sync.protocol import ProposalMessage
from sync.reference_ics import (
    applying,
    deciding,
    devices,
    digests,
    handing_in,
    pushing,
    reading,
    snapshots,
    uploads,
)
from sync.reference_ics.desk import Incoming
from sync.reference_ics.marks import Marks
from sync.reference_ics.visibility import EVERYONE
from tests.support.chance import CountingIds
from tests.support.service import AMARA, BEA, MARKS, PELLOW, TOLLAND, TOM, IcsCaller, RunningIcs
from workbook_desktop.domain.digests import Digest
from workbook_desktop.domain.records import State

Breaks = Callable[[pytest.MonkeyPatch], None]
RUNS = iter(range(10_000))


@pytest.fixture
def kit(ics: RunningIcs) -> Iterator[Kit]:
    ics.publishes(MARKS)
    with calling() as client:

        def caller(worker: str) -> Caller:
            token = ics.sign_in(worker).http.headers["Authorization"].removeprefix("Bearer ")
            return Caller(client, ics.base_url, token)

        anybody = Caller(client, ics.base_url, None)
        yield Kit(
            base_url=ics.base_url,
            scope="f-tolland",
            first=caller(AMARA),
            second=caller(BEA),
            stranger=caller(TOM),
            anybody=anybody,
            new_id=CountingIds(f"0199{next(RUNS):04d}"),
            now=lambda: datetime(2026, 11, 25, 9, 0, tzinfo=UTC),
            capabilities=anybody.good("GET", "/.well-known/ics-workbook"),
        )


def failing(kit: Kit, only: str = "") -> dict[str, str]:
    lines = report.run(kit, only)
    assert lines
    return {each.name: each.why for each in lines if each.outcome is not report.Outcome.HOLDS}


def test_the_reference_ics_keeps_the_whole_contract(kit: Kit) -> None:
    assert failing(kit) == {}


def test_every_scenario_says_what_it_asks(ics: RunningIcs) -> None:
    told = [(part, each.__name__, each.__doc__) for part, each in report.scenarios()]
    assert len({(part, name) for part, name, _ in told}) == len(told) >= 55
    assert all(words for _, _, words in told)


# What is broken on purpose ------------------------------------------------------------------------------


def forgets_ops(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deciding, "_repeated", lambda desk, incoming: None)


def takes_any_digest(patch: pytest.MonkeyPatch) -> None:
    def repeated(desk: Any, incoming: Any) -> Any:
        return desk.known.get(incoming.op.op_id)

    patch.setattr(deciding, "_repeated", repeated)


def last_writer_wins(patch: pytest.MonkeyPatch) -> None:
    decide = deciding.decide

    def never_stale(desk: Any, incoming: Any) -> Any:
        head = desk.heads.get(incoming.op.record_id)
        if head is not None and incoming.op.if_match is not None:
            op = msgspec.structs.replace(incoming.op, if_match=head.version)
            incoming = Incoming(op, incoming.digest)
        return decide(desk, incoming)

    patch.setattr(pushing, "decide", never_stale)


def checks_no_hash(patch: pytest.MonkeyPatch) -> None:
    def after(answers: Any, groups: Any, op: Any) -> Any:
        content = applying.content_after(answers, groups, op)
        return content, deciding.hash_of(content)

    patch.setattr(deciding, "_content_after", after)


def signs_over_conflicts(patch: pytest.MonkeyPatch) -> None:
    transition = deciding._transition
    patch.setattr(
        deciding,
        "_transition",
        lambda desk, incoming, head: transition(
            desk, incoming, msgspec.structs.replace(head, open_conflicts=[])
        ),
    )


def lets_signed_records_change(patch: pytest.MonkeyPatch) -> None:
    class Never:
        SIGNED_OFF = "never"
        DRAFT = State.DRAFT

        def __call__(self, text: str) -> State:
            return State(text)

    patch.setattr(deciding, "State", Never())


def drops_what_was_proposed(patch: pytest.MonkeyPatch) -> None:
    proposed = deciding.proposed

    def as_theirs(desk: Any, op: Any, head: Any, before: Any, proposal: ProposalMessage, nth: int) -> Any:
        return msgspec.structs.replace(proposed(desk, op, head, before, proposal, nth), mine={"v": "lost"})

    patch.setattr(deciding, "proposed", as_theirs)


def lets_anybody_discard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        deciding, "_discard", lambda desk, incoming, head: deciding.Discarded(incoming=incoming, head=head)
    )


def lets_marks_be_altered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deciding, "altered", lambda *given: None)


def shows_everything_to_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reading, "_visible", _visible_to_all)


def _visible_to_all(connection: Any, who: Any, record_id: str) -> Any:
    found = connection.execute(
        select(reading.entry.c.version, reading.entry.c.scope, reading.entry.c.limits).where(
            reading.entry.c.kind == "record", reading.entry.c.id == record_id
        )
    ).one_or_none()
    if found is None:
        raise reading.ProblemRaised("record-unknown")
    who.people.setdefault(found.scope, frozenset({"p-1"}))
    return found


def loses_a_record_between_two_pages(patch: pytest.MonkeyPatch) -> None:
    items_of = snapshots.items_of

    def fewer(*given: Any) -> Any:
        items, more = items_of(*given)
        return (items[1:] if more and len(items) > 1 else items), more

    patch.setattr(snapshots, "items_of", fewer)


def adds_up_to_the_same_whatever_there_is(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(digests, "_for", lambda *given: Digest(count=3, sum=7))


def opens_a_file_to_whoever_knows_its_hash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(uploads, "_named_by", lambda connection, sha256: [(EVERYONE, PELLOW), (EVERYONE, TOLLAND)])


def takes_any_bytes_for_a_file(patch: pytest.MonkeyPatch) -> None:
    def announced(connection: Any, id_: str) -> Any:
        asked = select(uploads.upload.c.sha256).where(uploads.upload.c.id == id_)
        return connection.execute(asked).scalar_one()

    patch.setattr(uploads, "_sum_of", announced)


def keeps_late_work_of_anybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(handing_in, "_could_see_until", lambda connection, worker, scope, job, now: now)
    patch.setattr(handing_in, "_rests_on_what_was_seen", lambda connection, message, until: True)


def takes_back_whatever_it_is_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Marks, "know_record", lambda marks, said: True)


def keeps_what_any_key_signed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(devices.said, "is_signed", lambda *given: True)


BROKEN: list[tuple[Breaks, str, str]] = [
    (forgets_ops, "pushing", "the_same_op_again_is_taken_once"),
    (takes_any_digest, "pushing", "one_id_for_two_ops_is_refused"),
    (last_writer_wins, "", "an_old_base_is_stale"),
    (checks_no_hash, "pushing", "a_wrong_hash_stores_nothing"),
    (signs_over_conflicts, "signing", "nothing_is_signed_over_a_question"),
    (lets_signed_records_change, "signing", "what_is_signed_stays"),
    (drops_what_was_proposed, "signing", "both_texts_are_kept_before_anyone_chose"),
    (lets_anybody_discard, "pushing", "a_draft_is_discarded_by_its_author_alone"),
    (lets_marks_be_altered, "pushing", "what_was_put_down_stays"),
    (shows_everything_to_everybody, "reading", "what_is_withheld_answers_as_unknown"),
    (loses_a_record_between_two_pages, "holding", "a_family_comes_whole_in_pages"),
    (adds_up_to_the_same_whatever_there_is, "holding", "digests_add_up"),
    (opens_a_file_to_whoever_knows_its_hash, "holding", "a_file_is_read_by_who_may_see_what_names_it"),
    (takes_any_bytes_for_a_file, "holding", "a_file_goes_over_in_parts_and_is_bound_to_its_hash"),
    (keeps_what_any_key_signed, "holding", "what_is_sealed_is_kept_as_it_came"),
    (takes_back_whatever_it_is_told, "holding", "only_its_own_word_is_taken_back"),
    (keeps_late_work_of_anybody, "holding", "late_work_shows_nothing_and_changes_no_head"),
]


@pytest.mark.parametrize(("breaks", "only", "found_by"), BROKEN, ids=[each[0].__name__ for each in BROKEN])
def test_a_service_that_breaks_the_contract_is_found_out(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, breaks: Breaks, only: str, found_by: str
) -> None:
    breaks(monkeypatch)
    assert found_by in failing(kit, only)


def test_what_is_no_ics_is_said_to_be_none(kit: Kit, ics: RunningIcs, amara: IcsCaller) -> None:
    with calling() as client:
        elsewhere = Caller(client, f"{ics.base_url}/nowhere", None)
        reply = elsewhere.call("GET", "/v1/feed")
        assert (reply.status, reply.problem) == (404, "not-found")
