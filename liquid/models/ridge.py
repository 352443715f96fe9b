"""Ridge regression at any strength, from one decomposition."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RANK = 1e-12  # of the largest singular value: what is smaller is rounding


# w = argmin |y - X w - c|^2 + strength |w|^2
class Ridge:
    """Of `target[rows, ...]` on `features[rows, features]`; the offset c is not shrunk.

    `largest` is the largest singular value of the centred features: a strength may be counted in its square.
    """

    def __init__(self, features: Floats, target: Floats) -> None:
        self.centre, self.middle = features.mean(axis=0), target.mean(axis=0)
        left, self.singular, self.right = np.linalg.svd(features - self.centre, full_matrices=False)
        self.shares = left.T @ (target - self.middle)
        self.largest = float(self.singular[0])

    def solve(self, strength: float) -> tuple[Floats, Floats]:
        """Weights `[features, ...]` and offset `[...]`; 0 is least squares, with the smallest weights that do it."""
        known = self.singular > RANK * self.largest
        gains = np.zeros_like(self.singular)
        gains[known] = self.singular[known] / (self.singular[known] ** 2 + strength)
        weights = self.right.T @ (gains.reshape(-1, *(1,) * (self.shares.ndim - 1)) * self.shares)
        return weights, self.middle - self.centre @ weights
