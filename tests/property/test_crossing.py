"""Typing that crossed with a run comes to what it would have come to, had it been kept before the run."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.merge import merge
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import Clash
from workbook_desktop.domain.ids import FieldPath, FormId, LinkId
from workbook_desktop.domain.records import Answer, Body, Row, canonical_json
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.workspace.overlay import crossing_after, over

NAMES = ("a", "note", "level", "why", "rows/r1/x", "rows/r1/note", "rows/r2/x", "rows/r1/in/i1/x")
SAID = ("One. Two.", "One. Two. Three.", "Nought. One. Two.", "Two.", "Four.")
FORM = Form(
    id=FormId("visit"),
    version="1",
    title="Visit",
    items=(
        Item(link_id=LinkId("note"), kind=Kind.TEXT, text="Note"),
        Item(link_id=LinkId("level"), kind=Kind.STRING, text="Level", merge_unit="risk"),
        Item(link_id=LinkId("why"), kind=Kind.STRING, text="Why", merge_unit="risk"),
    ),
)


def rows_around(name: str) -> set[FieldPath]:
    found, row = set(), paths.parent_row(FieldPath(name))
    while row:
        found.add(row)
        row = paths.parent_row(row)
    return found


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    said = draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(SAID)))
    rows = {FieldPath(row) for row in draw(st.sets(st.sampled_from(["rows/r1", "rows/r2"])))}
    rows |= {row for name in said for row in rows_around(name)}
    return Body(
        answers={FieldPath(name): Answer(value=value) for name, value in said.items()},
        rows={row: Row(ord=draw(st.sampled_from("ab"))) for row in sorted(rows)},
    )


@given(before=bodies(), after=bodies())
def test_with_nothing_in_between_what_was_typed_is_what_stands(before: Body, after: Body) -> None:
    assert over(before, before, after) == after


@given(stands=bodies(), before=bodies())
def test_who_typed_nothing_changes_nothing(stands: Body, before: Body) -> None:
    assert over(stands, before, before) == stands


@given(stands=bodies(), before=bodies(), after=bodies())
def test_every_word_typed_is_in_what_stands_whatever_came(stands: Body, before: Body, after: Body) -> None:
    found = over(stands, before, after)
    for path, answer in after.answers.items():
        if before.answers.get(path) != answer:
            assert found.answers[path] == answer


@given(stands=bodies(), before=bodies(), after=bodies())
def test_what_came_and_was_not_touched_here_stays(stands: Body, before: Body, after: Body) -> None:
    found = over(stands, before, after)
    for path, answer in stands.answers.items():
        around = rows_around(path)
        gone = any(row in before.rows and row not in after.rows for row in around)  # taken away here
        if before.answers.get(path) == after.answers.get(path) and not gone:
            assert found.answers.get(path) == answer


def _brings(clashes: tuple[Clash, ...]) -> set[tuple[FieldPath, bytes]]:
    return {(each.path, canonical_json(each.mine.value if each.mine else None)) for each in clashes}


@settings(max_examples=200)
@given(seen=bodies(), typed=bodies(), stood=bodies())
def test_the_merge_is_the_same_as_if_the_keep_had_come_first(seen: Body, typed: Body, stood: Body) -> None:
    first = merge(seen, typed, stood, FORM)
    crossed = merge(seen, over(stood, seen, typed), stood, FORM)
    assert crossed.merged == first.merged
    # Of answers that mean something only together, those that nobody typed need not be asked about twice.
    assert _brings(crossed.clashes) <= _brings(first.clashes)
    missing = _brings(first.clashes) - _brings(crossed.clashes)
    assert all(path in ("level", "why") for path, _ in missing)


@settings(max_examples=200)
@given(seen=bodies(), typed=bodies(), stood=bodies())
def test_each_text_typed_and_each_that_came_is_merged_or_asked_about(
    seen: Body, typed: Body, stood: Body
) -> None:
    met = merge(seen, over(stood, seen, typed), stood, FORM)
    asked = "\n".join(repr(each) for each in met.clashes)
    for mine, theirs in ((typed, stood), (stood, typed)):
        for path, answer in mine.answers.items():
            changed = answer != seen.answers.get(path)
            if changed and answer != theirs.answers.get(path):
                found = met.merged.answers.get(path)
                whole = found is not None and all(
                    each in str(found.value) for each in _new(answer, seen.answers.get(path))
                )
                assert whole or repr(answer.value)[1:-1] in asked


def _new(answer: Answer, before: Answer | None) -> set[str]:
    """The sentences one side added."""
    old = str(before.value).split(". ") if before is not None else []
    return {each.rstrip(".") for each in str(answer.value).split(". ")} - {each.rstrip(".") for each in old}


@given(seen=bodies(), typed=bodies(), stood=bodies(), later=bodies())
def test_words_changed_with_a_colleagues_in_view_are_an_edit_of_them(
    seen: Body, typed: Body, stood: Body, later: Body
) -> None:
    kept = crossing_after(None, stood, seen, typed)
    shown = over(stood, seen, typed)
    if kept is None:
        assert stood == seen or shown == stood
        return
    after = crossing_after(kept, shown, shown, later)
    assert after is not None
    assert after.stood == stood
    for path, answer in stood.answers.items():
        if shown.answers.get(path) == answer != later.answers.get(path):
            assert after.seen.answers.get(path) == answer
    for path, answer in seen.answers.items():
        if shown.answers.get(path) not in (answer, stood.answers.get(path)):
            around = rows_around(path)
            assert after.seen.answers.get(path) == answer or any(row not in later.rows for row in around)
