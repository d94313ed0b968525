from datetime import date

import pytest

from workbook_desktop.domain.ids import FamilyId, PersonId, WorkerId
from workbook_desktop.domain.people import (
    DueDate,
    Family,
    Household,
    Involvement,
    Person,
    Relationship,
    Sex,
    age_on,
    age_words,
    family_content,
    family_of,
)

TODAY = date(2026, 11, 22)
FAMILY = FamilyId("f-tolland")


def maisie(**facts: object) -> Person:
    values: dict[str, object] = {
        "id": PersonId("p-maisie"),
        "family": FAMILY,
        "forename": "Maisie",
        "surname": "Tolland",
        "birth_date": date(2019, 8, 18),
        "sex": Sex.FEMALE,
        "is_child": True,
        "alerts": ("Visit in twos",),
        **facts,
    }
    return Person(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("born", "years", "months"),
    [
        (date(2019, 11, 22), 7, 0),
        (date(2019, 11, 23), 6, 11),
        (date(2026, 6, 27), 0, 4),
        (date(2024, 2, 29), 2, 8),
        (date(2026, 12, 1), 0, 0),  # an unborn child is no age, not a negative one
    ],
)
def test_ages_count_birthdays_passed(born: date, years: int, months: int) -> None:
    assert age_on(born, TODAY) == (years, months)


def test_ages_are_said_as_workers_say_them() -> None:
    assert age_words(maisie(), TODAY) == "7"
    assert age_words(maisie(birth_date=date(2026, 6, 27)), TODAY) == "4 months"
    assert age_words(maisie(birth_date=date(2025, 10, 20)), TODAY) == "13 months"
    assert age_words(maisie(birth_date=None), TODAY) == "age not known"
    unborn = maisie(birth_date=None, expected_birth_date=date(2027, 3, 3))
    assert age_words(unborn, TODAY) == "due 3 March 2027"
    assert age_words(maisie(death_date=date(2026, 1, 1)), TODAY) == "died"


def test_a_person_has_one_kind_of_birth_date() -> None:
    with pytest.raises(ValueError, match="expected"):
        maisie(expected_birth_date=date(2027, 3, 3))


def test_a_person_without_a_name_is_shown_by_what_they_are_called() -> None:
    father = maisie(forename="", surname="", label="Maisie's father (not known)")
    assert father.name == "Maisie's father (not known)"
    assert maisie(forename="", surname="", label="").name == "Name not known"
    assert maisie(preferred_name="Mais").name == "Mais Tolland"
    assert maisie().initials == "M.T."


def test_an_involvement_ends_on_the_day_it_names() -> None:
    link = Involvement(
        worker=WorkerId("w"), person=PersonId("p"), role="case holder", start=TODAY, end=date(2026, 11, 24)
    )
    assert not link.holds_on(date(2026, 11, 21))
    assert link.holds_on(TODAY)
    assert link.holds_on(date(2026, 11, 23))
    assert not link.holds_on(date(2026, 11, 24))


def test_a_family_is_read_back_from_its_content_as_it_was() -> None:
    family = Family(
        id=FAMILY,
        name="Tolland",
        people=(maisie(), maisie(id=PersonId("p-leo"), forename="Leo", birth_date=date(2022, 10, 12))),
        households=(
            Household(
                id="h-1",
                members=(PersonId("p-maisie"),),
                address="Flat 3, 12 Cordwainer Row",
                postcode="XX1 2BB",
                since=date(2026, 6, 3),
                protected=True,
            ),
        ),
        relationships=(
            Relationship(
                person=PersonId("p-maisie"),
                other=PersonId("p-leo"),
                kind="sister",
                parental_responsibility=False,
            ),
        ),
        involvements=(
            Involvement(worker=WorkerId("w"), person=PersonId("p-leo"), role="case holder", start=TODAY),
        ),
        due=(
            DueDate(
                id="d-1", person=PersonId("p-leo"), what="Child protection visit", on=TODAY, form="visit"
            ),
        ),
    )
    assert family_of(FAMILY, family_content(family)) == family
    assert [child.forename for child in family.children] == ["Maisie", "Leo"]


@pytest.mark.parametrize(
    "content", [{}, {"answers": {}}, {"answers": {"name": {}}}, {"answers": {"name": None}}]
)
def test_content_that_is_no_family_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="family"):
        family_of(FAMILY, content)


def test_a_relationship_keeps_its_beginning_and_domestic_abuse_and_an_older_record_has_neither() -> None:
    tie = Relationship(
        person=PersonId("p-darren"),
        other=PersonId("p-hannah"),
        kind="former partner",
        since=date(2020, 8, 5),
        domestic_abuse=True,
    )
    family = Family(
        id=FAMILY,
        name="Tolland",
        people=(maisie(gender="non-binary"),),
        households=(),
        relationships=(tie,),
        involvements=(),
    )
    content = family_content(family)
    assert family_of(FAMILY, content) == family
    (row,) = content["groups"]["relationships"].values()
    for name in ("since", "domestic_abuse"):
        del row["answers"][name]
    older = family_of(FAMILY, content).relationships[0]
    assert (older.since, older.domestic_abuse) == (None, False)
