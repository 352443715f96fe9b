"""Small drawings as SVG: intervals beside a reference, and a square for each verdict."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED
from liquid.charts.style import LIGHT, Look
from liquid.studies.statistics import Interval, digits

WIDTH, ROW, LETTER = 264, 20, 6.1  # pixels
# With a white mark in each, by day and by night
COLOURS = {
    HOLDS: LIGHT.palette.green,
    IN_PART: LIGHT.palette.blue,
    NOT_DECIDED: LIGHT.palette.grey,
    DOES_NOT_HOLD: LIGHT.palette.vermilion,
}
# In a square of 22: a tick, a line, a stroke, a cross
MARKS = {HOLDS: "M5 12l4 4 8-9", IN_PART: "M5 11h12", NOT_DECIDED: "M8 15l6-8", DOES_NOT_HOLD: "M6 6l10 10M16 6L6 16"}


class Row(NamedTuple):
    """An interval and what it is of."""

    label: str
    value: Interval


def forest(look: Look, rows: Sequence[Row], reference: float, *, log: bool = False, unit: str = "") -> str:
    """A line for each interval with a dot at its mean, and a dashed line at `reference`; only finite ends are drawn."""
    scale = math.log if log else float
    drawn = [end for row in rows for end in (row.value.low, row.value.mean, row.value.high) if math.isfinite(end)]
    low, high = scale(min(*drawn, reference)), scale(max(*drawn, reference))
    room = 0.06 * (high - low or 1)
    left = LETTER * max(len(row.label) for row in rows) + 14

    def x(value: float) -> float:
        return left + (WIDTH - left - 4) * (scale(value) - low + room) / (high - low + 2 * room)

    height = ROW * len(rows) + 20
    at = f"{x(reference):.1f}"
    parts = [
        f'<line x1="{at}" x2="{at}" y1="2" y2="{height - 17}" stroke="{look.ink}" stroke-dasharray="4 3"/>',
        f'<text x="{at}" y="{height - 4}" text-anchor="middle">{digits(reference)}{unit}</text>',
    ]
    for index, (label, value) in enumerate(rows):
        y = ROW * index + ROW / 2
        start, end = (x(edge if math.isfinite(edge) else value.mean) for edge in (value.low, value.high))
        parts += [
            f'<text x="{left - 10:.1f}" y="{y + 4}" text-anchor="end">{escape(label)}</text>',
            f'<line x1="{start:.1f}" x2="{end:.1f}" y1="{y}" y2="{y}" stroke="{look.palette.blue}" stroke-width="3"/>',
            f'<circle cx="{x(value.mean):.1f}" cy="{y}" r="5" fill="{look.palette.blue}" stroke="{look.ink}"/>',
        ]
    return _svg(look, parts, height)


def squares(look: Look, verdicts: Sequence[str]) -> str:
    """A square with a mark for each verdict, in their order."""
    step = min((WIDTH - 4) / max(len(verdicts), 1), 26)
    parts = [
        f'<g transform="translate({2 + index * step:.1f} 8)"><rect width="22" height="22" rx="4" '
        f'fill="{COLOURS[verdict]}"/><path d="{MARKS[verdict]}" fill="none" stroke="#fff" stroke-width="2"/></g>'
        for index, verdict in enumerate(verdicts)
    ]
    return _svg(look, parts, 38)


def picture(svg: str, alt: str) -> str:
    """The drawing in Markdown, without the toolbar that st.image lays over what one points at."""
    return f"![{alt}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _svg(look: Look, parts: Sequence[str], height: float) -> str:
    style = f"font: 12px 'Source Sans', sans-serif; fill: {look.ink}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH} {height:g}" style="{style}">{"".join(parts)}</svg>'
    )
