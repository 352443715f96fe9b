"""A forecast as a small picture without words: truth and one step ahead, then the next values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from liquid.charts.style import Look, model_colour

if TYPE_CHECKING:
    from liquid.series.windows import Floats

WIDTH, HEIGHT, EDGE = 160, 48, 3


def sparkline(truth: Floats, forecast: Floats, ahead: int, model: str, look: Look) -> str:
    """An SVG of `truth[points]` and `forecast[points]`, the last `ahead` of which are the next values; NaN is a gap.

    Nothing but numbers goes into it.
    """
    values = np.concatenate([truth, forecast])
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    x = EDGE + (WIDTH - 2 * EDGE) * np.arange(len(truth)) / max(len(truth) - 1, 1)
    y = (np.stack([truth, forecast]) / 2 - low / 2) / (high / 2 - low / 2 or 1.0)  # halves: no range overflows
    truth_y, forecast_y = HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * y
    cut = len(truth) - ahead
    lines = [
        *_lines(x, truth_y, look.ink, 1.0),
        *_lines(x[: cut + 1], forecast_y[: cut + 1], model_colour(model, look), 1.2),
        *_lines(x[cut:], forecast_y[cut:], model_colour(model, look), 2.4),
    ]
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(lines)}</svg>'


def _lines(x: Floats, y: Floats, colour: str, width: float) -> Iterator[str]:
    """A polyline for each stretch without a gap."""
    for known, stretch in groupby(
        zip(x.tolist(), y.tolist(), strict=True), key=lambda point: bool(np.isfinite(point[1]))
    ):
        if known:
            points = " ".join(f"{left:.1f},{top:.1f}" for left, top in stretch)
            yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
