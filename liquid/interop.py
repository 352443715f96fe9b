"""Networks from other libraries: ncps' LTC and CfC, from their state dicts, with the same outputs.

The equations are those of `liquid/models/ltc.py` and `cfc.py`. A state dict does not tell everything: what ncps was
given beside it has to be given here too, where it is not ncps' default.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from liquid.dynamics.layer import check_counts
from liquid.errors import LiquidError
from liquid.models.cfc import CfC
from liquid.models.core import generators_of
from liquid.models.ltc import LTC
from liquid.models.registry import Clock

Weights = dict[str, Tensor]

LTC_NEEDS = ("gleak", "vleak", "cm", "sigma", "mu", "w", "erev")
LTC_SENSORY = ("sensory_sigma", "sensory_mu", "sensory_w", "sensory_erev")
LTC_MASKS = ("sparsity_mask", "sensory_sparsity_mask")
LTC_MAPS = ("input_w", "input_b", "output_w", "output_b")
CFC_MAPS = ("ff1", "ff2", "time_a", "time_b")
CFC_NEEDS = ("backbone.0", *CFC_MAPS)


class FromNcps(nn.Module):
    """`(x[batch, time, input], state[batch, state], timespans) -> output[batch, time, output], last state`, as in ncps.

    `core` is the network itself, an LTC or a CfC with one member. A single sequence may come as `[time, input]`, its
    state then as `[state]`. `timespans` are a number, `[time]` or `[batch, time]`, above 0; ncps squeezes an axis of
    them away, which goes wrong where a batch has as many sequences as the layer has neurons. LiquidError on what does
    not fit.
    """

    def __init__(self, core: LTC | CfC, outputs: nn.Module) -> None:
        super().__init__()
        self.core, self.outputs = core, outputs

    def forward(self, x: Tensor, state: Tensor | None = None, timespans: float | Tensor = 1.0) -> tuple[Tensor, Tensor]:
        for name, value in (("input", x), ("state", state)):
            if value is not None and not isinstance(value, Tensor):
                raise LiquidError(f"{name} is a {type(value).__name__}; expected a tensor.")
        if x.dim() == 2:
            outputs, last = self(x[None], None if state is None else state[None], timespans)
            return outputs[0], last[0]
        core, like = self.core, next(self.core.parameters())
        inputs = core.input_w.shape[-1] if isinstance(core, LTC) else core.backbone.shape[-1] - core.size
        if x.dim() != 3 or x.shape[-1] != inputs or x.shape[1] < 1 or x.dtype != like.dtype:
            raise LiquidError(
                f"input is {list(x.shape)} in {x.dtype}; expected [batch, time, {inputs}] in {like.dtype}, with at "
                "least one sample."
            )
        start = x.new_zeros(len(x), core.size) if state is None else state
        if start.shape != (len(x), core.size):
            raise LiquidError(f"state has shape {list(start.shape)}; expected [batch, state] = {[len(x), core.size]}.")
        run = core.voltages if isinstance(core, LTC) else core.hidden
        states: Tensor = run(x, start[None], _spans(timespans, x))[0]
        output: Tensor = self.outputs(states)
        return output, states[:, -1]


class _Motors(nn.Module):
    """An LTC's output: the first neurons, each with a weight and a bias."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight.clone()), nn.Parameter(bias.clone())

    def forward(self, states: Tensor) -> Tensor:
        return states[..., : len(self.weight)] * self.weight + self.bias


def from_ncps(
    state_dict: Mapping[str, Tensor], *, ode_unfolds: int = 6, implicit_param_constraints: bool = True
) -> FromNcps:
    """The network of an `ncps.torch.LTC` or `CfC` (or of its cell), given its `state_dict()`.

    Read are LTCs with any wiring, and CfCs with one backbone layer of any width and `proj_size`. The two arguments are
    those that an LTC was made with, and nothing of it in its state dict: `ode_unfolds`, and whether parameters are
    kept positive by softplus (ncps' default for `LTC`) or by clipping (for `LTCCell`). A CfC is read as
    `mode="default"` with `activation="lecun_tanh"`; its state dict is the same for "no_gate" and other activations.
    LiquidError for what cannot be read: mixed memory, wired CfCs, `mode="pure"`, other numbers of backbone layers.
    """
    check_counts(ode_unfolds=ode_unfolds)
    if not isinstance(state_dict, Mapping) or not all(isinstance(one, Tensor) for one in state_dict.values()):
        raise LiquidError(
            f"state_dict is a {type(state_dict).__name__}; expected names with their tensors, as in "
            "model.rnn.state_dict()."
        )
    own = {name.removeprefix("rnn_cell."): tensor.detach() for name, tensor in state_dict.items()}
    _check_readable(own)
    if "gleak" in own:
        return _ltc(own, ode_unfolds, implicit_param_constraints)
    return _cfc(own)


def _check_readable(own: Weights) -> None:
    for problem, named in (
        ("mixed_memory=True (an LSTM before the cell)", "lstm."),
        ("a CfC with a wiring (cells in layers)", "layer_"),
        ('a CfC with mode="pure"', "w_tau"),
        ("a CfC with more than one backbone layer", "backbone.2"),
    ):
        if any(name.startswith(named) for name in own):
            raise LiquidError(
                f"The state dict is of {problem}, which is not read. Read are ncps' LTC with any wiring, and its CfC "
                "with one backbone layer in its default mode."
            )
    needs = (*LTC_NEEDS, *LTC_SENSORY) if "gleak" in own else tuple(f"{n}.{k}" for n in CFC_NEEDS for k in _KINDS)
    rest = (*LTC_MASKS, *LTC_MAPS) if "gleak" in own else ("fc.weight", "fc.bias")
    missing = [name for name in needs if name not in own]
    unknown = [name for name in own if name not in (*needs, *rest)]
    if missing or unknown:
        said = f"it lacks {', '.join(missing)}" if missing else f"it also holds {', '.join(unknown)}"
        raise LiquidError(
            f"The state dict is not that of an ncps LTC or CfC with one backbone layer: {said[:300]}. Give the layer's "
            "own, as in model.rnn.state_dict()."
        )


_KINDS = ("weight", "bias")


def _ltc(own: Weights, unfolds: int, softplus: bool) -> FromNcps:
    size, inputs = len(own["cm"]), len(own["sensory_w"])
    core = LTC(inputs, size, generators_of((0,)), Clock()).to(own["cm"])
    core.unfolds = unfolds
    given = {name: own[name] for name in (*LTC_NEEDS, *LTC_SENSORY)}
    for name in ("w", "sensory_w", "cm", "gleak"):
        if not softplus:
            given[name] = _before_softplus(name, given[name])
    for name, mask in zip(("w", "sensory_w"), LTC_MASKS, strict=True):
        if mask in own:  # a synapse that is not there has no conductance: softplus of -inf
            given[name] = given[name].masked_fill(own[mask] == 0, -math.inf)
    motors = len(own["output_w"]) if "output_w" in own else size
    ones, zeros = own["cm"].new_ones(max(size, inputs)), own["cm"].new_zeros(max(size, inputs))
    given |= {"input_w": own.get("input_w", ones[:inputs]), "input_b": own.get("input_b", zeros[:inputs])}
    _fill(core, given | {"output_w": ones[:size], "output_b": zeros[:size]})
    outputs = _Motors(own.get("output_w", ones[:motors]), own.get("output_b", zeros[:motors]))
    core.output_w.requires_grad_(False)  # those of the cell stand in `outputs`
    core.output_b.requires_grad_(False)
    return FromNcps(core, outputs)


# softplus(y) = x: y = x + log(1 - e^-x), in float64
def _before_softplus(name: str, values: Tensor) -> Tensor:
    if bool((values < 0).any()):
        raise LiquidError(
            f"{name} holds {float(values.min()):g}: without implicit_param_constraints ncps clips {name} at 0 by "
            "apply_weight_constraints(). Call it before, or read with implicit_param_constraints=True."
        )
    wide = values.double()
    return (wide + torch.log(-torch.expm1(-wide))).to(values)


def _cfc(own: Weights) -> FromNcps:
    size, width = len(own["ff1.bias"]), own["backbone.0.weight"].shape[1]
    core = CfC(width - size, size, generators_of((0,)), Clock())
    given = {"backbone": own["backbone.0.weight"], "backbone_bias": own["backbone.0.bias"]}
    given |= {name: torch.cat([own[f"{one}.{kind}"] for one in CFC_MAPS]) for name, kind in _HEADS.items()}
    _fill(core, given)
    outputs: nn.Module = nn.Identity()
    if "fc.weight" in own:
        outputs = nn.Linear(size, len(own["fc.bias"])).to(own["fc.weight"])
        outputs.load_state_dict({kind: own[f"fc.{kind}"] for kind in _KINDS})
    return FromNcps(core, outputs)


_HEADS = {"heads": "weight", "heads_bias": "bias"}


def _fill(core: nn.Module, given: Weights) -> None:
    """Every parameter of a core with one member."""
    for name, values in given.items():
        setattr(core, name, nn.Parameter(values[None].clone()))


def _spans(timespans: float | Tensor, x: Tensor) -> Tensor | None:
    """`[batch, time]`, or None where every sample lasts 1."""
    if isinstance(timespans, int | float) and timespans == 1:
        return None
    spans, (batch, time) = torch.as_tensor(timespans, dtype=x.dtype, device=x.device), x.shape[:2]
    if spans.shape not in ((), (time,), (batch, time)):
        raise LiquidError(
            f"timespans has shape {list(spans.shape)}; expected a number, [time] = [{time}] or [batch, time] = "
            f"[{batch}, {time}]."
        )
    if not bool(((spans > 0) & (spans < math.inf)).all()):
        raise LiquidError("timespans must be above 0 and finite; leave out samples that come at the same time.")
    return spans.expand(batch, time)
