"""Moves over more than one version: 1.0 to 1.2, where 1.1 was published between. Pure.

A form says where answers of the version before it go (`Form.moves`). Over several versions these are followed
one after the other, renamed codes too, so that the result is the one that moving at each version would have
given; and going back is one step, as it was one step there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from workbook_desktop.domain.ids import LinkId
from workbook_desktop.forms.definition import Form, Move


def bridged(before: Form, after: Form, between: Sequence[Form] = ()) -> Form:
    """Return the later version with moves that say where answers of `before` go.

    Args:
        between: the versions from the one to the other that are known here, oldest first. Of one that is not,
            what `after` says of it holds for a question that `before` asks by the same linkId: publishing
            keeps linkIds to one meaning.
    """
    if not between and not any(move.since != before.version for move in after.moves):
        return after
    chain = (before, *between, after)
    known = {form.version for form in chain}
    found = []
    for item in before.walk():
        if not item.is_question:
            continue
        move = _followed(item.link_id, chain, known)
        if move is not None:
            found.append(move)
    rest = tuple(move for move in after.moves if move.since != before.version)
    return replace(after, moves=(*rest, *found))


def _followed(link: LinkId, chain: Sequence[Form], known: set[str]) -> Move | None:
    """Return where one question's answers go in the end; None if nothing says so."""
    here: LinkId = link
    codes: dict[str, str] = {}
    has_moved = False
    for was, now in pairwise(chain):
        said = [move for move in now.moves if move.old == here]
        move = next(
            (each for each in said if each.since == was.version),
            next((each for each in said if each.since not in known), None)
            if here not in now.by_link_id
            else None,
        )
        if move is None:
            continue
        has_moved = True
        if move.new is None:
            return Move(since=chain[0].version, old=link, new=None)
        renamed = dict(move.options)
        codes = {old: renamed.get(new, new) for old, new in codes.items()}
        codes |= {old: new for old, new in renamed.items() if old not in codes}
        here = move.new
    if not has_moved:
        return None
    options = tuple((old, new) for old, new in codes.items() if old != new)
    return Move(since=chain[0].version, old=link, new=here, options=options)
