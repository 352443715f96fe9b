"""What is a liquid neuron? A layer of them, live, and doors to the questions of the other pages."""

from __future__ import annotations

import streamlit as st

from pages.home.doors import show_doors
from pages.home.liquids import show_liquids
from pages.home.live_layer import live_layer
from pages.shared.sessions import engine

st.title("What is a liquid neuron?")
st.markdown(
    "It sets its own memory, anew at every step: a gate looks at the input and the state. Here are eight, listening."
)
live_layer()
show_doors()
show_liquids()
st.caption(
    "The layer: Hasani, Lechner, Amini, Rus and Grosu, "
    "[Liquid Time-constant Networks](https://arxiv.org/abs/2006.04439), AAAI 2021. The article series that this "
    "project follows: Sovesh Mohapatra, Deconstructing Liquid Neural Networks, 2026 (soveshmohapatra.com)."
)
engine()  # compiled code is prepared while the visitor reads
