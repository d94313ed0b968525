"""From a worker's unsent edit to the ops that carry it, and from a stale op to the next one. Pure.

An op is sealed once: its bytes are what is sent, at every try. What the ICS found stale is not sent again
but merged with what the record became, and sealed anew under another id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from sync.merge import Merge, answer_at, merge
from sync.protocol import (
    OpMessage,
    ProposalMessage,
    clash_of,
    decode,
    hash_of,
    op_bytes,
    proposal_of,
)
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import (
    Amended,
    Clash,
    Delta,
    OpKind,
    Rebased,
    SealedOp,
    Unsent,
    delta_between,
    with_row_as,
)
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FieldPath, NewId, OpId, RecordId
from workbook_desktop.domain.records import Answer, Body, Content, Head, State, body_of, content_of
from workbook_desktop.forms.definition import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The ops of one record, in order; or, with nothing left to send or a sign-off that cannot stand, a
    rebase."""

    ops: tuple[SealedOp, ...] = ()
    rebased: Rebased | None = None


def is_behind(work: Unsent) -> bool:
    """Say whether the head has moved on from the base, or from what the worker saw while typing, so that a
    merge comes before the sealing; or whether a refused op brought a clash, which only a merge carries on."""
    if work.head is None:
        return False
    moved = work.base is None or work.crossed is not None or work.head.version > work.base.version
    return moved or any(opened(op).proposals for op in work.aside)


class Expected(msgspec.Struct, frozen=True):
    """What of an op its acknowledgement is compared with."""

    scope_id: str
    result_hash: str


_expected = msgspec.json.Decoder(Expected)


def expected(op: SealedOp) -> Expected:
    """Return what an op's acknowledgement has to say. The bytes are our own."""
    return _expected.decode(op.bytes_)


def opened(op: SealedOp) -> OpMessage:
    """Return the message in an op's bytes."""
    return decode(op.bytes_, OpMessage)


class Sealer:
    """Makes ops. Takes the clock and the ids it puts on them."""

    def __init__(self, clock: Clock, new_id: NewId) -> None:
        self._clock, self._new_id = clock, new_id

    def seal(self, work: Unsent) -> Sealed:
        """Return the ops for all unsent edits of a record whose head is its base."""
        content = work.content
        signing = _may_sign(work, content)
        ops: list[SealedOp] = []
        if work.base is None:
            # The text is read for that alone: in a push of thousands nothing was set aside.
            left = self._left_of(self._proposed_by(work.aside, work.local)) if work.aside else ()
            ops += self._making(work, content, left)
            signing = signing and len(ops) == 1  # not while there is a question
        else:
            delta = delta_between(body_of(work.base.content), work.local)
            if work.sign_off_hash is not None and not signing:
                return Sealed(rebased=self._onto(work, work.base, work.local, delta, (), (), signing=False))
            if delta or work.settles:
                ops.append(self._change(work, work.base, content, delta, ()))
            elif not signing:
                return Sealed(rebased=self._onto(work, work.base, work.local, delta, (), (), signing=False))
        if signing:
            ops.append(self._sign_off(work, work.base, content, after=ops[-1].op if ops else None))
        return Sealed(ops=tuple(ops))

    def late(self, work: Unsent) -> SealedOp:
        """Return an op that carries an edit to a person at the office: all it changed since its base. Nothing
        is merged, for what the record says now may not be seen any more."""
        if work.base is None:
            return self._change(work, None, work.content, None, ())
        delta = delta_between(body_of(work.base.content), work.local)
        return self._change(work, work.base, work.content, delta, ())

    def again(
        self, work: Unsent, form: Form | None, replaced: Sequence[SealedOp], carried: Sequence[Clash]
    ) -> tuple[SealedOp, ...]:
        """Return the ops that make a record anew which the ICS has lost altogether.

        A create carries one text: what had already clashed goes with a second op, as a conflict. Where the
        worker's edit crossed with a colleague's and is not merged yet, the worker's words stand, for the
        colleague's laptop offers theirs.
        """
        local = work.local
        if work.crossed is not None:
            met = merge(work.crossed.seen, work.local, work.crossed.stood, form)
            local = met.merged
            for clash in met.clashes:
                local = _with_mine(local, clash)
        content = content_of(local)
        clashes = self._left_of(
            (
                *(replace(clash, theirs=answer_at(local, clash.path)) for clash in carried),
                *self._proposed_by((*work.aside, *replaced), local),
            )
        )
        bare = replace(work, base=None, head=None, settles=(), crossed=None, aside=(), content=content)
        return self._making(bare, content, clashes) if clashes else self.seal(bare).ops

    def _making(
        self, work: Unsent, content: Content, clashes: Sequence[Clash], op: OpId | None = None
    ) -> tuple[SealedOp, ...]:
        """Return the op that makes a record, and if there is a question from the start the one that asks it:
        a create carries one text alone."""
        made = self._change(work, None, content, None, (), op=op)
        if not clashes:
            return (made,)
        proposals = [proposal_of(clash, 1) for clash in clashes]
        return made, self._change(work, None, content, Delta(), proposals, after=made.op)

    @staticmethod
    def _left_of(clashes: Iterable[Clash]) -> list[Clash]:
        """Return those that are still to be asked about, each once."""
        found: list[Clash] = []
        for each in clashes:
            if not _settled_by_itself(each) and not any(_brings_the_same(each, new) for new in found):
                found.append(each)
        return found

    @staticmethod
    def _proposed_by(ops: Sequence[SealedOp], theirs: Body) -> list[Clash]:
        return [
            clash_of(proposal, answer_at(theirs, FieldPath(proposal.path)))
            for message in (opened(op) for op in ops)
            for proposal in message.proposals
        ]

    def bring_over(
        self,
        work: Unsent,
        head: Head,
        form: Form | None,
        replaced: Sequence[SealedOp] = (),
        *,
        carried: Sequence[Clash] = (),
    ) -> Rebased:
        """Return the edit merged with a newer head, and the op that carries what is left of it.

        The clean changes stand in the next op's `set`, each clash in its `proposals`. What the ops it
        replaces proposed, and those set aside, was never accepted: it comes along, or its text would stand
        nowhere. A sign-off sealed among the replaced is wanted still. Typing that crossed with an earlier run
        is merged with what that run brought first, as if it had been kept before. So do the clashes
        `carried`: conflicts that a restored ICS has no more.
        """
        messages = [opened(op) for op in replaced]
        signed = [message.content_hash for message in messages if message.content_hash is not None]
        if work.sign_off_hash is None and signed:
            work = replace(work, sign_off_hash=signed[-1])
        base = body_of(work.base.content) if work.base is not None else Body()
        theirs = body_of(head.content)
        local, crossed = work.local, Merge(merged=work.local, clashes=(), combined=())
        if work.crossed is not None:
            crossed = merge(work.crossed.seen, work.local, work.crossed.stood, form)
            local = crossed.merged
        met = merge(base, local, theirs, form)
        clashes = list(met.clashes)
        for each in (
            *(replace(clash, theirs=answer_at(theirs, clash.path)) for clash in (*crossed.clashes, *carried)),
            *self._proposed_by((*work.aside, *replaced), theirs),
        ):
            newer = next((at for at, new in enumerate(clashes) if _typed_over(each, new)), None)
            if newer is not None:
                clashes[newer] = replace(clashes[newer], base=each.base)
            elif not _settled_by_itself(each) and not any(_brings_the_same(each, new) for new in clashes):
                clashes.append(each)
        delta = delta_between(theirs, met.merged)
        content = content_of(met.merged)
        signing = not clashes and not head.open_conflicts and work.sign_off_hash == hash_of(content)
        return self._onto(
            work,
            head,
            met.merged,
            delta,
            tuple(clashes),
            tuple(sorted({*crossed.combined, *met.combined})),
            signing=signing,
            replaces=tuple(op.op for op in replaced),
        )

    def amend(
        self, work: Unsent, head: Head, form: Form | None, replaced: Sequence[SealedOp] = ()
    ) -> Amended:
        """Return the edit as a record of its own beside one that was signed off meanwhile.

        It says what the signed record says, with the worker's changes: where both changed an answer, the
        worker's own, for the signed words stand in the signed record and stay there. Of several own texts of
        one answer the newest; the earlier ones, which stand nowhere else, become questions about it.
        """
        met = self.bring_over(work, head, form, replaced)
        ops = tuple(op.op for op in replaced)
        local = body_of(head.content) if met.local is None else met.local
        for clash in met.clashes:
            # What was typed there since an earlier op brought the clash is newer than what that op said.
            if _says_the_same(answer_at(local, clash.path), clash.theirs):
                local = _with_mine(local, clash)
        content = content_of(local)
        earlier = self._left_of(
            replace(clash, theirs=answer_at(local, clash.path))
            for clash in met.clashes
            if _brings_words(clash)
        )
        if hash_of(content) == head.hash and not earlier:
            return Amended(record=work.record, replaces=ops, head=head, addition=None)
        op, record = OpId(self._new_id()), RecordId(self._new_id())
        addition = replace(
            head,
            id=record,
            state=State.DRAFT,
            content=content,
            version=1,
            hash=hash_of(content),
            created_by=None,
            created_at=None,
            changed_by=None,
            changed_at=None,
            signed_by=None,
            signed_at=None,
            open_conflicts=(),
            amends=work.record,
            extra=(),
        )
        beside = replace(
            work, record=record, base=None, head=None, content=content, settles=(), sign_off_hash=None,
            crossed=None, amends=work.record, aside=(),
        )  # fmt: skip
        return Amended(
            record=work.record,
            replaces=ops,
            head=head,
            addition=addition,
            ops=self._making(beside, content, earlier, op),
            clashes=tuple(earlier),
        )

    def _onto(
        self,
        work: Unsent,
        head: Head,
        local: Body,
        delta: Delta,
        clashes: tuple[Clash, ...],
        combined: tuple[FieldPath, ...],
        *,
        signing: bool,
        replaces: tuple[OpId, ...] = (),
    ) -> Rebased:
        content = content_of(local)
        proposals = [proposal_of(clash, head.version) for clash in clashes]
        next_op: SealedOp | None = None
        if delta or proposals or work.settles:
            next_op = self._change(work, head, content, delta, proposals)
        elif signing:
            next_op = self._sign_off(work, head, content, after=None)
        return Rebased(
            record=work.record,
            replaces=replaces,
            head=head,
            local=local if delta else None,
            clashes=clashes,
            combined=combined,
            sign_off_dropped=work.sign_off_hash is not None and not signing,
            next_op=next_op,
        )

    def _change(
        self,
        work: Unsent,
        onto: Head | None,
        content: Content,
        delta: Delta | None,
        proposals: Sequence[ProposalMessage],
        *,
        op: OpId | None = None,
        after: OpId | None = None,
    ) -> SealedOp:
        """Without a delta everything is set. It rests on a head, on what another op makes, or on nothing."""
        if onto is None and after is None:
            kind = OpKind.CREATE if work.amends is None else OpKind.AMEND
        else:
            kind = OpKind.RESOLVE if work.settles else OpKind.UPDATE
        op = op or OpId(self._new_id())
        return SealedOp(
            op=op,
            record=work.record,
            kind=kind,
            after=after,
            bytes_=op_bytes(
                op=op,
                kind=kind,
                record=work.record,
                type=work.type,
                family=work.family,
                form=work.form,
                chapter=work.chapter,
                subjects=work.subjects,
                if_match=None if onto is None else onto.version,
                after=after,
                delta=delta,
                whole=content if delta is None else None,
                proposals=proposals,
                settles=work.settles,
                amends=work.amends if onto is None and after is None else None,
                result_hash=hash_of(content),
                edited_from=work.edited_from,
                edited_to=work.edited_to,
                now=self._clock.now(),
            ),
            content=content,
            state=None,
        )

    def _sign_off(self, work: Unsent, onto: Head | None, content: Content, after: OpId | None) -> SealedOp:
        op = OpId(self._new_id())
        seen = hash_of(content)
        return SealedOp(
            op=op,
            record=work.record,
            kind=OpKind.TRANSITION,
            after=after,
            bytes_=op_bytes(
                op=op,
                kind=OpKind.TRANSITION,
                record=work.record,
                type=work.type,
                family=work.family,
                form=work.form,
                chapter=work.chapter,
                subjects=work.subjects,
                if_match=None if after is not None or onto is None else onto.version,
                after=after,
                result_hash=seen,
                to_state=State.SIGNED_OFF,
                content_hash=seen,
                edited_from=work.edited_from,
                edited_to=work.edited_to,
                now=self._clock.now(),
            ),
            content=content,
            state=State.SIGNED_OFF,
        )


def _may_sign(work: Unsent, content: Content) -> bool:
    """Say whether the content is what the signer saw, with no conflict open that this edit does not
    settle."""
    if work.sign_off_hash is None or work.sign_off_hash != hash_of(content):
        return False
    settled = {each.conflict for each in work.settles}
    return work.base is None or all(each in settled for each in work.base.open_conflicts)


def _with_mine(body: Body, clash: Clash) -> Body:
    """Return a body that says at a clash what the worker said there."""
    parent = paths.parent_row(clash.path)
    if parent and parent not in body.rows:
        return body
    if paths.is_row(clash.path):
        return with_row_as(body, clash.path, clash.mine)
    return body.with_answer(clash.path, clash.mine)


def _says_the_same(one: Answer | None, other: Answer | None) -> bool:
    return one is other if one is None or other is None else one.says_the_same(other)


def _settled_by_itself(clash: Clash) -> bool:
    return _says_the_same(clash.mine, clash.theirs)


def _brings_words(clash: Clash) -> bool:
    """Say whether a worker wrote what stands in a clash: it does not only go along with another answer, nor
    say that something was taken away."""
    return (
        clash.mine is not None and clash.mine.value is not None and not _says_the_same(clash.mine, clash.base)
    )


def _typed_over(carried: Clash, new: Clash) -> bool:
    """Say whether a clash holds what the worker made of the text in an earlier one."""
    return (
        carried.path == new.path
        and carried.kind == new.kind
        and _says_the_same(carried.mine, new.base)
        and not _says_the_same(carried.mine, new.mine)
        and not _says_the_same(carried.mine, carried.base)
    )


def _brings_the_same(carried: Clash, new: Clash) -> bool:
    return carried.path == new.path and _says_the_same(carried.mine, new.mine)
