"""The claims page as a visitor drives it: counts, cards, demonstrations, and a claim measured again live."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from liquid.answers import WORDS
from liquid.learning.config import TrainConfig
from liquid.learning.models import ForecastModel
from liquid.studies.claims.catalogue import CLAIMS, of_article
from liquid.studies.claims.study import load
from pages.claims.cards import BADGES, DEMOS
from pages.home.settings import from_address
from pages.shared.display import symbols

ROOT = Path(__file__).resolve().parents[2]
HOME = "pages/home/page.py"


def opened(page: str, query: dict[str, str] | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    if page != HOME:  # where every visit begins
        app = app.run().switch_page(page)
    for name, value in (query or {}).items():
        app.query_params[name] = value
    return app.run()


@pytest.fixture(scope="module")
def page() -> AppTest:
    return opened("pages/claims/page.py")


def texts(page: AppTest) -> str:
    return "\n".join(str(part.value) for kind in ("markdown", "caption", "success") for part in page.get(kind))


def test_the_answer_counts_the_verdicts(page: AppTest) -> None:
    assert [problem.value for problem in page.exception] == []
    assert page.title[0].value == "What does the article get right?"
    verdicts = [one.verdict for one in load().values()]
    for verdict in BADGES:
        badge = f"{BADGES[verdict].icon} {WORDS[verdict]}]"
        assert sum(badge in part.value for part in page.markdown) == verdicts.count(verdict)
    article = of_article(load())
    held = [one.verdict for one in article.values()].count("holds")
    assert f"Of its {len(article)} claims, {held} hold" in page.markdown[0].value


def test_every_claim_is_shown_once_with_one_number_and_its_interval_drawn(page: AppTest) -> None:
    shown = texts(page)
    pictures = page.get("image")
    assert len(pictures) == len(CLAIMS)
    for name, one in load().items():
        assert shown.count(symbols(CLAIMS[name].words)) == 1
        assert f"**{one.answer.number}**" in shown
        assert symbols(one.why) not in shown  # in the fold


def test_a_row_opens_into_reason_interval_experiment_and_statements() -> None:
    visitor = opened("pages/claims/page.py")
    for name in ("noise", "gate"):
        visitor.session_state[f"details-{name}"] = True
    visitor.run()
    shown = texts(visitor)
    for name in ("noise", "gate"):
        one = load()[name]
        assert symbols(one.why) in shown
        assert one.headline.number in shown
        assert CLAIMS[name].link in shown
        assert one.date in shown
    tables = [table.value for table in visitor.dataframe if "statement" in table.value.columns]
    assert [list(table["statement"]) for table in tables] == [
        [c.text for c in load()[n].checks] for n in ("noise", "gate")
    ]


def test_what_holds_comes_first(page: AppTest) -> None:
    order = [WORDS[verdict] for verdict in BADGES]
    told = [part.value.split("]")[0].split(" ", 1)[1] for part in page.markdown if "-badge[" in part.value]
    assert len(told) == len(CLAIMS)
    article = [order.index(word) for word in told[: len(of_article(CLAIMS))]]
    assert article == sorted(article)


def test_a_claim_of_the_literature_stands_apart_and_those_that_rest_on_trainings_say_whether_they_depend_on_it(
    page: AppTest,
) -> None:
    shown = [part.value for part in page.markdown]
    apart = shown.index("### Of the literature")
    places = {name: next(at for at, text in enumerate(shown) if symbols(CLAIMS[name].words) in text) for name in CLAIMS}
    assert {name for name, place in places.items() if place > apart} == {"cfc-dropped"}
    asked = {name for name, one in load().items() if one.on_training}
    assert asked == {"part-3", "robustness", "irregular", "cfc-dropped"}
    assert all(load()[name].on_training in shown[places[name]] for name in asked)


def test_the_cloud_holds_every_training_and_both_reported_points(page: AppTest) -> None:
    picture = load()["part-3"].picture
    page.session_state["details-part-3"] = True
    page.run()
    for state in ("warm", "zero"):
        page.segmented_control(key="claims_state").set_value(state).run()
        (chart,) = page.get("plotly_chart")
        traces = json.loads(chart.proto.spec)["data"]
        by_model = {trace["name"]: trace for trace in traces}
        assert by_model["Liquid, as the article reports"]["y"] == [0.0204]
        assert by_model["LSTM, as the article reports"]["x"] == [0.0007]
        place = picture["columns"].index(state)
        expected = [row[place] for row in picture["rows"] if row[0] == "Liquid"]
        assert by_model["Liquid-8"]["y"] == expected


def test_every_claim_has_a_demonstration() -> None:
    assert set(DEMOS) == set(CLAIMS)
    assert all((ROOT / demo.page).is_file() for demo in DEMOS.values())


@pytest.mark.parametrize(("model", "parameters"), [("LSTM", 393), ("Liquid", 113)])
def test_a_demonstration_says_how_many_parameters_it_trains(model: str, parameters: int) -> None:
    query = DEMOS["parameters"].query
    config = TrainConfig(model=model, **{name: int(query[name]) for name in ("state_size", "members", "horizon")})
    network = ForecastModel(config, 2, 64)  # the value and its change
    assert sum(weights.numel() for weights in network.parameters()) == parameters
    assert str(parameters) in DEMOS["parameters"].look_for


@pytest.mark.parametrize("name", CLAIMS)
def test_a_demonstration_has_settings_that_exist(name: str) -> None:
    demo = DEMOS[name]
    page = opened(demo.page, demo.query)
    assert [problem.value for problem in page.exception] == []
    assert [problem.value for problem in page.warning if "not a valid value" in problem.value] == []
    if demo.page == HOME:  # the browser has its settings
        settings, problems = from_address(demo.query)
        assert (len(settings), problems) == (len(demo.query), [])
        return
    for key, text in demo.query.items():
        value = page.session_state[key]
        assert str(value) == text or (isinstance(value, bool) and str(value).lower() == text) or value == float(text)


def test_a_demonstration_opens_its_page(page: AppTest) -> None:
    visitor = opened("pages/claims/page.py")
    visitor.session_state["details-spike"] = True
    visitor.run()
    visitor.button(key="demo-spike").click().run()
    assert visitor.title[0].value == symbols("Does tau_sys shrink when the input is noisy?")
    assert visitor.session_state["tau_place"] == "spike"


def test_a_claim_can_be_measured_again_live() -> None:
    visitor = opened("pages/claims/page.py")
    visitor.session_state["details-parameters"] = True
    visitor.run()
    visitor.button(key="again-parameters_ask").click().run()
    for _ in range(200):
        if visitor.success:
            break
        time.sleep(0.1)
        visitor.run()
    assert [problem.value for problem in visitor.exception] == []
    assert "3.44" in visitor.success[0].value
    assert visitor.success[0].value.endswith("holds in part.")
