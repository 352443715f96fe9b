"""The solver page as a visitor drives it, without a browser."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from liquid.charts.style import LIGHT
from liquid.dynamics.solvers import SOLVERS, Solver, solver_named, vector_field
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series import generators
from liquid.studies.convergence.paths import follow
from liquid.studies.convergence.study import PRESETS, ConvergenceConfig, accuracy, ode_problem
from pages.shared.address import read_address
from pages.shared.display import symbols
from pages.solver import subject
from pages.solver.views import VIEWS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "pages" / "solver" / "page.py"


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(PAGE, default_timeout=120).run()


def answer(page: AppTest) -> str:
    assert not page.exception
    assert not page.error
    return str(page.markdown[0].value)


def studied(config: ConvergenceConfig) -> str:
    problem = ode_problem(config)
    return symbols(f"## {accuracy(problem, problem.solve(), solver_named(config.solver), config.unfolds).answer}")


def test_the_number_in_words_is_the_studys_for_every_preset(page: AppTest) -> None:
    for name, config in PRESETS.items():
        page.segmented_control(key="preset").set_value(name).run()
        assert answer(page) == studied(config)


def test_every_control_changes_the_answer(page: AppTest) -> None:
    calm = PRESETS["calm"]
    page.select_slider(key="calm-unfolds").set_value(4).run()
    assert answer(page) == studied(replace(calm, unfolds=4))
    page.select_slider(key="calm-dt").set_value(0.5).run()
    assert answer(page) == studied(replace(calm, unfolds=4, dt=0.5))
    page.selectbox(key="calm-solver").set_value("heun").run()
    page.select_slider(key="calm-state-size").set_value(4).run()
    page.selectbox(key="calm-source").set_value("nile").run()
    page.slider(key="calm-gain").set_value(2.0).run()
    expected = ConvergenceConfig(
        state_size=4, dt=0.5, unfolds=4, solver="heun", source="nile", gain=2.0, seed=calm.seed
    )
    assert answer(page) == studied(expected)
    assert "python -m liquid convergence --source nile --samples 200 --state-size 4" in page.code[0].value


def test_every_tab_opens(page: AppTest) -> None:
    page.segmented_control(key="preset").set_value("unstable").run()
    for tab, keys in {"Order": 1, "Cost": 1, "Stability": 2, "dt is a clock": 1, "Forecast": 1}.items():
        page.session_state["solver_tab"] = tab
        page.run()
        assert not page.exception
        assert len(page.get("plotly_chart")) == 2 + keys
    assert any("Train a Liquid model" in info.value for info in page.info)


def test_a_problem_is_said_on_the_page_and_the_last_picture_stays(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, usual = page.get("plotly_chart")[0].proto.spec, subject.subject_of

    def fails(config: ConvergenceConfig, run: Run | None) -> subject.Subject:
        if config.dt > 0.4:
            raise LiquidError("It gives up.")
        return usual(config, run)

    monkeypatch.setattr(subject, "subject_of", fails)
    page.select_slider(key="calm-dt").set_value(0.5).run()
    assert not page.exception
    assert [problem.value.strip("\u200b") for problem in page.main.error] == ["It gives up."]
    assert page.get("plotly_chart")[0].proto.spec == before


def test_tau_is_one_range_and_links_with_two_settings_keep_their_meaning(page: AppTest) -> None:
    page.select_slider(key="tau-calm").set_value((0.5, 2.0)).run()
    assert answer(page) == studied(replace(PRESETS["calm"], tau_low=0.5, tau_high=2.0))
    settings = read_address({"calm-tau-low": ["0.5"], "stiff-tau-high": ["2.0"]}).possible
    assert settings == {"tau-calm": ["0.5", "5.0"], "tau-stiff": [str(PRESETS["stiff"].tau_low), "2.0"]}


def test_the_neuron_that_is_named_is_drawn_and_samples_are_counted_alike(page: AppTest) -> None:
    page.segmented_control(key="preset").set_value("unstable").run()
    config = PRESETS["unstable"]
    problem = ode_problem(config)
    path = follow(problem, solver_named(config.solver), config.unfolds)
    assert path.departure is not None
    page.multiselect[0].set_value([15 if path.departure.neuron != 15 else 14]).run()
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    titles = [axis["title"]["text"] for name, axis in figure["layout"].items() if name.startswith("yaxis")]
    assert f"neuron {path.departure.neuron}" in titles
    said = int(re.findall(r"at sample (\d+)", answer(page))[0])
    (line,) = {shape["x0"] for shape in figure["layout"]["shapes"]}
    assert said - 1 < line <= said


def test_a_pinned_setting_stays_beside_the_changed_one_on_the_same_heights(page: AppTest) -> None:
    page.button(key="pin").click().run()
    page.select_slider(key="calm-dt").set_value(0.5).run()
    assert answer(page) == studied(replace(PRESETS["calm"], dt=0.5))
    said = [element.value for element in page.markdown]
    assert "**Pinned:** dt 0.1" in said
    assert "**Now:** dt 0.5" in said
    assert studied(PRESETS["calm"]) in [f"## {element.value}" for element in page.caption]
    before, now = (json.loads(chart.proto.spec)["layout"] for chart in page.get("plotly_chart")[:2])
    assert before["yaxis"]["range"] == now["yaxis"]["range"]
    assert before["yaxis2"]["range"] == now["yaxis2"]["range"]
    page.button(key="unpin").click().run()
    assert not any(element.value.startswith("**Pinned") for element in page.markdown)
    assert "pinned" not in page.query_params


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"dt":0.5,"tau_low":0.2}', ""),
        ('{"dt":-1}', "dt"),
        ('{"state_size":256}', "more than this page computes"),
        ('{"source":"<b>"}', "input is none of this page's"),
        ("[" * 300, "pinned settings were left out"),
        ("x" * 500, "longer than a page writes"),
    ],
)
def test_a_link_brings_pinned_settings_or_a_sentence(text: str, said: str) -> None:
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.query_params["pinned"] = text
    page.run()
    assert not page.exception
    pins = [element.value for element in page.markdown if element.value.startswith("**Pinned:**")]
    assert pins == ([] if said else ["**Pinned:** dt 0.5, smallest tau 0.2"])
    assert all(said in error.value.replace("\\", "") for error in page.error)
    assert bool(page.error) == bool(said)
    assert ("pinned" in page.query_params) != bool(said)


def test_the_visitors_own_training_can_be_looked_at() -> None:
    config = TrainConfig(members=1, state_size=3, window=16, horizon=2, steps=20, batch=16, dt=0.3)
    *_, trained = run(generators.sum_of_sines(200), config)
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.session_state["run"] = trained
    page.run()
    page.segmented_control(key="preset").set_value("your training").run()
    assert ": with dt 0.3 and 1 unfold, Euler is off by " in answer(page)
    assert not page.code
    page.session_state["solver_tab"] = "Forecast"
    page.run()
    page.button(key="solver_effect_ask").click().run()
    assert not page.exception
    job = page.session_state["solver_effect"].job
    while job.active:
        time.sleep(0.05)
    assert not job.problem
    for _ in range(2):  # measured once, shown again
        page.run()
        assert not page.exception
        assert any("multiplies the one-step error by" in text.value for text in page.markdown)


def documented_solver() -> Solver:
    """The example of docs/extending.md."""
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {"Solver": Solver, "vector_field": vector_field}
    exec(text.split("```python\n")[1].split("```")[0], names)
    solver: Solver = names["Midpoint"]()
    return solver


def test_a_new_solver_is_in_every_view(monkeypatch: pytest.MonkeyPatch) -> None:
    st.cache_resource.clear()  # orders and limits of the solvers that there were
    monkeypatch.setitem(SOLVERS, "midpoint", documented_solver())
    page = AppTest.from_file(PAGE, default_timeout=120).run()
    page.selectbox(key="calm-solver").set_value("midpoint").run()
    assert answer(page) == studied(replace(PRESETS["calm"], solver="midpoint"))
    drawn = {}
    for tab in VIEWS:
        page.session_state["solver_tab"] = tab
        page.run()
        assert not page.exception
        drawn[tab] = [chart.proto.spec for chart in page.get("plotly_chart")]
        if tab in ("Order", "Cost", "Stability"):
            assert any(f"{len(SOLVERS)} solvers" in chart.proto.alt for chart in page.get("plotly_chart"))
    assert all(any(LIGHT.palette.sky in spec for spec in specs) for specs in drawn.values())
    assert any("Midpoint: order 2.0" in spec for spec in drawn["Order"])
    assert any("Midpoint" in spec and "bisection" in spec for spec in drawn["Stability"])
    st.cache_resource.clear()
