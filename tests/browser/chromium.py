"""Finds a Chromium that starts: one that is named, one on the PATH, or Playwright's own.

As a script it prints the path of the first that starts, and exits with 1 when there is none.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
# A container gives root no sandbox and a small /dev/shm. The rest keeps the browser from calling home at its start.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def candidates(playwright: Playwright) -> Iterator[str]:
    """Paths worth a try, best first."""
    named = os.environ.get("LIQUID_CHROMIUM")
    found = [named, *map(shutil.which, NAMES), MAC, playwright.chromium.executable_path]
    yield from (path for path in found if path and os.path.exists(path))


def launch(playwright: Playwright, path: str) -> Browser:
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


def find(playwright: Playwright) -> str | None:
    """The first candidate that starts and opens a page; why others did not goes to stderr."""
    for path in candidates(playwright):
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
    with sync_playwright() as started:
        chosen = find(started)
    if chosen is None:
        sys.exit(1)
    print(chosen)
