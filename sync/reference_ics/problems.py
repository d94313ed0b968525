"""The problems of the contract (RFC 9457): what a refusal is called, and its HTTP status."""

from __future__ import annotations

from sync.protocol import ProblemMessage

PROBLEMS: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request is not of the contract's shape."),
    "digest-mismatch": (400, "The body is not what its digest says. Send it again."),
    "token-expired": (401, "Sign in again."),
    "not-permitted": (403, "This worker may not do this."),
    "device-unknown": (403, "This device is not known, or is another worker's."),
    "device-suspended": (403, "This device was stopped. What it holds unsent stays there."),
    "device-retired": (403, "This device is no longer in use."),
    "device-wipe": (403, "This device is to be emptied. Ask by its own key how."),
    "proof-refused": (403, "The device's signature is not good, not of now, or was used before."),
    "scope-forbidden": (403, "This worker has no involvement in this family."),
    "not-found": (404, "Nothing here by that name."),
    "record-unknown": (404, "No such record."),
    "method-not-allowed": (405, "This address does not take this method."),
    "record-signed-off": (409, "The record is signed off and no longer changes."),
    "epoch-changed": (409, "The service was restored from a backup: compare first what you hold."),
    "illegal-transition": (409, "The record cannot go from its state to that one now."),
    "cursor-expired": (410, "Read the feed from its start."),
    "page-expired": (410, "Read the snapshot from its start."),
    "erased": (410, "The record was erased and does not come back."),
    "payload-too-large": (413, "More than is taken at once."),
    "unsupported-encoding": (415, "The body comes in an encoding or media type that is not taken."),
    "conflict-open": (409, "A conflict on the record is open."),
    "client-too-old": (403, "This version may hand in work but read nothing. Update it."),
    "group-not-taken": (409, "Ops that belong together are taken all or none."),
    "conflict-unknown": (404, "No such conflict."),
    "stale": (412, "The record has changed since it was read."),
    "upload-unknown": (404, "No such upload. Begin it."),
    "offset-mismatch": (409, "The upload stands elsewhere. Ask where."),
    "invalid-op": (422, "The op cannot be read."),
    "invalid-answer": (422, "The op is not one that can be applied."),
    "append-only": (409, "What was put down in this row stays. It can be struck through."),
    "content-mismatch": (422, "The content after this op is not what the sender expects."),
    "idempotency-mismatch": (422, "This op id was used before, for something else."),
    "precondition-required": (428, "The op does not say what it rests on."),
    "internal-error": (500, "The service made a mistake. Nothing was acknowledged."),
    "unavailable": (503, "The service cannot do this now. Try again later."),
}


def problem(type_: str, detail: str = "", *, path: str | None = None) -> ProblemMessage:
    """Return a problem by its type. `detail` and `path` hold ids and counts, never an answer."""
    status, title = PROBLEMS[type_]
    return ProblemMessage(type=type_, title=title, status=status, detail=detail, path=path)


class ProblemRaised(Exception):
    """A whole request is refused."""

    def __init__(self, type_: str, detail: str = "") -> None:
        super().__init__(type_)
        self.problem = problem(type_, detail)
