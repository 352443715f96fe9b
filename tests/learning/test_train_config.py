"""A config holds everything that decides a training, refuses what cannot be trained, and survives JSON."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liquid.dynamics.scan.access import tape_row
from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from liquid.learning import data
from liquid.learning.config import LIMITS, TrainConfig
from liquid.models.registry import MODELS
from liquid.series.series import from_columns

FAST = settings(max_examples=30)
CONFIGS = st.builds(
    TrainConfig,
    model=st.sampled_from(list(MODELS)),
    state_size=st.integers(1, 64),
    members=st.integers(1, 4),
    dt=st.floats(0.01, 1),
    unfolds=st.integers(1, 16),
    solver=st.sampled_from(list(SOLVERS)),
    window=st.integers(8, 256),
    horizon=st.integers(1, 200),
    batch=st.just(1),  # all of them fit into memory
    learning_rate=st.none() | st.floats(1e-5, 1),
    target=st.none() | st.text(),
    inputs=st.lists(st.text(), max_size=3).map(tuple),
    seed=st.integers(0, 2**31 - 1),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@FAST
@given(CONFIGS)
def test_json_gives_the_equal_config_back(config: TrainConfig) -> None:
    assert TrainConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize("name", LIMITS)
def test_limits_belong_to_the_range_and_what_lies_beyond_is_named(name: str) -> None:
    low, high = LIMITS[name]
    for value in (low, high):
        assert getattr(replace(TrainConfig(batch=1), **{name: value}), name) == value
    for value in (low - 1, high + 1, float("nan"), "3", None, True):
        if value is None and name == "learning_rate":
            continue
        with pytest.raises(LiquidError, match=f"{name}=.*{low:g}"):
            replace(TrainConfig(), **{name: value})


@pytest.mark.parametrize("name", [name for name, (low, _) in LIMITS.items() if isinstance(low, int)])
def test_counts_are_whole(name: str) -> None:
    with pytest.raises(LiquidError, match="whole number"):
        replace(TrainConfig(), **{name: LIMITS[name][0] + 0.5})


@FAST
@given(CONFIGS)
def test_no_tape_is_longer_than_its_limit_counts(config: TrainConfig) -> None:
    channels = 3 * (1 + len(config.inputs))  # level, change and age
    rows = config.members * (config.window * config.unfolds + 1) if config.kind.liquid else 0
    assert rows * tape_row(config.state_size, channels) <= config.tape


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"model": "Transformer"}, "choose one of Liquid, LSTM, GRU"),
        ({"solver": "magic"}, "choose one of euler"),
        ({"model": "ETS", "timespans": True}, "only supported for model=Liquid"),
        ({"target": 3}, "by their names"),
        ({"inputs": (None,)}, "by their names"),
        ({"inputs": tuple(map(str, range(501)))}, "500 or fewer"),
        ({"state_size": 256, "members": 32, "window": 512, "batch": 512}, "memory"),
        (
            {"state_size": 1, "horizon": 1, "members": 32, "window": 512, "batch": 512, "unfolds": 16},
            "unfolds=16.*memory",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_with_the_way_out(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        TrainConfig(**settings)


@FAST
@given(st.dictionaries(st.sampled_from([field.name for field in fields(TrainConfig)]), JSON, max_size=4))
def test_any_json_object_is_a_config_or_a_sentence(given_settings: dict[str, Any]) -> None:
    with suppress(LiquidError):  # any other error fails
        TrainConfig.from_json(json.dumps(given_settings))


@pytest.mark.parametrize("text", ["", "[1]", "{", "null", "[" * 100_000, '{"seed": ' + "9" * 5000 + "}", "\x00"])
def test_what_is_no_config_is_said(text: str) -> None:
    with pytest.raises(LiquidError):
        TrainConfig.from_json(text)


def test_an_unknown_setting_is_named_and_none_can_be_changed() -> None:
    with pytest.raises(LiquidError, match="speed"):
        TrainConfig.from_json('{"speed": 11}')
    with pytest.raises(FrozenInstanceError):
        TrainConfig().seed = 1


def test_each_model_has_its_own_rate() -> None:
    rates = {name: kind.rate for name, kind in MODELS.items() if kind.trained}
    assert {name: TrainConfig(model=name).rate for name in rates} == rates
    assert (rates["Liquid"], rates["LSTM"], rates["GRU"]) == (0.03, 0.03, 0.03)
    assert TrainConfig(learning_rate=0.5).rate == 0.5


def test_settings_that_a_model_does_not_have_change_nothing() -> None:
    assert TrainConfig(model="LSTM", dt=0.5, unfolds=3, solver="semi_implicit") == TrainConfig(model="LSTM")
    regression = TrainConfig(model="Linear AR", members=5, steps=100, inputs=("other",), seed=3)
    assert regression == TrainConfig(model="Linear AR")
    assert (regression.members, regression.steps) == (1, 1)
    assert TrainConfig(model="Liquid (article)").dt == 0.1


def test_a_models_former_name_is_read_and_never_written() -> None:
    config = TrainConfig(model="Liquid, article")
    assert config == TrainConfig(model="Liquid (article)")
    assert TrainConfig.from_json(config.to_json().replace("Liquid (article)", "Liquid, article")) == config
    assert "Liquid, article" not in config.to_json()
    assert not any("," in name for name in MODELS)  # it would be unreadable in a list


def test_a_horizon_over_so_many_rows_that_memory_would_not_do_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    series = from_columns({"a": np.sin(np.arange(1000.0))}, "Long")
    monkeypatch.setattr(data, "MOST_TARGETS", 12_000)
    assert data.checked(series, TrainConfig(horizon=12)).names == ("a",)
    with pytest.raises(LiquidError, match=r"horizon=13 over 1,000 rows .* choose 12 or less"):
        data.prepare(series, TrainConfig(horizon=13))
