"""Hostile addresses in a browser: opened, gone back to, and a hundred of them in one tab."""

from __future__ import annotations

from urllib.parse import urlencode

from conftest import Session
from playwright.sync_api import Page, expect

from benchmarks.addresses import NAMES, TEXTS

# As the browser's own back and forward buttons: Streamlit then lets the address win over what the controls hold.
GO = "query => { history.pushState({}, '', query); dispatchEvent(new PopStateEvent('popstate', { state: {} })) }"
LONGEST_LINE = 8_000  # characters of an address that servers in front of the app take


def assert_well(page: Page) -> None:
    assert page.get_by_test_id("stException").all_inner_texts() == []
    expect(page.locator("h1")).to_have_count(1)


def test_back_to_an_address_that_no_control_can_hold(session: Session) -> None:
    page = session.open("train?seed=inf&horizon=9")
    page.evaluate(GO, "?seed=inf&horizon=9")
    expect(page).to_have_url(f"{session.server.url}/train?horizon=9&v=3")
    expect(page.get_by_text("seed=inf from the link is not a valid value here; 0 is used instead.")).to_be_visible()
    assert_well(session.settled())


def test_a_hundred_addresses_in_one_browser(session: Session) -> None:
    """`arrive` finds what any of them left in the server's log or in the browser's console."""
    page = session.open()
    for index in range(100):
        texts = [TEXTS[(index + place) % len(TEXTS)] for place in range(3)]
        names = ("layer_noise", NAMES[index % len(NAMES)], "layer_preset")
        page.evaluate(GO, f"?{urlencode(list(zip(names, texts, strict=True)))[:LONGEST_LINE]}")
        session.settled()
    assert_well(page)
