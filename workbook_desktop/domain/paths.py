"""Where an answer stands in a record: row ids from the outside in, then the question.

A path is text of segments joined by ``/``; inside a segment ``~`` is written ``~0`` and ``/`` is ``~1``
(as in RFC 6901), because linkIds of public forms hold both. An odd number of segments is an answer
(``note`` or ``children/<row id>/seen_alone``), an even number is a row (``children/<row id>``). Groups that
do not repeat are no part of a path: a linkId is unique in its form, so a question may move to another section
and keep its answers and its merges.
"""

from __future__ import annotations

from workbook_desktop.domain.ids import FieldPath, LinkId, RowId

ROOT = FieldPath("")


def _escape(segment: str) -> str:
    if "~" in segment or "/" in segment:
        return segment.replace("~", "~0").replace("/", "~1")
    return segment


def join(*segments: str) -> FieldPath:
    """Return the path of these plain segments."""
    return FieldPath("/".join(_escape(segment) for segment in segments))


def split(path: FieldPath) -> tuple[str, ...]:
    """Return the plain segments of a path; none for the root."""
    if not path:
        return ()
    if "~" in path:
        return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.split("/"))
    return tuple(path.split("/"))


def child(row: FieldPath, link_id: LinkId) -> FieldPath:
    """Return the path of a question inside a row (`ROOT` for outside any row)."""
    return FieldPath(f"{row}/{_escape(link_id)}" if row else _escape(link_id))


def row(parent: FieldPath, group: LinkId, row_id: RowId) -> FieldPath:
    """Return the path of one row of a repeating group that stands in `parent`."""
    return FieldPath(f"{child(parent, group)}/{_escape(row_id)}")


def is_row(path: FieldPath) -> bool:
    """Say whether the path names a row; the root counts as one."""
    return not path or path.count("/") % 2 == 1


def parent_row(path: FieldPath) -> FieldPath:
    """Return the row in which an answer or a row stands; `ROOT` if none."""
    parts = path.split("/")
    keep = len(parts) - (2 if len(parts) % 2 == 0 else 1)
    return FieldPath("/".join(parts[:keep]))


def link_id(path: FieldPath) -> LinkId:
    """Return the question of an answer's path, or the repeating group of a row's path."""
    segments = split(path)
    return LinkId(segments[-2] if len(segments) % 2 == 0 else segments[-1])


def row_id(path: FieldPath) -> RowId:
    """Return the last row id of a row's path."""
    return RowId(split(path)[-1])


def under(path: FieldPath, row_path: FieldPath) -> bool:
    """Say whether `path` is that row or stands in it."""
    return not row_path or path == row_path or path.startswith(row_path + "/")
