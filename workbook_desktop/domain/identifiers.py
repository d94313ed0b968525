"""Identifiers of people, as they are typed: made tidy, and valid or not, with the reason.

A `Checked` says what is wrong as a code and facts; `words` says it in plain English. Nothing is looked up: a
valid number may still be another child's.

Source: the UPN, its reasons and the council's own number as the open validator
data-to-insight/csc-validator-be-cin (1bf6f22) enforces them. The sum of the NHS number, and the weight of a
temporary UPN's last letter, are background knowledge that was not checked against a source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

_CHECK_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O, S
UPN_UNKNOWN: Final[Mapping[str, str]] = {
    "UN1": "Not of school age",
    "UN2": "Never in a maintained school in England",
    "UN3": "Educated outside England",
    "UN4": "Looked after too short a time for it to be known",
    "UN5": "Sources disagree about the number",
    "UN7": "Referred, with no further action",
}
# They exist; their meaning has not been checked in the guide, so they are accepted and not offered.
UPN_UNKNOWN_NOT_OFFERED: Final = frozenset({"UN6", "UN8", "UN9", "UN10"})
LONGEST_LA_CHILD_ID: Final = 20


class Identifier(StrEnum):
    """What a question of a form can ask for (own extension ``identifier``)."""

    NHS_NUMBER = "nhs-number"
    UPN = "upn"
    LA_CHILD_ID = "la-child-id"
    POSTCODE = "postcode"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was typed, made tidy, and what is wrong with it. No code: nothing is."""

    text: str  # normalised; "" if nothing was typed
    code: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)  # counts and kinds, never the number
    temporary: bool = False  # a temporary UPN

    @property
    def is_valid(self) -> bool:
        """Say whether it can stand."""
        return not self.code


def _squeezed(typed: str) -> str:
    return re.sub(r"[\s\-\u2010-\u2015]", "", typed).upper()


def nhs_number(typed: str) -> Checked:
    """Check an NHS number: ten digits, the last of which checks the others. Spaces and hyphens may stand."""
    text = _squeezed(typed)
    if not re.fullmatch(r"[0-9]*", text):
        return Checked(text=text, code="nhs-number-digits")
    if len(text) != 10:
        return Checked(text=text, code="nhs-number-length", facts={"now": len(text)})
    remainder = sum(int(digit) * weight for digit, weight in zip(text, range(10, 1, -1), strict=False)) % 11
    # A remainder of 1 asks for a check of 10, which no digit is: such a number is never given out.
    if (11 - remainder) % 11 != int(text[9]):
        return Checked(text=text, code="nhs-number-check")
    if len(set(text)) == 1:
        return Checked(text=text, code="nhs-number-same")
    return Checked(text=text)


def nhs_number_shown(number: str) -> str:
    """Return an NHS number as it is read aloud: "999 000 0018"."""
    return f"{number[:3]} {number[3:6]} {number[6:]}" if len(number) == 10 else number


def upn(typed: str) -> Checked:
    """Check a unique pupil number: a check letter, eleven digits, then a digit, or a letter if temporary."""
    text = _squeezed(typed)
    if len(text) != 13:
        return Checked(text=text, code="upn-length", facts={"now": len(text)})
    if not re.fullmatch(rf"[{_CHECK_LETTERS}][0-9]{{11}}[0-9{_CHECK_LETTERS}]", text):
        return Checked(text=text, code="upn-shape")
    temporary = text[12].isalpha()
    values = [
        *(int(each) for each in text[1:12]),
        _CHECK_LETTERS.index(text[12]) if temporary else int(text[12]),
    ]
    check = sum(value * weight for weight, value in enumerate(values, start=2)) % 23
    if _CHECK_LETTERS[check] != text[0]:
        return Checked(text=text, code="upn-check", temporary=temporary)
    return Checked(text=text, temporary=temporary)


def upn_unknown(typed: str) -> Checked:
    """Check a reason why there is no UPN: one of the census's codes."""
    text = _squeezed(typed)
    if text in UPN_UNKNOWN or text in UPN_UNKNOWN_NOT_OFFERED:
        return Checked(text=text)
    return Checked(text=text, code="upn-unknown-code")


def upn_or_reason(number: str, reason: str, *, of_school_age: bool) -> Checked:
    """Check a UPN and the reason for its absence together: never both, and one of them at school age."""
    if number.strip() and reason.strip():
        return Checked(text=_squeezed(number), code="upn-and-reason")
    if number.strip():
        return upn(number)
    if reason.strip():
        return upn_unknown(reason)
    return Checked(text="", code="upn-missing" if of_school_age else "")


def la_child_id(typed: str) -> Checked:
    """Check the council's own number for a child in its returns: 1 to 20 letters and digits, case kept."""
    text = typed.strip()
    if not text:
        return Checked(text=text, code="la-child-id-missing")
    if len(text) > LONGEST_LA_CHILD_ID:
        facts = {"now": len(text), "most": LONGEST_LA_CHILD_ID}
        return Checked(text=text, code="la-child-id-length", facts=facts)
    if not re.fullmatch(r"[A-Za-z0-9]+", text):
        return Checked(text=text, code="la-child-id-shape")
    return Checked(text=text)


def birth(born: date | None, expected: date | None, *, today: date) -> Checked:
    """Check that exactly one stands, a date of birth or an expected one, and that it can be."""
    if born is None and expected is None:
        return Checked(text="", code="birth-missing")
    if born is not None and expected is not None:
        return Checked(text="", code="birth-both")
    if born is not None and born > today:
        return Checked(text=born.isoformat(), code="birth-in-future")
    if expected is not None and (expected - today).days > 280:  # 40 weeks: rule 8606 of the census
        return Checked(text=expected.isoformat(), code="birth-too-far")
    return Checked(text=(born or expected or today).isoformat())


_OUTWARD = r"[A-Z]{1,2}[0-9][A-Z0-9]?"
_POSTCODE = re.compile(rf"({_OUTWARD}|GIR)([0-9][ABD-HJLNP-UW-Z]{{2}})")


def postcode(typed: str) -> Checked:
    """Check the shape of a UK postcode and put its space where it belongs. It may still not exist."""
    text = _squeezed(typed)
    found = _POSTCODE.fullmatch(text)
    return Checked(text=f"{found[1]} {found[2]}") if found else Checked(text=text, code="postcode-shape")


_EXTENSION = re.compile(r"\s*(?:x|ext|extension)\.?\s*(?=[0-9]{1,6}$)", re.IGNORECASE)


def phone(typed: str) -> Checked:
    """Check the shape of a UK phone number: 0 and nine or ten digits, or + and the country's.

    Short numbers that a safety plan names stand too: 999, 101, 116 123, 0800 1111; and an extension.
    """
    number, *extension = _EXTENSION.split(typed.strip(), maxsplit=1)
    text = re.sub(r"[\s().\-\u2010-\u2015]", "", number)
    if re.match(r"\+44|0044", text):
        text = "0" + re.sub(r"^(\+44|0044)0?", "", text)
    whole = " ext ".join((text, *extension))
    if re.fullmatch(r"0[1-9][0-9]{8,9}|\+[1-9][0-9]{7,14}", text):
        return Checked(text=whole)
    if not extension and re.fullmatch(r"1[0-9]{2}|999|116[0-9]{3}|0800[0-9]{4}", text):
        return Checked(text=text)
    return Checked(text=whole, code="phone-shape")


def checked(kind: Identifier, typed: str) -> Checked:
    """Check what was typed as an identifier of a kind."""
    return _CHECKS[kind](typed)


def words(checked: Checked) -> str:
    """Say in plain English what is wrong and what to do; "" if nothing is."""
    return _WORDS[checked.code](checked.facts) if checked.code else ""


_CHECKS: Final[Mapping[Identifier, Callable[[str], Checked]]] = {
    Identifier.NHS_NUMBER: nhs_number,
    Identifier.UPN: upn,
    Identifier.LA_CHILD_ID: la_child_id,
    Identifier.POSTCODE: postcode,
    Identifier.PHONE: phone,
}

_Say = Callable[[Mapping[str, str | int]], str]
_WORDS: Final[Mapping[str, _Say]] = {
    "nhs-number-digits": lambda _: "An NHS number has digits only, such as 999 000 0018",
    "nhs-number-length": lambda facts: f"An NHS number has 10 digits; this one has {facts['now']}",
    "nhs-number-check": lambda _: (
        "This cannot be an NHS number: a digit is wrong, or two are the wrong way round"
    ),
    "nhs-number-same": lambda _: "This cannot be an NHS number: all its digits are the same",
    "upn-length": lambda facts: f"A UPN has 13 characters; this one has {facts['now']}",
    "upn-shape": lambda _: "A UPN is a letter, then 12 digits; the last may be a letter if it is temporary",
    "upn-check": lambda _: "This cannot be a UPN: a character is wrong, or two are the wrong way round",
    "upn-unknown-code": lambda _: "Choose why there is no UPN from the list",
    "upn-and-reason": lambda _: "There is a UPN, so leave out why there is none",
    "upn-missing": lambda _: "Enter the UPN, or say why there is none: the child is of school age",
    "la-child-id-missing": lambda _: "Enter the council’s number for this child",
    "la-child-id-length": lambda facts: (
        f"The council’s number has at most {facts['most']} characters; this one has {facts['now']}"
    ),
    "la-child-id-shape": lambda _: "The council’s number for a child has letters and digits only",
    "birth-missing": lambda _: "Enter the date of birth, or the expected date if the child is not born yet",
    "birth-both": lambda _: "Keep the date of birth and take out the expected date: only one can stand",
    "birth-in-future": lambda _: "The date of birth is in the future. Enter it as the expected date instead",
    "birth-too-far": lambda _: "The expected date of birth is more than 40 weeks away",
    "postcode-shape": lambda _: "This is not a UK postcode, such as XX1 1AA",
    "phone-shape": lambda _: "This is not a phone number, such as 01632 960123",
}
CODES: Final = frozenset(_WORDS)
