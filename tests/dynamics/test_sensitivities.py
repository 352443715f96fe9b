"""Derivatives of single states: those of torch.func through the plain loop, for every solver that the scan has."""

from __future__ import annotations

import pytest
import torch
from torch.func import functional_call, jacrev

from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import SOLVERS
from liquid.dynamics.scan.sensitivities import COLUMNS, Layer, sensitivities


# state, time, directions: sizes that are no whole vectors; more columns than go back together
@pytest.mark.parametrize(("size", "time", "many"), [(5, 7, 2), (8, 9, 1), (3, COLUMNS // 3 + 15, 3)])
@pytest.mark.parametrize("unfolds", [1, 2])
@pytest.mark.parametrize("solver", SOLVERS)
def test_they_are_the_plain_loops(solver: str, unfolds: int, size: int, time: int, many: int) -> None:
    torch.manual_seed(0)
    network = LiquidRNN(2, size, 0.3, unfolds=unfolds, solver=solver, backend="plain").double()
    x, spans = torch.randn(3, time, 2, dtype=torch.float64), torch.rand(3, time, dtype=torch.float64) + 0.5
    directions, first = torch.randn(many, size, dtype=torch.float64), 4

    def seen(parameters: dict[str, torch.Tensor]) -> torch.Tensor:
        states: torch.Tensor = functional_call(network, parameters, (x, None, spans))[0]
        return states[:, first:] @ directions.T

    by_parameter = jacrev(seen)({name: values.detach() for name, values in network.named_parameters()})
    expected = torch.cat([rows.flatten(3) for rows in by_parameter.values()], dim=-1).permute(2, 3, 0, 1)
    layer = network.liquid_layers()[0]
    parameters = (values.detach().numpy() for values in (layer.fc.weight, layer.fc.bias, layer.A, layer.tau))
    h = network.step_lengths(x, spans).numpy()
    states, derivatives = sensitivities(
        x.numpy(), Layer(*parameters), h, unfolds, solver == "semi_implicit", directions.numpy(), first
    )
    torch.testing.assert_close(torch.from_numpy(derivatives), expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(torch.from_numpy(states), network(x, None, spans)[0].detach(), rtol=1e-12, atol=1e-13)
