"""What was tried to bring Liquid closer to an LSTM: changes are what they say, docs/results tells the outcome."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks import liquid_ideas
from liquid.learning import optimizers
from liquid.models.network import SequenceModel


@pytest.mark.parametrize(("model", "fast"), [("Liquid", {"tau", "A"}), ("LSTM", {"bias_ih_l0", "bias_hh_l0"})])
def test_what_sets_the_time_constants_steps_at_its_own_rate(model: str, fast: set[str]) -> None:
    moved = []
    for factor in (1.0, 3.0):
        network = SequenceModel(model, 1, 3, (0,))
        optimizer = torch.optim.Adam(network.parameters(), lr=1.0)
        before = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
        torch.autograd.backward(network(torch.linspace(-1, 1, 10).view(1, 1, 10, 1)).square().mean())
        with liquid_ideas.at_own_rate(factor)():
            optimizers.step_at_rates(network, optimizer, torch.tensor([0.01]))
        moved.append({name: parameter.detach() - before[name] for name, parameter in network.named_parameters()})
    for name, once in moved[0].items():
        expected = 3 if name.rsplit(".", 1)[-1] in fast else 1
        torch.testing.assert_close(moved[1][name], expected * once, rtol=1e-3, atol=1e-6)


def test_errors_are_geometric_means_over_the_starts_of_a_draw() -> None:
    assert liquid_ideas.by_draw(np.array([1.0, 2.0, 4.0, 3.0, 3.0, 3.0])) == pytest.approx([2.0, 3.0])
