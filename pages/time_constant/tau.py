"""What the time-constant page computes, cached: layers, inputs, the theory at once and the simulation after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from liquid.dynamics import pretrained as shipped
from liquid.dynamics.diagnostics import effective_time_constants, impulse_memory, states_before
from liquid.dynamics.weights import Floats, LayerWeights
from liquid.engine import Task
from liquid.errors import LiquidError
from liquid.learning.run import Run
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
from pages.shared.job import answer
from pages.shared.series_picker import Picked
from pages.shared.studies import keep, studies_of

TRAINED, FRESH, YOURS = "Trained on Lorenz", "Fresh, untrained", "Your last training"
LENGTH = 300  # samples that the page looks at


@dataclass(frozen=True)
class Chosen:
    """A layer and the series that it reads, with a name to cache by and its readout where it has one."""

    name: str
    weights: LayerWeights
    readout: Floats | None
    signal: Signal


@st.cache_resource(max_entries=8)
def _layer(name: str, size: int, seed: int) -> tuple[LayerWeights, Floats | None, Floats | None]:
    """Weights, readout and change gain of the shipped layer, or of a fresh one with `size` neurons."""
    if name == TRAINED:
        found = shipped.load("lorenz")
        return found.weights, found.readout, found.change_gain
    return LayerWeights.fresh(1, size, seed=seed), None, None


def chosen(name: str, picked: Picked, column: str, size: int, seed: int) -> Chosen:
    """A layer by name, on the first samples of one column of the picked series, in standard deviations."""
    weights, readout, change_gain = _layer(name, size, seed)
    values = picked.series.column(column)[:LENGTH]
    if not np.ptp(values) > 0:
        raise LiquidError(f"'{column}' is constant over its first {len(values)} values; choose another column.")
    signal = Signal((values - values.mean())[:, None] / values.std(), change_gain)
    return Chosen(f"{name}, {size}, {seed}, {picked.key}, {column}", weights, readout, signal)


def of_run(run: Run) -> Chosen:
    """The first layer of a visitor's own training, on the last samples of the series that it was trained on."""
    forecaster = run.forecaster
    if run.config.solver != "euler":
        raise LiquidError(
            f"Your training steps with {run.config.solver}; the theory of noise is worked out for euler alone. Train "
            "with the euler solver, or choose another layer here."
        )
    if run.config.timespans:
        raise LiquidError(
            "Your training steps by the real time between samples; the theory of noise is worked out for even steps. "
            "Train without real time, or choose another layer here."
        )
    weights = liquid_layer(forecaster.model)
    readout = forecaster.model.readout.member(0).weight.detach().double().numpy()[:, : weights.state_size]
    signal = read_by(forecaster.prepared, forecaster.prepared.channels[-LENGTH:])
    size = np.linalg.norm(readout, axis=0)
    name = fingerprint(*weights.arrays, size, signal.values, signal.inputs())
    return Chosen(f"Your training, {name}", weights, size, signal)


@st.cache_data(max_entries=256)
def theory(name: str, config: NoiseConfig, _chosen: Chosen) -> Prediction:
    """What the closure predicts, at once."""
    return predict(_chosen.weights, _chosen.signal, config)


@st.cache_data(max_entries=64)
def rate_answer(name: str, config: NoiseConfig, _chosen: Chosen) -> Response:
    """The rate knob's answer."""
    return rate_response(_chosen.weights, _chosen.signal, config, _chosen.readout)


@dataclass(frozen=True)
class Remembered:
    """Memory of a layer on its clean input, in the unit of tau, but `visible` in samples (NaN: past the end)."""

    tau_sys: float
    median: float
    slowest: float
    visible: float


@st.cache_resource(max_entries=64, show_spinner=False)
def remembered(name: str, rate: float, _chosen: Chosen) -> Remembered:
    """What a neuron's tau_sys says, what the coupled layer's Jacobian says, and what an impulse shows."""
    inputs, weights = _chosen.signal.at_rate(rate).inputs(), _chosen.weights
    constants = effective_time_constants(weights, inputs, states_before(weights, inputs))
    return Remembered(
        tau_sys=float(weights.tau_sys(weights.run(inputs)[1]).mean()),
        median=float(np.median(constants)),
        slowest=float(np.median(constants[:, 0])),
        visible=impulse_memory(weights, inputs, len(inputs) // 2).samples,
    )


@st.cache_resource(max_entries=128)
def _answers(name: str, config: NoiseConfig) -> list[Response]:
    """A place for one finished answer."""
    return []


def simulation(chosen: Chosen, config: NoiseConfig, run: Run | None) -> Response | None:
    """The noise study's answer, at once where it was found before; else its progress, and None.

    An answer about the visit's own `run` is kept with it.
    """
    known = studies_of(run).response(config) if run else None
    if known is not None:
        return known
    kept = _answers(chosen.name, config)
    if not kept:
        found = answer(
            "tau_simulation",
            f"{chosen.name} {config.to_json()}",
            lambda: Task(noise_response, (chosen.weights, chosen.signal, config, chosen.readout)),
            label="Simulate",
            help="Pairs of runs with and without noise.",
            at_once=True,
        )
        if found is None:
            return None
        kept.append(found)
    if run:
        keep(run, studies_of(run).with_response(config, kept[0]))
    return kept[0]


def noise_sd(signal: Signal, config: NoiseConfig) -> Floats:
    """The noise's standard deviation on the first column, for a band: `[time]`; zero for a spike."""
    return noise_scale(signal, config)[:, 0] if config.place != "spike" else np.zeros(len(signal))
