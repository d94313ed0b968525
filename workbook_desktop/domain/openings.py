"""What the office's involvements start and end: the workbook of a family, and each chapter of it.

No form says that a chapter was opened. It is open from the day its first worker was involved, and is closed
on the day the last one was not any more.

Clocks begin no earlier than the workbook was written in, and a chapter without a summary is counted from the
last group supervision (`counted_openings`): a month that was reviewed without its summary is over, before the
first supervision it is that which is due, and a family that the office has known for years is not years late
on the day a council begins with the Workbook.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from workbook_desktop.domain.ids import WorkerId
from workbook_desktop.domain.people import Family, Involvement, Worker
from workbook_desktop.domain.timescales import Happening


def openings_of(family: Family, workers: Iterable[Worker]) -> tuple[Happening, ...]:
    """Return ``workbook-opened``, ``chapter-opened`` and ``chapter-closed`` of a family, oldest first.

    Gaps count: a chapter whose only worker left, and which another took up later, is opened anew.

    Args:
        workers: all who are known here; an involvement of anyone else opens no chapter.
    """
    chapters: dict[WorkerId, str] = {worker.id: worker.chapter for worker in workers if worker.chapter}
    found: list[Happening] = []
    if family.involvements:
        found.append(Happening(kind="workbook-opened", on=min(each.start for each in family.involvements)))
    by_chapter: dict[str, list[Involvement]] = {}
    for each in family.involvements:
        if each.worker in chapters:
            by_chapter.setdefault(chapters[each.worker], []).append(each)
    for chapter, links in by_chapter.items():
        for start, end in _stretches(links):
            facts = {"chapter": chapter, "about": chapter}
            found.append(Happening(kind="chapter-opened", on=start, facts=facts))
            if end is not None:
                found.append(Happening(kind="chapter-closed", on=end, facts=facts))
    return tuple(sorted(found, key=lambda each: each.on))


def counted_openings(
    family: Family,
    workers: Iterable[Worker],
    happenings: Iterable[Happening],
    *,
    held_back: Collection[str] = (),
) -> tuple[Happening, ...]:
    """Return what openings and closings start and stop clocks, oldest first.

    Args:
        happenings: of the family's records; drafts among them begin nothing.
        held_back: chapters whose records the reader does not get: nothing can be said about them.
    """
    signed = [each for each in happenings if each.signed_off and each.record is not None]
    if not signed:
        return ()
    began = min(each.on for each in signed)
    reviewed = max((each.on for each in signed if each.kind == "supervision"), default=None)
    summed_up: dict[str, date] = {}
    for each in signed:
        if each.kind == "chapter-summary":
            about = str(each.facts.get("chapter", ""))
            summed_up[about] = max(each.on, summed_up.get(about, each.on))
    found: list[Happening] = []
    openings = openings_of(family, workers)
    for number, each in enumerate(openings):
        about = str(each.facts.get("chapter", ""))
        if about in held_back:
            continue
        if each.kind == "workbook-opened":
            found.append(replace(each, on=max(each.on, began)))
        elif each.kind == "chapter-closed" or summed_up.get(about, date.min) >= each.on:
            found.append(each)
        elif reviewed is not None and not _ends(each, openings[number + 1 :]):
            late = Happening(kind="period-began", on=reviewed, facts=each.facts)
            found.append(each if each.on >= reviewed else late)
    return tuple(sorted(found, key=lambda each: each.on))


def _ends(opened: Happening, later: Iterable[Happening]) -> bool:
    """Say whether a chapter that was opened has been closed since: of it nothing is due any more."""
    return any(each.kind == "chapter-closed" and each.facts == opened.facts for each in later)


def _stretches(links: Iterable[Involvement]) -> list[tuple[date, date | None]]:
    """Return the stretches in which at least one of several involvements held."""
    found: list[tuple[date, date | None]] = []
    for link in sorted(links, key=lambda each: each.start):
        if link.end is not None and link.end <= link.start:
            continue
        if found and ((last := found[-1][1]) is None or link.start <= last):
            end = None if last is None or link.end is None else max(last, link.end)
            found[-1] = (found[-1][0], end)
        else:
            found.append((link.start, link.end))
    return found
