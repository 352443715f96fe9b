"""One step of every core as a formula: features and states in, states out. The tests hold each to its torch core.

Feature values are scaled (level and change of every column, age of some); a state is what the core keeps from sample to
sample. The first one is what the readout sees, but for LTC, whose readout sees it through a linear map of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.nn import functional

from liquid.dynamics.solvers import Solver
from liquid.export.expression import Floats, Value, affine, constant
from liquid.learning.models import ForecastModel
from liquid.models.cfc import CfC
from liquid.models.echo_state import EchoState
from liquid.models.gru import GRU
from liquid.models.liquid import Liquid
from liquid.models.lstm import LSTM
from liquid.models.ltc import LTC

States = tuple[Value, ...]
Features = Sequence[Value]


class LayerFormula:
    """The liquid layer (`liquid/dynamics/layer.py`) as what a solver steps."""

    def __init__(self, recurrent: Floats, A: Floats, tau: Floats) -> None:
        self.recurrent, self.A, self.tau = recurrent, constant(A), constant(tau)

    # f = sigmoid(W [I, x] + b)
    def gate(self, drive: Value, state: Value) -> Value:
        return (drive + state.product(self.recurrent)).through("sigmoid")

    # tau_sys = tau / (1 + tau f)
    def tau_sys(self, f: Value) -> Value:
        return self.tau / (1 + self.tau * f)

    # dx/dt = -x / tau_sys + A f
    def derivative(self, f: Value, state: Value) -> Value:
        return -state / self.tau_sys(f) + self.A * f


def liquid(core: Liquid, features: Features, states: States, span: Value | float) -> States:
    """`unfolds` steps of its solver in a sample that lasts `span` times `dt`."""
    network = core.network
    (layer,) = network.liquid_layers()
    weight, inputs = array(layer.fc.weight), layer.input_size
    drive = affine(weight[:, :, :inputs], array(layer.fc.bias), features)
    formula = LayerFormula(weight[:, :, inputs:], array(layer.A), array(functional.softplus(layer.tau.double())))
    solver: Solver = network.solver
    step: Callable[..., Any] = solver.step
    h, (x,) = network.dt / network.unfolds * span, states
    for _ in range(network.unfolds):
        x = step(formula, drive, x, h)
    return (x,)


# i, f, g, o = sigmoid, sigmoid, tanh, sigmoid (W x + b + U h + b')    c <- f c + i g    h <- o tanh c
def lstm(core: LSTM, features: Features, states: States, span: Value | float) -> States:
    h, c = states
    i, f, g, o = (inputs + hidden for inputs, hidden in gates(core.network, 4, features, h))
    c = f.through("sigmoid") * c + i.through("sigmoid") * g.through("tanh")
    return o.through("sigmoid") * c.through("tanh"), c


# r, z = sigmoid(W x + b + U h + b')    n = tanh(W x + b + r (U h + b'))    h <- n + z (h - n)
def gru(core: GRU, features: Features, states: States, span: Value | float) -> States:
    (h,) = states
    (r, r_h), (z, z_h), (n, n_h) = gates(core.network, 3, features, h)
    n = (n + (r + r_h).through("sigmoid") * n_h).through("tanh")
    return (n + (z + z_h).through("sigmoid") * (h - n),)


def gates(network: nn.RNNBase, count: int, features: Features, h: Value) -> list[tuple[Value, Value]]:
    """The features' and the state's share of each gate's argument."""
    own = {name: np.split(array(values), count, axis=1) for name, values in network.named_parameters()}
    return [
        (affine(w, b, features), affine(u, b_h, [h]))
        for w, b, u, b_h in zip(
            own["weight_ih_l0"], own["bias_ih_l0"], own["weight_hh_l0"], own["bias_hh_l0"], strict=True
        )
    ]


# h <- (1 - s) tanh(f_1) + s tanh(f_2), s = sigmoid(f_a + f_b), each f linear in 1.7159 tanh(0.666 (W [x, h] + b))
def cfc(core: CfC, features: Features, states: States, span: Value | float) -> States:
    seen = 1.7159 * (0.666 * affine(array(core.backbone), array(core.backbone_bias), [*features, *states])).through(
        "tanh"
    )
    weights, biases = (np.split(array(values), 4, axis=1) for values in (core.heads, core.heads_bias))
    first, second, a, b = (affine(w, bias, [seen]) for w, bias in zip(weights, biases, strict=True))
    s, first, second = (a + b).through("sigmoid"), first.through("tanh"), second.through("tanh")
    return (first + s * (second - first),)


# v <- (cm v + gleak vleak + sum w sigmoid E) / (cm + gleak + sum w sigmoid), six times
def ltc(core: LTC, features: Features, states: States, span: Value | float) -> States:
    cm, gleak = (array(functional.softplus(values.double())) for values in (core.cm, core.gleak))
    charge, (v,), first = core.unfolds * cm, states, 0
    pull, weight = constant(gleak * array(core.vleak)), constant(charge + gleak + core.EPSILON)
    for feature in features:
        part = slice(first, first := first + (feature.rows or 1))
        own = feature * constant(array(core.input_w)[:, part]) + constant(array(core.input_b)[:, part])
        pulls, weights = synapses(core, "sensory_", own, part)
        pull, weight = pull + pulls, weight + weights
    for _ in range(core.unfolds):
        pulls, weights = synapses(core, "", v, slice(None))
        v = (constant(charge) * v + pull + pulls) / (weight + weights)
    return (v,)


def synapses(core: LTC, kind: str, v: Value, sources: slice) -> tuple[Value, Value]:
    """Pull and conductance of the synapses from these sources."""
    sigma, mu, w, erev = (
        array(getattr(core, kind + name))[:, sources].astype(np.float64) for name in ("sigma", "mu", "w", "erev")
    )
    active = constant(np.logaddexp(0, w)) * (constant(sigma) * (v.to_each() - constant(mu))).through("sigmoid")
    return (active * constant(erev)).total(), active.total()


# s <- (1 - leak) s + leak tanh(W s + w_in u + b)
def echo_state(core: EchoState, features: Features, states: States, span: Value | float) -> States:
    recurrent, entry, bias, leak = (array(core.get_buffer(name)) for name in ("recurrent", "entry", "bias", "leak"))
    (s,) = states
    share = np.repeat(leak[:, None], recurrent.shape[1], axis=1)
    seen = affine(np.concatenate([entry, recurrent], axis=2), bias, [*features, s]).through("tanh")
    return (constant(1 - share) * s + constant(share) * seen,)


# Subclasses too: Liquid (article) is a Liquid.
STEPS: dict[type[nn.Module], tuple[Callable[..., States], tuple[str, ...]]] = {
    Liquid: (liquid, ("state",)),
    LSTM: (lstm, ("hidden", "cell")),
    GRU: (gru, ("hidden",)),
    CfC: (cfc, ("hidden",)),
    LTC: (ltc, ("voltage",)),
    EchoState: (echo_state, ("state",)),
}


def step_of(model: ForecastModel) -> tuple[Callable[..., States], tuple[str, ...]]:
    """The formula of a model's core and the names of its states."""
    return next(step for kind, step in STEPS.items() if isinstance(model.core, kind))


def readout_of(model: ForecastModel) -> tuple[Floats, Floats]:
    """Weights `[members, horizon, state]` and offset `[members, horizon]` from the first state to what it adds."""
    weight, bias = array(model.readout.linear.weight), array(model.readout.linear.bias)
    if isinstance(model.core, LTC):
        scale, shift = array(model.core.output_w), array(model.core.output_b)
        return weight * scale[:, None], bias + np.einsum("mhs,ms->mh", weight, shift)
    return weight, bias


def array(values: Tensor) -> Floats:
    found: Floats = values.detach().double().numpy()
    return found
