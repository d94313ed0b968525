"""S19: the versions of a record, on this laptop and at the office."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtGui import QAction

from tests.support.window import Window
from tests.support.worker import a_plan
from ui.screens.versions import VersionsScreen
from workbook_desktop.domain.errors import IcsUnreachable
from workbook_desktop.domain.ids import WorkerId
from workbook_desktop.domain.records import Head, body_of, content_hash, content_of


def come(window: Window) -> Head:
    """Open the versions of the plan by the menu."""
    window.unlock()
    plan = a_plan(window.gate)
    routes: Any = window.shell._routes
    window.open(lambda: routes.record(plan.id), "screen:form")
    action = window.shell.findChild(QAction, "do:child-versions")
    window.open(action.trigger, "screen:versions")
    return plan


def test_a_record_with_one_version_says_so_and_esc_leads_back(window: Window) -> None:
    come(window)
    assert "Version 1" in window.spoken()
    assert "at the office only" not in window.spoken()
    window.press("Esc")
    window.until(lambda: not isinstance(window.shell._routes.screen, VersionsScreen))  # type: ignore[union-attr]


def test_older_versions_come_from_the_office_when_they_are_asked_for(window: Window) -> None:
    asked: list[str] = []

    def fetch(owner: Any, record: Any, then: Any, failed: Any) -> None:
        asked.append(record)
        if len(asked) == 1:
            failed(IcsUnreachable(reason="no-connection"))
        else:
            then((older, plan))

    window.exchange._versions = fetch
    window.unlock()
    plan = a_plan(window.gate)
    body = body_of(plan.content)
    path = next(p for p, a in body.answers.items() if p == "plan.goal")
    said = content_of(body.with_answer(path, replace(body.answers[path], value="Written first.")))
    older = replace(plan, content=said, hash=content_hash(said), changed_by=WorkerId("w-bea-linnet"))
    plan = replace(plan, version=2)
    store: Any = window.gate.store

    def comes() -> None:
        from workbook_desktop.domain.changes import FeedItem, FeedPage

        item = FeedItem(seq=7001, kind="record", family=plan.family, head=plan)
        store.sync_port().apply_page(FeedPage(items=(item,), cursor="c9", epoch="e1", more=False))

    window.thread.submit(comes).result()
    routes: Any = window.shell._routes
    window.open(lambda: routes.record(plan.id), "screen:form")
    window.open(routes.versions, "screen:versions")
    assert "1 version is at the office only" in window.spoken()
    assert "What changed is not on this laptop" in window.spoken()
    window.press("Alt+G")
    window.until(lambda: len(asked) == 1)
    window.press("Alt+G")
    window.until(lambda: "Written first. →" in window.spoken())
    assert "at the office only" not in window.spoken()
    assert "by Bea Linnet" in window.spoken()
