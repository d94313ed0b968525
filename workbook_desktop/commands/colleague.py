"""The colleague of practice: Bea Linnet, with a complete client of her own, who works on the same plan."""

from __future__ import annotations

from dataclasses import dataclass

from workbook_desktop.commands.practice import PASSPHRASE, Practice
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.workspace.worker_desk import WorkerDesk

FAMILY = FamilyId("f-tolland")
CONTINGENCY = FieldPath("safety.contingency")
_OPENING = "Hannah keeps her own appointments."
_VIEW = "Maisie: \u201cI want it to stay quiet.\u201d"
_STEP = "If Hannah says she cannot cope, Bea is rung the same hour and Carol comes that night."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """One answer of hers."""

    record: RecordId
    path: FieldPath
    text: str  # what is new in it
    whole: str  # the answer as she left it


def write_in_the_plan(parts: Practice) -> list[Wrote]:
    """Let her receive, change the Tollands' plan in three places, and send. The ICS must be running.

    She adds a sentence to how the first outcome will be known, notes what the children say, and changes a
    sentence of what happens if the plan does not work. The first two merge with what anybody else did there;
    the third is a decision, and decisions never merge by themselves.

    Raises:
        RuntimeError: she could not receive or send.
    """
    colleague = parts.colleague
    desk = colleague.desk or colleague.thread.submit(colleague.unlock, PASSPHRASE).result(timeout=30)
    assert colleague.runner is not None
    received = colleague.runner.run_once()
    if not received.complete_pull:
        raise RuntimeError(f"the colleague could not receive: {received.outcome}")
    wrote = colleague.thread.submit(_write, parts, desk).result(timeout=30)
    sent = colleague.runner.run_once()
    if sent.outcome != "complete" or not sent.sent:
        raise RuntimeError(f"the colleague could not send: {sent.outcome}")
    return wrote


def _write(parts: Practice, desk: WorkerDesk) -> list[Wrote]:
    file = desk.family(FAMILY)
    if file.plan is None:
        raise RuntimeError("the family has no plan")
    plan = file.plan.record
    before = body = desk.open(plan).body
    outcome = body.rows_of(paths.ROOT, LinkId("outcomes"))[0]
    how = paths.child(outcome, LinkId("outcome.how"))
    at = parts.clock.now().isoformat()
    wrote = [
        Wrote(record=plan, path=how, text=_OPENING, whole=f"{_OPENING} {_text(body, how)}".strip()),
        Wrote(record=plan, path=FieldPath("network.children"), text=_VIEW, whole=_VIEW),
        Wrote(
            record=plan,
            path=CONTINGENCY,
            text=_STEP,
            whole=_second_sentence_changed(_text(body, CONTINGENCY)),
        ),
    ]
    for each in wrote:
        body = body.with_answer(each.path, Answer(value=each.whole, by=desk.worker.id, at=at))
    desk.keep(plan, body, before)
    desk.send(plan)
    return wrote


def _text(body: Body, path: FieldPath) -> str:
    answer = body.answers.get(path)
    return str(answer.value) if answer is not None and answer.value is not None else ""


def _second_sentence_changed(text: str) -> str:
    sentences = text.split(". ")
    if len(sentences) < 3:
        return f"{text} {_STEP}".strip()
    return ". ".join([sentences[0], _STEP.rstrip("."), *sentences[2:]])
