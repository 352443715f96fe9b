"""Generated series against independent solutions and against what is known of the equations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from liquid.errors import LiquidError
from liquid.series import generators
from liquid.series.generators import lorenz, mackey_glass, rossler, sum_of_sines, switching_walk
from liquid.series.series import Floats, Series

ALL: tuple[Callable[..., Series], ...] = (sum_of_sines, lorenz, rossler, mackey_glass, switching_walk)


@pytest.mark.parametrize("make", ALL, ids=lambda make: make.__name__)
def test_the_seed_decides_every_number(make: Callable[..., Series]) -> None:
    assert make(length=120, seed=3) == make(length=120, seed=3)
    assert not np.array_equal(make(length=120, seed=3).values, make(length=120, seed=4).values)
    assert len(make(length=120)) == 120
    with pytest.raises(LiquidError, match="length=1"):
        make(length=1)


@pytest.mark.parametrize("make", [sum_of_sines, lorenz, rossler, mackey_glass], ids=lambda make: make.__name__)
def test_noise_is_a_fraction_of_the_deviation_and_leaves_the_truth_alone(make: Callable[..., Series]) -> None:
    clean, noisy = make(length=900, noise=0.0), make(length=900, noise=0.2)
    assert noisy.names == ("observed", *clean.names)
    np.testing.assert_array_equal(noisy.values[:, 1:], clean.values)
    noise = noisy.values[:, 0] - clean.values[:, 0]
    other = make(length=900, noise=0.2, seed=1).values
    assert abs(np.corrcoef(noise, other[:, 0] - other[:, 1])[0, 1]) < 5 / np.sqrt(900)  # another seed, other noise
    assert noise.std() / clean.values[:, 0].std() == pytest.approx(0.2, rel=4 / np.sqrt(2 * 900))
    with pytest.raises(LiquidError, match="noise=-1"):
        make(noise=-1.0)


def test_sines_hold_the_documented_periods_and_sizes() -> None:
    clean = sum_of_sines(length=4000, noise=0.0).values[:, 0]
    t = np.arange(4000)
    waves = [wave(2 * np.pi * t / period) for period in generators.SINE_PERIODS for wave in (np.sin, np.cos)]
    weights, *_ = np.linalg.lstsq(np.column_stack(waves), clean, rcond=None)
    np.testing.assert_allclose(np.hypot(weights[::2], weights[1::2]), generators.SINE_SIZES, rtol=1e-10)
    np.testing.assert_allclose(np.column_stack(waves) @ weights, clean, atol=1e-10)


def lorenz_derivative(_: float, v: Floats) -> list[float]:
    return [10 * (v[1] - v[0]), v[0] * (28 - v[2]) - v[1], v[0] * v[1] - 8 * v[2] / 3]


def rossler_derivative(_: float, v: Floats) -> list[float]:
    return [-v[1] - v[2], v[0] + 0.2 * v[1], 0.2 + v[2] * (v[0] - 5.7)]


@pytest.mark.parametrize(("make", "derivative"), [(lorenz, lorenz_derivative), (rossler, rossler_derivative)])
def test_an_orbit_solves_its_equation(make: Callable[..., Series], derivative: Callable[..., list[float]]) -> None:
    series = make(length=60, warm_up=5.0)
    for start in range(0, 59, 7):  # one step at a time, by another method, so that chaos cannot blow up the difference
        span = (series.time[start], series.time[start + 1])
        step = solve_ivp(derivative, span, series.values[start], method="LSODA", rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(step.y[:, -1], series.values[start + 1], atol=1e-6)


def test_lorenz_separates_at_the_known_rate() -> None:
    """The largest Lyapunov exponent is 0.906 (Sprott 2003); neighbours are followed and pulled back every 0.5."""
    path = lorenz(length=120, step=0.5).values
    logs = []
    offset = np.array([1e-6, 0.0, 0.0])
    for state in path[:-1]:
        both = [
            solve_ivp(lorenz_derivative, (0, 0.5), start, rtol=1e-9, atol=1e-12).y[:, -1]
            for start in (state, state + offset)
        ]
        apart = both[1] - both[0]
        logs.append(np.log(np.linalg.norm(apart) / 1e-6))
        offset = apart * 1e-6 / np.linalg.norm(apart)
    rate = np.mean(logs[5:]) / 0.5
    error = np.std(logs[5:]) / 0.5 / np.sqrt(len(logs) - 5)
    assert pytest.approx(rate, abs=3 * error) == 0.906
    assert error < 0.25


def test_lorenz_keeps_the_balances_of_a_bounded_orbit() -> None:
    """Along any bounded orbit the mean of x y is 8/3 the mean of z, and of x^2 that of x y."""
    values = lorenz(length=4000).values
    x, y, z = values.T
    assert np.mean(x * y) == pytest.approx(8 / 3 * np.mean(z), rel=0.02)
    assert np.mean(x * x) == pytest.approx(np.mean(x * y), rel=0.02)


def test_mackey_glass_does_not_depend_on_its_step() -> None:
    fine = mackey_glass(length=60, warm_up=0, substeps=80).values[:, 0]
    errors = [np.abs(mackey_glass(length=60, warm_up=0, substeps=n).values[:, 0] - fine).max() for n in (10, 20)]
    assert errors[0] < 1e-6
    assert errors[0] / errors[1] > 6  # order 3 or better: a kink in the second derivative at tau costs the fourth


def test_mackey_glass_follows_the_closed_form_through_the_first_delay() -> None:
    """With the history h, x = q + (h - q) exp(-0.1 t) and q = 2 h / (1 + h^10), until the delayed value moves."""
    series = mackey_glass(length=17, warm_up=0, seed=5)
    h = series.values[0, 0]
    level = 2 * h / (1 + h**10)
    np.testing.assert_allclose(series.values[:, 0], level + (h - level) * np.exp(-0.1 * series.time), rtol=1e-8)


def test_the_walk_switches_between_the_documented_noises() -> None:
    series = switching_walk(length=64 * 40, seed=1)
    step = np.diff(series.column("level"), prepend=0.0)[: 64 * 39].reshape(39, 64).std(axis=1)
    seen = (series.column("observed") - series.column("level"))[: 64 * 39].reshape(39, 64).std(axis=1)
    for measured, levels in ((step, generators.PROCESS_NOISE), (seen, generators.OBSERVATION_NOISE)):
        nearest = np.array([min(levels, key=lambda level: abs(np.log(value / level))) for value in measured])
        assert set(nearest) == set(levels)
        assert np.abs(measured / nearest - 1).max() < 0.45  # five standard errors of a deviation from 64 values


def test_arguments_that_make_no_series_are_refused() -> None:
    refused: list[tuple[Callable[..., Series], str, float]] = [
        (lorenz, "step", 0.0),
        (mackey_glass, "tau", 0),
        (switching_walk, "regime", 0),
    ]
    for make, name, value in refused:
        with pytest.raises(LiquidError, match=f"{name}={value}"):
            make(**{name: value})
