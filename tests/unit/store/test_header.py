"""The header: one spelling, bounds before any key, two copies, never rewritten when it is not understood."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.stored import PASSPHRASE, HandClock, Template
from workbook_desktop.domain.errors import StoreDamaged, StoreMissing, StoreTooNew, WrongPassphrase
from workbook_desktop.domain.records import canonical_json
from workbook_desktop.store import header, keys
from workbook_desktop.store.store import Store

FOLDER_FILES = (header.MAIN, header.COPY)


@pytest.fixture(scope="module")
def content(template: Template) -> bytes:
    return (template.folder / header.MAIN).read_bytes()


def test_a_header_reads_back_as_it_was_written(content: bytes) -> None:
    assert header.parse(content).as_bytes() == content
    assert len(content) < 1024


def test_every_single_byte_that_changes_is_refused_or_opens_nothing(
    template: Template, content: bytes
) -> None:
    whole = header.parse(content)
    derived = keys.keys_of(template.key, whole.store_id)
    accepted = 0
    for position in range(len(content)):
        for other in (content[position] ^ 1, content[position] ^ 0x20):
            changed = content[:position] + bytes([other]) + content[position + 1 :]
            try:
                found = header.parse(changed)
            except (ValueError, StoreTooNew):
                continue
            # It reads, but says something else: then its mac does not fit.
            own = keys.keys_of(template.key, found.store_id)
            assert not keys.same(keys.mac(own.mac, found.unsealed()), found.mac)
            accepted += 1
    assert accepted  # the control: some do read, and are caught by the mac
    assert keys.same(keys.mac(derived.mac, whole.unsealed()), whole.mac)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("m", 63 * 1024),
        ("m", 2 * 1024 * 1024),
        ("m", 2**70),
        ("m", 1.5),
        ("m", True),
        ("t", 1),
        ("t", 11),
        ("p", 0),
        ("p", 9),
        ("alg", "md5"),
        ("salt", "AAAA"),
    ],
)
def test_hostile_numbers_are_refused_before_any_key_is_derived(
    content: bytes, name: str, value: object
) -> None:
    raw = json.loads(content)
    raw["slots"][0]["kdf"][name] = value
    with pytest.raises(ValueError, match=r".*"):
        header.parse(json.dumps(raw).encode())


def test_too_long_too_deep_and_doubled_members_are_refused(content: bytes) -> None:
    for bad in (
        b"x" * 20_000,
        b"[" * 10_000,
        content.replace(b'"seq":1', b'"seq":1,"seq":1'),
        b"",
        b"{}",
        b"\xff",
    ):
        with pytest.raises(ValueError, match=r".*"):
            header.parse(bad)


@given(st.binary(max_size=400))
def test_no_bytes_at_all_make_the_reader_fail_otherwise(noise: bytes) -> None:
    with pytest.raises((ValueError, StoreTooNew)):
        header.parse(noise)


def test_more_slots_than_eight_are_refused(content: bytes) -> None:
    whole = header.parse(content)
    with pytest.raises(ValueError, match="slots"):
        header.parse(replace(whole, slots=whole.slots * 9).as_bytes())


def test_a_newer_header_is_refused_and_never_rewritten(
    folder: Path, clock: HandClock, content: bytes
) -> None:
    newer = canonical_json({**json.loads(content), "v": 2})
    (folder / header.MAIN).write_bytes(newer)
    with pytest.raises(StoreTooNew) as caught:
        Store.unlock(folder, PASSPHRASE, clock=clock)
    assert caught.value.facts == {"found": 2, "known": 1}
    assert (folder / header.MAIN).read_bytes() == newer
    assert (folder / header.COPY).read_bytes() == content


@pytest.mark.parametrize("hurt", FOLDER_FILES)
@pytest.mark.parametrize("how", ["gone", "empty", "noise"])
def test_one_good_copy_opens_the_store_and_the_other_is_made_whole(
    folder: Path, clock: HandClock, content: bytes, hurt: str, how: str
) -> None:
    if how == "gone":
        (folder / hurt).unlink()
    else:
        (folder / hurt).write_bytes(b"" if how == "empty" else b"\0" * 300)
    Store.unlock(folder, PASSPHRASE, clock=clock).lock()
    assert [(folder / name).read_bytes() for name in FOLDER_FILES] == [content, content]


def test_of_two_readable_copies_the_higher_that_opens_counts(
    folder: Path, clock: HandClock, content: bytes, template: Template
) -> None:
    whole = header.parse(content)
    forged = replace(whole, seq=9, policy_id="forged")  # its mac is still that of the other
    (folder / header.MAIN).write_bytes(forged.as_bytes())
    Store.unlock(folder, PASSPHRASE, clock=clock).lock()
    assert (folder / header.MAIN).read_bytes() == content


def test_two_damaged_copies_are_damage_and_everything_is_left_as_it_is(
    folder: Path, clock: HandClock
) -> None:
    for name in FOLDER_FILES:
        (folder / name).write_bytes(b"no header")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(StoreDamaged) as caught:
        Store.unlock(folder, PASSPHRASE, clock=clock)
    assert caught.value.facts == {"what": "header"}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_database_without_a_header_is_damage_and_so_is_the_reverse(folder: Path, clock: HandClock) -> None:
    kept = (folder / header.DATABASE).read_bytes()
    (folder / header.DATABASE).unlink()
    with pytest.raises(StoreDamaged, match="store-damaged"):
        Store.unlock(folder, PASSPHRASE, clock=clock)
    assert not (folder / header.DATABASE).exists()
    (folder / header.DATABASE).write_bytes(kept)
    for name in FOLDER_FILES:
        (folder / name).unlink()
    with pytest.raises(StoreDamaged):
        Store.unlock(folder, PASSPHRASE, clock=clock)


def test_neither_is_a_missing_store_and_asking_makes_none(tmp_path: Path, clock: HandClock) -> None:
    with pytest.raises(StoreMissing):
        Store.unlock(tmp_path / "nothing", PASSPHRASE, clock=clock)
    assert list(tmp_path.iterdir()) == []


def test_another_slot_type_is_carried_along(content: bytes) -> None:
    whole = header.parse(content)
    org = header.Slot(
        id="R", type="org", kdf=None, nonce=b"", ct=b"", rest=(("enc_ct", "QQ=="), ("kid", "k1"))
    )
    both = replace(whole, slots=(*whole.slots, org))
    assert header.parse(both.as_bytes()) == both


def test_the_wrapping_is_bound_to_its_own_slot_and_store(template: Template, content: bytes) -> None:
    whole = header.parse(content)
    (slot,) = whole.slots
    assert keys.unwrap(whole, slot, PASSPHRASE, None) == template.key
    assert keys.unwrap(replace(whole, store_id="another"), slot, PASSPHRASE, None) is None
    assert keys.unwrap(whole, replace(slot, id="2"), PASSPHRASE, None) is None
    assert keys.unwrap(whole, slot, PASSPHRASE, bytes(32)) is None


def test_a_damaged_mac_in_both_copies_is_damage_not_a_wrong_passphrase(
    folder: Path, clock: HandClock, content: bytes
) -> None:
    forged = replace(header.parse(content), policy_id="forged").as_bytes()
    for name in FOLDER_FILES:
        (folder / name).write_bytes(forged)
    with pytest.raises(StoreDamaged):
        Store.unlock(folder, PASSPHRASE, clock=clock)
    with pytest.raises(WrongPassphrase):
        Store.unlock(folder, "another passphrase altogether", clock=clock)
