"""A file with gaps, and with rows to forecast: the page says how many values are missing, and counts the known ones."""

from __future__ import annotations

import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_links import opened

ROWS, ASKED, GAPS = 160, 4, (60, 61, 62, 140, 150)


def file() -> bytes:
    values = [f"{np.sin(row / 4):.4f}" for row in range(ROWS)]
    for row in (*GAPS, *range(ROWS - ASKED, ROWS)):
        values[row] = ""
    return "\n".join(["wave,beside", *(f"{value},{row % 7}" for row, value in enumerate(values))]).encode()


@pytest.fixture(scope="module")
def page() -> AppTest:
    app = opened("train", source="Upload", model="Linear AR", horizon="3")
    app = app.file_uploader(key="file").upload("mine.csv", file()).run()
    app = app.button(key="train").click().run()
    for _ in range(200):
        if "run" in app.session_state:
            break
        time.sleep(0.1)
        app = app.run()
    return app


def words(page: AppTest) -> str:
    return " ".join(caption.value for caption in page.caption).replace("\\", "").replace("\u200b", "")


def test_what_is_missing_is_said(page: AppTest) -> None:
    assert not page.exception
    assert f"{len(GAPS)} of {ROWS - ASKED} values of 'wave' are missing" in words(page)
    assert "The last 4 rows have no 'wave' yet: that is what is forecast, the first 3 of them" in words(page)


def test_the_results_count_known_values(page: AppTest) -> None:
    run = page.session_state["run"]
    assert (run.report.points, len(run.report.truth)) == (29, 31)
    errors = [metric for metric in page.metric if metric.label.startswith("RMSE")]
    assert [metric.label for metric in errors] == ["RMSE over 3 steps", "RMSE, one step ahead"]
    for rmse in errors:
        assert "29 test values" in rmse.help
        assert "2 are missing and do not count" in rmse.help
    assert "of the 29 test values" in words(page)
    assert "the 151 values of wave (9 are missing) with their times" in words(page)  # what sharing stores
    assert run.forecast.stamps.tolist() == [ROWS - ASKED, ROWS - ASKED + 1, ROWS - ASKED + 2]
