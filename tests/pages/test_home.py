"""The first page on the server: settings in its address, doors from stored results, and the visitor's last series."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from liquid.charts.style import LIGHT
from liquid.errors import LiquidError
from liquid.models.liquids import LIQUIDS
from liquid.studies import stored
from liquid.studies.claims.catalogue import of_article
from liquid.studies.claims.study import load as load_claims
from liquid.studies.statistics import Interval
from pages.home import doors
from pages.home.drawings import Row, forest, squares
from pages.home.settings import LIMITS, USUAL, from_address

ROOT = Path(__file__).resolve().parents[2]


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=120)
    app.query_params.update(query)
    return app.run()


def handed_over(app: AppTest) -> Any:
    """What the browser's layer gets."""
    (layer,) = (one for one in app.get("bidi_component") if one.proto.component_name == "liquid_layer")
    return json.loads(layer.proto.json)


def test_an_address_holds_every_setting() -> None:
    address = {"preset": "noise", "stream": "lorenz", "noise": "0.45", "pace": "4", "dt": "0.2", "seed": "17"}
    address |= {"neuron": "5", "speed": "40", "drawn": "aZ0-" * 16}
    settings, problems = from_address({f"layer_{name}": text for name, text in address.items()})
    assert problems == []
    assert {name: str(value) for name, value in settings.items()} == address
    assert USUAL.keys() | {"drawn"} == address.keys()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("preset", "fast"),
        ("stream", "<b>"),
        ("noise", "nan"),
        ("noise", "2.1"),
        ("dt", "0"),
        ("dt", "1e999"),
        ("seed", "1.5"),
        ("seed", "9" * 5000),
        ("neuron", "9"),
        ("pace", "3"),
        ("speed", ""),
        ("drawn", "a" * 63),
        ("drawn", "é" * 64),
    ],
)
def test_what_the_layer_cannot_have_is_told_and_left_out(name: str, text: str) -> None:
    settings, (problem,) = from_address({f"layer_{name}": text, "layer_neuron": "2"} | {f"layer_{name}": text})
    assert name not in settings
    assert f"layer_{name}=" in problem
    assert len(problem) < 200


def test_the_usual_settings_are_possible() -> None:
    assert from_address({f"layer_{name}": str(value) for name, value in USUAL.items()}) == (USUAL, [])
    assert all(low <= USUAL[name] <= high for name, (low, high) in LIMITS.items())


def test_the_page_hands_the_address_to_the_browser_and_says_what_it_does_not() -> None:
    app = opened(layer_preset="spikes", layer_noise="7")
    assert handed_over(app)["link"] == {"preset": "spikes"}
    (warning,) = app.warning
    assert "from the link is not a valid value here" in warning.value


def test_a_link_to_a_series_that_the_visitor_has_not_says_so() -> None:
    app = opened(layer_stream="own")
    assert handed_over(app)["link"] == {}
    assert "choose one on the Train page first" in app.warning[0].value


def test_no_plotly_on_the_first_page() -> None:
    app = opened()
    assert app.get("plotly_chart") == []
    assert [problem.value for problem in app.exception] == []


def test_the_visitors_last_series_can_be_listened_to() -> None:
    app = opened()
    assert handed_over(app)["own"] is None
    app.switch_page("pages/train/page.py").run()
    app.selectbox(key="series").set_value("nile").run()
    own = handed_over(app.switch_page("pages/home/page.py").run())["own"]
    assert len(own["values"]) == 100
    assert "Nile" in own["title"]


def test_every_other_question_has_a_door_with_a_drawing_in_words() -> None:
    app = opened()
    pictures = [text.value for text in app.markdown if text.value.startswith("![")]
    assert len(pictures) == len(doors.DOORS) == len(app.get("page_link"))
    assert {door.page for door in doors.DOORS} == {"train", "solver", "time_constant", "benchmark", "claims"}
    assert all(len(doors.answer_of(door, LIGHT).alt) > 20 for door in doors.DOORS)


def test_doors_say_what_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = load_claims()
    change = claims["noise"].checks[0].value
    (told,) = (doors.answer_of(door, LIGHT) for door in doors.DOORS if door.page == "time_constant")
    assert f"{change:.2f} %" in told.sentence
    (told,) = (doors.answer_of(door, LIGHT) for door in doors.DOORS if door.page == "claims")
    assert told.drawing.count("<rect") == len(of_article(claims))
    rows = {"some": [{"solver": "rk4", "ratio": {"mean": 2.0, "low": 1.5, "high": 2.5}}]}
    monkeypatch.setattr(stored, "load", lambda name: {"trainings": {"nile": rows["some"]}})
    (told,) = (doors.answer_of(door, LIGHT) for door in doors.DOORS if door.page == "solver")
    assert told.sentence.startswith("Not always")
    assert "2.00 [1.50, 2.50]" in told.sentence


def test_a_door_without_results_has_its_question(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise LiquidError(f"{name} is missing")

    monkeypatch.setattr(stored, "load", missing)
    (solver,) = (door for door in doors.DOORS if door.page == "solver")
    assert doors.answer_of(solver, LIGHT) is None


def test_drawings_hold_any_interval_and_any_label() -> None:
    rows = [Row("<b>&", Interval(2.0, float("nan"), float("inf"))), Row("b", Interval(1.0, 1.0, 1.0))]
    drawn = forest(LIGHT, rows, 1, log=True)
    assert "nan" not in drawn
    assert "inf" not in drawn
    assert "<b>" not in drawn
    assert squares(LIGHT, []).startswith("<svg")


def test_every_liquid_has_its_equation_and_what_f_and_tau_mean() -> None:
    text = "\n".join(str(part.value) for part in opened().expander[0].markdown)
    for kind in LIQUIDS:
        assert all(said in text for said in (kind.name, kind.link, kind.f, kind.tau, kind.same))
        assert all(equation in text for equation in kind.equation.split(",  "))
