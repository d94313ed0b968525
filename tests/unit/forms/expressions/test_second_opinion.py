"""fhirpathpy, another engine, is asked the same; where it answers otherwise, the reason is written down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.hl7 import DATA

DIFFERENCES = Path(__file__).parents[3] / "data" / "fhirpath-differences.json"
pytestmark = [
    pytest.mark.skipif(
        not (DATA / "questionnaires").is_dir(),
        reason="public forms are not beside this checkout (../shared/data/questionnaires)",
    ),
    pytest.mark.filterwarnings("ignore"),  # of a library we only ask
]


def test_fhirpathpy_differs_only_where_it_is_written_down() -> None:
    from tests.support.fhirpathpy_oracle import asked, differences

    told = json.loads(DIFFERENCES.read_text())["fhirpathpy"]
    assert all(told.values())
    assert sum(1 for _ in asked()) >= 100
    assert set(differences()) == set(told)
