"""Trainings by name, the plainest first: an optimizer, how the readout comes about, and whether a finish follows."""

from __future__ import annotations

from typing import NamedTuple


class Training(NamedTuple):
    """Names of `optimizers.OPTIMIZERS` and `readout.READOUTS`, the training in words, whether it goes on to the minimum
    (`finish.py`) from there, and the share of its steps without a better validation loss that ends it early, None for
    none (measured: docs/results/early-stop.md)."""

    optimizer: str
    readout: str
    words: str
    finished: bool = False
    patience: float | None = None


TRAININGS = {
    "adam": Training("adam", "trained", "Adam"),
    "soap": Training("soap", "trained", "SOAP"),
    "adam-solved": Training("adam", "solved", "Adam, readout solved"),
    "soap-solved": Training("soap", "solved", "SOAP, readout solved", patience=0.24),
    "soap-finished": Training("soap", "solved", "SOAP, readout solved, finished", finished=True),
}
