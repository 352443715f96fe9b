"""A run as files: what was learned as safetensors and JSON, what it forecasts as CSV. Nothing in them can run code."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError

import liquid
from liquid.errors import LiquidError
from liquid.learning.config import LIMITS, MOST_INPUTS, TrainConfig
from liquid.learning.data import Prepared
from liquid.learning.forecaster import Forecast, Forecaster
from liquid.learning.models import forecast_model
from liquid.learning.run import Run
from liquid.runs.fields import Fields
from liquid.series.export import to_csv
from liquid.series.series import Series, Stamps
from liquid.series.windows import Floats, Scaler, Split
from liquid.series.words import legible

CONFIG, SCALING, WEIGHTS, METRICS = "config.json", "scaling.json", "weights.safetensors", "metrics.json"
FORECAST = "forecast.csv"

Shape = tuple[tuple[int, ...], torch.dtype]
Shapes = Mapping[str, Shape]

MOST_HEADER = 100_000  # bytes of names and shapes in a safetensors file
MOST_BYTES = 500_000_000  # of one file; the largest config has weights of a tenth of it


def documents(run: Run) -> dict[str, bytes]:
    """Every file of a run but its picture, by name."""
    return {
        CONFIG: _text(run.config.to_json()),
        METRICS: json_bytes(metrics(run)),
        SCALING: json_bytes(scaling(run.forecaster.prepared, run.forecaster.half_width, run.series)),
        WEIGHTS: safetensors.torch.save(dict(run.forecaster.model.state_dict())),
        FORECAST: _text(forecast_csv(run)),
    }


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, made where it is missing. Raises OSError where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def metrics(run: Run) -> dict[str, Any]:
    """What was measured, as JSON can hold it: values that do not exist are null."""
    report, finished, model = run.report, run.finished, run.forecaster.model
    rows = [
        {
            "name": row.name,
            **asdict(row.one_step),
            "horizon_rmse": row.horizon_rmse.tolist(),
            "rmse_ratio_of_model": dict(zip(("value", "low", "high"), row.ratio, strict=True)),
        }
        for row in report.rows
    ]
    return {
        "sentence": report.sentence,
        "band_sentence": report.band_sentence,
        "rows": rows,
        "coverage": report.coverage.tolist(),
        "half_width": report.half_width.tolist(),
        "points": report.points,
        "thinned": report.thinned,
        "season": report.season,
        "outcome": finished.outcome,
        "message": finished.message,
        "best_step": finished.best_step,
        "seconds": finished.seconds,
        "parameters": model.parameter_count(),
        "taps": model.taps[0].numel(),
        "series": {"title": run.series.title, "source": run.series.source, "length": len(run.series)},
        "notes": list(run.series.notes),
        "versions": {
            "liquid": liquid.__version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }


def scaling(prepared: Prepared, half_width: Floats, series: Series) -> dict[str, Any]:
    """What a forecast on new data needs beside config and weights."""
    return {
        "names": list(prepared.names),
        "mean": prepared.scaler.mean.tolist(),
        "scale": prepared.scaler.scale.tolist(),
        "change_scale": prepared.change_scale.tolist(),
        "step_scale": prepared.step_scale.tolist(),
        "half_width": half_width.tolist(),
        "trending": prepared.trending,
        "window": prepared.window,
        "sampling": series.describe_period(),
    }


def forecast_csv(run: Run) -> str:
    """One step ahead along the test part, then the next values: time, part, step, truth, forecast, low, high."""
    report = run.report
    return forecast_table(run.series, "test", report.stamps, report.truth, report.one_step, run.forecast)


def forecast_table(
    series: Series, part: str, stamps: Stamps, truth: Floats, one_step: Floats, following: Forecast
) -> str:
    """CSV of one-step forecasts of known values, called `part`, and of the values that follow the series."""
    known, unknown = len(truth), len(following.mean)
    width = (following.high - following.low)[0] / 2
    return to_csv(
        {
            "time": _labels(series, np.concatenate([stamps, following.stamps])),
            "part": [part] * known + ["next"] * unknown,
            "step": [1] * known + list(range(1, unknown + 1)),
            "truth": np.concatenate([truth, np.full(unknown, np.nan)]),
            "forecast": np.concatenate([one_step, following.mean]),
            "low": np.concatenate([one_step - width, following.low]),
            "high": np.concatenate([one_step + width, following.high]),
        }
    )


def load(folder: Path) -> tuple[Forecaster, str]:
    """The saved Forecaster, without data until it is `continued`, and its sampling in words.

    LiquidError where a file is missing, broken, or does not fit the others.
    """
    return forecaster({name: _read(folder / name) for name in (CONFIG, SCALING, WEIGHTS)}, f"{folder}/")


def forecaster(files: Mapping[str, bytes], where: str = "") -> tuple[Forecaster, str]:
    """The Forecaster in the files of a run, from anybody; `where` they lie is put before their names in a sentence."""
    config = TrainConfig.from_json(files[CONFIG].decode("utf-8", errors="replace"))
    if config.target is not None:
        config = replace(config, target=column_names([config.target])[0])
    config = replace(config, inputs=column_names(config.inputs, 2))
    given = Fields(f"{where}{SCALING}", files[SCALING])
    names = column_names(given.texts("names", MOST_INPUTS + 1))
    prepared = Prepared(
        names=names,
        channels=np.empty((0, len(names))),
        spans=np.empty(0),
        split=Split(range(0), range(0), range(0), range(0)),
        scaler=Scaler(given.numbers("mean", len(names)), given.numbers("scale", len(names), positive=True)),
        change_scale=given.numbers("change_scale", len(names), positive=True),
        step_scale=given.numbers("step_scale", config.horizon, positive=True),
        trending=given.flag("trending"),
        window=given.whole("window", 2, int(LIMITS["window"][1])),
        timespans=config.timespans,
    )
    model = forecast_model(config, prepared.features, prepared.window)
    wanted = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in model.state_dict().items()}
    model.load_state_dict(tensors(f"{where}{WEIGHTS}", files[WEIGHTS], wanted))
    half_width = given.numbers("half_width", config.horizon)
    if half_width.min() < 0:
        raise given.wrong("half_width", f"a list of {config.horizon} numbers from 0 up")
    return Forecaster(config, model, prepared, half_width), legible(given.text("sampling"))


def column_names(given: Sequence[str], first: int = 1) -> tuple[str, ...]:
    """Names from anybody as the CSV reader would have them, the first being that of column `first`."""
    return tuple(legible(name) or f"column {number}" for number, name in enumerate(given, first))


def tensors(path: str, content: bytes, wanted: Shapes, what: str = "weights") -> dict[str, torch.Tensor]:
    """Exactly the `wanted` tensors, all finite, from a safetensors file of anybody. LiquidError names what differs."""
    size = sum(math.prod(shape) * dtype.itemsize for shape, dtype in wanted.values())
    if len(content) > size + MOST_HEADER:  # before anything is loaded
        raise LiquidError(f"{path} has {len(content):,} bytes, these {what} have {size:,}: keep the files of one run.")
    try:
        found = safetensors.torch.load(content)
    except (SafetensorError, ValueError, KeyError) as error:
        raise LiquidError(f"{path} holds no {what} ({error}): train the model again.") from error
    shapes = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in found.items()}
    for name in sorted(wanted.keys() | shapes.keys()):
        if wanted.get(name) != shapes.get(name):
            raise LiquidError(
                f"{path} does not fit {CONFIG}: '{legible(name)}' is {_shape(shapes.get(name))}, expected "
                f"{_shape(wanted.get(name))}. Keep the files of one run together."
            )
    if not all(torch.isfinite(tensor).all() for tensor in found.values()):
        raise LiquidError(f"{path} holds {what} that are not finite: train the model again.")
    return found


def _shape(entry: Shape | None) -> str:
    return "missing" if entry is None else f"{list(entry[0])} in {str(entry[1]).removeprefix('torch.')}"


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise LiquidError(f"{path} is larger than {MOST_BYTES // 10**6} MB: it is not a file of a saved run.")
        return path.read_bytes()
    except OSError as error:
        raise LiquidError(f"{path} cannot be read ({error.strerror}): choose the folder of a saved run.") from error


def _labels(series: Series, stamps: Stamps) -> Floats | list[str]:
    """Dates as short ISO 8601; numbers stay numbers."""
    if stamps.dtype.kind != "M":
        return np.asarray(stamps, dtype=np.float64)
    return series.stamp_labels(series.from_axis(stamps.astype("datetime64[ms]").astype(np.int64) / 1000))


def json_bytes(value: Any) -> bytes:
    """A document as JSON; numbers that are infinite or do not exist are null."""
    return _text(json.dumps(_finite(value), indent=2, allow_nan=False))


def _finite(value: Any) -> Any:
    """The same value with null where a number is infinite or does not exist."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(text: str) -> bytes:
    return (text.rstrip("\n") + "\n").encode()
