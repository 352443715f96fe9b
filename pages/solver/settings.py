"""The solver page's controls: presets first, few by default, the rest under "More"."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from liquid.learning.run import Run
from liquid.studies.convergence.study import PRESETS, ConvergenceConfig
from pages.shared.links import late
from pages.solver.subject import LABELS, LENGTH, inputs

STEPS_OF_DT = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0)
UNFOLDS = (1, 2, 4, 8, 16)
SIZES = (1, 2, 4, 8, 16, 32, 64)
TAUS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
YOURS = "your training"
PRESET_HELP = """
- **calm**: slow neurons, small steps: Euler is close.
- **fast**: strong weights and an input that jumps: the gate moves within a step.
- **stiff**: time constants a hundredfold apart: the fastest neuron dictates the step.
- **unstable**: a step longer than the fastest neuron bears.
- **your training**, once you have trained a Liquid model: its first layer, on the last samples of its series.
"""


def choose(run: Run | None) -> tuple[ConvergenceConfig, Run | None]:
    """The controls, in the order of the work; and the run, where the visitor's own training is what they want to see.

    Every preset has controls of its own, which start at its values: so a link holds what differs from the preset, and
    edits are still there on the way back. LiquidError where settings contradict each other.
    """
    ours = run is not None and run.config.kind.liquid
    name = st.segmented_control(
        "Layer",
        [*PRESETS, *late("preset", YOURS, ours)],
        default="calm",
        required=True,
        key="preset",
        bind="query-params",
        help=PRESET_HELP,
    )
    if name == YOURS and run is not None:
        start = ConvergenceConfig(
            state_size=run.config.state_size,
            samples=min(LENGTH, len(run.series)),
            dt=run.config.dt,
            unfolds=run.config.unfolds,
            solver=run.config.solver,
        )
        return _step_controls("yours", start), run
    start = _step_controls(name, PRESETS[name])
    return _layer_controls(name, start), None


def _step_controls(name: str, start: ConvergenceConfig) -> ConvergenceConfig:
    linked = {"bind": "query-params"}
    dt = st.select_slider(
        "dt: how long a sample lasts",
        sorted({*STEPS_OF_DT, start.dt}),
        start.dt,
        key=f"{name}-dt",
        **linked,
        help="The layer's clock, in the unit of tau. Another dt is another model: its memory covers fewer or more "
        "samples. It is also the step of a solver that takes one step a sample.",
    )
    unfolds = st.select_slider(
        "Unfolds: solver steps a sample",
        sorted({*UNFOLDS, start.unfolds}),
        start.unfolds,
        key=f"{name}-unfolds",
        **linked,
        help="The model stays the same, its ODE is only solved more exactly: each step is dt / unfolds long.",
    )
    solver = st.selectbox(
        "Solver",
        list(LABELS),
        list(LABELS).index(start.solver),
        key=f"{name}-solver",
        format_func=LABELS.__getitem__,
        **linked,
        help="How a step is taken. Euler is what the article's layer does.",
    )
    return replace(start, dt=dt, unfolds=unfolds, solver=solver)


def _layer_controls(name: str, start: ConvergenceConfig) -> ConvergenceConfig:
    linked = {"bind": "query-params"}
    names = inputs()
    source = st.selectbox(
        "Input",
        list(names),
        list(names).index(start.source),
        key=f"{name}-source",
        format_func=names.__getitem__,
        help="What the layer sees, scaled to mean 0 and standard deviation 1; at most 200 samples.",
        **linked,
    )
    size = st.select_slider(
        "State size: neurons",
        SIZES,
        start.state_size,
        key=f"{name}-state-size",
        help="How many neurons the layer has; all of them feel each other.",
        **linked,
    )
    with st.expander("More"):
        low = st.select_slider(
            "Smallest tau",
            TAUS,
            start.tau_low,
            key=f"{name}-tau-low",
            **linked,
            help="Base time constant of neuron 0, the fastest; the others follow evenly on a log scale.",
        )
        high = st.select_slider(
            "Largest tau",
            TAUS,
            start.tau_high,
            key=f"{name}-tau-high",
            help="Base time constant of the last neuron, the slowest.",
            **linked,
        )
        gain = st.slider(
            "Gain of the weights",
            0.0,
            10.0,
            start.gain,
            0.5,
            key=f"{name}-gain",
            **linked,
            help="1 is how a fresh layer starts; training makes weights larger.",
        )
        seed = st.number_input(
            "Seed", 0, 9999, start.seed, key=f"{name}-seed", help="Another seed, another layer.", **linked
        )
    return replace(
        start,
        state_size=size,
        source=source,
        tau_low=low,
        tau_high=high,
        gain=gain,
        seed=seed,
    )
