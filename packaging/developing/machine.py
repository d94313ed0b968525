"""What the system must have that pip cannot install; on Debian as root it is installed."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from developing.steps import Stopped, say, seconds_since

WINDOWS = sys.platform == "win32"
LINUX = sys.platform.startswith("linux")


@dataclass(frozen=True)
class Need:
    """A piece of the system that pip cannot install, and the Debian package that brings it."""

    what: str
    package: str
    is_there: Callable[[], bool]


def library(soname: str, package: str) -> Need:
    def loads() -> bool:
        try:
            ctypes.CDLL(soname)
        except OSError:
            return False
        return True

    return Need(soname, package, loads)


def program(name: str, package: str) -> Need:
    return Need(name, package, lambda: shutil.which(name) is not None)


def a_font_is_installed() -> bool:
    home = Path.home()
    folders = [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".fonts",
        home / ".local/share/fonts",
    ]
    return any(next(folder.rglob(kind), None) for folder in folders for kind in ("*.ttf", "*.otf", "*.ttc"))


def postgres_is_installed() -> bool:
    """Debian keeps a server's programs off the path, in a folder for each version."""
    return shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


QT_NEEDS = (
    library("libEGL.so.1", "libegl1"),
    library("libGL.so.1", "libgl1"),
    library("libX11.so.6", "libx11-6"),
    library("libxkbcommon.so.0", "libxkbcommon0"),
    library("libfontconfig.so.1", "libfontconfig1"),
    library("libdbus-1.so.3", "libdbus-1-3"),
    library("libglib-2.0.so.0", "libglib2.0-0"),
    Need("a font", "fonts-dejavu-core", a_font_is_installed),
)
DISPLAY_NEEDS = (
    library("libX11-xcb.so.1", "libx11-xcb1"),
    library("libxcb-cursor.so.0", "libxcb-cursor0"),
    library("libxcb-icccm.so.4", "libxcb-icccm4"),
    library("libxcb-image.so.0", "libxcb-image0"),
    library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    library("libxcb-randr.so.0", "libxcb-randr0"),
    library("libxcb-render.so.0", "libxcb-render0"),
    library("libxcb-render-util.so.0", "libxcb-render-util0"),
    library("libxcb-shape.so.0", "libxcb-shape0"),
    library("libxcb-shm.so.0", "libxcb-shm0"),
    library("libxcb-sync.so.1", "libxcb-sync1"),
    library("libxcb-util.so.1", "libxcb-util1"),
    library("libxcb-xfixes.so.0", "libxcb-xfixes0"),
    library("libxcb-xkb.so.1", "libxcb-xkb1"),
    library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
)
TEST_NEEDS = (
    program("Xvfb", "xvfb"),
    program("dbus-run-session", "dbus"),
    program("gnome-keyring-daemon", "gnome-keyring"),
    Need("a PostgreSQL server", "postgresql", postgres_is_installed),
    program("node", "nodejs"),  # the identity provider of the tests; 20 or later, or they are skipped
    program("npm", "npm"),
)
BUILD_NEEDS = (program("objdump", "binutils"), program("strip", "binutils"))


def has_display() -> bool:
    return not LINUX or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_debian_root() -> bool:
    if sys.platform == "win32" or not LINUX:
        return False
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install_with_apt(packages: Sequence[str]) -> bool:
    say(f"installing with apt-get: {' '.join(packages)}")
    start = time.monotonic()
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        told = subprocess.run(
            ["apt-get", "-qq", *step],
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    done = told.returncode == 0
    say(f"{'installed' if done else f'apt-get failed: {told.stdout.strip()}'} after {seconds_since(start)}")
    return done


def supply(needs: Sequence[Need], purpose: str, *, required: bool) -> None:
    """See that the system has these; on Debian as root, install what it lacks.

    Raises:
        Stopped: some are missing, cannot be installed from here, and are `required`.
    """
    if not LINUX:
        return
    missing = [need for need in needs if not need.is_there()]
    if missing and is_debian_root():
        install_with_apt(sorted({need.package for need in missing}))
        missing = [need for need in missing if not need.is_there()]
    if not missing:
        return
    packages = " ".join(sorted({need.package for need in missing}))
    words = f"this machine lacks, {purpose}: {', '.join(need.what for need in missing)}"
    if shutil.which("apt-get"):
        words += f"\n     as an administrator: apt-get install {packages}"
    else:
        words += f"\n     Debian calls the packages: {packages}; your system has its own names for them"
    if required:
        raise Stopped(words)
    say(words)
