"""A record goes out as a QuestionnaireResponse and comes back the same, whatever was answered."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.forms import AMARA, NOW, form, item, new_ids
from workbook_desktop.domain import paths
from workbook_desktop.domain.errors import ResponseRefused
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body, Empty, Row
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.response import encoded, from_response, to_response

FORMS: list[Form] = [load(source) for source in core_forms()]
FORMS.append(
    form(
        item("q", "quantity"),
        item("d", "decimal", item("under", "string")),
        item("many", "choice", answerOption=[{"valueInteger": 1}, {"valueString": "1"}], repeats=True),
        item("rows", "group", item("inner", "group", item("when", "dateTime"), repeats=True), repeats=True),
        item("drug", "string", item("dose", "decimal"), item("taken", "boolean"), repeats=True),
        item("file", "attachment"),
        item("link", "url"),
        item("clock", "time", repeats=True),
    )
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
IDS = st.one_of(st.sampled_from(["r1", "r/2", "r~3"]), TEXTS.filter(lambda text: text.strip() != ""))
EXTRA = st.sampled_from([(), (("unconfirmed", True),), (("from", {"record": "r", "value": "12.50"}),)])
ODD: st.SearchStrategy[Any] = st.one_of(
    TEXTS.filter(bool),
    st.integers(-5, 5),
    st.booleans(),
    st.just({"code": "x", "system": "s", "display": "X", "more": [1]}),
    st.just("31/2"),
)


def _fitting(of: Item) -> st.SearchStrategy[Any]:
    match of.kind:
        case Kind.BOOLEAN:
            return st.booleans()
        case Kind.INTEGER:
            return st.integers(-100, 100)
        case Kind.DECIMAL:
            return st.sampled_from(["0", "12.50", "-0.001", "99999999999999999.9"])
        case Kind.DATE:
            return st.sampled_from(["2026", "2026-03", "2026-03-27"])
        case Kind.DATE_TIME:
            return st.sampled_from(["2026-03-27T14:30:00+00:00", "2026-03-27T14:30"])
        case Kind.TIME:
            return st.sampled_from(["14:30:00", "14:30"])
        case Kind.CHOICE | Kind.OPEN_CHOICE if of.options:
            return st.sampled_from([each.value for each in of.options])
        case Kind.QUANTITY:
            return st.sampled_from([{"value": "70.50", "unit": "kg"}, {"unit": "kg"}, {"value": "1"}])
        case Kind.REFERENCE:
            return st.sampled_from([{"reference": "Person/p1", "display": "Maisie"}, {"display": "An aunt"}])
        case Kind.ATTACHMENT:
            return st.just({"title": "a.txt", "contentType": "text/plain", "size": 2, "data": "aGk="})
        case _:
            return TEXTS.filter(bool)


@st.composite
def records(draw: st.DrawFn) -> tuple[int, Body]:
    number_of_form = draw(st.integers(0, len(FORMS) - 1))  # its number: a form is too long to be printed
    of = FORMS[number_of_form]
    answers: dict[FieldPath, Answer] = {}
    rows: dict[FieldPath, Row] = {}

    def fill(items: tuple[Item, ...], row: FieldPath) -> None:
        for each in items:
            if each.has_rows:
                for number in range(draw(st.integers(0, 2))):
                    place = paths.row(row, each.link_id, draw(IDS))  # type: ignore[arg-type]
                    if place in rows:
                        continue
                    rows[place] = Row(ord=f"{number + 1}")
                    if each.is_question and draw(st.booleans()):
                        answers[paths.child(place, each.link_id)] = draw(_answer(each, single=True))
                    fill(each.items, place)
                continue
            if each.is_question and draw(st.integers(0, 3)) == 0:
                answers[paths.child(row, each.link_id)] = draw(_answer(each))
            fill(each.items, row)

    fill(of.items, paths.ROOT)
    if draw(st.booleans()):
        answers[FieldPath("nowhere")] = Answer(value="kept", by=AMARA.id, at=NOW)
        rows[FieldPath("gone/g1")] = Row(ord="1")
        answers[FieldPath("gone/g1/too")] = Answer(value=None, empty=Empty.REFUSED)
    return number_of_form, Body(answers=answers, rows=rows)


@st.composite
def _answer(draw: st.DrawFn, of: Item, single: bool = False) -> Answer:
    by, at = draw(st.sampled_from([(None, None), (AMARA.id, NOW)]))
    if draw(st.integers(0, 4)) == 0:
        return Answer(value=None, empty=draw(st.sampled_from(Empty)), by=by, at=at)
    one = st.one_of(_fitting(of), _fitting(of), ODD)
    value = draw(st.lists(one, min_size=1, max_size=3) if of.several and not single else one)
    return Answer(value=value, by=by, at=at, extra=draw(EXTRA))


@settings(deadline=None)
@given(records())
def test_a_record_comes_back_from_a_response_as_it_went(record: tuple[int, Body]) -> None:
    of, body = FORMS[record[0]], record[1]
    back = from_response(of, encoded(to_response(of, body)), new_ids())
    assert back.body == body
    assert [type(each.value) for each in back.body.answers.values()] == [
        type(body.answers[path].value) for path in back.body.answers
    ]
    assert back.strangers == ()


@settings(deadline=None)
@given(records())
def test_what_others_read_says_the_same_without_our_extensions(record: tuple[int, Body]) -> None:
    of, body = FORMS[record[0]], record[1]
    plain = _without_extensions(json.loads(encoded(to_response(of, body))))
    back = from_response(of, plain, new_ids())
    again = from_response(of, encoded(to_response(of, back.body)), new_ids())
    assert again.body == back.body


def _without_extensions(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_extensions(each) for name, each in node.items() if name != "extension"}
    return [_without_extensions(each) for each in node] if isinstance(node, list) else node


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["linkId", "item", "answer", "valueString", "valueCoding", "id", "extension", "url", "text"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(JSON)
def test_rubbish_is_refused_in_words_or_handed_back(rubbish: Any) -> None:
    given_ = {"resourceType": "QuestionnaireResponse", "item": rubbish}
    with contextlib.suppress(ResponseRefused):  # and nothing else is raised
        from_response(FORMS[-1], given_, new_ids())


def test_items_the_form_does_not_know_go_out_again() -> None:
    of = form(item("a", "string"))
    stranger = {"linkId": "b", "answer": [{"valueCoding": {"code": "b"}}]}
    came = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "item": [{"linkId": "a", "answer": [{"valueString": "x"}]}, stranger],
    }
    back = from_response(of, came, new_ids())
    assert back.body.answers[FieldPath("a")].value == "x"
    assert back.strangers == (stranger,)
    assert to_response(of, back.body, strangers=back.strangers)["item"][-1] == stranger


def test_rows_without_ids_get_ids_and_keep_their_order() -> None:
    of = form(item("r", "group", item("x", "string"), repeats=True))
    came = {
        "resourceType": "QuestionnaireResponse",
        "item": [
            {"linkId": "r", "item": [{"linkId": "x", "answer": [{"valueString": word}]}]} for word in "abc"
        ],
    }
    body = from_response(of, came, new_ids()).body
    rows = body.rows_of(paths.ROOT, LinkId("r"))
    assert [body.answers[paths.child(row, LinkId("x"))].value for row in rows] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "came", [b"", b"[]", b'{"resourceType":"Patient"}', b'{"resourceType":"QuestionnaireResponse","item":3}']
)
def test_what_is_no_response_is_refused(came: bytes) -> None:
    with pytest.raises(ResponseRefused) as refused:
        from_response(FORMS[0], came, new_ids())
    assert refused.value.facts["why"]
