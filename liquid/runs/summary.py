"""What a list says of a saved run without opening it: a few words from its documents, and a small picture."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field

from liquid.charts.sparkline import sparkline
from liquid.charts.style import Look
from liquid.errors import LiquidError
from liquid.models.registry import model_named
from liquid.runs.content import Names, Size, Text
from liquid.runs.measured import METRICS, SERIES
from liquid.runs.model import CONFIG
from liquid.runs.store import SavedRun, Store
from liquid.series.words import legible
from liquid.settings import Document, parsed

DOCUMENTS = (CONFIG, SERIES, METRICS)  # that a summary is made of
SHOWN = 60  # test values in a small picture
MOST_ROWS = 400  # of forecast.csv that are looked at, from its end


@dataclass(frozen=True)
class Summary:
    """Model, target, and series by its title; `nrmse` one step ahead on the test part, None if there is none."""

    model: str
    target: str
    series: str
    nrmse: float | None

    @property
    def words(self) -> str:
        error = "" if self.nrmse is None else f", NRMSE {self.nrmse:.3g} one step ahead"
        return f"{self.model} on {self.target} of {self.series}{error}"


@dataclass(frozen=True)
class _Config(Document):
    model: Text


@dataclass(frozen=True)
class _Series(Document):
    names: Names
    title: Text


@dataclass(frozen=True)
class _Row(Document):
    nrmse: Size | None


@dataclass(frozen=True)
class _Metrics(Document):
    rows: Annotated[tuple[_Row, ...], Field(min_length=1)]


def read_summary(files: Mapping[str, bytes]) -> Summary:
    """The summary of a run from its DOCUMENTS. LiquidError if one is missing or wrong."""
    if lacking := sorted(set(DOCUMENTS) - files.keys()):
        raise LiquidError(f"The run lacks {', '.join(lacking)}: save it again.")
    config, series = parsed(_Config, files[CONFIG], CONFIG), parsed(_Series, files[SERIES], SERIES)
    rows = parsed(_Metrics, files[METRICS], METRICS).rows
    return Summary(
        model_named(config.model).name, legible(series.names[0]) or "column 1", legible(series.title), rows[0].nrmse
    )


def summaries_of(store: Store, runs: Sequence[str]) -> dict[str, Summary]:
    """Those of many runs by id, as far as they can be read."""
    found = {}
    for run, files in store.parts(runs, DOCUMENTS).items():
        try:
            found[run] = read_summary(files)
        except LiquidError:
            continue  # of another format, or gone: it is listed without
    return found


class Listed(NamedTuple):
    """A saved run, and its summary; None if that cannot be read."""

    saved: SavedRun
    summary: Summary | None

    @property
    def text(self) -> str:
        """What is searched."""
        return f"{self.saved.title} {self.summary.words if self.summary else ''}".casefold()

    @property
    def error(self) -> float:
        """NRMSE, which has no unit; infinite if there is none."""
        known = self.summary.nrmse if self.summary else None
        return float("inf") if known is None else known


NEWEST = "newest"
ORDERS: dict[str, Callable[[Listed], Any]] = {
    NEWEST: lambda one: -one.saved.created,
    "title": lambda one: one.saved.title.casefold(),
    "error": lambda one: one.error,
    "largest": lambda one: -one.saved.bytes,
}


def in_order(listed: Sequence[Listed], order: str = NEWEST, words: str = "") -> list[Listed]:
    """Those in which each of the `words` stands, in one of ORDERS."""
    wanted = words.casefold().split()
    return sorted((one for one in listed if all(word in one.text for word in wanted)), key=ORDERS[order])


def small_picture(forecast_csv: bytes, model: str, look: Look) -> str:
    """The end of a run's forecast.csv as a small SVG; one without lines if it holds no numbers."""
    lines = forecast_csv.decode("utf-8", errors="replace").splitlines()
    rows = [_numbers(row) for row in csv.DictReader([lines[0], *lines[1:][-MOST_ROWS:]])] if lines else []
    ahead = sum(is_next for *_, is_next in rows)
    shown = np.array([numbers[:2] for numbers in rows[-(SHOWN + ahead) :]], dtype=np.float64).reshape(-1, 2)
    return sparkline(shown[:, 0], shown[:, 1], ahead, model, look)


def _numbers(row: Mapping[str, str | None]) -> tuple[float, float, bool]:
    """Truth and forecast, NaN where there is none, and whether the row is one of the next values."""
    return _number(row.get("truth")), _number(row.get("forecast")), row.get("part") == "next"


def _number(cell: str | None) -> float:
    try:
        return float(cell or "nan")
    except ValueError:
        return float("nan")
