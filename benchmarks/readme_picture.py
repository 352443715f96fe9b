"""The pictures in README and docs, taken in a real Chromium, by day and by night.

docs/pages-light.png and docs/pages-dark.png are three pages side by side; docs/home-light.webp and docs/home-dark.webp
are Home's live layer, moving.

python -m benchmarks.readme_picture        needs requirements-dev.txt and a Chromium, as tests/run.py sets them up
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, ViewportSize

from benchmarks.browser import ROOT, app_and_browser

FOLDER = ROOT / "docs"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PORT = 8599
SIZE: ViewportSize = {"width": 1180, "height": 1000}
GAP = 24  # pixels between two pages
PATIENCE = 300_000  # ms
HOME: ViewportSize = {"width": 1000, "height": 640}
MOVING = 6.0  # seconds


def trained(page: Page, address: str) -> None:
    """Train with the page's own defaults and bring the forecast into view."""
    page.goto(f"{address}/train")
    page.locator(".st-key-train").get_by_role("button").click()
    page.locator("h1").hover()  # the button's tooltip shall go
    forecast = page.locator(".st-key-forecast .js-plotly-plot .main-svg").first
    forecast.wait_for()
    page.locator(".st-key-answer h2").wait_for()
    page.get_by_role("heading", level=2).first.scroll_into_view_if_needed()
    forecast.evaluate("chart => chart.scrollIntoView({block: 'end'})")
    page.get_by_role("tooltip").wait_for(state="detached")


def drawn(path: str) -> Callable[[Page, str], None]:
    """A page as it opens, once its charts stand still."""

    def open_page(page: Page, address: str) -> None:
        page.goto(f"{address}/{path}")
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        page.locator(".js-plotly-plot .main-svg").first.wait_for()
        page.wait_for_load_state("networkidle")

    return open_page


def moving(page: Page, address: str) -> tuple[list[Image.Image], list[int]]:
    """The live layer as it plays, with the milliseconds that each picture stands."""
    page.goto(f"{address}/?layer_preset=gate")
    layer = page.locator(".st-key-layer")
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.wait_for_timeout(2_000)
    layer.scroll_into_view_if_needed()
    pictures, times = [], [time.monotonic()]
    while times[-1] < times[0] + MOVING:
        pictures.append(opened(page))
        times.append(time.monotonic())
    return pictures, [round(1000 * (after - before)) for before, after in pairwise(times)]


def side_by_side(pictures: list[Image.Image], ground: str) -> Image.Image:
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    row, left = Image.new("RGB", (width, SIZE["height"]), ground), 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width + GAP
    return row


def opened(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def main() -> None:
    made = []
    with app_and_browser(PORT) as (address, browser):
        for scheme in SCHEMES:
            pictures = []
            for prepare in (trained, drawn("time_constant"), drawn("solver")):
                page = browser.new_page(viewport=SIZE, color_scheme=scheme)
                page.set_default_timeout(PATIENCE)
                prepare(page, address)
                pictures.append(opened(page))
                page.close()
            made.append(FOLDER / f"pages-{scheme}.png")
            side_by_side(pictures, "white" if scheme == "light" else "black").quantize(128).save(
                made[-1], optimize=True
            )
            page = browser.new_page(viewport=HOME, color_scheme=scheme)
            page.set_default_timeout(PATIENCE)
            frames, stand = moving(page, address)
            page.close()
            made.append(FOLDER / f"home-{scheme}.webp")
            frames[0].save(
                made[-1], save_all=True, append_images=frames[1:], duration=stand, loop=0, quality=60, method=4
            )
    for path in made:
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
