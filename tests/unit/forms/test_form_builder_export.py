"""Files as the NLM Form Builder 12.6 writes them: one authored in it, and one of ours that went through."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.publishing import Verdict, check_form, lint
from workbook_desktop.forms.versions import differences

DATA = Path(__file__).resolve().parents[2] / "data" / "forms"
ORIENTATION = "http://hl7.org/fhir/StructureDefinition/questionnaire-choiceOrientation"


def extensions(node: Any, link: str = "") -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    if isinstance(node, dict):
        link = str(node.get("linkId", link))
        for each in node.get("extension", ()):
            found[link, json.dumps(each, sort_keys=True)] += 1
        for name, inner in node.items():
            if name != "extension":
                found += extensions(inner, link)
    elif isinstance(node, list):
        for inner in node:
            found += extensions(inner, link)
    return found


def test_a_form_authored_in_the_builder_can_be_published_as_it_is() -> None:
    source = (DATA / "contact-with-school.json").read_bytes()
    assert check_form(source).verdict is Verdict.ACCEPTED
    form = load(source)
    assert [str(item.link_id) for item in form.walk()] == ["contact.date", "contact.worried", "contact.worry"]
    assert not [each for each in lint(form) if each.refuses]


def test_our_own_extensions_come_through_the_builder_unharmed() -> None:
    through = (DATA / "direct-work-through-form-builder.json").read_bytes()
    ours = next(each for each in core_forms() if load(each).ref == load(through).ref)
    lost = extensions(json.loads(ours)) - extensions(json.loads(through))
    assert {json.loads(each)["url"] for _, each in lost} <= {ORIENTATION}
    assert not extensions(json.loads(through)) - extensions(json.loads(ours))
    assert differences(load(ours), load(through)) == ()
    assert load(ours).gives == load(through).gives
