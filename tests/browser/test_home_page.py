"""The live layer of the first page, as a visitor plays with it: only a browser runs it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Arrive, Session
from playwright.sync_api import Locator, Page, expect

STILL = {"reduced_motion": "reduce"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# Counts drawings of the picture and messages to workers from here on.
COUNT = """() => {
    window.counted = {frames: 0, messages: 0}
    const clear = CanvasRenderingContext2D.prototype.clearRect, post = Worker.prototype.postMessage
    CanvasRenderingContext2D.prototype.clearRect = function (...box) { counted.frames++; return clear.apply(this, box) }
    Worker.prototype.postMessage = function (...message) { counted.messages++; return post.apply(this, message) }
}"""
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden})
    document.dispatchEvent(new Event("visibilitychange"))
}"""
# Ten frames of the browser, in which a page that runs would draw ten times
TEN = """async () => {
    for (let k = 0; k < 10; k++) await new Promise(requestAnimationFrame)
    return counted.frames
}"""


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def numbers(page: Page, name: str) -> str:
    return page.locator(f'.formula [data-number="{name}"]').first.inner_text()


def now(width: float) -> float:
    """Where in the picture the newest sample is."""
    return round(width - min(260, 0.28 * width))


def heard(page: Page) -> Locator:
    return page.locator(".spoken")


@pytest.fixture
def still(arrive: Arrive) -> Session:
    """A visitor who asked for less motion: nothing moves before they press Play."""
    return arrive(**STILL)


def test_it_plays_at_once_and_draws_only_while_it_can_be_seen(session: Session) -> None:
    page = session.open()
    expect(button(page, "Pause")).to_be_visible()
    page.evaluate(COUNT)
    page.wait_for_function("counted.frames > 5")
    page.evaluate(HIDE, True)
    before = page.evaluate("counted.frames")
    assert page.evaluate(TEN) == before
    page.evaluate(HIDE, False)
    page.wait_for_function(f"counted.frames > {before + 5}")
    page.locator("[data-testid=stCaptionContainer]").last.scroll_into_view_if_needed()  # the picture is out of sight
    page.evaluate(TEN)
    before = page.evaluate("counted.frames")
    assert page.evaluate(TEN) == before


def test_less_motion_starts_paused_and_a_step_is_one_step(still: Session) -> None:
    page = still.open()
    expect(button(page, "Play")).to_be_visible()
    page.evaluate(COUNT)
    assert page.evaluate(TEN) == 0
    after = float(numbers(page, "after").replace("−", "-"))
    button(page, "Step").click()
    x, dt, rate = (float(numbers(page, name).strip("()").replace("−", "-")) for name in ("x", "dt", "rate"))
    assert x == after
    assert x + dt * rate == pytest.approx(float(numbers(page, "after").replace("−", "-")), abs=0.011)


def test_the_keyboard_works_it_and_a_screen_reader_hears_it(still: Session) -> None:
    page = still.open("?layer_preset=memory&layer_stream=silence")
    picture = page.locator("canvas.picture")
    expect(picture).to_have_accessible_name(re.compile("Space plays and pauses.* gate .* tau sys"))
    picture.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".which .name")).to_have_text("Neuron 2")
    expect(heard(page)).to_have_text(re.compile(r"Neuron 2: gate \d\.\d\d, state −?-?\d\.\d\d, tau sys \d\.\d\d\."))
    assert numbers(page, "I") == "0.00"
    page.keyboard.press("+")
    assert numbers(page, "I") == "3.00"
    page.keyboard.press("ArrowRight")
    assert numbers(page, "I") == "0.00"
    assert picture.evaluate("picture => picture.getRootNode().activeElement === picture")
    page.keyboard.press(" ")
    expect(button(page, "Pause")).to_be_visible()
    page.keyboard.press(" ")
    expect(button(page, "Play")).to_be_visible()
    expect(heard(page)).to_have_text(re.compile("Paused. Neuron 2"))


def test_a_number_and_its_part_of_the_picture_light_each_other(still: Session) -> None:
    page = still.open()
    picture, lit = page.locator("canvas.picture"), page.locator(".formula .lit")
    drawn = picture.evaluate("canvas => canvas.toDataURL()")
    page.locator('.formula [data-number="tau_sys"]').first.hover()
    expect(lit).to_have_count(4)
    assert picture.evaluate("canvas => canvas.toDataURL()") != drawn
    box = picture.bounding_box()
    assert box
    page.mouse.move(box["x"] + now(box["width"]) + 30, box["y"] + 122 + 16 + 2 * 42 + 17)  # the third neuron's gate
    expect(page.locator(".which .name")).to_have_text("Neuron 3")
    assert {part.get_attribute("data-part") for part in lit.all()} == {"f"}
    page.locator("label", has_text="dt").hover()
    assert {part.get_attribute("data-part") for part in lit.all()} == {"dt"}


def test_the_story_asks_and_answers_when_it_was_tried(still: Session) -> None:
    page = still.open("?layer_preset=spikes")
    answer = page.locator(".answer")
    expect(page.locator(".question")).to_contain_text("Does a spike shorten every memory?")
    expect(answer).to_have_text("")
    page.locator(".tries").get_by_role("button", name="Spike up").click()
    expect(answer).to_have_text(re.compile(r"^Up: τsys fell in 6 neurons and rose in 2\.$"))
    page.locator(".bar").get_by_role("button", name="Spike down").click()  # by hand it counts as well
    expect(answer).to_have_text(re.compile(r"Down: it fell in 2 and rose in 6"))
    page.get_by_role("button", name="Next: Noisy is not fast").click()
    page.get_by_role("slider", name="Noise").fill("1")
    expect(answer).to_have_text(re.compile(r"shrinks in \d neurons? and grows in \d, by up to \d\.\d %"))
    page.get_by_role("button", name="5. When Euler runs away").click()
    page.get_by_role("button", name="dt = 1.4").click()
    expect(answer).to_contain_text("between 0.75 (gate open) and 1.20 (closed). dt = 1.40 is beyond both")
    expect(page.locator(".notice")).to_have_text("It ran away: dt = 1.4")
    page.get_by_role("button", name="Back to dt = 0.1").click()
    expect(page.locator(".notice")).to_be_hidden()


def test_a_click_is_a_spike_and_a_drag_draws_the_stream(still: Session) -> None:
    page = still.open("?layer_preset=memory&layer_stream=silence&layer_neuron=8")

    def place() -> tuple[float, float]:
        """Of the newest sample, at the stream's zero."""
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box
        return box["x"] + now(box["width"]), box["y"] + 70

    picture, calm = page.locator("canvas.picture"), numbers(page, "tau_sys")
    left, middle = place()
    page.mouse.click(left, middle - 30)
    up = numbers(page, "tau_sys")
    button(page, "Reset").click()
    assert numbers(page, "tau_sys") == calm
    left, middle = place()
    page.mouse.click(left, middle + 30)
    down = numbers(page, "tau_sys")
    assert (float(up) - float(calm)) * (float(down) - float(calm)) < 0
    button(page, "Reset").click()
    left, middle = place()
    page.mouse.move(left - 200, middle)
    page.mouse.down()
    page.mouse.move(left + 20, middle - 40, steps=6)
    page.mouse.up()
    assert numbers(page, "tau_sys") != calm
    expect(page.locator(".answer")).to_contain_text("37 % of what was there is left")


def test_a_finger_that_swipes_scrolls_the_page(arrive: Arrive) -> None:
    session = arrive(**PHONE, **STILL)
    page = session.open()
    before = page.locator("canvas.picture").evaluate("canvas => canvas.toDataURL()")
    finger = page.context.new_cdp_session(page)
    box = page.locator("canvas.picture").bounding_box()
    assert box
    for k in range(12):
        at = {"x": box["x"] + 100, "y": box["y"] + 60 - 25 * k}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove" if k else "touchStart", "touchPoints": [at]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 200")
    assert page.locator("canvas.picture").evaluate("canvas => canvas.toDataURL()") == before  # and drew nothing


def test_it_learns_in_the_browser_and_stays_with_its_seed(session: Session) -> None:
    page = session.open("?layer_preset=noise&layer_stream=sine&layer_seed=11")
    floors = numbers(page, "tau")
    asked = len(session.asked)
    button(page, "Train it here").click()
    expect(page.locator(".learned")).to_contain_text(re.compile(r"errs 0\.\d\d times as much as repeating the last"))
    expect(heard(page)).not_to_have_text("")
    button(page, "Stop").click()
    assert numbers(page, "tau") != floors  # neurons find their time constants
    assert [address for address in session.asked[asked:] if not address.startswith("blob:")] == []  # no server work
    button(page, "Reset").click()
    assert numbers(page, "tau") == floors
    button(page, "Another seed").click()
    assert "layer_seed=11&" not in page.url + "&"


def test_in_silence_there_is_nothing_to_learn(still: Session) -> None:
    page = still.open("?layer_preset=memory&layer_stream=silence")
    button(page, "Train it here").click()
    expect(page.locator(".learned")).to_have_text("This stream does not change: there is nothing to forecast.")
    expect(button(page, "Train it here")).to_be_visible()


def test_a_hidden_tab_does_not_learn(session: Session) -> None:
    page = session.open("?layer_preset=noise")
    button(page, "Train it here").click()
    expect(page.locator(".learned")).to_contain_text("updates")
    page.evaluate(COUNT)
    page.evaluate(HIDE, True)
    assert page.evaluate("counted.messages") == 1  # pause
    page.evaluate(TEN)
    before = page.locator(".learned").inner_text()
    page.evaluate(TEN)
    assert page.locator(".learned").inner_text() == before
    page.evaluate(HIDE, False)
    expect(page.locator(".learned")).not_to_have_text(before)
    button(page, "Stop").click()


def test_a_link_brings_back_preset_settings_and_seed(arrive: Arrive) -> None:
    one, other = arrive(**STILL), arrive(**STILL)
    page = one.open()
    page.get_by_role("button", name="4. Noisy is not fast").click()
    page.get_by_role("slider", name="Noise").fill("0.45")
    page.get_by_role("combobox", name="Stream").select_option("drawn")
    page.get_by_role("combobox", name="Pace").select_option("2")
    button(page, "Another seed").click()
    box = page.locator("canvas.picture").bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 240, box["y"] + 100, steps=5)
    page.mouse.up()
    page.wait_for_url(lambda address: "layer_drawn" in parse_qs(urlsplit(address).query))
    query = urlsplit(page.url).query
    again = other.open(f"?{query}")
    expect(again.get_by_role("button", name="4. Noisy is not fast")).to_have_attribute("aria-pressed", "true")
    for name in ("noise", "dt", "stream", "pace"):
        one_has, other_has = (each.locator(f'[data-setting="{name}"]').input_value() for each in (page, again))
        assert one_has == other_has
    assert again.locator(".seed").inner_text() == page.locator(".seed").inner_text()
    assert parse_qs(urlsplit(again.url).query) == parse_qs(query)
    # a drawn stream is kept in 64 levels, so the numbers agree to a twentieth
    (x, y) = (float(numbers(each, "I").strip("()").replace("−", "-")) for each in (page, again))
    assert x == pytest.approx(y, abs=0.06)


def test_another_theme_keeps_what_was_set(arrive: Arrive) -> None:
    session = arrive(color_scheme="dark", **STILL)
    page = session.open("?layer_preset=memory")
    page.get_by_role("combobox", name="Stream").select_option("lorenz")
    drawn = page.locator("canvas.picture").evaluate("canvas => canvas.toDataURL()")
    page.emulate_media(color_scheme="light")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(255, 255, 255)")
    session.settled()
    assert page.get_by_role("combobox", name="Stream").input_value() == "lorenz"
    assert page.locator("canvas.picture").evaluate("canvas => canvas.toDataURL()") != drawn
    page.emulate_media(color_scheme="dark")


def test_back_is_the_page_before_with_its_settings(session: Session) -> None:
    page = session.open()
    page.get_by_role("button", name="3. Spike up, spike down").click()
    page.get_by_test_id("stSidebarNav").get_by_text("Claims").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What does the article get right?")
    assert "layer_" not in session.settled().url
    page.go_back()
    expect(page.get_by_role("button", name="3. Spike up, spike down")).to_have_attribute("aria-pressed", "true")
    session.settled()
