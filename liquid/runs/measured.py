"""What was measured in a training, in a run's files: its series, loss curve, metrics and forecasts.

What can be computed from the rest in no time is not read but computed, so that truth, band and sentences always fit the
numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
import safetensors.torch
import torch
from annotated_types import Interval
from pydantic import Field

import liquid
from liquid.errors import MOST_CHARACTERS, LiquidError
from liquid.learning.band import LEVEL, LEVELS
from liquid.learning.comparison import RmseRatio
from liquid.learning.config import TrainConfig
from liquid.learning.data import MOST_ORIGINS, split_known
from liquid.learning.forecaster import Forecast, Forecaster
from liquid.learning.metrics import Metrics
from liquid.learning.report import Report
from liquid.learning.run import Run
from liquid.learning.training import Finished, Progress
from liquid.learning.verdict import Row
from liquid.models.registry import BASELINES, current_name
from liquid.runs.content import (
    LONGEST,
    Floats,
    Names,
    Size,
    Sizes,
    Text,
    column_names,
    csv_bytes,
    csv_numbers,
    document_of,
    exactly,
    json_bytes,
    tensors,
    text_bytes,
    within,
    wrong,
)
from liquid.series.export import to_csv
from liquid.series.series import Series, Stamps, TimeKind
from liquid.series.words import legible
from liquid.settings import Document, parsed
from liquid.studies.stored import versions

SERIES, VALUES, CURVE = "series.json", "series.csv", "curve.csv"
METRICS, RESULT, FORECAST = "metrics.json", "result.safetensors", "forecast.csv"

MOST_NOTES = 1000
LONGEST_READING = 50_000  # characters of the reader's options
MOST_CURVE_POINTS = 1000
CURVE_COLUMNS = ("step", "train_loss", "validation_loss", "elapsed", "time_left")
LAST_DATE = 2.5e11  # seconds: the year 9892, which every calendar can still write
Season = Annotated[int, Interval(ge=2)]
Shares = Annotated[tuple[Annotated[float, Interval(ge=0.0, le=1.0)], ...], Field(max_length=1000, fail_fast=True)]


# The series: series.json and series.csv, the columns that were used


@dataclass(frozen=True)
class SeriesDocument(Document):
    """series.json: all of a Series but its numbers."""

    names: Names
    title: Text
    unit: Text
    time_name: Text
    time_kind: TimeKind
    source: Text
    notes: Annotated[tuple[Text, ...], Field(max_length=MOST_NOTES, fail_fast=True)]
    season: Season | None
    zone: Text = ""  # older runs have none
    units: Annotated[tuple[Text, ...], Field(max_length=LONGEST, fail_fast=True)] = ()
    read_as: Annotated[str, Field(max_length=LONGEST_READING)] = ""  # older runs have none


def series_json(run: Run) -> bytes:
    used = run.series.select(run.forecaster.prepared.names)
    return json_bytes(asdict(document_of(SeriesDocument, used)))


def series_csv(run: Run) -> bytes:
    """Time and values; the columns are named in series.json."""
    used = run.series.select(run.forecaster.prepared.names)
    header = ("time", *(f"column_{number + 1}" for number in range(len(used.names))))
    return csv_bytes(header, np.column_stack([used.time, used.values]))


def read_series(files: Mapping[str, bytes], forecaster: Forecaster) -> Series:
    """The series that this forecaster was trained on, from anybody."""
    about = parsed(SeriesDocument, files[SERIES], SERIES)
    names, target = column_names(about.names), forecaster.config.target
    if names != forecaster.prepared.names or target not in (None, names[0]):
        raise wrong(SERIES, "names", "the columns that scaling.json and config.json name")
    table = csv_numbers(VALUES, files[VALUES], 1 + len(names))
    if about.time_kind == "date" and np.abs(table[:, 0]).max() > LAST_DATE:
        raise LiquidError(f"{VALUES} holds dates beyond the year 9000: keep the file as it was saved.")
    try:
        return Series(
            time=table[:, 0],
            values=table[:, 1:],
            names=names,
            title=legible(about.title),
            unit=legible(about.unit),
            time_name=legible(about.time_name),
            time_kind=about.time_kind,
            source=legible(about.source, MOST_CHARACTERS),
            notes=tuple(legible(note, MOST_CHARACTERS) for note in about.notes),
            season=about.season,
            zone=about.zone,
            units=tuple(legible(unit) for unit in about.units),
            read_as=about.read_as,
        )
    except LiquidError as error:
        raise LiquidError(f"{SERIES} and {VALUES} are no series. {error}") from error


# The loss curve: curve.csv


def curve_csv(run: Run) -> bytes:
    rows = [[*(getattr(point, name) for name in CURVE_COLUMNS), *point.member_losses] for point in run.curve]
    header = (*CURVE_COLUMNS, *(f"network_{number + 1}" for number in range(len(run.curve[0].member_losses))))
    return csv_bytes(header, np.array(rows, dtype=np.float64))


def read_curve(files: Mapping[str, bytes], config: TrainConfig) -> tuple[Progress, ...]:
    """The loss curve of a training with this config, from anybody."""
    table = csv_numbers(CURVE, files[CURVE], len(CURVE_COLUMNS) + config.members)
    steps = table[:, CURVE_COLUMNS.index("step")]
    rising = np.all(np.diff(steps) > 0) and np.all(steps == np.round(steps)) and steps[0] >= 1
    if not rising or steps[-1] > config.steps or len(table) > MOST_CURVE_POINTS:
        raise LiquidError(f"{CURVE} holds steps that no training of {config.steps} takes: keep the file as saved.")
    return tuple(
        Progress(
            step=int(step),
            steps=config.steps,
            train_loss=train_loss,
            validation_loss=validation_loss,
            member_losses=tuple(member_losses),
            elapsed=elapsed,
            time_left=time_left,
        )
        for step, train_loss, validation_loss, elapsed, time_left, *member_losses in table.tolist()
    )


# Metrics and forecasts: metrics.json and result.safetensors


@dataclass(frozen=True)
class RatioDocument(Document):
    """RMSE of the model over that of the row, with the ends of its interval; null what does not exist."""

    value: Size | None
    low: Size | None
    high: Size | None


@dataclass(frozen=True)
class RowDocument(Document):
    """The errors of the model, or of a baseline; null if nothing can be divided by."""

    name: Text
    rmse: Size
    mae: Size
    nrmse: Size | None
    mase: Size | None
    horizon_rmse: Sizes
    rmse_ratio_of_model: RatioDocument
    horizon_ratio_of_model: RatioDocument | None = None  # older runs have none


@dataclass(frozen=True)
class MetricsDocument(Document):
    """What is read back of metrics.json."""

    rows: Annotated[tuple[RowDocument, ...], Field(min_length=2, max_length=1 + len(BASELINES), fail_fast=True)]
    coverage: Shares
    points: int
    season: Season | None
    outcome: Literal["done", "stopped", "diverged"]
    message: Text
    best_step: int
    seconds: Size
    left_out: Annotated[tuple[Text, ...], Field(max_length=len(BASELINES), fail_fast=True)] = ()
    coverages: Annotated[tuple[Shares, ...], Field(max_length=len(LEVELS), fail_fast=True)] = ()  # older runs: LEVEL's
    stamps: int | None = None  # of the test part, of which `points` have a known value; older runs: all


def metrics(run: Run) -> dict[str, Any]:
    """What was measured: what is read back, and beside it what a person may want to know."""
    report, finished, model = run.report, run.finished, run.forecaster.model
    rows = tuple(
        RowDocument(
            name=row.name,
            **asdict(row.one_step),
            horizon_rmse=tuple(row.horizon_rmse.tolist()),
            rmse_ratio_of_model=RatioDocument(**row.ratio._asdict()),
            horizon_ratio_of_model=row.horizon_ratio and RatioDocument(**row.horizon_ratio._asdict()),
        )
        for row in report.rows
    )
    measured = MetricsDocument(
        rows=rows,
        coverage=tuple(report.coverage[report.levels.index(LEVEL)].tolist()),
        coverages=tuple(map(tuple, report.coverage.tolist())) if len(report.levels) > 1 else (),
        points=report.points,
        season=report.season,
        outcome=finished.outcome,
        message=finished.message,
        best_step=finished.best_step,
        seconds=finished.seconds,
        left_out=report.left_out,
        stamps=len(report.stamps),
    )
    return {
        "sentence": report.sentence,
        "band_sentence": report.band_sentence,
        **asdict(measured),
        "levels": list(report.levels),
        "half_widths": run.forecaster.band.half_width.tolist(),
        "thinned": report.thinned,
        "parameters": model.parameter_count(),
        "taps": model.taps[0].numel(),
        "series": {"title": run.series.title, "source": run.series.source, "length": len(run.series)},
        "notes": list(run.series.notes),
        "outliers": run.outliers,
        "versions": {"liquid": liquid.__version__, **versions(("torch", "numpy"))},
    }


def metrics_json(run: Run) -> bytes:
    return json_bytes(metrics(run))


def result_safetensors(run: Run) -> bytes:
    """Where along the series the members forecast one step, these forecasts, their band, and the next values."""
    report = run.report
    result = {
        "points": torch.from_numpy(np.searchsorted(run.series.stamps(), report.stamps).astype(np.int64)),
        "one_step_members": torch.from_numpy(np.ascontiguousarray(report.one_step_members, dtype=np.float64)),
        "forecast": torch.from_numpy(np.ascontiguousarray(run.forecast.mean, dtype=np.float64)),
    }
    if len(report.levels) > 1:  # the band of an older run does not change along the test part
        result |= {name: torch.from_numpy(getattr(report, name).copy()) for name in ("low", "high")}
    return safetensors.torch.save(result)


def read_run(files: Mapping[str, bytes], forecaster: Forecaster) -> Run:
    """The Run of this forecaster in the other files, from anybody. LiquidError if one does not fit."""
    config, series = forecaster.config, read_series(files, forecaster)
    continued = forecaster.continued(series)
    split = split_known(continued.prepared.observed, series.names[0])
    ready = replace(continued, prepared=replace(continued.prepared, split=split))
    measured = parsed(MetricsDocument, files[METRICS], METRICS)
    name, stamps = ("points", measured.points) if measured.stamps is None else ("stamps", measured.stamps)
    points = within(METRICS, name, stamps, 1, min(MOST_ORIGINS, len(series)))
    best = within(METRICS, "best_step", measured.best_step, 1, config.steps)
    shapes = {
        "points": ((points,), torch.int64),
        "one_step_members": ((config.members, points), torch.float64),
        "forecast": ((config.horizon,), torch.float64),
    }
    levels = len(ready.band.levels)
    if levels > 1:
        shapes |= {"low": ((levels, points), torch.float64), "high": ((levels, points), torch.float64)}
    loaded = tensors(RESULT, files[RESULT], shapes, "forecasts", METRICS)
    result = {name: tensor.numpy() for name, tensor in loaded.items()}
    following = series.stamps(series.times_after(len(ready.prepared.target), config.horizon))
    return Run(
        series=series,
        config=config,
        curve=read_curve(files, config),
        finished=Finished(ready, measured.outcome, legible(measured.message, MOST_CHARACTERS), best, measured.seconds),
        report=_report(measured, ready, series, result),
        forecast=Forecast(following, result["forecast"], ready.band),
    )


def _report(
    measured: MetricsDocument, forecaster: Forecaster, series: Series, result: Mapping[str, np.ndarray]
) -> Report:
    config, split, band = forecaster.config, forecaster.prepared.split, forecaster.band
    points, members = result["points"], result["one_step_members"]
    if points[0] < split.test.start or points[-1] >= split.test.stop or np.any(np.diff(points) <= 0):
        raise LiquidError(f"{RESULT} has forecasts outside of the test part: keep the files of one run together.")
    rows = tuple(_row(row, config.horizon) for row in measured.rows)
    names = [row.name for row in rows]
    if names[0] != config.model or not set(BASELINES).issuperset(names[1:]) or len(set(names)) < len(names):
        raise wrong(METRICS, "rows", f"{config.model} and baselines, each once")
    truth = forecaster.prepared.observed[points]
    known = int(np.isfinite(truth).sum())
    if known != measured.points:
        raise wrong(METRICS, "points", f"{known}, as many as are known of the test part")
    season = measured.season
    coverages = measured.coverages or (measured.coverage,)
    if len(coverages) != len(band.levels):
        raise wrong(METRICS, "coverages", f"a list of {len(band.levels)} lists")
    one_step = members.mean(axis=0)
    width = band.half_width[:, :1]
    low, high = result.get("low", one_step - width), result.get("high", one_step + width)
    if np.any(low > high):
        raise LiquidError(f"{RESULT} has a band that ends before it begins: keep the files of one run together.")
    return Report(
        stamps=series.stamps()[points],
        truth=truth,
        one_step=one_step,
        one_step_members=members,
        levels=band.levels,
        low=low,
        high=high,
        rows=rows,
        coverage=np.stack([exactly(METRICS, "coverages", one, config.horizon) for one in coverages]),
        points=known,
        thinned=len(points) < len(split.test),
        season=None if season is None else within(METRICS, "season", season, 2, len(series)),
        calibration=forecaster.prepared.known_in(split.calibration),
        left_out=tuple(legible(sentence, MOST_CHARACTERS) for sentence in measured.left_out),
    )


def _row(row: RowDocument, horizon: int) -> Row:
    nrmse, mase = (np.inf if number is None else number for number in (row.nrmse, row.mase))
    errors = Metrics(rmse=row.rmse, mae=row.mae, nrmse=nrmse, mase=mase)
    by_step = exactly(METRICS, f"rows, {row.name[:80]}, horizon_rmse", row.horizon_rmse, horizon)
    over = None if row.horizon_ratio_of_model is None else _ratio(row.horizon_ratio_of_model)
    return Row(current_name(row.name), errors, by_step, _ratio(row.rmse_ratio_of_model), over)


def _ratio(ratio: RatioDocument) -> RmseRatio:
    return RmseRatio(*(np.nan if number is None else number for number in (ratio.value, ratio.low, ratio.high)))


# For people: forecast.csv, which nothing reads back


def forecast_csv(run: Run) -> bytes:
    """One step ahead along the test part, then the next values: time, part, step, truth, forecast, low, high.

    A truth that is missing is blank.
    """
    report = run.report
    one_step = (report.one_step, *report.within())
    return text_bytes(forecast_table(run.series, "test", report.stamps, report.truth, one_step, run.forecast))


def forecast_table(
    series: Series,
    part: str,
    stamps: Stamps,
    truth: Floats,
    one_step: tuple[Floats, Floats, Floats],
    following: Forecast,
    level: float = LEVEL,
) -> str:
    """CSV of one-step forecasts with both ends of their band inside the series, called `part`, and of the values that
    follow the last known one, with the band of one level."""
    columns = forecast_columns(part, stamps, truth, one_step, following, level)
    return to_csv({**columns, "time": _labels(series, columns["time"])})


def forecast_columns(
    part: str,
    stamps: Stamps,
    truth: Floats,
    one_step: tuple[Floats, Floats, Floats],
    following: Forecast,
    level: float = LEVEL,
) -> dict[str, Any]:
    """The columns of `forecast_table`, the times as stamps."""
    inside, beyond = len(truth), len(following.mean)
    mean, low, high = one_step
    next_low, next_high = following.within(level)
    return {
        "time": np.concatenate([stamps, following.stamps]),
        "part": [part] * inside + ["next"] * beyond,
        "step": [1] * inside + list(range(1, beyond + 1)),
        "truth": np.concatenate([truth, np.full(beyond, np.nan)]),
        "forecast": np.concatenate([mean, following.mean]),
        "low": np.concatenate([low, next_low]),
        "high": np.concatenate([high, next_high]),
    }


def _labels(series: Series, stamps: Stamps) -> Floats | list[str]:
    """Dates as short ISO 8601; numbers stay numbers."""
    if stamps.dtype.kind != "M":
        return np.asarray(stamps, dtype=np.float64)
    return series.stamp_labels(series.from_axis(stamps.astype("datetime64[ms]").astype(np.int64) / 1000))
