"""Marks that an accepted version holds: no op takes one away or alters it, whatever laptop it comes from."""

from __future__ import annotations

from typing import Any

import pytest

from sync.reference_ics import seed
from tests.support.service import AMARA, MARKS, PROVENANCE, TOLLAND, IcsCaller, RunningIcs
from workbook_desktop.domain.records import content_hash
from workbook_desktop.forms.library import core_forms

FORM = {"id": "marks", "version": "1.0.0"}
AT = "2026-11-22T09:00:00+00:00"
CHEEK, CHIN = ({"v": where, "by": AMARA, "at": AT} for where in ("left cheek", "chin"))


def marks(note: str = "", **rows: dict[str, Any]) -> dict[str, Any]:
    inside = {name: {"ord": "a", "answers": answers, "groups": {}} for name, answers in rows.items()}
    answers = {"note": {"v": note}} if note else {}
    return {"answers": answers, "groups": {"mark": inside} if inside else {}}


def op(name: str, version: int | None, after: dict[str, Any], **more: Any) -> dict[str, Any]:
    base = {"kind": "create"} if version is None else {"kind": "update", "if_match": version}
    return {
        "op_id": name,
        "record_id": "r-1",
        "scope_id": TOLLAND,
        "form": FORM,
        "result_hash": content_hash(after),
        "provenance": PROVENANCE,
        **base,
        **more,
    }


@pytest.fixture(autouse=True)
def _published(ics: RunningIcs) -> None:
    ics.publishes(MARKS)


@pytest.fixture
def put_down(amara: IcsCaller) -> IcsCaller:
    """A record at version 1, with one mark on it."""
    whole = {"mark/m1": {"ord": "a"}, "mark/m1/where": CHEEK}
    (result,) = amara.push(op("op-1", None, marks(m1={"where": CHEEK}), set=whole))
    assert result["status"] == "applied", result
    return amara


def refused(result: dict[str, Any]) -> tuple[str, str]:
    assert result["status"] == "rejected", result
    return result["problem"]["type"], result["problem"]["path"]


def test_a_mark_is_not_taken_away(put_down: IcsCaller, bea: IcsCaller) -> None:
    (result,) = bea.push(op("op-2", 1, marks(), unset=["mark/m1"]))
    assert refused(result) == ("append-only", "mark/m1")
    assert bea.record("r-1")["version"] == 1


def test_what_was_said_of_a_mark_is_neither_altered_nor_cleared(put_down: IcsCaller) -> None:
    altered = op("op-2", 1, marks(m1={"where": CHIN}), set={"mark/m1/where": CHIN})
    emptied = {"v": None, "s": "cleared", "by": AMARA, "at": AT}
    cleared = op("op-3", 1, marks(m1={"where": emptied}), set={"mark/m1/where": emptied})
    gone = op("op-4", 1, marks(m1={}), unset=["mark/m1/where"])
    for each in put_down.push(altered, cleared, gone):
        assert refused(each) == ("append-only", "mark/m1/where")


def test_a_mark_taken_away_and_put_back_in_one_op_has_to_be_as_it_was(put_down: IcsCaller) -> None:
    other = op(
        "op-2",
        1,
        marks(m1={"where": CHIN}),
        unset=["mark/m1"],
        set={"mark/m1": {"ord": "a"}, "mark/m1/where": CHIN},
    )
    same = op(
        "op-3",
        1,
        marks(m1={"where": CHEEK}),
        unset=["mark/m1"],
        set={"mark/m1": {"ord": "a"}, "mark/m1/where": CHEEK},
    )
    first, second = put_down.push(other, same)
    assert refused(first) == ("append-only", "mark/m1/where")
    assert second["status"] == "applied"


def test_a_mark_is_struck_through_added_to_and_stands_elsewhere(put_down: IcsCaller, bea: IcsCaller) -> None:
    yes, why, size = ({"v": each, "by": AMARA, "at": AT} for each in (True, "It was dirt.", "20 mm"))
    after = marks(m1={"where": CHEEK, "struck": yes, "why": why, "size": size}, m2={"where": CHIN})
    after["groups"]["mark"]["m1"]["ord"] = "c"
    put = {
        "mark/m1": {"ord": "c"},
        "mark/m1/struck": yes,
        "mark/m1/why": why,
        "mark/m1/size": size,
        "mark/m2": {"ord": "a"},
        "mark/m2/where": CHIN,
    }
    (result,) = bea.push(op("op-2", 1, after, set=put))
    assert result["status"] == "applied", result
    no = {"v": False, "by": AMARA, "at": AT}
    after["groups"]["mark"]["m1"]["answers"]["struck"] = no
    (result,) = put_down.push(op("op-3", 2, after, set={"mark/m1/struck": no}))
    assert result["status"] == "applied", result


def test_a_row_that_was_only_begun_goes_again(amara: IcsCaller) -> None:
    prefilled = {"v": "left cheek"}  # by nobody
    whole = {"mark/m1": {"ord": "a"}, "mark/m1/where": prefilled}
    taken = amara.push(
        op("op-1", None, marks(m1={"where": prefilled}), set=whole), op("op-2", 1, marks(), unset=["mark/m1"])
    )
    assert [each["status"] for each in taken] == ["applied", "applied"]


def test_a_mark_made_earlier_in_the_same_push_stays(amara: IcsCaller) -> None:
    whole = {"mark/m1": {"ord": "a"}, "mark/m1/where": CHEEK}
    made = op("op-1", None, marks(m1={"where": CHEEK}), set=whole)
    gone = {**op("op-2", None, marks()), "kind": "update", "after_op": "op-1", "unset": ["mark/m1"]}
    first, second = amara.push(made, gone)
    assert first["status"] == "applied"
    assert refused(second) == ("append-only", "mark/m1")


def test_of_two_texts_about_a_mark_a_person_chooses_either(put_down: IcsCaller, bea: IcsCaller) -> None:
    proposal = {"path": "mark/m1/where", "kind": "answer", "base": None, "mine": CHIN, "theirs_version": 1}
    (asked,) = bea.push(op("op-2", 1, marks(m1={"where": CHEEK}), proposals=[proposal]))
    (conflict,) = asked["conflicts"]
    put, after = {"mark/m1/where": CHIN}, marks(m1={"where": CHIN})
    (unasked,) = bea.push(op("op-3", 2, after, set=put))
    assert refused(unasked) == ("append-only", "mark/m1/where")
    settles = [{"conflict": conflict["id"], "choice": "mine", "reason": "looked at it together"}]
    (chosen,) = put_down.push(op("op-4", 2, after, kind="resolve", set=put, settles=settles))
    assert (chosen["status"], chosen["conflicts"][0]["state"]) == ("applied", "resolved")


def test_a_form_that_ships_with_every_laptop_holds_though_it_was_never_handed_out(amara: IcsCaller) -> None:
    form = {"id": "body-map", "version": "1.0.0"}
    chin = {"mark.region": {"v": {"code": "chin"}, "by": AMARA, "at": AT}}
    whole = {"mark/m1": {"ord": "a"}, **{f"mark/m1/{name}": answer for name, answer in chin.items()}}
    made, gone = amara.push(
        op("op-1", None, marks(m1=chin), set=whole, form=form),
        op("op-2", 1, marks(), unset=["mark/m1"], form=form),
    )
    assert made["status"] == "applied"
    assert refused(gone) == ("append-only", "mark/m1")


def test_a_form_published_while_the_service_runs_holds_from_then_on(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    (source,) = (each for each in core_forms() if b'"body-map"' in each[:2000])
    form = {"id": "body-map", "version": "9.0.0"}
    chin = {"mark.region": {"v": {"code": "chin"}, "by": AMARA, "at": AT}}
    whole = {"mark/m1": {"ord": "a"}, **{f"mark/m1/{name}": answer for name, answer in chin.items()}}
    after = marks(m1=chin)
    amara.push(op("op-1", None, after, set=whole, form=form), op("op-2", 1, after, form=form))
    with ics.database() as database:
        published = source.replace(b'"version": "1.0.0"', b'"version": "9.0.0"', 1)
        assert published != source
        assert seed.add_form(database, published, received_at=ics.clock.now())
    (gone,) = amara.push(op("op-3", 2, marks(), unset=["mark/m1"], form=form))
    assert refused(gone) == ("append-only", "mark/m1")


def test_rows_of_any_other_form_are_taken_away_as_before(amara: IcsCaller) -> None:
    whole = {"mark/m1": {"ord": "a"}, "mark/m1/where": CHEEK}
    visit = {"id": "visit", "version": "1.0.0"}
    taken = amara.push(
        op("op-1", None, marks(m1={"where": CHEEK}), set=whole, form=visit),
        op("op-2", 1, marks(), unset=["mark/m1"], form=visit),
    )
    assert [each["status"] for each in taken] == ["applied", "applied"]
    assert amara.record("r-1")["groups"] == {}
