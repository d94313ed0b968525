"""Who is whose: what words of relationships mean, what is drawn of them, and what is said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.support.kin import TODAY, family, home, person, the_harbours, tie
from workbook_desktop.domain.genogram import Bond, kin_of
from workbook_desktop.domain.genogram_shapes import (
    Dash,
    Line,
    Oval,
    Words,
    genogram,
    genograms,
    name_lines,
    plain,
)
from workbook_desktop.domain.genogram_words import words_of
from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.people import Person

ANN, BEN = person("Ann Lee", "F", 1990), person("Ben Lee", "M", 2018, is_child=True)


@pytest.mark.parametrize(
    ("kind", "bond"),
    [
        ("mother", Bond.BIRTH),
        ("Birth mother", Bond.BIRTH),
        ("stepfather", Bond.STEP),
        ("step-mum", Bond.STEP),
        ("Foster carer", Bond.FOSTER),
        ("adoptive father", Bond.ADOPTIVE),
        ("special guardian", Bond.CARER),
        ("kinship carer", Bond.CARER),
    ],
)
def test_words_that_mean_a_parent(kind: str, bond: Bond) -> None:
    (link,) = kin_of(family(ANN, BEN, tie("ann", kind, "ben"))).parents
    assert (link.parent, link.child, link.bond) == ("ann", "ben", bond)


@pytest.mark.parametrize(
    ("kind", "bond"), [("son", Bond.BIRTH), ("adopted son", Bond.ADOPTIVE), ("stepson", Bond.STEP)]
)
def test_a_relationship_said_from_the_childs_side_is_the_same(kind: str, bond: Bond) -> None:
    (link,) = kin_of(family(ANN, BEN, tie("ben", kind, "ann"))).parents
    assert (link.parent, link.bond) == ("ann", bond)


@pytest.mark.parametrize(
    ("kind", "together"),
    [
        ("wife", True),
        ("civil partner", True),
        ("ex-wife", False),
        ("former partner", False),
        ("ex husband", False),
    ],
)
def test_words_that_mean_a_couple(kind: str, together: bool) -> None:
    other = person("Cara Lee", "F", 1991)
    (couple,) = kin_of(family(ANN, other, tie("ann", kind, "cara"))).couples
    assert couple.together is together


@pytest.mark.parametrize(
    ("kind", "above"),
    [
        ("maternal grandmother", 2),
        ("great-grandfather", 3),
        ("great aunt", 2),
        ("uncle", 1),
        ("cousin", 0),
        ("granddaughter", -2),
        ("nain", 2),
        ("mother-in-law", None),
        ("godmother", None),
        ("best friend", None),
    ],
)
def test_other_words_stay_as_they_were_said_and_stand_where_they_belong(kind: str, above: int | None) -> None:
    kin = kin_of(family(ANN, BEN, tie("ann", kind, "ben")))
    assert not kin.parents
    assert [(each.words, each.above) for each in kin.ties] == [(kind, above)]


def test_said_twice_and_from_both_sides_it_is_there_once() -> None:
    kin = kin_of(
        family(
            ANN,
            BEN,
            tie("ann", "mother", "ben"),
            tie("ben", "son", "ann"),
            tie("ann", "mother", "ben", parental_responsibility=True),
        )
    )
    assert [each.responsibility for each in kin.parents] == [True]


def test_a_mother_who_is_also_her_mothers_mother_is_said_and_not_drawn() -> None:
    kin = kin_of(family(ANN, BEN, tie("ann", "mother", "ben"), tie("ben", "father", "ann")))
    assert [(each.parent, each.child) for each in kin.parents] == [("ann", "ben")]
    assert kin.doubts == (
        "Ben Lee is recorded as parent of Ann Lee."
        " That does not fit with what else is recorded, and is not drawn.",
    )


def test_nobody_is_their_own_parent() -> None:
    kin = kin_of(family(ANN, tie("ann", "mother", "ann")))
    assert not kin.parents
    assert len(kin.doubts) == 1


def test_an_older_sister_who_is_the_carer_is_tied_and_not_made_a_parent() -> None:
    sister = person("Zoe Lee", "F", 2000)
    kin = kin_of(
        family(
            ANN,
            BEN,
            sister,
            tie("ann", "mother", "ben"),
            tie("ann", "mother", "zoe"),
            tie("zoe", "carer", "ben"),
        )
    )
    assert kin.generations["zoe"] == kin.generations["ben"]  # type: ignore[index]
    assert [each.words for each in kin.ties] == ["carer"]
    assert kin.doubts == ()


def test_three_generations_stand_in_three_rows_whoever_is_named_first() -> None:
    kin = kin_of(the_harbours(), TODAY)
    rows = kin.generations
    assert {rows[PersonId(each)] for each in ("ada", "jack", "elspeth")} == {-2}
    assert {rows[PersonId(each)] for each in ("ruth", "alex", "conor", "sadie", "nobody", "bryn")} == {-1}
    assert {rows[PersonId(each)] for each in ("wren", "tess", "toby", "sami", "nia", "bump", "kit")} == {0}
    assert kin.twins == (frozenset(("tess", "toby")),)
    assert kin.doubts == ()


def test_symbols_tell_people_apart_by_shape() -> None:
    drawing = genogram(kin_of(the_harbours(), TODAY), TODAY)

    def of(id_: str) -> list[object]:
        return [each for each in drawing.shapes if getattr(each, "person", None) == id_]

    def corners(id_: str) -> list[int]:
        return [len(each.points) for each in of(id_) if isinstance(each, Line) and each.closed]

    assert sum(isinstance(each, Oval) for each in of("ruth")) == 1
    assert sum(isinstance(each, Oval) for each in of("wren")) == 2  # a child of the file has a double line
    assert corners("conor") == [4]
    assert corners("alex") == [4]  # a diamond: in their own words
    assert corners("bump") == [3]
    assert sum(isinstance(each, Line) and not each.closed for each in of("ada")) == 2  # crossed
    said = [each.text for each in of("nobody") if isinstance(each, Words)]
    assert said == ["?", "Name not known"]


def test_who_stands_in_is_told_from_birth_by_dashes_and_by_words() -> None:
    drawing = genogram(kin_of(the_harbours(), TODAY), TODAY)
    dashes = {each.dash for each in drawing.shapes if isinstance(each, Line)}
    assert dashes == set(Dash)
    words = {each.text for each in drawing.shapes if isinstance(each, Words)}
    assert {"adopted", "fostered", "step", "DA", "PR", "Home A", "Home B", "Home C", "friend"} <= words


def test_separation_and_abuse_are_in_the_list_too() -> None:
    kin = kin_of(the_harbours(), TODAY)
    said = words_of(kin, kin.person(PersonId("ruth")))
    assert "former partner of Conor Dell, 2014 – 2017, domestic abuse" in said
    assert "partner of Alex Harbour, since 2018" in said
    assert "foster parent of Sami Okoye" in said
    assert "parental responsibility for Wren Harbour, Tess Harbour and Toby Harbour" in said
    assert said[-1].endswith("(Home A, protected address)")


def test_a_grandmother_is_drawn_by_herself_only_where_no_parent_between_is_known() -> None:
    gran = person("Gwen Lee", "F", 1950)
    alone = genogram(kin_of(family(BEN, gran, tie("gwen", "grandmother", "ben"))), TODAY)
    assert any(isinstance(each, Words) and each.text == "grandmother" for each in alone.shapes)
    through = genogram(
        kin_of(
            family(
                ANN,
                BEN,
                gran,
                tie("gwen", "grandmother", "ben"),
                tie("gwen", "mother", "ann"),
                tie("ann", "mother", "ben"),
            )
        ),
        TODAY,
    )
    assert not any(isinstance(each, Words) and each.text == "grandmother" for each in through.shapes)


# -- bad input -----------------------------------------------------------------------------------------------


def test_somebody_with_no_name_and_no_date_of_birth_has_a_place_and_a_sentence() -> None:
    nobody = Person(id=PersonId("x"), family=ANN.family, forename="", surname="")
    kin = kin_of(family(BEN, nobody, tie("x", "father", "ben")))
    drawing = genogram(kin, TODAY)
    assert PersonId("x") in drawing.layout.spots
    assert words_of(kin, BEN) == ("child of Name not known",)


def test_a_sibling_whom_this_worker_may_not_know_of_leaves_nothing_behind() -> None:
    ties = (tie("ann", "mother", "ben"), tie("ann", "mother", "hidden"), tie("hidden", "brother", "ben"))
    seen = family(ANN, BEN, *ties, home("h", "ann", "ben", "hidden"))
    without = family(ANN, BEN, ties[0], home("h", "ann", "ben"))
    assert genogram(kin_of(seen), TODAY) == genogram(kin_of(without), TODAY)
    assert words_of(kin_of(seen), ANN) == words_of(kin_of(without), ANN)


def test_a_person_of_three_families_is_drawn_in_each_with_that_familys_ties_alone() -> None:
    drawn = []
    for surname in ("Lee", "Marsh", "Quill"):
        child = person(f"Child{surname} {surname}", "F", 2019, is_child=True)
        found = family(ANN, child, tie("ann", "mother", child.id), name=surname)
        drawn.append(words_of(kin_of(found), ANN))
    assert [each[0] for each in drawn] == [
        "mother of ChildLee Lee",
        "mother of ChildMarsh Marsh",
        "mother of ChildQuill Quill",
    ]


def test_sixty_people_are_drawn_home_by_home_each_with_its_own_letter() -> None:
    people = [person(f"P{number} Lee", "F", 1990) for number in range(60)]
    homes = [home(f"h-{at}", *(each.id for each in people[at * 12 : at * 12 + 12])) for at in range(4)]
    drawings = genograms(kin_of(family(*people, *homes)), TODAY)
    assert [each.title.split(":")[0] for each in drawings] == [
        "Home A",
        "Home B",
        "Home C",
        "Home D",
        "Others",
    ]
    assert [len(each.layout.spots) for each in drawings] == [12, 12, 12, 12, 12]
    letters = [
        {each.text for each in one.shapes if isinstance(each, Words) and "Home" in each.text}
        for one in drawings
    ]
    assert letters == [{"Home A"}, {"Home B"}, {"Home C"}, {"Home D"}, set()]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Siân O’Dell", ("Siân O’Dell",)),
        ("D'Arcy-Smythe Fitzwilliam", ("D'Arcy-Smythe", "Fitzwilliam")),
        ("Łucja Wiśniewska-Kowalczyk", ("Łucja", "Wiśniewska-Kowal…")),
        ("محمد عبد الله", ("محمد عبد الله",)),
        ("Anna Maria Wilhelmina Theodora Lee", ("Anna Maria", "Wilhelmina …")),
    ],
)
def test_a_name_has_two_lines_at_most(name: str, lines: tuple[str, ...]) -> None:
    first, _, rest = name.partition(" ")
    assert name_lines(replace(ANN, forename=first, surname=rest)) == lines


def test_a_drawing_goes_to_paper_as_plain_json() -> None:
    drawing = plain(genogram(kin_of(the_harbours(), TODAY), TODAY, "The Harbours"))
    assert json.loads(json.dumps(drawing))["title"] == "The Harbours"
    assert {each["kind"] for each in drawing["shapes"]} == {"line", "oval", "outline", "words"}
    assert "person" not in json.dumps(drawing)


def test_many_ties_of_one_kind_to_one_child_are_said_once_and_their_words_lie_over_no_others() -> None:
    uncles = [person(f"U{number} Lee", "M", 1980) for number in range(9)]
    aunt = person("Aunt Lee", "F", 1981)
    ties = [tie(each.id, "uncle", BEN.id) for each in uncles]
    drawing = genogram(
        kin_of(
            family(
                ANN, BEN, *uncles, aunt, *ties, tie(ANN.id, "mother", BEN.id), tie(aunt.id, "aunt", BEN.id)
            )
        ),
        TODAY,
    )
    said = [each for each in drawing.shapes if isinstance(each, Words) and each.on_ground]
    assert [each.text for each in said].count("uncle (9)") == 1
    assert not [each for each in said if each.text == "uncle"]
    places = [(each.x, each.y) for each in said]
    assert len(set(places)) == len(places)
    assert all(
        abs(one.y - other.y) >= 0.9 for one in said for other in said if one is not other and one.x == other.x
    )
