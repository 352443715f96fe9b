"""The tables of the speed scripts, from made-up times: a script that fails here would fail after all measurements."""

from __future__ import annotations

import argparse

import pytest
import torch

from benchmarks import gpu, growth, scan
from benchmarks.scan import Spread

SHAPES = [(32, 128, 32), (1, 199, 8)]
FOUND = {shape: {"Liquid": Spread(0.002, 0.001, 0.003), "LSTM": Spread(0.004, 0.004, 0.004)} for shape in SHAPES}


def test_a_table_says_how_many_times_as_long_the_others_take() -> None:
    head, _, first, *_, mean = scan.table(FOUND | {(1, 1, 1): {**FOUND[SHAPES[0]], "compiled": Spread(0.02, 0, 0)}}, 9)
    assert head == "| batch, time, state | Liquid, ms | LSTM | compiled |"
    assert first == "| 32, 128, 32 | 2 (1 to 3) | 2 x | not in 9 s |"
    assert mean == "| geometric mean of the first four | | 2 x | 10 x (1 of them) |"


def test_the_ceiling_is_the_lstms_time_without_its_recurrence() -> None:
    found = {shape: times | {"no recurrence": Spread(0.001, 0, 0)} for shape, times in FOUND.items()}
    assert "nn.LSTM takes 4 times as long" in scan.ceiling(found)


def test_the_gpu_report_is_made_without_a_gpu() -> None:
    first, _, head, _, *rows = gpu.report(FOUND, {torch.float32: 2e-6, torch.float64: 4e-15}, "some card")
    assert "some card" in first
    assert "2e-06 in float32 and 4e-15 in float64" in first
    assert head == "| batch, time, state | Liquid, ms | LSTM |"
    assert len(rows) == len(SHAPES)


def test_the_first_round_is_not_counted_and_one_alone_is_refused() -> None:
    now = iter([0.0, 9.0, 9.0, 10.0, 10.0, 12.0])
    (spread,) = scan.measure({"one": lambda: None}, 3, lambda: next(now)).values()
    assert (spread.median, spread.low, spread.high) == (1.5, 1.25, 1.75)
    assert scan.two_or_more("2") == 2
    with pytest.raises(argparse.ArgumentTypeError, match="1 is too few"):
        scan.two_or_more("1")


def test_a_step_that_fits_into_what_was_held_reads_less_than_one() -> None:
    assert [growth.mebibytes(size) for size in (0.0, 0.9, 24.2)] == ["< 1", "< 1", "24"]
