"""Every model of the registry: counted by hand, and held to the library that it follows."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pytest
import torch
from ncps.torch import LTC, CfC
from ncps.wirings import FullyConnected
from reservoirpy.nodes import Reservoir
from scipy import sparse
from torch import nn

from liquid.dynamics.layer import LiquidLayer
from liquid.errors import LiquidError
from liquid.learning.optimizers import step_at_rates
from liquid.models.core import Core, generators_of
from liquid.models.echo_state import RADIUS, draw_reservoir, run_reservoir
from liquid.models.network import SequenceModel, count, make_core, size_for
from liquid.models.registry import MODELS
from liquid.series.windows import Split
from liquid.studies.benchmark.closed_form import baseline
from liquid.studies.benchmark.tasks import Problem

HAND: dict[str, Callable[[int], int]] = {
    "Liquid": lambda h: h * (1 + h) + h + h + h + (h + 1),  # gate, A, tau; head
    "Liquid (article)": lambda h: h * (1 + h) + h + h + h + (h + 1),
    "LSTM": lambda h: 4 * (h + h * h + h + h) + (h + 1),  # four gates with two biases; head
    "GRU": lambda h: 3 * (h + h * h + h + h) + (h + 1),
    "CfC": lambda h: h * (1 + h) + h + 4 * (h * h + h) + (h + 1),  # backbone, four maps; head
    "LTC": lambda h: 4 * (h * h + h) + 3 * h + 2 + 2 * h + (h + 1),  # synapses, cells, input and output maps; head
}


def core(model: str, seeds: int = 2) -> Core:
    return make_core(model, 3, 5, generators_of(range(seeds))).double()


def series() -> torch.Tensor:
    return torch.randn(2, 4, 7, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_every_model_is_counted_by_hand_or_solved() -> None:
    assert set(HAND) == {name for name, kind in MODELS.items() if kind.trained}


@pytest.mark.parametrize("model", HAND)
def test_parameters_are_those_counted_by_hand(model: str) -> None:
    assert [count(model, size) for size in (1, 4, 9)] == [HAND[model](size) for size in (1, 4, 9)]


def test_the_articles_counts() -> None:
    assert (count("Liquid", 8), count("LSTM", 8), count("LSTM", 16)) == (105, 361, 1233)


@pytest.mark.parametrize("model", HAND)
@pytest.mark.parametrize("parameters", [100, 300, 1000, 3000])
def test_no_other_size_comes_closer(model: str, parameters: int) -> None:
    size = size_for(model, parameters)
    gaps = {other: abs(np.log(HAND[model](other) / parameters)) for other in range(1, 60)}
    assert gaps[size] == min(gaps.values())


@pytest.mark.parametrize(("model", "library"), [("LSTM", nn.LSTM), ("GRU", nn.GRU)])
def test_gated_cores_are_torchs(model: str, library: type[nn.LSTM | nn.GRU]) -> None:
    mine, theirs = core(model), library(3, 5, batch_first=True).double()
    x = series()
    states = mine.states(x)
    for member in range(2):
        for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
            theirs.get_parameter(name).data.copy_(mine.get_parameter(f"network.{name}")[member])
        torch.testing.assert_close(states[member], theirs(x[member])[0])


@pytest.mark.parametrize(("model", "library"), [("LSTM", nn.LSTM), ("GRU", nn.GRU)])
@pytest.mark.parametrize(("size", "inputs"), [(8, 1), (5, 2)])
def test_gated_networks_side_by_side_are_torchs_own(
    model: str, library: type[nn.LSTM | nn.GRU], size: int, inputs: int
) -> None:
    """In single precision, as they are trained: states and gradients."""
    torch.manual_seed(1)
    together, alone = make_core(model, inputs, size, generators_of(range(3))), []
    for member in range(3):
        alone.append(library(inputs, size, batch_first=True))
        for name, parameter in together.network.named_parameters():
            alone[-1].get_parameter(name).data.copy_(parameter[member])
    x = 3 * torch.randn(3, 2, 20, inputs)
    states, expected = together.states(x), torch.stack([one(own)[0] for one, own in zip(alone, x, strict=True)])
    weights = torch.randn_like(states)
    (states * weights).sum().backward()
    (expected * weights).sum().backward()
    torch.testing.assert_close(states, expected, atol=1e-6, rtol=1e-5)
    for name, parameter in together.network.named_parameters():
        theirs = torch.stack([one.get_parameter(name).grad for one in alone])
        torch.testing.assert_close(parameter.grad, theirs, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("model", ["LSTM", "GRU", "CfC"])
def test_a_gated_network_that_diverges_shows_it(model: str) -> None:
    assert make_core(model, 1, 4, generators_of((0,))).states(torch.full((1, 1, 3, 1), torch.nan)).isnan().all()


@pytest.mark.parametrize(("size", "inputs"), [(8, 1), (5, 2)])
def test_cfcs_in_single_precision_are_those_in_double(size: int, inputs: int) -> None:
    """As they are trained: states and gradients; the double ones are held to the library."""
    torch.manual_seed(1)
    single = make_core("CfC", inputs, size, generators_of(range(3)))
    double, x = deepcopy(single).double(), 3 * torch.randn(3, 2, 20, inputs)
    states, expected = single.states(x), double.states(x.double())
    weights = torch.randn_like(states)
    (states * weights).sum().backward()
    (expected * weights).sum().backward()
    torch.testing.assert_close(states.double(), expected, atol=1e-6, rtol=1e-5)
    for mine, theirs in zip(single.parameters(), double.parameters(), strict=True):
        torch.testing.assert_close(mine.grad.double(), theirs.grad, atol=1e-5, rtol=1e-4)


def test_cfc_is_its_librarys() -> None:
    mine, theirs = core("CfC"), CfC(3, 5, backbone_units=5, backbone_layers=1).double()
    x = series()
    states, cell = mine.states(x), theirs.rnn_cell
    for member in range(2):
        cell.backbone[0].weight.data.copy_(mine.backbone[member])
        cell.backbone[0].bias.data.copy_(mine.backbone_bias[member])
        weights, biases = mine.heads[member].chunk(4), mine.heads_bias[member].chunk(4)
        for map_, weight, bias in zip((cell.ff1, cell.ff2, cell.time_a, cell.time_b), weights, biases, strict=True):
            map_.weight.data.copy_(weight)
            map_.bias.data.copy_(bias)
        start = torch.zeros(4, 5, dtype=torch.float64)
        torch.testing.assert_close(states[member], theirs(x[member], start)[0])


def test_ltc_is_its_librarys() -> None:
    mine, theirs = core("LTC"), LTC(3, FullyConnected(5)).double()
    x = series()
    with torch.no_grad():
        for parameter in mine.parameters():
            parameter.add_(
                0.1 * torch.rand(parameter.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
            )
    states = mine.states(x)
    for member in range(2):
        for name, parameter in mine.named_parameters():
            theirs.rnn_cell.get_parameter(name).data.copy_(parameter[member])
        start = torch.zeros(4, 5, dtype=torch.float64)
        torch.testing.assert_close(states[member], theirs(x[member], start)[0])
    trained = [parameter for parameter in theirs.parameters() if parameter.requires_grad]
    assert sum(parameter.numel() for parameter in trained) == sum(p.numel() for p in mine.parameters()) // 2


def test_a_model_without_core_is_refused_by_name() -> None:
    with pytest.raises(LiquidError, match="model='Transformer' has no recurrent core; choose one of Liquid, LSTM"):
        SequenceModel("Transformer", 1, 4, (0,))


def test_every_member_steps_at_its_own_rate() -> None:
    together = SequenceModel("GRU", 1, 3, (0, 0))
    x, rates = torch.linspace(-1, 1, 20).view(1, 2, 10, 1), (0.01, 0.2)
    optimizer = torch.optim.Adam(together.parameters(), lr=1.0)
    for _ in range(5):
        optimizer.zero_grad()
        torch.autograd.backward(together(x.expand(2, 2, 10, 1)).square().mean(dim=(1, 2)).sum())
        step_at_rates(together, optimizer, torch.tensor(rates))
    for member, rate in enumerate(rates):
        alone = SequenceModel("GRU", 1, 3, (0,))
        optimizer = torch.optim.Adam(alone.parameters(), lr=rate)
        for _ in range(5):
            optimizer.zero_grad()
            torch.autograd.backward(alone(x).square().mean())
            optimizer.step()
        for mine, theirs in zip(together.parameters(), alone.parameters(), strict=True):
            torch.testing.assert_close(mine[member], theirs[0], rtol=1e-4, atol=1e-5)


def test_a_reservoir_of_one_by_hand() -> None:
    states = run_reservoir(
        np.array([[1.0], [-2.0]]), sparse.csr_array([[0.5]]), np.array([[0.3]]), np.array([0.1]), 0.4
    )
    first = 0.4 * np.tanh(0.3 + 0.1)
    assert states[:, 0] == pytest.approx([first, 0.6 * first + 0.4 * np.tanh(0.5 * first - 0.6 + 0.1)], rel=1e-14)


@pytest.mark.parametrize("leak", [0.4, 1.0])
def test_a_reservoir_is_its_librarys(leak: float) -> None:
    recurrent, entry, bias = draw_reservoir(30, np.random.default_rng(0))
    inputs = np.random.default_rng(1).normal(size=50)
    library = Reservoir(lr=leak, W=recurrent.toarray(), Win=entry, bias=bias)
    assert (
        np.abs(run_reservoir(inputs[:, None], recurrent, entry, bias, leak) - library.run(inputs[:, None])).max()
        < 1e-13
    )


def test_the_articles_liquid_starts_and_steps_as_the_plain_layer() -> None:
    article = make_core("Liquid (article)", 1, 200, generators_of((0,)))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        plain = LiquidLayer(1, 200)
    layer = article.network.liquid_layers()[0]
    assert (article.network.dt, layer.dt) == (plain.dt, plain.dt) == (0.1, 0.1)
    for name, mine in layer.named_parameters():
        theirs = plain.get_parameter(name)
        assert mine.detach().mean().item() == pytest.approx(theirs.detach().mean().item(), abs=0.2)
        assert mine.detach().std().item() == pytest.approx(theirs.detach().std().item(), rel=0.2)


@pytest.mark.parametrize("units", [60, 300])
def test_a_reservoir_has_its_spectral_radius(units: int) -> None:
    recurrent, _, _ = draw_reservoir(units, np.random.default_rng(0))
    assert np.abs(np.linalg.eigvals(recurrent.toarray())).max() == pytest.approx(RADIUS, rel=1e-6)


# sin(w t) = 2 cos(w) sin(w (t-1)) - sin(w (t-2)): two values foretell the third exactly
def test_a_linear_filter_foretells_a_sine() -> None:
    wave = np.sin(0.3 * np.arange(500))
    problem = Problem(wave[:-1], wave[1:], Split.of(500, 0.15, 0.0, 0.25), 1.0)
    found = baseline("Linear AR", problem)
    assert found.error(problem, problem.split.test) < 1e-20
    assert len(found.learned) >= 3  # two weights, and the offset


def test_a_reservoir_reads_what_all_members_share_and_is_the_same_alone() -> None:
    x = series()[0]
    together = core("Echo state", 3)
    states = together.states(x)
    for member in range(3):
        alone = make_core("Echo state", 3, 5, generators_of((member,))).double()
        torch.testing.assert_close(alone.states(x)[0], states[member])
    assert not torch.equal(states[0], states[1])
    assert list(together.parameters()) == []  # nothing in it is trained
