"""Numbers with their intervals against the range that a claim allows, in a few lines of SVG: many fit on a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from liquid.charts.style import Look

WIDTH, EDGE, TOP = 340, 8, 12
ROW, ROOM = 9.0, 45.0  # from one interval to the next, and what all of them may take
WIDE = 8.0  # from this ratio of largest to smallest on, the axis is logarithmic


@dataclass(frozen=True)
class Mark:
    """A number with its interval; what is `fresh` was measured just now."""

    mean: float
    low: float
    high: float
    fresh: bool = False


def strip(look: Look, marks: Sequence[Mark], *, at_least: float, at_most: float, required: str) -> str:
    """SVG: the allowed range [at_least, at_most] shaded, `required` in words below it, a line per mark, first on top.

    All on one axis, so all in one unit.
    """
    known = [mark for mark in marks if all(math.isfinite(end) for end in (mark.mean, mark.low, mark.high))]
    x = _axis([end for mark in known for end in (mark.low, mark.high)], at_least, at_most)
    low, high = (WIDTH * (end > 0) if math.isinf(end) else x(end) for end in (at_least, at_most))
    step = min(ROW, ROOM / len(known)) if known else ROW
    bottom = TOP + step * max(len(known) - 1, 0) + TOP
    lines = [_line(look, mark, x, TOP + step * row, first=row == 0) for row, mark in enumerate(known)]
    middle = (low + high) / 2
    anchor, at = "middle", middle
    if not WIDTH / 3 < middle < 2 * WIDTH / 3:
        anchor, at = ("start", max(low, 2.0)) if middle < WIDTH / 2 else ("end", min(high, WIDTH - 2.0))
    height = bottom + 22
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" font-family="sans-serif">'
        f'<rect x="{low:.1f}" y="2" width="{max(high - low, 3):.1f}" height="{bottom - 2:g}" '
        f'fill="{look.palette.green}" opacity="0.25"/>'
        f'<line x1="0" x2="{WIDTH}" y1="{bottom:g}" y2="{bottom:g}" stroke="{look.ink}" opacity="0.5"/>'
        f"{''.join(lines)}"
        f'<text x="{at:.1f}" y="{bottom + 16:g}" text-anchor="{anchor}" font-size="13" '
        f'fill="{look.ink}">yes: {escape(required)}</text></svg>'
    )


def _line(look: Look, mark: Mark, x: Callable[[float], float], y: float, *, first: bool) -> str:
    colour = look.palette.vermilion if mark.fresh else look.ink
    width, radius = (3, 5) if first or mark.fresh else (1.5, 2.5)
    low, mean, high = (f"{x(end):.1f}" for end in (mark.low, mark.mean, mark.high))
    return (
        f'<line x1="{low}" x2="{high}" y1="{y:g}" y2="{y:g}" stroke="{colour}" stroke-width="{width}"/>'
        f'<circle cx="{mean}" cy="{y:g}" r="{radius}" fill="{colour}"/>'
    )


def _axis(ends: Sequence[float], at_least: float, at_most: float) -> Callable[[float], float]:
    """From a number to its place, with some room on both sides of all that is drawn."""
    values = [value for value in (*ends, at_least, at_most) if math.isfinite(value)] or [0.0]
    wide = min(values) > 0 and max(values) > WIDE * min(values)
    scale: Callable[[float], float] = math.log if wide else float
    left, right = scale(min(values)), scale(max(values))
    room = 0.2 * (right - left) or 0.5 * abs(left) or 1.0
    left, right = left - room, right + room
    return lambda value: EDGE + (scale(value) - left) / (right - left) * (WIDTH - 2 * EDGE)
