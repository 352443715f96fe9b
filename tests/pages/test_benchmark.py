"""The benchmark page as a visitor drives it, without a browser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from liquid.studies.benchmark import grids, stored
from liquid.studies.benchmark.config import SIZED, Cell, CellResult
from liquid.studies.benchmark.ranking import Ranking
from liquid.studies.benchmark.report import Standing, levels
from liquid.studies.benchmark.stored import Stored
from liquid.studies.benchmark.tasks import TASKS
from liquid.studies.benchmark.verdict import Setting, by, by_task, ratios
from liquid.studies.claims.networks import BETTER, PLAIN, WORDS
from liquid.studies.claims.shift_report import Networks, Shifted
from liquid.studies.claims.study import load
from pages.benchmark.results import SPLITS
from pages.benchmark.shift import NAMES, SHIFTS

PAGE = Path(__file__).resolve().parents[2] / "pages" / "benchmark" / "page.py"
SKILL = {"Liquid": 0.8, "LSTM": 1.0, "GRU": 0.8, "Echo state": 0.6, "Linear AR": 2.0, "Persistence": 3.0}
NAMED = ("lorenz", "ecg", "switching-level", "sines", "rossler", "mackey-glass", "henon", "rulkov", "ikeda-map")
MADE = (*NAMED, "co2", "elnino", "chua")
RANKS, RATIOS, BY_TASK, ERROR = range(4)  # the pictures, from the top


def made() -> Stored:
    """Twelve tasks on which Liquid is better than LSTM, equal to GRU and worse than an echo state network."""
    rng = np.random.default_rng(0)
    cells = [
        Cell(task, noise, model, size, seed)
        for task in MADE
        for noise in (0.0, 0.2)
        for model in SKILL
        for size in ((100, 300) if model in SIZED else (100,))
        for seed in range(3)
    ]
    cells += [
        Cell("lorenz", 0.2, model, 300, seed, n) for model in ("Liquid", "LSTM") for seed in range(3) for n in (37, 75)
    ]
    return Stored.of("stored", [_row(cell, float(rng.normal(0, 0.01))) for cell in cells], complete=True)


def _row(cell: Cell, luck: float) -> CellResult:
    """An error by model, noise and length of training."""
    error = 0.1 * SKILL[cell.model] * (1 + 3 * cell.noise) * (300 / cell.steps) ** 0.3 * np.exp(luck)
    if (cell.model, cell.task, cell.noise) == ("Linear AR", "sines", 0.0):
        error = 4e-14
    rate = 0.2 if cell.model in ("Liquid", "LSTM", "GRU") else None
    return CellResult(cell, 5, cell.parameters, rate, (0.1,) if rate else (), float(error), cell.steps / 300)


@pytest.fixture(scope="module")
def result() -> Iterator[Stored]:
    """In place of the stored result, for all tests here."""
    whole = made()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "load", lambda: whole)
        st.cache_resource.clear()
        yield whole
    st.cache_resource.clear()


@pytest.fixture
def page(result: Stored) -> AppTest:
    return AppTest.from_file(PAGE, default_timeout=120).run()


def picture(page: AppTest, place: int) -> Any:
    return json.loads(page.get("plotly_chart")[place].proto.spec)


def rows_of(figure: Any) -> dict[str, float]:
    """Ratios by the label of their row."""
    labels = figure["layout"]["yaxis"]["ticktext"]
    return {labels[y]: x for trace in figure["data"] for x, y in zip(trace["x"], trace["y"], strict=True)}


def test_the_answer_says_who_wins_and_what_liquid_is_beside_every_rival(page: AppTest, result: Stored) -> None:
    assert not page.exception
    assert page.markdown[0].value == f"## {Standing.of(result.rows).sentence}"
    lines = page.markdown[1].value.split("\n")
    assert lines[0] == (
        "- **Liquid is:** More accurate than LSTM, Linear AR and Persistence. Equal within 5 % to GRU. Less accurate "
        "than Echo state."
    )
    assert "Liquid is more accurate than LSTM: its error is 0.8" in lines[1]
    assert lines[2].startswith("- **The hardest rival:** Echo state is more accurate")


def test_the_ranks_are_drawn_and_said(page: AppTest, result: Stored) -> None:
    found = Ranking.of(result.rows)
    assert rows_of(picture(page, RANKS)) == pytest.approx(found.ranks)
    bars = [one for one in picture(page, RANKS)["layout"]["shapes"] if one.get("xref") == "paper"]
    assert len(bars) == len(found.groups)
    alt = page.get("plotly_chart")[RANKS].proto.alt
    assert all(f"{model} {rank:.1f}" in alt for model, rank in found.ranks.items())


def test_the_forest_draws_every_ratio_and_the_fold_has_its_number_and_word(page: AppTest, result: Stored) -> None:
    compared = ratios(result.rows)
    assert rows_of(picture(page, RATIOS)) == pytest.approx({one.rival: one.ratio.mean for one in compared})
    page.session_state["benchmark_numbers"] = True
    page.run()
    table = page.dataframe[0].value
    assert list(table["error ratio"]) == pytest.approx([one.ratio.mean for one in compared])
    assert list(table["Liquid is"]) == [one.word for one in compared]
    assert list(table["noise"]) == [levels(one) for one in compared]


@pytest.mark.parametrize(("name", "setting"), SPLITS.items())
def test_a_split_draws_every_part_and_the_fold_names_it(
    page: AppTest, result: Stored, name: str, setting: Setting
) -> None:
    page.session_state["benchmark_numbers"] = True
    page.segmented_control(key="benchmark_split").set_value(name).run()
    parts = by(setting, result.rows)
    drawn = [x for trace in picture(page, RATIOS)["data"] for x in trace["x"] if x is not None]
    assert sorted(drawn) == pytest.approx(sorted(part.ratio.ratio.mean for part in parts))
    table = page.dataframe[0].value
    assert list(table["where"]) == [part.label for part in parts]
    assert list(table["Liquid is"]) == [part.ratio.word for part in parts]


def test_one_rival_is_the_one_chosen(page: AppTest) -> None:
    page.selectbox(key="benchmark_rival").set_value("GRU").run()
    page.segmented_control(key="benchmark_split").set_value("One rival").run()
    assert not page.exception
    labels = picture(page, RATIOS)["layout"]["yaxis"]["ticktext"]
    assert labels[:3] == ["<b>The GRU alone</b>", "without noise", "noise of 20 %"]


def test_every_task_stands_by_its_kind_and_sorted(page: AppTest, result: Stored) -> None:
    for rival, noise in (("LSTM", 0.2), ("Linear AR", 0.2), ("Linear AR", 0.0)):
        page.selectbox(key="benchmark_rival").set_value(rival)
        page.segmented_control(key="benchmark_noise").set_value(noise).run()
        expected = [one for one in by_task(result.rows, rival) if one.noise == noise]
        drawn = rows_of(picture(page, BY_TASK))
        assert drawn == pytest.approx({one.task: one.ratio.mean for one in expected})
        assert ("sines" in drawn) == (noise > 0 or rival == "LSTM")  # there the filter is the series' own law
        section: list[float] = []
        for label in picture(page, BY_TASK)["layout"]["yaxis"]["ticktext"]:
            section = [] if label.startswith("<b>") else [*section, drawn[label]]
            assert section == sorted(section)
    assert any("Liquid is ahead of Linear AR on **11 of 11 tasks**" in one.value for one in page.markdown)


def test_task_noise_and_axis_switch_the_picture(page: AppTest) -> None:
    drawn = {page.get("plotly_chart")[ERROR].proto.spec}
    page.selectbox(key="benchmark_task").set_value("rossler").run()
    drawn.add(page.get("plotly_chart")[ERROR].proto.spec)
    page.segmented_control(key="benchmark_axis").set_value("Training time").run()
    drawn.add(page.get("plotly_chart")[ERROR].proto.spec)
    noise = page.segmented_control(key="benchmark_noise")
    assert noise.options == ["0 %", "20 %"]
    noise.set_value(0.0).run()
    drawn.add(page.get("plotly_chart")[ERROR].proto.spec)
    assert not page.exception
    assert len(drawn) == 4


def test_time_is_a_curve_over_lengths_where_there_are_several(page: AppTest) -> None:
    page.segmented_control(key="benchmark_axis").set_value("Training time").run()
    steps = {trace["name"]: trace["x"] for trace in picture(page, ERROR)["data"] if trace.get("name") in SKILL}
    assert steps["Liquid"] == pytest.approx([37 / 300, 75 / 300, 1.0])
    assert len(steps["GRU"]) == 1
    said = next(one.value for one in page.markdown if one.value.startswith("To an error of"))
    assert said.index("Liquid needs") < said.index("LSTM needs **1 s**")
    page.selectbox(key="benchmark_task").set_value("ecg").run()
    assert len(next(trace["x"] for trace in picture(page, ERROR)["data"] if trace.get("name") == "Liquid")) == 2
    assert any("for one length alone" in one.value for one in page.markdown)


def test_an_exact_filter_leaves_the_others_their_room(page: AppTest) -> None:
    page.selectbox(key="benchmark_task").set_value("sines")
    page.segmented_control(key="benchmark_noise").set_value(0.0).run()
    drawn = picture(page, ERROR)["data"]
    names = [trace["name"] for trace in drawn if trace["mode"] == "lines" and trace.get("name")]
    assert names == ["Linear AR: 4e-14, below", "Persistence"]
    assert [trace["y"] for trace in drawn if trace.get("name") == names[0]] == [[None, None]]


def test_the_fold_has_every_task_with_its_source_and_what_is_reached(page: AppTest) -> None:
    page.session_state["benchmark_about"] = True
    page.run()
    assert not page.exception
    table = page.dataframe[0].value.set_index("task")
    assert set(table.index) == set(TASKS)
    assert not (table["origin"] == "").any()
    assert not (table["licence"] == "").any()
    assert table.loc["lorenz", "best simple method"] == "Linear AR"
    assert table.loc["lorenz", "Liquid"] == pytest.approx(0.128, rel=0.05)
    assert np.isnan(table.loc["half-cheetah", "Liquid"])


def test_how_it_was_measured_says_what_was_chosen_and_what_is_exact(page: AppTest) -> None:
    said = "\n".join(one.value for one in page.markdown)
    assert "Linear AR is exact on sines" in said
    assert "| Liquid | 144 |" in said
    assert "python -m liquid benchmark" in said


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
    for _ in range(60):
        if page.dataframe:
            break
        time.sleep(1.0)  # a run of the page takes the time that the work could have
        page.run()
    assert not page.exception
    assert not page.error
    assert set(page.dataframe[0].value["rival"]) == {"LSTM", "GRU", "Linear AR", "Polynomial AR", "Persistence"}
    assert page.dataframe[0].value["low"].isna().all()  # two seeds allow no interval


def test_the_stored_result_is_shown() -> None:
    st.cache_resource.clear()
    page = AppTest.from_file(PAGE, default_timeout=120).run()
    assert not page.exception
    assert page.markdown[0].value == f"## {Standing.of(stored.load().rows).sentence}"


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
