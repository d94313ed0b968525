"""What the shipped forms chart over time: of whom, of what, and what is joined with what."""

from __future__ import annotations

import pytest

from tests.support.written import DARREN, FORMS, HANNAH, Written
from workbook_desktop.forms.definition import Form

FIELDS = {
    "chapter-child": ("child", "Child"),
    "chapter-da-survivor": ("da-survivor", "Domestic abuse: survivor"),
    "chapter-da-perpetrator": ("da-perpetrator", "Domestic abuse: perpetrator"),
    "chapter-substance": ("substance", "Alcohol and drugs"),
    "chapter-mental-health": ("mental-health", "Mental health"),
}
ADULT_CHAPTERS = tuple(form for form in FIELDS if form != "chapter-child")


@pytest.mark.parametrize("form", FIELDS)
def test_the_rating_of_a_chapter_is_charted_with_the_months_summary_of_the_same_chapter(form: str) -> None:
    chapter, name = FIELDS[form]
    entry = Written(form, about=("p-darren",))
    entry.say({"contact.date": "2026-11-19", "contact.attended": "yes", "risk.rating": "amber"})
    if form in ADULT_CHAPTERS:
        assert entry.readings()[f"field-risk/{chapter}"][0] == "None"  # nobody is named yet
        entry.say({"contact.adult": DARREN})
    month = Written("monthly-summary", about=("p-darren",))
    month.say({"month.chapter": chapter, "risk.rating": "red", "risk.rating-scale": 3})
    assert entry.readings()[f"field-risk/{chapter}"] == ("p-darren", "1", "Amber: some worry")
    assert month.readings() == {
        f"field-risk/{chapter}": ("p-darren", "2", "Red: high"),
        f"field-safety/{chapter}": ("p-darren", "3", "Not safe"),
    }
    assert entry.named()[f"field-risk/{chapter}"] == f"Risk in the field: {name}"
    assert month.named()[f"field-risk/{chapter}"] == f"Risk in the field: {name}"


def test_a_summary_that_does_not_say_which_chapter_gives_no_reading() -> None:
    month = Written("monthly-summary", about=("p-darren",))
    month.say({"month.chapter": None, "risk.rating": "red", "risk.rating-scale": 3})
    assert month.readings() == {}


def test_each_area_of_a_supervision_has_its_own_line_over_time() -> None:
    meeting = Written("group-supervision", about=("p-maisie", "p-leo"))
    meeting.add("domain", {"domain.area": "da", "domain.rating-safety": 3})
    meeting.add("domain", {"domain.area": "home", "domain.rating-safety": 8})
    meeting.say({"risk.rating-safety": 5})
    assert meeting.readings() == {
        "area-safety/da": ("None", "3", "Not safe"),
        "area-safety/home": ("None", "8", "Safe enough"),
        "joint-safety": ("None", "5", "Some worry"),
    }
    assert meeting.named()["area-safety/home"] == "Safety, area by area: Home and neglect"


@pytest.mark.parametrize("form", ADULT_CHAPTERS)
def test_the_rulers_are_in_each_adult_chapter_and_go_on_where_a_conversation_left_off(form: str) -> None:
    talk = Written("mi-session", about=("p-darren",))
    talk.say({"session.adult": DARREN, "session.focus": "Drinking less before contact"})
    talk.say({"ruler.importance": 7, "ruler.confidence": 2, "ruler.readiness": 4})
    entry = Written(form, about=("p-darren",))
    entry.say({"contact.date": "2026-11-19", "contact.attended": "yes", "contact.adult": DARREN})
    assert not entry.shows("mi.importance")
    entry.say({"mi.talked": True, "mi.focus": " drinking less  before contact"})
    entry.say({"mi.importance": 8, "mi.confidence": 5, "mi.readiness": 6})
    of_entry = {scale: found for scale, found in entry.readings().items() if scale.startswith("mi-")}
    assert of_entry == {
        "mi-importance/drinking less before contact": ("p-darren", "8", "High"),
        "mi-confidence/drinking less before contact": ("p-darren", "5", "In between"),
        "mi-readiness/drinking less before contact": ("p-darren", "6", "In between"),
    }
    assert set(of_entry) == set(talk.readings())
    assert entry.shows("mi.importance-why")
    assert entry.shows("mi.confidence-higher")


def test_two_changes_are_never_one_line() -> None:
    talk = Written("mi-session", about=("p-hannah",))
    talk.say({"session.adult": HANNAH, "session.focus": "leaving him", "ruler.importance": 9})
    other = Written("mi-session", about=("p-hannah",))
    other.say({"session.adult": HANNAH, "session.focus": "going to bed by eleven", "ruler.importance": 2})
    assert not set(talk.readings()) & set(other.readings())


@pytest.mark.parametrize("form", list(FORMS.values()), ids=lambda form: f"{form.id} {form.version}")
def test_what_keeps_a_scale_apart_is_a_question_of_the_form(form: Form) -> None:
    for item in form.walk():
        if item.scale is not None and item.scale.apart_by is not None:
            assert form.by_link_id[item.scale.apart_by].is_question


@pytest.mark.parametrize("form", list(FORMS.values()), ids=lambda form: f"{form.id} {form.version}")
def test_every_option_of_a_charted_choice_has_a_weight_in_a_band(form: Form) -> None:
    for item in form.walk():
        if item.scale is None or not item.options:
            continue
        for option in item.options:
            assert option.weight is not None, item.link_id
            labels = {each.label for each in item.scale.bands if each.least == option.weight}
            assert labels == {option.label}
