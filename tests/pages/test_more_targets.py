"""Further targets on the Train page: asked for, trained with Train, shown small, opened as the page's own result."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_links import opened

from liquid.learning.run import Run
from liquid.series.export import to_csv

NAME = "**promo** [x](https://example.org)"


def rows(*others: tuple[str, np.ndarray[Any, Any]]) -> bytes:
    noise = np.random.default_rng(0).normal(size=(240, 3))
    columns = {"a": np.sin(np.arange(240) / 4) + 0.1 * noise[:, 0], NAME: noise[:, 1].cumsum(), "c": noise[:, 2]}
    return to_csv(columns | dict(others)).encode()


def settled(app: AppTest) -> AppTest:
    """When no job is active any more."""
    for _ in range(200):
        further = app.session_state["targets"].job if "targets" in app.session_state else None
        if not any(job is not None and job.active for job in (app.session_state["training"].job, further)):
            break
        time.sleep(0.05)
    assert not app.exception
    return app.run()


def pictures(app: AppTest) -> list[str]:
    return [button.key for button in app.button if str(button.key).startswith("target_open_")]


@pytest.fixture
def app() -> AppTest:
    app = opened("train", source="Upload", model="Echo state", members="1")
    app.file_uploader(key="file").upload("several.csv", rows(), "text/csv").run()
    app.multiselect(key="targets-own").set_value([NAME, "c"]).run()
    return app


def test_train_trains_all_of_them_and_what_is_done_is_not_done_again(app: AppTest) -> None:
    assert not pictures(app)  # nothing is trained before it is asked for
    app = settled(app.button(key="train").click().run())
    assert len(pictures(app)) == 2
    said = " ".join(text.value for text in app.markdown)
    assert "**promo**" not in said
    (table,) = (frame.value for frame in app.dataframe if "target" in frame.value)
    assert list(table["target"]) == ["a", NAME, "c"]
    first = app.session_state["target_runs"]
    app = app.button(key="train").click().run()
    assert "targets" not in app.session_state  # the same settings: only the shown one is trained again
    app = settled(app)
    assert app.session_state["target_runs"] == first
    app.number_input(key="horizon").set_value(3).run()
    assert len(pictures(app)) == 2  # of the settings that the page warns of
    app = settled(app.button(key="train").click().run())
    assert {len(one.forecast.mean) for one in app.session_state["target_runs"].values()} == {3, 12}
    assert len(pictures(app)) == 2


def test_a_further_target_is_opened_with_its_settings_and_comes_back(app: AppTest) -> None:
    app = settled(app.button(key="train").click().run())
    main: Any = app.session_state["run"]
    app = app.button(key="target_open_0").click().run()
    assert not app.exception
    shown: Any = app.session_state["run"]
    assert isinstance(shown, Run)
    assert shown.config.target == NAME
    assert app.selectbox(key="target-own").value == NAME
    assert app.multiselect(key="targets-own").value == ["a", "c"]
    assert not any("earlier settings" in warning.value for warning in app.warning)
    assert len(pictures(app)) == 2  # nothing was trained again
    app = app.button(key="target_open_0").click().run()
    assert app.session_state["run"] is main


def test_one_more_is_trained_by_its_own_button_and_one_that_cannot_be_says_why(app: AppTest) -> None:
    still = np.where(np.arange(240) < 200, 1.0, 2.0)
    app.file_uploader(key="file").upload("more.csv", rows(("still", still)), "text/csv").run()
    app = settled(app.button(key="train").click().run())
    app.multiselect(key="targets-own").set_value([NAME, "c", "still"]).run()
    assert len(pictures(app)) == 2
    app = settled(app.button(key="targets_ask").click().run())
    assert any("'still' has no forecast" in warning.value.replace("\\", "") for warning in app.warning)
    assert len(pictures(app)) == 2
    assert "targets_ask" not in [button.key for button in app.button]
    app.multiselect(key="targets-own").set_value(["still"]).run()
    assert any("'still' has no forecast" in warning.value.replace("\\", "") for warning in app.warning)
