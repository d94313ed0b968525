"""Results as a record keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.forms import form, item
from workbook_desktop.forms.definition import Item, Kind
from workbook_desktop.forms.expressions import (
    CannotWorkOut,
    Environment,
    compile_expression,
    to_answer,
    truth,
)

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
HIGH = {"system": "urn:wrenmouth:band", "code": "high", "display": "High"}
FORM = form(
    item("band", "choice", answerOption=[{"valueCoding": HIGH}]),
    item("open", "open-choice", answerOption=[{"valueCoding": HIGH}]),
    item("tags", "string", repeats=True),
)
ITEMS: dict[str, Item] = {str(each.link_id): each for each in FORM.walk()}


def results(text: str) -> list[Any]:
    environment = Environment(resource=None, variables={"high": HIGH}, today=NOW.date(), now=NOW)
    return compile_expression(text).run(None, environment)


@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        (Kind.BOOLEAN, "1 < 2", True),
        (Kind.INTEGER, "7 div 2", 3),
        (Kind.INTEGER, "6 / 2", 3),
        (Kind.DECIMAL, "0.1 + 0.2", "0.3"),
        (Kind.DECIMAL, "10000000000 * 10000000000.0", "100000000000000000000"),
        (Kind.DECIMAL, "1 / 3", "0.3333333333333333"),
        (Kind.DECIMAL, "0.0000001 * 1", "0.0000001"),
        (Kind.DATE, "today() + 10 days", "2026-12-02"),
        (Kind.DATE, "@2026-11", "2026-11"),
        (Kind.DATE, "now()", "2026-11-22"),
        (Kind.DATE_TIME, "now()", "2026-11-22T14:30:00Z"),
        (Kind.TIME, "@T14:30", "14:30"),
        (Kind.STRING, "12", "12"),
        (Kind.TEXT, "%high", "High"),
        (
            Kind.QUANTITY,
            "4 'kg'",
            {"value": "4", "unit": "kg", "code": "kg", "system": "http://unitsofmeasure.org"},
        ),
        (Kind.STRING, "{}", None),
    ],
)
def test_a_result_is_kept_in_the_shape_of_its_kind(kind: Kind, text: str, answer: Any) -> None:
    assert to_answer(kind, results(text)) == answer


def test_a_choice_takes_the_option_that_is_meant() -> None:
    assert to_answer(Kind.CHOICE, results("%high"), ITEMS["band"]) == HIGH
    assert to_answer(Kind.CHOICE, results("'high'"), ITEMS["band"]) == HIGH
    assert to_answer(Kind.CHOICE, results("'High'"), ITEMS["band"]) == HIGH
    assert to_answer(Kind.OPEN_CHOICE, results("'other'"), ITEMS["open"]) == "other"
    with pytest.raises(CannotWorkOut):
        to_answer(Kind.CHOICE, results("'other'"), ITEMS["band"])


def test_several_results_are_a_list_only_where_several_answers_are_taken() -> None:
    assert to_answer(Kind.STRING, results("'a' | 'b'"), ITEMS["tags"]) == ["a", "b"]
    with pytest.raises(CannotWorkOut):
        to_answer(Kind.STRING, results("'a' | 'b'"))


def test_a_condition_is_true_false_or_not_to_be_told() -> None:
    assert truth(results("1 < 2")) is True
    assert truth(results("1 > 2")) is False
    assert truth(results("{} and true")) is None
    with pytest.raises(CannotWorkOut):
        truth(results("true | false"))
