"""The Train page in a real browser: upload, train, watch, stop, leave, come back, reload, download; hostile names."""

from __future__ import annotations

import csv
import io
import json
import math
import re

from axe import barriers
from conftest import PATIENCE, Arrive, Session
from hostile_names import NAMES
from playwright.sync_api import Locator, Page, TimeoutError, expect

QUICK = "members=1&steps=50&state_size=4&window=16&horizon=5"
# About a minute on a quiet machine: still running when a test has done its part. Others end early.
LONG = "members=8&steps=3000&trained_by=SOAP%2C+readout+solved%2C+finished"
# The loss curve's points, as drawn; the validation curve is the last.
POINTS = "() => document.querySelectorAll('.st-key-live_loss .scatterlayer .trace:last-child .points path').length"

# What the training would forecast now, as drawn, and how it is told whether a later one is in the same chart
AHEAD = """() => {
    const chart = document.querySelector(".st-key-forecast .js-plotly-plot")
    const values = chart?.data?.find(trace => trace.meta === "next")?.y ?? []
    return values.length > 1 ? values.join() : ""
}"""
BESIDE = """() => {
    const [chart, loss] = ["forecast", "live_loss"].map(
        key => document.querySelector(`.st-key-${key}`).getBoundingClientRect()
    )
    return [loss.left >= chart.right, loss.top - chart.top]
}"""
SAME_CHART = "() => document.querySelector('.st-key-forecast .js-plotly-plot').dataset.seen === 'yes'"


def sines(name: str = "level", length: int = 300) -> bytes:
    rows = [f"{i},{math.sin(i / 5) + 0.3 * math.sin(i / 1.7):.6f}" for i in range(length)]
    out = io.StringIO()
    csv.writer(out).writerow(["step", name])
    return (out.getvalue() + "\n".join(rows)).encode()


def upload(page: Page, content: bytes, name: str = "mine.csv") -> None:
    choose(page, "source", "Upload")
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.locator(".st-key-file input[type=file]").set_input_files(file)


def press(page: Page, key: str) -> None:
    page.locator(f".st-key-{key}").get_by_role("button").click()


def choose(page: Page, key: str, option: str) -> None:
    page.locator(f".st-key-{key}").get_by_role("radio", name=option).click()


def pick(page: Page, key: str, option: str) -> None:
    select(page, page.locator(f".st-key-{key} input"), option)


def select(page: Page, field: Locator, option: str) -> None:
    """Type, and click the first option that is left; once more if the page was drawn anew meanwhile."""
    for _ in range(20):
        field.click()
        field.fill(option)
        try:
            page.get_by_role("option").first.click(timeout=PATIENCE / 60)
        except TimeoutError:
            page.keyboard.press("Escape")
        else:
            return
    raise AssertionError(f"{option!r} cannot be chosen")


def go(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()


def result(page: Page) -> None:
    """Waits for the end of a training and its answer."""
    expect(page.locator("h2").filter(visible=True)).to_have_count(1)  # while a page is drawn anew, there may be two
    expect(page.locator(".st-key-training")).to_have_count(0)


def curve_to_grow(page: Page, beyond: int = 1) -> int:
    """Waits until more than `beyond` points are drawn; returns how many."""
    page.wait_for_function(f"() => ({POINTS})() > {beyond}")
    return int(page.evaluate(POINTS))


def test_upload_train_watch_download(session: Session) -> None:
    page = session.open(f"train?{QUICK.replace('steps=50', 'steps=400')}")
    upload(page, bytes(range(256)))
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text("binary")
    upload(page, sines())
    expect(page.locator(".st-key-state_size")).to_contain_text("4")
    expect(page.get_by_text("How the file was read: 300 rows, 1 column")).to_be_visible()
    expect(page.locator(".st-key-forecast .ytitle")).to_have_text(["level"])
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
    page.get_by_text("Take it along").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Python script").click()
    assert "series = read('mine.csv')" in download.value.path().read_text()


def test_a_long_training_outlives_another_page_bears_a_second_visitor_and_stops_with_its_best(arrive: Arrive) -> None:
    first, second = arrive(), arrive()
    busy = first.open(f"train?{LONG}")
    press(busy, "train")
    seen = curve_to_grow(busy)
    busy.wait_for_function(f"() => ({AHEAD})() !== ''")
    busy.evaluate("document.querySelector('.st-key-forecast .js-plotly-plot').dataset.seen = 'yes'")
    ahead = busy.evaluate(AHEAD)
    busy.wait_for_function(f"ahead => ({AHEAD})() !== ahead", arg=ahead)
    assert busy.evaluate(SAME_CHART)  # it sharpens where it is, and nothing is drawn anew
    assert busy.evaluate(BESIDE) == [True, 0]
    go(busy, "Home")
    expect(busy.locator("h1")).not_to_contain_text("Does it learn")
    page = second.open(f"train?{QUICK}")
    press(page, "train")
    result(page)
    go(busy, "Train")
    assert curve_to_grow(busy, beyond=seen) > seen
    press(busy, "stop")
    result(busy)
    expect(busy.get_by_text(re.compile("stopped", re.IGNORECASE)).first).to_be_visible()
    go(busy, "Home")
    expect(busy.locator("h1")).not_to_contain_text("Does it learn")
    go(busy, "Train")
    result(busy)


def test_a_reload_keeps_the_settings_the_training_and_then_its_result(arrive: Arrive) -> None:
    session, stranger = arrive(), arrive()
    page = session.open(f"train?{LONG}")
    pick(page, "series", "Lorenz")
    expect(page.locator(".st-key-forecast .gtitle", has_text="Lorenz").first).to_be_visible()
    press(page, "train")
    curve_to_grow(page)
    page.reload()
    session.settled()
    press(page, "train")  # one training at a time: this one goes on
    expect(page.locator(".st-key-forecast .gtitle", has_text="Lorenz").first).to_be_visible()
    assert "steps=3000" in page.url
    curve_to_grow(page)
    press(page, "stop")
    result(page)
    page.reload()
    result(page)
    expect(page.locator(".st-key-forecast .gtitle")).to_have_text(["Lorenz system"])  # one chart, once it has settled
    expect(page.locator(".st-key-answer")).to_contain_text("over the next 12 steps, Liquid's error is")
    expect(page.get_by_text("results of earlier settings")).to_have_count(0)
    tab = page.evaluate("() => sessionStorage.getItem('liquid-tab')")
    assert re.fullmatch(r"[\w-]{43}", tab)
    assert tab not in page.url + "".join(session.server.log)
    other = stranger.open(page.url.removeprefix(f"{session.server.url}/"))
    expect(other.locator(".st-key-train").get_by_role("button")).to_be_enabled()
    expect(other.locator("h2")).to_have_count(0)


def test_the_bands_level_is_chosen_and_a_look_back_runs_stops_and_survives_a_reload(session: Session) -> None:
    page = session.open(f"train?{QUICK.replace('steps=50', 'steps=300')}")
    press(page, "train")
    result(page)
    expect(page.get_by_text("The 90 % band, calibrated on")).to_be_visible()
    choose(page, "band", "50 %")
    expect(page.get_by_text("The 50 % band, calibrated on")).to_be_visible()
    page.get_by_role("tab", name="Residuals").click()
    expect(page.get_by_text("Ljung-Box test over")).to_be_visible()
    for key in ("sizes", "lags", "forecast"):
        expect(page.locator(f".st-key-residual_{key} .js-plotly-plot")).to_be_visible()
    page.get_by_role("tab", name="Why").click()
    expect(page.get_by_role("heading", name="the window moved it by")).to_be_visible()
    for key in ("shares", "responses"):
        expect(page.locator(f".st-key-why_{key} .js-plotly-plot")).to_be_visible()
    page.get_by_role("tab", name="Look back").click()
    press(page, "look_back_ask")
    page.locator(".st-key-look_back_stop").get_by_role("button").click()
    expect(page.locator(".st-key-look_back_ask")).to_be_visible()  # stopped: it can be asked again
    choose(page, "look_back_trained", "once")
    press(page, "look_back_ask")
    found = page.get_by_text(re.compile("From 5 cutoffs, trained before the first and only run forward, Liquid makes"))
    expect(found).to_be_visible()
    expect(page.locator(".st-key-look_back_fans .js-plotly-plot")).to_be_visible()
    page.reload()
    result(page)
    expect(found).to_be_visible()
    expect(page.get_by_text("The 50 % band, calibrated on")).to_be_visible()


def test_other_models_are_trained_as_one_job_that_can_be_stopped_and_survives_a_reload(session: Session) -> None:
    models = "&".join(f"compare_with={model}" for model in ("Linear+AR", "GRU", "LSTM"))
    page = session.open(f"train?{QUICK.replace('steps=50', 'steps=200')}&{models}&v=2")
    press(page, "train")
    result(page)
    page.get_by_role("tab", name="Other models").click()
    press(page, "other_models_ask")
    expect(page.get_by_text(re.compile("GRU, model 2 of 3"))).to_be_visible()
    page.locator(".st-key-other_models_stop").get_by_role("button").click()
    expect(page.get_by_text("LSTM has no score: stopped before it was trained")).to_be_visible()
    expect(page.get_by_text(re.compile("the RMSE of Liquid is [0-9.]+ times that of"))).to_be_visible()
    press(page, "other_models_ask")  # again: now all of them
    found = page.get_by_text(re.compile("the best of the 3 others"))
    expect(found).to_be_visible()
    expect(page.locator(".st-key-compare_errors .js-plotly-plot")).to_be_visible()
    page.reload()
    result(page)
    expect(found).to_be_visible()


def test_a_tab_that_comes_back_to_a_server_without_its_work_is_told_once(session: Session) -> None:
    gone = "is gone: the server was restarted"
    page = session.open(f"train?{QUICK}")
    press(page, "train")
    result(page)
    page.wait_for_function("sessionStorage.getItem('liquid-work') === 'yes'")
    expect(page.get_by_text(gone)).to_have_count(0)
    page.evaluate("sessionStorage.setItem('liquid-tab', 'x'.repeat(43))")  # a tab that the server does not know
    page.reload()
    expect(page.get_by_text(gone)).to_be_visible()
    page.wait_for_function("sessionStorage.getItem('liquid-work') === 'no'")
    page.reload()
    session.settled()
    expect(page.get_by_text(gone)).to_have_count(0)


def test_a_reload_keeps_what_was_uploaded(session: Session) -> None:
    page = session.open(f"train?{QUICK}")
    upload(page, sines())
    expect(page.locator(".st-key-forecast .ytitle")).to_have_text(["level"])
    session.settled()
    page.reload()
    expect(page.get_by_text("In use: mine.csv")).to_be_visible()
    expect(page.locator(".st-key-forecast .ytitle")).to_have_text(["level"])


def test_another_file_is_read_for_itself_and_the_settings_stay(session: Session) -> None:
    """Streamlit tells of a control that leaves the page as of one that was changed: no answer may come of it."""
    page = session.open(f"train?{QUICK}")
    axis, target = page.locator(".st-key-forecast .ytitle"), page.locator(".st-key-target-own input")
    orders = "day,flow\n" + "".join(f"{i % 12 + 1:02d}/{i // 12 + 1:02d}/2024,{i % 7}\n" for i in range(144))
    upload(page, orders.encode())
    page.locator("[class*=st-key-guess-day_first]").get_by_text("month first").click()
    expect(page).to_have_url(re.compile("read="))
    for name in ("one", "two", "three"):
        upload(page, sines(name))
        expect(axis).to_have_text([name])
        session.settled()
        expect(target).to_have_value(name)
        expect(page).not_to_have_url(re.compile("read=|target-own"))
    page.locator(".st-key-file").get_by_role("button", name="Remove mine.csv").click()
    expect(page.get_by_text("There is no series yet")).to_be_visible()
    session.settled()
    page.reload()
    expect(page.get_by_text("There is no series yet")).to_be_visible()
    expect(page.locator(".st-key-state_size")).to_contain_text("4")
    expect(page).to_have_url(re.compile("horizon=5"))


def test_a_date_and_a_part_outlast_a_reload(session: Session) -> None:
    page = session.open("train?series=seattle-weather&model=Persistence&v=3")
    page.locator(".st-key-forecast .main-svg").first.wait_for()
    page.get_by_role("button", name="As a length or a date").click()
    length = page.locator(".st-key-ahead input")
    length.fill("2 weeks")
    length.press("Enter")
    expect(page).to_have_url(re.compile("horizon=14"))
    page.keyboard.press("Escape")
    session.unfold(page.get_by_text("Part to use"))
    end = page.locator("[class*=st-key-part-last] input")
    end.fill("2014-06")
    end.press("Enter")
    expect(page.get_by_text("14 days, to 2014-07-14")).to_be_visible()
    session.settled().reload()
    expect(page.get_by_text("14 days, to 2014-07-14")).to_be_visible()
    expect(page.locator("[class*=st-key-part-last] input")).to_have_value("2014-06")
    expect(page).to_have_url(re.compile("read="))


# Whatever of these became an element, and not text, is listed, but for the page's own symbols.
OURS = [r"\tau_{\text{sys}}", r"\tau / (1 + \tau)", r"\tau"]
ALIVE = """() => [
    ...document.querySelectorAll('[data-testid="stMain"] img, .js-plotly-plot a, .MathJax, mjx-container, .katex'),
    ...document.querySelectorAll('a[href*="example.org"], [src*="example.org"], .js-plotly-plot i, b[title]'),
].filter(element => !OURS.includes(element.querySelector("annotation")?.textContent))
 .map(element => element.outerHTML.slice(0, 200))""".replace("OURS", json.dumps(OURS))
# Short enough that no chart shortens them.
HOSTILE = {
    "image": "![x](https://example.org/a.png)",
    "tag": "<img src=https://example.org/a.png onerror=alert(1)>",
    "link": '<a href="https://example.org">a</a> [b](https://example.org)',
    "formula": "$\\frac{1}{2}$ and %{y} https://example.org",
    "styles": "**bold** _it_ `code` :red[red] <b>b</b> <sub>s</sub>",
    "spreadsheet": '=HYPERLINK("https://example.org") :material/delete: :smile:',
}
IN_A_HEADER = [name for name in NAMES.values() if not re.search(r"[\n\r\0\ud800]", name) and len(name) < 300]


def characters(name: str) -> str:
    """A pattern of exactly this name; breaks that take no room may stand between its characters."""
    return "\u200b*" + "\u200b*".join(map(re.escape, name)) + "\u200b*"


def test_a_hostile_column_name_is_the_characters_it_is(session: Session) -> None:
    page = session.open(f"train?{QUICK}")
    earlier = page.get_by_text("results of earlier settings")
    axis = page.locator(".st-key-forecast .ytitle")
    for number, name in enumerate(HOSTILE.values()):
        upload(page, sines(name))
        expect(axis.filter(has_text=re.compile(f"^{characters(name)}$"))).to_have_count(1)
        expect(axis).to_have_count(1)
        assert page.evaluate(ALIVE) == []
        press(page, "train")
        expect(earlier).to_have_count(0)  # the result before, of the name before, is replaced
        result(page)
        expect(earlier).to_have_count(0)
        for tab in page.get_by_role("tab").all() if number < 2 else ():  # each has one way to write a name
            tab.click()
            session.settled()
            assert page.evaluate(ALIVE) == []
        pick(page, "model", ("GRU", "Liquid")[number % 2])
        expect(earlier).to_have_text(re.compile(characters(name)))  # a sentence of the page names the target
        result(page)  # and what is earlier stays
        assert page.evaluate(ALIVE) == []


def test_many_hostile_names_at_once_ask_nobody(session: Session) -> None:
    page = session.open("train")
    names = ",".join('"' + name.replace('"', '""') + '"' for name in IN_A_HEADER)
    rows = "".join(",".join(str((i * (j + 3)) % 17) for j in range(len(IN_A_HEADER))) + "\n" for i in range(120))
    upload(page, f"{names}\n{rows}".encode(), "![x](https://example.org/a.png)<img src=x>.csv")
    page.get_by_text("How the file was read: 120 rows").click()
    session.settled()
    expect(page.locator(".st-key-forecast .gtitle").first).to_be_visible()
    assert page.evaluate(ALIVE) == []
    target = page.locator("[class*=st-key-target-] input")
    for part in ("img src", "frac", "HYPERLINK"):
        select(page, target, part)
        session.settled()
        assert page.evaluate(ALIVE) == []


# What the page's live region has said so far
LISTEN = """() => {
    window.said = []
    const region = '[role="status"]'
    new MutationObserver(() => {
        for (const one of document.querySelectorAll(region)) {
            const text = one.textContent
            if (text && said.at(-1) !== text) said.push(text)
        }
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
}"""


def test_by_keyboard_and_ear_a_training_is_started_followed_and_read(arrive: Arrive) -> None:
    page = arrive(color_scheme="dark").open(f"train?{QUICK}")
    page.evaluate(LISTEN)
    train = page.locator(".st-key-train").get_by_role("button")
    train.focus()
    page.keyboard.press("Enter")
    result(page)
    expect(train).to_be_focused()
    page.wait_for_function("said.at(-1).startsWith('The training is done.')")
    assert all(text.startswith("Training, ") for text in page.evaluate("said")[:-1])
    assert barriers(page) == []
    for tab in ("Residuals", "Time constants", "Training", "Downloads"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_have_count(1)
        assert barriers(page) == []
