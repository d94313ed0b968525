"""The forms and the timescales speak of the same happenings: a clock that is asked for is really fed."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from workbook_desktop.domain.timescale_files import rules_of
from workbook_desktop.domain.timescales import Match, Rule
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.paths import resource

RULES = rules_of(json.loads(resource("rules", "timescales.json").read_text(encoding="utf-8")))
NEWEST = {form.id: form for form in sorted(map(load, core_forms()), key=lambda form: form.version)}

# Shown in chronologies and chapters; no timescale looks at them.
NO_CLOCK = {"critical-event", "disclosure", "marac-heard", "network", "safety-plan"}
# From the record itself, whoever reads it.
FROM_THE_RECORD = {"author_role", "chapter", "record"}


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def given() -> dict[str, set[str]]:
    """Return the facts that forms give, by kind of happening."""
    found: dict[str, set[str]] = defaultdict(set)
    for form in NEWEST.values():
        for output in form.gives:
            if output.kind == "happening":
                parts = dict(output.parts)
                kind = parts["kind"].text
                assert re.fullmatch(r"'[a-z0-9-]+'", kind), (form.id, output.id, kind)
                found[kind.strip("'")] |= {snake(name) for name in parts}
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
