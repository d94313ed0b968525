"""The invariants of the sync, looked after at every step of a story. Each is named where it is checked.

I1 to I19 and L1 to L4 are those of the design; `COVERED` says of each how it is looked after here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from sync.protocol import OpMessage, canonical, decode, hash_of
from tests.simulation.disks import Seen
from tests.simulation.files import Files
from tests.simulation.ground import LETTER_OF, words_in, words_of
from tests.simulation.laptops import Laptop, shown
from tests.simulation.service import Ask, Reply, Service, Written, cursor_seq, ranges
from workbook_desktop.domain.changes import RunReport
from workbook_desktop.domain.ids import FamilyId, RecordId, WorkerId
from workbook_desktop.domain.records import State, content_of

COVERED: Final[Mapping[str, str]] = {
    "I1": "at every step: each word typed stands on its laptop, in the history, in a conflict, or was let go",
    "I2": "at the end: each receipt of each laptop names a version the ICS has, byte for byte as written",
    "I3": "at every revision: no word leaves a record but by the hand of who saw it; no question to one",
    "I4": "at every push: an op is taken once, and every later answer to it says the same",
    "I5": "at every revision: one op, one revision; one record id, one first version; conflict ids once",
    "I6": "at every revision: versions without a gap, and a hash that fits",
    "I7": "at every page and every write: nothing is left out up to the cursor, nothing appears behind it",
    "I8": "at every page: the cursor never goes back; no record without its form",
    "I9": "at every step: a word that is still on its way is on its writer's screen; versions never go back",
    "I10": "at every merge: twice the same, the same from both sides, and no word lost or made up",
    "I11": "at every revision: signed as shown to the signer, with nothing open, and the last there is",
    "I12": "after each receipt and at the end: no word of what left in any table, index or journal",
    "I13": "at every answer: no word of a family the worker may not see at that moment",
    "I14": "rows: with I3; at the end no laptop holds what was erased",
    "I15": "at every step: an op that waits stands on a base that is here and at the ICS",
    "I16": "at the end of each run that heard something not to be believed: nothing moved",
    "I17": "every 50th seed is told again with other clocks, and ends the same",
    "I18": "at the end: a record that was refused holds up no other",
    "I19": "not here: tests/unit/store opens the stores of every released schema",
    "F1": "at every step and every piece: a file's bytes are those its hash says, on laptops and at the ICS",
    "F2": "at every revision: the bytes that it names are at the ICS or on the laptop they were chosen on",
    "F3": "at every step: a file is whole on its laptop as long as an edit that names it waits there",
    "F4": "at the end: the ICS has every file that is named, and whoever may see it gets it",
    "F5": "at the end: no file of what was erased or taken away is anywhere it has left; its words with I12",
    "D1": "at every answer: nothing is taken from, and nothing given to, a laptop that is stopped or unknown",
    "D2": "at every emptying: what was unsent is in the envelope, that is handed in, and first if so ordered",
    "D3": "after it: no file of the store, and no word in what is left",
    "D4": "when days pass: no laptop opens longer than its lease, whoever sets its clock",
    "D5": "at the end: whoever is let on again comes in, and whoever was emptied is set up anew",
    "L1": "at the end: every laptop says what the ICS says, and has nothing left to send",
    "L2": "every run ends within its bound of calls, whatever befell it",
    "L3": "at the end: every open question is on each laptop that may see its family",
    "L4": "at every run: calls over the line are bounded",
}
MOST_CALLS: Final = 3_000  # of one run
MOST_ASKED: Final = 400  # calls over the line in one run


class Violated(Exception):
    """An invariant does not hold."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant


class Watch:
    """Looks on, and remembers what it takes to judge."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.seen: Counter[str] = Counter()  # how often each invariant was looked at
        self.number = 0  # of versions written, so far as they were read
        self.versions: dict[str, dict[int, Written]] = {}  # of each record
        self.said: dict[tuple[str, int], set[bytes]] = {}  # each version there ever was, over all restores
        self.beside: set[tuple[str, int, str]] = set()  # versions kept beside: record, version, hash
        self.contents: dict[str, bytes] = {}
        self.conflicts: dict[str, Any] = {}
        self.ops: dict[str, tuple[str, int]] = {}
        self.safe: set[bytes] = set()  # words the ICS has, for good
        self.results: dict[str, tuple[Any, ...]] = {}
        self.applied: set[str] = set()
        self.served = 0  # the furthest any reader was told to have read
        self.signed: dict[WorkerId, set[str]] = {}
        self.hands: dict[tuple[str, str], set[WorkerId]] = {}  # who ever had a hand in an answer
        self.workers: dict[str, Laptop] = {}
        self.gone: set[bytes] = set()  # words of what was erased
        self.erasures: set[str] = set()
        self.owed: set[bytes] = set()  # words a restored ICS had, and laptops have
        self.forgotten: set[str] = set()  # ops it had taken
        self.is_after = False  # it was put back
        self.restores = 0
        self.reading_anew = False  # what it was put back with
        self.files = Files(self)
        self.knows_devices = False

    def holds(self, invariant: str, what: bool, say: str) -> None:
        """Judge."""
        self.seen[invariant] += 1
        if not what:
            raise Violated(invariant, say)

    # At the ICS -----------------------------------------------------------------------------------------

    def heard(self, worker: WorkerId, ask: Ask, reply: Reply) -> None:
        """Look at an answer as it leaves the ICS, whatever the line makes of it."""
        allowed = {LETTER_OF[family].encode() for family in self.service.sees[worker]}
        for word in words_in(reply.data):
            self.holds("I13", word[:1] in allowed, f"{worker} was sent {word.decode()} by {ask.what}")
        if reply.status != 200:
            return
        if self.knows_devices and ask.path.startswith("/v1/") and not ask.path.startswith("/v1/devices"):
            stands = self.service.device_stands(ask.device)
            self.holds("D1", stands == "active", f"{ask.what} of {worker}, from a laptop that is {stands}")
        if ask.what == "late-proposals":
            self.files.handed_in_late(ask.body or b"")
        if ask.what in ("late-proposals", "claim"):
            self.wrote()
        known = self.workers[worker].known if ask.path.endswith("/devices/self/sealed") else None
        if known is not None:
            known.handed_in()
        if ask.method == "PATCH":
            self.files.handed_over()
        if ask.what == "push":
            self.wrote()
            for result in msgspec.json.decode(reply.data)["results"]:
                self._result(result)
        elif ask.what == "give-back":
            self._erased_again()
            self.wrote()
        elif ask.what == "feed":
            self._page(worker, ask, msgspec.json.decode(reply.data))

    def erased(self, record: str) -> None:
        """A record and all that quotes it was erased at the ICS: its words need stand nowhere any more."""
        gone = self.versions.pop(record, {})
        quoted = [id_ for id_, each in self.conflicts.items() if each["record_id"] == record]
        for id_ in quoted:
            del self.conflicts[id_]
        for each in gone.values():
            self.gone |= words_in(each.body)
        for (of, _), bodies in self.said.items():
            if of == record:
                for body in bodies:
                    self.gone |= words_in(body)
        self.beside = {each for each in self.beside if each[0] != record}
        self.erasures.add(record)
        self.number = self.service.written_since(0)[-1].row  # the rows that went may be numbers again
        self.files.erased(record)

    def _erased_again(self) -> None:
        for each in self.service.entries():
            if each.kind == "erased" and each.id not in self.erasures:
                self.erased(each.id)

    def put_back(self, laptops: list[Laptop]) -> None:
        """The ICS was put back as it was: what it had since is owed to it by those who still hold it."""
        had, self.safe = self.safe, set()
        self.number, self.served = 0, 0
        before = set(self.ops)
        for each in (self.versions, self.conflicts, self.ops, self.results, self.applied, self.beside):
            each.clear()
        for each in self.service.written_since(0):
            self.safe |= words_in(each.body)
        # A backup from before an erasure has the record again, or knows nothing of it: the command erases it
        # anew if it can read the database it replaces, and else laptops say so. What none heard is forgotten.
        known = {each.id for each in self.service.entries() if each.kind == "erased"}
        here = {record for laptop in laptops for record in laptop.disk.erased()}
        self.erasures &= known | here
        self.erasures -= {each.id for each in self.service.entries() if each.kind == "record"}
        self.forgotten = (self.forgotten | before) - set(self.service.accepted())
        for laptop in laptops:
            laptop.best.clear()
            laptop.cursor_seq = 0
        self.owed = ((self.owed | had) & _held(laptops)) - self.safe
        self.is_after = self.reading_anew = True
        self.restores += 1
        self.files.something_was_put_back()
        self.wrote()
        self.reading_anew = False

    def forget_all_but(self, laptops: list[Laptop]) -> None:
        """A laptop was put back as it was: what stands on none any more cannot be given back."""
        self.owed &= _held(laptops)
        self.files.something_was_put_back()

    def _result(self, result: dict[str, Any]) -> None:
        op, status = result["op_id"], result["status"]
        if status not in ("applied", "duplicate"):
            taken = op in self.applied and not self.is_after and self.ops[op][0] not in self.erasures
            self.holds("I4", not taken, f"{op} was taken, and is now called {status}")
            return
        head = result.get("head") or result.get("made")
        says = (result["version"], result["hash"], None if head is None else head["hash"])
        if status == "applied":
            self.holds("I4", op not in self.applied, f"{op} was taken twice")
            self.applied.add(op)
        elif self.is_after and op not in self.applied:
            self.applied.add(op)
        else:
            self.holds("I4", op in self.applied, f"{op} is called a duplicate and was never taken")
            before = self.results[op]
            erased = self.ops[op][0] in self.erasures and says == (None, None, None)
            same = erased or (says[:2] == before[:2] and says[2] in (None, before[2]))
            self.holds("I4", same, f"{op} was answered {before}, then {says}")
        self.results.setdefault(op, says)

    def _page(self, worker: WorkerId, ask: Ask, page: dict[str, Any]) -> None:
        from urllib.parse import parse_qs, urlsplit

        asked = parse_qs(urlsplit(ask.path).query)
        after, reached = cursor_seq(asked.get("cursor", [None])[0]), cursor_seq(page["next_cursor"])
        besides = ranges(asked.get("besides", [None])[0])
        held = {each.id: each.head.version for each in self.workers[worker].disk.records() if each.head}
        numbers = [item["seq"] for item in page["items"]]
        self.holds("I7", numbers == sorted(set(numbers)), f"a page out of order: {numbers}")
        there = {(item["kind"], item["id"]): item["version"] for item in page["items"]}
        families = self.service.sees[worker]
        for entry in self.service.entries():
            if after < entry.seq <= reached and entry.scope in ("", *families):
                served = there.get((entry.kind, entry.id))
                if any(first <= entry.seq <= last for first, last in besides):
                    self.holds("I7", served is None, f"{entry} was not wanted, and was sent to {worker}")
                    served = held.get(RecordId(entry.id)) if entry.kind == "record" else None
                self.holds(
                    "I7", served == entry.version, f"{worker} read past {entry} and was given {served}"
                )
        if not page["more"]:
            self.served = max(self.served, page["checkpoint_seq"])

    def wrote(self) -> None:
        """Look at what the ICS has written since the last look."""
        fresh = self.service.written_since(self.number)
        if fresh:
            self.number = fresh[-1].row
        for body in self.service.late():
            self.safe |= words_in(body)
        if not fresh:
            return
        names = {(each.kind, each.id, each.version) for each in fresh}
        for entry in self.service.entries():
            if (entry.kind, entry.id, entry.version) in names:
                behind = entry.seq > self.served
                self.holds("I7", behind, f"{entry} appeared behind {self.served}, which is read already")
        for each in fresh:
            self.safe |= words_in(each.body)
        self.files.wrote([(each.id, each.body) for each in fresh if each.kind == "record"])
        for each in fresh:
            if each.kind == "conflict":
                self._conflict(each)
            elif each.kind == "record":
                self._revision(each)
            elif each.kind == "former":
                self._put_beside(each)

    def _revision(self, new: Written) -> None:
        raw = msgspec.json.decode(new.body)
        before = self.versions.setdefault(new.id, {})
        if self.is_after and (self.reading_anew or (new.op is None and new.author is not None)):
            # There before the restore, or given back since: as it was, or not at all.
            said = _plain(new.body) in self.said.get((new.id, new.version), ())
            self.holds("I2", said, f"{new.id} {new.version} came back otherwise than it was")
            self.holds("I6", new.version not in before, f"{new.id} {new.version} is there twice")
            before[new.version] = new
            if new.op is not None:
                self.ops[new.op] = (new.id, new.version)
            return
        last = max(before, default=0)
        self.holds("I6", new.version == last + 1, f"{new.id} goes from {last} to {new.version}")
        self.said.setdefault((new.id, new.version), set()).add(_plain(new.body))
        content = {"answers": raw["answers"], "groups": raw["groups"]}
        self.holds("I6", raw["hash"] == hash_of(content), f"the hash of {new.id} {new.version} does not fit")
        if new.op is not None:
            known = self.ops.get(new.op)
            self.holds("I5", known is None, f"{new.op} made {known} and {new.id} {new.version}")
            self.ops[new.op] = (new.id, new.version)
        if before and new.author is not None:
            was = msgspec.json.decode(before[last].body)
            self.holds("I11", was["state"] != "signed_off", f"{new.id} changed after it was signed off")
            lost = words_in(before[last].body) - words_in(new.body)
            unseen = lost - self._let_go_by(new.author)
            say = (
                f"{new.author} wrote {new.id} {new.version} over {sorted(unseen)}, which they never took away"
            )
            self.holds("I3", not unseen, say)
        if raw["state"] == "signed_off" and raw["type"] == "form":
            mine = self.signed.get(WorkerId(new.author or ""), set())
            self.holds("I11", raw["hash"] in mine, f"{new.id} was signed as {new.author} never saw it")
            self.holds("I11", not raw["open_conflicts"], f"{new.id} was signed with a question open")
        before[new.version] = new

    def _put_beside(self, new: Written) -> None:
        record = new.id.rpartition("|")[0]
        said = _plain(new.body) in self.said.get((record, new.version), ())
        self.holds("I2", said, f"{record} {new.version} was kept beside otherwise than it was")
        self.beside.add((record, new.version, msgspec.json.decode(new.body)["hash"]))

    def _let_go_by(self, author: str) -> set[bytes]:
        """Return the words a worker took away; in a restored ICS, what anybody did: all offer it again."""
        if not self.is_after:
            return self.workers[author].let_go
        return {word for laptop in self.workers.values() for word in laptop.let_go}

    def _conflict(self, new: Written) -> None:
        raw = msgspec.json.decode(new.body)
        known = self.conflicts.get(new.id)
        if known is not None:
            was = known["state"]
            self.holds("I5", was == "open", f"the conflict {new.id} was {was} and is {raw['state']}")
        else:
            hands = self._hands_in(raw["record_id"], raw["path"])
            say = (
                f"a question about {raw['record_id']} {raw['path']}, in which only {sorted(hands)} had a hand"
            )
            # A service put back twice may not know an epoch between: then every difference is a question.
            self.holds("I3", len(hands) > 1 or self.restores > 1, say)
        self.conflicts[new.id] = raw

    def _hands_in(self, record: str, path: str) -> set[WorkerId]:
        found: set[WorkerId] = set()
        # An addition was typed in the record that it adds to.
        newest = max(self.versions.get(record, {}).items(), default=None)
        amended = None if newest is None else msgspec.json.decode(newest[1].body).get("amends")
        for (of, at), hands in self.hands.items():
            if of in (record, amended) and (
                at == path or at.startswith(path + "/") or path.startswith(at + "/")
            ):
                found |= hands
        return found

    # On a laptop ----------------------------------------------------------------------------------------

    def look(self, laptop: Laptop) -> None:
        """Look at a laptop after anything that happened on it."""
        laptop.pending -= self.safe
        laptop.pending -= laptop.let_go
        laptop.pending -= self.gone
        disk = laptop.disk
        ops = disk.ops()
        records = disk.records()
        if laptop.pending:
            here: set[bytes] = set()
            screen: set[bytes] = set()
            late = {word for _, data, _ in disk.late() for word in words_in(data)}
            for each in records:
                screen |= words_of(shown(each)) | disk.proposed(each.id)
            for op in ops:
                here |= words_in(op.bytes_)
            for word in sorted(laptop.pending - late):
                self.holds(
                    "I1", word in screen or word in here, f"{word.decode()} of {laptop.worker} is nowhere"
                )
                self.holds("I9", word in screen, f"{word.decode()} of {laptop.worker} went from the screen")
        held = {each.id: each for each in records}
        for op in ops:
            if op.parked is None:
                self._based(laptop, decode(op.bytes_, OpMessage), held.get(op.record))
        for gone in [record for record in laptop.best if record not in held]:
            del laptop.best[gone]  # it left with its family
        for each in records:
            version = each.head.version if each.head is not None else 0
            self.holds("I9", version >= laptop.best.get(each.id, 0), f"{each.id} went back to {version}")
            laptop.best[each.id] = version
        self.files.look(laptop)

    def _based(self, laptop: Laptop, op: OpMessage, held: Seen | None) -> None:
        self.holds("I15", held is not None, f"the record of {op.op_id} is not here")
        if op.if_match is None or held is None or op.record_id in self.erasures:
            return
        base = held.base
        fits = base is not None and base.version == op.if_match
        self.holds("I15", fits, f"{op.op_id} of {laptop.worker} rests on {op.if_match}: here is {base}")
        there = self.said.get((op.record_id, op.if_match), ())
        self.holds("I15", bool(there), f"{op.op_id} rests on {op.if_match}, which the ICS never had")
        if base is not None and there:
            same = any(msgspec.json.decode(each)["hash"] == base.hash for each in there)
            self.holds("I15", same, f"the base of {op.op_id} is not what the ICS had")

    def ran(self, laptop: Laptop, report: RunReport | None) -> None:
        """Look at a laptop after a call of a run, or after its last."""
        self.holds("L2", laptop.calls < MOST_CALLS, f"a run of {laptop.worker} does not end")
        asked = laptop.line.calls - laptop.sent_to
        self.holds("L4", asked < MOST_ASKED, f"a run of {laptop.worker} asked {asked} times")
        last = laptop.going.last if laptop.going is not None else ""
        feed = laptop.disk.feed()
        if last in ("begin-again", "begin-epoch"):
            laptop.cursor_seq = 0
            laptop.best.clear()
        if last == "receipted":
            self._left(laptop, not_told=laptop.disk.families())
        if last in ("apply-page", "forget-cursor"):
            at = cursor_seq(feed.cursor)
            forward = at >= laptop.cursor_seq or last == "forget-cursor"
            self.holds("I8", forward, f"{laptop.worker} went back from {laptop.cursor_seq} to {at}")
            laptop.cursor_seq = at
            if any(each.head is not None and each.type == "form" for each in laptop.disk.records()):
                self.holds(
                    "I8", laptop.disk.published() > 0, f"{laptop.worker} has records and not their form"
                )
        if report is not None and laptop.unmoved is not None:
            same = laptop.unmoved == laptop.disk.state()
            self.holds("I16", same, f"{laptop.worker} believed what was not the ICS's")

    def _left(self, laptop: Laptop, not_told: Sequence[FamilyId] = ()) -> None:
        """After a receipt, and at the end: nothing of a family that had to leave can be read on this disk,
        but for what the laptop has not been told of yet."""
        mine, leaving = {*self.service.sees[laptop.worker], *not_told}, laptop.disk.leaving()
        waiting = {word for _, data, kept in laptop.disk.late() if not kept for word in words_in(data)}
        there = words_in(laptop.disk.everything()) - waiting
        for family, letter in LETTER_OF.items():
            if family not in mine and family not in leaving:
                left = sorted(word for word in there if word[:1] == letter.encode())
                self.holds(
                    "I12", not left, f"{left} of {family} can still be read on {laptop.worker}'s laptop"
                )

    # At the end -----------------------------------------------------------------------------------------

    def ended(self, laptops: list[Laptop]) -> None:
        """Look at everything, when all is quiet."""
        drafts = {
            word for laptop in laptops for each in laptop.disk.records() for word in words_of(shown(each))
        }
        # What its writer typed over before it was acknowledged to them, they took away themselves.
        let_go = {word for laptop in laptops for word in laptop.let_go}
        lost = self.owed - self.safe - self.gone - drafts - let_go
        self.holds("I2", not lost, f"{sorted(lost)} were taken, and a restored ICS never got them again")
        again = self.service.written_since(0)
        kept = {(each.kind, each.id, each.version): each.body for each in again}
        for versions in self.versions.values():
            for each in versions.values():
                same = kept.get((each.kind, each.id, each.version)) == each.body
                self.holds("I2", same, f"{each.id} {each.version} is not what it was")
        self.files.ended(laptops)
        accepted = self.service.accepted()
        for laptop in laptops:
            self._ended(laptop, accepted)

    def _ended(self, laptop: Laptop, accepted: Mapping[str, int]) -> None:
        disk, who = laptop.disk, laptop.worker
        for receipt in disk.receipts():
            if receipt.record in self.erasures:
                continue
            there = self.versions.get(receipt.record, {}).get(receipt.version)
            says = None if there is None else msgspec.json.decode(there.body)["hash"]
            beside = (receipt.record, receipt.version, receipt.hash) in self.beside
            known = accepted.get(receipt.op) == receipt.version or receipt.op in self.forgotten
            say = f"{receipt.op} was acknowledged to {who}: {receipt.record} {receipt.version}"
            self.holds("I2", known and (there is not None or beside), f"{say} is not there")
            self.holds("I2", says == receipt.hash or beside, f"{say} says something else")
        families: frozenset[FamilyId] = self.service.sees[who]
        ops = disk.ops()
        aside = {op.record for op in ops if op.parked is not None}
        for op in ops:
            self.holds("L1", op.parked is not None, f"{who} still has {op.id} to send")
        left = [each.record for each in disk.port.unsent(50)]
        self.holds("L1", not left, f"{who} still has {left} to seal")
        held = {each.id: each for each in disk.records()}
        for entry in self.service.entries():
            if entry.kind != "record" or entry.scope not in families:
                continue
            each = held.get(entry.id)  # type: ignore[call-overload]
            newest = self.versions[entry.id][entry.version]
            head = each.head if each is not None else None
            raw = msgspec.json.decode(newest.body)
            fits = head is not None and (head.version, head.hash) == (entry.version, raw["hash"])
            say = f"{who} holds {head and head.version} of {entry.id}, the ICS {entry.version}"
            self.holds("I18" if aside and entry.id not in aside else "L1", fits, say)
            if each is not None and each.local is None:
                says = content_of(shown(each)) == {"answers": raw["answers"], "groups": raw["groups"]}
                self.holds("L1", says, f"{who} is shown another {entry.id} than the ICS has")
        if "revocation" in self.service.features:
            stray = sorted(each.id for each in held.values() if each.family not in families)
            self.holds("L3", not stray, f"{who} still holds {stray}, which went to others")
            erased = [each.id for each in held.values() if each.head is not None and each.id in self.erasures]
            self.holds("I14", not erased, f"{who} still holds {erased}, which was erased")
            again = sorted(disk.erased() - {e.id for e in self.service.entries() if e.kind == "erased"})
            self.holds("I14", not again, f"{who} knows that {again} were erased, and the ICS does not")
            self._left(laptop)
        known = {each.id: each for each in disk.conflicts()}
        for id_, conflict in self.conflicts.items():
            if conflict["scope_id"] in families:
                mine = known.get(id_)  # type: ignore[call-overload]
                says = (conflict["state"], conflict.get("claimed_by"), conflict.get("escalated_at"))
                fits = mine is not None and says == (
                    mine.state,
                    mine.claimed_by,
                    mine.escalated_at and mine.escalated_at.isoformat(),
                )
                invariant = "L3" if conflict["state"] == "open" else "L1"
                say = f"{who} holds {mine and (mine.state, mine.claimed_by)} of {id_[:8]}, the ICS {says}"
                self.holds(invariant, fits, say)


def is_signed(record: Seen) -> bool:
    """Say whether a record is signed off, so far as the laptop knows."""
    return record.head is not None and record.head.state is State.SIGNED_OFF


def _held(laptops: list[Laptop]) -> set[bytes]:
    return {word for each in laptops for record in each.disk.records() for word in words_of(shown(record))}


def _plain(body: bytes) -> bytes:
    """Return a body without the order in which its answers stand."""
    return canonical(msgspec.json.decode(body))
