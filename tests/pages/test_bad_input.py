"""What a visitor may bring that is no series: one sentence each, no traceback, and nothing entered before is lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "app.py"


def column(*values: object, rows: int = 120) -> bytes:
    return "\n".join(["value", *(str(values[i % len(values)]) for i in range(rows))]).encode()


BAD = {
    "empty file": b"",
    "text only": b"the quick brown fox\njumps over\nthe lazy dog\n" * 30,
    "three rows": b"value\n1\n2\n3\n",
    "all missing": column("NaN"),
    "constant column": column(7),
    "300 columns": "\n".join([",".join(f"c{i}" for i in range(300)), *([",".join("1" * 300)] * 80)]).encode(),
    "binary file": bytes(range(256)) * 40,
    "one line of 50 MB": b"1234567890" * 5_000_000,
}


def sentences(page: AppTest) -> list[str]:
    """The problems that the page shows, as they are read."""
    return [problem.value.replace("\u200b", "") for problem in page.error]


@pytest.fixture(scope="module")
def page() -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=300).run()
    page = app.switch_page("pages/train/page.py").run()
    page.slider(key="state_size").set_value(5)
    page.segmented_control(key="source").set_value("Upload").run()
    return page


def assert_a_good_file_finds_all_as_it_was(page: AppTest) -> None:
    page.file_uploader(key="file").upload("mine.csv", column(1, 4, 2, 5, 3)).run()
    assert [problem.value for problem in page.exception] == []
    assert sentences(page) == []
    assert not page.button(key="train").disabled
    assert page.slider(key="state_size").value == 5


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_bad_input_is_answered_with_a_sentence(page: AppTest, content: bytes) -> None:
    page.file_uploader(key="file").upload("mine.csv", content).run()
    while "reading" in page.session_state and page.session_state["reading"].job.active:  # it is large
        time.sleep(0.05)
    page.run()
    assert [problem.value for problem in page.exception] == []
    (sentence,) = sentences(page)
    assert 30 < len(sentence) < 500
    assert sentence.endswith((".", ".\\)"))
    assert all(button.disabled for button in page.button if button.key == "train")
    assert_a_good_file_finds_all_as_it_was(page)


def test_infinite_values_are_repaired_and_said(page: AppTest) -> None:
    page.file_uploader(key="file").upload("mine.csv", column(1.0, 2.0, "inf", 4.0, 3.0)).run()
    assert sentences(page) == []
    assert any("infinite" in text.value for text in page.markdown)
    assert_a_good_file_finds_all_as_it_was(page)
