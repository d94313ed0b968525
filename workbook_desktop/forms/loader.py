"""Makes a `Form` of a FHIR Questionnaire, or says which item it cannot use and why.

What this version does not do (other languages than FHIRPath, value sets kept elsewhere) refuses nothing here:
the form loads without it and `Form.remarks` says so. The publisher is stricter (`forms.publishing`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.identifiers import Identifier
from workbook_desktop.domain.ids import FormId, LinkId
from workbook_desktop.domain.records import Empty, Value
from workbook_desktop.forms import formulas, offers
from workbook_desktop.forms.append_only import body_map
from workbook_desktop.forms.definition import (
    Compare,
    Condition,
    Form,
    Formula,
    Item,
    Kind,
    Limits,
    Merge,
    Option,
    Remark,
    Role,
)
from workbook_desktop.forms.extensions import LATER, Extensions
from workbook_desktop.forms.limits import NO_LIMITS, limits_of
from workbook_desktop.forms.rules import dependency_order
from workbook_desktop.forms.soundness import check_pages, undecided
from workbook_desktop.forms.strict_json import MOST_DEEP, decode
from workbook_desktop.forms.unread import perhaps, unread

MOST_ITEMS = 10_000
LONGEST_TEXT = 100_000
_MOST_FIRST = 100  # first answers of one item; a record begins with no more rows either (`draft`)
_LONGEST_ID = 255
_KINDS = {str(kind): kind for kind in Kind} | {"coding": Kind.CHOICE}
_FOLDED = {"help": "help", "flyover": "help", "prompt": "prompt", "unit": "unit"}
_DATE_FORMAT = re.compile(
    r"(?:[dD]{1,2}[-/. ])?(?:[mM]{1,4}[-/. ])?[yY]{4}(?:[-/.][mM]{1,2}(?:[-/.][dD]{1,2})?)?"
)
_Word = TypeVar("_Word", Compare, Merge, Role, Empty)


def load(source: bytes | Mapping[str, Any]) -> Form:
    """Return the form that a Questionnaire describes.

    Args:
        source: the JSON as stored and signed, or the same decoded.

    Raises:
        FormRefused: with the item (``""`` for the whole), the feature and the reason in plain words.
    """
    raw, digest = decode(source)
    if raw.get("resourceType") != "Questionnaire":
        _refuse("", "resourceType", "it is not a FHIR Questionnaire")
    return _Loader(raw, digest, perhaps(source)).form()


class _Loader:
    """Reads one Questionnaire. Lives for one call of `load`."""

    def __init__(self, raw: dict[str, Any], digest: str, has_unread: bool) -> None:
        self._raw = raw
        self._has_unread = has_unread  # perhaps
        self._digest = digest
        self._lists = offers.Lists(raw)
        self._remarks: list[Remark] = []
        self._seen: set[str] = set()
        self._questions: set[str] = set()
        self._depth = 0  # items around the one that is read now, itself included

    def form(self) -> Form:
        """Return the whole form."""
        raw, more = self._raw, Extensions(self._raw)
        if raw.get("implicitRules"):
            _refuse("", "implicitRules", "it follows rules that are kept elsewhere")
        offers.no_modifiers(raw, "")
        items = self._items(raw.get("item", []), "")
        if not items:
            _refuse("", "item", "it has no questions")
        url = self._text(raw, "url", "")
        title = self._text(raw, "title", "") or self._text(raw, "name", "") or "Form without a title"
        self._remark_later(more, "", raw)
        self._remark_unread("", raw)
        refuse, remark = self._hands("", raw)
        form = Form(
            id=FormId(_form_id(raw, url, self._digest)),
            version=self._text(raw, "version", "") or f"0-{self._digest[:12]}",
            title=title,
            items=items,
            url=url,
            name=more.text("workbook:listName") or title,
            chapter=more.text("workbook:chapter"),
            description=self._text(raw, "description", ""),
            variables=formulas.formulas(more, "variable", refuse, remark),
            rules=formulas.rules(more, refuse, remark),
            gives=formulas.outputs(more, refuse, remark),
            moves=formulas.moves(more, refuse),
            launch=formulas.launch(more),
            source_hash=self._digest,
        )
        check_pages(form)
        self._check_conditions(form)
        dependency_order(form)
        remarks = tuple(dict.fromkeys((*self._remarks, *undecided(form))))
        return replace(form, remarks=remarks, notices=tuple(dict.fromkeys(each.why for each in remarks)))

    def _items(self, listed: Any, inside: str) -> tuple[Item, ...]:
        if not isinstance(listed, list):
            _refuse(inside, "item", "its items are not a list")
        found = []
        self._depth += 1
        for raw in listed:
            if not isinstance(raw, dict):
                _refuse(inside, "item", "one of its items is not an object")
            found.append(self._item(raw, inside))
        self._depth -= 1
        return tuple(found)

    def _item(self, raw: Mapping[str, Any], inside: str) -> Item:
        link = self._link_id(raw, inside)
        if self._depth > MOST_DEEP:
            _refuse(link, "depth", f"its items are nested more than {MOST_DEEP} deep")
        self._remark_unread(link, raw)
        offers.no_modifiers(raw, link)
        more = Extensions(raw)
        kind = self._kind(raw, link)
        control = _control(more)
        options, is_open = self._options(raw, kind, control, link)
        # R5 lets a text or a number carry options; they are chosen from just as a coding is.
        if options and kind not in (Kind.CHOICE, Kind.OPEN_CHOICE, Kind.GROUP, Kind.DISPLAY, Kind.QUANTITY):
            kind = Kind.OPEN_CHOICE if is_open else Kind.CHOICE
        elif options and is_open:
            kind = Kind.OPEN_CHOICE
        elif kind in (Kind.CHOICE, Kind.OPEN_CHOICE) and not options and "answerExpression" not in more:
            kind = Kind.STRING
        if kind is not Kind.DISPLAY and kind is not Kind.GROUP:
            self._questions.add(link)
        inner, folded = self._fold(self._items(raw.get("item", []), link))
        prompt = folded["prompt"]
        beside: dict[str, Any] = {}
        if more or "_text" in raw or "initial" in raw:
            prompt = "; ".join(part for part in (prompt, more.text("entryFormat")) if part)
            beside = self._beside(raw, more, kind, link)
        return Item(
            link_id=LinkId(link),
            kind=kind,
            text=self._text(raw, "text", link),
            prefix=self._text(raw, "prefix", link),
            help=folded["help"],
            prompt=prompt,
            required=self._truth(raw, "required", link),
            repeats=self._truth(raw, "repeats", link) and kind is not Kind.DISPLAY,
            read_only=self._truth(raw, "readOnly", link),
            options=options if kind not in (Kind.GROUP, Kind.DISPLAY) else (),
            initial=self._initial(raw, kind, link),
            limits=self._limits(raw, kind, link) if more or "maxLength" in raw else NO_LIMITS,
            unit=beside.pop("unit", "") or folded["unit"],
            control=control,
            when=self._conditions(raw, link) if "enableWhen" in raw else (),
            when_all=self._behaviour(raw, link),
            items=inner,
            codes=formulas.codes(raw),
            **beside,
        )

    def _beside(self, raw: Mapping[str, Any], more: Extensions, kind: Kind, link: str) -> dict[str, Any]:
        """Return what extensions say of an item: most items have none."""
        self._remark_later(more, link, raw)
        refuse, remark = self._hands(link, raw)
        unit = more.one("unit")
        bounds = self._bound_formulas(raw, refuse, remark)
        return {
            "short_text": self._short(more.text("shortText"), link),
            "hidden": more.yes("hidden"),
            "precisions": _precisions(kind, more.text("entryFormat")),
            "unit": offers.label_of(unit) if isinstance(unit, dict) else "",
            "units": tuple(
                coding for each in more.all("unitOption") if (coding := offers.coding(each)) is not None
            ),
            "horizontal": more.text("choiceOrientation") == "horizontal",
            "merge": self._word(Merge, more, "merge", link),
            "merge_unit": more.text("workbook:mergeUnit"),
            "severe": more.yes("workbook:severity") or more.text("workbook:severity") == "critical",
            "role": self._word(Role, more, "role", link),
            "rows_for": self._rows_for(more, raw, link),
            "append_only": more.yes("workbook:appendOnly"),
            "body_map": body_map(more),
            "copy_to_siblings": more.yes("workbook:copyToSiblings"),
            "may_be_empty": tuple(
                self._one_word(Empty, each, "mayBeEmpty", link) for each in more.all("workbook:mayBeEmpty")
            ),
            "refers_to": more.text("workbook:refersTo"),
            "identifier": self._word(Identifier, more, "identifier", link),
            "confirm_each_time": more.yes("workbook:confirmEachTime"),
            "retain": more.yes("workbook:retain"),
            "scale": formulas.scale(more, refuse),
            "calculated": formulas.formula(more, "calculatedExpression", refuse, remark),
            "first": formulas.formula(more, "initialExpression", refuse, remark)
            or self._first_formula(raw, refuse, remark),
            "enabled": formulas.formula(more, "enableWhenExpression", refuse, remark),
            "choices": formulas.formula(more, "answerExpression", refuse, remark),
            "rows_from": formulas.formula(more, "itemPopulationContext", refuse, remark),
            "label": formulas.formula(Extensions(raw.get("_text")), "cqf-expression", refuse, remark),
            "least": bounds.get("minValue"),
            "most": bounds.get("maxValue"),
            "variables": formulas.formulas(more, "variable", refuse, remark),
            "rules": formulas.rules(more, refuse, remark),
            "known_for": formulas.days_of(more.one("observationLinkPeriod")),
        }

    def _link_id(self, raw: Mapping[str, Any], inside: str) -> str:
        link = raw.get("linkId")
        if not isinstance(link, str) or not link.strip():
            _refuse(inside, "linkId", "an item has no linkId")
        if len(link) > _LONGEST_ID:
            _refuse(link[:80], "linkId", "the linkId is too long")
        if link in self._seen:
            _refuse(link, "linkId", "two items have this linkId")
        self._seen.add(link)
        if len(self._seen) > MOST_ITEMS:
            _refuse(link, "item", f"the form has more than {MOST_ITEMS:,} items")
        return link

    def _kind(self, raw: Mapping[str, Any], link: str) -> Kind:
        word = raw.get("type")
        if not isinstance(word, str):
            _refuse(link, "type", "the item has no type")
        if word not in _KINDS:
            _refuse(link, "type", f"“{word[:40]}” is not a type of item")
        return _KINDS[word]

    def _options(
        self, raw: Mapping[str, Any], kind: Kind, control: str, link: str
    ) -> tuple[tuple[Option, ...], bool]:
        found, is_open, notice = offers.options_of(raw, self._lists, link)
        if (
            kind in (Kind.CHOICE, Kind.OPEN_CHOICE)
            and not found
            and not Extensions(raw).one("answerExpression")
        ):
            why = notice or "it offers no answers"
            self._remark(
                link, raw, "answerValueSet" if notice else "answerOption", f"is answered in words: {why}"
            )
        return found, is_open or kind is Kind.OPEN_CHOICE

    def _fold(self, items: tuple[Item, ...]) -> tuple[tuple[Item, ...], dict[str, str]]:
        # Help, prompts and units are written as items under their question, and shown as part of it.
        kept: list[Item] = []
        parts: dict[str, list[str]] = {"help": [], "prompt": [], "unit": []}
        for item in items:
            if item.kind is Kind.DISPLAY and item.control in _FOLDED and not item.when and not item.items:
                if item.text:
                    parts[_FOLDED[item.control]].append(item.text)
            else:
                kept.append(item)
        return tuple(kept), {name: "\n".join(texts) for name, texts in parts.items()}

    def _initial(self, raw: Mapping[str, Any], kind: Kind, link: str) -> tuple[Value, ...]:
        listed = raw.get("initial")
        if listed is None:  # STU3 wrote initialBoolean, initialString, …
            old = [raw[key] for key in raw if key.startswith("initial") and key != "initial"]
            listed = [{"value": each} for each in old]
        if not isinstance(listed, list):
            _refuse(link, "initial", "the first answers are not a list")
        if len(listed) > _MOST_FIRST:
            _refuse(link, "initial", f"it has more than {_MOST_FIRST} first answers")
        if kind in (Kind.GROUP, Kind.DISPLAY):
            return ()
        found = []
        for each in listed:
            if not isinstance(each, dict):
                _refuse(link, "initial", "a first answer is not an object")
            offers.no_modifiers(each, link)
            given = next((each[key] for key in each if key.startswith("value")), None)
            if given is None:
                continue  # only a formula, or nothing
            value = offers.value_for(kind, given)
            if value is None:
                _refuse(link, "initial", "a first answer does not fit the type of the item")
            found.append(value)
        return tuple(found)

    def _limits(self, raw: Mapping[str, Any], kind: Kind, link: str) -> Limits:
        refuse, remark = self._hands(link, raw)
        return limits_of(raw, kind, refuse, lambda feature, what: remark(feature, what, True))

    def _conditions(self, raw: Mapping[str, Any], link: str) -> tuple[Condition, ...]:
        listed = raw.get("enableWhen", [])
        if not isinstance(listed, list):
            _refuse(link, "enableWhen", "its rules for showing are not a list")
        return tuple(self._condition(each, link) for each in listed)

    def _condition(self, raw: Any, link: str) -> Condition:
        if not isinstance(raw, dict):
            _refuse(link, "enableWhen", "a rule for showing is not an object")
        offers.no_modifiers(raw, link)
        question = raw.get("question")
        if not isinstance(question, str) or not question:
            _refuse(link, "enableWhen", "a rule for showing names no question")
        if isinstance(raw.get("hasAnswer"), bool):  # STU3
            return Condition(question=LinkId(question), compare=Compare.EXISTS, answer=raw["hasAnswer"])
        compare = self._one_word(Compare, raw.get("operator", "="), "enableWhen", link)
        key = next((key for key in raw if key.startswith("answer")), None)
        if key is None:
            _refuse(link, "enableWhen", "a rule for showing has no answer to compare with")
        if compare is Compare.EXISTS:
            if not isinstance(raw[key], bool):
                _refuse(link, "enableWhen", "“exists” needs true or false")
            return Condition(question=LinkId(question), compare=compare, answer=raw[key])
        answer = offers.typed_value(key.removeprefix("answer"), raw[key])
        if answer is None:
            _refuse(link, "enableWhen", f"{key[:40]} does not hold such an answer")
        return Condition(question=LinkId(question), compare=compare, answer=answer)

    def _behaviour(self, raw: Mapping[str, Any], link: str) -> bool:
        word = raw.get("enableBehavior", "any")
        if word not in ("all", "any"):
            _refuse(link, "enableBehavior", "it is neither “all” nor “any”")
        return bool(word == "all")

    def _check_conditions(self, form: Form) -> None:
        for item in form.walk():
            for condition in item.when:
                if condition.question not in self._seen:
                    _refuse(
                        item.link_id, "enableWhen", f"no question “{condition.question[:80]}” in this form"
                    )

    def _rows_for(self, more: Extensions, raw: Mapping[str, Any], link: str) -> str:
        word = more.text("workbook:rowsFor")
        if word not in ("", "children"):
            _refuse(link, "rowsFor", f"rows cannot be made for “{word[:40]}”")
        if word and (raw.get("type") != "group" or raw.get("repeats") is not True):
            _refuse(link, "rowsFor", "only a repeating group can have a row for each child")
        return word

    def _remark_later(self, more: Extensions, link: str, raw: Mapping[str, Any]) -> None:
        for name in more.names():
            if name in LATER:
                what, behaviour = LATER[name]
                self._remark(link, raw, name, what, behaviour)

    def _remark_unread(self, link: str, raw: Mapping[str, Any]) -> None:
        for each in unread(raw) if self._has_unread else ():
            # How answers are handed on is said once, of the form.
            self._remark(link if each.behaviour else "", raw, each.feature, each.what, each.behaviour)

    def _remark(
        self, link: str, raw: Mapping[str, Any], feature: str, what: str, behaviour: bool = True
    ) -> None:
        named = _named(raw, link) if link else "The form"
        self._remarks.append(
            Remark(item=link[:80], feature=feature, why=f"{named} {what}.", behaviour=behaviour)
        )

    def _hands(self, link: str, raw: Mapping[str, Any]) -> tuple[formulas.Refuse, formulas.Remark]:
        """Return how to refuse the form because of an item, and how to remark on it."""

        def remark(feature: str, what: str, behaviour: bool) -> None:
            self._remark(link, raw, feature, what, behaviour)

        return (lambda feature, why: _refuse(link, feature, why)), remark

    def _bound_formulas(
        self, raw: Mapping[str, Any], refuse: formulas.Refuse, remark: formulas.Remark
    ) -> dict[str, Formula]:
        """Return limits that are formulas: in the limit's own extension, or (R5) in one beside its value."""
        found: dict[str, Formula] = {}
        listed = raw.get("extension")
        for each in listed if isinstance(listed, list) else ():
            if not isinstance(each, dict) or not isinstance(each.get("url"), str):
                continue
            name = each["url"].rsplit("/", 1)[-1]
            if name not in ("minValue", "maxValue"):
                continue
            inner = [Extensions(part) for key, part in each.items() if key.startswith("_value")]
            for more in (Extensions(each), *inner):
                for which in ("cqf-expression", "cqf-calculatedValue"):
                    read = formulas.formula(more, which, refuse, remark, feature=name)
                    if read is not None:
                        found[name] = read
            if isinstance(each.get("valueExpression"), dict):
                read = formulas.expression(each["valueExpression"], name, refuse, remark)
                if read is not None:
                    found[name] = read
        return found

    def _first_formula(
        self, raw: Mapping[str, Any], refuse: formulas.Refuse, remark: formulas.Remark
    ) -> Formula | None:
        """Return a formula that stands in place of a first answer, as some tools write it."""
        listed = raw.get("initial")
        for each in listed if isinstance(listed, list) else ():
            for key, part in each.items() if isinstance(each, dict) else ():
                if key.startswith("_value"):
                    more = Extensions(part)
                    return formulas.formula(
                        more, "cqf-expression", refuse, remark, feature="initialExpression"
                    )
        return None

    def _text(self, raw: Mapping[str, Any], name: str, link: str) -> str:
        value = raw.get(name, "")
        if not isinstance(value, str):
            _refuse(link, name, f"its {name} is not text")
        if len(value) > LONGEST_TEXT:
            _refuse(link, name, f"its {name} is longer than {LONGEST_TEXT:,} characters")
        return value.strip()

    def _short(self, text: str, link: str) -> str:
        if len(text) > LONGEST_TEXT:
            _refuse(link, "shortText", f"its short text is longer than {LONGEST_TEXT:,} characters")
        return text

    def _truth(self, raw: Mapping[str, Any], name: str, link: str) -> bool:
        value = raw.get(name, False)
        if not isinstance(value, bool):
            _refuse(link, name, f"its {name} is neither true nor false")
        return value

    def _word(self, words: type[_Word], more: Extensions, name: str, link: str) -> _Word | None:
        if f"workbook:{name}" not in more:
            return None
        return self._one_word(words, more.one(f"workbook:{name}"), name, link)

    def _one_word(self, words: type[_Word], value: Any, name: str, link: str) -> _Word:
        try:
            return words(value)
        except ValueError:
            _refuse(link, name, f"“{str(value)[:40]}” is not a word we know here")


def _control(more: Extensions) -> str:
    concept = more.one("itemControl")
    if not isinstance(concept, dict):
        return ""
    codings = concept.get("coding")
    if isinstance(codings, Sequence) and not isinstance(codings, str):
        for each in codings:
            if isinstance(each, dict) and isinstance(each.get("code"), str):
                return str(each["code"])
    return ""


def _precisions(kind: Kind, entry_format: str) -> tuple[str, ...]:
    if kind is not Kind.DATE or not entry_format:
        return ("day",)
    found = set()
    for match in _DATE_FORMAT.finditer(entry_format):
        letters = match.group().lower()
        found.add("day" if "d" in letters else "month" if "m" in letters else "year")
    return tuple(each for each in ("day", "month", "year") if each in found) or ("day",)


def _form_id(raw: Mapping[str, Any], url: str, digest: str) -> str:
    for given in (raw.get("id"), url.rsplit("/", 1)[-1], raw.get("name")):
        if isinstance(given, str) and re.fullmatch(r"[A-Za-z0-9.-]{1,64}", given):
            return given
    return f"form-{digest[:16]}"


def _named(raw: Mapping[str, Any], link: str) -> str:
    text = raw.get("text")
    return f"“{text.strip()[:60]}” ({link})" if isinstance(text, str) and text.strip() else f"Item {link}"


def _refuse(item: str, feature: str, why: str) -> NoReturn:
    raise FormRefused(item=item[:80], feature=feature, why=why)
