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


def test_a_sum_is_that_of_all_series_whichever_was_looked_at_before(page: AppTest) -> None:
    uploaded(page, SHOPS)
    (box,) = (box for box in page.sidebar.selectbox if str(box.key).startswith("guess-series"))
    box.set_value((("shop", "2"),)).run()
    (ways,) = (ways for ways in page.sidebar.radio if str(ways.key).startswith("guess-combine"))
    ways.set_value("sum").run()
    assert json.loads(page.query_params["read"]) == {"combine": "sum"}
    assert "Of the 2 series, one for each 'shop', the sum of all rows of a time was taken, as you said" in captions(
        page
    )
    assert [box.key for box in page.sidebar.selectbox if str(box.key).startswith("guess-series")] == []
    page.button(key="undo_reading").click().run()
    assert "'1' was taken, the longest" in captions(page)


def test_every_answer_stands_beside_its_outcome(page: AppTest) -> None:
    uploaded(page, "day,v\n" + "".join(f"{i % 12 + 1:02d}/{i // 12 + 1:02d}/2024,{i % 7}\n" for i in range(144)))
    (order,) = (radio for radio in page.sidebar.radio if str(radio.key).startswith("guess-day_first"))
    shown = [option.replace("\\", "").replace("\u200b", "") for option in order.options]
    assert shown == ["day first: 2 January 2024", "month first: 1 February 2024"]
    assert order.value is True
    uploaded(page, CENSORED)
    (question,) = (radio for radio in page.sidebar.radio if str(radio.key).startswith("guess-unread"))
    assert question.options == ["count these cells as missing"]
    assert list(question.proto.captions) == ["19 of 168 values missing"]


def test_settings_outlast_a_file_that_asks_and_one_that_is_removed(page: AppTest) -> None:
    page.number_input(key="horizon").set_value(5).run()
    uploaded(page, CENSORED)
    assert page.number_input(key="horizon").value == 5  # in sight, though there is no series yet
    page.file_uploader(key="file").set_value(None).run()
    assert page.number_input(key="horizon").value == 5


def test_cells_that_hold_no_number_are_a_question_that_one_click_answers(page: AppTest) -> None:
    uploaded(page, CENSORED)
    (question,) = (warning.value.replace("\\", "") for warning in page.sidebar.warning)
    assert "of the form '<9'" in question.replace("\u200b", "")
    (box,) = (box for box in page.sidebar.radio if str(box.key).startswith("guess-unread"))
    assert box.value is None  # nothing was decided for the visitor
    box.set_value("missing").run()
    assert [warning.value for warning in page.sidebar.warning] == []
    assert "values missing" in captions(page)


def test_a_file_that_is_removed_is_gone(page: AppTest) -> None:
    uploaded(page, SHOPS)
    page.file_uploader(key="file").set_value(None).run()
    assert "uploaded" not in page.session_state
    assert [button.key for button in page.button if button.key == "train"] == []
