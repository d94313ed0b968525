"""Pages of the feed, read into the domain's values."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from sync.protocol.conflicts import conflict_of
from sync.protocol.messages import ConflictMessage, FeedReply
from sync.protocol.records import head_in
from sync.protocol.strict import plainly
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.errors import ReplyRefused

_T = TypeVar("_T")


def feed_page_of(reply: FeedReply) -> FeedPage:
    """Return the page of a reply, every hash compared. Kinds this version does not know are passed over.

    The reply comes from `decode`, which has read the bodies strictly with the rest.

    Raises:
        ReplyRefused: an item is not what its envelope says, or the order is not rising.
    """
    items: list[FeedItem] = []
    last = 0
    for item in reply.items:
        if item.seq <= last:
            raise ReplyRefused(reason="order", seq=item.seq)
        last = item.seq
        if item.kind == "record":
            head = head_in(plainly(item.body))
            if head.id != item.id or head.family != item.scope_id or head.version != item.version:
                raise ReplyRefused(reason="not-as-announced", seq=item.seq)
            items.append(FeedItem(seq=item.seq, kind="record", family=head.family, head=head))
        elif item.kind == "conflict":
            conflict = conflict_of(_convert(item.body, ConflictMessage))
            if conflict.id != item.id or conflict.family != item.scope_id:
                raise ReplyRefused(reason="not-as-announced", seq=item.seq)
            items.append(FeedItem(seq=item.seq, kind="conflict", family=conflict.family, conflict=conflict))
        elif item.kind == "form":
            items.append(FeedItem(seq=item.seq, kind="form", family=None, form=bytes(item.body)))
    return FeedPage(items=tuple(items), cursor=reply.next_cursor, epoch=reply.epoch, more=reply.more)


def _convert(raw: msgspec.Raw, into: type[_T]) -> _T:
    try:
        return msgspec.convert(plainly(raw), into)
    except msgspec.ValidationError as error:
        raise ReplyRefused(reason="not-the-message", message=into.__name__) from error
