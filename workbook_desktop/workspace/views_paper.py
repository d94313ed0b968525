"""What the paper page shows, and what it orders: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.domain.people import Family
from workbook_desktop.paper.document import Document


class Reader(StrEnum):
    """Who will hold a document, as the rules look at them."""

    ADULT = "adult"  # of the family
    APART = "apart"  # of the family, and one from whom a home is kept secret
    CHILD = "child"
    CONFERENCE = "conference"
    COURT = "court"
    COLLEAGUE = "colleague"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a document is for."""

    key: str  # a person's or a worker's id, "conference" or "court"
    name: str
    reader: Reader
    detail: str = ""  # "mother of Maisie, Leo and Ivy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Printable:
    """Something that can be put on paper."""

    key: str  # a record's id, or "chronology"
    title: str
    kind: str
    record: RecordId | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for: whom, what, and how."""

    family: FamilyId
    recipient: str  # `Recipient.key`
    what: str  # `Printable.key`
    easy: bool = False
    without_logo: bool = False
    voices: bool = False  # at a meeting: with what children said, though somebody there is not to hear it


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Words on a paper that have to be read before it is printed, and why."""

    what: str  # the question
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Something that is left out, and why."""

    what: str
    why: str
    code: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An earlier document that was given out."""

    on: date | None
    to: str
    what: str
    copy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """A document as it would be handed over now, by the latest that is on this laptop."""

    order: Order
    recipient: Recipient
    document: Document | None  # None: it is not printed for them, and `refused` says why
    withheld: tuple[Withheld, ...]
    warnings: tuple[str, ...]
    refused: str = ""
    must_read: str = ""  # what has to be confirmed before it can be printed
    passages: tuple[Passage, ...] = ()  # each of which has to be ticked as read before that
    without_logo_only: bool = False  # the record itself says so
    file_name: str = "document.pdf"
    copy: int = 1
    homes: tuple[str, ...] = ()  # households whose address stands in it
    reason: str = ""  # why it is saved as a file; "" for what is printed


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperChoices:
    """The page's first two questions."""

    family: FamilyId
    family_name: str
    recipients: tuple[Recipient, ...]
    printables: tuple[Printable, ...]
    whole: Family | None = None  # with its alerts
    given: tuple[Given, ...] = ()  # newest first

    @property
    def is_anybody_apart(self) -> bool:
        """Whether there is an adult from whom something of the family is kept."""
        return any(each.reader is Reader.APART for each in self.recipients)
