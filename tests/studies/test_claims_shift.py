"""What is said of a shift: levels, ratios and growth of planted errors, and a stored result that holds them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from liquid.engine.base import never
from liquid.errors import LiquidError
from liquid.studies.claims import shift
from liquid.studies.claims.measure import Budget, Measured
from liquid.studies.claims.shift_report import BLIND_LIQUID, BLIND_LSTM, LIQUID, LSTM, TIMED, Shifted
from liquid.studies.claims.study import load
from liquid.studies.statistics import by_uncertainty

LEVELS = (0.0, 0.2, 0.8)


def planted(slope: float) -> Shifted:
    """Errors that differ by the network's start: Liquid's 1.2 times the LSTM's, at 0.8 another `slope` times."""
    starts = np.exp(np.random.default_rng(0).normal(0, 0.3, 6))
    theirs = {level: (1 + level) * starts for level in LEVELS}
    close = np.exp(np.random.default_rng(1).normal(0, 0.01, (3, 6)))
    ours = {level: 1.2 * theirs[level] * noise for level, noise in zip(LEVELS, close, strict=True)}
    ours[0.8] = ours[0.8] * slope
    return Shifted("noise", "Lorenz", 0.2, {LIQUID: ours, LSTM: theirs})


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        (0.8, "Liquid loses less than the LSTM"),
        (1.25, "The LSTM loses less than Liquid"),
        (1.0, "Which of the two loses more is not decided"),
    ],
)
def test_a_planted_growth_is_found_and_none_is_not(slope: float, words: str) -> None:
    found = planted(slope)
    assert found.growth(LSTM, 0.8).mean == pytest.approx(slope, rel=0.02)
    assert found.against(LSTM, 0.2).low < 1.2 < found.against(LSTM, 0.2).high
    assert found.sentence.startswith(f"{words}: on Lorenz, Liquid's error is **")


def test_a_curve_is_the_geometric_mean_over_networks() -> None:
    (_, at_home, _) = planted(1.0).curve(LSTM)
    errors = planted(1.0).errors[LSTM][0.2]
    assert at_home.mean == pytest.approx(math.exp(np.log(errors).mean()))
    assert at_home.low < at_home.mean < at_home.high


@pytest.mark.parametrize("task", shift.TASKS)
def test_the_stored_errors_by_level_are_those_that_the_claims_were_judged_by(task: str) -> None:
    found = load()
    noise, dropped = (Shifted.of(found, kind, task) for kind in ("noise", "dropped"))
    assert noise.levels == tuple(sorted({*shift.NOISES, shift.TRAIN_NOISE}))
    assert dropped.levels == (0.0, *shift.DROPS)
    numbers = {check.text: check.value.mean for check in found["robustness"].checks}
    for seen, levels, words in ((noise, shift.NOISES, "other noise"), (dropped, shift.DROPS, "dropped samples")):
        several = math.exp(np.mean([math.log(seen.growth(LSTM, level).mean) for level in levels]))
        said = numbers[f"Growth of the error under {words}, Liquid's over LSTM's, {task}"]
        assert several == pytest.approx(said, rel=1e-4)
    uneven = Shifted.of(found, "uneven", task)
    assert uneven.levels == shift.MISSED
    assert uneven.rivals == (TIMED, BLIND_LSTM, BLIND_LIQUID)
    checks = [check for check in found["irregular"].checks if check.condition == task]
    told = next(check for check in checks if "as an input" in check.quantity)
    assert uneven.against(TIMED, shift.MISSING).mean == pytest.approx(told.value.mean, rel=1e-4)
    assert f"**{by_uncertainty(told.value)} times**" in uneven.sentence


def test_a_result_without_errors_by_level_says_how_to_make_them() -> None:
    old = {name: replace(one, picture={}) for name, one in load().items()}
    for found in (old, {}):
        with pytest.raises(LiquidError, match="claims --only robustness"):
            Shifted.of(found, "noise", "Lorenz")


def test_a_measurement_keeps_every_network_at_every_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "pick", lambda self, full, quick: {250: 2, 400: 2, 3000: 900}.get(quick, 2))
    for measure, kinds, models in (
        (shift.robustness, {"noise": 5, "dropped": 4}, 2),
        (shift.irregular, {"uneven": 4}, 4),
    ):
        *_, found = measure(Budget(full=False), never)
        assert isinstance(found, Measured)
        assert tuple(found.picture["columns"]) == shift.COLUMNS
        rows = found.picture["rows"]
        for kind, levels in kinds.items():
            mine = [tuple(row[:6]) for row in rows if row[1] == kind]
            assert len(mine) == len(set(mine)) == len(shift.TASKS) * models * levels * 2
        assert all(error > 0 for *_, error in rows)
