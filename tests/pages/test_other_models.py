"""The tab with other models: asked for, kept with the run, saved with it and shown by its link."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest
from test_runs import THINE, checked, links_in, pressed, said_on, store, trained, visit

from liquid.engine import Task
from liquid.learning.run import Run
from liquid.studies.compare.study import Comparison, compare
from pages.train import other_models

__all__ = ["store"]  # a fixture for every test
TAB = "Other models"


@pytest.fixture(scope="module")
def own() -> Run:
    return trained("own")


@pytest.fixture(scope="module")
def found(own: Run) -> Comparison:
    return next(
        one for one in compare(own, ("Persistence", "Linear AR", "Seasonal naive")) if isinstance(one, Comparison)
    )


def asked(shown: Run, *models: str, **query: str) -> AppTest:
    app = visit(shown=shown, results=TAB, v="2", **query)
    app.multiselect(key="compare_with").set_value(list(models))
    return checked(app.run())


def test_the_run_is_compared_with_the_chosen_models_as_one_job(own: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks: list[Task] = []

    def waiting(key: str, subject: str, task: object, **others: object) -> None:
        tasks.append(task())  # type: ignore[operator]

    monkeypatch.setattr(other_models, "run_job", waiting)
    app = asked(own, "GRU", "Theta")
    assert tasks[-1].function is compare
    assert tasks[-1].arguments == (own, ("GRU", "Theta"), None)
    assert "Liquid" not in app.multiselect(key="compare_with").options  # it is the one that they stand beside
    visit(shown=own, results=TAB, v="2", compare_with="GRU")  # by a link
    assert tasks[-1].arguments == (own, ("GRU",), None)


def test_what_was_found_is_shown_kept_saved_and_opened(
    own: Run, found: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_models, "run_job", lambda *about, **others: found)
    app = asked(own, "Seasonal naive", "Linear AR", "Persistence")
    kept_for, kept = app.session_state["studies"]
    assert (kept_for, kept.compared) == (own, found)
    monkeypatch.setattr(other_models, "run_job", lambda *about, **others: pytest.fail("it is known"))
    app = checked(app.run())
    assert "steps ahead, the RMSE of Liquid is" in said_on(app)
    assert "Seasonal naive has no score" in " ".join(warning.value for warning in app.warning)
    assert set(app.dataframe[0].value["model"]) == {"Liquid", "Linear AR", "Persistence"}
    assert "a comparison with other models" in said_on(app)
    (link,) = links_in(pressed(app, "share_save"))
    app = visit(token=THINE, run=dict(parse_qsl(urlsplit(link).query))["run"])
    app.session_state["results"] = TAB
    assert "steps ahead, the RMSE of Liquid is" in said_on(checked(app.run()))


def test_what_was_stopped_can_be_asked_again(own: Run, found: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = Comparison(found.chosen, found.rivals, found.left_out, stopped=True)
    results = [stopped]  # of one job; then there is a button again
    calls: list[Task] = []

    def once(key: str, subject: str, task: Any, **others: object) -> Comparison | None:
        calls.append(task())
        return results.pop() if results else None

    monkeypatch.setattr(other_models, "run_job", once)
    app = asked(own, "Persistence", "Linear AR", "Seasonal naive")
    assert "steps ahead, the RMSE of Liquid is" in said_on(app)
    assert [task.arguments[-1] for task in calls] == [None, stopped]  # what is there is not trained again
