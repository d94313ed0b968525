"""Clocks of children: what is due when, what met it, and how the date was worked out."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from workbook_desktop.domain.clock_words import standing_words
from workbook_desktop.domain.clocks import Clock, Standing, as_due_date, due, moved, open_clocks
from workbook_desktop.domain.dates import Holiday, HolidayChanges, holidays_of
from workbook_desktop.domain.ids import PersonId, RecordId
from workbook_desktop.domain.timescale_files import rules_of, with_local
from workbook_desktop.domain.timescales import Happening, Rules
from workbook_desktop.paths import resource


def read(name: str) -> Any:
    return json.loads(resource("rules", name).read_text(encoding="utf-8"))


ENGLAND = holidays_of(read("holidays-england.json"))
RULES = rules_of(read("timescales.json"))
LEO, MAISIE = PersonId("p-leo"), PersonId("p-maisie")


def day(text: str) -> date:
    return date.fromisoformat(text)


def it(kind: str, on: str, child: PersonId | None = LEO, **more: Any) -> Happening:
    own = {name: more.pop(name) for name in ("record", "signed_off", "signed_on", "sent") if name in more}
    return Happening(kind=kind, on=day(on), child=child, facts=more, **own)


def visit(on: str, child: PersonId | None = LEO, **more: Any) -> Happening:
    facts = {"type": "cp", "outcome": "completed", "seen": True, "author_role": "social worker"}
    return it("visit", on, child, **(facts | {"record": RecordId(f"v-{on}")} | more))


def plan(on: str, child: PersonId = LEO, **more: Any) -> Happening:
    return it("plan-started", on, child, **({"plan": "cp"} | more))


def clocks(*happenings: Happening, today: str, rules: Rules = RULES) -> tuple[Clock, ...]:
    return due(happenings, rules, today=day(today), holidays=ENGLAND)


def one(rule_id: str, *happenings: Happening, today: str, rules: Rules = RULES) -> Clock:
    (found,) = [each for each in clocks(*happenings, today=today, rules=rules) if each.rule.id == rule_id]
    return found


def none(rule_id: str, *happenings: Happening, today: str) -> bool:
    return not [each for each in clocks(*happenings, today=today) if each.rule.id == rule_id]


@pytest.mark.parametrize(
    ("rule_id", "trigger", "on"),
    [
        ("referral-decision", it("referral", "2026-12-24"), "2026-12-29"),
        ("assessment-authorised", it("referral", "2026-11-23"), "2027-01-28"),
        ("icpc", it("strategy-discussion", "2026-12-14", started_s47=True), "2027-01-07"),
        ("core-group-first", it("icpc", "2026-12-21", outcome="cp-plan"), "2027-01-07"),
        ("core-group-first", it("icpc", "2027-03-24", outcome="cp-plan"), "2027-04-09"),
        ("transfer-in-conference", it("move-notified", "2026-04-01"), "2026-04-24"),
        ("review-conference-first", it("icpc", "2026-11-30", outcome="cp-plan"), "2027-02-28"),
        ("cp-plan-outline", it("icpc", "2026-11-30", outcome="cp-plan"), "2026-11-30"),
        ("cla-review-first", it("became-looked-after", "2026-11-02"), "2026-11-30"),
        ("cla-visit-first", it("placement-started", "2026-11-02"), "2026-11-09"),
        ("return-home-interview", it("found", "2026-11-06"), "2026-11-09"),
        ("epo-expiry", it("epo-made", "2026-11-02"), "2026-11-09"),
        ("police-protection-expiry", it("police-protection", "2026-11-02"), "2026-11-05"),
        ("care-proceedings", it("proceedings-issued", "2026-11-02"), "2027-05-03"),
        ("private-fostering-first", it("private-fostering-notice", "2026-11-02"), "2026-11-11"),
        ("strategy-discussion", it("threshold-met", "2026-11-02"), "2026-11-03"),
    ],
)
def test_worked_dates(rule_id: str, trigger: Happening, on: str) -> None:
    assert one(rule_id, trigger, today=trigger.on.isoformat()).due == day(on)


def test_a_date_says_how_it_was_worked_out() -> None:
    found = one("cp-visit", plan("2026-03-01"), visit("2026-03-24"), today="2026-03-30")
    assert found.steps == (
        "Last visit that counts: 24 March 2026.",
        "10 working days, not counting weekends and bank holidays (Good Friday on 3 April 2026 and "
        "Easter Monday on 6 April 2026).",
        "Due 9 April 2026.",
        "Local rule, in force since 1 April 2024. Source: Local default; 2 weeks and 4 weeks are also in "
        "use, and the child’s plan takes its place.",
    )
    assert "(none fell between)" in " ".join(
        one("cp-visit", plan("2026-03-01"), visit("2026-03-12"), today="2026-03-13").steps
    )


@pytest.mark.parametrize(
    ("today", "standing", "words"),
    [
        ("2026-03-12", Standing.IN_TIME, "due 26 March 2026"),
        ("2026-03-20", Standing.IN_TIME, "due 26 March 2026"),
        ("2026-03-23", Standing.WARN, "due in 3 working days"),
        ("2026-03-25", Standing.WARN, "due in 1 working day"),
        ("2026-03-26", Standing.TODAY, "due today"),
        ("2026-03-27", Standing.OVERDUE, "overdue by 1 working day"),
        ("2026-03-28", Standing.OVERDUE, "overdue by 1 working day"),
        ("2026-04-07", Standing.OVERDUE, "overdue by 6 working days"),
    ],
)
def test_a_clock_says_how_it_stands(today: str, standing: Standing, words: str) -> None:
    found = one("cp-visit", plan("2026-03-01"), visit("2026-03-12"), today=today)
    assert found.standing is standing
    assert standing_words(found) == words


def test_the_first_visit_of_a_plan_is_counted_from_its_start() -> None:
    found = one("cp-visit", plan("2026-03-12"), today="2026-03-13")
    assert found.due == day("2026-03-26")
    assert found.steps[0] == "Start of the plan: 12 March 2026."


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"outcome": "no-access", "seen": False}, "no access"),
        ({"outcome": "not-in", "seen": False}, "family not in"),
        ({"seen": False}, "the child was not seen"),
        ({"author_role": "family worker"}, "by a family worker"),
        ({"type": "other"}, "another kind of visit"),
        ({"signed_off": False}, "a draft, not signed off"),
    ],
)
def test_only_a_signed_visit_that_counts_meets_the_clock(facts: dict[str, Any], why: str) -> None:
    tried = visit("2026-03-20", **facts)
    found = one("cp-visit", plan("2026-03-01"), visit("2026-03-12"), tried, today="2026-03-23")
    assert found.due == day("2026-03-26")
    assert f"Not counted: visit on 20 March 2026 ({why})." in found.steps


def test_a_core_group_is_no_visit() -> None:
    found = one(
        "cp-visit",
        plan("2026-03-01"),
        visit("2026-03-12"),
        it("core-group", "2026-03-20", seen=True),
        today="2026-03-23",
    )
    assert found.due == day("2026-03-26")


def test_a_visit_that_counts_starts_the_clock_anew_and_one_not_sent_counts_here() -> None:
    newer = visit("2026-03-20", sent=False)
    found = one("cp-visit", plan("2026-03-01"), visit("2026-03-12"), newer, today="2026-03-23")
    assert found.due == day("2026-04-07")
    assert found.steps[0] == "Last visit that counts: 20 March 2026 (not yet sent)."


def test_siblings_have_their_own_clocks() -> None:
    at_home = (visit("2026-03-20"), visit("2026-03-20", MAISIE, seen=False))
    happened = (plan("2026-03-12"), plan("2026-03-12", MAISIE), *at_home)
    found = {c.child: c.due for c in clocks(*happened, today="2026-03-23") if c.rule.id == "cp-visit"}
    assert found == {LEO: day("2026-04-07"), MAISIE: day("2026-03-26")}


def test_a_child_born_after_the_conference_has_their_own_plan_date() -> None:
    happened = (plan("2026-03-12"), plan("2026-03-30", MAISIE))
    found = {c.child: c.due for c in clocks(*happened, today="2026-03-30") if c.rule.id == "cp-visit"}
    assert found == {LEO: day("2026-03-26"), MAISIE: day("2026-04-15")}


def test_a_plans_own_frequency_takes_the_place_of_the_default() -> None:
    agreed = it("plan-agreed", "2026-03-10", plan="cp", visiting="5wd")
    found = one("cp-visit", plan("2026-03-01"), agreed, visit("2026-03-12"), today="2026-03-13")
    assert found.due == day("2026-03-19")
    assert (
        "The plan of 10 March 2026 asks for it every 5 working days, in place of the usual 10 working days."
        in found.steps
    )


def test_a_plan_in_draft_or_of_another_kind_changes_nothing() -> None:
    for agreed in (
        it("plan-agreed", "2026-03-10", plan="cp", visiting="5wd", signed_off=False),
        it("plan-agreed", "2026-03-10", plan="cin", visiting="5wd"),
        it("plan-agreed", "2026-02-10", plan="cp", visiting="5wd"),  # of an earlier plan
    ):
        found = one("cp-visit", plan("2026-03-01"), agreed, visit("2026-03-12"), today="2026-03-13")
        assert found.due == day("2026-03-26")


def test_a_frequency_in_words_is_pointed_at_and_not_guessed() -> None:
    agreed = it("plan-agreed", "2026-03-10", plan="cp", visiting="other")
    found = one("cp-visit", plan("2026-03-01"), agreed, visit("2026-03-12"), today="2026-03-13")
    assert found.due == day("2026-03-26")
    assert any("in its own words" in step for step in found.steps)


def test_a_clock_met_says_by_which_record_and_if_late() -> None:
    conference = it("icpc", "2026-03-12", outcome="cp-plan")
    met = it("core-group", "2026-03-20", record=RecordId("cg-1"))
    found = one("core-group-first", conference, met, today="2026-03-23")
    assert found.standing is Standing.MET
    assert found.met_by is met
    assert not found.met_late
    assert "Met by the core group of 20 March 2026." in found.steps
    late = one("core-group-first", conference, it("core-group", "2026-03-27"), today="2026-03-30")
    assert late.met_late
    assert standing_words(late) == "met, late"
    assert "core-group-first" not in {
        each.rule.id for each in open_clocks(clocks(conference, met, today="2026-03-23"))
    }


def test_later_core_groups_count_from_the_last() -> None:
    happened = (plan("2026-03-12"), it("core-group", "2026-03-20"), it("core-group", "2026-05-01"))
    assert one("core-group-later", *happened, today="2026-05-02").due == day("2026-06-12")
    assert none("core-group-later", plan("2026-03-12"), today="2026-05-02")


def test_a_draft_core_group_does_not_meet_the_first() -> None:
    conference = it("icpc", "2026-03-12", outcome="cp-plan")
    draft = it("core-group", "2026-03-20", signed_off=False)
    assert one("core-group-first", conference, draft, today="2026-03-23").standing is Standing.WARN


def test_a_conference_without_a_plan_starts_no_core_group() -> None:
    assert none("core-group-first", it("icpc", "2026-03-12", outcome="no-plan"), today="2026-03-13")


def test_a_plan_that_ended_takes_its_clocks_with_it_and_the_next_brings_its_own() -> None:
    ended = it("plan-ended", "2026-05-01", plan="cp")
    after = (plan("2026-03-12"), visit("2026-04-20"), ended, plan("2026-05-01", plan="cin"))
    assert none("cp-visit", *after, today="2026-05-05")
    assert one("cin-visit", *after, today="2026-05-05").due == day("2026-06-02")
    again = (*after, it("plan-ended", "2026-06-01", plan="cin"), plan("2026-06-01"))
    assert one("cp-visit", *again, today="2026-06-02").due == day("2026-06-15")


def test_a_case_closed_or_a_child_who_died_has_no_clocks() -> None:
    for end in ("case-closed", "died"):
        happened = (plan("2026-03-12"), visit("2026-03-20"), it(end, "2026-03-25"))
        assert none("cp-visit", *happened, today="2026-03-26")


def test_what_lies_in_the_future_has_not_happened() -> None:
    found = one("cp-visit", plan("2026-03-12"), visit("2026-03-20"), today="2026-03-18")
    assert found.due == day("2026-03-26")


def test_two_returns_home_need_two_interviews() -> None:
    happened = (it("found", "2026-03-02"), it("return-interview", "2026-03-04"), it("found", "2026-03-10"))
    found = [c for c in clocks(*happened, today="2026-03-11") if c.rule.id == "return-home-interview"]
    assert [(c.due, c.standing) for c in found] == [
        (day("2026-03-13"), Standing.IN_TIME if found[0].working_days > 1 else Standing.WARN),
        (day("2026-03-05"), Standing.MET),
    ]


def test_visits_to_a_placement_lengthen_after_its_first_year_by_its_arrangement() -> None:
    def dated(arrangement: str, last: str) -> dict[str, date | None]:
        happened = (
            it("placement-started", "2025-01-10", arrangement=arrangement, placement="foster"),
            visit(last, type="cla"),
        )
        day_after = (day(last) + timedelta(days=1)).isoformat()
        found = open_clocks(clocks(*happened, today=day_after))
        return {c.rule.id: c.due for c in found if c.rule.id.startswith("cla-visit")}

    assert dated("", "2025-12-01") == {"cla-visit-first-year": day("2026-01-12")}
    assert dated("to-18", "2025-12-01") == {"cla-visit-first-year": day("2026-01-12")}
    assert dated("", "2026-02-02") == {"cla-visit-later": day("2026-03-16")}
    assert dated("to-18", "2026-02-02") == {"cla-visit-to-18": day("2026-05-02")}
    assert dated("long-term-fostering-agreed", "2026-02-02") == {"cla-visit-long-term": day("2026-08-02")}


def test_reviews_of_a_looked_after_child_come_at_twenty_days_three_months_and_six() -> None:
    began = it("became-looked-after", "2026-01-05")
    first, second = it("cla-review", "2026-01-30"), it("cla-review", "2026-04-20")

    def reviews(*happened: Happening) -> dict[str, date | None]:
        found = open_clocks(clocks(*happened, today="2026-05-01"))
        return {c.rule.id: c.due for c in found if c.rule.id.startswith("cla-review")}

    assert reviews(began) == {"cla-review-first": day("2026-02-02")}
    assert reviews(began, first) == {"cla-review-second": day("2026-04-30")}
    assert reviews(began, first, second) == {"cla-review-later": day("2026-10-20")}


def test_a_record_is_due_from_the_event_and_a_draft_starts_that_clock() -> None:
    draft = visit("2026-03-12", None, signed_off=False)
    found = one("recording-visit", draft, today="2026-03-17")
    assert found.due == day("2026-03-16")
    assert standing_words(found) == "overdue by 1 working day"
    signed = one(
        "recording-visit", visit("2026-03-12", None, signed_on=day("2026-03-17")), today="2026-03-18"
    )
    assert signed.met_late
    assert "Signed off on 17 March 2026, after the due date." in signed.steps


def test_each_chapter_has_its_own_summary_clock() -> None:
    happened = (
        it("chapter-opened", "2026-01-10", None, chapter="mental-health"),
        it("chapter-opened", "2026-01-10", None, chapter="substance"),
        it("chapter-summary", "2026-01-31", None, chapter="substance"),
    )
    found = {c.about: c.due for c in clocks(*happened, today="2026-02-01")}
    assert found == {"mental-health": day("2026-02-10"), "substance": day("2026-02-28")}


def test_an_order_runs_out_on_the_day_that_was_entered() -> None:
    made = it("order-made", "2026-03-01", about="o-1", ends_on=day("2026-09-01"))
    other = it("order-made", "2026-03-01", about="o-2", ends_on=day("2026-10-01"))
    ended = it("order-ended", "2026-04-01", about="o-2")
    found = open_clocks(clocks(made, other, ended, today="2026-04-02"))
    assert [(c.about, c.due) for c in found] == [("o-1", day("2026-09-01"))]
    assert "The date was entered with it." in found[0].steps
    assert none("order-runs-out", it("order-made", "2026-03-01", about="o-3"), today="2026-04-02")


def test_past_the_known_holidays_no_date_is_guessed() -> None:
    found = one("cp-visit", plan("2028-12-20"), today="2028-12-21")
    assert found.standing is Standing.UNKNOWN
    assert found.due is None
    assert as_due_date(found) is None
    assert "The bank holidays are known to 31 December 2028 only, so no date is given." in found.steps
    assert standing_words(found) == "date not known"


def test_a_date_that_leans_on_unconfirmed_holidays_says_so() -> None:
    found = one("cp-visit", plan("2028-04-03"), today="2028-04-03")
    assert any("not confirmed yet" in step for step in found.steps)
    assert not any(
        "not confirmed" in s for s in one("cp-visit", plan("2027-04-05"), today="2027-04-05").steps
    )


def test_a_rule_not_checked_against_its_source_says_so() -> None:
    assert "checked" in one("referral-decision", it("referral", "2026-12-24"), today="2026-12-24").steps[-1]


def test_a_new_holiday_moves_a_date_and_it_is_said() -> None:
    happened = (plan("2026-03-01"), visit("2026-03-12"), it("core-group", "2026-03-12"))
    before = due(happened, RULES, today=day("2026-03-13"), holidays=ENGLAND)
    more = HolidayChanges(nation="England", added=(Holiday(day("2026-03-20"), "A day of thanks"),))
    after = due(happened, RULES, today=day("2026-03-13"), holidays=ENGLAND.changed_by(more))
    (move,) = [each for each in moved(before, after) if each.after.rule.id == "cp-visit"]
    assert move.words == (
        "Child protection visit was due 26 March 2026 and is now due 27 March 2026: "
        "A day of thanks on 20 March 2026 is a bank holiday."
    )
    assert "core-group-later" not in {each.after.rule.id for each in moved(before, after)}
    (back,) = [each for each in moved(after, before) if each.after.rule.id == "cp-visit"]
    assert "A day of thanks on 20 March 2026 is no bank holiday any more" in back.words


def test_a_rule_changed_or_a_plan_agreed_moves_a_date_and_it_is_said() -> None:
    happened = (plan("2026-03-01"), visit("2026-03-12"))
    before = clocks(*happened, today="2026-03-13")
    own = {"id": "cp-visit", "effective_from": "2026-01-01", "source": "Ours", "count": 2, "unit": "week"}
    ours = with_local(RULES, {"council": "Wrenmouth", "rules": [own | {"start_inclusive": True}]})
    after = clocks(*happened, today="2026-03-13", rules=ours)
    assert [each.words for each in moved(before, after)] == [
        "Child protection visit was due 26 March 2026 and is now due 25 March 2026: "
        "the rule was 10 working days and is 2 weeks with the day itself."
    ]
    assert any("Local rule of Wrenmouth" in s for each in after for s in each.steps)
    agreed = it("plan-agreed", "2026-03-13", plan="cp", visiting="5wd")
    (move,) = moved(before, clocks(*happened, agreed, today="2026-03-13"))
    assert move.words.endswith("the plan of 13 March 2026 asks for it every 5 working days.")


def test_a_clock_begun_anew_has_not_moved() -> None:
    before = clocks(plan("2026-03-01"), visit("2026-03-12"), today="2026-03-20")
    after = clocks(plan("2026-03-01"), visit("2026-03-12"), visit("2026-03-20"), today="2026-03-20")
    assert not [each for each in moved(before, after) if each.after.rule.id == "cp-visit"]


def test_a_clock_is_a_due_date_of_the_family() -> None:
    found = as_due_date(one("cp-visit", plan("2026-03-01"), visit("2026-03-12"), today="2026-03-13"))
    assert found is not None
    assert (found.person, found.what, found.on, found.form) == (
        LEO,
        "Child protection visit",
        day("2026-03-26"),
        "visit",
    )


def test_a_rule_a_council_does_not_use_makes_no_clock() -> None:
    off = {"id": "recording-other", "effective_from": "2024-04-01", "source": "Ours", "in_use": False}
    rules = with_local(RULES, {"council": "Wrenmouth", "rules": [off]})
    note = it("note", "2026-03-12", None, record=RecordId("n-1"), signed_off=False)
    assert clocks(note, today="2026-03-13")
    assert not clocks(note, today="2026-03-13", rules=rules)


def test_the_most_urgent_comes_first() -> None:
    happened = (
        plan("2026-03-01"),
        visit("2026-03-12"),
        it("icpc", "2026-03-01", outcome="cp-plan"),
        it("core-group", "2026-03-05"),
    )
    found = clocks(*happened, today="2026-03-30")
    dates = [each.due for each in open_clocks(found)]
    assert dates == sorted(each for each in dates if each is not None)
    assert [each.standing is Standing.MET for each in found] == sorted(
        each.standing is Standing.MET for each in found
    )


def test_a_visit_on_the_day_the_plan_starts_begins_the_next_count_in_whatever_order_they_came() -> None:
    for happened in (
        (plan("2026-03-12"), visit("2026-03-12")),
        (visit("2026-03-12"), plan("2026-03-12")),
    ):
        found = one("cp-visit", *happened, today="2026-03-13")
        assert (found.standing, found.due) == (Standing.IN_TIME, day("2026-03-26"))
        assert found.steps[0] == "Last visit that counts: 12 March 2026."


def test_one_plan_ends_and_the_next_begins_and_the_child_is_visited_all_on_one_day() -> None:
    happened = (
        plan("2026-03-01"),
        visit("2026-05-01"),
        it("plan-ended", "2026-05-01", plan="cp"),
        plan("2026-05-01"),
    )
    found = one("cp-visit", *happened, today="2026-05-05")
    assert (found.standing, found.due) == (Standing.IN_TIME, day("2026-05-18"))


def test_a_child_who_moves_from_one_placement_to_the_next_is_to_be_visited_there() -> None:
    moved_on = (it("placement-ended", "2026-03-12"), it("placement-started", "2026-03-12"))
    found = one("cla-visit-first", it("placement-started", "2026-01-12"), *moved_on, today="2026-03-13")
    assert found.due == day("2026-03-19")


@pytest.mark.parametrize("died", ["2026-03-12", "2026-03-11", "2026-03-13"])
def test_nothing_is_due_for_a_child_who_has_died_whenever_it_was_recorded(died: str) -> None:
    # What is held afterwards, such as a review, starts nothing either.
    happened = (plan("2026-03-12"), it("died", died), it("review-conference", "2026-03-20"))
    assert open_clocks(clocks(*happened, today="2026-04-13")) == ()


def test_a_date_that_needs_no_holidays_stands_where_they_are_not_known() -> None:
    found = one("core-group-later", plan("2028-10-02"), it("core-group", "2028-12-01"), today="2028-12-20")
    assert (found.due, found.standing) == (day("2029-01-12"), Standing.IN_TIME)
    assert found.working_days == 17
    assert (
        "The bank holidays are known to 31 December 2028 only: the days left are counted without later ones."
        in found.steps
    )


def test_a_date_known_before_the_list_of_holidays_ends_is_overdue_after_it() -> None:
    found = one("cp-visit", plan("2028-12-01"), visit("2028-12-04"), today="2029-01-03")
    assert (found.due, found.standing) == (day("2028-12-18"), Standing.OVERDUE)


def test_one_record_is_due_once_however_many_children_and_lines_it_has() -> None:
    lines = [
        visit("2026-03-12", child, record=RecordId("v-1"), signed_off=False, seen=seen)
        for child in (LEO, MAISIE, None)
        for seen in (True, False)
    ]
    found = [each for each in clocks(*lines, today="2026-03-13") if each.rule.id == "recording-visit"]
    assert [each.child for each in found] == [None]


def test_a_child_seen_in_the_enquiry_or_by_another_worker_was_seen() -> None:
    begun = it("referral", "2026-03-02")
    enquiry = it("s47-visit", "2026-03-05", seen=True, author_role="social worker")
    assert one("first-seen", begun, enquiry, today="2026-03-06").standing is Standing.MET
    assert one("not-seen-by-social-worker", begun, enquiry, today="2026-03-06").due == day("2026-04-02")
    drawing = it("direct-work", "2026-03-12", author_role="family worker")
    assert one("not-seen-by-anyone", begun, enquiry, drawing, today="2026-03-13").due == day("2026-04-23")
    assert one("not-seen-by-social-worker", begun, drawing, today="2026-03-13").due == day("2026-03-30")


@pytest.mark.parametrize(
    ("today", "words"),
    [
        ("2026-06-01", "runs out 1 September 2026"),
        ("2026-08-27", "runs out in 2 working days"),  # a weekend and a bank holiday between
        ("2026-09-01", "runs out today"),
        ("2026-09-02", "ran out 1 September 2026"),
        ("2026-09-29", "ran out 1 September 2026"),
    ],
)
def test_an_order_that_ran_out_is_nobodys_lateness(today: str, words: str) -> None:
    found = one("order-runs-out", it("order-made", "2026-03-01", ends_on=day("2026-09-01")), today=today)
    assert standing_words(found) == words


def test_what_ran_out_four_weeks_ago_is_history() -> None:
    assert none(
        "order-runs-out", it("order-made", "2026-03-01", ends_on=day("2026-09-01")), today="2026-09-30"
    )
    assert none("epo-expiry", it("epo-made", "2026-03-02"), today="2026-09-30")


def test_an_order_told_of_at_each_session_runs_out_once_and_another_of_its_kind_is_kept() -> None:
    def told(on: str, ends: str) -> Happening:
        return it("order-made", on, about="Non-molestation order", ends_on=day(ends), record=RecordId(on))

    happened = (
        told("2026-03-01", "2026-09-01"),
        told("2026-04-01", "2026-09-01"),
        told("2026-04-01", "2026-10-01"),
    )
    dates = [each.due for each in clocks(*happened, today="2026-05-01")]
    assert dates == [day("2026-09-01"), day("2026-10-01")]


def test_what_comes_after_the_end_of_a_plan_begins_no_clock_of_that_plan() -> None:
    ended = it("plan-ended", "2026-05-01", plan="cp")
    after = (visit("2026-05-08", type="joint"), it("core-group", "2026-05-08"))
    happened = (plan("2026-03-12"), visit("2026-04-20"), ended, *after)
    for rule_id in ("cp-visit", "core-group-later"):
        assert none(rule_id, *happened, today="2026-05-11")


def test_visits_with_parents_are_weekly_until_the_first_review_and_not_again() -> None:
    happened = (
        it("placement-started", "2026-03-02", placement="with-parents"),
        visit("2026-03-09", type="cla"),
        it("cla-review", "2026-03-27", placement="with-parents"),
        visit("2026-04-01", type="cla"),
    )
    assert none("cla-visit-with-parents", *happened, today="2026-04-02")
    assert one("cla-visit-with-parents-later", *happened, today="2026-04-02").due == day("2026-05-13")
