"""A promotion that is planned, in a real browser: from the file's last rows into the forecast, and what it is worth."""

from __future__ import annotations

import random

from conftest import Session
from playwright.sync_api import expect
from test_train_page import press, result, select, upload


def plan(rows: int = 200, ahead: int = 6) -> bytes:
    """Sales that a promotion raises by 5; the last rows have promotions alone."""
    rng = random.Random(0)
    lines = ["date,sold,promo"]
    for row in range(rows + ahead):
        promo = int(rng.random() < 0.3)
        sold = f"{10 + 5 * promo + rng.gauss(0, 1):.3f}" if row < rows else ""
        lines.append(f"2024-{1 + row // 28:02d}-{1 + row % 28:02d},{sold},{promo}")
    return "\n".join(lines).encode()


def test_a_planned_promotion_is_read_ahead_and_its_worth_is_told(session: Session) -> None:
    page = session.open("train?model=Echo+state&members=1&state_size=4&window=16&horizon=6&v=3")
    upload(page, plan())
    fold = page.get_by_test_id("stExpander").filter(has_text="Known ahead")
    columns = fold.get_by_role("combobox", name="Columns known ahead")
    expect(columns.filter(visible=True)).to_have_count(0)  # folded until it is wanted
    session.unfold(fold.locator("summary"))
    select(page, columns, "promo")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)  # an open menu would take the next click for itself
    session.settled()
    assert "ahead-own-sold=promo" in page.url
    press(page, "train")
    expect(page.locator(".st-key-answer")).to_be_visible()
    result(page)
    page.get_by_role("tab", name="Columns").click()
    press(page, "worth_ask")
    expect(page.get_by_text("Without 'promo' the error over 6 steps ahead is")).to_be_visible()
    session.settled()
