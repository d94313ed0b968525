"""``forms migrate``."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from workbook_desktop.commands.forms import files
from workbook_desktop.commands.forms.files import OK, PROBLEM, Stopped, complain
from workbook_desktop.domain.errors import ResponseRefused
from workbook_desktop.domain.ids import new_ids
from workbook_desktop.forms.response import encoded, from_response, to_response
from workbook_desktop.forms.versions import Weight, differences, earlier
from workbook_desktop.forms.versions import migrate as moved


def migrate_files(
    before: Path, after: Path, *, response: Path | None, out: Path | None, as_json: bool
) -> int:
    """Say what changed between two versions, and bring a response to the later one; return the exit code."""
    now = datetime.now(UTC)
    try:
        one, two = files.form_in(before), files.form_in(after)
        changes = differences(one, two)
        said: dict[str, Any] = {
            "changes": [
                {
                    "item": each.item,
                    "weight": each.weight.name.lower(),
                    "what": each.what,
                    "moved": each.moved,
                }
                for each in changes
            ]
        }
        if response is not None:
            given = from_response(one, files.read(response), new_ids(lambda: now, secrets.randbits))
            found = moved(given.body, one, two)
            said["touched"] = list(found.touched)
            said["kept"] = [
                {"path": each.path, "asked": each.label, "shown": each.shown}
                for each in earlier(two, found.body)
            ]
            if out is not None:
                whole = to_response(two, found.body, strangers=given.strangers, around=given.around)
                files.write(out, encoded(whole))
    except ResponseRefused as refused:
        complain(f"{response}: {files.words_of(refused)}")
        return PROBLEM
    except Stopped as stopped:
        complain(str(stopped))
        return PROBLEM
    if as_json:
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        _say(said)
    return PROBLEM if any(each.weight is Weight.BREAKING and not each.moved for each in changes) else OK


def _say(said: dict[str, Any]) -> None:
    if not said["changes"]:
        click.echo("Nothing changed between them.")
    for each in said["changes"]:
        click.echo(f"  {each['weight']:<11} {each['what']}")
    for path in said.get("touched", ()):
        click.echo(f"  moved       {path}")
    for each in said.get("kept", ()):
        click.echo(f"  kept        {each['asked']}: {each['shown']}")
