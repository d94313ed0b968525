"""What the lists show of the workspace's views."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ui.say import Say, long_date
from ui.style import Tone
from ui.widgets import Row
from workbook_desktop.workspace.views import Due, FamilyToRead, OpenConflict, Progress, RecordRow, ToRead

SIGN_AGAIN = "Your sign-off did not count, because a colleague’s change came in first"
_ICONS = {Progress.NEEDS_DECISION: "circle-question-mark", Progress.NOT_ACCEPTED: "circle-alert"}


def names_words(names: Iterable[str]) -> str:
    """Return "Maisie, Leo and Ivy": first names, as a team says them."""
    first = [name.split(" ")[0] for name in names]
    if len(first) < 2:
        return "".join(first)
    return f"{', '.join(first[:-1])} and {first[-1]}"


def own_row(row: RecordRow, say: Say) -> Row:
    """Return a record of the worker's own, with where it stands."""
    word = say.progress_of(row)
    parts = [SIGN_AGAIN] if row.sign_again else []
    parts += [names_words(row.subjects), f"{row.family_name} family"]
    if row.changed_at is not None:
        parts.append(f"changed {say.moment(row.changed_at)}")
    waits = row.waits_for_signature
    return Row(
        key=row.record,
        title=row.title,
        detail=" · ".join(part for part in parts if part),
        state="Sign it off again" if waits else word.text,
        tone=Tone.WARNING if waits else word.tone,
        icon=_ICONS.get(row.progress, "file-text"),
    )


def colleague_row(row: RecordRow, say: Say) -> Row:
    """Return a colleague's record, with who and when."""
    word = say.state(row.state)
    when = f", {say.moment(row.changed_at)}" if row.changed_at is not None else ""
    parts = [f"{row.changed_by}{when}", names_words(row.subjects), f"{row.family_name} family"]
    return Row(
        key=row.record,
        title=row.title,
        detail=" · ".join(part for part in parts if part),
        state=word.text,
        tone=word.tone,
        icon="file-text",
    )


def file_row(row: RecordRow, say: Say) -> Row:
    """Return a record of a family's file."""
    word = say.progress_of(row)
    who = f"signed by {row.signed_by}" if row.signed_by else row.changed_by
    when = f", {say.moment(row.changed_at)}" if row.changed_at is not None else ""
    parts = [f"{who}{when}" if who else "", names_words(row.subjects)]
    return Row(
        key=row.record,
        title=row.title,
        detail=" · ".join(part for part in parts if part),
        state=word.text,
        tone=word.tone,
        icon=_ICONS.get(row.progress, "file-text"),
    )


def due_row(due: Due, key: str, today: date, say: Say) -> Row:
    """Return something with a date."""
    state = say.due(due.on)
    if due.runs_out:
        state = f"{'ran' if due.on < today else 'runs'} out {'today' if due.on == today else state}"
        state = state.removesuffix(", overdue")
    tone = Tone.WARNING if due.overdue else Tone.INFO if due.on == today else Tone.NEUTRAL
    return Row(
        key=key,
        title=due.who,
        detail=f"{due.what} · this date moved" if due.moved else due.what,
        state=f"{state[0].upper()}{state[1:]}",
        tone=tone,
        icon="clock" if due.overdue else "calendar",
    )


def to_read_row(family: FamilyToRead, say: Say) -> Row:
    """Return how much of a family is to be read, and the newest of it."""
    newest = family.newest
    parts = [note_source(newest), shortened(newest.words)]
    return Row(
        key=family.family,
        title=f"{family.name} family",
        detail=" · ".join(part for part in parts if part),
        state=f"{family.count} to read",
        tone=Tone.WARNING,
        icon="book-open",
    )


def note_source(note: ToRead) -> str:
    """Return who asks, when, and in which record: "Survivor entry of 3 November 2026, Nerys Vole"."""
    of = f" of {long_date(note.on)}" if note.on is not None else ""
    return f"{note.kind}{of}, {note.by}" if note.by else f"{note.kind}{of}"


def shortened(text: str, most: int = 140) -> str:
    """Return the beginning of a narrative, to the end of a word: the record has it whole."""
    if len(text) <= most:
        return text
    return f"{text[:most].rsplit(None, 1)[0].rstrip(' ,.;:')} …"


def conflict_row(conflict: OpenConflict, say: Say) -> Row:
    """Return something to decide."""
    where = f", {conflict.where}" if conflict.where else ""
    by = conflict.theirs_by if conflict.mine_is_this_worker else conflict.mine_by
    at = conflict.theirs_at if conflict.mine_is_this_worker else conflict.mine_at
    when = f", {say.moment(at)}" if at is not None else ""
    settled = conflict.chosen is not None
    parts = [f"Also changed by {by}{when}"]
    if conflict.claimed_by and not conflict.is_claimed_here:
        opened = f" {say.moment(conflict.claimed_at)}" if conflict.claimed_at is not None else ""
        parts.insert(0, f"{conflict.claimed_by} opened it{opened}")
    if conflict.escalated_at is not None:
        parts.insert(0, "Team manager told")
    return Row(
        key=conflict.id,
        title=f"{conflict.label}{where}",
        detail=" · ".join(parts),
        state="Decided – waits to be sent" if settled else "Needs your decision",
        tone=Tone.INFO if settled else Tone.WARNING,
        icon="circle-question-mark",
    )


def file_size(count: int) -> str:
    """Return "12 KB"."""
    if count < 1024:
        return f"{count} bytes"
    if count < 1024 * 1024:
        return f"{round(count / 1024)} KB"
    return f"{count / 1024 / 1024:.1f} MB"
