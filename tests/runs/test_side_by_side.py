"""Two saved runs beside each other, and what a list says of a run without opening it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from saved_run import HOSTILE, trained, walk

from liquid.charts.sparkline import EDGE, HEIGHT, WIDTH, sparkline
from liquid.charts.style import DARK, LIGHT
from liquid.errors import LiquidError
from liquid.learning.comparison import evenly, rmse_ratio
from liquid.learning.run import Run
from liquid.runs.beside import beside, error_table, ratio_sentence
from liquid.runs.format import from_files, to_files
from liquid.runs.measured import FORECAST, METRICS
from liquid.runs.model import CONFIG
from liquid.runs.summary import DOCUMENTS, SHOWN, read_summary, small_picture

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def run() -> Run:
    return trained(walk())


@pytest.fixture(scope="module")
def other() -> Run:
    return trained(walk(), model="Linear AR", horizon=5)


def lines_of(svg: str) -> list[np.ndarray]:
    """The points of every line, all that the picture holds."""
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert {child.tag for child in root.iter()} <= {f"{SVG}svg", f"{SVG}polyline"}
    return [np.array([[float(n) for n in pair.split(",")] for pair in line.get("points", "").split()]) for line in root]


def test_settings_that_differ_and_no_others(run: Run, other: Run) -> None:
    assert beside(run, run).settings == ()
    found = {name: (a, b) for name, a, b in beside(run, other).settings}
    assert found["model"] == ("Liquid", "Linear AR")
    assert found["horizon"] == ("3", "5")
    assert found["members"] == ("2", "none")  # what a model does not have
    longer = trained(walk(), state_size=5, learning_rate=0.02)
    assert beside(run, longer).settings == (("state_size", "4", "5"), ("learning_rate", "0.03", "0.02"))


def test_of_one_series_the_ratio_is_that_of_the_paired_errors(run: Run, other: Run) -> None:
    found = beside(run, other)
    assert found.apart == ""
    assert found.common == run.report.points
    at = np.searchsorted(run.series.stamps(), run.report.stamps)
    errors = (evenly(at, one.report.one_step - one.report.truth) for one in (run, other))
    assert found.first == rmse_ratio(*errors)
    assert found.whole is not None
    assert f"and one step ahead {found.first.value:.3f}" in ratio_sentence(found)
    assert ratio_sentence(found).startswith(f"1 to 3 steps ahead, A's RMSE is {found.whole.value:.3f}")
    assert beside(run, run).first == beside(run, run).whole == (1.0, 1.0, 1.0)


def test_over_the_steps_that_both_forecast_the_ratio_is_that_of_the_report(run: Run, other: Run) -> None:
    """Of one horizon, a model beside a baseline is what the verdict has measured of the two."""
    still, moving = (trained(walk(), model=model, horizon=5) for model in ("Persistence", "Linear AR"))
    expected = next(row.horizon_ratio for row in still.report.rows if row.name == "Linear AR")
    found = beside(still, moving)
    assert found.steps == 5
    np.testing.assert_allclose(found.whole, expected, rtol=1e-9)
    far = beside(run, other)
    assert far.steps == 3  # the shorter of both
    own = run.forecaster.prepared
    origins, truth = own.reaching(own.split.test)
    errors = [one.forecaster.predict(origins)[:, :3] - truth for one in (run, other)]
    np.testing.assert_allclose(far.whole, rmse_ratio(*errors), rtol=1e-9)
    one = beside(*(trained(walk(), model=model, horizon=1) for model in ("Persistence", "Linear AR")))
    assert one.whole == one.first
    assert ratio_sentence(one).startswith("One step ahead, A's RMSE is")


def test_a_run_from_its_files_is_the_same_run(run: Run, other: Run) -> None:
    again, _ = from_files(to_files(run))
    assert beside(again, run).apart == ""
    assert beside(again, run).settings == (("target", HOSTILE, HOSTILE),) or beside(again, run).settings == ()
    assert beside(again, other).first == beside(run, other).first
    np.testing.assert_allclose(beside(again, other).whole, beside(run, other).whole)


def test_what_is_not_of_one_series_has_settings_and_errors_only(run: Run) -> None:
    later = replace(walk(), time=walk().time + 1.0)
    for one, why in (
        (trained(later), "different series"),
        (trained(walk(119)), "different series"),
        (trained(walk(), target="beside"), "different columns"),
    ):
        found = beside(run, one)
        assert why in found.apart
        assert found.first is found.whole is None
        assert ratio_sentence(found) == found.apart
        table = error_table(run, one)
        assert len({len(np.asarray(column)) for column in table.values()}) == 1


def test_a_summary_says_what_the_run_is(run: Run) -> None:
    files = to_files(run)
    found = read_summary({name: files[name] for name in DOCUMENTS})
    assert (found.model, found.nrmse) == ("Liquid", run.report.rows[0].one_step.nrmse)
    assert found.target == run.forecaster.prepared.names[0]
    for damaged in ({}, {**files, METRICS: b"{}"}, {**files, CONFIG: b'{"model": "Transformer"}'}):
        with pytest.raises(LiquidError):
            read_summary(damaged)


def test_the_small_picture_is_the_end_of_the_forecast(run: Run) -> None:
    files = to_files(run)
    truth, forecast, ahead = lines_of(small_picture(files[FORECAST], "Liquid", LIGHT))
    shown = min(SHOWN, run.report.points)
    assert (len(truth), len(forecast), len(ahead)) == (shown, shown + 1, run.config.horizon)
    assert ahead[-1, 0] == WIDTH - EDGE
    values = np.concatenate([run.report.truth[-shown:], run.report.one_step[-shown:], run.forecast.mean])
    scale = (HEIGHT - 2 * EDGE) / np.ptp(values)
    np.testing.assert_allclose(truth[:, 1], EDGE + (values.max() - run.report.truth[-shown:]) * scale, atol=0.051)
    np.testing.assert_allclose(ahead[:, 1], EDGE + (values.max() - run.forecast.mean) * scale, atol=0.051)
    assert DARK.ink in small_picture(files[FORECAST], "Liquid", DARK)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"time,part,step,truth,forecast,low,high\n",
        b'time,part,step,truth,forecast,low,high\n1,test,1,"</svg><script>alert(1)</script>",nan,1,1\n',
        b"time,part,step,truth,forecast,low,high\n1,test,1,1e308,-1e308,1,1\n2,next,1,inf,1e308,1,1\n",
        b"a,b\n1,2\n3,4,5,6\n",
    ],
)
def test_a_picture_of_anything_holds_lines_alone(content: bytes) -> None:
    for line in lines_of(small_picture(content, "Liquid", LIGHT)):
        assert np.isfinite(line).all()


def test_a_gap_breaks_a_line() -> None:
    gap = np.array([0.0, 1.0, np.nan, 1.0, 0.0])
    assert [len(line) for line in lines_of(sparkline(gap, np.zeros(5), 1, "GRU", LIGHT))] == [2, 2, 5, 1]
