"""The app in a real Chromium, as a visitor has it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import find, launch

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def app_and_browser(port: int) -> Iterator[tuple[str, Browser]]:
    """`streamlit run app.py` on `port`: its address, and a Chromium to open it with. Exits where there is none."""
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
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
            yield f"http://127.0.0.1:{port}", browser
            browser.close()
    finally:
        server.terminate()
        server.wait()
