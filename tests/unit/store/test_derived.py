"""What records give, kept beside them: which are to be read anew, what is kept, what goes with its record."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.stored import (
    MAISIE,
    NOON,
    PASSPHRASE,
    TOLLAND,
    WORKER,
    HandClock,
    Template,
    a_clash,
    a_head,
    a_page,
    acknowledged,
    an_op,
    begin,
    keep,
)
from workbook_desktop.domain.changes import OpKind, Parked
from workbook_desktop.domain.ids import FamilyId, FieldPath, RecordId
from workbook_desktop.domain.outputs import Derived, Given, KnownFact
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.domain.records import State, content_hash, content_of
from workbook_desktop.store import schema
from workbook_desktop.store.derived import Behind, Standing
from workbook_desktop.store.store import Store

R1 = RecordId("r1")
DATA = Path(__file__).parents[2] / "data"


def behind(store: Store) -> list[tuple[str, Standing]]:
    return [(each.record, each.standing) for each in store.derived.behind(TOLLAND)]


def read_all(store: Store, found: Derived | None = None) -> list[Behind]:
    listed = store.derived.behind(TOLLAND)
    for each in listed:
        store.derived.put(each, store.derived.text(each), found or everything(each.record))
    return listed


def everything(record: RecordId = R1) -> Derived:
    return Derived(
        given=(
            Given(
                kind="chronology",
                id="line",
                number=0,
                date=date(2026, 11, 20),
                people=(MAISIE,),
                parts={"headline": "A fall", "seen": True, "who": {"display": "Joss"}},
            ),
            Given(
                kind="action", id="step", number=0, row="row-1", date=None, people=(), parts={"what": "Ring"}
            ),
        ),
        facts=(
            KnownFact(
                code="child.school",
                person=MAISIE,
                value={"code": "s1", "display": "Harbour School"},
                path=FieldPath("school"),
                on=date(2026, 11, 20),
                by=WORKER,
                at="2026-11-20T10:00:00+00:00",
            ),
        ),
        readings=(
            ScaleReading(
                person=MAISIE,
                person_name="Maisie",
                scale="worries",
                version="1",
                name="Worries",
                value=Decimal("7.5"),
                band="high",
                date=date(2026, 11, 20),
                by=WORKER,
                record=record,
                better="lower",
                most=Decimal(10),
            ),
        ),
    )


def sign(store: Store, record: RecordId) -> None:
    seen = content_hash(content_of(store.records.held(record).shown))
    store.drafts.release(record, by=WORKER, at=NOON, sign_off_hash=seen)


def test_what_is_kept_comes_back_as_it_was(store: Store) -> None:
    store.sync_port().apply_page(a_page(a_head(state=State.SIGNED_OFF, note="x")))
    read_all(store)
    expected = everything()
    listed = store.derived.given(TOLLAND, ("chronology", "action"))
    assert {each.id: each for _, each in listed} == {each.id: each for each in expected.given}
    origin = listed[0][0]
    assert (origin.record, origin.standing, origin.author) == (R1, Standing.SIGNED, WORKER)
    assert [each for _, each in store.derived.facts(TOLLAND)] == list(expected.facts)
    assert [each for _, each in store.derived.readings(TOLLAND)] == list(expected.readings)
    assert [each.kind for _, each in store.derived.given(TOLLAND, ("action",))] == ["action"]


def test_a_record_is_read_once_and_again_only_when_it_says_something_else(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(a_head("r1", note="x"), a_head("r2", note="x")))
    assert len(read_all(store)) == 2
    assert behind(store) == []
    port.apply_page(a_page(a_head("r2", 2, note="y"), cursor="c2"))
    assert behind(store) == [("r2", Standing.SHARED)]
    read_all(store, Derived())
    assert {origin.record for origin, _ in store.derived.given(TOLLAND, ("chronology",))} == {R1}


def test_a_pull_writes_nothing_of_it(store: Store) -> None:
    store.sync_port().apply_page(a_page(a_head(note="x")))
    assert store._db.execute("SELECT count(*) FROM derived_from").fetchone() == (0,)
    assert store.derived.given(TOLLAND, ("chronology",)) == []


def test_a_draft_is_read_from_its_own_text_and_typing_makes_it_be_read_again(store: Store) -> None:
    begin(store, "r1", note="one")
    (draft,) = read_all(store)
    assert draft.standing is Standing.DRAFT
    assert store.derived.text(draft).author == WORKER
    keep(store, R1, note="two")
    assert behind(store) == [("r1", Standing.DRAFT)]


def test_what_is_signed_here_is_on_its_way_until_the_office_has_it(store: Store) -> None:
    begin(store, "r1", note="one")
    sign(store, R1)
    assert behind(store) == [("r1", Standing.SIGNING)]
    read_all(store)
    (reading,) = (each for _, each in store.derived.readings(TOLLAND))
    assert not reading.sent
    op = an_op(store, R1, kind=OpKind.CREATE)
    store.sync_port().seal([op])
    assert behind(store) == []
    store.sync_port().acknowledge([acknowledged(op, 1, state=State.SIGNED_OFF)])
    assert behind(store) == [("r1", Standing.SIGNED)]
    read_all(store)
    (reading,) = (each for _, each in store.derived.readings(TOLLAND))
    assert reading.sent


def test_a_sign_off_that_was_refused_counts_for_nothing(store: Store) -> None:
    begin(store, "r1", note="one")
    sign(store, R1)
    op = an_op(store, R1, kind=OpKind.CREATE)
    store.sync_port().seal([op])
    store.sync_port().park(Parked(op=op.op, record=R1, code="invalid-answer"))
    assert behind(store) == [("r1", Standing.DRAFT)]


def test_what_is_typed_over_a_shared_record_gives_nothing_until_the_office_has_it(store: Store) -> None:
    store.sync_port().apply_page(a_page(a_head("r1", note="x")))
    keep(store, R1, note="typed over it")
    (shared,) = read_all(store)
    assert shared.standing is Standing.SHARED
    assert store.derived.text(shared).body.answers[FieldPath("note")].value == "x"
    keep(store, R1, note="typed over it again")
    assert behind(store) == []


def test_what_was_superseded_gives_nothing(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(a_head("r1", state=State.SIGNED_OFF, note="x")))
    read_all(store)
    port.apply_page(a_page(a_head("r1", 2, state=State.SUPERSEDED, note="x"), cursor="c2"))
    assert behind(store) == []
    assert store.derived.given(TOLLAND, ("chronology",)) == []
    assert store.derived.facts(TOLLAND) == []
    assert store.derived.readings(TOLLAND) == []


def test_what_a_record_gives_goes_with_it(store: Store) -> None:
    begin(store, "r1", note="one")
    read_all(store)
    assert store.drafts.discard(R1)
    for table in ("derived_from", "given", "fact", "reading"):
        assert store._db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_record_that_cannot_be_read_gives_nothing_and_stays_to_be_read(store: Store) -> None:
    store.sync_port().apply_page(a_page(a_head(note="x")))
    (each,) = read_all(store)
    store.derived.forget(each)
    assert store.derived.given(TOLLAND, ("chronology",)) == []
    assert behind(store) == [("r1", Standing.SHARED)]


def test_another_familys_records_are_not_looked_at(store: Store) -> None:
    store.sync_port().apply_page(a_page(a_head(note="x")))
    assert store.derived.behind(FamilyId("family-other")) == []


@pytest.fixture(params=sorted(each.name for each in DATA.glob("store-schema-*")))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a store as an earlier Workbook left it."""
    return Path(shutil.copytree(DATA / request.param, tmp_path / "old"))


def test_a_store_of_every_earlier_schema_opens_with_all_its_unsent_work(
    old: Path, template: Template, folder: Path
) -> None:
    clock = HandClock(NOON + timedelta(days=1))
    found = Store.unlock(old, PASSPHRASE, clock=clock)
    try:
        assert schema.version_of(found._db) == schema.migrations()[-1][0]
        assert _text(found, "seen") == "As the office has it."
        assert _text(found, "draft") == "Only typed."
        assert _text(found, "edited") == "Typed over it."
        assert found.records.held(RecordId("waiting")).released_at == NOON
        sealed, *later = found.sync_port().sealed(10)
        assert (sealed.op, sealed.bytes_) == ("op-sealed", b'{"op_id":"op-sealed"}')
        if found.records.row(RecordId("clashed")) is not None:  # since schema 9
            assert [each.op for each in later] == ["op-with-it"]
            assert found.conflicts.proposals(RecordId("clashed")) == [a_clash("Ours.", base="Before.")]
        (parked,) = found.outbox.parked()
        assert (parked.record, parked.code) == ("refused", "record-signed-off")
        assert found.records.held(RecordId("edited")).row.conflicts == 1
        (count,) = found._db.execute("SELECT count(*) FROM record WHERE type = 'form'").fetchone()
        assert len(found.derived.behind(TOLLAND)) == count >= 6
        fresh = template.open(folder, clock)
        tables = (
            "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
        )
        assert found._db.execute(tables).fetchall() == fresh._db.execute(tables).fetchall()
        fresh.lock()
    finally:
        found.lock()


def _text(store: Store, record: str) -> object:
    return store.records.held(RecordId(record)).shown.answers[FieldPath("note")].value
