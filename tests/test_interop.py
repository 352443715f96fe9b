"""Networks of ncps, read from their state dicts: the outputs are those of ncps itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from ncps.torch import LTC, CfC
from ncps.wirings import NCP, AutoNCP, Random
from torch import Tensor, nn

from liquid.dynamics.rnn import LiquidRNN
from liquid.errors import LiquidError
from liquid.interop import from_ncps

X = torch.randn(4, 9, 3, generator=torch.Generator().manual_seed(0))
SPANS = 0.2 + torch.rand(4, 9, generator=torch.Generator().manual_seed(1))


def theirs(kind: type[nn.Module], units: Any, **settings: Any) -> nn.Module:
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002  # its wirings draw from it
    network = kind(3, units, **settings)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.requires_grad and "erev" not in name:
                parameter.add_(0.1 * torch.rand_like(parameter))
    return network


def timed(network: nn.Module, state: Tensor) -> tuple[Tensor, Tensor]:
    """Sequence by sequence, because ncps mixes up batch and state in timespans."""
    each = [network(X[b : b + 1], state[b : b + 1], SPANS[b : b + 1]) for b in range(len(X))]
    outputs, last = zip(*each, strict=True)
    return torch.cat(outputs), torch.cat(last)


LTCS: dict[str, tuple[Any, dict[str, Any]]] = {
    "fully connected": (5, {}),
    "NCP": (NCP(4, 3, 2, 2, 2, 2, 3, seed=1), {}),
    "AutoNCP, 3 solver steps": (AutoNCP(9, 2, seed=1), {"ode_unfolds": 3}),
    "random wiring, clipped": (Random(6, sparsity_level=0.5), {"implicit_param_constraints": False}),
    "no maps": (5, {"input_mapping": None, "output_mapping": None}),
    "linear maps": (5, {"input_mapping": "linear", "output_mapping": "linear"}),
}
CFCS: dict[str, dict[str, Any]] = {
    "default": {},
    "narrow": {"backbone_units": 7},
    "projected": {"proj_size": 2},
}


@pytest.mark.parametrize("how", LTCS)
def test_an_ltc_gives_the_same_outputs(how: str) -> None:
    units, settings = LTCS[how]
    network = theirs(LTC, units, **settings)
    same_numbers(network, from_ncps(network.state_dict(), **{k: v for k, v in settings.items() if "map" not in k}))


@pytest.mark.parametrize("how", CFCS)
def test_a_cfc_gives_the_same_outputs(how: str) -> None:
    network = theirs(CfC, 5, **CFCS[how])
    same_numbers(network, from_ncps(network.state_dict()))


def same_numbers(network: nn.Module, ours: nn.Module) -> None:
    start = 0.3 * torch.randn(4, network.state_size, generator=torch.Generator().manual_seed(2))
    for expected, found in (
        (network(X), ours(X)),
        (network(X, start), ours(X, start)),
        (timed(network, start), ours(X, start, SPANS)),
        (network(X[0]), ours(X[0])),
    ):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    gradient, other = (torch.autograd.grad(one(x)[0].square().sum(), x)[0] for one in (network, ours) for x in [leaf()])
    torch.testing.assert_close(other, gradient, rtol=1e-4, atol=1e-6)
    network(X)[0].square().sum().backward()
    ours(X)[0].square().sum().backward()
    counts = [sum(p.numel() for p in one.parameters() if p.requires_grad) for one in (network, ours)]
    assert all(p.grad.isfinite().all() for p in ours.parameters() if p.requires_grad)
    assert counts[1] >= counts[0]  # a map that ncps was made without is there, as one


def leaf() -> Tensor:
    return X.clone().requires_grad_()


def test_a_cell_alone_and_double_precision_are_read() -> None:
    network = theirs(LTC, 5).double()
    torch.testing.assert_close(
        from_ncps(network.rnn_cell.state_dict())(X.double()), from_ncps(network.state_dict())(X.double())
    )
    start = torch.zeros(4, 5, dtype=torch.float64)
    torch.testing.assert_close(from_ncps(network.state_dict())(X.double())[0], network(X.double(), start)[0])


@pytest.mark.parametrize(
    ("kind", "units", "settings", "sentence"),
    [
        (LTC, 5, {"mixed_memory": True}, "mixed_memory=True"),
        (CfC, AutoNCP(9, 2), {}, "a CfC with a wiring"),
        (CfC, 5, {"mode": "pure"}, 'mode="pure"'),
        (CfC, 5, {"backbone_layers": 2}, "more than one backbone layer"),
        (CfC, 5, {"backbone_layers": 0}, r"it lacks backbone\.0\.weight"),
    ],
)
def test_what_cannot_be_read_is_said(kind: Any, units: Any, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        from_ncps(theirs(kind, units, **settings).state_dict())


def test_other_state_dicts_and_inputs_are_refused() -> None:
    with pytest.raises(LiquidError, match=r"it lacks backbone\.0\.weight.*model\.rnn\.state_dict"):
        from_ncps(nn.LSTM(1, 2).state_dict())
    with pytest.raises(LiquidError, match=r"it also holds head\.weight"):
        from_ncps({**theirs(LTC, 5).state_dict(), "head.weight": torch.ones(1)})
    with pytest.raises(LiquidError, match=r"w holds -1: .*apply_weight_constraints"):
        from_ncps({**theirs(LTC, 5).state_dict(), "rnn_cell.w": -torch.ones(5, 5)}, implicit_param_constraints=False)
    ours = from_ncps(theirs(LTC, 5).state_dict())
    for wrong in (X[..., :2], X.double(), X[:, :0]):
        with pytest.raises(LiquidError, match=r"expected \[batch, time, 3\] in torch.float32"):
            ours(wrong)
    with pytest.raises(LiquidError, match=r"\[batch, state\] = \[4, 5\]"):
        ours(X, torch.zeros(4, 3))
    with pytest.raises(LiquidError, match=r"\[batch, time\] = \[4, 9\]"):
        ours(X, timespans=torch.ones(9, 4))
    with pytest.raises(LiquidError, match="above 0"):
        ours(X, timespans=0.0)
    with pytest.raises(LiquidError, match="ode_unfolds=0"):
        from_ncps({}, ode_unfolds=0)
    with pytest.raises(LiquidError, match=r"ode_unfolds=2\.5: .*whole number"):
        from_ncps({}, ode_unfolds=2.5)  # type: ignore[arg-type]
    for given, kind in ((theirs(LTC, 5), "LTC"), ({"cm": np.ones(5)}, "dict"), (None, "NoneType")):
        with pytest.raises(LiquidError, match=rf"state_dict is a {kind}; .*model\.rnn\.state_dict"):
            from_ncps(given)  # type: ignore[arg-type]
    with pytest.raises(LiquidError, match="input is a ndarray; expected a tensor"):
        ours(X.numpy())
    with pytest.raises(LiquidError, match="state is a tuple; expected a tensor"):
        ours(X, (torch.zeros(4, 5),) * 2)


# What docs/liquids.md calls the same number


def test_one_synapse_of_ncps_is_the_layers_gate_and_its_fused_step_the_semi_implicit_one() -> None:
    """w = cm, vleak = 0: then f = sigmoid(sigma (I - mu)), A = E, tau = cm / gleak."""
    ltc = LTC(1, 1, ode_unfolds=6, implicit_param_constraints=False).double()
    cell, sigma, mu, cm, gleak, level = ltc.rnn_cell, 2.0, 0.4, 0.7, 0.25, -1.0
    layer = LiquidRNN(1, 1, dt=1.0, unfolds=6, solver="semi_implicit").double()
    with torch.no_grad():
        for name, value in {
            "cm": cm, "gleak": gleak, "vleak": 0.0, "w": 0.0, "sensory_w": cm, "sensory_sigma": sigma,
            "sensory_mu": mu, "sensory_erev": level,
        }.items():  # fmt: skip
            cell.get_parameter(name).fill_(value)
        gate = layer.liquid_layers()[0]
        gate.fc.weight.copy_(torch.tensor([[sigma, 0.0]]))
        gate.fc.bias.fill_(-sigma * mu)
        gate.A.fill_(level)
        gate.tau.fill_(float(np.log(np.expm1(cm / gleak))))
    x = X[..., :1].double()
    torch.testing.assert_close(layer(x)[0], ltc(x, torch.zeros(4, 1, dtype=torch.float64))[0], rtol=1e-6, atol=1e-7)


def test_every_synapse_of_ncps_has_one_f_which_stands_in_rate_and_drive() -> None:
    """f_j = w_j sigmoid(sigma_j (v_j - mu_j)) / cm: dv/dt = -v / tau + vleak / tau + sum f_j (E_j - v)."""
    ltc = theirs(LTC, 5, ode_unfolds=4000, input_mapping=None, output_mapping=None).double()
    cell, positive = ltc.rnn_cell, nn.functional.softplus
    start = 0.3 * torch.randn(4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    x, cm = X[:, 0].double(), positive(cell.cm)
    tau = cm / positive(cell.gleak)

    def synapses(v: Tensor, kind: str) -> tuple[Tensor, Tensor]:
        w, sigma, mu, level = (cell.get_parameter(kind + name) for name in ("w", "sigma", "mu", "erev"))
        return positive(w) * torch.sigmoid(sigma * (v[..., None] - mu)) / cm, level

    rate = (cell.vleak - start) / tau
    for f, level in (synapses(start, ""), synapses(x, "sensory_")):
        rate = rate + (f * (level - start[:, None])).sum(dim=1)
    span = torch.full((4, 1), 1e-4, dtype=torch.float64)
    moved = from_ncps(ltc.state_dict(), ode_unfolds=4)(x[:, None], start, span)[1]
    torch.testing.assert_close((moved - start) / 1e-4, rate, rtol=1e-2, atol=1e-3)


def test_a_gate_that_does_not_see_the_state_makes_the_layer_linear_in_it() -> None:
    """As Liquid-S4 is: sums of states are states of sums, and the input alone moves the time constants."""
    rnn = LiquidRNN(3, 5).double()
    with torch.no_grad():
        rnn.liquid_layers()[0].fc.weight[:, 3:] = 0
    starts = torch.randn(2, 1, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    first, second, neither, both = (rnn(X.double(), one)[0] for one in (*starts, 0 * starts[0], starts.sum(0)))
    torch.testing.assert_close(first + second - neither, both)
