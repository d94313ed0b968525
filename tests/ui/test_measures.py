"""Measures through the window: counted, small counts hidden, saved as a file where the worker says."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.support.window import Window
from ui.screens.measures import MeasuresScreen
from ui.shell.places import Kind, Place


def open_measures(window: Window) -> MeasuresScreen:
    window.unlock()
    window.shell._routes.to(Place(kind=Kind.MEASURES))  # type: ignore[union-attr]
    window.on("screen:measures")
    page = window.shell.screen_now
    assert isinstance(page, MeasuresScreen)
    window.until(page.save.isEnabled)
    return page


def test_the_page_says_whose_work_it_counts_what_each_figure_means_and_hides_what_is_small(
    window: Window,
) -> None:
    open_measures(window)
    said = window.spoken()
    assert "you work with" in said
    assert "Visits in time" in said
    assert "A missed visit is one until the next." in said
    assert "Fewer than 5 in all, so none of it is shown." in said
    assert "on the laptop of a manager or practice lead, with a whole team’s families" in said
    assert "Seen alone" in said  # its lines stand there without a figure
    assert not [name for name in ("Maisie", "Leo", "Ivy", "Tilly", "Amara") if name in said]


def test_other_days_are_counted_when_they_are_chosen(window: Window) -> None:
    page = open_measures(window)
    page.days.setCurrentIndex(2)
    window.until(page.save.isEnabled)
    assert "October 2026" in page._file_name() or "2026-10-01" in page._file_name()


def test_the_tables_are_saved_where_the_worker_says_and_no_copy_is_left_anywhere(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page: Any = open_measures(window)
    place = tmp_path / "figures.csv"
    page._ask_where = lambda name, then: then(str(place))
    page.save.click()
    window.until(place.exists)
    window.quiet()
    raw = place.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert ["Measure", "What", "Count", "Counted"] in rows
    assert "Saved as figures.csv." in window.spoken()
    store = window.gate.store
    assert store is not None
    audit = window.thread.submit(store.audit.lines).result()
    assert [line.what for line in audit if line.what == "measures-saved"]


def test_a_place_that_takes_no_file_is_said_and_nothing_else_happens(window: Window, tmp_path: Path) -> None:
    page: Any = open_measures(window)
    page._ask_where = lambda name, then: then(str(tmp_path / "not there" / "x.csv"))
    page.save.click()
    window.until(lambda: "could not be saved there" in window.spoken())
