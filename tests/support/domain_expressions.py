"""Expressions of the kind children's social work forms hold, over one form, and the form."""

from __future__ import annotations

from tests.support.forms import HL7, extension, form, item
from workbook_desktop.forms.definition import Form

_OFTEN = [
    {
        "valueCoding": {"system": "urn:wrenmouth:often", "code": code, "display": words},
        "extension": [extension(HL7 + "ordinalValue", score, "valueDecimal")],
    }
    for code, words, score in (("never", "Never", 0), ("some", "Sometimes", 1), ("often", "Often", 3))
]


def visit() -> Form:
    """Return a form with sections, a row for each child, a score, dates, a question with rows of its own."""
    return form(
        item(
            "visit",
            "group",
            item("on", "date"),
            item("reason"),
            item("home", "boolean"),
            item("rooms", "integer"),
            item("adults", "integer"),
            item("weight", "decimal"),
            item("height", "decimal"),
            item("next", "date"),
        ),
        item("score", "group", *[item(f"s{n}", "choice", answerOption=_OFTEN) for n in range(1, 6)]),
        item(
            "children",
            "group",
            item("name"),
            item("born", "date"),
            item("seen", "boolean"),
            item("alone", "boolean"),
            item("rating", "integer"),
            repeats=True,
        ),
        item("agency", "string", item("agency.told", "boolean"), repeats=True),
        item("worry", "choice", item("worry.why", "text"), answerOption=_OFTEN),
        item("tags", "string", repeats=True),
    )


def _at(link: str) -> str:
    return f"%resource.repeat(item).where(linkId='{link}').answer.value"


def _in(group: str, link: str) -> str:
    return f"%resource.item.where(linkId='{group}').item.where(linkId='{link}').answer.value"


_SCORE = " + ".join(f"iif({_in('score', f's{n}')}.code = 'often', 3, 0)" for n in range(1, 6))

EXPRESSIONS: tuple[str, ...] = (
    # answers, one by one
    _in("visit", "rooms"),
    _in("visit", "on"),
    _at("home"),
    _at("nobody"),
    f"{_in('visit', 'home')} = true",
    f"{_in('visit', 'home')}.not()",
    f"{_in('visit', 'rooms')}.exists()",
    f"{_in('visit', 'reason')}.empty()",
    f"{_in('visit', 'reason')}.length() > 3",
    f"{_in('visit', 'reason')}.upper()",
    f"{_in('visit', 'reason')} & ' (visit)'",
    f"{_in('visit', 'reason')}.startsWith('R')",
    f"{_in('visit', 'reason')}.replace('a', 'b')",
    f"{_in('visit', 'reason')}.substring(0, 2)",
    f"{_in('visit', 'reason')}.matches('^[a-z]+$')",
    f"'0' & {_in('visit', 'rooms')}.toString()",
    "%resource.descendants().where(linkId='worry').answer.value.code = 'often'",
    "%resource.item.where(linkId='worry').answer.item.where(linkId='worry.why').answer.value",
    "%resource.item.where(linkId='worry').answer.value.display.lower()",
    # sums, bands, ratios
    f"{_in('visit', 'rooms')} + {_in('visit', 'adults')}",
    f"{_in('visit', 'rooms')} * 2 - 1",
    f"{_in('visit', 'rooms')} div 2",
    f"{_in('visit', 'rooms')} mod 3",
    f"{_in('visit', 'adults')} / 4",
    f"({_in('visit', 'weight')} / ({_in('visit', 'height')} * {_in('visit', 'height')})).round(2)",
    f"iif({_in('visit', 'rooms')} > 6, 'high', iif({_in('visit', 'rooms')} > 2, 'some', 'low'))",
    f"iif({_in('visit', 'rooms')}.exists(), {_in('visit', 'rooms')}, 0)",
    f"{_in('visit', 'rooms')} >= 3 and {_in('visit', 'adults')} < 3",
    f"{_in('visit', 'rooms')} > 3 or {_in('visit', 'home')}",
    f"{_in('visit', 'home')} implies {_in('visit', 'reason')}.exists()",
    f"{_in('visit', 'home')} xor {_in('visit', 'rooms')} > 3",
    _SCORE,
    "%resource.item.where(linkId='score').item.answer.value.ordinal().sum()",
    "%resource.item.where(linkId='score').item.answer.value.weight().sum() >= 5",
    "%resource.item.where(linkId='score').item.where(answer.value.code = 'often').count()",
    "%resource.item.where(linkId='score').item.answer.count() = 5",
    "%resource.item.where(linkId='score').item.all(answer.exists())",
    "%resource.item.where(linkId='score').item.exists(answer.value.code = 'often')",
    f"{_at('rating')}.sum()",
    f"{_at('rating')}.max()",
    f"{_at('rating')}.min()",
    f"{_at('rating')}.avg()",
    f"{_at('rating')}.aggregate($this + $total, 0)",
    # rows
    "%resource.item.where(linkId='children').count()",
    "%resource.item.where(linkId='children').where(item.where(linkId='seen').answer.value = true).count()",
    "%resource.item.where(linkId='children').all(item.where(linkId='seen').answer.value = true)",
    "%resource.item.where(linkId='children').exists(item.where(linkId='alone').answer.value = true)",
    "%resource.item.where(linkId='children').item.where(linkId='name').answer.value.join(', ')",
    "%resource.item.where(linkId='children').first().item.where(linkId='name').answer.value",
    "%resource.item.where(linkId='children').last().item.where(linkId='rating').answer.value",
    "%resource.item.where(linkId='children')[1].item.where(linkId='born').answer.value",
    "%resource.item.where(linkId='children').select(item.where(linkId='name').answer.value & '?').first()",
    "%resource.item.where(linkId='agency').answer.value.count()",
    "%resource.item.where(linkId='agency').answer.where(item.where(linkId='agency.told').answer.value).value",
    "%resource.item.where(linkId='tags').answer.value.distinct().count()",
    "%resource.item.where(linkId='tags').answer.value contains 'Rosa'",
    "'Rosa' in %resource.item.where(linkId='tags').answer.value",
    "(%resource.item.where(linkId='tags').answer.value | 'Rosa').count()",
    "%resource.item.where(linkId='tags').answer.value.intersect('Rosa' | '12')",
    # dates
    f"{_in('visit', 'on')} <= today()",
    f"{_in('visit', 'on')} > @2020-01-01",
    f"{_in('visit', 'on')} + 10 days",
    f"{_in('visit', 'on')} + 1 month",
    f"{_in('visit', 'next')} <= {_in('visit', 'on')} + 6 weeks",
    f"today() - 3 years <= {_in('visit', 'on')}",
    f"{_in('visit', 'on')}.toString().substring(0, 4).toInteger()",
    f"{_in('visit', 'on')} = {_in('visit', 'next')}",
    f"{_in('visit', 'on')} ~ {_in('visit', 'next')}",
    "%resource.item.where(linkId='children').item.where(linkId='born').answer"
    ".where(value > today() - 5 years).count()",
    "today().toString().substring(0, 4).toInteger() - 2019",
    "%child.birthDate + 10 years <= today()",
    "%child.name.given.first() & ' ' & %child.name.family",
    "%child.deceased = false",
)
