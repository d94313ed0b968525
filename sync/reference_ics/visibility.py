"""What a worker may see, worked out from the involvements at the moment of asking, by every call.

An involvement opens a family. Within it, six things hold some records, or some of a record, back:

* **Audience.** A record for the authority's own staff, or for named people, goes to those alone.
* **Withheld from.** A record withheld from people of the family does not go to workers who are involved, in
  that family, with nobody else.
* **Held-back forms and chapters.** Whatever is recorded on some forms, such as a survivor's safety plan, or
  belongs to some chapters, such as what the survivor's worker writes, does not go to workers of others.
* **Forms for those who work with somebody.** A survivor's safety plan goes to those who work with somebody
  whom it protects, and to the authority's own staff.
* **Restricted people.** Somebody whom the office keeps restricted is in the family for its own staff, and for
  whoever works with that person: others get the family without them, and no record that names them.
* **Protected homes.** Workers of some chapters, and workers involved only with people who do not live there,
  get the family without that address, and no record in whose words it stands.

What decides is noted beside each version when it is written (`note_on`), so that reading opens no bodies.
Some of it is what the office says of the family (`Kept`): when that changes, the notes do too (`renoting`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, and_, bindparam, literal_column, or_, select

from sync.protocol import ConflictMessage, RecordMessage, encode, hash_of
from sync.reference_ics.tables import entry, involvement, revision, worker
from workbook_desktop.domain.given_away import Secret, gives_away, secrets_in, texts_of, words
from workbook_desktop.paths import resource

EVERYONE: Final = ""  # the note on what all who may see the family may see whole

_EVERYONE_CODE, _OWN_CODE, _NAMED_CODE = "everyone", "own", "named"


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``resources/rules/visibility.json``."""

    protected_homes: HomesRule
    audience: AudienceRule
    withheld_from: WithheldRule
    restricted_people: RestrictedRule
    held_back_forms: dict[str, list[str]]  # by form: the chapters whose workers do not get records on it
    held_back_chapters: dict[str, list[str]]  # by the record's chapter: the same, whatever the form
    for_those_who_work_with: dict[str, str]  # by form: where it says for whom it is; else, its subjects


class HomesRule(msgspec.Struct, frozen=True, kw_only=True):
    """What of a protected household is held back, and from which chapters always."""

    withheld_fields: list[str]
    withheld_of_those_who_live_there: list[str]  # where and how they can be found in the day
    not_for_chapters: list[str]


class AudienceRule(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record says for whom it is, and what its codes mean; any other is read as the narrowest."""

    asked_in: str
    readers_named_in: str
    everyone: list[str]
    own_staff: list[str]
    named_and_managers: list[str]


class WithheldRule(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record says which people of the family must not learn of it."""

    asked_in: str


class RestrictedRule(msgspec.Struct, frozen=True, kw_only=True):
    """Where the office says of a person of the family that they are kept restricted."""

    asked_in: str


@cache
def rules() -> Rules:
    """Return the rules that ship with the service."""
    return msgspec.json.decode(resource("rules", "visibility.json").read_bytes(), type=Rules)


# What is noted beside a version -----------------------------------------------------------------------


class _Limit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What narrows one version of a record."""

    author: str | None = None  # sees what they began, whatever it says
    audience: str = _EVERYONE_CODE
    readers: list[str] = []
    withheld_from: list[str] = []
    not_for: list[str] = []  # chapters
    homes: dict[str, list[str]] = {}  # protected households and who lives there
    restricted: list[str] = []  # people of the family
    tells: dict[
        str, list[str]
    ] = {}  # protected households whose address the words give away, who lives there
    names: list[str] = []  # those kept restricted whom a record, or a question on one, names
    works_with: list[str] | None = None  # for whoever works with one of these


_LIMITS: Final = msgspec.json.Decoder(list[_Limit])


@dataclass(frozen=True, slots=True)
class _Home:
    id: str
    members: tuple[str, ...]
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """What the office keeps from some who may see a family, as far as it narrows the family's records."""

    restricted: frozenset[str] = frozenset()  # people of the family
    homes: tuple[_Home, ...] = ()  # protected ones whose address is known

    def told_in(self, message: RecordMessage | ConflictMessage) -> dict[str, list[str]]:
        """Return the protected households whose address stands in its words, and who lives there."""
        if not self.homes:
            return {}
        if isinstance(message, RecordMessage):
            texts = list(_texts_in(message.answers, message.groups))
        else:
            texts = [text for each in (message.base, message.mine, message.theirs) for text in texts_of(each)]
        letters = "".join(words("\n".join(texts)))  # most records are done with when none stands in these
        return {
            home.id: list(home.members)
            for home in self.homes
            if any("".join(each.run) in letters for each in home.secrets)
            and any(gives_away(text, home.secrets) for text in texts)
        }

    def named_in(self, message: RecordMessage | ConflictMessage) -> list[str]:
        """Return those kept restricted whom it is about, or whom an answer or a row names."""
        if not self.restricted:
            return []
        body = msgspec.json.encode(message)
        found = [each for each in self.restricted if each.encode() in body]  # quicker than to search
        return sorted(each for each in found if _named(each).search(body))


NOTHING_KEPT: Final = Kept()


@cache
def _named(person: str) -> re.Pattern[bytes]:
    """Return what finds a person's id in a body: alone, or at the end of a reference or a row's name."""
    return re.compile(rb"(?<![\w.-])" + re.escape(person.encode()) + rb"(?![\w.-])")


def _texts_in(answers: Mapping[str, Any], groups: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is typed, or chosen in words, anywhere in answers and rows."""
    for answer in answers.values():
        yield from texts_of(_value(answer))
    for rows in groups.values():
        for row in rows.values():
            yield from _texts_in(row.get("answers", {}), row.get("groups", {}))


_KEPT = (
    select(entry.c.id, entry.c.limits, revision.c.body)
    .join_from(
        entry,
        revision,
        and_(
            revision.c.kind == entry.c.kind,
            revision.c.id == entry.c.id,
            revision.c.version == entry.c.version,
        ),
    )
    .where(
        entry.c.kind == "record",
        entry.c.id.in_(bindparam("families", expanding=True)),
        entry.c.limits != literal_column("''"),
    )
)


def kept_in(connection: Connection, families: Iterable[str]) -> dict[str, Kept]:
    """Return what is kept back in those of these families in which something is; a family's record has the
    family's own id."""
    wanted = list(set(families))
    if not wanted:
        return {}
    rows = connection.execute(_KEPT, {"families": wanted})
    found = {family: _kept(note, bytes(body)) for family, note, body in rows}
    return {family: kept for family, kept in found.items() if kept != NOTHING_KEPT}


@lru_cache(maxsize=500)  # asked in every push
def _kept(note: str, body: bytes) -> Kept:
    limits = _LIMITS.decode(note)
    restricted = frozenset(each for limit in limits for each in limit.restricted)
    if not any(limit.homes for limit in limits):
        return Kept(restricted)
    rows = msgspec.json.decode(body)["groups"].get("households", {})
    homes = []
    for limit in limits:
        for id_, members in limit.homes.items():
            said = rows.get(id_, {}).get("answers", {})
            secrets = secrets_in(_value(said.get("address")) or "", _value(said.get("postcode")) or "")
            homes += [_Home(id_, tuple(members), secrets)] if secrets else []
    return Kept(restricted, tuple(homes))


def note_on(record: RecordMessage, kept: Kept = NOTHING_KEPT) -> str:
    """Return what has to be known of a record to say who may see it; `EVERYONE` for most.

    Args:
        kept: what the office keeps back in the record's family.
    """
    if record.type == "family":
        homes, people = _protected_homes(record.groups), _restricted_people(record.groups)
        return _noted(_Limit(homes=homes, restricted=people)) if homes or people else EVERYONE
    ours = rules()
    asked = record.answers.get(ours.audience.asked_in)
    withheld = record.answers.get(ours.withheld_from.asked_in)
    by_form = ours.held_back_forms.get(record.form.id, []) if record.form is not None else []
    not_for = sorted({*by_form, *ours.held_back_chapters.get(record.chapter, [])})
    names, tells, works_with = kept.named_in(record), kept.told_in(record), _works_with(record)
    narrowed = bool(not_for or names or tells or works_with is not None)
    if asked is None and withheld is None and not narrowed:
        return EVERYONE
    audience = _audience(_value(asked))
    people = _references(_value(withheld), "Person/")
    if audience == _EVERYONE_CODE and not people and not narrowed:
        return EVERYONE
    named = _value(record.answers.get(ours.audience.readers_named_in)) if audience == _NAMED_CODE else None
    return _noted(
        _Limit(
            author=record.created_by,
            audience=audience,
            readers=_references(named, "Practitioner/"),
            withheld_from=people,
            not_for=not_for,
            tells=tells,
            names=names,
            works_with=works_with,
        )
    )


def note_on_question(conflict: ConflictMessage, kept: Kept) -> str:
    """Return what a conflict's own words say of who may see it, beside the record they are about."""
    names, tells = kept.named_in(conflict), kept.told_in(conflict)
    return _noted(_Limit(author=conflict.mine_by, names=names, tells=tells)) if names or tells else EVERYONE


def without_kept(note: str) -> str:
    """Return a note as if the office kept nothing back in the family."""
    if note == EVERYONE:
        return EVERYONE
    limits = [msgspec.structs.replace(each, names=[], tells={}) for each in _LIMITS.decode(note)]
    left = {
        msgspec.json.encode(each): each
        for each in limits
        if each not in (_Limit(), _Limit(author=each.author))
    }
    return _noted(*(left[key] for key in sorted(left))) if left else EVERYONE


def both(one: str, other: str) -> str:
    """Return the note on what may be seen by those alone to whom both notes allow it."""
    if one == other or other == EVERYONE:
        return one
    if one == EVERYONE:
        return other
    limits = {msgspec.json.encode(each): each for note in (one, other) for each in _LIMITS.decode(note)}
    return _noted(*(limits[key] for key in sorted(limits)))


def _noted(*limits: _Limit) -> str:
    return msgspec.json.encode(limits).decode()


def _value(answer: Any) -> Any:
    return answer.get("v") if isinstance(answer, Mapping) else None


def _audience(value: Any) -> str:
    if value is None:
        return _EVERYONE_CODE  # not said yet
    codes = rules().audience
    found = [each.get("code") if isinstance(each, Mapping) else each for each in _listed(value)]
    if all(code in codes.everyone for code in found):
        return _EVERYONE_CODE
    if all(code in codes.everyone or code in codes.own_staff for code in found):
        return _OWN_CODE
    return _NAMED_CODE


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _references(value: Any, prefix: str) -> list[str]:
    found = (str(each.get("reference")) for each in _listed(value) if isinstance(each, Mapping))
    return sorted({each.removeprefix(prefix) for each in found if each.startswith(prefix)})


def _works_with(record: RecordMessage) -> list[str] | None:
    """Return with one of whom a reader of this record has to work; None if its form does not ask for it."""
    asked_in = rules().for_those_who_work_with.get(record.form.id) if record.form is not None else None
    if asked_in is None:
        return None
    return _references(_value(record.answers.get(asked_in)), "Person/") or sorted(record.subjects)


def _protected_homes(groups: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        home: [str(each) for each in _listed(_value(row["answers"].get("members")) or [])]
        for home, row in groups.get("households", {}).items()
        if _value(row["answers"].get("protected"))
    }


def _restricted_people(groups: Mapping[str, Any]) -> list[str]:
    flag = rules().restricted_people.asked_in
    return sorted(id_ for id_, row in groups.get("people", {}).items() if _value(row["answers"].get(flag)))


# Who reads --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A worker as the rules look at them today."""

    worker: str
    chapter: str = ""
    is_own_staff: bool = False
    is_manager: bool = False
    people: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # by family: whom they are involved with

    @property
    def scopes(self) -> list[str]:
        """The families this worker may see, in order."""
        return sorted(self.people)

    def standing(self, scope: str) -> str:
        """Return text that changes whenever this worker might come to see more of a family than before."""
        facts = [self.chapter, self.is_own_staff, self.is_manager, sorted(self.people[scope])]
        return f"{scope}\n{json.dumps(facts)}"

    def may_see(self, note: str, scope: str) -> bool:
        """Say whether a version with this note, of a family, is one this worker may know of."""
        if scope not in self.people:
            return False
        return note == EVERYONE or all(self._is_let_in(each, scope) for each in _LIMITS.decode(note))

    def _is_let_in(self, limit: _Limit, scope: str) -> bool:
        if not (self.is_own_staff or self.people[scope].issuperset(limit.names)):
            return False  # whoever wrote it
        if limit.author == self.worker:
            return True
        if not all(self._may_know_home(members, scope) for members in limit.tells.values()):
            return False
        works_with = limit.works_with
        if works_with is not None and not self.is_own_staff and self.people[scope].isdisjoint(works_with):
            return False
        if self.chapter in limit.not_for:
            return False
        if limit.audience == _OWN_CODE and not self.is_own_staff:
            return False
        if limit.audience == _NAMED_CODE and not (self.is_manager or self.worker in limit.readers):
            return False
        return not (limit.withheld_from and self.people[scope] <= set(limit.withheld_from))

    def body(self, body: bytes, scope: str, notes: Iterable[str]) -> bytes:
        """Return the body to send of a version that `may_see` lets through.

        `notes` are those on the versions to go by: of an earlier version, on all there ever were, for a home
        that was protected later is protected in its past.
        """
        notes = list(notes)
        homes, people = self._hidden_homes(scope, notes), self._hidden_people(scope, notes)
        if people:
            body = _without_people(body, people)
        return _without_homes(body, homes) if homes else body

    def is_redacted(self, scope: str, notes: Iterable[str]) -> bool:
        """Say whether `body` may send something other than what is stored."""
        notes = list(notes)
        return bool(self._hidden_homes(scope, notes) or self._hidden_people(scope, notes))

    def _hidden_people(self, scope: str, notes: Iterable[str]) -> frozenset[str]:
        """Return those of the family of whom this worker must not learn."""
        if self.is_own_staff:
            return frozenset()
        found = {id_ for note in notes if note for limit in _LIMITS.decode(note) for id_ in limit.restricted}
        return frozenset(found - self.people[scope])

    def _hidden_homes(self, scope: str, notes: Iterable[str]) -> dict[str, set[str]]:
        """Return the households that this worker may not know of, and who lives, or lived, there."""
        homes: dict[str, set[str]] = {}
        for note in notes:
            for limit in _LIMITS.decode(note) if note else ():
                for home, members in limit.homes.items():
                    homes.setdefault(home, set()).update(members)
        return {home: members for home, members in homes.items() if not self._may_know_home(members, scope)}

    def _may_know_home(self, members: Iterable[str], scope: str) -> bool:
        if self.chapter in rules().protected_homes.not_for_chapters:
            return False
        return not self.people[scope].isdisjoint(members)


# Asked at every call: put together once, for that takes longer than answering.
_LINKS = select(involvement.c.family, involvement.c.person).where(
    involvement.c.worker == bindparam("worker"),
    involvement.c.start <= bindparam("today"),
    or_(involvement.c.end.is_(None), involvement.c.end > bindparam("today")),
)
_OWN = select(worker.c.chapter, worker.c.agency, worker.c.is_manager).where(
    worker.c.id == bindparam("worker")
)


def reader(connection: Connection, worker_id: str, today: date, *, own_agencies: frozenset[str]) -> Reader:
    """Return a worker with the involvements that hold today."""
    people: dict[str, set[str]] = {}
    for family, person in connection.execute(_LINKS, {"worker": worker_id, "today": today}):
        people.setdefault(family, set()).add(person)
    row = connection.execute(_OWN, {"worker": worker_id}).one_or_none()
    return Reader(
        worker=worker_id,
        chapter="" if row is None else row.chapter,
        is_own_staff=row is not None and row.agency in own_agencies,
        is_manager=row is not None and row.is_manager,
        people={family: frozenset(each) for family, each in people.items()},
    )


def _without_people(body: bytes, people: Set[str]) -> bytes:
    """Return the body of a family in which these people, and whatever names them, do not stand, under a hash
    that fits. A home that was theirs alone goes too."""
    raw = msgspec.json.decode(body)
    groups = raw["groups"]
    before = encode(groups)
    for name, rows in list(groups.items()):
        for row_id, row in list(rows.items()):
            answers = row.get("answers", {})
            members = _value(answers.get("members"))
            if isinstance(members, list) and not people.isdisjoint(members):
                answers["members"] = {
                    **answers["members"],
                    "v": [each for each in members if each not in people],
                }
            is_theirs = name == "people" and row_id in people
            names_them = any(_value(answers.get(link)) in people for link in ("person", "other"))
            if is_theirs or names_them or (members and not _value(answers["members"])):
                del rows[row_id]
        if not rows:
            del groups[name]
    if encode(groups) == before:
        return body
    raw["hash"] = hash_of({"answers": raw["answers"], "groups": groups})
    return encode(raw)


def _without_homes(body: bytes, homes: Mapping[str, set[str]]) -> bytes:
    """Return the body of a family without what says where these households are, or where and how those who
    live there can be found, under a hash that fits."""
    raw = msgspec.json.decode(body)
    rule = rules().protected_homes
    rows = [("households", home, rule.withheld_fields) for home in homes]
    there = sorted(set().union(*homes.values()))
    rows += [("people", person, rule.withheld_of_those_who_live_there) for person in there]
    changed = False
    for group, row, fields in rows:
        answers = raw["groups"].get(group, {}).get(row, {}).get("answers", {})
        for name in fields:
            changed = answers.pop(name, None) is not None or changed
    if not changed:
        return body
    raw["hash"] = hash_of({"answers": raw["answers"], "groups": raw["groups"]})
    return encode(raw)
