"""What a person takes home from a run: its files with the picture, for the Train page and the terminal alike."""

from __future__ import annotations

from liquid.charts.style import LIGHT
from liquid.charts.train import forecast_figure
from liquid.learning.run import Run
from liquid.runs.saved import run_documents

PICTURE = "forecast.html"


def artefacts(run: Run) -> dict[str, bytes]:
    """Every file of a run by name, and the picture of its forecast as one HTML page."""
    return {**run_documents(run), PICTURE: picture(run)}


def picture(run: Run) -> bytes:
    """The forecast as one HTML page that needs no network."""
    figure = forecast_figure(run, LIGHT)
    figure.update_layout(paper_bgcolor="white", plot_bgcolor="white", height=None)
    page: str = figure.to_html(include_plotlyjs=True, full_html=True, default_height="90vh")
    return page.encode()
