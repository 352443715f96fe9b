"""What holds for every page: it opens without a complaint, asks this server and nobody else, fits a phone, can be read
and used by everyone by day and by night, and back and a finger do what they do on any site."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe import barriers
from conftest import Arrive, Session
from playwright.sync_api import Page, expect

PAGES = sorted(path.parent.name for path in (Path(__file__).parents[2] / "pages").glob("*/page.py"))
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
GROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 21, 28)"}  # backgroundColor in .streamlit/config.toml


def assert_no_barriers(page: Page) -> None:
    """axe-core finds nothing once a page stands; charts, whose contrast it does not see, have a test of their own."""
    for _ in range(10):  # a row of tabs is drawn before one of them takes the focus
        if not (found := barriers(page)):
            return
        page.wait_for_timeout(500)
    assert found == []


def address(page: str) -> str:
    return "" if page == "home" else page


# What sticks out of the screen: the page itself, or a chart.
BEYOND = """() => [...document.querySelectorAll('html, [data-testid="stMain"], .js-plotly-plot .main-svg')]
    .filter(box => box.scrollWidth > box.clientWidth + 1 || box.getBoundingClientRect().right > innerWidth + 1)
    .map(box => `${box.tagName} ${box.className}: ${box.scrollWidth} > ${box.clientWidth}`)"""


# What a page may name beforehand, so that a browser meets it without a request in the log.
AHEAD = "() => [...document.querySelectorAll('link[rel*=prefetch], link[rel*=preconnect]')].map(link => link.href)"
LOADED = "() => performance.getEntriesByType('resource').map(entry => entry.name)"


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_by_day_and_asks_nobody_else(session: Session, name: str) -> None:
    page = session.open(address(name))
    expect(page.locator("h1")).to_have_count(1)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", GROUND["light"])
    assert page.get_by_test_id("stException").all_inner_texts() == []
    assert page.get_by_test_id("stAlertContentError").all_inner_texts() == []
    assert_no_barriers(page)
    assert page.evaluate(AHEAD) == []
    # The log of the browser's requests is the witness: `arrive` finds strangers in it, if it holds what there was.
    session.asked += page.evaluate(LOADED)
    assert {"http", "ws"} <= {urlsplit(asked).scheme for asked in session.asked}
    assert any(asked.endswith((".woff2", ".woff", ".ttf")) for asked in session.asked)
    assert len(session.asked) > 20


@pytest.mark.parametrize("name", PAGES)
def test_it_fits_a_phone_at_night(arrive: Arrive, name: str) -> None:
    page = arrive(color_scheme="dark", **PHONE).open(address(name))
    expect(page.locator("h1")).to_have_count(1)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", GROUND["dark"])
    assert_no_barriers(page)
    assert page.evaluate(BEYOND) == []


def test_back_is_one_page_back_with_its_settings(session: Session) -> None:
    page = session.open("benchmark")
    before = page.evaluate("history.length")
    noise = page.get_by_role("radio", name="40 %")
    noise.click()
    expect(page).to_have_url(f"{session.server.url}/benchmark?benchmark_noise=40+%25&v=3")
    assert page.evaluate("history.length") == before
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Runs").click()
    expect(page.locator("h1")).to_have_text("What did I save?")
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    expect(page).to_have_url(f"{session.server.url}/benchmark?benchmark_noise=40+%25&v=3")
    expect(noise).to_be_checked()
    page.go_forward()
    expect(page.locator("h1")).to_have_text("What did I save?")


def swipe_up(page: Page, x: float, y: float) -> None:
    """As a finger does it."""
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, 11):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 20 * k}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_on_a_phone_a_swipe_over_a_chart_scrolls_and_settings_are_one_tap_away(arrive: Arrive) -> None:
    page = arrive(color_scheme="dark", **PHONE).open("solver")
    chart = page.locator(".js-plotly-plot .nsewdrag").first
    ranges = "() => document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range.join()"
    shown, box = page.evaluate(ranges), chart.bounding_box()
    assert box is not None
    swipe_up(page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("document.querySelector('[data-testid=\"stMain\"]').scrollTop > 100")
    assert page.evaluate(ranges) == shown
    page.get_by_role("button", name="Expand sidebar").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("Unfolds")).to_be_visible()


def test_on_a_phone_the_first_screen_begins_with_the_question(arrive: Arrive) -> None:
    page = arrive(color_scheme="dark", **PHONE).open("time_constant")
    place = page.locator("h1").bounding_box()
    assert place is not None
    assert place["y"] < 90
