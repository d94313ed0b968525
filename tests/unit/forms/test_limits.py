"""Limits that do not fit their question: left out, said by check, and refused by publish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.forms import extension, item, questionnaire
from workbook_desktop.commands.line import run
from workbook_desktop.forms.definition import Limits
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.publishing import Effect, Verdict, check_form, lint

LOW, HIGH = "minValue", "maxValue"


def limited(kind: str, *limits: tuple[str, str, Any], **more: Any) -> dict[str, Any]:
    """A form of one question with extensions of its limits: name, key, value."""
    return questionnaire(
        item("q1", kind, extension=[extension(name, value, key) for name, key, value in limits], **more)
    )


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "a date for a whole number": (limited("integer", (LOW, "valueDate", "2020-01-01")), LOW),
    "a year for a whole number": (limited("integer", (LOW, "valueDate", "2020")), LOW),
    "a number for a date": (limited("date", (HIGH, "valueInteger", 5)), HIGH),
    "no date for a date": (limited("date", (HIGH, "valueDate", "2026-02-31")), HIGH),
    "a number for a time": (limited("time", (HIGH, "valueInteger", 5)), HIGH),
    "a number for yes or no": (limited("boolean", (HIGH, "valueInteger", 5)), HIGH),
    "a number for words": (limited("string", (LOW, "valueInteger", 5)), LOW),
    "more than the most": (limited("integer", (LOW, "valueInteger", 9), (HIGH, "valueInteger", 3)), LOW),
    "after the last day": (
        limited("date", (LOW, "valueDate", "2026-03-02"), (HIGH, "valueDate", "2026-03-01")),
        LOW,
    ),
    "two of one": (limited("integer", (LOW, "valueInteger", 1), (LOW, "valueInteger", 2)), LOW),
    "letters of a date": (limited("date", ("minLength", "valueInteger", 3)), "minLength"),
    "less than no letters": (limited("string", ("minLength", "valueInteger", -3)), "minLength"),
    "letters of an answer from a list": (
        limited("choice", maxLength=5, answerOption=[{"valueString": "yes"}]),
        "maxLength",
    ),
    "letters of a whole number": (limited("integer", maxLength=5), "maxLength"),
    "no letters at all": (limited("string", maxLength=0), "maxLength"),
    "more letters than fit": (limited("string", ("minLength", "valueInteger", 9), maxLength=3), "minLength"),
    "a pattern for a number": (limited("integer", ("regex", "valueString", "[0-9]+")), "regex"),
    "a pattern that is no text": (limited("string", ("regex", "valueInteger", 5)), "regex"),
    "two answers of what is asked once": (
        limited("string", ("questionnaire-minOccurs", "valueInteger", 2)),
        "minOccurs",
    ),
    "three rows of what does not repeat": (
        questionnaire(
            item(
                "q1",
                "group",
                item("in"),
                extension=[extension("questionnaire-maxOccurs", 3, "valueInteger")],
            )
        ),
        "maxOccurs",
    ),
    "more rows than allowed": (
        limited(
            "string",
            ("questionnaire-minOccurs", "valueInteger", 3),
            ("questionnaire-maxOccurs", "valueInteger", 2),
            repeats=True,
        ),
        "minOccurs",
    ),
    "decimal places of words": (
        limited("string", ("maxDecimalPlaces", "valueInteger", 2)),
        "maxDecimalPlaces",
    ),
    "half a decimal place": (
        limited("decimal", ("maxDecimalPlaces", "valueDecimal", 1.5)),
        "maxDecimalPlaces",
    ),
    "megabytes of words": (limited("string", ("maxSize", "valueDecimal", 2)), "maxSize"),
    "a file smaller than nothing": (limited("attachment", ("maxSize", "valueDecimal", -2)), "maxSize"),
    "a file type of a date": (limited("date", ("mimeType", "valueCode", "image/png")), "mimeType"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_limit_that_does_not_fit_is_named_and_not_checked(name: str) -> None:
    given, feature = UNFIT[name]
    report = check_form(json.dumps(given).encode())
    assert report.verdict is Verdict.DEGRADED
    assert [(each.item, each.feature, each.effect) for each in report.reasons] == [
        ("q1", feature, Effect.LOGIC)
    ]
    assert report.form is not None
    if name != "two of one":  # there the first holds
        assert report.form.items[0].limits == Limits()
    assert (feature, True) in {(each.feature, each.refuses) for each in lint(report.form)}


def test_a_limit_without_a_value_is_named() -> None:
    for each in ({"url": extension(HIGH, 1, "x")["url"]}, extension(HIGH, None, "valueInteger")):
        report = check_form(questionnaire(item("q1", "integer", extension=[each])))
        assert [(one.item, one.feature) for one in report.reasons] == [("q1", HIGH)]


def test_limits_that_fit_are_kept() -> None:
    assert load(limited("integer", (LOW, "valueInteger", 1), (HIGH, "valueDecimal", 9.5))).items[
        0
    ].limits == Limits(min_value="1", max_value="9.5")
    assert load(limited("quantity", (LOW, "valueDecimal", 0.5))).items[0].limits.min_value == "0.5"
    assert load(limited("dateTime", (LOW, "valueDate", "2026-01"))).items[0].limits.min_value == "2026-01"
    assert load(limited("time", (LOW, "valueTime", "08:30"))).items[0].limits.min_value == "08:30"
    assert load(limited("open-choice", maxLength=9, answerOption=[{"valueString": "a"}])).items[
        0
    ].limits == Limits(max_length=9)


def test_one_answer_at_least_of_what_is_asked_once_is_to_be_said_as_required() -> None:
    given = limited("string", ("questionnaire-minOccurs", "valueInteger", 1))
    report = check_form(given)
    assert report.verdict is Verdict.ACCEPTED
    assert report.form is not None
    assert report.form.items[0].limits.min_occurs == 1
    assert ("q1", "minOccurs") in {(each.item, each.feature) for each in lint(report.form) if each.refuses}


def test_publish_refuses_a_limit_that_does_not_fit_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "form.json"
    given = limited("integer", (LOW, "valueDate", "2020-01-01"))
    path.write_text(json.dumps(given | {"url": "https://example.org/f", "version": "1"}), encoding="utf-8")
    assert run(["forms", "publish", str(path), "--dry-run"]) == 1
    said = capsys.readouterr().err
    assert "(q1)" in said
    assert "lower limit" in said
