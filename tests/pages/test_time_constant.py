"""The time-constant page as a visitor drives it, without a browser."""

from __future__ import annotations

import base64
import json
import math
import re
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run
from liquid.learning.run import run as train
from liquid.series.series import Series
from liquid.studies.claims.study import load
from pages.shared.display import TAU_SYS, symbols
from pages.time_constant import tau

PAGE = Path(__file__).resolve().parents[2] / "pages" / "time_constant" / "page.py"


@pytest.fixture
def page() -> AppTest:
    tau._responses.clear()  # or a test would be answered by the one before
    return AppTest.from_file(PAGE, default_timeout=120).run()


SYMBOL = re.escape(TAU_SYS)


def answer(page: AppTest) -> str:
    """What the page says once the simulation has followed."""
    job = page.session_state["tau_simulation"].job
    while job.active:
        time.sleep(0.05)
    page.run()
    assert not page.exception
    return str(page.markdown[1].value)


def test_the_theory_answers_before_the_simulation(page: AppTest) -> None:
    assert re.match(r"The layer shown here\. The theory predicts \*\*[+-]\d+\.\d\d %", page.markdown[1].value)
    assert "at noise" in answer(page)


def test_first_load_answers_with_a_verdict_and_one_number_and_keeps_the_interval_in_the_fold(page: AppTest) -> None:
    assert re.fullmatch(
        r"The layer shown here\. \*\*(Yes|Partly|No|Not decided)\*\*: at noise 0\.5, mean "
        + SYMBOL
        + r" (falls|rises) by "
        r"\*\*\d+\.\d+ %\*\*; \d+ of 32 neurons shrinks?, \d+ grows?, \d+ (is|are) inconclusive\.",
        answer(page),
    )
    assert any(re.search(r"[+-]\d\.\d\d \[[+-]\d\.\d\d, [+-]\d\.\d\d\] %", text.value) for text in page.markdown)
    assert not page.error
    assert any("R² of the theory over neurons" in caption.value for caption in page.caption)


def test_where_the_theory_does_not_hold_the_simulation_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tau._responses.clear()
    tau.theory.clear()
    usual = tau.pretrained.load("lorenz")
    long = replace(usual, weights=replace(usual.weights, dt=0.5))
    monkeypatch.setattr(tau.pretrained, "load", lambda name: long)
    tau._layer.clear()
    page = AppTest.from_file(PAGE, default_timeout=120).run()
    try:
        assert "noise theory does not hold for this layer" in page.warning[0].value
        assert "theory predicts" not in page.markdown[1].value
        assert answer(page).startswith("The layer shown here. **")
        assert any("The simulation alone" in caption.value for caption in page.caption)
        assert not any("R²" in caption.value for caption in page.caption)
        assert [chart.key for chart in page.get("plotly_chart")][:2] == ["tau_heat", "tau_bars"]
    finally:
        tau._layer.clear()
        tau.theory.clear()
        tau._responses.clear()


def test_every_knob_changes_the_answer(page: AppTest) -> None:
    first = answer(page)
    page.slider(key="tau_noise").set_value(1.0).run()
    assert answer(page).count(": at noise 1,") == 1
    page.select_slider(key="tau_rate").set_value(2.0).run()
    answer(page)
    assert any("Fast is another claim" in text.value for text in page.markdown)
    page.segmented_control(key="tau_place").set_value("spike").run()
    up = answer(page)
    page.slider(key="tau_spike").set_value(-3.0).run()
    assert "with a spike of -3" in answer(page)
    assert len({first, up, answer(page)}) == 3


def test_a_fresh_layer_of_any_size(page: AppTest) -> None:
    page.segmented_control(key="tau_layer").set_value("Fresh, untrained").run()
    page.slider(key="tau_size").set_value(8).run()
    told = [int(count) for count in re.findall(r"(\d+) (?:of|grow|is|are)", answer(page))]
    assert sum(told) == 8


def test_the_verdict_is_that_of_the_claims_page(page: AppTest) -> None:
    assert page.markdown[0].value == symbols(f"## {load()['noise'].answer.markdown}")
    page.segmented_control(key="tau_place").set_value("spike").run()
    assert page.markdown[0].value == symbols(f"## {load()['spike'].answer.markdown}")


def test_a_control_that_does_nothing_is_not_shown(page: AppTest) -> None:
    def shown() -> set[str]:
        return {str(slider.key) for slider in page.slider}

    assert {"tau_noise", "tau_phi"} <= shown()
    assert not {"tau_spike", "tau_at", "tau_size"} & shown()
    page.segmented_control(key="tau_place").set_value("spike").run()
    assert {"tau_spike", "tau_at"} <= shown()
    assert not {"tau_noise", "tau_phi"} & shown()
    page.segmented_control(key="tau_layer").set_value("Fresh, untrained").run()
    assert "tau_size" in shown()


def test_rows_keep_their_order_while_the_noise_is_dragged(page: AppTest) -> None:
    orders = []
    for level in (0.1, 2.0):
        page.slider(key="tau_noise").set_value(level).run()
        figure = json.loads(page.get("plotly_chart")[0].proto.spec)
        orders.append(next(trace["y"] for trace in figure["data"] if trace["type"] == "heatmap"))
    assert orders[0] == orders[1]


def test_the_neuron_of_the_sigmoid_has_the_number_that_the_scatter_has(page: AppTest) -> None:
    answer(page)
    scatter = json.loads(page.get("plotly_chart")[1].proto.spec)
    predicted = [trace["x"] for trace in scatter["data"] if trace.get("mode") == "markers"]
    least = min(min(decoded(x)) for x in predicted)
    assert any(f"changes by {least:+.2f} %, as predicted above" in caption.value for caption in page.caption)


def test_what_the_network_remembers(page: AppTest) -> None:
    page.session_state["tau_memory"] = True
    page.run()
    told = next(text.value for text in page.markdown if "Effective time constants" in text.value)
    assert re.search(SYMBOL + r" over neurons and time: \d+\.\d samples", told)
    assert re.search(r"for (\d+ samples|longer than the rest of the series)\.", told)


def test_a_spike_is_drawn_where_it_is_put(page: AppTest) -> None:
    page.segmented_control(key="tau_place").set_value("spike").run()
    page.slider(key="tau_at").set_value(0.0).run()
    assert "A spike of +3 at this place changes that sample's mean" in page.markdown[1].value
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    spike = next(trace for trace in figure["data"] if trace.get("name") == "spike")
    assert spike["x"] == [0, 0]
    assert spike["y"][1] - spike["y"][0] == pytest.approx(3.0)


def test_without_noise_nothing_changes_and_nothing_is_compared(page: AppTest) -> None:
    page.slider(key="tau_noise").set_value(0.0).run()
    assert f"**No**: at noise 0, a change of mean {TAU_SYS} cannot be told from zero: **0 %**" in answer(page)
    assert any("there is nothing to compare" in caption.value for caption in page.caption)


def test_a_short_series_played_fast_has_an_operating_point() -> None:
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.query_params["series"] = "nile"  # 25 samples at that rate: fewer than the usual warm-up
    page.query_params["tau_rate"] = "4.0"
    page.run()
    assert not page.exception
    assert math.isfinite(json.loads(page.get("bidi_component")[0].proto.json)["z"])


def test_how_much_of_a_series_with_gaps_is_read_is_said() -> None:
    page = AppTest.from_file(PAGE, default_timeout=120).run()
    page.segmented_control(key="source").set_value("Paste").run()
    cells = ("" if t in (20, 21, 170) else f"{math.sin(t / 4):.4f}" for t in range(200))
    page.text_area(key="pasted").set_value(
        "wave,beside\n" + "\n".join(f"{cell},1{t % 7}" for t, cell in enumerate(cells))
    )
    page.run()
    assert not page.exception
    said = "3 of 200 values are missing: the layer reads 148 of the 197 known ones, from row 23 on"
    assert any(said in caption.value for caption in page.caption)


def test_two_trainings_of_one_name_are_not_taken_for_each_other() -> None:
    runs = [trained(seed) for seed in (0, 1)]
    first, second = (tau.of_run(run) for run in runs)
    assert runs[0].series.title == runs[1].series.title
    assert runs[0].config == runs[1].config
    assert first.key != second.key
    assert tau.of_run(runs[0]).key == first.key


def test_a_training_by_real_time_is_refused_with_a_reason() -> None:
    run = trained(0)
    with pytest.raises(LiquidError, match="real time between samples"):
        tau.of_run(replace(run, config=replace(run.config, timespans=True)))


def decoded(values: list[float] | dict[str, str]) -> list[float]:
    """Numbers as Plotly writes them: a list, or base64."""
    if isinstance(values, list):
        return values
    return [float(value) for value in np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])]


@cache
def trained(seed: int) -> Run:
    """A quick training on values that differ by `seed` and are called the same."""
    values = np.random.default_rng(seed).normal(size=(300, 1)).cumsum(axis=0)
    series = Series(np.arange(300.0), values, ("value",), "pasted text", time_kind="index")
    *_, finished = train(series, TrainConfig(state_size=4, steps=5, members=1))
    assert isinstance(finished, Run)
    return finished
