"""How soon pages answer in a real Chromium: from a slider's release to the new picture, a first load, a shared link.

The result is benchmarks/results/page_speed.json.

python -m benchmarks.page_speed            needs requirements-dev.txt and a Chromium, as tests/run.py sets them up

Clocks are the browser's own: from the key's release to the first change inside the picture. Every move goes to a value
that this server has not seen, so nothing is answered from a cache. Run it on a quiet machine.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize

from benchmarks import RESULTS
from benchmarks.browser import app_and_browser
from liquid.__main__ import main as liquid
from liquid.runs.store import Store
from liquid.studies import stored

PORT = 8598
PATIENCE = 120_000  # ms
WARM_UP = 20_000  # ms: compiled loops are made ready in the background at a server's start
GLANCE = 500  # ms between two looks at the clock: looking more often would slow the page down
PRESETS = ("calm", "fast", "stiff", "unstable")
# What is moved: its page and slider, from the slider's lowest value to its highest; and the picture that answers.
SLIDERS = {
    "dt": ([(f"solver?preset={name}", f"{name}-dt") for name in PRESETS], "solver_paths"),
    "unfolds": ([(f"solver?preset={name}", f"{name}-unfolds") for name in PRESETS], "solver_paths"),
    "state size": ([(f"solver?preset={name}", f"{name}-state-size") for name in PRESETS], "solver_paths"),
    "noise": ([("time_constant", "tau_noise")], "tau_heat"),
}
WATCH = """picture => {
    window.moved = {released: 0, seen: []}
    addEventListener("keyup", () => { window.moved.released = performance.now() }, true)
    const inside = change => change.target.closest?.(picture)
    new MutationObserver(changes => {
        if (changes.some(inside)) window.moved.seen.push(performance.now())
    }).observe(document.body, {subtree: true, attributes: true, childList: true, attributeFilter: ["d", "href"]})
}"""
SCREEN: ViewportSize = {"width": 1280, "height": 900}
FIRST = "time_constant", ".st-key-tau_heat .heatmaplayer image"
SHARED_PICTURE = ".st-key-forecast .scatterlayer path.js-line"
LOADS = 5
FIRST_SEEN = """window.first = {}
const seen = (name, selector) => {
    if (!(name in first) && document.querySelector(selector)) first[name] = performance.now()
}
new MutationObserver(() => { seen("title", "%(title)s"); seen("picture", "%(picture)s") })
    .observe(document, {subtree: true, childList: true})
"""
DELAY = "window.moved.seen.find(t => t > window.moved.released) - window.moved.released"
QUIET = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def settle(page: Page) -> None:
    page.wait_for_selector(QUIET)
    page.wait_for_timeout(300)  # what the last run left to draw


def delays(page: Page, slider: str, picture: str) -> list[float]:
    """Milliseconds from each release to the picture's first change, over every value of the slider but those seen."""
    handle = page.locator(f".st-key-{slider} input[type=range]")
    started, highest = handle.input_value(), float(handle.get_attribute("max") or 0)
    handle.press("Home")
    page.wait_for_timeout(GLANCE)
    settle(page)
    page.evaluate(WATCH, f".st-key-{picture}")
    delays = []
    while float(handle.input_value()) < highest:
        page.evaluate("window.moved.released = 0; window.moved.seen = []")
        handle.press("ArrowRight")
        page.wait_for_timeout(GLANCE)
        settle(page)
        if handle.input_value() != started:
            delays.append(float(page.evaluate(DELAY)))  # a picture that did not change is NaN, and fails below
    return delays


def first_loads(browser: Browser, place: str, picture: str, cached: bool) -> dict[str, int]:
    """Median milliseconds from a new document to title and picture, where the browser has its scripts and where not."""
    seen = []
    context = browser.new_context(viewport=SCREEN)
    for turn in range(LOADS + cached):
        context = context if cached else browser.new_context(viewport=SCREEN)
        tab = context.new_page()
        tab.add_init_script(FIRST_SEEN % {"title": "h1", "picture": picture})
        tab.goto(place, timeout=PATIENCE)
        tab.wait_for_selector(picture, timeout=PATIENCE)
        settle(tab)
        if turn or not cached:  # the first of a context fills its cache
            seen.append(tab.evaluate("[first.title, first.picture]"))
        tab.close()
    title, drawn = np.median(np.array(seen), axis=0)
    return {"title_ms": round(title), "picture_ms": round(drawn)}


def shared_run(folder: Path) -> str:
    """The id of a run of the Train page's size, saved where the app will look for it."""
    os.environ["LIQUID_DATABASE_URL"] = f"sqlite:///{folder / 'store.sqlite3'}"
    for command in (["train", "mackey-glass", "--out", str(folder / "run")], ["runs", "save", str(folder / "run")]):
        if liquid(command):
            sys.exit("No run could be trained and saved.")
    store = Store.open()
    (run,) = store.everything()
    store.close()
    return run.id


def main() -> None:
    with TemporaryDirectory() as folder:
        shared = shared_run(Path(folder))
        measure(shared)


def measure(shared: str) -> None:
    measured = {}
    with app_and_browser(PORT) as (address, browser):
        page = browser.new_page(viewport=SCREEN)
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.wait_for_timeout(WARM_UP)
        for name, (places, picture) in SLIDERS.items():
            moves: list[float] = []
            for where, slider in places:
                page.goto(f"{address}/{where}")
                page.wait_for_selector(f".st-key-{picture} .main-svg")
                settle(page)
                moves += delays(page, slider, picture)
            taken = np.array(moves)
            if not np.isfinite(taken).all():
                sys.exit(f"{name} left the picture as it was {np.isnan(taken).sum()} times.")
            median, p95 = np.quantile(taken, [0.5, 0.95])
            measured[name] = {"median_ms": round(median), "p95_ms": round(p95), "moves": len(taken)}
            print(f"{name}: median {median:.0f} ms, p95 {p95:.0f} ms over {len(taken)} moves", flush=True)
        page.close()
        loads = {}
        opened = {"first_load": FIRST, "shared_run": (f"train?run={shared}", SHARED_PICTURE)}
        for what, (place, drawn) in opened.items():
            loads[what] = {
                name: first_loads(browser, f"{address}/{place}", drawn, cached)
                for name, cached in (("new", False), ("known", True))
            }
            print(f"{what}, by browser: {loads[what]}", flush=True)
    load = os.getloadavg()[0]
    stored.save(
        "page_speed",
        {"cores": os.cpu_count(), "load_average": round(load, 1), "sliders": measured, **loads},
        RESULTS,
        maker="benchmarks.page_speed",
    )


if __name__ == "__main__":
    main()
