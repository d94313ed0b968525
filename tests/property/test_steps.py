"""Undo: all steps back lead to what there was, all steps again to what there is, whatever was done."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.forms import AMARA, NOW, form, item, sheet
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.steps import Steps

ACTIONS = form(
    item("note", "text"),
    item("seen", "boolean"),
    item(
        "g",
        "group",
        item("what", "string"),
        item("h", "group", item("who", "string"), repeats=True),
        repeats=True,
    ),
)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["type", "choose", "add", "add inside", "write", "take", "up", "down"]),
        st.integers(0, 5),
        st.sampled_from(["a", "b", "She drew a house."]),
    ),
    max_size=14,
)


def act(on: Sheet, what: str, which: int, words: str) -> FieldPath | None:
    """Do something a worker does; return the answer that was typed in, if it was typed."""
    rows = on.rows(paths.ROOT, LinkId("g"))
    row = rows[which % len(rows)] if rows else None
    match what:
        case "type":
            on.answer(FieldPath("note"), words)
            return FieldPath("note")
        case "choose":
            on.answer(FieldPath("seen"), which % 2 == 0)
        case "add":
            on.add_row(paths.ROOT, LinkId("g"))
        case "add inside" if row:
            on.add_row(row, LinkId("h"))
        case "write" if row:
            on.answer(paths.child(row, LinkId("what")), words)
            return paths.child(row, LinkId("what"))
        case "take" if row:
            on.remove_row(row)
        case "up" | "down" if row:
            on.move_row(row, "up" if what == "up" else "down")
    return None


def said(body: Body) -> tuple[dict[FieldPath, Any], dict[FieldPath, str]]:
    answers = {path: each.value for path, each in body.answers.items() if each.value is not None}
    return answers, {path: row.ord for path, row in body.rows.items()}


@given(ACTS)
def test_all_steps_back_and_all_steps_again(acts: list[tuple[str, int, str]]) -> None:
    on = sheet(ACTIONS)
    first = on.body
    steps = Steps(ACTIONS, first)
    for each in acts:
        typed = act(on, *each)
        steps.note(on.body, typed)
    last = on.body
    while (body := steps.undo()) is not None:
        on.replace_body(body)
    assert said(on.body) == said(first)
    while (body := steps.redo()) is not None:
        on.replace_body(body)
    assert said(on.body) == said(last)


@given(ACTS, st.sampled_from(["a colleague's words", "She drew a house."]))
def test_what_a_colleague_wrote_meanwhile_is_never_undone(
    acts: list[tuple[str, int, str]], words: str
) -> None:
    on = sheet(ACTIONS)
    steps = Steps(ACTIONS, on.body)
    for each in acts:
        typed = act(on, *each)
        steps.note(on.body, typed)
    rows = on.rows(paths.ROOT, LinkId("g"))
    theirs = {FieldPath("note"): Answer(value=words, by=AMARA.id, at="2026-11-22T15:00:00+00:00")}
    for row in rows:
        theirs[paths.child(row, LinkId("what"))] = Answer(value="Theirs alone", by=AMARA.id, at=NOW)
    on.replace_body(Body(answers={**on.body.answers, **theirs}, rows=on.body.rows))
    steps.follow(on.body)
    while (body := steps.undo()) is not None:
        on.replace_body(body)
    for row in rows:
        assert row in on.body.rows
        assert on.body.answers[paths.child(row, LinkId("what"))].value == "Theirs alone"
