from hypothesis import given
from hypothesis import strategies as st

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import LinkId, RowId

SEGMENTS = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6)


@given(SEGMENTS)
def test_a_path_gives_back_the_segments_it_was_made_of(segments: list[str]) -> None:
    assert list(paths.split(paths.join(*segments))) == segments


def test_a_link_id_with_slashes_and_tildes_stays_one_segment() -> None:
    path = paths.child(paths.ROOT, LinkId("/44250-9~a"))
    assert not paths.is_row(path)
    assert paths.link_id(path) == "/44250-9~a"


def test_rows_and_answers_are_told_apart() -> None:
    row = paths.row(paths.ROOT, LinkId("children"), RowId("r1"))
    seen = paths.child(row, LinkId("seen"))
    inner = paths.row(row, LinkId("marks"), RowId("m1"))
    assert paths.is_row(paths.ROOT)
    assert paths.is_row(row)
    assert not paths.is_row(seen)
    assert paths.parent_row(seen) == row
    assert paths.parent_row(inner) == row
    assert paths.parent_row(row) == paths.ROOT
    assert paths.link_id(row) == "children"
    assert paths.row_id(inner) == "m1"


def test_under_does_not_take_a_longer_name_for_a_child() -> None:
    row = paths.row(paths.ROOT, LinkId("children"), RowId("r1"))
    assert paths.under(paths.child(row, LinkId("seen")), row)
    assert paths.under(row, row)
    assert not paths.under(paths.row(paths.ROOT, LinkId("children"), RowId("r12")), row)
