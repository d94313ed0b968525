"""Who depends on whom in a form, and where that goes in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workbook_desktop.domain.ids import LinkId
from workbook_desktop.forms.definition import Form


def _edges(form: Form, needs: Mapping[LinkId, frozenset[LinkId]], link: LinkId) -> Iterator[LinkId]:
    item = form.by_link_id[link]
    parent = form.parents[link]
    if parent is not None:
        yield parent.link_id
    for condition in item.when:
        if condition.question in form.by_link_id:
            yield condition.question
    yield from needs.get(link, ())


def behind(form: Form, needs: Mapping[LinkId, frozenset[LinkId]], link: LinkId) -> set[LinkId]:
    """Return what depends on an item, itself included."""
    after: dict[LinkId, list[LinkId]] = {}
    for item in form.walk():
        for each in _edges(form, needs, item.link_id):
            after.setdefault(each, []).append(item.link_id)
    found, stack = {link}, [link]
    while stack:
        for each in after.get(stack.pop(), ()):
            if each not in found:
                found.add(each)
                stack.append(each)
    return found


def circles(form: Form, needs: Mapping[LinkId, frozenset[LinkId]]) -> list[LinkId]:
    """Return the items with formulas that stand on a circle: Tarjan's strongly connected components, without
    recursion."""
    number: dict[LinkId, int] = {}
    low: dict[LinkId, int] = {}
    stack: list[LinkId] = []
    standing: set[LinkId] = set()
    found: list[LinkId] = []
    for start in needs:
        if start in number:
            continue
        work: list[tuple[LinkId, Iterator[LinkId]]] = []

        def enter(link: LinkId, work: list[tuple[LinkId, Iterator[LinkId]]] = work) -> None:
            number[link] = low[link] = len(number)
            stack.append(link)
            standing.add(link)
            work.append((link, _edges(form, needs, link)))

        enter(start)
        while work:
            link, edges = work[-1]
            following = next(edges, None)
            if following is not None:
                if following not in number:
                    enter(following)
                elif following in standing:
                    low[link] = min(low[link], number[following])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[link])
            if low[link] == number[link]:
                ring: list[LinkId] = []
                while True:
                    member = stack.pop()
                    standing.discard(member)
                    ring.append(member)
                    if member == link:
                        break
                if len(ring) > 1 or link in needs.get(link, ()):
                    found += [each for each in ring if each in needs]
    return found
