"""What a worker must know about a record before writing in it: banners, and conflicts in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ui.say import Say
from ui.screens.form.earlier import EarlierPage
from ui.screens.form.reading import ReadingPage
from ui.screens.form.section import SectionPage
from ui.screens.form.trial import OpenForm
from ui.style import Tone
from ui.widgets.banners import Banner
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import State
from workbook_desktop.workspace.views import OpenConflict, OpenRecord

ORDER = (
    "trial",
    "conflicts",
    "underway",
    "late-addition",
    "returned",
    "sign-off",
    "not-accepted",
    "office",
    "combined",
)
_LONGEST = 280  # letters of a text that stand beside a field


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Where the buttons of notices lead."""

    decide: Callable[[], None]
    open_record: Callable[[RecordId], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One banner."""

    key: str
    tone: Tone
    title: str
    text: str
    action: str = ""  # what its button says
    identifier: str = ""  # of the button
    act: Callable[[], None] | None = None


def notices_of(view: OpenRecord, say: Say, ways: Ways) -> list[Notice]:
    """Return what is to be said about a record as it stands."""
    found: list[Notice] = []

    def tell(key: str, tone: Tone, title: str, text: str, **button: Any) -> None:
        found.append(Notice(key=key, tone=tone, title=title, text=text, **button))

    undecided = sum(each.chosen is None for each in view.conflicts)
    if isinstance(view, OpenForm):
        tell("trial", Tone.INFO, "This is a trial", "You can fill it in. Nothing is kept.")
    if undecided:
        count = "1 answer needs" if undecided == 1 else f"{undecided} answers need"
        text = "Two people changed the same thing. Both texts are safe. You can go on writing meanwhile."
        decide: dict[str, Any] = {"action": "Decide", "identifier": "do:decide", "act": ways.decide}
        tell("conflicts", Tone.WARNING, f"{count} your decision", text, **decide)
    if view.underway:
        count = (
            "1 text of yours is" if len(view.underway) == 1 else f"{len(view.underway)} texts of yours are"
        )
        why = "A colleague changed the same, and their words stand below. You will be asked which to keep."
        listed = "\n".join(
            f"{each.label}{f' ({each.where})' if each.where else ''}: {_short(each.mine)}"
            for each in view.underway
        )
        tell("underway", Tone.INFO, f"{count} not at the office yet", f"{why}\n{listed}")
    if view.amends is not None:
        text = (
            "It was written before it could be known here that the record had been signed. It stands beside "
            "that record: sign it, or change it."
        )
        tell("late-addition", Tone.INFO, "A late addition to a signed record", text, **_amended(view, ways))
    if view.state is State.RETURNED:
        text = "Change what was asked for, then send it again."
        tell("returned", Tone.WARNING, "Returned to you", text)
    if view.sign_off_dropped:
        text = "A colleague’s change came in first. Read it again, then sign it off again."
        tell("sign-off", Tone.WARNING, "It changed after you signed it off", text)
    if view.problems:
        count = "1 thing" if len(view.problems) == 1 else f"{len(view.problems)} things"
        words = ". ".join(dict.fromkeys(say.problem(code) for _, code in view.problems))
        tell("not-accepted", Tone.ERROR, f"Not accepted – fix {count}", words)
    if view.head is not None:
        by = next((each.name for each in view.workers if each.id == view.head.changed_by), "a colleague")
        when = f", {say.moment(view.head.changed_at)}" if view.head.changed_at else ""
        text = f"By {by}{when}. When you send yours, both are combined; where you differ, you are asked."
        tell("office", Tone.INFO, "Changed at the office since you began", text)
    if view.combined:
        count = "1 change" if len(view.combined) == 1 else f"{len(view.combined)} changes"
        listed = "; ".join(
            f"{each.label}{f' ({each.where})' if each.where else ''}: "
            f"{'yours' if each.yours else 'from a colleague'}"
            for each in view.combined
        )
        tell("combined", Tone.INFO, f"{count} combined", listed)
    return found


def show_notices(
    page: SectionPage | ReadingPage | EarlierPage, view: OpenRecord, say: Say, ways: Ways
) -> None:
    """Show what the worker must know above a page, and both texts beside its answers in conflict."""
    if isinstance(page, EarlierPage):
        return
    if isinstance(page, ReadingPage):
        _show_why_it_is_read(page, view, say, ways)
        return
    undecided = [each for each in view.conflicts if each.chosen is None]
    page.show_conflicts(
        (each for each in undecided if each.path in page.parts.fields),
        lambda each: conflict_words(each, say),
    )
    wanted = {each.key: each for each in notices_of(view, say, ways)}
    for key in ORDER:
        notice = wanted.get(key)
        if notice is None:
            page.show_banner(key, None)
        elif not page.has_banner(key, notice.title + notice.text):
            page.show_banner(key, _banner(notice), notice.title + notice.text)


def _show_why_it_is_read(page: ReadingPage, view: OpenRecord, say: Say, ways: Ways) -> None:
    if page.notices:
        return
    title = "You can read this record" if view.state is not State.SIGNED_OFF else "Signed off"
    text = say.why_not(view.why_not)
    button: dict[str, Any] = {}
    if view.amends is not None:
        text = f"{text} It is a late addition to a signed record.".strip()
        button = _amended(view, ways)
    banner = _banner(Notice(key="read", tone=Tone.INFO, title=title, text=text, **button))
    page.notices.append(banner)
    page.put_on_top(banner)


def _amended(view: OpenRecord, ways: Ways) -> dict[str, Any]:
    signed = view.amends
    if signed is None:
        return {}
    return {
        "action": "Open the signed record",
        "identifier": "do:open-amended",
        "act": lambda: ways.open_record(signed),
    }


def _banner(notice: Notice) -> Banner:
    banner = Banner(notice.tone, notice.title, notice.text, action=notice.action, on_action=notice.act)
    if banner.button is not None:
        banner.button.setObjectName(notice.identifier)
        banner.button.setAccessibleIdentifier(notice.identifier)
    return banner


def conflict_words(conflict: OpenConflict, say: Say) -> str:
    """Return both texts of a conflict, and whose they are."""
    mine_by = "you" if conflict.mine_is_this_worker else conflict.mine_by
    their_when = f", {say.moment(conflict.theirs_at)}" if conflict.theirs_at else ""
    mine = f"Your version – {mine_by}, {say.moment(conflict.mine_at)}: {_short(conflict.mine)}"
    theirs = f"Office version – {conflict.theirs_by}{their_when}: {_short(conflict.theirs)}"
    return f"{mine}\n{theirs}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
