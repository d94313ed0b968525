"""Forms that arrive are used only if they ship with the Workbook or a trusted key has signed them."""

from __future__ import annotations

import base64
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.forms import item, questionnaire
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.forms import signing
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.trust import Trust, keys_from, managed_keys

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SOURCE = (
    json.dumps(questionnaire(item("a", "decimal", initial=[{"valueDecimal": 0.5}])), indent=1) + "\n"
).encode()
PRIVATE = signing.new_key()
PUBLIC = signing.public_part(PRIVATE)
KEYS = {signing.key_name(PUBLIC): PUBLIC}
TRUST = Trust(KEYS, core_forms())


def signed(source: bytes = SOURCE, private: bytes = PRIVATE) -> bytes:
    signature = signing.sign(source, form="tried", version="1.0.0", private=private, at=AT)
    return signing.put_together(source, signature)


def test_a_signed_form_passes_and_comes_out_byte_for_byte() -> None:
    assert TRUST.vouched(signed()) == SOURCE.strip()
    # As a page of the feed carries it: inside another object.
    carried = json.loads(b'{"body":' + signed() + b"}")
    assert carried["body"]["form"]["item"][0]["initial"] == [{"valueDecimal": 0.5}]


def test_forms_that_ship_pass_without_a_signature_and_with_a_strangers() -> None:
    for source in core_forms():
        assert TRUST.vouched(source.strip()) == source.strip()
        assert TRUST.vouched(signed(source, signing.new_key())) == source.strip()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (SOURCE, "nobody has signed it"),
        (signed(private=signing.new_key()), "a key that is not known here"),
        (signed().replace(b'"1.0.0"', b'"1.0.1"', 1), "not the one that was signed"),
        (signed().replace(b'"signed_at": "2026', b'"signed_at": "2027'), "not of that key"),
        (signed().replace(b"Ed25519", b"none"), "a key that is not known here"),
        (b'{"form":{},"signature":{}}', "cannot be read"),
        (b'{"form":{"id":"a","id":"b"},"signature":{}}', "stands twice"),
        (b'{"form":1,"signature":2}', ""),
        (b'{"form":' + b"[" * 5000, ""),
        (b"not json", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"\xff\xfe", "not a JSON object"),
        (core_forms()[0].strip()[:-1] + b',"extra":1}', "nobody has signed it"),
        (b'{"resourceType":"Questionnaire",' + signed()[1:], "nobody has signed it"),
    ],
)
def test_what_nobody_trusted_has_signed_is_refused_and_says_why(body: bytes, why: str) -> None:
    with pytest.raises(FormRefused) as refused:
        TRUST.vouched(body)
    assert why in str(refused.value.facts["why"])


def test_the_second_of_two_forms_in_one_body_is_the_one_that_is_verified() -> None:
    two = b'{"form":{"resourceType":"Questionnaire","id":"evil","version":"1"},' + signed()[1:]
    assert TRUST.vouched(two) == SOURCE.strip()
    with pytest.raises(FormRefused):
        TRUST.vouched(signed()[:-1] + b',"form":{"resourceType":"Questionnaire","id":"evil","version":"1"}}')


def test_keys_come_from_the_administrators_file_unless_others_can_write_it(tmp_path: Path) -> None:
    said = base64.b64encode(PUBLIC).decode()
    assert managed_keys(tmp_path) == {}
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"form_keys": [said, "AAAA", 5, "ü"], "other": 1}), encoding="utf-8")
    path.chmod(0o644)
    assert managed_keys(tmp_path) == KEYS
    if sys.platform != "win32":
        path.chmod(0o666)
        assert managed_keys(tmp_path) == {}
        path.chmod(0o644)
    for bad in ("[]", "{", '{"form_keys": 5}', "[" * 100_000):
        path.write_text(bad, encoding="utf-8")
        assert managed_keys(tmp_path) == {}
    assert keys_from(None) == {}


def test_a_key_that_is_taken_away_no_longer_vouches() -> None:
    keys = dict(KEYS)
    trust = Trust(lambda: keys, ())
    assert trust.vouched(signed()) == SOURCE.strip()
    keys.clear()
    with pytest.raises(FormRefused):
        trust.vouched(signed())
