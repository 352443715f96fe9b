"""The solver page in a real Chromium: a slider moves the picture, and the words say what the study computes."""

from __future__ import annotations

from conftest import Session
from playwright.sync_api import expect

from liquid.dynamics.solvers import solver_named
from liquid.studies.convergence.study import PRESETS, accuracy, ode_problem

# What is drawn for the solver: the second line of the first row.
LINES = ".js-plotly-plot .scatterlayer path.js-line"


def test_the_slider_moves_the_picture_and_the_words_are_the_studys(session: Session) -> None:
    page = session.open("solver")
    config = PRESETS["calm"]
    problem = ode_problem(config)
    answers = [
        accuracy(problem.with_dt(dt), problem.with_dt(dt).solve(), solver_named("euler"), 1).answer
        for dt in (config.dt, 0.15)
    ]
    expect(page.get_by_role("heading", name=answers[0])).to_be_visible()
    lines = page.locator(f"{session.key('solver_paths')} {LINES}")
    before = lines.nth(1).get_attribute("d")
    slider = page.locator(f"{session.key('calm-dt')} input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.get_by_role("heading", name=answers[1])).to_be_visible()
    session.settled()
    assert lines.nth(1).get_attribute("d") != before
    assert "calm-dt=0.15" in page.url


def test_a_diverged_path_says_where_it_left(session: Session) -> None:
    page = session.open("solver?preset=unstable")
    expect(page.get_by_role("heading", name="Euler diverges")).to_be_visible()
    picture = page.locator(session.key("solver_paths"))
    expect(picture.get_by_text("Neuron 0 is 10 times its")).to_be_visible()


def test_curves_are_written_when_they_are_asked_for(session: Session) -> None:
    page = session.open("solver")
    for tab, name, column in (("Why", "path", "neuron 0"), ("Stability", "stability", "step Jacobian")):
        page.get_by_role("tab", name=tab).click()
        button = page.locator(session.key(f"solver_csv_{name}")).get_by_role("button", name=name.capitalize())
        expect(button).to_be_visible()
        session.settled()
        with page.expect_download() as download:
            button.click()
        lines = download.value.path().read_text(encoding="utf-8").splitlines()
        assert column in lines[0]
        assert len(lines) > 2
