"""The forms that ship with the Workbook."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.forms import new_ids
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FormId, LinkId, RecordId, WorkerId
from workbook_desktop.domain.records import Body
from workbook_desktop.forms.definition import Form, Formula, Item, Kind, Merge, Role, Scale
from workbook_desktop.forms.expressions import Environment, compile_expression
from workbook_desktop.forms.library import Library, core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.outputs import derive
from workbook_desktop.forms.plan import plan_of
from workbook_desktop.forms.publishing import Verdict, check_form
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.surroundings import Surroundings
from workbook_desktop.forms.trials import DAY, PRETENDED, Tried, fill, tried
from workbook_desktop.forms.workings import Workings
from workbook_desktop.paths import resource

FORMS = [load(source) for source in core_forms()]
FIRST = {form.id: form for form in FORMS if form.version == "1.0.0"}
NEWEST = {form.id: form for form in sorted(FORMS, key=lambda form: form.version)}
LONGEST_QUESTION = 16  # words: about what is read at one glance


@pytest.fixture(params=FORMS, ids=lambda form: f"{form.id}-{form.version}")
def shipped(request: pytest.FixtureRequest) -> Form:
    found: Form = request.param
    return found


def said_so(form: Form, seeds: range) -> Iterator[Sheet]:
    """Yield records of a form filled in by chance, the children of the practice family among their rows."""
    for seed in seeds:
        count = 0

        def new_id() -> str:
            nonlocal count
            count += 1
            return f"row-{count}"

        sheet = Sheet(
            form,
            Body(),
            by=WorkerId("w-amara-quill"),
            now=lambda: "2026-03-27T14:30:00+00:00",
            new_id=new_id,
            surroundings=Surroundings(
                today=DAY, now=datetime(2026, 3, 27, 14, 30, tzinfo=UTC), variables=PRETENDED
            ),
        )
        fill(sheet, random.Random(seed), share=0.9)
        yield sheet


def formulas(form: Form) -> Iterator[tuple[str, Formula]]:
    """Yield every formula of a form with the item, or line of the mapping table, it stands in."""
    for item in form.walk():
        for each in (item.calculated, item.first, item.enabled, item.choices, item.rows_from, item.label):
            if each is not None:
                yield item.link_id, each
        for each in (item.least, item.most):
            if each is not None:
                yield item.link_id, each
        yield from ((item.link_id, rule.formula) for rule in item.rules)
        yield from ((item.link_id, each) for each in item.variables)
    yield from (("", rule.formula) for rule in form.rules)
    yield from (("", each) for each in form.variables)
    for output in form.gives:
        parts = [part for _, part in output.parts]
        for each in (output.each, output.when, *parts):
            if each is not None:
                yield output.id, each


def test_it_is_accepted_whole(shipped: Form) -> None:
    source = resource("forms", f"{shipped.id}.{shipped.version}.json").read_bytes()
    report = check_form(source)
    assert [reason.why for reason in report.reasons if reason.refuses] == []
    assert report.verdict is Verdict.ACCEPTED
    assert shipped.remarks == ()
    assert plan_of(shipped).faults == ()


def test_every_formula_can_be_compiled_and_asks_only_for_what_is_there(shipped: Form) -> None:
    links = {str(item.link_id) for item in shipped.walk()}
    for where, formula in formulas(shipped):
        compile_expression(formula.text)
        assert set(re.findall(r"linkId ?= ?'([^']+)'", formula.text)) - _other_forms() <= links, where


def _other_forms() -> set[str]:
    """Return the questions of the forms a formula may look at through %previous and %plan."""
    return {str(item.link_id) for item in NEWEST[FormId("plan")].walk()}


def test_every_formula_can_be_worked_out_when_nothing_and_when_much_is_answered(shipped: Form) -> None:
    empty = Sheet(
        shipped,
        Body(),
        by=WorkerId("w-amara-quill"),
        now=lambda: "2026-03-27T14:30:00+00:00",
        new_id=new_ids(),
        surroundings=Surroundings(
            today=DAY, now=datetime(2026, 3, 27, 14, 30, tzinfo=UTC), variables=PRETENDED
        ),
    )
    empty.problems()
    assert empty.failures() == {}
    assert tried(shipped) == Tried(failures=(), empty=())


def test_every_question_can_be_reached(shipped: Form) -> None:
    """By some answers each item shows; a question nobody can be asked would be a slip of the form."""
    waiting = {item.link_id for item in shipped.walk() if not item.hidden}
    waiting.discard(LinkId("child.bedroom-last"))  # shows by the visit before: test_core_last_time
    for sheet in said_so(shipped, range(400)):
        for path in sheet.workings.places():
            if sheet.shown(path):
                waiting.discard(paths.link_id(path))
        if not waiting:
            return
    assert waiting == set()


def test_every_line_of_the_mapping_table_can_be_run(shipped: Form) -> None:
    for sheet in said_so(shipped, range(25)):
        workings = sheet.workings
        resource_ = workings.view().resource
        for output in shipped.gives:
            things = [resource_] if output.each is None else run(output.each, resource_, workings)
            for thing in things:
                for formula in (output.when, *(part for _, part in output.parts)):
                    if formula is not None:
                        run(formula, thing, workings)


def run(formula: Formula, focus: Any, workings: Workings) -> list[Any]:
    """Return what a formula of the mapping table finds. It raises where `forms.outputs` leaves out."""
    return compile_expression(formula.text).run(
        focus,
        Environment(
            resource=workings.view().resource,
            context=focus,
            variables=workings.names(),
            today=DAY,
            now=datetime(2026, 3, 27, 14, 30, tzinfo=UTC),
        ),
    )


def test_every_line_of_the_mapping_table_is_made_by_some_answers() -> None:
    for form in FORMS:
        waiting = {output.id for output in form.gives}
        assert len(waiting) == len(form.gives), form.id
        for sheet in said_so(form, range(200)):
            found = derive(
                form,
                sheet.body,
                sheet.workings.surroundings,
                record=RecordId("r"),
                occurred_on=DAY,
                people=(),
            )
            waiting -= {given.id for given in found.given}
            if not waiting:
                break
        assert waiting == set(), form.id


def test_a_later_version_keeps_every_question_and_its_kind() -> None:
    for form in NEWEST.values():
        if form.version == "1.0.0":
            continue
        for old in FIRST[form.id].walk():
            new = form.by_link_id.get(old.link_id)
            assert new is not None, (form.id, old.link_id)
            assert (new.kind, new.repeats) == (old.kind, old.repeats), (form.id, old.link_id)


def test_questions_are_short_and_free_of_jargon(shipped: Form) -> None:
    for item in shipped.walk():
        words = item.text.split()
        if item.is_question:
            assert len(words) <= LONGEST_QUESTION, item.text
        for sentence in re.split(r"[.?!:;]", f"{item.text}. {item.help}"):
            assert len(sentence.split()) <= 22, sentence
        assert "*" not in item.text
        assert not re.search(r"\b(DNA|YP|LAC|S47|prof(s)?|re:)\b", item.text), item.text


def test_nothing_is_answered_beforehand_that_a_worker_must_say(shipped: Form) -> None:
    for item in shipped.walk():
        assert not any(option.chosen_at_first for option in item.options), item.link_id
        if item.confirm_each_time or item.severe:
            assert item.initial == (), item.link_id


def test_it_loads_with_nothing_degraded(shipped: Form) -> None:
    assert shipped.notices == ()
    assert re.fullmatch(r"1\.[012]\.0", shipped.version)
    assert resource("forms", f"{shipped.id}.{shipped.version}.json").is_file()


def test_its_link_ids_are_of_the_agreed_shape(shipped: Form) -> None:
    for item in shipped.walk():
        assert re.fullmatch(r"[a-z][a-z0-9.-]{1,63}", item.link_id), item.link_id


def test_it_says_when_and_about_whom(shipped: Form) -> None:
    assert {Role.OCCURRED_ON, Role.SUBJECT} <= set(shipped.by_role)
    assert shipped.name


def test_every_question_and_section_has_words(shipped: Form) -> None:
    assert all(item.text for item in shipped.walk())
    assert all(1 <= len(section.title) <= 40 for section in shipped.sections)
    for item in shipped.walk():
        if item.kind is Kind.CHOICE:
            assert item.options, item.link_id
        if item.kind is Kind.REFERENCE:
            assert item.refers_to in ("person", "child", "adult", "worker"), item.link_id


def test_risk_law_contact_and_address_are_critical_and_never_merged_by_machine(shipped: Form) -> None:
    for item in shipped.walk():
        if re.search(r"rating|danger|contact$|legal|withhold", item.link_id) and item.is_question:
            if item.link_id.startswith("member."):
                continue
            assert item.severe, item.link_id
            assert item.merge_rule in (Merge.ASK, Merge.MEMBERS), item.link_id


def test_rating_and_reason_are_one_leaf() -> None:
    for form_id in (FormId("plan"), FormId("child-and-family-assessment")):
        of = NEWEST[form_id]
        units = [item for item in of.walk() if item.merge_unit == "risk-rating"]
        assert len(units) == 2
        assert all(item.merge_rule is Merge.ASK for item in units)


def test_code_lists_of_returns_are_those_the_forms_offer() -> None:
    lists = json.loads(resource("rules", "code-lists.json").read_text(encoding="utf-8"))["lists"]
    offered: dict[str, list[Any]] = {}
    for form in FORMS:
        for item in form.walk():
            if item.options:
                system = item.options[0].value["system"]
                offered[system] = [(option.value["code"], option.exclusive) for option in item.options]
    for each in lists:
        assert each["source"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", each["inForceFrom"])
        codes = [(code["code"], code.get("alone", False)) for code in each["codes"]]
        assert offered.get(each["system"], codes) == codes
    named = {each["system"].rpartition("/")[2] for each in lists if each["system"] in offered}
    assert {"assessment-factors", "abuse-categories", "assessment-outcomes"} <= named


def test_retired_factors_are_not_offered() -> None:
    factors = NEWEST[FormId("child-and-family-assessment")].by_link_id[LinkId("analysis.factors")]
    codes = {option.value["code"] for option in factors.options}
    assert codes.isdisjoint({"18A", "19A"})
    assert [option.value["code"] for option in factors.options if option.exclusive] == ["21"]


def test_a_form_is_read_once() -> None:
    library, source = Library(), core_forms()[0]
    assert library.form(source) is library.form(bytes(bytearray(source)))


def test_a_fact_is_the_same_fact_in_every_form() -> None:
    facts = json.loads(resource("rules", "facts.json").read_text(encoding="utf-8"))["facts"]
    listed = {fact["code"]: fact for fact in facts}
    asked: dict[str, dict[str, Kind]] = {}
    for form in NEWEST.values():
        for item in form.walk():
            if item.fact:
                asked.setdefault(item.fact, {})[form.id] = item.kind
                assert item.known_for is not None, (form.id, item.link_id)
    assert set(asked) == set(listed)
    for code, where in asked.items():
        assert sorted(where) == listed[code]["formTypes"], code
        assert len(set(where.values())) == 1, code
        assert listed[code]["about"] in ("child", "adult", "family")
        assert code.split(".")[0] in (listed[code]["about"], "household")


def test_readings_of_one_scale_can_be_joined_whatever_form_they_come_from() -> None:
    found: dict[tuple[str, str], Scale] = {}
    for form in NEWEST.values():
        for item in form.walk():
            if item.scale is not None:
                assert item.scale.bands, (form.id, item.link_id)
                key = (item.scale.id, item.scale.version)
                known = found.setdefault(key, item.scale)
                assert (known.name, known.bands, known.better) == (
                    item.scale.name,
                    item.scale.bands,
                    item.scale.better,
                ), (form.id, item.link_id)


def test_no_wording_of_a_licensed_tool_is_there() -> None:
    """Of DASH, PHQ-9, GAD-7, AUDIT and TOP only totals, dates and who filled them in are asked."""
    for form in NEWEST.values():
        for item in form.walk():
            if item.scale is not None and item.scale.id in ("dash", "phq-9", "gad-7", "audit"):
                assert item.scale.parts == ()
                assert item.calculated is None


def test_sections_are_short(shipped: Form) -> None:
    for section in shipped.items:
        asked = [each for each in _inside(section) if each.is_question]
        assert len(asked) <= 45, section.link_id


def _inside(item: Item) -> Iterator[Item]:
    yield item
    for each in item.items:
        yield from _inside(each)
