"""What is a liquid neuron? One of them, live, and the doors to everything else."""

from __future__ import annotations

import streamlit as st

from pages.home.neuron import live_neuron
from pages.shared.sessions import engine

DOORS = (
    (
        "pages/train/page.py",
        "Does it learn my series?",
        "Upload a series or take one that is here, train, see the forecast.",
    ),
    (
        "pages/solver/page.py",
        "Is Euler accurate enough?",
        "The layer's steps beside the true solution of its own equation.",
    ),
    (
        "pages/time_constant/page.py",
        "Does the time constant move?",
        "tau_sys against noise: theory, simulation, verdict.",
    ),
)

st.title("What is a liquid neuron?")
st.markdown(
    "Every recurrent neuron forgets at some speed. In a liquid layer that speed is not a constant: a gate looks at the "
    "input and the state, and sets the neuron's time constant anew at every step. Below is one such neuron. Move its "
    "input and watch the numbers in its equation; then open a door and see whether the idea holds up on real series."
)
live_neuron()
st.subheader("Find out")
with st.grid(3, min_column_width=260):
    for page, question, words in DOORS:
        with st.container(border=True):
            st.page_link(page, label=f"**{question}**")
            st.caption(words)
st.caption(
    "The layer: Hasani, Lechner, Amini, Rus and Grosu, "
    "[Liquid Time-constant Networks](https://arxiv.org/abs/2006.04439), AAAI 2021. The article series that this "
    "project follows: Sovesh Mohapatra, Deconstructing Liquid Neural Networks, 2026 (soveshmohapatra.com)."
)
engine()  # the compiled loops get ready while the visitor reads
