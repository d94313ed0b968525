"""A council's form from its file to a laptop: published, taken in by the ICS, used only if signed by a key
that the laptop trusts. One that is not holds nothing else up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sync.reference_ics.__main__ import run as ics_command
from sync.reference_ics.database import Database
from sync.reference_ics.practice import practice_caseload
from sync.reference_ics.seed import add_form
from sync.reference_ics.settings import AUTHORITY
from tests.support.forms import item, questionnaire
from tests.support.laptop import NoWindow, office_at
from tests.support.service import IcsProcess
from workbook_desktop.app.machine import SystemClock, system_ids
from workbook_desktop.commands.line import run
from workbook_desktop.domain.ids import FormId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.forms import signing
from workbook_desktop.store.forms import Forms

OURS, STRANGERS = FormRef(id=FormId("ours"), version="1.0.0"), FormRef(id=FormId("theirs"), version="1.0.0")


@pytest.fixture
def ics(tmp_path: Path) -> Iterator[IcsProcess]:
    folder = tmp_path / "ics"
    folder.mkdir()
    process = IcsProcess(folder, practice_caseload(SystemClock().today()))
    yield process
    process.terminate()


def published(folder: Path, form_id: str, text: str = "How is it?") -> tuple[Path, dict[str, bytes]]:
    """A form as `forms publish` leaves it, and the public key to trust."""
    key = folder / f"{form_id}.pem"
    source = folder / f"{form_id}.json"
    if not key.exists():
        assert run(["forms", "publish", "--new-key", str(key)]) == 0
    given = questionnaire(item("how", text=text), url=f"https://example.org/{form_id}")
    source.write_text(json.dumps({**given, "id": form_id}), encoding="utf-8")
    out = folder / "published" / text.strip("?").replace(" ", "-")
    assert run(["forms", "publish", str(source), "--key", str(key), "--out", str(out)]) == 0
    public = signing.public_part(key.read_bytes())
    return out / f"{form_id}.1.0.0.json", {signing.key_name(public): public}


def add(ics: IcsProcess, *files: Path) -> int:
    try:
        ics_command(["forms", "add", *map(str, files), "--database", ics.database])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def forms_of(who: NoWindow) -> Forms:
    store = who.client._store
    assert store is not None
    return store.forms


def test_a_form_is_used_if_a_trusted_key_signed_it_and_else_kept_aside_and_said(
    ics: IcsProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, keys = published(tmp_path, "ours")
    theirs, their_keys = published(tmp_path, "theirs")
    assert add(ics, ours, theirs) == 0
    clock = SystemClock()
    with closing(Database(ics.database, authority=AUTHORITY, new_id=system_ids(clock))) as opened:
        for bad in (
            json.dumps(questionnaire(item("a"), id="nobodys")).encode(),
            # A form that ships, but for one word: under its own name, and nobody has signed it.
            json.dumps(questionnaire(item("visit.date"), id="visit", version="9.0.0")).encode(),
        ):
            assert add_form(opened, bad, received_at=clock.now())
    trusted: dict[str, bytes] = dict(keys)
    with closing(
        NoWindow(tmp_path / "bea", office_at(ics.base_url, ics.secret), form_keys=lambda: trusted)
    ) as bea:
        assert bea.exchange().outcome == "complete"
        forms = forms_of(bea)
        assert bea.do(lambda: forms.form(OURS)) is not None
        assert bea.do(lambda: forms.json(OURS)) == ours.read_bytes().strip()
        refs = bea.do(forms.refs)
        assert STRANGERS not in refs
        assert not {"nobodys"} & {ref.id for ref in refs}
        assert FormRef(id=FormId("visit"), version="9.0.0") not in refs
        assert {"visit", "plan", "case-note"} <= {ref.id for ref in refs}
        assert bea.do(bea.desk.home).recent  # what else the pages held is here
        said = bea.do(bea.desk.sending).forms_aside
        assert sorted(said) == [
            "nobodys 1.0.0: nobody has signed it",
            "theirs 1.0.0: it is signed with a key that is not known here",
            "visit 9.0.0: nobody has signed it",
        ]
        bea.do(bea.client.lock)
        trusted |= their_keys  # the administrator adds their key
        bea.desk = bea.do(lambda: bea.client.unlock("saltmarsh lantern otter quay"))
        later = forms_of(bea)
        assert bea.do(lambda: later.form(STRANGERS)) is not None
        assert len(bea.do(bea.desk.sending).forms_aside) == 2


def test_the_ics_takes_a_published_form_once_and_never_another_under_its_name(
    ics: IcsProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, _ = published(tmp_path, "ours")
    assert add(ics, first) == 0
    assert add(ics, first) == 0
    assert "there already" in capsys.readouterr().out
    other, _ = published(tmp_path, "ours", "How is it really?")
    assert add(ics, other) == 1
    assert "another form has its name and version" in capsys.readouterr().err
    changed = first.with_name("changed.json")
    changed.write_bytes(first.read_bytes().replace(b"How", b"Who"))
    changed.with_name("changed.sig.json").write_bytes(first.with_name("ours.1.0.0.sig.json").read_bytes())
    unsigned = tmp_path / "unsigned.json"
    unsigned.write_bytes(first.read_bytes())
    assert add(ics, changed, unsigned) == 1
    said = capsys.readouterr().err
    assert "not the file that was signed" in said
    assert "unsigned.sig.json cannot be read" in said


def test_practice_signs_its_forms_with_a_key_of_its_own(tmp_path: Path) -> None:
    from workbook_desktop.commands.ics_process import IcsProcess as PracticeIcs

    practice = PracticeIcs(tmp_path / "practice")
    practice.prepare()
    assert len(practice.form_keys()) == 1
    with (
        closing(Database(practice.database, authority=AUTHORITY, new_id=system_ids(SystemClock()))) as opened,
        opened.reading() as connection,
    ):
        bodies: list[Any] = [
            row[0]
            for row in connection.exec_driver_sql("SELECT body FROM revision WHERE kind = 'form'").all()
        ]
    assert bodies
    for body in bodies:
        source, signature = signing.taken_apart(bytes(body))
        assert signature is not None
        signing.verify(source, signature, practice.form_keys())
