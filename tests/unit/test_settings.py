import json
from pathlib import Path

import pytest

from workbook_desktop import settings
from workbook_desktop.settings import Settings


@pytest.mark.parametrize(
    "office", ["ftp://ics.example", "ics.example", 7, "http://ics.example", "https://" + 600 * "x"]
)
def test_an_office_that_is_no_safe_address_is_passed_over(tmp_path: Path, office: object) -> None:
    said = {"office": office, "contact": "the IT service desk, 01632 960123"}
    (tmp_path / "policy.json").write_text(json.dumps(said))
    policy = settings.read_policy(tmp_path)
    assert (policy.office, policy.contact) == ("", "the IT service desk, 01632 960123")


def test_an_office_and_whom_to_ring_are_read(tmp_path: Path) -> None:
    said = {"office": "https://ics.wrenmouth.example", "contact": ["no", "words"]}
    (tmp_path / "policy.json").write_text(json.dumps(said))
    policy = settings.read_policy(tmp_path)
    assert (policy.office, policy.contact) == ("https://ics.wrenmouth.example", "")


def test_settings_come_back_as_they_were_kept(tmp_path: Path) -> None:
    chosen = Settings(text_percent=200, theme="dark", lock_minutes=3)
    settings.keep(tmp_path, chosen)
    assert settings.read(tmp_path) == chosen


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"text_percent": "200"}', '{"theme": "pink"}', "\x00"]
)
def test_a_bad_file_gives_the_defaults(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    assert settings.read(tmp_path) == Settings()


def test_one_bad_value_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"text_percent": 1000, "theme": "dark", "lock_minutes": true}')
    assert settings.read(tmp_path) == Settings(theme="dark")


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("not a folder")
    settings.keep(blocked, Settings(theme="dark"))
    assert settings.read(blocked) == Settings()


def test_a_change_out_of_bounds_is_passed_over() -> None:
    assert settings.changed(Settings(), text_percent=150, lock_minutes=99) == Settings(text_percent=150)
