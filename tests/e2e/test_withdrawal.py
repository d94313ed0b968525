"""What a laptop may hold, over real HTTP and in a real store: given, withdrawn, erased, restored."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from sync.reference_ics import grants, leaving
from sync.reference_ics.practice import practice_caseload
from tests.support.faulty_line import FaultyLine
from tests.support.laptop import COLLEAGUE, WORKER, NoWindow, office_at
from tests.support.service import IcsClock, RunningIcs, content, create, running_ics, update
from workbook_desktop.domain.changes import RunReport
from workbook_desktop.domain.digests import digest_of_ids
from workbook_desktop.domain.ids import FamilyId, FieldPath, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Answer, Gist
from workbook_desktop.workspace.views import OpenRecord

TOLLAND = FamilyId("f-tolland")
PARENTS, CHILDREN = FieldPath("network.parents"), FieldPath("network.children")
CONTINGENCY = FieldPath("safety.contingency")
CANARY = "zzqcanary"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@dataclass(slots=True)
class Office:
    """The service, the practice family in it, and those who come to it."""

    ics: RunningIcs
    folder: Path
    plan: RecordId
    laptops: list[NoWindow]
    line: FaultyLine | None = None

    def laptop(self, worker: Worker, name: str = "", *, by_the_line: bool = False) -> NoWindow:
        """A worker's laptop, which has received everything."""
        if by_the_line and self.line is None:
            self.line = FaultyLine(self.ics.base_url)
        url = self.line.url if by_the_line and self.line is not None else self.ics.base_url
        found = NoWindow(self.folder / (name or worker.id), office_at(url, self.ics.secret), worker)
        self.laptops.append(found)
        assert found.exchange().outcome == "complete"
        return found

    def withdraws(self, worker: Worker, *, immediate: bool = False) -> None:
        with self.ics.database() as database:
            assert grants.withdraw(
                database, self.ics.settings, worker.id, TOLLAND, reason="transferred", immediate=immediate
            )

    def gives(self, worker: Worker) -> None:
        """Let a worker have the family (again)."""
        with self.ics.database() as database, database.writing() as (connection, _):
            row = connection.execute(
                text("SELECT person FROM involvement WHERE family = :family LIMIT 1"), {"family": TOLLAND}
            ).one()
            connection.execute(
                text(
                    'INSERT INTO involvement (worker, person, family, "start")'
                    " VALUES (:worker, :person, :family, '2026-01-05')"
                ),
                {"worker": worker.id, "person": row.person, "family": TOLLAND},
            )

    def inbox(self) -> list[dict[str, Any]]:
        """The late proposals, as a person at the office would open them."""
        with self.ics.database() as database, database.reading() as connection:
            rows = connection.execute(text("SELECT body FROM late_op ORDER BY received_at, id")).scalars()
            return [msgspec.json.decode(bytes(row)) for row in rows]

    def receipts(self) -> list[tuple[str, int, int, str]]:
        with self.ics.database() as database, database.reading() as connection:
            rows = connection.execute(text("SELECT kind, records, handed_in, digest FROM receipt"))
            return [tuple(row) for row in rows]


@contextmanager
def opened(folder: Path) -> Iterator[Office]:
    now = datetime.now(UTC)
    caseload = practice_caseload(now.date())
    plan = next(
        each for each in caseload.records if each.form and each.form.id == "plan" and each.family == TOLLAND
    )
    with running_ics(folder, caseload, clock=IcsClock(now)) as ics:
        found = Office(ics, folder, plan.id, [])
        try:
            yield found
        finally:
            for each in found.laptops:
                each.close()
            if found.line is not None:
                found.line.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as found:
        yield found


def writes(who: NoWindow, record: RecordId, path: FieldPath, words: str, *, send: bool = True) -> None:
    def job() -> None:
        before: OpenRecord = who.desk.open(record)
        answer = Answer(value=words, by=who.worker.id, at=who.clock.now().isoformat())
        who.desk.keep(record, before.body.with_answer(path, answer), before.body)
        if send:
            who.desk.send(record)

    who.do(job)


def families(who: NoWindow) -> set[str]:
    return {each.id for each in who.do(lambda: who.client._store.records.families())}  # type: ignore[union-attr]


def held(who: NoWindow) -> dict[str, set[str]]:
    """Ids of the records here, by family."""

    def look() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for family, record in who.client._store._db.execute("SELECT family, id FROM record"):  # type: ignore[union-attr]
            found.setdefault(family, set()).add(record)
        return found

    return who.do(look)


def everything_in(who: NoWindow) -> str:
    """All that the decrypted store, its search index and its journal say."""

    def read() -> str:
        store = who.client._store
        assert store is not None
        tables = [
            name
            for (name,) in store._db.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            )
        ]
        said = [repr(row) for name in tables for row in store._db.execute(f'SELECT * FROM "{name}"')]
        said += [repr(entry) for entry in store._journal.entries()]
        return "\n".join(said)

    return who.do(read)


def sealed_here(who: NoWindow) -> int:
    return who.do(lambda: who.client._store.sync_port().purges.kept_sealed())  # type: ignore[union-attr]


def test_a_family_withdrawn_while_offline_leaves_after_its_unsent_work_is_handed_in(office: Office) -> None:
    amara = office.laptop(WORKER)
    before = held(amara)
    writes(amara, office.plan, PARENTS, f"{CANARY}: written in the kitchen, no signal.")
    office.withdraws(WORKER)
    report = amara.exchange()
    assert report.outcome == "complete"
    assert TOLLAND not in families(amara)
    assert {family: ids for family, ids in held(amara).items() if family != TOLLAND} == {
        family: ids for family, ids in before.items() if family != TOLLAND
    }
    assert TOLLAND not in held(amara)
    (proposal,) = office.inbox()
    assert CANARY in proposal["set"][PARENTS]["v"]
    assert office.receipts() == [("scope", len(before[TOLLAND]), 1, digest_of_ids(before[TOLLAND]))]
    assert CANARY not in everything_in(amara)
    assert "Tolland" not in everything_in(amara)
    assert amara.exchange().outcome == "complete"  # and nothing of it is done twice
    assert len(office.receipts()) == 1


def test_a_draft_that_was_never_released_is_handed_in_too(office: Office) -> None:
    amara = office.laptop(WORKER)
    writes(amara, office.plan, PARENTS, f"{CANARY}: half a sentence", send=False)
    office.withdraws(WORKER)
    assert amara.exchange().outcome == "complete"
    (proposal,) = office.inbox()
    assert CANARY in proposal["set"][PARENTS]["v"]
    assert CANARY not in everything_in(amara)


def test_late_work_never_reaches_the_head_and_shows_nothing_of_it(office: Office) -> None:
    amara, bea = office.laptop(WORKER), office.laptop(COLLEAGUE)
    writes(amara, office.plan, PARENTS, "Amara's words, unsent.")
    office.withdraws(WORKER)
    writes(bea, office.plan, CHILDREN, f"{CANARY}: after she had gone.")
    assert bea.exchange().outcome == "complete"
    assert amara.exchange().outcome == "complete"
    assert bea.exchange().outcome == "complete"
    shown = bea.do(lambda: bea.desk.open(office.plan)).body
    assert shown.answers[CHILDREN].value == f"{CANARY}: after she had gone."
    assert "Amara's words" not in str(shown.answers.get(PARENTS))
    assert CANARY not in everything_in(amara)


def test_what_cannot_be_handed_in_stays_sealed_and_there_is_no_receipt(office: Office) -> None:
    amara = office.laptop(WORKER, by_the_line=True)
    writes(amara, office.plan, PARENTS, f"{CANARY}: written in the kitchen.")
    office.withdraws(WORKER, immediate=True)
    assert office.line is not None
    office.line.refuse = "/v1/late-proposals"
    assert amara.exchange().outcome == "ics-unreachable"
    assert TOLLAND not in held(amara)  # immediate: it left all the same
    assert sealed_here(amara) == 1
    assert office.receipts() == []
    office.line.refuse = None
    assert amara.exchange().outcome == "complete"
    assert sealed_here(amara) == 0
    assert [each[:1] for each in office.receipts()] == [("scope",)]
    assert CANARY in office.inbox()[0]["set"][PARENTS]["v"]
    assert CANARY not in everything_in(amara)


def test_with_time_for_handing_over_nothing_leaves_before_it_is_handed_in(office: Office) -> None:
    amara = office.laptop(WORKER, by_the_line=True)
    writes(amara, office.plan, PARENTS, "Written in the kitchen.")
    office.withdraws(WORKER)
    assert office.line is not None
    office.line.refuse = "/v1/late-proposals"
    assert amara.exchange().outcome == "ics-unreachable"
    assert TOLLAND in held(amara)
    assert TOLLAND not in families(amara)  # it is shown no more
    office.line.refuse = None
    assert amara.exchange().outcome == "complete"
    assert TOLLAND not in held(amara)


def test_nothing_is_written_to_a_family_that_has_to_leave(office: Office) -> None:
    from workbook_desktop.domain.errors import NotPermitted

    amara = office.laptop(WORKER, by_the_line=True)
    writes(amara, office.plan, PARENTS, "Before.")
    office.withdraws(WORKER)
    assert office.line is not None
    office.line.refuse = "/v1/late-proposals"
    amara.exchange()

    def typed_into_an_open_window() -> None:
        store = amara.client._store
        assert store is not None
        held_ = store.records.held(office.plan)
        store.drafts.keep(
            office.plan, held_.shown, Gist(title="", occurred_on=None, search_text=""), WORKER.id, NOW
        )

    with pytest.raises(NotPermitted):
        amara.do(typed_into_an_open_window)


def test_a_family_given_arrives_whole_and_is_shown_then(office: Office) -> None:
    amara = office.laptop(WORKER)
    before = held(amara)[TOLLAND]
    office.withdraws(WORKER)
    amara.exchange()
    office.gives(WORKER)
    report = amara.exchange()
    assert report.outcome == "complete"
    assert TOLLAND in families(amara)
    # Some of the family is for a manager or was withheld before: no more than that may be missing.
    assert held(amara)[TOLLAND] <= before
    assert office.plan in held(amara)[TOLLAND]


def test_a_snapshot_cut_in_the_middle_goes_on_from_there_and_shows_nothing_half(office: Office) -> None:
    amara = office.laptop(WORKER, by_the_line=True)
    amara.client.runner._engine._page_items = 3  # type: ignore[union-attr]
    office.withdraws(WORKER)
    amara.exchange()
    office.gives(WORKER)
    assert office.line is not None
    office.line.refuse, office.line.refuse_after = "/snapshot", 2
    assert amara.exchange().outcome == "ics-unreachable"
    assert len(held(amara)[TOLLAND]) >= 3
    assert TOLLAND not in families(amara)
    office.line.refuse = None
    office.line.calls.clear()
    assert amara.exchange().outcome == "complete"
    assert TOLLAND in families(amara)
    first = next(call for call in office.line.calls if "/snapshot" in call)
    assert "page=" in first  # from where it was left


def test_a_grant_withdrawn_in_mid_snapshot_leaves_nothing_half_visible(office: Office) -> None:
    amara = office.laptop(WORKER, by_the_line=True)
    amara.client.runner._engine._page_items = 3  # type: ignore[union-attr]
    office.withdraws(WORKER)
    amara.exchange()
    office.gives(WORKER)
    assert office.line is not None
    office.line.refuse, office.line.refuse_after = "/snapshot", 2
    amara.exchange()
    office.withdraws(WORKER)
    office.line.refuse = None
    assert amara.exchange().outcome == "complete"
    assert TOLLAND not in families(amara)
    assert TOLLAND not in held(amara)
    assert "Tolland" not in everything_in(amara)


def test_a_family_withdrawn_between_two_pages_comes_no_further(office: Office) -> None:
    bea = office.laptop(COLLEAGUE)
    runner = bea.client.runner
    assert runner is not None
    do = runner._do
    pages: list[str] = []
    bea.do(lambda: bea.client._store.sync_port().forget_cursor())  # type: ignore[union-attr]
    runner._engine._page_items = 5  # type: ignore[attr-defined]

    def withdrawn_after_the_first_page(call: Any) -> Any:
        answer = do(call)
        if call.what == "feed":
            pages.append(call.what)
            if len(pages) == 1:
                office.withdraws(COLLEAGUE)
        return answer

    runner._do = withdrawn_after_the_first_page  # type: ignore[method-assign]
    report: RunReport = bea.exchange()
    runner._do = do  # type: ignore[method-assign]
    assert report.outcome == "complete"
    assert TOLLAND not in families(bea)
    assert TOLLAND not in held(bea)


@pytest.mark.parametrize("kind", ["empty", "cut-short", "other-digest"])
def test_a_list_that_is_not_whole_takes_nothing_away(office: Office, kind: str) -> None:
    amara = office.laptop(WORKER, by_the_line=True)
    before = held(amara)
    assert office.line is not None

    def bend(reply: dict[str, Any]) -> dict[str, Any]:
        if kind == "empty":
            from workbook_desktop.domain.digests import digest_of_all

            return reply | {"scopes": [], "digest": digest_of_all([])}
        return reply | {"scopes": [each for each in reply["scopes"] if each["id"] != TOLLAND]}

    office.line.bend_scopes = bend
    amara.exchange()
    assert held(amara) == before
    office.line.bend_scopes = None
    assert amara.exchange().outcome == "complete"
    assert held(amara) == before
    assert TOLLAND in families(amara)


def test_a_withdrawal_in_a_page_that_the_list_does_not_bear_out_changes_nothing(office: Office) -> None:
    amara = office.laptop(WORKER, by_the_line=True)
    before = held(amara)
    assert office.line is not None

    def bend(page: dict[str, Any]) -> dict[str, Any]:
        seq = (page["items"][-1]["seq"] if page["items"] else page["checkpoint_seq"]) + 1
        body = {"job_id": "forged", "reason": "because", "mode": "immediate"}
        item = {"seq": seq, "kind": "scope_revoked", "id": TOLLAND, "version": 1, "scope_id": TOLLAND}
        return page | {"items": [*page["items"], item | {"body": body}]}

    office.line.bend = bend
    assert amara.exchange().outcome == "reply-refused"
    assert held(amara) == before
    assert TOLLAND in families(amara)


def test_a_word_that_was_lost_is_made_good_by_a_whole_list_asked_for_twice(office: Office) -> None:
    amara = office.laptop(WORKER, by_the_line=True)
    assert office.line is not None

    def without_the_word(page: dict[str, Any]) -> dict[str, Any]:
        return page | {"items": [each for each in page["items"] if each["kind"] != "scope_revoked"]}

    office.line.bend = without_the_word
    writes(amara, office.plan, PARENTS, f"{CANARY}: unsent.")
    office.withdraws(WORKER)
    assert amara.exchange().outcome == "complete"
    assert TOLLAND not in held(amara)
    assert CANARY in office.inbox()[0]["set"][PARENTS]["v"]
    assert [each[0] for each in office.receipts()] == ["scope"]


def test_a_record_lost_on_the_way_is_noticed_by_its_digest_and_fetched(office: Office) -> None:
    amara, bea = office.laptop(WORKER, by_the_line=True), office.laptop(COLLEAGUE)
    writes(bea, office.plan, CHILDREN, "Maisie wants it quiet.")
    assert bea.exchange().outcome == "complete"
    assert office.line is not None
    bent: list[int] = []

    def lossy(page: dict[str, Any]) -> dict[str, Any]:
        bent.append(len(page["items"]))
        return page | {"items": [each for each in page["items"] if each["id"] != office.plan]}

    office.line.bend = lossy
    report = amara.exchange()
    assert sum(bent) > 0
    assert report.outcome == "complete"
    assert amara.do(lambda: amara.desk.open(office.plan)).body.answers[CHILDREN].value == (
        "Maisie wants it quiet."
    )


def test_a_record_withheld_by_a_later_version_leaves_the_laptops_that_had_it(office: Office) -> None:
    bea = office.laptop(COLLEAGUE)  # of a partner agency
    amara = office.ics.sign_in(WORKER.id)
    amara.push(create("r-77", "op-77", content(note=f"{CANARY} words")))
    assert bea.exchange().outcome == "complete"
    assert "r-77" in held(bea)[TOLLAND]
    after = content(note=f"{CANARY} words") | {}
    after["answers"]["note.audience"] = {"v": {"code": "named"}}
    (result,) = amara.push(update("r-77", "op-78", 1, {"note.audience": {"code": "named"}}, after))
    assert result["status"] == "applied"
    assert bea.exchange().outcome == "complete"
    assert "r-77" not in held(bea)[TOLLAND]
    assert CANARY not in everything_in(bea)
    assert [each[:2] for each in office.receipts()] == [("withheld", 1)]


def test_an_erased_record_leaves_every_laptop_and_does_not_come_back(office: Office) -> None:
    amara = office.laptop(WORKER)
    with office.ics.database() as database:
        leaving.erase(database, office.ics.settings, office.plan, reason="statutory")
    assert amara.exchange().outcome == "complete"
    assert office.plan not in held(amara)[TOLLAND]
    assert [each[:2] for each in office.receipts()] == [("erased", 1)]
    assert TOLLAND in families(amara)


def test_a_record_that_moved_to_anothers_family_leaves(office: Office) -> None:
    amara = office.laptop(WORKER)
    with office.ics.database() as database:
        leaving.move(database, office.ics.settings, office.plan, "f-elsewhere")
    assert amara.exchange().outcome == "complete"
    assert office.plan not in held(amara)[TOLLAND]
    assert "f-elsewhere" not in held(amara)


# A restored ICS, and a restored laptop -----------------------------------------------------------------


@contextmanager
def restored(office: Office, name: str = "backup") -> Iterator[None]:
    """What happens inside is lost: the service comes back from a backup made before, under a new epoch."""
    url = office.ics.settings.database
    if not url.startswith("sqlite:///"):
        pytest.skip("the file of a SQLite database is put back")
    import sqlite3

    path = Path(url.removeprefix("sqlite:///"))
    backup = path.with_name(f"{name}.sqlite")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    yield
    office.ics.stop()
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    backup.replace(path)
    office.ics.clock.forward(minutes=5)
    with office.ics.database() as database:
        database.begin_epoch(
            str(uuid.uuid4()), began_at=office.ics.clock.now().isoformat(), reason="restored by a test"
        )
    office.ics.clock.forward(minutes=1)
    office.ics.restart()


def test_what_a_restored_service_has_lost_comes_back_from_the_laptops(office: Office) -> None:
    amara, bea = office.laptop(WORKER), office.laptop(COLLEAGUE)
    with restored(office):
        writes(amara, office.plan, PARENTS, "Acknowledged, then lost with the disk.")
        assert amara.exchange().sent == 1
        assert bea.exchange().outcome == "complete"
        writes(bea, office.plan, CHILDREN, "Hers too.")
        assert bea.exchange().sent == 1
    writes(amara, office.plan, FieldPath("safety.contingency"), "Typed while the service was away.")
    for _ in range(2):
        for each in (amara, bea):
            assert each.exchange().outcome == "complete"
    for each in (amara, bea):
        body = each.do(lambda: each.desk.open(office.plan)).body  # noqa: B023
        assert body.answers[PARENTS].value == "Acknowledged, then lost with the disk."
        assert body.answers[FieldPath("safety.contingency")].value == "Typed while the service was away."
        assert body.answers[CHILDREN].value == "Hers too."
    heads = {each.held(office.plan).head.hash for each in (amara, bea)}  # type: ignore[union-attr]
    assert len(heads) == 1


def test_a_record_that_only_one_laptop_knows_is_made_again(office: Office) -> None:
    amara, bea = office.laptop(WORKER), office.laptop(COLLEAGUE)
    with restored(office):
        form = amara.do(lambda: amara.desk.open(office.plan)).form.ref
        made = amara.do(lambda: amara.desk.start(form, TOLLAND)).record
        writes(amara, made, PARENTS, "A plan nobody else has seen.")
        assert amara.exchange().sent == 1
    for _ in range(2):
        for each in (amara, bea):
            assert each.exchange().outcome == "complete"
    assert bea.do(lambda: bea.desk.open(made)).body.answers[PARENTS].value == "A plan nobody else has seen."


def test_histories_that_parted_end_as_a_question_with_both_texts(office: Office) -> None:
    amara, bea = office.laptop(WORKER), office.laptop(COLLEAGUE)
    with restored(office):
        writes(amara, office.plan, PARENTS, "As it was before the restore.")
        assert amara.exchange().sent == 1
    # Bea comes first, and writes to what the service has now.
    assert bea.exchange().outcome == "complete"
    writes(bea, office.plan, PARENTS, "As it was written after the restore.")
    assert bea.exchange().sent == 1
    assert amara.exchange().outcome == "complete"
    opened_ = amara.do(lambda: amara.desk.open(office.plan))
    said = {str(opened_.body.answers[PARENTS].value)}
    said |= {str(side) for each in opened_.conflicts for side in (each.mine, each.theirs)}
    assert {"As it was before the restore.", "As it was written after the restore."} <= said


def test_a_question_that_was_at_the_office_is_asked_there_again(office: Office) -> None:
    amara, bea = office.laptop(WORKER), office.laptop(COLLEAGUE)
    with restored(office):
        writes(amara, office.plan, PARENTS, "Amara's words.")
        writes(bea, office.plan, PARENTS, "Bea's words.")
        for each in (amara, bea, amara):
            assert each.exchange().outcome == "complete"
        assert amara.do(lambda: amara.desk.open(office.plan)).conflicts
    for _ in range(2):
        for each in (amara, bea):
            assert each.exchange().outcome == "complete"
    with closing(amara.ics()) as ics:
        told = ics.history(office.plan)
    open_now = [each for each in told.conflicts if each.state == "open"]
    said = {str(side["v"]) for each in open_now for side in (each.mine, each.theirs) if side is not None}
    assert said == {"Amara's words.", "Bea's words."}


def test_a_lost_question_that_two_laptops_know_is_asked_once_though_the_record_went_on_without_it(
    office: Office,
) -> None:
    amara, bea = office.laptop(WORKER), office.laptop(COLLEAGUE)
    with restored(office):
        writes(bea, office.plan, PARENTS, "Bea's words.")
        writes(amara, office.plan, PARENTS, "Amara's words.")
        for each in (bea, amara, bea):
            assert each.exchange().outcome == "complete"
        assert bea.do(lambda: bea.desk.open(office.plan)).conflicts
    another = office.laptop(COLLEAGUE, "another")  # comes first, and writes to what the service has now
    writes(another, office.plan, CHILDREN, "Written after the restore.")
    for each in (another, amara, bea, amara):
        assert each.exchange().outcome == "complete"
    for each in (amara, bea):
        (asked,) = each.do(lambda: each.desk.open(office.plan)).conflicts  # noqa: B023
        assert (asked.mine, asked.theirs) == ("Amara's words.", "Bea's words.")


def test_after_a_second_restore_from_an_older_backup_who_wrote_before_is_not_asked(office: Office) -> None:
    """The service knows nothing of the epoch between; but a version it has was taken from this laptop."""
    amara, bea = office.laptop(WORKER), office.laptop(COLLEAGUE)

    def all_exchange() -> None:
        for each in (amara, bea, amara):
            assert each.exchange().outcome == "complete"

    writes(amara, office.plan, CHILDREN, "In both backups.")
    all_exchange()
    with restored(office, "older"):
        with restored(office, "newer"):
            writes(amara, office.plan, PARENTS, "After both backups.")
            all_exchange()
        all_exchange()
        writes(bea, office.plan, CONTINGENCY, "Between the restores.")
        for each in (bea, amara):
            assert each.exchange().outcome == "complete"
    all_exchange()
    for each in (amara, bea):
        view = each.do(lambda: each.desk.open(office.plan))  # noqa: B023
        said = [view.body.answers[path].value for path in (CHILDREN, PARENTS, CONTINGENCY)]
        assert said == ["In both backups.", "After both backups.", "Between the restores."]
        assert view.conflicts == ()


def test_a_record_made_again_brings_its_question_along(office: Office) -> None:
    amara, bea = office.laptop(WORKER), office.laptop(COLLEAGUE)
    with restored(office):
        form = amara.do(lambda: amara.desk.open(office.plan)).form.ref
        made = amara.do(lambda: amara.desk.start(form, TOLLAND)).record
        writes(amara, made, PARENTS, "The first words.")
        for each in (amara, bea):
            each.exchange()
        writes(amara, made, PARENTS, "Amara's words.")
        writes(bea, made, PARENTS, "Bea's words.")
        for each in (amara, bea, amara):
            assert each.exchange().outcome == "complete"
        assert amara.do(lambda: amara.desk.open(made)).conflicts
    for _ in range(2):
        for each in (bea, amara):
            assert each.exchange().outcome == "complete"
    with closing(amara.ics()) as ics:
        told = ics.history(made)
    open_now = [each for each in told.conflicts if each.state == "open"]
    said = {str(side["v"]) for each in open_now for side in (each.mine, each.theirs) if side is not None}
    assert said == {"Amara's words.", "Bea's words."}


def test_what_crossed_with_an_edit_comes_back_too(office: Office) -> None:
    """Amara types on an older version; of Bea's later words only Amara's laptop knows after the restore."""
    amara, bea = office.laptop(WORKER), office.laptop(COLLEAGUE)
    with restored(office):
        writes(amara, office.plan, PARENTS, "Amara, not sent.", send=False)
        writes(bea, office.plan, CHILDREN, "Bea's, acknowledged.")
        assert bea.exchange().sent == 1
        assert amara.exchange().outcome == "complete"
    bea.close()
    office.laptops.remove(bea)
    assert amara.exchange().outcome == "complete"
    another = office.laptop(COLLEAGUE, "another")
    body = another.do(lambda: another.desk.open(office.plan)).body
    assert body.answers[CHILDREN].value == "Bea's, acknowledged."
    assert body.answers[PARENTS].value != "Amara, not sent."  # what she has not released is hers
    mine = amara.do(lambda: amara.desk.open(office.plan)).body
    assert mine.answers[PARENTS].value == "Amara, not sent."
    amara.do(lambda: amara.desk.send(office.plan))
    assert amara.exchange().outcome == "complete"
    mine = amara.do(lambda: amara.desk.open(office.plan)).body
    assert mine.answers[PARENTS].value == "Amara, not sent."
    assert mine.answers[CHILDREN].value == "Bea's, acknowledged."


def test_a_laptop_put_back_from_an_old_image_sends_again_and_nothing_is_there_twice(
    office: Office, tmp_path: Path
) -> None:
    import shutil

    amara = office.laptop(WORKER)
    writes(amara, office.plan, PARENTS, "Sent once.")
    amara.close()
    office.laptops.remove(amara)
    shutil.copytree(tmp_path / WORKER.id, tmp_path / "image")
    amara = office.laptop(WORKER)  # sends it
    with closing(amara.ics()) as ics:
        before = ics.history(office.plan)
    writes(amara, office.plan, CHILDREN, "And this later.")
    assert amara.exchange().sent == 1
    again = office.laptop(WORKER, "image")  # an old outbox, and a cursor older than what was sent
    with closing(again.ics()) as ics:
        after = ics.history(office.plan)
    assert len(after.revisions) == len(before.revisions) + 1
    assert not after.conflicts
    body = again.do(lambda: again.desk.open(office.plan)).body
    assert body.answers[PARENTS].value == "Sent once."
    assert body.answers[CHILDREN].value == "And this later."
