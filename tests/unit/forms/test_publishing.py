"""What a form may ask: accepted, degraded or refused, and always which item and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.forms import HL7, OURS, extension, item, questionnaire, sheet
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.forms.check import problems
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.publishing import Effect, Verdict, check_form, lint

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
PUBLIC = Path(__file__).resolve().parents[4] / "shared" / "data" / "questionnaires"


def formula(name: str, text: str, language: str = "text/fhirpath", called: str = "") -> dict[str, Any]:
    given = {"language": language, "expression": text} | ({"name": called} if called else {})
    return extension(HL7 + name if name == "variable" else SDC + name, given, "valueExpression")


def found(*items: Any, **more: Any) -> list[tuple[str, str, bool]]:
    report = check_form(json.dumps(questionnaire(*items, **more)).encode())
    return [(each.item, each.feature, each.refuses) for each in report.reasons]


@pytest.mark.parametrize("source", core_forms())
def test_the_forms_that_ship_do_all_they_are_meant_to(source: bytes) -> None:
    report = check_form(source)
    # A scale of more than eleven steps is answered as a number: nothing else may be otherwise.
    assert {each.feature for each in report.reasons} <= {"itemControl slider"}
    assert report.only_looks
    assert [each for each in lint(load(source)) if each.refuses] == []


def test_logic_in_another_language_refuses_the_form_and_prefill_does_not() -> None:
    query = "application/x-fhir-query"
    assert found(item("a", extension=[formula("initialExpression", "X", "text/cql")])) == [
        ("a", "initialExpression", False)
    ]
    assert found(item("a", extension=[formula("calculatedExpression", "X", "text/cql")])) == [
        ("a", "calculatedExpression", True)
    ]
    assert found(item("a", extension=[formula("enableWhenExpression", "X", query)])) == [
        ("a", "enableWhenExpression", True)
    ]


def test_a_formula_that_cannot_be_used_is_named_with_its_item() -> None:
    assert set(found(item("a", extension=[formula("calculatedExpression", "resolve()")]))) == {
        ("a", "calculatedExpression", True)
    }
    report = check_form(questionnaire(item("a", extension=[formula("calculatedExpression", "1 +")])))
    assert "“A” (a)" in report.reasons[0].why


def test_circles_are_refused_however_they_run() -> None:
    b = "%resource.item.where(linkId='b').answer.value"
    a = "%resource.item.where(linkId='a').answer.value"
    through_formulas = found(
        item("a", "integer", extension=[formula("calculatedExpression", f"{b} + 1")]),
        item("b", "integer", extension=[formula("calculatedExpression", f"{a} + 1")]),
    )
    assert sorted(through_formulas) == [
        ("a", "calculatedExpression", True),
        ("b", "calculatedExpression", True),
    ]
    through_rules = found(
        item("a", "boolean", enableWhen=[{"question": "b", "operator": "exists", "answerBoolean": True}]),
        item("b", "boolean", enableWhen=[{"question": "a", "operator": "exists", "answerBoolean": True}]),
    )
    assert through_rules[0][1:] == ("enableWhen", True)
    recursing = found(item("a", "integer", extension=[formula("variable", "%x + 1", called="x")]))
    assert recursing == [("a", "variable", True)]


def test_variables_that_ask_for_each_other_in_a_circle_are_refused_where_they_are_declared() -> None:
    ring = [formula("variable", "%b", called="a"), formula("variable", "%c", called="b")]
    ring.append(formula("variable", "%a", called="c"))
    assert found(item("q"), extension=ring) == [("", "variable", True)] * 3
    assert found(item("q", extension=ring)) == [("q", "variable", True)] * 3
    hides = item("q", "integer", extension=[formula("variable", "%x + 1", called="x")])
    assert found(hides, extension=[formula("variable", "1", called="x")]) == [("q", "variable", True)]


def test_a_variable_may_ask_for_one_that_is_declared_after_it() -> None:
    given = questionnaire(
        item("q", "integer", extension=[formula("calculatedExpression", "%twice")]),
        extension=[formula("variable", "%one * 2", called="twice"), formula("variable", "21", called="one")],
    )
    assert check_form(given).verdict is Verdict.ACCEPTED
    assert sheet(load(given)).body.answers[FieldPath("q")].value == 42


def test_names_that_nobody_makes_are_said_and_launch_names_are_known() -> None:
    assert found(item("a", extension=[formula("initialExpression", "%stranger.name")])) == [
        ("a", "initialExpression", False)
    ]
    launch = {
        "url": SDC + "launchContext",
        "extension": [
            {"url": "name", "valueCoding": {"code": "client"}},
            {"url": "type", "valueCode": "Patient"},
        ],
    }
    asks = item("a", extension=[formula("initialExpression", "%client.name")])
    assert found(asks, extension=[launch]) == []
    assert found(item("a", extension=[formula("initialExpression", "%child.name")])) == []


def test_what_only_looks_otherwise_is_degraded_and_said() -> None:
    report = check_form(
        questionnaire(
            item("a", text="Say <b>all</b> of it"), item("b", text="![x](https://example.org/x.png)")
        )
    )
    assert report.verdict is Verdict.DEGRADED
    assert report.only_looks
    assert ["picture" in each.why for each in report.reasons] == [False, True]


def test_turned_writing_and_control_characters_are_refused() -> None:
    assert found(item("a", text="Name \u202e evil")) == [("a", "text", True)]
    assert found(item("a", text="Name \x07")) == [("a", "text", True)]
    options = [{"valueCoding": {"code": "x", "display": "Yes \u2066no"}}]
    assert found(item("a", "choice", answerOption=options)) == [("a", "text", True)]


TURN = "k\u202eg"
TURNED_CODING = {"code": "x", "display": TURN}
INCLUDE = {"include": [{"concept": [TURNED_CODING]}]}


@pytest.mark.parametrize(
    "given",
    [
        questionnaire(item("a", prefix=TURN)),
        questionnaire(item("a", linkId=TURN)),
        questionnaire(item("a", initial=[{"valueString": TURN}])),
        questionnaire(item("a", "choice", answerOption=[{"valueString": TURN}])),
        questionnaire(
            item("a", "quantity", extension=[extension("unitOption", TURNED_CODING, "valueCoding")])
        ),
        questionnaire(item("a", extension=[extension("questionnaire-shortText", TURN, "valueString")])),
        questionnaire(item("a", extension=[extension("entryFormat", TURN, "valueString")])),
        questionnaire(
            item(
                "a",
                extension=[
                    {
                        "url": HL7 + "questionnaire-constraint",
                        "extension": [{"url": "human", "valueString": TURN}],
                    }
                ],
            )
        ),
        questionnaire(item("a", extension=[formula("initialExpression", "'k\\u202eg'")])),
        questionnaire(
            item("a", "choice", answerValueSet="#l"),
            contained=[{"resourceType": "ValueSet", "id": "l", "compose": INCLUDE}],
        ),
        questionnaire(item("b"), description=TURN),
        questionnaire(item("b"), publisher=TURN),
    ],
)
def test_turned_writing_is_refused_in_every_string_that_may_be_shown(given: dict[str, Any]) -> None:
    report = check_form(json.dumps(given).encode())
    (reason,) = [each for each in report.reasons if each.feature == "text"]
    assert reason.refuses
    assert reason.item == ("" if given["item"][0]["linkId"] == "b" else given["item"][0]["linkId"])
    assert "\u202e" not in reason.why


def test_turned_writing_that_is_never_shown_refuses_nothing() -> None:
    narrative = {"status": "generated", "div": f"<div>{TURN}</div>"}
    assert found(item("a"), text=narrative) == []


def test_a_list_kept_elsewhere_is_to_be_copied_in() -> None:
    report = check_form(questionnaire(item("a", "choice", answerValueSet="https://example.org/vs")))
    assert [each.effect for each in report.reasons] == [Effect.LIST]
    assert report.verdict is Verdict.DEGRADED


def test_a_pattern_that_could_take_for_ever_is_refused() -> None:
    pattern = extension("regex", "(a+)+b", "valueString")
    assert found(item("a", extension=[pattern])) == [("a", "regex", True)]


def test_the_linter_refuses_what_would_go_wrong_later() -> None:
    given = questionnaire(
        item("Bad Name"),
        item("one", "choice", answerOption=[{"valueCoding": {"code": "x"}}] * 2),
        item("never", required=True, extension=[extension("questionnaire-hidden", True, "valueBoolean")]),
        item("ok", extension=[{"url": OURS + "retain", "valueBoolean": True}]),
    )
    said = {(each.item, each.feature) for each in lint(load(given)) if each.refuses}
    assert said == {
        ("Bad Name", "linkId"),
        ("one", "answerOption"),
        ("never", "required"),
        ("", "url"),
    }


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public questionnaires are not beside the checkout")
def test_no_public_form_is_refused_without_a_reason_and_none_crashes() -> None:
    count = 0
    for path in sorted(PUBLIC.glob("*/*.json")):
        report = check_form(path.read_bytes())
        count += 1
        assert (report.verdict is Verdict.ACCEPTED) == (not report.reasons)
        for each in report.reasons:
            assert each.feature
            assert each.why.endswith(".")
            assert each.item or "form" in each.why.casefold()
    assert count == 102


@pytest.mark.parametrize(
    ("text", "warns"),
    [
        ("%resource.item.answer.value.ordinal().sum()", False),
        ("%resource.item.where(linkId='g').item.answer.value.ordinal().sum()", False),
        ("%resource.descendants().where(answer.exists()).answer.value.ordinal().sum()", False),
        ("%resource.item.where(linkId='g').item.answer.value.sum()", True),
        ("%resource.descendants().where(answer.exists()).answer.value.sum()", True),
        ("%resource.item.where(linkId in ('q1' | 'q2')).answer.value.ordinal().sum()", False),
        ("%resource.item.where(linkId.startsWith('q')).answer.value.ordinal().sum()", False),
        ("%resource.item.answer.count()", False),
    ],
)
def test_the_linter_warns_of_a_total_whose_parts_cannot_be_told(text: str, warns: bool) -> None:
    weighed = [
        {"valueString": f"{n}", "extension": [extension("ordinalValue", n, "valueDecimal")]} for n in range(3)
    ]
    form = load(
        questionnaire(
            item("q1", "choice", answerOption=weighed),
            item("q2", "choice", answerOption=weighed),
            item("g", "group", *(item(each, "choice", answerOption=weighed) for each in ("q3", "q4"))),
            item("total", "decimal", extension=[formula("calculatedExpression", text)]),
        )
    )
    said = [each for each in lint(form) if "a total may show" in each.why]
    assert [(each.item, each.refuses) for each in said] == ([("total", False)] if warns else [])


def test_the_linter_names_what_a_scale_rests_on_and_is_not_there_and_a_pattern_of_many_ways() -> None:
    scale = {
        "url": OURS + "scale",
        "extension": [
            {"url": "id", "valueString": "s"},
            {"url": "name", "valueString": "S"},
            {"url": "low", "valueDecimal": 0},
            {"url": "high", "valueDecimal": 3},
            {"url": "part", "valueString": "q1"},
            {"url": "part", "valueString": "gone"},
            {"url": "dateFrom", "valueString": "never"},
        ],
    }
    form = load(
        questionnaire(
            item("q1", "integer"),
            item("total", "integer", extension=[scale]),
            item("heavy", extension=[extension("regex", "a*a*a*b", "valueString")]),
            item("light", extension=[extension("regex", "[a-z]+@[a-z]+", "valueString")]),
        )
    )
    said = [
        (each.item, each.feature, each.refuses) for each in lint(form) if each.feature in ("scale", "regex")
    ]
    assert said == [
        ("total", "scale", True),
        ("total", "scale", True),
        ("total", "scale", False),  # it has no bands
        ("heavy", "regex", False),
    ]


def test_an_answer_too_long_for_a_heavy_pattern_is_not_held_against_the_worker() -> None:
    form = load(questionnaire(item("heavy", extension=[extension("regex", "a*a*a*b", "valueString")])))

    def codes(text: str) -> list[str]:
        return [each.code for each in problems(form, Body(answers={FieldPath("heavy"): Answer(value=text)}))]

    assert codes("aaab") == []
    assert codes("aaac") == ["not-as-asked"]
    assert codes("c" * 200) == []  # unchecked, and publishing says so
    assert codes("c" * 300) == ["not-as-asked"]


CQL = {"language": "text/cql", "expression": "Foo"}
BESIDE: dict[str, Any] = {"extension": [extension("cqf-expression", CQL, "valueExpression")]}
PATH_BESIDE: dict[str, Any] = {
    "extension": [
        extension("cqf-expression", {"language": "text/fhirpath", "expression": "true"}, "valueExpression")
    ]
}


@pytest.mark.parametrize(
    ("given", "feature", "effect", "refused"),
    [
        (item("a", **BESIDE), "cqf-expression of the item", Effect.HELP, False),
        (item("a", initial=[{"_valueString": BESIDE}]), "initialExpression", Effect.HELP, False),
        (
            item("a", extension=[extension("cqf-initialValue", "Foo", "valueString")]),
            *["initialExpression", Effect.HELP, False],
        ),
        (item("a", _required=BESIDE), "required", Effect.LOGIC, False),
        (item("a", _readOnly=PATH_BESIDE), "readOnly", Effect.LOGIC, False),
        (item("a", _text=BESIDE), "cqf-expression", Effect.LOOK, False),
        (item("a", _prefix=PATH_BESIDE), "cqf-expression", Effect.LOOK, False),
        (
            item("a", extension=[formula("contextExpression", "X", "text/cql")]),
            *["contextExpression", Effect.LOOK, False],
        ),
        (
            item(
                "a",
                enableWhen=[
                    {"question": "b", "operator": "=", "answerDate": "2026-01-01", "_answerDate": BESIDE}
                ],
            ),
            "enableWhenExpression",
            Effect.LOGIC,
            True,
        ),
        (
            item("a", "choice", answerOption=[{"valueCoding": {"code": "x"}, **BESIDE}]),
            "answerExpression",
            Effect.LOGIC,
            True,
        ),
    ],
)
def test_a_formula_anywhere_that_is_not_run_is_named_and_not_published(
    given: dict[str, Any], feature: str, effect: Effect, refused: bool
) -> None:
    report = check_form(
        json.dumps(questionnaire(given, item("b", "date"), url="https://x.example/q")).encode()
    )
    *_, reason = [each for each in report.reasons if each.item == "a" and each.feature == feature]
    assert (reason.effect, reason.refuses) == (effect, refused)
    assert report.form is not None
    assert (reason.item, feature) in {(each.item, each.feature) for each in lint(report.form) if each.refuses}


def test_a_formula_in_a_part_that_nobody_knows_is_named_too() -> None:
    assert found({**item("a"), "other": CQL}) == [("a", "other", False)]
    assert found(item("a"), other=[CQL]) == [("", "other", False)]


def test_a_query_that_says_where_answers_go_is_said_and_refuses_nothing() -> None:
    given = item(
        "a", extension=[formula("itemExtractionContext", "Patient?_id=1", "application/x-fhir-query")]
    )
    report = check_form(json.dumps(questionnaire(given)).encode())
    assert [(each.feature, each.effect) for each in report.reasons] == [
        ("itemExtractionContext", Effect.LOOK)
    ]
