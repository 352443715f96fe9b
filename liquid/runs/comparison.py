"""A comparison with other models in a run's studies.json: how it is written, and read back from anybody."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

import numpy as np
from annotated_types import Interval
from pydantic import Field

from liquid.errors import MOST_CHARACTERS
from liquid.learning.comparison import RmseRatio
from liquid.learning.data import MOST_ORIGINS
from liquid.learning.run import Run
from liquid.models.registry import FORMER_NAMES, MODELS
from liquid.runs.content import Numbers, Size, Sizes, Text, document_of, exactly, wrong
from liquid.runs.measured import RatioDocument
from liquid.series.words import legible
from liquid.settings import Document, one_of
from liquid.studies.compare.study import Comparison, LeftOut, Rival

Model = Annotated[str, one_of(MODELS, FORMER_NAMES)]


@dataclass(frozen=True)
class RivalDocument(Document):
    """A Rival; the ratios' numbers are null where there are none."""

    model: Model
    one_step: Annotated[tuple[float, ...], Field(max_length=MOST_ORIGINS, fail_fast=True)]
    ahead: Numbers
    rmse: Sizes
    first: RatioDocument
    whole: RatioDocument
    parameters: Annotated[int, Interval(ge=0)]
    seconds: Size
    note: Text


@dataclass(frozen=True)
class LeftOutDocument(Document):
    model: Model
    reason: Text


@dataclass(frozen=True)
class ComparisonDocument(Document):
    """A Comparison, but for the run's own model."""

    rivals: Annotated[tuple[RivalDocument, ...], Field(max_length=len(MODELS), fail_fast=True)]
    left_out: Annotated[tuple[LeftOutDocument, ...], Field(max_length=len(MODELS), fail_fast=True)]
    stopped: bool


def comparison_document(result: Comparison) -> ComparisonDocument:
    rivals = (
        document_of(RivalDocument, one, first=_ratio_document(one.first), whole=_ratio_document(one.whole))
        for one in result.rivals
    )
    left_out = (LeftOutDocument(**asdict(one)) for one in result.left_out)
    return ComparisonDocument(tuple(rivals), tuple(left_out), result.stopped)


def _ratio_document(ratio: RmseRatio) -> RatioDocument:
    return RatioDocument(**ratio._asdict())


def read_comparison(document: ComparisonDocument, run: Run, where: str) -> Comparison:
    """The comparison with this run in a document from anybody. LiquidError if a value cannot be one."""
    chosen = run.config.model
    names = [*(one.model for one in document.rivals), *(one.model for one in document.left_out)]
    if chosen in names or len(set(names)) < len(names):
        raise wrong(where, "model", f"one other than {chosen} and the rest")
    rivals = tuple(_rival(one, run, f"{where}, {one.model}") for one in document.rivals)
    left_out = tuple(LeftOut(one.model, legible(one.reason, MOST_CHARACTERS)) for one in document.left_out)
    return Comparison(chosen, rivals, left_out, document.stopped)


def _rival(document: RivalDocument, run: Run, where: str) -> Rival:
    horizon = run.config.horizon
    return Rival(
        model=document.model,
        one_step=exactly(where, "one_step", document.one_step, len(run.report.stamps)),
        ahead=exactly(where, "ahead", document.ahead, horizon),
        rmse=exactly(where, "rmse", document.rmse, horizon),
        first=_ratio(document.first, where, "first"),
        whole=_ratio(document.whole, where, "whole"),
        parameters=document.parameters,
        seconds=document.seconds,
        note=legible(document.note, MOST_CHARACTERS),
    )


def _ratio(document: RatioDocument, where: str, name: str) -> RmseRatio:
    ratio = RmseRatio(
        *(np.nan if number is None else number for number in (document.value, document.low, document.high))
    )
    if ratio.value < ratio.low or ratio.value > ratio.high:
        raise wrong(where, name, "a value, and two ends around it")
    return ratio
