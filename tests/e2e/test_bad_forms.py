"""Forms that would hurt: refused with the item named, or shown as plain text, soon and in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.forms import extension, item, questionnaire

ROOT = Path(__file__).resolve().parents[2]
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
# What one check takes of processor time and of memory, beside the interpreter with its imports.
MEASURE = """
import contextlib, io, json, sys, time
from workbook_desktop.commands.line import run

def check(path):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = run(["forms", "check", path, "--json"])
    return code, json.loads(said.getvalue())

def peak():
    # Not getrusage: on Linux its peak is inherited from whoever started this process, and hides ours.
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except OSError:
        return None

check(sys.argv[2])  # the imports
before = peak()
start = time.process_time()
code, rows = check(sys.argv[1])
seconds = time.process_time() - start
after = peak()
mib = None if before is None else (after - before) / 1024
print(json.dumps({"code": code, **rows[0], "seconds": seconds, "mib": mib}))
"""


def calculated(text: str) -> dict[str, Any]:
    given = {"language": "text/fhirpath", "expression": text}
    return {"url": SDC + "calculatedExpression", "valueExpression": given}


def many(count: int) -> dict[str, Any]:
    return questionnaire(*(item(f"q{number}") for number in range(count)))


def sections(count: int, inside: int) -> dict[str, Any]:
    return questionnaire(
        *(item(f"g{n}", "group", *(item(f"q{n}.{each}") for each in range(inside))) for n in range(count))
    )


def deep(depth: int) -> dict[str, Any]:
    nested = item("leaf")
    for level in range(depth):
        nested = item(f"level{level}", "group", nested)
    return questionnaire(nested)


def pattern(text: str) -> dict[str, Any]:
    return questionnaire(item("name", extension=[extension("regex", text, "valueString")]))


FIVE_THOUSAND = [{"code": f"c{n}", "system": "s"} for n in range(5_000)]


def rules(count: int) -> dict[str, Any]:
    """Ask the longest list there may be for answers that it does not offer."""
    asks = item("pick", "choice", answerOption=[{"valueCoding": each} for each in FIVE_THOUSAND])
    asking = [
        item(f"q{n}", enableWhen=[{"question": "pick", "operator": "=", "answerCoding": {"code": f"x{n}"}}])
        for n in range(count)
    ]
    return questionnaire(asks, *(item(f"g{n}", "group", *asking[n::4]) for n in range(4)))


def lists(count: int) -> dict[str, Any]:
    """Ask for the longest list there may be under many addresses."""
    held = {
        "resourceType": "ValueSet",
        "url": "u",
        "expansion": {"contains": FIVE_THOUSAND},
    }
    asking = [item(f"q{n}", "choice", answerValueSet=f"u|{n}") for n in range(count)]
    return questionnaire(*(item(f"g{n}", "group", *asking[n::4]) for n in range(4)), contained=[held])


def copies(count: int) -> dict[str, Any]:
    """Make many long lists of one."""
    held: list[dict[str, Any]] = [
        {"resourceType": "ValueSet", "url": "u", "expansion": {"contains": FIVE_THOUSAND}}
    ]
    held += [
        {"resourceType": "ValueSet", "id": f"l{n}", "compose": {"include": [{"valueSet": ["u"]}]}}
        for n in range(count)
    ]
    return questionnaire(
        *(item(f"q{n}", "choice", answerValueSet=f"#l{n}") for n in range(count)), contained=held
    )


def variables(count: int) -> dict[str, Any]:
    """Name values, each by the one that is declared after it."""
    named = [
        extension(
            "variable",
            {"name": f"v{n}", "language": "text/fhirpath", "expression": f"%v{n + 1}"},
            "valueExpression",
        )
        for n in range(count)
    ]
    return questionnaire(item("a"), extension=named)


A, B = (f"%resource.item.where(linkId='{link}').answer.value" for link in "ab")
CASES: dict[str, tuple[Any, str, list[Any]]] = {
    "ten thousand items": (sections(10, 999), "accepted", []),
    "a thousand items and one in one section": (many(1_001), "refused", ["q1000", "item"]),
    "more than ten thousand items": (many(10_001), "refused", ["q10000", "item"]),
    "nested as deep as may be": (deep(23), "accepted", []),
    "nested one deeper": (deep(24), "refused", ["leaf", "depth"]),
    "nested fifty deep": (deep(50), "refused", ["level25", "depth"]),
    "a label of a million letters": (
        questionnaire(item("long", text="x" * 1_000_000)),
        "refused",
        ["long", "text"],
    ),
    "a pattern that never ends": (pattern("(a+)+$"), "refused", ["name", "regex"]),
    "a pattern in a formula": (
        questionnaire(item("a", "boolean", extension=[calculated("'aaa'.matches('(a+)+$')")])),
        "refused",
        ["a", "calculatedExpression"],
    ),
    "formulas in a circle": (
        questionnaire(
            item("a", "integer", extension=[calculated(f"{B} + 1")]),
            item("b", "integer", extension=[calculated(f"{A} + 1")]),
        ),
        "refused",
        ["a", "calculatedExpression"],
    ),
    "a formula nested a thousand deep": (
        questionnaire(item("a", "integer", extension=[calculated("(" * 1000 + "1" + ")" * 1000)])),
        "refused",
        ["a", "calculatedExpression"],
    ),
    "a formula of a million letters": (
        questionnaire(item("a", "integer", extension=[calculated("1 + " * 250_000 + "1")])),
        "refused",
        ["a", "calculatedExpression"],
    ),
    "two questions of one name": (questionnaire(item("a"), item("a")), "refused", ["a", "linkId"]),
    "rules for showing in a circle": (
        questionnaire(
            item("a", enableWhen=[{"question": "b", "operator": "exists", "answerBoolean": True}]),
            item("b", enableWhen=[{"question": "a", "operator": "exists", "answerBoolean": True}]),
        ),
        "refused",
        ["a", "enableWhen"],
    ),
    "HTML and pictures from elsewhere": (
        questionnaire(item("a", text="<script>x</script> <img src=https://example.org/x.png>")),
        "degraded",
        ["a", "text"],
    ),
    "a name that turns its letters": (
        questionnaire(item("a", text="Tolland \u202edlihc")),
        "refused",
        ["a", "text"],
    ),
    "five thousand answers and one": (
        questionnaire(item("a", "choice", answerOption=[{"valueInteger": n} for n in range(5_001)])),
        "refused",
        ["a", "answerOption"],
    ),
    "a hundred first answers and one": (
        questionnaire(item("a", repeats=True, initial=[{"valueString": f"{n}"} for n in range(101)])),
        "refused",
        ["a", "initial"],
    ),
    "two thousand rules for five thousand answers": (rules(2_000), "degraded", ["q0", "enableWhen"]),
    "one long list under a thousand addresses": (lists(1_000), "accepted", []),
    "more long lists than a form may hold": (copies(11), "refused", ["q10", "answerValueSet"]),
    "a thousand values, each named by the next": (variables(1_000), "degraded", ["", "variable"]),
    "a thousand values and one": (variables(1_001), "refused", ["", "variable"]),
    "a number without end": (
        questionnaire(item("a", "decimal", extension=[extension("minValue", 10**400, "valueDecimal")])),
        "degraded",
        ["a", "minValue"],
    ),
    "a whole number of a hundred thousand digits": (
        # Python writes none so long.
        json.dumps(questionnaire(item("a", "integer", initial=[{"valueInteger": 0}]))).replace(
            '"valueInteger": 0', f'"valueInteger": {"9" * 100_000}'
        ),
        "refused",
        ["a", "initial"],
    ),
    "nested so deep that it cannot be read": (
        '{"resourceType": "Questionnaire", '
        + "".join(f'"item": [{{"linkId": "g{n}", ' for n in range(50_000))
        + '"type": "string"'
        + "}]" * 50_000
        + "}",
        "refused",
        ["g24", "depth"],
    ),
    "no form at all": ([[[[[[]]]]]], "refused", ["", "json"]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_form_is_named_quickly_and_in_little_memory(name: str, tmp_path: Path) -> None:
    given, verdict, reason = CASES[name]
    path = tmp_path / "bad.json"
    path.write_text(given if isinstance(given, str) else json.dumps(given), encoding="utf-8")
    plain = tmp_path / "plain.json"
    plain.write_text(json.dumps(questionnaire(item("a"))), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), str(plain)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert (found["verdict"], found["code"]) == (verdict, verdict == "refused"), found
    if reason:
        first = found["reasons"][0]
        assert [first["item"], first["feature"]] == reason
    # Bounds of the contract, not of this machine: what hangs or swells is far beyond them.
    assert found["seconds"] <= 1.0, found
    if sys.platform == "linux":  # elsewhere memory is not measured
        assert found["mib"] <= 64, found
        if name == "ten thousand items":
            assert found["mib"] > 1, "it takes some, or the measure is broken"
