"""The forecast as Parquet: the rows of the CSV, times with their offset."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from liquid.export.parquet import forecast_parquet
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.runs.measured import forecast_csv
from liquid.series.reading import ReadOptions, understand
from liquid.series.series import Series


def solved(series: Series) -> Run:
    config = TrainConfig(model="Persistence", horizon=3)
    return next(event for event in run(series, config) if isinstance(event, Run))


def hourly(offset: str, options: ReadOptions) -> Series:
    """Through the night in which Berlin's clocks are set back."""
    stamps = pd.date_range("2024-10-24 00:00", periods=96, freq="h", tz="UTC").tz_convert("Europe/Berlin")
    layout = "%Y-%m-%dT%H:%M:%S%z" if offset == "written" else "%Y-%m-%d %H:%M"
    values = np.sin(np.arange(96) / 4)
    values[80] = np.nan
    cells = ["" if np.isnan(value) else f"{value:.3f}" for value in values]
    rows = "\n".join(f"{when},{cell}" for when, cell in zip(stamps.strftime(layout), cells, strict=True))
    return understand(f"time,level\n{rows}\n".encode(), name="night.csv", options=options).series


@pytest.mark.parametrize(
    ("offset", "options"), [("written", ReadOptions()), ("left out", ReadOptions(zone="Europe/Berlin"))]
)
def test_times_are_the_instants_of_the_csv_with_the_zone_of_the_series(offset: str, options: ReadOptions) -> None:
    made = solved(hourly(offset, options))
    table = pq.read_table(io.BytesIO(forecast_parquet(made)))
    assert table.schema.field("time").type.tz == made.series.zone == "Europe/Berlin"
    written = pd.read_csv(io.BytesIO(forecast_csv(made)))
    assert written["time"].str.contains(r"[+]0[12]:00$").all()
    read = table.to_pandas()
    assert (read["time"] == pd.to_datetime(written["time"], utc=True)).all()
    assert read.drop(columns="time").equals(written.drop(columns="time"))
    assert read["truth"].isna().sum() == 1 + 3


def test_a_clock_that_nothing_is_known_of_gets_no_zone() -> None:
    days = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
    text = "\n".join(f"{day},{number % 7}" for number, day in enumerate(days))
    made = solved(understand(f"time,level\n{text}".encode(), name="days").series)
    times = pq.read_table(io.BytesIO(forecast_parquet(made))).column("time")
    assert times.type.tz is None


def test_numbers_stay_numbers() -> None:
    series = Series(np.arange(60) / 2, np.sin(np.arange(60.0))[:, None], ("a",), "t", time_kind="number")
    times = pq.read_table(io.BytesIO(forecast_parquet(solved(series)))).column("time").to_pylist()
    assert times[-3:] == [30.0, 30.5, 31.0]
