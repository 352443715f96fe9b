"""The part of a series to use, how far ahead in its own units, its outliers and its window: said, kept in the link."""

from __future__ import annotations

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_links import opened, values

from liquid.learning.config import TrainConfig
from pages.train.settings_link import query

SPIKED = "day,sold\n" + "\n".join(
    f"{np.datetime64('2024-01-01') + row},{(row * 7) % 13 + 20 + 200 * (row in (40, 150, 190))}" for row in range(200)
)


@pytest.fixture
def page() -> AppTest:
    page = opened("train", source="Paste", model="Linear AR", v="3")
    return page.text_area(key="pasted").set_value(SPIKED).run()


def said(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption).replace("\\", "").replace("\u200b", "")


def box(app: AppTest, name: str) -> str:
    (key,) = (text.key for text in app.text_input if str(text.key).startswith(f"part-{name}-"))
    return str(key)


def test_a_length_or_a_date_becomes_the_number_that_the_link_holds(page: AppTest) -> None:
    assert "12 days, to 2024-07-30. Up to 73 samples: as far as these data carry." in said(page)
    page.text_input(key="ahead").set_value("2 weeks").run()
    assert page.number_input(key="horizon").value == 14
    assert page.query_params["horizon"] == "14"
    assert "14 days, to 2024-08-01" in said(page)
    page.text_input(key="ahead").set_value("31 December").run()
    (problem,) = page.error
    assert "is too far ahead" in problem.value
    assert page.number_input(key="horizon").value == 14
    page.text_input(key="ahead").set_value("to 2024-07-20").run()
    assert page.number_input(key="horizon").value == 2
    assert not page.error


def test_a_part_is_read_kept_in_the_link_and_taken_back(page: AppTest) -> None:
    page.text_input(key=box(page, "first")).set_value("2024-02").run()
    page.text_input(key=box(page, "without")).set_value("2024-03-01 to 2024-03-05, 2024-04-09").run()
    assert json.loads(page.query_params["read"]) == {
        "first": "2024-02",
        "without": "2024-03-01 to 2024-03-05, 2024-04-09",
    }
    assert "169 rows, daily, 2024-02-01 to 2024-07-18, 6 values missing." in said(page)
    notes = " ".join(text.value for text in page.markdown).replace("\\", "").replace("\u200b", "")
    assert "Of 200 rows the 169 from 2024-02-01 to 2024-07-18 are used." in notes
    assert "Left out, as you said: 2024-03-01 to 2024-03-05; 5 rows count as missing." in notes
    hostile = "![](https://evil.example/x.png) `$x$`"
    page.text_input(key=box(page, "first")).set_value(hostile).run()
    (problem,) = page.error
    assert "](" not in problem.value  # escaped
    assert "no time of this series" in problem.value
    page.button(key="undo_reading").click().run()
    assert "read" not in page.query_params
    assert "200 rows, daily" in said(page)


def test_a_link_to_a_part_of_a_built_in_opens_that_part() -> None:
    reading = json.dumps({"first": "2013", "last": "2014"})
    link = query(TrainConfig(model="Persistence"), "seattle-weather", "temp_max", reading)
    app = opened("train", **link)
    assert not app.warning
    assert json.loads(app.query_params["read"]) == {"first": "2013", "last": "2014"}
    assert app.text_input(key=box(app, "first")).value == "2013"
    assert "12 days, to 2015-01-12" in said(app)
    app.selectbox(key="series").set_value("nile").run()
    assert "read" not in app.query_params  # it was about the other series
    app.selectbox(key="series").set_value("seattle-weather").run()
    assert "12 days, to 2015-01-12" in said(app)


def test_outliers_are_said_and_what_is_done_about_them(page: AppTest) -> None:
    assert "3 values are far from those just before (1 in the part for training, 1 in the part for" in said(page)
    assert "Left as they are" in said(page)
    page.selectbox(key="outliers").set_value("treat as missing").run()
    assert "so 1 of the part for testing is not scored" in said(page)
    link = query(TrainConfig(outliers="clip"), "water-flow", "flow")
    assert values(opened("train", **link))["outliers"] == "clip what is read and learned from"


def test_the_window_sees_a_season_and_older_links_keep_theirs() -> None:
    app = opened("train", series="rossler", v="3")
    assert app.slider(key="window").value == 70
    assert "Automatic: 70, as long as a season" in said(app)
    app.selectbox(key="series").set_value("nile").run()
    assert app.slider(key="window").value == TrainConfig.window
    app.selectbox(key="series").set_value("rossler").run()
    app.slider(key="window").set_value(100).run()
    app.button(key="window_again").click().run()
    assert app.slider(key="window").value == 70
    for version in ("1", "2"):
        assert values(opened("train", series="rossler", v=version))["window"] == TrainConfig.window
    shared = query(TrainConfig(), "rossler", "observed")
    assert values(opened("train", **shared))["window"] == TrainConfig.window  # that of the run, whatever is automatic
