"""HL7's own suite decides; where we differ it is written down with a reason.

With WORKBOOK_WRITE_DOCS=1 the run also writes the table in docs/forms.md.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.fhirpath_table import DIFFERENCES, table
from tests.support.hl7 import DATA, cases

PAGE = Path(__file__).resolve().parents[4] / "docs" / "forms.md"
BEGIN, END = "<!-- how HL7's suite goes: begin -->", "<!-- HL7's suite: end -->"
pytestmark = pytest.mark.skipif(
    not (DATA / "fhirpath").is_dir(),
    reason="HL7's suite is not beside this checkout (../shared/data/fhirpath)",
)


def test_we_differ_from_the_suite_only_where_it_is_written_down() -> None:
    told = json.loads(DIFFERENCES.read_text())["hl7"]
    assert all(told.values())
    found = {case.name: case.outcome() for case in cases() if case.within}
    assert {name for name, outcome in found.items() if outcome} == set(told)


def test_97_in_a_hundred_of_what_forms_may_use_come_out_as_the_suite_has_them() -> None:
    within = [case for case in cases() if case.within]
    assert len(within) >= 819
    assert sum(not case.outcome() for case in within) >= 0.97 * len(within)


def test_what_the_suite_calls_wrong_syntax_is_refused_in_words() -> None:
    wrong = [case for case in cases() if case.invalid == "syntax"]
    assert wrong
    assert not [case.name for case in wrong if case.outcome()]


def test_the_page_on_forms_says_how_the_suite_goes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    written, after = rest.split(END)
    if os.environ.get("WORKBOOK_WRITE_DOCS"):
        PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")
    else:
        assert written.strip() == table()
