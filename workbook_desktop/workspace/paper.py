"""On paper: who it is for, what of it is for them, and a record that it was given. For one worker's store.

Whatever is asked is made from the latest that this laptop holds, each time: so what became a secret since the
preview, or since an earlier copy, is in no later one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import RecordUnknown
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import Family, Worker, without_restricted
from workbook_desktop.domain.records import Body, State
from workbook_desktop.forms.summary import date_words
from workbook_desktop.paper.document import PLAIN_TITLE, Document, Pair, Section, Table
from workbook_desktop.workspace.paper_choices import (
    CHRONOLOGY,
    GATHERED,
    GENOGRAM,
    READINGS,
    listed,
    printables,
    recipients,
)
from workbook_desktop.workspace.paper_meeting import Meeting, meeting_of
from workbook_desktop.workspace.paper_receipts import Receipts
from workbook_desktop.workspace.paper_record import RecordOnPaper
from workbook_desktop.workspace.paper_rules import (
    FAMILY,
    DocumentRules,
    Narrowed,
    code_of,
    is_true,
    narrowed,
    own_agencies,
    paper_rules,
    people_apart,
    people_in,
    people_of_chapters,
    why_not_for_colleague,
)
from workbook_desktop.workspace.paper_sieve import RESTRICTED, Sieve, sieve_for
from workbook_desktop.workspace.paper_words import gives_away, secrets_of
from workbook_desktop.workspace.views_paper import (
    Order,
    PaperChoices,
    Reader,
    Recipient,
    Sheets,
)

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.records import RecordRow as StoredRow
    from workbook_desktop.store.store import Store
    from workbook_desktop.workspace.gathered import Gathered
    from workbook_desktop.workspace.reading import Reading
    from workbook_desktop.workspace.with_parent import WithParent
    from workbook_desktop.workspace.writing import Writing

_MOST_NAMED = 8  # children in a title
_NOTHING_LEFT = "Nothing is left of it that may be printed for them."
_MEETING = (Reader.CONFERENCE, Reader.COURT)


class Paper:
    """What goes on paper. Runs in the store's thread."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        clock: Clock,
        reading: Reading,
        gathered: Gathered,
        writing: Writing,
        with_parent: WithParent,
    ) -> None:
        self._store, self._worker, self._clock = store, worker, clock
        self._with_parent = with_parent
        self._reading, self._gathered = reading, gathered
        self._receipts = Receipts(store, worker, clock, reading, writing)

    def choices(self, family: FamilyId) -> PaperChoices:
        """Return for whom something can be printed, and what. Raises RecordUnknown."""
        whole = without_restricted(self._reading.family(family))
        return PaperChoices(
            family=family,
            family_name=whole.name,
            whole=whole,
            recipients=self._recipients(whole),
            printables=printables(self._store.records.of_family(family), self._reading.form),
            given=self._receipts.given(family),
        )

    def sheets(self, order: Order) -> Sheets:
        """Return a document as it would be handed over now. Raises RecordUnknown, FormUnknown."""
        whole = self._reading.family(order.family)
        own = without_restricted(whole)
        recipient = next((each for each in self._recipients(own) if each.key == order.recipient), None)
        if recipient is None:
            raise RecordUnknown(record=order.recipient)
        sieve = sieve_for(recipient, whole, paper_rules(), self._workers())
        whole = sieve.family
        sieve.meeting = self._meeting(order, whole, sieve)
        if order.what == CHRONOLOGY:
            made = self._chronology(order, whole, sieve)
        elif order.what == GENOGRAM:
            made = self._genogram(order, whole, sieve)
        elif order.what == READINGS:
            made = self._readings(order, whole, sieve)
        else:
            made = self._record(order, whole, sieve, RecordId(order.what))
        homes = _homes_in(made.document, whole) if made.document is not None else ()
        if sieve.meeting is not None and made.document is not None:
            made = replace(
                made,
                must_read=(
                    f"Something of this family is kept from {sieve.meeting.named}, who may read this"
                    " paper. What children said, what a safety plan says and with whom the family is safe is"
                    " left out as far as it is found. Read the preview to its end."
                ),
                passages=sieve.meeting.passages,
            )
        return replace(made, homes=homes, warnings=(*made.warnings, *self._warnings(whole)))

    def give(self, given: Sheets, how: str) -> RecordId | None:
        """Record that a document was given out, "printed" or "saved". Returns the record, signed; None if the
        office has no form for it. Raises RecordUnknown, DiskFull.

        Args:
            given: what went out, whatever it would be by now.
        """
        record = self._receipts.sign(given, how, self._source(given.order))
        self._store.audit.note(
            f"paper-{how}",
            by=self._worker.id,
            at=self._clock.now(),
            record=record,
            facts={
                "of": given.order.what,
                "reader": str(given.recipient.reader),
                "copy": given.copy,
                "withheld": sum(each.times for each in given.withheld),
                **({"read": len(given.passages)} if given.passages else {}),
            },
        )
        return record

    # -- for whom ----------------------------------------------------------------------------------------

    def _workers(self) -> Mapping[WorkerId, Worker]:
        known = {worker.id: worker for worker in self._store.records.workers()}
        return {**known, self._worker.id: self._worker}

    def _recipients(self, family: Family) -> tuple[Recipient, ...]:
        return recipients(family, self._workers(), self._clock.today())

    def _meeting(self, order: Order, family: Family, sieve: Sieve) -> Meeting | None:
        """Return what is kept at a meeting where somebody may sit from whom a home or a record is kept, or
        None."""
        if sieve.reader not in _MEETING:
            return None
        workers, rows = self._workers(), self._store.records.of_family(family.id)
        bodies = {row.id: self._store.drafts.stands(row.id) for row in rows}
        apart = people_apart(family, workers).union(
            *(narrowed(body, "", "").withheld_from for body in bodies.values())
        )
        # A child at the table hears what is said there with somebody beside them; an adult takes it home.
        adults = [each for each in family.people if each.id in apart and not each.is_child]
        if not adults:
            return None
        return meeting_of(
            [each.name for each in adults if each.forename or each.surname],
            rows,
            bodies.__getitem__,
            family,
            [worker.name for worker in workers.values()],
            sieve.rules,
            with_voices=order.voices,
        )

    # -- a record ----------------------------------------------------------------------------------------

    def _record(self, order: Order, family: Family, sieve: Sieve, record: RecordId) -> Sheets:
        held = self._store.records.held(record)
        if held.row.family != family.id:
            raise RecordUnknown(record=record)
        form, body = self._form(held.row), held.shown
        document = sieve.rules.of_form(str(form.ref.id))
        refused = self._refusal(form, body, held.row, family, sieve, document)
        style = code_of(body, document.print_style) if document and document.print_style else ""
        if style == "none":
            refused = refused or "It says in it that it must not be printed."
        plain = order.without_logo or style == "plain"
        copy = self._receipts.copy_of(family.id, order.what)
        base = Sheets(
            order=order,
            recipient=sieve.recipient,
            document=None,
            withheld=(),
            warnings=(),
            refused=refused,
            without_logo_only=style == "plain",
            copy=copy,
        )
        if refused:
            return base
        # Easy words speak to the family ("What you said"): at a meeting nobody is spoken to by the paper.
        easy = order.easy and sieve.reader in FAMILY
        sections = RecordOnPaper(form, body, sieve, document, easy=easy, is_plain=plain).sections()
        if not sections:
            return replace(base, refused=_NOTHING_LEFT, withheld=sieve.withheld)
        warnings = []
        if held.row.conflicts:
            warnings.append(
                "Two of you have answered something in it differently, and it is not settled: your answer"
                " stands on the page."
            )
        if any(row.amends == record for row in self._store.records.of_family(family.id)):
            warnings.append("Something was added to it after it was signed. That is a record of its own.")
        third_party = sieve.reader in FAMILY and is_true(body, sieve.rules.third_party)
        title = document.title if document is not None else (form.name or form.title)
        made = Document(
            title=PLAIN_TITLE
            if plain
            else _titled(title, document.about if document is not None else "", family, sieve),
            facts=() if plain else self._facts(sieve.recipient, held.row, body),
            sections=sections,
            footer=self._footer(copy, plain),
            letterhead="" if plain else self._letterhead(),
        )
        must_read = (
            "It is marked as holding information about, or from, somebody outside the family. Read the"
            " preview to its end, and say that nothing of that stands in it."
        )
        return replace(
            base,
            document=made,
            withheld=sieve.withheld,
            must_read=must_read if third_party else "",
            warnings=tuple(warnings),
            file_name=f"{PLAIN_TITLE.lower() if plain else title.lower().replace(' ', '-')}-{copy}.pdf",
        )

    def _form(self, row: StoredRow) -> Form:
        from workbook_desktop.domain.errors import FormUnknown

        form = self._reading.form(row.form)
        if form is None:
            raise FormUnknown(
                form=row.form.id if row.form else "", version=row.form.version if row.form else ""
            )
        return form

    def _refusal(
        self,
        form: Form,
        body: Body,
        row: StoredRow,
        family: Family,
        sieve: Sieve,
        document: DocumentRules | None,
    ) -> str:
        """Return why a record is not printed for a reader at all, "" if it is."""
        if {each.id for each in sieve.restricted}.intersection(row.subjects):
            return f"{sieve.rules.reasons[RESTRICTED]}."
        code = self.why_not(narrowed(body, str(form.ref.id), row.chapter), family, sieve.recipient)
        reader, name = sieve.reader, sieve.recipient.name
        if document is not None and document.for_those_in is not None and reader in FAMILY:
            if PersonId(sieve.recipient.key) not in people_in(body, document.for_those_in):
                return f"It is for the people it keeps safe, and {name} is not named in it as one of them."
            code = "" if code == "held-back" else code
        if code:
            return f"{sieve.rules.reasons[code]}."
        if document is None and reader is not Reader.COLLEAGUE:
            return "Records of this kind are printed for colleagues alone."
        if document is not None and not document.is_for(reader):
            who = "somebody from whom a home is kept secret" if reader is Reader.APART else _kind(reader)
            return f"A record of this kind is not printed for {who}."
        return ""

    def why_not(self, said: Narrowed, family: Family, recipient: Recipient) -> str:
        """Return the code of why a record is not for a recipient, "" if it may be."""
        workers = self._workers()
        if recipient.reader is Reader.COLLEAGUE:
            colleague = workers[WorkerId(recipient.key)]
            own = own_agencies(family, workers)
            return why_not_for_colleague(colleague, said, family, own, self._clock.today())
        if not said.everyone:
            return "council"
        if recipient.reader in _MEETING:
            return "withheld-from-some" if said.withheld_from else "held-back" if said.chapters else ""
        if PersonId(recipient.key) in said.withheld_from:
            return "withheld"
        if said.withheld_from and recipient.reader is Reader.CHILD:
            return "withheld-from-some"  # what a child carries home, another may read
        if said.chapters:
            kept = people_of_chapters(family, workers, said.chapters)
            apart = recipient.reader is not Reader.ADULT or PersonId(recipient.key) in kept
            return "held-back" if apart else ""
        return ""

    def _facts(self, recipient: Recipient, row: StoredRow, body: Body) -> tuple[Pair, ...]:
        facts = [Pair(label="For", text=recipient.name)]
        if row.occurred_on is not None:
            facts.append(Pair(label="Date", text=date_words(row.occurred_on.isoformat())))
        signed = row.state is State.SIGNED_OFF or row.signing
        standing = "Signed off" if signed else "Not signed off yet"
        if row.state is State.SUPERSEDED:
            standing = "Replaced by a later one"
        facts.append(Pair(label="Status", text=standing))
        return tuple(facts)

    # -- the chronology ----------------------------------------------------------------------------------

    def _chronology(self, order: Order, family: Family, sieve: Sieve) -> Sheets:
        rules, recipient = sieve.rules, sieve.recipient
        copy = self._receipts.copy_of(family.id, order.what)
        base = Sheets(order=order, recipient=recipient, document=None, withheld=(), warnings=(), copy=copy)
        if sieve.reader not in rules.chronology_for:
            return replace(base, refused="A chronology is not printed for them.")
        rows: list[tuple[str, str, str, str]] = []
        limits: dict[RecordId, str] = {}
        for entry in reversed(self._gathered.chronology(family.id)):
            if entry.record not in limits:
                limits[entry.record] = self._why_not_entry(entry.record, family, sieve)
            code = limits[entry.record]
            if {each.id for each in sieve.restricted}.intersection(entry.people):
                code = RESTRICTED
            if not code and sieve.reader in FAMILY and PersonId(recipient.key) not in entry.people:
                code = "others-chronology"
            what = "\n".join(each for each in (entry.headline, entry.outcome) if each)
            impact = "" if sieve.reader in FAMILY else entry.impact
            code = code or sieve.why_not_words(f"{what}\n{impact}", names=True)
            if code:
                sieve.leave_out("Entries of the chronology", code)
                continue
            if sieve.meeting is not None:
                sieve.meeting.read_first(entry.kind, f"{what}\n{impact}".strip(), is_voice=False)
            day = date_words(entry.on.isoformat()) if entry.on is not None else "Not known"
            when = entry.dated or day
            by = self._worker.name if entry.by == "you" else entry.by
            rows.append((when, what, impact, f"{entry.kind}, {by}" if by else entry.kind))
        headers = ("When", "What happened", "For the child", "Recorded in")
        wide = 4 if any(row[2] for row in rows) else 3
        shown = tuple(row if wide == 4 else (row[0], row[1], row[3]) for row in rows)
        table = Table(
            caption="",
            headers=headers if wide == 4 else (headers[0], headers[1], headers[3]),
            rows=shown,
            widths=(0, 6, 5, 4) if wide == 4 else (0, 6, 3),
        )
        sections = (Section(title="What happened, the earliest first", parts=(table,)),) if rows else ()
        if not rows:
            return replace(base, refused=_NOTHING_LEFT, withheld=sieve.withheld)
        facts = (Pair(label="Entries", text=str(len(rows))),)
        return self._gathered_sheets(base, family, sieve, rules.chronology_title, sections, facts)

    def _genogram(self, order: Order, family: Family, sieve: Sieve) -> Sheets:
        from workbook_desktop.workspace.paper_genogram import genogram_sections

        copy = self._receipts.copy_of(family.id, order.what)
        base = Sheets(
            order=order, recipient=sieve.recipient, document=None, withheld=(), warnings=(), copy=copy
        )
        if sieve.reader not in sieve.rules.genogram_for:
            return replace(base, refused=f"A genogram is not printed for {_kind(sieve.reader)}.")
        sections = genogram_sections(family, self._clock.today(), sieve)
        return self._gathered_sheets(base, family, sieve, sieve.rules.genogram_title, sections, ())

    def _readings(self, order: Order, family: Family, sieve: Sieve) -> Sheets:
        from workbook_desktop.workspace.paper_readings import readings_sections

        copy = self._receipts.copy_of(family.id, order.what)
        base = Sheets(
            order=order, recipient=sieve.recipient, document=None, withheld=(), warnings=(), copy=copy
        )
        if sieve.reader not in (Reader.ADULT, Reader.APART):
            return replace(base, refused="These are somebody’s own numbers and words, for them alone.")
        page = self._with_parent.page(family.id, PersonId(sieve.recipient.key))
        sections = readings_sections(page, sieve)
        if not sections:
            is_empty = not (page.scales or page.words or page.steps)
            refused = "No numbers or words of theirs are recorded yet: there is nothing to print."
            return replace(base, refused=refused if is_empty else _NOTHING_LEFT)
        return self._gathered_sheets(base, family, sieve, sieve.rules.readings_title, sections, ())

    def _gathered_sheets(
        self,
        base: Sheets,
        family: Family,
        sieve: Sieve,
        title: str,
        sections: tuple[Section, ...],
        facts: tuple[Pair, ...],
    ) -> Sheets:
        """Return what is made of many records, or of none, as a document."""
        plain, own = base.order.without_logo, base.order.what == READINGS
        made = Document(
            title=PLAIN_TITLE if plain else title if own else _titled(title, "of", family, sieve),
            facts=() if plain else (Pair(label="For", text=sieve.recipient.name), *facts),
            sections=sections,
            footer=self._footer(base.copy, plain),
            letterhead="" if plain else self._letterhead(),
        )
        none = () if sections else (_NOTHING_LEFT,)
        name = PLAIN_TITLE.lower() if plain or own else title.lower()
        return replace(
            base,
            document=made,
            withheld=sieve.withheld,
            warnings=none,
            file_name=f"{name}-{base.copy}.pdf",
        )

    def _why_not_entry(self, record: RecordId, family: Family, sieve: Sieve) -> str:
        row = self._store.records.row(record)
        if row is None or row.form is None:
            return "withheld"
        document = sieve.rules.of_form(str(row.form.id))
        if (
            document is not None
            and sieve.reader is not Reader.COLLEAGUE
            and not document.is_for(sieve.reader)
        ):
            return "never-for-them"
        body = self._store.drafts.stands(record)
        code = self.why_not(narrowed(body, str(row.form.id), row.chapter), family, sieve.recipient)
        if not code and sieve.reader in FAMILY:
            if is_true(body, sieve.rules.third_party):
                return "third-party"
            said = {paths.link_id(path) for path, answer in body.answers.items() if answer.value}
            if sieve.reader is Reader.APART and said & sieve.rules.childs_words:
                return "childs-words"
        return code

    # -- what every document has ------------------------------------------------------------------------

    def _source(self, order: Order) -> tuple[Body, StoredRow | None]:
        if order.what in GATHERED:
            return Body(), None
        held = self._store.records.held(RecordId(order.what))
        return held.shown, held.row

    def _letterhead(self) -> str:
        return self._worker.agency

    def _footer(self, copy: int, plain: bool) -> str:
        today = date_words(self._clock.today().isoformat())
        return f"{today}. Copy {copy}." if plain else f"Printed by {self._worker.name}, {today}. Copy {copy}."

    def _warnings(self, family: Family) -> tuple[str, ...]:
        found = []
        protected = [home for home in family.households if home.protected]
        if any(not home.address for home in protected):
            found.append(
                "An address of this family is protected and is not on this laptop. What was typed cannot be"
                " looked through for it: read the preview before you print."
            )
        for given in self._receipts.with_homes(family.id, {home.id for home in protected}):
            when = date_words(given.on.isoformat()) if given.on is not None else "an earlier day"
            found.append(
                f"On {when} copy {given.copy} of “{given.what}” was given to {given.to} with an address in it"
                " that is protected now. Tell your manager, and whoever lives there."
            )
        return tuple(found)


def _homes_in(document: Document, family: Family) -> tuple[str, ...]:
    """Return the households whose address stands in a document: none of them is protected, today."""
    texts = tuple(document.texts())
    return tuple(
        home.id
        for home in family.households
        if (secrets := secrets_of((home,))) and any(gives_away(text, secrets) for text in texts)
    )


def _titled(title: str, about: str, family: Family, sieve: Sieve) -> str:
    """Return "Plan for Maisie, Leo and Ivy": names only of children, and for a child their own alone.

    Args:
        about: what stands between the two; "": it is said of the family.
    """
    if sieve.reader is Reader.CHILD:
        return f"{title} {about or 'for'} {sieve.recipient.name}"
    names = [child.preferred_name or child.forename for child in family.children]
    names = [name for name in names if name]
    if not about:
        return f"{title}, {family.name} family" if family.name else title
    if not names:
        return title
    if len(names) > _MOST_NAMED:
        return f"{title} {about} {names[0]} and {len(names) - 1} other children"
    return f"{title} {about} {listed(names)}"


def _kind(reader: Reader) -> str:
    return {
        Reader.ADULT: "people of the family",
        Reader.APART: "people of the family",
        Reader.CHILD: "a child",
        Reader.CONFERENCE: "a conference",
        Reader.COURT: "the court",
    }.get(reader, "them")
