"""The trainings there are, by name: an optimizer, and how the readout comes about. The plainest first."""

from __future__ import annotations

from typing import NamedTuple


class Training(NamedTuple):
    """Names of `optimizers.OPTIMIZERS` and `readout.READOUTS`, and the training in words."""

    optimizer: str
    readout: str
    words: str


TRAININGS = {
    "adam": Training("adam", "trained", "Adam"),
    "soap": Training("soap", "trained", "SOAP"),
    "adam-solved": Training("adam", "solved", "Adam, readout solved"),
    "soap-solved": Training("soap", "solved", "SOAP, readout solved"),
}
