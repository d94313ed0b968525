"""The outline of a body: every region has its place on it, on the child's own side, at every age."""

from __future__ import annotations

import pytest

from workbook_desktop.domain.body_figure import (
    HIGH,
    REGIONS,
    WIDE,
    Age,
    Side,
    View,
    box_of,
    figure,
    place_words,
)


@pytest.mark.parametrize("age", Age)
@pytest.mark.parametrize("view", View)
def test_every_region_of_a_view_has_a_place_within_the_page(view: View, age: Age) -> None:
    drawn = figure(view, age)
    for region in REGIONS:
        if region.view is not view:
            continue
        sides = (Side.LEFT, Side.RIGHT) if region.sided else (Side.MIDDLE,)
        for side in sides:
            box = drawn.places[region.code, side]
            assert box.width > 12, region.code
            assert box.height > 12, region.code
            assert box.x >= 0, region.code
            assert box.x + box.width <= WIDE, region.code
            assert box.y >= 0, region.code
            assert box.y + box.height <= HIGH, region.code
    known = {(region.code) for region in REGIONS if region.view is view}
    assert {code for code, _ in drawn.places} == known


@pytest.mark.parametrize("age", Age)
def test_the_childs_left_is_on_the_right_from_before_and_on_the_left_from_behind(age: Age) -> None:
    def middle(code: str, side: Side) -> float:
        found = box_of(code, side, age)
        assert found is not None
        return found[1].x + found[1].width / 2

    for code in ("knee", "cheek", "upper-arm"):
        assert middle(code, Side.LEFT) > WIDE / 2 > middle(code, Side.RIGHT)
    for code in ("calf", "elbow", "buttock"):
        assert middle(code, Side.LEFT) < WIDE / 2 < middle(code, Side.RIGHT)


def test_a_point_in_thousandths_comes_back_the_same_and_stays_inside() -> None:
    found = box_of("thigh", "left", Age.CHILD)
    assert found is not None
    box = found[1]
    assert box.thousandths(*box.point(250, 750)) == (250, 750)
    assert box.thousandths(-10_000, 10_000) == (0, 1000)


def test_a_region_or_side_that_is_not_known_is_no_place_but_still_has_words() -> None:
    assert box_of("tail", "left", Age.CHILD) is None
    assert box_of("knee", "", Age.CHILD) is not None
    assert place_words("tail", "left") == "tail, left"
    assert place_words("knee", "left") == "Knee, left"
    assert place_words("chin", "middle") == "Chin"
