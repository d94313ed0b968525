"""What is filled in from last time, and what is said of last time: with its source, and looked at again."""

from __future__ import annotations

from typing import Any

from tests.support.written import Written
from workbook_desktop.domain.ids import LinkId
from workbook_desktop.domain.paths import ROOT, child
from workbook_desktop.forms.draft import is_unconfirmed, source_of, source_words
from workbook_desktop.forms.response import to_response

SOURCE = {
    "record": "r-0",
    "title": "Group supervision, 20 October 2026",
    "by": "Ruth Calloway",
    "on": "2026-10-20",
}


def supervision() -> Any:
    meeting = Written("group-supervision")
    meeting.say({"meeting.date": "2026-10-20", "decision.what": "continue"})
    meeting.say({"decision.bottom-lines": "He does not come to the flat."})
    meeting.add(
        "domain", {"domain.area": "da", "domain.rating-before": "red", "domain.rating-after": "amber"}
    )
    meeting.add(
        "domain", {"domain.area": "mental", "domain.rating-before": "green", "domain.rating-after": "green"}
    )
    meeting.add("chapter-in", {"chapter-in.chapter": "mental-health", "chapter-in.state": "no"})
    return to_response(meeting.form, meeting.sheet.body)


def test_areas_ratings_and_chapters_of_last_time_are_there_to_start_from() -> None:
    meeting = Written("group-supervision", previous=supervision(), sources={"previous": SOURCE})
    first, second = meeting.sheet.rows(ROOT, LinkId("domain"))
    assert [meeting.value("domain.area", row)["code"] for row in (first, second)] == ["da", "mental"]
    assert [meeting.value("domain.rating-before", row)["code"] for row in (first, second)] == [
        "amber",
        "green",
    ]
    assert meeting.value("domain.rating-after", first) is None
    assert meeting.value("domain.evidence", first) is None
    (chapter,) = meeting.sheet.rows(ROOT, LinkId("chapter-in"))
    assert meeting.value("chapter-in.chapter", chapter)["code"] == "mental-health"
    assert meeting.value("chapter-in.state", chapter) is None
    assert meeting.value("decision.bottom-lines") == "He does not come to the flat."
    assert meeting.value("decision.what") is None
    assert meeting.value("meeting.last") == "Go on as planned, on 2026-10-20"
    newest = Written("group-supervision", "1.1.0", previous=supervision(), sources={"previous": SOURCE})
    assert newest.value("meeting.last") == "Go on as planned, on 20 October 2026"


def test_each_says_where_it_is_from_and_a_rating_waits_to_be_confirmed() -> None:
    meeting = Written("group-supervision", previous=supervision(), sources={"previous": SOURCE})
    row = meeting.sheet.rows(ROOT, LinkId("domain"))[0]
    path = child(row, LinkId("domain.rating-before"))
    answer = meeting.sheet.body.answers[path]
    assert is_unconfirmed(answer)
    source = source_of(answer)
    assert source is not None
    assert source_words(source) == "Group supervision, 20 October 2026, by Ruth Calloway"
    assert source["record"] == "r-0"
    codes = {each.code for each in meeting.sheet.problems() if each.path == path}
    assert "not-confirmed" in codes
    meeting.sheet.confirm(path)
    assert "not-confirmed" not in {each.code for each in meeting.sheet.problems() if each.path == path}


def test_the_first_supervision_begins_with_an_empty_line() -> None:
    meeting = Written("group-supervision")
    for table in ("domain", "chapter-in"):
        (row,) = meeting.sheet.rows(ROOT, LinkId(table))
        assert not meeting.has_answers(row)
    assert meeting.value("meeting.last") is None


def test_the_bedroom_that_was_not_seen_last_time_is_asked_for_child_by_child() -> None:
    before = Written("visit", "1.1.0")
    before.say({"child.seen": True, "child.bedroom": False}, before.child("maisie"))
    before.say({"child.seen": True, "child.bedroom": True}, before.child("leo"))
    visit = Written("visit", "1.1.0", previous=to_response(before.form, before.sheet.body))
    maisie, leo, ivy = (visit.child(each) for each in ("maisie", "leo", "ivy"))
    assert [visit.shows("child.bedroom-last", row) for row in (maisie, leo, ivy)] == [True, False, False]
    words = "It was not seen last time either. See it soon, and say below why not."
    visit.say({"child.seen": True, "child.bedroom": False}, leo)
    assert words not in visit.remarks()
    visit.say({"child.seen": True, "child.bedroom": False}, maisie)
    assert words in visit.remarks()
    assert visit.shows("child.bedroom-why", maisie)
    visit.say({"child.bedroom": True}, maisie)
    assert words not in visit.remarks()
