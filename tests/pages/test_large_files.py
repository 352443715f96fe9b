"""A large file is read in a process of its own: no script waits, and what comes out is what a small file gives."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import series_picker

APP = Path(__file__).resolve().parents[2] / "app.py"
DEADLINE = 120.0  # seconds
ROWS = "\n".join(f"{row},{row * row % 97}" for row in range(300))
OPEN = "a,b\n" + "\n".join(f"{row},{'about 3' if row % 10 == 0 else row * row % 97}" for row in range(300))


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setattr(series_picker, "AT_ONCE", 1000)
    app = AppTest.from_file(str(APP), default_timeout=300).run()
    page = app.switch_page("pages/train/page.py").run()
    yield page.segmented_control(key="source").set_value("Upload").run()
    for job in page.session_state["session"]._jobs:
        job.stop()


def uploaded(page: AppTest, text: str) -> AppTest:
    return page.file_uploader(key="file").upload("mine.csv", text.encode()).run()


def read(page: AppTest) -> AppTest:
    """As a browser does, which runs the watching part again until the job is over."""
    end = time.monotonic() + DEADLINE
    while "reading" in page.session_state and page.session_state["reading"].job.active:
        assert time.monotonic() < end
        time.sleep(0.05)
    page.run()
    assert [problem.value for problem in page.exception] == []
    return page


def test_a_large_file_is_read_beside_the_page_and_a_question_reaches_it(page: AppTest) -> None:
    uploaded(page, OPEN)
    assert page.session_state["reading"].job.active  # the script did not wait
    assert page.button(key="reading_stop")
    read(page)
    asked = next(radio for radio in page.radio if str(radio.key).startswith("guess-unread"))
    asked.set_value("missing").run()
    read(page)
    assert "reading" not in page.session_state
    assert not page.button(key="train").disabled


def test_a_large_file_that_cannot_be_read_is_a_sentence_and_the_next_is_read(page: AppTest) -> None:
    read(uploaded(page, "a,b\n" + "some words,and more\n" * 200))
    (problem,) = page.error
    assert "numbers" in problem.value
    read(uploaded(page, "a,b\n" + ROWS))
    assert not page.error
    assert not page.button(key="train").disabled


def test_a_reading_that_is_stopped_can_be_begun_again(page: AppTest) -> None:
    uploaded(page, "a,b\n" + ROWS + "\n300,1")
    page.session_state["reading"].job.stop()
    read(page)
    assert not page.error
    page.button(key="reading_ask").click().run()
    read(page)
    assert not page.button(key="train").disabled
