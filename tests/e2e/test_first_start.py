"""The application as it is started: on a laptop that nobody set up, its first window sets it up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from workbook_desktop.commands.enrol import beside_the_store, known_office, known_worker_name, policy
from workbook_desktop.commands.open_window import OwnWindow

folder = Path(sys.argv[1])
own = OwnWindow(
    folder, folder / "store", name=known_worker_name(folder), office=known_office(folder),
    leaves=beside_the_store(folder), policy=policy, sets_up=True,
)

def look():
    print(own.window.shell.screen_now.objectName(), flush=True)
    own.window.shell.close()

QTimer.singleShot(500, look)
sys.exit(own.run())
"""


def start(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-c", CODE, str(folder)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )


def test_the_first_window_of_a_laptop_sets_it_up_and_closing_it_makes_nothing(tmp_path: Path) -> None:
    done = start(tmp_path / "workbook")
    assert (done.returncode, done.stdout.split()) == (0, ["screen:set-up"]), done.stderr
    assert not list(tmp_path.rglob("store*"))
    assert not list(tmp_path.rglob("crashes.log"))


def test_a_laptop_that_was_set_up_asks_for_its_passphrase(tmp_path: Path, repository: Path) -> None:
    import shutil

    folder = tmp_path / "workbook"
    shutil.copytree(repository / "tests" / "data" / "store-schema-2", folder / "store")
    (folder / "office.json").write_text('{"url": "https://ics.example", "worker": "Amara Quill"}')
    done = start(folder)
    assert (done.returncode, done.stdout.split()) == (0, ["screen:unlock"]), done.stderr
