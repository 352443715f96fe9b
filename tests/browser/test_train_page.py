"""The Train page in a real browser: upload, train, watch, stop, leave, come back, reload, download; hostile names."""

from __future__ import annotations

import csv
import io
import math
import re

import pytest
from conftest import Arrive, Visit
from playwright.sync_api import Page, expect

QUICK = "members=1&steps=50&state_size=4&window=16&horizon=5"
LONG = "members=8&steps=3000"  # about a minute on a quiet machine: still running when a test has done its part
# The loss curve's points, as drawn; the validation curve is the last.
POINTS = "() => document.querySelectorAll('.st-key-live_loss .scatterlayer .trace:last-child .points path').length"


def sines(name: str = "level", length: int = 300) -> bytes:
    rows = [f"{i},{math.sin(i / 5) + 0.3 * math.sin(i / 1.7):.6f}" for i in range(length)]
    out = io.StringIO()
    csv.writer(out).writerow(["step", name])
    return (out.getvalue() + "\n".join(rows)).encode()


def upload(page: Page, content: bytes) -> None:
    choose(page, "source", "Upload")
    file = {"name": "mine.csv", "mimeType": "text/csv", "buffer": content}
    page.locator(".st-key-file input[type=file]").set_input_files(file)


def press(page: Page, key: str) -> None:
    page.locator(f".st-key-{key}").get_by_role("button").click()


def choose(page: Page, key: str, option: str) -> None:
    page.locator(f".st-key-{key}").get_by_role("radio", name=option).click()


def pick(page: Page, key: str, option: str) -> None:
    page.locator(f".st-key-{key} input").fill(option)
    page.get_by_role("option", name=option).first.click()


def go(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()


def result(page: Page) -> None:
    """Waits for the end of a training and its forecast."""
    expect(page.locator(".st-key-forecast .js-plotly-plot")).to_be_visible()
    expect(page.locator(".st-key-training")).to_have_count(0)


def curve_to_grow(page: Page, beyond: int = 1) -> int:
    """Waits until more than `beyond` points are drawn; returns how many."""
    page.wait_for_function(f"() => ({POINTS})() > {beyond}")
    return int(page.evaluate(POINTS))


def test_upload_train_watch_download(visit: Visit) -> None:
    page = visit.open(f"train?{QUICK.replace('steps=50', 'steps=400')}")
    upload(page, bytes(range(256)))
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text("binary")
    upload(page, sines())
    expect(page.locator(".st-key-state_size")).to_contain_text("4")
    expect(page.get_by_text("How the file was read: 300 rows, 1 column")).to_be_visible()
    expect(page.locator(".st-key-series_chart .ytitle")).to_have_text("level")
    press(page, "train")
    first = curve_to_grow(page)
    curve_to_grow(page, beyond=first)
    result(page)
    page.get_by_role("tab", name="Downloads").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Forecast", exact=True).click()
    table = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert [row["step"] for row in table if row["part"] == "next"] == ["1", "2", "3", "4", "5"]
    assert all(float(row["low"]) <= float(row["forecast"]) <= float(row["high"]) for row in table)


def test_stop_keeps_what_was_learned(visit: Visit) -> None:
    page = visit.open(f"train?{LONG}")
    press(page, "train")
    curve_to_grow(page)
    press(page, "stop")
    result(page)
    expect(page.get_by_text(re.compile("stopped", re.IGNORECASE)).first).to_be_visible()


def test_another_page_and_back_keeps_the_training(visit: Visit) -> None:
    page = visit.open(f"train?{LONG}")
    press(page, "train")
    seen = curve_to_grow(page)
    go(page, "Home")
    expect(page.locator("h1")).not_to_contain_text("Does it learn")
    go(page, "Train")
    assert curve_to_grow(page, beyond=seen) > seen
    press(page, "stop")
    result(page)
    go(page, "Home")
    expect(page.locator("h1")).not_to_contain_text("Does it learn")
    go(page, "Train")
    result(page)


def test_a_second_visitor_trains_beside_a_long_training(arrive: Arrive) -> None:
    first, second = arrive(), arrive()
    busy = first.open(f"train?{LONG}")
    press(busy, "train")
    curve_to_grow(busy)
    page = second.open(f"train?{QUICK}")
    press(page, "train")
    result(page)
    expect(busy.locator(".st-key-stop").get_by_role("button")).to_be_visible()
    press(busy, "stop")
    result(busy)


def test_a_reload_keeps_the_settings_the_training_and_then_its_result(arrive: Arrive) -> None:
    visit, stranger = arrive(), arrive()
    page = visit.open(f"train?{LONG}")
    pick(page, "series", "Lorenz")
    expect(page.locator(".st-key-series_chart .gtitle", has_text="Lorenz")).to_be_visible()
    press(page, "train")
    curve_to_grow(page)
    page.reload()
    visit.settled()
    expect(page.locator(".st-key-train").get_by_role("button")).to_be_enabled()
    expect(page.locator(".st-key-series_chart .gtitle", has_text="Lorenz")).to_be_visible()
    assert "steps=3000" in page.url
    curve_to_grow(page)
    press(page, "stop")
    result(page)
    page.reload()
    result(page)
    expect(page.locator(".st-key-forecast .gtitle")).to_have_text("Liquid forecast of observed")
    expect(page.get_by_text("results of earlier settings")).to_have_count(0)
    tab = page.evaluate("() => sessionStorage.getItem('liquid-tab')")
    assert re.fullmatch(r"[\w-]{43}", tab)
    assert tab not in page.url + "".join(visit.server.log)
    other = stranger.open(page.url.removeprefix(f"{visit.server.url}/"))
    expect(other.locator(".st-key-train").get_by_role("button")).to_be_enabled()
    expect(other.locator(".st-key-forecast")).to_have_count(0)


def test_a_reload_keeps_what_was_uploaded(visit: Visit) -> None:
    page = visit.open(f"train?{QUICK}")
    upload(page, sines())
    expect(page.locator(".st-key-series_chart .ytitle")).to_have_text("level")
    visit.settled()
    page.reload()
    expect(page.get_by_text("In use: mine.csv")).to_be_visible()
    expect(page.locator(".st-key-series_chart .ytitle")).to_have_text("level")


def test_a_changed_setting_marks_the_old_result_and_keeps_it(visit: Visit) -> None:
    page = visit.open(f"train?{QUICK}")
    press(page, "train")
    result(page)
    expect(page.get_by_text("results of earlier settings")).to_have_count(0)
    choose(page, "model", "GRU")
    expect(page.get_by_text("results of earlier settings")).to_be_visible()
    result(page)


# Whatever of these became an element, and not text, is listed.
ALIVE = """() => [
    ...document.querySelectorAll('[data-testid="stMain"] img, .js-plotly-plot a, .MathJax, mjx-container, .katex'),
    ...document.querySelectorAll('a[href*="example.org"], [src*="example.org"], .js-plotly-plot i, b[title]'),
].map(element => element.outerHTML.slice(0, 200))"""
# Short enough that no chart shortens them.
HOSTILE = {
    "image": "![x](https://example.org/a.png)",
    "tag": "<img src=https://example.org/a.png onerror=alert(1)>",
    "link": '<a href="https://example.org">a</a> [b](https://example.org)',
    "formula": "$\\frac{1}{2}$ and %{y} https://example.org",
    "styles": "**bold** _it_ `code` :red[red] <b>b</b> <sub>s</sub>",
    "spreadsheet": '=HYPERLINK("https://example.org") :material/delete: :smile:',
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_column_name_is_the_characters_it_is(visit: Visit, name: str) -> None:
    page = visit.open(f"train?{QUICK}")
    upload(page, sines(name))
    shown = page.locator(".st-key-series_chart .ytitle")
    expect(shown).to_be_visible()
    assert shown.text_content().replace("\u200b", "") == name
    assert page.evaluate(ALIVE) == []
    press(page, "train")
    result(page)
    for tab in page.get_by_role("tab").all():
        tab.click()
        visit.settled()
        assert page.evaluate(ALIVE) == []
    choose(page, "model", "GRU")  # now the page names the target in a sentence of its own
    sentence = page.get_by_text("results of earlier settings")
    expect(sentence).to_be_visible()
    assert name in sentence.text_content().replace("\u200b", "")
    assert page.evaluate(ALIVE) == []
