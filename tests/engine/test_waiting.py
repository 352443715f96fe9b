"""Who waits for a worker sees the place in the queue and how long it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import work
from streamlit.testing.v1 import AppTest
from test_engine import ended, wait

from liquid.engine import LocalEngine, Task
from pages.shared import job as question
from pages.shared import sessions

ROOT = Path(__file__).resolve().parents[2]


def said(page: AppTest) -> str:
    return " ".join(bar.proto.text for bar in page.get("progress"))


def test_the_train_page_tells_the_place_and_the_time(flag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = LocalEngine(workers=1)
    monkeypatch.setattr(sessions, "engine", lambda: engine)
    first = engine.submit(Task(work.holding, (str(flag), 40.0)), "another")
    wait(lambda: first.events)
    second = engine.submit(Task(work.until, (str(flag),)), "a third")
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    page.query_params.update({"steps": "50", "members": "1"})
    page.run()
    page.switch_page("pages/train/page.py").run()
    page.button(key="train").click().run()
    assert said(page).startswith("Waiting for a free worker: number 2 in the queue, about ")
    page.button(key="train").click().run()  # which keeps the keyboard's focus, and starts no second one
    assert said(page).startswith("Waiting for a free worker: number 2 in the queue, about ")
    second.stop()
    page.run()
    assert said(page).startswith("Waiting for a free worker: next in the queue, about 4")
    page.button(key="stop").click().run()
    assert said(page) == ""
    flag.touch()
    assert ended(first).state == "done"
    engine.close()


def test_a_study_tells_the_same(flag: Path) -> None:
    engine = LocalEngine(workers=1)
    first = engine.submit(Task(work.holding, (str(flag), 40.0)), "another")
    wait(lambda: first.events)
    share, words = question._progress(engine.submit(Task(work.until, (str(flag),)), "a study's"))
    assert share == 0
    assert words.startswith("Waiting for a free worker: next in the queue, about 4")
    flag.touch()
    assert ended(first).state == "done"
    engine.close()
