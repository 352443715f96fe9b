"""The benchmark page as a visitor drives it, without a browser."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from liquid.studies.benchmark import grids, stored
from liquid.studies.benchmark.config import Cell
from liquid.studies.benchmark.ranking import Ranking
from liquid.studies.benchmark.report import Standing, levels, sections
from liquid.studies.benchmark.verdict import ratios
from liquid.studies.claims.networks import BETTER, PLAIN, WORDS
from liquid.studies.claims.shift_report import Networks, Shifted
from liquid.studies.claims.study import load
from pages.benchmark.shift import NAMES, SHIFTS

PAGE = Path(__file__).resolve().parents[2] / "pages" / "benchmark" / "page.py"


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(PAGE, default_timeout=120).run()


def test_the_answer_says_who_wins_and_ranks_all(page: AppTest) -> None:
    rows = stored.load().rows
    assert page.markdown[0].value == f"## {Standing.of(rows).sentence}"
    assert {"Linear AR", "Echo state", "Liquid"} <= set(Standing.of(rows).ranks)
    assert all(f"{model} {rank:.1f}" in page.markdown[1].value for model, rank in Ranking.of(rows).ranks.items())


def test_the_forest_draws_every_ratio_and_the_fold_has_its_number(page: AppTest) -> None:
    rows = stored.load().rows
    forest = json.loads(page.get("plotly_chart")[0].proto.spec)
    drawn = {trace["y"][0]: trace["x"][0] for trace in forest["data"]}
    for _, section in sections(rows, ratios(rows)):
        for label, one in section:
            assert drawn[label] == pytest.approx(one.ratio.mean)
    page.session_state["benchmark_numbers"] = True
    page.run()
    table = page.dataframe[0].value
    lstm = next(ratio for ratio in ratios(rows) if ratio.rival == "LSTM")
    assert table.loc[table["rival"] == "LSTM", "error ratio"].item() == pytest.approx(lstm.ratio.mean)
    assert list(table["noise"]) == [levels(ratio) for ratio in ratios(rows)]


def test_task_noise_and_axis_switch_the_picture(page: AppTest) -> None:
    drawn = {page.get("plotly_chart")[1].proto.spec}
    page.selectbox(key="benchmark_task").set_value("lorenz").run()
    drawn.add(page.get("plotly_chart")[1].proto.spec)
    page.segmented_control(key="benchmark_axis").set_value("Training time").run()
    drawn.add(page.get("plotly_chart")[1].proto.spec)
    noise = page.segmented_control(key="benchmark_noise")
    assert noise.options == ["0 %", "10 %", "20 %", "40 %"]
    assert noise.value == 0.2
    page.segmented_control(key="benchmark_noise").set_value(page.segmented_control(key="benchmark_noise").value).run()
    assert not page.exception
    assert len(drawn) == 3


def test_an_exact_filter_leaves_the_others_their_room(page: AppTest) -> None:
    page.segmented_control(key="benchmark_noise").set_value(0.0).run()
    drawn = json.loads(page.get("plotly_chart")[1].proto.spec)["data"]
    names = [trace["name"] for trace in drawn if trace["mode"] == "lines" and trace.get("name")]
    assert names == ["Linear AR: 4e-14, below", "Persistence"]
    assert [trace["y"] for trace in drawn if trace.get("name") == names[0]] == [[None, None]]


def test_a_series_of_the_visitors_is_named_where_it_is_forecast(page: AppTest) -> None:
    page.segmented_control(key="source").set_value("Paste").run()
    for rows, missing, said in (
        (400, -1, "its 400 values."),
        (1600, -1, "its newest 1,500 values."),
        (400, 99, "its 300 values of its longest stretch without a gap, 300 of 400 rows."),
    ):
        cells = ("" if t == missing else f"{t % 7}" for t in range(rows))
        text = "\n".join(["cold,warm", *(f"{cell},{t % 5}" for t, cell in enumerate(cells))])
        page.text_area(key="pasted").set_value(text).run()
        captions = [caption.value for caption in page.caption]
        assert f"Forecast one value ahead: the column cold, {said}" in captions


def test_a_small_one_runs_and_hands_out_its_rows(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    small = grids.small

    def smaller(*chosen: Any) -> tuple[Cell, ...]:
        return tuple(replace(one, steps=10, recipe=replace(one.recipe, length=400)) for one in small(*chosen))

    monkeypatch.setattr(grids, "small", smaller)
    page.button(key="benchmark_live_ask").click().run()
    for _ in range(600):
        if page.dataframe:
            break
        time.sleep(0.1)
        page.run()
    assert not page.exception
    assert not page.error
    assert set(page.dataframe[0].value["rival"]) == {"LSTM", "GRU", "Linear AR", "Persistence"}
    assert page.dataframe[0].value["low"].isna().all()  # two seeds allow no interval


@pytest.mark.parametrize("name", SHIFTS)
def test_a_shift_has_its_sentence_its_picture_and_its_table(name: str) -> None:
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.query_params.update(
        {"benchmark_view": "When the data shift", "shift_kind": name, "shift_task": "Mackey-Glass"}
    )
    page.run()
    assert not page.exception
    assert not page.error
    by_adam, found = (
        Shifted.of(Networks.of(load(), SHIFTS[name]), SHIFTS[name], "Mackey-Glass", WORDS[training])
        for training in (PLAIN, BETTER)
    )
    assert page.markdown[0].value == f"## {found.sentence}"
    (chart,) = page.get("plotly_chart")
    drawn = [trace["name"] for trace in json.loads(chart.proto.spec)["data"] if trace.get("name")]
    assert drawn == [NAMES.get(model, model) for model in (found.ours, *found.rivals)]
    table = page.table[0].value
    assert list(table["level"]) == [f"{100 * level:.0f} %" for level in found.levels]
    last = found.rivals[-1]
    assert table[NAMES.get(last, last)].iloc[-1] == f"{found.against(last, found.levels[-1])}"
    assert f"trained by {WORDS[BETTER]}" in chart.proto.spec
    page.segmented_control(key="shift_training").set_value(WORDS[PLAIN]).run()
    assert page.markdown[0].value == f"## {by_adam.sentence}"
    assert f"trained by {WORDS[PLAIN]}" in page.get("plotly_chart")[0].proto.spec
