"""A delta on nested content: what `domain.changes.apply` does, without taking the record apart for it.

A push of thousands of records spends most of its time here. That both say the same is a property test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.protocol import OpMessage
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Empty

_EMPTIES = frozenset(str(each) for each in Empty)
_LONGEST = 2_000  # characters of a path

Node = dict[str, Any]


class DeltaRefused(Exception):
    """The delta does not fit. `path` says where, for the worker to be shown the field."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path[:200]


def content_after(answers: Mapping[str, Any], groups: Mapping[str, Any], op: OpMessage) -> Node:
    """Return the content that an op makes of content; what came in stays as it was.

    Raises:
        DeltaRefused: a path, an answer or a row is not of the shape of the contract, or stands in a row that
            is not there.
    """
    root: Node = {"answers": dict(answers), "groups": _copied(groups)}
    for path in sorted(op.unset, key=_is_answer):  # rows first: they take what stands in them along
        *outer, last = _segments(path)
        if _is_answer(path):
            node = _node(root, outer)
            if node is not None:
                node["answers"].pop(last, None)
        else:
            *outer, group = outer
            node = _node(root, outer)
            if node is not None:
                node["groups"].get(group, {}).pop(last, None)
    outermost = root["answers"]
    inner: list[tuple[int, str, Any]] = []
    for path, put in op.set.items():
        if "/" in path or "~" in path or not 0 < len(path) <= _LONGEST:
            inner.append((path.count("/"), path, put))
        elif (  # by far the commonest: as every laptop writes it, see `answer_fits`
            len(put) == 3
            and put.get("by").__class__ is str
            and put.get("at").__class__ is str
            and put.get("v") is not None
        ) or answer_fits(put):
            outermost[path] = put
        else:
            raise DeltaRefused(path)
    inner.sort(key=_by_depth)  # outer rows first
    rows: dict[str, Node] = {}  # those found so far: a row's answers come one after another
    for slashes, path, put in inner:
        if slashes % 2:
            rows[path] = _row_put(root, path, put)
            continue
        row, _, last = path.rpartition("/")
        node = rows.get(row)
        if node is None or "~" in last or not last or len(path) > _LONGEST:
            *outer, last = _segments(path)
            node = _node(root, outer)
        if node is None or not answer_fits(put):
            raise DeltaRefused(path)
        rows.setdefault(row, node)
        node["answers"][last] = put
    if op.unset:
        _without_empty_groups(root)
    return root


def _row_put(root: Node, path: str, put: Mapping[str, Any]) -> Node:
    *outer, group, last = _segments(path)
    node = _node(root, outer)
    place = put.get("ord")
    if node is None or len(put) != 1 or not isinstance(place, str) or not place:
        raise DeltaRefused(path)
    row: Node = node["groups"].setdefault(group, {}).setdefault(last, {"answers": {}, "groups": {}})
    row["ord"] = place
    return row


def _by_depth(put: tuple[int, str, Any]) -> int:
    return put[0]


def _is_answer(path: str) -> bool:
    return path.count("/") % 2 == 0


def _segments(path: str) -> list[str]:
    segments = path.split("/") if "~" not in path else list(paths.split(FieldPath(path)))
    if not all(segments) or len(path) > _LONGEST:
        raise DeltaRefused(path)
    return segments


def _node(root: Node, outer: list[str]) -> Node | None:
    """Return the root or the row to which these segments lead; None if it is not there."""
    node: Node | None = root
    for at in range(0, len(outer), 2):
        if node is None:
            return None
        node = node["groups"].get(outer[at], {}).get(outer[at + 1])
    return node


def answer_fits(answer: Mapping[str, Any]) -> bool:
    """Say whether an answer is of the contract's shape; one that is not would stop every reader."""
    if len(answer) == 3:  # as every laptop writes it: answered, by whom and when
        by, at = answer.get("by"), answer.get("at")
        if by.__class__ is str and at.__class__ is str and answer.get("v") is not None:
            return True
    value, empty = answer.get("v"), answer.get("s")
    if (empty not in _EMPTIES) if value is None else (empty is not None):
        return False
    by, at = answer.get("by"), answer.get("at")
    return (by is None or isinstance(by, str)) and (at is None or isinstance(at, str)) and "ord" not in answer


def _copied(groups: Mapping[str, Any]) -> Node:
    return {
        group: {
            row_id: {
                "ord": row["ord"],
                "answers": dict(row.get("answers", {})),
                "groups": _copied(row.get("groups", {})),
            }
            for row_id, row in rows.items()
        }
        for group, rows in groups.items()
    }


def _without_empty_groups(node: Node) -> None:
    groups = node["groups"]
    for group in [group for group, rows in groups.items() if not rows]:
        del groups[group]
    for rows in groups.values():
        for row in rows.values():
            _without_empty_groups(row)
