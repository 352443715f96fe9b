"""Whatever others' code hangs on a layer computes what it would in a loop that calls fc, or is refused in words."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

from liquid.dynamics import linear
from liquid.dynamics.effective import Called, effective
from liquid.dynamics.ensemble import LiquidEnsemble
from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import ready
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError

X = torch.randn(3, 7, 2, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module", autouse=True)
def waited() -> None:
    assert ready(wait=True)


def called_by_step(layer: LiquidLayer, x: Tensor) -> Tensor:
    """The Euler steps of the layer's equation, fc called as any module is."""
    state, states = torch.zeros(x.shape[0], layer.state_size), []
    for sample in x.unbind(1):
        f = torch.sigmoid(layer.fc(torch.cat([sample, state], dim=-1)))
        tau = nn.functional.softplus(layer.tau)
        state = state + layer.dt * (-state / tau + f * (layer.A - state))
        states.append(state)
    return torch.stack(states, dim=1)


class LoRA(nn.Module):
    """As peft and others wrap a linear map: `weight` is there, and is not what it computes with."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.down, self.up = nn.Linear(base.in_features, 2, bias=False), nn.Linear(2, base.out_features, bias=False)

    @property
    def weight(self) -> Tensor:
        return self.base.weight

    @property
    def bias(self) -> Tensor:
        return self.base.bias

    def forward(self, x: Tensor) -> Tensor:
        moved: Tensor = self.base(x) + self.up(self.down(x))
        return moved


class Halved(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) / 2


class Double(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * x


def old_weight_norm(fc: nn.Linear) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        nn.utils.weight_norm(fc)


def patched(fc: nn.Linear) -> None:
    whole = fc.forward
    fc.forward = lambda x: whole(x).tanh()  # type: ignore[method-assign]  # as offloading hooks do


WEIGHTS: dict[str, Callable[[nn.Linear], object]] = {
    "pruned": lambda fc: prune.l1_unstructured(fc, "weight", 0.5),
    "pruned twice, and its bias": lambda fc: (
        prune.random_unstructured(fc, "weight", 0.3),
        prune.l1_unstructured(fc, "weight", 0.3),
        prune.l1_unstructured(fc, "bias", 2),
    ),
    "old weight_norm": old_weight_norm,
    "weight_norm": parametrizations.weight_norm,
    "old spectral_norm": nn.utils.spectral_norm,
    "spectral_norm": parametrizations.spectral_norm,
    "parametrized": lambda fc: parametrize.register_parametrization(fc, "weight", Double()),
}
CALLS: dict[str, Callable[[nn.Linear], object]] = {
    "forward hook": lambda fc: fc.register_forward_hook(lambda _module, _args, z: z.clamp(-0.1, 0.1)),
    "pre-hook": lambda fc: fc.register_forward_pre_hook(lambda _module, args: (args[0].abs(),)),
    "pre-hook on pruned weights": lambda fc: (
        prune.l1_unstructured(fc, "weight", 0.5),
        fc.register_forward_pre_hook(lambda _module, args: (args[0].abs(),)),
    ),
    "forward put in place": patched,
}
REPLACED: dict[str, Callable[[nn.Linear], nn.Module]] = {
    "LoRA": LoRA,
    "a subclass": lambda fc: Halved(fc.in_features, fc.out_features),
    "no bias": lambda fc: nn.Linear(fc.in_features, fc.out_features, bias=False),
    "a network": lambda fc: nn.Sequential(nn.Linear(fc.in_features, 9), nn.Tanh(), nn.Linear(9, fc.out_features)),
}


def changed(how: str, backend: str = "auto", train: bool = False) -> LiquidRNN:
    torch.manual_seed(0)
    rnn = LiquidRNN(2, 5, dt=0.3, backend=backend).train(train)
    layer = rnn.liquid_layers()[0]
    if how in REPLACED:
        layer.fc = REPLACED[how](layer.fc)  # type: ignore[assignment]
    else:
        (WEIGHTS | CALLS)[how](layer.fc)
    return rnn.train(train)


def optimise(rnn: LiquidRNN) -> None:
    """One step, after which a weight that was kept from before is stale."""
    sgd = torch.optim.SGD(rnn.parameters(), lr=0.02)
    rnn(X)[0].square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in rnn.parameters())
    sgd.step()
    sgd.zero_grad()


@pytest.mark.parametrize("backend", ["auto", "plain", "scan"])
@pytest.mark.parametrize("how", [*WEIGHTS, *CALLS, *REPLACED])
def test_a_sequence_is_the_loop_that_calls_fc(how: str, backend: str) -> None:
    rnn = changed(how, backend)
    layer = rnn.liquid_layers()[0]
    if backend == "scan" and how not in WEIGHTS:
        with pytest.raises(LiquidError, match=r"fc (is|has) .*Use backend='auto'"):
            rnn(X)
        return
    for _ in range(3):
        torch.testing.assert_close(rnn(X)[0], called_by_step(layer, X))
        torch.testing.assert_close(rnn(X[:, :1])[0][:, 0], layer(X[:, 0], torch.zeros(3, 5)))
        trace = rnn.trace(X)[0]
        torch.testing.assert_close(trace.states, called_by_step(layer, X))
        assert trace.gate.shape == trace.states.shape
        optimise(rnn)


@pytest.mark.parametrize("how", [*WEIGHTS, "LoRA", "pre-hook on pruned weights"])
def test_a_loaded_state_dict_is_what_the_next_call_computes_with(how: str) -> None:
    rnn, other = changed(how), changed(how)
    optimise(other)
    rnn(X)
    rnn.load_state_dict(other.state_dict())
    torch.testing.assert_close(rnn(X)[0], other(X)[0], rtol=0, atol=0)
    if how in WEIGHTS:
        expected = other.liquid_layers()[0].affine().weight.detach().numpy()
        found = LayerWeights.of(rnn.liquid_layers()[0])
        assert abs(expected[:, :2] - found.inputs).max() == 0
    else:
        with pytest.raises(LiquidError, match="must be called"):
            LayerWeights.of(rnn.liquid_layers()[0])


def test_a_spectral_norm_is_computed_once_for_a_whole_sequence_in_training() -> None:
    for backend in ("plain", "scan"):
        rnn = changed("spectral_norm", backend, train=True)
        power = deepcopy(rnn.liquid_layers()[0].fc)
        weight = power.weight  # one power iteration, as for one call
        rnn(X)
        rnn.eval()
        torch.testing.assert_close(rnn.liquid_layers()[0].fc.weight, power.eval().weight)
        assert not torch.equal(weight, changed("spectral_norm").liquid_layers()[0].fc.weight)


@pytest.mark.parametrize("backend", ["plain", "scan"])
@pytest.mark.parametrize("name", ["A", "tau"])
def test_parameters_of_the_layer_itself_may_be_computed_too(name: str, backend: str) -> None:
    rnn = LiquidRNN(2, 5, backend=backend)
    layer = rnn.liquid_layers()[0]
    parametrize.register_parametrization(layer, name, Double())
    torch.testing.assert_close(rnn(X)[0], called_by_step(layer, X))
    pruned = LiquidRNN(2, 5, backend=backend)
    layer = pruned.liquid_layers()[0]
    prune.l1_unstructured(layer, name, 2)
    optimise(pruned)
    states = pruned(X)[0]
    layer(X[:, 0], torch.zeros(3, 5))  # which runs its hooks
    torch.testing.assert_close(states, called_by_step(layer, X))


def test_hooks_that_no_sequence_would_run_are_refused() -> None:
    rnn = LiquidRNN(2, 5)
    handle = rnn.layers[0].register_forward_hook(lambda *_: None)
    with pytest.raises(LiquidError, match=r"has a hook \(.*lambda.*Put a hook on the LiquidRNN"):
        rnn(X)
    handle.remove()

    class Own(LiquidLayer):
        def forward(self, x: Tensor, state: Tensor) -> Tensor:
            return state

    rnn.layers[0] = Own(2, 5)
    with pytest.raises(LiquidError, match="Own has a forward of its own"):
        rnn(X)
    rnn.layers[0] = nn.Sequential(LiquidLayer(2, 5))
    with pytest.raises(LiquidError, match="layers holds Sequential; each must be a LiquidLayer"):
        rnn(X)


@pytest.mark.parametrize("register", ["forward_pre", "forward", "full_backward_pre", "full_backward"])
def test_hooks_on_all_modules_run_for_fc_too(register: str) -> None:
    rnn, ensemble = LiquidRNN(2, 5, num_layers=2), LiquidEnsemble([LiquidRNN(2, 5), LiquidRNN(2, 5)])
    expected, together, seen = rnn(X)[0].clone(), ensemble(X)[0].clone(), []

    def record(module: nn.Module, *_: object) -> None:
        seen.append(type(module))

    with getattr(nn.modules.module, f"register_module_{register}_hook")(record):
        states = rnn(X.clone().requires_grad_())[0]
        states.sum().backward()
        assert seen.count(nn.Linear) == 2 * X.shape[1]
        assert seen.count(LiquidRNN) == 1
        torch.testing.assert_close(states, expected)
        torch.testing.assert_close(rnn.trace(X)[-1].states, expected)
        torch.testing.assert_close(ensemble(X)[0], together)
        for network in (rnn, ensemble.network):
            network.backend = "scan"
        for run in (rnn, ensemble):
            with pytest.raises(LiquidError, match=r"fc has the hooks that all modules have .*Use backend='auto'"):
                run(X)
    assert torch.equal(rnn(X)[0], expected)


def test_a_hook_on_all_modules_that_changes_an_output_changes_the_sequence() -> None:
    def halve(module: nn.Module, _args: object, output: Tensor) -> Tensor | None:
        return output / 2 if isinstance(module, nn.Linear) else None

    rnn = LiquidRNN(2, 5, dt=0.3)
    before = rnn(X)[0]
    with nn.modules.module.register_module_forward_hook(halve):
        torch.testing.assert_close(rnn(X)[0], called_by_step(rnn.liquid_layers()[0], X))
    assert (rnn(X)[0] - before).abs().max() == 0


def test_a_layer_with_another_equation_runs_by_it() -> None:
    class Open(LiquidLayer):
        def gate(self, drive: Tensor, state: Tensor) -> Tensor:
            return torch.ones_like(state)

    rnn, open_gate = LiquidRNN(2, 5), LiquidRNN(2, 5)
    open_gate.layers[0] = Open(2, 5)
    layer = open_gate.liquid_layers()[0]
    state = torch.zeros(3, 5)
    for sample in range(X.shape[1]):
        state = state + 0.1 * (-state / layer.base_tau + layer.A - state)
        torch.testing.assert_close(open_gate(X)[0][:, sample], state)
    open_gate.backend = "scan"
    with pytest.raises(LiquidError, match="Open has an equation of its own"):
        open_gate(X)
    assert effective(rnn.liquid_layers()[0]) is rnn.liquid_layers()[0], "usually nothing stands in"


@pytest.mark.filterwarnings("ignore:torch.ao.quantization is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor:UserWarning")
def test_a_dynamically_quantized_layer_is_called() -> None:
    rnn = LiquidRNN(2, 5, num_layers=2)
    expected = rnn(X)[0]
    small = torch.ao.quantization.quantize_dynamic(rnn, {nn.Linear})
    assert isinstance(effective(small.liquid_layers()[0]), Called)
    found = small(X)[0]
    assert 0 < (found - expected).abs().max() < 0.02
    with pytest.raises(LiquidError, match="fc is a Linear, so it must be called"):
        LayerWeights.of(small.liquid_layers()[0])


def test_an_ensemble_refuses_what_has_no_members_axis() -> None:
    for how in ("pruned", "weight_norm", "forward hook"):
        with pytest.raises(LiquidError, match=r"layers\.0\.fc.* is pruned, parametrized or has a hook"):
            LiquidEnsemble([changed(how), changed(how)])
    ensemble = LiquidEnsemble([LiquidRNN(2, 5), LiquidRNN(2, 5)])
    prune.l1_unstructured(ensemble.network.liquid_layers()[0].fc, "weight", 0.5)
    with pytest.raises(LiquidError, match=r"layers\.0\.fc"):
        ensemble(X)


def test_an_fc_of_another_size_is_refused() -> None:
    rnn = LiquidRNN(2, 5)
    rnn.liquid_layers()[0].fc = nn.Sequential(nn.Linear(7, 1))  # type: ignore[assignment]
    with pytest.raises(LiquidError, match=r"fc gave \[3, 1\] for a state of \[3, 5\]"):
        rnn(X)


def test_the_lists_of_hooks_are_where_torch_keeps_them() -> None:
    """torch has no public list of them."""
    for register in ("forward_pre", "forward", "full_backward_pre", "full_backward"):
        fc = nn.Linear(1, 1)
        assert linear.is_plain(fc)
        getattr(fc, f"register_{register}_hook")(lambda *_: None)
        assert not linear.is_plain(fc)
        assert linear.not_affine(fc) is not None
