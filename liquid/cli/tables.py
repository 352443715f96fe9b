"""Rows as aligned columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def print_rows(rows: Iterable[Sequence[object]]) -> None:
    """Each column as wide as its widest cell; numbers with four digits that count."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)
