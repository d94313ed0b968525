"""What a service is started with."""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.protocol import CONTRACT, Limits
from sync.reference_ics.engines import Pool
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import NewId

AUTHORITY = "wrenmouth"  # the practice council, which does not exist
OWN_AGENCIES = frozenset({"Wrenmouth Council"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProvider:
    """Where an authority's workers sign in, and how a token from there names one of them.

    A token is for this service if `audience` is among those it says it is for. `worker_prefix` and what the
    claim `worker_claim` says are together a worker's id here. The rest is what the Workbook is told to ask
    with.
    """

    issuer: str
    audience: str
    client_id: str
    worker_claim: str = "sub"
    worker_prefix: str = ""
    scope: str = "openid offline_access"
    resource: str = ""  # RFC 8707; "" where the provider goes by scopes
    prompt: str = "consent"

    def __post_init__(self) -> None:
        if not self.issuer.startswith(("https://", "http://127.0.0.1:")) or "?" in self.issuer:
            raise ValueError("an issuer is an https address without a query")
        if not (self.audience and self.client_id and self.worker_claim):
            raise ValueError(
                "an identity provider needs an audience, a client id and the claim that names workers"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One service: one authority, one database.

    `own_agencies` are the names under which the authority's own staff are employed; others are partners.
    `practice_secret` opens ``/v1/practice/sign-in``; without it nobody can sign in this way. Never logged.
    """

    database: str  # SQLAlchemy URL, such as "sqlite:////var/lib/ics/wrenmouth.db"
    clock: Clock
    new_id: NewId
    practice_secret: str | None = None
    authority: str = AUTHORITY
    own_agencies: frozenset[str] = OWN_AGENCIES
    limits: Limits = field(default_factory=Limits)
    token_seconds: int = 12 * 60 * 60
    pool: Pool = field(default_factory=Pool)
    escalate_after_days: int = 7  # how long a conflict may be open before its managers are told
    oldest_contract: str = CONTRACT  # an older client may hand in work, and read nothing
    identity: IdentityProvider | None = None  # None: nobody signs in with a work account
    require_devices: bool = False  # a device that is not known exchanges nothing
    organisation_key: bytes | None = None  # Ed25519: who may order a device to be emptied
    seal_key: bytes | None = None  # X25519: what devices seal unsent work to

    def __post_init__(self) -> None:
        if self.practice_secret is not None and len(self.practice_secret) < 16:
            raise ValueError("a practice secret has at least 16 characters")

    def __repr__(self) -> str:  # the secret must not reach a log by way of a traceback
        return f"Settings(authority={self.authority!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """How a service is reached, and how it ends."""

    threads: int = 16  # calls at work at once
    finish: int = 5  # seconds that calls under way get at the end
    drain: float = 0.0  # seconds before that in which it answers, and says that it is not ready
    tls_certificate: str | None = None  # a file with the certificate and those between it and the root
    tls_key: str | None = None
    forwarded_from: tuple[str, ...] = ()  # proxies whose word on the caller's address is taken
    operations: tuple[str, int] | None = None  # host and port of metrics, live and ready
