"""Does tau_sys shrink when the input is noisy? The theory at once, the simulation after it, and what adapts instead."""

from __future__ import annotations

import numpy as np
import streamlit as st

from liquid.charts import time_constant as charts
from liquid.errors import LiquidError
from liquid.studies.noise.study import PLACES, NoiseConfig, measured_samples, sentence
from pages.shared.display import let_out, page_look, verbatim
from pages.shared.links import late
from pages.shared.series_picker import pick_series
from pages.shared.work import trained_run
from pages.time_constant import adaptation, noise, tau
from pages.time_constant.sigmoid import sigmoid

look = page_look()
run = trained_run()

HELP = {
    "layer": "Trained weights, fresh ones as before any training, or those of your own training on the Train page.",
    "column": "The column that the layer reads.",
    "noise": "Gaussian noise added to the input. At 1 it is as strong as the series itself.",
    "place": "Along the whole series, in one stretch of it, or as a single spike.",
    "phi": "0 is white noise; near 1 it wanders slowly. Its strength stays the same.",
    "spike": "Used where the noise is a single spike. Up and down move the same neuron in opposite directions.",
    "at": "Where a spike falls in the series that is drawn: 0 is its start, 1 its end.",
    "size": "Used for a fresh layer.",
    "seed": "Decides the noise, and the weights of a fresh layer. Same seed, same numbers.",
    "neuron": "Whose gate is drawn; at first the one that shrinks most.",
}
MOST = -1  # in place of a neuron: the one that shrinks most

with st.sidebar:
    sources = [tau.TRAINED, tau.FRESH, *late("tau_layer", tau.YOURS, run is not None and run.config.kind.liquid)]
    source = st.segmented_control(
        "Layer",
        sources,
        default=tau.TRAINED,
        required=True,
        key="tau_layer",
        bind="query-params",
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
            key=f"tau_column-{picked.place}",
            bind="query-params",
            help=HELP["column"],
        )
    level = st.slider(
        "Noise, in standard deviations of the series",
        0.0,
        2.0,
        0.5,
        0.05,
        key="tau_noise",
        bind="query-params",
        help=HELP["noise"],
    )
    rate = st.select_slider(
        "Speed at which the series is played",
        [0.25, 0.5, 1.0, 2.0, 4.0],
        1.0,
        key="tau_rate",
        bind="query-params",
        help="Noisy and fast are two claims, so they are two knobs.",
    )
    with st.expander("More"):
        place = st.segmented_control(
            "Noise falls",
            PLACES,
            default="everywhere",
            required=True,
            key="tau_place",
            bind="query-params",
            help=HELP["place"],
        )
        phi = st.slider(
            "Its correlation from sample to sample",
            0.0,
            0.95,
            0.0,
            0.05,
            key="tau_phi",
            bind="query-params",
            help=HELP["phi"],
        )
        spike = st.slider(
            "Height of the spike, in standard deviations",
            -5.0,
            5.0,
            3.0,
            0.5,
            key="tau_spike",
            bind="query-params",
            help=HELP["spike"],
        )
        spike_at = st.slider(
            "Place of the spike, as a part of the series",
            0.0,
            1.0,
            0.5,
            0.05,
            key="tau_at",
            bind="query-params",
            help=HELP["at"],
        )
        size = st.slider(
            "Neurons of a fresh layer",
            4,
            64,
            32,
            4,
            key="tau_size",
            bind="query-params",
            help=HELP["size"],
        )
        seed = st.number_input(
            "Seed",
            0,
            10_000,
            0,
            key="tau_seed",
            bind="query-params",
            help=HELP["seed"],
        )

st.title("Does tau_sys shrink when the input is noisy?")
answer, picture, measured, why, verdict, table = (st.container() for _ in range(6))

try:
    if own:
        chosen = tau.of_run(own)
    elif picked:
        chosen = tau.chosen(source, picked, column, size, int(seed))
    else:
        answer.info("Choose a series on the left.")
        st.stop()
    height = spike if place == "spike" else level
    config = NoiseConfig(level=height, place=place, phi=phi, rate=rate, at=spike_at, seed=int(seed))
    predicted = tau.theory(chosen.name, config, chosen)
except LiquidError as problem:
    answer.error(verbatim(str(problem)), title="This cannot be computed")
    st.stop()

played = chosen.signal.at_rate(rate)
floor, ceiling = chosen.weights.bounds
shift = 100 * predicted.change / predicted.clean.mean(axis=0)
overall = 100 * predicted.change.mean() / predicted.clean.mean()
told = answer.empty()
if place == "spike":
    first = (
        f"**The spike of {height:+g} changes that sample's mean tau_sys by {overall:+.2f} %;** the mean over all places"
    )
else:
    first = f"**The theory predicts that mean tau_sys changes by {overall:+.2f} %;** the simulation"
told.markdown(f"{first} follows …")
measured_at = measured_samples(len(played), config)

with picture:
    order = np.argsort(shift)
    st.plotly_chart(
        charts.heat(
            look,
            series=played.values[:, 0],
            spike=(measured_at.start, height) if place == "spike" else None,
            noise_sd=tau.noise_sd(played, config),
            tau_sys=predicted.treated,
            floor=floor,
            ceiling=ceiling,
            order=order,
        ),
        key="tau_heat",
        config={"displayModeBar": False},
        alt="The series with its noise, and a heat map of every neuron's time constant over time",
    )
    st.caption(
        "Every row is a neuron, those that noise shrinks most at the bottom. Dark is the floor tau / (1 + tau), an "
        "open gate; bright is tau, a closed one. Does the pattern change as you drag the noise?"
    )
let_out()

with why:
    st.subheader("Why neurons go both ways")
    st.markdown(
        "Noise spreads the gate's argument $z$, and the sigmoid bends one way below 0 and the other way above: "
        "averaged over noise, a mostly closed gate opens a little, a mostly open one closes a little. Drag the point."
    )
    neuron = st.selectbox(
        "Neuron",
        range(MOST, chosen.weights.state_size),
        format_func=lambda index: "the one that shrinks most" if index == MOST else f"neuron {index}",
        key="tau_neuron",
        bind="query-params",
        help=HELP["neuron"],
    )
    neuron = int(np.argmin(shift)) if neuron == MOST else neuron
    sigmoid(
        neuron,
        z=float(np.mean(predicted.z_mean[measured_at, neuron])),
        sd=float(np.mean(predicted.z_sd[measured_at, neuron])),
        tau=float(chosen.weights.tau[neuron]),
        key="tau_sigmoid",
    )
    st.latex(r"\tau_{sys} = \frac{\tau}{1 + \tau\,\sigma(z)} \qquad z \sim \mathcal{N}(m_z, s_z^2)")

    noise.memory(chosen, config)

with verdict:
    adaptation.verdict_box(look)

with measured:
    response = tau.simulation(chosen, config, own)
    if response is None:
        st.space(noise.HEIGHT)  # what is below stays where it is
    else:
        told.markdown(f"**{sentence(response, config)}**")
        noise.agreement(look, response)
        if rate != 1 and place != "spike":
            noise.fast(chosen, config)
if response is not None:
    with table:
        noise.neurons(response)
