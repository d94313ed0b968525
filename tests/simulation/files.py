"""Files in a story: added to a record, handed over piece by piece over a bad line, fetched by colleagues.

The code that moves them is the shipping one (`sync.handing_over`, `store.attached`, `reference_ics.uploads`);
only the pieces are small, so that a short file has several. Each line of a file is one word that is typed
nowhere else: wherever it stands, it is known whose file it is. A piece holds whole lines.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sync.transport
from sync.reference_ics.uploads import files_in
from tests.simulation.disks import OnDisk
from tests.simulation.ground import PICTURE
from tests.simulation.laptops import Laptop, shown
from workbook_desktop.domain.ids import FamilyId, FieldPath, RecordId, WorkerId
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.store import attached

if TYPE_CHECKING:
    from tests.simulation.watch import Watch

LINE: Final = 12  # bytes
PIECE: Final = 3 * LINE
FEATURE: Final = "attachments"
WEIGHTS: Final = {"attaches": 5, "takes_a_file_out": 1, "wants_a_file": 3}


@contextlib.contextmanager
def small_pieces() -> Iterator[None]:
    """Move files in small pieces for the time of a story."""
    real = attached.PART_BYTES
    attached.PART_BYTES, sync.transport.PART_BYTES = PIECE, PIECE  # type: ignore[attr-defined]
    try:
        yield
    finally:
        attached.PART_BYTES, sync.transport.PART_BYTES = real, real  # type: ignore[attr-defined]


@dataclass(slots=True, kw_only=True)
class File:
    """One that was added in this story."""

    data: bytes
    family: FamilyId
    record: RecordId
    by: WorkerId
    is_lost: bool = False  # with the only disk it was on, or with an ICS that was put back after it had left


def named_in(body: Body) -> set[str]:
    """Return the hashes of the files that a body names."""
    values = [answer.value for answer in body.answers.values()]
    return {value["hash"] for value in values if isinstance(value, dict) and "hash" in value}


class Hands:
    """What hands do with files; part of a story."""

    def _attaches(self: Any, laptop: Laptop) -> None:
        found = self._to_type_in(laptop)
        if found is None:
            return
        record, family, before = found
        word = self.words.new(family)
        line = f"{word}".ljust(LINE - 1, ".").encode() + b"\n"
        data = line * self.random.randint(1, 10)
        if laptop.disk.record(record) is None:  # a form stands there before a file is chosen for it
            self._keep(laptop, record, family, before, before)
        hash_ = laptop.disk.attach(family, record, data)
        self.watch.files.added[hash_] = File(data=data, family=family, record=record, by=laptop.worker)
        value = {"title": "drawing.png", "contentType": "image/png", "size": len(data), "hash": hash_}
        self.say(f"{laptop.worker} adds a file to {record}: {word}, {len(data)} bytes")
        self._keep(
            laptop, record, family, before, before.with_answer(FieldPath(PICTURE), Answer(value=value))
        )
        self._in_a_hurry(laptop, record)

    def _takes_a_file_out(self: Any, laptop: Laptop) -> None:
        found = self._to_type_in(laptop)
        if found is not None and FieldPath(PICTURE) in found[2].answers:
            record, family, before = found
            self.say(f"{laptop.worker} takes the file out of {record}")
            self._keep(laptop, record, family, before, before.with_answer(FieldPath(PICTURE), None))
            self._in_a_hurry(laptop, record)

    def _wants_a_file(self: Any, laptop: Laptop) -> None:
        named = sorted(_named_here(laptop))
        if named:
            family, hash_ = self.random.choice(named)
            self.say(f"{laptop.worker} wants to see a file of {family}")
            laptop.disk.want(family, hash_, len(self.watch.files.added[hash_].data))

    def _all_want_all_files(self: Any) -> bool:
        """At the end: what the words name is looked at by everybody who may. Says if anybody asks for one."""
        asked = False
        for laptop in self.laptops if self.watch.files.added else ():
            here = {(each.family, each.hash) for each in laptop.disk.files()}
            for family, hash_ in sorted(_named_here(laptop) - here):
                if not self.watch.files.added[hash_].is_lost:
                    laptop.disk.want(family, hash_, len(self.watch.files.added[hash_].data))
                    asked = True
        return asked


def _named_here(laptop: Laptop) -> set[tuple[FamilyId, str]]:
    """Return what records of a laptop name."""
    return {(each.family, hash_) for each in laptop.disk.records() for hash_ in named_in(shown(each))}


class Files:
    """Looks after files, as `watch.Watch` does after words. F1 to F5 are what must hold."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.added: dict[str, File] = {}
        self.late: set[str] = set()  # named in work of what had to leave, as it was handed in

    def handed_in_late(self, body: bytes) -> None:
        """Remember what late work names."""
        self.late |= files_in_op(body, self.added)

    def kept(self) -> dict[str, bytes]:
        """Return what the ICS has whole."""
        found: dict[str, bytes] = self._watch.service.files()
        return found

    def look(self, laptop: Laptop) -> None:
        """Look at a laptop after anything that happened on it."""
        if not self.added:
            return
        here: dict[str, OnDisk] = {each.hash: each for each in laptop.disk.files()}
        for each in here.values():
            if each.data is not None:
                fits = hashlib.sha256(each.data).hexdigest() == each.hash
                self._watch.holds("F1", fits, f"{laptop.worker} holds other bytes than {each.hash[:8]}")
            else:
                self._watch.holds("F1", each.state == "wanted", f"{each.hash[:8]} is {each.state}, and half")
        self._not_handed_over(laptop, here)
        for record in laptop.disk.records():
            pending = set() if record.local is None else named_in(record.local)
            for op in laptop.disk.ops():
                if op.record == record.id:
                    pending |= files_in_op(op.bytes_, self.added)
            for hash_ in pending:
                file = self.added[hash_]
                if file.by != laptop.worker or file.is_lost or file.record != record.id:
                    continue
                whole = hash_ in here and here[hash_].data is not None
                say = f"{laptop.worker} has {record.id} to send, and not the file it names"
                self._watch.holds("F3", whole, say)

    def _not_handed_over(self, laptop: Laptop, here: dict[str, OnDisk]) -> None:
        """What was erased is not handed over any more, but with work that is: that is for a person to see."""
        disk = laptop.disk
        erased, half_gone = disk.erased(), disk.half_gone()
        for hash_, each in here.items():
            record = self.added[hash_].record
            if each.state == "new" and record in erased and each.family not in half_gone:
                late = hash_ in self.late or disk.record(record) is not None
                say = f"{laptop.worker} will hand over a file of {record}, which was erased"
                self._watch.holds("F5", late, say)

    def erased(self, record: str) -> None:
        """Look at the ICS after an erasure: no file that only this record named is there."""
        for hash_ in self.kept():
            file = self.added[hash_]
            gone = file.record == record and self._is_erased(hash_, list(self._watch.workers.values()))
            late = any(hash_.encode() in each for each in self._watch.service.late())
            self._watch.holds("F5", late or not gone, f"the ICS still holds a file of {record}")

    def wrote(self, bodies: Sequence[tuple[str, bytes]]) -> None:
        """Look at records that the ICS has accepted: the bytes they name are somewhere."""
        if not self.added:
            return
        there: dict[str, bytes] | None = None
        for record, body in bodies:
            for hash_ in files_in(body):
                file = self.added[hash_]
                there = self.kept() if there is None else there
                good = file.is_lost or hash_ in there or self._is_on_its_laptop(hash_)
                self._watch.holds("F2", good, f"{record} names {hash_[:8]}, which is nowhere")

    def handed_over(self) -> None:
        """Look at what the ICS has after a piece came."""
        for hash_, data in self.kept().items():
            fits = hashlib.sha256(data).hexdigest() == hash_
            self._watch.holds("F1", fits, f"the ICS keeps other bytes than {hash_[:8]}")

    def something_was_put_back(self) -> None:
        """A disk or the ICS is as it was: what was on that alone is lost, and nobody's fault."""
        there = self.kept() if self.added else {}
        for hash_, file in self.added.items():
            if hash_ not in there and not self._is_on_its_laptop(hash_):
                file.is_lost = True

    def _is_on_its_laptop(self, hash_: str) -> bool:
        file = self.added[hash_]
        disk = self._watch.workers[file.by].disk
        return any(
            each.hash == hash_ and each.data is not None and each.state in ("new", "sent", "refused")
            for each in disk.files()
        )

    def ended(self, laptops: Sequence[Laptop]) -> None:
        """Look at everything, when all is quiet and everybody has asked for every file."""
        if not self.added:
            return
        there = self.kept()
        for laptop in laptops:
            families = self._watch.service.sees[laptop.worker]
            here = {(each.family, each.hash): each for each in laptop.disk.files()}
            for each in here.values():
                say = (
                    f"{laptop.worker} still holds a file of {self.added[each.hash].record}, which was erased"
                )
                self._watch.holds("F5", not self._is_erased(each.hash, laptops), say)
            for record in laptop.disk.records():
                head = record.head
                if head is None or record.family not in families or record.id in self._watch.erasures:
                    continue
                named = named_in(shown(record)) if record.local is None else set()
                for hash_ in named:
                    if self.added[hash_].is_lost:
                        continue
                    say = f"{record.id} names {hash_[:8]}, and the ICS was never given it"
                    self._watch.holds("F4", hash_ in there, say)
                    file = here.get((record.family, hash_))
                    got = file is not None and file.data == self.added[hash_].data
                    self._watch.holds("F4", got, f"{laptop.worker} may see {hash_[:8]}, and was not given it")

    def _is_erased(self, hash_: str, laptops: Sequence[Laptop]) -> bool:
        """Say whether a file was of a record that was erased, and nothing else names it."""
        if self.added[hash_].record not in self._watch.erasures:
            return False
        there = any(
            hash_ in files_in(each.body)
            for record, versions in self._watch.versions.items()
            if record not in self._watch.erasures
            for each in versions.values()
        )
        return not there and not any(
            hash_ in named_in(shown(each)) for laptop in laptops for each in laptop.disk.records()
        )


def files_in_op(sealed: bytes, added: dict[str, File]) -> set[str]:
    """Return the files that an op names."""
    return {hash_ for hash_ in added if hash_.encode() in sealed}
