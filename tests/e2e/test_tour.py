"""The tour, as a person without a display would start it: by the command line, in a process of its own."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

OFFSCREEN_SAYS = "This plugin does not support propagateSizeHints()"  # of itself, not of us
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toured:
    """What a walk left behind."""

    folder: Path
    code: int
    out: str
    err: str
    told: dict[str, Any]


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> Toured:
    folder = tmp_path_factory.mktemp("tour")
    ended = subprocess.run(
        [sys.executable, "-m", "workbook_desktop", "practice", "--tour", str(folder)],
        capture_output=True,
        text=True,
        timeout=180,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        cwd=Path(__file__).resolve().parents[2],
    )
    file = folder / "tour.json"
    told = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return Toured(folder=folder, code=ended.returncode, out=ended.stdout, err=ended.stderr, told=told)


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(_PNG)
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_tour_arrives(toured: Toured) -> None:
    assert toured.code == 0, toured.err[-3000:]
    assert "trouble" not in toured.told
    assert "0 lost" in toured.out


def test_every_step_has_a_picture_of_a_whole_window(toured: Toured) -> None:
    steps = toured.told["steps"]
    assert len(steps) >= 25
    pictures = [toured.folder / step["picture"] for step in steps]
    assert len(set(pictures)) == len(steps)
    for picture in pictures:
        png = picture.read_bytes()
        assert _size(png) == (1366, 768), picture.name
        assert len(png) > 5_000, f"{picture.name} shows nothing"  # a window of one colour packs to 3 KB
    assert all(step["seconds"] >= 0 for step in steps)


def test_nothing_that_anybody_typed_is_lost(toured: Toured) -> None:
    answers = toured.told["answers"]
    assert toured.told["lost"] == 0
    assert {answer["who"] for answer in answers} == {"worker", "colleague"}
    for answer in answers:
        assert answer["where"], answer["path"]
        assert set(answer["where"]) <= {"ICS head", "history", "conflict"}


def test_what_both_wrote_in_one_field_went_to_the_office_as_a_conflict(toured: Toured) -> None:
    both = [answer for answer in toured.told["answers"] if answer["path"] == "safety.contingency"]
    first, chosen = [answer for answer in both if answer["who"] == "worker"]
    (colleagues,) = [answer for answer in both if answer["who"] == "colleague"]
    assert "conflict" in first["where"]
    assert "conflict" in colleagues["where"]
    assert "ICS head" in chosen["where"]


def test_the_colleague_holds_the_same_heads(toured: Toured) -> None:
    assert all(answer["colleague_holds_the_same_head"] for answer in toured.told["answers"])


def test_neither_qt_nor_python_complained_on_the_way(toured: Toured) -> None:
    told = [line for line in toured.err.splitlines() if line != OFFSCREEN_SAYS]
    assert told == []
