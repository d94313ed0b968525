"""Identifiers as people type them: made tidy, and valid or not, with the reason."""

from datetime import date, timedelta

import pytest

from workbook_desktop.domain import identifiers
from workbook_desktop.domain.identifiers import (
    birth,
    la_child_id,
    nhs_number,
    nhs_number_shown,
    phone,
    postcode,
    upn,
    upn_or_reason,
    upn_unknown,
    words,
)

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    "typed",
    ["9990000018", "9990000026", "9990000034", "9990000042", "9990000050", "9990000069", " 999 000-0018 "],
)
def test_practice_nhs_numbers_are_valid_however_they_are_spaced(typed: str) -> None:
    found = nhs_number(typed)
    assert found.is_valid
    assert found.text.isdigit()
    assert len(found.text) == 10


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "nhs-number-length"),
        ("999000001", "nhs-number-length"),
        ("99900000188", "nhs-number-length"),
        ("999000001X", "nhs-number-digits"),
        ("٩٩٩٠٠٠٠٠١٨", "nhs-number-digits"),
        ("9990000019", "nhs-number-check"),
        ("9990000081", "nhs-number-check"),
        ("0000000000", "nhs-number-same"),
        ("1111111111", "nhs-number-same"),
    ],
)
def test_an_nhs_number_that_cannot_be_says_why(typed: str, code: str) -> None:
    assert nhs_number(typed).code == code


def test_one_wrong_digit_or_two_changed_over_are_always_found() -> None:
    right = "9990000018"
    for at in range(10):
        for digit in "0123456789":
            if digit != right[at]:
                assert not nhs_number(right[:at] + digit + right[at + 1 :]).is_valid
    for at in range(9):
        turned = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
        assert turned == right or not nhs_number(turned).is_valid


def test_a_number_whose_check_would_be_ten_is_never_valid() -> None:
    # The nine digits below leave a remainder of 1, so the check would be 10.
    nine = next(
        f"{each:09}"
        for each in range(999_000_000, 999_001_000)
        if sum(int(d) * w for d, w in zip(f"{each:09}", range(10, 1, -1), strict=True)) % 11 == 1
    )
    assert not any(nhs_number(nine + digit).is_valid for digit in "0123456789")


def test_an_nhs_number_is_shown_as_it_is_read_aloud() -> None:
    assert nhs_number_shown("9990000018") == "999 000 0018"


@pytest.mark.parametrize("typed", ["C999000000001", "R999000000002", "F999000000003", " r999 0000 00002"])
def test_practice_upns_are_valid(typed: str) -> None:
    found = upn(typed)
    assert found.is_valid
    assert not found.temporary


def test_a_temporary_upn_ends_in_a_letter_that_weighs_its_own_value() -> None:
    valid = [first for first in "ABCDEFGHJKLMNPQRTUVWXYZ" if upn(f"{first}99900000000A").is_valid]
    assert len(valid) == 1
    assert upn(f"{valid[0]}99900000000A").temporary
    assert not upn(f"{valid[0]}99900000000B").is_valid


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("C99900000000", "upn-length"),
        ("1999000000001", "upn-shape"),
        ("I999000000001", "upn-shape"),
        ("C99900000000S", "upn-shape"),
        ("D999000000001", "upn-check"),
        ("C999000000010", "upn-check"),
    ],
)
def test_a_upn_that_cannot_be_says_why(typed: str, code: str) -> None:
    assert upn(typed).code == code


def test_a_child_of_school_age_has_a_upn_or_a_reason_and_never_both() -> None:
    assert upn_or_reason("", "", of_school_age=True).code == "upn-missing"
    assert upn_or_reason("", "", of_school_age=False).is_valid
    assert upn_or_reason("C999000000001", "un3", of_school_age=True).code == "upn-and-reason"
    assert upn_or_reason("", "un3", of_school_age=True).text == "UN3"
    assert upn_or_reason("", "UN11", of_school_age=True).code == "upn-unknown-code"


def test_codes_whose_meaning_is_not_settled_are_accepted_and_not_offered() -> None:
    for code in ("UN6", "UN8", "UN9", "UN10"):
        assert upn_unknown(code).is_valid
        assert code not in identifiers.UPN_UNKNOWN


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("AB12345", ""),
        ("A" * 20, ""),
        ("A" * 21, "la-child-id-length"),
        ("AB-123", "la-child-id-shape"),
        ("AB 123", "la-child-id-shape"),
        ("Ä12", "la-child-id-shape"),
        ("  ", "la-child-id-missing"),
    ],
)
def test_the_councils_number_is_letters_and_digits_up_to_twenty(typed: str, code: str) -> None:
    assert la_child_id(typed).code == code


def test_exactly_one_date_of_birth_stands() -> None:
    born, expected = date(2019, 8, 18), TODAY + timedelta(days=40)
    assert birth(born, None, today=TODAY).is_valid
    assert birth(None, expected, today=TODAY).is_valid
    assert birth(None, None, today=TODAY).code == "birth-missing"
    assert birth(born, expected, today=TODAY).code == "birth-both"
    assert birth(expected, None, today=TODAY).code == "birth-in-future"
    assert birth(None, TODAY + timedelta(days=280), today=TODAY).is_valid
    assert birth(None, TODAY + timedelta(days=281), today=TODAY).code == "birth-too-far"
    assert birth(None, TODAY - timedelta(days=9), today=TODAY).is_valid  # late babies are


@pytest.mark.parametrize(
    ("typed", "text"), [("xx11aa", "XX1 1AA"), ("XX1  1AA", "XX1 1AA"), ("xx1a 1aa", "XX1A 1AA")]
)
def test_a_postcode_gets_its_space(typed: str, text: str) -> None:
    assert postcode(typed).text == text


@pytest.mark.parametrize("typed", ["", "XX1", "1XX 1AA", "XX1 1A", "XX1 1CI", "XX1 1AA 2"])
def test_what_is_no_postcode_is_said(typed: str) -> None:
    assert postcode(typed).code == "postcode-shape"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("01632 960 123", "01632960123"),
        ("(01632) 960123", "01632960123"),
        ("+44 (0)7700 900123", "07700900123"),
        ("0044 7700 900123", "07700900123"),
        ("+33 1 23 45 67 89", "+33123456789"),
        ("999", "999"),
        ("101", "101"),
        ("116 123", "116123"),
        ("0800 1111", "08001111"),
        ("01632 960123 ext. 4", "01632960123 ext 4"),
        ("01632 960123 x12", "01632960123 ext 12"),
    ],
)
def test_a_phone_number_is_made_tidy(typed: str, text: str) -> None:
    assert phone(typed).text == text
    assert phone(typed).is_valid


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "960123",
        "99",
        "998",
        "999 ext 4",
        "01632 960123 ext",
        "not known",
        "07700 90012345",
        "00000000000",
    ],
)
def test_what_is_no_phone_number_is_said(typed: str) -> None:
    assert phone(typed).code == "phone-shape"


def test_every_code_has_words_and_none_repeats_the_number() -> None:
    for code in identifiers.CODES:
        said = words(identifiers.Checked(text="9990000019", code=code, facts={"now": 3, "most": 20}))
        assert said
        assert "9990000019" not in said
    assert words(nhs_number("9990000018")) == ""
