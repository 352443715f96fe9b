"""Why a forecast is what it is: shares of linear models are their weights, and all shares add up."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from liquid.charts.attribution import responses, shares
from liquid.charts.style import LIGHT
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.forecaster import Forecaster
from liquid.learning.models import BaselineModel, ForecastModel
from liquid.learning.training import Finished, train
from liquid.models.linear_ar import LinearAR
from liquid.models.registry import MODELS
from liquid.series.series import Series, from_columns
from liquid.studies.attribution.report import answer, compared_with, memory_words, sample_table, tau_words
from liquid.studies.attribution.study import Attribution, attribute, reach

WINDOWED = [name for name, kind in MODELS.items() if name not in ("ETS", "Theta", "Polynomial AR")]
NETWORKS = [name for name, kind in MODELS.items() if kind.sized]


def waves(length: int = 240) -> Series:
    """A noisy wave whose second column runs ahead of it, and a third that is noise."""
    rng = np.random.default_rng(0)
    t = np.arange(length)
    wave, ahead, noise = np.sin(t / 4) + 0.1 * rng.normal(size=length), 5 + np.sin((t + 3) / 4), rng.normal(size=length)
    return from_columns({"wave": wave, "ahead": ahead, "noise": noise}, "waves", season=25)


@cache
def fitted(model: str, **others: int) -> Forecaster:
    """A small one; its networks have a say whatever validation thinks of them."""
    small: dict[str, Any] = {"members": 2, "steps": 6, "window": 12, "batch": 8, "state_size": 4, "horizon": 3} | others
    kept = {name: value for name, value in small.items() if name in MODELS[model].settings | {"horizon"}}
    inputs = ("ahead", "noise") if "inputs" in MODELS[model].settings else ()
    for event in train(waves(), TrainConfig(model=model, inputs=inputs, **kept)):
        if isinstance(event, Finished):
            found = event.forecaster
    if isinstance(found.model, ForecastModel):
        generator = torch.Generator().manual_seed(0)
        for values in (*found.model.readout.parameters(), found.model.taps):
            values.data.copy_(0.3 * torch.randn(values.shape, generator=generator))
    return found


def moved_by_hand(forecaster: Forecaster, row: int, column: int, by: float) -> Forecaster:
    """The same over a series with one other value."""
    prepared = forecaster.prepared
    channels, read = prepared.channels.copy(), prepared.read.copy()
    channels[row, column] += by
    if column == 0:
        read[row] += by
    return replace(forecaster, prepared=replace(prepared, channels=channels, read=read))


@pytest.mark.parametrize("model", WINDOWED)
def test_shares_add_up_to_what_the_window_did(model: str) -> None:
    forecaster = fitted(model)
    for origin, step in ((None, None), (220, 1)):
        why = attribute(forecaster, origin, step)
        assert why.completeness < 1e-6 * why.scale[0]
        last = len(forecaster.prepared.target) - 1 if origin is None else origin
        actual = forecaster.predict_members(np.array([last]))[:, 0, why.step - 1]
        np.testing.assert_allclose(why.forecast, actual, atol=1e-5)
        np.testing.assert_allclose(why.moved.mean(), why.total.sum(), atol=1e-6)


@pytest.mark.parametrize("model", WINDOWED)
def test_the_forecast_from_the_still_window_is_that_of_a_series_that_stood_still(model: str) -> None:
    forecaster = fitted(model)
    why, prepared = attribute(forecaster), forecaster.prepared
    channels = np.repeat(prepared.scaler.mean[None], len(prepared.channels), axis=0)
    channels[:, 0] = prepared.target[-1]
    still = replace(
        forecaster, prepared=replace(prepared, channels=channels, observed=channels[:, 0], read=channels[:, 0])
    )
    actual = still.predict_members(np.array([len(channels) - 1]))[:, 0, -1]
    np.testing.assert_allclose(why.from_still, actual, atol=1e-5)


@pytest.mark.parametrize("model", NETWORKS)
def test_responses_are_the_forecasts_differences(model: str) -> None:
    forecaster = fitted(model)
    why = attribute(forecaster)
    response = why.linear_response + why.network_response
    h = 1e-4
    for sample, column in ((-1, 0), (-1, 1), (-4, 0), (-7, 2)):
        up, down = (attribute(moved_by_hand(forecaster, int(why.rows[sample]), column, by)) for by in (h, -h))
        difference = (up.forecast - down.forecast) / (2 * h)
        np.testing.assert_allclose(response[:, sample, column], difference, rtol=1e-5, atol=1e-7)


def test_shares_of_a_linear_model_are_its_weights_times_what_differs() -> None:
    """Two steps of y[t + 1] = c + w . y: by hand, w_0 w_k + w_(k + 1)."""
    w = np.array([0.6, -0.3, 0.0, 0.25])
    forecaster = fitted("Linear AR")
    config = replace(forecaster.config, horizon=2)
    model = BaselineModel(config, len(w) + 1, LinearAR(0.7, w))
    own = replace(forecaster, config=config, model=model, prepared=replace(forecaster.prepared, window=len(w) + 1))
    for step, expected in ((1, w), (2, w[0] * w + np.append(w[1:], 0.0))):
        why = attribute(own, step=step)
        values = own.prepared.target[-len(w) :]
        np.testing.assert_allclose(why.linear_response[::-1, 0], expected, atol=1e-12)
        np.testing.assert_allclose(why.linear[:, 0], expected[::-1] * (values - values[-1]), atol=1e-6)
        assert not why.has_network


def test_a_linear_part_has_the_weights_of_its_regression_a_season_and_more_ago() -> None:
    """Beyond a season ahead it reads y[t + h - 2 m] and so on: each weight is told by a series of one pulse."""
    forecaster = fitted("Liquid", horizon=30)
    linear = forecaster.prepared.linear
    assert linear is not None
    size = len(linear.centre) + linear.lags - 1
    weights = np.zeros((size + 4, 30))
    weights[:3, 29], weights[3, 29], weights[size:, 29] = (0.4, 2.0, -1.0), 0.3, (0.5, 0.1, 0.2, 0.05)
    ar = LinearAR(0.0, np.array([0.5]))
    part = replace(linear, ar=ar, share=0.5, weights=weights, season=25)
    why = attribute(replace(forecaster, prepared=replace(forecaster.prepared, linear=part)))
    by_age = why.linear_response[::-1]
    expected = np.zeros_like(by_age)
    expected[0] = 0.4 + 0.5 * 0.5**30 + 0.5 - 0.3 - 0.85, 2.0, -1.0
    expected[1, 0] = 0.3
    for age, weight in ((50 - 30, 0.5), (50, 0.1), (75 - 30, 0.2), (75, 0.05)):
        expected[age, 0] += weight
    np.testing.assert_allclose(by_age, expected, atol=1e-9)
    assert part.memory == 76


def test_a_pulse_in_one_sample_is_that_samples_doing_alone() -> None:
    forecaster = fitted("Liquid")
    prepared = forecaster.prepared
    channels = np.repeat(prepared.scaler.mean[None], len(prepared.channels), axis=0)
    channels[-5, 1] += 1.0
    pulse = replace(
        forecaster, prepared=replace(prepared, channels=channels, observed=channels[:, 0], read=channels[:, 0])
    )
    why = attribute(pulse)
    alone = np.zeros_like(why.total)
    alone[-5, 1] = why.moved.mean()
    assert abs(alone[-5, 1]) > 1e-3
    np.testing.assert_allclose(why.total, alone, atol=1e-9)


def test_a_reach_is_the_newest_samples_that_hold_nine_tenths() -> None:
    """Of a^k the newest n hold 1 - a^n."""
    decay = np.power(0.8, np.arange(200.0)[::-1, None])
    assert reach(decay, np.ones(1)) == int(np.ceil(np.log(0.1) / np.log(0.8)))
    assert reach(np.zeros((5, 1)), np.ones(1)) == 0
    both = np.zeros((10, 2))
    both[0, 1], both[-1, 0] = 1.0, 1.0
    assert (reach(both, np.array([1.0, 0.05])), reach(both, np.array([1.0, 1.0]))) == (1, 10)


def test_a_tau_sys_that_cannot_move_has_no_part_in_it() -> None:
    """Gates that hear nothing keep every tau_sys where it is; with ears it matters."""
    forecaster = fitted("Liquid")
    hears, deaf = attribute(forecaster).by_tau_sys, deepcopy(forecaster)
    assert isinstance(deaf.model, ForecastModel)
    dict(deaf.model.core.named_parameters())["network.layers.0.fc.weight"].data.zero_()
    nothing = attribute(deaf).by_tau_sys
    assert hears is not None
    assert nothing is not None
    assert np.abs(hears).min() > 1e-3
    np.testing.assert_allclose(nothing, 0.0, atol=1e-9)
    assert attribute(fitted("GRU")).by_tau_sys is None


def test_sentences_say_the_fields() -> None:
    why = attribute(fitted("Liquid"))
    said = answer(why, "V")
    assert said.startswith(f"3 steps ahead, Liquid forecasts {why.forecast.mean():.3g} V: the window moved it by ")
    assert f"{why.moved.mean():+.3g} ({why.moved.min():+.3g} to {why.moved.max():+.3g} over the 2 networks)" in said
    most = int(np.argmax(np.abs(why.total.sum(axis=1))))
    assert said.endswith(f"({why.total.sum(axis=1)[most]:+.3g}).")
    assert f"would forecast {why.from_still.mean():.3g}" in compared_with(why)
    assert f"'ahead' {why.total.sum(axis=0)[1]:+.3g}" in compared_with(why)
    assert f"within the newest {why.network_reach} samples" in memory_words(why)
    assert why.by_tau_sys is not None
    off, spread = np.abs(why.by_tau_sys), why.forecast.std()
    part = "had a part in it" if np.median(off) > spread else "had little part in it"
    assert f"{part}: had every neuron's tau_sys stayed" in tau_words(why, "V")
    assert f"would be {np.median(off):.3g} V off ({off.min():.3g} to {off.max():.3g} over the 2 networks)" in tau_words(
        why, "V"
    )
    still = replace(why, held=why.forecast + 0.1 * spread)
    assert "had little part in it" in tau_words(still, "V")
    silent = replace(why, network_response=0 * why.network_response)
    assert "no say" in tau_words(silent, "V")
    assert memory_words(silent).startswith("90 % of its weight lies on the newest")
    naive = attribute(fitted("Persistence"))
    assert answer(naive, "").endswith("the window moved it by +0.")
    assert not tau_words(naive, "")


def test_what_cannot_be_explained_is_refused_with_the_way_out() -> None:
    with pytest.raises(LiquidError, match="follows a level through the whole series"):
        attribute(fitted("ETS"))
    with pytest.raises(LiquidError, match="multiplies the values that it reads"):
        attribute(fitted("Polynomial AR"))
    forecaster = fitted("Liquid")
    with pytest.raises(LiquidError, match="choose 1 to 3"):
        attribute(forecaster, step=4)
    for origin in (3, 240):
        with pytest.raises(LiquidError, match="choose one of the rows"):
            attribute(forecaster, origin)


def test_missing_values_are_explained_as_they_are_read() -> None:
    forecaster = fitted("Liquid")
    series = waves()
    values = series.values.copy()
    values[[-4, -3, -9], 0] = np.nan
    gappy = forecaster.continued(replace(series, values=values))
    why = attribute(gappy)
    assert why.completeness < 1e-6
    np.testing.assert_allclose(why.forecast, gappy.predict_members(np.array([239]))[:, 0, -1], atol=1e-5)


def found() -> Attribution:
    return attribute(fitted("Liquid"))


def test_the_table_has_a_row_for_each_sample_and_column_and_adds_up() -> None:
    why, table = found(), sample_table(found(), waves())
    share, linear, networks = (np.asarray(table[name]) for name in ("share", "share_linear", "share_networks"))
    assert len(share) == why.window.size
    np.testing.assert_allclose(share.sum(), why.moved.mean(), atol=1e-6)
    np.testing.assert_allclose(linear + networks, share, atol=1e-12)


def test_the_picture_shows_the_shares() -> None:
    why = found()
    names = tuple(f"<b>{name}" for name in why.names)
    words = (why.model, "V", "sample")
    fig = shares(waves().stamps()[why.rows], why.window, why.linear, why.network, names, words, LIGHT)
    bars = [trace for trace in fig.data if trace.type == "bar"]
    by_sample = sum(np.array(bar.y) for bar in bars if bar.xaxis != "x2")
    np.testing.assert_allclose(by_sample, why.total.sum(axis=1), atol=1e-12)
    beside = sum(np.array(bar.y) for bar in bars if bar.xaxis == "x2")
    np.testing.assert_allclose(np.sort(beside), np.sort(why.total.sum(axis=0)), atol=1e-12)
    assert "<b>" not in fig.to_json().replace("\\u003c", "<")
    lines = responses(why.linear_response[:, 0], why.network_response[:, :, 0], why.model, why.names[0], LIGHT).data
    np.testing.assert_array_equal(lines[0].x[[0, -1]], [len(why.rows) - 1, 0])
