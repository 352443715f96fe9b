"""Derivatives of single states: what compiled code gives is what torch.func gives, and both see the model's states."""

from __future__ import annotations

import pytest
import torch

from liquid.dynamics.scan.sensitivities import COLUMNS
from liquid.models.core import Core
from liquid.models.network import SequenceModel
from liquid.models.registry import MODELS


@pytest.mark.parametrize(("size", "time", "many"), [(5, 7, 2), (4, COLUMNS + 7, 1)])
@pytest.mark.parametrize("name", ["Liquid", "LSTM", "GRU", "CfC"])
def test_compiled_ones_are_those_of_torch_func(name: str, size: int, time: int, many: int) -> None:
    core = SequenceModel(name, 2, size, (0,)).double().core
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, time, 2, generator=generator, dtype=torch.float64)
    directions = torch.randn(many, size, generator=generator, dtype=torch.float64)
    states, derivatives = core.sensitivities(x, directions, 3)
    expected_states, expected = Core.sensitivities(core, x, directions, 3)
    torch.testing.assert_close(torch.from_numpy(states), torch.from_numpy(expected_states), rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(torch.from_numpy(derivatives), torch.from_numpy(expected), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", [name for name, kind in MODELS.items() if kind.trained])
def test_the_plain_way_gives_the_states(name: str) -> None:
    core = SequenceModel(name, 2, 3, (0,)).double().core
    x = torch.randn(2, 6, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    directions = torch.eye(3, dtype=torch.float64)
    states, derivatives = core.sensitivities(x, directions, 2)
    torch.testing.assert_close(core.plain(x), core.states(x), rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(torch.from_numpy(states), core.states(x)[0].detach(), rtol=1e-12, atol=1e-13)
    assert derivatives.shape == (3, sum(p.numel() for p in core.parameters()), 2, 4)
