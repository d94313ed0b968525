"""Files as the NLM Form Builder 12.6 writes them: authored in it, and ours that went through it."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.forms import NOW, coding, new_ids
from tests.support.forms import sheet as sheet_of
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.forms.definition import Compare, Condition, Form, Role
from workbook_desktop.forms.extensions import OURS
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.publishing import Verdict, check_form, lint
from workbook_desktop.forms.response import encoded, from_response, to_response
from workbook_desktop.forms.trials import fill, tried
from workbook_desktop.forms.versions import differences

DATA = Path(__file__).resolve().parents[2] / "data" / "forms"
HL7 = "http://hl7.org/fhir/StructureDefinition/"
ORIENTATION = f"{HL7}questionnaire-choiceOrientation"
SCORED = ("going.safe", "going.friends", "going.work")


def read(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_bytes())


def the_form(name: str = "contact-with-school") -> Form:
    return load((DATA / f"{name}.json").read_bytes())


def extensions(node: Any, link: str = "") -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    if isinstance(node, dict):
        link = str(node.get("linkId", link))
        for each in node.get("extension", ()):
            found[link, json.dumps(each, sort_keys=True)] += 1
        for name, inner in node.items():
            if name != "extension":
                found += extensions(inner, link)
    elif isinstance(node, list):
        for inner in node:
            found += extensions(inner, link)
    return found


def lost(before: Any, after: Any) -> set[tuple[str, str]]:
    """Return linkId and address of each extension that the second has not as the first had it."""
    gone = extensions(before) - extensions(after)
    return {(link, json.loads(each)["url"].removeprefix(HL7)) for link, each in gone}


def total_after(form: Form, *answers: tuple[str, str]) -> Any:
    sheet = sheet_of(form)
    for link, code in answers:
        sheet.answer(FieldPath(link), coding(form, link, code))
    answer = sheet.body.answers.get(FieldPath("going.total"))
    return None if answer is None else answer.value


def test_a_form_authored_in_the_builder_can_be_published_as_it_is() -> None:
    source = (DATA / "contact-with-school.json").read_bytes()
    assert check_form(source).verdict is Verdict.ACCEPTED
    form = load(source)
    assert not [each for each in lint(form) if each.refuses]
    assert not tried(form).failures
    assert form.ref.version == "1.0.0"
    assert (form.name, form.chapter) == ("Contact with school", "child")


def test_what_a_practice_lead_can_set_in_the_builder_is_read() -> None:
    form = the_form()
    items = form.by_link_id
    spoken_to, attendance = items[LinkId("contact.spoken-to")], items[LinkId("contact.attendance")]
    assert spoken_to.required
    assert spoken_to.help == "Name and role, for example “class teacher”."
    assert form.by_role[Role.OCCURRED_ON].link_id == "contact.date"
    assert (attendance.limits.min_value, attendance.limits.max_value, attendance.unit) == ("0", "100", "%")
    assert items[LinkId("contact.school")].fact == "child.school"
    assert items[LinkId("contact.school")].known_for == 365
    assert items[LinkId("contact.worry")].when == (
        Condition(question=LinkId("contact.worried"), compare=Compare.EQUAL, answer=True),
    )
    assert items[LinkId("step")].has_rows
    assert [option.weight for option in items[LinkId("going.safe")].options] == ["0", "1", "2", "3"]


def test_the_total_of_a_form_authored_in_the_builder_waits_for_every_part() -> None:
    form = the_form()
    assert total_after(form, ("going.safe", "mostly"), ("going.friends", "little")) is None
    assert total_after(form, *zip(SCORED, ("mostly", "little", "fully"), strict=True)) == 6


def test_the_builders_own_sum_of_scores_gives_no_total() -> None:
    # Builder 12.6 writes scores as itemWeight, and its own sum looks for ordinalValue. Should this fail
    # because there is a total, docs/practice-leads.md need no longer warn.
    form = the_form("contact-with-school.wizard-total")
    assert total_after(form, *zip(SCORED, ("mostly", "little", "fully"), strict=True)) is None


@pytest.mark.parametrize("name", ["contact-with-school", "round-trip.saved", "round-trip.opened"])
def test_answers_to_a_form_from_the_builder_go_out_and_come_back(name: str) -> None:
    form = the_form(name)
    for seed in range(5):
        sheet = sheet_of(form)
        fill(sheet, random.Random(seed), share=0.9)
        out = encoded(to_response(form, sheet.body, authored=NOW))
        assert from_response(form, out, new_ids()).body == sheet.body


def test_a_form_imported_and_exported_as_r4_is_the_same_form() -> None:
    assert read("round-trip.saved") == read("round-trip")


def test_every_extension_of_our_own_survives_the_opening_of_each_question() -> None:
    before, after = read("round-trip"), read("round-trip.opened")
    assert (
        len({url for _, each in extensions(before) if (url := json.loads(each)["url"]).startswith(OURS)})
        >= 14
    )
    assert not {url for _, url in lost(before, after) if url.startswith(OURS)}
    assert the_form("round-trip.opened").gives == the_form("round-trip").gives
    assert the_form("round-trip.opened").moves == the_form("round-trip").moves


def test_what_the_builder_loses_when_a_question_is_opened_is_what_the_guide_says() -> None:
    before, after = read("round-trip"), read("round-trip.opened")
    assert lost(before, after) == {
        ("spoke.date", "maxValue"),  # worked out by a formula
        ("spoke.kind", "questionnaire-itemControl"),  # its words are added: nothing is lost
        ("spoke.words", "minLength"),
        ("each.letter", "maxSize"),
        ("each.letter", "mimeType"),
        ("each.steps", "questionnaire-minOccurs"),
    }
    one, two = the_form("round-trip").by_link_id, the_form("round-trip.opened").by_link_id
    assert {link for link in one if len(one[link].options) != len(two[link].options)} == {"each.other"}


def test_our_direct_work_form_comes_through_the_builder_unharmed() -> None:
    through = (DATA / "direct-work-through-form-builder.json").read_bytes()
    ours = (DATA / "direct-work-before-form-builder.json").read_bytes()  # as it was opened in the builder
    gone = extensions(json.loads(ours)) - extensions(json.loads(through))
    assert {json.loads(each)["url"] for _, each in gone} <= {ORIENTATION}
    assert not extensions(json.loads(through)) - extensions(json.loads(ours))
    assert differences(load(ours), load(through)) == ()
    assert load(ours).gives == load(through).gives
