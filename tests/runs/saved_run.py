"""Small runs to save and open, with a name that would like to be more than text."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series.series import Series, from_columns

SMALL: dict[str, Any] = {"members": 2, "steps": 12, "window": 12, "batch": 8, "state_size": 4, "horizon": 3}
HOSTILE = '=cmd|"/C calc"!A0</script><script>alert(1)</script> ,"'


def trained(series: Series, **others: Any) -> Run:
    events = run(series, TrainConfig(**{**SMALL, **others}))
    return next(event for event in events if isinstance(event, Run))


def with_changed(document: dict[str, Any], path: tuple[Any, ...], value: object) -> bytes:
    """A document as JSON, with another value at a path into it."""
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(document).encode()


def walk(length: int = 120) -> Series:
    rng = np.random.default_rng(0)
    wave = np.sin(np.arange(length) / 4) + 0.1 * rng.normal(size=length)
    columns = {HOSTILE: wave, "left out": rng.normal(size=length), "beside": rng.normal(size=length)}
    time = np.cumsum(rng.uniform(0.5, 1.5, size=length))
    return from_columns(columns, HOSTILE, time=time, time_kind="number", unit=HOSTILE, notes=(HOSTILE,), season=25)
