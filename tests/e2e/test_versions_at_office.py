"""Every version of a record, asked of a real office over HTTP, and kept nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.test_withdrawal import CHILDREN, Office, everything_in, office, writes  # noqa: F401
from tests.support.laptop import COLLEAGUE, WORKER
from workbook_desktop.domain.errors import IcsUnreachable
from workbook_desktop.domain.ids import RecordId


def test_a_laptop_that_came_late_is_given_the_versions_it_never_had(office: Office) -> None:  # noqa: F811
    bea = office.laptop(COLLEAGUE)
    for words in ("zzqfirst: said on Monday.", "zzqsecond: said on Tuesday."):
        writes(bea, office.plan, CHILDREN, words)
        assert bea.exchange().outcome == "complete"
    amara = office.laptop(WORKER)
    view = amara.do(lambda: amara.desk.versions(office.plan))
    assert view.at_office_only == 2
    heads = amara.client.versions_at_office(office.plan)
    view = amara.do(lambda: amara.desk.versions(office.plan, heads))
    assert (view.at_office_only, [each.number for each in view.versions]) == (0, [3, 2, 1])
    assert "zzqfirst: said on Monday. → zzqsecond: said on Tuesday." in " ".join(view.versions[0].changes)
    assert view.versions[0].by == COLLEAGUE.name
    assert "zzqfirst" not in everything_in(amara)  # nothing of it is kept


def test_without_a_line_it_is_said_and_nothing_is_lost(office: Office, tmp_path: Path) -> None:  # noqa: F811
    amara = office.laptop(WORKER, by_the_line=True)
    assert office.line is not None
    office.line.refuse = "/"
    with pytest.raises(IcsUnreachable):
        amara.client.versions_at_office(office.plan)
    assert len(amara.do(lambda: amara.desk.versions(office.plan)).versions) == 1


def test_of_a_record_that_is_not_for_this_worker_nothing_comes(office: Office) -> None:  # noqa: F811
    from workbook_desktop.domain.errors import ReplyRefused

    amara = office.laptop(WORKER)
    with pytest.raises(ReplyRefused):
        amara.client.versions_at_office(RecordId("never-was"))
