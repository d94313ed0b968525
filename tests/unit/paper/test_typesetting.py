"""Pages: tagged as PDF/UA-1 asks, in every script there is a font for, and written nowhere but in memory."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from workbook_desktop.paper import typesetting
from workbook_desktop.paper.document import Document, Heading, Look, Pair, Prose, Section, Table
from workbook_desktop.paper.letters import MARK, clean, is_right_to_left

WELSH, POLISH, ARABIC, EMOJI = (
    "Tŷ’r plentyn ŵ ŷ",
    "Zażółć gęślą jaźń, Łódź",
    "مرحبا بكم في المنزل",
    "👍🏽 😀 👨‍👩‍👧",
)
HOSTILE = (
    '#panic("x") *bold* _it_ $x^2$ = heading @ref <label> \\u{41} `raw` // not a remark /* nor this */ [a]'
)


def a_document(text: str = "Words.", **more: Any) -> Document:
    said: dict[str, Any] = {
        "title": "Plan for Maisie, Leo and Ivy",
        "facts": (Pair(label="For", text="Hannah Tolland"),),
        "sections": (
            Section(
                title="The plan",
                parts=(
                    Pair(label="What are we worried about?", text=text),
                    Heading(text="Outcome 1"),
                    Table(
                        caption="Actions",
                        headers=("What", "Who"),
                        rows=((text, "Joss"), ("Ring", "Bea")),
                        widths=(3, 0),
                    ),
                    Prose(text=text),
                ),
            ),
        ),
        "footer": "Printed by Amara Quill, 22 November 2026. Copy 1.",
        "letterhead": "Wrenmouth Council",
    }
    return Document(**said | more)


def read(document: Document, *, large: bool = False) -> PdfReader:
    return PdfReader(BytesIO(typesetting.pdf(document, Look(large=large))))


def words_in(document: Document) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(document).pages).split())


def tags(pdf: PdfReader) -> Counter[str]:
    """Count the structure elements of a PDF by kind."""
    found: Counter[str] = Counter()

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif hasattr(node, "get"):
            found[str(node.get("/S", ""))] += 1
            inside = node.get("/K")
            if inside is not None and not isinstance(inside, int):
                walk(inside)

    root: Any = pdf.trailer["/Root"]
    walk(root["/StructTreeRoot"])
    return found


def test_a_document_is_tagged_and_says_its_language_and_title() -> None:
    pdf = read(a_document())
    root: Any = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).lower().startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Plan for Maisie, Leo and Ivy"
    assert pdf.metadata.author is None
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


def test_headings_are_headings_and_tables_have_a_header_row() -> None:
    found = tags(read(a_document()))
    assert (found["/H1"], found["/H2"], found["/H3"]) == (1, 1, 1)
    assert found["/Table"] == found["/THead"] == 1
    assert found["/TH"] == 2
    assert found["/TD"] == 4


def test_in_large_print_a_wide_table_is_told_row_by_row() -> None:
    wide = Table(
        caption="Actions",
        headers=("What will be done", "Who?", "By when", "How far"),
        rows=(
            ("Ring the nursery", "Joss", "27 March 2026", ""),
            ("x" * 900, "Bea", "", "Done"),
            ("", "", "", ""),
        ),
    )
    document = a_document(sections=(Section(title="The plan", parts=(wide,)),))
    assert tags(read(document))["/Table"] == 1
    pdf = read(document, large=True)
    assert "/Table" not in tags(pdf)
    words = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "What will be done: Ring the nursery Who? Joss By when: 27 March 2026" in words
    assert "How far: Done" in words
    assert words.count("How far") == 1  # nothing is said of what is empty


def test_a_short_row_of_a_table_is_not_cut_by_the_end_of_a_page() -> None:
    lines = "One line\nand two\nand three\nand four"
    table = Table(caption="", headers=("What", "Who"), rows=tuple((lines, f"W{each}") for each in range(40)))
    pdf = read(a_document(sections=(Section(title="The plan", parts=(table,)),)))
    assert len(pdf.pages) > 2
    for page in pdf.pages:
        words = page.extract_text()
        assert words.count("One line") == words.count("and four") == words.count("and three")


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    "word", ["A" * 80, "https://example.org/a-very-long-way/to?what=is&meant=by_it_all.html", "م" * 70]
)
def test_a_word_wider_than_the_page_goes_on_in_the_next_line(word: str, large: bool) -> None:
    table = Table(caption=word, headers=("What", "Who", "By when"), rows=((word, word, "27 March 2026"),))
    parts = (Pair(label="What", text=word), Pair(label=word, text=f"{word} {word}"), table)
    pdf = read(a_document(title=word, sections=(Section(title=word, parts=parts),)), large=large)
    width = float(pdf.pages[0].mediabox[2])
    ends: list[float] = []

    def seen(text: str, _cm: Any, place: Any, _font: Any, size: float) -> None:
        if text.strip():
            ends.append(place[4])

    for page in pdf.pages:
        page.extract_text(visitor_text=seen)
        for line in page.extract_text().splitlines():
            assert len(line.replace("\u200b", "")) < (75 if large or "A" in word else 110), line
    assert max(ends) < width


def test_the_pages_are_a4_and_numbered() -> None:
    pdf = read(a_document("Many words. " * 2_000), large=True)
    assert len(pdf.pages) > 3
    width, height = (float(each) * 25.4 / 72 for each in pdf.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (210, 297)
    count = len(pdf.pages)
    for number, page in enumerate(pdf.pages, start=1):
        assert f"Page {number} of {count}" in " ".join(page.extract_text().split())


def test_large_print_is_at_least_eighteen_points() -> None:
    sizes: list[float] = []

    def look(text: str, _cm: Any, tm: list[float], _font: Any, size: float) -> None:
        if "worried" in text or "Words" in text:
            sizes.append(abs(size * tm[3]))

    read(a_document(), large=True).pages[0].extract_text(visitor_text=look)
    assert sizes
    assert min(sizes) >= 16.5  # in a table a little smaller than the 18 points of the text
    assert max(sizes) >= 18


def test_practice_is_written_across_every_page_and_only_in_practice() -> None:
    long = "Many words. " * 900
    practice = read(a_document(long, is_practice=True))
    assert len(practice.pages) > 1
    assert all("PRACTICE" in page.extract_text() for page in practice.pages)
    assert not any("PRACTICE" in page.extract_text() for page in read(a_document(long)).pages)


@pytest.mark.parametrize(
    "text", [WELSH, POLISH, EMOJI, "Здравствуйте", "Ελληνικά", "ሰላም", "שלום", "O’Brien-Núñez & Sons <x>"]
)
def test_every_script_with_a_font_comes_out_as_it_was_typed(text: str) -> None:
    document = a_document(text)
    assert not typesetting.missing(document).letters
    page = words_in(document)
    for word in text.split():
        assert word in page


def test_arabic_comes_out_joined_and_from_right_to_left() -> None:
    assert is_right_to_left(ARABIC)
    assert not is_right_to_left("Ring مرحبا")
    document = a_document(ARABIC)
    assert not typesetting.missing(document).letters
    page = read(document).pages[0]
    # Letters that share a drawing are told apart by what a reader is given in its place.
    contents = page.get_contents()
    assert contents is not None
    given = bytes(contents.get_data())
    spoken = {chr(int(code, 16)) for code in re.findall(rb"/ActualText<FEFF([0-9A-F]{4})>", given)}
    said = page.extract_text()
    assert MARK not in said
    assert set(ARABIC.replace(" ", "")) <= spoken | set(said)


@pytest.mark.parametrize(
    "text",
    [
        "আমার মা ভালো আছেন",
        "ਮੇਰੀ ਮਾਂ ਠੀਕ ਹੈ",
        "મારી મમ્મી સારી છે",
        "मेरी माँ ठीक है",
        "என் அம்மா நலமாக",
        "میری امی ٹھیک ہیں",
    ],
)
def test_the_scripts_of_many_families_can_be_drawn(text: str) -> None:
    document = a_document(text)
    assert not typesetting.missing(document).letters
    assert typesetting.pdf(document, Look())


def test_what_no_font_can_draw_is_named_and_marked_and_nothing_stops() -> None:
    document = a_document("漢字 and words")
    missing = typesetting.missing(document)
    assert missing.letters == ("字", "漢")
    assert "cjk" in missing.said
    page = words_in(document)
    assert f"{MARK} and words" in page


def test_markup_that_somebody_typed_is_words() -> None:
    page = words_in(a_document(HOSTILE, title=HOSTILE))
    for part in (
        '#panic("x")',
        "*bold*",
        "$x^2$",
        "@ref",
        "<label>",
        "`raw`",
        "// not a remark",
        "/* nor this */",
    ):
        assert part in page


def test_a_letter_that_turns_the_direction_is_left_out() -> None:
    assert clean("abc\u202edef\u2066\u200b\x07")[0] == "abcdef"
    assert clean("a\r\nb\rc\u2028d")[0] == "a\nb\nc\nd"


TEXT = st.text(st.characters(codec=None), max_size=120)


@settings(max_examples=60, deadline=None)
@given(title=TEXT, label=TEXT, text=TEXT, cell=TEXT, footer=TEXT)
def test_no_text_stops_the_press_or_becomes_markup(
    title: str, label: str, text: str, cell: str, footer: str
) -> None:
    document = Document(
        title=title or "x",
        facts=(Pair(label=label, text=text),),
        sections=(
            Section(
                title=label,
                parts=(
                    Pair(label=label, text=text),
                    Table(caption=cell, headers=(label, cell), rows=((text, cell),)),
                    Heading(text=cell),
                    Prose(text=text),
                ),
            ),
        ),
        footer=footer,
        letterhead=cell,
    )
    pdf = read(document)
    found = tags(pdf)
    assert found["/H1"] == 1
    assert found["/Table"] == 1
    assert (found["/H2"], found["/H3"]) == (1, 1)  # markup would add more
    assert found["/L"] == found["/Link"] == found["/Figure"] == found["/Formula"] == 0
    assert typesetting.pages(document, Look(), 20)


def test_nothing_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    is_on = [True]

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if is_on[0] and event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
            opened.append(str(args[0]))

    for name in ("TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    sys.addaudithook(watch)
    monkeypatch.chdir(tmp_path)
    typesetting.pdf(a_document(), Look())
    typesetting.pages(a_document(), Look(), 40)
    is_on[0] = False
    assert not opened
    assert not list(tmp_path.rglob("*"))


def test_a_missing_typesetter_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(typesetting.TypesetterMissing):
        typesetting.pdf(a_document(), Look())


def test_the_typesetter_is_imported_when_it_is_needed_and_not_before() -> None:
    import subprocess

    said = (
        "import sys; import workbook_desktop.workspace.paper, workbook_desktop.paper.typesetting;"
        " print('typst' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert answer.stdout.strip() == "False"
