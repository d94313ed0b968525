"""The operator's commands for what has to leave: withdraw, erase, inbox."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sync.reference_ics.__main__ import main
from tests.support.service import AMARA, TOLLAND, IcsCaller, RunningIcs, content, create


@pytest.fixture
def url_file(ics: RunningIcs, tmp_path: Path) -> Path:
    file = tmp_path / "database"
    file.touch(mode=0o600)
    file.write_text(ics.settings.database + "\n")
    return file


def ask(url_file: Path, command: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, [command, "--database-file", str(url_file), *arguments])


def test_a_family_withdrawn_by_command_is_said_in_the_feed(ics: RunningIcs, url_file: Path) -> None:
    ics.clock.moment = datetime.now(UTC)  # the command has the machine's own clock
    amara = ics.sign_in(AMARA)
    _, cursor = amara.feed_to_the_end()
    asked = ("--worker", AMARA, "--family", TOLLAND, "--reason", "left the team", "--immediate")
    done = ask(url_file, "withdraw", *asked)
    assert done.exit_code == 0, done.output
    (item,) = amara.feed(cursor)["items"]
    assert (item["kind"], item["body"]["reason"]) == ("scope_revoked", "left the team")
    again = ask(url_file, "withdraw", *asked)
    assert again.exit_code == 1
    told = ask(url_file, "inbox")
    assert "0 late proposals; 1 withdrawals without a receipt" in told.output


def test_a_record_is_erased_only_when_that_is_confirmed(
    ics: RunningIcs, amara: IcsCaller, url_file: Path
) -> None:
    amara.push(create("r-1", "op-1", content(note="words")))
    asked = ("--record", "r-1", "--reason", "statutory")
    assert ask(url_file, "erase", *asked).exit_code == 1  # nobody said yes
    assert amara.http.get("/v1/records/r-1").status_code == 200
    done = ask(url_file, "erase", *asked, "--yes")
    assert (done.exit_code, done.output) == (0, "erased r-1: 1 versions\n")
    assert amara.http.get("/v1/records/r-1").status_code == 410
    assert ask(url_file, "erase", *asked, "--yes").exit_code == 1


def test_the_inbox_names_late_work_and_says_none_of_its_words(
    ics: RunningIcs, amara: IcsCaller, url_file: Path
) -> None:
    op = create("r-1", "op-1", content(note="a canary's words"))
    reply = amara.http.post("/v1/late-proposals", json={"job_id": "job-1", "ops": [op]})
    assert reply.json()["results"][0]["status"] == "kept"
    told = ask(url_file, "inbox")
    assert "op-1  by w-amara-quill  on r-1  of f-tolland" in told.output
    assert "canary" not in told.output
