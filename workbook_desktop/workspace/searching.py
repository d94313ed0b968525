"""S17, find or go to: people, records and what can be done, by a few letters, on this laptop only.

Nothing typed here is kept. What this worker may see no longer is neither found nor counted: people come from
the families that the office lists for this worker, records from the store's own `Finding`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.dates import listed
from workbook_desktop.domain.errors import DiskFull
from workbook_desktop.domain.folding import folded, name_words, words_of
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.domain.people import Person, Worker, age_words, without_restricted
from workbook_desktop.domain.records import RECEIPT, FormRef, content_of
from workbook_desktop.workspace.day_words import Stretch, days_in
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.search_names import Names
from workbook_desktop.workspace.views import RecordRow

if TYPE_CHECKING:
    from workbook_desktop.store.records import RecordRow as StoredRow
    from workbook_desktop.store.store import Store

_MOST_WORDS = 12
_DO = 4  # families a command is offered for
_PEOPLE_SHARE, _DO_SHARE = 3, 5  # parts of what is shown, while records want the room
_PLAIN = 5  # letters of a page's name after which it is meant
_AROUND = 110  # letters of the sentence in which a word stands

NOT_LISTED = (RECEIPT,)  # forms whose records stand in no list

# Pages that can be gone to by name: what they are called, and the words that find them. Which of them there
# are is for the window to know.
PAGES = (
    ("home", "My work", "my work home today"),
    ("caseload", "Families", "families caseload children"),
    ("sending", "Sending", "sending send receive office sync"),
    ("measures", "Measures", "measures figures numbers"),
    ("shortcuts", "Keys", "keys shortcuts keyboard"),
)
FAMILY_PAGES = (
    ("family", "File", "file overview"),
    ("workbook", "Workbook", "workbook chapters"),
    ("chronology", "Chronology", "chronology timeline history"),
    ("genogram", "Genogram", "genogram tree relatives"),
    ("paper", "On paper", "paper print pdf"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A search result."""

    kind: str  # "child", "person", "home", "record", "do"
    title: str
    detail: str = ""
    family: FamilyId | None = None
    person: PersonId | None = None
    record: RecordId | None = None
    form: FormRef | None = None  # to begin
    page: str = ""  # to go to, by its name in `PAGES` or `FAMILY_PAGES`
    around: str = ""  # the sentence of a record in which a word stands
    row: RecordRow | None = None  # of a record, as lists show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What was found: children, then people, records and what can be done."""

    found: tuple[Found, ...] = ()
    is_more: bool = False  # more fits than is shown
    is_command: bool = False  # what was typed says what to do, rather than what to look for
    index_left: int = 0  # records whose words are still being indexed anew


class Searching:
    """Searches one unlocked store for one worker. Runs in the store's thread."""

    def __init__(self, store: Store, worker: Worker, clock: Clock, reading: Reading) -> None:
        self._store, self._worker, self._clock, self._reading = store, worker, clock, reading
        self._names = Names((), _DO)

    def search(self, text: str, limit: int, within: FamilyId | None = None) -> Searched:
        """Find what fits a text.

        Args:
            within: the family whose page the worker comes from: what can be done is offered for it first.
        """
        words = words_of(text)[:_MOST_WORDS]
        if not words:
            return Searched()
        families = self._store.records.families()
        if not self._names.are_of(families):
            self._names = Names(families, _DO)
        names = self._names
        people = [*self._people(words, names), *self._homes(words, names)]
        todo = self._todo(words, names, within)
        rows = self._records(text, words, names, limit + 1)
        do = min(len(todo), limit // _DO_SHARE)
        some = min(len(people), max(limit // _PEOPLE_SHARE, limit - do - len(rows)))
        records = rows[: limit - do - some]
        return Searched(
            found=(*people[:some], *self._shown(records, words), *todo[:do]),
            is_more=some < len(people) or len(records) < len(rows) or do < len(todo),
            is_command=bool(todo) and _is_command(words, todo[0]),
            index_left=self._store.index.left(),
        )

    # -- people --------------------------------------------------------------------------------------------

    def _people(self, words: Sequence[str], names: Names) -> list[Found]:
        today = self._clock.today()
        found = [
            Found(
                kind="child" if person.is_child else "person",
                title=person.name,
                detail=", ".join(
                    filter(None, (age_words(person, today), _once(person), f"{family.name} family"))
                ),
                family=family.id,
                person=person.id,
            )
            for family, person in names.people(words)
        ]
        return sorted(found, key=lambda each: (each.kind != "child", folded(each.title), each.detail))

    def _homes(self, words: Sequence[str], names: Names) -> list[Found]:
        """Return whose address it is. One that is protected is no line of a list, even for those who may know
        it: it stands in the family's file."""
        today = self._clock.today()
        may_see = self._reading.may_see_protected_homes
        found = []
        for family, home in names.homes(words):
            if (home.until is not None and home.until <= today) or (home.protected and not may_see):
                continue
            people = (without_restricted(family).person(each) for each in home.members)
            who = listed(each.preferred_name or each.forename or each.name for each in people if each)
            where = ", ".join(filter(None, (home.address, home.postcode)))
            found.append(
                Found(
                    kind="home",
                    title="Protected address" if home.protected else where,
                    detail=", ".join(filter(None, (who, f"{family.name} family"))),
                    family=family.id,
                )
            )
        return sorted(found, key=lambda each: (folded(each.title), each.detail))

    # -- records -------------------------------------------------------------------------------------------

    def _records(self, text: str, words: Sequence[str], names: Names, limit: int) -> list[StoredRow]:
        """Return the records on a day that is named; then those about somebody who is named, that say the
        rest; then those that say all of it."""
        from workbook_desktop.store.finding import Wanted

        found: dict[RecordId, StoredRow] = {}

        def more(wanted: Wanted) -> None:
            wanted = replace(wanted, not_of=NOT_LISTED)
            for row in self._store.finding.records(wanted, limit) if len(found) < limit else ():
                found.setdefault(row.id, row)

        days, rest = days_in(text, self._clock.today())
        if days:
            said = words_of(rest)[:_MOST_WORDS]
            named, about, of = names.named(said)
            of_any = of if named else {family.id for family in names.families}
            more(
                Wanted(
                    words=tuple(word for word in said if word not in named),
                    people=about,
                    families=of_any,
                    days=tuple(_iso(each) for each in days),
                )
            )
        named, about, of = names.named(words)
        others = tuple(word for word in words if word not in named)
        if others and (about or of):
            more(Wanted(words=others, people=about, families=of))
        # One letter begins a word of every record: it finds titles.
        more(Wanted(words=tuple(words), only_titles=len(words) == 1 and len(words[0]) == 1))
        if not others and (about or of):
            more(Wanted(people=about, families=of))
        return list(found.values())[:limit]

    def _shown(self, stored: Sequence[StoredRow], words: Sequence[str]) -> Iterator[Found]:
        for row in self._reading.rows(stored):
            about = ", ".join(row.subjects)
            yield Found(
                kind="record",
                title=row.title,
                detail=", ".join(filter(None, (about, f"{row.family_name} family"))),
                family=row.family,
                record=row.record,
                around=sentence(self.narrative(row.record, row.form), words),
                row=row,
            )

    def narrative(self, record: RecordId, form: FormRef | None) -> str:
        """Return the words of a record that are searched, as they stand now."""
        from workbook_desktop.forms.summary import gist
        from workbook_desktop.store.codec import words_in

        known = self._reading.form(form)
        body = self._store.drafts.stands(record)
        return gist(known, body).search_text if known is not None else words_in(content_of(body))

    def renew(self, many: int) -> bool:
        """Index so many records anew, if the index was made in another way; say whether more may be left.

        On a full disk it is tried again another time.
        """
        index = self._store.index
        if not index.is_behind():
            return False
        behind = index.behind(many)
        try:
            index.renewed([(each, self.narrative(each.record, each.form)) for each in behind])
        except DiskFull:
            return False
        return bool(behind)

    # -- what can be done ----------------------------------------------------------------------------------

    def _todo(self, words: Sequence[str], names: Names, within: FamilyId | None) -> list[Found]:
        if max(map(len, words)) < 2:
            return []
        found: list[Found] = []
        for page, title, said in FAMILY_PAGES:
            fits = names.for_whom(words, said.split(), within)
            found += [
                Found(kind="do", title=f"{title}: {family.name} family", family=family.id, page=page)
                for family in fits or ()
            ]
        found += [
            Found(kind="do", title=title, page=page)
            for page, title, said in PAGES
            if all(any(each.startswith(word) for each in said.split()) for word in words)
        ]
        forms, at_hand = self._reading.startable()
        for number, form in enumerate(forms):
            if number >= at_hand and len(found) >= _DO:
                break
            fits = names.for_whom(words, ["new", *name_words(form.name)], within)
            if fits is None:
                continue
            if not fits:
                found.append(Found(kind="do", title=f"New {_small(form.name)}: choose whom it is about"))
            found += [
                Found(
                    kind="do",
                    title=f"New {_small(form.name)}: {family.name} family",
                    family=family.id,
                    form=form.ref,
                )
                for family in fits
            ]
        return found


def _is_command(words: Sequence[str], first: Found) -> bool:
    return words[0] == "new" or (bool(first.page) and max(map(len, words)) >= _PLAIN)


def _once(person: Person) -> str:
    """Return what somebody is or was called besides the name that is shown, so that it is seen why."""
    others = [*person.former_names]
    if person.preferred_name and person.forename and person.preferred_name != person.forename:
        others.insert(0, person.forename)
    return f"also {', '.join(others)}" if others else ""


def _small(name: str) -> str:
    """Return a form's name inside a sentence: "Home visit" is "home visit", "MI session" stays."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _iso(days: Stretch) -> tuple[str, str]:
    first, last = days
    return (first.isoformat(), last.isoformat())


_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


def sentence(narrative: str, words: Sequence[str]) -> str:
    """Return the sentence in which most of the words stand, shortened around the first of them; "" if none
    stands in any."""
    best, most = "", 0
    begins = _begins(words)
    for each in _SENTENCE.split(narrative):
        count = len(set(begins.findall(folded(each))))
        if count > most:
            best, most = each.strip(), count
            if most == len(words):
                break
    return _short(best, begins) if best else ""


def _begins(words: Sequence[str]) -> re.Pattern[str]:
    """Return what finds the beginnings of words in folded text, the longest first."""
    longest = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest))})")


def _short(text: str, begins: re.Pattern[str]) -> str:
    if len(text) <= _AROUND:
        return text
    at = next(
        (found.start() for found in re.finditer(r"\S+", text) if begins.search(folded(found.group()))),
        0,
    )
    start = max(min(at - _AROUND // 3, len(text) - _AROUND), 0)
    if start:
        start = text.find(" ", start, at) + 1 or at
    end = start + _AROUND
    if end < len(text):
        end = text.rfind(" ", at + 1, end) if text.rfind(" ", at + 1, end) > 0 else end
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"
