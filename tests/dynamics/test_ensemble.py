"""An ensemble is its members, trained together: nothing that one network sees or learns depends on the others."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from liquid.dynamics.ensemble import LinearEnsemble, LiquidEnsemble, clip_members
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import operator as scan
from liquid.errors import LiquidError


def networks(count: int, backend: str = "scan", **how: object) -> list[LiquidRNN]:
    generator = torch.Generator().manual_seed(0)
    made = [LiquidRNN(2, 5, 0.2, backend=backend, **how) for _ in range(count)]
    with torch.no_grad():
        for network in made:
            for parameter in network.parameters():
                parameter.normal_(generator=generator)
    return made


def normal(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("backend", ["scan", "plain"])
@pytest.mark.parametrize("own_input", [False, True])
def test_every_member_is_the_network_it_was_made_from(backend: str, own_input: bool) -> None:
    alone = networks(3, backend, num_layers=2, unfolds=2, solver="semi_implicit")
    together = LiquidEnsemble(alone)
    x = normal(3, 4, 6, 2) if own_input else normal(4, 6, 2)
    state = normal(3, 2, 4, 5)
    spans = normal(4, 6).abs()
    states, last = together(x, state, spans)
    states.square().sum().backward()
    for index, network in enumerate(alone):
        expected, expected_last = network(x[index] if own_input else x, state[index], spans)
        torch.testing.assert_close(states[index], expected, rtol=0, atol=1e-6)
        torch.testing.assert_close(last[index], expected_last, rtol=0, atol=1e-6)
        expected.square().sum().backward()
        for one, stacked in zip(network.parameters(), together.parameters(), strict=True):
            assert stacked.grad is not None
            torch.testing.assert_close(stacked.grad[index], one.grad)
        for one, copy in zip(network.parameters(), together.member(index).parameters(), strict=True):
            assert torch.equal(one, copy)


def test_trained_together_as_trained_alone() -> None:
    x, y = normal(8, 10, 2), normal(8, 10, 1)

    def loss(predicted: Tensor) -> Tensor:
        return (predicted - y).square().mean(dim=(-3, -2, -1)).sum()  # over members: a sum, so that none sees another

    cores, readouts = networks(2), [nn.Linear(5, 1) for _ in range(2)]
    for readout in readouts:
        nn.init.normal_(readout.weight, generator=torch.Generator().manual_seed(2))
        nn.init.zeros_(readout.bias)
    core, together = LiquidEnsemble(cores), LinearEnsemble(readouts)
    both = [*core.parameters(), *together.parameters()]
    sgd = torch.optim.SGD(both, lr=0.5)  # it follows a gradient's length, as Adam would not
    for _ in range(5):
        sgd.zero_grad()
        loss(together(core(x)[0])).backward()
        clip_members(both, 0.02)
        sgd.step()
    for index in range(2):
        own = [*cores[index].parameters(), *readouts[index].parameters()]
        sgd = torch.optim.SGD(own, lr=0.5)
        for _ in range(5):
            sgd.zero_grad()
            loss(readouts[index](cores[index](x)[0])).backward()
            norm = nn.utils.clip_grad_norm_(own, 0.02)
            assert norm > 0.02, "the clip must have something to do"
            sgd.step()
        found = [*core.member(index).parameters(), *together.member(index).parameters()]
        for one, member in zip(own, found, strict=True):
            torch.testing.assert_close(member, one, rtol=0, atol=1e-5)


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(LiquidError, match="2 kinds"):
        LiquidEnsemble([LiquidRNN(2, 5), LiquidRNN(2, 5, 0.2)])
    with pytest.raises(LiquidError, match="one or more"):
        LiquidEnsemble([])
    with pytest.raises(LiquidError, match="batch_first=True"):
        LiquidEnsemble(networks(2, batch_first=False))
    ensemble = LiquidEnsemble(networks(3))
    with pytest.raises(LiquidError, match="3 members"):
        ensemble(normal(2, 4, 6, 2))
    with pytest.raises(LiquidError, match="members, num_layers, batch, state"):
        ensemble(normal(4, 6, 2), normal(2, 1, 4, 5))
    with pytest.raises(LiquidError, match="same parameters frozen"):
        LiquidEnsemble([networks(1)[0], frozen(networks(1)[0])])
    with pytest.raises(LiquidError, match="backend"):
        LiquidEnsemble([*networks(1, "scan"), *networks(1, "plain")])
    readouts = LinearEnsemble([nn.Linear(5, 1) for _ in range(3)])
    for shape in [(6, 4, 5), (3, 4, 6), (5,)]:  # the first is a whole number of rows per member
        with pytest.raises(LiquidError, match=r"expected \[3 members, \.\.\., 5\]"):
            readouts(normal(*shape))
    assert scan.ready(wait=True)


def frozen(network: LiquidRNN) -> LiquidRNN:
    network.liquid_layers()[0].tau.requires_grad_(False)
    return network


@pytest.mark.parametrize("backend", ["scan", "plain"])
def test_what_is_frozen_stays_so(backend: str) -> None:
    ensemble = LiquidEnsemble([frozen(network) for network in networks(2, backend)])
    ensemble(normal(4, 6, 2))[0].sum().backward()
    layer = ensemble.network.liquid_layers()[0]
    assert layer.tau.grad is None
    assert layer.A.grad is not None
    assert not ensemble.member(1).liquid_layers()[0].tau.requires_grad


def test_with_nothing_to_clip_the_norm_is_zero_as_in_torch() -> None:
    parameters = list(LiquidEnsemble(networks(2)).parameters())
    assert torch.equal(clip_members(parameters, 1.0), nn.utils.clip_grad_norm_(parameters, 1.0))
