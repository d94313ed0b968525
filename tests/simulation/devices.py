"""Laptops that their organisation knows, stops and empties, in the middle of a story.

What a laptop makes of it is the shipping code: `app.account.WatchedIcs` and `app.standing` ask and obey,
`store.lease` counts the days, `app.emptying` seals, destroys and says so. Here are only the hands: the
office's, and those that open a laptop which was shut.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sync.wire
from sync.protocol import WipeOrderMessage, encode
from sync.protocol import devices as said
from tests.simulation.ground import WORD, a_worker, words_in, words_of
from tests.simulation.laptops import Laptop, shown
from tests.simulation.service import OFFICERS, SEALING, opened
from workbook_desktop.app import account, emptying
from workbook_desktop.app.standing import Standing
from workbook_desktop.domain.errors import WorkbookError
from workbook_desktop.settings import Policy
from workbook_desktop.store.emptying import Emptying

if TYPE_CHECKING:
    from tests.simulation.watch import Watch

FEATURE: Final = "devices"
LEASE_DAYS, EMPTY_AFTER_DAYS = 14, 40
WEIGHTS: Final = {
    "office_stops_a_laptop": 2,
    "office_lets_it_on_again": 3,
    "office_empties_a_laptop": 1,
    "days_pass": 1,
}
URL: Final = "http://localhost"


def at_once(job: Callable[[], Any]) -> Future[Any]:
    """Do what the store's thread would do."""
    done: Future[Any] = Future()
    try:
        done.set_result(job())
    except Exception as error:
        done.set_exception(error)
    return done


class _Standing(Standing):
    """Notes when the office was last reached, by the time it really is."""

    reached: Callable[[], None] = staticmethod(lambda: None)

    def contacted(self, server_time: datetime) -> None:
        super().contacted(server_time)
        self.reached()


class Known:
    """One laptop that the organisation knows: its key, how it stands, and whether it may be open."""

    def __init__(self, laptop: Laptop, watch: Watch, seconds: Callable[[], float]) -> None:
        self._laptop, self._watch, self._seconds = laptop, watch, seconds
        self._made = 0
        self._store: Any = None
        self.standing: _Standing
        self.reached = seconds()  # when the office last took its sign-in
        self.shut: WorkbookError | None = None
        self.is_emptied = False  # its store is, or is to be, no more
        self.envelope: set[bytes] = set()  # the words that were unsent then
        self._new_key()

    def _new_key(self) -> None:
        """A key by no chance: what a store would make for itself."""
        self._made += 1
        raw = hashlib.sha256(f"{self._laptop.worker} {self._made}".encode()).digest()
        self._disk.store.settings.put(account.DEVICE_KEY, base64.b64encode(raw).decode())

    @property
    def _disk(self) -> Any:
        return self._laptop.disk

    @property
    def id(self) -> str:
        """What the office calls it."""
        return self._stands().device.key.id

    def _stands(self) -> _Standing:
        store = self._disk.store
        if store is not self._store:
            self._store = store
            self.standing = _Standing(
                store,
                a_worker(self._laptop.worker),
                account.StoreSettings(at_once, lambda: self._disk.store),
                clock=self._laptop.clock,
                policy=Policy(lease_days=LEASE_DAYS, empty_after_days=EMPTY_AFTER_DAYS),
                submit=at_once,
                empty=lambda order: self._begin("order", order.id, now=order.now, seal_key=order.seal_key),
                stopped=self._stopped,
            )
            self.standing.reached = self._was_reached
        return self.standing

    def _was_reached(self) -> None:
        self.reached = self._seconds()

    def _stopped(self, error: WorkbookError) -> None:
        self.shut = error

    def connect(self) -> account.WatchedIcs:
        """Return the line of a run."""
        laptop, standing = self._laptop, self._stands()
        return account.WatchedIcs(
            URL,
            laptop._signed_in,
            laptop.clock,
            refused=laptop._sign_out,
            wire=laptop.wire,
            device=standing.device,
            store_id=self._disk.store.store_id,
            platform="linux",
            watch=standing,
        )

    def look(self) -> bool:
        """See whether it may be open, as before anything is shown; say so."""
        if self.is_emptied:
            return False
        standing = self._stands()
        key = standing.seal_key()
        if standing.is_over() and key is not None:
            self._begin("lease", "", now=True, seal_key=key)
            return False
        self.shut = standing.why_shut()
        return self.shut is None

    def come_in(self) -> bool:
        """Reach the office for a store that is shut, as `Client.come_in` does; say whether it opens."""
        if self.is_emptied:
            return False
        ics = self.connect()
        with contextlib.suppress(WorkbookError):
            ics.capabilities()
            ics.scopes()
        return self.look()

    # Emptied ------------------------------------------------------------------------------------------------

    @property
    def _folder(self) -> Path:
        return Path(self._disk._folder) / "store"

    def _begin(self, reason: str, order: str, *, now: bool, seal_key: bytes) -> None:
        """Seal what is unsent and put on the disk what is to be done: nothing goes before that."""
        laptop, standing = self._laptop, self._stands()
        there: set[bytes] = set()
        for each in self._disk.records():
            there |= words_of(shown(each)) | self._disk.proposed(each.id)
        for op in self._disk.ops():
            there |= words_in(op.bytes_)
        at = laptop.clock.now()
        ready = emptying.make_ready(
            self._disk.store,
            self._folder,
            a_worker(laptop.worker),
            seal_key=seal_key,
            is_known=standing.is_known_here(),
            url=URL,
            at=at,
        )
        store = self._disk.store.store_id
        inside = words_in(opened(ready.envelope, store)) if ready.envelope else set()
        lost = (laptop.pending & there) - inside
        self._watch.holds("D2", not lost, f"{sorted(lost)} of {laptop.worker} are not in the envelope")
        emptying.begin(ready, self._folder, standing.device, reason=reason, order=order, now=now, at=at)
        self.is_emptied, self.envelope = True, laptop.pending & inside
        laptop.pending.clear()  # they are in the envelope: to be at the office when it is done

    def finish(self) -> bool:
        """Go on with the emptying over the laptop's line, from wherever it was cut; say whether it is done.
        The worker then has a laptop that is set up anew."""
        laptop = self._laptop
        laptop.drop()
        self._disk.go()
        real = sync.wire.Wire
        sync.wire.Wire = lambda url, clock: laptop.wire  # type: ignore[assignment,misc]
        try:
            done = emptying.finish(self._folder, laptop.clock, None, ())
        except WorkbookError:
            done = False
        finally:
            sync.wire.Wire = real  # type: ignore[misc]
            laptop.wire.signer = None
        job = Emptying(self._folder).job()
        assert job is not None
        if job.destroyed:
            self._watch.holds("D3", not self._folder.exists(), f"{laptop.worker}'s store is still there")
            left = {each for path in _files(self._folder.parent) for each in WORD.findall(path.read_bytes())}
            self._watch.holds("D3", not left, f"{sorted(left)} can be read on {laptop.worker}'s laptop")
        if not done:
            return False
        if job.handed_in_message is not None:
            handed = {word for body in self._watch.service.late() for word in words_in(body)}
            lost = self.envelope - handed
            self._watch.holds("D2", not lost, f"{sorted(lost)} of {laptop.worker} were never handed in")
        return True

    def handed_in(self) -> None:
        """Look at the disk when the office hears what was unsent: the store is there, unless it was to go at
        once."""
        job = Emptying(self._folder).job()
        first = job is not None and not job.now and not self._folder.exists()
        say = f"{self._laptop.worker}'s store went before its work was handed in"
        self._watch.holds("D2", not first, say)

    def set_up_anew(self) -> None:
        """A new store, with a new key; nothing of the old one comes back."""
        self._disk.begin_anew()
        self.is_emptied, self.shut, self.envelope = False, None, set()
        self.reached = self._seconds()
        self._new_key()


def _files(folder: Path) -> Iterator[Path]:
    """Yield all files but those of the images that were taken."""
    for path in folder.rglob("*"):
        if path.is_file() and not any(part.startswith("image-") for part in path.parts):
            yield path


class Hands:
    """What the office does with laptops; part of a story."""

    def _knows_laptops(self: Any) -> None:
        for name in ("sets_the_clock", "service_is_backed_up", "service_is_put_back"):
            self.does.pop(name, None)  # days do it here; an office that was put back knows no laptop
        self.service.know_devices()
        for laptop in self.laptops:
            laptop.known = Known(laptop, self.watch, self.clock.monotonic)
        self.watch.knows_devices = True

    def _is_open(self: Any, laptop: Laptop) -> bool:
        """Whether anything can be done on a laptop; hands that open it try the office first."""
        known = laptop.known
        if known is None or known.look():
            return True
        laptop.drop()
        if not known.is_emptied:
            opens = known.come_in()
            self.say(f"{laptop.worker}'s laptop is shut, and {'opens' if opens else 'stays so'}")
            return bool(opens)
        done = known.finish()
        self.say(f"{laptop.worker}'s laptop is {'emptied, and set up anew' if done else 'being emptied'}")
        if done:
            laptop.forget()
            known.set_up_anew()
            self.restores[laptop.worker] += 1
            self.watch.forget_all_but(self.laptops)
        return bool(done)

    def _office_stops_a_laptop(self: Any, laptop: Laptop) -> None:
        if self.service.device_stands(_known(laptop).id) == said.ACTIVE and not _known(laptop).is_emptied:
            self.say(f"{laptop.worker}'s laptop is stopped")
            self.service.set_device(_known(laptop).id, said.SUSPENDED)

    def _office_lets_it_on_again(self: Any, laptop: Laptop) -> None:
        if not _known(laptop).is_emptied and self.service.device_stands(_known(laptop).id) == said.SUSPENDED:
            self.say(f"{laptop.worker}'s laptop is let on again")
            self.service.set_device(_known(laptop).id, said.ACTIVE)

    def _office_empties_a_laptop(self: Any, laptop: Laptop) -> None:
        if _known(laptop).is_emptied or self.service.device_stands(_known(laptop).id) != said.ACTIVE:
            return
        mode = self.random.choice(said.MODES)
        self.say(f"{laptop.worker}'s laptop is to be emptied: {mode}")
        order = said.WipeOrder(
            v=1,
            kind="wipe",
            id=f"order-{self.told.steps}",
            device=_known(laptop).id,
            store=laptop.disk.store.store_id,  # type: ignore[attr-defined]
            mode=mode,
            issued_at=self.clock.now().isoformat(),
            not_after=(self.clock.now() + timedelta(days=400)).isoformat(),
            seal_key=said.base64_of(SEALING.public_key().public_bytes_raw()),
        )
        text = encode(order).decode()
        signature = said.base64_of(OFFICERS.sign(said.order_bytes(text)))
        self.service.set_device(
            _known(laptop).id, said.WIPE, WipeOrderMessage(order=text, signature=signature)
        )

    def _days_pass(self: Any, laptop: Laptop) -> None:
        """Nobody is at work for some days; somebody sets this laptop's clock back by as many."""
        days = self.random.choice((3, 8, 20))
        for each in self.laptops:
            _known(each).look()
        self.clock.forward(days * 24 * 3600)
        back = self.random.random() < 0.5
        self.say(f"{days} days pass{f', and {laptop.worker} sets the clock back' * back}")
        if back and self.options.clocks:
            laptop.clock.ahead -= timedelta(days=days)
        for each in self.laptops:
            away = self.clock.monotonic() - _known(each).reached
            opens = _known(each).look()
            self.watch.holds(
                "D4",
                not opens or away <= LEASE_DAYS * 24 * 3600,
                f"{each.worker} works on after {away:.0f} s",
            )

    def _is_ordered(self: Any, laptop: Laptop) -> bool:
        return bool(self.service.device_stands(_known(laptop).id) == said.WIPE)

    def _all_come_in(self: Any) -> None:
        """At the end: whoever was stopped is let on again, and what is to be emptied is."""
        for laptop in self.laptops:
            if laptop.known is not None:
                self._office_lets_it_on_again(laptop)
                for _ in range(2):  # one that never heard that it is known hears its order in the second run
                    if not _known(laptop).is_emptied and self._is_ordered(laptop):
                        self._run(laptop)
                for _ in range(3):
                    if self._is_open(laptop):
                        break
                self.watch.holds("D5", _known(laptop).look(), f"{laptop.worker}'s laptop stays shut")


def _known(laptop: Laptop) -> Known:
    assert laptop.known is not None
    return laptop.known
