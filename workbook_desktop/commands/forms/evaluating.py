"""``forms evaluate``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from workbook_desktop.commands.forms import files
from workbook_desktop.commands.forms.files import OK, PROBLEM, Stopped, complain
from workbook_desktop.domain import paths
from workbook_desktop.domain.errors import FormRefused, ResponseRefused
from workbook_desktop.domain.ids import WorkerId, new_ids
from workbook_desktop.forms import check, strict_json
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.plan import plan_of
from workbook_desktop.forms.response import Imported, encoded, from_response, to_response
from workbook_desktop.forms.scales import band_for, weight_of
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.summary import shown_value
from workbook_desktop.forms.surroundings import Surroundings
from workbook_desktop.forms.workings import WORKED_OUT


def evaluate_file(
    file: Path, response: Path, *, today: object, context: Path | None, out: Path | None, as_json: bool
) -> int:
    """Work a form out with the answers of a file; return the exit code."""
    import secrets

    now = datetime.now(UTC)
    try:
        form = files.form_in(file)
        variables = _context(context)
        given = from_response(form, files.read(response), new_ids(lambda: now, secrets.randbits))
    except ResponseRefused as refused:
        complain(f"{response}: {files.words_of(refused)}")
        return PROBLEM
    except Stopped as stopped:
        complain(str(stopped))
        return PROBLEM
    day = today.date() if isinstance(today, datetime) else date.today()
    sheet = Sheet(
        form,
        given.body,
        by=WorkerId("evaluated"),
        now=now.isoformat,
        new_id=new_ids(lambda: now, secrets.randbits),
        surroundings=Surroundings(today=day, now=now, variables=variables),
    )
    found = evaluated(form, sheet, given)
    try:
        if out is not None:
            whole = to_response(form, sheet.body, strangers=given.strangers, around=given.around)
            files.write(out, encoded(whole))
    except Stopped as stopped:
        complain(str(stopped))
        return PROBLEM
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        _say(found)
    return PROBLEM if found["errors"] or found["failures"] else OK


def evaluated(form: Form, sheet: Sheet, given: Imported) -> dict[str, Any]:
    """Return what a form says of its answers, as JSON."""
    body, workings = sheet.body, sheet.workings
    enabled, values, scores = [], [], []
    places = list(workings.places())
    for path in places:
        if not sheet.shown(path):
            continue
        enabled.append(path)
        item = form.by_link_id[paths.link_id(path)]
        answer = body.answers.get(path)
        if answer is not None and (WORKED_OUT, True) in answer.extra:
            values.append(
                {
                    "path": path,
                    "item": item.link_id,
                    "value": answer.value,
                    "shown": shown_value(item, answer),
                }
            )
        if item.scale is not None:
            number = None if answer is None else weight_of(item, answer.value)
            band = None if number is None else band_for(item.scale, f"{number:f}")
            is_choice = answer is not None and bool(item.options)
            scores.append(
                {
                    "path": path,
                    "item": item.link_id,
                    "scale": item.scale.id,
                    "version": item.scale.version,
                    "value": None if answer is None else f"{number}" if is_choice else answer.value,
                    "band": "" if band is None else band.label,
                    "missing": list(sheet.missing_for(path)),
                }
            )
    return {
        "form": {"id": form.id, "version": form.version},
        "enabled": enabled,
        "calculated": values,
        "scores": scores,
        "errors": [
            {
                "path": each.path,
                "item": each.link_id,
                "code": each.code,
                "severity": each.severity,
                "words": check.words(each, form.by_link_id[each.link_id]),
            }
            for each in sheet.problems()
        ],
        "failures": [
            *({"path": path, "why": why} for path, why in sheet.failures().items()),
            *({"path": each.item, "why": each.why} for each in plan_of(form).faults),
        ],
        "unknown": [str(each.get("linkId", "")) for each in given.strangers],
        "remarks": list(given.remarks),
    }


def _context(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    try:
        found, _ = strict_json.decode(files.read(path))
    except FormRefused as refused:
        why = refused.facts.get("why")
        raise Stopped(f"{path}: what formulas may ask is a JSON object, by name ({why}).") from refused
    return found


def _say(found: Mapping[str, Any]) -> None:
    click.echo(f"{found['form']['id']} {found['form']['version']}: {len(found['enabled'])} items show")
    for each in found["calculated"]:
        click.echo(f"  worked out  {each['item']}: {each['shown']}")
    for each in found["scores"]:
        band = f" ({each['band']})" if each["band"] else ""
        if each["value"] is None and each["missing"]:
            click.echo(f"  score       {each['scale']}: no total, {len(each['missing'])} answers are missing")
        elif each["value"] is not None:
            click.echo(f"  score       {each['scale']}: {each['value']}{band}")
    for each in found["errors"]:
        mark = "must" if each["severity"] == "must" else "look"
        click.echo(f"  {mark:<11} {each['words']}")
    for each in found["failures"]:
        click.echo(f"  cannot      {each['path']}: {each['why']}")
    for each in found["unknown"]:
        click.echo(f"  unknown     {each}")
