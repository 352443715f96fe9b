"""Which head forecasts best? One change at a time, judged on the built-ins' calibration parts, never on test.

    python -m benchmarks.forecast_design

The default: a direct head (one output per step of the horizon) that sees the state and, by its closed-form ridge refit,
the older values of the window. Against it: no ridge refit, the newest input in the readout beside the state, and
recursion (a one-step model fed its own forecasts). Printed: RMSE relative to the default, geometric mean over the
series with a bootstrap interval, one step ahead and over the horizon. Stored in benchmarks/results.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import numpy as np
import torch
from scipy.stats import bootstrap
from torch import Tensor, nn

from benchmarks import RESULTS
from benchmarks.replaced import replaced
from liquid.dynamics.ensemble import LinearEnsemble
from liquid.learning import training
from liquid.learning.config import TrainConfig
from liquid.learning.forecaster import Forecaster
from liquid.learning.models import ForecastModel
from liquid.learning.training import Finished, train
from liquid.series import builtin
from liquid.series.series import Series
from liquid.series.windows import Floats, changes
from liquid.studies import stored

RESULT = RESULTS / "forecast_design.json"
CONFIG = TrainConfig(members=4, steps=400)


class WithInput(ForecastModel):
    """The readout sees the newest input beside the state."""

    def __init__(self, config: TrainConfig, features: int, window: int) -> None:
        super().__init__(config, features, window)
        bound = 1 / np.sqrt(config.state_size + features)
        generator = torch.Generator().manual_seed(config.seed)
        readouts = [nn.Linear(config.state_size + features, config.horizon) for _ in range(config.members)]
        for parameter in (p for readout in readouts for p in readout.parameters()):
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
        self.readout = LinearEnsemble(readouts)

    def states(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        states = super().states(x, timespans)
        return torch.cat([states, x.expand(len(states), *x.shape)], dim=-1)


Change = Callable[[], AbstractContextManager[object]]
VARIANTS: dict[str, Change] = {
    "default": nullcontext,
    "no ridge refit": lambda: replaced(training, "refine", lambda model, prepared: 0.0),
    "input in the readout": lambda: replaced(training, "ForecastModel", WithInput),
}


def forecaster(series: Series, config: TrainConfig) -> Forecaster:
    *_, last = train(series, config)
    if not isinstance(last, Finished):
        raise RuntimeError("training ended without a result")
    return last.forecaster


def errors(series: Series) -> Iterator[tuple[str, Floats]]:
    """RMSE at every step of the horizon on the calibration part, by variant."""
    for name, change in VARIANTS.items():
        with change():
            fitted = forecaster(series, CONFIG)
        origins, truth = _calibration(fitted)
        yield name, _rmse(fitted.predict(origins) - truth)
    one_step = forecaster(series, replace(CONFIG, horizon=1))
    yield "recursion", _rmse(_rolled(one_step, origins) - truth)


def _calibration(fitted: Forecaster) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Floats]:
    prepared = fitted.prepared
    part = prepared.split.calibration
    origins = np.arange(part.start - 1, part.stop - 1)
    ahead = changes(prepared.target[: part.stop], CONFIG.horizon)[origins]
    return origins, ahead + prepared.target[origins, None]


def _rolled(fitted: Forecaster, origins: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """The one-step model fed its own forecasts: each origin's window becomes a short series that grows."""
    prepared = fitted.prepared
    known = [prepared.target[origins - k] for k in range(prepared.window - 1, -1, -1)]
    steps = []
    for _ in range(CONFIG.horizon):
        history = np.stack(known[-prepared.window :], axis=1)  # [origins, window]
        laid = replace(
            prepared, channels=history.reshape(-1, 1), age=np.empty((history.size, 0)), spans=np.ones(history.size)
        )
        ends = np.arange(len(origins)) * prepared.window + prepared.window - 1
        value = replace(fitted, prepared=laid).predict(ends)[:, 0]
        steps.append(value)
        known.append(value)
    return np.stack(steps, axis=1)


def _rmse(error: Floats) -> Floats:
    result: Floats = np.sqrt(np.nanmean(error**2, axis=0))
    return result


def summary(table: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, list[float]]]:
    """Geometric mean of RMSE(variant) / RMSE(default) over series, with a 95 % bootstrap interval over series."""
    rng = np.random.default_rng(0)
    result: dict[str, dict[str, list[float]]] = {}
    for variant in (*list(VARIANTS)[1:], "recursion"):
        logs = np.log([np.array(rows[variant]) / np.array(rows["default"]) for rows in table.values()])
        result[variant] = {}
        for name, values in (("one step", logs[:, 0]), ("horizon", logs.mean(axis=1))):
            drawn = bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=rng).confidence_interval
            result[variant][name] = [float(np.exp(v)) for v in (values.mean(), drawn.low, drawn.high)]
    return result


def main() -> None:
    torch.set_num_threads(1)
    table: dict[str, dict[str, list[float]]] = {}
    for name in builtin.names():
        series = builtin.load(name)
        table[name] = {variant: error.tolist() for variant, error in errors(series)}
        shown = {v: np.array(e) / np.array(table[name]["default"]) for v, e in table[name].items()}
        print(f"{name:22s}", {v: f"{r[0]:.2f} / {np.exp(np.log(r).mean()):.2f}" for v, r in shown.items()}, flush=True)
    totals = summary(table)
    print(json.dumps(totals, indent=1))
    RESULT.write_text(json.dumps({"summary": totals, "rmse": table}, indent=1) + "\n", encoding="utf-8")
    stored.record("forecast_design", "benchmarks.forecast_design", RESULTS)


if __name__ == "__main__":
    main()
