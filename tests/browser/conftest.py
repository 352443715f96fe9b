"""A real server, a real Chromium, and a session that fails when something goes wrong unseen."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from axe import fetch
from chromium import find, launch
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
PATIENCE = 180_000  # ms until an expectation is given up; a busy machine is slow, not wrong
# Opened at a page's own address, Streamlit first asks whether the server lives under it, and gets 404.
OWN_PROBE = re.compile(r"/\w+/_stcore/(health|host-config)$")
TROUBLE = re.compile(r"traceback|\w(error|exception|warning)\b|\b(error|warning)\b|deprecat", re.IGNORECASE)
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that lies beside this file drives the browser: marked so, and run last."""
    here = [item for item in items if Path(item.path).parent == Path(__file__).parent]
    for item in here:
        item.add_marker(pytest.mark.browser)
    items[:] = [item for item in items if item not in here] + here


@dataclass
class Server:
    """The app as a visitor's machine would run it, and what it said."""

    url: str
    log: list[str]

    def troubles(self, since: int) -> list[str]:
        """What an operator would not want to find in the log."""
        said = [line for line in self.log[since:] if '"GET ' not in line]
        return [line for line in said if TROUBLE.search(line)]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`streamlit run app.py` on a free port, once for all tests, with a home of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if name not in THREADS}
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", *options],
        cwd=ROOT,
        env=env | {"HOME": str(tmp_path_factory.mktemp("home")), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log: list[str] = []
    started = threading.Event()

    def listen() -> None:
        for line in process.stdout or ():
            log.append(line.rstrip())
            if "URL:" in line:
                started.set()
        started.set()  # it ended: whoever waits finds out below

    listener = threading.Thread(target=listen)
    listener.start()
    started.wait(PATIENCE / 1000)
    url = f"http://127.0.0.1:{port}"
    with urlopen(f"{url}/_stcore/health") as answer:
        assert answer.read() == b"ok", log
    yield Server(url, log)
    process.terminate()
    process.wait()
    listener.join()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    fetch()
    path = find(playwright)
    assert path, "No Chromium was found. `python3 tests/run.py` installs one."
    browser = launch(playwright, path)
    expect.set_options(timeout=PATIENCE)
    yield browser
    browser.close()


@dataclass(eq=False)
class Session:
    """One visitor: a page, and everything it complained of or asked the network for."""

    page: Page
    server: Server
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.context.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))

    def _console(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type == "error" and not OWN_PROBE.search(url):
            self.complaints.append(f"{message.text} ({url})")

    def strangers(self) -> list[str]:
        """The addresses it asked that are not this server's."""
        own = urlsplit(self.server.url).netloc
        foreign = [
            urlsplit(a).scheme not in ("data", "blob", "about") and urlsplit(a).netloc != own for a in self.asked
        ]
        return [address for address, other in zip(self.asked, foreign, strict=True) if other]

    def open(self, path: str = "") -> Page:
        self.page.goto(f"{self.server.url}/{path}")
        return self.settled()

    def settled(self) -> Page:
        """Wait until the script has run and what it sent is drawn."""
        self.page.locator(SETTLED).wait_for()
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)
        return self.page

    def unfold(self, expander: Locator) -> None:
        """Open it, and wait until it lies still: until then, scrolling to something in it moves it under the mouse."""
        expander.click()
        expander.evaluate(
            """async (fold) => {
                await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
                await Promise.all(fold.getAnimations({ subtree: true }).map((unfolding) => unfolding.finished))
            }"""
        )

    def key(self, key: str) -> str:
        """The selector of the element with this Streamlit key."""
        return f".st-key-{key}"

    def leave(self) -> None:
        """The tab forgets: whoever opens the app in it next is somebody new, and has the app's code already."""
        if self.page.url.startswith(self.server.url):
            self.page.evaluate("() => (localStorage.clear(), sessionStorage.clear())")
        self.page.context.clear_cookies()
        self.page.goto("about:blank")


Arrive = Callable[..., Session]


@pytest.fixture(scope="session")
def tabs() -> dict[str, list[Session]]:
    """Tabs of earlier tests, by the kind of their visitor: to load the app's code anew takes longer than most tests."""
    return {}


@pytest.fixture
def arrive(chromium: Browser, server: Server, tabs: dict[str, list[Session]]) -> Iterator[Arrive]:
    """Makes visitors; when the test ends, none of them may have complained or asked a stranger for anything."""
    sessions: list[Session] = []
    said = len(server.log)

    def visitor(**context: object) -> Session:
        kind = tabs.setdefault(repr(sorted(context.items())), [])
        free = next((session for session in kind if session not in sessions), None)
        if free is None:
            options = {"locale": "en-US", "timezone_id": "UTC"} | context
            free = Session(chromium.new_context(**options).new_page(), server)
            kind.append(free)
        free.complaints.clear()
        free.asked.clear()
        sessions.append(free)
        return free

    yield visitor
    for session in sessions:
        session.leave()
    assert [complaint for session in sessions for complaint in session.complaints] == []
    assert [stranger for session in sessions for stranger in session.strangers()] == []
    assert server.troubles(said) == []


@pytest.fixture
def session(arrive: Arrive) -> Session:
    return arrive()
