"""A stranger's file on the page: said in a sentence, asked where it is open, and gone when it is removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "app.py"
DAYS = [f"2024-{month:02d}-{day:02d}" for month in range(1, 7) for day in range(1, 29)]
SHOPS = "day,shop,sold\n" + "".join(
    f"{day},{shop},{(7 * i + shop * 100) % 50 + shop * 100}\n" for i, day in enumerate(DAYS) for shop in (1, 2)
)
CENSORED = "day,level\n" + "".join(f"{day},{'<0.5' if i % 9 == 0 else i % 7 + 0.5}\n" for i, day in enumerate(DAYS))


@pytest.fixture
def page() -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=300).run()
    page = app.switch_page("pages/train/page.py").run()
    return page.segmented_control(key="source").set_value("Upload").run()


def uploaded(page: AppTest, text: str) -> AppTest:
    page.file_uploader(key="file").upload("mine.csv", text.encode()).run()
    assert [problem.value for problem in page.exception] == []
    return page


def captions(page: AppTest) -> str:
    return "\n".join(caption.value.replace("\\", "") for caption in page.sidebar.caption)


def test_one_of_several_series_is_chosen_where_it_is_asked(page: AppTest) -> None:
    uploaded(page, SHOPS)
    assert "168 rows, daily" in captions(page)
    assert "2024-01-01 to 2024-06-28" in captions(page)
    (box,) = (box for box in page.sidebar.selectbox if str(box.key).startswith("guess-series"))
    assert box.options == ["1: 168 rows, 2024-01-01 to 2024-06-28", "2: 168 rows, 2024-01-01 to 2024-06-28"]
    box.set_value((("shop", "2"),)).run()
    assert [problem.value for problem in page.exception] == []
    assert json.loads(page.query_params["read"]) == {"series": {"shop": "2"}}
    assert "as you said" in captions(page)


def test_cells_that_hold_no_number_are_a_question_that_one_click_answers(page: AppTest) -> None:
    uploaded(page, CENSORED)
    (question,) = (warning.value.replace("\\", "") for warning in page.sidebar.warning)
    assert "of the form '<9'" in question.replace("\u200b", "")
    (box,) = (box for box in page.sidebar.selectbox if str(box.key).startswith("guess-unread"))
    box.set_value("missing").run()
    assert [warning.value for warning in page.sidebar.warning] == []
    assert "values missing" in captions(page)


def test_a_file_that_is_removed_is_gone(page: AppTest) -> None:
    uploaded(page, SHOPS)
    page.file_uploader(key="file").set_value(None).run()
    assert "uploaded" not in page.session_state
    assert [button.key for button in page.button if button.key == "train"] == []
