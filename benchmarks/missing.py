"""How should a model see that values are missing? Judged on the calibration parts of built-ins, never on test.

    python -m benchmarks.missing

30 or 60 % of the samples are removed at random, and every way forecasts the values that are left, 1 to 4 steps ahead:
the last known value carried forward, alone or with its age as a further input; or the sample left out, and the time
to the sample before it as an input, as timespans of the Liquid layer, or as both. Written to docs/results/missing.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from itertools import product
from pathlib import Path

import numpy as np
import torch
from scipy.stats import bootstrap
from torch import Tensor

from benchmarks.replaced import replaced
from liquid.learning import training
from liquid.learning.config import TrainConfig
from liquid.learning.data import LONGEST_SPAN, Origins, Prepared, Rows, prepare
from liquid.learning.training import Finished, train
from liquid.series import builtin
from liquid.series.series import Series

RESULT = Path(__file__).resolve().parents[1] / "docs" / "results" / "missing.md"
CONFIG = TrainConfig(members=2, steps=150, window=32, batch=32, state_size=8, horizon=4)
SERIES, LENGTH, SEEDS, SHARES = ("sunspots-monthly", "seattle-weather", "lorenz"), 600, 4, (0.3, 0.6)
MODELS = ("Liquid", "GRU")


@dataclass(frozen=True)
class LeftOut(Prepared):
    """Windows of known samples, the newest known value at the origin as the last; `timed`: the model reads the time
    between them."""

    timed: bool = True

    @property
    def features(self) -> int:
        return super().features + self.timed

    def rows(self, origins: Origins) -> Rows:
        known = np.flatnonzero(np.isfinite(self.observed))
        newest = np.searchsorted(known, origins, side="left")  # of those before the origin
        before = known[np.maximum(newest[:, None] + np.arange(1 - self.window, 0), 0)]
        return np.concatenate([before, origins[:, None]], axis=1)

    def model_input(self, rows: Rows) -> Tensor:
        seen = super().model_input(rows)
        gap = np.log1p(np.maximum(np.diff(rows, axis=1, prepend=rows[:, :1] - 1) - 1, 0))
        return torch.cat([seen, torch.from_numpy(gap[:, :, None].astype(np.float32))], dim=2) if self.timed else seen

    def timespans_at(self, rows: Rows) -> Tensor | float:
        spans = np.clip(np.diff(rows, axis=1, prepend=rows[:, :1] - 1), 1, LONGEST_SPAN)
        return torch.from_numpy(spans.astype(np.float32)) if self.timespans else 1.0


def without_age(series: Series, config: TrainConfig) -> Prepared:
    prepared = prepare(series, config)
    return replace(prepared, aged=(), age=prepared.age[:, :0])


def left_out(elapsed: bool) -> Callable[[Series, TrainConfig], Prepared]:
    def made(series: Series, config: TrainConfig) -> Prepared:
        prepared = without_age(series, config)
        return LeftOut(**{field.name: getattr(prepared, field.name) for field in fields(prepared)}, timed=elapsed)

    return made


# How a series is prepared, and whether the layer steps by the time between samples.
WAYS: dict[str, tuple[Callable[[Series, TrainConfig], Prepared], bool]] = {
    "carried forward": (without_age, False),
    "carried forward, with age": (prepare, False),
    "left out, time as input": (left_out(True), False),
    "left out, time as timespans": (left_out(False), True),
    "left out, both": (left_out(True), True),
}


def with_gaps(name: str, share: float, seed: int) -> Series:
    """The first column of a built-in, without a share of its newest LENGTH values."""
    series = builtin.load(name)
    series = series.select(series.names[:1])
    values = series.values[-LENGTH:].copy()
    values[np.random.default_rng(seed).random(len(values)) < share] = np.nan
    return replace(series, time=series.time[-LENGTH:][: len(values)], values=values, season=None)


def error(series: Series, config: TrainConfig, way: str) -> float:
    """RMSE on the calibration part, geometric mean over the horizon."""
    with replaced(training, "prepare", WAYS[way][0]):
        *_, last = train(series, replace(config, timespans=WAYS[way][1]))
    assert isinstance(last, Finished)
    origins, truth = last.forecaster.prepared.reaching(last.forecaster.prepared.split.calibration)
    squares = np.nanmean((last.forecaster.predict(origins) - truth) ** 2, axis=0)
    return float(np.exp(np.log(squares).mean() / 2))


def main() -> None:
    torch.set_num_threads(1)
    logs: dict[tuple[float, str, str], list[float]] = {}
    for share, name, seed, model in product(SHARES, SERIES, range(SEEDS), MODELS):
        series, config = with_gaps(name, share, seed), replace(CONFIG, model=model, seed=seed)
        base = error(series, config, "carried forward")
        for way, (_, timespans) in list(WAYS.items())[1:]:
            if timespans and not config.kind.clocked:
                continue
            ratio = error(series, config, way) / base
            logs.setdefault((share, model, way), []).append(np.log(ratio))
            print(f"{share:.0%} {name:16s} {seed} {model:8s} {way:30s} {ratio:.3f}", flush=True)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(page(logs), encoding="utf-8")


def page(logs: dict[tuple[float, str, str], list[float]]) -> str:
    rows = ["| removed | model | way | RMSE / carried forward alone [95 %] |", "|---|---|---|---|"]
    for (share, model, way), values in logs.items():
        drawn = bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(0))
        mean, low, high = np.exp([np.mean(values), drawn.confidence_interval.low, drawn.confidence_interval.high])
        rows.append(f"| {share:.0%} | {model} | {way} | {mean:.3f} [{low:.3f}, {high:.3f}] |")
    return "\n".join(
        [
            "# How a model sees that values are missing",
            "",
            f"A share of the newest {LENGTH} values removed at random from {', '.join(SERIES)}, {SEEDS} seeds each "
            f"(removal and training). RMSE 1 to {CONFIG.horizon} steps ahead on the known values of the calibration "
            "part, relative to the last known value carried forward alone; geometric mean, bootstrap over series and "
            f"seeds. {CONFIG.members} networks of {CONFIG.state_size}, window {CONFIG.window}, {CONFIG.steps} steps.",
            "",
            *rows,
            "",
            "So the last known value is carried forward, with its age as an input if the training part has gaps: "
            "leaving samples out is never measurably better, and twice measurably worse. The age alone changes nothing "
            "that can be measured here; it stays, for without it a value that repeats cannot be told from one that is "
            "missing.",
            "",
            "From `python -m benchmarks.missing`.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
