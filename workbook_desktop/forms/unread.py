"""Formulas that stand where this client reads none: in another language, or beside a value of the form.

They may be anywhere: FHIR lets an expression stand in place of any value (``_required``, an answer offered,
a rule for showing). What is read elsewhere (`forms.formulas`, limits, words of a question) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workbook_desktop.forms.extensions import LATER, short_name
from workbook_desktop.forms.formulas import BY_HAND, FHIRPATH, language_words

OF_THE_ITEM = "cqf-expression of the item"  # it fills in: nothing else says what it stands for
_BESIDE = frozenset(("cqf-expression", "cqf-calculatedValue"))  # in place of the value they stand at
_CQL = frozenset(  # STU3: CQL as plain text
    ("cqf-initialValue", "cqif-initialValue", "cqif-calculatedValue", "cqif-condition")
)
_READ = frozenset((*BY_HAND, "constraint", "targetConstraint", "minValue", "maxValue")) - {"cqf-expression"}
_NAMED = frozenset(name for name, (_, behaviour) in LATER.items() if behaviour)
_WORDS = frozenset(("text", "title", "prefix", "display", "description", "name", "shortText", "entryFormat"))
# What becomes of the record elsewhere; nothing is handed on by such a formula here.
_HANDED_ON = frozenset(
    ("itemExtractionContext", "templateExtractContext", "definitionExtract", "definitionExtractValue")
)
_MARKS = (b"cqf-", b"cqif-", b"\\u00")  # or letters written so that they cannot be looked for
_OTHER = re.compile(rb'"language"\s*:\s*"(?!text/fhirpath")')


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """One such formula."""

    feature: str  # as the standard calls it; of what is filled in or worked out, its expression
    what: str  # what is not done, to follow the name of the item
    behaviour: bool


def perhaps(source: object) -> bool:
    """Say whether a form can hold such a formula at all, at little cost: most cannot."""
    if not isinstance(source, bytes):
        return True
    return any(mark in source for mark in _MARKS) or _OTHER.search(source) is not None


def unread(element: Mapping[str, Any]) -> Iterator[Unread]:
    """Yield the formulas of an item, or of the form itself, that are not read; not those of its items."""
    # A node, the names above it (fields and short names of extensions) and its own extension's name.
    stack: list[tuple[Any, tuple[str, ...]]] = [(element, ())]
    while stack:
        node, above = stack.pop()
        if isinstance(node, list):
            stack.extend((each, above) for each in reversed(node) if isinstance(each, dict | list))
            continue
        if above and (above[-1] == "valueExpression" or _is_expression(node)):
            place = above[:-1] if above[-1] == "valueExpression" else above
            language = node.get("language", FHIRPATH)
            if language != FHIRPATH or (place and place[-1] in _BESIDE):
                yield _of(place, language_words(language))
            continue
        if isinstance(node.get("url"), str) and above and above[-1] == "extension":
            above = (*above, _extension(node["url"]))
            if _is_read(above):
                continue
            if above[-1] in _CQL and isinstance(node.get("valueString"), str):
                yield _of(above, "CQL")
        stack.extend(
            (value, (*above, name))
            for name, value in node.items()
            if isinstance(value, dict | list) and (above or name not in ("item", "contained"))
        )


def _extension(url: str) -> str:
    return url.rsplit("/", 1)[-1] if url.endswith(("/minValue", "/maxValue")) else short_name(url)


def _is_expression(node: Mapping[str, Any]) -> bool:
    return isinstance(node.get("language"), str) and "expression" in node


def _is_read(above: tuple[str, ...]) -> bool:
    name = above[-1]
    if len(above) == 2:  # an extension of the item itself
        return name in _READ or name in _NAMED or name.startswith("workbook:")
    if above[:3] == ("_text", "extension", "cqf-expression"):
        return True
    return len(above) == 4 and above[0] == "initial" and above[1].startswith("_value") and name in _BESIDE


def _of(above: tuple[str, ...], language: str) -> Unread:
    names = [each.removeprefix("_") for each in above if each != "extension"] or ["extension"]
    place = names[-2] if len(names) > 1 and names[-1] in _BESIDE else names[-1]
    feature, what, behaviour = place, f"keeps what the form says of {place[:80]}", True
    if place in _WORDS:
        feature, (what, behaviour) = "cqf-expression", BY_HAND["cqf-expression"]
    elif place in _BESIDE or names[0] == "initial" or place in ("cqf-initialValue", "cqif-initialValue"):
        feature = OF_THE_ITEM if place in _BESIDE else "initialExpression"
        what, behaviour = BY_HAND["initialExpression"]
    elif names[0] in ("enableWhen", "enableBehavior") or place == "cqif-condition":
        feature, what = "enableWhenExpression", "shows by a rule that is not worked out"
    elif names[0] in ("answerOption", "option", "answerValueSet", "options"):
        feature, (what, behaviour) = "answerExpression", BY_HAND["answerExpression"]
    elif place == "cqif-calculatedValue":
        feature, (what, behaviour) = "calculatedExpression", BY_HAND["calculatedExpression"]
    elif place in _HANDED_ON:
        what, behaviour = "says how answers are handed on, which is not done here", language == "CQL"
    elif place in LATER:
        what = LATER[place][0]
    return Unread(feature=feature, what=f"{what}: its formula is {language}", behaviour=behaviour)
