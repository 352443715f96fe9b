"""An optimizer for small recurrent networks that learn slowly: Adam in the eigenbasis of the gradients' covariance.

Source: N. Vyas et al., "SOAP: Improving and Stabilizing Shampoo using Adam", ICLR 2025 (arXiv:2409.11321), algorithm 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn


class Soap(torch.optim.Optimizer):
    """For matrices G[rows, columns] the bases are those of E G G^T and E G^T G; vectors take a plain Adam step.

    With `members`, every parameter has a leading axis of that many matrices or vectors, each of which goes its own way.
    `decay` is that of both moments and of the covariances' mean; the bases are found anew every `every` steps.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.95),
        decay: float = 0.95,
        every: int = 10,
        members: bool = False,
    ) -> None:
        settings = {"lr": lr, "betas": betas, "decay": decay, "every": every, "matrix": 2 + members}
        super().__init__(parameters, settings)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step on the gradients that are there; a closure is not evaluated."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    state = self.state[parameter]
                    if not state:
                        _begin(state, parameter, group["matrix"])
                    parameter.sub_(group["lr"] * _direction(state, parameter.grad, group))


def _begin(state: dict[str, Any], parameter: Tensor, matrix: int) -> None:
    """`matrix` is the number of axes of a parameter that holds matrices, its last two."""
    state.update(step=0, first=torch.zeros_like(parameter), second=torch.zeros_like(parameter))
    if parameter.dim() == matrix:
        *members, rows, columns = parameter.shape
        state["covariance"] = [parameter.new_zeros(*members, size, size) for size in (rows, columns)]
        state["basis"] = [torch.eye(size).to(parameter).expand(*members, size, size) for size in (rows, columns)]


# m <- b1 m + (1 - b1) G'    v <- b2 v + (1 - b2) G'^2    direction = Q_L (m / sqrt(v)) Q_R^T,    G' = Q_L^T G Q_R
def _direction(state: dict[str, Any], gradient: Tensor, group: dict[str, Any]) -> Tensor:
    state["step"] += 1
    step, (b1, b2) = state["step"], group["betas"]
    if "basis" in state:
        rows, columns = state["covariance"]
        rows.lerp_(gradient @ gradient.mT, 1 - group["decay"])
        columns.lerp_(gradient.mT @ gradient, 1 - group["decay"])
        if step == 1 or step % group["every"] == 0:
            _turn(state)
        left, right = state["basis"]
        gradient = left.mT @ gradient @ right
    first, second = state["first"], state["second"]
    first.lerp_(gradient, 1 - b1)
    second.mul_(b2).addcmul_(gradient, gradient, value=1 - b2)
    direction: Tensor = (first / (1 - b1**step)) / ((second / (1 - b2**step)).sqrt() + 1e-8)
    if "basis" in state:
        direction = left @ direction @ right.mT
    return direction


def _turn(state: dict[str, Any]) -> None:
    """New bases from the covariances; the first moment is carried over into them."""
    left, right = state["basis"]
    plain = left @ state["first"] @ right.mT
    state["basis"] = [_eigenvectors(covariance) for covariance in state["covariance"]]
    left, right = state["basis"]
    state["first"] = left.mT @ plain @ right


def _eigenvectors(covariance: Tensor) -> Tensor:
    # Scaled to 1, so that a vanishing gradient does not vanish in the eigensolver's rounding.
    size = covariance.diagonal(dim1=-2, dim2=-1).sum(dim=-1).clamp(min=1e-30)
    vectors: Tensor = torch.linalg.eigh(covariance / size[..., None, None])[1]
    return vectors
