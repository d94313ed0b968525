"""One record's answers on the screen: what shows, what changes, and nothing that is lost."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.support.forms import NOW, coding, core, extension, form, item, new_ids, sheet, tolland
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, RecordId, WorkerId
from workbook_desktop.domain.records import Answer, Body, Empty, Row
from workbook_desktop.forms.draft import FROM, begin
from workbook_desktop.forms.sheet import Change, Sheet

from tests.support.forms import AMARA, OURS, TODAY  # isort: skip

ROOT = paths.ROOT


def at(path: str) -> FieldPath:
    return FieldPath(path)


def link(name: str) -> LinkId:
    return LinkId(name)


def rule(question: str, operator: str = "=", answer: Any = True) -> dict[str, Any]:
    kinds = {bool: "Boolean", int: "Integer", str: "String", dict: "Coding"}
    return {"question": question, "operator": operator, "answer" + kinds[type(answer)]: answer}


def visit() -> Sheet:
    of = core("visit")
    body = begin(of, record=RecordId("rec-1"), family=tolland(), worker=AMARA, today=TODAY, new_id=new_ids())
    return sheet(of, body)


def test_a_rule_in_one_row_never_leaks_into_another() -> None:
    of = form(
        item(
            "rows",
            "group",
            item("ask", "boolean"),
            item("then", "string", enableWhen=[rule("ask")]),
            item("inner", "group", item("deep", enableWhen=[rule("ask")]), repeats=True),
            repeats=True,
        )
    )
    held = sheet(of)
    one, two = held.add_row(ROOT, link("rows")), held.add_row(ROOT, link("rows"))
    inner_one, inner_two = held.add_row(one, link("inner")), held.add_row(two, link("inner"))
    change = held.answer(paths.child(one, link("ask")), True)
    assert set(change.shown) == {paths.child(one, link("then")), paths.child(inner_one, link("deep"))}
    assert held.shown(paths.child(one, link("then")))
    assert not held.shown(paths.child(two, link("then")))
    assert not held.shown(paths.child(inner_two, link("deep")))
    held.answer(paths.child(two, link("ask")), True)
    change = held.answer(paths.child(one, link("ask")), False)
    assert set(change.hidden) == {paths.child(one, link("then")), paths.child(inner_one, link("deep"))}
    assert held.shown(paths.child(two, link("then")))


def test_a_rule_outside_rows_holds_when_any_row_meets_it() -> None:
    of = form(
        item("rows", "group", item("hurt", "boolean"), repeats=True), item("what", enableWhen=[rule("hurt")])
    )
    held = sheet(of)
    held.add_row(ROOT, link("rows"))
    second = held.add_row(ROOT, link("rows"))
    assert held.answer(paths.child(second, link("hurt")), True).shown == (at("what"),)
    removed = held.remove_row(second)
    assert not held.shown(at("what"))
    assert held.restore(removed).shown == (at("what"),)


def test_a_repeating_question_with_items_of_its_own_keeps_its_answers_in_rows() -> None:
    of = form(
        item(
            "drug",
            "string",
            item("daily", "boolean"),
            item("much", enableWhen=[rule("drug", "!=", "none")]),
            repeats=True,
        )
    )
    held = sheet(of)
    row = held.add_row(ROOT, link("drug"))
    own = paths.child(row, link("drug"))
    assert held.shown(own)
    assert held.answer(own, "none").hidden == (paths.child(row, link("much")),)
    assert held.body.answers[own].value == "none"


def test_hidden_parents_hide_children_and_answers_of_what_is_off_count_as_absent() -> None:
    of = form(
        item("on", "boolean"),
        item("g", "group", item("q", "boolean"), enableWhen=[rule("on")]),
        item("after", enableWhen=[rule("q")]),
    )
    held = sheet(of)
    held.answer(at("on"), True)
    assert held.answer(at("q"), True).shown == (at("after"),)
    assert set(held.answer(at("on"), False).hidden) == {"g", "q", "after"}
    assert held.body.answers[at("q")].value is True
    assert set(held.answer(at("on"), True).shown) == {"g", "q", "after"}


def test_an_item_the_form_hides_does_not_show_but_its_answer_counts() -> None:
    hidden = [extension("questionnaire-hidden", True, "valueBoolean")]
    held = sheet(form(item("h", "boolean", extension=hidden), item("then", enableWhen=[rule("h")])))
    assert not held.shown(at("h"))
    assert held.answer(at("h"), True).shown == (at("then"),)


@pytest.mark.parametrize(
    ("type_", "operator", "limit", "holds", "fails"),
    [
        ("integer", ">", {"answerInteger": 3}, 4, 3),
        ("integer", ">=", {"answerInteger": 3}, 3, 2),
        ("integer", "<", {"answerInteger": 3}, 2, 3),
        ("integer", "<=", {"answerInteger": 3}, 3, 4),
        ("decimal", ">", {"answerDecimal": 9.5}, "10", "9.50"),
        ("decimal", "=", {"answerDecimal": 1.5}, "1.50", "1.51"),
        ("date", ">", {"answerDate": "2026-03-01"}, "2026-03-02", "2026-03-01"),
        ("date", "<=", {"answerDate": "2026"}, "2026-03-02", "2027-01-01"),
        (
            "dateTime",
            "<",
            {"answerDateTime": "2026-03-01T12:00:00Z"},
            "2026-03-01T12:30:00+01:00",
            "2026-03-01T12:00:00+00:00",
        ),
        ("time", ">", {"answerTime": "09:00:00"}, "09:00:01", "09:00"),
        ("string", "=", {"answerString": "yes"}, "yes", "Yes"),
        ("string", "!=", {"answerString": "yes"}, "no", "yes"),
        ("boolean", "exists", {"answerBoolean": True}, False, None),
        (
            "quantity",
            ">",
            {"answerQuantity": {"value": 3, "unit": "kg"}},
            {"value": "4", "unit": "kg"},
            {"value": "4", "unit": "g"},
        ),
        (
            "reference",
            "=",
            {"answerReference": {"reference": "Person/1"}},
            {"reference": "Person/1", "display": "Leo"},
            {"reference": "Person/2"},
        ),
    ],
)
def test_every_comparison_of_a_rule(type_: str, operator: str, limit: Any, holds: Any, fails: Any) -> None:
    held = sheet(
        form(item("q", type_), item("then", enableWhen=[{"question": "q", "operator": operator, **limit}]))
    )
    held.answer(at("q"), holds)
    assert held.shown(at("then"))
    held.answer(at("q"), fails)
    assert not held.shown(at("then"))


def test_any_and_all_of_several_rules() -> None:
    two = [rule("a"), rule("b")]
    held = sheet(
        form(
            item("a", "boolean"),
            item("b", "boolean"),
            item("any", enableWhen=two),
            item("all", enableWhen=two, enableBehavior="all"),
        )
    )
    held.answer(at("a"), True)
    assert (held.shown(at("any")), held.shown(at("all"))) == (True, False)
    held.answer(at("b"), True)
    assert held.shown(at("all"))


def test_an_answer_says_who_and_when_and_the_same_again_changes_nothing() -> None:
    moments = iter(["2026-11-22T10:00:00+00:00", "2026-11-22T11:00:00+00:00"])
    held = sheet(form(item("a", "text")), now=lambda: next(moments))
    assert held.answer(at("a"), "She showed me her room.").answered == ("a",)
    body = held.body
    assert not held.answer(at("a"), "She showed me her room.")
    assert held.body is body
    assert held.body.answers[at("a")] == Answer(
        value="She showed me her room.", by=WorkerId("w-amara"), at="2026-11-22T10:00:00+00:00"
    )


def test_true_and_one_are_different_answers() -> None:
    held = sheet(form(item("a", "integer")))
    held.answer(at("a"), 1)
    assert held.answer(at("a"), True)


def test_an_answer_taken_away_stays_as_cleared_and_one_never_given_leaves_nothing() -> None:
    held = sheet(form(item("a", "text")))
    assert not held.answer(at("a"), "")
    assert not held.body.answers
    held.answer(at("a"), "text")
    held.answer(at("a"), None)
    assert held.body.answers[at("a")].empty is Empty.CLEARED
    held.answer(at("a"), None, Empty.REFUSED)
    assert held.body.answers[at("a")].empty is Empty.REFUSED


def test_members_of_an_answer_that_we_do_not_know_stay_with_it() -> None:
    body = Body(answers={at("a"): Answer(value="x", extra=(("from-the-future", 1),))})
    held = sheet(form(item("a")), body)
    held.answer(at("a"), "y")
    assert held.body.answers[at("a")].extra == (("from-the-future", 1),)


@pytest.mark.parametrize("path", ["", "none", "g", "g/gone/q", "q", "g/row", "a/x/a"])
def test_an_answer_where_the_form_has_no_question_is_a_mistake_of_ours(path: str) -> None:
    held = sheet(form(item("a"), item("g", "group", item("q"), repeats=True)))
    with pytest.raises(ValueError, match=r"no such|does not stand"):
        held.answer(at(path), "x")


def test_a_removed_row_comes_back_whole_with_the_rows_in_it() -> None:
    held = sheet(core("plan"))
    outcome = held.add_row(ROOT, link("outcomes"))
    action = held.add_row(outcome, link("actions"))
    held.answer(paths.child(action, link("action.what")), "Ring the school")
    body = held.body
    removed = held.remove_row(outcome)
    assert not held.rows(ROOT, link("outcomes"))
    assert not held.body.answers
    assert held.restore(removed).rows
    assert held.body == body
    with pytest.raises(ValueError, match="no such row"):
        held.remove_row(at("outcomes/none"))


def test_rows_move_up_and_down_also_when_two_laptops_gave_them_the_same_place() -> None:
    of = form(item("g", "group", item("q"), repeats=True))
    body = Body(rows={at(f"g/{name}"): Row(ord="5") for name in "abc"})
    held = sheet(of, body)
    assert held.rows(ROOT, link("g")) == ("g/a", "g/b", "g/c")
    held.move_row(at("g/c"), "up")
    assert held.rows(ROOT, link("g")) == ("g/a", "g/c", "g/b")
    held.move_row(at("g/a"), "down")
    assert held.rows(ROOT, link("g")) == ("g/c", "g/a", "g/b")
    assert held.move_row(at("g/c"), "up") == Change()
    assert held.move_row(at("g/b"), "down") == Change()


def test_answers_copied_to_siblings_wait_to_be_confirmed_and_never_replace_what_was_said() -> None:
    held = visit()
    maisie, leo, ivy = held.rows(ROOT, link("children"))
    seen, said = link("child.seen"), link("child.said")
    held.answer(paths.child(maisie, seen), True)
    held.answer(paths.child(maisie, said), "I like my room")
    held.answer(paths.child(leo, seen), True)
    held.answer(paths.child(leo, said), "Car!")
    change = held.copy_row(maisie, [leo, ivy], [seen, said])
    assert set(change.answered) == {paths.child(ivy, seen), paths.child(ivy, said)}
    assert held.body.answers[paths.child(leo, said)].value == "Car!"
    assert set(held.unconfirmed()) == set(change.answered)
    assert held.unconfirmed(leo) == ()
    codes = {(p.path, p.code, p.severity) for p in held.problems() if p.code in ("not-confirmed", "copied")}
    assert codes == {
        (paths.child(ivy, seen), "not-confirmed", "must"),
        (paths.child(ivy, said), "copied", "look"),
    }
    assert held.confirm(paths.child(ivy, seen)).answered
    held.answer(paths.child(ivy, said), "(smiles)")
    assert held.unconfirmed() == ()
    assert held.body.answers[paths.child(ivy, seen)] == Answer(value=True, by=AMARA.id, at=NOW)
    held.copy_row(maisie, [leo], [said], over=True)
    assert held.body.answers[paths.child(leo, said)].value == "I like my room"


def test_a_merged_body_is_taken_in_and_the_old_one_can_be_gone_back_to() -> None:
    held = visit()
    before = held.body
    maisie, *_ = held.rows(ROOT, link("children"))
    held.answer(at("home.like"), "Tidy")
    merged = held.body.with_answer(paths.child(maisie, link("child.seen")), Answer(value=True)).without_row(
        held.rows(ROOT, link("children"))[2]
    )
    change = held.replace_body(merged)
    assert change.rows == ("children",)
    assert paths.child(maisie, link("child.said")) in change.shown
    assert paths.child(maisie, link("child.seen")) in change.answered
    held.replace_body(before)
    assert held.body == before
    assert not held.shown(paths.child(maisie, link("child.said")))


def test_a_section_goes_from_not_started_by_way_of_problems_to_done() -> None:
    of = form(
        item(
            "first",
            "group",
            item("a", required=True),
            item("n", "integer", extension=[extension("maxValue", 10, "valueInteger")]),
        ),
        item("second", "group", item("b")),
    )
    held = sheet(of)
    assert held.section_state(link("first")) == "not started"
    held.answer(at("n"), 11)
    assert held.section_state(link("first")) == "problem"
    held.answer(at("n"), 10)
    assert held.section_state(link("first")) == "in progress"
    held.answer(at("a"), "x")
    assert held.section_state(link("first")) == "done"
    assert held.section_state(link("second")) == "not started"


def test_a_section_with_only_first_answers_of_the_form_is_not_started() -> None:
    held = visit()
    assert at("visit.date") in held.body.answers
    assert held.section_state(link("visit")) == "not started"


def test_a_section_in_which_all_is_filled_in_from_elsewhere_says_so_until_the_worker_has_said_something() -> (
    None
):
    of = form(item("first", "group", item("a"), item("b")))
    known = Answer(value="from the plan", extra=((FROM, {"title": "Plan", "by": "Amara Quill"}),))
    held = sheet(of, Body(answers={at("a"): known}))
    assert held.section_state(link("first")) == "filled in"
    held.answer(at("b"), "own words")
    assert held.section_state(link("first")) == "done"


def test_sections_of_a_visit_that_did_not_take_place_go_away() -> None:
    held = visit()
    change = held.answer(at("visit.outcome"), coding(held.form, "visit.outcome", "no-access"))
    assert {"people", "each-child", "home", "progress"} <= set(change.hidden)
    assert {"visit.steps", "visit.next-attempt"} == set(change.shown)
    assert not any(problem.path.startswith("children") for problem in held.problems())


def test_one_answer_among_five_hundred_questions_costs_little_however_many_there_are() -> None:
    # A ratio within one run, as machines differ: ten times the form must not cost ten times as much.
    def cost(count: int) -> float:
        items = [item("q0", "boolean")] + [
            item(f"q{n}", "boolean", **({"enableWhen": [rule(f"q{n // 10 * 10}")]} if n % 10 else {}))
            for n in range(1, count)
        ]
        held = sheet(form(*items))
        best = 1.0
        for _ in range(5):
            started = time.perf_counter()
            for turn in range(20):
                held.answer(at("q0"), turn % 2 == 0)
            best = min(best, (time.perf_counter() - started) / 20)
        return best

    assert cost(500) < 0.005
    assert cost(500) < 6 * cost(50)


def test_first_answers_of_a_row_stand_in_rows_added_later() -> None:
    of = form(
        item("g", "group", item("n", "integer", initial=[{"valueInteger": 2}]), repeats=True, extension=[]),
        item("c", "choice", answerOption=[{"valueString": "x", "initialSelected": True}], repeats=True),
        item(
            "s",
            extension=[extension(OURS + "confirmEachTime", True, "valueBoolean")],
            initial=[{"valueString": "?"}],
        ),
    )
    body = begin(of, record=RecordId("r"), family=tolland(), worker=AMARA, today=TODAY, new_id=new_ids())
    held = sheet(of, body)
    row = held.add_row(ROOT, link("g"))
    assert held.body.answers[paths.child(row, link("n"))].value == 2
    assert held.body.answers[at("c")].value == ["x"]
    assert held.unconfirmed() == ("s",)


def test_a_contribution_names_the_worker_who_adds_it() -> None:
    of = core("child-and-family-assessment")
    held = Sheet(of, Body(), by=AMARA.id, now=lambda: NOW, new_id=new_ids(), worker=AMARA)
    row = held.add_row(ROOT, link("chapter-part"))
    author = held.body.answers[paths.child(row, link("chapter-part.author"))]
    assert author.value["display"] == "Amara Quill"


def test_to_keep_what_a_colleague_answered_leaves_it_theirs() -> None:
    of = form(item("school", "string"), item("other", "string"))
    theirs = Answer(value="Hill School", by=WorkerId("w-bea"), at="2026-11-01T09:00:00+00:00")
    held = sheet(of, Body(answers={at("school"): theirs}))
    source = {"title": "Home visit", "by": "Tom Harrow", "value": "Vale School"}
    held.note_known(at("school"), source, take=False)
    kept = held.body.answers[at("school")]
    assert (kept.value, kept.by, kept.at) == (theirs.value, theirs.by, theirs.at)
    assert dict(kept.extra)["from"] == {**source, "kept": True, "kept_by": AMARA.id}
    held.note_known(at("other"), source, take=False)
    assert held.body.answers[at("other")].by is None  # nobody answered it, and I did not clear it
    held.note_known(at("school"), source, take=True)
    taken = held.body.answers[at("school")]
    assert (taken.value, taken.by) == ("Vale School", AMARA.id)
