"""What is worked out step by step is what is worked out at once, for every form and sequence of answers."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.support.forms import AMARA, HL7, NOW, form, item, new_ids
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Body
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.plan import plan_of
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.workings import WORKED_OUT, Surroundings, Workings

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
HERE = Surroundings(
    today=date(2026, 11, 22), now=datetime(2026, 11, 22, 14, 30, tzinfo=UTC), variables={"limit": 3}
)
ROW_GROUP = "rows"


def _formula(name: str, text: str, called: str = "") -> dict[str, Any]:
    given_ = {"language": "text/fhirpath", "expression": text} | ({"name": called} if called else {})
    url = HL7 + "variable" if name == "variable" else SDC + name
    return {"url": url, "valueExpression": given_}


def _reading(draw: st.DrawFn, links: list[str], inside: list[str]) -> str:
    """Return a number that is read from the record in one of the ways forms do."""
    ways = ["0", "%limit", "%resource.repeat(item).where(linkId='none').answer.value.sum()"]
    for link in links:
        ways += [
            f"%resource.descendants().where(linkId='{link}').answer.value.sum()",
            f"iif(%resource.repeat(item).where(linkId='{link}').answer.exists(), 2, 1)",
            f"%resource.item.where(linkId='{link}').answer.value.sum()",
        ]
    for link in inside:
        ways += [f"%{row}.item.where(linkId='{link}').answer.value.sum()" for row in ("row", "again")]
    ways += ["%resource.repeat(item).where(linkId='rows').count()", "%resource.repeat(item).count()"]
    return draw(st.sampled_from(ways))


@st.composite
def working_forms(draw: st.DrawFn) -> Form:
    """Forms in which numbers follow from numbers before them (so without circles), in rows and outside."""
    links: list[str] = []
    items: list[dict[str, Any]] = []

    def question(link: str, inside: list[str], all_rows: list[str] | None = None) -> dict[str, Any]:
        known = links if all_rows is None else all_rows
        more: list[dict[str, Any]] = []
        kind = draw(st.sampled_from(["plain", "plain", "calculated", "enabled", "both", "when"]))
        found = item(link, "integer")
        if kind in ("calculated", "both"):
            more.append(
                _formula(
                    "calculatedExpression",
                    f"({_reading(draw, known, inside)} + {_reading(draw, known, inside)}) mod 7",
                )
            )
        if kind in ("enabled", "both"):
            more.append(_formula("enableWhenExpression", f"{_reading(draw, known, inside)} > 1"))
        if kind == "when" and links:
            asked = draw(st.sampled_from(links))
            found["enableWhen"] = [{"question": asked, "operator": ">", "answerInteger": 2}]
        if more:
            found["extension"] = more
        return found

    for number in range(draw(st.integers(1, 4))):
        items.append(question(f"a{number}", []))
        links.append(f"a{number}")
    inside: list[str] = []
    row_items = []
    for number in range(draw(st.integers(0, 3))):
        row_items.append(question(f"r{number}", inside, links + inside))
        inside.append(f"r{number}")
    if row_items:
        items.append(
            item(
                ROW_GROUP,
                "group",
                *row_items,
                repeats=True,
                extension=[
                    _formula("variable", "%context", "row"),
                    _formula("variable", "%row", "again"),
                ],
            )
        )
        links += inside
    for number in range(draw(st.integers(0, 4))):
        group = draw(st.booleans())
        found = question(f"z{number}", [])
        items.append(item(f"g{number}", "group", found) if group else found)
        links.append(f"z{number}")
    return form(*items)


def _bare(body: Body) -> Body:
    """Return a body without what was worked out."""
    kept = {path: each for path, each in body.answers.items() if (WORKED_OUT, True) not in each.extra}
    return Body(answers=kept, rows=body.rows)


def _values(workings: Workings) -> dict[FieldPath, Any]:
    return {path: each.value for path, each in workings.body.answers.items() if each.value is not None}


def _showing(workings: Workings, of: Form) -> dict[FieldPath, bool]:
    found = {}
    for each in of.walk():
        rows = workings.rows(paths.ROOT, LinkId(ROW_GROUP)) if each.link_id.startswith("r") else (paths.ROOT,)
        for row in rows:
            if each.link_id != ROW_GROUP:
                found[paths.child(row, each.link_id)] = workings.shown(paths.child(row, each.link_id))
    return found


@settings(deadline=None)
@given(working_forms(), st.integers(0, 2**32), st.integers(1, 14))
def test_step_by_step_is_the_same_as_all_at_once(of: Form, seed: int, steps: int) -> None:
    # A formula that looks at every answer, also at what depends on it, is left out: the rest still holds.
    assert all("every answer" in each.why for each in plan_of(of).faults)
    chance = random.Random(seed)
    sheet = Sheet(of, Body(), by=AMARA.id, now=lambda: NOW, new_id=new_ids(), surroundings=HERE)
    removed = []
    for _ in range(steps):
        rows = sheet.rows(paths.ROOT, LinkId(ROW_GROUP)) if LinkId(ROW_GROUP) in of.by_link_id else ()
        act = chance.random()
        before, was_shown = sheet.body, _showing(sheet.workings, of)
        if act < 0.15 and LinkId(ROW_GROUP) in of.by_link_id:
            sheet.add_row(paths.ROOT, LinkId(ROW_GROUP))
        elif act < 0.22 and rows:
            removed.append(sheet.remove_row(chance.choice(rows)))
        elif act < 0.27 and removed:
            sheet.restore(removed.pop())
        else:
            places = [
                paths.child(row, each.link_id)
                for each in of.walk()
                if each.is_question
                for row in (rows if each.link_id.startswith("r") else (paths.ROOT,))
            ]
            if not places:
                continue
            path = chance.choice(places)
            change = sheet.answer(path, None if chance.random() < 0.2 else chance.randrange(6))
            now_shown = _showing(sheet.workings, of)
            assert {each for each in change.shown if each in now_shown} == {
                each for each in now_shown if now_shown[each] and not was_shown[each]
            }
            assert {each for each in change.hidden if each in now_shown} == {
                each for each in now_shown if was_shown[each] and not now_shown[each]
            }
            said = {
                each
                for each in {*before.answers, *sheet.body.answers}
                if before.answers.get(each) != sheet.body.answers.get(each)
            }
            assert said <= set(change.answered)
        fresh = Workings(of, _bare(sheet.body), HERE)
        note(str(_values(sheet.workings)))
        assert _values(sheet.workings) == _values(fresh)
        assert _showing(sheet.workings, of) == _showing(fresh, of)
        assert Workings(of, sheet.body, HERE).body == sheet.body
