"""The Train page's order through a training, and what it says before the first step and of a ratio."""

from __future__ import annotations

import time
from math import nan
from typing import Any

from streamlit.testing.v1 import AppTest
from test_links import opened

from liquid.engine import Job, Task
from liquid.learning.comparison import RmseRatio
from liquid.learning.config import TrainConfig
from liquid.learning.run import run
from liquid.learning.training import Compiling, Started
from pages.train import results, training


class Nobody:
    """No queue."""

    def place(self, job: Job) -> int:
        return 0

    def seconds_until(self, job: Job) -> float | None:
        return None

    def stopped(self, job: Job) -> None: ...


def test_who_waits_for_machine_code_reads_so() -> None:
    job = Job(Task(run), "me", Nobody())
    job.started()
    assert training._state((), (), job) == (0.0, "Getting ready …")
    assert training._state((Compiling(),), (), job) == (0.0, Compiling().message)
    started = Started(TrainConfig(), 100, 12, 600)
    assert training._state((Compiling(), started), (), job) == (0.0, "First steps …")


def test_a_ratio_is_shown_with_its_interval_as_far_as_there_is_one() -> None:
    whole, alone, none = RmseRatio(0.9, 0.8, 1.01), RmseRatio(0.9, nan, nan), RmseRatio(nan, nan, nan)
    assert [results._times(ratio) for ratio in (whole, alone, none)] == [
        "0.900 [0.800, 1.010]",
        "0.900 [too few errors]",
        "",
    ]
    assert results._times(None) == ""  # of a run from before it was measured


def order(app: AppTest) -> list[str]:
    """The kinds of what stands in the page's middle, from top to bottom; the one chart by its key."""

    def walk(block: Any) -> list[str]:
        if not hasattr(block, "children"):
            return ["chart" if getattr(block, "key", "") == "forecast" else block.type]
        return [kind for child in block.children.values() for kind in walk(child)]

    return walk(app.main)


def wait(app: AppTest) -> None:
    end = time.monotonic() + 120
    while app.session_state["training"].active and time.monotonic() < end:
        time.sleep(0.05)
    app.run()
    assert not app.exception


def test_the_answer_stands_above_the_one_chart_and_steps_below_it_when_settings_change() -> None:
    app = opened("train", series="nile", model="Linear AR")
    before = order(app)
    assert before.count("chart") == 1
    assert not app.header
    app.button(key="train").click().run()
    wait(app)
    after = order(app)
    assert after.count("chart") == 1
    assert after.index("header") < after.index("chart")
    run = app.session_state["run"]
    assert app.header[0].value == run.report.answer.markdown
    assert run.report.first_step in [words.value for words in app.markdown]
    assert any(run.report.answer.fold in words.value for words in app.markdown)  # folded behind it
    table = next(frame.value for frame in app.dataframe if "model" in frame.value)
    assert table["RMSE, 1 to 12 ahead"].tolist() == [row.rmse for row in run.report.rows]
    app.selectbox(key="model").set_value("Persistence").run()
    assert not app.exception
    earlier = order(app)
    assert earlier.count("chart") == 1
    assert earlier.index("chart") < earlier.index("header")
    assert any("results of earlier settings" in warning.value for warning in app.warning)
