"""The claims of the article, and one of the literature, in our words: where each is made and how it is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from liquid.errors import LiquidError
from liquid.studies.claims import layer, replication, robust, solving, uneven
from liquid.studies.claims.measure import Measure

ARTICLE = "https://soveshmohapatra.com/projects/"
PARTS = {"theory": "lnns-theory", "live code": "lnns-live-code", "benchmark": "lnns-benchmark"}
LITERATURE = "literature"
Part = Literal["theory", "live code", "benchmark", "literature"]
ARXIV = "https://arxiv.org/abs/"
T = TypeVar("T")

# the rule where a claim rests on trainings
BOTH = (
    "Measured with the article's optimizer, Adam, and with the better training of this project (SOAP, readout solved), "
    "which has one list of rates for all models, and each network the one that does best on the end of its training "
    "part. The statements of both count: what is said of models has to hold however well they are trained."
)


@dataclass(frozen=True)
class Claim:
    """One claim: what the article says, where, how it is tested, and words around the number of its first check. One
    of the literature has the arXiv number of the `paper` that makes it."""

    id: str
    words: str
    part: Part
    test: str
    lead: tuple[str, str]
    measure: Measure
    paper: str = ""

    @property
    def link(self) -> str:
        return ARXIV + self.paper if self.paper else ARTICLE + PARTS[self.part]

    @property
    def cited(self) -> str:
        """Who makes it, in words."""
        return f"Literature: arXiv {self.paper}" if self.paper else f"Article: {self.part}"


_ALL = (
    Claim(
        "bounded",
        "The state stays within bounds.",
        "theory",
        "Random layers and inputs, with steps up to the longest that the condition dt (1 / tau + 1) <= 1 allows.",
        ("the state of", " of random layers stays between 0 and A"),
        layer.bounded,
    ),
    Claim(
        "stability",
        "Past the fastest time scale, Euler's steps oscillate or diverge.",
        "theory",
        "The longest step at which a small perturbation dies out, by bisection, against two predictions.",
        ("the longest stable step is", " times 2 tau_sys of the fastest neuron"),
        solving.stability,
    ),
    Claim(
        "dt",
        "A smaller dt follows the differential equation more closely.",
        "live code",
        "Euler's error against a solution to twelve digits: half the dt, beside the differential equation with that "
        "dt; and half the step within a sample.",
        ("half the dt leaves", " of Euler's error"),
        solving.dt,
    ),
    Claim(
        "parameters",
        "At hidden size 8, Liquid needs 105 parameters and an LSTM 1,233, about 12 times as many.",
        "live code",
        "Counted on the modules themselves.",
        ("an LSTM of size 8 has", " times the parameters"),
        layer.parameters,
    ),
    Claim(
        "part-3",
        "On a noisy sum of sines the Liquid layer generalises better than the LSTM.",
        "benchmark",
        "The article's protocol over many draws of what it leaves open: frequencies, noise, seeds, first test state; "
        "each learning rate of its Adam, which it leaves open too, is judged on its own. " + BOTH,
        (
            "at the rate of Adam that suits Liquid best, its test error is",
            " times that of the LSTM with 1,233 parameters",
        ),
        replication.part_3,
    ),
    Claim(
        "noise",
        "tau_sys shrinks when the input is noisy and grows when it is calm.",
        "theory",
        "Paired runs with noise of one standard deviation and without, neuron by neuron, in layers that read the value "
        "alone, as the article's do: untrained ones, and ones trained here on Lorenz with noise and without, by "
        "Adam and by SOAP with a solved readout. The interval is one over layers, and 1 % is the least that is called "
        "shrinking.",
        ("noise as strong as the series changes mean tau_sys by", " in layers trained on noisy data"),
        layer.noise,
    ),
    Claim(
        "spike",
        "tau_sys falls toward zero at a spike.",
        "theory",
        "One sample that jumps by five standard deviations, up or down, at many places, in untrained layers and in "
        "ones trained here on noisy Lorenz, by Adam and by SOAP with a solved readout. What a fall leaves is measured "
        "at the better of the two spikes for each neuron, and half of tau_sys left is generous to a fall toward zero.",
        ("a spike upwards lowers tau_sys in", " of the neurons of an untrained layer"),
        layer.spike,
    ),
    Claim(
        "gate",
        "The gate goes to 0 for a stable input and to 1 for a volatile one.",
        "theory",
        "Inputs held at five levels, against white noise around the same levels, in untrained layers and in ones "
        "trained here on noisy Lorenz, by Adam and by SOAP with a solved readout.",
        ("while the input is held, the mean gate is", ""),
        layer.gate,
    ),
    Claim(
        "robustness",
        "The ODE makes the layer more robust when the data shift.",
        "benchmark",
        "Trained at one noise level, tested at others and with dropped samples, at about equal parameters. What counts "
        "is how much the error grows under the shift, whatever it is without one. An advantage worth its name is "
        "required: 5 % less growth, a ratio of 0.95 or less. " + BOTH,
        ("dropped samples raise Liquid's error", " times as much as the LSTM's, on Lorenz, trained by Adam"),
        robust.robustness,
    ),
    Claim(
        "irregular",
        "Continuous time handles dropped and uneven samples naturally, and an LSTM cannot.",
        "theory",
        "Every second sample missing: true time steps for Liquid, the elapsed time as an input, or not, for the LSTM. "
        "An advantage worth its name is required: 5 % less error, a ratio of 0.95 or less. " + BOTH,
        ("with true time steps Liquid's error is", " times that without, on Lorenz, trained by Adam"),
        uneven.irregular,
    ),
    Claim(
        "chaotic",
        "A sum of sines is a chaotic signal.",
        "benchmark",
        "The largest Lyapunov exponent of the generating equation, beside Lorenz and Mackey-Glass; each per unit of "
        "its own time, which for the sines is a sample.",
        ("the largest Lyapunov exponent of a sum of sines is", ""),
        solving.chaotic,
    ),
    Claim(
        "cfc-dropped",
        "CfC is more robust to dropped samples than an LSTM.",
        "literature",
        "Trained on even samples, tested with 10, 30 and 50 % of them dropped (the last value is repeated), at about "
        "equal parameters. What counts is both how much the error grows by that and how large it is then, each beside "
        "the LSTM's; an advantage worth its name is required: a ratio of 0.95 or less. " + BOTH,
        ("dropped samples raise the CfC's error", " times as much as the LSTM's, on Lorenz, trained by Adam"),
        robust.cfc_dropped,
        paper="2605.27467",
    ),
)
CLAIMS: dict[str, Claim] = {claim.id: claim for claim in _ALL}


def claim(name: str) -> Claim:
    """A claim by its id. LiquidError, with the known ids, for any other."""
    if name not in CLAIMS:
        raise LiquidError(f"No claim is called {name!r}: choose one of {', '.join(CLAIMS)}.")
    return CLAIMS[name]


def of_article(results: Mapping[str, T]) -> dict[str, T]:
    """What belongs to the article's own claims, of anything by their ids."""
    return {name: one for name, one in results.items() if CLAIMS[name].part != LITERATURE}
