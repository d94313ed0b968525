"""What a meeting must not read if an adult may sit there from whom something of the family is kept.

At a conference and in court whoever is a party reads the paper. So what children said is left out unless the
worker puts it in, what a safety plan says and with whom a family is safe is left out whatever happens, and
what stays but looks like either is read before it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, RecordId
from workbook_desktop.domain.people import Family
from workbook_desktop.domain.records import Body
from workbook_desktop.workspace.paper_rules import MeetingRules, PaperRules
from workbook_desktop.workspace.paper_words import Secret, gives_away, secret_run, words
from workbook_desktop.workspace.views_paper import Passage

if TYPE_CHECKING:
    from workbook_desktop.store.records import RecordRow as StoredRow

_TOGETHER: Final = 5  # words of a child in a row that are theirs wherever they stand
_OF_A_PLAN: Final = 4
_LEAST: Final = 3  # words: a shorter answer is compared with nothing
_CAPITAL = re.compile(r"\b[^\W\d_a-z][^\W\d_]{2,}")
_QUOTED = re.compile(r"[“\"„«][^“”\"„«»]*\w[^“”\"„«»]*[”\"“»]")


@dataclass
class Meeting:
    """What is kept from somebody who may sit there, and what has to be read before it is printed."""

    WHOLE_ROWS: ClassVar = ("safe-person", "safety-plan")  # why a row of a table goes with one of its cells
    who: tuple[str, ...]  # names of those from whom something is kept
    rules: MeetingRules
    with_voices: bool  # the worker puts in what children said
    voices: frozenset[tuple[str, ...]]  # runs of children's own words
    plans: frozenset[tuple[str, ...]]  # runs of what safety plans say
    kept: tuple[Secret, ...]  # code words, and what is said of such plans
    safe: tuple[Secret, ...]  # with whom the family is safe
    _noted: dict[Passage, None] = field(default_factory=dict)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """What has to be read, in the order in which it stands there."""
        return tuple(self._noted)

    @property
    def named(self) -> str:
        """Who it is that may sit there, in words."""
        *first, last = self.who or ("somebody",)
        return f"{', '.join(first)} and {last}" if first else last

    def why_not(self, text: str) -> str:
        """Return the code of why words may not stand there, "" if they may."""
        if gives_away(text, self.safe):
            return "safe-person"
        if gives_away(text, self.kept) or self.plans & _runs(text, _OF_A_PLAN):
            return "safety-plan"
        return "childs-words" if self._is_a_childs(text) and not self.with_voices else ""

    def read_first(self, what: str, text: str, *, is_voice: bool) -> None:
        """Note what stands there and has to be read before, if it has to be.

        Args:
            what: how the worker knows it: the question.
            is_voice: it answers a question for a child's words.
        """
        if is_voice or self._is_a_childs(text):
            code = "childs-words"
        elif _QUOTED.search(text):
            code = "quoted"
        elif set(words(text)) & self.rules.read_first:
            code = "told"
        else:
            return
        self._noted[Passage(what=what, text=text, why=self.rules.reasons[code])] = None

    def _is_a_childs(self, text: str) -> bool:
        return bool(self.voices & _runs(text, _TOGETHER))


def meeting_of(
    who: Iterable[str],
    rows: Iterable[StoredRow],
    stands: Callable[[RecordId], Body],
    family: Family,
    workers: Iterable[str],
    rules: PaperRules,
    *,
    with_voices: bool,
) -> Meeting:
    """Return what is kept at a meeting, from all that this laptop holds of a family.

    Args:
        workers: names of those who work with the family: they are nobody's secret.
    """
    ours = rules.meeting
    known = {each for name in workers for each in words(name)}
    for person in family.people:
        known |= {*words(person.forename), *words(person.preferred_name), *words(person.surname)}
    voices: set[tuple[str, ...]] = set()
    plans: set[tuple[str, ...]] = set()
    kept, safe = [secret_run(each) for each in ours.says_of_plan], list[Secret]()
    for row in rows:
        body = stands(row.id)
        is_plan = row.form is not None and str(row.form.id) == ours.safety_plan
        for path, answer in body.answers.items():
            said, link = answer.value, paths.link_id(path)
            if not isinstance(said, str):
                continue
            if link in rules.childs_words:
                voices |= _whole_or_runs(said, _TOGETHER)
            if is_plan and link in ours.plan_words:
                plans |= _whole_or_runs(said, _OF_A_PLAN)
            if is_plan and link in ours.code_words and words(said):
                kept.append(secret_run(said))
            if link in ours.safe_people or _is_a_friend(ours, body, path, link):
                safe += _names_in(said, known, ours.no_names)
    return Meeting(
        who=tuple(who),
        rules=ours,
        with_voices=with_voices,
        voices=frozenset(voices),
        plans=frozenset(plans),
        kept=tuple(dict.fromkeys(kept)),
        safe=tuple(dict.fromkeys(safe)),
    )


def _is_a_friend(rules: MeetingRules, body: Body, path: FieldPath, link: LinkId) -> bool:
    asked = rules.friends.get(link)
    if asked is None:
        return False
    answer = body.answers.get(paths.child(paths.parent_row(path), asked))
    return answer is not None and bool(set(words(str(answer.value or ""))) & rules.friend_words)


def _names_in(said: str, known: set[str], no_names: frozenset[str]) -> list[Secret]:
    """Return the names in an answer that says who is safe: what is written large and is no other word."""
    found = [words(each) for each in _CAPITAL.findall(said)]
    return [Secret(run=tuple(each)) for each in found if each and not known.union(no_names) & set(each)]


def _whole_or_runs(text: str, size: int) -> frozenset[tuple[str, ...]]:
    """Return the runs of so many words in an answer; a shorter answer is one run, if it is long enough."""
    said = words(text)
    if len(said) < size:
        return frozenset([tuple(said)] if len(said) >= _LEAST else [])
    return frozenset(tuple(said[at : at + size]) for at in range(len(said) - size + 1))


def _runs(text: str, size: int) -> frozenset[tuple[str, ...]]:
    """Return all runs of a text that can be one of those."""
    said = words(text)
    sizes = range(_LEAST, size + 1)
    return frozenset(tuple(said[at : at + many]) for many in sizes for at in range(len(said) - many + 1))
