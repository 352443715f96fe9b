"""The models by name, and what the rest of the code has to know of each. To add one: its file, and one entry here.

Knows nothing of torch, so that settings, charts and pages can ask at once; `ModelKind.load` imports the model's file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from liquid.errors import LiquidError

# What a model may have beside a target and a horizon, in the names of a training's settings.
RESERVOIR = frozenset({"state_size", "members", "window", "inputs", "ahead", "timespans", "seed"})
NETWORK = RESERVOIR | {"training", "steps", "batch", "learning_rate"}
LIQUID = NETWORK | {"dt", "unfolds", "solver"}


@dataclass(frozen=True)
class Clock:
    """How time passes in a continuous layer: a sample lasts `dt`, in `unfolds` steps of a solver."""

    dt: float = 0.25
    unfolds: int = 1
    solver: str = "euler"


@dataclass(frozen=True)
class ModelKind:
    """A model as the rest of the code sees it.

    `made_by` is "module:Class": a `Core` for `SequenceModel`, or a `Baseline`, which has no states. `settings` are
    those that it has; a training takes no notice of the others. `rate` is the peak learning rate that did best on
    validation parts (docs/settings.md), None if nothing is trained by gradients. `clock` is the default one.
    `liquid`: it has tau_sys; `clocked`: its steps are as long as the time between samples, if timespans are asked for,
    which other models read as an input; `seasonal`: it needs a season. `tape(state_size, inputs)` counts the float32
    values that training remembers per solver step. Colour (a key of the charts' palette) and dash are those of its
    lines.
    """

    name: str
    made_by: str
    help: str
    settings: frozenset[str]
    colour: str
    dash: str = "solid"
    rate: float | None = None
    clock: Clock = Clock()
    liquid: bool = False
    clocked: bool = False
    seasonal: bool = False
    tape: Callable[[int, int], int] = lambda size, inputs: 0

    def load(self) -> Any:
        """The class; imports torch."""
        module, _, name = self.made_by.partition(":")
        return getattr(import_module(module), name)

    @property
    def sized(self) -> bool:
        """Whether it comes in sizes: a recurrent network or a reservoir."""
        return "state_size" in self.settings

    @property
    def trained(self) -> bool:
        """Whether gradients train it; the others are solved at once."""
        return self.rate is not None


# a gate, a state, the inputs, and padding
def _scan_tape(size: int, inputs: int) -> int:
    return 2 * size + inputs + 48


_HERE = "liquid.models"
_ENTRIES = (
    ModelKind(
        "Liquid",
        f"{_HERE}.liquid:Liquid",
        "computes its memory time anew at every step",
        LIQUID,
        "blue",
        rate=0.03,
        liquid=True,
        clocked=True,
        tape=_scan_tape,
    ),
    ModelKind("LSTM", f"{_HERE}.lstm:LSTM", "the usual gated network", NETWORK, "vermilion", rate=0.03),
    ModelKind("GRU", f"{_HERE}.gru:GRU", "a gated network with fewer gates", NETWORK, "green", rate=0.03),
    ModelKind(
        "CfC",
        f"{_HERE}.cfc:CfC",
        "the closed-form successor of the liquid network",
        NETWORK,
        "purple",
        rate=0.03,
        tape=lambda size, inputs: 16 * size,
    ),
    ModelKind(
        "LTC",
        f"{_HERE}.ltc:LTC",
        "its synapses as first published, ten times as slow",
        NETWORK,
        "sky",
        rate=0.03,
        tape=lambda size, inputs: 4 * size * (6 * size + inputs),
    ),
    ModelKind(
        "Liquid (article)",
        f"{_HERE}.liquid_article:LiquidArticle",
        "starts and steps as in the article (dt 0.1)",
        NETWORK,
        "blue",
        dash="dash",
        rate=0.03,
        clock=Clock(dt=0.1),
        liquid=True,
        clocked=True,
        tape=_scan_tape,
    ),
    ModelKind("Echo state", f"{_HERE}.echo_state:EchoState", "a random network, only read out", RESERVOIR, "orange"),
    ModelKind("Linear AR", f"{_HERE}.linear_ar:LinearAR", "a regression on the newest values", frozenset(), "grey"),
    ModelKind(
        "Polynomial AR",
        f"{_HERE}.polynomial_ar:PolynomialAR",
        "a regression on the newest values and their products (next-generation reservoir)",
        frozenset(),
        "orange",
        dash="longdash",
    ),
    ModelKind(
        "Persistence", f"{_HERE}.persistence:Persistence", "repeats the last value", frozenset(), "grey", dash="dot"
    ),
    ModelKind(
        "Seasonal naive",
        f"{_HERE}.seasonal_naive:SeasonalNaive",
        "repeats the last season",
        frozenset(),
        "grey",
        dash="dash",
        seasonal=True,
    ),
    ModelKind(
        "Seasonal AR",
        f"{_HERE}.seasonal_ar:SeasonalAR",
        "a regression on the newest values and those a season ago",
        frozenset(),
        "grey",
        dash="longdash",
        seasonal=True,
    ),
    ModelKind(
        "ETS",
        f"{_HERE}.smoothing:ETS",
        "exponential smoothing of level, trend and season",
        frozenset(),
        "grey",
        dash="dashdot",
    ),
    ModelKind(
        "Theta",
        f"{_HERE}.smoothing:Theta",
        "exponential smoothing that drifts",
        frozenset(),
        "grey",
        dash="longdashdot",
    ),
)
MODELS: dict[str, ModelKind] = {kind.name: kind for kind in _ENTRIES}
# beside which every other is judged, in this order
BASELINES = ("Persistence", "Seasonal naive", "Linear AR", "Seasonal AR", "ETS", "Theta")
ARTICLE = "Liquid (article)"
FORMER_NAMES = {"Liquid, article": ARTICLE}  # in settings, links, runs and results of before: still read, never written


def current_name(name: str) -> str:
    """What a model is called now; any other text as it is."""
    return FORMER_NAMES.get(name, name)


def model_named(name: str) -> ModelKind:
    """The model called `name`, now or formerly. LiquidError, with the models there are, for any other name."""
    name = current_name(name)
    if name not in MODELS:
        raise LiquidError(f"model={name!r} is not known; choose one of {', '.join(MODELS)}.")
    return MODELS[name]


def having(setting: str) -> str:
    """The models that have a setting, for a sentence."""
    return ", ".join(name for name, kind in MODELS.items() if setting in kind.settings)
