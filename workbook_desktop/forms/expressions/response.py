"""A record's answers seen as a QuestionnaireResponse, live: nothing is copied, so nothing falls out of step.

Nodes are made when first asked for and keep only the answers they read, by the identity of the `Answer`. So
taking in a new answer costs nothing, and a question is found by its path rather than by walking.

Where FHIR leaves a choice, or has no place for what a record holds:

- Every item that is on has a node, answered or not, but for texts for display.
- Items under a question stand under its answer (``answer.item``). Under a question without an answer they
  stand under the item itself (``item.item``), so that ``descendants()`` always meets what is on.
- A row of a repeating group is an item with ``id``. A repeating question with items of its own is one item
  with an answer for each row, with ``id``; a row whose own question has no answer is no answer.
- Two nodes are equal only if they are the same place. Equal rows never become one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body, Value
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.expressions.moments import PartialDate, PartialDateTime, PartialTime
from workbook_desktop.forms.expressions.nodes import (
    CHOICES,
    COMMON,
    Items,
    JsonNode,
    Node,
    amount_of,
    decimal_of,
)

_NOTHING: Items = []


class Coding(JsonNode):
    """A chosen option. `weight` is its score in the form, decimal text, or None."""

    __slots__ = ("weight",)

    def __init__(self, mapping: Mapping[str, Any], weight: str | None) -> None:
        super().__init__(mapping, "Coding", COMMON)
        self.weight = weight


class Scored(str):
    """A text, date or whole number offered as an option, with its score: what the option holds, as text."""

    __slots__ = ("weight",)
    weight: str | None


class AnswerNode(Node):
    """One answer: its value, and the items under it."""

    __slots__ = ("_value", "home", "row", "row_id")
    type_name = "QuestionnaireResponse.item.answer"

    def __init__(self, home: ItemNode, value: Items, row: FieldPath, row_id: str = "") -> None:
        """Hold an answer.

        Args:
            home: the item that is answered.
            row: where answers of items under it stand.
            row_id: of a repeating question with items of its own; else ``""``.
        """
        self.home, self._value, self.row, self.row_id = home, value, row, row_id

    def member(self, name: str) -> Items:
        if name == "value":
            return self._value
        if name == "item":
            return self.home.response.inside(self.home.item, self.row) if self.home.item.items else _NOTHING
        if name == "id":
            return [self.row_id] if self.row_id else _NOTHING
        if name.startswith("value") and name[5:] in CHOICES:
            return self._value if name[5:] in _NAMES[self.home.item.kind] else _NOTHING
        return _NOTHING

    def children(self) -> Items:
        return self.member("id") + self._value + self.member("item")


class ItemNode(Node):
    """A question, or a group, or one row of a repeating group, at one place of the record."""

    __slots__ = ("_answers", "_read", "item", "path", "response", "row")
    type_name = "QuestionnaireResponse.item"

    def __init__(self, response: Response, item: Item, path: FieldPath, row: FieldPath) -> None:
        """Hold a place.

        Args:
            row: where answers of items in it stand: of a row the row itself, else the row around it.
        """
        self.response, self.item, self.path, self.row = response, item, path, row
        self._read: Answer | None = None
        self._answers: Items = _NOTHING

    def member(self, name: str) -> Items:
        if name == "answer":
            return self.answers()
        if name == "item":
            return self.items()
        if name == "linkId":
            return [str(self.item.link_id)]
        if name == "text":
            return [self.item.text] if self.item.text else _NOTHING
        if name == "id" and self.item.has_rows and not self.item.is_question:
            return [str(paths.row_id(self.path))]
        return _NOTHING

    def children(self) -> Items:
        return [*self.member("id"), *self.member("linkId"), *self.member("text"), *self._inner()]

    def _inner(self) -> Items:
        item, response = self.item, self.response
        if not (item.has_rows and item.is_question and response.on(self.path)):
            return [*self.answers(), *self.items()]
        # The rows in their order, whether their own question is answered or not.
        out: Items = []
        for row in response.rows(self.path):
            out += response.row_answer(self, row) or (
                response.inside(item, row) if response.on(row) else _NOTHING
            )
        return out

    def answers(self) -> Items:
        """Return the answers, none while the question is off."""
        item, response = self.item, self.response
        if not item.is_question or not response.on(self.path):
            return _NOTHING
        if item.has_rows:
            return [each for row in response.rows(self.path) for each in response.row_answer(self, row)]
        answer = response.body.answers.get(self.path)
        if answer is None or answer.value is None:
            return _NOTHING
        if answer is not self._read:
            values = answer.value if isinstance(answer.value, list) else [answer.value]
            self._answers = [AnswerNode(self, _value(item, each), self.row) for each in values]
            self._read = answer
        return self._answers

    def items(self) -> Items:
        """Return the items that stand directly in it, in order."""
        item, response = self.item, self.response
        if not item.items:
            return _NOTHING
        if not item.is_question:
            return response.inside(item, self.row)
        if item.has_rows:  # rows without an answer of their own
            rows = (row for row in response.rows(self.path) if not response.row_answer(self, row))
            return [each for row in rows if response.on(row) for each in response.inside(item, row)]
        return _NOTHING if self.answers() else response.inside(item, self.row)


class Resource(Node):
    """The response itself."""

    __slots__ = ("response",)
    type_name = "QuestionnaireResponse"

    def __init__(self, response: Response) -> None:
        self.response = response

    def member(self, name: str) -> Items:
        if name == "item":
            return self.response.inside(None, paths.ROOT)
        form = self.response.form
        if name == "resourceType":
            return ["QuestionnaireResponse"]
        if name == "questionnaire" and form.url:
            return [f"{form.url}|{form.version}" if form.version else form.url]
        if name == "status":
            return ["in-progress"]
        return _NOTHING

    def children(self) -> Items:
        return [*self.member("questionnaire"), *self.member("status"), *self.member("item")]


Place = Resource | ItemNode | AnswerNode


class Response:
    """The view of one record. It reads the body it was given last and asks `on` each time."""

    def __init__(self, form: Form, body: Body, on: Callable[[FieldPath], bool]) -> None:
        """Look at a body of a form.

        Args:
            on: whether the item or the row at a path is switched on; everything around it counts.
        """
        self.form, self.body, self.on = form, body, on
        self.resource = Resource(self)
        self._nodes: dict[FieldPath, ItemNode] = {}
        self._row_answers: dict[FieldPath, tuple[Answer, list[AnswerNode]]] = {}
        self._rows: dict[FieldPath, list[FieldPath]] = {}
        # Of each item: the repeating items around it from outside in, whether a question is around it, and
        # its number in the form.
        self._chains: dict[LinkId, tuple[LinkId, ...]] = {}
        self._under_question: set[LinkId] = set()
        self._ranks: dict[LinkId, int] = {}
        self._place(form.items, (), False)
        self._sort_rows()

    # -- kept in step ----------------------------------------------------------------------------------------

    def answered(self, path: FieldPath, body: Body) -> None:
        """Take in one new answer. The rows are as before."""
        self.body = body

    def switched(self, path: FieldPath) -> None:
        """Take in that an item went on or off: `on` is asked each time, so there is nothing to forget."""

    def replaced(self, body: Body) -> None:
        """Take in another body, also one with other rows."""
        self.body = body
        self._sort_rows()
        self._nodes.clear()
        self._row_answers.clear()

    # -- places ----------------------------------------------------------------------------------------------

    def node(self, path: FieldPath) -> Place | None:
        """Return what stands at a path, on or not; None if the form or the body has no such place.

        ``home.like`` is the item of a question or a group; ``children/<row>`` a row's item;
        ``drug/<row>`` the answer of a repeating question with items of its own, and so is its answer's path
        ``drug/<row>/drug``. A repeating group itself has no node of its own: each of its rows has.
        """
        if not path:
            return self.resource
        if paths.is_row(path):
            if path not in self.body.rows:
                return None
            item = self.form.by_link_id.get(paths.link_id(path))
            if item is None or not item.has_rows:
                return None
            if not item.is_question:
                return self._node(item, path, path)
            home = self._node(item, FieldPath(path.rsplit("/", 1)[0]), paths.parent_row(path))
            found = self.row_answer(home, path)
            return found[0] if found else AnswerNode(home, _NOTHING, path, str(paths.row_id(path)))
        link, row = paths.link_id(path), paths.parent_row(path)
        item = self.form.by_link_id.get(link)
        if item is None or item.kind is Kind.DISPLAY or (row and row not in self.body.rows):
            return None
        if item.has_rows:
            if not item.is_question:
                return None
            if row and paths.link_id(row) == link:
                return self.node(row)
        return self._node(item, path, row)

    def rows(self, path: FieldPath) -> list[FieldPath]:
        """Return the rows of the repeating item at a path, in order."""
        return self._rows.get(path, [])

    def row_answer(self, home: ItemNode, row: FieldPath) -> list[AnswerNode]:
        """Return the answer of a repeating question in one of its rows, if it has one there and is on."""
        answer = self.body.answers.get(paths.child(row, home.item.link_id))
        if answer is None or answer.value is None or not self.on(row):
            return []
        kept = self._row_answers.get(row)
        if kept is None or kept[0] is not answer:
            made = [AnswerNode(home, _value(home.item, answer.value), row, str(paths.row_id(row)))]
            kept = self._row_answers[row] = (answer, made)
        return kept[1]

    def inside(self, item: Item | None, row: FieldPath) -> Items:
        """Return the items that stand directly in an item (None: the form) and are on, in a row."""
        out: Items = []
        for inner in self.form.items if item is None else item.items:
            out += self.instances(inner, row)
        return out

    def instances(self, item: Item, row: FieldPath) -> Items:
        """Return the nodes of an item in its own row: one, or one for each row of a repeating group."""
        if item.kind is Kind.DISPLAY:
            return _NOTHING
        path = paths.child(row, item.link_id)
        if not self.on(path):
            return _NOTHING
        if item.has_rows and not item.is_question:
            return [self._node(item, each, each) for each in self._rows.get(path, ()) if self.on(each)]
        return [self._node(item, path, row)]

    # -- look-ups --------------------------------------------------------------------------------------------

    def among_children(self, place: Place, links: tuple[str, ...]) -> Items:
        """Return what ``place.item.where(linkId = …)`` finds, for one linkId or several."""
        if len(links) > 1:
            wanted = set(links)
            return [each for each in place.member("item") if each.item.link_id in wanted]
        item = self.form.by_link_id.get(LinkId(links[0]))
        if item is None:
            return _NOTHING
        parent = self.form.parents[item.link_id]
        if isinstance(place, Resource):
            return self.instances(item, paths.ROOT) if parent is None else _NOTHING
        owner = place.home.item if isinstance(place, AnswerNode) else place.item
        if parent is not owner:
            return _NOTHING
        if isinstance(place, ItemNode) and owner.is_question:
            return [each for each in place.items() if each.item is item]
        return self.instances(item, place.row)

    def within(self, place: Place, links: tuple[str, ...], *, by_item: bool) -> Items:
        """Return the items with these linkIds anywhere inside a place, in the order of the response.

        Args:
            by_item: only those reached through ``item`` alone (``repeat(item)``), not through answers.
        """
        out: Items = []
        for link in dict.fromkeys(links):
            item = self.form.by_link_id.get(LinkId(link))
            if item is not None and item.kind is not Kind.DISPLAY:
                out += self._within(place, item, by_item)
        return sorted(out, key=self._position) if len(links) > 1 and len(out) > 1 else out

    def _within(self, place: Place, item: Item, by_item: bool) -> Items:
        chain = self._chains[item.link_id]
        if isinstance(place, Resource):
            base = paths.ROOT
        else:
            owner = place.home.item if isinstance(place, AnswerNode) else place.item
            if not self._is_around(owner, item):
                return _NOTHING
            base = place.row
        out: Items = []
        for row in self._ends(chain, base):
            out += self.instances(item, row)
        if by_item and item.link_id in self._under_question:
            return [each for each in out if self._by_item_alone(each, place)]
        return out

    def _ends(self, chain: tuple[LinkId, ...], base: FieldPath) -> Iterator[FieldPath]:
        depth = (base.count("/") + 1) // 2 if base else 0
        if depth >= len(chain):
            yield base
            return
        for row in self._rows.get(paths.child(base, chain[depth]), ()):
            yield from self._ends(chain, row)

    def _is_around(self, owner: Item, item: Item) -> bool:
        parent = self.form.parents[item.link_id]
        while parent is not None and parent is not owner:
            parent = self.form.parents[parent.link_id]
        return parent is not None

    def _by_item_alone(self, node: ItemNode, place: Place) -> bool:
        """Say whether no answered question stands between a place and a node inside it."""
        parent = self.form.parents[node.item.link_id]
        row = paths.parent_row(node.path) if node.path == node.row else node.row
        stop = None
        if not isinstance(place, Resource):
            stop = place.home.item if isinstance(place, AnswerNode) else place.item
        while parent is not None:
            if parent is stop and isinstance(place, AnswerNode):
                return True
            around = paths.parent_row(row) if parent.has_rows else row
            if parent.is_question:
                home = self._node(parent, paths.child(around, parent.link_id), around)
                if self.row_answer(home, row) if parent.has_rows else home.answers():
                    return False
            if parent is stop:
                return True
            row = around
            parent = self.form.parents[parent.link_id]
        return True

    def _position(self, node: ItemNode) -> tuple[int, ...]:
        """Where a node stands in the response: numbers of items and of rows, from outside in."""
        parts: list[int] = []
        segments = node.path.split("/")
        for end in range(1, len(segments) + 1):
            path = FieldPath("/".join(segments[:end]))
            if end % 2:
                parts.append(self._ranks.get(paths.link_id(path), 0))
            else:
                parts.append(self._rows[FieldPath(path.rsplit("/", 1)[0])].index(path))
        return tuple(parts)

    def _node(self, item: Item, path: FieldPath, row: FieldPath) -> ItemNode:
        found = self._nodes.get(path)
        if found is None:
            found = self._nodes[path] = ItemNode(self, item, path, row)
        return found

    def _place(self, items: Iterable[Item], chain: tuple[LinkId, ...], under: bool) -> None:
        for item in items:
            self._chains[item.link_id] = chain
            self._ranks[item.link_id] = len(self._ranks)
            if under:
                self._under_question.add(item.link_id)
            self._place(
                item.items, (*chain, item.link_id) if item.has_rows else chain, under or item.is_question
            )

    def _sort_rows(self) -> None:
        self._rows = {}
        for path in self.body.rows:
            self._rows.setdefault(FieldPath(path.rsplit("/", 1)[0]), []).append(path)
        for listed in self._rows.values():
            listed.sort(key=lambda path: (self.body.rows[path].ord, path))


_NAMES: dict[Kind, frozenset[str]] = {
    Kind.GROUP: frozenset(),
    Kind.DISPLAY: frozenset(),
    Kind.BOOLEAN: frozenset(("Boolean",)),
    Kind.DECIMAL: frozenset(("Decimal",)),
    Kind.INTEGER: frozenset(("Integer",)),
    Kind.DATE: frozenset(("Date",)),
    Kind.DATE_TIME: frozenset(("DateTime",)),
    Kind.TIME: frozenset(("Time",)),
    Kind.STRING: frozenset(("String",)),
    Kind.TEXT: frozenset(("String",)),
    Kind.URL: frozenset(("Uri", "Url")),
    Kind.CHOICE: frozenset(("Coding", "String", "Integer", "Date", "Time")),
    Kind.OPEN_CHOICE: frozenset(("Coding", "String", "Integer", "Date", "Time")),
    Kind.QUANTITY: frozenset(("Quantity",)),
    Kind.REFERENCE: frozenset(("Reference",)),
    Kind.ATTACHMENT: frozenset(("Attachment",)),
}


def _value(item: Item, value: Value) -> Items:
    """Return an answer's value as expressions see it: typed by the kind of the question."""
    kind = item.kind
    found: Any = value
    if isinstance(value, Mapping):
        if kind is Kind.QUANTITY:
            found = amount_of(value, "Quantity")
        elif kind in (Kind.CHOICE, Kind.OPEN_CHOICE):
            found = Coding(value, _weight(item, value))
        else:
            found = JsonNode(
                value, {Kind.REFERENCE: "Reference", Kind.ATTACHMENT: "Attachment"}.get(kind, ""), COMMON
            )
    elif kind is Kind.DECIMAL:
        found = decimal_of(str(value))
    elif isinstance(value, str):
        if kind is Kind.DATE:
            found = PartialDate.read(value)
        elif kind is Kind.DATE_TIME:
            found = PartialDateTime.read(value)
        elif kind is Kind.TIME:
            found = PartialTime.read(value)
        elif kind in (Kind.CHOICE, Kind.OPEN_CHOICE) and (weight := _weight(item, value)) is not None:
            found = Scored(value)
            found.weight = weight
    # What a form of another kind left behind is no value: it cannot be calculated with.
    return [] if found is None else [found]


def _weight(item: Item, value: Value) -> str | None:
    for option in item.options:
        if option.weight is None:
            continue
        held = option.value
        if isinstance(held, Mapping) and isinstance(value, Mapping):
            if held.get("code") == value.get("code") and (held.get("system") or "") == (
                value.get("system") or ""
            ):
                return option.weight
        elif held == value and type(held) is type(value):
            return option.weight
    return None
