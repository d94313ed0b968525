"""The record as it is read before it is sent: what is missing, what matters most, every answer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QWidget

from ui.style import Rank, Tone
from ui.widgets.announce import announce
from ui.widgets.banners import Banner, Inset
from ui.widgets.buttons import Button, LinkButton
from ui.widgets.page import Page
from ui.widgets.summaries import SummaryRow
from ui.widgets.surfaces import Band
from ui.widgets.text import Body, HeadingThree, HeadingTwo, Hint
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import content_hash, content_of
from workbook_desktop.forms import check, summary, versions
from workbook_desktop.forms.definition import Kind
from workbook_desktop.forms.draft import is_unconfirmed
from workbook_desktop.forms.workings import Workings
from workbook_desktop.workspace.census_checks import CensusCheck
from workbook_desktop.workspace.telling import Told, told
from workbook_desktop.workspace.views import OpenRecord

WHEN_IT_GOES = "It will go when there is a connection. You can still change it until then."


class CheckPage(Page):
    """The record as it is read, with what is missing on top."""

    def __init__(
        self,
        view: OpenRecord,
        *,
        goes_to: str,
        change: Callable[[FieldPath], None],
        is_offline: bool,
        changed: bool,
        why_not: str,
        decide: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Check and finish", caption=view.form.name or view.form.title, parent=parent)
        self._view, self._change_at = view, change
        self.shown_hash = content_hash(content_of(view.body))
        shown = Workings(view.form, view.body, view.surroundings)
        found = check.problems(view.form, view.body, shown)
        self.problems = [(each.path, self._words(each, shown)) for each in found if each.severity == "must"]
        looks = self._looks([each for each in found if each.severity == "look"], shown)
        self._links: list[LinkButton] = []
        self._told = told(view.family, view.form, view.body, view.workers) if view.editable else None
        self.told_box = QCheckBox("The address has to be in this record: send it all the same")
        if changed:
            self.add(
                Banner(
                    Tone.WARNING,
                    "It changed while you were reading",
                    "What you see now is what stands. Read it again before you sign it off.",
                )
            )
        undecided = sum(each.chosen is None for each in view.conflicts)
        if undecided:
            count = "1 answer needs" if undecided == 1 else f"{undecided} answers need"
            banner = Banner(
                Tone.WARNING,
                f"{count} your decision",
                "It can be signed off when you have decided.",
                action="Decide",
                on_action=decide,
            )
            if banner.button is not None:
                banner.button.setObjectName("do:decide")
            self.add(banner)
        if self._told is not None:
            self._add_told(self._told, shown)
        if not view.editable:
            self.add(Banner(Tone.INFO, "You can read this record", why_not))
        elif self.problems:
            count = "1 thing" if len(self.problems) == 1 else f"{len(self.problems)} things"
            self._add_links(f"Not finished yet: {count}", self.problems, Tone.WARNING)
        else:
            self.add(Banner(Tone.SUCCESS, "Nothing is missing", "Read it through, then sign it off."))
        if looks and view.editable:
            self._add_links("Look at these again", looks, Tone.INFO)
        self._census = Band(Tone.INFO, is_tinted=False)
        self._census.setObjectName("say:census")
        self.add(self._census)
        self._census.hide()
        self._add_severe(shown)
        for section in summary.rendered(view.form, view.body, view.family.people, workings=shown):
            self.add(HeadingTwo(section.title))
            where = ""
            for line in section.lines:
                if line.heading:
                    where = line.label
                    self.add(HeadingThree(line.label))
                else:
                    self._add_answer(line.label, line.shown, line.path, where)
        self._add_earlier()
        self.sign = Button("Sign off and send", Rank.PRIMARY, identifier="do:sign-off")
        self.send = Button("Send to the team, keep it open", identifier="do:send")
        self.keep = Button("Keep as draft", identifier="do:keep-draft")
        if view.editable:
            self.add(HeadingTwo("Finish"))
            to = f"{goes_to} (team manager), and the team around the family" if goes_to else "the team"
            self.add(Body(f"Goes to: {to}, in the {view.family.name} family’s file."))
            offline = "You are offline. " if is_offline else ""
            self.add(Inset(f"{offline}{WHEN_IT_GOES}", Tone.INFO))
            self.add(Hint("Signing off says that you wrote this and that it is right as it stands."))
            self.add_button(self.sign, self.send, self.keep)
        else:
            self.keep.setText("Back to my work")
            self.add_button(self.keep)

    @property
    def first_stop(self) -> QWidget | None:
        """Where the focus begins: at what is missing, else at the buttons."""
        if self._links:
            return self._links[0]
        return self.sign if self._view.editable else self.keep

    @property
    def problem_links(self) -> tuple[LinkButton, ...]:
        """The links to what is missing, in the order of the form."""
        return tuple(self._links)

    @property
    def why_not_yet(self) -> str:
        """What the worker has to do or to say about a protected address before it goes; "" if nothing."""
        if self._told is None or self.told_box.isChecked():
            return ""
        decide = "Take it out, keep the record from somebody, or say that it has to be there"
        return f"It tells a protected address. {decide}"

    def say_census(self, found: tuple[CensusCheck, ...]) -> None:
        """Say what the census would refuse or ask about. It can be signed off all the same."""
        if not found:
            return
        self._census.add(HeadingTwo("Before it goes into the census"))
        several = len({each.who for each in found}) > 1
        for each in found:
            who = f"{each.who}: " if several else ""
            asks = "" if each.must else " The census asks about this; it may be right."
            self._census.add(Body(f"{who}{each.words}{asks}", selectable=True))
        self._census.add(Hint("You can sign off all the same."))
        self._census.show()

    def step_problem(self, by: int) -> None:
        """Put the focus on the next thing that is missing."""
        if not self._links:
            announce(self, "Nothing is missing")
            return
        here = next((place for place, link in enumerate(self._links) if link.hasFocus()), None)
        to = 0 if here is None else (here + by) % len(self._links)
        self._links[to].setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_told(self, said: Told, shown: Workings) -> None:
        """Say where a protected address stands. It does not go like that without the worker's word."""
        form = self._view.form
        where = []
        for path in said.answers:
            item = form.by_link_id.get(paths.link_id(path))
            about = self._about(path, shown) if item is not None else ""
            question = item.text if item is not None else "an answer of an earlier form"
            where.append((path, f"Take it out: {about}: {question}" if about else f"Take it out: {question}"))
        if said.withhold is not None:
            where.append((paths.child(paths.ROOT, said.withhold), "Keep the record from somebody"))
        band = self._add_links("It tells a protected address", where, Tone.ERROR)
        live = ", ".join(each.name for each in said.homes if each.forename or each.surname)
        kept = ", ".join(each.name for each in said.apart)
        away = f" It is kept from {kept}, and from whoever works with them alone." if kept else ""
        band.add(
            Body(f"Where {live or 'they'} live is in these words, for the whole team to read.{away}"),
            self.told_box,
        )
        self.told_box.setObjectName("choose:tell-address")
        self.told_box.setAccessibleIdentifier("choose:tell-address")

    def _add_links(self, title: str, problems: list[tuple[FieldPath, str]], tone: Tone) -> Band:
        band = Band(tone, is_tinted=False)
        band.add(HeadingTwo(title))
        for path, words in problems:
            link = LinkButton(words, identifier=f"problem:{path}")
            link.wrap_text()
            link.clicked.connect(lambda *_, at=path: self._change_at(at))
            band.add(link)
            self._links.append(link)
        self.add(band)
        return band

    def _add_severe(self, shown: Workings) -> None:
        """List what must not be wrong, so that it is read by itself once."""
        form, body = self._view.form, self._view.body
        severe = [
            path
            for path in body.answers
            if (item := form.by_link_id.get(paths.link_id(path))) is not None  # not of an earlier form
            and item.severe
            and shown.shown(path)
            and item.kind is not Kind.DISPLAY
            and not is_unconfirmed(body.answers[path])
        ]
        if not severe or not self._view.editable:
            return
        self.add(HeadingTwo("These matter most"))
        self.add(Hint("Read each one again before you sign."))
        for path in severe:
            item = form.by_link_id[paths.link_id(path)]
            about = self._about(path, shown)
            label = f"{about}: {item.text}" if about else item.text
            value = summary.shown_value(item, body.answers[path])
            self._add_answer(label, value, path, "", name="severe")

    def _add_earlier(self) -> None:
        """Show what a later version of the form no longer asks for: it stays with the record."""
        lines = versions.earlier(self._view.form, self._view.body)
        if not lines:
            return
        self.add(HeadingTwo("From the earlier form"))
        self.add(Hint("The form no longer asks for these answers. They stay with the record."))
        for line in lines:
            self.add(SummaryRow(line.label, line.shown, action=""))

    def _add_answer(
        self, label: str, value: str, path: FieldPath, where: str, *, name: str = "change"
    ) -> None:
        action = "Change" if self._view.editable else ""
        row = SummaryRow(label, value, action=action, context=f"{label} {where}".strip())
        if row.action is not None:
            row.action.setObjectName(f"{name}:{path}")
            row.action.setAccessibleIdentifier(f"{name}:{path}")
        row.changed.connect(lambda: self._change_at(path))
        self.add(row)

    def _looks(self, found: list[check.Problem], shown: Workings) -> list[tuple[FieldPath, str]]:
        """Return what to look at again; what was filled in together, in one row, is one line."""
        rows: dict[FieldPath, list[check.Problem]] = {}
        for each in found:
            row = paths.parent_row(each.path)
            if row and each.code == "copied":
                rows.setdefault(row, []).append(each)
        together = {problem.path: listed for listed in rows.values() if len(listed) > 1 for problem in listed}
        looks = []
        for each in found:
            listed = together.get(each.path)
            if listed is None:
                looks.append((each.path, self._words(each, shown)))
            elif each is listed[0]:
                about = self._about(each.path, shown)
                words = f"{len(listed)} answers were copied or filled in: read them again before signing off"
                looks.append((each.path, f"{about}: {words}"))
        return looks

    def _words(self, problem: check.Problem, shown: Workings) -> str:
        item = self._view.form.by_link_id[problem.link_id]
        return check.words(problem, item, self._about(problem.path, shown))

    def _about(self, path: FieldPath, shown: Workings) -> str:
        row = paths.parent_row(path)
        if not row:
            return ""
        item = self._view.form.by_link_id[paths.link_id(row)]
        rows = shown.rows(paths.parent_row(row), item.link_id)
        names = {f"Person/{each.id}": each.name for each in self._view.family.people}
        return summary.row_title(item, self._view.body, row, rows.index(row) + 1 if row in rows else 1, names)
