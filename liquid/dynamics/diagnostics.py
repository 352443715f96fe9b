r"""What the network remembers, as opposed to what a neuron's tau_sys says.

A neuron's tau_sys is the memory it would have alone, with its gate held. Coupled through W, the layer forgets along
the directions in which its linearised equation decays:

    J = d(dx/dt)/dx = -diag(1 / tau + f) + diag((A - x) f (1 - f)) W          effective time constants -1 / Re(eig J)

They can move when tau_sys does not, and the other way round. Memory is measured directly too: how long an impulse in
the input stays visible in the state.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liquid.dynamics.weights import Floats, LayerWeights
from liquid.errors import LiquidError


# J = -diag(1 / tau + f) + diag((A - x) f (1 - f)) W
def jacobian(weights: LayerWeights, inputs: Floats, states: Floats) -> Floats:
    """Jacobian of dx/dt with respect to x: `inputs[..., input]`, `states[..., state]` -> `[..., state, state]`."""
    f = weights.gate(weights.drive(inputs), states)
    result: Floats = ((weights.A - states) * f * (1 - f))[..., None] * weights.recurrent
    diagonal = np.arange(weights.state_size)
    result[..., diagonal, diagonal] -= 1 / weights.tau + f
    return result


# -1 / Re(eigenvalues of J); infinite if the direction grows
def effective_time_constants(weights: LayerWeights, inputs: Floats, states: Floats) -> Floats:
    """Time constants of the layer as a whole, slowest first: `[..., state]`, in the unit of tau.

    `states` are those that meet the inputs (before each sample). A direction that grows instead of decaying has inf.
    """
    rates = np.linalg.eigvals(jacobian(weights, inputs, states)).real
    constants = np.full(rates.shape, np.inf)
    np.divide(-1.0, rates, out=constants, where=rates < 0)
    slowest_first: Floats = -np.sort(-constants, axis=-1)
    return slowest_first


def states_before(weights: LayerWeights, inputs: Floats) -> Floats:
    """The state that meets each sample of a run from zero: `[time, ..., input] -> [time, ..., state]`."""
    states = weights.run(inputs)[0]
    return np.concatenate([np.zeros_like(states[:1]), states[:-1]])


@dataclass(frozen=True)
class ImpulseMemory:
    """How an impulse fades: `trace[lag]` is its mark on the state at each sample from its own on, relative to the peak.

    `samples` is the first lag from which the trace stays below `visible`, NaN if that lies past the end.
    """

    trace: Floats
    samples: float
    visible: float


def impulse_memory(
    weights: LayerWeights, inputs: Floats, at: int, size: float = 1.0, visible: float = 0.05
) -> ImpulseMemory:
    """Memory measured by two runs, with and without an impulse of `size` on every channel at sample `at`.

    The mark is the norm of the difference of the states. `inputs[time, input]`; LiquidError if `at` is outside, or
    if the impulse leaves no mark at all.
    """
    if not 0 <= at < len(inputs) or not 0 < visible < 1:
        raise LiquidError(f"at={at}, visible={visible}: expected a sample of 0 to {len(inputs) - 1} and a part of 1.")
    struck = inputs.copy()
    struck[at] += size
    both, _ = weights.run(np.stack([inputs, struck], axis=1))
    mark = np.linalg.norm(both[at:, 1] - both[at:, 0], axis=-1)
    if not mark.max() > 0:
        raise LiquidError(
            f"An impulse of {size:g} leaves no mark on the state: the layer's state does not depend on its input."
        )
    trace = mark / mark.max()
    seen = np.flatnonzero(trace >= visible)[-1]
    return ImpulseMemory(trace, float(seen + 1) if seen + 1 < len(trace) else float("nan"), visible)
