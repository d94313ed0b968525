"""Numbers that are typed are checked as they are typed, in words, and never stop a signature."""

from __future__ import annotations

import pytest

from tests.support.forms import extension, form, item
from tests.support.forms import sheet as a_sheet
from tests.support.written import FAMILY, LEO, Written
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.identifiers import Identifier
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.paths import ROOT, child
from workbook_desktop.forms.check import words

CHILDREN = [
    {
        "reference": f"Person/{each.id}",
        "given": each.forename,
        "birthDate": str(each.birth_date),
        "plan": "CP" if each.id == "p-leo" else "",
    }
    for each in FAMILY.children
]
ASKED = {
    "nhs-number": ("999 000 0018", "999 000 0019", "This cannot be an NHS number"),
    "upn": ("C999000000001", "A999000000001", "This cannot be a UPN"),
    "la-child-id": ("AB12", "AB 12!", "letters and digits only"),
    "postcode": ("xx1 1aa", "1AA XX1", "not a UK postcode"),
    "phone": ("01632 960123", "12345", "not a phone number"),
}


@pytest.mark.parametrize("kind", ASKED)
def test_a_number_that_cannot_be_right_is_said_in_words_and_may_be_signed(kind: str) -> None:
    right, wrong, said = ASKED[kind]
    identifier = extension("https://workbook.invalid/fhir/StructureDefinition/identifier", kind, "valueCode")
    of = form(item("number", extension=[identifier]))
    filled = a_sheet(of)
    filled.answer(FieldPath("number"), right)
    assert filled.problems() == ()
    filled.answer(FieldPath("number"), wrong)
    (problem,) = filled.problems()
    assert (problem.severity, problem.path) == ("look", "number")
    shown = words(problem, of.by_link_id[LinkId("number")])
    assert said in shown
    assert wrong not in shown  # what is wrong is said without repeating the number
    assert filled.body.answers[FieldPath("number")].value == wrong


def test_every_kind_of_identifier_is_tried() -> None:
    assert set(ASKED) == set(Identifier)


def test_an_identifier_nobody_knows_refuses_the_form() -> None:
    unknown = extension(
        "https://workbook.invalid/fhir/StructureDefinition/identifier", "shoe-size", "valueCode"
    )
    with pytest.raises(FormRefused):
        form(item("number", extension=[unknown]))


def test_the_numbers_of_each_child_are_checked_and_never_copied_to_another() -> None:
    text = Written("child-and-family-assessment", "1.1.0", children=CHILDREN)
    maisie, leo = text.child("maisie"), text.child("leo")
    text.say({"child.nhs-number": "999 000 0018", "child.upn": "C999000000002"}, maisie)
    remarks = text.remarks()
    assert not any("NHS number" in each for each in remarks)
    assert "This cannot be a UPN: a character is wrong, or two are the wrong way round." in remarks
    text.sheet.copy_row(maisie, [leo], [LinkId("child.nhs-number"), LinkId("child.language")])
    assert child(leo, LinkId("child.nhs-number")) not in text.sheet.body.answers


def test_a_child_of_school_age_has_a_upn_or_a_reason() -> None:
    words_ = "Enter the UPN, or say why there is none: the child is of school age."
    text = Written("child-and-family-assessment", "1.1.0", about=("p-leo",), children=CHILDREN)
    assert words_ not in text.remarks()  # Leo is four
    text = Written("child-and-family-assessment", "1.1.0", about=("p-maisie",), children=CHILDREN)
    maisie = text.child("maisie")
    assert words_ in text.remarks()
    text.say({"child.upn-unknown": "UN5"}, maisie)
    assert words_ not in text.remarks()
    text.say({"child.upn-unknown": None, "child.upn": "C999000000001"}, maisie)
    assert words_ not in text.remarks()
    assert not text.shows("child.upn-unknown", maisie)


def test_a_referral_long_before_a_birth_is_said() -> None:
    words_ = (
        "It is more than 40 weeks before one of the children was born. That child needs a later referral."
    )
    text = Written("child-and-family-assessment", "1.1.0", children=CHILDREN)  # Ivy: 20 June 2026
    text.say({"start.referral-date": "2025-09-12"})
    assert words_ in text.remarks()
    text.say({"start.referral-date": "2025-09-13"})
    assert words_ not in text.remarks()


def test_a_child_in_need_plan_beside_a_child_protection_plan_is_said() -> None:
    words_ = (
        "A child has a child protection plan at the office. A child in need plan cannot run beside it:"
        " it starts on the day that one ends."
    )
    plan = Written("plan", "1.1.0", about=("p-leo",), children=CHILDREN)
    plan.say({"plan.type": "cin", "plan.children": [LEO]})
    assert words_ in plan.remarks()
    plan.say({"plan.type": "cp"})
    assert words_ not in plan.remarks()
    other = Written("plan", "1.1.0", about=("p-maisie",), children=CHILDREN)
    other.say({"plan.type": "cin"})
    assert words_ not in other.remarks()


def test_a_phone_number_of_a_safe_person_is_looked_at() -> None:
    plan = Written("safety-plan")
    place = plan.add("place", {"place.name": "Nan", "place.phone": "07700 9001"})
    assert "This is not a phone number, such as 01632 960123." in plan.remarks()
    plan.say({"place.phone": "07700 900123"}, place)
    assert "This is not a phone number, such as 01632 960123." not in plan.remarks()


def test_one_variable_of_a_row_may_ask_another_and_so_may_a_rule_of_the_row() -> None:
    """Each row its own: %twice of one row is not worked out with %once of another, nor of none."""

    def variable(name: str, text: str) -> dict[str, object]:
        return extension(
            "variable", {"name": name, "language": "text/fhirpath", "expression": text}, "valueExpression"
        )

    rule = {
        "url": "http://hl7.org/fhir/StructureDefinition/questionnaire-constraint",
        "extension": [
            {"url": "key", "valueId": "small"},
            {"url": "severity", "valueCode": "warning"},
            {"url": "expression", "valueString": "%twice < 10"},
            {"url": "human", "valueString": "Twice that is too much."},
        ],
    }
    of = form(
        item(
            "row",
            "group",
            item("number", "integer"),
            repeats=True,
            extension=[
                variable("once", "item.where(linkId='number').answer.value"),
                variable("twice", "%once * 2"),
                rule,
            ],
        )
    )
    filled = a_sheet(of)
    first, second = (filled.add_row(ROOT, LinkId("row")) for _ in range(2))
    filled.answer(child(first, LinkId("number")), 4)
    filled.answer(child(second, LinkId("number")), 5)
    assert [problem.path for problem in filled.problems()] == [second]
