"""What studies have found about one trained run: kept, shared and opened with it, so that a link computes nothing anew.

A run may lack them: it was saved before anybody asked, or its model has no time constant. So its file is optional.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from liquid.learning.config import LIMITS, TrainConfig
from liquid.learning.run import Run
from liquid.runs.fields import Fields
from liquid.runs.files import json_bytes
from liquid.runs.saved import STUDIES, open_run, run_documents
from liquid.studies.noise.response import Response, r_squared
from liquid.studies.noise.study import NoiseConfig, sentence
from liquid.studies.solver_effect.study import EXACT, MORE, MOST_WINDOWS, SolverEffect, Variant, states_from
from liquid.studies.statistics import ROUNDING, Floats, Interval, Intervals, verdicts

MOST_RESPONSES = 8  # the newest: whoever drags the noise asks a question a step
MOST_VARIANTS = 20
LARGEST = 1e12  # a time constant or its change, in the layer's unit; none is shorter than the inverse
WAYS = (*SOLVERS, EXACT)


@dataclass(frozen=True)
class Studies:
    """Answers to noise by the question asked, oldest first, and what other solvers do to the forecast."""

    noise: tuple[tuple[NoiseConfig, Response], ...] = ()
    effect: SolverEffect | None = None

    def __bool__(self) -> bool:
        return bool(self.noise) or self.effect is not None

    def response(self, config: NoiseConfig) -> Response | None:
        """The answer to this question, where it was asked."""
        return next((response for asked, response in self.noise if asked == config), None)

    def with_response(self, config: NoiseConfig, response: Response) -> Studies:
        """With one answer more; beyond MOST_RESPONSES the oldest goes."""
        others = tuple(one for one in self.noise if one[0] != config)
        return replace(self, noise=(*others, (config, response))[-MOST_RESPONSES:])

    @property
    def sentences(self) -> list[str]:
        """What was found, a sentence a study."""
        found = [sentence(response, config) for config, response in self.noise]
        return found + ([self.effect.answer] if self.effect else [])


def whole_documents(run: Run, studies: Studies) -> dict[str, bytes]:
    """Every file of a run by name; that of the studies too, where there are any."""
    return run_documents(run) | ({STUDIES: json_bytes(_written(studies))} if studies else {})


def open_whole(files: Mapping[str, bytes]) -> tuple[Run, Studies]:
    """The run in the files of `whole_documents`, from anybody, and its studies. LiquidError where one does not fit."""
    run = open_run(files)
    return run, read_studies(files[STUDIES], run.config) if STUDIES in files else Studies()


def _written(studies: Studies) -> dict[str, Any]:
    """As JSON, without what follows from the rest: verdicts, R2, labels."""
    effect = studies.effect
    return {
        "noise": [_response_written(config, response) for config, response in studies.noise],
        "effect": effect
        and {
            "points": effect.points,
            "variants": [{k: v for k, v in asdict(one).items() if k != "name"} for one in effect.variants],
        },
    }


def _response_written(config: NoiseConfig, response: Response) -> dict[str, Any]:
    change = response.change
    return {
        "config": json.loads(config.to_json()),
        "clean": response.clean.tolist(),
        "change": {name: getattr(change, name).tolist() for name in ("mean", "low", "high", "p")},
        "spread_clean": response.spread_clean.tolist(),
        "spread_treated": response.spread_treated.tolist(),
        "theory": None if response.theory is None else response.theory.tolist(),
        "percent": _ends(response.percent),
        "weighted_percent": response.weighted_percent and _ends(response.weighted_percent),
    }


def _ends(found: Interval) -> list[float] | None:
    ends = [found.mean, found.low, found.high]
    return ends if np.isfinite(ends).all() else None


def read_studies(content: bytes, config: TrainConfig) -> Studies:
    """The studies of a run with this config, from anybody. LiquidError where a value cannot be one."""
    given = Fields(STUDIES, content)
    if not config.kind.liquid or config.timespans:
        raise LiquidError(f"{STUDIES} needs a Liquid model with even samples: keep the files of one run together.")
    asked = given.parts("noise", MOST_RESPONSES, fewest=0)
    if asked and config.solver != "euler":
        raise given.wrong("noise", f"empty, for the model steps with {config.solver}")
    noise = tuple(_answered(one, config.state_size) for one in asked)
    if any(noise[one][0] == other for one in range(len(noise)) for other, _ in noise[:one]):
        raise given.wrong("noise", "answers to different questions")
    return Studies(noise, None if given.given.get("effect") is None else _effect(given.part("effect"), config))


def _answered(given: Fields, state: int) -> tuple[NoiseConfig, Response]:
    settings = given.part("config")
    if settings.given.get("columns") != []:
        raise settings.wrong("columns", "an empty list")
    try:
        config = NoiseConfig.from_json(json.dumps(settings.given))
    except LiquidError as error:
        raise LiquidError(f"{settings.path} is no question. {error}") from error
    clean, change = _sizes(given, "clean", state), _intervals(given.part("change"), state)
    if clean.min() < 1 / LARGEST:
        raise given.wrong("clean", f"a list of {state} numbers above 0")
    spiked = config.place == "spike"
    if spiked != (given.given.get("theory") is None):
        raise given.wrong("theory", "null for a spike, else a list of numbers")
    theory = None if spiked else _numbers(given, "theory", state)
    nothing = np.empty((0, state))
    return config, Response(
        clean=clean,
        change=change,
        verdicts=verdicts(change),
        spread_clean=_sizes(given, "spread_clean", state),
        spread_treated=_sizes(given, "spread_treated", state),
        theory=theory,
        r2=None if theory is None else r_squared(change.mean, theory, ROUNDING * float(clean.max())),
        percent=_interval(given, "percent"),
        weighted_percent=None if given.given.get("weighted_percent") is None else _interval(given, "weighted_percent"),
        path_clean=nothing,
        path_treated=nothing,
        repetitions=settings.whole("pairs", 1, config.pairs),
    )


def _intervals(given: Fields, state: int) -> Intervals:
    found = Intervals(**{name: _numbers(given, name, state) for name in ("mean", "low", "high")}, p=_p(given, state))
    if np.any(found.low > found.mean) or np.any(found.mean > found.high):
        raise given.wrong("mean", "between low and high")
    return found


def _p(given: Fields, state: int) -> Floats:
    p = _sizes(given, "p", state)
    if p.max() > 1:
        raise given.wrong("p", "a list of numbers from 0 to 1")
    return p


def _sizes(given: Fields, name: str, state: int) -> Floats:
    sizes = _numbers(given, name, state)
    if sizes.min() < 0:
        raise given.wrong(name, f"a list of {state} numbers from 0 up")
    return sizes


def _numbers(given: Fields, name: str, count: int) -> Floats:
    numbers = given.numbers(name, count)
    if np.abs(numbers).max() > LARGEST:
        raise given.wrong(name, f"a list of {count} numbers up to {LARGEST:g}")
    return numbers


def _interval(given: Fields, name: str) -> Interval:
    mean, low, high = _numbers(given, name, 3).tolist()
    if not low <= mean <= high:
        raise given.wrong(name, "a mean, and two ends around it")
    return Interval(mean, low, high)


def _effect(given: Fields, config: TrainConfig) -> SolverEffect:
    variants = tuple(_variant(one) for one in given.parts("variants", MOST_VARIANTS))
    ways = [(one.solver, one.unfolds) for one in variants]
    if ways[0] != (config.solver, config.unfolds) or (EXACT, None) not in ways or len(set(ways)) < len(ways):
        raise given.wrong("variants", "the way of the training first, and the exact one, each once")
    return SolverEffect(variants, given.whole("points", 1, MOST_WINDOWS))


def _variant(given: Fields) -> Variant:
    solver = given.choice("solver", WAYS)
    most = max(MORE) * int(LIMITS["unfolds"][1])
    if solver == EXACT and given.given.get("unfolds") is not None:
        raise given.wrong("unfolds", "null for the exact states")
    unfolds = None if solver == EXACT else given.whole("unfolds", 1, most)
    ratio, low, high = (given.number(name, missing=np.nan) for name in ("ratio", "low", "high"))
    rmse, moved = (given.number(name, missing=np.inf) for name in ("rmse", "moved"))
    return Variant(states_from(solver, unfolds), solver, unfolds, rmse, ratio, low, high, moved)
