"""What studies have found about one trained run: kept, shared and opened with it, so that a link computes nothing anew.

It is in studies.json. A run may lack it: it was saved before anybody asked.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Annotated

import numpy as np
from annotated_types import Interval as Range
from pydantic import Field

from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from liquid.learning.config import LIMITS, TrainConfig
from liquid.learning.run import Run
from liquid.runs.backtest import BacktestDocument, backtest_document, read_backtest
from liquid.runs.comparison import ComparisonDocument, comparison_document, read_comparison
from liquid.runs.content import LONGEST, Size, document_of, exactly, json_bytes, wrong
from liquid.settings import Document, one_of, parsed
from liquid.studies.backtest.report import answer as looked_back
from liquid.studies.backtest.study import Backtest
from liquid.studies.compare.report import answer as best
from liquid.studies.compare.study import Comparison
from liquid.studies.noise.judged import answer
from liquid.studies.noise.response import Response, r_squared
from liquid.studies.noise.study import NoiseConfig
from liquid.studies.solver_effect.study import EXACT, MORE, MOST_WINDOWS, SolverEffect, Variant, states_from
from liquid.studies.statistics import ROUNDING, Interval, Intervals, verdicts

STUDIES = "studies.json"
MOST_RESPONSES = 8  # the newest: whoever drags the noise asks a question per step
MOST_VARIANTS = 20
LARGEST = 1e12  # a time constant or its change, in the layer's unit; none is shorter than the inverse
WAYS = (*SOLVERS, EXACT)
MOST_UNFOLDS = max(MORE) * int(LIMITS["unfolds"][1])


@dataclass(frozen=True)
class Studies:
    """Answers to noise by the question asked, oldest first, what other solvers do to the forecast, what other models
    make of the series, and how the forecast would have been at cutoffs of the past."""

    noise: tuple[tuple[NoiseConfig, Response], ...] = ()
    effect: SolverEffect | None = None
    compared: Comparison | None = None
    backtest: Backtest | None = None

    def __bool__(self) -> bool:
        return bool(self.noise) or any((self.effect, self.compared, self.backtest))

    def response(self, config: NoiseConfig) -> Response | None:
        """The answer to this question, if it was asked."""
        return next((response for question, response in self.noise if question == config), None)

    def with_response(self, config: NoiseConfig, response: Response) -> Studies:
        """With one answer more; beyond MOST_RESPONSES the oldest goes."""
        others = tuple(one for one in self.noise if one[0] != config)
        return replace(self, noise=(*others, (config, response))[-MOST_RESPONSES:])

    @property
    def sentences(self) -> list[str]:
        """The answers, a sentence per study."""
        answers = [str(answer(response, config)) for config, response in self.noise]
        compared = self.compared
        beside = [str(best(compared.rivals, compared.chosen))] if compared and compared.rivals else []
        back = [looked_back(self.backtest)] if self.backtest else []
        return answers + ([self.effect.answer] if self.effect else []) + beside + back


NO_STUDIES = Studies()

Value = Annotated[float, Range(ge=-LARGEST, le=LARGEST)]
Values = Annotated[tuple[Value, ...], Field(max_length=LONGEST, fail_fast=True)]
Spreads = Annotated[tuple[Annotated[float, Range(ge=0.0, le=LARGEST)], ...], Field(max_length=LONGEST, fail_fast=True)]
Means = Annotated[
    tuple[Annotated[float, Range(ge=1 / LARGEST, le=LARGEST)], ...], Field(max_length=LONGEST, fail_fast=True)
]
Chances = Annotated[tuple[Annotated[float, Range(ge=0.0, le=1.0)], ...], Field(max_length=LONGEST, fail_fast=True)]
Ends = tuple[Value, Value, Value]  # mean, low, high


@dataclass(frozen=True)
class Change(Document):
    """Intervals, without the verdicts that follow from them."""

    mean: Values
    low: Values
    high: Values
    p: Chances


@dataclass(frozen=True)
class Answer(Document):
    """A noise study's question and its Response, without what follows from the rest: verdicts, R2, paths."""

    config: NoiseConfig
    clean: Means
    change: Change
    spread_clean: Spreads
    spread_treated: Spreads
    theory: Values | None
    percent: Ends
    weighted_percent: Ends | None


@dataclass(frozen=True)
class Way(Document):
    """A Variant without its label; null for an error or a distance that is infinite, a ratio that does not exist."""

    solver: Annotated[str, one_of(WAYS)]
    unfolds: Annotated[int, Range(ge=1, le=MOST_UNFOLDS)] | None
    rmse: Size | None
    ratio: Size | None
    low: Size | None
    high: Size | None
    moved: Size | None


@dataclass(frozen=True)
class Effect(Document):
    points: Annotated[int, Range(ge=1, le=MOST_WINDOWS)]
    variants: Annotated[tuple[Way, ...], Field(min_length=1, max_length=MOST_VARIANTS, fail_fast=True)]


@dataclass(frozen=True)
class Answers(Document):
    """All of studies.json."""

    noise: Annotated[tuple[Answer, ...], Field(max_length=MOST_RESPONSES, fail_fast=True)]
    effect: Effect | None
    compared: ComparisonDocument | None = None  # older runs have none
    backtest: BacktestDocument | None = None


def studies_json(studies: Studies) -> bytes:
    noise = tuple(_answer(config, response) for config, response in studies.noise)
    effect, compared, backtest = studies.effect, studies.compared, studies.backtest
    document = Answers(
        noise,
        Effect(effect.points, tuple(document_of(Way, one) for one in effect.variants)) if effect else None,
        comparison_document(compared) if compared else None,
        backtest_document(backtest) if backtest else None,
    )
    return json_bytes(asdict(document))


def _answer(config: NoiseConfig, response: Response) -> Answer:
    weighted = response.weighted_percent
    return document_of(
        Answer,
        response,
        config=config,
        change=document_of(Change, response.change),
        percent=_ends(response.percent),
        weighted_percent=weighted and _ends(weighted),
    )


def _ends(interval: Interval) -> Ends:
    return interval.mean, interval.low, interval.high


def read_studies(content: bytes, run: Run) -> Studies:
    """The studies of this run, from anybody. LiquidError if a value cannot be one."""
    answers, config = parsed(Answers, content, STUDIES), run.config
    if (answers.noise or answers.effect) and (not config.kind.liquid or config.timespans):
        raise LiquidError(f"{STUDIES} needs a Liquid model with even samples: keep the files of one run together.")
    if answers.noise and config.solver != "euler":
        raise wrong(STUDIES, "noise", f"empty, for the model steps with {config.solver}")
    noise = tuple(
        _response(answer, config.state_size, f"{STUDIES}, noise[{index}]") for index, answer in enumerate(answers.noise)
    )
    if len({question for question, _ in noise}) < len(noise):
        raise wrong(STUDIES, "noise", "answers to different questions")
    return Studies(
        noise,
        _effect(answers.effect, config) if answers.effect else None,
        read_comparison(answers.compared, run, f"{STUDIES}, compared") if answers.compared else None,
        read_backtest(answers.backtest, run, f"{STUDIES}, backtest") if answers.backtest else None,
    )


def _response(answer: Answer, state: int, where: str) -> tuple[NoiseConfig, Response]:
    config = answer.config
    if config.columns:
        raise wrong(f"{where}, config", "columns", "an empty list")
    if config.place == "spike" and answer.theory is not None:
        raise wrong(where, "theory", "null for a spike")
    clean = exactly(where, "clean", answer.clean, state)
    change = Intervals(
        **{name: exactly(f"{where}, change", name, numbers, state) for name, numbers in vars(answer.change).items()}
    )
    if np.any(change.low > change.mean) or np.any(change.mean > change.high):
        raise wrong(f"{where}, change", "mean", "between low and high")
    theory = None if answer.theory is None else exactly(where, "theory", answer.theory, state)
    weighted = answer.weighted_percent
    nothing = np.empty((0, state))
    return config, Response(
        clean=clean,
        change=change,
        verdicts=verdicts(change),
        spread_clean=exactly(where, "spread_clean", answer.spread_clean, state),
        spread_treated=exactly(where, "spread_treated", answer.spread_treated, state),
        theory=theory,
        r2=None if theory is None else r_squared(change.mean, theory, ROUNDING * float(clean.max())),
        percent=_interval(answer.percent, where, "percent"),
        weighted_percent=None if weighted is None else _interval(weighted, where, "weighted_percent"),
        path_clean=nothing,
        path_treated=nothing,
        repetitions=config.pairs,
    )


def _interval(ends: Ends, where: str, name: str) -> Interval:
    mean, low, high = ends
    if not low <= mean <= high:
        raise wrong(where, name, "a mean, and two ends around it")
    return Interval(mean, low, high)


def _effect(effect: Effect, config: TrainConfig) -> SolverEffect:
    ways = [(way.solver, way.unfolds) for way in effect.variants]
    if ways[0] != (config.solver, config.unfolds) or (EXACT, None) not in ways or len(set(ways)) < len(ways):
        raise wrong(STUDIES, "variants", "the way of the training first, and the exact one, each once")
    if any((unfolds is None) != (solver == EXACT) for solver, unfolds in ways):
        raise wrong(STUDIES, "unfolds", "null for the exact states, else a whole number")
    return SolverEffect(tuple(map(_variant, effect.variants)), effect.points)


def _variant(way: Way) -> Variant:
    ratio, low, high = (np.nan if number is None else number for number in (way.ratio, way.low, way.high))
    rmse, moved = (np.inf if number is None else number for number in (way.rmse, way.moved))
    return Variant(states_from(way.solver, way.unfolds), way.solver, way.unfolds, rmse, ratio, low, high, moved)
