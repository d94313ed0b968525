"""A form as large as the largest public one: 800 items, 390 formulas. Invented here; ours to change."""

from __future__ import annotations

import json
import random
from typing import Any

from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Form, Item, Kind

HL7 = "http://hl7.org/fhir/StructureDefinition/"
OURS = "https://workbook.invalid/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
SECTIONS = 20
IN_SECTION = 38  # and the section, and the score: 800 items in all


def answer_of(link: str, section: int | None = None) -> str:
    """Return a formula for an answer: by index, or along the path from the top."""
    if section is None:
        return f"%resource.descendants().where(linkId='{link}').answer.value"
    return f"%resource.item.where(linkId='s{section:02}').item.where(linkId='{link}').answer.value"


def large_form() -> bytes:
    """Return the Questionnaire as JSON: 20 sections of questions, skip rules, scores and checks."""
    formulas = 0

    def formula(name: str, text: str, called: str = "") -> dict[str, Any]:
        nonlocal formulas
        formulas += 1
        url = HL7 + "variable" if name == "variable" else SDC + name
        given = {"language": "text/fhirpath", "expression": text} | ({"name": called} if called else {})
        return {"url": url, "valueExpression": given}

    sections: list[dict[str, Any]] = []
    for section in range(SECTIONS):
        items: list[dict[str, Any]] = []
        scored = []
        for number in range(IN_SECTION):
            link = f"s{section:02}.q{number:02}"
            before = f"s{section:02}.q{number - 1:02}"
            match number % 8:
                case 0:
                    found = {"type": "boolean", "text": f"Is number {number} so?", "required": True}
                case 1:
                    found = {"type": "text", "text": f"What is it like ({number})?"}
                    found["extension"] = [
                        formula("enableWhenExpression", f"{answer_of(before, section)} = true")
                    ]
                case 2:
                    found = {"type": "integer", "text": f"How many ({number})?"}
                case 3:
                    found = {"type": "decimal", "text": "Twice that, and what the first section says"}
                    first = answer_of("s00.q02")
                    found["extension"] = [
                        formula(
                            "calculatedExpression",
                            f"{answer_of(before, section)} * 2 + iif({first}.exists(), {first}, 0)",
                        )
                    ]
                case 4 | 5:
                    scored.append(link)
                    found = {
                        "type": "choice",
                        "text": f"How often ({number})?",
                        "answerOption": [
                            {
                                "valueCoding": {
                                    "system": "urn:often",
                                    "code": str(score),
                                    "display": f"Often {score}",
                                },
                                "extension": [{"url": HL7 + "ordinalValue", "valueDecimal": score}],
                            }
                            for score in range(4)
                        ],
                    }
                    if number % 16 == 4:
                        plan = answer_of("s00.q00", 0 if section else None)
                        found["extension"] = [
                            formula("enableWhenExpression", f"{plan}.exists() implies %early.not()")
                        ]
                case 6:
                    found = {"type": "date", "text": f"Since when ({number})?"}
                    found["extension"] = [
                        {
                            "url": HL7 + "questionnaire-constraint",
                            "extension": [
                                {"url": "key", "valueId": "past"},
                                {"url": "severity", "valueCode": "error"},
                                {"url": "expression", "valueString": "answer.value <= today()"},
                                {"url": "human", "valueString": "It cannot be in the future"},
                            ],
                        }
                    ]
                    formulas += 1
                case _:
                    found = {"type": "string", "text": f"Who ({number})?"}
                    found["enableWhen"] = [{"question": before, "operator": "exists", "answerBoolean": True}]
            items.append({"linkId": link, **found})
        total = " + ".join(f"{answer_of(each)}.ordinal()" for each in scored[:4])
        items.append(
            {
                "linkId": f"s{section:02}.score",
                "type": "integer",
                "text": "Score",
                "extension": [formula("calculatedExpression", total)],
            }
        )
        extra = [formula("variable", answer_of(f"s{section:02}.q08", section) + " = false", "early")]
        sections.append(
            {
                "linkId": f"s{section:02}",
                "type": "group",
                "text": f"Section {section + 1}",
                "item": items,
                "extension": extra,
            }
        )
    for made in sections:  # warnings on the plain questions, until there are 390 formulas
        for each in made["item"]:
            if formulas < 390 and each["type"] in ("string", "integer") and "extension" not in each:
                each["extension"] = [_warning(each["linkId"], made["linkId"])]
                formulas += 1
    whole = {
        "resourceType": "Questionnaire",
        "id": "large",
        "url": "https://workbook.invalid/fhir/Questionnaire/large",
        "version": "1.0.0",
        "title": "A large form",
        "status": "active",
        "extension": [{"url": OURS + "listName", "valueString": "Large form"}],
        "item": sections,
    }
    return json.dumps(whole, ensure_ascii=False).encode()


def _warning(link: str, section: str) -> dict[str, Any]:
    first = f"%resource.item.where(linkId='{section}').item.where(linkId='{section}.q00')"
    return {
        "url": HL7 + "questionnaire-constraint",
        "extension": [
            {"url": "key", "valueId": f"w-{link}"},
            {"url": "severity", "valueCode": "warning"},
            {
                "url": "expression",
                "valueString": f"{first}.answer.exists()",
            },
            {"url": "human", "valueString": "Look at the first question again"},
        ],
    }


def formulas_in(form: Form) -> int:
    """Return how many formulas a form has."""
    return len(form.variables) + sum(
        len(item.variables)
        + len(item.rules)
        + sum(each is not None for each in (item.calculated, item.enabled, item.choices, item.label))
        for item in form.walk()
    )


def some_answer(item: Item, chance: random.Random) -> Value | None:
    """Return an answer a worker might give."""
    if item.options:
        return chance.choice(item.options).value
    match item.kind:
        case Kind.BOOLEAN:
            return chance.random() < 0.5
        case Kind.INTEGER:
            return chance.randrange(40)
        case Kind.DATE:
            return f"2026-0{chance.randrange(1, 10)}-1{chance.randrange(10)}"
        case Kind.STRING | Kind.TEXT:
            return chance.choice(("Darren", "Lorraine", "at school", "since Tuesday"))
        case _:
            return None


def answerable(form: Form) -> list[tuple[FieldPath, Item]]:
    """Return the questions a worker answers."""
    return [
        (FieldPath(item.link_id), item) for item in form.walk() if item.is_question and not item.is_worked_out
    ]
