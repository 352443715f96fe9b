"""What moved a forecast, in words and as a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from liquid.series.series import Series
from liquid.series.windows import Floats
from liquid.studies.attribution.study import REACH, Attribution

Table = Mapping[str, ArrayLike]
NAMED = 3  # columns that a sentence names


def answer(why: Attribution, unit: str) -> str:
    """One sentence: the forecast, what the window did to it, from network to network, and the sample that did most."""
    by_sample, forecast = why.total.sum(axis=1), f"{_value(float(why.forecast.mean()))}{_unit(unit)}"
    moved = f"{_signed(float(why.moved.mean()))}{_between(why.moved, signed=True)}"
    sentence = f"{_ahead(why.step)}, {why.model} forecasts {forecast}: the window moved it by {moved}"
    if not by_sample.any():
        return f"{sentence}."
    most = int(np.argmax(np.abs(by_sample)))
    return f"{sentence}, most of all {_sample(len(by_sample) - 1 - most)} ({_signed(by_sample[most])})."


def compared_with(why: Attribution) -> str:
    """What is called the window's doing, and the columns' part in it, the strongest first."""
    others = ", and every other column at its training mean" if len(why.names) > 1 else ""
    words = (
        f"Compared with a window in which '{why.names[0]}' stays at its last value{others}: from that it would "
        f"forecast {_value(float(why.from_still.mean()))}{_between(why.from_still)}."
    )
    if len(why.names) == 1:
        return words
    sums = why.total.sum(axis=0)
    order = np.argsort(-np.abs(sums), kind="stable")[:NAMED]
    return f"{words} By column: " + ", ".join(f"'{why.names[i]}' {_signed(sums[i])}" for i in order) + "."


def memory_words(why: Attribution) -> str:
    """How far back the forecast looks, and how sure that is from network to network."""
    share, linear = f"{100 * REACH:.0f} %", why.linear_reach
    if not why.has_network and not linear:
        return "No sample of the window has a weight in it."
    if not why.has_network:
        return f"{share} of its weight lies on the newest {_samples(linear)}."
    reaches = why.network_reaches
    own = f" ({reaches.min()} to {reaches.max()} in single networks)" if len(reaches) > 1 else ""
    words = f"{share} of the networks' response lies within the newest {_samples(why.network_reach)}{own}"
    return f"{words}, and of the linear part's within {_samples(linear)}." if linear else f"{words}."


def tau_words(why: Attribution, unit: str) -> str:
    """Whether tau_sys had a part in it; empty for a model without."""
    if why.held is None or why.by_tau_sys is None:
        return ""
    if not why.has_network:
        return "Validation left the networks no say in this forecast, so tau_sys had no part in it."
    size, stayed = np.abs(why.by_tau_sys), "every neuron's tau_sys stayed at its mean over the window"
    if len(size) == 1:
        return f"Had {stayed}, the forecast would be {_value(size[0])}{_unit(unit)} off."
    middle, spread = float(np.median(size)), float(why.forecast.std())
    part = "had a part in it" if middle > spread else "had little part in it"
    return (
        f"That tau_sys moves {part}: had {stayed}, the median network's forecast would be {_value(middle)}{_unit(unit)}"
        f" off{_between(size)}; forecasts differ by {_value(spread)} from network to network (standard deviation)."
    )


def sample_table(why: Attribution, series: Series) -> Table:
    """One row per sample and column: value, what it is compared with, shares and responses."""
    samples, columns = why.window.shape
    labels = np.array(series.stamp_labels(series.time[why.rows]), dtype=object)
    spread = why.network.std(axis=0)
    return {
        "time": np.repeat(labels, columns),
        "age": np.repeat(np.arange(samples)[::-1], columns),
        "column": np.tile(np.array(why.names, dtype=object), samples),
        "value": why.window.ravel(),
        "compared_with": why.still.ravel(),
        "share": why.total.ravel(),
        "share_linear": why.linear.ravel(),
        "share_networks": why.network.mean(axis=0).ravel(),
        "spread_networks": spread.ravel(),
        "response_linear": why.linear_response.ravel(),
        "response_networks": why.network_response.mean(axis=0).ravel(),
    }


def _ahead(step: int) -> str:
    return "One step ahead" if step == 1 else f"{step} steps ahead"


def _sample(age: int) -> str:
    if age == 0:
        return "the last sample"
    return "the sample before the last" if age == 1 else f"the sample {age} before the last"


def _samples(count: int) -> str:
    return "one sample" if count == 1 else f"{count} samples"


def _between(values: Floats, signed: bool = False) -> str:
    """The range over the networks; nothing for one."""
    if len(values) == 1 or np.ptp(values) == 0:
        return ""
    shown = _signed if signed else _value
    return f" ({shown(float(values.min()))} to {shown(float(values.max()))} over the {len(values)} networks)"


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def _value(value: float) -> str:
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e12 else f"{value:.3g}"


def _signed(value: float) -> str:
    return f"{value:+,.0f}" if 1e4 <= abs(value) < 1e12 else f"{value:+.3g}"
