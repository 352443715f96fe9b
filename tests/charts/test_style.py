"""What all pictures share can be read: words stand out from the ground, log axes have their labels in full."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from liquid.charts.style import DARK, LIGHT, Look, figure, log_axis
from liquid.charts.time_constant import heat
from liquid.charts.train import tau_heat

ROOT = Path(__file__).resolve().parents[2]
LEAST = 4.5  # WCAG 2.2, level AA
LOOKS = {"light": LIGHT, "dark": DARK}


def luminance(colour: str) -> float:
    """WCAG's relative luminance of #rrggbb."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def words(part: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every title, axis, legend and colour bar of a figure with its own font: what has none gets Streamlit's grey."""
    for name, value in part.items():
        if isinstance(value, dict) and name != "template":
            if name == "title":
                yield f"{place}{name}", value.get("font", {})
            if name.rstrip("0123456789") in ("xaxis", "yaxis", "colorbar"):
                yield f"{place}{name}", value.get("tickfont", {})
            yield from words(value, f"{place}{name}.")
        elif name == "data":
            for trace in value:
                yield from words(trace, f"{trace['type']}.")


def drawn(look: Look) -> list[go.Figure]:
    two, times = np.ones(2), np.arange(4)
    tau = np.ones((4, 2))
    return [
        figure(look, title="a", x="b", y="c", xaxis2={"title": {"text": "d"}}),
        tau_heat(times, tau, two / 2, 2 * two, look, "x"),
        heat(
            look, series=two, noise_sd=two, spike=None, tau_sys=tau[:2], floor=two / 2, ceiling=2 * two,
            order=np.arange(2),
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", LOOKS)
def test_every_word_of_a_chart_stands_out_from_the_ground(scheme: str) -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"][scheme]
    for fig in drawn(LOOKS[scheme]):
        content = fig.to_dict()
        found = list(words(content["layout"])) + list(words({"data": content["data"]}))
        assert len(found) >= 5
        found.append(("all else", content["layout"]["font"]))
        assert [
            (place, font) for place, font in found if contrast(font["color"], theme["backgroundColor"]) < LEAST
        ] == []


def test_the_colours_of_the_dark_look_are_made_for_the_dark() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    assert min(contrast(colour, theme["dark"]["backgroundColor"]) for colour in DARK.palette) > 5
    assert [*LIGHT.palette] == theme["chartCategoricalColors"]
    assert [*DARK.palette] == theme["dark"]["chartCategoricalColors"]


@pytest.mark.parametrize(
    ("values", "step"),
    [([2.0, 9.0], None), ([1.0, 50.0], "D2"), ([0.001, 1.0], 1), ([1.0, np.nan, np.inf, 0.0], None)],
)
def test_a_log_axis_writes_its_labels_in_full(values: list[float], step: object) -> None:
    assert log_axis(values) == {"type": "log", "exponentformat": "none", "minorloglabels": "complete", "dtick": step}


def test_over_many_decades_a_log_axis_has_some_powers_of_ten() -> None:
    assert log_axis([1e-15, 1.0]) == {"type": "log", "exponentformat": "power", "dtick": 3}
