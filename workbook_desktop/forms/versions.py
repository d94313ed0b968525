"""Two versions of one form: what changed between them, and a record brought from one to the other.

A record stays with the version it began with. It moves only as its author agrees, by a pure function that
loses nothing: an answer with no place in the later version stays, as one of the "answers from the earlier
form".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body, Row, Value, comparable
from workbook_desktop.forms.definition import Form, Formula, Item, Kind, Move
from workbook_desktop.forms.summary import Line, shown_value

EARLIER = "earlier"  # member of a kept answer: what was asked, and what was shown, when it was given


class Weight(IntEnum):
    """What a change means for a record under way."""

    SAME = 0  # words, help, order, section: offered at the next opening, nothing to look at
    COMPATIBLE = 1  # something optional came, an answer more is offered, a limit was loosened
    REVIEW = 2  # something required came, an answer is no longer offered, a limit was tightened
    BREAKING = 3  # an answer has no place any more, or would mean something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One change."""

    item: str  # linkId, "" for the form
    weight: Weight
    what: str  # a whole sentence
    moved: bool = False  # breaking, but the form says where the answer goes


def differences(before: Form, after: Form) -> tuple[Difference, ...]:
    """Return what changed from one version to a later one, heaviest first, then in the order of the form."""
    moves = {move.old: move for move in after.moves if move.since == before.version}
    found: list[Difference] = []
    for item in before.walk():
        now = after.by_link_id.get(item.link_id)
        if now is None:
            if item.is_question:
                move = moves.get(item.link_id)
                where = (
                    ""
                    if move is None
                    else " Its answers are kept as a note."
                    if move.new is None
                    else (f" Its answers go to {move.new}.")
                )
                found.append(
                    Difference(
                        item=item.link_id,
                        weight=Weight.BREAKING,
                        what=f"{_named(item)} is no longer asked.{where}",
                        moved=move is not None,
                    )
                )
            continue
        found += _changes(item, now, moves)
    for item in after.walk():
        if item.link_id not in before.by_link_id and item.is_question and not item.is_worked_out:
            weight = Weight.REVIEW if item.required else Weight.COMPATIBLE
            word = "required" if item.required else "optional"
            found.append(
                Difference(item=item.link_id, weight=weight, what=f"{_named(item)} is new, and {word}.")
            )
    found += _form_changes(before, after)
    return tuple(sorted(found, key=lambda each: -each.weight))


def _form_changes(before: Form, after: Form) -> Iterator[Difference]:
    """Yield what changed in the form itself (`item` ``""``)."""
    if _texts(*before.variables) != _texts(*after.variables):
        yield Difference(
            item="", weight=Weight.REVIEW, what="The form works with values that are worked out otherwise."
        )
    if before.rules != after.rules:
        yield Difference(item="", weight=Weight.REVIEW, what="The form is checked by other rules.")
    if before.gives != after.gives:
        yield Difference(
            item="", weight=Weight.COMPATIBLE, what="What a record gives to other pages follows otherwise."
        )


def heaviest(found: tuple[Difference, ...]) -> Weight:
    """Return the weight of the heaviest change."""
    return max((each.weight for each in found), default=Weight.SAME)


def _changes(one: Item, two: Item, moves: Mapping[LinkId, Move]) -> Iterator[Difference]:
    def difference(weight: Weight, what: str, *, moved: bool = False) -> Difference:
        return Difference(item=two.link_id, weight=weight, what=f"{_named(two)} {what}", moved=moved)

    if one.is_question != two.is_question or (one.is_question and not _takes(two.kind, one.kind)):
        yield difference(
            Weight.BREAKING,
            f"took {_kind_words(one)} and now takes {_kind_words(two)}.",
            moved=one.link_id in moves,
        )
        return
    if one.has_rows != two.has_rows or (one.several and not two.several):
        yield difference(
            Weight.BREAKING, "could be answered several times otherwise.", moved=one.link_id in moves
        )
        return
    if one.role is not two.role or one.fact != two.fact:
        yield difference(Weight.BREAKING, "means something else to lists and to other forms.")
    if one.is_worked_out != two.is_worked_out and one.is_question:
        if two.is_worked_out:
            yield difference(
                Weight.BREAKING,
                "is worked out now: nobody can answer it any more.",
                moved=one.link_id in moves,
            )
        else:
            yield difference(Weight.REVIEW, "is no longer worked out: it is answered by hand.")
    if one.text != two.text or one.help != two.help:
        yield difference(Weight.SAME, "is worded otherwise.")
    if _texts(one.label) != _texts(two.label):
        yield difference(Weight.SAME, "has words that follow otherwise from the record.")
    if two.required and not one.required:
        yield difference(Weight.REVIEW, "is required now.")
    elif one.required and not two.required:
        yield difference(Weight.COMPATIBLE, "is optional now.")
    yield from _access_changes(one, two, difference)
    yield from _option_changes(one, two, difference)
    yield from _limit_changes(one, two, difference)
    yield from _unit_changes(one, two, difference, one.link_id in moves)
    yield from _formula_changes(one, two, difference)


def _access_changes(one: Item, two: Item, difference: Any) -> Iterator[Difference]:
    """Yield whether an item can be seen, answered and left empty otherwise."""
    if two.hidden and not one.hidden:
        yield difference(Weight.REVIEW, "is hidden now: what was answered there is no longer seen.")
    elif one.hidden and not two.hidden:
        yield difference(Weight.COMPATIBLE, "is no longer hidden.")
    if two.read_only and not one.read_only and not two.is_worked_out:
        yield difference(Weight.REVIEW, "can be read and no longer answered.")
    elif one.read_only and not two.read_only and not one.is_worked_out:
        yield difference(Weight.COMPATIBLE, "can be answered now, not only read.")
    if set(one.may_be_empty) - set(two.may_be_empty):
        yield difference(Weight.REVIEW, "takes fewer reasons for having no answer.")
    elif set(two.may_be_empty) - set(one.may_be_empty):
        yield difference(Weight.COMPATIBLE, "takes more reasons for having no answer.")
    if two.confirm_each_time and not one.confirm_each_time:
        yield difference(Weight.REVIEW, "must be confirmed each time now.")
    if one.refers_to != two.refers_to:
        yield difference(Weight.REVIEW, "names other people than before.")
    if one.initial != two.initial or _texts(one.first) != _texts(two.first) or one.rows_for != two.rows_for:
        yield difference(Weight.SAME, "begins otherwise in a new record.")


def _formula_changes(one: Item, two: Item, difference: Any) -> Iterator[Difference]:
    """Yield what follows otherwise from other answers."""
    if (one.when, one.when_all, _texts(one.enabled)) != (two.when, two.when_all, _texts(two.enabled)):
        yield difference(Weight.REVIEW, "shows by another rule.")
    if one.is_worked_out and two.is_worked_out:
        if _texts(one.calculated) != _texts(two.calculated):
            yield difference(Weight.REVIEW, "is worked out otherwise.")
        if one.scale is not None and two.scale is not None and one.scale.version == two.scale.version:
            if one.scale.parts != two.scale.parts:
                yield difference(Weight.BREAKING, "adds up otherwise under the same version of its scale.")
            if one.scale.bands != two.scale.bands:
                yield difference(Weight.REVIEW, "has other bands under the same version of its scale.")
    if _texts(*one.variables) != _texts(*two.variables):
        yield difference(Weight.REVIEW, "works with values that are worked out otherwise.")
    if _texts(one.rows_from) != _texts(two.rows_from):
        yield difference(Weight.SAME, "makes its rows otherwise in a new record.")
    if one.rules != two.rules:
        yield difference(Weight.REVIEW, "is checked by other rules.")


def _texts(*formulas: Formula | None) -> tuple[tuple[str, str], ...]:
    return tuple((each.name, " ".join(each.text.split())) for each in formulas if each is not None)


def _unit_changes(one: Item, two: Item, difference: Any, moved: bool) -> Iterator[Difference]:
    """Yield other units. A bare number under another unit is another amount; an amount says its own unit."""
    if one.unit != two.unit:
        if not one.unit or not two.unit or two.kind is Kind.QUANTITY:
            words = f"is counted in “{two.unit[:40]}” now." if two.unit else "no longer says its unit."
            yield difference(Weight.REVIEW, words)
        elif two.kind in (Kind.INTEGER, Kind.DECIMAL):
            words = f"was counted in “{one.unit[:40]}” and now is in “{two.unit[:40]}”."
            yield difference(Weight.BREAKING, words, moved=moved)
    was, now = ({str(comparable(each)) for each in item.units} for item in (one, two))
    if was - now and now:
        yield difference(Weight.REVIEW, "offers fewer units.")
    elif now - was:
        yield difference(Weight.COMPATIBLE if was else Weight.REVIEW, "offers other units.")
    elif was - now:
        yield difference(Weight.COMPATIBLE, "takes any unit.")


def _option_changes(one: Item, two: Item, difference: Any) -> Iterator[Difference]:
    was = {str(comparable(each.value)): each for each in one.options}
    now = {str(comparable(each.value)): each for each in two.options}
    gone = [each.label for key, each in was.items() if key not in now]
    new = [each.label for key, each in now.items() if key not in was]
    if gone:
        yield difference(Weight.REVIEW, f"no longer offers {_listed(gone)}.")
    if new and was:
        yield difference(Weight.COMPATIBLE, f"also offers {_listed(new)}.")
    both = [(was[key], now[key]) for key in was.keys() & now.keys()]
    if any(mine.weight != theirs.weight for mine, theirs in both):
        yield difference(Weight.REVIEW, "gives other scores for its answers.")
    if any(mine.exclusive != theirs.exclusive for mine, theirs in both):
        yield difference(Weight.REVIEW, "lets other answers stand beside each other.")
    if any((mine.label, mine.prefix) != (theirs.label, theirs.prefix) for mine, theirs in both):
        yield difference(Weight.SAME, "words an answer otherwise.")
    elif not gone and not new and list(was) != list(now):
        yield difference(Weight.SAME, "offers its answers in another order.")
    if _texts(one.choices) != _texts(two.choices):
        yield difference(Weight.REVIEW, "offers answers by another rule.")


def _limit_changes(one: Item, two: Item, difference: Any) -> Iterator[Difference]:
    tighter = looser = False
    for name, upper in (
        ("min_value", False),
        ("max_value", True),
        ("min_length", False),
        ("max_length", True),
        ("min_occurs", False),
        ("max_occurs", True),
        ("max_decimal_places", True),
        ("max_size", True),
    ):
        was, now = getattr(one.limits, name), getattr(two.limits, name)
        if was == now:
            continue
        if now is None or (was is not None and _less(now, was) is not upper):
            looser = True
        else:
            tighter = True
    if one.limits.pattern != two.limits.pattern:
        tighter = tighter or two.limits.pattern is not None
        looser = looser or two.limits.pattern is None
    was_files, now_files = set(one.limits.media_types), set(two.limits.media_types)
    if was_files != now_files:
        tighter = tighter or bool(now_files and (was_files - now_files or not was_files))
        looser = looser or not tighter
    if set(one.precisions) - set(two.precisions):
        tighter = True
    elif set(two.precisions) - set(one.precisions):
        looser = True
    if (_texts(one.least), _texts(one.most)) != (_texts(two.least), _texts(two.most)):
        yield difference(Weight.REVIEW, "has a limit that is worked out otherwise.")
    if tighter:
        yield difference(Weight.REVIEW, "has a tighter limit.")
    elif looser:
        yield difference(Weight.COMPATIBLE, "has a looser limit.")


def _less(one: Any, other: Any) -> bool:
    try:
        return Decimal(str(one)) < Decimal(str(other))
    except ArithmeticError:
        return str(one) < str(other)


# Kinds that hold every answer of another kind as it is, or with a change that loses nothing.
_WIDER: dict[Kind, frozenset[Kind]] = {
    Kind.DECIMAL: frozenset((Kind.INTEGER,)),
    Kind.TEXT: frozenset((Kind.STRING, Kind.URL)),
    Kind.STRING: frozenset((Kind.TEXT, Kind.URL)),
    Kind.OPEN_CHOICE: frozenset((Kind.CHOICE, Kind.STRING)),
}


def _takes(kind: Kind, earlier: Kind) -> bool:
    return kind is earlier or earlier in _WIDER.get(kind, frozenset())


# -- records -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """A record in a later version of its form."""

    body: Body
    touched: tuple[FieldPath, ...]  # answers that stand elsewhere or read otherwise than before
    kept: tuple[FieldPath, ...]  # answers from the earlier form, with no question of their own now


def migrate(body: Body, before: Form, after: Form) -> Migrated:
    """Return a record as a later version of its form has it. Pure, and twice is the same as once.

    An answer whose question is there as it was stays where it is, wherever the question stands now. Where the
    form says so (`Form.moves`) it goes to another question, its codes renamed. Anything else stays and
    says what was asked and what was shown (`EARLIER`), so that it survives merges and is shown as a note.
    """
    moves = {move.old: move for move in after.moves if move.since == before.version}
    answers: dict[FieldPath, Answer] = {}
    rows: dict[FieldPath, Row] = dict(body.rows)
    touched: list[FieldPath] = []
    kept: list[FieldPath] = []
    for path, answer in body.answers.items():
        link = paths.link_id(path)
        item, now = before.by_link_id.get(link), after.by_link_id.get(link)
        if item is None:  # kept from a version before that already
            answers[path] = answer
            continue
        move = moves.get(link)
        if move is not None and move.new is not None:
            target = after.by_link_id.get(move.new)
            place = _place(path, move.new, after)
            moved = None if target is None or place is None else _converted(answer, item, target, move)
            is_free = place == path or (place not in body.answers and place not in answers)
            if moved is not None and place is not None and is_free:
                answers[place] = moved
                if place != path or moved != answer:
                    touched.append(place)
                continue
        elif now is not None and now.is_question and _place(path, link, after) == path:
            fits = _converted(answer, item, now, move)
            if fits is not None:
                answers[path] = fits
                if fits != answer:
                    touched.append(path)
                continue
        answers[path] = _as_note(answer, item)
        kept.append(path)
    return Migrated(body=Body(answers=answers, rows=rows), touched=tuple(touched), kept=tuple(kept))


def earlier(form: Form, body: Body) -> tuple[Line, ...]:
    """Return the answers from earlier versions of the form, as they are read: question and answer."""
    found = []
    for path, answer in body.answers.items():
        note = dict(answer.extra).get(EARLIER)
        if isinstance(note, Mapping):
            label, shown = note.get("asked"), note.get("shown")
            found.append(Line(label=str(label or ""), shown=str(shown or ""), path=path))
    return tuple(found)


def _place(path: FieldPath, link: LinkId, form: Form) -> FieldPath | None:
    """Return where a question's answer stands that was at `path`: in the same rows, if it stands in such."""
    item = form.by_link_id.get(link)
    if item is None:
        return None
    chain: list[LinkId] = []
    above: Item | None = item if item.has_rows else form.parents[link]
    while above is not None:
        if above.has_rows:
            chain.append(above.link_id)
        above = form.parents[above.link_id]
    row = paths.parent_row(path)
    segments = paths.split(row)
    if tuple(reversed(chain)) != segments[::2]:
        return None
    return paths.child(row, link)


def _converted(answer: Answer, was: Item, now: Item, move: Move | None) -> Answer | None:
    """Return an answer as another question takes it, None if that would lose something."""
    if not now.is_question or now.is_worked_out:
        return None
    if answer.value is None:
        return answer
    if now.several and not was.several:
        one = _value(answer.value, was, now, move)
        return None if one is None else replace(answer, value=[one])
    if was.several and not now.several:
        if not isinstance(answer.value, list) or len(answer.value) != 1:
            return None
        one = _value(answer.value[0], was, now, move)
        return None if one is None else replace(answer, value=one)
    if was.several and isinstance(answer.value, list):
        several = [_value(each, was, now, move) for each in answer.value]
        return None if any(each is None for each in several) else replace(answer, value=several)
    one = _value(answer.value, was, now, move)
    return None if one is None else replace(answer, value=one)


def _value(value: Value, was: Item, now: Item, move: Move | None) -> Value | None:
    renamed = dict(move.options) if move is not None else {}
    if isinstance(value, Mapping) and value.get("code") in renamed:
        code = renamed[value["code"]]
        option = next((each for each in now.options if _code(each.value) == code), None)
        return None if option is None else option.value
    if not _takes(now.kind, was.kind):
        return None
    if now.kind is Kind.DECIMAL and was.kind is Kind.INTEGER and isinstance(value, int):
        return str(value)
    return value


def _code(value: Value) -> str:
    return str(value.get("code")) if isinstance(value, Mapping) else str(value)


def _as_note(answer: Answer, item: Item) -> Answer:
    if any(name == EARLIER for name, _ in answer.extra):
        return answer
    note = {"asked": (item.text or item.short_text)[:2000], "shown": shown_value(item, answer)}
    return replace(answer, extra=(*answer.extra, (EARLIER, note)))


def _named(item: Item) -> str:
    words = (item.short_text or item.text).strip()[:60]
    return f"“{words}” ({item.link_id})" if words else f"Item {item.link_id}"


_KIND_WORDS = {
    Kind.BOOLEAN: "yes or no",
    Kind.DECIMAL: "a number",
    Kind.INTEGER: "a whole number",
    Kind.DATE: "a date",
    Kind.DATE_TIME: "a date and time",
    Kind.TIME: "a time",
    Kind.STRING: "a line of text",
    Kind.TEXT: "text",
    Kind.URL: "an address",
    Kind.CHOICE: "an answer from a list",
    Kind.OPEN_CHOICE: "an answer from a list or in own words",
    Kind.QUANTITY: "an amount",
    Kind.REFERENCE: "a person",
    Kind.ATTACHMENT: "a file",
}


def _kind_words(item: Item) -> str:
    return _KIND_WORDS.get(item.kind, "no answer")


def _listed(words: list[str]) -> str:
    quoted = [f"“{each[:40]}”" for each in words[:4]]
    more = f" and {len(words) - 4} more" if len(words) > 4 else ""
    return ", ".join(quoted) + more


__all__ = [
    "EARLIER",
    "Difference",
    "Migrated",
    "Weight",
    "differences",
    "earlier",
    "heaviest",
    "migrate",
]
