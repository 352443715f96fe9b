"""What of a layer that filters follows the noise: quantities by regime, and only what their intervals allow to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liquid.series.words import enumerated
from liquid.studies.statistics import Interval, by_uncertainty

NAMES = {
    "tau_sys": "readout-weighted tau_sys",
    "effective": "the median effective time constant",
    "slowest": "the slowest time constant",
    "gain": "the gain of the newest sample",
    "age": "the age of the input that the estimate rests on",
}


@dataclass(frozen=True)
class ByRegime:
    """A quantity's interval in every regime, in the order of `regimes`."""

    name: str
    values: tuple[Interval, ...]

    # the interval whose upper end is lowest, and the one whose lower end is highest
    @property
    def ends(self) -> tuple[Interval, Interval]:
        """The two regimes that lie farthest apart, whatever their intervals leave open."""
        return min(self.values, key=lambda one: one.high), max(self.values, key=lambda one: one.low)

    @property
    def moves(self) -> bool:
        """Whether the intervals of two regimes lie apart; a missing number tells nothing."""
        low, high = self.ends
        return low.high < high.low

    def rises(self, before: int, after: int) -> bool:
        """Whether it is larger in regime `after` than in regime `before`, intervals and all."""
        return self.values[before].high < self.values[after].low


def quantities(stored: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, ByRegime]:
    """From a stored result's `quantities`: mean, low and high by regime."""
    return {
        name: ByRegime(name, tuple(Interval(*ends) for ends in zip(one["mean"], one["low"], one["high"], strict=True)))
        for name, one in stored.items()
        if name in NAMES
    }


def follows(by_name: Mapping[str, ByRegime]) -> str:
    """Which quantities move from regime to regime, and which cannot be told to."""
    moving = [one for one in by_name.values() if one.moves]
    still = [NAMES[one.name] for one in by_name.values() if not one.moves]
    sentences = []
    if moving:
        parts = [f"{NAMES[one.name]} ({_span(one)})" for one in sorted(moving, key=lambda one: one.name != "gain")]
        sentences.append(f"What moves with the noise: {enumerated(parts)}.")
    if still:
        sentences.append(f"Not measurably: {enumerated(still)}.")
    return " ".join(sentences)


def memory(age: ByRegime, regimes: Sequence[tuple[float, float]]) -> str:
    """Does more noise in the observations lengthen the memory? For each process noise, what the intervals tell."""
    told: dict[str, list[str]] = {"longer": [], "shorter": [], "": []}
    for process in dict.fromkeys(q for q, _ in regimes):
        places = sorted((s, place) for place, (q, s) in enumerate(regimes) if q == process)
        calm, noisy = places[0][1], places[-1][1]
        way = "longer" if age.rises(calm, noisy) else "shorter" if age.rises(noisy, calm) else ""
        told[way].append(f"{process:g}")
    parts = [f"{way} at process noise {enumerated(where)}" for way, where in told.items() if way and where]
    if told[""]:
        parts.append(f"undecided at {enumerated(told[''])}" if parts else "undecided")
    return f"More noise in the observations makes it remember: {'; '.join(parts)}."


def _span(one: ByRegime) -> str:
    low, high = one.ends
    return f"{by_uncertainty(low)} to {by_uncertainty(high)}"
