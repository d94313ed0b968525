"""Two complete clients, stores and all, against the service as a process: what two workers do to one plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.protocol import HistoryReply
from sync.reference_ics.practice import practice_caseload
from tests.support.laptop import COLLEAGUE, WORKER, NoWindow, office_at
from tests.support.service import IcsProcess
from workbook_desktop.domain.ids import FamilyId, FieldPath, RecordId
from workbook_desktop.domain.records import Answer, State, canonical_json, content_hash, content_of
from workbook_desktop.workspace.views import OpenConflict, OpenRecord

TOLLAND = FamilyId("f-tolland")
CONTINGENCY, CHILDREN, PARENTS = (
    FieldPath("safety.contingency"),
    FieldPath("network.children"),
    FieldPath("network.parents"),
)


@dataclass(frozen=True, slots=True)
class Two:
    """Amara and Bea, each at her own laptop, both having pulled; and the plan."""

    ics: IcsProcess
    amara: NoWindow
    bea: NoWindow
    plan: RecordId

    def writes(self, who: NoWindow, path: FieldPath, text: str, *, send: bool = True) -> None:
        """Type an answer, keep it, release it."""

        def job() -> None:
            before = who.desk.open(self.plan).body
            at = who.clock.now().isoformat()
            body = before.with_answer(path, Answer(value=text, by=who.worker.id, at=at))
            who.desk.keep(self.plan, body, before)
            if send:
                who.desk.send(self.plan)

        who.do(job)

    def opened(self, who: NoWindow) -> OpenRecord:
        return who.do(lambda: who.desk.open(self.plan))

    def said(self, who: NoWindow, path: FieldPath) -> Any:
        answer = self.opened(who).body.answers.get(path)
        return answer.value if answer is not None else None

    def conflict(self, who: NoWindow) -> OpenConflict:
        (found,) = [each for each in self.opened(who).conflicts if each.chosen is None]
        return found

    def history(self) -> HistoryReply:
        with closing(self.amara.ics()) as ics:
            return ics.history(self.plan)

    def settle_down(self) -> None:
        """Exchange until nothing moves any more."""
        for _ in range(3):
            for each in (self.amara, self.bea):
                assert each.exchange().outcome == "complete"

    def hold_the_same(self) -> None:
        """Nothing waits, and both laptops and the office hold the plan byte for byte alike."""
        self.settle_down()
        heads = [each.held(self.plan).head for each in (self.amara, self.bea)]
        assert all(each is not None for each in heads)
        told = {canonical_json(each.content) for each in heads if each is not None}
        last = self.history().revisions[-1]
        told.add(canonical_json({"answers": last.answers, "groups": last.groups}))
        assert len(told) == 1
        assert {each.hash for each in heads if each is not None} == {last.hash}
        assert {each.version for each in heads if each is not None} == {last.version}
        for each in (self.amara, self.bea):
            assert each.do(each.desk.counts).waiting == 0
            assert each.do(each.desk.counts).drafts == 0
        versions = [revision.version for revision in self.history().revisions]
        assert versions == list(range(1, len(versions) + 1))


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    caseload = practice_caseload(datetime.now(UTC).date())
    plan = next(
        each for each in caseload.records if each.form and each.form.id == "plan" and each.family == TOLLAND
    )
    ics = IcsProcess(tmp_path, caseload)
    way = office_at(ics.base_url, ics.secret)
    amara = NoWindow(tmp_path / "amara", way, WORKER)
    bea = NoWindow(tmp_path / "bea", way, COLLEAGUE)
    found = Two(ics, amara, bea, plan.id)
    try:
        found.settle_down()
        yield found
    finally:
        amara.close()
        bea.close()
        ics.kill()


def test_edits_of_different_fields_merge_and_nobody_is_asked(two: Two) -> None:
    two.writes(two.amara, PARENTS, "Hannah agrees with each part.")
    two.writes(two.bea, CHILDREN, "Maisie wants it quiet.")
    assert two.amara.exchange().outcome == "complete"
    met = two.bea.exchange()
    assert met.outcome == "complete"
    assert met.combined
    two.hold_the_same()
    for who in (two.amara, two.bea):
        assert two.said(who, PARENTS) == "Hannah agrees with each part."
        assert two.said(who, CHILDREN) == "Maisie wants it quiet."
    assert not two.history().conflicts


def test_both_texts_are_at_the_office_before_anyone_has_chosen(two: Two) -> None:
    two.writes(two.amara, CONTINGENCY, "Amara: contact stops that day.")
    two.writes(two.bea, CONTINGENCY, "Bea: the aunt takes the children.")
    two.amara.exchange()
    two.bea.exchange()
    (conflict,) = two.history().conflicts
    assert conflict.state == "open"
    sides = {str(side["v"]) for side in (conflict.mine, conflict.theirs) if side is not None}
    assert sides == {"Amara: contact stops that day.", "Bea: the aunt takes the children."}
    two.settle_down()
    for who in (two.amara, two.bea):  # both see both, from where each stands
        seen = two.conflict(who)
        assert {seen.mine, seen.theirs} == sides


def test_one_settles_it_and_the_other_sees_that_it_is_settled(two: Two) -> None:
    two.writes(two.amara, CONTINGENCY, "Amara: contact stops that day.")
    two.writes(two.bea, CONTINGENCY, "Bea: the aunt takes the children.")
    two.settle_down()
    found = two.conflict(two.bea)
    two.bea.do(lambda: two.bea.desk.settle(found.id, "new", "Contact stops, and the aunt comes.", "Agreed."))
    two.hold_the_same()
    for who in (two.amara, two.bea):
        assert [each for each in two.opened(who).conflicts if each.chosen is None] == []
        assert two.said(who, CONTINGENCY) == "Contact stops, and the aunt comes."
    (settled,) = two.history().conflicts
    assert settled.state != "open"
    assert settled.settled_by == COLLEAGUE.id


def test_two_who_settle_it_differently_lose_neither_choice(two: Two) -> None:
    two.writes(two.amara, CONTINGENCY, "Amara: contact stops that day.")
    two.writes(two.bea, CONTINGENCY, "Bea: the aunt takes the children.")
    two.settle_down()
    for who, text in ((two.amara, "Amara chose this."), (two.bea, "Bea chose that.")):
        found = two.conflict(who)
        who.do(lambda: who.desk.settle(found.id, "new", text, "Settled alone."))  # noqa: B023
    two.settle_down()
    told = two.history()
    everything = str([(each.answers, each.groups) for each in told.revisions]) + str(told.conflicts)
    assert "Amara chose this." in everything
    assert "Bea chose that." in everything
    two.hold_the_same()


def test_what_is_signed_off_first_stays_and_the_later_edit_stands_beside_it(two: Two) -> None:
    seen = content_hash(content_of(two.opened(two.amara).body))
    two.writes(two.bea, CHILDREN, "Maisie wants it quiet.")
    two.amara.do(lambda: two.amara.desk.sign_off(two.plan, seen))
    two.amara.exchange()
    later = two.bea.exchange()
    assert (later.outcome, later.parked) == ("complete", 0)
    assert two.history().revisions[-1].state == State.SIGNED_OFF
    assert two.opened(two.bea).state is State.SIGNED_OFF
    assert two.bea.do(two.bea.desk.counts).not_accepted == 0
    two.amara.exchange()
    (addition,) = set(later.changed) - {two.plan}
    for who in (two.bea, two.amara):
        opened = who.do(lambda: who.desk.open(addition))  # noqa: B023
        assert (opened.amends, opened.state) == (two.plan, State.DRAFT)
        assert opened.body.answers[CHILDREN].value == "Maisie wants it quiet."
    family = two.amara.do(lambda: two.amara.desk.family(opened.family.id))
    assert [each.title for each in family.records if each.record == addition] == [
        f"Late addition: {each.title}" for each in family.records if each.record == two.plan
    ]


def test_a_sign_off_made_offline_is_dropped_and_said_when_the_content_changed_on_the_way(two: Two) -> None:
    seen = content_hash(content_of(two.opened(two.amara).body))
    two.amara.do(lambda: two.amara.desk.sign_off(two.plan, seen))  # and no connection yet
    two.writes(two.bea, CHILDREN, "Maisie wants it quiet.")
    two.bea.exchange()
    two.amara.exchange()
    opened = two.opened(two.amara)
    assert opened.sign_off_dropped
    assert opened.state is not State.SIGNED_OFF
    assert opened.body.answers[CHILDREN].value == "Maisie wants it quiet."
    assert two.history().revisions[-1].state != State.SIGNED_OFF
    again = content_hash(content_of(opened.body))
    two.amara.do(lambda: two.amara.desk.sign_off(two.plan, again))
    two.amara.exchange()
    assert two.history().revisions[-1].state == State.SIGNED_OFF


def test_what_is_typed_while_a_run_is_under_way_survives_it(two: Two) -> None:
    two.writes(two.amara, PARENTS, "First words.")
    two.writes(two.bea, CHILDREN, "Maisie wants it quiet.")
    two.bea.exchange()
    runner = two.amara.client.runner
    assert runner is not None
    do = runner._do
    typed: list[str] = []

    def typing_between(call: Any) -> Any:
        """From the first byte sent, every call finds the worker typing on."""
        if call.what in ("push", "feed"):
            text = f"First words. And more, {len(typed)}."
            typed.append(text)
            two.writes(two.amara, PARENTS, text, send=False)
        return do(call)

    runner._do = typing_between  # type: ignore[method-assign]
    assert two.amara.exchange().outcome == "complete"
    runner._do = do  # type: ignore[method-assign]
    assert len(typed) >= 2
    assert two.said(two.amara, PARENTS) == typed[-1]
    two.amara.do(lambda: two.amara.desk.send(two.plan))
    two.hold_the_same()
    assert two.said(two.bea, PARENTS) == typed[-1]
    assert two.said(two.amara, CHILDREN) == "Maisie wants it quiet."


def test_nothing_is_sent_twice(two: Two) -> None:
    two.writes(two.amara, PARENTS, "Once.")
    assert two.amara.exchange().sent == 1
    before = two.history()
    for _ in range(3):
        assert two.amara.exchange().sent == 0
    assert two.history() == before
