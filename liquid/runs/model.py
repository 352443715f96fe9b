"""The trained model in a run's files: config.json, scaling.json and weights.safetensors, to a Forecaster and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

import numpy as np
import safetensors.torch
import torch
from annotated_types import Interval
from pydantic import Field

from liquid.learning.band import LEVEL, LEVELS, Band
from liquid.learning.config import LIMITS, MOST_INPUTS, TrainConfig
from liquid.learning.data import Prepared
from liquid.learning.forecaster import Forecaster
from liquid.learning.linear import MOST_LAGS
from liquid.learning.models import forecast_model
from liquid.learning.outliers import Limits
from liquid.learning.run import Run
from liquid.models.linear_ar import ORDERS, LinearAR
from liquid.models.linear_part import LinearPart
from liquid.models.registry import ARTICLE
from liquid.runs.content import (
    LONGEST,
    Names,
    Numbers,
    Scales,
    Size,
    Sizes,
    Text,
    column_names,
    document_of,
    exactly,
    json_bytes,
    tensors,
    text_bytes,
    wrong,
)
from liquid.series.frequency import ROUNDING, Calendar, TimeKind
from liquid.series.series import Series
from liquid.series.windows import Floats, Scaler, Split
from liquid.series.words import legible
from liquid.settings import Document, finite, parsed

Flags = Annotated[tuple[bool, ...], Field(max_length=1 + MOST_INPUTS, fail_fast=True)]
FORMER_RATES = {"Liquid": 0.1, ARTICLE: 0.1}  # defaults of runs without a linear part, which plain Adam trained
LINEAR = "linear."  # before the names of the linear part's numbers
CONFIG, SCALING, WEIGHTS = "config.json", "scaling.json", "weights.safetensors"


@dataclass(frozen=True)
class Period(Document):
    """What a step of a series is: `size` in the calendar of its Frequency, and the unit that a number of time has."""

    time_kind: TimeKind
    time_unit: Text
    calendar: Calendar
    size: Annotated[float, Interval(gt=0.0)]

    @staticmethod
    def of(series: Series) -> Period:
        return Period(series.time_kind, series.time_unit, series.frequency.calendar, series.frequency.size)

    def is_that_of(self, series: Series) -> bool:
        """Whether a step of this series is the same, whatever is absent or shifted in it."""
        other = Period.of(series)
        return replace(self, size=other.size) == other and abs(self.size - other.size) <= ROUNDING * other.size


@dataclass(frozen=True)
class Sampling:
    """How the series of a run was sampled, in words and, but for older runs, as a period to compare with."""

    words: str
    period: Period | None


@dataclass(frozen=True)
class LinearSizes(Document):
    """What the linear part reads: values in its autoregression, in its correction, and in a season; its numbers lie
    beside the weights."""

    order: Annotated[int, Interval(ge=1, le=max(ORDERS))]
    lags: Annotated[int, Interval(ge=1, le=MOST_LAGS)]
    season: Annotated[int, Interval(ge=0)]


@dataclass(frozen=True)
class LimitsDocument(Document):
    """Beyond which a value is an outlier, for every column; null if none is."""

    centre: Numbers
    width: Annotated[tuple[Size | None, ...], Field(max_length=LONGEST, fail_fast=True)]


@dataclass(frozen=True)
class Scaling(Document):
    """scaling.json: what a forecast on new data needs beside config and weights. Target first; `step_scale` and
    each of `half_widths`, one for every level of the band, have an entry per step of the horizon; older runs have the
    90 % band's `half_width` alone. `sampling` is the series' period in words, for a person."""

    names: Names
    mean: Numbers
    scale: Scales
    change_scale: Scales
    step_scale: Scales
    trending: bool
    window: Annotated[int, Interval(ge=2, le=LIMITS["window"][1])]
    sampling: Text
    half_width: Sizes | None = None
    half_widths: Annotated[tuple[Sizes, ...], Field(max_length=len(LEVELS), fail_fast=True)] = ()
    never_negative: bool = False  # whether the band stays above 0; that of older runs does not
    aged: Flags = ()  # whether the model reads a column's age; older runs have none
    period: Period | None = None  # older runs have none
    season: Annotated[int, Interval(ge=2)] | None = None  # older runs have none
    linear: LinearSizes | None = None  # older runs, and models without states, have none
    limits: LimitsDocument | None = None  # of runs that leave outliers as they are there is none


def config_json(run: Run) -> bytes:
    return text_bytes(run.config.to_json())


def scaling_json(run: Run) -> bytes:
    prepared = run.forecaster.prepared
    scaling = document_of(
        Scaling,
        prepared,
        mean=tuple(prepared.scaler.mean.tolist()),
        scale=tuple(prepared.scaler.scale.tolist()),
        **_widths(run.forecaster.band),
        sampling=run.series.describe_period(),
        period=Period.of(run.series),
        aged=tuple(name in prepared.aged for name in prepared.names),
        linear=_sizes(prepared.linear),
        limits=_limits_document(prepared.limits),
    )
    return json_bytes(asdict(scaling))


def _widths(band: Band) -> dict[str, Any]:
    """Of an older run, which has one level, as it was saved."""
    widths = tuple(map(tuple, band.half_width.tolist()))
    if len(widths) == 1:
        return {"half_width": widths[0], "half_widths": (), "never_negative": False}
    return {"half_width": None, "half_widths": widths, "never_negative": bool(band.floor == 0)}


def _sizes(part: LinearPart | None) -> LinearSizes | None:
    return None if part is None else LinearSizes(part.ar.order, part.lags, part.season)


def _limits_document(limits: Limits | None) -> LimitsDocument | None:
    if limits is None:
        return None
    return LimitsDocument(tuple(limits.centre.tolist()), tuple(map(finite, limits.width.tolist())))


def _limits(path: str, config: TrainConfig, document: LimitsDocument | None, columns: int) -> Limits | None:
    """Those of a run that does something about outliers."""
    if config.outliers == "keep":
        return None
    if document is None:
        raise wrong(path, "limits", "the limits beyond which values are outliers")
    width = tuple(np.inf if one is None else one for one in document.width)
    return Limits(exactly(path, "centre", document.centre, columns), exactly(path, "width", width, columns))


def weights_safetensors(run: Run) -> bytes:
    forecaster = run.forecaster
    return safetensors.torch.save({**forecaster.model.state_dict(), **_linear_tensors(forecaster.prepared.linear)})


def _linear_tensors(part: LinearPart | None) -> dict[str, torch.Tensor]:
    if part is None:
        return {}
    arrays = {"share": np.array([part.share]), "weights": part.weights, "offset": part.offset}
    arrays |= {f"ar.{name}": values for name, values in part.ar.arrays.items()}
    return {f"{LINEAR}{name}": torch.from_numpy(values.copy()) for name, values in arrays.items()}


def _linear_part(sizes: LinearSizes, centre: Floats, horizon: int) -> LinearPart:
    """One of these sizes before its numbers are read."""
    return LinearPart.alone(LinearAR.of(sizes.order), horizon, centre, sizes.lags, sizes.season)


def _read_into(part: LinearPart, numbers: Mapping[str, torch.Tensor]) -> LinearPart:
    arrays = {name: numbers[f"{LINEAR}{name}"].numpy() for name in ("share", "weights", "offset")}
    ar = LinearAR.of(part.ar.order, {name: numbers[f"{LINEAR}ar.{name}"].numpy() for name in part.ar.arrays})
    return replace(part, ar=ar, share=float(arrays["share"][0]), weights=arrays["weights"], offset=arrays["offset"])


def read_forecaster(files: Mapping[str, bytes], where: str = "") -> tuple[Forecaster, Sampling]:
    """The Forecaster in the files of a run, without data until it is `continued`, and how its series was sampled.

    `where` the files lie is put before their names in a sentence. LiquidError if one does not fit the others.
    """
    config = TrainConfig.from_json(files[CONFIG], f"{where}{CONFIG}")
    target = None if config.target is None else column_names([config.target])[0]
    config = replace(config, target=target, inputs=column_names(config.inputs, 2))
    path = f"{where}{SCALING}"
    scaling = parsed(Scaling, files[SCALING], path)
    if scaling.linear is None and config.kind.trained:
        config = replace(config, training="adam", learning_rate=config.learning_rate or FORMER_RATES.get(config.model))
    names, horizon = column_names(scaling.names), config.horizon
    flags = scaling.aged or (False,) * len(names)
    if len(flags) != len(names):
        raise wrong(path, "aged", f"a list of {len(names)} times true or false")
    aged = tuple(name for name, flag in zip(names, flags, strict=True) if flag)
    prepared = Prepared(
        names=names,
        channels=np.empty((0, len(names))),
        observed=np.empty(0),
        read=np.empty(0),
        age=np.empty((0, len(aged))),
        aged=aged,
        spans=np.empty(0),
        split=Split(range(0), range(0), range(0), range(0)),
        scaler=Scaler(
            exactly(path, "mean", scaling.mean, len(names)), exactly(path, "scale", scaling.scale, len(names))
        ),
        change_scale=exactly(path, "change_scale", scaling.change_scale, len(names)),
        step_scale=exactly(path, "step_scale", scaling.step_scale, horizon),
        trending=scaling.trending,
        window=scaling.window,
        timespans=config.timespans,
        season=scaling.season,
        limits=_limits(path, config, scaling.limits, len(names)),
        clips=config.outliers == "clip",
    )
    part = None if scaling.linear is None else _linear_part(scaling.linear, prepared.scaler.mean, horizon)
    model = forecast_model(config, prepared.features, prepared.window)
    learned, linear = model.state_dict(), _linear_tensors(part)
    wanted = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in {**learned, **linear}.items()}
    numbers = tensors(f"{where}{WEIGHTS}", files[WEIGHTS], wanted, "weights", CONFIG)
    model.load_state_dict({name: numbers[name] for name in learned})
    if part is not None:
        part = _read_into(part, numbers)
    prepared = replace(prepared, linear=part)
    band = _band(scaling, path, horizon)
    return Forecaster(config, model, prepared, band), Sampling(legible(scaling.sampling), scaling.period)


def _band(scaling: Scaling, path: str, horizon: int) -> Band:
    """The band of a run; that of an older one has one level."""
    if scaling.half_width is not None:
        return Band((LEVEL,), exactly(path, "half_width", scaling.half_width, horizon)[None])
    if len(scaling.half_widths) != len(LEVELS):
        raise wrong(path, "half_widths", f"a list of {len(LEVELS)} lists")
    widths = np.stack([exactly(path, "half_widths", widths, horizon) for widths in scaling.half_widths])
    return Band(LEVELS, widths, 0.0 if scaling.never_negative else -np.inf)
