"""A draft moved to a later version of its form at its author's wish, and back again.

`versions.migrate` says where answers stand in the later version. Here is what the worker is told about it
beforehand, and what it takes to undo it: an answer that was put elsewhere or read otherwise remembers where
it stood and what it said (`MOVED`), in the record itself, so that undoing needs nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Answer, Body, Empty
from workbook_desktop.forms.definition import Form, Item
from workbook_desktop.forms.versions import EARLIER, Difference, Weight, differences, earlier, migrate

MOVED = "moved-from"  # member of an answer: {"version", "path", "value"} of what it was before the move


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a later version of a form means for a record, in plain words."""

    gone: tuple[str, ...]  # questions that are no longer asked
    renamed: tuple[str, ...]  # questions whose answers go to another one
    new_required: tuple[str, ...]
    new: tuple[str, ...]  # and may be left out
    otherwise: tuple[str, ...]  # questions that are offered, limited or checked in another way
    every: tuple[str, ...]  # each change as a sentence, heaviest first
    left_over: tuple[str, ...]  # questions with an answer in this record that finds no place


def outlook(body: Body, before: Form, after: Form) -> Outlook:
    """Return what moving a record would mean."""
    found = differences(before, after)
    gone = [each for each in found if _was(each, before, after)]
    new = [each for each in found if each.item not in before.by_link_id and each.item in after.by_link_id]
    rest = [
        each
        for each in found
        if each not in gone
        and each not in new
        and each.weight >= Weight.REVIEW
        and each.item in after.by_link_id
        and after.by_link_id[each.item].is_question  # type: ignore[index]
    ]
    noted_before = {line.path for line in earlier(before, body)}
    left = [
        line.label for line in earlier(after, there(body, before, after)) if line.path not in noted_before
    ]
    return Outlook(
        gone=_names([each for each in gone if not each.moved], before),
        renamed=_names([each for each in gone if each.moved], before),
        new_required=_names([each for each in new if each.weight >= Weight.REVIEW], after),
        new=_names([each for each in new if each.weight < Weight.REVIEW], after),
        otherwise=_names(rest, after),
        every=tuple(_plain(each, before, after) for each in found),
        left_over=tuple(dict.fromkeys(left)),
    )


def there(body: Body, before: Form, after: Form) -> Body:
    """Return a record in a later version of its form, with what it takes to come `back`. Pure.

    Nothing is lost: what has no place in the later version stays, and says what was asked (`EARLIER`).
    """
    apart = _worked_out_alike(body, before, after)
    asked = _asked_again(Body(answers=_without(body, apart), rows=body.rows), before, after)
    found = migrate(asked, before, after)
    answers = {**found.body.answers, **apart}
    for path in (*found.touched, *(each for each in found.kept if paths.link_id(each) in after.by_link_id)):
        origin = path if path in asked.answers else _origin(path, asked, after, before.version)
        if origin is None:
            continue
        was = asked.answers[origin]
        note: dict[str, Any] = {"version": before.version, "path": origin}
        note.update({"value": was.value} if was.empty is None else {"empty": str(was.empty)})
        now = answers[path]
        extra = (*(each for each in now.extra if each[0] != MOVED), (MOVED, note))
        answers[path] = replace(now, extra=extra)
    return Body(answers=answers, rows=found.body.rows)


def back(body: Body, after: Form, before: Form) -> Body:
    """Return a record that was moved `there` to the version it came from. Pure.

    What nobody has touched since says exactly what it said. What was answered since keeps its question if the
    earlier version asks it too, and else stays as a note of what was asked.
    """
    wanted = {
        path: found
        for path, answer in body.answers.items()
        if (found := _restored(path, answer, body, before, after)) is not None
    }
    while taken := [
        path for path, (origin, _) in wanted.items() if origin in body.answers.keys() - wanted.keys()
    ]:
        for (
            path
        ) in taken:  # something else was answered there since: what was moved stays where it is, as a note
            del wanted[path]
    restored = dict(wanted.values())
    rest = {path: answer for path, answer in body.answers.items() if path not in wanted}
    apart = _worked_out_alike(Body(answers=rest), after, before)
    left = Body(answers=_without(Body(answers=rest), apart), rows=body.rows)
    carried = migrate(_asked_again(left, after, before), after, before).body
    return Body(answers={**carried.answers, **apart, **restored}, rows=carried.rows)


def _restored(
    path: FieldPath, answer: Answer, body: Body, before: Form, after: Form
) -> tuple[FieldPath, Answer] | None:
    """Return an answer as it was before the move, and where, if nobody has touched it since."""
    note = dict(answer.extra).get(MOVED)
    if not isinstance(note, Mapping) or note.get("version") != before.version:
        return None
    origin = FieldPath(str(note.get("path")))
    row = paths.parent_row(origin)
    if row and row not in body.rows:
        return None
    bare = tuple(each for each in answer.extra if each[0] != MOVED)
    if origin == path:  # read otherwise: what was noted beside it belongs to the later version alone
        bare = tuple(each for each in bare if each[0] != EARLIER)
    empty = note.get("empty")
    was = replace(
        answer, value=note.get("value"), empty=Empty(str(empty)) if empty is not None else None, extra=bare
    )
    again = migrate(Body(answers={origin: was}, rows=body.rows), before, after).body.answers.get(path)
    if again is None or not answer.says_the_same(again):
        return None
    return origin, was


def _origin(path: FieldPath, body: Body, after: Form, version: str) -> FieldPath | None:
    """Return where an answer stood that the form's own rules put to `path`."""
    link = paths.link_id(path)
    row = paths.parent_row(path)
    for move in after.moves:
        if move.since == version and move.new == link:
            old = paths.child(row, move.old)
            if old in body.answers:
                return old
    return None


def _worked_out_alike(body: Body, one: Form, two: Form) -> dict[FieldPath, Answer]:
    """Return the answers that follow from others in both versions: to be worked out anew there."""
    return {
        path: answer
        for path, answer in body.answers.items()
        if _is_worked_out(one, path) and _is_worked_out(two, path)
    }


def _is_worked_out(form: Form, path: FieldPath) -> bool:
    item = form.by_link_id.get(paths.link_id(path))
    return item is not None and item.is_worked_out


def _asked_again(body: Body, source: Form, target: Form) -> Body:
    """Return a body in which what was kept as a note is an answer again, where `target` asks what `source`
    did not."""

    def plain(path: FieldPath, answer: Answer) -> Answer:
        link = paths.link_id(path)
        if link in source.by_link_id or link not in target.by_link_id:
            return answer
        return replace(answer, extra=tuple(each for each in answer.extra if each[0] != EARLIER))

    return Body(answers={path: plain(path, each) for path, each in body.answers.items()}, rows=body.rows)


def _without(body: Body, apart: Mapping[FieldPath, Answer]) -> dict[FieldPath, Answer]:
    return {path: answer for path, answer in body.answers.items() if path not in apart}


def _was(each: Difference, before: Form, after: Form) -> bool:
    return each.item in before.by_link_id and each.item not in after.by_link_id


def _names(found: list[Difference], form: Form) -> tuple[str, ...]:
    named = [_words(form.by_link_id[each.item]) for each in found]  # type: ignore[index]
    return tuple(dict.fromkeys(words for words in named if words))


def _words(item: Item) -> str:
    return (item.short_text or item.text).strip()[:60]


def _plain(each: Difference, before: Form, after: Form) -> str:
    """Return a change as a worker reads it: no ids of the form's author."""
    said = each.what.replace(f" ({each.item})", "")
    for move in after.moves:
        if move.old == each.item and move.new is not None and move.new in after.by_link_id:
            said = said.replace(f"go to {move.new}.", f"go to “{_words(after.by_link_id[move.new])}”.")
    return said
