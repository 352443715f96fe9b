"""The sigmoid that a visitor drags: only a browser runs it."""

from __future__ import annotations

import re

from conftest import Session
from playwright.sync_api import expect


def test_dragging_the_operating_point_changes_sides(session: Session) -> None:
    page = session.open("time_constant")
    picture = page.locator("svg[aria-label^='Sigmoid']")
    picture.scroll_into_view_if_needed()
    words = page.locator(session.key("tau_sigmoid")).locator("p")
    box = picture.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.35, middle, steps=4)
    expect(words).to_contain_text(re.compile(r"z = -\d\.\d\d.*changes by −"))  # a closed gate is pulled open
    page.mouse.move(box["x"] + box["width"] * 0.75, middle, steps=4)
    expect(words).to_contain_text(re.compile(r"z = \d\.\d\d.*changes by \+"))
    page.mouse.up()
    page.get_by_label("Operating point z").press("Home")  # the keyboard does it too
    expect(words).to_contain_text("z = -8.00")
