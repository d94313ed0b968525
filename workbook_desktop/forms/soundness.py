"""What must hold of a form once it is read, and of no single item of it."""

from __future__ import annotations

from collections.abc import Iterator

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.forms.definition import Compare, Condition, Form, Remark
from workbook_desktop.forms.rules import misfit

MOST_ON_A_PAGE = 1_000  # items that one section shows: it is built whole when it is opened


def check_pages(form: Form) -> None:
    """Raise FormRefused if a section shows more than a window can build while a worker waits."""
    for section in form.sections:
        count, stack = 0, list(reversed(section.items))
        while stack:
            item = stack.pop()
            if item.hidden:
                continue
            count += 1
            if count > MOST_ON_A_PAGE:
                why = f"more than {MOST_ON_A_PAGE:,} items stand in one section: part them into groups"
                raise FormRefused(item=item.link_id[:80], feature="item", why=why)
            stack.extend(reversed(item.items))


def undecided(form: Form) -> Iterator[Remark]:
    """Yield the rules for showing that no answer can decide. Each asks about an item of the form."""
    for item in form.walk():
        for condition in item.when:
            why = misfit(condition, form.by_link_id.get(condition.question))
            if why:
                named = f"“{item.text[:60]}” ({item.link_id})" if item.text else f"Item {item.link_id}"
                always = "always" if _holds_without(condition) else "never"
                words = f"{named} shows by a rule that {always} holds: {why}."
                yield Remark(item=item.link_id[:80], feature="enableWhen", why=words, behaviour=True)


def _holds_without(condition: Condition) -> bool:
    """Say whether a condition holds while there is no answer."""
    if condition.compare is Compare.EXISTS:
        return condition.answer is False
    return condition.compare is Compare.NOT_EQUAL
