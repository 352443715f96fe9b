"""The README's picture, docs/train.png: the Train page after its default training, taken in a real Chromium.

python -m benchmarks.readme_picture        needs requirements-dev.txt and a Chromium, as tests/run.py sets them up
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import find, launch

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "train.png"
PORT = 8599
SIZE = {"width": 1280, "height": 860}
PATIENCE = 300_000  # ms


def trained(page: Page) -> None:
    """Train with the page's own defaults and bring the forecast into view."""
    page.goto(f"http://127.0.0.1:{PORT}/train")
    page.locator(".st-key-train").get_by_role("button").click()
    page.locator("h1").hover()  # the button's tooltip shall go
    forecast = page.locator(".st-key-forecast .js-plotly-plot .main-svg").first
    forecast.wait_for()
    page.locator(".st-key-training").wait_for(state="detached")
    page.get_by_role("heading", level=3).first.scroll_into_view_if_needed()
    forecast.evaluate("chart => chart.scrollIntoView({block: 'end'})")
    page.get_by_role("tooltip").wait_for(state="detached")


def main() -> None:
    options = ["--server.headless=true", f"--server.port={PORT}", "--server.address=127.0.0.1"]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", *options], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        for line in server.stdout or ():
            if "URL:" in line:
                break
        with sync_playwright() as playwright:
            path = find(playwright)
            if path is None:
                sys.exit("No Chromium was found. `python3 tests/run.py` installs one.")
            browser = launch(playwright, path)
            page = browser.new_page(viewport=SIZE, device_scale_factor=1.5, color_scheme="light")
            page.set_default_timeout(PATIENCE)
            trained(page)
            PICTURE.parent.mkdir(exist_ok=True)
            page.screenshot(path=PICTURE)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
