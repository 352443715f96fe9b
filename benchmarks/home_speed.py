"""How soon the first page shows its picture, and how evenly it moves, in a real Chromium.

The result is benchmarks/results/home_speed.json.

python -m benchmarks.home_speed            needs requirements-dev.txt and a Chromium, as tests/run.py sets them up

First picture: from a new document to the first drawing on the live layer's canvas, in browsers that have none of the
app's scripts. Frames: the times between the browser's animation frames while each preset plays, and while a layer
learns. Clocks are the browser's own. Run it on a quiet machine.
"""

from __future__ import annotations

import os

import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize

from benchmarks import RESULTS
from benchmarks.browser import app_and_browser
from liquid.studies import stored
from pages.home.settings import PRESETS

PORT = 8597
PATIENCE = 120_000  # ms
SCREEN: ViewportSize = {"width": 1280, "height": 900}
LOADS = 7
PLAYED = 8_000  # ms per preset
FIRST_DRAWN = """window.first = {}
const clear = CanvasRenderingContext2D.prototype.clearRect
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    first.picture ??= performance.now()
    return clear.apply(this, box)
}
new MutationObserver(() => {
    if (!first.title && document.querySelector("h1")) first.title = performance.now()
}).observe(document, {subtree: true, childList: true})
"""
FRAMES = """async played => {
    const times = [], end = performance.now() + played
    while (performance.now() < end) times.push(await new Promise(requestAnimationFrame))
    return times.slice(1).map((time, k) => time - times[k])
}"""
# What a frame costs the page's own thread: a drawing begins with clearing the canvas
WORK = """played => new Promise(done => {
    const draw = window.requestAnimationFrame, costs = []
    window.requestAnimationFrame = act => draw(time => {
        const started = performance.now()
        act(time)
        costs.push(performance.now() - started)
    })
    setTimeout(() => { window.requestAnimationFrame = draw; done(costs) }, played)
})"""


def first_picture(browser: Browser, address: str) -> dict[str, int]:
    """Median milliseconds to title and picture."""
    seen = []
    for _ in range(LOADS):
        page = browser.new_context(viewport=SCREEN).new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(FIRST_DRAWN)
        page.goto(address)
        page.wait_for_function("window.first.picture && window.first.title")
        seen.append(page.evaluate("[first.title, first.picture]"))
        page.context.close()
    title, picture = np.median(np.array(seen), axis=0)
    return {"title_ms": round(title), "picture_ms": round(picture), "loads": LOADS}


def moving(page: Page) -> dict[str, float]:
    """Times between frames, and what each cost, while the page plays."""
    between, work = page.evaluate(FRAMES, PLAYED), page.evaluate(WORK, PLAYED)
    return {
        "median_ms": round(float(np.median(between)), 1),
        "p99_ms": round(float(np.quantile(between, 0.99)), 1),
        "longest_ms": round(max(between), 1),
        "work_p99_ms": round(float(np.quantile(work, 0.99)), 1),
        "frames": len(between),
    }


def main() -> None:
    with app_and_browser(PORT) as (address, browser):
        warm = browser.new_page(viewport=SCREEN)
        warm.goto(address)
        warm.locator("canvas.picture").wait_for(timeout=PATIENCE)
        warm.wait_for_timeout(20_000)  # compiled loops are made ready in the background at a server's start
        warm.close()
        first = first_picture(browser, address)
        print(f"first picture: {first}", flush=True)
        page = browser.new_page(viewport=SCREEN)
        page.set_default_timeout(PATIENCE)
        frames = {}
        for preset in PRESETS:
            page.goto(f"{address}/?layer_preset={preset}")
            page.get_by_role("button", name="Pause", exact=True).wait_for()
            page.wait_for_timeout(2_000)
            frames[preset] = moving(page)
            print(f"{preset}: {frames[preset]}", flush=True)
        page.get_by_role("button", name="4. Noisy is not fast").click()
        page.get_by_role("button", name="Train it here").click()
        frames["learning"] = moving(page)
        print(f"learning: {frames['learning']}", flush=True)
    load = round(os.getloadavg()[0], 1)
    result = {"cores": os.cpu_count(), "load_average": load, "first_picture": first, "frames": frames}
    stored.save("home_speed", result, RESULTS, maker="benchmarks.home_speed")


if __name__ == "__main__":
    main()
