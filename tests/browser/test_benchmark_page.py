"""The benchmark page in a real Chromium: the stored answer at once, and its pictures by choice."""

from __future__ import annotations

from conftest import Session
from playwright.sync_api import expect

from liquid.studies.benchmark import stored
from liquid.studies.benchmark.report import Standing


def test_the_stored_answer_and_its_pictures(session: Session) -> None:
    page = session.open("benchmark")
    sentence = Standing.of(stored.load().rows).sentence.replace("*", "")
    expect(page.get_by_role("heading", name=sentence)).to_be_visible()
    expect(page.locator(f"{session.key('benchmark_error')} .legendtext", has_text="LSTM")).to_be_visible()
    page.get_by_role("radio", name="By noise").click()
    session.settled()
    expect(page.locator(".js-plotly-plot .legendtext", has_text="without noise").first).to_be_visible()
    assert "benchmark_split=By+noise" in page.url
