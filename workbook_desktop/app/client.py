"""One worker's store joined to its exchange with the ICS: a complete client but for the windows.

Imports are lazy on purpose: the unlock window needs little, everything else is loaded when it is used.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_desktop.app.office_line import practice_line, watched_line
from workbook_desktop.app.reading import Vouching
from workbook_desktop.domain.errors import (
    DeviceRefused,
    SignInNeeded,
    StoreEmptied,
    StoreLocked,
    StoreMissing,
    Unavailable,
    WorkbookError,
)
from workbook_desktop.domain.ids import NewId, RecordId

_PATIENCE = 10.0  # seconds that the windows get to keep what was typed
_LONGEST_WAIT = 300.0

if TYPE_CHECKING:
    from sync.ports import Ics
    from sync.runner import Runner, Status
    from sync.sign_in.device import Order
    from sync.sign_in.oidc import OidcSignIn
    from workbook_desktop.app.emptying import Ready
    from workbook_desktop.app.listening import Known, Listener
    from workbook_desktop.app.office_line import Office
    from workbook_desktop.app.standing import Standing
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.domain.records import Head
    from workbook_desktop.store.connection import StoreThread
    from workbook_desktop.store.device_secret import Keyrings
    from workbook_desktop.store.emptying import Job
    from workbook_desktop.store.keys import Cost
    from workbook_desktop.store.records import Held
    from workbook_desktop.store.store import Store
    from workbook_desktop.workspace.worker_desk import WorkerDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a laptop stands with its office, as known here."""

    has_account: bool  # its worker signs in with a work account
    is_signed_in: bool  # as far as is known: the office may think otherwise
    waiting: int  # records to be sent
    lease_days: int | None  # without contact; None: there is no lease, as in practice
    days_left: int | None


def _no_window(error: WorkbookError) -> None:
    """There is nobody to tell."""


class Client:
    """One worker's store and its exchange with the ICS: everything but the windows.

    `unlock`, `lock` and the desk's verbs are to be called in the store's thread (`client.thread.submit`).
    """

    def __init__(
        self,
        folder: Path,
        office: Office | None,
        *,
        clock: Clock,
        new_id: NewId,
        keyrings: Callable[[], Keyrings] | None = None,
        on_status: Callable[[Status], None] = lambda status: None,
        automatic: bool = True,
        form_keys: Callable[[], Mapping[str, bytes]] | None = None,
        open_browser: Callable[[str], bool] | None = None,
        leaves: tuple[Path, ...] = (),
    ) -> None:
        """Join a store and an office.

        Args:
            open_browser: shows a page of the identity provider; None: in the system's own browser.
            leaves: what else is removed where the organisation has this laptop emptied.
            automatic: starts a thread that sends and receives by itself; without it `exchange_once` does.
            form_keys: public keys, by name, of those whose forms are used; None: those that the device's
                administrator set.
        """
        from workbook_desktop.store.connection import StoreThread

        self.folder, self.office = folder, office
        self.thread: StoreThread = StoreThread()
        self._clock, self._new_id, self._keyrings = clock, new_id, keyrings
        self._on_status, self._automatic = on_status, automatic
        self._vouching = Vouching(form_keys)
        self._store: Store | None = None
        self.runner: Runner | None = None
        self.desk: WorkerDesk | None = None
        # Told, from any thread, when the Workbook may not stay open. Whoever listens locks it.
        self.on_stopped: Callable[[WorkbookError], None] = _no_window
        # Told, from the thread that signs in, an address and whether a browser showed it; says whether the
        # worker has it before them now. If nobody can show it, a browser that does not open ends the sign-in.
        self.on_address: Callable[[str, bool], bool] = lambda address, was_shown: was_shown
        self._open_browser, self._leaves = open_browser, leaves
        self._worker: Worker | None = None
        self._standing: Standing | None = None
        self._account: OidcSignIn | None = None
        self._make_ics: Callable[[], Ics] | None = None
        self._order: Order | None = None  # good, and to be obeyed when the store is closed
        self._emptying_begun = threading.Event()
        self._one_empties = threading.Lock()
        self._closing = threading.Event()
        self.listener: Listener | None = None  # while it is locked: hears that it was stopped
        self._finishing: threading.Thread | None = None

    def exists(self) -> bool:
        """Say whether there is a store here, whole or not."""
        return (self.folder / "store.hdr").exists() or (self.folder / "store.db").exists()

    def create(
        self,
        passphrase: str,
        worker: Worker,
        cost: Cost | None = None,
        values: Mapping[str, str] | None = None,
        store_id: str | None = None,
    ) -> None:
        """Make this worker's store with these values in it, and lock it again."""
        from workbook_desktop.store.store import Store

        store = Store.create(
            self.folder,
            passphrase,
            clock=self._clock,
            new_id=self._new_id,
            keyrings=self._keyrings() if self._keyrings else None,
            reading=self._vouching.reading(),
            cost=cost,
            store_id=store_id,
        )
        store.settings.put("worker", json.dumps(asdict(worker)))
        for name, value in (values or {}).items():
            store.settings.put(name, value)
        store.lock()

    def emptied(self) -> StoreEmptied | None:
        """Say why there is no store here any more, or will not be in a moment; None if it was not emptied."""
        from workbook_desktop.store.emptying import Emptying

        job = Emptying(self.folder).job()
        if job is None or (job.destroyed and self.exists()):
            return None
        return StoreEmptied(reason=job.reason, waiting=job.unsent, arrived=int(job.handed_in))

    def unlock(self, passphrase: str) -> WorkerDesk:
        """Open the store, and begin to send and receive.

        Raises:
            LeaseEnded, DeviceRefused: the passphrase was right, and the office must be reached first:
            `come_in`. StoreEmptied: the organisation had the store removed.
        """
        from workbook_desktop.domain.people import Worker
        from workbook_desktop.store.store import Store

        self.lock()
        gone = self.emptied()
        if gone is not None:
            raise gone
        store = Store.unlock(
            self.folder,
            passphrase,
            clock=self._clock,
            keyrings=self._keyrings() if self._keyrings else None,
            reading=self._vouching.reading(),
        )
        raw = store.settings.get("worker")
        if not raw:
            store.lock()
            raise StoreMissing()
        store.forms.look_again()
        if self.listener is not None:
            self.listener.end()
            self.listener = None
        self._store = store
        self._worker = worker = Worker(**json.loads(raw))
        if self.office is not None:
            self._join(self.office, store, worker)
            self._hear_what_was_marked()
            self._may_be_open()
        return self._let_in()

    def _hear_what_was_marked(self) -> None:
        """Keep in the store what was heard of it while it was locked."""
        from workbook_desktop.app import account, listening

        status = listening.marked(self.folder)
        if status and self._standing is not None and self._store is not None:
            self._store.settings.put(account.DEVICE_STATUS, status)
            listening.mark(self.folder, "active")

    def _may_be_open(self) -> None:
        """Raise if the office must be reached before anything is shown; the store stays ajar until then."""
        standing = self._standing
        if standing is None:
            return
        key = standing.seal_key()
        if standing.is_over() and key is not None:
            raise self._begin_emptying("lease", "", now=True, seal_key=key)
        why = standing.why_shut()
        if why is not None:
            raise why

    def _let_in(self) -> WorkerDesk:
        from workbook_desktop.workspace.worker_desk import WorkerDesk

        if self._store is None or self._worker is None:
            raise StoreLocked(by="this-app")
        self._may_be_open()
        if self._make_ics is not None:
            self.runner = self._make_runner(self._store, self._make_ics)
            for each in self._store.conflicts.open():  # looked at when it was locked, or cut off
                if each.claimed_by == self._worker.id:
                    self.runner.release(each.id)
            if self._automatic:
                self.runner.start()
        self.desk = WorkerDesk(self._store, self._worker, self._clock, self._new_id)
        return self.desk

    def come_in(self, *, fresh: bool = False) -> WorkerDesk:
        """Reach the office for a store that `unlock` left ajar, signing in if that is needed, and open it.

        For any thread but the store's: it waits for the network, and for the worker at the browser. If it
        does not come to it, the store is locked again.

        Args:
            fresh: the provider is to ask for the password, whoever is signed in there.

        Raises:
            IcsUnreachable, SignInNeeded, and what signing in raises; LeaseEnded, DeviceRefused: as before.
        """
        make_ics, account = self._make_ics, self._account
        if make_ics is None:
            raise StoreLocked(by="this-app")
        ics = make_ics()
        try:
            try:
                ics.capabilities()
                ics.scopes()
            except SignInNeeded:
                if account is None:
                    raise
                account.sign_in(fresh=fresh)
                ics.capabilities()
                ics.scopes()
            return self.thread.submit(self._let_in).result()
        except BaseException:
            self.thread.submit(self._shut_ajar).result()
            raise
        finally:
            ics.close()

    def versions_at_office(self, record: RecordId) -> tuple[Head, ...]:
        """Ask the office for every version of a record that this worker may see, the oldest first. For any
        thread but the store's: it waits for the network. Nothing of it is kept.

        Raises:
            StoreLocked: nothing is open. IcsUnreachable and what else a call raises.
        """
        make_ics = self._make_ics
        if make_ics is None:
            raise StoreLocked(by="this-app")
        from sync.protocol import head_of

        ics = make_ics()
        try:
            ics.capabilities()
            reply = ics.history(record)
            return tuple(head_of(each) for each in reply.revisions if each.id == record)
        finally:
            ics.close()

    def _shut_ajar(self) -> None:
        """Lock what `unlock` left ajar; what was opened meanwhile stays open."""
        if self.desk is None:
            self.lock()

    def sign_in(self, *, fresh: bool = False) -> None:
        """Sign in with the work account, in the browser, and go on sending. For any thread but the store's.

        Raises:
            StoreLocked: nothing is open. Else what `OidcSignIn.sign_in` raises; what waits stays as it is.
        """
        account, runner = self._account, self.runner
        if account is not None:
            account.sign_in(fresh=fresh)
        elif self._store is None:
            raise StoreLocked(by="this-app")
        if runner is not None:
            runner.request()

    def cancel_sign_in(self) -> None:
        """Give up waiting for the browser. From any thread."""
        account = self._account
        if account is not None:
            account.cancel()

    def sign_out(self) -> bool:
        """End the session, here and at the provider. What waits stays. For any thread but the store's.

        Returns:
            Whether it was ended at the provider too.
        """
        account, runner = self._account, self.runner
        ended = account.sign_out() if account is not None else True
        if runner is not None:
            runner.request()  # which says at once that a sign-in is needed
        return ended

    def look(self) -> Look:
        """Return how this laptop stands, and tell if the Workbook may not stay open. In the store's thread.

        Raises:
            StoreLocked: nothing is open, not even ajar.
        """
        from workbook_desktop.app import account as keeping
        from workbook_desktop.workspace.worker_desk import WorkerDesk

        store, worker, standing = self._store, self._worker, self._standing
        if store is None or worker is None:
            raise StoreLocked(by="this-app")
        if self.desk is not None:
            self._look()
        desk = self.desk or WorkerDesk(store, worker, self._clock, self._new_id)
        return Look(
            has_account=self._account is not None,
            is_signed_in=bool(store.settings.get(keeping.SESSION)),
            waiting=desk.counts().waiting,
            lease_days=standing.lease.terms.days if standing is not None else None,
            days_left=standing.lease.days_left() if standing is not None else None,
        )

    def held(self, record: RecordId) -> Held:
        """Return all this client holds of a record, to look at. Raises StoreLocked, RecordUnknown."""
        if self._store is None:
            raise StoreLocked(by="this-app")
        return self._store.records.held(record)

    def lock(self) -> None:
        """Stop sending and receiving, then close the store. What is unsent stays, encrypted."""
        order, self._order = self._order, None
        if order is not None and self._store is not None:
            try:
                self._begin_emptying("order", order.id, now=order.now, seal_key=order.seal_key)
            finally:
                self._shut()  # whatever became of it: the next run is told again
            return
        self._shut()

    def _shut(self, *, listens: bool = True) -> None:
        known = None
        if listens:
            with suppress(WorkbookError):  # whatever is wrong with it, it is locked
                known = self._what_is_known()
        runner, self.runner, self.desk = self.runner, None, None
        if runner is not None:
            runner.stop(wait=False)
        account, self._account, self._make_ics = self._account, None, None
        if account is not None:
            account.close()
        standing, self._standing = self._standing, None
        store, self._store = self._store, None
        if store is not None:
            if standing is not None:
                with suppress(Unavailable):  # a full disk must not keep the store open
                    standing.lease.note()
            store.lock()
        if known is not None and not self._closing.is_set():
            self._listen(known)

    def close(self) -> None:
        """Lock, and end the threads."""
        runner = self.runner
        self._closing.set()
        self.thread.submit(self.lock).result()
        if runner is not None:
            runner.stop(wait=True)
        if self.listener is not None:
            self.listener.end(wait=True)
        if self._finishing is not None:
            self._finishing.join(5)
        self.thread.shutdown(wait=True)

    # The line to the office ---------------------------------------------------------------------------------

    def _join(self, office: Office, store: Store, worker: Worker) -> None:
        """Say how the office is reached from this store: as in practice, or as a laptop of the
        organisation."""
        if office.policy is None:
            self._make_ics = practice_line(office, worker, office.secret(store), self._clock)
            return
        from workbook_desktop.app import account as keeping
        from workbook_desktop.app.standing import Standing

        settings = keeping.StoreSettings(self.thread.submit, lambda: self._store)
        self._standing = standing = Standing(
            store,
            worker,
            settings,
            clock=self._clock,
            policy=office.policy(),
            submit=self.thread.submit,
            empty=self._obey,
            stopped=lambda error: self.on_stopped(error),
        )
        at = keeping.account_in(store.settings.get(keeping.ACCOUNT))
        if at is not None:
            from sync.sign_in.oidc import OidcSignIn

            self._account = OidcSignIn(
                at, self._clock, keeping.StoreKeeper(settings), open_browser=self._show_address
            )
        self._make_ics = watched_line(office, worker, store, standing, self._account, self._clock)

    def _show_address(self, address: str) -> bool:
        from workbook_desktop.app.machine import open_browser

        return self.on_address(address, (self._open_browser or open_browser)(address))

    def _after_run(self, status: Status) -> None:
        """Say how the exchange goes; and when a run ended without the office, see whether the lease still
        runs."""
        self._on_status(status)
        standing = self._standing
        if standing is not None and status.next_try is not None:
            with suppress(RuntimeError):  # the store's thread has ended
                self.thread.submit(self._look)

    def _look(self) -> None:
        if self._standing is not None and self._store is not None:
            self._standing.look()

    # Emptying -----------------------------------------------------------------------------------------------

    def _obey(self, order: Order) -> None:
        """Do as a good order says, in the thread of the run: the windows keep what was typed, and lock
        first."""
        self._order = order
        self._emptying_begun.clear()
        self.on_stopped(DeviceRefused(reason="wipe"))
        if self.on_stopped is _no_window or not self._emptying_begun.wait(_PATIENCE):
            self.thread.submit(self.lock).result()
        self.finish_emptying_later()

    def _begin_emptying(self, reason: str, order: str, *, now: bool, seal_key: bytes) -> StoreEmptied:
        """In the store's thread: seal what is unsent, put on the disk what is to be done, lock, and
        destroy."""
        from workbook_desktop.app.emptying import begin

        assert self._standing is not None
        ready, device, at = self._ready(seal_key), self._standing.device, self._clock.now()
        job = begin(ready, self.folder, device, reason=reason, order=order, now=now, at=at)
        self._shut(listens=False)
        self._emptying_begun.set()
        self._destroy(job)
        return StoreEmptied(reason=reason, waiting=job.unsent, arrived=0)

    def _destroy(self, job: Job) -> None:
        if job.may_destroy:
            from workbook_desktop.app.emptying import destroy

            with self._one_empties:
                destroy(self.folder, self._keyrings, self._leaves)

    def _ready(self, seal_key: bytes | None) -> Ready:
        """Seal what is unsent, in the store's thread."""
        from workbook_desktop.app.emptying import make_ready

        assert self._store is not None
        assert self._worker is not None
        assert self._standing is not None
        return make_ready(
            self._store,
            self.folder,
            self._worker,
            seal_key=seal_key,
            is_known=self._standing.is_known_here(),
            url=self.office.url() if self.office is not None else "",
            at=self._clock.now(),
        )

    # Locked -------------------------------------------------------------------------------------------------

    def _what_is_known(self) -> Known | None:
        """Return what a locked laptop needs to hear how it stands; None: it has no standing, as in
        practice."""
        from workbook_desktop.app.listening import Known

        store, standing = self._store, self._standing
        if store is None or standing is None or self._worker is None or not standing.is_known_here():
            return None
        ready = self._ready(standing.seal_key())
        return Known(
            url=ready.url,
            device=standing.device,
            store_id=store.store_id,
            organisation_key=standing.organisation_key(),
            status=standing.status() or "active",
            ready=ready,
        )

    def _listen(self, known: Known) -> None:
        from workbook_desktop.app.listening import Listener

        self.listener = Listener(
            known,
            self.folder,
            self._clock,
            submit=self.thread.submit,
            is_open=lambda: self._store is not None,
            destroy=self._destroy,
            emptied=self.finish_emptying_later,
            stopped=lambda error: self.on_stopped(error),
        )
        if self._automatic:
            self.listener.start()

    def finish_emptying(self) -> bool:
        """Go on with an emptying that was begun, as after a cut. Waits for the network. Not in the store's
        thread.

        Returns:
            Whether nothing is left to do.

        Raises:
            WorkbookError: the office does not answer, or not as it should; try again.
        """
        from workbook_desktop.app.emptying import finish

        with self._one_empties:
            return finish(self.folder, self._clock, self._keyrings, self._leaves)

    def finish_emptying_later(self) -> None:
        """Go on with an emptying in a thread of its own, until it is done or this client is closed."""
        if self._finishing is None or not self._finishing.is_alive():
            self._finishing = threading.Thread(target=self._finish_in_time, name="emptying", daemon=True)
            self._finishing.start()

    def _finish_in_time(self) -> None:
        wait = 1.0
        while not self._closing.is_set():
            try:
                if self.finish_emptying():
                    return
            except (WorkbookError, OSError):
                pass  # tried again
            self._closing.wait(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _make_runner(self, store: Store, make_ics: Callable[[], Ics]) -> Runner:
        from sync.runner import Runner
        from workbook_desktop.app.machine import chance

        return Runner(
            store_executor=self.thread,
            port=store.sync_port(),
            make_ics=make_ics,
            clock=self._clock,
            new_id=self._new_id,
            random=chance,
            report=self._after_run,
            seal=self._sealed,
        )

    def _sealed(self, content: bytes) -> bytes | None:
        """Return an envelope that the organisation alone opens; None if this laptop has no key of its, or is
        not known to it. In the store's thread."""
        store, standing = self._store, self._standing
        key = standing.seal_key() if standing is not None and standing.is_known_here() else None
        if store is None or key is None:
            return None
        from sync.envelope import seal
        from sync.sign_in.device import UNSENT

        return seal(key, content, f"{UNSENT}|{store.store_id}")
