"""On which kind of database the services of a test stand: the same tests run on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import postgres

KINDS = ("sqlite", "postgresql")

_kind = KINDS[0]


def kind() -> str:
    """Return the kind that services started now stand on."""
    return _kind


def new_url(folder: Path) -> str:
    """Return the address of an empty database: a file in the folder, or one on the tests' own server."""
    if _kind == "sqlite":
        return f"sqlite:///{(folder / 'ics.sqlite').as_posix()}"
    server = postgres.the_server()
    return server.url(server.fresh())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """The server of this run; whoever asks for it is skipped, with the reason, where there can be none."""
    try:
        yield postgres.the_server()
    except postgres.NoPostgres as reason:
        pytest.skip(str(reason))
    finally:
        postgres.close_the_server()


@pytest.fixture(scope="module")
def database_kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """The kind of database under the services of these tests; parametrise it indirectly with `KINDS`.

    A fixture that outlives a test and starts a service asks for this one, so that it is made anew for each.
    """
    global _kind
    _kind = getattr(request, "param", KINDS[0])
    if _kind == "postgresql":
        request.getfixturevalue("postgres_server")
    yield _kind
    _kind = KINDS[0]
