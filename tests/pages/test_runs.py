"""Save and share, a saved run by its link, and one's own runs."""

from __future__ import annotations

import csv
import io
import math
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_links import PAGE_IN_THE_APP

from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.runs.archive import MOST_BYTES, pack
from liquid.runs.format import from_files, to_files
from liquid.runs.store import Store
from liquid.runs.studies import Studies
from liquid.series import builtin
from liquid.series.series import from_columns
from liquid.studies.noise.judged import answer
from liquid.studies.noise.study import NoiseConfig, measured_response
from liquid.studies.solver_effect.study import SolverEffect, solver_effect
from pages.shared import job, saved_runs, sessions
from pages.shared.display import symbols
from pages.solver import views as solver_views
from pages.time_constant import tau
from pages.train import share
from pages.train.settings_link import settings_link

ROOT = Path(__file__).resolve().parents[2]
MINE, THINE = "m" * 43, "t" * 43
HOSTILE = "![x](https://stranger.example/x.png) :material/home: $x$ <b>"
SMALL: dict[str, Any] = {"members": 1, "steps": 50, "window": 12, "batch": 8, "state_size": 4, "horizon": 3}


def trained(kind: str) -> Run:
    if kind == "builtin":
        series, others = builtin.load("us-economy"), {"target": builtin.load("us-economy").names[1]}
    else:
        waves = np.sin(np.arange(80) / 4) + 0.1 * np.random.default_rng(0).normal(size=80)
        series, others = from_columns({HOSTILE: waves}, HOSTILE, source="mine.csv"), {"learning_rate": 0.05}
    events = run(series, TrainConfig(**SMALL, **others))
    return next(event for event in events if isinstance(event, Run))


@pytest.fixture(scope="module")
def own() -> Run:
    return trained("own")


@pytest.fixture(scope="module")
def known() -> Run:
    return trained("builtin")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'runs.sqlite3'}"
    monkeypatch.setenv("LIQUID_DATABASE_URL", url)
    saved_runs._opened_store.clear()
    opened = Store.open(url)
    yield opened
    opened.close()
    saved_runs._opened_store.clear()


def visit(
    page: str = "train",
    token: str | None = MINE,
    shown: Run | None = None,
    studies: Studies | None = None,
    **query: str,
) -> AppTest:
    """A visitor at a page, with the secret that their browser keeps, the result of a training and of its studies."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    for name, value in query.items():
        app.query_params[name] = value
    if token is not None:
        app.session_state["owner_token"] = token
    if shown is not None:
        app.session_state["run"] = shown
    if studies is not None:
        app.session_state["studies"] = (shown, studies)
    return checked(app.switch_page(f"pages/{page}/page.py").run())


def checked(app: AppTest) -> AppTest:
    assert [problem.value for problem in app.exception] == []
    return app


def links_in(app: AppTest) -> list[str]:
    return [code.value for code in app.code]


def pressed(app: AppTest, key: str) -> AppTest:
    return checked(next(button for button in app.button if button.key == key).click().run())


def keys(app: AppTest) -> set[str]:
    return {str(element.key) for element in (*app.button, *app.get("download_button"), *app.text_input) if element.key}


def saved(run_: Run) -> str:
    """Saves through the dialog; the id in its link."""
    app = pressed(visit(shown=run_), "share_save")
    (link,) = links_in(app)
    return dict(parse_qsl(urlsplit(link).query))["run"]


def test_saving_gives_a_link_without_the_secret(own: Run, store: Store) -> None:
    app = pressed(visit(shown=own), "share_save")
    (link,) = links_in(app)
    (found,) = store.runs(MINE)
    assert link.endswith(f"/train?run={found.id}")
    assert MINE not in link
    assert MINE not in str(app.query_params)
    assert "stranger" in found.title


def test_what_will_be_kept_is_said_before(own: Run) -> None:
    said = " ".join(caption.value for caption in visit(shown=own).caption)
    assert "for everyone who has the link: the 80 values of" in said


def test_a_link_opens_the_run_for_anybody_read_only(own: Run) -> None:
    app = visit(token=THINE, run=saved(own))
    assert app.header[0].value == own.report.answer.markdown
    assert len(app.get("plotly_chart")) == 2  # the forecast, and the first tab's
    assert not app.sidebar.slider
    assert "share_save" not in keys(app)
    assert not any(key.startswith(("rename", "pin", "delete")) for key in keys(app))


def test_the_owner_renames_pins_and_deletes(own: Run, store: Store) -> None:
    identity = saved(own)
    app = visit(run=identity)
    title = next(field for field in app.text_input if field.key == f"title-{identity}")
    title.set_value("Tide at the pier")
    app = pressed(app, f"rename-{identity}")
    assert store.find(identity).title == "Tide at the pier"
    assert any("Tide at the pier" in text.value for text in app.markdown)
    app = pressed(app, f"pin-{identity}")
    assert store.find(identity).pinned
    app = pressed(app, f"delete-{identity}")
    assert any("stop working" in warning.value for warning in app.warning)
    app = pressed(app, f"keep-{identity}")
    assert f"delete_sure-{identity}" not in keys(app)
    assert store.find(identity).pinned
    app = pressed(pressed(app, f"delete-{identity}"), f"delete_sure-{identity}")
    assert store.runs(MINE) == ()
    assert "no run under this link" in app.error[0].value
    app = pressed(app, "leave")
    assert "run" not in app.query_params
    assert app.sidebar.slider


def test_a_copy_has_the_runs_series_settings_and_result(own: Run, known: Run) -> None:
    for run_ in (own, known):
        app = pressed(visit(token=THINE, run=saved(run_)), "copy")
        assert "run" not in app.query_params
        assert not any("earlier settings" in warning.value for warning in app.warning)
        assert {slider.key: slider.value for slider in app.sidebar.slider}["state_size"] == 4
        assert app.header[0].value  # the result is there at once
        names = run_.forecaster.prepared.names
        assert app.selectbox(key=next(s.key for s in app.selectbox if s.label == "Target")).value == names[0]
        size = next(slider for slider in app.sidebar.slider if slider.key == "state_size")
        app = checked(size.set_value(8).run())
        assert any("earlier settings" in warning.value for warning in app.warning)


# What studies found about a run


@pytest.fixture(scope="module")
def studies(own: Run) -> Studies:
    layer, asked = tau.of_run(own), NoiseConfig()
    response = measured_response(layer.weights, layer.signal, asked, layer.readout)
    effect = next(found for found in solver_effect(own.forecaster) if isinstance(found, SolverEffect))
    return Studies(((replace(asked, level=1.0), response), (asked, response)), effect)


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("something is computed")

    monkeypatch.setattr(sessions.Session, "submit", never)


def said_on(app: AppTest) -> str:
    return " ".join(text.value for text in (*app.markdown, *app.caption, *app.info))


def test_what_studies_found_is_said_before_and_shown_by_the_link(own: Run, studies: Studies, idle: None) -> None:
    app = visit(shown=own, studies=studies)
    assert "what studies found: 2 responses to noise and the forecast with every solver" in said_on(app)
    (link,) = links_in(pressed(app, "share_save"))
    app = visit(token=THINE, run=dict(parse_qsl(urlsplit(link).query))["run"])
    assert "show what studies found: 2 responses to noise and the forecast with every solver" in said_on(app)
    assert [tab.label for tab in app.tabs][-2:] == ["Noise", "Solvers"]
    noisy = symbols(answer(studies.noise[1][1], NoiseConfig()).markdown)
    for tab, said in (("Noise", noisy), ("Solvers", studies.sentences[2])):
        app.session_state["results"] = tab
        assert said in said_on(checked(app.run()))
        assert len(app.get("plotly_chart")) == 2  # the forecast, and the study's
    app.session_state["results"] = "Noise"
    (question,) = (box for box in checked(app.run()).selectbox if box.key == "tau_question")
    assert question.options == ["noise 0.5", "noise 1"]
    assert "at noise 1," in said_on(checked(question.select("noise 1").run()))


def test_a_copy_takes_what_studies_found_to_their_pages(own: Run, studies: Studies, idle: None, store: Store) -> None:
    (link,) = links_in(pressed(visit(shown=own, studies=studies), "share_save"))
    app = pressed(visit(token=THINE, run=dict(parse_qsl(urlsplit(link).query))["run"]), "copy")
    assert [tab.label for tab in app.tabs][-2:] == ["Noise", "Solvers"]
    app.query_params["tau_layer"] = tau.YOURS
    app = checked(app.switch_page("pages/time_constant/page.py").run())
    assert symbols(answer(studies.noise[1][1], NoiseConfig()).markdown) in said_on(app)
    app.query_params["preset"] = "your training"
    app = checked(app.switch_page("pages/solver/page.py").run())
    app.session_state["solver_tab"] = "Forecast"
    assert studies.sentences[2] in said_on(checked(app.run()))
    assert "solver_effect_ask" not in keys(app)


def test_pages_keep_what_they_find_about_ones_own_run(
    own: Run, studies: Studies, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, (asked, response) = studies.noise
    monkeypatch.setattr(tau, "run_job", lambda *about, **others: response)
    monkeypatch.setattr(solver_views, "run_job", lambda *about, **others: studies.effect)
    app = visit("time_constant", shown=own)
    assert "studies" not in app.session_state  # the pretrained layer is not theirs
    app.session_state["tau_layer"] = tau.YOURS
    app = checked(app.run())
    app.session_state["preset"] = "your training"
    app = checked(app.switch_page("pages/solver/page.py").run())
    app.session_state["solver_tab"] = "Forecast"
    kept_for, kept = checked(app.run()).session_state["studies"]
    assert kept_for is own
    assert kept.noise == ((asked, response),)
    assert kept.effect is studies.effect
    app.session_state["run"] = replace(own)  # another training
    app = checked(app.switch_page("pages/train/page.py").run())
    assert "Noise" not in [tab.label for tab in app.tabs]


def test_what_is_found_later_is_saved_under_the_same_link(own: Run, studies: Studies, store: Store) -> None:
    app = visit(shown=own)
    assert (
        "other models, a look back, the Time constant page and the Solver page show about it is stored too"
        in said_on(app)
    )
    app = pressed(app, "share_save")
    (link,) = links_in(app)
    (before,) = store.runs(MINE)
    assert not from_files(store.files(before.id))[1]
    assert "share_save" not in keys(app)
    store.rename(before.id, MINE, "Tide")
    app.session_state["studies"] = (own, studies)
    app = checked(app.run())
    assert "the link does not show it yet" in said_on(app)
    app = pressed(app, "share_save")
    assert links_in(app) == [link]
    assert "share_save" not in keys(app)
    (found,) = store.runs(MINE)
    assert (found.id, found.title) == (before.id, "Tide")
    assert from_files(store.files(found.id))[1].sentences == studies.sentences
    store.delete(found.id, MINE)
    assert links_in(checked(app.run())) == []
    (other,) = links_in(pressed(app, "share_save"))
    assert other != link


@pytest.mark.parametrize("identity", ["", "nothing", "a" * 5000, "' OR 1=1", HOSTILE])
def test_a_link_to_nothing_is_told(identity: str) -> None:
    app = visit(run=identity)
    assert "no run under this link" in app.error[0].value
    assert "leave" in keys(app)


def test_settings_alone_keep_nothing_and_train_the_same(own: Run, known: Run, store: Store) -> None:
    for run_ in (own, known):
        app = visit(shown=run_)
        app = checked(next(radio for radio in app.radio if radio.key == "share_what").set_value(share.SETTINGS).run())
        (link,) = links_in(app)
        assert store.everything() == ()
        again = visit(**dict(parse_qsl(urlsplit(link).query)))
        if run_ is own:  # who opens it brings the file
            content = "\n".join([HOSTILE, *map(str, run_.series.values[:, 0])])
            again = again.file_uploader(key="file").upload("mine.csv", content.encode(), "text/csv").run()
        assert not [warning.value for warning in checked(again).warning]
        values = {element.key: element.value for element in (*again.slider, *again.number_input, *again.selectbox)}
        assert {name: values[name] for name in SMALL} == SMALL
        if run_ is known:
            assert values["series"] == "us-economy"
            assert values["target-us-economy"] == run_.config.target
        else:
            assert values["rate-Liquid"] == 0.05


def test_a_link_to_settings_chooses_the_columns_of_the_file_that_is_brought() -> None:
    wanted, other = "a, b=c&d", HOSTILE
    config = TrainConfig(**SMALL, target=wanted, inputs=(other,))
    given = parse_qs(urlsplit(settings_link(config, None, wanted)).query)
    app = AppTest.from_string(PAGE_IN_THE_APP.format(page="train"), default_timeout=120)
    for name, texts in given.items():
        app.query_params[name] = texts
    checked(app.run())
    for letter in "xy":  # the file, and another that lacks the column
        out = io.StringIO()
        rows = [(i, math.sin(i / 4), math.cos(i / 3), i % 7) for i in range(80)]
        csv.writer(out).writerows([("step", "first", wanted if letter == "x" else "second", other), *rows])
        app = checked(app.file_uploader(key="file").upload(f"{letter}.csv", out.getvalue().encode(), "text/csv").run())
        target = app.selectbox(key="target-own")
        assert target.options == ["first", wanted if letter == "x" else "second", other]
        assert target.value == (wanted if letter == "x" else "first")
        if letter == "x":
            assert app.multiselect(key=f"inputs-own-{wanted}").value == [other]
            assert not app.warning


def test_a_tab_that_is_loaded_again_knows_what_it_has_saved(own: Run) -> None:
    app = pressed(visit(shown=own), "share_save")
    (link,) = links_in(app)
    again = visit(shown=own)
    again.session_state["saved_run"] = app.session_state["session"].state["saved_run"]
    assert links_in(checked(again.run())) == [link]


def test_a_full_store_is_a_sentence(own: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit(shown=own)
    monkeypatch.setattr(saved_runs.store().limits.__class__, "run_bytes", 10)
    object.__setattr__(saved_runs.store().limits, "run_bytes", 10)
    app = pressed(app, "share_save")
    assert "the limit is" in app.error[0].value
    assert links_in(app) == []


def test_without_a_database_pages_work_and_no_visitor_learns_its_address(
    own: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LIQUID_DATABASE_URL", "postgresql://keeper:secret@127.0.0.1:9/somewhere")
    away = "Saved runs cannot be reached"
    trained_here = visit(shown=own)
    assert len(trained_here.tabs) > 2
    assert not trained_here.error
    share_, linked, listed = pressed(trained_here, "share_save"), visit(run="abc"), visit("runs")
    for app in (share_, linked, listed):
        (problem,) = app.error
        assert away in problem.value
        assert not any("127.0.0.1" in str(element.value) for element in (*app.error, *app.markdown, *app.caption))
    imported = pack(to_files(own), "From a file")
    app = checked(listed.file_uploader(key="run_file").upload("run.zip", imported, "application/zip").run())
    assert [away in problem.value for problem in app.error] == [True, True]
    assert "127.0.0.1:9/somewhere" in caplog.text
    assert "secret" not in caplog.text


def test_a_store_that_goes_away_between_two_questions_is_no_error(
    own: Run, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = saved(own)

    def away(*arguments: object) -> bool:
        raise LiquidError("The store does not answer.")

    monkeypatch.setattr(Store, "is_owner", away)
    app = visit(run=identity)
    assert not app.error
    assert f"delete-{identity}" not in keys(app)


def test_runs_lists_ones_own(own: Run, store: Store) -> None:
    files = to_files(own)
    mine, _ = store.save(files, f"mine {HOSTILE}", MINE), store.save(files, "thine", THINE)
    app = visit("runs")
    (row,) = app.expander
    assert "mine" in row.label
    assert "](" not in row.label
    assert links_in(app)[0].endswith(f"/train?run={mine}")
    app = pressed(pressed(app, f"delete-{mine}"), f"delete_sure-{mine}")
    assert not app.expander
    assert [run_.title for run_ in store.everything()] == ["thine"]


def test_before_the_browser_has_answered_nothing_can_be_saved(own: Run) -> None:
    app = visit(token=None, shown=own)
    assert next(button for button in app.button if button.key == "share_save").disabled
    assert not visit("runs", token=None).expander


def test_a_file_is_kept_once_and_opens(own: Run, store: Store) -> None:
    app = visit("runs")
    app = checked(
        app.file_uploader(key="run_file").upload("run.zip", pack(to_files(own), "From a file"), "application/zip").run()
    )
    (found,) = store.runs(MINE)
    assert found.title == "From a file"
    checked(app.run())
    assert len(store.runs(MINE)) == 1
    assert len(visit(token=THINE, run=found.id).get("plotly_chart")) == 2


def test_a_large_run_is_checked_beside_the_page(own: Run, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "AT_ONCE", 1000)
    app, files = visit("runs"), to_files(own)
    for content, kept in ((pack({**files, "config.json": b"{"}, "x"), 0), (pack(files, "From a file"), 1)):
        app = checked(app.file_uploader(key="run_file").upload("run.zip", content, "application/zip").run())
        assert app.session_state["reading_run"].job.active
        while app.session_state["reading_run"].job.active:
            time.sleep(0.05)
        app = checked(app.run())
        assert len(app.error) == 1 - kept
        assert [run.title for run in store.everything()] == ["From a file"] * kept
    assert store.files(store.everything()[0].id) == files


def test_a_hostile_file_is_a_sentence(own: Run, store: Store) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../etc/passwd", "x")
    for content in (out.getvalue(), b"PK", pack({**to_files(own), "config.json": b"{"}, "x")):
        app = visit("runs")
        app = checked(app.file_uploader(key="run_file").upload("run.zip", content, "application/zip").run())
        assert len(app.error) == 1
    assert store.everything() == ()


def test_the_uploader_says_the_limit_of_a_run() -> None:
    (uploader,) = (one for one in visit("runs").get("file_uploader") if one.key == "run_file")
    assert uploader.proto.max_upload_size_mb == MOST_BYTES // 10**6
