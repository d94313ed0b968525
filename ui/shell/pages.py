"""What each page asks of the desk, and how it is built from the answer. A page that is added is added here.

A page's module is imported when it is first shown, so that the unlock window need not wait for any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ui.exchange import Exchange
from ui.say import Say
from ui.shell.navigation import Navigator
from ui.shell.places import Kind, Place
from ui.shell.screen import Caret, Screen
from ui.tasks import Tasks
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.workspace.desk import Desk

T = TypeVar("T")


class Pages:
    """The pages of one unlock. `question` runs in the store's thread, `build` in the window's."""

    def __init__(
        self,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        exchange: Exchange,
        to: Navigator,
        *,
        clock: Clock,
        left: MutableMapping[RecordId, Caret],
        kept: MutableMapping[Hashable, dict[str, Any]],
    ) -> None:
        """`left`: where the worker was in each record; `kept`: how pages were narrowed, in memory alone."""
        self.desk, self.tasks, self.say, self.exchange, self.to = desk, tasks, say, exchange, to
        self.clock, self.left, self.kept = clock, left, kept

    def question(self, place: Place) -> Callable[[], Any]:
        """Return what to ask of the desk for a place: values in, a view out."""
        desk, ask = self.desk, PAGES[place.kind].ask
        return lambda: ask(desk, place)

    def build(self, place: Place, view: Any) -> Screen:
        """Return the page that shows a view."""
        return PAGES[place.kind].build(self, place, view)


@dataclass(frozen=True, slots=True)
class Page:
    """One kind of page."""

    ask: Callable[[Desk, Place], Any]
    build: Callable[[Pages, Place, Any], Screen]


def _home(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.home import HomeScreen

    return HomeScreen(
        view, pages.desk, pages.tasks, pages.say, pages.to, clock=pages.clock, exchange=pages.exchange
    )


def _caseload(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.caseload import CaseloadScreen

    kept = pages.kept.setdefault(place.kind, {})
    return CaseloadScreen(view, pages.desk, pages.tasks, pages.say, pages.to, clock=pages.clock, kept=kept)


def _family(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.family import FamilyScreen

    return FamilyScreen(
        view, pages.desk, pages.tasks, pages.say, pages.to, clock=pages.clock, person=place.person
    )


def _workbook(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.workbook import WorkbookScreen

    return WorkbookScreen(
        view,
        pages.desk,
        pages.tasks,
        pages.say,
        pages.to,
        kept=pages.kept.setdefault((place.kind, place.family), {}),
    )


def _with_parent(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.with_parent import WithParentScreen

    return WithParentScreen(view, pages.say, pages.to)


def _record(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.form import FormScreen

    return FormScreen(
        view,
        pages.desk,
        pages.tasks,
        pages.say,
        pages.to,
        clock=pages.clock,
        section=place.section,
        left=pages.left,
    )


def _check(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.check import CheckScreen

    return CheckScreen(
        view, pages.desk, pages.tasks, pages.say, pages.to, clock=pages.clock, exchange=pages.exchange
    )


def _ask_conflict(desk: Desk, place: Place) -> Any:
    from ui.screens.conflict import read

    return read(desk, place.record)


def _conflict(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.conflict import ConflictScreen

    conflicts, records = view
    return ConflictScreen(
        conflicts,
        records,
        pages.desk,
        pages.tasks,
        pages.say,
        pages.to,
        record=place.record,
        exchange=pages.exchange,
    )


def _sending(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.sending import SendingScreen

    return SendingScreen(
        view, pages.desk, pages.tasks, pages.say, pages.to, clock=pages.clock, exchange=pages.exchange
    )


def _account(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.sign_in import AccountScreen

    return AccountScreen(pages.tasks, pages.say, pages.to, exchange=pages.exchange)


def _find(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.find import FindScreen

    return FindScreen(pages.desk, pages.tasks, pages.say, pages.to, within=place.family)


def _ask_new(desk: Desk, place: Place) -> Any:
    within = place.family
    return desk.caseload(), desk.family(within) if within is not None else None


def _new(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.new_record import NewRecordScreen

    return NewRecordScreen(view[0], view[1], pages.desk, pages.tasks, pages.say, pages.to)


def _chronology(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.chronology import ChronologyScreen

    return ChronologyScreen(
        view,
        pages.desk,
        pages.tasks,
        pages.say,
        pages.to,
        person=place.person,
        kept=pages.kept.setdefault((place.kind, place.family, place.person), {}),
    )


def _ask_paper(desk: Desk, place: Place) -> Any:
    from workbook_desktop.paths import managed_folder
    from workbook_desktop.settings import read_policy

    return desk.paper_choices(_given(place.family)), read_policy(managed_folder()).document_folder


def _paper(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.paper import PaperScreen

    choices, folder = view
    return PaperScreen(
        choices,
        pages.desk,
        pages.tasks,
        pages.say,
        pages.to,
        record=place.record,
        whom=place.person,
        managed=folder,
    )


def _genogram(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.genogram import GenogramScreen

    kept = pages.kept.setdefault((place.kind, place.family), {})
    return GenogramScreen(view, pages.desk, pages.tasks, pages.say, pages.to, kept=kept)


def _versions(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.versions import VersionsScreen

    return VersionsScreen(view, pages.desk, pages.tasks, pages.say, pages.to, pages.exchange)


def _shortcuts(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.shortcuts import ShortcutsScreen

    return ShortcutsScreen(pages.to)


def _measures(pages: Pages, place: Place, view: Any) -> Screen:
    from ui.screens.measures import MeasuresScreen

    kept = pages.kept.setdefault(place.kind, {})
    return MeasuresScreen(view, pages.desk, pages.tasks, pages.say, pages.to, kept=kept)


def _given(value: T | None) -> T:
    if value is None:
        raise ValueError("this place needs an id")
    return value


PAGES = {
    Kind.HOME: Page(lambda desk, place: desk.home(), _home),
    Kind.CASELOAD: Page(lambda desk, place: desk.caseload(), _caseload),
    Kind.FAMILY: Page(lambda desk, place: desk.family(_given(place.family)), _family),
    Kind.WORKBOOK: Page(lambda desk, place: desk.workbook(_given(place.family)), _workbook),
    Kind.WITH_PARENT: Page(
        lambda desk, place: desk.parents_page(_given(place.family), _given(place.person)), _with_parent
    ),
    Kind.RECORD: Page(lambda desk, place: desk.open(_given(place.record)), _record),
    Kind.CHECK: Page(lambda desk, place: desk.open_to_check(_given(place.record)), _check),
    Kind.CONFLICT: Page(_ask_conflict, _conflict),
    Kind.SENDING: Page(lambda desk, place: desk.sending(), _sending),
    Kind.ACCOUNT: Page(lambda desk, place: None, _account),
    Kind.NEW: Page(_ask_new, _new),
    Kind.CHRONOLOGY: Page(lambda desk, place: desk.chronology(_given(place.family)), _chronology),
    Kind.GENOGRAM: Page(lambda desk, place: desk.genogram(_given(place.family)), _genogram),
    Kind.FIND: Page(lambda desk, place: None, _find),
    Kind.PAPER: Page(_ask_paper, _paper),
    Kind.MEASURES: Page(lambda desk, place: desk.to_measure(), _measures),
    Kind.VERSIONS: Page(lambda desk, place: desk.versions(_given(place.record)), _versions),
    Kind.SHORTCUTS: Page(lambda desk, place: None, _shortcuts),
}
