"""Running a form's formulas with one record as it stands: where they stand, and what they can ask by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Body, Value
from workbook_desktop.forms.definition import Form, Formula, Item, Kind, Option
from workbook_desktop.forms.expressions import (
    CannotWorkOut,
    Environment,
    Program,
    Response,
    compile_expression,
    to_answer,
)
from workbook_desktop.forms.plan import Plan, Use, Variable, plan_of
from workbook_desktop.forms.surroundings import LAUNCHED, NOTHING, Surroundings
from workbook_desktop.forms.visibility import Visibility, cut


class Evaluation(Visibility):
    """One record, and the formulas of its form to be run on it. What is off counts as absent."""

    def __init__(self, form: Form, body: Body, surroundings: Surroundings, plan: Plan | None = None) -> None:
        self.plan = plan or plan_of(form)
        self.surroundings = surroundings
        self.failures: dict[FieldPath, str] = {}  # why a formula of an item gave nothing
        self._held: dict[tuple[LinkId | None, str, FieldPath], Any] = {}  # values of variables
        self._response: Response | None = None
        super().__init__(form, body, self.plan.structure)

    def run(self, program: Program, focus: FieldPath, link: LinkId | None, row: FieldPath) -> list[Any]:
        """Run a program with the answers as they stand.

        Args:
            focus: path of the item, or row, the program stands on; `paths.ROOT` for the whole response.
            link: the item whose variables it can use, None for those of the form.
            row: the row in which that item stands.

        Raises:
            CannotWorkOut: and why.
        """
        if program.uses_clock and self.surroundings.today is None:
            raise CannotWorkOut("the day is not known here")
        response = self._view()
        node: Any = response.node(focus) if focus else response.resource
        if node is None:
            node = response.node(row) or response.resource
        return program.run(node, self._environment(node, link, row))

    def environment(self) -> Environment:
        """Return what a formula of the whole form can ask."""
        return self._environment(self._view().resource, None, paths.ROOT)

    def names(self) -> Mapping[str, Any]:
        """Return what a formula of the whole form can ask by name."""
        return _Names(self, None, paths.ROOT)

    def view(self) -> Response:
        """Return the record as a QuestionnaireResponse."""
        return self._view()

    # -- inside ----------------------------------------------------------------------------------------------

    def _view(self) -> Response:
        if self._response is None:
            self._response = Response(self.form, self._body, self.on)
        return self._response

    def _run_use(self, use: Use, key: FieldPath, link: LinkId, row: FieldPath) -> list[Any]:
        if not use.reads_all:
            return self.run(use.program, key, link, row)
        view, blind = self._view(), self.plan.blind
        view.on = lambda path: paths.link_id(path) not in blind and self.on(path)
        try:
            return self.run(use.program, key, link, row)
        finally:
            view.on = self.on

    def _results(self, use: Use, item: Item, row: FieldPath, path: FieldPath) -> list[Any]:
        try:
            return self.run(use.program, path, item.link_id, row)
        except CannotWorkOut as failed:
            self.failures[path] = failed.why
            return []

    def _environment(self, node: Any, link: LinkId | None, row: FieldPath) -> Environment:
        today, now = self.surroundings.today, self.surroundings.now
        return Environment(
            resource=self._view().resource,
            context=node,
            variables=_Names(self, link, row),
            today=today or date(1970, 1, 1),
            now=now or datetime(1970, 1, 1, tzinfo=UTC),
        )

    def value_of(self, variable: Variable, name: str, row: FieldPath) -> list[Any]:
        """Return what a variable of the form holds for an item in a row."""
        owner = variable.owner
        at, focus = paths.ROOT, paths.ROOT
        if owner is not None:
            item = self.form.by_link_id[owner]
            at = cut(row, len(self.structure.rows_around[owner]))
            inside = cut(row, len(self.structure.rows_around[owner]) + 1)
            focus = inside if item.has_rows and inside != at else paths.child(at, owner)
        key = (owner, name, focus)
        if key not in self._held:
            # In a row, one variable may ask another of the same row.
            within = focus if owner is not None and self.form.by_link_id[owner].has_rows else at
            self._held[key] = self.run(variable.use.program, focus, owner, within)
        return list(self._held[key])

    def _item_at(self, path: FieldPath) -> Item:
        item = self.form.by_link_id.get(paths.link_id(path))
        if item is None:
            raise ValueError(f"no such item: {path}")
        return item

    def _item_and_use(self, path: FieldPath, which: str) -> tuple[Item, Use | None]:
        item = self._item_at(path)
        uses = self.plan.uses.get(item.link_id)
        return item, None if uses is None else getattr(uses, which)

    def _row_of(self, path: FieldPath, item: Item) -> FieldPath:
        row = paths.parent_row(path)
        return cut(row, len(self.structure.rows_around[item.link_id]))

    def _places(self, question: LinkId, item: Item, row: FieldPath) -> Iterator[FieldPath]:
        """Yield where a question is answered, as an item in a row sees it: in its own row, or in all."""
        chain, own = self.structure.rows_of_answer[question], self.structure.rows_around[item.link_id]
        common = 0
        while common < min(len(chain), len(own)) and chain[common] == own[common]:
            common += 1
        for each in self._instances(chain, cut(row, common)):
            yield paths.child(each, question)

    def _has_value(self, path: FieldPath) -> bool:
        answer = self._body.answers.get(path)
        return answer is not None and answer.value is not None


class _Names(Mapping[str, Any]):
    """The names a formula can use: variables of its item and of those around it, of the form, then what the
    surroundings bring."""

    __slots__ = ("_row", "_scope", "_workings")

    def __init__(self, workings: Evaluation, link: LinkId | None, row: FieldPath) -> None:
        scope = workings.plan.scopes.get(link) if link is not None else None
        self._scope = scope if scope is not None else workings.plan.form_scope
        self._workings, self._row = workings, row

    def __getitem__(self, name: str) -> Any:
        variable = self._scope.get(name)
        if variable is not None:
            return lambda: self._workings.value_of(variable, name, self._row)
        variables = self._workings.surroundings.variables
        if name in variables:
            return variables[name]
        if name == "questionnaire":
            return lambda: as_json(self._workings.form)
        return variables[LAUNCHED[dict(self._workings.form.launch)[name]]]

    def __contains__(self, name: object) -> bool:
        variables, form = self._workings.surroundings.variables, self._workings.form
        return (
            name in self._scope
            or name in variables
            or name == "questionnaire"
            or any(name == each and LAUNCHED.get(type_, "") in variables for each, type_ in form.launch)
        )

    def __iter__(self) -> Iterator[str]:
        return iter({**self._scope, **self._workings.surroundings.variables})

    def __len__(self) -> int:
        return len({**self._scope, **self._workings.surroundings.variables})


def as_json(form: Form) -> dict[str, Any]:
    """Return what ``%questionnaire`` is: the items with their words and options, as FHIR has them."""

    def option(each: Option) -> dict[str, Any]:
        if isinstance(each.value, Mapping):
            return {"valueCoding": dict(each.value)}
        return {"valueInteger" if isinstance(each.value, int) else "valueString": each.value}

    def items(listed: tuple[Item, ...]) -> list[dict[str, Any]]:
        return [
            {
                "linkId": str(each.link_id),
                "type": str(each.kind),
                "text": each.text,
                "answerOption": [option(one) for one in each.options],
                "item": items(each.items),
            }
            for each in listed
        ]

    return {
        "resourceType": "Questionnaire",
        "url": form.url,
        "version": form.version,
        "item": items(form.items),
    }


def ask(formula: Formula, workings: Evaluation, variables: Mapping[str, Any] = NOTHING) -> list[Any]:
    """Run a formula that is asked once, with the response as focus: first answers, rows, outputs.

    Raises:
        CannotWorkOut: and why.
        ExpressionRefused: it is no formula.
    """
    program = compile_expression(formula.text)
    view = workings.view()
    around = workings.surroundings
    if program.uses_clock and around.today is None:
        raise CannotWorkOut("the day is not known here")
    environment = Environment(
        resource=view.resource,
        context=view.resource,
        variables={**dict(_Names(workings, None, paths.ROOT)), **variables},
        today=around.today or date(1970, 1, 1),
        now=around.now or datetime(1970, 1, 1, tzinfo=UTC),
    )
    return program.run(view.resource, environment)


def answer_or_none(kind: Kind, results: list[Any]) -> Value | None:
    try:
        return to_answer(kind, results)
    except CannotWorkOut:
        return None
