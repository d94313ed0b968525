"""What a form may ask of this client: checked by who writes forms, more strictly before one is published.

`check_form` says what the client would do with a file. `lint` says what a published form may not have,
although a client would carry on: the client never meets such a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import LinkId
from workbook_desktop.domain.records import Value
from workbook_desktop.forms import patterns
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.extensions import Extensions
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.plan import names_asked_for, plan_of
from workbook_desktop.forms.strict_json import decode
from workbook_desktop.forms.turned import elements, turned
from workbook_desktop.forms.unread import OF_THE_ITEM
from workbook_desktop.forms.workings import LAUNCHED


class Verdict(StrEnum):
    """What becomes of a form."""

    ACCEPTED = "accepted"  # whole
    DEGRADED = (
        "degraded"  # shown, or filled in beforehand, otherwise than its author may expect; nothing is lost
    )
    REFUSED = "refused"


class Effect(StrEnum):
    """What a reason changes."""

    LOOK = "presentation"
    LIST = "list"  # the answers offered are kept elsewhere, and copied in when the form is published
    HELP = "prefill"  # something is not filled in beforehand: the worker answers by hand
    LOGIC = "logic"  # what shows, counts or is checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a form is not accepted whole."""

    item: str  # linkId, "" for the form
    feature: str  # as the standard calls it
    why: str  # a whole sentence
    effect: Effect
    refuses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in one form."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    form: Form | None  # None if it could not be read

    @property
    def only_looks(self) -> bool:
        """Say whether the form does all it is meant to: whole, or otherwise only in how it looks."""
        return self.verdict is not Verdict.REFUSED and all(
            each.effect is Effect.LOOK for each in self.reasons
        )


# Names that formulas can use, beside those a form makes itself: see `workspace.knowledge`.
CONTEXT = frozenset(
    (
        "today",
        "child",
        "children",
        "family",
        "household",
        "worker",
        "user",
        "patient",
        "previous",
        "plan",
        "openActions",
        "entries",
        "readings",
        "dues",
        "month",
        "words",
        "chapters",
        "questionnaire",
    )
)
# The logic of a form: it is refused if one of these cannot be used.
_LOGIC = frozenset(("calculatedExpression", "enableWhenExpression", "answerExpression", "subQuestionnaire"))
_HELPS = frozenset(
    (
        "initialExpression",
        "itemPopulationContext",
        "variable",
        "sourceQueries",
        "sourceStructureMap",
        "candidateExpression",
        "lookupQuestionnaire",
        "externallydefined",
        "unitValueSet",
        OF_THE_ITEM,
    )
)
_LOOKS = frozenset(
    ("cqf-expression", "contextExpression", "cqf-library", "targetStructureMap", "answerOption")
)

# How a form may look elsewhere, and what is made of it here.
_CONTROLS = {
    "table": "is shown as a list of rows, not as a table",
    "gtable": "is shown as rows below each other, not as a table",
    "htable": "is shown as a list of rows, not as a table",
    "grid": "is shown as questions below each other, not as a grid",
    "atable": "is shown as rows below each other, not as a table",
    "slider": "is answered as a number, not with a slider",
    "flyover": "is shown as help under the question",
    "header": "is shown above the questions",
    "footer": "is shown below the questions",
    "signature": "takes no signature",
    "inline": "is shown under the question",
    "lookup": "is answered in words: nothing is looked up elsewhere",
    "context-display": "shows nothing from elsewhere",
}
_STYLES = {
    "rendering-xhtml": "is shown as plain text",
    "rendering-style": "is shown in the Workbook’s own style",
    "rendering-markdown": "is shown as plain text",
    "rendering-styleSensitive": "is shown in the Workbook’s own style",
    "itemMedia": "is shown without its picture",
    "itemAnswerMedia": "is shown without its picture",
    "answerMedia": "is shown without its picture",
    "referenceResource": "names a person or a worker known here, and nothing else",
    "referenceProfile": "names a person or a worker known here, and nothing else",
    "minQuantity": "has a lower limit that is not checked",
    "width": "is shown at its own width",
    "columnCount": "is shown in one column",
}
_HTML = re.compile(r"<(?:[a-zA-Z][a-zA-Z0-9]*\b[^<>]*|/[a-zA-Z]+\s*)>")
_REMOTE = re.compile(r"!\[[^\]]*\]\([^)]*\)|\bsrc\s*=\s*[\"']?[a-z]+:", re.IGNORECASE)
_GOOD_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,31}")
_GOOD_LINK = re.compile(r"[a-z][a-z0-9.-]{1,63}")


def check_form(source: bytes | Mapping[str, Any]) -> Report:
    """Say what this client would do with a form. Nothing it holds raises or hangs."""
    try:
        form = load(source)
        raw, _ = decode(source)
    except FormRefused as refused:
        facts = refused.facts
        item, feature = str(facts.get("item", "")), str(facts.get("feature", ""))
        named = f"Item “{item}” cannot be used: " if item else "The form cannot be used: "
        reason = Reason(
            item=item, feature=feature, why=f"{named}{facts.get('why')}.", effect=Effect.LOGIC, refuses=True
        )
        return Report(verdict=Verdict.REFUSED, reasons=(reason,), form=None)
    reasons = list(
        dict.fromkeys((*_degraded(form), *_faults(form), *_unknown_names(form), *_texts(form, raw)))
    )
    if any(each.refuses for each in reasons):
        verdict = Verdict.REFUSED
    else:
        verdict = Verdict.DEGRADED if reasons else Verdict.ACCEPTED
    return Report(verdict=verdict, reasons=tuple(reasons), form=form)


def lint(form: Form) -> Iterator[Reason]:
    """Yield what a published form may not have (``refuses``), and what its author should look at again."""
    for item in form.walk():
        link = item.link_id
        if not _GOOD_LINK.fullmatch(link):
            why = (
                f"“{link[:60]}” is no name for a question: use small letters, digits, “.” and “-”, beginning "
                "with a letter, 2 to 64 of them."
            )
            yield Reason(item=link[:80], feature="linkId", why=why, effect=Effect.LOGIC, refuses=True)
        if item.is_question and not (item.text or item.short_text):
            yield _refused(link, "text", "The question has no words.")
        if item.kind in (Kind.CHOICE, Kind.OPEN_CHOICE):
            codes = [_code(each.value) for each in item.options]
            if len(set(codes)) < len(codes):
                yield _refused(link, "answerOption", f"{_named(form, link)} offers the same answer twice.")
        filled = item.is_worked_out or item.initial or item.role is not None or item.first is not None
        if item.required and item.read_only and not filled:
            yield _refused(link, "required", "It must be answered and cannot be: it is read only.")
        if item.required and item.hidden and not filled:
            yield _refused(link, "required", "It must be answered and is never shown.")
        if item.limits.pattern is not None:
            longest = patterns.longest_text(item.limits.pattern)
            if longest < patterns.LONGEST:
                why = f"Its pattern is slow to try: answers of more than {longest} letters pass unchecked."
                yield _look(link, "regex", why)
        if item.scale is not None:
            named = (*item.scale.parts, item.scale.apart_by, item.scale.date_from)
            for each in dict.fromkeys(named):
                if each is not None and each not in form.by_link_id:
                    yield _refused(
                        link, "scale", f"Its scale names “{each[:60]}”, which is no question of the form."
                    )
        if item.limits.min_occurs and not item.repeats:
            why = "minOccurs counts answers, and it takes only one: say “required”, or let it repeat."
            yield _refused(link, "minOccurs", why)
        if item.scale is not None and not item.scale.bands:
            yield _look(link, "scale", "The scale has no bands: its numbers will stand without words.")
        if item.repeats and item.kind is Kind.GROUP and not item.text:
            yield _look(link, "text", "The rows have no name: say what one of them is.")
        if "internal" in item.text.casefold() and not item.hidden:
            yield _look(link, "hidden", "Its words call it internal, but workers will see it.")
        for text in _own_formulas(item):
            if "repeat(item)" in text and any(each.is_question and each.items for each in form.walk()):
                yield _look(
                    link,
                    "repeat",
                    "“repeat(item)” does not see questions under an answer: use “descendants()”.",
                )
    if not form.url:
        yield _refused("", "url", "The form has no address (url): versions of it could not be told apart.")
    if form.version.startswith("0-"):
        yield _refused("", "version", "The form has no version.")
    elif not _GOOD_VERSION.fullmatch(form.version):
        why = f"“{form.version[:40]}” is no version: use letters, digits, “.”, “+” and “-”, 32 at most."
        yield _refused("", "version", why)
    for remark in form.remarks:
        if remark.behaviour:
            yield _refused(remark.item, remark.feature, remark.why)
    for fault in plan_of(form).faults:
        yield _refused(fault.item, fault.feature, fault.why)
    for link in partial_totals(form):
        why = (
            f"{_named(form, link)} adds up answers that its formula does not name: a total may show while "
            "some are missing. Name them, as in “where(linkId in ('q1' | 'q2'))”, or make it a scale with "
            "its parts."
        )
        yield _look(link, "calculatedExpression", why)
    for name, (where, feature) in names_asked_for(form).items():
        if name not in CONTEXT and not LAUNCHED.get(dict(form.launch).get(name, "")):
            yield _refused(
                where or "", feature, f"“%{name}” is not known to the Workbook, nor made by the form."
            )


def partial_totals(form: Form) -> Iterator[LinkId]:
    """Yield what adds answers up without it being known which: it cannot wait until all are there."""
    plan = plan_of(form)
    for link, uses in plan.uses.items():
        use = uses.calculated
        if use is None or use.asks is not None or link in plan.totals:
            continue
        if use.sums or (
            use.adds and form.by_link_id[link].kind in (Kind.INTEGER, Kind.DECIMAL, Kind.QUANTITY)
        ):
            yield link


def _named(form: Form, link: LinkId) -> str:
    item = form.by_link_id[link]
    return f"“{(item.text or item.link_id)[:60]}” ({link})"


def _code(value: Value) -> str:
    """Return what tells one answer offered from another: of a coding, not its words."""
    if isinstance(value, Mapping) and "code" in value:
        return f"{value.get('system', '')}|{value['code']}"
    return str(value)


def _refused(item: str, feature: str, why: str) -> Reason:
    return Reason(item=item[:80], feature=feature, why=why, effect=Effect.LOGIC, refuses=True)


def _look(item: str, feature: str, why: str) -> Reason:
    return Reason(item=item[:80], feature=feature, why=why, effect=Effect.LOOK)


def _own_formulas(item: Item) -> Iterator[str]:
    for each in (item.calculated, item.enabled, item.choices, item.label, *item.variables):
        if each is not None:
            yield each.text
    for rule in item.rules:
        yield rule.formula.text


def _effect(feature: str, behaviour: bool) -> Effect:
    if feature in _LOOKS or not behaviour:
        return Effect.LOOK
    if feature == "answerValueSet":
        return Effect.LIST
    return Effect.HELP if feature in _HELPS else Effect.LOGIC


def _degraded(form: Form) -> Iterator[Reason]:
    for remark in form.remarks:
        yield Reason(
            item=remark.item,
            feature=remark.feature,
            why=remark.why,
            effect=_effect(remark.feature, remark.behaviour),
            refuses=remark.feature in _LOGIC or (remark.feature == "regex" and "for ever" in remark.why),
        )


def _faults(form: Form) -> Iterator[Reason]:
    for fault in plan_of(form).faults:
        yield Reason(
            item=fault.item,
            feature=fault.feature,
            why=fault.why,
            effect=_effect(fault.feature, True),
            refuses=fault.feature in _LOGIC or "circle" in fault.why or "asks for itself" in fault.why,
        )


def _unknown_names(form: Form) -> Iterator[Reason]:
    launched = dict(form.launch)
    for name, (where, feature) in names_asked_for(form).items():
        if name in CONTEXT or LAUNCHED.get(launched.get(name, "")):
            continue
        item = form.by_link_id.get(where) if where is not None else None
        named = f"“{(item.text or item.link_id)[:60]}” ({where})" if item is not None else "The form"
        refuses = feature in _LOGIC and not (item is not None and item.choices is not None)
        yield Reason(
            item=where or "",
            feature=feature,
            why=f"{named} asks for “%{name}”, which is not known here.",
            effect=_effect(feature, True),
            refuses=refuses,
        )


def _texts(form: Form, raw: Mapping[str, Any]) -> Iterator[Reason]:
    """Yield what is shown otherwise than it is written."""
    more = Extensions(raw)
    if more.yes("questionnaireAdaptive") or "questionnaire-adaptive" in more or _is_adaptive(raw):
        why = "The form asks a server for each next question: that cannot be done without a connection."
        yield Reason(item="", feature="adaptive", why=why, effect=Effect.LOGIC, refuses=True)
    for turn in turned(raw):
        yield Reason(item=turn.item, feature="text", why=turn.why, effect=Effect.LOOK, refuses=True)
    for name in ("title", "name", "description", "publisher"):
        yield from _words(raw.get(name), "", f"The form’s {name}")
    for element, named in elements(raw.get("item")):
        link = element["linkId"] if isinstance(element.get("linkId"), str) else ""
        item_more, text_more = Extensions(element), Extensions(element.get("_text"))
        for each in item_more.all("itemControl"):
            code = _control_code(each)
            if code in _CONTROLS and not (
                code == "slider" and _is_short_scale(form.by_link_id.get(LinkId(link)))
            ):
                yield Reason(
                    item=link[:80],
                    feature=f"itemControl {code}",
                    why=f"{named} {_CONTROLS[code]}.",
                    effect=Effect.LOOK,
                )
        for source in (item_more, text_more):
            for name in source.names():
                if name in _STYLES:
                    yield Reason(
                        item=link[:80], feature=name, why=f"{named} {_STYLES[name]}.", effect=Effect.LOOK
                    )
        yield from _words(element.get("text"), link, named)
        options = element.get("answerOption", element.get("option"))
        for option in options if isinstance(options, list) else ():
            coding = option.get("valueCoding") if isinstance(option, dict) else None
            if isinstance(coding, dict):
                yield from _words(coding.get("display"), link, f"An answer of {named}")


def _is_short_scale(item: Item | None) -> bool:
    """Say whether a slider is shown as a row of numbers to choose from, which says the same."""
    if item is None or item.kind not in (Kind.INTEGER, Kind.DECIMAL):
        return False
    if item.limits.min_value is None or item.limits.max_value is None:
        return False
    return float(item.limits.max_value) - float(item.limits.min_value) <= 10


def _words(text: Any, link: str, named: str) -> Iterator[Reason]:
    if not isinstance(text, str):
        return
    if _REMOTE.search(text):
        why = f"{named} holds a picture from elsewhere: it is not fetched, and shown as plain text."
        yield Reason(item=link[:80], feature="text", why=why, effect=Effect.LOOK)
    elif _HTML.search(text):
        why = f"{named} holds HTML, which is shown as plain text."
        yield Reason(item=link[:80], feature="text", why=why, effect=Effect.LOOK)


def _control_code(concept: Any) -> str:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    for each in codings if isinstance(codings, list) else ():
        if isinstance(each, dict) and isinstance(each.get("code"), str):
            return str(each["code"])
    return ""


def _is_adaptive(raw: Mapping[str, Any]) -> bool:
    meta = raw.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    listed = profiles if isinstance(profiles, list) else ()
    return any(isinstance(each, str) and each.endswith("sdc-questionnaire-adapt") for each in listed)
