"""``workbook-desktop forms …``: for those who write forms. Each command imports what it needs when called."""

from __future__ import annotations

import sys
from pathlib import Path

import click

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_OR_FOLDER = click.Path(exists=True, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(epilog="Example: workbook-desktop forms check my-form.json")
def forms() -> None:
    """Check, look at, try, publish and move forms: FHIR Questionnaires, as the Form Builder writes them."""


@forms.command(epilog="Example: workbook-desktop forms check forms/*.json --json")
@click.argument("files", nargs=-1, required=True, type=FILE_OR_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list of file, verdict and reasons.")
@click.option("--strict", is_flag=True, help="Also say what publishing would refuse.")
def check(files: tuple[Path, ...], as_json: bool, strict: bool) -> None:
    """Say of each file whether it is accepted whole, degraded or refused, and why: which item, which feature.

    A folder stands for the .json files in it. Exit code 1 if a file is refused.
    """
    from workbook_desktop.commands.forms.checking import check_files

    sys.exit(check_files(files, as_json=as_json, strict=strict))


@forms.command(epilog="Example: workbook-desktop forms show my-form.json --png picture.png --text 200")
@click.argument("file", type=FILE)
@click.option("--png", "out", required=True, type=NEW_FILE, help="Where the picture goes.")
@click.option("--section", default="", help="Only this section: its linkId, or its number from 1.")
@click.option("--width", default=1093, show_default=True, type=click.IntRange(480, 4000), help="Pixels.")
@click.option(
    "--text", "percent", default=100, show_default=True, type=click.IntRange(100, 225), help="Per cent."
)
@click.option("--theme", default="light", show_default=True, type=click.Choice(["light", "dark", "contrast"]))
@click.option("--response", type=FILE, help="A QuestionnaireResponse: the form filled in with it.")
def show(
    file: Path, out: Path, section: str, width: int, percent: int, theme: str, response: Path | None
) -> None:
    """Draw a form as workers see it, section below section, without opening a window."""
    from workbook_desktop.commands.forms.showing import draw

    sys.exit(draw(file, out, section=section, width=width, percent=percent, theme=theme, response=response))


@forms.command("try", epilog="Example: workbook-desktop forms try my-form.json")
@click.argument("file", type=FILE)
def try_(file: Path) -> None:
    """Open a window to fill a form in. Nothing is kept unless you export it from the menu."""
    from workbook_desktop.commands.forms.showing import try_out

    sys.exit(try_out(file))


@forms.command(epilog="Example: workbook-desktop forms evaluate mood.json --response answers.json --json")
@click.argument("file", type=FILE)
@click.option("--response", required=True, type=FILE, help="The answers: a QuestionnaireResponse.")
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="The day of “today()”; the real one if not given."
)
@click.option(
    "--context", type=FILE, help="What formulas may ask (%child, %family …): a JSON object by name."
)
@click.option("--out", type=NEW_FILE, help="Write the response with what was worked out.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def evaluate(
    file: Path, response: Path, today: object, context: Path | None, out: Path | None, as_json: bool
) -> None:
    """Work a form out with given answers: what shows, what is calculated, what is wrong, which scores.

    Exit code 1 if something is wrong or cannot be worked out.
    """
    from workbook_desktop.commands.forms.evaluating import evaluate_file

    sys.exit(evaluate_file(file, response, today=today, context=context, out=out, as_json=as_json))


@forms.command(
    epilog="Example: workbook-desktop forms publish new.json --previous old.json --key k.pem --out published"
)
@click.argument("file", required=False, type=FILE)
@click.option("--version", "number", default="", help="The version to publish; the file’s own if not given.")
@click.option(
    "--previous",
    type=FILE_OR_FOLDER,
    multiple=True,
    help="The versions before, as published: what changed since the last is said and weighed, and no name of"
    " a question may come to mean another.",
)
@click.option(
    "--value-sets", "lists", type=FILE_OR_FOLDER, multiple=True, help="Lists of answers to copy in."
)
@click.option("--key", type=FILE, help="The private key to sign with (PEM).")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="The folder for form and signature."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be refused and what changed.")
@click.option("--new-key", type=NEW_FILE, help="Make a new private key in this file, and nothing else.")
def publish(
    file: Path | None,
    number: str,
    previous: tuple[Path, ...],
    lists: tuple[Path, ...],
    key: Path | None,
    out: Path | None,
    dry_run: bool,
    new_key: Path | None,
) -> None:
    """Make a form ready for laptops: lint it, copy lists in, compare with the version before, sign it.

    Exit code 1 if it is refused. Then nothing is written.
    """
    from workbook_desktop.commands.forms import publishing

    if new_key is not None:
        sys.exit(publishing.make_key(new_key))
    if file is None:
        raise click.UsageError("Name the form to publish.")
    if not dry_run and (key is None or out is None):
        raise click.UsageError("Publishing needs --key and --out (or --dry-run).")
    sys.exit(
        publishing.publish_file(
            file, number=number, previous=previous, lists=lists, key=key, out=out, dry_run=dry_run
        )
    )


@forms.command(
    epilog="Example: workbook-desktop forms migrate --from old.json --to new.json --response r.json"
)
@click.option("--from", "before", required=True, type=FILE, help="The version the answers were given in.")
@click.option("--to", "after", required=True, type=FILE, help="The version to bring them to.")
@click.option("--response", type=FILE, help="The answers; without them only what changed is said.")
@click.option("--out", type=NEW_FILE, help="Where the answers go in the later version.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def migrate(before: Path, after: Path, response: Path | None, out: Path | None, as_json: bool) -> None:
    """Bring answers from one version of a form to a later one; say what changed and what was kept as a note.

    Exit code 1 if something breaks and the form does not say where its answers go.
    """
    from workbook_desktop.commands.forms.migrating import migrate_files

    sys.exit(migrate_files(before, after, response=response, out=out, as_json=as_json))
