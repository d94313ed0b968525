"""A month of the Tolland family through the real windows: entries of four disciplines and a visit, their
summaries, the supervision that opens the next period, the next version of the plan, what goes on paper for
whom, and what the manager counts. Every laptop is its worker's own."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from sync.reference_ics.practice import practice_caseload
from sync.reference_ics.story import record_id
from tests.support.month import TOLLAND, Month, Sitting
from tests.support.month_records import DARREN, HANNAH, entry, safety_plan, summary, supervise, visit
from tests.support.service import IcsClock, running_ics
from workbook_desktop.domain.ids import FamilyId, LinkId, RecordId
from workbook_desktop.domain.records import State
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.measures import Tally, stretches
from workbook_desktop.workspace.paper_choices import CHRONOLOGY

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PLAN = record_id("plan-tolland")
# What only the survivor's worker and those who read her chapter may know.
HELD_BACK = "She has told a second neighbour the code word heron."
HELD_BACK_TOO = "I sleep with the phone in my hand."
ASKED = "Please ask where the tablets are before Saturday."
MAISIE_SAID = "I keep my torch for when Leo has dreams."


@pytest.fixture
def month(qtbot: QtBot, tmp_path: Path) -> Iterator[Month]:
    clock = IcsClock(MONDAY)
    caseload = practice_caseload(MONDAY.date())
    (tmp_path / "ics").mkdir()
    with running_ics(tmp_path / "ics", caseload=caseload, clock=clock) as ics:
        yield Month(qtbot, tmp_path, ics, clock, {str(each.id): each for each in caseload.workers})


def test_a_month_of_the_family_from_entries_to_the_next_plan(month: Month) -> None:
    # The last week of November: three specialists and the social worker write, each in their own chapter.
    with month.sits("sunil-marsh") as sunil:
        wrote = entry(
            sunil,
            "chapter-substance",
            {
                "use.which": ["alcohol"],
                "use.days-alcohol": 3,
                "use.injecting": False,
                "help.treatment": "engaged",
                "work.did": "Looked back on the month.",
                "work.view": "“I want Leo to know me sober.”",
                "safety.medicine": "no",
                "safety.carer": "Lorraine.",
                "safety.relapse-plan": "Rings his brother.",
                "safety.lapse": False,
                "risk.rating": "green",
                "next.tell": ["child"],
                "next.message": ASKED,
            },
            DARREN,
        )
        assert [each.words for each in sunil.workbook.asked if each.record == wrote] == [ASKED]
        (asked,) = (each for each in sunil.workbook.asked if each.record == wrote)
        assert asked.read_by == ()
        assert "Amara Quill" in asked.not_yet
    with month.sits("nerys-vole") as nerys:
        entry(
            nerys,
            "chapter-da-survivor",
            {
                "incident.any": False,
                "danger.separated": "apart",
                "danger.safety": 6,
                "dash.done": False,
                "danger.judgement": "medium",
                "danger.judgement-why": "The order holds.",
                "marac.status": "heard",
                "marac.date": "2026-08-03",
                "safe.address": False,
                "safe.plan": "yes",
                "work.did": HELD_BACK,
                "work.view": f"“{HELD_BACK_TOO}”",
                "risk.rating": "amber",
            },
            HANNAH,
        )
        plain = safety_plan(nerys)
        page = nerys.hand_over(plain, "Hannah Tolland")
        assert "Lock the door and ring the police" in page
        for word in ("Safety plan", "Wrenmouth", "Council", "Vole", "marmalade", "Cordwainer"):
            assert word not in page
    with month.sits("bea-linnet") as bea:
        entry(
            bea,
            "chapter-mental-health",
            {
                "health.presentation": "Rested, and quick to smile.",
                "health.words": "“Mornings are mine again.”",
                "health.diagnosis-by": "gp",
                "health.diagnosis": "Depression",
                "health.medication": True,
                "health.taking": "yes",
                "danger.thoughts": "none",
                "work.did": "Went through the plan for bad nights.",
                "work.view": "“I would ring Carol first.”",
                "parenting.effect": "She gets up first.",
                "risk.rating": "green",
            },
            HANNAH,
        )

    with month.sits("tom-harrow") as tom:
        entry(
            tom,
            "chapter-da-perpetrator",
            {
                "behaviour.acknowledged": "That he shouted until they hid.",
                "behaviour.minimise": 4,
                "behaviour.deny": 2,
                "behaviour.blame": 5,
                "behaviour.children": "He says that Leo still jumps when a door bangs.",
                "programme.where": "running",
                "programme.name": "Turning Point",
                "conditions.legal": ["order"],
                "conditions.terms": "No contact with Hannah.",
                "conditions.broken": False,
                "partner.check": True,
                "partner.new": False,
                "work.did": "Wrote the letter that is never sent.",
                "work.view": "“I made them small.”",
                "risk.rating": "amber",
            },
            DARREN,
        )

    # Amara visits, sees what is new since she last looked, and opens what she is asked to read.
    with month.sits("amara-quill") as amara:
        visited = visit(amara, {"Maisie": f"“{MAISIE_SAID}”", "Leo": "“Van!”", "Ivy": "She laughed."})
        amara.open_workbook("substance")
        assert ASKED in amara.page
        amara.laptop.quiet()
        assert amara.part("substance").new == ()
        amara.open_workbook()
        amara.do(lambda desk: desk.open(wrote))
        assert ASKED in [each.words for each in amara.workbook.to_read]  # it stands further on
        amara.do(lambda desk: desk.look_at_section(wrote, LinkId("next")))
        assert ASKED not in [each.words for each in amara.workbook.to_read]

    # December: summaries are written; Nerys's and Tom's are missing.
    month.clock.moment = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
    with month.sits("sunil-marsh") as sunil:
        (asked,) = (each for each in sunil.workbook.asked if each.record == wrote)
        assert [(each.name, each.on) for each in asked.read_by] == [("Amara Quill", date(2026, 11, 23))]
        sunil.open_workbook()
        assert "Read by Amara Quill on 23 November 2026" in sunil.page
        told = summary(sunil, "substance", "green", 8, "Three days of drinking in the last 28.", offered=2)
        assert "I want Leo to know me sober" in sunil.do(lambda desk: desk.words_of(told))
    with month.sits("bea-linnet") as bea:
        summary(bea, "mental-health", "green", 8, "PHQ-9 stays below 10.", offered=1)
    with month.sits("amara-quill") as amara:
        new = amara.part("substance").new
        assert [each.record for each in new] == [told]
        amara.open_workbook()
        shown = amara.page
        assert "Nerys Vole’s summary for November 2026 is missing" in shown
        assert "Sunil Marsh’s summary for November" not in shown

    # The supervision: what the chapters say is gathered, what is kept back is not, disagreement stays.
    month.clock.moment = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
    with month.sits("ruth-calloway") as ruth:
        before = ruth.workbook.period.number
        ruth.open_workbook()
        record = ruth.begin("do:start-supervision")
        pack = ruth.do(lambda desk: desk.words_of(record))
        assert "Three days of drinking in the last 28." in pack
        assert HELD_BACK not in pack
        assert HELD_BACK_TOO not in pack
        assert "Before the discussion: Red: high" in pack  # the ratings of the last one
        supervise(ruth, record)
        after = ruth.workbook
        assert after.period.number == before + 1
        assert after.period.after == date(2026, 12, 3)
        file = ruth.do(lambda desk: desk.family(TOLLAND))
        assert "Ask the court for an early date" in [each.what for each in file.actions]

    # The plan is agreed and locked; the next version is drafted from it, and takes its place once signed.
    with month.sits("amara-quill") as amara:
        amara.sign(PLAN)
        amara.send()
        assert amara.do(lambda desk: desk.open(PLAN)).state is State.SIGNED_OFF
        amara.open_family()
        amara.hands.do("do:next-plan")
        amara.laptop.sees("screen:form")
        draft = amara.laptop.record
        amara.home()
        assert "Version of the plan: 2" in amara.do(lambda desk: desk.words_of(draft))
        of_plan = amara.do(lambda desk: [each for each in desk.family(TOLLAND).actions if each.of_plan])
        assert {each.record for each in of_plan} == {PLAN}
        late = amara.do(
            lambda desk: [
                path
                for path, answer in desk.open(draft).body.answers.items()
                if path.endswith("action.by") and str(answer.value) < "2026-12-03"
            ]
        )
        assert late  # a day that is past cannot be agreed again
        amara.write(
            draft,
            {
                "record.source": ["professional"],
                "network.parents": "“It is the same plan, and I know it now.”",
                "network.shared": True,
            },
            {"agreed": [{"agreed.who": "Hannah Tolland", "agreed.how": "yes", "agreed.words": "“Yes.”"}]},
            dict.fromkeys(late, "2027-01-15"),
        )
        amara.sign(draft)
        amara.send()
        now = amara.do(lambda desk: [each for each in desk.family(TOLLAND).actions if each.of_plan])
        assert {each.record for each in now} == {draft}
        assert sorted(each.what for each in now) == sorted(each.what for each in of_plan)

        what_goes_on_paper(amara, plan=draft, safety=plain, supervision=record, visited=visited)

    # Tom has everything but what is not his: not a word of Nerys's chapter is on his laptop.
    with month.sits("tom-harrow") as tom:
        tom.open_workbook()
        shown = tom.page
        assert "The office does not send this chapter to yours." in shown
        tom.hands.do("choose:da-survivor")
        tom.laptop.quiet()
        whole = tom.do(everything)
        assert "heron" not in whole
        assert "phone in my hand" not in whole
        assert record in [each.record for each in tom.workbook.together]
        assert "marmalade" not in whole
        assert plain not in [row.record for row in tom.do(lambda desk: desk.family(TOLLAND)).records]
        # Nor that Hannah has papers at home; of Darren's he knows.
        titles = [row.title for row in tom.do(lambda desk: desk.family(TOLLAND)).records]
        events = [each.headline for each in tom.do(lambda desk: desk.chronology(TOLLAND)).events]
        given = [each.to for each in tom.do(lambda desk: desk.paper_choices(TOLLAND)).given]
        assert not [each for each in (*titles, *events) if "for Hannah" in each or "for Bea" in each]
        assert "Darren Pask" in given
        assert not {"Hannah Tolland", "Bea Linnet"} & set(given)
        found = tom.do(lambda desk: desk.search("saved as a PDF")).found
        assert not [each for each in found if "Hannah Tolland, copy" in str(each)]

    # Mid-December: what the manager counts is what was recorded.
    month.clock.moment = datetime(2026, 12, 14, 9, 0, tzinfo=UTC)
    with month.sits("ruth-calloway") as ruth:
        what_the_manager_counts(ruth)


def what_goes_on_paper(
    amara: Sitting, *, plan: RecordId, safety: RecordId, supervision: RecordId, visited: RecordId
) -> None:
    """Hand over, as PDFs, what the month came to, and read the pages: nobody gets what is not theirs."""
    darrens = amara.hand_over(plan, "Darren Pask")
    assert "Attend the programme each week" in darrens
    assert "Version of the plan: 2" in darrens
    for other in ("Nerys", "Bea Linnet", "solicitor", "safety plan", "School nurse", "it is the same plan"):
        assert other not in darrens
    hannahs = amara.hand_over(plan, "Hannah Tolland")
    assert "Apply for the non-molestation order" in hannahs
    assert "“Yes.”" in hannahs  # her own words when she agreed
    for other in ("Tom Harrow", "Sunil", "programme each week"):
        assert other not in hannahs
    seen = amara.hand_over(visited, "Hannah Tolland")
    assert "Ring on Monday" in seen
    assert "buzzer" not in seen
    assert "It says where somebody lives whose address is protected" in amara.screen  # told beforehand
    pack = amara.hand_over(supervision, "Bea Linnet")
    for there in ("Three days of drinking in the last 28.", MAISIE_SAID, "Moved from red to amber"):
        assert there in pack
    court = amara.hand_over(CHRONOLOGY, "The court")
    assert "All three children were seen at home, and Maisie slept through" in court
    for given in ("saved as a PDF", "Given on paper", "copy 1", "copy 2", "Notes"):
        assert given not in court
    for page in (darrens, hannahs, seen, pack, court):
        assert "Cordwainer" not in page  # Hannah's address, though it was typed into the visit
        assert HELD_BACK not in page
        assert HELD_BACK_TOO not in page
    for page in (darrens, hannahs, seen, court):
        assert MAISIE_SAID not in page

    for what, whom in (
        (supervision, "Darren Pask"),
        (supervision, "Hannah Tolland"),
        (supervision, "The court"),
        (safety, "Darren Pask"),
        (safety, "The court"),
        (visited, "Darren Pask"),
    ):
        assert amara.is_refused(what, whom), (what, whom)

    # Whatever else there is to print, and whoever asks for it.
    kept = ("Cordwainer", "XX1 2BB", "heron", "phone in my hand", "marmalade", "Lock the door")
    childrens = ("torch", "judge do the rule", "tummy", "Van!")
    for key, least, words in (("p-darren", 3, (*kept, *childrens)), ("court", 12, kept)):
        pages = amara.all_papers_for(key)
        assert len(pages) >= least
        for title, page in pages.items():
            assert [word for word in words if word in page] == [], (key, title)

    # The papers stand in the chronology, as the worker sees it, and are no significant events.
    lines = amara.do(lambda desk: desk.chronology(TOLLAND)).events
    papers = [each for each in lines if "saved as a PDF" in each.headline]
    assert len(papers) == 6  # with that of Nerys
    assert not any(each.significant for each in papers)
    assert sum("for Hannah Tolland, copy" in each.headline for each in papers) == 3


def what_the_manager_counts(ruth: Sitting) -> None:
    """Count the month and the quarter: the page and the file are those counts without the small ones."""
    whose = ruth.do(lambda desk: desk.to_measure())
    assert whose.scope == "2 families on this laptop, the whole team’s"
    over = {each.name: each for each in stretches(whose.today)}

    def count(days: str, *families: FamilyId) -> Tally:
        return ruth.do(lambda desk: sum((desk.measure(each, over[days]) for each in families), Tally()))

    november = count("Last month", TOLLAND)
    assert november.seen == Counter(seen=3, alone=1)  # Amara's visit: Maisie alone
    # Due on 9 and 23 November all three, on the 27th those who were seen on 30 October: Leo was out.
    assert november.visits == Counter(due=8, met=8)
    # The nurse: done by the visit, so it stands in the plan before alone.
    assert november.actions == Counter(due=1, done=1)
    assert november.readings["Alcohol"] == Counter(better=1)  # three days, and four before
    assert november.readings["How safe the children are"] == Counter(better=1)
    december = count("This month so far", TOLLAND)
    assert december.summaries == Counter(due=4, met=1)  # Sunil's; Amara, Nerys and Tom owe theirs
    quarter = count("The last 3 months", *whose.families)
    # 17 of Tolland, by the 20 working days of its plan, and Tilly's by the six weeks of hers.
    assert quarter.visits == Counter(due=18, met=18)
    assert quarter.seen == Counter(seen=12, alone=7)
    # Due on 11 October and given a day late, or never (5); on 12 November (4); on 11 December (4, as above).
    assert quarter.summaries == Counter(due=13, met=5)
    # Done: the nurse, and two of Marrow. Two of December are open.
    assert quarter.actions == Counter(due=5, done=3)
    assert len(quarter.children) == 4

    page = ruth.measures("The last 3 months")
    said = ruth.screen
    place = ruth.month.folder / "figures.csv"
    page._ask_where = lambda name, then: then(str(place))
    ruth.hands.do("do:save-measures")
    ruth.laptop.until(place.exists)
    ruth.laptop.quiet()
    rows = list(csv.reader(place.read_bytes().decode("utf-8-sig").splitlines()))
    figures = [(title, what, number) for title, what, number, _ in rows[rows.index(_HEADER) + 1 :]]
    shown = {(title, what): number for title, what, number in figures if number}
    assert shown.items() >= _FIGURES.items()
    assert "hidden" in shown[("Change of readings: Risk in the field", "Better")]
    few = {title for title, what, number in figures if not number}
    assert "Children on plans, by kind and category" in few
    assert shown[("Children on plans, by length", "All")] == "hidden"
    assert not [number for number in shown.values() if number in ("1", "2", "3", "4")]
    for scale in ("Alcohol", "How worried the child is"):  # of one person: not even its name
        assert not [title for title, _, _ in figures if scale in title]
        assert scale not in said
    # The page says the same, table by table, and names nobody.
    titles = list(dict.fromkeys(title for title, _, _ in figures))
    starts = [said.index(f"{title}\n{title}\n") for title in titles]
    assert starts == sorted(starts)
    for title, what, number in figures:
        at = titles.index(title)
        part = said[starts[at] : starts[at + 1] if at + 1 < len(titles) else None]
        assert (f"{what}\n{number}\n" if number else f"{what}\n") in part, (title, what)
    told = place.read_text(encoding="utf-8-sig") + "\n".join(
        said[start:end] for start, end in pairwise((*starts, len(said)))
    )
    names = [
        "Maisie",
        "Leo",
        "Ivy",
        "Tilly",
        "Hannah",
        "Darren",
        "Amara",
        "Nerys",
        "Sunil",
        "Tolland",
        "Marrow",
    ]
    assert not [name for name in names if name in told]


_HEADER = ["Measure", "What", "Count", "Counted"]
_FIGURES = {
    ("Visits in time", "In time"): "18",
    ("Visits in time", "Late, or not yet"): "0",
    ("Visits in time", "All"): "18",
    ("Seen alone", "Seen alone"): "7",
    ("Seen alone", "Not alone"): "5",
    ("Seen alone", "All"): "12",
    ("Monthly summaries on time", "On time"): "5",
    ("Monthly summaries on time", "Late, or not yet"): "8",
    ("Monthly summaries on time", "All"): "13",
    ("Plan actions done", "Done"): "hidden",
    ("Plan actions done", "Not done"): "hidden",
    ("Plan actions done", "All"): "5",
}


def everything(desk: Desk) -> str:
    """Return all that a worker's pages and records of the family say."""
    file = desk.family(TOLLAND)
    pages = repr((file, desk.workbook(TOLLAND), desk.home()))
    return pages + "".join(desk.words_of(row.record) for row in file.records)
