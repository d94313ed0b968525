"""A draft that skips a version stands as if it had been moved at each of them, and can go back at once."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.forms import NOW, OURS, form, item
from workbook_desktop.domain.ids import FieldPath, WorkerId
from workbook_desktop.domain.records import Answer, Body, Row
from workbook_desktop.forms.bridging import bridged
from workbook_desktop.forms.moving import back, outlook, there
from workbook_desktop.forms.versions import earlier, migrate

WHO = WorkerId("w-amara")


def options(*codes: str) -> list[dict[str, Any]]:
    return [{"valueCoding": {"code": code, "display": code.title()}} for code in codes]


def a_move(since: str, old: str, new: str | None, **codes: str) -> dict[str, Any]:
    parts = [("since", since), ("old", old), *([("new", new)] if new is not None else [])]
    renamed = [
        {
            "url": "option",
            "extension": [{"url": "old", "valueString": was}, {"url": "new", "valueString": now}],
        }
        for was, now in codes.items()
    ]
    return {
        "url": OURS + "moves",
        "extension": [*({"url": name, "valueString": said} for name, said in parts), *renamed],
    }


ONE = form(
    item("kind", "choice", answerOption=options("a", "b", "x")),
    item("late", "string"),
    item("same", "string"),
    item("gone", "string"),
    item("rows", "group", item("old", "string"), repeats=True),
    version="1.0.0",
)
TWO = form(
    item("sort", "choice", answerOption=options("x", "b")),
    item("late", "string"),
    item("same", "string"),
    item("rows", "group", item("newer", "string"), repeats=True),
    version="1.1.0",
    extension=[
        a_move("1.0.0", "kind", "sort", a="x"),
        a_move("1.0.0", "old", "newer"),
        a_move("1.0.0", "gone", None),
    ],
)
THREE = form(
    item("type", "choice", answerOption=options("z", "b")),
    item("later", "string"),
    item("same", "string"),
    item("rows", "group", item("newest", "string"), repeats=True),
    version="1.2.0",
    extension=[
        a_move("1.1.0", "sort", "type", x="z"),
        a_move("1.1.0", "late", "later"),
        a_move("1.1.0", "newer", "newest"),
    ],
)
OVER = bridged(ONE, THREE, [TWO])


def answer(value: Any) -> Answer:
    return Answer(value=value, by=WHO, at=NOW)


BODIES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["a", "b", "x"]).map(lambda code: {"code": code, "display": code.title()}),
        "late": st.text(min_size=1, max_size=5),
        "same": st.text(min_size=1, max_size=5),
        "gone": st.text(min_size=1, max_size=5),
        "rows/r1/old": st.text(min_size=1, max_size=5),
    },
).map(
    lambda said: Body(
        answers={FieldPath(path): answer(value) for path, value in said.items()},
        rows={FieldPath("rows/r1"): Row(ord="a")},
    )
)


def asked(body: Body) -> dict[str, Any]:
    noted = {line.path for line in earlier(THREE, body)}
    return {path: each.value for path, each in body.answers.items() if path not in noted}


@given(BODIES)
def test_two_versions_at_once_are_one_after_the_other(body: Body) -> None:
    by_step = migrate(migrate(body, ONE, TWO).body, TWO, THREE).body
    at_once = migrate(body, ONE, OVER).body
    assert asked(at_once) == asked(by_step)
    assert {line.shown for line in earlier(THREE, at_once)} == {
        line.shown for line in earlier(THREE, by_step)
    }


@given(BODIES)
def test_what_was_moved_over_two_versions_comes_back_as_it_was(body: Body) -> None:
    assert back(there(body, ONE, OVER), bridged(ONE, THREE, [TWO]), ONE) == body


def test_without_the_version_between_what_the_last_one_says_of_it_holds() -> None:
    alone = bridged(ONE, THREE)
    found = migrate(Body(answers={FieldPath("late"): answer("here")}), ONE, alone).body
    assert found.answers[FieldPath("later")].value == "here"


def test_what_is_said_beforehand_names_the_question_it_ends_at() -> None:
    body = Body(answers={FieldPath("kind"): answer({"code": "a", "display": "A"})})
    assert outlook(body, ONE, OVER).left_over == ()
    assert outlook(body, ONE, THREE).left_over != ()


def test_one_version_further_nothing_is_otherwise() -> None:
    assert bridged(ONE, TWO) is TWO
