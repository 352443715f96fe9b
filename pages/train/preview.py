"""A training's forecast as it sharpens: put into the chart that stands there, so that nothing is drawn anew."""

from __future__ import annotations

import math

import streamlit as st

from liquid.charts.train import preview_lines
from liquid.learning.preview import Preview
from liquid.series.series import Series

# Streamlit's own Plotly; without one the chart stays as it is until the training is done.
PREVIEW_JS = """
export default function ({ data }) {
  const chart = document.querySelector(".st-key-forecast .js-plotly-plot")
  if (!window.Plotly || !chart?.data) return
  const lines = Object.entries(data.lines)
  const traces = lines.map(([name]) => chart.data.findIndex((trace) => trace.meta === name))
  if (traces.includes(-1)) return
  window.Plotly.restyle(chart, { x: lines.map(([, line]) => line.x), y: lines.map(([, line]) => line.y) }, traces)
}
"""
_PREVIEW = st.components.v2.component(
    "liquid_preview", js=PREVIEW_JS, css=".st-key-preview { display: none; }", isolate_styles=False
)


def show_preview(series: Series, target: str, preview: Preview) -> None:
    """Draw it into the chart of the series."""
    lines = {
        name: {
            "x": stamps.astype(str).tolist() if stamps.dtype.kind == "M" else stamps.tolist(),
            "y": [value if math.isfinite(value) else None for value in values.tolist()],
        }
        for name, (stamps, values) in preview_lines(series, target, preview).items()
    }
    _PREVIEW(data={"lines": lines}, key="preview")
