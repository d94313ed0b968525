"""``forms publish``."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from workbook_desktop.commands.forms import files
from workbook_desktop.commands.forms.files import OK, PROBLEM, Stopped, complain
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import LinkId
from workbook_desktop.forms import signing, strict_json
from workbook_desktop.forms.definition import Form, version_order
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.publishing import Effect, check_form, lint
from workbook_desktop.forms.trials import tried
from workbook_desktop.forms.value_sets import ValueSets, copied_in, shipped_source
from workbook_desktop.forms.versions import Weight, differences


def make_key(path: Path) -> int:
    """Write a new private key to a file that is not there yet."""
    if path.exists():
        complain(f"{path}: it is there already, and is left as it is.")
        return PROBLEM
    private = signing.new_key()
    try:
        files.write(path, private, secret=True)
    except Stopped as error:
        complain(str(error))
        return PROBLEM
    public = signing.public_part(private)
    click.echo(f"{path}: a new key, called {signing.key_name(public)}. Keep it safe.")
    click.echo(f"Its public part, for “form_keys” on laptops: {base64.b64encode(public).decode('ascii')}")
    return OK


def publish_file(
    file: Path,
    *,
    number: str,
    previous: Iterable[Path],
    lists: Iterable[Path],
    key: Path | None,
    out: Path | None,
    dry_run: bool,
) -> int:
    """Publish one form; return the exit code. Nothing is written of a form that is refused."""
    try:
        raw = _raw(file)
        if number:
            raw["version"] = number
        raw, missing = copied_in(raw, _value_sets(lists))
        source = json.dumps(raw, ensure_ascii=False, indent=1, default=_number).encode() + b"\n"
        before = _published(previous, out, raw)
        refusals = _refusals(source, missing)
        form = load(source) if not refusals else None
        empty: tuple[str, ...] = ()
        if form is not None:
            refusals += _against(before, form)
            trials = tried(form)
            refusals += trials.failures
            empty = trials.empty
        if refusals or form is None:
            for why in dict.fromkeys(refusals):
                complain(f"refused  {why}")
            complain(f"{file}: it is not published.")
            return PROBLEM
        _warn(source, form, empty)
        if dry_run or key is None or out is None:
            click.echo(f"{form.id} {form.version}: it can be published.")
            return OK
        return _sign(source, form, key, out)
    except FormRefused as refused:
        complain(f"{file}: {files.words_of(refused)}")
    except Stopped as stopped:
        complain(str(stopped))
    return PROBLEM


def _raw(file: Path) -> dict[str, Any]:
    raw, _ = strict_json.decode(files.read(file))
    return raw


def _number(value: Any) -> Any:
    # Decimals of a definition are limits and scores: as numbers again, whole ones without a point.
    if strict_json.number_text(value) is None:
        raise FormRefused(item="", feature="json", why="it holds a number beyond all bounds")
    return int(value) if value == value.to_integral_value() else float(value)


def _value_sets(given: Iterable[Path]) -> ValueSets:
    sets = ValueSets()
    sets.add_file(shipped_source())
    for path in given:
        for each in sorted(path.rglob("*.json")) if path.is_dir() else (path,):
            sets.add_file(files.read(each))
    return sets


def _refusals(source: bytes, missing: Sequence[tuple[str, str, str]]) -> list[str]:
    report = check_form(source)
    told = {link[:80] for link, _, _ in missing}
    found = [
        each.why
        for each in report.reasons
        if each.refuses
        or each.effect in (Effect.LOGIC, Effect.HELP)
        or (each.effect is Effect.LIST and each.item not in told)
    ]
    found += [
        f"Item {link}: its list of answers {why} ({url}); give it whole with --value-sets."
        for link, url, why in missing
    ]
    if report.form is not None:
        found += [each.why for each in lint(report.form) if each.refuses and each.feature != "answerValueSet"]
    return found


def _out_there(out: Path | None) -> list[Path]:
    """Return the forms that were published into the folder where this one goes."""
    if out is None or not out.is_dir():
        return []
    signed = sorted(out.glob("*.sig.json"))
    beside = (each.with_name(each.name.removesuffix(".sig.json") + ".json") for each in signed)
    return [each for each in beside if each.is_file()]


def _published(given: Iterable[Path], out: Path | None, raw: Mapping[str, Any]) -> list[Form]:
    """Return the versions before, the last one last: the files named, and what of this form stands in the
    folders named and in the one where it goes. Raises Stopped."""
    found: dict[tuple[str, str], Form] = {}  # each once, though two of the places may hold it
    searched = _out_there(out)
    for path in given:
        if not path.is_dir():
            form = files.form_in(path)
            found[form.version, form.source_hash] = form
            continue
        searched += [each for each in sorted(path.rglob("*.json")) if not each.name.endswith(".sig.json")]
    for path in searched:
        form = files.form_in(path)
        if form.id == raw.get("id") or (form.url and form.url == raw.get("url")):
            found[form.version, form.source_hash] = form
    return sorted(found.values(), key=lambda form: version_order(form.version))


def _against(versions: Sequence[Form], after: Form) -> list[str]:
    """Say what changed since the last version before; return what may not be."""
    if not versions:
        return []
    *earlier, before = versions
    refusals = [
        f"{each.what} So it was in version {old.version}: a name is never used again for something else."
        for old in earlier
        for each in differences(old, after)
        if each.weight is Weight.BREAKING
        and not each.moved
        and LinkId(each.item) in after.by_link_id
        and LinkId(each.item) not in before.by_link_id
    ]
    if any(each.version == after.version for each in earlier):
        refusals.append(f"Version {after.version} is published already: give a new one with --version.")
    if before.id != after.id or (before.url and before.url != after.url):
        refusals.append(f"The version before is another form: {before.id}, not {after.id}.")
    if before.version == after.version:
        refusals.append(f"Version {after.version} is published already: give a new one with --version.")
    for each in differences(before, after):
        click.echo(f"  {each.weight.name.lower():<11} {each.what}")
        if each.weight is Weight.BREAKING and not each.moved:
            refusals.append(f"{each.what} Say with “moves” where its answers go, or that they are kept.")
    return refusals


def _warn(source: bytes, form: Form, more: Iterable[str]) -> None:
    for each in (*check_form(source).reasons, *lint(form)):
        if not each.refuses:
            click.echo(f"  look        {each.why}")
    for why in more:
        click.echo(f"  look        {why}")


def _sign(source: bytes, form: Form, key: Path, out: Path) -> int:
    private = files.read(key)
    at = datetime.now(UTC)
    signature = signing.sign(source, form=form.id, version=form.version, private=private, at=at)
    name = f"{form.id}.{form.version}"
    if (out / f"{name}.json").exists():
        complain(
            f"{out / name}.json: it is there already. A published version never changes: give a new one."
        )
        return PROBLEM
    files.write(out / f"{name}.json", source)
    files.write(out / f"{name}.sig.json", signature.json())
    public = signing.public_part(private)
    signing.verify(
        files.read(out / f"{name}.json"),
        signing.signature_of(files.read(out / f"{name}.sig.json")),
        {signing.key_name(public): public},
    )
    click.echo(f"{out / name}.json: published, signed with {signature.key}.")
    return OK
