"""The lists of codes, as shipped and as read."""

import copy
import json
from typing import Any

import pytest

from workbook_desktop.domain.code_lists import code_lists_of
from workbook_desktop.domain.identifiers import UPN_UNKNOWN
from workbook_desktop.domain.people import Sex
from workbook_desktop.paths import resource

DATA: dict[str, Any] = json.loads(resource("rules", "code-lists.json").read_text(encoding="utf-8"))
LISTS = code_lists_of(DATA)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("sex", 3),
        ("ethnicity", 20),
        ("disability", 13),
        ("primary-need", 10),
        ("abuse-categories", 5),
        ("referral-source", 22),
        ("closure-reason", 9),
        ("assessment-factors", 42),
        ("upn-unknown", 6),
        ("s47-outcomes", 8),
        ("referral-outcomes", 6),
        ("assessment-outcomes", 6),
        ("legal-status", 13),
        ("placement-types", 26),
        ("review-participation", 8),
        ("send-need", 12),
        ("plo-gateway", 4),
        ("plo-outcome", 8),
    ],
)
def test_every_list_is_there_whole(name: str, count: int) -> None:
    assert len(LISTS[name].codes) == count
    assert LISTS[name].source


def test_lists_agree_with_the_values_of_the_work() -> None:
    assert {each.code for each in LISTS["sex"].codes} == {str(each) for each in Sex}
    assert {each.code: each.label for each in LISTS["upn-unknown"].codes} == dict(UPN_UNKNOWN)


def test_a_code_that_stands_alone_is_not_chosen_with_others() -> None:
    disability, factors = LISTS["disability"], LISTS["assessment-factors"]
    assert not disability.wrong(["MOB", "LD"])
    assert not disability.wrong(["NONE"])
    assert disability.wrong(["NONE", "LD"]) == (("NONE", "not-with-others"),)
    assert disability.wrong(["LD", "LD", "XX"]) == (("LD", "twice"), ("XX", "unknown"))
    assert factors.wrong(["18A", "3B"]) == (("18A", "retired"),)


def test_a_code_has_words() -> None:
    assert LISTS["primary-need"].label("N1") == "Abuse or neglect"
    assert LISTS["primary-need"].label("N99") == "N99"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row.update(colour="red"),
        lambda row: row.update(codes=[]),
        lambda row: row.update(codes=[{"code": "A"}]),
        lambda row: row.update(codes=[{"code": "A", "label": "B", "c": 1}]),
        lambda row: row.update(codes=row["codes"] * 2),
        lambda row: row.update(system="https://example.org/a"),
        lambda row: row.update(inForceFrom="soon"),
        lambda row: row.pop("source"),
        lambda row: row.update(codes=5),
    ],
)
def test_a_list_that_is_not_right_is_refused(spoil: Any) -> None:
    data = {"lists": [copy.deepcopy(DATA["lists"][0])]}
    code_lists_of(data)
    spoil(data["lists"][0])
    with pytest.raises(ValueError):  # noqa: PT011
        code_lists_of(data)
    with pytest.raises(ValueError, match="twice"):
        code_lists_of({"lists": DATA["lists"][:1] * 2})
