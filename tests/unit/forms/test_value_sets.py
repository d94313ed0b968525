"""Lists of answers are copied into the form, and those that are nowhere are named."""

from __future__ import annotations

import json

from tests.support.forms import item, questionnaire
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.value_sets import ValueSets, copied_in, shipped_source

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
    assert missing == (("far", "https://example.org/nowhere"),)
    assert [each.item for each in form.remarks] == ["far"]
    assert given["item"][0]["answerValueSet"].startswith("https")  # what came in is as it was


def test_a_list_that_leans_on_what_is_not_here_is_missing_and_circles_end() -> None:
    one = {"resourceType": "ValueSet", "url": "u:1", "compose": {"include": [{"valueSet": ["u:2"]}]}}
    two = {"resourceType": "ValueSet", "url": "u:2", "compose": {"include": [{"valueSet": ["u:1"]}]}}
    assert ValueSets([one, two]).concepts("u:1") is None
    assert ValueSets([COLOURS]).concepts(COLOURS["url"]) is None  # type: ignore[arg-type]
    filtered = {**COLOURS, "compose": {"include": [{"system": PAINT["url"], "filter": [{"op": "="}]}]}}
    assert ValueSets([filtered, PAINT]).concepts("https://example.org/colours") is None


def test_a_page_of_a_list_is_not_the_list_and_what_is_retired_is_not_offered() -> None:
    held = [{"code": "a", "system": "s"}, {"code": "b", "system": "s", "inactive": True}]

    def concepts(**more: object) -> object:
        expansion = {"contains": held, **more}
        return ValueSets([{"resourceType": "ValueSet", "url": "u", "expansion": expansion}]).concepts("u")

    assert concepts() == [{"code": "a", "system": "s"}]
    assert concepts(total=500) is None
    assert concepts(offset=2) is None
    assert concepts(parameter=[{"name": "limitedExpansion", "valueBoolean": True}]) is None


def test_a_list_that_is_what_two_lists_share_is_left_out() -> None:
    both = {
        "resourceType": "ValueSet",
        "url": "u",
        "compose": {"include": [{"system": "s", "concept": [{"code": "a"}], "valueSet": ["v"]}]},
    }
    other = {"resourceType": "ValueSet", "url": "v", "expansion": {"contains": [{"code": "b"}]}}
    assert ValueSets([both, other]).concepts("u") is None


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
    assert ValueSets(chain).concepts("u:0") is None  # three to the power of 3,000 ways down
    short = [
        *chain[:8],
        {"resourceType": "ValueSet", "url": "u:8", "expansion": {"contains": [{"code": "a"}]}},
    ]
    assert ValueSets(short).concepts("u:7") == [{"code": "a"}] * 3
    for rubbish in (5, None, "x", [5, None], {"a": 1}):
        sets = ValueSets([{"resourceType": "Bundle", "entry": rubbish}])
        out, missing = copied_in({"item": rubbish, "contained": rubbish}, sets)
        assert missing == ()
        assert out["item"] == rubbish
