"""Letters that make a text read otherwise than it is: in every string of a form, for all may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Overrides and isolates of the direction of writing, as letters and as FHIRPath writes them.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]|\\\\u(?:202[a-e]|206[6-9])", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNSHOWN = frozenset(("div", "url", "rendering-xhtml"))  # plain text is shown in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """One such text."""

    item: str  # linkId, "" for the form
    why: str


def turned(raw: Mapping[str, Any]) -> Iterator[Turned]:
    """Yield the texts of a Questionnaire that hold such letters, with the item whose they are."""
    lists: dict[str, tuple[str, str]] = {}  # address of a list: the first item that names it
    for element, named in elements(raw.get("item")):
        link = element["linkId"] if isinstance(element.get("linkId"), str) else ""
        source = element.get("answerValueSet", element.get("options"))
        source = source.get("reference") if isinstance(source, dict) else source
        if isinstance(source, str):
            lists.setdefault(source.partition("|")[0], (link, named))
        yield from _in(element, link, named)
    yield from _in(raw, "", "The form")
    contained = raw.get("contained")
    for each in contained if isinstance(contained, list) else ():
        if isinstance(each, dict):
            asks = lists.get(f"#{each.get('id')}") or lists.get(str(each.get("url"))) or ("", "")
            yield from _in(each, asks[0], f"The list of {asks[1]}" if asks[1] else "A list of the form")


def _in(element: Mapping[str, Any], link: str, named: str) -> Iterator[Turned]:
    stack: list[tuple[Any, str]] = [(element, "")]
    while stack:
        node, name = stack.pop()
        if isinstance(node, str):
            if _TURNS.search(node):
                yield _found(link, named, name, "marks that turn the direction of writing")
            if _CONTROL.search(node):
                yield _found(link, named, name, "control characters")
        elif isinstance(node, list):
            stack.extend((each, name) for each in reversed(node))
        elif isinstance(node, dict):
            url = node.get("url")
            inside = url.rsplit("/", 1)[-1] if isinstance(url, str) and "resourceType" not in node else ""
            if inside in _UNSHOWN:
                continue
            stack.extend(
                (value, inside if inside and key.startswith("value") else key)
                for key, value in reversed(node.items())
                if key not in _UNSHOWN and not (node is element and key in ("item", "contained"))
            )


def _found(link: str, named: str, name: str, what: str) -> Turned:
    where = "" if name == "text" else f" in its {name[:80]}"
    why = f"{named} holds {what}{where}: it would read otherwise than it is."
    return Turned(item=link[:80], why=_CONTROL.sub("�", _TURNS.sub("�", why)))


def elements(items: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every item of a Questionnaire, outer before inner, and what to call it."""
    stack = [iter(items if isinstance(items, list) else ())]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
            continue
        if not isinstance(element, dict):
            continue
        text, link = element.get("text"), element.get("linkId")
        words = text.strip()[:60] if isinstance(text, str) else ""
        yield element, f"“{words}” ({link})" if words else f"Item {link}"
        inner = element.get("item")
        if isinstance(inner, list):
            stack.append(iter(inner))
