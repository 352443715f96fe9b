"""Ratios around 1 and mean ranks as they are drawn."""

from __future__ import annotations

import math

import pytest

from liquid.charts.ratios import WIDEST, Bar, forest, grouped, ranks
from liquid.charts.style import LIGHT

BARS = [
    Bar("LSTM", 0.8, 0.7, 0.9),
    Bar("GRU", 1.0, 0.9, 1.1, decided=False),
    Bar("Persistence", 0.5, math.nan, math.nan),
]


def test_a_forest_has_a_row_for_every_ratio_under_its_title() -> None:
    fig = forest(LIGHT, [("One", BARS[:2]), ("Two", BARS[2:])], "", "Liquid")
    assert list(fig.layout.yaxis.ticktext) == ["<b>One</b>", "LSTM", "GRU", "<b>Two</b>", "Persistence"]
    drawn = {
        fig.layout.yaxis.ticktext[place]: x for trace in fig.data for x, place in zip(trace.x, trace.y, strict=True)
    }
    assert drawn == {bar.rival: bar.ratio for bar in BARS}
    assert [trace.marker.symbol for trace in fig.data] == ["circle", "circle-open", "circle"]
    assert [note.text for note in fig.layout.annotations] == ["0.80", "1.00", "0.50"]


def test_an_interval_far_beyond_all_ratios_takes_no_room() -> None:
    low, high = forest(LIGHT, [("", [*BARS, Bar("CfC", 0.9, 0.01, 100.0)])], "", "Liquid").layout.xaxis.range
    assert 10**low == pytest.approx(0.5 / WIDEST, rel=0.05)
    assert 10**high == pytest.approx(WIDEST, rel=0.05)


def test_parts_of_a_rival_share_its_row_and_have_their_shapes() -> None:
    bars = {name: [Bar(name, 0.8, 0.7, 0.9, "low"), Bar(name, 0.9, 0.8, 1.1, "high")] for name in ("LSTM", "GRU")}
    fig = grouped(LIGHT, bars, "", "Liquid")
    assert list(fig.layout.yaxis.ticktext) == ["LSTM", "GRU"]
    assert [trace.name for trace in fig.data if trace.name] == ["low", "high"]
    for trace in fig.data:
        if trace.x[0] is not None:
            rows = {"#D55E00": 0, "#009E73": 1}
            assert [round(place) for place in trace.y] == [rows[trace.marker.color]]
            assert trace.marker.symbol == ("circle" if trace.x[0] == 0.8 else "square")


def test_a_bar_joins_the_rows_of_those_not_told_apart() -> None:
    means = {"GRU": 1.5, "Liquid": 1.8, "LSTM": 2.7, "Persistence": 4.0}
    fig = ranks(LIGHT, means, [("GRU", "Liquid"), ("Liquid", "LSTM")], "")
    assert dict(zip(fig.layout.yaxis.ticktext, fig.data[0].x, strict=True)) == means
    bars = [shape for shape in fig.layout.shapes if shape.xref == "paper"]
    assert [(round(bar.y0), round(bar.y1)) for bar in bars] == [(0, 1), (1, 2)]
    assert bars[0].x0 != bars[1].x0
    first, last = fig.layout.yaxis.range
    assert first > last  # the best on top
