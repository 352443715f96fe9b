"""The forecast as a Parquet table: the rows of forecast.csv, with times and numbers as such."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from liquid.learning.run import Run
from liquid.runs.measured import forecast_columns
from liquid.series.series import Series, Stamps


def forecast_parquet(run: Run) -> bytes:
    """time, part, step, truth, forecast, low, high; a missing truth is null. Times keep the zone of the series."""
    report = run.report
    columns = forecast_columns("test", report.stamps, report.truth, (report.one_step, *report.within()), run.forecast)
    times = _times(run.series, columns.pop("time"))
    table = pa.table({"time": times, **{name: pa.array(values, from_pandas=True) for name, values in columns.items()}})
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def _times(series: Series, stamps: Stamps) -> pa.Array:
    """Dates as timestamps, in the series' zone if that is known; numbers stay numbers."""
    if stamps.dtype.kind != "M":
        return pa.array(stamps)
    seconds = series.from_axis(stamps.astype("datetime64[ms]").astype(np.int64) / 1000)
    millis = np.round(seconds * 1000).astype(np.int64)
    return pa.array(millis, type=pa.timestamp("ms", tz=series.zone or None))
