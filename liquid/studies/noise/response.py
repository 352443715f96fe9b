"""The result of a paired experiment on tau_sys, neuron by neuron, and how it adds up from repetitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liquid.studies.statistics import ROUNDING, Floats, Interval, Intervals, interval, intervals, verdicts


@dataclass(frozen=True)
class Response:
    """How mean tau_sys changed, neuron by neuron: `[state]` unless noted otherwise; time constants in the layer's unit.

    `clean` is mean tau_sys without the treatment, `change` its paired change with 95 % intervals, `verdicts`
    Holm-corrected; `spread_clean`, `spread_treated` the standard deviation of tau_sys within a run; `theory` the
    predicted change (None if there is no theory, or it does not hold) and `r2` its share of the variance over neurons.
    `percent` is the change of mean tau_sys over neurons in per cent, `weighted_percent` the same with every neuron
    weighted by the size of its readout weight. `path_clean`, `path_treated` are `[time, state]`, empty in a response
    that was saved with a run: no picture needs them.
    """

    clean: Floats
    change: Intervals
    verdicts: tuple[str, ...]
    spread_clean: Floats
    spread_treated: Floats
    theory: Floats | None
    r2: float | None
    percent: Interval
    weighted_percent: Interval | None
    path_clean: Floats
    path_treated: Floats
    repetitions: int

    def count(self, verdict: str) -> int:
        return self.verdicts.count(verdict)

    def table(self) -> dict[str, Floats | tuple[str, ...] | NDArray[np.int64]]:
        """One row per neuron, as named columns for a table or a CSV; changes in % of the neuron's clean mean."""
        percent = 100 / self.clean
        unknown = np.full(len(self.clean), np.nan)
        return {
            "neuron": np.arange(len(self.clean)),
            "tau_sys clean": self.clean,
            "change %": self.change.mean * percent,
            "low %": self.change.low * percent,
            "high %": self.change.high * percent,
            "verdict": self.verdicts,
            "theory %": unknown if self.theory is None else self.theory * percent,
            "spread within a run, clean": self.spread_clean,
            "spread within a run, treated": self.spread_treated,
        }


class Tally:
    """Sums over repetitions, and the response that they give."""

    def __init__(self, clean: Floats, readout: Floats | None) -> None:
        self.clean = clean
        # a network that was shrunk to nothing weighs no neuron more than another
        self.weight = None if readout is None or not readout.any() else np.abs(readout) / np.abs(readout).sum()
        self.changes: list[Floats] = []
        self.path = np.zeros_like(clean)
        self.spread = np.zeros(clean.shape[1])
        self.runs = 0

    def add(self, tau_sys: Floats, measured: slice) -> None:
        """Antithetic runs `tau_sys[time, 2 pairs, state]`: first all n, then all -n."""
        pairs = tau_sys.shape[1] // 2
        means = tau_sys[measured].mean(axis=0) - self.clean[measured].mean(axis=0)
        self.changes.append((means[:pairs] + means[pairs:]) / 2)
        self.path += tau_sys.sum(axis=1)
        self.spread += tau_sys[measured].std(axis=0).sum(axis=0)
        self.runs += 2 * pairs

    def response(self, measured: slice, theory: Floats | None) -> Response:
        base = self.clean[measured].mean(axis=0)
        changes = np.concatenate(self.changes)
        return self.judge(
            changes,
            base,
            spread=self.spread / self.runs,
            theory=theory,
            paths=(self.clean, self.path / self.runs),
            measured=measured,
        )

    def judge(
        self,
        changes: Floats,
        base: Floats,
        *,
        spread: Floats,
        theory: Floats | None,
        paths: tuple[Floats, Floats],
        measured: slice,
    ) -> Response:
        """The response for `changes[repetition, state]` from `base[state]`; `paths` are clean and treated."""
        change = intervals(changes, scale=float(np.abs(base).max()))
        weighted = None
        if self.weight is not None:
            weighted = interval(100 * changes @ self.weight / (base @ self.weight))
        clean, treated = paths
        return Response(
            clean=base,
            change=change,
            verdicts=verdicts(change),
            spread_clean=clean[measured].std(axis=0),
            spread_treated=spread,
            theory=theory,
            r2=None if theory is None else r_squared(change.mean, theory, ROUNDING * float(np.abs(base).max())),
            percent=interval(100 * changes.mean(axis=1) / base.mean()),
            weighted_percent=weighted,
            path_clean=clean,
            path_treated=treated,
            repetitions=len(changes),
        )


def r_squared(measured: Floats, predicted: Floats, rounding: float = 0.0) -> float | None:
    """Share of the variance over neurons that the prediction explains; None if nothing varies above `rounding`."""
    total = float(np.sum((measured - measured.mean()) ** 2))
    if total == 0 or np.abs(measured).max() <= rounding:
        return None
    return 1 - float(np.sum((measured - predicted) ** 2)) / total
