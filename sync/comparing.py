"""Families that arrive whole, and what is here compared with what the ICS has: nothing is deleted first.

"Up to date" is said only when the feed is read to its end and the digests agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sync.ports import CursorExpired, ScopeForbidden, SyncStore
from sync.protocol import (
    Capabilities,
    ManifestReply,
    ScopesReply,
    SnapshotReply,
    feed_items,
)
from sync.steps import IcsCall, Step, StoreCall, Tally, same_epoch
from workbook_desktop.domain.changes import FeedItem
from workbook_desktop.domain.digests import Digest, digest_of, digest_of_all
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.holdings import Arriving, Holding, Leaving
from workbook_desktop.domain.ids import FamilyId, RecordId

SUM_AT_ONCE = 2_000  # records whose sums are worked out in one visit to the store's thread
FETCHED_AT_ONCE = 100
HELD_AT_ONCE = 500
MOST_AT_ONCE = 0.3  # of the families may leave at once without asking a second time


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the store has to compare."""

    digests: Mapping[FamilyId, Digest]
    arriving: Sequence[Arriving]
    unlisted: Sequence[FamilyId]

    def digest(self, scopes: Collection[FamilyId]) -> str:
        """Return the digest of the families the ICS lists."""
        found = ((each, self.digests.get(each, Digest())) for each in scopes)
        return digest_of_all((family, digest.count, digest.text) for family, digest in found)


def standing() -> Step:
    """Return how the store stands, its sums worked out a part at a time."""
    while (yield StoreCall(what="sum-up", do=lambda store: store.scopes.sum_up(SUM_AT_ONCE))):
        pass

    def look(store: SyncStore) -> Standing:
        return Standing(
            digests=store.scopes.digests(),
            arriving=store.scopes.arriving(),
            unlisted=store.scopes.unlisted(),
        )

    return (yield StoreCall(what="standing", do=look))


def is_whole(reply: ScopesReply) -> bool:
    """Say whether a list of families adds up to its own digest, and names any at all: only such a list says
    anything about what it does not name."""
    listed = [(scope.id, scope.count, scope.digest or "") for scope in reply.scopes]
    return bool(listed) and reply.digest == digest_of_all(listed)


def arrive(tally: Tally, caps: Capabilities, arriving: Sequence[Arriving], most: int) -> Step:
    """Read families whole, each from where it was left; one withdrawn meanwhile is left as it is, unseen."""
    for each in arriving:
        yield from _arrive_one(tally, caps, each, most)


def _arrive_one(tally: Tally, caps: Capabilities, each: Arriving, most: int) -> Step:
    family, page, last = each.family, each.page, 0
    while True:
        asked = page
        try:
            reply: SnapshotReply = yield IcsCall(
                what="snapshot",
                do=lambda ics: ics.snapshot(family, asked, most),  # noqa: B023
            )
        except ScopeForbidden:
            return  # withdrawn: the feed says so, and what is here of it is not shown
        except CursorExpired as error:
            if page is None:
                raise ReplyRefused(reason="page") from error
            page, last = None, 0
            continue
        same_epoch(reply.epoch, caps)
        items = _of_family(reply, family)
        if reply.items:
            if reply.items[0].seq <= last:
                raise ReplyRefused(reason="order", seq=reply.items[0].seq)
            last = reply.items[-1].seq
        if reply.next_page is not None and (not reply.items or reply.next_page == page):
            raise ReplyRefused(reason="page")
        page = reply.next_page
        changed: Sequence[RecordId] = yield StoreCall(
            what="take-snapshot",
            do=lambda store: store.scopes.take_snapshot(family, items, page),  # noqa: B023
        )
        tally.received += len(items)
        tally.changed.update((record, None) for record in changed)
        if page is None:
            return


def _of_family(reply: SnapshotReply, family: FamilyId) -> tuple[FeedItem, ...]:
    items = feed_items(reply.items)
    if reply.scope_id != family or any(item.family != family for item in items):
        raise ReplyRefused(reason="scope")
    if any(item.kind not in ("record", "conflict") for item in items):
        raise ReplyRefused(reason="not-as-announced")
    return items


def mend(tally: Tally, caps: Capabilities, reply: ScopesReply, held: Standing) -> Step:
    """Fetch what differs in the families that differ. Returns the records that the ICS has in an older
    version than this laptop: it lost something, and did not say so."""
    lost: list[Holding] = []
    for scope in reply.scopes:
        here = held.digests.get(FamilyId(scope.id), Digest())
        if scope.digest is not None and (scope.count, scope.digest) != (here.count, here.text):
            lost += yield from _mend_one(tally, caps, FamilyId(scope.id))
    return lost


def _mend_one(tally: Tally, caps: Capabilities, family: FamilyId) -> Step:
    listed = yield from _manifest(caps, family)
    if listed is None:
        return []
    held = yield from _held(family)
    missing = [
        record
        for record, (version, hash_) in listed.items()
        if record not in held
        or held[record].version < version
        or (held[record].version == version and held[record].hash != hash_)
    ]
    yield from _fetch(tally, caps, family, missing)
    extra = [each for record, each in held.items() if record not in listed]
    if extra and (yield from _manifest(caps, family)) == listed:  # asked twice before anything goes
        leavings = [
            Leaving(
                job=_name("withheld", each.record, each.version),
                kind="withheld",
                family=family,
                record=each.record,
                reason="not-listed",
            )
            for each in extra
        ]
        changed = yield StoreCall(what="begin-purge", do=lambda store: store.purges.begin(leavings))
        tally.changed.update((record, None) for record in changed)
    return [each for record, each in held.items() if record in listed and each.version > listed[record][0]]


def _manifest(caps: Capabilities, family: FamilyId) -> Step:
    """Returns version and hash by record, once the list is seen to add up; None if the family is gone."""
    try:
        reply: ManifestReply = yield IcsCall(what="manifest", do=lambda ics: ics.manifest(family))
    except ScopeForbidden:
        return None
    same_epoch(reply.epoch, caps)
    found = digest_of((each.id, each.version, each.hash) for each in reply.items)
    if reply.scope_id != family or (found.count, found.text) != (reply.count, reply.digest):
        raise ReplyRefused(reason="manifest")
    return {RecordId(each.id): (each.version, each.hash) for each in reply.items}


def _held(family: FamilyId) -> Step:
    found: dict[RecordId, Holding] = {}
    after: RecordId | None = None
    while True:
        since = after
        some: Sequence[Holding] = yield StoreCall(
            what="holdings",
            do=lambda store: store.scopes.holdings(family, since, HELD_AT_ONCE),  # noqa: B023
        )
        if not some:
            return found
        found.update((each.record, each) for each in some)
        after = some[-1].record


def _fetch(tally: Tally, caps: Capabilities, family: FamilyId, records: Sequence[RecordId]) -> Step:
    most = max(1, min(FETCHED_AT_ONCE, caps.limits.page_items))
    for start in range(0, len(records), most):
        some = records[start : start + most]
        try:
            reply: SnapshotReply = yield IcsCall(
                what="fetch",
                do=lambda ics: ics.fetch(family, some),  # noqa: B023
            )
        except ScopeForbidden:
            return
        same_epoch(reply.epoch, caps)
        items = _of_family(reply, family)
        asked = set(some)
        about = [
            item.head.id if item.head is not None else item.conflict.record if item.conflict else None
            for item in items
        ]
        if any(record not in asked for record in about):
            raise ReplyRefused(reason="not-as-asked")
        changed: Sequence[RecordId] = yield StoreCall(
            what="mend",
            do=lambda store: store.scopes.mend(items),  # noqa: B023
        )
        tally.received += len(items)
        tally.changed.update((record, None) for record in changed)


def unlisted_leave(families: Sequence[FamilyId], as_of: int) -> StoreCall:
    """Freeze families that a whole list, asked for twice, does not name: the word of it was lost."""
    leavings = [
        Leaving(job=_name("unlisted", family, as_of), kind="scope", family=family, reason="not-listed")
        for family in families
    ]
    return StoreCall(what="begin-purge", do=lambda store: store.purges.begin(leavings))


def _name(why: str, what: str, number: int) -> str:
    return f"{why}.{hashlib.sha256(f'{what} {number}'.encode()).hexdigest()[:40]}"
