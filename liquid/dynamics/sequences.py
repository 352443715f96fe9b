"""The forms in which sequences may be given, as in torch.nn, and the one in which they are computed.

A layer runs over `[batch, time, input]`. A caller may have `[time, input]`, time first, sequences that end at different
samples (`lengths`), or a PackedSequence of them; what comes back has the form that was given.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from liquid.dynamics.torch_internals import is_transformed, is_watched
from liquid.errors import LiquidError

Lengths = Tensor | Sequence[int]


class Given(NamedTuple):
    """What a call was given, in the one form: x `[batch, time, input]`, state `[num_layers, batch, state]`.

    `ends[batch]` is the last sample of every sequence (None: all end together); `packed` the PackedSequence it was.
    """

    x: Tensor
    shape: torch.Size  # that the input had
    state: Tensor | None
    timespans: float | Tensor
    ends: Tensor | None = None
    past: Tensor | None = None  # [batch, time, 1]: after a sequence's end
    packed: PackedSequence | None = None
    single: bool = False
    time_first: bool = False

    def states(self, states: Tensor) -> Tensor | PackedSequence:
        """States `[batch, time, state]` in the form of the input; zero after a sequence's end."""
        if self.past is not None:
            states = states.masked_fill(self.past, 0)
        if self.packed is not None and self.ends is not None:
            return _packed_like(self.packed, states, self.ends + 1)
        return self.form(states)

    def form(self, states: Tensor) -> Tensor:
        """`[batch, time, state]` with the axes of the input."""
        if self.single:
            return states[0]
        return states.transpose(0, 1) if self.time_first else states

    def last(self, last: Tensor) -> Tensor:
        """The last state of every layer, `[num_layers, batch, state]`, without a batch axis if there was none."""
        return last[:, 0] if self.single else last


def given(
    x: Tensor | PackedSequence,
    state: Tensor | None,
    timespans: float | Tensor,
    lengths: Lengths | None,
    batch_first: bool,
) -> Given:
    """A call's arguments in the one form. LiquidError on what has no meaning."""
    if not isinstance(timespans, int | float | Tensor):
        timespans = as_numbers(timespans)
    if type(x) is Tensor and x.dim() == 3 and state is None and lengths is None and batch_first:
        return Given(x, x.shape, state, timespans)  # the usual case
    if not isinstance(x, Tensor | PackedSequence):
        raise LiquidError(
            f"input is a {type(x).__name__}; expected a tensor. Convert it: torch.as_tensor(x, dtype=torch.float32)."
        )
    if state is not None and not isinstance(state, Tensor):
        what = f"a tuple of {len(state)}" if isinstance(state, tuple) else f"a {type(state).__name__}"
        raise LiquidError(
            f"state is {what}; expected one tensor [num_layers, batch, state]. A liquid layer has no cell state beside "
            "it: of an LSTM's (h, c), pass h alone."
        )
    if isinstance(x, PackedSequence):
        return _of_packed(x, state, timespans, lengths)
    if x.dim() == 2:
        return _of_single(x, state, timespans, lengths)
    if not batch_first and x.dim() == 3:
        timespans = timespans.t() if isinstance(timespans, Tensor) and timespans.dim() == 2 else timespans
        whole = Given(x.transpose(0, 1), x.shape, state, timespans, time_first=True)
        return _ending(whole, lengths)
    return _ending(Given(x, x.shape, state, timespans), lengths)


def _of_single(x: Tensor, state: Tensor | None, timespans: float | Tensor, lengths: Lengths | None) -> Given:
    if lengths is not None:
        raise LiquidError("lengths belongs to a batch; a single sequence [time, input] ends with its last sample.")
    if state is not None and state.dim() != 2:
        raise LiquidError(
            f"state has shape {list(state.shape)}; a single sequence [time, input] = {list(x.shape)} takes "
            "[num_layers, state]. Give both a batch axis, or neither."
        )
    return Given(x[None], x.shape, None if state is None else state[:, None], timespans, single=True)


def _of_packed(
    packed: PackedSequence, state: Tensor | None, timespans: float | Tensor, lengths: Lengths | None
) -> Given:
    if lengths is not None:
        raise LiquidError("lengths was given beside a PackedSequence, which has lengths of its own; leave it out.")
    x, counts = pad_packed_sequence(packed, batch_first=True)
    return _ending(Given(x, x.shape, state, timespans), counts)._replace(packed=packed)


def _ending(whole: Given, lengths: Lengths | None) -> Given:
    """With zeros, and steps of one, after the end of every sequence: what stands there is nobody's."""
    if lengths is None or whole.x.dim() != 3:
        return whole
    batch, time = whole.x.shape[:2]
    counts = _as_counts(lengths).to(whole.x.device)
    if counts.shape != (batch,) or counts.is_floating_point() or counts.dtype == torch.bool:
        raise LiquidError(
            f"lengths has shape {list(counts.shape)} in {counts.dtype}; expected a whole number of samples for each of "
            f"the {batch} sequences, [batch] = [{batch}]."
        )
    if not _unseen(counts) and not bool(((counts >= 1) & (counts <= time)).all()):
        raise LiquidError(
            f"lengths holds {int(counts.min())} to {int(counts.max())}; expected 1 to {time}, the samples that the "
            "input has. Leave out sequences without a sample."
        )
    past = torch.arange(time, device=whole.x.device) >= counts[:, None]
    spans = whole.timespans
    if isinstance(spans, Tensor) and spans.shape == (batch, time):
        spans = spans.to(whole.x.device).masked_fill(past, 1)
    past = past[:, :, None]
    return whole._replace(x=whole.x.masked_fill(past, 0), timespans=spans, ends=counts - 1, past=past)


def _as_counts(lengths: Lengths) -> Tensor:
    try:
        return torch.as_tensor(lengths)
    except (TypeError, ValueError, RuntimeError) as error:
        raise LiquidError(
            f"lengths is a {type(lengths).__name__} that is no list of whole numbers ({error}); give one for each "
            "sequence."
        ) from error


# In the order of the data that was given: by time, longest sequence first
def _packed_like(packed: PackedSequence, states: Tensor, counts: Tensor) -> PackedSequence:
    order = packed.sorted_indices
    if order is not None:
        states, counts = states[order], counts[order]
    data = pack_padded_sequence(states, counts.cpu(), batch_first=True).data
    return PackedSequence(data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)


def as_numbers(timespans: Any) -> Tensor:
    """Timespans of any kind as a tensor. LiquidError if they are no numbers."""
    try:
        numbers = torch.as_tensor(timespans)
    except (TypeError, ValueError, RuntimeError) as error:
        raise LiquidError(
            f"timespans is a {type(timespans).__name__} that is no array of numbers ({error}); give a number or a "
            "tensor."
        ) from error
    if numbers.is_complex():
        raise LiquidError(f"timespans holds {numbers.dtype}; the time between samples is a real number of 0 or more.")
    return numbers


def check_steps(h: Tensor, timespans: Any) -> None:
    """LiquidError if a solver's step is negative, infinite or missing. Where numbers cannot be seen it passes."""
    if _unseen(h):
        return
    low, high = (float(one) for one in h.detach().aminmax())
    if low >= 0 and high < math.inf:  # false for NaN too
        return
    if isinstance(timespans, int | float):
        said = f"timespans={timespans}"
    else:
        values = h.detach()
        wrong = torch.nonzero(~((values >= 0) & (values < math.inf)))[0].tolist()
        said = f"timespans{wrong} makes a step of {float(values[tuple(wrong)])}"
    raise LiquidError(
        f"{said}: the time between samples must be 0 or more and finite. Sort the samples by time, and fill what is "
        "missing; what lies past a sequence's end may hold anything if lengths is given."
    )


def _unseen(values: Tensor) -> bool:
    """Whether its numbers cannot be looked at: traced, transformed, without numbers, or recorded on a GPU."""
    return (
        torch.compiler.is_compiling()
        or type(values) is not Tensor
        or values.is_meta
        or is_transformed()
        or is_watched()
        or (values.is_cuda and torch.cuda.is_current_stream_capturing())
    )


def check_dropout(dropout: float, num_layers: int) -> None:
    """LiquidError if it is no probability; a warning, as in torch.nn, if there is nothing between layers."""
    if not 0 <= dropout <= 1:
        raise LiquidError(f"dropout={dropout}: the share that is left out between layers must be from 0 to 1.")
    if dropout and num_layers == 1:
        warnings.warn(
            f"dropout={dropout} acts between layers, and num_layers=1 has nothing between: it does nothing.",
            stacklevel=3,
        )
