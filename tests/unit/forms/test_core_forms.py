"""The forms that ship with the Workbook."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from workbook_desktop.forms.definition import Form, Kind, Merge, Role
from workbook_desktop.forms.library import Library, core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.paths import resource

SOURCES = {load(source).id: source for source in core_forms()}
FORMS = [load(source) for source in core_forms()]


@pytest.fixture(params=FORMS, ids=lambda form: form.id)
def shipped(request: pytest.FixtureRequest) -> Form:
    found: Form = request.param
    return found


def test_the_four_forms_of_the_main_job_are_there() -> None:
    assert set(SOURCES) == {"visit", "case-note", "child-and-family-assessment", "plan"}


def test_it_loads_with_nothing_degraded(shipped: Form) -> None:
    assert shipped.notices == ()
    assert shipped.version == "1.0.0"
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
            assert item.refers_to in ("person", "child", "worker"), item.link_id


def test_risk_law_contact_and_address_are_critical_and_never_merged_by_machine(shipped: Form) -> None:
    for item in shipped.walk():
        if re.search(r"rating|danger|contact$|legal|withhold", item.link_id) and item.is_question:
            if item.link_id.startswith("member."):
                continue
            assert item.severe, item.link_id
            assert item.merge_rule in (Merge.ASK, Merge.MEMBERS), item.link_id


def test_rating_and_reason_are_one_leaf() -> None:
    for form_id in ("plan", "child-and-family-assessment"):
        of = load(SOURCES[form_id])
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
    factors = load(SOURCES["child-and-family-assessment"]).by_link_id["analysis.factors"]  # type: ignore[index]
    codes = {option.value["code"] for option in factors.options}
    assert codes.isdisjoint({"18A", "19A"})
    assert [option.value["code"] for option in factors.options if option.exclusive] == ["21"]


def test_a_form_is_read_once() -> None:
    library = Library()
    assert library.form(SOURCES["visit"]) is library.form(bytes(bytearray(SOURCES["visit"])))
