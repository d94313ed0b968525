"""A form that came and is not used is said on the sending page, and only there and then."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from tests.support.window import Window
from tests.support.worker import StoreGate
from ui.screens.sending import SendingScreen


def test_the_sending_page_says_which_forms_are_not_used_and_why(window: Window, gate: StoreGate) -> None:
    window.unlock()
    routes, store = window.shell._routes, gate.store
    assert routes is not None
    assert store is not None
    window.open(routes.sending, "screen:sending")
    page = window.named("screen:sending")
    assert isinstance(page, SendingScreen)
    assert not page.aside.isVisible()
    window.thread.submit(lambda: store.forms.arrived(b"no form at all")).result()
    page.refresh(())
    window.until(page.aside.isVisible)
    assert "a form without a name" in page._aside_words.text()
    page._copy()
    assert "form-aside a form without a name" in QApplication.clipboard().text()
