"""Every model can be chosen on the Train page, and asks for no setting that it does not have."""

from __future__ import annotations

import pytest
from test_links import opened

from liquid.learning.config import TrainConfig
from liquid.models.registry import MODELS
from pages.shared.links import settings

WIDGETS = {"learning_rate": "rate-{model}", "solver": "train_solver"}
ASKED = {name for kind in MODELS.values() for name in kind.settings} - {"inputs"}


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
    assert set(settings(TrainConfig(model=model), "nile", "volume")) - {"v", "series", "target-nile"} == (
        {"model"} if model != TrainConfig.model else set()
    )
