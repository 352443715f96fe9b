"""The README's picture, docs/train.png: the Train page after its default training, taken in a real Chromium.

python -m benchmarks.readme_picture        needs requirements-dev.txt and a Chromium, as tests/run.py sets them up
"""

from __future__ import annotations

from playwright.sync_api import Page, ViewportSize

from benchmarks.browser import ROOT, app_and_browser

PICTURE = ROOT / "docs" / "train.png"
PORT = 8599
SIZE: ViewportSize = {"width": 1280, "height": 860}
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


def main() -> None:
    with app_and_browser(PORT) as (address, browser):
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.5, color_scheme="light")
        page.set_default_timeout(PATIENCE)
        trained(page, address)
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
