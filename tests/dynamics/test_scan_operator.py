"""What other people's tools make of the scan: every row of the table in docs/api/public.md, against the plain loop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, hessian, jacrev, jvp, vmap
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import DTYPES, SOLVERS, calls, ready
from liquid.errors import LiquidError

X = torch.randn(3, 6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
Parameters = dict[str, Tensor]
Use = Callable[[LiquidRNN], Any]

# ways through a network; the last of each row in the docs is what it is computed by
SCAN: dict[str, Use] = {}
PLAIN: dict[str, Use] = {}


def by_scan(row: str) -> Callable[[Use], Use]:
    return lambda use: SCAN.setdefault(row, use)


def by_plain_loop(row: str) -> Callable[[Use], Use]:
    return lambda use: PLAIN.setdefault(row, use)


def gradients(rnn: LiquidRNN, states: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(states.square().sum(), list(rnn.parameters())))


def states_of(rnn: LiquidRNN) -> Callable[[Parameters, Tensor], Tensor]:
    return lambda own, x: functional_call(rnn, own, (x,))[0]


def loss_of(rnn: LiquidRNN) -> Callable[[Parameters, Tensor], Tensor]:
    return lambda own, x: functional_call(rnn, own, (x[None],))[0].square().sum()


def own(rnn: LiquidRNN) -> Parameters:
    return dict(rnn.named_parameters())


def compiled(function: Any, backend: str = "aot_eager") -> Any:
    torch.compiler.reset()
    return torch.compile(function, fullgraph=True, backend=backend)  # inductor takes 20 s


@by_scan("torch.compile(fullgraph=True)")
def in_a_compiled_graph(rnn: LiquidRNN) -> list[Tensor]:
    state = torch.ones(2, 3, 4, dtype=torch.float64)
    run = rnn if rnn.backend == "plain" else compiled(rnn)
    states, last = run(X, state, torch.full((3, 6), 0.5, dtype=torch.float64))
    return [states, last, *gradients(rnn, states)]


@by_scan("torch.export")
def exported(rnn: LiquidRNN) -> list[Tensor]:
    if rnn.backend == "plain":
        states = rnn(X)[0]
        return [states, *gradients(rnn, states)]
    sizes = ({0: torch.export.Dim("batch"), 1: torch.export.Dim("time")},)
    module = torch.export.export(rnn, (X,), dynamic_shapes=sizes).module()
    longer = torch.cat([X, X], dim=1)[:2]
    assert torch.equal(module(longer)[0], rnn(longer)[0])
    states = module(X)[0]
    return [states, *torch.autograd.grad(states.square().sum(), list(module.parameters()))]


@by_scan("vmap over parameters")
def ensembles(rnn: LiquidRNN) -> list[Tensor]:
    many = {name: torch.stack([p, 2 * p, -p]) for name, p in own(rnn).items()}
    twice = vmap(vmap(states_of(rnn), in_dims=(0, None)), in_dims=(None, 0))
    return [vmap(states_of(rnn), in_dims=(0, None))(many, X), twice(many, torch.stack([X, X + 1]))]


@by_scan("jacrev over parameters")
def jacobian(rnn: LiquidRNN) -> list[Tensor]:
    return list(jacrev(states_of(rnn))(own(rnn), X).values())


@by_scan("vmap(grad): gradients by sequence")
def by_sequence(rnn: LiquidRNN) -> list[Tensor]:
    return list(vmap(grad(loss_of(rnn)), in_dims=(None, 0))(own(rnn), X).values())


@by_scan("vmap over timespans")
def many_timespans(rnn: LiquidRNN) -> list[Tensor]:
    spans = torch.rand(4, 3, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return [vmap(lambda one: rnn(X, timespans=one)[0])(given) for given in (spans, spans[:, 0], spans[:, 0, 0])]


@by_scan("jacrev(jacrev), grad through grad")
def second_derivatives(rnn: LiquidRNN) -> list[Tensor]:
    inner = grad(loss_of(rnn))(own(rnn), X[0])
    moved = {name: p - 0.1 * inner[name] for name, p in own(rnn).items()}
    outer = torch.autograd.grad(loss_of(rnn)(moved, X[1]), list(rnn.parameters()))
    twice = jacrev(jacrev(lambda bias: functional_call(rnn, {"layers.0.fc.bias": bias}, (X,))[0].square().sum()))
    many = torch.stack([rnn.liquid_layers()[0].fc.bias, rnn.liquid_layers()[0].A])
    return [*outer, vmap(twice)(many)]


@by_scan("autocast")
def under_autocast(rnn: LiquidRNN) -> list[Tensor]:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = rnn(X)[0]
        small = rnn(X.bfloat16(), torch.zeros(2, 3, 4, dtype=torch.bfloat16))[0]
    assert torch.equal(small, rnn(X.bfloat16().double())[0])
    return [states, *gradients(rnn, states)]


@by_scan("checkpoint")
def checkpointed(rnn: LiquidRNN) -> list[Tensor]:
    return [
        one
        for reentrant in (False, True)
        for one in gradients_of_leaves(rnn, lambda x: checkpoint(lambda x: rnn(x)[0], x, use_reentrant=reentrant))  # noqa: B023
    ]


def gradients_of_leaves(rnn: LiquidRNN, run: Callable[[Tensor], Tensor]) -> list[Tensor]:
    rnn.zero_grad()
    run(X.clone().requires_grad_()).square().sum().backward()
    return [p.grad for p in rnn.parameters() if p.grad is not None]


@by_plain_loop("jvp, jacfwd, hessian, forward mode")
def forward_mode(rnn: LiquidRNN) -> list[Tensor]:
    bias = rnn.liquid_layers()[0].fc.bias
    curved = hessian(lambda bias: functional_call(rnn, {"layers.0.fc.bias": bias}, (X,))[0].square().sum())(bias)
    return [jvp(lambda x: rnn(x)[0], (X,), (torch.ones_like(X),))[1], curved]


@by_plain_loop("torch.func inside torch.compile")
def transformed_while_compiled(rnn: LiquidRNN) -> list[Tensor]:
    run = vmap(grad(loss_of(rnn)), in_dims=(None, 0))
    if rnn.backend != "plain":
        run = compiled(run, "eager")
    return list(run(own(rnn), X[:, :1]).values())


@by_plain_loop("make_fx, torch.jit.trace, dispatch modes")
def recorded(rnn: LiquidRNN) -> list[Tensor]:
    with FlopCounterMode(display=False) as counted:
        rnn(X)
    flops = torch.tensor(counted.get_total_flops())
    assert flops > 0
    traced = torch.jit.trace(rnn, (X,), check_trace=False)
    return [make_fx(lambda x: rnn(x)[0])(X)(X + 1), traced(X + 1)[0], flops]


@by_plain_loop("a gradient of timespans")
def gradient_of_timespans(rnn: LiquidRNN) -> list[Tensor]:
    """Of every shape, and inside of torch.func, whose wrappers hide that somebody wants it."""
    spans = torch.rand(2, 3, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def loss(own: Tensor) -> Tensor:
        return rnn(X, timespans=own)[0].square().sum()

    found = [torch.autograd.grad(loss(own), own)[0] for one in (spans[0], spans[0, 0], spans[0, 0, 0])
             for own in [one.clone().requires_grad_()]]  # fmt: skip
    together = grad(lambda many: vmap(loss)(many).sum())(spans)
    leaf = spans.clone().requires_grad_()
    return [*found, together, vmap(grad(loss))(spans), *torch.autograd.grad(vmap(loss)(leaf).sum(), leaf)]


@pytest.fixture(scope="module", autouse=True)
def waited() -> None:
    assert all(ready(wait=True, dtype=dtype) for dtype in DTYPES)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of compiled loops."""
    found: list[str] = []
    for name in ("forward", "backward"):
        usual = getattr(calls, name)
        monkeypatch.setattr(
            calls, name, lambda *a, _run=usual, _name=name, **k: (found.append(_name), _run(*a, **k))[1]
        )
    return found


def pair(**settings: Any) -> tuple[LiquidRNN, LiquidRNN]:
    torch.manual_seed(0)
    rnn, plain = (LiquidRNN(2, 4, num_layers=2, backend=way, **settings).double() for way in ("auto", "plain"))
    plain.load_state_dict(rnn.state_dict())
    return rnn, plain


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("row", [*SCAN, *PLAIN])
def test_a_row_of_the_table(row: str, counted: list[str]) -> None:
    use = (SCAN | PLAIN)[row]
    for solver in SOLVERS if row in SCAN and "compile" not in row else SOLVERS[:1]:
        rnn, plain = pair(solver=solver)
        counted.clear()
        found = use(rnn)
        assert bool(counted) == (row in SCAN)
        counted.clear()
        expected = use(plain)
        assert not counted
        for ours, theirs in zip(found, expected, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-11)
        rnn.backend = "scan"
        if row in PLAIN and row != "torch.func inside torch.compile":  # which says it in an error of its own
            with pytest.raises(LiquidError, match=r"cannot be used: .* Use backend='auto' or 'plain'"):
                use(rnn)


def test_the_docs_have_these_rows() -> None:
    page = Path(__file__).parents[2].joinpath("docs/api/public.md").read_text(encoding="utf-8")
    rows = {cells[1].strip(" `"): cells[2] for line in page.splitlines() if len(cells := line.split("|")) == 4}
    assert [row for row in SCAN if not rows[row].startswith(" the scan")] == []
    assert [row for row in PLAIN if not rows[row].startswith(" the plain loop")] == []


def test_a_compiled_or_exported_network_has_one_node_for_a_layer() -> None:
    rnn, _ = pair()
    exported = torch.export.export(rnn, (X,))
    operators = [str(node.target) for node in exported.graph.nodes if node.op == "call_function"]
    assert operators.count("liquid.scan.default") == 2
    assert not any("sigmoid" in name or "addmm" in name for name in operators), operators


@pytest.mark.parametrize("members", [(), (3,)])
def test_torchs_own_checks_of_an_operator(members: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(0)
    shapes = ((4, 5, 2), (1, 4, 3), (3, 5), (3,), (3,), (3,))
    given = [torch.randn(*members, *shape, generator=generator).requires_grad_() for shape in shapes]
    # the tape's padding holds whatever was there, so that no two runs of one are equal
    checks = ("test_schema", "test_autograd_registration", "test_faketensor")
    h = torch.tensor(0.1)
    torch.library.opcheck(torch.ops.liquid.scan.default, (*given, h, 2, True, True), test_utils=checks)
    with torch.no_grad():
        states, last, tape = torch.ops.liquid.scan(*given, h, 2, True, True)
    back = (*given, h, tape, torch.ones_like(states), torch.ones_like(last), 2, True)
    torch.library.opcheck(torch.ops.liquid.scan_backward.default, back, test_utils=checks)


def test_what_the_compiler_cannot_give_the_scan_it_compiles_as_a_loop(counted: list[str]) -> None:
    """Another solver, and an fc that has to be called."""
    x = X.float()[:, :2]
    for rnn in (LiquidRNN(2, 4, solver="heun"), LiquidRNN(2, 4)):
        if rnn.solver.name == "euler":
            rnn.liquid_layers()[0].fc.register_forward_hook(lambda _module, _args, z: 2 * z)
        torch.testing.assert_close(compiled(rnn, "eager")(x)[0], rnn(x)[0])
    assert not counted


def test_pruned_and_normed_weights_compile_with_the_scan(counted: list[str]) -> None:
    rnn = LiquidRNN(2, 4)
    nn.utils.parametrizations.weight_norm(rnn.liquid_layers()[0].fc)
    torch.testing.assert_close(compiled(rnn, "eager")(X.float())[0], rnn(X.float())[0])
    assert counted == ["forward", "forward"]
