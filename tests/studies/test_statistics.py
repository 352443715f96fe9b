"""Numbers as text, written by one rule wherever they stand."""

from __future__ import annotations

import math

import pytest

from liquid.series.words import enumerated
from liquid.studies.statistics import Interval, digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0204, "0.0204"),
        (3.4249, "3.42"),
        (1.2, "1.2"),
        (7.0, "7"),
        (-0.0, "0"),
        (1233.4, "1,233"),
        (123.4, "123"),
        (2e-7, "2e-07"),
        (math.nan, "unknown"),
        (math.inf, "infinite"),
    ],
)
def test_three_digits_count(value: float, text: str) -> None:
    assert digits(value) == text


def test_two_digits_of_a_large_share_are_not_a_power_of_ten() -> None:
    assert [digits(value, 2) for value in (0.824, 12.4, 148.0)] == ["0.82", "12", "148"]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("", "0.948 [0.917, 0.979]"),
        (".2f", "0.95 [0.92, 0.98]"),
        ("+.0f", "+1 [+1, +1]"),
        (".0e", "9e-01 [9e-01, 1e+00]"),
    ],
)
def test_an_interval_is_written_alike_everywhere(form: str, text: str) -> None:
    assert f"{Interval(0.948, 0.917, 0.979):{form}}" == text


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert f"{Interval(-0.001, -0.004, 145_352.0):,.1f}" == "0.0 [0.0, 145,352.0]"


def test_parts_of_a_sentence() -> None:
    assert [enumerated(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
