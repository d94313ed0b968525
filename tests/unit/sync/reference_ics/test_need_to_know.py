"""Nobody sees what they may not, within a family they may see: audience, withholding, protected homes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from sync.protocol import RecordMessage, head_of, record_message
from sync.reference_ics.caseload import Caseload
from sync.reference_ics.practice import practice_caseload
from sync.reference_ics.story import record_id
from sync.reference_ics.visibility import EVERYONE, both, note_on
from tests.support.service import (
    TOLLAND,
    IcsCaller,
    IcsClock,
    RunningIcs,
    content,
    create,
    involved,
    running_ics,
    transition,
    update,
)
from workbook_desktop.domain.ids import PersonId, WorkerId
from workbook_desktop.domain.people import Family, Household
from workbook_desktop.domain.records import content_hash

TODAY = date(2026, 11, 22)
CASELOAD = practice_caseload(TODAY)
LONG_AGO = date(2026, 1, 5)

AMARA, JOSS, NERYS, TOM = "w-amara-quill", "w-joss-penn", "w-nerys-vole", "w-tom-harrow"
SUNIL, BEA, RUTH, DEV = "w-sunil-marsh", "w-bea-linnet", "w-ruth-calloway", "w-dev-orme"
TEAM = [AMARA, JOSS, NERYS, TOM, SUNIL, BEA, RUTH]

ADDRESS, POSTCODE = "Cordwainer", "XX1 2BB"
COUNCIL, WITHHELD = record_id("note-management"), record_id("note-school-run")


@pytest.fixture(scope="module")
def still(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIcs]:
    """The practice family at a service that these tests only read from."""
    with running_ics(tmp_path_factory.mktemp("still"), CASELOAD, clock=at_nine()) as found:
        yield found


@pytest.fixture(scope="module")
def _people(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIcs]:
    people = Caseload(workers=CASELOAD.workers, families=CASELOAD.families)
    with running_ics(tmp_path_factory.mktemp("people"), people, clock=at_nine()) as found:
        yield found


@pytest.fixture
def practice(_people: RunningIcs) -> RunningIcs:
    """The practice family at a service to write to: its people, and nothing written yet."""
    _people.begin_anew()
    return _people


def at_nine() -> IcsClock:
    return IcsClock(datetime.combine(TODAY, time(9), tzinfo=UTC))


def tolland() -> Family:
    return next(each for each in CASELOAD.families if each.id == TOLLAND)


def with_homes(*homes: Household, **links: Any) -> Family:
    return replace(tolland(), households=homes, **links)


def coded(code: str) -> dict[str, str]:
    return {"system": "https://workbook.invalid/fhir/CodeSystem/note-audience", "code": code}


def people(*names: str) -> list[dict[str, str]]:
    return [{"reference": f"Person/{name}"} for name in names]


def workers(*names: str) -> list[dict[str, str]]:
    return [{"reference": f"Practitioner/{name}"} for name in names]


def answers(**more: Any) -> dict[str, Any]:
    """A note's content; `audience`, `named` and `withhold` narrow it."""
    put = {"note.content": more.pop("said", "a canary among the answers")}
    names = {"audience": "note.audience", "named": "note.named", "withhold": "record.withhold-from"}
    return content(**put, **{names[each]: value for each, value in more.items()})


@pytest.fixture(scope="module")
def sent(still: RunningIcs) -> dict[str, str]:
    """All that the reading of each worker of the team can bring."""
    return {worker: everything_sent_to(still.sign_in(worker)) for worker in TEAM}


def everything_sent_to(caller: IcsCaller) -> str:
    """All that a worker's reading can bring: the feed, each record of it, its versions and its history."""
    items, _ = caller.feed_to_the_end(limit=17)
    sent: list[Any] = [items, caller.http.get("/v1/scopes").json()]
    for item in items:
        if item["kind"] == "record":
            sent.append(caller.history(item["id"]))
    sent += [caller.record(TOLLAND)] if TOLLAND in ids_in_the_feed(caller) else []
    return json.dumps(sent, ensure_ascii=False)


def ids_in_the_feed(caller: IcsCaller, kind: str = "record") -> set[str]:
    return {item["id"] for item in caller.feed_to_the_end()[0] if item["kind"] == kind}


def knows_of(caller: IcsCaller, record: str) -> bool:
    """Whether a worker gets a record; that all ways of asking agree is part of the answer."""
    never = caller.http.get("/v1/records/never-was")
    replies = [caller.http.get(f"/v1/records/{record}{path}") for path in ("", "?version=1", "/history")]
    in_the_feed = ids_in_the_feed(caller)
    fed = record in in_the_feed
    counted = sum(each["count"] for each in caller.http.get("/v1/scopes").json()["scopes"])
    assert counted == len(in_the_feed)
    if not fed:
        assert [each.content for each in replies] == [never.content] * 3
    else:
        assert (replies[0].status_code, replies[2].status_code) == (200, 200)
    return fed


# The practice family ----------------------------------------------------------------------------------


@pytest.mark.parametrize("worker", TEAM)
def test_where_hannah_lives_goes_to_those_who_work_with_her_or_the_children(
    sent: dict[str, str], worker: str
) -> None:
    knows = worker not in (TOM, SUNIL)
    assert (ADDRESS in sent[worker], POSTCODE in sent[worker]) == (knows, knows)
    assert "Sexton Close" in sent[worker]  # Darren's own address is no secret


@pytest.mark.parametrize("worker", TEAM)
def test_how_and_where_they_can_be_found_who_live_there_goes_the_same_way(
    sent: dict[str, str], worker: str
) -> None:
    knows = worker not in (TOM, SUNIL)
    for word in ("07700 900118", "Saltmarsh", "Quay Street Surgery", "Safe to ring on school days"):
        assert (word in sent[worker]) is knows, word
    assert "07700 900224" in sent[worker]  # Darren's own number
    assert "01632 960142" in sent[worker]  # and Lorraine's


@pytest.mark.parametrize("worker", TEAM)
def test_somebody_kept_restricted_goes_to_council_staff_and_those_who_work_with_them(
    sent: dict[str, str], worker: str
) -> None:
    knows = worker in (AMARA, JOSS, RUTH)
    for word in ("Perran", "Sorrel", "p-perran", "adopted; nobody", "restricted"):
        assert (word in sent[worker]) is knows, word


def test_a_family_without_somebody_restricted_is_whole_under_its_own_hash_and_digest(
    practice: RunningIcs,
) -> None:
    family = next(each for each in CASELOAD.families if each.id == TOLLAND)
    alone = Household(
        id="h-1a", members=(PersonId("p-perran"),), address="1 Larch Way", postcode="XX1 7KZ", since=LONG_AGO
    )
    practice.office_changes(replace(family, households=(*family.households, alone)))
    for worker, knows in ((TOM, False), (BEA, False), (AMARA, True)):
        caller = practice.sign_in(worker)
        record = caller.record(TOLLAND)
        assert record["hash"] == content_hash({"answers": record["answers"], "groups": record["groups"]})
        assert ("p-perran" in record["groups"]["people"]) is knows
        assert ("Larch" in json.dumps(record)) is knows
        ids = {
            each["id"]: each["hash"]
            for each in caller.http.get(f"/v1/scopes/{TOLLAND}/manifest").json()["items"]
        }
        assert ids[TOLLAND] == record["hash"]
    with_perran = involved(WorkerId(BEA), "p-perran", LONG_AGO)
    practice.office_changes(replace(family, involvements=(*family.involvements, with_perran)))
    assert "p-perran" in practice.sign_in(BEA).record(TOLLAND)["groups"]["people"]
    assert "p-perran" not in json.dumps(practice.sign_in(TOM).record(TOLLAND))


OWN = [AMARA, JOSS, RUTH]


def about_perran(record: str, how: str) -> dict[str, Any]:
    """A note that names Perran as its subject, in an answer or in a row, alone or beside Leo."""
    said = answers(said="canary")
    if how == "answer":
        said = content(**{"note.content": "canary", "note.subjects": people("p-leo", "p-perran")})
    op = create(record, f"op-{record}", said)
    if how == "row":
        row = "children/p-perran"
        op["set"] = op["set"] | {row: {"ord": "V"}, f"{row}/child.change": {"v": "same"}}
        rows = {"p-perran": {"ord": "V", "answers": {"child.change": {"v": "same"}}, "groups": {}}}
        op["result_hash"] = content_hash({"answers": said["answers"], "groups": {"children": rows}})
    subjects = {"subject": ["p-perran"], "mixed": ["p-leo", "p-perran"]}
    return op | {"subjects": subjects.get(how, ["p-leo"])}


@pytest.mark.parametrize("how", ["subject", "mixed", "answer", "row"])
def test_a_record_that_names_somebody_kept_restricted_goes_to_those_who_may_know_them(
    practice: RunningIcs, how: str
) -> None:
    (made,) = practice.sign_in(AMARA).push(about_perran("r-1", how))
    assert made["status"] == "applied"
    for worker in TEAM:
        asked = practice.sign_in(worker)
        assert knows_of(asked, "r-1") is (worker in OWN), worker
        assert ("canary" in everything_sent_to(asked)) is (worker in OWN), worker
    with_perran = involved(WorkerId(BEA), "p-perran", LONG_AGO)
    practice.office_changes(replace(tolland(), involvements=(*tolland().involvements, with_perran)))
    assert knows_of(practice.sign_in(BEA), "r-1")
    assert not knows_of(practice.sign_in(TOM), "r-1")


def restricted(*names: str) -> Family:
    return replace(
        tolland(), people=tuple(replace(each, restricted=each.id in names) for each in tolland().people)
    )


def test_records_about_somebody_restricted_later_leave_and_come_back_when_it_ends(
    practice: RunningIcs,
) -> None:
    practice.office_changes(restricted())
    amara, bea = practice.sign_in(AMARA), practice.sign_in(BEA)
    amara.push(about_perran("r-1", "mixed"), about_perran("r-2", "answer"), create("r-3", "op-3", answers()))
    after = content(**{"note.content": "canary two"})
    amara.push(
        {**update("r-2", "op-4", 1, {"note.content": "canary two"}, after), "unset": ["note.subjects"]}
    )
    assert all(knows_of(bea, each) for each in ("r-1", "r-2", "r-3"))
    _, cursor = bea.feed_to_the_end()

    practice.office_changes(restricted("p-perran"))
    listed = {each["id"] for each in bea.http.get(f"/v1/scopes/{TOLLAND}/manifest").json()["items"]}
    assert listed == {TOLLAND, "r-2", "r-3"}
    assert [each["id"] for each in bea.feed_to_the_end(cursor)[0]] == [TOLLAND]
    assert not knows_of(bea, "r-1")
    assert knows_of(amara, "r-1")
    # Of what names them no longer, what it said before stays with those who may know.
    assert [each["version"] for each in bea.history("r-2")["revisions"]] == [2]
    assert [each["version"] for each in amara.history("r-2")["revisions"]] == [1, 2]
    assert "p-perran" not in everything_sent_to(bea)

    _, cursor = bea.feed_to_the_end()
    practice.office_changes(restricted())
    assert "r-1" in {each["id"] for each in bea.feed_to_the_end(cursor)[0]}
    assert knows_of(bea, "r-1")
    assert [each["version"] for each in bea.history("r-2")["revisions"]] == [1, 2]


def test_not_even_who_began_a_record_keeps_it_if_they_may_not_know_whom_it_names(
    practice: RunningIcs,
) -> None:
    practice.office_changes(restricted())
    bea = practice.sign_in(BEA)
    bea.push(about_perran("r-1", "subject"))
    assert knows_of(bea, "r-1")
    practice.office_changes(restricted("p-perran"))
    assert not knows_of(bea, "r-1")
    assert knows_of(practice.sign_in(RUTH), "r-1")


def test_a_question_that_names_somebody_kept_restricted_is_for_those_who_may_know_them(
    practice: RunningIcs,
) -> None:
    amara, bea = practice.sign_in(AMARA), practice.sign_in(BEA)
    before, named = answers(said="one"), people("p-perran")
    amara.push(create("r-1", "op-1", before))
    proposal = {
        "path": "note.subjects",
        "kind": "answer",
        "base": {"v": people("p-leo")},
        "mine": {"v": named},
        "theirs_version": 1,
    }
    (made,) = amara.push(update("r-1", "op-2", 1, {}, before, proposals=[proposal]))
    assert made["status"] == "applied", made
    (asked,) = [each["id"] for each in made["conflicts"]]
    assert knows_of(bea, "r-1")
    assert ids_in_the_feed(bea, "conflict") == set()
    assert "p-perran" not in everything_sent_to(bea)
    practice.office_changes(restricted())
    assert ids_in_the_feed(bea, "conflict") == {asked}
    practice.office_changes(restricted("p-perran"))
    assert ids_in_the_feed(bea, "conflict") == set()
    assert ids_in_the_feed(amara, "conflict") == {asked}


@pytest.mark.parametrize("worker", TEAM)
def test_what_is_for_council_staff_goes_to_council_staff(still: RunningIcs, worker: str) -> None:
    assert knows_of(still.sign_in(worker), COUNCIL) is (worker in (AMARA, JOSS, RUTH))


@pytest.mark.parametrize("worker", TEAM)
def test_what_is_withheld_from_darren_goes_to_nobody_who_works_with_him_alone(
    still: RunningIcs, sent: dict[str, str], worker: str
) -> None:
    assert knows_of(still.sign_in(worker), WITHHELD) is (worker not in (TOM, SUNIL))
    assert ("side gate" in sent[worker]) is (worker not in (TOM, SUNIL))


@pytest.mark.parametrize("form", ["chapter-da-survivor", "safety-plan"])
def test_a_survivors_own_forms_never_go_to_the_perpetrators_worker(practice: RunningIcs, form: str) -> None:
    """Nothing has to be filled in for it: a worker who forgets to must not cost a survivor her safety."""
    record, said = f"r-{form}", content(note="the neighbour with the green door")
    op = create(record, f"op-{form}", said) | {
        "form": {"id": form, "version": "1.0.0"},
        "subjects": ["p-hannah"],
    }
    (made,) = practice.sign_in(NERYS).push(op)
    assert made["status"] == "applied"
    for worker in TEAM:
        asked = practice.sign_in(worker)
        knows = worker != TOM and not (form == "safety-plan" and worker == SUNIL)  # he works with Darren
        assert knows_of(asked, record) is knows
        assert ("green door" in everything_sent_to(asked)) is knows


@pytest.mark.parametrize(
    ("protects", "subjects", "more"),
    [
        (["p-hannah"], ["p-hannah", "p-darren"], [BEA]),
        ([], ["p-hannah"], [BEA]),
        (["p-maisie"], ["p-hannah"], []),
        ([], [], []),
    ],
)
def test_a_safety_plan_goes_to_council_staff_and_those_who_work_with_somebody_whom_it_protects(
    practice: RunningIcs, protects: list[str], subjects: list[str], more: list[str]
) -> None:
    said = content(
        **{"plan.code-word": "marmalade", **({"plan.protects": people(*protects)} if protects else {})}
    )
    op = create("r-plan", "op-1", said) | {
        "form": {"id": "safety-plan", "version": "1.0.0"},
        "subjects": subjects,
    }
    (made,) = practice.sign_in(NERYS).push(op)
    assert made["status"] == "applied"
    for worker in TEAM:
        asked = practice.sign_in(worker)
        knows = worker in (AMARA, JOSS, RUTH, NERYS, *more)
        assert knows_of(asked, "r-plan") is knows, worker
        assert ("marmalade" in everything_sent_to(asked)) is knows, worker


@pytest.mark.parametrize("form", ["monthly-summary", "case-note", "visit"])
def test_what_is_written_in_the_survivors_chapter_never_goes_to_the_perpetrators_worker(
    practice: RunningIcs, form: str
) -> None:
    """A summary quotes the entries of its month: holding back those and not the summary would hold back
    nothing."""
    record, said = f"r-{form}", content(note="the neighbour with the green door")
    more = {"form": {"id": form, "version": "1.0.0"}, "chapter": "da-survivor"}
    (made,) = practice.sign_in(NERYS).push(create(record, f"op-{form}", said) | more)
    assert made["status"] == "applied"
    for worker in TEAM:
        asked = practice.sign_in(worker)
        assert knows_of(asked, record) is (worker != TOM)
        assert ("green door" in everything_sent_to(asked)) is (worker != TOM)


def test_neither_opens_a_family_to_one_who_is_not_involved(still: RunningIcs) -> None:
    sent = everything_sent_to(still.sign_in(DEV))
    assert not any(word in sent for word in (ADDRESS, "Tolland", "side gate", "service manager"))


def test_every_head_that_is_sent_fits_its_hash_and_keeps_its_version(still: RunningIcs) -> None:
    for worker in (AMARA, TOM):
        for item in still.sign_in(worker).feed_to_the_end()[0]:
            if item["kind"] == "record":
                head = head_of(json.dumps(item["body"]).encode())
                assert (head.id, head.version, item["version"]) == (item["id"], 1, 1)
    toms = still.sign_in(TOM).record(TOLLAND)
    assert toms["hash"] != still.sign_in(AMARA).record(TOLLAND)["hash"]
    home = toms["groups"]["households"]["h-1"]["answers"]
    assert home["protected"] == {"v": True}
    assert home.keys().isdisjoint({"address", "postcode"})


def test_pages_of_any_size_bring_the_same_and_never_what_is_withheld(still: RunningIcs) -> None:
    tom = still.sign_in(TOM)
    whole, cursor = tom.feed_to_the_end()
    for limit in (1, 7):
        assert tom.feed_to_the_end(limit=limit)[0] == whole
    assert tom.feed(cursor)["items"] == []
    assert {COUNCIL, WITHHELD}.isdisjoint(item["id"] for item in whole)


# Protected homes --------------------------------------------------------------------------------------


def test_no_refusal_of_a_write_to_the_family_tells_where_it_lives(practice: RunningIcs) -> None:
    tom = practice.sign_in(TOM)
    after = content(name="x")
    tries = [
        create(TOLLAND, "op-1", after),
        {**create(TOLLAND, "op-2", after), "type": "family"},
        update(TOLLAND, "op-3", 1, {"name": "x"}, after),
        update(TOLLAND, "op-4", 7, {"name": "x"}, after),
        transition(TOLLAND, "op-5", 1, "signed_off", content_hash(after)),
    ]
    reply = tom.push_raw(*tries)
    assert ADDRESS not in reply.text
    assert POSTCODE not in reply.text
    stale = reply.json()["results"][0]
    assert stale["status"] == "stale"
    assert stale["head"] == tom.record(TOLLAND)
    assert stale["hash"] == stale["head"]["hash"]


def test_one_of_a_chapter_that_must_not_know_does_not_whoever_they_work_with(practice: RunningIcs) -> None:
    links = (*tolland().involvements, involved(WorkerId(TOM), "p-leo", LONG_AGO))
    practice.office_changes(with_homes(*tolland().households, involvements=links))
    assert ADDRESS not in everything_sent_to(practice.sign_in(TOM))


def test_who_comes_to_work_with_the_children_too_gets_the_family_whole(practice: RunningIcs) -> None:
    sunil = practice.sign_in(SUNIL)
    note = create("r-1", "op-1", answers(withhold=people("p-darren")))
    practice.sign_in(AMARA).push(note)
    items, cursor = sunil.feed_to_the_end()
    assert [item["id"] for item in items] == [TOLLAND]
    links = (*tolland().involvements, involved(WorkerId(SUNIL), "p-leo", LONG_AGO))
    practice.office_changes(with_homes(*tolland().households, involvements=links))
    # What is his now may lie before his cursor, so the family is gained anew: it is read whole.
    kinds = [item["kind"] for item in sunil.feed_to_the_end(cursor)[0]]
    assert "scope_added" in kinds
    assert ADDRESS in everything_sent_to(sunil)
    assert knows_of(sunil, "r-1")


def test_a_home_protected_later_is_protected_in_its_past(practice: RunningIcs) -> None:
    open_home = Household(
        id="h-9",
        members=tolland().households[0].members,
        address="9 Canary Wharf Lane",
        postcode="XX9 9XX",
        since=None,
    )
    practice.office_changes(with_homes(open_home))
    practice.office_changes(with_homes(replace(open_home, protected=True)))
    tom, amara = practice.sign_in(TOM), practice.sign_in(AMARA)
    for path in ("", "?version=2", "?version=3", "/history"):
        assert "Canary" not in tom.http.get(f"/v1/records/{TOLLAND}{path}").text
        assert "Canary" in amara.http.get(f"/v1/records/{TOLLAND}{path}").text
    for revision in tom.history(TOLLAND)["revisions"]:
        head_of(json.dumps(revision).encode())


TOLD = [AMARA, JOSS, NERYS, BEA, RUTH]  # who may know where Hannah and the children live


@pytest.mark.parametrize(
    ("words", "by", "readers"),
    [
        ("Met at 12 Cordwainer Row, XX1 2BB.", AMARA, TOLD),
        ("Went down CORDWAINER ROW to the shop", AMARA, TOLD),
        ("xx12bb", BEA, TOLD),
        ("He says that she lives in Cordwainer Row", TOM, [*TOLD, TOM]),
        ("Met at the library", AMARA, TEAM),
        ("Met at 3 Sexton Close", AMARA, TEAM),
    ],
)
def test_a_record_that_tells_a_protected_address_goes_to_those_who_may_know_it(
    practice: RunningIcs, words: str, by: str, readers: list[str]
) -> None:
    (made,) = practice.sign_in(by).push(create("r-1", "op-1", answers(said=words)))
    assert made["status"] == "applied"
    for worker in TEAM:
        asked = practice.sign_in(worker)
        assert knows_of(asked, "r-1") is (worker in readers), worker
        assert (words in everything_sent_to(asked)) is (worker in readers), worker


def test_a_record_from_which_the_address_is_taken_out_goes_to_all_but_its_history(
    practice: RunningIcs,
) -> None:
    amara, tom = practice.sign_in(AMARA), practice.sign_in(TOM)
    amara.push(create("r-1", "op-1", answers(said="Met at 12 Cordwainer Row")))
    after = answers(said="Met at home")
    amara.push(update("r-1", "op-2", 1, {"note.content": "Met at home"}, after))
    assert knows_of(tom, "r-1")
    assert [each["version"] for each in tom.history("r-1")["revisions"]] == [2]
    assert ADDRESS not in everything_sent_to(tom)


def test_records_that_tell_an_address_leave_when_it_is_protected_and_come_back_when_it_is_not(
    practice: RunningIcs,
) -> None:
    homes = tolland().households
    practice.office_changes(with_homes(*(replace(each, protected=False) for each in homes)))
    amara, sunil = practice.sign_in(AMARA), practice.sign_in(SUNIL)
    amara.push(create("r-1", "op-1", answers(said="Met at 12 Cordwainer Row")))
    assert knows_of(sunil, "r-1")
    practice.office_changes(with_homes(*homes))
    assert not knows_of(sunil, "r-1")
    assert ADDRESS not in everything_sent_to(sunil)
    practice.office_changes(with_homes(*(replace(each, protected=False) for each in homes)))
    assert knows_of(sunil, "r-1")


# Audience and withholding -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "more", "readers"),
    [
        (AMARA, {"audience": coded("team")}, TEAM),
        (AMARA, {"audience": coded("council")}, [AMARA, JOSS, RUTH]),
        (NERYS, {"audience": coded("council")}, [AMARA, JOSS, NERYS, RUTH]),
        (NERYS, {"audience": coded("named"), "named": workers(BEA)}, [BEA, NERYS, RUTH]),
        (NERYS, {"audience": coded("named")}, [NERYS, RUTH]),
        (AMARA, {"audience": coded("team"), "named": workers(BEA)}, TEAM),
        (AMARA, {"audience": coded("a word of a later form")}, [AMARA, RUTH]),
        (AMARA, {"audience": "council"}, [AMARA, JOSS, RUTH]),
        (AMARA, {"audience": {"odd": 1}}, [AMARA, RUTH]),
        (AMARA, {"withhold": people("p-darren")}, [AMARA, JOSS, NERYS, BEA, RUTH]),
        (SUNIL, {"withhold": people("p-darren")}, [AMARA, JOSS, NERYS, SUNIL, BEA, RUTH]),
        (AMARA, {"withhold": people("p-hannah", "p-lorraine")}, [AMARA, JOSS, TOM, SUNIL, RUTH]),
        (AMARA, {"withhold": people("p-maisie")}, TEAM),
        (AMARA, {"withhold": people("p-maisie", "p-leo")}, [AMARA, NERYS, TOM, SUNIL, BEA, RUTH]),
        (
            NERYS,
            {"audience": coded("named"), "named": workers(TOM, BEA), "withhold": people("p-darren")},
            [BEA, NERYS, RUTH],
        ),
    ],
    ids=str,
)
def test_a_record_goes_to_those_it_is_for(
    audiences: RunningIcs, by: str, more: dict[str, Any], readers: list[str]
) -> None:
    name = "r-" + hashlib.sha256(f"{by} {more}".encode()).hexdigest()[:12]
    (taken,) = audiences.sign_in(by).push(create(name, f"op-{name}", answers(**more)))
    assert (taken["status"], taken["head"]["id"]) == ("applied", name)
    assert [each for each in TEAM if knows_of(audiences.sign_in(each), name)] == [
        each for each in TEAM if each in readers
    ]


@pytest.fixture(scope="module")
def audiences(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIcs]:
    """A service to which each of these tests adds one record of its own."""
    people = Caseload(workers=CASELOAD.workers, families=CASELOAD.families)
    with running_ics(tmp_path_factory.mktemp("audiences"), people, clock=at_nine()) as found:
        yield found


def test_an_op_on_a_withheld_record_is_answered_as_on_one_that_never_was(practice: RunningIcs) -> None:
    amara, tom = practice.sign_in(AMARA), practice.sign_in(TOM)
    secret = answers(audience=coded("council"))
    amara.push(create("r-1", "op-1", secret))
    later = answers(said="x")
    ops = {
        "update": update("r-1", "op-2", 1, {"note.content": "x"}, later),
        "late": update("r-1", "op-3", 9, {"note.content": "x"}, later),
        "signing": transition("r-1", "op-4", 1, "signed_off", content_hash(secret)),
        "after": {**update("r-1", "op-5", 1, {}, later), "if_match": None, "after_op": "op-1"},
    }
    for op in ops.values():
        (here,), (nowhere,) = tom.push(op), tom.push({**op, "record_id": "never-was"})
        assert here == nowhere
    (taken,) = tom.push(create("r-1", "op-6", later))  # its id is all that a create under it can tell
    assert taken["problem"]["type"] == "scope-forbidden"
    assert "head" not in taken
    assert amara.record("r-1")["version"] == 1


def test_a_record_that_becomes_for_all_comes_by_the_feed_without_its_past(practice: RunningIcs) -> None:
    amara, bea = practice.sign_in(AMARA), practice.sign_in(BEA)
    amara.push(create("r-1", "op-1", answers(audience=coded("council"), said="council canary")))
    _, cursor = bea.feed_to_the_end()
    for_all = answers(audience=coded("team"), said="for all")
    amara.push(update("r-1", "op-2", 1, {"note.audience": coded("team"), "note.content": "for all"}, for_all))
    items, _ = bea.feed_to_the_end(cursor)
    assert [(item["id"], item["version"]) for item in items] == [("r-1", 2)]
    assert [each["version"] for each in bea.history("r-1")["revisions"]] == [2]
    assert bea.http.get("/v1/records/r-1?version=1").status_code == 404
    assert "council canary" not in everything_sent_to(bea)
    assert [each["version"] for each in amara.history("r-1")["revisions"]] == [1, 2]


def test_who_hides_a_record_from_themselves_hears_that_it_was_taken(practice: RunningIcs) -> None:
    amara, bea = practice.sign_in(AMARA), practice.sign_in(BEA)
    amara.push(create("r-1", "op-1", answers()))
    after = answers(audience=coded("council"))
    op = update("r-1", "op-2", 1, {"note.audience": coded("council")}, after)
    (taken,) = bea.push(op)
    assert (taken["status"], taken["head"]["hash"]) == ("applied", content_hash(after))
    assert not knows_of(bea, "r-1")
    amara.push(
        update("r-1", "op-3", 2, {"note.content": "since"}, answers(audience=coded("council"), said="since"))
    )
    (again,) = bea.push(op)  # the answer was lost on the way: what the op made is still what Bea wrote
    assert again == {**{name: taken[name] for name in again}, "status": "duplicate"}
    assert again["head"] == taken["head"]
    (late,) = bea.push(update("r-1", "op-4", 2, {"note.content": "x"}, answers(said="x")))
    assert late["problem"]["type"] == "record-unknown"


# Conflicts --------------------------------------------------------------------------------------------


def a_conflict(amara: IcsCaller, *, narrowed: bool) -> tuple[str, dict[str, Any]]:
    """A record with an open conflict, both of its texts canaries; its id and the content."""
    more = {"audience": coded("council")} if narrowed else {}
    amara.push(create("r-1", "op-1", answers(said="canary one", **more)))
    after = answers(said="canary one", **more)
    op = update("r-1", "op-2", 1, {}, after)
    op["kind"] = "update"
    op["proposals"] = [
        {
            "path": "note.content",
            "kind": "answer",
            "base": {"v": "canary zero"},
            "mine": {"v": "canary two"},
            "theirs_version": 1,
        }
    ]
    (taken,) = amara.push(op)
    assert taken["status"] == "applied", taken
    (conflict,) = taken["conflicts"]
    return str(conflict["id"]), after


def test_the_texts_of_a_conflict_stay_with_those_its_record_is_for(practice: RunningIcs) -> None:
    amara, bea = practice.sign_in(AMARA), practice.sign_in(BEA)
    id_, _ = a_conflict(amara, narrowed=True)
    assert ids_in_the_feed(amara, "conflict") == {id_}
    assert ids_in_the_feed(practice.sign_in(RUTH), "conflict") == {id_}
    assert ids_in_the_feed(bea, "conflict") == set()
    assert "canary" not in everything_sent_to(bea)
    stale = update("r-1", "op-9", 1, {}, answers(), settles=[{"conflict": id_, "choice": "mine"}])
    assert "canary" not in bea.push_raw(stale).text


def test_a_conflict_follows_its_record_out_of_sight_and_back(practice: RunningIcs) -> None:
    amara, bea = practice.sign_in(AMARA), practice.sign_in(BEA)
    id_, after = a_conflict(amara, narrowed=False)
    _, cursor = bea.feed_to_the_end()
    council = content(**{"note.content": "canary one", "note.audience": coded("council")})
    amara.push(update("r-1", "op-3", 2, {"note.audience": coded("council")}, council))
    assert bea.feed_to_the_end(cursor)[0] == []
    assert ids_in_the_feed(bea, "conflict") == set()
    late, _ = practice.sign_in(NERYS).feed_to_the_end()
    assert [item["id"] for item in late] == [TOLLAND]
    amara.push({**update("r-1", "op-4", 3, {}, after), "unset": ["note.audience"]})
    items, _ = bea.feed_to_the_end(cursor)
    assert {item["id"] for item in items} == {"r-1", id_}
    assert [item["seq"] for item in items] == sorted({item["seq"] for item in items})


def test_a_conflict_from_before_a_record_was_for_all_stays_with_those_it_was_for(
    practice: RunningIcs,
) -> None:
    amara, bea = practice.sign_in(AMARA), practice.sign_in(BEA)
    id_, _ = a_conflict(amara, narrowed=True)
    after = content(**{"note.content": "for all", "note.audience": coded("team")})
    put = {"note.content": "for all", "note.audience": coded("team")}
    amara.push(update("r-1", "op-3", 2, put, after))
    assert knows_of(bea, "r-1")
    assert "canary" not in everything_sent_to(bea)
    behind = update("r-1", "op-4", 1, {"note.content": "x"}, answers(said="x"))
    settling = update("r-1", "op-5", 3, {}, after, settles=[{"conflict": id_, "choice": "theirs"}])
    for op in (behind, settling):
        assert "canary" not in bea.push_raw(op).text
    assert amara.history("r-1")["conflicts"][0]["state"] == "open"


# The note beside a version ----------------------------------------------------------------------------


def a_record(**more: Any) -> RecordMessage:
    after = answers(**more)
    return RecordMessage(
        id="r-1",
        type="form",
        scope_id=TOLLAND,
        version=1,
        hash="",
        state="draft",
        answers=after["answers"],
        groups={},
        created_by=AMARA,
    )


def test_most_records_need_no_note() -> None:
    noted = [head for head in CASELOAD.records if note_on(record_message(head)) != EVERYONE]
    assert 0 < len(noted) < len(CASELOAD.records) / 2


def test_two_notes_together_let_in_only_whom_both_let_in() -> None:
    council, withheld = (
        note_on(a_record(audience=coded("council"))),
        note_on(a_record(withhold=people("p-1"))),
    )
    assert both(council, EVERYONE) == both(EVERYONE, council) == both(council, council) == council
    assert both(council, withheld) == both(withheld, council)
    assert both(both(council, withheld), council) == both(council, withheld)
