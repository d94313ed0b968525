"""Decides, answer by answer, what may stand on one reader's paper, and notes what is left out and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from workbook_desktop.domain.ids import LinkId, PersonId, WorkerId
from workbook_desktop.domain.people import Family, Person, Worker, without_restricted
from workbook_desktop.domain.records import Answer
from workbook_desktop.workspace.paper_meeting import Meeting
from workbook_desktop.workspace.paper_rules import FAMILY, DocumentRules, PaperRules
from workbook_desktop.workspace.paper_words import (
    Secret,
    gives_away,
    holds_number,
    looks_like_a_place_or_number,
    names_one_of,
    names_worker,
    numbers_of,
    places_of,
    secrets_of,
    tells_of_ringing,
    tells_the_kind_of_home,
)
from workbook_desktop.workspace.views_paper import Reader, Recipient, Withheld

RESTRICTED = "restricted"  # why: somebody whom the office keeps restricted
_NOT_FOR = {
    Reader.ADULT: "not-for-family",
    Reader.APART: "not-for-them",
    Reader.CHILD: "not-for-child",
    Reader.CONFERENCE: "not-for-meeting",
    Reader.COURT: "not-for-court",
    Reader.COLLEAGUE: "may-not-read",
}


@dataclass
class Sieve:
    """For one reader and one family. What it lets through is told by `lets`; the rest is in `withheld`."""

    recipient: Recipient
    family: Family
    rules: PaperRules
    secrets: tuple[Secret, ...]
    places: tuple[Secret, ...]  # where those who live at a protected address can be found in the day
    numbers: frozenset[str]
    adults: tuple[Person, ...]  # other adults of the family
    known: tuple[Person, ...]  # whose names are no secret from the reader: their own, the children's
    their_workers: tuple[str, ...]  # names of those who work with other adults alone
    restricted: tuple[Person, ...] = ()  # whom the office keeps restricted: on nobody's paper
    meeting: Meeting | None = None  # where somebody may sit from whom something of the family is kept
    _noted: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def reader(self) -> Reader:
        """Who the reader is to the rules."""
        return self.recipient.reader

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """What was left out, in the order in which it came up."""
        return tuple(
            Withheld(what=what, why=self.rules.reasons[code], code=code, times=times)
            for (what, code), times in self._noted.items()
        )

    def leave_out(self, what: str, code: str, times: int = 1) -> None:
        """Note that something is left out."""
        self._noted[what, code] = self._noted.get((what, code), 0) + times

    def lets(
        self, link: LinkId, what: str, text: str, document: DocumentRules | None, *, quiet: bool = False
    ) -> bool:
        """Say whether an answer may stand there; if not, it is noted. One without words is passed over.

        Args:
            what: how the worker knows it: the question.
            quiet: it follows from other answers, which are noted themselves.
        """
        if not text:
            return False
        code = self._why_not(link, text, document)
        if code and not quiet:
            self.leave_out(what, code)
        if not code and self.meeting is not None:
            self.meeting.read_first(what, text, is_voice=link in self.rules.childs_words)
        return not code

    def _why_not(self, link: LinkId, text: str, document: DocumentRules | None) -> str:
        names = document is not None and link in document.names_of_others
        return self.why_not_question(link, document) or self.why_not_words(text, names=names)

    def why_not_question(self, link: LinkId, document: DocumentRules | None) -> str:
        """Return the code of why a question is not for this reader, whatever is answered; "" if it is."""
        if document is None:
            return ""
        if self.reader not in FAMILY:
            if self.meeting is not None and link in self.rules.childs_words and not self.meeting.with_voices:
                return "childs-words"
            return _NOT_FOR[self.reader] if link in document.kept_back.get(self.reader, frozenset()) else ""
        if link in document.allowed.get(self.reader, frozenset()):
            return ""
        apart = self.reader is Reader.APART and link in self.rules.childs_words
        return "childs-words" if apart else _NOT_FOR[self.reader]

    def why_not_words(self, text: str, *, names: bool = False) -> str:
        """Return the code of why words may not stand there, "" if they may.

        Args:
            names: whether another adult's name is a reason, for people of the family.
        """
        if self.restricted and names_one_of(text, self.restricted, self.family.people):
            return RESTRICTED
        if gives_away(text, self.secrets):
            return "address"
        if self.reader in FAMILY and holds_number(text, self.numbers):
            return "phone"
        if self.reader is Reader.APART:
            if gives_away(text, self.places) or looks_like_a_place_or_number(text):
                return "place"
            if names_worker(text, self.their_workers):
                return "other-adult"
        if names and self.reader in FAMILY and self.is_about_another(text):
            return "other-adult"
        return (self.meeting.why_not(text) if self.meeting is not None else "") or self._why_not_home(text)

    def _why_not_home(self, text: str) -> str:
        """Return the code of why words lead, in part, to a home that is kept secret.

        What a child carries home another may read; and at a meeting both parents sit at the table.
        """
        homes = [home for home in self.family.households if home.protected]
        if self.reader in (Reader.CONFERENCE, Reader.COURT):
            return "dwelling" if homes and tells_the_kind_of_home(text, homes, any_kind=False) else ""
        if self.reader is not Reader.APART and not (self.reader is Reader.CHILD and homes):
            return ""
        if tells_the_kind_of_home(text, homes):
            return "dwelling"
        if self.reader is Reader.APART:
            living_there = {member for home in homes for member in home.members}
            hidden = [person for person in self.family.people if person.id in living_there]
            reader = self.family.person(PersonId(self.recipient.key))
            if tells_of_ringing(text, hidden, (reader,) if reader is not None else ()):
                return "ringing"
        return ""

    def means_restricted(self, answer: Answer | None) -> bool:
        """Say whether an answer means, by the id, somebody who stands on nobody's paper, however it is
        spelled."""
        gone = {f"Person/{each.id}" for each in self.restricted}
        value = answer.value if answer is not None and gone else None
        said = value if isinstance(value, list) else [value]
        return any(isinstance(each, Mapping) and each.get("reference") in gone for each in said)

    def is_about_another(self, text: str) -> bool:
        """Say whether a text names another adult of the family, or somebody who works with such alone."""
        return names_one_of(text, self.adults, self.known) or names_worker(text, self.their_workers)

    def names_reader(self, text: str) -> bool:
        """Say whether a text names the reader."""
        person = self.family.person(PersonId(self.recipient.key))
        others = [each for each in self.family.people if person is not None and each.id != person.id]
        return person is not None and names_one_of(text, (person,), others)


def sieve_for(
    recipient: Recipient, family: Family, rules: PaperRules, workers: Mapping[WorkerId, Worker]
) -> Sieve:
    """Return what looks through everything for one reader.

    An address that is, or was, protected stands on nobody's paper: paper is lost, and found. Nor do people
    whom the office keeps restricted: for paper they are no part of the family.
    """
    everybody, family = family, without_restricted(family)
    restricted = everybody.restricted
    theirs = {each.id for each in restricted}
    homes = [home for home in family.households if home.protected]
    secret = [home for home in everybody.households if home.protected or theirs.intersection(home.members)]
    living_there = {member for home in homes for member in home.members}
    person = family.person(PersonId(recipient.key))
    others = [each for each in family.people if person is None or each.id != person.id]
    adults = tuple(each for each in others if not each.is_child)
    numbers = others if person is not None else [each for each in family.people if each.id in living_there]
    return Sieve(
        recipient=recipient,
        family=family,
        rules=rules,
        secrets=secrets_of(secret),
        places=places_of(each for each in family.people if each.id in living_there),
        numbers=numbers_of(numbers),
        adults=adults,
        known=tuple(family.children) + ((person,) if person is not None else ()),
        their_workers=_workers_of_others(family, adults, workers),
        restricted=restricted,
    )


def _workers_of_others(
    family: Family, adults: Iterable[Person], workers: Mapping[WorkerId, Worker]
) -> tuple[str, ...]:
    others = {adult.id for adult in adults}
    with_whom: dict[WorkerId, set[PersonId]] = {}
    for link in family.involvements:
        with_whom.setdefault(link.worker, set()).add(link.person)
    return tuple(
        workers[worker].name for worker, people in with_whom.items() if worker in workers and people <= others
    )
