"""Downloads: numbers come back exactly, and no cell of text is a formula."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liquid.errors import LiquidError
from liquid.series.export import FORMULA_STARTS, to_csv
from liquid.series.reading import ReadOptions, read_text


@settings(max_examples=60)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=10, max_size=20))
def test_numbers_survive_exactly(numbers: list[float]) -> None:
    as_they_are = ReadOptions(target=("a",), sentinels="keep")  # 99, 99, 99 among small ones is asked about
    series = read_text(to_csv({"t": range(len(numbers)), "a": numbers}), options=as_they_are)
    assert series.column("a").tolist() == numbers


@settings(max_examples=200)
@given(st.lists(st.text(alphabet="=+-@|%\t\r\n \"',;ab1", max_size=8), min_size=1, max_size=5))
def test_no_text_is_a_formula_and_none_is_lost(texts: list[str]) -> None:
    rows = list(csv.reader(io.StringIO(to_csv({"a": texts}), newline="")))
    for (cell,), text in zip([row or [""] for row in rows[1:]], texts, strict=True):
        assert not cell.lstrip(" ").startswith(FORMULA_STARTS)
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        assert cell.removeprefix("'") == plain.removeprefix("'")


def test_cells_of_every_kind() -> None:
    table = to_csv(
        {
            "=SUM(A1)": ["=1+1", "-x"],
            "number": [-1.5, np.nan],
            "whole": np.array([-1, 2]),
            "date": np.array(["2024-01-01", "NaT"], dtype="datetime64[ms]"),
            "flag": [True, False],
        }
    )
    assert table == ("'=SUM(A1),number,whole,date,flag\n'=1+1,-1.5,-1,2024-01-01T00:00:00.000,True\n'-x,,2,,False\n")


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(LiquidError, match="lengths"):
        to_csv({"a": [1], "b": [1, 2]})
