"""A form nobody vouches for is kept aside; the page it came with is taken all the same."""

from __future__ import annotations

import json

from tests.support.forms import item, questionnaire
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.store.forms import FormAside, Forms
from workbook_desktop.store.store import Store


def a_form(form_id: str, text: str = "A") -> bytes:
    return json.dumps(questionnaire(item("a", text=text), id=form_id)).encode()


def picky(store: Store, refused: set[str]) -> Forms:
    """The store's forms, of which some are vouched for by nobody."""
    loaded = store.forms

    def vouched(body: bytes) -> bytes:
        if json.loads(body)["id"] in refused:
            raise FormRefused(item="", feature="signature", why="nobody has signed it")
        return body

    return Forms(loaded._db, loaded._load, vouched)


def test_what_nobody_vouches_for_is_kept_and_not_used_until_somebody_does(store: Store) -> None:
    refused = {"theirs"}
    forms = picky(store, refused)
    assert forms.arrived(a_form("ours")) is not None
    assert forms.arrived(a_form("theirs")) is None
    assert forms.arrived(a_form("theirs")) is None  # once more: still one
    assert [ref.id for ref in forms.refs()] == ["ours"]
    assert forms.aside() == (FormAside(id="theirs", version="1.0.0", why="nobody has signed it"),)
    forms.look_again()
    assert len(forms.aside()) == 1
    refused.clear()
    forms.look_again()
    assert forms.aside() == ()
    assert {ref.id for ref in forms.refs()} == {"ours", "theirs"}


def test_a_form_never_changes_under_its_name_and_version(store: Store) -> None:
    forms = picky(store, set())
    ref = forms.arrived(a_form("ours"))
    assert ref is not None
    assert forms.arrived(a_form("ours") + b"\n") == ref  # the same but for a line end
    assert forms.arrived(a_form("ours", "Another question")) is None
    assert [each.why for each in forms.aside()] == ["another form has its name and version"]
    assert forms.json(ref) == a_form("ours") + b"\n"


def test_what_is_no_form_at_all_is_kept_aside_without_a_name(store: Store) -> None:
    forms = store.forms
    for body in (b"not json", b"[]", b"{}", b'{"form":5,"signature":{}}', b"", b"\xff", b"[" * 9_000):
        assert forms.arrived(body) is None
    assert {each.id for each in forms.aside()} == {""}
    assert len(forms.aside()) == 7
    odd = questionnaire(item("a"), id="x\u202e\n" + "y" * 500)
    assert picky(store, {odd["id"]}).arrived(json.dumps(odd).encode()) is None
    assert forms.aside()[-1].id == "x" + "y" * 61
