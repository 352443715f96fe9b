"""Models that least squares trains: a linear filter of the past, and an echo state network's readout."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import eigs

from liquid.learning.baselines import AR_ORDERS
from liquid.series.windows import Floats, windows
from liquid.studies.benchmark.tasks import Problem

STRENGTHS = tuple(10.0 ** np.arange(-8, 3))  # ridge, relative to the largest singular value squared
LEAKS = (0.4, 1.0)
CONNECTIONS = 10  # inputs a neuron has from others, on average
RADIUS = 0.9  # spectral radius of the recurrent weights
WASHOUT = 64  # samples until the empty start is forgotten


@dataclass(frozen=True)
class LinearFit:
    """A readout that least squares trained, on `features[time, inputs]` from sample `first` on, and its squared error
    on the validation part."""

    features: Floats
    centre: Floats
    weights: Floats
    offset: float
    first: int
    validation: float = float("nan")

    def error(self, problem: Problem, part: range) -> float:
        """Mean squared error on a part."""
        rows = problem.origins(part, self.first + 1)
        forecast = self.offset + (self.features[rows] - self.centre) @ self.weights
        return float(np.mean((forecast - problem.target[rows]) ** 2))


def linear_ar(problem: Problem) -> LinearFit:
    """target_t = c + sum_k w_k input_(t-k); the order is chosen on the validation part."""
    longest = max(AR_ORDERS)
    past = windows(problem.inputs[:, None], longest)[:, ::-1, 0]  # newest first
    rows = np.concatenate([np.full((longest - 1, longest), np.nan), past])
    fits = [ridge(rows[:, :order], problem, longest, (0.0,)) for order in AR_ORDERS]
    return min(fits, key=lambda fit: fit.validation)


def echo_state(problem: Problem, units: int, seed: int) -> LinearFit:
    """A fixed random reservoir with a trained readout; leak and ridge strength are chosen on the validation part."""
    rng = np.random.default_rng([seed, 3])
    recurrent, entry, bias = draw_reservoir(units, rng)
    fits = []
    for leak in LEAKS:
        states = run_reservoir(problem.inputs, recurrent, entry, bias, leak)
        fits.append(ridge(states, problem, WASHOUT, STRENGTHS))
    return min(fits, key=lambda fit: fit.validation)


def draw_reservoir(units: int, rng: np.random.Generator) -> tuple[sparse.csr_array, Floats, Floats]:
    """Recurrent weights `[units, units]` of spectral radius 0.9, input weights and biases `[units]`."""
    density = min(1.0, CONNECTIONS / units)
    weights = rng.normal(size=(units, units)) * (rng.random((units, units)) < density)
    if units > 200:
        start = np.ones(units)
        largest = float(np.abs(eigs(sparse.csr_array(weights), k=1, v0=start, return_eigenvectors=False)[0]))
    else:
        largest = float(np.abs(np.linalg.eigvals(weights)).max())
    scaled = weights * (RADIUS / largest) if largest > 0 else weights
    return sparse.csr_array(scaled), rng.uniform(-1, 1, units), rng.uniform(-0.5, 0.5, units)


# s <- (1 - leak) s + leak tanh(W s + w_in u + b)
def run_reservoir(inputs: Floats, recurrent: sparse.csr_array, entry: Floats, bias: Floats, leak: float) -> Floats:
    """States of the reservoir along `inputs[time]` from a zero start: `[time, units]`.

    Source: H. Jaeger, M. Lukosevicius, D. Popovici, U. Siewert, Neural Networks 20 (2007), equation 2.
    """
    state = np.zeros(len(entry))
    states = np.empty((len(inputs), len(entry)))
    for t, drive in enumerate(inputs[:, None] * entry + bias):
        state = (1 - leak) * state + leak * np.tanh(recurrent @ state + drive)
        states[t] = state
    return states


# w = argmin |y - X w - c|^2 + strength s_1^2 |w|^2
def ridge(features: Floats, problem: Problem, first: int, strengths: tuple[float, ...]) -> LinearFit:
    """Ridge regression of the target on `features[time, inputs]`, samples from `first` on; strength by validation."""
    split = problem.split
    train = slice(first, split.train.stop - 1)
    offset, centre = problem.target[train].mean(), features[train].mean(axis=0)
    left, singular, right = np.linalg.svd(features[train] - centre, full_matrices=False)
    shares = left.T @ (problem.target[train] - offset)
    ranked = singular > singular[0] * 1e-12
    fits = []
    for strength in strengths:
        shrunk = np.where(ranked, singular / (singular**2 + strength * singular[0] ** 2), 0.0)
        fit = LinearFit(features, centre, right.T @ (shrunk * shares), offset, first)
        fits.append(replace(fit, validation=fit.error(problem, split.validation)))
    return min(fits, key=lambda fit: fit.validation)
