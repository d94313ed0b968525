"""Reads what a Questionnaire has worked out: its expressions, rules, scales and what its records give.

An expression in another language than FHIRPath is left out, and said. Whether a FHIRPath expression can be
used is found out by `forms.workings` when it compiles it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from workbook_desktop.domain.ids import LinkId
from workbook_desktop.forms.definition import Band, Formula, Move, Output, Rule, Scale
from workbook_desktop.forms.extensions import Extensions
from workbook_desktop.forms.strict_json import number_text

Refuse = Callable[[str, str], Any]  # feature, why: raises FormRefused
Remark = Callable[
    [str, str, bool], None
]  # feature, what is not done, whether that changes what the form does

FHIRPATH = "text/fhirpath"
MOST_NAMED = 1_000
LONGEST = 20_000  # characters of one expression
_LANGUAGES = {
    "text/cql": "CQL",
    "text/cql.identifier": "CQL",
    "text/cql-identifier": "CQL",
    "text/cql.expression": "CQL",
    "text/cql-expression": "CQL",
    "application/x-fhir-query": "a query to a server",
    "application/x-fhir-query.expression": "a query to a server",
}
_SEVERITIES: dict[str, Literal["must", "look"]] = {"error": "must", "warning": "look"}

# What a formula of another language means for the worker who fills the form in.
BY_HAND = {
    "calculatedExpression": ("is not worked out, and has to be filled in by hand", True),
    "initialExpression": ("is not filled in from what is known already", True),
    "enableWhenExpression": ("is always shown", True),
    "answerExpression": ("does not offer answers", True),
    "itemPopulationContext": ("does not make its rows by itself", True),
    "variable": ("names a value that is not worked out", True),
    "cqf-expression": ("keeps the words or the value written in the form", True),
}


def formula(
    more: Extensions, name: str, refuse: Refuse, remark: Remark, *, feature: str = ""
) -> Formula | None:
    """Return an expression by the short name of its extension, None if there is none to use."""
    for value in more.all(name):
        found = expression(value, feature or name, refuse, remark)
        if found is not None:
            return found
    return None


def formulas(more: Extensions, name: str, refuse: Refuse, remark: Remark) -> tuple[Formula, ...]:
    """Return every expression of an extension, in order."""
    if len(more.all(name)) > MOST_NAMED:
        refuse(name, f"more than {MOST_NAMED:,} values have a name in one place")
    read = (expression(value, name, refuse, remark) for value in more.all(name))
    return tuple(each for each in read if each is not None)


def expression(value: Any, feature: str, refuse: Refuse, remark: Remark) -> Formula | None:
    """Return what an Expression of FHIR says; a plain text is FHIRPath, as older forms have it."""
    if isinstance(value, str):
        value = {"language": FHIRPATH, "expression": value}
    if not isinstance(value, dict):
        refuse(feature, "its formula is not an expression")
        return None
    name, text = value.get("name", ""), value.get("expression")
    language = value.get("language", FHIRPATH)
    what, behaviour = BY_HAND.get(feature, ("has a formula that is not worked out", True))
    if language != FHIRPATH:
        remark(feature, f"{what}: its formula is {language_words(language)}", behaviour)
        return None
    if not isinstance(text, str) or not text.strip():
        remark(feature, f"{what}: its formula is kept elsewhere", behaviour)
        return None
    if len(text) > LONGEST:
        refuse(feature, f"its formula is longer than {LONGEST:,} characters")
    return Formula(text=text.strip(), name=name if isinstance(name, str) else "")


def language_words(language: Any) -> str:
    """Return what a formula's language is called."""
    if language == FHIRPATH:
        return "FHIRPath, and stands where none is run"
    found = _LANGUAGES.get(language.casefold()) if isinstance(language, str) else None
    return found or "in a language that is not FHIRPath"


def rules(more: Extensions, refuse: Refuse, remark: Remark) -> tuple[Rule, ...]:
    """Return the constraints of an item or of a form."""
    found = []
    for name in ("constraint", "targetConstraint"):
        for number, parts in enumerate(more.parts(name), start=1):
            given = parts.one("expression")
            read = expression(given, name, refuse, remark) if given is not None else None
            if read is None:
                continue
            found.append(
                Rule(
                    key=parts.text("key") or f"{name}-{number}",
                    words=parts.text("human") or "This answer does not fit the others",
                    formula=read,
                    severity=_SEVERITIES.get(parts.text("severity"), "must"),
                    on_each=name == "targetConstraint",
                )
            )
    return tuple(found)


def scale(more: Extensions, refuse: Refuse) -> Scale | None:
    """Return the scale an item is the total of, None if it is none."""
    for parts in more.parts("workbook:scale"):
        least, most = number_text(parts.one("low")), number_text(parts.one("high"))
        name, id_ = parts.text("name"), parts.text("id")
        if not name or not id_ or least is None or most is None:
            refuse("scale", "a scale needs id, name, low and high")
            return None
        better = parts.text("better")
        if better not in ("", "lower", "higher"):
            refuse("scale", "what is better is neither “lower” nor “higher”")
        return Scale(
            id=id_,
            version=parts.text("version") or "1",
            name=name,
            least=least,
            most=most,
            bands=tuple(_band(each, refuse) for each in parts.parts("band")),
            parts=tuple(LinkId(each) for each in parts.all("part") if isinstance(each, str)),
            better=better,
            plain_name=parts.text("plainName"),
            apart_by=LinkId(apart) if (apart := parts.text("apartBy")) else None,
            date_from=LinkId(dated) if (dated := parts.text("dateFrom")) else None,
        )
    return None


def _band(parts: Extensions, refuse: Refuse) -> Band:
    least, most = number_text(parts.one("from")), number_text(parts.one("to"))
    if least is None or most is None or not parts.text("label"):
        refuse("scale", "a band needs from, to and label")
    return Band(
        least=least or "0",
        most=most or "0",
        label=parts.text("label"),
        action=parts.text("action"),
        tone=parts.text("tone"),
    )


def outputs(more: Extensions, refuse: Refuse, remark: Remark) -> tuple[Output, ...]:
    """Return the mapping table of a form."""
    found: list[Output] = []
    for parts in more.parts("workbook:gives"):
        kind = parts.text("kind")
        if kind not in ("chronology", "action", "happening", "chapter", "note", "receipt"):
            refuse("gives", f"records cannot give “{kind[:40]}”")
        listed = []
        for part in parts.parts("part"):
            read = formula(part, "value", refuse, remark, feature="gives")
            if part.text("name") and read is not None:
                listed.append((part.text("name"), read))
        found.append(
            Output(
                kind=kind,
                id=parts.text("id") or f"{kind}-{len(found) + 1}",
                each=formula(parts, "each", refuse, remark, feature="gives"),
                when=formula(parts, "when", refuse, remark, feature="gives"),
                parts=tuple(listed),
            )
        )
    return tuple(found)


def moves(more: Extensions, refuse: Refuse) -> tuple[Move, ...]:
    """Return where answers of earlier versions go."""
    found = []
    for parts in more.parts("workbook:moves"):
        since, old = parts.text("since"), parts.text("old")
        if not since or not old:
            refuse("moves", "a move needs “since” and “old”")
        codes = [(each.text("old"), each.text("new")) for each in parts.parts("option")]
        new = parts.text("new")
        found.append(
            Move(since=since, old=LinkId(old), new=LinkId(new) if new else None, options=tuple(codes))
        )
    return tuple(found)


def launch(more: Extensions) -> tuple[tuple[str, str], ...]:
    """Return the names a form expects to be launched with, and of what type of resource each is."""
    named = ((parts.text("name"), parts.text("type")) for parts in more.parts("launchContext"))
    return tuple((name, type_) for name, type_ in named if name)


def codes(raw: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the codings of an item."""
    listed = raw.get("code", raw.get("concept"))  # STU3 said `concept` once
    return tuple(_codings(listed))


def _codings(listed: Any) -> Iterable[Mapping[str, Any]]:
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and isinstance(each.get("code"), str):
            yield {
                name: each[name] for name in ("system", "code", "display") if isinstance(each.get(name), str)
            }


_DAYS = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7, "mo": 31, "month": 31, "months": 31}
_DAYS |= {"a": 366, "year": 366, "years": 366}


def days_of(value: Any) -> int | None:
    """Return a Duration of FHIR in whole days, None if it is none."""
    if not isinstance(value, dict):
        return None
    number = number_text(value.get("value"))
    unit = value.get("code") or value.get("unit")
    factor = _DAYS.get(unit) if isinstance(unit, str) else None
    return None if number is None or factor is None else int(float(number) * factor)
