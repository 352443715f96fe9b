"""The benchmark page in a real Chromium: stored results at once, and a small run on a series that was pasted."""

from __future__ import annotations

import math

from conftest import Session
from playwright.sync_api import expect

from liquid.studies.benchmark import stored
from liquid.studies.benchmark.report import Standing


def test_stored_results_and_a_small_run_on_a_pasted_series(session: Session) -> None:
    page = session.open("benchmark")
    sentence = Standing.of(stored.load().rows).sentence.replace("*", "")
    expect(page.get_by_role("heading", name=sentence)).to_be_visible()
    expect(page.locator(f"{session.key('benchmark_error')} .legendtext", has_text="LSTM")).to_be_visible()
    page.get_by_role("radio", name="Paste").click()
    series = "value\n" + "\n".join(f"{math.sin(0.3 * t) + 0.5 * math.sin(0.8 * t):.4f}" for t in range(400))
    box = page.get_by_role("textbox", name="Text")
    box.fill(series)
    box.press("Control+Enter")
    page.get_by_role("button", name="Run a small one now").click()
    own = page.locator(session.key("benchmark_own"))
    expect(own.get_by_text("pasted text, just now")).to_be_visible(timeout=90_000)
    expect(own.locator(".legendtext", has_text="Liquid")).to_be_visible()
