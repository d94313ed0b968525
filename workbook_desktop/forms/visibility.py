"""Which items show by enableWhen. A rule asks the nearest answer: its own row's first, then outward.

`forms.workings` adds what formulas say; ask it, unless formulas are beside the point.

An item is *on* when its rules hold and everything around it is on. The answers of an item that is off are
kept, but count as absent, in rules as in checks. An item that the form hides is on and does not show.

An item is named by the path its answer has or would have (``children/<row>/seen``), also groups and texts. So
a repeating group has one such path, and each of its rows another.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Body, Value
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.rules import Structure, holds, shared


class Visibility:
    """What shows in one record, kept in step with its answers at the cost of what depends on them."""

    def __init__(self, form: Form, body: Body, structure: Structure | None = None) -> None:
        self.form = form
        self.structure = structure or Structure(form)
        self._body = body
        self._rows: dict[FieldPath, list[FieldPath]] = {}
        self._on: dict[FieldPath, bool] = {}
        self._start()

    def shown(self, path: FieldPath) -> bool:
        """Say whether an item, or a row, shows."""
        return self._link(path) not in self.structure.concealed and self.on(path)

    def on(self, path: FieldPath) -> bool:
        """Say whether an item, or a row, is on: it shows, or only the form hides it."""
        found = self._on.get(path)
        if found is not None:
            return found
        parts = path.split("/")
        if len(parts) % 2 == 0:  # a row
            return self._on.get(FieldPath("/".join(parts[:-1])), False) and path in self._body.rows
        if len(parts) >= 3 and parts[-1] == parts[-3]:  # the answer of a repeating question, in its own row
            return self.on(FieldPath("/".join(parts[:-1])))
        return False

    def rows(self, parent: FieldPath, link_id: LinkId) -> tuple[FieldPath, ...]:
        """Return the rows of a repeating item that stand in `parent`, in order."""
        return tuple(self._rows.get(paths.child(parent, link_id), ()))

    def answered(self, path: FieldPath, body: Body) -> tuple[tuple[FieldPath, ...], tuple[FieldPath, ...]]:
        """Take in one new answer; return what shows because of it, and what no longer does."""
        self._body = body
        link = paths.link_id(path)
        queue: list[tuple[int, LinkId, FieldPath]] = []
        self._wake(link, paths.parent_row(path), queue)
        changed: dict[FieldPath, None] = {}
        done: set[tuple[LinkId, FieldPath]] = set()
        while queue:
            _, waiting, base = heapq.heappop(queue)
            if (waiting, base) in done:
                continue
            done.add((waiting, base))
            item = self.form.by_link_id[waiting]
            for row in list(self._instances(self.structure.rows_around[waiting], base)):
                key = paths.child(row, waiting)
                now = self._is_on(item, row)
                if now != self._on.get(key):
                    self._on[key] = now
                    changed[key] = None
                    for inner in item.items:
                        heapq.heappush(queue, (self.structure.rank[inner.link_id], inner.link_id, row))
                    self._settle(item, row, key)
                    self._wake(waiting, row, queue)
                elif self._settle(item, row, key):
                    self._wake(waiting, row, queue)
        return self._split(changed)

    def replaced(
        self, body: Body
    ) -> tuple[tuple[FieldPath, ...], tuple[FieldPath, ...], tuple[FieldPath, ...]]:
        """Take in another body; return what shows, what no longer does, and whose rows are others now."""
        before, rows_before = self._on, self._rows
        self._body = body
        self._start()
        changed = [key for key, now in self._on.items() if before.get(key, now) != now]
        rows = [
            key
            for key in dict.fromkeys((*rows_before, *self._rows))
            if rows_before.get(key) != self._rows.get(key)
        ]
        return (*self._split(changed), tuple(rows))

    def _split(self, changed: Iterable[FieldPath]) -> tuple[tuple[FieldPath, ...], tuple[FieldPath, ...]]:
        visible = [key for key in changed if self._link(key) not in self.structure.concealed]
        return (
            tuple(key for key in visible if self._on[key]),
            tuple(key for key in visible if not self._on[key]),
        )

    def _start(self) -> None:
        self._on = {}
        self._take_rows()
        self._begin()
        for link in self.structure.order:
            item = self.form.by_link_id[link]
            for row in self._instances(self.structure.rows_around[link], paths.ROOT):
                key = paths.child(row, link)
                self._on[key] = self._is_on(item, row)
                self._settle(item, row, key)

    def _take_rows(self) -> None:
        self._rows = {}
        for path in self._body.rows:
            self._rows.setdefault(FieldPath(path.rsplit("/", 1)[0]), []).append(path)
        for listed in self._rows.values():
            listed.sort(key=lambda path: (self._body.rows[path].ord, path))

    def _begin(self) -> None:
        """Do what must be done before the first item is looked at."""

    def _settle(self, item: Item, row: FieldPath, key: FieldPath) -> bool:
        """Work out what the item says; return whether that is something else than before."""
        return False

    def _wake(self, question: LinkId, row: FieldPath, queue: list[tuple[int, LinkId, FieldPath]]) -> None:
        """Line up what looks at a question that changed in a row."""
        self._wake_watchers(question, row, queue)

    def _is_on(self, item: Item, row: FieldPath) -> bool:
        parent = self.form.parents[item.link_id]
        if parent is not None:
            around = paths.parent_row(row) if parent.has_rows else row
            if not self._on.get(paths.child(around, parent.link_id), False):
                return False
        if not item.when:
            return True
        met = (
            holds(condition, self._kind(condition.question), self._values(condition.question, item, row))
            for condition in item.when
        )
        return all(met) if item.when_all else any(met)

    def _kind(self, link: LinkId) -> Kind | None:
        item = self.form.by_link_id.get(link)
        return item.kind if item is not None and item.is_question else None

    def _values(self, question: LinkId, item: Item, row: FieldPath) -> Iterator[Value]:
        asked = self.form.by_link_id.get(question)
        if asked is None or not asked.is_question:
            return
        chain = self.structure.rows_of_answer[question]
        common = shared(self.structure.rows_around[item.link_id], chain)
        for place in self._instances(chain, cut(row, common)):
            instance = paths.parent_row(place) if asked.has_rows else place
            if not self._on.get(paths.child(instance, question), False):
                continue
            answer = self._body.answers.get(paths.child(place, question))
            if answer is None or answer.value is None:
                continue
            if isinstance(answer.value, list):
                yield from answer.value
            else:
                yield answer.value

    def _instances(self, chain: tuple[LinkId, ...], base: FieldPath) -> Iterator[FieldPath]:
        """Yield every row in `base` (itself a row of this chain) that ends the chain."""
        depth = (base.count("/") + 1) // 2 if base else 0
        if depth >= len(chain):
            yield base
            return
        for row in self._rows.get(paths.child(base, chain[depth]), ()):
            yield from self._instances(chain, row)

    def _wake_watchers(
        self, question: LinkId, row: FieldPath, queue: list[tuple[int, LinkId, FieldPath]]
    ) -> None:
        for watcher in self.structure.watchers.get(question, ()):
            common = shared(
                self.structure.rows_around[watcher.link_id], self.structure.rows_of_answer[question]
            )
            entry = (self.structure.rank[watcher.link_id], watcher.link_id, cut(row, common))
            heapq.heappush(queue, entry)

    @staticmethod
    def _link(path: FieldPath) -> LinkId:
        return paths.link_id(path)


class Glance(Visibility):
    """The same for who asks after a few items of a body that stays: only what they depend on is looked at."""

    def _start(self) -> None:
        self._take_rows()
        self._on = _Asked(self._look)

    def _look(self, key: FieldPath) -> bool:
        item = self.form.by_link_id.get(self._link(key))
        return item is not None and key.count("/") % 2 == 0 and self._is_on(item, paths.parent_row(key))


class _Asked(dict[FieldPath, bool]):
    """What is on, looked up when it is first asked for."""

    def __init__(self, look: Callable[[FieldPath], bool]) -> None:
        super().__init__()
        self._look = look

    def get(self, key: FieldPath, default: bool | None = None) -> bool | None:  # type: ignore[override]
        if key not in self:
            self[key] = False  # what depends on itself is off
            self[key] = self._look(key)
        return self[key]


def cut(row: FieldPath, rows: int) -> FieldPath:
    """Return the outermost `rows` rows of a row's path."""
    return FieldPath("/".join(row.split("/")[: 2 * rows])) if rows else paths.ROOT
