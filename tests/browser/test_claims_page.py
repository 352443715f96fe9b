"""The claims page in a real Chromium: each claim once, with its drawing, and a demonstration that opens at its top."""

from __future__ import annotations

from conftest import Session
from playwright.sync_api import expect

from liquid.studies.claims.catalogue import CLAIMS

DOWN = "() => document.querySelector('[data-testid=\"stMain\"]').scrollTop"


def test_a_demonstration_far_down_opens_at_its_top(session: Session) -> None:
    page = session.open("benchmark?benchmark_view=When the data shift")  # what it needs is cached: it is long at once
    page.get_by_role("link", name="Claims").click()
    session.settled()
    expect(page.locator('[class*="st-key-claim-"] img')).to_have_count(len(CLAIMS))
    page.locator(session.key("details-irregular")).get_by_text("Why, and try it").click()
    session.settled()
    button = page.locator(f"{session.key('demo-irregular')} button:visible")
    button.scroll_into_view_if_needed()
    assert page.evaluate(DOWN) > 500
    button.click()
    expect(page.get_by_role("heading", name="Which model makes the most")).to_be_visible()
    session.settled()
    assert page.evaluate(DOWN) == 0
