"""Does tau_sys shrink when the input is noisy? The theory at once, the simulation after it, and what adapts instead."""

from __future__ import annotations

import numpy as np
import streamlit as st

from liquid.charts import time_constant as charts
from liquid.dynamics.moments import TheoryFails
from liquid.dynamics.weights import Floats
from liquid.errors import LiquidError
from liquid.studies.claims.study import ClaimResult
from liquid.studies.noise.judged import answer as judged
from liquid.studies.noise.study import PLACES, NoiseConfig, Prediction, measured_samples
from pages.shared.claims import stored_claims
from pages.shared.controls import choice, step
from pages.shared.display import NO_TOOLBAR, TAU_SYS, flush, page_look, show_problem, symbols, verbatim
from pages.shared.links import linked, optional
from pages.shared.noise_response import agreement, neurons
from pages.shared.series_picker import NO_SERIES, pick_series, remember_series
from pages.shared.sessions import trained_run
from pages.time_constant import tau
from pages.time_constant.adaptation import what_adapts
from pages.time_constant.memory import memory, speed
from pages.time_constant.sigmoid import sigmoid

look = page_look()
run = trained_run()

HELP = {
    "layer": "Weights trained by Adam (3,000 steps), fresh ones as before any training, or those of your own training "
    "on the Train page.",
    "column": "The column that the layer reads.",
    "noise": "Gaussian noise added to the input. At 1 it is as strong as the series itself.",
    "rate": "Noise level and playback speed are separate claims, so each has its own control.",
    "place": "Along the whole series, in one stretch of it, or as a single spike.",
    "phi": "0 is white noise; near 1 the noise drifts slowly. Its strength stays the same.",
    "spike": "Up and down move the same neuron in opposite directions.",
    "at": "Where the spike is in the series: 0 is its start, 1 its end.",
    "size": "Of the fresh layer.",
    "seed": "Determines the noise, and the weights of a fresh layer. Same seed, same numbers.",
    "neuron": "Whose gate is drawn; at first the one that shrinks most.",
}
MOST = -1  # in place of a neuron: the one that shrinks most
RESPONSE_HEIGHT = 460  # pixels


def slider(label: str, low: float, high: float, start: float, step: float, name: str) -> float:
    return st.slider(label, low, high, start, step, key=linked(f"tau_{name}"), bind="query-params", help=HELP[name])


with st.sidebar:
    trained = run is not None and run.config.kind.liquid
    source = choice(
        "Layer",
        [tau.TRAINED, tau.FRESH, *optional("tau_layer", tau.YOURS, trained)],
        tau.TRAINED,
        key="tau_layer",
        help=HELP["layer"],
    )
    own = run if source == tau.YOURS else None
    picked = None if source == tau.YOURS else pick_series()
    if picked:
        names = picked.series.names
        # Generated series keep their clean values behind the observed ones; here the visitor adds the noise.
        first = 1 if names[0] == "observed" and len(names) > 1 else 0
        column = st.selectbox(
            "Column",
            names,
            index=first,
            format_func=verbatim,
            key=linked(f"tau_column-{picked.place}"),
            bind="query-params",
            help=HELP["column"],
        )
        remember_series(picked, column)
    strength = st.container()  # of what, is chosen below
    rate = step("Playback speed of the series", [0.25, 0.5, 1.0, 2.0, 4.0], 1.0, key="tau_rate", help=HELP["rate"])
    with st.expander("More"):
        place = choice("Noise occurs", PLACES, "everywhere", key="tau_place", help=HELP["place"])
        spiked, spike_at, phi = place == "spike", NoiseConfig.at, NoiseConfig.phi
        if spiked:
            spike_at = slider("Position of the spike in the series", 0.0, 1.0, 0.5, 0.05, "at")
        else:
            phi = slider("Correlation from sample to sample", 0.0, 0.95, 0.0, 0.05, "phi")
        if source == tau.FRESH:
            size = st.slider("Neurons", 4, 64, 32, 4, key=linked("tau_size"), bind="query-params", help=HELP["size"])
        seed = st.number_input("Seed", 0, 10_000, 0, key=linked("tau_seed"), bind="query-params", help=HELP["seed"])
    with strength:
        if spiked:
            height = slider("Height of the spike, in standard deviations", -5.0, 5.0, 3.0, 0.5, "spike")
        else:
            height = slider("Noise, in standard deviations of the series", 0.0, 2.0, 0.5, 0.05, "noise")

st.title(symbols("Does tau_sys shrink when the input is noisy?"))
claimed: ClaimResult | None = None
try:
    claimed = stored_claims()["spike" if spiked else "noise"]
    st.markdown(f"## {symbols(claimed.answer.markdown)}")
except LiquidError as problem:
    show_problem(problem)
answer, fold, picture, measured, why, adapts, table = (st.container() for _ in range(7))

try:
    if own:
        layer = tau.of_run(own)
    elif picked:
        layer = tau.studied(source, picked, column, size if source == tau.FRESH else 0, seed)
    else:
        answer.info(NO_SERIES)
        st.stop()
    config = NoiseConfig(level=height, place=place, phi=phi, rate=rate, at=spike_at, seed=seed)
except LiquidError as problem:
    answer.error(verbatim(str(problem)), title="This cannot be computed")
    st.stop()

predicted: Prediction | None = None
try:
    predicted = tau.theory(layer, config)
except TheoryFails as problem:
    answer.warning(verbatim(str(problem)), title="Simulation alone")
except LiquidError as problem:
    answer.error(verbatim(str(problem)), title="This cannot be computed")
    st.stop()

played = layer.signal.at_rate(rate)
headline = answer.empty()
measured_at = measured_samples(len(played), config)


def draw(tau_sys: Floats, clean: Floats) -> None:
    """The heat map of `tau_sys[time, state]`, neurons in the order of their gates without noise: it changes none."""
    floor, ceiling = layer.weights.bounds
    share = (clean.mean(axis=0) - floor) / (ceiling - floor)
    st.plotly_chart(
        charts.heat(
            look,
            series=played.values[:, 0],
            spike=(measured_at.start, height) if spiked else None,
            noise_sd=tau.noise_sd(played, config),
            tau_sys=tau_sys,
            floor=floor,
            ceiling=ceiling,
            order=np.argsort(share),
        ),
        key="tau_heat",
        config=NO_TOOLBAR,
        alt="The series with its noise, and a heat map of every neuron's time constant over time",
    )
    st.caption(
        "Every row is a neuron; those whose gate is most open without noise are at the bottom. Dark is the floor "
        "tau / (1 + tau), an open gate; bright is tau, a closed one. Does the pattern change as you move the slider?"
    )


if predicted is None:
    headline.markdown("The simulation follows …")
else:
    before = predicted.clean[measured_at].mean(axis=0)
    shift = 100 * predicted.change / before
    overall = 100 * predicted.change.mean() / before.mean()
    if spiked:
        lead = (
            f"The layer shown here. A spike of {height:+g} at this place changes that sample's mean {TAU_SYS} by "
            f"**{overall:+.2f} %**; the mean over all places"
        )
    else:
        lead = f"The layer shown here. The theory predicts **{overall:+.2f} %** for mean {TAU_SYS}; the simulation"
    headline.markdown(f"{lead} follows …")
with picture:
    if predicted is not None:
        draw(predicted.treated, predicted.clean)
    if layer.left_out:
        st.caption(layer.left_out)
flush()

with why:
    st.header("Why some neurons shrink and others grow")
    if spiked:
        st.markdown(
            "The gate is monotone in the input: the gates that a spike up opens, a spike down closes. So at any one "
            "spike some neurons' $\\tau_{sys}$ falls and others' rises, and none falls below $\\tau / (1 + \\tau)$."
        )
    else:
        st.markdown(
            "Noise spreads the gate's argument $z$, and the sigmoid is convex below 0 and concave above: averaged over "
            "noise, a mostly closed gate opens a little, a mostly open one closes a little."
        )
    if predicted is not None and not spiked:
        neuron = st.selectbox(
            "Neuron",
            range(MOST, layer.weights.state_size),
            format_func=lambda index: "the one that shrinks most" if index == MOST else f"neuron {index}",
            key=linked("tau_neuron"),
            bind="query-params",
            help=HELP["neuron"],
        )
        neuron = int(np.argmin(shift)) if neuron == MOST else neuron
        sigmoid(
            neuron,
            z=float(np.mean(predicted.z_mean[measured_at, neuron])),
            sd=float(np.mean(predicted.z_sd[measured_at, neuron])),
            tau=float(layer.weights.tau[neuron]),
            key="tau_sigmoid",
        )
        st.caption(
            f"Along the series, mean {TAU_SYS} of neuron {neuron} changes by {shift[neuron]:+.2f} %, as predicted "
            "above. The drawing stands for one moment, with the mean of z and of its spread: there the change "
            "is another."
        )
    st.latex(r"\tau_{sys} = \frac{\tau}{1 + \tau\,\sigma(z)} \qquad z \sim \mathcal{N}(m_z, s_z^2)")

    memory(layer, config)

with adapts:
    what_adapts(look)

with measured:
    response = tau.simulation(layer, config, own)
    if response is None:
        st.space(RESPONSE_HEIGHT)  # keeps what is below in place
    else:
        found = judged(response, config)
        headline.markdown(f"The layer shown here. {symbols(found.markdown)}")
        with fold, st.expander("Intervals, and what counts as yes", type="compact"):
            if claimed:
                st.markdown(symbols(claimed.answer.fold) + " The verdict is that of the Claims page, over many layers.")
            reads = "" if layer.signal.change_gain is None else " It reads the series' change too: noise counts thrice."
            st.markdown(f"The layer shown here: {symbols(found.fold)}{reads}")
        agreement(look, config, response)
        if rate != 1 and not spiked:
            speed(layer, config)
if response is not None:
    if predicted is None and response.path_treated.size:
        with picture:
            draw(response.path_treated, response.path_clean)
    with table:
        neurons(response)
