"""The Half-Cheetah protocol of the LTC paper, on trajectories of a simulated robot or on those that the user brings.

Every model predicts the next sample of all observations.

Source: Hasani, Lechner, Amini, Rus, Grosu, "Liquid Time-constant Networks", AAAI 2021, section 6: trajectories of a
simulated robot are cut into overlapping pieces of 32 samples; the model predicts the next observation; error is MSE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from liquid.errors import LiquidError
from liquid.series.windows import Floats, Scaler, windows

PIECE = 32  # samples
STRIDE = 10  # samples between the starts of two pieces
ENDINGS = (".npy", ".csv")
SHARES = (0.7, 0.15)  # of the trajectories that train and validate; the others test


class Pairs(NamedTuple):
    """Pieces, and what follows each of their samples: `[piece, sample, column]` both."""

    inputs: Floats
    targets: Floats


@dataclass(frozen=True)
class Trajectories:
    """Pieces `[piece, 32, column]` and the observations one sample later, `[piece, 32, column]`, of each part.

    Whole trajectories go to one part, so nothing of a test trajectory was seen; scaled by the training part.
    """

    train: Pairs
    validation: Pairs
    test: Pairs
    files: int
    columns: int


def load_trajectories(folder: Path, piece: int = PIECE, stride: int = STRIDE) -> Trajectories:
    """Every .npy or .csv file of a folder as one trajectory `[time, column]`, in the order of their names.

    LiquidError if there are fewer than three files, one is no table of numbers, or their widths differ.
    """
    if not folder.is_dir():
        raise LiquidError(f"{str(folder)!r} is no folder; give the one that holds the trajectories.")
    paths = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS)
    if len(paths) < 3:
        raise LiquidError(
            f"{str(folder)!r} holds {len(paths)} trajectories ({' or '.join(ENDINGS)}); three or more are needed, one "
            "each to train, validate and test."
        )
    tables = [_read(path, piece) for path in paths]
    columns = tables[0].shape[1]
    for path, values in zip(paths, tables, strict=True):
        if values.shape[1] != columns:
            raise LiquidError(
                f"{path.name!r} has {values.shape[1]} columns, {paths[0].name!r} has {columns}: all must have the same."
            )
    return of_tables(tables, piece, stride)


def of_tables(tables: Sequence[Floats], piece: int = PIECE, stride: int = STRIDE) -> Trajectories:
    """Trajectories `[time, column]`, three or more, in the order in which they train, validate and test."""
    columns = tables[0].shape[1]
    first = max(1, min(round(SHARES[0] * len(tables)), len(tables) - 2))
    second = first + max(1, min(round(SHARES[1] * len(tables)), len(tables) - first - 1))
    scaler = Scaler.fit(np.concatenate(tables[:first]))
    parts = [tables[:first], tables[first:second], tables[second:]]
    train, validation, test = (_pieces([scaler.apply(one) for one in part], piece, stride) for part in parts)
    return Trajectories(train, validation, test, len(tables), columns)


def _read(path: Path, piece: int) -> Floats:
    try:
        if path.suffix == ".npy":
            values = np.load(path, allow_pickle=False)
        else:
            header = 0 if _is_numbers(path) else 1
            values = np.loadtxt(path, delimiter=",", ndmin=2, skiprows=header)
        values = np.asarray(values, dtype=np.float64)
    except (ValueError, OSError, EOFError) as error:
        raise LiquidError(
            f"{path.name!r} is no table of numbers ({error}); save it as .npy or comma-separated."
        ) from error
    if values.ndim != 2 or len(values) <= piece or not np.isfinite(values).all():
        raise LiquidError(
            f"{path.name!r} has shape {list(values.shape)}; expected [time, column] of finite numbers, more than "
            f"{piece} samples long."
        )
    return values


def _is_numbers(path: Path) -> bool:
    with path.open(encoding="utf-8") as lines:
        first = lines.readline()
    try:
        return bool([float(cell) for cell in first.split(",")])
    except ValueError:
        return False


def _pieces(trajectories: list[Floats], piece: int, stride: int) -> Pairs:
    inputs = [windows(one[:-1], piece)[::stride] for one in trajectories]
    following = [windows(one[1:], piece)[::stride] for one in trajectories]
    return Pairs(np.concatenate(inputs), np.concatenate(following))
