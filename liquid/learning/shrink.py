"""How much of a correction is taken: none where what it brought may be luck."""

from __future__ import annotations

import numpy as np
import torch

from liquid.learning.data import Prepared
from liquid.learning.models import ForecastModel
from liquid.series.windows import Floats

BLOCKS, FEWEST_BLOCKS = 5, 3  # in time, of the validation part
VALUES_PER_BLOCK = 10  # that are known, at least: errors of neighbours, and over a horizon, resemble each other
DOUBT = 3.0  # of what the validation part says of networks that were stopped and refined by it


# g = sum m d / sum d^2, the share of the corrections d that takes most away from what was missed, m
# share = g (1 - (doubt * error of g / g)^2), between 0 and 1: positive-part James and Stein, for a doubt of 1
def share(cross: Floats, size: Floats, doubt: float) -> Floats:
    """From sums of m d and of d^2 over blocks in time that follow one another: `[blocks, ...] -> [...]`.

    The blocks tell the error, for errors of neighbours resemble each other. Source: W. James, C. Stein, Proc. Fourth
    Berkeley Symposium 1 (1961); A. J. Baranchik, Stanford technical report 51 (1964).
    """
    blocks = np.count_nonzero(size, axis=0)
    total = size.sum(axis=0)
    some = (blocks > 1) & (total > 0)
    total = np.where(some, total, 1.0)
    best = cross.sum(axis=0) / total
    rest = np.sum((cross - best * size) ** 2, axis=0) * blocks / np.maximum(blocks - 1, 1)
    variance = rest / total**2
    useful = some & (best > 0)
    square = np.where(useful, best, 1.0) ** 2
    return np.where(useful, np.clip(best * (1 - doubt**2 * variance / square), 0.0, 1.0), 0.0)


@torch.no_grad()
def shrink(model: ForecastModel, prepared: Prepared) -> Floats:
    """Shrink the networks' forecast of what the linear part leaves over, by what it brings on the validation part;
    returns the share that is left of every step, `[horizon]`: none if that part is too short to tell."""
    origins, values = prepared.reaching(prepared.split.validation)
    missed = prepared.leftovers(origins, values)
    added = model.added(prepared, origins).mean(axis=0)
    cross, size = np.nan_to_num(missed * added), np.where(np.isfinite(missed), added**2, 0.0)
    count = min(BLOCKS, prepared.known_in(prepared.split.validation) // VALUES_PER_BLOCK)
    left = np.zeros(missed.shape[1])
    if count >= FEWEST_BLOCKS:
        blocks = np.array_split(np.arange(len(origins)), count)
        cross, size = (np.array([part[rows].sum(axis=0) for rows in blocks]) for part in (cross, size))
        left = share(cross, size, DOUBT)
    by_step = torch.from_numpy(left).to(model.taps)
    model.readout.linear.weight.mul_(by_step[:, None])
    model.readout.linear.bias.mul_(by_step)
    model.taps.mul_(by_step)
    return left
