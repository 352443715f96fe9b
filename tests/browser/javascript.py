"""Runs the pages' JavaScript modules in a real browser, without a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from pages.shared.scripts import component_script

PAGES = Path(__file__).resolve().parents[2] / "pages"
CALL = """async ([script, work, argument]) => {
    const address = URL.createObjectURL(new Blob([script], {type: "text/javascript"}))
    const {modules} = await import(address)
    const all = Object.assign({}, ...Object.values(modules))
    return eval(work)(all, argument)
}"""


def run(browser: Browser, module: str, work: str, argument: Any) -> Any:
    """What `work`, a JavaScript function of everything that the module and its imports export, makes of an argument."""
    page = browser.new_page()
    try:
        return page.evaluate(CALL, [component_script(PAGES / module), work, argument])
    finally:
        page.close()
