"""The article's claims: counts by hand, verdicts on planted numbers, exponents that are known, and what is stored."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from liquid.__main__ import main
from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED
from liquid.engine.base import never
from liquid.errors import LiquidError
from liquid.studies.claims import layer, networks, replication, robust, shift, solving, trained, uneven
from liquid.studies.claims.catalogue import CLAIMS, claim, of_article
from liquid.studies.claims.measure import Budget, Measured
from liquid.studies.claims.study import ClaimResult, ClaimsConfig, load, measure, save
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import Interval
from liquid.studies.verdict import Check, by_training, exact, on_training, over, ratio, share, verdict


def check(low: float, high: float, *, at_most: float = 1.0, positive_control: bool = False) -> Check:
    return Check("planted", Interval((low + high) / 2, low, high), at_most=at_most, positive_control=positive_control)


YES, NO, OPEN = check(0.2, 0.9), check(1.1, 1.5), check(0.8, 1.2)


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ([YES, YES], HOLDS),
        ([YES, NO], IN_PART),
        ([YES, NO, OPEN], IN_PART),
        ([NO, NO, OPEN], DOES_NOT_HOLD),
        ([NO], DOES_NOT_HOLD),
        ([OPEN], NOT_DECIDED),
        ([YES, OPEN], NOT_DECIDED),
        ([NO, OPEN], NOT_DECIDED),
        ([], NOT_DECIDED),
        ([check(math.nan, math.nan)], NOT_DECIDED),
        ([YES, replace(NO, positive_control=True)], NOT_DECIDED),
        ([NO, replace(YES, positive_control=True)], DOES_NOT_HOLD),
    ],
)
def test_the_rule_reaches_every_verdict_and_an_interval_over_the_edge_decides_nothing(
    checks: list[Check], expected: str
) -> None:
    assert verdict(checks) == expected


@pytest.mark.parametrize(
    ("adam", "soap", "words"),
    [
        ([YES, YES], [YES], "The verdict does not depend on the training (Adam: holds; SOAP: holds)."),
        ([YES], [NO], "The verdict depends on the training (Adam: holds; SOAP: does not hold)."),
        ([YES, NO], [NO], "The verdict depends on the training (Adam: holds in part; SOAP: does not hold)."),
        ([OPEN], [NO], "Not every training decides it (Adam: not decided; SOAP: does not hold)."),
        ([YES], [], ""),
    ],
)
def test_a_verdict_says_whether_it_depends_on_the_training(adam: list[Check], soap: list[Check], words: str) -> None:
    checks = [replace(one, training="Adam") for one in adam] + [replace(one, training="SOAP") for one in soap]
    assert on_training([*checks, NO]) == words  # a statement of no training belongs to none
    assert checks[0].text == "planted, Adam"


def test_edges_of_a_range_belong_to_it() -> None:
    assert check(0.5, 1.0).outcome == HOLDS
    assert Check("a count", exact(105), 105, 105).outcome == HOLDS
    assert Check("a count", exact(106), 105, 105).outcome == DOES_NOT_HOLD
    assert check(1.0, 1.5).outcome == NOT_DECIDED
    assert Check("at least", Interval(1.0, 0.8, 1.2), at_least=0.9).outcome == NOT_DECIDED
    assert Check("at least", Interval(1.0, 0.9, 1.2), at_least=0.9).outcome == HOLDS
    assert Check("at least", Interval(0.7, 0.6, 0.8), at_least=0.9).outcome == DOES_NOT_HOLD


def test_numbers_are_told_with_interval_unit_and_range() -> None:
    assert Check("", exact(1233)).number == "1,233"
    assert Check("", Interval(0.0204, 0.0179, 0.025), unit="%").number == "0.0204 [0.0179, 0.025] %"
    assert [Check("", exact(0), *ends).required for ends in ((2, 2), (-math.inf, 1), (1, math.inf), (0.9, 1.1))] == [
        "exactly 2",
        "at most 1",
        "at least 1",
        "0.9 to 1.1",
    ]


# 4 n (1 + n + 2) gates with two biases, n + 1 of the head; Liquid n (1 + n) + n + 2 n, n + 1 of the head
def test_parameters_by_hand() -> None:
    assert layer.liquid_parameters(8) == 8 * 9 + 8 + 16 + 9 == 105
    assert layer.lstm_parameters(8) == 4 * 8 * 11 + 9 == 361
    assert layer.lstm_parameters(16) == 4 * 16 * 19 + 17 == 1233
    (found,) = layer.parameters(Budget(full=False), never)
    assert isinstance(found, Measured)
    assert found.verdict == IN_PART
    assert [one.value.mean for one in found.checks] == [361 / 105, 105, 361]


def test_shares_and_ratios() -> None:
    assert share(0, 10).low == 0
    assert share(10, 10).low == pytest.approx(100 * 0.025 ** (1 / 10))
    planted = np.exp(np.random.default_rng(0).normal(np.log(0.5), 0.1, 30))
    found = ratio(planted, np.ones(30))
    assert found.low < 0.5 < found.high
    assert found.mean == pytest.approx(math.exp(np.log(planted).mean()))
    assert math.isnan(over([1.0]).low)


def test_starts_come_from_the_seed_alone() -> None:
    torch.manual_seed(1)
    first = networks.liquid(2, 4, seed=5)
    torch.manual_seed(2)
    again = networks.liquid(2, 4, seed=5)
    for one, two in zip(first.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)
    assert not torch.equal(first.core.network.layers[0].A[0], first.core.network.layers[0].A[1])


@pytest.mark.parametrize("seed", range(40))
def test_the_state_stays_between_0_and_a(seed: int) -> None:
    assert layer.overshoot(np.random.default_rng(seed), 1.0) <= 1e-12


def test_the_condition_of_the_bound_is_needed() -> None:
    assert max(layer.overshoot(np.random.default_rng(seed), 3.0) for seed in range(40)) > 0.01


def test_known_exponents_are_found() -> None:
    rng = np.random.default_rng(0)
    decay = solving.lyapunov(lambda x: -0.3 * x, lambda x, v: -0.3 * v, np.ones((2, 1)), 0.1, 200, 10, rng)
    np.testing.assert_allclose(decay, -0.3, rtol=1e-6)
    turning = solving.lyapunov(*solving.SINES, rng.normal(size=(2, 6)), 0.5, 1000, 50, rng)
    np.testing.assert_allclose(turning, 0, atol=5e-4)
    lorenz = solving.lyapunov(*solving.LORENZ, np.ones((16, 3)) + rng.normal(size=(16, 3)), 0.01, 5000, 1000, rng)
    assert lorenz.mean() == pytest.approx(0.906, abs=0.06)


def test_the_series_of_the_replication_are_one_a_draw_and_noise_and_the_noise_is_as_large_as_it_says() -> None:
    plan = replication.Design(draws=2, noises=(0.1, 0.2), rates=(0.01,), seed=0)
    series = plan.series()
    assert series.shape == (plan.members, replication.LENGTH) == (4, 300)
    assert np.std(series[0] - series[1]) == pytest.approx(math.hypot(0.1, 0.2), rel=0.2)
    assert np.std(series[0] - series[2]) > 0.5


def test_means_over_noises_are_taken_within_a_draw() -> None:
    plan = replication.Design(draws=2, noises=(0.1, 0.2), rates=(0.01,), seed=0)
    np.testing.assert_allclose(plan.by_draw(np.array([1.0, 4.0, 3.0, 3.0])), [2.0, 3.0])


def test_each_rate_is_judged_for_itself_and_the_one_where_the_article_is_right_comes_first() -> None:
    plan = replication.Design(draws=12, noises=(0.1,), rates=(0.001, 0.01), seed=0)
    luck = np.exp(np.random.default_rng(0).normal(0, 0.1, (3, 2, 12)))
    theirs = replication.Errors(*luck)
    factors = np.array([3.0, 0.5])[:, None]  # at the low rate three times their error, at the high one half of it
    close = np.exp(np.random.default_rng(1).normal(0, 0.05, (2, 12)))
    found = {f"LSTM-{hidden}": theirs for hidden in replication.LSTMS} | {"Linear AR": theirs}
    found["Liquid-8"] = replication.Errors(luck[0], luck[1] * factors * close, luck[2] * factors * close)
    at_low = {name: replication.Errors(one.train[:1], one.warm[:1], one.zero[:1]) for name, one in found.items()}
    checks = replication._checks(found, at_low, plan)  # by the better training as at the low rate
    assert [one.outcome for one in checks[:-1]] == [HOLDS] * 9 + [DOES_NOT_HOLD] * 18
    assert checks[0].condition == "rate 0.01"
    assert checks[0].value.mean == pytest.approx(0.5, rel=0.05)
    assert verdict(checks) == IN_PART
    assert by_training(checks) == {"Adam": IN_PART, "SOAP, readout solved": DOES_NOT_HOLD}
    why = replication._why(found, at_low, plan)
    assert why.index("at 0.01 it is") < why.index("3 right, 0 wrong") < why.index("0 right, 3 wrong")


def test_persistence_and_warm_start_are_judged_on_the_last_hundred_values() -> None:
    series = np.zeros((1, 300))
    series[0, 200:] = 2.0 * (np.arange(100) % 2)  # jumps by 2 at every test value but the first, quiet before
    found = replication._persistence(series)
    assert found.train[0] == 0
    assert found.warm[0] == pytest.approx(4 * 99 / 100)


def test_a_point_is_inside_its_cloud_or_outside() -> None:
    rng = np.random.default_rng(0)
    cloud = replication.Errors(*(10 ** rng.uniform(-3, -1, 200) for _ in range(3)))
    assert replication.inside(cloud, replication.TrainTest(0.01, 0.01))
    assert not replication.inside(cloud, replication.TrainTest(1.0, 0.01))
    low, high = replace(cloud, warm=cloud.train / 10), replace(cloud, zero=cloud.train * 10)
    apart = replication.Errors(cloud.train, low.warm * (1 + cloud.warm), high.zero * (1 + cloud.zero))
    assert not replication.inside(apart, replication.TrainTest(0.01, 0.01))  # between two clouds, in neither
    assert replication.inside(apart, replication.TrainTest(0.01, 0.1005))


def test_uneven_samples_keep_their_promises() -> None:
    kept = uneven._sampled(20_000, shift.MISSING, np.random.default_rng(0))
    gaps = np.diff(kept)
    assert 1 <= gaps.min() <= gaps.max() == uneven.LONGEST_GAP
    assert gaps.mean() == pytest.approx(uneven.MEAN_GAP, rel=0.02)
    seen, dropped = np.array([[5.0, 6, 7, 8]] * 2), np.array([[True, False, True, True], [False, True, False, True]])
    np.testing.assert_array_equal(robust._held(seen, dropped), [[5, 6, 6, 6], [5, 5, 7, 7]])


def test_every_member_has_a_draw_and_noise_of_its_own() -> None:
    task = shift.CleanSeries.of("Lorenz", 3, 600, seed=0)
    correlations = np.corrcoef(task.clean)[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 0.9
    x, truth, _ = robust.NoisyWindows(np.zeros((2, 300)), shift.EVEN, 0, trained=1.0).draw()
    assert x.shape == (2, shift.BATCH, shift.WINDOW, 1)
    assert not torch.equal(x[0], x[1])
    assert truth.shape == (2, shift.BATCH, shift.WINDOW - shift.WARM_UP, 1)  # the first samples do not count


def test_a_deficit_without_a_shift_is_no_lack_of_robustness() -> None:
    rng = np.random.default_rng(0)
    levels = {*robust.NOISES, shift.TRAIN_NOISE}
    theirs = robust.ShiftErrors(
        {sd: np.exp(rng.normal(0, 0.1, 6)) for sd in levels}, {part: np.ones(6) for part in robust.DROPS}
    )
    ours = robust.ShiftErrors(
        {sd: 1.3 * e for sd, e in theirs.noise.items()}, {part: 1.3 * 0.9 * e for part, e in theirs.dropped.items()}
    )
    pair = (robust.LIQUID, robust.LSTM)
    both = {"Lorenz": dict(zip(pair, (ours, theirs), strict=True))}
    (noisy,), (dropped,) = (robust._growth(both, "Adam", shifted, pair) for shifted in ("noise", "dropped"))
    assert noisy.value.mean == pytest.approx(1.0)
    assert noisy.outcome == DOES_NOT_HOLD
    assert dropped.value.mean == pytest.approx(0.9)
    assert dropped.outcome == HOLDS


def test_trained_layers_read_the_value_alone_and_are_independent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "pick", lambda self, full, quick: 3)
    steps, layers = [], trained.layers(Budget(full=False), 0.2, never)
    while True:
        try:
            steps.append(next(layers))
        except StopIteration as end:
            subjects = end.value
            break
    assert len(steps) == 1
    assert all(weights.input_size == 1 and weights.dt == 0.1 for weights, _ in subjects)
    assert all(signal.change_gain is None and len(signal) == trained.READ for _, signal in subjects)
    values = np.array([signal.values[:, 0] for _, signal in subjects])
    assert np.abs(np.corrcoef(values)[np.triu_indices(3, 1)]).max() < 0.9
    assert len({float(weights.inputs[0, 0]) for weights, _ in subjects}) == 3
    assert all(np.ptp(weights.tau) > 0 for weights, _ in subjects)  # they start alike: training parted them


@pytest.mark.parametrize("name", ["noise", "spike", "gate"])
def test_what_is_said_of_trained_layers_spreads_over_networks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "pick", lambda self, full, quick: {50: 20}.get(quick, 3))
    *_, found = claim(name).measure(Budget(full=False), never)
    assert isinstance(found, Measured)
    taught = [one for one in found.checks if one.condition.startswith("trained on")]
    assert len(taught) >= 1
    assert all(one.value.low < one.value.mean < one.value.high for one in taught if "Neurons" not in one.text)


def test_a_claim_measured_twice_gives_the_same_numbers() -> None:
    config = ClaimsConfig(quick=True, only=("bounded", "dt"))
    first, again = ([e for e in measure(config) if isinstance(e, ClaimResult)] for _ in range(2))
    assert [one.id for one in first] == ["bounded", "dt"]
    assert [one.checks for one in first] == [one.checks for one in again]
    other = [e for e in measure(ClaimsConfig(quick=True, only=("dt",), seed=1)) if isinstance(e, ClaimResult)]
    assert other[0].checks != first[1].checks


def test_a_measurement_can_be_stopped() -> None:
    events = list(measure(ClaimsConfig(quick=True), lambda: True))
    assert all(isinstance(event, StudyProgress) or event.id == "parameters" for event in events)
    assert len(events) < 5


def test_settings_come_back_and_mistakes_get_a_sentence() -> None:
    config = ClaimsConfig(quick=True, only=("gate",), seed=3)
    assert ClaimsConfig.from_json(config.to_json()) == config
    for wrong in ('{"only": ["luck"]}', '{"seed": -1}', '{"pace": 1}', "[]", "{"):
        with pytest.raises(LiquidError, match=r"choose one of|whole number|do not exist|JSON"):
            ClaimsConfig.from_json(wrong)
    with pytest.raises(LiquidError, match="python -m liquid claims"):
        load(Path(__file__).parent)


def test_results_come_back_from_disk(tmp_path: Path) -> None:
    results = {e.id: e for e in measure(ClaimsConfig(quick=True, only=("dt",))) if isinstance(e, ClaimResult)}
    save(results, tmp_path)
    (found,) = load(tmp_path).values()
    assert found.verdict == results["dt"].verdict
    assert [one.number for one in found.checks] == [one.number for one in results["dt"].checks]
    (tmp_path / "claims.json").write_text('{"results": [{"id": "dt"}]}')
    with pytest.raises(LiquidError, match="Build it"):
        load(tmp_path)


def test_every_claim_links_to_who_makes_it_a_part_of_the_article_or_a_paper() -> None:
    parts = {"lnns-theory", "lnns-live-code", "lnns-benchmark"}
    article = of_article(CLAIMS)
    assert {claim(name).link.removeprefix("https://soveshmohapatra.com/projects/") for name in article} == parts
    assert {claim(name).link for name in CLAIMS.keys() - article} == {"https://arxiv.org/abs/2605.27467"}
    assert {claim(name).cited for name in CLAIMS.keys() - article} == {"Literature: arXiv 2605.27467"}


def test_the_command_measures_one_claim_and_keeps_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("parameters", "dt"):
        assert main(["claims", "--quick", "--only", name, "--out", str(tmp_path)]) == 0
    assert "parameters: holds in part." in capsys.readouterr().out
    assert list(load(tmp_path)) == ["dt", "parameters"]


def test_claims_side_by_side_are_those_one_after_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("dt", "parameters")
    asked = [word for name in names for word in ("--only", name)]
    for workers in ("1", "2"):
        assert main(["claims", "--quick", *asked, "--workers", workers, "--out", str(tmp_path / workers)]) == 0
    alone, beside = (load(tmp_path / workers) for workers in ("1", "2"))
    assert [one.checks for one in alone.values()] == [one.checks for one in beside.values()]
    assert set(alone) == set(names)
    assert "2 at a time" in capsys.readouterr().err
    assert main(["claims", "--workers", "0"]) == 2
