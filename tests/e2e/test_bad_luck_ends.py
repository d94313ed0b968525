"""Ends that nobody announced: SIGKILL of the service in mid-push and of the client in mid-page, again and
again; a second process; a full disk; a laptop put back from an old image.

WORKBOOK_KILLS=100 for a night.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.runner import Phase
from tests.support.bad_luck import CHILDREN, CONTINGENCY, PARENTS, Luck, bad_luck
from tests.support.databases import KINDS
from tests.support.faulty_line import Answer, Passing
from tests.support.laptop import COLLEAGUE, WORKER, NoWindow
from tests.support.service import REPOSITORY
from tests.support.small_disk import fill, small_disk
from workbook_desktop.domain.errors import DiskFull, RecordUnknown
from workbook_desktop.domain.ids import RecordId

KILLS = max(5, int(os.environ.get("WORKBOOK_KILLS", "10")) // 2)

both_databases = pytest.mark.parametrize("database_kind", KINDS, indirect=True, scope="module")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL here")


@pytest.fixture
def luck(tmp_path: Path, database_kind: str) -> Iterator[Luck]:
    with bad_luck(tmp_path, as_process=True) as found:
        yield found


# The service ------------------------------------------------------------------------------------------------


@both_databases
def test_the_service_is_killed_in_mid_push_again_and_again_and_nothing_is_lost_or_there_twice(
    luck: Luck,
) -> None:
    chance = random.Random(20261125)
    after: list[float] = []
    cut = 0

    def killed(passing: Passing, on: Callable[[], Answer]) -> Answer | None:
        if passing.path != "/v1/push" or not after:
            return on()
        late = threading.Timer(after.pop(), luck.office.kill)
        late.start()
        try:
            return on()
        except OSError:
            return None
        finally:
            late.join()

    luck.line.meddle = killed
    made: list[RecordId] = []
    for number in range(KILLS):
        luck.writes(luck.amara, PARENTS, f"Said {number}.")
        made += [luck.begins(luck.amara, f"Begun {number}, {each}.") for each in range(5)]
        after.append(chance.uniform(0.0, 0.04))
        cut += luck.amara.exchange().outcome == "ics-unreachable"
        luck.office.start()
        assert luck.amara.exchange().outcome == "complete"
        assert luck.counts(luck.amara).waiting == 0
    luck.line.meddle = None
    assert cut > 0
    luck.office.command("verify")
    luck.is_whole(luck.plan, *made)
    for number, record in enumerate(made):
        assert len(luck.history(record).revisions) == 1
        assert luck.said(luck.bea, PARENTS, record) == f"Begun {number // 5}, {number % 5}."
    said = [each.answers[PARENTS]["v"] for each in luck.history().revisions if PARENTS in each.answers]
    assert [each for each in said if str(each).startswith("Said")] == [f"Said {n}." for n in range(KILLS)]


# The client -------------------------------------------------------------------------------------------------


def process(luck: Luck, who: str, items: int = 100) -> subprocess.Popen[str]:
    """A worker's client as a process, by Amara's line, which exchanges once and ends."""
    secret = luck.folder / "ics" / "secret"
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.support.exchanging_app"),
            *(str(luck.folder / who), luck.line.url, str(secret), who, str(items)),
        ],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_client_is_killed_in_mid_page_again_and_again_and_every_time_opens_and_reads_on(
    luck: Luck,
) -> None:
    """With the call for the next page the one before is being kept: that is when it is killed."""
    for number in range(4 * KILLS):
        luck.begins(luck.bea, f"Begun {number}.")
    luck.bea.exchange()
    luck.writes(luck.amara, PARENTS, "Not released yet.", send=False)
    luck.give_up(luck.amara)
    running: list[subprocess.Popen[str]] = []
    pages: list[str] = []
    chance = random.Random(7)
    kill_at = [2]

    def kill(passing: Passing, on: Callable[[], Answer]) -> Answer | None:
        if passing.path.startswith("/v1/feed"):
            pages.append(passing.path)
            if len(pages) == kill_at[0]:
                answer = on()
                threading.Timer(chance.uniform(0.0, 0.02), running[-1].kill).start()
                return answer
        return on()

    luck.line.meddle = kill
    cursors: list[str] = []

    def killed() -> int:
        return sum(each.returncode == -9 for each in running)

    for _ in range(6 * KILLS):  # where in a page a kill comes is chance: until it came often and late enough
        if killed() >= 3 and len(set(cursors)) > 2:
            break
        pages.clear()
        kill_at[0] = chance.choice((1, 2, 3))
        running.append(process(luck, WORKER.id, items=2))
        with running[-1]:
            said = running[-1].stdout.read() if running[-1].stdout is not None else ""
        assert said.startswith("open\n"), said  # it opened, without a question
        assert "partial" not in said
        cursors.append(pages[0])
        if "ended complete" in said:
            break
    luck.line.meddle = None
    assert killed() >= 3
    assert len(set(cursors)) > 2  # what came before an end was kept, whole pages of it
    again = luck.laptop(WORKER)
    luck.laptops.reverse()
    assert luck.said(again, PARENTS) == "Not released yet."
    again.do(lambda: again.desk.send(luck.plan))
    luck.is_whole()


def test_a_second_process_during_a_run_is_refused_says_so_and_disturbs_nothing(luck: Luck) -> None:
    second: list[str] = []

    def meanwhile(passing: Passing, on: Callable[[], Answer]) -> Answer:
        if not second:
            other = process(luck, WORKER.id)
            with other:
                second.append(other.stdout.read() if other.stdout is not None else "")
        return on()

    luck.writes(luck.amara, PARENTS, "Sent while another was at the door.")
    luck.line.meddle = meanwhile
    assert luck.amara.exchange().outcome == "complete"
    assert second == ["refused store-locked\n"]
    luck.line.meddle = None
    luck.is_whole()
    assert luck.said(luck.bea, PARENTS) == "Sent while another was at the door."


def is_here(who: NoWindow, record: RecordId) -> bool:
    try:
        return who.held(record).head is not None
    except RecordUnknown:
        return False


# The disk ---------------------------------------------------------------------------------------------------


def test_a_disk_that_is_full_while_pages_come_in_leaves_whole_pages_and_goes_on_when_there_is_room(
    luck: Luck, tmp_path: Path
) -> None:
    luck.writes(luck.amara, PARENTS, "Not released yet.", send=False)
    words = "Maisie wants it quiet. " * 800
    made = [luck.begins(luck.bea, f"{number}. {words}") for number in range(60)]
    luck.bea.exchange()
    luck.give_up(luck.amara)
    with small_disk(tmp_path, 60) as disk:
        shutil.copytree(luck.folder / WORKER.id, disk / WORKER.id)
        amara = NoWindow(disk / WORKER.id, luck.laptops[0].office, WORKER)
        try:
            assert amara.client.runner is not None
            amara.client.runner._engine._page_items = 5
            filling = fill(disk)
            os.truncate(filling, filling.stat().st_size - 600_000)  # room for some pages
            with pytest.raises(DiskFull):
                amara.exchange()
            status = amara.client.runner.status
            assert (status.phase, status.code) == (Phase.HALTED, "disk-full")
            some = [record for record in made if is_here(amara, record)]
            assert 0 < len(some) < len(made)
            assert some == made[: len(some)]  # whole pages, in their order
            assert luck.said(amara, PARENTS) == "Not released yet."
            filling.unlink()
            assert amara.exchange().outcome == "complete"
            for record in made:
                assert amara.held(record).head is not None
            assert luck.said(amara, PARENTS) == "Not released yet."
        finally:
            amara.close()


# The image --------------------------------------------------------------------------------------------------


@both_databases
def test_a_laptop_put_back_with_an_old_sealed_outbox_adds_nothing_twice_and_takes_nothing_back(
    luck: Luck,
) -> None:
    luck.line.refuse = "/v1/push"
    luck.writes(luck.amara, PARENTS, "Sealed before the image.")
    made = luck.begins(luck.amara, "Begun before the image.")
    luck.fails(luck.amara, "ics-unreachable", Phase.OFFLINE)  # sealed, and not gone
    luck.writes(luck.amara, CONTINGENCY, "Typed before the image.", send=False)
    luck.give_up(luck.amara)
    shutil.copytree(luck.folder / WORKER.id, luck.folder / "image")
    luck.line.refuse = None
    amara = luck.laptop(WORKER, url=luck.line.url)
    luck.laptops.reverse()
    amara.do(lambda: amara.desk.send(luck.plan))
    luck.settle_down()
    luck.writes(luck.bea, PARENTS, "Bea's, after it came.")
    luck.writes(luck.bea, CHILDREN, "Bea's too.")
    luck.settle_down()
    luck.writes(amara, CONTINGENCY, "Typed after the image.")
    luck.is_whole(luck.plan, made)
    before = luck.history()
    luck.give_up(amara)
    again = luck.laptop(WORKER, "image", url=luck.line.url)  # the disk failed; IT put last week's image back
    luck.laptops.reverse()
    assert luck.history().revisions == before.revisions  # the old outbox is known, and not taken twice
    # The draft of that day is hers to release or not; to release it is to meet what came since.
    assert luck.said(again, CONTINGENCY) == "Typed before the image."
    again.do(lambda: again.desk.send(luck.plan))
    luck.settle_down()
    everything = luck.everything_ever()
    assert "Typed before the image." in everything
    assert "Typed after the image." in everything
    (question,) = luck.questions(luck.bea)
    luck.bea.do(lambda: luck.bea.desk.settle(question.id, "new", "Typed after the image.", "The newer."))
    luck.is_whole(luck.plan, conflicts=1)
    assert luck.said(again, PARENTS) == "Bea's, after it came."  # the base of the draft was still there
    assert luck.said(again, CHILDREN) == "Bea's too."
    assert COLLEAGUE.id in {each.changed_by for each in luck.history().revisions}
