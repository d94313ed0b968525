"""``forms check``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from workbook_desktop.commands.forms.files import OK, PROBLEM, Stopped, complain, read
from workbook_desktop.forms.publishing import Report, Verdict, check_form, lint


def check_files(files: Iterable[Path], *, as_json: bool, strict: bool) -> int:
    """Check every file, and say what was found; return the exit code."""
    rows = []
    worst = OK
    for path in _files(files):
        try:
            source = read(path)
        except Stopped as stopped:
            complain(str(stopped))
            worst = PROBLEM
            continue
        report = check_form(source)
        also = (
            [each for each in lint(report.form) if each.refuses] if strict and report.form is not None else []
        )
        if report.verdict is Verdict.REFUSED or also:
            worst = PROBLEM
        reasons = [*report.reasons, *(each for each in also if each not in report.reasons)]
        rows.append(
            {
                "file": str(path),
                "verdict": str(report.verdict),
                "reasons": [
                    {"item": each.item, "feature": each.feature, "why": each.why, "effect": str(each.effect)}
                    for each in reasons
                ],
            }
        )
        if not as_json:
            _say(path, report, [each.why for each in also if each not in report.reasons])
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif len(rows) > 1:
        counts = {str(each): sum(row["verdict"] == str(each) for row in rows) for each in Verdict}
        click.echo(", ".join(f"{count} {word}" for word, count in counts.items()) + f", of {len(rows)}.")
    if not rows:
        complain("There is no .json file there.")
        return PROBLEM
    return worst


def _say(path: Path, report: Report, also: list[str]) -> None:
    click.echo(f"{report.verdict!s:<9} {path}")
    for reason in report.reasons:
        mark = "refused" if reason.refuses else str(reason.effect)
        click.echo(f"  {mark:<13} {reason.why}")
    for why in also:
        click.echo(f"  {'to publish':<13} {why}")


def _files(given: Iterable[Path]) -> Iterable[Path]:
    for path in given:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*.json") if each.is_file())
        else:
            yield path
