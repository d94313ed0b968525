"""Which forms a worker finds first: by role and chapter, as data says; none is out of reach."""

from __future__ import annotations

import pytest

from sync.reference_ics.practice import practice_caseload
from tests.support.worker import NOW
from workbook_desktop.domain.ids import FormId, WorkerId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import RECEIPT, FormRef
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.workspace.offered import NEVER, Startable, offered, shipped


def core() -> list[Startable]:
    found = {str(form.ref.id): form for form in (load(source) for source in core_forms())}
    for written in (RECEIPT, *NEVER):  # the Workbook writes it by itself: nobody begins one
        found.pop(written)
    return [Startable(ref=form.ref, name=form.name, chapter=form.chapter) for form in found.values()]


def of_council(name: str, chapter: str = "") -> Startable:
    return Startable(ref=FormRef(id=FormId(name), version="1"), name=name, chapter=chapter)


def names(forms: tuple[Startable, ...]) -> list[str]:
    return [str(form.ref.id) for form in forms]


@pytest.mark.parametrize("worker", practice_caseload(NOW.date()).workers, ids=lambda each: each.role)
def test_every_worker_finds_every_form_and_first_those_of_their_own_work(worker: Worker) -> None:
    forms, count = offered(core(), worker)
    assert sorted(names(forms)) == sorted(names(tuple(core())))
    first = names(forms[:count])
    assert 5 <= count <= 8
    assert {"plan", "case-note"} <= set(first)
    others = {f"chapter-{each}" for each in ("child", "da-survivor", "da-perpetrator", "substance")}
    assert set(first) & others <= {f"chapter-{worker.chapter}"}


def test_the_first_of_all_is_what_most_come_for() -> None:
    first = {each.role: names(offered(core(), each)[0])[0] for each in practice_caseload(NOW.date()).workers}
    assert first["social worker"] == first["family worker"] == "visit"
    assert first["recovery worker"] == "chapter-substance"


def test_a_councils_own_form_is_first_for_its_chapter_and_for_all_if_it_has_none() -> None:
    nerys = next(each for each in practice_caseload(NOW.date()).workers if each.chapter == "da-survivor")
    mine, anybodys, another = of_council("a", "da-survivor"), of_council("b"), of_council("c", "substance")
    forms, count = offered([*core(), mine, anybodys, another], nerys)
    assert {"a", "b"} <= set(names(forms[:count]))
    assert "c" in names(forms[count:])


def test_a_worker_nobody_thought_of_is_offered_everything() -> None:
    visitor = Worker(id=WorkerId("w"), name="W", role="health visitor", agency="Trust", chapter="health")
    forms, count = offered(core(), visitor)
    assert count == len(forms) == len(core())


def test_every_form_that_is_offered_first_is_there() -> None:
    known = set(names(tuple(core())))
    assert all(set(offer.forms) <= known for offer in shipped())
