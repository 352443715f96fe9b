"""Which of the things that are called liquid is which."""

from __future__ import annotations

import streamlit as st

from liquid.models.liquids import LIQUIDS, LiquidKind


def show_liquids() -> None:
    with st.expander("Which liquid is which?", icon=":material/water_drop:"):
        st.markdown("Six things are called a liquid network, and f and tau mean something else in each.")
        st.markdown("\n\n".join(map(_in_words, LIQUIDS)))


def _in_words(kind: LiquidKind) -> str:
    """One of the liquids as Markdown that fits a phone."""
    here = f", here: {kind.here}" if kind.here else ""
    equations = kind.equation.replace(",  ", "\n")
    return (
        f"**{kind.name}** ([{kind.source}]({kind.link}){here})\n```text\n{equations}\n```\n"
        f"- **f:** {kind.f}\n- **tau:** {kind.tau}\n- **The same number:** {kind.same}"
    )
