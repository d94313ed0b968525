"""What a form works out: calculated answers, rules for showing, totals, options, words, limits and checks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.forms import AMARA, HL7, NOW, OURS, extension, form, item, new_ids
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.plan import plan_of
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.workings import Surroundings, Workings, brought_up_to_date

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"

TODAY = date(2026, 11, 22)
HERE = Surroundings(today=TODAY, now=datetime(2026, 11, 22, 14, 30, tzinfo=UTC))


def coding(code: str) -> dict[str, str]:
    return {"code": code, "display": f"Option {code}"}


def said(link: str) -> str:
    return f"%resource.item.where(linkId='{link}').answer.value"


def formula(name: str, text: str, called: str = "") -> dict[str, Any]:
    given = {"language": "text/fhirpath", "expression": text} | ({"name": called} if called else {})
    url = HL7 + "variable" if name == "variable" else SDC + name
    return extension(url, given, "valueExpression")


def scored(link: str, **more: Any) -> dict[str, Any]:
    return item(
        link,
        "choice",
        answerOption=[
            {
                "valueCoding": coding(str(score)),
                "extension": [extension("ordinalValue", score, "valueDecimal")],
            }
            for score in range(4)
        ],
        **more,
    )


def at(path: str) -> FieldPath:
    return FieldPath(path)


def opened(of: Form, body: Body | None = None, surroundings: Surroundings = HERE) -> Sheet:
    return Sheet(
        of,
        body or Body(),
        by=AMARA.id,
        now=lambda: NOW,
        new_id=new_ids(),
        worker=AMARA,
        surroundings=surroundings,
    )


def value(sheet: Sheet, path: str) -> Any:
    answer = sheet.body.answers.get(at(path))
    return None if answer is None else answer.value


BMI = form(
    item("kg", "decimal"),
    item("cm", "decimal"),
    item(
        "bmi",
        "decimal",
        extension=[
            formula("variable", said("kg"), "weight"),
            formula("variable", f"{said('cm')} / 100", "height"),
            formula("calculatedExpression", "(%weight / (%height * %height)).round(1)"),
        ],
    ),
    item("heavy", "boolean", extension=[formula("calculatedExpression", f"{said('bmi')} > 25")]),
    item("why", "string", enableWhen=[{"question": "heavy", "operator": "=", "answerBoolean": True}]),
)


def test_one_answer_sets_going_what_follows_from_it_and_what_follows_from_that() -> None:
    sheet = opened(BMI)
    assert not sheet.answer(at("kg"), "72.5").shown
    change = sheet.answer(at("cm"), "168")
    assert value(sheet, "bmi") == "25.7"
    assert value(sheet, "heavy") is True
    assert change.shown == (at("why"),)
    assert set(change.answered) == {at("cm"), at("bmi"), at("heavy")}
    change = sheet.answer(at("kg"), "60")
    assert value(sheet, "heavy") is False
    assert change.hidden == (at("why"),)


def test_what_is_worked_out_is_empty_while_an_answer_is_missing_and_says_which() -> None:
    sheet = opened(BMI)
    sheet.answer(at("kg"), "72.5")
    assert value(sheet, "bmi") is None
    assert sheet.missing_for(at("bmi")) == (at("cm"),)
    sheet.answer(at("cm"), "168")
    sheet.answer(at("kg"), None)
    assert value(sheet, "bmi") is None
    assert at("bmi") not in sheet.body.answers


def test_nobody_can_say_what_is_worked_out() -> None:
    sheet = opened(BMI)
    assert not sheet.answer(at("bmi"), "30")
    assert sheet.problems() == ()


def test_opening_works_out_what_the_answers_say() -> None:
    body = Body(answers={at("kg"): Answer(value="72.5"), at("cm"): Answer(value="168")})
    assert value(opened(BMI, body), "bmi") == "25.7"
    assert brought_up_to_date(BMI, body).answers[at("bmi")].value == "25.7"


def test_a_failing_formula_says_why_and_stops_nothing_else() -> None:
    of = form(
        item("a", "integer"),
        item("bad", "string", extension=[formula("calculatedExpression", "(1 | 2).single()")]),
        item("good", "integer", extension=[formula("calculatedExpression", f"{said('a')} + 1")]),
    )
    sheet = opened(of)
    sheet.answer(at("a"), 4)
    assert value(sheet, "good") == 5
    assert "several" in sheet.failures()[at("bad")]


def test_an_incomplete_scale_has_no_total_and_a_hidden_part_does_not_count() -> None:
    scale = {
        "url": OURS + "scale",
        "extension": [
            {"url": name, kind: given}
            for name, kind, given in (
                ("id", "valueString", "mood"),
                ("name", "valueString", "Mood"),
                ("low", "valueDecimal", 0),
                ("high", "valueDecimal", 9),
                ("part", "valueString", "one"),
                ("part", "valueString", "two"),
                ("part", "valueString", "three"),
            )
        ],
    }
    of = form(
        scored("one"),
        scored("two"),
        scored("three", enableWhen=[{"question": "one", "operator": "=", "answerCoding": coding("3")}]),
        item("total", "integer", extension=[scale]),
    )
    sheet = opened(of)
    sheet.answer(at("one"), coding("2"))
    assert value(sheet, "total") is None
    assert sheet.missing_for(at("total")) == (at("two"),)
    sheet.answer(at("two"), coding("1"))
    assert value(sheet, "total") == 3
    sheet.answer(at("one"), coding("3"))  # now the third is asked
    assert value(sheet, "total") is None
    assert sheet.missing_for(at("total")) == (at("three"),)
    sheet.answer(at("three"), coding("3"))
    assert value(sheet, "total") == 7


def test_a_plain_sum_of_scores_waits_for_every_part_too() -> None:
    links = ("one", "two", "three")
    total = "+".join(f"%resource.item.where(linkId='{link}').answer.value.ordinal()" for link in links)
    whole = "%resource.item.answer.value.ordinal().sum()"
    for text in (
        total,
        "%resource.item.where(linkId='one' or linkId='two' or linkId='three').answer.value.ordinal().sum()",
        whole,
    ):
        of = form(
            *map(scored, links), item("total", "decimal", extension=[formula("calculatedExpression", text)])
        )
        sheet = opened(of)
        sheet.answer(at("one"), coding("2"))
        sheet.answer(at("two"), coding("2"))
        if text != whole:
            assert value(sheet, "total") is None, text
        sheet.answer(at("three"), coding("3"))
        assert value(sheet, "total") == "7", text


ROWS = form(
    item("limit", "integer"),
    item(
        "drug",
        "group",
        item("name", "string"),
        item("days", "integer"),
        item(
            "often",
            "boolean",
            extension=[
                formula(
                    "calculatedExpression",
                    "%context.answer.empty() and %row.item.where(linkId='days').answer.value > 10",
                )
            ],
        ),
        item(
            "why",
            "string",
            extension=[
                formula("enableWhenExpression", "%row.item.where(linkId='days').answer.value > %most")
            ],
        ),
        repeats=True,
        extension=[formula("variable", "%context", "row")],
    ),
    item(
        "sum",
        "integer",
        extension=[
            formula(
                "calculatedExpression",
                "%resource.item.where(linkId='drug').item.where(linkId='days').answer.value.sum()",
            )
        ],
    ),
    extension=[formula("variable", said("limit"), "most")],
)


def test_a_formula_in_a_row_sees_its_own_row_and_no_other() -> None:
    sheet = opened(ROWS)
    one = sheet.add_row(paths.ROOT, LinkId("drug"))
    two = sheet.add_row(paths.ROOT, LinkId("drug"))
    sheet.answer(at("limit"), 20)
    change = sheet.answer(at(f"{one}/days"), 25)
    assert change.shown == (at(f"{one}/why"),)
    assert not sheet.shown(at(f"{two}/why"))
    sheet.answer(at(f"{two}/days"), 5)
    assert sheet.shown(at(f"{one}/why"))
    assert not sheet.shown(at(f"{two}/why"))
    assert value(sheet, "sum") == 30
    sheet.answer(at("limit"), 30)
    assert not sheet.shown(at(f"{one}/why"))
    sheet.remove_row(one)
    assert value(sheet, "sum") == 5


YEAR = ".toString().substring(0, 4).toInteger()"
AGE = f"today(){YEAR} - {said('born')}{YEAR}"


def test_today_is_fixed_for_an_opening_and_without_a_day_what_stands_is_kept() -> None:
    of = form(
        item("born", "date"),
        item(
            "age",
            "integer",
            extension=[
                formula(
                    "calculatedExpression",
                    AGE,
                )
            ],
        ),
    )
    sheet = opened(of)
    sheet.answer(at("born"), "2019-03-04")
    assert value(sheet, "age") == 7
    assert Workings(of, sheet.body).body.answers[at("age")].value == 7  # no day there: it stays as it was


def test_options_words_and_limits_can_follow_from_answers() -> None:
    of = form(
        item("name", "string", repeats=True),
        item("who", "choice", extension=[formula("answerExpression", said("name"))]),
        item("from", "date"),
        item(
            "to",
            "date",
            extension=[
                {
                    "url": HL7 + "minValue",
                    "_valueDate": {
                        "extension": [
                            extension(
                                HL7 + "cqf-expression",
                                {"language": "text/fhirpath", "expression": said("from")},
                                "valueExpression",
                            )
                        ]
                    },
                }
            ],
        ),
        {
            **item("said", "text"),
            "_text": {
                "extension": [
                    extension(
                        HL7 + "cqf-expression",
                        {"language": "text/fhirpath", "expression": f"'What did ' + {said('who')} + ' say?'"},
                        "valueExpression",
                    )
                ]
            },
        },
    )
    sheet = opened(of)
    change = sheet.answer(at("name"), ["Maisie", "Leo"])
    assert change.options == (at("who"),)
    assert [each.value for each in sheet.options(at("who"))] == ["Maisie", "Leo"]
    change = sheet.answer(at("who"), "Leo")
    assert change.labels == (at("said"),)
    assert sheet.label(at("said")) == "What did Leo say?"
    sheet.answer(at("who"), "Nobody")
    assert [each.code for each in sheet.problems()] == ["not-offered"]
    sheet.answer(at("who"), "Leo")
    sheet.answer(at("from"), "2026-03-05")
    sheet.answer(at("to"), "2026-03-04")
    assert [each.code for each in sheet.problems()] == ["too-small"]
    sheet.answer(at("to"), "2026-03-05")
    assert sheet.problems() == ()


def constraint(text: str, words: str, severity: str = "error") -> dict[str, Any]:
    return {
        "url": "http://hl7.org/fhir/StructureDefinition/questionnaire-constraint",
        "extension": [
            {"url": "key", "valueId": "k1"},
            {"url": "severity", "valueCode": severity},
            {"url": "expression", "valueString": text},
            {"url": "human", "valueString": words},
        ],
    }


def test_rules_of_an_item_and_of_the_form_are_problems_in_the_forms_own_words() -> None:
    of = form(
        item("from", "date"),
        item(
            "to",
            "date",
            extension=[constraint(f"answer.value >= {said('from')}", "It ends before it begins")],
        ),
        extension=[
            constraint(
                "item.where(linkId='to').answer.exists() implies item.where(linkId='from').answer.exists()",
                "Say when it began",
                "warning",
            )
        ],
    )
    sheet = opened(of)
    sheet.answer(at("to"), "2026-03-04")
    assert [(each.code, each.severity, each.facts["words"]) for each in sheet.problems()] == [
        ("rule", "look", "Say when it began")
    ]
    sheet.answer(at("from"), "2026-03-05")
    (problem,) = sheet.problems()
    assert (problem.path, problem.severity, problem.facts["words"]) == (
        at("to"),
        "must",
        "It ends before it begins",
    )
    sheet.answer(at("to"), "2026-03-05")
    assert sheet.problems() == ()


def test_a_circle_through_formulas_is_found_and_only_its_formulas_are_left_out() -> None:
    of = form(
        item("a", "integer", extension=[formula("calculatedExpression", f"{said('b')} + 1")]),
        item("b", "integer", extension=[formula("calculatedExpression", f"{said('a')} + 1")]),
        item("c", "integer", extension=[formula("calculatedExpression", f"{said('a')} + 1")]),
    )
    assert sorted((each.item, each.feature) for each in plan_of(of).faults) == [
        ("a", "calculatedExpression"),
        ("b", "calculatedExpression"),
    ]
    assert value(opened(of), "c") is None


def test_a_variable_that_asks_for_itself_is_a_fault() -> None:
    of = form(
        item(
            "a",
            "integer",
            extension=[formula("variable", "%x + 1", "x"), formula("calculatedExpression", "%x")],
        )
    )
    assert [each.feature for each in plan_of(of).faults] == ["variable"]
    assert value(opened(of), "a") is None


def test_names_with_hyphens_are_read_as_their_authors_meant() -> None:
    of = form(
        item("1", "boolean"),
        item("2", "string", extension=[formula("enableWhenExpression", "%has-fever")]),
        extension=[
            formula("variable", "%resource.descendants().where(linkId='1').answer.value", "has-fever")
        ],
    )
    sheet = opened(of)
    assert plan_of(of).faults == ()
    assert not sheet.shown(at("2"))
    assert sheet.answer(at("1"), True).shown == (at("2"),)


def test_what_cannot_be_said_to_show_is_not_hidden_with_an_answer_in_it() -> None:
    of = form(item("a", "string", extension=[formula("enableWhenExpression", "%family.plan = 'CP'")]))
    was = Body(answers={at("a"): Answer(value="words", by=AMARA.id, at=NOW)})
    assert Workings(of, was).shown(at("a"))
    there = Surroundings(today=TODAY, now=HERE.now, variables={"family": {"plan": "CIN"}})
    assert not Workings(of, was, there).shown(at("a"))
    assert Workings(
        of, was, Surroundings(today=TODAY, now=HERE.now, variables={"family": {"plan": "CP"}})
    ).shown(at("a"))


def test_a_sentence_says_nothing_while_nothing_it_rests_on_is_answered() -> None:
    text = f"iif({said('a')} > 5, 'Much', 'Little')"
    of = form(
        item("a", "integer"),
        item("words", "string", extension=[formula("calculatedExpression", text)]),
        item("is", "boolean", extension=[formula("calculatedExpression", f"{said('a')}.exists()")]),
    )
    sheet = opened(of)
    assert value(sheet, "words") is None
    assert value(sheet, "is") is False
    sheet.answer(at("a"), 3)
    assert value(sheet, "words") == "Little"


FILTERS = {
    "in": "%resource.item.where(linkId in ('one' | 'two' | 'three')).answer.value.ordinal().sum()",
    "contains": "%resource.item.where(('one'|'two'|'three') contains linkId).answer.value.ordinal().sum()",
    "anywhere": "%resource.descendants().where(linkId in ('one'|'two'|'three')).answer.value.ordinal().sum()",
    "repeat": "%resource.repeat(item).where(linkId in ('one'|'two'|'three')).answer.value.ordinal().sum()",
    "aggregate": "%resource.item.where(linkId in ('one'|'two'|'three')).answer.value.ordinal()"
    ".aggregate($this + $total, 0)",
    "and": "%resource.item.where(answer.exists() and linkId in ('one'|'two'|'three')).answer.value.weight()"
    ".sum()",
    "a pattern": "%resource.item.where(linkId.matches('^(one|two|three)$')).answer.value.ordinal().sum()",
    "all but": "%resource.item.where(linkId != 'total').answer.value.ordinal().sum()",
    "a choice": "iif(%resource.item.where(linkId='asked').answer.value = false, 0,"
    " %resource.item.where(linkId in ('one'|'two'|'three')).answer.value.ordinal().sum())",
    "a variable": "%scores.sum()",
    "everything on a level": "%resource.item.answer.value.ordinal().sum()",
    "everything, added up": "%resource.item.answer.value.ordinal() . aggregate($this + $total, 0)",
}


@pytest.mark.parametrize("name", FILTERS)
def test_an_incomplete_scale_gives_no_total_however_its_questions_are_picked(name: str) -> None:
    of = form(
        *map(scored, ("one", "two", "three")),
        item("g", "group", scored("four")),
        item("asked", "boolean") if name == "a choice" else item("words", "display"),
        item("total", "decimal", extension=[formula("calculatedExpression", FILTERS[name])]),
        extension=[
            formula(
                "variable",
                "%resource.item.where(linkId in ('one'|'two'|'three')).answer.value.ordinal()",
                "scores",
            )
        ],
    )
    sheet = opened(of)
    if name == "a choice":
        sheet.answer(at("asked"), True)
    sheet.answer(at("one"), coding("2"))
    sheet.answer(at("two"), coding("2"))
    assert value(sheet, "total") is None
    assert sheet.missing_for(at("total")) == (at("three"),)
    sheet.answer(at("three"), coding("3"))
    assert value(sheet, "total") == "7"
    sheet.answer(at("two"), None)
    assert value(sheet, "total") is None


UNNAMED = {
    "items of a group": "%resource.item.where(linkId='g').item.answer.value.ordinal().sum()",
    "all in a group": "%resource.item.where(linkId='g').descendants().answer.value.ordinal().sum()",
    "all there is": "%resource.repeat(item).answer.value.ordinal().sum()",
    "all answers": "%resource.answers().value.ordinal().sum()",
    "aggregate": "%resource.item.where(linkId='g').item.answer.value.ordinal().aggregate($this + $total, 0)",
    "a variable": "%parts.answer.value.ordinal().sum()",
    "select": "%resource.item.where(linkId='g').item.select(answer.value.ordinal()).sum()",
    "a mean": "%resource.item.where(linkId='g').item.answer.value.ordinal().avg() * 3",
}


@pytest.mark.parametrize("name", UNNAMED)
def test_an_incomplete_scale_gives_no_total_though_its_formula_names_no_question(name: str) -> None:
    of = form(
        item("g", "group", *map(scored, ("one", "two", "three"))),
        item("total", "decimal", extension=[formula("calculatedExpression", UNNAMED[name])]),
        extension=[formula("variable", "%resource.item.where(linkId='g').item", "parts")],
    )
    sheet = opened(of)
    assert value(sheet, "total") is None
    sheet.answer(at("one"), coding("2"))
    sheet.answer(at("two"), coding("2"))
    assert value(sheet, "total") is None
    assert sheet.missing_for(at("total")) == (at("three"),)
    sheet.answer(at("three"), coding("3"))
    assert round(Decimal(str(value(sheet, "total"))), 9) == 7


def test_a_total_of_two_of_a_group_waits_for_those_two() -> None:
    part = "%resource.item.where(linkId='g').item.where(linkId='{}').answer.value.ordinal()"
    text = f"{part.format('one')} + {part.format('two')}"
    of = form(
        item("g", "group", *map(scored, ("one", "two", "three"))),
        item("total", "decimal", extension=[formula("calculatedExpression", text)]),
    )
    sheet = opened(of)
    sheet.answer(at("one"), coding("2"))
    assert value(sheet, "total") is None
    sheet.answer(at("two"), coding("2"))
    assert value(sheet, "total") == "4"


def test_a_sum_of_numbers_waits_for_each_of_them_too_and_a_total_for_its_parts() -> None:
    text = "%resource.item.where(linkId.startsWith('n')).answer.value.sum()"
    of = form(
        item("n1", "integer"),
        item("n2", "integer"),
        item("sub", "integer", extension=[formula("calculatedExpression", text)]),
        item("n3", "integer"),
        item(
            "all",
            "integer",
            extension=[
                formula(
                    "calculatedExpression",
                    "%resource.item.where(linkId in ('sub' | 'more')).answer.value.sum()",
                )
            ],
        ),
        item("more", "integer"),
    )
    sheet = opened(of)
    sheet.answer(at("n1"), 1)
    sheet.answer(at("more"), 5)
    assert (value(sheet, "sub"), value(sheet, "all")) == (None, None)
    sheet.answer(at("n2"), 2)
    sheet.answer(at("n3"), 3)
    assert (value(sheet, "sub"), value(sheet, "all")) == (6, 11)


def test_a_sum_of_all_numbers_on_a_level_waits_for_those_alone() -> None:
    of = form(
        item("n1", "integer"),
        item("g", "group", item("n2", "integer"), item("n3", "integer"), item("words", "string")),
        item(
            "all",
            "integer",
            extension=[formula("calculatedExpression", "%resource.item.item.answer.value.sum()")],
        ),
    )
    sheet = opened(of)
    sheet.answer(at("n2"), 2)
    assert value(sheet, "all") is None
    sheet.answer(at("n3"), 3)
    assert value(sheet, "all") == 5


def test_a_pattern_that_keeps_the_total_itself_makes_no_circle() -> None:
    text = "%resource.item.where(linkId.startsWith('t')).answer.value.ordinal().sum()"
    of = form(
        scored("t1"),
        scored("t2"),
        item("total", "decimal", extension=[formula("calculatedExpression", text)]),
    )
    assert plan_of(of).faults == ()
    sheet = opened(of)
    sheet.answer(at("t1"), coding("2"))
    assert value(sheet, "total") is None
    sheet.answer(at("t2"), coding("1"))
    assert value(sheet, "total") == "3"
    sheet.answer(at("t2"), coding("3"))
    assert value(sheet, "total") == "5"


def test_a_variable_of_a_row_can_use_another_of_the_same_row() -> None:
    of = form(
        item(
            "drug",
            "group",
            item("days", "integer"),
            item("twice", "integer", extension=[formula("calculatedExpression", "%days * 2")]),
            repeats=True,
            extension=[
                formula("variable", "%context", "row"),
                formula("variable", "%row.item.where(linkId='days').answer.value", "days"),
            ],
        ),
    )
    sheet = opened(of)
    rows = [sheet.add_row(paths.ROOT, LinkId("drug")) for _ in range(2)]
    rows = [each[0] if isinstance(each, tuple) else each for each in rows]
    for row, days in zip(rows, (3, 5), strict=True):
        sheet.answer(paths.child(row, LinkId("days")), days)
    assert [value(sheet, paths.child(row, LinkId("twice"))) for row in rows] == [6, 10]


def test_what_reads_every_row_follows_in_every_row() -> None:
    whole = "%resource.descendants().where(linkId='days').answer.value.sum()"
    of = form(
        item(
            "drug",
            "group",
            item("days", "integer"),
            item("all", "integer", extension=[formula("calculatedExpression", whole)]),
            repeats=True,
        ),
    )
    sheet = opened(of)
    rows = [sheet.add_row(paths.ROOT, LinkId("drug")) for _ in range(2)]
    rows = [each[0] if isinstance(each, tuple) else each for each in rows]
    for row, days in zip(rows, (3, 5), strict=True):
        sheet.answer(paths.child(row, LinkId("days")), days)
    assert [value(sheet, paths.child(row, LinkId("all"))) for row in rows] == [8, 8]
