"""What studies found about a run comes back with it, and a file of them from anybody is checked like the rest."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from saved_run import trained, walk, with_changed
from test_saved_run import same

from benchmarks.training_effect import liquid_layer, read_by
from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.runs.archive import pack, unpack
from liquid.runs.format import from_files, to_files
from liquid.runs.measured import METRICS, SERIES
from liquid.runs.model import CONFIG, SCALING
from liquid.runs.studies import MOST_RESPONSES, STUDIES, Studies
from liquid.studies.noise.study import NoiseConfig, measured_response
from liquid.studies.solver_effect.study import EXACT, SolverEffect, solver_effect

ASKED = NoiseConfig(level=0.8, phi=0.5, pairs=20)
SPIKED = NoiseConfig(level=-3.0, place="spike", pairs=20, warm_up=5)


@pytest.fixture(scope="module")
def run() -> Run:
    return trained(walk(60), members=1)


@pytest.fixture(scope="module")
def studies(run: Run) -> Studies:
    forecaster = run.forecaster
    layer, signal = liquid_layer(forecaster.model), read_by(forecaster.prepared, forecaster.prepared.channels)
    found = Studies(effect=next(e for e in solver_effect(forecaster) if isinstance(e, SolverEffect)))
    for config in (ASKED, SPIKED):
        found = found.with_response(config, measured_response(layer, signal, config, np.ones(layer.state_size)))
    return found


@pytest.fixture(scope="module")
def whole(run: Run, studies: Studies) -> dict[str, bytes]:
    return to_files(run, studies)


def without_paths(studies: Studies) -> Studies:
    none = np.empty((0, 4))
    return replace(studies, noise=tuple((c, replace(r, path_clean=none, path_treated=none)) for c, r in studies.noise))


def test_studies_come_back_as_they_were(run: Run, studies: Studies, whole: dict[str, bytes]) -> None:
    again, found = from_files(unpack(pack(whole, "title"))[0])
    same(found, without_paths(studies))
    assert to_files(again, found) == whole
    assert found.sentences == studies.sentences
    assert len(studies.sentences) == 3


def test_a_run_without_studies_is_as_it_always_was(run: Run) -> None:
    files = to_files(run, Studies())
    assert files == to_files(run)
    assert not from_files(files)[1]


def test_the_newest_questions_are_kept_each_once(studies: Studies) -> None:
    response = studies.noise[0][1]
    found = Studies()
    for seed in (*range(MOST_RESPONSES + 2), 5):
        found = found.with_response(NoiseConfig(seed=seed), response)
    assert [config.seed for config, _ in found.noise] == [2, 3, 4, 6, 7, 8, 9, 5]
    assert found.response(NoiseConfig(seed=7)) is response
    assert found.response(NoiseConfig(seed=1)) is None


def test_studies_of_another_kind_of_run_are_told(whole: dict[str, bytes]) -> None:
    for others, sentence in (
        ({"model": "LSTM"}, "needs a Liquid model with even samples"),
        ({"timespans": True}, "needs a Liquid model with even samples"),
        ({"solver": "rk4"}, "'noise' must be empty"),
        ({"state_size": 5}, "'clean' must be a list of 5 numbers"),
        ({"unfolds": 2}, "'variants' must be the way of the training first"),
    ):
        files = to_files(trained(walk(60), members=1, **others))
        with pytest.raises(LiquidError, match=sentence):
            from_files({**files, STUDIES: whole[STUDIES]})


NOISE, SPIKE, EFFECT = ("noise", 0), ("noise", 1), ("effect",)
DAMAGE: dict[str, tuple[tuple[str | int, ...], Any]] = {
    "a question twice": (("noise", 1), None),
    "questions without end": (("noise",), [{}] * 9),
    "a setting of no kind": ((*NOISE, "config", "colour"), "pink"),
    "a level of no number": ((*NOISE, "config", "level"), float("nan")),
    "a level that cannot be": ((*NOISE, "config", "level"), 99),
    "columns that would be a key": ((*NOISE, "config", "columns"), [[1]]),
    "columns that are a number": ((*NOISE, "config", "columns"), 5),
    "half a pair": ((*NOISE, "config", "pairs"), 20.5),
    "a place with markup": ((*NOISE, "config", "place"), "<script>"),
    "a time constant below nothing": ((*NOISE, "clean", 0), -1.0),
    "a time constant of nothing": ((*NOISE, "clean", 0), 0),
    "a time constant without end": ((*NOISE, "clean", 0), 1e308),
    "a theory whose square is too large": ((*NOISE, "theory", 0), 1e200),
    "a change without a number": ((*NOISE, "change", "mean", 0), None),
    "a change outside of its interval": ((*NOISE, "change", "high", 0), -1e9),
    "a chance above one": ((*NOISE, "change", "p", 0), 1.5),
    "a chance below none": ((*NOISE, "change", "p", 0), -0.5),
    "a spread below none": ((*NOISE, "spread_treated", 0), -1e-9),
    "a theory of a spike": ((*SPIKE, "theory"), [0.0] * 4),
    "an interval of two": ((*NOISE, "percent"), [1, 2]),
    "an interval inside out": ((*NOISE, "weighted_percent"), [0.0, 1.0, -1.0]),
    "points without end": ((*EFFECT, "points"), 10**9),
    "variants without end": ((*EFFECT, "variants"), [{}] * 21),
    "a solver of no kind": ((*EFFECT, "variants", 1, "solver"), "magic"),
    "a solver that is a list": ((*EFFECT, "variants", 1, "solver"), ["euler"]),
    "unfolds without end": ((*EFFECT, "variants", 1, "unfolds"), 10**6),
    "exact, and yet in steps": ((*EFFECT, "variants", -1, "unfolds"), 1),
    "nothing exact": ((*EFFECT, "variants", -1, "solver"), "euler"),
    "an error below none": ((*EFFECT, "variants", 0, "rmse"), -1.0),
    "another way first": ((*EFFECT, "variants", 0, "solver"), "rk4"),
}


@pytest.mark.parametrize(("path", "value"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_studies_are_told(whole: dict[str, bytes], path: tuple[Any, ...], value: Any) -> None:
    document = json.loads(whole[STUDIES])
    changed = with_changed(document, path, copy.deepcopy(document["noise"][0]) if path == SPIKE else value)
    with pytest.raises(LiquidError, match=STUDIES) as told:
        from_files({**whole, STUDIES: changed})
    assert len(str(told.value)) < 900


def test_a_solver_that_ran_away_is_kept_as_such(whole: dict[str, bytes], studies: Studies, run: Run) -> None:
    assert studies.effect is not None
    first, *others, exact = studies.effect.variants
    assert exact.solver == EXACT
    away = replace(others[0], rmse=np.inf, ratio=np.nan, low=np.nan, high=np.nan, moved=np.inf)
    wild = replace(studies, effect=replace(studies.effect, variants=(first, away, *others[1:], exact)))
    same(from_files(to_files(run, wild))[1], without_paths(wild))


@pytest.mark.parametrize("name", [STUDIES, CONFIG, SCALING, METRICS, SERIES])
def test_a_document_without_end_is_refused_before_it_is_read(whole: dict[str, bytes], name: str) -> None:
    with pytest.raises(LiquidError, match="more than 4 MB"):
        from_files({**whole, name: whole[name] + b" " * 4_000_001})
