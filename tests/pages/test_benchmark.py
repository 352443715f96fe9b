"""The benchmark page as a visitor drives it, without a browser."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from liquid.studies.benchmark import stored
from liquid.studies.benchmark.verdict import ratios

PAGE = Path(__file__).resolve().parents[2] / "pages" / "benchmark.py"


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(PAGE, default_timeout=120).run()


def test_the_answer_is_the_stored_results(page: AppTest) -> None:
    lstm = next(ratio for ratio in ratios(stored.load().rows) if ratio.rival == "LSTM")
    assert page.markdown[0].value == f"### {lstm.sentence}"
    table = page.dataframe[0].value
    assert table.loc[table["rival"] == "LSTM", "error ratio"].item() == pytest.approx(lstm.ratio.mean)


def test_task_noise_and_axis_switch_the_picture(page: AppTest) -> None:
    drawn = {page.get("plotly_chart")[0].proto.spec}
    page.selectbox(key="benchmark_task").set_value("lorenz").run()
    drawn.add(page.get("plotly_chart")[0].proto.spec)
    page.segmented_control(key="benchmark_axis").set_value("Training time").run()
    drawn.add(page.get("plotly_chart")[0].proto.spec)
    noises = page.segmented_control(key="benchmark_noise").options
    page.segmented_control(key="benchmark_noise").set_value(page.segmented_control(key="benchmark_noise").value).run()
    assert not page.exception
    assert len(drawn) == 3
    assert noises[0] == "20 %"


def test_a_small_one_runs_and_hands_out_its_rows(page: AppTest) -> None:
    page.button(key="benchmark_live_ask").click().run()
    for _ in range(600):
        if len(page.dataframe) == 2:
            break
        time.sleep(0.1)
        page.run()
    assert not page.exception
    assert not page.error
    assert set(page.dataframe[1].value["rival"]) == {"LSTM", "GRU", "Linear AR", "Persistence"}
    assert page.dataframe[1].value["95 % low"].isna().all()  # two seeds allow no interval
