"""What holds of sheets, bodies and deltas for every sequence of answers."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from tests.support.forms import (
    AMARA,
    NOW,
    TODAY,
    core,
    extension,
    form,
    item,
    new_ids,
    questionnaire,
    tolland,
)
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import apply, delta_between
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import FieldPath, LinkId, RecordId
from workbook_desktop.domain.order import between, spread
from workbook_desktop.domain.records import Answer, Body, Empty, Row, body_of, canonical_json, content_of
from workbook_desktop.forms.check import problems, words
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.draft import begin
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.rules import Structure
from workbook_desktop.forms.sheet import RemovedRow, Sheet
from workbook_desktop.forms.summary import gist, rendered
from workbook_desktop.forms.visibility import Glance, Visibility

# Answers and bodies -----------------------------------------------------------------------------------------
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SEGMENTS = st.one_of(st.sampled_from(["a", "b", "a/b", "~", "a~1", "q.1"]), TEXTS.filter(bool))
JSON = st.recursive(
    st.one_of(st.booleans(), st.integers(-10, 10), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=4,
)
EXTRA = st.sampled_from([(), (("unconfirmed", True),), (("later", {"x": 1}),)])
ANSWERS = st.one_of(
    st.builds(lambda value, extra: Answer(value=value, by=AMARA.id, at=NOW, extra=extra), JSON, EXTRA),
    st.builds(lambda empty: Answer(value=None, empty=empty), st.sampled_from(Empty)),
)


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    rows: dict[FieldPath, Row] = {}
    for _ in range(draw(st.integers(0, 5))):
        parent = draw(st.sampled_from([paths.ROOT, *rows]))
        row = paths.row(parent, LinkId(draw(SEGMENTS)), draw(SEGMENTS))  # type: ignore[arg-type]
        rows[row] = Row(ord=draw(st.sampled_from(["1", "2", "i", "i5"])))
    answers = {
        paths.child(draw(st.sampled_from([paths.ROOT, *rows])), LinkId(draw(SEGMENTS))): draw(ANSWERS)
        for _ in range(draw(st.integers(0, 6)))
    }
    return Body(answers=answers, rows=rows)


@given(bodies())
def test_a_body_comes_back_from_the_wire_as_it_went(body: Body) -> None:
    assert body_of(content_of(body)) == body
    canonical_json(content_of(body))


@given(bodies(), bodies())
def test_a_delta_turns_one_body_into_the_other(one: Body, other: Body) -> None:
    assert apply(one, delta_between(one, other)) == other


@given(bodies())
def test_nothing_changed_is_an_empty_delta(body: Body) -> None:
    assert not delta_between(body, body)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=60))
def test_there_is_always_room_between_two_rows(places: list[int]) -> None:
    keys: list[str] = []
    for place in places:
        at = place % (len(keys) + 1)
        keys.insert(at, between(keys[at - 1] if at else None, keys[at] if at < len(keys) else None))
        assert keys == sorted(set(keys))
        assert not any(key.endswith("0") for key in keys)


@given(st.integers(0, 80))
def test_keys_made_together_are_in_order(count: int) -> None:
    assert spread(count) == sorted(set(spread(count)))


# Bad definitions --------------------------------------------------------------------------------------------
KEYS = """linkId type text item enableWhen question operator answerBoolean repeats extension url valueString
valueCoding code answerOption initial contained answerValueSet required"""
WORDS = st.sampled_from(KEYS.split())
NEARLY = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.sampled_from(["group", "choice", "a"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=5)),
    max_leaves=20,
)


def loads_or_is_refused_by_name(source: Any) -> None:
    try:
        load(source)
    except FormRefused as refusal:
        facts = refusal.facts
    else:
        return
    assert set(facts) == {"item", "feature", "why"}
    assert facts["why"]
    assert facts["feature"]


@given(NEARLY, NEARLY)
def test_whatever_is_no_form_is_refused_and_never_crashes(items: Any, contained: Any) -> None:
    loads_or_is_refused_by_name({"resourceType": "Questionnaire", "item": items, "contained": contained})


@given(st.binary(max_size=200))
def test_bytes_that_are_no_form_are_refused(source: bytes) -> None:
    try:
        load(source)
    except FormRefused:
        return
    raise AssertionError("a form out of nothing")


LISTED = questionnaire(
    item("a", "choice", answerValueSet="#e"),
    item("b", "choice", answerValueSet="#c", initial=[{"valueCoding": {"code": "1"}}]),
    item("n", "quantity", extension=[extension("maxValue", 3, "valueInteger")]),
    contained=[
        {"resourceType": "CodeSystem", "url": "s", "concept": [{"code": "1", "display": "One"}]},
        {"resourceType": "ValueSet", "id": "c", "compose": {"include": [{"system": "s"}]}},
        {"resourceType": "ValueSet", "id": "e", "expansion": {"contains": [{"code": "1", "contains": []}]}},
    ],
)
CORE = {each.id: each for each in map(load, core_forms())}
SHIPPED = [LISTED, *(json.loads(source) for source in core_forms())]


def _nodes(root: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON document: what holds it, and under which key."""
    found, stack = [], [root]
    while stack:
        node = stack.pop()
        for key in node if isinstance(node, dict) else range(len(node)):
            found.append((node, key))
            if isinstance(node[key], dict | list):
                stack.append(node[key])
    return found


@given(st.data(), NEARLY)
def test_a_real_form_with_any_one_part_spoilt_loads_or_is_refused(data: st.DataObject, bad: Any) -> None:
    source = copy.deepcopy(data.draw(st.sampled_from(SHIPPED)))
    holder, key = data.draw(st.sampled_from(_nodes(source)))
    if data.draw(st.booleans()) and isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = bad
    loads_or_is_refused_by_name(source)


@given(st.data(), st.sampled_from(["visit", "case-note", "child-and-family-assessment", "plan"]))
@settings(max_examples=60)
def test_answers_of_any_shape_from_elsewhere_are_read_and_checked(data: st.DataObject, form_id: str) -> None:
    of = CORE[form_id]
    body = begin(of, record=RecordId("r"), family=tolland(), worker=AMARA, today=TODAY, new_id=new_ids())
    around = Structure(of).rows_of_answer
    spots = [
        paths.child(row, found.link_id)
        for found in of.walk()
        if found.is_question
        for row in (paths.ROOT, *body.rows)
        if paths.split(row)[::2] == around[found.link_id]
    ]
    odd = st.one_of(
        ANSWERS,
        st.builds(
            lambda text: Answer(value=text), st.sampled_from(["2026", "2026-13", "NaN", "25:00", "1e99"])
        ),
        st.builds(lambda value: Answer(value=value), st.just({"code": 1, "system": []})),
        st.builds(lambda value: Answer(value=value), st.just({"reference": 7, "value": [], "unit": {}})),
    )
    put = data.draw(st.dictionaries(st.sampled_from(spots), odd, max_size=12))
    body = Body(answers={**body.answers, **put}, rows=body.rows)
    for problem in problems(of, body):
        assert words(problem, of.by_link_id[problem.link_id])
    rendered(of, body, tolland().people)
    gist(of, body, TODAY)
    held = Sheet(of, body, by=AMARA.id, now=lambda: NOW, new_id=new_ids())
    for path in put:
        held.answer(path, "said again")


# The sheet --------------------------------------------------------------------------------------------------
def _rule(question: str, answer: Any = True) -> dict[str, Any]:
    return {"question": question, "operator": "=", "answerBoolean": answer}


NESTED = form(
    item("top", "boolean"),
    item("note", "text", enableWhen=[_rule("top")]),
    item(
        "out",
        "group",
        item("ask", "boolean", enableWhen=[_rule("top"), _rule("deep")], enableBehavior="any"),
        item("in", "group", item("why", "boolean", enableWhen=[_rule("ask")]), repeats=True),
        repeats=True,
    ),
    item("sub", "boolean", item("detail", "boolean", enableWhen=[_rule("sub")]), repeats=True),
    item("deep", "boolean"),
    item("last", "group", item("end", "boolean"), enableWhen=[_rule("why"), _rule("detail")]),
)


def _everything_shown(of: Form, body: Body) -> dict[FieldPath, bool]:
    """What shows, worked out afresh: what the sheet, which only looks at what changed, must agree with."""
    fresh, glance = Visibility(of, body), Glance(of, body)
    asked = [*reversed(list(fresh._on)), *body.answers]
    assert [glance.on(path) for path in asked] == [fresh.on(path) for path in asked]
    return {path: fresh.shown(path) for path in fresh._on}


class SheetMachine(RuleBasedStateMachine):
    """Any answers, rows, moves, copies and undos: the sheet stays what it would be if opened anew."""

    removed = Bundle("removed")

    @initialize(which=st.sampled_from(["nested", "visit", "plan"]))
    def open(self, which: str) -> None:
        self.form = NESTED if which == "nested" else core(which)
        self.sheet = Sheet(self.form, Body(), by=AMARA.id, now=lambda: NOW, new_id=new_ids())
        self.before = self.sheet.body
        self.places = [found for found in self.form.walk() if found.has_rows]

    def _questions(self) -> list[FieldPath]:
        around = self.sheet._visible.structure.rows_of_answer
        rows = [paths.ROOT, *self.sheet.body.rows]
        return [
            paths.child(row, found.link_id)
            for found in self.form.walk()
            if found.is_question
            for row in rows
            if paths.split(row)[::2] == around[found.link_id]
        ]

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(self._questions()))
        found = self.form.by_link_id[paths.link_id(path)]
        value: Any
        if found.options:
            value = data.draw(st.sampled_from([option.value for option in found.options]))
            value = [value] if found.several else value
        else:
            value = data.draw(st.sampled_from([True, False, "text", None, 3]))
        shown_before = {each: self.sheet.shown(each) for each in self.sheet._visible._on}
        change = self.sheet.answer(path, value)
        for each, was in shown_before.items():
            now = self.sheet.shown(each)
            assert (each in change.shown) == (now and not was)
            assert (each in change.hidden) == (was and not now)

    @rule(data=st.data())
    def add_row(self, data: st.DataObject) -> None:
        if len(self.sheet.body.rows) > 8:
            return
        group = data.draw(st.sampled_from(self.places))
        around = self.sheet._visible.structure.rows_around[group.link_id]
        parents = [row for row in (paths.ROOT, *self.sheet.body.rows) if paths.split(row)[::2] == around]
        if parents:
            path = self.sheet.add_row(data.draw(st.sampled_from(parents)), group.link_id)
            assert self.sheet.rows(paths.parent_row(path), group.link_id)[-1] == path

    @rule(target=removed, data=st.data())
    def remove_row(self, data: st.DataObject) -> RemovedRow | None:
        if not self.sheet.body.rows:
            return None
        return self.sheet.remove_row(data.draw(st.sampled_from(sorted(self.sheet.body.rows))))

    @rule(token=removed)
    def restore(self, token: RemovedRow | None) -> None:
        if token is None:
            return
        parent = paths.parent_row(token.path)
        if not parent or parent in self.sheet.body.rows:
            self.sheet.restore(token)
            assert {path for path, _ in token.answers} <= set(self.sheet.body.answers)
            assert {path for path, _ in token.rows} <= set(self.sheet.body.rows)

    @rule(data=st.data(), up=st.booleans())
    def move_row(self, data: st.DataObject, up: bool) -> None:
        if self.sheet.body.rows:
            path = data.draw(st.sampled_from(sorted(self.sheet.body.rows)))
            parent, group = paths.parent_row(path), paths.link_id(path)
            before = self.sheet.rows(parent, group)
            self.sheet.move_row(path, "up" if up else "down")
            assert sorted(self.sheet.rows(parent, group)) == sorted(before)

    @rule(data=st.data())
    def copy_row(self, data: st.DataObject) -> None:
        for group in self.places:
            rows = [row for row in self.sheet.body.rows if paths.link_id(row) == group.link_id]
            if len(rows) > 1:
                links = [inner.link_id for inner in group.items if inner.is_question and not inner.has_rows]
                said = {path: answer for path, answer in self.sheet.body.answers.items() if answer.by}
                self.sheet.copy_row(rows[0], rows[1:], links)
                for path, answer in said.items():
                    if answer.empty is not Empty.CLEARED:
                        assert self.sheet.body.answers[path] == answer
                return

    @rule()
    def keep(self) -> None:
        self.before = self.sheet.body

    @rule()
    def undo(self) -> None:
        self.sheet.replace_body(self.before)
        assert self.sheet.body == self.before

    @invariant()
    def it_is_what_it_would_be_if_opened_anew(self) -> None:
        if not hasattr(self, "sheet"):
            return
        body = self.sheet.body
        fresh = _everything_shown(self.form, body)
        assert {path: self.sheet.shown(path) for path in self.sheet._visible._on} == fresh
        assert self.sheet.problems() == problems(self.form, body)
        assert body_of(content_of(body)) == body
        assert apply(self.before, delta_between(self.before, body)) == body
        for row in body.rows:
            parent = paths.parent_row(row)
            assert not parent or parent in body.rows

    @invariant()
    def it_can_be_read_and_listed(self) -> None:
        if hasattr(self, "sheet"):
            rendered(self.form, self.sheet.body)
            gist(self.form, self.sheet.body)


SheetMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAnySequenceOnASheet = SheetMachine.TestCase
