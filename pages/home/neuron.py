"""One live neuron: the layer itself, with weights small enough to read."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch

from liquid.charts.neuron import NeuronPath, neuron_figure
from liquid.dynamics.rnn import LiquidRNN
from pages.shared.display import page_look
from pages.shared.links import linked, mark_version

W_INPUT, W_STATE, BIAS, TARGET, TAU_RAW, DT = 2.0, -0.5, -1.0, 1.0, 1.0, 0.1
SAMPLES, BEGIN, END = 90, 15, 55  # the pulse is at samples BEGIN to END - 1


def neuron() -> LiquidRNN:
    """A liquid layer with one neuron, whose gate opens when its input is high."""
    network = LiquidRNN(1, 1, DT, backend="plain").double()
    layer = network.liquid_layers()[0]
    with torch.no_grad():
        layer.fc.weight.copy_(torch.tensor([[W_INPUT, W_STATE]]))
        layer.fc.bias.fill_(BIAS)
        layer.A.fill_(TARGET)
        layer.tau.fill_(TAU_RAW)
    return network


@st.cache_resource(max_entries=64, show_spinner=False)
@torch.no_grad()
def follow(level: float) -> NeuronPath:
    """The neuron's path while its input is zero, then `level`, then zero again."""
    inputs = np.zeros(SAMPLES)
    inputs[BEGIN:END] = level
    network = neuron()
    trace = network.trace(torch.from_numpy(inputs)[None, :, None])[0]
    tau = float(network.liquid_layers()[0].base_tau)
    state, gate, tau_sys = (values[0, :, 0].numpy() for values in (trace.states, trace.gate, trace.tau_sys))
    return NeuronPath(inputs, state, gate, tau_sys, floor=tau / (1 + tau), ceiling=tau)


@st.fragment
def live_neuron() -> None:
    left, right = st.columns([1, 1], gap="medium")
    with left:
        level = st.slider(
            "Input during the pulse",
            -3.0,
            3.0,
            1.5,
            0.1,
            key=linked("neuron_input"),
            bind="query-params",
            help="The input from sample 15 to 54; before and after, it is zero.",
        )
        now = st.slider(
            "Sample to look at",
            0,
            SAMPLES - 1,
            30,
            key=linked("neuron_sample"),
            bind="query-params",
            help="The equation shows the numbers of this sample.",
        )
        level, now = min(max(level, -3.0), 3.0), min(max(now, 0), SAMPLES - 1)
        path = follow(level)
        st.latex(equation(path, now))
        st.markdown(pulse_sentence(path))
    with right:
        st.plotly_chart(
            neuron_figure(path, now, page_look()),
            key="neuron",
            alt=f"Input, state and tau_sys of one neuron for a pulse of {level:g}. {pulse_sentence(path)}",
        )
    mark_version()


def equation(path: NeuronPath, now: int) -> str:
    """The layer's equation with the numbers of one sample in it."""
    x = path.state[now - 1] if now else 0.0
    f, tau_sys, level = path.gate[now], path.tau_sys[now], path.inputs[now]
    rate = -x / tau_sys + TARGET * f
    return rf"""\begin{{aligned}}
f &= \sigma(w\,I + W x + b) \\
  &= \sigma({W_INPUT:g}\cdot{_signed(level)} {W_STATE:+g}\cdot{_signed(x)} {BIAS:+g}) = \mathbf{{{f:.3f}}} \\[4pt]
\tau_{{sys}} &= \frac{{\tau}}{{1 + \tau f}}
  = \frac{{{path.ceiling:.3f}}}{{1 + {path.ceiling:.3f}\cdot{f:.3f}}} = \mathbf{{{tau_sys:.3f}}} \\[4pt]
\frac{{dx}}{{dt}} &= -\frac{{x}}{{\tau_{{sys}}}} + A f \\
  &= -\frac{{{x:.3f}}}{{{tau_sys:.3f}}} + {TARGET:g}\cdot{f:.3f} = \mathbf{{{rate:+.3f}}} \\[4pt]
x &\leftarrow x + dt\,\tfrac{{dx}}{{dt}} \\
  &= {x:.3f} + {DT:g}\cdot({rate:+.3f}) = \mathbf{{{path.state[now]:.3f}}}
\end{{aligned}}"""


def pulse_sentence(path: NeuronPath) -> str:
    """What the pulse did to the time constant."""
    before, held = path.tau_sys[BEGIN - 1], path.tau_sys[END - 1]
    change = 100 * (held / before - 1)
    verb = "falls" if change < 0 else "rises"
    if abs(change) < 0.5:
        return f"The pulse leaves tau_sys at {before:.2f}: the gate hardly responds to this input."
    return (
        f"With this input tau_sys {verb} from {before:.2f} to {held:.2f} ({change:+.0f} %), and stays there while the "
        "input lasts: the gate responds to the level of the input, not to its change."
    )


def _signed(value: float) -> str:
    return f"({value:.2f})" if value < 0 else f"{value:.2f}"
