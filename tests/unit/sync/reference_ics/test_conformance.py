"""The conformance kit: the reference ICS keeps the contract, and a service that breaks it is found out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from sync.conformance import report
from sync.conformance.kit import Caller, Kit, calling
from sync.protocol import ProposalMessage
from sync.reference_ics import applying, deciding, pushing, reading
from sync.reference_ics.desk import Incoming
from tests.support.chance import CountingIds
from tests.support.service import AMARA, BEA, TOM, IcsCaller, RunningIcs
from workbook_desktop.domain.records import State

Breaks = Callable[[pytest.MonkeyPatch], None]
RUNS = iter(range(10_000))


@pytest.fixture
def kit(ics: RunningIcs) -> Iterator[Kit]:
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
    assert len({(part, name) for part, name, _ in told}) == len(told) >= 40
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


def shows_everything_to_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reading, "_visible", _visible_to_all)


def _visible_to_all(connection: Any, who: Any, record_id: str) -> Any:
    from sqlalchemy import select

    found = connection.execute(
        select(reading.entry.c.version, reading.entry.c.scope, reading.entry.c.limits).where(
            reading.entry.c.kind == "record", reading.entry.c.id == record_id
        )
    ).one_or_none()
    if found is None:
        raise reading.ProblemRaised("record-unknown")
    who.people.setdefault(found.scope, frozenset({"p-1"}))
    return found


BROKEN: list[tuple[Breaks, str, str]] = [
    (forgets_ops, "pushing", "the_same_op_again_is_taken_once"),
    (takes_any_digest, "pushing", "one_id_for_two_ops_is_refused"),
    (last_writer_wins, "", "an_old_base_is_stale"),
    (checks_no_hash, "pushing", "a_wrong_hash_stores_nothing"),
    (signs_over_conflicts, "signing", "nothing_is_signed_over_a_question"),
    (lets_signed_records_change, "signing", "what_is_signed_stays"),
    (drops_what_was_proposed, "signing", "both_texts_are_kept_before_anyone_chose"),
    (shows_everything_to_everybody, "reading", "what_is_withheld_answers_as_unknown"),
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
