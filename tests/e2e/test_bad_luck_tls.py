"""Whoever answers has a certificate, but not one that proves it is the office: nothing is sent to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from sync.reference_ics.practice import practice_caseload
from sync.runner import Phase
from tests.support.bad_luck import PARENTS, Luck, bad_luck
from tests.support.certificates import Authority, Paper
from tests.support.faulty_line import FaultyLine
from tests.support.laptop import WORKER, Laptop, NoWindow, office_at
from tests.support.service import IcsProcess


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The one that this machine trusts."""
    found = Authority(tmp_path / "authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(found.root))
    return found


@pytest.fixture
def luck(tmp_path: Path) -> Iterator[Luck]:
    with bad_luck(tmp_path) as found:
        yield found


def come_back(luck: Luck, url: str) -> NoWindow:
    """Amara's laptop, opened again, with this address of the office."""
    luck.give_up(luck.amara)
    found = NoWindow(luck.folder / WORKER.id, office_at(url, luck.ics.secret), WORKER)
    luck.laptops.insert(0, found)
    return found


def wrong(authority: Authority, how: str, tmp_path: Path) -> Paper:
    """A certificate with one thing wrong with it."""
    if how == "for another name":
        return authority.issue("ics.elsewhere.example")
    if how == "expired":
        return authority.issue(from_days=-60, to_days=-1)
    if how == "not valid yet":
        return authority.issue(from_days=1, to_days=60)
    assert how == "of an authority nobody trusts"
    return Authority(tmp_path / "stranger", "Somebody Else").issue()


REASONS = {
    "for another name": "certificate-name",
    "expired": "certificate-dates",
    "not valid yet": "certificate-dates",
    "of an authority nobody trusts": "certificate",
}


@pytest.mark.parametrize("how", REASONS)
def test_to_a_certificate_that_proves_nothing_not_one_byte_is_said_and_work_waits(
    luck: Luck, authority: Authority, tmp_path: Path, how: str
) -> None:
    luck.writes(luck.amara, PARENTS, "Not for strangers.")
    with closing(FaultyLine(luck.ics.base_url, wrong(authority, how, tmp_path).shown())) as stranger:
        amara = come_back(luck, stranger.url)
        luck.fails(amara, "not-the-ics", Phase.NOT_THE_ICS)
        assert amara.client.runner is not None
        assert amara.client.runner.status.reason == REASONS[how]
        assert stranger.calls == []
        assert luck.counts(amara).waiting == 1
    with closing(FaultyLine(luck.ics.base_url, authority.issue().shown())) as office:
        amara = come_back(luck, office.url)
        assert amara.exchange().outcome == "complete"
        assert office.calls  # the right certificate is believed
        luck.is_whole()
        assert luck.said(luck.bea, PARENTS) == "Not for strangers."


@pytest.mark.parametrize(
    ("how", "line", "words"),
    [
        ("for another name", "Office not recognised", "a certificate for another address"),
        ("expired", "Office not recognised", "date and time of this laptop"),
    ],
)
def test_the_window_says_what_is_wrong_with_it_in_words(
    qtbot: QtBot, tmp_path: Path, authority: Authority, how: str, line: str, words: str
) -> None:
    ics = IcsProcess(tmp_path, practice_caseload(datetime.now(UTC).date()))
    with closing(FaultyLine(ics.base_url, wrong(authority, how, tmp_path).shown())) as stranger:
        laptop = Laptop(qtbot, tmp_path, office_at(stranger.url, ics.secret))
        try:
            laptop.at_home()
            laptop.until(lambda: line in laptop.words(), 30)
            laptop.hands.do("go:sending")
            laptop.sees("screen:sending")
            laptop.until(lambda: words in laptop.words())
            assert "nothing was sent" in laptop.words()
            assert stranger.calls == []
        finally:
            laptop.end()
            ics.kill()
