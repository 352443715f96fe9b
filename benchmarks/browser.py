"""The app in a real Chromium, as a visitor has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]  # a container gives root no sandbox and a small /dev/shm


@contextmanager
def app_and_browser(port: int) -> Iterator[tuple[str, Browser]]:
    """`streamlit run app.py` on `port`: its address, and a Chromium to open it with. Exits if none starts."""
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", *options], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        for line in server.stdout or ():
            if "URL:" in line:
                break
        with chromium() as browser:
            yield f"http://127.0.0.1:{port}", browser
    finally:
        server.terminate()
        server.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium; exits if none starts."""
    with sync_playwright() as playwright:
        path = os.environ.get("LIQUID_CHROMIUM") or shutil.which("chromium")  # None: Playwright's own
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error:
            sys.exit("No Chromium starts. Name one in LIQUID_CHROMIUM; `python3 tests/run.py` installs one.")
        yield browser
        browser.close()
