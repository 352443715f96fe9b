"""ONNX and C make the forecast that the run makes, for every core, solver and kind of input."""

from __future__ import annotations

import ctypes
import json
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from conftest import outspoken, uneven
from numpy.typing import NDArray

from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from liquid.export import c_file, onnx_file
from liquid.export.network import network_of
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series import builtin
from liquid.series.series import from_columns

Floats = NDArray[np.float64]
Given = dict[str, Floats]
Step = Callable[[Given, Floats], tuple[Floats, Floats]]  # inputs and states -> states and forecast
CLOSE = 1e-6  # of the size of a step


def forecast(run: Run, step: Step, origin: int) -> Floats:
    """As the metadata says: from zero states, a call for each sample of the window."""
    prepared, network = run.forecaster.prepared, network_of(run)
    states = np.zeros((len(network.before), network.members, network.size))
    start = origin - network.window + 1
    for now in range(start, origin + 1):
        given = {
            "values": prepared.channels[now],
            "previous": prepared.channels[max(now - 1, start)],
            "first": prepared.channels[start],
            "age": prepared.age[now],
            "span": prepared.spans[now],
            "history": prepared.target[origin - network.memory + 1 : origin + 1],
        }
        states, ahead = step({name: np.array(value) for name, value in given.items()}, states)
    return ahead


def by_onnx(run: Run) -> Step:
    session = onnxruntime.InferenceSession(onnx_file.write(run))
    wanted = {one.name for one in session.get_inputs()}
    names = list(network_of(run).before)

    def step(given: Given, states: Floats) -> tuple[Floats, Floats]:
        inputs = given | dict(zip(names, states, strict=True))
        *new, ahead = session.run(None, {name: value for name, value in inputs.items() if name in wanted})
        return np.stack(new), ahead

    return step


def by_c(run: Run, folder: Path, *options: str) -> Step:
    """The file compiled as strictly as it can be."""
    source, library = folder / "network.c", folder / f"network{''.join(options)}.so"
    source.write_bytes(c_file.write(run))
    strict = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", *options]
    subprocess.run(["cc", *strict, "-shared", "-fPIC", "-o", library, source, "-lm"], check=True)
    loaded, network = ctypes.CDLL(str(library)), network_of(run)
    real = np.float32 if options else np.float64

    def step(given: Given, states: Floats) -> tuple[Floats, Floats]:
        new, ahead = np.ascontiguousarray(states, dtype=real), np.empty(network.horizon)
        arguments = [pointer(new), pointer(given["values"]), pointer(given["previous"])]
        arguments += [pointer(given["first"])] * network.trending + [pointer(given["age"])] * bool(network.aged)
        arguments += [ctypes.c_double(float(given["span"]))] * network.timespans
        loaded.liquid_step(*arguments)
        loaded.liquid_forecast(*(pointer(one) for one in (new, given["values"], given["history"], ahead)))
        return new.astype(np.float64), ahead

    return step


def pointer(values: Floats) -> ctypes.c_void_p:
    assert values.flags.c_contiguous
    return values.ctypes.data_as(ctypes.c_void_p)


def in_float64(run: Run, origins: NDArray[np.int64]) -> Floats:
    """The run's forecast by torch, its networks in float64."""
    prepared, model = run.forecaster.prepared, deepcopy(run.forecaster.model).double()
    x, past, spans = prepared.at(origins)
    with torch.no_grad():
        added = model.at_end(x.double(), past.double(), spans.double() if prepared.timespans else 1.0)
    return prepared.base(origins) + prepared.step_scale * added.mean(dim=0).numpy()


def assert_same(made: Run, step: Step, close: float = CLOSE) -> None:
    prepared = made.forecaster.prepared
    origins = np.array([60, 75, len(prepared.target) - 1])
    told = np.array([forecast(made, step, int(origin)) for origin in origins])
    unit = prepared.step_scale.max()
    assert np.abs(told - in_float64(made, origins)).max() < close * unit
    assert np.abs(told - made.forecaster.predict(origins)).max() < 10 * close * unit  # the app's, in float32
    assert np.ptp(made.forecaster.model.added(prepared, origins)) > 0.1  # the networks have a say


def test_onnx_of_every_core(core: Run) -> None:
    assert_same(core, by_onnx(core))


def test_c_of_every_core(core: Run, tmp_path: Path) -> None:
    assert_same(core, by_c(core, tmp_path))


def test_c_in_single_precision(tmp_path: Path) -> None:
    made = outspoken(uneven(), inputs=("beside",))
    assert_same(made, by_c(made, tmp_path, "-DREAL=float"), 1e-4)


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_with_timespans(solver: str, tmp_path: Path) -> None:
    made = outspoken(uneven(), solver=solver, unfolds=2, timespans=True)
    assert_same(made, by_onnx(made))
    assert_same(made, by_c(made, tmp_path))


def test_a_series_that_trends_with_a_season_shorter_than_the_horizon(tmp_path: Path) -> None:
    """Levels are counted from the window's first values, and the linear part reads further back than the window."""
    time = np.arange(200.0)
    wave = np.sin(2 * np.pi * time / 7) + 0.1 * np.random.default_rng(0).normal(size=200)
    made = outspoken(from_columns({"y": 1e6 + time + 5 * wave}, "trend", season=7), horizon=9)
    network = network_of(made)
    assert network.trending
    assert made.forecaster.prepared.season == 7
    assert network.memory > network.window
    assert_same(made, by_onnx(made))
    assert_same(made, by_c(made, tmp_path))


def test_the_metadata_says_how_to_call_it(core: Run) -> None:
    about = onnxruntime.InferenceSession(onnx_file.write(core)).get_modelmeta().custom_metadata_map
    told = {name: json.loads(text) for name, text in about.items()}
    network = network_of(core)
    assert told["columns"] == list(network.names)
    assert (told["window"], told["memory"], told["horizon"]) == (12, network.memory, 3)
    assert "oldest first" in told["how"]


def test_numbers_in_c_are_the_weights_themselves(core: Run) -> None:
    source, network = c_file.write(core).decode(), network_of(core)
    for values in (network.from_states, network.offset, network.scale):
        assert all(repr(number) in source for number in values.ravel().tolist())


def test_a_model_without_states_has_no_network() -> None:
    config = TrainConfig(model="Persistence", horizon=2)
    solved = next(event for event in run(builtin.load("nile"), config) if isinstance(event, Run))
    for write in (onnx_file.write, c_file.write):
        with pytest.raises(LiquidError, match="Persistence has no network to export: choose a run of Liquid, LSTM"):
            write(solved)
