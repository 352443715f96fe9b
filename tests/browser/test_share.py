"""Save and share in real browsers: the owner's, and one of somebody who was sent the link."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from conftest import Arrive, Session
from playwright.sync_api import Page, expect
from test_train_page import upload

QUICK = "train?series=nile&members=1&steps=50&state_size=4&window=16&horizon=5"


def trained(session: Session) -> Page:
    page = session.open(QUICK)
    page.locator(".st-key-train").get_by_role("button").click()
    expect(page.locator(".st-key-answer h2")).to_be_visible()
    return session.settled()


def saved(session: Session) -> str:
    """Saves through the dialog; the link in it."""
    page = trained(session)
    page.get_by_role("button", name="Save and share").click()
    expect(page.get_by_text("Stored on this server, for everyone who has the link")).to_be_visible()
    page.locator(".st-key-share_save").get_by_role("button").click()
    link = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").inner_text().strip()
    session.settled()
    return link


def test_a_link_shows_a_colleague_the_picture_and_only_the_owner_changes_it(arrive: Arrive) -> None:
    owner, colleague = arrive(), arrive()
    link = saved(owner)
    token = owner.page.evaluate("() => localStorage.getItem('liquid-owner')")
    assert re.fullmatch(r"[\w-]{43}", token)
    assert link.startswith(f"{owner.server.url}/train?run=")
    assert token not in link + owner.page.url

    path = link.removeprefix(f"{owner.server.url}/")
    page = colleague.open(path)
    expect(page.locator(".st-key-forecast .js-plotly-plot").first).to_be_visible()
    expect(page.get_by_text("Read-only; nothing was trained to show it.")).to_be_visible()
    expect(page.get_by_role("button", name="Manage")).to_have_count(0)
    expect(page.locator(".st-key-state_size")).to_have_count(0)
    page.locator(".st-key-copy").get_by_role("button").click()
    expect(page.locator(".st-key-state_size")).to_be_visible()
    expect(page.locator(".st-key-forecast .js-plotly-plot").first).to_be_visible()
    colleague.settled()
    expect(page.get_by_text("These are the results of earlier settings")).to_have_count(0)
    asked = parse_qs(urlsplit(page.url).query)
    assert "run" not in asked
    assert (asked["series"], asked["state_size"], asked["v"]) == (["nile"], ["4"], ["3"])

    page = owner.open("runs")
    owner.unfold(page.get_by_test_id("stExpander"))
    title = page.get_by_role("textbox", name="Title")
    title.fill("Flow at Aswan")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_test_id("stExpander").filter(has_text="Flow at Aswan")).to_be_visible()
    page = colleague.open(path)
    expect(page.get_by_text("Flow at Aswan", exact=True)).to_be_visible()

    page = owner.open(path)
    page.get_by_role("button", name="Manage").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_text("There is no run under this link")).to_be_visible()
    owner.settled()
    page = colleague.open(path)
    expect(page.get_by_text("There is no run under this link")).to_be_visible()
    colleague.settled()
    page.locator(".st-key-leave").get_by_role("button").click()
    expect(page.locator(".st-key-train").get_by_role("button")).to_be_visible()
    colleague.settled()


def test_a_link_that_asks_for_too_much_says_so(session: Session) -> None:
    page = session.open("train?state_size=999&horizon=5")
    expect(page.get_by_text("from the link is not a valid value here")).to_be_visible()
    meant = {
        "horizon": ["5"],
        "steps": ["600"],
        "trained_by": ["Adam"],
        "rate-Liquid": ["0.1"],
        "timespans": ["False"],
        "v": ["3"],
    }  # such a link's defaults
    assert parse_qs(urlsplit(session.settled().url).query) == meant


def test_a_link_to_settings_waits_for_the_file_and_chooses_its_column(session: Session) -> None:
    page = session.open("train?source=Upload&target-own=second&horizon=5&v=3")
    rows = "\n".join(f"{i},{i % 7},{i % 11}" for i in range(100))
    upload(page, f"step,first,second\n{rows}".encode())
    expect(page.locator(".st-key-forecast .ytitle")).to_have_text(["second"])
    asked = parse_qs(urlsplit(session.settled().url).query)
    assert asked == {"source": ["Upload"], "target-own": ["second"], "horizon": ["5"], "v": ["3"]}
