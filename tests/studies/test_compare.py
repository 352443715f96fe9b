"""Several models beside one: closed forms, the same numbers as the single training, and nothing that failed scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
import pytest
from scipy.signal import lfilter

from liquid.charts.compare import ForecastLine, forecast_lines
from liquid.charts.style import LIGHT, model_line
from liquid.errors import LiquidError
from liquid.learning.comparison import evenly, rmse_ratio
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.models.registry import MODELS
from liquid.series.series import Series, from_columns
from liquid.studies import trained as in_a_study
from liquid.studies.compare.report import answer, over_horizon, own, ranked, remarks, step_table, table
from liquid.studies.compare.study import STOPPED, Comparison, beside, compare
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import simultaneous
from liquid.studies.verdict import HOLDS

SMALL = TrainConfig(members=1, steps=6, window=12, batch=8, state_size=4, horizon=3)


def waves(length: int = 240, **columns: Any) -> Series:
    noise = np.random.default_rng(0).normal(size=length)
    return from_columns({"wave": np.sin(np.arange(length) / 4) + 0.2 * noise, **columns}, "waves", season=25)


def trained(series: Series, config: TrainConfig) -> Run:
    return next(event for event in run(series, config) if isinstance(event, Run))


def found(chosen: Run, *models: str) -> Comparison:
    *progress, result = compare(chosen, models)
    assert all(isinstance(event, StudyProgress) for event in progress)
    assert isinstance(result, Comparison)
    return result


@pytest.fixture(scope="module")
def liquid() -> Run:
    return trained(waves(), SMALL)


def test_on_an_autoregression_the_ratios_are_those_of_the_closed_form() -> None:
    """y_t = phi y_(t-1) + e_t: variance of the h-step error (1 - phi^2h) / (1 - phi^2), of persistence 2 (1 - phi^h)
    / (1 - phi^2); so one step ahead the ratio is sqrt((1 + phi) / 2)."""
    phi = 0.8
    noise = np.random.default_rng(0).normal(size=6_000)
    series = from_columns({"y": np.asarray(lfilter([1.0], [1.0, -phi], noise))}, "AR(1)")
    chosen = trained(series, TrainConfig(model="Linear AR", horizon=4))
    (still,) = found(chosen, "Persistence").rivals
    h = np.arange(1, 5)
    np.testing.assert_allclose(still.rmse, np.sqrt(2 * (1 - phi**h) / (1 - phi**2)), rtol=0.06)
    assert still.first.low < np.sqrt((1 + phi) / 2) < still.first.high
    expected = np.sqrt(np.mean((1 - phi ** (2 * h)) / 2) / np.mean(1 - phi**h))
    assert still.whole.low < expected < still.whole.high
    assert answer([still], "Linear AR").verdict == HOLDS
    assert over_horizon(still) == pytest.approx(np.sqrt(np.mean(still.rmse**2)))


def test_each_is_what_the_single_training_is(liquid: Run) -> None:
    result = found(liquid, "GRU", "Linear AR")
    for rival in result.rivals:
        alone = trained(liquid.series, beside(SMALL, rival.model))
        np.testing.assert_array_equal(rival.one_step, alone.report.one_step)
        np.testing.assert_array_equal(rival.ahead, alone.forecast.mean)
        np.testing.assert_array_equal(rival.rmse, alone.report.rows[0].horizon_rmse)
        np.testing.assert_array_equal(alone.report.stamps, liquid.report.stamps)
        at = np.searchsorted(liquid.series.stamps(), alone.report.stamps)
        errors = (evenly(at, one.report.one_step - one.report.truth) for one in (liquid, alone))
        assert rival.first == rmse_ratio(*errors, level=0.975)  # two intervals that hold together
        assert rival.whole.value == pytest.approx(over_horizon(own(liquid)) / over_horizon(rival))
        assert not rival.whole.has_interval or rival.whole.low <= rival.whole.value <= rival.whole.high
    swapped = next(one for one in found(trained(liquid.series, beside(SMALL, "GRU")), "Liquid", "Linear AR").rivals)
    forth, back = result.rivals[0].first, swapped.first
    np.testing.assert_allclose(forth, [1 / back.value, 1 / back.high, 1 / back.low])


@pytest.mark.parametrize("own", MODELS)
@pytest.mark.parametrize("other", MODELS)
def test_settings_are_the_chosen_ones_as_far_as_there_are_such(own: str, other: str) -> None:
    chosen = TrainConfig(
        model=own, horizon=5, target="y", inputs=("x",), seed=3, window=32, steps=50, state_size=8, learning_rate=0.5
    )
    config = beside(chosen, other)
    assert (config.model, config.horizon, config.target, config.learning_rate) == (other, 5, "y", None)
    both, usual = MODELS[own].settings & MODELS[other].settings, TrainConfig(model=other)
    for name in MODELS[other].settings - {"learning_rate"}:
        assert getattr(config, name) == getattr(chosen if name in both else usual, name)


def test_time_counts_only_where_it_can() -> None:
    chosen = replace(SMALL, timespans=True)
    assert beside(chosen, "CfC").timespans == ("timespans" in MODELS["CfC"].settings)
    assert not beside(chosen, "Linear AR").timespans


def test_a_model_that_fails_is_listed_with_its_reason_and_has_no_score(
    liquid: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = in_a_study.train

    def some_fail(series: Series, config: TrainConfig, stop: Any) -> Iterator[Any]:
        if config.model == "GRU":
            raise LiquidError("Training diverged: lower the rate.")
        for event in real(series, config, stop):
            if config.model == "LSTM" and isinstance(event, in_a_study.Finished):
                next(event.forecaster.model.readout.parameters()).data.fill_(np.nan)
            yield event

    monkeypatch.setattr(in_a_study, "train", some_fail)
    result = found(liquid, "GRU", "Persistence", "LSTM")
    assert [rival.model for rival in result.rivals] == ["Persistence"]
    assert [one.model for one in result.left_out] == ["GRU", "LSTM"]
    assert "GRU has no score: Training diverged: lower the rate." in remarks(result)[0]
    assert "not finite" in remarks(result)[1]
    assert "GRU" not in str(answer(result.rivals, "Liquid"))
    assert result.level == 0.95  # only what was compared counts
    assert list(table(result, liquid)["model"]) == [one.model for one in ranked(result, liquid)]


def test_a_season_that_is_not_there_is_a_reason(liquid: Run) -> None:
    without = trained(replace(waves(), season=None, values=np.random.default_rng(1).normal(size=(240, 1))), SMALL)
    result = found(without, "Seasonal naive")
    assert not result.rivals
    assert "season" in result.left_out[0].reason


def test_who_asks_for_one_more_has_that_one_trained_and_all_compared_as_if_at_once(
    liquid: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = ("Persistence", "Echo state", "Linear AR")
    first = found(liquid, *models[:2])
    at_once = found(liquid, *models)
    real, trainings = in_a_study.train, []

    def counted(series: Series, config: TrainConfig, stop: Any) -> Iterator[Any]:
        trainings.append(config.model)
        yield from real(series, config, stop)

    monkeypatch.setattr(in_a_study, "train", counted)
    *_, more = compare(liquid, models, first)
    assert isinstance(more, Comparison)
    assert trainings == ["Linear AR"]
    for one, other in zip(more.rivals, at_once.rivals, strict=True):
        assert (one.model, one.first, one.whole) == (other.model, other.first, other.whole)  # of the new level, too
        np.testing.assert_array_equal(one.ahead, other.ahead)
    *_, fewer = compare(liquid, models[1:], more)
    assert isinstance(fewer, Comparison)
    assert [one.model for one in fewer.rivals] == ["Echo state", "Linear AR"]
    assert trainings == ["Linear AR"]


def test_forecasts_that_are_the_same_are_called_so(liquid: Run) -> None:
    rival = replace(own(liquid), model="LSTM")
    (alone, two) = (str(answer(rivals, "Liquid")) for rivals in ([rival], [rival, replace(rival, model="GRU")]))
    assert "1 to 3 steps ahead, the RMSE of Liquid is the same as that of LSTM. " in alone
    assert "is the same as that of LSTM, the best of the 2 others." in two


def test_stop_keeps_what_is_finished(liquid: Run) -> None:
    stop = Event()
    events = []
    for event in compare(liquid, ("Persistence", "LSTM", "GRU"), stop=stop.is_set):
        events.append(event)
        if isinstance(event, StudyProgress) and event.doing == "LSTM, model 2 of 3: step 2 of 6":
            stop.set()
    assert isinstance(result := events[-1], Comparison)
    assert [rival.model for rival in result.rivals] == ["Persistence"]
    assert [(one.model, one.reason) for one in result.left_out] == [("LSTM", STOPPED), ("GRU", STOPPED)]
    assert not any(isinstance(one, Comparison) for one in compare(liquid, ("LSTM",), stop=lambda: True))


def test_progress_says_which_model_of_how_many_and_only_grows(liquid: Run) -> None:
    *progress, _ = compare(liquid, ("LSTM", "Persistence"))
    shares = [event.done / event.total for event in progress if isinstance(event, StudyProgress)]
    assert shares == sorted(shares)
    assert any(event.doing == "LSTM, model 1 of 2: step 6 of 6" for event in progress)
    assert any("Persistence, model 2 of 2" in event.doing for event in progress)


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ((), "choose one at least"),
        (("Liquid",), "leave it out"),
        (("LSTM", "LSTM"), "twice"),
        (("Transformer",), "choose one of Liquid, LSTM"),
    ],
)
def test_what_cannot_be_compared_is_told(liquid: Run, models: tuple[str, ...], said: str) -> None:
    with pytest.raises(LiquidError, match=said):
        next(compare(liquid, models))


def test_further_columns_are_read_by_who_can() -> None:
    series = waves(other=np.cos(np.arange(240) / 4))
    result = found(trained(series, replace(SMALL, inputs=("other",))), "GRU", "Persistence")
    gru, still = (beside(replace(SMALL, inputs=("other",)), rival.model) for rival in result.rivals)
    assert (gru.inputs, still.inputs) == (("other",), ())


def test_intervals_hold_together() -> None:
    """All of them miss their truth at most as often as one of 95 % would: white errors with a known ratio of 1."""
    rng, count, missed = np.random.default_rng(0), 5, 0
    for _ in range(300):
        own, *others = rng.normal(size=(1 + count, 120))
        ratios = [rmse_ratio(own, other, level=simultaneous(count)) for other in others]
        missed += any(not one.low <= 1 <= one.high for one in ratios)
    assert missed / 300 < 0.08


def test_the_pictures_and_tables_hold_every_model(liquid: Run) -> None:
    result = found(liquid, "Persistence", "Linear AR")
    rows = ranked(result, liquid)
    assert [over_horizon(row) for row in rows] == sorted(over_horizon(row) for row in rows)
    stamps, ahead = liquid.report.stamps, liquid.forecast.stamps
    lines = [
        ForecastLine(row.model, model_line(row.model, LIGHT), stamps, row.one_step, ahead, row.ahead) for row in rows
    ]
    figure = forecast_lines(liquid.series, lines, LIGHT, "Forecasts")
    names = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert names == ["truth", *(row.model for row in rows)]
    columns = step_table(result, liquid)
    assert all(len(np.asarray(values)) == SMALL.horizon for values in columns.values())
    np.testing.assert_array_equal(columns["forecast, Liquid"], liquid.forecast.mean)
