"""The service is put back from a backup by its own commands, while two laptops go on working.

`tests/e2e/test_withdrawal.py` restores beneath a service in a thread; here it is a process, stopped, restored
and started as `docs/deploying.md` says, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.runner import Phase
from tests.support.bad_luck import CHILDREN, CONTINGENCY, PARENTS, Luck, bad_luck
from tests.support.databases import KINDS
from tests.support.faulty_line import Answer, Passing
from tests.support.service import CommandFailed
from workbook_desktop.domain.records import State, content_hash, content_of

both_databases = pytest.mark.parametrize("database_kind", KINDS, indirect=True, scope="module")


@pytest.fixture
def luck(tmp_path: Path, database_kind: str) -> Iterator[Luck]:
    with bad_luck(tmp_path, as_process=True) as found:
        yield found


@contextmanager
def restored(luck: Luck) -> Iterator[None]:
    """What happens inside comes after the backup that is then put back."""
    file = luck.folder / "last-night"
    luck.office.command("backup", "--to", str(file))
    yield
    assert luck.office.terminate() in (0, -signal.SIGTERM)
    luck.office.command("restore", "--from", str(file), "--reason", "the disk failed")
    luck.office.command("verify")
    luck.office.start()


@both_databases
def test_what_two_laptops_did_after_the_backup_comes_back_from_them(luck: Luck) -> None:
    with restored(luck):
        luck.writes(luck.amara, PARENTS, "Amara, acknowledged after the backup.")
        luck.settle_down()
        luck.writes(luck.bea, CHILDREN, "Bea, acknowledged after the backup.")
        made = luck.begins(luck.bea, "A plan that the backup does not have.")
        luck.settle_down()
        luck.writes(luck.amara, CONTINGENCY, "Amara, not yet sent.", send=False)
    luck.amara.do(lambda: luck.amara.desk.send(luck.plan))
    luck.is_whole(luck.plan, made)
    for who in luck.laptops:
        assert luck.said(who, PARENTS) == "Amara, acknowledged after the backup."
        assert luck.said(who, CHILDREN) == "Bea, acknowledged after the backup."
        assert luck.said(who, CONTINGENCY) == "Amara, not yet sent."
        assert luck.said(who, PARENTS, made) == "A plan that the backup does not have."


def test_a_question_asked_after_the_backup_is_that_question_still_and_can_be_settled(luck: Luck) -> None:
    with restored(luck):
        luck.writes(luck.bea, CONTINGENCY, "Bea's words.")
        luck.writes(luck.amara, CONTINGENCY, "Amara's words.")
        luck.bea.exchange()
        luck.settle_down()
        (asked,) = luck.questions(luck.amara)
    luck.settle_down()
    again = luck.questions(luck.amara)
    assert [each.id for each in again] == [asked.id]
    assert [each.id for each in luck.questions(luck.bea)] == [asked.id]
    everything = luck.everything_ever()
    assert "Bea's words." in everything
    assert "Amara's words." in everything
    for each in again:
        luck.amara.do(lambda: luck.amara.desk.settle(each.id, "new", "Both.", "By telephone."))  # noqa: B023
    luck.settle_down()
    for who in luck.laptops:
        assert luck.questions(who) == []
        assert luck.said(who, CONTINGENCY) == "Both."


@both_databases
def test_a_choice_made_after_the_backup_stands_and_nobody_is_asked_again(luck: Luck) -> None:
    luck.writes(luck.bea, CONTINGENCY, "Bea's words.")
    luck.writes(luck.amara, CONTINGENCY, "Amara's words.")
    luck.bea.exchange()
    luck.settle_down()
    with restored(luck):
        (question,) = luck.questions(luck.amara)
        luck.amara.do(
            lambda: luck.amara.desk.settle(question.id, "new", "Both together.", "Agreed by telephone.")
        )
        luck.settle_down()
    luck.settle_down()
    for who in luck.laptops:
        assert luck.said(who, CONTINGENCY) == "Both together."
        assert luck.questions(who) == []


def test_what_was_signed_after_the_backup_is_signed_as_it_was(luck: Luck) -> None:
    with restored(luck):
        luck.writes(luck.amara, PARENTS, "The last words before signing.")
        luck.settle_down()
        seen = content_hash(content_of(luck.opened(luck.amara).body))
        luck.amara.do(lambda: luck.amara.desk.sign_off(luck.plan, seen))
        luck.settle_down()
        signed = luck.history().revisions[-1]
        assert signed.state == State.SIGNED_OFF
    luck.settle_down()
    last = luck.history().revisions[-1]
    assert last == signed  # by whom, and when, too
    for who in luck.laptops:
        assert luck.said(who, PARENTS) == "The last words before signing."
        head = who.held(luck.plan).head
        assert head is not None
        assert (head.version, head.hash, head.state) == (last.version, last.hash, last.state)


def test_a_new_epoch_begun_between_two_calls_of_a_run_ends_it_and_the_next_is_whole(luck: Luck) -> None:
    calls: list[str] = []

    def promoted(passing: Passing, on: Callable[[], Answer]) -> Answer:
        calls.append(str(passing))
        if passing.path == "/v1/push" and calls.count("POST /v1/push") == 1:
            luck.office.command("new-epoch", "--reason", "promoted a replica")
        return on()

    luck.line.meddle = promoted
    luck.writes(luck.amara, PARENTS, "Sent across the change.")
    luck.fails(luck.amara, "epoch-changed", Phase.HALTED)
    luck.is_whole()
    assert luck.said(luck.bea, PARENTS) == "Sent across the change."


@both_databases
def test_a_running_service_is_not_restored_over_and_nobody_notices(luck: Luck) -> None:
    file = luck.folder / "last-night"
    luck.office.command("backup", "--to", str(file))
    luck.writes(luck.amara, PARENTS, "After the backup.")
    luck.settle_down()
    with pytest.raises(CommandFailed) as told:
        luck.office.command("restore", "--from", str(file))
    assert told.value.code == 1
    assert "stop the service" in told.value.said
    luck.is_whole()
    assert luck.said(luck.bea, PARENTS) == "After the backup."
