"""A laptop can tell the form its council published from any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.forms.signing import key_name, new_key, public_part, sign, signature_of, verify

AT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
FORM = b'{"resourceType": "Questionnaire"}\n'


def test_a_signed_form_is_let_pass_and_anything_else_is_refused() -> None:
    private = new_key()
    public = public_part(private)
    keys = {key_name(public): public}
    made = sign(FORM, form="visit", version="1.1.0", private=private, at=AT)
    signature = signature_of(made.json())
    assert signature == made
    verify(FORM, signature, keys)
    other = public_part(new_key())
    for source, wrong, known in (
        (FORM + b"!", signature, keys),
        (FORM, replace(signature, version="1.2.0"), keys),
        (FORM, replace(signature, signed_at="2027-01-01T00:00:00+00:00"), keys),
        (FORM, replace(signature, value="AAAA"), keys),
        (FORM, replace(signature, value="no base64"), keys),
        (FORM, replace(signature, algorithm="none"), keys),
        (FORM, signature, {}),
        (FORM, signature, {signature.key: other}),
        (FORM, replace(signature, key=key_name(other)), {key_name(other): other}),
    ):
        with pytest.raises(FormRefused):
            verify(source, wrong, known)


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"not a key", b"[1]"])
def test_files_that_are_no_signature_and_no_key_are_refused_in_words(rubbish: bytes) -> None:
    with pytest.raises(FormRefused, match="signature"):
        signature_of(rubbish)
    with pytest.raises(FormRefused, match="key"):
        sign(FORM, form="a", version="1", private=rubbish, at=AT)
