"""Whatever a family is, its genogram can be drawn: nobody on anybody, no home around an outsider."""

from __future__ import annotations

import itertools
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from workbook_desktop.domain.genogram import Bond, kin_of
from workbook_desktop.domain.genogram_layout import MOST, ROW, SLOT, laid_out
from workbook_desktop.domain.genogram_shapes import Genogram, Outline, Words, genograms
from workbook_desktop.domain.genogram_words import words_of
from workbook_desktop.domain.ids import FamilyId, PersonId
from workbook_desktop.domain.people import Family, Household, Person, Relationship, Sex

TODAY = date(2026, 11, 22)
FAMILY = FamilyId("f")
KINDS = (
    *("mother", "father", "parent", "son", "daughter", "child", "stepfather", "step-mother", "foster carer"),
    *("foster mother", "adoptive father", "adopted daughter", "kinship carer", "special guardian"),
    *("partner", "wife", "husband", "former partner", "ex-wife", "ex husband", "civil partner", "girlfriend"),
    *("brother", "half sister", "twin brother", "twin", "step-brother", "grandmother", "great-grandfather"),
    *("maternal grandmother", "aunt", "uncle", "cousin", "niece", "friend", "mother-in-law", "", "?", "nain"),
)
NAMES = st.sampled_from(
    (
        "",
        "Maisie",
        "O’Brien-d’Arcy",
        "Siân",
        "Łucja Wiśniewska-Kowalczyk",
        "محمد",
        "🙂",
        "A" * 60,
        "Leo Tolland",
    )
)


@st.composite
def families(draw: st.DrawFn, most: int = MOST) -> Family:
    """Return a family of any shape, bad data among it."""
    count = draw(st.integers(0, most))
    ids = [PersonId(f"p-{number}") for number in range(count)]
    people = []
    for person in ids:
        when = draw(st.sampled_from(("born", "unborn", "unknown")))
        people.append(
            Person(
                id=person,
                family=FAMILY,
                forename=draw(NAMES),
                surname=draw(NAMES),
                label=draw(st.sampled_from(("", "Unknown father"))),
                birth_date=draw(st.dates(date(1920, 1, 1), TODAY)) if when == "born" else None,
                expected_birth_date=date(2027, 3, 3) if when == "unborn" else None,
                death_date=draw(st.none() | st.dates(date(1990, 1, 1), TODAY)),
                sex=draw(st.sampled_from(tuple(Sex))),
                gender=draw(st.sampled_from(("", "", "non-binary"))),
                is_child=draw(st.booleans()),
            )
        )
    anybody = st.sampled_from([*ids, PersonId("p-restricted")])
    ties = draw(
        st.lists(
            st.builds(
                Relationship,
                person=anybody,
                other=anybody,
                kind=st.sampled_from(KINDS),
                parental_responsibility=st.booleans(),
                since=st.none() | st.just(date(2019, 1, 1)),
                until=st.none() | st.just(date(2024, 1, 1)),
                domestic_abuse=st.booleans(),
            ),
            max_size=2 * count,
        )
    )
    homes = draw(st.lists(st.lists(anybody, max_size=9), max_size=5))
    return Family(
        id=FAMILY,
        name="Tolland",
        people=tuple(people),
        households=tuple(
            Household(
                id=f"h-{number}",
                members=tuple(members),
                address="12 Quay Street",
                postcode="XX1 1AA",
                since=None,
                protected=number == 0,
            )
            for number, members in enumerate(homes)
        ),
        relationships=tuple(ties),
        involvements=(),
    )


def apart(drawing: Genogram) -> bool:
    """Say whether everybody has their own room."""
    return all(
        abs(one[0] - other[0]) >= SLOT - 1e-6 or abs(one[1] - other[1]) >= ROW - 1e-6
        for one, other in itertools.combinations(drawing.layout.spots.values(), 2)
    )


@given(families())
def test_nobody_stands_on_anybody_and_everybody_is_there_once(family: Family) -> None:
    (drawing,) = genograms(kin_of(family, TODAY), TODAY)
    assert set(drawing.layout.spots) == {each.id for each in family.people}
    assert apart(drawing)
    for x, y in drawing.layout.spots.values():
        assert 0 <= x <= drawing.width
        assert 0 <= y <= drawing.height


@given(families())
def test_parents_that_are_drawn_stand_one_row_above_and_couples_beside_each_other(family: Family) -> None:
    kin = kin_of(family, TODAY)
    rows = kin.generations
    assert all(rows[each.child] - rows[each.parent] == 1 for each in kin.parents)
    assert all(rows[each.one] == rows[each.other] for each in kin.couples)


@given(families())
def test_the_outline_of_a_home_takes_in_nobody_who_does_not_live_there(family: Family) -> None:
    kin = kin_of(family, TODAY)
    (drawing,) = genograms(kin, TODAY)
    boxes = [each for each in drawing.shapes if isinstance(each, Outline)]
    parted = iter(boxes)
    for home in kin.homes:
        inside: set[PersonId] = set()
        while not set(home.members) <= inside:
            box = next(parted)
            held = {
                person
                for person, (x, y) in drawing.layout.spots.items()
                if box.x < x < box.x + box.width and box.y < y < box.y + box.height
            }
            assert held <= set(home.members)
            assert held
            inside |= held
    assert next(parted, None) is None


@given(families())
def test_nothing_tells_of_somebody_who_is_withheld_nor_where_anybody_lives(family: Family) -> None:
    kin = kin_of(family, TODAY)
    known = kin_of(
        Family(
            id=family.id,
            name=family.name,
            people=family.people,
            households=tuple(
                Household(
                    id=home.id,
                    members=tuple(each for each in home.members if each != "p-restricted"),
                    address="",
                    postcode="",
                    since=None,
                    protected=home.protected,
                )
                for home in family.households
            ),
            relationships=tuple(
                each for each in family.relationships if "p-restricted" not in (each.person, each.other)
            ),
            involvements=(),
        ),
        TODAY,
    )
    assert kin == known
    (drawing,) = genograms(kin, TODAY)
    said = " ".join(each.text for each in drawing.shapes if isinstance(each, Words))
    said += " ".join(words for person in kin.people for words in words_of(kin, person))
    assert "Quay" not in said
    assert "XX1" not in said


@given(families())
def test_the_list_says_every_parent_and_couple_that_is_drawn(family: Family) -> None:
    kin = kin_of(family, TODAY)
    said = {person.id: " ".join(words_of(kin, person)) for person in kin.people}
    for link in kin.parents:
        assert kin.person(link.child).name in said[link.parent]
        assert kin.person(link.parent).name in said[link.child]
        if link.bond is Bond.STEP:
            assert "step" in said[link.child]
    for couple in kin.couples:
        if couple.said:
            assert "partner of" in said[couple.one]
            assert ("domestic abuse" in said[couple.other]) or not couple.abuse


@given(families(most=75))
def test_a_larger_family_is_drawn_home_by_home_and_nobody_is_left_out(family: Family) -> None:
    drawings = genograms(kin_of(family, TODAY), TODAY)
    for drawing in drawings:
        assert len(drawing.layout.spots) <= MOST
        assert apart(drawing)
    shown = set().union(*(each.layout.spots for each in drawings))
    assert shown == {each.id for each in family.people}


@given(families(most=12))
def test_the_same_family_is_drawn_the_same_twice(family: Family) -> None:
    kin = kin_of(family, TODAY)
    assert laid_out(kin) == laid_out(kin_of(family, TODAY))
