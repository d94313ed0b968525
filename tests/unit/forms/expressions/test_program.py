"""What expressions come to, what they are seen to read, and what they are refused for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from workbook_desktop.forms.expressions import (
    Amount,
    CannotWorkOut,
    Environment,
    ExpressionRefused,
    PartialDate,
    PartialDateTime,
    PartialTime,
    compile_expression,
)

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=timezone(timedelta(0)))
CHILD = {
    "resourceType": "Patient",
    "birthDate": "2016-11-22",
    "name": [{"given": ["Maisie"], "family": "Tolland"}],
    "deceasedBoolean": False,
}


def work_out(text: str, **variables: Any) -> list[Any]:
    environment = Environment(resource=None, variables=variables, today=NOW.date(), now=NOW)
    return compile_expression(text).run(None, environment)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("%child.birthDate + 10 years <= today()", [True]),
        ("%child.birthDate + 10 years + 1 day <= today()", [False]),
        ("today() - 3 years", [PartialDate(parts=(2023, 11, 22))]),
        ("@2024-02-29 + 1 year", [PartialDate(parts=(2025, 2, 28))]),
        ("@2026-01-31 + 1 month", [PartialDate(parts=(2026, 2, 28))]),
        ("@2024 < @2024-06", []),
        ("@2024 < @2025-06", [True]),
        ("@2024-06 = @2024-06-01", []),
        ("@2024-06 ~ @2024-06-01", [False]),
        ("now() > @2026-11-22T14:00:00+00:00", [True]),
        ("timeOfDay() >= @T14:30", []),
        ("0.1 + 0.2 = 0.3", [True]),
        ("7 div 2", [3]),
        ("-7 mod 3", [-1]),
        ("1 / 0", []),
        ("(1.005).round(2)", [Decimal("1.01")]),
        ("1 / 3 * 3 ~ 1", [True]),
        ("{} and false", [False]),
        ("{} or true", [True]),
        ("{} implies true", [True]),
        ("{} and true", []),
        ("{} & 'a'", ["a"]),
        ("{} + 'a'", []),
        ("iif(true, 'now', 1.power(%nobody))", ["now"]),
        ("3 months > 2 months", [True]),
        ("1 'kg' = 1000 'g'", [True]),
        ("1 'kg' > 1 'm'", []),
        ("('b' | 'a' | 'b').join(',')", ["b,a"]),
        ("(3 | 1 | 2).max()", [3]),
        ("%child.name.given & ' ' & %child.name.family", ["Maisie Tolland"]),
        ("%child.deceased", [False]),
        ("{}.sum()", [0]),
        ("%empty.exists()", [False]),
        ("'2026-11-22'.toDate() = today()", [True]),
        ("(1 | 2 | 3).aggregate($this + $total, 0)", [6]),
        ("('a' | 'b').select($index)", [0, 1]),
        ("'a b'.matches('^a.b$') and 'abc'.replaceMatches('(b)', '<$1>') = 'a<b>c'", [True]),
        ("`x`.exists()", [False]),
        ("%child.birthDate.age()", [10]),
        ("%child.birthDate.age(@2026-11-21)", [9]),
        ("%child.birthDate.age(@2010-01-01)", []),
        ("@2020-02-29.age(@2021-02-28)", [0]),
        ("@2020-02-29.age(@2021-03-01)", [1]),
        ("@2016-10.age()", [10]),
        ("@2016.age()", []),
        ("{}.age()", []),
    ],
)
def test_an_expression_comes_to_what_the_specification_says(text: str, result: list[Any]) -> None:
    assert work_out(text, child=CHILD, empty=[]) == result


def test_results_keep_what_is_known_of_a_moment() -> None:
    assert work_out("now()") == [PartialDateTime(parts=(2026, 11, 22, 14, 30, Decimal(0)), offset=0)]
    assert [str(each) for each in work_out("@2026-11 | @2026-11-22T10 | @T10:30")] == [
        "2026-11",
        "2026-11-22T10",
        "10:30",
    ]
    assert work_out("@T10:30") == [PartialTime(parts=(10, 30))]
    assert work_out("4 days") == [Amount(value=Decimal(4), unit="days")]


G = "%resource.item.where(linkId='g')"


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        (f"{G}.item.where(linkId='q').answer.value", "g q"),
        ("%resource.repeat(item).where(linkId='q').answer.value.sum()", "q"),
        ("%resource.descendants().where('q' = linkId).answer.exists()", "q"),
        ("%resource.repeat(answer | item).where(linkId='q').answer.value", "q"),
        ("%resource.repeat(item).where(linkId='a' or linkId='b').answer.count()", "a b"),
        ("%resource.repeat(item).where(linkId='a' and answer.exists()).select(answer.value)", "a"),
        ("item.where(linkId='q').answer.value > 3 and %x.exists()", "q"),
        ("iif(%c, item.where(linkId='a'), item.where(linkId='b')).answer.value", "a b"),
        ("(item.where(linkId='a') | item.where(linkId='b')).answer.value", "a b"),
        ("%resource.item.where(linkId='a').answer.item.where(linkId='b').answer", "a b"),
        ("%g.item.where(linkId='q').answer.value", "q"),
        ("%resource.item.exists(linkId='q')", "q"),
        ("answer.value * 2", "."),
        ("%context.answer.value.exists()", "."),
        ("%resource.id", ""),
        ("%child.birthDate + 1 year < today()", ""),
        ("'a' & %name", ""),
    ],
)
def test_what_an_expression_reads_is_told_from_its_text(text: str, reads: str) -> None:
    program = compile_expression(text)
    assert program.reads == {"" if each == "." else each for each in reads.split()}
    assert not program.reads_all


@pytest.mark.parametrize(
    "text",
    [
        "%resource.item.answer.value.sum()",
        "%resource.descendants().answer.count()",
        "%resource.repeat(item).where(linkId.startsWith('q'))",
        "%resource.repeat(item).where(linkId = %which).answer.value",
        "item.first().answer.value",
        "%g.descendants().answer.exists()",
        "%resource.answers().value.ordinal().sum()",
        "item.where(answer.value = 1)",
        "%resource",
        "item.where(linkId='a' or answer.exists())",
    ],
)
def test_where_the_text_does_not_tell_everything_is_read(text: str) -> None:
    assert compile_expression(text).reads_all


def test_a_program_says_which_variables_and_whether_the_clock_are_asked() -> None:
    program = compile_expression("iif(%score > 3, %child.birthDate, %resource.id) <= today()")
    assert program.names == {"score", "child", "resource"}
    assert program.uses_clock
    assert not compile_expression("%today").uses_clock
    assert compile_expression("%child.birthDate.age() > 9").uses_clock
    assert not compile_expression("%child.birthDate.age(%day) > 9").uses_clock


@pytest.mark.parametrize(
    ("text", "feature", "position"),
    [
        ("1 +", "syntax", 3),
        ("item.where(linkId = 'a'", "syntax", 23),
        ("'no end", "syntax", 0),
        ("%patient.resolve()", "function", 9),
        ("code.memberOf('x')", "function", 5),
        ("frobnicate()", "function", 0),
        ("count(1, 2)", "function", 0),
        ("@2026-02-30", "syntax", 0),
        ("x.ofType(strange)", "type", 2),
        ("'a'.matches('(a+)+b(a+)+c(a+)+d')", "pattern", 4),
        ("(" * 100 + "1" + ")" * 100, "size", None),
        ("1" + "+1" * 6000, "size", None),
        ("", "syntax", 0),
        (" " * 9999 + "é", "syntax", 9999),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(text: str, feature: str, position: int | None) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        compile_expression(text)
    assert refused.value.feature == feature
    if position is not None:
        assert refused.value.position == position


UP_TO = "(1).repeat(iif($this < {0}, $this + 1, {{}}))"
_TENS = "(0|1|2|3|4|5|6|7|8|9)"


def _nested(depth: int) -> str:
    return f"{_TENS}.select({_nested(depth - 1)})" if depth else "1"


def _greedy() -> Iterable[str]:
    yield "(1).repeat($this + 1).count()"
    yield "('ab').repeat($this & $this)"
    yield "2.power(1000000)"
    yield "100.exp().exp()"
    yield _nested(7)
    yield f"{UP_TO.format(50)}.aggregate($total & $total & 'long', '').length()"
    yield f"{UP_TO.format(50)}.aggregate($total * $total, 99)"
    yield UP_TO.format(1_000_000)
    yield f"{UP_TO.format(5000)}.select('{'a' * 250}'.matches('a*a*a*b'))"
    yield f"{UP_TO.format(3000)}.select('{'x' * 900}').join().replace('', '{'y' * 900}')"
    yield "(@2020-01-01).repeat($this + 1 day)"


@pytest.mark.parametrize("text", [*_greedy()], ids=range(11))
def test_what_would_take_for_ever_is_given_up(text: str) -> None:
    with pytest.raises(CannotWorkOut):
        work_out(text)


def test_a_variable_that_asks_for_itself_is_given_up() -> None:
    environment: Environment

    def again() -> list[Any]:
        return compile_expression("%loop + 1").run(None, environment)

    environment = Environment(resource=None, variables={"loop": again}, today=NOW.date(), now=NOW)
    with pytest.raises(CannotWorkOut):
        again()


def test_why_nothing_can_be_worked_out_holds_no_answer() -> None:
    for text in (
        "%secret + 1",
        "%secret > 3",
        "%secret.toChars() + 'a'",
        "%secret.sum()",
        "%secret.decode('hex')",
    ):
        with pytest.raises(CannotWorkOut) as failed:
            work_out(text, secret="Maisie")
        assert "Maisie" not in failed.value.why


def test_the_clock_is_the_one_that_was_handed_in() -> None:
    early = datetime(2020, 2, 29, 8, 0, tzinfo=UTC)
    environment = Environment(resource=None, today=early.date(), now=early)
    assert compile_expression("today()").run(None, environment) == [PartialDate(parts=(2020, 2, 29))]


def _many(what: str) -> str:
    numbers = "(" + "|".join(map(str, range(300))) + ")"
    return f"{numbers}.select({numbers}.where({what}))"


@pytest.mark.parametrize(
    "text",
    [
        _many("'" + "a" * 30 + "'.matches('a*a*a*b')"),
        _many("'" + "a" * 30 + "'.matches('a*a*a' & '*b')"),
        _many("'a'.matches('" + "(b|c)" * 40 + "' & $this.toString())"),  # another pattern each time
        _many("'" + "a" * 90 + "'.replaceMatches('a*a*b', 'x') = ''"),
        _many("%resource.descendants().count() > 3"),
        "(1|2).repeat($this + 1)",
    ],
)
def test_what_never_ends_is_given_up_after_so_many_steps(text: str) -> None:
    with pytest.raises(CannotWorkOut, match="takes too long"):
        work_out(text)


def test_a_pattern_too_heavy_to_be_tried_from_every_letter_is_refused_or_cannot_be_worked_out() -> None:
    pattern = "(a|a)" * 17 + "b"
    with pytest.raises(ExpressionRefused, match="for ever"):
        compile_expression(f"'abc'.matches('{pattern}')")
    with pytest.raises(CannotWorkOut, match="for ever"):
        work_out(f"'abc'.matches('{pattern[:3]}' & '{pattern[3:]}')")
