"""Chapters and modules are data; a council's own file replaces ours whole, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbook_desktop.domain.chapters import CHAPTERS, FILES, MODULES, Outline, outline
from workbook_desktop.domain.ids import WorkerId
from workbook_desktop.domain.people import Worker
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.paths import resource

SHIPPED = {name: json.loads(resource("rules", name).read_text(encoding="utf-8")) for name in FILES}
OWN: dict[str, Any] = {
    "together": {"title": "Together", "forms": ["group-supervision"]},
    "chapters": [{"id": "education", "title": "Education", "roles": ["Attainment"], "form": "education"}],
}


def with_files(**files: Any) -> Outline:
    return outline(SHIPPED, {f"{name}.json": json.dumps(said).encode() for name, said in files.items()})


def test_what_ships_has_five_chapters_each_with_a_form_and_modules_that_are_said_to_be_ours() -> None:
    found = with_files()
    forms = {str(load(source).id) for source in core_forms()}
    assert next(each.id for each in found.chapters) == "child"
    assert len(found.chapters) == 5
    assert {each.form for each in found.chapters} <= forms
    assert set(found.together.forms) <= forms
    assert found.modules_are_ours
    assert [each.id for each in found.modules] == list("abcdefgh")
    assert found.refused == ()


def test_a_councils_chapters_replace_ours_whole() -> None:
    found = with_files(chapters=OWN)
    assert [each.title for each in found.chapters] == ["Education"]
    assert found.refused == ()
    assert found.modules_are_ours  # another file


@pytest.mark.parametrize(
    "said",
    [
        {},
        {**OWN, "chapters": []},
        {**OWN, "chapters": [OWN["chapters"][0], OWN["chapters"][0]]},
        {**OWN, "chapters": [{"id": "Education!", "title": "Education"}]},
        {**OWN, "chapters": [{"id": "education", "title": " "}]},
        {**OWN, "chapters": [{"id": "education", "title": "E", "roles": "one"}]},
        {**OWN, "chapters": [{"id": "education", "title": "E", "named_to_others": "yes"}]},
        {"chapters": OWN["chapters"]},
        [1, 2],
    ],
)
def test_a_file_that_is_not_right_is_left_out_whole_and_said(said: Any) -> None:
    found = with_files(chapters=said)
    assert len(found.chapters) == 5
    assert len(found.refused) == 1
    assert found.refused[0].startswith("The council’s own chapters are not used: ")


@pytest.mark.parametrize("data", [b"{", b"\xff\xfe", b"[" * 100_000, b" " * 300_000])
def test_rubbish_is_refused_and_ours_holds(data: bytes) -> None:
    found = outline(SHIPPED, {MODULES: data, CHAPTERS: data})
    assert len(found.chapters) == 5
    assert len(found.modules) == 8
    assert len(found.refused) == 2


def test_a_worker_without_a_chapter_is_known_by_their_role() -> None:
    (education,) = with_files(chapters=OWN).chapters
    worker = Worker(id=WorkerId("w"), name="W", role="Education attainment officer", agency="Council")
    assert education.is_of(worker)
    assert not education.is_of(Worker(id=WorkerId("v"), name="V", role="recovery worker", agency="T"))
