"""The forms and the timescales speak of the same happenings: a clock that is asked for is really fed."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from workbook_desktop.domain.ids import LinkId
from workbook_desktop.domain.timescale_files import rules_of
from workbook_desktop.domain.timescales import Match, Rule
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.paths import resource

RULES = rules_of(json.loads(resource("rules", "timescales.json").read_text(encoding="utf-8")))
NEWEST = {form.id: form for form in sorted(map(load, core_forms()), key=lambda form: form.version)}

# Shown in chronologies and chapters; no timescale looks at them.
NO_CLOCK = {"critical-event", "disclosure", "marac-heard", "network", "safety-plan"}
# From the office's involvements: `domain.openings`.
FROM_INVOLVEMENTS = {"workbook-opened", "chapter-opened", "chapter-closed", "period-began"}
# Nothing gives these yet. Steps that MARAC agreed are next steps, and stand among the open actions; a plan
# that is agreed anew is given as started anew.
FED_BY_NOTHING = {"marac-action-set", "action-done", "plan-agreed"}
# From the record itself, whoever reads it.
FROM_THE_RECORD = {"author_role", "chapter", "record"}


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def kinds_of(form: Form, text: str) -> set[str]:
    """Return the kinds a line gives: the one it names, or those a question offers."""
    named = re.fullmatch(r"'([a-z0-9-]+)'", text)
    if named is not None:
        return {named[1]}
    asked = re.fullmatch(r"item\.where\(linkId='([a-z.-]+)'\)\.answer\.value\.code", text)
    assert asked is not None, (form.id, text)
    return {str(option.value["code"]) for option in form.by_link_id[LinkId(asked[1])].options}


def given() -> dict[str, set[str]]:
    """Return the facts that forms give, by kind of happening."""
    found: dict[str, set[str]] = defaultdict(set)
    for form in NEWEST.values():
        for output in form.gives:
            if output.kind == "happening":
                parts = dict(output.parts)
                for kind in kinds_of(form, parts["kind"].text):
                    found[kind] |= {snake(name) for name in parts}
    return found


GIVEN = given()


def asked(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield each kind of happening and fact that a rule needs to be told."""

    def of(matches: tuple[Match, ...]) -> Iterator[tuple[str, str]]:
        for match in matches:
            for kind in match.kinds:
                yield from ((kind, fact) for fact in (*match.where, *match.unless))
                if match.seen:
                    yield kind, "seen"
                if match.seen_alone:
                    yield kind, "seen_alone"
                if match.roles:
                    yield kind, "author_role"

    yield from of((*rule.trigger, *rule.satisfied_by, *rule.stopped_by, *rule.frequency_from))
    if rule.period is not None:
        yield from of(rule.period.begins)
    yield from ((kind, "visiting") for match in rule.frequency_from for kind in match.kinds)
    if rule.own_date and rule.count.number == 0:
        yield from ((kind, rule.own_date) for match in rule.trigger for kind in match.kinds)


def test_every_happening_a_form_gives_is_one_that_timescales_know_or_need_not() -> None:
    assert set(GIVEN) - set(RULES.kinds) == NO_CLOCK


@pytest.mark.parametrize("rule_id", RULES.ids)
def test_a_form_that_gives_a_happening_also_gives_what_the_rules_ask_of_it(rule_id: str) -> None:
    missing = {
        (kind, fact)
        for rule in RULES.of(rule_id)
        for kind, fact in asked(rule)
        if kind in GIVEN and fact not in GIVEN[kind] | FROM_THE_RECORD
    }
    assert missing == set()


def test_every_happening_has_a_day() -> None:
    assert [kind for kind, facts in GIVEN.items() if "date" not in facts] == []


def kinds(matches: tuple[Match, ...]) -> set[str]:
    return {kind for match in matches for kind in match.kinds}


def test_every_kind_of_happening_has_a_source_but_these() -> None:
    assert set(RULES.kinds) - set(GIVEN) - FROM_INVOLVEMENTS == FED_BY_NOTHING


def test_every_clock_can_begin_and_be_met_but_this() -> None:
    fed = set(GIVEN) | FROM_INVOLVEMENTS
    idle = set()
    for rule in (rule for rule_id in RULES.ids for rule in RULES.of(rule_id)):
        begins = kinds(rule.period.begins) if rule.period is not None else fed
        is_met = rule.met_by_signing or bool(kinds(rule.satisfied_by) & fed)
        if not (kinds(rule.trigger) & fed and begins & fed and is_met):
            idle.add(rule.id)
    assert idle == {"marac-action"}


def test_what_ends_a_clock_is_given_by_a_form_too() -> None:
    ends = {kind for rule_id in RULES.ids for rule in RULES.of(rule_id) for kind in kinds(rule.stopped_by)}
    assert ends - set(GIVEN) - FROM_INVOLVEMENTS == set()
