"""Lists of answers are copied into the form, and those that are nowhere are named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.forms import item, questionnaire
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.value_sets import (
    ELSEWHERE,
    IN_PART,
    TWO_NAMES,
    Held,
    ValueSets,
    copied_in,
    shipped_source,
)

COLOURS = {
    "resourceType": "ValueSet",
    "url": "https://example.org/colours",
    "compose": {"include": [{"system": "https://example.org/paint"}]},
}
PAINT = {
    "resourceType": "CodeSystem",
    "url": "https://example.org/paint",
    "concept": [
        {"code": "r", "display": "Red", "concept": [{"code": "p", "display": "Pink"}]},
        {"code": "b"},
    ],
}


def test_a_list_goes_into_the_form_once_and_its_questions_name_it_there() -> None:
    given = questionnaire(
        item("one", "choice", answerValueSet="https://example.org/colours|2.0"),
        item("g", "group", item("two", "choice", answerValueSet="https://example.org/colours")),
        item("far", "choice", answerValueSet="https://example.org/nowhere"),
    )
    out, missing = copied_in(
        given, ValueSets([{"resourceType": "Bundle", "entry": [{"resource": COLOURS}]}, PAINT])
    )
    form = load(out)
    for link in ("one", "two"):
        assert [each.label for each in form.by_link_id[link].options] == ["Red", "Pink", "b"]  # type: ignore[index]
    assert missing == (("far", "https://example.org/nowhere", "is kept elsewhere"),)
    assert [each.item for each in form.remarks] == ["far"]
    assert given["item"][0]["answerValueSet"].startswith("https")  # what came in is as it was


def test_a_list_that_leans_on_what_is_not_here_is_missing_and_circles_end() -> None:
    one = {"resourceType": "ValueSet", "url": "u:1", "compose": {"include": [{"valueSet": ["u:2"]}]}}
    two = {"resourceType": "ValueSet", "url": "u:2", "compose": {"include": [{"valueSet": ["u:1"]}]}}
    assert ValueSets([one, two]).look_up("u:1") == ELSEWHERE
    assert ValueSets([COLOURS]).look_up(COLOURS["url"]) == ELSEWHERE  # type: ignore[arg-type]
    filtered = {**COLOURS, "compose": {"include": [{"system": PAINT["url"], "filter": [{"op": "="}]}]}}
    assert ValueSets([filtered, PAINT]).look_up("https://example.org/colours") == ELSEWHERE


def test_a_page_of_a_list_is_not_the_list_and_what_is_retired_is_not_offered() -> None:
    held = [{"code": "a", "system": "s"}, {"code": "b", "system": "s", "inactive": True}]

    def look_up(**more: object) -> Held:
        expansion = {"contains": held, **more}
        return ValueSets([{"resourceType": "ValueSet", "url": "u", "expansion": expansion}]).look_up("u")

    assert look_up().concepts == ({"code": "a", "system": "s"},)
    assert look_up(total=500) == IN_PART
    assert look_up(offset=2) == IN_PART
    assert look_up(parameter=[{"name": "limitedExpansion", "valueBoolean": True}]) == IN_PART
    unclosed = {"url": "http://hl7.org/fhir/StructureDefinition/valueset-unclosed", "valueBoolean": True}
    assert look_up(extension=[unclosed]) == IN_PART


def test_a_list_that_is_what_two_lists_share_is_left_out() -> None:
    both = {
        "resourceType": "ValueSet",
        "url": "u",
        "compose": {"include": [{"system": "s", "concept": [{"code": "a"}], "valueSet": ["v"]}]},
    }
    other = {"resourceType": "ValueSet", "url": "v", "expansion": {"contains": [{"code": "b"}]}}
    assert ValueSets([both, other]).look_up("u") == ELSEWHERE


def test_short_lists_of_fhir_itself_ship_and_say_their_licence() -> None:
    address = "http://hl7.org/fhir/ValueSet/"
    form = load(
        questionnaire(
            item("g", "choice", answerValueSet=f"{address}administrative-gender"),
            item("k", "open-choice", answerValueSet=f"{address}yesnodontknow|4.0.1"),
            item("r", "choice", answerValueSet=f"{address}patient-contactrelationship"),
            item("five", "choice", answerValueSet=f"{address}patient-contactrelationship|5.0.0"),
        )
    )
    assert [len(each.options) for each in form.items] == [4, 3, 7, 0]
    assert [each.item for each in form.remarks] == ["five"]  # of another version: not the same list
    listed = json.loads(shipped_source())
    assert all("CC0" in each["resource"]["copyright"] for each in listed["entry"])


def test_lists_that_name_each_other_twice_over_end_soon_and_rubbish_is_passed_over() -> None:
    chain = [
        {
            "resourceType": "ValueSet",
            "url": f"u:{n}",
            "compose": {"include": [{"valueSet": [f"u:{n + 1}"]}] * 3},
        }
        for n in range(3_000)
    ]
    assert ValueSets(chain).look_up("u:0") == ELSEWHERE  # three to the power of 3,000 ways down
    short = [
        *chain[:8],
        {"resourceType": "ValueSet", "url": "u:8", "expansion": {"contains": [{"code": "a"}]}},
    ]
    assert ValueSets(short).look_up("u:7").concepts == ({"code": "a"},)
    for rubbish in (5, None, "x", [5, None], {"a": 1}):
        sets = ValueSets([{"resourceType": "Bundle", "entry": rubbish}])
        out, missing = copied_in({"item": rubbish, "contained": rubbish}, sets)
        assert missing == ()
        assert out["item"] == rubbish


def composed(*include: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "url": "u", "compose": {"include": list(include), **more}}


LETTERS = {"system": "s", "concept": [{"code": "a", "display": "A"}, {"code": "b", "display": "B"}]}
FEW = {
    "resourceType": "CodeSystem",
    "url": "few",
    "version": "1",
    "content": "fragment",
    "concept": [{"code": "a"}],
}


def test_what_a_list_excludes_is_not_offered() -> None:
    without = composed(LETTERS, exclude=[{"system": "s", "concept": [{"code": "b"}]}])
    assert [each["code"] for each in ValueSets([without]).look_up("u").concepts] == ["a"]
    other = {"system": "t", "concept": [{"code": "a"}]}
    assert len(ValueSets([composed(LETTERS, other, exclude=[{"system": "t"}])]).look_up("u").concepts) == 2
    by_list = [{"valueSet": ["v"]}]
    v = {"resourceType": "ValueSet", "url": "v", "expansion": {"contains": [{"code": "b", "system": "s"}]}}
    assert len(ValueSets([composed(LETTERS, exclude=by_list), v]).look_up("u").concepts) == 1
    assert ValueSets([composed(LETTERS, exclude=by_list)]).look_up("u") == IN_PART


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (composed(LETTERS, {"system": "s", "filter": [{"property": "p", "op": "=", "value": "x"}]}), IN_PART),
        (composed({"system": "few"}), IN_PART),
        (composed({"system": "few", "version": "2"}), ELSEWHERE),
        (composed(LETTERS, modifierExtension=[{"url": "x"}]), IN_PART),
        (composed(LETTERS, {"system": "s", "concept": [{"code": "a", "display": "Other"}]}), TWO_NAMES),
        (composed({"valueSet": ["v", "w"]}), IN_PART),
    ],
)
def test_a_list_that_is_not_whole_here_or_contradicts_itself_is_not_offered(
    given: dict[str, Any], why: Held
) -> None:
    v, w = (
        {"resourceType": "ValueSet", "url": url, "expansion": {"contains": [{"code": url}]}} for url in "vw"
    )
    assert ValueSets([given, FEW, v, w]).look_up("u") == why
    form = load(questionnaire(item("a", "choice", answerValueSet="u"), contained=[given, FEW, v, w]))
    assert form.items[0].options == ()
    (remark,) = form.remarks
    assert remark.why == f"“A” (a) is answered in words: its list of answers {why.why}."


def test_the_version_an_address_asks_for_is_the_one_taken_and_without_one_the_newest() -> None:
    def version(number: str) -> dict[str, Any]:
        return {**composed({"concept": [{"code": number}]}), "version": number}

    sets = ValueSets([version("1.10"), version("1.9")])
    assert sets.look_up("u").concepts == ({"code": "1.10"},)
    assert sets.look_up("u|1.9").concepts == ({"code": "1.9"},)
    assert sets.look_up("u|2") == ELSEWHERE


def test_a_list_inside_the_form_is_found_by_its_address_and_by_lists_that_name_it() -> None:
    inside = {**composed(LETTERS), "id": "letters"}
    naming = {**composed({"valueSet": ["u"]}), "id": "naming", "url": "n"}
    given = questionnaire(
        item("a", "choice", answerValueSet="u"),
        item("b", "choice", answerValueSet="#naming"),
        item("c", "choice", answerValueSet="n"),
        contained=[naming, inside],
    )
    form = load(given)
    assert [len(each.options) for each in form.items] == [2, 2, 2]
    assert form.remarks == ()
    out, missing = copied_in(given, ValueSets())
    assert missing == ()
    assert [len(each.options) for each in load(out).items] == [2, 2, 2]


def test_a_list_of_headings_and_retired_codes_offers_what_can_be_chosen() -> None:
    system = {
        "resourceType": "CodeSystem",
        "url": "s",
        "content": "complete",
        "concept": [
            {
                "code": "head",
                "property": [{"code": "notSelectable", "valueBoolean": True}],
                "concept": [{"code": "in"}],
            },
            {"code": "old", "property": [{"code": "status", "valueCode": "retired"}]},
        ],
    }
    held = ValueSets([composed({"system": "s"}), system]).look_up("u")
    assert [each["code"] for each in held.concepts] == ["in"]


def test_of_two_lists_of_one_name_in_a_form_neither_is_offered() -> None:
    other = {**composed({"system": "s", "concept": [{"code": "z"}]}), "id": "l"}
    form = load(
        questionnaire(
            item("a", "choice", answerValueSet="#l"), contained=[{**composed(LETTERS), "id": "l"}, other]
        )
    )
    assert form.items[0].options == ()
