"""The application is killed while somebody types: a real process, real keys, SIGKILL.

Ten times by default; WORKBOOK_KILLS=100 for a night.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.reference_ics.practice import practice_caseload
from tests.support.laptop import COLLEAGUE, WORKER, NoWindow, office_at
from tests.support.service import IcsProcess
from workbook_desktop.domain.ids import FamilyId, FieldPath, RecordId
from workbook_desktop.domain.records import Answer

REPOSITORY = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("WORKBOOK_KILLS", "10"))
MOST_LOST = 2.0  # seconds of typing

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL here")


@dataclass(slots=True)
class Told:
    """What a typist said before the end."""

    record: RecordId | None = None
    path: FieldPath | None = None
    words: list[tuple[float, str]] = field(default_factory=list)  # when its last key went down, the word
    begun: threading.Event = field(default_factory=threading.Event)


class Typist:
    """The application as a process, with a typist in it."""

    def __init__(self, folder: Path, ics: IcsProcess, secret: Path, *more: str) -> None:
        self.told = Told()
        self._errors = (folder / "stderr").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.typing_app", str(folder), ics.base_url, str(secret), *more],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not line.endswith("\n"):
                return  # cut in the middle by the end
            verb, first, second = line.split()
            if verb == "record":
                self.told.record, self.told.path = RecordId(first), FieldPath(second)
                self.told.begun.set()
            else:
                self.told.words.append((float(first), second))

    def kill_after(self, seconds: float) -> float:
        """Let it type for so long, then kill it; return the moment."""
        if not self.told.begun.wait(timeout=60):
            self.kill()
            self._errors.seek(0)
            raise AssertionError(self._errors.read().decode()[-3000:])
        time.sleep(seconds)  # the one thing here that is about real time
        return self.kill()

    def kill(self) -> float:
        self.process.send_signal(signal.SIGKILL)
        moment = time.monotonic()
        with self.process:
            self.process.wait(timeout=20)
            self._reader.join(timeout=20)
        self._errors.close()
        return moment


@pytest.fixture
def ics(tmp_path: Path) -> Iterator[IcsProcess]:
    found = IcsProcess(tmp_path, practice_caseload(datetime.now(UTC).date()))
    try:
        yield found
    finally:
        found.kill()


def safe_by(told: Told, moment: float) -> list[str]:
    """Return the words that were typed so long before the end that they must be there."""
    return [word for when, word in told.words if when <= moment - MOST_LOST]


def test_killed_while_typing_it_loses_two_seconds_at_most_and_opens_without_asking(
    tmp_path: Path, ics: IcsProcess
) -> None:
    chance = random.Random(20261122)
    worst = 0.0
    for _ in range(KILLS):
        typist = Typist(tmp_path, ics, tmp_path / "secret")
        moment = typist.kill_after(chance.uniform(0.3, 6.5))
        told = typist.told
        record, path = told.record, told.path
        assert record is not None
        assert path is not None
        again = NoWindow(tmp_path / "worker", None, WORKER)  # opens, with no question and no repair
        try:
            opened = again.do(lambda: again.desk.open(record))  # noqa: B023
        finally:
            again.close()
        answer = opened.body.answers.get(path)
        text = str(answer.value) if answer is not None and answer.value is not None else ""
        for word in safe_by(told, moment):
            assert word in text, (
                f"{word} is lost: {moment - {each: when for when, each in told.words}[word]:.2f} s"
            )
        typed, kept = " ".join(word for _, word in told.words), text.strip()
        assert typed.startswith(kept) or kept.startswith(typed), "the words are not in order"
        lost = [when for when, word in told.words if word not in text]
        worst = max(worst, moment - lost[0] if lost else 0.0)
    print(f"worst of {KILLS}: {worst:.2f} s of typing")
    assert worst <= MOST_LOST


def test_killed_in_the_middle_of_sending_nothing_is_lost_or_doubled(tmp_path: Path, ics: IcsProcess) -> None:
    chance = random.Random(7)
    for _ in range(max(3, KILLS // 3)):
        typist = Typist(tmp_path, ics, tmp_path / "secret", "--syncing")
        moment = typist.kill_after(chance.uniform(0.6, 4.0))
        record, path = typist.told.record, typist.told.path
        assert record is not None
        assert path is not None
        again = NoWindow(tmp_path / "worker", office_at(ics.base_url, ics.secret), WORKER)
        try:
            assert again.exchange().outcome == "complete"
            again.do(lambda: again.desk.send(record))  # noqa: B023
            assert again.exchange().outcome == "complete"
            held = again.held(record)
            text = str(held.shown.answers[path].value)
            for word in safe_by(typist.told, moment):
                assert word in text, (held.local, held.base and held.base.version, typist.told.words)
            with closing(again.ics()) as office:
                history = office.history(record)
        finally:
            again.close()
        before = held.head
        assert before is not None
        assert history.revisions[-1].hash == before.hash
        assert str(history.revisions[-1].answers[path]["v"]) == text
        versions = [revision.version for revision in history.revisions]
        assert versions == list(range(1, len(versions) + 1)), "a version is missing, or there twice"
        told = [revision.hash for revision in history.revisions]
        assert all(one != other for one, other in itertools.pairwise(told)), "the same thing twice"
        assert not history.conflicts, "it came into conflict with itself"
    assert record is not None
    colleague = NoWindow(tmp_path / "colleague", office_at(ics.base_url, ics.secret), COLLEAGUE)
    try:
        assert colleague.exchange().outcome == "complete"
        head = colleague.held(record).head
        assert head is not None
        assert head.hash == history.revisions[-1].hash
    finally:
        colleague.close()


def test_killed_in_the_midst_of_a_decision_what_was_half_decided_is_there(
    tmp_path: Path, ics: IcsProcess
) -> None:
    """Both sides stay at the office, the choice and its text on the laptop: to within two seconds."""
    plan = in_conflict(tmp_path, ics)
    chance = random.Random(20261125)
    worst = 0.0
    before = ""
    for _ in range(max(3, KILLS // 3)):
        typist = Typist(tmp_path, ics, tmp_path / "secret", "--deciding")
        moment = typist.kill_after(chance.uniform(0.3, 5.0))
        again = NoWindow(tmp_path / "worker", None, WORKER)
        try:
            opened = again.do(lambda: again.desk.open(plan))  # noqa: B023
        finally:
            again.close()
        (conflict,) = opened.conflicts
        assert conflict.chosen is None, "half decided is not decided"
        half = conflict.half
        safe = safe_by(typist.told, moment)
        assert half is not None or not safe, "nothing of the decision is there"
        if half is None:
            continue
        assert half.choice == "new"
        typed = half.text.removeprefix(before)
        for word in safe:
            assert word in typed, f"{word} is lost"
        lost = [when for when, word in typist.told.words if word not in typed]
        worst = max(worst, moment - lost[0] if lost else 0.0)
        assert half.text.startswith(before), "what was half decided at an earlier end is gone on with"
        before = half.text
    print(f"worst: {worst:.2f} s of a decision")
    assert worst <= MOST_LOST
    assert before, "it never came to a decision"


def in_conflict(folder: Path, ics: IcsProcess) -> RecordId:
    """Have the worker and a colleague change one answer of the plan, and both know of it."""
    family, path = FamilyId("f-tolland"), FieldPath("safety.contingency")
    office = office_at(ics.base_url, ics.secret)
    amara = NoWindow(folder / "worker", office, WORKER)
    bea = NoWindow(folder / "bea", office, COLLEAGUE)
    try:
        for each in (amara, bea):
            assert each.exchange().outcome == "complete"
        file = amara.do(lambda: amara.desk.family(family))
        assert file.plan is not None
        plan = file.plan.record
        for who, text in ((bea, "Ring Ruth."), (amara, "Ring the school.")):

            def job(who: NoWindow = who, text: str = text) -> None:
                stood = who.desk.open(plan).body
                at = who.clock.now().isoformat()
                said = Answer(value=text, by=who.worker.id, at=at)
                who.desk.keep(plan, stood.with_answer(path, said), stood)
                who.desk.send(plan)

            who.do(job)
        for each in (bea, amara, bea, amara):
            assert each.exchange().outcome == "complete"
        (conflict,) = amara.do(lambda: amara.desk.open(plan)).conflicts
        assert conflict.chosen is None
    finally:
        amara.close()
        bea.close()
    return plan
