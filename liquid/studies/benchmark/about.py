"""Where each task comes from: for the docs and the page, read from the catalogues."""

from __future__ import annotations

from typing import NamedTuple

from liquid.series import builtin
from liquid.studies.benchmark import stored_series
from liquid.studies.benchmark.config import Recipe
from liquid.studies.benchmark.tasks import MEASURED, TASKS, problem_of

TITLES = {"switching-level": "Level with switching noise"}  # of what stands in no catalogue
OWN_LICENCE = "this project's"
CHANGED = {  # what a task makes of a series that the project carries
    "ecg": "every second sample",
    "co2": "its changes from week to week, the longest stretch without a gap",
    "seattle-normals": "the longest stretch without a gap",
    "seattle-weather": "the daily maximum of the temperature",
    "ice-ages": "at its own uneven times",
}
GENERATED = {
    "lorenz": ("E. N. Lorenz, J. Atmos. Sci. 20 (1963)", 0.906, 0.05),  # exponent per unit of time, step
    "rossler": ("O. E. Rössler, Phys. Lett. A 57 (1976)", 0.0714, 0.25),
    "mackey-glass": ("M. C. Mackey, L. Glass, Science 197 (1977)", 0.0049, 1.0),
    "sines": ("three periods without a common multiple", None, 1.0),
    "uneven-sines": ("the same, seen at uneven times", None, 1.0),
    "switching-level": (
        "a level that drifts back; its own noise and the measuring noise change every 64 samples",
        None,
        1.0,
    ),
}


class About(NamedTuple):
    """`samples` of a seed; `step` in the series' own units; `per_lyapunov` samples per Lyapunov time, of chaos."""

    name: str
    kind: str
    title: str
    samples: int
    step: str
    per_lyapunov: float | None
    origin: str
    licence: str


def title(name: str) -> str:
    """A task in words; any other name as it is: that of a visitor's own series."""
    carried = next((one.title for one in builtin.catalogue() if one.name == name), None)
    made = next((one.title for one in stored_series.catalogue() if one.name == name), carried)
    whole = TITLES.get(name, made or name)
    return f"{whole}, {CHANGED[name]}" if name in CHANGED else whole


def about(name: str) -> About:
    """What is known of a task."""
    kind, samples = TASKS[name].kind, len(problem_of(name, 0.0, 0, Recipe().length).target) + 1
    if kind == MEASURED:
        entry = next(one for one in builtin.catalogue() if one.name == name)
        return About(name, kind, title(name), samples, entry.period, None, entry.origin, entry.licence)
    if name in GENERATED:
        origin, exponent, step = GENERATED[name]
        per = None if exponent is None else 1 / (exponent * step)
        return About(name, kind, title(name), samples, f"{step:g}", per, origin, OWN_LICENCE)
    task = next(one for one in stored_series.catalogue() if one.name == name)
    return About(
        name, kind, title(name), samples, f"{task.step:g}", task.samples_per_lyapunov_time, task.citation, task.licence
    )
