"""What does training do to the time constants, and does it matter whether the training data were calm or noisy?

The same start is trained twice, on a clean series and on the same series with noise, over several seeds; then every
layer, untrained ones too, runs along the same clean input of which no training has seen the noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from liquid.dynamics.diagnostics import effective_time_constants, states_before
from liquid.dynamics.moments import closure
from liquid.dynamics.weights import LayerWeights, sigmoid
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.data import prepare
from liquid.learning.models import ForecastModel
from liquid.learning.training import Finished, train
from liquid.series.series import Series, from_columns
from liquid.studies.noise.signal import Signal, liquid_layer, read_by
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import Floats, Interval, interval

QUANTITIES = ("tau", "tau_sys", "gate", "z", "convex", "slowest", "noise response")  # the page says what each is
STAGES = ("untrained", "trained on calm", "trained on noisy")
COMPARISONS = (("trained on calm", "untrained"), ("trained on noisy", "untrained"), STAGES[:0:-1])


@dataclass(frozen=True)
class TrainingEffect:
    """`values[stage][quantity]` with 95 % intervals over seeds; `changes[(to, from)][quantity]` paired by seed."""

    values: dict[str, dict[str, Interval]]
    changes: dict[tuple[str, str], dict[str, Interval]]
    noise: float
    seeds: int


def training_effect(
    series: Series,
    config: TrainConfig,
    noise: float = 0.5,
    seeds: int = 5,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[StudyProgress | TrainingEffect]:
    """Train `config` (a Liquid model) on the target with and without noise of `noise` standard deviations.

    LiquidError unless the model is Liquid and there are two seeds or more. Stopped early, it ends without a result.
    """
    if not config.kind.liquid or seeds < 2:
        raise LiquidError(f"model={config.model!r}, seeds={seeds}: expected model='Liquid' and 2 or more seeds.")
    clean = series.column(config.target or series.names[0])
    by_stage: dict[str, list[dict[str, float]]] = {stage: [] for stage in STAGES}
    for index in range(seeds):
        seeded = TrainConfig(**{**vars(config), "target": "x", "inputs": (), "seed": config.seed + index})
        rng = np.random.default_rng([seeded.seed, 2])
        noisy = clean + noise * clean.std() * rng.normal(size=len(clean))
        calm = prepare(from_columns({"x": clean}, series.title), seeded)
        start = liquid_layer(ForecastModel(seeded, calm.features, calm.window))
        by_stage["untrained"].append(measure(start, read_by(calm, clean[:, None])))
        for place, (stage, values) in enumerate(zip(STAGES[1:], (clean, noisy), strict=True)):
            *_, last = train(from_columns({"x": values}, series.title), seeded, stop)
            if stop() or not isinstance(last, Finished):
                return
            trained = last.forecaster
            by_stage[stage].append(measure(liquid_layer(trained.model), read_by(trained.prepared, clean[:, None])))
            yield StudyProgress(2 * index + place + 1, 2 * seeds, f"{stage}, seed {seeded.seed}")
    yield TrainingEffect(
        {stage: {name: interval(_column(by_stage[stage], name)) for name in QUANTITIES} for stage in STAGES},
        {
            (to, of): {name: interval(_column(by_stage[to], name) - _column(by_stage[of], name)) for name in QUANTITIES}
            for to, of in COMPARISONS
        },
        noise,
        seeds,
    )


def measure(weights: LayerWeights, signal: Signal) -> dict[str, float]:
    """The quantities of one layer along a clean series."""
    inputs = signal.inputs()
    before = states_before(weights, inputs)
    z = inputs @ weights.inputs.T + before @ weights.recurrent.T + weights.bias
    f = sigmoid(z)
    tau_sys = weights.tau_sys(f)
    noisy = closure(weights, inputs, signal.noise(0.5 * np.ones_like(signal.values), 0.0)).tau_sys
    return {
        "tau": float(weights.tau.mean() / weights.dt),
        "tau_sys": float(tau_sys.mean() / weights.dt),
        "gate": float(f.mean()),
        "z": float(z.mean()),
        "convex": float(np.mean(z < 0)),
        "slowest": float(np.median(effective_time_constants(weights, inputs, before)[:, 0]) / weights.dt),
        "noise response": float(100 * (noisy.mean() / tau_sys.mean() - 1)),
    }


def _column(rows: list[dict[str, float]], name: str) -> Floats:
    return np.array([row[name] for row in rows])
