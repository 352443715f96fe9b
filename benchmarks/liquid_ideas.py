"""What brings Liquid closer to an LSTM of its size? One idea at a time, judged on validation, never on test.

    python -m benchmarks.liquid_ideas

Both models at about 300 parameters through the benchmark's loop, at the peak rates that validation chooses there most
often; every idea is given to both. Errors are validation NRMSE. Stored as benchmarks/results/liquid_ideas.json.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from torch import Tensor

from benchmarks import RESULTS
from benchmarks.replaced import replaced
from liquid.learning import optimizers
from liquid.models.network import SequenceModel, size_for
from liquid.series.windows import Floats
from liquid.studies import stored
from liquid.studies.benchmark import fit as loop
from liquid.studies.benchmark.closed_form import STRENGTHS, WASHOUT, readout
from liquid.studies.benchmark.config import Recipe
from liquid.studies.benchmark.fit import fit
from liquid.studies.benchmark.tasks import problem_of
from liquid.studies.statistics import interval

NAME, MAKER = "liquid_ideas", "benchmarks.liquid_ideas"
MODELS, TASKS, NOISES, DRAWS, STARTS = ("Liquid", "LSTM"), ("lorenz", "mackey-glass"), (0.0, 0.2), (200, 201), 3
PARAMETERS, STEPS = 300, 600
RECIPE = Recipe()
RATES = {("Liquid", 0.0): 1.0, ("Liquid", 0.2): 0.3, ("LSTM", 0.0): 0.3, ("LSTM", 0.2): 0.1}


@dataclass(frozen=True)
class Idea:
    """A change to the loop, the same for both models."""

    recipe: Recipe = RECIPE
    steps: int = STEPS
    clean_liquid: float = RATES["Liquid", 0.0]  # Liquid's peak rate without noise
    change: Callable[[], AbstractContextManager[object]] = nullcontext


def at_own_rate(factor: float) -> Callable[[], AbstractContextManager[object]]:
    """What sets the time constants learns at `factor` times the rate: Liquid's tau and A, the biases of LSTM."""

    @torch.no_grad()
    def step(model: SequenceModel, optimizer: torch.optim.Optimizer, rates: Tensor) -> None:
        before = [parameter.detach().clone() for parameter in model.parameters()]
        optimizer.step()
        for (name, parameter), start in zip(model.named_parameters(), before, strict=True):
            own = rates * factor if name.endswith((".tau", ".A", "bias_ih_l0", "bias_hh_l0")) else rates
            parameter.copy_(torch.lerp(start, parameter, own.view(-1, *(1,) * (parameter.dim() - 1))))

    return lambda: replaced(optimizers, "step_at_rates", step)


DEFAULT = "as in the benchmark"
IDEAS = {
    DEFAULT: Idea(),
    "300 training samples": Idea(replace(RECIPE, length=500)),
    "time constants learn 3 times as fast": Idea(change=at_own_rate(3.0)),
    "time constants learn a third as fast": Idea(change=at_own_rate(1 / 3)),
    "windows 4 times as long, a quarter as many": Idea(replace(RECIPE, window=256, batch=8)),
    "trained 3 times as long": Idea(steps=3 * STEPS, clean_liquid=0.3),  # at 1 so long a training runs away
}
MEAN = "mean forecast of 3 networks"
CARRIED = "state carried on through the whole series"
HEAD = "that, and the readout solved by least squares"
ALIKE = "condition number of the states"


class IdeaNetworks:
    """An idea's networks, three starts on each draw of a task."""

    def __init__(self, model: str, task: str, noise: float, idea: Idea) -> None:
        pairs = list(product(DRAWS, range(STARTS)))
        seeds = [100 * draw + start for draw, start in pairs]
        rates = {**RATES, ("Liquid", 0.0): idea.clean_liquid}
        recipe = replace(idea.recipe, rates=(rates[model, noise],))
        self.window = recipe.window
        self.problems = [problem_of(task, noise, draw, recipe.length) for draw, _ in pairs]
        network = SequenceModel(model, 1, size_for(model, PARAMETERS), seeds)
        with idea.change():
            self.model = fit(network, self.problems, seeds, idea.steps, recipe, "adam").model.float()
        first = self.problems[0]
        self.origins = first.origins(first.split.validation, self.window)  # draws are of one length

    def forecasts(self) -> Floats:
        """At the end of every window of the validation part: `[network, origin]`."""
        return loop.predict(self.model, np.stack([p.pairs(self.origins, self.window)[0] for p in self.problems]))

    def errors(self, forecasts: Floats) -> list[float]:
        truth = np.stack([problem.target[self.origins] for problem in self.problems])
        units = np.array([problem.unit for problem in self.problems])
        return by_draw(np.sqrt(np.mean((forecasts - truth) ** 2, axis=1)) / units)

    @torch.no_grad()
    def without_training(self) -> dict[str, list[float]]:
        """What the same networks reach without another step of training, and how alike their states are."""
        means = self.forecasts().reshape(len(DRAWS), STARTS, -1).mean(axis=1)
        series = np.stack([problem.inputs for problem in self.problems]).astype(np.float32)
        states = self.model.states(torch.from_numpy(series)[:, None, :, None])
        along = self.model.readout(states)[:, 0, :, 0].double().numpy()
        solved, spreads = [], []
        for features, problem in zip(states[:, 0].double().numpy(), self.problems, strict=True):
            solved.append(readout(features, problem, WASHOUT, STRENGTHS).validation ** 0.5 / problem.unit)
            seen = features[WASHOUT : problem.split.train.stop]
            spreads.append(np.linalg.cond(seen - seen.mean(axis=0)))
        return {
            MEAN: self.errors(np.repeat(means, STARTS, axis=0)),
            CARRIED: self.errors(along[:, self.origins]),
            HEAD: by_draw(np.array(solved)),
            ALIKE: by_draw(np.array(spreads)),
        }


def by_draw(values: Floats) -> list[float]:
    """Geometric mean over the starts of each draw."""
    return [float(value) for value in np.exp(np.log(values).reshape(len(DRAWS), STARTS).mean(axis=1))]


Errors = dict[str, dict[str, dict[str, list[float]]]]  # idea, noise, model: one value per task and draw


def measure() -> Iterator[Errors]:
    """Validation errors of the ideas so far, after every idea."""
    measured: Errors = {}
    for name, idea in IDEAS.items():
        for noise, model, task in product(NOISES, MODELS, TASKS):
            trained = IdeaNetworks(model, task, noise, idea)
            values = {name: trained.errors(trained.forecasts())}
            if name == DEFAULT:
                values |= trained.without_training()
            for what, of_draws in values.items():
                measured.setdefault(what, {}).setdefault(f"{noise:g}", {}).setdefault(model, []).extend(of_draws)
        print(name, measured[name], file=sys.stderr, flush=True)
        yield measured


def markdown(measured: Errors) -> str:
    """Errors with over without each idea, and Liquid's over the LSTM's; 95 % intervals over tasks and draws."""
    lines = ["| idea | noise | Liquid: with / without | LSTM: with / without | Liquid / LSTM |", "|" + 5 * "---|"]
    for idea, noises in measured.items():
        for noise, errors in noises.items() if idea != ALIKE else ():
            gains = [ratio(errors[model], measured[DEFAULT][noise][model]) for model in MODELS]
            cells = [*(gains if idea != DEFAULT else ("", "")), ratio(errors["Liquid"], errors["LSTM"])]
            lines.append(f"| {idea} | {100 * float(noise):.0f} % | {' | '.join(cells)} |")
    alike = {model: np.exp(np.mean(np.log(values))) for model, values in measured[ALIKE]["0"].items()}
    conditions = ", ".join(f"{value:,.0f} for {model}" for model, value in alike.items())
    return "\n".join(
        [*lines, "", f"Condition number of the states along the training part without noise: {conditions}."]
    )


def ratio(errors: list[float], others: list[float]) -> str:
    mean = interval(np.log(np.array(errors) / np.array(others))).exp()
    return f"{mean.mean:.2f} ({mean.low:.2f} to {mean.high:.2f})"


if __name__ == "__main__":
    torch.set_num_threads(1)
    for result in measure():
        stored.save(NAME, result, RESULTS, maker=MAKER)
    print(markdown(stored.load(NAME, RESULTS)))
