"""Pages of the feed, read into the domain's values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec

from sync.protocol.conflicts import conflict_of
from sync.protocol.messages import ConflictMessage, FeedItemMessage, FeedReply
from sync.protocol.records import head_in, moment_of
from sync.protocol.scopes import LeavingMessage
from sync.protocol.strict import strict_json
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.holdings import Leaving
from workbook_desktop.domain.ids import FamilyId, RecordId

_T = TypeVar("_T")
_OF_A_RECORD: Final = ("moved_out", "tombstone", "erased")


def feed_page_of(reply: FeedReply) -> FeedPage:
    """Return the page of a reply, every hash compared. Kinds this version does not know are passed over.

    The reply comes from `decode`, which has read what is around the bodies.

    Raises:
        ReplyRefused: an item is not what its envelope says, or the order is not rising.
    """
    return FeedPage(
        items=feed_items(reply.items),
        cursor=reply.next_cursor,
        epoch=reply.epoch,
        more=reply.more,
        digest=reply.scopes_digest,
    )


def feed_items(messages: Iterable[FeedItemMessage]) -> tuple[FeedItem, ...]:
    """Return the items of a page, every hash compared; `FeedReply`'s and `SnapshotReply`'s alike.

    Raises:
        ReplyRefused: an item is not what its envelope says, or the order is not rising.
    """
    items: list[FeedItem] = []
    last = 0
    for item in messages:
        if item.seq <= last:
            raise ReplyRefused(reason="order", seq=item.seq)
        last = item.seq
        found = _item(item)
        if found is not None:
            items.append(found)
    return tuple(items)


def _item(item: FeedItemMessage) -> FeedItem | None:
    if item.kind == "record":
        head = head_in(strict_json(item.body), bytes(item.body))
        if head.id != item.id or head.family != item.scope_id or head.version != item.version:
            raise ReplyRefused(reason="not-as-announced", seq=item.seq)
        return FeedItem(seq=item.seq, kind="record", family=head.family, head=head)
    if item.kind == "conflict":
        conflict = conflict_of(_convert(item.body, ConflictMessage))
        if conflict.id != item.id or conflict.family != item.scope_id:
            raise ReplyRefused(reason="not-as-announced", seq=item.seq)
        return FeedItem(seq=item.seq, kind="conflict", family=conflict.family, conflict=conflict)
    if item.kind == "form":
        strict_json(item.body, fractions=True)
        return FeedItem(seq=item.seq, kind="form", family=None, form=bytes(item.body))
    if item.kind not in ("scope_added", "scope_revoked", *_OF_A_RECORD):
        return None
    if not item.scope_id:
        raise ReplyRefused(reason="not-as-announced", seq=item.seq)
    family = FamilyId(item.scope_id)
    if item.kind == "scope_added":
        return FeedItem(seq=item.seq, kind="scope_added", family=family)
    return FeedItem(seq=item.seq, kind="leaving", family=family, leaving=_leaving(item, family))


def _leaving(item: FeedItemMessage, family: FamilyId) -> Leaving:
    said = _convert(item.body, LeavingMessage)
    if not said.job_id or said.mode not in ("handover", "immediate"):
        raise ReplyRefused(reason="not-the-message", message="LeavingMessage")
    return Leaving(
        job=said.job_id,
        kind=item.kind if item.kind in _OF_A_RECORD else "scope",
        family=family,
        record=RecordId(item.id) if item.kind in _OF_A_RECORD else None,
        reason=said.reason,
        is_immediate=said.mode == "immediate",
        deadline=moment_of(said.deadline),
    )


def _convert(raw: msgspec.Raw, into: type[_T]) -> _T:
    try:
        return msgspec.convert(strict_json(raw), into)
    except msgspec.ValidationError as error:
        raise ReplyRefused(reason="not-the-message", message=into.__name__) from error
