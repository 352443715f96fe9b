"""What is said of a shift: levels, ratios and growth of planted errors, and a stored result that holds them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from liquid.engine.base import never
from liquid.errors import LiquidError
from liquid.models.network import count, size_for
from liquid.studies.claims import networks, robust, shift, uneven
from liquid.studies.claims.measure import Budget, Measure, Measured
from liquid.studies.claims.networks import WORDS
from liquid.studies.claims.robust import CFC, LIQUID, LSTM
from liquid.studies.claims.shift_report import Networks, Shifted
from liquid.studies.claims.study import load
from liquid.studies.claims.uneven import BLIND_LIQUID, BLIND_LSTM, TIMED
from liquid.studies.statistics import by_uncertainty

LEVELS = (0.0, 0.2, 0.8)


def planted(slope: float) -> Shifted:
    """Errors that differ by the network's start: Liquid's 1.2 times the LSTM's, at 0.8 another `slope` times."""
    starts = np.exp(np.random.default_rng(0).normal(0, 0.3, 6))
    theirs = {level: (1 + level) * starts for level in LEVELS}
    close = np.exp(np.random.default_rng(1).normal(0, 0.01, (3, 6)))
    ours = {level: 1.2 * theirs[level] * noise for level, noise in zip(LEVELS, close, strict=True)}
    ours[0.8] = ours[0.8] * slope
    return Shifted("noise", "Lorenz", "Adam", 0.2, {LIQUID: ours, LSTM: theirs})


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
    assert found.sentence.startswith(f"{words}: on Lorenz (Adam), Liquid's error is **")


def test_a_curve_is_the_geometric_mean_over_networks() -> None:
    (_, at_home, _) = planted(1.0).curve(LSTM)
    errors = planted(1.0).errors[LSTM][0.2]
    assert at_home.mean == pytest.approx(math.exp(np.log(errors).mean()))
    assert at_home.low < at_home.mean < at_home.high


@pytest.mark.parametrize("task", shift.TASKS)
@pytest.mark.parametrize("training", WORDS.values())
def test_the_stored_errors_by_level_are_those_that_the_claims_were_judged_by(training: str, task: str) -> None:
    found = load()
    noise, dropped, uneven_ones = (
        Shifted.of(Networks.of(found, kind), kind, task, training) for kind in ("noise", "dropped", "uneven")
    )
    assert noise.levels == tuple(sorted({*robust.NOISES, shift.TRAIN_NOISE}))
    assert dropped.levels == (0.0, *robust.DROPS)
    numbers = {check.text: check.value.mean for check in found["robustness"].checks}
    for seen, levels, words in ((noise, robust.NOISES, "other noise"), (dropped, robust.DROPS, "dropped samples")):
        several = math.exp(np.mean([math.log(seen.growth(LSTM, level).mean) for level in levels]))
        said = numbers[f"Growth of the error under {words}, Liquid's over LSTM's, {task}, {training}"]
        assert several == pytest.approx(said, rel=1e-4)
    assert uneven_ones.levels == uneven.MISSED
    assert uneven_ones.rivals == (TIMED, BLIND_LSTM, BLIND_LIQUID)
    checks = [check for check in found["irregular"].checks if (check.condition, check.training) == (task, training)]
    told = next(check for check in checks if "as an input" in check.quantity)
    assert uneven_ones.against(TIMED, shift.MISSING).mean == pytest.approx(told.value.mean, rel=1e-4)
    assert f"**{by_uncertainty(told.value)} times**" in uneven_ones.sentence


@pytest.mark.parametrize("task", shift.TASKS)
def test_the_cfc_of_the_literatures_claim_stands_beside_the_others_on_the_same_series(task: str) -> None:
    found = load()
    networks = Networks.of(found, "dropped")
    assert networks.claims == ("robustness", "cfc-dropped")
    for training in WORDS.values():
        dropped = Shifted.of(networks, "dropped", task, training)
        assert dropped.rivals == (LSTM, CFC)
        theirs = dropped.errors[LSTM]
        lstm = [
            row for row in found["cfc-dropped"].picture["rows"] if row[0] == task and row[2:4] == [training, "LSTM"]
        ]
        assert [row[-1] for row in lstm if row[5] == 0.5] == pytest.approx(
            list(theirs[0.5])
        )  # trained once more: alike
    other = {**found, "cfc-dropped": replace(found["cfc-dropped"], seed=1)}
    assert Networks.of(other, "dropped").claims == ("robustness",)


def test_a_result_without_errors_by_level_says_how_to_make_them() -> None:
    old = {name: replace(one, picture={}) for name, one in load().items()}
    for found in (old, {}):
        with pytest.raises(LiquidError, match="claims --only robustness"):
            Networks.of(found, "noise")


@pytest.mark.parametrize(
    ("measure", "kinds", "models", "checks"),
    [
        (robust.robustness, {"noise": 5, "dropped": 4}, 2, 8),
        (robust.cfc_dropped, {"dropped": 4}, 2, 8),
        (uneven.irregular, {"uneven": 4}, 4, 12),
    ],
)
def test_a_measurement_keeps_every_network_at_every_level_by_both_trainings(
    measure: Measure, kinds: dict[str, int], models: int, checks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    length = 1500  # the end of its training part holds a window of 64 where every second sample is missing
    monkeypatch.setattr(Budget, "pick", lambda self, full, quick: length if quick == 3000 else 2)
    *_, found = measure(Budget(full=False), never)
    assert isinstance(found, Measured)
    assert [one.training for one in found.checks] == [words for words in WORDS.values() for _ in range(checks // 2)]
    assert tuple(found.picture["columns"]) == shift.COLUMNS
    rows = found.picture["rows"]
    assert {row[1] for row in rows} == set(kinds)
    for kind, levels in kinds.items():
        mine = [tuple(row[:7]) for row in rows if row[1] == kind]
        assert len(mine) == len(set(mine)) == 2 * len(shift.TASKS) * models * levels * 2
    assert all(error > 0 for *_, error in rows)


@pytest.mark.parametrize("windows", [robust.NoisyWindows, uneven.UnevenWindows])
def test_what_chooses_the_rate_is_not_trained_on(windows: type[shift.Parts]) -> None:
    place = np.arange(1000.0)[None].repeat(2, axis=0)  # a series that tells where it is read
    data = windows(place, shift.EVEN, 0, 0.8)
    held_out = data.held_out()
    for seen in (data.whole(), *(data.draw() for _ in range(20))):
        assert float(seen.target.max()) < 800 <= float(held_out.target.min())
        assert float(seen.x.max()) < 799 <= float(held_out.x.min())  # noise is less than 1


def test_every_network_has_the_rate_that_does_best_on_what_is_held_out() -> None:
    series = shift.CleanSeries.of("Lorenz", 2, 900, seed=0)
    model = networks.lstm(2, 4, seed=0)

    def chosen(*rates: float) -> networks.Chosen:
        data = robust.NoisyWindows(series.train, shift.EVEN, 0, shift.TRAINED)
        *_, last = networks.fit_chosen(model, data, networks.Better(12, rates), longest_span=1.0, stop=never)
        assert isinstance(last, networks.Chosen)
        return last

    both, alone = chosen(1e-6, 0.1), chosen(0.1)
    assert both.rates == (0.1, 0.1)
    for one, two in zip(both.model.parameters(), alone.model.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-4)


def test_models_have_about_equal_parameters() -> None:
    assert size_for("CfC", count("LSTM", shift.HIDDEN)) == shift.SIZES["CfC"]
    counts = [count(model, size) for model, size in shift.SIZES.items()]
    assert max(counts) / min(counts) < 1.05
