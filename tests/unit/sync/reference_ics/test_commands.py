"""The command as an operator meets it: one precedence, no secret in sight, plain words, exit codes."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.reference_ics.__main__ import main
from tests.support.databases import new_url

PASSWORD = "a password nobody may read"


def ask(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), env=env)


@pytest.fixture
def url_file(tmp_path: Path) -> Path:
    """The URL of an empty database, where only its owner reads it."""
    file = tmp_path / "database"
    file.touch(mode=0o600)
    file.write_text(new_url(tmp_path) + "\n")
    return file


def shown(result: Result) -> dict[str, tuple[str, str]]:
    assert result.exit_code == 0, result.output
    found = {}
    for line in result.output.splitlines():
        match = re.fullmatch(r"(\S+)\s+= (.*?)\s+# (.+)", line)
        assert match is not None, line
        found[match[1]] = (match[2], match[3])
    return found


def test_a_flag_comes_before_the_environment_before_the_file_before_the_default(tmp_path: Path) -> None:
    config = tmp_path / "ics.toml"
    config.write_text(
        'database = "sqlite:///ics.db"\nport = 1\nthreads = 2\nown-agency = ["Saltmere Council"]\n'
    )
    env = {"WORKBOOK_ICS_PORT": "3", "WORKBOOK_ICS_DRAIN_SECONDS": "4"}
    found = shown(ask("--config", str(config), "settings", "--port", "5", env=env))
    assert found["port"] == ("5", "flag")
    assert found["drain-seconds"] == ("4.0", "environment")
    assert found["threads"] == ("2", "configuration file")
    assert found["own-agency"] == ('["Saltmere Council"]', "configuration file")
    assert found["finish-seconds"] == ("5", "default")
    assert shown(ask("--config", str(config), "settings", env=env))["port"] == ("3", "environment")
    assert shown(ask("--config", str(config), "settings"))["port"] == ("1", "configuration file")


def test_the_file_of_settings_can_be_named_in_the_environment(tmp_path: Path) -> None:
    config = tmp_path / "ics.toml"
    config.write_text('database = "sqlite:///ics.db"\nport = 1\n')
    found = shown(ask("settings", env={"WORKBOOK_ICS_CONFIG": str(config)}))
    assert found["database"][0] == '"sqlite:///ics.db"'


@pytest.mark.parametrize(
    "text", ["prot = 1\n", "port = [1]\n", "port", 'database = "postgresql://u:p@h/d"\n']
)
def test_a_file_of_settings_with_a_slip_is_refused(tmp_path: Path, text: str) -> None:
    config = tmp_path / "ics.toml"
    config.write_text(text)
    assert ask("--config", str(config), "settings", "--database", "sqlite:///x", "--port", "1").exit_code == 2


def test_a_password_is_never_taken_from_the_command_line_nor_shown(tmp_path: Path) -> None:
    url = f"postgresql://ics:{PASSWORD.replace(' ', '%20')}@db.invalid/ics"
    refused = ask("settings", "--database", url, "--port", "1")
    assert refused.exit_code == 2
    assert "--database-file" in refused.output
    from_environment = ask("settings", "--port", "1", env={"WORKBOOK_ICS_DATABASE": url})
    assert shown(from_environment)["database"] == ('"postgresql://ics:***@db.invalid/ics"', "environment")
    secret = tmp_path / "secret"
    secret.write_text("a practice secret of the test")
    from_file = ask(
        "settings", "--database", "sqlite:///x", "--port", "1", "--practice-secret-file", str(secret)
    )
    for each in (refused, from_environment, from_file):
        assert "password nobody" not in each.output.replace("%20", " ")
        assert "practice secret of" not in each.output


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_a_file_with_the_databases_url_must_not_be_for_everybody(url_file: Path) -> None:
    url_file.chmod(0o644)
    refused = ask("verify", "--database-file", str(url_file))
    assert (refused.exit_code, "chmod" in refused.output) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--database", "sqlite:///x", "--port", "0", "--host", "0.0.0.0"],
        ["serve", "--database", "sqlite:///x", "--port", "0", "--tls-certificate", __file__],
        ["serve", "--port", "0"],
        ["serve", "--database", "sqlite:///x", "--database-file", __file__, "--port", "0"],
        ["serve", "--database", "sqlite:///x", "--port", "99999"],
        ["serve", "--database", "oracle://x/y", "--port", "0"],
        ["backup", "--database", "sqlite:///x"],
        ["new-epoch", "--database", "sqlite:///x"],
    ],
)
def test_what_makes_no_sense_is_refused_with_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = ask(*arguments)
    assert refused.exit_code == 2, refused.output
    assert "Traceback" not in refused.output


def test_keys_and_the_identity_provider_come_from_where_they_are_said(tmp_path: Path) -> None:
    signing, sealing = tmp_path / "signing.pem", tmp_path / "sealing.pem"
    for file, key in ((signing, Ed25519PrivateKey.generate()), (sealing, X25519PrivateKey.generate())):
        public = key.public_key()
        pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        file.write_bytes(public.public_bytes(*pem))
    base = ["settings", "--database", "sqlite:///x", "--port", "1"]
    keys = ["--organisation-key-file", str(signing), "--seal-key-file", str(sealing)]
    issuer = ["--identity-issuer", "https://login.invalid", "--identity-audience", "ics"]
    assert ask(*base, *keys, *issuer, "--identity-client-id", "workbook").exit_code == 0
    swapped = ["--organisation-key-file", str(sealing), "--seal-key-file", str(signing)]
    for wrong in (swapped, issuer, ["--organisation-key-file", __file__]):
        assert ask(*base, *wrong).exit_code == 2, wrong


def test_every_command_explains_itself_with_an_example() -> None:
    for name, command in main.commands.items():
        helped = ask(name, "--help")
        assert helped.exit_code == 0
        assert command.help
        assert "Example: workbook-ics" in helped.output


def test_backup_restore_new_epoch_and_verify_say_what_they_did(url_file: Path, tmp_path: Path) -> None:
    where = ["--database-file", str(url_file)]
    assert ask("seed", "--families", "2", *where).exit_code == 0
    kept = str(tmp_path / "kept")
    made = ask("backup", "--to", kept, *where)
    assert (made.exit_code, "records" in made.output) == (0, True), made.output
    again = ask("backup", "--to", kept, *where)
    assert (again.exit_code, "is there already" in again.output) == (1, True)
    epoch = ask("new-epoch", "--reason", "a drill", *where)
    assert (epoch.exit_code, epoch.output.split()[0]) == (0, "epoch")
    restored = ask("restore", "--from", kept, *where)
    assert restored.exit_code == 0, restored.output
    assert "kept as" in restored.output
    looked = ask("verify", *where)
    assert looked.exit_code == 0, looked.output
    assert epoch.output.split()[1] not in looked.output  # yet another
    assert ask("migrate", *where).output.endswith("nothing to do\n")


def test_verify_ends_with_1_and_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "ics.db"
    where = ["--database", f"sqlite:///{file}"]
    ask("seed", "--families", "2", *where)
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM revision WHERE kind = 'record' AND rowid % 3 = 0")
    connection.close()
    looked = ask("verify", *where)
    assert (looked.exit_code, "findings" in looked.output) == (1, True)


def test_a_database_that_cannot_be_reached_is_told_in_one_line(tmp_path: Path) -> None:
    for url in ("postgresql://ics@127.0.0.1:1/ics", f"sqlite:///{tmp_path}/nowhere/ics.db"):
        refused = ask("verify", "--database", url)
        assert refused.exit_code == 1
        assert len(refused.output.splitlines()) == 1
        assert refused.output.startswith("workbook-ics: cannot work with the database")


def test_the_example_configuration_of_the_docs_is_one_that_works(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "deploying.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    for name in re.findall(r'= "(/etc/workbook-ics/[^"]+)"', example):
        file = tmp_path / Path(name).name
        file.touch(mode=0o600)
        file.write_text("sqlite:///ics.db" if "database" in name else "")
        example = example.replace(name, str(file))
    config = tmp_path / "ics.toml"
    config.write_text(example)
    found = shown(ask("--config", str(config), "settings"))
    assert json.loads(found["authority"][0]) != "wrenmouth"


@pytest.mark.parametrize(
    "command",
    [
        ["devices", "list"],
        ["verify"],
        ["new-epoch", "--reason", "moved"],
        ["inbox"],
    ],
)
def test_a_name_typed_wrongly_is_not_answered_with_nothing_found(command: list[str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrnmouth.db"
    done = CliRunner().invoke(main, [*command, "--database", f"sqlite:///{wrong}"])
    assert done.exit_code == 1
    assert "is it typed right?" in done.output
    assert not wrong.exists()
