"""A practice ICS as a process of its own: started, stopped and started again on the same data and port."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

LISTENING = "listening on "


def own_command(*arguments: str) -> list[str]:
    """Return the command line that runs this very application again, from source or frozen."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "workbook_desktop", *arguments]


class IcsProcess:
    """The reference ICS over loopback HTTP, on a database file of its own.

    Args:
        folder: where its database, its secret and its log are.
        seed: further arguments for ``workbook-ics seed``, run once when there is no database yet.
    """

    def __init__(self, folder: Path, seed: Sequence[str] = ("--practice",)) -> None:
        self.folder = folder
        self._seed = tuple(seed)
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._secret_file = folder / "secret"
        self._key_file = folder / "form-key.pem"
        if not self._secret_file.exists():
            self._secret_file.touch(mode=0o600)
            self._secret_file.write_text(secrets.token_urlsafe(32), encoding="ascii")

    @property
    def secret(self) -> str:
        """The secret with which the practice workers sign in."""
        return self._secret_file.read_text(encoding="ascii")

    def form_keys(self) -> Mapping[str, bytes]:
        """Return the public part, by name, of the key with which this practice signs its forms."""
        from workbook_desktop.forms import signing

        try:
            public = signing.public_part(self._key_file.read_bytes())
        except FileNotFoundError:  # of a practice from before forms were signed
            return {}
        return {signing.key_name(public): public}

    @property
    def database(self) -> str:
        """The address of its database."""
        return f"sqlite:///{(self.folder / 'ics.sqlite').as_posix()}"

    @property
    def base_url(self) -> str:
        """Where it listens; the same port every time it is started again."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        """Say whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def processor_seconds(self) -> float:
        """Return how long the process has been at work, where the system says so (Linux); else 0."""
        status = Path(f"/proc/{self._process.pid if self._process is not None else 0}/stat")
        if not self.running or not status.exists():
            return 0.0
        # Its name stands in brackets and may hold anything; user and system time are fields 14 and 15.
        fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def prepare(self) -> None:
        """Make and fill the database, unless there is one."""
        if (self.folder / "ics.sqlite").exists():
            return
        from workbook_desktop.forms import signing

        if not self._key_file.exists():
            self._key_file.touch(mode=0o600)
            self._key_file.write_bytes(signing.new_key())
        form_key = ("--form-key", str(self._key_file))
        subprocess.run(
            own_command("ics", "seed", "--database", self.database, *form_key, *self._seed),
            check=True,
            stdout=subprocess.DEVNULL,
            env=self._environment(),
            timeout=120,
        )

    def start(self) -> str:
        """Start it and return its address once it listens.

        Raises:
            RuntimeError: it ended before it listened; its log says why.
        """
        if self.running:
            return self.base_url
        log = self.folder / "ics.log"
        with log.open("a", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                own_command(
                    "ics",
                    "serve",
                    "--migrate",  # practice outlives the version it was begun with
                    "--database",
                    self.database,
                    "--port",
                    str(self._port),
                    "--practice-secret-file",
                    str(self._secret_file),
                ),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=self._environment(),
            )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(LISTENING):
                self._port = int(line.strip().rsplit(":", 1)[1])
                # Keep reading, so that the service never stands still on a full pipe.
                threading.Thread(target=self._process.stdout.read, daemon=True).start()
                return self.base_url
        raise RuntimeError(f"the practice ICS did not start; see {log}")

    def stop(self) -> None:
        """End it cleanly; kill it if it does not go within five seconds."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)

    def kill(self) -> None:
        """End it as a power cut would."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            process.wait(timeout=5)

    @staticmethod
    def _environment() -> dict[str, str]:
        """The environment without what belongs to this window alone."""
        left_out = {"QT_QPA_PLATFORM", "PYTHONPATH"} if getattr(sys, "frozen", False) else {"QT_QPA_PLATFORM"}
        return {key: value for key, value in os.environ.items() if key not in left_out}
