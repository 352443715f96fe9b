"""ETS and Theta: a level, a trend and a season that follow the series. statsmodels fits how fast, once.

A forecast starts from the state at its origin, which one pass along the series gives for all origins. Where a value is
missing the state moves on as forecast.
"""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.models.baseline import Baseline
from liquid.series.windows import Floats, Scaler, Split, carried, rms

MOST_POINTS = 5000  # the newest training points that are fitted
LONGEST_SEASON = 24  # a state per sample of it; as in R's ets
FEWEST_SEASONS = 3  # in the training part


# e = y[t] - (l + phi b + s[t - m])
# l <- l + phi b + alpha e,  b <- phi b + beta e,  s[t] = s[t - m] + gamma e
@dataclass(frozen=True)
class Smoothing(Baseline):
    """Additive exponential smoothing; `rates` are alpha, beta, gamma, phi and the drift per sample; `season` in
    samples, 1 for none.

    Source: Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing, 2008, table 2.1.
    """

    rates: Floats
    season: int

    @property
    def memory(self) -> int:
        """What the first state is made of; a state remembers all before it."""
        return 2 * self.season

    @property
    def arrays(self) -> dict[str, Floats]:
        return {"rates": self.rates}

    @classmethod
    def of(cls, memory: int, arrays: dict[str, Floats] | None = None) -> Self:
        return cls(np.array([1.0, 0.0, 0.0, 1.0, 0.0]) if arrays is None else arrays["rates"], memory // 2)

    @classmethod
    def fit(cls, values: Floats, split: Split, season: int | None = None, truth: Floats | None = None) -> Self:
        """Rates from the training part, missing values filled in along straight lines; the form with the smallest
        one-step error on the validation part."""
        train = values[split.train.start : split.train.stop]
        known = np.isfinite(train)
        filled = np.interp(np.arange(len(train)), np.flatnonzero(known), train[known])[-MOST_POINTS:]
        scaler = Scaler.fit(filled[:, None])
        scaled = scaler.apply(filled[:, None])[:, 0]
        short = season if season and season <= LONGEST_SEASON and FEWEST_SEASONS * season <= len(train) else 1
        origins = np.arange(split.validation.start, split.validation.stop) - 1
        ahead = values[origins + 1] if truth is None else truth[origins]
        errors = []
        try:
            forms = cls.forms(scaled, short)
        except (ValueError, np.linalg.LinAlgError) as error:  # of statsmodels, about numbers
            raise LiquidError(f"{cls.__name__} cannot be fitted to this training part ({error}).") from error
        for index, (rates, period) in enumerate(forms):
            drift = rates[4] * scaler.scale[0]
            forms[index] = one = (np.append(rates[:4], drift), period)
            errors.append(float(rms(cls(*one).predict(values, origins, 1)[:, 0] - ahead)))
        if not np.isfinite(errors).any():
            raise LiquidError(f"{cls.__name__} cannot be fitted to this training part.")
        return cls(*forms[int(np.nanargmin(errors))])

    @classmethod
    @abstractmethod
    def forms(cls, train: Floats, season: int) -> list[tuple[Floats, int]]:
        """Rates and season of each form that is tried, fitted to `train[time]`, which is standardised."""

    def ahead(self, horizon: int, seen: Floats) -> tuple[Floats, Floats]:
        """How often trend, `[horizon]`, and drift, `[origins, horizon]`, count after `seen[origins]` values."""
        trend = np.cumsum(self.rates[3] ** np.arange(1, horizon + 1))
        return trend, np.broadcast_to(np.arange(1.0, horizon + 1), (len(seen), horizon))

    # y[t + h] = l + (phi + ... + phi^h) b + s[t + h - m]
    def predict(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        """Before two seasons are known, the last known value."""
        start = int(np.argmax(np.isfinite(values)))
        first = start + (2 * self.season if self.season > 1 else 1)
        steps: Floats = np.repeat(carried(values)[origins][:, None], horizon, axis=1)
        late = origins >= first - 1
        if not late.any():
            return steps
        level, trend, phases = self._states(values[: origins.max() + 1], start, first)
        rows = origins[late] - (first - 1)
        damped, drifting = self.ahead(horizon, (origins[late] - start + 1).astype(np.float64))
        following = (origins[late, None] + np.arange(1, horizon + 1) - start) % self.season
        steps[late] = level[rows, None] + trend[rows, None] * damped + self.rates[4] * drifting
        steps[late] += phases[rows[:, None], following]
        return steps

    def _states(self, values: Floats, start: int, first: int) -> tuple[Floats, Floats, Floats]:
        """Level, trend `[rows]` and season by phase `[rows, season]` once each value from `first - 1` on is known."""
        alpha, beta, gamma, phi, _ = self.rates.tolist()
        level, trend, phases = self._first_state(carried(values[:first])[start:])
        levels, trends, seasons = [level], [trend], [phases]
        season = phases.copy()
        for t, value in enumerate(values[first:].tolist(), first - start):
            phase = t % self.season
            mean = level + phi * trend
            error = value - mean - season[phase]
            if math.isnan(error):
                error = 0.0
            level, trend = mean + alpha * error, phi * trend + beta * error
            if gamma:
                season = season.copy()
                season[phase] += gamma * error
            levels.append(level)
            trends.append(trend)
            seasons.append(season)
        return np.array(levels), np.array(trends), np.stack(seasons)

    def _first_state(self, past: Floats) -> tuple[float, float, Floats]:
        """From the first value, or the first two seasons."""
        if self.season == 1:
            return float(past[0]), 0.0, np.zeros(1)
        two = past.reshape(2, self.season)
        slope = float(two[1].mean() - two[0].mean()) / self.season
        line = slope * (np.arange(2 * self.season) - self.season + 0.5)
        phases = (past - past.mean() - line).reshape(2, self.season).mean(axis=0)
        return float(past.mean() + line[-1]), slope if self.rates[1] else 0.0, phases


class ETS(Smoothing):
    """Additive errors; without and with a damped trend, and without and with a season."""

    @classmethod
    def forms(cls, train: Floats, season: int) -> list[tuple[Floats, int]]:
        return [(_fitted(train, period, damped), period) for period in sorted({1, season}) for damped in (False, True)]


class Theta(Smoothing):
    """Simple smoothing that drifts with half the slope of the series, and the season of ETS.

    Source: Assimakopoulos and Nikolopoulos, Int. J. Forecasting 16 (2000); Hyndman and Billah, ibid. 19 (2003).
    """

    @classmethod
    def forms(cls, train: Floats, season: int) -> list[tuple[Floats, int]]:
        slope = np.polynomial.Polynomial.fit(np.arange(len(train)), train, 1).convert().coef[-1]
        drift = float(slope) / 2
        return [(np.append(_fitted(train, period, False)[:4], drift), period) for period in sorted({1, season})]

    # (b / 2) (h - 1 + (1 - (1 - alpha)^n) / alpha)
    def ahead(self, horizon: int, seen: Floats) -> tuple[Floats, Floats]:
        trend, steps = super().ahead(horizon, seen)
        alpha = max(float(self.rates[0]), 1e-4)
        return trend, steps - 1 + ((1 - (1 - alpha) ** seen) / alpha)[:, None]


def _fitted(train: Floats, season: int, damped: bool) -> Floats:
    """Rates by maximum likelihood, drift 0."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # noqa: PLC0415 (half a second)

    model = ETSModel(
        train,
        error="add",
        trend="add" if damped else None,
        damped_trend=damped,
        seasonal="add" if season > 1 else None,
        seasonal_periods=season if season > 1 else None,
        initialization_method="heuristic",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an optimiser that has not converged is judged by what it forecasts
        found = dict(zip(model.param_names, model.fit(disp=False).params, strict=True))
    rates = [found.get(f"smoothing_{name}", 0.0) for name in ("level", "trend", "seasonal")]
    return np.array([*rates, found.get("damping_trend", 1.0), 0.0])
