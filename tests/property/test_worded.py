"""The words of a pulled record, read straight from its nested content, are those that show."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.forms import form, item
from workbook_desktop.domain.records import body_of
from workbook_desktop.forms.summary import gist, gist_of_content
from workbook_desktop.forms.worded import words_in_form

A, B = ({"code": code, "system": "https://workbook.invalid/how"} for code in "ab")


def _when(question: str, operator: str = "=", **answer: Any) -> dict[str, Any]:
    return {"question": question, "operator": operator, **answer}


def _is(question: str, answer: bool = True) -> dict[str, Any]:
    return _when(question, answerBoolean=answer)


ITEMS = (
    item("top", "boolean"),
    item("how", "choice", answerOption=[{"valueCoding": A}, {"valueCoding": B}]),
    item("note", "text", enableWhen=[_is("top")]),
    item(
        "out",
        "group",
        item("ask", "boolean", enableWhen=[_is("top")]),
        item(
            "said",
            "text",
            enableWhen=[_is("ask"), _when("how", answerCoding=A)],
            enableBehavior="all",
        ),
        item(
            "in",
            "group",
            item("why", "text"),
            item(
                "more",
                "string",
                enableWhen=[_is("ask", False), _when("how", "!=", answerCoding=B)],
                enableBehavior="any",
            ),
            repeats=True,
            enableWhen=[_is("ask")],
        ),
        repeats=True,
        enableWhen=[_when("how", "!=", answerCoding=B), _when("how", "!=", answerCoding={**B, "code": "c"})],
        enableBehavior="all",
    ),
    item("free", "text"),
    item("if-no-note", "text", enableWhen=[_when("note", "exists", answerBoolean=False)]),
)
NEAR = form(*ITEMS)
FAR = form(*ITEMS, item("end", "text", enableWhen=[_is("ask")]))  # which asks every row


def _answer(value: Any) -> dict[str, Any]:
    return {"v": value} if value is not None else {"v": None, "s": "not_known"}


def _answers(**kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    said = {link: values.map(_answer) for link, values in kinds.items()}
    return st.fixed_dictionaries({}, optional=said)


YES = st.booleans() | st.none() | st.just([True, False])
TEXT = st.sampled_from(["warm", " tidy ", "", "b", "12"]) | st.lists(st.sampled_from(["x", " "]), max_size=2)
HOW = st.sampled_from([A, B, {**A, "display": "A"}, {"code": "b"}, "b", None])


def _rows(row: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(["r1", "r2"]), row, max_size=2)


def _node(answers: st.SearchStrategy[Any], **groups: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"ord": st.just("a"), "answers": answers, "groups": st.fixed_dictionaries({}, optional=groups)}
    )


INNER = _node(_answers(why=TEXT, more=TEXT, free=TEXT))
OUTER = _node(_answers(ask=YES, said=TEXT, why=TEXT, note=TEXT), **{"in": _rows(INNER)})
ROOT = _node(
    _answers(top=YES, how=HOW, note=TEXT, free=TEXT, end=TEXT, said=TEXT, **{"if-no-note": TEXT}),
    out=_rows(OUTER),
    **{"in": _rows(INNER)},
)


@given(content=ROOT)
def test_the_words_of_nested_content_are_those_that_show(content: dict[str, Any]) -> None:
    for of in (NEAR, FAR):
        assert gist_of_content(of, content) == gist(of, body_of(content))


@given(content=ROOT.filter(lambda content: "said" not in content["answers"]))
def test_what_rests_on_the_rows_around_it_needs_no_closer_look(content: dict[str, Any]) -> None:
    content = {**content, "groups": {"out": content["groups"].get("out", {})}}
    for row in content["groups"]["out"].values():
        row["answers"].pop("why", None)
    assert words_in_form(NEAR, content) is not None
    assert words_in_form(FAR, {**content, "answers": {"end": {"v": "the end"}}}) is None
