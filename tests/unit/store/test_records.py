"""Lists and search."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.stored import (
    JAYDEN,
    MAISIE,
    NOON,
    TOLLAND,
    VISIT,
    WORKER,
    a_body,
    a_head,
    a_page,
    begin,
    head_with,
    keep,
    search,
)
from workbook_desktop.domain.errors import RecordUnknown
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.domain.records import Gist
from workbook_desktop.store.store import Store


def visit(store: Store, record: str, title: str, on: date | None, text: str = "", subjects=(MAISIE,)) -> None:
    store.drafts.begin(
        RecordId(record),
        family=TOLLAND,
        form=VISIT,
        chapter="social-work",
        subjects=subjects,
        body=a_body(note=text),
        gist=Gist(title=title, occurred_on=on, search_text=text),
        by=WORKER,
        at=NOON,
    )


def test_a_familys_records_come_newest_first_by_when_they_happened(store: Store) -> None:
    visit(store, "a", "old", date(2026, 11, 1))
    visit(store, "b", "new", date(2026, 11, 20))
    visit(store, "c", "undated", None)
    assert [row.id for row in store.records.of_family(TOLLAND)] == ["c", "b", "a"]
    assert [row.id for row in store.records.of_family(TOLLAND, limit=1)] == ["c"]
    assert store.records.of_family(FamilyId("another")) == []


def test_a_childs_records_are_those_about_that_child(store: Store) -> None:
    visit(store, "a", "both", date(2026, 11, 1), subjects=(MAISIE, JAYDEN))
    visit(store, "b", "one", date(2026, 11, 2))
    assert [row.id for row in store.records.of_person(JAYDEN)] == ["a"]
    assert [row.id for row in store.records.of_person(MAISIE)] == ["b", "a"]


def test_the_work_list_holds_what_is_not_in_step_and_nothing_else(store: Store) -> None:
    store.sync_port().apply_page(a_page(a_head("quiet", note="as it is")))
    begin(store, "mine", note="typed")
    assert [row.id for row in store.records.work_list()] == ["mine"]
    assert [row.id for row in store.records.recent(10)] == ["quiet", "mine"]


def test_search_finds_the_beginnings_of_words_whatever_their_case_and_accents(store: Store) -> None:
    visit(store, "a", "Home visit", date(2026, 11, 1), "Maisie spoke about Zoë and the caf\u00e9.")
    assert [row.id for row in search(store, "mais CAFE zoe")] == ["a"]
    assert [row.id for row in search(store, "visi spok")] == ["a"]
    assert search(store, "mais absent") == []
    assert search(store, "  ,;  ") == []


def test_what_says_it_in_its_title_comes_first_then_the_newest(store: Store) -> None:
    visit(store, "a", "Case note", date(2026, 11, 5), "the plan was read, the plan is a good plan " * 2)
    visit(store, "b", "Plan", date(2026, 11, 1), "outcomes and actions")
    visit(store, "c", "Case note", date(2026, 11, 9), "something else")
    assert [row.id for row in search(store, "plan")] == ["b", "a"]


def test_search_follows_what_is_typed_and_what_the_feed_brings(store: Store) -> None:
    record = begin(store, note="kestrel")
    keep(store, record, note="heron")
    assert search(store, "kestrel") == []
    assert [row.id for row in search(store, "heron")] == ["r1"]
    store.sync_port().apply_page(a_page(a_head("r2", note="bittern")))
    store.sync_port().apply_page(a_page(a_head("r2", 2, note="egret")))
    assert search(store, "bittern") == []
    assert [row.id for row in search(store, "egret")] == ["r2"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30))
def test_no_text_makes_search_fail(store: Store, text: str) -> None:
    assert isinstance(search(store, text), list)


def test_a_family_is_read_once_for_each_version_and_a_strange_one_is_passed_over(store: Store) -> None:
    port = store.sync_port()
    content = {"answers": {"name": {"v": "Tolland"}}, "groups": {}}
    port.apply_page(a_page(head_with("f", 1, content, type="family")))
    first = store.records.family(TOLLAND)
    assert first is not None
    assert store.records.family(TOLLAND) is first
    renamed = {"answers": {"name": {"v": "Tolland-Reeve"}}, "groups": {}}
    port.apply_page(a_page(head_with("f", 2, renamed, type="family")))
    second = store.records.family(TOLLAND)
    assert second is not None
    assert second.name == "Tolland-Reeve"
    port.apply_page(a_page(head_with("f", 3, {"answers": {}, "groups": {}}, type="family")))
    assert store.records.families() == []


def test_an_unknown_record_is_said_to_be_so(store: Store) -> None:
    assert store.records.row(RecordId("x")) is None
    assert store.records.rows([RecordId("x")]) == []
    with pytest.raises(RecordUnknown):
        store.records.held(RecordId("x"))


def test_lists_find_their_rows_by_an_index(store: Store) -> None:
    for sql in (
        "SELECT * FROM record r WHERE r.family = 'f' AND r.type = 'form'"
        " ORDER BY r.sort_on DESC, r.changed_at DESC",
        "SELECT * FROM record r WHERE r.here <> 'in-step' OR r.conflicts > 0 ORDER BY r.changed_at DESC",
    ):
        plan = " ".join(row[3] for row in store._db.execute(f"EXPLAIN QUERY PLAN {sql}"))
        assert "USING INDEX" in plan
        assert "TEMP B-TREE" not in plan


def test_the_line_of_the_status_bar_counts_what_stands_where(store: Store) -> None:
    begin(store, "a", note="typed")
    begin(store, "b", note="released")
    store.drafts.release(RecordId("b"), by=WORKER, at=NOON + timedelta(hours=1))
    standing = store.outbox.standing()
    assert (standing.drafts, standing.waiting, standing.parked, standing.conflicts) == (1, 1, 0, 0)
    assert standing.oldest_waiting == NOON + timedelta(hours=1)
