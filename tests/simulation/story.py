"""One story from one seed: who there is, what they do, what befalls them, and how it ends.

Everything is drawn from one source of chance, so that a seed tells the same story in every process.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import sync.sealing
from sync.engine import EPOCH_CHANGED
from sync.merge import Merge, answer_at
from sync.merge import merge as plain_merge
from sync.protocol import Limits, encode, proposal_of
from tests.simulation import cipher as _cipher  # noqa: F401 - one of the disks
from tests.simulation import devices, files
from tests.simulation.disks import DISKS, Seen
from tests.simulation.ground import (
    ACTIONS,
    DETAIL,
    FAMILIES,
    NOTE,
    QUESTIONNAIRE,
    SCALARS,
    STEP,
    STEPS,
    TAGS,
    WHAT,
    WORKERS,
    DeviceClock,
    Words,
    WorldClock,
    begun,
    words_in,
    words_of,
)
from tests.simulation.laptops import Laptop, as_chosen, is_text, shown
from tests.simulation.service import SERVICES, Ask, Reply
from tests.simulation.watch import Violated, Watch
from tests.simulation.wire import Line, SimWire, Trouble
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import Settlement, delta_between
from workbook_desktop.domain.errors import Refused
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, RecordId, RowId, WorkerId
from workbook_desktop.domain.records import Answer, Body, Empty, Head, Row, body_of
from workbook_desktop.forms.definition import Form

# What can happen, and how often beside the rest.
WEIGHTS: Final[dict[str, int]] = {
    "types": 12,
    "adds_a_row": 3,
    "takes_a_row_away": 2,
    "moves_a_row": 1,
    "types_what_is_refused": 1,
    "sends": 7,
    "signs": 2,
    "settles": 5,
    "claims": 1,
    "two_say_the_same": 6,
    "holds_back": 1,
    "discards": 1,
    "opens": 2,
    "runs": 6,
    "goes_on": 10,
    "dies": 1,
    "sets_the_clock": 1,
    "late_request_arrives": 2,
    "old_request_arrives": 2,
    "service_restarts": 1,
    "service_crashes": 1,
    "office_changes_who_is_involved": 2,
    "office_withdraws": 1,
    "office_erases": 1,
    "office_escalates": 1,
    "service_is_backed_up": 1,
    "laptop_is_backed_up": 1,
    "laptop_is_put_back": 1,
}
# What happens to a laptop, or far from it, whether or not it may be open.
_FROM_OUTSIDE: Final = frozenset(
    (
        "late_request_arrives", "old_request_arrives", "sets_the_clock", "service_restarts",
        "service_crashes",
        "office_changes_who_is_involved", "office_withdraws", "office_erases", "office_escalates",
        "service_is_backed_up", "service_is_put_back", *devices.WEIGHTS,
    )
)  # fmt: skip
ALWAYS: Final = ("types", "sends", "runs")
LAST_ROUNDS: Final = 8
# Why an op may still stand aside at the end. Each is something a person has to look at.
REASONS: Final = frozenset(
    (
        "record-signed-off",
        "conflict-open",
        "scope-forbidden",
        "invalid-answer",
        "predecessor-missing",
        "payload-too-large",
        "record-unknown",
        "erased",
        "invalid-op",  # a push that was bent on its way
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How stories are told."""

    service: str = "sqlite"
    store: str = "sqlcipher"
    clients: tuple[int, int] = (2, 6)
    steps: tuple[int, int] = (10, 40)
    clocks: bool = True  # laptops' clocks may be set; off for the second telling of I17
    trace: bool = False
    often: tuple[str, ...] = ()  # what happens much more often than usual
    without: tuple[str, ...] = ()  # what does not happen at all
    merges_watched: bool = True  # each looked at as it is made, not only by what comes of it


@dataclass(slots=True)
class Told:
    """How a story went."""

    seed: int
    violation: str | None = None
    trace: list[str] = field(default_factory=list)
    digest: str = ""
    ending: str = ""  # a hash of what all hold at the end, without times
    steps: int = 0
    words: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)


def tell(seed: int, options: Options) -> Told:
    """Tell the story of a seed."""
    told = Told(seed=seed)
    story = _Story(seed, options, told)
    try:
        watched = _watched_merges(story.watch) if options.merges_watched else contextlib.nullcontext()
        with watched, files.small_pieces():
            story.happen()
    except Violated as error:
        told.violation = str(error)
    except Exception as error:
        told.violation = f"mistake: {type(error).__name__}: {error}"
        if options.trace:
            raise
    finally:
        story.close()
    told.digest = story.digest.hexdigest()
    told.words = story.words.count
    told.seen = story.watch.seen
    for laptop in story.laptops:
        told.faults.update({str(kind): count for kind, count in laptop.line.befell.items()})
    return told


class _Story(files.Hands, devices.Hands):
    def __init__(self, seed: int, options: Options, told: Told) -> None:
        self.random = random = Random(seed)
        self.options, self.told = options, told
        self.digest = hashlib.blake2b(digest_size=16)
        self.clock, self.words = WorldClock(), Words()
        count = min(max(random.choice((2, 2, 2, 3, 3, 4, 5, 6)), options.clients[0]), options.clients[1])
        families = FAMILIES[: random.choice((1, 1, 2, 3))]
        self.sees: dict[WorkerId, frozenset[FamilyId]] = {
            worker: frozenset(each for each in families if random.random() < 0.8) or frozenset(families[:1])
            for worker in WORKERS[:count]
        }
        self.families = sorted({family for each in self.sees.values() for family in each})
        limits = Limits(
            ops=random.choice((1, 2, 100, 100)),
            push_bytes=random.choice((1500, 1 << 20, 1 << 20)),
            page_items=random.choice((1, 2, 3, 100)),
        )
        self.made: dict[RecordId, FamilyId] = {}
        begun = [self._begun(random.choice(self.families)) for _ in range(random.choice((0, 1, 1, 2)))]
        self.service = SERVICES[options.service](self.clock, limits, self.sees, begun)
        self.watch = Watch(self.service)
        for head in begun:
            body = body_of(head.content)
            for path in (*body.answers, *body.rows):
                self.watch.hands[head.id, path] = {WorkerId("office")}
        self.watch.wrote()
        kinds = tuple(kind for kind in _TROUBLES if random.random() < 0.5)
        rate = random.choice((0.0, 0.05, 0.15, 0.3))
        self.laptops = [self._laptop(worker, kinds, rate, limits) for worker in self.sees]
        self.watch.workers = {each.worker: each for each in self.laptops}
        self.does = {
            name: weight * (10 if name in options.often else 1)
            for name, weight in WEIGHTS.items()
            if name in ALWAYS or name in options.often or random.random() < 0.75
        }
        if "reconcile" in self.service.features and options.store != "memory":
            much = "service_is_put_back" in options.often
            if random.random() < 0.3 or much:
                self.does["service_is_put_back"] = 8 if much else 2
            # By a chance of its own: stories without files are told as they were before there were any.
            known = "office_stops_a_laptop" in options.often or Random(f"devices {seed}").random() < 0.2
            if known and "service_is_put_back" not in options.often:
                self.does |= devices.WEIGHTS
            if "attaches" in options.often or Random(f"files {seed}").random() < 0.3:
                self.service.features.append(files.FEATURE)
                self.does |= files.WEIGHTS
        for name in (*self._what_cannot_be(), *options.without):
            self.does.pop(name, None)
        if "claims" in self.does:
            self.service.features.append("claims")
        if "office_stops_a_laptop" in self.does:
            self._knows_laptops()
        self.most_records = len(begun) + random.choice((0, 1, 2))
        self.hurries = random.random() < 0.7  # what is typed is mostly sent at once
        self.shared = random.random() < 0.3  # two may begin the same record, each offline
        self.restores: Counter[WorkerId] = Counter()
        self.backups: list[Any] = []
        self.epochs = 1

    def _what_cannot_be(self) -> tuple[str, ...]:
        """Return what one of the two ends of this story does not know."""
        if self.options.store == "memory":
            self.service.features.clear()
        if "revocation" in self.service.features:
            return ()
        never = ("claims", "office_escalates", "office_withdraws", "office_erases")
        if (
            self.options.service == "sqlite"
        ):  # it tells of a family gained in ways the small store cannot read
            return ("office_changes_who_is_involved", *never)
        return never

    def _laptop(self, worker: WorkerId, kinds: tuple[Trouble, ...], rate: float, limits: Limits) -> Laptop:
        line = Line(Random(self.random.getrandbits(64)), kinds, rate)
        clock = DeviceClock(self.clock)
        wire = SimWire(
            line,
            lambda ask: self._serve(worker, ask),
            self.service.crash_in,
            clock,
            self.clock.forward,
        )
        return Laptop(
            worker,
            disk=DISKS[self.options.store](clock, worker),
            clock=clock,
            line=line,
            wire=wire,
            sign_in=self.service.sign_in,
            page_items=limits.page_items,
        )

    def _begun(self, family: FamilyId) -> Head:
        """Return a record that was there before the story begins."""
        record = RecordId(f"r{len(self.made) + 1}")
        self.made[record] = family
        row = paths.row(paths.ROOT, ACTIONS, RowId("first"))
        said = {
            FieldPath(NOTE): " ".join(f"{self.words.new(family)}." for _ in range(4)),
            FieldPath(SCALARS[0]): self.words.new(family),
            FieldPath(SCALARS[1]): self.words.new(family),
            FieldPath(SCALARS[2]): self.words.new(family),
            paths.child(row, WHAT): self.words.new(family),
        }
        answers = {path: Answer(value=value) for path, value in said.items()}
        return begun(record, family, answers, {row: Row(ord="b")}, self.clock.now())

    def _serve(self, worker: WorkerId, ask: Ask) -> Reply:
        reply = self.service.handle(ask)
        self.watch.heard(worker, ask, reply)
        return reply

    def close(self) -> None:
        for laptop in self.laptops:
            laptop.disk.close()

    def say(self, words: str) -> None:
        """A line of the story."""
        self.digest.update(words.encode() + b"\n")
        self.told.trace.append(words)

    # The story ----------------------------------------------------------------------------------------------

    def happen(self) -> None:
        """Tell it from beginning to end."""
        names, weights = tuple(self.does), tuple(self.does.values())
        self.say(
            f"{len(self.laptops)} laptops, families {', '.join(self.families)}, line"
            f" {self.laptops[0].line.rate:.2f} {','.join(self.laptops[0].line.kinds)}"
        )
        if self.random.random() < 0.7:
            for laptop in self.laptops:
                rate, laptop.line.rate = laptop.line.rate, 0.0
                self._runs(laptop)
                laptop.line.rate = rate
        for self.told.steps in range(1, self.random.randint(*self.options.steps) + 1):  # noqa: B020
            self.clock.forward(self.random.choice((1, 20, 600)))
            name = self.random.choices(names, weights)[0]
            laptop = self.random.choice(self.laptops)
            if name != "goes_on":
                laptop.unmoved = None  # a hand may move what a bad answer may not
            try:
                if name in _FROM_OUTSIDE or self._is_open(laptop):
                    getattr(self, f"_{name}")(laptop)
            except Refused as error:
                self.say(f"  that may not be: {error.code}")
            self.watch.look(laptop)
        if self.backups and self.random.random() < 0.3:
            self._service_is_put_back(self.laptops[0])
            if "reconcile" not in self.service.features:
                return
        self._ends()

    def _ends(self) -> None:
        """The faults stop, and all come to say the same."""
        self.service.crash_in(0)
        for laptop in self.laptops:
            laptop.line.rate, laptop.line.kinds = 0.0, ()
            laptop.line.planned.clear()
            self._late_request_arrives(laptop)
            laptop.drop()
        self._all_come_in()
        quiet = False
        for _ in range(LAST_ROUNDS):
            before = self.watch.number
            reports = [self._run(laptop) for laptop in self.laptops]
            for laptop, report in zip(self.laptops, reports, strict=True):
                good = report.outcome == "complete"
                self.watch.holds("L1", good, f"with a good line a run of {laptop.worker}: {report.outcome}")
            quiet = not any(report.sent or report.parked or report.changed for report in reports)
            quiet = quiet and self.watch.number == before  # nor was anything given back
            if quiet and not self._all_want_all_files():
                break
        self.watch.holds("L1", quiet, f"no peace after {LAST_ROUNDS} rounds")
        self.watch.ended(self.laptops)
        for laptop in self.laptops:
            for op in laptop.disk.ops():
                good = op.parked in REASONS
                self.watch.holds("L1", good, f"{op.id} of {laptop.worker} is parked for {op.parked}")
        self.told.ending = self._ending()
        self.say(f"ends {self.told.ending}")

    def _ending(self) -> str:
        """Return a hash of what there is at the end, but for when it was."""
        found: list[Any] = [
            [each.id, each.version, sorted(words_in(each.body))]
            for _, versions in sorted(self.watch.versions.items())
            for _, each in sorted(versions.items())
        ]
        found += sorted(
            [each["path"], each["state"], each["mine_by"]] for each in self.watch.conflicts.values()
        )
        for laptop in self.laptops:
            for each in sorted(laptop.disk.records(), key=lambda one: one.id):
                found.append([laptop.worker, each.id, sorted(words_of(shown(each)))])
        return hashlib.blake2b(repr(found).encode(), digest_size=16).hexdigest()

    # At the desk --------------------------------------------------------------------------------------------

    def _some_record(self, laptop: Laptop) -> tuple[RecordId, FamilyId] | None:
        """Return a record of the laptop's, or one to begin."""
        known = [each for each in laptop.disk.records() if each.type == "form"]
        families = laptop.disk.families()
        new = len(self.made) < self.most_records and families
        if known and not (new and self.random.random() < 0.3):
            found = self.random.choice(known)
            return found.id, found.family
        if not families:
            return None
        family = self.random.choice(families)
        if self.shared and self.made:
            record = self.random.choice(sorted(self.made))
            return (record, self.made[record]) if self.made[record] in families else None
        if not new:
            return None
        record = RecordId(f"r{len(self.made) + 1}")
        self.made[record] = family
        return record, family

    def _to_type_in(self, laptop: Laptop) -> tuple[RecordId, FamilyId, Body] | None:
        """Return a record that can be typed in, and what its screen shows."""
        found = self._some_record(laptop)
        if found is None:
            return None
        record, family = found
        seen = laptop.disk.record(record)
        if seen is not None and seen.is_closed:
            return None
        before = shown(seen)
        if record in laptop.screens and self.random.random() < 0.5:
            before = laptop.screens[record]
        return record, family, before

    def _keep(self, laptop: Laptop, record: RecordId, family: FamilyId, before: Body, after: Body) -> None:
        delta = delta_between(before, after)
        self._hand(laptop, record, (*delta.set, *delta.unset))
        laptop.keep(record, family, before, after)

    def _hand(self, laptop: Laptop, record: RecordId, changed: Sequence[FieldPath]) -> None:
        hand = WorkerId(f"{laptop.worker}.{self.restores[laptop.worker]}")
        for path in changed:
            names = [path]
            if paths.link_id(path) in ("level", "why"):
                names = [FieldPath("level"), FieldPath("why")]
            for name in names:
                self.watch.hands.setdefault((record, name), set()).add(hand)

    def _types(self, laptop: Laptop) -> None:
        found = self._to_type_in(laptop)
        if found is None:
            return
        record, family, before = found
        places = [FieldPath(each) for each in (NOTE, NOTE, TAGS, *SCALARS)]
        for row in before.rows:
            places += (
                [paths.child(row, STEP)]
                if paths.link_id(row) == STEPS
                else [paths.child(row, WHAT), paths.child(row, DETAIL)]
            )
        path = self.random.choice(places)
        answer, how = self._answer(before.answers.get(path), paths.link_id(path), family)
        self.say(f"{laptop.worker} types in {record} {path}: {how}")
        self._keep(laptop, record, family, before, before.with_answer(path, answer))
        self._in_a_hurry(laptop, record)

    def _two_say_the_same(self, laptop: Laptop) -> None:
        """Two want to say something about the same, neither knowing of the other."""
        other = self.random.choice(self.laptops)
        mine, theirs = ({each.id: each for each in one.disk.records()} for one in (laptop, other))
        found = [
            record
            for record in sorted(mine.keys() & theirs.keys())
            if mine[record].type == "form" and not mine[record].is_closed and not theirs[record].is_closed
        ]
        if laptop is other or not found or not self._is_open(other):
            return
        record = self.random.choice(found)
        path = FieldPath(self.random.choice((*SCALARS, NOTE)))
        for one, seen in ((laptop, mine[record]), (other, theirs[record])):
            before = shown(seen)
            one.unmoved = None  # a hand moves it
            word = self.words.new(seen.family)
            self.say(f"{one.worker} types in {record} {path}: {word}, and sends it")
            said = Answer(value=f"{word}." if path == NOTE else word, by=one.worker)
            self._keep(one, record, seen.family, before, before.with_answer(path, said))
            one.disk.release(record)
            self.watch.look(one)

    def _in_a_hurry(self, laptop: Laptop, record: RecordId) -> None:
        seen = laptop.disk.record(record)
        if self.hurries and seen is not None and not seen.is_closed and self.random.random() < 0.7:
            self.say(f"{laptop.worker} sends {record}")
            laptop.disk.release(record)

    def _answer(self, before: Answer | None, link_id: LinkId, family: FamilyId) -> tuple[Answer | None, str]:
        chance = self.random.random()
        word = self.words.new(family)
        value = None if before is None else before.value
        if before is not None and chance < 0.08:
            return Answer(value=None, empty=Empty.CLEARED), "cleared"
        if before is not None and chance < 0.14:
            return None, "taken away"
        if link_id == TAGS:
            tags = list(value) if isinstance(value, list) else []
            if tags and chance < 0.4:
                tags.remove(self.random.choice(tags))
                return (Answer(value=tags), "one less") if tags else (None, "none left")
            return Answer(value=[*tags, word]), word
        if link_id in (NOTE, DETAIL) and isinstance(value, str):
            said = value.split()
            place = self.random.randint(0, len(said))
            if said and chance < 0.3:
                said[min(place, len(said) - 1)] = f"{word}."
            elif said and chance < 0.4:
                del said[min(place, len(said) - 1)]
                if not said:
                    return None, "nothing left"
                return Answer(value=" ".join(said)), "a sentence less"
            else:
                said.insert(place, f"{word}.")
            return Answer(value=" ".join(said)), word
        return Answer(value=f"{word}." if link_id in (NOTE, DETAIL) else word), word

    def _adds_a_row(self, laptop: Laptop) -> None:
        found = self._to_type_in(laptop)
        if found is None:
            return
        record, family, before = found
        outer = [row for row in before.rows if paths.link_id(row) == ACTIONS]
        if outer and self.random.random() < 0.4:
            row = paths.row(self.random.choice(outer), STEPS, RowId(laptop.new_id()))
            place = paths.child(row, STEP)
        else:
            # Two may begin the same row, each offline: it was filled in from what both knew.
            name = RowId("first") if self.random.random() < 0.4 else RowId(laptop.new_id())
            row = paths.row(paths.ROOT, ACTIONS, name)
            place = paths.child(row, WHAT)
        word = self.words.new(family)
        self.say(f"{laptop.worker} adds {row} to {record}: {word}")
        after = before.with_row(row, Row(ord=self.random.choice("abc"))).with_answer(
            place, Answer(value=word)
        )
        self._keep(laptop, record, family, before, after)
        self._in_a_hurry(laptop, record)

    def _takes_a_row_away(self, laptop: Laptop) -> None:
        found = self._to_type_in(laptop)
        if found is None or not found[2].rows:
            return
        record, family, before = found
        row = self.random.choice(sorted(before.rows))
        self.say(f"{laptop.worker} takes {row} of {record} away")
        self._keep(laptop, record, family, before, before.without_row(row))
        self._in_a_hurry(laptop, record)

    def _moves_a_row(self, laptop: Laptop) -> None:
        found = self._to_type_in(laptop)
        if found is None or not found[2].rows:
            return
        record, family, before = found
        row = self.random.choice(sorted(before.rows))
        self.say(f"{laptop.worker} moves {row} of {record}")
        after = before.with_row(row, Row(ord=self.random.choice("abcd")))
        self._keep(laptop, record, family, before, after)

    def _types_what_is_refused(self, laptop: Laptop) -> None:
        found = self._to_type_in(laptop)
        if found is None:
            return
        record, family, before = found
        word, path = self.words.new(family), FieldPath("place")
        self.say(f"{laptop.worker} types in {record} what the ICS will refuse: {word}")
        after = before.with_answer(path, Answer(value=word, extra=(("ord", "x"),)))
        self._keep(laptop, record, family, before, after)

    def _opens(self, laptop: Laptop) -> None:
        known = [each.id for each in laptop.disk.records() if each.type == "form"]
        if known:
            record = self.random.choice(known)
            self.say(f"{laptop.worker} opens {record}")
            laptop.open(record)

    def _with_work(self, laptop: Laptop) -> Seen | None:
        found = [
            each
            for each in laptop.disk.records()
            if each.local is not None and not each.is_closed and not each.released
        ]
        return self.random.choice(found) if found else None

    def _sends(self, laptop: Laptop) -> None:
        found = self._with_work(laptop)
        if found is not None:
            self.say(f"{laptop.worker} sends {found.id}")
            laptop.disk.release(found.id)

    def _holds_back(self, laptop: Laptop) -> None:
        found = [each.id for each in laptop.disk.records() if each.released]
        if found:
            record = self.random.choice(found)
            self.say(f"{laptop.worker} holds {record} back: {laptop.disk.hold_back(record)}")

    def _discards(self, laptop: Laptop) -> None:
        found = self._with_work(laptop)
        if found is None or found.local is None or found.head is not None:
            return
        words = words_of(found.local)
        if laptop.disk.discard(found.id):
            self.say(f"{laptop.worker} throws {found.id} away")
            laptop.let_go |= words
            laptop.screens.pop(found.id, None)

    def _signs(self, laptop: Laptop) -> None:
        open_ = {each.record for each in laptop.disk.conflicts() if each.state == "open"}
        found = [
            each
            for each in laptop.disk.records()
            if each.type == "form"
            and not each.is_closed
            and each.id not in open_
            and not laptop.disk.proposed(each.id)
            and not (each.head is not None and each.head.open_conflicts)
        ]
        if found:
            record = self.random.choice(found)
            signed = laptop.sign(record.id, record.family)
            self.say(f"{laptop.worker} signs {record.id}: {signed[:8]}")
            self.watch.signed.setdefault(laptop.worker, set()).add(signed)

    def _settles(self, laptop: Laptop) -> None:
        held = {each.id: each for each in laptop.disk.records()}
        waiting = [
            each
            for each in laptop.disk.conflicts()
            if each.state == "open" and each.record in held and not held[each.record].is_closed
        ]
        if not waiting:
            return
        conflict = self.random.choice(sorted(waiting, key=lambda each: each.id))
        seen = held[conflict.record]
        choice = self.random.choice(("mine", "theirs", *(("new", "both") if is_text(conflict) else ())))
        row = paths.parent_row(conflict.path)
        if row and row not in shown(seen).rows:
            choice = "theirs"  # the row is not there: there is nowhere to put another answer
        text = f"{self.words.new(seen.family)}." if choice == "new" else None
        before = shown(seen)
        put = as_chosen(conflict, seen, choice, text, laptop.worker)
        earlier = tuple(each for each in seen.settles if each.conflict != conflict.id)
        self.say(f"{laptop.worker} settles {conflict.record} {conflict.path}: {choice} {text or ''}")
        delta = delta_between(before, put)
        self._hand(laptop, seen.id, (*delta.set, *delta.unset))
        laptop.settle(seen.id, seen.family, put, (*earlier, Settlement(conflict=conflict.id, choice=choice)))

    def _claims(self, laptop: Laptop) -> None:
        found = sorted(each.id for each in laptop.disk.conflicts() if each.state == "open")
        if found:
            laptop.claims = (self.random.choice(found),)
            self.say(f"{laptop.worker} looks at question {laptop.claims[0][:8]}")

    # The exchange -------------------------------------------------------------------------------------------

    def _step(self, laptop: Laptop) -> Any:
        self.clock.forward(1)
        report = laptop.step()
        trouble = laptop.line.last
        last = laptop.going.last if laptop.going is not None else "ended"
        self.say(f"  {laptop.worker} {last}{f' ({trouble})' if trouble else ''}")
        self.watch.ran(laptop, report)
        self.watch.look(laptop)
        return report

    def _run(self, laptop: Laptop) -> Any:
        while True:
            report = self._step(laptop)
            if report is not None:
                self.say(
                    f"  {laptop.worker}: {report.outcome}, sent {report.sent}, received {report.received},"
                    f" parked {report.parked}"
                )
                return report

    def _runs(self, laptop: Laptop) -> None:
        if "claims" in self.does:
            self._claims(laptop)
        self.say(f"{laptop.worker} runs")
        laptop.drop()
        self._run(laptop)

    def _goes_on(self, laptop: Laptop) -> None:
        count = self.random.randint(1, 9)
        self.say(f"{laptop.worker} goes on with a run, {count} calls")
        for _ in range(count):
            if self._step(laptop) is not None:
                break

    def _dies(self, laptop: Laptop) -> None:
        self.say(f"{laptop.worker}'s laptop dies")
        laptop.die()

    def _sets_the_clock(self, laptop: Laptop) -> None:
        ahead = self.random.choice(
            (timedelta(days=-400), timedelta(hours=-1), timedelta(0), timedelta(days=9))
        )
        if self.options.clocks:
            laptop.clock.ahead = ahead
        self.say(f"{laptop.worker}'s clock is set")

    def _late_request_arrives(self, laptop: Laptop) -> None:
        line = laptop.line
        if line.on_their_way:
            ask = line.on_their_way.pop(self.random.randrange(len(line.on_their_way)))
            reply = self._serve(laptop.worker, ask)
            self.say(f"a request of {laptop.worker} arrives late: {reply.status}")

    def _old_request_arrives(self, laptop: Laptop) -> None:
        if laptop.line.sent:
            ask = self.random.choice(laptop.line.sent)
            reply = self._serve(laptop.worker, ask)
            self.say(f"a request of {laptop.worker} arrives once more: {reply.status}")

    def _laptop_is_backed_up(self, laptop: Laptop) -> None:
        self.say(f"{laptop.worker}'s laptop is backed up")
        laptop.take_image()

    def _laptop_is_put_back(self, laptop: Laptop) -> None:
        if not laptop.images:
            return
        self.say(f"{laptop.worker}'s laptop is put back as it was")
        self.restores[laptop.worker] += 1
        laptop.restore(self.random)
        here: set[bytes] = set()
        for each in laptop.disk.records():
            here |= words_of(shown(each))
            if each.local is not None:
                # What it has not sent meets what was typed after the image, and nobody but the worker can
                # say which is meant: it is as another's.
                base = Body() if each.base is None else body_of(each.base.content)
                delta = delta_between(base, each.local)
                self._hand(laptop, each.id, (*delta.set, *delta.unset))
        for op in laptop.disk.ops():
            here |= words_in(op.bytes_)
        laptop.pending &= here
        self.watch.forget_all_but(self.laptops)

    # The service --------------------------------------------------------------------------------------------

    def _service_restarts(self, _laptop: Laptop) -> None:
        self.say("the service is started again")
        self.service.restart()

    def _service_crashes(self, _laptop: Laptop) -> None:
        self.say("the service will fall over")
        self.service.crash_in(self.random.randint(1, 3))

    def _office_changes_who_is_involved(self, _laptop: Laptop) -> None:
        family = self.random.choice(self.families)
        chosen = [worker for worker in self.sees if self.random.random() < 0.75]
        self.say(f"{family} is now {', '.join(chosen) or 'nobody'}'s")
        self.service.involve(family, chosen)
        self.watch.wrote()

    def _office_withdraws(self, laptop: Laptop) -> None:
        families = sorted(self.service.sees[laptop.worker])
        if families:
            family, at_once = self.random.choice(families), self.random.random() < 0.3
            self.say(f"{family} is taken from {laptop.worker}{' at once' if at_once else ''}")
            self.service.withdraw(family, laptop.worker, immediate=at_once)

    def _office_erases(self, _laptop: Laptop) -> None:
        there = [record for record in sorted(self.made) if self.watch.versions.get(record)]
        if there:
            record = self.random.choice(there)
            self.say(f"{record} is erased")
            self.service.erase(record)
            self.watch.erased(record)

    def _office_escalates(self, _laptop: Laptop) -> None:
        self.say(f"{self.service.escalate()} questions have waited too long")
        self.watch.wrote()

    def _service_is_backed_up(self, _laptop: Laptop) -> None:
        self.say("the service is backed up")
        self.backups.append(self.service.image())

    def _service_is_put_back(self, _laptop: Laptop) -> None:
        """The ICS comes up on a backup: a new epoch, in which some of what it had is gone."""
        if not self.backups:
            return
        self.epochs += 1
        damaged, signs_out = self.random.random() < 0.5, self.random.random() < 0.5
        self.say(f"the service is put back as it was{', and nothing can be read of what it was' * damaged}")
        self.clock.forward(60)
        self.service.restore(
            self.random.choice(self.backups), f"epoch-{self.epochs}", damaged=damaged, signs_out=signs_out
        )
        if "reconcile" in self.service.features:
            self.watch.put_back(self.laptops)
            return
        for laptop in self.laptops:
            laptop.drop()
            laptop.line.rate = 0.0
            before = laptop.disk.state()
            knew = laptop.disk.feed().epoch
            if knew is None:
                continue
            report = None
            while report is None:
                report = laptop.step()
            stopped = report.outcome == EPOCH_CHANGED and laptop.disk.state() == before
            self.watch.holds("I16", stopped, f"{laptop.worker} went on with an ICS that was put back")
        self.say("all stopped")


_TROUBLES: Final = tuple(Trouble)


# I10 ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _watched_merges(watch: Watch) -> Iterator[None]:
    """Look at every merge of a story as it is made."""
    real = sync.sealing.merge

    def merge(base: Body, local: Body, head: Body, form: Form | None) -> Merge:
        found = real(base, local, head, form)
        _judge_merge(watch, real, (base, local, head, form), found)
        return found

    sync.sealing.merge = merge
    try:
        yield
    finally:
        sync.sealing.merge = real


def _judge_merge(watch: Watch, real: Callable[..., Merge], given: tuple[Any, ...], found: Merge) -> None:
    base, local, head, form = given
    watch.holds("I10", real(*given) == found, "a merge came out otherwise the second time")
    turned = real(base, head, local, form)
    here = sorted((each.path, encode(proposal_of(each, 1))) for each in found.clashes)
    same = [each.path for each in found.clashes] == [each.path for each in turned.clashes]
    watch.holds("I10", same, f"one side is asked about {[each[0] for each in here]}, the other not")
    were, mine, theirs = words_of(base), words_of(local), words_of(head)
    after = words_of(found.merged)
    watch.holds("I10", after <= were | mine | theirs, "a merge made words up")
    kept = set(after)
    for clash in found.clashes:
        kept |= words_in(encode(proposal_of(clash, 1)))
        stands = answer_at(head, clash.path)
        watch.holds("I10", clash.theirs == stands, f"theirs at {clash.path} is not what the head says")
    watch.holds("I10", mine - were <= kept, f"a merge lost {sorted(mine - were - kept)} of this side")
    watch.holds("I10", theirs - were <= after, f"a merge lost {sorted(theirs - were - after)} of the other")


__all__ = ["QUESTIONNAIRE", "WEIGHTS", "Options", "Told", "plain_merge", "tell"]
