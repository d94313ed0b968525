"""The shipped timescales hold, and a file that is not right is refused by name."""

import copy
import json
from datetime import date
from typing import Any

import pytest

from workbook_desktop.domain.dates import Count, Unit
from workbook_desktop.domain.errors import RuleDataMissing, RulesRefused
from workbook_desktop.domain.timescale_files import rules_of, with_local
from workbook_desktop.domain.timescales import Basis, frequency_of
from workbook_desktop.forms.strict_json import decode
from workbook_desktop.paths import resource

DATA, _ = decode(resource("rules", "timescales.json").read_bytes())
RULES = rules_of(DATA)
MAY = date(2026, 5, 1)

SMALL: dict[str, Any] = {
    "nation": "England",
    "kinds": {"visit": "visit", "plan": "plan"},
    "rules": [
        {
            "id": "seen",
            "name": "Visit",
            "trigger": ["satisfied_by", {"kinds": ["plan"]}],
            "count": 10,
            "unit": "wd",
            "basis": "L",
            "satisfied_by": [{"kinds": ["visit"], "seen": True}],
            "warn_at": 2,
            "owner": "social worker",
            "effective_from": "2024-04-01",
            "source": "A local default",
        }
    ],
}


def small(**changes: Any) -> dict[str, Any]:
    data = copy.deepcopy(SMALL)
    data["rules"][0] |= changes
    return data


@pytest.mark.parametrize(
    ("rule_id", "number", "unit", "basis"),
    [
        ("referral-decision", 1, "wd", "SG"),
        ("assessment-authorised", 45, "wd", "SG"),
        ("assessment-from-its-start", 45, "wd", "SG"),
        ("first-seen", 5, "wd", "L"),
        ("strategy-discussion", 1, "cd", "L"),
        ("icpc", 15, "wd", "SG"),
        ("transfer-in-conference", 15, "wd", "SG"),
        ("cp-plan-outline", 0, "cd", "SG"),
        ("core-group-first", 10, "wd", "SG"),
        ("core-group-later", 6, "week", "L"),
        ("review-conference-first", 3, "month", "SG"),
        ("review-conference-later", 6, "month", "SG"),
        ("cp-visit", 10, "wd", "L"),
        ("not-seen-by-social-worker", 4, "week", "L"),
        ("not-seen-by-anyone", 6, "week", "L"),
        ("cin-planning-meeting", 10, "wd", "L"),
        ("cin-visit", 20, "wd", "L"),
        ("cin-review-first", 6, "week", "L"),
        ("cin-review-later", 3, "month", "L"),
        ("cla-visit-first", 1, "week", "S"),
        ("cla-visit-first-year", 6, "week", "S"),
        ("cla-visit-later", 6, "week", "S"),
        ("cla-visit-to-18", 3, "month", "S"),
        ("cla-visit-long-term", 6, "month", "S"),
        ("cla-visit-with-parents", 1, "week", "S"),
        ("cla-visit-with-parents-later", 6, "week", "S"),
        ("cla-review-first", 20, "wd", "S"),
        ("cla-review-second", 3, "month", "S"),
        ("cla-review-later", 6, "month", "S"),
        ("private-fostering-first", 7, "wd", "S"),
        ("private-fostering-first-year", 6, "week", "S"),
        ("private-fostering-later", 12, "week", "S"),
        ("return-home-interview", 3, "cd", "SG"),
        ("epo-expiry", 8, "cd", "S"),
        ("epo-extension-expiry", 7, "cd", "S"),
        ("police-protection-expiry", 3, "cd", "S"),
        ("care-proceedings", 26, "week", "S"),
        ("chapter-summary", 1, "month", "L"),
        ("group-supervision", 1, "month", "L"),
        ("recording-critical", 1, "cd", "L"),
        ("recording-visit", 2, "wd", "L"),
        ("recording-other", 5, "wd", "L"),
        ("order-runs-out", 0, "cd", "L"),
        ("marac-action", 0, "cd", "L"),
        ("tool-again", 3, "month", "L"),
    ],
)
def test_the_shipped_rules_count_as_the_table_says(rule_id: str, number: int, unit: str, basis: str) -> None:
    rule = RULES.rule_in_force(rule_id, MAY)
    assert (rule.count.number, str(rule.count.unit), str(rule.basis)) == (number, unit, basis)
    assert rule.source


def test_every_shipped_rule_is_in_the_table_above() -> None:
    marks = test_the_shipped_rules_count_as_the_table_says.pytestmark
    assert {row[0] for row in marks[0].args[1]} == set(RULES.ids)


def test_core_groups_after_the_first_are_local_practice() -> None:
    # No national figure was found: it must never be shown as one.
    assert RULES.rule_in_force("core-group-later", MAY).basis is Basis.LOCAL


def test_what_was_not_seen_in_a_source_says_so() -> None:
    unchecked = {rule.id for rule in RULES.versions if not rule.checked}
    assert {"referral-decision", "assessment-authorised", "cla-review-first"} <= unchecked
    assert not {"core-group-first", "icpc", "cp-visit"} & unchecked
    for rule in RULES.versions:
        assert rule.checked == ("not checked" not in rule.source), rule.id


def test_a_rule_is_found_by_the_day_and_never_guessed() -> None:
    with pytest.raises(RuleDataMissing):
        RULES.rule_in_force("icpc", date(2020, 1, 1))
    with pytest.raises(RuleDataMissing):
        RULES.rule_in_force("nothing-such", MAY)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"colour": "red"}, "colour"),
        ({"name": ""}, "name"),
        ({"unit": "fortnight"}, "unit"),
        ({"count": 0}, "count"),
        ({"count": "10"}, "count"),
        ({"count": True}, "count"),
        ({"count": 10.5}, "count"),
        ({"roll": "forward"}, "roll"),
        ({"basis": "X"}, "basis"),
        ({"effective_from": "1 April 2024"}, "effective_from"),
        ({"effective_from": "2024-02-30"}, "effective_from"),
        ({"effective_to": "2024-01-01"}, "effective_to"),
        ({"source": " "}, "source"),
        ({"trigger": []}, "trigger"),
        ({"trigger": [{"kinds": ["party"]}]}, "party"),
        ({"trigger": [{"kinds": ["visit"], "when": 1}]}, "when"),
        ({"satisfied_by": [{"kinds": ["visit"], "seen": "yes"}]}, "seen"),
        ({"satisfied_by": [{"kinds": ["visit"], "where": {"type": "cp"}}]}, "where.type"),
        ({"satisfied_by": [{"kinds": ["visit"], "where": {"type": [1.5]}}]}, "where.type"),
        ({"satisfied_by": [{"kinds": ["visit"], "roles": []}]}, "roles"),
        ({"met_by_signing": True}, "met_by_signing"),
        ({"basis": "SG", "frequency_from": [{"kinds": ["plan"]}]}, "plan"),
        ({"per": "street"}, "per"),
        ({"repeat": "often"}, "repeat"),
        ({"nth": [0, None]}, "nth"),
        ({"nth": [3, 2]}, "nth"),
        ({"period": {"begins": []}}, "period"),
        ({"period": {"begins": [{"kinds": ["plan"]}], "ends": []}}, "ends"),
    ],
)
def test_a_rule_that_is_not_right_is_refused_by_name(change: dict[str, Any], why: str) -> None:
    rules_of(small())
    with pytest.raises(RulesRefused) as refused:
        rules_of(small(**change))
    assert refused.value.facts["rule"] == "seen"
    assert why in str(refused.value.facts["why"])


def test_a_file_that_is_not_right_is_refused() -> None:
    for change in ({"more": 1}, {"rules": []}, {"rules": "x"}, {"kinds": 1}, {"nation": ""}, {"rules": [1]}):
        with pytest.raises(RulesRefused):
            rules_of(SMALL | change)


def test_two_versions_of_a_rule_never_hold_on_one_day() -> None:
    newer = small()["rules"][0] | {"effective_from": "2026-01-01", "count": 5}
    older = small(effective_to="2025-12-31")["rules"][0]
    found = rules_of(SMALL | {"rules": [newer, older]})
    assert found.rule_in_force("seen", date(2025, 12, 31)).count.number == 10
    assert found.rule_in_force("seen", date(2026, 1, 1)).count.number == 5
    with pytest.raises(RulesRefused, match="two versions"):
        rules_of(SMALL | {"rules": [newer, older | {"effective_to": "2026-01-01"}]})
    with pytest.raises(RulesRefused, match="two versions"):
        rules_of(SMALL | {"rules": [newer, small()["rules"][0]]})


def local(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"council": "Wrenmouth", "rules": list(rows)}


def cp_visit(**more: Any) -> dict[str, Any]:
    return {"id": "cp-visit", "effective_from": "2026-04-01", "source": "Wrenmouth procedures 4.2", **more}


def test_a_council_sets_its_own_from_its_own_day() -> None:
    found = with_local(RULES, local(cp_visit(count=2, unit="week", start_inclusive=True)))
    before, after = (found.rule_in_force("cp-visit", day) for day in (date(2026, 3, 31), date(2026, 4, 1)))
    assert (before.count.number, before.council, before.effective_to) == (10, "", date(2026, 3, 31))
    assert after.count == Count(number=2, unit=Unit.WEEKS, start_inclusive=True)
    assert (after.council, after.source) == ("Wrenmouth", "Wrenmouth procedures 4.2")
    assert after.period == before.period


def test_a_councils_rule_may_end_and_the_default_comes_back() -> None:
    found = with_local(RULES, local(cp_visit(count=5, effective_to="2026-04-30")))
    assert [rule.count.number for rule in found.of("cp-visit")] == [10, 5, 10]
    assert found.rule_in_force("cp-visit", MAY).council == ""


def test_who_meets_a_clock_also_starts_it_anew() -> None:
    meets = [{"kinds": ["visit"], "where": {"outcome": ["completed"]}, "seen": True, "seen_alone": True}]
    rule = with_local(RULES, local(cp_visit(satisfied_by=meets))).rule_in_force("cp-visit", MAY)
    assert rule.satisfied_by[0] in rule.trigger
    assert RULES.rule_in_force("cp-visit", MAY).satisfied_by[0] not in rule.trigger
    assert any("plan-started" in match.kinds for match in rule.trigger)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (cp_visit(basis="S"), "basis"),
        (cp_visit(trigger=[]), "trigger"),
        (cp_visit(nation="Wales"), "nation"),
        (cp_visit(source=""), "source"),
        (cp_visit(count=0), "count"),
        (cp_visit(in_use="no"), "in_use"),
        (cp_visit(effective_from="soon"), "effective_from"),
        (cp_visit(effective_from="2020-01-01", effective_to="2021-01-01"), "not in force"),
        (cp_visit(id="nothing-such"), "no such rule"),
        (cp_visit(id="core-group-first", count=15), "First core group is not a local rule"),
        (cp_visit(id="cla-review-first", count=30), "not a local rule"),
    ],
)
def test_a_council_cannot_change_what_is_not_its_own(row: dict[str, Any], why: str) -> None:
    with pytest.raises(RulesRefused) as refused:
        with_local(RULES, local(row))
    assert refused.value.facts["rule"] == row["id"]
    assert why in str(refused.value.facts["why"])


def test_a_council_cannot_set_one_rule_twice_for_one_day() -> None:
    with pytest.raises(RulesRefused, match="twice"):
        with_local(RULES, local(cp_visit(count=5), cp_visit(count=6, effective_from="2026-06-01")))


def test_a_plans_frequency_is_read_from_its_code() -> None:
    like = Count(number=10, unit=Unit.WORKING_DAYS, skip_holidays=False)
    assert frequency_of("5wd", like) == Count(number=5, unit=Unit.WORKING_DAYS, skip_holidays=False)
    assert frequency_of("6w", like) == Count(number=6, unit=Unit.WEEKS, skip_holidays=False)
    for code in ("other", "", None, "0wd", "5 wd", 5, True):
        assert frequency_of(code, like) is None


def test_the_plan_form_offers_only_frequencies_that_can_be_counted_or_are_in_words() -> None:
    form = json.loads(resource("forms", "plan.1.0.0.json").read_text(encoding="utf-8"))
    text = json.dumps(form)
    like = RULES.rule_in_force("cp-visit", MAY).count
    for code in ("5wd", "10wd", "15wd", "20wd", "6w"):
        assert f'"code": "{code}"' in text
        assert frequency_of(code, like) is not None
