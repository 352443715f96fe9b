"""The README's picture, docs/pages.png: three pages of the dashboard side by side, taken in a real Chromium.

python -m benchmarks.readme_picture        needs requirements-dev.txt and a Chromium, as tests/run.py sets them up
"""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Page, ViewportSize

from benchmarks.browser import ROOT, app_and_browser

PICTURE = ROOT / "docs" / "pages.png"
PORT = 8599
SIZE: ViewportSize = {"width": 1180, "height": 1000}
GAP = 24  # pixels between two pages
PATIENCE = 300_000  # ms


def trained(page: Page, address: str) -> None:
    """Train with the page's own defaults and bring the forecast into view."""
    page.goto(f"{address}/train")
    page.locator(".st-key-train").get_by_role("button").click()
    page.locator("h1").hover()  # the button's tooltip shall go
    forecast = page.locator(".st-key-forecast .js-plotly-plot .main-svg").first
    forecast.wait_for()
    page.locator(".st-key-training").wait_for(state="detached")
    page.get_by_role("heading", level=3).first.scroll_into_view_if_needed()
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


def main() -> None:
    pictures = []
    with app_and_browser(PORT) as (address, browser):
        for prepare in (trained, drawn("time_constant"), drawn("solver")):
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.set_default_timeout(PATIENCE)
            prepare(page, address)
            pictures.append(Image.open(io.BytesIO(page.screenshot())))
            page.close()
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    row = Image.new("RGB", (width, SIZE["height"]), "white")
    left = 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width + GAP
    row.quantize(128).save(PICTURE, optimize=True)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
