"""Audit, settings, and forms on this laptop."""

from __future__ import annotations

import json

import pytest

from tests.support.stored import NOON, WORKER, begin
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import FormId, RecordId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.store.store import Store


def test_audit_lines_follow_one_from_another_and_cannot_be_changed(store: Store) -> None:
    for number in range(3):
        store.audit.note("signed", by=WORKER, at=NOON, record=RecordId("r1"), facts={"number": number})
    store.audit.note("opened", by=WORKER, at=NOON)
    assert [line.what for line in store.audit.lines()] == ["opened", "signed", "signed", "signed"]
    assert [line.facts["number"] for line in store.audit.lines(RecordId("r1"))] == [2, 1, 0]
    assert store.audit.first_broken() is None
    for sql in ("UPDATE audit SET what = 'x'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="append-only"):
            store._db.execute(sql)


def test_an_altered_or_missing_audit_line_is_found(store: Store) -> None:
    for number in range(3):
        store.audit.note("signed", by=WORKER, at=NOON, facts={"number": number})
    store._db.execute("DROP TRIGGER audit_never_changes")
    store._db.execute("DROP TRIGGER audit_never_shrinks")
    store._db.execute("UPDATE audit SET facts = '{}' WHERE seq = 2")
    assert store.audit.first_broken() == 2
    store._db.execute("DELETE FROM audit WHERE seq = 1")
    assert store.audit.first_broken() == 1


def test_an_audit_line_is_kept_with_what_it_speaks_of_or_not_at_all(store: Store) -> None:
    def both() -> None:
        begin(store, note="x")
        store.audit.note("begun", by=WORKER, at=NOON, record=RecordId("r1"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.together(both)
    assert store.audit.lines() == []


def test_a_setting_is_what_it_was_last(store: Store) -> None:
    assert store.settings.get("worker", "nobody") == "nobody"
    store.settings.put("worker", "robin")
    store.settings.put("worker", "sam")
    assert store.settings.get("worker") == "sam"


def a_form(version: str, **more: object) -> bytes:
    return json.dumps(
        {
            "resourceType": "Questionnaire",
            "id": "note",
            "url": "https://example.org/note",
            "version": version,
            "status": "active",
            "title": "A note",
            "item": [{"linkId": "words", "type": "text", "text": "Words"}],
            **more,
        }
    ).encode()


def test_forms_stay_at_every_version_and_the_newest_is_known(store: Store) -> None:
    refs = [store.forms.put(a_form(version)) for version in ("1.9", "1.10", "1.2")]
    store.forms.put(a_form("1.9"))
    assert [ref.version for ref in store.forms.refs()] == ["1.2", "1.9", "1.10"]
    assert [ref.version for ref in store.forms.newest()] == ["1.10"]
    assert store.forms.json(refs[0]) == a_form("1.9")
    form = store.forms.form(refs[0])
    assert form is not None
    assert form.ref == refs[0]
    assert store.forms.form(refs[0]) is form
    assert store.forms.form(FormRef(id=FormId("none"), version="1")) is None


def test_a_form_comes_by_the_feed_and_one_that_cannot_be_used_stops_nothing(store: Store) -> None:
    strange = a_form("3", item=[{"linkId": "x", "type": "a type of tomorrow"}])
    items = tuple(
        FeedItem(seq=number, kind="form", family=None, form=json)
        for number, json in enumerate((b"not json at all", strange, a_form("2")), 1)
    )
    store.sync_port().apply_page(FeedPage(items=items, cursor="c", epoch="e", more=False))
    assert store.sync_port().feed_state().cursor == "c"
    usable = store.forms.refs()[0]
    assert store.sync_port().form(usable) is not None
    with pytest.raises(FormRefused):
        store.forms.put(b"not json at all")
