"""What stands in the way of signing off, and how it is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.forms import OURS, core, extension, form, item
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body, Empty, Row
from workbook_desktop.forms.check import Problem, problems, words
from workbook_desktop.forms.definition import Form, Item, Kind


def limit(name: str, value: Any) -> dict[str, Any]:
    kind = "valueInteger" if isinstance(value, int) else "valueDate" if "-" in value else "valueString"
    return extension(name, value, kind)


def codes(of: Form, value: Any, path: str = "q") -> list[str]:
    answer = Answer(value=value) if value is not None else None
    body = Body(answers={} if answer is None else {FieldPath(path): answer})
    return [problem.code for problem in problems(of, body)]


COLOURS = [{"valueCoding": {"system": "s", "code": code}} for code in ("red", "blue")]
NONE = {
    "valueCoding": {"system": "s", "code": "none"},
    "extension": [extension("questionnaire-optionExclusive", True, "valueBoolean")],
}
RED, BLUE, GREEN = ({"system": "s", "code": code} for code in ("red", "blue", "green"))


@pytest.mark.parametrize(
    ("question", "value", "expected"),
    [
        (item("q", required=True), None, ["required"]),
        (item("q", required=True), "  ", ["required"]),
        (item("q", required=True), "x", []),
        (item("q", "boolean", required=True), False, []),
        (item("q", "boolean"), "true", ["wrong-kind"]),
        (item("q", "integer"), 3, []),
        (item("q", "integer"), "3", ["not-a-whole-number"]),
        (item("q", "integer"), True, ["not-a-whole-number"]),
        (item("q", "integer", extension=[limit("minValue", 0), limit("maxValue", 10)]), 11, ["too-large"]),
        (item("q", "integer", extension=[limit("minValue", 0)]), -1, ["too-small"]),
        (item("q", "decimal"), "12.5", []),
        (item("q", "decimal"), "12,5", ["not-a-number"]),
        (item("q", "decimal"), "NaN", ["not-a-number"]),
        (item("q", "decimal", extension=[limit("maxDecimalPlaces", 1)]), "1.25", ["too-many-decimals"]),
        (item("q", "date"), "2026-11-22", []),
        (item("q", "date"), "2026-02-30", ["not-a-date"]),
        (item("q", "date"), "22/11/2026", ["not-a-date"]),
        (item("q", "date"), "2026-11", ["date-not-whole"]),
        (item("q", "date", extension=[limit("entryFormat", "mm/yyyy, yyyy")]), "2026-11", []),
        (item("q", "date", extension=[limit("minValue", "2026-01-01")]), "2025-12-31", ["too-small"]),
        (item("q", "dateTime"), "2026-11-22T14:30:00+00:00", []),
        (item("q", "dateTime"), "2026-11-22", ["not-a-date-and-time"]),
        (item("q", "time"), "14:30", []),
        (item("q", "time"), "25:30", ["not-a-time"]),
        (item("q", "text", maxLength=3), "four", ["too-long"]),
        (item("q", extension=[limit("minLength", 3)]), "ab", ["too-short"]),
        (item("q", extension=[limit("regex", "[A-Z]+")]), "abc", ["not-as-asked"]),
        (item("q", extension=[limit("regex", "[A-Z]+")]), "ABC", []),
        (item("q", extension=[limit("regex", "[A-Z]+")]), "A" * 5_000, ["not-as-asked"]),
        (item("q", "url"), "https://example.org/a", []),
        (item("q", "url"), "example", ["not-a-link"]),
        (item("q", "choice", answerOption=COLOURS), {**RED, "display": "Red as it was"}, []),
        (item("q", "choice", answerOption=COLOURS), GREEN, ["not-offered"]),
        (item("q", "open-choice", answerOption=COLOURS), "mauve", []),
        (item("q", "choice", answerOption=[*COLOURS, NONE], repeats=True), [RED, BLUE], []),
        (item("q", "choice", answerOption=[*COLOURS, NONE], repeats=True), [RED, RED], ["chosen-twice"]),
        (
            item("q", "choice", answerOption=[*COLOURS, NONE], repeats=True),
            [RED, {"system": "s", "code": "none"}],
            ["not-with-others"],
        ),
        (
            item("q", repeats=True, extension=[limit("questionnaire-maxOccurs", 1)]),
            ["a", "b"],
            ["too-many"],
        ),
        (item("q", repeats=True, extension=[limit("questionnaire-minOccurs", 2)]), ["a"], ["too-few"]),
        (item("q", "quantity"), {"value": "3", "unit": "kg"}, []),
        (item("q", "quantity"), {"unit": "kg"}, ["not-a-number"]),
        (item("q", "reference"), {"reference": "Person/1"}, []),
        (item("q", "reference"), "Maisie", ["wrong-kind"]),
        (
            item("q", "attachment", extension=[extension("mimeType", "image/png", "valueCode")]),
            {"contentType": "text/html", "size": 1},
            ["wrong-file-type"],
        ),
        (
            item("q", "attachment", extension=[extension("maxSize", 0.001, "valueDecimal")]),
            {"contentType": "image/png", "size": 5_000},
            ["file-too-large"],
        ),
    ],
)
def test_each_kind_of_answer_is_checked(question: Any, value: Any, expected: list[str]) -> None:
    of = form(question)
    assert codes(of, value) == expected
    for problem in problems(of, Body(answers={FieldPath("q"): Answer(value=value)} if value else {})):
        assert words(problem, of.items[0])[0].isupper() or words(problem, of.items[0])[0] == "“"


def test_a_reason_for_an_empty_answer_counts_only_where_the_form_allows_it() -> None:
    may = [extension(OURS + "mayBeEmpty", "refused", "valueCode")]
    of = form(item("may", required=True, extension=may), item("must", required=True), item("free"))

    def left(empty: Empty) -> list[str]:
        answers = {FieldPath(link): Answer(value=None, empty=empty) for link in ("may", "must", "free")}
        return [problem.link_id for problem in problems(of, Body(answers=answers))]

    assert left(Empty.REFUSED) == ["must"]
    assert left(Empty.NOT_KNOWN) == ["may", "must"]
    assert left(Empty.CLEARED) == ["may", "must"]


def test_a_required_group_of_rows_needs_one_and_each_row_is_checked() -> None:
    of = form(item("g", "group", item("q", required=True), repeats=True, required=True))
    assert [problem.code for problem in problems(of, Body())] == ["row-required"]
    rows = {FieldPath("g/1"): Row(ord="1"), FieldPath("g/2"): Row(ord="2")}
    body = Body(answers={FieldPath("g/2/q"): Answer(value="x")}, rows=rows)
    assert [problem.path for problem in problems(of, body)] == ["g/1/q"]


def test_what_does_not_show_is_not_checked() -> None:
    of = core("visit")
    found = problems(of, Body())
    assert "visit.steps" not in {problem.link_id for problem in found}
    refused = next(
        option.value
        for option in of.by_link_id[LinkId("visit.outcome")].options
        if option.value["code"] == "refused"
    )
    later = problems(of, Body(answers={FieldPath("visit.outcome"): Answer(value=refused)}))
    links = {problem.link_id for problem in later}
    assert "visit.steps" in links
    assert "home.danger" not in links


def test_problems_are_said_in_plain_words_with_whose_row_it_is() -> None:
    of = core("visit")
    row = paths.row(paths.ROOT, LinkId("children"), "r1")  # type: ignore[arg-type]
    body = Body(
        rows={row: Row(ord="1")}, answers={paths.child(row, LinkId("child.seen")): Answer(value=True)}
    )
    said = {
        problem.link_id: words(problem, of.by_link_id[problem.link_id], "Maisie")
        for problem in problems(of, body)
    }
    assert (
        said[LinkId("child.said")]
        == "Maisie: answer “What did the child say, in the child’s own words?”, or say why not"
    )
    assert said[LinkId("child.alone")] == "Maisie: answer “Did you speak with the child alone?”"


def test_facts_of_a_problem_hold_no_answer() -> None:
    of = form(item("q", "text", maxLength=3))
    (problem,) = problems(of, Body(answers={FieldPath("q"): Answer(value="secret words")}))
    assert problem.facts == {"most": 3, "now": 12}


@pytest.mark.parametrize(
    ("text", "short", "kind", "said"),
    [
        ("Who is this note for?", "Audience", "choice", "Answer “Who is this note for?”"),
        (
            "Since the last visit, are things …",
            "Change",
            "choice",
            "Answer “Since the last visit, are things …”",
        ),
        ("Date of the visit", "", "date", "Enter “Date of the visit”"),
        ("Kind:", "", "choice", "Choose “Kind”"),
        ("W" * 120, "Short", "string", "Enter “Short”"),
        ("", "Short", "string", "Enter “Short”"),
    ],
)
def test_what_is_missing_is_said_in_the_words_of_its_question(
    text: str, short: str, kind: str, said: str
) -> None:
    asked = Item(link_id=LinkId("a"), kind=Kind(kind), text=text, short_text=short, required=True)
    problem = Problem(path=FieldPath("a"), link_id=LinkId("a"), code="required", facts={})
    assert words(problem, asked) == said


@pytest.mark.parametrize(
    ("text", "short", "called"),
    [
        ("Next step", "", "Next steps"),
        ("Area", "", "Areas"),
        ("Entry", "", "Entries"),
        ("Child", "", "Children"),
        ("Person:", "", "People"),
        ("Chapter summary", "", "Chapter summaries"),
        ("Key", "", "Keys"),
        ("Marks", "", "Marks"),
        ("Outcome", "Outcomes", "Outcomes"),
        ("Safe person or place", "", "Safe person or place"),
        ("A different view", "", "A different view"),
        ("", "", ""),
    ],
)
def test_rows_together_are_called_by_more_than_one(text: str, short: str, called: str) -> None:
    rows = Item(
        link_id=LinkId("a"), kind=Kind.GROUP, text=text, short_text=short, repeats=True, required=True
    )
    assert rows.called == called
    problem = Problem(path=FieldPath("a"), link_id=LinkId("a"), code="row-required", facts={})
    assert words(problem, rows) == f"Add at least one under “{called or 'this question'}”"
