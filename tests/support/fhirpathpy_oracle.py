"""fhirpathpy as a second opinion: the same expressions on the same responses, given to it as JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import fhirpathpy
from fhirpathpy.models import models

from tests.support.domain_expressions import EXPRESSIONS, visit
from tests.support.hl7 import DATA
from tests.support.responses import made_up_body, response_json
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.expressions import (
    CannotWorkOut,
    Environment,
    ExpressionRefused,
    Node,
    Program,
    Response,
    compile_expression,
)
from workbook_desktop.forms.expressions.values import text_of
from workbook_desktop.forms.loader import load

CHILD = {
    "resourceType": "Patient",
    "birthDate": "2019-03-01",
    "deceasedBoolean": False,
    "name": [{"given": ["Maisie"], "family": "Tolland"}],
}
NOW = datetime.now(UTC)  # fhirpathpy takes the time from the machine, so we have to here
TRIES = 8  # responses made up for each expression


def differences() -> dict[str, str]:
    """Return each expression on which the two differ, with one example: ``ours | theirs``."""
    found: dict[str, str] = {}
    for form, program in asked():
        theirs_compiled = _their_program(program.text)
        for seed in range(TRIES):
            body = made_up_body(form, Random(seed))
            response = Response(form, body, lambda path: True)
            document = json.loads(json.dumps(response_json(form, body, placed=True), default=_number))
            ours, theirs = _ours(program, response), _theirs(theirs_compiled, document)
            if not _alike(ours, theirs):
                found.setdefault(program.text, f"{ours} | {theirs}")
    return found


def asked() -> Iterator[tuple[Form, Program]]:
    """Yield what is compared: our own expressions, and those of public forms that need no other variables."""
    own = visit()
    for text in EXPRESSIONS:
        yield own, compile_expression(text)
    met: set[str] = set()
    for path in sorted((DATA / "questionnaires").rglob("*.json")):
        source = path.read_bytes()
        texts = [each for each in _written(json.loads(source)) if each not in met]
        if not texts:
            continue
        try:
            form = load(source)
        except FormRefused:
            continue
        met.update(texts)
        for text in texts:
            try:
                program = compile_expression(text)
            except ExpressionRefused:
                continue
            if program.names <= {"resource", "context", "child"}:
                yield form, program


def _written(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if part.get("language") == "text/fhirpath" and isinstance(part.get("expression"), str):
            yield part["expression"]
        for each in part.values():
            yield from _written(each)
    elif isinstance(part, list):
        for each in part:
            yield from _written(each)


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == int(value) and value.as_tuple().exponent == 0 else float(value)
    raise TypeError(type(value))


def _ours(program: Program, response: Response) -> list[str] | str:
    environment = Environment(
        resource=response.resource, variables={"child": CHILD}, today=NOW.date(), now=NOW
    )
    try:
        return [_shown(each) for each in program.run(response.resource, environment)]
    except CannotWorkOut as failed:
        return failed.why


def _their_program(text: str) -> Any:
    try:
        return fhirpathpy.compile(text, models["r4"])
    except Exception as failed:  # whatever its parser raises
        return f"{type(failed).__name__}"


def _theirs(program: Any, document: Any) -> list[str] | str:
    if isinstance(program, str):
        return program
    try:
        results = program(document, {"resource": document, "context": document, "child": CHILD})
    except Exception as failed:  # it raises what happens to happen
        return f"{type(failed).__name__}: {str(failed)[:80]}"
    return [_shown(each) for each in results]


def _shown(value: Any) -> str:
    if isinstance(value, Node):
        return getattr(value, "path", type(value).__name__)
    if isinstance(value, dict):
        if "linkId" in value:
            return str(value["id"])
        return str(value.get("code", value.get("value", sorted(value))))
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return f"{value.normalize() + 0:f}" if value == 0 or value.as_tuple().exponent < 0 else f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    return text_of(value) or str(value)


def _alike(ours: list[str] | str, theirs: list[str] | str) -> bool:
    if isinstance(ours, str) or isinstance(theirs, str):
        return isinstance(ours, str) and isinstance(theirs, str)  # both refuse, each in its own words
    return len(ours) == len(theirs) and all(map(_alike_one, ours, theirs))


def _alike_one(one: str, other: str) -> bool:
    if one == other:
        return True
    number = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
    if number.fullmatch(one) and number.fullmatch(other):
        return abs(Decimal(one) - Decimal(other)) <= Decimal("1E-9") * max(1, abs(Decimal(one)))
    return False


if __name__ == "__main__":
    print(json.dumps(differences(), indent=1, ensure_ascii=False), file=sys.stdout)
    print(len(list(asked())), "expressions")
