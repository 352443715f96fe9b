"""Which liquid is which: what is called a liquid network, its equation, and what f and tau mean in it.

The docs and the app show this table. Sentences about equal numbers are held by tests/test_interop.py.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LiquidKind:
    """One of them: `f`, `tau` and `same` are sentences; `here` says where in this project it is, "" if it is not."""

    name: str
    equation: str
    f: str
    tau: str
    same: str
    source: str
    link: str
    here: str = ""


LIQUIDS = (
    LiquidKind(
        "The article's layer",
        "dx/dt = -x/tau + f (A - x),  f = sigmoid(W [I, x] + b)",
        "One gate per neuron, from all inputs and states, between 0 and 1. It opens the way to A and speeds the leak "
        "up by as much.",
        "tau, a trained number above 0, is the memory with the gate closed; tau_sys = tau / (1 + tau f) is the memory "
        "now, and never below tau / (1 + tau).",
        "The paper's LTC with a sigmoid as f, and one Euler step per sample.",
        "Mohapatra 2026",
        "https://soveshmohapatra.com",
        "Liquid, Liquid (article), LiquidRNN",
    ),
    LiquidKind(
        "The paper's LTC",
        "dx/dt = -(1/tau + f) x + f A,  fused step x <- (x + h f A) / (1 + h (1/tau + f))",
        "Any network of input and state; the paper writes tanh(W x + V I + b). Where f is below -1/tau the time "
        "constant is negative, and the state grows.",
        "As in the article's layer.",
        'Its fused step is solver="semi_implicit" here, number for number if f is a sigmoid.',
        "Hasani et al. 2021, eq. 1 to 3",
        "https://arxiv.org/abs/2006.04439",
        'LiquidRNN(solver="semi_implicit")',
    ),
    LiquidKind(
        "ncps' LTC",
        "cm dv/dt = gleak (vleak - v) + sum_j w_j s_j (E_j - v),  s_j = sigmoid(sigma_j (v_j - mu_j))",
        "One for every synapse: f_j = w_j s_j / cm, above 0 and not bounded by 1. The rate has sum f_j and the drive "
        "sum f_j E_j, with E_j near 1 or -1: two sums over the same f_j, so one f per neuron cannot stand for both.",
        "tau = cm / gleak, not a parameter of its own; tau_sys = cm / (gleak + sum w_j s_j). A sample lasts 1, in six "
        "fused steps.",
        "With one synapse per neuron, w = cm and vleak = 0 it is the article's layer: A = E, W = sigma, b = -sigma mu, "
        'tau = cm / gleak, dt=1, unfolds=6, solver="semi_implicit".',
        "package ncps; Hasani et al. 2021, algorithm 1",
        "https://github.com/mlech26l/ncps",
        "LTC, liquid.interop",
    ),
    LiquidKind(
        "CfC",
        "x <- (1 - s) tanh(f_1) + s tanh(f_2),  s = sigmoid(f_a t + f_b)",
        "f_a says how fast time t moves the answer from f_1 to f_2. It may have either sign, and the old state enters "
        "only through the four maps: nothing decays by f.",
        "None is left. The formula that it comes from rests at A whatever f is, an LTC at f A / (1/tau + f).",
        "No number. Weights of an LTC mean nothing in a CfC: it is trained by itself.",
        "Hasani et al. 2022, eq. 10; package ncps",
        "https://arxiv.org/abs/2106.13898",
        "CfC, liquid.interop",
    ),
    LiquidKind(
        "LRC",
        "dx/dt = e (-sigmoid(f) x + tanh(u) E),  e a function of input and state",
        "f and u are sums over synapses, saturated apart: a leak in (0, 1), a drive in (-1, 1). The elastance e (1 "
        "over a capacitance) scales both.",
        "1 / (e sigmoid(f)): the time constant moves with the leak and with the capacitance.",
        "None: with a constant e it is a saturated LTC, not this layer, whose f is leak and drive at once.",
        "Farsang et al. 2024",
        "https://arxiv.org/abs/2403.08791",
    ),
    LiquidKind(
        "Liquid-S4",
        "dx/dt = (A + B u) x + B u,  y = C x",
        "The input itself, times B: linear, without bound, and blind to the state. That makes it linear in x, and a "
        "convolution can compute it.",
        "-1/Re of the eigenvalues of A + B u: they move with the input alone, and may turn unstable.",
        "The article's layer with no weights from its state is linear in x too, with sigmoid(W I + b) for B u.",
        "Hasani et al. 2023",
        "https://arxiv.org/abs/2209.12951",
    ),
)
