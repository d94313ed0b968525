"""Those the work is about, and those who do it.

Field names follow the Standard Safeguarding Dataset where it has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from workbook_desktop.domain.dates import long_date
from workbook_desktop.domain.ids import FamilyId, PersonId, WorkerId


class Sex(StrEnum):
    """Codes of the children in need census."""

    MALE = "M"
    FEMALE = "F"
    UNKNOWN = "U"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A child, a parent, a carer or another member of a family.

    `birth_date` or `expected_birth_date`, never both; neither when it is not known. A person may lack a name:
    `label` then says who is meant ("Maisie's father").
    """

    id: PersonId
    family: FamilyId
    forename: str
    surname: str
    label: str = ""
    birth_date: date | None = None
    expected_birth_date: date | None = None
    death_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    gender: str = ""  # in the person's own words, where it is not that of the register
    is_child: bool = False
    preferred_name: str = ""
    pronouns: str = ""
    language: str = ""
    interpreter: bool = False
    communication_needs: str = ""
    nhs_number: str = ""
    upn: str = ""
    phone: str = ""
    school: str = ""
    general_practice: str = ""
    legal_status: str = ""  # in words, as the office holds it: "Child protection plan (emotional abuse)"
    plan: str = ""  # "CP", "CIN", "CLA" or ""
    alerts: tuple[str, ...] = ()
    note: str = ""
    former_names: tuple[str, ...] = ()  # by which somebody may still look for them
    # Whom the office keeps restricted: sent to its own staff and to those who work with them alone; on no
    # paper, and found by no search.
    restricted: bool = False
    restricted_why: str = ""
    restricted_until: date | None = None  # when the office looks again whether it still has to be

    def __post_init__(self) -> None:
        if self.birth_date and self.expected_birth_date:
            raise ValueError("a person has a date of birth or an expected one, not both")

    @property
    def name(self) -> str:
        """The name to show: preferred name and surname, or what they are called for want of one."""
        return (
            f"{self.preferred_name or self.forename} {self.surname}".strip() or self.label or "Name not known"
        )

    @property
    def initials(self) -> str:
        """Initials for window titles, where a name must not stand."""
        return "".join(f"{part[0]}." for part in (self.forename, self.surname) if part) or "?"


def age_on(birth_date: date, day: date) -> tuple[int, int]:
    """Return whole years and, on top of them, whole months."""
    months = (day.year - birth_date.year) * 12 + day.month - birth_date.month - (day.day < birth_date.day)
    return divmod(max(months, 0), 12)


def age_words(person: Person, day: date) -> str:
    """Return an age as workers say it: "7", "5 months", "due 3 March 2027" or "age not known"."""
    if person.birth_date is None:
        if person.expected_birth_date is None:
            return "age not known"
        return f"due {long_date(person.expected_birth_date)}"
    if person.death_date is not None:
        return "died"
    years, months = age_on(person.birth_date, day)
    if years >= 2:
        return str(years)
    whole = years * 12 + months
    return f"{whole} month{'' if whole == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """People who live, or lived, at one address."""

    id: str
    members: tuple[PersonId, ...]
    address: str
    postcode: str
    since: date | None
    until: date | None = None
    protected: bool = False  # never on a list, a print or a screen of one who may not know it


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """How `person` is related to `other`: ``person is the <kind> of other``."""

    person: PersonId
    other: PersonId
    kind: str  # "mother", "father", "grandmother", "sister", "partner", "former partner"
    parental_responsibility: bool = False
    contact: str = ""  # arrangements, in words
    since: date | None = None
    until: date | None = None
    domestic_abuse: bool = False  # between the two, whoever it comes from


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family group, and the scope of its records."""

    id: FamilyId
    name: str  # "Tolland"
    people: tuple[Person, ...]
    households: tuple[Household, ...]
    relationships: tuple[Relationship, ...]
    involvements: tuple[Involvement, ...]
    due: tuple[DueDate, ...] = ()

    def person(self, person: PersonId) -> Person | None:
        """Return the person with this id, or None."""
        return next((each for each in self.people if each.id == person), None)

    @property
    def restricted(self) -> tuple[Person, ...]:
        """Those whom the office keeps restricted."""
        return tuple(each for each in self.people if each.restricted)

    @property
    def children(self) -> tuple[Person, ...]:
        """The children, eldest first."""
        return tuple(
            sorted(
                (each for each in self.people if each.is_child),
                key=lambda each: (each.birth_date or each.expected_birth_date or date.max, each.forename),
            )
        )


def without_restricted(family: Family) -> Family:
    """Return a family as it is for those who must not learn of people whom the office keeps restricted."""
    gone = {each.id for each in family.restricted}
    if not gone:
        return family
    homes = (
        replace(home, members=tuple(each for each in home.members if each not in gone))
        for home in family.households
    )
    return replace(
        family,
        people=tuple(each for each in family.people if each.id not in gone),
        households=tuple(home for home in homes if home.members),
        relationships=tuple(tie for tie in family.relationships if not {tie.person, tie.other} & gone),
        involvements=tuple(link for link in family.involvements if link.person not in gone),
        due=tuple(each for each in family.due if each.person not in gone),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One who does the work: employed by the council or by a partner."""

    id: WorkerId
    name: str
    role: str  # "social worker", "family worker", "domestic abuse practitioner (survivor)", …
    agency: str
    chapter: str = ""  # the chapter this worker writes
    is_manager: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Involvement:
    """A worker's link to a person over time. It decides what a device holds."""

    worker: WorkerId
    person: PersonId
    role: str
    start: date
    end: date | None = None  # the first day on which it no longer holds

    def holds_on(self, day: date) -> bool:
        """Say whether the involvement holds on a day."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """Something the office expects by a day, as its own trays have it."""

    id: str
    person: PersonId | None
    what: str  # "Child protection visit"
    on: date
    form: str = ""  # the form that meets it, if one does


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of the workbook, written by one discipline. Chapters are configuration, not a fixed list."""

    id: str
    title: str
    roles: tuple[str, ...]


# How the office's records are read.
# A record of type "family" holds rows under "people", "households", "relationships" and others, so that two
# changes to one family meet field by field, as forms do.


def _date(text: Any) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) and text else None


def family_of(family: FamilyId, content: Mapping[str, Any]) -> Family:
    """Return the family that the content of a record of type ``"family"`` describes.

    Raises:
        ValueError: the content is not of that shape.
    """
    answers, groups = content.get("answers", {}), content.get("groups", {})

    def rows(name: str) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for row_id, row in sorted(groups.get(name, {}).items(), key=lambda item: (item[1]["ord"], item[0])):
            found.append((row_id, {key: raw.get("v") for key, raw in row.get("answers", {}).items()}))
        return found

    try:
        return Family(
            id=family,
            name=answers["name"]["v"],
            people=tuple(_person(family, row_id, row) for row_id, row in rows("people")),
            households=tuple(
                Household(
                    id=row_id,
                    members=tuple(PersonId(each) for each in row.get("members") or ()),
                    address=row.get("address") or "",
                    postcode=row.get("postcode") or "",
                    since=_date(row.get("since")),
                    until=_date(row.get("until")),
                    protected=bool(row.get("protected")),
                )
                for row_id, row in rows("households")
            ),
            relationships=tuple(
                Relationship(
                    person=PersonId(row["person"]),
                    other=PersonId(row["other"]),
                    kind=row["kind"],
                    parental_responsibility=bool(row.get("parental_responsibility")),
                    contact=row.get("contact") or "",
                    since=_date(row.get("since")),
                    until=_date(row.get("until")),
                    domestic_abuse=bool(row.get("domestic_abuse")),
                )
                for _, row in rows("relationships")
            ),
            involvements=tuple(
                Involvement(
                    worker=WorkerId(row["worker"]),
                    person=PersonId(row["person"]),
                    role=row["role"],
                    start=date.fromisoformat(row["start"]),
                    end=_date(row.get("end")),
                )
                for _, row in rows("involvements")
            ),
            due=tuple(
                DueDate(
                    id=row_id,
                    person=PersonId(row["person"]) if row.get("person") else None,
                    what=row["what"],
                    on=date.fromisoformat(row["on"]),
                    form=row.get("form") or "",
                )
                for row_id, row in rows("due")
            ),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the content of a family") from error


def _person(family: FamilyId, row_id: str, row: dict[str, Any]) -> Person:
    text = (
        "forename",
        "surname",
        "label",
        "gender",
        "preferred_name",
        "pronouns",
        "language",
        "communication_needs",
    )
    more = (
        "nhs_number",
        "upn",
        "phone",
        "school",
        "general_practice",
        "legal_status",
        "plan",
        "note",
        "restricted_why",
    )
    return Person(
        id=PersonId(row_id),
        family=family,
        birth_date=_date(row.get("birth_date")),
        expected_birth_date=_date(row.get("expected_birth_date")),
        death_date=_date(row.get("death_date")),
        sex=Sex(row.get("sex") or "U"),
        is_child=bool(row.get("is_child")),
        interpreter=bool(row.get("interpreter")),
        restricted=bool(row.get("restricted")),
        restricted_until=_date(row.get("restricted_until")),
        alerts=tuple(row.get("alerts") or ()),
        former_names=tuple(row.get("former_names") or ()),
        **{key: row.get(key) or "" for key in text + more},
    )


def family_content(family: Family) -> dict[str, Any]:
    """Return the content of the record that `family_of` reads back as the same family."""

    def fields(values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: {"v": value.isoformat() if isinstance(value, date) else value}
            for key, value in values.items()
            if value not in (None, "", (), [], False)
        }

    from workbook_desktop.domain.order import spread

    def table(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
        listed = list(rows)
        keys = spread(len(listed))
        return {
            row_id: {"ord": ord_, "answers": fields(values), "groups": {}}
            for (row_id, values), ord_ in zip(listed, keys, strict=True)
        }

    people = []
    for person in family.people:
        values = {
            name: getattr(person, name)
            for name in Person.__dataclass_fields__
            if name not in ("id", "family")
        }
        values["alerts"] = list(person.alerts)
        values["former_names"] = list(person.former_names)
        values["sex"] = str(person.sex)
        people.append((person.id, values))
    households = [
        (
            home.id,
            {
                "members": list(home.members),
                "address": home.address,
                "postcode": home.postcode,
                "since": home.since,
                "until": home.until,
                "protected": home.protected,
            },
        )
        for home in family.households
    ]
    relationships = [
        (
            f"{tie.person}.{tie.kind.replace(' ', '-')}.{tie.other}",
            {
                "person": tie.person,
                "other": tie.other,
                "kind": tie.kind,
                "parental_responsibility": tie.parental_responsibility,
                "contact": tie.contact,
                "since": tie.since,
                "until": tie.until,
                "domestic_abuse": tie.domestic_abuse,
            },
        )
        for tie in family.relationships
    ]
    involvements = [
        (
            f"{link.worker}.{link.person}.{link.start.isoformat()}",
            {
                "worker": link.worker,
                "person": link.person,
                "role": link.role,
                "start": link.start,
                "end": link.end,
            },
        )
        for link in family.involvements
    ]
    due = [
        (each.id, {"person": each.person, "what": each.what, "on": each.on, "form": each.form})
        for each in family.due
    ]
    return {
        "answers": {"name": {"v": family.name}},
        "groups": {
            "people": table(people),
            "households": table(households),
            "relationships": table(relationships),
            "involvements": table(involvements),
            "due": table(due),
        },
    }
