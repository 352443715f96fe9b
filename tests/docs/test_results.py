"""Every generated table in the docs is what its script writes from the stored result."""

from __future__ import annotations

import json

from benchmarks import (
    RESULTS,
    addresses,
    band,
    early_stop,
    forecast_table,
    fresh_draws,
    largest,
    memory,
    power,
    scan_cases,
    task_table,
    training_curves,
    trainings,
    two_cores,
)
from benchmarks.docs_tables import DOCS, between
from liquid.studies import stored
from liquid.studies.benchmark.report import markdown
from liquid.studies.benchmark.stored import load


def test_the_forecast_table() -> None:
    results = json.loads(forecast_table.RESULT.read_text(encoding="utf-8"))
    assert between(DOCS / "forecast.md", "forecast-table") == forecast_table.table(results)


def test_the_band() -> None:
    results = stored.load(band.NAME, RESULTS)
    assert between(DOCS / "band.md", "band-table") == "\n".join(band.table(results))
    assert between(DOCS / "band.md", "band-rates") == "\n".join(band.rates(results))


def test_the_scan_against_the_plain_loop() -> None:
    assert between(DOCS / "scan.md", "scan") == "\n".join(scan_cases.table(stored.load("scan_cases", RESULTS)))


def test_what_was_tried_on_a_server() -> None:
    for script, page, name in (
        (addresses, addresses.SECURITY, "addresses"),
        (largest, largest.RECIPES, "largest"),
        (memory, memory.RECIPES, "memory"),
    ):
        assert between(page, name) == script.table(stored.load(name, RESULTS)).rstrip("\n")


def test_the_benchmark() -> None:
    assert between(DOCS / "benchmark.md", "benchmark") == markdown(load())


def test_the_benchmarks_plan() -> None:
    for mark, lines in power.tables(stored.load(power.NAME, RESULTS)).items():
        assert between(power.PAGE, mark) == "\n".join(lines)


def test_the_tasks_of_the_benchmark() -> None:
    assert between(task_table.PAGE, task_table.MARK) == "\n".join(task_table.lines(load()))


def test_the_trainings() -> None:
    expected = trainings.tables(stored.load(trainings.NAME, RESULTS))
    assert between(DOCS / "training.md", trainings.NAME) == "\n".join(expected)
    expected = trainings.finish_table(stored.load(trainings.NAME, RESULTS))
    assert between(DOCS / "finish.md", "finish") == "\n".join(expected)


def test_the_fresh_draws() -> None:
    expected = fresh_draws.table(stored.load(fresh_draws.NAME, RESULTS))
    assert between(fresh_draws.PAGE, fresh_draws.NAME) == "\n".join(expected)


def test_the_early_stop_and_two_cores() -> None:
    for script in (early_stop, two_cores):
        expected = script.table(stored.load(script.NAME, RESULTS))
        assert between(script.PAGE, script.NAME) == "\n".join(expected)


def test_the_curves_of_training() -> None:
    expected = training_curves.table(stored.load(training_curves.NAME, RESULTS))
    assert between(DOCS / "training.md", training_curves.NAME) == "\n".join(expected)
    assert training_curves.PICTURE.is_file()
