"""What a month told: words as they were said, what each chapter says now, which month a summary is about.

All of it fills in a new record and is confirmed by the worker: it comes only from records that every reader
of the new one may read (`readers`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.dates import long_date
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import Body, State
from workbook_desktop.forms import references
from workbook_desktop.forms.draft import is_unconfirmed
from workbook_desktop.forms.surroundings import NOWHERE
from workbook_desktop.paths import resource
from workbook_desktop.workspace import outline as outlines
from workbook_desktop.workspace.gathered import Gathered
from workbook_desktop.workspace.periods import periods_of
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.summaries import SUMMARY, TURN, ToTell, to_tell, writers_of

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.records import RecordRow
    from workbook_desktop.store.store import Store

# The monthly summary's list of the entries it tells of.
_LISTED, _LISTED_RECORD = LinkId("entry"), LinkId("entry.record")
_PASSAGES, _EXACT = "passages", "exact"  # of rules/words.json: who said it is not known
_PASSAGE = re.compile(r"“[^“”]*\s[^“”]*\s[^“”]*”")  # three words at least: less is no sentence
_MOST_QUOTED = 40
_MOST_READ = 60  # bodies: more than a month of one family holds
_LONGEST = timedelta(days=62)
_FRESH = timedelta(days=35)  # a summary is of a month: what is older says so
Things = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Reads for one worker. Runs in the store's thread."""

    store: Store
    worker: Worker
    clock: Clock
    reading: Reading
    gathered: Gathered

    def month(self) -> dict[str, str]:
        """Return the month that a summary begun now is about: its last day, or today if it is not over."""
        today = self.clock.today()
        end = today.replace(day=1) - timedelta(days=1) if today.day < TURN else today
        return {"start": end.replace(day=1).isoformat(), "end": end.isoformat()}

    def to_tell(self, family: FamilyId) -> ToTell:
        """Return what a summary of the worker's chapter that is begun now is to tell of."""
        month = self.month()
        return to_tell(
            self.store.records.of_family(family),
            self.worker.chapter,
            (date.fromisoformat(month["start"]), date.fromisoformat(month["end"])),
            self._listed_in,
        )

    def _listed_in(self, summary: RecordId) -> list[RecordId]:
        body = self.store.drafts.stands(summary)
        answers = (
            body.answers.get(paths.child(row, _LISTED_RECORD)) for row in body.rows_of(paths.ROOT, _LISTED)
        )
        return [RecordId(each.value) for each in answers if each is not None and isinstance(each.value, str)]

    def since(self, family: FamilyId) -> date:
        """Return after which day a supervision is told things: the last supervision, never longer ago than
        two months."""
        after = periods_of(self.gathered.openings(family))[-1].after
        return max(after or date.min, self.clock.today() - _LONGEST)

    def words(self, family: Family, form: Form, readable: Mapping[RecordId, RecordRow]) -> Things:
        """Return what children and adults said, word for word, newest first, each with its source.

        A summary quotes its own chapter alone, also what stands between quotation marks in a note: who said
        that is for the worker to say. A supervision quotes every chapter that may be quoted in it.
        """
        if form.id != SUMMARY:
            since = self.since(family.id)
            return self.said(family, readable, since=since)
        tells = self.to_tell(family.id)
        rows = {
            id_: row
            for id_, row in readable.items()
            if row.chapter == self.worker.chapter and tells.holds(row)
        }
        return self.said(family, rows, since=date.min, passages=True)

    def said(
        self, family: Family, among: Mapping[RecordId, RecordRow], *, since: date, passages: bool = False
    ) -> Things:
        """Return what children and adults said in these records after a day, newest first.

        Args:
            passages: with what stands between quotation marks in notes.
        """
        kinds = {
            kind: by_form
            for kind, by_form in _quoted().items()
            if passages or kind not in (_PASSAGES, _EXACT)
        }
        rows = [
            row
            for row in among.values()
            if row.form is not None
            and any(str(row.form.id) in by_form for by_form in kinds.values())
            and (row.state is State.SIGNED_OFF or row.signing)
            and (row.occurred_on is None or row.occurred_on > since)
        ]
        rows.sort(key=lambda row: row.occurred_on or date.min, reverse=True)
        names = self.reading.names()
        found: Things = []
        for row in rows[:_MOST_READ]:
            found += self._words_in(row, family, kinds, names)
        return found[:_MOST_QUOTED]

    def _words_in(
        self,
        row: RecordRow,
        family: Family,
        kinds: Mapping[str, Mapping[str, frozenset[str]]],
        names: Mapping[str, str],
    ) -> Iterable[dict[str, Any]]:
        form = self.reading.form(row.form)
        if form is None or row.form is None:
            return
        body = self.store.drafts.stands(row.id)
        author = names.get(row.changed_by or "", "")
        on = f", {long_date(row.occurred_on)}" if row.occurred_on is not None else ""
        source = f"{form.name or form.title}{on}" + (f", by {author}" if author else "")
        origin: dict[str, Any] = {"record": row.id, "title": row.title, "by": author}
        if row.occurred_on is not None:
            origin["on"] = row.occurred_on.isoformat()
        for kind, by_form in kinds.items():
            links = by_form.get(str(row.form.id), frozenset())
            for path, answer in sorted(body.answers.items()):
                link = paths.link_id(path)
                if link not in links or not isinstance(answer.value, str) or not answer.value.strip():
                    continue
                if is_unconfirmed(answer):
                    continue
                is_passage = kind == _PASSAGES
                is_known = kind not in (_PASSAGES, _EXACT)
                whose_ = None if not is_known else whose(form, body, path, row.subjects)
                person = family.person(whose_ or PersonId(""))
                words = _PASSAGE.findall(answer.value) if is_passage else [answer.value.strip()]
                for number, each in enumerate(words):
                    yield {
                        "id": f"{row.id}/{path}" + (f"/{number}" if is_passage else ""),
                        "record": row.id,
                        "kind": kind,
                        "words": each,
                        "who": person.name if person is not None else "",
                        "person": references.to_person(person) if person is not None else [],
                        "source": source,
                        "form": str(row.form.id),
                        "from": origin,
                    }

    def chapters(
        self,
        family: Family,
        readable: Mapping[RecordId, RecordRow],
        known: Mapping[WorkerId, Worker],
        answered: Callable[[RecordId, str], str],
    ) -> Things:
        """Return what each chapter of a family says now, in its own author's name.

        Of a chapter that fewer may read than the record begun here, it is said only whether its summary came.

        Args:
            answered: the words of an answer in a record, by question.
        """
        after = periods_of(self.gathered.openings(family.id))[-1].after
        newest: dict[str, RecordRow] = {}
        for row in self.store.records.of_family(family.id):
            is_signed = row.state is State.SIGNED_OFF or row.signing
            if row.form is not None and row.form.id == SUMMARY and is_signed:
                newest.setdefault(row.chapter, row)
        held_back = outlines.held_back_from(self.worker.chapter)
        found: Things = []
        for chapter in outlines.in_force().chapters:
            writers = writers_of(family, chapter.id, known, self.clock.today())
            summary = newest.get(chapter.id)
            if chapter.id in held_back or (not writers and summary is None):
                continue
            is_here = (
                summary is not None
                and summary.occurred_on is not None
                and (after is None or summary.occurred_on > after)
            )
            thing: dict[str, Any] = {
                "id": chapter.id,
                "chapter": chapter.id,
                "title": chapter.title,
                "state": "yes" if is_here else "no",
                "writer": writers[0].name if writers else "",
                "domains": list(chapter.domains),
            }
            if summary is not None:
                author = known.get(summary.changed_by) if summary.changed_by is not None else None
                thing["by"] = author.name if author is not None else ""
                if author is not None:
                    thing["author"] = references.to_worker(author)
                if summary.id in readable:
                    thing |= self._says(summary, thing["by"], answered)
                else:
                    thing["says"] = ""
                    thing["kept"] = True
            found.append(thing)
        return found

    def _says(self, summary: RecordRow, by: str, answered: Callable[[RecordId, str], str]) -> dict[str, Any]:
        parts = [
            (words, answered(summary.id, link))
            for words, link in (
                ("Going well", "review.strengths"),
                ("Worries", "review.worries"),
                ("Risk", "risk.rating-why"),
                ("Recommends", "risk.recommend-why"),
            )
        ]
        on = summary.occurred_on
        origin: dict[str, Any] = {"record": summary.id, "title": summary.title, "by": by}
        if on is not None:
            origin["on"] = on.isoformat()
        says = [f"{words}: {said}" for words, said in parts if said]
        if says and on is not None and (age := self.clock.today() - on) > _FRESH:
            weeks = age.days // 7
            says.insert(0, f"This is {weeks} weeks old, of {long_date(on)}.")
        return {
            "record": summary.id,
            "says": "\n".join(says),
            "rating": answered(summary.id, "risk.rating"),
            "source": f"Monthly summary{f', {long_date(on)}' if on is not None else ''}, by {by}",
            "from": origin,
        }


def whose(form: Form, body: Body, path: FieldPath, subjects: tuple[PersonId, ...]) -> PersonId | None:
    """Return whose words an answer holds: whom its row names, or the only one the record is about."""
    from workbook_desktop.forms.definition import Role
    from workbook_desktop.forms.outputs import about
    from workbook_desktop.forms.workings import Workings

    found = about(Workings(form, body, NOWHERE), path, subjects)
    asked = form.by_role.get(Role.SUBJECT)
    if found is not None or asked is None:
        return found
    answer = body.answers.get(paths.child(paths.ROOT, asked.link_id))
    named = answer.value if answer is not None and isinstance(answer.value, list) else []
    people = [each for one in named if (each := references.person_id(one)) is not None]
    return people[0] if len(people) == 1 else None


@cache
def _quoted() -> Mapping[str, Mapping[str, frozenset[str]]]:
    said = json.loads(resource("rules", "words.json").read_text(encoding="utf-8"))
    return {
        kind: {form: frozenset(links) for form, links in said[kind].items()}
        for kind in ("child", "adult", _PASSAGES, _EXACT)
    }
