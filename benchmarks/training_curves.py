"""Error against seconds of training, by training and model: the table and the picture of docs/results/training.md.

python -m benchmarks.training_curves            measures, about ten minutes of one core, and draws (needs a Chromium)
python -m benchmarks.training_curves --draw     draws from the stored result
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch
from plotly.offline import get_plotlyjs
from torch import Tensor

from benchmarks import RESULTS
from benchmarks.browser import chromium
from benchmarks.docs_tables import DOCS, write_between
from liquid.charts.style import LIGHT, figure
from liquid.dynamics import scan
from liquid.learning.finish import finish, warm
from liquid.learning.loop import Descent, Point, fit
from liquid.learning.trainings import TRAININGS
from liquid.models.network import SequenceModel, size_for
from liquid.studies import stored
from liquid.studies.benchmark.config import Recipe
from liquid.studies.benchmark.fit import SeedBatches, validation_windows
from liquid.studies.benchmark.problem import Problem
from liquid.studies.benchmark.tasks import problem_of

NAME, MAKER, PAGE = "training_curves", "benchmarks.training_curves", DOCS / "training.md"
PICTURE = DOCS / "training-curves.svg"
MODELS, TASK, SEEDS, PARAMETERS, STEPS = ("Liquid", "LSTM", "GRU"), "lorenz", (410, 411, 412), 300, 600
LENGTH = 3000
RATES, EVERY = (0.1, 0.3, 1.0), 20
START, FINISH = "soap-solved", "soap-finished"  # the second goes on from the first
WORDS = {name: training.words for name, training in TRAININGS.items()}
REACHED = (1e-1, 1e-2, 1e-3, 1e-4)


def curve(model: str, training: str, problems: list[Problem], rate: float) -> tuple[list[Any], SequenceModel]:
    """Points `[seconds of one network, validation NRMSE]`, geometric mean over seeds, and the trained networks."""
    network, recipe = SequenceModel(model, 1, size_for(model, PARAMETERS), SEEDS), Recipe(length=LENGTH, rates=(rate,))
    how = TRAININGS[training]
    descent = Descent(
        STEPS, rate, EVERY, True, how.optimizer, cycle_momentum=False, readout=how.readout, ends_on_divergence=False
    )
    batches, held_out = SeedBatches(problems, SEEDS, recipe), validation_windows(problems, recipe)
    return list(_timed(fit(network, batches, descent, held_out), problems)), network


def finished(network: SequenceModel, problems: list[Problem], begin: list[Any]) -> list[Any]:
    """The same from where a training ended."""
    recipe = Recipe(length=LENGTH, rates=(RATES[0],))
    whole, held_out = SeedBatches(problems, SEEDS, recipe).whole(), validation_windows(problems, recipe)
    points = list(_timed(finish(network, whole, held_out), problems))
    best = np.minimum.accumulate([begin[1], *(error for _, error in points)])[1:]
    return [begin, *([begin[0] + seconds, float(error)] for (seconds, _), error in zip(points, best, strict=True))]


def _timed(events: Iterator[Any], problems: list[Problem]) -> Iterator[list[float]]:
    unit = torch.tensor([problem.unit for problem in problems], dtype=torch.float64)
    began = time.process_time()
    for event in events:
        if isinstance(event, Point):
            yield [(time.process_time() - began) / len(SEEDS), _mean(event.held_out.double().sqrt() / unit)]


def _mean(errors: Tensor) -> float:
    return float(errors.log().mean().exp())


def measure() -> dict[str, dict[str, Any]]:
    """By model and training: the curve at the rate that ends best."""
    torch.set_num_threads(1)
    for dtype in scan.DTYPES:
        scan.ready(wait=True, dtype=dtype)
    warm()
    problems = [problem_of(TASK, 0.0, seed, LENGTH) for seed in SEEDS]
    found: dict[str, dict[str, Any]] = {}
    for model in MODELS:
        found[model] = {}
        for training in (name for name in TRAININGS if name != FINISH):
            tried = {rate: curve(model, training, problems, rate) for rate in RATES}
            rate = min(tried, key=lambda one: min(error for _, error in tried[one][0]))
            found[model][training] = {"rate": rate, "points": tried[rate][0]}
            print(model, training, rate, tried[rate][0][-1], flush=True)
        points, network = tried[rate]
        best = min(error for _, error in points)
        found[model][FINISH] = {"rate": rate, "points": finished(network, problems, [points[-1][0], best])}
        print(model, FINISH, found[model][FINISH]["points"][-1], flush=True)
    return found


def table(found: dict[str, dict[str, Any]]) -> list[str]:
    """Seconds until each error was reached."""
    lines = [
        f"Lorenz without noise, about {PARAMETERS} parameters, {STEPS} steps at the rate of "
        f"{', '.join(f'{rate:g}' for rate in RATES)} that ends best, {len(SEEDS)} seeds; seconds of processor time of "
        "one network until its validation NRMSE was reached, looks at the validation part among them.",
        "",
        f"| model | training | rate | {' | '.join(f'{error:g}' for error in REACHED)} | at the end |",
        "|---|---|---:|" + "---:|" * (len(REACHED) + 1),
    ]
    for model, trainings in found.items():
        for name, one in trainings.items():
            points = [*(trainings[START]["points"] if name == FINISH else ()), *one["points"]]
            when = [next((f"{s:.2f}" for s, error in points if error <= goal), "") for goal in REACHED]
            seconds, error = one["points"][-1][0], min(error for _, error in one["points"])
            end = f"{error:.1e} ({seconds:.1f} s)"
            lines.append(f"| {model} | {WORDS[name]} | {one['rate']:g} | {' | '.join(when)} | {end} |")
    return lines


def picture(found: dict[str, dict[str, Any]]) -> go.Figure:
    """A panel for each model, a line for each training."""
    colours = dict(zip(WORDS, ("#8C8C8C", "#E69F00", "#56B4E9", "#0072B2", "#D55E00"), strict=True))
    fig = figure(LIGHT, title="", x="", y="validation NRMSE", height=380, width=1000)
    fig.set_subplots(1, len(found), shared_yaxes=True, subplot_titles=list(found), horizontal_spacing=0.03)
    for column, trainings in enumerate(found.values(), 1):
        for name, one in trainings.items():
            seconds, errors = zip(*one["points"], strict=True)
            lowest, line = np.minimum.accumulate(errors), {"color": colours[name]}
            about = {"name": WORDS[name], "legendgroup": name, "showlegend": column == 1}
            fig.add_scatter(x=seconds, y=lowest, mode="lines", line=line, row=1, col=column, **about)
    fig.update_xaxes(type="log", title="seconds of processor time", dtick=1, gridcolor=LIGHT.faint)
    fig.update_yaxes(type="log", dtick=1, exponentformat="power", gridcolor=LIGHT.faint)
    fig.update_layout(
        legend={"orientation": "h", "y": 1.2}, margin={"t": 90}, paper_bgcolor="white", plot_bgcolor="white"
    )
    return fig


def draw(fig: go.Figure) -> None:
    """As SVG, by Plotly itself in a browser."""
    with chromium() as browser:
        page = browser.new_page()
        page.set_content("<div id=chart></div>")
        page.add_script_tag(content=get_plotlyjs())
        text = page.evaluate(
            "figure => Plotly.newPlot('chart', figure).then(() => Plotly.toImage('chart', {format: 'svg'}))",
            fig.to_plotly_json() | {"layout": fig.layout.to_plotly_json()},
        )
        PICTURE.write_text(page.evaluate("url => fetch(url).then(answer => answer.text())", text), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draw", action="store_true", help="draw from the stored result")
    if not parser.parse_args().draw:
        stored.save(NAME, measure(), RESULTS, maker=MAKER)
    found = stored.load(NAME, RESULTS)
    write_between(PAGE, NAME, table(found))
    draw(picture(found))


if __name__ == "__main__":
    main()
