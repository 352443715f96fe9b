"""What the time-constant page computes, cached: layers, inputs, the theory at once and the simulation after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import streamlit as st

from liquid.dynamics import shipped
from liquid.dynamics.moments import Floats, LayerWeights
from liquid.studies.noise import (
    NoiseConfig,
    NoiseProgress,
    Prediction,
    noise_response,
    noise_scale,
    predict,
    rate_response,
)
from liquid.studies.noise_report import clean_values
from liquid.studies.response import Response
from liquid.studies.signal import Signal

TRAINED, FRESH, YOURS = "Trained on Lorenz", "Fresh, untrained", "Your last training"
LENGTH = 300  # samples that the page looks at


@dataclass(frozen=True)
class Chosen:
    """A layer with a name to cache by, its readout where it has one, and how it reads a series."""

    name: str
    weights: LayerWeights
    readout: Floats | None
    change_gain: Floats | None


@st.cache_resource(max_entries=8)
def layer_named(name: str, size: int = 32, seed: int = 0) -> Chosen:
    """The shipped layer, or a fresh one of `size` neurons."""
    if name == TRAINED:
        found = shipped.load("lorenz")
        return Chosen(name, found.weights, found.readout, found.change_gain)
    return Chosen(f"{name}, {size} neurons, seed {seed}", LayerWeights.fresh(1, size, seed=seed), None, None)


@st.cache_data(max_entries=32)
def values_of(series: str) -> Floats:
    """The first samples of a built-in series, clean and in standard deviations: `[time, 1]`."""
    return clean_values(series, LENGTH)


@st.cache_data(max_entries=256)
def theory(layer: str, series: str, config: NoiseConfig, _chosen: Chosen, _signal: Signal) -> Prediction:
    return predict(_chosen.weights, _signal, config)


@st.cache_data(max_entries=64)
def rate_answer(layer: str, series: str, config: NoiseConfig, _chosen: Chosen, _signal: Signal) -> Response:
    return rate_response(_chosen.weights, _signal, config, _chosen.readout)


@st.cache_resource(max_entries=128)
def _answers(layer: str, series: str, config: NoiseConfig) -> list[Response]:
    """A place for one finished answer: filled by `simulation` when it gets to its end."""
    return []


def simulation(chosen: Chosen, series: str, config: NoiseConfig, signal: Signal) -> Iterator[NoiseProgress]:
    """The events of the noise study, or its last one at once where it was measured before."""
    kept = _answers(chosen.name, series, config)
    if kept:
        yield NoiseProgress(config.pairs, config.pairs, kept[0])
        return
    event = None
    for event in noise_response(chosen.weights, signal, config, chosen.readout):
        yield event
    if event is not None:
        kept.append(event.response)


def noise_sd(signal: Signal, config: NoiseConfig) -> Floats:
    """The noise's standard deviation at every sample, for a band: `[time]`; zero for a spike."""
    return noise_scale(signal, config)[:, 0] if config.place != "spike" else np.zeros(len(signal))


def visitors_layer() -> Chosen | None:
    """The layer of this visitor's last training, or None: a training page leaves its forecaster in the session."""
    forecaster = st.session_state.get("forecaster")
    if forecaster is None or forecaster.config.model != "Liquid":
        return None
    effect = import_module("liquid.studies.training_effect")  # needs torch, which a training has loaded
    weights = effect.liquid_layer(forecaster.model)
    readout = forecaster.model.readout.member(0).weight.detach().double().numpy()[:, : weights.state_size]
    gain = effect.read_by(forecaster.prepared, forecaster.prepared.channels).change_gain
    name = f"Your training, {forecaster.config.to_json()}"
    return Chosen(name, weights, np.linalg.norm(readout, axis=0), gain)
