"""A draft and a later version of its form, on the real store: offered, moved, undone; not once it is sent."""

from __future__ import annotations

import json

import pytest

from tests.support.forms import OURS, item, questionnaire
from tests.support.laptop_store import LaptopStore
from workbook_desktop.domain.errors import FormUnknown
from workbook_desktop.domain.ids import FamilyId, FieldPath, FormId, RecordId
from workbook_desktop.domain.records import Answer, Body, FormRef, content_hash, content_of
from workbook_desktop.forms.versions import earlier
from workbook_desktop.workspace.moves import FormOffer

TOLLAND = FamilyId("f-tolland")
OLD, NEW = (FormRef(id=FormId("tried"), version=version) for version in ("1.0.0", "1.1.0"))
BEFORE = questionnaire(item("said", "text"), item("gone", "string", text="Which bus?"), item("old", "string"))
AFTER = questionnaire(
    item("said", "text"),
    item("newer", "string"),
    item("why", "string", required=True, text="Why?"),
    version="1.1.0",
    extension=[
        {
            "url": OURS + "moves",
            "extension": [
                {"url": "since", "valueString": "1.0.0"},
                {"url": "old", "valueString": "old"},
                {"url": "new", "valueString": "newer"},
            ],
        }
    ],
)
TYPED = {"said": "She showed me her room.", "gone": "The 12", "old": "By hand"}


def a_draft(laptop: LaptopStore, *, later: bool = True) -> RecordId:
    laptop.store.forms.put(json.dumps(BEFORE).encode())
    opened = laptop.desk.start(OLD, TOLLAND)
    kept = Body(answers={FieldPath(path): laptop.said(value) for path, value in TYPED.items()})
    laptop.desk.keep(opened.record, kept, opened.body)
    if later:
        laptop.store.forms.put(json.dumps(AFTER).encode())
    return opened.record


def offer_of(laptop: LaptopStore, record: RecordId) -> FormOffer:
    found = laptop.desk.form_standing(record).offer
    assert found is not None
    return found


def said(laptop: LaptopStore, record: RecordId) -> dict[str, object]:
    return {path: answer.value for path, answer in laptop.desk.open(record).body.answers.items()}


def test_nothing_is_offered_while_there_is_no_later_version(laptop: LaptopStore) -> None:
    assert laptop.desk.form_standing(a_draft(laptop, later=False)).offer is None


def test_a_later_version_is_offered_with_what_it_means_for_this_draft(laptop: LaptopStore) -> None:
    found = offer_of(laptop, a_draft(laptop))
    assert (found.to, found.possible) == (NEW, True)
    assert (found.gone, found.renamed, found.new_required) == (("Which bus?",), ("Old",), ("Why?",))
    assert found.left_over == ("Which bus?",)


def test_a_draft_that_is_moved_is_of_the_later_version_with_every_answer(laptop: LaptopStore) -> None:
    record = a_draft(laptop)
    opened = laptop.desk.move_form(record, NEW)
    assert opened.form.ref == NEW
    assert said(laptop, record) == {"said": TYPED["said"], "gone": TYPED["gone"], "newer": TYPED["old"]}
    assert [(line.label, line.shown) for line in earlier(opened.form, opened.body)] == [
        ("Which bus?", "The 12")
    ]
    laptop.reopen()
    assert laptop.desk.open(record) == opened
    standing = laptop.desk.form_standing(record)
    assert (standing.offer, standing.came_from, standing.kept) == (None, OLD, 1)


def test_it_can_go_back_the_next_day_and_says_what_it_said(laptop: LaptopStore) -> None:
    record = a_draft(laptop)
    before = laptop.desk.open(record)
    laptop.desk.move_form(record, NEW)
    laptop.reopen()
    assert laptop.desk.move_form(record, OLD) == before
    standing = laptop.desk.form_standing(record)
    assert (standing.offer, standing.came_from) == (None, None)  # who went back is not asked again


def test_what_was_typed_since_stays_when_it_goes_back(laptop: LaptopStore) -> None:
    record = a_draft(laptop)
    moved = laptop.desk.move_form(record, NEW)
    laptop.desk.keep(record, moved.body.with_answer(FieldPath("why"), laptop.said("For warmth")), moved.body)
    opened = laptop.desk.move_form(record, OLD)
    assert said(laptop, record) == {**TYPED, "why": "For warmth"}
    assert [(line.label, line.shown) for line in earlier(opened.form, opened.body)] == [
        ("Why?", "For warmth")
    ]


def test_who_stays_is_asked_again_only_by_a_still_later_version(laptop: LaptopStore) -> None:
    record = a_draft(laptop)
    laptop.desk.stay_on_form(record, NEW)
    laptop.reopen()
    assert laptop.desk.form_standing(record).offer is None
    laptop.store.forms.put(json.dumps({**AFTER, "version": "1.2.0"}).encode())
    assert offer_of(laptop, record).to.version == "1.2.0"


def test_what_was_sent_stays_on_its_version_and_says_so(laptop: LaptopStore) -> None:
    record = a_draft(laptop)
    laptop.desk.send(record)
    assert not offer_of(laptop, record).possible  # released, and perhaps sealed in a moment
    laptop.run()
    before = laptop.desk.open(record)
    assert not offer_of(laptop, record).possible
    assert laptop.desk.move_form(record, NEW) == before
    assert laptop.at_office(record) == before.body


def test_a_release_that_is_held_back_can_move(laptop: LaptopStore) -> None:
    record = a_draft(laptop)
    laptop.desk.send(record)
    laptop.desk.hold_back(record)
    assert laptop.desk.move_form(record, NEW).form.ref == NEW


def test_a_moved_draft_is_sent_in_the_later_version_and_does_not_go_back(laptop: LaptopStore) -> None:
    record = a_draft(laptop)
    moved = laptop.desk.move_form(record, NEW)
    laptop.desk.send(record)
    laptop.run()
    assert laptop.head(record).form == NEW
    assert laptop.at_office(record) == moved.body
    assert laptop.desk.form_standing(record).came_from is None
    assert laptop.desk.move_form(record, OLD).form.ref == NEW


def test_a_way_back_that_was_refused_is_there_again_once_the_release_is_held_back(
    laptop: LaptopStore,
) -> None:
    record = a_draft(laptop)
    laptop.desk.move_form(record, NEW)
    laptop.desk.send(record)
    assert laptop.desk.move_form(record, OLD).form.ref == NEW
    laptop.desk.hold_back(record)
    assert laptop.desk.form_standing(record).came_from == OLD
    assert laptop.desk.move_form(record, OLD).form.ref == OLD


def test_a_signed_record_is_offered_nothing(laptop: LaptopStore) -> None:
    record = a_draft(laptop, later=False)
    body = laptop.desk.open(record).body
    laptop.desk.sign_off(record, content_hash(content_of(body)))
    laptop.run()
    laptop.store.forms.put(json.dumps(AFTER).encode())
    assert laptop.desk.form_standing(record).offer is None


def test_the_journal_brings_back_version_and_answers_together(laptop: LaptopStore) -> None:
    record = a_draft(laptop)
    database = laptop.folder / "store.db"
    laptop.store.rest()
    before = database.read_bytes()
    moved = laptop.desk.move_form(record, NEW)
    laptop.store.lock()
    for each in laptop.folder.glob("store.db*"):
        each.unlink()
    database.write_bytes(before)  # as it was before the move
    laptop._open()
    again = laptop.desk.open(record)
    assert (again.form.ref, again.body) == (NEW, moved.body)


def test_nothing_moves_to_a_form_that_is_not_here(laptop: LaptopStore) -> None:
    record = a_draft(laptop)
    with pytest.raises(FormUnknown):
        laptop.desk.move_form(record, FormRef(id=OLD.id, version="9"))
    assert said(laptop, record) == TYPED
    assert isinstance(laptop.desk.open(record).body.answers[FieldPath("old")], Answer)
