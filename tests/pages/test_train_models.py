"""Every model can be chosen on the Train page, and asks for no setting that it does not have."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from test_links import PAGE_IN_THE_APP, opened

from liquid.learning.config import TrainConfig
from liquid.learning.run import run
from liquid.models.registry import MODELS
from liquid.series import builtin
from liquid.studies.attribution.report import answer, memory_words
from liquid.studies.attribution.study import attribute
from pages.shared.display import TAU_SYS, verbatim
from pages.train.settings_link import query

WIDGETS = {"learning_rate": "rate-{model}", "solver": "train_solver", "training": "trained_by"}
ASKED = {name for kind in MODELS.values() for name in kind.settings} - {"inputs", "ahead"}


@pytest.mark.parametrize("model", MODELS)
def test_a_model_is_asked_for_its_own_settings_alone(model: str) -> None:
    app = opened("train", model=model)
    assert not app.warning
    assert app.session_state["model"] == model
    keys = {
        widget.key for kind in ("slider", "number_input", "selectbox", "toggle") for widget in app.sidebar.get(kind)
    }
    shown = {name for name in ASKED if WIDGETS.get(name, name).format(model=model) in keys}
    assert shown == ASKED & MODELS[model].settings
    assert "horizon" in keys


@pytest.mark.parametrize("model", MODELS)
def test_a_link_holds_no_setting_that_the_model_does_not_have(model: str) -> None:
    assert set(query(TrainConfig(model=model), "nile", "volume")) - {"v", "series", "target-nile", "window"} == (
        {"model"} if model != TrainConfig.model else set()
    )


@pytest.mark.parametrize("model", ["Liquid", "GRU", "Echo state", "Persistence"])
def test_a_result_has_the_tabs_of_its_model(model: str) -> None:
    config = TrainConfig(model=model, members=2, steps=5, window=12, batch=8, state_size=4, horizon=2)
    *_, done = run(builtin.load("nile"), config)
    app = AppTest.from_string(PAGE_IN_THE_APP.format(page="train"), default_timeout=120)
    app.session_state["run"] = done
    app.run()
    assert "the model's forecast" in app.caption[0].value
    kind, tabs = MODELS[model], [tab.label for tab in app.tabs]
    assert ("Time constants" in tabs, "Training" in tabs, "Settings" in tabs) == (
        kind.liquid,
        kind.trained,
        not kind.trained,
    )
    app.session_state["results"] = "Training" if kind.trained else "Settings"
    app.run()
    assert not app.exception
    said = " ".join(caption.value for caption in app.caption)
    assert ("best validation loss, at step" in said, "is solved at once" in said) == (kind.trained, not kind.trained)
    assert ("Trained by SOAP, readout solved, at a peak rate of" in said) == kind.trained
    assert app.json[0].value == config.to_json()
    assert {metric.label for metric in app.metric} >= {"Training took" if kind.trained else "Solving took"}


@pytest.mark.parametrize("model", ["Liquid", "Seasonal naive", "ETS"])
def test_a_forecast_is_explained_or_said_why_not(model: str) -> None:
    """At the step and origin of the link."""
    config = TrainConfig(model=model, members=2, steps=5, window=12, batch=8, state_size=4, horizon=4)
    *_, done = run(builtin.load("sunspots-yearly" if model == "Seasonal naive" else "nile"), config)
    app = AppTest.from_string(PAGE_IN_THE_APP.format(page="train"), default_timeout=120)
    app.session_state["run"] = done
    app.query_params.update({"results": "Why", "why_ahead": "2", "why_back": "3"})
    app.run()
    assert not app.exception
    if model == "ETS":
        assert "follows a level through the whole series" in app.error[0].value
        return
    why = attribute(done.forecaster, len(done.forecaster.prepared.target) - 4, 2)
    assert any(verbatim(answer(why, done.unit)) in text.value for text in app.markdown)
    said = " ".join(caption.value for caption in app.caption)
    assert verbatim(memory_words(why)) in said
    assert (TAU_SYS in said) == (model == "Liquid")


def test_a_run_with_a_shorter_horizon_than_was_asked_for_is_explained_at_a_step_that_it_has() -> None:
    app = AppTest.from_string(PAGE_IN_THE_APP.format(page="train"), default_timeout=120)
    app.query_params.update({"results": "Why", "why_ahead": "9"})
    for horizon in (4, 12, 2):
        *_, app.session_state["run"] = run(builtin.load("nile"), TrainConfig(model="Linear AR", horizon=horizon))
        app.run()
        assert not app.exception
        assert not app.error
        possible = tuple(f"### {step} steps ahead, Linear AR" for step in range(2, horizon + 1))
        assert any(text.value.startswith(possible) for text in app.markdown)
