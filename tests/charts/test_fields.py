"""What a picture shows of a result comes from the result's fields, whatever the result is called."""

from __future__ import annotations

import numpy as np

from liquid.charts import benchmark, claims, time_constant, train
from liquid.charts.style import LIGHT, model_colour

MEAN = np.array([1.0, 1.0, 2.0])


def test_a_reference_is_dashed_in_the_text_colour_and_has_no_band() -> None:
    own = time_constant.Quantity("gain", MEAN, MEAN - 0.1, MEAN + 0.1)
    reference = time_constant.Quantity("best gain", MEAN, MEAN, MEAN, reference=True)
    fig = time_constant.through_change(LIGHT, when=np.array([-1.0, 0, 1]), quantities=[own, reference], title="")
    lines = {trace.name: trace for trace in fig.data if trace.name}
    assert [trace.fill for trace in fig.data] == ["toself", None, None]
    assert (lines["best gain"].line.color, lines["best gain"].line.dash) == (LIGHT.ink, "dash")
    assert lines["gain"].line.dash == "solid"


def test_a_curve_has_its_models_colour_and_its_own_name() -> None:
    curve = benchmark.Curve("LSTM", [1, 2], [0.2, 0.1], [0.1, 0.05], [0.3, 0.2], label="with the time", dash="dot")
    fig = benchmark.shift(LIGHT, [curve], "", "x", home=1)
    (line,) = (trace for trace in fig.data if trace.name)
    assert (line.name, line.line.color, line.line.dash) == ("with the time", model_colour("LSTM", LIGHT), "dot")


def test_a_cloud_is_marked_by_model_and_size() -> None:
    sizes = [claims.Cloud("LSTM", size, [0.1], [0.2]) for size in (16, 8)]
    clouds = [claims.Cloud("Liquid", 8, [0.1], [0.2]), *sizes, claims.Cloud("Persistence", None, [0.3], [0.4])]
    assert [one.label for one in clouds] == ["Liquid-8", "LSTM-16", "LSTM-8", "Persistence"]
    assert len({one.symbol for one in clouds}) == 4
    fig = claims.cloud(LIGHT, clouds=clouds, reported={}, state="warm")
    colours = {trace.name: trace.marker.color for trace in fig.data if trace.mode == "markers"}
    assert colours == {one.label: model_colour(one.model, LIGHT) for one in clouds}


def test_neurons_are_counted_from_0_in_every_picture_of_a_training() -> None:
    tau_sys = np.linspace(0.5, 1.0, 12).reshape(4, 3)
    floor, ceiling = np.full(3, 0.4), np.full(3, 1.2)
    heat = train.tau_heat(np.arange(4), tau_sys, floor, ceiling, LIGHT, "sample")
    lines = train.tau_figure(np.arange(4), tau_sys, floor, ceiling, [0, 2], LIGHT, "sample")
    assert list(heat.data[0].y) == [0, 1, 2]
    assert [trace.name for trace in lines.data if trace.name] == ["neuron 0", "neuron 2"]
