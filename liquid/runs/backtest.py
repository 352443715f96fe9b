"""A look back in a run's studies.json: how it is written, and read back from anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Interval
from pydantic import Field

from liquid.learning.run import Run
from liquid.runs.content import LONGEST, Floats, Numbers, Size, document_of, wrong
from liquid.settings import Document, one_of
from liquid.studies.backtest.study import BASELINES, LIMITS, MOST_ORIGINS, Backtest

FEWEST, MOST = map(int, LIMITS["cutoffs"])
Share = Annotated[float, Interval(ge=0.0, le=1.0)]
Counts = Annotated[tuple[Annotated[int, Interval(ge=1)], ...], Field(min_length=FEWEST, max_length=MOST)]
# Of a cutoff, by step ahead; null where no truth is known
Errors = Annotated[tuple[Size | None, ...], Field(max_length=LONGEST, fail_fast=True)]
Shares = Annotated[tuple[Share | None, ...], Field(max_length=LONGEST, fail_fast=True)]
ErrorTable = Annotated[tuple[Errors, ...], Field(max_length=MOST, fail_fast=True)]
ShareTable = Annotated[tuple[Shares, ...], Field(max_length=MOST, fail_fast=True)]
Table = Annotated[tuple[Numbers, ...], Field(max_length=MOST, fail_fast=True)]


@dataclass(frozen=True)
class BaselineDocument(Document):
    name: Annotated[str, one_of(BASELINES)]
    rmse: ErrorTable


@dataclass(frozen=True)
class BacktestDocument(Document):
    """A Backtest, but for the run's own model and the times, which its rows tell."""

    retrained: bool
    rows: Counts
    origins: Counts
    rmse: ErrorTable
    baselines: Annotated[tuple[BaselineDocument, ...], Field(min_length=1, max_length=len(BASELINES), fail_fast=True)]
    held: ShareTable
    mean: Table
    low: Table
    high: Table


def backtest_document(result: Backtest) -> BacktestDocument:
    tables = {name: _plain(getattr(result, name)) for name in ("rmse", "held", "mean", "low", "high")}
    baselines = tuple(BaselineDocument(name, _plain(rmse)) for name, rmse in result.baselines.items())
    return document_of(BacktestDocument, result, baselines=baselines, **tables)


def _plain(table: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, table.tolist()))


def read_backtest(document: BacktestDocument, run: Run, where: str) -> Backtest:
    """The look back with this run's settings in a document from anybody. LiquidError if a value cannot be one."""
    rows, horizon, stamps = np.array(document.rows), run.config.horizon, run.series.stamps()
    if np.any(np.diff(rows) < 1) or rows[-1] > len(stamps) - horizon:
        raise wrong(where, "rows", f"ascending, and at most {len(stamps) - horizon}")
    if len(document.origins) != len(rows) or max(document.origins) > MOST_ORIGINS:
        raise wrong(where, "origins", f"a number up to {MOST_ORIGINS} for each of the rows")
    names = [one.name for one in document.baselines]
    if run.config.model in names or len(set(names)) < len(names):
        raise wrong(where, "baselines", f"each once, and none of them {run.config.model}")

    def table(name: str, numbers: Sequence[Sequence[float | None]]) -> Floats:
        if [len(row) for row in numbers] != [horizon] * len(rows):
            raise wrong(where, name, f"{len(rows)} lists of {horizon} numbers")
        return np.array([[np.nan if one is None else one for one in row] for row in numbers], dtype=np.float64)

    mean, low, high = (table(name, getattr(document, name)) for name in ("mean", "low", "high"))
    if np.any(low > high):
        raise wrong(where, "low", "not above 'high'")
    return Backtest(
        model=run.config.model,
        retrained=document.retrained,
        rows=rows,
        stamps=stamps[rows - 1],
        origins=np.array(document.origins),
        rmse=table("rmse", document.rmse),
        baselines={one.name: table("baselines", one.rmse) for one in document.baselines},
        held=table("held", document.held),
        mean=mean,
        low=low,
        high=high,
        ahead=stamps[rows[:, None] + np.arange(horizon)],
    )
