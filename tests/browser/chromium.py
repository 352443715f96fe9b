"""Finds a Chromium that starts: one that is named, one on the PATH, or Playwright's own.

As a script it prints the path of the first that starts, and exits with 1 if there is none. Importing it needs no
library: tests/run.py looks here for a browser before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
PLAYWRIGHT_FOLDER = Path.home() / ".cache" / "ms-playwright"  # on Linux
# A container gives root no sandbox and a small /dev/shm. The rest keeps the browser from calling home at its start.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def installed() -> Iterator[str]:
    """Browsers of this machine, best first: named by LIQUID_CHROMIUM, on the PATH, or an application of macOS."""
    paths = [os.environ.get("LIQUID_CHROMIUM"), *map(shutil.which, NAMES), MAC]
    yield from (path for path in paths if path and os.path.exists(path))


def downloaded() -> bool:
    """Whether Playwright has downloaded a browser of its own on Linux."""
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", PLAYWRIGHT_FOLDER))
    return any(folder.glob("chromium-*"))


def launch(playwright: Playwright, path: str) -> Browser:
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


def find(playwright: Playwright) -> str | None:
    """The first browser that starts and opens a page; why others did not goes to stderr."""
    from playwright.sync_api import Error  # noqa: PLC0415 - before, nothing may be installed

    own = playwright.chromium.executable_path
    for path in [*installed(), *([own] if os.path.exists(own) else [])]:
        try:
            browser = launch(playwright, path)
            browser.new_page().close()
            browser.close()
        except Error as error:
            print(f"{path} does not start: {error.message.splitlines()[0]}", file=sys.stderr)
        else:
            return path
    return None


if __name__ == "__main__":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chosen = find(started)
    if chosen is None:
        sys.exit(1)
    print(chosen)
