"""What stands on paper for whom: what must not be there is nowhere on the pages, and is listed beforehand."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.support.laptop_store import LaptopStore
from tests.support.paper import (
    DARREN,
    HANNAH,
    MAISIE,
    TOLLAND,
    answered,
    family_becomes,
    paper_for,
    person,
    printed,
    safety_plan,
    said,
)
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, LinkId, PersonId, RecordId, RowId
from workbook_desktop.domain.people import Household
from workbook_desktop.domain.records import Body, Row, Value, body_of
from workbook_desktop.paper.document import PLAIN_TITLE, Heading
from workbook_desktop.workspace.paper_choices import CHRONOLOGY
from workbook_desktop.workspace.paper_rules import FAMILY, paper_rules
from workbook_desktop.workspace.paper_words import gives_away, secrets_of
from workbook_desktop.workspace.views_paper import Order, Reader, Sheets
from workbook_desktop.workspace.worker_desk import WorkerDesk

GIVEN_AWAY = ("Cordwainer", "XX1 2BB", "XX12BB")
ADDRESS = "Flat 3, 12 Cordwainer Row, Wrenmouth, XX1 2BB"
NOBODYS = "Come to 12, Cordwainer  Row at four"


def note(laptop: LaptopStore, name: str) -> RecordId:
    """Return a record of the practice story by its name."""
    from sync.reference_ics.story import record_id

    return RecordId(record_id(name))


def every_document(desk: WorkerDesk, laptop: LaptopStore, who: str) -> list[Sheets]:
    return [paper_for(laptop, who, each.key) for each in desk.paper_choices(TOLLAND).printables]


def everybody(desk: WorkerDesk) -> list[str]:
    return [each.key for each in desk.paper_choices(TOLLAND).recipients]


def with_address_typed(laptop: LaptopStore) -> None:
    """Somebody typed the protected address into the plan, in five places and spellings."""
    plan = laptop.plan()
    body = laptop.desk.open(plan).body
    outcome = body.rows_of(paths.ROOT, LinkId("outcomes"))[0]
    action = body.rows_of(outcome, LinkId("actions"))[2]  # Darren's own
    answered(
        laptop,
        plan,
        {
            "plan.goal": f"They stay at {ADDRESS}.",
            "plan.bottom-lines": NOBODYS,
            "safety.contingency": "Hannah’s postcode is xx12bb.",
            f"{action}/action.what": "Never come near cordwainer row",
            f"{outcome}/outcome.what": "CORDWAINER-ROW stays unknown",
        },
    )


def test_a_protected_address_is_on_nobodys_paper_however_it_was_typed(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    with_address_typed(laptop)
    for who in everybody(desk):
        for sheets in every_document(desk, laptop, who):
            words = said(sheets.document).casefold()
            assert "cordwainer" not in words
            assert "xx12bb" not in words.replace(" ", "")
    plan = paper_for(laptop, HANNAH, laptop.plan())
    reasons = {each.what for each in plan.withheld if each.code == "address"}
    assert {"Safety goal", "Bottom lines"} <= reasons


def test_somebody_kept_restricted_is_on_nobodys_paper_by_the_id_however_they_are_spelled(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    plan = laptop.plan()
    outcome = laptop.desk.open(plan).body.rows_of(paths.ROOT, LinkId("outcomes"))[0]
    cousin = {"reference": "Person/p-perran", "display": "Q. Quibble"}
    answered(
        laptop,
        plan,
        {
            "plan.goal": "PERRAN must not hear of it.",
            "safety.contingency": "Perran’s new family is not to be rung.",
            f"{outcome}/outcome.children": [{"reference": "Person/p-leo", "display": "Leo Pask"}, cousin],
        },
    )
    assert "p-perran" not in everybody(desk)
    for who in everybody(desk):
        for sheets in every_document(desk, laptop, who):
            words = re.split(r"[^a-z]+", said(sheets.document).casefold())
            assert not {"perran", "sorrel", "quibble"}.intersection(words), (who, sheets.order.what)
    for_the_court = paper_for(laptop, "conference", plan)
    left = {each.what for each in for_the_court.withheld if each.code == "restricted"}
    assert {"Safety goal", "Children"} <= left, left


def test_a_record_about_somebody_kept_restricted_is_not_printed(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    about = laptop.desk.start(laptop.visit_form(), TOLLAND, (PersonId("p-perran"),))
    sheets = paper_for(laptop, "conference", about.record)
    assert sheets.document is None
    assert sheets.refused == "It is about somebody whom the office keeps restricted."


def test_no_page_for_darren_holds_the_address_or_a_childs_words(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    with_address_typed(laptop)
    children = set()
    for head in laptop.caseload.records:
        for path, answer in body_of(head.content).answers.items():
            if head.family == TOLLAND and paths.link_id(path) in paper_rules().childs_words:
                children |= set(re.findall(r"“([^”]{12,})”", str(answer.value)))
    assert len(children) > 10
    pages = [printed(sheets.document) for sheets in every_document(desk, laptop, DARREN)]
    assert any(pages)
    for page in pages:
        assert not [each for each in GIVEN_AWAY if each.casefold() in page.casefold()]
        assert not [words for words in children if " ".join(words.split()) in page]
        assert "tummy" not in page


def test_darren_gets_his_own_actions_and_nobody_elses(laptop: LaptopStore) -> None:
    sheets = paper_for(laptop, DARREN, laptop.plan())
    words = said(sheets.document)
    assert "Attend the programme each week" in words
    for other in ("Nerys", "Bea", "solicitor", "safety plan", "PHQ", "depression", "Carol", "order"):
        assert other not in words
    why = {each.code for each in sheets.withheld}
    assert {"other-adult", "not-for-them", "childs-words"} <= why


def test_hannah_does_not_get_what_is_between_darren_and_his_workers(laptop: LaptopStore) -> None:
    words = said(paper_for(laptop, HANNAH, laptop.plan()).document)
    for other in ("Tom Harrow", "Sunil", "programme each week", "breath test"):
        assert other not in words
    assert "Apply for the non-molestation order" in words
    assert "Maisie went through the plan in pictures" not in words  # hers to share


def test_what_is_withheld_from_somebody_is_not_printed_for_them_nor_where_they_may_read_it(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    record = note(laptop, "assessment-tolland")
    assert paper_for(laptop, DARREN, record).refused == "It is withheld from them."
    for who in ("conference", "court", MAISIE):
        assert paper_for(laptop, who, record).refused == "It is withheld from somebody who may see this."
    assert paper_for(laptop, HANNAH, record).document is not None
    assert paper_for(laptop, "w-tom-harrow", record).refused == "This colleague may not read it."
    chronology = paper_for(laptop, "court", CHRONOLOGY)
    assert any(each.code == "withheld-from-some" for each in chronology.withheld)
    assert "presses Maisie" not in said(chronology.document)


def test_a_council_only_note_is_for_no_partner_and_no_meeting(desk: WorkerDesk, laptop: LaptopStore) -> None:
    record = note(laptop, "note-management")
    held = laptop.store.records.held(record).shown
    words = [
        line.strip()
        for answer in held.answers.values()
        if isinstance(answer.value, str) and len(answer.value) > 30
        for line in [answer.value[:40]]
    ]
    assert words
    for who in everybody(desk):
        sheets = paper_for(laptop, who, record)
        allowed = who in ("w-amara-quill", "w-joss-penn", "w-ruth-calloway")
        assert (sheets.document is not None) is allowed, who
        if not allowed:
            for each in every_document(desk, laptop, who):
                assert not [line for line in words if line in said(each.document)]


def test_a_safety_plan_is_for_those_it_protects_and_nobody_else(laptop: LaptopStore) -> None:
    record = safety_plan(laptop)
    assert paper_for(laptop, HANNAH, record).document is not None
    for who in (DARREN, "p-lorraine", MAISIE, "conference", "court", "w-tom-harrow"):
        sheets = paper_for(laptop, who, record)
        assert sheets.document is None, who
        assert sheets.refused
    assert paper_for(laptop, "w-nerys-vole", record).document is not None


def test_a_plain_safety_plan_says_nowhere_what_it_is_or_whose(laptop: LaptopStore) -> None:
    record = safety_plan(laptop)
    sheets = paper_for(laptop, HANNAH, record)
    assert sheets.without_logo_only
    assert sheets.file_name == "notes-1.pdf"
    assert sheets.document is not None
    assert sheets.document.title == PLAIN_TITLE
    page = printed(sheets.document)
    assert "Lock the door and ring the police" in page
    for word in (
        "Safety plan",
        "Wrenmouth",
        "Council",
        "Amara",
        "marmalade",
        "Printed by",
        "Darren",
        "About",
    ):
        assert word not in page
    usual = safety_plan(laptop, print_style="usual")
    assert "Safety plan for" in printed(paper_for(laptop, HANNAH, usual).document)
    never = safety_plan(laptop, print_style="none")
    assert "must not be printed" in paper_for(laptop, HANNAH, never).refused


def test_a_child_is_given_what_is_the_childs(laptop: LaptopStore) -> None:
    visit = next(each for each in laptop.desk.paper_choices(TOLLAND).printables if each.kind == "Home visit")
    words = said(paper_for(laptop, MAISIE, visit.key, easy=True).document)
    assert "Visit to Maisie Tolland" in words
    assert "Leo Tolland" not in words
    for number in ("9990000018", "C999000000001"):
        assert number not in words


def test_what_holds_words_from_outside_the_family_has_to_be_read_first(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    assert not paper_for(laptop, HANNAH, plan).must_read
    answered(laptop, plan, {"record.third-party": True})
    assert "outside the family" in paper_for(laptop, HANNAH, plan).must_read
    assert "outside the family" not in paper_for(laptop, "conference", plan).must_read


def test_a_telephone_number_of_somebody_else_stands_on_no_paper_for_the_family(laptop: LaptopStore) -> None:
    answered(laptop, laptop.plan(), {"plan.goal": "Darren rings Hannah on +44 7700 900118 no more."})
    sheets = paper_for(laptop, DARREN, laptop.plan())
    assert "900118" not in said(sheets.document)
    assert any(each.code == "phone" for each in sheets.withheld)
    assert "900118" in said(paper_for(laptop, HANNAH, laptop.plan()).document)  # her own


def test_a_copy_is_noted_in_the_chronology_signed_and_counted(desk: WorkerDesk, laptop: LaptopStore) -> None:
    sheets = paper_for(laptop, HANNAH, laptop.plan())
    record = desk.paper_given(sheets, "printed")
    assert record is not None
    assert desk.open(record).state == "draft"  # signed here, and on its way: the office has not had it yet
    assert not desk.open(record).editable or desk.open(record).progress == "ready"
    assert paper_for(laptop, HANNAH, laptop.plan()).copy == 2
    laptop.run()
    assert str(laptop.head(record).state) == "signed_off"
    (line,) = [event for event in desk.chronology(TOLLAND).events if event.record == record]
    assert "for Hannah Tolland, copy 1" in line.headline
    left_out = desk.open(record).body.answers[paths.child(paths.ROOT, LinkId("given.left-out"))].value
    assert "another adult" in str(left_out)
    (given,) = desk.paper_choices(TOLLAND).given
    assert (given.to, given.copy) == ("Hannah Tolland", 1)


def test_the_note_of_a_safety_plan_is_kept_from_whom_the_plan_is_kept(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    record = desk.paper_given(paper_for(laptop, HANNAH, safety_plan(laptop)), "saved")
    assert record is not None
    body = desk.open(record).body
    withheld = body.answers[paths.child(paths.ROOT, LinkId("record.withhold-from"))].value
    assert [each["reference"] for each in withheld] == [
        f"Person/{DARREN}",
        "Person/p-lorraine",
        "Person/p-maisies-father",
    ]
    assert not any("Safety plan" in said(each.document) for each in every_document(desk, laptop, DARREN))
    assert "safety plan" not in said(paper_for(laptop, "court", CHRONOLOGY).document).casefold().replace(
        "practise the safety plan", ""
    )


def test_a_copy_given_before_an_address_was_protected_warns_and_the_next_is_without_it(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    answered(laptop, laptop.plan(), {"plan.goal": "Contact is at 8 Sexton Close, with Lorraine there."})
    sheets = paper_for(laptop, HANNAH, laptop.plan())
    assert "Sexton Close" in said(sheets.document)
    assert sheets.homes == ("h-2",)
    desk.paper_given(sheets, "printed")
    family = desk.family(TOLLAND).family
    homes = tuple(replace(home, protected=True) for home in family.households)
    family_becomes(laptop, replace(family, households=homes))
    after = paper_for(laptop, HANNAH, laptop.plan())
    assert "Sexton" not in said(after.document)
    assert any("copy 1" in words and "protected now" in words for words in after.warnings)


def test_an_address_that_is_not_on_this_laptop_is_said_to_be_unknown(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    family = desk.family(TOLLAND).family
    homes = tuple(
        replace(home, address="", postcode="") if home.protected else home for home in family.households
    )
    family_becomes(laptop, replace(family, households=homes))
    assert any("not on this laptop" in words for words in paper_for(laptop, DARREN, laptop.plan()).warnings)


def test_a_family_member_without_a_name_is_asked_for_by_nobody_and_breaks_nothing(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    assert "p-maisies-father" not in everybody(desk)
    family = desk.family(TOLLAND).family
    people = tuple(replace(each, forename="", surname="", preferred_name="") for each in family.people)
    family_becomes(laptop, replace(family, people=people))
    assert {each.reader for each in desk.paper_choices(TOLLAND).recipients} == {
        Reader.CONFERENCE, Reader.COURT, Reader.COLLEAGUE,
    }  # fmt: skip
    assert paper_for(laptop, "court", laptop.plan()).document is not None


def test_whoever_reads_it_every_document_says_for_whom_it_is_and_which_copy(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    for who in (HANNAH, "court"):
        sheets = paper_for(laptop, who, laptop.plan())
        assert sheets.document is not None
        assert sheets.document.footer == "Printed by Amara Quill, 22 November 2026. Copy 1."
        assert sheets.document.facts[0].text == sheets.recipient.name


def test_every_rule_for_paper_names_a_question_of_its_form(laptop: LaptopStore) -> None:
    forms = [form for ref in laptop.store.forms.newest() if (form := laptop.store.forms.form(ref))]
    rules = paper_rules()
    for form in forms:
        document = rules.of_form(str(form.ref.id))
        if document is None:
            continue
        known = set(form.by_link_id)
        named = {link for each in document.allowed.values() for link in each}
        named |= {link for each in document.kept_back.values() for link in each}
        named |= {
            *document.plain,
            *document.plain.values(),
            *document.easy,
            *document.names_of_others,
            *document.tables,
        }
        named |= {link for each in document.tables.values() for link in each}
        assert named <= known, (form.ref.id, named - known)
        for reader in FAMILY & set(document.allowed):
            kept = {link for link in document.allowed[reader] if link in rules.never}
            assert not kept, (form.ref.id, reader)


def test_easy_words_are_for_the_family_and_not_for_a_meeting(laptop: LaptopStore) -> None:
    for meeting in ("conference", "court", "w-bea-linnet"):
        usual = said(paper_for(laptop, meeting, laptop.plan()).document)
        assert said(paper_for(laptop, meeting, laptop.plan(), easy=True).document) == usual
        assert "What do the parents say about the plan?" in usual


def test_a_title_says_what_it_is_to_whom_it_is_about(laptop: LaptopStore) -> None:
    def title(kind: str, who: str) -> str:
        found = laptop.desk.paper_choices(TOLLAND).printables
        made = paper_for(laptop, who, next(each.key for each in found if each.kind == kind)).document
        assert made is not None
        return made.title

    assert title("Plan", "conference") == "Plan for Maisie, Leo and Ivy"
    assert title("Home visit", "conference") == "Visit to Maisie, Leo and Ivy"
    assert title("Chronology", "court") == "Chronology of Maisie, Leo and Ivy"
    assert title("Genogram", "conference") == "Genogram of Maisie, Leo and Ivy"
    # The conversation was with Darren, and the children are not in it.
    assert title("Motivational conversation", "w-sunil-marsh") == "Motivational conversation, Tolland family"
    assert title("Group supervision", "w-ruth-calloway") == "Group supervision, Tolland family"


def test_a_number_says_out_of_how_many_and_a_row_alone_has_none(laptop: LaptopStore) -> None:
    visit = next(each for each in laptop.desk.paper_choices(TOLLAND).printables if each.kind == "Home visit")
    words = said(paper_for(laptop, "conference", visit.key).document).split("\n")
    assert words[words.index("How safe are the children here now?") + 1] == "6 of 10"
    assert "Person expected" in words
    assert "Person expected 1" not in words


def test_a_family_reads_what_is_left_under_headings_that_say_it(laptop: LaptopStore) -> None:
    document = paper_for(laptop, MAISIE, laptop.plan(), easy=True).document
    assert document is not None
    assert [each.title for each in document.sections] == [
        "What has to happen so that we stop worrying",
        "What will be better, and who does what",
        "How often we come",
        "When we look at it again",
    ]
    # Of three outcomes she gets one: nothing says that there are others.
    headings = [part.text for each in document.sections for part in each.parts if isinstance(part, Heading)]
    assert headings == ["Outcome 1"]


def test_nothing_left_is_no_empty_page(laptop: LaptopStore) -> None:
    sheets = paper_for(laptop, DARREN, "chronology")
    assert sheets.document is None
    assert sheets.refused == "Nothing is left of it that may be printed for them."
    assert sheets.withheld


def test_somebody_else_in_a_record_is_a_person_by_reference(laptop: LaptopStore) -> None:
    answered(laptop, laptop.plan(), {"record.withhold-from": [person("p-hannah", "Hannah Tolland")]})
    assert paper_for(laptop, HANNAH, laptop.plan()).refused == "It is withheld from them."


def plan_with_plain_words(laptop: LaptopStore) -> RecordId:
    """Begin a plan of the newest form, with plain words and with what two adults and a child say of it."""
    ref = next(ref for ref in laptop.store.forms.newest() if ref.id == "plan")
    record = laptop.desk.start(ref, TOLLAND).record
    body = laptop.desk.open(record).body
    new = laptop.new_id
    outcome = paths.row(paths.ROOT, LinkId("outcomes"), RowId(new()))
    action = paths.row(outcome, LinkId("actions"), RowId(new()))
    agreed = [paths.row(paths.ROOT, LinkId("agreed"), RowId(new())) for _ in range(3)]
    rows = {**body.rows, **{each: Row(ord=f"m{at}") for at, each in enumerate((outcome, action, *agreed))}}
    laptop.desk.keep(record, Body(answers=body.answers, rows=rows), body)
    answers: dict[str, Value] = {
        f"{outcome}/outcome.what": "Maisie's attachment needs are met consistently.",
        f"{outcome}/outcome.plain": "Maisie knows a grown-up will come when she calls.",
        f"{action}/action.what": "Establish a bedtime routine",
        f"{action}/action.plain": "Bath, story, bed, at the same time each night",
        f"{action}/action.who": "Hannah Tolland",
    }
    for row, name, words in zip(
        agreed,
        ("Hannah Tolland", "Darren Pask", "Maisie Tolland"),
        ("I can do this.", "It was never as bad as you say.", "Foxes are allowed."),
        strict=True,
    ):
        how = laptop.desk.open(record).form.by_link_id[LinkId("agreed.how")].options[1].value
        answers |= {
            f"{row}/agreed.who": name,
            f"{row}/agreed.how": how,
            f"{row}/agreed.words": words,
        }
    answered(laptop, record, answers)
    return record


def test_in_easy_words_what_is_said_plainly_stands_in_place_of_what_workers_say(laptop: LaptopStore) -> None:
    record = plan_with_plain_words(laptop)
    easy = said(paper_for(laptop, HANNAH, record, easy=True).document)
    assert "a grown-up will come" in easy
    assert "Bath, story, bed" in easy
    assert "attachment needs" not in easy
    assert "Establish" not in easy
    assert "What will be better for the child" in easy
    both = said(paper_for(laptop, HANNAH, record).document)
    assert "attachment needs" in both
    assert "a grown-up will come" in both


def test_what_somebody_says_about_a_plan_is_on_their_own_copy_alone(laptop: LaptopStore) -> None:
    record = plan_with_plain_words(laptop)
    every = {
        "I can do this.": HANNAH,
        "It was never as bad as you say.": DARREN,
        "Foxes are allowed.": MAISIE,
    }
    for who in (HANNAH, DARREN, MAISIE):
        words = said(paper_for(laptop, who, record).document)
        for line, whose in every.items():
            if who == MAISIE:
                assert line not in words
            else:
                assert (line in words) is (whose == who)
    conference = said(paper_for(laptop, "conference", record).document)
    assert all(line in conference for line in every)


def test_what_goes_out_is_in_the_audit_trail_by_counts_and_codes(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    record = desk.paper_given(paper_for(laptop, HANNAH, laptop.plan()), "printed")
    line = next(each for each in laptop.store.audit.lines() if each.what == "paper-printed")
    assert (line.record, line.facts["reader"], line.facts["copy"]) == (record, "adult", 1)
    assert int(line.facts["withheld"]) > 10
    assert laptop.store.audit.first_broken() is None


def test_what_is_not_settled_is_said_before_it_is_printed(laptop: LaptopStore) -> None:
    laptop.conflict(laptop.plan(), "safety.contingency")
    assert any("not settled" in words for words in paper_for(laptop, "conference", laptop.plan()).warnings)


def test_a_genogram_is_drawn_and_said_in_words_for_professionals_alone(laptop: LaptopStore) -> None:
    for who in ("conference", "court", "w-bea-linnet"):
        page = printed(paper_for(laptop, who, "genogram").document)
        assert "former partner of Darren Pask" in page
        assert "Home A" in page
        assert not [each for each in GIVEN_AWAY if each in page]
    for who in (HANNAH, DARREN, MAISIE):
        assert paper_for(laptop, who, "genogram").document is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Contact is at XX4 7ZZ on Saturdays.", "place"),
        ("Ring the centre on 01632 960 999.", "place"),
        ("Maisie is happy at Saltmarsh  Primary now.", "place"),
        ("Seen by the nurse at Quay Street surgery.", "place"),
        ("Nerys has agreed the steps with Hannah.", "other-adult"),
    ],
)
def test_for_somebody_who_must_not_find_a_home_what_leads_to_it_is_left_out_too(
    laptop: LaptopStore, typed: str, code: str
) -> None:
    answered(laptop, laptop.plan(), {"plan.goal": typed})
    sheets = paper_for(laptop, DARREN, laptop.plan())
    assert typed not in said(sheets.document)
    assert any(each.what == "Safety goal" and each.code == code for each in sheets.withheld)
    assert typed in said(paper_for(laptop, "conference", laptop.plan()).document)


def test_a_parents_own_numbers_are_for_that_parent_alone(laptop: LaptopStore) -> None:
    page = printed(paper_for(laptop, DARREN, "readings").document)
    assert "How sure I am that I can" in page
    assert "3 of 10" in page
    assert "PHQ" not in page
    hannahs = printed(paper_for(laptop, HANNAH, "readings").document)
    assert "drank" not in hannahs
    for who in (MAISIE, "conference", "court", "w-sunil-marsh"):
        assert paper_for(laptop, who, "readings").document is None


@pytest.mark.parametrize(
    ("address", "postcode", "text", "found"),
    [
        ("Flat 3, 12 Cordwainer Row, Wrenmouth", "XX1 2BB", "near Cordwainer", True),
        ("Flat 3, 12 Cordwainer Row, Wrenmouth", "XX1 2BB", "Wrenmouth Council rang", False),
        ("Flat 3, 12 Cordwainer Row, Wrenmouth", "XX1 2BB", "the cordwainerrow flat", True),
        ("4 High Street, Wrenmouth", "", "a high fever", False),
        ("4 High Street, Wrenmouth", "", "in High Street", True),
        ("Rose Cottage, Mill Lane, Wrenmouth", "", "at Rose Cottage", True),
        ("7 Tŷ Gwyn, Caerdydd", "", "ger Ty Gwyn", True),
        ("1 O'Brien’s Yard", "", "in OBriens yard", True),
        ("", "", "anything at all", False),
    ],
)
def test_an_address_is_found_as_people_type_it(address: str, postcode: str, text: str, found: bool) -> None:
    home = Household(id="h", members=(), address=address, postcode=postcode, since=None)
    assert gives_away(text, secrets_of((home,))) is found


def receipt_of(desk: WorkerDesk, laptop: LaptopStore, who: str, what: str, how: str = "saved") -> RecordId:
    """Give somebody a document; return the record of that."""
    record = desk.paper_given(paper_for(laptop, who, what), how)
    assert record is not None
    return record


def kept_from(desk: WorkerDesk, record: RecordId) -> set[str]:
    answer = desk.open(record).body.answers.get(paths.child(paths.ROOT, LinkId("record.withhold-from")))
    found = answer.value if answer is not None else None
    return {each["reference"] for each in found or ()}


def test_what_was_given_on_paper_before_stands_in_no_later_document(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    for who in (HANNAH, DARREN, "p-lorraine", "p-leo", "conference"):
        receipt_of(desk, laptop, who, laptop.plan(), "printed")
    laptop.run()
    for who in everybody(desk):
        for sheets in every_document(desk, laptop, who):
            words = said(sheets.document)
            for told in ("was printed", "Given on paper", "a home is kept secret", "copy 1"):
                assert told not in words, (who, sheets.order.what)


def test_a_print_is_an_ordinary_line_of_the_chronology_and_in_no_chapter(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    before = len(desk.family(TOLLAND).chronology)
    record = receipt_of(desk, laptop, DARREN, laptop.plan())
    laptop.run()
    assert len(desk.family(TOLLAND).chronology) == before
    (line,) = [event for event in desk.chronology(TOLLAND).events if event.record == record]
    assert not line.significant
    assert not line.outcome
    parts = desk.workbook(TOLLAND).parts
    assert not [entry for part in parts for entry in part.entries if entry.record == record]


def test_what_a_survivor_has_on_paper_is_not_known_to_those_who_work_with_the_other(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    for who in (HANNAH, MAISIE, "w-nerys-vole"):
        record = receipt_of(desk, laptop, who, laptop.plan())
        assert {"Person/p-darren", "Person/p-lorraine"} <= kept_from(desk, record), who
        assert paper_for(laptop, "w-tom-harrow", record).refused == "This colleague may not read it."
        assert paper_for(laptop, "w-sunil-marsh", record).refused == "This colleague may not read it."
    assert not kept_from(desk, receipt_of(desk, laptop, DARREN, laptop.plan()))
    assert not kept_from(desk, receipt_of(desk, laptop, "w-tom-harrow", laptop.plan()))


def test_in_what_kind_of_home_somebody_hides_and_whom_she_rings_is_not_told(laptop: LaptopStore) -> None:
    lines = {"plan.bottom-lines": "If Darren comes to the flat, the police are rung first."}
    answered(laptop, laptop.plan(), lines)
    for who in (DARREN, "p-lorraine"):
        sheets = paper_for(laptop, who, laptop.plan())
        words = said(sheets.document)
        assert "flat" not in words.split()
        assert "when she rings" not in words
        left = {(each.what, each.code) for each in sheets.withheld}
        assert ("Bottom lines", "dwelling") in left
        assert ("Safety goal", "ringing") in left
    assert "comes to the flat" in said(paper_for(laptop, HANNAH, laptop.plan()).document)
    # At a conference and in court Darren sits at the table.
    for meeting in ("conference", "court"):
        sheets = paper_for(laptop, meeting, laptop.plan())
        assert "flat" not in said(sheets.document).split()
        assert "when she rings" in said(sheets.document)
        assert [each.what for each in sheets.withheld if each.code == "dwelling"] == ["Bottom lines"]


@pytest.mark.parametrize("typed", ["W14words", "2026-13-45", "tomorrow", "2026-1-1"])
def test_what_is_no_date_is_not_printed_as_one(laptop: LaptopStore, typed: str) -> None:
    record = safety_plan(laptop, print_style="usual")
    answered(laptop, record, {"plan.review": typed, "plan.date": typed})
    sheets = paper_for(laptop, HANNAH, record)
    assert typed not in said(sheets.document)
    assert [each.code for each in sheets.withheld].count("not-a-date") == 2
    answered(laptop, record, {"plan.review": "2027-01-04"})
    assert "4 January 2027" in said(paper_for(laptop, HANNAH, record).document)


def test_no_heading_of_a_plain_paper_says_what_it_is(laptop: LaptopStore) -> None:
    record = safety_plan(laptop)
    for easy in (False, True):
        words = said(paper_for(laptop, HANNAH, record, easy=easy).document)
        for told in ("protect", "plan", "Plan", "safe", "Safe", "sign", "keep away", "worried", "whom"):
            assert told not in words, told
    plain = paper_for(laptop, HANNAH, laptop.plan(), without_logo=True)
    assert plain.document is not None
    assert plain.document.sections[0].title == "Part 1"


def test_numbers_of_somebody_who_has_none_are_not_printed_as_an_empty_page(laptop: LaptopStore) -> None:
    sheets = paper_for(laptop, "p-lorraine", "readings")
    assert sheets.document is None
    assert "nothing to print" in sheets.refused


def test_words_are_quoted_once(laptop: LaptopStore) -> None:
    words = said(paper_for(laptop, DARREN, "readings").document)
    assert "“" in words
    assert "““" not in words
    assert "””" not in words


def test_the_line_of_a_print_says_to_whom_however_long_the_title_is(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    record = receipt_of(desk, laptop, DARREN, laptop.plan())
    row = laptop.store.records.row(record)
    assert row is not None
    assert "for Darren Pask, copy 1, 22 November 2026" in row.title


def test_the_page_knows_the_alerts_of_the_family(desk: WorkerDesk) -> None:
    whole = desk.paper_choices(TOLLAND).whole
    assert whole is not None
    assert whole.children


@pytest.mark.parametrize("who", ["conference", "court"])
def test_where_somebody_sits_from_whom_a_home_is_kept_no_child_no_safety_plan_no_safe_person_is_on_paper(
    desk: WorkerDesk, laptop: LaptopStore, who: str
) -> None:
    safety_plan(laptop)
    plan = laptop.plan()
    answered(
        laptop,
        plan,
        {"plan.goal": "Hannah says marmalade.", "plan.danger": "Lock the door and ring the police"},
    )
    left = set()
    for sheets in every_document(desk, laptop, who):
        page = " ".join(said(sheets.document).split())
        for words in (
            "SHUSH",
            "judge lady",
            "cupboard door",
            "Carol",
            "safety plan",
            "marmalade",
            "Lock the door",
        ):
            assert words.casefold() not in page.casefold(), (words, sheets.order.what)
        assert "Practised twice" not in page  # a row goes with one of its cells
        left |= {each.code for each in sheets.withheld}
        if sheets.document is not None:
            assert "Darren Pask" in sheets.must_read
    assert {"childs-words", "safety-plan", "safe-person"} <= left


def test_what_a_child_said_is_put_in_at_a_meeting_by_hand_alone_and_then_read_first(
    desk: WorkerDesk, laptop: LaptopStore
) -> None:
    found = []
    for each in desk.paper_choices(TOLLAND).printables:
        sheets = paper_for(laptop, "court", each.key, voices=True)
        if "SHUSH" in said(sheets.document):
            found += [one for one in sheets.passages if "SHUSH" in one.text]
    assert found
    assert {one.why for one in found} == {"What a child has said"}


def test_a_family_in_which_nothing_is_kept_from_anybody_has_its_words_at_a_meeting(desk: WorkerDesk) -> None:
    marrow = FamilyId("f-marrow")
    made = [
        desk.paper(Order(family=marrow, recipient="court", what=each.key))
        for each in desk.paper_choices(marrow).printables
    ]
    assert any(sheets.document is not None for sheets in made)
    for sheets in made:
        assert not sheets.must_read
        assert not sheets.passages
        assert "childs-words" not in {each.code for each in sheets.withheld}


def test_a_record_that_is_withheld_from_an_adult_is_enough_to_guard_a_meeting(laptop: LaptopStore) -> None:
    """No home is protected, and nobody works with Darren alone."""
    whole = laptop.desk.paper_choices(TOLLAND).whole
    assert whole is not None
    tom = {each.id for each in laptop.store.records.workers() if each.name == "Tom Harrow"}
    homes = tuple(replace(each, protected=False) for each in whole.households)
    links = tuple(each for each in whole.involvements if each.worker not in tom)
    family_becomes(laptop, replace(whole, households=homes, involvements=links))
    assert not laptop.desk.paper_choices(TOLLAND).is_anybody_apart
    assert "Darren Pask and Lorraine Pask" in paper_for(laptop, "court", laptop.plan()).must_read


@pytest.mark.parametrize("who", ["p-maisie", HANNAH, DARREN, "conference", "court"])
def test_a_chronology_tells_nothing_of_a_record_of_a_kind_that_is_never_for_its_reader(
    laptop: LaptopStore, who: str
) -> None:
    sheets = paper_for(laptop, who, CHRONOLOGY)
    assert "supervision" not in said(sheets.document).casefold()
    if who in ("conference", "court"):
        assert "never-for-them" in {each.code for each in sheets.withheld}
