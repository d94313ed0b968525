"""Recorded once: what is known is filled in with its source, confirmed by the worker, and kept in sight."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.support.forms import HL7, OURS, extension, item, questionnaire
from tests.support.laptop_store import BEA, LaptopStore
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, PersonId
from workbook_desktop.domain.records import Answer, Body, FormRef, Row
from workbook_desktop.forms.definition import FACTS
from workbook_desktop.forms.draft import is_unconfirmed, source_of
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.workspace.views import OpenRecord

TOLLAND = FamilyId("f-tolland")
MAISIE, LEO = PersonId("p-maisie"), PersonId("p-leo")
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"


def formula(name: str, text: str, called: str = "") -> dict[str, Any]:
    given = {"language": "text/fhirpath", "expression": text} | ({"name": called} if called else {})
    return extension(HL7 + name if name == "variable" else SDC + name, given, "valueExpression")


def fact(code: str, days: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"code": [{"system": FACTS, "code": code}]}
    if days is not None:
        period = {"value": days, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
        found["extension"] = [extension(SDC + "observationLinkPeriod", period, "valueDuration")]
    return found


def asked(text: str) -> dict[str, Any]:
    return {"language": "text/fhirpath", "expression": text}


WHEN = "%resource.item.where(linkId='when').answer.value"
ASKS = questionnaire(
    item("when", "date", extension=[extension(OURS + "role", "occurred-on", "valueCode")]),
    item("school", **fact("child.school", 365)),
    item("pets", **fact("family.pets")),
    item("whose", extension=[formula("initialExpression", "%child.name")]),
    item(
        "action",
        "group",
        item("what", extension=[formula("initialExpression", "%row.what")]),
        item("how"),
        repeats=True,
        extension=[formula("itemPopulationContext", "%openActions", "row")],
    ),
    item("late", "boolean", extension=[formula("calculatedExpression", f"{WHEN} < today() - 7 days")]),
    id="asks",
    url="https://example.org/asks",
    extension=[
        {
            "url": OURS + "gives",
            "extension": [
                {"url": "kind", "valueCode": "action"},
                {"url": "id", "valueString": "agreed"},
                {"url": "each", "valueExpression": asked("item.where(linkId='action')")},
                {
                    "url": "part",
                    "extension": [
                        {"url": "name", "valueString": "what"},
                        {"url": "value", "valueExpression": asked("item.where(linkId='what').answer.value")},
                    ],
                },
            ],
        }
    ],
)


def ref(laptop: LaptopStore) -> FormRef:
    return laptop.store.forms.put(json.dumps(ASKS).encode())


def start(laptop: LaptopStore, *subjects: PersonId) -> OpenRecord:
    return laptop.desk.start(ref(laptop), TOLLAND, subjects or (MAISIE,))


def fill(laptop: LaptopStore, opened: OpenRecord, **said: Any) -> None:
    body = opened.body
    for link, value in said.items():
        body = body.with_answer(FieldPath(link), laptop.said(value))
    laptop.desk.keep(opened.record, body, opened.body)


def signed(laptop: LaptopStore, *subjects: PersonId, **said: Any) -> OpenRecord:
    opened = start(laptop, *subjects)
    fill(laptop, opened, **said)
    laptop.sign(opened.record)
    return opened


def sheet_of(laptop: LaptopStore, opened: OpenRecord) -> Sheet:
    return Sheet(
        opened.form,
        opened.body,
        by=laptop.worker_id,
        now=lambda: "2026-11-22T14:30:00+00:00",
        new_id=laptop.new_id,
        surroundings=opened.surroundings,
    )


def day(laptop: LaptopStore, back: int) -> str:
    return (laptop.clock.today() - timedelta(days=back)).isoformat()


def test_a_fact_is_filled_in_for_that_child_with_its_source_and_is_not_yet_confirmed(
    laptop: LaptopStore,
) -> None:
    first = signed(laptop, when=day(laptop, 30), school="Hill School", pets="A dog")
    opened = start(laptop)
    answer = opened.body.answers[FieldPath("school")]
    assert answer.value == "Hill School"
    assert (answer.by, answer.at) == (None, None)
    assert is_unconfirmed(answer)
    source = source_of(answer)
    assert source is not None
    assert (source["record"], source["on"], source["value"]) == (first.record, day(laptop, 30), "Hill School")
    assert source["by"] == laptop.worker.name
    of_leo = start(laptop, LEO)
    assert FieldPath("school") not in of_leo.body.answers  # another child's school
    assert of_leo.body.answers[FieldPath("pets")].value == "A dog"  # the family's dog


def test_what_is_too_old_is_not_filled_in_and_what_was_filled_in_is_no_new_fact(laptop: LaptopStore) -> None:
    signed(laptop, when=day(laptop, 400), school="Hill School", pets="A dog")
    opened = start(laptop)
    assert FieldPath("school") not in opened.body.answers
    fill(laptop, opened, when=day(laptop, 1))
    laptop.sign(opened.record)  # the dog was never looked at
    assert start(laptop).body.answers[FieldPath("pets")].value == "A dog"
    facts = laptop.desk._gathered.facts(TOLLAND)
    assert [fact.code for _, fact in facts].count("family.pets") == 1


def test_the_base_stays_when_the_worker_writes_something_else(laptop: LaptopStore) -> None:
    signed(laptop, when=day(laptop, 3), school="Hill School")
    opened = start(laptop)
    sheet = sheet_of(laptop, opened)
    sheet.answer(FieldPath("school"), "Vale School")
    answer = sheet.body.answers[FieldPath("school")]
    assert not is_unconfirmed(answer)
    source = source_of(answer)
    assert source is not None
    assert source["value"] == "Hill School"


def test_formulas_fill_in_and_make_rows_that_are_the_same_on_every_laptop(laptop: LaptopStore) -> None:
    opened = start(laptop)
    assert opened.body.answers[FieldPath("whose")].value == "Maisie Tolland"
    before = opened.body.rows_of(paths.ROOT, LinkId("action"))
    row = paths.row(paths.ROOT, LinkId("action"), laptop.new_id())  # type: ignore[arg-type]
    body = Body(
        answers={
            **opened.body.answers,
            FieldPath("when"): laptop.said(day(laptop, 2)),
            paths.child(row, LinkId("what")): laptop.said("Ring the school"),
        },
        rows={**opened.body.rows, row: Row(ord="z")},
    )
    laptop.desk.keep(opened.record, body, opened.body)
    laptop.sign(opened.record)
    again = start(laptop)
    rows = again.body.rows_of(paths.ROOT, LinkId("action"))
    said = [again.body.answers[paths.child(each, LinkId("what"))].value for each in rows]
    assert "Ring the school" in said
    assert len(rows) >= len(before) + 1
    assert laptop.desk.open(again.record).body == again.body  # once, at the beginning, and never again


def test_what_is_known_otherwise_by_now_is_listed_one_by_one(laptop: LaptopStore) -> None:
    signed(laptop, when=day(laptop, 30), school="Hill School")
    draft = start(laptop)
    assert laptop.desk.differences(draft.record) == ()
    signed(laptop, when=day(laptop, 1), school="Vale School")
    (found,) = laptop.desk.differences(draft.record)
    assert (found.path, found.here, found.known) == ("school", "Hill School", "Vale School")
    assert laptop.worker.name in found.source
    fill(laptop, draft, school="Vale School")
    assert laptop.desk.differences(draft.record) == ()


def test_what_is_known_by_now_is_taken_over_or_left_and_is_not_asked_again(laptop: LaptopStore) -> None:
    signed(laptop, when=day(laptop, 30), school="Hill School")
    drafts = start(laptop), start(laptop)
    signed(laptop, when=day(laptop, 1), school="Vale School")
    school = FieldPath("school")
    for opened, take in zip(drafts, (True, False), strict=True):
        (found,) = laptop.desk.differences(opened.record)
        sheet = sheet_of(laptop, opened)
        before = sheet.body.answers[school]
        sheet.note_known(school, found.origin, take=take)
        assert sheet.body.answers[school].value == ("Vale School" if take else "Hill School")
        assert not is_unconfirmed(sheet.body.answers[school])
        laptop.desk.keep(opened.record, sheet.body, opened.body)
        assert laptop.desk.differences(opened.record) == ()
        sheet.put_back(school, before)
        assert sheet.body.answers[school] == before


def test_a_record_opens_with_the_day_and_a_check_works_it_out_anew(laptop: LaptopStore) -> None:
    opened = start(laptop)
    assert opened.surroundings.today == laptop.clock.today()
    fill(laptop, opened, when=day(laptop, 30))
    assert laptop.desk.open_to_check(opened.record).body.answers[FieldPath("late")].value is True


def test_a_score_that_rests_on_what_only_the_writer_knew_stays_as_it_was_signed(laptop: LaptopStore) -> None:
    """Its formula asks the child's name: whoever reads the record later need not be told it again."""
    total = item(
        "total",
        "integer",
        extension=[formula("calculatedExpression", "iif(%child.name.exists(), 4, 0)")],
        code=[{"system": FACTS, "code": "child.total"}],
    )
    made = ASKS | {"id": "scored", "url": "https://example.org/scored", "item": [*ASKS["item"], total]}
    of = laptop.store.forms.put(json.dumps(made).encode())
    opened = laptop.desk.start(of, TOLLAND, (MAISIE,))
    laptop.desk.keep(opened.record, sheet_of(laptop, opened).body, opened.body)
    fill(laptop, laptop.desk.open(opened.record), when=day(laptop, 1))
    laptop.sign(opened.record)
    found = {fact.code: fact.value for _, fact in laptop.desk._gathered.facts(TOLLAND)}
    assert found["child.total"] == 4


def test_what_a_colleague_has_not_signed_is_known_to_nobody(laptop: LaptopStore) -> None:
    opened = start(laptop)
    fill(laptop, opened, when=day(laptop, 1), school="Hill School")
    laptop.desk.send(opened.record)
    laptop.run()
    laptop.colleague(opened.record, lambda body: body.with_answer(FieldPath("school"), _of_bea("Vale")))
    laptop.run()
    assert FieldPath("school") not in start(laptop).body.answers


def _of_bea(value: str) -> Answer:
    return Answer(value=value, by=BEA, at="2026-11-22T12:00:00+00:00")


def test_a_plan_that_was_begun_and_left_on_this_laptop_is_no_plan(laptop: LaptopStore) -> None:
    asks = questionnaire(
        item("said", extension=[formula("initialExpression", PLANNED)]),
        id="asks-plan",
        url="https://example.org/asks-plan",
    )
    of = laptop.store.forms.put(json.dumps(asks).encode())
    before = laptop.desk.start(of, TOLLAND).body.answers.get(FieldPath("said"))
    plan = next(each for each in laptop.store.forms.newest() if each.id == "plan")
    left = laptop.desk.start(plan, TOLLAND)
    laptop.desk.keep(
        left.record, left.body.with_answer(FieldPath("plan.danger"), laptop.said("xxx")), left.body
    )
    after = laptop.desk.start(of, TOLLAND).body.answers.get(FieldPath("said"))
    assert (after and after.value) == (before and before.value)


PLANNED = "%plan.repeat(item).where(linkId='plan.danger').answer.value"
