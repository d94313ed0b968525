"""Nothing is filled in from a record that fewer may read than the one that is begun."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.forms import OURS, extension, item, questionnaire
from tests.support.laptop_store import LaptopStore
from tests.unit.workspace.test_knowledge import asked, fact, formula
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, PersonId
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.forms.draft import source_of
from workbook_desktop.workspace.readers import limit_of, may_fill
from workbook_desktop.workspace.views import OpenRecord

TOLLAND, HANNAH = FamilyId("f-tolland"), PersonId("p-hannah")
COUNCIL = {"code": "council", "display": "Council staff only"}
TEAM = {"code": "team", "display": "The whole team"}


def a_form(name: str) -> bytes:
    """Return a form that asks and gives what several ask: a fact, an action, the newest of its kind."""
    step = [
        {"url": "kind", "valueCode": "action"},
        {"url": "id", "valueString": "step"},
        {
            "url": "part",
            "extension": [
                {"url": "name", "valueString": "what"},
                {"url": "value", "valueExpression": asked("item.where(linkId='do').answer.value")},
            ],
        },
    ]
    made = questionnaire(
        item("when", "date", extension=[extension(OURS + "role", "occurred-on", "valueCode")]),
        item("who", "reference", extension=[extension(OURS + "role", "subject", "valueCode")]),
        item("safe", **fact("adult.contact-safe")),
        item("do"),
        item("open", extension=[formula("initialExpression", "%openActions.what.join(', ')")]),
        item("before", extension=[formula("initialExpression", BEFORE)]),
        item("note.audience", "choice", answerOption=[{"valueCoding": each} for each in (COUNCIL, TEAM)]),
        item("record.withhold-from", "reference", repeats=True),
        id=name,
        url=f"https://example.org/{name}",
        extension=[{"url": OURS + "gives", "extension": step}],
    )
    return json.dumps(made).encode()


BEFORE = "%previous.repeat(item).where(linkId='do').answer.value"


@pytest.fixture(autouse=True)
def forms(laptop: LaptopStore) -> None:
    for name in ("chapter-da-survivor", "chapter-substance", "safety-plan"):
        raw = json.loads(a_form(name)) | {"version": "9.0.0"}
        laptop.store.forms.put(json.dumps(raw).encode())


def start(laptop: LaptopStore, form: str) -> OpenRecord:
    ref = next(each for each in laptop.store.forms.newest() if each.id == form)
    return laptop.desk.start(ref, TOLLAND, (HANNAH,))


def write(
    laptop: LaptopStore, form: str, *, sign: bool = True, more: dict[str, Any] | None = None
) -> OpenRecord:
    opened = start(laptop, form)
    body = opened.body
    said = {"when": "2026-11-20", "safe": "Ring before noon", "do": "Change the locks"} | (more or {})
    for name, value in said.items():
        body = body.with_answer(FieldPath(name), laptop.said(value))
    laptop.desk.keep(opened.record, body, opened.body)
    if sign:
        laptop.sign(opened.record)
    return opened


def says(opened: OpenRecord, name: str) -> Any:
    answer = opened.body.answers.get(FieldPath(name))
    return answer.value if answer is not None else None


@pytest.mark.parametrize("sign", [True, False])
def test_what_the_survivors_worker_wrote_is_not_filled_in_where_others_read_it(
    laptop: LaptopStore, sign: bool
) -> None:
    write(laptop, "chapter-da-survivor", sign=sign)
    opened = start(laptop, "chapter-substance")
    assert says(opened, "safe") is None
    assert "Change the locks" not in (says(opened, "open") or "")
    assert not any(source_of(answer) for answer in opened.body.answers.values() if answer.value == "safe")


def test_it_is_filled_in_where_the_same_people_read_it(laptop: LaptopStore) -> None:
    write(laptop, "chapter-da-survivor")
    for form in ("safety-plan", "chapter-da-survivor"):
        assert says(start(laptop, form), "safe") == "Ring before noon"
        assert "Change the locks" in says(start(laptop, form), "open")
    assert says(start(laptop, "chapter-da-survivor"), "before") == "Change the locks"


def test_what_all_may_read_is_filled_in_everywhere(laptop: LaptopStore) -> None:
    write(laptop, "chapter-substance", more={"note.audience": TEAM})
    for form in ("chapter-da-survivor", "chapter-substance"):
        assert says(start(laptop, form), "safe") == "Ring before noon"


@pytest.mark.parametrize(
    "limit",
    [
        {"note.audience": COUNCIL},
        {"record.withhold-from": [{"reference": "Person/p-darren", "display": "Darren Pask"}]},
    ],
)
def test_what_a_record_keeps_to_a_few_is_filled_in_nowhere(
    laptop: LaptopStore, limit: dict[str, Any]
) -> None:
    write(laptop, "chapter-substance", more=limit)
    opened = start(laptop, "chapter-substance")
    assert says(opened, "safe") is None
    assert says(opened, "before") is None
    assert "Change the locks" not in (says(opened, "open") or "")


def test_a_record_without_limits_has_none_and_a_held_back_form_fills_only_its_like() -> None:
    assert limit_of(Body()) is None
    unknown = Answer(value={"code": "of-a-later-version"})
    assert limit_of(Body(answers={FieldPath("note.audience"): unknown})) is not None
    assert may_fill("visit", "chapter-da-survivor")
    assert may_fill("safety-plan", "chapter-da-survivor")
    assert not may_fill("safety-plan", "visit")


def test_what_is_agreed_where_few_read_it_is_not_copied_into_a_record_for_all(laptop: LaptopStore) -> None:
    write(laptop, "chapter-da-survivor")
    (locks,) = (each for each in laptop.desk.family(TOLLAND).actions if each.what == "Change the locks")
    assert not locks.can_be_recorded
    rows = start(laptop, "visit").body.rows_of(paths.ROOT, LinkId("action"))
    assert all("locks" not in str(row) for row in rows)


def test_what_a_chapter_keeps_from_some_fills_in_nothing_they_may_read() -> None:
    """The survivor's chapter is kept from the other worker, whatever form its records are on."""
    assert not may_fill("case-note", "case-note", chapter="da-survivor", into="child")
    assert not may_fill("monthly-summary", "group-supervision", chapter="da-survivor", into="child")
    assert may_fill("monthly-summary", "monthly-summary", chapter="da-survivor", into="da-survivor")
    assert may_fill("case-note", "case-note", chapter="child", into="da-survivor")
    assert may_fill("chapter-da-survivor", "safety-plan", chapter="da-survivor", into="child")
