"""A look back comes back with its run, and one from anybody is checked."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from saved_run import trained, walk, with_changed
from test_saved_run import same

from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.runs.format import from_files, made_again, to_files
from liquid.runs.studies import STUDIES, Studies
from liquid.studies.backtest.study import Backtest, BacktestConfig, backtest


@pytest.fixture(scope="module")
def run() -> Run:
    return trained(walk(), model="Linear AR", inputs=("beside",))


@pytest.fixture(scope="module")
def studies(run: Run) -> Studies:
    how = BacktestConfig(cutoffs=3, retrain=False)
    found = next(one for one in backtest(run.series, run.config, how) if isinstance(one, Backtest))
    found.rmse[1, 0] = found.held[1, 0] = found.baselines["Persistence"][1, 0] = np.nan  # no truth was known there
    return Studies(backtest=found)


def test_it_comes_back_as_it_was(run: Run, studies: Studies) -> None:
    files = to_files(run, studies)
    again, found = from_files(files)
    same(found, studies)
    assert found.backtest is not None
    assert found.backtest.config == BacktestConfig(cutoffs=3, retrain=False)
    assert to_files(again, found) == files == made_again(files)
    (sentence,) = found.sentences
    assert sentence.startswith("From 3 cutoffs, trained before the first and only run forward, Linear AR makes")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("retrained",), "maybe"),
        (("rows",), [100, 101]),
        (("rows",), [100, 100, 101]),
        (("rows", 2), 118),
        (("rows", 0), 0),
        (("origins",), [5, 5, 5, 5]),
        (("origins", 0), 10**6),
        (("rmse", 0), [1.0]),
        (("rmse", 0, 0), -1.0),
        (("rmse",), [[1.0, 1.0, 1.0]]),
        (("held", 0, 0), 1.5),
        (("mean", 0, 0), None),
        (("low", 0, 0), 1e9),
        (("baselines",), []),
        (("baselines", 0, "name"), "Linear AR"),
        (("baselines", 0, "name"), "Seasonal naive"),
        (("baselines", 0, "name"), "<script>"),
        (("baselines", 0, "rmse"), [[1.0]]),
    ],
)
def test_what_cannot_be_one_is_refused(run: Run, studies: Studies, path: tuple[Any, ...], value: object) -> None:
    files = to_files(run, studies)
    changed = with_changed(json.loads(files[STUDIES]), ("backtest", *path), value)
    with pytest.raises(LiquidError, match=STUDIES):
        from_files({**files, STUDIES: changed})
