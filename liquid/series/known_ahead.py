"""What is known of the times to come: columns of a file whose rows reach beyond the target, and the calendar.

Calendar columns are no columns of the series: they are computed from its times, on its own clock.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.series import zones
from liquid.series.frequency import DAY
from liquid.series.series import Series
from liquid.series.windows import Floats

HOUR, WEEKDAY, MONTH = "calendar: hour", "calendar: weekday", "calendar: month"
ELAPSED = "calendar: elapsed"  # periods since the time before
HOLIDAYS = "calendar: holidays "  # and the two letters of a country
WAVES = 3  # of a cycle: three tell the days of a week apart
# The sampling periods, in seconds, that see it: with longer ones it does not vary, with shorter ones a window of the
# past, or a whole file, is over before it does.
SEEN = {
    HOUR: (1, 0.9 * DAY),
    WEEKDAY: (60, 1.1 * DAY),
    MONTH: (60, 32 * DAY),
    HOLIDAYS: (900, 1.1 * DAY),  # power is metered every quarter of an hour
}
THURSDAY = 3  # 1970-01-01, with Monday as 0
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
YEARS = (1900, 2100)  # for which holidays are known, at most


def is_calendar(name: str) -> bool:
    """Whether a column is computed from the time. LiquidError for holidays of a country that nothing is known of."""
    if name.startswith(HOLIDAYS):
        if (country := name.removeprefix(HOLIDAYS)) not in countries():
            raise LiquidError(f"No holidays are known of {country!r}: give two letters, as in '{HOLIDAYS}DE'.")
        return True
    return name in (HOUR, WEEKDAY, MONTH, ELAPSED)


@cache
def countries() -> dict[str, str]:
    """The countries whose holidays are known: names by their two letters, in the order of names."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415 - takes a tenth of a second

    named = {code: _CAPITAL.sub(" ", name) for name, code, *_ in COUNTRIES.values()}
    return dict(sorted(named.items(), key=lambda pair: pair[1]))


def calendar_columns(series: Series) -> tuple[str, ...]:
    """The calendar columns that this sampling sees, `HOLIDAYS` without a country; without dates at most the time
    between samples."""
    uneven = () if series.spacing_is_even else (ELAPSED,)
    if series.time_kind != "date":
        return uneven
    return (*(name for name, (least, most) in SEEN.items() if least <= series.period <= most), *uneven)


def features_of(name: str) -> int:
    """How many numbers a model reads of a column that is known ahead."""
    return 2 * WAVES if name in (HOUR, WEEKDAY, MONTH) else 1


def known_ahead(series: Series, ahead: tuple[str, ...], rows: int, horizon: int) -> Floats:
    """Columns at the first `rows` times and the `horizon` ones after them, `[rows + horizon, features]`.

    NaN where a column has no value, as where the file ends. LiquidError without dates to compute a calendar from.
    """
    if not ahead:
        return np.empty((rows + horizon, 0))
    local: Floats | None = None
    columns = []
    for name in ahead:
        if name == ELAPSED:
            columns.append(np.log(_elapsed(series, rows, horizon))[:, None])
        elif is_calendar(name):
            local = _local(series, name, rows, horizon) if local is None else local
            columns.append(_of_calendar(name, local))
        else:
            written = series.column(name)[: rows + horizon, None]
            columns.append(np.concatenate([written, np.full((rows + horizon - len(written), 1), np.nan)]))
    return np.concatenate(columns, axis=1)


def ahead_sentence(series: Series, target: str, ahead: tuple[str, ...], horizon: int) -> str:
    """Which columns end before the forecast does, and what becomes of them; empty if none does."""
    rows = series.known_end(target)
    sentences = []
    for name in ahead:
        if is_calendar(name):
            continue
        known = int(np.isfinite(series.column(name)[rows : rows + horizon]).sum())
        if known < horizon:
            count, others = (f"{known}", "the others") if known else ("none", "them")
            sentences.append(
                f"Of '{name}' {count} of the {horizon} values ahead are known: its last known value stands for "
                f"{others}. Add rows that have it, or choose a shorter horizon."
            )
    return " ".join(sentences)


def _elapsed(series: Series, rows: int, horizon: int) -> Floats:
    """Periods since the time before, `[rows + horizon]`: of written rows by their times, then one each."""
    written = series.timespans()[: rows + horizon]
    return np.concatenate([written, np.ones(rows + horizon - len(written))])


def _local(series: Series, name: str, rows: int, horizon: int) -> Floats:
    """Seconds since 1970 on the series' own clock. LiquidError if it has none."""
    if series.time_kind != "date":
        raise LiquidError(f"'{name}' needs dates, and the times of {series.title!r} are numbers: leave it out.")
    time = np.concatenate([series.time[:rows], series.times_after(rows, horizon)])
    return time + zones.offsets(series.zone, time)


# sin(2 pi k u), cos(2 pi k u),   u the place in the cycle, k = 1 ... WAVES
def _of_calendar(name: str, local: Floats) -> Floats:
    """`[time, features]`."""
    days = np.floor(local / DAY).astype(np.int64)
    if name.startswith(HOLIDAYS):
        return np.isin(days, _holidays(name.removeprefix(HOLIDAYS), days))[:, None].astype(np.float64)
    place = {
        HOUR: local / DAY - days,
        WEEKDAY: (days + THURSDAY) % 7 / 7,
        MONTH: days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 / 12,
    }[name]
    angle = 2 * np.pi * place[:, None] * np.arange(1, WAVES + 1)
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)


def _holidays(country: str, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days since 1970 that are holidays, in the years of `days`."""
    from holidays import country_holidays  # noqa: PLC0415

    first, last = days[[0, -1]].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    years = range(max(int(first), YEARS[0]), min(int(last), YEARS[1]) + 1)
    dates = sorted(country_holidays(country, years=years))
    return np.array(dates, dtype="datetime64[D]").astype(np.int64)
