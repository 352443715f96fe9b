r"""What noise on the input does to a liquid layer, predicted from its weights alone: a Gaussian moment closure.

Noise spreads the gate's argument z. The sigmoid is convex below z = 0 and concave above, so noise pulls a mostly closed
gate open and a mostly open gate closed; how far, the mean m and covariance P of the state decide. Along the clean
input I, with noise M v added, where v is a Markov noise of covariance S (v <- F v + fresh noise) and M spreads it
over the inputs, and U, W the input and state columns of the gate's weights, N = U M:

    mean z = U I + W m + b      var z_i = (W P W^T + 2 W C N^T + N S N^T)_ii      c_i = cov(z_i, x_i) = (W P + N C^T)_ii
    Ef, Ef' = E f(z), E f'(z)                                       by Gauss-Hermite quadrature
    m <- m + dt (-m / tau + Ef (A - m) - Ef' c)                     exact for a Gaussian (x, z), by Stein's lemma
    P <- J P J^T + J C G^T + G C^T J^T + G S G^T                    the closure: terms of second order are left out
    C <- (J C + G S) F^T                                            C = cov(x, v): the colour of the noise
    J = diag(1 - dt / tau - dt Ef) + dt diag((A - m) Ef') W         G = dt diag((A - m) Ef') N
    E tau_sys = E tau / (1 + tau f(z))                              by the same quadrature

White noise is F = 0. The closure holds while the spread that it predicts is one that a state can have: between 0 and A
a standard deviation is |A| / 2 at most (Popoviciu's inequality, 1935). The linear P knows no bound. Where feedback
amplifies, or Euler's step is too long for an open gate, it grows on while the layer's gates saturate; more than that
bound, over the noisy samples together, is a prediction of nothing, and is refused.

Everything is float64 NumPy, so that a page can draw it without waiting for torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liquid.dynamics.weights import Floats, LayerWeights, sigmoid
from liquid.errors import LiquidError

# 21 nodes: E f is off by under 1e-10 if z spreads by 1, 3e-6 by 2, 1e-4 by 3 (measured against adaptive quadrature).
NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
WEIGHTS: Floats = _WEIGHTS / _WEIGHTS.sum()


class TheoryFails(LiquidError):
    """The closure's assumptions do not hold for a layer and its noise; a simulation still answers."""


@dataclass(frozen=True)
class Moments:
    """What the closure predicts at every sample: all `[time, state]`.

    `z_mean`, `z_sd` describe the gate's argument, so the gate is the sigmoid of a Gaussian; `tau_sys_sd` is the spread
    from one noisy run to the next at the same sample; `state_sd` that of the state after the sample.
    """

    state: Floats
    state_sd: Floats
    z_mean: Floats
    z_sd: Floats
    gate: Floats
    tau_sys: Floats
    tau_sys_sd: Floats


# E g(mean + sd N(0, 1)), for many g at once
def gauss(values: Floats) -> Floats:
    """Gauss-Hermite average over the last axis, which holds g at `mean + sd * NODES`."""
    result: Floats = values @ WEIGHTS
    return result


@dataclass(frozen=True)
class InputNoise:
    """Gaussian noise on the inputs, M_t v_t: `mix[time, input, part]`, `transition[part, part]`, `covariance[..]` of v.

    v_(t+1) = transition v_t + fresh noise, stationary, so `covariance` holds at every sample.
    """

    mix: Floats
    transition: Floats
    covariance: Floats

    @staticmethod
    def independent(inputs: Floats, sd: Floats | float, phi: float = 0.0) -> InputNoise:
        """Noise of its own on every channel of `inputs[time, input]`, with correlation phi from sample to sample.

        `sd` is a number, `[time]` or `[time, input]` (a burst, or noise on one channel). LiquidError if phi is not
        in [0, 1), if a standard deviation is negative, or if shapes do not fit.
        """
        if not 0 <= phi < 1:
            raise LiquidError(
                f"phi={phi}: the noise's correlation from sample to sample must be in [0, 1); 0 is white."
            )
        scale = np.asarray(sd, dtype=np.float64)
        scale = scale[:, None] if scale.ndim == 1 else scale
        if scale.ndim not in (0, 2) or (scale.ndim == 2 and scale.shape not in (inputs.shape, (len(inputs), 1))):
            raise LiquidError(
                f"sd has shape {list(np.shape(sd))}; expected a number, [{len(inputs)}] or {list(inputs.shape)}."
            )
        if not (np.isfinite(scale).all() and (scale >= 0).all()):
            raise LiquidError("sd holds a negative or missing value; a standard deviation is 0 or more.")
        one = np.eye(inputs.shape[1])
        return InputNoise(np.broadcast_to(scale, inputs.shape)[:, :, None] * one, phi * one, one)


def closure(weights: LayerWeights, inputs: Floats, noise: InputNoise) -> Moments:
    """Mean and spread of state, gate and tau_sys along a clean input with noise added, from the weights alone.

    `inputs[time, input]`. LiquidError if shapes do not fit; TheoryFails if it predicts a spread that no state has.
    """
    if inputs.ndim != 2 or inputs.shape[1] != weights.input_size or noise.mix.shape[:2] != inputs.shape:
        raise LiquidError(
            f"inputs has shape {list(inputs.shape)}, its noise {list(noise.mix.shape[:2])}; "
            f"expected [time, {weights.input_size}] for both."
        )
    size = weights.state_size
    state = _Gaussian(np.zeros(size), np.zeros((size, size)), np.zeros((size, len(noise.covariance))))
    drive, spread = inputs @ weights.inputs.T + weights.bias, weights.inputs @ noise.mix
    rows: list[tuple[Floats, ...]] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(len(inputs)):
            state, seen = _advance(weights, drive[t], spread[t], noise.covariance, state)
            for _ in range(weights.unfolds - 1):  # the input and its noise are held within a sample
                state, _held = _advance(weights, drive[t], spread[t], noise.covariance, state)
            state = _Gaussian(state.mean, state.cov, state.cross @ noise.transition.T)
            rows.append((state.mean, np.sqrt(np.maximum(np.diagonal(state.cov), 0)), *seen))
    stacked = [np.array(column) for column in zip(*rows, strict=True)]
    moments = Moments(*stacked)
    _check_spread(weights, moments, np.asarray(noise.mix.any(axis=(1, 2))))
    if not all(np.isfinite(column).all() for column in stacked):
        raise TheoryFails(_fails(weights, "the run without noise diverges"))
    return moments


# mean over noisy samples of sd(x)^2 <= A^2 / 4
def _check_spread(weights: LayerWeights, moments: Moments, noisy: NDArray[np.bool_]) -> None:
    if not noisy.any():
        return
    with np.errstate(over="ignore", invalid="ignore"):
        spread = np.sqrt(np.mean(moments.state_sd[noisy] ** 2, axis=0))
    possible = np.abs(weights.A) / 2
    if (spread <= possible).all():  # false for NaN too
        return
    worst = int(np.argmax(np.nan_to_num(spread, nan=np.inf) / np.maximum(possible, np.finfo(float).tiny)))
    raise TheoryFails(
        _fails(
            weights,
            f"it gives the state of neuron {worst} a standard deviation of {spread[worst]:.3g}, and a state between 0 "
            f"and A has {possible[worst]:.3g} at most",
        )
    )


def _fails(weights: LayerWeights, why: str) -> str:
    return (
        f"The noise theory does not hold for this layer at dt={weights.dt:g} (smallest tau {weights.tau.min():.3g}): "
        f"{why}. Rely on the simulation alone, or use less noise, a smaller dt or more unfolds."
    )


@dataclass(frozen=True)
class _Gaussian:
    """State x and noise v together: `mean[state]`, `cov[state, state]` of x, `cross[state, part]` of x and v."""

    mean: Floats
    cov: Floats
    cross: Floats


def _advance(
    w: LayerWeights, drive: Floats, noisy: Floats, covariance: Floats, s: _Gaussian
) -> tuple[_Gaussian, tuple[Floats, ...]]:
    """One Euler step; `noisy` is U M. Returns the state's moments and those of z, f and tau_sys before the step."""
    through = w.recurrent @ s.cov + noisy @ s.cross.T  # cov(z, x)
    by_noise = w.recurrent @ s.cross + noisy @ covariance  # cov(z, v)
    variance = np.einsum("ij,ij->i", through, w.recurrent) + np.einsum("ij,ij->i", by_noise, noisy)
    z, sd = drive + w.recurrent @ s.mean, np.sqrt(np.maximum(variance, 0))
    f = sigmoid(z[:, None] + sd[:, None] * NODES)
    tau_sys = w.tau[:, None] / (1 + w.tau[:, None] * f)
    mean_f, mean_slope, mean_tau = gauss(f), gauss(f * (1 - f)), gauss(tau_sys)
    tau_sd = np.sqrt(gauss((tau_sys - mean_tau[:, None]) ** 2))

    h, pull = w.step, w.A - s.mean
    jacobian = (h * pull * mean_slope)[:, None] * w.recurrent
    jacobian[np.diag_indices_from(jacobian)] += 1 - h / w.tau - h * mean_f
    gain = (h * pull * mean_slope)[:, None] * noisy
    mean = s.mean + h * (mean_f * pull - s.mean / w.tau - mean_slope * np.diagonal(through))
    mixed = jacobian @ s.cross @ gain.T
    cov = jacobian @ s.cov @ jacobian.T + mixed + mixed.T + gain @ covariance @ gain.T
    return _Gaussian(mean, cov, jacobian @ s.cross + gain @ covariance), (z, sd, mean_f, mean_tau, tau_sd)
