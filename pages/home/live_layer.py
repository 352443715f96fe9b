"""The live layer: eight neurons that listen to a stream and learn to forecast it, in the visitor's browser alone."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.home.settings import LIMITS, USUAL, from_address
from pages.shared.display import verbatim
from pages.shared.scripts import component_script
from pages.shared.series_picker import last_series

_FOLDER = Path(__file__).parent / "js"
_LAYER = st.components.v2.component(
    "liquid_layer",
    html=(_FOLDER / "layer.html").read_text(encoding="utf-8"),
    css=(_FOLDER / "layer.css").read_text(encoding="utf-8"),
    js=component_script(_FOLDER / "main.js"),
)


def live_layer() -> None:
    """Show it, with the settings of the address."""
    settings, problems = from_address(st.query_params)
    series = last_series()
    if settings.get("stream") == "own" and series is None:
        del settings["stream"]
        problems.append("The link asks for your last series: choose one on the Train page first.")
    for problem in problems:
        st.warning(verbatim(problem), icon=":material/link_off:")
    own = None
    if series is not None:
        own = {"title": series.title, "values": [float(f"{value:.6g}") for value in series.values]}
    _LAYER(data={"link": settings, "usual": USUAL, "limits": LIMITS, "own": own}, key="layer")
