"""From a slider's release to the new picture, in a real Chromium: data/results/page_speed.json.

python -m benchmarks.page_speed            needs requirements-dev.txt and a Chromium, as tests/run.py sets them up

Clocks are the browser's own: from the key's release to the first change inside the picture. Run it on a quiet machine.
"""

from __future__ import annotations

import os
import sys
from itertools import cycle, islice

import numpy as np
from playwright.sync_api import Page

from benchmarks.browser import app_and_browser
from liquid.studies import stored

PORT = 8598
PATIENCE = 120_000  # ms
MOVES = 60
KEYS = ("ArrowRight",) * 2 + ("ArrowLeft",) * 2
GLANCE = 500  # ms between two looks at the clock: looking more often would slow the page down
# Page, slider, picture: the picture that the slider's question is answered by.
SLIDERS = (
    ("solver", "calm-dt", "solver_paths"),
    ("solver", "calm-unfolds", "solver_paths"),
    ("solver", "calm-state-size", "solver_paths"),
    ("time_constant", "tau_noise", "tau_heat"),
)
WATCH = """picture => {
    window.moved = {released: 0, seen: []}
    addEventListener("keyup", () => { window.moved.released = performance.now() }, true)
    const inside = change => change.target.closest?.(picture)
    new MutationObserver(changes => {
        if (changes.some(inside)) window.moved.seen.push(performance.now())
    }).observe(document.body, {subtree: true, attributes: true, childList: true, attributeFilter: ["d", "href"]})
}"""
DELAY = "window.moved.seen.find(t => t > window.moved.released) - window.moved.released"
QUIET = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def settle(page: Page) -> None:
    page.wait_for_selector(QUIET)
    page.wait_for_timeout(300)  # what the last run left to draw


def delays(page: Page, slider: str, picture: str) -> list[float]:
    """Milliseconds from each release to the picture's first change."""
    handle = page.locator(f".st-key-{slider} input[type=range]")
    page.evaluate(WATCH, f".st-key-{picture}")
    found = []
    for key in islice(cycle(KEYS), MOVES):
        page.evaluate("window.moved.released = 0; window.moved.seen = []")
        handle.focus()
        page.keyboard.press(key)
        page.wait_for_timeout(GLANCE)
        settle(page)
        found.append(float(page.evaluate(DELAY)))  # a picture that did not change is NaN, and fails below
    return found


def main() -> None:
    measured = {}
    with app_and_browser(PORT) as (address, browser):
        for name, slider, picture in SLIDERS:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(PATIENCE)
            page.goto(f"{address}/{name}")
            page.wait_for_selector(f".st-key-{picture} .main-svg")
            settle(page)
            taken = np.array(delays(page, slider, picture))
            if not np.isfinite(taken).all():
                sys.exit(f"{name}: {slider} left the picture as it was {np.isnan(taken).sum()} times.")
            median, p95 = np.quantile(taken, [0.5, 0.95])
            measured[f"{name}: {slider}"] = {"median_ms": round(median), "p95_ms": round(p95), "moves": len(taken)}
            print(f"{name}: {slider}: median {median:.0f} ms, p95 {p95:.0f} ms over {len(taken)} moves", flush=True)
            page.close()
    load = os.getloadavg()[0]
    stored.save("page_speed", {"cores": os.cpu_count(), "load_average": round(load, 1), "sliders": measured})


if __name__ == "__main__":
    main()
