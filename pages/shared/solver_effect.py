"""What other ways to compute a trained model's states do to its forecast, and a solver study's tables as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st
from numpy.typing import ArrayLike

from liquid.charts import solver as charts
from liquid.charts.style import Look
from liquid.studies.solver_effect.study import SolverEffect, effect_table
from pages.shared.downloads import csv_button


def show_effect(look: Look, effect: SolverEffect) -> None:
    st.markdown(f"### {effect.answer}")
    st.plotly_chart(
        charts.effects(look, variants=effect.variants, title="Same weights, other states"),
        key="solver_effects",
        alt="One-step error relative to the forecast as trained, with 95 % intervals, for every way to solve the ODE.",
    )
    st.caption(
        f"On {effect.points} points of the test part. The intervals allow for errors that follow each other; there is "
        "none where these leave too few independent ones."
    )
    download("Effect on the forecast", "effect", partial(effect_table, effect))


def download(label: str, name: str, table: Callable[[], Mapping[str, ArrayLike]]) -> None:
    csv_button(label, f"{name}.csv", table, key=f"solver_csv_{name}", help="This table as CSV, at full precision.")
