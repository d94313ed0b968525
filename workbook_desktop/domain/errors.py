"""What the Workbook raises on purpose."""

from __future__ import annotations

from typing import ClassVar


class WorkbookError(Exception):
    """Everything the Workbook raises on purpose: caught at the edge of a thread, shown by its code.

    ├── Unavailable   the world said no: wait, unlock, reconnect; nothing is lost
    └── Refused       a rule said no: say which rule, change nothing

    A third kind of failure, our own mistake, stays a plain Python exception.
    """

    code: ClassVar[str] = "workbook-error"  # names words in resources/messages; never reused, never renamed

    def __init__(self, **facts: str | int) -> None:
        super().__init__(self.code, facts)
        self.facts = facts  # ids, counts, versions: no name, no narrative, no answer


class Unavailable(WorkbookError):
    """The world said no. Nothing is lost; waiting, unlocking or reconnecting helps."""

    code = "unavailable"


class StoreLocked(Unavailable):
    """The store is locked, or another window holds it. Facts: by (``"this-app"`` or ``"another-window"``)."""

    code = "store-locked"


class StoreMissing(Unavailable):
    """There is no store here yet: neither header nor database."""

    code = "store-missing"


class StoreDamaged(Unavailable):
    """The header or the database does not read. Nothing was changed or removed. Facts: what."""

    code = "store-damaged"


class StoreTooNew(Unavailable):
    """A newer Workbook wrote this store. Facts: found, known (schema or header versions)."""

    code = "store-too-new"


class KeyUnavailable(Unavailable):
    """No keyring, or it does not hold this device's secret. Facts: reason, one of ``no-keyring``,
    ``keyring-locked``, ``keyring-silent``, ``keyring-changed``, ``secret-missing``."""

    code = "key-unavailable"


class WrongPassphrase(Unavailable):
    """The passphrase does not open the store. No data was touched. Facts: wait (seconds to the next)."""

    code = "wrong-passphrase"


class TooManyTries(Unavailable):
    """A try before the growing wait was over. Facts: wait (seconds)."""

    code = "too-many-tries"


class DiskFull(Unavailable):
    """The disk, or the quota, is full. What was typed is kept in memory and tried again."""

    code = "disk-full"


class StoreUnwritable(Unavailable):
    """The folder or file cannot be written: read-only, no right, or an unsuitable place. Facts: reason."""

    code = "store-unwritable"


class IcsUnreachable(Unavailable):
    """No answer from the ICS. Facts: reason, one of ``no-connection``, ``timeout``, ``cut``, ``busy``."""

    code = "ics-unreachable"


class NotTheIcs(Unavailable):
    """Something answered, but not the ICS: HTML, a redirect, a missing contract header, bad JSON.
    Facts: reason. No state was changed."""

    code = "not-the-ics"


class SignInNeeded(Unavailable):
    """The ICS does not know this session any more. Work goes on offline; nothing unsent is touched."""

    code = "sign-in-needed"


class ProviderUnreachable(IcsUnreachable):
    """The service that signs workers in does not answer. Facts: reason, as of IcsUnreachable."""

    code = "provider-unreachable"


class SignInCancelled(Unavailable):
    """The worker stopped it, or nobody came back from the browser in time. Facts: reason, ``cancelled`` or
    ``time``."""

    code = "sign-in-cancelled"


class SignInBusy(Unavailable):
    """Another sign-in of this Workbook is still under way in the browser."""

    code = "sign-in-busy"


class NoBrowser(Unavailable):
    """No browser could be opened to sign in with."""

    code = "no-browser"


class NoWorkAccount(Unavailable):
    """Nobody says where workers of this office sign in."""

    code = "no-work-account"


class LeaseEnded(Unavailable):
    """The office was not reached for longer than the organisation allows. Nothing was removed.
    Facts: days (allowed)."""

    code = "lease-ended"


class StoreEmptied(Unavailable):
    """The organisation had this laptop's store removed, or it was away for too long. Facts: waiting (things
    never sent, sealed for the organisation alone), arrived (1 when it has them, else 0), reason (``order`` or
    ``lease``)."""

    code = "store-emptied"


class Refused(WorkbookError):
    """A rule said no. Nothing was changed."""

    code = "refused"


class NotPermitted(Refused):
    """The worker may not do this. Facts: what."""

    code = "not-permitted"


class AlreadySignedOff(Refused):
    """The record is signed off: it can be read and added to, not altered. Facts: record."""

    code = "already-signed-off"


class NotReadyToSignOff(Refused):
    """Answers are missing, or a conflict is open. Facts: missing, conflicts."""

    code = "not-ready-to-sign-off"


class ChangedSinceRead(Refused):
    """The content is no longer what was shown when the worker chose. Facts: record."""

    code = "changed-since-read"


class RecordUnknown(Refused):
    """No such record on this laptop. Facts: record."""

    code = "record-unknown"


class FormUnknown(Refused):
    """The form, or this version of it, is not on this laptop. Facts: form, version."""

    code = "form-unknown"


class FormRefused(Refused):
    """A form definition that cannot be used. Facts: item (linkId, or ``""`` for the whole), feature, why."""

    code = "form-refused"


class ResponseRefused(Refused):
    """A QuestionnaireResponse that cannot be read. Facts: item (linkId, or ``""`` for the whole), why."""

    code = "response-refused"


class ReplyRefused(Refused):
    """A reply of the ICS that breaks the contract, such as a record of another family: nothing of it was
    taken. Facts: reason, and ids where known."""

    code = "reply-refused"


class DeviceRefused(ReplyRefused):
    """The organisation stopped this laptop, or does not know it. Nothing was removed by that, and what is
    unsent stays. Facts: reason, one of ``suspended``, ``retired``, ``unknown``, ``wipe``."""

    code = "device-refused"


class SignInDenied(Refused):
    """The identity provider, or the worker there, said no. Facts: reason (the provider's code)."""

    code = "sign-in-denied"


class SignInFailed(Refused):
    """What came back is not a sign-in that was begun here, or does not prove who it is. Nothing of it was
    taken. Facts: reason."""

    code = "sign-in-failed"


class WrongAccount(Refused):
    """Somebody signed in who is not the worker of this store. Nothing of it was taken."""

    code = "wrong-account"


class WeakPassphrase(Refused):
    """Too short, or on the deny list. Facts: least (characters)."""

    code = "weak-passphrase"


class RuleDataMissing(Refused):
    """A count runs past the holidays that are known; a guess would move a statutory date."""

    code = "rule-data-missing"


class RulesRefused(Refused):
    """A file of timescales or a council's own, or part of it, that cannot be used: nothing of it was taken.
    Facts: rule (id, or ``""`` for the whole file), why."""

    code = "rules-refused"
