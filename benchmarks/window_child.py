"""Run as a process of its own by `benchmarks.start_up`: opens a window and says when, and how big it was.

``empty``: the floor, a bare PySide6 window. ``unlock FOLDER``: the unlock window of a practice store, built
by the same code as the application's. Lines are JSON on standard output; moments are of the monotonic clock,
in ns.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def say(**facts: object) -> None:
    """Write one line for the process that started this one."""
    print(json.dumps(facts), flush=True)


def memory_mib() -> float:
    """Return the resident memory of this process."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def empty() -> None:
    """Open a bare window with one label."""
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QLabel

    class Window(QLabel):
        painted = False

        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            if not self.painted:
                self.painted = True
                say(painted=time.monotonic_ns())
                QTimer.singleShot(500, leave)

    def leave() -> None:
        say(memory=memory_mib())
        app.quit()

    app = QApplication(["empty"])
    app.setStyle("Fusion")
    window = Window("Workbook")
    window.resize(1180, 760)
    window.show()
    app.exec()


def unlock(folder: Path) -> None:
    """Open the unlock window, up to its first paint."""
    from workbook_desktop.commands.open_window import OwnWindow

    own = OwnWindow(folder, folder / "worker", name="Amara Quill", office=None)

    from PySide6.QtCore import QEvent, QObject, QTimer

    class Watch(QObject):
        painted = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if not self.painted and event.type() is QEvent.Type.Paint:
                self.painted = True
                QTimer.singleShot(0, done)
            return False

    def done() -> None:
        say(painted=time.monotonic_ns())
        own.app.exit(0)

    watch = Watch()
    own.window.shell.installEventFilter(watch)  # its children are painted in the same go
    own.run()


if __name__ == "__main__":
    if sys.argv[1] == "empty":
        empty()
    else:
        unlock(Path(sys.argv[2]))
