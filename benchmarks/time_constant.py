"""Everything about tau_sys that the app shows from disk: trained layers and study results. Run it to build them anew.

    python -m benchmarks.time_constant models      a trained layer for the page's first picture
    python -m benchmarks.time_constant r2          theory against simulation on every generator
    python -m benchmarks.time_constant training    what training does to tau_sys
    python -m benchmarks.time_constant adaptivity  who adapts: six models
    python -m benchmarks.time_constant adaptation  how three of them do

Each takes some minutes on one core.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch

from benchmarks import RESULTS
from benchmarks.adaptation import by_regime, through_change
from benchmarks.adaptivity import VARIANTS, FilterModel, Pool, Trained, train_filter
from benchmarks.filter_task import REGIMES, Scoring
from benchmarks.training_effect import TrainingEffect, training_effect
from liquid.dynamics import pretrained
from liquid.dynamics.weights import Floats, LayerWeights
from liquid.learning.config import TrainConfig
from liquid.learning.models import ForecastModel, Model
from liquid.learning.training import Finished, train
from liquid.models.liquid import inverse_softplus
from liquid.series import generators
from liquid.series.series import Series, from_columns
from liquid.studies import stored
from liquid.studies.noise.signal import Signal, liquid_layer, read_by
from liquid.studies.noise.study import NoiseConfig, measured_response
from liquid.studies.statistics import GROWS, SHRINKS, interval

MAKER = "benchmarks.time_constant"
SEEDS = 3
FORECASTER = TrainConfig(training="adam", state_size=32, dt=0.1, steps=3000, horizon=12, learning_rate=0.1)
CHANGES = {"observation noise rises tenfold": (2, 3), "process noise falls tenfold": (2, 0)}
PRETRAINED_FILTER = "liquid-change-long"


def clean_series() -> dict[str, Series]:
    """Every built-in generator without noise; of the switching walk what an observer sees."""
    made = {
        "Lorenz": generators.lorenz(1500),
        "Rössler": generators.rossler(1500),
        "Mackey-Glass": generators.mackey_glass(1500),
        "Sines": generators.sum_of_sines(1500, noise=0.0),
        "Switching walk": generators.switching_walk(1500),
    }
    return {name: from_columns({"x": series.values[:, 0]}, name) for name, series in made.items()}


def forecaster(series: Series, seed: int = 0) -> Finished:
    """A Liquid-32 trained to forecast a series at dt 0.1."""
    *_, last = train(series, replace(FORECASTER, seed=seed))
    assert isinstance(last, Finished)
    return last


def readout_of(model: Model, size: int) -> Floats:
    """How much each neuron counts for the forecast: the norm of its readout weights over the horizon."""
    assert isinstance(model, ForecastModel)
    weight = model.readout.member(0).weight.detach().double().numpy()[:, :size]
    norm: Floats = np.linalg.norm(weight, axis=0)
    return norm


def build_models() -> None:
    series = generators.lorenz(1500, noise=0.1)
    trained = forecaster(from_columns({"x": series.values[:, 0]}, "Lorenz"))
    model = trained.forecaster.model
    weights = liquid_layer(model)
    gain = read_by(trained.forecaster.prepared, series.values[:, :1]).change_gain
    about = {"title": "Liquid-32, trained to forecast a noisy Lorenz series", "series": series.source}
    about |= {"change_gain": stored.plain(gain)}
    save_layer("lorenz", weights, readout_of(model, weights.state_size), about | {"config": asdict(FORECASTER)})


def save_layer(name: str, weights: LayerWeights, readout: Floats, about: dict[str, Any]) -> None:
    """In the names of the plain layer's state dict; tau before softplus."""
    arrays = {
        "fc.weight": np.concatenate([weights.inputs, weights.recurrent], axis=1),
        "fc.bias": weights.bias,
        "A": weights.A,
        "tau": inverse_softplus(weights.tau),
    }
    pretrained.save(pretrained.FOLDER / name, arrays, readout, about | {"dt": weights.dt, "unfolds": weights.unfolds})


def build_r2() -> None:
    """Two layers (fresh, trained to forecast that series), five series, three noise levels, two colours."""
    rows = []
    for name, series in clean_series().items():
        plain = Signal((series.values[:600] - series.values[0]) / series.values[:600].std())
        trained = forecaster(series).forecaster
        layers = {
            "fresh": (LayerWeights.fresh(1, 32), plain),
            "trained": (liquid_layer(trained.model), read_by(trained.prepared, series.values[:600])),
        }
        for layer, (weights, signal) in layers.items():
            for level in (0.1, 0.3, 1.0):
                for phi in (0.0, 0.8):
                    answer = measured_response(weights, signal, NoiseConfig(level=level, phi=phi))
                    row = {"series": name, "layer": layer, "noise": level, "phi": phi, "r2": answer.r2}
                    row |= {"percent": answer.percent.mean, "low": answer.percent.low, "high": answer.percent.high}
                    largest = float(np.max(np.abs(answer.change.mean / answer.clean)) * 100)
                    rows.append(row | {"largest": largest} | {v: answer.count(v) for v in (SHRINKS, GROWS)})
                    print(row, flush=True)
    stored.save("noise_r2", rows, RESULTS, maker=MAKER)


def build_training() -> None:
    results = {}
    for name in ("Lorenz", "Mackey-Glass"):
        for event in training_effect(clean_series()[name], replace(FORECASTER, steps=800, horizon=1), seeds=8):
            if isinstance(event, TrainingEffect):
                changes = [{"to": to, "from": of, "by": by} for (to, of), by in event.changes.items()]
                about = {"training": FORECASTER.how.words, "noise": event.noise, "seeds": event.seeds}
                results[name] = {"values": event.values, "changes": changes} | about
    stored.save("training_effect", results, maker=MAKER)


def build_adaptivity() -> None:
    """Seed by seed over all models, so that what is stored is complete after every round."""
    pool, scoring = Pool.of(), Scoring.of()
    trained: dict[str, list[Trained]] = {id: [] for id in VARIANTS}
    for seed in range(SEEDS):
        for id in VARIANTS:
            trained[id].append(last_of(id, seed, pool, scoring))
        if seed:
            scale = {key: getattr(scoring, key) for key in ("fixed", "fixed_rate", "kalman", "bayes", "attainable")}
            rows = [score_row(id, trained[id]) for id in trained]
            stored.save("adaptivity", {"scale": scale, "rows": rows}, maker=MAKER)


def score_row(id: str, trained: list[Trained]) -> dict[str, Any]:
    config = trained[0].config
    return {
        "id": id,
        "name": VARIANTS[id].name,
        "core": config.core,
        "parameters": trained[0].parameters,
        "steps": config.steps,
        "seeds": len(trained),
        "config": asdict(config),
        "adaptivity": interval(np.array([one.adaptivity for one in trained])),
        "seconds": interval(np.array([one.seconds for one in trained])),
        "curve": [
            {"seconds": float(np.mean([p.seconds for p in points])), "error": float(np.mean([p.error for p in points]))}
            for points in zip(*(one.curve for one in trained), strict=True)
        ],
    }


def last_of(id: str, seed: int, pool: Pool, scoring: Scoring) -> Trained:
    *_, last = train_filter(replace(VARIANTS[id].config, seed=seed), pool, scoring)
    assert isinstance(last, Trained)
    print(f"{VARIANTS[id].name}, seed {seed}: {last.adaptivity:.4f}, {last.seconds:.0f} s", flush=True)
    return last


def build_adaptation() -> None:
    """How they adapt: two Liquid variants and the GRU, each over its seeds; one Liquid model ships."""
    pool, scoring = Pool.of(), Scoring.of()
    models: dict[str, list[FilterModel]] = {
        id: [last_of(id, seed, pool, scoring).model for seed in range(SEEDS)]
        for id in (PRETRAINED_FILTER, "liquid", "gru-change")
    }
    model = models[PRETRAINED_FILTER][0]
    about = {"title": "Liquid-32, trained on the filter task", "config": asdict(model.config)}
    save_layer("filter", model.weights, model.readout_weights, about)
    changes = []
    for title, pair in CHANGES.items():
        when, seen = through_change(models[PRETRAINED_FILTER], pair)
        changes.append({"title": title, "when": when, "quantities": seen.quantities, "kalman": seen.kalman})
    result = {id: by_regime(some) for id, some in models.items()}
    found = {"regimes": REGIMES, "by_regime": result, "changes": changes}
    stored.save("adaptation", found, maker=MAKER)


if __name__ == "__main__":
    torch.set_num_threads(1)
    jobs = {
        "models": build_models,
        "r2": build_r2,
        "training": build_training,
        "adaptivity": build_adaptivity,
        "adaptation": build_adaptation,
    }
    for job in sys.argv[1:] or jobs:
        jobs[job]()
