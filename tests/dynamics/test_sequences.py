"""Sequences in every form that nn.LSTM takes, with its conventions; nn.LSTM itself is the reference for these."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence

from liquid.dynamics.ensemble import LiquidEnsemble
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import ready
from liquid.errors import LiquidError

LENGTHS = [3, 7, 1, 5]
BACKENDS = ["plain", "scan"]


@pytest.fixture(scope="module", autouse=True)
def waited() -> None:
    assert ready(wait=True)


def normal(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("sort", [True, False])
@pytest.mark.parametrize("with_state", [True, False])
def test_packed_in_packed_out_as_nn_lstm(backend: str, sort: bool, with_state: bool) -> None:
    lengths = sorted(LENGTHS, reverse=True) if sort else LENGTHS
    x, state = normal(4, 7, 2), normal(2, 4, 5)
    packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=sort)
    rnn, lstm = LiquidRNN(2, 5, num_layers=2, backend=backend), nn.LSTM(2, 5, num_layers=2)
    states, last = rnn(packed, state if with_state else None)
    expected, (h, _) = lstm(packed)
    assert isinstance(states, PackedSequence)
    assert (states.data.shape, last.shape) == (expected.data.shape, h.shape)
    assert torch.equal(states.batch_sizes, expected.batch_sizes)
    for ours, theirs in ((states.sorted_indices, expected.sorted_indices), (states.unsorted_indices, None)):
        assert (ours is None) == sort
        assert sort or theirs is None or torch.equal(ours, theirs)
    padded, counts = pad_packed_sequence(states, batch_first=True)
    assert counts.tolist() == lengths
    for row, length in enumerate(lengths):  # every sequence as it is alone
        alone, end = rnn(x[row : row + 1, :length], state[:, row : row + 1] if with_state else None)
        torch.testing.assert_close(padded[row, :length], alone[0])
        torch.testing.assert_close(last[:, row], end[:, 0])
        assert (padded[row, length:] == 0).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_lengths_say_the_same_as_packing_whatever_lies_past_the_end(backend: str) -> None:
    rnn = LiquidRNN(2, 5, num_layers=2, backend=backend)
    x, spans = normal(4, 7, 2), normal(4, 7).abs()
    past = torch.arange(7) >= torch.tensor(LENGTHS)[:, None]
    states, last = rnn(pack_sequence([one[:n] for one, n in zip(x, LENGTHS, strict=True)], False), timespans=spans)
    states, _ = pad_packed_sequence(states, batch_first=True)
    expected = torch.autograd.grad(states.square().sum() + last.sum(), tuple(rnn.parameters()))
    x[past], spans[past] = math.nan, -math.inf
    for lengths in (LENGTHS, torch.tensor(LENGTHS), np.array(LENGTHS)):
        found, found_last = rnn(x, timespans=spans.tolist(), lengths=lengths)
        torch.testing.assert_close(found, states)
        torch.testing.assert_close(found_last, last)
        gradients = torch.autograd.grad(found.square().sum() + found_last.sum(), tuple(rnn.parameters()))
        for one, other in zip(gradients, expected, strict=True):
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_single_sequence_and_time_first_have_nn_lstms_shapes(backend: str) -> None:
    rnn, lstm = LiquidRNN(2, 5, num_layers=2, backend=backend), nn.LSTM(2, 5, num_layers=2)
    x, state, spans = normal(7, 2), normal(2, 5), normal(7).abs()
    states, last = rnn(x, state, spans)
    theirs, (h, _) = lstm(x, (state, state))
    assert (states.shape, last.shape) == (theirs.shape, h.shape)
    batched, batched_last = rnn(x[None], state[:, None], spans)
    assert torch.equal(states, batched[0])
    assert torch.equal(last, batched_last[:, 0])
    assert rnn.trace(x, state, spans)[1].gate.shape == (7, 5)
    first = LiquidRNN(2, 5, num_layers=2, backend=backend, batch_first=False)
    first.load_state_dict(rnn.state_dict())
    x, state, spans = normal(4, 7, 2), normal(2, 4, 5), normal(4, 7).abs()
    assert torch.equal(
        first(x[:, :4].transpose(0, 1), timespans=spans[:, :4].t().numpy())[0].transpose(0, 1),
        rnn(x[:, :4], timespans=spans[:, :4])[0],
    )  # as many samples as sequences
    by_batch, by_batch_last = rnn(x, state, spans, LENGTHS)
    by_time, by_time_last = first(x.transpose(0, 1), state, spans.t(), LENGTHS)
    assert by_time.shape == lstm(x.transpose(0, 1))[0].shape
    assert torch.equal(by_time.transpose(0, 1), by_batch)
    assert torch.equal(by_time_last, by_batch_last)
    assert torch.equal(first(x[0])[0], rnn(x[0])[0]), "a single sequence is time first anyway"
    for one, other in zip(first.trace(x.transpose(0, 1)), rnn.trace(x), strict=True):
        assert torch.equal(one.tau_sys.transpose(0, 1), other.tau_sys)


@pytest.mark.parametrize("backend", BACKENDS)
def test_dropout_acts_between_layers_while_training(backend: str) -> None:
    rnn = LiquidRNN(2, 50, num_layers=2, backend=backend, dropout=0.5)
    x = normal(4, 7, 2)
    below = LiquidRNN(2, 50, backend=backend)
    below.layers[0] = rnn.layers[0]
    above = LiquidRNN(50, 50, backend=backend)
    above.layers[0] = rnn.layers[1]
    torch.manual_seed(0)
    states, last = rnn(x)
    torch.manual_seed(0)
    lower, lower_last = below(x)
    assert torch.equal(states, above(nn.functional.dropout(lower, 0.5))[0])
    assert torch.equal(last[:1], lower_last), "the state itself is whole"
    rnn.eval()
    assert torch.equal(rnn(x)[0], above(lower)[0])
    members = LiquidEnsemble([rnn.train(), rnn])
    torch.manual_seed(0)
    whole = members(x)[0]
    assert not torch.equal(whole[0], whole[1]), "each member leaves out its own"
    with pytest.warns(UserWarning, match="num_layers=1 has nothing between"):
        LiquidRNN(2, 5, dropout=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LiquidRNN(2, 5, num_layers=2, dropout=0.5)


X = torch.zeros(4, 7, 2)
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"x": np.zeros((4, 7, 2))}, r"input is a ndarray; .*torch\.as_tensor"),
    ({"x": X.double()}, r"input is torch\.float64 on cpu; expected the parameters' torch\.float32"),
    ({"x": X.long()}, r"input is torch\.int64"),
    ({"state": (torch.zeros(1, 4, 5), torch.zeros(1, 4, 5))}, r"tuple of 2; .*pass h alone"),
    ({"state": np.zeros((1, 4, 5))}, r"state is a ndarray"),
    ({"x": X[0], "state": torch.zeros(1, 4, 5)}, r"\[1, 4, 5\]; .*takes \[num_layers, state\]"),
    ({"x": X[0], "lengths": [7]}, "belongs to a batch"),
    ({"x": pack_sequence([X[0]]), "lengths": [7]}, "lengths of its own"),
    ({"lengths": [7, 7, 7]}, r"lengths has shape \[3\].*each of the 4"),
    ({"lengths": [7, 7, 7, 0]}, "lengths holds 0 to 7; expected 1 to 7"),
    ({"lengths": [7, 7, 7, 8]}, "lengths holds 7 to 8"),
    ({"lengths": [1.5, 7, 7, 7]}, "whole number"),
    ({"timespans": -1.0}, r"timespans=-1\.0: .*0 or more and finite"),
    ({"timespans": math.nan}, "timespans=nan"),
    ({"timespans": math.inf}, "timespans=inf"),
    ({"timespans": torch.tensor(-1.0)}, r"timespans\[\] makes a step of -0\.1"),
    ({"timespans": torch.tensor([1, 1, 1, math.nan, 1, 1, 1])}, r"timespans\[3\] makes a step of nan"),
    ({"timespans": -torch.eye(4, 7)}, r"timespans\[0, 0\] makes a step of -0\.1"),
    ({"timespans": np.array([1, 1, 1, 1, 1, math.inf, 1])}, r"timespans\[5\]"),
    ({"timespans": "fast"}, "timespans is a str"),
    ({"timespans": 1e40}, r"timespans=1e\+40: .*finite"),
    ({"timespans": 10**400}, r"timespans=10+: .*finite"),
    ({"timespans": 1j}, "timespans holds torch.complex"),
    ({"timespans": torch.ones(7) * 1j}, "timespans holds torch.complex"),
    ({"lengths": ["a"] * 4}, "lengths is a list that is no list of whole numbers"),
    ({"lengths": [None] * 4}, "lengths is a list"),
]


@pytest.mark.parametrize("backend", ["auto", "plain"])
@pytest.mark.parametrize(("wrong", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_what_has_no_meaning_is_refused_in_one_sentence(wrong: dict[str, Any], sentence: str, backend: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        LiquidRNN(2, 5, backend=backend)(**{"x": X} | wrong)


def test_timespans_may_be_numpy_or_a_list_and_zero_leaves_the_state_alone() -> None:
    rnn, x, spans = LiquidRNN(2, 5), normal(4, 7, 2), [1, 0, 2, 1, 1, 0.5, 1]
    states, _ = rnn(x, timespans=spans)
    assert torch.equal(rnn(x, timespans=np.array(spans))[0], states)
    assert torch.equal(states[:, 1], states[:, 0])


@pytest.mark.parametrize(
    "settings",
    [{"dt": math.inf}, {"dt": math.nan}, {"unfolds": 2.5}, {"num_layers": 1.5}, {"state_size": 5.0}, {"dropout": 1.5}],
)
def test_settings_without_a_meaning_are_refused_when_made(settings: dict[str, Any]) -> None:
    (name,) = settings
    with pytest.raises(LiquidError, match=f"{name}={settings[name]}"):
        LiquidRNN(**{"input_size": 2, "state_size": 5} | settings)
