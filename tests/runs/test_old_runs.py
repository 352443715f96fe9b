"""Runs that version 0.1.0 has exported still open: their numbers, and forecasts from their weights.

Each zip is a run of 150 days, members=2, steps=20, window=12, state_size=4, horizon=3, seed=7. Never write them anew: a
format that cannot open them needs a version and a way to read the old one.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from saved_run import trained, walk

from liquid.learning.run import Run
from liquid.learning.verdict import FIRST_STEP_ALONE
from liquid.runs.archive import unpack
from liquid.runs.format import from_files, to_files
from liquid.runs.measured import CURVE, FORECAST, METRICS, RESULT, SERIES, VALUES
from liquid.runs.model import CONFIG, SCALING
from liquid.runs.studies import STUDIES, Studies
from liquid.studies.noise.study import NoiseConfig
from liquid.studies.solver_effect.study import EXACT

FOLDER = Path(__file__).with_name("format_1")
NEAR = {"rtol": 1e-4, "atol": 1e-6}  # float32 weights, on another machine

# model: RMSE one step ahead, ratio of the errors to persistence with its ends, the three next values, peak rate
MEASURED = {
    "Liquid": (0.11712389518, (0.543048845, 0.399272139, 0.700753826), (-0.195798744, 0.044914399, 0.276693811), 0.1),
    "LSTM": (0.11882163316, (0.550920464, 0.389841201, 0.716429995), (-0.227760432, 0.018570253, 0.222282218), 0.02),
    "GRU": (0.12772817031, (0.592215921, 0.435533254, 0.746792477), (-0.190888567, 0.063388949, 0.285235709), 0.03),
}


def opened(model: str) -> tuple[Run, Studies, str]:
    files, title = unpack((FOLDER / f"{model.lower()}.zip").read_bytes())
    return *from_files(files), title


@pytest.mark.parametrize("model", MEASURED)
def test_what_was_measured_is_read(model: str) -> None:
    run, _, title = opened(model)
    rmse, ratio, following, rate = MEASURED[model]
    first, persistence, seasonal, linear = run.report.rows
    assert [row.name for row in run.report.rows] == [model, "Persistence", "Seasonal naive", "Linear AR"]
    assert first.one_step.rmse == pytest.approx(rmse)
    assert persistence.ratio == pytest.approx(ratio)
    assert (persistence.one_step.rmse, seasonal.one_step.rmse) == pytest.approx((0.21567837992, 0.11666458126))
    assert linear.one_step.rmse == pytest.approx(0.12690320879)
    assert run.forecast.mean == pytest.approx(following, abs=1e-8)
    assert (run.finished.outcome, run.finished.best_step, len(run.curve)) == ("done", 20, 20)
    assert (run.config.model, run.config.members, run.config.seed, run.config.rate) == (model, 2, 7, rate)
    assert run.config.how.words == "Adam"
    assert run.config.inputs == (("beside",) if model == "Liquid" else ())
    assert title == f"{model} on wave, °C of Waves"
    series = run.series
    assert (len(series), series.time_kind, series.unit, series.season) == (150, "date", "°C", 25)
    assert series.notes[0] == "one note"
    assert series.values[:2, 0] == pytest.approx([0.20409191213851827, -0.008162543876895273], abs=1e-15)


@pytest.mark.parametrize("model", MEASURED)
def test_the_weights_still_forecast_what_they_did(model: str) -> None:
    run, *_ = opened(model)
    np.testing.assert_allclose(run.forecaster.forecast(run.series).mean, run.forecast.mean, **NEAR)
    test = run.forecaster.prepared.split.test
    one_step = run.forecaster.predict(np.arange(test.start - 1, test.stop - 1))[:, 0]
    np.testing.assert_allclose(one_step, run.report.one_step, **NEAR)


def test_what_studies_found_is_read() -> None:
    run, studies, _ = opened("Liquid")
    assert [config for config, _ in studies.noise] == [
        NoiseConfig(level=0.8, phi=0.5, pairs=20),
        NoiseConfig(level=0.4, place="burst", rate=2.0, pairs=20, seed=1),
        NoiseConfig(level=-3.0, place="spike", pairs=20, warm_up=5),
    ]
    percents = [response.percent.mean for _, response in studies.noise]
    assert percents == pytest.approx([2.7954234975, 1.4655410222, 10.3199233154])
    assert studies.effect is not None
    variants = {(one.solver, one.unfolds): one.rmse for one in studies.effect.variants}
    assert len(variants) == 9
    assert variants["euler", 2] == pytest.approx(0.1171238916)
    assert variants["rk4", 2] == pytest.approx(0.1202978251)
    assert variants[EXACT, None] == pytest.approx(0.1203007266)
    assert run.tau.tau_sys.mean() == pytest.approx(0.84390038, rel=1e-4)
    assert len(studies.sentences) == 4


@pytest.mark.parametrize("model", MEASURED)
def test_the_band_is_the_one_that_it_had(model: str) -> None:
    files, _ = unpack((FOLDER / f"{model.lower()}.zip").read_bytes())
    run, *_ = opened(model)
    kept = np.array(json.loads(files[SCALING])["half_width"])
    assert run.report.levels == (0.9,)
    np.testing.assert_array_equal(run.forecast.low, run.forecast.mean - kept)
    np.testing.assert_array_equal(run.report.within()[1], run.report.one_step + kept[0])
    assert run.report.coverage.tolist() == [json.loads(files[METRICS])["coverage"]]
    assert run.report.band_sentence.startswith(json.loads(files[METRICS])["band_sentence"])


@pytest.mark.parametrize("model", MEASURED)
def test_its_verdict_is_about_the_first_step_which_alone_was_compared(model: str) -> None:
    report = opened(model)[0].report
    assert all(row.horizon_ratio is None for row in report.rows)
    assert ": one step ahead, " in report.sentence
    assert report.first_step == FIRST_STEP_ALONE


@pytest.mark.parametrize("model", MEASURED)
def test_saved_again_nothing_of_it_is_lost(model: str) -> None:
    files, _ = unpack((FOLDER / f"{model.lower()}.zip").read_bytes())
    again = to_files(*from_files(files))
    assert again.keys() == files.keys()
    for name in (VALUES, CURVE, RESULT, FORECAST):
        assert again[name] == files[name]
    for name in (SCALING, SERIES, *([STUDIES] if STUDIES in files else [])):
        assert json.loads(again[name]).items() >= json.loads(files[name]).items()


@pytest.mark.parametrize("model", ["LSTM", "GRU"])
def test_a_model_without_time_constants_has_no_studies(model: str) -> None:
    assert not opened(model)[1]


def test_a_run_with_its_models_former_name_opens() -> None:
    done = trained(walk(), model="Liquid (article)", members=1)
    former = {
        name: content.replace(b"Liquid (article)", b"Liquid, article") if name.endswith(".json") else content
        for name, content in to_files(done).items()
    }
    assert former[CONFIG] != to_files(done)[CONFIG]
    again = from_files(former)[0]
    assert again.config == done.config
    assert [row.name for row in again.report.rows] == [row.name for row in done.report.rows]
    assert again.report.sentence == done.report.sentence
