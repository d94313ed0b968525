"""A form that works things out, on the screen: values, what is missing, options and words that follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from tests.support.desk import BEA
from tests.support.form_bench import Bench
from tests.support.forms import HL7, OURS, extension, form, item
from ui.fields.worked import WorkedEditor
from ui.screens.form.earlier import EarlierPage
from ui.screens.form.section import SectionPage
from ui.widgets.text import Label
from workbook_desktop.domain.ids import FamilyId, FieldPath
from workbook_desktop.domain.records import Answer
from workbook_desktop.forms.versions import EARLIER

TOLLAND = FamilyId("f-tolland")
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"


def said(link: str) -> str:
    return f"%resource.descendants().where(linkId='{link}').answer.value"


def formula(name: str, text: str) -> dict[str, Any]:
    return extension(SDC + name, {"language": "text/fhirpath", "expression": text}, "valueExpression")


def band(low: int, high: int, label: str, tone: str, action: str = "") -> dict[str, Any]:
    parts = [("from", "valueDecimal", low), ("to", "valueDecimal", high), ("label", "valueString", label)]
    parts += (
        [("tone", "valueCode", tone), ("action", "valueString", action)]
        if action
        else [("tone", "valueCode", tone)]
    )
    return {"url": "band", "extension": [{"url": name, kind: value} for name, kind, value in parts]}


SCALE = {
    "url": OURS + "scale",
    "extension": [
        {"url": "id", "valueString": "mood"},
        {"url": "name", "valueString": "Mood"},
        {"url": "low", "valueDecimal": 0},
        {"url": "high", "valueDecimal": 20},
        {"url": "part", "valueString": "one"},
        {"url": "part", "valueString": "two"},
        band(0, 9, "Low", "good"),
        band(10, 20, "High", "bad", "Talk to your manager"),
    ],
}
FORM = form(
    item("one", "integer", text="First"),
    item("two", "integer", text="Second"),
    item("total", "integer", text="Total", extension=[SCALE]),
    item("name", "string", text="Name", repeats=True),
    item("who", "choice", text="Who", extension=[formula("answerExpression", said("name"))]),
    {
        **item("words", "text", text="What was said?"),
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
    item("more", "string", text="More", extension=[formula("enableWhenExpression", f"{said('total')} > 9")]),
    item("bad", "string", text="Bad", extension=[formula("calculatedExpression", "(1 | 2).single()")]),
)


def worked(bench: Bench, path: str) -> WorkedEditor:
    editor = bench.page.parts.fields[FieldPath(path)].editor
    assert isinstance(editor, WorkedEditor)
    return editor


def test_a_total_says_what_it_needs_then_its_band_and_what_follows(bench: Bench) -> None:
    bench.open(FORM)
    total = worked(bench, "total")
    assert total.note.text() == "Still needs “First”, “Second”"
    bench.tab_to("answer:one")
    bench.keys("4")
    assert total.note.text() == "Still needs “Second”"
    assert not total.words.isVisibleTo(bench.page)
    bench.tab_to("answer:two")
    bench.keys("8")
    assert total.words.text() == "12"
    assert total.band.text == "High"
    assert total.advice.text() == "Talk to your manager"
    assert total.note.text() == "Worked out from your answers"
    assert "Total 12 High" in total.words.accessibleName()
    assert bench.page.findChild(QLineEdit, "answer:more") is not None
    bench.kept()
    assert bench.stored("total") == 12


def test_what_cannot_be_worked_out_says_why(bench: Bench) -> None:
    bench.open(FORM)
    assert worked(bench, "bad").note.text().startswith("Cannot be worked out: ")


def test_what_is_worked_out_is_no_stop_and_not_optional(bench: Bench) -> None:
    bench.open(FORM)
    bench.tab_to("answer:two")
    bench.keys(Qt.Key.Key_Tab)
    assert bench.focused.objectName().startswith("answer:name")
    assert "optional" not in bench.page.parts.fields[FieldPath("total")].label.text()


def test_options_and_words_follow_while_the_page_is_open(bench: Bench) -> None:
    bench.open(FORM)
    bench.tab_to("answer:name")
    bench.keys("Leo")
    field = bench.page.parts.fields[FieldPath("who")]
    assert [option.label for option in field.item.options] == ["Leo"]
    bench.tab_to("answer:who")
    bench.keys(" ")
    assert bench.page.parts.fields[FieldPath("words")].label.text() == "What did Leo say?"
    assert bench.screen.sheet.body.answers[FieldPath("who")].value == "Leo"


def test_a_filled_in_answer_says_where_from_and_what_it_was_once_changed(bench: Bench) -> None:
    bench.desk.add_form(FORM)
    view = bench.desk.start(FORM.ref, TOLLAND)
    source = {"record": "r-1", "title": "Home visit, 3 March 2026", "by": "Tom Harrow", "value": 5}
    filled = Answer(value=5, extra=(("unconfirmed", True), ("from", source)))
    bench.show(replace(view, body=view.body.with_answer(FieldPath("one"), filled)))
    field = bench.page.parts.fields[FieldPath("one")]
    notes = [each.text() for each in field.findChildren(Label) if "Tom Harrow" in each.text()]
    assert notes == ["From Home visit, 3 March 2026, by Tom Harrow: check it"]
    bench.tab_to("answer:one")
    bench.keys(Qt.Key.Key_End, Qt.Key.Key_Backspace, "7")
    assert not field.has_note("copied")
    notes = [each.text() for each in field.findChildren(Label) if "You changed" in each.text()]
    assert notes == ["You changed this. It was: 5 (Home visit, 3 March 2026, by Tom Harrow)"]
    bench.keys(Qt.Key.Key_Backspace, "5")
    assert not field.has_note("changed")


PIECES = form(
    item(
        "one",
        "group",
        item("when", "date", text="When"),
        item("count", "integer", text="Count", required=True),
    ),
    item(
        "two", "group", item("who", "string", text="Who", required=True), item("more", "string", text="More")
    ),
    item("three", "group", item("last", "string", text="Last", required=True)),
)


def test_what_is_wrong_is_said_once_with_links_and_the_second_time_goes_on(bench: Bench) -> None:
    screen = bench.open(PIECES)
    bench.tab_to("answer:when")
    bench.keys("31/2")
    screen.save_and_continue()
    assert screen.section == "one"
    assert bench.page.summary.isVisibleTo(screen)
    (link,) = bench.page.summary.links
    assert "date" in link.text().casefold()
    assert bench.ways.titles[-1].startswith("Error: ")
    link.click()
    assert bench.focused.objectName() == "answer:when"
    screen.save_and_continue()
    assert screen.section == "two"


def test_what_is_only_missing_is_no_error_and_continuing_goes_on(bench: Bench) -> None:
    screen = bench.open(PIECES)
    screen.save_and_continue()
    assert screen.section == "two"


def test_the_next_unanswered_question_is_one_key_away_across_sections(bench: Bench) -> None:
    screen = bench.open(PIECES)
    assert screen.answered() == (0, 5)
    for expected in ("answer:count", "answer:who", "answer:last", "answer:count"):
        bench.keys_with(Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        assert bench.focused.objectName() == expected
    bench.keys("3")
    assert screen.answered() == (1, 5)
    screen.next_unanswered()
    assert bench.focused.objectName() == "answer:who"


def test_what_was_kept_on_purpose_says_beside_it_what_is_known_otherwise(bench: Bench) -> None:
    bench.desk.add_form(FORM)
    view = bench.desk.start(FORM.ref, TOLLAND)
    source = {"title": "Home visit, 3 March 2026", "by": "Tom Harrow", "value": 5, "kept": True}
    kept = Answer(value=4, by=bench.desk.worker.id, extra=(("from", source),))
    bench.show(replace(view, body=view.body.with_answer(FieldPath("one"), kept)))
    field = bench.page.parts.fields[FieldPath("one")]
    notes = [each.text() for each in field.findChildren(Label) if "Tom Harrow" in each.text()]
    assert notes == ["You kept this. Known otherwise: 5 (Home visit, 3 March 2026, by Tom Harrow)"]


def test_what_a_colleague_kept_or_changed_is_said_to_be_theirs(bench: Bench) -> None:
    bench.desk.add_form(FORM)
    view = bench.desk.start(FORM.ref, TOLLAND)
    source = {"title": "Home visit, 3 March 2026", "by": "Tom Harrow", "value": 5}
    kept = Answer(value=4, by=BEA.id, extra=(("from", {**source, "kept": True, "kept_by": BEA.id}),))
    changed = Answer(value=3, by=BEA.id, extra=(("from", source),))
    body = view.body.with_answer(FieldPath("one"), kept).with_answer(FieldPath("two"), changed)
    bench.show(replace(view, body=body))
    notes = [
        each.text()
        for path in ("one", "two")
        for each in bench.page.parts.fields[FieldPath(path)].findChildren(Label)
        if "Tom Harrow" in each.text()
    ]
    assert [each.split(".")[0] for each in notes] == ["Bea Linnet kept this", "Bea Linnet changed this"]


TWO = form(
    item("g", "group", item("school", "string")),
    item("h", "group", item("other", "string")),
)


def test_answers_of_an_earlier_form_are_the_last_section(bench: Bench) -> None:
    bench.desk.add_form(TWO)
    view = bench.desk.start(TWO.ref, TOLLAND)
    gone = Answer(value="x", extra=((EARLIER, {"asked": "Pets", "shown": "A dog & a cat"}),))
    bench.show(replace(view, body=view.body.with_answer(FieldPath("pets"), gone)))
    assert [each.title for each in bench.screen.shown_sections()][-1] == "From the earlier form"
    bench.screen.next_section()
    bench.screen.next_section()
    page = bench.screen.page
    assert isinstance(page, EarlierPage)
    assert "A dog & a cat" in [each.text() for each in page.findChildren(Label)]
    bench.keys(Qt.Key.Key_Return)  # "Continue"
    assert bench.ways.went[-1] == ("check", view.record)
    bench.screen.previous_section()
    assert isinstance(bench.screen.page, SectionPage)


def test_answers_of_an_earlier_form_that_a_run_brings_show_too(bench: Bench) -> None:
    bench.desk.add_form(TWO)
    view = bench.desk.start(TWO.ref, TOLLAND)

    def noted(words: str) -> Answer:
        return Answer(value=words, by=BEA.id, extra=((EARLIER, {"asked": "What else?", "shown": words}),))

    screen = bench.show(replace(view, body=view.body.with_answer(FieldPath("one"), noted("A dog"))))
    screen.open_section(screen.shown_sections()[-1].id)
    bench.desk.colleague_answers(screen.record, "two", noted("A cat"))
    screen.refresh((screen.record,))
    bench.qtbot.waitUntil(lambda: "A cat" in [each.text() for each in screen.page.findChildren(Label)])
    assert "A dog" in [each.text() for each in screen.page.findChildren(Label)]
