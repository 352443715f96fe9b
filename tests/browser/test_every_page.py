"""What holds for every page: it opens without a complaint, asks this server and nobody else, fits a phone, and can be
read by day and by night."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import Arrive, Session
from playwright.sync_api import expect

PAGES = sorted(path.parent.name for path in (Path(__file__).parents[2] / "pages").glob("*/page.py"))
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
GROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 21, 28)"}  # backgroundColor in .streamlit/config.toml

# Text whose contrast to the page's ground, by WCAG 2.2 (relative luminance), is under 3 : 1.
FAINT = """() => {
    const channels = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
        const [R, G, B] = [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * R + 0.7152 * G + 0.0722 * B;
    };
    const ground = light(channels(getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor));
    const kinds = '.js-plotly-plot text, [data-testid="stMarkdownContainer"] p, h1, h2, h3';
    const seen = {opacityProperty: true, visibilityProperty: true};
    return [...document.querySelectorAll(kinds)]
        .filter(text => text.textContent.trim() && text.checkVisibility(seen))
        .filter(text => !text.closest('button, [data-testid="stAlert"]'))
        .map(text => {
            const style = getComputedStyle(text);
            const own = light(channels(text instanceof SVGElement ? style.fill : style.color));
            const contrast = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
            return [text.textContent.trim(), contrast];
        })
        .filter(([, contrast]) => contrast < 3)
        .map(([text, contrast]) => `${text}: ${contrast.toFixed(2)}`);
}"""


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
    assert page.evaluate(FAINT) == []
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
    assert page.evaluate(FAINT) == []
    assert page.evaluate(BEYOND) == []
