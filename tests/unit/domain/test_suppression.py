from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest

from workbook_desktop.domain.suppression import LEAST, middle, share, shown


@pytest.mark.parametrize("cells", [2, 3, 4])
def test_no_hidden_count_can_be_worked_out_even_by_one_who_knows_the_rule(cells: int) -> None:
    """Every table with counts up to 11 is published; whoever sees one knows all that would look the same."""
    most = {2: 16, 3: 14, 4: 11}[cells]
    alike: dict[tuple[tuple[int | None, ...], int | None], list[tuple[int, ...]]] = defaultdict(list)
    for table in product(range(most + 1), repeat=cells):
        said = shown(table)
        alike[said.parts, said.total].append(table)
    for (parts, total), tables in alike.items():
        hidden = [at for at, part in enumerate(parts) if part is None]
        if (
            not hidden or total is None or total > most
        ):  # beyond the bound not all that look the same are here
            continue
        for at in hidden:
            assert len({table[at] for table in tables}) > 1, (parts, total)
        assert all(sum(table[at] for at in hidden) >= LEAST for table in tables)


def test_a_whole_that_is_small_is_hidden_whole() -> None:
    assert shown((3, 0, 1)).parts == (None, None, None)
    assert shown((3, 0, 1)).total is None
    assert shown((0, 0)).parts == (0, 0)


def test_what_is_large_is_shown_and_as_little_as_may_be_is_hidden() -> None:
    assert shown((9, 12, 5)).parts == (9, 12, 5)
    assert shown((3, 12, 7, 0)).parts == (None, 12, None, 0)
    assert shown((3, 4, 12, 6)).parts == (None, None, 12, None)


def test_what_is_left_of_a_share_is_a_count_too() -> None:
    assert share(18, 20) == (None, 20)
    assert share(2, 20) == (None, 20)
    assert share(10, 20) == (10, 20)
    assert share(20, 20) == (20, 20)
    assert share(2, 4) == (None, None)


def test_a_median_of_few_is_none() -> None:
    assert middle([1, 2, 3, 4]) is None
    assert middle([9, 1, 5, 3, 7]) == 5
