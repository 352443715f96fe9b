"""Whom a visitor's browser asks for anything: this server, and nobody else. The log of every request is the witness."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from conftest import Arrive, Visit
from hostile_names import NAMES
from playwright.sync_api import Page, expect
from test_train_page import ALIVE, choose

APP = Path(__file__).resolve().parents[2] / "app.py"
PAGES = re.findall(r'"pages/(\w+)\.py"', APP.read_text(encoding="utf-8"))
# What a page may name beforehand, so that a browser meets it without a request in the log.
AHEAD = "() => [...document.querySelectorAll('link[rel*=prefetch], link[rel*=preconnect]')].map(link => link.href)"
LOADED = "() => performance.getEntriesByType('resource').map(entry => entry.name)"
IN_A_HEADER = [name for name in NAMES.values() if not re.search(r"[\n\r\0\ud800]", name) and len(name) < 300]


def logged(page: Page) -> list[str]:
    """Every address that the page asks from now on, websockets too."""
    log: list[str] = []
    page.context.on("request", lambda request: log.append(request.url))
    page.on("websocket", lambda socket: log.append(socket.url))
    return log


def strangers(addresses: list[str], visit: Visit) -> list[str]:
    own = urlsplit(visit.server.url).netloc
    outside = [a for a in addresses if urlsplit(a).scheme not in ("data", "blob") and urlsplit(a).netloc != own]
    return sorted(set(outside))


def test_no_page_asks_anybody_else(arrive: Arrive) -> None:
    visit = arrive()
    log = logged(visit.page)
    for name in PAGES:
        page = visit.open("" if name == "home" else name)
        expect(page.locator("h1")).to_have_count(1)
        assert page.evaluate(AHEAD) == []
        log += page.evaluate(LOADED)
    assert strangers(log, visit) == []
    assert len(log) > 20 * len(PAGES)
    assert {"http", "ws"} <= {urlsplit(address).scheme for address in log}
    fonts = [address for address in log if address.endswith((".woff2", ".woff", ".ttf"))]
    assert fonts  # they come from here, rather than not at all


def test_hostile_names_ask_nobody(visit: Visit) -> None:
    page = visit.open("train")
    log = logged(page)
    choose(page, "source", "Upload")
    names = ",".join('"' + name.replace('"', '""') + '"' for name in IN_A_HEADER)
    rows = "".join(",".join(str((i * (j + 3)) % 17) for j in range(len(IN_A_HEADER))) + "\n" for i in range(120))
    file = {"name": "![x](https://example.org/a.png)<img src=x>.csv", "mimeType": "text/csv"}
    page.locator(".st-key-file input[type=file]").set_input_files(file | {"buffer": f"{names}\n{rows}".encode()})
    page.get_by_text("How the file was read: 120 rows").click()
    visit.settled()
    expect(page.locator(".st-key-series_chart .gtitle")).to_be_visible()
    assert page.evaluate(ALIVE) == []
    target = page.locator("[class*=st-key-target] input")
    for part in ("img src", "frac", "HYPERLINK"):
        target.fill(part)
        options = page.get_by_role("option")
        if options.count():
            options.first.click()
            visit.settled()
        assert page.evaluate(ALIVE) == []
    assert strangers(log, visit) == []
