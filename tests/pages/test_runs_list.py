"""The Runs page with many runs: searched, sorted, a page at a time, and two of them side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_runs import HOSTILE, MINE, SMALL, checked, visit

from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.runs.format import to_files
from liquid.runs.store import Store
from liquid.runs.summary import read_summary
from liquid.series.series import from_columns
from pages.runs.listing import AT_ONCE
from pages.shared import saved_runs


def trained(name: str, seed: int = 0, **others: object) -> Run:
    waves = np.sin(np.arange(80) / 4) + 0.1 * np.random.default_rng(seed).normal(size=80)
    events = run(from_columns({name: waves}, name), TrainConfig(**{**SMALL, **others}))
    return next(event for event in events if isinstance(event, Run))


@pytest.fixture(scope="module")
def files() -> dict[str, dict[str, bytes]]:
    """A Liquid run, an autoregression of the same series, persistence of another one."""
    runs = {
        "liquid": trained(HOSTILE),
        "linear": trained(HOSTILE, model="Linear AR"),
        "still": trained("harbour", seed=1, model="Persistence"),
    }
    return {name: to_files(one) for name, one in runs.items()}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, dict[str, bytes]]) -> Store:
    url = f"sqlite:///{tmp_path / 'runs.sqlite3'}"
    monkeypatch.setenv("LIQUID_DATABASE_URL", url)
    saved_runs._opened_store.clear()
    opened = Store.open(url)
    for name, title in (("liquid", f"beta {HOSTILE}"), ("linear", "Alpha"), ("still", "gamma")):
        opened.save(files[name], title, MINE)
    return opened


def listed(app: AppTest) -> list[str]:
    """The first words of every run's label."""
    labels = [expander.label for expander in app.expander if "side by side" not in expander.label]
    return [label.split()[0].rstrip(",") for label in labels]


def test_runs_are_sorted_and_searched_by_what_they_are_of(store: Store, files: dict[str, dict[str, bytes]]) -> None:
    nrmse = {name: read_summary(content).nrmse for name, content in files.items()}
    lowest = {"liquid": "beta", "linear": "Alpha", "still": "gamma"}[min(nrmse, key=lambda name: nrmse[name] or 0.0)]
    app = visit("runs")
    assert listed(app) == ["gamma", "Alpha", "beta"]  # the newest first
    assert len(app.get("image")) == 3
    for order, first in (("title", "Alpha"), ("error", lowest), ("largest", "beta")):
        app.session_state["order"] = order
        assert listed(checked(app.run()))[0] == first
    app.session_state["order"] = "title"
    for words, found in (
        ("persistence", ["gamma"]),  # the model
        ("HARBOUR gam", ["gamma"]),  # the series, and the title
        ("stranger", ["Alpha", "beta"]),
        ("nothing like it", []),
    ):
        app = checked(app.text_input(key="find").set_value(words).run())
        assert listed(app) == found
    assert not [text.value for text in (*app.markdown, *app.caption) if "](" in text.value]


def test_a_link_carries_search_and_order(store: Store) -> None:
    assert listed(visit("runs", order="title", v="2")) == ["Alpha", "beta", "gamma"]
    assert listed(visit("runs", find="alpha", v="2")) == ["Alpha"]


def test_many_runs_come_a_page_at_a_time(store: Store, files: dict[str, dict[str, bytes]]) -> None:
    for number in range(AT_ONCE):
        store.save(files["still"], f"more-{number:02d}", MINE)
    app = visit("runs", order="title", v="2")
    first = listed(app)
    assert len(first) == AT_ONCE
    app.session_state["page"] = 2
    second = listed(checked(app.run()))
    assert len(second) == 3
    assert sorted(first + second, key=str.casefold) == first + second
    app = checked(app.text_input(key="find").set_value("gamma").run())
    assert listed(app) == ["gamma"]  # on its only page


def test_two_runs_stand_side_by_side(store: Store) -> None:
    app = visit("runs")
    app.session_state["beside"] = True
    app = checked(app.run())
    gamma, alpha, beta = app.multiselect(key="two_runs").options
    app = checked(app.multiselect(key="two_runs").set_value([beta, alpha]).run())
    said = " ".join(text.value for text in app.markdown)
    assert "steps ahead, A's RMSE is" in said
    assert "stranger.example/x.png)" not in said  # escaped
    assert len(app.get("plotly_chart")) == 1
    errors, settings = (table.value for table in app.dataframe)
    assert dict(zip(settings["setting"], settings["B"], strict=True))["model"] == "Linear AR"
    assert list(errors.columns) == ["measure", "A", "B"]
    app = checked(app.multiselect(key="two_runs").set_value([beta, gamma]).run())
    assert "They forecast different columns" in " ".join(text.value for text in app.markdown)
    assert not app.get("plotly_chart")
    (other,) = (saved for saved in store.runs(MINE) if saved.title == "gamma")
    store.delete(other.id, MINE)
    app = checked(app.run())
    assert app.multiselect(key="two_runs").value == [beta]


def test_a_run_that_cannot_be_read_is_listed_without_more(store: Store, files: dict[str, dict[str, bytes]]) -> None:
    store.save({**files["still"], "metrics.json": b"{", "forecast.csv": b"\xff"}, "damaged", MINE)
    app = visit("runs")
    assert listed(app)[0] == "damaged"
    app.session_state["order"] = "error"
    assert listed(checked(app.run()))[-1] == "damaged"
