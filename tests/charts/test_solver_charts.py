"""The solver pictures: what is drawn is what was computed, and nothing else is."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from liquid.charts import solver as charts
from liquid.charts.paths import SHOWN, paths, share_heights
from liquid.charts.style import DARK, LIGHT, Look
from liquid.studies.convergence.paths import OrderCurve
from liquid.studies.convergence.stability import StabilityLimit


def curve(errors: list[float]) -> OrderCurve:
    steps = 2 ** np.arange(len(errors))
    return OrderCurve(
        "euler", tuple(steps.tolist()), 0.5 / steps, np.array(errors), 10 * steps, 1e-3 * steps, floor=1e-13
    )


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def look(request: pytest.FixtureRequest) -> Look:
    chosen: Look = request.param
    return chosen


def named(fig: go.Figure, start: str) -> go.Scatter:
    return next(trace for trace in fig.data if (trace.name or "").startswith(start))


def path_figure(look: Look, left: tuple[str, str] | None, unfolds: int = 1) -> go.Figure:
    time = np.arange(100.0) / unfolds
    states = np.stack([np.sin(time), np.cos(time)], axis=1)
    return paths(
        look, neurons=[1], truth_time=time, truth=states, step_time=time, steps=states + 0.1, dt=1.0,
        solver="euler", label="Euler", left=left,
    )  # fmt: skip


def test_the_path_is_drawn_over_the_truth(look: Look) -> None:
    fig = path_figure(look, None)
    np.testing.assert_allclose(named(fig, "Euler").y - named(fig, "truth").y, 0.1, rtol=1e-5)
    assert named(fig, "truth").line.dash == "dash"
    assert named(fig, "truth").line.color == look.ink
    assert named(fig, "Euler").line.color == look.palette.blue
    markers = next(trace for trace in fig.data if trace.mode == "markers")
    assert len(markers.x) == SHOWN + 1  # every step of the part that is shown first
    assert tuple(fig.layout.xaxis.range) == (0, SHOWN)
    assert not fig.layout.annotations


def test_two_pictures_share_the_heights_that_hold_both() -> None:
    calm, wild = path_figure(LIGHT, None), path_figure(DARK, ("Neuron 1 left", "the step is too long."))
    wild_range = wild.layout.yaxis.range
    share_heights(calm, other := path_figure(DARK, None, unfolds=2))
    values = np.concatenate([trace.y for figure in (calm, other) for trace in figure.data])
    assert calm.layout.yaxis.range == other.layout.yaxis.range
    assert calm.layout.yaxis.range == pytest.approx([values.min() - 0.105, values.max() + 0.105], abs=0.006)
    share_heights(calm, wild)
    assert calm.layout.yaxis.range[0] <= wild_range[0]
    assert calm.layout.yaxis.range[1] >= wild_range[1]
    assert np.ptp(calm.layout.yaxis.range) < 1.2 * np.ptp(wild_range)  # no more of what left than before


def test_a_diverged_path_says_where_and_keeps_the_truth_readable(look: Look) -> None:
    fig = path_figure(look, ("Neuron 1 is 10 times its range away at sample 99", "the step 1 is above 0.4."))
    said = fig.layout.annotations[0].text
    assert "Neuron 1 is 10 times" in said
    assert max(map(len, said.split("<br>"))) <= 29  # a phone has room for it
    assert fig.layout.annotations[0].xanchor == "right"
    low, high = fig.layout.yaxis.range
    assert high - low == pytest.approx(5 * 2, rel=0.01)  # the truth's range, and twice it on either side


def test_errors_are_shares_of_the_range_on_a_log_axis(look: Look) -> None:
    fig = charts.errors(look, error=np.array([0.1, 0.0]), floor=np.full(5, 1e-12), span=2.0, solver="euler", label="E")
    assert named(fig, "E").y[0] == 0.05
    assert named(fig, "E").y[1] > 0  # an error of exactly 0 has no logarithm
    assert len(named(fig, "the truth").y) == 5
    assert fig.layout.yaxis.type == "log"


def test_an_infinite_error_is_a_gap_and_the_order_is_named(look: Look) -> None:
    fig = charts.orders(look, curves=[curve([np.inf, 0.2, 0.1])])
    assert named(fig, "Euler").y[0] is None
    assert named(fig, "Euler").name == "Euler: order 1.00"
    assert "no order" in named(charts.orders(look, curves=[curve([np.inf, 1.0])]), "Euler").name
    assert "unit of tau" in fig.layout.xaxis.title.text


@pytest.mark.parametrize(("against_time", "costs", "unit"), [(True, [1, 2], "ms"), (False, [10, 20], "evaluations")])
def test_cost_is_time_or_evaluations(look: Look, against_time: bool, costs: list[float], unit: str) -> None:
    fig = charts.work(look, curves=[curve([0.2, 0.1])], against_time=against_time)
    np.testing.assert_allclose(named(fig, "Euler").x, costs)
    assert unit in fig.layout.xaxis.title.text


def test_no_limit_found_is_said_in_words(look: Look) -> None:
    limits = [StabilityLimit("euler", 0.5, 0.51, 0.5), StabilityLimit("exponential", np.inf, np.inf, np.inf)]
    fig = charts.stability(look, limits=limits, h=0.1)
    assert tuple(fig.data[0].text) == ("0.5", "no limit found")
    assert tuple(named(fig, "predicted: frozen").x) == (0.51, None)
    charts.stability(look, limits=[StabilityLimit("euler", np.nan, np.nan, np.nan)], h=0.1)
