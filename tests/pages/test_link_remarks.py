"""Links that ask for what cannot be, and links from other versions: what is done instead, and said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_links import opened, values

from liquid.learning.config import TrainConfig
from pages.shared.address import VERSION
from pages.train.settings_link import query

HOSTILE = "![x](https://stranger.example/x.png) :material/home: $x$ <b>"
BAD = {
    ("state_size", "999"): "16",
    ("state_size", "8.5"): "8",
    ("seed", "-1"): "0",
    ("dt", "nan"): "0.25",
    ("model", "Oracle"): "Liquid",
    ("train_solver", "magic"): "euler",
    ("series", HOSTILE): "mackey",
    ("timespans", "maybe"): "True",
}


@pytest.mark.parametrize(("name", "value"), BAD)
def test_what_a_link_cannot_have_is_said(name: str, value: str) -> None:
    app = opened("train", **{name: value})
    (warning,) = app.warning
    said = warning.value.replace("\\", "").replace("\u200b", "")
    assert said.startswith(f"{name}={value[:20]}")
    assert f"; {BAD[name, value]}" in said
    assert "](" not in warning.value


def test_a_setting_by_its_label_is_not_remarked_on() -> None:
    asked = {"benchmark_task": "lorenz", "benchmark_noise": "0 %", "benchmark_axis": "Training time"}
    app = opened("benchmark", **asked, benchmark_level="40 %")
    assert not app.warning
    assert [app.session_state[name] for name in ("benchmark_task", "benchmark_noise", "benchmark_axis")] == [
        "lorenz",
        0.0,
        "Training time",
    ]
    assert app.session_state["benchmark_level"] == 0.4


def test_a_label_that_is_none_is_said() -> None:
    (warning,) = opened("benchmark", benchmark_noise="35 %").warning
    assert "not a valid value here; 0.2 is used" in warning.value.replace("\\", "").replace("\u200b", "")


def test_a_good_link_is_not_remarked_on() -> None:
    app = opened("train", state_size="8", dt="0.50", seed="7", model="LSTM", window="64", v="1")
    assert not app.warning
    assert {slider.key: slider.value for slider in app.sidebar.slider}["state_size"] == 8


def test_a_remark_goes_when_the_setting_is_changed() -> None:
    app = opened("train", state_size="999")
    app = app.run()
    assert len(app.warning) == 1
    app = next(slider for slider in app.sidebar.slider if slider.key == "state_size").set_value(8).run()
    assert not app.warning


def test_links_with_settings_carry_the_version() -> None:
    assert opened("train", state_size="8").query_params["v"] == str(VERSION)
    assert "v" not in opened("train").query_params
    assert "v" not in opened("train", v="1").query_params


@pytest.mark.parametrize("version", ["4", "0", "x", "9" * 5000, "²"])
def test_a_version_from_elsewhere_is_told(version: str) -> None:
    app = opened("train", v=version, state_size="8")
    assert "Unknown link version" in app.warning[0].value


def test_real_time_counts_where_it_is_uneven_but_not_in_links_from_before_it_did() -> None:
    def counts(**query: str) -> bool:
        return bool(values(opened("train", series="uneven-sines", **query))["timespans"])

    assert counts(v=str(VERSION))
    assert not counts(v="2")
    assert not counts(v="1")
    assert not counts()
    assert counts(v="2", timespans="True")
    assert not counts(v=str(VERSION), timespans="False")
    even = next(one for one in opened("train", series="nile").sidebar.toggle if one.key == "timespans")
    assert even.disabled


def test_real_time_is_off_at_first_where_samples_get_much_denser() -> None:
    steps = np.random.default_rng(0).exponential(size=200)
    steps[110:] /= 30  # after the training part
    rows = "\n".join(f"{time:.5f},{np.sin(row / 5):.4f}" for row, time in enumerate(np.cumsum(steps)))

    def toggle(**query: str) -> Any:
        app = opened("train", source="Paste", v=str(VERSION), **query)
        app = app.text_area(key="pasted").set_value(f"time,level\n{rows}").run()
        return next(one for one in app.sidebar.toggle if str(one.key).startswith("timespans"))

    assert not toggle().value
    assert "times as dense as within it" in toggle().help
    (name,) = query(TrainConfig(timespans=True), None, "level", clock=toggle().key).keys() & {toggle().key}
    assert toggle(**{name: "True"}).value


def test_a_changed_default_changes_no_old_link() -> None:
    def settings(**query: str) -> list[str | float | None]:
        app = opened("train", **query)
        again = opened("train", **app.query_params)  # a reload
        assert values(app) == values(again)
        return [values(app).get(name) for name in ("trained_by", "steps", "rate-Liquid", "rate-LSTM")]

    assert settings(horizon="5", v="1") == ["Adam", 600, 0.1, None]
    assert settings(horizon="5") == ["Adam", 600, 0.1, None]  # from before there were versions
    assert settings(steps="150", v="1") == ["Adam", 150, 0.1, None]
    assert settings(model="LSTM", v="1") == ["Adam", 600, None, 0.03]
    assert settings(model="Persistence", v="1") == [None] * 4
    today = ["SOAP, readout solved", 200, 0.03, None]
    assert settings(horizon="5", v=str(VERSION)) == settings() == settings(v="1") == today
