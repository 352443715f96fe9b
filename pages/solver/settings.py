"""The solver page's controls: presets first, few by default, the rest under "More"."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from liquid.dynamics.solvers import SOLVERS
from liquid.learning.run import Run
from liquid.studies.convergence.study import PRESETS, ConvergenceConfig
from pages.shared.controls import choice, step
from pages.shared.links import linked, optional
from pages.solver.subject import LENGTH, inputs

DTS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0)
UNFOLDS = (1, 2, 4, 8, 16)
SIZES = (1, 2, 4, 8, 16, 32, 64)
TAUS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
YOURS = "your training"
PRESET_HELP = """
- **calm**: slow neurons and small steps: Euler is accurate.
- **fast**: strong weights and an input that jumps: the gate changes within a step.
- **stiff**: time constants that differ by a factor of 100: the fastest neuron limits the step.
- **unstable**: a step that is too long for the fastest neuron.
- **your training**, once you have trained a Liquid model: its first layer, on the last samples of its series.
"""
HELP = {
    "dt": "How much time passes for the layer per sample, in the unit of tau. Another dt is another model: its memory "
    "covers fewer or more samples. With one step per sample it is also the solver's step.",
    "unfolds": "The model stays the same, its ODE is only solved more accurately: each step is dt / unfolds long.",
    "solver": "How a step is computed. Euler is the method of the article's layer.",
    "source": "What the layer reads, scaled to mean 0 and standard deviation 1; at most 200 samples.",
    "size": "How many neurons the layer has; all neurons are coupled.",
    "tau": "Base time constants of neuron 0, the fastest, and of the last one, the slowest; the others are spaced "
    "evenly between them on a log scale.",
    "gain": "1 is how a fresh layer starts; training makes weights larger.",
}


def choose(run: Run | None) -> tuple[ConvergenceConfig, Run | None]:
    """The controls in the order of the work; and the run, if the session's own training is chosen.

    Every preset has controls of its own, which start at its values: so a link holds what differs from the preset, and
    changes are still there on the way back.
    """
    trained = run is not None and run.config.kind.liquid
    preset = choice("Layer", [*PRESETS, *optional("preset", YOURS, trained)], "calm", key="preset", help=PRESET_HELP)
    if preset == YOURS and run is not None:
        start = ConvergenceConfig(
            state_size=run.config.state_size,
            samples=min(LENGTH, len(run.series)),
            dt=run.config.dt,
            unfolds=run.config.unfolds,
            solver=run.config.solver,
        )
        return _step_controls("yours", start), run
    return _layer_controls(preset, _step_controls(preset, PRESETS[preset])), None


def _step_controls(preset: str, start: ConvergenceConfig) -> ConvergenceConfig:
    dts, unfolds = tuple(sorted({*DTS, start.dt})), tuple(sorted({*UNFOLDS, start.unfolds}))
    return replace(
        start,
        dt=step("dt: layer time per sample", dts, start.dt, key=f"{preset}-dt", help=HELP["dt"]),
        unfolds=step(
            "Unfolds: solver steps per sample", unfolds, start.unfolds, key=f"{preset}-unfolds", help=HELP["unfolds"]
        ),
        solver=st.selectbox(
            "Solver",
            list(SOLVERS),
            list(SOLVERS).index(start.solver),
            key=linked(f"{preset}-solver"),
            format_func=lambda name: SOLVERS[name].label,
            bind="query-params",
            help=HELP["solver"],
        ),
    )


def _layer_controls(preset: str, start: ConvergenceConfig) -> ConvergenceConfig:
    titles = inputs()
    source = st.selectbox(
        "Input",
        list(titles),
        list(titles).index(start.source),
        key=linked(f"{preset}-source"),
        format_func=titles.__getitem__,
        bind="query-params",
        help=HELP["source"],
    )
    size = step("State size: neurons", SIZES, start.state_size, key=f"{preset}-state-size", help=HELP["size"])
    with st.expander("More"):
        low, high = step(
            "Smallest and largest tau", TAUS, (start.tau_low, start.tau_high), key=f"tau-{preset}", help=HELP["tau"]
        )
        gain = st.slider(
            "Gain of the weights",
            0.0,
            10.0,
            start.gain,
            0.5,
            key=linked(f"{preset}-gain"),
            bind="query-params",
            help=HELP["gain"],
        )
        seed = st.number_input(
            "Seed",
            0,
            9999,
            start.seed,
            key=linked(f"{preset}-seed"),
            bind="query-params",
            help="Another seed, another layer.",
        )
    return replace(start, state_size=size, source=source, tau_low=low, tau_high=high, gain=gain, seed=seed)
