"""S19: the versions of a record, who made each and when, and what each says otherwise than the one before."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout

from ui.exchange import Exchange
from ui.models.identity import facts_of_family
from ui.say import Say
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.tasks import Tasks
from ui.widgets import Button, Hint, Inset, Page, RowStack, SummaryRow
from ui.widgets.announce import announce
from workbook_desktop.domain.records import Head, State
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.versions import Version, Versions

_STATES = {
    State.DRAFT: "Draft",
    State.READY: "Ready",
    State.SIGNED_OFF: "Signed off",
    State.RETURNED: "Returned",
    State.SUPERSEDED: "Replaced by a newer one",
}


class VersionsScreen(Screen):
    """A list of versions, the newest first. The older ones are at the office until they are asked for."""

    def __init__(
        self, view: Versions, desk: Desk, tasks: Tasks, say: Say, go: Navigator, exchange: Exchange
    ) -> None:
        super().__init__()
        self._record, self._desk, self._tasks, self._say = view.record, desk, tasks, say
        self._exchange = exchange
        self.setObjectName("screen:versions")
        self.setAccessibleIdentifier("screen:versions")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page(f"Versions: {view.title}" if view.title else "Versions of this record")
        outer.addWidget(self.page)
        go.title("Versions of a record")
        if view.family is not None:
            go.identity(facts_of_family(view.family))
        self._back = Button("&Back  Alt+Left", identifier="do:back")
        self._back.clicked.connect(lambda *_: go.back())
        self._older = Inset("")
        self._fetch = Button("&Get all versions from the office", identifier="do:fetch-versions")
        self._fetch.clicked.connect(lambda *_: self._ask())
        self._nothing = Hint("No version of this record is at the office yet.")
        self._rows = RowStack()
        self.page.add(self._back, self._older, self._fetch, self._nothing, self._rows)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(go.back)
        self._show(view)

    def begin(self) -> None:
        """Start at the way back, after the heading."""
        self.page.arrive()
        self._back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, view: Versions) -> None:
        missing = view.at_office_only
        words = "1 version is" if missing == 1 else f"{missing} versions are"
        self._older.words.setText(f"{words} at the office only. What comes is shown here and not kept.")
        can_ask = bool(view.versions) and any(not each.is_compared for each in view.versions)
        self._older.setVisible(bool(missing))
        self._fetch.setVisible(bool(missing) or can_ask)
        self._nothing.setVisible(not view.versions)
        self._rows.set_rows(*(SummaryRow(self._name(each), _says(each), action="") for each in view.versions))

    def _name(self, version: Version) -> str:
        when = f", {self._say.moment(version.at)}" if version.at is not None else ""
        by = f" by {version.by}" if version.by else ""
        return f"Version {version.number}{when}{by}"

    def _ask(self) -> None:
        self._fetch.setEnabled(False)
        if not self._exchange.fetch_versions(self, self._record, self._came, self._failed):
            self._fetch.setEnabled(True)
            announce(self, "The office cannot be asked now.")

    def _came(self, heads: tuple[Head, ...]) -> None:
        desk, record = self._desk, self._record
        self._tasks.run(self, lambda: desk.versions(record, heads), self._told, self._failed)

    def _told(self, view: Versions) -> None:
        self._fetch.setEnabled(True)
        self._show(view)
        if self._fetch.isHidden():
            self._back.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"{len(view.versions)} versions")

    def _failed(self, error: Exception) -> None:
        self._fetch.setEnabled(True)
        self._say.error(error)


def _says(version: Version) -> str:
    lines = [_STATES[version.state]]
    if version.changes:
        lines += version.changes
    elif version.number == 1:
        lines.append("The first version")
    elif version.is_compared:
        lines.append("Says what the version before says")
    else:
        lines.append("What changed is not on this laptop")
    return "\n".join(lines)
