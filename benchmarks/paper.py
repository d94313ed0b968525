"""A long assessment on paper: looked through, set as a tagged PDF, and shown."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from benchmarks.figures import Figure, percentile
from workbook_desktop.commands.practice import PASSPHRASE, Practice
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId
from workbook_desktop.domain.records import Answer
from workbook_desktop.forms.definition import Kind
from workbook_desktop.paper.document import Document, Look, Pair, Part, Prose, Section
from workbook_desktop.workspace.views_paper import Order, Sheets
from workbook_desktop.workspace.worker_desk import WorkerDesk

PAGES = 20
_TIMES = 9
_FAMILY = FamilyId("f-tolland")
_WORDS = (
    "Maisie slept through on four nights of seven and told her worker about the fox she had drawn. Hannah was"
    " up first on each school day. We talked about what has helped, and about what would have to be different"
    " for her to say seven rather than six. "
)


_MOST = 20_000  # letters an answer


def _assessment(desk: WorkerDesk, letters: int) -> str:
    """Write an assessment in which every question that takes words is answered with so many letters.

    Each in words of its own order: what repeats a child's answer is left out of a paper for a meeting.
    """
    file = desk.family(_FAMILY)
    ref = next(ref for ref, _ in file.forms if ref.id == "child-and-family-assessment")
    opened = desk.start(ref, _FAMILY)
    body, at = opened.body, "2026-11-25T10:00:00+00:00"
    vocabulary = _WORDS.split()

    def words(place: str) -> str:
        chance = random.Random(place)
        return " ".join(chance.choice(vocabulary) for _ in range(letters // 6 + 1))

    children = next(item for item in opened.form.walk() if item.link_id == "children")
    rows = body.rows_of(paths.ROOT, children.link_id)
    inside = {item.link_id for item in _within(children)}
    for item in opened.form.walk():
        if item.kind is not Kind.TEXT or str(item.link_id).startswith("record."):
            continue
        for row in rows if item.link_id in inside else (paths.ROOT,):
            path = paths.child(row, item.link_id)
            body = body.with_answer(path, Answer(value=words(path), by=desk.worker.id, at=at))
    desk.keep(opened.record, body, opened.body)
    return opened.record


def _within(item):  # type: ignore[no-untyped-def]
    for each in item.items:
        yield each
        yield from _within(each)


def measure() -> list[Figure]:
    """Measure in the practice store of Amara Quill."""
    with tempfile.TemporaryDirectory() as place:
        parts = Practice(Path(place), automatic=False)
        parts.prepare()
        worker = parts.worker
        desk: WorkerDesk = worker.thread.submit(worker.unlock, PASSPHRASE).result()
        assert worker.runner is not None
        worker.runner.run_once()
        from workbook_desktop.paper import typesetting

        def looked_through(record: str) -> tuple[Sheets, float]:
            order = Order(family=_FAMILY, recipient="conference", what=record)
            began = time.perf_counter()
            sheets = desk.paper(order)
            return sheets, (time.perf_counter() - began) * 1000

        def set_once(document: Document, look: Look) -> tuple[bytes, float]:
            began = time.perf_counter()
            made = typesetting.pdf(document, look)
            return made, (time.perf_counter() - began) * 1000

        letters, count = 300, 0
        while count < PAGES:
            record = worker.thread.submit(_assessment, desk, letters).result()
            sheets, looking = worker.thread.submit(looked_through, record).result()
            assert sheets.document is not None
            made, first = set_once(sheets.document, Look())
            count = _pages_of(made)
            letters = round(letters * max(1.1, PAGES / count))
            if letters > _MOST:
                raise RuntimeError(
                    f"{count} pages come of {letters} letters an answer: most of it is left out"
                )
        document = sheets.document
        looks, sets, shows = [], [], []
        for number in range(_TIMES):
            looks.append(worker.thread.submit(looked_through, record).result()[1])
            # Other words each time: what was set before is remembered by the typesetter.
            other = _with_other_words(document, number)
            sets.append(set_once(other, Look())[1])
            began = time.perf_counter()
            typesetting.pages(_with_other_words(document, number + _TIMES), Look(), 110.0)
            shows.append((time.perf_counter() - began) * 1000)
        small = Document(
            title="One page",
            facts=(),
            sections=(Section(title="One", parts=(Prose(text="Words."),)),),
            footer="",
        )
        floor = percentile([set_once(small, Look())[1] for _ in range(_TIMES)], 0.5)
        parts.close()
    return [
        Figure(
            group="pages",
            name=f"PDF of an assessment of {count} pages, p95",
            value=percentile([one + other for one, other in zip(looks, sets, strict=True)], 0.95),
            floor=floor,
            unit="ms",
            goal=1000,
            how=f"looked through for a conference, then set as PDF/UA-1, {_TIMES} times (the very first:"
            f" {looking + first:.0f} ms); floor: a page of one word",
        ),
        Figure(
            group="pages",
            name=f"the same, its {count} pages shown, p95",
            value=percentile(shows, 0.95),
            unit="ms",
            goal=2000,
            how="pictures of 110 dots per inch; the goal is ours",
        ),
    ]


def _with_other_words(document: Document, number: int) -> Document:
    def other(part: Part) -> Part:
        return replace(part, text=f"{number} {part.text}") if isinstance(part, Pair) else part

    return replace(
        document,
        sections=tuple(replace(each, parts=tuple(map(other, each.parts))) for each in document.sections),
    )


def _pages_of(pdf: bytes) -> int:
    from pypdf import PdfReader

    return len(PdfReader(BytesIO(pdf)).pages)
