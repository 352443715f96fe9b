"""A column's worth: what a made series has put into it, measured on values that no training saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from liquid.__main__ import main
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series.series import Series, from_columns
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import Interval
from liquid.studies.worth.report import answer, worth_table
from liquid.studies.worth.study import Worth, worth

CONFIG = TrainConfig(model="Echo state", members=1, state_size=4, horizon=3, inputs=("rain",), ahead=("promo",))


# y[t] = 3 promo[t] + noise: without the column its spread, sqrt(0.16 * 9 + 1), is left; with it 1
def sales(length: int = 600) -> Series:
    rng = np.random.default_rng(0)
    promo = (rng.random(length) < 0.2).astype(np.float64)
    sold = 3 * promo + rng.normal(size=length)
    return from_columns({"sold": sold, "promo": promo, "rain": rng.normal(size=length)}, "sales")


def finished(series: Series, config: TrainConfig) -> Run:
    return next(event for event in run(series, config) if isinstance(event, Run))


def test_a_promotion_is_worth_its_variance_and_noise_nothing() -> None:
    series = sales()
    forecaster = finished(series, CONFIG).forecaster
    *progress, found = worth(series, forecaster)
    assert isinstance(found, Worth)
    assert all(isinstance(event, StudyProgress) for event in progress)
    assert found.columns == ("rain", "promo")
    assert found.ahead == (False, True)
    rain, promo = found.ratios
    assert promo.low < np.sqrt(0.16 * 9 + 1) < promo.high
    assert promo.low > 1
    assert rain.low < 1 < rain.high
    assert promo.value == pytest.approx(found.without[1] / found.rmse)
    assert answer(found).startswith("Without 'promo' the error over 3 steps ahead is 1.")
    assert answer(found).endswith(f"no difference can be told for 'rain' ({Interval(*rain):.2f}).")
    assert list(worth_table(found)["read ahead"]) == ["no", "yes"]  # type: ignore[call-overload]
    # nothing of the test part has a say
    test = forecaster.prepared.split.test.start
    values = series.values.copy()
    values[test:, 0] += 100
    again = replace(series, values=values)
    *_, same = worth(again, finished(again, CONFIG).forecaster)
    assert isinstance(same, Worth)
    np.testing.assert_array_equal(same.without, found.without)


def test_it_stops_and_refuses_a_model_that_reads_its_target_alone() -> None:
    series = sales(200)
    forecaster = finished(series, CONFIG).forecaster
    assert not [event for event in worth(series, forecaster, lambda: True) if isinstance(event, Worth)]
    alone = finished(series, replace(CONFIG, inputs=(), ahead=())).forecaster
    with pytest.raises(LiquidError, match="reads its target alone"):
        next(worth(series, alone))


def test_the_command_prints_the_table_and_its_sentence(
    tmp_path: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(str(tmp_path))
    options = ["--model", "Echo state", "--members", "1", "--state-size", "3", "--ahead", "calendar: month"]
    assert main(["worth", "co2", *options, "--csv", "worth.csv"]) == 0
    out = capsys.readouterr().out
    assert "calendar: month" in out
    assert "RMSE without it" in out
    assert main(["worth", "co2"]) == 2
    assert "--ahead" in capsys.readouterr().err
    assert main(["worth", "co2", "--ahead", "calendar: holidays XX"]) == 2
    assert "'XX'" in capsys.readouterr().err
    assert main(["train", "co2", "--model", "Persistence", "--ahead", "calendar: month"]) == 2
    assert "Persistence has no --ahead" in capsys.readouterr().err
