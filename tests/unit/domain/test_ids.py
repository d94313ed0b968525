import uuid
from datetime import UTC, datetime, timedelta

from workbook_desktop.domain.ids import derived_id, new_ids, uuid7

MOMENT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


def test_a_new_id_is_a_uuid_of_version_7_that_holds_the_moment() -> None:
    made = uuid.UUID(uuid7(MOMENT, (1 << 74) - 1))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(MOMENT.timestamp() * 1000)


def test_ids_made_later_sort_later() -> None:
    earlier, later = uuid7(MOMENT, (1 << 74) - 1), uuid7(MOMENT + timedelta(milliseconds=1), 0)
    assert earlier < later


def test_chance_alone_tells_two_ids_of_one_moment_apart() -> None:
    bits = iter((1, 2))
    new_id = new_ids(lambda: MOMENT, lambda count: next(bits))
    assert new_id() != new_id()


def test_every_laptop_derives_the_same_id_from_the_same_words() -> None:
    assert derived_id("row", "a|children|p-maisie") == derived_id("row", "a|children|p-maisie")
    assert derived_id("row", "a|children|p-maisie") != derived_id("row", "a|children|p-leo")
