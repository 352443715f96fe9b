"""What the time-constant page computes, cached: layers, inputs, the theory at once and the simulation after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import streamlit as st

from liquid.dynamics import shipped
from liquid.dynamics.moments import Floats, LayerWeights
from liquid.series import builtin
from liquid.studies.noise import NoiseConfig, NoiseProgress, Prediction, noise_response, predict, rate_response
from liquid.studies.response import Response

TRAINED, FRESH, YOURS = "Trained on Lorenz", "Fresh, untrained", "Your last training"
LENGTH = 300  # samples that the page looks at


@dataclass(frozen=True)
class Chosen:
    """A layer with a name to cache by, and its readout where it has one."""

    name: str
    weights: LayerWeights
    readout: Floats | None


@st.cache_resource(max_entries=8)
def layer_named(name: str, size: int = 32, seed: int = 0) -> Chosen:
    """The shipped layer, or a fresh one of `size` neurons."""
    if name == TRAINED:
        found = shipped.load("lorenz")
        return Chosen(name, found.weights, found.readout)
    return Chosen(f"{name}, {size} neurons, seed {seed}", LayerWeights.fresh(1, size, seed=seed), None)


@st.cache_data(max_entries=32)
def input_of(series: str, length: int = LENGTH) -> Floats:
    """The first column of a built-in series in standard deviations, counted from its first value: `[time, 1]`."""
    values = builtin.load(series).values
    # Generated series carry their noise in a column of its own; here noise is added by the visitor.
    column = values[:, 1] if series in builtin.MADE and values.shape[1] > 1 else values[:, 0]
    column = column[:length]
    spread = float(column.std()) or 1.0
    scaled: Floats = (column - column[0])[:, None] / spread
    return scaled


def repeated(inputs: Floats, weights: LayerWeights) -> Floats:
    """The same input on every channel of a layer that reads several."""
    return np.repeat(inputs, weights.input_size, axis=1)


@st.cache_data(max_entries=256)
def theory(layer: str, series: str, config: NoiseConfig, _chosen: Chosen, _inputs: Floats) -> Prediction:
    return predict(_chosen.weights, _inputs, config)


@st.cache_data(max_entries=64)
def rate_answer(layer: str, series: str, config: NoiseConfig, _chosen: Chosen, _inputs: Floats) -> Response:
    return rate_response(_chosen.weights, _inputs, config, _chosen.readout)


@st.cache_resource(max_entries=128)
def _answers(layer: str, series: str, config: NoiseConfig) -> list[Response]:
    """A place for one finished answer: filled by `simulation` when it gets to its end."""
    return []


def simulation(chosen: Chosen, series: str, config: NoiseConfig, inputs: Floats) -> Iterator[NoiseProgress]:
    """The events of the noise study, or its last one at once where it was measured before."""
    kept = _answers(chosen.name, series, config)
    if kept:
        yield NoiseProgress(config.pairs, config.pairs, kept[0])
        return
    event = None
    for event in noise_response(chosen.weights, inputs, config, chosen.readout):
        yield event
    if event is not None:
        kept.append(event.response)
