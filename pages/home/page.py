"""What is a liquid neuron? One of them, live, and links to the other pages."""

from __future__ import annotations

import streamlit as st

from liquid.models.liquids import LIQUIDS, LiquidKind
from pages.home.neuron import live_neuron
from pages.shared.sessions import engine

QUESTIONS = (
    (
        "pages/train/page.py",
        "Does it learn my series?",
        "Upload a series or choose a built-in, train, and see the forecast.",
    ),
    (
        "pages/solver/page.py",
        "Is Euler accurate enough?",
        "The layer's steps beside the exact solution of its equation.",
    ),
    (
        "pages/time_constant/page.py",
        "Does the time constant move?",
        "tau_sys against noise: theory, simulation, verdict.",
    ),
)


def in_words(kind: LiquidKind) -> str:
    """One of the liquids as Markdown that fits a phone."""
    here = f", here: {kind.here}" if kind.here else ""
    equations = kind.equation.replace(",  ", "\n")
    return (
        f"**{kind.name}** ([{kind.source}]({kind.link}){here})\n```text\n{equations}\n```\n"
        f"- **f:** {kind.f}\n- **tau:** {kind.tau}\n- **The same number:** {kind.same}"
    )


st.title("What is a liquid neuron?")
st.markdown(
    "Every recurrent neuron forgets at some speed. In a liquid layer that speed is not a constant: a gate looks at the "
    "input and the state, and sets the neuron's time constant anew at every step. Below is one such neuron. Change its "
    "input and watch the numbers in its equation; then see on the other pages whether the idea works on real series."
)
live_neuron()
st.subheader("Find out")
with st.grid(3, min_column_width=260):
    for page, question, summary in QUESTIONS:
        with st.container(border=True):
            st.page_link(page, label=f"**{question}**")
            st.caption(summary)
with st.expander("Which liquid is which?", icon=":material/water_drop:"):
    st.markdown("Six things are called a liquid network, and f and tau mean something else in each.")
    st.markdown("\n\n".join(map(in_words, LIQUIDS)))
st.caption(
    "The layer: Hasani, Lechner, Amini, Rus and Grosu, "
    "[Liquid Time-constant Networks](https://arxiv.org/abs/2006.04439), AAAI 2021. The article series that this "
    "project follows: Sovesh Mohapatra, Deconstructing Liquid Neural Networks, 2026 (soveshmohapatra.com)."
)
engine()  # compiled code is prepared while the visitor reads
