"""Forms that nobody here wrote: published, filled in by keyboard, sent, and read back by a colleague.

With WORKBOOK_WRITE_DOCS=1 the run also writes docs/public-forms.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from sync.reference_ics.practice import practice_caseload
from tests.support.filling import Filled, Filler
from tests.support.laptop import CONTROL, Laptop, NoWindow, office_at
from tests.support.publisher import Publisher
from tests.support.service import IcsProcess
from ui.widgets.rows import RowList
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Value, body_of
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.loader import load

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLIC = REPOSITORY.parent / "shared" / "data" / "questionnaires"
REPORT = REPOSITORY / "docs" / "public-forms.md"
COMMAND = "WORKBOOK_WRITE_DOCS=1 python -m pytest tests/e2e/test_public_forms.py"

pytestmark = pytest.mark.skipif(not PUBLIC.is_dir(), reason=f"no public questionnaires at {PUBLIC}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A form of the collection, and what is known not to work with it yet."""

    name: str
    file: str
    not_yet: tuple[str, ...] = ()  # each remark of the loader has one of these words, and each is needed


PUBLISHER = Publisher()
ELSEWHERE = "its list of answers is kept elsewhere"  # copied in when a form is published
NO_ANSWERS = "it offers no answers"  # the form names none: it is the form that is unfinished
A_QUERY = "its formula is a query to a server"  # never asked while a form is filled in
UNDECIDED = "shows by a rule that"  # no answer can decide it: the form compares codings with numbers

SAMPLES = (
    Sample(
        name="Cardiology",
        file="hl7-sdc/input_resources_Questionnaire-CardiologyForm.json",
    ),
    Sample(
        name="Screener",
        file="android-fhir/demo_src_main_assets_screener-questionnaire.json",
        not_yet=(NO_ANSWERS, A_QUERY),
    ),
    Sample(
        name="Conditions",
        file="hl7-sdc-2021/input_examples_questionnaire-sdc-test-enablewhen.json",
        not_yet=(ELSEWHERE, UNDECIDED),
    ),
    Sample(
        name="Every widget",
        file="android-fhir/catalog_src_main_assets_layout_default.json",
    ),
    Sample(
        name="All data types",
        file="hl7-sdc-2021/input_examples_questionnaire-sdc-test-all-data-types.json",
        not_yet=(ELSEWHERE,),
    ),
    Sample(
        name="Registration with rows",
        file="hl7-sdc/input_resources_extract-complex-template.json",
    ),
    Sample(
        name="Rows in rows",
        file="hl7-sdc-2021/input_examples_questionnaire-sdc-test-repeatable-nested-groups.json",
        not_yet=(ELSEWHERE,),
    ),
    Sample(
        name="Clinical history",
        file="android-fhir/workflow_sampledata_smart-imm_ig_Questionnaire-Questionnaire-IMMZD1ClientHistory.json",
    ),
    Sample(
        name="Several subjects",
        file="android-fhir/sources_plan-definition_base-repo_resources_Questionnaire-"
        "questionnaire-sdc-profile-example-multi-subject.json",
    ),
    Sample(name="Amount with unit", file="android-fhir/catalog_src_main_assets_component_quantity.json"),
    Sample(
        name="File of a kind",
        file="android-fhir/catalog_src_main_assets_component_attachment_with_validation.json",
    ),
    Sample(
        name="Medicines",
        file="hl7-sdc/input_resources_Questionnaire-rxterms.json",
        not_yet=(ELSEWHERE, A_QUERY),
    ),
)


def published(sample: Sample) -> bytes:
    """Return the form as a practice lead would publish it: with an id and version, if it had none."""
    raw: dict[str, Any] = json.loads((PUBLIC / sample.file).read_text(encoding="utf-8"))
    raw["id"] = re.sub(r"[^A-Za-z0-9.-]", "-", sample.name).lower()
    raw.setdefault("version", "1.0.0")
    raw["title"] = f"Public: {sample.name}"
    return json.dumps(raw, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The ICS with all the forms, and what the tests found."""

    ics: IcsProcess
    picture: Path
    found: dict[str, tuple[Form, Filled]]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("public-forms")
    caseload = practice_caseload(datetime.now(UTC).date())
    forms = tuple(published(sample) for sample in SAMPLES)
    ics = IcsProcess(folder, replace(caseload, forms=caseload.forms + PUBLISHER.sign(forms)))
    found: dict[str, tuple[Form, Filled]] = {}
    picture = folder / "drawing.png"
    picture.write_bytes(a_small_picture())
    try:
        yield Office(ics=ics, picture=picture, found=found)
    finally:
        ics.kill()
    if os.environ.get("WORKBOOK_WRITE_DOCS") and len(found) == len(SAMPLES):
        REPORT.write_text(report(found), encoding="utf-8")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_public_form_is_filled_by_keyboard_sent_and_read_back(
    sample: Sample, office: Office, qtbot: QtBot, tmp_path: Path
) -> None:
    way = office_at(office.ics.base_url, office.ics.secret)
    form = load(published(sample))
    for remark in form.notices:
        assert any(words in remark for words in sample.not_yet), remark
    for words in sample.not_yet:
        assert any(words in remark for remark in form.notices), f"works by now: {words}"
    laptop = Laptop(qtbot, tmp_path, way, form_keys=PUBLISHER.keys)
    try:
        laptop.at_home()
        laptop.first_pull()
        start(laptop, form.title)
        record = laptop.record
        filler = Filler(laptop, office.picture)
        filled = filler.fill()
        shown = dict(filler.shown_questions())
        missed = set(shown) - set(filled.expected) - set(filled.not_typed)
        assert not missed, f"shown by the form, not by the window: {missed}"
        assert tuple(filled.not_typed.values()) == tuple(
            "it is read only" for path in filled.not_typed if shown[path].read_only
        )
        send(laptop)
    finally:
        laptop.end()

    colleague = NoWindow(tmp_path / "colleague", way, form_keys=PUBLISHER.keys)
    try:
        assert colleague.exchange().outcome == "complete"
        held = colleague.held(record)
        assert held.head is not None
        assert held.head.form == form.ref
        body = body_of(held.head.content)
        read = {path: body.answers[path].value for path in filled.expected if path in body.answers}
        assert differences(filled.expected, read) == {}
        opened = colleague.do(lambda: colleague.desk.open(record))
        assert opened.body.answers == body.answers
        assert opened.form.source_hash == form.source_hash
        with closing(colleague.ics()) as ics:
            at_office = ics.history(record).revisions[-1]
        assert at_office.hash == held.head.hash
    finally:
        colleague.close()
    office.found[sample.name] = (form, filled)


# Forms that are no use: the collection has some, and the Workbook says which item is wrong ----------------

REFUSED: Mapping[str, tuple[str, str]] = {
    "android-fhir/sdc-kmp-demo_src_commonMain_composeResources_files_sample-questionnaire.json": (
        "1-select-one",
        "two items have this linkId",
    ),
    "android-fhir/datacapture_sampledata_measles-outbreak_questionnaire_outbreak.json": (
        "telephone",
        "two items have this linkId",
    ),
    "android-fhir/catalog_src_main_assets_layout_paginated.json": ("10.1", "two items have this linkId"),
}


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.rsplit("_", 1)[-1])
def test_a_public_form_with_one_name_for_two_questions_is_refused_with_the_name(file: str) -> None:
    with pytest.raises(FormRefused) as refused:
        load((PUBLIC / file).read_bytes())
    item, why = REFUSED[file]
    assert refused.value.facts["item"] == item
    assert refused.value.facts["why"] == why


# What a worker does ---------------------------------------------------------------------------------------


def start(laptop: Laptop, title: str) -> None:
    """Begin a record of this form about the practice family, by keyboard."""
    hands = laptop.hands
    hands.press(Qt.Key.Key_N, CONTROL)
    laptop.sees("find:new")
    hands.focus("find:new")
    hands.type("toll")
    laptop.bot.wait(200)
    laptop.quiet()
    hands.focus("list:choices")
    hands.press(Qt.Key.Key_Home)
    hands.press(Qt.Key.Key_Return)
    choices = laptop.hands.find("list:choices")
    assert isinstance(choices, RowList)
    laptop.until(lambda: any(row.title == title for row in choices.rows))
    wanted = next(row.key for row in choices.rows if row.title == title)
    hands.focus("list:choices")
    hands.press(Qt.Key.Key_Home)
    for _ in choices.rows:
        if choices.current_key == wanted:
            break
        hands.press(Qt.Key.Key_Down)
    hands.press(Qt.Key.Key_Return)
    laptop.sees("screen:form")


def send(laptop: Laptop) -> None:
    """Check and send; wait until the office has it."""
    laptop.hands.do("do:check")
    laptop.sees("screen:check")
    laptop.hands.do("do:send")
    laptop.until(lambda: laptop.counts().waiting > 0, 10)
    laptop.hands.press(Qt.Key.Key_R, CONTROL)
    laptop.until(lambda: laptop.counts().waiting == 0, 30)


def differences(expected: Mapping[FieldPath, Value], read: Mapping[FieldPath, Value]) -> dict[str, Any]:
    """Return what came back other than it was typed."""
    found: dict[str, Any] = {}
    for path, value in expected.items():
        got = read.get(path)
        if isinstance(value, dict) and set(value) == {"display"} and isinstance(got, dict):
            got = {"display": got.get("display")}  # a person: the reference is the window's to know
        if got != value or type(got) is not type(value):
            found[path] = {"typed": value, "read": got}
    return found


def a_small_picture() -> bytes:
    """A PNG of one grey point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            chunk(b"IDAT", zlib.compress(b"\x00\x80")),
            chunk(b"IEND", b""),
        )
    )


# What is told of it ---------------------------------------------------------------------------------------


def report(found: Mapping[str, tuple[Form, Filled]]) -> str:
    """Return the page about it."""
    lines = [
        "# Public forms, tried",
        "",
        "Other people's FHIR Questionnaires: published to an ICS, begun in the form window for the practice",
        "family, every question that shows filled in by keyboard (two rows in every repeating group, two",
        "answers wherever several can be given), sent over HTTP, and read back answer by answer by a",
        "colleague's own client. Written by the test itself:",
        "",
        f"    {COMMAND}",
        "",
        "| form | items | filled | read back | what does not work yet |",
        "|---|---:|---:|---:|---|",
    ]
    for sample in SAMPLES:
        form, filled = found[sample.name]
        items = sum(1 for _ in form.walk())
        count = len(filled.expected)
        notes = [*form.notices]
        if filled.not_typed:
            notes.append(f"{len(filled.not_typed)} read only, shown and not typed.")
        told = " ".join(dict.fromkeys(notes)) or "–"
        digest = hashlib.sha256((PUBLIC / sample.file).read_bytes()).hexdigest()[:8]
        name = f"{sample.name} (`{sample.file.split('/')[0]}`, {digest})"
        lines.append(f"| {name} | {items} | {count} | {count} | {told.replace('|', '/')} |")
    lines += [
        "",
        "Refused, with the item and the reason, because two of their questions have one name (which FHIR",
        "forbids, and which would let one answer overwrite the other):",
        "",
        "| file | item | reason |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{file.rsplit('_', 2)[-2]}_{file.rsplit('_', 1)[-1]}` | {item} | {why} |"
        for file, (item, why) in REFUSED.items()
    ]
    return "\n".join([*lines, ""])
