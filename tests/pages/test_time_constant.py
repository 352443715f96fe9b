"""The time-constant page as a visitor drives it, without a browser."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components import tau

PAGE = Path(__file__).resolve().parents[2] / "pages" / "time_constant.py"


@pytest.fixture
def page() -> AppTest:
    tau._answers.clear()  # or a test would be answered by the one before
    return AppTest.from_file(PAGE, default_timeout=120).run()


def answer(page: AppTest) -> str:
    """What the page says once the simulation has followed."""
    job = page.session_state["tau_simulation"].job
    while job.active:
        time.sleep(0.05)
    page.run()
    assert not page.exception
    return str(page.markdown[0].value)


def test_the_theory_answers_before_the_simulation(page: AppTest) -> None:
    assert re.match(r"\*\*The theory predicts that mean tau_sys changes by [+-]\d+\.\d\d %", page.markdown[0].value)
    assert "At noise" in answer(page)


def test_first_load_answers_with_a_number_and_its_interval(page: AppTest) -> None:
    assert re.search(
        r"At noise 0\.5, mean tau_sys changes by [+-]\d+\.\d\d \[[+-]\d+\.\d\d, [+-]\d+\.\d\d\] %; "
        r"\d+ neurons? shrinks?, \d+ grows?, \d+ cannot be told\.",
        answer(page),
    )
    assert not page.error
    assert any("R² of the theory over neurons" in caption.value for caption in page.caption)


def test_every_knob_changes_the_answer(page: AppTest) -> None:
    first = answer(page)
    page.slider(key="tau_noise").set_value(1.0).run()
    assert answer(page).startswith("**At noise 1,")
    page.select_slider(key="tau_rate").set_value(2.0).run()
    answer(page)
    assert any("Fast is another claim" in text.value for text in page.markdown)
    page.segmented_control(key="tau_place").set_value("spike").run()
    up = answer(page)
    page.slider(key="tau_spike").set_value(-3.0).run()
    assert "With a spike of -3" in answer(page)
    assert len({first, up, answer(page)}) == 3


def test_a_fresh_layer_of_any_size(page: AppTest) -> None:
    page.segmented_control(key="tau_layer").set_value("Fresh, untrained").run()
    page.slider(key="tau_size").set_value(8).run()
    told = [int(count) for count in re.findall(r"(\d+) (?:neuron|grow|cannot)", answer(page))]
    assert sum(told) == 8


def test_the_verdict_answers_the_claim(page: AppTest) -> None:
    box = page.info[0]
    assert "tau_sys" in box.value
    assert re.search(r"gain of the newest sample changes \d+\.\d-fold", box.value)
