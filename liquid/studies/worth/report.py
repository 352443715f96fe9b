"""What the columns are worth, in words and as a table."""

from __future__ import annotations

from collections.abc import Mapping

from numpy.typing import ArrayLike

from liquid.learning.comparison import RmseRatio
from liquid.studies.statistics import Interval
from liquid.studies.worth.study import Worth

Table = Mapping[str, ArrayLike]


def answer(result: Worth) -> str:
    """One sentence: which columns are measurably worth reading, which are in the way, which cannot be told."""
    told = list(zip(result.columns, result.ratios, strict=True))
    sure = sorted((pair for pair in told if pair[1].has_interval), key=lambda pair: -pair[1].value)
    useful = [(name, ratio) for name, ratio in sure if ratio.low > 1]
    harmful = [name for name, ratio in sure if ratio.high < 1]
    rest = [name for name in result.columns if name not in harmful and name not in dict(useful)]
    parts, error = [], f"the error over {_steps(result.horizon)}"
    if useful:
        best, ratio = useful[0]
        parts.append(f"Without '{best}' {error} is {Interval(*ratio):.2f} times as large")
        if others := _listed([name for name, _ in useful[1:]]):
            parts.append(f"without {others} it is larger too")
    if harmful:
        parts.append(f"without {_listed(harmful)} {'it' if useful else error} is smaller")
    if rest:
        ratios = dict(told)
        parts.append(f"no difference can be told for {', '.join(_with_ratio(name, ratios[name]) for name in rest)}")
    sentence = "; ".join(parts) + "."
    return sentence[0].upper() + sentence[1:]


def worth_table(result: Worth) -> Table:
    """One row per column; `low` and `high` are the ends of the ratio's 95 % interval."""
    return {
        "column": list(result.columns),
        "read ahead": ["yes" if ahead else "no" for ahead in result.ahead],
        "RMSE with all": [result.rmse] * len(result.columns),
        "RMSE without it": list(result.without),
        "without / with": [ratio.value for ratio in result.ratios],
        "low": [ratio.low for ratio in result.ratios],
        "high": [ratio.high for ratio in result.ratios],
    }


def _with_ratio(name: str, ratio: RmseRatio) -> str:
    """A column whose interval decides nothing, with the interval: a column of much worth may be among them."""
    return f"'{name}' ({Interval(*ratio):.2f})" if ratio.has_interval else f"'{name}'"


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _steps(horizon: int) -> str:
    return "one step ahead" if horizon == 1 else f"{horizon} steps ahead"
