"""What the time-constant page computes, cached: layers, inputs, the theory at once and the simulation after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import streamlit as st

from liquid.dynamics import pretrained
from liquid.dynamics.diagnostics import effective_time_constants, impulse_memory, states_before
from liquid.dynamics.weights import Floats, LayerWeights
from liquid.engine import Task
from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.models.network import SequenceModel
from liquid.series.windows import longest_complete
from liquid.studies.noise.response import Response
from liquid.studies.noise.signal import Signal, liquid_layer, read_by
from liquid.studies.noise.study import (
    NoiseConfig,
    Prediction,
    noise_response,
    noise_scale,
    predict,
    rate_response,
)
from pages.shared.display import fingerprint
from pages.shared.job import run_job
from pages.shared.series_picker import Picked
from pages.shared.studies import keep, studies_of

TRAINED, FRESH, YOURS = "Trained on Lorenz", "Fresh, untrained", "Your last training"
LENGTH = 300  # samples that the page looks at


@dataclass(frozen=True)
class StudiedLayer:
    """A layer and the series that it reads, with a key to cache by, and its readout if it has one."""

    key: str
    weights: LayerWeights
    readout: Floats | None
    signal: Signal
    left_out: str = ""  # what of the series it does not read, in words


BY_KEY: dict[str | type[Any], Callable[[Any], Any]] = {StudiedLayer: attrgetter("key")}


@st.cache_resource(max_entries=8)
def _layer(name: str, size: int, seed: int) -> tuple[LayerWeights, Floats | None, Floats | None]:
    """Weights, readout and change gain of the pretrained layer, or of a fresh one with `size` neurons."""
    if name == TRAINED:
        trained = pretrained.load("lorenz")
        return trained.weights, trained.readout, trained.change_gain
    return LayerWeights.fresh(1, size, seed=seed), None, None


def studied(name: str, picked: Picked, column: str, size: int, seed: int) -> StudiedLayer:
    """A layer by name, on the first samples of one column of the picked series, in standard deviations."""
    weights, readout, change_gain = _layer(name, size, seed)
    whole = picked.series.column(column)
    stretch = longest_complete(whole[:, None])
    values = whole[stretch][:LENGTH]
    if len(values) < 2 or not np.ptp(values) > 0:
        raise LiquidError(
            f"'{column}' is constant over its first {len(values)} values without a gap; choose another column."
        )
    signal = Signal((values - values.mean())[:, None] / values.std(), change_gain)
    key = f"{name}, {size}, {seed}, {picked.key}, {column}"
    return StudiedLayer(key, weights, readout, signal, _left_out(whole, stretch, len(values)))


def _left_out(whole: Floats, stretch: slice, used: int) -> str:
    known = int(np.isfinite(whole).sum())
    if known == len(whole):
        return ""
    return (
        f"{len(whole) - known:,} of {len(whole):,} values are missing: the layer reads {used:,} of the {known:,} known "
        f"ones, from row {stretch.start + 1:,} on, the longest stretch without a gap."
    )


def of_run(run: Run) -> StudiedLayer:
    """The first layer of the session's own training, on the last samples of its series."""
    forecaster = run.forecaster
    if run.config.solver != "euler":
        raise LiquidError(
            f"Your training uses the {run.config.solver} solver; the theory of noise covers only euler. Train with the "
            "euler solver, or choose another layer here."
        )
    if run.config.timespans:
        raise LiquidError(
            "Your training uses the real time between samples; the theory of noise covers only even steps. Train "
            "without real time, or choose another layer here."
        )
    weights = liquid_layer(forecaster.model)
    assert isinstance(forecaster.model, SequenceModel)  # it has a liquid layer
    readout = forecaster.model.readout.member(0).weight.detach().double().numpy()[:, : weights.state_size]
    signal = read_by(forecaster.prepared, forecaster.prepared.channels[-LENGTH:])
    size = np.linalg.norm(readout, axis=0)
    key = fingerprint(*weights.arrays, size, signal.values, signal.inputs())
    return StudiedLayer(f"Your training, {key}", weights, size, signal)


@st.cache_data(max_entries=32, hash_funcs=BY_KEY)  # a prediction is up to 3 MB
def theory(layer: StudiedLayer, config: NoiseConfig) -> Prediction:
    """The closure's prediction, without a simulation."""
    return predict(layer.weights, layer.signal, config)


@st.cache_data(max_entries=64, hash_funcs=BY_KEY)
def speed_response(layer: StudiedLayer, config: NoiseConfig) -> Response:
    """The response to another speed."""
    return rate_response(layer.weights, layer.signal, config, layer.readout)


@dataclass(frozen=True)
class MemoryTimes:
    """Memory of a layer on its clean input, in the unit of tau, but `visible` in samples (NaN: past the end)."""

    tau_sys: float
    median: float
    slowest: float
    visible: float


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_KEY)
def memory_times(layer: StudiedLayer, rate: float) -> MemoryTimes:
    """The neurons' tau_sys, the time constants of the coupled layer's Jacobian, and an impulse's decay."""
    inputs, weights = layer.signal.at_rate(rate).inputs(), layer.weights
    constants = effective_time_constants(weights, inputs, states_before(weights, inputs))
    return MemoryTimes(
        tau_sys=float(weights.tau_sys(weights.run(inputs)[1]).mean()),
        median=float(np.median(constants)),
        slowest=float(np.median(constants[:, 0])),
        visible=impulse_memory(weights, inputs, len(inputs) // 2).samples,
    )


@st.cache_resource(max_entries=128, hash_funcs=BY_KEY)
def _responses(layer: StudiedLayer, config: NoiseConfig) -> list[Response]:
    """A list for one finished response."""
    return []


def simulation(layer: StudiedLayer, config: NoiseConfig, run: Run | None) -> Response | None:
    """The noise study's response, at once if it was simulated before; else its progress, and None.

    A response of the session's own `run` is kept with it.
    """
    known = studies_of(run).response(config) if run else None
    if known is not None:
        return known
    cached = _responses(layer, config)
    if not cached:
        response = run_job(
            "tau_simulation",
            f"{layer.key} {config.to_json()}",
            lambda: Task(noise_response, (layer.weights, layer.signal, config, layer.readout)),
            label="Simulate",
            help="Pairs of runs with and without noise.",
            at_once=True,
        )
        if response is None:
            return None
        cached.append(response)
    if run:
        keep(run, studies_of(run).with_response(config, cached[0]))
    return cached[0]


def noise_sd(signal: Signal, config: NoiseConfig) -> Floats:
    """The noise's standard deviation on the first column, for a band: `[time]`; zero for a spike."""
    return noise_scale(signal, config)[:, 0] if config.place != "spike" else np.zeros(len(signal))
