"""A record's answers, seen as a QuestionnaireResponse."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.support.forms import HL7, extension, form, item
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Answer, Body, Empty, Row
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.expressions import Amount, Environment, PartialDate, Response, compile_expression
from workbook_desktop.forms.visibility import Visibility

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
OPTIONS = [
    {
        "valueCoding": {"system": "urn:wrenmouth:often", "code": code, "display": code},
        "extension": [extension(HL7 + "ordinalValue", score, "valueDecimal")],
    }
    for code, score in (("never", 0), ("often", 2))
]
OFTEN = {"system": "urn:wrenmouth:often", "code": "often", "display": "often"}
FORM = form(
    item("home", "group", item("like"), item("mood", "choice", answerOption=OPTIONS)),
    item(
        "children",
        "group",
        item("seen", "boolean"),
        item("why", "string", enableWhen=[{"question": "seen", "operator": "=", "answerBoolean": False}]),
        item("age", "integer"),
        repeats=True,
    ),
    item("drug", "string", item("dose", "decimal"), repeats=True),
    item("smokes", "boolean", item("since", "date")),
    item("weight", "quantity"),
)


def body(*rows: str, **answers: Any) -> Body:
    return Body(
        answers={
            FieldPath(path.replace("__", "/")): Answer(value=value)
            for path, value in {**answers}.items()
            if value is not None
        },
        rows={FieldPath(row): Row(ord=row) for row in rows},
    )


def view(of: Body, tried: Form = FORM) -> Response:
    return Response(tried, of, Visibility(tried, of).on)


def ask(response: Response, text: str, at: str = "", **variables: Any) -> list[Any]:
    focus = response.node(FieldPath(at))
    environment = Environment(
        resource=response.resource, context=focus, variables=variables, today=NOW.date(), now=NOW
    )
    return compile_expression(text).run(focus, environment)


def test_an_answer_has_the_type_of_its_question() -> None:
    given = body(
        "drug/a",
        mood=OFTEN,
        weight={"value": "72.5", "unit": "kg", "code": "kg"},
        smokes=True,
        since="2019-03",
        drug__a__drug="Tea",
        drug__a__dose="0.50",
    )
    response = view(given)
    assert ask(response, "%resource.repeat(item).where(linkId='mood').answer.value") == [OFTEN]
    assert ask(response, "%resource.descendants().where(linkId='since').answer.value") == [
        PartialDate(parts=(2019, 3))
    ]
    assert ask(response, "%resource.descendants().where(linkId='dose').answer.value + 1") == [Decimal("1.50")]
    assert ask(response, "item.where(linkId='weight').answer.value.value") == [Decimal("72.5")]
    assert ask(response, "item.where(linkId='weight').answer.value > 72 'kg'") == [True]
    assert isinstance(ask(response, "item.where(linkId='weight').answer.value")[0], Amount)


def test_a_chosen_option_has_the_score_that_the_form_gives_it() -> None:
    response = view(body(mood=OFTEN))
    assert ask(response, "%resource.repeat(item).where(linkId='mood').answer.value.ordinal().sum()") == [2]
    assert ask(response, "%resource.repeat(item).where(linkId='mood').answer.weight()") == [2]


def test_a_rule_in_one_row_does_not_see_the_answer_of_another() -> None:
    # android-fhir 1895: what was said of the first child decided what showed for the second.
    response = view(
        body("children/a", "children/b", children__a__seen=True, children__b__seen=False, children__b__age=7)
    )
    own_row = "%context.item.where(linkId='seen').answer.value"
    assert ask(response, own_row, "children/a") == [True]
    assert ask(response, own_row, "children/b") == [False]
    assert ask(response, "%context.item.where(linkId='age').answer.value", "children/a") == []
    assert compile_expression(own_row).row_local
    assert not compile_expression("%resource.repeat(item).where(linkId='seen').answer.value").row_local


def test_equal_rows_are_counted_each() -> None:
    response = view(body("children/a", "children/b", children__a__age=4, children__b__age=4))
    assert ask(response, "%resource.repeat(item).where(linkId='age').count()") == [2]
    assert ask(response, "%resource.repeat(item).where(linkId='age').answer.value.sum()") == [8]
    assert ask(response, "%resource.item.where(linkId='children').id") == ["a", "b"]


def test_what_is_off_is_absent_and_so_are_its_answers() -> None:
    response = view(body("children/a", children__a__seen=True, children__a__why="asleep"))
    assert ask(response, "%resource.descendants().where(linkId='why')") == []
    assert ask(response, "%resource.descendants().answer.value") == [True]
    assert ask(response, "answer.value", "children/a/why") == []


def test_an_answer_said_to_be_empty_is_absent() -> None:
    cleared = Body(answers={FieldPath("like"): Answer(value=None, empty=Empty.REFUSED)})
    assert ask(view(cleared), "answer.exists()", "like") == [False]


def test_items_under_a_question_stand_under_its_answer() -> None:
    response = view(body(smokes=True, since="2019"))
    assert ask(response, "item.where(linkId='smokes').answer.item.where(linkId='since').answer.value") != []
    assert ask(response, "%resource.repeat(item).where(linkId='since')") == []
    assert len(ask(response, "%resource.descendants().where(linkId='since')")) == 1


def test_items_under_a_question_without_an_answer_are_still_met() -> None:
    response = view(body(since="2019"))
    assert ask(response, "%resource.descendants().where(linkId='since').answer.value") == [
        PartialDate(parts=(2019,))
    ]


def test_a_repeating_question_with_items_is_one_item_with_an_answer_for_each_row() -> None:
    response = view(
        body(
            "drug/a",
            "drug/b",
            drug__a__drug="Tea",
            drug__a__dose="1",
            drug__b__drug="Rum",
            drug__b__dose="2.5",
        )
    )
    assert ask(response, "item.where(linkId='drug').count()") == [1]
    assert ask(response, "item.where(linkId='drug').answer.value") == ["Tea", "Rum"]
    assert ask(response, "item.where(linkId='drug').answer.id") == ["a", "b"]
    assert ask(response, "item.where(linkId='drug').answer.item.answer.value.sum()") == [Decimal("3.5")]
    assert ask(response, "item.where(linkId='dose').answer.value", "drug/b") == [Decimal("2.5")]
    assert ask(response, "value", "drug/b/drug") == ["Rum"]


def test_a_new_answer_is_seen_at_once_and_other_rows_after_replacing() -> None:
    first = body("children/a", children__a__age=4)
    visible = Visibility(FORM, first)
    response = Response(FORM, first, visible.on)
    ages = "%resource.repeat(item).where(linkId='age').answer.value"
    assert ask(response, ages) == [4]
    second = first.with_answer(FieldPath("children/a/age"), Answer(value=5))
    visible.answered(FieldPath("children/a/age"), second)
    response.answered(FieldPath("children/a/age"), second)
    assert ask(response, ages) == [5]
    third = second.with_row(FieldPath("children/b"), Row(ord="0")).with_answer(
        FieldPath("children/b/age"), Answer(value=9)
    )
    visible.replaced(third)
    response.replaced(third)
    assert ask(response, ages) == [9, 5]


def test_a_place_that_is_not_there_has_no_node() -> None:
    response = view(body("children/a"))
    assert response.node(FieldPath("nobody")) is None
    assert response.node(FieldPath("children/gone")) is None
    assert response.node(FieldPath("children/gone/age")) is None
    assert response.node(FieldPath("children")) is None
    assert response.node(FieldPath("")) is response.resource


def test_variables_are_worked_out_when_first_asked_and_once() -> None:
    asked: list[str] = []

    def score() -> int:
        asked.append("score")
        return 3

    response = view(body())
    assert ask(response, "true or %score > 1", score=score) == [True]
    assert asked == []
    assert ask(response, "%score + %score", score=score) == [6]
    assert asked == ["score"]
