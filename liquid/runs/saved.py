"""A whole run as files and back: what was measured is kept, so that opening one trains and forecasts nothing anew."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import safetensors.torch
import torch

from liquid.errors import MOST_LETTERS, LiquidError
from liquid.learning.config import MOST_INPUTS, TrainConfig
from liquid.learning.data import MOST_ORIGINS
from liquid.learning.forecaster import Forecast, Forecaster
from liquid.learning.metrics import Metrics
from liquid.learning.report import Report, Row, band_sentence, winner_sentence
from liquid.learning.run import Run
from liquid.learning.training import Finished, Progress
from liquid.models.registry import BASELINES
from liquid.runs.fields import Fields
from liquid.runs.files import (
    CONFIG,
    FORECAST,
    METRICS,
    SCALING,
    WEIGHTS,
    column_names,
    documents,
    forecaster,
    tensors,
)
from liquid.series.series import Series, TimeKind
from liquid.series.windows import Floats, Split
from liquid.series.words import legible

SERIES, VALUES, CURVE, RESULT = "series.json", "series.csv", "curve.csv", "result.safetensors"
STUDIES = "studies.json"  # written and read by liquid.runs.studies, for studies stand above this room
NAMES = frozenset({CONFIG, METRICS, SCALING, WEIGHTS, FORECAST, SERIES, VALUES, CURVE, RESULT})
OPTIONAL = frozenset({STUDIES})

MOST_NOTES = 1000
MOST_CURVE_POINTS = 1000
CURVE_COLUMNS = ("step", "train_loss", "validation_loss", "elapsed", "time_left")
LAST_DATE = 2.5e11  # seconds: the year 9892, which every calendar can still write
Outcome = Literal["done", "stopped", "diverged"]
OUTCOMES: tuple[Outcome, ...] = ("done", "stopped", "diverged")
KINDS: tuple[TimeKind, ...] = ("date", "number", "index")


def run_documents(run: Run) -> dict[str, bytes]:
    """Every file of a run, also the columns of the series that it was trained on, by name."""
    used = run.series.select(run.forecaster.prepared.names)
    about = {name: value for name, value in used.to_json().items() if name not in ("time", "values")}
    header = ("time", *(f"column_{number + 1}" for number in range(len(used.names))))  # named in series.json
    report = run.report
    result = {
        "points": torch.from_numpy(np.searchsorted(run.series.stamps(), report.stamps).astype(np.int64)),
        "one_step_members": torch.from_numpy(np.ascontiguousarray(report.one_step_members, dtype=np.float64)),
        "forecast": torch.from_numpy(np.ascontiguousarray(run.forecast.mean, dtype=np.float64)),
    }
    return {
        **documents(run),
        SERIES: json.dumps(about, indent=2).encode(),
        VALUES: _csv(header, np.column_stack([used.time, used.values])),
        CURVE: _curve_csv(run.curve),
        RESULT: safetensors.torch.save(result),
    }


def open_run(files: Mapping[str, bytes]) -> Run:
    """The Run in the files of `run_documents`, from anybody. LiquidError where one is missing, or does not fit.

    What can be computed from the rest in no time is, so that truth, band and sentences always fit the numbers.
    """
    if lacking := sorted(NAMES - files.keys()):
        raise LiquidError(f"The run lacks {', '.join(lacking)}: export it again, whole.")
    found, _ = forecaster(files)
    series = _series(Fields(SERIES, files[SERIES]), files[VALUES], found)
    split = Split.of(len(series))
    continued = found.continued(series)
    ready = replace(continued, prepared=replace(continued.prepared, split=split))
    measured = Fields(METRICS, files[METRICS])
    outcome = measured.choice("outcome", OUTCOMES)
    message, seconds = legible(measured.text("message"), MOST_LETTERS), measured.number("seconds")
    best = measured.whole("best_step", 1, found.config.steps)
    points = measured.whole("points", 1, min(MOST_ORIGINS, len(series)))
    config = found.config
    shapes = {
        "points": ((points,), torch.int64),
        "one_step_members": ((config.members, points), torch.float64),
        "forecast": ((config.horizon,), torch.float64),
    }
    result = {name: found.numpy() for name, found in tensors(RESULT, files[RESULT], shapes, "forecasts").items()}
    mean = result["forecast"]
    stamps = series.stamps(series.future_stamps(config.horizon))
    return Run(
        series=series,
        config=config,
        curve=_curve(files[CURVE], config),
        finished=Finished(ready, outcome, message, best, seconds),
        report=_report(measured, ready, series, result["points"], result["one_step_members"]),
        forecast=Forecast(stamps, mean, mean - ready.half_width, mean + ready.half_width),
    )


def title_of(run: Run) -> str:
    """What a list of runs calls it, until its owner has a better name."""
    return f"{run.config.model} on {run.forecaster.prepared.names[0]} of {run.series.title}"


def _series(about: Fields, content: bytes, found: Forecaster) -> Series:
    names = column_names(about.texts("names", MOST_INPUTS + 1))
    target = found.config.target
    if names != found.prepared.names or target not in (None, names[0]):
        raise about.wrong("names", "the columns that scaling.json and config.json name")
    table = _numbers(VALUES, content, 1 + len(names))
    kind = about.choice("time_kind", KINDS)
    if kind == "date" and np.abs(table[:, 0]).max() > LAST_DATE:
        raise LiquidError(f"{VALUES} holds dates beyond the year 9000: keep the file as it was saved.")
    try:
        return Series(
            time=table[:, 0],
            values=table[:, 1:],
            names=names,
            title=legible(about.text("title")),
            unit=legible(about.text("unit")),
            time_name=legible(about.text("time_name")),
            time_kind=kind,
            source=legible(about.text("source"), MOST_LETTERS),
            notes=tuple(legible(note, MOST_LETTERS) for note in about.texts("notes", MOST_NOTES, fewest=0)),
            season=None if about.given.get("season") is None else about.whole("season", 2, len(table)),
            zone=about.text("zone") if "zone" in about.given else "",  # older runs have none
        )
    except LiquidError as error:
        raise LiquidError(f"{SERIES} and {VALUES} are no series. {error}") from error


def _numbers(name: str, content: bytes, columns: int) -> Floats:
    """The rows below the header of a CSV of numbers, `[row, columns]`; LiquidError for anything else."""
    head, _, rows = content.partition(b"\n")
    if head.count(b",") + 1 != columns or not rows.strip():
        raise LiquidError(f"{name} does not have {columns} columns of numbers: keep the files of one run together.")
    try:
        table = np.loadtxt(io.StringIO(rows.decode("ascii")), delimiter=",", ndmin=2, comments=None)
    except ValueError as error:
        raise LiquidError(f"{name} is no table of numbers: keep the file as it was saved.") from error
    if table.shape[1] != columns:
        raise LiquidError(f"{name} has {table.shape[1]} numbers in a row, expected {columns}: keep it as it was saved.")
    return table


def _csv(header: Iterable[str], table: Floats) -> bytes:
    """Numbers as the shortest text that gives the same number back, also where one is infinite or does not exist."""
    return "\n".join([",".join(header), *(",".join(map(repr, row)) for row in table.tolist()), ""]).encode()


def _curve_csv(curve: tuple[Progress, ...]) -> bytes:
    rows = [[*(getattr(point, name) for name in CURVE_COLUMNS), *point.member_losses] for point in curve]
    header = (*CURVE_COLUMNS, *(f"network_{number + 1}" for number in range(len(curve[0].member_losses))))
    return _csv(header, np.array(rows, dtype=np.float64))


def _curve(content: bytes, config: TrainConfig) -> tuple[Progress, ...]:
    first = len(CURVE_COLUMNS)
    table = _numbers(CURVE, content, first + config.members)
    steps = table[:, 0]
    rising = np.all(np.diff(steps) > 0) and np.all(steps == np.round(steps)) and steps[0] >= 1
    if not rising or steps[-1] > config.steps or len(table) > MOST_CURVE_POINTS:
        raise LiquidError(f"{CURVE} holds steps that no training of {config.steps} takes: keep the file as saved.")
    return tuple(
        Progress(
            step=int(row[0]),
            steps=config.steps,
            train_loss=row[1],
            validation_loss=row[2],
            member_losses=tuple(row[first:]),
            elapsed=row[3],
            time_left=row[4],
        )
        for row in table.tolist()
    )


def _report(given: Fields, found: Forecaster, series: Series, points: np.ndarray, members: Floats) -> Report:
    test = found.prepared.split.test
    if points[0] < test.start or points[-1] >= test.stop or np.any(np.diff(points) <= 0):
        raise LiquidError(f"{RESULT} has forecasts outside of the test part: keep the files of one run together.")
    rows = tuple(_row(part, found.config.horizon) for part in given.parts("rows", 1 + len(BASELINES)))
    names = [row.name for row in rows]
    if (
        names[0] != found.config.model
        or len(rows) < 2
        or not set(BASELINES).issuperset(names[1:])
        or len(set(names)) < len(names)
    ):
        raise given.wrong("rows", f"{found.config.model} and baselines, each once")
    coverage = given.numbers("coverage", found.config.horizon)
    if coverage.min() < 0 or coverage.max() > 1:
        raise given.wrong("coverage", "shares from 0 to 1")
    return Report(
        stamps=series.stamps()[points],
        truth=found.prepared.target[points],
        one_step=members.mean(axis=0),
        one_step_members=members,
        half_width=found.half_width,
        rows=rows,
        coverage=coverage,
        points=len(points),
        thinned=len(points) < len(test),
        season=None if given.given.get("season") is None else given.whole("season", 2, len(series)),
        sentence=winner_sentence(rows),
        band_sentence=band_sentence(coverage, len(found.prepared.split.calibration), len(points)),
    )


def _row(given: Fields, horizon: int) -> Row:
    metrics = Metrics(
        rmse=given.number("rmse"),
        mae=given.number("mae"),
        nrmse=given.number("nrmse", missing=np.inf),
        mase=given.number("mase", missing=np.inf),
    )
    ratio = given.part("rmse_ratio_of_model")
    value, low, high = (ratio.number(name, missing=np.nan) for name in ("value", "low", "high"))
    return Row(given.text("name"), metrics, given.numbers("horizon_rmse", horizon), (value, low, high))
