"""A record as it is open on the page: its answers, and the sections they stand in. No widgets."""

from __future__ import annotations

from collections.abc import Mapping

from ui.screens.form.earlier import EARLIER, TITLE
from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FieldPath, LinkId, NewId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Body, Empty
from workbook_desktop.forms import summary
from workbook_desktop.forms.definition import Form, Section
from workbook_desktop.forms.sheet import SectionState, Sheet
from workbook_desktop.forms.versions import earlier
from workbook_desktop.workspace.views import OpenRecord, Progress

_WHERE_TO_BEGIN: tuple[tuple[SectionState, ...], ...] = (
    ("in progress",),
    ("problem",),
    ("filled in", "not started"),
)


class Opened:
    """One opening of a record, in one version of its form."""

    def __init__(self, view: OpenRecord, *, worker: Worker, clock: Clock, new_id: NewId) -> None:
        self.view = view
        self.removed = list(view.removed)  # rows taken away, oldest first
        self.sheet = Sheet(
            view.form,
            view.body,
            by=worker.id,
            now=lambda: clock.now().isoformat(),
            new_id=new_id,
            worker=worker,
            surroundings=view.surroundings,
        )
        self._earlier: tuple[Body, tuple[summary.Line, ...]] | None = None
        self.rendered: Mapping[LinkId, summary.RenderedSection] = {}
        if not view.editable:
            sections = summary.rendered(view.form, view.body, view.family.people)
            self.rendered = {each.id: each for each in sections}

    @property
    def earlier(self) -> tuple[summary.Line, ...]:
        """The answers of an earlier form that stand in the record now."""
        body = self.sheet.body
        if self._earlier is None or self._earlier[0] is not body:
            self._earlier = body, earlier(self.form, body)
        return self._earlier[1]

    @property
    def form(self) -> Form:
        """The form, in the version the record is written in."""
        return self.view.form

    @property
    def is_untouched(self) -> bool:
        """Whether it is a draft the office never had, in which nobody has answered anything."""
        view = self.view
        return (
            view.editable
            and view.progress is Progress.DRAFT
            and view.base is None
            and view.head is None
            and not any(answer.at is not None for answer in self.sheet.body.answers.values())
            and not any(each.answers for each in self.removed)
        )

    @property
    def name(self) -> str:
        """What the form is called."""
        return self.form.name or self.form.title

    def shown_sections(self) -> list[Section]:
        """Return the sections that apply, in order; answers of an earlier form come last."""
        every = self.form.sections
        last = [Section(id=EARLIER, title=TITLE)] if self.earlier else []
        if not self.view.editable:
            return [*(each for each in every if each.id in self.rendered), *last]
        found = [each for each in every if self._applies(each)]
        return [*(found or every[:1]), *last]

    def _applies(self, section: Section) -> bool:
        return any(
            not item.hidden and self.sheet.shown(paths.child(paths.ROOT, item.link_id))
            for item in section.items
        )

    def state_of(self, section: LinkId) -> SectionState | None:
        """Return how far a section is; None for one that is only read."""
        if not self.view.editable or section == EARLIER:
            return None
        return self.sheet.section_state(section)

    def section_of(self, link_id: LinkId) -> LinkId | None:
        """Return the section in which an item stands."""
        if link_id not in self.form.by_link_id:
            return None
        top = self.form.by_link_id[link_id]
        while (above := self.form.parents.get(top.link_id)) is not None:
            top = above
        return next((each.id for each in self.form.sections if top in each.items), None)

    def first_section(self, asked: LinkId | None) -> LinkId:
        """Return where to begin: at what is asked for (a section, or the path of an answer), or else at the
        first section that is not done."""
        shown = self.shown_sections()
        if asked is not None:
            if asked in {each.id for each in shown}:
                return asked
            found = self.section_of(paths.link_id(FieldPath(asked)))
            if found is not None and (self.view.editable or found in self.rendered):
                return found
        for states in _WHERE_TO_BEGIN:
            for each in shown:
                if self.state_of(each.id) in states:
                    return each.id
        return shown[0].id if shown else self.form.sections[0].id

    def answered(self) -> tuple[int, int]:
        """Return how many questions that show are answered, and how many there are."""
        done = count = 0
        answers = self.sheet.body.answers
        for path in self.sheet.workings.places():
            item = self.form.by_link_id[paths.link_id(path)]
            if not item.is_question or item.read_only or item.is_worked_out or not self.sheet.shown(path):
                continue
            count += 1
            answer = answers.get(path)
            done += answer is not None and answer.empty is not Empty.CLEARED
        return done, count
