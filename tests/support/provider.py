"""A real, certified OpenID provider on loopback, and a browser that is no browser: a person's clicks over
HTTP."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import filelock
import httpx
import pytest

from sync.sign_in.provider import WorkAccount

HERE = Path(__file__).resolve().parent / "oidc"
INSTALLED = HERE.parent.parent.parent / ".venv" / "oidc"
AUDIENCE = "https://ics.wrenmouth.example"
_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_OLDEST_NODE = 20
_NO_NODE = f"needs Node.js {_OLDEST_NODE} or later, and npm (Debian's packages: nodejs, npm)"
# What npm says where its registry cannot be reached: no fault of ours.
_NO_REGISTRY = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH")


def installed() -> Path:
    """Install the provider as its lock says, once, into a folder of its own.

    Skips, and says why, where there is no node, an older one, or no registry to fetch it from.
    """
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        pytest.skip(_NO_NODE)
    told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=False)
    version = re.match(r"v(\d+)", told.stdout)
    if version is None or int(version[1]) < _OLDEST_NODE:
        pytest.skip(f"{_NO_NODE}; this is {told.stdout.strip() or told.stderr.strip()[:80]}")
    files = [HERE / name for name in ("package.json", "package-lock.json", "provider.mjs")]
    digest = hashlib.sha256(b"".join(each.read_bytes() for each in files[:2])).hexdigest()
    INSTALLED.mkdir(parents=True, exist_ok=True)
    stamp = INSTALLED / "installed"
    with filelock.FileLock(INSTALLED / "lock"):
        for each in files:
            shutil.copyfile(each, INSTALLED / each.name)
        if not stamp.exists() or stamp.read_text() != digest:
            npm = [str(shutil.which("npm")), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(
                npm, cwd=INSTALLED, capture_output=True, text=True, timeout=300, check=False
            )
            if done.returncode and any(sign in done.stderr for sign in _NO_REGISTRY):
                pytest.skip("the provider is not installed, and npm does not reach its registry")
            if done.returncode:
                raise RuntimeError(f"npm ci: {done.stderr[-2000:]}")
            stamp.write_text(digest)
    return INSTALLED


class RunningProvider:
    """The provider as a process of its own. `stop` and `start` keep the address."""

    def __init__(self) -> None:
        self._folder = installed()
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.issuer = ""
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(shutil.which("node")), "provider.mjs", str(self._port)],
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.issuer = str(self._answer()["issuer"])
        self._port = urlsplit(self.issuer).port or 0

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            with process:
                process.wait(timeout=20)

    def tell(self, do: str, **order: Any) -> dict[str, Any]:
        """Give an order: see provider.mjs."""
        process = self._running
        assert process.stdin is not None
        process.stdin.write(json.dumps({"do": do, **order}) + "\n")
        process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        process = self._running
        assert process.stdout is not None
        found: dict[str, Any] = json.loads(process.stdout.readline())
        return found

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    def account(self, *, resource: str = AUDIENCE, **more: str) -> WorkAccount:
        """How the Workbook is known there."""
        scope = "openid offline_access workbook"
        return WorkAccount(issuer=self.issuer, client_id="workbook", scope=scope, resource=resource, **more)


@contextmanager
def running_provider() -> Iterator[RunningProvider]:
    """Run the provider until the block ends."""
    provider = RunningProvider()
    try:
        yield provider
    finally:
        provider.stop()


class Person:
    """Somebody at a browser. Calling it opens an address, as the system's browser would, and returns at
    once."""

    def __init__(self, name: str, *, denies: bool = False, walks_away: bool = False) -> None:
        self.name, self.denies, self.walks_away = name, denies, walks_away
        self.opened: list[str] = []
        self.came_back: list[str] = []  # addresses on loopback that the browser was sent to
        self.pages: list[tuple[int, str]] = []  # what was shown there
        self.before_return: Callable[[str], str | None] = lambda address: address
        self.trouble: Exception | None = None
        self._threads: list[threading.Thread] = []
        self._browser = httpx.Client(verify=_PLAIN, follow_redirects=False, timeout=20)

    def __call__(self, address: str) -> bool:
        self.opened.append(address)
        if not self.walks_away:
            thread = threading.Thread(target=self._visit, args=(address,), name="browser", daemon=True)
            self._threads.append(thread)
            thread.start()
        return True

    def finish(self) -> None:
        """Wait until every page is done with."""
        for thread in self._threads:
            thread.join(20)
        if self.trouble is not None:
            raise self.trouble

    def close(self) -> None:
        self.finish()
        self._browser.close()

    def _visit(self, address: str) -> None:
        try:
            self._follow(address)
        except Exception as error:
            self.trouble = error

    def _follow(self, address: str) -> None:
        reply = self._browser.get(address)
        for _ in range(20):
            if reply.is_redirect:
                address = urljoin(address, reply.headers["location"])
                if urlsplit(address).path == "/cb":
                    self._come_back(address)
                    return
                reply = self._browser.get(address)
                continue
            next_ = self._answer_page(address, reply)
            if next_ is None:
                return
            address, reply = next_
        raise RuntimeError("the pages do not end")

    def _answer_page(self, address: str, reply: httpx.Response) -> tuple[str, httpx.Response] | None:
        page = reply.text
        found = re.search(r'<form[^>]*action="([^"]+)"', page)
        if found is None or reply.status_code >= 400:
            self.pages.append((reply.status_code, page))
            return None
        if self.denies:
            abort = re.search(r'href="([^"]*abort)"', page)
            assert abort is not None, page
            target = urljoin(address, html.unescape(abort[1]))
            return target, self._browser.get(target)
        target = urljoin(address, html.unescape(found[1]))
        hidden = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
        hidden |= {name: value for value, name in re.findall(r'value="([^"]*)"[^>]*name="(\w+)"', page)}
        if 'name="login"' in page:
            hidden |= {"prompt": "login", "login": self.name, "password": "not looked at"}
        elif "interaction" in target:
            hidden |= {"prompt": "consent"}
        elif "session/end" in target:
            hidden |= {"logout": "yes"}
        return target, self._browser.post(target, data=hidden)

    def _come_back(self, address: str) -> None:
        sent = self.before_return(address)
        if sent is None:
            return
        self.came_back.append(sent)
        shown = self._browser.get(sent)
        self.pages.append((shown.status_code, shown.text))


class MemoryKeeper:
    """Keeps a session as the encrypted store does, in memory."""

    def __init__(self, subject: str | None = None) -> None:
        self.whose = subject
        self.kept: Any = None
        self.history: list[Any] = []

    def subject(self) -> str | None:
        return self.whose

    def session(self) -> Any:
        return self.kept

    def keep(self, session: Any) -> None:
        self.whose = self.whose or session.subject
        self.kept = session
        self.history.append(session)

    def forget(self) -> None:
        self.kept = None
