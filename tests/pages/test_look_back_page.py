"""The tab that looks back: asked for, kept with the run, saved with it and shown by its link."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from test_runs import THINE, checked, links_in, pressed, said_on, store, trained, visit

from liquid.engine import Task
from liquid.learning.run import Run
from liquid.studies.backtest.study import Backtest, BacktestConfig, backtest
from pages.train import look_back

__all__ = ["store"]  # a fixture for every test
TAB, ONCE = "Look back", BacktestConfig(cutoffs=3, retrain=False)
FOUND = "From 3 cutoffs, trained before the first and only run forward, Liquid makes"


@pytest.fixture(scope="module")
def own() -> Run:
    return trained("own")


@pytest.fixture(scope="module")
def found(own: Run) -> Backtest:
    return next(one for one in backtest(own.series, own.config, ONCE) if isinstance(one, Backtest))


def test_what_was_found_is_shown_kept_saved_and_opened(
    own: Run, found: Backtest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_back, "run_job", lambda *about, **others: found)
    app = checked(visit(shown=own, results=TAB, v="2", cutoffs="3", look_back_trained="once"))
    kept_for, kept = app.session_state["studies"]
    assert (kept_for, kept.backtest) == (own, found)
    monkeypatch.setattr(look_back, "run_job", lambda *about, **others: pytest.fail("it is known"))
    app = checked(app.run())
    assert FOUND in said_on(app)
    assert f"over {found.rival}" in app.dataframe[0].value
    assert "a look back" in said_on(app)
    (link,) = links_in(pressed(app, "share_save"))
    asked: list[Task] = []
    monkeypatch.setattr(look_back, "run_job", lambda key, subject, task, **others: asked.append(task()))
    app = visit(token=THINE, run=dict(parse_qsl(urlsplit(link).query))["run"])
    app.session_state["results"] = TAB
    assert FOUND in said_on(checked(app.run()))  # though the controls say otherwise
    assert (asked[-1].function, asked[-1].arguments[2]) == (backtest, BacktestConfig())
