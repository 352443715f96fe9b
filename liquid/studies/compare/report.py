"""What a comparison of models found, in words and as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from liquid.answers import NOT_DECIDED, Answer
from liquid.learning.comparison import TOO_FEW, RmseRatio
from liquid.learning.run import Run
from liquid.series.windows import rms
from liquid.series.words import enumerated
from liquid.studies.compare.study import Comparison, Rival
from liquid.studies.statistics import Interval, by_uncertainty, digits
from liquid.studies.verdict import Check, exact, verdict

Table = Mapping[str, ArrayLike]
BELOW_ONE = float(np.nextafter(1.0, 0.0))
# What an interval of the chosen model's RMSE over another's says of the chosen one, and how a sentence says so.
LOWER, HIGHER, ALIKE, UNDECIDED = "lower", "higher", "alike", "undecided"
WORDS = {
    LOWER: "lower than that of {}",
    HIGHER: "higher than that of {}",
    ALIKE: "the same as that of {}",
    UNDECIDED: "too close to that of {} to call",
}


def own(run: Run) -> Rival:
    """The run's model, as the others are described."""
    return Rival(
        model=run.config.model,
        one_step=run.report.one_step,
        ahead=run.forecast.mean,
        rmse=run.report.rows[0].horizon_rmse,
        first=RmseRatio(1.0, 1.0, 1.0),
        whole=RmseRatio(1.0, 1.0, 1.0),
        parameters=run.forecaster.model.parameter_count(),
        seconds=run.finished.seconds,
    )


def ranked(result: Comparison, run: Run) -> tuple[Rival, ...]:
    """All models, the run's own among them, by their RMSE over the horizon, the best first."""
    return tuple(sorted((own(run), *result.rivals), key=over_horizon))


# sqrt(mean_h RMSE_h^2)
def over_horizon(one: Rival) -> float:
    """RMSE over all steps of the horizon."""
    return float(rms(one.rmse))


def statement(chosen: str, rival: Rival) -> Check:
    """That the chosen model's error is lower than this one's: the whole interval of their ratio lies below 1.

    One that holds nothing that anybody would call a difference counts as 1.
    """
    value = exact(1.0) if rival.whole.is_one else Interval(*rival.whole)
    return Check(f"RMSE of {chosen} over that of {rival.model}", value, at_most=BELOW_ONE)


def outcome(rival: Rival) -> str:
    """LOWER, HIGHER, ALIKE or UNDECIDED: on which side of 1 the whole interval of the horizon's ratio lies."""
    if rival.whole.is_one:
        return ALIKE
    return LOWER if rival.whole.high < 1 else HIGHER if rival.whole.low > 1 else UNDECIDED


def answer(rivals: Sequence[Rival], chosen: str) -> Answer:
    """Does the chosen model forecast better than these, at least one, over the horizon? Each is a statement of the rule
    of all verdicts.

    The number is its error over that of the best of them.
    """
    checks = [statement(chosen, rival) for rival in rivals]
    best = min(rivals, key=over_horizon)
    fold = _fold(rivals, chosen)
    if not best.whole.exists:
        before = f"{best.model} makes no error, so there is no ratio to it: its RMSE is"
        return Answer(NOT_DECIDED, before, "0", ".", fold)
    found = f", the best of the {len(rivals)} others. It is {_found(rivals)}."
    alike = best.whole.is_one
    return Answer(
        verdict(checks),
        before=f"{_reach(best)}, the RMSE of {chosen} is",
        number="the same" if alike else by_uncertainty(Interval(*best.whole)),
        after=f" {'as' if alike else 'times'} that of {best.model}{found if len(rivals) > 1 else _alone(best)}",
        fold=fold,
    )


def _reach(rival: Rival) -> str:
    """What the horizon's ratio is over."""
    steps = len(rival.rmse)
    return "one step ahead" if steps == 1 else f"1 to {steps} steps ahead"


def _found(rivals: Sequence[Rival]) -> str:
    """Which models the chosen one's error lies below, which above, and which decide nothing."""
    groups = {way: [rival.model for rival in rivals if outcome(rival) == way] for way in WORDS}
    return enumerated([WORDS[way].format(enumerated(names)) for way, names in groups.items() if names])


def _alone(rival: Rival) -> str:
    """What is to be said of the number itself if there is one other model."""
    if not rival.whole.has_interval:
        return f", but {TOO_FEW}."
    return ": too close to call." if outcome(rival) == UNDECIDED else "."


def _fold(rivals: Sequence[Rival], chosen: str) -> str:
    """The intervals of the answer, then those of the first step."""
    of = f"RMSE of {chosen}"
    whole = "; ".join(f"{rival.model} {ratio_words(rival.whole)}" for rival in rivals)
    text = f"{of} {_reach(rivals[0])} over that of {whole}."
    if len(rivals[0].rmse) > 1:
        text += f" One step ahead: {'; '.join(f'{rival.model} {ratio_words(rival.first)}' for rival in rivals)}."
    return f"{text} {intervals_words(len(rivals))}"


def intervals_words(count: int) -> str:
    """What the intervals of so many comparisons promise."""
    if count == 1:
        return "95 % interval, which allows for errors that follow each other."
    return (
        f"95 % intervals for all {count} together (Bonferroni: each is one of {100 * (1 - 0.05 / count):.4g} %), which "
        "allow for errors that follow each other."
    )


def ratio_words(ratio: RmseRatio) -> str:
    """A ratio with its interval, as far as there is one."""
    if not ratio.exists:
        return "no ratio"
    return f"{Interval(*ratio):.3f}" if ratio.has_interval else f"{digits(ratio.value)} [too few errors]"


def table(result: Comparison, run: Run) -> Table:
    """One row per model, the best over the horizon first."""
    rows, chosen, steps = ranked(result, run), run.config.model, run.config.horizon

    def ratios(of: Callable[[Rival], RmseRatio]) -> list[str]:
        return ["1" if row.model == chosen else ratio_words(of(row)) for row in rows]

    columns: dict[str, ArrayLike] = {"model": [row.model for row in rows]}
    if steps > 1:
        columns[f"RMSE, 1 to {steps} ahead"] = np.array([over_horizon(row) for row in rows])
        columns[f"{chosen} / it, 1 to {steps} [95 %]"] = ratios(lambda row: row.whole)
    return columns | {
        "RMSE, 1 ahead": np.array([row.rmse[0] for row in rows]),
        f"{chosen} / it, 1 [95 %]": ratios(lambda row: row.first),
        "parameters": np.array([row.parameters for row in rows]),
        "seconds": np.array([row.seconds for row in rows]),
    }


def remarks(result: Comparison) -> list[str]:
    """A sentence for each model that was left out, or whose training ended badly."""
    without = [f"{one.model} has no score: {one.reason}" for one in result.left_out]
    return without + [f"{rival.model}: {rival.note}" for rival in result.rivals if rival.note]


def step_table(result: Comparison, run: Run) -> Table:
    """One row per step ahead: each model's RMSE, and its forecast of the next values."""
    rows = ranked(result, run)
    return (
        {"step": np.arange(1, run.config.horizon + 1)}
        | {f"RMSE, {row.model}": row.rmse for row in rows}
        | {f"forecast, {row.model}": row.ahead for row in rows}
    )
