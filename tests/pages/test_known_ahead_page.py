"""Known ahead on the Train page: the control, its place in links, and what the columns are worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from streamlit.testing.v1 import AppTest
from test_links import PAGE_IN_THE_APP, opened

from liquid.learning.config import TrainConfig
from liquid.learning.run import run
from liquid.series import builtin
from liquid.series.known_ahead import HOLIDAYS, WEEKDAY
from liquid.series.series import from_columns
from pages.train.settings_link import query

SMALL = TrainConfig(model="Echo state", members=1, state_size=3, horizon=2)


def test_what_is_known_ahead_comes_back_from_a_link() -> None:
    name = "seattle-weather"
    others = builtin.load(name).names
    config = replace(SMALL, ahead=(others[1], WEEKDAY, HOLIDAYS + "US"))
    link = query(config, name, others[0])
    assert link[f"calendar-{name}"] == ["weekday"]
    app = opened("train", **link)
    assert not app.warning
    shown = {widget.key: widget.value for widget in app.sidebar.multiselect}
    assert shown[f"ahead-{name}-{others[0]}"] == [others[1]]
    assert shown[f"calendar-{name}"] == ["weekday"]
    assert shown[f"holidays-{name}"] == ["United States"]
    assert any("none of the 2 values ahead are known" in caption.value for caption in app.caption)


def test_a_series_without_dates_or_other_columns_has_no_such_control() -> None:
    labels = [expander.label for expander in opened("train", series="lorenz").sidebar.expander]
    assert "Known ahead" not in [expander.label for expander in opened("train", series="ecg").sidebar.expander]
    assert "More" in labels
    assert "Known ahead" not in [
        expander.label for expander in opened("train", series="seattle-weather", model="Persistence").sidebar.expander
    ]


def test_a_columns_worth_is_a_table_and_its_name_stays_text() -> None:
    rng = np.random.default_rng(0)
    name = "**promo** [x](https://example.org)"
    promo = (rng.random(300) < 0.3).astype(np.float64)
    series = from_columns({"sold": 5 * promo + rng.normal(size=300), name: promo}, "sales")
    *_, done = run(series, replace(SMALL, ahead=(name,)))
    app = AppTest.from_string(PAGE_IN_THE_APP.format(page="train"), default_timeout=120)
    app.session_state["run"], app.session_state["results"] = done, "Columns"
    app.run()
    app.button("worth_ask").click().run()
    for _ in range(100):
        if app.get("arrow_data_frame"):
            break
        app.run()
    assert not app.exception
    said = " ".join(text.value for text in app.markdown)
    assert "Without" in said
    assert "**promo**" not in said
    assert "[x](" not in said


def test_a_second_file_brings_what_is_known_ahead() -> None:
    days = np.datetime64("2024-01-01") + np.arange(130)
    first = "date,sold\n" + "\n".join(f"{day},{(index * 7) % 11}" for index, day in enumerate(days[:120]))
    second = "date,promo\n" + "\n".join(f"{day},{index % 3}" for index, day in enumerate(days))
    app = opened("train", source="Upload", model="Echo state")
    app.get("file_uploader")[0].upload("sold.csv", first.encode(), "text/csv").run()
    labels = [widget.label for widget in app.sidebar.multiselect]
    assert "Columns known ahead" not in labels
    uploader = next(one for one in app.get("file_uploader") if one.label == "Second file")
    uploader.upload("plan.csv", second.encode(), "text/csv").run()
    ahead = next(widget for widget in app.sidebar.multiselect if widget.label == "Columns known ahead")
    ahead.set_value(["promo"]).run()
    assert not app.exception
    said = " ".join(caption.value for caption in app.caption)
    assert "2 of the 12 values ahead are known" not in said
    assert "10 of the 12 values ahead are known" in said
