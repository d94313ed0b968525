from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook_desktop.domain.folding import folded, name_words, words_of


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("O’Brien", "obrien"),
        ("O’Brien", "o'brien"),
        ("O'Brien", "o brien"),
        ("O’Brien", "brien"),
        ("Maisie’s", "maisie"),
        ("Łódź", "lodz"),
        ("Zażółć gęślą jaźń", "zazolc gesla jazn"),
        ("Siân Llŷr ap Dafydd", "sian llyr"),
        ("Tŷ Gwyn, Pwllheli", "ty gwyn"),
        ("Søren", "soren"),
        ("Straße", "strasse"),
        ("مُحَمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("فاطمة", "فاطمه"),
        ("ليلى", "ليلي"),
        ("Said 😀 today", "😀"),
        ("ZOE\u0308", "zoë"),
    ],
)
def test_a_word_is_found_however_it_is_written(kept: str, typed: str) -> None:
    said = name_words(kept)
    assert all(any(part.startswith(word) for part in said) for word in words_of(typed))
    assert words_of(typed)


def test_one_picture_is_not_another() -> None:
    assert words_of("😀") != words_of("😢")


@given(st.text(max_size=60))
def test_every_text_is_found_by_itself(text: str) -> None:
    said = set(name_words(text))
    assert all(any(part.startswith(word) for part in said) for word in words_of(text))


@given(st.text(max_size=60))
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert set(name_words(text)) == set(name_words(folded(text)))
