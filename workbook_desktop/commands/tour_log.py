"""What the tour did and typed, and where every answer of it ended: becomes ``tour.json``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbook_desktop.commands.hands import Hands
from workbook_desktop.commands.practice import WORKER, Practice
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """An answer that somebody gave, and has to be found again."""

    who: str
    record: RecordId
    path: str
    text: str


@dataclass(slots=True)
class Log:
    """What the tour did: becomes ``tour.json``."""

    pictures: Path
    steps: list[dict[str, Any]] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def step(self, name: str, hands: Hands) -> None:
        """Note a step and take its picture."""
        now = time.monotonic()
        picture = hands.picture(f"{len(self.steps) + 1:02d}-{name}")
        self.steps.append({"name": name, "seconds": round(now - self.began, 2), "picture": picture})
        self.began = time.monotonic()
        print(f"  {len(self.steps):2d}  {name}", flush=True)

    def write(self, trouble: str | None) -> int:
        """Write ``tour.json``; return how many answers are nowhere."""
        lost = sum(1 for answer in self.answers if not answer["where"])
        told = {"steps": self.steps, "answers": self.answers, "lost": lost}
        if trouble is not None:
            told["trouble"] = trouble
        (self.pictures / "tour.json").write_text(
            json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        return lost


def where_everything_ended(parts: Practice, typed: Sequence[Typed]) -> Iterator[dict[str, Any]]:
    """Ask the ICS, and the colleague's own store, for every answer that was typed."""
    from sync.sign_in import PracticeSignIn
    from sync.transport import HttpIcs

    url = parts.ics.base_url
    clock = parts.clock
    ics = HttpIcs(url, PracticeSignIn(url, WORKER.id, parts.ics.secret, clock), clock)
    told = {record: ics.history(record) for record in {each.record for each in typed}}
    colleague = parts.colleague
    for each in typed:
        history = told[each.record]
        where = []
        versions = [_says(revision.answers, revision.groups, each) for revision in history.revisions]
        if versions and versions[-1]:
            where.append("ICS head")
        elif any(versions):
            where.append("history")
        for conflict in history.conflicts:
            sides = (conflict.mine, conflict.theirs, conflict.base)
            if any(side is not None and each.text in str(side.get("v")) for side in sides):
                where.append("conflict")
                break
        store = colleague.thread.submit(colleague.held, each.record).result(timeout=30)
        head = store.head
        same = head is not None and bool(history.revisions) and head.hash == history.revisions[-1].hash
        yield {
            "who": each.who,
            "record": each.record,
            "path": each.path,
            "text": each.text,
            "where": where,
            "colleague_holds_the_same_head": same,
        }


def _says(answers: dict[str, Any], groups: dict[str, Any], typed: Typed) -> bool:
    """Say whether a revision has the text at its path."""
    segments = paths.split(FieldPath(typed.path))
    node: dict[str, Any] = {"answers": answers, "groups": groups}
    for group, row in zip(segments[:-1:2], segments[1::2], strict=False):
        node = node.get("groups", {}).get(group, {}).get(row, {})
    answer = node.get("answers", {}).get(segments[-1], {})
    return typed.text in str(answer.get("v"))
