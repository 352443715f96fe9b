"""The verdict: about the horizon that was asked for, then the first step; and what it says of each outcome."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import nan

from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED
from liquid.learning.comparison import TOO_FEW, RmseRatio
from liquid.learning.metrics import Metrics
from liquid.learning.verdict import FIRST_STEP_ALONE, Row, answer, first_step

BETTER, WORSE, OPEN, ALIKE = (0.6, 0.5, 0.7), (1.2, 1.1, 1.3), (0.95, 0.8, 1.1), (0.9998, 0.9996, 0.9999)
NO_ERROR, SHORT = (nan, nan, nan), (0.7, nan, nan)
Ends = tuple[float, float, float]


def row(name: str, rmse: float, ahead: float, ratio: Ends, over: Ends | None, steps: int = 12) -> Row:
    known = None if over is None else RmseRatio(*over)
    return Row(name, Metrics(rmse, 0, 0, 0), np.full(steps, ahead), RmseRatio(*ratio), known)


def rows(over: Ends | None, first: Ends = OPEN, steps: int = 12) -> tuple[Row, ...]:
    """AR is the best baseline over the horizon, Naive one step ahead."""
    return (
        row("Liquid", 0.5, 0.4, (1, 1, 1), (1, 1, 1), steps),
        row("Naive", 0.6, 1.1, first, (0.1, 0.1, 0.1), steps),
        row("AR", 0.7, 1.0, (0.1, 0.1, 0.1), over, steps),
    )


@pytest.mark.parametrize(
    ("over", "first", "verdict"),
    [
        (BETTER, BETTER, HOLDS),
        (BETTER, OPEN, HOLDS),
        (BETTER, ALIKE, HOLDS),
        (BETTER, SHORT, HOLDS),
        (BETTER, WORSE, IN_PART),
        (BETTER, NO_ERROR, IN_PART),
        (WORSE, BETTER, IN_PART),
        (ALIKE, BETTER, IN_PART),
        (WORSE, OPEN, DOES_NOT_HOLD),
        (WORSE, WORSE, DOES_NOT_HOLD),
        (ALIKE, ALIKE, DOES_NOT_HOLD),
        (NO_ERROR, WORSE, DOES_NOT_HOLD),
        (OPEN, BETTER, NOT_DECIDED),
        (OPEN, WORSE, NOT_DECIDED),
        (SHORT, BETTER, NOT_DECIDED),
    ],
)
def test_the_horizon_decides_and_the_first_step_may_take_half_of_it_back(over: Ends, first: Ends, verdict: str) -> None:
    assert answer(rows(over, first)).verdict == verdict


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        (BETTER, "Yes: over the next 12 steps, Liquid's error is 40 % below that of the best baseline, AR."),
        (WORSE, "No: over the next 12 steps, Liquid's error is 20 % above that of the best baseline, AR."),
        ((3.21, 2.9, 3.6), "No: over the next 12 steps, Liquid's error is 3.21 times that of the best baseline, AR."),
        ((0.002, 0.001, 0.003), "Yes: over the next 12 steps, Liquid's error is 0.002 times that of the best baseline"),
        ((0.998, 0.997, 0.999), "Yes: over the next 12 steps, Liquid's error is 0.2 % below that of"),
        (
            OPEN,
            "Not decided: over the next 12 steps, Liquid's error is 5 % below that of the best baseline, AR; that may",
        ),
        (
            ALIKE,
            "No: over the next 12 steps, Liquid's error differs from that of the best baseline, AR, by less",
        ),
        (NO_ERROR, "No: AR makes no error on the test part; over the next 12 steps, Liquid's error is 0.4."),
        (SHORT, "Not decided: over the next 12 steps, Liquid's error is 30 % below that of the best baseline, AR; "),
    ],
)
def test_what_is_said_of_the_horizon(over: Ends, sentence: str) -> None:
    told = answer(rows(over))
    assert told.sentence.startswith(sentence)
    assert told.markdown.count("**") == 4
    assert (TOO_FEW in told.sentence) == (over == SHORT)


@pytest.mark.parametrize(
    ("first", "sentence"),
    [
        (BETTER, "One step ahead it is 40 % below that of Naive."),
        (WORSE, "One step ahead it is 20 % above that of Naive."),
        (OPEN, "One step ahead it is 5 % below that of Naive; that may be chance."),
        (ALIKE, "One step ahead, it and Naive make the same error."),
        (NO_ERROR, "One step ahead, Naive makes no error."),
        (SHORT, f"One step ahead it is 30 % below that of Naive; {TOO_FEW}."),
    ],
)
def test_what_is_said_of_the_first_step(first: Ends, sentence: str) -> None:
    assert first_step(rows(WORSE, first)) == sentence


def test_intervals_are_folded_away() -> None:
    told = answer(rows(BETTER, WORSE))
    assert told.fold.startswith("RMSE over the next 12 steps: 0.6 times AR's, 95 % interval 0.5 to 0.7.")
    assert "One step ahead: 1.2 times Naive's, 95 % interval 1.1 to 1.3." in told.fold
    assert "interval" not in told.sentence


def test_a_horizon_of_one_step_is_told_once() -> None:
    table = (row("Liquid", 0.5, 0.5, (1, 1, 1), (1, 1, 1), 1), row("AR", 0.7, 0.7, WORSE, WORSE, 1))
    told = answer(table)
    assert told.sentence == "No: one step ahead, Liquid's error is 20 % above that of the best baseline, AR."
    assert "One step ahead" not in told.fold
    assert first_step(table) == ""


def test_a_run_from_before_is_judged_on_its_first_step_and_says_so() -> None:
    old = rows(None, WORSE)
    assert answer(old).sentence == "No: one step ahead, Liquid's error is 20 % above that of the best baseline, Naive."
    assert first_step(old) == FIRST_STEP_ALONE
