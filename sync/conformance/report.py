"""Runs the scenarios one after another, and says of each whether the service does what the contract says."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from time import perf_counter

from sync.conformance import holding, pushing, reading, signing
from sync.conformance.kit import CannotTell, Failed, Kit, NotOffered, Scenario
from sync.protocol import CONTRACT

PARTS: tuple[tuple[str, tuple[Scenario, ...]], ...] = (
    ("reading", reading.SCENARIOS),
    ("pushing", pushing.SCENARIOS),
    ("signing", signing.SCENARIOS),
    ("holding", holding.SCENARIOS),
)


class Outcome(StrEnum):
    """What came of a scenario."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_OFFERED = "not offered"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One scenario's outcome. `seconds` of the clock on the wall."""

    part: str
    name: str
    says: str
    outcome: Outcome
    why: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that was asked of one service. `contract`: by which it was judged; `offers`: what it says it has;
    `counts`: scenarios by outcome."""

    url: str
    asked_at: str
    contract: str
    authority: str
    contracts: Sequence[str]
    offers: Sequence[str]
    counts: Mapping[str, int]
    scenarios: Sequence[Line]


def report_of(kit: Kit, lines: Sequence[Line], asked_at: datetime) -> Report:
    """Return the report of a run."""
    said = kit.capabilities
    return Report(
        url=kit.base_url,
        asked_at=asked_at.isoformat(timespec="seconds"),
        contract=CONTRACT,
        authority=str(said.get("authority", "")),
        contracts=[str(each) for each in said.get("contracts", [])],
        offers=[str(each) for each in said.get("features", [])],
        counts={str(kind): sum(each.outcome is kind for each in lines) for kind in Outcome},
        scenarios=lines,
    )


def scenarios(only: str = "") -> Iterable[tuple[str, Scenario]]:
    """Return part and scenario of all, or of those whose ``part.name`` contains `only`."""
    for part, found in PARTS:
        for scenario in found:
            if only in f"{part}.{scenario.__name__}":
                yield part, scenario


def run(kit: Kit, only: str = "", tell: Callable[[Line], None] = lambda line: None) -> list[Line]:
    """Run them, telling of each as it ends. A scenario that stumbles over an answer of another shape fails,
    and ends no other.

    Raises:
        httpx.HTTPError: the service cannot be reached any more.
    """
    import httpx

    lines = []
    for part, scenario in scenarios(only):
        began = perf_counter()
        outcome, why = Outcome.HOLDS, ""
        try:
            scenario(kit)
        except Failed as error:
            outcome, why = Outcome.FAILS, str(error)
        except NotOffered as error:
            outcome, why = Outcome.NOT_OFFERED, str(error)
        except CannotTell as error:
            outcome, why = Outcome.NOT_RUN, str(error)
        except httpx.ConnectError:
            raise
        except httpx.HTTPError as error:
            outcome, why = Outcome.FAILS, f"no answer: {type(error).__name__}"
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            outcome, why = Outcome.FAILS, f"an answer of another shape: {type(error).__name__} {error}"
        line = Line(
            part=part,
            name=scenario.__name__,
            says=" ".join((inspect.getdoc(scenario) or "").split()),
            outcome=outcome,
            why=why,
            seconds=round(perf_counter() - began, 3),
        )
        lines.append(line)
        tell(line)
    return lines


def as_text(line: Line) -> str:
    """Return a line of the report."""
    mark = {
        Outcome.HOLDS: "ok  ",
        Outcome.FAILS: "FAIL",
        Outcome.NOT_OFFERED: "--  ",
        Outcome.NOT_RUN: "??  ",
    }
    why = f"\n        {line.why}" if line.why else ""
    return f"{mark[line.outcome]} {line.part}.{line.name}  {line.says}{why}"


def counted(lines: Iterable[Line]) -> str:
    """Return how many of each outcome there are, as the report's last line."""
    found = list(lines)
    return ", ".join(f"{sum(each.outcome is kind for each in found)} {kind}" for kind in Outcome)
