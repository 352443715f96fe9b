"""A comparison with other models comes back with its run, and one from anybody is checked."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from saved_run import HOSTILE, trained, walk, with_changed
from test_saved_run import same

from liquid.errors import LiquidError
from liquid.learning.comparison import RmseRatio
from liquid.learning.run import Run
from liquid.runs.format import from_files, made_again, to_files
from liquid.runs.studies import STUDIES, Studies
from liquid.studies.compare.study import Comparison, LeftOut, Rival

NO_RATIO = RmseRatio(np.nan, np.nan, np.nan)


@pytest.fixture(scope="module")
def run() -> Run:
    return trained(walk(), model="Linear AR")


@pytest.fixture(scope="module")
def studies(run: Run) -> Studies:
    points = np.linspace(0, 1, len(run.report.stamps))
    rivals = (
        Rival(
            "GRU",
            points,
            np.ones(3),
            np.array([0.1, 0.2, 0.3]),
            RmseRatio(0.9, 0.8, 1.1),
            RmseRatio(0.7, 0.6, 0.8),
            40,
            1.5,
        ),
        Rival("Theta", -points, np.zeros(3), np.zeros(3), NO_RATIO, NO_RATIO, 2, 0.1, "It diverged."),
    )
    return Studies(compared=Comparison("Linear AR", rivals, (LeftOut("Seasonal AR", HOSTILE),), True))


def test_it_comes_back_as_it_was(run: Run, studies: Studies) -> None:
    files = to_files(run, studies)
    again, found = from_files(files)
    same(found, studies)
    assert to_files(again, found) == files == made_again(files)
    (sentence,) = found.sentences
    assert "RMSE of Linear AR 1 to 3 steps ahead over that of GRU 0.700" in sentence


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rivals", 0, "model"), "Linear AR"),
        (("rivals", 0, "model"), "Theta"),
        (("rivals", 0, "model"), "Transformer"),
        (("rivals", 0, "one_step"), [1.0]),
        (("rivals", 0, "ahead"), [1.0, 2.0]),
        (("rivals", 0, "rmse"), [-1.0, 1.0, 1.0]),
        (("rivals", 0, "first"), {"value": 0.5, "low": 0.6, "high": 0.7}),
        (("rivals", 0, "whole"), None),
        (("rivals", 0, "parameters"), -1),
        (("left_out", 0, "model"), "GRU"),
        (("left_out", 0, "reason"), 3),
        (("rivals",), {}),
    ],
)
def test_what_cannot_be_one_is_refused(run: Run, studies: Studies, path: tuple[Any, ...], value: object) -> None:
    files = to_files(run, studies)
    changed = with_changed(json.loads(files[STUDIES]), ("compared", *path), value)
    with pytest.raises(LiquidError):
        from_files({**files, STUDIES: changed})


def test_a_run_from_before_there_were_comparisons_opens(run: Run) -> None:
    files = {**to_files(run), STUDIES: b'{"noise": [], "effect": null}'}
    assert not from_files(files)[1]
