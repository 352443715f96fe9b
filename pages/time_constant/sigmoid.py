"""One neuron's sigmoid with a point to drag: which way does noise move the gate?"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.scripts import component_script

HTML = """
<svg viewBox="0 0 640 300" role="img" aria-label="Sigmoid with the neuron's operating point; drag it"></svg>
<label>Operating point z <input type="range" min="-8" max="8" step="0.05"></label>
<p aria-live="polite"></p>
"""
CSS = """
svg { width: 100%; max-height: 320px; touch-action: none; cursor: ew-resize; font: 12px var(--st-font); }
text { fill: var(--st-text-color); user-select: none; }
.label { opacity: 0.7; }
.side { fill: var(--st-text-color); opacity: 0.05; }
.bell { fill: var(--st-primary-color); opacity: 0.25; }
.sigmoid { fill: none; stroke: var(--st-text-color); stroke-width: 2; }
.chord { stroke: var(--st-primary-color); stroke-width: 2; stroke-dasharray: 5 4; }
.shift { stroke: #D55E00; stroke-width: 4; }
.noisy { fill: #D55E00; }
.point { fill: var(--st-primary-color); stroke: var(--st-background-color); stroke-width: 2; }
label, p { font: 14px var(--st-font); color: var(--st-text-color); }
label { display: flex; gap: 0.75rem; align-items: center; }
input { flex: 1; accent-color: var(--st-primary-color); }
"""
_SIGMOID = st.components.v2.component(
    "liquid_sigmoid", html=HTML, css=CSS, js=component_script(Path(__file__).with_suffix(".js"))
)


def sigmoid(neuron: int, z: float, sd: float, tau: float, key: str) -> None:
    """Draw neuron number `neuron`: the mean of its argument z, the noise's standard deviation of z, and its tau."""
    _SIGMOID(data={"neuron": neuron, "z": z, "sd": sd, "tau": tau}, key=key)
