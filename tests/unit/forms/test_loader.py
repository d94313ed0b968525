"""Questionnaires that load, and those that are refused by name."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.forms import OURS, extension, form, item, questionnaire
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import LinkId
from workbook_desktop.forms import patterns
from workbook_desktop.forms.definition import Compare, Condition, Kind
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.rules import holds, order

# Beside the checkout, never inside it: other people's forms, read by tests and not copied.
PUBLIC = Path(__file__).resolve().parents[4] / "shared" / "data" / "questionnaires"
# Questionnaires that use one linkId for two items: answers to them could not be told apart.
TWICE = {
    "catalog_src_main_assets_layout_paginated.json",
    "datacapture_sampledata_measles-outbreak_questionnaire_outbreak.json",
    "sdc-kmp-demo_src_commonMain_composeResources_files_sample-questionnaire.json",
    "workflow-testing_src_main_resources_plan-definition_pa-aslp_tests_Questionnaire-ASLPA1-positive.json",
    "workflow_sampledata_smart-imm_ig_Questionnaire-Questionnaire-IMMZCRegisterClient.json",
}


def rule(question: str, operator: str = "=") -> dict[str, Any]:
    return {"question": question, "operator": operator, "answerInteger": 1}


def ours(name: str, code: str) -> dict[str, Any]:
    return extension(OURS + name, code, "valueCode")


def refusal(source: Any) -> dict[str, Any]:
    with pytest.raises(FormRefused) as caught:
        load(source)
    assert caught.value.facts["why"]
    return caught.value.facts


@pytest.mark.skipif(not PUBLIC.is_dir(), reason=f"no public questionnaires at {PUBLIC}")
def test_every_public_questionnaire_loads_or_is_refused_with_an_item_and_a_reason() -> None:
    refused = {}
    files = sorted(PUBLIC.glob("*/*.json"))
    for file in files:
        try:
            found = load(file.read_bytes())
        except FormRefused as refusal:
            refused[file.name] = refusal.facts
        else:
            assert list(found.walk())
    assert len(files) >= 102
    assert set(refused) == TWICE
    for facts in refused.values():
        assert facts["item"]
        assert facts["feature"] == "linkId"


@pytest.mark.parametrize(
    ("broken", "item_id", "feature"),
    [
        (questionnaire(item("a"), item("a")), "a", "linkId"),
        (questionnaire({"type": "string", "text": "A"}), "", "linkId"),
        (questionnaire(item("g", "group", {"type": "string"})), "g", "linkId"),
        (questionnaire(item("a", "sentence")), "a", "type"),
        (questionnaire({"linkId": "a"}), "a", "type"),
        (questionnaire(item("a", enableWhen=[rule("b")])), "a", "enableWhen"),
        (questionnaire(item("a", enableWhen=[rule("a", "~")])), "a", "enableWhen"),
        (questionnaire(item("a", enableWhen=[{"question": "a", "operator": "="}])), "a", "enableWhen"),
        (questionnaire(item("a", enableWhen=[rule("a")])), "a", "enableWhen"),
        (questionnaire(item("a"), item("b", enableWhen=["a"])), "b", "enableWhen"),
        (questionnaire(item("a", enableBehavior="some")), "a", "enableBehavior"),
        (questionnaire(item("g", "group", "not an item")), "g", "item"),
        (questionnaire(item("a", required="yes")), "a", "required"),
        (questionnaire(item("a", maxLength="ten")), "a", "maxLength"),
        (questionnaire(item("a", text=7)), "a", "text"),
        (questionnaire(item("a", text="x" * 100_001)), "a", "text"),
        (questionnaire(item("a" * 300)), "a" * 80, "linkId"),
        (questionnaire(item("a", "boolean", initial=[{"valueString": "yes"}])), "a", "initial"),
        (questionnaire(item("a", "choice", answerOption=[{}])), "a", "answerOption"),
        (questionnaire(item("a", "choice", answerOption=[{"valueBoolean": True}])), "a", "answerOption"),
        (questionnaire(item("a", "choice", answerValueSet="#none")), "a", "answerValueSet"),
        (questionnaire(item("a", extension=[ours("merge", "guess")])), "a", "merge"),
        (questionnaire(item("a", extension=[ours("rowsFor", "children")])), "a", "rowsFor"),
        (questionnaire(), "", "item"),
        ({"resourceType": "Patient"}, "", "resourceType"),
        (b"<html>Sign in</html>", "", "json"),
        (b"", "", "json"),
        (b"[]", "", "json"),
        (b"\xff\xfe{}", "", "json"),
        (b'{"resourceType": "Questionnaire", "item": [{"linkId": "a", "linkId": "b"}]}', "b", "json"),
        (b'{"resourceType": "Questionnaire", "item": NaN}', "", "json"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "", "depth"),
        (b"[" * 200_000, "", "depth"),
        (b'{"x": ' + b"9" * 5_000 + b"}", "", "resourceType"),
        (b'{"x": 1' + b" " * (17 * 1024 * 1024) + b"}", "", "size"),
    ],
)  # fmt: skip
def test_a_malformed_questionnaire_is_refused_by_item_and_feature(
    broken: Any, item_id: str, feature: str
) -> None:
    facts = refusal(broken)
    assert (facts["item"], facts["feature"]) == (item_id, feature)


def test_rules_that_chase_each_other_in_a_circle_are_refused() -> None:
    def rule(on: str) -> list[dict[str, Any]]:
        return [{"question": on, "operator": "exists", "answerBoolean": True}]

    assert refusal(questionnaire(item("a", enableWhen=rule("b")), item("b", enableWhen=rule("a"))))["item"]
    assert (
        refusal(questionnaire(item("g", "group", item("a"), enableWhen=rule("a"))))["feature"] == "enableWhen"
    )


def test_ten_thousand_items_load_in_bounded_time_and_one_more_is_refused() -> None:
    chain = [item("q0", "boolean")] + [
        item(
            f"q{n}", "boolean", enableWhen=[{"question": f"q{n - 1}", "operator": "=", "answerBoolean": True}]
        )
        for n in range(1, 10_000)
    ]
    parts = [item(f"g{n}", "group", *chain[n * 990 : (n + 1) * 990]) for n in range(10)]
    started = time.perf_counter()
    assert len(list(load(questionnaire(*parts, *chain[9_900:9_990])).walk())) == 10_000
    assert refusal(questionnaire(*parts, *chain[9_900:9_991]))["feature"] == "item"
    assert time.perf_counter() - started < 20


def test_a_form_nested_as_deep_as_allowed_loads() -> None:
    nested = item("q")
    for depth in range(23):
        nested = item(f"g{depth}", "group", nested)
    assert len(list(form(nested).walk())) == 24
    assert refusal(questionnaire(item("g23", "group", nested)))["feature"] == "depth"


def test_later_features_are_named_in_notices_and_refuse_nothing() -> None:
    sdc = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
    formula = {"language": "text/cql", "expression": "Sum"}
    found = form(
        item(
            "sum", "decimal", extension=[extension(sdc + "calculatedExpression", formula, "valueExpression")]
        ),
        item("far", "choice", answerValueSet="http://example.org/ValueSet/far"),
    )
    assert [item.kind for item in found.items] == [Kind.DECIMAL, Kind.STRING]
    assert [(each.item, each.feature) for each in found.remarks] == [
        ("sum", "calculatedExpression"),
        ("far", "answerValueSet"),
    ]
    assert any("“Sum” (sum)" in notice and "filled in by hand" in notice for notice in found.notices)
    assert any("“Far” (far) is answered in words" in notice for notice in found.notices)


def test_contained_value_sets_give_options_by_expansion_and_by_composition() -> None:
    expanded = {
        "resourceType": "ValueSet",
        "id": "e",
        "expansion": {"contains": [{"system": "s", "code": "1", "display": "One"}]},
    }
    composed = {
        "resourceType": "ValueSet",
        "id": "c",
        "compose": {
            "include": [{"system": "s", "concept": [{"code": "2"}, {"code": "3", "display": "Three"}]}]
        },
    }
    found = form(
        item("a", "choice", answerValueSet="#e"),
        item("b", "open-choice", answerValueSet="#c"),
        contained=[expanded, composed],
    )
    assert [option.label for option in found.items[0].options] == ["One"]
    assert [option.label for option in found.items[1].options] == ["2", "Three"]
    assert found.items[1].kind is Kind.OPEN_CHOICE
    assert found.items[0].options[0].value == {"code": "1", "system": "s", "display": "One"}


def test_older_and_newer_spellings_are_read() -> None:
    found = form(
        item("stu3", "choice", option=[{"valueCoding": {"code": "a", "display": "A"}}]),
        item("r5", "coding", answerOption=[{"valueString": "x"}], answerConstraint="optionsOrString"),
        item("r5-text", "string", answerOption=[{"valueString": "y", "initialSelected": True}]),
        item("had", enableWhen=[{"question": "stu3", "hasAnswer": True}]),
        item("first", "boolean", initialBoolean=False),
    )
    stu3, r5, text, had, first = found.items
    assert (stu3.kind, r5.kind, text.kind) == (Kind.CHOICE, Kind.OPEN_CHOICE, Kind.CHOICE)
    assert text.options[0].chosen_at_first
    assert had.when[0].compare is Compare.EXISTS
    assert first.initial == (False,)


def test_help_prompts_and_units_become_part_of_their_question() -> None:
    def control(code: str) -> dict[str, Any]:
        return extension("questionnaire-itemControl", {"coding": [{"code": code}]}, "valueCodeableConcept")

    found = form(
        item(
            "weight",
            "decimal",
            item("h", "display", text="In light clothes", extension=[control("help")]),
            item("p", "display", text="such as 12.5", extension=[control("prompt")]),
            item("u", "display", text="kg", extension=[control("unit")]),
            item("kept", "display", text="A note"),
        )
    ).items[0]
    assert (found.help, found.prompt, found.unit) == ("In light clothes", "such as 12.5", "kg")
    assert [inner.link_id for inner in found.items] == ["kept"]


def test_limits_units_weights_and_prefixes_are_read() -> None:
    found = form(
        item(
            "n",
            "quantity",
            prefix="1.",
            extension=[
                extension("minValue", 0, "valueInteger"),
                extension("maxValue", 99.5, "valueDecimal"),
                extension("maxDecimalPlaces", 1, "valueInteger"),
                extension("questionnaire-unitOption", {"code": "kg", "display": "kg"}, "valueCoding"),
            ],
        ),
        item(
            "c",
            "choice",
            answerOption=[
                {
                    "valueCoding": {
                        "code": "0",
                        "display": "Never",
                        "extension": [extension("ordinalValue", 0.5, "valueDecimal")],
                    },
                    "extension": [
                        extension("questionnaire-optionPrefix", "a)", "valueString"),
                        extension("questionnaire-optionExclusive", True, "valueBoolean"),
                    ],
                }
            ],
        ),
        item("f", "attachment", extension=[extension("maxSize", 5, "valueDecimal")]),
        item("d", "date", extension=[extension("entryFormat", "mm/yyyy or yyyy", "valueString")]),
    )
    number, choice, file, day = found.items
    assert (number.limits.min_value, number.limits.max_value, number.prefix) == ("0", "99.5", "1.")
    assert number.units == ({"code": "kg", "display": "kg"},)
    option = choice.options[0]
    assert (option.weight, option.prefix, option.exclusive) == ("0.5", "a)", True)
    assert file.limits.max_size == 5 * 1024 * 1024
    assert day.precisions == ("month", "year")


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", r"(\w*)*x", r"(.*,){20}x", "[", "(?P<n", "a" * 600])
def test_a_pattern_that_could_hang_or_is_no_pattern_is_left_out_and_said(pattern: str) -> None:
    found = form(item("a", extension=[extension("regex", pattern, "valueString")]))
    assert found.items[0].limits.pattern is None
    assert any("pattern that is not checked" in notice for notice in found.notices)


@pytest.mark.parametrize(
    "pattern",
    [
        r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}",
        r"\d{10}",
        r"[^@\s]+@[^@\s]+\.[a-z]+",
        r"(\d{3}-){2}\d{4}",
        "a*",
    ],
)
def test_an_ordinary_pattern_is_kept_and_answers_at_once(pattern: str) -> None:
    assert (
        form(item("a", extension=[extension("regex", pattern, "valueString")])).items[0].limits.pattern
        == pattern
    )
    compiled = patterns.compiled(pattern)
    assert compiled is not None
    started = time.perf_counter()
    compiled.fullmatch("a1@.-" * (patterns.LONGEST // 5) + "!")
    assert time.perf_counter() - started < 2


def test_the_same_bytes_make_the_same_form_and_hash() -> None:
    source = json.dumps(questionnaire(item("a"))).encode()
    assert load(source) == load(source)
    assert len(load(source).source_hash) == 64


def test_a_form_without_id_or_version_gets_both_from_its_own_content() -> None:
    source = {"resourceType": "Questionnaire", "item": [item("a")]}
    one, other = load(source), load({**source, "title": "Another"})
    assert one.ref != other.ref
    assert one.ref == load(dict(source)).ref


def test_half_a_letter_is_refused_wherever_it_stands() -> None:
    for given in (questionnaire(item("a", text="x\ud800")), questionnaire(item("\udfff"))):
        with pytest.raises(FormRefused, match="half a letter") as refused:
            load(json.dumps(given).encode())
        assert refused.value.facts["feature"] == "json"
        with pytest.raises(FormRefused):
            load(given)
    assert (
        load(json.dumps(questionnaire(item("a", text="\U0001f600"))).encode()).items[0].text == "\U0001f600"
    )


MODIFIER = [{"url": "https://example.org/negated", "valueBoolean": True}]


@pytest.mark.parametrize(
    ("given", "link"),
    [
        (questionnaire(item("a"), modifierExtension=MODIFIER), ""),
        (questionnaire(item("a", modifierExtension=MODIFIER)), "a"),
        (questionnaire(item("a", initial=[{"valueString": "x", "modifierExtension": MODIFIER}])), "a"),
        (
            questionnaire(
                item("a", "choice", answerOption=[{"valueString": "x", "modifierExtension": MODIFIER}])
            ),
            "a",
        ),
        (
            questionnaire(
                item(
                    "a",
                    enableWhen=[
                        {
                            "question": "b",
                            "operator": "exists",
                            "answerBoolean": True,
                            "modifierExtension": MODIFIER,
                        }
                    ],
                ),
                item("b"),
            ),
            "a",
        ),
    ],
)
def test_an_extension_that_changes_what_is_meant_is_never_passed_over(given: Any, link: str) -> None:
    with pytest.raises(FormRefused) as refused:
        load(given)
    assert (refused.value.facts["item"], refused.value.facts["feature"]) == (link, "modifierExtension")
    assert "https://example.org/negated" in str(refused.value.facts["why"])


def test_a_form_that_follows_rules_kept_elsewhere_is_refused() -> None:
    with pytest.raises(FormRefused) as refused:
        load(questionnaire(item("a"), implicitRules="https://example.org/rules"))
    assert refused.value.facts["feature"] == "implicitRules"


YES_NO = [{"valueCoding": {"code": "y", "system": "s"}}, {"valueCoding": {"code": "n", "system": "s"}}]


@pytest.mark.parametrize(
    ("asked", "operator", "given", "always"),
    [
        (item("b", "group", item("c")), "exists", {"answerBoolean": True}, "never"),
        (item("b", "group", item("c")), "exists", {"answerBoolean": False}, "always"),
        (item("b", "display"), "=", {"answerString": "x"}, "never"),
        (item("b", "date"), "=", {"answerString": "27 March"}, "never"),
        (item("b", "date"), "!=", {"answerString": "27 March"}, "always"),
        (item("b", "date"), "<", {"answerDate": "2026-03"}, ""),
        (item("b", "date"), "=", {"answerDateTime": "2026-03-01T10:00:00Z"}, "never"),
        (item("b", "dateTime"), "=", {"answerDate": "2026-03-01"}, ""),
        (item("b", "integer"), ">", {"answerString": "many"}, "never"),
        (item("b", "integer"), ">", {"answerDecimal": 2.5}, ""),
        (item("b", "boolean"), "=", {"answerString": "true"}, "never"),
        (item("b", "quantity"), ">", {"answerInteger": 5}, "never"),
        (item("b", "quantity"), ">", {"answerQuantity": {"value": 5, "code": "kg"}}, ""),
        (
            item("b", "choice", answerOption=YES_NO),
            "=",
            {"answerCoding": {"code": "x", "system": "s"}},
            "never",
        ),
        (
            item("b", "choice", answerOption=YES_NO),
            "=",
            {"answerCoding": {"code": "y", "system": "t"}},
            "never",
        ),
        (item("b", "choice", answerOption=YES_NO), "=", {"answerString": "y"}, ""),
        (item("b", "choice", answerOption=YES_NO), ">", {"answerInteger": 1}, "never"),
        (item("b", "choice", answerOption=[{"valueInteger": 2}]), ">", {"answerInteger": 1}, ""),
        (item("b", "choice", answerValueSet="https://x.example/l"), "=", {"answerCoding": {"code": "x"}}, ""),
        (item("b", "time"), ">", {"answerTime": "14:30:00"}, ""),
        (item("b", "attachment"), "=", {"answerString": "x"}, "never"),
    ],
)
def test_a_rule_that_no_answer_can_decide_is_named(
    asked: dict[str, Any], operator: str, given: dict[str, Any], always: str
) -> None:
    rule = {"question": "b", "operator": operator, **given}
    found = load(questionnaire(item("a", enableWhen=[rule]), asked))
    said = [each for each in found.remarks if each.feature == "enableWhen"]
    assert [(each.item, each.behaviour) for each in said] == ([("a", True)] if always else [])
    if always:
        assert said[0].why.startswith(f"“A” (a) shows by a rule that {always} holds: ")
        assert said[0].why in found.notices


@pytest.mark.parametrize(
    ("one", "other", "order_"),
    [
        ("kg", "g", 1),
        ("g", "kg", -1),
        ("lb", "kg", -1),
        ("kg", "kgs", 0),
        ("kg", "cm", None),
        ("kg", "", None),
    ],
)
def test_amounts_in_rules_for_showing_are_converted_as_in_formulas(
    one: str, other: str, order_: int | None
) -> None:
    left = {"value": "6", "unit": one}
    right = {"value": "6", "code": other}
    assert order(left, right, Kind.QUANTITY) == order_
    rule = Condition(question=LinkId("b"), compare=Compare.GREATER, answer={"value": "5000", "unit": "g"})
    assert holds(rule, Kind.QUANTITY, [{"value": "6", "unit": "kg"}])
