"""What Ctrl+Z takes back: one act at a time, and letters after letters as one."""

from __future__ import annotations

from tests.support.forms import extension, form, item, sheet
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.steps import Steps

OURS = "https://workbook.invalid/fhir/StructureDefinition/appendOnly"
FORM = form(
    item("note", "text"),
    item("seen", "boolean"),
    item("g", "group", item("what", "string"), repeats=True),
    item(
        "marks",
        "group",
        item("where", "string"),
        repeats=True,
        extension=[extension(OURS, True, "valueBoolean")],
    ),
)
G, NOTE, SEEN = LinkId("g"), FieldPath("note"), FieldPath("seen")


def type_in(on: Sheet, steps: Steps, path: FieldPath, words: str) -> None:
    for at in range(1, len(words) + 1):
        on.answer(path, words[:at])
        steps.note(on.body, path)


def test_letters_after_letters_are_one_step_and_a_choice_ends_it() -> None:
    on = sheet(FORM)
    steps = Steps(FORM, on.body)
    type_in(on, steps, NOTE, "Quiet.")
    on.answer(SEEN, True)
    steps.note(on.body)
    type_in(on, steps, NOTE, "Quiet. Tired.")
    undone = []
    while (body := steps.undo()) is not None:
        on.replace_body(body)
        undone.append(
            [on.body.answers[each].value if each in on.body.answers else None for each in (NOTE, SEEN)]
        )
    assert undone == [["Quiet.", True], ["Quiet.", None], [None, None]]


def test_what_the_text_took_back_itself_is_no_step_of_its_own() -> None:
    on = sheet(FORM)
    steps = Steps(FORM, on.body)
    type_in(on, steps, NOTE, "Quiet.")
    on.answer(SEEN, True)
    steps.note(on.body)
    on.answer(NOTE, None)
    steps.note(on.body, NOTE, by_field=True)
    body = steps.undo()
    assert body is not None
    on.replace_body(body)
    assert SEEN not in on.body.answers
    assert steps.undo() is None
    for path, value in ((SEEN, True), (NOTE, "Quiet.")):
        body = steps.redo()
        assert body is not None
        on.replace_body(body)
        assert on.body.answers[path].value == value, "should the text itself be gone by then"
    assert steps.redo() is None


def test_a_row_put_back_with_its_own_button_is_not_taken_away_by_ctrl_z() -> None:
    on = sheet(FORM)
    row = on.add_row(paths.ROOT, G)
    on.answer(paths.child(row, LinkId("what")), "Ring the school")
    steps = Steps(FORM, on.body)
    removed = on.remove_row(row)
    steps.note(on.body)
    on.restore(removed)
    steps.note(on.body)
    assert steps.undo() is None
    assert row in on.body.rows


def test_a_row_that_was_added_goes_with_what_was_typed_in_it_and_comes_again_with_it() -> None:
    on = sheet(FORM)
    steps = Steps(FORM, on.body)
    row = on.add_row(paths.ROOT, G)
    steps.note(on.body)
    type_in(on, steps, paths.child(row, LinkId("what")), "Ring")
    while (body := steps.undo()) is not None:
        on.replace_body(body)
    assert on.body.rows == {}
    while (body := steps.redo()) is not None:
        on.replace_body(body)
    assert on.body.answers[paths.child(row, LinkId("what"))].value == "Ring"


def test_a_mark_in_which_something_was_said_stays() -> None:
    on = sheet(FORM)
    steps = Steps(FORM, on.body)
    row = on.add_row(paths.ROOT, LinkId("marks"))
    steps.note(on.body)
    on.answer(paths.child(row, LinkId("where")), "left arm")
    steps.follow(on.body)  # by a colleague, say
    assert steps.undo() is None
    assert row in on.body.rows
