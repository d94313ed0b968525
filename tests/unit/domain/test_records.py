from datetime import UTC, datetime

import pytest

from workbook_desktop.domain.changes import Delta, apply, delta_between
from workbook_desktop.domain.ids import FamilyId, FieldPath, RecordId
from workbook_desktop.domain.records import (
    Answer,
    Body,
    Empty,
    Head,
    Row,
    State,
    answer_json,
    answer_of,
    body_of,
    canonical_json,
    content_hash,
    content_of,
)

P = FieldPath
AT = "2026-11-22T14:30:00+00:00"


def test_an_answer_has_a_value_or_says_why_not() -> None:
    with pytest.raises(ValueError, match="empty"):
        Answer(value=None)
    with pytest.raises(ValueError, match="empty"):
        Answer(value="said", empty=Empty.REFUSED)
    assert Answer(value="").value == ""  # an empty text is an answer


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Caf\u00e9", "Cafe\u0301"),
        ("two\r\nlines", "two\nlines"),
        ("a line  \n", "a line"),
        (["b", "a"], ["a", "b"]),
        ({"code": "x", "system": "s", "display": "was"}, {"code": "x", "system": "s", "display": "is"}),
    ],
)
def test_two_spellings_of_one_answer_say_the_same(one: object, other: object) -> None:
    assert Answer(value=one).says_the_same(Answer(value=other, at=AT))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no", "not"),
        (True, "true"),
        ({"value": "5", "unit": "kg"}, {"value": "5", "unit": "g"}),
        (["a"], "a"),
    ],
)
def test_different_answers_do_not_say_the_same(one: object, other: object) -> None:
    assert not Answer(value=one).says_the_same(Answer(value=other))


def test_not_known_and_refused_are_different_answers() -> None:
    not_known, refused = Answer(value=None, empty=Empty.NOT_KNOWN), Answer(value=None, empty=Empty.REFUSED)
    assert not not_known.says_the_same(refused)
    assert not not_known.says_the_same(None)


def test_members_of_an_answer_that_are_not_known_here_come_back() -> None:
    raw = {"v": "x", "by": "w", "at": AT, "mood": "calm"}
    assert answer_json(answer_of(raw)) == raw


def test_a_body_is_the_same_flat_and_nested() -> None:
    body = Body(
        answers={P("note"): Answer(value="n"), P("children/r1/seen"): Answer(value=True, by=None, at=AT)},
        rows={P("children/r1"): Row(ord="1"), P("children/r1/marks/m1"): Row(ord="2")},
    )
    assert body_of(content_of(body)) == body


@pytest.mark.parametrize("content", [{"answers": []}, {"groups": {"g": {"r": {}}}}, {"answers": {"a": 3}}])
def test_what_is_no_content_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"content|answer"):
        body_of(content)


def test_canonical_json_sorts_by_utf16_and_refuses_floats() -> None:
    assert (
        canonical_json({"\U0001f600": 1, "\ufb33": 2, "a": 3}) == '{"a":3,"\U0001f600":1,"\ufb33":2}'.encode()
    )
    with pytest.raises(TypeError):
        canonical_json({"a": 1.5})


def test_the_hash_does_not_depend_on_the_order_of_members() -> None:
    assert content_hash({"answers": {"a": 1, "b": 2}, "groups": {}}) == content_hash(
        {"groups": {}, "answers": {"b": 2, "a": 1}}
    )


def test_rows_come_in_order_with_ties_by_id() -> None:
    body = Body(
        rows={P("g/b"): Row(ord="1"), P("g/a"): Row(ord="1"), P("g/c"): Row(ord="0i"), P("h/x"): Row(ord="1")}
    )
    assert body.rows_of(P(""), "g") == ["g/c", "g/a", "g/b"]  # type: ignore[arg-type]


def test_taking_a_row_away_takes_what_stands_in_it() -> None:
    body = Body(
        answers={P("g/a/x"): Answer(value=1), P("g/ab/x"): Answer(value=2)},
        rows={P("g/a"): Row(ord="1"), P("g/ab"): Row(ord="2"), P("g/a/h/i"): Row(ord="1")},
    )
    left = body.without_row(P("g/a"))
    assert set(left.answers) == {"g/ab/x"}
    assert set(left.rows) == {"g/ab"}


def test_a_delta_names_a_row_once_and_not_what_was_in_it() -> None:
    before = Body(answers={P("g/a/x"): Answer(value=1)}, rows={P("g/a"): Row(ord="1")})
    delta = delta_between(before, Body())
    assert delta == Delta(unset=(P("g/a"),))
    assert apply(before, delta) == Body()


def test_a_delta_into_a_row_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="row"):
        apply(Body(), Delta(set={P("g/a/x"): Answer(value=1)}))
    with pytest.raises(ValueError, match="kinds"):
        apply(Body(rows={P("g/a"): Row(ord="1")}), Delta(set={P("g/a"): Answer(value=1)}))


def test_versions_start_at_one() -> None:
    with pytest.raises(ValueError, match="1"):
        Head(
            id=RecordId("r"),
            type="form",
            family=FamilyId("f"),
            form=None,
            state=State.DRAFT,
            chapter="",
            subjects=(),
            content={},
            version=0,
            hash="",
            created_by=None,
            created_at=datetime(2026, 11, 22, tzinfo=UTC),
            changed_by=None,
            changed_at=None,
        )
