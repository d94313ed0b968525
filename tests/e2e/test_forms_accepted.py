"""``forms check`` over forms that nobody here wrote: what becomes of each, and why.

With WORKBOOK_WRITE_DOCS=1 the run also writes the table in docs/forms.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from workbook_desktop.forms.publishing import Effect

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLIC = REPOSITORY.parent / "shared" / "data" / "questionnaires"
PAGE = REPOSITORY / "docs" / "forms.md"
BEGIN, END = "<!-- what forms check said: begin -->", "<!-- end -->"
MANY = 8  # items that make a form a real one

pytestmark = pytest.mark.skipif(not PUBLIC.is_dir(), reason=f"no public questionnaires at {PUBLIC}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One form, as `forms check` judged it."""

    source: str
    file: str
    items: int
    verdict: str
    reasons: tuple[dict[str, Any], ...]

    @property
    def breaks_fhir(self) -> bool:
        """Say whether two of its items have one linkId, which FHIR forbids."""
        return any(each["feature"] == "linkId" for each in self.reasons)

    @property
    def becomes(self) -> str:
        """Return the column of the table."""
        if self.verdict == "refused":
            return "refused, as FHIR does" if self.breaks_fhir else "refused"
        effects = {each["effect"] for each in self.reasons}
        for effect in (Effect.LOGIC, Effect.HELP, Effect.LIST, Effect.LOOK):
            if effect in effects:
                return str(effect)
        return "whole"


@pytest.fixture(scope="module")
def checked() -> tuple[Checked, ...]:
    done = subprocess.run(
        [sys.executable, "-m", "workbook_desktop", "forms", "check", str(PUBLIC), "--json"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1, done.stderr[-2000:]  # some are refused
    assert done.stderr == ""
    return tuple(
        Checked(
            source=Path(row["file"]).parent.name,
            file=Path(row["file"]).name,
            items=count(json.loads(Path(row["file"]).read_text(encoding="utf-8-sig"))),
            verdict=row["verdict"],
            reasons=tuple(row["reasons"]),
        )
        for row in json.loads(done.stdout)
    )


def count(node: Any) -> int:
    """Return how many items there are inside."""
    return sum(1 + count(each) for each in node.get("item", ()))


def test_every_public_form_is_judged_and_every_refusal_names_item_and_feature(
    checked: tuple[Checked, ...],
) -> None:
    assert len(checked) == 102
    for each in checked:
        assert (each.verdict == "accepted") == (not each.reasons), each.file
        if each.verdict == "refused":
            assert any(reason["item"] and reason["feature"] and reason["why"] for reason in each.reasons)


def test_real_forms_that_keep_fhirs_own_rule_can_be_filled_in(checked: tuple[Checked, ...]) -> None:
    real = [each for each in checked if each.items >= MANY and not each.breaks_fhir]
    usable = [each for each in real if each.verdict != "refused"]
    assert len(usable) / len(real) >= 0.95
    # Of what depends on the form alone, not on a server it names, nothing goes missing but single checks, and
    # rules for showing that no answer can decide: they compare codings with numbers.
    assert [(each.file, sorted(logic(each))) for each in real if each.becomes == "logic"] == [
        ("input_resources_Questionnaire-CardiologyForm.json", ["constraint"]),
        ("input_examples_questionnaire-sdc-test-enablewhen.json", ["enableWhen"]),
    ]


def logic(form: Checked) -> set[str]:
    """Return the features of a form that are logic, and are not done."""
    return {each["feature"] for each in form.reasons if each["effect"] == str(Effect.LOGIC)}


def test_the_page_on_forms_says_what_was_found(checked: tuple[Checked, ...]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    written, after = rest.split(END)
    if os.environ.get("WORKBOOK_WRITE_DOCS"):
        PAGE.write_text(f"{before}{BEGIN}\n{report(checked)}\n{END}{after}", encoding="utf-8")
    else:
        assert written.strip() == report(checked).strip()


COLUMNS = (
    "whole",
    str(Effect.LOOK),
    str(Effect.LIST),
    str(Effect.HELP),
    str(Effect.LOGIC),
    "refused",
    "refused, as FHIR does",
)


STEPS = (
    ("whole, or otherwise only in how they look", COLUMNS[:2]),
    ("… or once the lists they name are copied in (`--value-sets`)", COLUMNS[:3]),
    ("… or with first answers given by hand", COLUMNS[:4]),
    ("can be filled in and sent", COLUMNS[:5]),
)


def report(checked: Iterable[Checked]) -> str:
    """Return the tables."""
    listed = list(checked)
    lines = [f"| source | forms | {' | '.join(COLUMNS)} |", f"|---|---:|{'---:|' * len(COLUMNS)}"]
    for name in sorted({each.source for each in listed}):
        lines.append(row(name, [each for each in listed if each.source == name]))
    lines.append(row("all", listed))
    real = [each for each in listed if each.items >= MANY]
    lines.append(row(f"of {MANY} or more items", real))
    kept = [each for each in real if not each.breaks_fhir]
    lines += ["", f"Of the forms with {MANY} or more items:", ""]
    lines += ["| | of all | of those that keep FHIR’s own rule |", "|---|---:|---:|"]
    for words, columns in STEPS:
        lines.append(f"| {words} | {share(real, columns)} | {share(kept, columns)} |")
    lines += ["", "The same by source, of all with that many items:", ""]
    lines += [f"| source | {' | '.join(words for words, _ in STEPS)} |", f"|---|{'---:|' * len(STEPS)}"]
    for name in sorted({each.source for each in real}):
        own = [each for each in real if each.source == name]
        lines.append(f"| {name} | {' | '.join(share(own, columns) for _, columns in STEPS)} |")
    lines += ["", f"Of {MANY} or more items, and not counted in the first line:", ""]
    lines += ["| form | items | the gravest reason | and also |", "|---|---:|---|---|"]
    for each in real:
        if each.becomes not in COLUMNS[:2]:
            gravest = max(each.reasons, key=lambda one: _GRAVITY.index(one["effect"]))
            rest = Counter(one["feature"] for one in each.reasons if one["effect"] != str(Effect.LOOK))
            rest[gravest["feature"]] -= 1
            also = ", ".join(f"{feature} ({count})" for feature, count in sorted(rest.items()) if count > 0)
            why = gravest["why"].replace("|", "/")
            lines.append(f"| {named(each)} | {each.items} | {why} | {also} |")
    lines += ["", "Refused:", "", "| form | items | item | feature | why |", "|---|---:|---|---|---|"]
    for each in listed:
        if each.verdict == "refused":
            reason = next(one for one in each.reasons if one["feature"] in ("linkId",) or one["item"])
            reason = next((one for one in each.reasons if one["effect"] == "logic"), reason)
            why = reason["why"].replace("|", "/")
            lines.append(
                f"| {named(each)} | {each.items} | `{reason['item']}` | {reason['feature']} | {why} |"
            )
    return "\n".join(lines)


_GRAVITY = [str(each) for each in (Effect.LOOK, Effect.LIST, Effect.HELP, Effect.LOGIC)]


def named(each: Checked) -> str:
    """Return what a form is called in the tables."""
    return f"`{each.source}`: {each.file.removesuffix('.json').rsplit('_', 1)[-1]}"


def row(name: str, listed: list[Checked]) -> str:
    """Return a line of the first table."""
    counts = Counter(each.becomes for each in listed)
    return f"| {name} | {len(listed)} | {' | '.join(str(counts[each]) for each in COLUMNS)} |"


def share(listed: list[Checked], columns: Iterable[str]) -> str:
    """Return how many became one of these, and what part that is."""
    found = sum(each.becomes in columns for each in listed)
    return f"{found} of {len(listed)} ({100 * found / len(listed):.1f} %)"
