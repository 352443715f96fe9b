"""What may be said of a file on the command line reaches the reader."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from liquid.cli.reading import add_reader_arguments, read_series
from liquid.errors import LiquidError

ROWS = "day,shop,sold\n" + "".join(
    f"2024-01-{day:02d},{shop},{day + 100 * shop}\n" for day in range(1, 29) for shop in (1, 2)
)


def sold(folder: Path, *arguments: str) -> np.ndarray:
    path = folder / "sold.csv"
    path.write_text(ROWS)
    parser = argparse.ArgumentParser()
    add_reader_arguments(parser)
    return read_series(str(path), parser.parse_args(arguments)).column("sold")


def test_one_of_several_series_or_their_sum(tmp_path: Path) -> None:
    days = np.arange(1.0, 29.0)
    np.testing.assert_array_equal(sold(tmp_path), days + 100)
    np.testing.assert_array_equal(sold(tmp_path, "--series", "shop=2"), days + 200)
    np.testing.assert_array_equal(sold(tmp_path, "--combine", "sum"), 2 * days + 300)
    np.testing.assert_array_equal(sold(tmp_path, "--combine", "mean"), days + 150)


def test_all_rows_are_one_series_where_that_is_said(tmp_path: Path) -> None:
    behind = "day,shop,sold\n" + "".join(
        f"2024-{1 + i // 12 * 3:02d}-{1 + i % 12:02d},{i // 12},{i}\n" for i in range(24)
    )
    path = tmp_path / "behind.csv"
    path.write_text(behind)
    parser = argparse.ArgumentParser()
    add_reader_arguments(parser)
    assert len(read_series(str(path), parser.parse_args([]))) == 12
    assert len(read_series(str(path), parser.parse_args(["--series", "all"]))) == 24


def test_a_series_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LiquidError, match=r"shop='3'.*'1', '2'"):
        sold(tmp_path, "--series", "shop=3")
    with pytest.raises(LiquidError, match="'town'"):
        sold(tmp_path, "--series", "town=3")
    with pytest.raises(SystemExit):
        sold(tmp_path, "--series", "shop")
