"""What of a forecast earns its place? One change at a time, judged on the built-ins' calibration parts, never on test.

    python -m benchmarks.forecast_design

The default: the linear part first, then networks with a direct head (one output per step of the horizon) on what it
leaves over, their closed-form ridge refit, and the share of them that validation leaves. Against it: each of these
taken away, and the newest input in the readout beside the state. Printed: RMSE relative to the default, geometric mean
over the series with a bootstrap interval, one step ahead and over the horizon. Stored in benchmarks/results.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from scipy.stats import bootstrap
from torch import Tensor, nn

from benchmarks import RESULTS
from benchmarks.replaced import replaced
from liquid.dynamics.ensemble import LinearEnsemble
from liquid.learning import training
from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared
from liquid.learning.forecaster import Forecaster
from liquid.learning.models import ForecastModel
from liquid.learning.training import Finished, train
from liquid.series import builtin
from liquid.series.series import Series
from liquid.series.windows import Floats
from liquid.studies import stored

RESULT = RESULTS / "forecast_design.json"
CONFIG = TrainConfig(members=4)


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


@torch.no_grad()
def _silenced(model: ForecastModel, prepared: Prepared) -> float:
    """The linear part alone."""
    for weights in (*model.readout.parameters(), model.taps):
        weights.zero_()
    return 0.0


Change = Callable[[], AbstractContextManager[object]]
VARIANTS: dict[str, Change] = {
    "default": nullcontext,
    "no linear part": lambda: replaced(training, "linear_first", lambda prepared: prepared),
    "no shrinking": lambda: replaced(training, "shrink", lambda model, prepared: 1.0),
    "no networks": lambda: replaced(training, "shrink", _silenced),
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
        origins, truth = fitted.prepared.reaching(fitted.prepared.split.calibration)
        yield name, _rmse(fitted.predict(origins) - truth)


def _rmse(error: Floats) -> Floats:
    result: Floats = np.sqrt(np.nanmean(error**2, axis=0))
    return result


def summary(table: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, list[float]]]:
    """Geometric mean of RMSE(variant) / RMSE(default) over series, with a 95 % bootstrap interval over series."""
    rng = np.random.default_rng(0)
    result: dict[str, dict[str, list[float]]] = {}
    for variant in list(VARIANTS)[1:]:
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
