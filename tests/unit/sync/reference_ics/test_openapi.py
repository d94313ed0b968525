"""The published contract is what the code serves, and says the same every time."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from sync.protocol import CONTRACT_HEADER, MEDIA_TYPE, OCTETS, PROBLEM_TYPE, Limits
from sync.reference_ics.__main__ import main
from sync.reference_ics.app import HANDLERS, make_app
from sync.reference_ics.openapi import document, document_text
from sync.reference_ics.operations import OPERATIONS
from sync.reference_ics.problems import PROBLEMS
from sync.reference_ics.settings import Settings
from tests.support.service import IcsClock

PUBLISHED = ("resources", "openapi", "ics-sync.v1.json")


def test_the_published_document_is_what_the_code_says(repository: Path) -> None:
    # After a change: python -m sync.reference_ics openapi > resources/openapi/ics-sync.v1.json
    assert repository.joinpath(*PUBLISHED).read_text(encoding="utf-8") == document_text()


def test_every_call_that_is_served_is_described_and_no_other(tmp_path: Path) -> None:
    assert [operation.handler for operation in OPERATIONS] == HANDLERS
    settings = Settings(
        database=f"sqlite:///{tmp_path / 'ics.sqlite'}",
        clock=IcsClock(),
        new_id=lambda: str(uuid.uuid4()),
        limits=Limits(),
    )
    app = make_app(settings)
    served = {route.path_format.replace(":str}", "}") for route in app.routes}
    app.state["ics"].database.close()
    assert served == set(document()["paths"])


def test_every_reply_names_its_media_type_and_header() -> None:
    for path in document()["paths"].values():
        for operation in path.values():
            for status, reply in operation["responses"].items():
                assert CONTRACT_HEADER in reply["headers"]
                good = OCTETS if operation["operationId"] == "read_file" else MEDIA_TYPE
                assert set(reply["content"]) == {good if status == "200" else PROBLEM_TYPE}


def test_every_reference_leads_somewhere() -> None:
    said = document()

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            here = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return here + [each for value in node.values() for each in references(value)]
        return [each for value in node for each in references(value)] if isinstance(node, list) else []

    assert references(said)
    for reference in references(said):
        node: Any = said
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        assert node
    assert set(said["x-problems"]) == set(PROBLEMS)


def test_the_command_tells_a_stale_document_from_a_fresh_one(tmp_path: Path) -> None:
    file = tmp_path / "contract.json"
    file.write_text(document_text(), encoding="utf-8")
    assert CliRunner().invoke(main, ["openapi", "--check", str(file)]).exit_code == 0
    file.write_text(json.dumps({}), encoding="utf-8")
    stale = CliRunner().invoke(main, ["openapi", "--check", str(file)])
    assert (stale.exit_code, "is not what the code says" in stale.stderr) == (1, True)


def test_misuse_of_the_command_exits_with_2(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'ics.sqlite'}"
    secret = tmp_path / "secret"
    secret.write_text("short")
    for arguments in (
        [],
        ["seed", "--database", database],
        ["seed", "--database", "not a url", "--families", "1"],
        ["serve", "--database", database],
        ["serve", "--database", database, "--port", "0", "--practice-secret-file", str(secret)],
        ["openapi", "--check", str(tmp_path / "missing.json")],
    ):
        assert CliRunner().invoke(main, arguments).exit_code == 2, arguments


def test_help_gives_an_example_of_each_command() -> None:
    for command in ([], ["serve"], ["seed"], ["openapi"]):
        shown = CliRunner().invoke(main, [*command, "--help"])
        assert shown.exit_code == 0
        assert "Example: workbook-ics" in " ".join(shown.output.split())


def test_seeding_from_the_command_says_how_much_is_new(tmp_path: Path) -> None:
    arguments = [
        "seed",
        "--families",
        "2",
        "--seed",
        "4",
        "--database",
        f"sqlite:///{tmp_path / 'ics.sqlite'}",
    ]
    first = CliRunner().invoke(main, arguments)
    assert (first.exit_code, first.output.split()[0].isdigit()) == (0, True)
    assert CliRunner().invoke(main, arguments).output.startswith("0 new")
